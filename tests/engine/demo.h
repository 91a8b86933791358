#pragma once

#include "engine/b2.h"

/** demo_dir: of an embedded model, "qlens-demo-opt" or "qlens-demo-itm". Returns: (transfer full) */
char *demo_dir (const char *name);
B2Model *demo_model (const char *name);
/** demo_session: Returns: (transfer full) */
B2Session *demo_session (B2Model *model, int n_threads);
/** demo_use_sample: gives the session a picture of data/samples. */
void demo_use_sample (B2Session *session, const char *file);

/** demo_assert_same_trace: the same tensors, bit by bit; @but: (nullable): those with this in their names may differ */
void demo_assert_same_trace (B2Trace *a, B2Trace *b, const char *but);

/** DemoStopper: to stop a run at any moment of it. */
typedef struct
{
  B2Cancel *cancel;
  gint64 after_us;
} DemoStopper;

/** demo_stop_thread: a GThreadFunc for a DemoStopper */
gpointer demo_stop_thread (gpointer data);

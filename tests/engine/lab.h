#pragma once

#include "engine/b2-lab.h"
#include "tests/engine/golden-files.h"

/* What the tests of engine/b2-lab.h share. */

/** Lab: an opened model and a session with its first picture. */
typedef struct
{
  B2Model *model;
  B2Session *session;
  const char *name;
} Lab;

/** lab_open: @name: a demo model, or a folder of tests/golden. */
Lab lab_open (const char *name);
void lab_close (Lab *self);
/** lab_use_image: picture 0 or 1 */
void lab_use_image (B2Session *session, int image);

/** lab_set: an intervention that must be taken; %NULL: none */
void lab_set (B2Session *session, const B2Intervention *intervention);

/** lab_ask: greedy, with a trace. Returns: (transfer full) */
B2Answer *lab_ask (B2Session *session, const char *prompt);

/** lab_assert_same_trace: all tensors bit for bit; what was measured, only where both have it */
void lab_assert_same_trace (B2Trace *a, B2Trace *b);
void lab_assert_same_answer (const B2Answer *a, const B2Answer *b);
/** lab_same: whether tensor @name is bit for bit the same */
gboolean lab_same (B2Trace *a, B2Trace *b, const char *name);
/** lab_n: elements of tensor @name */
gsize lab_n (B2Trace *trace, const char *name);
/** lab_assert_finite: no NaN and no infinity in any tensor */
void lab_assert_finite (B2Trace *trace);

/** LabLog: counts progress, and may stop a run. */
typedef struct
{
  int n_calls[B2_PHASE_DECODE + 1];
  B2Cancel *cancel; /* (nullable) */
  int stop_phase, stop_at;
} LabLog;

/** lab_log_cb: a B2ProgressFunc for a LabLog */
void lab_log_cb (B2Phase phase, int done, int total, gpointer data);

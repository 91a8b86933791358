#pragma once

#include <stdlib.h>

#include <glib.h>

int LLVMFuzzerTestOneInput (const guint8 *bytes, gsize n_bytes);

/** check: what must hold whatever the bytes; not an assertion of GLib's, which a fuzzer may not see as a crash */
static inline void
check (gboolean ok)
{
  if (!ok)
    abort ();
}

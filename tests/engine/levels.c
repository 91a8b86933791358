#include "tests/engine/levels.h"

#include "engine/kernels/kernels.h"

gboolean
level_repeats (void)
{
  const char *name = b2_kernels_get ()->name, *cap = g_getenv ("B2_CPU"), *all = g_getenv ("TEST_LEVELS");
  g_auto (GStrv) levels = g_strsplit (all != NULL ? all : "", " ", -1);

  if (cap == NULL || g_str_equal (name, cap) || !g_strv_contains ((const char *const *) levels, name))
    return FALSE;
  g_print ("1..0 # SKIP this CPU has no %s\n", cap);
  return TRUE;
}

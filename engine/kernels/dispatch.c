#include "engine/kernels/kernels.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static B2Kernels tables[B2_CPU_AVX512 + 1];
static bool present[B2_CPU_AVX512 + 1];
static const B2Kernels *best;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static B2CpuLevel
level_from_environment (void)
{
  const char *cap = getenv ("B2_CPU");

  if (cap != NULL && strcmp (cap, "ref") == 0)
    return B2_CPU_REF;
  if (cap != NULL && strcmp (cap, "avx2") == 0)
    return B2_CPU_AVX2;
  return B2_CPU_AVX512;
}

#if defined(__x86_64__)
/* clang 14's __builtin_cpu_supports() does not know it. */
static bool
cpu_has_f16c (void)
{
  unsigned eax, ebx, ecx, edx;

  return __get_cpuid (1, &eax, &ebx, &ecx, &edx) && (ecx & bit_F16C) != 0;
}
#endif

static bool
cpu_has (B2CpuLevel level)
{
#if defined(__x86_64__)
  __builtin_cpu_init ();
  switch (level)
    {
    case B2_CPU_REF:
      return true;
    case B2_CPU_AVX2:
      return __builtin_cpu_supports ("avx2") && __builtin_cpu_supports ("fma") && cpu_has_f16c ();
    case B2_CPU_AVX512:
      return __builtin_cpu_supports ("avx512f") && __builtin_cpu_supports ("avx512bw")
             && __builtin_cpu_supports ("avx512dq") && __builtin_cpu_supports ("avx512vl");
    }
#endif
  return level == B2_CPU_REF;
}

static void
fill_tables (void)
{
  B2CpuLevel cap = level_from_environment ();

  for (int level = B2_CPU_REF; level <= B2_CPU_AVX512; level++)
    {
      if (!cpu_has ((B2CpuLevel) level))
        break;
      b2_kernels_init_ref (&tables[level]);
#if defined(__x86_64__)
      if (level >= B2_CPU_AVX2)
        b2_kernels_init_avx2 (&tables[level]);
      if (level >= B2_CPU_AVX512)
        b2_kernels_init_avx512 (&tables[level]);
#endif
      present[level] = true;
      if ((B2CpuLevel) level <= cap)
        best = &tables[level];
    }
}

const B2Kernels *
b2_kernels_get (void)
{
  pthread_once (&once, fill_tables);
  return best;
}

const B2Kernels *
b2_kernels_for (B2CpuLevel level)
{
  pthread_once (&once, fill_tables);
  return present[level] ? &tables[level] : NULL;
}

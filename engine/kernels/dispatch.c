#include "engine/kernels/kernels.h"

#if defined(__x86_64__)
#include <cpuid.h>
#elif defined(__aarch64__)
#include <sys/auxv.h>
#endif
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static B2Kernels tables[B2_N_CPU_LEVELS];
static bool present[B2_N_CPU_LEVELS];
static const B2Kernels *best;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static const char *const level_names[B2_N_CPU_LEVELS]
    = { "ref", "avx2", "avxvnni", "avx512", "avx512vnni", "avx512bf16", "neon", "dotprod" };

static B2CpuLevel
level_from_environment (void)
{
  const char *cap = getenv ("B2_CPU");

  for (int level = 0; cap != NULL && level < B2_N_CPU_LEVELS; level++)
    if (strcmp (cap, level_names[level]) == 0)
      return (B2CpuLevel) level;
  return B2_N_CPU_LEVELS - 1;
}

#if defined(__x86_64__)
/* What gcc's __builtin_cpu_supports() knows and clang 14's does not. */
static bool
cpu_has_bit (unsigned leaf, unsigned subleaf, int reg, unsigned bit)
{
  unsigned r[4] = { 0 };

  return __get_cpuid_count (leaf, subleaf, &r[0], &r[1], &r[2], &r[3]) && (r[reg] & bit) != 0;
}

#define LEAF1_ECX_F16C 1, 0, 2, 1u << 29
#define LEAF7_1_EAX_AVX_VNNI 7, 1, 0, 1u << 4
#define LEAF7_1_EAX_AVX512_BF16 7, 1, 0, 1u << 5

static bool
cpu_has_avx512 (void)
{
  return __builtin_cpu_supports ("avx512f") && __builtin_cpu_supports ("avx512bw")
         && __builtin_cpu_supports ("avx512dq") && __builtin_cpu_supports ("avx512vl");
}
#elif defined(__aarch64__)
/* The kernel's HWCAP_ASIMDDP: asm/hwcap.h is not everywhere. */
#define HWCAP_DOT_PRODUCTS (1ul << 20)
#endif

static bool
cpu_has (B2CpuLevel level)
{
#if defined(__x86_64__)
  __builtin_cpu_init ();
  switch (level)
    {
    case B2_CPU_AVX2:
      return __builtin_cpu_supports ("avx2") && __builtin_cpu_supports ("fma")
             && cpu_has_bit (LEAF1_ECX_F16C);
    case B2_CPU_AVXVNNI:
      return cpu_has (B2_CPU_AVX2) && cpu_has_bit (LEAF7_1_EAX_AVX_VNNI);
    case B2_CPU_AVX512:
      return cpu_has (B2_CPU_AVX2) && cpu_has_avx512 ();
    case B2_CPU_AVX512_VNNI:
      return cpu_has (B2_CPU_AVX512) && __builtin_cpu_supports ("avx512vnni");
    case B2_CPU_AVX512_BF16:
      return cpu_has (B2_CPU_AVX512_VNNI) && cpu_has_bit (LEAF7_1_EAX_AVX512_BF16);
    case B2_CPU_REF:
    case B2_CPU_NEON:
    case B2_CPU_DOTPROD:
    case B2_N_CPU_LEVELS:
      break;
    }
#elif defined(__aarch64__)
  if (level == B2_CPU_NEON)
    return true;
  if (level == B2_CPU_DOTPROD)
    return (getauxval (AT_HWCAP) & HWCAP_DOT_PRODUCTS) != 0;
#endif
  return level == B2_CPU_REF;
}

static void
fill_table (B2Kernels *table, B2CpuLevel level)
{
  b2_kernels_init_ref (table);
  b2_kernels_init_ref_gemm (table);
#if defined(__x86_64__)
  if (level >= B2_CPU_AVX2)
    {
      b2_kernels_init_avx2 (table);
      b2_kernels_init_avx2_nibbles (table);
    }
  if (level == B2_CPU_AVXVNNI)
    b2_kernels_init_avxvnni (table);
  if (level >= B2_CPU_AVX512)
    {
      b2_kernels_init_avx512 (table);
      b2_kernels_init_avx512_nibbles (table);
    }
  if (level >= B2_CPU_AVX512_VNNI)
    b2_kernels_init_avx512vnni (table);
  if (level >= B2_CPU_AVX512_BF16)
    b2_kernels_init_avx512bf16 (table);
#elif defined(__aarch64__)
  if (level >= B2_CPU_NEON)
    b2_kernels_init_neon (table);
  if (level >= B2_CPU_DOTPROD)
    b2_kernels_init_dotprod (table);
#endif
}

static void
fill_tables (void)
{
  B2CpuLevel cap = level_from_environment ();

  for (int level = B2_CPU_REF; level < B2_N_CPU_LEVELS; level++)
    {
      if (!cpu_has ((B2CpuLevel) level))
        continue;
      fill_table (&tables[level], (B2CpuLevel) level);
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

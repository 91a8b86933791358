/* Which of the loops this CPU has; and those that need nothing. */
#include "engine/kernels/peak.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif
#include <pthread.h>
#include <stdbool.h>

#include "engine/kernels/kernels.h"

#define MAX_LOOPS 8

static const B2PeakLoop *loops[MAX_LOOPS + 1]; /* NULL-terminated */
static uint64_t (*reader) (const void *data, size_t n_bytes);
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* ---- the baseline's -------------------------------------------------------------------- */

/* Four floats are what every machine's baseline has. */
typedef float Four __attribute__ ((vector_size (16)));

#if defined(__aarch64__)
#define REGISTER "+w"
#elif !defined(__x86_64__)
#define REGISTER "+m"
#endif
#define N_CHAINS 12
#define VECTOR Four
#define START(i)                                                                                             \
  (Four) { (float) (i), 0, 0, 0 }
#define OPERANDS Four a = { 0.75f, 0.75f, 0.75f, 0.75f }, b = { 1e-3f, 1e-3f, 1e-3f, 1e-3f }
#define ROUND(chain) ((chain) *a + b)
#define TOTAL(chain) ((chain)[0])
#include "engine/kernels/peak-loop.inc"

static const B2PeakLoop ref_f32 = { "f32 multiply and add", B2_PEAK_F32, N_CHAINS * 4 * 2, run };

static uint64_t
read_ref (const void *data, size_t n_bytes)
{
  const uint64_t *words = data;
  uint64_t sums[8] = { 0 };

  for (size_t i = 0; i < n_bytes / sizeof *words; i += 8)
    for (int j = 0; j < 8; j++)
      sums[j] |= words[i + (size_t) j];
  for (int j = 1; j < 8; j++)
    sums[0] |= sums[j];
  return sums[0];
}

/* ---- what there is ------------------------------------------------------------------- */

#if defined(__x86_64__)
/* States that the operating system keeps over a switch of threads: without, an instruction that the CPU has is
 * an illegal one. */
#define XCR0_AVX 0x06u /* SSE and AVX registers */
#define XCR0_AVX512 0xe6u /* mask registers and both halves of the wide ones besides */

static bool
system_keeps (unsigned states)
{
  unsigned eax, ebx, ecx, edx;

  if (!__get_cpuid (1, &eax, &ebx, &ecx, &edx) || (ecx & bit_OSXSAVE) == 0)
    return false;
  __asm__ volatile("xgetbv" : "=a"(eax), "=d"(edx) : "c"(0));
  return (eax & states) == states;
}

typedef struct
{
  bool avxvnni, avx512_vnni, avx512_bf16;
} Features;

/* By the manuals' bits: clang 14's __builtin_cpu_supports() does not know them all. */
static Features
find_features (void)
{
  unsigned eax, ebx, ecx, edx, eax1 = 0, ebx1, ecx1, edx1;
  Features found = { false, false, false };

  if (!__get_cpuid_count (7, 0, &eax, &ebx, &ecx, &edx))
    return found;
  if (eax >= 1)
    __get_cpuid_count (7, 1, &eax1, &ebx1, &ecx1, &edx1);
  found.avxvnni = (eax1 >> 4 & 1) != 0 && system_keeps (XCR0_AVX);
  found.avx512_bf16 = (eax1 >> 5 & 1) != 0 && system_keeps (XCR0_AVX512);
  found.avx512_vnni = (ecx >> 11 & 1) != 0 && system_keeps (XCR0_AVX512);
  return found;
}

static int
add (int n, const B2PeakLoop *loop)
{
  loops[n] = loop;
  return n + 1;
}
#endif

/* The level of the kernels in use, which B2_CPU caps. */
static B2CpuLevel
level_in_use (void)
{
  const B2Kernels *best = b2_kernels_get ();
  int level = B2_CPU_REF;

  while (level < B2_CPU_AVX512 && b2_kernels_for ((B2CpuLevel) level) != best)
    level++;
  return (B2CpuLevel) level;
}

static void
fill (void)
{
  B2CpuLevel level = level_in_use ();

  loops[0] = &ref_f32;
  reader = read_ref;
#if defined(__x86_64__)
  {
    Features has = find_features ();
    int n = 1;

    if (level >= B2_CPU_AVX2 && system_keeps (XCR0_AVX))
      {
        n = add (n, &b2_peak_avx2_f32);
        n = add (n, &b2_peak_avx2_int8);
        if (has.avxvnni)
          n = add (n, &b2_peak_avxvnni_int8);
        reader = b2_peak_read_avx2;
      }
    if (level >= B2_CPU_AVX512 && system_keeps (XCR0_AVX512))
      {
        n = add (n, &b2_peak_avx512_f32);
        if (has.avx512_bf16)
          n = add (n, &b2_peak_avx512_bf16);
        if (has.avx512_vnni)
          n = add (n, &b2_peak_avx512_int8);
        reader = b2_peak_read_avx512;
      }
    loops[n] = NULL;
  }
#else
  (void) level;
#endif
}

const B2PeakLoop *
b2_peak_loop (int i)
{
  pthread_once (&once, fill);
  for (int j = 0; j < i; j++)
    if (loops[j] == NULL)
      return NULL;
  return i >= 0 && i <= MAX_LOOPS ? loops[i] : NULL;
}

uint64_t
b2_peak_read (const void *data, size_t n_bytes)
{
  pthread_once (&once, fill);
  return reader (data, n_bytes);
}

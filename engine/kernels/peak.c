/* Which of the loops this CPU has; and those that need nothing. */
#include "engine/kernels/peak.h"

#include <pthread.h>

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

static uint64_t read_ref (const void *data, size_t n_bytes);

#define READ read_ref
#define WORDS uint64_t
#define NOTHING() 0
#define OR(a, b) ((a) | (b))
#define LOAD(p) (*(p))
#define BITS(v) (v)
#include "engine/kernels/peak-read.inc"

/* ---- what there is ------------------------------------------------------------------- */

/* The level of the kernels in use: the best that this CPU and its operating system have and B2_CPU allows. */
static B2CpuLevel
level_in_use (void)
{
  const B2Kernels *best = b2_kernels_get ();
  int level = B2_N_CPU_LEVELS - 1;

  while (level > B2_CPU_REF && b2_kernels_for ((B2CpuLevel) level) != best)
    level--;
  return (B2CpuLevel) level;
}

#if defined(__x86_64__) || defined(__aarch64__)
static int
add (int n, const B2PeakLoop *loop)
{
  loops[n] = loop;
  return n + 1;
}
#endif

#if defined(__x86_64__)
static void
fill_x86 (B2CpuLevel level)
{
  int n = 1;

  if (level >= B2_CPU_AVX2)
    {
      n = add (n, &b2_peak_avx2_f32);
      n = add (n, &b2_peak_avx2_int8);
      reader = b2_peak_read_avx2;
    }
  if (level == B2_CPU_AVX2)
    n = add (n, &b2_peak_avx2_int4);
  if (level == B2_CPU_AVXVNNI)
    n = add (n, &b2_peak_avxvnni_int8);
  if (level >= B2_CPU_AVX512)
    {
      n = add (n, &b2_peak_avx512_f32);
      reader = b2_peak_read_avx512;
    }
  if (level == B2_CPU_AVX512)
    n = add (n, &b2_peak_avx512_int4);
  if (level >= B2_CPU_AVX512_VNNI)
    n = add (n, &b2_peak_avx512_int8);
  if (level >= B2_CPU_AVX512_BF16)
    add (n, &b2_peak_avx512_bf16);
}
#elif defined(__aarch64__)
/* read_ref() is compiled for NEON, too. */
static void
fill_arm (B2CpuLevel level)
{
  int n = 1;

  if (level >= B2_CPU_NEON)
    {
      n = add (n, &b2_peak_neon_f32);
      n = add (n, &b2_peak_neon_int8);
    }
  if (level >= B2_CPU_DOTPROD)
    add (n, &b2_peak_dotprod_int8);
}
#endif

static void
fill (void)
{
  B2CpuLevel level = level_in_use ();

  loops[0] = &ref_f32;
  reader = read_ref;
#if defined(__x86_64__)
  fill_x86 (level);
#elif defined(__aarch64__)
  fill_arm (level);
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

/* What this machine can do, measured now: the roof that benchmarks are shares of. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/b2.h"
#include "engine/core/pool.h"
#include "engine/kernels/kernels.h"
#include "engine/kernels/peak.h"

/* The best of several counts: on a machine with other things to do, most are disturbed. */
#define ROUNDS 30
#define LOOP_US 2000
#define FIRST_ROUNDS 4096
#define MAX_LOOPS 8
/* Many times the last cache, where there is so much memory. */
#define MOST_READ_BYTES ((gsize) 1 << 30)
#define READ_BYTES ((gsize) 256 << 20)
#define LEAST_READ_BYTES ((gsize) 64 << 20)
#define CACHES 6
/* Not the best: a round now and then finds what cannot be, half of it in a cache or the clock set. */
#define READ_ROUNDS 9
#define READ_RANK 2 /* the third best */
/* A piece is long enough for the hardware to see where it goes; all of them are as many threads' as there may be. */
#define PIECE_BYTES ((gsize) 2 << 20)

typedef struct
{
  const B2PeakLoop *loop;
  gsize n_rounds;
  guint8 *data;
} Work;

static void
compute_cb (gpointer data, gsize item, int worker)
{
  Work *work = data;
  volatile float sink = work->loop->run (work->n_rounds); /* keeps the result alive */

  (void) sink;
}

/* What was never written to is one page of zeros, over and over, which a cache holds. */
static void
write_cb (gpointer data, gsize item, int worker)
{
  Work *work = data;

  memset (work->data + item * PIECE_BYTES, 1, PIECE_BYTES);
}

static void
read_cb (gpointer data, gsize item, int worker)
{
  Work *work = data;
  volatile guint64 sink = b2_peak_read (work->data + item * PIECE_BYTES, PIECE_BYTES);

  (void) sink;
}

static double
seconds (B2Pool *pool, gsize n_items, B2PoolFunc func, Work *work)
{
  gint64 start = g_get_monotonic_time ();

  b2_pool_run (pool, n_items, func, work);
  return (double) MAX (g_get_monotonic_time () - start, 1) / 1e6;
}

/* How many rounds of a loop take so long: also wakes the cores up. */
static gsize
find_rounds (B2Pool *pool, const B2PeakLoop *loop)
{
  Work work = { .loop = loop, .n_rounds = FIRST_ROUNDS };

  while (work.n_rounds < G_MAXSIZE / 4
         && seconds (pool, (gsize) b2_pool_n_threads (pool), compute_cb, &work) < LOOP_US / 2e6)
    work.n_rounds *= 2;
  return work.n_rounds;
}

/*
 * Operations per second of all threads at once, each with an item of the same length. The loops take turns, so that
 * what disturbs one for a while leaves it rounds before and after.
 */
static void
measure_loops (B2Pool *pool, double *best)
{
  gsize n_rounds[MAX_LOOPS], n = (gsize) b2_pool_n_threads (pool);
  const B2PeakLoop *loop;

  for (int i = 0; i < MAX_LOOPS && (loop = b2_peak_loop (i)) != NULL; i++)
    n_rounds[i] = find_rounds (pool, loop);
  for (int round = 0; round < ROUNDS; round++)
    for (int i = 0; i < MAX_LOOPS && (loop = b2_peak_loop (i)) != NULL; i++)
      {
        Work work = { .loop = loop, .n_rounds = n_rounds[i] };
        double n_ops = loop->n_ops * (double) work.n_rounds * (double) n;

        best[loop->kind] = MAX (best[loop->kind], n_ops / seconds (pool, n, compute_cb, &work));
      }
}

/* So much that a small machine has it to spare. */
static gsize
read_bytes (void)
{
  gsize page = (gsize) MAX (sysconf (_SC_PAGESIZE), 1);
  gsize free_pages = (gsize) MAX (sysconf (_SC_AVPHYS_PAGES), 0);
  gsize spare = MIN (free_pages, G_MAXSIZE / page) * page / 4;
  gsize wanted = MAX (READ_BYTES, CACHES * (gsize) MAX (sysconf (_SC_LEVEL3_CACHE_SIZE), 0));

  return MAX (MIN (MIN (wanted, spare), MOST_READ_BYTES), LEAST_READ_BYTES) / PIECE_BYTES * PIECE_BYTES;
}

static int
compare_descending (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return x < y ? 1 : x > y ? -1 : 0;
}

/* Bytes per second. */
static double
measure_read (B2Pool *pool)
{
  gsize n_bytes = read_bytes (), n_pieces = n_bytes / PIECE_BYTES;
  void *data = mmap (NULL, n_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  Work work = { .data = data };
  double rates[READ_ROUNDS];

  if (data == MAP_FAILED)
    return 0;
  b2_pool_run (pool, n_pieces, write_cb, &work);
  for (int i = 0; i < READ_ROUNDS; i++)
    rates[i] = (double) n_bytes / seconds (pool, n_pieces, read_cb, &work);
  munmap (data, n_bytes);
  qsort (rates, READ_ROUNDS, sizeof rates[0], compare_descending);
  return rates[READ_RANK];
}

void
b2_measure_peak (int n_threads, B2Peak *out)
{
  g_autoptr (B2Pool) pool = b2_pool_new (n_threads, NULL);
  double best[B2_N_PEAK_KINDS] = { 0 };

  memset (out, 0, sizeof *out);
  out->cpu_path = b2_kernels_get ()->name;
  if (pool == NULL)
    return;
  measure_loops (pool, best);
  out->gflops_f32 = best[B2_PEAK_F32] / 1e9;
  out->gflops_bf16 = best[B2_PEAK_BF16] / 1e9;
  out->gops_int8 = best[B2_PEAK_INT8] / 1e9;
  out->gops_int4 = best[B2_PEAK_INT4] / 1e9;
  out->gbps = measure_read (pool) / 1e9;
  out->n_threads = b2_pool_n_threads (pool);
}

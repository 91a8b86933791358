/* Arena, pool and cancel flag. */
#include <glib.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <time.h>

#include "engine/b2.h"
#include "engine/core/arena.h"
#include "engine/core/pool.h"

static void
test_arena (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (B2Arena) arena = b2_arena_new (3 * b2_arena_bytes_for_floats (100), &error);
  float *a = b2_arena_floats (arena, 100), *b, *c;
  gsize mark = b2_arena_mark (arena);

  b = b2_arena_floats (arena, 3);
  g_assert_cmpuint ((uintptr_t) a % 64, ==, 0);
  g_assert_cmpuint ((uintptr_t) b % 64, ==, 0);
  g_assert_true (b >= a + 100);
  b2_arena_release (arena, mark);
  c = b2_arena_floats (arena, 100);
  g_assert_true (b == c);
  g_assert_cmpuint (b2_arena_peak_bytes (arena), ==, 2 * b2_arena_bytes_for_floats (100));
}

static void
test_arena_overflow (void)
{
  if (g_test_subprocess ())
    {
      g_autoptr (B2Arena) arena = b2_arena_new (4096, NULL);

      b2_arena_floats (arena, 100000);
      return;
    }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("*has no room*");
}

static void
test_arena_too_large (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (b2_arena_new (G_MAXSIZE / 2, &error));
  g_assert_error (error, B2_ERROR, B2_ERROR_NO_MEMORY);
}

typedef struct
{
  atomic_int hits[1000];
  atomic_int wrong_worker;
  int n_threads;
} Loop;

static void
hit (gpointer data, gsize item, int worker)
{
  Loop *loop = data;

  atomic_fetch_add (&loop->hits[item], 1);
  if (worker < 0 || worker >= loop->n_threads)
    atomic_fetch_add (&loop->wrong_worker, 1);
}

static void
test_pool (void)
{
  static const int n_threads[] = { 1, 2, 3, 8 };
  static const gsize n_items[] = { 0, 1, 2, 7, 1000 };

  for (gsize t = 0; t < G_N_ELEMENTS (n_threads); t++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (B2Pool) pool = b2_pool_new (n_threads[t], &error);

      g_assert_no_error (error);
      g_assert_cmpint (b2_pool_n_threads (pool), ==, n_threads[t]);
      for (int round = 0; round < 200; round++)
        {
          gsize n = n_items[round % (int) G_N_ELEMENTS (n_items)];
          g_autofree Loop *loop = g_new0 (Loop, 1);

          loop->n_threads = n_threads[t];
          b2_pool_run (pool, n, hit, loop);
          for (gsize i = 0; i < 1000; i++)
            g_assert_cmpint (atomic_load (&loop->hits[i]), ==, i < n);
          g_assert_cmpint (atomic_load (&loop->wrong_worker), ==, 0);
          if (round == 100)
            g_usleep (2000); /* so that the workers fall asleep once */
        }
    }
}

static double
process_cpu_ms (void)
{
  struct timespec t;

  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double) t.tv_sec * 1e3 + (double) t.tv_nsec / 1e6;
}

/* After a loop the workers wait a little for the next, and then burn nothing: of 8 that spun on, 200 ms would cost
 * at least 200 ms of processor time on one core. */
static void
test_pool_rest (void)
{
  g_autoptr (B2Pool) pool = b2_pool_new (8, NULL);
  g_autofree Loop *loop = g_new0 (Loop, 1);
  double before;

  loop->n_threads = 8;
  b2_pool_run (pool, 1000, hit, loop);
  before = process_cpu_ms ();
  g_usleep (200 * 1000);
  g_assert_cmpfloat (process_cpu_ms () - before, <, 50);
}

/* Loops that follow each other at once, with more threads than any machine of ours has cores: a worker that comes
 * late into a loop must find the next one or none, and no item may be done twice or not at all. */
static void
test_pool_late (void)
{
  g_autoptr (B2Pool) pool = b2_pool_new (64, NULL);
  g_autofree Loop *loop = g_new0 (Loop, 1);

  loop->n_threads = 64;
  for (int round = 0; round < 3000; round++)
    b2_pool_run (pool, (gsize) (2 + round % 40), hit, loop);
  for (int i = 0; i < 41; i++)
    {
      int n = 0;

      for (int round = 0; round < 3000; round++)
        n += i < 2 + round % 40;
      g_assert_cmpint (atomic_load (&loop->hits[i]), ==, n);
    }
  g_assert_cmpint (atomic_load (&loop->wrong_worker), ==, 0);
}

static void
note_cpu (gpointer data, gsize item, int worker)
{
  cpu_set_t set;
  int *n_cpus = data;

  g_assert_cmpint (sched_getaffinity (0, sizeof set, &set), ==, 0);
  n_cpus[item] = CPU_COUNT (&set);
}

static void
test_pool_pin (void)
{
  int n_cpus[64];
  cpu_set_t before, after;
  B2Pool *pool = b2_pool_new (3, NULL);

  g_assert_cmpint (sched_getaffinity (0, sizeof before, &before), ==, 0);
  b2_pool_run (pool, 64, note_cpu, n_cpus);
  for (int i = 0; i < 64; i++)
    g_assert_cmpint (n_cpus[i], ==, CPU_COUNT (&before)); /* only if asked for */
  b2_pool_pin (pool);
  b2_pool_pin (pool); /* a second time changes nothing */
  b2_pool_run (pool, 64, note_cpu, n_cpus);
  for (int i = 0; i < 64; i++)
    g_assert_cmpint (n_cpus[i], ==, 1);
  b2_pool_free (pool);
  g_assert_cmpint (sched_getaffinity (0, sizeof after, &after), ==, 0);
  g_assert_true (CPU_EQUAL (&before, &after));
}

static void
test_pool_limits (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (b2_pool_new (100000, &error));
  g_assert_error (error, B2_ERROR, B2_ERROR_ARGUMENT);
}

static void
test_cancel (void)
{
  g_autoptr (B2Cancel) cancel = b2_cancel_new ();
  g_autoptr (B2Cancel) second = b2_cancel_ref (cancel);
  g_autoptr (GError) error = NULL;

  g_assert_true (b2_cancel_check (NULL, &error));
  g_assert_true (b2_cancel_check (cancel, &error));
  b2_cancel_trigger (second);
  g_assert_false (b2_cancel_check (cancel, &error));
  g_assert_error (error, B2_ERROR, B2_ERROR_CANCELLED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/core/arena", test_arena);
  g_test_add_func ("/core/arena/overflow", test_arena_overflow);
  g_test_add_func ("/core/arena/too-large", test_arena_too_large);
  g_test_add_func ("/core/pool", test_pool);
  g_test_add_func ("/core/pool/rest", test_pool_rest);
  g_test_add_func ("/core/pool/late", test_pool_late);
  g_test_add_func ("/core/pool/pin", test_pool_pin);
  g_test_add_func ("/core/pool/limits", test_pool_limits);
  g_test_add_func ("/core/cancel", test_cancel);
  return g_test_run ();
}

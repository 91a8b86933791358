/* Arena, pool and cancel flag. */
#include <glib.h>
#include <stdatomic.h>
#include <stdint.h>

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
  g_test_add_func ("/core/pool/limits", test_pool_limits);
  g_test_add_func ("/core/cancel", test_cancel);
  return g_test_run ();
}

#include "engine/core/pool.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "engine/core/error.h"

#define MAX_THREADS 256
/* About 20 µs: the gap between two layers' loops is shorter, the gap between two questions is not. */
#define SPINS 2000

#if defined(__x86_64__) || defined(__i386__)
#define RELAX() __builtin_ia32_pause ()
#else
#define RELAX() atomic_signal_fence (memory_order_seq_cst)
#endif

typedef struct
{
  B2Pool *pool;
  int index;
  pthread_t thread;
} Worker;

struct B2Pool
{
  int n_threads; /* workers and the caller */
  Worker *workers;

  B2PoolFunc func;
  gpointer data;
  gsize n_items;
  B2Cancel *cancel;
  atomic_size_t next_item;
  atomic_uint generation; /* one more for every loop */
  atomic_int n_busy; /* workers still inside the current loop */

  pthread_mutex_t mutex; /* guards sleeping, and @quit */
  pthread_cond_t wake;
  bool quit;
};

static void
work (B2Pool *self, int worker)
{
  gsize i;

  while ((i = atomic_fetch_add_explicit (&self->next_item, 1, memory_order_relaxed)) < self->n_items
         && !b2_cancel_is_triggered (self->cancel))
    self->func (self->data, i, worker);
}

/* Returns false when the pool ends. */
static bool
wait_for_generation (B2Pool *self, unsigned seen)
{
  bool quit;

  for (int i = 0; i < SPINS; i++)
    {
      if (atomic_load_explicit (&self->generation, memory_order_acquire) != seen)
        break;
      RELAX ();
    }
  pthread_mutex_lock (&self->mutex);
  while (atomic_load_explicit (&self->generation, memory_order_acquire) == seen && !self->quit)
    pthread_cond_wait (&self->wake, &self->mutex);
  quit = self->quit;
  pthread_mutex_unlock (&self->mutex);
  return !quit;
}

static void *
worker_main (void *data)
{
  Worker *worker = data;
  B2Pool *self = worker->pool;
  unsigned seen = 0;

  while (wait_for_generation (self, seen))
    {
      seen++;
      work (self, worker->index);
      atomic_fetch_sub_explicit (&self->n_busy, 1, memory_order_release);
    }
  return NULL;
}

static int
n_usable_cores (void)
{
  cpu_set_t set;

  if (sched_getaffinity (0, sizeof set, &set) == 0)
    return MAX (1, CPU_COUNT (&set));
  return MAX (1, (int) g_get_num_processors ());
}

B2Pool *
b2_pool_new (int n_threads, GError **error)
{
  B2Pool *self;

  if (n_threads > MAX_THREADS)
    {
      g_set_error (error, B2_ERROR, B2_ERROR_ARGUMENT, "%d threads: the most is %d", n_threads, MAX_THREADS);
      return NULL;
    }
  self = g_new0 (B2Pool, 1);
  self->n_threads = n_threads > 0 ? n_threads : MIN (n_usable_cores (), MAX_THREADS);
  self->workers = g_new0 (Worker, self->n_threads);
  atomic_init (&self->next_item, 0);
  atomic_init (&self->generation, 0);
  atomic_init (&self->n_busy, 0);
  pthread_mutex_init (&self->mutex, NULL);
  pthread_cond_init (&self->wake, NULL);
  for (int i = 1; i < self->n_threads; i++)
    {
      self->workers[i].pool = self;
      self->workers[i].index = i;
      if (pthread_create (&self->workers[i].thread, NULL, worker_main, &self->workers[i]) != 0)
        {
          /* Fewer threads give the same results, later. */
          self->n_threads = i;
          break;
        }
    }
  return self;
}

void
b2_pool_free (B2Pool *self)
{
  if (self == NULL)
    return;
  pthread_mutex_lock (&self->mutex);
  self->quit = true;
  pthread_cond_broadcast (&self->wake);
  pthread_mutex_unlock (&self->mutex);
  for (int i = 1; i < self->n_threads; i++)
    pthread_join (self->workers[i].thread, NULL);
  pthread_cond_destroy (&self->wake);
  pthread_mutex_destroy (&self->mutex);
  g_free (self->workers);
  g_free (self);
}

int
b2_pool_n_threads (B2Pool *self)
{
  return self->n_threads;
}

void
b2_pool_set_cancel (B2Pool *self, B2Cancel *cancel)
{
  self->cancel = cancel;
}

void
b2_pool_run (B2Pool *self, gsize n_items, B2PoolFunc func, gpointer data)
{
  if (self->n_threads == 1 || n_items < 2)
    {
      for (gsize i = 0; i < n_items && !b2_cancel_is_triggered (self->cancel); i++)
        func (data, i, 0);
      return;
    }
  self->func = func;
  self->data = data;
  self->n_items = n_items;
  atomic_store_explicit (&self->next_item, 0, memory_order_relaxed);
  atomic_store_explicit (&self->n_busy, self->n_threads - 1, memory_order_relaxed);
  pthread_mutex_lock (&self->mutex);
  atomic_fetch_add_explicit (&self->generation, 1, memory_order_release);
  pthread_cond_broadcast (&self->wake);
  pthread_mutex_unlock (&self->mutex);
  work (self, 0);
  for (int spins = 0; atomic_load_explicit (&self->n_busy, memory_order_acquire) > 0; spins++)
    {
      if (spins < SPINS)
        RELAX ();
      else
        sched_yield (); /* a worker has lost its core: let it have this one */
    }
}

#include "engine/core/pool.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>

#include "engine/core/error.h"

#define MAX_THREADS 256
/* 20 to 50 µs: the gap between two layers' loops is shorter, the gap between two questions is not. */
#define SPINS 2000
#define CACHE_LINE 64

#if defined(__x86_64__) || defined(__i386__)
#define RELAX() __builtin_ia32_pause ()
#else
#define RELAX() atomic_signal_fence (memory_order_seq_cst)
#endif

/*
 * The state of a pool in one word, so that entering a loop and ending it exclude each other without a lock: how many
 * workers are inside, whether the loop still takes more, and its number.
 */
#define INSIDE 0xffffu
#define CLOSED 0x10000u
#define LOOP_SHIFT 32

typedef struct
{
  B2Pool *pool;
  int index;
  pthread_t thread;
} Worker;

struct B2Pool
{
  int n_threads; /* workers and the caller */
  int n_spins; /* before a worker sleeps */
  Worker *workers;
  cpu_set_t *unpinned; /* (nullable): where the caller could run before it was pinned */

  B2PoolFunc func;
  gpointer data;
  gsize n_items;
  B2Cancel *cancel;
  B2PoolMeterFunc meter; /* (nullable) */
  gpointer meter_data;

  /* Each on a cache line of its own: the first is written for every chunk of items. */
  char pad0[CACHE_LINE];
  atomic_size_t next_item;
  char pad1[CACHE_LINE];
  atomic_ullong state;
  char pad2[CACHE_LINE];
  atomic_int n_sleeping;

  pthread_mutex_t mutex; /* guards sleeping, and @quit */
  pthread_cond_t wake;
  bool quit;
};

/*
 * Takes the next few items: many while there are many, so that the counter is not what all wait for, and one by one at
 * the end, so that all end together. Returns: how many
 */
static gsize
take_items (B2Pool *self, gsize *first)
{
  gsize n, share = 4 * (gsize) self->n_threads;

  *first = atomic_load_explicit (&self->next_item, memory_order_relaxed);
  do
    {
      if (*first >= self->n_items)
        return 0;
      n = MAX ((self->n_items - *first) / share, 1);
    }
  while (!atomic_compare_exchange_weak_explicit (&self->next_item, first, *first + n, memory_order_relaxed,
                                                 memory_order_relaxed));
  return n;
}

static void
work (B2Pool *self, int worker)
{
  gsize first, n;

  while ((n = take_items (self, &first)) > 0)
    for (gsize i = first; i < first + n; i++)
      {
        if (b2_cancel_is_triggered (self->cancel))
          return;
        self->func (self->data, i, worker);
      }
}

static bool
is_open (unsigned long long state, unsigned long long *seen)
{
  if (state >> LOOP_SHIFT == *seen)
    return false;
  if ((state & CLOSED) == 0)
    return true;
  /* Came too late: the others have done all of it. */
  *seen = state >> LOOP_SHIFT;
  return false;
}

/* Waits for a loop after @seen and enters it. Returns false when the pool ends. */
static bool
enter_loop (B2Pool *self, unsigned long long *seen)
{
  for (int spins = 0;;)
    {
      unsigned long long state = atomic_load_explicit (&self->state, memory_order_acquire);
      bool quit;

      if (is_open (state, seen))
        {
          if (!atomic_compare_exchange_weak_explicit (&self->state, &state, state + 1, memory_order_acq_rel,
                                                      memory_order_relaxed))
            continue;
          *seen = state >> LOOP_SHIFT;
          return true;
        }
      if (spins++ < self->n_spins)
        {
          RELAX ();
          continue;
        }
      pthread_mutex_lock (&self->mutex);
      /* Before the state is looked at for the last time: b2_pool_run() changes that first and looks at this then. */
      atomic_fetch_add (&self->n_sleeping, 1);
      while (!is_open (atomic_load (&self->state), seen) && !self->quit)
        pthread_cond_wait (&self->wake, &self->mutex);
      atomic_fetch_sub (&self->n_sleeping, 1);
      quit = self->quit;
      pthread_mutex_unlock (&self->mutex);
      if (quit)
        return false;
      spins = 0;
    }
}

static void *
worker_main (void *data)
{
  Worker *worker = data;
  B2Pool *self = worker->pool;
  unsigned long long seen = 0;

  while (enter_loop (self, &seen))
    {
      work (self, worker->index);
      atomic_fetch_sub_explicit (&self->state, 1, memory_order_release);
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

int
b2_pool_n_threads_for (int n_threads)
{
  return n_threads > 0 ? n_threads : MIN (n_usable_cores (), MAX_THREADS);
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
  self->n_threads = b2_pool_n_threads_for (n_threads);
  self->workers = g_new0 (Worker, self->n_threads);
  atomic_init (&self->next_item, 0);
  atomic_init (&self->state, CLOSED);
  atomic_init (&self->n_sleeping, 0);
  /* More threads than cores: who spins keeps another from working. */
  self->n_spins = self->n_threads <= n_usable_cores () ? SPINS : 0;
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
  if (self->unpinned != NULL)
    pthread_setaffinity_np (pthread_self (), sizeof *self->unpinned, self->unpinned);
  g_free (self->unpinned);
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

/* Cores are taken in their order, from the first again where there are more threads. */
static void
pin (pthread_t thread, const cpu_set_t *all, int nth)
{
  cpu_set_t one;
  int cpu = -1, skip = nth % CPU_COUNT (all);

  do
    cpu++;
  while (!CPU_ISSET (cpu, all) || skip-- > 0);
  CPU_ZERO (&one);
  CPU_SET (cpu, &one);
  pthread_setaffinity_np (thread, sizeof one, &one);
}

void
b2_pool_pin (B2Pool *self)
{
  cpu_set_t all;

  if (self->unpinned != NULL || pthread_getaffinity_np (pthread_self (), sizeof all, &all) != 0
      || CPU_COUNT (&all) == 0)
    return;
  self->unpinned = g_memdup2 (&all, sizeof all);
  pin (pthread_self (), &all, 0);
  for (int i = 1; i < self->n_threads; i++)
    pin (self->workers[i].thread, &all, i);
}

/* No more than there is work for: each costs a call of the system. */
static void
wake_workers (B2Pool *self, gsize n)
{
  gsize n_sleeping = (gsize) atomic_load (&self->n_sleeping);

  if (n_sleeping == 0)
    return;
  pthread_mutex_lock (&self->mutex);
  if (n >= n_sleeping)
    pthread_cond_broadcast (&self->wake);
  else
    for (gsize i = 0; i < n; i++)
      pthread_cond_signal (&self->wake);
  pthread_mutex_unlock (&self->mutex);
}

static void
run (B2Pool *self, gsize n_items, B2PoolFunc func, gpointer data)
{
  unsigned long long loop;

  if (self->n_threads == 1 || n_items < 2)
    {
      for (gsize i = 0; i < n_items && !b2_cancel_is_triggered (self->cancel); i++)
        func (data, i, 0);
      return;
    }
  /* Nobody is inside: the last loop was closed and left. */
  self->func = func;
  self->data = data;
  self->n_items = n_items;
  atomic_store_explicit (&self->next_item, 0, memory_order_relaxed);
  loop = (atomic_load_explicit (&self->state, memory_order_relaxed) >> LOOP_SHIFT) + 1;
  atomic_store (&self->state, loop << LOOP_SHIFT);
  wake_workers (self, n_items - 1);
  work (self, 0);
  /* Who has not begun by now need not any more, and is not waited for. */
  atomic_fetch_or_explicit (&self->state, CLOSED, memory_order_relaxed);
  for (int spins = 0; (atomic_load_explicit (&self->state, memory_order_acquire) & INSIDE) > 0; spins++)
    {
      if (spins < self->n_spins)
        RELAX ();
      else
        sched_yield (); /* a worker has lost its core: let it have this one */
    }
}

void
b2_pool_set_meter (B2Pool *self, B2PoolMeterFunc func, gpointer data)
{
  self->meter = func;
  self->meter_data = data;
}

static double
now_us (void)
{
  struct timespec t;

  clock_gettime (CLOCK_MONOTONIC, &t);
  return (double) t.tv_sec * 1e6 + (double) t.tv_nsec / 1e3;
}

void
b2_pool_run (B2Pool *self, gsize n_items, B2PoolFunc func, gpointer data)
{
  double start;

  if (self->meter == NULL)
    {
      run (self, n_items, func, data);
      return;
    }
  start = now_us ();
  run (self, n_items, func, data);
  self->meter (self->meter_data, n_items, now_us () - start);
}

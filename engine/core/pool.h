#pragma once

#include <glib.h>

#include "engine/core/cancel.h"

/**
 * B2Pool:
 *
 * Persistent worker threads that share the items of a loop. Items are handed out a few at a
 * time, so what an item computes must not depend on which worker does it; then no
 * result depends on the number of threads. A worker waits for the next loop some 20 to 50 µs before it
 * sleeps; one that sleeps holds no loop up.
 *
 * Threads: one caller at a time; the caller works as worker 0.
 */
typedef struct B2Pool B2Pool;

/** B2PoolFunc: @worker is in [0, n_threads), for scratch memory of its own. */
typedef void (*B2PoolFunc) (gpointer data, gsize item, int worker);

/** b2_pool_new: @n_threads ≤ 0: one per core that this process may run on. Returns: (transfer full) */
B2Pool *b2_pool_new (int n_threads, GError **error);
void b2_pool_free (B2Pool *self);
/** b2_pool_n_threads_for: how many b2_pool_new() makes of @n_threads */
int b2_pool_n_threads_for (int n_threads);
int b2_pool_n_threads (B2Pool *self);

/**
 * b2_pool_set_cancel:
 * @cancel: (nullable) (transfer none): must live until another is set
 *
 * From now on, once @cancel is triggered loops pass over the items that are left, so that what they were to
 * compute is undefined: whoever hands out a result asks @cancel before.
 */
void b2_pool_set_cancel (B2Pool *self, B2Cancel *cancel);

/**
 * b2_pool_pin: each worker and the calling thread, which shall call b2_pool_run(), to a core of its own.
 * b2_pool_free() lets the thread that calls it run where it could before.
 */
void b2_pool_pin (B2Pool *self);

/** B2PoolMeterFunc: after a loop of @n_items, which took @us */
typedef void (*B2PoolMeterFunc) (gpointer data, gsize n_items, double us);

/** b2_pool_set_meter: @func: (nullable): called after each loop, on the thread that ran it. For measuring alone. */
void b2_pool_set_meter (B2Pool *self, B2PoolMeterFunc func, gpointer data);

/** b2_pool_run: calls @func for every item in [0, @n_items) and returns when all are done. */
void b2_pool_run (B2Pool *self, gsize n_items, B2PoolFunc func, gpointer data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (B2Pool, b2_pool_free)

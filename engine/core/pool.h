#pragma once

#include <glib.h>

#include "engine/core/cancel.h"

/**
 * B2Pool:
 *
 * Persistent worker threads that share the items of a loop. Items are handed out one
 * by one, so what an item computes must not depend on which worker does it; then no
 * result depends on the number of threads.
 *
 * Threads: one caller at a time; the caller works as worker 0.
 */
typedef struct B2Pool B2Pool;

/** B2PoolFunc: @worker is in [0, n_threads), for scratch memory of its own. */
typedef void (*B2PoolFunc) (gpointer data, gsize item, int worker);

/** b2_pool_new: @n_threads ≤ 0: one per core that this process may run on. Returns: (transfer full) */
B2Pool *b2_pool_new (int n_threads, GError **error);
void b2_pool_free (B2Pool *self);
int b2_pool_n_threads (B2Pool *self);

/**
 * b2_pool_set_cancel:
 * @cancel: (nullable) (transfer none): must live until another is set
 *
 * From now on, once @cancel is triggered loops pass over the items that are left, so that what they were to
 * compute is undefined: whoever hands out a result asks @cancel before.
 */
void b2_pool_set_cancel (B2Pool *self, B2Cancel *cancel);

/** b2_pool_run: calls @func for every item in [0, @n_items) and returns when all are done. */
void b2_pool_run (B2Pool *self, gsize n_items, B2PoolFunc func, gpointer data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (B2Pool, b2_pool_free)

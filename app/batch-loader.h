#pragma once

#include <gio/gio.h>

#include "app/batch-output.h"
#include "app/image-loader.h"

/**
 * QlBatchLoader:
 *
 * A thread that goes over the pictures of a batch: asks the output which of them are to be
 * done, and decodes those. It is as many pictures ahead as are taken at once, one at first: so
 * decoding overlaps with the engine's work, and no more pictures than that wait in memory.
 */
typedef struct QlBatchLoader QlBatchLoader;

/** QlBatchLoaded: exactly one of @skip, @image and @error says what came of it. */
typedef struct
{
  guint index;
  gboolean skip;
  char *caption; /* (nullable): of a skipped one */
  QlImage *image;
  GError *error;
  double seconds; /* decoding took */
} QlBatchLoaded;

void ql_batch_loaded_free (QlBatchLoaded *self);

/**
 * ql_batch_loader_new:
 * @paths: (transfer none): of char *; neither changed nor freed before the loader is
 *
 * Returns: (transfer full): its thread runs
 */
QlBatchLoader *ql_batch_loader_new (const GPtrArray *paths, const QlImageOptions *options,
                                    QlBatchOutput *output);

/**
 * ql_batch_loader_take:
 *
 * Waits for the next picture, in order.
 *
 * Returns: (transfer full) (nullable): %NULL behind the last, or after stopping
 */
QlBatchLoaded *ql_batch_loader_take (QlBatchLoader *self);

/** ql_batch_loader_set_max_images: how many decoded pictures may wait */
void ql_batch_loader_set_max_images (QlBatchLoader *self, guint max_images);

/** ql_batch_loader_has_next: whether there is something to take now */
gboolean ql_batch_loader_has_next (QlBatchLoader *self);

/** ql_batch_loader_is_ready: whether ql_batch_loader_take() would not wait */
gboolean ql_batch_loader_is_ready (QlBatchLoader *self);

/** ql_batch_loader_stop: from any thread; a picture being decoded is given up. */
void ql_batch_loader_stop (QlBatchLoader *self);

/** ql_batch_loader_free: stops and joins it. */
void ql_batch_loader_free (QlBatchLoader *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QlBatchLoaded, ql_batch_loaded_free)

#include "app/batch-loader.h"

#include "app/decoder.h"

/* Results without pixels that may wait: so many at once are worth a look at the clock, no more. */
#define MAX_WAITING 64

struct QlBatchLoader
{
  const GPtrArray *paths;
  QlImageOptions options;
  QlBatchOutput *output;
  GCancellable *cancellable;
  GThread *thread;

  GMutex lock;
  GCond changed;
  GQueue ready; /* of QlBatchLoaded */
  guint n_images; /* of them with pixels */
  guint max_images;
  gboolean at_end;
};

void
ql_batch_loaded_free (QlBatchLoaded *self)
{
  g_free (self->caption);
  g_clear_pointer (&self->image, ql_image_unref);
  g_clear_error (&self->error);
  g_free (self);
}

static QlBatchLoaded *
load (QlBatchLoader *self, guint index)
{
  const char *path = self->paths->pdata[index];
  QlBatchLoaded *loaded = g_new0 (QlBatchLoaded, 1);
  gint64 start = g_get_monotonic_time ();

  loaded->index = index;
  if (!ql_batch_output_check (self->output, path, &loaded->skip, &loaded->caption, &loaded->error)
      || loaded->skip)
    return loaded;
  loaded->image = ql_image_load_file (path, &self->options, self->cancellable, &loaded->error);
  loaded->seconds = (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC;
  return loaded;
}

/* Before decoding, so that no more decoded pictures wait than are taken at once. */
static gboolean
wait_for_room (QlBatchLoader *self)
{
  g_mutex_lock (&self->lock);
  while ((self->n_images >= self->max_images || self->ready.length >= MAX_WAITING)
         && !g_cancellable_is_cancelled (self->cancellable))
    g_cond_wait (&self->changed, &self->lock);
  g_mutex_unlock (&self->lock);
  return !g_cancellable_is_cancelled (self->cancellable);
}

static gpointer
loader_thread (gpointer data)
{
  QlBatchLoader *self = data;

  for (guint i = 0; i < self->paths->len && wait_for_room (self); i++)
    {
      QlBatchLoaded *loaded = load (self, i);

      if (!loaded->skip)
        ql_decoder_prepare (); /* for the next, while the engine works */

      g_mutex_lock (&self->lock);
      self->n_images += loaded->image != NULL;
      g_queue_push_tail (&self->ready, loaded);
      g_cond_broadcast (&self->changed);
      g_mutex_unlock (&self->lock);
    }
  ql_decoder_release ();
  g_mutex_lock (&self->lock);
  self->at_end = TRUE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
  return NULL;
}

QlBatchLoader *
ql_batch_loader_new (const GPtrArray *paths, const QlImageOptions *options, QlBatchOutput *output)
{
  QlBatchLoader *self = g_new0 (QlBatchLoader, 1);

  self->paths = paths;
  self->options = *options;
  self->output = ql_batch_output_ref (output);
  self->max_images = 1;
  self->cancellable = g_cancellable_new ();
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  g_queue_init (&self->ready);
  self->thread = g_thread_new ("qlens-loader", loader_thread, self);
  return self;
}

QlBatchLoaded *
ql_batch_loader_take (QlBatchLoader *self)
{
  QlBatchLoaded *loaded = NULL;

  g_mutex_lock (&self->lock);
  while (g_queue_is_empty (&self->ready) && !self->at_end && !g_cancellable_is_cancelled (self->cancellable))
    g_cond_wait (&self->changed, &self->lock);
  if (!g_cancellable_is_cancelled (self->cancellable))
    loaded = g_queue_pop_head (&self->ready);
  if (loaded != NULL && loaded->image != NULL)
    self->n_images--;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
  return loaded;
}

void
ql_batch_loader_set_max_images (QlBatchLoader *self, guint max_images)
{
  g_mutex_lock (&self->lock);
  self->max_images = max_images;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

gboolean
ql_batch_loader_has_next (QlBatchLoader *self)
{
  gboolean has_next;

  g_mutex_lock (&self->lock);
  has_next = !g_queue_is_empty (&self->ready) && !g_cancellable_is_cancelled (self->cancellable);
  g_mutex_unlock (&self->lock);
  return has_next;
}

gboolean
ql_batch_loader_is_ready (QlBatchLoader *self)
{
  gboolean ready;

  g_mutex_lock (&self->lock);
  ready = !g_queue_is_empty (&self->ready) || self->at_end || g_cancellable_is_cancelled (self->cancellable);
  g_mutex_unlock (&self->lock);
  return ready;
}

void
ql_batch_loader_stop (QlBatchLoader *self)
{
  g_cancellable_cancel (self->cancellable);
  g_mutex_lock (&self->lock); /* whoever is about to wait has seen it, or waits by now */
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

void
ql_batch_loader_free (QlBatchLoader *self)
{
  ql_batch_loader_stop (self);
  g_thread_join (self->thread);
  g_queue_clear_full (&self->ready, (GDestroyNotify) ql_batch_loaded_free);
  ql_batch_output_unref (self->output);
  g_object_unref (self->cancellable);
  g_cond_clear (&self->changed);
  g_mutex_clear (&self->lock);
  g_free (self);
}

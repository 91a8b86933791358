#include "ui/thumbnails.h"

#include "app/picture.h"
#include "ui/texture.h"

/* Each is a process, and a batch may be running beside. */
#define MAX_RUNNING 2

typedef struct
{
  char *path;
  GdkTexture *texture; /* NULL: there is none to be had */
  GList *link; /* in recent */
} Kept;

struct _QlThumbnails
{
  GObject parent_instance;

  int size_px;
  GPtrArray *wanted; /* of char *: the next one last */
  GHashTable *running; /* path -> GCancellable */
  GHashTable *kept; /* path -> Kept */
  GQueue recent; /* of Kept, the last one used last */
};

enum
{
  READY,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (QlThumbnails, ql_thumbnails, G_TYPE_OBJECT)

static void
kept_free (gpointer data)
{
  Kept *self = data;

  g_clear_object (&self->texture);
  g_free (self->path);
  g_free (self);
}

static void
ql_thumbnails_finalize (GObject *object)
{
  QlThumbnails *self = QL_THUMBNAILS (object);

  g_ptr_array_unref (self->wanted);
  g_hash_table_unref (self->running);
  g_queue_clear (&self->recent);
  g_hash_table_unref (self->kept);
  G_OBJECT_CLASS (ql_thumbnails_parent_class)->finalize (object);
}

static void
ql_thumbnails_class_init (QlThumbnailsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ql_thumbnails_finalize;
  signals[READY] = g_signal_new ("ready", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                 G_TYPE_NONE, 1, G_TYPE_STRING | G_SIGNAL_TYPE_STATIC_SCOPE);
}

static void
ql_thumbnails_init (QlThumbnails *self)
{
  self->wanted = g_ptr_array_new_with_free_func (g_free);
  self->running = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  self->kept = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, kept_free);
}

QlThumbnails *
ql_thumbnails_new (int size_px)
{
  QlThumbnails *self = g_object_new (QL_TYPE_THUMBNAILS, NULL);

  self->size_px = size_px;
  return self;
}

GdkTexture *
ql_thumbnails_get (QlThumbnails *self, const char *path)
{
  Kept *kept = g_hash_table_lookup (self->kept, path);

  if (kept == NULL)
    return NULL;
  g_queue_unlink (&self->recent, kept->link);
  g_queue_push_tail_link (&self->recent, kept->link);
  return kept->texture;
}

/* @path, @texture: (transfer full) */
static void
keep (QlThumbnails *self, char *path, GdkTexture *texture)
{
  Kept *kept = g_new0 (Kept, 1);

  kept->path = path;
  kept->texture = texture;
  g_queue_push_tail (&self->recent, kept);
  kept->link = self->recent.tail;
  g_hash_table_replace (self->kept, kept->path, kept);
  if (self->recent.length > QL_THUMBNAILS_MAX_KEPT)
    {
      Kept *oldest = g_queue_pop_head (&self->recent);

      g_hash_table_remove (self->kept, oldest->path);
    }
}

typedef struct
{
  QlThumbnails *self;
  char *path;
} Load;

static void start_more (QlThumbnails *self);

static void
loaded_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Load *load = data;
  g_autoptr (QlThumbnails) self = load->self;
  g_autofree char *path = load->path;
  g_autoptr (GError) error = NULL;
  g_autoptr (QlPicture) picture = ql_picture_load_finish (result, &error);

  g_free (load);
  g_hash_table_remove (self->running, path);
  /* One that cannot be read is not tried at each scrolling by; why, the batch will say. */
  if (picture != NULL || !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      keep (self, g_strdup (path), picture != NULL ? ql_texture_from_picture (picture) : NULL);
      g_signal_emit (self, signals[READY], 0, path);
    }
  start_more (self);
}

/* @path: (transfer full) */
static void
start (QlThumbnails *self, char *path)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  GCancellable *cancellable = g_cancellable_new ();
  Load *load = g_new (Load, 1);

  *load = (Load){ g_object_ref (self), path };
  g_hash_table_insert (self->running, g_strdup (path), cancellable);
  ql_picture_load_async (file, self->size_px, cancellable, loaded_cb, load);
}

static void
start_more (QlThumbnails *self)
{
  while (self->wanted->len > 0 && g_hash_table_size (self->running) < MAX_RUNNING)
    {
      char *path = g_ptr_array_steal_index (self->wanted, self->wanted->len - 1);

      if (g_hash_table_contains (self->kept, path) || g_hash_table_contains (self->running, path))
        g_free (path);
      else
        start (self, path);
    }
}

void
ql_thumbnails_want (QlThumbnails *self, const GPtrArray *paths)
{
  g_autoptr (GHashTable) set = g_hash_table_new (g_str_hash, g_str_equal);
  GHashTableIter iter;
  gpointer path, cancellable;

  g_ptr_array_set_size (self->wanted, 0);
  for (guint i = paths->len; i-- > 0;)
    {
      g_hash_table_add (set, paths->pdata[i]);
      g_ptr_array_add (self->wanted, g_strdup (paths->pdata[i]));
    }
  g_hash_table_iter_init (&iter, self->running);
  while (g_hash_table_iter_next (&iter, &path, &cancellable))
    if (!g_hash_table_contains (set, path))
      g_cancellable_cancel (cancellable);
  start_more (self);
}

void
ql_thumbnails_stop (QlThumbnails *self)
{
  g_autoptr (GPtrArray) none = g_ptr_array_new ();

  ql_thumbnails_want (self, none);
}

guint
ql_thumbnails_get_n_running (QlThumbnails *self)
{
  return g_hash_table_size (self->running);
}

guint
ql_thumbnails_get_n_kept (QlThumbnails *self)
{
  return g_hash_table_size (self->kept);
}

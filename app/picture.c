#include "app/picture.h"

#include <glib/gi18n.h>

#include "app/image-loader.h"

/* Larger than most screens; what is drawn at every frame should not be larger still. */
#define PREVIEW_PX 2560

struct _QlPicture
{
  GObject parent_instance;

  char *name;
  GFile *file;
  GBytes *rgb;
  int width, height;
  gsize stride;
  gboolean remembered;
  QlImage *preview; /* NULL: the picture itself is small enough */
};

G_DEFINE_FINAL_TYPE (QlPicture, ql_picture, G_TYPE_OBJECT)

static void
ql_picture_finalize (GObject *object)
{
  QlPicture *self = QL_PICTURE (object);

  g_free (self->name);
  g_clear_object (&self->file);
  g_clear_pointer (&self->rgb, g_bytes_unref);
  g_clear_pointer (&self->preview, ql_image_unref);
  G_OBJECT_CLASS (ql_picture_parent_class)->finalize (object);
}

static void
ql_picture_class_init (QlPictureClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ql_picture_finalize;
}

static void
ql_picture_init (QlPicture *self)
{
}

/* Without one, the picture is drawn as it is: slower, not wrong. */
static QlImage *
make_preview (GBytes *rgb, int width, int height, gsize stride)
{
  QlImageOptions options = { .max_side_px = PREVIEW_PX };
  g_autoptr (GdkPixbuf) pixbuf = NULL;

  if (MAX (width, height) <= PREVIEW_PX || stride > G_MAXINT)
    return NULL;
  pixbuf = gdk_pixbuf_new_from_bytes (rgb, GDK_COLORSPACE_RGB, FALSE, 8, width, height, (int) stride);
  return pixbuf != NULL ? ql_image_new_from_pixbuf (pixbuf, &options, NULL) : NULL;
}

QlPicture *
ql_picture_new (const char *name, GFile *file, GBytes *rgb, int width, int height, gsize stride)
{
  QlPicture *self = g_object_new (QL_TYPE_PICTURE, NULL);

  self->name = g_strdup (name);
  g_set_object (&self->file, file);
  self->rgb = g_bytes_ref (rgb);
  self->width = width;
  self->height = height;
  self->stride = stride;
  self->preview = make_preview (rgb, width, height, stride);
  return self;
}

const char *
ql_picture_get_name (QlPicture *self)
{
  return self->name;
}

GFile *
ql_picture_get_file (QlPicture *self)
{
  return self->file;
}

int
ql_picture_get_width (QlPicture *self)
{
  return self->width;
}

int
ql_picture_get_height (QlPicture *self)
{
  return self->height;
}

gsize
ql_picture_get_stride (QlPicture *self)
{
  return self->stride;
}

void
ql_picture_set_remembered (QlPicture *self)
{
  self->remembered = TRUE;
}

gboolean
ql_picture_get_remembered (QlPicture *self)
{
  return self->remembered;
}

GBytes *
ql_picture_get_rgb (QlPicture *self)
{
  return self->rgb;
}

GBytes *
ql_picture_get_preview (QlPicture *self, int *width, int *height, gsize *stride)
{
  *width = self->preview != NULL ? self->preview->width : self->width;
  *height = self->preview != NULL ? self->preview->height : self->height;
  *stride = self->preview != NULL ? self->preview->stride : self->stride;
  return self->preview != NULL ? self->preview->bytes : self->rgb;
}

typedef struct
{
  GFile *file; /* one of these two */
  GBytes *encoded;
  char *name;
  int max_side_px;
} Load;

static void
load_free (gpointer data)
{
  Load *self = data;

  g_clear_object (&self->file);
  g_clear_pointer (&self->encoded, g_bytes_unref);
  g_free (self->name);
  g_free (self);
}

static void
load_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Load *self = task_data;
  QlImageOptions options = { .max_side_px = self->max_side_px };
  g_autofree char *path = self->file != NULL ? g_file_get_path (self->file) : NULL;
  g_autoptr (QlImage) image = NULL;
  GError *error = NULL;

  if (self->encoded != NULL)
    image = ql_image_load_bytes (self->encoded, &options, cancellable, &error);
  else if (path != NULL && g_file_is_native (self->file))
    image = ql_image_load_file (path, &options, cancellable, &error);
  else
    {
      g_autofree char *uri = g_file_get_uri (self->file);
      g_set_error (&error, G_IO_ERROR, G_IO_ERROR_NOT_MOUNTED, _ ("%s: not a file on this computer"), uri);
    }
  if (image == NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (
        task,
        ql_picture_new (self->name, self->file, image->bytes, image->width, image->height, image->stride),
        g_object_unref);
}

static void
start (Load *load, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, data);

  g_task_set_source_tag (task, ql_picture_load_async);
  g_task_set_task_data (task, load, load_free);
  g_task_run_in_thread (task, load_thread);
}

void
ql_picture_load_async (GFile *file, int max_size_px, GCancellable *cancellable, GAsyncReadyCallback callback,
                       gpointer data)
{
  Load *load = g_new0 (Load, 1);
  g_autofree char *base = g_file_get_basename (file);

  load->file = g_object_ref (file);
  load->name = base != NULL ? g_filename_display_name (base) : g_strdup ("");
  load->max_side_px = max_size_px;
  start (load, cancellable, callback, data);
}

void
ql_picture_load_bytes_async (GBytes *encoded, const char *name, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer data)
{
  Load *load = g_new0 (Load, 1);

  load->encoded = g_bytes_ref (encoded);
  load->name = g_strdup (name);
  start (load, cancellable, callback, data);
}

QlPicture *
ql_picture_load_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, ql_picture_load_async), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

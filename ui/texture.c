#include "ui/texture.h"

#include <glib/gi18n.h>

/* As for files: more is refused before anything is allocated. */
#define MAX_PIXELS (64 * 1000 * 1000)

typedef struct
{
  GdkTexture *texture;
  char *name;
} Conversion;

GdkTexture *
ql_texture_from_picture (QlPicture *picture)
{
  int width, height;
  gsize stride;
  GBytes *rgb = ql_picture_get_preview (picture, &width, &height, &stride);

  return gdk_memory_texture_new (width, height, GDK_MEMORY_R8G8B8, rgb, stride);
}

static void
conversion_free (gpointer data)
{
  Conversion *self = data;

  g_object_unref (self->texture);
  g_free (self->name);
  g_free (self);
}

/* Cairo's ARGB32 is premultiplied, in native byte order; the result is on white. */
static void
flatten_row (const guint32 *argb, guint8 *rgb, int width)
{
  for (int x = 0; x < width; x++)
    {
      guint32 p = argb[x];
      guint white = 255 - (p >> 24);

      rgb[3 * x + 0] = (guint8) MIN (((p >> 16) & 0xff) + white, 255);
      rgb[3 * x + 1] = (guint8) MIN (((p >> 8) & 0xff) + white, 255);
      rgb[3 * x + 2] = (guint8) MIN ((p & 0xff) + white, 255);
    }
}

static void
convert_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Conversion *self = task_data;
  int width = gdk_texture_get_width (self->texture);
  int height = gdk_texture_get_height (self->texture);
  gsize n = (gsize) width * (gsize) height;
  g_autofree guint32 *argb = g_try_new (guint32, n);
  g_autofree guint8 *rgb = g_try_malloc (n * 3);
  g_autoptr (GBytes) bytes = NULL;

  if (argb == NULL || rgb == NULL)
    {
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_NO_SPACE, _ ("%d × %d pixels: not enough memory"),
                               width, height);
      return;
    }
  gdk_texture_download (self->texture, (guchar *) argb, (gsize) width * 4);
  for (int y = 0; y < height; y++)
    flatten_row (argb + (gsize) y * width, rgb + (gsize) y * width * 3, width);
  bytes = g_bytes_new_take (g_steal_pointer (&rgb), n * 3);
  g_task_return_pointer (task, ql_picture_new (self->name, NULL, bytes, width, height, (gsize) width * 3),
                         g_object_unref);
}

void
ql_texture_to_picture_async (GdkTexture *texture, const char *name, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, data);
  gint64 n_pixels = (gint64) gdk_texture_get_width (texture) * gdk_texture_get_height (texture);
  Conversion *conversion;

  g_task_set_source_tag (task, ql_texture_to_picture_async);
  if (n_pixels > MAX_PIXELS)
    {
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                               _ ("%d × %d pixels are more than the limit of 64 million"),
                               gdk_texture_get_width (texture), gdk_texture_get_height (texture));
      return;
    }
  conversion = g_new0 (Conversion, 1);
  conversion->texture = g_object_ref (texture);
  conversion->name = g_strdup (name);
  g_task_set_task_data (task, conversion, conversion_free);
  g_task_run_in_thread (task, convert_thread);
}

QlPicture *
ql_texture_to_picture_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, ql_texture_to_picture_async), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

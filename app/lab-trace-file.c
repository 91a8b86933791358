#include <gdk-pixbuf/gdk-pixbuf.h>
#include <stdio.h>
#include <string.h>

#include "app/image-loader.h"
#include "app/lab-trace-store.h"

#define ENCODED "image.encoded"
/* A trace of the full-size model stays below 3 MB: the longer the answer, the smaller the picture in it. */
#define MAX_FILE_BYTES (2990 * 1000)
#define MAX_ENCODED_BYTES (96 * 1024)
#define MIN_ENCODED_BYTES (12 * 1024)
#define HEADER_BYTES (4 * 1024)
#define MAX_SIDE_PX 768
#define MIN_SIDE_PX 128
#define JPEG_QUALITY "85"

/* ---- opening --------------------------------------------------------------------------- */

static QlPicture *
decode_picture (B2Trace *trace, const char *path, GCancellable *cancellable, GError **error)
{
  /* It is shown, no more: a file that claims more is not ours. */
  QlImageOptions options = { .max_side_px = 4096, .max_pixels = 16 * 1000 * 1000 };
  GBytes *encoded = b2_trace_bytes (trace, ENCODED);
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *utf8_name = g_filename_display_name (name);
  g_autoptr (GError) local_error = NULL;
  g_autoptr (QlImage) image = NULL;

  if (encoded == NULL)
    return NULL;
  image = ql_image_load_bytes (encoded, &options, cancellable, &local_error);
  if (image != NULL)
    return ql_picture_new (utf8_name, NULL, image->bytes, image->width, image->height, image->stride);
  if (g_error_matches (local_error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_propagate_error (error, g_steal_pointer (&local_error));
  return NULL;
}

QlTrace *
ql_trace_open (const char *path, GCancellable *cancellable, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (QlPicture) picture = NULL;
  B2Trace *trace;

  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return NULL;
  trace = b2_trace_open (path, error);
  if (trace == NULL)
    return NULL;
  picture = decode_picture (trace, path, cancellable, &local_error);
  if (local_error != NULL)
    {
      b2_trace_unref (trace);
      g_propagate_error (error, g_steal_pointer (&local_error));
      return NULL;
    }
  return ql_trace_new (trace, picture, path, error);
}

static void
open_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  g_autoptr (GError) error = NULL;
  QlTrace *self = ql_trace_open (data, cancellable, &error);

  if (self != NULL)
    g_task_return_pointer (task, self, g_object_unref);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

/* Returns: NULL, the task having ended, for a file that is not on this computer */
static char *
take_path (GTask *task, GFile *file)
{
  char *path = g_file_get_path (file);

  if (path == NULL)
    {
      g_autofree char *uri = g_file_get_uri (file);

      g_task_return_new_error (task, B2_ERROR, (int) B2_ERROR_IO, "%s: not a file on this computer", uri);
    }
  return path;
}

void
ql_trace_open_async (GFile *file, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, data);
  char *path;

  g_task_set_source_tag (task, ql_trace_open_async);
  path = take_path (task, file);
  if (path == NULL)
    return;
  g_task_set_task_data (task, path, g_free);
  g_task_run_in_thread (task, open_thread);
}

QlTrace *
ql_trace_open_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

gboolean
ql_trace_is_file (const char *path)
{
  guint8 head[9];
  FILE *file = fopen (path, "rbe");
  gsize n = file != NULL ? fread (head, 1, sizeof head, file) : 0;

  if (file != NULL)
    fclose (file);
  /* the header's length, of eight bytes and below the format's limit, and its first brace */
  return n == sizeof head && head[4] == 0 && head[5] == 0 && head[6] == 0 && head[7] == 0 && head[8] == '{';
}

/* ---- saving ------------------------------------------------------------------------------ */

static GBytes *
encode_side (GdkPixbuf *pixbuf, int side_px)
{
  int width = gdk_pixbuf_get_width (pixbuf), height = gdk_pixbuf_get_height (pixbuf);
  double factor = MIN (1.0, (double) side_px / MAX (width, height));
  g_autoptr (GdkPixbuf) scaled
      = factor < 1 ? gdk_pixbuf_scale_simple (pixbuf, MAX (1, (int) (width * factor)),
                                              MAX (1, (int) (height * factor)), GDK_INTERP_BILINEAR)
                   : g_object_ref (pixbuf);
  char *data;
  gsize n_bytes;

  if (scaled == NULL
      || !gdk_pixbuf_save_to_buffer (scaled, &data, &n_bytes, "jpeg", NULL, "quality", JPEG_QUALITY, NULL))
    return NULL;
  return g_bytes_new_take (data, n_bytes);
}

/* What the file will take without the picture, as engine/b2.h has the format; those that are left out are not counted. */
static gsize
estimate_bytes (B2Trace *trace)
{
  static const char *const keys[] = { "beams", "timings", "tokens", "prompt", "text" };
  gsize sum = HEADER_BYTES;

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      const char *value = b2_trace_metadata (trace, keys[i]);

      sum += value != NULL ? strlen (value) * 5 / 4 : 0; /* quotes in quotes */
    }
  for (int i = 0; i < b2_trace_n_tensors (trace); i++)
    {
      const char *name = b2_trace_tensor_name (trace, i);
      const gint64 *shape;
      gsize n = 1;
      int n_dims;

      b2_trace_tensor (trace, name, &n_dims, &shape);
      for (int d = 0; d < n_dims; d++)
        n *= (gsize) shape[d];
      if (strcmp (name, "lm.attention") == 0 && n_dims > 0 && n > B2_TRACE_HALF_VALUES)
        sum += n + n / (gsize) MAX (shape[n_dims - 1], 1) * sizeof (float);
      else if (strcmp (name, "pixel_values") == 0)
        sum += n;
      else if (strcmp (name, "vision.last_hidden_state") != 0 && strcmp (name, "lm.first_logits") != 0)
        sum += n * 2;
    }
  return sum;
}

/* As large as there is room for. */
static GBytes *
encode (QlPicture *picture, gsize room)
{
  g_autoptr (GdkPixbuf) pixbuf = gdk_pixbuf_new_from_bytes (
      ql_picture_get_rgb (picture), GDK_COLORSPACE_RGB, FALSE, 8, ql_picture_get_width (picture),
      ql_picture_get_height (picture), (int) ql_picture_get_stride (picture));

  for (int side_px = MAX_SIDE_PX;; side_px = side_px * 3 / 4)
    {
      g_autoptr (GBytes) bytes = encode_side (pixbuf, side_px);

      if (bytes == NULL || g_bytes_get_size (bytes) <= room || side_px < MIN_SIDE_PX)
        return g_steal_pointer (&bytes);
    }
}

gboolean
ql_trace_save (QlTrace *self, const char *path, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->save_lock);

  if (self->picture != NULL && b2_trace_bytes (self->trace, ENCODED) == NULL)
    {
      gsize rest = estimate_bytes (self->trace);
      gsize room = rest < MAX_FILE_BYTES ? MAX_FILE_BYTES - rest : 0;
      g_autoptr (GBytes) encoded = encode (self->picture, CLAMP (room, MIN_ENCODED_BYTES, MAX_ENCODED_BYTES));

      if (encoded != NULL)
        b2_trace_set_bytes (self->trace, ENCODED, encoded);
    }
  return b2_trace_save (self->trace, path, error);
}

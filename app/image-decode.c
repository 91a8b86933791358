#include <string.h>

#include "app/image-private.h"

#define CHUNK_BYTES (64 * 1024)

typedef struct
{
  const QlImageOptions *options;
  gint64 max_pixels;
  int width, height; /* as the file says */
  gboolean too_large;
} Decoder;

/* Before the loader allocates pixels: 0 x 0 is how GdkPixbuf itself stops a loader that has told the size. */
static void
size_prepared_cb (GdkPixbufLoader *loader, int width, int height, Decoder *self)
{
  GdkPixbufFormat *format = gdk_pixbuf_loader_get_format (loader);
  int wanted_width = width, wanted_height = height;

  self->width = width;
  self->height = height;
  if (width < 1 || height < 1)
    return;
  if (format != NULL && gdk_pixbuf_format_is_scalable (format))
    ql_image_fit (&wanted_width, &wanted_height, QL_IMAGE_MAX_DRAWING_PX);
  if ((gint64) wanted_width * wanted_height > self->max_pixels)
    {
      self->too_large = TRUE;
      gdk_pixbuf_loader_set_size (loader, 0, 0);
      return;
    }
  if (self->options->max_side_px > 0)
    ql_image_fit (&wanted_width, &wanted_height, self->options->max_side_px);
  if (wanted_width != width || wanted_height != height)
    gdk_pixbuf_loader_set_size (loader, wanted_width, wanted_height);
}

static void
set_damaged (QlImageFault *fault, const char *detail)
{
  fault->kind = QL_IMAGE_FAULT_DAMAGED;
  ql_image_fault_set_detail (fault, detail);
}

static void
set_too_many_pixels (const Decoder *self, QlImageFault *fault)
{
  fault->kind = QL_IMAGE_FAULT_TOO_MANY_PIXELS;
  fault->width = self->width;
  fault->height = self->height;
}

/* The loader's error, or the lack of one, as a fault. */
static void
set_decoding_fault (const Decoder *self, const GError *cause, QlImageFault *fault)
{
  if (g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    fault->kind = QL_IMAGE_FAULT_CANCELLED;
  else if (self->too_large)
    set_too_many_pixels (self, fault);
  else if (g_error_matches (cause, GDK_PIXBUF_ERROR, GDK_PIXBUF_ERROR_UNKNOWN_TYPE))
    fault->kind = QL_IMAGE_FAULT_UNSUPPORTED;
  else if (g_error_matches (cause, GDK_PIXBUF_ERROR, GDK_PIXBUF_ERROR_INSUFFICIENT_MEMORY))
    fault->kind = QL_IMAGE_FAULT_NO_MEMORY;
  else
    set_damaged (fault, cause != NULL ? cause->message : NULL);
}

static gboolean
feed (GdkPixbufLoader *loader, GBytes *encoded, const Decoder *self, GCancellable *cancellable,
      GError **error)
{
  gsize n_bytes;
  const guint8 *data = g_bytes_get_data (encoded, &n_bytes);

  for (gsize at = 0; at < n_bytes && !self->too_large; at += CHUNK_BYTES)
    if (g_cancellable_set_error_if_cancelled (cancellable, error)
        || !gdk_pixbuf_loader_write (loader, data + at, MIN (CHUNK_BYTES, n_bytes - at), error))
      {
        gdk_pixbuf_loader_close (loader, NULL);
        return FALSE;
      }
  return gdk_pixbuf_loader_close (loader, error);
}

static GdkPixbuf *
decode (Decoder *self, GdkPixbufLoader *loader, GBytes *encoded, GCancellable *cancellable,
        QlImageFault *fault)
{
  g_autoptr (GError) cause = NULL;
  GdkPixbuf *pixbuf;
  gboolean sound;

  g_signal_connect (loader, "size-prepared", G_CALLBACK (size_prepared_cb), self);
  sound = feed (loader, encoded, self, cancellable, &cause);
  g_signal_handlers_disconnect_by_data (loader, self);
  /* Only the first frame counts, and is_complete() has seen to that one. */
  if (g_error_matches (cause, GDK_PIXBUF_ERROR, GDK_PIXBUF_ERROR_INCOMPLETE_ANIMATION))
    sound = TRUE;
  if (!sound || self->too_large)
    {
      set_decoding_fault (self, cause, fault);
      return NULL;
    }
  pixbuf = gdk_pixbuf_loader_get_pixbuf (loader);
  if (pixbuf == NULL)
    {
      set_damaged (fault, NULL);
      return NULL;
    }
  /* A loader from elsewhere might not have told the size beforehand. */
  if ((gint64) gdk_pixbuf_get_width (pixbuf) * gdk_pixbuf_get_height (pixbuf) > self->max_pixels)
    {
      self->width = gdk_pixbuf_get_width (pixbuf);
      self->height = gdk_pixbuf_get_height (pixbuf);
      set_too_many_pixels (self, fault);
      return NULL;
    }
  return g_object_ref (pixbuf);
}

GdkPixbufLoader *
ql_image_loader_new (const QlImageFormat *format)
{
  return gdk_pixbuf_loader_new_with_mime_type (format->mime, NULL);
}

QlImage *
ql_image_decode (GdkPixbufLoader *loader, GBytes *encoded, const QlImageFormat *format,
                 const QlImageOptions *options, GCancellable *cancellable, QlImageFault *fault)
{
  gsize n_bytes;
  const guint8 *data = g_bytes_get_data (encoded, &n_bytes);
  Decoder decoder = { .options = options, .max_pixels = ql_image_max_pixels (options) };
  g_autoptr (GdkPixbuf) pixbuf = NULL;
  QlImage *image;

  /* It may have been another file when the format was looked up. */
  if (ql_image_format_of (data, n_bytes) != format
      || (format->is_complete != NULL && !format->is_complete (data, n_bytes)))
    {
      gdk_pixbuf_loader_close (loader, NULL);
      set_damaged (fault, NULL);
      return NULL;
    }
  pixbuf = decode (&decoder, loader, encoded, cancellable, fault);
  if (pixbuf == NULL)
    return NULL;
  image = ql_image_new_from_pixbuf (pixbuf, options, NULL);
  if (image == NULL)
    {
      fault->kind = QL_IMAGE_FAULT_NO_MEMORY;
      return NULL;
    }
  image->format = format->name;
  if (decoder.width > 0)
    {
      image->file_width = decoder.width;
      image->file_height = decoder.height;
    }
  return image;
}

#include "app/image-loader.h"

#include <string.h>

#include <glib/gi18n.h>

#include "app/image-format.h"
#include "app/image-private.h"

#define CHUNK_BYTES (64 * 1024)

/* clang-format off */
G_DEFINE_QUARK (ql-image-error-quark, ql_image_error)
/* clang-format on */

static const QlImageOptions default_options;

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
set_too_many_pixels (const Decoder *self, GError **error)
{
  g_set_error (
      error, QL_IMAGE_ERROR, QL_IMAGE_ERROR_TOO_LARGE,
      _("the picture has %d × %d pixels, more than the %g million that Qlens reads; scale it down first"),
      self->width, self->height, (double) self->max_pixels / 1e6);
}

/* @detail: (nullable): a sentence of the loader's, which knows no more than that either */
static void
set_damaged (const char *detail, GError **error)
{
  g_autofree char *clause = g_strdup (detail);

  if (clause == NULL)
    {
      g_set_error_literal (error, QL_IMAGE_ERROR, QL_IMAGE_ERROR_DAMAGED,
                           _("the file is cut short or damaged; copy it again or choose another"));
      return;
    }
  if (g_str_has_suffix (clause, "."))
    clause[strlen (clause) - 1] = '\0';
  g_set_error (error, QL_IMAGE_ERROR, QL_IMAGE_ERROR_DAMAGED,
               _("the file is cut short or damaged (%s); copy it again or choose another"), clause);
}

/* The loader's error, or the lack of one, in terms of QL_IMAGE_ERROR. */
static void
set_decoding_error (const Decoder *self, const QlImageFormat *format, const GError *cause, GError **error)
{
  if (self->too_large)
    set_too_many_pixels (self, error);
  else if (g_error_matches (cause, GDK_PIXBUF_ERROR, GDK_PIXBUF_ERROR_UNKNOWN_TYPE))
    ql_image_set_unsupported (format, error);
  else if (g_error_matches (cause, GDK_PIXBUF_ERROR, GDK_PIXBUF_ERROR_INSUFFICIENT_MEMORY))
    ql_image_set_no_memory (error);
  else
    set_damaged (cause != NULL ? cause->message : NULL, error);
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
decode (Decoder *self, GBytes *encoded, const QlImageFormat *format, GCancellable *cancellable,
        GError **error)
{
  g_autoptr (GdkPixbufLoader) loader = gdk_pixbuf_loader_new ();
  g_autoptr (GError) cause = NULL;
  GdkPixbuf *pixbuf;
  gboolean sound;

  g_signal_connect (loader, "size-prepared", G_CALLBACK (size_prepared_cb), self);
  sound = feed (loader, encoded, self, cancellable, &cause);
  /* Only the first frame counts, and is_complete() has seen to that one. */
  if (g_error_matches (cause, GDK_PIXBUF_ERROR, GDK_PIXBUF_ERROR_INCOMPLETE_ANIMATION))
    sound = TRUE;
  if (!sound || self->too_large)
    {
      if (g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        g_propagate_error (error, g_steal_pointer (&cause));
      else
        set_decoding_error (self, format, cause, error);
      return NULL;
    }
  pixbuf = gdk_pixbuf_loader_get_pixbuf (loader);
  if (pixbuf == NULL)
    {
      set_damaged (NULL, error);
      return NULL;
    }
  /* A loader from elsewhere might not have told the size beforehand. */
  if ((gint64) gdk_pixbuf_get_width (pixbuf) * gdk_pixbuf_get_height (pixbuf) > self->max_pixels)
    {
      self->width = gdk_pixbuf_get_width (pixbuf);
      self->height = gdk_pixbuf_get_height (pixbuf);
      set_too_many_pixels (self, error);
      return NULL;
    }
  return g_object_ref (pixbuf);
}

static QlImage *
load (GBytes *encoded, const QlImageOptions *options, GCancellable *cancellable, GError **error)
{
  gsize n_bytes;
  const guint8 *data = g_bytes_get_data (encoded, &n_bytes);
  const QlImageFormat *format = ql_image_format_of (data, n_bytes);
  Decoder decoder = { .options = options, .max_pixels = options->max_pixels };
  g_autoptr (GdkPixbuf) pixbuf = NULL;
  QlImage *image;

  if (decoder.max_pixels <= 0)
    decoder.max_pixels = QL_IMAGE_MAX_PIXELS;
  if (format->is_complete != NULL && !format->is_complete (data, n_bytes))
    {
      set_damaged (NULL, error);
      return NULL;
    }
  pixbuf = decode (&decoder, encoded, format, cancellable, error);
  if (pixbuf == NULL)
    return NULL;
  image = ql_image_new_from_pixbuf (pixbuf, options, error);
  if (image == NULL)
    return NULL;
  image->format = format->name;
  if (decoder.width > 0)
    {
      image->file_width = decoder.width;
      image->file_height = decoder.height;
    }
  return image;
}

QlImage *
ql_image_load_file (const char *path, const QlImageOptions *options, GCancellable *cancellable,
                    GError **error)
{
  g_autoptr (GBytes) encoded = NULL;
  QlImage *image;

  if (options == NULL)
    options = &default_options;
  encoded = ql_image_read_file (path, options, cancellable, error);
  if (encoded == NULL)
    return NULL;
  image = load (encoded, options, cancellable, error);
  if (image != NULL)
    image->path = g_strdup (path);
  return image;
}

QlImage *
ql_image_load_bytes (GBytes *encoded, const QlImageOptions *options, GCancellable *cancellable,
                     GError **error)
{
  gsize n_bytes;
  const guint8 *data = g_bytes_get_data (encoded, &n_bytes);

  if (options == NULL)
    options = &default_options;
  if (g_cancellable_set_error_if_cancelled (cancellable, error) || !ql_image_check_head (data, n_bytes, error)
      || !ql_image_check_size ((gint64) n_bytes, options, error))
    return NULL;
  return load (encoded, options, cancellable, error);
}

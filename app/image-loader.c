#include "app/image-loader.h"

#include <unistd.h>

#include "app/decoder.h"
#include "app/image-private.h"

static const QlImageOptions default_options;

/* An encoded picture: an open file, or bytes. */
typedef struct
{
  int fd;
  gsize n_bytes;
  GBytes *bytes; /* (nullable): then there is no file */
  const QlImageFormat *format;
} Source;

static QlImage *
load_here (const Source *self, const QlImageOptions *options, GCancellable *cancellable, GError **error)
{
  QlImageFault fault = { QL_IMAGE_FAULT_NONE };
  g_autoptr (GdkPixbufLoader) loader = NULL;
  g_autoptr (GBytes) encoded = NULL;
  QlImage *image = NULL;

  if (self->bytes != NULL)
    encoded = g_bytes_ref (self->bytes);
  else
    encoded = ql_image_read_fd (self->fd, self->n_bytes, cancellable, &fault);
  /* last, as one that is given nothing leaks */
  if (encoded != NULL)
    loader = ql_image_loader_new (self->format);
  if (loader != NULL)
    image = ql_image_decode (loader, encoded, self->format, options, cancellable, &fault);
  else if (encoded != NULL)
    fault.kind = QL_IMAGE_FAULT_UNSUPPORTED;
  if (image == NULL)
    ql_image_fault_set_error (&fault, self->format, options, error);
  return image;
}

/* In a process of its own; here only where none can be had, which no picture can bring about. */
static QlImage *
load (const Source *self, const QlImageOptions *options, GCancellable *cancellable, GError **error)
{
  g_autoptr (GError) cause = NULL;
  QlImage *image;

  if (!ql_decoder_is_wanted ())
    return load_here (self, options, cancellable, error);
  if (self->bytes != NULL)
    image = ql_decoder_decode_bytes (self->bytes, self->format, options, NULL, cancellable, &cause);
  else
    image = ql_decoder_decode (self->fd, self->n_bytes, self->format, options, NULL, cancellable, &cause);
  if (image != NULL)
    return image;
  if (g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED) && !ql_decoder_is_required ())
    {
      g_debug ("decoding in this process: %s", cause->message);
      return load_here (self, options, cancellable, error);
    }
  g_propagate_error (error, g_steal_pointer (&cause));
  return NULL;
}

QlImage *
ql_image_load_file (const char *path, const QlImageOptions *options, GCancellable *cancellable,
                    GError **error)
{
  Source source = { 0 };
  QlImage *image;

  if (options == NULL)
    options = &default_options;
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return NULL;
  source.fd = ql_image_open_file (path, options, &source.n_bytes, &source.format, error);
  if (source.fd < 0)
    return NULL;
  image = load (&source, options, cancellable, error);
  close (source.fd);
  if (image != NULL)
    image->path = g_strdup (path);
  return image;
}

QlImage *
ql_image_load_bytes (GBytes *encoded, const QlImageOptions *options, GCancellable *cancellable,
                     GError **error)
{
  Source source = { .fd = -1, .bytes = encoded };
  const guint8 *data = g_bytes_get_data (encoded, &source.n_bytes);

  if (options == NULL)
    options = &default_options;
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return NULL;
  source.format = ql_image_check_head (data, source.n_bytes, error);
  if (source.format == NULL || !ql_image_check_size ((gint64) source.n_bytes, options, error))
    return NULL;
  return load (&source, options, cancellable, error);
}

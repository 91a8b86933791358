#include <string.h>

#include "app/image-loader.h"
#include "app/image-private.h"

static const QlImageOptions default_options;

static guint8
over_white (guint8 value, guint8 alpha)
{
  return (guint8) ((value * alpha + 255 * (255 - alpha) + 127) / 255);
}

static void
flatten_row (const guint8 *src, guint8 *dst, int width, QlAlpha alpha)
{
  for (int x = 0; x < width; x++, src += 4, dst += 3)
    {
      if (alpha == QL_ALPHA_DROP)
        memcpy (dst, src, 3);
      else
        for (int c = 0; c < 3; c++)
          dst[c] = over_white (src[c], src[3]);
    }
}

static GBytes *
pixels_of (GdkPixbuf *pixbuf, const QlImageOptions *options, gsize *stride, GError **error)
{
  int width = gdk_pixbuf_get_width (pixbuf), height = gdk_pixbuf_get_height (pixbuf);
  gsize src_stride = (gsize) gdk_pixbuf_get_rowstride (pixbuf);
  const guint8 *src = gdk_pixbuf_read_pixels (pixbuf);
  guint8 *rgb;

  if (!gdk_pixbuf_get_has_alpha (pixbuf))
    {
      *stride = src_stride;
      return g_bytes_new_with_free_func (src, gdk_pixbuf_get_byte_length (pixbuf), g_object_unref,
                                         g_object_ref (pixbuf));
    }
  *stride = 3 * (gsize) width;
  rgb = g_try_malloc_n ((gsize) height, *stride);
  if (rgb == NULL)
    {
      ql_image_set_no_memory (error);
      return NULL;
    }
  for (int y = 0; y < height; y++)
    flatten_row (src + (gsize) y * src_stride, rgb + (gsize) y * *stride, width, options->alpha);
  return g_bytes_new_take (rgb, (gsize) height * *stride);
}

void
ql_image_fit (int *width, int *height, int max_side_px)
{
  int longest = MAX (*width, *height);

  if (longest <= max_side_px)
    return;
  *width = MAX (1, (int) ((gint64) *width * max_side_px / longest));
  *height = MAX (1, (int) ((gint64) *height * max_side_px / longest));
}

QlImage *
ql_image_new (int width, int height, gsize stride, GBytes *bytes)
{
  QlImage *self = g_atomic_rc_box_new0 (QlImage);

  self->width = width;
  self->height = height;
  self->stride = stride;
  self->rgb = g_bytes_get_data (bytes, NULL);
  self->bytes = g_bytes_ref (bytes);
  return self;
}

QlImage *
ql_image_new_from_pixbuf (GdkPixbuf *pixbuf, const QlImageOptions *options, GError **error)
{
  g_autoptr (GdkPixbuf) turned = NULL;
  g_autoptr (GBytes) bytes = NULL;
  const char *orientation = gdk_pixbuf_get_option (pixbuf, "orientation");
  int file_width = gdk_pixbuf_get_width (pixbuf), file_height = gdk_pixbuf_get_height (pixbuf);
  int width = file_width, height = file_height;
  gsize stride;
  QlImage *self;

  if (options == NULL)
    options = &default_options;
  if (options->max_side_px > 0)
    ql_image_fit (&width, &height, options->max_side_px);
  if (width != file_width || height != file_height)
    {
      turned = gdk_pixbuf_scale_simple (pixbuf, width, height, GDK_INTERP_BILINEAR);
      if (turned != NULL && orientation != NULL)
        gdk_pixbuf_set_option (turned, "orientation", orientation);
    }
  else
    turned = g_object_ref (pixbuf);
  if (turned != NULL && orientation != NULL && !options->ignore_orientation)
    {
      GdkPixbuf *upright = gdk_pixbuf_apply_embedded_orientation (turned);

      g_object_unref (turned);
      turned = upright;
    }
  if (turned == NULL)
    {
      ql_image_set_no_memory (error);
      return NULL;
    }
  bytes = pixels_of (turned, options, &stride, error);
  if (bytes == NULL)
    return NULL;

  self = ql_image_new (gdk_pixbuf_get_width (turned), gdk_pixbuf_get_height (turned), stride, bytes);
  self->file_width = file_width;
  self->file_height = file_height;
  self->oriented = orientation != NULL && !options->ignore_orientation && strcmp (orientation, "1") != 0;
  return self;
}

QlImage *
ql_image_ref (QlImage *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
image_clear (QlImage *self)
{
  g_bytes_unref (self->bytes);
  g_free (self->path);
}

void
ql_image_unref (QlImage *self)
{
  g_atomic_rc_box_release_full (self, (GDestroyNotify) image_clear);
}

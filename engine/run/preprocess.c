#include "engine/run/preprocess.h"

#include "engine/core/error.h"

gboolean
b2_preprocess (const B2PreprocessConfig *config, const guint8 *rgb, int width, int height, gsize stride,
               int out_width, int out_height, float *out, GError **error)
{
  gsize n_pixels, n_bytes;
  g_autofree guint8 *resized = NULL;

  if (out_width < 1 || out_height < 1
      || !g_size_checked_mul (&n_pixels, (gsize) out_width, (gsize) out_height)
      || !g_size_checked_mul (&n_bytes, n_pixels, 3))
    {
      g_set_error (error, B2_ERROR, B2_ERROR_ARGUMENT, "cannot resize a picture to %d x %d pixels", out_width,
                   out_height);
      return FALSE;
    }
  resized = g_try_malloc (n_bytes);
  if (resized == NULL)
    {
      g_set_error (error, B2_ERROR, B2_ERROR_NO_MEMORY,
                   "not enough memory for a picture of %d x %d pixels: %" G_GSIZE_FORMAT " bytes", out_width,
                   out_height, n_bytes);
      return FALSE;
    }
  if (!b2_resize_bicubic (rgb, width, height, stride, resized, out_width, out_height, error))
    return FALSE;

  for (int c = 0; c < 3; c++)
    {
      float values[256];
      float *plane = out + (gsize) c * n_pixels;

      for (int v = 0; v < 256; v++)
        values[v] = ((float) (v * config->rescale_factor) - config->mean[c]) / config->std[c];
      for (gsize i = 0; i < n_pixels; i++)
        plane[i] = values[resized[3 * i + (gsize) c]];
    }
  return TRUE;
}

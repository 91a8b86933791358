/* preprocessor_config.json: BlipImageProcessor of transformers 4.57.1. */

#include <math.h>

#include "engine/core/error.h"
#include "engine/io/config-parse.h"
#include "engine/io/json-file.h"

#define PIL_BICUBIC 3

/* {"height", "width"}, {"shortest_edge"}, or one number. */
static gboolean
read_size (const B2ConfigReader *self, int image_px, B2PreprocessConfig *out, GError **error)
{
  const json_t *size = b2_config_get (self, "size");
  B2ConfigReader section = { size, self->path, "size." };

  /* The class would take 384 where the key is absent; a picture of the encoder's size
   * is the only one that the model can use. */
  if (!json_is_object (size))
    {
      if (!b2_config_read_int (self, "size", image_px, 1, B2_MAX_IMAGE_PX, &out->width_px, error))
        return FALSE;
      out->height_px = out->width_px;
    }
  else if (b2_config_get (&section, "shortest_edge") != NULL)
    {
      if (!b2_config_read_int (&section, "shortest_edge", image_px, 1, B2_MAX_IMAGE_PX, &out->width_px,
                               error))
        return FALSE;
      out->height_px = out->width_px;
    }
  else if (!b2_config_read_int (&section, "width", image_px, 1, B2_MAX_IMAGE_PX, &out->width_px, error)
           || !b2_config_read_int (&section, "height", image_px, 1, B2_MAX_IMAGE_PX, &out->height_px, error))
    return FALSE;

  if (out->width_px != image_px || out->height_px != image_px)
    return b2_config_error (self, "size", B2_ERROR_FORMAT, error,
                            "pictures would be made %d × %d px, expected the %d × %d px of the image encoder "
                            "(vision_config.image_size in config.json)",
                            out->width_px, out->height_px, image_px, image_px);
  return TRUE;
}

/* One number per channel, or one for all. */
static gboolean
read_channels (const B2ConfigReader *self, const char *key, gboolean positive, float out[3], GError **error)
{
  const json_t *value = b2_config_get (self, key);

  if (value == NULL)
    return TRUE;
  if (!json_is_number (value) && json_array_size (value) != 3)
    return b2_config_error (self, key, B2_ERROR_FORMAT, error, "expected a number or a list of 3, found %s",
                            json_is_array (value) ? "a list of another length" : b2_json_type_name (value));
  for (gsize i = 0; i < 3; i++)
    {
      const json_t *item = json_is_array (value) ? json_array_get (value, i) : value;
      float x = (float) json_number_value (item);

      if (!json_is_number (item))
        return b2_config_error (self, key, B2_ERROR_FORMAT, error, "expected numbers in the list, found %s",
                                b2_json_type_name (item));
      if (!isfinite (x) || (positive && !(x > 0.0f && isfinite (1.0f / x))))
        return b2_config_error (self, key, B2_ERROR_FORMAT, error, "expected a %snumber, found %g",
                                positive ? "positive " : "", json_number_value (item));
      out[i] = x;
    }
  return TRUE;
}

static gboolean
read_kind (const B2ConfigReader *self, GError **error)
{
  g_autofree char *found = NULL;
  const char *type;
  int resample;

  if (!b2_config_read_string (self, "image_processor_type", "BlipImageProcessor", &type, error)
      || !b2_config_read_int (self, "resample", PIL_BICUBIC, 0, 5, &resample, error))
    return FALSE;
  if (!g_str_has_prefix (type, "BlipImageProcessor"))
    {
      found = b2_printable (type);
      return b2_config_error (self, "image_processor_type", B2_ERROR_UNSUPPORTED, error,
                              "expected BlipImageProcessor, found \"%s\"", found);
    }
  if (resample != PIL_BICUBIC)
    return b2_config_error (self, "resample", B2_ERROR_UNSUPPORTED, error,
                            "expected %d (bicubic), the only filter Qlens resizes with, found %d",
                            PIL_BICUBIC, resample);
  return TRUE;
}

gboolean
b2_config_read_preprocess (const B2ConfigReader *self, int image_px, B2PreprocessConfig *out, GError **error)
{
  static const float clip_mean[3] = { 0.48145466f, 0.4578275f, 0.40821073f };
  static const float clip_std[3] = { 0.26862954f, 0.26130258f, 0.27577711f };
  gboolean resize, rescale, normalize;

  for (int c = 0; c < 3; c++)
    {
      out->mean[c] = clip_mean[c];
      out->std[c] = clip_std[c];
    }
  /* do_resize is checked and not kept: without it only pictures that have the size
   * already would do, and those come out of the resampler as they are. */
  if (!read_kind (self, error) || !read_size (self, image_px, out, error)
      || !b2_config_read_bool (self, "do_resize", TRUE, &resize, error)
      || !b2_config_read_bool (self, "do_rescale", TRUE, &rescale, error)
      || !b2_config_read_bool (self, "do_normalize", TRUE, &normalize, error)
      || !b2_config_read_real (self, "rescale_factor", 1.0 / 255.0, &out->rescale_factor, error)
      || !read_channels (self, "image_mean", FALSE, out->mean, error)
      || !read_channels (self, "image_std", TRUE, out->std, error))
    return FALSE;

  if (!rescale)
    out->rescale_factor = 1.0;
  if (!(out->rescale_factor > 0.0) || !isfinite ((float) (out->rescale_factor * 255.0)))
    return b2_config_error (self, "rescale_factor", B2_ERROR_FORMAT, error,
                            "expected a positive number, found %g", out->rescale_factor);
  for (int c = 0; c < 3 && !normalize; c++)
    {
      out->mean[c] = 0.0f;
      out->std[c] = 1.0f;
    }
  return TRUE;
}

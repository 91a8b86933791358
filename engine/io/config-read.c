#include "engine/io/config-read.h"

#include <string.h>

#include "engine/core/error.h"
#include "engine/io/json-file.h"

gboolean
b2_config_error (const B2ConfigReader *self, const char *key, int code, GError **error, const char *format,
                 ...)
{
  g_autofree char *words = NULL;
  va_list args;

  va_start (args, format);
  words = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, B2_ERROR, code, "%s: %s%s: %s", self->path, self->section, key, words);
  return FALSE;
}

static gboolean
type_error (const B2ConfigReader *self, const char *key, const char *expected, const json_t *found,
            GError **error)
{
  return b2_config_error (self, key, B2_ERROR_FORMAT, error, "expected %s, found %s", expected,
                          b2_json_type_name (found));
}

const json_t *
b2_config_get (const B2ConfigReader *self, const char *key)
{
  const json_t *value = json_object_get (self->object, key);

  return json_is_null (value) ? NULL : value;
}

gboolean
b2_config_section (const B2ConfigReader *self, const char *key, const char *name, B2ConfigReader *section,
                   GError **error)
{
  const json_t *value = b2_config_get (self, key);

  if (value != NULL && !json_is_object (value))
    return type_error (self, key, "an object", value, error);
  section->object = value;
  section->path = self->path;
  section->section = name;
  return TRUE;
}

gboolean
b2_config_read_int (const B2ConfigReader *self, const char *key, int fallback, int min, int max, int *out,
                    GError **error)
{
  const json_t *value = b2_config_get (self, key);
  json_int_t n = value != NULL ? json_integer_value (value) : fallback;

  if (value != NULL && !json_is_integer (value))
    return type_error (self, key, "an integer", value, error);
  if (n < min || n > max)
    return b2_config_error (self, key, B2_ERROR_FORMAT, error,
                            "expected an integer from %d to %d, found %" JSON_INTEGER_FORMAT, min, max, n);
  *out = (int) n;
  return TRUE;
}

gboolean
b2_config_read_bool (const B2ConfigReader *self, const char *key, gboolean fallback, gboolean *out,
                     GError **error)
{
  const json_t *value = b2_config_get (self, key);

  if (value != NULL && !json_is_boolean (value))
    return type_error (self, key, "true or false", value, error);
  *out = value != NULL ? json_is_true (value) : fallback;
  return TRUE;
}

gboolean
b2_config_read_real (const B2ConfigReader *self, const char *key, double fallback, double *out,
                     GError **error)
{
  const json_t *value = b2_config_get (self, key);

  if (value != NULL && !json_is_number (value))
    return type_error (self, key, "a number", value, error);
  *out = value != NULL ? json_number_value (value) : fallback;
  return TRUE;
}

gboolean
b2_config_read_eps (const B2ConfigReader *self, const char *key, double fallback, float *out, GError **error)
{
  double eps = 0;

  if (!b2_config_read_real (self, key, fallback, &eps, error))
    return FALSE;
  /* The float may round to 0 where the double is not. */
  if (!((float) eps > 0.0f && eps < 1.0))
    return b2_config_error (self, key, B2_ERROR_FORMAT, error, "expected a number between 0 and 1, found %g",
                            eps);
  *out = (float) eps;
  return TRUE;
}

gboolean
b2_config_read_string (const B2ConfigReader *self, const char *key, const char *fallback, const char **out,
                       GError **error)
{
  const json_t *value = b2_config_get (self, key);

  if (value != NULL && !json_is_string (value))
    return type_error (self, key, "a string", value, error);
  *out = value != NULL ? json_string_value (value) : fallback;
  return TRUE;
}

gboolean
b2_config_activation (const char *name, B2Activation *out)
{
  /* The keys of transformers' ACT2FN that compute one of ours. */
  static const struct
  {
    const char *name;
    B2Activation activation;
  } names[] = {
    { "relu", B2_ACTIVATION_RELU },
    { "gelu", B2_ACTIVATION_GELU },
    { "gelu_python", B2_ACTIVATION_GELU },
    { "gelu_new", B2_ACTIVATION_GELU_TANH },
    { "gelu_fast", B2_ACTIVATION_GELU_TANH },
    { "gelu_accurate", B2_ACTIVATION_GELU_TANH },
    { "gelu_pytorch_tanh", B2_ACTIVATION_GELU_TANH },
    { "gelu_python_tanh", B2_ACTIVATION_GELU_TANH },
    { "quick_gelu", B2_ACTIVATION_QUICK_GELU },
    { "silu", B2_ACTIVATION_SILU },
    { "swish", B2_ACTIVATION_SILU },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (strcmp (names[i].name, name) == 0)
      {
        *out = names[i].activation;
        return TRUE;
      }
  return FALSE;
}

gboolean
b2_config_read_activation (const B2ConfigReader *self, const char *key, const char *fallback,
                           B2Activation *out, GError **error)
{
  g_autofree char *found = NULL;
  const char *name = fallback;

  if (!b2_config_read_string (self, key, fallback, &name, error))
    return FALSE;
  if (b2_config_activation (name, out))
    return TRUE;
  found = b2_printable (name);
  return b2_config_error (
      self, key, B2_ERROR_UNSUPPORTED, error,
      "expected relu, gelu, gelu_new, gelu_pytorch_tanh, quick_gelu or silu, found \"%s\"", found);
}

gboolean
b2_config_read_token (const B2ConfigReader *self, const char *key, int fallback, int vocab_size, int *out,
                      GError **error)
{
  if (json_is_null (json_object_get (self->object, key))
      || (fallback < 0 && b2_config_get (self, key) == NULL))
    {
      *out = -1;
      return TRUE;
    }
  return b2_config_read_int (self, key, fallback, 0, vocab_size - 1, out, error);
}

gboolean
b2_config_require (const B2ConfigReader *self, const char *key, gboolean expected, GError **error)
{
  gboolean found = expected;

  if (!b2_config_read_bool (self, key, expected, &found, error))
    return FALSE;
  if (found != expected)
    return b2_config_error (self, key, B2_ERROR_UNSUPPORTED, error, "is %s, Qlens reads only models with %s",
                            found ? "true" : "false", expected ? "true" : "false");
  return TRUE;
}

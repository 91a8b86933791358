#include "engine/io/safetensors-entry.h"

#include <string.h>

#include "engine/core/error.h"
#include "engine/io/json-file.h"

/* Bits per element of every type the format names; those past B2_DTYPE_OTHER are
 * only measured, so that the rest of such a file can be read. */
static const struct
{
  const char *name;
  B2Dtype dtype;
  int n_bits;
} dtypes[] = {
  { "F32", B2_DTYPE_F32, 32 },
  { "F16", B2_DTYPE_F16, 16 },
  { "BF16", B2_DTYPE_BF16, 16 },
  { "F64", B2_DTYPE_F64, 64 },
  { "I64", B2_DTYPE_I64, 64 },
  { "I32", B2_DTYPE_I32, 32 },
  { "I16", B2_DTYPE_I16, 16 },
  { "I8", B2_DTYPE_I8, 8 },
  { "U8", B2_DTYPE_U8, 8 },
  { "BOOL", B2_DTYPE_BOOL, 8 },
  { "F4", B2_DTYPE_OTHER, 4 },
  { "F6_E2M3", B2_DTYPE_OTHER, 6 },
  { "F6_E3M2", B2_DTYPE_OTHER, 6 },
  { "F8_E4M3", B2_DTYPE_OTHER, 8 },
  { "F8_E5M2", B2_DTYPE_OTHER, 8 },
  { "F8_E8M0", B2_DTYPE_OTHER, 8 },
  { "F8_E4M3FNUZ", B2_DTYPE_OTHER, 8 },
  { "F8_E5M2FNUZ", B2_DTYPE_OTHER, 8 },
  { "U16", B2_DTYPE_OTHER, 16 },
  { "U32", B2_DTYPE_OTHER, 32 },
  { "U64", B2_DTYPE_OTHER, 64 },
  { "C64", B2_DTYPE_OTHER, 64 },
};

const char *
b2_dtype_name (B2Dtype dtype)
{
  if (dtype == B2_DTYPE_Q8_0 || dtype == B2_DTYPE_Q4_0)
    return dtype == B2_DTYPE_Q8_0 ? "Q8_0" : "Q4_0";
  for (gsize i = 0; i < G_N_ELEMENTS (dtypes) && dtype != B2_DTYPE_OTHER; i++)
    if (dtypes[i].dtype == dtype)
      return dtypes[i].name;
  return "other";
}

gsize
b2_dtype_size (B2Dtype dtype)
{
  for (gsize i = 0; i < G_N_ELEMENTS (dtypes) && dtype != B2_DTYPE_OTHER; i++)
    if (dtypes[i].dtype == dtype)
      return (gsize) dtypes[i].n_bits / 8;
  return 0;
}

/* ---- one entry of the header ------------------------------------------------- */

gboolean
b2_safetensors_entry_error (const char *path, const char *name, GError **error, const char *format, ...)
{
  g_autofree char *printable = b2_printable (name);
  g_autofree char *words = NULL;
  va_list args;

  va_start (args, format);
  words = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, B2_ERROR, B2_ERROR_FORMAT, "%s: tensor \"%s\": %s", path, printable, words);
  return FALSE;
}

/* Sets n_bits of one element; @info gets the type. */
static gboolean
read_dtype (const json_t *entry, B2TensorInfo *info, int *n_bits, GError **error)
{
  const json_t *value = json_object_get (entry, "dtype");
  g_autofree char *printable = NULL;

  if (!json_is_string (value))
    return b2_safetensors_entry_error (info->path, info->name, error, "dtype: expected a string, found %s",
                                       value != NULL ? b2_json_type_name (value) : "nothing");
  for (gsize i = 0; i < G_N_ELEMENTS (dtypes); i++)
    if (strcmp (dtypes[i].name, json_string_value (value)) == 0)
      {
        info->dtype = dtypes[i].dtype;
        *n_bits = dtypes[i].n_bits;
        return TRUE;
      }
  printable = b2_printable (json_string_value (value));
  return b2_safetensors_entry_error (info->path, info->name, error, "dtype \"%s\" is not one of the format",
                                     printable);
}

static gboolean
read_shape (const json_t *entry, B2TensorInfo *info, GError **error)
{
  const json_t *shape = json_object_get (entry, "shape");
  gsize n_dims = json_array_size (shape);

  if (!json_is_array (shape))
    return b2_safetensors_entry_error (info->path, info->name, error, "shape: expected a list, found %s",
                                       shape != NULL ? b2_json_type_name (shape) : "nothing");
  if (n_dims > B2_MAX_DIMS)
    return b2_safetensors_entry_error (info->path, info->name, error,
                                       "shape: %" G_GSIZE_FORMAT " dimensions, expected at most %d", n_dims,
                                       B2_MAX_DIMS);

  info->n_dims = (int) n_dims;
  info->n_elements = 1;
  for (gsize i = 0; i < n_dims; i++)
    {
      const json_t *dim = json_array_get (shape, i);

      if (!json_is_integer (dim) || json_integer_value (dim) < 0)
        return b2_safetensors_entry_error (
            info->path, info->name, error, "shape: expected integers of 0 or more, found %s",
            json_is_integer (dim) ? "a negative one" : b2_json_type_name (dim));
      info->shape[i] = json_integer_value (dim);
      if (!g_size_checked_mul (&info->n_elements, info->n_elements, (gsize) info->shape[i]))
        return b2_safetensors_entry_error (info->path, info->name, error,
                                           "shape: the number of elements overflows");
    }
  return TRUE;
}

static gboolean
read_offsets (const json_t *entry, const guint8 *data, gsize n_data_bytes, B2TensorInfo *info, GError **error)
{
  const json_t *offsets = json_object_get (entry, "data_offsets");
  gint64 begin, end;

  if (!json_is_array (offsets) || json_array_size (offsets) != 2
      || !json_is_integer (json_array_get (offsets, 0)) || !json_is_integer (json_array_get (offsets, 1)))
    return b2_safetensors_entry_error (info->path, info->name, error,
                                       "data_offsets: expected a list of two integers");
  begin = json_integer_value (json_array_get (offsets, 0));
  end = json_integer_value (json_array_get (offsets, 1));
  if (begin < 0 || end < begin)
    return b2_safetensors_entry_error (
        info->path, info->name, error,
        "data_offsets: expected a range, found [%" G_GINT64_FORMAT ", %" G_GINT64_FORMAT "]", begin, end);
  if ((guint64) end > n_data_bytes)
    return b2_safetensors_entry_error (info->path, info->name, error,
                                       "expected %" G_GINT64_FORMAT " bytes of data, found %" G_GSIZE_FORMAT
                                       "; the file is damaged or was not copied to its end",
                                       end, n_data_bytes);
  info->data = data + begin;
  info->n_bytes = (gsize) (end - begin);
  return TRUE;
}

gboolean
b2_safetensors_read_entry (const json_t *entry, const guint8 *data, gsize n_data_bytes, B2TensorInfo *info,
                           GError **error)
{
  gsize n_bits;
  int n_element_bits = 0;

  if (!json_is_object (entry))
    return b2_safetensors_entry_error (info->path, info->name, error, "expected an object, found %s",
                                       b2_json_type_name (entry));
  if (!read_dtype (entry, info, &n_element_bits, error) || !read_shape (entry, info, error)
      || !read_offsets (entry, data, n_data_bytes, info, error))
    return FALSE;

  if (!g_size_checked_mul (&n_bits, info->n_elements, (gsize) n_element_bits))
    return b2_safetensors_entry_error (info->path, info->name, error, "shape: the number of bytes overflows");
  if (n_bits % 8 != 0 || n_bits / 8 != info->n_bytes)
    return b2_safetensors_entry_error (info->path, info->name, error,
                                       "its type and shape need %" G_GSIZE_FORMAT
                                       " bits, data_offsets give %" G_GSIZE_FORMAT " bytes",
                                       n_bits, info->n_bytes);
  return TRUE;
}

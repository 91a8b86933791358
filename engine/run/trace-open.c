#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "engine/io/json-file.h"
#include "engine/quant/weight-types.h"
#include "engine/run/trace.h"

/* The full-size model's trace has 3 MB, and whole some 10 MB; what asks for much more is none. */
#define MAX_VALUES_BYTES ((gsize) 256 << 20)
#define MAX_BYTES ((gsize) 64 << 20) /* of a picture's file */
#define MAX_HEADER_BYTES ((gsize) 16 << 20)
#define MAX_TENSORS 1024
#define N_LEVELS 256
#define NEWEST_VERSION "2"

static gboolean
format_error (const B2TensorInfo *info, GError **error, const char *what)
{
  g_autofree char *name = b2_printable (info->name);

  g_set_error (error, B2_ERROR, B2_ERROR_FORMAT, "%s: tensor \"%s\": %s", info->path, name, what);
  return FALSE;
}

/* The tensor that tells what @info's numbers mean. */
static const B2TensorInfo *
companion (B2Safetensors *file, const B2TensorInfo *info, const char *suffix)
{
  g_autofree char *name = g_strconcat (info->name, suffix, NULL);

  return b2_safetensors_lookup (file, name);
}

static gboolean
is_companion (B2Safetensors *file, const B2TensorInfo *info)
{
  static const char *const suffixes[] = { ".levels", ".scale" };

  for (gsize i = 0; i < G_N_ELEMENTS (suffixes); i++)
    if (g_str_has_suffix (info->name, suffixes[i]))
      {
        g_autofree char *name = g_strndup (info->name, strlen (info->name) - strlen (suffixes[i]));
        const B2TensorInfo *of = b2_safetensors_lookup (file, name);

        return of != NULL && of->dtype == B2_DTYPE_U8;
      }
  return FALSE;
}

/* @element_bytes: in memory */
static gboolean
count (const B2TensorInfo *info, gsize element_bytes, gsize *total, GError **error)
{
  if (info->n_elements > (MAX_VALUES_BYTES - *total) / element_bytes)
    {
      g_set_error (error, B2_ERROR, B2_ERROR_LIMIT,
                   "%s: more than %" G_GSIZE_FORMAT " MB of tensors; no trace is so large", info->path,
                   MAX_VALUES_BYTES >> 20);
      return FALSE;
    }
  *total += info->n_elements * element_bytes;
  return TRUE;
}

static B2TraceTensor *
reserve (B2Trace *self, const B2TensorInfo *info, gsize *total, GError **error)
{
  if (!count (info, sizeof (float), total, error))
    return NULL;
  return b2_trace_reserve (self, info->name, info->n_dims, info->shape, info->n_elements, error);
}

static gboolean
read_levels (B2Trace *self, const B2TensorInfo *info, const B2TensorInfo *levels, gsize *total,
             GError **error)
{
  gsize n;
  B2TraceTensor *tensor;
  float table[N_LEVELS];

  if (levels->dtype != B2_DTYPE_F32 || levels->n_dims != 2 || info->n_dims < 1
      || levels->shape[0] != info->shape[0] || levels->shape[1] != N_LEVELS)
    return format_error (levels, error, "expected F32 of [channels, 256]");
  tensor = reserve (self, info, total, error);
  if (tensor == NULL)
    return FALSE;
  n = info->shape[0] > 0 ? info->n_elements / (gsize) info->shape[0] : 0;
  for (gsize c = 0; c < (gsize) info->shape[0] && n > 0; c++)
    {
      memcpy (table, levels->data + c * sizeof table, sizeof table);
      for (gsize i = c * n; i < (c + 1) * n; i++)
        tensor->values[i] = table[info->data[i]];
    }
  return TRUE;
}

static gboolean
read_steps (B2Trace *self, const B2TensorInfo *info, const B2TensorInfo *scale, gsize *total, GError **error)
{
  gsize width;
  B2TraceTensor *tensor;

  if (scale->dtype != B2_DTYPE_F32 || info->n_dims < 1 || scale->n_dims != info->n_dims - 1
      || memcmp (scale->shape, info->shape, (gsize) scale->n_dims * sizeof *scale->shape) != 0)
    return format_error (scale, error, "expected F32 of its tensor's shape without the last dimension");
  tensor = reserve (self, info, total, error);
  if (tensor == NULL)
    return FALSE;
  width = (gsize) info->shape[info->n_dims - 1];
  for (gsize i = 0; i < info->n_elements; i++)
    {
      float step;

      memcpy (&step, scale->data + i / width * sizeof step, sizeof step);
      tensor->values[i] = step * (float) info->data[i];
    }
  return TRUE;
}

static gboolean
read_bytes (B2Trace *self, const B2TensorInfo *info, gsize *total, GError **error)
{
  g_autoptr (GBytes) bytes = NULL;
  gpointer copy;

  if (info->n_dims != 1)
    return format_error (info, error, "bytes have one dimension");
  if (info->n_bytes > MAX_BYTES)
    {
      g_set_error (error, B2_ERROR, B2_ERROR_LIMIT, "%s: \"%s\" has more than %" G_GSIZE_FORMAT " MB",
                   info->path, info->name, MAX_BYTES >> 20);
      return FALSE;
    }
  if (!count (info, 1, total, error))
    return FALSE;
  copy = g_try_malloc (MAX (info->n_bytes, 1));
  if (copy == NULL)
    {
      g_set_error (error, B2_ERROR, B2_ERROR_NO_MEMORY, "%s: \"%s\" does not fit into memory", info->path,
                   info->name);
      return FALSE;
    }
  memcpy (copy, info->data, info->n_bytes);
  bytes = g_bytes_new_take (copy, info->n_bytes);
  b2_trace_set_bytes (self, info->name, bytes);
  return TRUE;
}

static gboolean
read_numbers (B2Trace *self, const B2TensorInfo *info, gsize *total, GError **error)
{
  B2TraceTensor *tensor = reserve (self, info, total, error);

  if (tensor == NULL)
    return FALSE;
  if (info->dtype != B2_DTYPE_I32)
    {
      b2_weight_type_info (info->dtype == B2_DTYPE_F32 ? B2_WEIGHT_F32 : B2_WEIGHT_F16)
          ->decode (info->data, tensor->values, info->n_elements);
      return TRUE;
    }
  for (gsize i = 0; i < info->n_elements; i++)
    {
      gint32 number;

      memcpy (&number, info->data + i * sizeof number, sizeof number);
      tensor->values[i] = (float) number; /* exact: no vocabulary has 2^24 tokens */
    }
  return TRUE;
}

static gboolean
read_tensor (B2Trace *self, B2Safetensors *file, const B2TensorInfo *info, gsize *total, GError **error)
{
  const B2TensorInfo *levels, *scale;

  switch (info->dtype)
    {
    case B2_DTYPE_F32:
    case B2_DTYPE_F16:
    case B2_DTYPE_I32:
      return is_companion (file, info) || read_numbers (self, info, total, error);
    case B2_DTYPE_U8:
      levels = companion (file, info, ".levels");
      scale = companion (file, info, ".scale");
      if (levels != NULL)
        return read_levels (self, info, levels, total, error);
      if (scale != NULL)
        return read_steps (self, info, scale, total, error);
      return read_bytes (self, info, total, error);
    default:
      g_set_error (error, B2_ERROR, B2_ERROR_FORMAT,
                   "%s: tensor \"%s\": a trace holds F32, F16, I32 or U8, found %s", info->path, info->name,
                   b2_dtype_name (info->dtype));
      return FALSE;
    }
}

/* The file has been opened, so that its header is known to be sound. */
static gboolean
read_metadata (B2Trace *self, B2Safetensors *file, const char *path, GError **error)
{
  gsize n_bytes;
  const char *header = b2_safetensors_header (file, &n_bytes);
  json_t *root;
  const char *key;
  json_t *value;

  if (n_bytes > MAX_HEADER_BYTES || b2_safetensors_n_tensors (file) > MAX_TENSORS)
    {
      g_set_error (error, B2_ERROR, B2_ERROR_LIMIT, "%s: its header is larger than any trace's", path);
      return FALSE;
    }
  root = b2_json_parse (header, n_bytes, path, error);
  if (root == NULL)
    return FALSE;
  json_object_foreach (json_object_get (root, "__metadata__"), key, value) if (json_is_string (value))
      b2_trace_set_metadata (self, key, json_string_value (value));
  json_decref (root);
  return TRUE;
}

B2Trace *
b2_trace_open (const char *path, GError **error)
{
  g_autoptr (B2Safetensors) file = b2_safetensors_open (path, error);
  g_autoptr (B2Trace) self = NULL;
  const char *version;
  gsize total = 0;

  if (file == NULL)
    return NULL;
  if (g_strcmp0 (b2_safetensors_metadata (file, "format"), B2_TRACE_FORMAT) != 0)
    {
      g_set_error (error, B2_ERROR, B2_ERROR_FORMAT, "%s: a safetensors file, but not a Qlens trace", path);
      return NULL;
    }
  version = b2_safetensors_metadata (file, "version");
  if (g_strcmp0 (version, "1") != 0 && g_strcmp0 (version, NEWEST_VERSION) != 0)
    {
      g_autofree char *printable = b2_printable (version != NULL ? version : "none");

      g_set_error (error, B2_ERROR, B2_ERROR_UNSUPPORTED,
                   "%s: a trace of a newer Qlens (version %s); this one reads up to version " NEWEST_VERSION,
                   path, printable);
      return NULL;
    }
  self = b2_trace_new ();
  if (!read_metadata (self, file, path, error))
    return NULL;
  for (gsize i = 0; i < b2_safetensors_n_tensors (file); i++)
    if (!read_tensor (self, file, b2_safetensors_nth (file, i), &total, error))
      return NULL;
  return g_steal_pointer (&self);
}

#include "engine/run/trace.h"

#include <string.h>

#include "engine/io/safetensors-writer.h"
#include "engine/io/safetensors.h"
#include "engine/quant/weight-types.h"

#define FORMAT_NAME "qlens-trace"
/* The full-size model's trace is some 10 MB; a file that asks for much more is not one. */
#define MAX_TRACE_BYTES ((gsize) 1 << 30)

typedef struct
{
  char *name;
  float *values;
  int n_dims;
  gint64 shape[B2_MAX_DIMS];
} Tensor;

struct B2Trace
{
  gint n_refs; /* atomic */
  GPtrArray *tensors;
  GHashTable *metadata;
};

static const char *const metadata_keys[] = {
  "format",     "version", "model.fingerprint", "model.name", "image.sha256",
  "image.size", "prompt",  "settings",          "tokens",     "text",
};

static void
tensor_free (gpointer data)
{
  Tensor *tensor = data;

  g_free (tensor->name);
  g_free (tensor->values);
  g_free (tensor);
}

B2Trace *
b2_trace_new (void)
{
  B2Trace *self = g_new0 (B2Trace, 1);

  self->n_refs = 1;
  self->tensors = g_ptr_array_new_with_free_func (tensor_free);
  self->metadata = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  b2_trace_set_metadata (self, "format", FORMAT_NAME);
  b2_trace_set_metadata (self, "version", "1");
  return self;
}

B2Trace *
b2_trace_ref (B2Trace *self)
{
  g_atomic_int_inc (&self->n_refs);
  return self;
}

void
b2_trace_unref (B2Trace *self)
{
  if (!g_atomic_int_dec_and_test (&self->n_refs))
    return;
  g_ptr_array_unref (self->tensors);
  g_hash_table_unref (self->metadata);
  g_free (self);
}

static Tensor *
add_tensor (B2Trace *self, const char *name, int n_dims, const gint64 *shape, gsize n_elements)
{
  Tensor *tensor = g_new0 (Tensor, 1);

  tensor->name = g_strdup (name);
  tensor->n_dims = n_dims;
  if (n_dims > 0)
    memcpy (tensor->shape, shape, (gsize) n_dims * sizeof *shape);
  tensor->values = g_new (float, MAX (n_elements, 1));
  g_ptr_array_add (self->tensors, tensor);
  return tensor;
}

void
b2_trace_add (B2Trace *self, const char *name, const float *values, int n_dims, const gint64 *shape)
{
  gsize n = 1;

  for (int i = 0; i < n_dims; i++)
    n *= (gsize) shape[i];
  memcpy (add_tensor (self, name, n_dims, shape, n)->values, values, n * sizeof *values);
}

void
b2_trace_set_metadata (B2Trace *self, const char *key, const char *value)
{
  g_hash_table_replace (self->metadata, g_strdup (key), g_strdup (value));
}

gboolean
b2_trace_save (B2Trace *self, const char *path, GError **error)
{
  g_autoptr (B2SafetensorsWriter) writer = b2_safetensors_writer_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (metadata_keys); i++)
    {
      const char *value = b2_trace_metadata (self, metadata_keys[i]);

      if (value != NULL)
        b2_safetensors_writer_set_metadata (writer, metadata_keys[i], value);
    }
  for (guint i = 0; i < self->tensors->len; i++)
    {
      const Tensor *tensor = self->tensors->pdata[i];

      b2_safetensors_writer_add (writer, tensor->name, tensor->values, tensor->n_dims, tensor->shape);
    }
  return b2_safetensors_writer_write (writer, path, error);
}

static gboolean
read_tensor (B2Trace *self, const B2TensorInfo *info, gsize *total, GError **error)
{
  B2WeightType type;

  switch (info->dtype)
    {
    case B2_DTYPE_F32:
      type = B2_WEIGHT_F32;
      break;
    case B2_DTYPE_F16:
      type = B2_WEIGHT_F16;
      break;
    default:
      g_set_error (error, B2_ERROR, B2_ERROR_FORMAT, "%s: tensor \"%s\": a trace holds F32 or F16, found %s",
                   info->path, info->name, b2_dtype_name (info->dtype));
      return FALSE;
    }
  *total += info->n_elements * sizeof (float);
  if (*total > MAX_TRACE_BYTES)
    {
      g_set_error (error, B2_ERROR, B2_ERROR_LIMIT,
                   "%s: more than %" G_GSIZE_FORMAT " MB of tensors; no trace is so large", info->path,
                   MAX_TRACE_BYTES >> 20);
      return FALSE;
    }
  b2_weight_type_info (type)->decode (
      info->data, add_tensor (self, info->name, info->n_dims, info->shape, info->n_elements)->values,
      info->n_elements);
  return TRUE;
}

B2Trace *
b2_trace_open (const char *path, GError **error)
{
  g_autoptr (B2Safetensors) file = b2_safetensors_open (path, error);
  g_autoptr (B2Trace) self = NULL;
  gsize total = 0;

  if (file == NULL)
    return NULL;
  if (g_strcmp0 (b2_safetensors_metadata (file, "format"), FORMAT_NAME) != 0)
    {
      g_set_error (error, B2_ERROR, B2_ERROR_FORMAT, "%s: a safetensors file, but not a Qlens trace", path);
      return NULL;
    }
  if (g_strcmp0 (b2_safetensors_metadata (file, "version"), "1") != 0)
    {
      g_set_error (error, B2_ERROR, B2_ERROR_UNSUPPORTED,
                   "%s: a trace of a newer Qlens (version %s); this one reads version 1", path,
                   b2_safetensors_metadata (file, "version"));
      return NULL;
    }
  self = b2_trace_new ();
  for (gsize i = 0; i < G_N_ELEMENTS (metadata_keys); i++)
    {
      const char *value = b2_safetensors_metadata (file, metadata_keys[i]);

      if (value != NULL)
        b2_trace_set_metadata (self, metadata_keys[i], value);
    }
  for (gsize i = 0; i < b2_safetensors_n_tensors (file); i++)
    if (!read_tensor (self, b2_safetensors_nth (file, i), &total, error))
      return NULL;
  return g_steal_pointer (&self);
}

int
b2_trace_n_tensors (B2Trace *self)
{
  return (int) self->tensors->len;
}

const char *
b2_trace_tensor_name (B2Trace *self, int i)
{
  return ((Tensor *) self->tensors->pdata[i])->name;
}

const float *
b2_trace_tensor (B2Trace *self, const char *name, int *n_dims, const gint64 **shape)
{
  for (guint i = 0; i < self->tensors->len; i++)
    {
      const Tensor *tensor = self->tensors->pdata[i];

      if (strcmp (tensor->name, name) != 0)
        continue;
      if (n_dims != NULL)
        *n_dims = tensor->n_dims;
      if (shape != NULL)
        *shape = tensor->shape;
      return tensor->values;
    }
  return NULL;
}

const char *
b2_trace_metadata (B2Trace *self, const char *key)
{
  return g_hash_table_lookup (self->metadata, key);
}

#include "engine/run/trace.h"

#include <string.h>

static void
tensor_free (gpointer data)
{
  B2TraceTensor *tensor = data;

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
  self->bytes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_bytes_unref);
  b2_trace_set_metadata (self, "format", B2_TRACE_FORMAT);
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
  g_hash_table_unref (self->bytes);
  g_free (self);
}

B2TraceTensor *
b2_trace_reserve (B2Trace *self, const char *name, int n_dims, const gint64 *shape, gsize n_values,
                  GError **error)
{
  float *values = g_try_new (float, MAX (n_values, 1));
  B2TraceTensor *tensor;

  if (values == NULL)
    {
      g_set_error (error, B2_ERROR, B2_ERROR_NO_MEMORY,
                   "%" G_GSIZE_FORMAT " values of the trace's tensor \"%s\" do not fit into memory", n_values,
                   name);
      return NULL;
    }
  tensor = g_new0 (B2TraceTensor, 1);
  tensor->name = g_strdup (name);
  tensor->n_dims = n_dims;
  if (n_dims > 0)
    memcpy (tensor->shape, shape, (gsize) n_dims * sizeof *shape);
  tensor->n_values = n_values;
  tensor->values = values;
  g_ptr_array_add (self->tensors, tensor);
  return tensor;
}

void
b2_trace_add (B2Trace *self, const char *name, const float *values, int n_dims, const gint64 *shape)
{
  g_autoptr (GError) error = NULL;
  B2TraceTensor *tensor;
  gsize n = 1;

  for (int i = 0; i < n_dims; i++)
    n *= (gsize) shape[i];
  tensor = b2_trace_reserve (self, name, n_dims, shape, n, &error);
  if (tensor == NULL)
    g_error ("%s", error->message);
  memcpy (tensor->values, values, n * sizeof *values);
}

void
b2_trace_set_metadata (B2Trace *self, const char *key, const char *value)
{
  g_hash_table_replace (self->metadata, g_strdup (key), g_strdup (value));
}

void
b2_trace_set_bytes (B2Trace *self, const char *name, GBytes *bytes)
{
  g_hash_table_replace (self->bytes, g_strdup (name), g_bytes_ref (bytes));
}

int
b2_trace_n_tensors (B2Trace *self)
{
  return (int) self->tensors->len;
}

const char *
b2_trace_tensor_name (B2Trace *self, int i)
{
  return ((B2TraceTensor *) self->tensors->pdata[i])->name;
}

B2TraceTensor *
b2_trace_find (B2Trace *self, const char *name)
{
  for (guint i = 0; i < self->tensors->len; i++)
    {
      B2TraceTensor *tensor = self->tensors->pdata[i];

      if (strcmp (tensor->name, name) == 0)
        return tensor;
    }
  return NULL;
}

const float *
b2_trace_tensor (B2Trace *self, const char *name, int *n_dims, const gint64 **shape)
{
  const B2TraceTensor *tensor = b2_trace_find (self, name);

  if (tensor == NULL)
    return NULL;
  if (n_dims != NULL)
    *n_dims = tensor->n_dims;
  if (shape != NULL)
    *shape = tensor->shape;
  return tensor->values;
}

GBytes *
b2_trace_bytes (B2Trace *self, const char *name)
{
  return g_hash_table_lookup (self->bytes, name);
}

const char *
b2_trace_metadata (B2Trace *self, const char *key)
{
  return g_hash_table_lookup (self->metadata, key);
}

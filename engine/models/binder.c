#include "engine/models/binder.h"

#include <math.h>
#include <string.h>

#include "engine/core/error.h"

#define MAX_PARTS 8

struct B2Binder
{
  B2Weights *weights;
  B2Weights *extra; /* (nullable): looked up second */
  B2Watch watch;
  GPtrArray *copies; /* of float * */
  GHashTable *used; /* of B2TensorInfo *; value: the B2BinderUse */
  GPtrArray *order; /* what is in @used, in the order of binding */
  B2BinderPart parts[MAX_PARTS];
  int n_parts;
  int max_row;
};

B2Binder *
b2_binder_new (B2Weights *weights, const B2Watch *watch)
{
  B2Binder *self = g_new0 (B2Binder, 1);

  self->weights = weights;
  if (watch != NULL)
    self->watch = *watch;
  self->copies = g_ptr_array_new_with_free_func (g_free);
  self->used = g_hash_table_new (NULL, NULL);
  self->order = g_ptr_array_new ();
  return self;
}

void
b2_binder_free (B2Binder *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->copies);
  g_hash_table_unref (self->used);
  g_ptr_array_unref (self->order);
  g_free (self);
}

void
b2_binder_add_weights (B2Binder *self, B2Weights *extra)
{
  self->extra = extra;
}

static const B2TensorInfo *
look_up (B2Binder *self, const char *name)
{
  const B2TensorInfo *info = b2_weights_lookup (self->weights, name);

  return info == NULL && self->extra != NULL ? b2_weights_lookup (self->extra, name) : info;
}

void
b2_binder_done (B2Binder *self)
{
  memset (&self->watch, 0, sizeof self->watch);
}

void
b2_binder_begin_part (B2Binder *self, const char *name)
{
  g_assert (self->n_parts < MAX_PARTS);
  self->parts[self->n_parts++].name = name;
}

int
b2_binder_n_parts (B2Binder *self)
{
  return self->n_parts;
}

const B2BinderPart *
b2_binder_part (B2Binder *self, int i)
{
  return &self->parts[i];
}

int
b2_binder_n_used (B2Binder *self)
{
  return (int) g_hash_table_size (self->used);
}

const B2TensorInfo *
b2_binder_used (B2Binder *self, int i)
{
  return self->order->pdata[i];
}

B2BinderUse
b2_binder_use (B2Binder *self, const B2TensorInfo *info)
{
  return (B2BinderUse) GPOINTER_TO_INT (g_hash_table_lookup (self->used, info));
}

int
b2_binder_max_row (B2Binder *self)
{
  return self->max_row;
}

gboolean
b2_binder_has (B2Binder *self, const char *format, ...)
{
  g_autofree char *name = NULL;
  va_list args;

  va_start (args, format);
  name = g_strdup_vprintf (format, args);
  va_end (args);
  return look_up (self, name) != NULL;
}

static char *
shape_text (int n_dims, const gint64 *shape)
{
  GString *text = g_string_new ("[");

  for (int i = 0; i < n_dims; i++)
    g_string_append_printf (text, "%s%" G_GINT64_FORMAT, i > 0 ? ", " : "", shape[i]);
  g_string_append_c (text, ']');
  return g_string_free (text, FALSE);
}

static gboolean
weight_type (B2Dtype dtype, B2WeightType *out)
{
  switch (dtype)
    {
    case B2_DTYPE_F32:
      *out = B2_WEIGHT_F32;
      return TRUE;
    case B2_DTYPE_F16:
      *out = B2_WEIGHT_F16;
      return TRUE;
    case B2_DTYPE_BF16:
      *out = B2_WEIGHT_BF16;
      return TRUE;
    case B2_DTYPE_Q8_0:
      *out = B2_WEIGHT_Q8_0;
      return TRUE;
    case B2_DTYPE_Q4_0:
      *out = B2_WEIGHT_Q4_0;
      return TRUE;
    default:
      return FALSE;
    }
}

static gboolean
same_shape (const B2TensorInfo *info, int n_dims, const gint64 *shape)
{
  return info->n_dims == n_dims && memcmp (info->shape, shape, (gsize) n_dims * sizeof *shape) == 0;
}

static void
count (B2Binder *self, const B2TensorInfo *info, B2WeightType type)
{
  B2BinderPart *part = &self->parts[self->n_parts - 1];

  if (g_hash_table_contains (self->used, info))
    return;
  g_hash_table_insert (self->used, (gpointer) info, GINT_TO_POINTER (B2_BINDER_USE_MATRIX));
  g_ptr_array_add (self->order, (gpointer) info);
  part->n_parameters += info->n_elements;
  part->n_bytes += info->n_bytes;
  part->types |= 1u << type;
}

static const B2TensorInfo *
find (B2Binder *self, const char *name, int n_dims, const gint64 *shape, B2WeightType *type, GError **error)
{
  const B2TensorInfo *info = look_up (self, name);
  int total = (int) b2_weights_n_tensors (self->weights);

  if (!b2_watch_step (&self->watch, B2_PHASE_OPEN, MIN (b2_binder_n_used (self), total), total, error))
    return NULL;
  if (info == NULL)
    {
      g_autofree char *expected = shape_text (n_dims, shape);

      g_set_error (error, B2_ERROR, B2_ERROR_FORMAT,
                   "%s: tensor \"%s\" is missing (config.json asks for one of shape %s)",
                   b2_weights_dir (self->weights), name, expected);
      return NULL;
    }
  if (!same_shape (info, n_dims, shape))
    {
      g_autofree char *expected = shape_text (n_dims, shape);
      g_autofree char *found = shape_text (info->n_dims, info->shape);

      g_set_error (error, B2_ERROR, B2_ERROR_SHAPE,
                   "%s: tensor \"%s\": config.json asks for shape %s, the file has %s", info->path, name,
                   expected, found);
      return NULL;
    }
  if (!weight_type (info->dtype, type))
    {
      g_set_error (error, B2_ERROR, B2_ERROR_UNSUPPORTED,
                   "%s: tensor \"%s\": expected F32, F16, BF16, Q8_0 or Q4_0, found %s", info->path, name,
                   b2_dtype_name (info->dtype));
      return NULL;
    }
  count (self, info, *type);
  return info;
}

static gboolean
matrix (B2Binder *self, const char *name, B2Linear *out, int n_dims, const gint64 *shape, GError **error)
{
  B2WeightType type;
  const B2TensorInfo *info = find (self, name, n_dims, shape, &type, error);

  if (info == NULL)
    return FALSE;
  memset (out, 0, sizeof *out);
  out->weight = info->data;
  out->type = type;
  out->n_out = (int) shape[0];
  out->n_in = (int) (info->n_elements / (gsize) shape[0]);
  /* A row of several dimensions may be whole blocks where the last of them is not; then
   * the file's reader has refused it. */
  g_assert (b2_weight_row_bytes (type, (gsize) out->n_in) > 0);
  self->max_row = MAX (self->max_row, out->n_in);
  return TRUE;
}

static gboolean
vector (B2Binder *self, const char *name, const float **out, int n_dims, const gint64 *shape, GError **error)
{
  B2WeightType type;
  const B2TensorInfo *info = find (self, name, n_dims, shape, &type, error);
  float *copy;

  if (info == NULL)
    return FALSE;
  if (b2_weight_type_info (type)->block_elements > 1)
    {
      g_set_error (error, B2_ERROR, B2_ERROR_UNSUPPORTED,
                   "%s: tensor \"%s\": expected F32, F16 or BF16 (it is no matrix), found %s", info->path,
                   name, b2_dtype_name (info->dtype));
      return FALSE;
    }
  copy = g_new (float, info->n_elements);
  g_ptr_array_add (self->copies, copy);
  b2_weight_type_info (type)->decode (info->data, copy, info->n_elements);
  for (gsize i = 0; i < info->n_elements; i++)
    if (!isfinite (copy[i]))
      {
        g_set_error (error, B2_ERROR, B2_ERROR_FORMAT,
                     "%s: tensor \"%s\": value %" G_GSIZE_FORMAT " is not finite", info->path, name, i);
        return FALSE;
      }
  /* What is read both ways has to be fit for the stricter one. */
  g_hash_table_insert (self->used, (gpointer) info, GINT_TO_POINTER (B2_BINDER_USE_VECTOR));
  *out = copy;
  return TRUE;
}

#define FORMAT_NAME(name, format)                                                                            \
  G_STMT_START                                                                                               \
  {                                                                                                          \
    va_list args;                                                                                            \
    va_start (args, format);                                                                                 \
    name = g_strdup_vprintf (format, args);                                                                  \
    va_end (args);                                                                                           \
  }                                                                                                          \
  G_STMT_END

gboolean
b2_bind_matrix (B2Binder *self, B2Linear *out, int n_dims, const gint64 *shape, GError **error,
                const char *format, ...)
{
  g_autofree char *name = NULL;

  FORMAT_NAME (name, format);
  return matrix (self, name, out, n_dims, shape, error);
}

gboolean
b2_bind_vector (B2Binder *self, const float **out, int n_dims, const gint64 *shape, GError **error,
                const char *format, ...)
{
  g_autofree char *name = NULL;

  FORMAT_NAME (name, format);
  return vector (self, name, out, n_dims, shape, error);
}

gboolean
b2_bind_linear (B2Binder *self, B2Linear *out, int n_out, int n_in, gboolean bias, GError **error,
                const char *format, ...)
{
  g_autofree char *name = NULL, *weight_name = NULL, *bias_name = NULL;
  const gint64 weight_shape[] = { n_out, n_in }, bias_shape[] = { n_out };

  FORMAT_NAME (name, format);
  weight_name = g_strconcat (name, ".weight", NULL);
  bias_name = g_strconcat (name, ".bias", NULL);
  return matrix (self, weight_name, out, 2, weight_shape, error)
         && (!bias || vector (self, bias_name, &out->bias, 1, bias_shape, error));
}

gboolean
b2_bind_norm (B2Binder *self, B2Norm *out, int width, float eps, gboolean rms, GError **error,
              const char *format, ...)
{
  g_autofree char *name = NULL, *weight_name = NULL, *bias_name = NULL;
  const gint64 shape[] = { width };

  FORMAT_NAME (name, format);
  weight_name = g_strconcat (name, ".weight", NULL);
  bias_name = g_strconcat (name, ".bias", NULL);
  *out = (B2Norm){ .width = width, .eps = eps, .rms = rms };
  return vector (self, weight_name, &out->weight, 1, shape, error)
         && (rms || vector (self, bias_name, &out->bias, 1, shape, error));
}

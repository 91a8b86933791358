#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/io/safetensors-writer.h"
#include "engine/quant/weight-types.h"
#include "engine/run/trace.h"

#define MAX_F16 65504.0f
#define N_LEVELS 256 /* of an U8 */

/* What goes into the file: the trace's own tensors and what stands for them. */
typedef struct
{
  B2SafetensorsWriter *writer;
  GPtrArray *made; /* buffers that live until the file is written */
  GPtrArray *last; /* of Later */
} Saving;

/* U8 tensors come last, so that all before them lie aligned. */
typedef struct
{
  char *name;
  const void *data;
  int n_dims;
  gint64 shape[B2_MAX_DIMS];
} Later;

static void
later_free (gpointer data)
{
  Later *later = data;

  g_free (later->name);
  g_free (later);
}

static void
add_u8 (Saving *saving, const char *name, const void *data, int n_dims, const gint64 *shape)
{
  Later *later = g_new0 (Later, 1);

  later->name = g_strdup (name);
  later->data = data;
  later->n_dims = n_dims;
  memcpy (later->shape, shape, (gsize) n_dims * sizeof *shape);
  g_ptr_array_add (saving->last, later);
}

static gpointer
make (Saving *saving, gsize n_bytes)
{
  gpointer buffer = g_malloc0 (MAX (n_bytes, 1));

  g_ptr_array_add (saving->made, buffer);
  return buffer;
}

static void
add_f32 (Saving *saving, const B2TraceTensor *t)
{
  b2_safetensors_writer_add (saving->writer, t->name, t->values, t->n_dims, t->shape);
}

static void
add_f16 (Saving *saving, const B2TraceTensor *t)
{
  guint16 *half;

  for (gsize i = 0; i < t->n_values; i++)
    if (fabsf (t->values[i]) > MAX_F16)
      {
        add_f32 (saving, t);
        return;
      }
  half = make (saving, t->n_values * sizeof *half);
  b2_weight_type_info (B2_WEIGHT_F16)->encode (t->values, half, t->n_values);
  b2_safetensors_writer_add_stored (saving->writer, t->name, B2_DTYPE_F16, half, t->n_dims, t->shape);
}

/* ---- pixels: at most 256 values a channel ---------------------------------------- */

static int
compare_floats (const void *a, const void *b)
{
  float x = *(const float *) a, y = *(const float *) b;

  return (x > y) - (x < y);
}

/* Numbers a channel's values, smallest first. Returns: FALSE if there are too many */
static gboolean
number_values (const float *values, gsize n, float *levels, guint8 *numbers)
{
  g_autofree float *sorted = g_memdup2 (values, n * sizeof *values);
  int n_levels = 0;

  qsort (sorted, n, sizeof *sorted, compare_floats);
  for (gsize i = 0; i < n; i++)
    if (n_levels == 0 || sorted[i] != levels[n_levels - 1])
      {
        if (n_levels == N_LEVELS || !isfinite (sorted[i]))
          return FALSE;
        levels[n_levels++] = sorted[i];
      }
  for (gsize i = 0; i < n; i++)
    {
      const float *level = bsearch (&values[i], levels, (gsize) n_levels, sizeof *levels, compare_floats);

      if (level == NULL)
        return FALSE;
      numbers[i] = (guint8) (level - levels);
    }
  return TRUE;
}

static void
add_pixels (Saving *saving, const B2TraceTensor *t)
{
  gsize n_channels = t->n_dims == 3 ? (gsize) t->shape[0] : 0;
  gsize n = n_channels > 0 ? t->n_values / n_channels : 0;
  g_autofree char *name = g_strconcat (t->name, ".levels", NULL);
  float *levels;
  guint8 *numbers;

  if (n == 0)
    {
      add_f16 (saving, t);
      return;
    }
  levels = make (saving, n_channels * N_LEVELS * sizeof *levels);
  numbers = make (saving, t->n_values);
  for (gsize c = 0; c < n_channels; c++)
    if (!number_values (t->values + c * n, n, levels + c * N_LEVELS, numbers + c * n))
      {
        add_f16 (saving, t);
        return;
      }
  b2_safetensors_writer_add (saving->writer, name, levels, 2, (gint64[]){ (gint64) n_channels, N_LEVELS });
  add_u8 (saving, t->name, numbers, t->n_dims, t->shape);
}

/* ---- others that are condensed ------------------------------------------------------ */

static void
add_steps (Saving *saving, const B2TraceTensor *t)
{
  gsize width = (gsize) t->shape[t->n_dims - 1];
  gsize n_rows = t->n_values / width;
  g_autofree char *name = g_strconcat (t->name, ".scale", NULL);
  float *scale = make (saving, n_rows * sizeof *scale);
  guint8 *steps = make (saving, t->n_values);

  for (gsize r = 0; r < n_rows; r++)
    {
      const float *row = t->values + r * width;

      for (gsize i = 0; i < width; i++)
        {
          if (!(row[i] >= 0 && row[i] <= MAX_F16)) /* no attention */
            {
              add_f16 (saving, t);
              return;
            }
          scale[r] = fmaxf (scale[r], row[i] / (N_LEVELS - 1));
        }
      for (gsize i = 0; i < width && scale[r] > 0; i++)
        steps[r * width + i] = (guint8) MIN (lrintf (row[i] / scale[r]), N_LEVELS - 1);
    }
  b2_safetensors_writer_add (saving->writer, name, scale, t->n_dims - 1, t->shape);
  add_u8 (saving, t->name, steps, t->n_dims, t->shape);
}

static void
add_norms (Saving *saving, const B2TraceTensor *t)
{
  gsize n_rows = (gsize) t->shape[0];
  float *norms = make (saving, n_rows * sizeof *norms);

  for (gsize r = 0; r < n_rows; r++)
    {
      gsize width = (gsize) t->shape[1];
      double sum = 0;

      for (gsize i = 0; i < width; i++)
        sum += (double) t->values[r * width + i] * (double) t->values[r * width + i];
      norms[r] = (float) sqrt (sum);
    }
  b2_safetensors_writer_add (saving->writer, "vision.norms", norms, 1, t->shape);
}

static void
add_top_logits (Saving *saving, const B2TraceTensor *t)
{
  gsize n = MIN (t->n_values, B2_TRACE_TOP_LOGITS);
  float *values = make (saving, n * sizeof *values);
  gint32 *ids = make (saving, n * sizeof *ids);
  gsize found = 0;

  for (gsize i = 0; i < t->n_values; i++)
    {
      float value = t->values[i];
      gsize at;

      if (found == n && !(value > values[n - 1]))
        continue;
      for (at = found < n ? found++ : n - 1; at > 0 && value > values[at - 1]; at--)
        {
          values[at] = values[at - 1];
          ids[at] = ids[at - 1];
        }
      values[at] = value;
      ids[at] = (gint32) i;
    }
  b2_safetensors_writer_add (saving->writer, "lm.first_logits.values", values, 1, (gint64[]){ (gint64) n });
  b2_safetensors_writer_add_stored (saving->writer, "lm.first_logits.ids", B2_DTYPE_I32, ids, 1,
                                    (gint64[]){ (gint64) n });
}

static void
add_condensed (Saving *saving, const B2TraceTensor *t)
{
  if (strcmp (t->name, "pixel_values") == 0)
    add_pixels (saving, t);
  else if (strcmp (t->name, "vision.last_hidden_state") == 0 && t->n_dims == 2)
    add_norms (saving, t);
  else if (strcmp (t->name, "lm.first_logits") == 0 && t->n_dims == 1)
    add_top_logits (saving, t);
  else if ((strcmp (t->name, "lm.attention") == 0 && t->n_dims > 1 && t->n_values > B2_TRACE_HALF_VALUES)
           || (strcmp (t->name, "vision.block_norms") == 0 && t->n_dims == 2 && t->n_values > 0))
    add_steps (saving, t);
  else if (t->n_values <= B2_TRACE_SMALL_VALUES || strcmp (t->name, "vision.norms") == 0)
    add_f32 (saving, t);
  else
    add_f16 (saving, t);
}

/* ---- the file -------------------------------------------------------------------------- */

static int
compare_strings (const void *a, const void *b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* "format" and "version" first, for who looks at the head of the file; the others sorted. */
static void
add_metadata (B2Trace *self, B2SafetensorsWriter *writer, gboolean condensed)
{
  guint n;
  g_autofree gpointer *keys = g_hash_table_get_keys_as_array (self->metadata, &n);

  b2_safetensors_writer_set_metadata (writer, "format", B2_TRACE_FORMAT);
  b2_safetensors_writer_set_metadata (writer, "version", condensed ? "2" : "1");
  qsort (keys, n, sizeof *keys, compare_strings);
  for (guint i = 0; i < n; i++)
    if (strcmp (keys[i], "format") != 0 && strcmp (keys[i], "version") != 0)
      b2_safetensors_writer_set_metadata (writer, keys[i], b2_trace_metadata (self, keys[i]));
}

static void
add_bytes (B2Trace *self, Saving *saving)
{
  guint n;
  g_autofree gpointer *names = g_hash_table_get_keys_as_array (self->bytes, &n);

  qsort (names, n, sizeof *names, compare_strings);
  for (guint i = 0; i < n; i++)
    {
      gsize n_bytes;
      gconstpointer data = g_bytes_get_data (b2_trace_bytes (self, names[i]), &n_bytes);

      add_u8 (saving, names[i], data, 1, (gint64[]){ (gint64) n_bytes });
    }
}

gboolean
b2_trace_save (B2Trace *self, const char *path, GError **error)
{
  g_autoptr (B2SafetensorsWriter) writer = b2_safetensors_writer_new ();
  g_autoptr (GPtrArray) made = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) last = g_ptr_array_new_with_free_func (later_free);
  Saving saving = { writer, made, last };
  gsize n_values = 0;
  gboolean condense;

  for (guint i = 0; i < self->tensors->len; i++)
    n_values += ((const B2TraceTensor *) self->tensors->pdata[i])->n_values;
  condense = n_values * sizeof (float) > B2_TRACE_WHOLE_BYTES;
  add_metadata (self, writer, condense || g_hash_table_size (self->bytes) > 0);
  for (guint i = 0; i < self->tensors->len; i++)
    {
      const B2TraceTensor *tensor = self->tensors->pdata[i];

      if (condense)
        add_condensed (&saving, tensor);
      else
        add_f32 (&saving, tensor);
    }
  add_bytes (self, &saving);
  for (guint i = 0; i < last->len; i++)
    {
      const Later *later = last->pdata[i];

      b2_safetensors_writer_add_stored (writer, later->name, B2_DTYPE_U8, later->data, later->n_dims,
                                        later->shape);
    }
  return b2_safetensors_writer_write (writer, path, error);
}

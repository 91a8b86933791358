#include "app/lab-trace-measures.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

#include "app/answer-json.h"

/* Above any model; a file may say what it likes. */
#define MAX_TEXT_BYTES (1 << 16)
#define MAX_BLOCKS 1024

static json_t *
parse (B2Trace *trace, const char *key)
{
  const char *text = b2_trace_metadata (trace, key);
  json_t *object = text != NULL && strlen (text) <= MAX_TEXT_BYTES
                       ? json_loads (text, JSON_REJECT_DUPLICATES, NULL)
                       : NULL;

  if (json_is_object (object))
    return object;
  json_decref (object);
  return NULL;
}

static double
ms_of (const json_t *value)
{
  double ms = json_is_number (value) ? json_number_value (value) : NAN;

  return ms >= 0 && ms < 1e12 ? ms : NAN;
}

static double
ms (const json_t *object, const char *key)
{
  return ms_of (json_object_get (object, key));
}

static gint64
bytes (const json_t *object, const char *key)
{
  return MAX (json_integer_value (json_object_get (object, key)), 0);
}

static double *
list (const json_t *object, const char *key, int *n)
{
  const json_t *values = json_object_get (object, key);
  gsize size = json_array_size (values);
  double *out;

  *n = 0;
  if (size == 0 || size > MAX_BLOCKS)
    return NULL;
  out = g_new (double, size);
  for (gsize i = 0; i < size; i++)
    out[i] = ms_of (json_array_get (values, i));
  *n = (int) size;
  return out;
}

static gboolean
read_three (const json_t *object, const char *key, double *out)
{
  const json_t *values = json_object_get (object, key);

  for (gsize i = 0; i < 3; i++)
    {
      const json_t *value = json_array_get (values, i);

      out[i] = json_number_value (value);
      if (!json_is_number (value) || !(fabs (out[i]) < 1e6))
        return FALSE;
    }
  return TRUE;
}

static void
read_colors (B2Trace *trace, QlTraceMeasures *out)
{
  json_t *object = parse (trace, "preprocess");

  out->rescale = json_number_value (json_object_get (object, "rescale"));
  out->has_colors = out->rescale > 1e-6 && out->rescale < 1e6 && read_three (object, "mean", out->mean)
                    && read_three (object, "std", out->std);
  json_decref (object);
}

void
ql_trace_measures_read (B2Trace *trace, QlTraceMeasures *out)
{
  json_t *all = parse (trace, "timings");
  const json_t *vision = json_object_get (all, "vision"), *qformer = json_object_get (all, "qformer");
  const json_t *lm = json_object_get (all, "language_model");
  const json_t *projection = json_object_get (all, "projection");

  *out = (QlTraceMeasures){
    .preprocess_ms = ms (json_object_get (all, "preprocess"), "ms"),
    .vision_ms = ms (vision, "ms"),
    .embed_ms = ms (vision, "embed_ms"),
    .qformer_ms = ms (qformer, "ms"),
    .image_ms = ms (qformer, "image_ms"),
    .projection_ms = ms (projection, "ms"),
    .prefill_ms = ms (lm, "prefill_ms"),
    .decode_ms = ms (lm, "decode_ms"),
    .vision_scratch = bytes (vision, "scratch_bytes"),
    .qformer_scratch = bytes (qformer, "scratch_bytes"),
    .vision_weights = bytes (vision, "weight_bytes"),
    .qformer_weights = bytes (qformer, "weight_bytes"),
    .projection_weights = bytes (projection, "weight_bytes"),
    .lm_weights = bytes (lm, "weight_bytes"),
  };
  out->blocks_ms = list (vision, "blocks_ms", &out->n_blocks);
  out->layers_ms = list (qformer, "layers_ms", &out->n_layers);
  read_colors (trace, out);
  json_decref (all);
}

void
ql_trace_measures_clear (QlTraceMeasures *self)
{
  g_clear_pointer (&self->blocks_ms, g_free);
  g_clear_pointer (&self->layers_ms, g_free);
}

void
ql_trace_measures_add (B2Trace *trace, const QlSavedTimings *timings)
{
  json_t *all = parse (trace, "timings"), *lm = json_object_get (all, "language_model");
  g_autofree char *text = NULL;

  if (!json_is_object (lm) || timings->decode <= 0)
    {
      json_decref (all);
      return;
    }
  json_object_set_new (lm, "prefill_ms", ql_json_ms (timings->prefill));
  json_object_set_new (lm, "decode_ms", ql_json_ms (timings->decode));
  text = ql_json_line (all);
  b2_trace_set_metadata (trace, "timings", text);
  json_decref (all);
}

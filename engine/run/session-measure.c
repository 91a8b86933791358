/* What was measured of a run, for its trace. */
#include <jansson.h>

#include "engine/run/session-trace.h"
#include "engine/run/trace.h"

static json_t *
ms_list (const double *ms, int n)
{
  json_t *list = json_array ();

  for (int i = 0; i < n; i++)
    json_array_append_new (list, json_real (ms[i]));
  return list;
}

/* Where the model has such a part. */
static json_t *
stage (B2Session *self, const char *part)
{
  const B2ModelInfo *info = &self->model->info;
  json_t *object = json_object ();

  for (int i = 0; i < info->n_parts; i++)
    if (g_str_equal (info->parts[i].name, part))
      json_object_set_new (object, "weight_bytes", json_integer ((json_int_t) info->parts[i].n_bytes));
  return object;
}

static void
set_ms (json_t *object, const char *key, double ms)
{
  if (ms > 0)
    json_object_set_new (object, key, json_real (ms));
}

static json_t *
vision (B2Session *self)
{
  const B2SessionImage *image = b2_session_image (self);
  json_t *object = stage (self, "vision");

  json_object_set_new (object, "scratch_bytes",
                       json_integer ((json_int_t) b2_vit_scratch_bytes (self->model->vit, self->width_px,
                                                                        self->height_px, 1)));
  if (image->laps.ms == NULL)
    return object;
  set_ms (object, "ms", image->vision_ms);
  set_ms (object, "embed_ms", image->laps.ms[0]);
  json_object_set_new (object, "blocks_ms", ms_list (image->laps.ms + 1, image->laps.n_blocks));
  return object;
}

static json_t *
qformer (B2Session *self)
{
  const B2SessionQueries *queries = b2_session_queries (self);
  const B2SessionImage *image = b2_session_image (self);
  int n_text = queries->n_rows - self->model->config->n_query;
  json_t *object = stage (self, "qformer");

  json_object_set_new (
      object, "scratch_bytes",
      json_integer ((json_int_t) b2_qformer_scratch_bytes (self->model->qformer, MAX (n_text, 0))));
  if (queries->laps.ms == NULL)
    return object;
  set_ms (object, "ms", image->kv_ms + queries->layers_ms);
  set_ms (object, "image_ms", image->kv_ms);
  json_object_set_new (object, "layers_ms", ms_list (queries->laps.ms + 1, queries->laps.n_blocks));
  return object;
}

static json_t *
language_model (B2Session *self, const B2TraceText *text)
{
  json_t *object = stage (self, "language model");

  set_ms (object, "prefill_ms", text->prefill_ms);
  set_ms (object, "decode_ms", text->decode_ms);
  return object;
}

static char *
dump (json_t *object)
{
  char *line = json_dumps (object, JSON_COMPACT | JSON_REAL_PRECISION (6));
  char *copy = g_strdup (line);

  free (line);
  json_decref (object);
  return copy;
}

static void
add_norms (B2Trace *trace, const char *name, const B2Laps *laps)
{
  if (laps->norms != NULL)
    b2_trace_add (trace, name, laps->norms, 2, (gint64[]){ laps->n_blocks + 1, (gint64) laps->n_rows });
}

void
b2_session_trace_measures (B2Session *self, const B2TraceText *text, B2Trace *trace)
{
  const B2SessionQueries *queries = b2_session_queries (self);
  const B2PreprocessConfig *c = &self->model->config->preprocess;
  json_t *object = json_object (), *preprocess = json_object (), *projection = stage (self, "projection");
  g_autofree char *timings = NULL, *means = NULL;

  set_ms (preprocess, "ms", self->prepared_ms);
  if (queries->laps.ms != NULL && queries->soft_prompt != NULL)
    set_ms (projection, "ms", queries->projection_ms);
  json_object_set_new (object, "preprocess", preprocess);
  json_object_set_new (object, "vision", vision (self));
  json_object_set_new (object, "qformer", qformer (self));
  json_object_set_new (object, "projection", projection);
  json_object_set_new (object, "language_model", language_model (self, text));
  timings = dump (object);
  means = dump (json_pack ("{s:f, s:[f, f, f], s:[f, f, f]}", "rescale", c->rescale_factor, "mean",
                           (double) c->mean[0], (double) c->mean[1], (double) c->mean[2], "std",
                           (double) c->std[0], (double) c->std[1], (double) c->std[2]));
  b2_trace_set_metadata (trace, "timings", timings);
  b2_trace_set_metadata (trace, "preprocess", means);
  add_norms (trace, "vision.block_norms", &b2_session_image (self)->laps);
  add_norms (trace, "qformer.layer_norms", &queries->laps);
}

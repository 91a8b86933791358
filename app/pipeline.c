#include "app/pipeline-private.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

G_DEFINE_BOXED_TYPE (QlPipeline, ql_pipeline, ql_pipeline_ref, ql_pipeline_unref)

static const char *const kinds[QL_N_STAGE_KINDS]
    = { "picture", "pixels", "patches", "vision", "qformer", "projection", "prompt", "tokens", "beams" };

const char *
ql_stage_kind_to_string (QlStageKind kind)
{
  g_return_val_if_fail ((guint) kind < G_N_ELEMENTS (kinds), "");
  return kinds[kind];
}

gboolean
ql_stage_kind_from_string (const char *name, QlStageKind *kind)
{
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (strcmp (kinds[i], name) == 0)
      {
        *kind = (QlStageKind) i;
        return TRUE;
      }
  return FALSE;
}

static void
clear_stage (gpointer data)
{
  QlStage *stage = data;

  g_free (stage->name);
  g_free (stage->explanation);
  g_free (stage->shape);
  g_free (stage->missing);
}

/* ---- tensors --------------------------------------------------------------------------------- */

/* @rows, @columns: what it must be; 0: anything. What is not so is as good as not there. */
static QlMatrix
find_matrix (QlPipeline *self, const char *name, int rows, int columns)
{
  const gint64 *shape;
  int n_dims;
  const float *values = b2_trace_tensor (ql_trace_get_tensors (self->trace), name, &n_dims, &shape);
  gint64 n_rows, n_columns;

  if (values == NULL || n_dims < 1 || n_dims > 2)
    return (QlMatrix){ 0 };
  n_rows = n_dims == 2 ? shape[0] : 1;
  n_columns = shape[n_dims - 1];
  if (n_rows < 1 || n_rows > G_MAXINT16 || n_columns < 1 || n_columns > (1 << 24)
      || (rows > 0 && n_rows != rows) || (columns > 0 && n_columns != columns))
    return (QlMatrix){ 0 };
  return (QlMatrix){ values, (int) n_rows, (int) n_columns };
}

static void
find_pixels (QlPipeline *self)
{
  const gint64 *shape;
  int n_dims;
  const float *values = b2_trace_tensor (ql_trace_get_tensors (self->trace), "pixel_values", &n_dims, &shape);

  if (values == NULL || n_dims != 3 || shape[0] != 3 || shape[1] > G_MAXINT16 || shape[2] > G_MAXINT16)
    return;
  self->pixels = values;
  self->pixels_height = (int) shape[1];
  self->pixels_width = (int) shape[2];
}

static void
find_tensors (QlPipeline *self)
{
  const QlTraceData *data = self->data;
  int n_image = data->n_patches + 1;
  QlMatrix ids;

  find_pixels (self);
  self->features = find_matrix (self, "vision.last_hidden_state", n_image, 0);
  self->norms = find_matrix (self, "vision.norms", 1, n_image);
  self->block_norms = find_matrix (self, "vision.block_norms", 0, n_image);
  if (self->block_norms.rows < 2)
    self->block_norms = (QlMatrix){ 0 };
  self->n_layers = data->n_all_layers > 0 ? data->n_all_layers
                                          : ql_trace_get_layer_number (self->trace, data->n_layers - 1) + 1;
  self->queries = find_matrix (self, "qformer.last_hidden_state", 0, 0);
  if (self->queries.rows < data->n_queries)
    self->queries = (QlMatrix){ 0 };
  self->layer_norms = find_matrix (self, "qformer.layer_norms", self->n_layers + 1, 0);
  if (self->layer_norms.columns < data->n_queries || self->layer_norms.columns > QL_TRACE_MAX_ROWS)
    self->layer_norms = (QlMatrix){ 0 };
  self->projection = find_matrix (self, "language_projection", data->n_queries, 0);
  self->logits = find_matrix (self, "lm.first_logits", 1, 0);
  if (self->logits.values != NULL)
    return;
  self->logits = find_matrix (self, "lm.first_logits.values", 1, 0);
  ids = find_matrix (self, "lm.first_logits.ids", 1, self->logits.columns);
  if (ids.values == NULL)
    self->logits = (QlMatrix){ 0 };
  self->logit_ids = ids.values;
}

/* ---- stages ---------------------------------------------------------------------------------- */

static QlStage *
add_stage (QlPipeline *self, QlStageKind kind, const char *name, char *explanation, double ms)
{
  QlStage stage = { .kind = kind,
                    .name = g_strdup (name),
                    .explanation = explanation,
                    .shape = g_strdup (""),
                    .ms = ms,
                    .n_parts = 1 };

  g_array_append_val (self->stages, stage);
  return &g_array_index (self->stages, QlStage, self->stages->len - 1);
}

static void
set_shape (QlStage *stage, int n_dims, const int *dims)
{
  GString *text = g_string_new (NULL);

  stage->n_dims = n_dims;
  stage->tensor_bytes = sizeof (float);
  for (int i = 0; i < n_dims; i++)
    {
      stage->dims[i] = dims[i];
      stage->tensor_bytes *= dims[i];
      g_string_append_printf (text, "%s%d", i > 0 ? " × " : "", dims[i]);
    }
  g_free (stage->shape);
  stage->shape = g_string_free (text, FALSE);
}

static void
add_picture (QlPipeline *self)
{
  QlPicture *picture = ql_trace_get_picture (self->trace);
  int width, height;
  QlStage *stage
      = add_stage (self, QL_STAGE_PICTURE, _ ("Picture"),
                   g_strdup (_ ("The picture as it was opened: red, green and blue for each pixel.")), NAN);

  ql_trace_get_picture_size (self->trace, &width, &height);
  if (width > 0 && height > 0)
    {
      set_shape (stage, 3, (int[]){ height, width, 3 });
      stage->tensor_bytes /= (gint64) sizeof (float); /* a byte each */
    }
  if (picture == NULL)
    stage->missing = g_strdup (_ ("The picture is not in this trace."));
}

static void
add_pixels (QlPipeline *self)
{
  QlStage *stage = add_stage (
      self, QL_STAGE_PIXELS, _ ("Resized pixels"),
      g_strdup (_ ("The whole picture squeezed to the model’s own size, whatever its shape, and each colour "
                   "shifted and scaled to what the model was trained with.")),
      self->measures.preprocess_ms);

  if (self->pixels != NULL)
    set_shape (stage, 3, (int[]){ 3, self->pixels_height, self->pixels_width });
  else
    stage->missing = g_strdup (_ ("The pixels are not in this trace."));
}

static void
add_patches (QlPipeline *self)
{
  const QlTraceData *data = self->data;
  QlStage *stage;

  stage = add_stage (
      self, QL_STAGE_PATCHES, _ ("Patches"),
      g_strdup_printf (
          _ ("The pixels cut into %d × %d squares. Each becomes one row of numbers, to which its place in "
             "the picture is added; a row for the whole, CLS, comes before them."),
          data->columns, data->rows),
      self->measures.embed_ms);
  if (self->pixels != NULL)
    {
      int px = self->pixels_width / data->columns;

      set_shape (stage, 2, (int[]){ data->n_patches, 3 * px * px });
    }
  else
    stage->missing = g_strdup (_ ("The pixels are not in this trace."));
}

static void
add_vision (QlPipeline *self)
{
  const QlTraceMeasures *m = &self->measures;
  double ms = isnan (m->embed_ms) ? m->vision_ms : m->vision_ms - m->embed_ms;
  int width = self->features.columns;
  QlStage *stage = add_stage (
      self, QL_STAGE_VISION, _ ("Image encoder"),
      g_strdup (_ (
          "A ViT: block after block, every patch looks at every other one. What comes out are the features: "
          "a row for CLS and one for each patch.")),
      ms);

  if (width > 0)
    set_shape (stage, 2, (int[]){ self->data->n_patches + 1, width });
  else
    {
      set_shape (stage, 1, (int[]){ self->data->n_patches + 1 });
      g_free (stage->shape);
      stage->shape = g_strdup_printf (_ ("%d rows"), self->data->n_patches + 1);
      stage->tensor_bytes = 0;
      stage->missing
          = g_strdup (self->norms.values != NULL
                          ? _ ("The features themselves are not in this file, to keep it small; only how "
                               "long each row is.")
                          : _ ("The features are not in this trace."));
    }
  stage->scratch_bytes = m->vision_scratch;
  stage->weight_bytes = m->vision_weights;
  stage->n_parts = self->block_norms.rows + 1; /* the embedding and the blocks; what comes out */
}

static void
add_qformer (QlPipeline *self)
{
  const QlTraceMeasures *m = &self->measures;
  QlStage *stage = add_stage (
      self, QL_STAGE_QFORMER, _ ("Q-Former"),
      g_strdup_printf (
          _ ("%d learned queries talk to each other and, in every layer with cross-attention, read from the "
             "features what they are after."),
          self->data->n_queries),
      m->qformer_ms);

  if (self->queries.values != NULL)
    set_shape (stage, 2, (int[]){ self->queries.rows, self->queries.columns });
  else
    stage->missing = g_strdup (_ ("The queries’ output is not in this trace."));
  stage->scratch_bytes = m->qformer_scratch;
  stage->weight_bytes = m->qformer_weights;
  stage->n_parts = self->n_layers + 1;
}

static void
add_projection (QlPipeline *self)
{
  QlStage *stage;

  if (self->projection.values == NULL)
    return; /* the text is written by the Q-Former itself */
  stage = add_stage (
      self, QL_STAGE_PROJECTION, _ ("Projection"),
      g_strdup (_ ("Each query’s row, brought to the width of the language model’s words by one matrix: "
                   "the soft prompt. It is all that the language model learns of the picture.")),
      self->measures.projection_ms);
  set_shape (stage, 2, (int[]){ self->projection.rows, self->projection.columns });
  stage->weight_bytes = self->measures.projection_weights;
}

static void
add_prompt (QlPipeline *self)
{
  const char *prompt = ql_trace_get_prompt (self->trace);
  QlStage *stage = add_stage (
      self, QL_STAGE_PROMPT, _ ("Reading the prompt"),
      *prompt != '\0'
          ? g_strdup_printf (
              _ ("The language model reads the soft prompt and then “%s”, and gives every token of its "
                 "vocabulary a number: how well it would come first."),
              prompt)
          : g_strdup (_ (
              "The language model reads the soft prompt, and gives every token of its vocabulary a number: "
              "how well it would come first.")),
      self->measures.prefill_ms);

  stage->weight_bytes = self->measures.lm_weights;
  if (self->logits.values == NULL)
    stage->missing = g_strdup (_ ("The first token’s numbers are not in this trace."));
  else if (self->logit_ids == NULL)
    {
      set_shape (stage, 1, (int[]){ self->logits.columns });
      g_free (stage->shape);
      stage->shape = g_strdup_printf (_ ("%d numbers"), self->logits.columns);
    }
  else
    stage->missing
        = g_strdup_printf (_ ("Only the largest %d numbers are in this file."), self->logits.columns);
}

static void
add_tokens (QlPipeline *self)
{
  int n = ql_trace_get_n_tokens (self->trace);
  QlStage *stage
      = add_stage (self, QL_STAGE_TOKENS, _ ("Tokens"),
                   g_strdup (_ ("Token after token is chosen, each knowing those before it. A bar is the "
                                "probability that the model gave what it wrote.")),
                   self->measures.decode_ms);

  set_shape (stage, 1, (int[]){ n });
  g_free (stage->shape);
  stage->shape = g_strdup_printf (ngettext ("%d token", "%d tokens", (gulong) n), n);
  stage->tensor_bytes = 0;
}

static void
add_beams (QlPipeline *self)
{
  g_autoptr (GError) error = NULL;
  QlStage *stage = add_stage (self, QL_STAGE_BEAMS, _ ("Beam search"),
                              g_strdup (_ ("Several beginnings are kept at a time. At each step every one "
                                           "goes on with its best tokens; only the "
                                           "beams with the largest sums of log-probabilities stay.")),
                              NAN);

  self->beams = ql_beam_tree_new_for_trace (self->trace, &error);
  if (self->beams != NULL)
    {
      g_free (stage->shape);
      stage->shape = ql_beam_tree_describe_search (self->beams);
    }
  else if (error != NULL)
    stage->missing = g_strdup_printf (_ ("The beams cannot be read: %s"), error->message);
  else
    stage->missing = g_strdup (
        _ ("There are no beams to see: the answer was written token by token, without beams, or it "
           "was not written since Qlens was started. Ask again to see them."));
}

QlPipeline *
ql_pipeline_new (QlTrace *trace)
{
  QlPipeline *self = g_new0 (QlPipeline, 1);

  self->ref_count = 1;
  self->trace = g_object_ref (trace);
  self->data = ql_trace_data (trace);
  self->stages = g_array_new (FALSE, TRUE, sizeof (QlStage));
  g_array_set_clear_func (self->stages, clear_stage);
  ql_trace_measures_read (ql_trace_get_tensors (trace), &self->measures);
  find_tensors (self);
  add_picture (self);
  add_pixels (self);
  add_patches (self);
  add_vision (self);
  add_qformer (self);
  add_projection (self);
  add_prompt (self);
  add_tokens (self);
  add_beams (self);
  return self;
}

QlPipeline *
ql_pipeline_ref (QlPipeline *self)
{
  self->ref_count++;
  return self;
}

void
ql_pipeline_unref (QlPipeline *self)
{
  if (--self->ref_count > 0)
    return;
  g_array_unref (self->stages);
  ql_trace_measures_clear (&self->measures);
  g_clear_pointer (&self->beams, ql_beam_tree_unref);
  g_object_unref (self->trace);
  g_free (self);
}

/* ---- getters --------------------------------------------------------------------------------- */

QlTrace *
ql_pipeline_get_trace (QlPipeline *self)
{
  return self->trace;
}

int
ql_pipeline_get_n_stages (QlPipeline *self)
{
  return (int) self->stages->len;
}

const QlStage *
ql_pipeline_get_stage (QlPipeline *self, int stage)
{
  g_return_val_if_fail (stage >= 0 && (guint) stage < self->stages->len, NULL);
  return &g_array_index (self->stages, QlStage, stage);
}

const QlStage *
ql_pipeline_find (QlPipeline *self, QlStageKind kind)
{
  for (guint i = 0; i < self->stages->len; i++)
    if (g_array_index (self->stages, QlStage, i).kind == kind)
      return &g_array_index (self->stages, QlStage, i);
  return NULL;
}

QlBeamTree *
ql_pipeline_get_beams (QlPipeline *self)
{
  return self->beams;
}

double
ql_pipeline_get_total_ms (QlPipeline *self)
{
  double sum = 0;

  for (guint i = 0; i < self->stages->len; i++)
    {
      double ms = g_array_index (self->stages, QlStage, i).ms;

      sum += isnan (ms) ? 0 : ms;
    }
  return sum;
}

double
ql_pipeline_get_share (QlPipeline *self, const QlStage *stage)
{
  double total = ql_pipeline_get_total_ms (self);

  return total > 0 ? stage->ms / total : NAN;
}

char *
ql_ms_text (double ms)
{
  if (ms >= 1000)
    return g_strdup_printf (_ ("%.*f s"), ms >= 10000 ? 0 : 1, ms / 1000);
  return g_strdup_printf (_ ("%.*f ms"), ms >= 99.5 ? 0 : ms >= 9.95 ? 1 : 2, ms);
}

char *
ql_pipeline_describe_time (QlPipeline *self, const QlStage *stage)
{
  double share = ql_pipeline_get_share (self, stage);
  g_autofree char *time = NULL, *percent = NULL;

  /* A picture is there, and beams are the tokens' own time. */
  if (stage->kind == QL_STAGE_PICTURE)
    return g_strdup ("");
  if (stage->kind == QL_STAGE_BEAMS)
    return self->beams != NULL ? g_strdup (_ ("Part of the tokens’ time")) : g_strdup ("");
  if (isnan (stage->ms) || isnan (share))
    return g_strdup (_ ("Not measured"));
  time = ql_ms_text (stage->ms);
  percent = ql_percent_text (share);
  /* Translators: a time and a percentage: "12.3 ms, 41 % of the time" */
  return g_strdup_printf (_ ("%s, %s of the time"), time, percent);
}

char *
ql_pipeline_describe_memory (QlPipeline *self, const QlStage *stage)
{
  const struct
  {
    gint64 bytes;
    const char *format;
  } parts[] = { { stage->tensor_bytes, _ ("%s out") },
                { stage->scratch_bytes, _ ("%s at work") },
                { stage->weight_bytes, _ ("%s of weights") } };
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    if (parts[i].bytes > 0)
      {
        g_autofree char *size = g_format_size ((guint64) parts[i].bytes);

        if (text->len > 0)
          g_string_append (text, _ (", "));
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        g_string_append_printf (text, parts[i].format, size);
#pragma GCC diagnostic pop
      }
  return g_string_free (text, FALSE);
}

/* ---- parts ------------------------------------------------------------------------------------ */

char *
ql_pipeline_get_part_name (QlPipeline *self, const QlStage *stage, int part)
{
  if (stage->kind == QL_STAGE_QFORMER)
    return part == 0 ? g_strdup (_ ("Query tokens")) : g_strdup_printf (_ ("Layer %d"), part - 1);
  if (stage->kind != QL_STAGE_VISION || part == stage->n_parts - 1)
    return g_strdup (_ ("Output"));
  return part == 0 ? g_strdup (_ ("Embedding")) : g_strdup_printf (_ ("Block %d"), part - 1);
}

double
ql_pipeline_get_part_ms (QlPipeline *self, const QlStage *stage, int part)
{
  const QlTraceMeasures *m = &self->measures;

  if (stage->kind == QL_STAGE_QFORMER)
    return part > 0 && part - 1 < m->n_layers ? m->layers_ms[part - 1] : NAN;
  if (stage->kind != QL_STAGE_VISION)
    return NAN;
  if (part == 0 && stage->n_parts > 1)
    return m->embed_ms;
  return part > 0 && part < stage->n_parts - 1 && part - 1 < m->n_blocks ? m->blocks_ms[part - 1] : NAN;
}

int
ql_pipeline_get_first_part (QlPipeline *self, const QlStage *stage)
{
  return stage->n_parts - 1;
}

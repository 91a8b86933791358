#include "app/pipeline-private.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "app/tensor-picture-private.h"

/* A vocabulary has more tokens than there are pixels; the largest are told by name. */
#define N_LOGITS 20

/* What a part can be looked at as. */
typedef enum
{
  VIEW_PICTURE,
  VIEW_PIXELS,
  VIEW_RED,
  VIEW_GREEN,
  VIEW_BLUE,
  VIEW_PATCHES,
  VIEW_BLOCK_NORMS,
  VIEW_OUTPUT_NORMS,
  VIEW_FEATURES,
  VIEW_CROSS,
  VIEW_SELF,
  VIEW_LAYER_NORMS,
  VIEW_QUERIES,
  VIEW_PROJECTION,
  VIEW_LOGITS,
  VIEW_PROBABILITIES,
} View;

#define MAX_VIEWS 4

/* ---- colours --------------------------------------------------------------------------------- */

static QlTensorPicture *
view_picture (QlPipeline *self)
{
  int width, height;
  gsize stride;
  const guint8 *rgb = g_bytes_get_data (
      ql_picture_get_preview (ql_trace_get_picture (self->trace), &width, &height, &stride), NULL);
  QlTensorPicture *view = ql_tensor_picture_new (QL_TENSOR_COLORS, _ ("Picture"), width, height);

  view->rgb = g_malloc ((gsize) width * (gsize) height * 3);
  for (int y = 0; y < height; y++)
    memcpy (view->rgb + (gsize) y * (gsize) width * 3, rgb + (gsize) y * stride, (gsize) width * 3);
  view->aspect = (double) width / height;
  return view;
}

/* What the model sees, as a person would: the normalisation taken back, or, where it is not known, stretched. */
static void
fill_colors (QlPipeline *self, QlTensorPicture *view)
{
  const QlTraceMeasures *m = &self->measures;
  gsize n = (gsize) view->columns * (gsize) view->rows;

  for (gsize c = 0; c < 3; c++)
    {
      const float *from = self->pixels + c * n;
      double low = INFINITY, high = -INFINITY;

      for (gsize i = 0; i < n && !m->has_colors; i++)
        if (isfinite (from[i]))
          {
            low = MIN (low, (double) from[i]);
            high = MAX (high, (double) from[i]);
          }
      for (gsize i = 0; i < n; i++)
        {
          double value = (double) from[i];
          double color = m->has_colors ? (value * m->std[c] + m->mean[c]) / m->rescale
                                       : (value - low) / MAX (high - low, 1e-30) * 255;

          view->rgb[i * 3 + c] = (guint8) (isfinite (color) ? CLAMP (color, 0, 255) + 0.5 : 0);
        }
    }
}

static QlTensorPicture *
view_pixels (QlPipeline *self, gboolean grid)
{
  QlTensorPicture *view
      = ql_tensor_picture_new (QL_TENSOR_COLORS, grid ? _ ("Patches") : _ ("What the model sees"),
                               self->pixels_width, self->pixels_height);

  view->rgb = g_malloc ((gsize) view->columns * (gsize) view->rows * 3);
  view->aspect = (double) view->columns / view->rows;
  fill_colors (self, view);
  if (grid)
    {
      view->grid_columns = self->data->columns;
      view->grid_rows = self->data->rows;
    }
  else if (!self->measures.has_colors)
    {
      g_free (view->note);
      view->note = g_strdup (
          _ ("The trace does not tell how colours were normalised: here each is stretched to its range."));
    }
  return view;
}

/* ---- cells ----------------------------------------------------------------------------------- */

static QlTensorPicture *
view_matrix (QlPipeline *self, const char *title, const char *format, const float *values, int columns,
             int rows, gboolean is_signed)
{
  QlTensorPicture *view = ql_tensor_picture_new (QL_TENSOR_CELLS, title, columns, rows);

  view->owner = g_object_ref (G_OBJECT (self->trace));
  view->values = values;
  view->format = format;
  ql_tensor_picture_find_scale (view, is_signed);
  return view;
}

static QlTensorPicture *
view_channel (QlPipeline *self, int channel)
{
  const char *const titles[] = { _ ("Red, normalised"), _ ("Green, normalised"), _ ("Blue, normalised") };
  QlTensorPicture *view = view_matrix (
      self, titles[channel], _ ("row %d, column %d: %s"),
      self->pixels + (gsize) channel * (gsize) self->pixels_width * (gsize) self->pixels_height,
      self->pixels_width, self->pixels_height, FALSE);

  view->aspect = (double) view->columns / view->rows;
  return view;
}

/* The lengths of the patches' rows, where the patches are; CLS, which has no place, in the note. */
static QlTensorPicture *
view_norms (QlPipeline *self, const char *title, const float *norms, float *own)
{
  QlTensorPicture *view = view_matrix (self, title, _ ("patch in row %d, column %d: length %s"), norms + 1,
                                       self->data->columns, self->data->rows, FALSE);

  view->own = own;
  view->aspect = (double) view->columns / view->rows;
  g_free (view->note);
  view->note = g_strdup_printf (
      _ ("The length of each patch’s row of numbers. CLS, which is no patch: %.3g."), (double) norms[0]);
  return view;
}

static QlTensorPicture *
view_output_norms (QlPipeline *self)
{
  const QlMatrix *features = &self->features;
  float *own;

  if (features->values == NULL)
    return view_norms (self, _ ("Lengths"), self->norms.values, NULL);
  own = g_new (float, features->rows);
  for (gsize r = 0; r < (gsize) features->rows; r++)
    {
      double sum = 0;

      for (gsize i = 0; i < (gsize) features->columns; i++)
        {
          double value = (double) features->values[r * (gsize) features->columns + i];

          sum += value * value;
        }
      own[r] = (float) sqrt (sum);
    }
  return view_norms (self, _ ("Lengths"), own, own);
}

/* The mean over heads of @rows × @columns, of which each head has @head_rows. */
static QlTensorPicture *
view_heads (QlPipeline *self, const char *title, const char *format, const float *values, int rows,
            int columns)
{
  gsize n = (gsize) rows * (gsize) columns;
  float *own = g_new0 (float, n);
  QlTensorPicture *view;

  for (int h = 0; h < self->data->n_heads; h++)
    for (gsize i = 0; i < n; i++)
      own[i] += values[(gsize) h * n + i] / (float) self->data->n_heads;
  view = view_matrix (self, title, format, own, columns, rows, FALSE);
  view->own = own;
  view->unit = QL_TENSOR_SHARE;
  view->min = 0;
  return view;
}

static QlTensorPicture *
view_cross (QlPipeline *self, int layer)
{
  const QlTraceData *d = self->data;
  int nth = ql_trace_find_layer (self->trace, layer);
  gsize stride = (gsize) d->n_heads * (gsize) d->n_queries * (gsize) (d->n_patches + 1);
  QlTensorPicture *view
      = view_heads (self, _ ("Cross-attention"), _ ("query %d, image row %d (0 is CLS): %s"),
                    d->cross + (gsize) nth * stride, d->n_queries, d->n_patches + 1);

  g_free (view->note);
  view->note = g_strdup (_ ("Queries from top to bottom, CLS and the patches from left to right; the mean of "
                            "the heads. The attention page "
                            "shows each head where it looks."));
  return view;
}

static QlTensorPicture *
view_self (QlPipeline *self, int layer)
{
  const QlTraceData *d = self->data;
  gsize stride = (gsize) d->n_heads * (gsize) d->n_rows * (gsize) d->n_rows;
  QlTensorPicture *view = view_heads (self, _ ("Self-attention"), _ ("row %d looks at row %d: %s"),
                                      d->self + (gsize) layer * stride, d->n_rows, d->n_rows);

  view->aspect = 1;
  g_free (view->note);
  view->note = g_strdup (
      _ ("Each row looks at the columns; the mean of the heads. Rows after the queries are text."));
  return view;
}

/* ---- bars ------------------------------------------------------------------------------------ */

static QlTensorPicture *
view_bars (const char *title, float *own, GPtrArray *labels)
{
  QlTensorPicture *view = ql_tensor_picture_new (QL_TENSOR_BARS, title, 1, (int) labels->len);

  view->values = view->own = own;
  view->labels = labels;
  ql_tensor_picture_find_scale (view, FALSE);
  return view;
}

static QlTensorPicture *
view_layer_norms (QlPipeline *self, int part)
{
  int n = self->layer_norms.columns;
  GPtrArray *labels = g_ptr_array_new_with_free_func (g_free);

  for (int i = 0; i < n; i++)
    g_ptr_array_add (labels, i < self->data->n_queries
                                 ? g_strdup_printf (_ ("query %d"), i)
                                 : g_strdup_printf (_ ("text row %d"), i - self->data->n_queries));
  return view_bars (
      _ ("Lengths"),
      g_memdup2 (self->layer_norms.values + (gsize) part * (gsize) n, (gsize) n * sizeof (float)), labels);
}

/* A token's text, where the trace tells it: that of the first one's alternatives. */
static char *
name_token (QlPipeline *self, int id)
{
  const QlSavedToken *first
      = ql_trace_get_n_tokens (self->trace) > 0 ? ql_trace_get_token (self->trace, 0) : NULL;

  if (first != NULL && first->id == id && *first->text != '\0')
    return g_strdup_printf (_ ("“%s”"), first->text);
  for (guint i = 0; first != NULL && first->choices != NULL && i < first->choices->len; i++)
    {
      const QlSavedChoice *choice = &g_array_index (first->choices, QlSavedChoice, i);

      if (choice->id == id)
        return *choice->text != '\0' ? g_strdup_printf (_ ("“%s”"), choice->text) : g_strdup (_ ("end"));
    }
  return g_strdup_printf (_ ("token %d"), id);
}

static QlTensorPicture *
view_logits (QlPipeline *self)
{
  int n = MIN (N_LOGITS, self->logits.columns), found = 0;
  g_autofree int *ids = g_new0 (int, n);
  float *values = g_new0 (float, n);
  GPtrArray *labels = g_ptr_array_new_with_free_func (g_free);
  QlTensorPicture *view;

  for (int i = 0; i < self->logits.columns; i++)
    {
      float value = self->logits.values[i];
      int at;

      if (!isfinite (value) || (found == n && !(value > values[n - 1])))
        continue;
      for (at = found < n ? found++ : n - 1; at > 0 && value > values[at - 1]; at--)
        {
          values[at] = values[at - 1];
          ids[at] = ids[at - 1];
        }
      values[at] = value;
      if (self->logit_ids == NULL)
        ids[at] = i;
      else
        ids[at] = isfinite (self->logit_ids[i]) ? (int) CLAMP (self->logit_ids[i], 0, G_MAXINT16 * 1024) : 0;
    }
  for (int i = 0; i < n; i++)
    g_ptr_array_add (labels, name_token (self, ids[i]));
  view = view_bars (_ ("Largest numbers (logits)"), values, labels);
  g_free (view->note);
  view->note = g_strdup (_ ("The larger, the more probable; a difference of 1 is a factor of 2.7."));
  return view;
}

static QlTensorPicture *
view_probabilities (QlPipeline *self)
{
  int n = ql_trace_get_n_tokens (self->trace);
  float *values = g_new (float, n);
  GPtrArray *labels = g_ptr_array_new_with_free_func (g_free);
  QlTensorPicture *view;

  for (int i = 0; i < n; i++)
    {
      const QlSavedToken *token = ql_trace_get_token (self->trace, i);

      values[i] = (float) token->probability;
      g_ptr_array_add (labels, *token->text != '\0' ? g_strdup_printf (_ ("“%s”"), token->text)
                                                    : g_strdup (_ ("end")));
    }
  view = view_bars (_ ("Probabilities"), values, labels);
  view->unit = QL_TENSOR_SHARE;
  view->min = 0;
  view->max = 1;
  return view;
}

/* ---- which there are --------------------------------------------------------------------------- */

static int
list_vision (QlPipeline *self, const QlStage *stage, int part, View *views)
{
  int n = 0;

  if (part < stage->n_parts - 1)
    {
      views[n++] = VIEW_BLOCK_NORMS;
      return n;
    }
  if (self->features.values != NULL || self->norms.values != NULL)
    views[n++] = VIEW_OUTPUT_NORMS;
  if (self->features.values != NULL)
    views[n++] = VIEW_FEATURES;
  return n;
}

static int
list_qformer (QlPipeline *self, const QlStage *stage, int part, View *views)
{
  int layer = part - 1, n = 0;

  if (part == stage->n_parts - 1 && self->queries.values != NULL)
    views[n++] = VIEW_QUERIES;
  if (layer >= 0 && ql_trace_find_layer (self->trace, layer) >= 0)
    views[n++] = VIEW_CROSS;
  if (layer >= 0 && self->data->self != NULL)
    views[n++] = VIEW_SELF;
  if (self->layer_norms.values != NULL)
    views[n++] = VIEW_LAYER_NORMS;
  return n;
}

static int
list_views (QlPipeline *self, const QlStage *stage, int part, View *views)
{
  int n = 0;

  switch (stage->kind)
    {
    case QL_STAGE_PICTURE:
      if (ql_trace_get_picture (self->trace) != NULL)
        views[n++] = VIEW_PICTURE;
      break;
    case QL_STAGE_PIXELS:
      for (View v = VIEW_PIXELS; self->pixels != NULL && v <= VIEW_BLUE; v++)
        views[n++] = v;
      break;
    case QL_STAGE_PATCHES:
      if (self->pixels != NULL)
        views[n++] = VIEW_PATCHES;
      break;
    case QL_STAGE_VISION:
      return list_vision (self, stage, part, views);
    case QL_STAGE_QFORMER:
      return list_qformer (self, stage, part, views);
    case QL_STAGE_PROJECTION:
      views[n++] = VIEW_PROJECTION;
      break;
    case QL_STAGE_PROMPT:
      if (self->logits.values != NULL)
        views[n++] = VIEW_LOGITS;
      break;
    case QL_STAGE_TOKENS:
      if (ql_trace_get_n_tokens (self->trace) > 0)
        views[n++] = VIEW_PROBABILITIES;
      break;
    case QL_STAGE_BEAMS: /* a tree, not a tensor */
    default:
      break;
    }
  return n;
}

int
ql_pipeline_get_n_views (QlPipeline *self, const QlStage *stage, int part)
{
  View views[MAX_VIEWS];

  g_return_val_if_fail (part >= 0 && part < stage->n_parts, 0);
  return list_views (self, stage, part, views);
}

static QlTensorPicture *
make_block_norms (QlPipeline *self, int part)
{
  return view_norms (self, _ ("Lengths"),
                     self->block_norms.values + (gsize) part * (gsize) self->block_norms.columns, NULL);
}

QlTensorPicture *
ql_pipeline_make_view (QlPipeline *self, const QlStage *stage, int part, int view)
{
  View views[MAX_VIEWS];
  int n = list_views (self, stage, part, views);

  g_return_val_if_fail (view >= 0 && view < n, NULL);
  switch (views[view])
    {
    case VIEW_PICTURE:
      return view_picture (self);
    case VIEW_PIXELS:
      return view_pixels (self, FALSE);
    case VIEW_RED:
    case VIEW_GREEN:
    case VIEW_BLUE:
      return view_channel (self, (int) views[view] - VIEW_RED);
    case VIEW_PATCHES:
      return view_pixels (self, TRUE);
    case VIEW_BLOCK_NORMS:
      return make_block_norms (self, part);
    case VIEW_OUTPUT_NORMS:
      return view_output_norms (self);
    case VIEW_FEATURES:
      return view_matrix (self, _ ("Numbers"), _ ("image row %d (0 is CLS), column %d: %s"),
                          self->features.values, self->features.columns, self->features.rows, TRUE);
    case VIEW_CROSS:
      return view_cross (self, part - 1);
    case VIEW_SELF:
      return view_self (self, part - 1);
    case VIEW_LAYER_NORMS:
      return view_layer_norms (self, part);
    case VIEW_QUERIES:
      return view_matrix (self, _ ("Numbers"), _ ("query %d, column %d: %s"), self->queries.values,
                          self->queries.columns, self->queries.rows, TRUE);
    case VIEW_PROJECTION:
      return view_matrix (self, _ ("Numbers"), _ ("query %d, column %d: %s"), self->projection.values,
                          self->projection.columns, self->projection.rows, TRUE);
    case VIEW_LOGITS:
      return view_logits (self);
    case VIEW_PROBABILITIES:
      return view_probabilities (self);
    }
  return NULL;
}

#include "app/pointing.h"

struct QlPointing
{
  GArray *scores; /* of QlPointingScore; with random_query a sum until it is asked for */
  GArray *told; /* the same, with shares */
  int *layer_numbers;
  int n_queries, n_layers, n_heads, columns, rows;
  int n_words;
  double patches; /* sum over words of the share of patches on the object */
};

QlPointing *
ql_pointing_new (void)
{
  QlPointing *self = g_new0 (QlPointing, 1);

  self->scores = g_array_new (FALSE, TRUE, sizeof (QlPointingScore));
  self->told = g_array_new (FALSE, TRUE, sizeof (QlPointingScore));
  return self;
}

void
ql_pointing_free (QlPointing *self)
{
  if (self == NULL)
    return;
  g_array_unref (self->scores);
  g_array_unref (self->told);
  g_free (self->layer_numbers);
  g_free (self);
}

static void
add_score (QlPointing *self, QlTrace *trace, QlMapMethod method, int layer, int head)
{
  QlMapKey key = { 0, layer, MAX (head, 0), method };
  QlPointingScore score = { .method = method, .layer = layer, .head = head };

  if (ql_map_is_possible (trace, &key))
    g_array_append_val (self->scores, score);
}

static void
take_sizes (QlPointing *self, QlTrace *trace)
{
  static const QlMapMethod methods[] = { QL_MAP_HEAD_MEAN, QL_MAP_HEAD_MAX, QL_MAP_ROLLOUT };

  self->n_queries = ql_trace_get_n_queries (trace);
  self->n_layers = ql_trace_get_n_layers (trace);
  self->n_heads = ql_trace_get_n_heads (trace);
  self->columns = ql_trace_get_columns (trace);
  self->rows = ql_trace_get_rows (trace);
  self->layer_numbers = g_new (int, self->n_layers);
  for (int layer = 0; layer < self->n_layers; layer++)
    self->layer_numbers[layer] = ql_trace_get_layer_number (trace, layer);
  for (gsize i = 0; i < G_N_ELEMENTS (methods); i++)
    for (int layer = 0; layer < self->n_layers; layer++)
      add_score (self, trace, methods[i], layer, -1);
  for (int layer = 0; layer < self->n_layers; layer++)
    for (int head = 0; head < self->n_heads; head++)
      add_score (self, trace, QL_MAP_HEAD, layer, head);
}

static gboolean
fits (QlPointing *self, QlTrace *trace)
{
  if (ql_trace_get_n_lm_layers (trace) == 0)
    return FALSE;
  if (self->layer_numbers == NULL)
    take_sizes (self, trace);
  return ql_trace_get_n_queries (trace) == self->n_queries && ql_trace_get_n_layers (trace) == self->n_layers
         && ql_trace_get_n_heads (trace) == self->n_heads && ql_trace_get_columns (trace) == self->columns
         && ql_trace_get_rows (trace) == self->rows;
}

static gboolean
patch_is_on (QlPointing *self, const QlBoxObject *object, int column, int row)
{
  return ql_box_object_has (object, (column + 0.5) / self->columns, (row + 0.5) / self->rows);
}

static gboolean
points_at (QlPointing *self, QlMap *map, const QlBoxObject *object)
{
  QlMapCell peak;

  ql_map_get_peak (map, FALSE, &peak);
  return patch_is_on (self, object, peak.column, peak.row);
}

static void
add_word (QlPointing *self, QlTrace *trace, int word, const QlBoxObject *object)
{
  g_autoptr (GArray) top = ql_trace_top_queries (trace, word, QL_LM_MEAN, 1);
  int best = top->len > 0 ? g_array_index (top, QlQueryWeight, 0).query : -1; /* -1: the word has none */
  int n_patches = 0;

  for (guint i = 0; i < self->scores->len; i++)
    {
      QlPointingScore *score = &g_array_index (self->scores, QlPointingScore, i);
      QlMapKey key = { 0, score->layer, MAX (score->head, 0), score->method };
      g_autoptr (QlMap) mixture = ql_map_new_for_word (trace, word, QL_LM_MEAN, &key);
      int n = 0;

      for (key.query = 0; key.query < self->n_queries; key.query++)
        {
          g_autoptr (QlMap) map = ql_map_new (trace, &key);
          gboolean hit = points_at (self, map, object);

          n += hit;
          score->n_hits += hit && key.query == best;
        }
      score->random_query += (double) n / self->n_queries;
      score->n_word_hits += mixture != NULL && points_at (self, mixture, object);
    }
  for (int row = 0; row < self->rows; row++)
    for (int column = 0; column < self->columns; column++)
      n_patches += patch_is_on (self, object, column, row);
  self->patches += (double) n_patches / (self->columns * self->rows);
  self->n_words++;
}

int
ql_pointing_add (QlPointing *self, QlTrace *trace, const QlBoxPicture *picture)
{
  int n = 0;

  if (!fits (self, trace))
    return -1;
  for (int word = 0; word < ql_trace_get_n_words (trace); word++)
    {
      const QlBoxObject *object = ql_box_picture_find (picture, ql_trace_get_word_text (trace, word));

      if (object == NULL)
        continue;
      add_word (self, trace, word, object);
      n++;
    }
  return n;
}

int
ql_pointing_get_n_words (QlPointing *self)
{
  return self->n_words;
}

double
ql_pointing_get_random_patch (QlPointing *self)
{
  return self->n_words > 0 ? self->patches / self->n_words : 0;
}

const QlPointingScore *
ql_pointing_get_scores (QlPointing *self, int *n_scores)
{
  g_array_set_size (self->told, 0);
  for (guint i = 0; i < self->scores->len; i++)
    {
      QlPointingScore score = g_array_index (self->scores, QlPointingScore, i);

      score.random_query = self->n_words > 0 ? score.random_query / self->n_words : 0;
      g_array_append_val (self->told, score);
    }
  *n_scores = (int) self->told->len;
  return (const QlPointingScore *) (gpointer) self->told->data;
}

const QlPointingScore *
ql_pointing_get_default (QlPointing *self)
{
  int n;
  const QlPointingScore *scores = ql_pointing_get_scores (self, &n);

  for (int i = 0; i < n; i++)
    if (scores[i].method == QL_MAP_HEAD_MEAN && scores[i].layer == self->n_layers - 1)
      return &scores[i];
  return NULL;
}

int
ql_pointing_get_layer_number (QlPointing *self, const QlPointingScore *score)
{
  return self->layer_numbers[score->layer];
}

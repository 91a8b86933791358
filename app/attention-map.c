#include "app/attention-map-private.h"

#include <math.h>

G_DEFINE_BOXED_TYPE (QlMap, ql_map, ql_map_ref, ql_map_unref)

const char *
ql_map_method_to_string (QlMapMethod method)
{
  static const char *const names[] = { "head", "mean", "max", "rollout" };

  g_return_val_if_fail ((guint) method < G_N_ELEMENTS (names), "");
  return names[method];
}

gboolean
ql_map_is_possible (QlTrace *trace, const QlMapKey *key)
{
  const QlTraceData *d = ql_trace_data (trace);

  if (key->query < 0 || key->query >= d->n_queries || key->layer < 0 || key->layer >= d->n_layers)
    return FALSE;
  switch (key->method)
    {
    case QL_MAP_HEAD:
      return key->head >= 0 && key->head < d->n_heads;
    case QL_MAP_HEAD_MEAN:
    case QL_MAP_HEAD_MAX:
      return TRUE;
    case QL_MAP_ROLLOUT:
      return d->self != NULL;
    }
  return FALSE;
}

/* Where the map of @key begins, with CLS. Returns: (transfer none) */
static const float *
find_values (QlTrace *trace, const QlMapKey *key)
{
  static const QlTraceMade made[] = {
    [QL_MAP_HEAD_MEAN] = QL_TRACE_MEAN, [QL_MAP_HEAD_MAX] = QL_TRACE_MAX, [QL_MAP_ROLLOUT] = QL_TRACE_ROLLOUT
  };
  const QlTraceData *d = ql_trace_data (trace);
  gsize n = (gsize) d->n_patches + 1;
  gsize map = (gsize) key->layer * (gsize) d->n_queries + (gsize) key->query;
  const QlTraceMaps *maps;

  if (key->method == QL_MAP_HEAD)
    return d->cross
           + (((gsize) key->layer * (gsize) d->n_heads + (gsize) key->head) * (gsize) d->n_queries
              + (gsize) key->query)
                 * n;
  maps = ql_trace_maps (trace, made[key->method]);
  return maps->values + map * (gsize) maps->stride;
}

gboolean
ql_map_cell_is_outlier (const QlMap *self, int i)
{
  const guint8 *outliers = ql_trace_outliers (self->trace);

  if (self->kind == QL_MAP_DIFFERENCE)
    return ql_map_cell_is_outlier (self->a, i) || ql_map_cell_is_outlier (self->b, i);
  return outliers != NULL && outliers[i];
}

static void
find_peaks (QlMap *self)
{
  gboolean has
      = ql_trace_get_n_outliers (self->trace) > 0
        || (self->kind == QL_MAP_DIFFERENCE
            && ql_trace_get_n_outliers (self->a->trace) + ql_trace_get_n_outliers (self->b->trace) > 0);

  for (int without = 0; without < 2; without++)
    {
      int at = -1;

      if (without && !has)
        {
          self->peaks[1] = self->peaks[0];
          return;
        }
      for (int i = 0; i < self->columns * self->rows; i++)
        if ((at < 0 || fabsf (self->patches[i]) > fabsf (self->patches[at]))
            && !(without && ql_map_cell_is_outlier (self, i)))
          at = i;
      if (at >= 0) /* else: all are outliers, and the value stays 0 */
        self->peaks[without]
            = (QlMapCell){ at % self->columns, at / self->columns, (double) self->patches[at] };
    }
}

/* Sum and entropy, of CLS too. */
static void
measure (QlMap *self)
{
  double sum = self->cls, logs = self->cls > 0 ? self->cls * log2 (self->cls) : 0;

  for (int i = 0; i < self->columns * self->rows; i++)
    {
      float value = self->patches[i];

      sum += (double) value;
      if (value > 0)
        logs += (double) (value * log2f (value));
    }
  self->sum = sum;
  if (self->kind == QL_MAP_DIFFERENCE)
    self->entropy = NAN;
  else
    self->entropy = sum > 0 ? MAX (0, log2 (sum) - logs / sum) : 0;
  find_peaks (self);
}

static QlMap *
map_alloc (QlTrace *trace, QlMapKind kind, const QlMapKey *key)
{
  QlMap *self = g_new0 (QlMap, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->trace = g_object_ref (trace);
  self->kind = kind;
  self->key = *key;
  self->word = -1;
  self->lm = QL_LM_MEAN;
  self->columns = ql_trace_get_columns (trace);
  self->rows = ql_trace_get_rows (trace);
  return self;
}

QlMap *
ql_map_new (QlTrace *trace, const QlMapKey *key)
{
  QlMap *self;
  const float *values;

  g_return_val_if_fail (ql_map_is_possible (trace, key), NULL);
  self = map_alloc (trace, QL_MAP_OF_QUERY, key);
  values = find_values (trace, key);
  self->cls = (double) values[0];
  self->patches = values + 1;
  if (key->method == QL_MAP_ROLLOUT)
    self->query_share = (double) values[1 + self->columns * self->rows];
  measure (self);
  return self;
}

QlMap *
ql_map_new_for_word (QlTrace *trace, int word, QlLmHead lm, const QlMapKey *key)
{
  const QlTraceData *d = ql_trace_data (trace);
  int n = d->n_patches;
  QlMapKey of = *key;
  g_autofree double *weights = NULL;
  QlMap *self;

  of.query = 0;
  g_return_val_if_fail (ql_map_is_possible (trace, &of), NULL);
  g_return_val_if_fail (word >= 0 && word < ql_trace_get_n_words (trace), NULL);
  if (d->lm == NULL)
    return NULL;
  weights = g_new (double, d->n_queries);
  ql_trace_get_word_weights (trace, word, lm, weights);
  self = map_alloc (trace, QL_MAP_OF_WORD, &of);
  self->word = word;
  self->lm = lm;
  self->patches = self->owned = g_new0 (float, n);
  for (of.query = 0; of.query < d->n_queries; of.query++)
    {
      const float *values = find_values (trace, &of);
      float weight = (float) weights[of.query];

      self->cls += weights[of.query] * (double) values[0];
      for (int i = 0; i < n; i++)
        self->owned[i] += weight * values[1 + i];
      if (key->method == QL_MAP_ROLLOUT)
        self->query_share += weights[of.query] * (double) values[1 + n];
    }
  measure (self);
  return self;
}

QlMap *
ql_map_new_difference (QlMap *a, QlMap *b)
{
  QlMap *self;

  if (a->columns != b->columns || a->rows != b->rows || a->kind == QL_MAP_DIFFERENCE
      || b->kind == QL_MAP_DIFFERENCE)
    return NULL;
  self = map_alloc (a->trace, QL_MAP_DIFFERENCE, &a->key);
  self->a = ql_map_ref (a);
  self->b = ql_map_ref (b);
  self->columns = a->columns;
  self->rows = a->rows;
  self->patches = self->owned = g_new (float, a->columns * a->rows);
  for (int i = 0; i < a->columns * a->rows; i++)
    self->owned[i] = a->patches[i] - b->patches[i];
  self->cls = a->cls - b->cls;
  self->query_share = a->query_share - b->query_share;
  measure (self);
  return self;
}

QlMap *
ql_map_ref (QlMap *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
ql_map_unref (QlMap *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  g_clear_pointer (&self->a, ql_map_unref);
  g_clear_pointer (&self->b, ql_map_unref);
  g_free (self->owned);
  g_object_unref (self->trace);
  g_free (self);
}

/* ---- getters -------------------------------------------------------------------------- */

QlMapKind
ql_map_get_kind (QlMap *self)
{
  return self->kind;
}

QlTrace *
ql_map_get_trace (QlMap *self)
{
  return self->trace;
}

const QlMapKey *
ql_map_get_key (QlMap *self)
{
  return &self->key;
}

int
ql_map_get_word (QlMap *self)
{
  return self->word;
}

int
ql_map_get_columns (QlMap *self)
{
  return self->columns;
}

int
ql_map_get_rows (QlMap *self)
{
  return self->rows;
}

double
ql_map_get_value (QlMap *self, int column, int row)
{
  g_return_val_if_fail (column >= 0 && column < self->columns && row >= 0 && row < self->rows, NAN);
  return (double) self->patches[row * self->columns + column];
}

double
ql_map_get_cls (QlMap *self)
{
  return self->cls;
}

double
ql_map_get_query_share (QlMap *self)
{
  return self->query_share;
}

double
ql_map_get_sum (QlMap *self)
{
  return self->sum;
}

double
ql_map_get_uniform (QlMap *self)
{
  return 1.0 / (self->columns * self->rows + 1);
}

double
ql_map_get_ratio (QlMap *self, int column, int row)
{
  if (self->kind == QL_MAP_DIFFERENCE)
    return NAN;
  if (self->sum <= 0)
    return 0;
  return ql_map_get_value (self, column, row) / (self->sum * ql_map_get_uniform (self));
}

double
ql_map_get_entropy (QlMap *self)
{
  return self->entropy;
}

double
ql_map_get_max_entropy (QlMap *self)
{
  return log2 (self->columns * self->rows + 1);
}

gboolean
ql_map_is_outlier (QlMap *self, int column, int row)
{
  g_return_val_if_fail (column >= 0 && column < self->columns && row >= 0 && row < self->rows, FALSE);
  return ql_map_cell_is_outlier (self, row * self->columns + column);
}

void
ql_map_get_peak (QlMap *self, gboolean without_outliers, QlMapCell *peak)
{
  *peak = self->peaks[without_outliers ? 1 : 0];
}

static double
shared_max (const QlMap *self, gboolean without_outliers)
{
  static const QlTraceMade made[] = { [QL_MAP_HEAD] = QL_TRACE_N_MADE,
                                      [QL_MAP_HEAD_MEAN] = QL_TRACE_MEAN,
                                      [QL_MAP_HEAD_MAX] = QL_TRACE_MAX,
                                      [QL_MAP_ROLLOUT] = QL_TRACE_ROLLOUT };

  if (self->kind == QL_MAP_DIFFERENCE)
    return MAX (shared_max (self->a, without_outliers), shared_max (self->b, without_outliers));
  return ql_trace_peak (self->trace, made[self->key.method], without_outliers);
}

double
ql_map_get_scale_max (QlMap *self, QlMapScale scale, gboolean without_outliers)
{
  double max = scale == QL_MAP_SCALE_OWN ? fabs (self->peaks[without_outliers ? 1 : 0].value)
                                         : shared_max (self, without_outliers);

  return max > 0 ? max : ql_map_get_uniform (self);
}

/* How much of cell @i, one of @n side by side, lies between @from and @to, all in shares. */
static double
covered (int i, int n, double from, double to)
{
  double begin = MAX (from, (double) i / n), end = MIN (to, (double) (i + 1) / n);

  return MAX (0, end - begin) * n;
}

double
ql_map_get_overlap (QlMap *self, const QlMapBox *box)
{
  double inside = 0, all = 0;

  for (int row = 0; row < self->rows; row++)
    {
      double high = covered (row, self->rows, box->y, box->y + box->height);

      for (int column = 0; column < self->columns; column++)
        {
          double value = fabs ((double) self->patches[row * self->columns + column]);

          all += value;
          if (high > 0)
            inside += value * high * covered (column, self->columns, box->x, box->x + box->width);
        }
    }
  return all > 0 ? inside / all : 0;
}

void
ql_map_box_of_patches (QlMap *self, int column, int row, int to_column, int to_row, QlMapBox *box)
{
  int left = CLAMP (MIN (column, to_column), 0, self->columns - 1);
  int right = CLAMP (MAX (column, to_column), 0, self->columns - 1);
  int top = CLAMP (MIN (row, to_row), 0, self->rows - 1);
  int bottom = CLAMP (MAX (row, to_row), 0, self->rows - 1);

  box->x = (double) left / self->columns;
  box->y = (double) top / self->rows;
  box->width = (double) (right - left + 1) / self->columns;
  box->height = (double) (bottom - top + 1) / self->rows;
}

gboolean
ql_map_get_opposite (QlMap *self, const QlMapBox *box, int column, int row, int *to_column, int *to_row)
{
  int left = (int) lround (box->x * self->columns), top = (int) lround (box->y * self->rows);
  int right = (int) lround ((box->x + box->width) * self->columns) - 1;
  int bottom = (int) lround ((box->y + box->height) * self->rows) - 1;

  if ((column != left && column != right) || (row != top && row != bottom))
    return FALSE;
  *to_column = left + right - column;
  *to_row = top + bottom - row;
  return TRUE;
}

double
ql_map_get_sort_key (QlMap *self, QlMapSort sort, const QlMapBox *box)
{
  switch (sort)
    {
    case QL_MAP_SORT_NONE:
      return 0;
    case QL_MAP_SORT_ENTROPY:
      return isnan (self->entropy) ? 0 : self->entropy;
    case QL_MAP_SORT_CLS:
      return self->cls;
    case QL_MAP_SORT_PEAK:
      return -fabs (self->peaks[0].value);
    case QL_MAP_SORT_OVERLAP:
      return box != NULL ? -ql_map_get_overlap (self, box) : 0;
    }
  return 0;
}

#include <glib/gi18n.h>
#include <math.h>

#include "app/attention-map-private.h"

const char *
ql_map_method_title (QlMapMethod method)
{
  switch (method)
    {
    case QL_MAP_HEAD:
      return _ ("One head");
    case QL_MAP_HEAD_MEAN:
      return _ ("Mean of the heads");
    case QL_MAP_HEAD_MAX:
      return _ ("Largest of the heads");
    case QL_MAP_ROLLOUT:
      return _ ("Rollout");
    }
  return "";
}

char *
ql_percent_text (double share)
{
  double percent = fabs (share * 100) < 0.005 ? 0 : share * 100; /* no "-0.00 %" */
  int n_digits = fabs (percent) >= 9.95 || percent == 0 ? 0 : fabs (percent) >= 0.095 ? 1 : 2;

  /* Translators: a percentage: 41 %, 0.4 %. The number is written as the locale does. */
  return g_strdup_printf (_ ("%.*f %%"), n_digits, percent);
}

/* ---- which map ------------------------------------------------------------------------- */

static char *
describe_query (const QlMap *self, int layer)
{
  const QlMapKey *key = &self->key;

  switch (key->method)
    {
    case QL_MAP_HEAD:
      return g_strdup_printf (_ ("Query %d, layer %d, head %d"), key->query, layer, key->head);
    case QL_MAP_HEAD_MEAN:
      return g_strdup_printf (_ ("Query %d, layer %d, mean of the heads"), key->query, layer);
    case QL_MAP_HEAD_MAX:
      return g_strdup_printf (_ ("Query %d, layer %d, largest of the heads"), key->query, layer);
    case QL_MAP_ROLLOUT:
      return g_strdup_printf (_ ("Query %d, rollout up to layer %d"), key->query, layer);
    }
  return g_strdup ("");
}

static char *
describe_word (const QlMap *self, int layer)
{
  const QlMapKey *key = &self->key;
  const char *word = ql_trace_get_word_text (self->trace, self->word);

  switch (key->method)
    {
    case QL_MAP_HEAD:
      return g_strdup_printf (_ ("“%s”, layer %d, head %d"), word, layer, key->head);
    case QL_MAP_HEAD_MEAN:
      return g_strdup_printf (_ ("“%s”, layer %d, mean of the heads"), word, layer);
    case QL_MAP_HEAD_MAX:
      return g_strdup_printf (_ ("“%s”, layer %d, largest of the heads"), word, layer);
    case QL_MAP_ROLLOUT:
      return g_strdup_printf (_ ("“%s”, rollout up to layer %d"), word, layer);
    }
  return g_strdup ("");
}

char *
ql_map_describe_key (QlMap *self)
{
  int layer;

  if (self->kind == QL_MAP_DIFFERENCE)
    {
      g_autofree char *a = ql_map_describe_key (self->a);
      g_autofree char *b = ql_map_describe_key (self->b);

      /* Translators: the difference of two maps. */
      return g_strdup_printf (_ ("A (%s) − B (%s)"), a, b);
    }
  layer = ql_trace_get_layer_number (self->trace, self->key.layer);
  return self->kind == QL_MAP_OF_WORD ? describe_word (self, layer) : describe_query (self, layer);
}

/* ---- where ------------------------------------------------------------------------------- */

/* Whether cell @i belongs to the region: half the peak, and its sign. */
static gboolean
belongs (const QlMap *self, int i)
{
  double peak = self->peaks[0].value, value = (double) self->patches[i];

  return peak >= 0 ? value >= peak / 2 : value <= peak / 2;
}

void
ql_map_get_region (QlMap *self, QlMapRegion *region)
{
  int n = self->columns * self->rows, n_stack = 0;
  const QlMapCell *peak = &self->peaks[0];
  g_autofree int *stack = g_new (int, n);
  g_autofree guint8 *seen = g_new0 (guint8, n);
  double sum = 0;

  *region = (QlMapRegion){ peak->column, peak->column, peak->row, peak->row, 0 };
  stack[n_stack++] = peak->row * self->columns + peak->column;
  seen[stack[0]] = 1;
  while (n_stack > 0)
    {
      int i = stack[--n_stack];
      int column = i % self->columns, row = i / self->columns;
      const int next[] = { column > 0 ? i - 1 : -1, column + 1 < self->columns ? i + 1 : -1,
                           row > 0 ? i - self->columns : -1, row + 1 < self->rows ? i + self->columns : -1 };

      region->first_column = MIN (region->first_column, column);
      region->last_column = MAX (region->last_column, column);
      region->first_row = MIN (region->first_row, row);
      region->last_row = MAX (region->last_row, row);
      for (gsize k = 0; k < G_N_ELEMENTS (next); k++)
        if (next[k] >= 0 && !seen[next[k]] && belongs (self, next[k]))
          {
            seen[next[k]] = 1;
            stack[n_stack++] = next[k];
          }
    }
  for (int row = region->first_row; row <= region->last_row; row++)
    for (int column = region->first_column; column <= region->last_column; column++)
      sum += (double) self->patches[row * self->columns + column];
  if (self->kind == QL_MAP_DIFFERENCE)
    region->share = sum;
  else
    region->share = self->sum > 0 ? sum / self->sum : 0;
}

static const char *
place (const QlMap *self, const QlMapRegion *region)
{
  double x = (region->first_column + region->last_column + 1) / 2.0 / self->columns;
  double y = (region->first_row + region->last_row + 1) / 2.0 / self->rows;
  int column = CLAMP ((int) (x * 3), 0, 2), row = CLAMP ((int) (y * 3), 0, 2);
  const char *const names[3][3] = {
    { _ ("upper left"), _ ("upper centre"), _ ("upper right") },
    { _ ("centre left"), _ ("centre"), _ ("centre right") },
    { _ ("lower left"), _ ("lower centre"), _ ("lower right") },
  };

  return names[row][column];
}

/* "rows 3–5, columns 6–9, upper centre" */
static char *
describe_region (const QlMap *self, const QlMapRegion *r)
{
  g_autofree char *rows = r->first_row == r->last_row
                              ? g_strdup_printf (_ ("row %d"), r->first_row)
                              : g_strdup_printf (_ ("rows %d–%d"), r->first_row, r->last_row);
  g_autofree char *columns = r->first_column == r->last_column
                                 ? g_strdup_printf (_ ("column %d"), r->first_column)
                                 : g_strdup_printf (_ ("columns %d–%d"), r->first_column, r->last_column);

  /* Translators: rows, columns, and where in the picture they are: “rows 3–5, columns 6–9, upper centre”. */
  return g_strdup_printf (_ ("%s, %s, %s"), rows, columns, place (self, r));
}

char *
ql_map_describe (QlMap *self)
{
  g_autofree char *key = ql_map_describe_key (self);
  QlMapRegion region;
  g_autofree char *where = NULL;
  g_autofree char *share = NULL;
  g_autofree char *cls = ql_percent_text (self->cls);

  ql_map_get_region (self, &region);
  where = describe_region (self, &region);
  share = ql_percent_text (fabs (region.share));
  if (self->kind != QL_MAP_DIFFERENCE)
    /* Translators: a map; a share; a place in the picture; a share. CLS is a name. */
    return g_strdup_printf (_ ("%s: %s on %s; CLS %s"), key, share, where, cls);
  if (self->peaks[0].value == 0)
    return g_strdup_printf (_ ("%s: no difference"), key);
  if (self->peaks[0].value > 0)
    return g_strdup_printf (_ ("%s: A has %s more on %s; CLS %s"), key, share, where, cls);
  return g_strdup_printf (_ ("%s: B has %s more on %s; CLS %s"), key, share, where, cls);
}

char *
ql_map_describe_patch (QlMap *self, int column, int row)
{
  g_autofree char *value = ql_percent_text (ql_map_get_value (self, column, row));
  const char *outlier = ql_map_is_outlier (self, column, row) ? _ (", outlier") : "";

  if (self->kind == QL_MAP_DIFFERENCE)
    {
      g_autofree char *a = ql_percent_text (ql_map_get_value (self->a, column, row));
      g_autofree char *b = ql_percent_text (ql_map_get_value (self->b, column, row));

      /* Translators: a patch of two maps and the difference; the last %s is empty, or “, outlier”. */
      return g_strdup_printf (_ ("%s (A %s, B %s)%s"), value, a, b, outlier);
    }
  /* Translators: a patch's value, how many times that is what an even spread would give, and nothing or “, outlier”. */
  return g_strdup_printf (_ ("%s, %.2f× uniform%s"), value, ql_map_get_ratio (self, column, row), outlier);
}

char *
ql_map_describe_numbers (QlMap *self)
{
  g_autofree char *sum = ql_percent_text (self->sum);
  g_autofree char *cls = ql_percent_text (self->cls);
  int n_outliers = ql_trace_get_n_outliers (self->trace);
  g_autofree char *outliers
      = !ql_trace_has_norms (self->trace)
            ? g_strdup (_ ("outliers not known"))
            : g_strdup_printf (ngettext ("%d outlier", "%d outliers", (gulong) n_outliers), n_outliers);

  if (self->kind == QL_MAP_DIFFERENCE)
    /* Translators: the sum of a difference; its part on CLS; how many outlier patches. */
    return g_strdup_printf (_ ("Sum %s, CLS %s, %s"), sum, cls, outliers);
  if (self->key.method == QL_MAP_ROLLOUT)
    {
      g_autofree char *tokens = ql_percent_text (self->query_share);

      return g_strdup_printf (_ ("Sum %s, CLS %s, still query tokens %s, entropy %.2f of %.2f bits, %s"), sum,
                              cls, tokens, self->entropy, ql_map_get_max_entropy (self), outliers);
    }
  return g_strdup_printf (_ ("Sum %s, CLS %s, entropy %.2f of %.2f bits, %s"), sum, cls, self->entropy,
                          ql_map_get_max_entropy (self), outliers);
}

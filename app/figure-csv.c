#include <math.h>

#include "app/figure-private.h"

#define MAX_CHARS 2000

static void
add_comment (GString *csv, const char *key, const char *value)
{
  g_autofree char *clean = ql_figure_clean (value, MAX_CHARS);

  g_string_append_printf (csv, "# %s: %s\n", key, clean);
}

/* Nine digits bring any float back. */
static void
add_number (GString *csv, double value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  if (isfinite (value))
    g_string_append (csv, g_ascii_formatd (text, sizeof text, "%.9g", value));
}

static void
add_number_comment (GString *csv, const char *key, double value)
{
  g_string_append_printf (csv, "# %s: ", key);
  add_number (csv, value);
  g_string_append_c (csv, '\n');
}

static void
add_map (GString *csv, QlMap *map, const char *before)
{
  for (int row = 0; row < ql_map_get_rows (map); row++)
    for (int column = 0; column < ql_map_get_columns (map); column++)
      {
        g_string_append_printf (csv, "%s%d,%d,", before, row, column);
        add_number (csv, ql_map_get_value (map, column, row));
        g_string_append_c (csv, ',');
        add_number (csv, ql_map_get_ratio (map, column, row));
        g_string_append_printf (csv, ",%d\n", ql_map_is_outlier (map, column, row) ? 1 : 0);
      }
}

static void
add_map_comments (GString *csv, QlMap *map)
{
  g_autofree char *key = ql_map_describe_key (map);

  add_comment (csv, "map", key);
  add_comment (csv, "method", ql_map_method_to_string (ql_map_get_key (map)->method));
  add_number_comment (csv, "cls", ql_map_get_cls (map));
  if (ql_map_get_key (map)->method == QL_MAP_ROLLOUT)
    add_number_comment (csv, "query_tokens", ql_map_get_query_share (map));
  add_number_comment (csv, "sum", ql_map_get_sum (map));
  if (ql_map_get_kind (map) != QL_MAP_DIFFERENCE)
    {
      add_number_comment (csv, "entropy_bits", ql_map_get_entropy (map));
      add_number_comment (csv, "uniform_entropy_bits", ql_map_get_max_entropy (map));
    }
  add_number_comment (csv, "uniform", ql_map_get_uniform (map));
}

static void
add_curve (GString *csv, QlCurve *curve)
{
  g_autofree char *key = ql_map_describe_key (ql_curve_get_map (curve)), *how = ql_curve_describe_how (curve);

  add_comment (csv, "map", key);
  add_comment (csv, "removed", how);
  for (int kind = 0; kind < 2; kind++)
    {
      QlCurveSpread random;

      ql_curve_get_random_area (curve, (QlCurveKind) kind, &random);
      add_number_comment (csv, kind == 0 ? "deletion_area" : "insertion_area",
                          ql_curve_get_area (curve, (QlCurveKind) kind));
      add_number_comment (csv, kind == 0 ? "deletion_random_area" : "insertion_random_area", random.mean);
    }
  g_string_append (csv,
                   "share,patches,deletion,deletion_random_mean,deletion_random_least,deletion_random_most,"
                   "insertion,insertion_random_mean,insertion_random_least,insertion_random_most\n");
  for (int i = 0; i < ql_curve_get_n_points (curve); i++)
    {
      add_number (csv, ql_curve_get_share (curve, i));
      g_string_append_printf (csv, ",%d", ql_curve_get_count (curve, i));
      for (int kind = 0; kind < 2; kind++)
        {
          QlCurveSpread random;
          double values[4];

          ql_curve_get_random (curve, (QlCurveKind) kind, i, &random);
          values[0] = ql_curve_get_value (curve, (QlCurveKind) kind, i);
          values[1] = random.mean;
          values[2] = random.least;
          values[3] = random.most;
          for (gsize k = 0; k < G_N_ELEMENTS (values); k++)
            {
              g_string_append_c (csv, ',');
              add_number (csv, values[k]);
            }
        }
      g_string_append_c (csv, '\n');
    }
}

GString *
ql_figure_csv (const QlFigure *self)
{
  GString *csv = g_string_new (NULL);
  g_autofree char *intervention = ql_trace_describe_intervention (self->trace);

  add_comment (csv, "program", "Qlens " QLENS_VERSION);
  add_comment (csv, "model", ql_trace_get_model_name (self->trace));
  add_comment (csv, "fingerprint", ql_trace_get_fingerprint (self->trace));
  add_comment (csv, "settings", ql_trace_get_settings (self->trace));
  if (*ql_trace_get_intervention_json (self->trace) != '\0')
    add_comment (csv, "intervention", ql_trace_get_intervention_json (self->trace));
  add_comment (csv, "prompt", ql_trace_get_prompt (self->trace));
  add_comment (csv, "text", ql_trace_get_text (self->trace));
  if (intervention != NULL)
    add_comment (csv, "changed", intervention);
  if (self->curve != NULL)
    {
      add_curve (csv, self->curve);
      return csv;
    }
  if (self->beams != NULL)
    {
      ql_figure_beams_csv (self, csv);
      return csv;
    }
  if (self->map != NULL)
    {
      add_map_comments (csv, self->map);
      g_string_append (csv, "row,column,value,x_uniform,outlier\n");
      add_map (csv, self->map, "");
      return csv;
    }
  add_comment (csv, "atlas", ql_atlas_get_title (self->atlas));
  g_string_append (csv, "query,layer,head,row,column,value,x_uniform,outlier\n");
  for (int i = 0; i < ql_atlas_get_n_maps (self->atlas); i++)
    {
      QlMap *map = ql_atlas_get_map (self->atlas, i);
      const QlMapKey *key = ql_map_get_key (map);
      g_autofree char *query
          = ql_map_get_kind (map) == QL_MAP_OF_QUERY ? g_strdup_printf ("%d", key->query) : g_strdup ("");
      g_autofree char *head = key->method == QL_MAP_HEAD ? g_strdup_printf ("%d", key->head)
                                                         : g_strdup (ql_map_method_to_string (key->method));
      g_autofree char *before
          = g_strdup_printf ("%s,%d,%s,", query, ql_trace_get_layer_number (self->trace, key->layer), head);

      add_map (csv, map, before);
    }
  return csv;
}

#include "app/curve.h"

#include <math.h>
#include <string.h>

/* One of the many; that it is always the same makes a curve something to come back to. */
#define SEED 20230130u

struct QlCurve
{
  gatomicrefcount ref_count;
  QlMap *map;
  QlIntervention *base;
  QlCurveOptions options;
  QlCurveData data;
};

G_DEFINE_BOXED_TYPE (QlCurve, ql_curve, ql_curve_ref, ql_curve_unref)

/* ---- orders ------------------------------------------------------------------------------- */

typedef struct
{
  double value;
  int patch;
} Ranked;

/* Equal ones by their place, so that the order is the same everywhere. */
static int
compare_ranked (gconstpointer a, gconstpointer b)
{
  const Ranked *left = a, *right = b;

  if (left->value != right->value)
    return left->value < right->value ? 1 : -1;
  return left->patch - right->patch;
}

int *
ql_curve_order (QlMap *map, int draw)
{
  int columns = ql_map_get_columns (map), n = columns * ql_map_get_rows (map);
  int *order = g_new (int, n);

  if (draw >= 0)
    {
      g_autoptr (GRand) dice = g_rand_new_with_seed (SEED + (guint32) draw);

      for (int i = 0; i < n; i++)
        {
          int at = g_rand_int_range (dice, 0, i + 1);

          order[i] = order[at];
          order[at] = i;
        }
    }
  else
    {
      g_autofree Ranked *ranked = g_new (Ranked, n);

      for (int i = 0; i < n; i++)
        ranked[i] = (Ranked){ ql_map_get_value (map, i % columns, i / columns), i };
      qsort (ranked, (size_t) n, sizeof *ranked, compare_ranked);
      for (int i = 0; i < n; i++)
        order[i] = ranked[i].patch;
    }
  return order;
}

int
ql_curve_counts (int n_patches, int *counts)
{
  int n = 0;

  for (int i = 0; i < QL_CURVE_POINTS; i++)
    {
      int at = (int) lround ((double) n_patches * i / (QL_CURVE_POINTS - 1));

      if (n == 0 || at > counts[n - 1])
        counts[n++] = at;
    }
  return n;
}

/* ---- life ----------------------------------------------------------------------------------- */

QlCurve *
ql_curve_new (QlMap *map, QlIntervention *base, const QlCurveOptions *options, const QlCurveData *data)
{
  QlCurve *self = g_new0 (QlCurve, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->map = ql_map_ref (map);
  self->base = ql_intervention_ref (base);
  self->options = *options;
  self->data = *data;
  return self;
}

QlCurve *
ql_curve_ref (QlCurve *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
ql_curve_unref (QlCurve *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  ql_map_unref (self->map);
  ql_intervention_unref (self->base);
  g_free (self);
}

/* ---- numbers ----------------------------------------------------------------------------------- */

QlMap *
ql_curve_get_map (QlCurve *self)
{
  return self->map;
}

QlIntervention *
ql_curve_get_base (QlCurve *self)
{
  return self->base;
}

void
ql_curve_get_options (QlCurve *self, QlCurveOptions *options)
{
  *options = self->options;
}

int
ql_curve_get_n_points (QlCurve *self)
{
  return self->data.n_points;
}

int
ql_curve_get_count (QlCurve *self, int point)
{
  return self->data.counts[point];
}

double
ql_curve_get_share (QlCurve *self, int point)
{
  return (double) self->data.counts[point] / self->data.counts[self->data.n_points - 1];
}

double
ql_curve_get_value (QlCurve *self, QlCurveKind kind, int point)
{
  return self->data.map[kind][point];
}

static void
add_to_spread (QlCurveSpread *spread, double value)
{
  spread->mean += value / QL_CURVE_DRAWS;
  spread->least = MIN (spread->least, value);
  spread->most = MAX (spread->most, value);
}

void
ql_curve_get_random (QlCurve *self, QlCurveKind kind, int point, QlCurveSpread *spread)
{
  *spread = (QlCurveSpread){ 0, G_MAXDOUBLE, -G_MAXDOUBLE };
  for (int draw = 0; draw < QL_CURVE_DRAWS; draw++)
    add_to_spread (spread, self->data.random[draw][kind][point]);
}

static double
area_of (QlCurve *self, const double *values)
{
  double area = 0;

  for (int i = 1; i < self->data.n_points; i++)
    area += (values[i - 1] + values[i]) / 2
            * (ql_curve_get_share (self, i) - ql_curve_get_share (self, i - 1));
  return area;
}

double
ql_curve_get_area (QlCurve *self, QlCurveKind kind)
{
  return area_of (self, self->data.map[kind]);
}

void
ql_curve_get_random_area (QlCurve *self, QlCurveKind kind, QlCurveSpread *spread)
{
  *spread = (QlCurveSpread){ 0, G_MAXDOUBLE, -G_MAXDOUBLE };
  for (int draw = 0; draw < QL_CURVE_DRAWS; draw++)
    add_to_spread (spread, area_of (self, self->data.random[draw][kind]));
}

QlCurveVerdict
ql_curve_judge (QlCurve *self, QlCurveKind kind)
{
  double area = ql_curve_get_area (self, kind);
  QlCurveSpread random;

  ql_curve_get_random_area (self, kind, &random);
  if (area >= random.least && area <= random.most)
    return QL_CURVE_AS_RANDOM;
  return (area < random.least) == (kind == QL_CURVE_DELETION) ? QL_CURVE_BETTER : QL_CURVE_WORSE;
}

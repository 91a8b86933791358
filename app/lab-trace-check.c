#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/lab-trace-store.h"

/* Far above any model; below what would make a hostile file's maps take all memory or never end. */
#define MAX_LAYERS 256
#define MAX_HEADS 1024
#define MAX_QUERIES 1024
#define MAX_PATCHES (128 * 128)
#define MAX_ROLLOUT_STEPS 4e9 /* some seconds; a Q-Former that reads 512 tokens has 2.8e9 */

/* Of the median: below, lengths count as all the same. */
#define MIN_MAD_SHARE 0.1

/* What attention may be: a share, rounded. */
#define MAX_SHARE 1.01f

typedef struct
{
  QlTrace *self;
  const char *name; /* the file */
  GError **error;
} Check;

static gboolean fail (Check *check, B2Error code, const char *tensor, const char *format, ...)
    G_GNUC_PRINTF (4, 5);

static gboolean
fail (Check *check, B2Error code, const char *tensor, const char *format, ...)
{
  g_autofree char *what = NULL;
  va_list args;

  va_start (args, format);
  what = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (check->error, B2_ERROR, (int) code, "%s: tensor \"%s\": %s", check->name, tensor, what);
  return FALSE;
}

/* Returns: (nullable): NULL, and no error, where there is none; all sizes are within 1…INT_MAX */
static const float *
find (Check *check, const char *tensor, int n_dims, int *sizes, gboolean *ok)
{
  const gint64 *shape;
  int n;
  const float *values = b2_trace_tensor (check->self->trace, tensor, &n, &shape);

  if (values == NULL)
    return NULL;
  if (n != n_dims)
    {
      *ok = fail (check, B2_ERROR_SHAPE, tensor, "expected %d dimensions, found %d", n_dims, n);
      return NULL;
    }
  for (int i = 0; i < n; i++)
    {
      if (shape[i] < 1 || shape[i] > G_MAXINT)
        {
          *ok = fail (check, B2_ERROR_SHAPE, tensor, "dimension %d is %" G_GINT64_FORMAT, i, shape[i]);
          return NULL;
        }
      sizes[i] = (int) shape[i];
    }
  return values;
}

static gboolean
check_shares (Check *check, const char *tensor, const float *values, const int *sizes, int n_dims)
{
  gsize n = 1;

  for (int i = 0; i < n_dims; i++)
    n *= (gsize) sizes[i];
  for (gsize i = 0; i < n; i++)
    if (!(values[i] >= 0 && values[i] <= MAX_SHARE))
      return fail (check, B2_ERROR_FORMAT, tensor, "attention lies between 0 and 1, found %g",
                   (double) values[i]);
  return TRUE;
}

static gboolean
check_limit (Check *check, const char *tensor, const char *what, int n, int max)
{
  return n <= max || fail (check, B2_ERROR_LIMIT, tensor, "%d %s; at most %d are shown", n, what, max);
}

/* ---- each tensor --------------------------------------------------------------------- */

static gboolean
check_cross (Check *check)
{
  static const char tensor[] = "qformer.cross_attentions";
  QlTraceData *data = &check->self->data;
  gboolean ok = TRUE;
  int sizes[4];

  data->cross = find (check, tensor, 4, sizes, &ok);
  if (!ok)
    return FALSE;
  if (data->cross == NULL)
    return fail (check, B2_ERROR_FORMAT, tensor, "it is not there: the trace has no maps");
  if (sizes[3] < 2)
    return fail (check, B2_ERROR_SHAPE, tensor, "expected CLS and patches, found %d", sizes[3]);
  data->n_layers = sizes[0];
  data->n_heads = sizes[1];
  data->n_queries = sizes[2];
  data->n_patches = sizes[3] - 1;
  return check_limit (check, tensor, "layers", data->n_layers, MAX_LAYERS)
         && check_limit (check, tensor, "heads", data->n_heads, MAX_HEADS)
         && check_limit (check, tensor, "queries", data->n_queries, MAX_QUERIES)
         && check_limit (check, tensor, "patches", data->n_patches, MAX_PATCHES)
         && check_shares (check, tensor, data->cross, sizes, 4);
}

static gboolean
check_self (Check *check)
{
  static const char tensor[] = "qformer.self_attentions";
  QlTraceData *data = &check->self->data;
  gboolean ok = TRUE;
  int sizes[4];

  data->self = find (check, tensor, 4, sizes, &ok);
  if (data->self == NULL)
    return ok;
  if (sizes[1] != data->n_heads || sizes[2] != sizes[3] || sizes[2] < data->n_queries
      || sizes[0] < data->n_layers)
    return fail (check, B2_ERROR_SHAPE, tensor,
                 "[%d, %d, %d, %d] does not fit %d layers, %d heads and %d queries", sizes[0], sizes[1],
                 sizes[2], sizes[3], data->n_layers, data->n_heads, data->n_queries);
  data->n_all_layers = sizes[0];
  data->n_rows = sizes[2];
  if (!check_limit (check, tensor, "layers", data->n_all_layers, MAX_LAYERS)
      || !check_limit (check, tensor, "rows", data->n_rows, QL_TRACE_MAX_ROWS))
    return FALSE;
  if ((double) data->n_all_layers * data->n_rows * data->n_rows * (data->n_rows + data->n_patches + 1)
      > MAX_ROLLOUT_STEPS)
    return fail (check, B2_ERROR_LIMIT, tensor, "%d layers of %d rows are more than any Q-Former's",
                 data->n_all_layers, data->n_rows);
  return check_shares (check, tensor, data->self, sizes, 4);
}

static gboolean
check_lm (Check *check)
{
  static const char tensor[] = "lm.attention";
  QlTraceData *data = &check->self->data;
  gboolean ok = TRUE;
  int sizes[4];

  data->lm = find (check, tensor, 4, sizes, &ok);
  if (data->lm == NULL)
    return ok;
  if (sizes[3] != data->n_queries || (guint) sizes[0] != check->self->tokens->len)
    return fail (check, B2_ERROR_SHAPE, tensor, "[%d, …, %d] does not fit %u tokens and %d queries", sizes[0],
                 sizes[3], check->self->tokens->len, data->n_queries);
  data->n_tokens = sizes[0];
  data->n_lm_layers = sizes[1];
  data->n_lm_heads = sizes[2];
  return check_shares (check, tensor, data->lm, sizes, 4);
}

/* ---- the grid ----------------------------------------------------------------------------- */

static gboolean
find_grid (Check *check)
{
  static const char tensor[] = "pixel_values";
  QlTraceData *data = &check->self->data;
  gboolean ok = TRUE;
  int sizes[3];
  const float *pixels = find (check, tensor, 3, sizes, &ok);
  int side = (int) lround (sqrt (data->n_patches));

  if (!ok)
    return FALSE;
  /* A patch is square; what is left over at the picture's end belongs to none. */
  for (int px = 1; pixels != NULL && px <= MIN (sizes[1], sizes[2]); px++)
    {
      gint64 columns = sizes[2] / px, rows = sizes[1] / px;
      gboolean whole = sizes[2] % px == 0 && sizes[1] % px == 0;

      if (columns * rows != data->n_patches || (data->columns > 0 && !whole))
        continue;
      data->columns = (int) columns;
      data->rows = (int) rows;
      if (whole)
        break;
    }
  if (pixels != NULL && data->columns == 0)
    return fail (check, B2_ERROR_SHAPE, tensor, "%d×%d px cannot be cut into %d patches", sizes[2], sizes[1],
                 data->n_patches);
  if (data->columns > 0)
    return TRUE;
  if (side * side != data->n_patches)
    return fail (check, B2_ERROR_SHAPE, "qformer.cross_attentions",
                 "%d patches are no square, and there are no %s", data->n_patches, tensor);
  data->columns = data->rows = side;
  return TRUE;
}

/* Cross-attention comes in every k-th layer, from the first on; a trace may say so itself. */
static gboolean
find_layer_numbers (Check *check)
{
  QlTrace *self = check->self;
  const QlTraceData *data = &self->data;
  const char *told = b2_trace_metadata (self->trace, "qformer.cross_layers");
  g_auto (GStrv) parts = told != NULL ? g_strsplit (told, ",", MAX_LAYERS + 1) : NULL;
  int every = 1;

  self->layer_numbers = g_new (int, data->n_layers);
  if (data->n_all_layers > 0)
    while ((data->n_all_layers + every - 1) / every > data->n_layers)
      every++;
  for (int i = 0; i < data->n_layers; i++)
    self->layer_numbers[i] = i * every;
  if (parts == NULL)
    return (data->n_all_layers == 0 || (data->n_all_layers + every - 1) / every == data->n_layers)
           || fail (check, B2_ERROR_SHAPE, "qformer.cross_attentions",
                    "%d layers with cross-attention are not every k-th of %d", data->n_layers,
                    data->n_all_layers);
  for (int i = 0; i < data->n_layers; i++)
    {
      gint64 least = i > 0 ? self->layer_numbers[i - 1] + 1 : 0;
      gint64 most = data->n_all_layers > 0 ? data->n_all_layers - 1 : MAX_LAYERS, number;

      if ((int) g_strv_length (parts) != data->n_layers || least > most
          || !g_ascii_string_to_signed (parts[i], 10, least, most, &number, NULL))
        return fail (check, B2_ERROR_FORMAT, "qformer.cross_attentions",
                     "\"qformer.cross_layers\" does not name its %d layers", data->n_layers);
      self->layer_numbers[i] = (int) number;
    }
  return TRUE;
}

/* ---- outliers -------------------------------------------------------------------------------- */

static int
compare_doubles (const void *a, const void *b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

static double
median (const double *values, int n)
{
  g_autofree double *sorted = g_memdup2 (values, (gsize) n * sizeof *values);

  qsort (sorted, (gsize) n, sizeof *sorted, compare_doubles);
  return (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
}

static void
mark_outliers (QlTrace *self, const double *norms)
{
  int n = self->data.n_patches;
  g_autofree double *deviations = g_new (double, n);
  double middle = median (norms, n), mad;

  for (int i = 0; i < n; i++)
    deviations[i] = fabs (norms[i] - middle);
  mad = MAX (median (deviations, n), middle * MIN_MAD_SHARE);
  self->outliers = g_new0 (guint8, n);
  for (int i = 0; i < n; i++)
    if (norms[i] > middle + QL_OUTLIER_MADS * mad)
      {
        self->outliers[i] = 1;
        self->n_outliers++;
      }
  /* So many are no outliers: lengths just differ, say, between a picture's objects and its ground. */
  if (self->n_outliers > n * QL_OUTLIER_MOST_SHARE)
    {
      memset (self->outliers, 0, (gsize) n);
      self->n_outliers = 0;
    }
}

static gboolean
find_outliers (Check *check)
{
  static const char tensor[] = "vision.last_hidden_state", lengths[] = "vision.norms";
  QlTrace *self = check->self;
  gboolean ok = TRUE;
  int sizes[2] = { 0, 1 };
  const float *rows = find (check, tensor, 2, sizes, &ok);
  const float *values = rows == NULL && ok ? find (check, lengths, 1, sizes, &ok) : rows;
  const char *name = rows != NULL ? tensor : lengths;
  g_autofree double *norms = NULL;

  if (!ok || values == NULL)
    return ok;
  if (sizes[0] != self->data.n_patches + 1)
    return fail (check, B2_ERROR_SHAPE, name, "%d rows, expected %d", sizes[0], self->data.n_patches + 1);
  norms = g_new0 (double, self->data.n_patches);
  for (int i = 0; i < self->data.n_patches; i++)
    {
      const float *row = values + (gsize) (i + 1) * (gsize) sizes[1]; /* after CLS */

      for (int k = 0; k < sizes[1]; k++)
        norms[i] += (double) row[k] * (double) row[k];
      norms[i] = sqrt (norms[i]);
      if (!isfinite (norms[i]))
        return fail (check, B2_ERROR_FORMAT, name, "a value is not finite");
    }
  self->has_norms = TRUE;
  mark_outliers (self, norms);
  return TRUE;
}

gboolean
ql_trace_check (QlTrace *self, const char *name, GError **error)
{
  Check check = { self, name, error };

  return check_cross (&check) && check_self (&check) && check_lm (&check) && find_grid (&check)
         && find_layer_numbers (&check) && find_outliers (&check);
}

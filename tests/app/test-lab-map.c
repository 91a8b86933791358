/* Maps: against transformers' tensors, against a second implementation, and their sentences. */

#include <locale.h>
#include <math.h>
#include <string.h>

#include "app/image-loader.h"
#include "engine/io/safetensors.h"
#include "tests/app/lab-maker.h"

#define TOLERANCE 3e-4

/* ---- golden ------------------------------------------------------------------------------- */

static QlTrace *
golden_trace (const char *model, const char *picture, const char *prompt)
{
  const char *root = g_getenv ("QLENS_SRC");
  g_autofree char *dir = g_build_filename (root, "tests", "golden", model, NULL);
  g_autofree char *path = g_build_filename (root, "tests", "golden", "images", picture, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (B2Model) opened = b2_model_open (dir, NULL, &error);
  g_autoptr (B2Session) session = NULL;
  g_autoptr (QlImage) image = ql_image_load_file (path, NULL, NULL, &error);
  g_autoptr (B2Answer) answer = NULL;
  B2GenerateHooks hooks = { .keep_trace = TRUE };
  B2DecodeOptions options;
  QlTrace *trace;

  g_assert_no_error (error);
  session = b2_session_new (opened, NULL, &error);
  g_assert_no_error (error);
  b2_decode_options_init (&options, B2_PRESET_CAPTION);
  options.n_beams = 1;
  options.max_new_tokens = 20;
  g_assert_true (
      b2_session_set_image (session, image->rgb, image->width, image->height, image->stride, &error));
  answer = b2_session_generate (session, prompt, &options, &hooks, &error);
  g_assert_no_error (error);
  trace = ql_trace_new_for_answer (opened, answer, NULL, &error);
  g_assert_no_error (error);
  return trace;
}

static float *
golden_values (const char *model, const char *name, gsize n)
{
  g_autofree char *path
      = g_build_filename (g_getenv ("QLENS_SRC"), "tests", "golden", model, "expected.safetensors", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (B2Safetensors) file = b2_safetensors_open (path, &error);
  const B2TensorInfo *info;

  g_assert_no_error (error);
  info = b2_safetensors_lookup (file, name);
  g_assert_nonnull (info);
  g_assert_cmpint (info->dtype, ==, B2_DTYPE_F32);
  g_assert_cmpuint (info->n_elements, ==, n);
  return g_memdup2 (info->data, info->n_bytes);
}

static void
check_map (QlMap *map, const float *expected)
{
  int columns = ql_map_get_columns (map);

  g_assert_cmpfloat_with_epsilon (ql_map_get_cls (map), (double) expected[0], TOLERANCE);
  for (int i = 0; i < columns * ql_map_get_rows (map); i++)
    g_assert_cmpfloat_with_epsilon (ql_map_get_value (map, i % columns, i / columns),
                                    (double) expected[1 + i], TOLERANCE);
}

/* Every head's map, and mean and maximum of them. */
static void
check_cross (QlTrace *trace, const float *expected)
{
  int n_keys = ql_trace_get_columns (trace) * ql_trace_get_rows (trace) + 1;
  int n_queries = ql_trace_get_n_queries (trace), n_heads = ql_trace_get_n_heads (trace);
  QlMapKey key = { 0 };
  g_autofree float *mean = g_new (float, n_keys);
  g_autofree float *max = g_new (float, n_keys);

  for (key.layer = 0; key.layer < ql_trace_get_n_layers (trace); key.layer++)
    for (key.query = 0; key.query < n_queries; key.query++)
      {
        g_autoptr (QlMap) of_mean = NULL;
        g_autoptr (QlMap) of_max = NULL;

        memset (mean, 0, (gsize) n_keys * sizeof *mean);
        memset (max, 0, (gsize) n_keys * sizeof *max);
        key.method = QL_MAP_HEAD;
        for (key.head = 0; key.head < n_heads; key.head++)
          {
            const float *row
                = expected + (((key.layer * n_heads) + key.head) * n_queries + key.query) * n_keys;
            g_autoptr (QlMap) map = ql_map_new (trace, &key);

            check_map (map, row);
            g_assert_cmpfloat_with_epsilon (ql_map_get_sum (map), 1, 1e-4);
            for (int i = 0; i < n_keys; i++)
              {
                mean[i] += row[i] / (float) n_heads;
                max[i] = fmaxf (max[i], row[i]);
              }
          }
        key.method = QL_MAP_HEAD_MEAN;
        of_mean = ql_map_new (trace, &key);
        check_map (of_mean, mean);
        key.method = QL_MAP_HEAD_MAX;
        of_max = ql_map_new (trace, &key);
        check_map (of_max, max);
      }
}

static void
test_golden (gconstpointer data)
{
  const char *model = data;
  static const char *const pictures[] = { "wide.png", "tall.png" };

  for (int image = 0; image < 2; image++)
    {
      g_autoptr (QlTrace) trace = golden_trace (model, pictures[image], NULL);
      int n_keys = ql_trace_get_columns (trace) * ql_trace_get_rows (trace) + 1;
      gsize n = (gsize) (ql_trace_get_n_layers (trace) * ql_trace_get_n_heads (trace)
                         * ql_trace_get_n_queries (trace) * n_keys);
      g_autofree char *cross = g_strdup_printf ("img%d.qformer.cross_attentions", image);
      g_autofree char *lm = g_strdup_printf ("img%d.none.lm_attention_mean", image);
      g_autofree float *expected = golden_values (model, cross, n);
      g_autofree float *weights = golden_values (
          model, lm, (gsize) (ql_trace_get_n_tokens (trace) * ql_trace_get_n_queries (trace)));
      int n_queries = ql_trace_get_n_queries (trace);
      g_autofree double *found = g_new (double, n_queries);

      check_cross (trace, expected);
      for (int i = 0; i < ql_trace_get_n_words (trace); i++)
        {
          const QlWord *word = ql_trace_get_word (trace, i);
          double share = ql_trace_get_word_weights (trace, i, QL_LM_MEAN, found);

          for (int q = 0; q < n_queries; q++)
            {
              double mean = 0;

              for (int t = word->first_token; t <= word->last_token; t++)
                mean += (double) weights[t * n_queries + q] / (word->last_token - word->first_token + 1);
              g_assert_cmpfloat_with_epsilon (found[q] * share, mean, TOLERANCE);
            }
        }
      if (ql_trace_get_n_words (trace) > 0)
        {
          g_autofree char *sentence = ql_trace_describe_word (trace, 0, QL_LM_MEAN);

          g_assert_cmpint (strstr (sentence, "T5’s encoder") != NULL, ==, g_str_has_prefix (model, "t5"));
        }
    }
}

/* ---- rollout -------------------------------------------------------------------------------- */

/* As the text says, with whole matrices and in double precision. */
static double *
naive_rollout (const LabSizes *s, B2Trace *trace, int last_nth)
{
  const float *self = b2_trace_tensor (trace, "qformer.self_attentions", NULL, NULL);
  const float *cross = b2_trace_tensor (trace, "qformer.cross_attentions", NULL, NULL);
  int rows = s->queries + s->extra_rows, keys = s->rows * s->columns + 1, width = rows + keys;
  double *w = g_new0 (double, rows *width);
  int every = s->all_layers / s->layers;

  for (int r = 0; r < rows; r++)
    w[r * width + r] = 1;
  for (int layer = 0; layer <= last_nth * every; layer++)
    {
      double *next = g_new0 (double, rows *width);

      for (int r = 0; r < rows; r++)
        for (int i = 0; i < width; i++)
          {
            double sum = 0;

            for (int k = 0; k < rows; k++)
              for (int h = 0; h < s->heads; h++)
                sum += (double) self[((layer * s->heads + h) * rows + r) * rows + k] / s->heads
                       * w[k * width + i];
            next[r * width + i] = 0.5 * sum + 0.5 * w[r * width + i];
          }
      if (layer % every == 0)
        for (int q = 0; q < s->queries; q++)
          for (int i = 0; i < width; i++)
            {
              double c = 0;

              for (int h = 0; h < s->heads && i >= rows; h++)
                c += (double) cross[((layer / every * s->heads + h) * s->queries + q) * keys + i - rows]
                     / s->heads;
              next[q * width + i] = 0.5 * c + 0.5 * next[q * width + i];
            }
      g_free (w);
      w = next;
    }
  return w;
}

static void
test_rollout (void)
{
  const LabSizes *s = &lab_small;
  g_autoptr (B2Trace) raw = lab_make (s);
  g_autoptr (QlTrace) trace = lab_trace (b2_trace_ref (raw));
  int rows = s->queries + s->extra_rows, keys = s->rows * s->columns + 1;

  for (int nth = 0; nth < s->layers; nth++)
    {
      g_autofree double *w = naive_rollout (s, raw, nth);

      for (int q = 0; q < s->queries; q++)
        {
          QlMapKey key = { .query = q, .layer = nth, .method = QL_MAP_ROLLOUT };
          g_autoptr (QlMap) map = ql_map_new (trace, &key);
          const double *row = w + q * (rows + keys);
          double tokens = 0;

          for (int i = 0; i < rows; i++)
            tokens += row[i];
          g_assert_cmpfloat_with_epsilon (ql_map_get_query_share (map), tokens, 1e-6);
          g_assert_cmpfloat_with_epsilon (ql_map_get_cls (map), row[rows], 1e-6);
          for (int i = 0; i < keys - 1; i++)
            g_assert_cmpfloat_with_epsilon (ql_map_get_value (map, i % s->columns, i / s->columns),
                                            row[rows + 1 + i], 1e-6);
          g_assert_cmpfloat_with_epsilon (ql_map_get_sum (map) + ql_map_get_query_share (map), 1, 1e-5);
        }
    }
}

static void
test_no_self_attention (void)
{
  B2Trace *raw = lab_make (&lab_small);
  QlMapKey key = { .method = QL_MAP_ROLLOUT };
  g_autoptr (QlTrace) trace = NULL;

  g_ptr_array_remove (raw->tensors, b2_trace_find (raw, "qformer.self_attentions"));
  trace = lab_trace (raw);
  g_assert_false (ql_map_is_possible (trace, &key));
  key.method = QL_MAP_HEAD_MEAN;
  g_assert_true (ql_map_is_possible (trace, &key));
}

/* ---- numbers ----------------------------------------------------------------------------------- */

/* A map of lab_small by hand: the values of its 24 patches, the rest on CLS. */
static QlTrace *
hand_made (const float *patches)
{
  B2Trace *raw = lab_make_uniform (&lab_small);
  float *map = lab_values (raw, "qformer.cross_attentions");
  float sum = 0;

  for (int i = 0; i < 24; i++)
    {
      map[1 + i] = patches[i];
      sum += patches[i];
    }
  map[0] = 1 - sum;
  return lab_trace (raw);
}

static const QlMapKey first = { 0 };

static void
test_numbers (void)
{
  float patches[24] = { 0 };
  g_autoptr (QlTrace) trace = NULL;
  g_autoptr (QlMap) map = NULL;
  g_autoptr (QlMap) even = NULL;
  QlMapKey other = { .query = 1 };
  QlMapCell peak;

  patches[8] = 0.5f; /* column 2, row 1 */
  patches[9] = 0.25f;
  trace = hand_made (patches);
  map = ql_map_new (trace, &first);
  even = ql_map_new (trace, &other);
  ql_map_get_peak (map, FALSE, &peak);
  g_assert_cmpint (peak.column, ==, 2);
  g_assert_cmpint (peak.row, ==, 1);
  g_assert_cmpfloat (peak.value, ==, 0.5);
  g_assert_cmpfloat_with_epsilon (ql_map_get_cls (map), 0.25, 1e-7);
  g_assert_cmpfloat_with_epsilon (ql_map_get_entropy (map), 1.5, 1e-6); /* ½·1 + ¼·2 + ¼·2 */
  g_assert_cmpfloat_with_epsilon (ql_map_get_ratio (map, 2, 1), 12.5, 1e-5);
  g_assert_cmpfloat_with_epsilon (ql_map_get_uniform (map), 0.04, 1e-12);
  g_assert_cmpfloat_with_epsilon (ql_map_get_entropy (even), log2 (25), 1e-5);
  g_assert_cmpfloat_with_epsilon (ql_map_get_max_entropy (even), log2 (25), 1e-12);
  g_assert_cmpfloat_with_epsilon (ql_map_get_ratio (even, 0, 0), 1, 1e-5);
  g_assert_cmpfloat_with_epsilon (ql_map_get_scale_max (even, QL_MAP_SCALE_OWN, FALSE), 0.04, 1e-6);
  g_assert_cmpfloat_with_epsilon (ql_map_get_scale_max (even, QL_MAP_SCALE_SHARED, FALSE), 0.5, 1e-6);
  g_assert_cmpfloat (ql_map_get_sort_key (map, QL_MAP_SORT_ENTROPY, NULL), <,
                     ql_map_get_sort_key (even, QL_MAP_SORT_ENTROPY, NULL));
  g_assert_cmpfloat (ql_map_get_sort_key (map, QL_MAP_SORT_PEAK, NULL), <,
                     ql_map_get_sort_key (even, QL_MAP_SORT_PEAK, NULL));
  g_assert_cmpfloat (ql_map_get_sort_key (map, QL_MAP_SORT_CLS, NULL), >,
                     ql_map_get_sort_key (even, QL_MAP_SORT_CLS, NULL));
}

static void
test_overlap (void)
{
  float patches[24] = { 0 };
  g_autoptr (QlTrace) trace = NULL;
  g_autoptr (QlMap) map = NULL;
  QlMapBox all = { 0, 0, 1, 1 }, left = { 0, 0, 2.5 / 6, 1 }, upper = { 0, 0, 1, 0.25 },
           out = { 0, 0.9, 1, 0.1 };

  patches[8] = 0.5f;
  patches[9] = 0.25f;
  trace = hand_made (patches);
  map = ql_map_new (trace, &first);
  g_assert_cmpfloat_with_epsilon (ql_map_get_overlap (map, &all), 1, 1e-9);
  g_assert_cmpfloat_with_epsilon (ql_map_get_overlap (map, &left), 0.25 / 0.75, 1e-6);
  g_assert_cmpfloat_with_epsilon (ql_map_get_overlap (map, &upper), 0, 1e-9);
  g_assert_cmpfloat_with_epsilon (ql_map_get_overlap (map, &out), 0, 1e-9);
}

static void
test_outliers (void)
{
  B2Trace *raw = lab_make_uniform (&lab_small);
  float *rows = lab_values (raw, "vision.last_hidden_state");
  float *maps = lab_values (raw, "qformer.cross_attentions");
  g_autoptr (QlTrace) trace = NULL;
  g_autoptr (QlMap) map = NULL;
  QlMapCell peak;

  for (int i = 0; i < 25 * 8; i++)
    rows[i] = 1;
  for (int i = 0; i < 8; i++)
    rows[8 * (1 + 20) + i] = 9;
  maps[1 + 20] = 0.3f;
  maps[1 + 4] = 0.2f;
  trace = lab_trace (raw);
  map = ql_map_new (trace, &first);
  ql_map_get_peak (map, FALSE, &peak);
  g_assert_cmpint (peak.row * 6 + peak.column, ==, 20);
  ql_map_get_peak (map, TRUE, &peak);
  g_assert_cmpint (peak.row * 6 + peak.column, ==, 4);
  g_assert_cmpfloat_with_epsilon (ql_map_get_scale_max (map, QL_MAP_SCALE_OWN, TRUE), 0.2, 1e-6);
  g_assert_cmpfloat_with_epsilon (ql_map_get_scale_max (map, QL_MAP_SCALE_SHARED, TRUE), 0.2, 1e-6);
  g_assert_cmpfloat_with_epsilon (ql_map_get_scale_max (map, QL_MAP_SCALE_SHARED, FALSE), 0.3, 1e-6);
  g_assert_true (ql_map_is_outlier (map, 20 % 6, 20 / 6));
}

static void
test_difference (void)
{
  g_autoptr (QlTrace) trace = lab_trace (lab_make (&lab_small));
  LabSizes turned = lab_small;
  g_autoptr (QlTrace) other = NULL;
  QlMapKey a_key = { .query = 1, .layer = 0, .head = 2 }, b_key = { .query = 3, .layer = 1, .head = 0 };
  g_autoptr (QlMap) a = ql_map_new (trace, &a_key);
  g_autoptr (QlMap) b = ql_map_new (trace, &b_key);
  g_autoptr (QlMap) difference = ql_map_new_difference (a, b);
  g_autoptr (QlMap) nothing = ql_map_new_difference (a, a);
  g_autoptr (QlMap) c = NULL;
  g_autofree char *none = ql_map_describe (nothing);
  double largest = 0;

  for (int i = 0; i < 24; i++)
    {
      double value = ql_map_get_value (difference, i % 6, i / 6);

      g_assert_cmpfloat_with_epsilon (
          value, ql_map_get_value (a, i % 6, i / 6) - ql_map_get_value (b, i % 6, i / 6), 1e-7);
      largest = MAX (largest, fabs (value));
    }
  g_assert_cmpfloat_with_epsilon (ql_map_get_scale_max (difference, QL_MAP_SCALE_OWN, FALSE), largest, 1e-9);
  g_assert_cmpfloat_with_epsilon (ql_map_get_sum (difference), 0, 1e-5);
  g_assert_true (isnan (ql_map_get_entropy (difference)));
  g_assert_true (isnan (ql_map_get_ratio (difference, 0, 0)));
  g_assert_nonnull (strstr (none, "no difference"));
  g_assert_null (ql_map_new_difference (difference, a));
  turned.rows = 6;
  turned.columns = 4;
  other = lab_trace (lab_make (&turned));
  c = ql_map_new (other, &a_key);
  g_assert_null (ql_map_new_difference (a, c));
}

static void
test_word (void)
{
  g_autoptr (QlTrace) trace = lab_trace (lab_make (&lab_small));
  B2Trace *raw = lab_make (&lab_small);
  g_autoptr (QlTrace) mute = NULL;
  double weights[5], value = 0, cls = 0;
  g_autofree char *sentence = NULL;

  ql_trace_get_word_weights (trace, 2, QL_LM_MEAN, weights);
  for (int method = 0; method < QL_MAP_N_METHODS; method++)
    {
      QlMapKey key = { .layer = 1, .head = 2, .method = (QlMapMethod) method };
      g_autoptr (QlMap) mixture = ql_map_new_for_word (trace, 2, QL_LM_MEAN, &key);

      value = cls = 0;
      for (key.query = 0; key.query < 5; key.query++)
        {
          g_autoptr (QlMap) map = ql_map_new (trace, &key);

          value += weights[key.query] * ql_map_get_value (map, 3, 2);
          cls += weights[key.query] * ql_map_get_cls (map);
        }
      g_assert_cmpfloat_with_epsilon (ql_map_get_value (mixture, 3, 2), value, 1e-6);
      g_assert_cmpfloat_with_epsilon (ql_map_get_cls (mixture), cls, 1e-6);
      g_assert_cmpint (ql_map_get_word (mixture), ==, 2);
      g_assert_cmpfloat (ql_map_get_scale_max (mixture, QL_MAP_SCALE_OWN, FALSE), <=,
                         ql_map_get_scale_max (mixture, QL_MAP_SCALE_SHARED, FALSE));
      g_free (sentence);
      sentence = ql_map_describe (mixture);
      g_assert_true (g_str_has_prefix (sentence, "“sleeps”, "));
    }
  g_ptr_array_remove (raw->tensors, b2_trace_find (raw, "lm.attention"));
  mute = lab_trace (raw);
  g_assert_null (ql_map_new_for_word (mute, 0, QL_LM_MEAN, &first));
}

static void
test_rank (void)
{
  float patches[24] = { 0 };
  g_autoptr (QlTrace) trace = NULL;
  QlMapKey key = { .layer = 1, .method = QL_MAP_HEAD_MEAN };
  g_autoptr (GArray) looks = NULL;
  g_autoptr (GArray) words = NULL;

  patches[13] = 0.9f;
  trace = hand_made (patches);
  looks = ql_trace_rank_patch (trace, 1, 2, QL_MAP_HEAD, 4);
  g_assert_cmpuint (looks->len, ==, 4);
  g_assert_cmpint (g_array_index (looks, QlPatchLook, 0).key.query, ==, 0);
  g_assert_cmpint (g_array_index (looks, QlPatchLook, 0).key.layer, ==, 0);
  g_assert_cmpint (g_array_index (looks, QlPatchLook, 0).key.head, ==, 0);
  g_assert_cmpfloat_with_epsilon (g_array_index (looks, QlPatchLook, 0).value, 0.9, 1e-6);
  g_assert_cmpfloat_with_epsilon (g_array_index (looks, QlPatchLook, 0).ratio, 22.5, 1e-4);
  g_assert_cmpfloat_with_epsilon (g_array_index (looks, QlPatchLook, 1).value, 0.04, 1e-6);
  words = ql_trace_rank_patch_words (trace, 1, 2, QL_LM_MEAN, &key, 10);
  g_assert_cmpuint (words->len, ==, 3);
  for (guint i = 1; i < words->len; i++)
    g_assert_cmpfloat (g_array_index (words, QlPatchWord, i).value, <=,
                       g_array_index (words, QlPatchWord, i - 1).value);
  for (int method = 0; method < QL_MAP_N_METHODS; method++)
    {
      g_autoptr (GArray) of = ql_trace_rank_patch (trace, 5, 3, (QlMapMethod) method, 1000);

      g_assert_cmpuint (of->len, ==, method == QL_MAP_HEAD ? 30 : 10);
      for (guint i = 0; i < of->len; i++)
        {
          const QlPatchLook *look = &g_array_index (of, QlPatchLook, i);
          g_autoptr (QlMap) map = ql_map_new (trace, &look->key);

          g_assert_cmpfloat (look->value, ==, ql_map_get_value (map, 5, 3));
        }
    }
}

/* ---- sentences ------------------------------------------------------------------------------------ */

static void
assert_sentence (const float *patches, const char *expected)
{
  g_autoptr (QlTrace) trace = hand_made (patches);
  g_autoptr (QlMap) map = ql_map_new (trace, &first);
  g_autofree char *sentence = ql_map_describe (map);

  g_assert_cmpstr (sentence, ==, expected);
}

static void
test_describe (void)
{
  float one[24] = { [8] = 0.88f };
  /* the peak, a neighbour of half of it, one that is not, and a large one that is not connected */
  float some[24] = { [12] = 0.4f, [18] = 0.2f, [13] = 0.19f, [4] = 0.1f };
  float corner[24] = { [0] = 0.001f };
  float third[24] = { [16] = 0.3f, [17] = 0.3f, [22] = 0.3f };

  assert_sentence (one, "Query 0, layer 0, head 0: 88 % on row 1, column 2, centre; CLS 12 %");
  assert_sentence (some, "Query 0, layer 0, head 0: 60 % on rows 2–3, column 0, lower left; CLS 11 %");
  assert_sentence (corner, "Query 0, layer 0, head 0: 0.1 % on row 0, column 0, upper left; CLS 100 %");
  assert_sentence (third, "Query 0, layer 0, head 0: 90 % on rows 2–3, columns 4–5, lower right; CLS 10 %");
}

static void
test_describe_patch (void)
{
  float patches[24] = { [8] = 0.5f, [9] = 0.0412f };
  g_autoptr (QlTrace) trace = hand_made (patches);
  g_autoptr (QlMap) map = ql_map_new (trace, &first);
  QlMapKey keys[] = { { .method = QL_MAP_HEAD_MEAN },
                      { .method = QL_MAP_HEAD_MAX },
                      { .layer = 1, .method = QL_MAP_ROLLOUT } };
  static const char *const names[]
      = { "Query 0, layer 0, mean of the heads", "Query 0, layer 0, largest of the heads",
          "Query 0, rollout up to layer 2" };
  g_autofree char *text = ql_map_describe_patch (map, 3, 1);
  g_autofree char *zero = ql_map_describe_patch (map, 0, 0);

  g_assert_cmpstr (text, ==, "4.1 %, 1.03× uniform");
  g_assert_cmpstr (zero, ==, "0 %, 0.00× uniform");
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_autoptr (QlMap) of = ql_map_new (trace, &keys[i]);
      g_autofree char *name = ql_map_describe_key (of);

      g_assert_cmpstr (name, ==, names[i]);
    }
}

/* Numbers as the locale writes them, where such a locale is installed. */
static void
test_locale (void)
{
  static const char *const locales[] = { "de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "es_ES.UTF-8" };
  const char *found = NULL;
  g_autofree char *text = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (locales) && found == NULL; i++)
    found = setlocale (LC_NUMERIC, locales[i]);
  if (found == NULL)
    {
      g_test_skip ("no locale with a decimal comma is installed");
      return;
    }
  text = ql_percent_text (0.004);
  setlocale (LC_NUMERIC, "C");
  g_assert_cmpstr (text, ==, "0,4 %");
}

/* ---- speed: told, not judged ------------------------------------------------------------------------- */

static void
test_speed (void)
{
  g_autoptr (QlTrace) trace = lab_trace (lab_make (&lab_full));
  double best = G_MAXDOUBLE;
  double start = (double) g_get_monotonic_time ();
  QlMapKey key = { .method = QL_MAP_ROLLOUT };
  g_autoptr (QlMap) rollout = ql_map_new (trace, &key);
  double sum = 0;

  g_test_message ("first rollout: %.2f ms", ((double) g_get_monotonic_time () - start) / 1e3);
  for (int round = 0; round < 20; round++)
    {
      start = (double) g_get_monotonic_time ();
      key = (QlMapKey){ .query = round };
      for (key.layer = 0; key.layer < 6; key.layer++)
        for (key.head = 0; key.head < 12; key.head++)
          {
            g_autoptr (QlMap) map = ql_map_new (trace, &key);

            sum += ql_map_get_sum (map);
          }
      best = MIN (best, (double) g_get_monotonic_time () - start);
    }
  g_test_message ("72 maps of a query: %.2f ms", best / 1e3);
  g_assert_cmpfloat_with_epsilon (sum, 72 * 20, 0.1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/lab-map/golden/opt-basic", "opt-basic", test_golden);
  g_test_add_data_func ("/lab-map/golden/opt-8q", "opt-8q", test_golden);
  g_test_add_data_func ("/lab-map/golden/t5-basic", "t5-basic", test_golden);
  g_test_add_func ("/lab-map/rollout", test_rollout);
  g_test_add_func ("/lab-map/no-self-attention", test_no_self_attention);
  g_test_add_func ("/lab-map/numbers", test_numbers);
  g_test_add_func ("/lab-map/overlap", test_overlap);
  g_test_add_func ("/lab-map/outliers", test_outliers);
  g_test_add_func ("/lab-map/difference", test_difference);
  g_test_add_func ("/lab-map/word", test_word);
  g_test_add_func ("/lab-map/rank", test_rank);
  g_test_add_func ("/lab-map/describe", test_describe);
  g_test_add_func ("/lab-map/describe-patch", test_describe_patch);
  g_test_add_func ("/lab-map/locale", test_locale);
  g_test_add_func ("/lab-map/speed", test_speed);
  return g_test_run ();
}

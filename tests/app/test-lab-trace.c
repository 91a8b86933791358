/* Traces: what is in them, how large their files are, and files that are not to be trusted. */

#include <math.h>
#include <string.h>
#include <sys/stat.h>

#include <glib/gstdio.h>

#include "tests/app/lab-maker.h"
#include "tests/app/scratch.h"

#define FULL_BYTES (3 * 1000 * 1000)

static char *
trace_path (Scratch *f)
{
  return g_build_filename (f->root, "a.safetensors", NULL);
}

static gsize
n_values (B2Trace *trace, const char *name)
{
  const gint64 *shape;
  int n_dims;
  gsize n = 1;

  g_assert_nonnull (b2_trace_tensor (trace, name, &n_dims, &shape));
  for (int i = 0; i < n_dims; i++)
    n *= (gsize) shape[i];
  return n;
}

/* ---- files ------------------------------------------------------------------------------ */

/* A small trace comes back bit for bit, as a file of version 1 that older programs read. */
static void
test_small (Scratch *f, gconstpointer data)
{
  g_autoptr (B2Trace) trace = lab_make (&lab_small);
  g_autoptr (B2Trace) again = NULL;
  g_autofree char *path = trace_path (f);
  g_autoptr (GError) error = NULL;

  b2_trace_set_metadata (trace, "lesson.step", "sieben");
  g_assert_true (b2_trace_save (trace, path, &error));
  again = b2_trace_open (path, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (b2_trace_metadata (again, "version"), ==, "1");
  g_assert_cmpstr (b2_trace_metadata (again, "lesson.step"), ==, "sieben");
  g_assert_cmpint (b2_trace_n_tensors (again), ==, b2_trace_n_tensors (trace));
  for (int i = 0; i < b2_trace_n_tensors (trace); i++)
    {
      const char *name = b2_trace_tensor_name (trace, i);
      gsize n = n_values (trace, name);

      g_assert_cmpmem (b2_trace_tensor (again, name, NULL, NULL), n_values (again, name) * sizeof (float),
                       b2_trace_tensor (trace, name, NULL, NULL), n * sizeof (float));
    }
}

/* Half precision: 11 bits, and steps of 2^-24 near zero. */
static void
assert_half (B2Trace *a, B2Trace *b, const char *name)
{
  const float *x = b2_trace_tensor (a, name, NULL, NULL), *y = b2_trace_tensor (b, name, NULL, NULL);
  gsize n = n_values (a, name);

  g_assert_cmpuint (n_values (b, name), ==, n);
  for (gsize i = 0; i < n; i++)
    if (!(fabs ((double) x[i] - (double) y[i]) <= fabs ((double) x[i]) / 2048 + 0x1p-25))
      g_error ("%s[%d]: %g, read %g", name, (int) i, (double) x[i], (double) y[i]);
}

static void
assert_steps (B2Trace *a, B2Trace *b, const char *name, gsize width)
{
  const float *x = b2_trace_tensor (a, name, NULL, NULL), *y = b2_trace_tensor (b, name, NULL, NULL);
  gsize n = n_values (a, name);

  g_assert_cmpuint (n_values (b, name), ==, n);
  for (gsize i = 0; i < n; i += width)
    {
      float max = 0;

      for (gsize k = i; k < i + width; k++)
        max = fmaxf (max, x[k]);
      for (gsize k = i; k < i + width; k++)
        g_assert_cmpfloat_with_epsilon (x[k], y[k], max / 510 * 1.001f + 1e-9f);
    }
}

static void
assert_top_logits (B2Trace *whole, B2Trace *condensed)
{
  const float *all = b2_trace_tensor (whole, "lm.first_logits", NULL, NULL);
  const float *values = b2_trace_tensor (condensed, "lm.first_logits.values", NULL, NULL);
  const float *ids = b2_trace_tensor (condensed, "lm.first_logits.ids", NULL, NULL);
  gsize n_above = 0, n = n_values (condensed, "lm.first_logits.values");

  g_assert_cmpuint (n, ==, B2_TRACE_TOP_LOGITS);
  for (gsize i = 0; i < n; i++)
    {
      g_assert_cmpfloat (values[i], ==, all[(gsize) ids[i]]);
      g_assert_true (i == 0 || values[i] <= values[i - 1]);
    }
  for (gsize i = 0; i < n_values (whole, "lm.first_logits"); i++)
    n_above += all[i] > values[n - 1];
  g_assert_cmpuint (n_above, <, n);
}

/* What measuring and a search add: 39 blocks, 12 layers, 5 beams that go on and as many that end. */
static void
add_measures (B2Trace *trace)
{
  g_autofree float *norms = g_new0 (float, 40 * 257);
  GString *beams
      = g_string_new ("{\"beams\":5,\"length_penalty\":1.0,\"answer\":299,\"omitted\":0,\"nodes\":[");

  b2_trace_add (trace, "vision.block_norms", norms, 2, (gint64[]){ 40, 257 });
  b2_trace_add (trace, "qformer.layer_norms", norms, 2, (gint64[]){ 13, 32 });
  for (int i = 0; i < 300; i++)
    g_string_append_printf (beams, "%s[%d,12345,\" wordlet\",-1.23456789,-12.3456789,0,0.0]",
                            i > 0 ? "," : "", i - 1);
  g_string_append (beams, "]}");
  b2_trace_set_metadata (trace, "beams", beams->str);
  g_string_free (beams, TRUE);
}

/* A tensor of nothing is no reason to divide by its width. */
static void
test_empty_rows (Scratch *f, gconstpointer data)
{
  g_autoptr (B2Trace) trace = lab_make (&lab_full), again = NULL;
  g_autofree char *path = trace_path (f);
  g_autoptr (GError) error = NULL;
  const float none = 0;

  b2_trace_add (trace, "vision.block_norms", &none, 2, (gint64[]){ 3, 0 });
  g_assert_true (b2_trace_save (trace, path, &error));
  g_assert_no_error (error);
  again = b2_trace_open (path, &error);
  g_assert_no_error (error);
}

/* The full-size model's, with a picture: below 3 MB, and as near as the format says. */
static void
test_full (Scratch *f, gconstpointer data)
{
  g_autoptr (B2Trace) trace = lab_make (&lab_full);
  g_autoptr (QlPicture) picture = lab_picture (3000, 2000);
  g_autoptr (QlTrace) of = NULL;
  g_autoptr (QlTrace) opened = NULL;
  g_autoptr (B2Trace) again = NULL;
  g_autofree char *path = trace_path (f);
  g_autoptr (GError) error = NULL;
  struct stat st;

  add_measures (trace);
  of = ql_trace_new (b2_trace_ref (trace), picture, "made up", &error);
  g_assert_no_error (error);
  g_assert_true (ql_trace_save (of, path, &error));
  g_assert_cmpint (stat (path, &st), ==, 0);
  g_test_message ("the full-size model's trace with a picture: %d bytes", (int) st.st_size);
  g_assert_cmpint (st.st_size, <, FULL_BYTES);

  again = b2_trace_open (path, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (b2_trace_metadata (again, "version"), ==, "2");
  assert_half (trace, again, "qformer.cross_attentions");
  assert_half (trace, again, "qformer.self_attentions");
  assert_half (trace, again, "language_projection");
  assert_half (trace, again, "qformer.last_hidden_state");
  assert_steps (trace, again, "lm.attention", 32);
  assert_top_logits (trace, again);
  g_assert_cmpmem (b2_trace_tensor (again, "pixel_values", NULL, NULL), 4 * n_values (again, "pixel_values"),
                   lab_values (trace, "pixel_values"), 4 * n_values (trace, "pixel_values"));
  g_assert_null (b2_trace_tensor (again, "vision.last_hidden_state", NULL, NULL));

  opened = ql_trace_open (path, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (ql_trace_get_picture (opened));
  g_assert_cmpint (ql_picture_get_width (ql_trace_get_picture (opened)), <=, 768);
  g_assert_cmpint (ql_trace_get_n_outliers (opened), ==, ql_trace_get_n_outliers (of));
  g_assert_true (ql_trace_has_norms (opened));
}

/* With 10 tokens the language model's attention has room as f16. */
static void
test_full_short (Scratch *f, gconstpointer data)
{
  LabSizes sizes = lab_full;
  g_autoptr (B2Trace) trace = NULL;
  g_autoptr (B2Trace) again = NULL;
  g_autofree char *path = trace_path (f);
  g_autoptr (GError) error = NULL;
  struct stat st;

  sizes.tokens = 10;
  trace = lab_make (&sizes);
  g_assert_true (b2_trace_save (trace, path, &error));
  g_assert_cmpint (stat (path, &st), ==, 0);
  g_assert_cmpint (st.st_size, <, FULL_BYTES);
  again = b2_trace_open (path, &error);
  g_assert_no_error (error);
  assert_half (trace, again, "lm.attention");
  /* what is small keeps its precision */
  g_assert_cmpmem (b2_trace_tensor (again, "lm.token_probabilities", NULL, NULL), 10 * sizeof (float),
                   b2_trace_tensor (trace, "lm.token_probabilities", NULL, NULL), 10 * sizeof (float));
}

/* Condensed once, it changes no more. */
static void
test_saved_twice (Scratch *f, gconstpointer data)
{
  g_autoptr (B2Trace) trace = lab_make (&lab_full);
  g_autoptr (B2Trace) once = NULL;
  g_autofree char *path = trace_path (f);
  g_autofree char *second = g_build_filename (f->root, "b.safetensors", NULL);
  g_autofree char *x = NULL, *y = NULL;
  gsize n_x, n_y;
  g_autoptr (GError) error = NULL;

  g_assert_true (b2_trace_save (trace, path, &error));
  once = b2_trace_open (path, &error);
  g_assert_no_error (error);
  g_assert_true (b2_trace_save (once, second, &error));
  x = scratch_read (path, &n_x);
  y = scratch_read (second, &n_y);
  g_assert_cmpuint (n_x, ==, n_y);
  {
    g_autoptr (B2Trace) twice = b2_trace_open (second, &error);

    g_assert_no_error (error);
    for (int i = 0; i < b2_trace_n_tensors (once); i++)
      {
        const char *name = b2_trace_tensor_name (once, i);
        const float *a = b2_trace_tensor (once, name, NULL, NULL),
                    *b = b2_trace_tensor (twice, name, NULL, NULL);

        for (gsize k = 0; k < n_values (once, name); k++)
          g_assert_cmpfloat_with_epsilon (a[k], b[k], 1e-6f * fabsf (a[k]) + 1e-12f);
      }
  }
}

/* ---- what is in it ------------------------------------------------------------------------ */

static void
test_words (void)
{
  g_autoptr (B2Trace) raw = lab_make (&lab_small);
  float *lm = lab_values (raw, "lm.attention");
  g_autoptr (QlTrace) trace = lab_trace (b2_trace_ref (raw));
  double weights[5], sum = 0, naive[5] = { 0 }, naive_sum = 0;
  double share = ql_trace_get_word_weights (trace, 1, QL_LM_MEAN, weights);
  g_autoptr (GArray) top = ql_trace_top_queries (trace, 1, QL_LM_MEAN, 3);
  g_autofree char *sentence = ql_trace_describe_word (trace, 1, QL_LM_MEAN);

  g_assert_cmpint (ql_trace_get_n_tokens (trace), ==, 4);
  g_assert_cmpint (ql_trace_get_n_words (trace), ==, 3);
  g_assert_cmpstr (ql_trace_get_word_text (trace, 1), ==, "catfish");
  g_assert_cmpint (ql_trace_get_word (trace, 1)->first_token, ==, 1);
  g_assert_cmpint (ql_trace_get_word (trace, 1)->last_token, ==, 2);
  g_assert_cmpfloat_with_epsilon (ql_trace_get_word (trace, 1)->probability, 0.25, 1e-9);
  /* tokens 1 and 2, each with 2×2 maps of 5 queries */
  for (int i = 1 * 20; i < 3 * 20; i++)
    naive[i % 5] += (double) lm[i] / 8;
  for (int q = 0; q < 5; q++)
    naive_sum += naive[q];
  for (int q = 0; q < 5; q++)
    {
      g_assert_cmpfloat_with_epsilon (weights[q], naive[q] / naive_sum, 1e-6);
      sum += weights[q];
    }
  g_assert_cmpfloat_with_epsilon (sum, 1, 1e-9);
  g_assert_cmpfloat_with_epsilon (share, 0.7, 1e-5);
  g_assert_cmpuint (top->len, ==, 3);
  g_assert_cmpfloat (g_array_index (top, QlQueryWeight, 0).weight, >=,
                     g_array_index (top, QlQueryWeight, 1).weight);
  g_assert_nonnull (strstr (sentence, "“catfish”"));
  g_assert_nonnull (strstr (sentence, "70 %"));

  /* one layer and head */
  ql_trace_get_word_weights (trace, 0, (QlLmHead){ 1, 0 }, weights);
  for (int q = 0; q < 5; q++)
    g_assert_cmpfloat_with_epsilon (weights[q], (double) lm[(1 * 2 + 0) * 5 + q] / 0.7, 1e-5);
}

static void
test_demo (Scratch *f, gconstpointer data)
{
  g_autoptr (QlTrace) trace = lab_demo ("01-donut.png", NULL);
  g_autoptr (QlTrace) again = NULL;
  g_autofree char *path = trace_path (f);
  g_autoptr (GError) error = NULL;
  const QlSavedToken *token;

  g_assert_cmpstr (ql_trace_get_text (trace), ==, "a purple donut in the sky");
  g_assert_cmpint (ql_trace_get_n_words (trace), ==, 6);
  g_assert_cmpstr (ql_trace_get_word_text (trace, 2), ==, "donut");
  g_assert_cmpint (ql_trace_get_word (trace, 2)->n_alternatives, >, 1);
  g_assert_cmpint (ql_trace_get_n_layers (trace), ==, 3);
  for (int i = 0; i < 3; i++)
    g_assert_cmpint (ql_trace_get_layer_number (trace, i), ==, 2 * i);
  g_assert_cmpint (ql_trace_find_layer (trace, 4), ==, 2);
  g_assert_cmpint (ql_trace_find_layer (trace, 3), ==, -1);
  g_assert_cmpint (ql_trace_get_columns (trace), ==, 12);
  g_assert_cmpint (ql_trace_get_rows (trace), ==, 12);

  /* no model and no picture are needed any more */
  g_assert_true (ql_trace_save (trace, path, &error));
  g_assert_true (ql_trace_is_file (path));
  again = ql_trace_open (path, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (ql_trace_get_text (again), ==, ql_trace_get_text (trace));
  g_assert_cmpstr (ql_trace_get_fingerprint (again), ==, ql_trace_get_fingerprint (trace));
  g_assert_cmpstr (ql_trace_get_settings (again), ==, ql_trace_get_settings (trace));
  g_assert_nonnull (ql_trace_get_picture (again));
  g_assert_cmpint (ql_trace_get_n_tokens (again), ==, ql_trace_get_n_tokens (trace));
  token = ql_trace_get_token (again, 1);
  g_assert_cmpstr (token->text, ==, ql_trace_get_token (trace, 1)->text);
  g_assert_cmpuint (token->choices->len, ==, 5);
  for (int q = 0; q < ql_trace_get_n_queries (trace); q++)
    {
      QlMapKey key = { .query = q, .layer = 1, .method = QL_MAP_ROLLOUT };
      g_autoptr (QlMap) a = ql_map_new (trace, &key);
      g_autoptr (QlMap) b = ql_map_new (again, &key);

      for (int i = 0; i < 144; i++)
        g_assert_cmpfloat (ql_map_get_value (a, i % 12, i / 12), ==, ql_map_get_value (b, i % 12, i / 12));
    }
}

static void
result_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

static GAsyncResult *
wait_for (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return *result;
}

static void
test_async (Scratch *f, gconstpointer data)
{
  g_autoptr (QlTrace) trace = lab_trace (lab_make (&lab_small));
  g_autoptr (QlTrace) again = NULL;
  g_autofree char *path = trace_path (f);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GFile) remote = g_file_new_for_uri ("sftp://nowhere.invalid/a");
  g_autoptr (GAsyncResult) opened = NULL;
  g_autoptr (GAsyncResult) refused = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (ql_trace_save (trace, path, &error));
  ql_trace_open_async (file, NULL, result_cb, &opened);
  again = ql_trace_open_finish (wait_for (&opened), &error);
  g_assert_no_error (error);
  g_assert_cmpstr (ql_trace_get_text (again), ==, "a catfish sleeps");
  ql_trace_open_async (remote, NULL, result_cb, &refused);
  g_assert_null (ql_trace_open_finish (wait_for (&refused), &error));
  g_assert_error (error, B2_ERROR, B2_ERROR_IO);
}

/* A text that was given to the model: tokens without probabilities, and no words written. */
static void
test_given_text (void)
{
  B2Trace *raw = lab_make (&lab_small);
  g_autoptr (QlTrace) trace = NULL;

  g_ptr_array_remove (raw->tensors, b2_trace_find (raw, "lm.attention"));
  b2_trace_set_metadata (raw, "tokens", "[{\"id\":101,\"text\":\"[CLS]\"},{\"id\":7,\"text\":\"cat\"}]");
  b2_trace_set_metadata (raw, "text", "");
  trace = lab_trace (raw);
  g_assert_cmpint (ql_trace_get_n_tokens (trace), ==, 2);
  g_assert_cmpfloat (ql_trace_get_token (trace, 1)->probability, ==, 1);
  g_assert_cmpint (ql_trace_get_n_words (trace), ==, 0);
}

/* A grid need not be square, and pixels may be left over. */
static void
test_grid (void)
{
  LabSizes sizes = lab_small;
  g_autoptr (QlTrace) wide = lab_trace (lab_make (&sizes));
  g_autoptr (QlTrace) tall = NULL;
  g_autoptr (QlTrace) left_over = NULL;

  g_assert_cmpint (ql_trace_get_columns (wide), ==, 6);
  g_assert_cmpint (ql_trace_get_rows (wide), ==, 4);
  {
    B2Trace *raw = lab_make (&sizes);

    b2_trace_find (raw, "pixel_values")->shape[1] = 17; /* nobody looks at the values */
    left_over = lab_trace (raw);
    g_assert_cmpint (ql_trace_get_rows (left_over), ==, 4);
  }
  sizes.rows = 9;
  sizes.columns = 2;
  tall = lab_trace (lab_make (&sizes));
  g_assert_cmpint (ql_trace_get_columns (tall), ==, 2);
  g_assert_cmpint (ql_trace_get_rows (tall), ==, 9);
}

static void
test_outliers (void)
{
  g_autoptr (B2Trace) raw = lab_make (&lab_small);
  float *rows = lab_values (raw, "vision.last_hidden_state");
  g_autoptr (QlTrace) trace = NULL;

  /* all of one length but CLS, which does not count, and one that is 1.5 and one that is 4 times as long */
  for (int i = 0; i < 25 * 8; i++)
    rows[i] = 1 + 0.01f * (float) (i / 8 % 3);
  for (int i = 0; i < 8; i++)
    {
      rows[i] = 100;
      rows[8 * (1 + 7) + i] = 1.5f;
      rows[8 * (1 + 15) + i] = 4;
    }
  trace = lab_trace (b2_trace_ref (raw));
  g_assert_true (ql_trace_has_norms (trace));
  g_assert_cmpint (ql_trace_get_n_outliers (trace), ==, 1);
  g_assert_true (ql_trace_is_outlier (trace, 15 % 6, 15 / 6));
  g_assert_false (ql_trace_is_outlier (trace, 7 % 6, 7 / 6));
}

/* ---- not to be trusted ------------------------------------------------------------------------ */

static void
assert_refused (B2Trace *trace, const char *part)
{
  g_autoptr (GError) error = NULL;
  QlTrace *made = ql_trace_new (trace, NULL, "bad.safetensors", &error);

  g_assert_null (made);
  g_assert_nonnull (error);
  g_assert_true (error->domain == B2_ERROR);
  if (strstr (error->message, part) == NULL || !g_str_has_prefix (error->message, "bad.safetensors: "))
    g_error ("expected “%s” in: %s", part, error->message);
}

/* @change is made to a sound trace, which is then refused. */
static void
refuse_value (const char *tensor, gsize at, float value)
{
  B2Trace *trace = lab_make (&lab_small);

  lab_values (trace, tensor)[at] = value;
  assert_refused (trace, tensor);
}

static void
refuse_shape (const char *tensor, int n_dims, int dim, gint64 size)
{
  B2Trace *trace = lab_make (&lab_small);
  B2TraceTensor *t = b2_trace_find (trace, tensor);

  t->n_dims = n_dims;
  if (dim >= 0)
    t->shape[dim] = size;
  assert_refused (trace, tensor);
}

static void
test_hostile_values (void)
{
  static const char *const attention[]
      = { "qformer.cross_attentions", "qformer.self_attentions", "lm.attention" };

  for (gsize i = 0; i < G_N_ELEMENTS (attention); i++)
    {
      refuse_value (attention[i], 3, NAN);
      refuse_value (attention[i], 0, INFINITY);
      refuse_value (attention[i], 5, -0.25f);
      refuse_value (attention[i], 7, 1.5f);
    }
  refuse_value ("vision.last_hidden_state", 20, NAN);
  refuse_value ("vision.last_hidden_state", 30, INFINITY);
}

static void
test_hostile_shapes (void)
{
  refuse_shape ("qformer.cross_attentions", 3, -1, 0);
  refuse_shape ("qformer.cross_attentions", 4, 0, 0);
  refuse_shape ("qformer.cross_attentions", 4, 3, 1);
  refuse_shape ("qformer.cross_attentions", 4, 3, G_MAXINT64);
  refuse_shape ("qformer.cross_attentions", 4, 2, 100000);
  refuse_shape ("qformer.cross_attentions", 4, 0, 100000);
  refuse_shape ("qformer.self_attentions", 4, 1, 2);
  refuse_shape ("qformer.self_attentions", 4, 2, 6);
  refuse_shape ("qformer.self_attentions", 4, 0, 1);
  refuse_shape ("lm.attention", 4, 3, 4);
  refuse_shape ("lm.attention", 4, 0, 3);
  refuse_shape ("pixel_values", 3, 1, 13);
  refuse_shape ("pixel_values", 2, -1, 0);
  refuse_shape ("vision.last_hidden_state", 2, 0, 24);
  refuse_shape ("vision.last_hidden_state", 1, -1, 0);
}

static void
refuse_metadata (const char *key, const char *value, const char *part)
{
  B2Trace *trace = lab_make (&lab_small);

  b2_trace_set_metadata (trace, key, value);
  assert_refused (trace, part);
}

static void
test_hostile_metadata (void)
{
  g_autofree char *deep = g_strnfill (2 * 1000 * 1000, '[');
  B2Trace *empty = b2_trace_new ();

  refuse_metadata ("tokens", "[", "tokens");
  refuse_metadata ("tokens", "{}", "tokens");
  refuse_metadata ("tokens", "[1]", "tokens");
  refuse_metadata ("tokens", "[{\"id\":1,\"text\":\"a\",\"probability\":1e999}]", "tokens");
  refuse_metadata ("tokens", "[{\"id\":1,\"text\":\"a\",\"probability\":-1}]", "tokens");
  refuse_metadata ("tokens", "[{\"id\":99999999999,\"text\":\"a\",\"probability\":1}]", "tokens");
  refuse_metadata ("tokens", "[]", "lm.attention");
  refuse_metadata ("tokens", deep, "tokens");
  refuse_metadata ("qformer.cross_layers", "0", "cross_layers");
  refuse_metadata ("qformer.cross_layers", "2,1", "cross_layers");
  refuse_metadata ("qformer.cross_layers", "0,4", "cross_layers");
  refuse_metadata ("qformer.cross_layers", "0,1e1", "cross_layers");
  refuse_metadata ("qformer.cross_layers", "3,4", "cross_layers"); /* behind the last there is none */
  assert_refused (empty, "qformer.cross_attentions");
}

/* A file from a list of tensors "name dtype shape", with @n_data bytes of @fill behind the header. */
static void
assert_file_refused (Scratch *f, const char *metadata, const char *tensors, gsize n_data, int fill)
{
  g_autofree char *path = trace_path (f);
  g_autofree char *header = g_strdup_printf ("{\"__metadata__\":{\"format\":\"qlens-trace\",%s}%s%s}",
                                             metadata, *tensors ? "," : "", tensors);
  GByteArray *file = g_byte_array_new ();
  guint64 length = GUINT64_TO_LE (strlen (header));
  g_autofree guint8 *data = g_malloc (n_data + 1);
  g_autoptr (GError) error = NULL;

  memset (data, fill, n_data);
  g_byte_array_append (file, (const guint8 *) &length, sizeof length);
  g_byte_array_append (file, (const guint8 *) header, (guint) strlen (header));
  g_byte_array_append (file, data, (guint) n_data);
  g_assert_true (g_file_set_contents (path, (const char *) file->data, (gssize) file->len, NULL));
  g_byte_array_unref (file);
  g_assert_null (ql_trace_open (path, NULL, &error));
  g_assert_nonnull (error);
  g_assert_true (error->domain == B2_ERROR);
  g_assert_true (g_str_has_prefix (error->message, path));
}

#define V2 "\"version\":\"2\""

static void
test_hostile_files (Scratch *f, gconstpointer data)
{
  assert_file_refused (f, "\"version\":\"3\"", "", 0, 0);
  assert_file_refused (f, "\"other\":\"1\"", "", 0, 0);
  assert_file_refused (f, V2, "", 0, 0);
  /* numbers whose levels or steps do not fit */
  assert_file_refused (f, V2,
                       "\"p\":{\"dtype\":\"U8\",\"shape\":[3,4],\"data_offsets\":[0,12]},"
                       "\"p.levels\":{\"dtype\":\"F32\",\"shape\":[2,256],\"data_offsets\":[12,2060]}",
                       2060, 1);
  assert_file_refused (f, V2,
                       "\"p\":{\"dtype\":\"U8\",\"shape\":[3,4],\"data_offsets\":[0,12]},"
                       "\"p.levels\":{\"dtype\":\"F32\",\"shape\":[3,2],\"data_offsets\":[12,36]}",
                       36, 1);
  assert_file_refused (f, V2,
                       "\"p\":{\"dtype\":\"U8\",\"shape\":[3,4],\"data_offsets\":[0,12]},"
                       "\"p.scale\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[12,28]}",
                       28, 1);
  assert_file_refused (f, V2,
                       "\"p\":{\"dtype\":\"U8\",\"shape\":[3,4],\"data_offsets\":[0,12]},"
                       "\"p.scale\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[12,15]}",
                       15, 1);
  assert_file_refused (f, V2, "\"p\":{\"dtype\":\"U8\",\"shape\":[2,2],\"data_offsets\":[0,4]}", 4, 1);
  assert_file_refused (f, V2, "\"p\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[0,8]}", 8, 1);
  /* counts without data: nothing is allocated for them */
  assert_file_refused (f, V2, "\"p\":{\"dtype\":\"F32\",\"shape\":[1099511627776],\"data_offsets\":[0,4]}", 4,
                       1);
  assert_file_refused (
      f, V2,
      "\"qformer.cross_attentions\":{\"dtype\":\"F16\",\"shape\":[4611686018427387904,0,1,2],"
      "\"data_offsets\":[0,0]}",
      0, 1);
  /* NaN as f16 */
  assert_file_refused (
      f, V2, "\"qformer.cross_attentions\":{\"dtype\":\"F16\",\"shape\":[1,1,1,5],\"data_offsets\":[0,10]}",
      10, 0xff);
}

/* A picture that is none does not keep the trace from being opened. */
static void
test_bad_picture (Scratch *f, gconstpointer data)
{
  g_autoptr (B2Trace) raw = lab_make (&lab_small);
  g_autoptr (GBytes) nonsense = g_bytes_new_static ("\x89PNG\r\n\x1a\nnonsense", 16);
  g_autofree char *path = trace_path (f);
  g_autoptr (QlTrace) trace = NULL;
  g_autoptr (GError) error = NULL;

  b2_trace_set_bytes (raw, "image.encoded", nonsense);
  g_assert_true (b2_trace_save (raw, path, &error));
  trace = ql_trace_open (path, NULL, &error);
  g_assert_no_error (error);
  g_assert_null (ql_trace_get_picture (trace));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/lab-trace/small", Scratch, NULL, scratch_set_up, test_small, scratch_tear_down);
  g_test_add ("/lab-trace/full", Scratch, NULL, scratch_set_up, test_full, scratch_tear_down);
  g_test_add ("/lab-trace/empty-rows", Scratch, NULL, scratch_set_up, test_empty_rows, scratch_tear_down);
  g_test_add ("/lab-trace/full-short", Scratch, NULL, scratch_set_up, test_full_short, scratch_tear_down);
  g_test_add ("/lab-trace/saved-twice", Scratch, NULL, scratch_set_up, test_saved_twice, scratch_tear_down);
  g_test_add_func ("/lab-trace/words", test_words);
  g_test_add ("/lab-trace/demo", Scratch, NULL, scratch_set_up, test_demo, scratch_tear_down);
  g_test_add ("/lab-trace/async", Scratch, NULL, scratch_set_up, test_async, scratch_tear_down);
  g_test_add_func ("/lab-trace/given-text", test_given_text);
  g_test_add_func ("/lab-trace/grid", test_grid);
  g_test_add_func ("/lab-trace/outliers", test_outliers);
  g_test_add_func ("/lab-trace/hostile/values", test_hostile_values);
  g_test_add_func ("/lab-trace/hostile/shapes", test_hostile_shapes);
  g_test_add_func ("/lab-trace/hostile/metadata", test_hostile_metadata);
  g_test_add ("/lab-trace/hostile/files", Scratch, NULL, scratch_set_up, test_hostile_files,
              scratch_tear_down);
  g_test_add ("/lab-trace/hostile/picture", Scratch, NULL, scratch_set_up, test_bad_picture,
              scratch_tear_down);
  return g_test_run ();
}

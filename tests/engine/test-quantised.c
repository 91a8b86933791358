/* What 8- and 4-bit weights do to answers, and that integer kernels keep their promises: the demo models are converted here.
 * Run once per level of B2_CPU. */
#include <math.h>
#include <string.h>

#include <glib/gstdio.h>

#include "tests/engine/demo.h"
#include "tests/engine/lab.h"
#include "tests/engine/levels.h"

#define QUESTION "Question: what is in the background? Answer:"

typedef enum
{
  F32, /* as it ships: F16, so exact */
  Q8_0,
  Q4_0,
  Q8_0_DECODED, /* what Q8_0 stands for, in F32 */
  N_FILES
} File;

static const char *const types[N_FILES] = { "f32", "q8_0", "q4_0", "f32" };
static B2Model *models[N_FILES], *matchers[2]; /* matchers have no language model, so Q4_0 is Q8_0 there */
static json_t *samples;

/* ---- what the tests share ---------------------------------------------------------- */

static void
convert (const char *from, const char *to, const char *type)
{
  B2ConvertOptions options = { .type = type, .n_threads = 2 };
  g_autoptr (GError) error = NULL;
  g_autoptr (B2ConvertReport) report = b2_convert (from, to, &options, NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (report);
}

static void
open_files (const char *name, const char *folder, int n, B2Model **out)
{
  g_autofree char *dir = demo_dir (name);
  char *paths[N_FILES];

  for (int i = 0; i < n; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *file = g_strdup_printf ("%s-%d.gguf", name, i);

      paths[i] = g_build_filename (folder, file, NULL);
      convert (i == Q8_0_DECODED ? paths[Q8_0] : dir, paths[i], types[i]);
      out[i] = b2_model_open (paths[i], NULL, &error);
      g_assert_no_error (error);
    }
  for (int i = 0; i < n; i++)
    g_free (paths[i]);
}

static B2Session *
new_session (B2Model *model, int n_threads, gboolean exact)
{
  B2SessionOptions options = { .n_threads = n_threads, .exact = exact };
  g_autoptr (GError) error = NULL;
  B2Session *session = b2_session_new (model, &options, &error);

  g_assert_no_error (error);
  return session;
}

static B2Answer *
ask (B2Session *session, const char *prompt, gboolean trace)
{
  B2GenerateHooks hooks = { .keep_trace = trace };
  g_autoptr (GError) error = NULL;
  B2DecodeOptions options;
  B2Answer *answer;

  b2_decode_options_init (&options, prompt != NULL ? B2_PRESET_QUESTION : B2_PRESET_CAPTION);
  options.n_beams = 1;
  options.max_new_tokens = prompt != NULL ? 12 : 28;
  answer = b2_session_generate (session, prompt, &options, &hooks, &error);
  g_assert_no_error (error);
  return answer;
}

static const char *
sample_string (gsize i, const char *key)
{
  return json_string_value (json_object_get (json_array_get (samples, i), key));
}

/* ---- answers ------------------------------------------------------------------------- */

/* Token ids of sample @i's caption and of the answers to its questions, one string each. */
static void
add_texts (B2Model *model, B2Session *session, gsize i, GPtrArray *texts)
{
  json_t *questions = json_object_get (json_array_get (samples, i), "qa");

  demo_use_sample (session, sample_string (i, "file"));
  for (gsize q = 0; q <= json_array_size (questions); q++)
    {
      json_t *entry = q > 0 ? json_array_get (questions, q - 1) : NULL;
      g_autofree char *prompt
          = entry != NULL
                ? b2_model_question_prompt (model, json_string_value (json_object_get (entry, "question")))
                : NULL;
      g_autoptr (B2Answer) answer = ask (session, prompt, FALSE);
      GString *ids = g_string_new (entry != NULL ? "answer" : "caption");

      for (int t = 0; t < answer->n_tokens; t++)
        g_string_append_printf (ids, " %d", answer->tokens[t].id);
      g_ptr_array_add (texts, g_string_free (ids, FALSE));
    }
}

static GPtrArray *
all_texts (B2Model *model, gsize n_samples)
{
  g_autoptr (B2Session) session = new_session (model, 2, FALSE);
  GPtrArray *texts = g_ptr_array_new_with_free_func (g_free);

  for (gsize i = 0; i < n_samples; i++)
    add_texts (model, session, i, texts);
  return texts;
}

static int
n_same (GPtrArray *a, GPtrArray *b, const char *kind)
{
  int n = 0;

  g_assert_cmpuint (a->len, ==, b->len);
  for (guint i = 0; i < a->len; i++)
    n += g_str_has_prefix (a->pdata[i], kind) && strcmp (a->pdata[i], b->pdata[i]) == 0;
  return n;
}

/* Of 16 captions and 111 answers all were the same on every level of B2_CPU, in both types; so this compares levels, too.
 * engine/SPEED.md has the shares among thousands, which are lower. */
static void
test_answers (void)
{
  /* Scalar kernels take their time. */
  gsize n = g_strcmp0 (g_getenv ("B2_CPU"), "ref") == 0 ? 3 : json_array_size (samples);
  g_autoptr (GPtrArray) exact = all_texts (models[F32], n), q8 = all_texts (models[Q8_0], n),
                        q4 = all_texts (models[Q4_0], n);
  int n_captions = n_same (exact, exact, "caption"), n_answers = n_same (exact, exact, "answer");

  g_test_message ("the same of %d captions and %d answers: q8_0 %d, %d; q4_0 %d, %d", n_captions, n_answers,
                  n_same (exact, q8, "caption"), n_same (exact, q8, "answer"), n_same (exact, q4, "caption"),
                  n_same (exact, q4, "answer"));
  g_assert_cmpint (n_captions, ==, (int) n);
  g_assert_cmpint (n_captions + n_answers, >, 7 * (int) n);
  g_assert_cmpint (n_same (exact, q8, "caption"), ==, n_captions);
  g_assert_cmpint (n_same (exact, q8, "answer"), ==, n_answers);
  g_assert_cmpint (n_same (exact, q4, "caption"), >=, n_captions - 1);
  g_assert_cmpint (n_same (exact, q4, "answer"), >=, n_answers - 2);
}

/* ---- bits ------------------------------------------------------------------------------ */

static void
test_threads (void)
{
  for (int f = Q8_0; f <= Q4_0; f++)
    {
      g_autoptr (B2Session) one = new_session (models[f], 1, FALSE);
      g_autoptr (B2Answer) expected = NULL;

      demo_use_sample (one, "16-fails-photo.jpg");
      expected = ask (one, QUESTION, TRUE);
      for (int n_threads = 2; n_threads <= 3; n_threads++)
        {
          g_autoptr (B2Session) many = new_session (models[f], n_threads, FALSE);
          g_autoptr (B2Answer) found = NULL;

          demo_use_sample (many, "16-fails-photo.jpg");
          found = ask (many, QUESTION, TRUE);
          lab_assert_same_answer (found, expected);
        }
    }
}

/* The first prompt is read together with the picture's rows, later ones alone. */
static void
test_again (void)
{
  for (int f = Q8_0; f <= Q4_0; f++)
    {
      g_autoptr (B2Session) session = new_session (models[f], 2, FALSE);
      g_autoptr (B2Session) other = new_session (models[f], 2, FALSE);
      g_autoptr (B2Answer) first = NULL, second = NULL, caption = NULL, third = NULL;

      demo_use_sample (session, "10-palmtree-rose.jpg");
      first = ask (session, QUESTION, TRUE);
      second = ask (session, QUESTION, TRUE);
      lab_assert_same_answer (second, first);
      demo_use_sample (other, "10-palmtree-rose.jpg");
      caption = ask (other, NULL, FALSE);
      third = ask (other, QUESTION, TRUE);
      lab_assert_same_answer (third, first);
    }
}

/* ---- exact sessions -------------------------------------------------------------------- */

/* Largest difference, relative to the largest value. */
static double
distance (const B2Answer *a, const B2Answer *b, const char *name)
{
  const float *x = b2_trace_tensor (a->trace, name, NULL, NULL),
              *y = b2_trace_tensor (b->trace, name, NULL, NULL);
  double off = 0, largest = 0;

  g_assert_cmpuint (lab_n (a->trace, name), ==, lab_n (b->trace, name));
  for (gsize i = 0; i < lab_n (a->trace, name); i++)
    {
      off = fmax (off, fabs ((double) x[i] - (double) y[i]));
      largest = fmax (largest, fabs ((double) y[i]));
    }
  return off / largest;
}

/* Exact sessions multiply the weights that the file stands for, in f32; others round activations, but not much. */
static void
test_exact (void)
{
  static const char *const names[]
      = { "vision.last_hidden_state", "qformer.last_hidden_state", "language_projection", "lm.first_logits" };
  g_autoptr (B2Session) exact = new_session (models[Q8_0], 2, TRUE);
  g_autoptr (B2Session) rounded = new_session (models[Q8_0], 2, FALSE);
  g_autoptr (B2Session) decoded = new_session (models[Q8_0_DECODED], 2, FALSE);
  g_autoptr (B2Answer) a = NULL, b = NULL, expected = NULL;

  demo_use_sample (exact, "03-tree.jpg");
  demo_use_sample (rounded, "03-tree.jpg");
  demo_use_sample (decoded, "03-tree.jpg");
  a = ask (exact, QUESTION, TRUE);
  b = ask (rounded, QUESTION, TRUE);
  expected = ask (decoded, QUESTION, TRUE);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_test_message ("%s: exact off by %.2g, rounded by %.2g of the largest", names[i],
                      distance (a, expected, names[i]), distance (b, expected, names[i]));
      g_assert_cmpfloat (distance (a, expected, names[i]), <, 1e-4);
      g_assert_cmpfloat (distance (b, expected, names[i]), <, 0.1);
      g_assert_cmpfloat (distance (b, expected, names[i]), >, 1e-5); /* else nothing was rounded */
    }
  g_assert_cmpint (a->n_tokens, ==, expected->n_tokens);
  for (int t = 0; t < a->n_tokens; t++)
    {
      g_assert_cmpint (a->tokens[t].id, ==, expected->tokens[t].id);
      g_assert_cmpfloat_with_epsilon (a->tokens[t].probability, expected->tokens[t].probability, 1e-4);
    }
}

/* ---- matching ---------------------------------------------------------------------------- */

#define N_MATCHED 5

static void
match_all (B2Model *model, B2Match out[N_MATCHED][N_MATCHED])
{
  g_autoptr (B2Session) session = new_session (model, 2, FALSE);
  g_autoptr (GError) error = NULL;

  for (gsize i = 0; i < N_MATCHED; i++)
    {
      demo_use_sample (session, sample_string (i, "file"));
      for (gsize t = 0; t < N_MATCHED; t++)
        {
          b2_session_match (session, sample_string (t, "reference"), &out[i][t], NULL, &error);
          g_assert_no_error (error);
        }
    }
}

static double
margin (const B2Match *match)
{
  return (double) match->itm_logits[1] - (double) match->itm_logits[0];
}

static double
cosine (const B2Match *match)
{
  return (double) match->itc;
}

static int
best_of (const B2Match *row, double (*score) (const B2Match *))
{
  int best = 0;

  for (int t = 1; t < N_MATCHED; t++)
    best = score (&row[t]) > score (&row[best]) ? t : best;
  return best;
}

static void
test_matching (void)
{
  B2Match expected[N_MATCHED][N_MATCHED], found[N_MATCHED][N_MATCHED];
  double itm = 0, itc = 0;
  int n_first = 0;

  match_all (matchers[F32], expected);
  match_all (matchers[Q8_0], found);
  for (int i = 0; i < N_MATCHED; i++)
    {
      for (int t = 0; t < N_MATCHED; t++)
        {
          itm = fmax (itm, fabs (margin (&found[i][t]) - margin (&expected[i][t])));
          itc = fmax (itc, fabs ((double) found[i][t].itc - (double) expected[i][t].itc));
        }
      n_first += best_of (found[i], margin) == best_of (expected[i], margin);
      n_first += best_of (found[i], cosine) == best_of (expected[i], cosine);
    }
  g_test_message ("ITM margin off by %.3g, ITC cosine by %.3g, the same text first %d times of %d", itm, itc,
                  n_first, 2 * N_MATCHED);
  g_assert_cmpint (n_first, ==, 2 * N_MATCHED);
  g_assert_cmpfloat (itm, <, 0.5);
  g_assert_cmpfloat (itc, <, 0.02);
}

int
main (int argc, char **argv)
{
  g_autofree char *list = g_build_filename (g_getenv ("QLENS_SRC"), "data", "samples", "samples.json", NULL);
  char *folder;
  int status;

  g_test_init (&argc, &argv, NULL);
  if (level_repeats ())
    return 0;
  folder = folder_new ();
  samples = json_load_file (list, JSON_REJECT_DUPLICATES, NULL);
  g_assert_nonnull (samples);
  open_files ("qlens-demo-opt", folder, N_FILES, models);
  open_files ("qlens-demo-itm", folder, G_N_ELEMENTS (matchers), matchers);
  g_test_add_func ("/quantised/answers", test_answers);
  g_test_add_func ("/quantised/threads", test_threads);
  g_test_add_func ("/quantised/again", test_again);
  g_test_add_func ("/quantised/exact", test_exact);
  g_test_add_func ("/quantised/matching", test_matching);
  status = g_test_run ();
  for (int i = 0; i < N_FILES; i++)
    b2_model_unref (models[i]);
  for (gsize i = 0; i < G_N_ELEMENTS (matchers); i++)
    b2_model_unref (matchers[i]);
  folder_remove (folder);
  json_decref (samples);
  return status;
}

/* Retrieval models, looked into: matches in detail and under interventions, and the Q-Former under any mask. */
#include <math.h>
#include <string.h>

#include "tests/engine/lab.h"

static const char *const matchers[] = { "qlens-demo-itm", "itm-basic" };
static const char *text = "a purple donut";

static B2MatchDetail *
detail (B2Session *session, gboolean keep_trace)
{
  g_autoptr (GError) error = NULL;
  B2MatchDetail *out = b2_session_match_detail (session, text, keep_trace, NULL, &error);

  g_assert_no_error (error);
  return out;
}

static B2MaskRun *
run_masked (Lab *lab, B2MaskPreset preset, gboolean written, gboolean keep_trace)
{
  g_autoptr (GError) error = NULL;
  int n_query = b2_model_info (lab->model)->n_query, n;
  B2TextTokens rows;
  g_autofree guint8 *cells = NULL;
  B2MaskRun *out;

  g_assert_true (b2_model_text_rows (lab->model, text, written, &rows, &error));
  n = n_query + rows.n;
  cells = g_malloc ((gsize) n * (gsize) n);
  b2_mask_fill (preset, n_query, rows.n, cells);
  out = b2_session_run_masked (lab->session, text, written, cells, n, keep_trace, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (out->n_text, ==, rows.n);
  b2_text_tokens_clear (&rows);
  return out;
}

/* ---- matching ----------------------------------------------------------------------------- */

static void
test_detail (gconstpointer data)
{
  Lab lab = lab_open (data);
  const B2ModelInfo *info = b2_model_info (lab.model);
  g_autoptr (B2MatchDetail) found = detail (lab.session, TRUE), bare = detail (lab.session, FALSE);
  g_autoptr (GError) error = NULL;
  double sum = 0;
  B2Match match;
  gsize n_keys = lab_n (found->trace, "qformer.cross_attentions")
                 / (gsize) (info->qformer_cross_layers * info->qformer_heads * info->n_query);
  const float *map = b2_trace_tensor (found->trace, "itm.cross_attentions", NULL, NULL);
  int rows = info->n_query + found->tokens.n;

  g_assert_true (b2_session_match (lab.session, text, &match, NULL, &error));
  g_assert_cmpmem (&match, sizeof match, &found->match, sizeof found->match);
  g_assert_cmpmem (&match, sizeof match, &bare->match, sizeof bare->match);
  g_assert_null (bare->trace);
  for (int q = 0; q < found->n_query; q++)
    {
      g_assert_cmpfloat (found->itc[q], <=, match.itc);
      sum += found->itm_logits[2 * q + 1];
    }
  g_assert_cmpfloat (found->itc[match.itc_query], ==, match.itc);
  g_assert_cmpfloat (fabs (sum / found->n_query - match.itm_logits[1]), <, 1e-5);
  g_assert_cmpstr (found->tokens.pieces[0], ==, "[CLS]");
  lab_assert_finite (found->trace);
  g_assert_cmpuint (lab_n (found->trace, "itm.self_attentions"), ==,
                    (gsize) (info->qformer_layers * info->qformer_heads * rows * rows));
  for (gsize r = 0; r < lab_n (found->trace, "itm.cross_attentions") / n_keys; r++)
    {
      double whole = 0;

      for (gsize k = 0; k < n_keys; k++)
        whole += map[r * n_keys + k];
      g_assert_cmpfloat (fabs (whole - 1), <, 1e-5);
    }
  lab_close (&lab);
}

/* A muted query is left out of mean and maximum; the others' numbers stay. */
static void
test_muted_queries (gconstpointer data)
{
  Lab lab = lab_open (data);
  int n = b2_model_info (lab.model)->n_query;
  g_autofree int *queries = g_new (int, n);
  g_autoptr (B2MatchDetail) plain = detail (lab.session, FALSE), found = NULL, none = NULL, back = NULL;
  int winner = plain->match.itc_query, second = winner == 0 ? 1 : 0;
  double sum = 0;

  for (int q = 0; q < n; q++)
    {
      queries[q] = q;
      if (q == winner)
        continue;
      sum += plain->itm_logits[2 * q];
      if (plain->itc[q] > plain->itc[second])
        second = q;
    }
  lab_set (lab.session, &(B2Intervention){ .queries = &winner, .n_queries = 1 });
  found = detail (lab.session, TRUE);
  g_assert_cmpmem (found->itc, (gsize) n * sizeof (float), plain->itc, (gsize) n * sizeof (float));
  g_assert_cmpint (found->match.itc_query, ==, second);
  g_assert_cmpfloat (found->match.itc, ==, plain->itc[second]);
  g_assert_cmpfloat (fabs (found->match.itm_logits[0] - sum / (n - 1)), <, 1e-5);
  g_assert_nonnull (b2_trace_metadata (found->trace, "intervention"));

  lab_set (lab.session, &(B2Intervention){ .queries = queries, .n_queries = n });
  none = detail (lab.session, FALSE);
  g_assert_cmpint (none->match.itc_query, ==, -1);
  g_assert_cmpfloat (none->match.itc, ==, 0);
  g_assert_cmpfloat (none->match.itm, ==, 0.5);

  lab_set (lab.session, NULL);
  back = detail (lab.session, FALSE);
  g_assert_cmpmem (&back->match, sizeof back->match, &plain->match, sizeof plain->match);
  lab_close (&lab);
}

/* Nothing of the picture reaches the heads without keys; heads and pixels count as well. */
static void
test_other_edits (gconstpointer data)
{
  Lab lab = lab_open (data);
  int columns, rows, n;
  g_autofree guint8 *all = NULL;
  g_autoptr (B2MatchDetail) plain = detail (lab.session, FALSE), one = NULL, other = NULL, head = NULL,
                            grey = NULL, back = NULL;

  b2_session_grid (lab.session, &columns, &rows);
  n = columns * rows;
  all = g_malloc (n);
  memset (all, 1, n);
  lab_set (lab.session, &(B2Intervention){ .dropped_patches = all, .n_patches = n, .drop_cls = TRUE });
  one = detail (lab.session, TRUE);
  lab_assert_finite (one->trace);
  lab_use_image (lab.session, 1);
  other = detail (lab.session, FALSE);
  g_assert_cmpmem (&one->match, sizeof one->match, &other->match, sizeof other->match);
  g_assert_cmpfloat (one->match.itm, !=, plain->match.itm);
  lab_use_image (lab.session, 0);
  lab_set (lab.session, &(B2Intervention){ .self_heads = (B2Head[]){ { 0, 0 } }, .n_self_heads = 1 });
  head = detail (lab.session, FALSE);
  g_assert_cmpfloat (head->match.itm_logits[1], !=, plain->match.itm_logits[1]);
  g_assert_cmpfloat (head->match.itc, !=, plain->match.itc);
  lab_set (lab.session, &(B2Intervention){ .greyed_patches = all, .n_patches = n });
  grey = detail (lab.session, FALSE);
  g_assert_cmpfloat (grey->match.itm_logits[1], !=, plain->match.itm_logits[1]);
  lab_set (lab.session, NULL);
  back = detail (lab.session, FALSE);
  g_assert_cmpmem (&back->match, sizeof back->match, &plain->match, sizeof plain->match);
  lab_close (&lab);
}

/* ---- masks ---------------------------------------------------------------------------------- */

static void
test_presets (void)
{
  /* Two queries, three words: rows see columns. */
  static const struct
  {
    B2MaskPreset preset;
    const char *cells;
  } expected[] = { { B2_MASK_ITC, "1100011000001110011100111" },
                   { B2_MASK_ITM, "1111111111111111111111111" },
                   { B2_MASK_ITG, "1100011000111001111011111" } };

  for (gsize i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      guint8 cells[25];

      b2_mask_fill (expected[i].preset, 2, 3, cells);
      for (int j = 0; j < 25; j++)
        g_assert_cmpint (cells[j], ==, expected[i].cells[j] - '0');
    }
}

static void
test_itm_and_itc (gconstpointer data)
{
  Lab lab = lab_open (data);
  const B2Head head = { 1, 1 };
  const B2Intervention change
      = { .queries = (int[]){ 2 }, .n_queries = 1, .self_heads = &head, .n_self_heads = 1, .drop_cls = TRUE };

  for (int i = 0; i < 2; i++)
    {
      g_autoptr (B2MatchDetail) match = NULL;
      g_autoptr (B2MaskRun) itm = NULL, itc = NULL;
      double largest = 0;

      lab_set (lab.session, i == 0 ? NULL : &change);
      match = detail (lab.session, TRUE);
      itm = run_masked (&lab, B2_MASK_ITM, FALSE, TRUE);
      g_assert_cmpmem (itm->itm_logits, sizeof itm->itm_logits, match->match.itm_logits,
                       sizeof match->match.itm_logits);
      g_assert_cmpfloat (itm->itm, ==, match->match.itm);
      g_assert_cmpmem (b2_trace_tensor (itm->trace, "qformer.self_attentions", NULL, NULL),
                       lab_n (itm->trace, "qformer.self_attentions") * sizeof (float),
                       b2_trace_tensor (match->trace, "itm.self_attentions", NULL, NULL),
                       lab_n (match->trace, "itm.self_attentions") * sizeof (float));
      itc = run_masked (&lab, B2_MASK_ITC, FALSE, FALSE);
      g_assert_null (itc->trace);
      for (int q = 0; q < itc->n_query; q++)
        largest = MAX (largest, fabs ((double) itc->itc[q] - (double) match->itc[q]));
      g_test_message ("%s: ITC in one pass and in two: max abs error %.2g", lab.name, largest);
      g_assert_cmpfloat (largest, <, 1e-4);
      g_assert_cmpfloat (fabs ((double) itc->itc_best - (double) match->match.itc), <, 1e-4);
      g_assert_cmpint (itc->itc_query, ==, match->match.itc_query);
      /* What the presets differ in shows. */
      g_assert_cmpfloat (itc->itm_logits[1], !=, itm->itm_logits[1]);
    }
  lab_close (&lab);
}

/* Under the ITG mask the one pass says what the Q-Former says as a language model. */
static void
test_itg (void)
{
  Lab lab = lab_open ("qlens-demo-itm");
  const B2Intervention change = { .self_heads = (B2Head[]){ { 1, 1 } }, .n_self_heads = 1, .drop_cls = TRUE };

  for (int i = 0; i < 2; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (B2MaskRun) run = NULL;
      g_autoptr (B2Replay) replay = NULL;
      B2TextTokens rows;
      double largest = 0;

      lab_set (lab.session, i == 0 ? NULL : &change);
      run = run_masked (&lab, B2_MASK_ITG, TRUE, FALSE);
      g_assert_true (b2_model_text_rows (lab.model, text, TRUE, &rows, &error));
      g_assert_cmpstr (rows.pieces[0], ==, "[DEC]");
      replay = b2_session_replay (lab.session, NULL, rows.ids + 1, rows.n - 1, NULL, &error);
      g_assert_no_error (error);
      for (int t = 0; t < replay->n_tokens; t++)
        largest = MAX (largest, fabs (run->log_probs[t] - replay->log_probs[t]));
      g_test_message ("ITG in one pass and as a language model: max abs error %.2g", largest);
      g_assert_cmpfloat (largest, <, 1e-4);
      g_assert_cmpfloat (fabs (run->sum - replay->sum), <, 5e-4);
      b2_text_tokens_clear (&rows);
    }
  lab_close (&lab);
}

/* A row that sees nothing is no NaN; one cell changes what it should: the row's map, and nothing in layer 0 beside it. */
static void
test_cells (gconstpointer data)
{
  Lab lab = lab_open (data);
  g_autoptr (GError) error = NULL;
  g_autoptr (B2MaskRun) itm = run_masked (&lab, B2_MASK_ITM, FALSE, TRUE), one = NULL, none = NULL;
  int n = itm->n_query + itm->n_text, row = itm->n_query, heads = b2_model_info (lab.model)->qformer_heads;
  g_autofree guint8 *cells = g_malloc ((gsize) n * (gsize) n);
  const float *before = b2_trace_tensor (itm->trace, "qformer.self_attentions", NULL, NULL), *after;

  b2_mask_fill (B2_MASK_ITM, itm->n_query, itm->n_text, cells);
  cells[row * n + 1] = 0;
  one = b2_session_run_masked (lab.session, text, FALSE, cells, n, TRUE, NULL, &error);
  g_assert_no_error (error);
  after = b2_trace_tensor (one->trace, "qformer.self_attentions", NULL, NULL);
  for (int i = 0; i < heads * n; i++)
    {
      gboolean same
          = memcmp (before + (gsize) i * (gsize) n, after + (gsize) i * (gsize) n, (gsize) n * sizeof *before)
            == 0;

      g_assert_cmpint (same, ==, i % n != row);
      g_assert_true (same || after[i * n + 1] == 0);
    }
  g_assert_cmpfloat (b2_trace_tensor (one->trace, "mask", NULL, NULL)[row * n + 1], ==, 0);

  memset (cells, 0, (gsize) n * (gsize) n);
  none = b2_session_run_masked (lab.session, text, FALSE, cells, n, TRUE, NULL, &error);
  g_assert_no_error (error);
  lab_assert_finite (none->trace);
  g_assert_true (isfinite (none->itm));
  lab_close (&lab);
}

static void
test_refusals (void)
{
  Lab lab = lab_open ("itm-basic"), writer = lab_open ("opt-basic");
  g_autofree guint8 *cells = g_new0 (guint8, 1000000);
  g_autoptr (B2MaskRun) good = run_masked (&lab, B2_MASK_ITM, FALSE, FALSE);
  int n = good->n_query + good->n_text;
  g_autofree char *endless = g_strnfill (100000, '.');
  const struct
  {
    B2Session *session;
    const char *text;
    gboolean written;
    int n, code;
  } bad[] = { { lab.session, text, FALSE, n - 1, B2_ERROR_ARGUMENT },
              { lab.session, text, FALSE, n + 1, B2_ERROR_ARGUMENT },
              { lab.session, text, FALSE, -1, B2_ERROR_ARGUMENT },
              { lab.session, "a \xff b", FALSE, n, B2_ERROR_ARGUMENT },
              { lab.session, endless, FALSE, n, B2_ERROR_LIMIT },
              { lab.session, text, TRUE, n, B2_ERROR_UNSUPPORTED },
              { writer.session, text, FALSE, n, B2_ERROR_UNSUPPORTED } };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (b2_session_run_masked (bad[i].session, bad[i].text, bad[i].written, cells, bad[i].n,
                                            FALSE, NULL, &error));
      g_assert_error (error, B2_ERROR, bad[i].code);
    }
  lab_close (&lab);
  lab_close (&writer);
}

static void
test_cancel (void)
{
  Lab lab = lab_open ("qlens-demo-itm");
  g_autoptr (B2MatchDetail) expected = detail (lab.session, FALSE);
  const B2Intervention change = { .drop_cls = TRUE };

  for (int at = 1; at <= 20; at++)
    {
      g_autoptr (B2Cancel) cancel = b2_cancel_new ();
      g_autoptr (GError) error = NULL;
      g_autoptr (B2MatchDetail) stopped = NULL, found = NULL;
      LabLog log = { .cancel = cancel, .stop_phase = B2_PHASE_QFORMER, .stop_at = at };
      B2Watch watch = { cancel, lab_log_cb, &log };

      lab_set (lab.session, &change);
      stopped = b2_session_match_detail (lab.session, text, FALSE, &watch, &error);
      /* The Q-Former runs three times: queries, text, both. */
      if (at <= 3 * b2_model_info (lab.model)->qformer_layers)
        g_assert_error (error, B2_ERROR, B2_ERROR_CANCELLED);
      lab_set (lab.session, NULL);
      found = detail (lab.session, FALSE);
      g_assert_cmpmem (&found->match, sizeof found->match, &expected->match, sizeof expected->match);
    }
  lab_close (&lab);
}

static void
add_for (const char *what, GTestDataFunc func)
{
  for (gsize i = 0; i < G_N_ELEMENTS (matchers); i++)
    {
      g_autofree char *path = g_strconcat ("/", what, "/", matchers[i], NULL);

      g_test_add_data_func (path, matchers[i], func);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add_for ("match/detail", test_detail);
  add_for ("match/muted-queries", test_muted_queries);
  add_for ("match/other-edits", test_other_edits);
  g_test_add_func ("/match/cancel", test_cancel);
  g_test_add_func ("/masks/presets", test_presets);
  add_for ("masks/itm-and-itc", test_itm_and_itc);
  g_test_add_func ("/masks/itg", test_itg);
  add_for ("masks/cells", test_cells);
  g_test_add_func ("/masks/refusals", test_refusals);
  return g_test_run ();
}

/* Replay, faithfulness curves and what queries say. */
#include <math.h>
#include <string.h>

#include "engine/run/session.h"
#include "tests/engine/lab.h"

static const char *const writers[] = { "qlens-demo-opt", "opt-basic",       "opt-f16",       "t5-basic",
                                       "t5-tied",        "instructblip-t5", "qlens-demo-itm" };
static const char *question = "what is this";

static gint32 *
ids_of (const B2Answer *answer)
{
  gint32 *ids = g_new (gint32, answer->n_tokens);

  for (int i = 0; i < answer->n_tokens; i++)
    ids[i] = answer->tokens[i].id;
  return ids;
}

static B2Replay *
replay (B2Session *session, const char *prompt, const gint32 *ids, int n_ids, gboolean keep_trace)
{
  g_autoptr (GError) error = NULL;
  B2GenerateHooks hooks = { .keep_trace = keep_trace };
  B2Replay *out = b2_session_replay (session, prompt, ids, n_ids, &hooks, &error);

  g_assert_no_error (error);
  return out;
}

/* ---- replay ----------------------------------------------------------------------------- */

static double
compare (const B2Answer *answer, const B2Replay *again)
{
  double largest = 0, sum = 0;

  g_assert_cmpint (again->n_tokens, ==, answer->n_tokens);
  for (int i = 0; i < answer->n_tokens; i++)
    {
      double expected = log ((double) answer->tokens[i].probability);

      largest = MAX (largest, fabs (again->log_probs[i] - expected) / MAX (1, -expected));
      g_assert_cmpfloat (fabs (exp (again->log_probs[i]) - (double) answer->tokens[i].probability), <, 1e-5);
      sum += again->log_probs[i];
    }
  g_assert_cmpfloat (fabs (again->sum - sum), <, 1e-9);
  return largest;
}

static void
test_equals_generation (gconstpointer data)
{
  Lab lab = lab_open (data);
  static const char *const prompts[] = { NULL, "what is this" };
  const B2Intervention change = { .queries = (int[]){ 1 }, .n_queries = 1, .drop_cls = TRUE };

  for (gsize i = 0; i < 2 * G_N_ELEMENTS (prompts); i++)
    {
      const char *prompt = prompts[i / 2];
      g_autoptr (B2Answer) answer = NULL;
      g_autofree gint32 *ids = NULL;
      g_autoptr (B2Replay) again = NULL;
      double largest;

      lab_set (lab.session, i % 2 == 0 ? NULL : &change);
      answer = lab_ask (lab.session, prompt);
      ids = ids_of (answer);
      again = replay (lab.session, prompt, ids, answer->n_tokens, TRUE);
      largest = compare (answer, again);
      g_test_message ("%s: error of a log-probability %.2g", lab.name, largest);
      g_assert_cmpfloat (largest, <, 1e-5);
      g_assert_cmpint (again->n_prompt_tokens, ==, answer->n_prompt_tokens);
      g_assert_true (lab_same (answer->trace, again->trace, "lm.attention"));
      g_assert_true (lab_same (answer->trace, again->trace, "lm.first_logits"));
      g_assert_true (lab_same (answer->trace, again->trace, "qformer.cross_attentions"));
      g_assert_true (g_str_equal (lab.name, "qlens-demo-itm")
                     || lab_same (answer->trace, again->trace, "language_projection"));
      g_assert_cmpstr (b2_trace_metadata (again->trace, "text"), ==, answer->text);
      g_assert_cmpstr (b2_trace_metadata (again->trace, "intervention"), ==,
                       b2_trace_metadata (answer->trace, "intervention"));
    }
  lab_close (&lab);
}

/* Any answer can be asked about; more tokens than go through the head at once. */
static void
test_any_answer (gconstpointer data)
{
  Lab lab = lab_open (data);
  gint32 ids[20];
  g_autoptr (B2Answer) before = lab_ask (lab.session, question), after = NULL;
  g_autoptr (B2Replay) whole = NULL, part = NULL;

  for (int i = 0; i < 20; i++)
    ids[i] = 5 + 3 * i;
  whole = replay (lab.session, question, ids, 20, FALSE);
  g_assert_null (whole->trace);
  part = replay (lab.session, question, ids, 7, FALSE);
  for (int i = 0; i < 20; i++)
    g_assert_cmpfloat (whole->log_probs[i], <, 0);
  /* A token's probability depends on what is before it alone. */
  for (int i = 0; i < 7; i++)
    g_assert_cmpfloat (fabs (whole->log_probs[i] - part->log_probs[i]), <, 2e-5);
  after = lab_ask (lab.session, question);
  lab_assert_same_answer (before, after);
  lab_close (&lab);
}

static void
test_refusals (void)
{
  Lab lab = lab_open ("qlens-demo-opt"), matcher = lab_open ("itm-basic");
  const int vocab = b2_model_info (lab.model)->lm_vocab;
  g_autofree gint32 *many = g_new0 (gint32, 5000);
  const struct
  {
    const gint32 *ids;
    int n, code;
  } bad[] = { { many, 0, B2_ERROR_ARGUMENT },
              { (gint32[]){ -1 }, 1, B2_ERROR_ARGUMENT },
              { (gint32[]){ 1, vocab }, 2, B2_ERROR_ARGUMENT },
              { many, 5000, B2_ERROR_LIMIT } };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (b2_session_replay (lab.session, NULL, bad[i].ids, bad[i].n, NULL, &error));
      g_assert_error (error, B2_ERROR, bad[i].code);
    }
  {
    g_autoptr (GError) error = NULL;

    g_assert_null (b2_session_replay (matcher.session, NULL, many, 1, NULL, &error));
    g_assert_error (error, B2_ERROR, B2_ERROR_UNSUPPORTED);
  }
  lab_close (&lab);
  lab_close (&matcher);
}

/* Milliseconds of one re-score under @intervention, from a session without one. */
static double
time_replay (Lab *lab, const B2Intervention *intervention, const gint32 *ids, int n_ids)
{
  double best = INFINITY;

  for (int i = 0; i < 5; i++)
    {
      gint64 start;
      g_autoptr (B2Replay) again = NULL;

      lab_set (lab->session, NULL);
      start = g_get_monotonic_time ();
      lab_set (lab->session, intervention);
      again = replay (lab->session, NULL, ids, n_ids, FALSE);
      best = MIN (best, (double) (g_get_monotonic_time () - start) / 1000.0);
    }
  return best;
}

/* What one re-score costs. No limit: the machine may be busy. */
static void
test_speed (gconstpointer data)
{
  Lab lab = lab_open (data);
  int columns, rows;
  g_autoptr (B2Answer) answer = lab_ask (lab.session, NULL);
  g_autofree gint32 *ids = ids_of (answer);
  g_autofree guint8 *greyed = NULL;

  b2_session_grid (lab.session, &columns, &rows);
  greyed = g_new0 (guint8, columns * rows);
  greyed[0] = 1;
  g_test_message (
      "%s, scored again: a query muted %.1f ms, a key dropped %.1f ms, a patch greyed %.1f ms", lab.name,
      time_replay (&lab, &(B2Intervention){ .queries = (int[]){ 1 }, .n_queries = 1 }, ids, answer->n_tokens),
      time_replay (&lab, &(B2Intervention){ .drop_cls = TRUE }, ids, answer->n_tokens),
      time_replay (&lab, &(B2Intervention){ .greyed_patches = greyed, .n_patches = columns * rows }, ids,
                   answer->n_tokens));
  lab_close (&lab);
}

/* ---- faithfulness ------------------------------------------------------------------------ */

typedef struct
{
  Lab lab;
  gint32 *ids;
  int n_ids, n_patches;
  int *order; /* [n_patches] */
} Curve;

static Curve
curve_new (const char *name)
{
  Curve self = { .lab = lab_open (name) };
  g_autoptr (B2Answer) answer = lab_ask (self.lab.session, question);
  int columns, rows;

  self.ids = ids_of (answer);
  self.n_ids = answer->n_tokens;
  b2_session_grid (self.lab.session, &columns, &rows);
  self.n_patches = columns * rows;
  self.order = g_new (int, self.n_patches);
  for (int i = 0; i < self.n_patches; i++)
    self.order[i] = self.n_patches - 1 - i;
  return self;
}

static void
curve_free (Curve *self)
{
  g_free (self->ids);
  g_free (self->order);
  lab_close (&self->lab);
}

static void
run_curve (Curve *self, const B2Curve *curve, double *sums)
{
  g_autoptr (GError) error = NULL;

  b2_session_faithfulness (self->lab.session, question, self->ids, self->n_ids, curve, sums, NULL, &error);
  g_assert_no_error (error);
}

/* The same point by an intervention of one's own: all of the order from @from to @to removed. */
static double
by_hand (Curve *self, int from, int to, gboolean grey, gboolean drop_cls)
{
  g_autofree guint8 *mask = g_new0 (guint8, self->n_patches);
  g_autoptr (B2Replay) again = NULL;

  for (int i = from; i < to; i++)
    mask[self->order[i]] = 1;
  lab_set (self->lab.session, &(B2Intervention){ .dropped_patches = grey ? NULL : mask,
                                                 .greyed_patches = grey ? mask : NULL,
                                                 .n_patches = self->n_patches,
                                                 .queries = (int[]){ 0 },
                                                 .n_queries = 1,
                                                 .drop_cls = drop_cls });
  again = replay (self->lab.session, question, self->ids, self->n_ids, FALSE);
  return again->sum;
}

static void
test_curve (gconstpointer data)
{
  Curve self = curve_new (data);
  int n = self.n_patches;
  const int counts[] = { 0, n / 2, n };
  const B2Intervention own = { .queries = (int[]){ 0 }, .n_queries = 1 };
  double sums[3];
  g_autoptr (B2Answer) before = NULL, after = NULL;

  lab_set (self.lab.session, &own);
  before = lab_ask (self.lab.session, question);
  for (int grey = 0; grey <= 1; grey++)
    for (int kind = B2_CURVE_DELETION; kind <= B2_CURVE_INSERTION; kind++)
      {
        const B2Curve curve = { .kind = (B2CurveKind) kind,
                                .order = self.order,
                                .n_order = n,
                                .counts = counts,
                                .n_counts = 3,
                                .grey = grey,
                                .drop_cls = kind == B2_CURVE_INSERTION };

        lab_set (self.lab.session, &own);
        run_curve (&self, &curve, sums);
        for (int i = 0; i < 3; i++)
          {
            int from = kind == B2_CURVE_INSERTION ? counts[i] : 0,
                to = kind == B2_CURVE_INSERTION ? n : counts[i];

            g_assert_cmpfloat (sums[i], ==, by_hand (&self, from, to, grey, curve.drop_cls));
            g_assert_true (isfinite (sums[i]));
          }
      }
  lab_set (self.lab.session, &own);
  run_curve (&self, &(B2Curve){ .counts = (int[]){ 0 }, .n_counts = 1 }, sums);
  after = lab_ask (self.lab.session, question);
  lab_assert_same_answer (before, after);
  curve_free (&self);
}

static void
test_curve_cancel (void)
{
  Curve self = curve_new ("qlens-demo-opt");
  const int counts[] = { 0, 10, 20, 30 };
  const B2Curve curve = { .order = self.order, .n_order = self.n_patches, .counts = counts, .n_counts = 4 };
  double expected[4], sums[4];
  g_autoptr (B2Answer) before = lab_ask (self.lab.session, question);

  run_curve (&self, &curve, expected);
  for (int at = 1; at <= 5; at++)
    {
      g_autoptr (B2Cancel) cancel = b2_cancel_new ();
      g_autoptr (GError) error = NULL;
      LabLog log = { .cancel = cancel, .stop_phase = B2_PHASE_DECODE, .stop_at = at };
      B2Watch watch = { cancel, lab_log_cb, &log };
      g_autoptr (B2Answer) after = NULL;
      /* Stopped after the last point, it has all. */
      gboolean ok = b2_session_faithfulness (self.lab.session, question, self.ids, self.n_ids, &curve, sums,
                                             &watch, &error);

      g_assert_cmpint (ok, ==, at == 5);
      if (!ok)
        g_assert_error (error, B2_ERROR, B2_ERROR_CANCELLED);
      g_assert_cmpint (log.n_calls[B2_PHASE_DECODE], ==, at);
      g_assert_cmpmem (sums, (gsize) (at - 1) * sizeof *sums, expected, (gsize) (at - 1) * sizeof *expected);
      g_assert_null (b2_session_describe_intervention (self.lab.session));
      after = lab_ask (self.lab.session, question);
      lab_assert_same_answer (before, after);
    }
  run_curve (&self, &curve, sums);
  g_assert_cmpmem (sums, sizeof sums, expected, sizeof expected);
  curve_free (&self);
}

static void
test_curve_refusals (void)
{
  Curve self = curve_new ("opt-basic");
  int n = self.n_patches, zero = 0, twice[] = { 1, 1 }, too_many = n + 1, minus = -1;
  const B2Curve bad[] = {
    { .order = self.order, .n_order = n + 1, .counts = &zero, .n_counts = 1 },
    { .order = &too_many, .n_order = 1, .counts = &zero, .n_counts = 1 },
    { .order = &minus, .n_order = 1, .counts = &zero, .n_counts = 1 },
    { .order = twice, .n_order = 2, .counts = &zero, .n_counts = 1 },
    { .order = self.order, .n_order = n, .counts = &too_many, .n_counts = 1 },
    { .order = self.order, .n_order = n, .counts = &minus, .n_counts = 1 },
    { .order = self.order, .n_order = n, .counts = &zero, .n_counts = 0 },
    { .order = NULL, .n_order = 1, .counts = &zero, .n_counts = 1 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;
      double sum;

      g_assert_false (b2_session_faithfulness (self.lab.session, question, self.ids, self.n_ids, &bad[i],
                                               &sum, NULL, &error));
      g_assert_error (error, B2_ERROR, B2_ERROR_ARGUMENT);
    }
  curve_free (&self);
}

/* ---- what queries say -------------------------------------------------------------------- */

static B2QueryReport *
report (B2Session *session, int n_near)
{
  g_autoptr (GError) error = NULL;
  B2QueryReport *out = b2_session_report_queries (session, question, n_near, NULL, &error);

  g_assert_no_error (error);
  return out;
}

static double
cosine (const float *a, const float *b, gsize n)
{
  double aa = 0, bb = 0, ab = 0;

  for (gsize i = 0; i < n; i++)
    {
      aa += (double) a[i] * (double) a[i];
      bb += (double) b[i] * (double) b[i];
      ab += (double) a[i] * (double) b[i];
    }
  return ab / sqrt (aa * bb);
}

/* Every vocabulary row against one query, by hand. */
static void
check_near (Lab *lab, const B2QueryReport *found, int q, const float *projected)
{
  const B2Lm *lm = lab->model->lm;
  const B2Linear *table = lm->family->embeddings (lab->model->lm);
  gsize width = (gsize) lm->width;
  g_autofree float *row = g_new (float, width);
  const B2NearToken *near = found->near + q * found->n_near;
  double last = near[found->n_near - 1].cosine;
  int n_better = 0;

  for (int id = 0; id < lm->vocab_size; id++)
    {
      double expected;

      if (b2_tokenizer_piece (lab->model->tokenizer, id) == NULL)
        continue;
      b2_linear_row (lab->session->compute, table, id, row);
      expected = cosine (row, projected + (gsize) q * width, width);
      n_better += expected > last + 1e-5;
      for (int i = 0; i < found->n_near; i++)
        if (near[i].id == id)
          g_assert_cmpfloat (fabs (near[i].cosine - expected), <, 1e-5);
    }
  g_assert_cmpint (n_better, <, found->n_near);
  for (int i = 1; i < found->n_near; i++)
    {
      g_assert_cmpfloat (near[i].cosine, <=, near[i - 1].cosine);
      g_assert_cmpint (near[i].id, !=, near[i - 1].id);
    }
}

static void
check_similarity (const float *found, const float *rows, int n, gsize width)
{
  for (int i = 0; i < n; i++)
    for (int j = 0; j < n; j++)
      g_assert_cmpfloat (
          fabs (found[i * n + j] - cosine (rows + (gsize) i * width, rows + (gsize) j * width, width)), <,
          1e-6);
}

static void
test_queries (gconstpointer data)
{
  Lab lab = lab_open (data);
  const B2ModelInfo *info = b2_model_info (lab.model);
  int n = info->n_query;
  g_autoptr (B2Answer) plain = lab_ask (lab.session, question), changed = NULL, after = NULL;
  const float *out = b2_trace_tensor (plain->trace, "qformer.last_hidden_state", NULL, NULL), *other;
  const float *projected = b2_trace_tensor (plain->trace, "language_projection", NULL, NULL);
  g_autoptr (B2QueryReport) one = report (lab.session, 5), two = NULL, three = NULL;
  gsize d = (gsize) info->qformer_width;

  g_assert_cmpint (one->n_query, ==, n);
  check_similarity (one->similarity, out, n, d);
  for (int q = 0; q < n; q++)
    g_assert_cmpfloat (one->kept[q], ==, 1);
  if (projected != NULL)
    {
      check_similarity (one->projected_similarity, projected, n, (gsize) info->lm_width);
      for (int q = 0; q < n; q += 7)
        check_near (&lab, one, q, projected);
    }
  else
    g_assert_true (one->near == NULL && one->projected_similarity == NULL);

  lab_set (lab.session,
           &(B2Intervention){ .drop_cls = TRUE, .cross_layers = (int[]){ 0 }, .n_cross_layers = 1 });
  two = report (lab.session, 0);
  g_assert_null (two->near);
  changed = lab_ask (lab.session, question);
  other = b2_trace_tensor (changed->trace, "qformer.last_hidden_state", NULL, NULL);
  for (int q = 0; q < n; q++)
    {
      g_assert_cmpfloat (fabs (two->kept[q] - cosine (out + (gsize) q * d, other + (gsize) q * d, d)), <,
                         1e-6);
      g_assert_cmpfloat (two->kept[q], <, 1);
    }
  /* A muted query is told of as it would be. */
  lab_set (lab.session, &(B2Intervention){ .queries = (int[]){ 0 }, .n_queries = 1 });
  three = report (lab.session, 5);
  g_assert_cmpfloat (three->kept[0], ==, 1);
  if (projected != NULL)
    g_assert_cmpint (three->near[0].id, ==, one->near[0].id);
  lab_set (lab.session, NULL);
  after = lab_ask (lab.session, question);
  lab_assert_same_answer (plain, after);
  lab_close (&lab);
}

static void
test_queries_refusals (void)
{
  Lab lab = lab_open ("opt-basic");
  static const int bad[] = { -1, 101 };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (b2_session_report_queries (lab.session, NULL, bad[i], NULL, &error));
      g_assert_error (error, B2_ERROR, B2_ERROR_ARGUMENT);
    }
  lab_close (&lab);
}

static void
add_for (const char *what, GTestDataFunc func)
{
  for (gsize i = 0; i < G_N_ELEMENTS (writers); i++)
    {
      g_autofree char *path = g_strconcat ("/", what, "/", writers[i], NULL);

      g_test_add_data_func (path, writers[i], func);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add_for ("replay/equals-generation", test_equals_generation);
  add_for ("replay/any-answer", test_any_answer);
  g_test_add_func ("/replay/refusals", test_refusals);
  g_test_add_data_func ("/replay/speed/opt", "qlens-demo-opt", test_speed);
  g_test_add_data_func ("/replay/speed/itg", "qlens-demo-itm", test_speed);
  add_for ("curve/equals-interventions", test_curve);
  g_test_add_func ("/curve/cancel", test_curve_cancel);
  g_test_add_func ("/curve/refusals", test_curve_refusals);
  add_for ("queries/report", test_queries);
  g_test_add_func ("/queries/refusals", test_queries_refusals);
  return g_test_run ();
}

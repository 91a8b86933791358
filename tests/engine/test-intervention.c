/* Interventions: each changes what it says and nothing else, and taking it back leaves no mark. */
#include <math.h>
#include <string.h>

#include "tests/engine/demo.h"
#include "tests/engine/lab.h"

/* Families OPT, T5, T5 behind an instruction, and ITG. */
static const char *const writers[]
    = { "qlens-demo-opt", "opt-basic", "t5-basic", "instructblip-t5", "qlens-demo-itm" };
static const char *question = "what is this";

static int
n_patches_of (B2Session *session)
{
  int columns, rows;

  b2_session_grid (session, &columns, &rows);
  return columns * rows;
}

/* An intervention with everything in it; the masks are the caller's, [n_patches]. */
static B2Intervention
mixed (guint8 *dropped, guint8 *greyed, int n_patches)
{
  static const B2Head cross[] = { { 0, 1 } }, own[] = { { 1, 0 } };
  static const int queries[] = { 0, 2 };

  dropped[0] = dropped[n_patches - 1] = 1;
  greyed[1] = 1;
  return (B2Intervention){ .cross_heads = cross,
                           .n_cross_heads = 1,
                           .self_heads = own,
                           .n_self_heads = 1,
                           .queries = queries,
                           .n_queries = 2,
                           .dropped_patches = dropped,
                           .greyed_patches = greyed,
                           .n_patches = n_patches,
                           .drop_cls = TRUE };
}

/* ---- nothing, and back to nothing ----------------------------------------------------- */

static void
test_empty (gconstpointer data)
{
  Lab untouched = lab_open (data), lab = lab_open (data);
  int n = n_patches_of (lab.session);
  g_autofree guint8 *none = g_new0 (guint8, n), *dropped = g_new0 (guint8, n), *greyed = g_new0 (guint8, n);
  B2Intervention empty = { .dropped_patches = none, .greyed_patches = none, .n_patches = n };
  B2Intervention all = mixed (dropped, greyed, n);
  g_autoptr (B2Answer) expected = lab_ask (untouched.session, question);
  g_autoptr (B2Answer) first = NULL, changed = NULL, again = NULL;
  g_autofree char *json = NULL;

  lab_set (lab.session, &empty);
  g_assert_null (b2_session_describe_intervention (lab.session));
  first = lab_ask (lab.session, question);
  lab_assert_same_answer (expected, first);
  g_assert_null (b2_trace_metadata (first->trace, "intervention"));

  lab_set (lab.session, &all);
  changed = lab_ask (lab.session, question);
  lab_assert_finite (changed->trace);
  g_assert_false (lab_same (expected->trace, changed->trace, "qformer.last_hidden_state"));
  g_assert_false (lab_same (expected->trace, changed->trace, "vision.last_hidden_state"));
  g_assert_false (lab_same (expected->trace, changed->trace, "lm.first_logits"));
  g_assert_cmpstr (b2_trace_metadata (changed->trace, "image.sha256"), ==,
                   b2_trace_metadata (expected->trace, "image.sha256"));
  json = g_strdup_printf ("{\"cross_heads\":[[0,1]],\"self_heads\":[[1,0]],\"queries\":[0,2],"
                          "\"dropped_patches\":[0,%d],\"dropped_cls\":true,\"greyed_patches\":[1]}",
                          n - 1);
  g_assert_cmpstr (b2_trace_metadata (changed->trace, "intervention"), ==, json);

  lab_set (lab.session, NULL);
  again = lab_ask (lab.session, question);
  lab_assert_same_answer (expected, again);
  lab_close (&lab);
  lab_close (&untouched);
}

/* What is set before there is a picture, or before another, holds for it. */
static void
test_survives_picture (void)
{
  Lab a = lab_open ("qlens-demo-opt"), b = lab_open ("qlens-demo-opt");
  const B2Intervention first = { .cross_layers = (int[]){ 1 }, .n_cross_layers = 1 };
  g_autoptr (B2Answer) before = NULL, x = NULL, y = NULL;

  lab_set (a.session, &first);
  before = lab_ask (a.session, NULL);
  lab_use_image (a.session, 1);
  x = lab_ask (a.session, NULL);
  lab_use_image (b.session, 1);
  lab_set (b.session, &first);
  y = lab_ask (b.session, NULL);
  lab_assert_same_answer (x, y);
  g_assert_false (lab_same (x->trace, before->trace, "qformer.last_hidden_state"));
  lab_close (&a);
  lab_close (&b);
}

/* ---- queries -------------------------------------------------------------------------- */

static void
test_all_queries (gconstpointer data)
{
  Lab lab = lab_open (data);
  int n = b2_model_info (lab.model)->n_query;
  g_autofree int *queries = g_new (int, n);
  g_autoptr (B2Answer) plain = lab_ask (lab.session, question), one = NULL, other = NULL;

  for (int i = 0; i < n; i++)
    queries[i] = i;
  lab_set (lab.session, &(B2Intervention){ .queries = queries, .n_queries = n });
  one = lab_ask (lab.session, question);
  lab_use_image (lab.session, 1);
  other = lab_ask (lab.session, question);
  /* The Q-Former is not touched, the language model sees nothing of it. */
  g_assert_true (lab_same (plain->trace, one->trace, "qformer.last_hidden_state"));
  g_assert_false (lab_same (other->trace, one->trace, "qformer.last_hidden_state"));
  g_assert_cmpstr (one->text, ==, other->text);
  g_assert_true (lab_same (one->trace, other->trace, "lm.first_logits"));
  g_assert_true (lab_same (one->trace, other->trace, "lm.attention"));
  g_assert_false (lab_same (one->trace, plain->trace, "lm.first_logits"));
  g_assert_cmpmem (one->tokens, (gsize) one->n_tokens * sizeof *one->tokens, other->tokens,
                   (gsize) other->n_tokens * sizeof *other->tokens);
  lab_close (&lab);
}

/* "The caption from that query alone": all others muted. Each is a text, and not all are one text. */
static void
test_one_query_alone (void)
{
  Lab lab = lab_open ("qlens-demo-opt");
  int n = b2_model_info (lab.model)->n_query;
  gsize width = (gsize) b2_model_info (lab.model)->lm_width;
  g_autoptr (B2Answer) plain = lab_ask (lab.session, NULL);
  const float *whole = b2_trace_tensor (plain->trace, "language_projection", NULL, NULL);
  g_autoptr (GHashTable) logits = g_hash_table_new_full (g_int_hash, g_int_equal, g_free, NULL);

  for (int q = 0; q < n; q += 5)
    {
      g_autofree int *others = g_new (int, n);
      int n_others = 0;
      g_autoptr (B2Answer) answer = NULL;
      const float *rows;

      for (int i = 0; i < n; i++)
        if (i != q)
          others[n_others++] = i;
      lab_set (lab.session, &(B2Intervention){ .queries = others, .n_queries = n_others });
      answer = lab_ask (lab.session, NULL);
      g_assert_cmpint (answer->n_tokens, >, 0);
      rows = b2_trace_tensor (answer->trace, "language_projection", NULL, NULL);
      for (gsize i = 0; i < (gsize) n * width; i++)
        g_assert_cmpfloat (rows[i], ==, i / width == (gsize) q ? whole[i] : 0);
      g_hash_table_add (logits,
                        g_memdup2 (b2_trace_tensor (answer->trace, "lm.first_logits", NULL, NULL), 4));
      g_test_message ("query %d alone: %s", q, answer->text);
    }
  g_assert_cmpuint (g_hash_table_size (logits), >, 1);
  lab_close (&lab);
}

/* ---- keys ----------------------------------------------------------------------------- */

/* The first cross-attention, whose input no dropped key has changed: the map of the rest, scaled up to 1. */
static void
test_dropped_patches (gconstpointer data)
{
  Lab lab = lab_open (data);
  const B2ModelInfo *info = b2_model_info (lab.model);
  gsize n_keys = (gsize) n_patches_of (lab.session) + 1;
  gsize n_rows = (gsize) info->qformer_heads * (gsize) info->n_query;
  g_autofree guint8 *dropped = g_new0 (guint8, n_keys - 1);
  g_autoptr (B2Answer) plain = lab_ask (lab.session, question), answer = NULL;
  const float *before, *after;

  for (gsize i = 0; i < n_keys - 1; i += 3)
    dropped[i] = 1;
  lab_set (lab.session, &(B2Intervention){ .dropped_patches = dropped, .n_patches = (int) n_keys - 1 });
  answer = lab_ask (lab.session, question);
  g_assert_true (lab_same (plain->trace, answer->trace, "vision.last_hidden_state"));
  before = b2_trace_tensor (plain->trace, "qformer.cross_attentions", NULL, NULL);
  after = b2_trace_tensor (answer->trace, "qformer.cross_attentions", NULL, NULL);
  for (gsize r = 0; r < n_rows; r++, before += n_keys, after += n_keys)
    {
      double rest = before[0];

      for (gsize k = 1; k < n_keys; k++)
        rest += dropped[k - 1] ? 0 : before[k];
      for (gsize k = 0; k < n_keys; k++)
        {
          double expected = k > 0 && dropped[k - 1] ? 0 : before[k] / rest;

          g_assert_cmpfloat (fabs (after[k] - expected), <, 1e-6);
        }
    }
  g_assert_false (lab_same (plain->trace, answer->trace, "qformer.last_hidden_state"));
  lab_close (&lab);
}

/* No key is left: the same as muting every layer, and no picture comes through. */
static void
test_all_dropped (gconstpointer data)
{
  Lab lab = lab_open (data);
  const B2ModelInfo *info = b2_model_info (lab.model);
  int n = n_patches_of (lab.session);
  g_autofree guint8 *dropped = g_malloc (n);
  g_autofree int *layers = g_new (int, info->qformer_cross_layers);
  g_autoptr (B2Answer) one = NULL, other = NULL, muted = NULL;
  const float *map;

  memset (dropped, 1, n);
  for (int i = 0; i < info->qformer_cross_layers; i++)
    layers[i] = i;
  lab_set (lab.session, &(B2Intervention){ .dropped_patches = dropped, .n_patches = n, .drop_cls = TRUE });
  one = lab_ask (lab.session, question);
  lab_assert_finite (one->trace);
  map = b2_trace_tensor (one->trace, "qformer.cross_attentions", NULL, NULL);
  for (gsize i = 0; i < lab_n (one->trace, "qformer.cross_attentions"); i++)
    g_assert_cmpfloat (map[i], ==, 0);
  lab_use_image (lab.session, 1);
  other = lab_ask (lab.session, question);
  g_assert_true (lab_same (one->trace, other->trace, "qformer.last_hidden_state"));
  g_assert_true (lab_same (one->trace, other->trace, "lm.first_logits"));
  lab_set (lab.session,
           &(B2Intervention){ .cross_layers = layers, .n_cross_layers = info->qformer_cross_layers });
  muted = lab_ask (lab.session, question);
  g_assert_true (lab_same (one->trace, muted->trace, "qformer.last_hidden_state"));
  g_assert_true (lab_same (one->trace, muted->trace, "lm.first_logits"));
  g_assert_false (lab_same (one->trace, muted->trace, "qformer.cross_attentions"));
  lab_close (&lab);
}

/* ---- heads ---------------------------------------------------------------------------- */

/* Whether the first @n values of tensor @name are the same. */
static gboolean
same_start (B2Trace *a, B2Trace *b, const char *name, gsize n)
{
  return memcmp (b2_trace_tensor (a, name, NULL, NULL), b2_trace_tensor (b, name, NULL, NULL),
                 n * sizeof (float))
         == 0;
}

/* A head of cross-attention 1: all maps up to it, its own included, are as before; what follows is not. */
static void
test_muted_head (gconstpointer data)
{
  Lab lab = lab_open (data);
  const B2ModelInfo *info = b2_model_info (lab.model);
  gsize n_keys = (gsize) n_patches_of (lab.session) + 1;
  gsize one_layer = (gsize) info->qformer_heads * (gsize) info->n_query * n_keys;
  g_autoptr (B2Answer) plain = lab_ask (lab.session, question), answer = NULL, last = NULL;
  const B2Head head = { info->qformer_cross_layers - 1, 0 };
  const B2Head own = { info->qformer_layers - 1, info->qformer_heads - 1 };

  lab_set (lab.session, &(B2Intervention){ .cross_heads = &head, .n_cross_heads = 1 });
  answer = lab_ask (lab.session, question);
  g_assert_true (lab_same (plain->trace, answer->trace, "vision.last_hidden_state"));
  g_assert_true (same_start (plain->trace, answer->trace, "qformer.cross_attentions",
                             (gsize) info->qformer_cross_layers * one_layer));
  g_assert_false (lab_same (plain->trace, answer->trace, "qformer.last_hidden_state"));

  /* The last self-attention: no map is after it. */
  lab_set (lab.session, &(B2Intervention){ .self_heads = &own, .n_self_heads = 1 });
  last = lab_ask (lab.session, question);
  g_assert_true (lab_same (plain->trace, last->trace, "qformer.self_attentions"));
  g_assert_false (lab_same (plain->trace, last->trace, "qformer.last_hidden_state"));
  g_assert_false (lab_same (answer->trace, last->trace, "qformer.last_hidden_state"));
  lab_close (&lab);
}

/* ---- pixels --------------------------------------------------------------------------- */

static void
test_greyed (gconstpointer data)
{
  Lab lab = lab_open (data);
  int n = n_patches_of (lab.session), columns, rows;
  g_autofree guint8 *greyed = g_new0 (guint8, n);
  g_autoptr (B2Answer) plain = lab_ask (lab.session, question), one = NULL, all = NULL, other = NULL;
  const gint64 *shape;
  const float *before, *after;
  gint64 patch;

  b2_session_grid (lab.session, &columns, &rows);
  greyed[columns + 1] = 1; /* row 1, column 1 */
  lab_set (lab.session, &(B2Intervention){ .greyed_patches = greyed, .n_patches = n });
  one = lab_ask (lab.session, question);
  before = b2_trace_tensor (plain->trace, "pixel_values", NULL, &shape);
  after = b2_trace_tensor (one->trace, "pixel_values", NULL, NULL);
  patch = shape[2] / columns;
  for (gint64 c = 0; c < 3; c++)
    for (gint64 y = 0; y < shape[1]; y++)
      for (gint64 x = 0; x < shape[2]; x++)
        {
          gint64 i = (c * shape[1] + y) * shape[2] + x, in = (c * shape[1] + patch) * shape[2] + patch;

          g_assert_cmpfloat (after[i], ==, y / patch == 1 && x / patch == 1 ? after[in] : before[i]);
        }
  g_assert_false (lab_same (plain->trace, one->trace, "vision.last_hidden_state"));

  memset (greyed, 1, n);
  lab_set (lab.session, &(B2Intervention){ .greyed_patches = greyed, .n_patches = n });
  all = lab_ask (lab.session, question);
  lab_use_image (lab.session, 1);
  other = lab_ask (lab.session, question);
  g_assert_true (lab_same (all->trace, other->trace, "vision.last_hidden_state"));
  g_assert_true (lab_same (all->trace, other->trace, "lm.first_logits"));
  lab_close (&lab);
}

/* ---- what is computed again ----------------------------------------------------------- */

static void
count (Lab *lab, const B2Intervention *intervention, int *n_vision, int *n_qformer)
{
  g_autoptr (GError) error = NULL;
  LabLog log = { 0 };
  B2Watch watch = { .progress = lab_log_cb, .progress_data = &log };

  lab_set (lab->session, intervention);
  b2_session_encode (lab->session, &watch, &error);
  g_assert_no_error (error);
  *n_vision = log.n_calls[B2_PHASE_VISION];
  *n_qformer = log.n_calls[B2_PHASE_QFORMER];
}

static void
test_work (void)
{
  Lab lab = lab_open ("qlens-demo-opt");
  const B2ModelInfo *info = b2_model_info (lab.model);
  int n = n_patches_of (lab.session), vision, qformer;
  g_autofree guint8 *greyed = g_new0 (guint8, n);
  const B2Intervention queries = { .queries = (int[]){ 3 }, .n_queries = 1 };
  const B2Intervention keys = { .drop_cls = TRUE };
  const B2Intervention pixels = { .greyed_patches = greyed, .n_patches = n };
  const B2Intervention both = { .greyed_patches = greyed, .n_patches = n, .drop_cls = TRUE };

  greyed[0] = 1;
  count (&lab, NULL, &vision, &qformer);
  g_assert_cmpint (vision, ==, info->vision_layers);
  count (&lab, &queries, &vision, &qformer);
  g_assert_cmpint (vision + qformer, ==, 0);
  count (&lab, &keys, &vision, &qformer);
  g_assert_cmpint (vision, ==, 0);
  g_assert_cmpint (qformer, ==, info->qformer_layers);
  count (&lab, NULL, &vision, &qformer);
  g_assert_cmpint (vision + qformer, ==, 0);
  count (&lab, &pixels, &vision, &qformer);
  g_assert_cmpint (vision, ==, info->vision_layers);
  count (&lab, &both, &vision, &qformer);
  g_assert_cmpint (vision, ==, 0);
  g_assert_cmpint (qformer, ==, info->qformer_layers);
  count (&lab, NULL, &vision, &qformer);
  g_assert_cmpint (vision + qformer, ==, 0);
  lab_close (&lab);
}

/* ---- stopped, and refused --------------------------------------------------------------- */

static void
test_cancel (gconstpointer data)
{
  Lab lab = lab_open (data), other = lab_open (data);
  int n = n_patches_of (lab.session);
  g_autofree guint8 *dropped = g_new0 (guint8, n), *greyed = g_new0 (guint8, n);
  B2Intervention all = mixed (dropped, greyed, n);
  g_autoptr (B2Answer) plain = lab_ask (lab.session, question), expected = NULL, back = NULL;
  static const int phases[] = { B2_PHASE_VISION, B2_PHASE_QFORMER, B2_PHASE_PREFILL, B2_PHASE_DECODE };

  lab_set (other.session, &all);
  expected = lab_ask (other.session, question);
  for (gsize i = 0; i < G_N_ELEMENTS (phases); i++)
    {
      g_autoptr (B2Cancel) cancel = b2_cancel_new ();
      g_autoptr (GError) error = NULL;
      g_autoptr (B2Answer) answer = NULL;
      LabLog log = { .cancel = cancel, .stop_phase = phases[i], .stop_at = 1 };
      B2GenerateHooks hooks = { .watch = { cancel, lab_log_cb, &log } };
      B2DecodeOptions options;

      b2_decode_options_init (&options, B2_PRESET_CAPTION);
      lab_set (lab.session, NULL);
      lab_set (lab.session, &all);
      /* ITG has no prefill of the picture's rows, but one of the prompt's. */
      g_assert_null (b2_session_generate (lab.session, question, &options, &hooks, &error));
      g_assert_error (error, B2_ERROR, B2_ERROR_CANCELLED);
      answer = lab_ask (lab.session, question);
      lab_assert_same_answer (expected, answer);
    }
  lab_set (lab.session, NULL);
  back = lab_ask (lab.session, question);
  lab_assert_same_answer (plain, back);
  lab_close (&lab);
  lab_close (&other);
}

/* At any moment of a replay, also in the midst of a layer: nothing half computed is kept. */
static void
test_cancel_anywhere (void)
{
  Lab lab = lab_open ("qlens-demo-opt");
  int n = n_patches_of (lab.session), n_ids, n_stopped = 0;
  g_autofree guint8 *dropped = g_new0 (guint8, n), *greyed = g_new0 (guint8, n);
  B2Intervention all = mixed (dropped, greyed, n);
  g_autoptr (B2Answer) plain = lab_ask (lab.session, NULL);
  g_autofree gint32 *ids = g_new (gint32, plain->n_tokens);
  g_autoptr (B2Replay) expected = NULL;
  gint64 start = g_get_monotonic_time (), whole_us;

  n_ids = plain->n_tokens;
  for (int i = 0; i < n_ids; i++)
    ids[i] = plain->tokens[i].id;
  lab_set (lab.session, &all);
  expected = b2_session_replay (lab.session, NULL, ids, n_ids, NULL, NULL);
  whole_us = g_get_monotonic_time () - start;
  for (int i = 0; i < 20; i++)
    {
      g_autoptr (B2Replay) stopped = NULL, again = NULL;
      g_autoptr (GError) error = NULL;
      DemoStopper stopper = { b2_cancel_new (), whole_us * i / 20 };
      B2GenerateHooks hooks = { .watch.cancel = stopper.cancel };
      GThread *thread;

      lab_set (lab.session, NULL);
      lab_set (lab.session, &all);
      thread = g_thread_new ("stop", demo_stop_thread, &stopper);
      stopped = b2_session_replay (lab.session, NULL, ids, n_ids, &hooks, &error);
      g_thread_join (thread);
      b2_cancel_unref (stopper.cancel);
      n_stopped += stopped == NULL;
      if (stopped == NULL)
        g_assert_error (error, B2_ERROR, B2_ERROR_CANCELLED);
      again = b2_session_replay (lab.session, NULL, ids, n_ids, NULL, NULL);
      g_assert_cmpmem (again->log_probs, (gsize) n_ids * sizeof (double), expected->log_probs,
                       (gsize) n_ids * sizeof (double));
    }
  g_assert_cmpint (n_stopped, >, 0);
  lab_close (&lab);
}

static void
expect_refusal (Lab *lab, B2Intervention intervention, const char *pattern)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (b2_session_set_intervention (lab->session, &intervention, &error));
  g_assert_error (error, B2_ERROR, B2_ERROR_ARGUMENT);
  g_assert_true (g_pattern_match_simple (pattern, error->message));
  /* What was set before still is. */
  {
    g_autofree char *json = b2_session_describe_intervention (lab->session);

    g_assert_cmpstr (json, ==, "{\"queries\":[7]}");
  }
}

static void
test_bounds (void)
{
  Lab lab = lab_open ("qlens-demo-opt");
  const B2ModelInfo *info = b2_model_info (lab.model);
  int n = n_patches_of (lab.session);
  g_autofree guint8 *mask = g_new0 (guint8, n + 1);
  const B2Head heads[]
      = { { info->qformer_cross_layers, 0 }, { 0, info->qformer_heads }, { -1, 0 }, { 0, -1 } };

  lab_set (lab.session, &(B2Intervention){ .queries = (int[]){ 7, 7 }, .n_queries = 2 });
  for (gsize i = 0; i < G_N_ELEMENTS (heads); i++)
    expect_refusal (&lab, (B2Intervention){ .cross_heads = &heads[i], .n_cross_heads = 1 }, "Cross-att*");
  expect_refusal (
      &lab, (B2Intervention){ .self_heads = (B2Head[]){ { info->qformer_layers, 0 } }, .n_self_heads = 1 },
      "Self-attention, layer*");
  expect_refusal (
      &lab, (B2Intervention){ .self_heads = (B2Head[]){ { 0, info->qformer_heads } }, .n_self_heads = 1 },
      "Self-attention, head*");
  expect_refusal (&lab, (B2Intervention){ .cross_layers = (int[]){ 99 }, .n_cross_layers = 1 }, "*layer 99*");
  expect_refusal (&lab, (B2Intervention){ .queries = (int[]){ info->n_query }, .n_queries = 1 }, "Query*");
  expect_refusal (&lab, (B2Intervention){ .queries = (int[]){ -1 }, .n_queries = 1 }, "Query -1*");
  expect_refusal (&lab, (B2Intervention){ .n_queries = 1 }, "A list*");
  expect_refusal (&lab, (B2Intervention){ .n_cross_heads = -1 }, "A list*");
  expect_refusal (&lab, (B2Intervention){ .dropped_patches = mask, .n_patches = n + 1 }, "A mask*");
  expect_refusal (&lab, (B2Intervention){ .greyed_patches = mask, .n_patches = n - 1 }, "A mask*");
  lab_close (&lab);
}

static void
add_for (const char *what, GTestDataFunc func)
{
  for (gsize i = 0; i < G_N_ELEMENTS (writers); i++)
    {
      g_autofree char *path = g_strconcat ("/intervention/", what, "/", writers[i], NULL);

      g_test_add_data_func (path, writers[i], func);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add_for ("empty", test_empty);
  g_test_add_func ("/intervention/survives-picture", test_survives_picture);
  add_for ("all-queries", test_all_queries);
  g_test_add_func ("/intervention/one-query-alone", test_one_query_alone);
  add_for ("dropped-patches", test_dropped_patches);
  add_for ("all-dropped", test_all_dropped);
  add_for ("muted-head", test_muted_head);
  add_for ("greyed", test_greyed);
  g_test_add_func ("/intervention/work", test_work);
  add_for ("cancel", test_cancel);
  g_test_add_func ("/intervention/cancel/anywhere", test_cancel_anywhere);
  g_test_add_func ("/intervention/bounds", test_bounds);
  return g_test_run ();
}

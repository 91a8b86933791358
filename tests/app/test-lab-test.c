/* Interventions on the demo model, as the window has them: QlLab and its QlLabTest. */

#include <math.h>
#include <string.h>

#include <gdk-pixbuf/gdk-pixbuf.h>
#include <glib/gstdio.h>

#include "app/figure.h"
#include "app/lab-trace-private.h"
#include "app/lab.h"
#include "app/turn-private.h"
#include "engine/core/error.h"
#include "tests/wait.h"

#define DEMO "data/models/qlens-demo-opt"

static QlEngineService *service;

/* ---- a gate: holds the engine's thread at the next step of a phase -------------------------- */

static struct
{
  GMutex lock;
  GCond cond;
  QlEnginePhase phase;
  gboolean held, open;
  int n_qformer; /* Q-Former runs that began */
} gate = { .open = TRUE };

static void
probe (QlEnginePhase phase, int done, int total, gpointer data)
{
  g_mutex_lock (&gate.lock);
  gate.n_qformer += phase == QL_ENGINE_PHASE_QFORMER && done == 0;
  if (!gate.open && phase == gate.phase)
    {
      gate.held = TRUE;
      while (!gate.open)
        g_cond_wait (&gate.cond, &gate.lock);
    }
  g_mutex_unlock (&gate.lock);
}

static void
gate_set (QlEnginePhase phase)
{
  g_mutex_lock (&gate.lock);
  gate.phase = phase;
  gate.held = gate.open = FALSE;
  g_mutex_unlock (&gate.lock);
}

static gboolean
gate_held (void)
{
  gboolean held;

  g_mutex_lock (&gate.lock);
  held = gate.held;
  g_mutex_unlock (&gate.lock);
  return held;
}

static void
gate_open (void)
{
  g_mutex_lock (&gate.lock);
  gate.open = TRUE;
  g_cond_broadcast (&gate.cond);
  g_mutex_unlock (&gate.lock);
}

/* ---- an answer that is looked at ------------------------------------------------------------- */

static void
take_result_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

static char *
source_path (const char *relative)
{
  return g_build_filename (g_getenv ("QLENS_SRC"), relative, NULL);
}

static QlPicture *
load_sample (const char *name)
{
  g_autofree char *relative = g_build_filename ("data/samples", name, NULL);
  g_autofree char *path = source_path (relative);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  QlPicture *picture;

  ql_picture_load_async (file, 0, NULL, take_result_cb, &result);
  WAIT (result != NULL);
  picture = ql_picture_load_finish (result, &error);
  g_assert_no_error (error);
  return picture;
}

typedef struct
{
  QlConversation *conversation;
  QlLab *lab;
  QlLabTest *test;
  int n_scores; /* scores that were announced */
} Fixture;

static void
set_up (Fixture *f, gconstpointer sample)
{
  g_autoptr (QlPicture) picture = load_sample (sample != NULL ? sample : "12-carrot-watermelon.png");

  f->lab = ql_lab_new (service);
  f->test = ql_lab_get_test (f->lab);
  f->conversation = ql_conversation_new (service, "sample", picture);
  ql_conversation_ask (f->conversation, NULL);
  WAIT (!ql_conversation_get_busy (f->conversation));
  g_assert_false (ql_lab_test_is_possible (f->test));
  ql_lab_set_conversation (f->lab, f->conversation);
  ql_lab_set_looking (f->lab, TRUE);
  WAIT (ql_lab_get_state (f->lab) == QL_LAB_READY);
  g_assert_true (ql_lab_test_is_possible (f->test));
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  ql_lab_set_conversation (f->lab, NULL);
  WAIT (ql_engine_service_get_state (service) == QL_ENGINE_READY);
  /* The jobs that were stopped let go of them one after the other. */
  g_object_add_weak_pointer (G_OBJECT (f->test), (gpointer *) &f->test);
  g_object_add_weak_pointer (G_OBJECT (f->lab), (gpointer *) &f->lab);
  g_object_unref (f->lab);
  WAIT (f->lab == NULL && f->test == NULL);
  g_assert_finalize_object (f->conversation);
}

static QlIntervention *
now (Fixture *f)
{
  return ql_lab_test_get_intervention (f->test);
}

/* Takes @intervention. */
static void
change (Fixture *f, QlIntervention *intervention)
{
  ql_lab_test_set_intervention (f->test, intervention);
  ql_intervention_unref (intervention);
}

static void
wait_score (Fixture *f)
{
  WAIT (ql_lab_test_get_state (f->test) != QL_LAB_TEST_WORKING);
  g_assert_no_error (ql_lab_test_get_error (f->test));
  g_assert_cmpint (ql_lab_test_get_state (f->test), ==, QL_LAB_TEST_READY);
}

static void
assert_same_trace (QlTrace *a, QlTrace *b)
{
  const QlTraceData *left = ql_trace_data (a), *right = ql_trace_data (b);
  gsize keys = 1 + (gsize) left->n_patches;
  gsize n_cross = (gsize) left->n_layers * (gsize) left->n_heads * (gsize) left->n_queries * keys;
  gsize n_lm = (gsize) left->n_tokens * (gsize) left->n_lm_layers * (gsize) left->n_lm_heads
               * (gsize) left->n_queries;

  g_assert_cmpmem (left->cross, n_cross * sizeof (float), right->cross, n_cross * sizeof (float));
  g_assert_cmpmem (left->lm, n_lm * sizeof (float), right->lm, n_lm * sizeof (float));
}

/* The trace of the run under @intervention (NULL: none). */
static QlTrace *
trace_of (Fixture *f, QlIntervention *intervention)
{
  QlTurn *turn = ql_lab_get_turn (f->lab);
  QlTraceRequest request
      = { ql_turn_get_question (turn), ql_turn_get_prompt (turn), ql_turn_get_tokens (turn), intervention };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  QlTrace *trace;

  ql_engine_service_trace_async (service, ql_conversation_get_picture (f->conversation), &request, NULL,
                                 take_result_cb, &result);
  WAIT (result != NULL);
  trace = ql_engine_service_trace_finish (service, result, &error);
  g_assert_no_error (error);
  return trace;
}

/* ---- tests --------------------------------------------------------------------------------------- */

/* Nothing muted: bit for bit as if there had never been anything. */
static void
test_nothing (Fixture *f, gconstpointer data)
{
  g_autoptr (QlTrace) before = trace_of (f, NULL), after = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (QlIntervention) empty = ql_intervention_ref (now (f));
  g_autofree char *text = g_strdup (ql_turn_get_text (ql_lab_get_turn (f->lab)));
  const GArray *tokens = ql_turn_get_tokens (ql_lab_get_turn (f->lab));

  g_assert_true (ql_intervention_is_empty (empty));
  g_assert_cmpint (ql_lab_test_get_state (f->test), ==, QL_LAB_TEST_PLAIN);
  change (f, ql_intervention_with_layer (now (f), 1, TRUE));
  wait_score (f);
  g_assert_cmpfloat (fabs (ql_lab_test_get_delta (f->test)), >, 1e-3);
  /* The plain run's score is that of the answer when it was written. */
  for (guint i = 0; i < tokens->len; i++)
    g_assert_cmpfloat_with_epsilon (ql_lab_test_get_plain (f->test)->log_probs[i],
                                    log (g_array_index (tokens, QlSavedToken, i).probability), 1e-4);
  change (f, ql_intervention_with_layer (now (f), 1, FALSE));
  g_assert_cmpint (ql_lab_test_get_state (f->test), ==, QL_LAB_TEST_PLAIN);
  g_assert_cmpfloat (ql_lab_test_get_delta (f->test), ==, 0);
  g_assert_cmpfloat (ql_lab_test_get_word_delta (f->test, 1), ==, 0);
  after = trace_of (f, empty);
  assert_same_trace (before, after);
  g_assert_null (ql_trace_get_intervention (after));
  ql_conversation_ask (f->conversation, NULL);
  WAIT (!ql_conversation_get_busy (f->conversation));
  g_assert_cmpstr (ql_turn_get_text (ql_conversation_get_last (f->conversation)), ==, text);
}

/* What is muted while a question is asked changes nothing about its answer. */
static void
test_chat_is_plain (Fixture *f, gconstpointer data)
{
  g_autofree char *text = g_strdup (ql_turn_get_text (ql_lab_get_turn (f->lab)));

  change (f, ql_intervention_with_all_queries (now (f), TRUE));
  ql_conversation_ask (f->conversation, NULL);
  WAIT (!ql_conversation_get_busy (f->conversation));
  g_assert_cmpstr (ql_turn_get_text (ql_conversation_get_last (f->conversation)), ==, text);
}

static double
score_without_queries (Fixture *f, char **text)
{
  change (f, ql_intervention_with_all_queries (now (f), TRUE));
  wait_score (f);
  ql_lab_test_ask_again (f->test);
  g_assert_true (ql_lab_test_is_asking (f->test));
  WAIT (!ql_lab_test_is_asking (f->test));
  g_assert_nonnull (ql_lab_test_get_rewrite (f->test));
  *text = g_strdup (ql_lab_test_get_rewrite (f->test)->answer->text);
  return ql_lab_test_get_score (f->test)->sum;
}

/* All queries muted: whatever picture it is, the same is written. */
static void
test_no_queries (Fixture *f, gconstpointer data)
{
  Fixture other = { 0 };
  g_autofree char *first = NULL, *second = NULL;

  score_without_queries (f, &first);
  g_assert_cmpstr (first, !=, ql_turn_get_text (ql_lab_get_turn (f->lab)));
  set_up (&other, "01-donut.png");
  score_without_queries (&other, &second);
  g_assert_cmpstr (first, ==, second);
  tear_down (&other, NULL);
}

static void
changed_cb (QlLabTest *test, guint change, Fixture *f)
{
  static const QlScore *last;
  const QlScore *score = ql_lab_test_get_score (test);

  f->n_scores += score != NULL && score != last;
  last = score;
}

/* While the model reads, ten more changes come: it reads twice in all, not eleven times. */
static void
test_coalescing (Fixture *f, gconstpointer data)
{
  int n_before;

  change (f, ql_intervention_with_head (now (f), 0, 0, TRUE));
  wait_score (f);
  n_before = gate.n_qformer;
  gate_set (QL_ENGINE_PHASE_QFORMER);
  change (f, ql_intervention_with_head (now (f), 0, 1, TRUE));
  WAIT (gate_held ());
  g_signal_connect (f->test, "changed", G_CALLBACK (changed_cb), f);
  for (int head = 2; head < 6; head++)
    for (int layer = 0; layer < 2; layer++)
      change (f, ql_intervention_with_head (now (f), layer, head, TRUE));
  gate_open ();
  wait_score (f);
  g_assert_cmpint (gate.n_qformer - n_before, ==, 2);
  g_assert_cmpint (f->n_scores, ==, 1);
  g_signal_handlers_disconnect_by_data (f->test, f);
  /* There and back: it is known already. */
  ql_lab_test_set_intervention (f->test, now (f));
  ql_lab_test_undo (f->test);
  wait_score (f);
  n_before = gate.n_qformer;
  ql_lab_test_redo (f->test);
  g_assert_cmpint (ql_lab_test_get_state (f->test), ==, QL_LAB_TEST_READY);
  g_assert_cmpint (gate.n_qformer, ==, n_before);
}

static void
test_stop (Fixture *f, gconstpointer data)
{
  double delta;

  gate_set (QL_ENGINE_PHASE_QFORMER);
  change (f, ql_intervention_with_layer (now (f), 0, TRUE));
  WAIT (gate_held ());
  g_assert_cmpint (ql_lab_test_get_state (f->test), ==, QL_LAB_TEST_WORKING);
  ql_lab_test_stop (f->test);
  g_assert_cmpint (ql_lab_test_get_state (f->test), ==, QL_LAB_TEST_STOPPED);
  g_assert_true (isnan (ql_lab_test_get_delta (f->test)));
  gate_open ();
  ql_lab_test_try_again (f->test);
  wait_score (f);
  delta = ql_lab_test_get_delta (f->test);
  /* What was stopped left nothing behind: the same again, by another way. */
  ql_lab_test_undo (f->test);
  change (f, ql_intervention_with_layer (now (f), 1, TRUE));
  wait_score (f);
  g_assert_cmpfloat (ql_lab_test_get_delta (f->test), !=, delta);
  {
    /* All heads of a layer are the layer. */
    QlIntervention *heads = ql_intervention_with_layer (now (f), 1, FALSE);

    for (int h = 0; h < ql_intervention_get_sizes (now (f))->n_heads; h++)
      {
        QlIntervention *more = ql_intervention_with_head (heads, 1, h, TRUE);

        ql_intervention_unref (heads);
        heads = more;
      }
    g_assert_cmpstr (ql_intervention_get_key (heads), ==, ql_intervention_get_key (now (f)));
    ql_intervention_unref (heads);
  }
}

static void
test_undo (Fixture *f, gconstpointer data)
{
  g_assert_false (ql_lab_test_can_undo (f->test));
  change (f, ql_intervention_with_query (now (f), 5, TRUE));
  ql_lab_test_begin_stroke (f->test);
  for (int column = 0; column < 5; column++)
    change (f, ql_intervention_with_patch (now (f), column, 0, TRUE));
  ql_lab_test_end_stroke (f->test);
  g_assert_cmpint (ql_intervention_get_n_patches (now (f)), ==, 5);
  ql_lab_test_undo (f->test); /* the whole stroke */
  g_assert_cmpint (ql_intervention_get_n_patches (now (f)), ==, 0);
  g_assert_true (ql_intervention_has_query (now (f), 5));
  ql_lab_test_redo (f->test);
  g_assert_cmpint (ql_intervention_get_n_patches (now (f)), ==, 5);
  g_assert_false (ql_lab_test_can_redo (f->test));
  ql_lab_test_undo (f->test);
  ql_lab_test_undo (f->test);
  g_assert_true (ql_intervention_is_empty (now (f)));
  g_assert_false (ql_lab_test_can_undo (f->test));
  /* Something new ends what could be redone. */
  change (f, ql_intervention_with_cls (now (f), TRUE));
  g_assert_false (ql_lab_test_can_redo (f->test));
  /* Another picture: nothing of it is left. */
  ql_lab_set_conversation (f->lab, NULL);
  g_assert_null (now (f));
  g_assert_false (ql_lab_test_can_undo (f->test));
}

/* The changed run's maps say that they are; the selection stays; and back. */
static void
test_trace (Fixture *f, gconstpointer data)
{
  QlTrace *plain = ql_lab_get_trace (f->lab), *shown;
  g_autofree char *what = NULL, *file = NULL, *path = NULL;
  g_autoptr (QlTrace) again = NULL, read_back = NULL;
  g_autoptr (GError) error = NULL;

  ql_lab_set_word (f->lab, 1);
  g_assert_null (ql_trace_describe_intervention (plain));
  change (f, ql_intervention_with_head (now (f), 0, 2, TRUE));
  change (f, ql_intervention_with_head (now (f), 1, 3, TRUE));
  change (f, ql_intervention_with_patch (now (f), 2, 1, TRUE));
  ql_lab_test_set_shown (f->test, QL_LAB_TEST_SHOW_CHANGED);
  WAIT (ql_lab_get_trace (f->lab) != plain);
  shown = ql_lab_get_trace (f->lab);
  g_assert_true (ql_lab_get_plain_trace (f->lab) == plain);
  g_assert_cmpint (ql_lab_get_word (f->lab), ==, 1);
  what = ql_trace_describe_intervention (shown);
  g_assert_cmpstr (what, ==, "2 heads muted, 1 patch dropped");
  g_assert_cmpstr (ql_intervention_get_key (ql_trace_get_intervention (shown)), ==,
                   ql_intervention_get_key (now (f)));
  for (int query = 0; query < ql_trace_get_n_queries (shown); query++)
    {
      g_autoptr (QlMap) map = ql_map_new (shown, &(QlMapKey){ query, 0, 0, QL_MAP_HEAD });

      g_assert_cmpfloat (ql_map_get_value (map, 2, 1), ==, 0);
      g_assert_cmpfloat_with_epsilon (ql_map_get_sum (map), 1, 1e-4);
    }
  /* Figures and files of it say so too. */
  {
    QlMapLook look;
    g_autoptr (QlFigure) figure = NULL, without = NULL;
    g_autoptr (QlMap) plain_map = ql_lab_make_plain_map (f->lab);

    ql_map_look_init (&look);
    figure = ql_figure_new (ql_lab_get_map (f->lab), &look);
    without = ql_figure_new (plain_map, &look);
    g_assert_nonnull (strstr (ql_figure_get_caption (figure), what));
    g_assert_null (strstr (ql_figure_get_caption (without), "muted"));
  }
  file = g_build_filename (g_get_tmp_dir (), "lab-test.safetensors", NULL);
  g_assert_true (ql_trace_save (shown, file, &error));
  read_back = ql_trace_open (file, NULL, &error);
  g_assert_no_error (error);
  path = ql_trace_describe_intervention (read_back);
  g_assert_cmpstr (path, ==, what);
  g_assert_cmpint (g_unlink (file), ==, 0);
  /* Undone: the plain run, bit for bit. */
  for (int i = 0; i < 3; i++)
    ql_lab_test_undo (f->test);
  g_assert_true (ql_lab_get_trace (f->lab) == plain);
  g_assert_cmpint (ql_lab_test_get_shown (f->test), ==, QL_LAB_TEST_SHOW_PLAIN);
  again = trace_of (f, NULL);
  assert_same_trace (plain, again);
}

static double
delta_of (Fixture *f, const int *patches, int n)
{
  change (f, ql_intervention_with_patches (now (f), patches, n));
  if (n > 0) /* none is the plain run, which is known already */
    wait_score (f);
  return ql_lab_test_get_delta (f->test);
}

/* The comparison's numbers are those of the same interventions, one by one. */
static void
test_brightest (Fixture *f, gconstpointer data)
{
  g_autoptr (QlMap) map = ql_lab_make_plain_map (f->lab);
  g_autofree int *brightest = ql_curve_order (map, -1);
  const QlBrightest *result;
  QlMapCell peak;
  double mean = 0;

  ql_map_get_peak (map, FALSE, &peak);
  g_assert_cmpint (brightest[0], ==, peak.row * ql_map_get_columns (map) + peak.column);
  ql_lab_test_drop_brightest (f->test, map, 8);
  g_assert_cmpint (ql_intervention_get_n_patches (now (f)), ==, 8);
  g_assert_true (ql_intervention_has_patch (now (f), peak.column, peak.row));
  WAIT (!ql_lab_test_is_comparing (f->test));
  result = ql_lab_test_get_brightest (f->test);
  g_assert_nonnull (result);
  g_assert_cmpint (result->n, ==, 8);
  wait_score (f);
  g_assert_cmpfloat (result->delta, ==, ql_lab_test_get_delta (f->test));
  for (int draw = 0; draw < QL_LAB_TEST_DRAWS; draw++)
    {
      g_autofree int *order = ql_curve_order (map, draw);

      mean += delta_of (f, order, 8) / QL_LAB_TEST_DRAWS;
    }
  result = ql_lab_test_get_brightest (f->test);
  g_assert_cmpfloat_with_epsilon (result->random.mean, mean, 1e-9);
  g_assert_cmpfloat (result->random.least, <=, mean);
  g_assert_cmpfloat (result->random.most, >=, mean);
  /* With a head muted it is true no more. */
  change (f, ql_intervention_with_head (now (f), 0, 0, TRUE));
  g_assert_null (ql_lab_test_get_brightest (f->test));
  g_test_message ("8 brightest %.3f, random %.3f (%.3f to %.3f)", result->delta, result->random.mean,
                  result->random.least, result->random.most);
}

static int
count_dark (GBytes *png)
{
  g_autoptr (GInputStream) stream = g_memory_input_stream_new_from_bytes (png);
  g_autoptr (GdkPixbuf) pixbuf = gdk_pixbuf_new_from_stream (stream, NULL, NULL);
  const guint8 *pixels = gdk_pixbuf_read_pixels (pixbuf);
  int n = 0;

  for (int y = 0; y < gdk_pixbuf_get_height (pixbuf); y++)
    for (int x = 0; x < gdk_pixbuf_get_width (pixbuf); x++)
      n += pixels[y * gdk_pixbuf_get_rowstride (pixbuf) + x * gdk_pixbuf_get_n_channels (pixbuf)] < 64;
  return n;
}

/* The curve as a figure: it is drawn, it says what it means, and SVG is XML. */
static void
check_figure (QlCurve *curve, const char *sentence)
{
  static const GMarkupParser nothing = { 0 };
  g_autoptr (QlFigure) figure = ql_figure_new_curve (curve);
  g_autoptr (GMarkupParseContext) parser = g_markup_parse_context_new (&nothing, 0, NULL, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) svg = ql_figure_render (figure, QL_FIGURE_SVG, 1, &error);
  g_autoptr (GBytes) pdf = ql_figure_render (figure, QL_FIGURE_PDF, 1, &error);
  g_autoptr (GBytes) png = ql_figure_render (figure, QL_FIGURE_PNG, 1, &error);

  g_assert_no_error (error);
  g_assert_nonnull (strstr (ql_figure_get_caption (figure), sentence));
  g_assert_true (g_markup_parse_context_parse (parser, g_bytes_get_data (svg, NULL),
                                               (gssize) g_bytes_get_size (svg), &error));
  g_assert_true (g_markup_parse_context_end_parse (parser, &error));
  g_assert_cmpint (strncmp (g_bytes_get_data (pdf, NULL), "%PDF-", 5), ==, 0);
  g_assert_cmpint (count_dark (png), >, 1000); /* letters, axes and the map's line */
}

/* A curve's points are scores; where all or nothing is there, all orders meet. */
static void
test_curve (Fixture *f, gconstpointer data)
{
  g_autoptr (QlMap) map = ql_lab_make_plain_map (f->lab);
  g_autofree int *order = ql_curve_order (map, -1);
  QlCurveOptions options = { .keep_cls = TRUE };
  int n = ql_map_get_columns (map) * ql_map_get_rows (map), last;
  gint64 start = g_get_monotonic_time ();
  g_autoptr (QlCurve) curve = NULL;
  g_autofree char *sentence = NULL;
  QlCurveSpread random;

  ql_lab_test_start_curve (f->test, map, &options);
  g_assert_true (ql_lab_test_get_curve_map (f->test) == map);
  WAIT (ql_lab_test_get_curve_map (f->test) == NULL);
  g_assert_no_error (ql_lab_test_get_curve_error (f->test));
  curve = ql_curve_ref (ql_lab_test_get_curve (f->test));
  g_test_message ("a faithfulness curve: %.2f s", (double) (g_get_monotonic_time () - start) / 1e6);
  last = ql_curve_get_n_points (curve) - 1;
  g_assert_cmpint (ql_curve_get_count (curve, 0), ==, 0);
  g_assert_cmpint (ql_curve_get_count (curve, last), ==, n);
  for (int i = last % 3; i <= last; i += 3)
    {
      g_autoptr (GArray) rest = g_array_new (FALSE, FALSE, sizeof (int));
      int count = ql_curve_get_count (curve, i);

      g_array_append_vals (rest, order + count, (guint) (n - count));
      if (count > 0)
        {
          delta_of (f, order, count);
          g_assert_cmpfloat_with_epsilon (ql_curve_get_value (curve, QL_CURVE_DELETION, i),
                                          ql_lab_test_get_score (f->test)->sum, 1e-9);
        }
      delta_of (f, (const int *) (gpointer) rest->data, n - count);
      g_assert_cmpfloat_with_epsilon (ql_curve_get_value (curve, QL_CURVE_INSERTION, i),
                                      ql_lab_test_get_score (f->test)->sum, 1e-9);
    }
  for (int kind = 0; kind < 2; kind++)
    for (int end = 0; end <= last; end += last)
      {
        ql_curve_get_random (curve, (QlCurveKind) kind, end, &random);
        g_assert_cmpfloat (random.least, ==, random.most);
        g_assert_cmpfloat_with_epsilon (random.mean, ql_curve_get_value (curve, (QlCurveKind) kind, end),
                                        1e-9);
      }
  sentence = ql_curve_describe (curve);
  g_test_message ("%s", sentence);
  check_figure (curve, sentence);
}

static void
test_curve_stop (Fixture *f, gconstpointer data)
{
  g_autoptr (QlMap) map = ql_lab_make_plain_map (f->lab);
  g_autoptr (QlTrace) before = trace_of (f, NULL), after = NULL;

  gate_set (QL_ENGINE_PHASE_DECODE);
  ql_lab_test_start_curve (f->test, map, &(QlCurveOptions){ 0 });
  WAIT (gate_held ());
  ql_lab_test_stop_curve (f->test);
  g_assert_null (ql_lab_test_get_curve_map (f->test));
  gate_open ();
  after = trace_of (f, NULL);
  assert_same_trace (before, after);
  g_assert_null (ql_lab_test_get_curve (f->test));
  /* And so with a new answer. */
  change (f, ql_intervention_with_layer (now (f), 0, TRUE));
  wait_score (f);
  gate_set (QL_ENGINE_PHASE_DECODE);
  ql_lab_test_ask_again (f->test);
  WAIT (gate_held ());
  ql_lab_test_stop (f->test);
  g_assert_false (ql_lab_test_is_asking (f->test));
  gate_open ();
  ql_lab_test_ask_again (f->test);
  WAIT (!ql_lab_test_is_asking (f->test));
  g_assert_nonnull (ql_lab_test_get_rewrite (f->test));
  g_assert_nonnull (ql_lab_test_get_rewrite (f->test)->trace);
}

/* Greyed patches are gone for good: the same as a picture that is grey there, so that all greyed is no picture at all. */
static void
test_grey (Fixture *f, gconstpointer data)
{
  double dropped;

  change (f, ql_intervention_with_patch (now (f), 3, 3, TRUE));
  wait_score (f);
  dropped = ql_lab_test_get_delta (f->test);
  change (f, ql_intervention_with_grey (now (f), TRUE));
  wait_score (f);
  g_assert_cmpfloat (ql_lab_test_get_delta (f->test), !=, dropped);
  change (f, ql_intervention_with_grey (now (f), FALSE));
  g_assert_cmpfloat (ql_lab_test_get_delta (f->test), ==, dropped);
}

/* What a re-score takes; told, and not judged: machines differ. */
static void
test_speed (Fixture *f, gconstpointer data)
{
  double most = 0, sum = 0;

  for (int i = 0; i < 10; i++)
    {
      change (f, ql_intervention_with_patch (now (f), i % 4, i / 4, TRUE));
      wait_score (f);
      most = MAX (most, ql_lab_test_get_score (f->test)->seconds);
      sum += ql_lab_test_get_score (f->test)->seconds;
    }
  g_test_message ("a re-score: mean %.1f ms, most %.1f ms", sum * 100, most * 1000);
}

/* ---- values --------------------------------------------------------------------------------------- */

static void
test_json (void)
{
  QlInterventionSizes sizes = { 3, 2, 4, 4, 3 };
  g_autoptr (QlIntervention) read = NULL;
  g_autofree char *text = NULL;
  g_autoptr (GArray) items = NULL;
  static const char *const hostile[] = {
    "",
    "[",
    "[]",
    "{}",
    "7",
    "{\"queries\":7}",
    "{\"queries\":[4,-1,1e9,\"1\",null,[2]]}",
    "{\"cross_heads\":[[3,0],[0,2],[-1,0],[0],[],[0,0,0],7]}",
    "{\"dropped_patches\":[12,-3,99999999999]}",
    "{\"dropped_cls\":1}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (hostile); i++)
    g_assert_null (ql_intervention_from_json (hostile[i], &sizes));
  read = ql_intervention_from_json ("{\"cross_heads\":[[0,1],[2,0],[2,1]],\"queries\":[0,3],"
                                    "\"greyed_patches\":[0,11],\"dropped_cls\":true,\"self_heads\":[[0,0]]}",
                                    &sizes);
  g_assert_nonnull (read);
  text = ql_intervention_describe (read);
  g_assert_cmpstr (text, ==,
                   "1 layer muted, 1 head muted, 2 queries muted, 2 patches greyed, CLS dropped, "
                   "1 self-attention head muted");
  g_assert_true (ql_intervention_has_layer (read, 2));
  g_assert_true (ql_intervention_has_patch (read, 3, 2));
  /* Each can be taken back by itself; in the end there is nothing. */
  while ((items = ql_intervention_list (read))->len > 0)
    {
      QlIntervention *next = ql_intervention_without (read, &g_array_index (items, QlInterventionItem, 0));

      g_assert_cmpstr (ql_intervention_get_key (next), !=, ql_intervention_get_key (read));
      ql_intervention_unref (read);
      read = next;
      g_clear_pointer (&items, g_array_unref);
    }
}

static void
test_numbers (void)
{
  static const struct
  {
    double value;
    const char *log_p, *delta;
  } cases[] = { { -3.1, "−3.10", "−3.10" },
                { 0.123, "0.12", "+0.12" },
                { -0.001, "0.00", "0.00" },
                { 0.004, "0.00", "0.00" },
                { -0.005, "−0.01", "−0.01" } };
  int counts[QL_CURVE_POINTS];

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *log_p = ql_log_p_text (cases[i].value), *delta = ql_delta_text (cases[i].value);

      g_assert_cmpstr (log_p, ==, cases[i].log_p);
      g_assert_cmpstr (delta, ==, cases[i].delta);
    }
  g_assert_cmpint (ql_curve_counts (256, counts), ==, 11);
  g_assert_cmpint (counts[10], ==, 256);
  g_assert_cmpint (ql_curve_counts (4, counts), ==, 5); /* no count twice */
  g_assert_cmpint (counts[4], ==, 4);
}

#define ADD(name, function) g_test_add ("/lab-test/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_autofree char *dir = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  int status;

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/lab-test/json", test_json);
  g_test_add_func ("/lab-test/numbers", test_numbers);
  ADD ("nothing", test_nothing);
  ADD ("chat-is-plain", test_chat_is_plain);
  ADD ("no-queries", test_no_queries);
  ADD ("coalescing", test_coalescing);
  ADD ("stop", test_stop);
  ADD ("undo", test_undo);
  ADD ("trace", test_trace);
  ADD ("brightest", test_brightest);
  ADD ("curve", test_curve);
  ADD ("curve-stop", test_curve_stop);
  ADD ("grey", test_grey);
  ADD ("speed", test_speed);
  service = ql_engine_service_new ();
  ql_engine_service_set_probe (service, probe, NULL);
  dir = source_path (DEMO);
  ql_engine_service_open_model_async (service, dir, NULL, take_result_cb, &result);
  WAIT (result != NULL);
  g_assert_true (ql_engine_service_open_model_finish (service, result, NULL));
  g_clear_object (&result);
  status = g_test_run ();
  ql_engine_service_shutdown (service);
  g_assert_finalize_object (service);
  return status;
}

/* What queries say, matching and masks: the same numbers as the engine's, and what is refused, stopped or forgotten. */
#include <math.h>
#include <string.h>

#include "app/free-memory.h"
#include "app/lab-mask.h"
#include "app/lab-queries.h"
#include "app/mask-draw.h"
#include "app/similarity-draw.h"
#include "engine/b2-lab.h"
#include "tests/app/scratch.h"

#define SAMPLE "data/samples/12-carrot-watermelon.png"
#define TEXT "a blue carrot"

typedef struct
{
  QlEngineService *service;
  QlPicture *picture;
  GAsyncResult *result;
  QlConversation *conversation; /* once wanted */
  QlLab *lab;
} Fixture;

static void
picture_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  *(QlPicture **) data = ql_picture_load_finish (result, &error);
  g_assert_no_error (error);
}

static void
result_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Fixture *f = data;

  g_assert_null (f->result);
  f->result = g_object_ref (result);
}

static GAsyncResult *
wait_result (Fixture *f)
{
  while (f->result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return g_steal_pointer (&f->result);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autofree char *path = scratch_source (SAMPLE), *model = scratch_source ("data/models/qlens-demo-opt");
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  ql_picture_load_async (file, 0, NULL, picture_cb, &f->picture);
  while (f->picture == NULL)
    g_main_context_iteration (NULL, TRUE);
  f->service = ql_engine_service_new ();
  ql_engine_service_open_model_async (f->service, model, NULL, result_cb, f);
  result = wait_result (f);
  g_assert_true (ql_engine_service_open_model_finish (f->service, result, &error));
  g_assert_no_error (error);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  ql_free_memory_set_source (NULL);
  g_clear_object (&f->lab);
  g_clear_object (&f->conversation);
  ql_engine_service_shutdown (f->service);
  g_assert_finalize_object (f->service);
  g_assert_finalize_object (f->picture);
}

/* A session of the test's own, with the same picture. */
static B2Session *
own_session (Fixture *f, const char *model_dir, B2Model **model)
{
  g_autofree char *dir = scratch_source (model_dir);
  g_autoptr (GError) error = NULL;
  B2Session *session;

  *model = b2_model_open (dir, NULL, &error);
  g_assert_no_error (error);
  session = b2_session_new (*model, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (b2_session_set_image (session, g_bytes_get_data (ql_picture_get_rgb (f->picture), NULL),
                                       ql_picture_get_width (f->picture), ql_picture_get_height (f->picture),
                                       ql_picture_get_stride (f->picture), &error));
  return session;
}

static char *
ask (Fixture *f)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (QlAnswer) answer = NULL;
  g_autoptr (GError) error = NULL;

  ql_engine_service_ask_async (f->service, f->picture, NULL, NULL, NULL, NULL, result_cb, f);
  result = wait_result (f);
  answer = ql_engine_service_ask_finish (f->service, result, &error);
  g_assert_no_error (error);
  return g_strdup (answer->text);
}

/* ---- jobs ---- */

static void
test_report (Fixture *f, gconstpointer data)
{
  g_autoptr (B2Model) model = NULL;
  g_autoptr (B2Session) session = own_session (f, "data/models/qlens-demo-opt", &model);
  g_autoptr (B2QueryReport) wanted = NULL;
  g_autoptr (QlQueryReport) report = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  int n;

  ql_engine_service_report_queries_async (f->service, f->picture, NULL, 5, NULL, result_cb, f);
  result = wait_result (f);
  report = ql_engine_service_report_queries_finish (f->service, result, &error);
  g_assert_no_error (error);
  wanted = b2_session_report_queries (session, NULL, 5, NULL, &error);
  g_assert_no_error (error);
  n = ql_query_report_get_n_queries (report);
  g_assert_cmpint (n, ==, wanted->n_query);
  for (int a = 0; a < n; a++)
    {
      int n_near, likest = ql_query_report_get_likest (report, QL_SIMILARITY_OUTPUT, a);
      const QlNearToken *near = ql_query_report_get_near (report, a, &n_near);

      g_assert_cmpint (n_near, ==, 5);
      for (int i = 0; i < n_near; i++)
        {
          g_autofree char *text = b2_model_token_text (model, wanted->near[a * 5 + i].id);

          g_assert_cmpstr (near[i].text, ==, g_strstrip (text));
          g_assert_cmpfloat_with_epsilon (near[i].cosine, (double) wanted->near[a * 5 + i].cosine, 1e-6);
        }
      g_assert_cmpint (likest, !=, a);
      for (int b = 0; b < n; b++)
        {
          double value = ql_query_report_get_similarity (report, QL_SIMILARITY_OUTPUT, a, b);

          g_assert_cmpfloat_with_epsilon (value, (double) wanted->similarity[a * n + b], 1e-6);
          g_assert_cmpfloat_with_epsilon (
              ql_query_report_get_similarity (report, QL_SIMILARITY_PROJECTED, a, b),
              (double) wanted->projected_similarity[a * n + b], 1e-6);
          if (a != b)
            g_assert_cmpfloat (value, <=,
                               ql_query_report_get_similarity (report, QL_SIMILARITY_OUTPUT, a, likest));
        }
    }
}

/* One query alone writes what the engine writes with the others muted; and nothing of it stays. */
static void
test_caption (Fixture *f, gconstpointer data)
{
  g_autoptr (B2Model) model = NULL;
  g_autoptr (B2Session) session = own_session (f, "data/models/qlens-demo-opt", &model);
  g_autofree char *before = ask (f), *after = NULL;
  int n = b2_model_info (model)->n_query, n_different = 0;
  g_autofree int *others = g_new (int, n);
  B2DecodeOptions options;
  QlAnswerStyle style;

  ql_answer_style_init (&style, ql_preset_resolve (QL_PRESET_AUTO, FALSE));
  b2_decode_options_init (&options, B2_PRESET_CAPTION);
  for (int query = 0; query < n; query += 7)
    {
      B2Intervention alone = { .queries = others };
      g_autoptr (GAsyncResult) result = NULL;
      g_autoptr (B2Answer) wanted = NULL;
      g_autoptr (GError) error = NULL;
      g_autofree char *text = NULL;

      ql_engine_service_caption_query_async (f->service, f->picture, query, NULL, &style, NULL, result_cb, f);
      result = wait_result (f);
      text = ql_engine_service_caption_query_finish (f->service, result, &error);
      g_assert_no_error (error);
      for (int i = 0; i < n; i++)
        if (i != query)
          others[alone.n_queries++] = i;
      g_assert_true (b2_session_set_intervention (session, &alone, &error));
      wanted = b2_session_generate (session, NULL, &options, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (text, ==, wanted->text);
      n_different += strcmp (text, before) != 0;
    }
  g_assert_cmpint (n_different, >, 0);
  after = ask (f);
  g_assert_cmpstr (after, ==, before);
}

static void
test_caption_range (Fixture *f, gconstpointer data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  QlAnswerStyle style;

  ql_answer_style_init (&style, ql_preset_resolve (QL_PRESET_AUTO, FALSE));
  ql_engine_service_caption_query_async (f->service, f->picture, 32, NULL, &style, NULL, result_cb, f);
  result = wait_result (f);
  g_assert_null (ql_engine_service_caption_query_finish (f->service, result, &error));
  g_assert_error (error, B2_ERROR, B2_ERROR_ARGUMENT);
}

static QlMatchReport *
match (Fixture *f, const char *text, GCancellable *cancellable, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  ql_engine_service_match_async (f->service, f->picture, text, cancellable, result_cb, f);
  result = wait_result (f);
  return ql_engine_service_match_finish (f->service, result, error);
}

static void
test_match (Fixture *f, gconstpointer data)
{
  g_autoptr (B2Model) model = NULL;
  g_autoptr (B2Session) session = own_session (f, "data/models/qlens-demo-itm", &model);
  g_autoptr (GError) error = NULL;
  g_autoptr (QlMatchReport) report = match (f, TEXT, NULL, &error);
  g_autoptr (B2MatchDetail) wanted = NULL;
  const gint64 *shape;
  const float *cross;
  int n_dims;

  g_assert_no_error (error);
  wanted = b2_session_match_detail (session, TEXT, TRUE, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpfloat_with_epsilon (report->itm, (double) wanted->match.itm, 1e-6);
  g_assert_cmpfloat_with_epsilon (report->itc, (double) wanted->match.itc, 1e-6);
  g_assert_cmpint (report->itc_query, ==, wanted->match.itc_query);
  g_assert_cmpint (report->n_queries, ==, wanted->n_query);
  for (int i = 0; i < report->n_queries; i++)
    {
      g_assert_cmpfloat_with_epsilon (report->cosines[i], (double) wanted->itc[i], 1e-6);
      g_assert_cmpfloat (report->cosines[i], <=, report->itc + 1e-6);
    }
  /* where the winner looks: the engine's own map of it */
  cross = b2_trace_tensor (wanted->trace, "qformer.cross_attentions", &n_dims, &shape);
  for (int head = 0; head < shape[1]; head++)
    {
      QlMapKey key = { report->itc_query, (int) shape[0] - 1, head, QL_MAP_HEAD };
      g_autoptr (QlMap) map = ql_map_new (report->trace, &key);
      const float *row
          = cross + (((shape[0] - 1) * shape[1] + head) * shape[2] + report->itc_query) * shape[3];

      g_assert_cmpfloat_with_epsilon (ql_map_get_cls (map), (double) row[0], 1e-6);
      for (int i = 0; i + 1 < shape[3]; i++)
        g_assert_cmpfloat_with_epsilon (
            ql_map_get_value (map, i % ql_map_get_columns (map), i / ql_map_get_columns (map)),
            (double) row[i + 1], 1e-6);
    }
  g_assert_cmpint (ql_trace_get_n_words (report->trace), ==, 0);
}

static guint64
little (void)
{
  return 1000;
}

static void
test_no_room (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL, none = NULL;
  g_autoptr (QlMatchReport) report = NULL;
  g_autofree char *still = NULL;

  ql_free_memory_set_source (little);
  g_assert_null (match (f, TEXT, NULL, &error));
  g_assert_error (error, QL_MODEL_ERROR, QL_MODEL_ERROR_NO_ROOM);
  still = ask (f); /* the model that is open is not touched by it */
  g_assert_cmpint (strlen (still), >, 0);
  ql_free_memory_set_source (NULL);
  report = match (f, TEXT, NULL, &none);
  g_assert_no_error (none);
}

static void
test_cancel (Fixture *f, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL, none = NULL;
  g_autoptr (QlMatchReport) first = NULL, second = NULL;

  g_cancellable_cancel (cancellable);
  g_assert_null (match (f, TEXT, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  first = match (f, TEXT, NULL, &none);
  second = match (f, TEXT, NULL, &none);
  g_assert_no_error (none);
  g_assert_cmpfloat (first->itm, ==, second->itm);
}

/* ---- masks ---- */

static QlMaskRuns *
run_masks (Fixture *f, const QlMaskRequest *request)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  QlMaskRuns *runs;

  ql_engine_service_run_masks_async (f->service, f->picture, request, NULL, result_cb, f);
  result = wait_result (f);
  runs = ql_engine_service_run_masks_finish (f->service, result, &error);
  g_assert_no_error (error);
  return runs;
}

static void
assert_score (const QlMaskScore *score, const B2MaskRun *wanted)
{
  g_assert_cmpfloat_with_epsilon (score->itm, (double) wanted->itm, 1e-6);
  g_assert_cmpfloat_with_epsilon (score->itc, (double) wanted->itc_best, 1e-6);
  g_assert_cmpint (score->itc_query, ==, wanted->itc_query);
  for (int i = 0; i + 1 < wanted->n_text; i++)
    g_assert_cmpfloat_with_epsilon (score->log_probs[i], wanted->log_probs[i], 1e-5);
  g_assert_cmpfloat_with_epsilon (score->sum, wanted->sum, 1e-4);
}

static void
test_masks (Fixture *f, gconstpointer data)
{
  static const B2MaskPreset presets[] = { B2_MASK_ITC, B2_MASK_ITM, B2_MASK_ITG };
  g_autoptr (B2Model) model = NULL;
  g_autoptr (B2Session) session = own_session (f, "data/models/qlens-demo-itm", &model);
  g_autoptr (QlMaskRuns) runs = run_masks (f, &(QlMaskRequest){ .text = TEXT, .presets = TRUE });
  g_autoptr (QlMaskRuns) same = NULL, other = NULL;
  int n = runs->n_query + runs->n_text;
  g_autofree guint8 *cells = g_new (guint8, n * n);
  QlMaskRequest own = { .text = TEXT, .cells = cells, .n_rows = n };

  g_assert_cmpint (runs->n_query, ==, 32);
  g_assert_cmpstr (runs->tokens[0], ==, "[CLS]");
  g_assert_cmpstr (runs->write_token, ==, "[DEC]");
  for (int i = 0; i < QL_MASK_N_PRESETS; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (B2MaskRun) wanted = NULL;

      b2_mask_fill (presets[i], 32, runs->n_text, cells);
      wanted = b2_session_run_masked (session, TEXT, i == QL_MASK_ITG, cells, n, FALSE, NULL, &error);
      g_assert_no_error (error);
      assert_score (&runs->presets[i], wanted);
    }
  ql_mask_fill (QL_MASK_ITM, 32, runs->n_text, cells);
  same = run_masks (f, &own);
  g_assert_false (same->has_presets);
  g_assert_cmpfloat (same->own.itm, ==, runs->presets[QL_MASK_ITM].itm);
  g_assert_cmpfloat (same->own.sum, ==, runs->presets[QL_MASK_ITM].sum);
  for (int i = 0; i < 32; i++)
    cells[i * n + 33] = 0; /* no query sees the text's first word */
  other = run_masks (f, &own);
  g_assert_cmpfloat (fabs (other->own.itm - same->own.itm), >, 1e-6);
}

/* ---- what the window shows ---- */

static void
open_lab (Fixture *f)
{
  f->conversation = ql_conversation_new (f->service, "picture", f->picture);
  f->lab = ql_lab_new (f->service);
  g_assert_true (ql_conversation_ask (f->conversation, NULL));
  while (ql_conversation_get_busy (f->conversation))
    g_main_context_iteration (NULL, TRUE);
  ql_lab_set_conversation (f->lab, f->conversation);
  ql_lab_set_looking (f->lab, TRUE);
  while (ql_lab_get_state (f->lab) != QL_LAB_READY)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_queries (Fixture *f, gconstpointer data)
{
  QlLabQueries *queries;
  g_autofree char *text = NULL;

  open_lab (f);
  queries = ql_lab_get_queries (f->lab);
  g_assert_null (ql_lab_queries_why_not (queries));
  g_assert_true (ql_lab_queries_is_quick (queries));
  g_assert_cmpint (ql_lab_queries_get_report_state (queries), ==, QL_ASK_NONE);
  ql_lab_queries_ask_report (queries);
  g_assert_cmpint (ql_lab_queries_get_report_state (queries), ==, QL_ASK_WORKING);
  ql_lab_queries_stop (queries);
  g_assert_cmpint (ql_lab_queries_get_report_state (queries), ==, QL_ASK_NONE);
  ql_lab_queries_ask_report (queries);
  while (ql_lab_queries_get_report_state (queries) == QL_ASK_WORKING)
    g_main_context_iteration (NULL, TRUE);
  g_assert_nonnull (ql_lab_queries_get_report (queries));
  ql_lab_queries_ask_caption (queries, 3);
  while (ql_lab_queries_get_caption_state (queries, 3) == QL_ASK_WORKING)
    g_main_context_iteration (NULL, TRUE);
  g_assert_nonnull (ql_lab_queries_get_caption (queries, 3));
  g_assert_null (ql_lab_queries_get_caption (queries, 4));
  ql_lab_queries_ask_match (queries, TEXT);
  while (ql_lab_queries_get_match_state (queries) == QL_ASK_WORKING)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpstr (ql_lab_queries_get_match (queries)->text, ==, TEXT);
  g_assert_nonnull (ql_lab_queries_get_report (queries)); /* another question does not forget it */

  /* a trace from a file has no model; another answer's is another's */
  ql_lab_set_trace (f->lab, ql_lab_queries_get_match (queries)->trace);
  g_assert_nonnull (ql_lab_queries_why_not (queries));
  g_assert_null (ql_lab_queries_get_report (queries));
  g_assert_null (ql_lab_queries_get_caption (queries, 3));
  ql_lab_set_trace (f->lab, NULL);
  g_assert_null (ql_lab_queries_why_not (queries));
}

static void
wait_mask (QlLabMask *mask)
{
  while (ql_lab_mask_get_running (mask))
    g_main_context_iteration (NULL, TRUE);
}

static void
test_mask (Fixture *f, gconstpointer data)
{
  QlLabMask *mask;
  int n, n_query;
  double itm;

  open_lab (f);
  mask = ql_lab_get_mask (f->lab);
  g_assert_cmpint (ql_lab_mask_get_n_rows (mask), ==, 0); /* nobody looks */
  g_assert_null (ql_lab_mask_get_cells (mask));
  g_assert_cmpstr (ql_lab_mask_get_text (mask), ==, ql_turn_get_text (ql_lab_get_turn (f->lab)));
  ql_lab_mask_set_looking (mask, TRUE);
  wait_mask (mask);
  g_assert_cmpint (ql_lab_mask_get_state (mask), ==, QL_ASK_READY);
  ql_lab_mask_set_text (mask, TEXT);
  wait_mask (mask);
  n = ql_lab_mask_get_n_rows (mask);
  n_query = ql_lab_mask_get_n_queries (mask);
  g_assert_cmpint (n_query, ==, 32);
  g_assert_cmpint (n, ==, 32 + 5); /* [CLS] a blue carrot [SEP] */
  g_assert_cmpstr (ql_lab_mask_get_token (mask, 3), ==, "carrot");

  /* cells */
  g_assert_cmpint (ql_lab_mask_get_n_changed (mask), ==, 0);
  ql_lab_mask_toggle (mask, 2, 33);
  g_assert_false (ql_lab_mask_get_cell (mask, 2, 33));
  g_assert_true (ql_lab_mask_preset_cell (mask, 2, 33));
  g_assert_cmpint (ql_lab_mask_get_n_changed (mask), ==, 1);
  ql_lab_mask_toggle (mask, 2, -1); /* it does not see all: it sees all */
  g_assert_cmpint (ql_lab_mask_get_n_changed (mask), ==, 0);
  ql_lab_mask_toggle (mask, 2, -1);
  g_assert_cmpint (ql_lab_mask_get_n_changed (mask), ==, n);
  ql_lab_mask_toggle (mask, -1, 4);
  g_assert_true (ql_lab_mask_get_cell (mask, 2, 4)); /* row 2 did not see it, so that all of the column do */
  ql_lab_mask_toggle (mask, n, 0);
  ql_lab_mask_toggle (mask, -1, -1);
  ql_lab_mask_set_cell (mask, -1, n, TRUE);
  g_assert_cmpint (ql_lab_mask_get_n_changed (mask), ==, n - 1);

  /* running it; a change makes what was run untrue */
  ql_lab_mask_set_preset (mask, QL_MASK_ITM);
  g_assert_cmpint (ql_lab_mask_get_n_changed (mask), ==, 0);
  ql_lab_mask_run (mask);
  wait_mask (mask);
  itm = ql_lab_mask_get_score (mask)->itm;
  g_assert_cmpfloat (itm, ==, ql_lab_mask_get_preset_score (mask, QL_MASK_ITM)->itm);
  for (int row = 0; row < n_query; row++)
    ql_lab_mask_set_cell (mask, row, 35, FALSE);
  g_assert_null (ql_lab_mask_get_score (mask));
  ql_lab_mask_run (mask);
  ql_lab_mask_set_cell (mask, 0, 35, TRUE); /* while it runs */
  g_assert_false (ql_lab_mask_get_running (mask));
  ql_lab_mask_run (mask);
  wait_mask (mask);
  g_assert_cmpfloat (fabs (ql_lab_mask_get_score (mask)->itm - itm), >, 1e-7);

  /* the text of writing begins otherwise */
  g_assert_cmpstr (ql_lab_mask_get_token (mask, 0), ==, "[CLS]");
  ql_lab_mask_set_preset (mask, QL_MASK_ITG);
  g_assert_cmpstr (ql_lab_mask_get_token (mask, 0), ==, "[DEC]");
  ql_lab_mask_run (mask);
  wait_mask (mask);
  g_assert_cmpfloat (ql_lab_mask_get_score (mask)->sum, ==,
                     ql_lab_mask_get_preset_score (mask, QL_MASK_ITG)->sum);

  ql_lab_mask_set_text (mask, NULL);
  g_assert_cmpstr (ql_lab_mask_get_text (mask), ==, ql_turn_get_text (ql_lab_get_turn (f->lab)));
  wait_mask (mask);
}

static void
test_long_text (Fixture *f, gconstpointer data)
{
  g_autoptr (GString) text = g_string_new (NULL);
  QlLabMask *mask;

  for (int i = 0; i < 1500; i++)
    g_string_append (text, "a ");
  open_lab (f);
  mask = ql_lab_get_mask (f->lab);
  ql_lab_mask_set_looking (mask, TRUE);
  ql_lab_mask_set_text (mask, text->str);
  wait_mask (mask);
  g_assert_cmpint (ql_lab_mask_get_state (mask), ==, QL_ASK_FAILED);
  g_assert_error (ql_lab_mask_get_error (mask), B2_ERROR, B2_ERROR_LIMIT);
  ql_lab_mask_set_text (mask, TEXT);
  wait_mask (mask);
  g_assert_cmpint (ql_lab_mask_get_state (mask), ==, QL_ASK_READY);
}

/* ---- drawing ---- */

static guint32
pixel (cairo_surface_t *surface, double x, double y)
{
  const guint8 *data = cairo_image_surface_get_data (surface);

  return *(const guint32 *) (gconstpointer) (data + (int) y * cairo_image_surface_get_stride (surface)
                                             + (int) x * 4);
}

static void
test_draw_mask (Fixture *f, gconstpointer data)
{
  const QlMaskLook look
      = { .ink = { 0, 0, 0 }, .seen = { 0, 0, 1 }, .mark = { 1, 0, 0 }, .row = -1, .column = -1 };
  const int size = 800;
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, size, size);
  cairo_t *cr = cairo_create (surface);
  QlLabMask *mask;
  int n;

  open_lab (f);
  mask = ql_lab_get_mask (f->lab);
  ql_lab_mask_set_looking (mask, TRUE);
  ql_lab_mask_set_text (mask, TEXT);
  wait_mask (mask);
  ql_lab_mask_set_preset (mask, QL_MASK_ITG);
  n = ql_lab_mask_get_n_rows (mask);
  cairo_set_source_rgb (cr, 1, 1, 1);
  cairo_paint (cr);
  ql_mask_draw (mask, &look, cr, 0, 0, size);
  cairo_destroy (cr);
  cairo_surface_flush (surface);
  for (int row = -1; row < n; row++)
    for (int column = -1; column < n; column++)
      {
        int at_row, at_column;
        QlMaskRect rect;

        if (row < 0 && column < 0)
          continue;
        ql_mask_get_rect (mask, 0, 0, size, row, column, &rect);
        g_assert_true (ql_mask_locate (mask, 0, 0, size, rect.x + rect.width / 2, rect.y + rect.height / 2,
                                       &at_row, &at_column));
        g_assert_cmpint (at_row, ==, row);
        g_assert_cmpint (at_column, ==, column);
        if (row >= 0 && column >= 0)
          g_assert_cmpint (pixel (surface, rect.x + rect.width / 2, rect.y + rect.height / 2) == 0xff0000ffu,
                           ==, ql_lab_mask_get_cell (mask, row, column));
      }
  cairo_surface_destroy (surface);
}

static void
test_draw_similarity (Fixture *f, gconstpointer data)
{
  const QlSimilarityLook look = { .ink = { 0, 0, 0 } };
  const int width = 400;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (QlQueryReport) report = NULL;
  cairo_surface_t *surface
      = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, width, (int) ceil (ql_similarity_height (width)));
  cairo_t *cr = cairo_create (surface);
  int row, column, n_cells = 0;

  ql_engine_service_report_queries_async (f->service, f->picture, NULL, 1, NULL, result_cb, f);
  result = wait_result (f);
  report = ql_engine_service_report_queries_finish (f->service, result, NULL);
  ql_similarity_draw (report, QL_SIMILARITY_OUTPUT, -1, &look, cr, 0, 0, width);
  cairo_destroy (cr);
  cairo_surface_flush (surface);
  for (int y = 0; y < width; y += 3)
    for (int x = 0; x < width; x += 3)
      {
        QlColor wanted;
        guint32 color;

        if (!ql_similarity_locate (report, 0, 0, width, x + 0.5, y + 0.5, &row, &column))
          continue;
        color = pixel (surface, x, y);
        ql_color_map_get (
            QL_COLOR_MAP_DIVERGING, FALSE,
            (ql_query_report_get_similarity (report, QL_SIMILARITY_OUTPUT, row, column) + 1) / 2, &wanted);
        g_assert_cmpfloat_with_epsilon ((color >> 16 & 255) / 255.0, wanted.red, 0.02);
        g_assert_cmpfloat_with_epsilon ((color & 255) / 255.0, wanted.blue, 0.02);
        n_cells++;
      }
  g_assert_cmpint (n_cells, >, 10000);
  g_assert_false (ql_similarity_locate (report, 0, 0, width, 2, 200, &row, &column));
  cairo_surface_destroy (surface);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/lab-says/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("report", test_report);
  ADD ("caption", test_caption);
  ADD ("caption-range", test_caption_range);
  ADD ("match", test_match);
  ADD ("no-room", test_no_room);
  ADD ("cancel", test_cancel);
  ADD ("masks", test_masks);
  ADD ("queries", test_queries);
  ADD ("mask", test_mask);
  ADD ("long-text", test_long_text);
  ADD ("draw-mask", test_draw_mask);
  ADD ("draw-similarity", test_draw_similarity);
#undef ADD
  return g_test_run ();
}

/* The attention page, the words and the map over the picture, on the demo model: what is selected, from where, and what
 * follows from it. The numbers are compared in test-attention-e2e.py. */

#include <glib/gstdio.h>

#include "tests/ui/harness.h"
#include "ui/atlas-view.h"
#include "ui/attention-page.h"
#include "ui/figure-drag.h"
#include "ui/map-table.h"
#include "ui/patch-list.h"
#include "ui/query-lane.h"

#define PICTURE "12-carrot-watermelon.png"
#define OTHER "13-bear-pig.png"

typedef struct
{
  QlWindow *window;
  QlLab *lab;
} Fixture;

static void
act_with (Fixture *self, const char *name, GVariant *target)
{
  g_action_group_activate_action (G_ACTION_GROUP (self->window), name, target);
}

static gboolean
is_ready (Fixture *self)
{
  return ql_lab_get_state (self->lab) == QL_LAB_READY;
}

static void
set_up (Fixture *self, gconstpointer data)
{
  self->window = new_window ();
  self->lab = self->window->lab;
  open_sample (self->window, PICTURE);
  act_with (self, "page", g_variant_new_string ("attention"));
  WAIT (is_ready (self));
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  GSettings *settings = ql_application_get_settings (app);

  g_settings_reset (settings, "word-strip");
  g_settings_reset (settings, "lab-overlay");
  g_settings_reset (settings, "lab-style");
  g_settings_reset (settings, "lab-scale");
  act_with (self, "page", g_variant_new_string ("chat"));
  close_window (self->window);
}

static GtkWidget *
page (Fixture *self)
{
  return gtk_stack_get_child_by_name (self->window->pages, "attention");
}

static int
find_word (Fixture *self, const char *text)
{
  QlTrace *trace = ql_lab_get_trace (self->lab);

  for (int i = 0; i < ql_trace_get_n_words (trace); i++)
    if (g_str_equal (ql_trace_get_word_text (trace, i), text))
      return i;
  g_assert_not_reached ();
}

/* ---- what there is to see ---- */

static void
test_words (Fixture *self, gconstpointer data)
{
  QlTrace *trace = ql_lab_get_trace (self->lab);
  GArray *top;

  g_assert_cmpstr (ql_trace_get_text (trace), ==, last_text (self->window));
  g_assert_true (gtk_widget_get_mapped (GTK_WIDGET (self->window->word_strip)));
  g_assert_true (gtk_widget_get_mapped (GTK_WIDGET (self->window->overlay_bar)));
  /* a word's query is the one that it came from most */
  act_with (self, "word", g_variant_new_int32 (find_word (self, "watermelon")));
  g_assert_cmpint (ql_lab_get_word (self->lab), ==, find_word (self, "watermelon"));
  top = ql_trace_top_queries (trace, ql_lab_get_word (self->lab), QL_LM_MEAN, 1);
  g_assert_cmpint (ql_lab_get_query (self->lab), ==, g_array_index (top, QlQueryWeight, 0).query);
  g_array_unref (top);
  act_with (self, "word", g_variant_new_int32 (-1));
  g_assert_cmpint (ql_lab_get_word (self->lab), ==, -1);
}

/* Numbers from strangers: nothing but what there is gets selected. */
static void
test_out_of_range (Fixture *self, gconstpointer data)
{
  QlTrace *trace = ql_lab_get_trace (self->lab);
  int column, row;

  act_with (self, "query", g_variant_new_int32 (G_MAXINT));
  g_assert_cmpint (ql_lab_get_query (self->lab), ==, ql_trace_get_n_queries (trace) - 1);
  act_with (self, "query", g_variant_new_int32 (G_MININT));
  g_assert_cmpint (ql_lab_get_query (self->lab), ==, 0);
  act_with (self, "layer", g_variant_new_int32 (1)); /* has no cross-attention */
  g_assert_cmpint (ql_lab_get_layer (self->lab), ==, ql_trace_get_n_layers (trace) - 1);
  act_with (self, "head", g_variant_new_int32 (G_MAXINT));
  g_assert_cmpint (ql_lab_get_head (self->lab), ==, ql_trace_get_n_heads (trace) - 1);
  act_with (self, "map-key", g_variant_new ("(iii)", -5, G_MAXINT, 7));
  g_assert_cmpint (ql_lab_get_query (self->lab), ==, 0);
  act_with (self, "map-method", g_variant_new_string ("no such method"));
  g_assert_cmpint (ql_lab_get_method (self->lab), ==, QL_MAP_HEAD);
  act_with (self, "word", g_variant_new_int32 (G_MAXINT));
  g_assert_cmpint (ql_lab_get_word (self->lab), ==, ql_trace_get_n_words (trace) - 1);
  act_with (self, "patch", g_variant_new ("(ii)", G_MAXINT, G_MININT));
  g_assert_true (ql_lab_get_patch (self->lab, &column, &row));
  g_assert_cmpint (column, ==, ql_trace_get_columns (trace) - 1);
  g_assert_cmpint (row, ==, 0);
  act_with (self, "patch", g_variant_new ("(ii)", -1, 3));
  g_assert_false (ql_lab_get_patch (self->lab, NULL, NULL));
}

/* Steps go round and visit everything once. */
static void
test_steps (Fixture *self, gconstpointer data)
{
  static const struct
  {
    const char *action;
    int (*get) (QlLab *);
    int (*count) (QlTrace *);
  } steps[] = { { "step-query", ql_lab_get_query, ql_trace_get_n_queries },
                { "step-layer", ql_lab_get_layer, ql_trace_get_n_layers },
                { "step-head", ql_lab_get_head, ql_trace_get_n_heads } };

  act_with (self, "head", g_variant_new_int32 (0));
  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      int n = steps[i].count (ql_lab_get_trace (self->lab)), begin = steps[i].get (self->lab);

      for (int k = 1; k <= n; k++)
        {
          act_with (self, steps[i].action, g_variant_new_int32 (1));
          g_assert_cmpint (steps[i].get (self->lab), ==, (begin + k) % n);
        }
      act_with (self, steps[i].action, g_variant_new_int32 (-1));
      g_assert_cmpint (steps[i].get (self->lab), ==, (begin + n - 1) % n);
    }
}

/* ---- views ---- */

/* A click on the picture chooses the patch under it, and what is told of it is the map's. */
static void
test_patch (Fixture *self, gconstpointer data)
{
  QlPatchList *list = QL_PATCH_LIST (find_type (page (self), QL_TYPE_PATCH_LIST));
  GtkWidget *look;
  graphene_rect_t rect;
  QlMapKey key;
  g_autoptr (GArray) looks = NULL;
  int column, row;

  g_assert_false (gtk_widget_get_visible (GTK_WIDGET (list)));
  g_assert_true (ql_canvas_get_picture_rect (self->window->canvas, &rect));
  g_assert_true (ql_canvas_find_patch (self->window->canvas, (double) rect.origin.x + 1,
                                       (double) rect.origin.y + 1, &column, &row));
  g_assert_cmpint (column + row, ==, 0);
  g_assert_false (ql_canvas_find_patch (self->window->canvas, (double) rect.origin.x - 1,
                                        (double) rect.origin.y + 1, &column, &row));
  g_assert_true (ql_canvas_find_patch (self->window->canvas, (double) (rect.origin.x + rect.size.width) - 1,
                                       (double) (rect.origin.y + rect.size.height) - 1, &column, &row));
  g_assert_cmpint (column, ==, ql_trace_get_columns (ql_lab_get_trace (self->lab)) - 1);
  act_with (self, "patch", g_variant_new ("(ii)", 3, 5));
  g_assert_true (gtk_widget_get_visible (GTK_WIDGET (list)));
  /* the way back: the first one is the head that gives it most */
  looks = ql_trace_rank_patch (ql_lab_get_trace (self->lab), 3, 5, QL_MAP_HEAD, 1);
  look = gtk_widget_get_first_child (ql_patch_list_get_looks (list));
  g_signal_emit_by_name (look, "clicked");
  ql_lab_get_key (self->lab, &key);
  g_assert_cmpint (key.query, ==, g_array_index (looks, QlPatchLook, 0).key.query);
  g_assert_cmpint (key.layer, ==, g_array_index (looks, QlPatchLook, 0).key.layer);
  g_assert_cmpint (key.head, ==, g_array_index (looks, QlPatchLook, 0).key.head);
  g_assert_cmpint (key.method, ==, QL_MAP_HEAD);
  act_with (self, "clear-selection", NULL);
  g_assert_false (ql_lab_get_patch (self->lab, NULL, NULL));
}

static gboolean
shows_text (GtkWidget *root, const char *begin)
{
  if (!gtk_widget_get_visible (root))
    return FALSE;
  if (GTK_IS_LABEL (root) && g_str_has_prefix (gtk_label_get_text (GTK_LABEL (root)), begin))
    return TRUE;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    if (shows_text (child, begin))
      return TRUE;
  return FALSE;
}

static void
test_atlas (Fixture *self, gconstpointer data)
{
  QlAtlasView *view = QL_ATLAS_VIEW (find_type (page (self), QL_TYPE_ATLAS_VIEW));
  QlTrace *trace = ql_lab_get_trace (self->lab);
  double before = -G_MAXDOUBLE;
  QlMapBox box = { 0, 0, 0.5, 0.5 };

  g_assert_cmpint (ql_atlas_get_n_maps (ql_atlas_view_get_atlas (view)), ==,
                   ql_trace_get_n_layers (trace) * ql_trace_get_n_heads (trace));
  act_with (self, "query", g_variant_new_int32 (7));
  g_assert_cmpint (ql_map_get_key (ql_atlas_get_map (ql_atlas_view_get_atlas (view), 0))->query, ==, 7);
  ql_lab_set_sort (self->lab, QL_MAP_SORT_OVERLAP); /* no box yet: the order of the model */
  g_assert_cmpint (ql_map_get_key (ql_atlas_get_map (ql_atlas_view_get_atlas (view), 1))->head, ==, 1);
  g_assert_true (shows_text (page (self), "No box yet"));
  ql_lab_set_box (self->lab, &box);
  g_assert_true (shows_text (page (self), "In the box: "));
  ql_lab_set_atlas (self->lab, QL_LAB_ATLAS_QUERIES);
  g_assert_cmpint (ql_atlas_get_n_maps (ql_atlas_view_get_atlas (view)), ==, ql_trace_get_n_queries (trace));
  for (int i = 0; i < ql_trace_get_n_queries (trace); i++)
    {
      double key = ql_map_get_sort_key (ql_atlas_get_map (ql_atlas_view_get_atlas (view), i),
                                        QL_MAP_SORT_OVERLAP, &box);

      g_assert_cmpfloat (key, >=, before);
      before = key;
    }
  ql_lab_set_box (self->lab, NULL);
  g_assert_true (shows_text (page (self), "No box yet"));
}

/* As text is marked: from where the patch was, to where it goes. */
static void
test_box (Fixture *self, gconstpointer data)
{
  QlTrace *trace = ql_lab_get_trace (self->lab);
  double columns = ql_trace_get_columns (trace), rows = ql_trace_get_rows (trace);
  const QlMapBox *box;
  int column, row;

  act_with (self, "patch", g_variant_new ("(ii)", 3, 5));
  act_with (self, "extend-box", g_variant_new ("(ii)", 1, 0));
  act_with (self, "extend-box", g_variant_new ("(ii)", 0, -2));
  g_assert_cmpint (ql_lab_get_sort (self->lab), ==, QL_MAP_SORT_OVERLAP);
  g_assert_true (ql_lab_get_patch (self->lab, &column, &row));
  g_assert_cmpint (column, ==, 4);
  g_assert_cmpint (row, ==, 3);
  box = ql_lab_get_box (self->lab);
  g_assert_cmpfloat_with_epsilon (box->x, 3 / columns, 1e-9);
  g_assert_cmpfloat_with_epsilon (box->y, 3 / rows, 1e-9);
  g_assert_cmpfloat_with_epsilon (box->width, 2 / columns, 1e-9);
  g_assert_cmpfloat_with_epsilon (box->height, 3 / rows, 1e-9);
  /* beyond the corner that stays, and out of the picture */
  act_with (self, "extend-box", g_variant_new ("(ii)", -3, 0));
  act_with (self, "extend-box", g_variant_new ("(ii)", -30, 0));
  box = ql_lab_get_box (self->lab);
  g_assert_cmpfloat_with_epsilon (box->x, 0, 1e-9);
  g_assert_cmpfloat_with_epsilon (box->width, 4 / columns, 1e-9);
  /* from a patch that is no corner of it another one begins */
  act_with (self, "patch", g_variant_new ("(ii)", 1, 4));
  act_with (self, "extend-box", g_variant_new ("(ii)", 0, 1));
  box = ql_lab_get_box (self->lab);
  g_assert_cmpfloat_with_epsilon (box->x, 1 / columns, 1e-9);
  g_assert_cmpfloat_with_epsilon (box->height, 2 / rows, 1e-9);
  act_with (self, "box", g_variant_new ("(iiii)", 6, 6, 2, 99));
  box = ql_lab_get_box (self->lab);
  g_assert_cmpfloat_with_epsilon (box->x, 2 / columns, 1e-9);
  g_assert_cmpfloat_with_epsilon (box->y + box->height, 1, 1e-9);
  act_with (self, "clear-selection", NULL);
  g_assert_null (ql_lab_get_box (self->lab));
}

/* To be dragged out: for programs that take pictures, and for those that take files. */
static void
test_drag_out (Fixture *self, gconstpointer data)
{
  QlMapLook look;
  g_autofree char *path = NULL;

  ql_lab_get_look (self->lab, &look);
  {
    g_autoptr (QlFigure) figure = ql_figure_new (ql_lab_get_map (self->lab), &look);
    GtkWidget *owner = g_object_ref_sink (gtk_label_new (NULL));
    g_autoptr (GdkContentProvider) content = ql_figure_drag_content (figure, "a/b", owner);
    g_autoptr (GdkContentFormats) formats = gdk_content_provider_ref_formats (content);
    g_auto (GValue) value = G_VALUE_INIT;
    g_autoptr (GdkPixbuf) pixbuf = NULL;
    g_autofree char *name = NULL;

    g_assert_true (gdk_content_formats_contain_mime_type (formats, "image/png"));
    g_assert_true (gdk_content_formats_contain_mime_type (formats, "image/svg+xml"));
    g_value_init (&value, G_TYPE_FILE);
    g_assert_true (gdk_content_provider_get_value (content, &value, NULL));
    path = g_file_get_path (g_value_get_object (&value));
    name = g_path_get_basename (path);
    g_assert_cmpstr (name, ==, "a-b.png");
    pixbuf = gdk_pixbuf_new_from_file (path, NULL);
    g_assert_nonnull (pixbuf);
    g_assert_cmpint (gdk_pixbuf_get_width (pixbuf), >, 400);
    g_object_unref (owner);
  }
  /* and nothing is left behind of a picture of the person's */
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
}

static void
test_compare (Fixture *self, gconstpointer data)
{
  QlMap *map;
  double a, b;

  g_assert_false (enabled (self->window, "difference"));
  act_with (self, "query", g_variant_new_int32 (4));
  a = ql_map_get_value (ql_lab_get_map (self->lab), 3, 5);
  act (self->window, "pin");
  act_with (self, "query", g_variant_new_int32 (13));
  b = ql_map_get_value (ql_lab_get_map (self->lab), 3, 5);
  act (self->window, "difference");
  map = ql_lab_get_map (self->lab);
  g_assert_cmpint (ql_map_get_kind (map), ==, QL_MAP_DIFFERENCE);
  g_assert_cmpfloat_with_epsilon (ql_map_get_value (map, 3, 5), a - b, 1e-6);
  /* A stays while another picture is looked at */
  open_sample (self->window, OTHER);
  WAIT (is_ready (self));
  g_assert_cmpint (ql_map_get_kind (ql_lab_get_map (self->lab)), ==, QL_MAP_DIFFERENCE);
  act (self->window, "unpin");
  g_assert_cmpint (ql_map_get_kind (ql_lab_get_map (self->lab)), ==, QL_MAP_OF_QUERY);
}

static void
test_table (Fixture *self, gconstpointer data)
{
  g_autofree char *text = NULL, *value = NULL, *expected = NULL;

  act (self->window, "map-table");
  WAIT (self->window->map_table != NULL && gtk_widget_get_mapped (self->window->map_table));
  text = ql_map_table_get_text (QL_MAP_TABLE (self->window->map_table), 1);
  value = ql_map_describe_patch (ql_lab_get_map (self->lab), 1, 0);
  expected = g_strdup_printf ("Row 0, column 1: %s", value);
  g_assert_cmpstr (text, ==, expected);
  gtk_window_destroy (GTK_WINDOW (self->window->map_table));
  g_assert_null (self->window->map_table);
}

/* ---- when ---- */

/* Nothing is computed for who does not look; the chat shows it where that is wanted. */
static void
test_looking (Fixture *self, gconstpointer data)
{
  act_with (self, "page", g_variant_new_string ("chat"));
  g_assert_false (gtk_widget_get_visible (GTK_WIDGET (self->window->word_strip)));
  g_assert_false (enabled (self->window, "query"));
  act_with (self, "ask-text", g_variant_new_string ("what color is the carrot?"));
  WAIT (idle (self->window));
  g_assert_cmpint (ql_lab_get_state (self->lab), ==, QL_LAB_WAITING);
  act (self->window, "word-strip");
  WAIT (is_ready (self));
  g_assert_cmpstr (ql_trace_get_text (ql_lab_get_trace (self->lab)), ==, last_text (self->window));
  g_assert_true (gtk_widget_get_visible (GTK_WIDGET (self->window->word_strip)));
  /* an earlier answer, from its menu */
  act_with (self, "attention-turn", g_variant_new_uint32 (1));
  WAIT (is_ready (self)
        && ql_lab_get_turn (self->lab) == ql_conversation_get_turn (self->window->conversation, 1));
  g_assert_cmpstr (gtk_stack_get_visible_child_name (self->window->pages), ==, "attention");
  g_assert_cmpstr (ql_trace_get_text (ql_lab_get_trace (self->lab)), ==, sample_caption (PICTURE));
}

static void
closed_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  *(gboolean *) data = ql_engine_service_close_model_finish (QL_ENGINE_SERVICE (source), result, NULL);
}

/* Without a model an answer's attention is either kept, or said not to be; with one it comes by itself. */
static void
test_no_model (Fixture *self, gconstpointer data)
{
  QlEngineService *engine = ql_application_get_engine (app);
  gboolean closed = FALSE;

  act_with (self, "page", g_variant_new_string ("chat"));
  act_with (self, "ask-text", g_variant_new_string ("is there a dog?"));
  WAIT (idle (self->window));
  ql_engine_service_close_model_async (engine, NULL, closed_cb, &closed);
  WAIT (closed);
  act_with (self, "page", g_variant_new_string ("attention"));
  g_assert_cmpint (ql_lab_get_state (self->lab), ==, QL_LAB_NOT_KEPT);
  act_with (self, "attention-turn", g_variant_new_uint32 (1)); /* whose trace was looked at before */
  g_assert_true (is_ready (self));
  act_with (self, "attention-turn", g_variant_new_uint32 (2));
  g_assert_cmpint (ql_lab_get_state (self->lab), ==, QL_LAB_NOT_KEPT);
  ql_application_ensure_model (app);
  WAIT (is_ready (self));
}

/* ---- files ---- */

static void
test_files (Fixture *self, gconstpointer data)
{
  static const char *const names[] = { "figure.svg", "figure.pdf", "figure.png", "figure.csv", "atlas.svg" };
  g_autofree char *folder = g_dir_make_tmp ("qlens-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "answer.safetensors", NULL);
  g_autofree char *uri = g_filename_to_uri (path, NULL, NULL), *text = g_strdup (last_text (self->window));
  g_autoptr (GFile) file = g_file_new_for_path (path);
  double value;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *to = g_build_filename (folder, names[i], NULL);
      g_autofree char *to_uri = g_filename_to_uri (to, NULL, NULL);

      act_with (self, i == 4 ? "save-atlas-as" : "save-figure-as", g_variant_new_string (to_uri));
      WAIT (ql_message_bar_is_shown (self->window->message_bar));
      g_assert_true (g_file_test (to, G_FILE_TEST_IS_REGULAR));
      ql_message_bar_dismiss (self->window->message_bar);
    }
  act_with (self, "query", g_variant_new_int32 (4));
  value = ql_map_get_value (ql_lab_get_map (self->lab), 3, 5);
  act_with (self, "save-trace-as", g_variant_new_string (uri));
  WAIT (ql_message_bar_is_shown (self->window->message_bar));
  /* opened again, it is the same, with nothing to ask */
  act (self->window, "new");
  ql_window_open_files (self->window, &file, 1);
  WAIT (is_ready (self) && ql_lab_get_turn (self->lab) == NULL);
  g_assert_cmpstr (last_text (self->window), ==, text);
  g_assert_false (ql_window_can_ask (self->window));
  g_assert_nonnull (ql_canvas_get_picture (self->window->canvas));
  act_with (self, "query", g_variant_new_int32 (4));
  g_assert_cmpfloat_with_epsilon (ql_map_get_value (ql_lab_get_map (self->lab), 3, 5), value, 1e-3);
  g_assert_true (g_file_set_contents (path, "no trace at all", -1, NULL));
  harness_remove_tree (folder);
}

/* ---- speed: printed, never judged here ---- */

static void
test_speed (Fixture *self, gconstpointer data)
{
  GdkFrameClock *clock = gtk_widget_get_frame_clock (GTK_WIDGET (self->window));
  gint64 most = 0, sum = 0;

  for (int i = 0; i < 64; i++)
    {
      gint64 start = g_get_monotonic_time (), frame = gdk_frame_clock_get_frame_counter (clock), took;

      act_with (self, i % 2 == 0 ? "step-query" : "step-head", g_variant_new_int32 (1));
      took = g_get_monotonic_time () - start;
      WAIT (gdk_frame_clock_get_frame_counter (clock) > frame);
      most = MAX (most, took);
      sum += took;
    }
  g_test_message ("a step: %.2f ms on average, %.2f at most, without drawing", (double) sum / 64e3,
                  (double) most / 1e3);
  g_assert_cmpint (sum, >, 0);
}

int
main (int argc, char **argv)
{
  harness_init (&argc, &argv);
#define ADD(name, func) g_test_add ("/attention/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("words", test_words);
  ADD ("out-of-range", test_out_of_range);
  ADD ("steps", test_steps);
  ADD ("patch", test_patch);
  ADD ("atlas", test_atlas);
  ADD ("box", test_box);
  ADD ("drag-out", test_drag_out);
  ADD ("compare", test_compare);
  ADD ("table", test_table);
  ADD ("looking", test_looking);
  ADD ("no-model", test_no_model);
  ADD ("files", test_files);
  ADD ("speed", test_speed);
  return harness_run ();
}

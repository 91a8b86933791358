/*
 * How the window fares: is it ever too busy to answer, and what do many pictures cost.
 *
 *   bench-window [MODEL-FOLDER]   the second model, one on which an answer takes its time
 */
#include <malloc.h>

#include "tests/ui/harness.h"
#include "tests/ui/loop-probe.h"
#include "tests/ui/memory.h"
#include "ui/batch-view-private.h"

#define N_PICTURES 100
#define N_ROWS 20000
#define N_WARM 20

static const char *
sample_name (guint i)
{
  return json_string_value (
      json_object_get (json_array_get (samples, i % json_array_size (samples)), "file"));
}

static void
ask (QlWindow *window, const char *question)
{
  g_action_group_activate_action (G_ACTION_GROUP (window), "ask-text", g_variant_new_string (question));
  WAIT (idle (window));
}

static void
print_spread (const char *what, const LoopSpread *spread)
{
  g_print ("%-28s %8.2f ms median, %6.2f of 99 %%, %6.2f at most, of %u\n", what, spread->median,
           spread->percentile99, spread->most, spread->n);
}

static void
print_report (const LoopReport *report)
{
  print_spread ("  main loop busy", &report->busy);
  print_spread ("  of it processor time", &report->work);
  print_spread ("  from frame to frame", &report->frames);
}

/* Of the newest answer. */
static gboolean
is_looked_at (QlWindow *window)
{
  return ql_lab_get_state (window->lab) == QL_LAB_READY
         && ql_lab_get_turn (window->lab) == ql_conversation_get_last (window->conversation);
}

/* The map, all maps side by side, words and queries, at every key. */
static void
measure_steps (QlWindow *window)
{
  static const char *const actions[] = { "step-query", "step-head", "step-layer", "step-word" };
  GdkFrameClock *clock = gtk_widget_get_frame_clock (GTK_WIDGET (window));
  LoopReport report;

  loop_probe_start (GTK_WIDGET (window));
  for (guint i = 0; i < 128; i++)
    {
      gint64 frame = gdk_frame_clock_get_frame_counter (clock);

      g_action_group_activate_action (G_ACTION_GROUP (window), actions[i % G_N_ELEMENTS (actions)],
                                      g_variant_new_int32 (1));
      WAIT (gdk_frame_clock_get_frame_counter (clock) > frame);
    }
  loop_probe_stop (&report);
  g_print ("128 keys on the attention page\n");
  print_report (&report);
}

/* A picture is opened and described, and two questions are answered. @attention: and its attention is looked at. */
static void
measure_loop (const char *title, guint n_before, gboolean attention)
{
  QlWindow *window = new_window ();
  LoopReport report;
  gint64 start;

  drop_files (window, "12-carrot-watermelon.png", NULL);
  WAIT (idle (window));
  for (guint i = 0; i < n_before; i++)
    ask (window, "what color is the carrot?");
  if (attention)
    {
      g_action_group_activate_action (G_ACTION_GROUP (window), "page", g_variant_new_string ("attention"));
      WAIT (is_looked_at (window));
    }
  loop_probe_start (GTK_WIDGET (window));
  start = g_get_monotonic_time ();
  if (n_before == 0)
    {
      drop_files (window, "13-bear-pig.png", NULL);
      WAIT (idle (window));
    }
  ask (window, "what is to the left of the pig?");
  act (window, "describe");
  WAIT (idle (window) && (!attention || is_looked_at (window)));
  loop_probe_stop (&report);
  g_print ("%s: %.1f s\n", title, (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC);
  print_report (&report);
  if (attention)
    measure_steps (window);
  close_window (window);
}

/* Rows of files that are not there: nothing but the table. */
static void
add_rows (QlWindow *window)
{
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);

  for (int i = 0; i < N_ROWS; i++)
    g_ptr_array_add (paths, g_strdup_printf ("/nowhere/picture %d.png", i));
  ql_batch_view_add_paths (window->batch_view, paths);
  WAIT (!ql_batch_view_is_adding (window->batch_view));
}

static void
scroll_rows (QlWindow *window, double step, guint n)
{
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (window->batch_view->scroller);
  GdkFrameClock *clock = gtk_widget_get_frame_clock (GTK_WIDGET (window));

  for (guint i = 0; i < n; i++)
    {
      gint64 frame = gdk_frame_clock_get_frame_counter (clock);
      double end = gtk_adjustment_get_upper (adjustment) - gtk_adjustment_get_page_size (adjustment);
      double value = gtk_adjustment_get_value (adjustment) + step;

      gtk_adjustment_set_value (adjustment, value > end ? 0 : value);
      WAIT (gdk_frame_clock_get_frame_counter (clock) > frame);
    }
}

static void
print_batch (const char *what)
{
  LoopReport report;

  loop_probe_stop (&report);
  g_print ("%s\n", what);
  print_spread ("  main loop busy", &report.busy);
  print_spread ("  of it processor time", &report.work);
}

static void
measure_batch (void)
{
  QlWindow *window = new_window ();

  ql_window_show_batch (window, TRUE);
  loop_probe_start (GTK_WIDGET (window));
  add_rows (window);
  print_batch ("20,000 rows into the batch's table");
  loop_probe_start (GTK_WIDGET (window));
  scroll_rows (window, 50, 200);
  print_batch ("scrolling through them, by a row at a time");
  loop_probe_start (GTK_WIDGET (window));
  scroll_rows (window, 600, 200);
  print_batch ("by a page at a time");
  loop_probe_start (GTK_WIDGET (window));
  scroll_rows (window, 24000, 100);
  print_batch ("from end to end");
  close_window (window);
}

static void
print_memory (guint n, const char *what)
{
  malloc_trim (0);
  g_print ("  after %3u %-12s %7.1f MB, %6.1f of them on the heap\n", n, what, (double) memory_rss () / 1e6,
           (double) memory_heap () / 1e6);
}

/* Every picture is a session of its own; then all sessions are opened in turn, twice. */
static void
measure_memory (void)
{
  QlWindow *window = new_window ();
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
  gsize rss = 0, heap = 0;

  g_print ("memory\n");
  for (guint i = 0; i < N_PICTURES; i++)
    {
      drop_files (window, sample_name (i), NULL);
      WAIT (idle (window));
      g_ptr_array_add (ids, g_strdup (ql_open_session_get_id (window->session)));
      if (i + 1 != N_WARM && i + 1 != N_PICTURES)
        continue;
      print_memory (i + 1, "pictures");
      if (i + 1 == N_PICTURES)
        g_print ("  each one more: %+.1f kB, %+.1f on the heap\n",
                 ((double) memory_rss () - (double) rss) / 1e3 / (N_PICTURES - N_WARM),
                 ((double) memory_heap () - (double) heap) / 1e3 / (N_PICTURES - N_WARM));
      rss = memory_rss ();
      heap = memory_heap ();
    }
  for (guint round = 0; round < 2; round++)
    {
      for (guint i = 0; i < ids->len; i++)
        {
          g_action_group_activate_action (G_ACTION_GROUP (window), "open-session",
                                          g_variant_new_string (ids->pdata[i]));
          WAIT (window->loading == NULL && window->session != NULL
                && g_str_equal (ql_open_session_get_id (window->session), ids->pdata[i]));
        }
      print_memory ((round + 1) * ids->len, "sessions");
    }
  close_window (window);
}

int
main (int argc, char **argv)
{
  const char *model = argc > 1 ? argv[1] : NULL;
  QlEngineService *engine;

  harness_init (&argc, &argv);
  g_object_set (gtk_settings_get_default (), "gtk-enable-animations", TRUE, NULL);
  engine = ql_application_get_engine (app);
  WAIT (ql_engine_service_get_state (engine) == QL_ENGINE_READY);
  measure_loop ("three answers of the demo model", 0, FALSE);
  measure_loop ("the same after 60 others", 60, FALSE);
  measure_loop ("the same with the map over the picture", 0, TRUE);
  measure_batch ();
  measure_memory ();
  if (model != NULL)
    {
      ql_engine_service_open_model_async (engine, model, NULL, NULL, NULL);
      WAIT (ql_engine_service_get_state (engine) == QL_ENGINE_READY);
      measure_loop ("three answers of a larger model", 0, FALSE);
      measure_loop ("the same with the map over the picture", 0, TRUE);
    }
  ql_engine_service_shutdown (engine);
  return 0;
}

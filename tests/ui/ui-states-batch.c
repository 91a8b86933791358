/* Many pictures at once. */

#include "app/free-memory.h"
#include "tests/app/caption-files.h"
#include "tests/ui/ui-states-private.h"
#include "ui/batch-view-private.h"

static char *dir; /* of the pictures: captions are written there */

static QlBatch *
batch (QlWindow *window)
{
  return ql_batch_view_get_batch (window->batch_view);
}

static void
add_samples (QlWindow *window)
{
  g_autoptr (GFile) folder = NULL;
  size_t i;
  json_t *sample;

  dir = folder_new ();
  folder = g_file_new_for_path (dir);
  json_array_foreach (samples, i, sample)
  {
    const char *name = json_string_value (json_object_get (sample, "file"));
    g_autofree char *source = g_build_filename ("data/samples", name, NULL);

    g_free (folder_copy (dir, name, source));
  }
  g_free (folder_put (dir, "00-damaged.png", "\x89PNG\r\n\x1a\n damaged", -1));
  ql_window_show_batch (window, TRUE);
  ql_batch_view_add_files (window->batch_view, &folder, 1);
  WAIT (!ql_batch_view_is_adding (window->batch_view));
}

static void
run (QlWindow *window)
{
  add_samples (window);
  act (window, "batch-start");
  WAIT (ql_batch_get_state (batch (window)) == QL_BATCH_IDLE);
}

static GtkWindow *
enter_batch_empty (QlWindow *window)
{
  ql_window_show_batch (window, TRUE);
  return NULL;
}

/* Paused: so it is looked at in the state that it was waited for. */
static GtkWindow *
enter_batch_running (QlWindow *window)
{
  add_samples (window);
  act (window, "batch-start");
  WAIT (ql_batch_get_progress (batch (window)).n_over >= 5);
  act (window, "batch-pause");
  return NULL;
}

static GtkWindow *
enter_batch_done (QlWindow *window)
{
  run (window);
  act (window, "batch-show-failed");
  WAIT (enabled (window, "batch-show-error"));
  act (window, "batch-show-error");
  return NULL;
}

static GtkWindow *
enter_batch_no_memory (QlWindow *window)
{
  ql_free_memory_set_source (ui_little_memory);
  run (window);
  WAIT (ql_message_bar_is_shown (window->batch_view->message_bar));
  return NULL;
}

static GtkWindow *
enter_batch_edit (QlWindow *window)
{
  run (window);
  ql_batch_view_edit_row (window->batch_view, 2);
  WAIT (ql_batch_view_get_editing (window->batch_view));
  return NULL;
}

static GtkWindow *
enter_batch_options (QlWindow *window)
{
  add_samples (window);
  act (window, "batch-options");
  WAIT (gtk_widget_get_mapped (GTK_WIDGET (window->batch_view->options)));
  return NULL;
}

static GtkWindow *
enter_batch_row_menu (QlWindow *window)
{
  run (window);
  gtk_selection_model_select_item (GTK_SELECTION_MODEL (window->batch_view->selection), 1, TRUE);
  gtk_popover_set_pointing_to (GTK_POPOVER (window->batch_view->row_menu), &(GdkRectangle){ 40, 180, 1, 1 });
  gtk_popover_popup (GTK_POPOVER (window->batch_view->row_menu));
  WAIT (gtk_widget_get_mapped (window->batch_view->row_menu));
  return NULL;
}

static void
leave_batch (QlWindow *window)
{
  if (ql_batch_view_get_editing (window->batch_view))
    ql_batch_view_focus (window->batch_view);
  ql_free_memory_set_source (NULL);
  ql_batch_stop (batch (window));
  WAIT (ql_batch_get_state (batch (window)) == QL_BATCH_IDLE);
  g_clear_pointer (&dir, folder_free);
}

const UiState ui_states_batch[] = {
  { "batch-empty", enter_batch_empty },
  { "batch-running", enter_batch_running, leave_batch },
  { "batch-done", enter_batch_done, leave_batch },
  { "batch-no-memory", enter_batch_no_memory, leave_batch },
  { "batch-edit", enter_batch_edit, leave_batch },
  { "batch-options", enter_batch_options, leave_batch },
  { "batch-row-menu", enter_batch_row_menu, leave_batch },
  { NULL },
};

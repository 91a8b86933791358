#include "ui/batch-view-private.h"

#include <glib/gi18n.h>

#include "ui/caption-cell.h"
#include "ui/show-in-files.h"

/* Every command of the batch, as an action of its window. Those for rows go to the selected ones. */

static void
open_folder_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  g_signal_emit_by_name (data, "wanted");
  ql_batch_view_choose (data, TRUE);
}

static void
add_files_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  g_signal_emit_by_name (data, "wanted");
  ql_batch_view_choose (data, FALSE);
}

static void
add_uris_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  g_autofree const char **uris = g_variant_get_strv (parameter, NULL);
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; uris[i] != NULL; i++)
    g_ptr_array_add (files, g_file_new_for_uri (uris[i]));
  g_signal_emit_by_name (data, "wanted");
  ql_batch_view_add_files (data, (GFile **) files->pdata, files->len);
}

static void
cancel_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ql_batch_view_cancel_adding (data);
}

static void
clear_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ql_batch_view_clear (data);
}

static void
start_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ql_batch_view_start (data);
}

static void
start_anyway_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ql_batch_view_start_anyway (data);
}

static void
start_over_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ql_batch_view_start_over (data);
}

static void
pause_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ql_batch_pause (QL_BATCH_VIEW (data)->batch);
}

static void
stop_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ql_batch_stop (QL_BATCH_VIEW (data)->batch);
}

static void
options_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  g_signal_emit_by_name (data, "wanted");
  ql_batch_view_open_options (data);
}

static void
choose_table_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ql_batch_options_choose_table (QL_BATCH_VIEW (data)->options, g_variant_get_string (parameter, NULL));
}

static void
reset_tables_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  QlBatchView *self = data;

  g_settings_reset (self->settings, "batch-csv-file");
  g_settings_reset (self->settings, "batch-jsonl-file");
}

static void
sort_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ql_batch_view_sort (data, g_variant_get_string (parameter, NULL));
}

static void
show_failed_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  QlBatchView *self = data;

  g_signal_emit_by_name (self, "wanted");
  ql_batch_view_sort (self, "status");
  ql_batch_view_show_first (self);
}

/* ---- of rows -------------------------------------------------------------------------------- */

static void
edit_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  QlBatchView *self = data;
  g_autoptr (GtkBitset) selected = gtk_selection_model_get_selection (GTK_SELECTION_MODEL (self->selection));

  if (!gtk_bitset_is_empty (selected))
    ql_batch_view_edit_row (self, gtk_bitset_get_minimum (selected));
}

static void
open_row_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  g_autoptr (GPtrArray) items = ql_batch_view_get_selected (data);
  g_autoptr (GFile) file = NULL;

  if (items->len == 0)
    return;
  file = g_file_new_for_path (ql_batch_item_get_path (items->pdata[0]));
  g_signal_emit_by_name (data, "open-picture", file);
}

static void
show_error_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  g_autoptr (GPtrArray) items = ql_batch_view_get_selected (data);

  if (items->len > 0)
    ql_batch_view_show_row_error (data, items->pdata[0]);
}

static void
retry_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  QlBatchView *self = data;
  g_autoptr (GPtrArray) items = ql_batch_view_get_selected (self);

  for (guint i = items->len; i-- > 0;)
    if (ql_batch_item_get_status (items->pdata[i]) != QL_BATCH_FAILED)
      g_ptr_array_remove_index (items, i);
  if (ql_batch_get_state (self->batch) != QL_BATCH_IDLE || items->len == 0)
    return;
  ql_message_bar_dismiss (self->message_bar);
  ql_batch_view_apply_settings (self);
  ql_batch_start_items (self->batch, items);
}

static void
remove_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  QlBatchView *self = data;
  g_autoptr (GPtrArray) items = ql_batch_view_get_selected (self);

  ql_batch_remove (self->batch, items);
  ql_batch_view_update (self);
}

static void
show_in_files_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (data));
  g_autoptr (GPtrArray) items = ql_batch_view_get_selected (data);
  g_autoptr (GPtrArray) uris = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < items->len; i++)
    g_ptr_array_add (uris, g_filename_to_uri (ql_batch_item_get_path (items->pdata[i]), NULL, NULL));
  g_ptr_array_add (uris, NULL);
  ql_show_in_files (GTK_IS_WINDOW (root) ? GTK_WINDOW (root) : NULL, (const char *const *) uris->pdata);
}

/* ---- which of them there are, and when ----------------------------------------------------------- */

static const GActionEntry entries[] = {
  { "batch-open-folder", open_folder_action, NULL, NULL, NULL },
  { "batch-add-files", add_files_action, NULL, NULL, NULL },
  { "batch-add-uris", add_uris_action, "as", NULL, NULL },
  { "batch-cancel", cancel_action, NULL, NULL, NULL },
  { "batch-clear", clear_action, NULL, NULL, NULL },
  { "batch-start", start_action, NULL, NULL, NULL },
  { "batch-start-anyway", start_anyway_action, NULL, NULL, NULL },
  { "batch-start-over", start_over_action, NULL, NULL, NULL },
  { "batch-pause", pause_action, NULL, NULL, NULL },
  { "batch-stop", stop_action, NULL, NULL, NULL },
  { "batch-options", options_action, NULL, NULL, NULL },
  { "batch-choose-table", choose_table_action, "s", NULL, NULL },
  { "batch-reset-tables", reset_tables_action, NULL, NULL, NULL },
  { "batch-sort", sort_action, "s", NULL, NULL },
  { "batch-show-failed", show_failed_action, NULL, NULL, NULL },
  { "batch-edit", edit_action, NULL, NULL, NULL },
  { "batch-open", open_row_action, NULL, NULL, NULL },
  { "batch-show-error", show_error_action, NULL, NULL, NULL },
  { "batch-retry", retry_action, NULL, NULL, NULL },
  { "batch-remove", remove_action, NULL, NULL, NULL },
  { "batch-show-in-files", show_in_files_action, NULL, NULL, NULL },
};

/* Their states are those of settings. */
static const char *const keys[] = { "batch-policy", "batch-txt",   "batch-xmp",      "batch-png-text",
                                    "batch-csv",    "batch-jsonl", "batch-recursive" };

void
ql_batch_view_add_actions (QlBatchView *self, GActionMap *map)
{
  g_return_if_fail (self->actions == NULL);
  self->actions = map;
  g_object_add_weak_pointer (G_OBJECT (map), (gpointer *) &self->actions);
  g_action_map_add_action_entries (map, entries, G_N_ELEMENTS (entries), self);
  for (guint i = 0; self->settings != NULL && i < G_N_ELEMENTS (keys); i++)
    {
      g_autoptr (GAction) action = g_settings_create_action (self->settings, keys[i]);

      g_action_map_add_action (map, action);
    }
  ql_batch_view_update_actions (self);
}

void
ql_batch_view_remove_actions (QlBatchView *self)
{
  if (self->actions == NULL)
    return;
  for (guint i = 0; i < G_N_ELEMENTS (entries); i++)
    g_action_map_remove_action (self->actions, entries[i].name);
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++) /* which outlive the window */
    g_action_map_remove_action (self->actions, keys[i]);
  g_object_remove_weak_pointer (G_OBJECT (self->actions), (gpointer *) &self->actions);
  self->actions = NULL;
}

static void
set_enabled (QlBatchView *self, const char *name, gboolean enabled)
{
  g_simple_action_set_enabled (G_SIMPLE_ACTION (g_action_map_lookup_action (self->actions, name)), enabled);
}

static void
update_row_actions (QlBatchView *self, gboolean idle)
{
  g_autoptr (GtkBitset) selected = gtk_selection_model_get_selection (GTK_SELECTION_MODEL (self->selection));
  gboolean any = !gtk_bitset_is_empty (selected);
  g_autoptr (QlBatchItem) first
      = any ? g_list_model_get_item (G_LIST_MODEL (self->selection), gtk_bitset_get_minimum (selected))
            : NULL;
  gboolean failed = first != NULL && ql_batch_item_get_status (first) == QL_BATCH_FAILED;

  set_enabled (self, "batch-edit", first != NULL && ql_caption_cell_can_edit (first));
  set_enabled (self, "batch-open", any);
  set_enabled (self, "batch-show-error", first != NULL && ql_batch_item_get_error (first) != NULL);
  set_enabled (self, "batch-retry", failed && idle);
  set_enabled (self, "batch-remove", any);
  set_enabled (self, "batch-show-in-files", any);
}

void
ql_batch_view_update_actions (QlBatchView *self)
{
  QlBatchState state = ql_batch_get_state (self->batch);
  QlBatchProgress progress = ql_batch_get_progress (self->batch);
  gboolean idle = state == QL_BATCH_IDLE;

  if (self->actions == NULL)
    return;
  set_enabled (self, "batch-cancel", self->adding != NULL);
  set_enabled (self, "batch-clear", idle && self->adding == NULL && progress.n_items > 0);
  set_enabled (self, "batch-start", ql_batch_view_can_start (self));
  set_enabled (self, "batch-start-anyway", ql_batch_view_can_start (self));
  set_enabled (self, "batch-start-over", idle && progress.n_over > 0 && ql_batch_view_can_start (self));
  set_enabled (self, "batch-pause", state == QL_BATCH_RUNNING);
  set_enabled (self, "batch-stop", state == QL_BATCH_RUNNING || state == QL_BATCH_PAUSED);
  set_enabled (self, "batch-reset-tables", self->settings != NULL);
  set_enabled (self, "batch-choose-table", self->settings != NULL);
  set_enabled (self, "batch-sort", progress.n_items > 0);
  set_enabled (self, "batch-show-failed", progress.n_failed > 0);
  update_row_actions (self, idle);
}

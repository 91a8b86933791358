#include "ui/model-actions.h"

#include <glib/gi18n.h>

#include "app/model-name.h"
#include "ui/models-window.h"
#include "ui/window.h"

/* The message bar's buttons after an error. */
#define ACTION_RETRY "app.reload-model"
#define ACTION_ANYWAY "app.load-anyway"
#define ACTION_CHOOSE "app.models"

/* ---- commands ---- */

static QlModelsWindow *
find_models_window (QlApplication *app)
{
  for (GList *l = gtk_application_get_windows (GTK_APPLICATION (app)); l != NULL; l = l->next)
    if (QL_IS_MODELS_WINDOW (l->data))
      return l->data;
  return NULL;
}

static void
present_models (gpointer data, const char *page)
{
  QlModelsWindow *window = find_models_window (data);
  GtkWindow *parent = gtk_application_get_active_window (data);

  /* Of another window's message, or of the preferences: what it belongs to. */
  while (parent != NULL && !QL_IS_WINDOW (parent))
    parent = gtk_window_get_transient_for (parent);
  if (window == NULL)
    window = ql_models_window_new (data);
  gtk_window_set_transient_for (GTK_WINDOW (window), parent);
  ql_models_window_show_page (window, page);
  gtk_window_present (GTK_WINDOW (window));
}

static void
models_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  present_models (data, "models");
}

/* Also from a notification, when there is no window. */
static void
download_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  if (gtk_application_get_windows (data) == NULL)
    g_application_activate (data);
  present_models (data, "download");
}

static void
load_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  const char *wanted = g_variant_get_string (parameter, NULL);
  GListModel *models = G_LIST_MODEL (ql_application_get_models (data));
  g_autofree char *dir = NULL;

  for (guint i = 0; i < g_list_model_get_n_items (models) && dir == NULL; i++)
    {
      g_autoptr (QlModelEntry) entry = g_list_model_get_item (models, i);

      if (g_str_equal (ql_model_entry_get_id (entry), wanted))
        dir = g_strdup (ql_model_entry_get_dir (entry));
    }
  if (dir == NULL && g_path_is_absolute (wanted))
    dir = g_strdup (wanted);
  if (dir != NULL)
    ql_model_loader_load (ql_application_get_loader (data), dir, FALSE);
}

static void
reload_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ql_application_ensure_model (data);
}

static void
anyway_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ql_model_loader_load_refused (ql_application_get_loader (data));
}

static void
unload_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ql_model_loader_unload (ql_application_get_loader (data));
}

static void
stop_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  ql_application_stop_model (data);
}

static const GActionEntry entries[] = {
  { "models", models_action, NULL, NULL, NULL },      { "download", download_action, NULL, NULL, NULL },
  { "load-model", load_action, "s", NULL, NULL },     { "reload-model", reload_action, NULL, NULL, NULL },
  { "load-anyway", anyway_action, NULL, NULL, NULL }, { "unload-model", unload_action, NULL, NULL, NULL },
  { "stop-model", stop_action, NULL, NULL, NULL },
};

/* ---- what they depend on, and what goes wrong ---- */

static void
enable (QlApplication *app, const char *name, gboolean enabled)
{
  g_simple_action_set_enabled (G_SIMPLE_ACTION (g_action_map_lookup_action (G_ACTION_MAP (app), name)),
                               enabled);
}

static void
update_cb (QlApplication *app)
{
  QlEngineState state = ql_engine_service_get_state (ql_application_get_engine (app));

  enable (app, "reload-model", state == QL_ENGINE_NO_MODEL || state == QL_ENGINE_ERROR);
  enable (app, "load-anyway", ql_model_loader_get_refused (ql_application_get_loader (app)) != NULL);
  enable (app, "unload-model", state == QL_ENGINE_READY);
  enable (app, "stop-model", state == QL_ENGINE_LOADING);
}

static void
state_cb (QlApplication *app)
{
  update_cb (app);
  if (ql_engine_service_get_state (ql_application_get_engine (app)) != QL_ENGINE_LOADING)
    return;
  for (GList *l = gtk_application_get_windows (GTK_APPLICATION (app)); l != NULL; l = l->next)
    if (QL_IS_WINDOW (l->data))
      ql_window_forget_model_error (l->data);
    else if (QL_IS_MODELS_WINDOW (l->data))
      ql_models_window_forget_model_error (l->data);
}

static void
failed_cb (QlApplication *app, const char *dir, const GError *error)
{
  for (GList *l = gtk_application_get_windows (GTK_APPLICATION (app)); l != NULL; l = l->next)
    if (QL_IS_WINDOW (l->data))
      ql_window_show_model_error (l->data, dir, error);
    else if (QL_IS_MODELS_WINDOW (l->data))
      ql_models_window_show_model_error (l->data, dir, error);
}

void
ql_model_actions_add (QlApplication *app)
{
  QlModelLoader *loader = ql_application_get_loader (app);

  g_action_map_add_action_entries (G_ACTION_MAP (app), entries, G_N_ELEMENTS (entries), app);
  g_signal_connect_object (ql_application_get_engine (app), "notify::state", G_CALLBACK (state_cb), app,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (loader, "changed", G_CALLBACK (update_cb), app, G_CONNECT_SWAPPED);
  g_signal_connect_object (loader, "failed", G_CALLBACK (failed_cb), app, G_CONNECT_SWAPPED);
  update_cb (app);
}

void
ql_model_actions_show_error (QlMessageBar *bar, const char *dir, const GError *error)
{
  g_autofree char *name = ql_model_name (dir);
  g_autoptr (QlErrorText) text = ql_error_text_new (QL_ERROR_TASK_OPEN_MODEL, name, error);
  GtkWindow *window = GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (bar)));
  GActionGroup *app = G_ACTION_GROUP (gtk_window_get_application (window));

  ql_message_bar_show_error (bar, text);
  if (g_error_matches (error, QL_MODEL_ERROR, QL_MODEL_ERROR_NO_ROOM))
    ql_message_bar_set_action (bar, _ ("Load Anyway"), ACTION_ANYWAY);
  else if (g_action_group_get_action_enabled (app, "reload-model"))
    ql_message_bar_set_action (bar, _ ("Try Again"), ACTION_RETRY);
  else if (QL_IS_WINDOW (window)) /* another model is still open */
    ql_message_bar_set_action (bar, _ ("Models…"), ACTION_CHOOSE);
}

gboolean
ql_model_actions_is_error (QlMessageBar *bar)
{
  static const char *const actions[] = { ACTION_RETRY, ACTION_ANYWAY, ACTION_CHOOSE, NULL };
  const char *action = ql_message_bar_get_action (bar);

  return action != NULL && g_strv_contains (actions, action);
}

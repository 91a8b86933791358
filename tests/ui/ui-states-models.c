/* Models: their window, and the button in the header. */

#include <glib/gstdio.h>
#include <unistd.h>

#include "app/free-memory.h"
#include "engine/b2.h"
#include "tests/ui/ui-states-private.h"
#include "ui/models-window-private.h"
#include "ui/shrink-window.h"
#include "ui/supported-view.h"

static QlModelsWindow *
open_models (QlWindow *window)
{
  ui_activate ("models");
  return QL_MODELS_WINDOW (ui_opened_window (window));
}

static QlModelEntry *
import_model (QlModelsWindow *models, const char *golden)
{
  QlModelStore *store = ql_application_get_models (app);
  g_autofree char *path = g_build_filename (g_getenv ("QLENS_SRC"), "tests", "golden", golden, NULL);
  g_autoptr (GFile) folder = g_file_new_for_path (path);

  ql_models_window_import (models, folder);
  WAIT (models->importing == NULL);
  return ql_model_store_find (store, path);
}

static GtkWindow *
enter_models (QlWindow *window)
{
  QlModelsWindow *models = open_models (window);

  import_model (models, "opt-basic");
  import_model (models, "itm-basic");
  return GTK_WINDOW (models);
}

/* A large one is offered to be made smaller. */
static GtkWindow *
enter_models_offer (QlWindow *window)
{
  QlModelsWindow *models = open_models (window);
  g_autofree char *demo = g_build_filename (g_getenv ("QLENS_SRC"), "data", "models", "qlens-demo-opt", NULL);
  g_autofree char *path = g_build_filename (g_get_user_cache_dir (), "blip2-opt-2.7b", NULL);
  g_autoptr (GFile) folder = g_file_new_for_path (path);

  g_remove (path);
  g_assert_cmpint (symlink (demo, path), ==, 0);
  ql_models_window_set_large_bytes (1);
  ql_models_window_import (models, folder);
  WAIT (find_type (GTK_WIDGET (models->messages), QL_TYPE_MESSAGE_BAR) != NULL);
  ql_models_window_set_large_bytes (G_MAXUINT64);
  return GTK_WINDOW (models);
}

static void
leave_models (QlWindow *window)
{
  GListModel *models = G_LIST_MODEL (ql_application_get_models (app));

  for (guint i = g_list_model_get_n_items (models); i > 0; i--)
    {
      g_autoptr (QlModelEntry) entry = g_list_model_get_item (models, i - 1);

      ql_model_store_remove (ql_application_get_models (app), entry);
    }
  ui_close_other (window);
  ui_regain_model (window);
}

/* What the demo model knows, unfolded. */
static GtkWindow *
enter_models_known (QlWindow *window)
{
  QlModelsWindow *models = open_models (window);
  GtkWidget *known = find_type (GTK_WIDGET (models->list), QL_TYPE_SUPPORTED_VIEW);

  WAIT (gtk_widget_get_visible (known));
  gtk_expander_set_expanded (GTK_EXPANDER (find_type (known, GTK_TYPE_EXPANDER)), TRUE);
  return GTK_WINDOW (models);
}

/* A folder that could not be added, and one of the list that breaks. */
static GtkWindow *
enter_models_error (QlWindow *window)
{
  QlModelsWindow *models = open_models (window);
  g_autoptr (GError) error = g_error_new_literal (B2_ERROR, B2_ERROR_FORMAT, "config.json: truncated");
  QlModelEntry *entry = import_model (models, "opt-basic");

  import_model (models, "malformed/folders/config-not-json");
  ql_model_store_take_outcome (ql_application_get_models (app), ql_model_entry_get_dir (entry), NULL, error);
  return GTK_WINDOW (models);
}

static GtkWindow *
enter_models_no_memory (QlWindow *window)
{
  QlModelsWindow *models = open_models (window);

  ql_free_memory_set_source (ui_little_memory);
  ui_load_model (ql_model_entry_get_dir (import_model (models, "opt-basic")));
  WAIT (find_type (GTK_WIDGET (models->messages), QL_TYPE_MESSAGE_BAR) != NULL);
  return GTK_WINDOW (models);
}

static GtkWindow *
enter_models_opening (QlWindow *window)
{
  QlModelsWindow *models = open_models (window);

  gate_set (QL_ENGINE_PHASE_OPEN, 2);
  ui_load_model ("demo:qlens-demo-itm");
  WAIT (gate_held ()
        && ql_engine_service_get_progress (ql_application_get_engine (app)).phase == QL_ENGINE_PHASE_OPEN);
  return GTK_WINDOW (models);
}

static GtkWindow *
enter_models_undo (QlWindow *window)
{
  QlModelsWindow *models = open_models (window);
  QlModelEntry *entry = import_model (models, "opt-basic");

  g_action_group_activate_action (G_ACTION_GROUP (models->actions), "remove",
                                  g_variant_new_string (ql_model_entry_get_id (entry)));
  return GTK_WINDOW (models);
}

static GtkWindow *
shrink_window (void)
{
  GListModel *windows = gtk_window_get_toplevels ();

  for (guint i = 0; i < g_list_model_get_n_items (windows); i++)
    {
      g_autoptr (GtkWindow) window = g_list_model_get_item (windows, i);

      if (QL_IS_SHRINK_WINDOW (window))
        return window; /* GTK keeps it */
    }
  return NULL;
}

/* The choice of how many bits a weight keeps. */
static GtkWindow *
enter_models_shrink (QlWindow *window)
{
  QlModelsWindow *models = open_models (window);
  QlModelEntry *demo = ql_model_store_get_default (ql_application_get_models (app));

  g_action_group_activate_action (G_ACTION_GROUP (models->actions), "shrink",
                                  g_variant_new_string (ql_model_entry_get_id (demo)));
  WAIT (shrink_window () != NULL && ql_shrink_window_is_ready (QL_SHRINK_WINDOW (shrink_window ())));
  return shrink_window ();
}

static void
leave_models_shrink (QlWindow *window)
{
  gtk_window_close (shrink_window ());
  WAIT (shrink_window () == NULL);
  leave_models (window);
}

static GtkWindow *
enter_model_menu (QlWindow *window)
{
  GtkMenuButton *button
      = GTK_MENU_BUTTON (find_type (GTK_WIDGET (window->model_button), GTK_TYPE_MENU_BUTTON));

  gtk_menu_button_popup (button);
  ui_popped_up (GTK_WIDGET (gtk_menu_button_get_popover (button)));
  return NULL;
}

const UiState ui_states_models[] = {
  { "model-menu", enter_model_menu },
  { "models", enter_models, leave_models },
  { "models-offer", enter_models_offer, leave_models },
  { "models-known", enter_models_known, leave_models },
  { "models-error", enter_models_error, leave_models },
  { "models-no-memory", enter_models_no_memory, leave_models },
  { "models-opening", enter_models_opening, leave_models },
  { "models-shrink", enter_models_shrink, leave_models_shrink },
  { "models-undo", enter_models_undo, leave_models },
  { NULL },
};

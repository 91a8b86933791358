#include "tests/ui/ui-states.h"

#include "app/free-memory.h"
#include "app/paths.h"
#include "engine/b2.h"
#include "tests/ui/ui-states-batch.h"
#include "ui/models-window-private.h"
#include "ui/preferences-window.h"
#include "ui/style-popover.h"
#include "ui/supported-view.h"

#define PICTURE "12-carrot-watermelon.png"
#define MISSING_MODEL "/models/blip2-opt-2.7b"

/* ---- what the states are made of ---- */

static QlEngineService *
engine (void)
{
  return ql_application_get_engine (app);
}

static gboolean
state_is (QlEngineState state)
{
  return ql_engine_service_get_state (engine ()) == state;
}

static void
activate (const char *app_action)
{
  g_action_group_activate_action (G_ACTION_GROUP (app), app_action, NULL);
}

static void
ask (QlWindow *window, const char *question)
{
  g_action_group_activate_action (G_ACTION_GROUP (window), "ask-text", g_variant_new_string (question));
  WAIT (idle (window));
}

static void
opened_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  ql_engine_service_open_model_finish (QL_ENGINE_SERVICE (source), result, NULL);
}

/* Opens the model again, and holds that after its first step. */
static void
hold_opening (void)
{
  g_autofree char *dir = ql_paths_default_model ();

  gate_set (QL_ENGINE_PHASE_OPEN, 1);
  ql_engine_service_open_model_async (engine (), dir, NULL, opened_cb, NULL);
  WAIT (gate_held () && ql_engine_service_get_progress (engine ()).phase == QL_ENGINE_PHASE_OPEN);
}

static void
load_model (const char *which)
{
  g_action_group_activate_action (G_ACTION_GROUP (app), "load-model", g_variant_new_string (which));
}

static void
lose_model (void)
{
  activate ("unload-model");
  WAIT (state_is (QL_ENGINE_NO_MODEL));
}

static void
regain_model (QlWindow *window)
{
  ql_free_memory_set_source (NULL);
  load_model ("demo:qlens-demo-opt");
  WAIT (state_is (QL_ENGINE_READY));
}

/* A picture that the engine has not seen yet is looked at, and held at a step. */
static void
hold_answer (QlWindow *window, QlEnginePhase phase, int step)
{
  /* Of the last picture the engine keeps what it saw. */
  drop_files (window, "02-tent.png", NULL);
  WAIT (idle (window));
  gate_set (phase, step);
  drop_files (window, PICTURE, NULL);
  WAIT (gate_held () && ql_engine_service_get_progress (engine ()).phase == phase);
}

static GtkWidget *
popped_up (GtkWidget *popover)
{
  WAIT (gtk_widget_get_mapped (popover));
  return popover;
}

static GtkWindow *
other_window (QlWindow *window)
{
  for (GList *l = gtk_window_list_toplevels (); l != NULL; l = l->next)
    if (l->data != window && gtk_widget_get_mapped (l->data))
      return l->data;
  return NULL;
}

static GtkWindow *
opened_window (QlWindow *window)
{
  WAIT (other_window (window) != NULL);
  return other_window (window);
}

static void
close_other (QlWindow *window)
{
  gtk_window_close (other_window (window));
  WAIT (other_window (window) == NULL);
}

/* ---- the states of the conversation ---- */

static GtkWindow *
enter_no_model (QlWindow *window)
{
  lose_model ();
  return NULL;
}

static GtkWindow *
enter_empty (QlWindow *window)
{
  WAIT (state_is (QL_ENGINE_READY));
  return NULL;
}

/* The picture can be seen, and one question waits. */
static GtkWindow *
enter_loading_model (QlWindow *window)
{
  hold_opening ();
  drop_files (window, PICTURE, NULL);
  WAIT (window->conversation != NULL);
  ql_chat_page_set_question (window->chat_page, "what color is the carrot?");
  return NULL;
}

static GtkWindow *
enter_encoding (QlWindow *window)
{
  hold_answer (window, QL_ENGINE_PHASE_VISION, 2);
  return NULL;
}

static GtkWindow *
enter_generating (QlWindow *window)
{
  hold_answer (window, QL_ENGINE_PHASE_DECODE, 6);
  WAIT (ql_turn_get_state (ql_conversation_get_last (window->conversation)) == QL_TURN_STREAMING);
  return NULL;
}

static GtkWindow *
enter_stopped (QlWindow *window)
{
  enter_generating (window);
  act (window, "stop");
  gate_open ();
  WAIT (idle (window));
  return NULL;
}

static GtkWindow *
enter_ready (QlWindow *window)
{
  open_sample (window, PICTURE);
  ask (window, "what color is the carrot?");
  return NULL;
}

static GtkWindow *
enter_history (QlWindow *window)
{
  static const char *const questions[]
      = { "what color is the carrot?", "is there a dog?", "how many watermelons are there?",
          "what is to the right of the carrot, and what is its color?" };

  open_sample (window, PICTURE);
  for (int i = 0; i < 8; i++)
    ask (window, questions[i % (int) G_N_ELEMENTS (questions)]);
  return NULL;
}

static GtkWindow *
enter_newest (QlWindow *window)
{
  GtkWidget *transcript = find_class (GTK_WIDGET (window->chat_page), "ql-transcript");
  GtkAdjustment *adjustment;

  enter_history (window);
  adjustment = gtk_scrolled_window_get_vadjustment (
      GTK_SCROLLED_WINDOW (gtk_widget_get_ancestor (transcript, GTK_TYPE_SCROLLED_WINDOW)));
  WAIT (gtk_adjustment_get_value (adjustment) > 100);
  gate_set (QL_ENGINE_PHASE_PREFILL, 1);
  gtk_adjustment_set_value (adjustment, 0);
  g_action_group_activate_action (G_ACTION_GROUP (window), "again", NULL);
  WAIT (gate_held ());
  gtk_adjustment_set_value (adjustment, 0);
  gate_open ();
  WAIT (idle (window));
  return NULL;
}

static GtkWindow *
enter_deleted (QlWindow *window)
{
  enter_ready (window);
  g_action_group_activate_action (G_ACTION_GROUP (window), "delete-turn", g_variant_new_uint32 (0));
  return NULL;
}

static GtkWindow *
enter_long_question (QlWindow *window)
{
  enter_ready (window);
  ql_chat_page_set_question (window->chat_page,
                             "What is to the left of the watermelon, what is its color, and is there "
                             "anything else in the picture that one would not see at the first glance?\n"
                             "Please tell me in a few words.");
  return NULL;
}

static GtkWindow *
enter_zoomed (QlWindow *window)
{
  enter_ready (window);
  for (int i = 0; i < 5; i++)
    act (window, "zoom-in");
  return NULL;
}

/* ---- errors and notes ---- */

static GtkWindow *
enter_model_error (QlWindow *window)
{
  lose_model ();
  load_model (MISSING_MODEL);
  WAIT (ql_message_bar_is_shown (window->message_bar));
  return NULL;
}

static guint64
little_memory (void)
{
  return 39 * 1000 * 1000;
}

static GtkWindow *
enter_no_memory (QlWindow *window)
{
  lose_model ();
  ql_free_memory_set_source (little_memory);
  activate ("reload-model");
  WAIT (ql_message_bar_is_shown (window->message_bar));
  return NULL;
}

static GtkWindow *
enter_picture_error (QlWindow *window)
{
  g_autoptr (GFile) file = g_file_new_for_path ("/pictures/a picture that was moved since.jpeg");
  GtkWidget *expander;

  enter_ready (window);
  ql_window_open_files (window, &file, 1);
  WAIT (ql_message_bar_is_shown (window->message_bar));
  expander = find_type (GTK_WIDGET (window->message_bar), GTK_TYPE_EXPANDER);
  if (expander != NULL)
    gtk_expander_set_expanded (GTK_EXPANDER (expander), TRUE);
  return NULL;
}

static GtkWindow *
enter_several (QlWindow *window)
{
  drop_files (window, PICTURE, "02-tent.png");
  WAIT (idle (window));
  return NULL;
}

static GtkWindow *
enter_drop (QlWindow *window)
{
  enter_empty (window);
  gtk_revealer_set_reveal_child (window->drop_revealer, TRUE);
  return NULL;
}

static GtkWindow *
enter_drop_ready (QlWindow *window)
{
  enter_ready (window);
  gtk_revealer_set_reveal_child (window->drop_revealer, TRUE);
  return NULL;
}

/* ---- menus and popovers ---- */

static GtkWindow *
enter_main_menu (QlWindow *window)
{
  enter_ready (window);
  gtk_menu_button_popup (window->menu_button);
  popped_up (GTK_WIDGET (gtk_menu_button_get_popover (window->menu_button)));
  return NULL;
}

static GtkWindow *
enter_answer_menu (QlWindow *window)
{
  g_autoptr (GListModel) controllers = NULL;
  GtkWidget *row;

  enter_ready (window);
  row = find_type (GTK_WIDGET (window->chat_page), QL_TYPE_TURN_ROW);
  controllers = gtk_widget_observe_controllers (row);
  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++)
    {
      g_autoptr (GtkEventController) controller = g_list_model_get_item (controllers, i);

      if (GTK_IS_GESTURE_LONG_PRESS (controller))
        g_signal_emit_by_name (controller, "pressed", 60.0, 20.0);
    }
  popped_up (find_type (row, GTK_TYPE_POPOVER_MENU));
  return NULL;
}

static GtkWindow *
enter_word (QlWindow *window)
{
  QlAnswerView *answer;

  enter_ready (window);
  answer = QL_ANSWER_VIEW (find_type (GTK_WIDGET (window->chat_page), QL_TYPE_ANSWER_VIEW));
  WAIT (gtk_widget_get_height (ql_answer_view_get_word (answer, 0)) > 0);
  gtk_widget_activate (ql_answer_view_get_word (answer, 0));
  WAIT (ql_answer_view_get_card (answer) != NULL);
  popped_up (ql_answer_view_get_card (answer));
  return NULL;
}

static GtkWindow *
enter_decoding (QlWindow *window)
{
  enter_ready (window);
  act (window, "style");
  popped_up (find_type (GTK_WIDGET (window->chat_page), QL_TYPE_STYLE_POPOVER));
  return NULL;
}

static GtkWindow *
enter_creative (QlWindow *window)
{
  g_settings_set_enum (ql_application_get_settings (app), "preset", QL_PRESET_CREATIVE);
  return enter_decoding (window);
}

static void
leave_creative (QlWindow *window)
{
  g_settings_reset (ql_application_get_settings (app), "preset");
}

/* ---- other windows ---- */

static GtkWindow *
enter_preferences (QlWindow *window)
{
  activate ("preferences");
  return opened_window (window);
}

/* ---- models ---- */

static QlModelsWindow *
open_models (QlWindow *window)
{
  activate ("models");
  return QL_MODELS_WINDOW (opened_window (window));
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

static void
leave_models (QlWindow *window)
{
  GListModel *models = G_LIST_MODEL (ql_application_get_models (app));

  for (guint i = g_list_model_get_n_items (models); i > 0; i--)
    {
      g_autoptr (QlModelEntry) entry = g_list_model_get_item (models, i - 1);

      ql_model_store_remove (ql_application_get_models (app), entry);
    }
  close_other (window);
  regain_model (window);
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

  ql_free_memory_set_source (little_memory);
  load_model (ql_model_entry_get_dir (import_model (models, "opt-basic")));
  WAIT (find_type (GTK_WIDGET (models->messages), QL_TYPE_MESSAGE_BAR) != NULL);
  return GTK_WINDOW (models);
}

static GtkWindow *
enter_models_opening (QlWindow *window)
{
  QlModelsWindow *models = open_models (window);

  gate_set (QL_ENGINE_PHASE_OPEN, 2);
  load_model ("demo:qlens-demo-itm");
  WAIT (gate_held () && ql_engine_service_get_progress (engine ()).phase == QL_ENGINE_PHASE_OPEN);
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

/* ---- downloads: nothing is fetched ---- */

#define UNFINISHED "Salesforce/blip2-flan-t5-xl"
#define REFUSED "Salesforce/blip2-opt-2.7b"

static QlDownloads *
downloads (void)
{
  return ql_application_get_downloads (app);
}

static QlModelsWindow *
open_downloads (QlWindow *window)
{
  QlModelsWindow *models;

  activate ("download");
  models = QL_MODELS_WINDOW (opened_window (window));
  WAIT (!ql_downloads_get_surveying (downloads ()));
  return models;
}

/* What an earlier run left. Returns: its folder */
static char *
put_unfinished (void)
{
  char *dir = ql_hub_download_default_dir (UNFINISHED);
  g_autofree char *record = g_build_filename (dir, ".qlens-download.json", NULL);
  g_autofree char *part = g_build_filename (dir, "model.safetensors.part", NULL);
  g_autofree char *bytes = g_strnfill (3000000, ' ');

  g_mkdir_with_parents (dir, 0700);
  g_assert_true (g_file_set_contents (part, bytes, 3000000, NULL));
  g_assert_true (g_file_set_contents (record,
                                      "{\"format\":\"qlens-download\",\"version\":1,\"repo\":\"" UNFINISHED
                                      "\",\"total_bytes\":7000000,\"files\":{\"model.safetensors\":{}}}",
                                      -1, NULL));
  return dir;
}

/* One that was begun in an earlier run, and one that could not be. */
static GtkWindow *
enter_downloads (QlWindow *window)
{
  g_autofree char *dir = put_unfinished ();
  GSettings *settings = ql_application_get_settings (app);
  QlModelsWindow *models = open_downloads (window);

  g_settings_set_string (settings, "hub-address", "http://example.invalid");
  ql_downloads_start (downloads (), ql_downloads_find (downloads (), REFUSED), NULL);
  g_settings_reset (settings, "hub-address");
  return GTK_WINDOW (models);
}

/* A name that is none; below it how to do without a download. */
static GtkWindow *
enter_downloads_end (QlWindow *window)
{
  QlModelsWindow *models = open_downloads (window);
  GtkWidget *view = GTK_WIDGET (models->downloads);
  GtkWidget *scroller = find_type (view, GTK_TYPE_SCROLLED_WINDOW);
  GtkWidget *expander = find_type (view, GTK_TYPE_EXPANDER);
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (scroller));

  gtk_editable_set_text (GTK_EDITABLE (ql_download_view_get_entry (models->downloads)), "blip2");
  gtk_widget_activate_action (view, "download-view.add", NULL);
  gtk_expander_set_expanded (GTK_EXPANDER (expander), TRUE);
  WAIT (gtk_widget_get_height (gtk_expander_get_child (GTK_EXPANDER (expander))) > 0);
  gtk_adjustment_set_value (adjustment, gtk_adjustment_get_upper (adjustment));
  return GTK_WINDOW (models);
}

static void
leave_downloads (QlWindow *window)
{
  g_autofree char *dir = ql_hub_download_default_dir (UNFINISHED);
  g_autofree char *refused = ql_hub_download_default_dir (REFUSED);

  harness_remove_tree (dir);
  ql_hub_download_set_dir (ql_downloads_find (downloads (), REFUSED), refused); /* forgets what went wrong */
  ql_downloads_survey (downloads ());
  WAIT (!ql_downloads_get_surveying (downloads ()));
  close_other (window);
}

static GtkWindow *
enter_model_menu (QlWindow *window)
{
  GtkMenuButton *button
      = GTK_MENU_BUTTON (find_type (GTK_WIDGET (window->model_button), GTK_TYPE_MENU_BUTTON));

  enter_empty (window);
  gtk_menu_button_popup (button);
  popped_up (GTK_WIDGET (gtk_menu_button_get_popover (button)));
  return NULL;
}

static GtkWindow *
enter_shortcuts (QlWindow *window)
{
  g_action_group_activate_action (G_ACTION_GROUP (window), "show-help-overlay", NULL);
  return opened_window (window);
}

static GtkWindow *
enter_about (QlWindow *window)
{
  activate ("about");
  return opened_window (window);
}

const UiState ui_states[] = {
  { "no-model", enter_no_model, regain_model },
  { "empty", enter_empty, NULL },
  { "loading-model", enter_loading_model, NULL },
  { "encoding", enter_encoding, NULL },
  { "generating", enter_generating, NULL },
  { "stopped", enter_stopped, NULL },
  { "ready", enter_ready, NULL },
  { "history", enter_history, NULL },
  { "newest", enter_newest, NULL },
  { "deleted", enter_deleted, NULL },
  { "long-question", enter_long_question, NULL },
  { "zoomed", enter_zoomed, NULL },
  { "no-memory", enter_no_memory, regain_model },
  { "model-error", enter_model_error, regain_model },
  { "picture-error", enter_picture_error, NULL },
  { "several", enter_several, NULL },
  { "drop", enter_drop, NULL },
  { "drop-ready", enter_drop_ready, NULL },
  { "main-menu", enter_main_menu, NULL },
  { "answer-menu", enter_answer_menu, NULL },
  { "word", enter_word, NULL },
  { "decoding", enter_decoding, NULL },
  { "decoding-creative", enter_creative, leave_creative },
  { "preferences", enter_preferences, close_other },
  { "model-menu", enter_model_menu, NULL },
  { "models", enter_models, leave_models },
  { "models-known", enter_models_known, leave_models },
  { "models-error", enter_models_error, leave_models },
  { "models-no-memory", enter_models_no_memory, leave_models },
  { "models-opening", enter_models_opening, leave_models },
  { "models-undo", enter_models_undo, leave_models },
  { "downloads", enter_downloads, leave_downloads },
  { "downloads-end", enter_downloads_end, leave_downloads },
  { "batch-empty", enter_batch_empty, NULL },
  { "batch-running", enter_batch_running, leave_batch },
  { "batch-done", enter_batch_done, leave_batch },
  { "batch-edit", enter_batch_edit, leave_batch },
  { "batch-options", enter_batch_options, leave_batch },
  { "batch-row-menu", enter_batch_row_menu, leave_batch },
  { "shortcuts", enter_shortcuts, close_other },
  { "about", enter_about, close_other },
  { NULL },
};

void
ui_states_init (void)
{
  g_autoptr (GError) error = NULL;

  g_object_set (gtk_settings_get_default (), "gtk-cursor-blink", FALSE, NULL);
  if (!g_spawn_command_line_sync ("xdotool mousemove 9999 9999", NULL, NULL, NULL, &error))
    g_error ("%s", error->message);
}

/* On a desktop without compositing the frame takes room that it does not take elsewhere. */
static void
no_frame (gpointer window)
{
  gtk_widget_remove_css_class (window, "solid-csd");
}

GtkWindow *
ui_state_enter (const UiState *state, int width, int height, QlWindow **main_window)
{
  QlWindow *window = ql_window_new (app);
  GtkWindow *shown;

  *main_window = window;
  gtk_window_set_default_size (GTK_WINDOW (window), width, height);
  gtk_window_present (GTK_WINDOW (window));
  WAIT (gtk_widget_get_mapped (GTK_WIDGET (window)));
  no_frame (window);
  WAIT (gtk_widget_get_width (GTK_WIDGET (window)) == width);
  shown = state->enter (window);
  if (shown == NULL)
    return GTK_WINDOW (window);
  no_frame (shown);
  /* As a window manager would, on a screen of this size. */
  if (gtk_widget_get_width (GTK_WIDGET (shown)) > width
      || gtk_widget_get_height (GTK_WIDGET (shown)) > height)
    gtk_window_set_default_size (shown, width, height);
  return shown;
}

/* GTK 4.8 may look for the pointer in a popover that went with its window. */
static void
pop_down (GtkWidget *widget)
{
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      if (GTK_IS_POPOVER (child) && gtk_widget_get_mapped (child))
        {
          gtk_popover_popdown (GTK_POPOVER (child));
          WAIT (!gtk_widget_get_mapped (child));
          return;
        }
      pop_down (child);
    }
}

void
ui_state_leave (const UiState *state, QlWindow *main_window)
{
  gate_open ();
  pop_down (GTK_WIDGET (main_window));
  if (state->leave != NULL)
    state->leave (main_window);
  close_window (main_window);
  WAIT (state_is (QL_ENGINE_READY));
}

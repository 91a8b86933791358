/* A picture and the conversation about it: from nothing at all to a long one; errors and notes. */

#include "app/free-memory.h"
#include "tests/ui/ui-states-private.h"

#define MISSING_MODEL "/models/blip2-opt-2.7b"

static void
loaded_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  *(QlPicture **) data = ql_picture_load_finish (result, NULL);
}

static void
answered_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  *(QlAnswer **) data = ql_engine_service_ask_finish (QL_ENGINE_SERVICE (source), result, NULL);
}

/* The engine keeps what it saw of the last picture: of another one, from now on. */
static void
look_elsewhere (void)
{
  g_autoptr (GFile) file = sample_file ("02-tent.png");
  g_autoptr (QlPicture) picture = NULL;
  g_autoptr (QlAnswer) answer = NULL;

  ql_picture_load_async (file, 0, NULL, loaded_cb, &picture);
  WAIT (picture != NULL);
  ql_engine_service_ask_async (ql_application_get_engine (app), picture, NULL, NULL, NULL, NULL, answered_cb,
                               &answer);
  WAIT (answer != NULL);
}

/* A picture that the engine has not seen yet is looked at, and held at a step. */
static void
hold_answer (QlWindow *window, QlEnginePhase phase, int step)
{
  look_elsewhere ();
  gate_set (phase, step);
  drop_files (window, UI_PICTURE, NULL);
  WAIT (gate_held () && ql_engine_service_get_progress (ql_application_get_engine (app)).phase == phase);
}

/* ---- the conversation ---- */

static GtkWindow *
enter_no_model (QlWindow *window)
{
  ui_lose_model ();
  return NULL;
}

static GtkWindow *
enter_empty (QlWindow *window)
{
  WAIT (ui_model_is (QL_ENGINE_READY));
  return NULL;
}

/* The picture can be seen, and a question typed. */
static GtkWindow *
enter_loading_model (QlWindow *window)
{
  ui_lose_model ();
  gate_set (QL_ENGINE_PHASE_OPEN, 100);
  drop_files (window, UI_PICTURE, NULL);
  WAIT (gate_held () && window->conversation != NULL
        && ql_engine_service_get_progress (window->engine).phase == QL_ENGINE_PHASE_OPEN);
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
enter_history (QlWindow *window)
{
  static const char *const questions[]
      = { "what color is the carrot?", "is there a dog?", "how many watermelons are there?",
          "what is to the right of the carrot, and what is its color?" };

  open_sample (window, UI_PICTURE);
  for (int i = 0; i < 8; i++)
    ui_ask (window, questions[i % (int) G_N_ELEMENTS (questions)]);
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
  ui_enter_ready (window);
  g_action_group_activate_action (G_ACTION_GROUP (window), "delete-turn", g_variant_new_uint32 (0));
  return NULL;
}

static GtkWindow *
enter_long_question (QlWindow *window)
{
  ui_enter_ready (window);
  ql_chat_page_set_question (window->chat_page,
                             "What is to the left of the watermelon, what is its color, and is there "
                             "anything else in the picture that one would not see at the first glance?\n"
                             "Please tell me in a few words.");
  return NULL;
}

static GtkWindow *
enter_zoomed (QlWindow *window)
{
  ui_enter_ready (window);
  for (int i = 0; i < 5; i++)
    act (window, "zoom-in");
  return NULL;
}

/* ---- errors and notes ---- */

static GtkWindow *
enter_model_error (QlWindow *window)
{
  ui_lose_model ();
  ui_load_model (MISSING_MODEL);
  WAIT (ql_message_bar_is_shown (window->message_bar));
  return NULL;
}

static GtkWindow *
enter_no_memory (QlWindow *window)
{
  ui_lose_model ();
  ql_free_memory_set_source (ui_little_memory);
  ui_activate ("reload-model");
  WAIT (ql_message_bar_is_shown (window->message_bar));
  return NULL;
}

static GtkWindow *
enter_picture_error (QlWindow *window)
{
  g_autoptr (GFile) file = g_file_new_for_path ("/pictures/a picture that was moved since.jpeg");
  GtkWidget *expander;

  ui_enter_ready (window);
  ql_window_open_files (window, &file, 1);
  WAIT (ql_message_bar_is_shown (window->message_bar));
  expander = find_type (GTK_WIDGET (window->message_bar), GTK_TYPE_EXPANDER);
  g_assert_nonnull (expander);
  gtk_expander_set_expanded (GTK_EXPANDER (expander), TRUE);
  return NULL;
}

static GtkWindow *
enter_drop (QlWindow *window)
{
  gtk_revealer_set_reveal_child (window->drop_revealer, TRUE);
  return NULL;
}

static GtkWindow *
enter_drop_ready (QlWindow *window)
{
  ui_enter_ready (window);
  gtk_revealer_set_reveal_child (window->drop_revealer, TRUE);
  return NULL;
}

const UiState ui_states_chat[] = {
  { "first-run", enter_empty, .first_run = TRUE },
  { "no-model", enter_no_model, ui_regain_model },
  { "empty", enter_empty },
  { "loading-model", enter_loading_model },
  { "encoding", enter_encoding },
  { "generating", enter_generating },
  { "stopped", enter_stopped },
  { "ready", ui_enter_ready },
  { "history", enter_history },
  { "newest", enter_newest },
  { "deleted", enter_deleted },
  { "long-question", enter_long_question },
  { "zoomed", enter_zoomed },
  { "no-memory", enter_no_memory, ui_regain_model },
  { "model-error", enter_model_error, ui_regain_model },
  { "picture-error", enter_picture_error },
  { "drop", enter_drop },
  { "drop-ready", enter_drop_ready },
  { NULL },
};

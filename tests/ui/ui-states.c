#include "app/free-memory.h"
#include "tests/ui/ui-states-private.h"

/* Pictures that are in the list already, in every state but the first run's. */
static const char *const listed[]
    = { "01-donut.png", "04-candle.png", "07-tiger.png", "10-palmtree-rose.jpg" };
static GPtrArray *listed_ids;

/* ---- what the states are made of ---- */

gboolean
ui_model_is (QlEngineState state)
{
  return ql_engine_service_get_state (ql_application_get_engine (app)) == state;
}

void
ui_activate (const char *app_action)
{
  g_action_group_activate_action (G_ACTION_GROUP (app), app_action, NULL);
}

void
ui_ask (QlWindow *window, const char *question)
{
  g_action_group_activate_action (G_ACTION_GROUP (window), "ask-text", g_variant_new_string (question));
  WAIT (idle (window));
}

GtkWindow *
ui_enter_ready (QlWindow *window)
{
  open_sample (window, UI_PICTURE);
  ui_ask (window, "what color is the carrot?");
  return NULL;
}

GtkWidget *
ui_popped_up (GtkWidget *popover)
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

GtkWindow *
ui_opened_window (QlWindow *window)
{
  WAIT (other_window (window) != NULL);
  return other_window (window);
}

void
ui_close_other (QlWindow *window)
{
  gtk_window_close (other_window (window));
  WAIT (other_window (window) == NULL);
}

void
ui_lose_model (void)
{
  ui_activate ("unload-model");
  WAIT (ui_model_is (QL_ENGINE_NO_MODEL));
}

void
ui_load_model (const char *which)
{
  g_action_group_activate_action (G_ACTION_GROUP (app), "load-model", g_variant_new_string (which));
}

guint64
ui_little_memory (void)
{
  return 9 * 1000 * 1000; /* less than the program alone counts for, however few the threads */
}

void
ui_regain_model (QlWindow *window)
{
  ql_free_memory_set_source (NULL);
  ui_load_model ("demo:qlens-demo-opt");
  WAIT (ui_model_is (QL_ENGINE_READY));
}

/* ---- the list of pictures, the same for all states ---- */

static QlSession *
session_to_delete (void)
{
  GListModel *sessions = G_LIST_MODEL (ql_application_get_sessions (app));

  for (guint i = 0; i < g_list_model_get_n_items (sessions); i++)
    {
      g_autoptr (QlSession) session = g_list_model_get_item (sessions, i);

      if (listed_ids == NULL
          || !g_ptr_array_find_with_equal_func (listed_ids, ql_session_get_id (session), g_str_equal, NULL))
        return session; /* the store keeps it */
    }
  return NULL;
}

static void
tidy_list (void)
{
  QlSession *session;

  while ((session = session_to_delete ()) != NULL)
    {
      g_autofree char *id = g_strdup (ql_session_get_id (session));

      ql_session_store_delete_async (ql_application_get_sessions (app), id, NULL, NULL);
      WAIT (ql_session_store_find (ql_application_get_sessions (app), id) == NULL);
    }
}

static void
fill_list (void)
{
  QlWindow *window = new_window ();

  listed_ids = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < G_N_ELEMENTS (listed); i++)
    {
      QlSession *session;

      open_sample (window, listed[i]);
      g_ptr_array_add (listed_ids, g_strdup (ql_open_session_get_id (window->session)));
      WAIT ((session = ql_session_store_find (ql_application_get_sessions (app), listed_ids->pdata[i]))
                != NULL
            && g_strcmp0 (ql_session_get_title (session), sample_caption (listed[i])) == 0
            && ql_session_get_thumbnail (session) != NULL);
    }
  close_window (window);
}

/* ---- */

void
ui_states_init (void)
{
  g_autoptr (GError) error = NULL;

  g_object_set (gtk_settings_get_default (), "gtk-cursor-blink", FALSE, NULL);
  if (!g_spawn_command_line_sync ("xdotool mousemove 9999 9999", NULL, NULL, NULL, &error))
    g_error ("%s", error->message);
}

const UiState *
ui_states_get (guint i)
{
  const UiState *const tables[]
      = { ui_states_chat,   ui_states_attention, ui_states_pipeline, ui_states_says, ui_states_sessions,
          ui_states_models, ui_states_downloads, ui_states_batch,    ui_states_menus };

  for (guint k = 0; k < G_N_ELEMENTS (tables); k++)
    for (const UiState *state = tables[k]; state->name != NULL; state++)
      if (i-- == 0)
        return state;
  return NULL;
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
  QlWindow *window;
  GtkWindow *shown;

  if (!state->first_run && listed_ids == NULL)
    fill_list ();
  *main_window = window = ql_window_new (app);
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
  /* GTK 4.8 looks where the pointer is, half a second after it moved, in the popover it was in. */
  while (g_main_context_iteration (NULL, FALSE))
    ;
  if (state->leave != NULL)
    state->leave (main_window);
  close_window (main_window);
  WAIT (ui_model_is (QL_ENGINE_READY));
  tidy_list ();
}

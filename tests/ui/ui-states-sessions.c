/* The list of pictures. */

#include <glib/gstdio.h>

#include "tests/ui/ui-states-private.h"

/* Where there is no room beside the picture, it is above it. */
static GtkWindow *
enter_sidebar (QlWindow *window)
{
  ui_enter_ready (window);
  ql_shell_set_sidebar_shown (window->shell, TRUE);
  return NULL;
}

static void
search (QlWindow *window, const char *text)
{
  enter_sidebar (window);
  gtk_editable_set_text (ql_sessions_view_get_search (window->sessions_view), text);
}

static GtkWindow *
enter_search (QlWindow *window)
{
  search (window, "tiger");
  WAIT (g_list_model_get_n_items (
            G_LIST_MODEL (gtk_list_view_get_model (ql_sessions_view_get_list (window->sessions_view))))
        == 1);
  return NULL;
}

static GtkWindow *
enter_search_none (QlWindow *window)
{
  search (window, "a unicorn");
  WAIT (!gtk_widget_get_mapped (GTK_WIDGET (ql_sessions_view_get_list (window->sessions_view))));
  return NULL;
}

static GtkWindow *
enter_session_deleted (QlWindow *window)
{
  guint n;

  enter_sidebar (window);
  n = n_sessions ();
  g_action_group_activate_action (G_ACTION_GROUP (window), "delete-session",
                                  g_variant_new_string (ql_open_session_get_id (window->session)));
  WAIT (n_sessions () == n - 1 && enabled (window, "undelete-session"));
  return NULL;
}

/* A conversation about a picture that is not there any more. */
static GtkWindow *
enter_picture_gone (QlWindow *window)
{
  g_autoptr (GFile) from = sample_file (UI_PICTURE);
  g_autofree char *path = g_build_filename (g_get_user_cache_dir (), "a picture of vegetables.png", NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autofree char *id = NULL;

  g_assert_true (g_file_copy (from, file, G_FILE_COPY_OVERWRITE, NULL, NULL, NULL, NULL));
  ql_window_open_files (window, &file, 1);
  WAIT (idle (window));
  id = g_strdup (ql_open_session_get_id (window->session));
  WAIT (ql_session_get_n_turns (ql_session_store_find (ql_application_get_sessions (app), id)) == 1
        && ql_session_get_thumbnail (ql_session_store_find (ql_application_get_sessions (app), id)) != NULL);
  act (window, "new");
  g_remove (path);
  g_action_group_activate_action (G_ACTION_GROUP (window), "open-session", g_variant_new_string (id));
  WAIT (window->session != NULL && ql_message_bar_is_shown (window->message_bar));
  return NULL;
}

const UiState ui_states_sessions[] = {
  { "sidebar", enter_sidebar },           { "search", enter_search },
  { "search-none", enter_search_none },   { "session-deleted", enter_session_deleted },
  { "picture-gone", enter_picture_gone }, { NULL },
};

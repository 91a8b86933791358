/* Menus, popovers and the smaller windows. */

#include "tests/ui/ui-states-private.h"
#include "ui/preferences-window.h"
#include "ui/style-popover.h"

/* ---- menus and popovers ---- */

static GtkWindow *
enter_main_menu (QlWindow *window)
{
  ui_enter_ready (window);
  gtk_menu_button_popup (window->menu_button);
  ui_popped_up (GTK_WIDGET (gtk_menu_button_get_popover (window->menu_button)));
  return NULL;
}

static GtkWindow *
enter_answer_menu (QlWindow *window)
{
  g_autoptr (GListModel) controllers = NULL;
  GtkWidget *row;

  ui_enter_ready (window);
  row = find_type (GTK_WIDGET (window->chat_page), QL_TYPE_TURN_ROW);
  controllers = gtk_widget_observe_controllers (row);
  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++)
    {
      g_autoptr (GtkEventController) controller = g_list_model_get_item (controllers, i);

      if (GTK_IS_GESTURE_LONG_PRESS (controller))
        g_signal_emit_by_name (controller, "pressed", 60.0, 20.0);
    }
  ui_popped_up (find_type (row, GTK_TYPE_POPOVER_MENU));
  return NULL;
}

static GtkWindow *
enter_word (QlWindow *window)
{
  QlAnswerView *answer;

  ui_enter_ready (window);
  answer = QL_ANSWER_VIEW (find_type (GTK_WIDGET (window->chat_page), QL_TYPE_ANSWER_VIEW));
  WAIT (gtk_widget_get_height (ql_answer_view_get_word (answer, 0)) > 0);
  gtk_widget_activate (ql_answer_view_get_word (answer, 0));
  WAIT (ql_answer_view_get_card (answer) != NULL);
  ui_popped_up (ql_answer_view_get_card (answer));
  return NULL;
}

static GtkWindow *
enter_decoding (QlWindow *window)
{
  GtkWidget *popover = find_type (GTK_WIDGET (window->chat_page), QL_TYPE_STYLE_POPOVER);

  ui_enter_ready (window);
  act (window, "style");
  ui_popped_up (popover);
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
  ui_activate ("preferences");
  return ui_opened_window (window);
}

/* Looking ahead, and what is kept. */
static GtkWindow *
enter_preferences_end (QlWindow *window)
{
  GtkWindow *preferences = enter_preferences (window);
  GtkWidget *scroller = gtk_window_get_child (preferences);
  GtkAdjustment *adjustment;

  g_assert_true (GTK_IS_SCROLLED_WINDOW (scroller));
  adjustment = gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (scroller));
  WAIT (gtk_adjustment_get_page_size (adjustment) > 0);
  gtk_adjustment_set_value (adjustment, gtk_adjustment_get_upper (adjustment));
  return preferences;
}

static GtkWindow *
enter_shortcuts (QlWindow *window)
{
  g_action_group_activate_action (G_ACTION_GROUP (window), "show-help-overlay", NULL);
  return ui_opened_window (window);
}

static GtkWindow *
enter_about (QlWindow *window)
{
  ui_activate ("about");
  return ui_opened_window (window);
}

const UiState ui_states_menus[] = {
  { "main-menu", enter_main_menu },
  { "answer-menu", enter_answer_menu },
  { "word", enter_word },
  { "decoding", enter_decoding },
  { "decoding-creative", enter_creative, leave_creative },
  { "preferences", enter_preferences, ui_close_other },
  { "preferences-end", enter_preferences_end, ui_close_other },
  { "shortcuts", enter_shortcuts, ui_close_other },
  { "about", enter_about, ui_close_other },
  { NULL },
};

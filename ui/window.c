#include "ui/window-private.h"

#include <glib/gi18n.h>

#include "ui/accessible.h"
#include "ui/announce.h"
#include "ui/cut-label.h"
#include "ui/first-frame.h"
#include "ui/model-actions.h"
#include "ui/phase-text.h"
#include "ui/pages.h"
#include "ui/recent-menu.h"

G_DEFINE_FINAL_TYPE (QlWindow, ql_window, GTK_TYPE_APPLICATION_WINDOW)

QlApplication *
ql_window_get_app (QlWindow *self)
{
  return QL_APPLICATION (gtk_window_get_application (GTK_WINDOW (self)));
}

static char *
subtitle (QlWindow *self, gboolean busy)
{
  g_autofree char *model = ql_engine_service_get_model_name (self->engine);
  g_autofree char *phase = ql_phase_text (ql_engine_service_get_progress (self->engine));
  g_autofree char *batch = ql_window_get_batch_text (self);

  if (self->loading != NULL)
    return g_strdup (_ ("Opening the picture…"));
  if (phase != NULL)
    return g_steal_pointer (&phase);
  if (batch != NULL)
    return g_steal_pointer (&batch);
  if (model == NULL)
    return g_strdup (_ ("No model"));
  /* Translators: the model's name, then its state: "Demo model · ready". */
  return g_strdup_printf (_ ("%s · %s"), model, ql_state_text (ql_engine_service_get_state (self->engine)));
}

static void
ql_window_realize (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (ql_window_parent_class)->realize (widget);
  ql_window_watch_surface (QL_WINDOW (widget));
  ql_first_frame_tell (widget);
}

void
ql_window_update (QlWindow *self)
{
  gboolean busy = self->conversation != NULL && ql_conversation_get_busy (self->conversation);
  gboolean working = busy || ql_engine_service_get_state (self->engine) == QL_ENGINE_LOADING;
  g_autofree char *text = subtitle (self, busy);

  gtk_label_set_text (self->subtitle_label, text);
  gtk_widget_set_visible (GTK_WIDGET (self->progress), working);
  gtk_progress_bar_set_fraction (self->progress, ql_engine_service_get_fraction (self->engine));
  ql_chat_page_set_busy (self->chat_page, busy);
  if (busy)
    ql_chat_page_set_status (self->chat_page, text);
  ql_start_page_set_demo_model (self->start_page, ql_engine_service_is_demo_model (self->engine));
  ql_window_update_actions (self);
}

void
ql_window_describe_canvas (QlWindow *self)
{
  QlTurn *turn = ql_conversation_get_description (self->conversation);

  ql_canvas_set_description (self->canvas, turn != NULL ? ql_turn_get_text (turn) : NULL);
}

static void
busy_cb (QlWindow *self, GParamSpec *pspec, QlConversation *conversation)
{
  if (conversation != self->conversation)
    return;
  if (!ql_conversation_get_busy (conversation))
    {
      ql_window_describe_canvas (self);
      ql_announce_answer (GTK_WINDOW (self), self->live, ql_conversation_get_last (conversation),
                          self->settings);
      ql_window_read_answer (self, ql_conversation_get_last (conversation));
    }
  ql_window_update (self);
}

static void
failed_cb (QlWindow *self, QlTurn *turn, const GError *error, QlConversation *conversation)
{
  g_autofree char *typed = ql_chat_page_get_question (self->chat_page);
  const char *question = ql_turn_get_question (turn);
  /* The model's own error says more than "no model is open". */
  gboolean model_error_shown = ql_engine_service_get_state (self->engine) == QL_ENGINE_ERROR
                               && ql_message_bar_is_shown (self->message_bar);

  if (conversation != self->conversation)
    return;
  if (!model_error_shown)
    {
      g_autoptr (QlErrorText) text = ql_error_text_new (QL_ERROR_TASK_ASK, NULL, error);
      ql_message_bar_show_error (self->message_bar, text);
    }
  /* What was typed is never lost: it goes back, unless something newer is there; then it
   * can still be had from the transcript. */
  if (question != NULL && *typed == '\0')
    ql_chat_page_set_question (self->chat_page, question);
}

void
ql_window_ask (QlWindow *self, const char *question)
{
  if (!ql_window_can_ask (self) || ql_conversation_get_busy (self->conversation))
    return;
  ql_message_bar_dismiss (self->message_bar);
  ql_chat_page_set_undo (self->chat_page, FALSE);
  ql_chat_page_show_newest (self->chat_page);
  /* After a stop or an error while it opened; the question waits for it in the queue. */
  ql_application_ensure_model (ql_window_get_app (self));
  ql_conversation_ask (self->conversation, question);
}

gboolean
ql_window_can_ask (QlWindow *self)
{
  return self->conversation != NULL && ql_conversation_get_picture (self->conversation) != NULL;
}

/* Picture and texts, whatever they belong to. */
static void
show_conversation (QlWindow *self, QlPicture *picture)
{
  gboolean any = self->conversation != NULL;

  ql_canvas_set_picture (self->canvas, picture);
  ql_pages_set_conversation (self->pages, self->conversation);
  ql_lab_set_conversation (self->lab, self->conversation);
  /* The one not shown is made invisible besides: else screen readers would still read it. */
  gtk_widget_set_visible (any ? GTK_WIDGET (self->canvas) : GTK_WIDGET (self->start_page), TRUE);
  gtk_stack_set_visible_child_name (self->centre, any ? "canvas" : "start");
  gtk_widget_set_visible (any ? GTK_WIDGET (self->start_page) : GTK_WIDGET (self->canvas), FALSE);
  ql_window_update_batch (self);
  ql_sessions_view_set_current (self->sessions_view, ql_window_get_session_id (self));
  ql_window_update_layout (self);
}

/* A picture of which nothing is known is described, if that is wanted. */
static void
describe_new (QlWindow *self)
{
  gboolean wanted = self->settings == NULL || g_settings_get_boolean (self->settings, "describe-on-open");

  /* Not through ql_window_ask(): a note about several pictures stays to be read. */
  ql_application_ensure_model (ql_window_get_app (self));
  if (wanted && ql_conversation_get_last (self->conversation) == NULL)
    ql_conversation_ask (self->conversation, NULL);
}

#define LOOK_AHEAD_MS 300

static gboolean
look_ahead_cb (gpointer data)
{
  QlWindow *self = data;
  GtkApplication *app = gtk_window_get_application (GTK_WINDOW (self)); /* none once it is closed */

  self->look_ahead_id = 0;
  /* One window's: the engine keeps what it knows of one picture. */
  if (app != NULL && gtk_application_get_active_window (app) == GTK_WINDOW (self) && self->session != NULL
      && ql_window_can_ask (self) && !ql_conversation_get_busy (self->conversation)
      && ql_application_may_look_ahead (ql_window_get_app (self)))
    ql_engine_service_look_ahead (self->engine, ql_conversation_get_picture (self->conversation));
  return G_SOURCE_REMOVE;
}

void
ql_window_look_ahead_soon (QlWindow *self)
{
  g_clear_handle_id (&self->look_ahead_id, g_source_remove);
  self->look_ahead_id = g_timeout_add (LOOK_AHEAD_MS, look_ahead_cb, self);
}

/* The list of sessions has the focus: who goes through it goes on doing so. */
static gboolean
is_in_list (QlWindow *self)
{
  GtkWidget *focus = gtk_root_get_focus (GTK_ROOT (self));

  return focus != NULL && gtk_widget_is_ancestor (focus, GTK_WIDGET (self->sessions_view));
}

static void
leave_conversation (QlWindow *self)
{
  ql_window_drop_lesson (self);
  if (self->conversation != NULL)
    g_signal_handlers_disconnect_by_data (self->conversation, self);
  g_clear_object (&self->conversation);
  ql_window_leave_session (self);
  ql_window_forget_removed (self);
  ql_window_forget_reading (self);
}

static void
enter_conversation (QlWindow *self, QlConversation *conversation, QlPicture *picture)
{
  ql_window_show_batch (self, FALSE);
  self->conversation = g_object_ref (conversation);
  g_signal_connect_object (conversation, "notify::busy", G_CALLBACK (busy_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (conversation, "failed", G_CALLBACK (failed_cb), self, G_CONNECT_SWAPPED);
  show_conversation (self, picture);
  ql_window_describe_canvas (self);
}

void
ql_window_show_session (QlWindow *self, QlOpenSession *session)
{
  gboolean in_list = is_in_list (self);

  leave_conversation (self);
  if (session != NULL)
    {
      QlConversation *conversation = ql_open_session_get_conversation (session);
      QlPicture *picture = ql_conversation_get_picture (conversation);

      ql_window_show_batch (self, FALSE);
      ql_window_enter_session (self, session);
      enter_conversation (self, conversation,
                          picture != NULL ? picture : ql_open_session_get_thumbnail (session));
      if (ql_window_can_ask (self))
        describe_new (self);
      ql_window_look_ahead_soon (self);
      if (!in_list || ql_shell_get_overlaid (self->shell))
        ql_chat_page_focus_question (self->chat_page);
      if (ql_shell_get_overlaid (self->shell))
        ql_shell_set_sidebar_shown (self->shell, FALSE);
    }
  else
    {
      ql_window_cancel_loading (self);
      ql_message_bar_dismiss (self->message_bar);
      show_conversation (self, NULL);
      if (!in_list)
        gtk_widget_child_focus (GTK_WIDGET (self->start_page), GTK_DIR_TAB_FORWARD);
    }
  ql_window_update (self);
}

void
ql_window_show_conversation (QlWindow *self, QlConversation *conversation, QlPicture *picture)
{
  leave_conversation (self);
  enter_conversation (self, conversation, picture);
  ql_window_update (self);
}

void
ql_window_set_picture (QlWindow *self, QlPicture *picture)
{
  g_autoptr (QlOpenSession) session
      = picture != NULL ? ql_open_session_new (self->sessions, self->engine, self->settings, picture) : NULL;

  ql_window_show_session (self, session);
}

void
ql_window_show_model_error (QlWindow *self, const char *dir, const GError *error)
{
  ql_model_actions_show_error (self->message_bar, dir, error);
}

void
ql_window_forget_model_error (QlWindow *self)
{
  if (ql_model_actions_is_error (self->message_bar))
    ql_message_bar_dismiss (self->message_bar);
}

static void
ql_window_restore_size (QlWindow *self)
{
  if (self->settings == NULL)
    return;
  gtk_window_set_default_size (GTK_WINDOW (self), g_settings_get_int (self->settings, "window-width"),
                               g_settings_get_int (self->settings, "window-height"));
  if (g_settings_get_boolean (self->settings, "window-maximized"))
    gtk_window_maximize (GTK_WINDOW (self));
}

static gboolean
ql_window_close_request (GtkWindow *window)
{
  QlWindow *self = QL_WINDOW (window);
  int width, height;

  gtk_window_get_default_size (window, &width, &height);
  if (self->settings != NULL && width > 0 && height > 0)
    {
      g_settings_set_int (self->settings, "window-width", width);
      g_settings_set_int (self->settings, "window-height", height);
      g_settings_set_boolean (self->settings, "window-maximized", gtk_window_is_maximized (window));
    }
  ql_window_cancel_loading (self);
  ql_window_forget_reading (self);
  ql_window_drop_lesson (self);
  ql_window_leave_session (self);
  ql_batch_view_close (self->batch_view);
  return GTK_WINDOW_CLASS (ql_window_parent_class)->close_request (window);
}

static void
ql_window_dispose (GObject *object)
{
  QlWindow *self = QL_WINDOW (object);

  ql_window_forget_reading (self);
  ql_window_drop_lesson (self);
  /* They follow widgets, which are about to go, and settings, which stay. */
  g_action_map_remove_action (G_ACTION_MAP (self), "sidebar");
  g_action_map_remove_action (G_ACTION_MAP (self), "page");
  g_action_map_remove_action (G_ACTION_MAP (self), "preset");
  g_action_map_remove_action (G_ACTION_MAP (self), "use-context");
  ql_window_remove_lab (self);
  g_clear_handle_id (&self->look_ahead_id, g_source_remove);
  g_clear_handle_id (&self->layout_idle, g_source_remove);
  g_clear_handle_id (&self->divide_idle, g_source_remove);
  ql_window_cancel_loading (self);
  ql_window_leave_session (self);
  g_clear_object (&self->conversation);
  ql_window_forget_removed (self);
  ql_window_forget_deleted (self);
  g_queue_clear_full (&self->to_add, g_object_unref);
  g_clear_object (&self->speech);
  g_clear_object (&self->chooser);
  g_clear_object (&self->saver);
  g_clear_object (&self->lab);
  g_clear_object (&self->engine);
  g_clear_object (&self->sessions);
  g_clear_object (&self->settings);
  G_OBJECT_CLASS (ql_window_parent_class)->dispose (object);
}

static void
ql_window_class_init (QlWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ql_window_dispose;
  widget_class->realize = ql_window_realize;
  GTK_WINDOW_CLASS (klass)->close_request = ql_window_close_request;
  g_type_ensure (QL_TYPE_BATCH_VIEW);
  g_type_ensure (QL_TYPE_CANVAS);
  g_type_ensure (QL_TYPE_LESSON_VIEW);
  g_type_ensure (QL_TYPE_MESSAGE_BAR);
  g_type_ensure (QL_TYPE_MODEL_BUTTON);
  g_type_ensure (QL_TYPE_OVERLAY_BAR);
  g_type_ensure (QL_TYPE_SESSIONS_VIEW);
  g_type_ensure (QL_TYPE_SHELL);
  g_type_ensure (QL_TYPE_START_PAGE);
  g_type_ensure (QL_TYPE_WORD_STRIP);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/qlens/Qlens/window.ui");
  gtk_widget_class_bind_template_child (widget_class, QlWindow, title_label);
  gtk_widget_class_bind_template_child (widget_class, QlWindow, subtitle_label);
  gtk_widget_class_bind_template_child (widget_class, QlWindow, menu_button);
  gtk_widget_class_bind_template_child (widget_class, QlWindow, header);
  gtk_widget_class_bind_template_child (widget_class, QlWindow, open_button);
  gtk_widget_class_bind_template_child (widget_class, QlWindow, open_icon);
  gtk_widget_class_bind_template_child (widget_class, QlWindow, open_label);
  gtk_widget_class_bind_template_child (widget_class, QlWindow, export_button);
  gtk_widget_class_bind_template_child (widget_class, QlWindow, model_button);
  gtk_widget_class_bind_template_child (widget_class, QlWindow, overlay);
  gtk_widget_class_bind_template_child (widget_class, QlWindow, shell);
  gtk_widget_class_bind_template_child (widget_class, QlWindow, sessions_view);
  gtk_widget_class_bind_template_child (widget_class, QlWindow, views);
  gtk_widget_class_bind_template_child (widget_class, QlWindow, batch_view);
  gtk_widget_class_bind_template_child (widget_class, QlWindow, lesson_box);
  gtk_widget_class_bind_template_child (widget_class, QlWindow, lesson_view);
  gtk_widget_class_bind_template_child (widget_class, QlWindow, paned);
  gtk_widget_class_bind_template_child (widget_class, QlWindow, centre);
  gtk_widget_class_bind_template_child (widget_class, QlWindow, message_bar);
  gtk_widget_class_bind_template_child (widget_class, QlWindow, start_page);
  gtk_widget_class_bind_template_child (widget_class, QlWindow, canvas);
  gtk_widget_class_bind_template_child (widget_class, QlWindow, overlay_bar);
  gtk_widget_class_bind_template_child (widget_class, QlWindow, test_badge);
  gtk_widget_class_bind_template_child (widget_class, QlWindow, word_strip);
  gtk_widget_class_bind_template_child (widget_class, QlWindow, side);
  gtk_widget_class_bind_template_child (widget_class, QlWindow, page_switcher);
  gtk_widget_class_bind_template_child (widget_class, QlWindow, pages);
  gtk_widget_class_bind_template_child (widget_class, QlWindow, progress);
  gtk_widget_class_bind_template_child (widget_class, QlWindow, drop_revealer);
  gtk_widget_class_bind_template_child (widget_class, QlWindow, live);
  gtk_widget_class_bind_template_child (widget_class, QlWindow, open_menu);
}

static void
ql_window_init (QlWindow *self)
{
  g_autoptr (GMenuModel) recent = NULL;
  g_autoptr (GtkSelectionModel) pages = NULL;

  gtk_widget_init_template (GTK_WIDGET (self));
  ql_cut_label_has_tooltip (self->title_label);
  ql_cut_label_has_tooltip (self->subtitle_label);
  ql_pages_fill (self->pages);
  self->chat_page = QL_CHAT_PAGE (gtk_stack_get_child_by_name (self->pages, "chat"));
  pages = gtk_stack_get_pages (self->pages);
  gtk_widget_set_visible (self->page_switcher, g_list_model_get_n_items (G_LIST_MODEL (pages)) > 1);
  recent = ql_recent_menu_new ();
  g_menu_append_submenu (self->open_menu, _ ("_Recent"), recent);
  ql_accessible_name_internals (GTK_WIDGET (self));
  ql_window_add_actions (self);
  ql_window_add_drop_target (self);
}

QlWindow *
ql_window_new (QlApplication *app)
{
  QlWindow *self = g_object_new (QL_TYPE_WINDOW, "application", app, NULL);
  GSettings *settings = ql_application_get_settings (app);

  self->engine = g_object_ref (ql_application_get_engine (app));
  self->sessions = g_object_ref (ql_application_get_sessions (app));
  g_set_object (&self->settings, settings);
  g_signal_connect_object (self->engine, "notify::state", G_CALLBACK (ql_window_update), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->engine, "notify::state", G_CALLBACK (ql_window_look_ahead_soon), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->engine, "notify::progress", G_CALLBACK (ql_window_update), self,
                           G_CONNECT_SWAPPED);
  ql_model_button_set_app (self->model_button, app);
  ql_window_add_layout (self);
  g_signal_connect_object (self->message_bar, "changed", G_CALLBACK (ql_window_update_actions), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->chat_page, "question-changed", G_CALLBACK (ql_window_update_actions), self,
                           G_CONNECT_SWAPPED);
  if (settings != NULL)
    g_signal_connect_object (settings, "changed::preset", G_CALLBACK (ql_window_update_actions), self,
                             G_CONNECT_SWAPPED);
  ql_window_follow_sessions (self);
  ql_window_set_speech (self, ql_application_get_speech (app));
  ql_window_add_batch (self);
  ql_window_add_setting_actions (self);
  ql_window_add_lab (self);
  ql_window_add_lessons (self);
  ql_chat_page_set_settings (self->chat_page, self->settings);
  ql_window_restore_size (self);
  ql_window_set_picture (self, NULL);
  return self;
}

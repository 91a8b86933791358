#include "ui/chat-page.h"

#include <glib/gi18n.h>

#include "ui/cut-label.h"
#include "ui/question-entry.h"
#include "ui/style-popover.h"
#include "ui/turn-row.h"
#include "ui/wrap-box.h"

/* As near to the end as this, the transcript follows what is written. */
#define FOLLOW_PX 24

struct _QlChatPage
{
  QlPage parent_instance;

  GtkScrolledWindow *scroller;
  GtkListBox *transcript;
  QlQuestionEntry *entry;
  GtkStack *ask_stack;
  GtkWidget *ask_button;
  GtkWidget *stop_button;
  GtkWidget *newest_button;
  GtkWidget *undo_bar;
  GtkMenuButton *style_button;
  GtkLabel *style_label;
  QlStylePopover *style_popover;
  GSettings *settings; /* nullable */
  QlConversation *conversation;
  gboolean follow;
  guint grown_idle;
  double end; /* of the transcript, when last looked at */
};

enum
{
  QUESTION_CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (QlChatPage, ql_chat_page, QL_TYPE_PAGE)

static GtkWidget *
create_row (gpointer item, gpointer data)
{
  return ql_turn_row_new (QL_TURN (item));
}

static void
scrolled_cb (QlChatPage *self, GtkAdjustment *adjustment)
{
  double end = gtk_adjustment_get_upper (adjustment) - gtk_adjustment_get_page_size (adjustment);

  self->follow = gtk_adjustment_get_value (adjustment) >= end - FOLLOW_PX;
  if (self->follow)
    gtk_widget_set_visible (self->newest_button, FALSE);
}

static gboolean
grown_idle_cb (gpointer data)
{
  QlChatPage *self = data;
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (self->scroller);
  double end = gtk_adjustment_get_upper (adjustment);

  self->grown_idle = 0;
  if (self->follow)
    gtk_adjustment_set_value (adjustment, end);
  else if (end > self->end)
    /* Whoever has scrolled back to read is left in peace, and told. */
    gtk_widget_set_visible (self->newest_button, TRUE);
  self->end = end;
  return G_SOURCE_REMOVE;
}

/* In the midst of an allocation, which would not see what is changed now. */
static void
grown_cb (QlChatPage *self)
{
  if (self->grown_idle == 0)
    self->grown_idle = g_idle_add_full (G_PRIORITY_HIGH_IDLE, grown_idle_cb, self, NULL);
}

static void
preset_cb (QlChatPage *self)
{
  QlPreset preset = (QlPreset) g_settings_get_enum (self->settings, "preset");

  gtk_label_set_text (self->style_label, ql_preset_name (preset));
}

static void
entry_changed_cb (QlChatPage *self)
{
  g_signal_emit (self, signals[QUESTION_CHANGED], 0);
}

/* What stands in the box while it is empty: to ask, or why nothing can be asked. */
static const char *
placeholder (QlConversation *conversation)
{
  if (conversation == NULL)
    return _ ("Open a picture first");
  if (ql_conversation_get_picture (conversation) != NULL)
    return _ ("Ask about this picture");
  if (ql_conversation_get_recorded (conversation))
    return _ ("A recorded answer: open a picture to ask");
  return _ ("The picture is gone");
}

static void
set_conversation (QlPage *page, QlConversation *conversation)
{
  QlChatPage *self = QL_CHAT_PAGE (page);
  GListModel *turns = conversation != NULL ? ql_conversation_get_turns (conversation) : NULL;
  gboolean picture = conversation != NULL && ql_conversation_get_picture (conversation) != NULL;

  g_set_object (&self->conversation, conversation);
  gtk_list_box_bind_model (self->transcript, turns, create_row, self, NULL);
  self->follow = TRUE;
  ql_chat_page_set_undo (self, FALSE);
  gtk_widget_set_visible (self->newest_button, FALSE);
  gtk_widget_set_sensitive (GTK_WIDGET (self->entry), picture);
  ql_question_entry_set_placeholder (self->entry, placeholder (conversation));
}

static void
focus_question (QlPage *page)
{
  ql_chat_page_focus_question (QL_CHAT_PAGE (page));
}

static void
ql_chat_page_dispose (GObject *object)
{
  QlChatPage *self = QL_CHAT_PAGE (object);
  GtkWidget *child;

  g_clear_handle_id (&self->grown_idle, g_source_remove);
  g_clear_object (&self->conversation);
  g_clear_object (&self->settings);
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);
  G_OBJECT_CLASS (ql_chat_page_parent_class)->dispose (object);
}

static void
ql_chat_page_class_init (QlChatPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ql_chat_page_dispose;
  QL_PAGE_CLASS (klass)->set_conversation = set_conversation;
  QL_PAGE_CLASS (klass)->focus = focus_question;
  g_type_ensure (QL_TYPE_QUESTION_ENTRY);
  g_type_ensure (QL_TYPE_STYLE_POPOVER);
  g_type_ensure (QL_TYPE_WRAP_BOX);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/qlens/Qlens/chat-page.ui");
  gtk_widget_class_bind_template_child (widget_class, QlChatPage, scroller);
  gtk_widget_class_bind_template_child (widget_class, QlChatPage, transcript);
  gtk_widget_class_bind_template_child (widget_class, QlChatPage, entry);
  gtk_widget_class_bind_template_child (widget_class, QlChatPage, ask_stack);
  gtk_widget_class_bind_template_child (widget_class, QlChatPage, ask_button);
  gtk_widget_class_bind_template_child (widget_class, QlChatPage, stop_button);
  gtk_widget_class_bind_template_child (widget_class, QlChatPage, newest_button);
  gtk_widget_class_bind_template_child (widget_class, QlChatPage, undo_bar);
  gtk_widget_class_bind_template_child (widget_class, QlChatPage, style_button);
  gtk_widget_class_bind_template_child (widget_class, QlChatPage, style_label);
  gtk_widget_class_bind_template_child (widget_class, QlChatPage, style_popover);
  signals[QUESTION_CHANGED] = g_signal_new ("question-changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                                            0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
ql_chat_page_init (QlChatPage *self)
{
  GtkAdjustment *adjustment;

  gtk_widget_init_template (GTK_WIDGET (self));
  ql_cut_label_has_tooltip (self->style_label);
  self->follow = TRUE;
  adjustment = gtk_scrolled_window_get_vadjustment (self->scroller);
  g_signal_connect_object (adjustment, "value-changed", G_CALLBACK (scrolled_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (adjustment, "changed", G_CALLBACK (grown_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->entry, "changed", G_CALLBACK (entry_changed_cb), self, G_CONNECT_SWAPPED);
  set_conversation (QL_PAGE (self), NULL);
}

void
ql_chat_page_set_settings (QlChatPage *self, GSettings *settings)
{
  g_set_object (&self->settings, settings);
  ql_style_popover_set_settings (self->style_popover, settings);
  gtk_widget_set_sensitive (GTK_WIDGET (self->style_button), settings != NULL);
  if (settings == NULL)
    return;
  g_signal_connect_object (settings, "changed::preset", G_CALLBACK (preset_cb), self, G_CONNECT_SWAPPED);
  preset_cb (self);
}

void
ql_chat_page_update_rows (QlChatPage *self)
{
  for (GtkWidget *row = gtk_widget_get_first_child (GTK_WIDGET (self->transcript)); row != NULL;
       row = gtk_widget_get_next_sibling (row))
    if (QL_IS_TURN_ROW (row))
      ql_turn_row_update_buttons (QL_TURN_ROW (row));
}

void
ql_chat_page_set_reading (QlChatPage *self, QlTurn *turn)
{
  for (GtkWidget *row = gtk_widget_get_first_child (GTK_WIDGET (self->transcript)); row != NULL;
       row = gtk_widget_get_next_sibling (row))
    if (QL_IS_TURN_ROW (row))
      ql_turn_row_set_reading (QL_TURN_ROW (row), ql_turn_row_get_turn (QL_TURN_ROW (row)) == turn);
}

void
ql_chat_page_set_undo (QlChatPage *self, gboolean shown)
{
  gtk_widget_set_visible (self->undo_bar, shown);
}

void
ql_chat_page_show_newest (QlChatPage *self)
{
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (self->scroller);

  self->follow = TRUE;
  gtk_adjustment_set_value (adjustment, gtk_adjustment_get_upper (adjustment));
  gtk_widget_set_visible (self->newest_button, FALSE);
}

void
ql_chat_page_open_style (QlChatPage *self)
{
  gtk_menu_button_popup (self->style_button);
}

void
ql_chat_page_set_busy (QlChatPage *self, gboolean busy)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  GtkWidget *focus = root != NULL ? gtk_root_get_focus (root) : NULL;
  gboolean had_focus = focus != NULL && gtk_widget_is_ancestor (focus, GTK_WIDGET (self->ask_stack));

  gtk_stack_set_visible_child_name (self->ask_stack, busy ? "stop" : "ask");
  /* Both stay visible, so that they have one size; only one is to be read. */
  gtk_accessible_update_state (GTK_ACCESSIBLE (self->ask_button), GTK_ACCESSIBLE_STATE_HIDDEN, busy, -1);
  gtk_accessible_update_state (GTK_ACCESSIBLE (self->stop_button), GTK_ACCESSIBLE_STATE_HIDDEN, !busy, -1);
  /* The button that had the focus is gone; its successor sits in the same place. */
  if (had_focus && busy)
    gtk_widget_grab_focus (self->stop_button);
  else if (had_focus)
    ql_chat_page_focus_question (self);
}

void
ql_chat_page_set_status (QlChatPage *self, const char *status)
{
  GtkWidget *row = gtk_widget_get_last_child (GTK_WIDGET (self->transcript));

  if (QL_IS_TURN_ROW (row))
    ql_turn_row_set_status (QL_TURN_ROW (row), status);
}

char *
ql_chat_page_get_question (QlChatPage *self)
{
  return ql_question_entry_get_text (self->entry);
}

void
ql_chat_page_set_question (QlChatPage *self, const char *text)
{
  ql_question_entry_set_text (self->entry, text);
}

void
ql_chat_page_focus_question (QlChatPage *self)
{
  gtk_widget_grab_focus (GTK_WIDGET (self->entry));
}

GtkWidget *
ql_chat_page_get_view (QlChatPage *self)
{
  return ql_question_entry_get_view (self->entry);
}

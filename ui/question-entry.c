#include "ui/question-entry.h"

#define MODIFIERS (GDK_SHIFT_MASK | GDK_CONTROL_MASK | GDK_ALT_MASK | GDK_SUPER_MASK)

struct _QlQuestionEntry
{
  GtkWidget parent_instance;

  GtkOverlay *overlay;
  GtkTextView *view;
  GtkLabel *placeholder;
};

enum
{
  CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (QlQuestionEntry, ql_question_entry, GTK_TYPE_WIDGET)

static void
update_placeholder (QlQuestionEntry *self)
{
  gboolean empty = gtk_text_buffer_get_char_count (gtk_text_view_get_buffer (self->view)) == 0;

  gtk_widget_set_opacity (GTK_WIDGET (self->placeholder), empty ? 1 : 0);
}

static void
buffer_changed_cb (QlQuestionEntry *self)
{
  update_placeholder (self);
  g_signal_emit (self, signals[CHANGED], 0);
}

/* Text that is being composed is not in the buffer yet, but it covers the placeholder. */
static void
preedit_changed_cb (QlQuestionEntry *self, const char *preedit)
{
  if (*preedit != '\0')
    gtk_widget_set_opacity (GTK_WIDGET (self->placeholder), 0);
  else
    update_placeholder (self);
}

static gboolean
key_pressed_cb (GtkEventControllerKey *keys, guint keyval, guint keycode, GdkModifierType state,
                QlQuestionEntry *self)
{
  GdkEvent *event = gtk_event_controller_get_current_event (GTK_EVENT_CONTROLLER (keys));

  /* In an empty box there is nowhere up to go: the last question comes back. */
  if ((keyval == GDK_KEY_Up || keyval == GDK_KEY_KP_Up) && (state & MODIFIERS) == 0
      && gtk_text_buffer_get_char_count (gtk_text_view_get_buffer (self->view)) == 0)
    return gtk_widget_activate_action (GTK_WIDGET (self), "win.edit", NULL);
  if (keyval != GDK_KEY_Return && keyval != GDK_KEY_KP_Enter && keyval != GDK_KEY_ISO_Enter)
    return GDK_EVENT_PROPAGATE;
  if ((state & MODIFIERS) != 0)
    return GDK_EVENT_PROPAGATE;
  /* An input method takes Enter to mean "this is the word I want", not "send". */
  if (event != NULL && gtk_text_view_im_context_filter_keypress (self->view, event))
    {
      gtk_text_view_reset_im_context (self->view);
      return GDK_EVENT_STOP;
    }
  gtk_widget_activate_action (GTK_WIDGET (self), "win.ask", NULL);
  return GDK_EVENT_STOP;
}

static gboolean
ql_question_entry_grab_focus (GtkWidget *widget)
{
  return gtk_widget_grab_focus (GTK_WIDGET (QL_QUESTION_ENTRY (widget)->view));
}

/* The default would end a search backwards with grab_focus(), and so never leave the box. */
static gboolean
ql_question_entry_focus (GtkWidget *widget, GtkDirectionType direction)
{
  return gtk_widget_child_focus (GTK_WIDGET (QL_QUESTION_ENTRY (widget)->overlay), direction);
}

static void
ql_question_entry_dispose (GObject *object)
{
  GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (object));

  g_clear_pointer (&child, gtk_widget_unparent);
  G_OBJECT_CLASS (ql_question_entry_parent_class)->dispose (object);
}

static void
ql_question_entry_class_init (QlQuestionEntryClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ql_question_entry_dispose;
  widget_class->focus = ql_question_entry_focus;
  widget_class->grab_focus = ql_question_entry_grab_focus;
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/qlens/Qlens/question-entry.ui");
  gtk_widget_class_bind_template_child (widget_class, QlQuestionEntry, overlay);
  gtk_widget_class_bind_template_child (widget_class, QlQuestionEntry, view);
  gtk_widget_class_bind_template_child (widget_class, QlQuestionEntry, placeholder);
  signals[CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 0);
}

static void
ql_question_entry_init (QlQuestionEntry *self)
{
  GtkEventController *keys;

  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_overlay_set_measure_overlay (self->overlay, GTK_WIDGET (self->placeholder), TRUE);
  keys = gtk_event_controller_key_new ();
  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  g_signal_connect_object (keys, "key-pressed", G_CALLBACK (key_pressed_cb), self, 0);
  gtk_widget_add_controller (GTK_WIDGET (self->view), keys);
  g_signal_connect_object (gtk_text_view_get_buffer (self->view), "changed", G_CALLBACK (buffer_changed_cb),
                           self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->view, "preedit-changed", G_CALLBACK (preedit_changed_cb), self,
                           G_CONNECT_SWAPPED);
}

char *
ql_question_entry_get_text (QlQuestionEntry *self)
{
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (self->view);
  GtkTextIter start, end;

  gtk_text_buffer_get_bounds (buffer, &start, &end);
  return g_strstrip (gtk_text_buffer_get_text (buffer, &start, &end, FALSE));
}

void
ql_question_entry_set_text (QlQuestionEntry *self, const char *text)
{
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (self->view);
  GtkTextIter end;

  gtk_text_buffer_set_text (buffer, text, -1);
  gtk_text_buffer_get_end_iter (buffer, &end);
  gtk_text_buffer_place_cursor (buffer, &end);
}

void
ql_question_entry_set_placeholder (QlQuestionEntry *self, const char *text)
{
  gtk_label_set_text (self->placeholder, text);
}

GtkWidget *
ql_question_entry_get_view (QlQuestionEntry *self)
{
  return GTK_WIDGET (self->view);
}

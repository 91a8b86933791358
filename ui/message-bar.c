#include "ui/message-bar.h"

struct _QlMessageBar
{
  GtkWidget parent_instance;

  GtkInfoBar *bar;
  GtkLabel *what;
  GtkLabel *advice;
  GtkExpander *details_expander;
  GtkLabel *details;
  GtkButton *action_button;
};

enum
{
  CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (QlMessageBar, ql_message_bar, GTK_TYPE_WIDGET)

static void
dismiss_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  ql_message_bar_dismiss (QL_MESSAGE_BAR (widget));
}

static void
copy_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  QlMessageBar *self = QL_MESSAGE_BAR (widget);

  gdk_clipboard_set_text (gtk_widget_get_clipboard (widget), gtk_label_get_text (self->details));
}

static void
ql_message_bar_dispose (GObject *object)
{
  GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (object));

  g_clear_pointer (&child, gtk_widget_unparent);
  G_OBJECT_CLASS (ql_message_bar_parent_class)->dispose (object);
}

static void
ql_message_bar_class_init (QlMessageBarClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ql_message_bar_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/qlens/Qlens/message-bar.ui");
  gtk_widget_class_bind_template_child (widget_class, QlMessageBar, bar);
  gtk_widget_class_bind_template_child (widget_class, QlMessageBar, what);
  gtk_widget_class_bind_template_child (widget_class, QlMessageBar, advice);
  gtk_widget_class_bind_template_child (widget_class, QlMessageBar, details_expander);
  gtk_widget_class_bind_template_child (widget_class, QlMessageBar, details);
  gtk_widget_class_bind_template_child (widget_class, QlMessageBar, action_button);
  gtk_widget_class_install_action (widget_class, "message.dismiss", NULL, dismiss_action);
  gtk_widget_class_install_action (widget_class, "message.copy", NULL, copy_action);
  signals[CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 0);
}

static void
ql_message_bar_init (QlMessageBar *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
}

static void
show (QlMessageBar *self, GtkMessageType type, const char *what, const char *advice, const char *details)
{
  gtk_info_bar_set_message_type (self->bar, type);
  gtk_label_set_text (self->what, what);
  /* Never empty: a label without text is announced by the name of its type. */
  if (*advice != '\0')
    gtk_label_set_text (self->advice, advice);
  gtk_widget_set_visible (GTK_WIDGET (self->advice), *advice != '\0');
  if (details != NULL)
    gtk_label_set_text (self->details, details);
  gtk_widget_set_visible (GTK_WIDGET (self->details_expander), details != NULL);
  gtk_expander_set_expanded (self->details_expander, FALSE);
  gtk_widget_set_visible (GTK_WIDGET (self->action_button), FALSE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, what,
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, advice, -1);
  /* Invisible, not only folded up: screen readers would read it all the same. */
  gtk_widget_set_visible (GTK_WIDGET (self), TRUE);
  g_signal_emit (self, signals[CHANGED], 0);
}

void
ql_message_bar_show_error (QlMessageBar *self, const QlErrorText *text)
{
  show (self, GTK_MESSAGE_ERROR, text->what, text->advice, text->details);
}

void
ql_message_bar_show_note (QlMessageBar *self, const char *what, const char *advice)
{
  show (self, GTK_MESSAGE_INFO, what, advice, NULL);
}

void
ql_message_bar_set_action (QlMessageBar *self, const char *label, const char *action)
{
  g_autofree char *name = NULL;
  g_autoptr (GVariant) target = NULL;

  if (!g_action_parse_detailed_name (action, &name, &target, NULL))
    g_return_if_reached ();
  gtk_button_set_label (self->action_button, label);
  /* Never a name with the target of another: GTK warns of that. */
  gtk_actionable_set_action_name (GTK_ACTIONABLE (self->action_button), NULL);
  gtk_actionable_set_action_target_value (GTK_ACTIONABLE (self->action_button), target);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (self->action_button), name);
  gtk_widget_set_visible (GTK_WIDGET (self->action_button), TRUE);
}

const char *
ql_message_bar_get_action (QlMessageBar *self)
{
  if (!ql_message_bar_is_shown (self) || !gtk_widget_get_visible (GTK_WIDGET (self->action_button)))
    return NULL;
  return gtk_actionable_get_action_name (GTK_ACTIONABLE (self->action_button));
}

void
ql_message_bar_dismiss (QlMessageBar *self)
{
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
  g_signal_emit (self, signals[CHANGED], 0);
}

gboolean
ql_message_bar_is_shown (QlMessageBar *self)
{
  return gtk_widget_get_visible (GTK_WIDGET (self));
}

const char *
ql_message_bar_get_what (QlMessageBar *self)
{
  return gtk_label_get_text (self->what);
}

const char *
ql_message_bar_get_advice (QlMessageBar *self)
{
  return gtk_label_get_text (self->advice);
}

const char *
ql_message_bar_get_details (QlMessageBar *self)
{
  return gtk_label_get_text (self->details);
}

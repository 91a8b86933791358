#include "ui/turn-row.h"

#include <glib/gi18n.h>

struct _QlTurnRow
{
  GtkListBoxRow parent_instance;

  GtkLabel *question;
  GtkLabel *answer;
  GtkLabel *meta;
  QlTurn *turn;
  char *status;
};

G_DEFINE_FINAL_TYPE (QlTurnRow, ql_turn_row, GTK_TYPE_LIST_BOX_ROW)

static const char *
question_text (QlTurn *turn)
{
  const char *question = ql_turn_get_question (turn);

  return question != NULL ? question : _ ("Describe the picture.");
}

static char *
meta_text (QlTurnRow *self)
{
  switch (ql_turn_get_state (self->turn))
    {
    case QL_TURN_DONE:
      if (ql_turn_get_picture_reused (self->turn))
        /* Translators: %.1f is a number of seconds. */
        return g_strdup_printf (_ ("%.1f s · picture reused"), MAX (ql_turn_get_seconds (self->turn), 0.1));
      return g_strdup_printf (_ ("%.1f s"), MAX (ql_turn_get_seconds (self->turn), 0.1));
    case QL_TURN_STOPPED:
      return g_strdup (_ ("Stopped"));
    case QL_TURN_FAILED:
      return g_strdup (_ ("Not answered"));
    case QL_TURN_WAITING:
    case QL_TURN_STREAMING:
    default:
      return g_strdup (self->status != NULL ? self->status : _ ("Waiting…"));
    }
}

static void
set_class (GtkLabel *label, const char *name, gboolean on)
{
  if (on)
    gtk_widget_add_css_class (GTK_WIDGET (label), name);
  else
    gtk_widget_remove_css_class (GTK_WIDGET (label), name);
}

static void
update (QlTurnRow *self)
{
  const char *text = ql_turn_get_text (self->turn);
  QlTurnState state = ql_turn_get_state (self->turn);
  g_autofree char *meta = meta_text (self);
  g_autofree char *name = NULL;

  /* Never as markup: a model may write anything. */
  gtk_label_set_text (self->answer, text);
  gtk_widget_set_visible (GTK_WIDGET (self->answer), *text != '\0');
  gtk_label_set_text (self->meta, meta);
  set_class (self->answer, "stopped", state == QL_TURN_STOPPED);
  set_class (self->answer, "failed", state == QL_TURN_FAILED);
  /* Translators: a question and its answer, as a screen reader speaks them. */
  name = g_strdup_printf (_ ("Question: %s Answer: %s"), question_text (self->turn),
                          *text != '\0' ? text : meta);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

static void
ql_turn_row_dispose (GObject *object)
{
  QlTurnRow *self = QL_TURN_ROW (object);

  g_clear_object (&self->turn);
  g_clear_pointer (&self->status, g_free);
  G_OBJECT_CLASS (ql_turn_row_parent_class)->dispose (object);
}

static void
ql_turn_row_class_init (QlTurnRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ql_turn_row_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/qlens/Qlens/turn-row.ui");
  gtk_widget_class_bind_template_child (widget_class, QlTurnRow, question);
  gtk_widget_class_bind_template_child (widget_class, QlTurnRow, answer);
  gtk_widget_class_bind_template_child (widget_class, QlTurnRow, meta);
}

static void
ql_turn_row_init (QlTurnRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
ql_turn_row_new (QlTurn *turn)
{
  QlTurnRow *self = g_object_new (QL_TYPE_TURN_ROW, NULL);

  self->turn = g_object_ref (turn);
  gtk_label_set_text (self->question, question_text (turn));
  g_signal_connect_object (turn, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  update (self);
  return GTK_WIDGET (self);
}

QlTurn *
ql_turn_row_get_turn (QlTurnRow *self)
{
  return self->turn;
}

void
ql_turn_row_set_status (QlTurnRow *self, const char *status)
{
  if (g_strcmp0 (self->status, status) == 0 || ql_turn_is_over (self->turn))
    return;
  g_free (self->status);
  self->status = g_strdup (status);
  update (self);
}

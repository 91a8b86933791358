#include "ui/turn-row.h"

#include <string.h>

#include <glib/gi18n.h>

#include "app/speech.h"
#include "ui/answer-view.h"

struct _QlTurnRow
{
  GtkListBoxRow parent_instance;

  GtkLabel *question;
  QlAnswerView *answer;
  GtkLabel *meta;
  GtkWidget *again_link;
  GtkWidget *actions;
  GtkWidget *copy_button;
  GtkWidget *read_button;
  GtkWidget *again_button;
  GtkWidget *edit_button;
  GtkWidget *delete_button;
  GtkWidget *menu; /* nullable: until it was opened */
  GMenu *menu_model; /* nullable: the same */
  gboolean reading; /* it is being read aloud */
  QlTurn *turn;
  char *status;
};

G_DEFINE_FINAL_TYPE (QlTurnRow, ql_turn_row, GTK_TYPE_LIST_BOX_ROW)

/* What the buttons do. They are not bound to the actions: GTK tells of each change of an action to
 * each button bound to it, and a long conversation has thousands. */
static const struct
{
  gsize button; /* offset of the GtkWidget * */
  const char *action;
} commands[] = {
  { G_STRUCT_OFFSET (QlTurnRow, copy_button), "win.copy-turn" },
  { G_STRUCT_OFFSET (QlTurnRow, read_button), "win.read-aloud" },
  { G_STRUCT_OFFSET (QlTurnRow, again_button), "win.again-turn" },
  { G_STRUCT_OFFSET (QlTurnRow, again_link), "win.again-turn" },
  { G_STRUCT_OFFSET (QlTurnRow, edit_button), "win.edit-turn" },
  { G_STRUCT_OFFSET (QlTurnRow, delete_button), "win.delete-turn" },
};

static const char *
question_text (QlTurn *turn)
{
  const char *question = ql_turn_get_question (turn);

  return question != NULL ? question : _ ("Describe the picture.");
}

static char *
done_text (QlTurn *turn)
{
  const QlAnswerStyle *style = ql_turn_get_style (turn);
  int n_earlier = ql_turn_get_n_earlier (turn);
  g_autoptr (GString) text = g_string_new (NULL);

  /* Translators: %.1f is a number of seconds. */
  g_string_append_printf (text, _ ("%.1f s"), MAX (ql_turn_get_seconds (turn), 0.1));
  if (ql_turn_get_picture_reused (turn))
    /* Translators: after a number of seconds: the picture had been looked at before. */
    g_string_append (text, _ (" · picture reused"));
  if (n_earlier > 0)
    g_string_append_printf (
        text, ngettext (" · %d earlier turn read", " · %d earlier turns read", (gulong) n_earlier),
        n_earlier);
  if (style->preset == QL_PRESET_CREATIVE)
    /* Translators: the number that random choices began with. */
    g_string_append_printf (text, _ (" · seed %.0f"), style->knobs[QL_KNOB_SEED]);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static char *
meta_text (QlTurnRow *self)
{
  switch (ql_turn_get_state (self->turn))
    {
    case QL_TURN_DONE:
      return done_text (self->turn);
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
set_class (GtkWidget *widget, const char *name, gboolean on)
{
  if (on)
    gtk_widget_add_css_class (widget, name);
  else
    gtk_widget_remove_css_class (widget, name);
}

static void
clicked_cb (QlTurnRow *self, GtkWidget *button)
{
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    if (button == G_STRUCT_MEMBER (GtkWidget *, self, commands[i].button))
      gtk_widget_activate_action (GTK_WIDGET (self), commands[i].action, "u",
                                  ql_turn_get_number (self->turn));
}

void
ql_turn_row_update_buttons (QlTurnRow *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  gboolean in_use = (gtk_widget_get_state_flags (GTK_WIDGET (self))
                     & (GTK_STATE_FLAG_PRELIGHT | GTK_STATE_FLAG_FOCUS_WITHIN))
                    != 0;

  if (!G_IS_ACTION_GROUP (root) || (!in_use && !gtk_widget_get_visible (self->again_link)))
    return;
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    gtk_widget_set_sensitive (
        G_STRUCT_MEMBER (GtkWidget *, self, commands[i].button),
        g_action_group_get_action_enabled (G_ACTION_GROUP (root), commands[i].action + strlen ("win.")));
}

static void
update (QlTurnRow *self)
{
  const char *text = ql_turn_get_text (self->turn);
  QlTurnState state = ql_turn_get_state (self->turn);
  GtkWidget *label = GTK_WIDGET (ql_answer_view_get_label (self->answer));
  gboolean over = ql_turn_is_over (self->turn);
  g_autofree char *meta = meta_text (self);
  g_autofree char *name = NULL;

  ql_answer_view_set_turn (self->answer, self->turn);
  gtk_widget_set_visible (GTK_WIDGET (self->answer), *text != '\0');
  gtk_label_set_text (self->meta, meta);
  gtk_widget_set_visible (self->again_link, state == QL_TURN_STOPPED || state == QL_TURN_FAILED);
  gtk_widget_set_visible (self->actions, over);
  gtk_widget_set_visible (self->copy_button, *text != '\0');
  gtk_widget_set_visible (self->read_button, *text != '\0' && ql_speech_is_built ());
  set_class (label, "stopped", state == QL_TURN_STOPPED);
  set_class (label, "failed", state == QL_TURN_FAILED);
  ql_turn_row_update_buttons (self);
  /* Translators: a question and its answer, as a screen reader speaks them. */
  name = g_strdup_printf (_ ("Question: %s Answer: %s"), question_text (self->turn),
                          *text != '\0' ? text : meta);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

/* ---- menu ---- */

static void
append (GMenu *menu, const char *label, const char *action, guint number)
{
  g_autoptr (GMenuItem) item = g_menu_item_new (label, NULL);

  g_menu_item_set_action_and_target (item, action, "u", number);
  g_menu_append_item (menu, item);
}

/* Anew each time: what it offers depends on what is going on. */
static void
fill_menu (QlTurnRow *self)
{
  guint number = ql_turn_get_number (self->turn);

  g_menu_remove_all (self->menu_model);
  append (self->menu_model, _ ("_Copy Answer"), "win.copy-turn", number);
  if (ql_speech_is_built ())
    append (self->menu_model, self->reading ? _ ("Stop _Reading") : _ ("_Read Aloud"), "win.read-aloud",
            number);
  if (ql_turn_get_tokens (self->turn) != NULL)
    append (self->menu_model, _ ("Show A_ttention"), "win.attention-turn", number);
  append (self->menu_model, _ ("Ask _Again"), "win.again-turn", number);
  if (ql_turn_get_question (self->turn) != NULL)
    append (self->menu_model, _ ("_Edit and Ask"), "win.edit-turn", number);
  append (self->menu_model, _ ("_Delete"), "win.delete-turn", number);
}

static void
make_menu (QlTurnRow *self)
{
  self->menu_model = g_menu_new ();
  self->menu = gtk_popover_menu_new_from_model (G_MENU_MODEL (self->menu_model));
  gtk_popover_set_has_arrow (GTK_POPOVER (self->menu), FALSE);
  gtk_widget_set_halign (self->menu, GTK_ALIGN_START);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->menu), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Answer"),
                                  -1);
  gtk_widget_set_parent (self->menu, GTK_WIDGET (self));
}

static void
open_menu (QlTurnRow *self, double x, double y)
{
  if (self->menu == NULL)
    make_menu (self);
  fill_menu (self);
  gtk_popover_set_pointing_to (GTK_POPOVER (self->menu), &(GdkRectangle){ (int) x, (int) y, 1, 1 });
  gtk_popover_popup (GTK_POPOVER (self->menu));
}

static void
pressed_cb (GtkGestureClick *gesture, int n_press, double x, double y, QlTurnRow *self)
{
  /* Before the labels' own menus, which know nothing of answers. */
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  open_menu (self, x, y);
}

static void
long_pressed_cb (GtkGestureLongPress *gesture, double x, double y, QlTurnRow *self)
{
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  open_menu (self, x, y);
}

static gboolean
menu_key_cb (GtkWidget *widget, GVariant *args, gpointer data)
{
  open_menu (QL_TURN_ROW (widget), gtk_widget_get_width (widget) / 2.0, gtk_widget_get_height (widget) / 2.0);
  return TRUE;
}

static gboolean
action_key_cb (GtkWidget *widget, GVariant *args, gpointer data)
{
  return gtk_widget_activate_action (widget, g_variant_get_string (args, NULL), "u",
                                     ql_turn_get_number (QL_TURN_ROW (widget)->turn));
}

/* ---- life ---- */

static void
ql_turn_row_dispose (GObject *object)
{
  QlTurnRow *self = QL_TURN_ROW (object);

  g_clear_pointer (&self->menu, gtk_widget_unparent);
  g_clear_object (&self->menu_model);
  g_clear_object (&self->turn);
  g_clear_pointer (&self->status, g_free);
  G_OBJECT_CLASS (ql_turn_row_parent_class)->dispose (object);
}

static void
ql_turn_row_class_init (QlTurnRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ql_turn_row_dispose;
  g_type_ensure (QL_TYPE_ANSWER_VIEW);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/qlens/Qlens/turn-row.ui");
  gtk_widget_class_bind_template_child (widget_class, QlTurnRow, question);
  gtk_widget_class_bind_template_child (widget_class, QlTurnRow, answer);
  gtk_widget_class_bind_template_child (widget_class, QlTurnRow, meta);
  gtk_widget_class_bind_template_child (widget_class, QlTurnRow, again_link);
  gtk_widget_class_bind_template_child (widget_class, QlTurnRow, actions);
  gtk_widget_class_bind_template_child (widget_class, QlTurnRow, copy_button);
  gtk_widget_class_bind_template_child (widget_class, QlTurnRow, read_button);
  gtk_widget_class_bind_template_child (widget_class, QlTurnRow, again_button);
  gtk_widget_class_bind_template_child (widget_class, QlTurnRow, edit_button);
  gtk_widget_class_bind_template_child (widget_class, QlTurnRow, delete_button);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Menu, 0, menu_key_cb, NULL);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_F10, GDK_SHIFT_MASK, menu_key_cb, NULL);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Delete, 0, action_key_cb, "s", "win.delete-turn");
  gtk_widget_class_add_binding (widget_class, GDK_KEY_c, GDK_CONTROL_MASK, action_key_cb, "s",
                                "win.copy-turn");
}

static void
ql_turn_row_init (QlTurnRow *self)
{
  GtkGesture *click, *hold;

  gtk_widget_init_template (GTK_WIDGET (self));
  click = gtk_gesture_click_new ();
  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (click), GDK_BUTTON_SECONDARY);
  gtk_event_controller_set_propagation_phase (GTK_EVENT_CONTROLLER (click), GTK_PHASE_CAPTURE);
  g_signal_connect_object (click, "pressed", G_CALLBACK (pressed_cb), self, 0);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (click));
  hold = gtk_gesture_long_press_new ();
  gtk_gesture_single_set_touch_only (GTK_GESTURE_SINGLE (hold), TRUE);
  g_signal_connect_object (hold, "pressed", G_CALLBACK (long_pressed_cb), self, 0);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (hold));
}

GtkWidget *
ql_turn_row_new (QlTurn *turn)
{
  QlTurnRow *self = g_object_new (QL_TYPE_TURN_ROW, NULL);

  self->turn = g_object_ref (turn);
  gtk_label_set_text (self->question, question_text (turn));
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    g_signal_connect_object (G_STRUCT_MEMBER (GtkWidget *, self, commands[i].button), "clicked",
                             G_CALLBACK (clicked_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect (self, "state-flags-changed", G_CALLBACK (ql_turn_row_update_buttons), NULL);
  gtk_widget_set_visible (self->edit_button, ql_turn_get_question (turn) != NULL);
  g_signal_connect_object (turn, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  update (self);
  return GTK_WIDGET (self);
}

QlTurn *
ql_turn_row_get_turn (QlTurnRow *self)
{
  return self->turn;
}

QlAnswerView *
ql_turn_row_get_answer (QlTurnRow *self)
{
  return self->answer;
}

void
ql_turn_row_set_reading (QlTurnRow *self, gboolean reading)
{
  const char *label = reading ? _ ("Stop reading") : _ ("Read the answer aloud");

  if (reading == self->reading)
    return;
  self->reading = reading;
  gtk_button_set_icon_name (GTK_BUTTON (self->read_button),
                            reading ? "media-playback-stop-symbolic" : "audio-volume-high-symbolic");
  gtk_widget_set_tooltip_text (self->read_button, label);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->read_button), GTK_ACCESSIBLE_PROPERTY_LABEL, label,
                                  -1);
  /* Shown without pointer or focus: what is heard can be silenced where it is. */
  set_class (self->actions, "reading", reading);
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

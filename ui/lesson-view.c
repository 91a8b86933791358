#include "ui/lesson-view.h"

#include <glib/gi18n.h>

#include "ui/accessible.h"
#include "ui/wrap-box.h"

#define WIDTH_PX 300

struct _QlLessonView
{
  GtkWidget parent_instance;

  GtkLabel *lesson_title;
  GtkLabel *place;
  GtkWidget *header, *buttons;
  GtkWidget *fold; /* to where one does it: in the narrow window */
  GtkWidget *unfold; /* back to the text */
  GtkWidget *go_on; /* beside the task, where the other buttons are folded away */
  GtkWidget *dots;
  GtkScrolledWindow *scroller;
  GtkWidget *model_note, *model_button;
  GtkLabel *title;
  GtkLabel *text;
  GtkWidget *state_card;
  GtkImage *state_icon;
  GtkLabel *state;
  GtkLabel *hint;
  GtkWidget *hint_button;
  GtkLabel *hint_label;
  GtkWidget *next;
  GtkLabel *next_label;
  QlLessonRun *run; /* nullable */
  int step; /* that is shown; -1: none */
  gboolean hint_shown;
  gboolean compact, folded;
};

G_DEFINE_FINAL_TYPE (QlLessonView, ql_lesson_view, GTK_TYPE_WIDGET)

/* ---- dots: one for each step ---- */

/* Filled, ringed or empty: told apart without colours. */
static const char *
dot_text (QlLessonView *self, int step)
{
  if (step == ql_lesson_run_get_nth (self->run))
    return "◉";
  return step < ql_lesson_run_get_nth (self->run) && ql_lesson_run_is_satisfied (self->run, step) ? "●" : "○";
}

static void
update_dots (QlLessonView *self)
{
  GtkWidget *dot = gtk_widget_get_first_child (self->dots);

  for (int i = 0; dot != NULL; i++, dot = gtk_widget_get_next_sibling (dot))
    gtk_button_set_label (GTK_BUTTON (dot), dot_text (self, i));
}

static void
make_dots (QlLessonView *self)
{
  GtkWidget *dot;
  QlLesson *lesson;

  while ((dot = gtk_widget_get_first_child (self->dots)) != NULL)
    gtk_widget_unparent (dot);
  if (self->run == NULL)
    return;
  lesson = ql_lesson_run_get_lesson (self->run);
  for (int i = 0; i < ql_lesson_get_n_steps (lesson); i++)
    {
      g_autofree char *name
          = g_strdup_printf (_ ("Step %d: %s"), i + 1, ql_lesson_get_step (lesson, i)->title);

      dot = gtk_button_new_with_label ("○");
      gtk_button_set_has_frame (GTK_BUTTON (dot), FALSE);
      /* Back and Next are the keyboard's way; dots would be many stops. */
      gtk_widget_set_focusable (dot, FALSE);
      gtk_widget_set_tooltip_text (dot, name);
      gtk_accessible_update_property (GTK_ACCESSIBLE (dot), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
      gtk_actionable_set_action_name (GTK_ACTIONABLE (dot), "win.lesson-step");
      gtk_actionable_set_action_target (GTK_ACTIONABLE (dot), "i", i);
      gtk_widget_set_parent (dot, self->dots);
    }
}

/* ---- the step ---- */

static void
update_state (QlLessonView *self)
{
  const QlLessonStep *step = ql_lesson_run_get_step (self->run);
  int nth = ql_lesson_run_get_nth (self->run);
  gboolean asks = ql_lesson_run_has_check (self->run, nth);
  gboolean satisfied = ql_lesson_run_is_satisfied (self->run, nth);
  const char *icon = "ql-waiting-symbolic";
  g_autofree char *text = NULL;

  if (asks && satisfied)
    {
      text = step->done != NULL ? g_strdup_printf (_ ("Done: %s"), step->done) : g_strdup (_ ("Done."));
      icon = "ql-done-symbolic";
    }
  else if (ql_lesson_run_is_stuck (self->run))
    {
      text = g_strdup (
          _ ("There is no answer to look at. Load a model that writes, then come back to this step."));
      icon = "ql-failed-symbolic";
    }
  else if (ql_lesson_run_get_busy (self->run))
    {
      text = g_strdup (_ ("One moment: the model is at work…"));
      icon = "ql-working-symbolic";
    }
  else if (asks)
    text = g_strdup_printf (_ ("Not yet: %s"), step->task != NULL ? step->task : step->title);
  else if (step->check != NULL)
    text = g_strdup (_ ("What there is to do here needs a page that this window does not have. Read on."));
  /* Folded away, it is all that is left. */
  if (text == NULL && self->compact && self->folded)
    text = g_strdup (step->title);
  gtk_widget_set_visible (self->state_card, text != NULL);
  if (text != NULL)
    gtk_label_set_text (self->state, text);
  gtk_image_set_from_icon_name (self->state_icon, icon);
  gtk_widget_set_visible (GTK_WIDGET (self->hint),
                          asks && !satisfied && self->hint_shown && step->hint != NULL);
  gtk_widget_set_visible (self->hint_button,
                          asks && !satisfied && (!self->hint_shown || step->solve->len > 0));
  /* Who has read the hint may have it shown. */
  gtk_label_set_text (self->hint_label, self->hint_shown ? _ ("Show Me") : _ ("Hint"));
  gtk_actionable_set_action_name (GTK_ACTIONABLE (self->hint_button),
                                  self->hint_shown ? "win.lesson-solve" : "win.lesson-hint");
}

static void
update_buttons (QlLessonView *self)
{
  int nth = ql_lesson_run_get_nth (self->run);
  gboolean satisfied = ql_lesson_run_is_satisfied (self->run, nth);
  gboolean last = nth == ql_lesson_get_n_steps (ql_lesson_run_get_lesson (self->run)) - 1;

  gtk_widget_set_visible (self->go_on, satisfied && self->compact && self->folded);
  gtk_label_set_text (self->next_label, last ? _ ("Finish") : satisfied ? _ ("Next") : _ ("Skip"));
  if (satisfied)
    gtk_widget_add_css_class (self->next, "suggested-action");
  else
    gtk_widget_remove_css_class (self->next, "suggested-action");
}

static void
show_step (QlLessonView *self)
{
  const QlLessonStep *step = ql_lesson_run_get_step (self->run);
  int n = ql_lesson_get_n_steps (ql_lesson_run_get_lesson (self->run));
  g_autofree char *place = NULL;

  self->step = ql_lesson_run_get_nth (self->run);
  self->hint_shown = FALSE;
  /* Translators: the number of a lesson's step, and how many there are. */
  place = g_strdup_printf (_ ("%d of %d"), self->step + 1, n);
  gtk_label_set_text (self->place, place);
  gtk_label_set_text (self->title, step->title);
  gtk_label_set_text (self->text, step->text);
  gtk_label_set_text (self->hint, step->hint != NULL ? step->hint : "–");
  gtk_adjustment_set_value (gtk_scrolled_window_get_vadjustment (self->scroller), 0);
}

static void
changed_cb (QlLessonView *self)
{
  if (self->step != ql_lesson_run_get_nth (self->run))
    show_step (self);
  update_dots (self);
  update_state (self);
  update_buttons (self);
}

void
ql_lesson_view_set_run (QlLessonView *self, QlLessonRun *run)
{
  if (self->run != NULL)
    g_signal_handlers_disconnect_by_data (self->run, self);
  g_set_object (&self->run, run);
  self->step = -1;
  make_dots (self);
  if (run == NULL)
    return;
  gtk_label_set_text (self->lesson_title, ql_lesson_get_title (ql_lesson_run_get_lesson (run)));
  g_signal_connect_object (run, "changed", G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
  changed_cb (self);
}

void
ql_lesson_view_show_hint (QlLessonView *self)
{
  self->hint_shown = TRUE;
  changed_cb (self);
}

gboolean
ql_lesson_view_get_hint_shown (QlLessonView *self)
{
  return self->hint_shown;
}

/* ---- room ---- */

/* In the narrow window one either reads or does: folded away, only the task stays. */
static void
update_room (QlLessonView *self)
{
  gboolean folded = self->compact && self->folded;

  gtk_widget_set_size_request (GTK_WIDGET (self), self->compact ? -1 : WIDTH_PX, -1);
  gtk_widget_set_vexpand (GTK_WIDGET (self), !folded);
  gtk_widget_set_visible (GTK_WIDGET (self->scroller), !folded);
  gtk_widget_set_visible (self->header, !folded);
  gtk_widget_set_visible (self->dots, !folded);
  gtk_widget_set_visible (self->buttons, !folded);
  gtk_widget_set_visible (self->unfold, folded);
  gtk_widget_set_visible (self->fold, self->compact);
  if (self->compact)
    gtk_widget_add_css_class (GTK_WIDGET (self), "compact");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self), "compact");
}

void
ql_lesson_view_set_compact (QlLessonView *self, gboolean compact)
{
  if (compact == self->compact)
    return;
  self->compact = compact;
  update_room (self);
  if (self->run != NULL)
    changed_cb (self);
}

gboolean
ql_lesson_view_hides_rest (QlLessonView *self)
{
  return self->run != NULL && self->compact && !self->folded;
}

void
ql_lesson_view_set_folded (QlLessonView *self, gboolean folded)
{
  self->folded = folded;
  update_room (self);
  if (self->run != NULL)
    changed_cb (self);
}

void
ql_lesson_view_set_model_note (QlLessonView *self, gboolean shown)
{
  gtk_widget_set_visible (self->model_note, shown);
  gtk_widget_set_visible (self->model_button, shown);
}

void
ql_lesson_view_focus_next (QlLessonView *self)
{
  gtk_widget_grab_focus (gtk_widget_get_visible (self->buttons) ? self->next : self->unfold);
}

const char *
ql_lesson_view_get_state_text (QlLessonView *self)
{
  return gtk_widget_get_visible (self->state_card) ? gtk_label_get_text (self->state) : "";
}

char *
ql_lesson_view_describe (QlLessonView *self)
{
  const QlLessonStep *step = ql_lesson_run_get_step (self->run);

  return g_strdup_printf ("%s. %s\n%s\n%s", gtk_label_get_text (self->place), step->title, step->text,
                          ql_lesson_view_get_state_text (self));
}

/* ---- life ---- */

static void
ql_lesson_view_dispose (GObject *object)
{
  QlLessonView *self = QL_LESSON_VIEW (object);
  GtkWidget *child;

  if (self->run != NULL)
    g_signal_handlers_disconnect_by_data (self->run, self);
  g_clear_object (&self->run);
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);
  G_OBJECT_CLASS (ql_lesson_view_parent_class)->dispose (object);
}

static void
ql_lesson_view_class_init (QlLessonViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ql_lesson_view_dispose;
  g_type_ensure (QL_TYPE_WRAP_BOX);
  gtk_widget_class_set_css_name (widget_class, "lesson");
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/qlens/Qlens/lesson-view.ui");
  gtk_widget_class_bind_template_child (widget_class, QlLessonView, lesson_title);
  gtk_widget_class_bind_template_child (widget_class, QlLessonView, place);
  gtk_widget_class_bind_template_child (widget_class, QlLessonView, header);
  gtk_widget_class_bind_template_child (widget_class, QlLessonView, buttons);
  gtk_widget_class_bind_template_child (widget_class, QlLessonView, fold);
  gtk_widget_class_bind_template_child (widget_class, QlLessonView, unfold);
  gtk_widget_class_bind_template_child (widget_class, QlLessonView, go_on);
  gtk_widget_class_bind_template_child (widget_class, QlLessonView, dots);
  gtk_widget_class_bind_template_child (widget_class, QlLessonView, scroller);
  gtk_widget_class_bind_template_child (widget_class, QlLessonView, model_note);
  gtk_widget_class_bind_template_child (widget_class, QlLessonView, model_button);
  gtk_widget_class_bind_template_child (widget_class, QlLessonView, title);
  gtk_widget_class_bind_template_child (widget_class, QlLessonView, text);
  gtk_widget_class_bind_template_child (widget_class, QlLessonView, state_card);
  gtk_widget_class_bind_template_child (widget_class, QlLessonView, state_icon);
  gtk_widget_class_bind_template_child (widget_class, QlLessonView, state);
  gtk_widget_class_bind_template_child (widget_class, QlLessonView, hint);
  gtk_widget_class_bind_template_child (widget_class, QlLessonView, hint_button);
  gtk_widget_class_bind_template_child (widget_class, QlLessonView, hint_label);
  gtk_widget_class_bind_template_child (widget_class, QlLessonView, next);
  gtk_widget_class_bind_template_child (widget_class, QlLessonView, next_label);
}

static void
ql_lesson_view_init (QlLessonView *self)
{
  self->step = -1;
  gtk_widget_init_template (GTK_WIDGET (self));
  update_room (self);
}

#include "ui/lessons-window.h"

#include <glib/gi18n.h>

#include "app/lesson.h"
#include "ui/accessible.h"

struct _QlLessonsWindow
{
  GtkWindow parent_instance;

  GtkListBox *list;
  GtkLabel *problem_label;
};

G_DEFINE_FINAL_TYPE (QlLessonsWindow, ql_lessons_window, GTK_TYPE_WINDOW)

static GtkWidget *
wrapped_label (const char *text, const char *css_class)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  if (css_class != NULL)
    gtk_widget_add_css_class (label, css_class);
  return label;
}

static char *
about_text (QlLesson *lesson, gboolean done)
{
  int minutes = ql_lesson_get_minutes (lesson);
  const char *author = ql_lesson_get_author (lesson);
  g_autofree char *length
      = minutes > 0
            ? g_strdup_printf (ngettext ("%d minute", "%d minutes", (gulong) minutes), minutes)
            : g_strdup_printf (ngettext ("%d step", "%d steps", (gulong) ql_lesson_get_n_steps (lesson)),
                               ql_lesson_get_n_steps (lesson));
  g_autofree char *by = author != NULL ? g_strdup_printf (" · %s", author) : g_strdup ("");

  return g_strdup_printf ("%s%s%s", length, by, done ? _ (" · done") : "");
}

static void
add_row (QlLessonsWindow *self, QlLesson *lesson, gboolean done)
{
  GtkWidget *row = gtk_list_box_row_new ();
  GtkWidget *across = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 10);
  GtkWidget *column = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);
  GtkWidget *icon = gtk_image_new_from_icon_name (done ? "ql-done-symbolic" : "ql-waiting-symbolic");
  g_autofree char *about = about_text (lesson, done);
  g_autofree char *name
      = g_strdup_printf ("%s. %s. %s", ql_lesson_get_title (lesson), ql_lesson_get_summary (lesson), about);

  gtk_widget_set_valign (icon, GTK_ALIGN_START);
  gtk_accessible_update_property (GTK_ACCESSIBLE (icon), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  done ? _ ("done") : _ ("not done yet"), -1);
  gtk_box_append (GTK_BOX (across), icon);
  gtk_widget_set_hexpand (column, TRUE);
  gtk_box_append (GTK_BOX (column), wrapped_label (ql_lesson_get_title (lesson), "ql-lesson-title"));
  gtk_box_append (GTK_BOX (column), wrapped_label (ql_lesson_get_summary (lesson), NULL));
  gtk_box_append (GTK_BOX (column), wrapped_label (about, "dim-label"));
  gtk_box_append (GTK_BOX (across), column);
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), across);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  g_object_set_data_full (G_OBJECT (row), "lesson", g_strdup (ql_lesson_get_id (lesson)), g_free);
  gtk_list_box_append (self->list, row);
}

static void
activated_cb (GtkListBox *list, GtkListBoxRow *row, QlLessonsWindow *self)
{
  GtkWindow *parent = gtk_window_get_transient_for (GTK_WINDOW (self));
  g_autofree char *id = g_strdup (g_object_get_data (G_OBJECT (row), "lesson"));

  gtk_window_close (GTK_WINDOW (self));
  gtk_widget_activate_action (GTK_WIDGET (parent), "win.lesson", "s", id);
}

static void
ql_lessons_window_class_init (QlLessonsWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/qlens/Qlens/lessons-window.ui");
  gtk_widget_class_bind_template_child (widget_class, QlLessonsWindow, list);
  gtk_widget_class_bind_template_child (widget_class, QlLessonsWindow, problem_label);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_w, GDK_CONTROL_MASK, "window.close", NULL);
}

static void
ql_lessons_window_init (QlLessonsWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_object (self->list, "row-activated", G_CALLBACK (activated_cb), self, 0);
}

GtkWidget *
ql_lessons_window_new (GtkWindow *parent, GSettings *settings)
{
  QlLessonsWindow *self = g_object_new (QL_TYPE_LESSONS_WINDOW, "transient-for", parent, NULL);
  g_autoptr (GPtrArray) complaints = NULL;
  g_autoptr (GPtrArray) lessons = ql_lessons_load (NULL, &complaints);
  g_auto (GStrv) done = settings != NULL ? g_settings_get_strv (settings, "lessons-done") : NULL;

  for (guint i = 0; i < lessons->len; i++)
    add_row (self, lessons->pdata[i],
             done != NULL
                 && g_strv_contains ((const char *const *) done, ql_lesson_get_id (lessons->pdata[i])));
  if (complaints->len > 0)
    {
      g_autofree char *text = NULL;

      g_ptr_array_add (complaints, NULL);
      text = g_strjoinv ("\n", (char **) complaints->pdata);
      gtk_label_set_text (self->problem_label, text);
      gtk_widget_set_visible (GTK_WIDGET (self->problem_label), TRUE);
    }
  ql_accessible_name_internals (GTK_WIDGET (self));
  if (lessons->len > 0)
    gtk_widget_grab_focus (GTK_WIDGET (gtk_list_box_get_row_at_index (self->list, 0)));
  return GTK_WIDGET (self);
}

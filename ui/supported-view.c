#include "ui/supported-view.h"

#include <glib/gi18n.h>

#include "app/model-supported.h"
#include "ui/accessible.h"

struct _QlSupportedView
{
  GtkWidget parent_instance;

  GtkWidget *expander;
  GtkWidget *groups; /* a box of labels, a pair a group */
  GCancellable *cancellable;
};

G_DEFINE_FINAL_TYPE (QlSupportedView, ql_supported_view, GTK_TYPE_WIDGET)

static void
ql_supported_view_dispose (GObject *object)
{
  QlSupportedView *self = QL_SUPPORTED_VIEW (object);

  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->expander, gtk_widget_unparent);
  G_OBJECT_CLASS (ql_supported_view_parent_class)->dispose (object);
}

static void
ql_supported_view_class_init (QlSupportedViewClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = ql_supported_view_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_accessible_role (GTK_WIDGET_CLASS (klass), GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
ql_supported_view_init (QlSupportedView *self)
{
  self->groups = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);
  gtk_widget_add_css_class (self->groups, "ql-supported");
  self->expander = gtk_expander_new (_ ("What it knows"));
  gtk_expander_set_child (GTK_EXPANDER (self->expander), self->groups);
  gtk_widget_set_parent (self->expander, GTK_WIDGET (self));
  for (guint i = 0; i < 2; i++)
    gtk_accessible_update_property (GTK_ACCESSIBLE (i == 0 ? GTK_WIDGET (self) : self->expander),
                                    GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("What it knows"), -1);
  ql_accessible_name_internals (GTK_WIDGET (self));
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
}

static GtkWidget *
line (const char *text, const char *css_class)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_widget_add_css_class (label, css_class);
  return label;
}

static void
add_group (QlSupportedView *self, const QlSupportedGroup *group)
{
  g_autoptr (GString) words = g_string_new (NULL);
  g_autofree char *title = g_strdup_printf (_ ("%s (%u)"), group->title, group->words->len);

  for (guint i = 0; i < group->words->len; i++)
    g_string_append_printf (words, "%s%s", i > 0 ? ", " : "", (const char *) group->words->pdata[i]);
  gtk_box_append (GTK_BOX (self->groups), line (title, "ql-supported-title"));
  gtk_box_append (GTK_BOX (self->groups), line (words->str, "dim-label"));
}

static void
loaded_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (QlSupportedView) self = data;
  g_autoptr (GPtrArray) groups = ql_model_supported_load_finish (result);

  /* Gone, or nothing to tell. */
  if (groups == NULL || self->expander == NULL)
    return;
  for (guint i = 0; i < groups->len; i++)
    add_group (self, groups->pdata[i]);
  gtk_box_append (GTK_BOX (self->groups),
                  line (_ ("It answers in English, about drawings. Anything else it takes for one of these."),
                        "ql-supported-title"));
  gtk_widget_set_visible (GTK_WIDGET (self), TRUE);
}

void
ql_supported_view_load (QlSupportedView *self, const char *dir)
{
  g_return_if_fail (self->cancellable == NULL);
  self->cancellable = g_cancellable_new ();
  ql_model_supported_load_async (dir, self->cancellable, loaded_cb, g_object_ref (self));
}

char *
ql_supported_view_get_text (QlSupportedView *self)
{
  GString *text = g_string_new (NULL);

  for (GtkWidget *child = gtk_widget_get_first_child (self->groups); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    g_string_append_printf (text, "%s\n", gtk_label_get_text (GTK_LABEL (child)));
  return g_string_free (text, FALSE);
}

#include "ui/accessible.h"

#include <glib/gi18n.h>

/* The parts are recognised by their names in style sheets, which are public and stable. */
static const struct
{
  const char *css_name;
  const char *label;
} parts[] = {
  { "scrollbar", N_ ("Scroll bar") }, { "range", N_ ("Scroll bar") },  { "separator", N_ ("Divider") },
  { "expander", N_ ("Details") },     { "progress", N_ ("Progress") }, { "trough", N_ ("Progress") },
  { "arrow", N_ ("Menu") },           { "block", N_ ("Share") },
};

void
ql_accessible_name_internals (GtkWidget *root)
{
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
        if (g_str_equal (gtk_widget_get_css_name (child), parts[i].css_name))
          gtk_accessible_update_property (GTK_ACCESSIBLE (child), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                          _ (parts[i].label), -1);
      ql_accessible_name_internals (child);
    }
}

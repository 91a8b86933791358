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
  { "arrow", N_ ("Menu") },           { "block", N_ ("Share") },       { "sort-indicator", N_ ("Order") },
  { "check", N_ ("Choice") },         { "radio", N_ ("Choice") },      { "contents", N_ ("Contents") },
};

/* Of menus: those of ours have titles. */
static void
name_pages (GtkStack *stack)
{
  g_autoptr (GtkSelectionModel) pages = gtk_stack_get_pages (stack);

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (pages)); i++)
    {
      g_autoptr (GObject) page = g_list_model_get_item (G_LIST_MODEL (pages), i);

      if (gtk_stack_page_get_title (GTK_STACK_PAGE (page)) == NULL)
        gtk_accessible_update_property (GTK_ACCESSIBLE (page), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Menu"), -1);
    }
}

/* The button inside has no name, nor has what it shows; what can be chosen is the list's text. */
static void
name_drop_down (GtkWidget *drop_down)
{
  const char *tooltip = gtk_widget_get_tooltip_text (drop_down);
  GtkWidget *button = gtk_widget_get_first_child (drop_down);

  if (button != NULL)
    gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                    tooltip != NULL ? tooltip : _ ("Choice"), -1);
}

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
      if (GTK_IS_STACK (child))
        name_pages (GTK_STACK (child));
      /* What it will say is not known yet. */
      if (GTK_IS_LABEL (child) && *gtk_label_get_text (GTK_LABEL (child)) == '\0')
        gtk_accessible_update_property (GTK_ACCESSIBLE (child), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Empty"),
                                        -1);
      if (GTK_IS_DROP_DOWN (child))
        name_drop_down (child);
      if (g_str_equal (G_OBJECT_TYPE_NAME (child), "GtkListItemWidget"))
        gtk_accessible_update_property (GTK_ACCESSIBLE (child), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Choice"),
                                        -1);
      if (GTK_IS_POPOVER_MENU (child))
        gtk_accessible_update_property (GTK_ACCESSIBLE (child), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Menu"),
                                        -1);
      ql_accessible_name_internals (child);
    }
}

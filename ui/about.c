#include "ui/about.h"

#include <glib/gi18n.h>

/* GTK asks for 400 pixels, whatever the screen. */
static void
make_shrink (GtkWidget *widget)
{
  if (GTK_IS_STACK (widget))
    gtk_widget_set_size_request (widget, -1, -1);
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    make_shrink (child);
}

void
ql_about_show (GtkWindow *parent)
{
  static const char *const authors[] = { "The Qlens contributors", NULL };
  GtkWidget *dialog
      = g_object_new (GTK_TYPE_ABOUT_DIALOG, "transient-for", parent, "modal", TRUE, "destroy-with-parent",
                      TRUE, "resizable", TRUE, "program-name", "Qlens", "version", QLENS_VERSION,
                      "logo-icon-name", gtk_window_get_default_icon_name (), "comments",
                      _ ("Describes pictures and answers questions about them.\n"
                         "Runs on this computer. Nothing is sent."),
                      "license-type", GTK_LICENSE_MIT_X11, "authors", authors, "translator-credits",
                      /* Translators: your name, for the About dialog. */
                      _ ("translator-credits"), NULL);

  make_shrink (dialog);
  gtk_window_present (GTK_WINDOW (dialog));
}

/* How to get a model without a download; in builds that have none, the view says nothing else. */

#include <string.h>

#include "app/hub-download.h"
#include "app/model-files.h"
#include "tests/ui/harness.h"
#include "ui/download-help.h"
#include "ui/download-view.h"

/* (transfer none) (nullable): the first of @type that can be seen */
static GtkWidget *
find (GtkWidget *root, GType type)
{
  if (!gtk_widget_get_mapped (root))
    return NULL;
  if (g_type_is_a (G_OBJECT_TYPE (root), type))
    return root;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = find (child, type);

      if (found != NULL)
        return found;
    }
  return NULL;
}

static void
copied_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  *(char **) data = gdk_clipboard_read_text_finish (GDK_CLIPBOARD (source), result, NULL);
}

static void
test_help (void)
{
  GtkWidget *window = gtk_window_new ();
  GtkWidget *help = g_object_new (QL_TYPE_DOWNLOAD_HELP, NULL);
  GdkClipboard *clipboard = gtk_widget_get_clipboard (window);
  g_auto (GStrv) names = NULL;
  char *copied = NULL;

  gtk_window_set_child (GTK_WINDOW (window), help);
  gtk_window_present (GTK_WINDOW (window));
  WAIT (gtk_widget_get_mapped (help));
  g_signal_emit_by_name (find (help, GTK_TYPE_BUTTON), "clicked");
  gdk_clipboard_read_text_async (clipboard, NULL, copied_cb, &copied);
  WAIT (copied != NULL);
  /* the very names that verification and downloads go by */
  names = g_strsplit (copied, "\n", -1);
  g_assert_true (g_strv_contains ((const char *const *) names, "config.json"));
  for (guint i = 0; names[i] != NULL; i++)
    if (strchr (names[i], '*') == NULL)
      g_assert_true (ql_model_files_is_wanted (names[i]));
  g_free (copied);
  gtk_window_destroy (GTK_WINDOW (window));
}

static void
test_view (void)
{
  GtkWidget *window = gtk_window_new ();
  GtkWidget *view
      = ql_download_view_new (ql_application_get_downloads (app), ql_application_get_download_actions (app));
  const char *promise = ql_download_view_get_promise (QL_DOWNLOAD_VIEW (view));
  gboolean built = ql_hub_download_is_built ();

  gtk_window_set_child (GTK_WINDOW (window), view);
  gtk_window_present (GTK_WINDOW (window));
  WAIT (gtk_widget_get_mapped (view));
  g_assert_true ((strstr (promise, "cannot download") == NULL) == built);
  g_assert_true ((find (view, GTK_TYPE_LIST_BOX) != NULL) == built);
  g_assert_true ((find (view, GTK_TYPE_ENTRY) != NULL) == built);
  /* the help is there in any case, but in the way of nobody who does not need it */
  g_assert_nonnull (find (view, GTK_TYPE_EXPANDER));
  g_assert_true ((find (view, QL_TYPE_DOWNLOAD_HELP) == NULL) == built);
  gtk_window_destroy (GTK_WINDOW (window));
  WAIT (!ql_downloads_get_surveying (ql_application_get_downloads (app)));
}

int
main (int argc, char **argv)
{
  harness_init (&argc, &argv);
  g_test_add_func ("/download-help/help", test_help);
  g_test_add_func ("/download-help/view", test_view);
  return harness_run ();
}

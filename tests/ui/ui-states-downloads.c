/* Downloads. Nothing is fetched. */

#include "tests/ui/ui-states-private.h"
#include "ui/models-window-private.h"

#define UNFINISHED "Salesforce/blip2-flan-t5-xl"
#define REFUSED "Salesforce/blip2-opt-2.7b"

static QlDownloads *
downloads (void)
{
  return ql_application_get_downloads (app);
}

static QlModelsWindow *
open_downloads (QlWindow *window)
{
  QlModelsWindow *models;

  ui_activate ("download");
  models = QL_MODELS_WINDOW (ui_opened_window (window));
  WAIT (!ql_downloads_get_surveying (downloads ()));
  return models;
}

/* What an earlier run left. Returns: its folder */
static char *
put_unfinished (void)
{
  char *dir = ql_hub_download_default_dir (UNFINISHED);
  g_autofree char *record = g_build_filename (dir, ".qlens-download.json", NULL);
  g_autofree char *part = g_build_filename (dir, "model.safetensors.part", NULL);
  g_autofree char *bytes = g_strnfill (3000000, ' ');

  g_mkdir_with_parents (dir, 0700);
  g_assert_true (g_file_set_contents (part, bytes, 3000000, NULL));
  g_assert_true (g_file_set_contents (record,
                                      "{\"format\":\"qlens-download\",\"version\":1,\"repo\":\"" UNFINISHED
                                      "\",\"total_bytes\":7000000,\"files\":{\"model.safetensors\":{}}}",
                                      -1, NULL));
  return dir;
}

/* One that was begun in an earlier run, and one that could not be. */
static GtkWindow *
enter_downloads (QlWindow *window)
{
  g_autofree char *dir = put_unfinished ();
  GSettings *settings = ql_application_get_settings (app);
  QlModelsWindow *models = open_downloads (window);

  g_settings_set_string (settings, "hub-address", "http://example.invalid");
  ql_downloads_start (downloads (), ql_downloads_find (downloads (), REFUSED), NULL);
  g_settings_reset (settings, "hub-address");
  return GTK_WINDOW (models);
}

/* A name that is none; below it how to do without a download. */
static GtkWindow *
enter_downloads_end (QlWindow *window)
{
  QlModelsWindow *models = open_downloads (window);
  GtkWidget *view = GTK_WIDGET (models->downloads);
  GtkWidget *scroller = find_type (view, GTK_TYPE_SCROLLED_WINDOW);
  GtkWidget *expander = find_type (view, GTK_TYPE_EXPANDER);
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (scroller));

  gtk_editable_set_text (GTK_EDITABLE (ql_download_view_get_entry (models->downloads)), "blip2");
  gtk_widget_activate_action (view, "download-view.add", NULL);
  gtk_expander_set_expanded (GTK_EXPANDER (expander), TRUE);
  WAIT (gtk_widget_get_height (gtk_expander_get_child (GTK_EXPANDER (expander))) > 0);
  gtk_adjustment_set_value (adjustment, gtk_adjustment_get_upper (adjustment));
  return GTK_WINDOW (models);
}

static void
leave_downloads (QlWindow *window)
{
  g_autofree char *dir = ql_hub_download_default_dir (UNFINISHED);
  g_autofree char *refused = ql_hub_download_default_dir (REFUSED);

  harness_remove_tree (dir);
  ql_hub_download_set_dir (ql_downloads_find (downloads (), REFUSED), refused); /* forgets what went wrong */
  ql_downloads_survey (downloads ());
  WAIT (!ql_downloads_get_surveying (downloads ()));
  ui_close_other (window);
}

const UiState ui_states_downloads[] = {
  { "downloads", enter_downloads, leave_downloads },
  { "downloads-end", enter_downloads_end, leave_downloads },
  { NULL },
};

/* Downloads in a window, from a hub on the loopback that misbehaves. */

#include <string.h>
#include <sys/stat.h>

#include "app/hub-repositories.h"
#include "tests/app/hub-server.h"
#include "tests/ui/harness.h"
#include "tests/ui/notifications.h"
#include "ui/download-actions.h"
#include "ui/download-row.h"
#include "ui/download-text.h"
#include "ui/download-view.h"
#include "ui/models-window-private.h"

#define REPO "Salesforce/blip2-test"
#define KNOWN "Salesforce/blip2-opt-2.7b"
#define LARGE (700 * 1000)

typedef struct
{
  HubServer *server;
  int n_requests;
  char *root, *dir;
  QlDownloads *downloads;
  GtkWidget *window;
  QlDownloadView *view;
  char *downloaded; /* of the view's signal */
  int n_downloaded, n_loads;
} Fixture;

static void
request_cb (Fixture *f)
{
  f->n_requests++;
}

static void
downloaded_cb (Fixture *f, const char *dir)
{
  g_free (f->downloaded);
  f->downloaded = g_strdup (dir);
  f->n_downloaded++;
}

static void
load_cb (Fixture *f, const char *dir)
{
  g_assert_cmpstr (dir, ==, f->dir);
  f->n_loads++;
}

static void
open_view (Fixture *f, QlDownloads *downloads, GActionGroup *actions)
{
  f->window = gtk_window_new ();
  f->view = QL_DOWNLOAD_VIEW (ql_download_view_new (downloads, actions));
  g_signal_connect_swapped (f->view, "downloaded", G_CALLBACK (downloaded_cb), f);
  g_signal_connect_swapped (f->view, "load", G_CALLBACK (load_cb), f);
  gtk_window_set_child (GTK_WINDOW (f->window), GTK_WIDGET (f->view));
  gtk_window_set_default_size (GTK_WINDOW (f->window), 700, 800);
  gtk_window_present (GTK_WINDOW (f->window));
  WAIT (gtk_widget_get_mapped (GTK_WIDGET (f->view)));
  WAIT (!ql_downloads_get_surveying (downloads));
}

static void
close_view (Fixture *f)
{
  gtk_window_destroy (GTK_WINDOW (f->window));
  f->window = NULL;
  f->view = NULL;
}

static void
set_up (Fixture *f, gconstpointer data)
{
  GSettings *settings = ql_application_get_settings (app);
  g_autofree char *folder = NULL;

  f->server = hub_server_new (NULL);
  g_signal_connect_swapped (f->server->soup, "request-started", G_CALLBACK (request_cb), f);
  f->root = g_dir_make_tmp ("qlens-ui-download-XXXXXX", NULL);
  folder = g_build_filename (f->root, "models", NULL);
  f->dir = ql_hub_download_dir_in (folder, REPO);
  f->downloads = ql_application_get_downloads (app);
  g_settings_set_string (settings, "hub-address", f->server->address);
  ql_downloads_set_folder (f->downloads, folder);
  open_view (f, f->downloads, ql_application_get_download_actions (app));
}

static QlHubDownload *
the_download (Fixture *f)
{
  QlHubDownload *download = ql_downloads_find (f->downloads, REPO);

  g_assert_nonnull (download);
  return download;
}

static QlHubState
state (Fixture *f)
{
  return ql_hub_download_get_state (the_download (f));
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  GSettings *settings = ql_application_get_settings (app);

  ql_downloads_pause_all (f->downloads);
  WAIT (ql_downloads_get_n_running (f->downloads) == 0);
  if (f->window != NULL)
    close_view (f);
  harness_remove_tree (f->root);
  ql_downloads_survey (f->downloads);
  WAIT (!ql_downloads_get_surveying (f->downloads));
  if (ql_downloads_find (f->downloads, REPO) != NULL)
    ql_downloads_remove (f->downloads, the_download (f));
  g_settings_reset (settings, "hub-address");
  g_settings_reset (settings, "download-folder");
  hub_server_free (f->server);
  g_free (f->root);
  g_free (f->dir);
  g_free (f->downloaded);
}

/* ---- what a person does and sees ---------------------------------------------------------- */

static GtkWidget *
part_of (Fixture *f, const char *repo, QlDownloadRowPart part)
{
  GtkWidget *row = ql_download_view_get_row (f->view, repo);

  g_assert_nonnull (row);
  return ql_download_row_get_part (QL_DOWNLOAD_ROW (row), part);
}

/* Sizes have a space that does not break; here it is as any other. Returns: (transfer full) */
static char *
plain (const char *text)
{
  g_auto (GStrv) parts = g_strsplit (text, "\302\240", -1);

  return g_strjoinv (" ", parts);
}

static gboolean
part_says (Fixture *f, QlDownloadRowPart part, const char *text)
{
  GtkWidget *widget = part_of (f, REPO, part);
  const char *said = "";
  g_autofree char *said_plain = NULL;

  if (GTK_IS_BUTTON (widget))
    said = gtk_button_get_label (GTK_BUTTON (widget));
  else if (GTK_IS_LABEL (widget))
    said = gtk_label_get_text (GTK_LABEL (widget));
  else if (widget != NULL)
    said = ql_message_bar_get_advice (QL_MESSAGE_BAR (widget));
  said_plain = plain (said);
  return strstr (said_plain, text) != NULL;
}

#define ASSERT_SAYS(part, text) g_assert_true (part_says (f, QL_DOWNLOAD_ROW_##part, text))

static void
press (Fixture *f, QlDownloadRowPart part, const char *label)
{
  GtkWidget *button = part_of (f, REPO, part);

  g_assert_nonnull (button);
  g_assert_cmpstr (gtk_button_get_label (GTK_BUTTON (button)), ==, label);
  g_assert_true (gtk_widget_is_sensitive (button));
  g_signal_emit_by_name (button, "clicked");
}

static void
type_name (Fixture *f, const char *name)
{
  gtk_editable_set_text (GTK_EDITABLE (ql_download_view_get_entry (f->view)), name);
  g_signal_emit_by_name (ql_download_view_get_entry (f->view), "activate");
}

static void
add_and_press (Fixture *f)
{
  type_name (f, REPO);
  WAIT (part_of (f, REPO, QL_DOWNLOAD_ROW_PRIMARY) != NULL);
  ql_hub_download_set_patience (the_download (f), 1, 60);
  press (f, QL_DOWNLOAD_ROW_PRIMARY, "Download");
  g_assert_cmpint (state (f), ==, QL_HUB_RUNNING);
}

static gboolean
exists (Fixture *f, const char *name)
{
  g_autofree char *path = g_build_filename (f->dir, name, NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

static gint64
size_of (Fixture *f, const char *name)
{
  g_autofree char *path = g_build_filename (f->dir, name, NULL);
  struct stat status;

  return stat (path, &status) == 0 ? status.st_size : -1;
}

/* Half of the weights is there, and no more comes. */
static ServerFile *
get_stuck (Fixture *f)
{
  ServerFile *model = hub_server_add_model (f->server, LARGE);

  trouble_push (&model->troubles, TROUBLE_SILENCE, 0, NULL);
  add_and_press (f);
  WAIT (size_of (f, "model.safetensors.part") == LARGE / 2);
  return model;
}

static void
assert_failed (Fixture *f, int code, const char *advice, const char *detail)
{
  g_autofree char *details = NULL;
  QlMessageBar *bar;

  WAIT (state (f) == QL_HUB_FAILED);
  g_assert_error (ql_hub_download_get_error (the_download (f)), QL_HUB_ERROR, code);
  WAIT (part_of (f, REPO, QL_DOWNLOAD_ROW_MESSAGE) != NULL);
  bar = QL_MESSAGE_BAR (part_of (f, REPO, QL_DOWNLOAD_ROW_MESSAGE));
  g_assert_nonnull (strstr (ql_message_bar_get_what (bar), REPO));
  if (strstr (ql_message_bar_get_advice (bar), advice) == NULL)
    g_error ("“%s” lacks “%s”", ql_message_bar_get_advice (bar), advice);
  details = plain (ql_message_bar_get_details (bar));
  g_assert_nonnull (strstr (details, detail));
  gtk_widget_activate_action (GTK_WIDGET (bar), "message.copy", NULL);
  g_assert_true (gdk_clipboard_is_local (gtk_widget_get_clipboard (GTK_WIDGET (bar))));
}

static void
assert_finished (Fixture *f)
{
  WAIT (state (f) == QL_HUB_FINISHED || state (f) == QL_HUB_FAILED);
  if (state (f) == QL_HUB_FAILED)
    g_assert_no_error (ql_hub_download_get_error (the_download (f)));
  g_assert_true (exists (f, "SHA256SUMS"));
  g_assert_false (exists (f, "model.safetensors.part"));
  g_assert_false (exists (f, ".qlens-download.json"));
  if (f->view == NULL)
    return;
  ASSERT_SAYS (PRIMARY, "Load");
  ASSERT_SAYS (STATUS, f->dir);
  g_assert_null (part_of (f, REPO, QL_DOWNLOAD_ROW_MESSAGE));
  g_assert_cmpstr (f->downloaded, ==, f->dir);
}

/* ---- tests ------------------------------------------------------------------------------------ */

/* Looking, choosing, adding: the server hears of none. */
static void
test_nothing_before (Fixture *f, gconstpointer data)
{
  static const char *const bad[] = { "", "blip2", "a/b/c", "https://example.invalid/a/b", "../etc" };
  g_autofree char *other = g_build_filename (f->root, "other", NULL);
  gsize n;
  const QlHubRepository *known = ql_hub_repositories (&n);

  hub_server_add_model (f->server, LARGE);
  g_assert_nonnull (strstr (ql_download_view_get_promise (f->view), f->server->address));
  g_assert_nonnull (strstr (ql_download_view_get_promise (f->view), "Nothing is fetched until"));
  for (gsize i = 0; i < n; i++)
    {
      g_assert_true (GTK_IS_BUTTON (part_of (f, known[i].repo, QL_DOWNLOAD_ROW_PRIMARY)));
      g_assert_null (part_of (f, known[i].repo, QL_DOWNLOAD_ROW_SECONDARY));
    }
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      type_name (f, bad[i]);
      g_assert_true (ql_download_view_is_refused (f->view));
    }
  type_name (f, REPO);
  g_assert_false (ql_download_view_is_refused (f->view));
  WAIT (part_of (f, REPO, QL_DOWNLOAD_ROW_PRIMARY) != NULL);
  /* the focus is where one goes on */
  g_assert_true (gtk_window_get_focus (GTK_WINDOW (f->window)) == part_of (f, REPO, QL_DOWNLOAD_ROW_PRIMARY));
  ql_downloads_set_folder (f->downloads, other);
  WAIT (!ql_downloads_get_surveying (f->downloads));
  press (f, QL_DOWNLOAD_ROW_SECONDARY, "Remove");
  g_assert_null (ql_download_view_get_row (f->view, REPO));
  close_view (f);
  open_view (f, f->downloads, ql_application_get_download_actions (app));
  g_assert_cmpint (f->n_requests, ==, 0);
  g_assert_false (g_file_test (other, G_FILE_TEST_EXISTS));

  /* and that counter counts */
  add_and_press (f);
  g_free (f->dir);
  f->dir = ql_hub_download_dir_in (other, REPO);
  assert_finished (f);
  g_assert_cmpint (f->n_requests, ==, 4);
}

static void
test_whole (Fixture *f, gconstpointer data)
{
  hub_server_add_model (f->server, LARGE);
  add_and_press (f);
  ASSERT_SAYS (PRIMARY, "Pause");
  ASSERT_SAYS (SECONDARY, "Cancel");
  assert_finished (f);
  g_assert_cmpint (f->n_downloaded, ==, 1);
  ASSERT_SAYS (FACTS, "771.0 kB"); /* as the hub told */
  g_assert_null (part_of (f, REPO, QL_DOWNLOAD_ROW_PROGRESS));
  press (f, QL_DOWNLOAD_ROW_PRIMARY, "Load");
  g_assert_cmpint (f->n_downloaded, ==, 1);
  g_assert_cmpint (f->n_loads, ==, 1);
}

static void
test_pause (Fixture *f, gconstpointer data)
{
  ServerFile *model = get_stuck (f);
  GtkWidget *progress;

  WAIT (part_says (f, QL_DOWNLOAD_ROW_STATUS, "File 3 of 3: model.safetensors"));
  WAIT (part_says (f, QL_DOWNLOAD_ROW_STATUS, "421.0 kB of 771.0 kB"));
  progress = part_of (f, REPO, QL_DOWNLOAD_ROW_PROGRESS);
  g_assert_cmpfloat_with_epsilon (gtk_progress_bar_get_fraction (GTK_PROGRESS_BAR (progress)), 421.0 / 771.0,
                                  1e-6);
  press (f, QL_DOWNLOAD_ROW_PRIMARY, "Pause");
  WAIT (state (f) == QL_HUB_PAUSED);
  ASSERT_SAYS (STATUS, "421.0 kB of 771.0 kB are kept");
  ASSERT_SAYS (SECONDARY, "Discard…");
  g_assert_cmpint (f->n_downloaded, ==, 0);
  press (f, QL_DOWNLOAD_ROW_PRIMARY, "Go On");
  assert_finished (f);
  g_assert_cmpstr (model->ranges->pdata[1], ==, "bytes=350000-");
}

static void
test_cut (Fixture *f, gconstpointer data)
{
  ServerFile *model = hub_server_add_model (f->server, LARGE);

  trouble_push (&model->troubles, TROUBLE_CUT, 100000, NULL);
  trouble_push (&model->troubles, TROUBLE_STATUS, 503, "3");
  add_and_press (f);
  WAIT (part_says (f, QL_DOWNLOAD_ROW_STATUS, "Next try in"));
  assert_finished (f); /* without anybody's doing */
  g_assert_cmpstr (model->ranges->pdata[2], ==, "bytes=100000-");
}

static void
test_cut_forever (Fixture *f, gconstpointer data)
{
  ServerFile *model = hub_server_add_model (f->server, LARGE);

  for (int i = 0; i < 8; i++)
    trouble_push (&model->troubles, TROUBLE_CUT, 10, NULL);
  add_and_press (f);
  assert_failed (f, QL_HUB_ERROR_NETWORK, "Check the network", "model.safetensors");
  ASSERT_SAYS (STATUS, "71.1 kB of 771.0 kB are kept");
  press (f, QL_DOWNLOAD_ROW_PRIMARY, "Go On");
  assert_finished (f);
}

static void
test_wrong_hash (Fixture *f, gconstpointer data)
{
  ServerFile *model = hub_server_add_model (f->server, LARGE);

  trouble_push (&model->troubles, TROUBLE_LENGTH, LARGE, NULL); /* zeros */
  add_and_press (f);
  assert_failed (f, QL_HUB_ERROR_HASH, "damaged", "SHA-256");
  g_assert_false (exists (f, "model.safetensors"));
  press (f, QL_DOWNLOAD_ROW_PRIMARY, "Go On");
  assert_finished (f);
}

static void
test_statuses (Fixture *f, gconstpointer data)
{
  ServerFile *model = hub_server_add_model (f->server, LARGE);

  trouble_push (&f->server->listing_troubles, TROUBLE_STATUS, 404, NULL);
  add_and_press (f);
  assert_failed (f, QL_HUB_ERROR_NOT_FOUND, "Check the name", REPO);
  g_assert_null (part_of (f, REPO, QL_DOWNLOAD_ROW_STATUS)); /* nothing came, so nothing is kept */
  trouble_push (&f->server->listing_troubles, TROUBLE_STATUS, 429, "36000");
  press (f, QL_DOWNLOAD_ROW_PRIMARY, "Try Again");
  assert_failed (f, QL_HUB_ERROR_BUSY, "Go on later", REPO);
  for (int i = 0; i < 8; i++)
    trouble_push (&model->troubles, TROUBLE_STATUS, 503, NULL);
  press (f, QL_DOWNLOAD_ROW_PRIMARY, "Try Again");
  assert_failed (f, QL_HUB_ERROR_BUSY, "Go on later", "503");
  press (f, QL_DOWNLOAD_ROW_PRIMARY, "Go On");
  assert_finished (f);
}

static void
test_room (Fixture *f, gconstpointer data)
{
  hub_server_add (f->server, "config.json", 1000, FALSE);
  hub_server_add (f->server, "model.safetensors.index.json", 1000, FALSE);
  for (int i = 1; i <= 200; i++)
    {
      g_autofree char *name = g_strdup_printf ("model-%05d-of-00200.safetensors", i);

      hub_server_add (f->server, name, 1, TRUE)->listed_size = G_GINT64_CONSTANT (900000000000);
    }
  add_and_press (f);
  assert_failed (f, QL_HUB_ERROR_SPACE, "not enough room", "181.8 TB"); /* and some to spare */
  WAIT (part_says (f, QL_DOWNLOAD_ROW_FACTS, "180.0 TB · not enough room on the disk"));
  g_assert_cmpint (f->n_requests, ==, 1); /* the list alone */
  g_assert_false (g_file_test (f->dir, G_FILE_TEST_EXISTS));
}

static void
test_cancel_and_discard (Fixture *f, gconstpointer data)
{
  g_autofree char *mine = g_build_filename (f->dir, "mine.txt", NULL);

  get_stuck (f);
  g_assert_true (g_file_set_contents (mine, "keep", -1, NULL));
  press (f, QL_DOWNLOAD_ROW_SECONDARY, "Cancel");
  WAIT (state (f) == QL_HUB_CANCELLED);
  ASSERT_SAYS (STATUS, "421.0 kB");
  ASSERT_SAYS (STATUS, "Discard removes them");
  press (f, QL_DOWNLOAD_ROW_SECONDARY, "Discard…");
  WAIT (ql_download_view_get_question (f->view) != NULL);
  gtk_dialog_response (GTK_DIALOG (ql_download_view_get_question (f->view)), GTK_RESPONSE_CANCEL);
  WAIT (ql_download_view_get_question (f->view) == NULL);
  g_assert_true (exists (f, "model.safetensors.part"));

  gtk_widget_grab_focus (part_of (f, REPO, QL_DOWNLOAD_ROW_SECONDARY));
  press (f, QL_DOWNLOAD_ROW_SECONDARY, "Discard…");
  WAIT (ql_download_view_get_question (f->view) != NULL);
  gtk_dialog_response (GTK_DIALOG (ql_download_view_get_question (f->view)), GTK_RESPONSE_ACCEPT);
  WAIT (state (f) == QL_HUB_IDLE);
  g_assert_false (exists (f, "model.safetensors.part"));
  g_assert_false (exists (f, "config.json"));
  g_assert_true (exists (f, "mine.txt"));
  ASSERT_SAYS (PRIMARY, "Download");
}

static void
test_close_view (Fixture *f, gconstpointer data)
{
  ServerFile *model = get_stuck (f);

  g_assert_cmpuint (ql_downloads_get_n_running (f->downloads), ==, 1);
  close_view (f);
  g_assert_cmpint (state (f), ==, QL_HUB_RUNNING);
  /* the silent connection breaks, and the rest comes with nobody looking */
  hub_server_cut_silent (f->server);
  assert_finished (f);
  g_assert_cmpint (model->n_requests, ==, 2);
  open_view (f, f->downloads, ql_application_get_download_actions (app));
  ASSERT_SAYS (STATUS, f->dir);
  g_assert_cmpint (f->n_downloaded, ==, 0);
  press (f, QL_DOWNLOAD_ROW_PRIMARY, "Load");
  g_assert_cmpint (f->n_loads, ==, 1);
}

/* Another run of the program offers to go on, and asks nobody before. */
static void
test_next_run (Fixture *f, gconstpointer data)
{
  ServerFile *model = get_stuck (f);
  g_autoptr (QlDownloads) again = NULL;
  GActionGroup *actions;
  GtkWidget *first;
  int n_requests;

  press (f, QL_DOWNLOAD_ROW_PRIMARY, "Pause");
  WAIT (state (f) == QL_HUB_PAUSED);
  n_requests = f->n_requests;
  close_view (f);
  again = ql_downloads_new (ql_application_get_settings (app));
  actions = ql_download_actions_new (again);
  open_view (f, again, actions);
  first = gtk_widget_get_parent (ql_download_view_get_row (f->view, REPO));
  g_assert_true (GTK_WIDGET (gtk_list_box_get_row_at_index (GTK_LIST_BOX (first), 0))
                 == ql_download_view_get_row (f->view, REPO));
  ASSERT_SAYS (STATUS, "421.0 kB of 771.0 kB are kept");
  g_assert_cmpint (f->n_requests, ==, n_requests);
  press (f, QL_DOWNLOAD_ROW_PRIMARY, "Go On");
  WAIT (ql_hub_download_get_state (ql_downloads_find (again, REPO)) == QL_HUB_FINISHED);
  g_assert_cmpstr (model->ranges->pdata[1], ==, "bytes=350000-");
  g_assert_cmpint (hub_server_find (f->server, "tokenizer.json")->n_requests, ==, 1);
  close_view (f);
  ql_downloads_survey (f->downloads); /* for the list that was there before */
  WAIT (state (f) == QL_HUB_FINISHED);
  WAIT (!ql_downloads_get_surveying (again));
  g_object_unref (actions);
}

static void
test_address (Fixture *f, gconstpointer data)
{
  GSettings *settings = ql_application_get_settings (app);

  hub_server_add_model (f->server, LARGE);
  g_settings_set_string (settings, "hub-address", "http://example.invalid");
  g_assert_nonnull (strstr (ql_download_view_get_promise (f->view), "preferences"));
  g_assert_nonnull (strstr (ql_download_view_get_promise (f->view), "example.invalid"));
  type_name (f, REPO);
  WAIT (part_of (f, REPO, QL_DOWNLOAD_ROW_PRIMARY) != NULL);
  press (f, QL_DOWNLOAD_ROW_PRIMARY, "Download");
  assert_failed (f, QL_HUB_ERROR_ADDRESS, "preferences", "example.invalid");
  /* pressed again, it is said again */
  ql_message_bar_dismiss (QL_MESSAGE_BAR (part_of (f, REPO, QL_DOWNLOAD_ROW_MESSAGE)));
  press (f, QL_DOWNLOAD_ROW_PRIMARY, "Try Again");
  assert_failed (f, QL_HUB_ERROR_ADDRESS, "preferences", "example.invalid");
  g_settings_set_string (settings, "hub-address", f->server->address);
  press (f, QL_DOWNLOAD_ROW_PRIMARY, "Try Again");
  assert_finished (f);
}

/* ---- in the window for models ------------------------------------------------------------------ */

static QlModelsWindow *
models_window (void)
{
  for (GList *l = gtk_application_get_windows (GTK_APPLICATION (app)); l != NULL; l = l->next)
    if (QL_IS_MODELS_WINDOW (l->data))
      return l->data;
  return NULL;
}

static QlModelsWindow *
open_models (Fixture *f)
{
  QlModelsWindow *models;

  close_view (f);
  g_action_group_activate_action (G_ACTION_GROUP (app), "download", NULL);
  WAIT ((models = models_window ()) != NULL);
  f->view = models->downloads;
  WAIT (gtk_widget_get_mapped (GTK_WIDGET (f->view)));
  WAIT (!ql_downloads_get_surveying (f->downloads));
  return models;
}

static gboolean
is_open (const char *dir)
{
  QlEngineService *engine = ql_application_get_engine (app);

  return ql_engine_service_get_state (engine) == QL_ENGINE_READY
         && g_strcmp0 (ql_engine_service_get_model_dir (engine), dir) == 0;
}

/* (nullable) (transfer none) */
static GtkWidget *
find_button (GtkWidget *root, const char *label)
{
  if (GTK_IS_BUTTON (root) && g_strcmp0 (gtk_button_get_label (GTK_BUTTON (root)), label) == 0)
    return root;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = find_button (child, label);

      if (found != NULL)
        return found;
    }
  return NULL;
}

static void
forget_model (Fixture *f)
{
  QlModelStore *store = ql_application_get_models (app);

  ql_model_loader_unload (ql_application_get_loader (app));
  WAIT (ql_engine_service_get_state (ql_application_get_engine (app)) == QL_ENGINE_NO_MODEL);
  g_assert_true (ql_model_store_remove (store, ql_model_store_find (store, f->dir)));
  g_assert_true (ql_model_store_flush (store, NULL));
}

/* A real model, from the list of downloads into use, with a message that leads there. */
static void
test_models_window (Fixture *f, gconstpointer data)
{
  g_autofree char *demo = g_build_filename (g_getenv ("QLENS_SRC"), "data/models/qlens-demo-opt", NULL);
  QlWindow *window = new_window ();
  QlModelsWindow *models = open_models (f);
  QlModelStore *store = ql_application_get_models (app);
  QlMessageBar *message;

  hub_server_add_folder (f->server, demo);
  add_and_press (f);
  message = ql_download_view_get_message (f->view);
  WAIT (ql_message_bar_is_shown (message));
  g_assert_nonnull (strstr (ql_message_bar_get_what (message), "is downloaded"));
  g_assert_nonnull (ql_model_store_find (store, f->dir));
  g_assert_cmpstr (ql_message_bar_get_action (message), ==, "models.load");
  /* whoever looks at the list of downloads is not taken away from it */
  g_assert_cmpstr (gtk_stack_get_visible_child_name (models->pages), ==, "download");

  g_signal_emit_by_name (find_button (GTK_WIDGET (message), "Load"), "clicked");
  WAIT (is_open (f->dir));
  forget_model (f);

  press (f, QL_DOWNLOAD_ROW_PRIMARY, "Load");
  WAIT (is_open (f->dir)); /* which the list had forgotten */
  g_assert_cmpstr (gtk_stack_get_visible_child_name (models->pages), ==, "models");
  forget_model (f);
  gtk_window_destroy (GTK_WINDOW (models));
  f->view = NULL;
  close_window (window);
}

/* What came is no model that the engine takes: said where one looks. */
static void
test_models_window_broken (Fixture *f, gconstpointer data)
{
  QlWindow *window = new_window ();
  QlModelsWindow *models = open_models (f);
  QlMessageBar *message = ql_download_view_get_message (f->view);

  hub_server_add_model (f->server, LARGE);
  add_and_press (f);
  WAIT (ql_message_bar_is_shown (message));
  g_assert_nonnull (strstr (ql_message_bar_get_details (message), "config.json"));
  g_assert_null (ql_model_store_find (ql_application_get_models (app), f->dir));
  gtk_window_destroy (GTK_WINDOW (models));
  f->view = NULL;
  close_window (window);
}

/* ---- without eyes or mouse ---------------------------------------------------------------- */

static void
assert_named (GtkWidget *widget)
{
  static GType (*const types[]) (void)
      = { gtk_entry_get_type,        gtk_progress_bar_get_type,    gtk_list_box_get_type,
          gtk_list_box_row_get_type, gtk_scrolled_window_get_type, gtk_expander_get_type,
          gtk_scrollbar_get_type };

  if (!gtk_widget_get_mapped (widget))
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (types); i++)
    if (g_type_is_a (G_OBJECT_TYPE (widget), types[i]())
        && !gtk_test_accessible_has_property (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_LABEL))
      g_error ("a %s has no name", G_OBJECT_TYPE_NAME (widget));
  if (GTK_IS_BUTTON (widget) && gtk_button_get_label (GTK_BUTTON (widget)) == NULL
      && !gtk_test_accessible_has_property (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_LABEL))
    g_error ("a button has no name");
  if (GTK_IS_LABEL (widget))
    g_assert_cmpstr (gtk_label_get_text (GTK_LABEL (widget)), !=, "");
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    assert_named (child);
}

static void
test_accessible (Fixture *f, gconstpointer data)
{
  ServerFile *model = get_stuck (f);

  assert_named (GTK_WIDGET (f->view));
  gtk_test_accessible_assert_property (part_of (f, REPO, QL_DOWNLOAD_ROW_PRIMARY),
                                       GTK_ACCESSIBLE_PROPERTY_LABEL, "Pause: " REPO);
  trouble_push (&model->troubles, TROUBLE_STATUS, 404, NULL);
  hub_server_cut_silent (f->server);
  assert_failed (f, QL_HUB_ERROR_NOT_FOUND, "Check the name", "model.safetensors");
  assert_named (GTK_WIDGET (f->view));
  gtk_test_accessible_assert_role (GTK_ACCESSIBLE (part_of (f, REPO, QL_DOWNLOAD_ROW_MESSAGE)),
                                   GTK_ACCESSIBLE_ROLE_ALERT);
}

/* Tab goes through all of it, in the order of reading, and arrives where it began. */
static void
test_keyboard (Fixture *f, gconstpointer data)
{
  gsize n, n_seen = 0;
  const QlHubRepository *known = ql_hub_repositories (&n);
  gboolean entry_seen = FALSE;

  for (int i = 0; i < 100 && !entry_seen; i++)
    {
      GtkWidget *focus;

      gtk_widget_child_focus (f->window, GTK_DIR_TAB_FORWARD);
      focus = gtk_window_get_focus (GTK_WINDOW (f->window));
      g_assert_nonnull (focus);
      if (n_seen < n && focus == part_of (f, known[n_seen].repo, QL_DOWNLOAD_ROW_PRIMARY))
        n_seen++;
      entry_seen = gtk_widget_is_ancestor (focus, ql_download_view_get_entry (f->view));
    }
  g_assert_cmpuint (n_seen, ==, n);
  g_assert_true (entry_seen);

  /* a button that changes keeps the focus */
  hub_server_add_model (f->server, LARGE);
  add_and_press (f);
  g_assert_true (gtk_window_get_focus (GTK_WINDOW (f->window)) == part_of (f, REPO, QL_DOWNLOAD_ROW_PRIMARY));
  assert_finished (f);
  g_assert_true (gtk_window_get_focus (GTK_WINDOW (f->window)) == part_of (f, REPO, QL_DOWNLOAD_ROW_PRIMARY));
}

/* To those who look elsewhere: the test's window is none of the program's. */
static void
test_notification (Fixture *f, gconstpointer data)
{
  GSettings *settings = ql_application_get_settings (app);
  int n = notifications_count ();
  g_autofree char *last = NULL;

  trouble_push (&f->server->listing_troubles, TROUBLE_STATUS, 404, NULL);
  hub_server_add_model (f->server, LARGE);
  add_and_press (f);
  WAIT (notifications_count () == n + 1);
  g_assert_nonnull (strstr (notifications_last (), REPO));
  g_assert_nonnull (strstr (notifications_last (), "Check the name"));
  press (f, QL_DOWNLOAD_ROW_PRIMARY, "Try Again");
  WAIT (notifications_count () == n + 2);
  last = plain (notifications_last ());
  g_assert_cmpstr (last, ==, REPO " is downloaded\n771.0 kB, all checked.");
  /* only to those who want it */
  g_settings_set_boolean (settings, "notify", FALSE);
  harness_remove_tree (f->dir);
  ql_downloads_survey (f->downloads);
  WAIT (state (f) == QL_HUB_IDLE);
  press (f, QL_DOWNLOAD_ROW_PRIMARY, "Download");
  assert_finished (f);
  g_settings_reset (settings, "notify");
  /* and not to those who look here */
  gtk_application_add_window (GTK_APPLICATION (app), GTK_WINDOW (f->window));
  gtk_window_present (GTK_WINDOW (f->window));
  WAIT (gtk_window_is_active (GTK_WINDOW (f->window)));
  harness_remove_tree (f->dir);
  ql_downloads_survey (f->downloads);
  WAIT (state (f) == QL_HUB_IDLE);
  press (f, QL_DOWNLOAD_ROW_PRIMARY, "Download");
  assert_finished (f);
  while (g_main_context_iteration (NULL, FALSE))
    {
    }
  g_assert_cmpint (notifications_count (), ==, n + 2);
}

/* ---- words -------------------------------------------------------------------------------------- */

static void
test_texts (void)
{
  g_autoptr (QlHubDownload) download = ql_hub_download_new (KNOWN, "/nowhere", NULL);
  g_autofree char *unknown = ql_download_facts_text (0, FALSE, 1000);
  g_autofree char *small = ql_download_facts_text (15000000000, FALSE, 16000000000);
  g_autofree char *both = ql_download_facts_text (15000000000, TRUE, 14000000000);
  g_autofree char *idle = ql_download_status_text (download, 1000);
  g_autofree char *paused = NULL;

  g_assert_null (strstr (unknown, "·"));
  g_assert_cmpstr (small, ==, "15.0\302\240GB");
  g_assert_true (g_str_has_prefix (both, "15.0\302\240GB · not enough room"));
  g_assert_nonnull (strstr (both, "memory"));
  g_assert_cmpstr (idle, ==, "");
  ql_hub_download_set_found (download, 5000, 0, FALSE);
  paused = ql_download_status_text (download, 0);
  g_assert_true (g_str_has_prefix (paused, "Not finished: 5.0\302\240kB are kept"));
  g_assert_cmpfloat (ql_download_fraction (download, 10000), ==, 0.5);
  g_assert_cmpfloat (ql_download_fraction (download, 0), ==, 0);
  g_assert_cmpfloat (ql_download_fraction (download, 100), ==, 1);
}

#define ADD(name, function) g_test_add ("/download/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  int result;

  g_setenv ("no_proxy", "*", TRUE);
  harness_init (&argc, &argv);
  notifications_begin (g_application_get_dbus_connection (G_APPLICATION (app)));
  ADD ("nothing-before", test_nothing_before);
  ADD ("whole", test_whole);
  ADD ("pause", test_pause);
  ADD ("cut", test_cut);
  ADD ("cut-forever", test_cut_forever);
  ADD ("wrong-hash", test_wrong_hash);
  ADD ("statuses", test_statuses);
  ADD ("room", test_room);
  ADD ("cancel-and-discard", test_cancel_and_discard);
  ADD ("close-view", test_close_view);
  ADD ("next-run", test_next_run);
  ADD ("address", test_address);
  ADD ("models-window", test_models_window);
  ADD ("models-window-broken", test_models_window_broken);
  ADD ("accessible", test_accessible);
  ADD ("keyboard", test_keyboard);
  ADD ("notification", test_notification);
  g_test_add_func ("/download/texts", test_texts);
  result = harness_run ();
  notifications_end ();
  return result;
}

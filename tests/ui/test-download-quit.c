/* What downloads mean for the program: it stays while they run and no longer; quitting pauses them. */

#include <string.h>
#include <sys/stat.h>

#include "tests/app/hub-server.h"
#include "tests/ui/harness.h"
#include "tests/ui/notifications.h"

#define REPO "Salesforce/blip2-test"
#define ACTIONS_PATH "/io/github/qlens/Qlens/downloads"

typedef struct
{
  HubServer *server;
  ServerFile *model;
  char *root, *dir;
  QlHubDownload *download;
  int step;
  guint timer;
} Fixture;

static gint64
half (Fixture *f)
{
  return (gint64) g_bytes_get_size (f->model->bytes) / 2;
}

static gint64
size_of (Fixture *f, const char *name)
{
  g_autofree char *path = g_build_filename (f->dir, name, NULL);
  struct stat status;

  return stat (path, &status) == 0 ? status.st_size : -1;
}

/* As another program does, over the session bus. */
static void
bus_call (const char *action)
{
  GDBusConnection *bus = g_application_get_dbus_connection (G_APPLICATION (app));
  GVariantBuilder parameters;

  g_variant_builder_init (&parameters, G_VARIANT_TYPE ("av"));
  g_variant_builder_add (&parameters, "v", g_variant_new_string (REPO));
  g_dbus_connection_call (bus, g_dbus_connection_get_unique_name (bus), ACTIONS_PATH, "org.gtk.Actions",
                          "Activate", g_variant_new ("(sava{sv})", action, &parameters, NULL), NULL,
                          G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL, NULL);
}

static void
close_all (void)
{
  GList *windows;

  while ((windows = gtk_application_get_windows (GTK_APPLICATION (app))) != NULL)
    gtk_window_destroy (windows->data);
}

/* Half of the weights is there, no more comes, and there is no window. Returns: %FALSE before */
static gboolean
is_stuck_alone (Fixture *f)
{
  QlDownloads *downloads = ql_application_get_downloads (app);

  switch (f->step)
    {
    case 0:
      g_settings_set_string (ql_application_get_settings (app), "hub-address", f->server->address);
      ql_downloads_set_folder (downloads, f->root);
      bus_call ("add");
      f->step++;
      return FALSE;
    case 1:
      f->download = ql_downloads_find (downloads, REPO);
      if (f->download == NULL || ql_downloads_get_surveying (downloads))
        return FALSE;
      g_object_ref (f->download);
      ql_hub_download_set_patience (f->download, 1, 60);
      trouble_push (&f->model->troubles, TROUBLE_SILENCE, 0, NULL);
      bus_call ("start");
      f->step++;
      return FALSE;
    case 2:
      if (size_of (f, "model.safetensors.part") < half (f))
        return FALSE;
      close_all ();
      f->step++;
      return FALSE;
    default:
      return notifications_count () > 0;
    }
}

/* Quits, by the button of the notification that tells of the download without a window. */
static gboolean
quit_cb (gpointer data)
{
  Fixture *f = data;

  if (!is_stuck_alone (f))
    return G_SOURCE_CONTINUE;
  g_assert_cmpint (ql_hub_download_get_state (f->download), ==, QL_HUB_RUNNING);
  g_assert_nonnull (strstr (notifications_last (), "A download goes on"));
  notifications_press (1);
  f->timer = 0;
  return G_SOURCE_REMOVE;
}

/* Lets the rest come; then the program has nothing more to do. */
static gboolean
finish_cb (gpointer data)
{
  Fixture *f = data;

  if (!is_stuck_alone (f))
    return G_SOURCE_CONTINUE;
  hub_server_cut_silent (f->server);
  f->timer = 0;
  return G_SOURCE_REMOVE;
}

/* The main loop is left in some other way. */
static gboolean
leave_cb (gpointer data)
{
  Fixture *f = data;

  if (!is_stuck_alone (f))
    return G_SOURCE_CONTINUE;
  g_application_quit (G_APPLICATION (app));
  f->timer = 0;
  return G_SOURCE_REMOVE;
}

static gboolean
patience_cb (gpointer data)
{
  g_error ("the program did not end");
  return G_SOURCE_REMOVE;
}

static void
startup_cb (GApplication *application)
{
  notifications_begin (g_application_get_dbus_connection (application));
}

static void
run (Fixture *f, GSourceFunc watch)
{
  char *argv[] = { (char *) "qlens", NULL };
  guint deadline = g_timeout_add_seconds (PATIENCE_S, patience_cb, NULL);

  app = ql_application_new ();
  g_signal_connect (app, "startup", G_CALLBACK (startup_cb), NULL);
  f->timer = g_timeout_add (20, watch, f);
  g_assert_cmpint (g_application_run (G_APPLICATION (app), 1, argv), ==, 0);
  g_source_remove (deadline);
  g_assert_cmpuint (f->timer, ==, 0);
  g_assert_cmpuint (ql_downloads_get_n_running (ql_application_get_downloads (app)), ==, 0);
  notifications_end ();
}

static void
set_up (Fixture *f)
{
  g_autofree char *demo = g_build_filename (g_getenv ("QLENS_SRC"), "data/models/qlens-demo-opt", NULL);

  f->server = hub_server_new (NULL);
  hub_server_add_folder (f->server, demo);
  f->model = hub_server_find (f->server, "model.safetensors");
  f->root = g_dir_make_tmp ("qlens-ui-download-XXXXXX", NULL);
  f->dir = ql_hub_download_dir_in (f->root, REPO);
}

static void
tear_down (Fixture *f)
{
  g_clear_object (&f->download);
  g_clear_object (&app);
  hub_server_free (f->server);
  harness_remove_tree (f->root);
  g_free (f->root);
  g_free (f->dir);
}

static void
assert_paused (Fixture *f)
{
  g_assert_cmpint (ql_hub_download_get_state (f->download), ==, QL_HUB_PAUSED);
  g_assert_cmpint (size_of (f, "model.safetensors.part"), ==, half (f));
  g_assert_cmpint (size_of (f, ".qlens-download.json"), >, 0); /* which the next run reads */
}

static void
test_quit (void)
{
  Fixture f = { 0 };

  set_up (&f);
  run (&f, quit_cb);
  assert_paused (&f);
  tear_down (&f);
}

static void
test_leave (void)
{
  Fixture f = { 0 };

  set_up (&f);
  run (&f, leave_cb);
  assert_paused (&f);
  tear_down (&f);
}

static void
test_stay_and_end (void)
{
  Fixture f = { 0 };

  set_up (&f);
  run (&f, finish_cb);
  g_assert_cmpint (ql_hub_download_get_state (f.download), ==, QL_HUB_FINISHED);
  g_assert_cmpint (size_of (&f, "SHA256SUMS"), >, 0);
  /* and it is a model to choose from */
  g_assert_nonnull (ql_model_store_find (ql_application_get_models (app), f.dir));
  tear_down (&f);
}

int
main (int argc, char **argv)
{
  g_setenv ("no_proxy", "*", TRUE);
  gtk_test_init (&argc, &argv, NULL);
  g_object_set (gtk_settings_get_default (), "gtk-enable-animations", FALSE, NULL);
  g_test_add_func ("/download-quit/quit", test_quit);
  g_test_add_func ("/download-quit/leave", test_leave);
  g_test_add_func ("/download-quit/stay-and-end", test_stay_and_end);
  return g_test_run ();
}

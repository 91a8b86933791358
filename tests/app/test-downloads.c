/* The list of downloads: what is found on the disk, names, folder, address. Nothing here is fetched. */

#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "app/downloads.h"
#include "app/hub-repositories.h"
#include "app/hub-survey.h"
#include "app/settings.h"

#define KNOWN "Salesforce/blip2-opt-2.7b"

typedef struct
{
  char *root, *folder;
  GSettings *settings;
  QlDownloads *downloads;
  int n_changes;
} Fixture;

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) listing = g_file_test (path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open (path, 0, NULL);
  const char *name;

  while (listing != NULL && (name = g_dir_read_name (listing)) != NULL)
    {
      g_autofree char *inner = g_build_filename (path, name, NULL);
      remove_tree (inner);
    }
  g_remove (path);
}

static void
changed_cb (Fixture *f)
{
  f->n_changes++;
}

static void
set_up (Fixture *f, gconstpointer data)
{
  f->root = g_dir_make_tmp ("qlens-downloads-XXXXXX", NULL);
  f->folder = g_build_filename (f->root, "models", NULL);
  f->settings = ql_settings_new ();
  g_assert_nonnull (f->settings);
  f->downloads = ql_downloads_new (f->settings);
  ql_downloads_set_folder (f->downloads, f->folder);
  g_signal_connect_swapped (f->downloads, "changed", G_CALLBACK (changed_cb), f);
}

static void
survey (Fixture *f)
{
  ql_downloads_survey (f->downloads);
  while (ql_downloads_get_surveying (f->downloads))
    g_main_context_iteration (NULL, TRUE);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  while (ql_downloads_get_surveying (f->downloads))
    g_main_context_iteration (NULL, TRUE);
  g_object_unref (f->downloads);
  g_settings_reset (f->settings, "download-folder");
  g_settings_reset (f->settings, "hub-address");
  g_object_unref (f->settings);
  remove_tree (f->root);
  g_free (f->root);
  g_free (f->folder);
}

static void
put (const char *folder, const char *dir, const char *name, const char *text, gsize n_bytes)
{
  g_autofree char *path = g_build_filename (folder, dir, NULL);
  g_autofree char *file = g_build_filename (path, name, NULL);

  g_mkdir_with_parents (path, 0700);
  g_assert_true (g_file_set_contents (file, text, (gssize) n_bytes, NULL));
}

/* 1000 bytes finished and 200 of a part, of 5000. */
static void
put_unfinished (const char *folder, const char *dir, const char *repo)
{
  g_autofree char *bytes = g_strnfill (1000, ' ');
  g_autofree char *record = g_strdup_printf (
      "{\"format\":\"qlens-download\",\"version\":1,\"repo\":\"%s\",\"total_bytes\":5000,\"files\":{"
      "\"config.json\":{\"version\":\"a\",\"sha256\":\"00\"},\"model.safetensors\":{\"version\":\"b\"},"
      "\"../../etc/passwd\":{\"version\":\"c\",\"sha256\":\"00\"}}}",
      repo);

  put (folder, dir, "config.json", bytes, 1000);
  put (folder, dir, "model.safetensors.part", bytes, 200);
  put (folder, dir, ".qlens-download.json", record, strlen (record));
}

static void
put_complete (const char *folder, const char *dir)
{
  g_autofree char *sum = g_compute_checksum_for_string (G_CHECKSUM_SHA256, "{}", 2);
  g_autofree char *sums = g_strdup_printf ("%s  config.json\n%s  model.safetensors\n", sum, sum);

  put (folder, dir, "config.json", "{}", 2);
  put (folder, dir, "model.safetensors", "{}", 2);
  put (folder, dir, "SHA256SUMS", sums, strlen (sums));
}

static QlHubState
state_of (Fixture *f, const char *repo)
{
  return ql_hub_download_get_state (ql_downloads_find (f->downloads, repo));
}

static void
test_known (Fixture *f, gconstpointer data)
{
  GListModel *list = G_LIST_MODEL (f->downloads);
  gsize n;
  const QlHubRepository *known = ql_hub_repositories (&n);

  survey (f);
  g_assert_cmpuint (g_list_model_get_n_items (list), ==, n);
  g_assert_true (g_list_model_get_item_type (list) == QL_TYPE_HUB_DOWNLOAD);
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (QlHubDownload) download = g_list_model_get_item (list, i);

      g_assert_cmpstr (ql_hub_download_get_repo (download), ==, known[i].repo);
      g_assert_cmpint (ql_hub_download_get_state (download), ==, QL_HUB_IDLE);
      g_assert_true (g_str_has_prefix (ql_hub_download_get_dir (download), f->folder));
      g_assert_cmpuint (ql_downloads_get_size (f->downloads, download), ==, known[i].n_bytes);
      g_assert_false (ql_downloads_is_removable (f->downloads, download));
    }
  g_assert_null (g_list_model_get_item (list, (guint) n));
  /* a folder that is not there yet has the room of the disk it will be on */
  g_assert_cmpuint (ql_downloads_get_room (f->downloads), >, 0);
  g_assert_false (g_file_test (f->folder, G_FILE_TEST_EXISTS));
}

static void
test_unfinished (Fixture *f, gconstpointer data)
{
  QlHubDownload *download;

  put_unfinished (f->folder, "Salesforce_blip2-flan-t5-xl", "Salesforce/blip2-flan-t5-xl");
  put_unfinished (f->folder, "any-name", "someone/own-blip2");
  survey (f);
  /* what was begun comes first */
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (QlHubDownload) item = g_list_model_get_item (G_LIST_MODEL (f->downloads), i);

      g_assert_cmpint (ql_hub_download_get_state (item), ==, i < 2 ? QL_HUB_PAUSED : QL_HUB_IDLE);
    }
  download = ql_downloads_find (f->downloads, "Salesforce/blip2-flan-t5-xl");
  g_assert_cmpint (ql_hub_download_get_state (download), ==, QL_HUB_PAUSED);
  g_assert_cmpuint (ql_hub_download_get_kept_bytes (download), ==, 1200);
  g_assert_cmpuint (ql_downloads_get_size (f->downloads, download), ==, 5000);
  download = ql_downloads_find (f->downloads, "someone/own-blip2");
  g_assert_nonnull (download);
  g_assert_true (g_str_has_suffix (ql_hub_download_get_dir (download), "/models/any-name"));
  g_assert_false (ql_downloads_is_removable (f->downloads, download));
  g_assert_cmpint (state_of (f, KNOWN), ==, QL_HUB_IDLE);

  /* somebody else removed it */
  remove_tree (f->folder);
  survey (f);
  g_assert_cmpint (state_of (f, "Salesforce/blip2-flan-t5-xl"), ==, QL_HUB_IDLE);
  g_assert_cmpint (state_of (f, "someone/own-blip2"), ==, QL_HUB_IDLE);
  ql_downloads_remove (f->downloads, download);
  g_assert_null (ql_downloads_find (f->downloads, "someone/own-blip2"));
}

static void
test_discard (Fixture *f, gconstpointer data)
{
  g_autofree char *mine = g_build_filename (f->folder, "Salesforce_blip2-opt-2.7b", "mine.txt", NULL);
  g_autofree char *part
      = g_build_filename (f->folder, "Salesforce_blip2-opt-2.7b", "model.safetensors.part", NULL);
  QlHubDownload *download = ql_downloads_find (f->downloads, KNOWN);

  put_unfinished (f->folder, "Salesforce_blip2-opt-2.7b", KNOWN);
  put (f->folder, "Salesforce_blip2-opt-2.7b", "mine.txt", "keep", 4);
  survey (f);
  g_assert_true (ql_hub_download_discard (download));
  g_assert_cmpuint (ql_downloads_get_n_running (f->downloads), ==, 1);
  while (ql_downloads_get_n_running (f->downloads) > 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (ql_hub_download_get_state (download), ==, QL_HUB_IDLE);
  g_assert_false (g_file_test (part, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (mine, G_FILE_TEST_EXISTS));
}

static void
test_complete (Fixture *f, gconstpointer data)
{
  g_autofree char *weights
      = g_build_filename (f->folder, "Salesforce_blip2-opt-2.7b", "model.safetensors", NULL);

  put_complete (f->folder, "Salesforce_blip2-opt-2.7b");
  put_complete (f->folder, "another-folder"); /* whose it is, nobody knows */
  put (f->folder, "Salesforce_blip2-opt-6.7b", "config.json", "{}", 2); /* never checked */
  survey (f);
  g_assert_cmpint (state_of (f, KNOWN), ==, QL_HUB_FINISHED);
  g_assert_cmpint (state_of (f, "Salesforce/blip2-opt-6.7b"), ==, QL_HUB_IDLE);
  g_assert_false (ql_hub_download_discard (ql_downloads_find (f->downloads, KNOWN)));
  g_remove (weights);
  survey (f);
  g_assert_cmpint (state_of (f, KNOWN), ==, QL_HUB_IDLE);
}

/* The folder may be anybody's, and so may what calls itself a record in it. */
static void
test_hostile_records (Fixture *f, gconstpointer data)
{
  static const char *const texts[]
      = { "",
          "{",
          "[]",
          "{\"format\":\"qlens-download\",\"version\":2,\"repo\":\"a/b\",\"files\":{}}",
          "{\"format\":\"qlens-download\",\"version\":1,\"repo\":\"../../b\",\"files\":{}}",
          "{\"format\":\"qlens-download\",\"version\":1,\"repo\":\"a/b/c\",\"files\":{}}",
          "{\"format\":\"qlens-download\",\"version\":1,\"repo\":7,\"files\":{}}",
          "{\"format\":\"qlens-download\",\"version\":1,\"repo\":\"a/b\",\"files\":[]}" };
  static const char valid[] = "{\"format\":\"qlens-download\",\"version\":1,\"repo\":\"a/b\",\"files\":{}}";
  g_autofree char *huge = g_strnfill (5 * 1024 * 1024, ' ');
  g_autofree char *link = g_build_filename (f->folder, "link", ".qlens-download.json", NULL);
  g_autofree char *target = g_build_filename (f->root, "x", ".qlens-download.json", NULL);
  g_autofree char *link_dir = g_path_get_dirname (link);
  guint n = g_list_model_get_n_items (G_LIST_MODEL (f->downloads));

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autofree char *dir = g_strdup_printf ("bad-%" G_GSIZE_FORMAT, i);

      put (f->folder, dir, ".qlens-download.json", texts[i], strlen (texts[i]));
    }
  memcpy (huge, valid, strlen (valid)); /* good, but for its size */
  put (f->folder, "huge", ".qlens-download.json", huge, 5 * 1024 * 1024);
  put_unfinished (f->root, "x", "a/b");
  g_mkdir (link_dir, 0700);
  g_assert_cmpint (symlink (target, link), ==, 0);
  survey (f);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (f->downloads)), ==, n);
}

static void
test_names (Fixture *f, gconstpointer data)
{
  static const char *const bad[] = { "",
                                     "blip2",
                                     "a/b/c",
                                     "/a",
                                     "a/",
                                     "../x",
                                     "a/..",
                                     "a b/c",
                                     "http://huggingface.co/a/b",
                                     "https://elsewhere.invalid/a/b",
                                     "https://huggingface.co.invalid/a/b",
                                     "https://huggingface.co/a/b/tree/main" };
  static const char *const good[]
      = { "some.one/Blip2_x", " some.one/Blip2_x\n", "some.one/Blip2_x/",
          "https://huggingface.co/some.one/Blip2_x", "https://mirror.invalid:8/hub/some.one/Blip2_x" };
  guint n = g_list_model_get_n_items (G_LIST_MODEL (f->downloads));
  QlHubDownload *download;

  g_settings_set_string (f->settings, "hub-address", "https://mirror.invalid:8/hub/");
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_null (ql_downloads_add (f->downloads, bad[i]));
  g_assert_true (ql_downloads_add (f->downloads, KNOWN) == ql_downloads_find (f->downloads, KNOWN));
  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    {
      download = ql_downloads_add (f->downloads, good[i]);
      g_assert_nonnull (download);
      g_assert_cmpstr (ql_hub_download_get_repo (download), ==, "some.one/Blip2_x");
    }
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (f->downloads)), ==, n + 1);
  g_assert_cmpuint (ql_downloads_get_size (f->downloads, download), ==, 0);
  g_assert_true (ql_downloads_is_removable (f->downloads, download));
  ql_downloads_remove (f->downloads, ql_downloads_find (f->downloads, KNOWN));
  ql_downloads_remove (f->downloads, download);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (f->downloads)), ==, n);
}

static void
test_folder (Fixture *f, gconstpointer data)
{
  g_autofree char *other = g_build_filename (f->root, "other ö", NULL);
  g_autofree char *before = NULL;
  g_autofree char *default_folder = ql_hub_download_default_folder ();
  g_autoptr (QlDownloads) again = NULL;

  put_unfinished (f->folder, "Salesforce_blip2-opt-2.7b", KNOWN);
  put_complete (other, "Salesforce_blip2-opt-6.7b");
  put_unfinished (default_folder, "Salesforce_blip2-itm-vit-g", "Salesforce/blip2-itm-vit-g");
  survey (f);
  before = g_strdup (ql_hub_download_get_dir (ql_downloads_find (f->downloads, KNOWN)));
  /* the usual folder is looked into as well, wherever new ones go */
  g_assert_cmpint (state_of (f, "Salesforce/blip2-itm-vit-g"), ==, QL_HUB_PAUSED);

  ql_downloads_set_folder (f->downloads, other);
  survey (f);
  g_assert_cmpstr (ql_downloads_get_folder (f->downloads), ==, other);
  /* what was begun stays where it is; what was not goes to the new place */
  g_assert_cmpstr (ql_hub_download_get_dir (ql_downloads_find (f->downloads, KNOWN)), ==, before);
  g_assert_cmpint (state_of (f, KNOWN), ==, QL_HUB_PAUSED);
  g_assert_true (g_str_has_prefix (
      ql_hub_download_get_dir (ql_downloads_find (f->downloads, "Salesforce/blip2-flan-t5-xl")), other));
  g_assert_cmpint (state_of (f, "Salesforce/blip2-opt-6.7b"), ==, QL_HUB_FINISHED);

  again = ql_downloads_new (f->settings); /* the program's next run */
  g_assert_cmpstr (ql_downloads_get_folder (again), ==, other);
  ql_downloads_set_folder (f->downloads, NULL);
  g_assert_cmpstr (ql_downloads_get_folder (again), ==, default_folder);
  while (ql_downloads_get_surveying (again))
    g_main_context_iteration (NULL, TRUE);
  remove_tree (default_folder);
}

static void
test_address (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  QlHubDownload *download = ql_downloads_find (f->downloads, KNOWN);
  char *address = ql_downloads_get_address (f->downloads, &error);
  int n_changes;

  g_assert_cmpstr (address, ==, "https://huggingface.co");
  g_free (address);
  n_changes = f->n_changes;
  g_settings_set_string (f->settings, "hub-address", "http://example.invalid");
  g_assert_cmpint (f->n_changes, >, n_changes);
  g_assert_null (ql_downloads_get_address (f->downloads, &error));
  g_assert_error (error, QL_HUB_ERROR, QL_HUB_ERROR_ADDRESS);
  g_clear_error (&error);
  if (!ql_hub_download_is_built ())
    return;
  g_assert_false (ql_downloads_start (f->downloads, download, &error));
  g_assert_error (error, QL_HUB_ERROR, QL_HUB_ERROR_ADDRESS);
  g_assert_cmpint (ql_hub_download_get_state (download), ==, QL_HUB_FAILED);
  g_assert_cmpuint (ql_downloads_get_n_running (f->downloads), ==, 0);
}

#define ADD(name, function) g_test_add ("/downloads/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_autofree char *home = g_dir_make_tmp ("qlens-home-XXXXXX", NULL);
  int result;

  g_setenv ("GSETTINGS_BACKEND", "memory", TRUE);
  g_setenv ("XDG_DATA_HOME", home, TRUE);
  g_test_init (&argc, &argv, NULL);
  ADD ("known", test_known);
  ADD ("unfinished", test_unfinished);
  ADD ("discard", test_discard);
  ADD ("complete", test_complete);
  ADD ("hostile-records", test_hostile_records);
  ADD ("names", test_names);
  ADD ("folder", test_folder);
  ADD ("address", test_address);
  result = g_test_run ();
  remove_tree (home);
  return result;
}

/* Downloads from a hub on the loopback that misbehaves in every way a network can. */

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "app/hub-download.h"
#include "app/hub-repositories.h"
#include "app/model-check.h"
#include "app/model-sums.h"
#include "tests/app/hub-server.h"

#define REPO "Salesforce/blip2-test"
#define LARGE (700 * 1000)

typedef struct
{
  HubServer *server;
  char *root, *dir;
  QlHubDownload *download;
  int n_changes;
  QlHubProgress last;
  gboolean went_back;
  GThread *main_thread;
} Fixture;

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) listing = g_dir_open (path, 0, NULL);
  const char *name;

  while (listing != NULL && (name = g_dir_read_name (listing)) != NULL)
    {
      g_autofree char *inner = g_build_filename (path, name, NULL);
      remove_tree (inner);
    }
  g_remove (path);
}

static void
changed_cb (QlHubDownload *download, gpointer data)
{
  Fixture *f = data;
  QlHubProgress now = ql_hub_download_get_progress (download);

  g_assert_true (g_thread_self () == f->main_thread);
  f->went_back = f->went_back || now.done_bytes < f->last.done_bytes;
  f->last = now;
  f->n_changes++;
}

static QlHubDownload *
download_new (Fixture *f, const char *dir, const char *address)
{
  QlHubDownload *download = ql_hub_download_new (REPO, dir, address);

  ql_hub_download_set_patience (download, 1, 60);
  g_signal_connect (download, "changed", G_CALLBACK (changed_cb), f);
  return download;
}

static void
set_up (Fixture *f, gconstpointer data)
{
  f->main_thread = g_thread_self ();
  f->server = hub_server_new (NULL);
  f->root = g_dir_make_tmp ("qlens-hub-XXXXXX", NULL);
  f->dir = g_build_filename (f->root, "model", NULL);
  f->download = download_new (f, f->dir, f->server->address);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_assert_finalize_object (f->download);
  while (g_main_context_iteration (NULL, FALSE))
    {
    }
  hub_server_free (f->server);
  remove_tree (f->root);
  g_free (f->root);
  g_free (f->dir);
}

static gboolean
is_over (QlHubDownload *download)
{
  QlHubState state = ql_hub_download_get_state (download);

  return state != QL_HUB_RUNNING && state != QL_HUB_STOPPING;
}

static void
start (Fixture *f)
{
  g_autoptr (GError) error = NULL;

  memset (&f->last, 0, sizeof f->last);
  ql_hub_download_start (f->download, &error);
  g_assert_no_error (error);
}

static void
run (Fixture *f)
{
  start (f);
  while (!is_over (f->download))
    g_main_context_iteration (NULL, TRUE);
}

static char *
path_of (Fixture *f, const char *name)
{
  return g_build_filename (f->dir, name, NULL);
}

static gboolean
exists (Fixture *f, const char *name)
{
  g_autofree char *path = path_of (f, name);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

static gint64
size_of (Fixture *f, const char *name)
{
  g_autofree char *path = path_of (f, name);
  struct stat status;

  return stat (path, &status) == 0 ? status.st_size : -1;
}

static void
put (Fixture *f, const char *name, const char *text)
{
  g_autofree char *path = path_of (f, name);

  g_mkdir_with_parents (f->dir, 0700);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
assert_failed (Fixture *f, int code, const char *word)
{
  g_assert_cmpint (ql_hub_download_get_state (f->download), ==, QL_HUB_FAILED);
  g_assert_error (ql_hub_download_get_error (f->download), QL_HUB_ERROR, code);
  if (strstr (ql_hub_download_get_error (f->download)->message, word) == NULL)
    g_error ("“%s” lacks “%s”", ql_hub_download_get_error (f->download)->message, word);
  g_assert_false (exists (f, "SHA256SUMS"));
}

/* Every served file is there byte for byte, nothing else is, and the sums say so. */
static void
assert_finished (Fixture *f)
{
  g_autoptr (GHashTable) none = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (QlModelCheck) check = NULL;

  if (ql_hub_download_get_state (f->download) == QL_HUB_FAILED)
    g_assert_no_error (ql_hub_download_get_error (f->download));
  g_assert_cmpint (ql_hub_download_get_state (f->download), ==, QL_HUB_FINISHED);
  for (guint i = 0; i < f->server->files->len; i++)
    {
      ServerFile *file = f->server->files->pdata[i];
      g_autofree char *path = path_of (f, file->path);
      g_autofree char *part = g_strconcat (file->path, ".part", NULL);
      g_autofree char *bytes = NULL;
      gsize n_bytes = 0;

      g_assert_true (g_file_get_contents (path, &bytes, &n_bytes, NULL));
      g_assert_cmpmem (bytes, n_bytes, g_bytes_get_data (file->bytes, NULL), g_bytes_get_size (file->bytes));
      g_assert_false (exists (f, part));
    }
  g_assert_false (exists (f, ".qlens-download.json"));
  check = ql_model_check_run (f->dir, NULL, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_false (check->first_seen);
  g_assert_true (ql_model_check_is_sound (check));
  g_assert_cmpuint (g_hash_table_size (check->sums), ==, f->server->files->len);
}

/* ---- what should work ------------------------------------------------------------------ */

static void
test_normal (Fixture *f, gconstpointer data)
{
  ServerFile *model = hub_server_add_model (f->server, LARGE);

  run (f);
  assert_finished (f);
  g_assert_cmpint (model->n_requests, ==, 1);
  g_assert_cmpstr (model->ranges->pdata[0], ==, "");
  g_assert_cmpuint (f->last.done_bytes, ==, 1000 + 70000 + LARGE);
  g_assert_cmpuint (f->last.total_bytes, ==, 1000 + 70000 + LARGE);
  g_assert_cmpint (f->last.file, ==, 3);
  g_assert_cmpint (f->last.n_files, ==, 3);
  g_assert_cmpstr (f->last.file_name, ==, "model.safetensors");
  g_assert_false (f->went_back);
  /* small files first, so that what is wrong with them is known before gigabytes came */
  g_assert_cmpstr (f->server->order->pdata[0], ==, "config.json");
  g_assert_cmpstr (f->server->order->pdata[2], ==, "model.safetensors");
}

static void
test_only_needed (Fixture *f, gconstpointer data)
{
  static const char *const unwanted[] = { "pytorch_model.bin",
                                          "model.pth",
                                          "modeling.py",
                                          "flax_model.msgpack",
                                          "README.md",
                                          ".gitattributes",
                                          "onnx/model.safetensors",
                                          "model-00001-of-00002.safetensors",
                                          "model.safetensors.index.json" };

  hub_server_add_model (f->server, 5000);
  hub_server_add (f->server, "qformer_tokenizer/tokenizer.json", 3000, FALSE);
  hub_server_add (f->server, "empty_but_wanted.safetensors", 0, FALSE);
  for (gsize i = 0; i < G_N_ELEMENTS (unwanted); i++)
    hub_server_add (f->server, unwanted[i], 100, FALSE);
  run (f);
  g_assert_cmpint (ql_hub_download_get_state (f->download), ==, QL_HUB_FINISHED);
  for (gsize i = 0; i < G_N_ELEMENTS (unwanted); i++)
    {
      g_assert_cmpint (hub_server_find (f->server, unwanted[i])->n_requests, ==, 0);
      g_assert_false (exists (f, unwanted[i]));
    }
  g_assert_cmpint (size_of (f, "qformer_tokenizer/tokenizer.json"), ==, 3000);
  g_assert_cmpint (size_of (f, "empty_but_wanted.safetensors"), ==, 0);
}

static void
test_sharded (Fixture *f, gconstpointer data)
{
  hub_server_add (f->server, "config.json", 900, FALSE);
  hub_server_add (f->server, "model.safetensors.index.json", 900, FALSE);
  hub_server_add (f->server, "model-00002-of-00002.safetensors", 300000, TRUE);
  hub_server_add (f->server, "model-00001-of-00002.safetensors", 400000, TRUE);
  run (f);
  assert_finished (f);
  g_assert_cmpstr (f->server->order->pdata[2], ==, "model-00001-of-00002.safetensors");
  g_assert_cmpstr (f->server->order->pdata[3], ==, "model-00002-of-00002.safetensors");
}

static void
test_again (Fixture *f, gconstpointer data)
{
  ServerFile *model = hub_server_add_model (f->server, LARGE);

  run (f);
  assert_finished (f);
  run (f);
  assert_finished (f);
  g_assert_cmpint (model->n_requests, ==, 1);
}

static void
test_repositories (void)
{
  gsize n;
  const QlHubRepository *repositories = ql_hub_repositories (&n);

  g_assert_cmpuint (n, >=, 10);
  for (gsize i = 0; i < n; i++)
    {
      g_autofree char *dir = ql_hub_download_default_dir (repositories[i].repo);
      g_autofree char *name = g_path_get_basename (dir);
      g_autoptr (QlHubDownload) download = ql_hub_download_new (repositories[i].repo, NULL, "https://x y/");
      g_autoptr (GError) error = NULL;

      g_assert_true (g_str_has_prefix (name, "Salesforce_"));
      g_assert_cmpuint (repositories[i].n_bytes, >, 4 * G_GUINT64_CONSTANT (1000000000));
      /* the name is one: what is wrong is the address */
      g_assert_false (ql_hub_download_start (download, &error));
      g_assert_error (error, QL_HUB_ERROR, QL_HUB_ERROR_ADDRESS);
      g_assert_nonnull (strstr (error->message, "https://"));
      g_assert_cmpint (ql_hub_download_get_state (download), ==, QL_HUB_FAILED);
      g_assert_true (ql_hub_repository_find (repositories[i].repo) == &repositories[i]);
    }
}

/* ---- broken connections ------------------------------------------------------------------- */

static void
test_cut (Fixture *f, gconstpointer data)
{
  static const gint64 cuts[] = { 1, 4095, 100000, 0, 299999, 1 };
  ServerFile *model = hub_server_add_model (f->server, LARGE);
  gint64 there = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (cuts); i++)
    trouble_push (&model->troubles, TROUBLE_CUT, cuts[i], NULL);
  run (f);
  assert_finished (f);
  g_assert_cmpint (model->n_requests, ==, G_N_ELEMENTS (cuts) + 1);
  for (gsize i = 0; i < G_N_ELEMENTS (cuts); i++)
    {
      g_autofree char *range = NULL;

      there += cuts[i];
      range = g_strdup_printf ("bytes=%" G_GINT64_FORMAT "-", there);
      g_assert_cmpstr (model->ranges->pdata[i + 1], ==, range);
    }
}

static void
test_cut_small (Fixture *f, gconstpointer data)
{
  hub_server_add_model (f->server, 1000);
  trouble_push (&hub_server_find (f->server, "tokenizer.json")->troubles, TROUBLE_CUT, 30000, NULL);
  run (f);
  assert_finished (f);
  g_assert_cmpstr (hub_server_find (f->server, "tokenizer.json")->ranges->pdata[1], ==, "bytes=30000-");
}

static void
test_cut_forever (Fixture *f, gconstpointer data)
{
  ServerFile *model = hub_server_add_model (f->server, LARGE);

  for (int i = 0; i < 100; i++)
    trouble_push (&model->troubles, TROUBLE_CUT, 10, NULL);
  run (f);
  assert_failed (f, QL_HUB_ERROR_NETWORK, "model.safetensors");
  g_assert_cmpint (model->n_requests, <, 20);
  g_assert_cmpint (size_of (f, "model.safetensors.part"), ==, 10 * model->n_requests);
  /* what came stays, and the next run goes on with it */
  /* (tear_down clears the rest) */
}

static void
test_ended_early (Fixture *f, gconstpointer data)
{
  ServerFile *model = hub_server_add_model (f->server, LARGE);

  trouble_push (&model->troubles, TROUBLE_SHORT, 250000, NULL);
  run (f);
  assert_finished (f);
  g_assert_cmpint (model->n_requests, ==, 2);
}

static void
test_silence (Fixture *f, gconstpointer data)
{
  ServerFile *model = hub_server_add_model (f->server, LARGE);

  trouble_push (&model->troubles, TROUBLE_SILENCE, 0, NULL);
  ql_hub_download_set_patience (f->download, 1, 2);
  run (f);
  assert_finished (f);
  g_assert_cmpint (model->n_requests, >=, 2);
}

static void
test_no_ranges (Fixture *f, gconstpointer data)
{
  ServerFile *model = hub_server_add_model (f->server, LARGE);

  model->no_ranges = TRUE;
  trouble_push (&model->troubles, TROUBLE_CUT, 300000, NULL);
  run (f);
  assert_finished (f);
  g_assert_cmpstr (model->ranges->pdata[1], ==, "bytes=300000-"); /* asked for, not given */
}

static void
test_other_range (Fixture *f, gconstpointer data)
{
  ServerFile *model = hub_server_add_model (f->server, LARGE);

  trouble_push (&model->troubles, TROUBLE_CUT, 300000, NULL);
  trouble_push (&model->troubles, TROUBLE_OTHER_RANGE, 7, NULL);
  run (f);
  assert_finished (f);
  g_assert_cmpstr (model->ranges->pdata[2], ==, "");
}

static void
test_range_refused (Fixture *f, gconstpointer data)
{
  ServerFile *model = hub_server_add_model (f->server, LARGE);

  trouble_push (&model->troubles, TROUBLE_CUT, 300000, NULL);
  trouble_push (&model->troubles, TROUBLE_STATUS, 416, NULL);
  run (f);
  assert_finished (f);
  g_assert_cmpstr (model->ranges->pdata[2], ==, "");
}

static void
change_etag (ServerFile *file, gpointer data)
{
  if (strcmp (file->path, "tokenizer.json") != 0 || file->n_requests != 2)
    return;
  g_free (file->etag);
  file->etag = g_strdup ("\"another\"");
  g_bytes_unref (file->bytes);
  file->bytes = g_bytes_new_take (g_strnfill (70000, 'x'), 70000);
}

static void
test_etag_changes (Fixture *f, gconstpointer data)
{
  g_autofree char *before = NULL;

  hub_server_add_model (f->server, 1000);
  trouble_push (&hub_server_find (f->server, "tokenizer.json")->troubles, TROUBLE_CUT, 30000, NULL);
  f->server->hook = change_etag;
  before = g_strdup (hub_server_find (f->server, "tokenizer.json")->etag);
  run (f);
  g_assert_cmpstr (hub_server_find (f->server, "tokenizer.json")->if_ranges->pdata[1], ==, before);
  assert_finished (f); /* all of it the new one, no mixture */
}

/* ---- answers that are errors --------------------------------------------------------------- */

static void
test_statuses (Fixture *f, gconstpointer data)
{
  ServerFile *model = hub_server_add_model (f->server, LARGE);

  trouble_push (&f->server->listing_troubles, TROUBLE_STATUS, 503, NULL);
  trouble_push (&model->troubles, TROUBLE_STATUS, 503, NULL);
  trouble_push (&model->troubles, TROUBLE_STATUS, 500, NULL);
  trouble_push (&model->troubles, TROUBLE_STATUS, 429, "Wed, 21 Oct 2015 07:28:00 GMT");
  run (f);
  assert_finished (f);
  g_assert_cmpint (f->server->n_listings, ==, 2);
  g_assert_cmpint (model->n_requests, ==, 4);
}

static void
test_busy_forever (Fixture *f, gconstpointer data)
{
  ServerFile *model = hub_server_add_model (f->server, LARGE);

  for (int i = 0; i < 100; i++)
    trouble_push (&model->troubles, TROUBLE_STATUS, 503, NULL);
  run (f);
  assert_failed (f, QL_HUB_ERROR_BUSY, "503");
  g_assert_cmpint (model->n_requests, <, 20);
}

static void
test_retry_after (Fixture *f, gconstpointer data)
{
  ServerFile *model = hub_server_add_model (f->server, 1000);
  gint64 begin = g_get_monotonic_time ();

  trouble_push (&model->troubles, TROUBLE_STATUS, 429, "2");
  run (f);
  assert_finished (f);
  g_assert_cmpint (g_get_monotonic_time () - begin, >=, 2 * G_USEC_PER_SEC);
}

static void
test_retry_after_hours (Fixture *f, gconstpointer data)
{
  ServerFile *model = hub_server_add_model (f->server, 1000);

  trouble_push (&model->troubles, TROUBLE_STATUS, 429, "36000");
  run (f);
  assert_failed (f, QL_HUB_ERROR_BUSY, "model.safetensors");
  g_assert_cmpint (model->n_requests, ==, 1);
}

static void
test_not_found (Fixture *f, gconstpointer data)
{
  hub_server_add_model (f->server, 1000);
  trouble_push (&f->server->listing_troubles, TROUBLE_STATUS, 404, NULL);
  run (f);
  assert_failed (f, QL_HUB_ERROR_NOT_FOUND, REPO);
  g_assert_false (g_file_test (f->dir, G_FILE_TEST_EXISTS)); /* nor is a folder left behind */
  trouble_push (&hub_server_find (f->server, "model.safetensors")->troubles, TROUBLE_STATUS, 404, NULL);
  run (f);
  assert_failed (f, QL_HUB_ERROR_NOT_FOUND, "model.safetensors");
  trouble_push (&f->server->listing_troubles, TROUBLE_STATUS, 401, NULL);
  run (f);
  assert_failed (f, QL_HUB_ERROR_DENIED, REPO);
  trouble_push (&f->server->listing_troubles, TROUBLE_STATUS, 418, NULL);
  run (f);
  assert_failed (f, QL_HUB_ERROR_SERVER, "418");
  run (f);
  assert_finished (f);
}

static void
test_refused (Fixture *f, gconstpointer data)
{
  /* a port that nobody listens on, since it was just given back */
  HubServer *gone = hub_server_new (NULL);
  g_autofree char *address = g_strdup (gone->address);

  hub_server_free (gone);
  g_object_unref (f->download);
  f->download = download_new (f, f->dir, address);
  run (f);
  assert_failed (f, QL_HUB_ERROR_NETWORK, REPO);
}

/* ---- wrong bytes ----------------------------------------------------------------------------- */

static void
test_wrong_size (Fixture *f, gconstpointer data)
{
  ServerFile *model = hub_server_add_model (f->server, LARGE);

  trouble_push (&model->troubles, TROUBLE_LENGTH, LARGE + 1, NULL);
  run (f);
  assert_failed (f, QL_HUB_ERROR_SIZE, "model.safetensors");
  g_assert_cmpint (model->n_requests, ==, 1);
  trouble_push (&model->troubles, TROUBLE_LENGTH, LARGE - 1, NULL);
  run (f);
  assert_failed (f, QL_HUB_ERROR_SIZE, "model.safetensors");
  trouble_push (&model->troubles, TROUBLE_CHUNKED, 1, NULL);
  run (f);
  assert_failed (f, QL_HUB_ERROR_SIZE, "model.safetensors");
  g_assert_false (exists (f, "model.safetensors"));
  run (f);
  assert_finished (f);
}

static void
test_wrong_hash (Fixture *f, gconstpointer data)
{
  ServerFile *model = hub_server_add_model (f->server, LARGE);

  trouble_push (&model->troubles, TROUBLE_LENGTH, LARGE, NULL); /* zeros */
  run (f);
  assert_failed (f, QL_HUB_ERROR_HASH, "model.safetensors");
  g_assert_false (exists (f, "model.safetensors"));
  g_assert_false (exists (f, "model.safetensors.part"));
  g_assert_true (exists (f, "tokenizer.json")); /* what is right stays */
  run (f);
  assert_finished (f);
}

/* Bytes on the disk that changed between two runs are found out, too. */
static void
test_part_damaged (Fixture *f, gconstpointer data)
{
  ServerFile *model = hub_server_add_model (f->server, LARGE);
  g_autofree char *part = path_of (f, "model.safetensors.part");
  int fd;

  trouble_push (&model->troubles, TROUBLE_CUT, 400000, NULL);
  trouble_push (&model->troubles, TROUBLE_STATUS, 404, NULL);
  run (f);
  assert_failed (f, QL_HUB_ERROR_NOT_FOUND, "model.safetensors");
  fd = open (part, O_WRONLY);
  g_assert_cmpint (pwrite (fd, "damage", 6, 1000), ==, 6);
  close (fd);
  run (f);
  assert_failed (f, QL_HUB_ERROR_HASH, "model.safetensors");
  run (f);
  assert_finished (f);
}

/* ---- redirects --------------------------------------------------------------------------------- */

static void
test_redirect (Fixture *f, gconstpointer data)
{
  ServerFile *model = hub_server_add_model (f->server, LARGE);
  g_autofree char *absolute = g_strconcat (f->server->address, "/cdn/model.safetensors?sign=a%2Fb%20c", NULL);

  trouble_push (&model->troubles, TROUBLE_REDIRECT, 0, absolute);
  trouble_push (&model->troubles, TROUBLE_CUT, 123456, NULL);
  trouble_push (&model->troubles, TROUBLE_REDIRECT, 0, "/cdn/model.safetensors");
  run (f);
  assert_finished (f);
  g_assert_cmpint (model->n_requests, ==, 4);
  g_assert_cmpstr (model->ranges->pdata[3], ==, "bytes=123456-");
}

static void
test_redirect_refused (Fixture *f, gconstpointer data)
{
  static const char *const places[] = {
    "file:///etc/passwd",  "http://example.invalid/x", "ftp://127.0.0.1/x", "http://10.0.0.1/x", "data:,x",
    "//example.invalid/x", "https://a:b@x.invalid/",   "javascript:1"
  };
  ServerFile *model = hub_server_add_model (f->server, 1000);

  for (gsize i = 0; i < G_N_ELEMENTS (places); i++)
    {
      int before = model->n_requests;

      trouble_push (&model->troubles, TROUBLE_REDIRECT, 0, places[i]);
      run (f);
      assert_failed (f, QL_HUB_ERROR_REDIRECT, "model.safetensors");
      g_assert_cmpint (model->n_requests, ==, before + 1);
    }
}

static void
test_redirect_loop (Fixture *f, gconstpointer data)
{
  ServerFile *model = hub_server_add_model (f->server, 1000);

  for (int i = 0; i < 100; i++)
    trouble_push (&model->troubles, TROUBLE_REDIRECT, 0, "/cdn/model.safetensors");
  run (f);
  assert_failed (f, QL_HUB_ERROR_REDIRECT, "model.safetensors");
  g_assert_cmpint (model->n_requests, <, 20);
}

/* ---- lists ------------------------------------------------------------------------------------------ */

static void
test_huge_listing (Fixture *f, gconstpointer data)
{
  f->server->listing_bytes = 64 * 1024 * 1024;
  f->server->listing = g_malloc (f->server->listing_bytes);
  memset (f->server->listing, ' ', f->server->listing_bytes);
  run (f);
  assert_failed (f, QL_HUB_ERROR_LISTING, "too long");
  g_assert_false (g_file_test (f->dir, G_FILE_TEST_EXISTS));
}

static void
test_hostile_listing (Fixture *f, gconstpointer data)
{
  static const char *const names[]
      = { "../model.safetensors", "/etc/model.safetensors", "a/../../x.safetensors",
          "a\\\\b.safetensors",   "a\\nb.safetensors",      "" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      f->server->listing = g_strdup_printf (
          "[{\"type\":\"file\",\"path\":\"config.json\",\"size\":2},{\"type\":\"file\",\"path\":\"%s\","
          "\"size\":3},{\"type\":\"file\",\"path\":\"model.safetensors\",\"size\":3}]",
          names[i]);
      f->server->listing_bytes = strlen (f->server->listing);
      run (f);
      assert_failed (f, QL_HUB_ERROR_LISTING, REPO);
      g_assert_cmpuint (f->server->order->len, ==, 0);
      g_clear_pointer (&f->server->listing, g_free);
    }
}

/* ---- stopping and going on --------------------------------------------------------------------------- */

static void
stop_at_request (ServerFile *file, gpointer data)
{
  Fixture *f = data;

  if (strcmp (file->path, "model.safetensors") == 0 && file->n_requests == 2)
    ql_hub_download_pause (f->download);
}

static void
test_pause (Fixture *f, gconstpointer data)
{
  ServerFile *model = hub_server_add_model (f->server, LARGE);

  trouble_push (&model->troubles, TROUBLE_CUT, 200000, NULL);
  f->server->hook = stop_at_request;
  f->server->hook_data = f;
  run (f);
  g_assert_cmpint (ql_hub_download_get_state (f->download), ==, QL_HUB_PAUSED);
  g_assert_null (ql_hub_download_get_error (f->download));
  g_assert_cmpint (size_of (f, "model.safetensors.part"), ==, 200000);
  run (f);
  assert_finished (f);
  g_assert_cmpstr (model->ranges->pdata[2], ==, "bytes=200000-");
}

/* Another run of the program: all that is known is on the disk. */
static void
test_cancel_and_resume (Fixture *f, gconstpointer data)
{
  ServerFile *model = hub_server_add_model (f->server, LARGE);

  trouble_push (&model->troubles, TROUBLE_SILENCE, 0, NULL);
  start (f);
  while (size_of (f, "model.safetensors.part") < LARGE / 2)
    g_main_context_iteration (NULL, FALSE);
  ql_hub_download_cancel (f->download);
  g_assert_cmpint (ql_hub_download_get_state (f->download), ==, QL_HUB_STOPPING);
  while (!is_over (f->download))
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (ql_hub_download_get_state (f->download), ==, QL_HUB_CANCELLED);
  g_object_unref (f->download);
  f->download = download_new (f, f->dir, f->server->address);
  run (f);
  assert_finished (f);
  g_assert_cmpstr (model->ranges->pdata[1], ==, "bytes=350000-");
  g_assert_cmpint (hub_server_find (f->server, "tokenizer.json")->n_requests, ==, 1);
}

static void
test_cancel_while_waiting (Fixture *f, gconstpointer data)
{
  ServerFile *model = hub_server_add_model (f->server, LARGE);

  trouble_push (&model->troubles, TROUBLE_STATUS, 503, "500");
  start (f);
  while (f->last.phase != QL_HUB_PHASE_WAIT)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (f->last.wait_s, >, 0);
  ql_hub_download_cancel (f->download);
  while (!is_over (f->download)) /* the test's time-out tells if this takes the 500 s */
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (ql_hub_download_get_state (f->download), ==, QL_HUB_CANCELLED);
}

static void
test_discard (Fixture *f, gconstpointer data)
{
  ServerFile *model = hub_server_add_model (f->server, LARGE);

  put (f, "mine.txt", "keep");
  trouble_push (&model->troubles, TROUBLE_CUT, 200000, NULL);
  trouble_push (&model->troubles, TROUBLE_STATUS, 404, NULL);
  run (f);
  assert_failed (f, QL_HUB_ERROR_NOT_FOUND, "model.safetensors");
  g_assert_cmpuint (ql_hub_download_get_kept_bytes (f->download), ==, 1000 + 70000 + 200000);
  g_assert_cmpuint (ql_hub_download_get_total_bytes (f->download), ==, 1000 + 70000 + LARGE);
  g_assert_true (ql_hub_download_discard (f->download));
  g_assert_cmpint (ql_hub_download_get_state (f->download), ==, QL_HUB_DISCARDING);
  ql_hub_download_pause (f->download);
  while (ql_hub_download_get_state (f->download) == QL_HUB_DISCARDING)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (ql_hub_download_get_state (f->download), ==, QL_HUB_IDLE);
  g_assert_cmpuint (ql_hub_download_get_kept_bytes (f->download), ==, 0);
  g_assert_false (exists (f, "model.safetensors.part"));
  g_assert_false (exists (f, "config.json"));
  g_assert_false (exists (f, ".qlens-download.json"));
  g_assert_true (exists (f, "mine.txt"));
  run (f);
  assert_finished (f);
  g_assert_false (ql_hub_download_discard (f->download));
  assert_finished (f);
}

static void
test_busy_folder (Fixture *f, gconstpointer data)
{
  g_autoptr (QlHubDownload) other = download_new (f, f->dir, f->server->address);
  g_autoptr (GError) error = NULL;
  ServerFile *model = hub_server_add_model (f->server, LARGE);

  trouble_push (&model->troubles, TROUBLE_SILENCE, 0, NULL);
  start (f);
  g_assert_false (ql_hub_download_start (f->download, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_PENDING);
  while (model->n_requests == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (ql_hub_download_start (other, NULL));
  while (!is_over (other))
    g_main_context_iteration (NULL, TRUE);
  g_assert_error (ql_hub_download_get_error (other), QL_HUB_ERROR, QL_HUB_ERROR_EXISTS);
  /* nor may what the first one fetches be discarded under its hands */
  g_assert_true (ql_hub_download_discard (other));
  while (ql_hub_download_get_state (other) == QL_HUB_DISCARDING)
    g_main_context_iteration (NULL, TRUE);
  g_assert_error (ql_hub_download_get_error (other), QL_HUB_ERROR, QL_HUB_ERROR_EXISTS);
  g_assert_true (exists (f, "model.safetensors.part"));
  ql_hub_download_pause (f->download);
  while (!is_over (f->download))
    g_main_context_iteration (NULL, TRUE);
}

/* ---- what is in the folder ------------------------------------------------------------------------------ */

static void
test_foreign_file (Fixture *f, gconstpointer data)
{
  g_autofree char *path = path_of (f, "config.json");
  g_autofree char *text = NULL;
  g_autofree char *same_size = g_strnfill (1000, '#');

  hub_server_add_model (f->server, 1000);
  put (f, "config.json", "my own");
  run (f);
  assert_failed (f, QL_HUB_ERROR_EXISTS, "config.json");
  put (f, "config.json", same_size);
  run (f);
  assert_failed (f, QL_HUB_ERROR_EXISTS, "config.json");
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, same_size);
  g_remove (path);
  run (f);
  assert_finished (f);
}

/* A link in the folder leads nothing outside of it. */
static void
test_link (Fixture *f, gconstpointer data)
{
  g_autofree char *outside = g_build_filename (f->root, "outside", NULL);
  g_autofree char *link = path_of (f, "model.safetensors.part");
  g_autofree char *text = NULL;

  hub_server_add_model (f->server, 1000);
  g_assert_true (g_file_set_contents (outside, "untouched", -1, NULL));
  g_mkdir (f->dir, 0700);
  g_assert_cmpint (symlink (outside, link), ==, 0);
  run (f);
  g_assert_cmpint (ql_hub_download_get_state (f->download), ==, QL_HUB_FAILED);
  g_assert_true (g_file_get_contents (outside, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "untouched");
}

/* ---- the disk -------------------------------------------------------------------------------------------- */

static const char *small_disk; /* a file system of 80 MiB, if we may mount one */

static gboolean
write_line (const char *path, const char *text)
{
  int fd = open (path, O_WRONLY);
  gboolean ok = fd >= 0 && write (fd, text, strlen (text)) == (gssize) strlen (text);

  if (fd >= 0)
    close (fd);
  return ok;
}

/* Before there are threads: in a mount name space of our own, which ends with us. */
static void
mount_small_disk (void)
{
  int flags = CLONE_NEWNS | (geteuid () == 0 ? 0 : CLONE_NEWUSER);
  g_autofree char *map = g_strdup_printf ("0 %u 1", (guint) geteuid ());
  g_autofree char *group_map = g_strdup_printf ("0 %u 1", (guint) getegid ());
  gboolean is_root = geteuid () == 0;
  static char path[] = "/tmp/qlens-disk-XXXXXX";

  if (unshare (flags) != 0)
    return;
  if (!is_root
      && (!write_line ("/proc/self/setgroups", "deny") || !write_line ("/proc/self/uid_map", map)
          || !write_line ("/proc/self/gid_map", group_map)))
    return;
  if (mkdtemp (path) == NULL)
    return;
  if (mount ("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0
      && mount ("none", path, "tmpfs", 0, "size=80m,mode=700") == 0)
    small_disk = path;
  else
    rmdir (path);
}

static void
fill_disk (ServerFile *file, gpointer data)
{
  g_autofree char *path = g_build_filename (small_disk, "ballast", NULL);
  struct statvfs disk;
  int fd;

  if (strcmp (file->path, "model.safetensors") != 0 || file->n_requests != 1)
    return;
  g_assert_cmpint (statvfs (small_disk, &disk), ==, 0);
  fd = open (path, O_WRONLY | O_CREAT | O_EXCL, 0600);
  g_assert_cmpint (posix_fallocate (fd, 0, (off_t) (disk.f_bavail * disk.f_frsize - 300 * 1024)), ==, 0);
  close (fd);
}

static void
test_full_disk (Fixture *f, gconstpointer data)
{
  g_autofree char *ballast = NULL;
  ServerFile *model;

  if (small_disk == NULL)
    {
      g_test_skip ("may not mount a small file system");
      return;
    }
  ballast = g_build_filename (small_disk, "ballast", NULL);
  g_free (f->dir);
  f->dir = g_build_filename (small_disk, "model", NULL);
  g_object_unref (f->download);
  f->download = download_new (f, f->dir, f->server->address);

  /* told before the first byte */
  hub_server_add_model (f->server, LARGE);
  model = hub_server_find (f->server, "model.safetensors");
  model->listed_size = 50 * 1000 * 1000;
  run (f);
  assert_failed (f, QL_HUB_ERROR_SPACE, small_disk);
  g_assert_cmpuint (f->server->order->len, ==, 0);

  /* and where something else takes the room meanwhile */
  model->listed_size = LARGE;
  f->server->hook = fill_disk;
  run (f);
  assert_failed (f, QL_HUB_ERROR_SPACE, "model.safetensors");
  g_assert_cmpint (size_of (f, "model.safetensors.part"), >, 0);
  g_remove (ballast);
  run (f);
  assert_finished (f);
  g_assert_cmpint (model->n_requests, ==, 2);
  g_assert_cmpstr (model->ranges->pdata[1], !=, "");
  remove_tree (f->dir);
}

static void
test_file_limit (Fixture *f, gconstpointer data)
{
  ServerFile *model = hub_server_add_model (f->server, LARGE);
  struct rlimit before, limit;

  signal (SIGXFSZ, SIG_IGN);
  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &before), ==, 0);
  limit = before;
  limit.rlim_cur = 500000;
  if (setrlimit (RLIMIT_FSIZE, &limit) != 0)
    {
      g_test_skip ("may not limit the size of files");
      return;
    }
  run (f);
  setrlimit (RLIMIT_FSIZE, &before);
  assert_failed (f, QL_HUB_ERROR_SPACE, "model.safetensors");
  g_assert_cmpint (size_of (f, "model.safetensors.part"), ==, 500000);
  run (f);
  assert_finished (f);
  g_assert_cmpstr (model->ranges->pdata[1], ==, "bytes=500000-");
}

/* ---- https ------------------------------------------------------------------------------------------------- */

static GTlsCertificate *
make_certificate (Fixture *f)
{
  g_autofree char *key = g_build_filename (f->root, "key.pem", NULL);
  g_autofree char *certificate = g_build_filename (f->root, "certificate.pem", NULL);
  const char *argv[] = { "openssl",
                         "req",
                         "-x509",
                         "-newkey",
                         "ec",
                         "-pkeyopt",
                         "ec_paramgen_curve:prime256v1",
                         "-nodes",
                         "-days",
                         "2",
                         "-subj",
                         "/CN=localhost",
                         "-addext",
                         "subjectAltName=IP:127.0.0.1",
                         "-keyout",
                         key,
                         "-out",
                         certificate,
                         NULL };
  int status = 1;

  if (!g_spawn_sync (NULL, (char **) argv, NULL,
                     G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL, NULL,
                     NULL, NULL, NULL, &status, NULL)
      || status != 0)
    return NULL;
  return g_tls_certificate_new_from_files (certificate, key, NULL);
}

static void
test_https (Fixture *f, gconstpointer data)
{
  g_autoptr (GTlsCertificate) certificate = make_certificate (f);
  g_autofree char *path = g_build_filename (f->root, "certificate.pem", NULL);
  g_autoptr (GTlsDatabase) database = NULL;
  ServerFile *model;

  if (certificate == NULL || !g_tls_backend_supports_tls (g_tls_backend_get_default ()))
    {
      g_test_skip ("needs openssl and glib-networking");
      return;
    }
  hub_server_free (f->server);
  f->server = hub_server_new (certificate);
  g_assert_true (g_str_has_prefix (f->server->address, "https://"));
  g_object_unref (f->download);
  f->download = download_new (f, f->dir, f->server->address);
  model = hub_server_add_model (f->server, LARGE);

  run (f); /* anybody can make such a certificate */
  assert_failed (f, QL_HUB_ERROR_SECURITY, REPO);
  g_assert_cmpint (f->server->n_listings, ==, 0);

  database = g_tls_file_database_new (path, NULL);
  g_tls_backend_set_default_database (g_tls_backend_get_default (), database);
  trouble_push (&model->troubles, TROUBLE_STATUS, 503, NULL);
  run (f);
  assert_finished (f);

  /* and from a safe server no way leads to an unsafe one, be it here */
  remove_tree (f->dir);
  trouble_push (&model->troubles, TROUBLE_REDIRECT, 0, "http://127.0.0.1:1/x");
  run (f);
  assert_failed (f, QL_HUB_ERROR_REDIRECT, "model.safetensors");
  g_tls_backend_set_default_database (g_tls_backend_get_default (), NULL);
}

#define ADD(name, function) g_test_add ("/hub-download/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  int result;

  g_setenv ("GSETTINGS_BACKEND", "memory", TRUE);
  g_setenv ("no_proxy", "*", TRUE);
  mount_small_disk ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/hub-download/repositories", test_repositories);
  ADD ("normal", test_normal);
  ADD ("only-needed", test_only_needed);
  ADD ("sharded", test_sharded);
  ADD ("again", test_again);
  ADD ("cut", test_cut);
  ADD ("cut-small", test_cut_small);
  ADD ("cut-forever", test_cut_forever);
  ADD ("ended-early", test_ended_early);
  ADD ("silence", test_silence);
  ADD ("no-ranges", test_no_ranges);
  ADD ("other-range", test_other_range);
  ADD ("range-refused", test_range_refused);
  ADD ("etag-changes", test_etag_changes);
  ADD ("statuses", test_statuses);
  ADD ("busy-forever", test_busy_forever);
  ADD ("retry-after", test_retry_after);
  ADD ("retry-after-hours", test_retry_after_hours);
  ADD ("not-found", test_not_found);
  ADD ("refused", test_refused);
  ADD ("wrong-size", test_wrong_size);
  ADD ("wrong-hash", test_wrong_hash);
  ADD ("part-damaged", test_part_damaged);
  ADD ("redirect", test_redirect);
  ADD ("redirect-refused", test_redirect_refused);
  ADD ("redirect-loop", test_redirect_loop);
  ADD ("huge-listing", test_huge_listing);
  ADD ("hostile-listing", test_hostile_listing);
  ADD ("pause", test_pause);
  ADD ("cancel-and-resume", test_cancel_and_resume);
  ADD ("cancel-while-waiting", test_cancel_while_waiting);
  ADD ("discard", test_discard);
  ADD ("busy-folder", test_busy_folder);
  ADD ("foreign-file", test_foreign_file);
  ADD ("link", test_link);
  ADD ("full-disk", test_full_disk);
  ADD ("file-limit", test_file_limit);
  ADD ("https", test_https);
  result = g_test_run ();
  if (small_disk != NULL && umount (small_disk) == 0)
    rmdir (small_disk);
  return result;
}

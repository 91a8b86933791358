/* The list of models and their verification, on copies of the embedded demo model. Without any network. */

#include <dlfcn.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "app/free-memory.h"
#include "app/hub-download.h"
#include "app/hub-repositories.h"
#include "app/model-check.h"
#include "app/model-files.h"
#include "app/model-name.h"
#include "app/model-store.h"
#include "app/model-sums.h"
#include "engine/b2.h"

/* ---- who opens sockets ---------------------------------------------------------------- */

static gint n_sockets; /* of this program and of all libraries in it, but for local ones */

__attribute__ ((visibility ("default"))) int
socket (int domain, int type, int protocol)
{
  static int (*next) (int, int, int);

  if (next == NULL)
    next = (int (*) (int, int, int)) dlsym (RTLD_NEXT, "socket");
  if (domain != AF_UNIX)
    g_atomic_int_inc (&n_sockets);
  return next (domain, type, protocol);
}

/* ---- help ------------------------------------------------------------------------------ */

typedef struct
{
  char *root, *config, *path; /* of models.json */
  QlModelStore *store;
  GAsyncResult *result;
  int n_problems;
  int n_added, n_removed;
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
problem_cb (QlModelStore *store, const char *text, gpointer data)
{
  ((Fixture *) data)->n_problems++;
}

static void
items_changed_cb (GListModel *model, guint position, guint removed, guint added, gpointer data)
{
  Fixture *f = data;

  f->n_added += (int) added;
  f->n_removed += (int) removed;
}

static void
open_store (Fixture *f)
{
  f->store = ql_model_store_new (f->config, NULL);
  g_signal_connect (f->store, "problem", G_CALLBACK (problem_cb), f);
  g_signal_connect (f->store, "items-changed", G_CALLBACK (items_changed_cb), f);
}

/* Ends as the program would: what is saved in the background holds the store. */
static void
close_store (Fixture *f)
{
  g_autoptr (GError) error = NULL;

  ql_model_store_flush (f->store, NULL);
  g_object_add_weak_pointer (G_OBJECT (f->store), (gpointer *) &f->store);
  g_object_unref (f->store);
  while (f->store != NULL)
    g_main_context_iteration (NULL, TRUE);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  f->root = g_dir_make_tmp ("qlens-store-XXXXXX", NULL);
  f->config = g_build_filename (f->root, "config", NULL);
  f->path = g_build_filename (f->config, "models.json", NULL);
  open_store (f);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  close_store (f);
  remove_tree (f->root);
  g_free (f->root);
  g_free (f->config);
  g_free (f->path);
}

/* A folder with copies of the demo model's files, without its list of sums. */
static char *
make_model (Fixture *f, const char *name)
{
  g_autofree char *from = g_build_filename (g_getenv ("QLENS_SRC"), "data", "models", "qlens-demo-opt", NULL);
  char *dir = g_build_filename (f->root, name, NULL);
  g_autoptr (GPtrArray) names = ql_model_files_list (from, NULL);

  g_assert_nonnull (names);
  g_mkdir (dir, 0700);
  for (guint i = 0; i < names->len; i++)
    {
      g_autofree char *source = g_build_filename (from, names->pdata[i], NULL);
      g_autofree char *target = g_build_filename (dir, names->pdata[i], NULL);
      g_autofree char *bytes = NULL;
      gsize n_bytes;

      g_assert_true (g_file_get_contents (source, &bytes, &n_bytes, NULL));
      g_assert_true (g_file_set_contents (target, bytes, (gssize) n_bytes, NULL));
    }
  return dir;
}

static void
put (const char *dir, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (dir, name, NULL);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
result_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Fixture *f = data;

  g_assert_null (f->result);
  f->result = g_object_ref (result);
}

static void
wait_result (Fixture *f)
{
  while (f->result == NULL)
    g_main_context_iteration (NULL, TRUE);
}

static QlModelEntry *
import (Fixture *f, const char *dir, GError **error)
{
  QlModelEntry *entry;

  ql_model_store_import_async (f->store, dir, NULL, result_cb, f);
  wait_result (f);
  entry = ql_model_store_import_finish (f->store, f->result, error);
  g_clear_object (&f->result);
  if (entry != NULL)
    g_object_unref (entry); /* the store has it */
  return entry;
}

static gboolean
verify (Fixture *f, QlModelEntry *entry, GError **error)
{
  gboolean sound;

  ql_model_store_verify_async (f->store, entry, NULL, result_cb, f);
  wait_result (f);
  sound = ql_model_store_verify_finish (f->store, f->result, error);
  g_clear_object (&f->result);
  return sound;
}

static QlModelEntry *
nth (Fixture *f, guint i)
{
  g_autoptr (QlModelEntry) entry = g_list_model_get_item (G_LIST_MODEL (f->store), i);

  return entry;
}

static guint
n_models (Fixture *f)
{
  return g_list_model_get_n_items (G_LIST_MODEL (f->store));
}

/* ---- the list -------------------------------------------------------------------------------- */

static void
test_demos (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (g_list_model_get_item_type (G_LIST_MODEL (f->store)) == QL_TYPE_MODEL_ENTRY);
  g_assert_cmpuint (n_models (f), ==, 2);
  g_assert_null (g_list_model_get_item (G_LIST_MODEL (f->store), 2));
  g_assert_null (ql_model_store_get_problem (f->store));
  ql_model_store_refresh_async (f->store, NULL, result_cb, f);
  wait_result (f);
  g_assert_true (ql_model_store_refresh_finish (f->store, f->result, &error));
  g_clear_object (&f->result);
  for (guint i = 0; i < 2; i++)
    {
      QlModelEntry *entry = nth (f, i);
      const QlModelFacts *facts = ql_model_entry_get_facts (entry);

      g_assert_true (ql_model_entry_is_demo (entry));
      g_assert_cmpint (ql_model_entry_get_state (entry), ==, QL_MODEL_SOUND);
      g_assert_cmpuint (facts->n_parameters, >, 1000000);
      g_assert_cmpuint (facts->n_bytes, >, 1000000);
      g_assert_cmpuint (facts->memory_bytes, >, facts->n_bytes);
      g_assert_cmpstr (facts->types, !=, "");
      g_assert_cmpint (facts->can_match, ==, i == 1);
      /* the list of sums that ships with it; `sha256sum -c SHA256SUMS` in its folder tells what to renew */
      g_assert_true (verify (f, entry, &error));
      g_assert_no_error (error);
      g_assert_cmpint (ql_model_entry_get_verification (entry), ==, QL_VERIFICATION_SOUND);
      g_assert_false (ql_model_store_remove (f->store, entry));
    }
  g_assert_cmpstr (ql_model_entry_get_facts (nth (f, 0))->architecture, ==, "Blip2ForConditionalGeneration");
  g_assert_cmpstr (ql_model_entry_get_facts (nth (f, 0))->family, ==, "opt");
}

static void
test_import (Fixture *f, gconstpointer data)
{
  g_autofree char *dir = make_model (f, "my model ü");
  g_autofree char *file = g_build_filename (dir, "config.json", NULL);
  g_autoptr (GError) error = NULL;
  QlModelEntry *entry = import (f, dir, &error);

  g_assert_no_error (error);
  g_assert_cmpint (f->n_added, ==, 1);
  g_assert_true (nth (f, 2) == entry);
  g_assert_cmpstr (ql_model_entry_get_name (entry), ==, "my model ü");
  g_assert_cmpstr (ql_model_entry_get_dir (entry), ==, dir);
  g_assert_false (ql_model_entry_is_demo (entry));
  g_assert_true (ql_model_store_find (f->store, dir) == entry);
  g_assert_null (import (f, dir, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS);
  g_assert_cmpuint (n_models (f), ==, 3);

  /* another run of the program knows it, and what it is, without opening it */
  close_store (f);
  open_store (f);
  g_assert_cmpuint (n_models (f), ==, 3);
  entry = nth (f, 2);
  g_assert_cmpstr (ql_model_entry_get_dir (entry), ==, dir);
  g_assert_cmpint (ql_model_entry_get_state (entry), ==, QL_MODEL_UNTRIED);
  g_assert_cmpstr (ql_model_entry_get_facts (entry)->family, ==, "opt");

  /* forgotten, but not touched */
  g_assert_true (ql_model_store_remove (f->store, entry));
  g_assert_cmpint (f->n_removed, ==, 1);
  close_store (f);
  open_store (f);
  g_assert_cmpuint (n_models (f), ==, 2);
  g_assert_true (g_file_test (file, G_FILE_TEST_EXISTS));
}

/* As Python's library caches it: links into a heap of files, two folders below the name. */
static void
test_import_cached (Fixture *f, gconstpointer data)
{
  g_autofree char *real = make_model (f, "blobs");
  g_autofree char *repository = g_build_filename (f->root, "models--Someone--blip2-small", NULL);
  g_autofree char *snapshots = g_build_filename (repository, "snapshots", NULL);
  g_autofree char *snapshot = g_build_filename (snapshots, "0abc", NULL);
  g_autofree char *refs = g_build_filename (repository, "refs", NULL);
  g_autoptr (GPtrArray) names = ql_model_files_list (real, NULL);
  static const char *const astray[] = { "", "../0abc", "/etc", "none", "0abc/../../x" };
  g_autoptr (GError) error = NULL;
  QlModelEntry *entry;

  g_assert_cmpint (g_mkdir_with_parents (snapshot, 0700), ==, 0);
  g_assert_cmpint (g_mkdir_with_parents (refs, 0700), ==, 0);
  for (guint i = 0; i < names->len; i++)
    {
      g_autofree char *target = g_build_filename (real, names->pdata[i], NULL);
      g_autofree char *link = g_build_filename (snapshot, names->pdata[i], NULL);

      g_assert_cmpint (symlink (target, link), ==, 0);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (astray); i++)
    {
      g_autofree char *resolved = NULL;

      put (refs, "main", astray[i]);
      resolved = ql_model_files_resolve (repository);
      g_assert_cmpstr (resolved, ==, repository);
    }
  g_assert_null (import (f, repository, &error));
  g_assert_true (error->domain == B2_ERROR);
  g_clear_error (&error);
  put (refs, "main", "0abc\n");
  entry = import (f, repository, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (ql_model_entry_get_dir (entry), ==, snapshot);
  g_assert_cmpstr (ql_model_entry_get_name (entry), ==, "blip2-small");
  g_assert_true (verify (f, entry, &error));
  g_assert_null (import (f, repository, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS);
}

static char *
make_gguf (Fixture *f, const char *name)
{
  g_autofree char *from = g_build_filename (g_getenv ("QLENS_SRC"), "data", "models", "qlens-demo-opt", NULL);
  char *path = g_build_filename (f->root, name, NULL);
  B2ConvertOptions options = { .type = "q8_0", .n_threads = 1 };
  g_autoptr (GError) error = NULL;
  g_autoptr (B2ConvertReport) report = b2_convert (from, path, &options, NULL, &error);

  g_assert_no_error (error);
  return path;
}

static void
flip_last_byte (const char *path)
{
  g_autofree char *bytes = NULL;
  gsize n_bytes;

  g_assert_true (g_file_get_contents (path, &bytes, &n_bytes, NULL));
  bytes[n_bytes - 1] ^= 1;
  g_assert_true (g_file_set_contents (path, bytes, (gssize) n_bytes, NULL));
}

/* One file is a model like a folder is, and other files beside it are none of its. */
static void
test_import_gguf (Fixture *f, gconstpointer data)
{
  g_autofree char *path = make_gguf (f, "small ü.gguf");
  g_autofree char *folder = ql_model_files_folder (path);
  g_autoptr (GPtrArray) names = ql_model_files_list (path, NULL);
  g_autoptr (GError) error = NULL;
  QlModelEntry *entry;

  g_assert_cmpstr (folder, ==, f->root);
  g_assert_cmpuint (names->len, ==, 1);
  g_assert_cmpstr (names->pdata[0], ==, "small ü.gguf");
  put (f->root, "other.gguf", "GGUF, or so");
  put (f->root, "SHA256SUMS",
       "0000000000000000000000000000000000000000000000000000000000000000  other.gguf\n");
  entry = import (f, path, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (ql_model_entry_get_name (entry), ==, "small ü.gguf");
  g_assert_cmpstr (ql_model_entry_get_dir (entry), ==, path);
  g_assert_nonnull (strstr (ql_model_entry_get_facts (entry)->types, "Q8_0"));
  g_assert_true (verify (f, entry, &error));
  g_assert_cmpint (ql_model_entry_get_verification (entry), ==, QL_VERIFICATION_FIRST_SEEN);
  g_assert_true (verify (f, entry, &error));
  g_assert_cmpint (ql_model_entry_get_verification (entry), ==, QL_VERIFICATION_SOUND);
  close_store (f);
  open_store (f);
  entry = nth (f, 2);
  g_assert_cmpstr (ql_model_entry_get_dir (entry), ==, path);
  flip_last_byte (path);
  g_assert_false (verify (f, entry, &error));
  g_assert_no_error (error);
  g_assert_cmpint (ql_model_entry_get_verification (entry), ==, QL_VERIFICATION_CHANGED);
  g_assert_nonnull (strstr (ql_model_entry_get_verification_text (entry), "small ü.gguf"));
  g_assert_null (strstr (ql_model_entry_get_verification_text (entry), "other.gguf"));
  g_assert_null (import (f, path, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS);
}

/* A folder with such a file alone; the list that came with it counts. */
static void
test_import_gguf_folder (Fixture *f, gconstpointer data)
{
  g_autofree char *path = make_gguf (f, "only.gguf");
  g_autofree char *bytes = NULL, *sum = NULL, *line = NULL;
  g_autoptr (GPtrArray) names = ql_model_files_list (f->root, NULL);
  g_autoptr (GError) error = NULL;
  QlModelEntry *entry;
  gsize n_bytes;

  g_assert_cmpuint (names->len, ==, 1);
  g_assert_cmpstr (names->pdata[0], ==, "only.gguf");
  g_assert_false (ql_model_files_is_wanted ("only.gguf")); /* never fetched */
  g_assert_true (g_file_get_contents (path, &bytes, &n_bytes, NULL));
  sum = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *) bytes, n_bytes);
  line = g_strdup_printf ("%s  only.gguf\n", sum);
  put (f->root, "SHA256SUMS", line);
  entry = import (f, f->root, &error);
  g_assert_no_error (error);
  g_assert_true (verify (f, entry, &error));
  g_assert_cmpint (ql_model_entry_get_verification (entry), ==, QL_VERIFICATION_SOUND);
  flip_last_byte (path);
  g_assert_false (verify (f, entry, &error));
  g_assert_cmpint (ql_model_entry_get_verification (entry), ==, QL_VERIFICATION_CHANGED);
}

static void
test_import_broken (Fixture *f, gconstpointer data)
{
  g_autofree char *dir = make_model (f, "broken");
  g_autofree char *absent = g_build_filename (f->root, "nothing here", NULL);
  g_autoptr (GError) error = NULL;

  put (dir, "model.safetensors", "not one");
  g_assert_null (import (f, dir, &error));
  g_assert_true (error->domain == B2_ERROR);
  g_assert_nonnull (strstr (error->message, "model.safetensors"));
  g_clear_error (&error);
  g_assert_null (import (f, absent, &error));
  g_assert_true (error->domain == B2_ERROR);
  g_assert_cmpuint (n_models (f), ==, 2);
  g_assert_cmpint (f->n_added, ==, 0);
}

static void
test_import_cancel (Fixture *f, gconstpointer data)
{
  g_autofree char *dir = make_model (f, "cancelled");
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  g_cancellable_cancel (cancellable);
  ql_model_store_import_async (f->store, dir, cancellable, result_cb, f);
  wait_result (f);
  g_assert_null (ql_model_store_import_finish (f->store, f->result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_object (&f->result);
  g_assert_cmpuint (n_models (f), ==, 2);
}

/* A folder that went away or broke stays in the list and says so. */
static void
test_refresh_broken (Fixture *f, gconstpointer data)
{
  g_autofree char *dir = make_model (f, "going");
  g_autoptr (GError) error = NULL;
  QlModelEntry *entry = import (f, dir, &error);

  remove_tree (dir);
  ql_model_store_refresh_async (f->store, NULL, result_cb, f);
  wait_result (f);
  g_assert_true (ql_model_store_refresh_finish (f->store, f->result, &error));
  g_clear_object (&f->result);
  g_assert_cmpint (ql_model_entry_get_state (entry), ==, QL_MODEL_BROKEN);
  g_assert_nonnull (strstr (ql_model_entry_get_error (entry)->message, "going"));
  g_assert_cmpint (ql_model_entry_get_state (nth (f, 0)), ==, QL_MODEL_SOUND);
}

static void
test_default (Fixture *f, gconstpointer data)
{
  g_autofree char *dir = make_model (f, "other");
  QlModelEntry *entry = import (f, dir, NULL);

  g_assert_true (ql_model_store_get_default (f->store) == nth (f, 0));
  g_assert_true (ql_model_entry_is_default (nth (f, 0)));
  ql_model_store_set_default (f->store, entry);
  g_assert_true (ql_model_store_get_default (f->store) == entry);
  g_assert_true (ql_model_entry_is_default (entry));
  g_assert_false (ql_model_entry_is_default (nth (f, 0)));
  ql_model_store_remove (f->store, entry);
  g_assert_true (ql_model_store_get_default (f->store) == nth (f, 0));
}

/* Undone, it is as if it had never been removed. */
static void
test_restore (Fixture *f, gconstpointer data)
{
  g_autofree char *first = make_model (f, "first");
  g_autofree char *second = make_model (f, "second");
  g_autoptr (QlModelEntry) entry = g_object_ref (import (f, first, NULL));

  import (f, second, NULL);
  verify (f, entry, NULL);
  ql_model_store_set_default (f->store, entry);
  g_assert_false (ql_model_store_restore (f->store, entry));
  ql_model_store_remove (f->store, entry);
  g_assert_false (ql_model_entry_is_default (entry));
  g_assert_true (ql_model_store_restore (f->store, entry));
  g_assert_true (nth (f, 2) == entry);
  g_assert_true (ql_model_store_get_default (f->store) == entry);
  g_assert_true (ql_model_entry_is_default (entry));
  put (first, "merges.txt", "other");
  g_assert_false (verify (f, entry, NULL)); /* its sums are known still */

  /* another was chosen since: that counts */
  ql_model_store_remove (f->store, entry);
  ql_model_store_set_default (f->store, nth (f, 2));
  g_assert_true (ql_model_store_restore (f->store, entry));
  g_assert_cmpstr (ql_model_entry_get_dir (ql_model_store_get_default (f->store)), ==, second);

  /* and so does the same folder, added again */
  ql_model_store_remove (f->store, entry);
  put (first, "merges.txt", "#version: 0.2\n");
  g_assert_nonnull (import (f, first, NULL));
  g_assert_false (ql_model_store_restore (f->store, entry));
  close_store (f);
  open_store (f);
  g_assert_cmpuint (n_models (f), ==, 4);
}

/* What somebody else found out on opening a folder. */
static void
test_outcome (Fixture *f, gconstpointer data)
{
  g_autofree char *dir = make_model (f, "model");
  g_autoptr (GError) error = g_error_new_literal (B2_ERROR, B2_ERROR_FORMAT, "bad");
  QlModelEntry *entry = import (f, dir, NULL);
  g_autoptr (QlModelFacts) facts = ql_model_facts_copy (ql_model_entry_get_facts (entry));

  ql_model_store_take_outcome (f->store, dir, NULL, error);
  g_assert_cmpint (ql_model_entry_get_state (entry), ==, QL_MODEL_BROKEN);
  g_assert_cmpstr (ql_model_entry_get_error (entry)->message, ==, "bad");
  ql_model_store_take_outcome (f->store, dir, facts, NULL);
  g_assert_cmpint (ql_model_entry_get_state (entry), ==, QL_MODEL_SOUND);
  ql_model_store_take_outcome (f->store, f->root, facts, NULL); /* not in the list: nothing to tell */
}

static void
test_names (void)
{
  static const struct
  {
    const char *dir, *name;
  } cases[] = {
    { "/a/blip2", "blip2" },
    { "/a/blip2/", "blip2" },
    { "/usr/share/qlens/models/qlens-demo-opt", "Demo model" },
    { "/usr/share/qlens/models/qlens-demo-itm", "Demo model for matching" },
    { "/c/hub/models--Salesforce--blip2-opt-2.7b/snapshots/51572668", "blip2-opt-2.7b" },
    { "/c/models--local/snapshots/1", "local" },
    { "/c/models--/snapshots/1", "1" },
    { "/c/models--a--b/other/1", "1" },
    { "snapshots/1", "1" },
    { "/a/\377", "\357\277\275" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *name = ql_model_name (cases[i].dir);
      g_assert_cmpstr (name, ==, cases[i].name);
    }
}

static void
test_default_in_settings (Fixture *f, gconstpointer data)
{
  g_autofree char *compiled = g_build_filename (g_getenv ("QLENS_BUILD"), "data", NULL);
  g_autoptr (GSettingsSchemaSource) source
      = g_settings_schema_source_new_from_directory (compiled, NULL, FALSE, NULL);
  g_autoptr (GSettingsSchema) schema = NULL;
  g_autoptr (GSettings) settings = NULL;
  g_autofree char *chosen = NULL;

  if (source == NULL)
    {
      g_test_skip ("no compiled schema in this build");
      return;
    }
  schema = g_settings_schema_source_lookup (source, "io.github.qlens.Qlens", FALSE);
  settings = g_settings_new_full (schema, NULL, NULL);
  close_store (f);
  f->store = ql_model_store_new (f->config, settings);
  g_assert_true (ql_model_store_get_default (f->store) == nth (f, 0));
  ql_model_store_set_default (f->store, nth (f, 1));
  chosen = g_settings_get_string (settings, "default-model");
  g_assert_cmpstr (chosen, ==, "demo:qlens-demo-itm");
  g_settings_set_string (settings, "default-model", "file:///gone");
  g_assert_true (ql_model_store_get_default (f->store) == nth (f, 0));
  g_assert_true (ql_model_entry_is_default (nth (f, 0)));
  g_settings_reset (settings, "default-model");
}

/* ---- models.json ------------------------------------------------------------------------------- */

static void
rewrite (Fixture *f, const char *text)
{
  close_store (f);
  g_assert_true (g_file_set_contents (f->path, text, -1, NULL));
  open_store (f);
}

static void
test_newer_file (Fixture *f, gconstpointer data)
{
  const char *newer = "{\"format\": \"qlens-models\", \"version\": 2, \"wonders\": [1, 2, 3]}";
  g_autofree char *dir = make_model (f, "model");
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  rewrite (f, newer);
  g_assert_nonnull (strstr (ql_model_store_get_problem (f->store), "newer"));
  g_assert_nonnull (import (f, dir, NULL));
  g_assert_cmpuint (n_models (f), ==, 3);
  g_assert_false (ql_model_store_flush (f->store, &error));
  close_store (f);
  g_assert_cmpint (f->n_problems, >, 0);
  g_assert_true (g_file_get_contents (f->path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, newer);
  open_store (f);
}

static void
test_damaged_file (Fixture *f, gconstpointer data)
{
  static const char *const damaged[]
      = { "", "{", "[]", "{\"format\": \"other\", \"version\": 1, \"models\": []}",
          "{\"format\":\"qlens-models\",\"version\":1,\"models\":{}}" };
  g_autofree char *aside = g_strconcat (f->path, ".damaged", NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (damaged); i++)
    {
      g_autofree char *text = NULL;

      rewrite (f, damaged[i]);
      g_assert_nonnull (strstr (ql_model_store_get_problem (f->store), f->path));
      g_assert_cmpuint (n_models (f), ==, 2);
      g_assert_true (ql_model_store_flush (f->store, NULL));
      g_assert_true (g_file_get_contents (aside, &text, NULL, NULL));
      g_assert_cmpstr (text, ==, damaged[i]);
      g_remove (aside);
    }
}

/* Bad entries are left out; what this version does not know stays. */
static void
test_odd_entries (Fixture *f, gconstpointer data)
{
  g_autofree char *text = NULL;

  rewrite (f,
           "{\"format\":\"qlens-models\",\"version\":1,\"later\":true,\"models\":["
           "7, {}, {\"uri\":\"https://example.invalid/\"}, {\"uri\":5},"
           "{\"uri\":\"file:///a/model\",\"note\":\"mine\",\"facts\":[],\"sha256\":{\"../x\":\"1\",\"y\":2},"
           "\"verification\":{\"outcome\":\"wonderful\"}},"
           "{\"uri\":\"file:///a/model\"}]}");
  g_assert_null (ql_model_store_get_problem (f->store));
  g_assert_cmpuint (n_models (f), ==, 3);
  g_assert_cmpstr (ql_model_entry_get_dir (nth (f, 2)), ==, "/a/model");
  g_assert_null (ql_model_entry_get_facts (nth (f, 2)));
  g_assert_cmpint (ql_model_entry_get_verification (nth (f, 2)), ==, QL_VERIFICATION_NONE);
  g_assert_true (ql_model_store_flush (f->store, NULL));
  g_assert_true (g_file_get_contents (f->path, &text, NULL, NULL));
  g_assert_nonnull (strstr (text, "\"note\": \"mine\""));
  g_assert_nonnull (strstr (text, "\"later\": true"));
}

static void
test_unwritable (Fixture *f, gconstpointer data)
{
  g_autofree char *dir = make_model (f, "model");
  g_autoptr (GError) error = NULL;

  put (f->root, "config", "a file where the folder should be");
  g_assert_nonnull (import (f, dir, NULL));
  while (f->n_problems == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_nonnull (strstr (ql_model_store_get_problem (f->store), f->config));
  g_assert_cmpuint (n_models (f), ==, 3); /* it can be used nevertheless */
  g_assert_false (ql_model_store_flush (f->store, &error));
}

/* ---- verification --------------------------------------------------------------------------------- */

static void
test_first_seen (Fixture *f, gconstpointer data)
{
  g_autofree char *dir = make_model (f, "model");
  g_autofree char *vocab = g_build_filename (dir, "vocab.json", NULL);
  g_autoptr (GError) error = NULL;
  QlModelEntry *entry = import (f, dir, NULL);

  g_assert_cmpint (ql_model_entry_get_verification (entry), ==, QL_VERIFICATION_NONE);
  g_assert_true (verify (f, entry, &error));
  g_assert_cmpint (ql_model_entry_get_verification (entry), ==, QL_VERIFICATION_FIRST_SEEN);
  g_assert_cmpint (ql_model_entry_get_verified_at (entry), >, 0);

  close_store (f);
  open_store (f);
  entry = nth (f, 2);
  g_assert_cmpint (ql_model_entry_get_verification (entry), ==, QL_VERIFICATION_FIRST_SEEN);
  g_assert_true (verify (f, entry, &error));
  g_assert_cmpint (ql_model_entry_get_verification (entry), ==, QL_VERIFICATION_SOUND);

  put (dir, "merges.txt", "other");
  put (dir, "vocab.txt", "new");
  g_remove (vocab);
  g_assert_false (verify (f, entry, &error));
  g_assert_no_error (error);
  g_assert_cmpint (ql_model_entry_get_verification (entry), ==, QL_VERIFICATION_CHANGED);
  g_assert_cmpstr (ql_model_entry_get_verification_text (entry), ==,
                   "Changed: merges.txt. Missing: vocab.json. New: vocab.txt.");
  g_assert_false (verify (f, entry, &error)); /* and it stays so */

  g_assert_true (ql_model_store_accept (f->store, entry));
  g_assert_false (ql_model_store_accept (f->store, entry));
  g_assert_true (verify (f, entry, &error));
  g_assert_cmpint (ql_model_entry_get_verification (entry), ==, QL_VERIFICATION_SOUND);
}

static void
test_sums_file (Fixture *f, gconstpointer data)
{
  g_autofree char *dir = make_model (f, "model");
  g_autofree char *path
      = g_build_filename (g_getenv ("QLENS_SRC"), "data/models/qlens-demo-opt/SHA256SUMS", NULL);
  g_autofree char *text = NULL;
  g_autofree char *wrong = NULL;
  g_autoptr (GError) error = NULL;
  QlModelEntry *entry = import (f, dir, NULL);

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  put (dir, "SHA256SUMS", "0123  config.json\n");
  g_assert_false (verify (f, entry, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  g_assert_nonnull (strstr (error->message, "line 1"));
  g_assert_cmpint (ql_model_entry_get_verification (entry), ==, QL_VERIFICATION_FAILED);

  wrong = g_strdup (text);
  wrong[0] = wrong[0] == '0' ? '1' : '0';
  put (dir, "SHA256SUMS", wrong);
  g_assert_false (verify (f, entry, NULL));
  g_assert_true (g_str_has_prefix (ql_model_entry_get_verification_text (entry), "Changed: "));

  put (dir, "SHA256SUMS", text);
  g_assert_true (verify (f, entry, NULL));
  g_assert_cmpint (ql_model_entry_get_verification (entry), ==, QL_VERIFICATION_SOUND);
  put (dir, "SHA256SUMS", wrong); /* who can change a file can change the list: what was seen counts */
  g_assert_true (verify (f, entry, NULL));
}

static void
grow_cb (guint64 done, guint64 total, gpointer data)
{
  guint64 *last = data;

  g_assert_cmpuint (done, >, *last);
  g_assert_cmpuint (done, <=, total);
  *last = done;
}

static void
cancel_cb (guint64 done, guint64 total, gpointer data)
{
  g_cancellable_cancel (data);
}

static void
test_check (Fixture *f, gconstpointer data)
{
  g_autofree char *dir = make_model (f, "model");
  g_autofree char *pipe_path = g_build_filename (dir, "spiece.model", NULL);
  g_autofree char *empty = g_build_filename (f->root, "empty", NULL);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  QlModelCheck *check;
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  guint64 last = 0;

  g_assert_cmpint (mkfifo (pipe_path, 0600), ==, 0); /* reading it would never end */
  check = ql_model_check_run (dir, NULL, grow_cb, &last, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (check->first_seen);
  g_assert_cmpuint (last, >, 10 * 1000 * 1000);
  g_assert_null (g_hash_table_lookup (check->sums, "spiece.model"));
  g_assert_false (ql_sha256_file (pipe_path, checksum, NULL, NULL, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE);
  g_clear_error (&error);
  ql_model_check_free (check);
  g_assert_null (ql_model_check_run (dir, NULL, cancel_cb, cancellable, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  g_mkdir (empty, 0700);
  g_assert_null (ql_model_check_run (empty, NULL, NULL, NULL, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

static void
test_verify_cancel (Fixture *f, gconstpointer data)
{
  g_autofree char *dir = make_model (f, "model");
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  QlModelEntry *entry = import (f, dir, NULL);

  g_cancellable_cancel (cancellable);
  ql_model_store_verify_async (f->store, entry, cancellable, result_cb, f);
  g_assert_cmpint (ql_model_entry_get_verification (entry), ==, QL_VERIFICATION_RUNNING);
  wait_result (f);
  g_assert_false (ql_model_store_verify_finish (f->store, f->result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  g_clear_object (&f->result);
  g_assert_cmpint (ql_model_entry_get_verification (entry), ==, QL_VERIFICATION_NONE);

  /* whoever sees the entry can stop it */
  ql_model_store_cancel_verify (f->store, entry); /* nothing runs */
  ql_model_store_verify_async (f->store, entry, NULL, result_cb, f);
  ql_model_store_cancel_verify (f->store, entry);
  wait_result (f);
  g_assert_false (ql_model_store_verify_finish (f->store, f->result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  g_clear_object (&f->result);

  /* removing the entry stops it as well */
  ql_model_store_verify_async (f->store, entry, NULL, result_cb, f);
  g_assert_true (ql_model_store_remove (f->store, entry));
  wait_result (f);
  g_assert_false (ql_model_store_verify_finish (f->store, f->result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_object (&f->result);
}

/* ---- small things ------------------------------------------------------------------------------------ */

static void
test_sums (void)
{
#define SUM "0123456789abcdef0123456789ABCDEF0123456789abcdef0123456789abcdef"
  static const char *const good[] = { SUM "  a\n" SUM " *b.json\r\n# note\n\n" SUM "  ./c/d",
                                      SUM "  a\n" SUM "  .hidden\n" SUM "  SHA256SUMS\n" SUM "  ./.git/x" };
  static const char *const bad[] = { "x",
                                     SUM,
                                     SUM "  ",
                                     SUM " a",
                                     "0" SUM "  a",
                                     SUM "  ../a",
                                     SUM "  /a",
                                     SUM "  a\n" SUM "  a",
                                     SUM "  a/../b",
                                     SUM "  a\tb",
                                     SUM "  a\\b",
                                     "g123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef  a" };
  g_autoptr (GHashTable) sums = NULL;
  g_autofree char *text = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GHashTable) parsed = ql_model_sums_parse (good[i], strlen (good[i]), "S", &error);

      g_assert_no_error (error);
      g_assert_cmpuint (g_hash_table_size (parsed), ==, i == 0 ? 3 : 1);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (ql_model_sums_parse (bad[i], strlen (bad[i]), "S", &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
    }
  sums = ql_model_sums_parse (good[0], strlen (good[0]), "S", NULL);
  text = ql_model_sums_format (sums);
  g_assert_true (g_str_has_prefix (text, "0123456789abcdef0123456789abcdef0123"));
  g_assert_nonnull (strstr (text, "  b.json\n"));
  g_assert_null (ql_model_sums_parse ("\0", 1, "S", NULL));
#undef SUM
}

static void
test_memory (void)
{
  g_assert_cmpuint (ql_free_memory_parse ("MemTotal: 5 kB\nMemAvailable:   1234 kB\nX: 1 kB\n"), ==,
                    1234 * 1024);
  g_assert_cmpuint (ql_free_memory_parse ("MemAvailable: 7 kB\n"), ==, 7 * 1024);
  g_assert_cmpuint (ql_free_memory_parse (""), ==, 0);
  g_assert_cmpuint (ql_free_memory_parse ("NoMemAvailable: 1 kB\n"), ==, 0);
  g_assert_cmpuint (ql_free_memory_parse ("\nMemAvailable: -1 kB\n"), ==, 0);
  g_assert_cmpuint (ql_free_memory_parse ("\nMemAvailable: 1"), ==, 0);
  g_assert_cmpuint (ql_free_memory_parse ("\nMemAvailable: 99999999999999999999999 kB\n"), ==, 0);
  g_assert_cmpuint (ql_free_memory (), >, 1024 * 1024);
}

/* Runs last: nothing above, and nothing here, opened a socket that leaves this computer. */
static void
test_no_network (Fixture *f, gconstpointer data)
{
  g_autoptr (QlHubDownload) download = ql_hub_download_new ("Salesforce/blip2-opt-2.7b", f->root, NULL);
  g_autofree char *dir = ql_hub_download_default_dir ("Salesforce/blip2-opt-2.7b");
  g_autofree char *model = make_model (f, "model");
  QlModelEntry *entry = import (f, model, NULL);
  int control;
  gsize n;

  g_assert_true (verify (f, entry, NULL));
  ql_model_store_set_default (f->store, entry);
  ql_model_store_remove (f->store, entry);
  g_assert_nonnull (ql_hub_repositories (&n));
  ql_hub_download_get_progress (download);
  ql_hub_download_pause (download);
  ql_hub_download_cancel (download);
  ql_hub_download_discard (download);
  while (ql_hub_download_get_state (download) != QL_HUB_IDLE)
    g_main_context_iteration (NULL, TRUE);
  g_assert_false (g_file_test (dir, G_FILE_TEST_EXISTS));
  g_assert_cmpint (g_atomic_int_get (&n_sockets), ==, 0);

  /* and the counter counts, in libraries too */
  control = socket (AF_INET, SOCK_STREAM, 0);
  close (control);
  g_assert_cmpint (g_atomic_int_get (&n_sockets), ==, 1);
  g_clear_object (&download);
  {
    g_autoptr (GSocket) of_gio
        = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);

    g_assert_cmpint (g_atomic_int_get (&n_sockets), ==, 2);
  }
}

static void
test_not_built (void)
{
  g_autoptr (QlHubDownload) download = ql_hub_download_new ("Salesforce/blip2-opt-2.7b", "/nowhere", NULL);
  g_autoptr (GError) error = NULL;

  if (ql_hub_download_is_built ())
    {
      g_test_skip ("this build can download");
      return;
    }
  g_assert_false (ql_hub_download_start (download, &error));
  g_assert_error (error, QL_HUB_ERROR, QL_HUB_ERROR_NOT_BUILT);
  g_assert_cmpint (ql_hub_download_get_state (download), ==, QL_HUB_IDLE);
}

#define ADD(name, function) g_test_add ("/model-store/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_setenv ("GSETTINGS_BACKEND", "memory", TRUE);
  g_setenv ("GIO_USE_VFS", "local", TRUE);
  g_test_init (&argc, &argv, NULL);
  ADD ("demos", test_demos);
  ADD ("import", test_import);
  ADD ("import-cached", test_import_cached);
  ADD ("import-gguf", test_import_gguf);
  ADD ("import-gguf-folder", test_import_gguf_folder);
  ADD ("import-broken", test_import_broken);
  ADD ("import-cancel", test_import_cancel);
  ADD ("refresh-broken", test_refresh_broken);
  ADD ("default", test_default);
  ADD ("restore", test_restore);
  ADD ("outcome", test_outcome);
  ADD ("default-in-settings", test_default_in_settings);
  ADD ("newer-file", test_newer_file);
  ADD ("damaged-file", test_damaged_file);
  ADD ("odd-entries", test_odd_entries);
  ADD ("unwritable", test_unwritable);
  ADD ("first-seen", test_first_seen);
  ADD ("sums-file", test_sums_file);
  ADD ("check", test_check);
  ADD ("verify-cancel", test_verify_cancel);
  g_test_add_func ("/model-store/names", test_names);
  g_test_add_func ("/model-store/sums", test_sums);
  g_test_add_func ("/model-store/memory", test_memory);
  g_test_add_func ("/model-store/not-built", test_not_built);
  ADD ("no-network", test_no_network);
  return g_test_run ();
}

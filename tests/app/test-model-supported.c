/* What a small model was taught, read from its folder. */

#include <string.h>
#include <sys/stat.h>

#include <glib/gstdio.h>

#include "app/model-supported.h"

static const QlSupportedGroup *
find (GPtrArray *groups, const char *title)
{
  for (guint i = 0; groups != NULL && i < groups->len; i++)
    if (strcmp (((QlSupportedGroup *) groups->pdata[i])->title, title) == 0)
      return groups->pdata[i];
  return NULL;
}

static guint
n_words (const QlSupportedGroup *group)
{
  return group != NULL ? group->words->len : 0;
}

static gboolean
has (const QlSupportedGroup *group, const char *word)
{
  return group != NULL && g_ptr_array_find_with_equal_func (group->words, word, g_str_equal, NULL);
}

static void
result_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

static GPtrArray *
load (const char *dir)
{
  g_autoptr (GAsyncResult) result = NULL;

  ql_model_supported_load_async (dir, NULL, result_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return ql_model_supported_load_finish (result);
}

/* All of what the demo model's own list holds, each thing once. */
static void
test_demo (void)
{
  g_autofree char *dir = g_build_filename (g_getenv ("QLENS_SRC"), "data/models/qlens-demo-opt", NULL);
  g_autoptr (GPtrArray) groups = load (dir);
  static const char *const things[]
      = { "Animals", "Plants", "Food", "Vehicles", "Objects", "Shapes", "Buildings", "Sky" };
  guint n = 0;

  g_assert_nonnull (groups);
  for (gsize i = 0; i < G_N_ELEMENTS (things); i++)
    {
      g_assert_cmpuint (n_words (find (groups, things[i])), >, 0);
      n += n_words (find (groups, things[i]));
    }
  g_assert_cmpuint (n, ==, 78); /* as the window says elsewhere */
  g_assert_null (find (groups, "Other things"));
  g_assert_true (has (find (groups, "Animals"), "spider"));
  g_assert_cmpuint (n_words (find (groups, "Colours")), ==, 11);
  g_assert_true (has (find (groups, "Numbers"), "five"));
  g_assert_true (has (find (groups, "How things lie"), "above"));
}

static GPtrArray *
parse (const char *text)
{
  return ql_model_supported_parse (text, strlen (text));
}

static void
test_hostile (void)
{
  static const char *const nothing[] = {
    "",
    "[",
    "[]",
    "7",
    "{}",
    "{\"nouns\": 5, \"colours\": {\"a\": 1}}",
    "{\"nouns\": [5, null, [], {}, {\"name\": 7, \"kind\": \"animal\"}]}",
    "{\"colours\": [\"\", \"a\\nb\", \"\\u202ered\", 3]}",
    "{\"colours\": [\"red\"], \"colours\": [\"red\"]}",
  };
  g_autoptr (GString) large = g_string_new ("{\"counts\": [");
  g_autoptr (GPtrArray) groups = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (nothing); i++)
    g_assert_null (parse (nothing[i]));
  groups = parse ("{\"nouns\": [{\"name\": \"quark\"}, {\"name\": \"gnu\", \"kind\": \"animal\"}, "
                  "{\"name\": \"elf\", \"kind\": \"myth\"}]}");
  g_assert_cmpuint (groups->len, ==, 2);
  g_assert_true (has (find (groups, "Animals"), "gnu"));
  g_assert_cmpuint (n_words (find (groups, "Other things")), ==, 2);
  g_clear_pointer (&groups, g_ptr_array_unref);

  for (int i = 0; i < 1000; i++)
    g_string_append (large, "\"a word\",");
  g_string_append (large, "\"the last\"]}");
  groups = parse (large->str);
  g_assert_cmpuint (n_words (find (groups, "Numbers")), ==, 300);
  while (large->len <= 256 * 1024)
    g_string_append (large, "                                ");
  g_assert_null (parse (large->str));
}

static void
test_folders (void)
{
  g_autofree char *dir = g_dir_make_tmp ("qlens-supported-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (dir, "SUPPORTED.json", NULL);

  g_assert_null (load (dir));
  g_assert_cmpint (mkfifo (path, 0600), ==, 0); /* opening it would never end */
  g_assert_null (load (dir));
  g_remove (path);
  g_mkdir (path, 0700);
  g_assert_null (load (dir));
  g_rmdir (path);
  g_rmdir (dir);
  g_assert_null (load (dir));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/model-supported/demo", test_demo);
  g_test_add_func ("/model-supported/hostile", test_hostile);
  g_test_add_func ("/model-supported/folders", test_folders);
  return g_test_run ();
}

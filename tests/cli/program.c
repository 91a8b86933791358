#include "tests/cli/program.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/wait.h>

char *
program_path (void)
{
  const char *build = g_getenv ("QLENS_BUILD");

  g_assert_nonnull (build);
  return g_build_filename (build, "qlens-cli", NULL);
}

char *
source_path (const char *relative)
{
  const char *root = g_getenv ("QLENS_SRC");

  g_assert_nonnull (root);
  return g_build_filename (root, relative, NULL);
}

static Program *
spawn (char **argv, GSpawnChildSetupFunc setup)
{
  g_autofree char *root = source_path (".");
  Program *self = g_new0 (Program, 1);
  g_autoptr (GError) error = NULL;
  int status;

  g_spawn_sync (root, argv, NULL, G_SPAWN_SEARCH_PATH, setup, NULL, &self->out, &self->err, &status, &error);
  g_assert_no_error (error);
  if (!WIFEXITED (status))
    g_error ("%s ended by signal %d: %s", argv[0], WTERMSIG (status), self->err);
  self->status = WEXITSTATUS (status);
  /* a sanitizer's report is nothing that a test of exit statuses may take for an answer */
  if (strstr (self->err, "Sanitizer") != NULL || strstr (self->err, "runtime error:") != NULL)
    g_error ("%s", self->err);
  return self;
}

Program *
program_runv (const char *const *arguments, GSpawnChildSetupFunc setup)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new_with_free_func (g_free);

  g_ptr_array_add (argv, program_path ());
  for (gsize i = 0; arguments[i] != NULL; i++)
    g_ptr_array_add (argv, g_strdup (arguments[i]));
  g_ptr_array_add (argv, NULL);
  return spawn ((char **) argv->pdata, setup);
}

Program *
program_run (const char *first, ...)
{
  g_autoptr (GPtrArray) arguments = g_ptr_array_new ();
  const char *argument = first;
  va_list args;

  va_start (args, first);
  for (; argument != NULL; argument = va_arg (args, const char *))
    g_ptr_array_add (arguments, (gpointer) argument);
  va_end (args);
  g_ptr_array_add (arguments, NULL);
  return program_runv ((const char *const *) arguments->pdata, NULL);
}

Program *
program_run_shell (const char *command)
{
  g_autofree char *path = program_path ();
  const char *argv[] = { "bash", "-c", command, NULL };

  g_setenv ("QLENS_CLI", path, TRUE);
  return spawn ((char **) argv, NULL);
}

void
program_free (Program *self)
{
  g_free (self->out);
  g_free (self->err);
  g_free (self);
}

json_t *
program_lines (const Program *self)
{
  g_auto (GStrv) lines = g_strsplit (self->out, "\n", -1);
  json_t *array = json_array ();

  for (gsize i = 0; lines[i] != NULL; i++)
    {
      json_error_t error;
      json_t *value;

      if (lines[i][0] == '\0' && lines[i + 1] == NULL)
        break;
      value = json_loads (lines[i], JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
      if (value == NULL || !json_is_object (value))
        g_error ("not a JSON object: “%s” (%s)", lines[i], error.text);
      json_array_append_new (array, value);
    }
  return array;
}

void
program_assert_error (const Program *self, int status, const char *part)
{
  if (self->status != status)
    g_error ("exit status %d, not %d; stdout “%s”, stderr “%s”", self->status, status, self->out, self->err);
  if (!g_str_has_prefix (self->err, "qlens-cli: ") || strchr (self->err, ';') == NULL)
    g_error ("not of the form “qlens-cli: …; …”: “%s”", self->err);
  if (strstr (self->err, part) == NULL)
    g_error ("“%s” is not in: “%s”", part, self->err);
  g_assert_cmpint (strlen (self->err), <, 2000);
}

json_t *
read_json (const char *relative)
{
  g_autofree char *path = g_path_is_absolute (relative) ? g_strdup (relative) : source_path (relative);
  json_error_t error;
  json_t *value = json_load_file (path, JSON_ALLOW_NUL, &error);

  if (value == NULL)
    g_error ("%s: %s", path, error.text);
  return value;
}

char *
scratch_new (void)
{
  g_autoptr (GError) error = NULL;
  char *dir = g_dir_make_tmp ("qlens-test-XXXXXX", &error);

  g_assert_no_error (error);
  return dir;
}

static void
remove_all (const char *path)
{
  if (g_file_test (path, G_FILE_TEST_IS_DIR) && !g_file_test (path, G_FILE_TEST_IS_SYMLINK))
    {
      GDir *dir = g_dir_open (path, 0, NULL);

      for (const char *name; dir != NULL && (name = g_dir_read_name (dir)) != NULL;)
        {
          g_autofree char *child = g_build_filename (path, name, NULL);

          remove_all (child);
        }
      if (dir != NULL)
        g_dir_close (dir);
    }
  g_remove (path);
}

void
scratch_free (char *dir)
{
  remove_all (dir);
  g_free (dir);
}

void
copy_folder (const char *from, const char *to)
{
  g_autoptr (GError) error = NULL;
  GDir *dir = g_dir_open (from, 0, &error);

  g_assert_no_error (error);
  for (const char *name; (name = g_dir_read_name (dir)) != NULL;)
    {
      g_autofree char *source = g_build_filename (from, name, NULL);
      g_autofree char *target = g_build_filename (to, name, NULL);
      g_autofree char *data = NULL;
      gsize n;

      if (g_file_test (source, G_FILE_TEST_IS_DIR))
        continue;
      g_file_get_contents (source, &data, &n, &error);
      g_assert_no_error (error);
      g_file_set_contents (target, data, (gssize) n, &error);
      g_assert_no_error (error);
    }
  g_dir_close (dir);
}

#include "app/model-check.h"

#include <string.h>
#include <sys/stat.h>

#include <glib/gi18n.h>

#include "app/model-files.h"
#include "app/model-sums.h"

#define MAX_NAMED 5

typedef struct
{
  QlCheckProgressFunc report;
  gpointer data;
  guint64 done, total;
} Meter;

void
ql_model_check_free (QlModelCheck *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->sums, g_hash_table_unref);
  g_ptr_array_unref (self->changed);
  g_ptr_array_unref (self->missing);
  g_ptr_array_unref (self->added);
  g_free (self);
}

gboolean
ql_model_check_is_sound (const QlModelCheck *self)
{
  return self->changed->len == 0 && self->missing->len == 0 && self->added->len == 0;
}

static char *
join_names (const GPtrArray *names)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < names->len && i < MAX_NAMED; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? ", " : "", (const char *) names->pdata[i]);
  if (names->len > MAX_NAMED)
    {
      guint more = names->len - MAX_NAMED;

      g_string_append (text, ", ");
      g_string_append_printf (text, ngettext ("and %u more", "and %u more", more), more);
    }
  return g_string_free (text, FALSE);
}

char *
ql_model_check_describe (const QlModelCheck *self)
{
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *changed = join_names (self->changed);
  g_autofree char *missing = join_names (self->missing);
  g_autofree char *added = join_names (self->added);

  if (self->first_seen)
    return g_strdup (_ ("Nothing was known of these files. Their sums are kept and compared next time."));
  if (ql_model_check_is_sound (self))
    return g_strdup (_ ("All files are as expected."));
  if (*changed != '\0')
    g_ptr_array_add (parts, g_strdup_printf (_ ("Changed: %s."), changed));
  if (*missing != '\0')
    g_ptr_array_add (parts, g_strdup_printf (_ ("Missing: %s."), missing));
  if (*added != '\0')
    g_ptr_array_add (parts, g_strdup_printf (_ ("New: %s."), added));
  g_ptr_array_add (parts, NULL);
  return g_strjoinv (" ", (char **) parts->pdata);
}

static void
add_bytes (guint64 n_bytes, gpointer data)
{
  Meter *meter = data;

  meter->done += n_bytes;
  meter->total = MAX (meter->total, meter->done); /* a file that grows meanwhile */
  if (meter->report != NULL)
    meter->report (meter->done, meter->total, meter->data);
}

/* The list beside a GGUF file may have other files of the folder, which are none of its. */
static GHashTable *
keep_only (GHashTable *sums, const char *name)
{
  GHashTable *kept = ql_model_sums_new ();
  const char *sum = g_hash_table_lookup (sums, name);

  if (sum != NULL)
    ql_model_sums_put (kept, name, sum);
  g_hash_table_unref (sums);
  return kept;
}

/* @path: of the model, in @dir or @dir itself */
static GHashTable *
expected_sums (const char *path, const char *dir, GHashTable *recorded, GError **error)
{
  g_autofree char *name = NULL;
  GHashTable *sums;

  if (recorded != NULL && g_hash_table_size (recorded) > 0)
    return g_hash_table_ref (recorded);
  sums = ql_model_sums_load (dir, error);
  if (sums == NULL || strcmp (path, dir) == 0)
    return sums;
  name = g_path_get_basename (path);
  return keep_only (sums, name);
}

static GPtrArray *
names_new (void)
{
  return g_ptr_array_new_with_free_func (g_free);
}

static QlModelCheck *
check_new (GHashTable *expected)
{
  QlModelCheck *self = g_new0 (QlModelCheck, 1);

  self->sums = ql_model_sums_new ();
  self->changed = names_new ();
  self->missing = names_new ();
  self->added = names_new ();
  self->first_seen = g_hash_table_size (expected) == 0;
  return self;
}

/* The files to hash: those on disk that are read, and the expected ones. */
static GPtrArray *
files_to_hash (QlModelCheck *self, const char *path, const char *dir, GHashTable *expected, Meter *meter,
               GError **error)
{
  g_autoptr (GPtrArray) found = ql_model_files_list (path, error);
  g_autoptr (GHashTable) all = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GPtrArray) expected_names = ql_model_sums_names (expected);
  g_autoptr (GPtrArray) names = NULL;

  if (found == NULL)
    return NULL;
  for (guint i = 0; i < found->len; i++)
    g_hash_table_add (all, g_strdup (found->pdata[i]));
  for (guint i = 0; i < expected_names->len; i++)
    g_hash_table_add (all, g_strdup (expected_names->pdata[i]));
  names = ql_model_sums_names (all);
  for (guint i = 0; i < names->len;)
    {
      g_autofree char *file = g_build_filename (dir, names->pdata[i], NULL);
      struct stat status;

      if (stat (file, &status) == 0 && S_ISREG (status.st_mode))
        {
          meter->total += (guint64) status.st_size;
          i++;
        }
      else
        {
          g_ptr_array_add (self->missing, g_strdup (names->pdata[i]));
          g_ptr_array_remove_index (names, i);
        }
    }
  return g_steal_pointer (&names);
}

static gboolean
check_file (QlModelCheck *self, const char *dir, const char *name, GHashTable *expected, Meter *meter,
            GCancellable *cancellable, GError **error)
{
  g_autofree char *path = g_build_filename (dir, name, NULL);
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  const char *wanted = g_hash_table_lookup (expected, name);

  if (!ql_sha256_file (path, checksum, add_bytes, meter, cancellable, error))
    return FALSE;
  ql_model_sums_put (self->sums, name, g_checksum_get_string (checksum));
  if (wanted == NULL && !self->first_seen)
    g_ptr_array_add (self->added, g_strdup (name));
  else if (wanted != NULL && strcmp (wanted, g_checksum_get_string (checksum)) != 0)
    g_ptr_array_add (self->changed, g_strdup (name));
  return TRUE;
}

QlModelCheck *
ql_model_check_run (const char *path, GHashTable *recorded, QlCheckProgressFunc progress, gpointer data,
                    GCancellable *cancellable, GError **error)
{
  g_autofree char *dir = ql_model_files_folder (path);
  g_autoptr (GHashTable) expected = expected_sums (path, dir, recorded, error);
  g_autoptr (QlModelCheck) self = NULL;
  g_autoptr (GPtrArray) names = NULL;
  Meter meter = { progress, data, 0, 0 };

  if (expected == NULL)
    return NULL;
  self = check_new (expected);
  names = files_to_hash (self, path, dir, expected, &meter, error);
  if (names == NULL)
    return NULL;
  for (guint i = 0; i < names->len; i++)
    if (!check_file (self, dir, names->pdata[i], expected, &meter, cancellable, error))
      return NULL;
  return g_steal_pointer (&self);
}

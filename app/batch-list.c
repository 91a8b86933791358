#include "app/batch-list.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/image-format.h"

/* What a batch writes: "BMX rider on a ramp" in a .txt begins like a bitmap. */
static const char *const own_suffixes[] = { ".txt", ".xmp", ".csv", ".jsonl", ".json" };

typedef struct
{
  const QlBatchListOptions *options;
  GCancellable *cancellable;
  QlBatchList *list;
  GHashTable *folders; /* device:inode of those entered */
  GHashTable *files; /* real paths */
  GPtrArray *waiting; /* of char *: folders, the next one last */
  guint n_entries;
  guint n_found; /* pictures, before it is known whether two of them are one */
} Collector;

typedef struct
{
  char *path;
  char *key; /* sorts naturally */
} Entry;

void
ql_batch_list_free (QlBatchList *self)
{
  g_ptr_array_unref (self->paths);
  g_ptr_array_unref (self->problems);
  g_free (self->folder);
  g_free (self);
}

static void
entry_clear (gpointer data)
{
  Entry *self = data;

  g_free (self->path);
  g_free (self->key);
}

static int
compare_entries (gconstpointer a, gconstpointer b)
{
  const Entry *x = a, *y = b;
  int order = strcmp (x->key, y->key);

  return order != 0 ? order : strcmp (x->path, y->path);
}

static void
tell_progress (const Collector *self)
{
  QlBatchListProgress *progress = self->options->progress;

  if (progress == NULL)
    return;
  g_atomic_int_set (&progress->n_entries, (int) self->n_entries);
  g_atomic_int_set (&progress->n_pictures, (int) self->n_found);
}

static gboolean
check_limits (const Collector *self, GError **error)
{
  guint max_pictures
      = self->options->max_pictures > 0 ? self->options->max_pictures : QL_BATCH_LIST_MAX_PICTURES;
  guint max_entries = self->options->max_entries > 0 ? self->options->max_entries : QL_BATCH_LIST_MAX_ENTRIES;

  tell_progress (self);
  if (g_cancellable_set_error_if_cancelled (self->cancellable, error))
    return FALSE;
  if (self->list->paths->len > max_pictures)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
                 _ ("there are more than %u pictures; take a smaller folder at a time"), max_pictures);
  else if (self->n_entries > max_entries)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
                 _ ("there are more than %u files; take a smaller folder at a time"), max_entries);
  else
    return TRUE;
  return FALSE;
}

static void
add_problem (Collector *self, const char *path, int number)
{
  g_autofree char *name = g_filename_display_name (path);

  g_ptr_array_add (self->list->problems,
                   g_strdup_printf (_ ("%s: the folder could not be read (%s); check its permissions"), name,
                                    g_strerror (number)));
}

/* @real_dir: (nullable): of its folder, known to be real */
static void
add_picture (Collector *self, const char *path, const char *real_dir, gboolean is_link)
{
  g_autofree char *real = NULL;

  if (real_dir != NULL && !is_link)
    real = g_build_filename (real_dir, strrchr (path, G_DIR_SEPARATOR) + 1, NULL);
  else
    {
      char *resolved = realpath (path, NULL);

      real = resolved != NULL ? g_strdup (resolved) : g_canonicalize_filename (path, NULL);
      free (resolved);
    }
  if (g_hash_table_add (self->files, g_steal_pointer (&real)))
    g_ptr_array_add (self->list->paths, g_strdup (path));
}

static gboolean
is_own (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (own_suffixes); i++)
    {
      gsize n = strlen (own_suffixes[i]), n_name = strlen (name);

      if (n_name >= n && g_ascii_strcasecmp (name + n_name - n, own_suffixes[i]) == 0)
        return TRUE;
    }
  return FALSE;
}

/* One that may not be read is told by its name: the picture will fail, and say why. */
static gboolean
is_picture (int dir_fd, const char *name)
{
  guint8 head[QL_IMAGE_FORMAT_HEAD_BYTES];
  const QlImageFormat *format = NULL;
  struct stat info;
  gssize n;
  int fd;

  if (is_own (name))
    return FALSE;
  fd = openat (dir_fd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0)
    {
      g_autofree char *type = g_content_type_guess (name, NULL, 0, NULL);

      return errno == EACCES && g_content_type_is_a (type, "image/*");
    }
  if (fstat (fd, &info) == 0 && S_ISREG (info.st_mode))
    {
      do
        n = read (fd, head, sizeof head);
      while (n < 0 && errno == EINTR);
      format = n > 0 ? ql_image_format_of (head, (gsize) n) : NULL;
    }
  close (fd);
  return format != NULL && format->readable;
}

static GArray *
entries_new (void)
{
  GArray *entries = g_array_new (FALSE, FALSE, sizeof (Entry));

  g_array_set_clear_func (entries, entry_clear);
  return entries;
}

static void
entries_add (GArray *entries, const char *dir, const char *name)
{
  g_autofree char *shown = g_filename_display_name (name);
  Entry entry = { g_build_filename (dir, name, NULL), g_utf8_collate_key_for_filename (shown, -1) };

  g_array_append_val (entries, entry);
}

/* The folder's own pictures first, then its folders, each with all that is in it. */
static gboolean
read_folder (Collector *self, const char *dir, DIR *stream, GError **error)
{
  g_autoptr (GArray) files = entries_new ();
  g_autoptr (GArray) folders = entries_new ();
  char *real_dir = realpath (dir, NULL);
  const struct dirent *item;
  gboolean ok = TRUE;

  while (ok && (item = readdir (stream)) != NULL)
    {
      struct stat info;

      if (item->d_name[0] == '.')
        continue;
      self->n_entries++;
      ok = check_limits (self, error);
      if (!ok || fstatat (dirfd (stream), item->d_name, &info, 0) != 0)
        continue;
      if (S_ISDIR (info.st_mode) && self->options->recursive)
        entries_add (folders, dir, item->d_name);
      else if (S_ISREG (info.st_mode) && is_picture (dirfd (stream), item->d_name))
        {
          entries_add (files, dir, item->d_name);
          self->n_found++;
        }
      else if (S_ISREG (info.st_mode))
        self->list->n_other++;
    }
  g_array_sort (files, compare_entries);
  g_array_sort (folders, compare_entries);
  for (guint i = 0; ok && i < files->len; i++)
    {
      const char *path = g_array_index (files, Entry, i).path;
      struct stat info;

      add_picture (self, path, real_dir, lstat (path, &info) != 0 || S_ISLNK (info.st_mode));
      ok = check_limits (self, error);
    }
  for (guint i = folders->len; ok && i-- > 0;)
    g_ptr_array_add (self->waiting, g_strdup (g_array_index (folders, Entry, i).path));
  free (real_dir);
  return ok;
}

static gboolean
enter_folder (Collector *self, const char *dir, GError **error)
{
  DIR *stream = opendir (dir);
  struct stat info;
  gboolean ok = TRUE;

  if (stream == NULL)
    {
      add_problem (self, dir, errno);
      return TRUE;
    }
  if (fstat (dirfd (stream), &info) == 0)
    {
      char *id = g_strdup_printf ("%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT, (guint64) info.st_dev,
                                  (guint64) info.st_ino);

      if (g_hash_table_add (self->folders, id))
        ok = read_folder (self, dir, stream, error);
    }
  closedir (stream);
  return ok;
}

static gboolean
collect_all (Collector *self, const char *const *names, guint n_names, GError **error)
{
  for (guint i = 0; i < n_names; i++)
    {
      if (!g_file_test (names[i], G_FILE_TEST_IS_DIR))
        {
          add_picture (self, names[i], NULL, FALSE);
          self->n_found++;
          if (!check_limits (self, error))
            return FALSE;
          continue;
        }
      if (self->list->folder == NULL)
        {
          g_autofree char *inside = g_build_filename (names[i], ".", NULL);

          self->list->folder = g_path_get_dirname (inside); /* without a slash at its end */
        }
      g_ptr_array_add (self->waiting, g_strdup (names[i]));
      while (self->waiting->len > 0)
        {
          g_autofree char *dir = g_ptr_array_steal_index (self->waiting, self->waiting->len - 1);

          if (!check_limits (self, error) || !enter_folder (self, dir, error))
            return FALSE;
        }
    }
  return TRUE;
}

static void
compare_folders (QlBatchList *list)
{
  if (list->folder == NULL && list->paths->len > 0)
    list->folder = g_path_get_dirname (list->paths->pdata[0]);
  for (guint i = 0; i < list->paths->len && !list->several_folders; i++)
    {
      g_autofree char *dir = g_path_get_dirname (list->paths->pdata[i]);

      list->several_folders = !g_str_equal (dir, list->folder);
    }
}

QlBatchList *
ql_batch_list_collect (const char *const *names, guint n_names, const QlBatchListOptions *options,
                       GCancellable *cancellable, GError **error)
{
  static const QlBatchListOptions defaults;
  g_autoptr (QlBatchList) list = g_new0 (QlBatchList, 1);
  Collector self
      = { .options = options != NULL ? options : &defaults, .cancellable = cancellable, .list = list };
  gboolean ok;

  list->paths = g_ptr_array_new_with_free_func (g_free);
  list->problems = g_ptr_array_new_with_free_func (g_free);
  self.folders = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self.files = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self.waiting = g_ptr_array_new_with_free_func (g_free);
  ok = collect_all (&self, names, n_names, error);
  compare_folders (list);
  g_hash_table_unref (self.folders);
  g_hash_table_unref (self.files);
  g_ptr_array_unref (self.waiting);
  return ok ? g_steal_pointer (&list) : NULL;
}

typedef struct
{
  char **names;
  QlBatchListOptions options;
} Request;

static void
request_free (gpointer data)
{
  Request *self = data;

  g_strfreev (self->names);
  g_free (self);
}

static void
collect_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Request *request = data;
  GError *error = NULL;
  QlBatchList *list
      = ql_batch_list_collect ((const char *const *) request->names, g_strv_length (request->names),
                               &request->options, cancellable, &error);

  if (list != NULL)
    g_task_return_pointer (task, list, (GDestroyNotify) ql_batch_list_free);
  else
    g_task_return_error (task, error);
}

void
ql_batch_list_collect_async (const char *const *names, const QlBatchListOptions *options,
                             GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, data);
  Request *request = g_new0 (Request, 1);

  request->names = g_strdupv ((char **) names);
  if (options != NULL)
    request->options = *options;
  g_task_set_source_tag (task, ql_batch_list_collect_async);
  g_task_set_task_data (task, request, request_free);
  g_task_run_in_thread (task, collect_thread);
}

QlBatchList *
ql_batch_list_collect_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, ql_batch_list_collect_async), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

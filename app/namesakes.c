#include "app/namesakes.h"

#include <dirent.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* Of pictures that share "picture.txt" with one another. */
static const char *const extensions[]
    = { "png",  "jpg",  "jpeg", "gif", "webp", "tif", "tiff", "bmp", "ico", "avif",
        "heic", "heif", "jxl",  "svg", "pbm",  "pgm", "ppm",  "pnm", "jpe", "jfif" };

/* What asking about one picture costs without the list. */
#define N_CALLS (2 * G_N_ELEMENTS (extensions))
/* A folder that changed later than this before it was listed may change again without showing it:
 * some file systems count in steps of two seconds. */
#define SETTLED_S 3
/* A larger folder is not worth the memory. */
#define MAX_ENTRIES (1024 * 1024)

struct QlNamesakes
{
  char *dir;
  struct stat info; /* of the folder, before it was listed */
  GHashTable *counts; /* stem, folded -> how many pictures; NULL: not listed */
  gsize n_entries;
  gsize n_spent; /* calls made since, for want of a list that holds */
};

QlNamesakes *
ql_namesakes_new (void)
{
  return g_new0 (QlNamesakes, 1);
}

void
ql_namesakes_free (QlNamesakes *self)
{
  g_free (self->dir);
  g_clear_pointer (&self->counts, g_hash_table_unref);
  g_free (self);
}

/* ---- asking the file system ------------------------------------------------------------ */

/* Not itself under another spelling, on a file system that does not tell "png" from "PNG". */
static gboolean
is_other_file (const char *path, const struct stat *picture)
{
  struct stat info;

  return stat (path, &info) == 0 && (info.st_dev != picture->st_dev || info.st_ino != picture->st_ino);
}

static gboolean
ask (const char *picture, const char *stem)
{
  struct stat info = { 0 };

  if (stat (picture, &info) != 0)
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (extensions); i++)
    {
      g_autofree char *upper = g_ascii_strup (extensions[i], -1);
      g_autofree char *a = g_strconcat (stem, ".", extensions[i], NULL);
      g_autofree char *b = g_strconcat (stem, ".", upper, NULL);

      if (is_other_file (a, &info) || is_other_file (b, &info))
        return TRUE;
    }
  return FALSE;
}

/* ---- the list --------------------------------------------------------------------------- */

/* The same for whatever some file system takes for the same name; if it is for more, that costs time only. */
static char *
fold (const char *name, gssize n_bytes)
{
  g_autofree char *copy = n_bytes < 0 ? g_strdup (name) : g_strndup (name, (gsize) n_bytes);
  g_autofree char *normal = NULL;

  if (g_str_is_ascii (copy))
    return g_ascii_strdown (copy, -1);
  normal = g_utf8_normalize (copy, -1, G_NORMALIZE_ALL);
  return normal != NULL ? g_utf8_casefold (normal, -1) : g_steal_pointer (&copy);
}

static gboolean
has_picture_extension (const char *dot)
{
  for (gsize i = 0; i < G_N_ELEMENTS (extensions); i++)
    if (g_ascii_strcasecmp (dot + 1, extensions[i]) == 0)
      return TRUE;
  return FALSE;
}

static void
forget (QlNamesakes *self)
{
  g_clear_pointer (&self->counts, g_hash_table_unref);
  self->n_entries = self->n_spent = 0;
}

static void
list_folder (QlNamesakes *self, const struct stat *info)
{
  DIR *stream = opendir (self->dir);
  const struct dirent *item;

  forget (self);
  if (stream == NULL)
    return;
  self->info = *info;
  self->counts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  while ((item = readdir (stream)) != NULL && self->n_entries++ < MAX_ENTRIES)
    {
      const char *dot = strrchr (item->d_name, '.');

      if (dot != NULL && dot != item->d_name && has_picture_extension (dot))
        {
          char *stem = fold (item->d_name, dot - item->d_name);
          guint n = GPOINTER_TO_UINT (g_hash_table_lookup (self->counts, stem));

          g_hash_table_insert (self->counts, stem, GUINT_TO_POINTER (n + 1));
        }
    }
  if (item != NULL)
    g_clear_pointer (&self->counts, g_hash_table_unref);
  closedir (stream);
}

static gboolean
same_time (const struct timespec *a, const struct timespec *b)
{
  return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static gboolean
holds (const QlNamesakes *self, const struct stat *now)
{
  return self->counts != NULL && self->info.st_dev == now->st_dev && self->info.st_ino == now->st_ino
         && same_time (&self->info.st_mtim, &now->st_mtim) && same_time (&self->info.st_ctim, &now->st_ctim);
}

/* Listing must pay: the calls made without a list would have paid for one by now. So a folder
 * that changes at every picture, as it does while captions are written, is not listed each time. */
static gboolean
is_listed (QlNamesakes *self, const char *picture)
{
  g_autofree char *dir = g_path_get_dirname (picture);
  struct stat now;

  if (g_strcmp0 (dir, self->dir) != 0)
    {
      g_free (self->dir);
      self->dir = g_steal_pointer (&dir);
      forget (self);
      self->n_spent = N_CALLS;
      return FALSE;
    }
  if (stat (self->dir, &now) != 0)
    return FALSE;
  if (holds (self, &now))
    return TRUE;
  if (self->n_spent >= MAX (self->n_entries, N_CALLS) && now.st_mtim.tv_sec + SETTLED_S < time (NULL))
    {
      list_folder (self, &now);
      return self->counts != NULL;
    }
  self->n_spent += N_CALLS;
  return FALSE;
}

gboolean
ql_namesakes_has (QlNamesakes *self, const char *picture, const char *stem)
{
  const char *base = strrchr (stem, G_DIR_SEPARATOR);
  const char *dot = picture + strlen (stem);
  guint n_itself = has_picture_extension (dot) ? 1 : 0;
  g_autofree char *key = NULL;

  if (self == NULL || !is_listed (self, picture))
    return ask (picture, stem);
  key = fold (base != NULL ? base + 1 : stem, -1);
  return GPOINTER_TO_UINT (g_hash_table_lookup (self->counts, key)) > n_itself && ask (picture, stem);
}

#include "app/caption-sidecar.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/file-replace.h"
#include "app/xmp-description.h"

char *
ql_caption_sidecar_path (QlSidecar kind, const char *picture, QlNamesakes *known)
{
  const char *base = strrchr (picture, G_DIR_SEPARATOR);
  const char *dot;
  g_autofree char *stem = NULL;

  if (kind == QL_SIDECAR_XMP)
    return g_strconcat (picture, ".xmp", NULL);
  base = base != NULL ? base + 1 : picture;
  dot = strrchr (base, '.');
  if (dot == NULL || dot == base)
    return g_strconcat (picture, ".txt", NULL);
  stem = g_strndup (picture, (gsize) (dot - picture));
  /* a picture that is called "notes.txt" is not its own caption */
  if (g_ascii_strcasecmp (dot, ".txt") == 0 || ql_namesakes_has (known, picture, stem))
    return g_strconcat (picture, ".txt", NULL);
  return g_strconcat (stem, ".txt", NULL);
}

static gboolean
set_error (const char *path, const char *why, GError **error)
{
  g_autofree char *name = g_filename_display_basename (path);

  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "%s: %s", name, why);
  return FALSE;
}

static gboolean
read_fd (int fd, const char *path, GString *content, GError **error)
{
  char buffer[4096];
  gssize n;

  while ((n = read (fd, buffer, sizeof buffer)) != 0)
    {
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        {
          ql_file_replace_set_error (path, errno, error);
          return FALSE;
        }
      g_string_append_len (content, buffer, n);
      if (content->len > QL_XMP_MAX_BYTES)
        return set_error (path, _ ("it is too large for a caption; move it away"), error);
    }
  return TRUE;
}

/* Returns: %NULL without an error where there is no such file. */
static GString *
read_existing (const char *path, GError **error)
{
  GString *content;
  struct stat info;
  gboolean ok;
  int fd;

  if (stat (path, &info) != 0 && errno == ENOENT)
    return NULL;
  if (!S_ISREG (info.st_mode))
    {
      set_error (path, _ ("it is not an ordinary file; move it away"), error);
      return NULL;
    }
  fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0)
    {
      ql_file_replace_set_error (path, errno, error);
      return NULL;
    }
  content = g_string_new (NULL);
  ok = read_fd (fd, path, content, error);
  close (fd);
  if (ok)
    return content;
  g_string_free (content, TRUE);
  return NULL;
}

static void
strip_line_end (GString *text)
{
  if (text->len > 0 && text->str[text->len - 1] == '\n')
    g_string_truncate (text, text->len - 1);
  if (text->len > 0 && text->str[text->len - 1] == '\r')
    g_string_truncate (text, text->len - 1);
}

/* Says where: GMarkup knows nothing of files. */
static void
name_file (const char *path, GError **error)
{
  g_autofree char *name = g_filename_display_basename (path);

  g_prefix_error (error, "%s: ", name);
}

gboolean
ql_caption_sidecar_read (QlSidecar kind, const char *path, char **caption, GError **error)
{
  g_autoptr (GError) cause = NULL;
  g_autoptr (GString) content = read_existing (path, &cause);
  gboolean found;

  if (caption != NULL)
    *caption = NULL;
  if (cause != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&cause));
      return FALSE;
    }
  if (content == NULL || content->len == 0)
    return FALSE;
  if (kind == QL_SIDECAR_XMP)
    {
      found = ql_xmp_description_get (content->str, content->len, caption, &cause);
      if (cause != NULL)
        {
          name_file (path, &cause);
          g_propagate_error (error, g_steal_pointer (&cause));
        }
      return found;
    }
  strip_line_end (content);
  if (caption != NULL && content->len <= QL_CAPTION_MAX_BYTES
      && g_utf8_validate (content->str, (gssize) content->len, NULL))
    *caption = g_strdup (content->str);
  return TRUE;
}

/* Whether the last caption of @text, which may have several lines itself, is @last. */
static gboolean
ends_with_caption (const char *text, const char *last)
{
  gsize n_text = strlen (text), n_last = strlen (last);

  return g_str_has_suffix (text, last) && (n_text == n_last || text[n_text - n_last - 1] == '\n');
}

char *
ql_caption_merge (const char *existing, QlCaptionMode mode, const char *old, const char *caption)
{
  if (mode == QL_CAPTION_OVERWRITE || existing == NULL || existing[0] == '\0')
    return g_strdup (caption);
  if (mode == QL_CAPTION_EDIT && old != NULL && ends_with_caption (existing, old))
    {
      g_autofree char *before = g_strndup (existing, strlen (existing) - strlen (old));

      return g_strconcat (before, caption, NULL);
    }
  if (mode == QL_CAPTION_EDIT && ends_with_caption (existing, caption)) /* an earlier try came this far */
    return g_strdup (existing);
  return g_strconcat (existing, "\n", caption, NULL);
}

static gboolean
write_txt (const char *path, const GString *existing, QlCaptionMode mode, const char *old,
           const char *caption, GError **error)
{
  g_autofree char *merged = NULL;
  g_autofree char *line = NULL;

  if (mode != QL_CAPTION_OVERWRITE && existing != NULL && strlen (existing->str) != existing->len)
    return set_error (path, _ ("it is not a text file; move it away"), error);
  merged = ql_caption_merge (existing != NULL ? existing->str : NULL, mode, old, caption);
  line = g_strconcat (merged, "\n", NULL);
  return ql_file_replace_contents (path, line, strlen (line), error);
}

static gboolean
write_xmp (const char *path, const GString *existing, QlCaptionMode mode, const char *old,
           const char *caption, GError **error)
{
  g_autofree char *before = NULL;
  g_autofree char *merged = NULL;
  g_autofree char *xmp = NULL;
  g_autoptr (GError) cause = NULL;

  if (existing == NULL || existing->len == 0)
    xmp = ql_xmp_description_new (caption);
  else
    {
      ql_xmp_description_get (existing->str, existing->len, &before, &cause);
      merged = ql_caption_merge (before, mode, old, caption);
      if (cause == NULL)
        xmp = ql_xmp_description_set (existing->str, existing->len, merged, &cause);
    }
  if (cause != NULL)
    {
      name_file (path, &cause);
      g_propagate_error (error, g_steal_pointer (&cause));
      return FALSE;
    }
  return ql_file_replace_contents (path, xmp, strlen (xmp), error);
}

gboolean
ql_caption_sidecar_write (QlSidecar kind, const char *path, QlCaptionMode mode, const char *old,
                          const char *caption, GError **error)
{
  g_autoptr (GError) cause = NULL;
  g_autoptr (GString) existing = read_existing (path, &cause);

  if (cause != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&cause));
      return FALSE;
    }
  if (existing != NULL && kind == QL_SIDECAR_TXT)
    strip_line_end (existing);
  return kind == QL_SIDECAR_TXT ? write_txt (path, existing, mode, old, caption, error)
                                : write_xmp (path, existing, mode, old, caption, error);
}

#include "app/png-text.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/file-replace.h"

#define SIGNATURE "\x89PNG\r\n\x1a\n"
#define SIGNATURE_BYTES 8
#define KEYWORD "Description"
/* keyword, NUL, not compressed, method 0, no language, no translated keyword */
#define ITXT_HEAD KEYWORD "\0\0\0\0"
#define ITXT_HEAD_BYTES (sizeof KEYWORD + 4)
#define CHUNK_FRAME_BYTES 12 /* length, type, CRC */
#define MAX_CHUNKS (1024 * 1024)
#define MAX_TEXT_BYTES ((gsize) 1024 * 1024)

typedef struct
{
  guint64 offset, n_bytes; /* of the whole chunk */
  gboolean is_itxt;
} Found;

typedef struct
{
  const char *path;
  int fd;
  struct stat info;
  guint64 after_header; /* where IHDR ends */
  GArray *found; /* of Found: chunks with a description */
} Png;

static void
png_clear (Png *self)
{
  if (self->fd >= 0)
    close (self->fd);
  g_clear_pointer (&self->found, g_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Png, png_clear)

static gboolean
set_error (const char *path, const char *why, GError **error)
{
  g_autofree char *name = g_filename_display_basename (path);

  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "%s: %s", name, why);
  return FALSE;
}

static gboolean
read_at (int fd, guint64 offset, gpointer buffer, gsize n_bytes)
{
  gssize n;

  do
    n = pread (fd, buffer, n_bytes, (off_t) offset);
  while (n < 0 && errno == EINTR);
  return n == (gssize) n_bytes;
}

static guint32
read_be (const guint8 *p)
{
  return (guint32) p[0] << 24 | (guint32) p[1] << 16 | (guint32) p[2] << 8 | p[3];
}

static guint32
crc32 (const guint8 *data, gsize n_bytes)
{
  guint32 crc = G_MAXUINT32;

  for (gsize i = 0; i < n_bytes; i++)
    {
      crc ^= data[i];
      for (int bit = 0; bit < 8; bit++)
        crc = crc & 1 ? 0xedb88320u ^ (crc >> 1) : crc >> 1;
    }
  return ~crc;
}

/* Keywords differ from each other in case as well. */
static gboolean
has_keyword (const Png *self, guint64 offset, guint32 length)
{
  char keyword[sizeof KEYWORD];

  return length >= sizeof keyword && read_at (self->fd, offset + 8, keyword, sizeof keyword)
         && memcmp (keyword, KEYWORD, sizeof keyword) == 0;
}

static gboolean
walk (Png *self, GError **error)
{
  guint64 size = (guint64) self->info.st_size, at = SIGNATURE_BYTES;
  guint8 head[8];

  for (int i = 0;
       i < MAX_CHUNKS && size - at >= CHUNK_FRAME_BYTES && read_at (self->fd, at, head, sizeof head); i++)
    {
      guint32 length = read_be (head);
      gboolean is_itxt = memcmp (head + 4, "iTXt", 4) == 0;
      gboolean is_text = is_itxt || memcmp (head + 4, "tEXt", 4) == 0 || memcmp (head + 4, "zTXt", 4) == 0;
      Found found = { at, (guint64) length + CHUNK_FRAME_BYTES, is_itxt };

      if (length > size - at - CHUNK_FRAME_BYTES || (i == 0) != (memcmp (head + 4, "IHDR", 4) == 0))
        break;
      if (is_text && has_keyword (self, at, length))
        g_array_append_val (self->found, found);
      at += found.n_bytes;
      if (i == 0)
        self->after_header = at;
      if (memcmp (head + 4, "IEND", 4) == 0)
        return TRUE;
    }
  return set_error (self->path, _ ("this PNG file is cut short or damaged; copy it again"), error);
}

static gboolean
png_open (Png *self, const char *path, GError **error)
{
  char signature[SIGNATURE_BYTES];

  *self = (Png){ .path = path, .fd = -1, .found = g_array_new (FALSE, FALSE, sizeof (Found)) };
  self->fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (self->fd < 0 || fstat (self->fd, &self->info) != 0)
    {
      g_autofree char *why
          = g_strdup_printf (_ ("it could not be read (%s); check its permissions"), g_strerror (errno));

      return set_error (path, why, error);
    }
  if (!S_ISREG (self->info.st_mode) || !read_at (self->fd, 0, signature, sizeof signature)
      || memcmp (signature, SIGNATURE, sizeof signature) != 0)
    return set_error (path, _ ("only a PNG file can keep a text inside; choose another output"), error);
  return walk (self, error);
}

gboolean
ql_png_text_is_png (const char *path)
{
  char signature[SIGNATURE_BYTES];
  struct stat info;
  gboolean is_png;
  int fd;

  if (stat (path, &info) != 0 || !S_ISREG (info.st_mode))
    return FALSE;
  fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0)
    return FALSE;
  is_png
      = read_at (fd, 0, signature, sizeof signature) && memcmp (signature, SIGNATURE, sizeof signature) == 0;
  close (fd);
  return is_png;
}

gboolean
ql_png_text_is_there (const char *path, GError **error)
{
  g_auto (Png) png = { .fd = -1 };

  return png_open (&png, path, error) && png.found->len > 0;
}

static GByteArray *
make_chunk (const char *text)
{
  gsize n_text = strlen (text);
  guint32 length = GUINT32_TO_BE ((guint32) (ITXT_HEAD_BYTES + n_text)), crc;
  GByteArray *chunk = g_byte_array_new ();

  g_byte_array_append (chunk, (const guint8 *) &length, 4);
  g_byte_array_append (chunk, (const guint8 *) "iTXt" ITXT_HEAD, 4 + ITXT_HEAD_BYTES);
  g_byte_array_append (chunk, (const guint8 *) text, (guint) n_text);
  crc = GUINT32_TO_BE (crc32 (chunk->data + 4, chunk->len - 4));
  g_byte_array_append (chunk, (const guint8 *) &crc, 4);
  return chunk;
}

/* Whether @found is a chunk of ours that says @text. */
static gboolean
says (const Png *png, const Found *found, const char *text)
{
  g_autoptr (GByteArray) chunk = make_chunk (text);
  g_autofree guint8 *data = NULL;

  if (found->n_bytes != chunk->len)
    return FALSE;
  data = g_malloc (chunk->len);
  return read_at (png->fd, found->offset, data, chunk->len) && memcmp (data, chunk->data, chunk->len) == 0;
}

/* The last chunk that says @text; -1: none. */
static int
find_saying (const Png *png, const char *text)
{
  for (guint i = png->found->len; i-- > 0;)
    if (says (png, &g_array_index (png->found, Found, i), text))
      return (int) i;
  return -1;
}

/* Which chunk the new one replaces; -1: none, it is added behind the last. */
static int
find_replaced (const Png *png, QlCaptionMode mode, const char *old, const char *text)
{
  int replaced = -1;

  if (mode == QL_CAPTION_OVERWRITE)
    return png->found->len > 0 ? 0 : -1;
  if (mode == QL_CAPTION_EDIT && old != NULL)
    replaced = find_saying (png, old);
  if (mode == QL_CAPTION_EDIT && replaced < 0) /* an earlier try came this far */
    replaced = find_saying (png, text);
  return replaced;
}

static gboolean
write_all (const Png *png, QlFileReplace *out, QlCaptionMode mode, const char *old, const char *text,
           GError **error)
{
  g_autoptr (GByteArray) chunk = make_chunk (text);
  int replaced = find_replaced (png, mode, old, text);
  guint64 at = 0;
  gboolean ok = TRUE;

  if (png->found->len == 0)
    {
      ok = ql_file_replace_copy (out, png->fd, 0, png->after_header, error)
           && ql_file_replace_write (out, chunk->data, chunk->len, error);
      at = png->after_header;
    }
  for (guint i = 0; ok && i < png->found->len; i++)
    {
      const Found *found = &g_array_index (png->found, Found, i);
      gboolean drop = mode == QL_CAPTION_OVERWRITE || (int) i == replaced;
      gboolean here = replaced >= 0 ? (int) i == replaced : i + 1 == png->found->len;
      guint64 until = found->offset + (drop ? 0 : found->n_bytes);

      ok = ql_file_replace_copy (out, png->fd, at, until - at, error)
           && (!here || ql_file_replace_write (out, chunk->data, chunk->len, error));
      at = found->offset + found->n_bytes;
    }
  return ok && ql_file_replace_copy (out, png->fd, at, (guint64) png->info.st_size - at, error);
}

gboolean
ql_png_text_write (const char *path, QlCaptionMode mode, const char *old, const char *text, GError **error)
{
  g_auto (Png) png = { .fd = -1 };
  g_autoptr (QlFileReplace) out = NULL;
  struct stat now;

  if (!png_open (&png, path, error))
    return FALSE;
  if (strlen (text) > MAX_TEXT_BYTES)
    return set_error (path, _ ("the text is too long for it; shorten it"), error);
  out = ql_file_replace_begin (path, error);
  if (out == NULL || !write_all (&png, out, mode, old, text, error))
    return FALSE;
  if (stat (path, &now) != 0 || now.st_ino != png.info.st_ino || now.st_size != png.info.st_size
      || now.st_mtim.tv_sec != png.info.st_mtim.tv_sec || now.st_mtim.tv_nsec != png.info.st_mtim.tv_nsec)
    return set_error (path, _ ("another program is changing it; try again later"), error);
  return ql_file_replace_commit (out, error);
}

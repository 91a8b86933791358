#include "app/image-format.h"

#include <string.h>

#define BMP_RGB 0
#define BMP_BITFIELDS 3
/* The longest kind, BITMAPV5HEADER, has 124 bytes. */
#define BMP_MAX_HEADER 124
/* Ten are usual. Each costs a pass over the whole picture, so a small file could ask for hours. */
#define JPEG_MAX_SCANS 100

typedef struct
{
  const guint8 *at;
  gsize left;
} Reader;

static gboolean
skip (Reader *self, gsize n)
{
  if (n > self->left)
    return FALSE;
  self->at += n;
  self->left -= n;
  return TRUE;
}

static guint32
be (const guint8 *p, int n)
{
  guint32 value = 0;

  for (int i = 0; i < n; i++)
    value = value << 8 | p[i];
  return value;
}

static guint32
le (const guint8 *p, int n)
{
  guint32 value = 0;

  for (int i = n; i-- > 0;)
    value = value << 8 | p[i];
  return value;
}

static gboolean
png_is_complete (const guint8 *data, gsize n_bytes)
{
  Reader in = { data, n_bytes };

  if (!skip (&in, 8))
    return FALSE;
  while (in.left >= 12)
    {
      guint32 length = be (in.at, 4);
      gboolean end = memcmp (in.at + 4, "IEND", 4) == 0;

      if (!skip (&in, 12) || !skip (&in, length))
        return FALSE;
      if (end)
        return TRUE;
    }
  return FALSE;
}

/* Moves to the next marker after a scan's data, where FF 00 and the restart markers belong to the data. */
static gboolean
jpeg_skip_scan (Reader *in)
{
  while (in->left >= 2)
    {
      const guint8 *next = memchr (in->at, 0xff, in->left - 1);

      if (next == NULL)
        return FALSE;
      skip (in, (gsize) (next - in->at));
      if (next[1] != 0 && next[1] != 0xff && (next[1] < 0xd0 || next[1] > 0xd7))
        return TRUE;
      skip (in, next[1] == 0xff ? 1 : 2);
    }
  return FALSE;
}

/* Segments are walked, so that the end of an embedded thumbnail does not count. */
static gboolean
jpeg_is_complete (const guint8 *data, gsize n_bytes)
{
  Reader in = { data, n_bytes };
  int n_scans = 0;

  if (!skip (&in, 2))
    return FALSE;
  while (in.left >= 2)
    {
      guint8 marker = in.at[1];

      if (in.at[0] != 0xff || marker == 0xff)
        {
          /* Fill bytes, and junk between segments, which decoders pass over. */
          skip (&in, 1);
          continue;
        }
      if (marker == 0xd9)
        return TRUE;
      skip (&in, 2);
      if (marker == 0x00 || marker == 0x01 || (marker >= 0xd0 && marker <= 0xd8))
        continue;
      if (in.left < 2 || !skip (&in, be (in.at, 2)))
        return FALSE;
      if (marker == 0xda && (++n_scans > JPEG_MAX_SCANS || !jpeg_skip_scan (&in)))
        return FALSE;
    }
  return FALSE;
}

static gboolean
gif_skip_blocks (Reader *in)
{
  while (in->left > 0)
    {
      guint8 length = in->at[0];

      if (!skip (in, 1 + (gsize) length))
        return FALSE;
      if (length == 0)
        return TRUE;
    }
  return FALSE;
}

static gsize
gif_palette_bytes (guint8 flags)
{
  return flags & 0x80 ? (gsize) 3 << ((flags & 7) + 1) : 0;
}

/* The first frame; what follows is not looked at. */
static gboolean
gif_is_complete (const guint8 *data, gsize n_bytes)
{
  Reader in = { data, n_bytes };

  if (n_bytes < 13 || !skip (&in, 13 + gif_palette_bytes (data[10])))
    return FALSE;
  while (in.left > 0)
    {
      guint8 kind = in.at[0];

      if (kind == ',')
        return in.left >= 10 && skip (&in, 11 + gif_palette_bytes (in.at[9])) && gif_skip_blocks (&in);
      if (kind != '!' || !skip (&in, 2) || !gif_skip_blocks (&in))
        return FALSE;
    }
  return FALSE;
}

/* Rows of a plain bitmap have one size each; where they are run-length coded, the loader looks itself. */
static gboolean
bmp_is_complete (const guint8 *data, gsize n_bytes)
{
  gboolean old;
  guint64 header, offset, width, height, depth;

  if (n_bytes < 26)
    return FALSE;
  header = le (data + 14, 4);
  offset = le (data + 10, 4);
  old = header == 12;
  /* GdkPixbuf allocates what these two say before it looks whether the file holds it. */
  if (header > BMP_MAX_HEADER || offset > n_bytes || (!old && n_bytes < 40))
    return FALSE;
  if (!old && le (data + 30, 4) != BMP_RGB && le (data + 30, 4) != BMP_BITFIELDS)
    return TRUE;
  width = le (data + 18, old ? 2 : 4);
  height = old ? le (data + 20, 2) : (guint64) ABS ((gint64) (gint32) le (data + 22, 4));
  depth = le (data + (old ? 24 : 28), 2);
  return height == 0 || (n_bytes - offset) / height >= (width * depth + 31) / 32 * 4;
}

static gboolean
webp_is_complete (const guint8 *data, gsize n_bytes)
{
  return n_bytes >= 12 && n_bytes - 8 >= le (data + 4, 4);
}

/* A number of the header, after white space and comments; 0 for none. */
static guint64
pnm_number (Reader *in)
{
  guint64 value = 0;

  while (in->left > 0 && (g_ascii_isspace (in->at[0]) || in->at[0] == '#'))
    {
      const guint8 *line_end = in->at[0] == '#' ? memchr (in->at, '\n', in->left) : in->at;

      if (line_end == NULL)
        return 0;
      skip (in, (gsize) (line_end - in->at) + 1);
    }
  for (; in->left > 0 && g_ascii_isdigit (in->at[0]); skip (in, 1))
    value = MIN (value * 10 + (guint64) (in->at[0] - '0'), G_MAXINT32);
  return value;
}

static gboolean
pnm_is_complete (const guint8 *data, gsize n_bytes)
{
  Reader in = { data + 2, n_bytes - 2 };
  guint64 width = pnm_number (&in), height = pnm_number (&in);
  guint64 row_bytes = (width + 7) / 8;

  if (data[1] != '4')
    row_bytes = width * (data[1] == '6' ? 3 : 1) * (pnm_number (&in) > 255 ? 2 : 1);
  return row_bytes > 0 && height > 0 && skip (&in, 1) && in.left / row_bytes >= height;
}

typedef struct
{
  gsize at;
  const char *bytes;
  gsize n_bytes;
  QlImageFormat format;
} Signature;

#define SIGNATURE(at, bytes, ...)                                                                            \
  {                                                                                                          \
    at, bytes, sizeof bytes - 1, { __VA_ARGS__ }                                                             \
  }

/* What is recognised only in order to say so. */
#define NOT_READ NULL, NULL, FALSE, FALSE, NULL

/* The first that fits. */
static const Signature signatures[] = {
  SIGNATURE (0, "\x89PNG\r\n\x1a\n", "PNG", "image/png", NULL, TRUE, FALSE, png_is_complete),
  SIGNATURE (0, "\xff\xd8\xff", "JPEG", "image/jpeg", NULL, TRUE, FALSE, jpeg_is_complete),
  SIGNATURE (0, "GIF8", "GIF", "image/gif", NULL, TRUE, FALSE, gif_is_complete),
  SIGNATURE (8, "WEBP", "WebP", "image/webp", "webp-pixbuf-loader", TRUE, TRUE, webp_is_complete),
  SIGNATURE (0, "II*\0", "TIFF", "image/tiff", NULL, TRUE, FALSE, NULL),
  SIGNATURE (0, "MM\0*", "TIFF", "image/tiff", NULL, TRUE, FALSE, NULL),
  SIGNATURE (0, "BM", "BMP", "image/bmp", NULL, TRUE, FALSE, bmp_is_complete),
  SIGNATURE (0, "\0\0\1\0", "ICO", "image/x-icon", NULL, TRUE, FALSE, NULL),
  SIGNATURE (4, "ftypavif", "AVIF", "image/avif", "libavif-gdk-pixbuf", TRUE, TRUE, NULL),
  SIGNATURE (4, "ftypavis", "AVIF", "image/avif", "libavif-gdk-pixbuf", TRUE, TRUE, NULL),
  SIGNATURE (4, "ftyphe", "HEIC", "image/heic", "heif-gdk-pixbuf", TRUE, TRUE, NULL),
  SIGNATURE (4, "ftypmif1", "HEIF", "image/heif", "heif-gdk-pixbuf", TRUE, TRUE, NULL),
  SIGNATURE (0, "\xff\x0a", "JPEG XL", "image/jxl", "libjxl-gdk-pixbuf", TRUE, TRUE, NULL),
  SIGNATURE (0, "\0\0\0\x0cJXL ", "JPEG XL", "image/jxl", "libjxl-gdk-pixbuf", TRUE, TRUE, NULL),
  SIGNATURE (0, "\0\0\0\x0cjP  ", "JPEG 2000", NOT_READ),
  SIGNATURE (0, "8BPS", "Photoshop", NOT_READ),
  SIGNATURE (0, "gimp xcf", "GIMP", NOT_READ),
  SIGNATURE (0, "v/1\x01", "OpenEXR", NOT_READ),
  SIGNATURE (0, "%PDF-", "PDF", NOT_READ),
  SIGNATURE (4, "ftyp", "MP4", NOT_READ),
};

static const QlImageFormat svg = { "SVG", "image/svg+xml", "librsvg2-common", TRUE, TRUE, NULL };
static const QlImageFormat pnm = { "PNM", "image/x-portable-anymap", NULL, TRUE, FALSE, pnm_is_complete };

static gboolean
is_svg (const guint8 *head, gsize n_bytes)
{
  gsize i = n_bytes >= 3 && memcmp (head, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

  while (i < n_bytes && g_ascii_isspace (head[i]))
    i++;
  return i < n_bytes && head[i] == '<' && memmem (head + i, n_bytes - i, "<svg", 4) != NULL;
}

const QlImageFormat *
ql_image_format_of (const guint8 *head, gsize n_bytes)
{
  n_bytes = MIN (n_bytes, QL_IMAGE_FORMAT_HEAD_BYTES);
  for (gsize i = 0; i < G_N_ELEMENTS (signatures); i++)
    {
      const Signature *signature = &signatures[i];

      if (n_bytes >= signature->at + signature->n_bytes
          && memcmp (head + signature->at, signature->bytes, signature->n_bytes) == 0)
        return &signature->format;
    }
  /* Not the ones written out in digits, P1 to P3: nobody has them, and many a text begins like that. */
  if (n_bytes >= 3 && head[0] == 'P' && head[1] >= '4' && head[1] <= '6' && g_ascii_isspace (head[2]))
    return &pnm;
  return is_svg (head, n_bytes) ? &svg : NULL;
}

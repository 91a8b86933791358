#include "app/decode-preload.h"

#include <string.h>

/* Cairo keeps ten faces open, and each family has two here. */
#define MAX_FAMILIES 4
#define MAX_NAME_BYTES 64

static gboolean
is_name_byte (guint8 byte)
{
  return g_ascii_isalnum (byte) || byte >= 0x80 || byte == ' ' || byte == '-' || byte == '_';
}

/* The first name of a list of them, as in font-family="'DejaVu Sans', sans-serif". */
static void
add_family (GPtrArray *families, const guint8 *at, const guint8 *end)
{
  g_autofree char *name = NULL;
  const guint8 *start;

  while (at < end && strchr (" \t\r\n=:\"'&", *at) != NULL)
    at++;
  start = at;
  while (at < end && is_name_byte (*at))
    at++;
  if (at == start || at - start > MAX_NAME_BYTES || families->len >= MAX_FAMILIES)
    return;
  name = g_strndup ((const char *) start, (gsize) (at - start));
  if (g_utf8_validate (name, -1, NULL)
      && !g_ptr_array_find_with_equal_func (families, name, g_str_equal, NULL))
    g_ptr_array_add (families, g_steal_pointer (&name));
}

/* Looked for rather than parsed: a name too many costs a little time, one too few its letters' shapes. */
static GPtrArray *
find_families (GBytes *encoded)
{
  GPtrArray *families = g_ptr_array_new_with_free_func (g_free);
  gsize n_bytes;
  const guint8 *at = g_bytes_get_data (encoded, &n_bytes);
  const guint8 *end = at + n_bytes;

  while (families->len < MAX_FAMILIES - 1
         && (at = memmem (at, (gsize) (end - at), "font-family", strlen ("font-family"))) != NULL)
    {
      at += strlen ("font-family");
      add_family (families, at, end);
    }
  /* what others are replaced by */
  add_family (families, (const guint8 *) "sans-serif", (const guint8 *) "sans-serif" + strlen ("sans-serif"));
  return families;
}

/* A drawing of our own: its text makes fontconfig, Pango and FreeType open their files. */
static char *
letters (GBytes *encoded)
{
  g_autoptr (GPtrArray) families = find_families (encoded);
  GString *svg = g_string_new ("<svg xmlns='http://www.w3.org/2000/svg' width='8' height='8'>");

  for (guint i = 0; i < families->len; i++)
    for (int bold = 0; bold < 2; bold++)
      g_string_append_printf (svg, "<text y='8' font-family='%s' font-weight='%s'>Ab</text>",
                              (const char *) families->pdata[i], bold ? "bold" : "normal");
  g_string_append (svg, "</svg>");
  return g_string_free (svg, FALSE);
}

static void
preload_fonts (const QlImageFormat *format, GBytes *encoded)
{
  g_autoptr (GdkPixbufLoader) loader = ql_image_loader_new (format);
  g_autofree char *svg = letters (encoded);

  gdk_pixbuf_loader_write (loader, (const guint8 *) svg, strlen (svg), NULL);
  gdk_pixbuf_loader_close (loader, NULL);
}

GdkPixbufLoader *
ql_decode_preload (const QlImageFormat *format, GBytes *encoded)
{
  GdkPixbufLoader *loader = ql_image_loader_new (format);
  gsize n_bytes;
  const guint8 *data = g_bytes_get_data (encoded, &n_bytes);

  if (loader != NULL && g_str_equal (format->mime, "image/svg+xml")
      && memmem (data, n_bytes, "<text", strlen ("<text")) != NULL)
    preload_fonts (format, encoded);
  return loader;
}

#include "app/model-name.h"

#include <string.h>

#include <glib/gi18n.h>

#define CACHE_PREFIX "models--"

static const struct
{
  const char *base, *name;
} demos[] = {
  { "qlens-demo-opt", N_ ("Demo model") },
  { "qlens-demo-itm", N_ ("Demo model for matching") },
};

/* "models--ORGANISATION--NAME/snapshots/HASH" → NAME; (nullable) */
static char *
cached_name (const char *dir)
{
  g_auto (GStrv) parts = g_strsplit (dir, G_DIR_SEPARATOR_S, -1);
  guint n = g_strv_length (parts);
  const char *last;

  if (n < 3 || strcmp (parts[n - 2], "snapshots") != 0 || !g_str_has_prefix (parts[n - 3], CACHE_PREFIX))
    return NULL;
  last = g_strrstr (parts[n - 3], "--") + strlen ("--");
  return *last != '\0' ? g_filename_display_name (last) : NULL;
}

char *
ql_model_name (const char *dir)
{
  g_autofree char *base = g_path_get_basename (dir);
  char *cached = cached_name (dir);

  if (cached != NULL)
    return cached;
  for (gsize i = 0; i < G_N_ELEMENTS (demos); i++)
    if (strcmp (demos[i].base, base) == 0)
      return g_strdup (_ (demos[i].name));
  return g_filename_display_basename (dir);
}

#include "app/free-memory.h"

#include <string.h>

guint64
ql_free_memory_parse (const char *text)
{
  const char *at = g_str_has_prefix (text, "MemAvailable:") ? text : strstr (text, "\nMemAvailable:");
  guint64 kilobytes;
  char *end = NULL;

  if (at == NULL)
    return 0;
  at = strchr (at, ':') + 1;
  at += strspn (at, " \t");
  if (!g_ascii_isdigit (*at))
    return 0;
  kilobytes = g_ascii_strtoull (at, &end, 10);
  if (!g_str_has_prefix (end, " kB") || kilobytes > G_MAXUINT64 / 1024)
    return 0;
  return kilobytes * 1024;
}

static QlFreeMemoryFunc other_source; /* nullable; atomic */

void
ql_free_memory_set_source (QlFreeMemoryFunc source)
{
  g_atomic_pointer_set (&other_source, source);
}

guint64
ql_free_memory (void)
{
  QlFreeMemoryFunc source = g_atomic_pointer_get (&other_source);
  g_autofree char *text = NULL;

  if (source != NULL)
    return source ();
  return g_file_get_contents ("/proc/meminfo", &text, NULL, NULL) ? ql_free_memory_parse (text) : 0;
}

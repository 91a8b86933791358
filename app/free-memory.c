#include "app/free-memory.h"

#include <string.h>

#include "app/cgroup-memory.h"

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
  const char *told = g_getenv ("QLENS_FREE_MEMORY");
  g_autofree char *text = NULL, *groups = NULL;
  guint64 bytes = 0;

  if (source != NULL)
    return source ();
  if (told != NULL && g_ascii_string_to_unsigned (told, 10, 1, G_MAXUINT64, &bytes, NULL))
    return bytes;
  if (g_file_get_contents ("/proc/meminfo", &text, NULL, NULL))
    bytes = ql_free_memory_parse (text);
  if (bytes > 0 && g_file_get_contents ("/proc/self/cgroup", &groups, NULL, NULL))
    /* A group that is full is not one of which nothing is known. */
    bytes = MAX (MIN (bytes, ql_cgroup_memory_room ("/sys/fs/cgroup", groups)), 1);
  return bytes;
}

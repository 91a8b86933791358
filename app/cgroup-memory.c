#include "app/cgroup-memory.h"

#include <string.h>

/* More levels than any system nests; a path with more is not followed. */
#define MAX_LEVELS 64

typedef struct
{
  const char *limits[2]; /* files, (nullable) the second: the lowest counts */
  const char *usage;
  const char *inactive,
      *active; /* keys of memory.stat: pages of files, those of the groups within included */
} Names;

static const Names version1 = { .limits = { "memory.limit_in_bytes", NULL },
                                .usage = "memory.usage_in_bytes",
                                .inactive = "total_inactive_file",
                                .active = "total_active_file" };
/* Above memory.high a group is slowed down until it is of no use. */
static const Names version2 = { .limits = { "memory.max", "memory.high" },
                                .usage = "memory.current",
                                .inactive = "inactive_file",
                                .active = "active_file" };

static gboolean
read_number (const char *dir, const char *name, guint64 *out)
{
  g_autofree char *path = g_build_filename (dir, name, NULL);
  g_autofree char *text = NULL;

  /* "max" is no number, and no limit. */
  return g_file_get_contents (path, &text, NULL, NULL)
         && g_ascii_string_to_unsigned (g_strchomp (text), 10, 0, G_MAXUINT64, out, NULL);
}

static guint64
stat_number (const char *text, const char *key)
{
  g_autofree char *line = g_strconcat ("\n", key, " ", NULL);
  const char *at = strstr (text, line);

  return at != NULL ? g_ascii_strtoull (at + strlen (line), NULL, 10) : 0;
}

/* Of file pages, which the group would give up. */
static guint64
reclaimable (const char *dir, const Names *names)
{
  g_autofree char *path = g_build_filename (dir, "memory.stat", NULL);
  g_autofree char *text = NULL, *lines = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return 0;
  lines = g_strconcat ("\n", text, NULL);
  return stat_number (lines, names->inactive) + stat_number (lines, names->active);
}

static guint64
room_of (const char *dir, const Names *names)
{
  guint64 limit = G_MAXUINT64, usage, pages;

  for (gsize i = 0; i < G_N_ELEMENTS (names->limits); i++)
    {
      guint64 value;

      if (names->limits[i] != NULL && read_number (dir, names->limits[i], &value))
        limit = MIN (limit, value);
    }
  if (limit == G_MAXUINT64 || !read_number (dir, names->usage, &usage))
    return G_MAXUINT64;
  pages = MIN (reclaimable (dir, names), usage);
  usage -= pages;
  return limit > usage ? limit - usage : 0;
}

/* The group at @path below @mount, and those around it. */
static guint64
room_along (const char *mount, const char *path, const Names *names)
{
  g_autofree char *at = g_strdup (path);
  guint64 room = G_MAXUINT64;

  for (int level = 0; level < MAX_LEVELS; level++)
    {
      g_autofree char *dir = g_build_filename (mount, at, NULL);
      char *slash = strrchr (at, '/');

      /* In a container the path may be that of the outside, which is not mounted here: those levels are skipped. */
      room = MIN (room, room_of (dir, names));
      if (slash == NULL || at[1] == '\0')
        break;
      slash[slash == at ? 1 : 0] = '\0';
    }
  return room;
}

static gboolean
has_word (const char *list, const char *word)
{
  g_auto (GStrv) words = g_strsplit (list, ",", -1);

  return g_strv_contains ((const char *const *) words, word);
}

guint64
ql_cgroup_memory_room (const char *root, const char *groups)
{
  g_auto (GStrv) lines = g_strsplit (groups, "\n", -1);
  guint64 room = G_MAXUINT64;

  for (char **line = lines; *line != NULL; line++)
    {
      /* hierarchy:controllers:path */
      g_auto (GStrv) fields = g_strsplit (*line, ":", 3);
      g_autofree char *mount = NULL;

      if (g_strv_length (fields) != 3 || fields[2][0] != '/' || strstr (fields[2], "/..") != NULL)
        continue;
      if (fields[1][0] == '\0')
        {
          room = MIN (room, room_along (root, fields[2], &version2));
          mount = g_build_filename (root, "unified", NULL);
          room = MIN (room, room_along (mount, fields[2], &version2));
        }
      else if (has_word (fields[1], "memory"))
        {
          mount = g_build_filename (root, "memory", NULL);
          room = MIN (room, room_along (mount, fields[2], &version1));
        }
    }
  return room;
}

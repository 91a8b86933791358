/* How much memory is free: of the computer, and of the control groups around a process. */
#include <glib/gstdio.h>

#include "app/cgroup-memory.h"
#include "app/free-memory.h"

static void
remove_all (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      remove_all (child);
    }
  g_remove (path);
}

/* A folder of control groups, each file given as "path=text". */
static char *
make_groups (const char *const *files)
{
  char *root = g_dir_make_tmp ("qlens-groups-XXXXXX", NULL);

  for (; *files != NULL; files++)
    {
      g_auto (GStrv) pair = g_strsplit (*files, "=", 2);
      g_autofree char *path = g_build_filename (root, pair[0], NULL), *dir = g_path_get_dirname (path);

      g_assert_cmpint (g_mkdir_with_parents (dir, 0700), ==, 0);
      g_assert_true (g_file_set_contents (path, pair[1], -1, NULL));
    }
  return root;
}

static guint64
room_of (const char *groups, ...)
{
  const char *files[16] = { NULL };
  g_autofree char *root = NULL;
  guint64 room;
  va_list args;

  va_start (args, groups);
  for (gsize i = 0; i + 1 < G_N_ELEMENTS (files) && (files[i] = va_arg (args, const char *)) != NULL; i++)
    ;
  va_end (args);
  root = make_groups (files);
  room = ql_cgroup_memory_room (root, groups);
  remove_all (root);
  return room;
}

static void
test_cgroup_memory (void)
{
  /* version 2: the lowest limit of a group and those around it, files' pages given back */
  g_assert_cmpuint (room_of ("0::/a/b\n", "a/b/memory.max=max\n", "a/b/memory.current=10\n",
                             "a/memory.max=1000\n", "a/memory.current=700\n",
                             "a/memory.stat=anon 300\ninactive_file 200\nactive_file 150\n", NULL),
                    ==, 650);
  g_assert_cmpuint (room_of ("0::/a/b\n", "a/b/memory.max=500\n", "a/b/memory.current=100\n",
                             "a/memory.max=1000\n", "a/memory.current=700\n", NULL),
                    ==, 300);
  g_assert_cmpuint (
      room_of ("0::/a\n", "a/memory.max=1000\n", "a/memory.high=400\n", "a/memory.current=100\n", NULL), ==,
      300);
  /* a container's own view, in which the path of the outside is not there */
  g_assert_cmpuint (room_of ("0::/outside/x\n", "memory.max=64\n", "memory.current=60\n", NULL), ==, 4);
  g_assert_cmpuint (room_of ("0::/\n", "memory.max=64\n", "memory.current=70\n", NULL), ==, 0);
  /* version 1, and both at once */
  g_assert_cmpuint (room_of ("4:cpu,memory:/j/k\n0::/\n", "memory/j/memory.limit_in_bytes=900\n",
                             "memory/j/memory.usage_in_bytes=800\n",
                             "memory/j/memory.stat=inactive_file 1\ntotal_inactive_file 50\n", NULL),
                    ==, 150);
  g_assert_cmpuint (room_of ("0::/u\n", "unified/u/memory.max=9\n", "unified/u/memory.current=1\n", NULL), ==,
                    8);
  /* no limit, nothing known, and texts that mean nothing */
  g_assert_cmpuint (room_of ("0::/a\n", "a/memory.max=max\n", "a/memory.current=1\n", NULL), ==, G_MAXUINT64);
  g_assert_cmpuint (room_of ("", NULL), ==, G_MAXUINT64);
  g_assert_cmpuint (room_of ("0::relative\n:\n::\n0::/../etc\n", "memory.max=1\n", NULL), ==, G_MAXUINT64);
  g_assert_cmpuint (room_of ("0::/a\n", "a/memory.max=-5\n", "a/memory.current=1\n", NULL), ==, G_MAXUINT64);
  g_assert_cmpuint (
      room_of ("0::/a\n", "a/memory.max=99999999999999999999999\n", "a/memory.current=1\n", NULL), ==,
      G_MAXUINT64);
  g_assert_cmpuint (room_of ("0::/a\n", "a/memory.max=10\n", "a/memory.current=7\n",
                             "a/memory.stat=inactive_file 5000\n", NULL),
                    ==, 10);
}

static guint64
little (void)
{
  return 5;
}

static void
test_told (void)
{
  guint64 real = ql_free_memory ();

  g_assert_cmpuint (real, >, 1024 * 1024);
  g_setenv ("QLENS_FREE_MEMORY", "123456", TRUE);
  g_assert_cmpuint (ql_free_memory (), ==, 123456);
  ql_free_memory_set_source (little);
  g_assert_cmpuint (ql_free_memory (), ==, 5);
  ql_free_memory_set_source (NULL);
  /* What is no number says nothing. */
  g_setenv ("QLENS_FREE_MEMORY", "much", TRUE);
  g_assert_cmpuint (ql_free_memory (), >, 1024 * 1024);
  g_setenv ("QLENS_FREE_MEMORY", "0", TRUE);
  g_assert_cmpuint (ql_free_memory (), >, 1024 * 1024);
  g_unsetenv ("QLENS_FREE_MEMORY");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/free-memory/control-groups", test_cgroup_memory);
  g_test_add_func ("/free-memory/told", test_told);
  return g_test_run ();
}

#include "app/paths.h"

#include <gio/gio.h>

/* Set by meson; absolute. The second is empty in packages that want no trace of the build tree. */
#ifndef QLENS_DATADIR
#define QLENS_DATADIR ""
#endif
#ifndef QLENS_SOURCE_DATADIR
#define QLENS_SOURCE_DATADIR ""
#endif
#ifndef QLENS_LIBEXECDIR
#define QLENS_LIBEXECDIR ""
#endif
#ifndef QLENS_LOCALEDIR
#define QLENS_LOCALEDIR ""
#endif

static char *
executable_dir (void)
{
  g_autofree char *exe = g_file_read_link ("/proc/self/exe", NULL);
  return exe != NULL ? g_path_get_dirname (exe) : NULL;
}

/* Takes @path; keeps it only if it exists. */
static char *
if_exists (char *path)
{
  if (path != NULL && g_file_test (path, G_FILE_TEST_EXISTS))
    return path;
  g_free (path);
  return NULL;
}

char *
ql_paths_data (const char *relative)
{
  const char *env = g_getenv ("QLENS_DATA");
  g_autofree char *exe_dir = executable_dir ();
  char *found = NULL;

  if (env != NULL && *env != '\0')
    found = if_exists (g_build_filename (env, relative, NULL));
  if (found == NULL && exe_dir != NULL)
    found = if_exists (g_build_filename (exe_dir, "..", "share", "qlens", relative, NULL));
  if (found == NULL && *QLENS_DATADIR != '\0')
    found = if_exists (g_build_filename (QLENS_DATADIR, relative, NULL));
  if (found == NULL && *QLENS_SOURCE_DATADIR != '\0')
    found = if_exists (g_build_filename (QLENS_SOURCE_DATADIR, relative, NULL));
  /* A build folder inside a source tree that was moved after it was configured. */
  if (found == NULL && exe_dir != NULL)
    found = if_exists (g_build_filename (exe_dir, "..", "data", relative, NULL));
  if (found == NULL && exe_dir != NULL)
    found = if_exists (g_build_filename (exe_dir, "data", relative, NULL));
  if (found != NULL)
    {
      char *canonical = g_canonicalize_filename (found, NULL);
      g_free (found);
      found = canonical;
    }
  return found;
}

char *
ql_paths_demo_model (const char *name)
{
  g_autofree char *relative = g_build_filename ("models", name, NULL);
  return ql_paths_data (relative);
}

char *
ql_paths_default_model (void)
{
  const char *env = g_getenv ("QLENS_MODEL");

  if (env != NULL && *env != '\0')
    return g_strdup (env);
  return ql_paths_demo_model ("qlens-demo-opt");
}

char *
ql_paths_build_file (const char *relative)
{
  g_autofree char *exe_dir = executable_dir ();

  return exe_dir != NULL ? if_exists (g_build_filename (exe_dir, relative, NULL)) : NULL;
}

char *
ql_paths_libexec (const char *name)
{
  const char *env = g_getenv ("QLENS_LIBEXEC");
  g_autofree char *exe_dir = executable_dir ();
  char *found = NULL;

  if (env != NULL && *env != '\0')
    return if_exists (g_build_filename (env, name, NULL));
  if (exe_dir != NULL)
    found = if_exists (g_build_filename (exe_dir, name, NULL));
  if (found == NULL && exe_dir != NULL)
    found = if_exists (g_build_filename (exe_dir, "..", "libexec", name, NULL));
  if (found == NULL && *QLENS_LIBEXECDIR != '\0')
    found = if_exists (g_build_filename (QLENS_LIBEXECDIR, name, NULL));
  return found;
}

char *
ql_paths_locale (void)
{
  char *built = ql_paths_build_file ("po");

  return built != NULL ? built : g_strdup (QLENS_LOCALEDIR);
}

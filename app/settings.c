#include "app/settings.h"

#define G_SETTINGS_ENABLE_BACKEND
#include <gio/gsettingsbackend.h>

#include "app/paths.h"

#define SCHEMA_ID "io.github.qlens.Qlens"

static GSettingsSchema *
find_schema (void)
{
  GSettingsSchemaSource *installed = g_settings_schema_source_get_default ();
  GSettingsSchema *schema = NULL;
  g_autofree char *compiled = ql_paths_build_file ("data/gschemas.compiled");

  if (installed != NULL)
    schema = g_settings_schema_source_lookup (installed, SCHEMA_ID, TRUE);
  if (schema == NULL && compiled != NULL)
    {
      g_autofree char *dir = g_path_get_dirname (compiled);
      g_autoptr (GSettingsSchemaSource) source
          = g_settings_schema_source_new_from_directory (dir, installed, FALSE, NULL);

      if (source != NULL)
        schema = g_settings_schema_source_lookup (source, SCHEMA_ID, FALSE);
    }
  return schema;
}

GSettings *
ql_settings_new (void)
{
  g_autoptr (GSettingsSchema) schema = find_schema ();

  return schema != NULL ? g_settings_new_full (schema, NULL, NULL) : NULL;
}

GSettings *
ql_settings_new_in_memory (void)
{
  g_autoptr (GSettingsSchema) schema = find_schema ();
  g_autoptr (GSettingsBackend) backend = schema != NULL ? g_memory_settings_backend_new () : NULL;

  return schema != NULL ? g_settings_new_full (schema, backend, NULL) : NULL;
}

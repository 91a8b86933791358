#include "app/batch-choices.h"

#include <glib/gi18n.h>

static const char *const policies[] = {
  [QL_BATCH_SKIP] = N_ ("Pictures with a caption are skipped"),
  [QL_BATCH_OVERWRITE] = N_ ("Captions that are there are replaced"),
  [QL_BATCH_APPEND] = N_ ("New captions become further lines"),
};

static const struct
{
  const char *enabled, *file, *name;
} tables[QL_BATCH_N_TABLES] = {
  [QL_BATCH_CSV] = { "batch-csv", "batch-csv-file", "captions.csv" },
  [QL_BATCH_JSONL] = { "batch-jsonl", "batch-jsonl-file", "captions.jsonl" },
};

const char *
ql_batch_table_default_name (QlBatchTableChoice table)
{
  return tables[table].name;
}

char *
ql_batch_choices_table (GSettings *settings, QlBatchTableChoice table, const char *folder)
{
  g_autofree char *uri = g_settings_get_string (settings, tables[table].file);
  char *path = *uri != '\0' ? g_filename_from_uri (uri, NULL, NULL) : NULL;

  if (path == NULL && folder != NULL)
    path = g_build_filename (folder, tables[table].name, NULL);
  return path;
}

gboolean
ql_batch_choices_load (GSettings *settings, const char *folder, QlBatchTargets *targets)
{
  *targets = (QlBatchTargets){ .txt = settings == NULL };
  if (settings == NULL)
    return TRUE;
  targets->policy = (QlBatchPolicy) g_settings_get_enum (settings, "batch-policy");
  targets->txt = g_settings_get_boolean (settings, "batch-txt");
  targets->xmp = g_settings_get_boolean (settings, "batch-xmp");
  targets->png_text = g_settings_get_boolean (settings, "batch-png-text");
  if (g_settings_get_boolean (settings, tables[QL_BATCH_CSV].enabled))
    targets->csv = ql_batch_choices_table (settings, QL_BATCH_CSV, folder);
  if (g_settings_get_boolean (settings, tables[QL_BATCH_JSONL].enabled))
    targets->jsonl = ql_batch_choices_table (settings, QL_BATCH_JSONL, folder);
  if (targets->csv != NULL && g_strcmp0 (targets->csv, targets->jsonl) == 0)
    return FALSE;
  return targets->txt || targets->xmp || targets->png_text || targets->csv != NULL || targets->jsonl != NULL;
}

static void
add_place (GString *plan, gboolean there, const char *name, gboolean *first)
{
  if (!there)
    return;
  g_string_append_printf (plan, "%s%s", *first ? " · " : ", ", name);
  *first = FALSE;
}

char *
ql_batch_choices_plan (GSettings *settings)
{
  QlBatchTargets targets;
  GString *plan = g_string_new (NULL);
  gboolean first = TRUE;

  ql_batch_choices_load (settings, "/", &targets);
  g_string_append (plan, _ (policies[MIN (targets.policy, QL_BATCH_APPEND)]));
  add_place (plan, targets.txt, ".txt", &first);
  add_place (plan, targets.xmp, ".xmp", &first);
  /* Translators: a place where captions are written: inside PNG files. */
  add_place (plan, targets.png_text, _ ("inside PNG"), &first);
  add_place (plan, targets.csv != NULL, "CSV", &first);
  add_place (plan, targets.jsonl != NULL, "JSON", &first);
  ql_batch_targets_clear (&targets);
  return g_string_free (plan, FALSE);
}

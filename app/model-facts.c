#include "app/model-facts-private.h"

QlModelFacts *
ql_model_facts_copy (const QlModelFacts *facts)
{
  QlModelFacts *copy = g_memdup2 (facts, sizeof *facts);

  copy->architecture = g_strdup (facts->architecture);
  copy->family = g_strdup (facts->family);
  copy->types = g_strdup (facts->types);
  copy->fingerprint = g_strdup (facts->fingerprint);
  return copy;
}

void
ql_model_facts_free (QlModelFacts *facts)
{
  if (facts == NULL)
    return;
  g_free (facts->architecture);
  g_free (facts->family);
  g_free (facts->types);
  g_free (facts->fingerprint);
  g_free (facts);
}

static char *
join_types (const B2ModelInfo *info)
{
  g_autoptr (GPtrArray) seen = g_ptr_array_new_with_free_func (g_free);

  for (int i = 0; i < info->n_parts; i++)
    {
      g_auto (GStrv) types = g_strsplit (info->parts[i].types, ", ", -1);

      for (char **type = types; *type != NULL; type++)
        if (**type != '\0' && !g_ptr_array_find_with_equal_func (seen, *type, g_str_equal, NULL))
          g_ptr_array_add (seen, g_strdup (*type));
    }
  g_ptr_array_add (seen, NULL);
  return g_strjoinv (", ", (char **) seen->pdata);
}

QlModelFacts *
ql_model_facts_from_info (const B2ModelInfo *info)
{
  QlModelFacts *facts = g_new0 (QlModelFacts, 1);

  facts->architecture = g_strdup (info->architecture);
  facts->family = g_strdup (info->family);
  facts->types = join_types (info);
  facts->fingerprint = g_strdup (info->fingerprint);
  facts->n_parameters = info->n_parameters;
  facts->n_bytes = info->n_bytes;
  facts->memory_bytes = info->peak_bytes;
  facts->can_write = (info->tasks & B2_TASK_GENERATE) != 0;
  facts->can_match = (info->tasks & B2_TASK_MATCH) != 0;
  return facts;
}

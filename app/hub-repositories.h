#pragma once

#include <glib.h>

/** QlHubRepository: a released BLIP-2 that the engine reads. */
typedef struct
{
  const char *repo; /* "Salesforce/blip2-opt-2.7b" */
  guint64 n_bytes; /* about, of all that is fetched; the hub tells exactly */
  const char *good_for; /* sentences for people, untranslated: use _() */
} QlHubRepository;

/** ql_hub_repositories: Returns: (transfer none): by size within each kind */
const QlHubRepository *ql_hub_repositories (gsize *n);

/** ql_hub_repository_find: Returns: (nullable) (transfer none): %NULL for a repository that is not known */
const QlHubRepository *ql_hub_repository_find (const char *repo);

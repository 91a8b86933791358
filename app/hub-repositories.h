#pragma once

#include <glib.h>

/** QlHubRepository: a released BLIP-2 that the engine reads. */
typedef struct
{
  const char *repo; /* "Salesforce/blip2-opt-2.7b" */
  guint64 n_bytes; /* about, of all that is fetched; the hub tells exactly */
  const char *good_for; /* for people, untranslated: use _() */
} QlHubRepository;

/** ql_hub_repositories: Returns: (transfer none): by size within each kind */
const QlHubRepository *ql_hub_repositories (gsize *n);

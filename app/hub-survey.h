#pragma once

#include <glib.h>

/** QlHubFound: what earlier runs left of a download, or the whole of it. */
typedef struct
{
  char *repo;
  char *dir;
  guint64 kept_bytes; /* of an unfinished one */
  guint64 total_bytes; /* 0: not known */
  gboolean complete; /* finished and checked once: all files of its SHA256SUMS are there */
} QlHubFound;

void ql_hub_found_free (QlHubFound *found);

/**
 * ql_hub_survey:
 * @folder: whose folders may be downloads
 * @repos: (element-type utf8): whose own folders are looked into in any case
 *
 * Looks on the disk, which may take its time; touches nothing, and no network. Of other folders
 * nobody knows how many there are: a thousand are looked into, for unfinished downloads.
 *
 * Returns: (transfer full) (element-type QlHubFound): sorted by folder; empty where there is none
 */
GPtrArray *ql_hub_survey (const char *folder, const GPtrArray *repos);

/**
 * ql_hub_survey_room:
 *
 * Returns: bytes that may still be written in @folder, which need not be there yet; 0: not known
 */
guint64 ql_hub_survey_room (const char *folder);

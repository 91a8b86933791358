#pragma once

#include "app/hub-error.h"

/** Bounds of what a hub's answer may make us do. */
#define QL_HUB_MAX_LISTING_BYTES (4 * 1024 * 1024)

/** QlHubFile: a file of a repository that the engine reads. */
typedef struct
{
  char *path;
  guint64 n_bytes;
  char *sha256; /* (nullable): the hub knows it of large files only */
  char *version; /* what the hub calls these contents; "" where it does not tell */
} QlHubFile;

void ql_hub_file_free (QlHubFile *file);

/**
 * ql_hub_listing_parse:
 * @text: what the hub answered
 * @repo: for messages
 *
 * Of the files in a repository those that make a model folder for the engine: never
 * pickles, programs or cards. Where the weights are there both as one file and in shards, the
 * one file. A list with a name that could leave the folder is refused as a whole.
 *
 * Returns: (transfer full) (element-type QlHubFile): small files first, then by name; %NULL
 *   with QL_HUB_ERROR_LISTING
 */
GPtrArray *ql_hub_listing_parse (const char *text, gsize n_bytes, const char *repo, GError **error);

/** ql_hub_listing_total: bytes of all files */
guint64 ql_hub_listing_total (const GPtrArray *files);

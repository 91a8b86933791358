#pragma once

#include <jansson.h>

#include <glib.h>

/**
 * B2ShardIndex:
 *
 * A model.safetensors.index.json, checked: which tensor is in which file of the folder.
 * The files themselves have not been looked at.
 */
typedef struct
{
  char *path;
  json_t *root;
  json_t *map; /* root's weight_map: name to file name, all strings */
  GPtrArray *files; /* of const char, the file names in the map, sorted, each once */
} B2ShardIndex;

/** b2_shard_index_open: Returns: (transfer full): %NULL with B2_ERROR_IO, _FORMAT or _UNSUPPORTED */
B2ShardIndex *b2_shard_index_open (const char *path, GError **error);
void b2_shard_index_close (B2ShardIndex *self);

/** b2_shard_index_lookup: Returns: (nullable): the file that has to hold tensor @name */
const char *b2_shard_index_lookup (const B2ShardIndex *self, const char *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (B2ShardIndex, b2_shard_index_close)

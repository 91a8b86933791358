#pragma once

#include <glib.h>

/**
 * B2Trie:
 *
 * Byte strings to numbers, for finding every stored string that begins at a place in
 * a text. Node 0 is the root. Edges live in one hash table.
 *
 * Threads: immutable once filled; any.
 */
typedef struct
{
  guint32 *keys; /* [n_slots], node << 8 | byte, plus one; 0 for a free slot */
  guint32 *children; /* [n_slots] */
  gint32 *values; /* [n_nodes], -1 where no string ends */
  guint32 n_slots; /* a power of two */
  guint32 n_nodes;
  guint32 n_allocated;
  guint32 root[256]; /* children of the root: most walks end here */
} B2Trie;

/* Longest string a trie takes: bounds what a hostile file can make one walk cost. */
#define B2_TRIE_MAX_BYTES 1024

/** b2_trie_new: Returns: (transfer full) */
B2Trie *b2_trie_new (void);
void b2_trie_free (B2Trie *self);

/**
 * b2_trie_insert:
 * @len: 1 to B2_TRIE_MAX_BYTES
 * @value: not negative; replaces that of an equal string
 *
 * Returns: %FALSE if the trie is full
 */
gboolean b2_trie_insert (B2Trie *self, const char *text, gsize len, gint32 value);

/** b2_trie_child: Returns: the node, or 0 if there is none. */
static inline guint32
b2_trie_child (const B2Trie *self, guint32 node, guint8 byte)
{
  guint32 key = ((node << 8) | byte) + 1;
  guint32 at;

  if (node == 0)
    return self->root[byte];
  for (at = (key * 2654435761u) & (self->n_slots - 1); self->keys[at] != 0;
       at = (at + 1) & (self->n_slots - 1))
    if (self->keys[at] == key)
      return self->children[at];
  return 0;
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (B2Trie, b2_trie_free)

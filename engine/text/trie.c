#include "engine/text/trie.h"

#include <string.h>

/* Keys are node << 8 | byte in 32 bits. */
#define MAX_NODES ((1u << 24) - 1)

B2Trie *
b2_trie_new (void)
{
  B2Trie *self = g_new0 (B2Trie, 1);

  self->n_slots = 256;
  self->keys = g_new0 (guint32, self->n_slots);
  self->children = g_new0 (guint32, self->n_slots);
  self->n_allocated = 64;
  self->values = g_new (gint32, self->n_allocated);
  self->values[0] = -1;
  self->n_nodes = 1;
  return self;
}

void
b2_trie_free (B2Trie *self)
{
  if (self == NULL)
    return;
  g_free (self->keys);
  g_free (self->children);
  g_free (self->values);
  g_free (self);
}

static void
put_edge (B2Trie *self, guint32 key, guint32 child)
{
  guint32 at = (key * 2654435761u) & (self->n_slots - 1);

  while (self->keys[at] != 0)
    at = (at + 1) & (self->n_slots - 1);
  self->keys[at] = key;
  self->children[at] = child;
}

static void
grow_slots (B2Trie *self)
{
  g_autofree guint32 *keys = self->keys;
  g_autofree guint32 *children = self->children;
  guint32 n_old = self->n_slots;

  self->n_slots *= 2;
  self->keys = g_new0 (guint32, self->n_slots);
  self->children = g_new0 (guint32, self->n_slots);
  for (guint32 i = 0; i < n_old; i++)
    if (keys[i] != 0)
      put_edge (self, keys[i], children[i]);
}

static guint32
add_child (B2Trie *self, guint32 node, guint8 byte)
{
  guint32 child = self->n_nodes;

  if (child == MAX_NODES)
    return 0;
  if (child == self->n_allocated)
    {
      self->n_allocated *= 2;
      self->values = g_renew (gint32, self->values, self->n_allocated);
    }
  self->values[child] = -1;
  self->n_nodes++;
  if (node == 0)
    self->root[byte] = child;
  else
    {
      if (self->n_nodes > self->n_slots / 2)
        grow_slots (self);
      put_edge (self, ((node << 8) | byte) + 1, child);
    }
  return child;
}

gboolean
b2_trie_insert (B2Trie *self, const char *text, gsize len, gint32 value)
{
  guint32 node = 0;

  g_assert (len > 0 && len <= B2_TRIE_MAX_BYTES && value >= 0);
  for (gsize i = 0; i < len; i++)
    {
      guint32 child = b2_trie_child (self, node, (guint8) text[i]);

      if (child == 0)
        child = add_child (self, node, (guint8) text[i]);
      if (child == 0)
        return FALSE;
      node = child;
    }
  self->values[node] = value;
  return TRUE;
}

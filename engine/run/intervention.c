#include "engine/run/intervention.h"

#include <jansson.h>
#include <string.h>

static gboolean
check_index (const char *what, int value, int n, GError **error)
{
  if (value >= 0 && value < n)
    return TRUE;
  g_set_error (error, B2_ERROR, B2_ERROR_ARGUMENT, "%s %d; there are %d, counted from 0", what, value, n);
  return FALSE;
}

static gboolean
check_count (const char *what, int n, const void *list, GError **error)
{
  if (n == 0 || (n > 0 && list != NULL))
    return TRUE;
  g_set_error (error, B2_ERROR, B2_ERROR_ARGUMENT, "A list of %d %s", n, what);
  return FALSE;
}

static B2Flags
flags_new (int n)
{
  return (B2Flags){ .set = g_new0 (guint8, MAX (n, 1)), .n = (gsize) n };
}

gboolean
b2_flags_equal (const B2Flags *a, const B2Flags *b)
{
  return a->n == b->n && memcmp (a->set, b->set, a->n) == 0;
}

void
b2_flags_put (B2Flags *self, gsize i, gboolean on)
{
  g_assert (i < self->n);
  self->set[i] = on ? 1 : 0;
  self->any = memchr (self->set, 1, self->n) != NULL;
}

void
b2_edits_drop (B2Edits *self, gsize key, gboolean dropped)
{
  b2_flags_put (&self->dropped, key, dropped);
  self->seen[key] = !dropped;
}

static gboolean
put_heads (B2Flags *flags, const char *what, const B2Head *heads, int n, int n_layers, int n_heads,
           GError **error)
{
  g_autofree char *layer = g_strconcat (what, ", layer", NULL), *head = g_strconcat (what, ", head", NULL);

  if (!check_count ("heads", n, heads, error))
    return FALSE;
  for (int i = 0; i < n; i++)
    {
      if (!check_index (layer, heads[i].layer, n_layers, error)
          || !check_index (head, heads[i].head, n_heads, error))
        return FALSE;
      b2_flags_put (flags, (gsize) (heads[i].layer * n_heads + heads[i].head), TRUE);
    }
  return TRUE;
}

static gboolean
put_layers (B2Flags *flags, const int *layers, int n, int n_layers, int n_heads, GError **error)
{
  if (!check_count ("layers", n, layers, error))
    return FALSE;
  for (int i = 0; i < n; i++)
    {
      if (!check_index ("Cross-attention layer", layers[i], n_layers, error))
        return FALSE;
      for (int h = 0; h < n_heads; h++)
        b2_flags_put (flags, (gsize) (layers[i] * n_heads + h), TRUE);
    }
  return TRUE;
}

static gboolean
put_queries (B2Flags *flags, const int *queries, int n, GError **error)
{
  if (!check_count ("queries", n, queries, error))
    return FALSE;
  for (int i = 0; i < n; i++)
    {
      if (!check_index ("Query", queries[i], (int) flags->n, error))
        return FALSE;
      b2_flags_put (flags, (gsize) queries[i], TRUE);
    }
  return TRUE;
}

static gboolean
put_patches (B2Edits *self, const B2Intervention *in, GError **error)
{
  if ((in->dropped_patches != NULL || in->greyed_patches != NULL) && (gsize) in->n_patches != self->greyed.n)
    {
      g_set_error (error, B2_ERROR, B2_ERROR_ARGUMENT,
                   "A mask of %d patches; the picture has %" G_GSIZE_FORMAT, in->n_patches, self->greyed.n);
      return FALSE;
    }
  if (in->drop_cls)
    b2_edits_drop (self, 0, TRUE);
  for (gsize i = 0; i < self->greyed.n; i++)
    {
      if (in->dropped_patches != NULL && in->dropped_patches[i])
        b2_edits_drop (self, 1 + i, TRUE);
      if (in->greyed_patches != NULL && in->greyed_patches[i])
        b2_flags_put (&self->greyed, i, TRUE);
    }
  return TRUE;
}

B2Edits *
b2_edits_new (const B2EditSizes *s, const B2Intervention *in, GError **error)
{
  g_autoptr (B2Edits) self = g_new0 (B2Edits, 1);

  self->cross = flags_new (s->n_cross * s->n_heads);
  self->self = flags_new (s->n_layers * s->n_heads);
  self->queries = flags_new (s->n_query);
  self->dropped = flags_new (1 + s->n_patches);
  self->greyed = flags_new (s->n_patches);
  self->seen = g_malloc (self->dropped.n);
  memset (self->seen, 1, self->dropped.n);
  if (in != NULL
      && (!put_heads (&self->cross, "Cross-attention", in->cross_heads, in->n_cross_heads, s->n_cross,
                      s->n_heads, error)
          || !put_layers (&self->cross, in->cross_layers, in->n_cross_layers, s->n_cross, s->n_heads, error)
          || !put_heads (&self->self, "Self-attention", in->self_heads, in->n_self_heads, s->n_layers,
                         s->n_heads, error)
          || !put_queries (&self->queries, in->queries, in->n_queries, error)
          || !put_patches (self, in, error)))
    return NULL;
  return g_steal_pointer (&self);
}

static B2Flags
flags_copy (const B2Flags *from)
{
  return (B2Flags){ .set = g_memdup2 (from->set, MAX (from->n, 1)), .n = from->n, .any = from->any };
}

B2Edits *
b2_edits_copy (const B2Edits *from)
{
  B2Edits *self = g_new0 (B2Edits, 1);

  self->cross = flags_copy (&from->cross);
  self->self = flags_copy (&from->self);
  self->queries = flags_copy (&from->queries);
  self->dropped = flags_copy (&from->dropped);
  self->greyed = flags_copy (&from->greyed);
  self->seen = g_memdup2 (from->seen, from->dropped.n);
  return self;
}

void
b2_edits_free (B2Edits *self)
{
  if (self == NULL)
    return;
  g_free (self->cross.set);
  g_free (self->self.set);
  g_free (self->queries.set);
  g_free (self->dropped.set);
  g_free (self->greyed.set);
  g_free (self->seen);
  g_free (self);
}

gboolean
b2_edits_change_qformer (const B2Edits *self)
{
  return self->cross.any || self->self.any || self->dropped.any || self->greyed.any;
}

gboolean
b2_edits_any (const B2Edits *self)
{
  return b2_edits_change_qformer (self) || self->queries.any;
}

/* ---- as JSON ------------------------------------------------------------------------ */

static void
add_heads (json_t *object, const char *key, const B2Flags *flags, int n_heads)
{
  json_t *list = json_array ();

  for (int i = 0; i < (int) flags->n; i++)
    if (flags->set[i])
      json_array_append_new (list, json_pack ("[i, i]", i / n_heads, i % n_heads));
  if (flags->any)
    json_object_set (object, key, list);
  json_decref (list);
}

/* The flags from @first on, counted from there. */
static void
add_list (json_t *object, const char *key, const B2Flags *flags, gsize first)
{
  json_t *list = json_array ();

  for (gsize i = first; i < flags->n; i++)
    if (flags->set[i])
      json_array_append_new (list, json_integer ((json_int_t) (i - first)));
  if (json_array_size (list) > 0)
    json_object_set (object, key, list);
  json_decref (list);
}

char *
b2_edits_json (const B2Edits *self, int n_heads)
{
  json_t *object = json_object ();
  char *dump, *text;

  add_heads (object, "cross_heads", &self->cross, n_heads);
  add_heads (object, "self_heads", &self->self, n_heads);
  add_list (object, "queries", &self->queries, 0);
  add_list (object, "dropped_patches", &self->dropped, 1);
  if (self->dropped.set[0])
    json_object_set_new (object, "dropped_cls", json_true ());
  add_list (object, "greyed_patches", &self->greyed, 0);
  dump = json_dumps (object, JSON_COMPACT);
  text = g_strdup (dump);
  free (dump);
  json_decref (object);
  return text;
}

#include "app/intervention-private.h"

#include <string.h>

#include <jansson.h>

/* The largest picture's patches, all of them named, take a fifth of it. */
#define MAX_JSON_BYTES (1u << 20)

struct QlIntervention
{
  gatomicrefcount ref_count;
  QlInterventionSizes sizes;
  guint8 *heads; /* [n_layers, n_heads] */
  guint8 *layers; /* [n_layers] */
  guint8 *queries; /* [n_queries] */
  guint8 *patches; /* [rows, columns] */
  int n_self_heads; /* that a trace tells of: Qlens itself mutes none */
  gboolean cls, grey;
  char *key; /* once it is made */
};

G_DEFINE_BOXED_TYPE (QlIntervention, ql_intervention, ql_intervention_ref, ql_intervention_unref)

/* ---- making ------------------------------------------------------------------------- */

static gsize
n_all_heads (const QlInterventionSizes *sizes)
{
  return (gsize) sizes->n_layers * (gsize) sizes->n_heads;
}

static gsize
n_all_patches (const QlInterventionSizes *sizes)
{
  return (gsize) sizes->columns * (gsize) sizes->rows;
}

void
ql_intervention_sizes_of (QlTrace *trace, QlInterventionSizes *sizes)
{
  *sizes = (QlInterventionSizes){ ql_trace_get_n_layers (trace), ql_trace_get_n_heads (trace),
                                  ql_trace_get_n_queries (trace), ql_trace_get_columns (trace),
                                  ql_trace_get_rows (trace) };
}

/* The key is made at once: later, several threads might. */
static void
add_list (GString *key, char name, const guint8 *set, gsize n)
{
  const char *before = "";

  g_string_append_c (key, name);
  for (gsize i = 0; i < n; i++)
    if (set[i])
      {
        g_string_append_printf (key, "%s%" G_GSIZE_FORMAT, before, i);
        before = ",";
      }
}

static QlIntervention *
seal (QlIntervention *self)
{
  GString *key = g_string_new (NULL);
  g_autofree guint8 *heads = g_memdup2 (self->heads, n_all_heads (&self->sizes));
  gboolean any = ql_intervention_get_n_patches (self) > 0;

  /* What is computed is the same for a layer and for all of its heads. */
  for (gsize i = 0; i < n_all_heads (&self->sizes); i++)
    heads[i] |= self->layers[i / (gsize) self->sizes.n_heads];
  add_list (key, 'h', heads, n_all_heads (&self->sizes));
  add_list (key, 'q', self->queries, (gsize) self->sizes.n_queries);
  add_list (key, self->grey && any ? 'g' : 'p', self->patches, n_all_patches (&self->sizes));
  if (self->cls)
    g_string_append_c (key, 'c');
  self->key = g_string_free (key, FALSE);
  return self;
}

static QlIntervention *
allocate (const QlInterventionSizes *sizes)
{
  QlIntervention *self = g_new0 (QlIntervention, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->sizes = *sizes;
  self->heads = g_new0 (guint8, n_all_heads (sizes));
  self->layers = g_new0 (guint8, sizes->n_layers);
  self->queries = g_new0 (guint8, sizes->n_queries);
  self->patches = g_new0 (guint8, n_all_patches (sizes));
  return self;
}

QlIntervention *
ql_intervention_new (const QlInterventionSizes *sizes)
{
  return seal (allocate (sizes));
}

/* A copy that is not sealed yet. */
static QlIntervention *
copy (const QlIntervention *from)
{
  QlIntervention *self = allocate (&from->sizes);

  memcpy (self->heads, from->heads, n_all_heads (&from->sizes));
  memcpy (self->layers, from->layers, (gsize) from->sizes.n_layers);
  memcpy (self->queries, from->queries, (gsize) from->sizes.n_queries);
  memcpy (self->patches, from->patches, n_all_patches (&from->sizes));
  self->n_self_heads = from->n_self_heads;
  self->cls = from->cls;
  self->grey = from->grey;
  return self;
}

QlIntervention *
ql_intervention_ref (QlIntervention *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
ql_intervention_unref (QlIntervention *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  g_free (self->heads);
  g_free (self->layers);
  g_free (self->queries);
  g_free (self->patches);
  g_free (self->key);
  g_free (self);
}

/* ---- what a trace tells ----------------------------------------------------------------- */

static void
read_list (json_t *root, const char *name, guint8 *set, gsize n)
{
  json_t *list = json_object_get (root, name), *value;
  size_t i;

  json_array_foreach (list, i, value)
  {
    json_int_t number = json_is_integer (value) ? json_integer_value (value) : -1;

    if (number >= 0 && (guint64) number < n)
      set[number] = 1;
  }
}

static void
read_heads (json_t *root, QlIntervention *self)
{
  json_t *list = json_object_get (root, "cross_heads"), *value;
  const QlInterventionSizes *sizes = &self->sizes;
  size_t i;

  json_array_foreach (list, i, value)
  {
    json_int_t layer = json_integer_value (json_array_get (value, 0));
    json_int_t head = json_integer_value (json_array_get (value, 1));

    if (json_array_size (value) == 2 && layer >= 0 && layer < sizes->n_layers && head >= 0
        && head < sizes->n_heads)
      self->heads[layer * sizes->n_heads + head] = 1;
  }
  /* All heads of a layer are the layer. */
  for (int l = 0; l < sizes->n_layers; l++)
    {
      guint8 *row = self->heads + (gsize) l * (gsize) sizes->n_heads;

      if (sizes->n_heads > 0 && memchr (row, 0, (gsize) sizes->n_heads) == NULL)
        {
          memset (row, 0, (gsize) sizes->n_heads);
          self->layers[l] = 1;
        }
    }
}

QlIntervention *
ql_intervention_from_json (const char *json, const QlInterventionSizes *sizes)
{
  json_t *root = strlen (json) <= MAX_JSON_BYTES ? json_loads (json, 0, NULL) : NULL;
  g_autoptr (QlIntervention) self = NULL;

  if (json_is_object (root))
    {
      self = allocate (sizes);
      read_heads (root, self);
      read_list (root, "queries", self->queries, (gsize) sizes->n_queries);
      read_list (root, "dropped_patches", self->patches, n_all_patches (sizes));
      if (json_array_size (json_object_get (root, "greyed_patches")) > 0)
        {
          self->grey = TRUE;
          read_list (root, "greyed_patches", self->patches, n_all_patches (sizes));
        }
      self->cls = json_is_true (json_object_get (root, "dropped_cls"));
      self->n_self_heads = (int) MIN (json_array_size (json_object_get (root, "self_heads")), 1000);
      seal (self);
    }
  json_decref (root);
  if (self == NULL || ql_intervention_is_empty (self))
    return NULL;
  return g_steal_pointer (&self);
}

/* ---- asking ------------------------------------------------------------------------------- */

const QlInterventionSizes *
ql_intervention_get_sizes (const QlIntervention *self)
{
  return &self->sizes;
}

static int
count (const guint8 *set, gsize n)
{
  int n_set = 0;

  for (gsize i = 0; i < n; i++)
    n_set += set[i] != 0;
  return n_set;
}

int
ql_intervention_get_n_patches (const QlIntervention *self)
{
  return count (self->patches, n_all_patches (&self->sizes));
}

gboolean
ql_intervention_is_empty (const QlIntervention *self)
{
  return count (self->heads, n_all_heads (&self->sizes)) == 0
         && count (self->layers, (gsize) self->sizes.n_layers) == 0
         && count (self->queries, (gsize) self->sizes.n_queries) == 0
         && ql_intervention_get_n_patches (self) == 0 && !self->cls && self->n_self_heads == 0;
}

const char *
ql_intervention_get_key (const QlIntervention *self)
{
  return self->key;
}

static gboolean
is_head (const QlIntervention *self, int layer, int head)
{
  return layer >= 0 && layer < self->sizes.n_layers && head >= 0 && head < self->sizes.n_heads;
}

static gboolean
is_patch (const QlIntervention *self, int column, int row)
{
  return column >= 0 && column < self->sizes.columns && row >= 0 && row < self->sizes.rows;
}

gboolean
ql_intervention_has_head (const QlIntervention *self, int layer, int head)
{
  return is_head (self, layer, head) && self->heads[layer * self->sizes.n_heads + head];
}

gboolean
ql_intervention_has_layer (const QlIntervention *self, int layer)
{
  return layer >= 0 && layer < self->sizes.n_layers && self->layers[layer];
}

gboolean
ql_intervention_has_query (const QlIntervention *self, int query)
{
  return query >= 0 && query < self->sizes.n_queries && self->queries[query];
}

gboolean
ql_intervention_has_patch (const QlIntervention *self, int column, int row)
{
  return is_patch (self, column, row) && self->patches[row * self->sizes.columns + column];
}

gboolean
ql_intervention_get_cls (const QlIntervention *self)
{
  return self->cls;
}

gboolean
ql_intervention_get_grey (const QlIntervention *self)
{
  return self->grey;
}

int
ql_intervention_get_n_self_heads (const QlIntervention *self)
{
  return self->n_self_heads;
}

/* ---- changing -------------------------------------------------------------------------------- */

QlIntervention *
ql_intervention_with_head (const QlIntervention *self, int layer, int head, gboolean muted)
{
  QlIntervention *other = copy (self);

  if (is_head (self, layer, head))
    other->heads[layer * self->sizes.n_heads + head] = muted != FALSE;
  return seal (other);
}

QlIntervention *
ql_intervention_with_layer (const QlIntervention *self, int layer, gboolean muted)
{
  QlIntervention *other = copy (self);

  if (layer >= 0 && layer < self->sizes.n_layers)
    other->layers[layer] = muted != FALSE;
  return seal (other);
}

QlIntervention *
ql_intervention_with_query (const QlIntervention *self, int query, gboolean muted)
{
  QlIntervention *other = copy (self);

  if (query >= 0 && query < self->sizes.n_queries)
    other->queries[query] = muted != FALSE;
  return seal (other);
}

QlIntervention *
ql_intervention_with_all_queries (const QlIntervention *self, gboolean muted)
{
  QlIntervention *other = copy (self);

  memset (other->queries, muted ? 1 : 0, (gsize) self->sizes.n_queries);
  return seal (other);
}

QlIntervention *
ql_intervention_with_patch (const QlIntervention *self, int column, int row, gboolean dropped)
{
  QlIntervention *other = copy (self);

  if (is_patch (self, column, row))
    other->patches[row * self->sizes.columns + column] = dropped != FALSE;
  return seal (other);
}

QlIntervention *
ql_intervention_with_patches (const QlIntervention *self, const int *patches, int n)
{
  QlIntervention *other = copy (self);

  memset (other->patches, 0, n_all_patches (&self->sizes));
  for (int i = 0; i < n; i++)
    if (patches[i] >= 0 && (gsize) patches[i] < n_all_patches (&self->sizes))
      other->patches[patches[i]] = 1;
  return seal (other);
}

QlIntervention *
ql_intervention_with_cls (const QlIntervention *self, gboolean dropped)
{
  QlIntervention *other = copy (self);

  other->cls = dropped != FALSE;
  return seal (other);
}

QlIntervention *
ql_intervention_with_grey (const QlIntervention *self, gboolean grey)
{
  QlIntervention *other = copy (self);

  other->grey = grey != FALSE;
  return seal (other);
}

/* ---- for the engine ------------------------------------------------------------------------------ */

gboolean
ql_intervention_apply (const QlIntervention *self, B2Session *session, GError **error)
{
  g_autoptr (GArray) heads = g_array_new (FALSE, FALSE, sizeof (B2Head));
  g_autoptr (GArray) layers = g_array_new (FALSE, FALSE, sizeof (int));
  g_autoptr (GArray) queries = g_array_new (FALSE, FALSE, sizeof (int));
  B2Intervention edits = { 0 };

  if (self == NULL || ql_intervention_is_empty (self))
    return b2_session_set_intervention (session, NULL, error);
  for (int l = 0; l < self->sizes.n_layers; l++)
    {
      for (int h = 0; h < self->sizes.n_heads; h++)
        if (ql_intervention_has_head (self, l, h))
          g_array_append_vals (heads, &(B2Head){ l, h }, 1);
      if (self->layers[l])
        g_array_append_val (layers, l);
    }
  for (int q = 0; q < self->sizes.n_queries; q++)
    if (self->queries[q])
      g_array_append_val (queries, q);
  edits.cross_heads = (const B2Head *) (gpointer) heads->data;
  edits.n_cross_heads = (int) heads->len;
  edits.cross_layers = (const int *) (gpointer) layers->data;
  edits.n_cross_layers = (int) layers->len;
  edits.queries = (const int *) (gpointer) queries->data;
  edits.n_queries = (int) queries->len;
  if (ql_intervention_get_n_patches (self) > 0)
    {
      *(self->grey ? &edits.greyed_patches : &edits.dropped_patches) = self->patches;
      edits.n_patches = (int) n_all_patches (&self->sizes);
    }
  edits.drop_cls = self->cls;
  return b2_session_set_intervention (session, &edits, error);
}

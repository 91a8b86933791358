#include "app/attention-map-private.h"

static int
compare_looks (const void *a, const void *b)
{
  const QlPatchLook *x = a, *y = b;

  if (x->value != y->value)
    return x->value > y->value ? -1 : 1;
  if (x->key.layer != y->key.layer)
    return x->key.layer - y->key.layer;
  if (x->key.query != y->key.query)
    return x->key.query - y->key.query;
  return x->key.head - y->key.head;
}

/* The value alone: a map measures all of its patches. */
static double
value_at (QlTrace *trace, const QlMapKey *key, int patch)
{
  static const QlTraceMade made[] = {
    [QL_MAP_HEAD_MEAN] = QL_TRACE_MEAN, [QL_MAP_HEAD_MAX] = QL_TRACE_MAX, [QL_MAP_ROLLOUT] = QL_TRACE_ROLLOUT
  };
  const QlTraceData *d = ql_trace_data (trace);
  gsize at;

  if (key->method == QL_MAP_HEAD)
    {
      at = ((gsize) key->layer * (gsize) d->n_heads + (gsize) key->head) * (gsize) d->n_queries
           + (gsize) key->query;
      return (double) d->cross[at * ((gsize) d->n_patches + 1) + 1 + (gsize) patch];
    }
  at = (gsize) key->layer * (gsize) d->n_queries + (gsize) key->query;
  {
    const QlTraceMaps *maps = ql_trace_maps (trace, made[key->method]);

    return (double) maps->values[at * (gsize) maps->stride + 1 + (gsize) patch];
  }
}

GArray *
ql_trace_rank_patch (QlTrace *trace, int column, int row, QlMapMethod method, int n)
{
  const QlTraceData *d = ql_trace_data (trace);
  GArray *list = g_array_new (FALSE, TRUE, sizeof (QlPatchLook));
  QlPatchLook look = { .key = { .method = method } };
  int n_heads = method == QL_MAP_HEAD ? d->n_heads : 1;

  g_return_val_if_fail (column >= 0 && column < d->columns && row >= 0 && row < d->rows, list);
  if (!ql_map_is_possible (trace, &look.key))
    return list;
  for (look.key.layer = 0; look.key.layer < d->n_layers; look.key.layer++)
    for (look.key.query = 0; look.key.query < d->n_queries; look.key.query++)
      for (look.key.head = 0; look.key.head < n_heads; look.key.head++)
        {
          look.value = value_at (trace, &look.key, row * d->columns + column);
          g_array_append_val (list, look);
        }
  g_array_sort (list, compare_looks);
  g_array_set_size (list, (guint) CLAMP (n, 0, (int) list->len));
  for (guint i = 0; i < list->len; i++)
    {
      QlPatchLook *of = &g_array_index (list, QlPatchLook, i);
      g_autoptr (QlMap) map = ql_map_new (trace, &of->key);

      of->ratio = ql_map_get_ratio (map, column, row);
    }
  return list;
}

static int
compare_words (const void *a, const void *b)
{
  const QlPatchWord *x = a, *y = b;

  if (x->value != y->value)
    return x->value > y->value ? -1 : 1;
  return x->word - y->word;
}

GArray *
ql_trace_rank_patch_words (QlTrace *trace, int column, int row, QlLmHead lm, const QlMapKey *key, int n)
{
  GArray *list = g_array_new (FALSE, FALSE, sizeof (QlPatchWord));

  for (int i = 0; i < ql_trace_get_n_words (trace); i++)
    {
      g_autoptr (QlMap) map = ql_map_new_for_word (trace, i, lm, key);
      QlPatchWord word = { .word = i };

      if (map == NULL)
        break;
      word.value = ql_map_get_value (map, column, row);
      word.ratio = ql_map_get_ratio (map, column, row);
      g_array_append_val (list, word);
    }
  g_array_sort (list, compare_words);
  g_array_set_size (list, (guint) CLAMP (n, 0, (int) list->len));
  return list;
}

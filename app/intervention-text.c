#include "app/intervention.h"

#include <glib/gi18n.h>

/* What is changed, as a list to take things back from, and in a few words. */

static int
count_queries (const QlIntervention *self)
{
  int n = 0;

  for (int q = 0; q < ql_intervention_get_sizes (self)->n_queries; q++)
    n += ql_intervention_has_query (self, q);
  return n;
}

static void
add_item (GArray *items, QlInterventionKind kind, int layer, int head, int query)
{
  g_array_append_vals (items, &(QlInterventionItem){ kind, layer, head, query }, 1);
}

GArray *
ql_intervention_list (const QlIntervention *self)
{
  const QlInterventionSizes *sizes = ql_intervention_get_sizes (self);
  GArray *items = g_array_new (FALSE, FALSE, sizeof (QlInterventionItem));

  for (int l = 0; l < sizes->n_layers; l++)
    {
      if (ql_intervention_has_layer (self, l))
        add_item (items, QL_INTERVENTION_LAYER, l, -1, -1);
      for (int h = 0; h < sizes->n_heads; h++)
        if (ql_intervention_has_head (self, l, h))
          add_item (items, QL_INTERVENTION_HEAD, l, h, -1);
    }
  if (sizes->n_queries > 1 && count_queries (self) == sizes->n_queries)
    add_item (items, QL_INTERVENTION_ALL_QUERIES, -1, -1, -1);
  else
    for (int q = 0; q < sizes->n_queries; q++)
      if (ql_intervention_has_query (self, q))
        add_item (items, QL_INTERVENTION_QUERY, -1, -1, q);
  if (ql_intervention_get_n_patches (self) > 0)
    add_item (items, QL_INTERVENTION_PATCHES, -1, -1, -1);
  if (ql_intervention_get_cls (self))
    add_item (items, QL_INTERVENTION_CLS, -1, -1, -1);
  return items;
}

QlIntervention *
ql_intervention_without (const QlIntervention *self, const QlInterventionItem *item)
{
  switch (item->kind)
    {
    case QL_INTERVENTION_HEAD:
      return ql_intervention_with_head (self, item->layer, item->head, FALSE);
    case QL_INTERVENTION_LAYER:
      return ql_intervention_with_layer (self, item->layer, FALSE);
    case QL_INTERVENTION_QUERY:
      return ql_intervention_with_query (self, item->query, FALSE);
    case QL_INTERVENTION_ALL_QUERIES:
      return ql_intervention_with_all_queries (self, FALSE);
    case QL_INTERVENTION_CLS:
      return ql_intervention_with_cls (self, FALSE);
    case QL_INTERVENTION_PATCHES:
    default:
      return ql_intervention_with_patches (self, NULL, 0);
    }
}

static char *
patches_text (const QlIntervention *self)
{
  int n = ql_intervention_get_n_patches (self);

  if (ql_intervention_get_grey (self))
    return g_strdup_printf (ngettext ("%d patch greyed", "%d patches greyed", (gulong) n), n);
  return g_strdup_printf (ngettext ("%d patch dropped", "%d patches dropped", (gulong) n), n);
}

char *
ql_intervention_item_title (const QlIntervention *self, const QlInterventionItem *item, QlTrace *trace)
{
  switch (item->kind)
    {
    case QL_INTERVENTION_HEAD:
      return g_strdup_printf (_ ("Layer %d, head %d"), ql_trace_get_layer_number (trace, item->layer),
                              item->head);
    case QL_INTERVENTION_LAYER:
      return g_strdup_printf (_ ("Layer %d"), ql_trace_get_layer_number (trace, item->layer));
    case QL_INTERVENTION_QUERY:
      return g_strdup_printf (_ ("Query %d"), item->query);
    case QL_INTERVENTION_ALL_QUERIES:
      return g_strdup (_ ("All queries"));
    case QL_INTERVENTION_CLS:
      return g_strdup (_ ("CLS dropped"));
    case QL_INTERVENTION_PATCHES:
    default:
      return patches_text (self);
    }
}

static void
take (GPtrArray *parts, int n, char *text)
{
  if (n > 0)
    g_ptr_array_add (parts, text);
  else
    g_free (text);
}

char *
ql_intervention_describe (const QlIntervention *self)
{
  g_autoptr (GArray) items = ql_intervention_list (self);
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (g_free);
  int n_layers = 0, n_heads = 0, n_queries = count_queries (self);
  int n_self = ql_intervention_get_n_self_heads (self);

  for (guint i = 0; i < items->len; i++)
    {
      const QlInterventionItem *item = &g_array_index (items, QlInterventionItem, i);

      n_layers += item->kind == QL_INTERVENTION_LAYER;
      n_heads += item->kind == QL_INTERVENTION_HEAD;
    }
  take (parts, n_layers,
        g_strdup_printf (ngettext ("%d layer muted", "%d layers muted", (gulong) n_layers), n_layers));
  take (parts, n_heads,
        g_strdup_printf (ngettext ("%d head muted", "%d heads muted", (gulong) n_heads), n_heads));
  if (n_queries > 1 && n_queries == ql_intervention_get_sizes (self)->n_queries)
    g_ptr_array_add (parts, g_strdup (_ ("all queries muted")));
  else
    take (parts, n_queries,
          g_strdup_printf (ngettext ("%d query muted", "%d queries muted", (gulong) n_queries), n_queries));
  if (ql_intervention_get_n_patches (self) > 0)
    g_ptr_array_add (parts, patches_text (self));
  if (ql_intervention_get_cls (self))
    g_ptr_array_add (parts, g_strdup (_ ("CLS dropped")));
  take (parts, n_self,
        g_strdup_printf (
            ngettext ("%d self-attention head muted", "%d self-attention heads muted", (gulong) n_self),
            n_self));
  g_ptr_array_add (parts, NULL);
  /* Translators: between parts of a list: "2 heads muted, 8 patches dropped". */
  return g_strjoinv (_ (", "), (char **) parts->pdata);
}

#include "app/map-atlas.h"

#include <glib/gi18n.h>
#include <math.h>
#include <stdlib.h>

#include "app/map-draw-private.h"

/* Parts of a map's width. */
#define GAP 0.08
#define LABEL 0.22 /* a label's letters */
#define MAX_LABEL_PX 10
#define MIN_LABEL_PX 4

typedef struct
{
  QlMap *map;
  int index; /* in the model's order */
  double key;
} Entry;

struct QlAtlas
{
  gatomicrefcount ref_count;
  QlTrace *trace;
  GArray *entries; /* of Entry */
  int columns, rows;
  gboolean by_head; /* one head, all queries; else one query, layers and heads */
  gboolean sorted;
  char *title;
};

static void
entry_clear (gpointer data)
{
  ql_map_unref (((Entry *) data)->map);
}

/* @title: (transfer full) */
static QlAtlas *
atlas_new (QlTrace *trace, char *title)
{
  QlAtlas *self = g_new0 (QlAtlas, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->trace = g_object_ref (trace);
  self->entries = g_array_new (FALSE, FALSE, sizeof (Entry));
  g_array_set_clear_func (self->entries, entry_clear);
  self->title = title;
  return self;
}

/* @map: (transfer full) */
static void
add (QlAtlas *self, QlMap *map)
{
  Entry entry = { map, (int) self->entries->len, 0 };

  g_array_append_val (self->entries, entry);
}

static QlAtlas *
fill_layers (QlAtlas *self, int query, int word, QlLmHead lm)
{
  QlMapKey key = { .query = query, .method = QL_MAP_HEAD };

  self->rows = ql_trace_get_n_layers (self->trace);
  self->columns = ql_trace_get_n_heads (self->trace);
  for (key.layer = 0; key.layer < self->rows; key.layer++)
    for (key.head = 0; key.head < self->columns; key.head++)
      add (self,
           word < 0 ? ql_map_new (self->trace, &key) : ql_map_new_for_word (self->trace, word, lm, &key));
  return self;
}

QlAtlas *
ql_atlas_new_for_query (QlTrace *trace, int query)
{
  g_return_val_if_fail (query >= 0 && query < ql_trace_get_n_queries (trace), NULL);
  return fill_layers (atlas_new (trace, g_strdup_printf (_ ("Query %d: every layer and head"), query)), query,
                      -1, QL_LM_MEAN);
}

QlAtlas *
ql_atlas_new_for_word (QlTrace *trace, int word, QlLmHead lm)
{
  if (ql_trace_get_n_lm_layers (trace) == 0)
    return NULL;
  return fill_layers (atlas_new (trace, g_strdup_printf (_ ("“%s”: every layer and head"),
                                                         ql_trace_get_word_text (trace, word))),
                      0, word, lm);
}

QlAtlas *
ql_atlas_new_for_head (QlTrace *trace, const QlMapKey *key)
{
  int layer = ql_trace_get_layer_number (trace, key->layer);
  QlMapKey of = *key;
  QlAtlas *self;
  char *title;

  g_return_val_if_fail (ql_map_is_possible (trace, key), NULL);
  switch (key->method)
    {
    case QL_MAP_HEAD:
      title = g_strdup_printf (_ ("Layer %d, head %d: every query"), layer, key->head);
      break;
    case QL_MAP_HEAD_MEAN:
      title = g_strdup_printf (_ ("Layer %d, mean of the heads: every query"), layer);
      break;
    case QL_MAP_HEAD_MAX:
      title = g_strdup_printf (_ ("Layer %d, largest of the heads: every query"), layer);
      break;
    default:
      title = g_strdup_printf (_ ("Rollout up to layer %d: every query"), layer);
    }
  self = atlas_new (trace, title);
  self->by_head = TRUE;
  for (of.query = 0; of.query < ql_trace_get_n_queries (trace); of.query++)
    add (self, ql_map_new (trace, &of));
  self->columns = MIN (QL_ATLAS_QUERY_COLUMNS, of.query);
  self->rows = (of.query + self->columns - 1) / self->columns;
  return self;
}

QlAtlas *
ql_atlas_ref (QlAtlas *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
ql_atlas_unref (QlAtlas *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  g_array_unref (self->entries);
  g_object_unref (self->trace);
  g_free (self->title);
  g_free (self);
}

static int
compare_entries (const void *a, const void *b)
{
  const Entry *x = a, *y = b;

  if (x->key != y->key)
    return x->key < y->key ? -1 : 1;
  return x->index - y->index;
}

void
ql_atlas_sort (QlAtlas *self, QlMapSort sort, const QlMapBox *box)
{
  for (guint i = 0; i < self->entries->len; i++)
    {
      Entry *entry = &g_array_index (self->entries, Entry, i);

      entry->key = ql_map_get_sort_key (entry->map, sort, box);
    }
  self->sorted = sort != QL_MAP_SORT_NONE;
  g_array_sort (self->entries, compare_entries);
}

int
ql_atlas_get_n_maps (QlAtlas *self)
{
  return (int) self->entries->len;
}

QlMap *
ql_atlas_get_map (QlAtlas *self, int i)
{
  g_return_val_if_fail (i >= 0 && (guint) i < self->entries->len, NULL);
  return g_array_index (self->entries, Entry, i).map;
}

int
ql_atlas_get_columns (QlAtlas *self)
{
  return self->columns;
}

int
ql_atlas_get_rows (QlAtlas *self)
{
  return self->rows;
}

QlTrace *
ql_atlas_get_trace (QlAtlas *self)
{
  return self->trace;
}

const char *
ql_atlas_get_title (QlAtlas *self)
{
  return self->title;
}

gboolean
ql_atlas_is_ordered (QlAtlas *self)
{
  return !self->sorted && !self->by_head;
}

char *
ql_atlas_get_label (QlAtlas *self, int i)
{
  const QlMapKey *key = ql_map_get_key (ql_atlas_get_map (self, i));

  if (self->by_head)
    return g_strdup_printf (_ ("query %d"), key->query);
  return g_strdup_printf (_ ("layer %d, head %d"), ql_trace_get_layer_number (self->trace, key->layer),
                          key->head);
}

/* ---- where things are ------------------------------------------------------------------ */

typedef struct
{
  double left, top; /* of the first map */
  double width, height; /* of a map */
  double step_x, step_y;
  double text_px;
} Layout;

/* Labels take a strip at the left and the top where rows and columns have them; else one over each map. */
static void
lay_out (QlAtlas *self, const QlAtlasRect *all, Layout *layout)
{
  double cell = all->width / (self->columns + 1);

  layout->text_px = CLAMP (cell * LABEL, MIN_LABEL_PX, MAX_LABEL_PX);
  if (ql_atlas_is_ordered (self))
    {
      double strip = layout->text_px * 2.2;

      layout->left = all->x + strip;
      layout->top = all->y + ql_draw_text_height (layout->text_px);
      layout->step_x = (all->width - strip) / self->columns;
      layout->step_y = (all->y + all->height - layout->top) / self->rows;
      layout->height = layout->step_y * (1 - GAP);
    }
  else
    {
      double label = ql_draw_text_height (layout->text_px);

      layout->left = all->x;
      layout->step_x = all->width / self->columns;
      layout->step_y = all->height / self->rows;
      layout->top = all->y + label;
      layout->height = layout->step_y - label - layout->step_y * GAP;
    }
  layout->width = MAX (layout->step_x * (1 - GAP), 1);
  layout->height = MAX (layout->height, 1);
}

void
ql_atlas_get_rect (QlAtlas *self, const QlAtlasRect *all, int i, QlAtlasRect *rect)
{
  Layout layout;

  lay_out (self, all, &layout);
  *rect = (QlAtlasRect){ layout.left + i % self->columns * layout.step_x,
                         layout.top + i / self->columns * layout.step_y, layout.width, layout.height };
}

int
ql_atlas_locate (QlAtlas *self, const QlAtlasRect *all, double x, double y)
{
  for (int i = 0; i < (int) self->entries->len; i++)
    {
      QlAtlasRect r;

      ql_atlas_get_rect (self, all, i, &r);
      if (x >= r.x && y >= r.y && x < r.x + r.width && y < r.y + r.height)
        return i;
    }
  return -1;
}

static void
draw_ordered_labels (QlAtlas *self, const QlMapLook *look, cairo_t *cr, const QlAtlasRect *all)
{
  Layout layout;

  lay_out (self, all, &layout);
  for (int column = 0; column < self->columns; column++)
    {
      g_autofree char *label = g_strdup_printf ("%d", column);

      ql_draw_text (cr, label, layout.text_px, &look->ink, QL_TEXT_CENTER,
                    layout.left + column * layout.step_x + layout.width / 2, all->y);
    }
  for (int row = 0; row < self->rows; row++)
    {
      g_autofree char *label = g_strdup_printf ("%d", ql_trace_get_layer_number (self->trace, row));

      ql_draw_text (cr, label, layout.text_px, &look->ink, QL_TEXT_RIGHT, layout.left - layout.text_px * 0.5,
                    layout.top + row * layout.step_y + layout.height / 2
                        - ql_draw_text_height (layout.text_px) / 2);
    }
}

/* As much of a map's name as there is room for: else the layer and the head as numbers. */
static char *
fitting_label (QlAtlas *self, cairo_t *cr, int i, double size_px, double width)
{
  char *label = ql_atlas_get_label (self, i);
  const QlMapKey *key;

  if (ql_draw_text_width (cr, label, size_px) <= width)
    return label;
  g_free (label);
  key = ql_map_get_key (ql_atlas_get_map (self, i));
  if (self->by_head)
    return g_strdup_printf ("%d", key->query);
  return g_strdup_printf ("%d · %d", ql_trace_get_layer_number (self->trace, key->layer), key->head);
}

void
ql_atlas_draw (QlAtlas *self, const QlMapLook *look, cairo_t *cr, double x, double y, double width,
               double height)
{
  QlAtlasRect all = { x, y, width, height };
  QlMapLook of_maps = *look;
  Layout layout;

  /* There is no picture behind them. */
  of_maps.opacity = 1;
  of_maps.alpha_by_value = FALSE;
  if (of_maps.style == QL_MAP_STYLE_SPOTLIGHT)
    of_maps.style = QL_MAP_STYLE_CELLS;
  lay_out (self, &all, &layout);
  for (int i = 0; i < (int) self->entries->len; i++)
    {
      QlAtlasRect r;

      ql_atlas_get_rect (self, &all, i, &r);
      ql_map_draw (ql_atlas_get_map (self, i), &of_maps, cr, r.x, r.y, r.width, r.height);
      if (!ql_atlas_is_ordered (self))
        {
          g_autofree char *label = fitting_label (self, cr, i, layout.text_px * 0.8, layout.width);

          ql_draw_text (cr, label, layout.text_px * 0.8, &look->ink, QL_TEXT_LEFT, r.x,
                        r.y - ql_draw_text_height (layout.text_px * 0.8));
        }
    }
  if (ql_atlas_is_ordered (self))
    draw_ordered_labels (self, look, cr, &all);
}

#include "ui/batch-view-private.h"

#include "ui/thumbnail.h"

/* Small pictures of the rows that are seen. The table has some 200 rows ready around those; only where
 * they lie says which ones are seen. */

/* Rows that are scrolled past faster need none. */
#define INTERVAL_MS 80

typedef struct
{
  QlThumbnail *widget;
  float y;
} Seen;

static int
compare_seen (gconstpointer a, gconstpointer b)
{
  float x = ((const Seen *) a)->y, y = ((const Seen *) b)->y;

  return x < y ? -1 : x > y;
}

static GArray *
find_seen (QlBatchView *self)
{
  GArray *seen = g_array_new (FALSE, FALSE, sizeof (Seen));
  float height = (float) gtk_widget_get_height (GTK_WIDGET (self->scroller));
  GHashTableIter iter;
  gpointer cell;

  g_hash_table_iter_init (&iter, self->cells);
  while (g_hash_table_iter_next (&iter, &cell, NULL))
    {
      graphene_rect_t bounds;

      if (!QL_IS_THUMBNAIL (cell) || !gtk_widget_get_mapped (cell)
          || !gtk_widget_compute_bounds (cell, GTK_WIDGET (self->scroller), &bounds))
        continue;
      if (bounds.origin.y < height && bounds.origin.y + bounds.size.height > 0)
        g_array_append_val (seen, ((Seen){ cell, bounds.origin.y }));
    }
  g_array_sort (seen, compare_seen);
  return seen;
}

static gboolean
look_cb (gpointer data)
{
  QlBatchView *self = data;
  g_autoptr (GArray) seen = find_seen (self);
  g_autoptr (GPtrArray) paths = g_ptr_array_new ();

  self->thumbs_timeout = 0;
  for (guint i = 0; i < seen->len; i++)
    {
      QlThumbnail *widget = g_array_index (seen, Seen, i).widget;

      if (ql_thumbnail_get_path (widget) != NULL && ql_thumbnail_get_texture (widget) == NULL)
        g_ptr_array_add (paths, (gpointer) ql_thumbnail_get_path (widget));
    }
  ql_thumbnails_want (self->thumbnails, paths);
  return G_SOURCE_REMOVE;
}

void
ql_batch_view_queue_thumbs (QlBatchView *self)
{
  if (self->thumbs_timeout == 0 && !self->closed)
    self->thumbs_timeout = g_timeout_add (INTERVAL_MS, look_cb, self);
}

static void
ready_cb (QlBatchView *self, const char *path, QlThumbnails *thumbnails)
{
  GHashTableIter iter;
  gpointer cell;

  g_hash_table_iter_init (&iter, self->cells);
  while (g_hash_table_iter_next (&iter, &cell, NULL))
    if (QL_IS_THUMBNAIL (cell) && g_strcmp0 (ql_thumbnail_get_path (cell), path) == 0)
      ql_thumbnail_set (cell, path, ql_thumbnails_get (thumbnails, path));
}

void
ql_batch_view_add_thumbs (QlBatchView *self)
{
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (self->scroller);

  self->thumbnails = ql_thumbnails_new (QL_THUMBNAIL_SIDE_PX * 2); /* sharp at scale 2 */
  g_signal_connect_object (self->thumbnails, "ready", G_CALLBACK (ready_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (adjustment, "value-changed", G_CALLBACK (ql_batch_view_queue_thumbs), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (adjustment, "changed", G_CALLBACK (ql_batch_view_queue_thumbs), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->table, "map", G_CALLBACK (ql_batch_view_queue_thumbs), self,
                           G_CONNECT_SWAPPED);
}

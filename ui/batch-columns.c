#include "ui/batch-view-private.h"

#include <glib/gi18n.h>

#include "ui/accessible.h"
#include "ui/batch-cell.h"
#include "ui/batch-words.h"
#include "ui/caption-cell.h"
#include "ui/thumbnail.h"

/* The table: columns, what is in their cells, and their order. */

#define THUMB_WIDTH_PX 56
#define FILE_WIDTH_PX 200
#define FILE_WIDTH_NARROW_PX 120
#define STATUS_WIDTH_PX 120
#define SECONDS_WIDTH_PX 90
/* Of a head, beside its text: room around it, the arrow of the order, and what a bold letter has more. */
#define HEAD_WIDTH_PX 44

/* ---- order ---------------------------------------------------------------------------- */

static int
compare_files (gconstpointer a, gconstpointer b, gpointer data)
{
  QlBatchItem *x = QL_BATCH_ITEM ((gpointer) a), *y = QL_BATCH_ITEM ((gpointer) b);
  int order = g_strcmp0 (ql_batch_item_get_sort_key (x), ql_batch_item_get_sort_key (y));

  return order != 0 ? order : g_strcmp0 (ql_batch_item_get_path (x), ql_batch_item_get_path (y));
}

static int
compare_statuses (gconstpointer a, gconstpointer b, gpointer data)
{
  return ql_batch_status_rank (ql_batch_item_get_status (QL_BATCH_ITEM ((gpointer) a)))
         - ql_batch_status_rank (ql_batch_item_get_status (QL_BATCH_ITEM ((gpointer) b)));
}

static int
compare_seconds (gconstpointer a, gconstpointer b, gpointer data)
{
  double x = ql_batch_item_get_seconds (QL_BATCH_ITEM ((gpointer) a));
  double y = ql_batch_item_get_seconds (QL_BATCH_ITEM ((gpointer) b));

  return x < y ? -1 : x > y;
}

void
ql_batch_view_sort (QlBatchView *self, const char *key)
{
  GtkColumnViewColumn *column = g_str_equal (key, "file")      ? self->file_column
                                : g_str_equal (key, "status")  ? self->status_column
                                : g_str_equal (key, "seconds") ? self->seconds_column
                                                               : NULL;

  /* The longest first: that is what one looks for. */
  gtk_column_view_sort_by_column (self->table, column,
                                  column == self->seconds_column ? GTK_SORT_DESCENDING : GTK_SORT_ASCENDING);
}

/* Not at each change: rows that move about under the eyes cannot be read. */
void
ql_batch_view_sort_again (QlBatchView *self)
{
  GtkSorter *status = gtk_column_view_column_get_sorter (self->status_column);
  GtkSorter *seconds = gtk_column_view_column_get_sorter (self->seconds_column);

  gtk_sorter_changed (status, GTK_SORTER_CHANGE_DIFFERENT);
  gtk_sorter_changed (seconds, GTK_SORTER_CHANGE_DIFFERENT);
}

static GtkWidget *
find_list (QlBatchView *self)
{
  for (GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (self->table)); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    if (GTK_IS_LIST_VIEW (child))
      return child;
  return NULL;
}

void
ql_batch_view_scroll_to (QlBatchView *self, guint position)
{
  GtkWidget *list = find_list (self);

  if (list != NULL)
    gtk_widget_activate_action (list, "list.scroll-to-item", "u", position);
}

static void
pending_cb (QlBatchView *self)
{
  if (!self->show_first || gtk_sort_list_model_get_pending (self->sorted) > 0)
    return;
  self->show_first = FALSE;
  gtk_selection_model_select_item (GTK_SELECTION_MODEL (self->selection), 0, TRUE);
  ql_batch_view_scroll_to (self, 0);
}

void
ql_batch_view_show_first (QlBatchView *self)
{
  self->show_first = TRUE;
  pending_cb (self);
}

/* ---- cells ------------------------------------------------------------------------------ */

static QlBatchCellBelow
below_of (QlBatchView *self)
{
  return self->narrow            ? QL_BATCH_CELL_OWN_STATUS
         : self->several_folders ? QL_BATCH_CELL_FOLDER
                                 : QL_BATCH_CELL_NOTHING;
}

static void
edited_cb (QlCaptionCell *cell, QlBatchItem *item, const char *text, QlBatchView *self)
{
  ql_batch_view_save_caption (self, item, text);
}

static void
editing_cb (QlCaptionCell *cell, GParamSpec *pspec, QlBatchView *self)
{
  if (ql_caption_cell_get_editing (cell))
    self->editing = GTK_WIDGET (cell);
  else if (self->editing == GTK_WIDGET (cell))
    self->editing = NULL;
  g_signal_emit_by_name (self, "changed");
}

/* @title: of the column; static */
static void
fill (GtkListItem *row, GtkWidget *child, const char *title)
{
  gtk_list_item_set_child (row, child);
  g_object_set_data (G_OBJECT (child), "row", row); /* which says its position */
  g_object_set_data (G_OBJECT (child), "title", (gpointer) title);
}

/* Of GTK's own widget around @child; when it is there, and once. */
static void
name_cell (GtkWidget *child)
{
  const char *title = g_object_steal_data (G_OBJECT (child), "title");
  GtkWidget *cell = gtk_widget_get_parent (child);

  if (title != NULL && cell != NULL)
    gtk_accessible_update_property (GTK_ACCESSIBLE (cell), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
}

static void
setup_thumb_cb (GtkSignalListItemFactory *factory, GtkListItem *row, QlBatchView *self)
{
  fill (row, ql_thumbnail_new (), _ ("Picture"));
}

static void
setup_file_cb (GtkSignalListItemFactory *factory, GtkListItem *row, QlBatchView *self)
{
  fill (row, ql_batch_cell_new (QL_BATCH_CELL_FILE), _ ("File"));
}

static void
setup_status_cb (GtkSignalListItemFactory *factory, GtkListItem *row, QlBatchView *self)
{
  fill (row, ql_batch_cell_new (QL_BATCH_CELL_STATUS), _ ("Status"));
}

static void
setup_caption_cb (GtkSignalListItemFactory *factory, GtkListItem *row, QlBatchView *self)
{
  GtkWidget *cell = ql_caption_cell_new ();

  g_signal_connect_object (cell, "edited", G_CALLBACK (edited_cb), self, 0);
  g_signal_connect_object (cell, "notify::editing", G_CALLBACK (editing_cb), self, 0);
  fill (row, cell, _ ("Caption"));
}

static void
setup_seconds_cb (GtkSignalListItemFactory *factory, GtkListItem *row, QlBatchView *self)
{
  fill (row, ql_batch_cell_new (QL_BATCH_CELL_SECONDS), _ ("Seconds"));
}

static void
bind_cb (GtkSignalListItemFactory *factory, GtkListItem *row, QlBatchView *self)
{
  GtkWidget *child = gtk_list_item_get_child (row);
  QlBatchItem *item = gtk_list_item_get_item (row);

  name_cell (child);
  if (QL_IS_THUMBNAIL (child))
    {
      const char *path = ql_batch_item_get_path (item);

      ql_thumbnail_set (QL_THUMBNAIL (child), path, ql_thumbnails_get (self->thumbnails, path));
      g_hash_table_add (self->cells, child);
      ql_batch_view_queue_thumbs (self);
    }
  else if (QL_IS_CAPTION_CELL (child))
    {
      ql_caption_cell_set_item (QL_CAPTION_CELL (child), item);
      g_hash_table_add (self->cells, child);
    }
  else
    {
      ql_batch_cell_set_item (QL_BATCH_CELL (child), item);
      g_hash_table_add (self->cells, child);
    }
}

static void
bind_file_cb (GtkSignalListItemFactory *factory, GtkListItem *row, QlBatchView *self)
{
  ql_batch_cell_set_below (QL_BATCH_CELL (gtk_list_item_get_child (row)), below_of (self));
  bind_cb (factory, row, self);
}

static void
unbind_cb (GtkSignalListItemFactory *factory, GtkListItem *row, QlBatchView *self)
{
  GtkWidget *child = gtk_list_item_get_child (row);

  g_hash_table_remove (self->cells, child);
  if (QL_IS_THUMBNAIL (child))
    ql_thumbnail_set (QL_THUMBNAIL (child), NULL, NULL);
  else if (QL_IS_CAPTION_CELL (child))
    ql_caption_cell_set_item (QL_CAPTION_CELL (child), NULL);
  else
    ql_batch_cell_set_item (QL_BATCH_CELL (child), NULL);
}

/* ---- columns ---------------------------------------------------------------------------- */

static GtkColumnViewColumn *
add_column (QlBatchView *self, const char *title, GCallback setup, GCallback bind, GCompareDataFunc compare)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  g_autoptr (GtkColumnViewColumn) column = NULL;

  g_signal_connect_object (factory, "setup", setup, self, 0);
  g_signal_connect_object (factory, "bind", bind, self, 0);
  g_signal_connect_object (factory, "unbind", G_CALLBACK (unbind_cb), self, 0);
  column = gtk_column_view_column_new (title, factory);
  if (compare != NULL)
    {
      g_autoptr (GtkSorter) sorter = GTK_SORTER (gtk_custom_sorter_new (compare, NULL, NULL));

      gtk_column_view_column_set_sorter (column, sorter);
    }
  gtk_column_view_append_column (self->table, column);
  return column; /* the table keeps it */
}

/* GTK 4.8 announces whatever has no name by the name of its type: the heads of the columns, the rows' list. */
static void
name_parts (QlBatchView *self)
{
  static const char *const titles[]
      = { N_ ("Picture"), N_ ("File"), N_ ("Status"), N_ ("Caption"), N_ ("Seconds") };
  GtkWidget *header = gtk_widget_get_first_child (GTK_WIDGET (self->table));
  GtkWidget *list = find_list (self);
  guint i = 0;

  gtk_accessible_update_property (GTK_ACCESSIBLE (header), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Columns"), -1);
  for (GtkWidget *head = gtk_widget_get_first_child (header); head != NULL && i < G_N_ELEMENTS (titles);
       head = gtk_widget_get_next_sibling (head), i++)
    gtk_accessible_update_property (GTK_ACCESSIBLE (head), GTK_ACCESSIBLE_PROPERTY_LABEL, _ (titles[i]), -1);
  if (list != NULL)
    gtk_accessible_update_property (GTK_ACCESSIBLE (list), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Pictures"), -1);
}

/* A fixed width may be too narrow for the column's name in another language or a larger font. */
static int
column_width (QlBatchView *self, GtkColumnViewColumn *column, int least)
{
  g_autoptr (PangoLayout) layout
      = gtk_widget_create_pango_layout (GTK_WIDGET (self->table), gtk_column_view_column_get_title (column));
  int width;

  pango_layout_get_pixel_size (layout, &width, NULL);
  return MAX (least, width + HEAD_WIDTH_PX);
}

void
ql_batch_view_update_columns (QlBatchView *self)
{
  QlBatchCellBelow below = below_of (self);
  GHashTableIter iter;
  gpointer cell;

  gtk_column_view_column_set_visible (self->status_column, !self->narrow);
  gtk_column_view_column_set_visible (self->seconds_column, !self->narrow);
  /* GTK 4.8 keeps room for hidden columns of a fixed width. */
  gtk_column_view_column_set_fixed_width (
      self->status_column, self->narrow ? -1 : column_width (self, self->status_column, STATUS_WIDTH_PX));
  gtk_column_view_column_set_fixed_width (
      self->seconds_column, self->narrow ? -1 : column_width (self, self->seconds_column, SECONDS_WIDTH_PX));
  gtk_column_view_column_set_fixed_width (self->file_column,
                                          self->narrow ? FILE_WIDTH_NARROW_PX : FILE_WIDTH_PX);
  g_hash_table_iter_init (&iter, self->cells);
  while (g_hash_table_iter_next (&iter, &cell, NULL))
    if (QL_IS_BATCH_CELL (cell) && ql_batch_cell_get_kind (cell) == QL_BATCH_CELL_FILE)
      ql_batch_cell_set_below (cell, below);
}

void
ql_batch_view_add_columns (QlBatchView *self)
{
  GListModel *items = ql_batch_get_items (self->batch);
  GtkColumnViewColumn *thumb;

  self->cells = g_hash_table_new (NULL, NULL);
  thumb = add_column (self, " ", G_CALLBACK (setup_thumb_cb), G_CALLBACK (bind_cb), NULL);
  self->file_column
      = add_column (self, _ ("File"), G_CALLBACK (setup_file_cb), G_CALLBACK (bind_file_cb), compare_files);
  self->status_column
      = add_column (self, _ ("Status"), G_CALLBACK (setup_status_cb), G_CALLBACK (bind_cb), compare_statuses);
  self->caption_column
      = add_column (self, _ ("Caption"), G_CALLBACK (setup_caption_cb), G_CALLBACK (bind_cb), NULL);
  self->seconds_column = add_column (self, _ ("Seconds"), G_CALLBACK (setup_seconds_cb), G_CALLBACK (bind_cb),
                                     compare_seconds);
  gtk_column_view_column_set_fixed_width (thumb, THUMB_WIDTH_PX);
  gtk_column_view_column_set_resizable (self->file_column, TRUE);
  gtk_column_view_column_set_expand (self->caption_column, TRUE);
  self->sorted = gtk_sort_list_model_new (g_object_ref (items),
                                          g_object_ref (gtk_column_view_get_sorter (self->table)));
  gtk_sort_list_model_set_incremental (self->sorted, TRUE);
  g_signal_connect_object (self->sorted, "notify::pending", G_CALLBACK (pending_cb), self, G_CONNECT_SWAPPED);
  self->selection = gtk_multi_selection_new (g_object_ref (G_LIST_MODEL (self->sorted)));
  gtk_column_view_set_model (self->table, GTK_SELECTION_MODEL (self->selection));
  ql_batch_view_update_columns (self);
  name_parts (self);
}

#include "ui/batch-cell.h"

#include <glib/gi18n.h>

#include "ui/batch-words.h"
#include "ui/cell-text.h"

#define ICON_PX 16
#define SPACING_PX 6
#define LEAST_WIDTH_PX 24

struct _QlBatchCell
{
  GtkWidget parent_instance;

  QlBatchCellKind kind;
  QlBatchCellBelow below;
  QlBatchItem *item;
  QlCellText text, below_text;
  QlBatchStatus status; /* as it is shown */
};

G_DEFINE_FINAL_TYPE (QlBatchCell, ql_batch_cell, GTK_TYPE_WIDGET)

/* ---- what it says -------------------------------------------------------------------------------- */

/* The row is GTK's own widget, which has no name. GTK 4.8 does not say by itself what a row has inside. */
static void
name_row (QlBatchCell *self)
{
  GtkWidget *cell = gtk_widget_get_parent (GTK_WIDGET (self));
  GtkWidget *row = cell != NULL ? gtk_widget_get_parent (cell) : NULL;
  g_autofree char *text = NULL;

  if (row == NULL)
    return;
  text = ql_batch_row_text (self->item);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
}

/* Returns: (transfer full) */
static char *
below_text (QlBatchCell *self)
{
  g_autofree char *dir = NULL;

  if (self->below == QL_BATCH_CELL_OWN_STATUS)
    return g_strdup (ql_batch_status_name (ql_batch_item_get_status (self->item)));
  if (self->below == QL_BATCH_CELL_NOTHING)
    return NULL;
  dir = g_path_get_dirname (ql_batch_item_get_path (self->item));
  return g_filename_display_basename (dir);
}

/* Returns: (transfer full) */
static char *
main_text (QlBatchCell *self)
{
  double seconds = ql_batch_item_get_seconds (self->item);

  switch (self->kind)
    {
    case QL_BATCH_CELL_FILE:
      return ql_batch_item_get_name (self->item);
    case QL_BATCH_CELL_STATUS:
      return g_strdup (ql_batch_status_name (ql_batch_item_get_status (self->item)));
    case QL_BATCH_CELL_SECONDS:
    default:
      /* Never empty: what has no name is announced by that of its type. */
      return seconds > 0 ? g_strdup_printf ("%.*f", seconds < 10 ? 2 : 1, seconds) : g_strdup (" ");
    }
}

static gboolean
has_icon (QlBatchCell *self)
{
  return self->kind == QL_BATCH_CELL_STATUS || self->below == QL_BATCH_CELL_OWN_STATUS;
}

static void
show_status (QlBatchCell *self)
{
  QlBatchStatus status = ql_batch_item_get_status (self->item);

  if (!has_icon (self) || self->status == status)
    return;
  self->status = status;
  if (status == QL_BATCH_FAILED)
    gtk_widget_add_css_class (GTK_WIDGET (self), "ql-error-text");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self), "ql-error-text");
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
update (QlBatchCell *self)
{
  g_autofree char *text = main_text (self);
  g_autofree char *below = below_text (self);
  gboolean changed = ql_cell_text_set (&self->text, text);

  if (changed)
    gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
  if (ql_cell_text_set (&self->below_text, below) || changed)
    gtk_widget_queue_draw (GTK_WIDGET (self));
  show_status (self);
  if (self->kind == QL_BATCH_CELL_FILE)
    name_row (self);
}

void
ql_batch_cell_set_item (QlBatchCell *self, QlBatchItem *item)
{
  if (self->item == item)
    return;
  if (self->item != NULL)
    g_signal_handlers_disconnect_by_func (self->item, update, self);
  g_set_object (&self->item, item);
  if (item == NULL)
    return;
  if (self->kind == QL_BATCH_CELL_SECONDS)
    g_signal_connect_object (item, "notify::seconds", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  else
    g_signal_connect_object (item, "notify::status", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  if (self->kind == QL_BATCH_CELL_FILE) /* whose row is named after it */
    g_signal_connect_object (item, "notify::caption", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  update (self);
}

void
ql_batch_cell_set_below (QlBatchCell *self, QlBatchCellBelow below)
{
  if (self->below == below)
    return;
  self->below = below;
  self->status = QL_BATCH_WAITING;
  gtk_widget_remove_css_class (GTK_WIDGET (self), "ql-error-text");
  gtk_widget_queue_draw (GTK_WIDGET (self));
  if (self->item != NULL)
    update (self);
}

static gboolean
query_tooltip_cb (GtkWidget *widget, int x, int y, gboolean keyboard, GtkTooltip *tooltip, gpointer data)
{
  QlBatchCell *self = QL_BATCH_CELL (widget);
  g_autofree char *name = NULL;

  if (self->item == NULL)
    return FALSE;
  name = g_filename_display_name (ql_batch_item_get_path (self->item));
  gtk_tooltip_set_text (tooltip, name);
  return TRUE;
}

/* ---- how it looks -------------------------------------------------------------------------------- */

static void
draw_icon (QlBatchCell *self, GtkSnapshot *snapshot, const GdkRectangle *area)
{
  GtkWidget *widget = GTK_WIDGET (self);
  gboolean rtl = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  g_autoptr (GtkIconPaintable) icon = gtk_icon_theme_lookup_icon (
      gtk_icon_theme_get_for_display (gtk_widget_get_display (widget)), ql_batch_status_icon (self->status),
      NULL, ICON_PX, gtk_widget_get_scale_factor (widget), gtk_widget_get_direction (widget), 0);
  GdkRGBA color;

  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &color);
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot,
                          &GRAPHENE_POINT_INIT ((float) (rtl ? area->x + area->width - ICON_PX : area->x),
                                                (float) (area->y + (area->height - ICON_PX) / 2)));
  gtk_symbolic_paintable_snapshot_symbolic (GTK_SYMBOLIC_PAINTABLE (icon), snapshot, ICON_PX, ICON_PX, &color,
                                            1);
  gtk_snapshot_restore (snapshot);
}

/* What the icon leaves. */
static GdkRectangle
beside_icon (QlBatchCell *self, const GdkRectangle *area)
{
  gboolean rtl = gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;
  int taken = ICON_PX + SPACING_PX;

  return (GdkRectangle){ rtl ? area->x : area->x + taken, area->y, area->width - taken, area->height };
}

static void
draw_file (QlBatchCell *self, GtkSnapshot *snapshot, GdkRectangle area)
{
  static const QlCellStyle name_style = { .ellipsize = PANGO_ELLIPSIZE_MIDDLE, .n_lines = 1 };
  static const QlCellStyle below_style = { .ellipsize = PANGO_ELLIPSIZE_END, .n_lines = 1, .small = TRUE };
  int line = ql_cell_line_height (GTK_WIDGET (self));
  GdkRectangle below = { area.x, area.y + area.height / 2, area.width, line };

  if (self->below != QL_BATCH_CELL_NOTHING)
    {
      area.y += area.height / 2 - line;
      area.height = line;
      if (has_icon (self))
        {
          draw_icon (self, snapshot, &below);
          below = beside_icon (self, &below);
        }
      ql_cell_text_snapshot (&self->below_text, GTK_WIDGET (self), snapshot, &below_style, &below);
    }
  ql_cell_text_snapshot (&self->text, GTK_WIDGET (self), snapshot, &name_style, &area);
}

static void
ql_batch_cell_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  static const QlCellStyle styles[] = {
    [QL_BATCH_CELL_STATUS] = { .ellipsize = PANGO_ELLIPSIZE_END, .n_lines = 1 },
    [QL_BATCH_CELL_SECONDS] = { .ellipsize = PANGO_ELLIPSIZE_END, .n_lines = 1, .at_end = TRUE },
  };
  QlBatchCell *self = QL_BATCH_CELL (widget);
  GdkRectangle area = { 0, 0, gtk_widget_get_width (widget), gtk_widget_get_height (widget) };

  if (self->kind == QL_BATCH_CELL_FILE)
    {
      draw_file (self, snapshot, area);
      return;
    }
  if (has_icon (self))
    {
      draw_icon (self, snapshot, &area);
      area = beside_icon (self, &area);
    }
  ql_cell_text_snapshot (&self->text, widget, snapshot, &styles[self->kind], &area);
}

static void
ql_batch_cell_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                       int *natural, int *minimum_baseline, int *natural_baseline)
{
  QlBatchCell *self = QL_BATCH_CELL (widget);

  /* How wide, the column says. A file may have something below it. */
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL
                 ? LEAST_WIDTH_PX
                 : (self->kind == QL_BATCH_CELL_FILE ? 2 : 1) * ql_cell_line_height (widget);
  *natural = *minimum;
}

static void
ql_batch_cell_css_changed (GtkWidget *widget, GtkCssStyleChange *change)
{
  QlBatchCell *self = QL_BATCH_CELL (widget);

  ql_cell_text_invalidate (&self->text);
  ql_cell_text_invalidate (&self->below_text);
  GTK_WIDGET_CLASS (ql_batch_cell_parent_class)->css_changed (widget, change);
}

static void
ql_batch_cell_finalize (GObject *object)
{
  QlBatchCell *self = QL_BATCH_CELL (object);

  g_clear_object (&self->item);
  ql_cell_text_clear (&self->text);
  ql_cell_text_clear (&self->below_text);
  G_OBJECT_CLASS (ql_batch_cell_parent_class)->finalize (object);
}

static void
ql_batch_cell_class_init (QlBatchCellClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = ql_batch_cell_finalize;
  widget_class->measure = ql_batch_cell_measure;
  widget_class->snapshot = ql_batch_cell_snapshot;
  widget_class->css_changed = ql_batch_cell_css_changed;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_LABEL);
}

static void
ql_batch_cell_init (QlBatchCell *self)
{
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
}

GtkWidget *
ql_batch_cell_new (QlBatchCellKind kind)
{
  QlBatchCell *self = g_object_new (QL_TYPE_BATCH_CELL, NULL);

  self->kind = kind;
  if (kind == QL_BATCH_CELL_FILE)
    {
      gtk_widget_set_has_tooltip (GTK_WIDGET (self), TRUE);
      g_signal_connect (self, "query-tooltip", G_CALLBACK (query_tooltip_cb), NULL);
    }
  return GTK_WIDGET (self);
}

QlBatchCellKind
ql_batch_cell_get_kind (QlBatchCell *self)
{
  return self->kind;
}

const char *
ql_batch_cell_get_text (QlBatchCell *self)
{
  return self->text.text;
}

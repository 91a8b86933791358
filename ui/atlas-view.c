#include "ui/atlas-view.h"

#include <glib/gi18n.h>
#include <math.h>

#include "ui/cairo-texture.h"
#include "ui/color-scheme.h"
#include "ui/figure-drag.h"
#include "ui/lab-keys.h"

#define NATURAL_CELL_PX 28
/* A picture may be a narrow strip; its maps stay to be seen. */
#define LEAST_ASPECT 0.5
#define MOST_ASPECT 2.0

struct _QlAtlasView
{
  GtkWidget parent_instance;

  QlLab *lab;
  QlAtlas *atlas; /* nullable */
  double aspect; /* of a map: width by height, as the picture's */
  GdkTexture *texture; /* nullable: all of it, as large as the widget */
};

G_DEFINE_FINAL_TYPE (QlAtlasView, ql_atlas_view, GTK_TYPE_WIDGET)

static QlAtlasRect
whole (QlAtlasView *self)
{
  return (QlAtlasRect){ 0, 0, gtk_widget_get_width (GTK_WIDGET (self)),
                        gtk_widget_get_height (GTK_WIDGET (self)) };
}

void
ql_atlas_view_get_rect (QlAtlasView *self, int i, QlAtlasRect *rect)
{
  QlAtlasRect all = whole (self);

  ql_atlas_get_rect (self->atlas, &all, i, rect);
}

static gboolean
is_selected (QlAtlasView *self, QlMap *map)
{
  const QlMapKey *key = ql_map_get_key (map);
  QlMapKey now;

  ql_lab_get_key (self->lab, &now);
  if (ql_lab_get_atlas (self->lab) == QL_LAB_ATLAS_QUERIES)
    return key->query == now.query;
  return key->layer == now.layer && (now.method != QL_MAP_HEAD || key->head == now.head);
}

/* ---- drawing ---- */

static void
draw_cb (cairo_t *cr, int width, int height, gpointer data)
{
  QlAtlasView *self = data;
  QlMapLook look;

  ql_lab_get_look (self->lab, &look);
  look.style = QL_MAP_STYLE_CELLS;
  look.mark_outliers = FALSE; /* too small for it */
  look.high_contrast = ql_color_scheme_is_high_contrast ();
  look.ink = ql_widget_ink (GTK_WIDGET (self));
  ql_atlas_draw (self->atlas, &look, cr, 0, 0, width, height);
}

static void
append_frame (QlAtlasView *self, GtkSnapshot *snapshot, int i)
{
  QlAtlasRect rect;
  GskRoundedRect frame;
  GdkRGBA color;

  if (!gtk_style_context_lookup_color (gtk_widget_get_style_context (GTK_WIDGET (self)),
                                       "theme_selected_bg_color", &color))
    gtk_style_context_get_color (gtk_widget_get_style_context (GTK_WIDGET (self)), &color);
  ql_atlas_view_get_rect (self, i, &rect);
  gsk_rounded_rect_init_from_rect (&frame,
                                   &GRAPHENE_RECT_INIT ((float) rect.x - 2, (float) rect.y - 2,
                                                        (float) rect.width + 4, (float) rect.height + 4),
                                   3);
  gtk_snapshot_append_border (snapshot, &frame, (float[4]){ 2, 2, 2, 2 },
                              (GdkRGBA[4]){ color, color, color, color });
}

static void
ql_atlas_view_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  QlAtlasView *self = QL_ATLAS_VIEW (widget);
  int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);

  if (self->atlas == NULL || width <= 0 || height <= 0)
    return;
  if (self->texture == NULL)
    self->texture = ql_cairo_texture_new (widget, width, height, draw_cb, self);
  gtk_snapshot_append_texture (snapshot, self->texture,
                               &GRAPHENE_RECT_INIT (0, 0, (float) width, (float) height));
  for (int i = 0; i < ql_atlas_get_n_maps (self->atlas); i++)
    if (is_selected (self, ql_atlas_get_map (self->atlas, i)))
      append_frame (self, snapshot, i);
}

static GtkSizeRequestMode
ql_atlas_view_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
ql_atlas_view_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                       int *natural, int *minimum_baseline, int *natural_baseline)
{
  QlAtlasView *self = QL_ATLAS_VIEW (widget);
  int columns = self->atlas != NULL ? ql_atlas_get_columns (self->atlas) : 1;
  int rows = self->atlas != NULL ? ql_atlas_get_rows (self->atlas) : 0;

  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    {
      *minimum = columns * 10;
      *natural = columns * NATURAL_CELL_PX;
      return;
    }
  if (for_size < 0)
    for_size = columns * NATURAL_CELL_PX;
  /* And a line of labels: once above all of it, or above each row. */
  *minimum = *natural = (int) ceil (rows * for_size / (columns * self->aspect)
                                    + 14.0
                                          * (self->atlas == NULL                 ? 0
                                             : ql_atlas_is_ordered (self->atlas) ? 1
                                                                                 : rows));
}

static void
ql_atlas_view_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  QlAtlasView *self = QL_ATLAS_VIEW (widget);

  g_clear_object (&self->texture);
}

/* ---- following the selection ---- */

static void
describe (QlAtlasView *self)
{
  QlTrace *trace = ql_lab_get_trace (self->lab);
  QlMap *map = ql_lab_get_map (self->lab);
  g_autofree char *label = NULL, *description = map != NULL ? ql_map_describe (map) : NULL;

  if (trace == NULL)
    label = g_strdup (_ ("Atlas"));
  else if (ql_lab_get_atlas (self->lab) == QL_LAB_ATLAS_QUERIES)
    label = g_strdup_printf (_ ("Atlas: %d queries"), ql_trace_get_n_queries (trace));
  else
    label = g_strdup_printf (_ ("Atlas: %d layers × %d heads, query %d"), ql_trace_get_n_layers (trace),
                             ql_trace_get_n_heads (trace), ql_lab_get_query (self->lab));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, label,
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, description != NULL ? description : "",
                                  -1);
}

/* Whether the maps are still those of the selection. */
static gboolean
is_current (QlAtlasView *self)
{
  const QlMapKey *key;
  QlMapKey now;

  if (self->atlas == NULL)
    return FALSE;
  key = ql_map_get_key (ql_atlas_get_map (self->atlas, 0));
  ql_lab_get_key (self->lab, &now);
  if (ql_lab_get_atlas (self->lab) == QL_LAB_ATLAS_HEADS)
    return key->query == now.query;
  return key->layer == now.layer && key->method == now.method
         && (key->method != QL_MAP_HEAD || key->head == now.head);
}

static void
remake (QlAtlasView *self)
{
  QlTrace *trace = ql_lab_get_trace (self->lab);
  int columns = self->atlas != NULL ? ql_atlas_get_columns (self->atlas) : 0, width, height;
  int rows = self->atlas != NULL ? ql_atlas_get_rows (self->atlas) : 0;
  gboolean ordered = self->atlas != NULL && ql_atlas_is_ordered (self->atlas);
  double aspect = 1;

  g_clear_pointer (&self->atlas, ql_atlas_unref);
  g_clear_object (&self->texture);
  self->atlas = ql_lab_make_atlas (self->lab);
  if (trace != NULL)
    {
      ql_trace_get_picture_size (trace, &width, &height);
      if (width > 0 && height > 0)
        aspect = CLAMP ((double) width / height, LEAST_ASPECT, MOST_ASPECT);
    }
  if (self->atlas == NULL || columns != ql_atlas_get_columns (self->atlas)
      || rows != ql_atlas_get_rows (self->atlas) || ordered != ql_atlas_is_ordered (self->atlas)
      || aspect != self->aspect)
    gtk_widget_queue_resize (GTK_WIDGET (self));
  self->aspect = aspect;
}

static void
changed_cb (QlLab *lab, guint change, QlAtlasView *self)
{
  if ((change & (QL_LAB_CHANGED_TRACE | QL_LAB_CHANGED_ATLAS)) != 0
      || ((change & QL_LAB_CHANGED_MAP) != 0 && !is_current (self)))
    remake (self);
  if ((change & QL_LAB_CHANGED_LOOK) != 0)
    g_clear_object (&self->texture);
  describe (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* ---- input ---- */

static void
select_place (QlAtlasView *self, int place)
{
  const QlMapKey *key = ql_map_get_key (ql_atlas_get_map (self->atlas, place));

  gtk_widget_activate_action (GTK_WIDGET (self), "win.map-key", "(iii)", key->query,
                              ql_trace_get_layer_number (ql_lab_get_trace (self->lab), key->layer),
                              key->method == QL_MAP_HEAD ? key->head : -1);
}

static int
locate (QlAtlasView *self, double x, double y)
{
  QlAtlasRect all = whole (self);

  return self->atlas != NULL ? ql_atlas_locate (self->atlas, &all, x, y) : -1;
}

static void
pressed_cb (GtkGestureClick *gesture, int n_press, double x, double y, QlAtlasView *self)
{
  int place = locate (self, x, y);

  gtk_widget_grab_focus (GTK_WIDGET (self));
  if (place >= 0)
    select_place (self, place);
}

/* Within the grid: not beyond a line's end, nor out of the first or last line. Home and End: by a whole atlas. */
static gboolean
move_key_cb (GtkWidget *widget, GVariant *args, gpointer data)
{
  QlAtlasView *self = QL_ATLAS_VIEW (widget);
  int n = self->atlas != NULL ? ql_atlas_get_n_maps (self->atlas) : 0, columns, dx, dy, place = 0, to;

  g_variant_get (args, "(ii)", &dx, &dy);
  if (n == 0)
    return FALSE;
  columns = ql_atlas_get_columns (self->atlas);
  while (place < n && !is_selected (self, ql_atlas_get_map (self->atlas, place)))
    place++;
  if (place == n)
    place = 0;
  to = CLAMP (place + dx + dy * columns, 0, n - 1);
  if ((ABS (dx) == 1 && to / columns != place / columns) || (dy != 0 && to % columns != place % columns))
    return TRUE;
  select_place (self, to);
  return TRUE;
}

static QlFigure *
make_figure (GtkWidget *widget, char **name)
{
  QlAtlasView *self = QL_ATLAS_VIEW (widget);
  QlMapLook look;

  if (self->atlas == NULL)
    return NULL;
  ql_lab_get_look (self->lab, &look); /* black ink: figures are on white */
  *name = g_strdup (_ ("atlas"));
  return ql_figure_new_atlas (self->atlas, &look);
}

static gboolean
ql_atlas_view_query_tooltip (GtkWidget *widget, int x, int y, gboolean keyboard, GtkTooltip *tooltip)
{
  QlAtlasView *self = QL_ATLAS_VIEW (widget);
  int place = keyboard ? -1 : locate (self, x, y);
  g_autofree char *text = NULL;
  QlAtlasRect rect;

  if (place < 0)
    return FALSE;
  text = ql_map_describe (ql_atlas_get_map (self->atlas, place));
  ql_atlas_view_get_rect (self, place, &rect);
  gtk_tooltip_set_text (tooltip, text);
  gtk_tooltip_set_tip_area (
      tooltip, &(GdkRectangle){ (int) rect.x, (int) rect.y, (int) rect.width + 1, (int) rect.height + 1 });
  return TRUE;
}

static void
ql_atlas_view_dispose (GObject *object)
{
  QlAtlasView *self = QL_ATLAS_VIEW (object);

  g_clear_pointer (&self->atlas, ql_atlas_unref);
  g_clear_object (&self->texture);
  g_clear_object (&self->lab);
  G_OBJECT_CLASS (ql_atlas_view_parent_class)->dispose (object);
}

static void
ql_atlas_view_class_init (QlAtlasViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ql_atlas_view_dispose;
  widget_class->get_request_mode = ql_atlas_view_get_request_mode;
  widget_class->measure = ql_atlas_view_measure;
  widget_class->size_allocate = ql_atlas_view_size_allocate;
  widget_class->snapshot = ql_atlas_view_snapshot;
  widget_class->query_tooltip = ql_atlas_view_query_tooltip;
  gtk_widget_class_set_css_name (widget_class, "atlas");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
  ql_move_keys_add (widget_class, move_key_cb, 1);
  ql_lab_keys_add (widget_class);
}

static void
ql_atlas_view_init (QlAtlasView *self)
{
  GtkGesture *click = gtk_gesture_click_new ();

  self->aspect = 1;
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_widget_set_has_tooltip (GTK_WIDGET (self), TRUE);
  /* A table of the model's, which has no language. */
  gtk_widget_set_direction (GTK_WIDGET (self), GTK_TEXT_DIR_LTR);
  g_signal_connect_object (click, "pressed", G_CALLBACK (pressed_cb), self, 0);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (click));
  ql_figure_drag_add (GTK_WIDGET (self), make_figure);
}

void
ql_atlas_view_set_lab (QlAtlasView *self, QlLab *lab)
{
  g_return_if_fail (self->lab == NULL);
  self->lab = g_object_ref (lab);
  g_signal_connect_object (lab, "changed", G_CALLBACK (changed_cb), self, 0);
  changed_cb (lab, QL_LAB_CHANGED_TRACE, self);
}

QlAtlas *
ql_atlas_view_get_atlas (QlAtlasView *self)
{
  return self->atlas;
}

#include "ui/tensor-view.h"

#include <glib/gi18n.h>
#include <math.h>

#include "ui/cairo-texture.h"
#include "ui/color-scheme.h"
#include "ui/lab-keys.h"

#define NATURAL_PX 340
#define LEAST_PX 120
#define SCALE_PX 26
#define SCALE_WIDTH_PX 160

struct _QlTensorView
{
  GtkWidget parent_instance;

  QlTensorPicture *picture; /* nullable */
  int size_px; /* 0: large */
  int column, row; /* the cursor; -1: nowhere */
  GdkTexture *texture; /* nullable: as large as the widget */
};

enum
{
  CELL,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (QlTensorView, ql_tensor_view, GTK_TYPE_WIDGET)

/* ---- where things are ---- */

static gboolean
has_scale (QlTensorView *self)
{
  double min, max;

  return self->size_px == 0 && self->picture != NULL
         && ql_tensor_picture_get_scale (self->picture, &min, &max);
}

/* Within the widget: the picture in its own shape; under it, where there is one, the scale. */
static void
get_place (QlTensorView *self, double *x, double *width, double *height)
{
  int all_width = gtk_widget_get_width (GTK_WIDGET (self));
  double room = gtk_widget_get_height (GTK_WIDGET (self)) - (has_scale (self) ? SCALE_PX : 0);
  double aspect = ql_tensor_picture_get_aspect (self->picture);

  *width = all_width;
  *height = MAX (room, 1);
  if (aspect > 0)
    {
      *width = MIN (*width, *height * aspect);
      *height = *width / aspect;
    }
  *x = (all_width - *width) / 2;
}

/* ---- drawing ---- */

static void
draw_cb (cairo_t *cr, int width, int height, gpointer data)
{
  QlTensorView *self = data;
  double x, picture_width, picture_height;
  QlMapLook look;

  ql_map_look_init (&look);
  look.high_contrast = ql_color_scheme_is_high_contrast ();
  look.ink = ql_widget_ink (GTK_WIDGET (self));
  get_place (self, &x, &picture_width, &picture_height);
  ql_tensor_picture_draw (self->picture, &look, cr, x, 0, picture_width, picture_height);
  if (has_scale (self))
    ql_tensor_picture_draw_scale (self->picture, &look, cr, x, picture_height + 6,
                                  MIN (SCALE_WIDTH_PX, picture_width), SCALE_PX - 6);
}

/* Dark in light, to be seen on every colour; cells that are too small for it are framed from outside. */
static void
append_cursor (QlTensorView *self, GtkSnapshot *snapshot)
{
  double x, width, height, cell_x, cell_y, cell_width, cell_height;

  get_place (self, &x, &width, &height);
  ql_tensor_picture_get_rect (self->picture, width, height, self->column, self->row, &cell_x, &cell_y,
                              &cell_width, &cell_height);
  for (int i = 0; i < 2; i++)
    {
      float out = (float) (2 - i);
      GdkRGBA color = i == 0 ? (GdkRGBA){ 0, 0, 0, 1 } : (GdkRGBA){ 1, 1, 1, 1 };
      GskRoundedRect frame;
      graphene_rect_t rect = GRAPHENE_RECT_INIT ((float) (x + cell_x) - out, (float) cell_y - out,
                                                 MAX ((float) cell_width, 3) + 2 * out,
                                                 MAX ((float) cell_height, 3) + 2 * out);

      gsk_rounded_rect_init_from_rect (&frame, &rect, 0);
      gtk_snapshot_append_border (snapshot, &frame, (float[4]){ 1, 1, 1, 1 },
                                  (GdkRGBA[4]){ color, color, color, color });
    }
}

static void
ql_tensor_view_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  QlTensorView *self = QL_TENSOR_VIEW (widget);
  int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);

  if (self->picture == NULL || width <= 0 || height <= 0)
    return;
  if (self->texture == NULL)
    self->texture = ql_cairo_texture_new (GTK_WIDGET (self), width, height, draw_cb, self);
  gtk_snapshot_append_texture (snapshot, self->texture,
                               &GRAPHENE_RECT_INIT (0, 0, (float) width, (float) height));
  if (self->size_px == 0 && self->column >= 0)
    append_cursor (self, snapshot);
}

static GtkSizeRequestMode
ql_tensor_view_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
ql_tensor_view_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                        int *natural, int *minimum_baseline, int *natural_baseline)
{
  QlTensorView *self = QL_TENSOR_VIEW (widget);

  if (self->size_px > 0)
    *minimum = *natural = self->size_px;
  else if (orientation == GTK_ORIENTATION_HORIZONTAL)
    {
      *minimum = LEAST_PX;
      *natural = NATURAL_PX;
    }
  else
    {
      double width = for_size > 0 ? for_size : NATURAL_PX;
      double height = self->picture != NULL ? ql_tensor_picture_get_height (self->picture, width) : 0;

      *minimum = *natural = (int) ceil (height) + (has_scale (self) ? SCALE_PX : 0);
    }
}

static void
ql_tensor_view_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  g_clear_object (&QL_TENSOR_VIEW (widget)->texture);
}

static void
ql_tensor_view_css_changed (GtkWidget *widget, GtkCssStyleChange *change)
{
  GTK_WIDGET_CLASS (ql_tensor_view_parent_class)->css_changed (widget, change);
  g_clear_object (&QL_TENSOR_VIEW (widget)->texture);
}

/* ---- the cursor ---- */

static void
describe (QlTensorView *self)
{
  g_autofree char *value = NULL;

  if (self->size_px > 0)
    return;
  if (self->picture == NULL)
    {
      gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                      _ ("Picture of a tensor"), -1);
      return;
    }
  if (self->column >= 0)
    value = ql_tensor_picture_describe (self->picture, self->column, self->row);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  ql_tensor_picture_get_title (self->picture),
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, value != NULL ? value : "", -1);
}

static void
move_to (QlTensorView *self, int column, int row)
{
  if (column == self->column && row == self->row)
    return;
  self->column = column;
  self->row = row;
  describe (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
  g_signal_emit (self, signals[CELL], 0, column, row);
}

static gboolean
locate (QlTensorView *self, double at_x, double at_y, int *column, int *row)
{
  double x, width, height;

  if (self->picture == NULL)
    return FALSE;
  get_place (self, &x, &width, &height);
  return ql_tensor_picture_locate (self->picture, width, height, at_x - x, at_y, column, row);
}

static gboolean
move_key_cb (GtkWidget *widget, GVariant *args, gpointer data)
{
  QlTensorView *self = QL_TENSOR_VIEW (widget);
  int dx, dy;

  if (self->picture == NULL)
    return FALSE;
  g_variant_get (args, "(ii)", &dx, &dy);
  if (self->column < 0)
    dx = dy = 0;
  move_to (self, CLAMP (MAX (self->column, 0) + dx, 0, ql_tensor_picture_get_columns (self->picture) - 1),
           CLAMP (MAX (self->row, 0) + dy, 0, ql_tensor_picture_get_rows (self->picture) - 1));
  return TRUE;
}

static void
pressed_cb (GtkGestureClick *gesture, int n_press, double x, double y, QlTensorView *self)
{
  int column, row;

  gtk_widget_grab_focus (GTK_WIDGET (self));
  if (locate (self, x, y, &column, &row))
    move_to (self, column, row);
}

/* The pointer tells values without moving the cursor. */
static void
motion_cb (GtkEventControllerMotion *motion, double x, double y, QlTensorView *self)
{
  int column, row;

  if (locate (self, x, y, &column, &row))
    g_signal_emit (self, signals[CELL], 0, column, row);
}

static void
leave_cb (GtkEventControllerMotion *motion, QlTensorView *self)
{
  g_signal_emit (self, signals[CELL], 0, self->column, self->row);
}

/* ---- life ---- */

static void
ql_tensor_view_dispose (GObject *object)
{
  QlTensorView *self = QL_TENSOR_VIEW (object);

  g_clear_pointer (&self->picture, ql_tensor_picture_unref);
  g_clear_object (&self->texture);
  G_OBJECT_CLASS (ql_tensor_view_parent_class)->dispose (object);
}

static void
ql_tensor_view_class_init (QlTensorViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ql_tensor_view_dispose;
  widget_class->get_request_mode = ql_tensor_view_get_request_mode;
  widget_class->measure = ql_tensor_view_measure;
  widget_class->size_allocate = ql_tensor_view_size_allocate;
  widget_class->css_changed = ql_tensor_view_css_changed;
  widget_class->snapshot = ql_tensor_view_snapshot;
  gtk_widget_class_set_css_name (widget_class, "tensor");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
  signals[CELL] = g_signal_new ("cell", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                G_TYPE_NONE, 2, G_TYPE_INT, G_TYPE_INT);
  ql_move_keys_add (widget_class, move_key_cb, G_MAXINT16);
}

static void
ql_tensor_view_init (QlTensorView *self)
{
  self->column = self->row = -1;
  /* A picture and tables of the model's, which have no language. */
  gtk_widget_set_direction (GTK_WIDGET (self), GTK_TEXT_DIR_LTR);
}

GtkWidget *
ql_tensor_view_new (int size_px)
{
  QlTensorView *self = g_object_new (QL_TYPE_TENSOR_VIEW, NULL);
  GtkGesture *click;
  GtkEventController *motion;

  self->size_px = size_px;
  if (size_px > 0)
    {
      gtk_widget_set_can_target (GTK_WIDGET (self), FALSE);
      return GTK_WIDGET (self);
    }
  describe (self);
  click = gtk_gesture_click_new ();
  motion = gtk_event_controller_motion_new ();
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  g_signal_connect_object (click, "pressed", G_CALLBACK (pressed_cb), self, 0);
  g_signal_connect_object (motion, "motion", G_CALLBACK (motion_cb), self, 0);
  g_signal_connect_object (motion, "leave", G_CALLBACK (leave_cb), self, 0);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (click));
  gtk_widget_add_controller (GTK_WIDGET (self), motion);
  return GTK_WIDGET (self);
}

/* The cursor stays where the next picture has as many rows and columns. */
void
ql_tensor_view_set (QlTensorView *self, QlTensorPicture *picture)
{
  gboolean same = picture != NULL && self->picture != NULL
                  && ql_tensor_picture_get_columns (picture) == ql_tensor_picture_get_columns (self->picture)
                  && ql_tensor_picture_get_rows (picture) == ql_tensor_picture_get_rows (self->picture)
                  && ql_tensor_picture_get_kind (picture) == ql_tensor_picture_get_kind (self->picture);

  if (picture != NULL)
    ql_tensor_picture_ref (picture);
  g_clear_pointer (&self->picture, ql_tensor_picture_unref);
  self->picture = picture;
  g_clear_object (&self->texture);
  if (!same)
    self->column = self->row = -1;
  describe (self);
  gtk_widget_queue_resize (GTK_WIDGET (self));
  g_signal_emit (self, signals[CELL], 0, self->column, self->row);
}

QlTensorPicture *
ql_tensor_view_get (QlTensorView *self)
{
  return self->picture;
}

gboolean
ql_tensor_view_get_cursor (QlTensorView *self, int *column, int *row)
{
  *column = self->column;
  *row = self->row;
  return self->column >= 0;
}

#pragma once

#include "ui/canvas.h"

/** QlCanvas: canvas.c draws, canvas-lab.c draws attention over it, canvas-brush.c drops patches, canvas-input.c is what pointer and keys do. */
struct _QlCanvas
{
  GtkWidget parent_instance;

  QlPicture *picture;
  GdkTexture *texture; /* may be smaller than the picture */
  GtkWidget *zoom_label;
  GtkWidget *menu; /* nullable: until it was opened */
  QlLab *lab; /* nullable: no map is shown */

  double scale; /* units per pixel of the picture; 0: as large as fits */
  graphene_point_t centre; /* of the picture, what is in the middle */

  /* While a gesture lasts. */
  double pinch_scale;
  graphene_point_t drag_centre;
  double pointer_x, pointer_y;
  gboolean brushing, giving_back; /* what a drag does */
  double brush_x, brush_y; /* where it came to */
  gboolean boxing; /* a drag draws a box */
  int box_column, box_row; /* where it began */
};

void ql_canvas_add_input (QlCanvas *self);
void ql_canvas_add_bindings (GtkWidgetClass *widget_class);
/* Moves the view by units of the widget. Returns: FALSE where there is nothing to move */
gboolean ql_canvas_pan (QlCanvas *self, double dx, double dy);
/* @scale: absolute; the point of the picture at @x, @y stays there */
void ql_canvas_zoom_to (QlCanvas *self, double scale, double x, double y);
/* The scale drawn with, also while it is the one that fits. */
double ql_canvas_current_scale (QlCanvas *self);

/* canvas-brush.c */
/* Whether dragging drops patches, or gives them back, and does not move the picture. */
gboolean ql_canvas_brushes (QlCanvas *self);
void ql_canvas_brush_begin (QlCanvas *self, double x, double y, gboolean give_back);
void ql_canvas_brush_to (QlCanvas *self, double x, double y);
void ql_canvas_brush_end (QlCanvas *self);
/* @rect: of the picture. What is dropped, while the maps are the plain run's or not. */
void ql_canvas_snapshot_patches (QlCanvas *self, GtkSnapshot *snapshot, const graphene_rect_t *rect);
void ql_canvas_follow_test (QlCanvas *self, QlLab *earlier);

/* canvas-lab.c */
/* The box from where the drag began to what is nearest to a place. */
void ql_canvas_box_to (QlCanvas *self, double x, double y);
gboolean ql_canvas_shows_map (QlCanvas *self);
/* @rect: of the picture */
void ql_canvas_snapshot_map (QlCanvas *self, GtkSnapshot *snapshot, const graphene_rect_t *rect);
gboolean ql_canvas_query_tooltip (GtkWidget *widget, int x, int y, gboolean keyboard, GtkTooltip *tooltip);

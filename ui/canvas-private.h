#pragma once

#include "ui/canvas.h"

/** QlCanvas: canvas.c draws, canvas-lab.c draws attention over it, canvas-input.c is what pointer and keys do. */
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
};

void ql_canvas_add_input (QlCanvas *self);
void ql_canvas_add_bindings (GtkWidgetClass *widget_class);
/* Moves the view by units of the widget. Returns: FALSE where there is nothing to move */
gboolean ql_canvas_pan (QlCanvas *self, double dx, double dy);
/* @scale: absolute; the point of the picture at @x, @y stays there */
void ql_canvas_zoom_to (QlCanvas *self, double scale, double x, double y);
/* The scale drawn with, also while it is the one that fits. */
double ql_canvas_current_scale (QlCanvas *self);

/* canvas-lab.c */
gboolean ql_canvas_shows_map (QlCanvas *self);
/* @rect: of the picture */
void ql_canvas_snapshot_map (QlCanvas *self, GtkSnapshot *snapshot, const graphene_rect_t *rect);
gboolean ql_canvas_query_tooltip (GtkWidget *widget, int x, int y, gboolean keyboard, GtkTooltip *tooltip);

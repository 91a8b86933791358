#include "ui/letterbox.h"

void
ql_letterbox_contain (int width, int height, int area_width, int area_height, int margin,
                      graphene_rect_t *out)
{
  int pad = MAX (MIN (margin, MIN (area_width, area_height) / 8), 0);
  double room_width = MAX (area_width - 2 * pad, 1);
  double room_height = MAX (area_height - 2 * pad, 1);
  double scale = MIN (room_width / width, room_height / height);
  /* A line of 1 px stays visible however thin the picture is. */
  double w = MAX (width * scale, 1);
  double h = MAX (height * scale, 1);

  graphene_rect_init (out, (float) ((area_width - w) / 2), (float) ((area_height - h) / 2), (float) w,
                      (float) h);
}

/* Along one side: where a picture of @length begins, with @centre of it in the middle. */
static double
place (double length, double area, double centre)
{
  if (length <= area)
    return (area - length) / 2;
  return CLAMP (area / 2 - centre * length, area - length, 0);
}

void
ql_letterbox_zoom (int width, int height, int area_width, int area_height, double scale,
                   const graphene_point_t *centre, graphene_rect_t *out)
{
  double w = MAX (width * scale, 1);
  double h = MAX (height * scale, 1);

  graphene_rect_init (out, (float) place (w, area_width, (double) centre->x),
                      (float) place (h, area_height, (double) centre->y), (float) w, (float) h);
}

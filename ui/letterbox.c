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

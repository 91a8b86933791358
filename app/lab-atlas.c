#include "app/lab-private.h"

QlLabAtlas
ql_lab_get_atlas (QlLab *self)
{
  return self->atlas;
}

void
ql_lab_set_atlas (QlLab *self, QlLabAtlas atlas)
{
  if (atlas == self->atlas)
    return;
  self->atlas = atlas;
  ql_lab_emit_changed (self, QL_LAB_CHANGED_ATLAS);
}

QlMapSort
ql_lab_get_sort (QlLab *self)
{
  return self->sort;
}

void
ql_lab_set_sort (QlLab *self, QlMapSort sort)
{
  if (sort == self->sort)
    return;
  self->sort = sort;
  ql_lab_emit_changed (self, QL_LAB_CHANGED_ATLAS);
}

const QlMapBox *
ql_lab_get_box (QlLab *self)
{
  return self->has_box ? &self->box : NULL;
}

void
ql_lab_set_box (QlLab *self, const QlMapBox *box)
{
  if (box == NULL && !self->has_box)
    return;
  self->has_box = box != NULL;
  if (box != NULL)
    {
      self->box.x = CLAMP (box->x, 0, 1);
      self->box.y = CLAMP (box->y, 0, 1);
      self->box.width = CLAMP (box->x + box->width, 0, 1) - self->box.x;
      self->box.height = CLAMP (box->y + box->height, 0, 1) - self->box.y;
    }
  ql_lab_emit_changed (self, QL_LAB_CHANGED_ATLAS);
}

QlAtlas *
ql_lab_make_atlas (QlLab *self)
{
  QlAtlas *atlas;

  if (self->trace == NULL)
    return NULL;
  atlas = self->atlas == QL_LAB_ATLAS_QUERIES ? ql_atlas_new_for_head (self->trace, &self->key)
                                              : ql_atlas_new_for_query (self->trace, self->key.query);
  if (self->sort != QL_MAP_SORT_OVERLAP || self->has_box)
    ql_atlas_sort (atlas, self->sort, ql_lab_get_box (self));
  return atlas;
}

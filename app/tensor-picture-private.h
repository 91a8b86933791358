#pragma once

#include "app/tensor-picture.h"

/** QlTensorUnit: how values are written. */
typedef enum
{
  QL_TENSOR_NUMBER,
  QL_TENSOR_SHARE, /* as percentages */
} QlTensorUnit;

/** QlTensorPicture: its fields, for app/pipeline-views.c, which makes them. */
struct QlTensorPicture
{
  int ref_count;
  QlTensorKind kind;
  QlTensorUnit unit;
  char *title, *note;
  GObject *owner; /* (nullable): of @values, where they are not @own */
  const float *values; /* [rows, columns] */
  float *own; /* (nullable) */
  guint8 *rgb; /* (nullable): [rows, columns, 3] */
  int columns, rows;
  int grid_columns, grid_rows; /* lines over colours; 0: none */
  double aspect; /* width / height; 0: whatever there is room for */
  double min, max; /* of the colours */
  double largest; /* of the values' magnitudes */
  gboolean is_signed;
  GPtrArray *labels; /* (nullable): of bars */
  const char *format; /* printf with two ints (column, row) and a string, translated; of bars: NULL */
};

/** ql_tensor_picture_new: @title: translated. Returns: (transfer full): without values */
QlTensorPicture *ql_tensor_picture_new (QlTensorKind kind, const char *title, int columns, int rows);
/**
 * ql_tensor_picture_find_scale:
 * @is_signed: ends lie the same distance from 0
 *
 * From the values. Where a few are far beyond the others, a signed scale ends at what 995 in 1000 reach; the note says so.
 */
void ql_tensor_picture_find_scale (QlTensorPicture *self, gboolean is_signed);

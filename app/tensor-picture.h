#pragma once

#include "app/map-draw.h"

/**
 * QlTensorKind: how a tensor is looked at.
 * @QL_TENSOR_COLORS: as a picture
 * @QL_TENSOR_CELLS: each value one colour; where there are more than pixels, means of their values
 * @QL_TENSOR_BARS: a bar for each
 */
typedef enum
{
  QL_TENSOR_COLORS,
  QL_TENSOR_CELLS,
  QL_TENSOR_BARS,
} QlTensorKind;

/**
 * QlTensorPicture:
 *
 * A tensor, or what has been made of one, to be drawn: on the screen, PNG, SVG and PDF alike. Rows and columns count from 0. Reference counted,
 * immutable, one thread.
 */
typedef struct QlTensorPicture QlTensorPicture;

#define QL_TYPE_TENSOR_PICTURE (ql_tensor_picture_get_type ())
GType ql_tensor_picture_get_type (void);

QlTensorPicture *ql_tensor_picture_ref (QlTensorPicture *self);
void ql_tensor_picture_unref (QlTensorPicture *self);

QlTensorKind ql_tensor_picture_get_kind (QlTensorPicture *self);
/** ql_tensor_picture_get_title: Returns: (transfer none): translated */
const char *ql_tensor_picture_get_title (QlTensorPicture *self);
/** ql_tensor_picture_get_note: Returns: (transfer none): what is to be known to read it, translated; "" */
const char *ql_tensor_picture_get_note (QlTensorPicture *self);
int ql_tensor_picture_get_columns (QlTensorPicture *self);
/** ql_tensor_picture_get_rows: of bars: how many */
int ql_tensor_picture_get_rows (QlTensorPicture *self);
/** ql_tensor_picture_get_value: NAN for colours */
double ql_tensor_picture_get_value (QlTensorPicture *self, int column, int row);
/** ql_tensor_picture_get_scale: what the ends of the colours stand for. Returns: %FALSE: it has no scale */
gboolean ql_tensor_picture_get_scale (QlTensorPicture *self, double *min, double *max);
/** ql_tensor_picture_get_aspect: width by height that it should keep; 0: any */
double ql_tensor_picture_get_aspect (QlTensorPicture *self);
/** ql_tensor_picture_get_height: that suits it where it is @width wide */
double ql_tensor_picture_get_height (QlTensorPicture *self, double width);

/** ql_tensor_picture_locate: the value at a point of a picture of that size. Returns: %FALSE: outside */
gboolean ql_tensor_picture_locate (QlTensorPicture *self, double width, double height, double x, double y,
                                   int *column, int *row);
/** ql_tensor_picture_get_rect: where a value is drawn */
void ql_tensor_picture_get_rect (QlTensorPicture *self, double width, double height, int column, int row,
                                 double *x, double *y, double *cell_width, double *cell_height);
/** ql_tensor_picture_describe: Returns: (transfer full): "query 5, column 123: 0.42", translated */
char *ql_tensor_picture_describe (QlTensorPicture *self, int column, int row);

/**
 * ql_tensor_picture_draw:
 * @look: its colours, contrast and ink count
 */
void ql_tensor_picture_draw (QlTensorPicture *self, const QlMapLook *look, cairo_t *cr, double x, double y,
                             double width, double height);
/** ql_tensor_picture_draw_scale: a bar of colours with its ends as numbers; nothing where there is no scale */
void ql_tensor_picture_draw_scale (QlTensorPicture *self, const QlMapLook *look, cairo_t *cr, double x,
                                   double y, double width, double height);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QlTensorPicture, ql_tensor_picture_unref)

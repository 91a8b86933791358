#pragma once

#include <gtk/gtk.h>

/**
 * QlCellText:
 *
 * A text in a cell of a table, drawn by the cell itself. A label would be a widget more for each of
 * the 200 rows that a table keeps ready, and would be measured whenever its text changes; this is
 * laid out when it is drawn, so only where it is seen, and takes the room that it is given.
 */
typedef struct
{
  char *text;
  PangoLayout *layout; /* NULL: to be made */
  int width; /* that it was made for */
} QlCellText;

/** QlCellStyle: how it is laid out and drawn. */
typedef struct
{
  PangoEllipsizeMode ellipsize;
  int n_lines; /* at most */
  gboolean at_end; /* numbers */
  gboolean small; /* and dim */
} QlCellStyle;

void ql_cell_text_clear (QlCellText *self);

/** ql_cell_text_set: Returns: whether it changed, so that the cell is to be drawn anew */
gboolean ql_cell_text_set (QlCellText *self, const char *text);

/** ql_cell_text_invalidate: fonts have changed */
void ql_cell_text_invalidate (QlCellText *self);

/** ql_cell_text_snapshot: @widget: the cell; @area: of it, in which the text is in the middle */
void ql_cell_text_snapshot (QlCellText *self, GtkWidget *widget, GtkSnapshot *snapshot,
                            const QlCellStyle *style, const GdkRectangle *area);

/** ql_cell_line_height: of a line of text in @widget's font */
int ql_cell_line_height (GtkWidget *widget);

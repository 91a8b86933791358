#pragma once

#include <gtk/gtk.h>

#include "app/figure.h"

/**
 * QlFigureMake:
 * @name: (out): what its file is called, without an ending; to be freed
 *
 * Returns: (nullable) (transfer full): what the widget shows, on white; %NULL: nothing to be dragged
 */
typedef QlFigure *(*QlFigureMake) (GtkWidget *widget, char **name);

/** ql_figure_drag_add: from now on @widget can be dragged to another program, as PNG, SVG or a file */
void ql_figure_drag_add (GtkWidget *widget, QlFigureMake make);

/** ql_figure_drag_is_dropped: Returns: whether what is dropped is such a figure, of any window of this program */
gboolean ql_figure_drag_is_dropped (GdkDrop *drop);

/** ql_figure_content: for the clipboard: PNG, where it is not too large for it, and SVG. Returns: (nullable) (transfer full) */
GdkContentProvider *ql_figure_content (QlFigure *figure);

/**
 * ql_figure_drag_content:
 * @owner: the file is there until it is finalized, or gives something else
 *
 * As ql_figure_content(), and a file of it for programs that take only files.
 *
 * Returns: (nullable) (transfer full)
 */
GdkContentProvider *ql_figure_drag_content (QlFigure *figure, const char *name, GtkWidget *owner);

#pragma once

#include <gtk/gtk.h>

/*
 * What widgets share that have a bar for each query, from left to right in every language: "querylane" in CSS. Internal to
 * ui: their classes and instances are set up with it, and each draws its own bars.
 */

/* Of the frame around the chosen one; bars keep clear of it. */
#define QL_QUERY_BARS_FRAME_PX 2

/** ql_query_bars_class_init: left and right step: @step gets the binding's "i", -1 or 1 */
void ql_query_bars_class_init (GtkWidgetClass *widget_class, GtkShortcutFunc step);
/** ql_query_bars_init: @label: for screen readers; @pressed: a GtkGestureClick's */
void ql_query_bars_init (GtkWidget *widget, const char *label, GCallback pressed);
/** ql_query_bars_find: Returns: the query at @x of @n; -1: none */
int ql_query_bars_find (GtkWidget *widget, int n, double x);
/** ql_query_bars_get_colors: of most bars, and of those that stand out */
void ql_query_bars_get_colors (GtkWidget *widget, GdkRGBA *plain, GdkRGBA *strong);
/** ql_query_bars_append_frame: around all the height of a query's place */
void ql_query_bars_append_frame (GtkWidget *widget, GtkSnapshot *snapshot, int n, int query,
                                 const GdkRGBA *color);

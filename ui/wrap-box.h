#pragma once

#include <gtk/gtk.h>

#define QL_TYPE_WRAP_BOX (ql_wrap_box_get_type ())
G_DECLARE_FINAL_TYPE (QlWrapBox, ql_wrap_box, QL, WRAP_BOX, GtkWidget)

/**
 * QlWrapBox:
 *
 * Children side by side and, where there is no room for the next, below. In each line, those that
 * expand share what is left.
 *
 * Properties: "spacing", in pixels, between children and between lines.
 */

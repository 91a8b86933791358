#pragma once

#include <gtk/gtk.h>

#define QL_TYPE_SQUARE_BIN (ql_square_bin_get_type ())
G_DECLARE_FINAL_TYPE (QlSquareBin, ql_square_bin, QL, SQUARE_BIN, GtkWidget)

/**
 * QlSquareBin:
 *
 * As high as it is wide, up to 480 px, whatever its child would like: a scrolled window asks for no height of its own.
 */

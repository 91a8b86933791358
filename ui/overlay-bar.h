#pragma once

#include <gtk/gtk.h>

#include "app/lab.h"

#define QL_TYPE_OVERLAY_BAR (ql_overlay_bar_get_type ())
G_DECLARE_FINAL_TYPE (QlOverlayBar, ql_overlay_bar, QL, OVERLAY_BAR, GtkWidget)

/**
 * QlOverlayBar:
 *
 * Over the picture's lower edge: how the attention map on it is drawn, and what its colours stand for.
 */
/** ql_overlay_bar_set_compact: only the menu, and what the colours stand for: for a small picture */
void ql_overlay_bar_set_compact (QlOverlayBar *self, gboolean compact);
/** ql_overlay_bar_set_lab: once */
void ql_overlay_bar_set_lab (QlOverlayBar *self, QlLab *lab);

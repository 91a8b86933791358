#pragma once

#include <gtk/gtk.h>

#include "app/model-entry.h"

#define QL_TYPE_SHRINK_WINDOW (ql_shrink_window_get_type ())
G_DECLARE_FINAL_TYPE (QlShrinkWindow, ql_shrink_window, QL, SHRINK_WINDOW, GtkWindow)

/**
 * QlShrinkWindow:
 *
 * Makes a smaller copy of a model: how many bits a weight, with the sizes that come of it;
 * where to; then how far it is. Closing it stops.
 *
 * Signals:
 * - "made" (GFile *file): the copy is there
 * - "failed" (const GError *error): it could not be made; both close the window
 */
GtkWidget *ql_shrink_window_new (GtkWindow *parent, QlModelEntry *entry);

/** ql_shrink_window_is_ready: for tests: sizes are known, nothing runs */
gboolean ql_shrink_window_is_ready (QlShrinkWindow *self);
/** ql_shrink_window_choose: for tests: as by its button. Returns: %FALSE where @type is not offered */
gboolean ql_shrink_window_choose (QlShrinkWindow *self, const char *type);
/** ql_shrink_window_start: begins, as after the file was chosen */
void ql_shrink_window_start (QlShrinkWindow *self, GFile *file);

#pragma once

#include <gtk/gtk.h>

#define QL_TYPE_SUPPORTED_VIEW (ql_supported_view_get_type ())
G_DECLARE_FINAL_TYPE (QlSupportedView, ql_supported_view, QL, SUPPORTED_VIEW, GtkWidget)

/**
 * QlSupportedView:
 *
 * What a small model knows, in groups, folded up. Invisible where its folder does not say.
 */
/** ql_supported_view_load: reads it from the model's folder @dir, in the background. Once. */
void ql_supported_view_load (QlSupportedView *self, const char *dir);
/** ql_supported_view_get_text: Returns: (transfer full): all groups, for tests */
char *ql_supported_view_get_text (QlSupportedView *self);

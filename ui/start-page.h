#pragma once

#include <gtk/gtk.h>

#define QL_TYPE_START_PAGE (ql_start_page_get_type ())
G_DECLARE_FINAL_TYPE (QlStartPage, ql_start_page, QL, START_PAGE, GtkWidget)

/**
 * QlStartPage:
 *
 * What the window shows without a picture: what to do, samples that work at once, what
 * the model knows. Samples activate "win.open-uri".
 */

/** ql_start_page_set_demo_model: whether the words about the demo model are true now */
void ql_start_page_set_demo_model (QlStartPage *self, gboolean demo);

#pragma once

#include <gtk/gtk.h>

/** ql_cut_label_has_tooltip: where @label's text is shortened for want of room, its tooltip tells all of it */
void ql_cut_label_has_tooltip (GtkLabel *label);

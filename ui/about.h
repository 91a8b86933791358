#pragma once

#include <gtk/gtk.h>

/** ql_about_show: @parent: (nullable) */
void ql_about_show (GtkWindow *parent);

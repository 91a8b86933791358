#pragma once

#include <gio/gio.h>

/**
 * ql_color_scheme_follow:
 * @settings: (nullable): with the key "color-scheme"
 *
 * Makes the whole program light or dark, as the person chose, or as the desktop says
 * through its portal: GTK 4.8 does not ask there by itself. Watches both from then on,
 * for as long as the program runs.
 */
void ql_color_scheme_follow (GSettings *settings);

#pragma once

#include <gio/gio.h>

/**
 * ql_color_scheme_follow:
 * @settings: (nullable): with the person's choice; %NULL or "system" means the desktop's
 *
 * Makes the program light or dark, and high in contrast where the desktop asks for it. GTK 4.8
 * does not follow org.freedesktop.appearance by itself, so the portal is asked, without waiting
 * for it. Reduced motion needs nothing: GTK's own widgets obey gtk-enable-animations, and
 * nothing else here moves. Call once, at startup.
 */
void ql_color_scheme_follow (GSettings *settings);
/** ql_color_scheme_is_high_contrast: of the theme in use */
gboolean ql_color_scheme_is_high_contrast (void);

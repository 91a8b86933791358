#pragma once

#include <gtk/gtk.h>

#include "app/turn.h"

/** ql_announce_wanted: whether an answer that took @seconds is worth a notification */
gboolean ql_announce_wanted (double seconds, gboolean window_active, GSettings *settings);

/**
 * ql_announce_notify:
 *
 * The notification alone. A click on it shows @window; it goes when the person looks there.
 */
void ql_announce_notify (GtkWindow *window, QlTurn *turn);

/**
 * ql_announce_text:
 * @live: a label with the role of an alert
 *
 * Screen readers say @text: @live appears anew in their tree as an alert of that name (GTK 4.8
 * has no live regions).
 */
void ql_announce_text (GtkWidget *live, const char *text);

/**
 * ql_announce_answer:
 * @window: where the answer stands
 * @live: as for ql_announce_text()
 * @settings: (nullable)
 *
 * Tells of a finished answer: assistive programs by @live, and everyone by a notification,
 * if they look elsewhere and had to wait.
 */
void ql_announce_answer (GtkWindow *window, GtkWidget *live, QlTurn *turn, GSettings *settings);

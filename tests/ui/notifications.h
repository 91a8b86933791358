#pragma once

#include <gio/gio.h>

/* A desktop that shows notifications, on the test's own session bus: what programs send is kept. */

/** notifications_begin: from now on; needs a running GApplication's bus */
void notifications_begin (GDBusConnection *bus);
void notifications_end (void);

/** notifications_count: how many were sent so far */
int notifications_count (void);
/** notifications_last: Returns: title and body of the last one, with a line break between; "" for none */
const char *notifications_last (void);
/** notifications_press: a button of the last one, by its place; as a person would */
void notifications_press (int button);

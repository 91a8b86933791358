#pragma once

#include <gtk/gtk.h>

#include "app/batch.h"

/**
 * ql_batch_guard_attach:
 * @settings: (nullable)
 *
 * What a batch asks of the desktop, whether it is still shown or not: the program stays until the
 * batch has come to its end, the computer awake as long as it works, and who has turned to something
 * else is told when it is over.
 */
void ql_batch_guard_attach (QlBatch *batch, GtkApplication *app, GSettings *settings);

#pragma once

#include "tests/ui/harness.h"

/** States of the batch, for ui-states.c: as those there. */

GtkWindow *enter_batch_empty (QlWindow *window);
GtkWindow *enter_batch_running (QlWindow *window);
GtkWindow *enter_batch_done (QlWindow *window);
GtkWindow *enter_batch_edit (QlWindow *window);
GtkWindow *enter_batch_options (QlWindow *window);
GtkWindow *enter_batch_row_menu (QlWindow *window);
void leave_batch (QlWindow *window);

#pragma once

#include <gtk/gtk.h>

#include "app/lab-trace.h"

/** ql_token_list_fill: the trace's tokens into @box, each with its probability as a bar and what else the model might have written */
void ql_token_list_fill (GtkBox *box, QlTrace *trace);

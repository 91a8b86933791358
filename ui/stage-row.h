#pragma once

#include <gtk/gtk.h>

#include "app/pipeline.h"

/** ql_stage_row_new: a stage in the list: its picture, name, shape and time; a click looks into it. Returns: (transfer floating) */
GtkWidget *ql_stage_row_new (QlPipeline *pipeline, const QlStage *stage);

#pragma once

#include "ui/page.h"
#include "ui/stage-inside.h"

#define QL_TYPE_PIPELINE_PAGE (ql_pipeline_page_get_type ())
G_DECLARE_FINAL_TYPE (QlPipelinePage, ql_pipeline_page, QL, PIPELINE_PAGE, QlPage)

/**
 * QlPipelinePage:
 *
 * The way from the picture to the answer: a list of stages with shapes and times, and in its place one of them looked into.
 */

/** ql_pipeline_page_get_rows: Returns: (transfer none): the list; a button for each stage */
GtkWidget *ql_pipeline_page_get_rows (QlPipelinePage *self);
/** ql_pipeline_page_get_inside: Returns: (transfer none) */
QlStageInside *ql_pipeline_page_get_inside (QlPipelinePage *self);

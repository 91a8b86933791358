#pragma once

#include "app/lab.h"
#include "ui/tensor-view.h"

#define QL_TYPE_STAGE_INSIDE (ql_stage_inside_get_type ())
G_DECLARE_FINAL_TYPE (QlStageInside, ql_stage_inside, QL, STAGE_INSIDE, GtkWidget)

/**
 * QlStageInside:
 *
 * One stage of the pipeline, looked into: what happens there, its block or layer, a picture of its tensor with the value under
 * cursor or pointer; of the tokens a list, of beams the tree.
 */

/** ql_stage_inside_set_lab: once */
void ql_stage_inside_set_lab (QlStageInside *self, QlLab *lab);
/** ql_stage_inside_focus: to the picture, or what there is in its place */
void ql_stage_inside_focus (QlStageInside *self);
/** ql_stage_inside_get_picture: Returns: (transfer none) */
QlTensorView *ql_stage_inside_get_picture (QlStageInside *self);

#pragma once

#include <gtk/gtk.h>

#include "app/lab-mask.h"

#define QL_TYPE_MASK_RESULTS (ql_mask_results_get_type ())
G_DECLARE_FINAL_TYPE (QlMaskResults, ql_mask_results, QL, MASK_RESULTS, GtkWidget)

/**
 * QlMaskResults:
 *
 * What comes of each mask: the match's probability, the likeness, and how probable the text is; the mask as it is beside
 * the three presets, with its difference to the one that it began as. Below, the text's tokens one by one.
 */
/** ql_mask_results_set_mask: once */
void ql_mask_results_set_mask (QlMaskResults *self, QlLabMask *mask);

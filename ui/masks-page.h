#pragma once

#include "ui/page.h"

#define QL_TYPE_MASKS_PAGE (ql_masks_page_get_type ())
G_DECLARE_FINAL_TYPE (QlMasksPage, ql_masks_page, QL, MASKS_PAGE, QlPage)

/**
 * QlMasksPage:
 *
 * One network, three tasks: which rows of the Q-Former may look at which, as a grid to be changed, and what comes of it.
 */
/** ql_masks_page_zoom: @steps: 1: the grid gets larger, -1: smaller */
void ql_masks_page_zoom (QlMasksPage *self, int steps);

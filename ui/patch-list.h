#pragma once

#include <gtk/gtk.h>

#include "app/lab.h"

#define QL_TYPE_PATCH_LIST (ql_patch_list_get_type ())
G_DECLARE_FINAL_TYPE (QlPatchList, ql_patch_list, QL, PATCH_LIST, GtkWidget)

/**
 * QlPatchList:
 *
 * The way back, from a patch to who looks at it: the heads that give it most, and the words whose maps have most there.
 * Each is a button that selects it. Invisible while no patch is chosen.
 */
/** ql_patch_list_set_lab: once */
void ql_patch_list_set_lab (QlPatchList *self, QlLab *lab);
/** ql_patch_list_get_looks: Returns: (transfer none): the box of the heads' buttons */
GtkWidget *ql_patch_list_get_looks (QlPatchList *self);

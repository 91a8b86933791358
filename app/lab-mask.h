#pragma once

#include "app/engine-lab.h"
#include "app/lab-queries.h"

#define QL_TYPE_LAB_MASK (ql_lab_mask_get_type ())
G_DECLARE_FINAL_TYPE (QlLabMask, ql_lab_mask, QL, LAB_MASK, GObject)

/**
 * QlLabMask:
 *
 * A self-attention mask over the Q-Former's queries and a text's tokens, to be changed cell by cell and run, beside the
 * three masks that the model was trained with. Rows see columns; queries come first, then the text.
 *
 * The text is that of the looked-at answer until another is given. Once somebody looks, the model reads it and runs the three
 * presets; the mask itself runs on demand.
 *
 * Signals: "changed", after any of it did.
 *
 * Threads: that of the main context it was created in.
 */

/** ql_lab_get_mask: Returns: (transfer none) */
QlLabMask *ql_lab_get_mask (QlLab *lab);

/** ql_lab_mask_set_looking: whether somebody looks: the text is read only then */
void ql_lab_mask_set_looking (QlLabMask *self, gboolean looking);
/** ql_lab_mask_get_text: Returns: (transfer none): "" without an answer */
const char *ql_lab_mask_get_text (QlLabMask *self);
/** ql_lab_mask_set_text: @text: (nullable): %NULL or empty: the answer's again */
void ql_lab_mask_set_text (QlLabMask *self, const char *text);

/** ql_lab_mask_get_state: of reading the text: %QL_ASK_READY: there is a mask */
QlAskState ql_lab_mask_get_state (QlLabMask *self);
/** ql_lab_mask_get_error: Returns: (nullable) (transfer none): why the last request failed */
const GError *ql_lab_mask_get_error (QlLabMask *self);

/* ---- the mask; all sizes are 0 while there is none ----------------------------------- */

int ql_lab_mask_get_n_queries (QlLabMask *self);
/** ql_lab_mask_get_n_rows: queries and the text's tokens */
int ql_lab_mask_get_n_rows (QlLabMask *self);
/** ql_lab_mask_get_token: of the text's @i; Returns: (transfer none): as the vocabulary spells it */
const char *ql_lab_mask_get_token (QlLabMask *self, int i);
/** ql_lab_mask_describe_row: Returns: (transfer full): "query 5", or "“donut”": of a row or column, translated */
char *ql_lab_mask_describe_row (QlLabMask *self, int row);
/** ql_lab_mask_get_cells: Returns: (nullable) (transfer none): [n_rows, n_rows] */
const guint8 *ql_lab_mask_get_cells (QlLabMask *self);
gboolean ql_lab_mask_get_cell (QlLabMask *self, int row, int column);
/** ql_lab_mask_get_preset: which it began as, and differences are told to */
QlMaskPreset ql_lab_mask_get_preset (QlLabMask *self);
/** ql_lab_mask_preset_cell: what the preset has there */
gboolean ql_lab_mask_preset_cell (QlLabMask *self, int row, int column);
/** ql_lab_mask_get_n_changed: cells that differ from the preset */
int ql_lab_mask_get_n_changed (QlLabMask *self);

/** ql_lab_mask_set_preset: all cells become the preset's */
void ql_lab_mask_set_preset (QlLabMask *self, QlMaskPreset preset);
/** ql_lab_mask_set_cell: outside: nothing happens */
void ql_lab_mask_set_cell (QlLabMask *self, int row, int column, gboolean sees);
/** ql_lab_mask_toggle: @row, @column: -1: all of them: a whole row or column sees all, or nothing if it saw all */
void ql_lab_mask_toggle (QlLabMask *self, int row, int column);

/* ---- running --------------------------------------------------------------------------- */

void ql_lab_mask_run (QlLabMask *self);
gboolean ql_lab_mask_get_running (QlLabMask *self);
void ql_lab_mask_stop (QlLabMask *self);
/** ql_lab_mask_get_preset_score: Returns: (nullable) (transfer none) */
const QlMaskScore *ql_lab_mask_get_preset_score (QlLabMask *self, QlMaskPreset preset);
/** ql_lab_mask_get_score: Returns: (nullable) (transfer none): of the mask as it is; %NULL: it has not been run */
const QlMaskScore *ql_lab_mask_get_score (QlLabMask *self);
/** ql_lab_mask_describe_score: Returns: (transfer full): of the mask as it is, a translated sentence; "" before it was run */
char *ql_lab_mask_describe_score (QlLabMask *self);
/** ql_lab_mask_get_model_name: Returns: (nullable) (transfer none) */
const char *ql_lab_mask_get_model_name (QlLabMask *self);

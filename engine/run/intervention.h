#pragma once

#include "engine/b2-lab.h"

/** B2EditSizes: of a session, for which interventions are checked. */
typedef struct
{
  int n_cross, n_layers, n_heads, n_query, n_patches;
} B2EditSizes;

/** B2Flags: @n bytes, 0 or 1; @any: one of them is set. */
typedef struct
{
  guint8 *set;
  gsize n;
  gboolean any;
} B2Flags;

/** B2Edits: an intervention as a session keeps it. */
typedef struct
{
  B2Flags cross; /* [n_cross, heads]: muted */
  B2Flags self; /* [layers, heads]: muted */
  B2Flags queries; /* [n_query]: muted */
  B2Flags dropped; /* [1 + n_patches]: keys, CLS first */
  B2Flags greyed; /* [n_patches] */
  guint8 *seen; /* [1 + n_patches]: what @dropped is not */
} B2Edits;

/**
 * b2_edits_new:
 * @intervention: (nullable)
 *
 * Returns: (transfer full): %NULL with B2_ERROR_ARGUMENT
 */
B2Edits *b2_edits_new (const B2EditSizes *sizes, const B2Intervention *intervention, GError **error);
/** b2_edits_copy: Returns: (transfer full) */
B2Edits *b2_edits_copy (const B2Edits *self);
void b2_edits_free (B2Edits *self);

/** b2_flags_equal, b2_flags_set: @on: whether there is one */
gboolean b2_flags_equal (const B2Flags *a, const B2Flags *b);
void b2_flags_put (B2Flags *self, gsize i, gboolean on);

/** b2_edits_drop: keys 0 … n_patches, CLS first */
void b2_edits_drop (B2Edits *self, gsize key, gboolean dropped);

gboolean b2_edits_any (const B2Edits *self);
/** b2_edits_change_qformer: whether the Q-Former's run is another one */
gboolean b2_edits_change_qformer (const B2Edits *self);
/** b2_edits_json: Returns: (transfer full): as b2_session_describe_intervention() says */
char *b2_edits_json (const B2Edits *self, int n_heads);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (B2Edits, b2_edits_free)

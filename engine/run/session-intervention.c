/* A session's intervention: what it makes worthless of what has been computed. */
#include "engine/run/session.h"

B2EditSizes
b2_session_edit_sizes (B2Session *self)
{
  const B2Qformer *q = self->model->qformer;

  return (B2EditSizes){ .n_cross = q->n_cross,
                        .n_layers = q->config.n_layers,
                        .n_heads = q->config.n_heads,
                        .n_query = q->n_query,
                        .n_patches = (int) self->n_image - 1 };
}

void
b2_session_grid (B2Session *self, int *n_columns, int *n_rows)
{
  int patch = self->model->config->vision.patch_px;

  *n_columns = self->width_px / patch;
  *n_rows = self->height_px / patch;
}

B2Edits *
b2_session_swap_edits (B2Session *self, B2Edits *edits)
{
  B2Edits *old = self->edits;
  gboolean same_pixels = b2_flags_equal (&old->greyed, &edits->greyed);

  if (!same_pixels)
    self->edited_image.encoded = self->edited_image.done = FALSE;
  if (!same_pixels || !b2_flags_equal (&old->cross, &edits->cross)
      || !b2_flags_equal (&old->self, &edits->self) || !b2_flags_equal (&old->dropped, &edits->dropped))
    b2_session_forget_queries (self, &self->edited);
  if (!b2_flags_equal (&old->queries, &edits->queries))
    self->lm_image_done = FALSE;
  /* The ITG head reads the flags where they are. */
  if (old->self.any || edits->self.any)
    self->lm_image_done = FALSE;
  self->edits = edits;
  return old;
}

gboolean
b2_session_set_intervention (B2Session *self, const B2Intervention *intervention, GError **error)
{
  B2EditSizes sizes = b2_session_edit_sizes (self);
  B2Edits *edits = b2_edits_new (&sizes, intervention, error);

  if (edits == NULL)
    return FALSE;
  b2_edits_free (b2_session_swap_edits (self, edits));
  return TRUE;
}

char *
b2_session_describe_intervention (B2Session *self)
{
  return b2_edits_any (self->edits) ? b2_edits_json (self->edits, self->model->qformer->config.n_heads)
                                    : NULL;
}

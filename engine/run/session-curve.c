/* Faithfulness: what becomes of an answer's probability as patches go, or come, in a claimed order of importance. */
#include "engine/run/session.h"

static gboolean
refuse (GError **error, const char *what)
{
  g_set_error (error, B2_ERROR, B2_ERROR_ARGUMENT, "A faithfulness curve with %s", what);
  return FALSE;
}

static gboolean
check_curve (B2Session *self, const B2Curve *curve, GError **error)
{
  int n_patches = (int) self->n_image - 1;
  g_autofree guint8 *met = g_new0 (guint8, n_patches);

  if (curve->n_order < 0 || curve->n_order > n_patches || (curve->n_order > 0 && curve->order == NULL))
    return refuse (error, "an order of more patches than the picture has");
  if (curve->n_counts < 1 || curve->counts == NULL)
    return refuse (error, "no counts");
  for (int i = 0; i < curve->n_order; i++)
    {
      if (curve->order[i] < 0 || curve->order[i] >= n_patches)
        return refuse (error, "a patch that is out of range");
      if (met[curve->order[i]]++)
        return refuse (error, "a patch that is twice in the order");
    }
  for (int i = 0; i < curve->n_counts; i++)
    if (curve->counts[i] < 0 || curve->counts[i] > curve->n_order)
      return refuse (error, "a count that is out of range");
  return TRUE;
}

/* The session's own intervention, and patches removed up to @count on top of it. */
static B2Edits *
edits_at (B2Session *self, const B2Edits *own, const B2Curve *curve, int count)
{
  int n_patches = (int) self->n_image - 1;
  g_autofree guint8 *removed = g_new0 (guint8, n_patches);
  gboolean insertion = curve->kind == B2_CURVE_INSERTION;
  B2Edits *edits = b2_edits_copy (own);

  for (int p = 0; p < n_patches; p++)
    removed[p] = insertion;
  for (int i = 0; i < count; i++)
    removed[curve->order[i]] = !insertion;
  for (int p = 0; p < n_patches; p++)
    if (removed[p] && curve->grey)
      b2_flags_put (&edits->greyed, (gsize) p, TRUE);
    else if (removed[p])
      b2_edits_drop (edits, (gsize) p + 1, TRUE);
  if (curve->drop_cls)
    b2_edits_drop (edits, 0, TRUE);
  return edits;
}

static gboolean
run_points (B2Session *self, const B2Edits *own, const char *prompt, const gint32 *ids, int n_ids,
            const B2Curve *curve, double *sums, const B2Watch *watch, GError **error)
{
  /* Layers are too small a thing to tell of. */
  B2GenerateHooks hooks = { .watch.cancel = watch != NULL ? watch->cancel : NULL };

  for (int i = 0; i < curve->n_counts; i++)
    {
      g_autoptr (B2Replay) replay = NULL;

      if (!b2_watch_step (watch, B2_PHASE_DECODE, i, curve->n_counts, error))
        return FALSE;
      b2_edits_free (b2_session_swap_edits (self, edits_at (self, own, curve, curve->counts[i])));
      replay = b2_session_replay (self, prompt, ids, n_ids, &hooks, error);
      if (replay == NULL)
        return FALSE;
      sums[i] = replay->sum;
    }
  return b2_watch_step (watch, B2_PHASE_DECODE, curve->n_counts, curve->n_counts, error);
}

gboolean
b2_session_faithfulness (B2Session *self, const char *prompt, const gint32 *ids, int n_ids,
                         const B2Curve *curve, double *sums, const B2Watch *watch, GError **error)
{
  g_autoptr (B2Edits) own = NULL;
  gboolean ok;

  if (!check_curve (self, curve, error))
    return FALSE;
  own = b2_edits_copy (self->edits);
  ok = run_points (self, own, prompt, ids, n_ids, curve, sums, watch, error);
  b2_edits_free (b2_session_swap_edits (self, g_steal_pointer (&own)));
  return ok;
}

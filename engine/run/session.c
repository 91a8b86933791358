#include "engine/run/session.h"

#include <string.h>

#include "engine/run/preprocess.h"

/* ---- making --------------------------------------------------------------------- */

static gboolean
choose_size (B2Session *self, const B2SessionOptions *options, GError **error)
{
  int patch = self->model->config->vision.patch_px;

  self->width_px = self->model->config->preprocess.width_px;
  self->height_px = self->model->config->preprocess.height_px;
  if (options == NULL || (options->image_width_px == 0 && options->image_height_px == 0))
    return TRUE;
  self->width_px = options->image_width_px;
  self->height_px = options->image_height_px;
  if (self->width_px < patch || self->height_px < patch || self->width_px > 4096 || self->height_px > 4096
      || self->width_px % patch != 0 || self->height_px % patch != 0)
    {
      g_set_error (error, B2_ERROR, B2_ERROR_ARGUMENT,
                   "A picture size of %d × %d px; both must be multiples of %d from %d to 4096",
                   self->width_px, self->height_px, patch, patch);
      return FALSE;
    }
  return TRUE;
}

static gboolean
make_room (B2Session *self, GError **error)
{
  B2Qformer *qformer = self->model->qformer;

  self->n_image = (gsize) b2_vit_n_rows (self->model->vit, self->width_px, self->height_px);
  self->arena
      = b2_arena_new (MAX (b2_vit_scratch_bytes (self->model->vit, self->width_px, self->height_px, 1),
                           b2_qformer_scratch_bytes (qformer, b2_session_max_text (self))),
                      error);
  if (self->arena == NULL)
    return FALSE;
  return b2_session_make_room_for_image (self, &self->plain_image, error);
}

/* No intervention. */
static gboolean
make_edits (B2Session *self, GError **error)
{
  B2EditSizes sizes = b2_session_edit_sizes (self);

  self->edits = b2_edits_new (&sizes, NULL, error);
  return self->edits != NULL;
}

B2Session *
b2_session_new (B2Model *model, const B2SessionOptions *options, GError **error)
{
  g_autoptr (B2Session) self = g_new0 (B2Session, 1);
  gsize max_keys;

  self->model = b2_model_ref (model);
  self->measure_always = self->measure = options != NULL && options->measure;
  self->weights = options != NULL ? options->weights : B2_WEIGHTS_BY_PHASE;
  if (!choose_size (self, options, error) || !make_room (self, error) || !make_edits (self, error))
    return NULL;
  max_keys = MAX (self->n_image, (gsize) (model->config->n_query + b2_session_max_text (self)));
  if (model->lm != NULL)
    max_keys = MAX (max_keys, (gsize) model->lm->max_positions);
  self->compute = b2_compute_new (options != NULL ? options->n_threads : 0,
                                  (gsize) b2_binder_max_row (model->binder), max_keys, error);
  if (self->compute == NULL)
    return NULL;
  self->compute->exact = options != NULL && options->exact;
  if (options != NULL && options->pin_threads)
    b2_pool_pin (self->compute->pool);
  if (model->lm != NULL)
    {
      self->lm_state = model->lm->family->state_new (model->lm, self->compute, model->config->n_query, error);
      if (self->lm_state == NULL)
        return NULL;
    }
  return g_steal_pointer (&self);
}

void
b2_session_free (B2Session *self)
{
  if (self == NULL)
    return;
  b2_session_forget_queries (self, &self->plain);
  b2_session_forget_queries (self, &self->edited);
  b2_session_free_spare_states (self);
  b2_session_forget_ahead (self);
  if (self->lm_state != NULL)
    self->model->lm->family->state_free (self->lm_state);
  b2_read_ahead_free (self->read_ahead);
  g_free (self->lm_soft_prompt);
  g_free (self->lm_kv);
  g_free (self->token_norms);
  b2_compute_free (self->compute);
  b2_arena_free (self->arena);
  g_free (self->pixels);
  g_free (self->edited_pixels);
  g_free (self->plain_image.features);
  g_free (self->plain_image.kv);
  g_free (self->edited_image.features);
  g_free (self->edited_image.kv);
  b2_laps_clear (&self->plain_image.laps);
  b2_laps_clear (&self->edited_image.laps);
  b2_edits_free (self->edits);
  g_free (self->image_sha256);
  b2_model_unref (self->model);
  g_free (self);
}

/* ---- the picture ------------------------------------------------------------------ */

gboolean
b2_session_prepare (B2Session *self, const guint8 *rgb, int width, int height, gsize stride, B2Prepared *out,
                    GError **error)
{
  gint64 start = g_get_monotonic_time ();
  gsize n = 3 * (gsize) self->width_px * (gsize) self->height_px;
  g_autofree float *pixels = g_new (float, n);

  if (!b2_preprocess (&self->model->config->preprocess, rgb, width, height, stride, self->width_px,
                      self->height_px, pixels, error))
    return FALSE;
  out->sha256 = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *) pixels, n * sizeof *pixels);
  out->pixels = g_steal_pointer (&pixels);
  out->source_width_px = width;
  out->source_height_px = height;
  out->ms = b2_ms_since (start);
  return TRUE;
}

void
b2_prepared_clear (B2Prepared *self)
{
  g_free (self->pixels);
  g_free (self->sha256);
  *self = (B2Prepared){ 0 };
}

gboolean
b2_session_adopt (B2Session *self, B2Prepared *prepared)
{
  gboolean other = !self->has_image || strcmp (prepared->sha256, self->image_sha256) != 0;

  self->preprocess_ms = prepared->ms;
  self->source_width_px = prepared->source_width_px;
  self->source_height_px = prepared->source_height_px;
  if (other)
    {
      g_free (self->pixels);
      self->pixels = g_steal_pointer (&prepared->pixels);
      g_free (self->image_sha256);
      self->image_sha256 = g_steal_pointer (&prepared->sha256);
      self->has_image = TRUE;
      self->prepared_ms = self->preprocess_ms;
      self->plain_image.encoded = self->plain_image.done = FALSE;
      self->edited_image.encoded = self->edited_image.done = FALSE;
      b2_session_forget_queries (self, &self->plain);
      b2_session_forget_queries (self, &self->edited);
    }
  b2_prepared_clear (prepared);
  return other;
}

gboolean
b2_session_set_image (B2Session *self, const guint8 *rgb, int width, int height, gsize stride, GError **error)
{
  B2Prepared prepared = { 0 };

  if (!b2_session_prepare (self, rgb, width, height, stride, &prepared, error))
    return FALSE;
  b2_session_adopt (self, &prepared);
  return TRUE;
}

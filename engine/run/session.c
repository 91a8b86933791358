#include "engine/run/session.h"

#include <string.h>

#include "engine/run/preprocess.h"

/* Longest instruction or text that the scratch memory is laid out for; the position table sets the limit. */
static int
max_text (B2Model *model)
{
  return model->qformer->has_text ? model->qformer->config.max_positions : 0;
}

static double
ms_since (gint64 start)
{
  return (double) (g_get_monotonic_time () - start) / 1000.0;
}

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
  gsize d = (gsize) qformer->config.width;

  self->n_image = (gsize) b2_vit_n_rows (self->model->vit, self->width_px, self->height_px);
  self->arena = b2_arena_new (MAX (b2_vit_scratch_bytes (self->model->vit, self->width_px, self->height_px),
                                   b2_qformer_scratch_bytes (qformer, max_text (self->model))),
                              error);
  if (self->arena == NULL)
    return FALSE;
  self->pixels = g_new (float, 3 * (gsize) self->width_px * (gsize) self->height_px);
  self->vision = g_try_new (float, self->n_image *(gsize) self->model->config->vision.width);
  self->image_kv = g_try_new (float, (gsize) qformer->n_cross * 2 * self->n_image * d);
  if (self->vision == NULL || self->image_kv == NULL)
    {
      g_set_error_literal (error, B2_ERROR, B2_ERROR_NO_MEMORY,
                           "Not enough memory for the picture's features");
      return FALSE;
    }
  return TRUE;
}

B2Session *
b2_session_new (B2Model *model, const B2SessionOptions *options, GError **error)
{
  g_autoptr (B2Session) self = g_new0 (B2Session, 1);
  gsize max_keys;

  self->model = b2_model_ref (model);
  if (!choose_size (self, options, error) || !make_room (self, error))
    return NULL;
  max_keys = MAX (self->n_image, (gsize) (model->config->n_query + max_text (model)));
  if (model->lm != NULL)
    max_keys = MAX (max_keys, (gsize) model->lm->max_positions);
  self->compute = b2_compute_new (options != NULL ? options->n_threads : 0,
                                  (gsize) b2_binder_max_row (model->binder), max_keys, error);
  if (self->compute == NULL)
    return NULL;
  if (model->lm != NULL)
    {
      self->lm_state = model->lm->family->state_new (model->lm, self->compute, model->config->n_query, error);
      if (self->lm_state == NULL)
        return NULL;
    }
  return g_steal_pointer (&self);
}

static void
forget_qformer (B2Session *self)
{
  self->qformer_done = FALSE;
  self->lm_image_done = FALSE;
  g_clear_pointer (&self->instruction, g_free);
  g_clear_pointer (&self->qformer, g_free);
  g_clear_pointer (&self->cross_maps, g_free);
  g_clear_pointer (&self->self_maps, g_free);
  g_clear_pointer (&self->self_kv, g_free);
  g_clear_pointer (&self->soft_prompt, g_free);
}

void
b2_session_free (B2Session *self)
{
  if (self == NULL)
    return;
  forget_qformer (self);
  if (self->lm_state != NULL)
    self->model->lm->family->state_free (self->lm_state);
  b2_compute_free (self->compute);
  b2_arena_free (self->arena);
  g_free (self->pixels);
  g_free (self->vision);
  g_free (self->image_kv);
  g_free (self->image_sha256);
  b2_model_unref (self->model);
  g_free (self);
}

/* ---- the picture ------------------------------------------------------------------ */

gboolean
b2_session_set_image (B2Session *self, const guint8 *rgb, int width, int height, gsize stride, GError **error)
{
  gint64 start = g_get_monotonic_time ();
  gsize n = 3 * (gsize) self->width_px * (gsize) self->height_px;
  g_autofree float *pixels = g_new (float, n);
  g_autofree char *sha256 = NULL;

  if (!b2_preprocess (&self->model->config->preprocess, rgb, width, height, stride, self->width_px,
                      self->height_px, pixels, error))
    return FALSE;
  sha256 = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *) pixels, n * sizeof *pixels);
  self->preprocess_ms = ms_since (start);
  self->source_width_px = width;
  self->source_height_px = height;
  if (self->has_image && strcmp (sha256, self->image_sha256) == 0)
    return TRUE;
  memcpy (self->pixels, pixels, n * sizeof *pixels);
  g_free (self->image_sha256);
  self->image_sha256 = g_steal_pointer (&sha256);
  self->has_image = TRUE;
  self->vision_done = FALSE;
  forget_qformer (self);
  return TRUE;
}

static gboolean
run_vision (B2Session *self, const B2Watch *watch, GError **error)
{
  gint64 start = g_get_monotonic_time ();

  if (self->vision_done)
    return TRUE;
  if (!b2_vit_forward (self->model->vit, self->compute, self->arena, self->pixels, self->width_px,
                       self->height_px, self->vision, watch, error))
    return FALSE;
  self->vision_ms = ms_since (start);
  start = g_get_monotonic_time ();
  if (!b2_qformer_read_image (self->model->qformer, self->compute, self->vision, self->n_image,
                              self->image_kv, watch, error)
      || !b2_watch_check (watch, error))
    return FALSE;
  self->qformer_ms = ms_since (start);
  self->vision_done = TRUE;
  return TRUE;
}

static void
make_room_for_rows (B2Session *self, int n_rows)
{
  const B2Qformer *q = self->model->qformer;
  gsize d = (gsize) q->config.width, n = (gsize) n_rows, layers = (gsize) q->config.n_layers;
  gsize heads = (gsize) q->config.n_heads;

  self->n_rows = n_rows;
  self->qformer = g_new (float, n *d);
  self->cross_maps = g_new (float, (gsize) q->n_cross *heads *(gsize) q->n_query * self->n_image);
  self->self_maps = g_new (float, layers *heads *n *n);
  if (self->model->lm != NULL)
    {
      self->self_kv = g_new (float, layers * 2 * n * d);
      self->soft_prompt = g_new (float, (gsize) q->n_query *(gsize) self->model->lm->width);
    }
}

/* The ids of InstructBLIP's instruction for the Q-Former; none for the other models. */
static gboolean
encode_instruction (B2Session *self, const char *instruction, GArray **out, GError **error)
{
  *out = NULL;
  if (self->model->qformer_tokenizer == NULL)
    return TRUE;
  *out = b2_tokenizer_encode (self->model->qformer_tokenizer, instruction != NULL ? instruction : "", TRUE,
                              error);
  return *out != NULL;
}

static gboolean
run_qformer (B2Session *self, const char *instruction, const B2Watch *watch, GError **error)
{
  gint64 start = g_get_monotonic_time ();
  B2Model *model = self->model;
  g_autoptr (GArray) ids = NULL;
  B2QformerPass pass = { .with_queries = TRUE, .image_kv = self->image_kv, .n_image = self->n_image };

  if (self->qformer_done
      && (model->qformer_tokenizer == NULL || g_strcmp0 (self->instruction, instruction) == 0))
    return TRUE;
  forget_qformer (self);
  if (!encode_instruction (self, instruction, &ids, error))
    return FALSE;
  if (ids != NULL)
    {
      pass.text_ids = (const gint32 *) (gpointer) ids->data;
      pass.n_text = (int) ids->len;
      if (pass.n_text > max_text (model))
        {
          g_set_error (error, B2_ERROR, B2_ERROR_LIMIT,
                       "The text has %d tokens, the Q-Former reads at most %d; shorten it", pass.n_text,
                       max_text (model));
          return FALSE;
        }
    }
  make_room_for_rows (self, model->config->n_query + pass.n_text);
  pass.out = self->qformer;
  pass.self_maps = self->self_maps;
  pass.cross_maps = self->cross_maps;
  pass.self_kv = self->self_kv;
  if (!b2_qformer_forward (model->qformer, self->compute, self->arena, &pass, watch, error))
    return FALSE;
  if (model->projection.weight != NULL)
    b2_linear_forward (self->compute, &model->projection, self->qformer, (gsize) model->config->n_query,
                       (gsize) model->qformer->config.width, self->soft_prompt, (gsize) model->lm->width);
  if (!b2_watch_check (watch, error))
    return FALSE;
  self->qformer_ms += ms_since (start);
  self->instruction = g_strdup (instruction);
  self->qformer_done = TRUE;
  return TRUE;
}

void
b2_session_begin (B2Session *self, const B2Watch *watch)
{
  b2_pool_set_cancel (self->compute->pool, watch != NULL ? watch->cancel : NULL);
}

gboolean
b2_session_encode_for (B2Session *self, const char *instruction, const B2Watch *watch, GError **error)
{
  if (!self->has_image)
    {
      g_set_error_literal (error, B2_ERROR, B2_ERROR_ARGUMENT, "No picture has been given yet");
      return FALSE;
    }
  self->vision_ms = self->qformer_ms = 0;
  return run_vision (self, watch, error) && run_qformer (self, instruction, watch, error);
}

gboolean
b2_session_encode (B2Session *self, const B2Watch *watch, GError **error)
{
  b2_session_begin (self, watch);
  /* InstructBLIP's Q-Former waits for the question. */
  if (self->model->qformer_tokenizer == NULL)
    return b2_session_encode_for (self, NULL, watch, error);
  if (self->has_image)
    return run_vision (self, watch, error);
  return b2_session_encode_for (self, NULL, watch, error);
}

/* From pixels to what the language model has read of them; plain, and under the session's intervention. */
#include "engine/run/session.h"

#include <string.h>

int
b2_session_max_text (B2Session *self)
{
  const B2Qformer *qformer = self->model->qformer;

  return qformer->has_text ? qformer->config.max_positions : 0;
}

void
b2_session_begin (B2Session *self, const B2Watch *watch)
{
  b2_pool_set_cancel (self->compute->pool, watch != NULL ? watch->cancel : NULL);
  self->measure = self->measure_always;
}

B2SessionImage *
b2_session_image (B2Session *self)
{
  return self->edits->greyed.any ? &self->edited_image : &self->plain_image;
}

B2SessionQueries *
b2_session_queries (B2Session *self)
{
  return b2_edits_change_qformer (self->edits) ? &self->edited : &self->plain;
}

const float *
b2_session_pixels (B2Session *self)
{
  return self->edits->greyed.any ? self->edited_pixels : self->pixels;
}

/* ---- the image encoder ---------------------------------------------------------------- */

gboolean
b2_session_make_room_for_image (B2Session *self, B2SessionImage *image, GError **error)
{
  const B2Qformer *qformer = self->model->qformer;
  gsize d = (gsize) qformer->config.width, width = (gsize) self->model->config->vision.width;

  if (image->features == NULL)
    image->features = g_try_new (float, self->n_image *width);
  if (image->kv == NULL)
    image->kv = g_try_new (float, (gsize) qformer->n_cross * 2 * self->n_image * d);
  if (image->features != NULL && image->kv != NULL)
    return TRUE;
  g_set_error_literal (error, B2_ERROR, B2_ERROR_NO_MEMORY, "Not enough memory for the picture's features");
  return FALSE;
}

/* Mid-grey, half of the pixel range, in the place of the greyed patches. */
static void
grey_pixels (B2Session *self)
{
  const B2PreprocessConfig *c = &self->model->config->preprocess;
  gsize patch = (gsize) self->model->config->vision.patch_px, width = (gsize) self->width_px;
  gsize n_pixels = width * (gsize) self->height_px, n_columns = width / patch;

  if (self->edited_pixels == NULL)
    self->edited_pixels = g_new (float, 3 * n_pixels);
  memcpy (self->edited_pixels, self->pixels, 3 * n_pixels * sizeof (float));
  for (gsize p = 0; p < self->edits->greyed.n; p++)
    for (gsize i = 0; self->edits->greyed.set[p] && i < 3 * patch * patch; i++)
      {
        gsize channel = i / (patch * patch), y = i / patch % patch, x = i % patch;
        float grey = ((float) (127.5 * c->rescale_factor) - c->mean[channel]) / c->std[channel];

        self->edited_pixels[channel * n_pixels + (p / n_columns * patch + y) * width + p % n_columns * patch
                            + x]
            = grey;
      }
}

gboolean
b2_session_run_vit (B2Session *self, B2SessionImage *const *images, const float *const *pixels, int n,
                    const B2Watch *watch, GError **error)
{
  gint64 start = g_get_monotonic_time ();
  g_autofree B2VitPicture *pictures = g_new0 (B2VitPicture, n);
  g_autofree B2Observer *observers = g_new (B2Observer, n);

  for (int i = 0; i < n; i++)
    {
      b2_laps_clear (&images[i]->laps);
      pictures[i] = (B2VitPicture){ .pixels = pixels[i], .out = images[i]->features };
      if (!self->measure)
        continue;
      observers[i] = b2_laps_begin (&images[i]->laps, self->model->config->vision.n_layers, self->n_image);
      pictures[i].observer = &observers[i];
    }
  b2_session_begin_image (self);
  if (!b2_vit_forward (self->model->vit, self->compute, self->arena, pictures, n, self->width_px,
                       self->height_px, watch, error)
      || !b2_watch_check (watch, error))
    return FALSE;
  b2_session_end_image (self);
  for (int i = 0; i < n; i++)
    {
      images[i]->spent_ms = images[i]->vision_ms = b2_ms_since (start) / n;
      for (int block = 0; images[i]->laps.ms != NULL && block <= images[i]->laps.n_blocks; block++)
        images[i]->laps.ms[block] /= n;
      images[i]->encoded = TRUE;
    }
  return TRUE;
}

static gboolean
run_image (B2Session *self, B2SessionImage *image, const float *pixels, const B2Watch *watch, GError **error)
{
  gboolean plain = image == &self->plain_image;
  gint64 start;

  if (image->done)
    return TRUE;
  if (!b2_session_make_room_for_image (self, image, error))
    return FALSE;
  if (!image->encoded && plain)
    image->encoded = b2_session_load_encoding (self, image, self->image_sha256);
  if (!image->encoded)
    {
      if (!b2_session_run_vit (self, &image, &pixels, 1, watch, error))
        return FALSE;
      if (plain)
        b2_session_save_encoding (self, image, self->image_sha256);
    }
  self->vision_ms = image->spent_ms;
  image->spent_ms = 0;
  start = g_get_monotonic_time ();
  if (!b2_qformer_read_image (self->model->qformer, self->compute, image->features, self->n_image, image->kv,
                              watch, error)
      || !b2_watch_check (watch, error))
    return FALSE;
  self->qformer_ms = image->kv_ms = b2_ms_since (start);
  image->done = TRUE;
  return TRUE;
}

static gboolean
check_has_image (B2Session *self, GError **error)
{
  if (self->has_image)
    return TRUE;
  g_set_error_literal (error, B2_ERROR, B2_ERROR_ARGUMENT, "No picture has been given yet");
  return FALSE;
}

gboolean
b2_session_encode_image (B2Session *self, const B2Watch *watch, GError **error)
{
  if (!check_has_image (self, error))
    return FALSE;
  self->vision_ms = self->qformer_ms = 0;
  if (!self->edits->greyed.any)
    return run_image (self, &self->plain_image, self->pixels, watch, error);
  if (!self->edited_image.done)
    grey_pixels (self);
  return run_image (self, &self->edited_image, self->edited_pixels, watch, error);
}

/* ---- the Q-Former ----------------------------------------------------------------------- */

void
b2_session_forget_queries (B2Session *self, B2SessionQueries *queries)
{
  queries->done = FALSE;
  self->lm_image_done = FALSE;
  g_clear_pointer (&queries->instruction, g_free);
  g_clear_pointer (&queries->out, g_free);
  g_clear_pointer (&queries->cross_maps, g_free);
  g_clear_pointer (&queries->self_maps, g_free);
  g_clear_pointer (&queries->self_kv, g_free);
  g_clear_pointer (&queries->soft_prompt, g_free);
  b2_laps_clear (&queries->laps);
}

static void
make_room_for_rows (B2Session *self, B2SessionQueries *queries, int n_rows)
{
  const B2Qformer *q = self->model->qformer;
  gsize d = (gsize) q->config.width, n = (gsize) n_rows, layers = (gsize) q->config.n_layers;
  gsize heads = (gsize) q->config.n_heads;

  queries->n_rows = n_rows;
  queries->out = g_new (float, n *d);
  queries->cross_maps = g_new (float, (gsize) q->n_cross *heads *(gsize) q->n_query * self->n_image);
  queries->self_maps = g_new (float, layers *heads *n *n);
  if (self->model->lm != NULL)
    {
      queries->self_kv = g_new (float, layers * 2 * n * d);
      queries->soft_prompt = g_new (float, (gsize) q->n_query *(gsize) self->model->lm->width);
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
  if (*out == NULL || (int) (*out)->len <= b2_session_max_text (self))
    return *out != NULL;
  g_set_error (error, B2_ERROR, B2_ERROR_LIMIT,
               "The text has %u tokens, the Q-Former reads at most %d; shorten it", (*out)->len,
               b2_session_max_text (self));
  return FALSE;
}

B2QformerEdit
b2_session_qformer_edit (B2Session *self)
{
  const B2Edits *e = self->edits;

  return (B2QformerEdit){ .muted_cross = e->cross.any ? e->cross.set : NULL,
                          .muted_self = e->self.any ? e->self.set : NULL,
                          .image_mask = e->dropped.any ? e->seen : NULL };
}

static gboolean
run_qformer (B2Session *self, B2SessionQueries *queries, const B2SessionImage *image, B2QformerEdit edit,
             const char *instruction, const B2Watch *watch, GError **error)
{
  gint64 start = g_get_monotonic_time (), layers_start;
  B2Model *model = self->model;
  B2Observer observer;
  g_autoptr (GArray) ids = NULL;
  B2QformerPass pass
      = { .with_queries = TRUE, .image_kv = image->kv, .n_image = self->n_image, .edit = edit };

  if (queries->done
      && (model->qformer_tokenizer == NULL || g_strcmp0 (queries->instruction, instruction) == 0))
    return TRUE;
  b2_session_forget_queries (self, queries);
  if (!encode_instruction (self, instruction, &ids, error))
    return FALSE;
  if (ids != NULL)
    {
      pass.text_ids = (const gint32 *) (gpointer) ids->data;
      pass.n_text = (int) ids->len;
    }
  make_room_for_rows (self, queries, model->config->n_query + pass.n_text);
  pass.out = queries->out;
  pass.self_maps = queries->self_maps;
  pass.cross_maps = queries->cross_maps;
  pass.self_kv = queries->self_kv;
  layers_start = g_get_monotonic_time ();
  if (self->measure)
    {
      observer = b2_laps_begin (&queries->laps, model->qformer->config.n_layers, (gsize) queries->n_rows);
      pass.observer = &observer;
    }
  if (!b2_qformer_forward (model->qformer, self->compute, self->arena, &pass, watch, error))
    return FALSE;
  queries->layers_ms = b2_ms_since (layers_start);
  layers_start = g_get_monotonic_time ();
  if (model->projection.weight != NULL)
    b2_linear_forward (self->compute, &model->projection, queries->out, (gsize) model->config->n_query,
                       (gsize) model->qformer->config.width, queries->soft_prompt, (gsize) model->lm->width);
  if (!b2_watch_check (watch, error))
    return FALSE;
  queries->projection_ms = b2_ms_since (layers_start);
  self->qformer_ms += b2_ms_since (start);
  queries->instruction = g_strdup (instruction);
  queries->done = TRUE;
  return TRUE;
}

gboolean
b2_session_encode_plain (B2Session *self, const char *instruction, const B2Watch *watch, GError **error)
{
  return check_has_image (self, error) && run_image (self, &self->plain_image, self->pixels, watch, error)
         && run_qformer (self, &self->plain, &self->plain_image, (B2QformerEdit){ 0 }, instruction, watch,
                         error);
}

gboolean
b2_session_encode_for (B2Session *self, const char *instruction, const B2Watch *watch, GError **error)
{
  return b2_session_encode_image (self, watch, error)
         && run_qformer (self, b2_session_queries (self), b2_session_image (self),
                         b2_session_qformer_edit (self), instruction, watch, error);
}

gboolean
b2_session_encode (B2Session *self, const B2Watch *watch, GError **error)
{
  b2_session_begin (self, watch);
  /* InstructBLIP's Q-Former waits for the question. */
  if (self->model->qformer_tokenizer == NULL || !self->has_image)
    return b2_session_encode_for (self, NULL, watch, error);
  return b2_session_encode_image (self, watch, error);
}

/* ---- the language model ------------------------------------------------------------------- */

/* Zeroes the rows of the muted queries in @n_blocks blocks [n_query, width], which it copies. */
static float *
without_muted (B2Session *self, const float *rows, gsize n_blocks, gsize width)
{
  const B2Flags *muted = &self->edits->queries;
  float *copy = g_memdup2 (rows, n_blocks * muted->n * width * sizeof *rows);

  for (gsize b = 0; b < n_blocks; b++)
    for (gsize q = 0; q < muted->n; q++)
      if (muted->set[q])
        memset (copy + (b * muted->n + q) * width, 0, width * sizeof *copy);
  return copy;
}

static B2LmImage
lm_image (B2Session *self)
{
  const B2SessionQueries *queries = b2_session_queries (self);
  const B2Lm *lm = self->model->lm;
  B2LmImage image
      = { queries->soft_prompt, queries->self_kv, self->edits->self.any ? self->edits->self.set : NULL };

  g_clear_pointer (&self->lm_soft_prompt, g_free);
  g_clear_pointer (&self->lm_kv, g_free);
  if (!self->edits->queries.any)
    return image;
  if (self->model->projection.weight != NULL)
    {
      self->lm_soft_prompt = without_muted (self, queries->soft_prompt, 1, (gsize) lm->width);
      image.soft_prompt = self->lm_soft_prompt;
    }
  else
    {
      /* The ITG head reads the queries' rows themselves, which are all rows there: no instruction. */
      self->lm_kv = without_muted (self, queries->self_kv, (gsize) self->model->qformer->config.n_layers * 2,
                                   (gsize) self->model->qformer->config.width);
      image.query_kv = self->lm_kv;
    }
  return image;
}

static gboolean
read_image (B2Session *self, B2LmState *state, gboolean *done, const B2Watch *watch, GError **error)
{
  B2LmImage image;

  if (*done)
    return TRUE;
  image = lm_image (self);
  *done = self->model->lm->family->set_image (state, &image, watch, error) && b2_watch_check (watch, error);
  return *done;
}

gboolean
b2_session_look_ahead (B2Session *self, const B2Watch *watch, GError **error)
{
  const B2Lm *lm = self->model->lm;

  if (!b2_session_encode (self, watch, error))
    return FALSE;
  if (lm == NULL || self->model->qformer_tokenizer != NULL)
    return TRUE;
  return read_image (self, self->lm_state, &self->lm_image_done, watch, error)
         && (lm->family->read_image == NULL || lm->family->read_image (self->lm_state, watch, error));
}

gboolean
b2_session_prefill_state (B2Session *self, B2LmState *state, gboolean *image_done, const GArray *ids,
                          int n_beams, int max_new, float *logits, const B2Watch *watch, GError **error)
{
  const B2LmFamily *family = self->model->lm->family;

  if (!read_image (self, state, image_done, watch, error))
    return FALSE;
  return family->prompt (state, (const gint32 *) (gpointer) ids->data, (int) ids->len, n_beams, max_new,
                         logits, watch, error)
         && b2_watch_check (watch, error);
}

gboolean
b2_session_prefill (B2Session *self, const GArray *ids, int n_beams, int max_new, float *logits,
                    const B2Watch *watch, GError **error)
{
  return b2_session_prefill_state (self, self->lm_state, &self->lm_image_done, ids, n_beams, max_new, logits,
                                   watch, error);
}

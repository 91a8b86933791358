/* What a run takes of memory, from the sizes that the code itself allocates by. */
#include <string.h>

#include "engine/nn/compute.h"
#include "engine/run/model.h"

/*
 * Measured with the demo models, whose weights are next to nothing: the program and its libraries as far as they
 * are touched, GLib's and the settings' tables, the tensors' names; and what OpenBLAS packs per thread.
 */
#define PROGRAM_BYTES (10u << 20)
#define THREAD_BYTES (1u << 20)

void
b2_memory_run_init (B2MemoryRun *self)
{
  B2DecodeOptions options;

  b2_decode_options_init (&options, B2_PRESET_CAPTION);
  *self = (B2MemoryRun){ .n_prompt_tokens = 1,
                         .n_beams = options.n_beams,
                         .max_new_tokens = options.max_new_tokens };
}

static guint64
part_bytes (B2Model *self, const char *name)
{
  for (int i = 0; i < b2_binder_n_parts (self->binder); i++)
    if (strcmp (b2_binder_part (self->binder, i)->name, name) == 0)
      return b2_binder_part (self->binder, i)->n_bytes;
  return 0;
}

/* What the session keeps of a picture: pixels (twice while it is set), features, the Q-Former's keys, values and maps. */
static guint64
picture_bytes (B2Model *self, gsize width_px, gsize height_px, gsize n_image)
{
  const B2Qformer *q = self->qformer;
  gsize d = (gsize) q->config.width, n = (gsize) q->n_query, heads = (gsize) q->config.n_heads,
        layers = (gsize) q->config.n_layers, cross = (gsize) q->n_cross;
  gsize floats = 2 * 3 * width_px * height_px + n_image * (gsize) self->config->vision.width
                 + cross * 2 * n_image * d + n * d + cross * heads * n * n_image + layers * heads * n * n;

  if (self->lm != NULL)
    floats += layers * 2 * n * d + n * (gsize) self->lm->width;
  return floats * sizeof (float);
}

/* Pictures that are encoded ahead: pixels and features of each. */
static guint64
waiting_bytes (B2Model *self, int n_ahead, gsize width_px, gsize height_px, gsize n_image)
{
  if (n_ahead == 1)
    return 0;
  return (guint64) n_ahead * (3 * width_px * height_px + n_image * (gsize) self->config->vision.width)
         * sizeof (float);
}

static gsize
scratch_bytes (B2Model *self, const B2MemoryRun *run, gsize n_image)
{
  gsize max_text = self->qformer->has_text ? (gsize) self->qformer->config.max_positions : 0;
  gsize max_keys = MAX (n_image, (gsize) self->qformer->n_query + max_text);

  if (self->lm != NULL)
    max_keys = MAX (max_keys, (gsize) self->lm->max_positions);
  return (gsize) b2_pool_n_threads_for (run->n_threads)
         * b2_compute_scratch_bytes ((gsize) b2_binder_max_row (self->binder), max_keys);
}

static void
add_language_model (B2Model *self, const B2MemoryRun *run, B2MemoryUse *out)
{
  gsize beams = (gsize) run->n_beams, vocab = (gsize) self->lm->vocab_size;
  gsize n_together = (gsize) MAX (run->n_together, 1);
  B2LmMemory lm;

  self->lm->family->memory (self->lm, self->config->n_query, run->n_prompt_tokens, run->n_beams,
                            run->max_new_tokens, &lm);
  out->cache += n_together * lm.cache_bytes;
  /* Logits of the prompt; logits, log-probabilities and scores of all beams; marks. */
  out->activations += lm.pass_bytes + n_together * ((3 * beams + 1) * vocab * sizeof (float) + vocab);
  out->language_model -= MIN (out->language_model, lm.untouched_bytes);
}

void
b2_model_estimate_memory (B2Model *self, const B2MemoryRun *run, B2MemoryUse *out)
{
  int width = run->image_width_px > 0 ? run->image_width_px : self->config->preprocess.width_px;
  int height = run->image_height_px > 0 ? run->image_height_px : self->config->preprocess.height_px;
  gsize n_image = (gsize) b2_vit_n_rows (self->vit, width, height);
  guint64 picture = picture_bytes (self, (gsize) width, (gsize) height, n_image), at_vision, at_text;
  int n_ahead = CLAMP (run->n_ahead, 1, b2_vit_max_together (self->vit, n_image));

  *out = (B2MemoryUse){
    .vision = part_bytes (self, "vision"),
    .qformer = part_bytes (self, "qformer") + part_bytes (self, "projection") + part_bytes (self, "heads"),
    .language_model = part_bytes (self, "language model") + part_bytes (self, "text generation head"),
    .activations = picture + waiting_bytes (self, n_ahead, (gsize) width, (gsize) height, n_image)
                   + scratch_bytes (self, run, n_image)
                   + MAX (b2_vit_scratch_bytes (self->vit, width, height, n_ahead),
                          b2_qformer_scratch_bytes (self->qformer, 0)),
    .program = PROGRAM_BYTES + (guint64) b2_pool_n_threads_for (run->n_threads) * THREAD_BYTES
               + b2_binder_copied_bytes (self->binder),
  };
  at_vision = out->vision + out->activations;
  if (self->lm != NULL)
    add_language_model (self, run, out);
  at_text = out->language_model + out->activations + out->cache;
  if (run->weights == B2_WEIGHTS_STAY)
    out->peak = out->vision + at_text;
  else
    out->peak = MAX (at_vision, at_text);
  out->peak += out->qformer + out->program;
}

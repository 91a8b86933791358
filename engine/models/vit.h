#pragma once

#include "engine/io/config.h"
#include "engine/models/binder.h"
#include "engine/models/observer.h"
#include "engine/nn/cost.h"

/**
 * B2Vit:
 *
 * The image encoder in EVA-CLIP's layout: patch embedding with bias, class token, learned
 * absolute positions, pre-norm blocks with one fused QKV, exact GELU, final norm over all rows.
 *
 * Math: engine/MODEL.md; Fang et al. 2022, arXiv:2211.07636.
 * Tensors: vision_model.*
 */
typedef struct B2Vit B2Vit;

/** b2_vit_bind: Returns: (transfer full): %NULL with an error naming the tensor */
B2Vit *b2_vit_bind (B2Binder *binder, const B2VisionConfig *config, GError **error);
void b2_vit_free (B2Vit *self);

/** b2_vit_n_rows: 1 + patches of a @width_px × @height_px picture. */
int b2_vit_n_rows (B2Vit *self, int width_px, int height_px);

/** b2_vit_scratch_bytes: what b2_vit_forward() takes of the arena at its peak. */
gsize b2_vit_scratch_bytes (B2Vit *self, int width_px, int height_px, int n_pictures);

/**
 * b2_vit_max_together:
 *
 * Returns: how many pictures of @n_rows rows are worth a pass together, and come out of it with the same bits as alone: so many
 *   as a linear layer takes at once; 1 where weights are not multiplied packed
 */
int b2_vit_max_together (B2Vit *self, gsize n_rows);

/**
 * b2_vit_positions:
 * @out: (out caller-allocates): [1 + patches, width] f32
 *
 * The position table; for a size other than the model's own the patch grid is
 * interpolated as torch's bicubic does (a = -0.75, no antialiasing, edges clamped).
 */
void b2_vit_positions (B2Vit *self, int width_px, int height_px, float *out);

/**
 * B2VitPicture:
 * @pixels: [3, height_px, width_px] f32, normalised
 * @out: (out caller-allocates): [1 + patches, width] f32, class token first, after the final norm
 * @observer: (nullable): told of [1 + patches, width] before the first block and after each
 */
typedef struct
{
  const float *pixels;
  float *out;
  const B2Observer *observer;
} B2VitPicture;

/**
 * b2_vit_forward:
 * @pictures: [n_pictures]: their rows go through the layers together, and attend to their own
 * @width_px: a multiple of the patch size, as @height_px
 * @arena: scratch
 *
 * Golden: tests/golden, max abs error 1e-3 asked, about 1e-5 measured.
 * Threads: one at a time. Allocates: from @arena only.
 *
 * Returns: %FALSE with B2_ERROR_CANCELLED
 */
gboolean b2_vit_forward (B2Vit *self, B2Compute *compute, B2Arena *arena, const B2VitPicture *pictures,
                         int n_pictures, int width_px, int height_px, const B2Watch *watch, GError **error);

/** b2_vit_cost: adds the work of one picture of @n_rows rows. */
void b2_vit_cost (B2Vit *self, int n_rows, B2Cost *out);

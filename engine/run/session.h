#pragma once

#include "engine/run/model.h"

/** B2Session: see engine/b2.h. What has been computed of the picture so far, and where it lies. */
struct B2Session
{
  B2Model *model;
  B2Compute *compute;
  B2Arena *arena; /* scratch of the image encoder and the Q-Former */
  int width_px, height_px; /* of the pixels the model sees */
  gsize n_image; /* rows of the image features, CLS first */

  gboolean has_image;
  char *image_sha256;
  int source_width_px, source_height_px;
  float *pixels; /* [3, H, W] */
  double preprocess_ms;

  gboolean vision_done;
  float *vision; /* [n_image, vision width] */
  float *image_kv; /* [n_cross, 2, n_image, d] */
  double vision_ms;

  gboolean qformer_done;
  char *instruction; /* InstructBLIP: the text that the Q-Former read; else NULL */
  int n_rows; /* queries, and the instruction's tokens */
  float *qformer; /* [n_rows, d] */
  float *cross_maps; /* [n_cross, heads, n_query, n_image] */
  float *self_maps; /* [layers, heads, n_rows, n_rows] */
  float *self_kv; /* [layers, 2, n_rows, d]; where the ITG head reads it */
  float *soft_prompt; /* [n_query, lm width] */
  double qformer_ms;

  B2LmState *lm_state;
  gboolean lm_image_done;
};

/** b2_session_begin: every call that computes begins with it: @watch can stop it in the midst of a layer */
void b2_session_begin (B2Session *self, const B2Watch *watch);

/** b2_session_encode_for: the image encoder and the Q-Former, for @instruction where the model reads one. */
gboolean b2_session_encode_for (B2Session *self, const char *instruction, const B2Watch *watch,
                                GError **error);

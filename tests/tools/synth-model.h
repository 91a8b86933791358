#pragma once

#include <glib.h>

/** SynthShape: a published BLIP-2's sizes, or a toy's. */
typedef struct
{
  const char *name;
  gboolean t5; /* else OPT */
  int image_px, patch_px;
  int vit_layers, vit_width, vit_mlp, vit_heads;
  int qf_layers, qf_width, qf_mlp, qf_heads, n_query;
  int lm_layers, lm_width, lm_mlp, lm_heads, lm_head_width, lm_vocab, lm_positions;
  int image_token, eos_token;
} SynthShape;

/** SynthFill: what a tensor starts as. */
typedef enum
{
  SYNTH_RANDOM, /* uniform, standard deviation 0.02: activations stay near 1 at these widths */
  SYNTH_ZERO, /* biases */
  SYNTH_ONE, /* norms' weights */
} SynthFill;

typedef struct
{
  char *name;
  gint64 shape[4];
  int n_dims;
  SynthFill fill;
  guint64 n_bytes; /* in bf16 */
} SynthTensor;

/** synth_shapes: ends with an entry without name */
extern const SynthShape synth_shapes[];

/** synth_tensors: all tensors in Hugging Face's names. Returns: (transfer full) (element-type SynthTensor) */
GPtrArray *synth_tensors (const SynthShape *shape);

/** synth_config: config.json, naming only what differs from the code's defaults. Returns: (transfer full) */
char *synth_config (const SynthShape *shape);

#pragma once

#include <glib.h>

#include "engine/core/model-files.h"

/**
 * B2Activation:
 *
 * Names as in transformers: "relu", "gelu" (erf), "gelu_new" and
 * "gelu_pytorch_tanh" (tanh), "quick_gelu", "silu"/"swish".
 */
typedef enum
{
  B2_ACTIVATION_RELU,
  B2_ACTIVATION_GELU,
  B2_ACTIVATION_GELU_TANH,
  B2_ACTIVATION_QUICK_GELU,
  B2_ACTIVATION_SILU,
} B2Activation;

/**
 * B2Architecture:
 * @B2_ARCHITECTURE_GENERATION: Blip2ForConditionalGeneration (and Blip2Model)
 * @B2_ARCHITECTURE_RETRIEVAL: Blip2ForImageTextRetrieval
 * @B2_ARCHITECTURE_INSTRUCT: InstructBlipForConditionalGeneration
 */
typedef enum
{
  B2_ARCHITECTURE_GENERATION,
  B2_ARCHITECTURE_RETRIEVAL,
  B2_ARCHITECTURE_INSTRUCT,
} B2Architecture;

/** B2VisionConfig: the image encoder (EVA-CLIP ViT layout). */
typedef struct
{
  int width; /* hidden_size, 1408 */
  int mlp_width; /* intermediate_size, 6144 */
  int n_layers; /* 39 */
  int n_heads; /* 16 */
  int image_px; /* 224 */
  int patch_px; /* 14 */
  float eps; /* 1e-6 */
  B2Activation activation;
} B2VisionConfig;

/** B2QformerConfig: the querying transformer (BERT layout, post-norm). */
typedef struct
{
  int width; /* hidden_size, 768 */
  int mlp_width; /* intermediate_size, 3072 */
  int n_layers; /* 12 */
  int n_heads; /* 12 */
  int cross_frequency; /* cross-attention in layers 0, f, 2f…; 2 */
  int encoder_width; /* width of the image features, 1408 */
  int vocab_size; /* 30522 or 30523; only used with text */
  int max_positions; /* 512; only used with text */
  float eps; /* 1e-12 */
  B2Activation activation;
} B2QformerConfig;

#define B2_MAX_EOS 8

/**
 * B2LmConfig:
 *
 * The language model, with the fields that OPT and T5 have between them. A value
 * that a family lacks is 0 (or -1 for a token id).
 */
typedef struct
{
  char model_type[32]; /* "opt", "t5" */
  int width; /* hidden_size / d_model */
  int mlp_width; /* ffn_dim / d_ff */
  int n_layers; /* decoder layers of OPT, encoder layers of T5 */
  int n_decoder_layers; /* T5's decoder; = n_layers for OPT */
  int n_heads;
  int head_width; /* width / n_heads for OPT, d_kv for T5 */
  int vocab_size;
  int max_positions; /* OPT's table has two rows more; 0: no limit (T5) */
  float eps;
  B2Activation activation;
  gboolean gated; /* T5: act(wi_0 x) * (wi_1 x) */
  gboolean tied; /* lm_head is the embedding table (T5: and the output is scaled) */
  int n_buckets; /* relative_attention_num_buckets */
  int max_distance; /* relative_attention_max_distance */
  int bos_id, pad_id;
  int decoder_start_id; /* T5; bos where the config lacks it */
  int eos_ids[B2_MAX_EOS];
  int n_eos;
} B2LmConfig;

/** B2PreprocessConfig: preprocessor_config.json. */
typedef struct
{
  int width_px, height_px;
  double rescale_factor; /* 1/255; 1 if do_rescale is false */
  float mean[3], std[3]; /* 0 and 1 if do_normalize is false */
} B2PreprocessConfig;

/**
 * B2Config:
 *
 * A model folder's config.json, preprocessor_config.json and processor_config.json
 * with the defaults of transformers filled in for what a skinny or old file leaves
 * out. Every number has been checked: positive, within limits, dividing where it
 * must.
 */
typedef struct
{
  B2Architecture architecture;
  B2VisionConfig vision;
  B2QformerConfig qformer;
  B2LmConfig lm; /* not set for retrieval */
  B2PreprocessConfig preprocess;
  int n_query; /* num_query_tokens, 32 */
  int image_token_id; /* image_token_index, -1 where the config has none */
  int itc_width; /* image_text_hidden_size, 256; retrieval only */
} B2Config;

/**
 * b2_config_load:
 * @dir: a Hugging Face model folder
 *
 * Reads config.json and its two companions. generation_config.json is not read:
 * transformers does not use it for BLIP-2.
 *
 * Threads: any. Allocates: the result, at most a few MB while parsing.
 *
 * Returns: (transfer full): free with b2_config_free(); %NULL with B2_ERROR_IO,
 *   B2_ERROR_FORMAT (damaged), or B2_ERROR_UNSUPPORTED ("this is BLIP-1, Qlens
 *   reads BLIP-2")
 */
B2Config *b2_config_load (const char *dir, GError **error);
/** b2_config_load_files: b2_config_load() where the files need not lie in a folder. */
B2Config *b2_config_load_files (const B2ModelFiles *files, GError **error);
void b2_config_free (B2Config *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (B2Config, b2_config_free)

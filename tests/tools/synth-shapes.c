#include "tests/tools/synth-model.h"

#include <jansson.h>

/* What models of a size have in common: picture, image encoder and Q-Former. */
#define FULL_TOWERS                                                                                          \
  .image_px = 224, .patch_px = 14, .vit_layers = 39, .vit_width = 1408, .vit_mlp = 6144, .vit_heads = 16,    \
  .qf_layers = 12, .qf_width = 768, .qf_mlp = 3072, .qf_heads = 12, .n_query = 32
#define MID_TOWERS                                                                                           \
  .image_px = 224, .patch_px = 14, .vit_layers = 12, .vit_width = 512, .vit_mlp = 2048, .vit_heads = 8,      \
  .qf_layers = 6, .qf_width = 512, .qf_mlp = 2048, .qf_heads = 8, .n_query = 32
#define TOY_TOWERS                                                                                           \
  .image_px = 56, .patch_px = 14, .vit_layers = 2, .vit_width = 64, .vit_mlp = 96, .vit_heads = 4,           \
  .qf_layers = 3, .qf_width = 48, .qf_mlp = 80, .qf_heads = 4, .n_query = 32

const SynthShape synth_shapes[] = {
  { .name = "opt-2.7b",
    FULL_TOWERS,
    .lm_layers = 32,
    .lm_width = 2560,
    .lm_mlp = 10240,
    .lm_heads = 32,
    .lm_vocab = 50304,
    .lm_positions = 2048,
    .image_token = 50265,
    .eos_token = 50118 },
  { .name = "flan-t5-xl",
    .t5 = TRUE,
    FULL_TOWERS,
    .lm_layers = 24,
    .lm_width = 2048,
    .lm_mlp = 5120,
    .lm_heads = 32,
    .lm_head_width = 64,
    .lm_vocab = 32128,
    .image_token = 32100,
    .eos_token = 1 },
  /* An answer takes a second or more, the file 0.2 GB. */
  { .name = "opt-mid",
    MID_TOWERS,
    .lm_layers = 12,
    .lm_width = 512,
    .lm_mlp = 2048,
    .lm_heads = 8,
    .lm_vocab = 448,
    .lm_positions = 512,
    .image_token = 400,
    .eos_token = 123 },
  { .name = "t5-mid",
    .t5 = TRUE,
    MID_TOWERS,
    .lm_layers = 8,
    .lm_width = 512,
    .lm_mlp = 2048,
    .lm_heads = 8,
    .lm_head_width = 64,
    .lm_vocab = 448,
    .image_token = 440,
    .eos_token = 1 },
  { .name = "opt-toy",
    TOY_TOWERS,
    .lm_layers = 2,
    .lm_width = 64,
    .lm_mlp = 128,
    .lm_heads = 4,
    .lm_vocab = 448,
    .lm_positions = 128,
    .image_token = 400,
    .eos_token = 123 },
  { .name = "t5-toy",
    .t5 = TRUE,
    TOY_TOWERS,
    .lm_layers = 2,
    .lm_width = 64,
    .lm_mlp = 128,
    .lm_heads = 4,
    .lm_head_width = 16,
    .lm_vocab = 448,
    .image_token = 440,
    .eos_token = 1 },
  { .name = NULL },
};

static void G_GNUC_PRINTF (7, 8)
    add (GPtrArray *list, SynthFill fill, gint64 a, gint64 b, gint64 c, gint64 d, const char *format, ...)
{
  SynthTensor *tensor = g_new0 (SynthTensor, 1);
  const gint64 all[4] = { a, b, c, d };
  va_list args;

  va_start (args, format);
  tensor->name = g_strdup_vprintf (format, args);
  va_end (args);
  tensor->fill = fill;
  tensor->n_bytes = 2;
  for (int i = 0; i < 4 && all[i] > 0; i++)
    {
      tensor->shape[tensor->n_dims++] = all[i];
      tensor->n_bytes *= (guint64) all[i];
    }
  g_ptr_array_add (list, tensor);
}

/* @name.weight [rows, columns] and @name.bias [rows] */
static void
linear (GPtrArray *list, const char *prefix, const char *name, int rows, int columns)
{
  add (list, SYNTH_RANDOM, rows, columns, 0, 0, "%s%s.weight", prefix, name);
  add (list, SYNTH_ZERO, rows, 0, 0, 0, "%s%s.bias", prefix, name);
}

static void
norm (GPtrArray *list, const char *prefix, const char *name, int width)
{
  add (list, SYNTH_ONE, width, 0, 0, 0, "%s%s.weight", prefix, name);
  add (list, SYNTH_ZERO, width, 0, 0, 0, "%s%s.bias", prefix, name);
}

static void
vision (GPtrArray *list, const SynthShape *s)
{
  int side = s->image_px / s->patch_px, d = s->vit_width;
  const char *embeddings = "vision_model.embeddings.";

  add (list, SYNTH_RANDOM, 1, 1, d, 0, "%sclass_embedding", embeddings);
  add (list, SYNTH_RANDOM, 1, side * side + 1, d, 0, "%sposition_embedding", embeddings);
  add (list, SYNTH_RANDOM, d, 3, s->patch_px, s->patch_px, "%spatch_embedding.weight", embeddings);
  add (list, SYNTH_ZERO, d, 0, 0, 0, "%spatch_embedding.bias", embeddings);
  for (int i = 0; i < s->vit_layers; i++)
    {
      g_autofree char *p = g_strdup_printf ("vision_model.encoder.layers.%d.", i);

      norm (list, p, "layer_norm1", d);
      linear (list, p, "self_attn.qkv", 3 * d, d);
      linear (list, p, "self_attn.projection", d, d);
      norm (list, p, "layer_norm2", d);
      linear (list, p, "mlp.fc1", s->vit_mlp, d);
      linear (list, p, "mlp.fc2", d, s->vit_mlp);
    }
  norm (list, "vision_model.", "post_layernorm", d);
}

static void
qformer_attention (GPtrArray *list, const char *prefix, const char *name, int d, int d_from)
{
  g_autofree char *p = g_strdup_printf ("%s%s.", prefix, name);

  linear (list, p, "attention.query", d, d);
  linear (list, p, "attention.key", d, d_from);
  linear (list, p, "attention.value", d, d_from);
  linear (list, p, "output.dense", d, d);
  norm (list, p, "output.LayerNorm", d);
}

static void
qformer (GPtrArray *list, const SynthShape *s)
{
  int d = s->qf_width;

  add (list, SYNTH_RANDOM, 1, s->n_query, d, 0, "query_tokens");
  norm (list, "qformer.", "layernorm", d);
  for (int i = 0; i < s->qf_layers; i++)
    {
      g_autofree char *p = g_strdup_printf ("qformer.encoder.layer.%d.", i);

      qformer_attention (list, p, "attention", d, d);
      if (i % 2 == 0)
        qformer_attention (list, p, "crossattention", d, s->vit_width);
      linear (list, p, "intermediate_query.dense", s->qf_mlp, d);
      linear (list, p, "output_query.dense", d, s->qf_mlp);
      norm (list, p, "output_query.LayerNorm", d);
    }
  linear (list, "", "language_projection", s->lm_width, d);
}

static void
opt (GPtrArray *list, const SynthShape *s)
{
  const char *decoder = "language_model.model.decoder.";
  int d = s->lm_width;

  add (list, SYNTH_RANDOM, s->lm_vocab, d, 0, 0, "%sembed_tokens.weight", decoder);
  add (list, SYNTH_RANDOM, s->lm_positions + 2, d, 0, 0, "%sembed_positions.weight", decoder);
  for (int i = 0; i < s->lm_layers; i++)
    {
      g_autofree char *p = g_strdup_printf ("%slayers.%d.", decoder, i);

      linear (list, p, "self_attn.q_proj", d, d);
      linear (list, p, "self_attn.k_proj", d, d);
      linear (list, p, "self_attn.v_proj", d, d);
      linear (list, p, "self_attn.out_proj", d, d);
      norm (list, p, "self_attn_layer_norm", d);
      linear (list, p, "fc1", s->lm_mlp, d);
      linear (list, p, "fc2", d, s->lm_mlp);
      norm (list, p, "final_layer_norm", d);
    }
  norm (list, decoder, "final_layer_norm", d);
}

static void
t5_attention (GPtrArray *list, const SynthShape *s, const char *stack, int block, int layer, const char *name)
{
  int inner = s->lm_heads * s->lm_head_width, d = s->lm_width;
  g_autofree char *p = g_strdup_printf ("language_model.%s.block.%d.layer.%d.", stack, block, layer);

  add (list, SYNTH_RANDOM, inner, d, 0, 0, "%s%s.q.weight", p, name);
  add (list, SYNTH_RANDOM, inner, d, 0, 0, "%s%s.k.weight", p, name);
  add (list, SYNTH_RANDOM, inner, d, 0, 0, "%s%s.v.weight", p, name);
  add (list, SYNTH_RANDOM, d, inner, 0, 0, "%s%s.o.weight", p, name);
  if (block == 0 && layer == 0)
    add (list, SYNTH_RANDOM, 32, s->lm_heads, 0, 0, "%s%s.relative_attention_bias.weight", p, name);
  add (list, SYNTH_ONE, d, 0, 0, 0, "%slayer_norm.weight", p);
}

static void
t5_stack (GPtrArray *list, const SynthShape *s, const char *stack, gboolean decoder)
{
  int d = s->lm_width;

  for (int i = 0; i < s->lm_layers; i++)
    {
      g_autofree char *p
          = g_strdup_printf ("language_model.%s.block.%d.layer.%d.", stack, i, decoder ? 2 : 1);

      t5_attention (list, s, stack, i, 0, "SelfAttention");
      if (decoder)
        t5_attention (list, s, stack, i, 1, "EncDecAttention");
      add (list, SYNTH_RANDOM, s->lm_mlp, d, 0, 0, "%sDenseReluDense.wi_0.weight", p);
      add (list, SYNTH_RANDOM, s->lm_mlp, d, 0, 0, "%sDenseReluDense.wi_1.weight", p);
      add (list, SYNTH_RANDOM, d, s->lm_mlp, 0, 0, "%sDenseReluDense.wo.weight", p);
      add (list, SYNTH_ONE, d, 0, 0, 0, "%slayer_norm.weight", p);
    }
  add (list, SYNTH_ONE, d, 0, 0, 0, "language_model.%s.final_layer_norm.weight", stack);
}

static void
tensor_free (gpointer data)
{
  SynthTensor *tensor = data;

  g_free (tensor->name);
  g_free (tensor);
}

GPtrArray *
synth_tensors (const SynthShape *s)
{
  GPtrArray *list = g_ptr_array_new_with_free_func (tensor_free);

  vision (list, s);
  qformer (list, s);
  if (!s->t5)
    {
      opt (list, s);
      return list;
    }
  add (list, SYNTH_RANDOM, s->lm_vocab, s->lm_width, 0, 0, "language_model.shared.weight");
  t5_stack (list, s, "encoder", FALSE);
  t5_stack (list, s, "decoder", TRUE);
  add (list, SYNTH_RANDOM, s->lm_vocab, s->lm_width, 0, 0, "language_model.lm_head.weight");
  return list;
}

static json_t *
text_config (const SynthShape *s)
{
  if (s->t5)
    return json_pack ("{s:s, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:s, s:s, s:b, s:i, s:i, s:i, s:i}",
                      "model_type", "t5", "d_model", s->lm_width, "d_ff", s->lm_mlp, "d_kv", s->lm_head_width,
                      "num_heads", s->lm_heads, "num_layers", s->lm_layers, "num_decoder_layers",
                      s->lm_layers, "vocab_size", s->lm_vocab, "feed_forward_proj", "gated-gelu",
                      "dense_act_fn", "gelu", "tie_word_embeddings", FALSE, "bos_token_id", 1, "eos_token_id",
                      s->eos_token, "pad_token_id", 0, "decoder_start_token_id", 0);
  return json_pack ("{s:s, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i}", "model_type", "opt", "hidden_size",
                    s->lm_width, "word_embed_proj_dim", s->lm_width, "ffn_dim", s->lm_mlp,
                    "num_attention_heads", s->lm_heads, "num_hidden_layers", s->lm_layers, "vocab_size",
                    s->lm_vocab, "max_position_embeddings", s->lm_positions, "eos_token_id", s->eos_token);
}

char *
synth_config (const SynthShape *s)
{
  json_t *vision_config = json_pack ("{s:s}", "model_type", "blip_2_vision_model");
  json_t *qformer_config = json_pack ("{s:s}", "model_type", "blip_2_qformer");
  json_t *root;
  char *text;

  if (s->vit_width != 1408) /* the released ones say nothing where the code's defaults serve */
    {
      json_object_update_new (vision_config,
                              json_pack ("{s:i, s:i, s:i, s:i, s:i, s:i}", "hidden_size", s->vit_width,
                                         "intermediate_size", s->vit_mlp, "num_hidden_layers", s->vit_layers,
                                         "num_attention_heads", s->vit_heads, "image_size", s->image_px,
                                         "patch_size", s->patch_px));
      json_object_update_new (qformer_config,
                              json_pack ("{s:i, s:i, s:i, s:i, s:i}", "hidden_size", s->qf_width,
                                         "intermediate_size", s->qf_mlp, "num_hidden_layers", s->qf_layers,
                                         "num_attention_heads", s->qf_heads, "encoder_hidden_size",
                                         s->vit_width));
    }
  root = json_pack ("{s:[s], s:s, s:i, s:i, s:s, s:b, s:o, s:o, s:o}", "architectures",
                    "Blip2ForConditionalGeneration", "model_type", "blip-2", "num_query_tokens", s->n_query,
                    "image_token_index", s->image_token, "torch_dtype", "bfloat16",
                    "use_decoder_only_language_model", !s->t5, "vision_config", vision_config,
                    "qformer_config", qformer_config, "text_config", text_config (s));
  text = json_dumps (root, JSON_INDENT (2));
  json_decref (root);
  return text;
}

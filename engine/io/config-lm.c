/* text_config: OPT and T5, with the defaults of transformers 4.57.1's OPTConfig and T5Config. */

#include <string.h>

#include "engine/core/error.h"
#include "engine/io/config-parse.h"
#include "engine/io/json-file.h"

/* An id, or a list of them. */
static gboolean
read_eos (const B2ConfigReader *text, int fallback, B2LmConfig *out, GError **error)
{
  const json_t *list = b2_config_get (text, "eos_token_id");
  gsize n = json_array_size (list);

  if (!json_is_array (list))
    {
      if (!b2_config_read_token (text, "eos_token_id", fallback, out->vocab_size, &out->eos_ids[0], error))
        return FALSE;
      out->n_eos = out->eos_ids[0] >= 0 ? 1 : 0;
      return TRUE;
    }
  if (n > B2_MAX_EOS)
    return b2_config_error (text, "eos_token_id", B2_ERROR_UNSUPPORTED, error,
                            "expected at most %d ids, found %" G_GSIZE_FORMAT, B2_MAX_EOS, n);
  for (gsize i = 0; i < n; i++)
    {
      const json_t *id = json_array_get (list, i);

      if (!json_is_integer (id) || json_integer_value (id) < 0 || json_integer_value (id) >= out->vocab_size)
        return b2_config_error (text, "eos_token_id", B2_ERROR_FORMAT, error,
                                "expected integers from 0 to %d in the list", out->vocab_size - 1);
      out->eos_ids[i] = (int) json_integer_value (id);
    }
  out->n_eos = (int) n;
  return TRUE;
}

/* ---- OPT --------------------------------------------------------------------- */

static gboolean
check_opt_layout (const B2ConfigReader *text, const B2LmConfig *lm, GError **error)
{
  int embed_width;

  if (!b2_config_require (text, "do_layer_norm_before", TRUE, error)
      || !b2_config_require (text, "_remove_final_layer_norm", FALSE, error)
      || !b2_config_require (text, "enable_bias", TRUE, error)
      || !b2_config_require (text, "layer_norm_elementwise_affine", TRUE, error)
      || !b2_config_read_int (text, "word_embed_proj_dim", lm->width, 1, B2_MAX_WIDTH, &embed_width, error))
    return FALSE;
  if (embed_width != lm->width)
    return b2_config_error (text, "word_embed_proj_dim", B2_ERROR_UNSUPPORTED, error,
                            "is %d where hidden_size is %d; Qlens reads only OPT models where they are equal",
                            embed_width, lm->width);
  return TRUE;
}

static gboolean
read_opt (const B2ConfigReader *text, B2LmConfig *out, GError **error)
{
  if (!b2_config_read_int (text, "hidden_size", 768, 1, B2_MAX_WIDTH, &out->width, error)
      || !b2_config_read_int (text, "ffn_dim", 3072, 1, B2_MAX_MLP_WIDTH, &out->mlp_width, error)
      || !b2_config_read_int (text, "num_hidden_layers", 12, 1, B2_MAX_LAYERS, &out->n_layers, error)
      || !b2_config_read_int (text, "num_attention_heads", 12, 1, B2_MAX_HEADS, &out->n_heads, error)
      || !b2_config_check_heads (text, "num_attention_heads", out->n_heads, out->width, error)
      || !b2_config_read_int (text, "vocab_size", 50272, 1, B2_MAX_VOCAB, &out->vocab_size, error)
      || !b2_config_read_int (text, "max_position_embeddings", 2048, 1, B2_MAX_POSITIONS, &out->max_positions,
                              error)
      || !b2_config_read_activation (text, "activation_function", "relu", &out->activation, error)
      || !b2_config_read_token (text, "pad_token_id", 1, out->vocab_size, &out->pad_id, error)
      || !b2_config_read_token (text, "bos_token_id", 2, out->vocab_size, &out->bos_id, error)
      || !read_eos (text, 2, out, error) || !check_opt_layout (text, out, error))
    return FALSE;

  out->n_decoder_layers = out->n_layers;
  out->head_width = out->width / out->n_heads;
  out->eps = 1e-5f; /* torch's default; OPT has no key for it */
  out->decoder_start_id = -1;
  return TRUE;
}

/* ---- T5 ---------------------------------------------------------------------- */

/* "gated-gelu" stands for gelu_new, but dense_act_fn and is_gated_act have the last
 * word: BLIP-2's Flan-T5 says "gated-gelu" and runs with erf gelu. */
static gboolean
read_t5_activation (const B2ConfigReader *text, B2LmConfig *out, GError **error)
{
  const char *projection, *name;
  g_autofree char *found = NULL;
  gboolean gated;

  if (!b2_config_read_string (text, "feed_forward_proj", "relu", &projection, error))
    return FALSE;
  gated = g_str_has_prefix (projection, "gated-");
  name = gated ? projection + strlen ("gated-") : projection;
  if (strcmp (projection, "gated-gelu") == 0)
    name = "gelu_new";
  if (b2_config_get (text, "dense_act_fn") == NULL && !b2_config_activation (name, &out->activation))
    {
      found = b2_printable (projection);
      return b2_config_error (
          text, "feed_forward_proj", B2_ERROR_UNSUPPORTED, error,
          "expected an activation such as gelu, or gated- and an activation, found \"%s\"", found);
    }
  return (b2_config_get (text, "dense_act_fn") == NULL
          || b2_config_read_activation (text, "dense_act_fn", "relu", &out->activation, error))
         && b2_config_read_bool (text, "is_gated_act", gated, &out->gated, error);
}

static gboolean
read_t5_tokens (const B2ConfigReader *text, B2LmConfig *out, GError **error)
{
  if (!b2_config_read_token (text, "pad_token_id", 0, out->vocab_size, &out->pad_id, error)
      || !b2_config_read_token (text, "bos_token_id", -1, out->vocab_size, &out->bos_id, error)
      || !b2_config_read_token (text, "decoder_start_token_id", -1, out->vocab_size, &out->decoder_start_id,
                                error)
      || !read_eos (text, 1, out, error))
    return FALSE;

  /* As transformers generates: from bos where nothing says how to start. */
  if (out->decoder_start_id < 0)
    out->decoder_start_id = out->bos_id;
  if (out->decoder_start_id < 0)
    return b2_config_error (text, "decoder_start_token_id", B2_ERROR_FORMAT, error,
                            "expected a token id, here or as bos_token_id, found neither");
  return TRUE;
}

static gboolean
read_t5 (const B2ConfigReader *text, B2LmConfig *out, GError **error)
{
  if (!b2_config_read_int (text, "d_model", 512, 1, B2_MAX_WIDTH, &out->width, error)
      || !b2_config_read_int (text, "d_ff", 2048, 1, B2_MAX_MLP_WIDTH, &out->mlp_width, error)
      || !b2_config_read_int (text, "num_layers", 6, 1, B2_MAX_LAYERS, &out->n_layers, error)
      || !b2_config_read_int (text, "num_decoder_layers", out->n_layers, 1, B2_MAX_LAYERS,
                              &out->n_decoder_layers, error)
      || !b2_config_read_int (text, "num_heads", 8, 1, B2_MAX_HEADS, &out->n_heads, error)
      || !b2_config_read_int (text, "d_kv", 64, 1, B2_MAX_WIDTH, &out->head_width, error)
      || !b2_config_read_int (text, "vocab_size", 32128, 1, B2_MAX_VOCAB, &out->vocab_size, error)
      || !b2_config_read_eps (text, "layer_norm_epsilon", 1e-6, &out->eps, error)
      /* 4: both halves of the encoder's buckets need an exact one and a logarithmic one. */
      || !b2_config_read_int (text, "relative_attention_num_buckets", 32, 4, 65536, &out->n_buckets, error)
      || !b2_config_read_int (text, "relative_attention_max_distance", 128, out->n_buckets / 2 + 1,
                              B2_MAX_POSITIONS, &out->max_distance, error)
      || !read_t5_activation (text, out, error) || !read_t5_tokens (text, out, error))
    return FALSE;

  if (out->head_width > B2_MAX_MLP_WIDTH / out->n_heads)
    return b2_config_error (text, "d_kv", B2_ERROR_FORMAT, error,
                            "expected at most %d with %d heads, found %d", B2_MAX_MLP_WIDTH / out->n_heads,
                            out->n_heads, out->head_width);
  return TRUE;
}

/* ---- either ------------------------------------------------------------------ */

gboolean
b2_config_read_lm (const B2ConfigReader *text, B2LmConfig *out, GError **error)
{
  static const struct
  {
    const char *model_type;
    gboolean (*read) (const B2ConfigReader *text, B2LmConfig *out, GError **error);
  } families[] = { { "opt", read_opt }, { "t5", read_t5 } };
  g_autofree char *found = NULL;
  const char *model_type;

  if (!b2_config_read_string (text, "model_type", "opt", &model_type, error))
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (families); i++)
    if (strcmp (families[i].model_type, model_type) == 0)
      {
        g_strlcpy (out->model_type, model_type, sizeof out->model_type);
        /* The outer config's key of this name has no effect on the inner model. */
        return b2_config_read_bool (text, "tie_word_embeddings", TRUE, &out->tied, error)
               && families[i].read (text, out, error);
      }
  found = b2_printable (model_type);
  return b2_config_error (text, "model_type", B2_ERROR_UNSUPPORTED, error,
                          "the language model is \"%s\"%s, Qlens reads OPT (\"opt\") and Flan-T5 (\"t5\")",
                          found, strcmp (model_type, "llama") == 0 ? " (Vicuna)" : "");
}

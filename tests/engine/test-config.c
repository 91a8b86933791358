#include <math.h>
#include <string.h>

#include "engine/core/error.h"
#include "engine/io/config-parse.h"
#include "engine/io/json-file.h"
#include "tests/engine/model-folder.h"

static B2Config *
load_golden (const char *rel)
{
  g_autofree char *path = golden_path (rel);
  g_autoptr (GError) error = NULL;
  B2Config *config = b2_config_load (path, &error);

  g_assert_no_error (error);
  return config;
}

static json_t *
json_of (const char *text, const char *path)
{
  g_autoptr (GError) error = NULL;
  json_t *root = text != NULL ? b2_json_parse (text, strlen (text), path, &error) : NULL;

  g_assert_no_error (error);
  return root;
}

/* As from the files of a folder; %NULL for one that is not there. */
static B2Config *
parse (const char *config, const char *preprocessor, const char *processor, GError **error)
{
  json_t *roots[3] = { json_of (config, "config.json"), json_of (preprocessor, "preprocessor_config.json"),
                       json_of (processor, "processor_config.json") };
  B2ConfigReader readers[3] = { { roots[0], "config.json", "" },
                                { roots[1], "preprocessor_config.json", "" },
                                { roots[2], "processor_config.json", "" } };
  B2Config *parsed = b2_config_parse (&readers[0], &readers[1], &readers[2], error);

  for (int i = 0; i < 3; i++)
    json_decref (roots[i]);
  return parsed;
}

static B2Config *
parse_good (const char *config, const char *preprocessor, const char *processor)
{
  g_autoptr (GError) error = NULL;
  B2Config *parsed = parse (config, preprocessor, processor, &error);

  g_assert_no_error (error);
  return parsed;
}

static void
assert_message (GError *error, B2Error code, const char *words)
{
  g_assert_error (error, B2_ERROR, (int) code);
  if (strstr (error->message, words) == NULL)
    g_error ("\"%s\" lacks \"%s\"", error->message, words);
}

static void
assert_refused (const char *config, const char *preprocessor, const char *processor, B2Error code,
                const char *words)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (parse (config, preprocessor, processor, &error));
  assert_message (error, code, words);
}

static void
assert_near (double found, double expected)
{
  g_assert_cmpfloat_with_epsilon (found, expected, fabs (expected) * 1e-6);
}

/* The sizes in the order of their struct, to keep the tables below readable. */
static void
assert_vision (const B2VisionConfig *vision, const int expected[6], double eps)
{
  const int found[6] = { vision->width,   vision->mlp_width, vision->n_layers,
                         vision->n_heads, vision->image_px,  vision->patch_px };

  g_assert_cmpmem (found, sizeof found, expected, sizeof found);
  assert_near (vision->eps, eps);
  g_assert_cmpint (vision->activation, ==, B2_ACTIVATION_GELU);
}

static void
assert_qformer (const B2QformerConfig *qformer, const int expected[8])
{
  const int found[8]
      = { qformer->width,           qformer->mlp_width,     qformer->n_layers,   qformer->n_heads,
          qformer->cross_frequency, qformer->encoder_width, qformer->vocab_size, qformer->max_positions };

  g_assert_cmpmem (found, sizeof found, expected, sizeof found);
  assert_near (qformer->eps, 1e-12);
  g_assert_cmpint (qformer->activation, ==, B2_ACTIVATION_GELU);
}

static void
assert_lm (const B2LmConfig *lm, const char *model_type, const int expected[8])
{
  const int found[8] = { lm->width,   lm->mlp_width,  lm->n_layers,   lm->n_decoder_layers,
                         lm->n_heads, lm->head_width, lm->vocab_size, lm->max_positions };

  g_assert_cmpstr (lm->model_type, ==, model_type);
  g_assert_cmpmem (found, sizeof found, expected, sizeof found);
}

/* ---- folders of the golden set --------------------------------------------------- */

static void
test_opt (void)
{
  const char *same[] = { "opt-basic",   "opt-bf16",           "opt-f16", "opt-interp", "opt-skinny",
                         "opt-sharded", "opt-sharded-lm-head" };

  for (gsize i = 0; i < G_N_ELEMENTS (same); i++)
    {
      g_autoptr (B2Config) config = load_golden (same[i]);
      gboolean skinny = strcmp (same[i], "opt-skinny") == 0;

      g_test_message ("%s", same[i]);
      g_assert_cmpint (config->architecture, ==, B2_ARCHITECTURE_GENERATION);
      assert_vision (&config->vision, (const int[]){ 32, 72, 2, 4, 56, 14 }, 1e-6);
      /* The skinny config leaves the unused length of the Q-Former's texts out. */
      assert_qformer (&config->qformer, (const int[]){ 24, 52, 4, 4, 2, 32, 30, skinny ? 512 : 64 });
      assert_lm (&config->lm, "opt", (const int[]){ 36, 88, 2, 2, 4, 9, 416, 128 });
      assert_near (config->lm.eps, 1e-5);
      g_assert_cmpint (config->lm.activation, ==, B2_ACTIVATION_RELU);
      g_assert_true (config->lm.tied);
      g_assert_cmpint (config->lm.n_eos, ==, 1);
      g_assert_cmpint (config->lm.eos_ids[0], ==, 123);
      g_assert_cmpint (config->lm.bos_id, ==, 2);
      g_assert_cmpint (config->lm.pad_id, ==, 1);
      g_assert_cmpint (config->lm.decoder_start_id, ==, -1);
      g_assert_cmpint (config->n_query, ==, 32);
      g_assert_cmpint (config->image_token_id, ==, 400);
    }
}

static void
test_opt_others (void)
{
  g_autoptr (B2Config) few = load_golden ("opt-8q");
  g_autoptr (B2Config) old = load_golden ("opt-oldstyle");

  assert_vision (&few->vision, (const int[]){ 32, 139, 3, 2, 42, 14 }, 1e-6);
  assert_qformer (&few->qformer, (const int[]){ 36, 60, 6, 3, 2, 32, 30, 64 });
  assert_lm (&few->lm, "opt", (const int[]){ 48, 100, 2, 2, 2, 24, 400, 160 });
  g_assert_cmpint (few->lm.eos_ids[0], ==, 124);
  g_assert_cmpint (few->n_query, ==, 8);
  g_assert_cmpint (few->image_token_id, ==, 390);

  assert_vision (&old->vision, (const int[]){ 32, 72, 2, 4, 56, 14 }, 1e-5);
  g_assert_cmpint (old->image_token_id, ==, -1);
}

static void
test_t5 (void)
{
  const char *folders[] = { "t5-basic", "t5-tied", "instructblip-t5" };

  for (gsize i = 0; i < G_N_ELEMENTS (folders); i++)
    {
      g_autoptr (B2Config) config = load_golden (folders[i]);

      g_test_message ("%s", folders[i]);
      g_assert_cmpint (config->architecture, ==,
                       i < 2 ? B2_ARCHITECTURE_GENERATION : B2_ARCHITECTURE_INSTRUCT);
      assert_lm (&config->lm, "t5", (const int[]){ 36, 64, 2, 2, 4, 12, 448, 0 });
      assert_near (config->lm.eps, 1e-6);
      g_assert_cmpint (config->lm.activation, ==, B2_ACTIVATION_GELU);
      g_assert_true (config->lm.gated);
      g_assert_cmpint (config->lm.tied, ==, i == 1);
      g_assert_cmpint (config->lm.n_buckets, ==, 32);
      g_assert_cmpint (config->lm.max_distance, ==, 128);
      g_assert_cmpint (config->lm.bos_id, ==, 1);
      g_assert_cmpint (config->lm.pad_id, ==, 0);
      g_assert_cmpint (config->lm.decoder_start_id, ==, 0);
      g_assert_cmpint (config->lm.eos_ids[0], ==, 1);
      g_assert_cmpint (config->image_token_id, ==, 440);
      g_assert_cmpint (config->qformer.vocab_size, ==, i < 2 ? 30 : 301);
    }
}

static void
test_retrieval (void)
{
  g_autoptr (B2Config) basic = load_golden ("itm-basic");
  g_autoptr (B2Config) placeholder = load_golden ("itm-placeholder");

  g_assert_cmpint (basic->architecture, ==, B2_ARCHITECTURE_RETRIEVAL);
  assert_vision (&basic->vision, (const int[]){ 40, 80, 2, 4, 56, 14 }, 1e-6);
  assert_qformer (&basic->qformer, (const int[]){ 40, 72, 4, 4, 2, 40, 421, 64 });
  g_assert_cmpint (basic->itc_width, ==, 24);
  g_assert_cmpint (basic->image_token_id, ==, -1);
  g_assert_cmpint (basic->lm.width, ==, 0);

  g_assert_cmpint (placeholder->itc_width, ==, 16);
  g_assert_cmpint (placeholder->n_query, ==, 8);
  g_assert_cmpint (placeholder->image_token_id, ==, 421); /* one past the word table */
}

static void
test_demo (void)
{
  g_autoptr (B2Config) opt = load_golden ("../../data/models/qlens-demo-opt");
  g_autoptr (B2Config) itm = load_golden ("../../data/models/qlens-demo-itm");

  assert_vision (&opt->vision, (const int[]){ 192, 768, 6, 3, 96, 8 }, 1e-6);
  assert_qformer (&opt->qformer, (const int[]){ 192, 512, 6, 6, 2, 192, 1101, 64 });
  assert_lm (&opt->lm, "opt", (const int[]){ 192, 768, 4, 4, 6, 32, 1600, 256 });
  g_assert_cmpint (opt->lm.eos_ids[0], ==, 202);
  g_assert_cmpint (opt->image_token_id, ==, 1599);
  g_assert_cmpint (itm->architecture, ==, B2_ARCHITECTURE_RETRIEVAL);
  g_assert_cmpint (itm->itc_width, ==, 128);
  g_assert_cmpint (itm->image_token_id, ==, -1);
}

/* ---- full-size configs as the hub has them: all but the deviations left out ------- */

#define HUB_VISION                                                                                           \
  "\"vision_config\":{\"dropout\":0.0,\"initializer_factor\":1.0,\"model_type\":\"blip_2_vision_model\","    \
  "\"num_channels\":3,\"projection_dim\":512"
#define HUB_QFORMER "\"qformer_config\":{\"classifier_dropout\":null,\"model_type\":\"blip_2_qformer\"}"

static void
test_hub_opt (void)
{
  g_autoptr (B2Config) config = parse_good (
      "{\"architectures\":[\"Blip2ForConditionalGeneration\"],\"image_token_index\":50265,"
      "\"model_type\":\"blip-2\",\"num_query_tokens\":32," HUB_VISION ",\"image_size\":364}," HUB_QFORMER
      ",\"text_config\":{\"_name_or_path\":\"facebook/opt-2.7b\",\"activation_dropout\":0.0,"
      "\"eos_token_id\":50118,\"ffn_dim\":10240,\"hidden_size\":2560,\"model_type\":\"opt\","
      "\"num_attention_heads\":32,\"num_hidden_layers\":32,\"prefix\":\"</s>\",\"vocab_size\":50304,"
      "\"word_embed_proj_dim\":2560},\"use_decoder_only_language_model\":true}",
      "{\"image_processor_type\":\"BlipImageProcessor\",\"size\":{\"height\":364,\"width\":364}}",
      "{\"num_query_tokens\":32}");

  assert_vision (&config->vision, (const int[]){ 1408, 6144, 39, 16, 364, 14 }, 1e-6);
  assert_qformer (&config->qformer, (const int[]){ 768, 3072, 12, 12, 2, 1408, 30522, 512 });
  assert_lm (&config->lm, "opt", (const int[]){ 2560, 10240, 32, 32, 32, 80, 50304, 2048 });
  g_assert_cmpint (config->lm.eos_ids[0], ==, 50118);
  g_assert_cmpint (config->n_query, ==, 32);
  g_assert_cmpint (config->image_token_id, ==, 50265);
  g_assert_cmpint (config->preprocess.width_px, ==, 364);
  g_assert_cmpint (config->preprocess.height_px, ==, 364);
}

#define FLAN_XL                                                                                              \
  "\"model_type\":\"t5\",\"d_ff\":5120,\"d_model\":2048,\"decoder_start_token_id\":0,\"n_positions\":512,"   \
  "\"dense_act_fn\":\"gelu\",\"feed_forward_proj\":\"gated-gelu\",\"is_gated_act\":true,"                    \
  "\"num_decoder_layers\":24,\"num_heads\":32,\"num_layers\":24,\"output_past\":true,"                       \
  "\"tie_word_embeddings\":false,\"bos_token_id\":1"

static void
test_hub_t5 (void)
{
  g_autoptr (B2Config) config = parse_good (
      "{\"architectures\":[\"Blip2ForConditionalGeneration\"],\"image_token_index\":32100,"
      "\"model_type\":\"blip-2\"," HUB_VISION "}," HUB_QFORMER ",\"text_config\":{" FLAN_XL "}}",
      NULL, NULL);

  assert_vision (&config->vision, (const int[]){ 1408, 6144, 39, 16, 224, 14 }, 1e-6);
  assert_lm (&config->lm, "t5", (const int[]){ 2048, 5120, 24, 24, 32, 64, 32128, 0 });
  g_assert_cmpint (config->lm.activation, ==, B2_ACTIVATION_GELU);
  g_assert_true (config->lm.gated);
  g_assert_false (config->lm.tied);
  g_assert_cmpint (config->lm.pad_id, ==, 0);
  g_assert_cmpint (config->lm.eos_ids[0], ==, 1);
  g_assert_cmpint (config->image_token_id, ==, 32100);
  g_assert_cmpint (config->preprocess.width_px, ==, 224);
}

static void
test_hub_others (void)
{
  g_autoptr (B2Config) itm = parse_good (
      "{\"architectures\":[\"Blip2ForImageTextRetrieval\"],\"model_type\":\"blip-2\"," HUB_VISION
      "},\"qformer_config\":{\"model_type\":\"blip_2_qformer\",\"vocab_size\":30523,"
      "\"use_qformer_text_input\":true},\"text_config\":{\"model_type\":\"mamba9\"}}",
      NULL, "{\"num_query_tokens\":null}");
  g_autoptr (B2Config) instruct = parse_good (
      "{\"architectures\":[\"InstructBlipForConditionalGeneration\"],\"image_token_index\":32100,"
      "\"model_type\":\"instructblip\",\"qformer_config\":{\"vocab_size\":30523},"
      "\"text_config\":{" FLAN_XL "}}",
      NULL, NULL);

  g_assert_cmpint (itm->architecture, ==, B2_ARCHITECTURE_RETRIEVAL);
  assert_qformer (&itm->qformer, (const int[]){ 768, 3072, 12, 12, 2, 1408, 30523, 512 });
  g_assert_cmpint (itm->itc_width, ==, 256);
  g_assert_cmpint (instruct->architecture, ==, B2_ARCHITECTURE_INSTRUCT);
  assert_vision (&instruct->vision, (const int[]){ 1408, 6144, 39, 16, 224, 14 }, 1e-6);
}

/* ---- defaults and rules ------------------------------------------------------------ */

#define TEXT(inner) "{\"model_type\":\"blip-2\",\"text_config\":{" inner "}}"

static void
test_lm_defaults (void)
{
  g_autoptr (B2Config) bare = parse_good ("{\"model_type\":\"blip-2\"}", NULL, NULL);
  g_autoptr (B2Config) null_text
      = parse_good ("{\"model_type\":\"blip-2\",\"text_config\":null}", NULL, NULL);
  g_autoptr (B2Config) t5 = parse_good (
      TEXT ("\"model_type\":\"t5\",\"num_layers\":5,\"bos_token_id\":3,\"feed_forward_proj\":\"gated-gelu\""),
      NULL, NULL);
  g_autoptr (B2Config) plain
      = parse_good (TEXT ("\"model_type\":\"t5\",\"decoder_start_token_id\":7"), NULL, NULL);
  g_autoptr (B2Config) list
      = parse_good (TEXT ("\"eos_token_id\":[2,50118],\"tie_word_embeddings\":false,\"bos_token_id\":null,"
                          "\"activation_function\":\"gelu_new\""),
                    NULL, NULL);
  g_autoptr (B2Config) silu = parse_good (TEXT ("\"model_type\":\"t5\",\"feed_forward_proj\":\"gated-silu\","
                                                "\"bos_token_id\":1,\"is_gated_act\":false"),
                                          NULL, NULL);

  assert_lm (&bare->lm, "opt", (const int[]){ 768, 3072, 12, 12, 12, 64, 50272, 2048 });
  assert_lm (&null_text->lm, "opt", (const int[]){ 768, 3072, 12, 12, 12, 64, 50272, 2048 });
  g_assert_cmpint (bare->lm.eos_ids[0], ==, 2);
  g_assert_cmpint (bare->architecture, ==, B2_ARCHITECTURE_GENERATION);

  assert_lm (&t5->lm, "t5", (const int[]){ 512, 2048, 5, 5, 8, 64, 32128, 0 });
  g_assert_cmpint (t5->lm.decoder_start_id, ==, 3); /* no start of its own: bos */
  g_assert_cmpint (t5->lm.activation, ==, B2_ACTIVATION_GELU_TANH);
  g_assert_true (t5->lm.gated && t5->lm.tied);
  g_assert_cmpint (plain->lm.activation, ==, B2_ACTIVATION_RELU);
  g_assert_false (plain->lm.gated);
  g_assert_cmpint (plain->lm.decoder_start_id, ==, 7);
  g_assert_cmpint (plain->lm.bos_id, ==, -1);
  g_assert_cmpint (silu->lm.activation, ==, B2_ACTIVATION_SILU);
  g_assert_false (silu->lm.gated);

  g_assert_cmpint (list->lm.n_eos, ==, 2);
  g_assert_cmpint (list->lm.eos_ids[1], ==, 50118);
  g_assert_false (list->lm.tied);
  g_assert_cmpint (list->lm.bos_id, ==, -1);
  g_assert_cmpint (list->lm.activation, ==, B2_ACTIVATION_GELU_TANH);
}

static void
test_lm_refused (void)
{
  static const struct
  {
    const char *config, *words;
    B2Error code;
  } cases[] = {
    { TEXT ("\"do_layer_norm_before\":false"), "do_layer_norm_before", B2_ERROR_UNSUPPORTED },
    { TEXT ("\"word_embed_proj_dim\":512"), "word_embed_proj_dim", B2_ERROR_UNSUPPORTED },
    { TEXT ("\"enable_bias\":false"), "enable_bias", B2_ERROR_UNSUPPORTED },
    { TEXT ("\"layer_norm_elementwise_affine\":false"), "elementwise_affine", B2_ERROR_UNSUPPORTED },
    { TEXT ("\"_remove_final_layer_norm\":true"), "_remove_final_layer_norm", B2_ERROR_UNSUPPORTED },
    { TEXT ("\"enable_bias\":1"), "expected true or false, found an integer", B2_ERROR_FORMAT },
    { TEXT ("\"hidden_size\":768.0"), "expected an integer, found a fraction", B2_ERROR_FORMAT },
    { TEXT ("\"hidden_size\":\"768\""), "expected an integer, found a string", B2_ERROR_FORMAT },
    { TEXT ("\"hidden_size\":true"), "expected an integer, found a truth value", B2_ERROR_FORMAT },
    { TEXT ("\"eos_token_id\":[2,-1]"), "eos_token_id", B2_ERROR_FORMAT },
    { TEXT ("\"eos_token_id\":[2,50272]"), "eos_token_id", B2_ERROR_FORMAT },
    { TEXT ("\"eos_token_id\":[1,2,3,4,5,6,7,8,9]"), "at most 8", B2_ERROR_UNSUPPORTED },
    { TEXT ("\"eos_token_id\":50272"), "expected an integer from 0 to 50271, found 50272", B2_ERROR_FORMAT },
    { TEXT ("\"bos_token_id\":50272"), "bos_token_id", B2_ERROR_FORMAT },
    { TEXT ("\"pad_token_id\":-2"), "pad_token_id", B2_ERROR_FORMAT },
    { TEXT ("\"vocab_size\":4194305"), "vocab_size", B2_ERROR_FORMAT },
    { TEXT ("\"model_type\":\"t5\""), "decoder_start_token_id", B2_ERROR_FORMAT },
    { TEXT ("\"model_type\":\"t5\",\"bos_token_id\":1,\"relative_attention_num_buckets\":2"), "num_buckets",
      B2_ERROR_FORMAT },
    { TEXT ("\"model_type\":\"t5\",\"bos_token_id\":1,\"relative_attention_max_distance\":16"),
      "max_distance", B2_ERROR_FORMAT },
    { TEXT ("\"model_type\":\"t5\",\"bos_token_id\":1,\"d_kv\":65536,\"num_heads\":1024"), "d_kv",
      B2_ERROR_FORMAT },
    { TEXT ("\"model_type\":\"t5\",\"bos_token_id\":1,\"layer_norm_epsilon\":0"), "layer_norm_epsilon",
      B2_ERROR_FORMAT },
    { TEXT ("\"model_type\":\"t5\",\"bos_token_id\":1,\"layer_norm_epsilon\":1e-60"), "layer_norm_epsilon",
      B2_ERROR_FORMAT },
    { TEXT ("\"model_type\":\"t5\",\"bos_token_id\":1,\"feed_forward_proj\":\"gated-snake\""), "gated-snake",
      B2_ERROR_UNSUPPORTED },
    { TEXT ("\"model_type\":\"t5\",\"bos_token_id\":1,\"dense_act_fn\":\"snake\""), "snake",
      B2_ERROR_UNSUPPORTED },
    { "{\"model_type\":\"instructblip\",\"text_config\":{\"model_type\":\"llama\"}}", "\"llama\" (Vicuna)",
      B2_ERROR_UNSUPPORTED },
    { "{\"model_type\":\"blip-2\",\"vision_config\":{\"qkv_bias\":false}}", "qkv_bias",
      B2_ERROR_UNSUPPORTED },
    { "{\"model_type\":\"blip-2\",\"qformer_config\":{\"position_embedding_type\":\"relative_key\"}}",
      "relative_key", B2_ERROR_UNSUPPORTED },
    { "{\"model_type\":\"blip-2\",\"image_token_index\":50272}", "image_token_index", B2_ERROR_FORMAT },
    { "{\"model_type\":\"blip-2\",\"num_query_tokens\":0}", "num_query_tokens", B2_ERROR_FORMAT },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    assert_refused (cases[i].config, NULL, NULL, cases[i].code, cases[i].words);
  assert_refused ("{\"model_type\":\"blip-2\"}", NULL, "{\"num_query_tokens\":31}", B2_ERROR_FORMAT,
                  "processor_config.json: num_query_tokens");
}

static void
test_other_models (void)
{
  static const struct
  {
    const char *config, *words;
    B2Error code;
  } cases[] = {
    { "{\"model_type\":\"blip\"}", "this is a BLIP (the first one) model (model_type \"blip\")",
      B2_ERROR_UNSUPPORTED },
    { "{\"model_type\":\"clip\"}", "this is a CLIP model", B2_ERROR_UNSUPPORTED },
    { "{\"model_type\":\"llava\",\"architectures\":[\"LlavaForConditionalGeneration\"]}",
      "config.json: this is a LLaVA model (model_type \"llava\"), Qlens reads BLIP-2", B2_ERROR_UNSUPPORTED },
    { "{\"model_type\":\"instructblipvideo\"}", "InstructBLIP for video", B2_ERROR_UNSUPPORTED },
    { "{\"model_type\":\"brand-new\"}", "another kind of model (model_type \"brand-new\")",
      B2_ERROR_UNSUPPORTED },
    { "{\"model_type\":\"a\\u001b[2J\"}", "\"a\\u001b[2J\"", B2_ERROR_UNSUPPORTED },
    { "{\"model_type\":\"blip-2\",\"architectures\":[\"Blip2QFormerModel\"]}", "Blip2QFormerModel",
      B2_ERROR_UNSUPPORTED },
    { "{\"model_type\":\"blip-2\",\"architectures\":[\"InstructBlipModel\"]}", "InstructBlipModel",
      B2_ERROR_UNSUPPORTED },
    { "{\"model_type\":\"blip-2\",\"architectures\":\"Blip2Model\"}", "expected a list", B2_ERROR_FORMAT },
    { "{\"model_type\":\"blip-2\",\"architectures\":[2]}", "expected a list", B2_ERROR_FORMAT },
    { "{}", "model_type", B2_ERROR_FORMAT },
  };
  g_autoptr (B2Config) no_type = parse_good ("{\"architectures\":[\"Blip2Model\"]}", NULL, NULL);
  g_autoptr (B2Config) no_class = parse_good ("{\"model_type\":\"blip-2\",\"architectures\":[]}", NULL, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    assert_refused (cases[i].config, NULL, NULL, cases[i].code, cases[i].words);
  g_assert_cmpint (no_type->architecture, ==, B2_ARCHITECTURE_GENERATION);
  g_assert_cmpint (no_class->architecture, ==, B2_ARCHITECTURE_GENERATION);
}

/* ---- preprocessor_config.json -------------------------------------------------------- */

static void
test_preprocess (void)
{
  static const char bare[] = "{\"model_type\":\"blip-2\"}";
  static const char *const sizes[]
      = { NULL, "{}", "{\"size\":224}", "{\"size\":{\"shortest_edge\":224}}",
          "{\"size\":{\"height\":224,\"width\":224},\"resample\":3,\"do_resize\":true}" };
  g_autoptr (B2Config) off
      = parse_good (bare, "{\"do_rescale\":false,\"do_normalize\":false,\"image_mean\":[9,9,9]}", NULL);
  g_autoptr (B2Config) own = parse_good (
      bare, "{\"rescale_factor\":0.5,\"image_mean\":[0,0.25,1],\"image_std\":2,\"do_resize\":false}", NULL);
  g_autoptr (B2Config) inner = parse_good (
      bare, NULL, "{\"image_processor\":{\"image_std\":[0.5,0.5,0.25]},\"num_query_tokens\":32}");
  g_autoptr (B2Config) golden = load_golden ("opt-basic");

  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr (B2Config) config = parse_good (bare, sizes[i], NULL);
      const B2PreprocessConfig *pre = &config->preprocess;

      g_assert_cmpint (pre->width_px, ==, 224);
      g_assert_cmpint (pre->height_px, ==, 224);
      g_assert_cmpfloat (pre->rescale_factor, ==, 1.0 / 255.0);
      g_assert_cmpfloat (pre->mean[0], ==, 0.48145466f);
      g_assert_cmpfloat (pre->mean[2], ==, 0.40821073f);
      g_assert_cmpfloat (pre->std[1], ==, 0.26130258f);
    }
  g_assert_cmpfloat (golden->preprocess.rescale_factor, ==, 0.00392156862745098);
  g_assert_cmpint (golden->preprocess.width_px, ==, 56);
  g_assert_cmpfloat (off->preprocess.rescale_factor, ==, 1.0);
  g_assert_cmpfloat (off->preprocess.mean[1], ==, 0.0f);
  g_assert_cmpfloat (off->preprocess.std[1], ==, 1.0f);
  g_assert_cmpfloat (own->preprocess.rescale_factor, ==, 0.5);
  g_assert_cmpfloat (own->preprocess.mean[1], ==, 0.25f);
  g_assert_cmpfloat (own->preprocess.std[2], ==, 2.0f);
  g_assert_cmpfloat (inner->preprocess.std[2], ==, 0.25f);
}

static void
test_preprocess_refused (void)
{
  static const struct
  {
    const char *preprocessor, *words;
    B2Error code;
  } cases[] = {
    { "{\"size\":{\"height\":224,\"width\":225}}", "225 × 224", B2_ERROR_FORMAT },
    { "{\"size\":384}", "384 × 384", B2_ERROR_FORMAT },
    { "{\"size\":\"224\"}", "size", B2_ERROR_FORMAT },
    { "{\"size\":{\"height\":-1}}", "size.height", B2_ERROR_FORMAT },
    { "{\"resample\":2}", "resample", B2_ERROR_UNSUPPORTED },
    { "{\"image_processor_type\":\"CLIPImageProcessor\"}", "CLIPImageProcessor", B2_ERROR_UNSUPPORTED },
    { "{\"image_mean\":[0,0]}", "image_mean", B2_ERROR_FORMAT },
    { "{\"image_mean\":[0,0,\"0\"]}", "image_mean", B2_ERROR_FORMAT },
    { "{\"image_mean\":[0,0,1e300]}", "image_mean", B2_ERROR_FORMAT },
    { "{\"image_mean\":\"0\"}", "image_mean", B2_ERROR_FORMAT },
    { "{\"image_std\":[1,1,0]}", "image_std", B2_ERROR_FORMAT },
    { "{\"image_std\":[1,1,1e-44]}", "image_std", B2_ERROR_FORMAT },
    { "{\"image_std\":-1}", "image_std", B2_ERROR_FORMAT },
    { "{\"rescale_factor\":0}", "rescale_factor", B2_ERROR_FORMAT },
    { "{\"rescale_factor\":1e300}", "rescale_factor", B2_ERROR_FORMAT },
    { "{\"rescale_factor\":\"1/255\"}", "rescale_factor", B2_ERROR_FORMAT },
    { "{\"do_normalize\":\"yes\"}", "do_normalize", B2_ERROR_FORMAT },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    assert_refused ("{\"model_type\":\"blip-2\"}", cases[i].preprocessor, NULL, cases[i].code,
                    cases[i].words);
}

/* ---- tests/golden/malformed/folders.json ---------------------------------------------- */

/* %NULL: the configuration is sound by itself; what is wrong shows when the model opens
 * and its tensors have other shapes. */
static const struct
{
  const char *name;
  const char *words;
} malformed[] = {
  { "config-empty-file", "not valid JSON" },
  { "config-empty-object", "model_type" },
  { "config-not-json", "not valid JSON" },
  { "config-array", "expected a JSON object, found a list" },
  { "config-bom", "not valid JSON" },
  { "config-nan", "not valid JSON" },
  { "config-deep-nesting", "nested deeper" },
  { "config-missing", "No such file" },
  { "config-model-type-number", "model_type: expected a string, found an integer" },
  { "config-text-model-unknown", "mamba9" },
  { "config-text-null", NULL },
  { "config-text-string", "text_config: expected an object, found a string" },
  { "hidden-size-1e12", "text_config.hidden_size" },
  { "hidden-size-float-1e12", "text_config.hidden_size" },
  { "hidden-size-zero", "vision_config.hidden_size" },
  { "hidden-size-negative", "vision_config.hidden_size" },
  { "hidden-size-too-small", "encoder_hidden_size" },
  { "heads-not-dividing-vision", "vision_config.num_attention_heads" },
  { "heads-not-dividing-text", "text_config.num_attention_heads" },
  { "heads-not-dividing-qformer", "qformer_config.num_attention_heads" },
  { "layers-negative", "text_config.num_hidden_layers" },
  { "layers-zero", "vision_config.num_hidden_layers" },
  { "layers-more-than-file", NULL },
  { "layers-fewer-than-file", NULL },
  { "patch-size-zero", "vision_config.patch_size" },
  { "patch-larger-than-image", "vision_config.patch_size" },
  { "image-size-huge", "vision_config.image_size" },
  { "image-size-not-multiple", "vision_config.image_size" },
  { "queries-other-than-file", "processor_config.json: num_query_tokens" },
  { "cross-frequency-zero", "cross_attention_frequency" },
  { "vocab-smaller-than-tokeniser", "eos_token_id" },
  { "vocab-larger-than-file", NULL },
  { "image-token-negative", "image_token_index" },
  { "eos-out-of-range", "eos_token_id" },
  { "eos-list", NULL }, /* nothing is wrong with it */
  { "eps-negative", "vision_config.layer_norm_eps" },
  { "activation-unknown", "snake" },
  { "max-positions-tiny", "max_position_embeddings" },
  { "encoder-hidden-mismatch", "encoder_hidden_size" },
  { "preprocessor-size-zero", "preprocessor_config.json: size.width" },
  { "preprocessor-std-zero", "preprocessor_config.json: image_std" },
  { "preprocessor-size-other", "30 × 30" },
};

static json_t *
find_entry (json_t *folders, const char *name)
{
  for (gsize i = 0; i < json_array_size (folders); i++)
    if (strcmp (json_string_value (json_object_get (json_array_get (folders, i), "name")), name) == 0)
      return json_array_get (folders, i);
  g_error ("malformed/folders.json has no %s", name);
}

static void
test_malformed (void)
{
  json_t *root = golden_json ("malformed/folders.json");
  json_t *folders = json_object_get (root, "folders");
  gsize n_config = 0;

  for (gsize i = 0; i < json_array_size (folders); i++)
    {
      const char *file = json_string_value (json_object_get (json_array_get (folders, i), "file"));

      n_config += strcmp (file, "config.json") == 0 || strcmp (file, "preprocessor_config.json") == 0;
    }
  g_assert_cmpuint (n_config, ==, G_N_ELEMENTS (malformed)); /* the table has them all */

  for (gsize i = 0; i < G_N_ELEMENTS (malformed); i++)
    {
      char *folder = folder_copy_malformed (find_entry (folders, malformed[i].name));
      g_autoptr (GError) error = NULL;
      Guard guard = guard_begin ();
      g_autoptr (B2Config) config = b2_config_load (folder, &error);

      guard_end (&guard, malformed[i].name);
      g_test_message ("%s: %s", malformed[i].name, error != NULL ? error->message : "loads");
      if (malformed[i].words == NULL)
        g_assert_no_error (error);
      else
        {
          g_assert_null (config);
          g_assert_true (error->domain == B2_ERROR);
          g_assert_true (g_str_has_prefix (error->message, folder));
          if (strstr (error->message, malformed[i].words) == NULL)
            g_error ("\"%s\" lacks \"%s\"", error->message, malformed[i].words);
        }
      folder_remove (folder);
    }
  json_decref (root);
}

static void
test_files (void)
{
  char *folder = folder_copy ("opt-basic");
  g_autoptr (GError) large = NULL, broken = NULL, gone = NULL;
  g_autofree char *text = g_strnfill (5 << 20, ' ');
  g_autoptr (B2Config) bare = NULL;

  folder_add (folder, "config.json", text, -1);
  g_assert_null (b2_config_load (folder, &large));
  assert_message (large, B2_ERROR_FORMAT, "expected at most");

  folder_add (folder, "config.json", "{\"model_type\":\"blip-2\",\"vision_config\":{\"image_size\":56}}", -1);
  folder_add (folder, "processor_config.json", "{", -1);
  g_assert_null (b2_config_load (folder, &broken));
  assert_message (broken, B2_ERROR_FORMAT, "/processor_config.json: not valid JSON");

  folder_delete (folder, "processor_config.json");
  folder_delete (folder, "preprocessor_config.json");
  bare = b2_config_load (folder, NULL);
  g_assert_nonnull (bare);
  g_assert_cmpint (bare->preprocess.height_px, ==, 56);
  folder_remove (folder);

  g_assert_null (b2_config_load ("/nowhere/at-all", &gone));
  assert_message (gone, B2_ERROR_IO, "/nowhere/at-all/config.json: cannot be opened");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/config/opt", test_opt);
  g_test_add_func ("/config/opt-others", test_opt_others);
  g_test_add_func ("/config/t5", test_t5);
  g_test_add_func ("/config/retrieval", test_retrieval);
  g_test_add_func ("/config/demo", test_demo);
  g_test_add_func ("/config/hub-opt", test_hub_opt);
  g_test_add_func ("/config/hub-t5", test_hub_t5);
  g_test_add_func ("/config/hub-others", test_hub_others);
  g_test_add_func ("/config/lm-defaults", test_lm_defaults);
  g_test_add_func ("/config/lm-refused", test_lm_refused);
  g_test_add_func ("/config/other-models", test_other_models);
  g_test_add_func ("/config/preprocess", test_preprocess);
  g_test_add_func ("/config/preprocess-refused", test_preprocess_refused);
  g_test_add_func ("/config/malformed", test_malformed);
  g_test_add_func ("/config/files", test_files);
  return g_test_run ();
}

/* Which model a config.json describes, and a helpful word about those that Qlens does not read. */

#include <string.h>

#include "engine/core/error.h"
#include "engine/io/config-parse.h"
#include "engine/io/json-file.h"

/* What people are likely to open by mistake. */
static const struct
{
  const char *model_type;
  const char *name;
} others[] = {
  { "blip", "BLIP (the first one)" },
  { "clip", "CLIP" },
  { "chinese_clip", "Chinese-CLIP" },
  { "clipseg", "CLIPSeg" },
  { "siglip", "SigLIP" },
  { "siglip2", "SigLIP 2" },
  { "altclip", "AltCLIP" },
  { "llava", "LLaVA" },
  { "llava_llama", "LLaVA" },
  { "llava_mistral", "LLaVA" },
  { "llava_next", "LLaVA-NeXT" },
  { "llava_onevision", "LLaVA-OneVision" },
  { "video_llava", "Video-LLaVA" },
  { "vipllava", "ViP-LLaVA" },
  { "instructblipvideo", "InstructBLIP for video" },
  { "git", "GIT" },
  { "kosmos-2", "Kosmos-2" },
  { "paligemma", "PaliGemma" },
  { "idefics", "IDEFICS" },
  { "idefics2", "Idefics2" },
  { "idefics3", "Idefics3" },
  { "florence2", "Florence-2" },
  { "qwen2_vl", "Qwen2-VL" },
  { "qwen2_5_vl", "Qwen2.5-VL" },
  { "mllama", "Llama Vision" },
  { "vision-encoder-decoder", "vision encoder-decoder" },
  { "vilt", "ViLT" },
  { "flava", "FLAVA" },
  { "vit", "ViT" },
  { "opt", "OPT language" },
  { "t5", "T5 language" },
  { "llama", "Llama language" },
  { "bert", "BERT" },
  { "gpt2", "GPT-2" },
};

/* A class of transformers and the model_type it belongs to. */
static const struct
{
  const char *class_name;
  const char *model_type;
  B2Architecture architecture;
} classes[] = {
  { "Blip2ForConditionalGeneration", "blip-2", B2_ARCHITECTURE_GENERATION },
  { "Blip2Model", "blip-2", B2_ARCHITECTURE_GENERATION },
  { "Blip2ForImageTextRetrieval", "blip-2", B2_ARCHITECTURE_RETRIEVAL },
  { "InstructBlipForConditionalGeneration", "instructblip", B2_ARCHITECTURE_INSTRUCT },
  { "InstructBlipModel", "instructblip", B2_ARCHITECTURE_INSTRUCT },
};

static gboolean
set_other_error (const B2ConfigReader *root, const char *model_type, GError **error)
{
  g_autofree char *found = b2_printable (model_type);
  const char *name = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (others) && name == NULL; i++)
    if (strcmp (others[i].model_type, model_type) == 0)
      name = others[i].name;
  g_set_error (error, B2_ERROR, B2_ERROR_UNSUPPORTED,
               "%s: this is %s%s model (model_type \"%s\"), Qlens reads BLIP-2 and InstructBLIP", root->path,
               name != NULL ? "a " : "another kind of", name != NULL ? name : "", found);
  return FALSE;
}

/* Returns: %FALSE with an error; @out (nullable): the only or first class of "architectures" */
static gboolean
read_class (const B2ConfigReader *root, const char **out, GError **error)
{
  const json_t *list = b2_config_get (root, "architectures");
  const json_t *first = json_array_get (list, 0);

  *out = NULL;
  if (list == NULL || (json_is_array (list) && first == NULL))
    return TRUE;
  if (!json_is_string (first))
    return b2_config_error (root, "architectures", B2_ERROR_FORMAT, error,
                            "expected a list of strings, found %s",
                            first != NULL ? "a list of others" : b2_json_type_name (list));
  *out = json_string_value (first);
  return TRUE;
}

gboolean
b2_config_read_architecture (const B2ConfigReader *root, B2Architecture *out, GError **error)
{
  const char *model_type, *class_name;
  g_autofree char *found = NULL;

  if (!b2_config_read_string (root, "model_type", NULL, &model_type, error)
      || !read_class (root, &class_name, error))
    return FALSE;
  if (model_type != NULL && strcmp (model_type, "blip-2") != 0 && strcmp (model_type, "instructblip") != 0)
    return set_other_error (root, model_type, error);

  if (class_name == NULL && model_type != NULL)
    {
      *out = strcmp (model_type, "blip-2") == 0 ? B2_ARCHITECTURE_GENERATION : B2_ARCHITECTURE_INSTRUCT;
      return TRUE;
    }
  if (class_name == NULL)
    return b2_config_error (root, "model_type", B2_ERROR_FORMAT, error,
                            "expected \"blip-2\" or \"instructblip\", found nothing");
  for (gsize i = 0; i < G_N_ELEMENTS (classes); i++)
    if (strcmp (classes[i].class_name, class_name) == 0
        && (model_type == NULL || strcmp (classes[i].model_type, model_type) == 0))
      {
        *out = classes[i].architecture;
        return TRUE;
      }
  found = b2_printable (class_name);
  return b2_config_error (root, "architectures", B2_ERROR_UNSUPPORTED, error,
                          "expected Blip2ForConditionalGeneration, Blip2ForImageTextRetrieval or "
                          "InstructBlipForConditionalGeneration to fit model_type, found \"%s\"",
                          found);
}

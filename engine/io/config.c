#include "engine/io/config.h"

#include <string.h>

#include "engine/core/error.h"
#include "engine/io/config-parse.h"
#include "engine/io/json-file.h"

#define MAX_CONFIG_BYTES (4 << 20)

gboolean
b2_config_check_heads (const B2ConfigReader *self, const char *key, int n_heads, int width, GError **error)
{
  if (width % n_heads != 0)
    return b2_config_error (self, key, B2_ERROR_FORMAT, error,
                            "expected a divisor of the width (hidden_size) %d, found %d", width, n_heads);
  return TRUE;
}

static gboolean
read_vision (const B2ConfigReader *self, B2VisionConfig *out, GError **error)
{
  if (!b2_config_read_int (self, "hidden_size", 1408, 1, B2_MAX_WIDTH, &out->width, error)
      || !b2_config_read_int (self, "intermediate_size", 6144, 1, B2_MAX_MLP_WIDTH, &out->mlp_width, error)
      || !b2_config_read_int (self, "num_hidden_layers", 39, 1, B2_MAX_LAYERS, &out->n_layers, error)
      || !b2_config_read_int (self, "num_attention_heads", 16, 1, B2_MAX_HEADS, &out->n_heads, error)
      || !b2_config_check_heads (self, "num_attention_heads", out->n_heads, out->width, error)
      || !b2_config_read_int (self, "image_size", 224, 1, B2_MAX_IMAGE_PX, &out->image_px, error)
      || !b2_config_read_int (self, "patch_size", 14, 1, out->image_px, &out->patch_px, error)
      || !b2_config_read_eps (self, "layer_norm_eps", 1e-6, &out->eps, error)
      || !b2_config_read_activation (self, "hidden_act", "gelu", &out->activation, error)
      || !b2_config_require (self, "qkv_bias", TRUE, error))
    return FALSE;
  /* transformers leaves the rest of such a picture out, unseen. */
  if (out->image_px % out->patch_px != 0)
    return b2_config_error (self, "image_size", B2_ERROR_UNSUPPORTED, error,
                            "expected a multiple of patch_size %d, found %d", out->patch_px, out->image_px);
  return TRUE;
}

static gboolean
read_qformer (const B2ConfigReader *self, int vision_width, B2QformerConfig *out, GError **error)
{
  g_autofree char *found = NULL;
  const char *positions;

  if (!b2_config_read_int (self, "hidden_size", 768, 1, B2_MAX_WIDTH, &out->width, error)
      || !b2_config_read_int (self, "intermediate_size", 3072, 1, B2_MAX_MLP_WIDTH, &out->mlp_width, error)
      || !b2_config_read_int (self, "num_hidden_layers", 12, 1, B2_MAX_LAYERS, &out->n_layers, error)
      || !b2_config_read_int (self, "num_attention_heads", 12, 1, B2_MAX_HEADS, &out->n_heads, error)
      || !b2_config_check_heads (self, "num_attention_heads", out->n_heads, out->width, error)
      || !b2_config_read_int (self, "cross_attention_frequency", 2, 1, 65536, &out->cross_frequency, error)
      /* Not 1408: the outer config puts the image encoder's width there. */
      || !b2_config_read_int (self, "encoder_hidden_size", vision_width, 1, B2_MAX_WIDTH, &out->encoder_width,
                              error)
      || !b2_config_read_int (self, "vocab_size", 30522, 1, B2_MAX_VOCAB, &out->vocab_size, error)
      || !b2_config_read_int (self, "max_position_embeddings", 512, 1, B2_MAX_POSITIONS, &out->max_positions,
                              error)
      || !b2_config_read_eps (self, "layer_norm_eps", 1e-12, &out->eps, error)
      || !b2_config_read_activation (self, "hidden_act", "gelu", &out->activation, error)
      || !b2_config_read_string (self, "position_embedding_type", "absolute", &positions, error))
    return FALSE;

  if (out->encoder_width != vision_width)
    return b2_config_error (self, "encoder_hidden_size", B2_ERROR_FORMAT, error,
                            "expected vision_config.hidden_size %d, found %d", vision_width,
                            out->encoder_width);
  if (strcmp (positions, "absolute") != 0)
    {
      found = b2_printable (positions);
      return b2_config_error (self, "position_embedding_type", B2_ERROR_UNSUPPORTED, error,
                              "expected \"absolute\", found \"%s\"", found);
    }
  return TRUE;
}

/* The placeholder's row is replaced by an image row, but looked up first. A retrieval
 * model drops the placeholders unread, and its released id is one past the table. */
static gboolean
read_image_token (const B2ConfigReader *root, B2Config *self, GError **error)
{
  const char *key
      = b2_config_get (root, "image_token_index") != NULL ? "image_token_index" : "image_token_id";
  int limit = self->architecture == B2_ARCHITECTURE_RETRIEVAL ? B2_MAX_VOCAB : self->lm.vocab_size;

  return b2_config_read_token (root, key, -1, limit, &self->image_token_id, error);
}

static gboolean
read_text (const B2ConfigReader *root, B2Config *self, GError **error)
{
  B2ConfigReader text;

  if (self->architecture == B2_ARCHITECTURE_RETRIEVAL)
    return b2_config_read_int (root, "image_text_hidden_size", 256, 1, B2_MAX_WIDTH, &self->itc_width, error);

  if (!b2_config_section (root, "text_config", "text_config.", &text, error)
      || !b2_config_read_lm (&text, &self->lm, error))
    return FALSE;
  if (self->lm.max_positions > 0 && self->lm.max_positions <= self->n_query)
    return b2_config_error (&text, "max_position_embeddings", B2_ERROR_FORMAT, error,
                            "expected more than the %d rows that a picture takes, found %d", self->n_query,
                            self->lm.max_positions);
  return TRUE;
}

/* The processor writes that many placeholders, the model fills num_query_tokens. */
static gboolean
check_processor (const B2ConfigReader *processor, int n_query, GError **error)
{
  int n;

  if (!b2_config_read_int (processor, "num_query_tokens", n_query, 1, B2_MAX_QUERIES, &n, error))
    return FALSE;
  if (n != n_query)
    return b2_config_error (processor, "num_query_tokens", B2_ERROR_FORMAT, error,
                            "expected %d as in config.json, found %d", n_query, n);
  return TRUE;
}

B2Config *
b2_config_parse (const B2ConfigReader *root, const B2ConfigReader *preprocessor,
                 const B2ConfigReader *processor, GError **error)
{
  g_autoptr (B2Config) self = g_new0 (B2Config, 1);
  B2ConfigReader vision, qformer, pictures = *preprocessor;

  if (!b2_config_read_architecture (root, &self->architecture, error)
      || !b2_config_section (root, "vision_config", "vision_config.", &vision, error)
      || !b2_config_section (root, "qformer_config", "qformer_config.", &qformer, error)
      || !read_vision (&vision, &self->vision, error)
      || !read_qformer (&qformer, self->vision.width, &self->qformer, error)
      || !b2_config_read_int (root, "num_query_tokens", 32, 1, B2_MAX_QUERIES, &self->n_query, error)
      || !read_text (root, self, error) || !read_image_token (root, self, error)
      || !check_processor (processor, self->n_query, error))
    return NULL;

  /* transformers 5 keeps the picture settings inside processor_config.json. */
  if (preprocessor->object == NULL
      && !b2_config_section (processor, "image_processor", "image_processor.", &pictures, error))
    return NULL;
  if (!b2_config_read_preprocess (&pictures, self->vision.image_px, &self->preprocess, error))
    return NULL;
  return g_steal_pointer (&self);
}

/* @object: (out) (nullable) (transfer full): NULL where there is no such file */
static gboolean
read_companion (const B2ModelFiles *files, const char *name, json_t **object, GError **error)
{
  *object = NULL;
  if (!b2_model_files_has (files, name))
    return TRUE;
  *object = b2_model_file_read_json (files, name, MAX_CONFIG_BYTES, error);
  return *object != NULL;
}

B2Config *
b2_config_load_files (const B2ModelFiles *files, GError **error)
{
  g_autofree char *root_path = b2_model_files_path (files, "config.json");
  g_autofree char *preprocessor_path = b2_model_files_path (files, "preprocessor_config.json");
  g_autofree char *processor_path = b2_model_files_path (files, "processor_config.json");
  json_t *root = b2_model_file_read_json (files, "config.json", MAX_CONFIG_BYTES, error);
  json_t *preprocessor = NULL, *processor = NULL;
  B2Config *self = NULL;

  if (root != NULL && read_companion (files, "preprocessor_config.json", &preprocessor, error)
      && read_companion (files, "processor_config.json", &processor, error))
    {
      B2ConfigReader readers[3] = {
        { root, root_path, "" },
        { preprocessor, preprocessor_path, "" },
        { processor, processor_path, "" },
      };

      self = b2_config_parse (&readers[0], &readers[1], &readers[2], error);
    }
  json_decref (root);
  json_decref (preprocessor);
  json_decref (processor);
  return self;
}

B2Config *
b2_config_load (const char *dir, GError **error)
{
  g_autoptr (B2ModelFiles) files = b2_model_files_new_folder (dir);

  return b2_config_load_files (files, error);
}

void
b2_config_free (B2Config *self)
{
  g_free (self);
}

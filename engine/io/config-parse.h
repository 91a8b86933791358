#pragma once

#include "engine/io/config-read.h"

/* Limits on what a config may ask for: well above every released model, well below
 * what makes products of two of them overflow. */
#define B2_MAX_WIDTH 65536
#define B2_MAX_MLP_WIDTH 262144
#define B2_MAX_LAYERS 512
#define B2_MAX_HEADS 1024
#define B2_MAX_VOCAB (1 << 22)
#define B2_MAX_POSITIONS (1 << 20)
#define B2_MAX_IMAGE_PX 4096
#define B2_MAX_QUERIES 4096

/**
 * b2_config_parse:
 * @root: config.json
 * @preprocessor: (nullable): preprocessor_config.json
 * @processor: (nullable): processor_config.json
 *
 * The part of b2_config_load() after the reading of the files. Each reader's path is
 * the name for messages, also where its object is %NULL.
 *
 * Returns: (transfer full): as b2_config_load()
 */
B2Config *b2_config_parse (const B2ConfigReader *root, const B2ConfigReader *preprocessor,
                           const B2ConfigReader *processor, GError **error);

/** b2_config_read_architecture: config-kind.c */
gboolean b2_config_read_architecture (const B2ConfigReader *root, B2Architecture *out, GError **error);
/** b2_config_read_lm: config-lm.c; @text: text_config */
gboolean b2_config_read_lm (const B2ConfigReader *text, B2LmConfig *out, GError **error);
/** b2_config_read_preprocess: config-preprocess.c; @image_px: what the image encoder takes */
gboolean b2_config_read_preprocess (const B2ConfigReader *self, int image_px, B2PreprocessConfig *out,
                                    GError **error);
/** b2_config_check_heads: @n_heads must divide @width */
gboolean b2_config_check_heads (const B2ConfigReader *self, const char *key, int n_heads, int width,
                                GError **error);

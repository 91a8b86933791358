#pragma once

#include <glib.h>
#include <jansson.h>

#include "engine/core/error.h"
#include "engine/core/model-files.h"
#include "engine/text/added-tokens.h"
#include "engine/text/bpe.h"
#include "engine/text/decoder.h"
#include "engine/text/normalizer.h"
#include "engine/text/pieces.h"
#include "engine/text/pre-tokenizer.h"
#include "engine/text/tokenizer.h"
#include "engine/text/unigram.h"
#include "engine/text/wordpiece.h"

/* Inside of B2Tokenizer, shared by the files that fill one. */

typedef enum
{
  B2_TOKENIZER_BPE,
  B2_TOKENIZER_UNIGRAM,
  B2_TOKENIZER_WORDPIECE,
} B2TokenizerKind;

struct B2Tokenizer
{
  B2TokenizerKind kind;
  B2Pieces *pieces;
  gint32 n_model; /* size of the vocabulary, without added tokens */
  B2Bpe *bpe; /* one of the three */
  B2Unigram *unigram;
  B2Wordpiece *wordpiece;
  GArray *normalize_steps; /* B2NormalizeStep */
  GArray *split_steps; /* B2SplitStep */
  GArray *prefix, *suffix; /* gint32, what the post-processor adds */
  B2Decoder decoder;
  B2AddedTokens *added;
  gboolean clean_up;
};

/** B2TokenizerClass: the transformers class that would open the folder. */
typedef enum
{
  B2_TOKENIZER_CLASS_GENERIC, /* PreTrainedTokenizerFast */
  B2_TOKENIZER_CLASS_GPT2,
  B2_TOKENIZER_CLASS_T5,
  B2_TOKENIZER_CLASS_BERT,
} B2TokenizerClass;

/** B2TokenizerFolder: a folder and what its side files say. */
typedef struct
{
  const B2ModelFiles *files;
  const char *dir; /* for messages */
  B2TokenizerClass class;
  json_t *config; /* (nullable): tokenizer_config.json */
  json_t *specials; /* (nullable): special_tokens_map.json */
  json_t *added_tokens; /* (nullable): added_tokens.json */
} B2TokenizerFolder;

/* tokenizer-json.c */

/** b2_tokenizer_load_json: fills @self from a parsed tokenizer.json. @name: what messages call it */
gboolean b2_tokenizer_load_json (B2Tokenizer *self, json_t *root, const char *name, GError **error);

/** b2_tokenizer_parse_added_token: an AddedToken written as an object. Returns: %FALSE if it is none */
gboolean b2_tokenizer_parse_added_token (json_t *value, B2AddedToken *token);

/* tokenizer-pipeline.c: the parts of tokenizer.json around the model */

gboolean b2_tokenizer_load_normalizer (B2Tokenizer *self, json_t *value, const char *name, GError **error);
gboolean b2_tokenizer_load_pre_tokenizer (B2Tokenizer *self, json_t *value, const char *name, GError **error);
gboolean b2_tokenizer_load_post_processor (B2Tokenizer *self, json_t *value, const char *name,
                                           GError **error);
gboolean b2_tokenizer_load_decoder (B2Tokenizer *self, json_t *value, const char *name, GError **error);

/* tokenizer-files.c: folders without tokenizer.json, through transformers' converters */

gboolean b2_tokenizer_load_gpt2 (B2Tokenizer *self, const B2TokenizerFolder *folder, GError **error);
gboolean b2_tokenizer_load_spiece (B2Tokenizer *self, const B2TokenizerFolder *folder, GError **error);
gboolean b2_tokenizer_load_vocab_txt (B2Tokenizer *self, const B2TokenizerFolder *folder, GError **error);

/* tokenizer-specials.c: what transformers adds to the backend */

/**
 * b2_tokenizer_add_specials:
 * @root: (nullable): the parsed tokenizer.json
 * @converted: the folder has no tokenizer.json
 */
gboolean b2_tokenizer_add_specials (B2Tokenizer *self, const B2TokenizerFolder *folder, json_t *root,
                                    gboolean converted, GError **error);

/* tokenizer-io.c */

/**
 * b2_tokenizer_read_file:
 *
 * Returns: (transfer full): NUL-terminated; %NULL with B2_ERROR_IO, or B2_ERROR_LIMIT
 *   above 64 MiB
 */
char *b2_tokenizer_read_file (const B2ModelFiles *files, const char *name, gsize *len, GError **error);

/**
 * b2_tokenizer_read_json:
 * @flags: jansson's, besides JSON_REJECT_DUPLICATES
 *
 * Returns: (transfer full): an object; %NULL with B2_ERROR_IO, B2_ERROR_LIMIT or B2_ERROR_FORMAT
 */
json_t *b2_tokenizer_read_json (const B2ModelFiles *files, const char *name, size_t flags, GError **error);

/** b2_tokenizer_json_id: Returns: an id from 0 to B2_PIECES_MAX_ID, or -1 */
gint32 b2_tokenizer_json_id (json_t *value);

/** b2_tokenizer_json_string: Returns: (nullable): the string, or %NULL if it is missing or none */
const char *b2_tokenizer_json_string (json_t *object, const char *key);

/**
 * b2_tokenizer_json_bool:
 * @value: (inout): holds the default
 *
 * Returns: %FALSE with B2_ERROR_FORMAT if the key holds something else than a boolean or null
 */
gboolean b2_tokenizer_json_bool (json_t *object, const char *key, gboolean *value, const char *name,
                                 GError **error);

/* Fails with one code and a message that begins with the file's name. */
gboolean b2_tokenizer_fail (GError **error, B2Error code, const char *name, const char *format, ...)
    G_GNUC_PRINTF (4, 5);

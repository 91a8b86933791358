#pragma once

#include <glib.h>

#include "engine/core/model-files.h"

/**
 * B2Tokenizer:
 *
 * One of byte-level BPE (OPT), unigram (T5) and WordPiece (BERT), read from a folder's
 * tokenizer files; follows the fast tokenizer of transformers 4.57.1.
 *
 * Threads: immutable after opening; any.
 */
typedef struct B2Tokenizer B2Tokenizer;

/**
 * b2_tokenizer_open:
 * @dir: a folder with tokenizer.json; or vocab.json and merges.txt; or spiece.model;
 *   or vocab.txt; beside them tokenizer_config.json, special_tokens_map.json and
 *   added_tokens.json where present
 *
 * Of several, tokenizer.json counts. Without it the result is that of transformers'
 * converters, which for T5 is not quite that of its tokenizer.json. What a file says
 * that this reader does not know is an error, never passed over; only truncation and
 * padding are.
 *
 * Not as in the reference: damaged but harmless folders (two pieces with one id, a
 * post-processor with unknown ids) are refused, and so are files above 64 MiB; with
 * prepend_scheme "first" behind WhitespaceSplit, only the very first word counts.
 *
 * Golden: tests/golden/tokenizers.
 *
 * Returns: (transfer full): %NULL with B2_ERROR_IO, B2_ERROR_FORMAT, B2_ERROR_LIMIT or
 *   B2_ERROR_UNSUPPORTED
 */
B2Tokenizer *b2_tokenizer_open (const char *dir, GError **error);
/** b2_tokenizer_open_files: b2_tokenizer_open() where the files need not lie in a folder. */
B2Tokenizer *b2_tokenizer_open_files (const B2ModelFiles *files, GError **error);
void b2_tokenizer_free (B2Tokenizer *self);

/**
 * b2_tokenizer_encode:
 * @text: UTF-8
 * @add_special: add what the model's post-processor adds (OPT: `</s>` in front; T5:
 *   `</s>` behind; BERT: [CLS] … [SEP])
 *
 * Special tokens written in @text become their ids, as in transformers.
 *
 * Returns: (transfer full) (element-type gint32): %NULL with B2_ERROR_ARGUMENT if
 *   @text is not UTF-8, B2_ERROR_LIMIT above 1 MiB of text
 */
GArray *b2_tokenizer_encode (B2Tokenizer *self, const char *text, gboolean add_special, GError **error);

typedef enum
{
  B2_DECODE_KEEP_SPECIAL = 0,
  B2_DECODE_SKIP_SPECIAL = 1 << 0,
  B2_DECODE_CLEAN_UP = 1 << 1, /* as clean_up_tokenization_spaces=True */
} B2DecodeFlags;

/**
 * b2_tokenizer_decode:
 * @out: the text is appended; allocates only if @out must grow
 *
 * Bytes that are not UTF-8 become U+FFFD, as Python's errors="replace" does. Ids
 * outside the vocabulary give nothing.
 */
void b2_tokenizer_decode (B2Tokenizer *self, const gint32 *ids, gsize n_ids, B2DecodeFlags flags,
                          GString *out);

/** b2_tokenizer_default_flags: skip special, and clean up if tokenizer_config.json says so. */
B2DecodeFlags b2_tokenizer_default_flags (B2Tokenizer *self);

/** b2_tokenizer_piece: the token as the vocabulary spells it ("Ġdog"). Returns: (nullable) */
const char *b2_tokenizer_piece (B2Tokenizer *self, gint32 id);
/** b2_tokenizer_lookup: the id of a piece or added token, or -1. */
gint32 b2_tokenizer_lookup (B2Tokenizer *self, const char *piece);
gboolean b2_tokenizer_is_special (B2Tokenizer *self, gint32 id);
/** b2_tokenizer_n_ids: one more than the largest id, added tokens included. */
gint32 b2_tokenizer_n_ids (B2Tokenizer *self);
/** b2_tokenizer_kind: "bpe", "unigram" or "wordpiece". */
const char *b2_tokenizer_kind (B2Tokenizer *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (B2Tokenizer, b2_tokenizer_free)

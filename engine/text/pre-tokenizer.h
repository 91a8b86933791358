#pragma once

#include <glib.h>

typedef enum
{
  B2_SPLIT_BYTE_LEVEL, /* ByteLevel */
  B2_SPLIT_BERT, /* BertPreTokenizer */
  B2_SPLIT_WHITESPACE, /* WhitespaceSplit */
  B2_SPLIT_METASPACE, /* Metaspace */
} B2SplitKind;

typedef enum
{
  B2_PREPEND_ALWAYS,
  B2_PREPEND_FIRST, /* only what begins where the text begins */
  B2_PREPEND_NEVER,
} B2PrependScheme;

/** B2SplitStep: one pre-tokenizer; which fields count depends on @kind. */
typedef struct
{
  B2SplitKind kind;
  gboolean add_prefix_space, use_regex; /* BYTE_LEVEL */
  gunichar replacement; /* METASPACE */
  B2PrependScheme prepend; /* METASPACE */
  gboolean split; /* METASPACE */
} B2SplitStep;

/* Longest chain of pre-tokenizers. */
#define B2_SPLIT_MAX_STEPS 8

/** B2WordFunc: called for each word; @word is not NUL-terminated. Returns: %FALSE to stop */
typedef gboolean (*B2WordFunc) (const char *word, gsize len, gpointer data, GError **error);

/**
 * b2_split:
 * @steps: (element-type B2SplitStep): at most B2_SPLIT_MAX_STEPS
 * @text: UTF-8, [len]
 * @at_start: whether @text begins where the whole text begins
 *
 * Cuts normalised text into the words that the model sees one by one.
 *
 * Returns: %FALSE with @word_func's error
 */
gboolean b2_split (const GArray *steps, const char *text, gsize len, gboolean at_start, B2WordFunc word_func,
                   gpointer data, GError **error);

/** b2_byte_to_char: how byte-level vocabularies spell a byte: a character below 0x144. */
gunichar b2_byte_to_char (guint8 byte);

/** b2_char_to_byte: the inverse. Returns: -1 for other characters */
int b2_char_to_byte (gunichar c);

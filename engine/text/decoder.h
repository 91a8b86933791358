#pragma once

#include <glib.h>

typedef enum
{
  B2_DECODER_JOIN, /* none: pieces with spaces between them */
  B2_DECODER_BYTE_LEVEL, /* ByteLevel */
  B2_DECODER_METASPACE, /* Metaspace */
  B2_DECODER_WORDPIECE, /* WordPiece */
} B2DecoderKind;

typedef struct
{
  B2DecoderKind kind;
  gunichar replacement; /* METASPACE */
  gboolean drops_leading; /* METASPACE: in the first piece the replacement gives nothing */
  char *prefix; /* WORDPIECE */
  gboolean cleanup; /* WORDPIECE */
} B2Decoder;

/** B2DecodeRun: one text in the making. */
typedef struct
{
  const B2Decoder *decoder;
  GString *out;
  gsize n_pieces;
  guint8 pending[4]; /* a character of which bytes are missing */
  guint n_pending, n_needed;
  guint8 low, high; /* what the next byte may be */
} B2DecodeRun;

/** b2_decode_begin: @run: (out caller-allocates); @out: (transfer none) */
void b2_decode_begin (B2DecodeRun *run, const B2Decoder *decoder, GString *out);

/** b2_decode_piece: appends; allocates only if the text must grow. */
void b2_decode_piece (B2DecodeRun *run, const char *piece, gsize len);

void b2_decode_end (B2DecodeRun *run);

/** b2_decode_clean_up: transformers' clean_up_tokenization(), on @text from byte @start. */
void b2_decode_clean_up (GString *text, gsize start);

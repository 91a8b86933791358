#pragma once

#include <glib.h>

typedef enum
{
  B2_SPIECE_NORMAL = 1,
  B2_SPIECE_UNKNOWN = 2,
  B2_SPIECE_CONTROL = 3,
  B2_SPIECE_USER_DEFINED = 4,
  B2_SPIECE_UNUSED = 5,
  B2_SPIECE_BYTE = 6,
} B2SpieceType;

typedef struct
{
  char *text; /* UTF-8 */
  float score;
  B2SpieceType type;
} B2SpiecePiece;

/** B2Spiece: what a unigram tokeniser needs of a sentencepiece model file. */
typedef struct
{
  GArray *pieces; /* B2SpiecePiece */
  gint32 unk_id;
  GByteArray *charsmap; /* empty if there is none */
} B2Spiece;

/**
 * b2_spiece_parse:
 * @data: [len], a serialised sentencepiece.ModelProto
 * @name: what messages call the file
 *
 * Returns: (transfer full): %NULL with B2_ERROR_FORMAT or B2_ERROR_UNSUPPORTED
 */
B2Spiece *b2_spiece_parse (const guint8 *data, gsize len, const char *name, GError **error);
void b2_spiece_free (B2Spiece *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (B2Spiece, b2_spiece_free)

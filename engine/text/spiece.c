#include "engine/text/spiece.h"

#include <math.h>
#include <string.h>

#include "engine/core/error.h"
#include "engine/text/pieces.h"

/* ModelProto's and its parts' field numbers, from sentencepiece_model.proto. */
enum
{
  MODEL_PIECES = 1,
  MODEL_TRAINER = 2,
  MODEL_NORMALIZER = 3,
  PIECE_TEXT = 1,
  PIECE_SCORE = 2,
  PIECE_TYPE = 3,
  TRAINER_MODEL_TYPE = 3,
  TRAINER_UNK_ID = 40,
  NORMALIZER_CHARSMAP = 2,
};

#define MODEL_TYPE_UNIGRAM 1

enum
{
  WIRE_VARINT = 0,
  WIRE_64 = 1,
  WIRE_BYTES = 2,
  WIRE_32 = 5,
};

typedef struct
{
  const guint8 *at, *end;
  gboolean broken;
} Reader;

/* One field of a message. */
typedef struct
{
  guint64 number;
  guint wire;
  guint64 value; /* VARINT, 32, 64 */
  const guint8 *bytes; /* BYTES */
  gsize len;
} Field;

static guint64
read_varint (Reader *self)
{
  guint64 value = 0;

  for (guint shift = 0; shift < 64; shift += 7)
    {
      guint8 byte;

      if (self->at == self->end)
        break;
      byte = *self->at++;
      value |= (guint64) (byte & 0x7f) << shift;
      if (byte < 0x80)
        return value;
    }
  self->broken = TRUE;
  return 0;
}

static guint64
read_fixed (Reader *self, guint n_bytes)
{
  guint64 value = 0;

  if ((gsize) (self->end - self->at) < n_bytes)
    {
      self->broken = TRUE;
      return 0;
    }
  for (guint i = 0; i < n_bytes; i++)
    value |= (guint64) self->at[i] << (8 * i);
  self->at += n_bytes;
  return value;
}

/* FALSE at the end and on a broken field. */
static gboolean
read_field (Reader *self, Field *field)
{
  guint64 key;

  if (self->at == self->end)
    return FALSE;
  key = read_varint (self);
  *field = (Field){ .number = key >> 3, .wire = key & 7 };
  switch (field->wire)
    {
    case WIRE_VARINT:
      field->value = read_varint (self);
      break;
    case WIRE_64:
      field->value = read_fixed (self, 8);
      break;
    case WIRE_32:
      field->value = read_fixed (self, 4);
      break;
    case WIRE_BYTES:
      field->value = read_varint (self);
      if (self->broken || field->value > (guint64) (self->end - self->at))
        {
          self->broken = TRUE;
          return FALSE;
        }
      field->bytes = self->at;
      field->len = (gsize) field->value;
      self->at += field->len;
      break;
    default:
      self->broken = TRUE;
    }
  return !self->broken && field->number != 0;
}

static gboolean
parse_piece (B2Spiece *self, const Field *message, const char *name, GError **error)
{
  Reader reader = { message->bytes, message->bytes + message->len, FALSE };
  B2SpiecePiece piece = { .type = B2_SPIECE_NORMAL };
  const guint8 *text = NULL;
  gsize len = 0;
  Field field;

  while (read_field (&reader, &field))
    if (field.number == PIECE_TEXT && field.wire == WIRE_BYTES)
      {
        text = field.bytes;
        len = field.len;
      }
    else if (field.number == PIECE_SCORE && field.wire == WIRE_32)
      {
        guint32 bits = (guint32) field.value;

        memcpy (&piece.score, &bits, sizeof bits);
      }
    else if (field.number == PIECE_TYPE && field.wire == WIRE_VARINT && field.value <= B2_SPIECE_BYTE)
      piece.type = (B2SpieceType) field.value;
  if (reader.broken || reader.at != reader.end || len == 0
      || !g_utf8_validate_len ((const char *) text, len, NULL) || !isfinite (piece.score)
      || self->pieces->len > B2_PIECES_MAX_ID)
    {
      g_set_error (error, B2_ERROR, B2_ERROR_FORMAT,
                   "%s: piece %u: expected a text in UTF-8 and a finite score", name, self->pieces->len);
      return FALSE;
    }
  piece.text = g_strndup ((const char *) text, len);
  g_array_append_val (self->pieces, piece);
  return TRUE;
}

static gboolean
parse_trainer (B2Spiece *self, const Field *message, const char *name, GError **error)
{
  Reader reader = { message->bytes, message->bytes + message->len, FALSE };
  guint64 model_type = MODEL_TYPE_UNIGRAM;
  guint64 unk_id = 0;
  Field field;

  while (read_field (&reader, &field))
    if (field.number == TRAINER_MODEL_TYPE && field.wire == WIRE_VARINT)
      model_type = field.value;
    else if (field.number == TRAINER_UNK_ID && field.wire == WIRE_VARINT)
      unk_id = field.value;
  if (reader.broken || reader.at != reader.end)
    {
      g_set_error (error, B2_ERROR, B2_ERROR_FORMAT, "%s: the trainer's settings are damaged", name);
      return FALSE;
    }
  if (model_type != MODEL_TYPE_UNIGRAM)
    {
      g_set_error (error, B2_ERROR, B2_ERROR_UNSUPPORTED,
                   "%s: expected a unigram model (type 1), found type %" G_GUINT64_FORMAT, name, model_type);
      return FALSE;
    }
  self->unk_id = unk_id > B2_PIECES_MAX_ID ? -1 : (gint32) unk_id;
  return TRUE;
}

static gboolean
parse_normalizer (B2Spiece *self, const Field *message, const char *name, GError **error)
{
  Reader reader = { message->bytes, message->bytes + message->len, FALSE };
  Field field;

  while (read_field (&reader, &field))
    if (field.number == NORMALIZER_CHARSMAP && field.wire == WIRE_BYTES)
      {
        g_byte_array_set_size (self->charsmap, 0);
        g_byte_array_append (self->charsmap, field.bytes, (guint) field.len);
      }
  if (reader.broken || reader.at != reader.end)
    {
      g_set_error (error, B2_ERROR, B2_ERROR_FORMAT, "%s: the normaliser's settings are damaged", name);
      return FALSE;
    }
  return TRUE;
}

static void
clear_piece (gpointer data)
{
  g_free (((B2SpiecePiece *) data)->text);
}

B2Spiece *
b2_spiece_parse (const guint8 *data, gsize len, const char *name, GError **error)
{
  g_autoptr (B2Spiece) self = g_new0 (B2Spiece, 1);
  Reader reader = { data, data + len, FALSE };
  Field field;

  self->pieces = g_array_new (FALSE, FALSE, sizeof (B2SpiecePiece));
  g_array_set_clear_func (self->pieces, clear_piece);
  self->charsmap = g_byte_array_new ();
  while (read_field (&reader, &field))
    {
      gboolean ok = TRUE;

      if (field.wire != WIRE_BYTES)
        continue;
      if (field.number == MODEL_PIECES)
        ok = parse_piece (self, &field, name, error);
      else if (field.number == MODEL_TRAINER)
        ok = parse_trainer (self, &field, name, error);
      else if (field.number == MODEL_NORMALIZER)
        ok = parse_normalizer (self, &field, name, error);
      if (!ok)
        return NULL;
    }
  if (reader.broken || reader.at != reader.end || self->pieces->len == 0)
    {
      g_set_error (error, B2_ERROR, B2_ERROR_FORMAT,
                   "%s: not a sentencepiece model: %s at byte %" G_GSIZE_FORMAT, name,
                   self->pieces->len == 0 ? "no pieces" : "a damaged field", (gsize) (reader.at - data));
      return NULL;
    }
  if (self->unk_id < 0 || (guint) self->unk_id >= self->pieces->len)
    {
      g_set_error (error, B2_ERROR, B2_ERROR_FORMAT, "%s: expected unk_id below %u, found %d", name,
                   self->pieces->len, self->unk_id);
      return NULL;
    }
  return g_steal_pointer (&self);
}

void
b2_spiece_free (B2Spiece *self)
{
  if (self == NULL)
    return;
  g_array_unref (self->pieces);
  g_byte_array_unref (self->charsmap);
  g_free (self);
}

#include "engine/text/decoder.h"

#include <string.h>

#include "engine/text/pre-tokenizer.h"

/* Cuts every match of from in text, from byte start on, down to to; to is not longer. */
static void
shrink (GString *text, gsize start, const char *from, const char *to)
{
  gsize n_from = strlen (from);
  gsize n_to = strlen (to);
  char *end = text->str + text->len;
  char *write = text->str + start;
  char *read = write;
  char *hit;

  for (; (hit = memmem (read, (gsize) (end - read), from, n_from)) != NULL; read = hit + n_from)
    {
      memmove (write, read, (gsize) (hit - read));
      write += hit - read;
      memcpy (write, to, n_to);
      write += n_to;
    }
  memmove (write, read, (gsize) (end - read));
  write += end - read;
  g_string_truncate (text, (gsize) (write - text->str));
}

void
b2_decode_clean_up (GString *text, gsize start)
{
  shrink (text, start, " .", ".");
  shrink (text, start, " ?", "?");
  shrink (text, start, " !", "!");
  shrink (text, start, " ,", ",");
  shrink (text, start, " ' ", "'");
  shrink (text, start, " n't", "n't");
  shrink (text, start, " 'm", "'m");
  shrink (text, start, " 's", "'s");
  shrink (text, start, " 've", "'ve");
  shrink (text, start, " 're", "'re");
}

/* The WordPiece decoder's own list has one entry more. */
static void
clean_up_wordpiece (GString *text, gsize start)
{
  shrink (text, start, " .", ".");
  shrink (text, start, " ?", "?");
  shrink (text, start, " !", "!");
  shrink (text, start, " ,", ",");
  shrink (text, start, " ' ", "'");
  shrink (text, start, " n't", "n't");
  shrink (text, start, " 'm", "'m");
  shrink (text, start, " do not", " don't");
  shrink (text, start, " 's", "'s");
  shrink (text, start, " 've", "'ve");
  shrink (text, start, " 're", "'re");
}

void
b2_decode_begin (B2DecodeRun *run, const B2Decoder *decoder, GString *out)
{
  *run = (B2DecodeRun){ .decoder = decoder, .out = out };
}

static void
replace_pending (B2DecodeRun *run)
{
  g_string_append_len (run->out, "\xef\xbf\xbd", 3);
  run->n_pending = 0;
}

/* Bytes to UTF-8; each longest beginning of a character that stays one becomes U+FFFD. */
static void
push_byte (B2DecodeRun *run, guint8 byte)
{
  if (run->n_pending > 0)
    {
      if (byte >= run->low && byte <= run->high)
        {
          run->pending[run->n_pending++] = byte;
          run->low = 0x80;
          run->high = 0xbf;
          if (run->n_pending == run->n_needed)
            {
              g_string_append_len (run->out, (const char *) run->pending, run->n_pending);
              run->n_pending = 0;
            }
          return;
        }
      replace_pending (run);
    }
  if (byte < 0x80)
    {
      g_string_append_c (run->out, (char) byte);
      return;
    }
  run->pending[0] = byte;
  run->n_pending = 1;
  run->low = byte == 0xe0 ? 0xa0 : byte == 0xf0 ? 0x90 : 0x80;
  run->high = byte == 0xed ? 0x9f : byte == 0xf4 ? 0x8f : 0xbf;
  if (byte >= 0xc2 && byte <= 0xdf)
    run->n_needed = 2;
  else if (byte >= 0xe0 && byte <= 0xef)
    run->n_needed = 3;
  else if (byte >= 0xf0 && byte <= 0xf4)
    run->n_needed = 4;
  else
    replace_pending (run);
}

static void
decode_bytes (B2DecodeRun *run, const char *piece, gsize len)
{
  const char *end = piece + len;
  const char *p = piece;

  while (p < end && b2_char_to_byte (g_utf8_get_char (p)) >= 0)
    p = g_utf8_next_char (p);
  if (p < end)
    /* An added token, as it is. */
    for (p = piece; p < end; p++)
      push_byte (run, (guint8) *p);
  else
    for (p = piece; p < end; p = g_utf8_next_char (p))
      push_byte (run, (guint8) b2_char_to_byte (g_utf8_get_char (p)));
}

static void
decode_metaspace (B2DecodeRun *run, const char *piece, gsize len)
{
  const B2Decoder *decoder = run->decoder;
  const char *end = piece + len;
  const char *next;

  for (const char *p = piece; p < end; p = next)
    {
      next = g_utf8_next_char (p);
      if (g_utf8_get_char (p) != decoder->replacement)
        g_string_append_len (run->out, p, next - p);
      else if (run->n_pieces > 0 || !decoder->drops_leading)
        g_string_append_c (run->out, ' ');
    }
}

static void
decode_wordpiece (B2DecodeRun *run, const char *piece, gsize len)
{
  const B2Decoder *decoder = run->decoder;
  gsize start = run->out->len;
  gsize n_prefix = strlen (decoder->prefix);

  if (run->n_pieces > 0)
    {
      if (len >= n_prefix && memcmp (piece, decoder->prefix, n_prefix) == 0)
        {
          piece += n_prefix;
          len -= n_prefix;
        }
      else
        g_string_append_c (run->out, ' ');
    }
  g_string_append_len (run->out, piece, (gssize) len);
  if (decoder->cleanup)
    clean_up_wordpiece (run->out, start);
}

void
b2_decode_piece (B2DecodeRun *run, const char *piece, gsize len)
{
  switch (run->decoder->kind)
    {
    case B2_DECODER_BYTE_LEVEL:
      decode_bytes (run, piece, len);
      break;
    case B2_DECODER_METASPACE:
      decode_metaspace (run, piece, len);
      break;
    case B2_DECODER_WORDPIECE:
      decode_wordpiece (run, piece, len);
      break;
    case B2_DECODER_JOIN:
      if (run->n_pieces > 0)
        g_string_append_c (run->out, ' ');
      g_string_append_len (run->out, piece, (gssize) len);
      break;
    default:
      g_assert_not_reached ();
    }
  run->n_pieces++;
}

void
b2_decode_end (B2DecodeRun *run)
{
  if (run->n_pending > 0)
    replace_pending (run);
}

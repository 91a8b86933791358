#include <string.h>

#include "engine/text/char-classes.h"
#include "engine/text/spiece.h"
#include "engine/text/tokenizer-private.h"
#include "engine/text/trie.h"

/* Python's str.split() also cuts at these four. */
static gboolean
is_python_space (gunichar c)
{
  return b2_char_is_space (c) || (c >= 0x1c && c <= 0x1f);
}

/* Python reads text files so that "\r\n" and a lone "\r" end lines as well. */
static void
normalize_line_ends (char *text, gsize *len)
{
  gsize n = 0;

  for (gsize i = 0; i < *len; i++)
    {
      if (text[i] == '\r')
        {
          text[n++] = '\n';
          if (i + 1 < *len && text[i + 1] == '\n')
            i++;
        }
      else
        text[n++] = text[i];
    }
  text[n] = '\0';
  *len = n;
}

static char *
read_lines (const B2ModelFiles *files, const char *name, gsize *len, GError **error)
{
  g_autofree char *text = b2_tokenizer_read_file (files, name, len, error);

  if (text == NULL)
    return NULL;
  if (!g_utf8_validate_len (text, *len, NULL))
    {
      g_autofree char *path = b2_model_files_path (files, name);

      b2_tokenizer_fail (error, B2_ERROR_FORMAT, path, "expected text in UTF-8");
      return NULL;
    }
  normalize_line_ends (text, len);
  return g_steal_pointer (&text);
}

static gboolean
load_vocab_json (B2Tokenizer *self, const B2ModelFiles *files, GError **error)
{
  g_autofree char *path = b2_model_files_path (files, "vocab.json");
  json_t *root = b2_tokenizer_read_json (files, "vocab.json", 0, error);
  gboolean ok = root != NULL;
  const char *piece;
  json_t *value;

  if (!ok)
    return FALSE;
  self->pieces = b2_pieces_new (json_object_size (root));
  json_object_foreach (root, piece, value)
  {
    gint32 id = json_is_integer (value) ? b2_tokenizer_json_id (value) : -1;

    if (id < 0 || b2_pieces_text (self->pieces, id, NULL) != NULL)
      {
        ok = b2_tokenizer_fail (error, B2_ERROR_FORMAT, path,
                                "'%.64s': expected an id of 0 to %d that no other piece has", piece,
                                B2_PIECES_MAX_ID);
        break;
      }
    b2_pieces_add (self->pieces, piece, strlen (piece), id);
  }
  json_decref (root);
  self->n_model = b2_pieces_count (self->pieces);
  if (ok && self->n_model == 0)
    ok = b2_tokenizer_fail (error, B2_ERROR_FORMAT, path, "the vocabulary is empty");
  return ok;
}

/* The parts of a line between white space: how many, of which at most two are kept. */
static guint
split_line (const char *line, gsize len, const char *parts[2], gsize lens[2])
{
  const char *end = line + len;
  const char *p = line;
  guint n = 0;

  while (p < end)
    {
      const char *start;

      while (p < end && is_python_space (g_utf8_get_char (p)))
        p = g_utf8_next_char (p);
      if (p >= end)
        break;
      start = p;
      while (p < end && !is_python_space (g_utf8_get_char (p)))
        p = g_utf8_next_char (p);
      if (n < 2)
        {
          parts[n] = start;
          lens[n] = (gsize) (p - start);
        }
      n++;
    }
  return n;
}

static gboolean
add_merge_line (B2Tokenizer *self, const char *line, gsize len, guint number, const char *path,
                GError **error)
{
  const char *parts[2];
  gsize lens[2];
  guint n = split_line (line, len, parts, lens);
  const char *missing;

  if (n != 2)
    return b2_tokenizer_fail (error, B2_ERROR_FORMAT, path, "line %u: expected two parts, found %u", number,
                              n);
  /* Repeated, a merge keeps its first rank. */
  if (b2_bpe_has_merge (self->bpe, parts[0], lens[0], parts[1], lens[1]))
    return TRUE;
  missing = b2_bpe_add_merge (self->bpe, parts[0], lens[0], parts[1], lens[1]);
  return missing == NULL
         || b2_tokenizer_fail (error, B2_ERROR_FORMAT, path, "line %u: the %s is not in the vocabulary",
                               number, missing);
}

static gboolean
load_merges_txt (B2Tokenizer *self, const B2ModelFiles *files, GError **error)
{
  g_autofree char *path = b2_model_files_path (files, "merges.txt");
  gsize len;
  g_autofree char *text = read_lines (files, "merges.txt", &len, error);
  guint number = 1;
  char *line;
  char *end;

  if (text == NULL)
    return FALSE;
  self->bpe = b2_bpe_new (self->pieces, -1, FALSE, FALSE, len / 8);
  /* The first line is a comment, whatever it says, and what follows the last line end
   * is not read: transformers has it so. */
  for (line = text; (end = memchr (line, '\n', (gsize) (text + len - line))) != NULL;
       line = end + 1, number++)
    if (number > 1 && !add_merge_line (self, line, (gsize) (end - line), number, path, error))
      return FALSE;
  return TRUE;
}

gboolean
b2_tokenizer_load_gpt2 (B2Tokenizer *self, const B2TokenizerFolder *folder, GError **error)
{
  B2SplitStep step = { .kind = B2_SPLIT_BYTE_LEVEL, .use_regex = TRUE };

  self->kind = B2_TOKENIZER_BPE;
  if (!load_vocab_json (self, folder->files, error) || !load_merges_txt (self, folder->files, error))
    return FALSE;
  self->added = b2_added_tokens_new (self->pieces, self->n_model);
  g_array_append_val (self->split_steps, step);
  self->decoder.kind = B2_DECODER_BYTE_LEVEL;
  return TRUE;
}

static gboolean
read_vocab_txt (B2Tokenizer *self, const B2ModelFiles *files, const char *path, GError **error)
{
  gsize len;
  g_autofree char *text = read_lines (files, "vocab.txt", &len, error);
  gint32 id = 0;
  const char *line = text;

  if (text == NULL)
    return FALSE;
  self->pieces = b2_pieces_new (len / 8);
  for (const char *end; line < text + len; line = end + 1, id++)
    {
      gsize n;
      gint32 before;

      end = memchr (line, '\n', (gsize) (text + len - line));
      if (end == NULL)
        end = text + len;
      n = (gsize) (end - line);
      if (n > B2_TRIE_MAX_BYTES || id > B2_PIECES_MAX_ID || memchr (line, '\0', n) != NULL)
        return b2_tokenizer_fail (error, B2_ERROR_FORMAT, path,
                                  "line %d: expected a piece of at most %d bytes", id + 1, B2_TRIE_MAX_BYTES);
      /* A piece that comes twice has only the later id. */
      before = b2_pieces_find (self->pieces, line, n);
      b2_pieces_forget (self->pieces, before);
      b2_pieces_add (self->pieces, line, n, id);
    }
  self->n_model = b2_pieces_count (self->pieces);
  return TRUE;
}

gboolean
b2_tokenizer_load_vocab_txt (B2Tokenizer *self, const B2TokenizerFolder *folder, GError **error)
{
  g_autofree char *path = b2_model_files_path (folder->files, "vocab.txt");
  B2NormalizeStep normalize = { .kind = B2_NORMALIZE_BERT,
                                .clean_text = TRUE,
                                .handle_cjk = TRUE,
                                .strip_accents = TRUE,
                                .lowercase = TRUE };
  B2SplitStep split = { .kind = B2_SPLIT_BERT };
  json_t *unk_value = json_object_get (folder->config, "unk_token");
  const char *unk = json_string_value (unk_value);
  gint32 unk_id;

  if (unk == NULL)
    unk = b2_tokenizer_json_string (unk_value, "content");
  if (unk == NULL)
    unk = "[UNK]";
  self->kind = B2_TOKENIZER_WORDPIECE;
  if (!read_vocab_txt (self, folder->files, path, error))
    return FALSE;
  unk_id = b2_pieces_find (self->pieces, unk, strlen (unk));
  if (unk_id < 0)
    return b2_tokenizer_fail (error, B2_ERROR_FORMAT, path, "unk_token '%.64s' is not in the vocabulary",
                              unk);
  self->wordpiece = b2_wordpiece_new (self->pieces, unk_id, "##", 100);
  if (self->wordpiece == NULL)
    return b2_tokenizer_fail (error, B2_ERROR_UNSUPPORTED, path, "the vocabulary is too large");
  self->added = b2_added_tokens_new (self->pieces, self->n_model);
  g_array_append_val (self->normalize_steps, normalize);
  g_array_append_val (self->split_steps, split);
  self->decoder.kind = B2_DECODER_WORDPIECE;
  self->decoder.prefix = g_strdup ("##");
  self->decoder.cleanup = TRUE;
  return TRUE;
}

static gboolean
add_spiece_pieces (B2Tokenizer *self, const B2Spiece *spiece, gint32 extra_ids, const char *path,
                   GError **error)
{
  self->pieces = b2_pieces_new (spiece->pieces->len + (guint) extra_ids);
  self->unigram = b2_unigram_new (self->pieces, spiece->unk_id, FALSE);
  for (guint i = 0; i < spiece->pieces->len; i++)
    {
      const B2SpiecePiece *piece = &g_array_index (spiece->pieces, B2SpiecePiece, i);

      if (strlen (piece->text) > B2_TRIE_MAX_BYTES
          || !b2_unigram_add (self->unigram, piece->text, strlen (piece->text), (double) piece->score))
        return b2_tokenizer_fail (error, B2_ERROR_FORMAT, path, "piece %u: expected at most %d bytes", i,
                                  B2_TRIE_MAX_BYTES);
    }
  for (gint32 i = extra_ids - 1; i >= 0; i--)
    {
      g_autofree char *text = g_strdup_printf ("<extra_id_%d>", i);

      if (!b2_unigram_add (self->unigram, text, strlen (text), 0))
        return b2_tokenizer_fail (error, B2_ERROR_UNSUPPORTED, path, "the vocabulary is too large");
    }
  self->n_model = (gint32) spiece->pieces->len + extra_ids;
  self->added = b2_added_tokens_new (self->pieces, self->n_model);
  for (guint i = 0; i < spiece->pieces->len; i++)
    {
      const B2SpiecePiece *piece = &g_array_index (spiece->pieces, B2SpiecePiece, i);
      B2AddedToken token = { .content = piece->text, .special = piece->type == B2_SPIECE_CONTROL };

      if ((token.special || piece->type == B2_SPIECE_USER_DEFINED)
          && !b2_added_tokens_add (self->added, &token))
        return b2_tokenizer_fail (error, B2_ERROR_UNSUPPORTED, path, "the vocabulary is too large");
    }
  return TRUE;
}

/* transformers' conversion: not quite what T5's own tokenizer.json does. */
static gboolean
add_spiece_pipeline (B2Tokenizer *self, const B2Spiece *spiece, const B2TokenizerFolder *folder,
                     const char *path, GError **error)
{
  json_t *add_prefix_space = json_object_get (folder->config, "add_prefix_space");
  B2NormalizeStep charsmap = { .kind = B2_NORMALIZE_CHARSMAP };
  B2NormalizeStep strip = { .kind = B2_NORMALIZE_STRIP, .right = TRUE };
  B2NormalizeStep spaces = { .kind = B2_NORMALIZE_SPACE_RUNS };
  B2SplitStep split = { .kind = B2_SPLIT_METASPACE, .replacement = 0x2581, .split = TRUE };

  if (spiece->charsmap->len > 0)
    {
      charsmap.charsmap = b2_charsmap_new (spiece->charsmap->data, spiece->charsmap->len, path, error);
      if (charsmap.charsmap == NULL)
        return FALSE;
      g_array_append_val (self->normalize_steps, charsmap);
    }
  spaces.content = g_strdup ("\xe2\x96\x81");
  g_array_append_val (self->normalize_steps, strip);
  g_array_append_val (self->normalize_steps, spaces);
  /* Absent means true here, but null means false. */
  if (add_prefix_space != NULL && !json_is_true (add_prefix_space))
    split.prepend = B2_PREPEND_NEVER;
  else if (json_is_false (json_object_get (folder->config, "legacy")))
    split.prepend = B2_PREPEND_FIRST;
  else
    split.prepend = B2_PREPEND_ALWAYS;
  g_array_append_val (self->split_steps, split);
  self->decoder.kind = B2_DECODER_METASPACE;
  self->decoder.replacement = split.replacement;
  self->decoder.drops_leading = split.prepend != B2_PREPEND_NEVER;
  return TRUE;
}

gboolean
b2_tokenizer_load_spiece (B2Tokenizer *self, const B2TokenizerFolder *folder, GError **error)
{
  g_autofree char *path = b2_model_files_path (folder->files, "spiece.model");
  json_t *extra_value = json_object_get (folder->config, "extra_ids");
  gint32 extra_ids = extra_value == NULL ? 100 : b2_tokenizer_json_id (extra_value);
  g_autoptr (B2Spiece) spiece = NULL;
  g_autofree char *data = NULL;
  gsize len;

  if (extra_ids < 0 || extra_ids > 10000)
    return b2_tokenizer_fail (error, B2_ERROR_FORMAT, folder->dir,
                              "tokenizer_config.json: extra_ids: expected 0 to 10000, found something else");
  data = b2_tokenizer_read_file (folder->files, "spiece.model", &len, error);
  if (data == NULL)
    return FALSE;
  spiece = b2_spiece_parse ((const guint8 *) data, len, path, error);
  if (spiece == NULL)
    return FALSE;
  self->kind = B2_TOKENIZER_UNIGRAM;
  return add_spiece_pieces (self, spiece, extra_ids, path, error)
         && add_spiece_pipeline (self, spiece, folder, path, error);
}

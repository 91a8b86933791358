#include <math.h>
#include <string.h>

#include "engine/text/tokenizer-private.h"
#include "engine/text/trie.h"

#define DEFAULT_MAX_CHARS 100

/* Fills self->pieces from an object of pieces and their ids. */
static gboolean
load_vocab_object (B2Tokenizer *self, json_t *vocab, const char *name, GError **error)
{
  const char *piece;
  json_t *value;

  if (!json_is_object (vocab) || json_object_size (vocab) == 0)
    return b2_tokenizer_fail (
        error, B2_ERROR_FORMAT, name,
        "model.vocab: expected an object of pieces and their ids, found something else");
  self->pieces = b2_pieces_new (json_object_size (vocab));
  json_object_foreach (vocab, piece, value)
  {
    gint32 id = json_is_integer (value) ? b2_tokenizer_json_id (value) : -1;
    const char *other;

    if (id < 0)
      return b2_tokenizer_fail (error, B2_ERROR_FORMAT, name,
                                "model.vocab: '%.64s': expected an id of 0 to %d", piece, B2_PIECES_MAX_ID);
    other = b2_pieces_text (self->pieces, id, NULL);
    if (other != NULL)
      return b2_tokenizer_fail (error, B2_ERROR_FORMAT, name,
                                "model.vocab: '%.64s' and '%.64s' both have id %d", other, piece, id);
    b2_pieces_add (self->pieces, piece, strlen (piece), id);
  }
  self->n_model = b2_pieces_count (self->pieces);
  return TRUE;
}

/* The id of the model's unk_token: -1 if there is none. */
static gboolean
find_unk (B2Tokenizer *self, json_t *model, const char *fallback, gint32 *id, const char *name,
          GError **error)
{
  const char *unk = b2_tokenizer_json_string (model, "unk_token");

  *id = -1;
  if (unk == NULL)
    unk = fallback;
  if (unk == NULL)
    return TRUE;
  *id = b2_pieces_find (self->pieces, unk, strlen (unk));
  return *id >= 0
         || b2_tokenizer_fail (error, B2_ERROR_FORMAT, name,
                               "model.unk_token: '%.64s' is not in the vocabulary", unk);
}

/* One of "a b" and ["a", "b"]. */
static gboolean
split_merge (json_t *merge, const char **left, gsize *n_left, const char **right)
{
  if (json_is_string (merge))
    {
      const char *space = strchr (json_string_value (merge), ' ');

      if (space == NULL || strchr (space + 1, ' ') != NULL)
        return FALSE;
      *left = json_string_value (merge);
      *n_left = (gsize) (space - *left);
      *right = space + 1;
      return TRUE;
    }
  if (json_array_size (merge) != 2)
    return FALSE;
  *left = json_string_value (json_array_get (merge, 0));
  *right = json_string_value (json_array_get (merge, 1));
  if (*left == NULL || *right == NULL)
    return FALSE;
  *n_left = strlen (*left);
  return TRUE;
}

static gboolean
load_merges (B2Tokenizer *self, json_t *merges, const char *name, GError **error)
{
  json_t *merge;
  size_t i;

  json_array_foreach (merges, i, merge)
  {
    const char *left;
    const char *right;
    const char *missing;
    gsize n_left;

    if (!split_merge (merge, &left, &n_left, &right))
      return b2_tokenizer_fail (error, B2_ERROR_FORMAT, name,
                                "model.merges[%zu]: expected two parts, found something else", i);
    missing = b2_bpe_add_merge (self->bpe, left, n_left, right, strlen (right));
    if (missing != NULL)
      return b2_tokenizer_fail (error, B2_ERROR_FORMAT, name,
                                "model.merges[%zu]: the %s of '%.64s' and '%.64s' is not in the vocabulary",
                                i, missing, left, right);
  }
  return TRUE;
}

static gboolean
load_bpe (B2Tokenizer *self, json_t *model, const char *name, GError **error)
{
  static const char *const affixes[] = { "continuing_subword_prefix", "end_of_word_suffix" };
  json_t *merges = json_object_get (model, "merges");
  json_t *dropout = json_object_get (model, "dropout");
  gboolean fuse_unk = FALSE;
  gboolean byte_fallback = FALSE;
  gboolean ignore_merges = FALSE;
  gint32 unk_id;

  if (!json_is_array (merges))
    return b2_tokenizer_fail (error, B2_ERROR_FORMAT, name, "model.merges: expected an array, found %s",
                              merges == NULL ? "none" : "something else");
  for (gsize i = 0; i < G_N_ELEMENTS (affixes); i++)
    {
      const char *affix = b2_tokenizer_json_string (model, affixes[i]);

      if (affix != NULL && *affix != '\0')
        return b2_tokenizer_fail (error, B2_ERROR_UNSUPPORTED, name, "model.%s: expected none, found '%.64s'",
                                  affixes[i], affix);
    }
  if (json_is_number (dropout) && json_number_value (dropout) != 0)
    return b2_tokenizer_fail (error, B2_ERROR_UNSUPPORTED, name, "model.dropout: expected none, found %g",
                              json_number_value (dropout));
  if (!b2_tokenizer_json_bool (model, "fuse_unk", &fuse_unk, name, error)
      || !b2_tokenizer_json_bool (model, "byte_fallback", &byte_fallback, name, error)
      || !b2_tokenizer_json_bool (model, "ignore_merges", &ignore_merges, name, error))
    return FALSE;
  if (byte_fallback)
    return b2_tokenizer_fail (error, B2_ERROR_UNSUPPORTED, name,
                              "model.byte_fallback: expected false, found true");
  self->kind = B2_TOKENIZER_BPE;
  if (!load_vocab_object (self, json_object_get (model, "vocab"), name, error)
      || !find_unk (self, model, NULL, &unk_id, name, error))
    return FALSE;
  self->bpe = b2_bpe_new (self->pieces, unk_id, fuse_unk, ignore_merges, json_array_size (merges));
  return load_merges (self, merges, name, error);
}

static gboolean
load_unigram (B2Tokenizer *self, json_t *model, const char *name, GError **error)
{
  json_t *vocab = json_object_get (model, "vocab");
  gint32 unk_id = b2_tokenizer_json_id (json_object_get (model, "unk_id"));
  gboolean byte_fallback = FALSE;
  json_t *entry;
  size_t i;

  if (!json_is_array (vocab) || json_array_size (vocab) == 0)
    return b2_tokenizer_fail (
        error, B2_ERROR_FORMAT, name,
        "model.vocab: expected an array of pieces and their scores, found something else");
  if (unk_id < 0 || (size_t) unk_id >= json_array_size (vocab))
    return b2_tokenizer_fail (error, B2_ERROR_FORMAT, name,
                              "model.unk_id: expected an id below %zu, found something else",
                              json_array_size (vocab));
  if (!b2_tokenizer_json_bool (model, "byte_fallback", &byte_fallback, name, error))
    return FALSE;
  self->kind = B2_TOKENIZER_UNIGRAM;
  self->pieces = b2_pieces_new (json_array_size (vocab));
  self->unigram = b2_unigram_new (self->pieces, unk_id, byte_fallback);
  json_array_foreach (vocab, i, entry)
  {
    const char *piece = json_string_value (json_array_get (entry, 0));
    json_t *score = json_array_get (entry, 1);

    if (piece == NULL || !json_is_number (score) || json_array_size (entry) != 2
        || strlen (piece) > B2_TRIE_MAX_BYTES
        || !b2_unigram_add (self->unigram, piece, strlen (piece), json_number_value (score)))
      return b2_tokenizer_fail (error, B2_ERROR_FORMAT, name,
                                "model.vocab[%zu]: expected a piece of at most %d bytes and its score", i,
                                B2_TRIE_MAX_BYTES);
  }
  self->n_model = (gint32) json_array_size (vocab);
  return TRUE;
}

static gboolean
load_wordpiece (B2Tokenizer *self, json_t *model, const char *name, GError **error)
{
  const char *prefix = b2_tokenizer_json_string (model, "continuing_subword_prefix");
  json_t *max = json_object_get (model, "max_input_chars_per_word");
  json_int_t max_chars = json_is_integer (max) ? json_integer_value (max) : DEFAULT_MAX_CHARS;
  gint32 unk_id;

  if (max_chars < 0)
    return b2_tokenizer_fail (error, B2_ERROR_FORMAT, name,
                              "model.max_input_chars_per_word: found %" JSON_INTEGER_FORMAT, max_chars);
  self->kind = B2_TOKENIZER_WORDPIECE;
  if (!load_vocab_object (self, json_object_get (model, "vocab"), name, error)
      || !find_unk (self, model, "[UNK]", &unk_id, name, error))
    return FALSE;
  for (gint32 id = 0; id < b2_pieces_n_ids (self->pieces); id++)
    {
      gsize len = 0;

      b2_pieces_text (self->pieces, id, &len);
      if (len > B2_TRIE_MAX_BYTES)
        return b2_tokenizer_fail (error, B2_ERROR_UNSUPPORTED, name,
                                  "model.vocab: piece %d has more than %d bytes", id, B2_TRIE_MAX_BYTES);
    }
  self->wordpiece
      = b2_wordpiece_new (self->pieces, unk_id, prefix == NULL ? "##" : prefix, (gsize) max_chars);
  return self->wordpiece != NULL
         || b2_tokenizer_fail (error, B2_ERROR_UNSUPPORTED, name, "model.vocab: too large");
}

static gboolean
load_model (B2Tokenizer *self, json_t *model, const char *name, GError **error)
{
  const char *type = b2_tokenizer_json_string (model, "type");

  if (!json_is_object (model))
    return b2_tokenizer_fail (error, B2_ERROR_FORMAT, name,
                              "model: expected an object, found something else");
  /* Old files leave the type to be guessed. */
  if (json_object_get (model, "type") == NULL)
    {
      if (json_object_get (model, "merges") != NULL)
        type = "BPE";
      else if (json_object_get (model, "max_input_chars_per_word") != NULL)
        type = "WordPiece";
      else if (json_object_get (model, "unk_id") != NULL)
        type = "Unigram";
    }
  if (g_strcmp0 (type, "BPE") == 0)
    return load_bpe (self, model, name, error);
  if (g_strcmp0 (type, "Unigram") == 0)
    return load_unigram (self, model, name, error);
  if (g_strcmp0 (type, "WordPiece") == 0)
    return load_wordpiece (self, model, name, error);
  return b2_tokenizer_fail (error, B2_ERROR_UNSUPPORTED, name,
                            "model.type: expected BPE, Unigram or WordPiece, found '%.64s'",
                            type == NULL ? "(none)" : type);
}

gboolean
b2_tokenizer_parse_added_token (json_t *value, B2AddedToken *token)
{
  const struct
  {
    const char *key;
    gboolean *flag;
  } flags[] = {
    { "special", &token->special }, { "normalized", &token->normalized },   { "lstrip", &token->lstrip },
    { "rstrip", &token->rstrip },   { "single_word", &token->single_word },
  };
  const char *content = b2_tokenizer_json_string (value, "content");

  *token = (B2AddedToken){ 0 };
  if (content == NULL)
    return FALSE;
  token->normalized = !json_is_true (json_object_get (value, "special"));
  for (gsize i = 0; i < G_N_ELEMENTS (flags); i++)
    if (!b2_tokenizer_json_bool (value, flags[i].key, flags[i].flag, "", NULL))
      return FALSE;
  token->content = g_strdup (content);
  return TRUE;
}

/* The file's ids are not taken over: like the reference, tokens get theirs in order. */
static gboolean
load_added_tokens (B2Tokenizer *self, json_t *tokens, const char *name, GError **error)
{
  json_t *value;
  size_t i;

  if (tokens != NULL && !json_is_null (tokens) && !json_is_array (tokens))
    return b2_tokenizer_fail (error, B2_ERROR_FORMAT, name, "added_tokens: expected an array");
  json_array_foreach (tokens, i, value)
  {
    g_auto (B2AddedToken) token = { 0 };

    if (!b2_tokenizer_parse_added_token (value, &token)
        || b2_tokenizer_json_id (json_object_get (value, "id")) < 0)
      return b2_tokenizer_fail (error, B2_ERROR_FORMAT, name,
                                "added_tokens[%zu]: expected an id, a content and its settings", i);
    if (!b2_added_tokens_add (self->added, &token))
      return b2_tokenizer_fail (error, B2_ERROR_UNSUPPORTED, name, "added_tokens: too many");
  }
  return TRUE;
}

gboolean
b2_tokenizer_load_json (B2Tokenizer *self, json_t *root, const char *name, GError **error)
{
  if (!load_model (self, json_object_get (root, "model"), name, error))
    return FALSE;
  self->added = b2_added_tokens_new (self->pieces, self->n_model);
  return b2_tokenizer_load_normalizer (self, json_object_get (root, "normalizer"), name, error)
         && b2_tokenizer_load_pre_tokenizer (self, json_object_get (root, "pre_tokenizer"), name, error)
         && b2_tokenizer_load_post_processor (self, json_object_get (root, "post_processor"), name, error)
         && b2_tokenizer_load_decoder (self, json_object_get (root, "decoder"), name, error)
         && load_added_tokens (self, json_object_get (root, "added_tokens"), name, error);
}

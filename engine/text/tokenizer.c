#include "engine/text/tokenizer.h"

#include <string.h>

#include "engine/text/tokenizer-private.h"

#define MAX_TEXT_BYTES ((gsize) 1 << 20)

static B2Tokenizer *
tokenizer_new (void)
{
  B2Tokenizer *self = g_new0 (B2Tokenizer, 1);

  self->normalize_steps = g_array_new (FALSE, FALSE, sizeof (B2NormalizeStep));
  g_array_set_clear_func (self->normalize_steps, b2_normalize_step_clear);
  self->split_steps = g_array_new (FALSE, FALSE, sizeof (B2SplitStep));
  self->prefix = g_array_new (FALSE, FALSE, sizeof (gint32));
  self->suffix = g_array_new (FALSE, FALSE, sizeof (gint32));
  return self;
}

void
b2_tokenizer_free (B2Tokenizer *self)
{
  if (self == NULL)
    return;
  b2_added_tokens_free (self->added);
  b2_bpe_free (self->bpe);
  b2_unigram_free (self->unigram);
  b2_wordpiece_free (self->wordpiece);
  b2_pieces_free (self->pieces);
  g_array_unref (self->normalize_steps);
  g_array_unref (self->split_steps);
  g_array_unref (self->prefix);
  g_array_unref (self->suffix);
  g_free (self->decoder.prefix);
  g_free (self);
}

/* A file that need not be there: TRUE and NULL if it is not. Numbers become reals, for
 * some are larger than any integer type. */
static gboolean
read_side_file (const B2ModelFiles *files, const char *name, json_t **root, GError **error)
{
  *root = NULL;
  if (!b2_model_files_has (files, name))
    return TRUE;
  *root = b2_tokenizer_read_json (files, name, JSON_DECODE_INT_AS_REAL, error);
  return *root != NULL;
}

static gboolean
class_from_name (const char *name, B2TokenizerClass *class)
{
  static const struct
  {
    const char *name;
    B2TokenizerClass class;
  } classes[] = {
    { "PreTrainedTokenizer", B2_TOKENIZER_CLASS_GENERIC },
    { "GPT2Tokenizer", B2_TOKENIZER_CLASS_GPT2 },
    { "T5Tokenizer", B2_TOKENIZER_CLASS_T5 },
    { "BertTokenizer", B2_TOKENIZER_CLASS_BERT },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (classes); i++)
    {
      gsize len = strlen (classes[i].name);

      if (strncmp (name, classes[i].name, len) == 0
          && (name[len] == '\0' || strcmp (name + len, "Fast") == 0))
        {
          *class = classes[i].class;
          return TRUE;
        }
    }
  return FALSE;
}

static B2TokenizerClass
class_from_files (const B2ModelFiles *files, json_t *model_config)
{
  const char *type = b2_tokenizer_json_string (model_config, "model_type");

  /* What AutoTokenizer maps these to, as long as the folder has such files. */
  if (b2_model_files_has (files, "tokenizer.json"))
    {
      if (g_strcmp0 (type, "blip-2") == 0 || g_strcmp0 (type, "instructblip") == 0
          || g_strcmp0 (type, "opt") == 0)
        return B2_TOKENIZER_CLASS_GPT2;
      if (g_strcmp0 (type, "t5") == 0)
        return B2_TOKENIZER_CLASS_T5;
      if (g_strcmp0 (type, "bert") == 0)
        return B2_TOKENIZER_CLASS_BERT;
      return B2_TOKENIZER_CLASS_GENERIC;
    }
  if (b2_model_files_has (files, "merges.txt"))
    return B2_TOKENIZER_CLASS_GPT2;
  return b2_model_files_has (files, "spiece.model") ? B2_TOKENIZER_CLASS_T5 : B2_TOKENIZER_CLASS_BERT;
}

static gboolean
find_class (B2TokenizerFolder *folder, GError **error)
{
  const char *name = b2_tokenizer_json_string (folder->config, "tokenizer_class");
  json_t *model_config = NULL;
  gboolean ok = TRUE;

  if (name == NULL)
    {
      /* The model's config may be damaged without harm to the tokenizer. */
      read_side_file (folder->files, "config.json", &model_config, NULL);
      name = b2_tokenizer_json_string (model_config, "tokenizer_class");
    }
  if (name == NULL)
    folder->class = class_from_files (folder->files, model_config);
  else if (!class_from_name (name, &folder->class))
    ok = b2_tokenizer_fail (error, B2_ERROR_UNSUPPORTED, folder->dir,
                            "tokenizer_class: expected a tokenizer of GPT-2, T5 or BERT, found '%.64s'",
                            name);
  json_decref (model_config);
  return ok;
}

/* From whatever files there are if tokenizer.json is not. */
static gboolean
load_converted (B2Tokenizer *self, B2TokenizerFolder *folder, GError **error)
{
  if (folder->class != B2_TOKENIZER_CLASS_T5 && folder->class != B2_TOKENIZER_CLASS_BERT
      && b2_model_files_has (folder->files, "vocab.json"))
    {
      folder->class = B2_TOKENIZER_CLASS_GPT2;
      return b2_tokenizer_load_gpt2 (self, folder, error);
    }
  if (folder->class != B2_TOKENIZER_CLASS_BERT && b2_model_files_has (folder->files, "spiece.model"))
    {
      folder->class = B2_TOKENIZER_CLASS_T5;
      return b2_tokenizer_load_spiece (self, folder, error);
    }
  if (b2_model_files_has (folder->files, "vocab.txt"))
    {
      folder->class = B2_TOKENIZER_CLASS_BERT;
      return b2_tokenizer_load_vocab_txt (self, folder, error);
    }
  return b2_tokenizer_fail (error, B2_ERROR_IO, folder->dir,
                            "expected tokenizer.json, vocab.json and merges.txt, spiece.model or vocab.txt");
}

/* tokenizer_config.json has the last word on some settings of the pipeline. */
static gboolean
apply_config (B2Tokenizer *self, const B2TokenizerFolder *folder, json_t *root, GError **error)
{
  json_t *add_prefix_space = json_object_get (folder->config, "add_prefix_space");
  const char *split_type = b2_tokenizer_json_string (json_object_get (root, "pre_tokenizer"), "type");
  const char *normalizer_type = b2_tokenizer_json_string (json_object_get (root, "normalizer"), "type");
  gboolean split_special = FALSE;

  if ((root == NULL || g_strcmp0 (split_type, "ByteLevel") == 0) && self->split_steps->len == 1
      && !json_is_null (add_prefix_space))
    g_array_index (self->split_steps, B2SplitStep, 0).add_prefix_space = json_is_true (add_prefix_space);
  if (folder->class == B2_TOKENIZER_CLASS_BERT
      && (root == NULL || g_strcmp0 (normalizer_type, "BertNormalizer") == 0))
    {
      B2NormalizeStep *step = &g_array_index (self->normalize_steps, B2NormalizeStep, 0);

      step->lowercase = step->handle_cjk = TRUE;
      if (!b2_tokenizer_json_bool (folder->config, "do_lower_case", &step->lowercase, folder->dir, error)
          || !b2_tokenizer_json_bool (folder->config, "tokenize_chinese_chars", &step->handle_cjk,
                                      folder->dir, error))
        return FALSE;
      step->strip_accents = step->lowercase;
      if (!b2_tokenizer_json_bool (folder->config, "strip_accents", &step->strip_accents, folder->dir, error))
        return FALSE;
    }
  if (!b2_tokenizer_json_bool (folder->config, "clean_up_tokenization_spaces", &self->clean_up, folder->dir,
                               error)
      || !b2_tokenizer_json_bool (folder->config, "split_special_tokens", &split_special, folder->dir, error))
    return FALSE;
  b2_added_tokens_set_split_special (self->added, split_special);
  return TRUE;
}

/* The post-processor's ids come from the file. */
static gboolean
check_template (B2Tokenizer *self, const char *dir, GError **error)
{
  const GArray *parts[] = { self->prefix, self->suffix };

  for (gsize part = 0; part < G_N_ELEMENTS (parts); part++)
    for (guint i = 0; i < parts[part]->len; i++)
      {
        gint32 id = g_array_index (parts[part], gint32, i);

        if (b2_tokenizer_piece (self, id) == NULL)
          return b2_tokenizer_fail (error, B2_ERROR_FORMAT, dir,
                                    "post_processor: id %d is not in the vocabulary", id);
      }
  return TRUE;
}

static gboolean
load_folder (B2Tokenizer *self, B2TokenizerFolder *folder, GError **error)
{
  g_autofree char *json_path = b2_model_files_path (folder->files, "tokenizer.json");
  gboolean use_json = b2_model_files_has (folder->files, "tokenizer.json");
  json_t *add_prefix_space = json_object_get (folder->config, "add_prefix_space");
  json_t *root = NULL;
  gboolean ok;

  /* Told about a prefix space, T5TokenizerFast converts spiece.model anew. */
  if (use_json && folder->class == B2_TOKENIZER_CLASS_T5 && json_is_boolean (add_prefix_space)
      && b2_model_files_has (folder->files, "spiece.model"))
    use_json = FALSE;
  if (use_json)
    {
      root = b2_tokenizer_read_json (folder->files, "tokenizer.json", 0, error);
      ok = root != NULL && b2_tokenizer_load_json (self, root, json_path, error);
    }
  else
    ok = load_converted (self, folder, error);
  ok = ok && apply_config (self, folder, root, error)
       && b2_tokenizer_add_specials (self, folder, root, !use_json, error)
       && b2_added_tokens_build (self->added, self->normalize_steps, folder->dir, error)
       && check_template (self, folder->dir, error);
  json_decref (root);
  return ok;
}

B2Tokenizer *
b2_tokenizer_open_files (const B2ModelFiles *files, GError **error)
{
  g_autoptr (B2Tokenizer) self = tokenizer_new ();
  B2TokenizerFolder folder = { .files = files, .dir = b2_model_files_root (files) };
  gboolean ok;

  ok = read_side_file (files, "tokenizer_config.json", &folder.config, error)
       && read_side_file (files, "special_tokens_map.json", &folder.specials, error)
       && read_side_file (files, "added_tokens.json", &folder.added_tokens, error)
       && find_class (&folder, error) && load_folder (self, &folder, error);
  json_decref (folder.config);
  json_decref (folder.specials);
  json_decref (folder.added_tokens);
  return ok ? g_steal_pointer (&self) : NULL;
}

B2Tokenizer *
b2_tokenizer_open (const char *dir, GError **error)
{
  g_autoptr (B2ModelFiles) files = b2_model_files_new_folder (dir);

  return b2_tokenizer_open_files (files, error);
}

/* One call of b2_tokenizer_encode(). */
typedef struct
{
  const B2Tokenizer *tokenizer;
  const char *text;
  GArray *ids;
  GString *normalized;
  gboolean at_start; /* of the text, for what is being split */
  B2BpeScratch bpe;
  B2UnigramScratch unigram;
} Encoding;

static gboolean
encode_word (const char *word, gsize len, gpointer data, GError **error)
{
  Encoding *self = data;

  switch (self->tokenizer->kind)
    {
    case B2_TOKENIZER_BPE:
      b2_bpe_encode (self->tokenizer->bpe, word, len, &self->bpe, self->ids);
      break;
    case B2_TOKENIZER_UNIGRAM:
      b2_unigram_encode (self->tokenizer->unigram, word, len, &self->unigram, self->ids);
      break;
    case B2_TOKENIZER_WORDPIECE:
      b2_wordpiece_encode (self->tokenizer->wordpiece, word, len, self->ids);
      break;
    default:
      g_assert_not_reached ();
    }
  return TRUE;
}

static gboolean
encode_normalized (const char *text, gsize len, gint32 id, gpointer data, GError **error)
{
  Encoding *self = data;

  if (id >= 0)
    {
      g_array_append_val (self->ids, id);
      self->at_start = FALSE;
      return TRUE;
    }
  if (!b2_split (self->tokenizer->split_steps, text, len, self->at_start, encode_word, self, error))
    return FALSE;
  self->at_start = FALSE;
  return TRUE;
}

static gboolean
encode_raw (const char *text, gsize len, gint32 id, gpointer data, GError **error)
{
  Encoding *self = data;
  const B2Tokenizer *tokenizer = self->tokenizer;

  if (id >= 0)
    {
      g_array_append_val (self->ids, id);
      return TRUE;
    }
  self->at_start = text == self->text;
  if (tokenizer->normalize_steps->len > 0)
    {
      if (!b2_normalize (tokenizer->normalize_steps, text, len, self->normalized, error))
        return FALSE;
      text = self->normalized->str;
      len = self->normalized->len;
    }
  return b2_added_tokens_split (tokenizer->added, TRUE, text, len, encode_normalized, self, error);
}

GArray *
b2_tokenizer_encode (B2Tokenizer *self, const char *text, gboolean add_special, GError **error)
{
  gsize len = strlen (text);
  Encoding encoding = { .tokenizer = self, .text = text };
  gboolean ok;

  if (len > MAX_TEXT_BYTES)
    {
      g_set_error (error, B2_ERROR, B2_ERROR_LIMIT,
                   "The text has %" G_GSIZE_FORMAT " bytes; expected at most %" G_GSIZE_FORMAT, len,
                   MAX_TEXT_BYTES);
      return NULL;
    }
  if (!g_utf8_validate (text, (gssize) len, NULL))
    {
      g_set_error (error, B2_ERROR, B2_ERROR_ARGUMENT, "The text is not UTF-8");
      return NULL;
    }
  encoding.ids = g_array_sized_new (FALSE, FALSE, sizeof (gint32), (guint) (len / 4 + 8));
  encoding.normalized = g_string_new (NULL);
  if (add_special)
    g_array_append_vals (encoding.ids, self->prefix->data, self->prefix->len);
  ok = b2_added_tokens_split (self->added, FALSE, text, len, encode_raw, &encoding, error);
  if (ok && add_special)
    g_array_append_vals (encoding.ids, self->suffix->data, self->suffix->len);
  g_string_free (encoding.normalized, TRUE);
  b2_bpe_scratch_clear (&encoding.bpe);
  b2_unigram_scratch_clear (&encoding.unigram);
  if (!ok)
    g_clear_pointer (&encoding.ids, g_array_unref);
  return encoding.ids;
}

void
b2_tokenizer_decode (B2Tokenizer *self, const gint32 *ids, gsize n_ids, B2DecodeFlags flags, GString *out)
{
  gsize start = out->len;
  B2DecodeRun run;

  b2_decode_begin (&run, &self->decoder, out);
  for (gsize i = 0; i < n_ids; i++)
    {
      const B2AddedToken *token = b2_added_tokens_get (self->added, ids[i]);
      gsize len = 0;
      const char *piece;

      if (token != NULL)
        {
          piece = token->content;
          len = strlen (piece);
        }
      else
        piece = b2_pieces_text (self->pieces, ids[i], &len);
      if (piece == NULL
          || ((flags & B2_DECODE_SKIP_SPECIAL) && b2_added_tokens_is_special (self->added, piece)))
        continue;
      b2_decode_piece (&run, piece, len);
    }
  b2_decode_end (&run);
  if (flags & B2_DECODE_CLEAN_UP)
    b2_decode_clean_up (out, start);
}

B2DecodeFlags
b2_tokenizer_default_flags (B2Tokenizer *self)
{
  return B2_DECODE_SKIP_SPECIAL | (self->clean_up ? B2_DECODE_CLEAN_UP : 0);
}

const char *
b2_tokenizer_piece (B2Tokenizer *self, gint32 id)
{
  const B2AddedToken *token = b2_added_tokens_get (self->added, id);

  return token != NULL ? token->content : b2_pieces_text (self->pieces, id, NULL);
}

gint32
b2_tokenizer_lookup (B2Tokenizer *self, const char *piece)
{
  gint32 id = b2_added_tokens_find (self->added, piece);

  return id >= 0 ? id : b2_pieces_find (self->pieces, piece, strlen (piece));
}

gboolean
b2_tokenizer_is_special (B2Tokenizer *self, gint32 id)
{
  const char *piece = b2_tokenizer_piece (self, id);

  return piece != NULL && b2_added_tokens_is_special (self->added, piece);
}

gint32
b2_tokenizer_n_ids (B2Tokenizer *self)
{
  return MAX (b2_pieces_n_ids (self->pieces), b2_added_tokens_n_ids (self->added));
}

const char *
b2_tokenizer_kind (B2Tokenizer *self)
{
  static const char *const kinds[] = { "bpe", "unigram", "wordpiece" };

  return kinds[self->kind];
}

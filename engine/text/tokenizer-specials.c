#include <stdlib.h>
#include <string.h>

#include "engine/text/tokenizer-private.h"

/* transformers keeps a tokenizer's special tokens apart from the backend, and when it
 * opens a folder adds to the backend what the folder's side files know and the backend
 * does not. Follows PreTrainedTokenizerBase._from_pretrained and
 * PreTrainedTokenizerFast.__init__ of 4.57.1. */

static const char *const keys[]
    = { "bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token" };

#define N_KEYS G_N_ELEMENTS (keys)

/* Lists are searched from end to end; none of the models has more than a few hundred. */
#define MAX_TOKENS 20000

/* A special token as transformers holds it: a bare string, or one with settings. */
typedef struct
{
  B2AddedToken token; /* content NULL: there is none */
  gboolean is_string;
} Special;

typedef struct
{
  gint64 id;
  B2AddedToken token;
} Listed;

typedef struct
{
  B2Tokenizer *tokenizer;
  const B2TokenizerFolder *folder;
  Special named[N_KEYS];
  GArray *additional; /* Special */
  GArray *listed; /* Listed: added_tokens_decoder */
} Loader;

static void
clear_special (gpointer data)
{
  b2_added_token_clear (&((Special *) data)->token);
}

static void
clear_listed (gpointer data)
{
  b2_added_token_clear (&((Listed *) data)->token);
}

static int
compare_listed (const void *a, const void *b)
{
  const Listed *x = a;
  const Listed *y = b;

  return (x->id > y->id) - (x->id < y->id);
}

static void
set_string (Special *special, const char *content)
{
  clear_special (special);
  special->is_string = TRUE;
  special->token = (B2AddedToken){ .content = g_strdup (content), .special = TRUE };
}

/* @in_map: from special_tokens_map.json, where an object is always a token. */
static gboolean
set_from_json (Special *special, json_t *value, gboolean in_map, const char *key, const char *dir,
               GError **error)
{
  gboolean is_token = in_map || g_strcmp0 (b2_tokenizer_json_string (value, "__type"), "AddedToken") == 0;

  if (json_is_string (value))
    {
      set_string (special, json_string_value (value));
      return TRUE;
    }
  clear_special (special);
  special->is_string = FALSE;
  if (json_is_null (value))
    return TRUE;
  if (!is_token || !b2_tokenizer_parse_added_token (value, &special->token))
    return b2_tokenizer_fail (error, B2_ERROR_FORMAT, dir, "%s: expected a string or an added token", key);
  if (in_map)
    {
      if (json_object_get (value, "normalized") == NULL)
        special->token.normalized = FALSE;
      special->token.special = TRUE;
    }
  return TRUE;
}

static void
set_class_defaults (Loader *self)
{
  static const char *const defaults[][N_KEYS] = {
    [B2_TOKENIZER_CLASS_GENERIC] = { NULL },
    [B2_TOKENIZER_CLASS_GPT2] = { "<|endoftext|>", "<|endoftext|>", "<|endoftext|>" },
    [B2_TOKENIZER_CLASS_T5] = { NULL, "</s>", "<unk>", NULL, "<pad>" },
    [B2_TOKENIZER_CLASS_BERT] = { NULL, NULL, "[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]" },
  };

  for (gsize i = 0; i < N_KEYS; i++)
    if (defaults[self->folder->class][i] != NULL)
      set_string (&self->named[i], defaults[self->folder->class][i]);
}

static gboolean
has_additional (const Loader *self, const char *content)
{
  for (guint i = 0; i < self->additional->len; i++)
    if (strcmp (g_array_index (self->additional, Special, i).token.content, content) == 0)
      return TRUE;
  return FALSE;
}

static gboolean
read_additional (Loader *self, json_t *value, gboolean in_map, GError **error)
{
  json_t *entry;
  size_t i;

  if (value == NULL || json_is_null (value))
    return TRUE;
  if (!json_is_array (value))
    return b2_tokenizer_fail (error, B2_ERROR_FORMAT, self->folder->dir,
                              "additional_special_tokens: expected an array");
  json_array_foreach (value, i, entry)
  {
    Special special = { 0 };

    if (json_is_null (entry) || i >= MAX_TOKENS)
      return b2_tokenizer_fail (error, B2_ERROR_FORMAT, self->folder->dir,
                                "additional_special_tokens: expected at most %d tokens, found %s", MAX_TOKENS,
                                json_is_null (entry) ? "null" : "more");
    if (!set_from_json (&special, entry, in_map, "additional_special_tokens", self->folder->dir, error))
      return FALSE;
    if (in_map && has_additional (self, special.token.content))
      clear_special (&special);
    else
      g_array_append_val (self->additional, special);
  }
  return TRUE;
}

static gboolean
read_specials (Loader *self, json_t *object, gboolean in_map, GError **error)
{
  if (object == NULL)
    return TRUE;
  for (gsize i = 0; i < N_KEYS; i++)
    {
      json_t *value = json_object_get (object, keys[i]);

      if (value != NULL && !set_from_json (&self->named[i], value, in_map, keys[i], self->folder->dir, error))
        return FALSE;
    }
  return read_additional (self, json_object_get (object, "additional_special_tokens"), in_map, error);
}

/* The sentinels that T5TokenizerFast adds, or checks. */
static gboolean
add_sentinels (Loader *self, GError **error)
{
  json_t *value = json_object_get (self->folder->config, "extra_ids");
  gint32 extra_ids = value == NULL ? 100 : b2_tokenizer_json_id (value);
  gint32 n = 0;

  if (extra_ids < 0 || extra_ids > 10000)
    return b2_tokenizer_fail (error, B2_ERROR_FORMAT, self->folder->dir,
                              "tokenizer_config.json: extra_ids: expected 0 to 10000, found something else");
  for (guint i = 0; i < self->additional->len; i++)
    n += strstr (g_array_index (self->additional, Special, i).token.content, "<extra_id_") != NULL;
  if (n > 0 && extra_ids > 0 && n != extra_ids)
    return b2_tokenizer_fail (error, B2_ERROR_FORMAT, self->folder->dir,
                              "additional_special_tokens: expected %d sentinels as extra_ids says, found %d",
                              extra_ids, n);
  for (gint32 i = 0; n == 0 && i < extra_ids; i++)
    {
      g_autofree char *content = g_strdup_printf ("<extra_id_%d>", i);
      Special special = { 0 };

      set_string (&special, content);
      g_array_append_val (self->additional, special);
    }
  return TRUE;
}

static gboolean
read_added_tokens_decoder (Loader *self, json_t *decoder, GError **error)
{
  const char *key;
  json_t *value;

  json_object_foreach (decoder, key, value)
  {
    Listed listed = { 0 };

    if (!g_ascii_string_to_signed (key, 10, 0, B2_PIECES_MAX_ID, &listed.id, NULL)
        || !b2_tokenizer_parse_added_token (value, &listed.token))
      return b2_tokenizer_fail (
          error, B2_ERROR_FORMAT, self->folder->dir,
          "tokenizer_config.json: added_tokens_decoder: '%.64s': expected an id and an added token", key);
    g_array_append_val (self->listed, listed);
  }
  return TRUE;
}

static gboolean
is_special_content (const Loader *self, const char *content)
{
  for (gsize i = 0; i < N_KEYS; i++)
    if (g_strcmp0 (self->named[i].token.content, content) == 0)
      return TRUE;
  return has_additional (self, content);
}

/* added_tokens.json, which only counts where there is no added_tokens_decoder. */
static gboolean
read_added_tokens (Loader *self, GError **error)
{
  const char *content;
  json_t *value;

  json_object_foreach (self->folder->added_tokens, content, value)
  {
    gboolean special = is_special_content (self, content);
    Listed listed = { b2_tokenizer_json_id (value),
                      { .content = g_strdup (content), .normalized = !special, .special = special } };

    g_array_append_val (self->listed, listed);
    if (listed.id < 0)
      return b2_tokenizer_fail (error, B2_ERROR_FORMAT, self->folder->dir,
                                "added_tokens.json: '%.64s': expected an id", content);
  }
  return TRUE;
}

/* A special token that is listed takes the settings of the list. */
static void
match_listed (Loader *self, guint first)
{
  for (gsize i = 0; i < N_KEYS; i++)
    for (guint j = first; self->named[i].token.content != NULL && j < self->listed->len; j++)
      {
        const B2AddedToken *token = &g_array_index (self->listed, Listed, j).token;

        if (strcmp (token->content, self->named[i].token.content) == 0)
          {
            clear_special (&self->named[i]);
            b2_added_token_copy (token, &self->named[i].token);
            self->named[i].is_string = FALSE;
          }
      }
}

static gboolean
read_side_files (Loader *self, json_t *root, GError **error)
{
  json_t *decoder = json_object_get (self->folder->config, "added_tokens_decoder");
  json_t *value;
  guint n_before;
  size_t i;

  if (json_object_size (decoder) > MAX_TOKENS || json_object_size (self->folder->added_tokens) > MAX_TOKENS
      || json_array_size (json_object_get (root, "added_tokens")) > MAX_TOKENS)
    return b2_tokenizer_fail (error, B2_ERROR_UNSUPPORTED, self->folder->dir, "more than %d added tokens",
                              MAX_TOKENS);
  set_class_defaults (self);
  if (!read_specials (self, self->folder->config, FALSE, error))
    return FALSE;
  if (json_is_object (decoder))
    {
      if (!read_added_tokens_decoder (self, decoder, error))
        return FALSE;
      match_listed (self, 0);
      return TRUE;
    }
  if (!read_specials (self, self->folder->specials, TRUE, error) || !read_added_tokens (self, error))
    return FALSE;
  n_before = self->listed->len;
  json_array_foreach (json_object_get (root, "added_tokens"), i, value)
  {
    Listed listed = { b2_tokenizer_json_id (json_object_get (value, "id")), { 0 } };

    /* Checked when the file was read. */
    if (b2_tokenizer_parse_added_token (value, &listed.token))
      g_array_append_val (self->listed, listed);
  }
  match_listed (self, n_before);
  return TRUE;
}

/* The slow tokenizer that a converted folder goes through turns strings into tokens. */
static void
settle_converted (Loader *self)
{
  for (gsize i = 0; i < N_KEYS; i++)
    {
      Special *special = &self->named[i];
      gboolean gpt2 = self->folder->class == B2_TOKENIZER_CLASS_GPT2;

      if (special->token.content == NULL || !special->is_string
          || self->folder->class == B2_TOKENIZER_CLASS_BERT || strcmp (keys[i], "sep_token") == 0
          || strcmp (keys[i], "cls_token") == 0 || strcmp (keys[i], "mask_token") == 0)
        continue;
      special->is_string = FALSE;
      special->token.normalized = gpt2;
    }
}

static gboolean
add_one (Loader *self, const B2AddedToken *token, GError **error)
{
  return b2_added_tokens_add (self->tokenizer->added, token)
         || b2_tokenizer_fail (error, B2_ERROR_UNSUPPORTED, self->folder->dir, "too many added tokens");
}

static gboolean
contains_content (const GArray *tokens, const char *content)
{
  for (guint i = 0; i < tokens->len; i++)
    if (strcmp (g_array_index (tokens, B2AddedToken, i).content, content) == 0)
      return TRUE;
  return FALSE;
}

static gboolean
contains_equal (const GArray *tokens, const B2AddedToken *token)
{
  for (guint i = 0; i < tokens->len; i++)
    if (b2_added_token_equal (&g_array_index (tokens, B2AddedToken, i), token))
      return TRUE;
  return FALSE;
}

/* Appends to @more what of @special the backend and @tokens lack. */
static void
consider_special (const Loader *self, const Special *special, const GArray *tokens, GPtrArray *more)
{
  const B2AddedToken *token = &special->token;
  gboolean known;

  if (token->content == NULL || *token->content == '\0')
    return;
  for (guint i = 0; i < more->len; i++)
    if (strcmp (((const Special *) more->pdata[i])->token.content, token->content) == 0)
      return;
  if (special->is_string)
    known = b2_added_tokens_find (self->tokenizer->added, token->content) >= 0
            || contains_content (tokens, token->content);
  else
    known = contains_equal (tokens, token);
  if (!known)
    g_ptr_array_add (more, (gpointer) special);
}

static gboolean
add_missing (Loader *self, GError **error)
{
  g_autoptr (GArray) tokens = g_array_new (FALSE, FALSE, sizeof (B2AddedToken)); /* contents borrowed */
  g_autoptr (GPtrArray) more = g_ptr_array_new ();

  g_array_sort (self->listed, compare_listed);
  for (guint i = 0; i < self->listed->len; i++)
    {
      B2AddedToken token = g_array_index (self->listed, Listed, i).token;

      if (!b2_added_tokens_has_equal (self->tokenizer->added, &token))
        g_array_append_val (tokens, token);
    }
  for (gsize i = 0; i < N_KEYS; i++)
    consider_special (self, &self->named[i], tokens, more);
  for (guint i = 0; i < self->additional->len; i++)
    consider_special (self, &g_array_index (self->additional, Special, i), tokens, more);

  for (guint i = 0; i < tokens->len; i++)
    {
      B2AddedToken *token = &g_array_index (tokens, B2AddedToken, i);

      token->special = token->special || is_special_content (self, token->content);
      if (!add_one (self, token, error))
        return FALSE;
    }
  for (guint i = 0; i < more->len; i++)
    {
      B2AddedToken token = ((const Special *) more->pdata[i])->token;

      token.special = TRUE;
      if (!add_one (self, &token, error))
        return FALSE;
    }
  return TRUE;
}

static gint32
id_of_named (const Loader *self, const char *key)
{
  for (gsize i = 0; i < N_KEYS; i++)
    if (strcmp (keys[i], key) == 0 && self->named[i].token.content != NULL)
      return b2_tokenizer_lookup (self->tokenizer, self->named[i].token.content);
  return -1;
}

/* What transformers' converters make the post-processor. */
static gboolean
add_template (Loader *self, GError **error)
{
  B2Tokenizer *tokenizer = self->tokenizer;
  gint32 first = -1;
  gint32 last = -1;

  if (self->folder->class == B2_TOKENIZER_CLASS_GPT2)
    {
      if (!json_is_true (json_object_get (self->folder->config, "add_bos_token")))
        return TRUE;
      first = id_of_named (self, "bos_token");
    }
  else if (self->folder->class == B2_TOKENIZER_CLASS_T5)
    {
      last = b2_tokenizer_lookup (tokenizer, "</s>");
      if (last < 0)
        last = id_of_named (self, "unk_token");
    }
  else
    {
      first = id_of_named (self, "cls_token");
      last = id_of_named (self, "sep_token");
      if (first < 0 || last < 0)
        first = last = -1;
    }
  if (first < 0 && last < 0)
    return b2_tokenizer_fail (
        error, B2_ERROR_FORMAT, self->folder->dir,
        "tokenizer_config.json: the tokens that begin and end a text are not in the vocabulary");
  if (first >= 0)
    g_array_append_val (tokenizer->prefix, first);
  if (last >= 0)
    g_array_append_val (tokenizer->suffix, last);
  return TRUE;
}

gboolean
b2_tokenizer_add_specials (B2Tokenizer *self, const B2TokenizerFolder *folder, json_t *root,
                           gboolean converted, GError **error)
{
  Loader loader = { .tokenizer = self, .folder = folder };
  gboolean ok;

  loader.additional = g_array_new (FALSE, FALSE, sizeof (Special));
  loader.listed = g_array_new (FALSE, FALSE, sizeof (Listed));
  g_array_set_clear_func (loader.additional, clear_special);
  g_array_set_clear_func (loader.listed, clear_listed);
  ok = read_side_files (&loader, root, error);
  if (ok && folder->class == B2_TOKENIZER_CLASS_T5)
    ok = add_sentinels (&loader, error);
  if (ok && converted)
    settle_converted (&loader);
  ok = ok && add_missing (&loader, error) && (!converted || add_template (&loader, error));
  for (gsize i = 0; i < N_KEYS; i++)
    clear_special (&loader.named[i]);
  g_array_unref (loader.additional);
  g_array_unref (loader.listed);
  return ok;
}

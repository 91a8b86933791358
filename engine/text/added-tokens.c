#include "engine/text/added-tokens.h"

#include <string.h>

#include "engine/core/error.h"
#include "engine/text/char-classes.h"
#include "engine/text/normalizer.h"
#include "engine/text/trie.h"

struct B2AddedTokens
{
  const B2Pieces *model;
  gint32 n_model;
  GHashTable *ids; /* content to id, plus one */
  GHashTable *tokens; /* id to B2AddedToken */
  GPtrArray *special; /* contents, in order of arrival, each once */
  GPtrArray *classic; /* B2AddedToken, in order of arrival */
  GHashTable *specials; /* content to B2AddedToken as first seen */
  gint32 max_id; /* -1 while there is none */
  gboolean split_special;
  B2Trie *tries[2]; /* [normalized] */
};

void
b2_added_token_clear (B2AddedToken *token)
{
  g_clear_pointer (&token->content, g_free);
}

void
b2_added_token_copy (const B2AddedToken *from, B2AddedToken *to)
{
  *to = *from;
  to->content = g_strdup (from->content);
}

gboolean
b2_added_token_equal (const B2AddedToken *a, const B2AddedToken *b)
{
  return strcmp (a->content, b->content) == 0 && a->single_word == b->single_word && a->lstrip == b->lstrip
         && a->rstrip == b->rstrip && a->normalized == b->normalized && a->special == b->special;
}

static void
free_token (gpointer data)
{
  b2_added_token_clear (data);
  g_free (data);
}

static B2AddedToken *
dup_token (const B2AddedToken *token)
{
  B2AddedToken *copy = g_new (B2AddedToken, 1);

  b2_added_token_copy (token, copy);
  return copy;
}

B2AddedTokens *
b2_added_tokens_new (const B2Pieces *model, gint32 n_model)
{
  B2AddedTokens *self = g_new0 (B2AddedTokens, 1);

  self->model = model;
  self->n_model = n_model;
  self->ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->tokens = g_hash_table_new_full (NULL, NULL, NULL, free_token);
  self->special = g_ptr_array_new ();
  self->classic = g_ptr_array_new_with_free_func (free_token);
  self->specials = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, free_token);
  self->max_id = -1;
  return self;
}

void
b2_added_tokens_free (B2AddedTokens *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->ids);
  g_hash_table_unref (self->tokens);
  g_ptr_array_unref (self->special);
  g_ptr_array_unref (self->classic);
  g_hash_table_unref (self->specials);
  b2_trie_free (self->tries[0]);
  b2_trie_free (self->tries[1]);
  g_free (self);
}

gint32
b2_added_tokens_find (const B2AddedTokens *self, const char *content)
{
  return GPOINTER_TO_INT (g_hash_table_lookup (self->ids, content)) - 1;
}

const B2AddedToken *
b2_added_tokens_get (const B2AddedTokens *self, gint32 id)
{
  return g_hash_table_lookup (self->tokens, GINT_TO_POINTER (id));
}

gboolean
b2_added_tokens_is_special (const B2AddedTokens *self, const char *content)
{
  return g_hash_table_contains (self->specials, content);
}

gint32
b2_added_tokens_n_ids (const B2AddedTokens *self)
{
  return self->max_id + 1;
}

void
b2_added_tokens_set_split_special (B2AddedTokens *self, gboolean split_special)
{
  self->split_special = split_special;
}

gboolean
b2_added_tokens_has_equal (const B2AddedTokens *self, const B2AddedToken *token)
{
  gint32 id = b2_added_tokens_find (self, token->content);

  return id >= 0 && b2_added_token_equal (b2_added_tokens_get (self, id), token);
}

gboolean
b2_added_tokens_add (B2AddedTokens *self, const B2AddedToken *token)
{
  gint32 id;

  if (*token->content == '\0')
    return TRUE;
  if (token->special && !b2_added_tokens_is_special (self, token->content))
    {
      B2AddedToken *copy = dup_token (token);

      g_hash_table_insert (self->specials, copy->content, copy);
      g_ptr_array_add (self->special, copy);
    }
  if (b2_added_tokens_has_equal (self, token))
    return TRUE;
  id = b2_added_tokens_find (self, token->content);
  if (id < 0)
    id = b2_pieces_find (self->model, token->content, strlen (token->content));
  if (id < 0)
    id = MAX (self->max_id + 1, self->n_model);
  if (id > B2_PIECES_MAX_ID)
    return FALSE;
  self->max_id = MAX (self->max_id, id);
  g_hash_table_insert (self->ids, g_strdup (token->content), GINT_TO_POINTER (id + 1));
  g_hash_table_insert (self->tokens, GINT_TO_POINTER (id), dup_token (token));
  if (!b2_added_tokens_is_special (self, token->content))
    g_ptr_array_add (self->classic, dup_token (token));
  return TRUE;
}

static gboolean
add_pattern (B2AddedTokens *self, const B2AddedToken *token, const GArray *steps, const char *name,
             GError **error)
{
  g_autoptr (GString) pattern = g_string_new (token->content);
  guint32 node = 0;

  if (token->normalized && !b2_normalize (steps, token->content, strlen (token->content), pattern, error))
    return FALSE;
  if (pattern->len == 0 || pattern->len > B2_TRIE_MAX_BYTES)
    {
      g_set_error (error, B2_ERROR, B2_ERROR_UNSUPPORTED,
                   "%s: expected added tokens of 1 to %d bytes, found one of %" G_GSIZE_FORMAT
                   " once normalised: '%.64s'",
                   name, B2_TRIE_MAX_BYTES, pattern->len, token->content);
      return FALSE;
    }
  for (gsize i = 0; i < pattern->len; i++)
    {
      node = b2_trie_child (self->tries[token->normalized], node, (guint8) pattern->str[i]);
      if (node == 0)
        break;
    }
  /* Of equal patterns the first one counts. */
  if (node != 0 && self->tries[token->normalized]->values[node] >= 0)
    return TRUE;
  if (!b2_trie_insert (self->tries[token->normalized], pattern->str, pattern->len,
                       b2_added_tokens_find (self, token->content)))
    {
      g_set_error (error, B2_ERROR, B2_ERROR_UNSUPPORTED, "%s: too many added tokens", name);
      return FALSE;
    }
  return TRUE;
}

gboolean
b2_added_tokens_build (B2AddedTokens *self, const GArray *normalize_steps, const char *name, GError **error)
{
  GPtrArray *lists[] = { self->special, self->classic };

  for (guint i = 0; i < 2; i++)
    {
      b2_trie_free (self->tries[i]);
      self->tries[i] = b2_trie_new ();
    }
  for (guint list = 0; list < 2; list++)
    for (guint i = 0; i < lists[list]->len; i++)
      if (!add_pattern (self, lists[list]->pdata[i], normalize_steps, name, error))
        return FALSE;
  return TRUE;
}

static gboolean
touches_word (const char *text, gsize len, gsize start, gsize end)
{
  return (start > 0 && b2_char_is_word (g_utf8_get_char (g_utf8_prev_char (text + start))))
         || (end < len && b2_char_is_word (g_utf8_get_char (text + end)));
}

/* The longest token that begins here: its end, or 0. */
static gsize
match_at (const B2Trie *trie, const char *text, gsize len, gsize start, gint32 *id)
{
  guint32 node = 0;
  gsize end = 0;

  for (gsize i = start; i < len; i++)
    {
      node = b2_trie_child (trie, node, (guint8) text[i]);
      if (node == 0)
        break;
      if (trie->values[node] >= 0)
        {
          end = i + 1;
          *id = trie->values[node];
        }
    }
  return end;
}

gboolean
b2_added_tokens_split (const B2AddedTokens *self, gboolean normalized, const char *text, gsize len,
                       B2SegmentFunc func, gpointer data, GError **error)
{
  const B2Trie *trie = self->tries[normalized != FALSE];
  gsize done = 0;
  gsize next;

  for (gsize at = 0; at < len; at = next)
    {
      const B2AddedToken *token;
      gint32 id = -1;
      gsize start = at;
      gsize end = match_at (trie, text, len, at, &id);

      if (end == 0)
        {
          next = at + 1;
          continue;
        }
      next = end;
      token = b2_added_tokens_get (self, id);
      if (self->split_special && b2_added_tokens_is_special (self, token->content))
        continue;
      if (token->single_word && touches_word (text, len, start, end))
        continue;
      while (token->lstrip && start > done
             && b2_char_is_space (g_utf8_get_char (g_utf8_prev_char (text + start))))
        start = (gsize) (g_utf8_prev_char (text + start) - text);
      while (token->rstrip && end < len && b2_char_is_space (g_utf8_get_char (text + end)))
        end = (gsize) (g_utf8_next_char (text + end) - text);
      if (start > done && !func (text + done, start - done, -1, data, error))
        return FALSE;
      if (!func (text + start, end - start, id, data, error))
        return FALSE;
      done = end;
    }
  return done >= len || func (text + done, len - done, -1, data, error);
}

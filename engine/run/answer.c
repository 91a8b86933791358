#include "engine/run/answer.h"

#include <string.h>

/* Python's str.isspace(), which is wider than GLib's. */
static gboolean
is_space (gunichar c)
{
  return g_unichar_isspace (c) || (c >= 0x1c && c <= 0x1f) || c == 0x85 || c == 0xb;
}

static char *
strip (const char *text, gsize n_bytes, gsize *n_stripped)
{
  const char *end = text + n_bytes;
  char *stripped;

  while (text < end && is_space (g_utf8_get_char (text)))
    text = g_utf8_next_char (text);
  while (end > text && is_space (g_utf8_get_char (g_utf8_prev_char (end))))
    end = g_utf8_prev_char (end);
  *n_stripped = (gsize) (end - text);
  stripped = g_malloc0 (*n_stripped + 1);
  memcpy (stripped, text, *n_stripped);
  return stripped;
}

B2Answer *
b2_answer_new (B2Model *model, const B2Token *tokens, int n_tokens)
{
  B2Answer *self = g_new0 (B2Answer, 1);
  GString *text = g_string_new (NULL);
  g_autofree gint32 *ids = g_new (gint32, n_tokens);

  self->n_tokens = n_tokens;
  self->tokens = g_memdup2 (tokens, (gsize) n_tokens * sizeof *tokens);
  self->pieces = g_new0 (char *, n_tokens + 1);
  for (int i = 0; i < n_tokens; i++)
    {
      ids[i] = tokens[i].id;
      self->pieces[i] = b2_model_token_text (model, ids[i]);
    }
  b2_tokenizer_decode (model->tokenizer, ids, (gsize) n_tokens, b2_tokenizer_default_flags (model->tokenizer),
                       text);
  self->text_raw_bytes = text->len;
  self->text_raw = g_string_free (text, FALSE);
  self->text = strip (self->text_raw, self->text_raw_bytes, &self->text_bytes);
  return self;
}

void
b2_answer_free (B2Answer *self)
{
  if (self == NULL)
    return;
  g_free (self->text);
  g_free (self->text_raw);
  g_free (self->tokens);
  g_strfreev (self->pieces);
  g_clear_pointer (&self->trace, b2_trace_unref);
  g_clear_pointer (&self->beams, b2_beam_tree_free);
  g_free (self);
}

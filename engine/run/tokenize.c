#include "engine/run/tokenize.h"

#include "engine/io/model-source.h"

void
b2_text_tokens_fill (B2TextTokens *out, B2Tokenizer *tokenizer, const GArray *ids)
{
  out->n = (int) ids->len;
  out->ids = g_memdup2 (ids->data, ids->len * sizeof (gint32));
  out->pieces = g_new0 (char *, ids->len + 1);
  for (guint i = 0; i < ids->len; i++)
    {
      const char *piece = b2_tokenizer_piece (tokenizer, out->ids[i]);

      out->pieces[i] = g_strdup (piece != NULL ? piece : "");
    }
}

B2TextTokens *
b2_tokenize (const char *dir, const char *const *texts, int n_texts, GError **error)
{
  g_autoptr (B2ModelSource) source = b2_model_source_open (dir, error);
  g_autoptr (B2Tokenizer) tokenizer = source != NULL ? b2_tokenizer_open_files (source->files, error) : NULL;
  B2TextTokens *out;

  if (tokenizer == NULL)
    return NULL;
  out = g_new0 (B2TextTokens, MAX (n_texts, 1));
  for (int i = 0; i < n_texts; i++)
    {
      g_autoptr (GArray) ids = b2_tokenizer_encode (tokenizer, texts[i], TRUE, error);

      if (ids == NULL)
        {
          for (int j = 0; j < i; j++)
            b2_text_tokens_clear (&out[j]);
          g_free (out);
          return NULL;
        }
      b2_text_tokens_fill (&out[i], tokenizer, ids);
    }
  return out;
}

void
b2_text_tokens_clear (B2TextTokens *self)
{
  g_clear_pointer (&self->ids, g_free);
  g_clear_pointer (&self->pieces, g_strfreev);
  self->n = 0;
}

#include "app/answer-words.h"

#include <string.h>

/* How far ahead a token is looked for, when those before it could not be placed: they were
 * parts of one character. */
#define LOOK_AHEAD_BYTES 16

void
ql_word_clear (QlWord *self)
{
  for (int i = 0; i < self->n_alternatives; i++)
    g_free (self->alternatives[i].text);
  self->n_alternatives = 0;
}

/* A token that has been found in the text. */
typedef struct
{
  gsize start, end;
  double probability; /* with that of unplaced tokens before it */
  const QlWordToken *token;
  int first_token, last_token; /* it and unplaced ones before it */
} Placed;

static const char *
skip_spaces (const char *at)
{
  while (g_unichar_isspace (g_utf8_get_char (at)))
    at = g_utf8_next_char (at);
  return at;
}

/* Where @piece stands at @at or, with @ahead, soon after. */
static const char *
find_piece (const char *at, const char *piece, gboolean ahead)
{
  gsize length = strlen (piece);
  const char *end = at + (ahead ? LOOK_AHEAD_BYTES : 0);

  for (; *at != '\0' && at <= end; at = g_utf8_next_char (at))
    if (strncmp (at, piece, length) == 0)
      return at;
  return NULL;
}

static GArray *
place (const char *text, const QlWordToken *tokens, int n_tokens)
{
  GArray *placed = g_array_new (FALSE, FALSE, sizeof (Placed));
  const char *cursor = skip_spaces (text);
  double pending = 1;
  gboolean gap = FALSE;
  int first_pending = 0;

  for (int i = 0; i < n_tokens; i++)
    {
      g_autofree char *piece = g_strstrip (g_strdup (tokens[i].piece));
      const char *at = *piece != '\0' ? find_piece (cursor, piece, gap) : NULL;
      Placed p;

      if (at == NULL)
        {
          /* A part of a character, or nothing to be seen: counts for what comes next. */
          pending *= tokens[i].probability;
          gap = gap || *piece != '\0';
          continue;
        }
      p = (Placed){ (gsize) (cursor - text),
                    (gsize) (at - text) + strlen (piece),
                    tokens[i].probability * pending,
                    &tokens[i],
                    first_pending,
                    i };
      g_array_append_val (placed, p);
      cursor = skip_spaces (at + strlen (piece));
      pending = 1;
      gap = FALSE;
      first_pending = i + 1;
    }
  return placed;
}

static gboolean
begins_word (const char *text, const Placed *before, const Placed *p)
{
  return before == NULL || before->end != p->start || g_unichar_iswide (g_utf8_get_char (text + p->start));
}

static void
add_alternatives (QlWord *word, const char *text, const Placed *weakest)
{
  const QlWordToken *token = weakest->token;
  g_autofree char *written = g_strstrip (g_strdup (token->piece));

  for (int i = 0; i < QL_N_ALTERNATIVES && token->alternatives[i] != NULL; i++)
    {
      g_autofree char *piece = g_strstrip (g_utf8_make_valid (token->alternatives[i], -1));
      gboolean chosen = g_str_equal (piece, written);
      QlAlternative *a = &word->alternatives[word->n_alternatives++];

      a->probability = token->alternative_probabilities[i];
      a->chosen = chosen;
      if (chosen)
        a->text = g_strndup (text + word->start, word->end - word->start);
      else if (*piece == '\0' || weakest->start == word->start)
        a->text = g_steal_pointer (&piece);
      else
        a->text = g_strdup_printf ("%.*s%s", (int) (weakest->start - word->start), text + word->start, piece);
    }
}

GArray *
ql_answer_words_new (const char *text, const QlWordToken *tokens, int n_tokens)
{
  GArray *words = g_array_new (FALSE, TRUE, sizeof (QlWord));
  g_autoptr (GArray) placed = place (text, tokens, n_tokens);

  g_array_set_clear_func (words, (GDestroyNotify) ql_word_clear);
  for (guint i = 0; i < placed->len;)
    {
      const Placed *first = &g_array_index (placed, Placed, i);
      const Placed *weakest = first;
      QlWord word = { .start = first->start,
                      .end = first->end,
                      .probability = first->probability,
                      .first_token = first->first_token,
                      .last_token = first->last_token };

      for (i++; i < placed->len; i++)
        {
          const Placed *p = &g_array_index (placed, Placed, i);

          if (begins_word (text, p - 1, p))
            break;
          word.end = p->end;
          word.last_token = p->last_token;
          word.probability *= p->probability;
          if (p->probability < weakest->probability)
            weakest = p;
        }
      add_alternatives (&word, text, weakest);
      g_array_append_val (words, word);
    }
  return words;
}

GArray *
ql_answer_words_of_saved (const char *text, const GArray *tokens)
{
  g_autofree QlWordToken *of_words = g_new0 (QlWordToken, tokens->len);

  for (guint i = 0; i < tokens->len; i++)
    {
      const QlSavedToken *from = &g_array_index (tokens, QlSavedToken, i);
      QlWordToken *to = &of_words[i];

      to->piece = from->text;
      to->probability = from->probability;
      for (guint k = 0; from->choices != NULL && k < MIN (from->choices->len, QL_N_ALTERNATIVES); k++)
        {
          const QlSavedChoice *choice = &g_array_index (from->choices, QlSavedChoice, k);

          to->alternatives[k] = choice->text;
          to->alternative_probabilities[k] = choice->probability;
        }
    }
  return ql_answer_words_new (text, of_words, (int) tokens->len);
}

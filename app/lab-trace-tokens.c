#include "app/lab-trace-tokens.h"

#include <math.h>
#include <string.h>

#include "app/answer-json.h"
#include "app/answer-words.h"

/* A parsed value takes up to a hundred times the room of its text. */
#define MAX_TEXT_BYTES (1 << 20)
#define MAX_TOKENS 4096

static json_t *
choices_json (B2Model *model, const B2Token *token, gint32 end_id)
{
  json_t *list = json_array ();

  for (int k = 0; k < B2_N_ALTERNATIVES && token->alternative_ids[k] >= 0; k++)
    {
      gint32 id = token->alternative_ids[k];
      g_autofree char *text = id == end_id ? g_strdup ("") : b2_model_token_text (model, id);
      json_t *choice = json_object ();

      json_object_set_new (choice, "id", json_integer (id));
      json_object_set_new (choice, "text", ql_json_string (text));
      json_object_set_new (choice, "probability",
                           ql_json_real ((double) token->alternative_probabilities[k]));
      json_array_append_new (list, choice);
    }
  return list;
}

char *
ql_trace_tokens_json (B2Model *model, const B2Answer *answer)
{
  gint32 end_id = answer->ended && answer->n_tokens > 0 ? answer->tokens[answer->n_tokens - 1].id : -1;
  json_t *list = json_array ();
  char *text;

  for (int i = 0; i < answer->n_tokens; i++)
    {
      const B2Token *token = &answer->tokens[i];
      json_t *object = json_object ();

      json_object_set_new (object, "id", json_integer (token->id));
      /* The mark of the end may read as anything. */
      json_object_set_new (object, "text", ql_json_string (token->id == end_id ? "" : answer->pieces[i]));
      json_object_set_new (object, "probability", ql_json_real ((double) token->probability));
      json_object_set_new (object, "choices", choices_json (model, token, end_id));
      json_array_append_new (list, object);
    }
  text = ql_json_line (list);
  json_decref (list);
  return text;
}

static json_t *
piece_json (gint32 id, const char *text, double probability)
{
  json_t *object = json_object ();

  json_object_set_new (object, "id", json_integer (id));
  json_object_set_new (object, "text", ql_json_string (text));
  json_object_set_new (object, "probability", ql_json_real (probability));
  return object;
}

char *
ql_trace_tokens_json_of_saved (const GArray *tokens)
{
  json_t *list = json_array ();
  char *text;

  for (guint i = 0; i < tokens->len; i++)
    {
      const QlSavedToken *token = &g_array_index (tokens, QlSavedToken, i);
      json_t *object = piece_json (token->id, token->text, token->probability), *choices = json_array ();

      for (guint k = 0; token->choices != NULL && k < token->choices->len; k++)
        {
          const QlSavedChoice *choice = &g_array_index (token->choices, QlSavedChoice, k);

          json_array_append_new (choices, piece_json (choice->id, choice->text, choice->probability));
        }
      json_object_set_new (object, "choices", choices);
      json_array_append_new (list, object);
    }
  text = ql_json_line (list);
  json_decref (list);
  return text;
}

/* What all of a trace's tokens and choices have. */
static gboolean
parse_piece (const json_t *object, gint32 *id, char **text, double *probability)
{
  const json_t *number = json_object_get (object, "id");
  const json_t *piece = json_object_get (object, "text");
  const json_t *p = json_object_get (object, "probability");

  if (!json_is_integer (number) || !json_is_string (piece) || (p != NULL && !json_is_number (p)))
    return FALSE;
  if (json_integer_value (number) < G_MININT32 || json_integer_value (number) > G_MAXINT32)
    return FALSE;
  /* A text that was given, not written, has none. */
  *probability = p != NULL ? json_number_value (p) : 1;
  if (!(*probability >= 0 && *probability <= 1.001))
    return FALSE;
  *id = (gint32) json_integer_value (number);
  *text = g_strdup (json_string_value (piece));
  *probability = MIN (*probability, 1);
  return TRUE;
}

static gboolean
parse_token (const json_t *object, GArray *tokens)
{
  const json_t *choices = json_object_get (object, "choices");
  QlSavedToken token = { 0 };

  if (!parse_piece (object, &token.id, &token.text, &token.probability))
    return FALSE;
  token.choices = ql_saved_choices_new ();
  g_array_append_val (tokens, token);
  for (gsize k = 0; k < MIN (json_array_size (choices), QL_N_ALTERNATIVES); k++)
    {
      QlSavedChoice choice = { 0 };

      if (!parse_piece (json_array_get (choices, k), &choice.id, &choice.text, &choice.probability))
        return FALSE;
      g_array_append_val (token.choices, choice);
    }
  return TRUE;
}

GArray *
ql_trace_tokens_parse (const char *text, GError **error)
{
  g_autoptr (GArray) tokens = ql_saved_tokens_new ();
  json_t *list;
  gboolean ok;

  if (text == NULL)
    return g_steal_pointer (&tokens);
  if (strlen (text) > MAX_TEXT_BYTES)
    {
      g_set_error (error, B2_ERROR, B2_ERROR_LIMIT, "\"tokens\" has more than %d bytes", MAX_TEXT_BYTES);
      return NULL;
    }
  list = json_loads (text, JSON_REJECT_DUPLICATES, NULL);
  ok = json_is_array (list) && json_array_size (list) <= MAX_TOKENS;
  for (gsize i = 0; ok && i < json_array_size (list); i++)
    ok = parse_token (json_array_get (list, i), tokens);
  json_decref (list);
  if (ok)
    return g_steal_pointer (&tokens);
  g_set_error (
      error, B2_ERROR, B2_ERROR_FORMAT,
      "\"tokens\": expected a list of at most %d objects with id and text, and probability between 0 and 1",
      MAX_TOKENS);
  return NULL;
}

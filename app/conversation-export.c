#include "app/conversation-export.h"

#include <glib/gi18n.h>
#include <jansson.h>
#include <string.h>

#include "app/answer-style-json.h"

static const char *
state_key (QlTurn *turn)
{
  switch (ql_turn_get_state (turn))
    {
    case QL_TURN_DONE:
      return "done";
    case QL_TURN_STOPPED:
      return "stopped";
    case QL_TURN_FAILED:
      return "failed";
    case QL_TURN_WAITING:
    case QL_TURN_STREAMING:
    default:
      return "unfinished";
    }
}

/* ---- Markdown ---- */

/* A backslash before whatever might mean something; a line break stays one. */
static void
append_escaped (GString *out, const char *text)
{
  for (; *text != '\0'; text++)
    {
      if (*text == '\n')
        g_string_append_c (out, '\\');
      else if (strchr ("\\`*_{}[]()<>#+-.!|~&=:$^\"'", *text) != NULL)
        g_string_append_c (out, '\\');
      g_string_append_c (out, *text);
    }
}

static void
append_turn (GString *out, QlTurn *turn)
{
  const char *question = ql_turn_get_question (turn);
  QlTurnState state = ql_turn_get_state (turn);

  g_string_append (out, "\n**");
  append_escaped (out, question != NULL ? question : _ ("Describe the picture."));
  g_string_append (out, "**\n\n");
  append_escaped (out, ql_turn_get_text (turn));
  g_string_append_c (out, '\n');
  if (state != QL_TURN_DONE)
    g_string_append_printf (out, "\n*%s*\n", state == QL_TURN_FAILED ? _ ("Not answered") : _ ("Stopped"));
}

char *
ql_conversation_to_markdown (QlConversation *self, const char *model)
{
  QlPicture *picture = ql_conversation_get_picture (self);
  GListModel *turns = ql_conversation_get_turns (self);
  GString *out = g_string_new ("# ");

  append_escaped (out, ql_conversation_get_name (self));
  g_string_append (out, "\n\n");
  if (picture != NULL)
    {
      /* Translators: width and height of a picture. */
      g_string_append_printf (out, _ ("%d × %d pixels"), ql_picture_get_width (picture),
                              ql_picture_get_height (picture));
      g_string_append (out, " · ");
    }
  if (model != NULL)
    {
      append_escaped (out, model);
      g_string_append (out, " · ");
    }
  g_string_append (out, "Qlens " QLENS_VERSION "\n");
  for (guint i = 0; i < g_list_model_get_n_items (turns); i++)
    {
      g_autoptr (QlTurn) turn = g_list_model_get_item (turns, i);
      append_turn (out, turn);
    }
  return g_string_free (out, FALSE);
}

/* ---- JSON ---- */

/* A file's name may be no UTF-8, and what is cut out of a text might not be. */
static json_t *
json_text (const char *text, gssize length)
{
  g_autofree char *valid = g_utf8_make_valid (text, length);

  return json_string (valid);
}

static json_t *
words_json (QlTurn *turn)
{
  json_t *list = json_array ();
  const char *text = ql_turn_get_text (turn);
  guint n;
  const QlWord *words = ql_turn_get_words (turn, &n);

  for (guint i = 0; i < n; i++)
    {
      json_t *alternatives = json_array ();

      for (int k = 0; k < words[i].n_alternatives; k++)
        json_array_append_new (alternatives,
                               json_pack ("{s:o, s:f}", "text", json_text (words[i].alternatives[k].text, -1),
                                          "probability", words[i].alternatives[k].probability));
      json_array_append_new (
          list, json_pack ("{s:o, s:f, s:o}", "text",
                           json_text (text + words[i].start, (gssize) (words[i].end - words[i].start)),
                           "probability", words[i].probability, "alternatives", alternatives));
    }
  return list;
}

static json_t *
turn_json (QlTurn *turn)
{
  const char *question = ql_turn_get_question (turn);
  json_t *object = json_object ();

  json_object_set_new (object, "question", question != NULL ? json_text (question, -1) : json_null ());
  json_object_set_new (object, "answer", json_text (ql_turn_get_text (turn), -1));
  json_object_set_new (object, "state", json_string (state_key (turn)));
  json_object_set_new (object, "seconds", json_real (ql_turn_get_seconds (turn)));
  json_object_set_new (object, "earlier_turns", json_integer (ql_turn_get_n_earlier (turn)));
  json_object_set_new (object, "settings", ql_answer_style_to_json (ql_turn_get_style (turn)));
  json_object_set_new (object, "words", words_json (turn));
  return object;
}

char *
ql_conversation_to_json (QlConversation *self, const char *model)
{
  QlPicture *picture = ql_conversation_get_picture (self);
  GListModel *turns = ql_conversation_get_turns (self);
  json_t *list = json_array ();
  json_t *root;
  char *dump, *text;

  for (guint i = 0; i < g_list_model_get_n_items (turns); i++)
    {
      g_autoptr (QlTurn) turn = g_list_model_get_item (turns, i);
      json_array_append_new (list, turn_json (turn));
    }
  root = json_pack ("{s:s, s:i, s:s, s:o, s:{s:o, s:i, s:i}, s:o}", "format", "qlens-conversation", "version",
                    1, "program", "Qlens " QLENS_VERSION, "model",
                    model != NULL ? json_text (model, -1) : json_null (), "picture", "name",
                    json_text (ql_conversation_get_name (self), -1), "width",
                    picture != NULL ? ql_picture_get_width (picture) : 0, "height",
                    picture != NULL ? ql_picture_get_height (picture) : 0, "turns", list);
  dump = json_dumps (root, JSON_INDENT (2) | JSON_REAL_PRECISION (6));
  text = g_strconcat (dump, "\n", NULL);
  free (dump);
  json_decref (root);
  return text;
}

#include "app/session-write.h"

#include <math.h>
#include <string.h>

#include <jansson.h>

#include "app/session-read.h"

/* Below this a file is read at once, whatever is in it. */
#define COMPACT_BYTES (64 * 1024)

static gint64
now_ms (void)
{
  return g_get_real_time () / 1000;
}

static json_t *
event_new (const char *name, gint64 time_ms)
{
  json_t *event = json_object ();

  json_object_set_new (event, "event", json_string (name));
  json_object_set_new (event, "time", json_integer (time_ms > 0 ? time_ms : now_ms ()));
  return event;
}

/* Nothing where there is nothing to say. */
static void
set_text (json_t *object, const char *key, const char *text)
{
  g_autofree char *valid = text != NULL ? g_utf8_make_valid (text, -1) : NULL;

  if (valid != NULL)
    json_object_set_new (object, key, json_string (valid));
}

static void
set_number (json_t *object, const char *key, double number)
{
  if (isfinite (number))
    json_object_set_new (object, key, json_real (number));
}

static char *
line_of (json_t *event)
{
  /* Nine digits give every float back. */
  char *dumped = json_dumps (event, JSON_COMPACT | JSON_REAL_PRECISION (9));
  char *line = g_strdup (dumped);

  free (dumped);
  json_decref (event);
  return line;
}

char *
ql_session_line_header (const char *id, gint64 created_ms)
{
  json_t *header = json_object ();

  /* In this order, so that the first bytes of every journal are the same. */
  json_object_set_new (header, "format", json_string (QL_SESSION_FORMAT));
  json_object_set_new (header, "version", json_integer (QL_SESSION_VERSION));
  set_text (header, "id", id);
  json_object_set_new (header, "created", json_integer (created_ms > 0 ? created_ms : now_ms ()));
  set_text (header, "program", "Qlens " QLENS_VERSION);
  return line_of (header);
}

char *
ql_session_line_picture (const QlSavedPicture *picture)
{
  json_t *event = event_new ("picture", 0);

  set_text (event, "name", picture->name);
  set_text (event, "uri", picture->uri);
  set_text (event, "sha256", picture->sha256);
  json_object_set_new (event, "size", json_integer (picture->size_bytes));
  json_object_set_new (event, "mtime_us", json_integer (picture->mtime_us));
  json_object_set_new (event, "width", json_integer (picture->width));
  json_object_set_new (event, "height", json_integer (picture->height));
  set_text (event, "copy", picture->copy);
  return line_of (event);
}

char *
ql_session_line_begin (const QlSavedTurn *turn)
{
  json_t *event = event_new ("turn-begin", turn->begin_ms);
  json_t *settings = turn->settings != NULL ? json_loads (turn->settings, 0, NULL) : NULL;
  json_t *model = json_object ();

  json_object_set_new (event, "turn", json_integer (turn->id));
  /* In the same line, not in an event of its own: no crash can part them. */
  if (turn->edits != 0)
    json_object_set_new (event, "edits", json_integer (turn->edits));
  set_text (event, "kind", ql_session_kind_names[turn->kind]);
  set_text (event, "question", turn->question);
  set_text (event, "prompt", turn->prompt);
  if (json_is_object (settings))
    json_object_set (event, "settings", settings);
  json_decref (settings);
  set_text (model, "name", turn->model_name);
  set_text (model, "fingerprint", turn->model_fingerprint);
  if (json_object_size (model) > 0)
    json_object_set (event, "model", model);
  json_decref (model);
  return line_of (event);
}

char *
ql_session_line_words (guint turn, const char *text, gint64 time_ms)
{
  json_t *event = event_new ("words", time_ms);

  json_object_set_new (event, "turn", json_integer (turn));
  set_text (event, "text", text);
  return line_of (event);
}

/* Arrays, not objects: there are thousands of them. [id, text, probability] */
static json_t *
choice_json (gint32 id, const char *text, double probability)
{
  g_autofree char *valid = g_utf8_make_valid (text != NULL ? text : "", -1);
  json_t *choice = json_array ();

  json_array_append_new (choice, json_integer (id));
  json_array_append_new (choice, json_string (valid));
  json_array_append_new (choice, isfinite (probability) ? json_real (probability) : json_integer (0));
  return choice;
}

/* [id, text, probability, [choice, …]] */
static json_t *
tokens_json (const GArray *tokens)
{
  json_t *list = json_array ();

  for (guint i = 0; i < tokens->len; i++)
    {
      const QlSavedToken *token = &g_array_index (tokens, QlSavedToken, i);
      json_t *entry = choice_json (token->id, token->text, token->probability);
      json_t *choices = json_array ();

      for (guint c = 0; token->choices != NULL && c < token->choices->len; c++)
        {
          const QlSavedChoice *choice = &g_array_index (token->choices, QlSavedChoice, c);
          json_array_append_new (choices, choice_json (choice->id, choice->text, choice->probability));
        }
      json_array_append_new (entry, choices);
      json_array_append_new (list, entry);
    }
  return list;
}

static json_t *
timings_json (const QlSavedTimings *timings)
{
  json_t *object = json_object ();

  for (int i = 0; i < QL_SESSION_N_TIMINGS; i++)
    {
      double value = *(const double *) ((const char *) timings + ql_session_timings[i].offset);
      if (value != 0)
        set_number (object, ql_session_timings[i].name, value);
    }
  return object;
}

static char *
end_line (const QlSavedTurn *turn, gboolean with_tokens)
{
  json_t *event = event_new ("turn-end", turn->end_ms);

  json_object_set_new (event, "turn", json_integer (turn->id));
  set_text (event, "status", ql_session_status_names[turn->status]);
  set_text (event, "text", turn->text != NULL ? turn->text : "");
  set_text (event, "error", turn->error);
  set_text (event, "prompt", turn->prompt);
  if (turn->complete)
    json_object_set_new (event, "complete", json_true ());
  set_number (event, "score", turn->score);
  set_number (event, "seconds", turn->seconds);
  if (turn->picture_reused)
    json_object_set_new (event, "picture_reused", json_true ());
  json_object_set_new (event, "timings", timings_json (&turn->timings));
  if (with_tokens && turn->tokens != NULL)
    json_object_set_new (event, "tokens", tokens_json (turn->tokens));
  return line_of (event);
}

char *
ql_session_line_end (const QlSavedTurn *turn)
{
  char *line = end_line (turn, TRUE);

  if (turn->tokens != NULL && strlen (line) > QL_SESSION_MAX_LINE_BYTES)
    {
      g_free (line);
      line = end_line (turn, FALSE);
    }
  return line;
}

static char *
turn_line (const char *name, guint turn)
{
  json_t *event = event_new (name, 0);

  json_object_set_new (event, "turn", json_integer (turn));
  return line_of (event);
}

char *
ql_session_line_delete (guint turn)
{
  return turn_line ("turn-delete", turn);
}

char *
ql_session_line_restore (guint turn)
{
  return turn_line ("turn-restore", turn);
}

char *
ql_session_line_title (const char *title)
{
  json_t *event = event_new ("title", 0);

  set_text (event, "title", title);
  return line_of (event);
}

char *
ql_session_line_deleted (gint64 time_ms)
{
  return line_of (event_new ("deleted", time_ms));
}

char *
ql_session_line_undeleted (void)
{
  return line_of (event_new ("undeleted", 0));
}

gboolean
ql_session_state_wants_compacting (const QlSessionState *self)
{
  return self->has_header && self->n_unreadable == 0 && self->n_unknown == 0 && !self->cut_short
         && self->dead_bytes > COMPACT_BYTES && self->dead_bytes > self->n_bytes / 2;
}

/* Takes @line. */
static void
add (GString *text, char *line)
{
  g_string_append (text, line);
  g_string_append_c (text, '\n');
  g_free (line);
}

GString *
ql_session_state_to_text (const QlSessionState *self)
{
  GString *text = g_string_new (NULL);

  add (text, ql_session_line_header (self->id, self->created_ms));
  if (self->picture != NULL)
    add (text, ql_session_line_picture (self->picture));
  if (self->title != NULL)
    add (text, ql_session_line_title (self->title));
  for (guint i = 0; i < self->turns->len; i++)
    {
      const QlSavedTurn *turn = g_ptr_array_index (self->turns, i);

      if (turn->deleted)
        continue;
      add (text, ql_session_line_begin (turn));
      if (turn->status != QL_SAVED_OPEN)
        add (text, ql_session_line_end (turn));
      else if (*turn->text != '\0')
        add (text, ql_session_line_words (turn->id, turn->text, turn->end_ms));
    }
  if (self->deleted)
    add (text, ql_session_line_deleted (self->deleted_ms));
  return text;
}

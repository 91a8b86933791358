#include "app/session-event.h"

#include <math.h>
#include <string.h>

#include <glib/gi18n.h>

#include "app/session-read.h"
#include "app/sha256.h"

/* The year 9999, and JSON's safe integers, are beyond this. */
#define MAX_TIME_MS G_GINT64_CONSTANT (200000000000000)
#define MAX_PX (1 << 30)

static const char *
text_of (const json_t *object, const char *key)
{
  return json_string_value (json_object_get (object, key));
}

static double
number_of (const json_t *value, double otherwise)
{
  double number = json_is_number (value) ? json_number_value (value) : otherwise;

  return isfinite (number) ? number : otherwise;
}

static gint64
integer_of (const json_t *object, const char *key, gint64 low, gint64 high)
{
  const json_t *value = json_object_get (object, key);

  return json_is_integer (value) ? CLAMP ((gint64) json_integer_value (value), low, high) : low;
}

gint64
ql_session_event_time (const json_t *value)
{
  json_int_t time_ms = json_integer_value (value);

  return time_ms > 0 && time_ms <= MAX_TIME_MS ? (gint64) time_ms : 0;
}

static int
index_of (const char *const *names, int n, const char *name)
{
  for (int i = 0; i < n && name != NULL; i++)
    if (strcmp (names[i], name) == 0)
      return i;
  return -1;
}

static gboolean
apply_picture (QlSessionState *state, const json_t *event, gsize n_bytes, char **reason)
{
  const char *name = text_of (event, "name"), *uri = text_of (event, "uri"), *copy = text_of (event, "copy");
  const char *sha256 = text_of (event, "sha256");
  g_autofree char *path = uri != NULL ? g_filename_from_uri (uri, NULL, NULL) : NULL;

  /* A name from a file becomes part of a path: it must be one that we make. */
  if ((sha256 != NULL && !ql_is_sha256 (sha256, strlen (sha256)))
      || (copy != NULL && (!g_str_has_suffix (copy, ".png") || !ql_is_sha256 (copy, strlen (copy) - 4)))
      || (uri != NULL && path == NULL))
    {
      *reason = g_strdup (_ ("a picture that cannot be"));
      return FALSE;
    }
  ql_saved_picture_free (state->picture);
  state->picture = g_new0 (QlSavedPicture, 1);
  state->picture->name = g_strdup (name != NULL ? name : "");
  state->picture->uri = g_strdup (uri);
  state->picture->sha256 = g_strdup (sha256);
  state->picture->copy = g_strdup (copy);
  state->picture->size_bytes = integer_of (event, "size", 0, G_MAXINT64);
  state->picture->mtime_us = integer_of (event, "mtime_us", 0, G_MAXINT64);
  state->picture->width = (int) integer_of (event, "width", 0, MAX_PX);
  state->picture->height = (int) integer_of (event, "height", 0, MAX_PX);
  state->dead_bytes += state->picture_bytes;
  state->picture_bytes = n_bytes;
  return TRUE;
}

static gboolean
apply_begin (QlSessionState *state, const json_t *event, gsize n_bytes, char **reason)
{
  json_int_t id = json_integer_value (json_object_get (event, "turn"));
  int kind = index_of (ql_session_kind_names, G_N_ELEMENTS (ql_session_kind_names), text_of (event, "kind"));
  const json_t *settings = json_object_get (event, "settings"), *model = json_object_get (event, "model");
  QlSavedTurn *turn;

  if (id < ql_session_state_next_turn (state) || id > QL_SESSION_MAX_TURN_ID || kind < 0)
    {
      *reason = g_strdup (_ ("a turn that cannot be"));
      return FALSE;
    }
  turn = ql_saved_turn_new ();
  turn->id = (guint) id;
  turn->edits = (guint) integer_of (event, "edits", 0, QL_SESSION_MAX_TURN_ID);
  turn->kind = (QlSavedKind) kind;
  turn->question = g_strdup (text_of (event, "question"));
  turn->prompt = g_strdup (text_of (event, "prompt"));
  if (json_is_object (settings))
    {
      char *dumped = json_dumps (settings, JSON_COMPACT | JSON_REAL_PRECISION (9));
      turn->settings = g_strdup (dumped);
      free (dumped);
    }
  turn->model_name = g_strdup (text_of (model, "name"));
  turn->model_fingerprint = g_strdup (text_of (model, "fingerprint"));
  turn->begin_ms = ql_session_event_time (json_object_get (event, "time"));
  turn->live_bytes = n_bytes;
  g_ptr_array_add (state->turns, turn);
  return TRUE;
}

static gboolean
read_choice (const json_t *entry, gint32 *id, char **text, double *probability)
{
  const char *string = json_string_value (json_array_get (entry, 1));

  if (string == NULL)
    return FALSE;
  *id = (gint32) CLAMP (json_integer_value (json_array_get (entry, 0)), -1, G_MAXINT32);
  *text = g_strdup (string);
  *probability = CLAMP (number_of (json_array_get (entry, 2), 0), 0, 1);
  return TRUE;
}

/* All of them or none: a list with holes would underline the wrong words. */
static GArray *
read_tokens (const json_t *list)
{
  g_autoptr (GArray) tokens = NULL;
  const json_t *entry, *choice_entry;
  size_t i, c;

  if (!json_is_array (list))
    return NULL;
  tokens = ql_saved_tokens_new ();
  json_array_foreach (list, i, entry)
  {
    const json_t *choices = json_array_get (entry, 3);
    QlSavedToken token = { 0 };

    if (!read_choice (entry, &token.id, &token.text, &token.probability))
      return NULL;
    if (json_array_size (choices) > 0)
      token.choices = ql_saved_choices_new ();
    g_array_append_val (tokens, token);
    json_array_foreach (choices, c, choice_entry)
    {
      QlSavedChoice choice = { 0 };

      if (!read_choice (choice_entry, &choice.id, &choice.text, &choice.probability))
        return NULL;
      g_array_append_val (token.choices, choice);
    }
  }
  return g_steal_pointer (&tokens);
}

static void
set_answer (QlSavedTurn *turn, const char *text)
{
  g_free (turn->text);
  turn->text = g_strdup (text);
}

static gboolean
apply_words (QlSessionState *state, QlSavedTurn *turn, const json_t *event, gsize n_bytes, char **reason)
{
  const char *text = text_of (event, "text");

  if (text == NULL || turn->status != QL_SAVED_OPEN)
    {
      *reason = g_strdup (_ ("words of an answer that is over"));
      return FALSE;
    }
  set_answer (turn, text);
  turn->end_ms = ql_session_event_time (json_object_get (event, "time"));
  state->dead_bytes += turn->words_bytes;
  turn->live_bytes += n_bytes - turn->words_bytes;
  turn->words_bytes = n_bytes;
  return TRUE;
}

static gboolean
apply_end (QlSessionState *state, QlSavedTurn *turn, const json_t *event, gsize n_bytes, char **reason)
{
  int status
      = index_of (ql_session_status_names, G_N_ELEMENTS (ql_session_status_names), text_of (event, "status"));
  const char *text = text_of (event, "text");
  const json_t *timings = json_object_get (event, "timings");

  if (status <= QL_SAVED_OPEN || turn->status != QL_SAVED_OPEN)
    {
      *reason = g_strdup (_ ("the end of an answer that is over"));
      return FALSE;
    }
  turn->status = (QlSavedStatus) status;
  if (text != NULL)
    set_answer (turn, text);
  turn->error = g_strdup (text_of (event, "error"));
  /* Only when it ends it is known how much of what was said before had room in it. */
  if (text_of (event, "prompt") != NULL)
    {
      g_free (turn->prompt);
      turn->prompt = g_strdup (text_of (event, "prompt"));
    }
  turn->complete = json_is_true (json_object_get (event, "complete"));
  turn->score = number_of (json_object_get (event, "score"), (double) NAN);
  turn->seconds = number_of (json_object_get (event, "seconds"), 0);
  turn->picture_reused = json_is_true (json_object_get (event, "picture_reused"));
  for (int i = 0; i < QL_SESSION_N_TIMINGS; i++)
    *(double *) ((char *) &turn->timings + ql_session_timings[i].offset)
        = number_of (json_object_get (timings, ql_session_timings[i].name), 0);
  turn->tokens = read_tokens (json_object_get (event, "tokens"));
  turn->end_ms = ql_session_event_time (json_object_get (event, "time"));
  state->dead_bytes += turn->words_bytes;
  turn->live_bytes += n_bytes - turn->words_bytes;
  turn->words_bytes = 0;
  return TRUE;
}

static gboolean
apply_to_turn (QlSessionState *state, const char *name, const json_t *event, gsize n_bytes, char **reason)
{
  json_int_t id = json_integer_value (json_object_get (event, "turn"));
  QlSavedTurn *turn
      = id > 0 && id <= QL_SESSION_MAX_TURN_ID ? ql_session_state_turn (state, (guint) id) : NULL;

  if (turn == NULL)
    {
      *reason = g_strdup (_ ("about a turn that never began"));
      return FALSE;
    }
  if (strcmp (name, "words") == 0)
    return apply_words (state, turn, event, n_bytes, reason);
  if (strcmp (name, "turn-end") == 0)
    return apply_end (state, turn, event, n_bytes, reason);
  if (turn->deleted == (strcmp (name, "turn-delete") == 0))
    {
      state->dead_bytes += n_bytes;
      return TRUE;
    }
  turn->deleted = !turn->deleted;
  state->dead_bytes += n_bytes;
  if (turn->deleted)
    state->dead_bytes += turn->live_bytes;
  else
    state->dead_bytes -= MIN (turn->live_bytes, state->dead_bytes);
  return TRUE;
}

static void
apply_title (QlSessionState *state, const json_t *event, gsize n_bytes)
{
  g_free (state->title);
  state->title = g_strdup (text_of (event, "title"));
  state->dead_bytes += state->title_bytes;
  state->title_bytes = n_bytes;
}

gboolean
ql_session_event_apply (QlSessionState *state, const json_t *event, gsize n_bytes, char **reason)
{
  static const char *const about_turns[] = { "words", "turn-end", "turn-delete", "turn-restore" };
  const char *name = text_of (event, "event");
  gint64 time_ms = ql_session_event_time (json_object_get (event, "time"));
  gboolean ok = TRUE, about_conversation = TRUE;

  if (name == NULL)
    {
      *reason = g_strdup (_ ("no event"));
      return FALSE;
    }
  if (strcmp (name, "picture") == 0)
    ok = apply_picture (state, event, n_bytes, reason);
  else if (strcmp (name, "turn-begin") == 0)
    ok = apply_begin (state, event, n_bytes, reason);
  else if (index_of (about_turns, G_N_ELEMENTS (about_turns), name) >= 0)
    ok = apply_to_turn (state, name, event, n_bytes, reason);
  else
    {
      about_conversation = FALSE;
      if (strcmp (name, "title") == 0)
        apply_title (state, event, n_bytes);
      else if (strcmp (name, "deleted") == 0 || strcmp (name, "undeleted") == 0)
        {
          state->deleted = *name == 'd';
          state->deleted_ms = state->deleted ? time_ms : 0;
          state->dead_bytes += n_bytes;
        }
      else
        state->n_unknown++;
    }
  if (ok && about_conversation)
    state->changed_ms = MAX (state->changed_ms, time_ms);
  return ok;
}

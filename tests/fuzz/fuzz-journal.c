/*
 * Journals. Whatever the bytes: no crash, what is read keeps the promises of session-state.h,
 * and written again it says the same.
 */

#include <math.h>
#include <string.h>

#include "app/session-dirs.h"
#include "app/session-read.h"
#include "app/session-write.h"
#include "tests/fuzz/fuzz.h"

static void
check_text (const char *text)
{
  check (text == NULL || g_utf8_validate (text, -1, NULL));
}

static void
check_picture (const QlSavedPicture *picture)
{
  g_autofree char *path = picture->uri != NULL ? g_filename_from_uri (picture->uri, NULL, NULL) : NULL;

  check_text (picture->name);
  check ((path != NULL) == (picture->uri != NULL));
  check (picture->copy == NULL || strchr (picture->copy, '/') == NULL);
  check (picture->sha256 == NULL || strlen (picture->sha256) == 64);
  check (picture->size_bytes >= 0 && picture->mtime_us >= 0 && picture->width >= 0 && picture->height >= 0);
}

static void
check_turn (const QlSavedTurn *turn, guint last_id)
{
  check (turn->id > last_id && turn->id <= QL_SESSION_MAX_TURN_ID && turn->text != NULL);
  check_text (turn->question);
  check_text (turn->prompt);
  check_text (turn->text);
  check_text (turn->error);
  check (turn->begin_ms >= 0 && turn->end_ms >= 0 && isfinite (turn->seconds));
  for (guint i = 0; turn->tokens != NULL && i < turn->tokens->len; i++)
    {
      const QlSavedToken *token = &g_array_index (turn->tokens, QlSavedToken, i);

      check (token->text != NULL && token->id >= -1 && token->probability >= 0 && token->probability <= 1);
    }
}

static void
check_state (const QlSessionState *state, gsize n_bytes)
{
  g_autofree char *title = ql_session_state_title (state);
  guint last_id = 0;

  check_text (title);
  check (strpbrk (title, "\r\n\t") == NULL);
  check (state->n_bytes <= n_bytes && state->dead_bytes <= state->n_bytes);
  check (state->has_header || state->n_events == 0);
  if (state->picture != NULL)
    check_picture (state->picture);
  for (guint i = 0; i < state->turns->len; i++)
    {
      const QlSavedTurn *turn = g_ptr_array_index (state->turns, i);

      check_turn (turn, last_id);
      check (ql_session_state_turn (state, turn->id) == turn);
      last_id = turn->id;
    }
  for (guint i = 0; i < state->complaints->len; i++)
    check_text (g_ptr_array_index (state->complaints, i));
}

static void
check_written_again (const QlSessionState *state)
{
  g_autoptr (GString) text = ql_session_state_to_text (state);
  g_autoptr (GError) error = NULL;
  g_autoptr (QlSessionState) again = ql_session_read_bytes (text->str, text->len, "again", &error);
  g_autofree char *title = ql_session_state_title (state), *title_again = NULL;

  check (again != NULL && again->n_unreadable == 0 && !again->cut_short);
  title_again = ql_session_state_title (again);
  check (strcmp (title, title_again) == 0);
  check (ql_session_state_n_turns (again) == ql_session_state_n_turns (state));
  check (ql_session_state_n_open (again) == ql_session_state_n_open (state));
  check (again->deleted == state->deleted);
}

int
LLVMFuzzerTestOneInput (const guint8 *bytes, gsize n_bytes)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QlSessionState) state = ql_session_read_bytes ((const char *) bytes, n_bytes, "fuzz", &error);

  check ((state == NULL) == (error != NULL));
  if (state == NULL)
    {
      check (error->domain == QL_SESSION_ERROR && g_utf8_validate (error->message, -1, NULL));
      return 0;
    }
  check_state (state, n_bytes);
  if (state->has_header)
    check_written_again (state);
  return 0;
}

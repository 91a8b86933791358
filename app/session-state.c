#include "app/session-state.h"

#include <math.h>

/* Enough for any row; a caption is shorter. */
#define MAX_TITLE_CHARS 200

/* clang-format off */
G_DEFINE_QUARK (ql-session-error-quark, ql_session_error)
/* clang-format on */

QlSavedPicture *
ql_saved_picture_copy (const QlSavedPicture *self)
{
  QlSavedPicture *copy = g_memdup2 (self, sizeof *self);

  copy->name = g_strdup (self->name);
  copy->uri = g_strdup (self->uri);
  copy->sha256 = g_strdup (self->sha256);
  copy->copy = g_strdup (self->copy);
  return copy;
}

void
ql_saved_picture_free (QlSavedPicture *self)
{
  if (self == NULL)
    return;
  g_free (self->name);
  g_free (self->uri);
  g_free (self->sha256);
  g_free (self->copy);
  g_free (self);
}

static void
choice_clear (gpointer data)
{
  QlSavedChoice *self = data;

  g_free (self->text);
}

static void
token_clear (gpointer data)
{
  QlSavedToken *self = data;

  g_free (self->text);
  g_clear_pointer (&self->choices, g_array_unref);
}

GArray *
ql_saved_choices_new (void)
{
  GArray *choices = g_array_new (FALSE, TRUE, sizeof (QlSavedChoice));

  g_array_set_clear_func (choices, choice_clear);
  return choices;
}

GArray *
ql_saved_tokens_new (void)
{
  GArray *tokens = g_array_new (FALSE, TRUE, sizeof (QlSavedToken));

  g_array_set_clear_func (tokens, token_clear);
  return tokens;
}

QlSavedTurn *
ql_saved_turn_new (void)
{
  QlSavedTurn *self = g_new0 (QlSavedTurn, 1);

  self->score = (double) NAN;
  self->text = g_strdup ("");
  return self;
}

void
ql_saved_turn_free (QlSavedTurn *self)
{
  if (self == NULL)
    return;
  g_free (self->question);
  g_free (self->prompt);
  g_free (self->settings);
  g_free (self->model_name);
  g_free (self->model_fingerprint);
  g_free (self->text);
  g_free (self->error);
  g_clear_pointer (&self->tokens, g_array_unref);
  g_free (self);
}

QlSessionState *
ql_session_state_new (void)
{
  QlSessionState *self = g_new0 (QlSessionState, 1);

  self->turns = g_ptr_array_new_with_free_func ((GDestroyNotify) ql_saved_turn_free);
  self->complaints = g_ptr_array_new_with_free_func (g_free);
  return self;
}

void
ql_session_state_free (QlSessionState *self)
{
  if (self == NULL)
    return;
  g_free (self->id);
  g_free (self->title);
  ql_saved_picture_free (self->picture);
  g_ptr_array_unref (self->turns);
  g_ptr_array_unref (self->complaints);
  g_free (self);
}

QlSavedTurn *
ql_session_state_turn (const QlSessionState *self, guint id)
{
  guint low = 0, high = self->turns->len;

  /* They are in the order of their ids: the reader sees to it. */
  while (low < high)
    {
      guint middle = low + (high - low) / 2;
      QlSavedTurn *turn = g_ptr_array_index (self->turns, middle);

      if (turn->id == id)
        return turn;
      if (turn->id < id)
        low = middle + 1;
      else
        high = middle;
    }
  return NULL;
}

guint
ql_session_state_next_turn (const QlSessionState *self)
{
  QlSavedTurn *last;

  if (self->turns->len == 0)
    return 1;
  last = g_ptr_array_index (self->turns, self->turns->len - 1);
  return last->id + 1;
}

guint
ql_session_state_n_turns (const QlSessionState *self)
{
  guint n = 0;

  for (guint i = 0; i < self->turns->len; i++)
    n += !((QlSavedTurn *) g_ptr_array_index (self->turns, i))->deleted;
  return n;
}

guint
ql_session_state_n_open (const QlSessionState *self)
{
  guint n = 0;

  for (guint i = 0; i < self->turns->len; i++)
    {
      const QlSavedTurn *turn = g_ptr_array_index (self->turns, i);
      n += !turn->deleted && turn->status == QL_SAVED_OPEN;
    }
  return n;
}

static char *
one_line (const char *text)
{
  g_autofree char *cut = g_utf8_substring (text, 0, MIN (g_utf8_strlen (text, -1), MAX_TITLE_CHARS));

  g_strdelimit (cut, "\n\r\t", ' ');
  return g_strdup (g_strstrip (cut));
}

char *
ql_session_state_title (const QlSessionState *self)
{
  const char *caption = NULL, *question = NULL;

  if (self->title != NULL && *self->title != '\0')
    return one_line (self->title);
  for (guint i = 0; i < self->turns->len; i++)
    {
      const QlSavedTurn *turn = g_ptr_array_index (self->turns, i);

      if (turn->deleted)
        continue;
      if (caption == NULL && turn->kind == QL_SAVED_DESCRIBE && *turn->text != '\0')
        caption = turn->text;
      if (question == NULL && turn->question != NULL && *turn->question != '\0')
        question = turn->question;
    }
  if (caption == NULL)
    caption = question;
  if (caption == NULL && self->picture != NULL)
    caption = self->picture->name;
  return caption != NULL ? one_line (caption) : g_strdup ("");
}

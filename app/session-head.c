#include "app/session-head.h"

#include <string.h>
#include <sys/stat.h>

#include <glib/gstdio.h>

#include "app/journal.h"
#include "app/text-fold.h"

/* Of one session; beyond it a search does not look. */
#define MAX_TEXT_BYTES (256 * 1024)

QlSessionHead *
ql_session_head_copy (const QlSessionHead *self)
{
  QlSessionHead *copy = g_memdup2 (self, sizeof *self);

  copy->id = g_strdup (self->id);
  copy->title = g_strdup (self->title);
  copy->text = g_strdup (self->text);
  copy->problem = g_strdup (self->problem);
  copy->picture = self->picture != NULL ? ql_saved_picture_copy (self->picture) : NULL;
  return copy;
}

void
ql_session_head_free (QlSessionHead *self)
{
  if (self == NULL)
    return;
  g_free (self->id);
  g_free (self->title);
  g_free (self->text);
  g_free (self->problem);
  ql_saved_picture_free (self->picture);
  g_free (self);
}

char *
ql_session_head_path (const QlSessionHead *self, const QlSessionDirs *dirs)
{
  g_autofree char *base = g_strconcat (self->id, self->deleted ? ".deleted" : ".jsonl", NULL);

  return g_build_filename (dirs->sessions, base, NULL);
}

static void
append_text (GString *text, const char *more)
{
  if (more != NULL && text->len + strlen (more) <= MAX_TEXT_BYTES)
    {
      g_string_append (text, more);
      g_string_append_c (text, '\n');
    }
}

static char *
text_of (const QlSessionState *state)
{
  g_autoptr (GString) text = g_string_new (NULL);

  append_text (text, state->title);
  append_text (text, state->picture != NULL ? state->picture->name : NULL);
  for (guint i = 0; i < state->turns->len; i++)
    {
      const QlSavedTurn *turn = g_ptr_array_index (state->turns, i);

      if (turn->deleted)
        continue;
      append_text (text, turn->question);
      append_text (text, turn->text);
    }
  return ql_text_fold (text->str);
}

static void
set_times (QlSessionHead *self, const struct stat *about)
{
  if (self->changed_ms == 0)
    self->changed_ms = (gint64) about->st_mtim.tv_sec * 1000;
  self->file_size = about->st_size;
  self->file_mtime_ns = (gint64) about->st_mtim.tv_sec * 1000000000 + about->st_mtim.tv_nsec;
}

void
ql_session_head_read (QlSessionHead *self, const QlSessionDirs *dirs)
{
  g_autofree char *path = ql_session_head_path (self, dirs);
  g_autoptr (GError) error = NULL;
  g_autoptr (QlSessionState) state = NULL;
  gboolean busy = FALSE;
  struct stat about;

  /* Before reading: if it grows meanwhile, the next look sees another size. */
  if (g_lstat (path, &about) == 0)
    set_times (self, &about);
  state = ql_journal_read (path, &busy, &error);
  self->is_read = TRUE;
  g_clear_pointer (&self->title, g_free);
  g_clear_pointer (&self->text, g_free);
  g_clear_pointer (&self->problem, g_free);
  g_clear_pointer (&self->picture, ql_saved_picture_free);
  if (state == NULL)
    {
      self->empty = g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
      self->title = g_strdup ("");
      self->text = g_strdup ("");
      self->problem = g_strdup (error->message);
      self->n_turns = self->n_open = 0;
      self->unfinished = self->damaged = FALSE;
      return;
    }
  self->title = ql_session_state_title (state);
  self->text = text_of (state);
  self->picture = g_steal_pointer (&state->picture);
  self->n_turns = ql_session_state_n_turns (state);
  self->empty = self->picture == NULL && state->turns->len == 0 && state->n_unreadable == 0;
  self->damaged = state->n_unreadable > 0;
  self->n_open = ql_session_state_n_open (state);
  self->unfinished = !busy && self->n_open > 0;
  if (state->changed_ms > 0)
    self->changed_ms = state->changed_ms;
  self->deleted_ms = state->deleted_ms;
}

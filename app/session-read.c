#include "app/session-read.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gi18n.h>

#include "app/session-dirs.h"
#include "app/session-event.h"

/* Enough to see what happened to the file. */
#define MAX_COMPLAINTS 20
#define HEADER_START "{\"format\":\"" QL_SESSION_FORMAT "\""

const char *const ql_session_kind_names[3] = { "describe", "question", "raw" };
const char *const ql_session_status_names[5] = { "open", "ended", "stopped", "failed", "interrupted" };
const QlSessionTiming ql_session_timings[QL_SESSION_N_TIMINGS] = {
  { "open", offsetof (QlSavedTimings, open) },       { "preprocess", offsetof (QlSavedTimings, preprocess) },
  { "vision", offsetof (QlSavedTimings, vision) },   { "qformer", offsetof (QlSavedTimings, qformer) },
  { "prefill", offsetof (QlSavedTimings, prefill) }, { "decode", offsetof (QlSavedTimings, decode) },
  { "total", offsetof (QlSavedTimings, total) },
};

static void
complain (QlSessionState *state, guint n_line, const char *reason)
{
  state->n_unreadable++;
  if (state->complaints->len < MAX_COMPLAINTS)
    g_ptr_array_add (state->complaints, g_strdup_printf (_ ("line %u: %s"), n_line, reason));
}

static void
set_too_large (GError **error, const char *name)
{
  g_set_error (error, QL_SESSION_ERROR, QL_SESSION_ERROR_TOO_LARGE,
               _ ("%s: larger than any session that Qlens writes (%d MB, %d events); it is left as it is"),
               name, (int) (QL_SESSION_MAX_FILE_BYTES >> 20), QL_SESSION_MAX_EVENTS);
}

/* Everything that can be made of a line: NULL with a reason where that is nothing. */
static json_t *
parse_line (const char *line, gsize n, char **reason)
{
  json_error_t problem;
  json_t *object;

  if (n > QL_SESSION_MAX_LINE_BYTES)
    {
      *reason = g_strdup (_ ("longer than 1 MB"));
      return NULL;
    }
  object = json_loadb (line, n, JSON_REJECT_DUPLICATES, &problem);
  if (object == NULL)
    /* Not the parser's own words: they may quote half a character. */
    *reason = g_strdup_printf (_ ("not JSON from column %d on"), problem.column);
  else if (!json_is_object (object))
    {
      *reason = g_strdup (_ ("not a JSON object"));
      g_clear_pointer (&object, json_decref);
    }
  return object;
}

/* @whole: the line has its end, so that it says what it was meant to say */
static gboolean
read_header (QlSessionState *state, const char *line, gsize n, gboolean whole, const char *name,
             GError **error)
{
  g_autofree char *reason = NULL;
  json_t *header = parse_line (line, n, &reason);
  const char *format = json_string_value (json_object_get (header, "format"));
  json_int_t version = json_integer_value (json_object_get (header, "version"));

  if (g_strcmp0 (format, QL_SESSION_FORMAT) == 0 && version > QL_SESSION_VERSION)
    g_set_error (
        error, QL_SESSION_ERROR, QL_SESSION_ERROR_NEWER,
        _ ("%s: written by a newer Qlens (format %lld); it is left as it is: update Qlens to read it"), name,
        (long long) version);
  else if (g_strcmp0 (format, QL_SESSION_FORMAT) == 0 && version == QL_SESSION_VERSION)
    {
      state->has_header = TRUE;
      state->id = g_strdup (json_string_value (json_object_get (header, "id")));
      state->created_ms = ql_session_event_time (json_object_get (header, "created"));
      state->changed_ms = state->created_ms;
    }
  else if (!whole && strncmp (HEADER_START, line, MIN (n, strlen (HEADER_START))) == 0)
    state->cut_short = TRUE;
  else
    g_set_error (error, QL_SESSION_ERROR, QL_SESSION_ERROR_NOT_A_SESSION,
                 _ ("%s: not a session of Qlens; it is left as it is"), name);
  json_decref (header);
  return state->has_header || state->cut_short;
}

static gboolean
read_event (QlSessionState *state, const char *line, gsize n, char **reason)
{
  json_t *event = parse_line (line, n, reason);
  gboolean ok = event != NULL && ql_session_event_apply (state, event, n + 1, reason);

  json_decref (event);
  return ok;
}

/* What is behind the last line's end. */
static void
read_rest (QlSessionState *state, const char *line, gsize n)
{
  g_autofree char *reason = NULL;

  if (read_event (state, line, n, &reason))
    {
      state->no_newline = TRUE;
      state->n_bytes += n;
      state->n_events++;
    }
  else
    state->cut_short = TRUE;
}

/* Of a new file, whose first line a crash cut short, nothing but zeros may have come to the disk. */
static gboolean
is_zeros (const char *bytes, gsize n)
{
  return n == 0 || (bytes[0] == '\0' && memcmp (bytes, bytes + 1, n - 1) == 0);
}

QlSessionState *
ql_session_read_bytes (const char *bytes, gsize n_bytes, const char *name, GError **error)
{
  g_autoptr (QlSessionState) state = ql_session_state_new ();
  const char *at, *end;
  guint n_line = 0;

  if (n_bytes > QL_SESSION_MAX_FILE_BYTES)
    {
      set_too_large (error, name);
      return NULL;
    }
  if (is_zeros (bytes, n_bytes))
    {
      state->cut_short = n_bytes > 0;
      return g_steal_pointer (&state);
    }
  at = bytes;
  end = bytes + n_bytes;
  while (at < end)
    {
      const char *stop = memchr (at, '\n', (gsize) (end - at));
      gsize n = (gsize) ((stop != NULL ? stop : end) - at);
      g_autofree char *reason = NULL;

      if (++n_line > QL_SESSION_MAX_EVENTS)
        {
          set_too_large (error, name);
          return NULL;
        }
      if (n_line == 1 && !read_header (state, at, n, stop != NULL, name, error))
        return NULL;
      if (n_line == 1)
        state->no_newline = stop == NULL && state->has_header;
      else if (stop == NULL)
        {
          read_rest (state, at, n);
          break;
        }
      else if (!read_event (state, at, n, &reason))
        complain (state, n_line, reason);
      else
        state->n_events++;
      if (stop == NULL)
        {
          state->n_bytes = state->has_header ? n : 0;
          break;
        }
      at = stop + 1;
      state->n_bytes = (gsize) (at - bytes);
    }
  return g_steal_pointer (&state);
}

QlSessionState *
ql_session_read_fd (int fd, const char *path, GError **error)
{
  g_autofree char *name = g_filename_display_basename (path);
  g_autofree char *bytes = NULL;
  struct stat about;
  gsize n = 0, n_bytes;

  if (fstat (fd, &about) != 0)
    {
      ql_set_errno_error (error, errno, path);
      return NULL;
    }
  if (!S_ISREG (about.st_mode))
    {
      g_set_error (error, QL_SESSION_ERROR, QL_SESSION_ERROR_NOT_A_SESSION,
                   _ ("%s: not a session of Qlens; it is left as it is"), name);
      return NULL;
    }
  if (about.st_size > (off_t) QL_SESSION_MAX_FILE_BYTES)
    {
      set_too_large (error, name);
      return NULL;
    }
  n_bytes = (gsize) about.st_size;
  bytes = g_try_malloc (n_bytes + 1);
  if (bytes == NULL)
    {
      ql_set_errno_error (error, ENOMEM, path);
      return NULL;
    }
  /* What is appended meanwhile is for the next reading. */
  while (n < n_bytes)
    {
      ssize_t got = pread (fd, bytes + n, n_bytes - n, (off_t) n);

      if (got < 0 && errno == EINTR)
        continue;
      if (got < 0)
        {
          ql_set_errno_error (error, errno, path);
          return NULL;
        }
      if (got == 0)
        break;
      n += (gsize) got;
    }
  return ql_session_read_bytes (bytes, n, name, error);
}

#include <string.h>
#include <sys/stat.h>

#include <glib/gstdio.h>
#include <jansson.h>

#include "app/session-event.h"
#include "app/session-head.h"
#include "app/session-write.h"

#define INDEX_START "{\"format\":\"qlens-session-index\",\"version\":1,\"program\":\"" QLENS_VERSION "\"}\n"
#define MAX_INDEX_BYTES ((goffset) 256 * 1024 * 1024)

static void
set_string (json_t *object, const char *key, const char *text)
{
  if (text != NULL)
    json_object_set_new (object, key, json_string (text));
}

static char *
line_of_head (const QlSessionHead *self)
{
  json_t *object = json_object ();
  char *dumped, *line;

  set_string (object, "id", self->id);
  json_object_set_new (object, "size", json_integer (self->file_size));
  json_object_set_new (object, "mtime_ns", json_integer (self->file_mtime_ns));
  set_string (object, "title", self->title);
  set_string (object, "text", self->text);
  if (self->picture != NULL)
    {
      /* As in a journal, so that one reader checks both. */
      g_autofree char *picture = ql_session_line_picture (self->picture);
      json_object_set_new (object, "picture", json_loads (picture, 0, NULL));
    }
  json_object_set_new (object, "n_turns", json_integer (self->n_turns));
  json_object_set_new (object, "changed", json_integer (self->changed_ms));
  json_object_set_new (object, "deleted", json_integer (self->deleted_ms));
  json_object_set_new (object, "empty", json_boolean (self->empty));
  dumped = json_dumps (object, JSON_COMPACT);
  line = g_strdup (dumped);
  free (dumped);
  json_decref (object);
  return line;
}

/* Returns: (nullable): what the line says; it is a cache, so that anything odd means nothing */
static QlSessionHead *
head_of_line (const char *line, gsize n)
{
  json_t *object = json_loadb (line, n, JSON_REJECT_DUPLICATES, NULL);
  const json_t *picture = json_object_get (object, "picture");
  const char *id = json_string_value (json_object_get (object, "id"));
  const char *title = json_string_value (json_object_get (object, "title"));
  const char *text = json_string_value (json_object_get (object, "text"));
  json_int_t n_turns = json_integer_value (json_object_get (object, "n_turns"));
  g_autoptr (QlSessionState) state = ql_session_state_new ();
  g_autofree char *reason = NULL;
  QlSessionHead *self = NULL;

  if (id != NULL && title != NULL && text != NULL && n_turns >= 0 && n_turns <= G_MAXINT32
      && (picture == NULL || ql_session_event_apply (state, picture, 0, &reason)))
    {
      self = g_new0 (QlSessionHead, 1);
      self->id = g_strdup (id);
      self->title = g_strdup (title);
      self->text = g_strdup (text);
      self->picture = g_steal_pointer (&state->picture);
      self->n_turns = (guint) n_turns;
      self->file_size = json_integer_value (json_object_get (object, "size"));
      self->file_mtime_ns = json_integer_value (json_object_get (object, "mtime_ns"));
      self->changed_ms = ql_session_event_time (json_object_get (object, "changed"));
      self->deleted_ms = ql_session_event_time (json_object_get (object, "deleted"));
      self->empty = json_is_true (json_object_get (object, "empty"));
      self->is_read = TRUE;
    }
  json_decref (object);
  return self;
}

/* Returns: (transfer full): of QlSessionHead by id */
static GHashTable *
load_index (const char *path)
{
  GHashTable *heads
      = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) ql_session_head_free);
  g_autofree char *bytes = NULL;
  struct stat about;
  gsize n_bytes;
  const char *at, *stop;

  if (g_stat (path, &about) != 0 || !S_ISREG (about.st_mode) || about.st_size > MAX_INDEX_BYTES
      || !g_file_get_contents (path, &bytes, &n_bytes, NULL) || !g_str_has_prefix (bytes, INDEX_START))
    return heads;
  for (at = bytes + strlen (INDEX_START); (stop = strchr (at, '\n')) != NULL; at = stop + 1)
    {
      QlSessionHead *head = head_of_line (at, (gsize) (stop - at));

      if (head != NULL)
        g_hash_table_replace (heads, head->id, head);
    }
  return heads;
}

static QlSessionHead *
head_of_file (const QlSessionDirs *dirs, const char *name, GHashTable *index)
{
  gboolean deleted = g_str_has_suffix (name, ".deleted");
  const char *dot = strchr (name, '.');
  g_autofree char *id = dot != NULL ? g_strndup (name, (gsize) (dot - name)) : NULL;
  g_autofree char *path = g_build_filename (dirs->sessions, name, NULL);
  gint64 mtime_ns;
  const QlSessionHead *known;
  QlSessionHead *self;
  struct stat about;

  if (id == NULL || !ql_session_id_is_valid (id) || strcmp (dot, deleted ? ".deleted" : ".jsonl") != 0
      || g_lstat (path, &about) != 0 || !S_ISREG (about.st_mode))
    return NULL;
  mtime_ns = (gint64) about.st_mtim.tv_sec * 1000000000 + about.st_mtim.tv_nsec;
  known = g_hash_table_lookup (index, id);
  if (known != NULL && known->file_size == about.st_size && known->file_mtime_ns == mtime_ns)
    self = ql_session_head_copy (known);
  else
    {
      self = g_new0 (QlSessionHead, 1);
      self->id = g_steal_pointer (&id);
      self->title = g_strdup ("");
      self->text = g_strdup ("");
      self->file_size = about.st_size;
      self->file_mtime_ns = mtime_ns;
      self->changed_ms = mtime_ns / 1000000;
    }
  self->deleted = deleted;
  return self;
}

GPtrArray *
ql_session_heads_list (const QlSessionDirs *dirs)
{
  GPtrArray *heads = g_ptr_array_new_with_free_func ((GDestroyNotify) ql_session_head_free);
  g_autoptr (GHashTable) index = load_index (dirs->index);
  GDir *dir = g_dir_open (dirs->sessions, 0, NULL);

  for (const char *name; dir != NULL && (name = g_dir_read_name (dir)) != NULL;)
    {
      QlSessionHead *head = head_of_file (dirs, name, index);

      if (head != NULL)
        g_ptr_array_add (heads, head);
    }
  g_clear_pointer (&dir, g_dir_close);
  return heads;
}

void
ql_session_heads_save (const QlSessionDirs *dirs, const GPtrArray *heads)
{
  g_autoptr (GString) text = g_string_new (INDEX_START);
  g_autofree char *folder = g_path_get_dirname (dirs->index);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < heads->len; i++)
    {
      const QlSessionHead *head = g_ptr_array_index (heads, i);
      g_autofree char *line = NULL;

      /* What may be otherwise next time, though the file is the same, is read again then. */
      if (!head->is_read || head->problem != NULL || head->damaged || head->n_open > 0)
        continue;
      line = line_of_head (head);
      g_string_append (text, line);
      g_string_append_c (text, '\n');
    }
  if (!ql_session_dirs_make (folder, &error)
      || !g_file_set_contents_full (dirs->index, text->str, (gssize) text->len,
                                    G_FILE_SET_CONTENTS_CONSISTENT, 0600, &error))
    g_debug ("%s", error->message);
}

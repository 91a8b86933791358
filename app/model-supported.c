#include "app/model-supported.h"

#include <string.h>

#include <glib/gi18n.h>
#include <jansson.h>

#define NAME "SUPPORTED.json"
#define MAX_FILE_BYTES (256 * 1024)
#define MAX_WORDS 300 /* a group */
#define MAX_WORD_BYTES 60

/* Kinds of things, in the order in which they are told. */
static const struct
{
  const char *kind, *title;
} kinds[] = {
  { "animal", N_ ("Animals") },   { "plant", N_ ("Plants") },   { "food", N_ ("Food") },
  { "vehicle", N_ ("Vehicles") }, { "object", N_ ("Objects") }, { "shape", N_ ("Shapes") },
  { "place", N_ ("Buildings") },  { "nature", N_ ("Sky") },     { NULL, N_ ("Other things") },
};

/* Lists of words. */
static const struct
{
  const char *key, *title;
} lists[] = {
  { "colours", N_ ("Colours") },
  { "counts", N_ ("Numbers") },
  { "positions", N_ ("Where in the picture") },
  { "relations", N_ ("How things lie") },
  { "backgrounds", N_ ("Backgrounds") },
};

static void
group_free (gpointer data)
{
  QlSupportedGroup *group = data;

  g_free (group->title);
  g_ptr_array_unref (group->words);
  g_free (group);
}

static QlSupportedGroup *
group_of (GPtrArray *groups, const char *title)
{
  QlSupportedGroup *group;

  for (guint i = 0; i < groups->len; i++)
    {
      group = groups->pdata[i];
      if (strcmp (group->title, title) == 0)
        return group;
    }
  group = g_new0 (QlSupportedGroup, 1);
  group->title = g_strdup (title);
  group->words = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (groups, group);
  return group;
}

/* Words that could be mistaken for something else are left out. */
static gboolean
is_word (const char *word)
{
  if (word == NULL || *word == '\0' || strlen (word) > MAX_WORD_BYTES)
    return FALSE;
  for (const char *at = word; *at != '\0'; at = g_utf8_next_char (at))
    if (!g_unichar_isprint (g_utf8_get_char (at)))
      return FALSE;
  return TRUE;
}

static void
add_word (GPtrArray *groups, const char *title, const char *word)
{
  QlSupportedGroup *group;

  if (!is_word (word))
    return;
  group = group_of (groups, title);
  if (group->words->len < MAX_WORDS)
    g_ptr_array_add (group->words, g_strdup (word));
}

/* Of a kind; with %NULL, of those that have no group of their own. */
static gboolean
is_of_kind (json_t *noun, const char *wanted)
{
  const char *kind = json_string_value (json_object_get (noun, "kind"));

  if (wanted != NULL)
    return g_strcmp0 (kind, wanted) == 0;
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (kinds[i].kind != NULL && g_strcmp0 (kind, kinds[i].kind) == 0)
      return FALSE;
  return TRUE;
}

static void
add_nouns (GPtrArray *groups, json_t *nouns)
{
  json_t *noun;
  size_t i;

  for (gsize k = 0; k < G_N_ELEMENTS (kinds); k++)
    json_array_foreach (nouns, i, noun)
    {
      if (is_of_kind (noun, kinds[k].kind))
        add_word (groups, _ (kinds[k].title), json_string_value (json_object_get (noun, "name")));
    }
}

GPtrArray *
ql_model_supported_parse (const char *text, gsize n_bytes)
{
  g_autoptr (GPtrArray) groups = g_ptr_array_new_with_free_func (group_free);
  json_t *root = n_bytes <= MAX_FILE_BYTES ? json_loadb (text, n_bytes, JSON_REJECT_DUPLICATES, NULL) : NULL;

  add_nouns (groups, json_object_get (root, "nouns"));
  for (gsize l = 0; l < G_N_ELEMENTS (lists); l++)
    {
      json_t *word;
      size_t i;

      json_array_foreach (json_object_get (root, lists[l].key), i, word)
          add_word (groups, _ (lists[l].title), json_string_value (word));
    }
  json_decref (root);
  return groups->len > 0 ? g_steal_pointer (&groups) : NULL;
}

/* Not more than is of use, whatever lies there. */
static GBytes *
read_bounded (const char *path, GCancellable *cancellable)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GFileInfo) info
      = g_file_query_info (file, G_FILE_ATTRIBUTE_STANDARD_TYPE, G_FILE_QUERY_INFO_NONE, cancellable, NULL);
  g_autoptr (GFileInputStream) stream = NULL;
  g_autofree char *bytes = g_malloc (MAX_FILE_BYTES + 1);
  gsize n_bytes = 0;

  /* opening a pipe would wait for who writes into it */
  if (info == NULL || g_file_info_get_file_type (info) != G_FILE_TYPE_REGULAR)
    return NULL;
  stream = g_file_read (file, cancellable, NULL);
  if (stream == NULL
      || !g_input_stream_read_all (G_INPUT_STREAM (stream), bytes, MAX_FILE_BYTES + 1, &n_bytes, cancellable,
                                   NULL))
    return NULL;
  return g_bytes_new (bytes, n_bytes);
}

static void
load_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  g_autofree char *path = g_build_filename (data, NAME, NULL);
  g_autoptr (GBytes) bytes = read_bounded (path, cancellable);
  GPtrArray *groups = NULL;

  if (bytes != NULL)
    groups = ql_model_supported_parse (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  g_task_return_pointer (task, groups, (GDestroyNotify) g_ptr_array_unref);
}

void
ql_model_supported_load_async (const char *dir, GCancellable *cancellable, GAsyncReadyCallback callback,
                               gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, data);

  g_task_set_source_tag (task, ql_model_supported_load_async);
  g_task_set_task_data (task, g_strdup (dir), g_free);
  g_task_run_in_thread (task, load_thread);
}

GPtrArray *
ql_model_supported_load_finish (GAsyncResult *result)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, ql_model_supported_load_async), NULL);
  return g_task_propagate_pointer (G_TASK (result), NULL);
}

#include "app/lesson.h"

#include <glib/gi18n.h>
#include <stdlib.h>
#include <string.h>

#include "app/paths.h"

#define SUFFIX ".lesson"
#define MAX_TITLE_BYTES 300
#define MAX_SETTINGS 40

struct QlLesson
{
  gatomicrefcount ref_count;
  GKeyFile *file; /* with all languages */
  char *dir; /* nullable */
  char *id;
  char *title, *summary, *author, *picture, *trace;
  int minutes;
  QlLessonModel model;
  GPtrArray *steps; /* of QlLessonStep */
};

static const char *const models[] = { "generate", "match", "none" };

static const char *const head_keys[]
    = { "Format", "Title", "Summary", "Author", "Minutes", "Picture", "Trace", "Model", NULL };
static const char *const step_keys[]
    = { "Title", "Text", "Task", "Hint", "Done", "Set", "Solve", "Lock", "Check", "Needs", NULL };
/* Those that are in words. */
static const char *const head_texts[] = { "Title", "Summary", NULL };
static const char *const step_texts[] = { "Title", "Text", "Task", "Hint", "Done", NULL };

static void
step_free (gpointer data)
{
  QlLessonStep *self = data;

  g_free (self->title);
  g_free (self->text);
  g_free (self->task);
  g_free (self->hint);
  g_free (self->done);
  g_free (self->needs);
  g_ptr_array_unref (self->set);
  g_ptr_array_unref (self->solve);
  g_clear_pointer (&self->check, ql_lesson_check_free);
  g_free (self);
}

QlLesson *
ql_lesson_ref (QlLesson *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
ql_lesson_unref (QlLesson *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  g_key_file_unref (self->file);
  g_free (self->dir);
  g_free (self->id);
  g_free (self->title);
  g_free (self->summary);
  g_free (self->author);
  g_free (self->picture);
  g_free (self->trace);
  g_ptr_array_unref (self->steps);
  g_free (self);
}

/* ---- reading ---- */

typedef struct
{
  QlLesson *lesson;
  const char *language;
  const char *group;
  GError **error;
} Reader;

/* Says where. Returns: FALSE */
static gboolean
fail (Reader *self, const char *key, QlLessonError code, const char *message)
{
  if (key != NULL)
    g_set_error (self->error, QL_LESSON_ERROR, code, "[%s] %s: %s", self->group, key, message);
  else
    g_set_error (self->error, QL_LESSON_ERROR, code, "[%s]: %s", self->group, message);
  return FALSE;
}

/* A text of one language, or one that has none. @value: (out): NULL where the key is not there */
static gboolean
read_text (Reader *self, const char *key, gsize most, gboolean needed, char **value)
{
  g_autoptr (GError) error = NULL;
  GKeyFile *file = self->lesson->file;

  *value = g_key_file_get_locale_string (file, self->group, key, self->language, &error);
  if (g_error_matches (error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_KEY_NOT_FOUND))
    return !needed || fail (self, key, QL_LESSON_ERROR_FORMAT, _ ("is missing"));
  if (*value == NULL)
    return fail (self, key, QL_LESSON_ERROR_FORMAT, error->message);
  if (strlen (*value) > most)
    return fail (self, key, QL_LESSON_ERROR_LIMIT, _ ("is too long"));
  g_strstrip (*value);
  if (**value == '\0')
    return fail (self, key, QL_LESSON_ERROR_FORMAT, _ ("is empty"));
  return TRUE;
}

/* "Title" of "Title[de]" */
static char *
bare_key (const char *key)
{
  return g_strndup (key, strcspn (key, "["));
}

/* Misspelt keys would say nothing, silently. */
static gboolean
check_keys (Reader *self, const char *const *known)
{
  g_auto (GStrv) keys = g_key_file_get_keys (self->lesson->file, self->group, NULL, NULL);

  for (int i = 0; keys != NULL && keys[i] != NULL; i++)
    {
      g_autofree char *bare = bare_key (keys[i]);

      if (!g_strv_contains (known, bare))
        return fail (self, keys[i], QL_LESSON_ERROR_FORMAT, _ ("there is no such key"));
    }
  return TRUE;
}

static gboolean
read_settings (Reader *self, const char *key, GPtrArray *settings)
{
  g_autoptr (GError) error = NULL;
  gsize n = 0;
  g_auto (GStrv) list = g_key_file_get_string_list (self->lesson->file, self->group, key, &n, &error);

  if (list == NULL)
    return g_error_matches (error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_KEY_NOT_FOUND)
           || fail (self, key, QL_LESSON_ERROR_FORMAT, error->message);
  if (n > MAX_SETTINGS)
    return fail (self, key, QL_LESSON_ERROR_LIMIT, _ ("has too many entries"));
  for (gsize i = 0; i < n; i++)
    {
      QlLessonSetting *setting = ql_lesson_setting_parse (list[i], &error);

      if (setting == NULL)
        return fail (self, key, QL_LESSON_ERROR_STATE, error->message);
      g_ptr_array_add (settings, setting);
    }
  return TRUE;
}

static gboolean
read_locks (Reader *self, guint *locks)
{
  gsize n = 0;
  g_auto (GStrv) list = g_key_file_get_string_list (self->lesson->file, self->group, "Lock", &n, NULL);

  for (gsize i = 0; i < n; i++)
    {
      int lock = ql_lesson_lock_find (g_strstrip (list[i]));
      g_autofree char *message = NULL;

      if (lock < 0)
        {
          message = g_strdup_printf (_ ("there is nothing of the name “%s” to be locked"), list[i]);
          return fail (self, "Lock", QL_LESSON_ERROR_STATE, message);
        }
      *locks |= 1u << lock;
    }
  return TRUE;
}

static gboolean
read_check (Reader *self, QlLessonStep *step)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  if (!read_text (self, "Check", QL_LESSON_CHECK_MAX_BYTES, FALSE, &text))
    return FALSE;
  if (text == NULL)
    return TRUE;
  step->check = ql_lesson_check_parse (text, &error);
  return step->check != NULL || fail (self, "Check", (QlLessonError) error->code, error->message);
}

static gboolean
read_step (Reader *self)
{
  QlLessonStep *step = g_new0 (QlLessonStep, 1);

  step->set = g_ptr_array_new_with_free_func ((GDestroyNotify) ql_lesson_setting_free);
  step->solve = g_ptr_array_new_with_free_func ((GDestroyNotify) ql_lesson_setting_free);
  g_ptr_array_add (self->lesson->steps, step);
  return check_keys (self, step_keys) && read_text (self, "Title", MAX_TITLE_BYTES, TRUE, &step->title)
         && read_text (self, "Text", QL_LESSON_MAX_TEXT_BYTES, TRUE, &step->text)
         && read_text (self, "Task", QL_LESSON_MAX_TEXT_BYTES, FALSE, &step->task)
         && read_text (self, "Hint", QL_LESSON_MAX_TEXT_BYTES, FALSE, &step->hint)
         && read_text (self, "Done", QL_LESSON_MAX_TEXT_BYTES, FALSE, &step->done)
         && read_text (self, "Needs", MAX_TITLE_BYTES, FALSE, &step->needs)
         && read_settings (self, "Set", step->set) && read_settings (self, "Solve", step->solve)
         && read_locks (self, &step->locks) && read_check (self, step);
}

static gboolean
is_step (const char *group)
{
  return g_str_has_prefix (group, "Step ");
}

static gboolean
read_steps (Reader *self)
{
  g_auto (GStrv) groups = g_key_file_get_groups (self->lesson->file, NULL);
  int n = 0;

  for (int i = 0; groups[i] != NULL; i++)
    {
      g_autofree char *expected = g_strdup_printf ("Step %d", n + 1);

      if (g_str_equal (groups[i], "Lesson"))
        continue;
      self->group = groups[i];
      if (!is_step (groups[i]))
        return fail (self, NULL, QL_LESSON_ERROR_FORMAT, _ ("there is no such group"));
      if (++n > QL_LESSON_MAX_STEPS)
        return fail (self, NULL, QL_LESSON_ERROR_LIMIT, _ ("that are too many steps"));
      if (!g_str_equal (groups[i], expected))
        return fail (self, NULL, QL_LESSON_ERROR_FORMAT,
                     _ ("steps are to be counted from 1, in the order of the file"));
      if (!read_step (self))
        return FALSE;
    }
  self->group = "Lesson";
  return n > 0 || fail (self, NULL, QL_LESSON_ERROR_FORMAT, _ ("it has no steps"));
}

/* A file's name and no way elsewhere. */
static gboolean
read_name (Reader *self, const char *key, char **value)
{
  if (!read_text (self, key, 200, FALSE, value))
    return FALSE;
  if (*value != NULL && (strchr (*value, G_DIR_SEPARATOR) != NULL || (*value)[0] == '.'))
    return fail (self, key, QL_LESSON_ERROR_FORMAT, _ ("is to be a file's name, without a folder"));
  return TRUE;
}

static gboolean
read_model (Reader *self)
{
  QlLesson *lesson = self->lesson;
  g_autofree char *model = NULL;

  if (!read_text (self, "Model", 20, FALSE, &model))
    return FALSE;
  for (guint i = 0; model != NULL; i++)
    {
      if (i == G_N_ELEMENTS (models))
        return fail (self, "Model", QL_LESSON_ERROR_FORMAT, _ ("is to be generate, match or none"));
      lesson->model = (QlLessonModel) i;
      if (g_str_equal (models[i], model))
        break;
    }
  if (lesson->picture == NULL && lesson->trace == NULL)
    return fail (self, "Picture", QL_LESSON_ERROR_FORMAT, _ ("there must be a picture, or a trace"));
  if (lesson->model == QL_LESSON_MODEL_NONE && lesson->trace == NULL)
    return fail (self, "Trace", QL_LESSON_ERROR_FORMAT, _ ("without a model there must be a trace"));
  return TRUE;
}

static gboolean
read_head (Reader *self)
{
  QlLesson *lesson = self->lesson;
  int format;

  self->group = "Lesson";
  if (!g_key_file_has_group (lesson->file, "Lesson"))
    return fail (self, NULL, QL_LESSON_ERROR_FORMAT, _ ("is missing"));
  format = g_key_file_get_integer (lesson->file, "Lesson", "Format", NULL);
  if (format != QL_LESSON_FORMAT)
    return fail (self, "Format", QL_LESSON_ERROR_FORMAT,
                 format > QL_LESSON_FORMAT ? _ ("it is of a newer format than this program knows")
                                           : _ ("is to be 1"));
  if (!check_keys (self, head_keys) || !read_text (self, "Title", MAX_TITLE_BYTES, TRUE, &lesson->title)
      || !read_text (self, "Summary", 1000, TRUE, &lesson->summary)
      || !read_text (self, "Author", MAX_TITLE_BYTES, FALSE, &lesson->author)
      || !read_name (self, "Picture", &lesson->picture) || !read_name (self, "Trace", &lesson->trace))
    return FALSE;
  if (!g_key_file_has_key (lesson->file, "Lesson", "Minutes", NULL))
    return read_model (self);
  lesson->minutes = g_key_file_get_integer (lesson->file, "Lesson", "Minutes", NULL);
  if (lesson->minutes < 1 || lesson->minutes > 600)
    return fail (self, "Minutes", QL_LESSON_ERROR_FORMAT, _ ("is to be a number from 1 to 600"));
  return read_model (self);
}

QlLesson *
ql_lesson_parse (const char *bytes, gsize n_bytes, const char *dir, const char *id, const char *language,
                 GError **error)
{
  g_autoptr (QlLesson) self = g_new0 (QlLesson, 1);
  g_autoptr (GError) own = NULL;
  Reader reader = { .lesson = self, .language = language, .error = error };

  g_atomic_ref_count_init (&self->ref_count);
  self->file = g_key_file_new ();
  self->dir = g_strdup (dir);
  self->id = g_strdup (id);
  self->steps = g_ptr_array_new_with_free_func (step_free);
  if (n_bytes > QL_LESSON_MAX_BYTES || memchr (bytes, '\0', n_bytes) != NULL
      || !g_utf8_validate (bytes, (gssize) n_bytes, NULL))
    {
      g_set_error (error, QL_LESSON_ERROR,
                   n_bytes > QL_LESSON_MAX_BYTES ? QL_LESSON_ERROR_LIMIT : QL_LESSON_ERROR_FORMAT,
                   n_bytes > QL_LESSON_MAX_BYTES ? _ ("it is too long for a lesson")
                                                 : _ ("it is no UTF-8 text"));
      return NULL;
    }
  if (!g_key_file_load_from_data (self->file, bytes, n_bytes, G_KEY_FILE_KEEP_TRANSLATIONS, &own))
    {
      g_set_error_literal (error, QL_LESSON_ERROR, QL_LESSON_ERROR_FORMAT, own->message);
      return NULL;
    }
  if (!read_head (&reader) || !read_steps (&reader))
    return NULL;
  return g_steal_pointer (&self);
}

/* Not the whole of a file that is no lesson. */
static char *
read_file (const char *path, gsize *n_bytes, GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GFileInputStream) stream = g_file_read (file, NULL, error);
  g_autofree char *bytes = NULL;

  if (stream == NULL)
    return NULL;
  bytes = g_malloc (QL_LESSON_MAX_BYTES + 2);
  if (!g_input_stream_read_all (G_INPUT_STREAM (stream), bytes, QL_LESSON_MAX_BYTES + 1, n_bytes, NULL,
                                error))
    return NULL;
  bytes[*n_bytes] = '\0';
  return g_realloc (g_steal_pointer (&bytes), *n_bytes + 1);
}

QlLesson *
ql_lesson_load (const char *path, const char *language, GError **error)
{
  gsize n = 0;
  g_autofree char *bytes = read_file (path, &n, error);
  g_autofree char *dir = g_path_get_dirname (path);
  g_autofree char *id = g_path_get_basename (path);

  if (bytes == NULL)
    return NULL;
  if (g_str_has_suffix (id, SUFFIX))
    id[strlen (id) - strlen (SUFFIX)] = '\0';
  return ql_lesson_parse (bytes, n, dir, id, language, error);
}

/* ---- asking ---- */

const char *
ql_lesson_get_id (QlLesson *self)
{
  return self->id;
}

const char *
ql_lesson_get_title (QlLesson *self)
{
  return self->title;
}

const char *
ql_lesson_get_summary (QlLesson *self)
{
  return self->summary;
}

const char *
ql_lesson_get_author (QlLesson *self)
{
  return self->author;
}

int
ql_lesson_get_minutes (QlLesson *self)
{
  return self->minutes;
}

QlLessonModel
ql_lesson_get_model (QlLesson *self)
{
  return self->model;
}

const char *
ql_lesson_get_picture (QlLesson *self)
{
  return self->picture;
}

const char *
ql_lesson_get_trace (QlLesson *self)
{
  return self->trace;
}

static char *
find_beside (QlLesson *self, const char *name)
{
  g_autofree char *path = name != NULL && self->dir != NULL ? g_build_filename (self->dir, name, NULL) : NULL;

  return path != NULL && g_file_test (path, G_FILE_TEST_IS_REGULAR) ? g_steal_pointer (&path) : NULL;
}

char *
ql_lesson_find_picture (QlLesson *self)
{
  char *path = find_beside (self, self->picture);
  g_autofree char *relative
      = self->picture != NULL ? g_build_filename ("samples", self->picture, NULL) : NULL;

  return path != NULL || relative == NULL ? path : ql_paths_data (relative);
}

char *
ql_lesson_find_trace (QlLesson *self)
{
  return find_beside (self, self->trace);
}

int
ql_lesson_get_n_steps (QlLesson *self)
{
  return (int) self->steps->len;
}

const QlLessonStep *
ql_lesson_get_step (QlLesson *self, int step)
{
  return g_ptr_array_index (self->steps, step);
}

/* ---- before it is handed out ---- */

static void
collect_languages (QlLesson *self, const char *group, GHashTable *found)
{
  g_auto (GStrv) keys = g_key_file_get_keys (self->file, group, NULL, NULL);

  for (int i = 0; keys != NULL && keys[i] != NULL; i++)
    {
      const char *open = strchr (keys[i], '['), *close = open != NULL ? strchr (open, ']') : NULL;

      if (close != NULL)
        g_hash_table_add (found, g_strndup (open + 1, (gsize) (close - open - 1)));
    }
}

static int
compare_names (const void *a, const void *b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

GStrv
ql_lesson_get_languages (QlLesson *self)
{
  g_autoptr (GHashTable) found = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_auto (GStrv) groups = g_key_file_get_groups (self->file, NULL);
  g_autofree char **names = NULL;
  guint n;

  for (int i = 0; groups[i] != NULL; i++)
    collect_languages (self, groups[i], found);
  names = (char **) g_hash_table_get_keys_as_array (found, &n);
  qsort (names, n, sizeof *names, compare_names);
  return g_strdupv (names);
}

static void
review_texts (QlLesson *self, const char *group, const char *const *texts, const char *const *languages,
              GPtrArray *complaints)
{
  for (int i = 0; texts[i] != NULL; i++)
    for (int j = 0; languages[j] != NULL; j++)
      {
        g_autofree char *key = g_strdup_printf ("%s[%s]", texts[i], languages[j]);

        if (g_key_file_has_key (self->file, group, texts[i], NULL)
            && !g_key_file_has_key (self->file, group, key, NULL))
          /* Translators: a group of a file, a key of it. */
          g_ptr_array_add (complaints, g_strdup_printf (_ ("[%s] %s: is missing"), group, key));
      }
}

static void
review_step (QlLesson *self, int nth, GPtrArray *complaints)
{
  const QlLessonStep *step = ql_lesson_get_step (self, nth);

  if (step->check == NULL)
    return;
  if (step->task == NULL)
    g_ptr_array_add (complaints, g_strdup_printf (_ ("[Step %d]: a check without Task="), nth + 1));
  if (step->hint == NULL)
    g_ptr_array_add (complaints, g_strdup_printf (_ ("[Step %d]: a check without Hint="), nth + 1));
  if (step->solve->len == 0)
    g_ptr_array_add (complaints, g_strdup_printf (_ ("[Step %d]: a check without Solve="), nth + 1));
}

GPtrArray *
ql_lesson_review (QlLesson *self, const char *const *languages)
{
  GPtrArray *complaints = g_ptr_array_new_with_free_func (g_free);
  g_auto (GStrv) own = ql_lesson_get_languages (self);
  g_autofree char *picture = ql_lesson_find_picture (self), *trace = ql_lesson_find_trace (self);

  if (languages == NULL)
    languages = (const char *const *) own;
  review_texts (self, "Lesson", head_texts, languages, complaints);
  for (int i = 0; i < ql_lesson_get_n_steps (self); i++)
    {
      g_autofree char *group = g_strdup_printf ("Step %d", i + 1);

      review_texts (self, group, step_texts, languages, complaints);
      review_step (self, i, complaints);
    }
  if (self->picture != NULL && picture == NULL)
    g_ptr_array_add (complaints,
                     g_strdup_printf (_ ("[Lesson] Picture: there is no “%s” beside the lesson, nor "
                                         "among the samples"),
                                      self->picture));
  if (self->trace != NULL && trace == NULL)
    g_ptr_array_add (complaints,
                     g_strdup_printf (_ ("[Lesson] Trace: there is no “%s” beside the lesson"), self->trace));
  return complaints;
}

/* ---- those that there are ---- */

static int
compare_ids (const void *a, const void *b)
{
  QlLesson *x = *(QlLesson *const *) a, *y = *(QlLesson *const *) b;

  return g_strcmp0 (x->id, y->id);
}

static void
add_folder (GPtrArray *lessons, const char *dir, const char *language, GPtrArray *complaints)
{
  g_autoptr (GDir) listing = dir != NULL ? g_dir_open (dir, 0, NULL) : NULL;
  g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func ((GDestroyNotify) ql_lesson_unref);
  const char *name;

  while (listing != NULL && (name = g_dir_read_name (listing)) != NULL)
    {
      g_autofree char *path = g_build_filename (dir, name, NULL);
      g_autoptr (GError) error = NULL;
      QlLesson *lesson = g_str_has_suffix (name, SUFFIX) ? ql_lesson_load (path, language, &error) : NULL;

      if (lesson != NULL)
        g_ptr_array_add (found, lesson);
      else if (error != NULL)
        g_ptr_array_add (complaints, g_strdup_printf ("%s: %s", path, error->message));
    }
  g_ptr_array_sort (found, compare_ids);
  g_ptr_array_extend_and_steal (lessons, g_steal_pointer (&found));
}

GPtrArray *
ql_lessons_load (const char *language, GPtrArray **complaints)
{
  GPtrArray *lessons = g_ptr_array_new_with_free_func ((GDestroyNotify) ql_lesson_unref);
  g_autoptr (GPtrArray) own = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *shipped = ql_paths_data ("lessons");
  g_autofree char *added = g_build_filename (g_get_user_data_dir (), "qlens", "lessons", NULL);

  add_folder (lessons, shipped, language, own);
  add_folder (lessons, added, language, own);
  if (complaints != NULL)
    *complaints = g_steal_pointer (&own);
  return lessons;
}

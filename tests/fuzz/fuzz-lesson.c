/*
 * Lessons. Whatever the bytes: no crash, a message in UTF-8 or a lesson within its limits; its settings say the same when they
 * are written and read again. The same bytes are tried as a predicate, too.
 */

#include <string.h>

#include "app/lesson.h"
#include "tests/fuzz/fuzz.h"

static void
check_error (gconstpointer result, const GError *error)
{
  check ((result == NULL) == (error != NULL));
  check (error == NULL || (error->domain == QL_LESSON_ERROR && g_utf8_validate (error->message, -1, NULL)));
}

static void
check_settings (const GPtrArray *settings)
{
  for (guint i = 0; i < settings->len; i++)
    {
      g_autofree char *text = ql_lesson_setting_to_text (settings->pdata[i]), *again = NULL;
      QlLessonSetting *copy = ql_lesson_setting_parse (text, NULL);

      check (copy != NULL);
      again = ql_lesson_setting_to_text (copy);
      check (strcmp (text, again) == 0);
      ql_lesson_setting_free (copy);
    }
}

static void
check_lesson (QlLesson *lesson)
{
  g_autoptr (GPtrArray) complaints = ql_lesson_review (lesson, NULL);

  check (ql_lesson_get_n_steps (lesson) >= 1 && ql_lesson_get_n_steps (lesson) <= QL_LESSON_MAX_STEPS);
  check (ql_lesson_get_picture (lesson) == NULL || strchr (ql_lesson_get_picture (lesson), '/') == NULL);
  check (ql_lesson_get_trace (lesson) == NULL || strchr (ql_lesson_get_trace (lesson), '/') == NULL);
  for (int i = 0; i < ql_lesson_get_n_steps (lesson); i++)
    {
      const QlLessonStep *step = ql_lesson_get_step (lesson, i);

      check (g_utf8_validate (step->text, -1, NULL) && strlen (step->text) <= QL_LESSON_MAX_TEXT_BYTES);
      check_settings (step->set);
      check_settings (step->solve);
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *given, gsize n_bytes)
{
  const guint8 *bytes = n_bytes > 0 ? given : (const guint8 *) "";
  g_autoptr (GError) error = NULL, check_failed = NULL;
  g_autoptr (QlLesson) lesson = ql_lesson_parse ((const char *) bytes, n_bytes, NULL, "fuzz", "de", &error);
  g_autofree char *text = g_strndup ((const char *) bytes, n_bytes);
  g_autoptr (QlLessonCheck) predicate = ql_lesson_check_parse (text, &check_failed);

  check_error (lesson, error);
  check_error (predicate, check_failed);
  if (lesson != NULL)
    check_lesson (lesson);
  return 0;
}

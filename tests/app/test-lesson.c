/* Lessons: their files and what is wrong with them; predicates; settings. */

#include <math.h>
#include <string.h>

#include "app/lesson-check-private.h"
#include "app/lesson-run.h"
#include "tests/app/lab-maker.h"

static QlEngineService *engine;
static QlLab *lab;

/* ---- predicates ---- */

static gboolean
holds (const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QlLessonCheck) check = ql_lesson_check_parse (text, &error);
  QlLessonScope scope = { .lab = lab };

  if (error != NULL)
    g_error ("%s: %s", text, error->message);
  return ql_lesson_check_eval (check, &scope);
}

static void
test_expressions (void)
{
  g_assert_true (holds ("true"));
  g_assert_false (holds ("false"));
  g_assert_true (holds ("1 + 2 * 3 == 7"));
  g_assert_true (holds ("(1 + 2) * 3 == 9"));
  g_assert_true (holds ("10 - 4 - 3 == 3"));
  g_assert_true (holds ("12 / 4 / 3 == 1"));
  g_assert_true (holds ("-2 * -3 == 6"));
  g_assert_true (holds ("20% == 0.2"));
  g_assert_true (holds ("not false and true"));
  g_assert_true (holds ("true or false and false"));
  g_assert_false (holds ("not (true or false)"));
  g_assert_true (holds ("near(1.05, 1, 0.1) and not near(1.2, 1, 0.1)"));
  g_assert_true (holds ("abs(-3) == 3 and min(1, 2) == 1 and max(1, 2) == 2"));
  g_assert_true (holds ("\"a\" == \"a\" and \"a\" != \"b\""));
  g_assert_true (holds ("1 <= 1 and 1 >= 1 and 1 < 2 and 2 > 1 and 1 != 2"));
  g_assert_true (holds ("  true\tand\n not false "));
}

/* What is not there is unknown, and no mistake makes it true. */
static void
test_unknown (void)
{
  ql_lab_set_trace (lab, NULL);
  g_assert_false (holds ("query == 0"));
  g_assert_false (holds ("not (query == 0)"));
  g_assert_false (holds ("query != 0"));
  g_assert_true (holds ("query == 0 or true"));
  g_assert_true (holds ("not (query == 0 and false)"));
  g_assert_false (holds ("1 / 0 == 1"));
  g_assert_false (holds ("1 / 0 != 1"));
  g_assert_false (holds ("page == \"chat\""));
  g_assert_false (holds ("page != \"chat\""));
  g_assert_false (holds ("not answer_is(\"a\")"));
}

static void
refused (const char *text, const char *part)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QlLessonCheck) check = ql_lesson_check_parse (text, &error);

  if (check != NULL)
    g_error ("“%s” was taken", text);
  g_assert_true (error->domain == QL_LESSON_ERROR);
  if (strstr (error->message, part) == NULL)
    g_error ("“%s” says “%s”, not “%s”", text, error->message, part);
}

static void
test_mistakes (void)
{
  refused ("", "character 1");
  refused ("query", "a truth is needed");
  refused ("query = 3", "character 7: “==”");
  refused ("query == 3 3", "character 12");
  refused ("quary == 3", "character 1: there is no “quary”");
  refused ("peak_colum == 3", "“peak_column” there is");
  refused ("true and peek() > 1", "character 10");
  refused ("overlap(0, 0, 1) > 0", "takes 4 values");
  refused ("overlap > 0", "needs brackets");
  refused ("value(1, 2, 3) > 0", "closing bracket");
  refused ("word_is(dog)", "no “dog”");
  refused ("word_is(\"dog)", "has no end");
  refused ("word_is(3)", "character 9: a text is needed");
  refused ("1.2.3 == 1", "no number");
  refused ("0x10 == 16", "no number");
  refused ("1e5 == 16", "no number");
  refused ("(true", "closing bracket");
  refused ("true)", "expected here");
  refused ("1 == true", "a number is needed");
  refused ("\"a\" < \"b\"", "a number is needed");
  refused ("true and 1", "a truth is needed");
  refused ("not 1", "a truth is needed");
  refused ("-true", "a number is needed");
  refused ("1 < 2 < 3", "expected here");
  refused ("é == 1", "character 1");
  refused ("true and é", "character 10");
  refused ("\xff", "UTF-8");
  refused ("andy", "no “andy”");
}

/* Time and stack are bounded. */
static void
test_hostile_checks (void)
{
  g_autofree char *deep = g_strnfill (900, '('), *minus = g_strnfill (900, '-'),
                  *long_one = g_strnfill (5000, '1');
  g_autoptr (GString) nots = g_string_new (NULL), sum = g_string_new ("1");

  for (int i = 0; i < 300; i++)
    g_string_append (nots, "not ");
  for (int i = 0; i < 900; i++)
    g_string_append (sum, "+1");
  g_string_append (sum, " == 901");
  refused (deep, "nested too deeply");
  refused (minus, "nested too deeply");
  refused (nots->str, "nested too deeply");
  refused (long_one, "longer than");
  g_assert_true (holds (sum->str)); /* long, but not deep */
}

/* Every function can be called, with and without a trace, and no argument hurts. */
static void
test_functions (void)
{
  static const char *const numbers[] = { "0", "-1", "3", "1000000000000", "0.5", "1/0" };
  guint n;
  const QlLessonFunction *functions = ql_lesson_functions (&n);
  g_autoptr (QlTrace) trace = lab_trace (lab_make (&lab_small));

  for (int round = 0; round < 2; round++)
    {
      ql_lab_set_trace (lab, round == 0 ? NULL : trace);
      for (guint i = 0; i < n; i++)
        for (guint j = 0; j < G_N_ELEMENTS (numbers); j++)
          {
            g_autoptr (GString) text = g_string_new (functions[i].name);
            g_autoptr (GError) error = NULL;
            g_autoptr (QlLessonCheck) check = NULL;
            QlLessonScope scope = { .lab = lab };

            g_string_append (text, *functions[i].args != '\0' ? "(" : "");
            for (const char *arg = functions[i].args; *arg != '\0'; arg++)
              g_string_append_printf (text, "%s%s", arg > functions[i].args ? ", " : "",
                                      *arg == 's' ? "\"a\"" : numbers[j]);
            g_string_append (text, *functions[i].args != '\0' ? ")" : "");
            if (functions[i].type == QL_LESSON_NUMBER)
              g_string_append (text, " == 1");
            else if (functions[i].type == QL_LESSON_TEXT)
              g_string_append (text, " == \"a\"");
            check = ql_lesson_check_parse (text->str, &error);
            g_assert_no_error (error);
            ql_lesson_check_eval (check, &scope);
          }
    }
  ql_lab_set_trace (lab, NULL);
}

static void
assert_number (const char *name, double wanted)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE], tolerance[] = "0.0000005";
  g_autofree char *text = NULL;

  g_ascii_formatd (number, sizeof number, "%.9f", fabs (wanted));
  text = g_strdup_printf ("near(%s, %s%s, %s)", name, wanted < 0 ? "-" : "", number, tolerance);
  if (!holds (text))
    g_error ("%s is not %s", name, number);
}

/* Live numbers are those of the map. */
static void
test_numbers (void)
{
  g_autoptr (QlTrace) trace = lab_trace (lab_make (&lab_small));
  QlMap *map;
  QlMapCell peak;
  QlMapBox box = { 0.25, 0, 0.5, 1 };
  g_autoptr (GArray) top = NULL;

  ql_lab_set_trace (lab, trace);
  ql_lab_set_key (lab, &(QlMapKey){ 1, 0, 1, QL_MAP_HEAD });
  ql_lab_set_patch (lab, 1, 0);
  map = ql_lab_get_map (lab);
  ql_map_get_peak (map, FALSE, &peak);
  assert_number ("query", 1);
  assert_number ("head", 1);
  assert_number ("column", 1);
  assert_number ("row", 0);
  assert_number ("columns", ql_trace_get_columns (trace));
  assert_number ("cls", ql_map_get_cls (map));
  assert_number ("cls()", ql_map_get_cls (map));
  assert_number ("value(column, row)", ql_map_get_value (map, 1, 0));
  assert_number ("ratio(column, row)", ql_map_get_ratio (map, 1, 0));
  assert_number ("entropy", ql_map_get_entropy (map));
  assert_number ("peak", peak.value);
  assert_number ("peak_column", peak.column);
  assert_number ("overlap(0.25, 0, 0.5, 1)", ql_map_get_overlap (map, &box));
  g_assert_true (holds ("method == \"head\""));
  ql_lab_set_method (lab, QL_MAP_HEAD_MEAN);
  assert_number ("head", -1);
  ql_lab_set_word (lab, 0);
  top = ql_trace_top_queries (trace, 0, QL_LM_MEAN, 1);
  assert_number ("top_query", g_array_index (top, QlQueryWeight, 0).query);
  assert_number ("word_weight(top_query)", g_array_index (top, QlQueryWeight, 0).weight);
  ql_lab_set_word (lab, -1);
  g_assert_false (holds ("word_weight(0) >= 0"));
  ql_lab_set_trace (lab, NULL);
}

static void
test_seen (void)
{
  g_autoptr (QlTrace) trace = lab_trace (lab_make (&lab_small));
  g_autoptr (QlLessonSeen) seen = ql_lesson_seen_new ();
  g_autoptr (QlLessonCheck) check = ql_lesson_check_parse ("seen_queries == 3 and seen_layers == 1", NULL);
  QlLessonScope scope = { .lab = lab, .seen = seen };

  ql_lab_set_trace (lab, trace);
  for (int i = 0; i < 6; i++)
    {
      ql_lab_set_query (lab, i % 3);
      ql_lesson_seen_add (seen, lab);
      g_assert_cmpint (ql_lesson_check_eval (check, &scope), ==, i >= 2);
    }
  ql_lesson_seen_clear (seen);
  g_assert_false (ql_lesson_check_eval (check, &scope));
  ql_lab_set_trace (lab, NULL);
}

/* ---- settings ---- */

static void
assert_setting (const char *text, const char *again)
{
  g_autoptr (GError) error = NULL;
  QlLessonSetting *setting = ql_lesson_setting_parse (text, &error);
  g_autofree char *written = NULL;

  g_assert_no_error (error);
  written = ql_lesson_setting_to_text (setting);
  g_assert_cmpstr (written, ==, again);
  ql_lesson_setting_free (setting);
}

static void
test_settings (void)
{
  static const char *const wrong[]
      = { "",          "nothing 1",         "query",         "query -1",     "query 1.5",
          "query 1 2", "query 1e9",         "query 0x1",     "query nan",    "method none",
          "method",    "patch 1",           "patch a b",     "opacity 2",    "opacity -1",
          "box 1 2 3", "box 0 0 2 1",       "overlay maybe", "page nowhere", "describe now",
          "ask",       "ask \"\"",          "word",          "layer middle", "beams 0",
          "beams 99",  "length-penalty 100" };

  assert_setting (" query   7 ", "query 7");
  assert_setting ("layer last", "layer last");
  assert_setting ("layer 2", "layer 2");
  assert_setting ("word \"a dog\"", "word \"a dog\"");
  assert_setting ("word dog", "word \"dog\"");
  assert_setting ("word none", "word none");
  assert_setting ("patch 3 4", "patch 3 4");
  assert_setting ("patch none", "patch none");
  assert_setting ("box 0.25 0 0.5 1", "box 0.25 0 0.5 1");
  assert_setting ("method rollout", "method rollout");
  assert_setting ("overlay off", "overlay off");
  assert_setting ("describe", "describe");
  assert_setting ("ask is there a dog?", "ask \"is there a dog?\"");
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GError) error = NULL;

      if (ql_lesson_setting_parse (wrong[i], &error) != NULL)
        g_error ("“%s” was taken", wrong[i]);
      g_assert_error (error, QL_LESSON_ERROR, QL_LESSON_ERROR_STATE);
    }
}

static void
test_apply (void)
{
  g_autoptr (QlTrace) trace = lab_trace (lab_make (&lab_small));
  QlLessonTarget target = { .lab = lab };
  static const struct
  {
    const char *text;
    QlLessonApplied without, with;
  } cases[] = {
    { "query 2", QL_LESSON_WAIT, QL_LESSON_APPLIED },
    { "query 999", QL_LESSON_WAIT, QL_LESSON_UNKNOWN },
    { "layer 999", QL_LESSON_WAIT, QL_LESSON_UNKNOWN },
    { "head 999", QL_LESSON_WAIT, QL_LESSON_UNKNOWN },
    { "word 999", QL_LESSON_WAIT, QL_LESSON_UNKNOWN },
    { "word unicorn", QL_LESSON_WAIT, QL_LESSON_UNKNOWN },
    { "patch 999 0", QL_LESSON_WAIT, QL_LESSON_UNKNOWN },
    { "style smooth", QL_LESSON_APPLIED, QL_LESSON_APPLIED },
    { "page chat", QL_LESSON_NO_WINDOW, QL_LESSON_NO_WINDOW },
    { "mask itc", QL_LESSON_NO_WINDOW, QL_LESSON_NO_WINDOW },
    { "beams 3", QL_LESSON_NO_WINDOW, QL_LESSON_NO_WINDOW },
    { "ask a dog?", QL_LESSON_UNKNOWN, QL_LESSON_UNKNOWN },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      QlLessonSetting *setting = ql_lesson_setting_parse (cases[i].text, NULL);

      ql_lab_set_trace (lab, NULL);
      g_assert_cmpint (ql_lesson_setting_apply (setting, &target), ==, cases[i].without);
      ql_lab_set_trace (lab, trace);
      g_assert_cmpint (ql_lesson_setting_apply (setting, &target), ==, cases[i].with);
      ql_lesson_setting_free (setting);
    }
  g_assert_cmpint (ql_lab_get_query (lab), ==, 2);
  g_assert_cmpint (ql_lab_get_style (lab), ==, QL_MAP_STYLE_SMOOTH);
  ql_lab_set_trace (lab, NULL);
}

/* What was saved is what comes back. */
static void
test_save (void)
{
  g_autoptr (QlTrace) trace = lab_trace (lab_make (&lab_small));
  QlLessonTarget target = { .lab = lab };
  g_autoptr (GPtrArray) saved = NULL;
  QlMapKey key = { 2, 1, 1, QL_MAP_HEAD_MAX }, now;
  QlMapBox box = { 0.125, 0.25, 0.5, 0.5 };

  ql_lab_set_trace (lab, trace);
  ql_lab_set_word (lab, 1);
  ql_lab_set_key (lab, &key);
  ql_lab_set_box (lab, &box);
  ql_lab_set_sort (lab, QL_MAP_SORT_OVERLAP);
  saved = ql_lesson_state_save (&target);
  ql_lab_set_word (lab, -1);
  ql_lab_set_key (lab, &(QlMapKey){ 0, 0, 0, QL_MAP_HEAD });
  ql_lab_set_box (lab, NULL);
  for (guint i = 0; i < saved->len; i++)
    g_assert_cmpint (ql_lesson_setting_apply (saved->pdata[i], &target), ==, QL_LESSON_APPLIED);
  ql_lab_get_key (lab, &now);
  g_assert_cmpint (now.query, ==, 2);
  g_assert_cmpint (now.layer, ==, 1);
  g_assert_cmpint (now.head, ==, 1);
  g_assert_cmpint (now.method, ==, QL_MAP_HEAD_MAX);
  g_assert_cmpint (ql_lab_get_word (lab), ==, 1);
  g_assert_cmpint (ql_lab_get_sort (lab), ==, QL_MAP_SORT_OVERLAP);
  g_assert_cmpfloat (ql_lab_get_box (lab)->x, ==, 0.125);
  ql_lab_set_trace (lab, NULL);
}

/* ---- files ---- */

#define HEAD "[Lesson]\nFormat=1\nTitle=T\nTitle[de]=TD\nSummary=S\nPicture=01-donut.png\n"
#define STEP "[Step 1]\nTitle=A\nText=B\\n\\nC\n"

static QlLesson *
parse (const char *text, const char *language, GError **error)
{
  return ql_lesson_parse (text, strlen (text), NULL, "test", language, error);
}

static void
test_file (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QlLesson) lesson = parse (
      HEAD STEP "Set=query 3;word \"a\"\nLock=layer;head\nCheck=query == 4\nSolve=query 4\n", NULL, &error);
  g_autoptr (QlLesson) german = parse (HEAD STEP, "de", NULL);
  g_autoptr (GPtrArray) complaints = NULL;
  const QlLessonStep *step;
  static const char *const all[] = { "de", "fr", NULL };

  g_assert_no_error (error);
  g_assert_cmpstr (ql_lesson_get_title (lesson), ==, "T");
  g_assert_cmpstr (ql_lesson_get_title (german), ==, "TD");
  g_assert_cmpint (ql_lesson_get_n_steps (lesson), ==, 1);
  step = ql_lesson_get_step (lesson, 0);
  g_assert_cmpstr (step->text, ==, "B\n\nC");
  g_assert_cmpuint (step->set->len, ==, 2);
  g_assert_cmpuint (step->solve->len, ==, 1);
  g_assert_cmpuint (step->locks, ==,
                    1u << ql_lesson_lock_find ("layer") | 1u << ql_lesson_lock_find ("head"));
  /* de lacks three texts, fr all five; and the check has neither task nor hint. */
  complaints = ql_lesson_review (lesson, all);
  g_assert_cmpuint (complaints->len, ==, 3 + 4 + 2);
}

static void
test_wrong_files (void)
{
  static const struct
  {
    const char *text, *part;
  } cases[] = {
    { "", "[Lesson]" },
    { "nonsense", "" },
    { "[Lesson]\nTitle=T\n", "Format" },
    { "[Lesson]\nFormat=2\nTitle=T\n", "newer format" },
    { "[Lesson]\nFormat=1\nTitle=T\nSummary=S\n" STEP, "Picture" },
    { HEAD, "no steps" },
    { HEAD "Titel=x\n" STEP, "no such key" },
    { HEAD "[Step 2]\nTitle=A\nText=B\n", "counted from 1" },
    { HEAD STEP "[Step 3]\nTitle=A\nText=B\n", "counted from 1" },
    { HEAD "[Other]\nx=1\n", "no such group" },
    { HEAD "[Step 1]\nTitle=A\n", "[Step 1] Text: is missing" },
    { HEAD "[Step 1]\nTitle=\nText=B\n", "is empty" },
    { HEAD STEP "Set=query\n", "[Step 1] Set" },
    { HEAD STEP "Set=query 1;fly high\n", "“fly”" },
    { HEAD STEP "Lock=door\n", "“door”" },
    { HEAD STEP "Check=query == \n", "[Step 1] Check: character" },
    { HEAD STEP "Check=quiry == 3\n", "character 1" },
    { HEAD "Model=dream\n" STEP, "generate, match or none" },
    { HEAD "Model=none\n" STEP, "Trace" },
    { HEAD "Minutes=0\n" STEP, "Minutes" },
    { "[Lesson]\nFormat=1\nTitle=T\nSummary=S\nPicture=../../etc/passwd\n" STEP, "without a folder" },
    { "[Lesson]\nFormat=1\nTitle=T\nSummary=S\nPicture=.hidden\n" STEP, "without a folder" },
    { "[Lesson]\nFormat=1\nTitle=T\xff\nSummary=S\n" STEP, "UTF-8" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (QlLesson) lesson = parse (cases[i].text, NULL, &error);

      if (lesson != NULL || error->domain != QL_LESSON_ERROR
          || strstr (error->message, cases[i].part) == NULL)
        g_error ("%s: %s", cases[i].text, error != NULL ? error->message : "taken");
    }
}

static void
test_hostile_files (void)
{
  g_autoptr (GString) many = g_string_new (HEAD), long_text = g_string_new (HEAD "[Step 1]\nTitle=A\nText=");
  g_autofree char *large = g_strnfill (QL_LESSON_MAX_BYTES + 1, '#');
  g_autoptr (GError) error = NULL;

  for (int i = 1; i <= QL_LESSON_MAX_STEPS + 1; i++)
    g_string_append_printf (many, "[Step %d]\nTitle=A\nText=B\n", i);
  g_assert_null (parse (many->str, NULL, &error));
  g_assert_error (error, QL_LESSON_ERROR, QL_LESSON_ERROR_LIMIT);
  g_clear_error (&error);
  for (int i = 0; i < QL_LESSON_MAX_TEXT_BYTES + 1; i++)
    g_string_append_c (long_text, 'x');
  g_assert_null (parse (long_text->str, NULL, &error));
  g_assert_error (error, QL_LESSON_ERROR, QL_LESSON_ERROR_LIMIT);
  g_clear_error (&error);
  g_assert_null (parse (large, NULL, &error));
  g_assert_error (error, QL_LESSON_ERROR, QL_LESSON_ERROR_LIMIT);
  g_clear_error (&error);
  g_assert_null (ql_lesson_parse ("[Lesson]\0x", 10, NULL, "test", NULL, &error));
  g_assert_error (error, QL_LESSON_ERROR, QL_LESSON_ERROR_FORMAT);
}

/* Those that ship: all languages, in order, each with its picture. */
static void
test_shipped (void)
{
  static const char *const languages[] = { "de", "fr", "es", "zh_CN", "ar", NULL };
  g_autoptr (GPtrArray) complaints = NULL;
  g_autoptr (GPtrArray) lessons = ql_lessons_load (NULL, &complaints);

  g_assert_cmpuint (complaints->len, ==, 0);
  g_assert_cmpuint (lessons->len, ==, 6);
  for (guint i = 0; i < lessons->len; i++)
    {
      g_autoptr (GPtrArray) found = ql_lesson_review (lessons->pdata[i], languages);
      g_autofree char *number = g_strdup_printf ("%u-", i + 1);

      if (found->len > 0)
        g_error ("%s: %s", ql_lesson_get_id (lessons->pdata[i]), (const char *) found->pdata[0]);
      g_assert_true (g_str_has_prefix (ql_lesson_get_id (lessons->pdata[i]), number));
    }
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  engine = ql_engine_service_new ();
  lab = ql_lab_new (engine);
  g_test_add_func ("/lesson/check/expressions", test_expressions);
  g_test_add_func ("/lesson/check/unknown", test_unknown);
  g_test_add_func ("/lesson/check/mistakes", test_mistakes);
  g_test_add_func ("/lesson/check/hostile", test_hostile_checks);
  g_test_add_func ("/lesson/check/functions", test_functions);
  g_test_add_func ("/lesson/check/numbers", test_numbers);
  g_test_add_func ("/lesson/check/seen", test_seen);
  g_test_add_func ("/lesson/settings/text", test_settings);
  g_test_add_func ("/lesson/settings/apply", test_apply);
  g_test_add_func ("/lesson/settings/save", test_save);
  g_test_add_func ("/lesson/file/sound", test_file);
  g_test_add_func ("/lesson/file/wrong", test_wrong_files);
  g_test_add_func ("/lesson/file/hostile", test_hostile_files);
  g_test_add_func ("/lesson/shipped", test_shipped);
  result = g_test_run ();
  g_clear_object (&lab);
  ql_engine_service_shutdown (engine);
  g_clear_object (&engine);
  return result;
}

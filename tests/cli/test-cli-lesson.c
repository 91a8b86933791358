/* lesson: what is listed, what is complained of, and that each that ships can be done with the demo model. */
#include <string.h>

#include "tests/cli/program.h"

static const char *const lessons[]
    = { "1-patches", "2-queries", "3-words", "4-masks", "5-not-an-explanation", "6-beams" };

static void
test_list (void)
{
  g_autoptr (Program) json = program_run ("lesson", "list", "--json", NULL);
  json_t *list = program_lines (json);

  g_assert_cmpint (json->status, ==, 0);
  g_assert_cmpuint (json_array_size (list), ==, G_N_ELEMENTS (lessons));
  for (guint i = 0; i < G_N_ELEMENTS (lessons); i++)
    g_assert_cmpstr (json_string_value (json_object_get (json_array_get (list, i), "id")), ==, lessons[i]);
  json_decref (list);
}

static void
test_run (gconstpointer data)
{
  const char *lesson = data;
  g_autofree char *path = g_strdup_printf ("data/lessons/%s.lesson", lesson);
  g_autoptr (Program) program
      = program_run ("lesson", "check", "--languages", "de,fr,es,zh_CN,ar", "--run", path, NULL);

  if (program->status != 0)
    g_error ("%s", program->err);
  g_assert_nonnull (strstr (program->out, "false before, true with Solve="));
  g_assert_nonnull (strstr (program->out, "sound"));
}

/* @text: of a step, after a sound beginning. Returns: (transfer full): the program's run */
static Program *
check_text (const char *text, gboolean run)
{
  g_autoptr (Scratch) dir = scratch_new ();
  g_autofree char *path = g_build_filename (dir, "made.lesson", NULL);
  g_autofree char *all = g_strdup_printf ("[Lesson]\nFormat=1\nTitle=T\nSummary=S\nPicture=01-donut.png\n"
                                          "[Step 1]\nTitle=A\nText=B\nTask=C\nHint=D\n%s",
                                          text);

  g_assert_true (g_file_set_contents (path, all, -1, NULL));
  return program_run ("lesson", "check", path, run ? "--run" : NULL, NULL);
}

static void
test_complaints (void)
{
  static const struct
  {
    const char *text, *complaint;
    gboolean run;
  } cases[] = {
    { "Check=quary == 3\nSolve=query 3\n", "[Step 1] Check: character 1: there is no “quary”", FALSE },
    { "Set=fly\n", "“fly”", FALSE },
    { "Check=query == 3\n", "without Solve=", FALSE },
    { "Title[de]=X\n", "Text[de]: is missing", FALSE },
    { "Set=query 1\nCheck=query == 1\nSolve=query 1\n", "holds before anything is done", TRUE },
    { "Set=query 1\nCheck=query == 3\nSolve=query 2\n", "does not satisfy", TRUE },
    { "Set=query 1\nCheck=query == 3\nSolve=query 77;query 3\n", "there is no “query 77”", TRUE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Program) program = check_text (cases[i].text, cases[i].run);

      g_assert_cmpint (program->status, ==, 1);
      if (strstr (program->err, cases[i].complaint) == NULL)
        g_error ("%s says: %s", cases[i].text, program->err);
    }
  {
    g_autoptr (Program) sound = check_text ("Set=query 1\nCheck=query == 3\nSolve=query 3\n", TRUE);

    g_assert_cmpint (sound->status, ==, 0);
  }
}

static void
test_usage (void)
{
  g_autoptr (Program) none = program_run ("lesson", NULL);
  g_autoptr (Program) other = program_run ("lesson", "teach", NULL);
  g_autoptr (Program) files = program_run ("lesson", "check", NULL);
  g_autoptr (Program) missing = program_run ("lesson", "check", "/nonexistent", NULL);

  g_assert_cmpint (none->status, ==, 2);
  g_assert_cmpint (other->status, ==, 2);
  g_assert_cmpint (files->status, ==, 2);
  g_assert_cmpint (missing->status, ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cli/lesson/usage", test_usage);
  g_test_add_func ("/cli/lesson/list", test_list);
  g_test_add_func ("/cli/lesson/complaints", test_complaints);
  for (guint i = 0; i < G_N_ELEMENTS (lessons); i++)
    {
      g_autofree char *path = g_strdup_printf ("/cli/lesson/run/%s", lessons[i]);

      g_test_add_data_func (path, lessons[i], test_run);
    }
  return g_test_run ();
}

/* What tests/tools/synth-model writes opens and runs: its toy shapes here, the full ones by hand. */
#include "tests/cli/program.h"

static void
test_shape (gconstpointer data)
{
  const char *shape = data;
  g_autoptr (Scratch) dir = scratch_new ();
  g_autofree char *tool = g_build_filename (g_getenv ("QLENS_BUILD"), "tests", "tools", "synth-model", NULL);
  char *argv[] = { tool, (char *) shape, dir, NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (Program) info = NULL;
  g_autoptr (Program) caption = NULL;
  json_t *lines, *verification;
  int status;

  g_spawn_sync (NULL, argv, NULL, G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL, NULL, &status, &error);
  g_assert_no_error (error);
  g_assert_cmpint (status, ==, 0);
  info = program_run ("info", "--json", "--model", dir, NULL);
  g_assert_cmpstr (info->err, ==, "");
  lines = program_lines (info);
  verification = json_object_get (json_array_get (lines, 0), "verification");
  g_assert_cmpint (json_integer_value (json_object_get (verification, "tensors_ignored")), ==, 0);
  json_decref (lines);
  caption = program_run ("caption", "data/samples/01-donut.png", "--json", "--model", dir, "--beams=1",
                         "--max-new-tokens=4", "--min-new-tokens=4", NULL);
  g_assert_cmpstr (caption->err, ==, "");
  lines = program_lines (caption);
  g_assert_cmpuint (json_array_size (json_object_get (json_array_get (lines, 0), "token_ids")), ==, 4);
  g_assert_true (json_is_real (json_object_get (json_array_get (lines, 0), "score")));
  json_decref (lines);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/cli/synth/opt-toy", "opt-toy", test_shape);
  g_test_add_data_func ("/cli/synth/t5-toy", "t5-toy", test_shape);
  return g_test_run ();
}

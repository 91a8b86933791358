/* The memory that `info` foretells is what a caption takes; and what happens where there is too little. */
#include <math.h>
#include <string.h>

#include "tests/cli/program.h"

static char *
tool_path (const char *name)
{
  return g_build_filename (g_getenv ("QLENS_BUILD"), "tests", "tools", name, NULL);
}

static void
make_model (const char *shape, const char *tokenizer, const char *dir)
{
  g_autofree char *tool = tool_path ("synth-model"), *words = source_path (tokenizer);
  const char *argv[] = { tool, shape, dir, words, NULL };
  g_autoptr (GError) error = NULL;
  int status;

  g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL, NULL, &status,
                &error);
  g_assert_no_error (error);
  g_assert_cmpint (status, ==, 0);
}

static double
told_bytes (const char *dir, const char *beams, const char *tokens)
{
  g_autoptr (Program) info = program_run ("info", "--json", "--threads=2", "--model", dir, "--beams", beams,
                                          "--max-new-tokens", tokens, NULL);
  json_t *lines, *memory;
  double bytes;

  g_assert_cmpstr (info->err, ==, "");
  lines = program_lines (info);
  memory = json_object_get (json_array_get (lines, 0), "memory");
  bytes = (double) json_integer_value (json_object_get (memory, "peak_bytes"));
  json_decref (lines);
  return bytes;
}

static double
taken_bytes (const char *dir, const char *beams, const char *tokens)
{
  g_autofree char *tool = tool_path ("peak-memory"), *program = program_path (), *out = NULL;
  g_autofree char *picture = source_path ("data/samples/01-donut.png");
  const char *argv[] = { tool,
                         program,
                         "caption",
                         "--threads=2",
                         "--model",
                         dir,
                         "--beams",
                         (char *) beams,
                         "--max-new-tokens",
                         tokens,
                         "--min-new-tokens",
                         tokens,
                         picture,
                         NULL };
  g_auto (GStrv) lines = NULL;
  g_autoptr (GError) error = NULL;
  int status;

  g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &out, NULL, &status, &error);
  g_assert_no_error (error);
  g_assert_cmpint (status, ==, 0);
  lines = g_strsplit (g_strchomp (out), "\n", -1);
  return g_ascii_strtod (lines[g_strv_length (lines) - 1], NULL);
}

/* Models of 0.2 GB: 5 % of what they take is 8 MB, so that the program's own share hides no mistake of weights and caches. */
static void
check_shape (const char *shape, const char *tokenizer)
{
  static const char *const beams[] = { "1", "5" }, *const tokens[] = { "8", "60" };
  g_autoptr (Scratch) dir = scratch_new ();

  make_model (shape, tokenizer, dir);
  for (gsize i = 0; i < G_N_ELEMENTS (beams); i++)
    {
      double told = told_bytes (dir, beams[i], tokens[i]), taken = taken_bytes (dir, beams[i], tokens[i]);

      g_test_message ("%s, %s beams, %s tokens: told %.1f MB, taken %.1f MB", shape, beams[i], tokens[i],
                      told / 1e6, taken / 1e6);
      g_assert_cmpfloat (fabs (told / taken - 1), <=, 0.05);
    }
}

static void
test_opt (void)
{
  check_shape ("opt-mid", "data/models/qlens-demo-opt");
}

static void
test_t5 (void)
{
  check_shape ("t5-mid", "tests/golden/t5-basic");
}

/* With as much memory as a small computer's. */
static Program *
run_with (const char *free_bytes, const char *arguments)
{
  g_autofree char *command
      = g_strdup_printf ("QLENS_FREE_MEMORY=%s \"$QLENS_CLI\" %s", free_bytes, arguments);

  return program_run_shell (command);
}

static void
test_too_little (void)
{
  g_autoptr (Program) caption = run_with ("1000000", "caption data/samples/01-donut.png");
  g_autoptr (Program) anyway = run_with ("1000000", "caption --open-anyway data/samples/01-donut.png");
  g_autoptr (Program) enough = run_with ("900000000", "caption data/samples/01-donut.png");
  g_autoptr (Scratch) dir = scratch_new ();
  g_autofree char *words = g_strdup_printf ("batch --csv '%s/a.csv' data/samples/01-donut.png", dir);
  g_autoptr (Program) batch = run_with ("1000000", words);

  program_assert_error (caption, 1, "--open-anyway");
  g_assert_nonnull (strstr (caption->err, "1.0\u00a0MB free"));
  g_assert_cmpint (anyway->status, ==, 0);
  g_assert_cmpstr (anyway->err, ==, "");
  g_assert_cmpint (enough->status, ==, 0);
  g_assert_cmpstr (enough->out, ==, anyway->out);
  g_assert_cmpint (batch->status, ==, 1);
  g_assert_nonnull (strstr (batch->err, "--open-anyway"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cli/memory/opt", test_opt);
  g_test_add_func ("/cli/memory/t5", test_t5);
  g_test_add_func ("/cli/memory/too-little", test_too_little);
  return g_test_run ();
}

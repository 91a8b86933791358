/* The command line itself: help, exit statuses, numbers, texts, where output goes. */
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/cli/program.h"

#define DONUT "data/samples/01-donut.png"

static const char *const commands[]
    = { "caption", "batch", "ask", "match", "trace", "eval", "tokenize", "info", "convert", "bench" };

static void
test_help (void)
{
  g_autoptr (Program) version = program_run ("--version", NULL);
  g_autoptr (Program) help = program_run ("--help", NULL);

  g_assert_cmpint (version->status, ==, 0);
  g_assert_true (g_str_has_prefix (version->out, "qlens-cli "));
  g_assert_cmpint (help->status, ==, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      g_autoptr (Program) own = program_run (commands[i], "--help", NULL);
      g_autoptr (Program) same = program_run ("help", commands[i], NULL);

      g_assert_nonnull (strstr (help->out, commands[i]));
      g_assert_cmpint (own->status, ==, 0);
      g_assert_cmpstr (own->err, ==, "");
      g_assert_nonnull (strstr (own->out, "Usage: qlens-cli "));
      g_assert_nonnull (strstr (own->out, "--json"));
      g_assert_cmpstr (own->out, ==, same->out);
    }
}

typedef struct
{
  const char *words[10]; /* ends with NULL */
  const char *says;
} Usage;

static const Usage usages[] = {
  { { NULL }, "no command" },
  { { "describe", DONUT }, "describe" },
  { { "help", "describe" }, "describe" },
  { { "caption" }, "picture" },
  { { "ask", DONUT }, "question" },
  { { "ask", "-q", "what?" }, "picture" },
  { { "ask", DONUT, DONUT, "-q", "what?" }, "one picture" },
  { { "ask", DONUT, "-q", "" }, "empty" },
  { { "match", DONUT }, "text" },
  { { "match" }, "picture" },
  { { "trace", DONUT }, "-o" },
  { { "trace", DONUT, "-o", "" }, "empty" },
  { { "trace", DONUT, "-o", "x", "-q", "a", "--prompt", "b" }, "either" },
  { { "tokenize" }, "text" },
  { { "info", "folder" }, "--model" },
  { { "caption", DONUT, "--bogus" }, "--bogus" },
  { { "caption", DONUT, "-z" }, "-z" },
  { { "caption", DONUT, "-q", "x" }, "-q" },
  { { "tokenize", "x", "--beams", "2" }, "--beams" },
  { { "match", DONUT, "a donut", "--beams", "2" }, "--beams" },
  { { "info", "--no-cache" }, "--no-cache" },
  { { "convert", "--exact", "-t", "f16", "-o", "x" }, "--exact" },
  { { "caption", DONUT, "--json=yes" }, "no value" },
  { { "caption", DONUT, "--model" }, "needs a value" },
  { { "caption", DONUT, "--model", "" }, "empty" },
  { { "caption", DONUT, "--alpha", "black" }, "black" },
};

static void
test_usage (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (usages); i++)
    {
      g_autoptr (Program) run = program_runv (usages[i].words, NULL);

      program_assert_error (run, 2, usages[i].says);
      g_assert_cmpstr (run->out, ==, "");
    }
}

typedef struct
{
  const char *option, *value;
} Number;

/* No locale's comma, no blanks, no hexadecimal, nothing that is no number, nothing out of range. */
static const Number bad_numbers[] = {
  { "--beams", "0" },
  { "--beams", "-1" },
  { "--beams", "33" },
  { "--beams", "1000000000" },
  { "--beams", "99999999999999999999" },
  { "--beams", "5x" },
  { "--beams", " 5" },
  { "--beams", "5 " },
  { "--beams", "" },
  { "--beams", "5.0" },
  { "--beams", "0x5" },
  { "--beams", "five" },
  { "--max-new-tokens", "0" },
  { "--max-new-tokens", "-3" },
  { "--max-new-tokens", "1e3" },
  { "--min-new-tokens", "-1" },
  { "--length-penalty", "nan" },
  { "--length-penalty", "inf" },
  { "--length-penalty", "-infinity" },
  { "--length-penalty", "1e999" },
  { "--length-penalty", "1e39" },
  { "--length-penalty", "1,5" },
  { "--length-penalty", "0x1p3" },
  { "--length-penalty", "1.5.5" },
  { "--length-penalty", "--1" },
  { "--length-penalty", " 1" },
  { "--length-penalty", "" },
  { "--repetition-penalty", "0" },
  { "--repetition-penalty", "-1" },
  { "--repetition-penalty", "nan" },
  { "--no-repeat-ngram", "-1" },
  { "--temperature", "0" },
  { "--temperature", "-1" },
  { "--temperature", "NaN" },
  { "--top-k", "-1" },
  { "--top-p", "0" },
  { "--top-p", "1.01" },
  { "--top-p", "-0.5" },
  { "--seed", "-1" },
  { "--seed", "18446744073709551616" },
  { "--seed", "1.5" },
  { "--threads", "0" },
  { "--threads", "257" },
  { "--threads", "2threads" },
};

static void
test_bad_numbers (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_numbers); i++)
    {
      g_autoptr (Program) run
          = program_run ("caption", DONUT, bad_numbers[i].option, bad_numbers[i].value, "--json", NULL);

      if (run->status != 2)
        g_error ("%s “%s” gave status %d: %s%s", bad_numbers[i].option, bad_numbers[i].value, run->status,
                 run->out, run->err);
      program_assert_error (run, 2, "");
      g_assert_cmpstr (run->out, ==, "");
    }
}

static void
test_min_above_max (void)
{
  g_autoptr (Program) run
      = program_run ("caption", DONUT, "--min-new-tokens", "9", "--max-new-tokens", "4", NULL);

  program_assert_error (run, 2, "");
}

static void
test_good_numbers (void)
{
  static const Number good[] = {
    { "--length-penalty", "-1" },
    { "--length-penalty", "+.5" },
    { "--length-penalty", "1e-1" },
    { "--length-penalty", "0" },
    { "--beams", "32" },
    { "--threads", "1" },
    { "--max-new-tokens", "1" },
    { "--top-k", "0" },
    { "--seed", "18446744073709551615" },
    { "--top-p", "1" },
    { "--temperature", "0.01" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (Program) run = program_run ("caption", DONUT, good[i].option, good[i].value, NULL);

      g_assert_cmpstr (run->err, ==, "");
      g_assert_cmpint (run->status, ==, 0);
    }
}

static void
test_sampling_against_beams (void)
{
  g_autoptr (Program) both = program_run ("caption", DONUT, "--beams", "3", "--top-p", "0.9", NULL);
  g_autoptr (Program) one = program_run ("caption", DONUT, "--beams", "1", "--seed", "3", "--json", NULL);
  g_autoptr (Program) again = program_run ("caption", DONUT, "--seed", "3", "--json", NULL);
  json_t *a, *b;

  program_assert_error (both, 2, "--top-p");
  g_assert_cmpint (one->status, ==, 0);
  g_assert_cmpint (again->status, ==, 0);
  a = program_lines (one);
  b = program_lines (again);
  g_assert_true (json_equal (json_object_get (json_array_get (a, 0), "token_ids"),
                             json_object_get (json_array_get (b, 0), "token_ids")));
  json_decref (a);
  json_decref (b);
}

static void
test_not_utf8 (void)
{
  g_autoptr (Program) prompt = program_run ("caption", DONUT, "--prompt", "caf\xe9", NULL);
  g_autoptr (Program) question = program_run ("ask", DONUT, "-q", "\xff\xfe", NULL);
  g_autoptr (Program) text = program_run ("match", DONUT, "\xc3\x28", NULL);
  g_autoptr (Program) tokens = program_run ("tokenize", "ok", "\xed\xa0\x80", NULL);
  g_autoptr (Program) file = program_run ("caption", "no\xffsuch.png", "--json", NULL);
  json_t *lines;

  program_assert_error (prompt, 2, "UTF-8");
  program_assert_error (question, 2, "UTF-8");
  program_assert_error (text, 2, "UTF-8");
  program_assert_error (tokens, 2, "UTF-8");
  /* file names are bytes */
  program_assert_error (file, 1, "no\xef\xbf\xbdsuch.png");
  lines = program_lines (file);
  g_assert_cmpstr (json_string_value (json_object_get (json_array_get (lines, 0), "image")), ==,
                   "no\xef\xbf\xbdsuch.png");
  json_decref (lines);
}

static void
test_end_of_options (void)
{
  g_autoptr (Program) tokens = program_run ("tokenize", "--json", "--", "--beams", "-x", NULL);
  g_autoptr (Program) file = program_run ("caption", "--", "--json", NULL);
  json_t *lines;

  g_assert_cmpint (tokens->status, ==, 0);
  lines = program_lines (tokens);
  g_assert_cmpuint (json_array_size (lines), ==, 2);
  g_assert_cmpstr (json_string_value (json_object_get (json_array_get (lines, 0), "text")), ==, "--beams");
  json_decref (lines);
  program_assert_error (file, 1, "--json");
}

static void
test_words_after_a_question (void)
{
  g_autoptr (Program) run
      = program_run ("ask", DONUT, "-q", "what can you see?", "what color is the donut?", "--json", NULL);
  json_t *lines;

  g_assert_cmpint (run->status, ==, 0);
  lines = program_lines (run);
  g_assert_cmpuint (json_array_size (lines), ==, 2);
  g_assert_cmpstr (json_string_value (json_object_get (json_array_get (lines, 1), "text")), ==, "purple");
  json_decref (lines);
}

static void
test_plain_output (void)
{
  g_autoptr (Program) one = program_run ("caption", DONUT, NULL);
  g_autoptr (Program) two = program_run ("caption", DONUT, "data/samples/02-tent.png", NULL);
  g_autoptr (Program) some = program_run ("caption", DONUT, "nothing-here.png", NULL);

  g_assert_cmpstr (one->out, ==, "a purple donut in the sky\n");
  g_assert_cmpstr (two->out, ==,
                   DONUT ": a purple donut in the sky\n"
                         "data/samples/02-tent.png: an orange tent on a red background\n");
  g_assert_cmpstr (some->out, ==, DONUT ": a purple donut in the sky\n");
  program_assert_error (some, 1, "nothing-here.png: ");
}

/* Programs that read the output see the same in every locale. */
static void
test_locale (void)
{
  g_autoptr (Program) run = program_run_shell (
      "LC_ALL=de_DE.UTF-8 LANGUAGE=de \"$QLENS_CLI\" caption --json --length-penalty 0.5 " DONUT);
  g_autoptr (Program) c
      = program_run_shell ("LC_ALL=C \"$QLENS_CLI\" ask " DONUT " --json -q 'what is “this”?'");
  json_t *lines;

  g_assert_cmpint (run->status, ==, 0);
  lines = program_lines (run);
  g_assert_true (json_is_real (json_object_get (json_array_get (lines, 0), "score")));
  json_decref (lines);
  g_assert_cmpint (c->status, ==, 0);
  lines = program_lines (c);
  g_assert_cmpstr (json_string_value (json_object_get (json_array_get (lines, 0), "question")), ==,
                   "what is “this”?");
  json_decref (lines);
}

static void
test_output_lost (void)
{
  g_autoptr (Program) full = program_run_shell ("\"$QLENS_CLI\" caption " DONUT " > /dev/full");
  g_autoptr (Program) help = program_run_shell ("\"$QLENS_CLI\" --help > /dev/full");
  g_autoptr (Program) closed = program_run_shell ("\"$QLENS_CLI\" tokenize --json x >&-");
  g_autoptr (Program) pipe
      = program_run_shell ("set -o pipefail; { sleep 1; \"$QLENS_CLI\" caption " DONUT "; } | true");

  program_assert_error (full, 1, "standard output");
  program_assert_error (help, 1, "standard output");
  program_assert_error (closed, 1, "standard output");
  program_assert_error (pipe, 1, "standard output");
}

/* Ctrl+C in the middle: what is out stays whole, the status says so. */
static void
test_interrupted (void)
{
  g_autofree char *path = program_path ();
  g_autofree char *root = source_path (".");
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  Program run = { 0 };
  json_t *lines;
  char buffer[4096];
  int out_fd, status;
  gssize n;
  GPid pid;

  g_ptr_array_add (argv, path);
  g_ptr_array_add (argv, (gpointer) "caption");
  g_ptr_array_add (argv, (gpointer) "--json");
  for (int i = 0; i < 2000; i++)
    g_ptr_array_add (argv, (gpointer) DONUT);
  g_ptr_array_add (argv, NULL);
  g_spawn_async_with_pipes (root, (char **) argv->pdata, NULL,
                            G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &pid, NULL,
                            &out_fd, NULL, &error);
  g_assert_no_error (error);
  while ((n = read (out_fd, buffer, sizeof buffer)) > 0)
    {
      if (out->len == 0)
        kill (pid, SIGINT);
      g_string_append_len (out, buffer, n);
    }
  close (out_fd);
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 130);
  run.out = out->str;
  lines = program_lines (&run);
  g_assert_cmpuint (json_array_size (lines), <, 2000);
  json_decref (lines);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cli/help", test_help);
  g_test_add_func ("/cli/usage", test_usage);
  g_test_add_func ("/cli/numbers/bad", test_bad_numbers);
  g_test_add_func ("/cli/numbers/min-above-max", test_min_above_max);
  g_test_add_func ("/cli/numbers/good", test_good_numbers);
  g_test_add_func ("/cli/sampling-against-beams", test_sampling_against_beams);
  g_test_add_func ("/cli/not-utf8", test_not_utf8);
  g_test_add_func ("/cli/end-of-options", test_end_of_options);
  g_test_add_func ("/cli/words-after-a-question", test_words_after_a_question);
  g_test_add_func ("/cli/plain-output", test_plain_output);
  g_test_add_func ("/cli/locale", test_locale);
  g_test_add_func ("/cli/output-lost", test_output_lost);
  g_test_add_func ("/cli/interrupted", test_interrupted);
  return g_test_run ();
}

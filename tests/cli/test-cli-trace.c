/* trace: the tensors against transformers', by another reader; and what cannot be written. */
#include <glib/gstdio.h>
#include <string.h>
#include <sys/resource.h>

#include "tests/cli/program.h"
#include "tests/cli/tensors.h"

#define DONUT "data/samples/01-donut.png"

static void
assert_shape (Tensors *trace, const char *name, gint64 a, gint64 b, gint64 c, gint64 d)
{
  gint64 shape[9], wanted[] = { a, b, c, d, 0 };

  tensors_get (trace, name, shape);
  for (int i = 0; i < 5 && (i == 0 || wanted[i - 1] != 0); i++)
    if (shape[i] != wanted[i])
      g_error ("%s: dimension %d is %d, not %d", name, i, (int) shape[i], (int) wanted[i]);
}

static const char *
metadata (Tensors *trace, const char *key)
{
  return json_string_value (json_object_get (json_object_get (trace->header, "__metadata__"), key));
}

/* Mean over layers and heads, which golden has for greedy runs. */
static void
check_lm_attention (Tensors *trace, Tensors *golden, const char *name)
{
  gint64 shape[9], mean_shape[9];
  const float *all = tensors_get (trace, "lm.attention", shape);
  const float *mean = tensors_get (golden, name, mean_shape);
  gint64 n_new = mean_shape[0], n_query = mean_shape[1], n_maps = shape[1] * shape[2];

  g_assert_cmpint (shape[0], ==, n_new);
  g_assert_cmpint (shape[3], ==, n_query);
  for (gint64 t = 0; t < n_new; t++)
    for (gint64 q = 0; q < n_query; q++)
      {
        double sum = 0;

        for (gint64 m = 0; m < n_maps; m++)
          sum += (double) all[(t * n_maps + m) * n_query + q];
        g_assert_cmpfloat_with_epsilon (sum / (double) n_maps, (double) mean[t * n_query + q], 3e-4);
      }
}

static void
check_trace (const char *model, const char *file, int image, const char *prompt)
{
  g_autofree char *golden_relative = g_strdup_printf ("%s/expected.safetensors", model);
  g_autofree char *golden_path = source_path (golden_relative);
  g_autoptr (Tensors) trace = tensors_open (file);
  g_autoptr (Tensors) golden = tensors_open (golden_path);
  static const struct
  {
    const char *mine, *theirs;
    double tolerance;
  } rows[] = {
    { "pixel_values", "pixel_values", 1e-6 },
    { "vision.last_hidden_state", "vision.last_hidden_state", 1e-3 },
    { "qformer.last_hidden_state", "qformer.last_hidden_state", 1e-3 },
    { "qformer.cross_attentions", "qformer.cross_attentions", 3e-4 },
    { "language_projection", "language_projection", 1e-3 },
  };
  g_autofree char *logits = g_strdup_printf ("img%d.%s.first_logits", image, prompt);
  g_autofree char *attention = g_strdup_printf ("img%d.%s.lm_attention_mean", image, prompt);
  gint64 shape[9];

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *name = g_strdup_printf ("img%d.%s", image, rows[i].theirs);

      tensors_assert_near (trace, rows[i].mine, golden, name, rows[i].tolerance);
    }
  tensors_assert_near (trace, "lm.first_logits", golden, logits, 2e-3);
  check_lm_attention (trace, golden, attention);
  tensors_get (trace, "qformer.self_attentions", shape);
  g_assert_cmpint (shape[2], ==, shape[3]);
  g_assert_cmpstr (metadata (trace, "format"), ==, "qlens-trace");
  g_assert_cmpuint (strlen (metadata (trace, "model.fingerprint")), ==, 64);
  g_assert_cmpuint (strlen (metadata (trace, "image.sha256")), ==, 64);
}

static void
test_golden (gconstpointer data)
{
  const char *model = data;
  g_autoptr (Scratch) dir = scratch_new ();
  g_autofree char *file = g_build_filename (dir, "trace.safetensors", NULL);

  for (int image = 0; image < 2; image++)
    for (int asked = 0; asked < 2; asked++)
      {
        const char *path = image == 0 ? "tests/golden/images/wide.png" : "tests/golden/images/tall.png";
        g_autoptr (Program) run
            = asked ? program_run ("trace", path, "--prompt", "Question: what is this? Answer:", "-o", file,
                                   "--model", model, "--beams=1", "--max-new-tokens=20", NULL)
                    : program_run ("trace", path, "-o", file, "--model", model, "--beams=1",
                                   "--max-new-tokens=20", NULL);

        g_assert_cmpstr (run->err, ==, "");
        g_assert_cmpint (run->status, ==, 0);
        check_trace (model, file, image, asked ? "question" : "none");
      }
}

static void
test_demo_shapes (void)
{
  g_autoptr (Scratch) dir = scratch_new ();
  g_autofree char *file = g_build_filename (dir, "trace.safetensors", NULL);
  g_autoptr (Program) run
      = program_run ("trace", DONUT, "-q", "what color is the donut?", "-o", file, "--json", NULL);
  g_autoptr (Tensors) trace = NULL;
  json_t *lines, *line;
  gint64 n_new;

  g_assert_cmpstr (run->err, ==, "");
  g_assert_cmpint (run->status, ==, 0);
  lines = program_lines (run);
  line = json_array_get (lines, 0);
  g_assert_cmpstr (json_string_value (json_object_get (line, "text")), ==, "purple");
  g_assert_cmpstr (json_string_value (json_object_get (line, "trace")), ==, file);
  n_new = (gint64) json_array_size (json_object_get (line, "token_ids"));
  trace = tensors_open (file);
  assert_shape (trace, "pixel_values", 3, 96, 96, 0);
  assert_shape (trace, "vision.last_hidden_state", 145, 192, 0, 0);
  assert_shape (trace, "qformer.last_hidden_state", 32, 192, 0, 0);
  assert_shape (trace, "qformer.cross_attentions", 3, 6, 32, 145);
  assert_shape (trace, "qformer.self_attentions", 6, 6, 32, 32);
  assert_shape (trace, "language_projection", 32, 192, 0, 0);
  assert_shape (trace, "lm.first_logits", 1600, 0, 0, 0);
  assert_shape (trace, "lm.attention", n_new, 4, 6, 32);
  g_assert_cmpstr (metadata (trace, "text"), ==, "purple");
  g_assert_cmpstr (metadata (trace, "prompt"), ==, "Question: what color is the donut? Answer:");
  json_decref (lines);
}

static void
small_files (gpointer data)
{
  struct rlimit limit = { 32 * 1024, 32 * 1024 };

  setrlimit (RLIMIT_FSIZE, &limit);
}

static int
n_files (const char *dir)
{
  GDir *list = g_dir_open (dir, 0, NULL);
  int n = 0;

  while (g_dir_read_name (list) != NULL)
    n++;
  g_dir_close (list);
  return n;
}

/* A disk with no room left, as far as the program can tell: no half-written file stays. */
static void
test_disk_full (void)
{
  g_autoptr (Scratch) dir = scratch_new ();
  g_autofree char *file = g_build_filename (dir, "trace.safetensors", NULL);
  const char *argv[] = { "trace", DONUT, "-o", file, "--json", NULL };
  g_autoptr (Program) run = program_runv (argv, small_files);
  json_t *lines;

  program_assert_error (run, 1, file);
  lines = program_lines (run);
  g_assert_nonnull (json_object_get (json_array_get (lines, 0), "error"));
  json_decref (lines);
  g_assert_cmpint (n_files (dir), ==, 0);
}

/* What was there before is not lost to a failed run. */
static void
test_disk_full_keeps_old (void)
{
  g_autoptr (Scratch) dir = scratch_new ();
  g_autofree char *file = g_build_filename (dir, "trace.safetensors", NULL);
  const char *argv[] = { "trace", DONUT, "-o", file, NULL };
  g_autoptr (Program) run = NULL;
  g_autofree char *data = NULL;

  g_assert_true (g_file_set_contents (file, "old", 3, NULL));
  run = program_runv (argv, small_files);
  program_assert_error (run, 1, file);
  g_assert_true (g_file_get_contents (file, &data, NULL, NULL));
  g_assert_cmpstr (data, ==, "old");
  g_assert_cmpint (n_files (dir), ==, 1);
}

static void
test_bad_output (void)
{
  g_autoptr (Scratch) dir = scratch_new ();
  g_autofree char *copy = g_build_filename (dir, "picture.png", NULL);
  g_autofree char *source = source_path (DONUT);
  g_autofree char *data = NULL;
  g_autoptr (Program) folder = program_run ("trace", DONUT, "-o", dir, NULL);
  g_autoptr (Program) device = program_run ("trace", DONUT, "-o", "/dev/full", NULL);
  g_autoptr (Program) nowhere = program_run ("trace", DONUT, "-o", "no/such/folder/x", NULL);
  g_autoptr (Program) itself = NULL;
  g_autoptr (Program) still = NULL;
  gsize n;

  program_assert_error (folder, 1, dir);
  program_assert_error (device, 1, "/dev/full");
  g_assert_false (g_file_test ("/dev/full", G_FILE_TEST_IS_REGULAR));
  program_assert_error (nowhere, 1, "no/such/folder/x");
  g_assert_true (g_file_get_contents (source, &data, &n, NULL));
  g_assert_true (g_file_set_contents (copy, data, (gssize) n, NULL));
  itself = program_run ("trace", copy, "-o", copy, NULL);
  program_assert_error (itself, 1, "picture");
  still = program_run ("caption", copy, NULL);
  g_assert_cmpint (still->status, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/cli/trace/opt-basic", "tests/golden/opt-basic", test_golden);
  g_test_add_data_func ("/cli/trace/t5-basic", "tests/golden/t5-basic", test_golden);
  g_test_add_func ("/cli/trace/demo", test_demo_shapes);
  g_test_add_func ("/cli/trace/disk-full", test_disk_full);
  g_test_add_func ("/cli/trace/disk-full-keeps-old", test_disk_full_keeps_old);
  g_test_add_func ("/cli/trace/bad-output", test_bad_output);
  return g_test_run ();
}

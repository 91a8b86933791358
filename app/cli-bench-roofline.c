#include "app/cli-bench-roofline.h"

#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "app/cli-output.h"
#include "app/file-replace.h"
#include "app/roofline.h"

/* Of --with: a line has some 3 kB. */
#define MAX_BYTES (1 << 20)
#define MAX_TYPE_CHARS 12

static const struct
{
  QlBenchPhase phase;
  const char *label;
} drawn[] = {
  { QL_BENCH_VISION, N_ ("image encoder") }, { QL_BENCH_QFORMER, N_ ("Q-Former") },
  { QL_BENCH_PREFILL, N_ ("prompt") },       { QL_BENCH_GREEDY_TOKEN, N_ ("a token, greedy") },
  { QL_BENCH_TOKEN, N_ ("a token, beams") },
};

/* ---- earlier ones --------------------------------------------------------------------------- */

static double
number (json_t *object, const char *key)
{
  double value = json_number_value (json_object_get (object, key));

  return isfinite (value) && value > 0 && value < 1e18 ? value : 0;
}

static gboolean
is_type (const char *text)
{
  if (text == NULL || text[0] == '\0' || strlen (text) > MAX_TYPE_CHARS)
    return FALSE;
  for (const char *at = text; *at != '\0'; at++)
    if (!g_ascii_isalnum (*at) && *at != '_')
      return FALSE;
  return TRUE;
}

static gboolean
add_line (QlRoofline *roofline, json_t *line)
{
  json_t *phases = json_object_get (line, "phases");
  gboolean one_beam = json_integer_value (json_object_get (line, "beams")) == 1;
  gboolean any = FALSE;

  for (gsize i = 0; i < G_N_ELEMENTS (drawn); i++)
    {
      QlBenchPhase phase = drawn[i].phase;
      json_t *row;
      const char *type;
      double bytes;

      if (one_beam && phase == QL_BENCH_TOKEN)
        continue;
      if (one_beam && phase == QL_BENCH_GREEDY_TOKEN)
        phase = QL_BENCH_TOKEN;
      row = json_object_get (phases, ql_bench_phase_name (phase));
      type = json_string_value (json_object_get (row, "weight_type"));
      bytes = number (row, "weight_bytes");
      if (is_type (type) && bytes > 0)
        any |= ql_roofline_add_dot (roofline, _ (drawn[i].label), type, number (row, "flops") / bytes,
                                    number (row, "gflops"));
    }
  return any;
}

static void
raise_peak (B2Peak *peak, json_t *line)
{
  json_t *other = json_object_get (line, "peak");

  peak->gflops_f32 = MAX (peak->gflops_f32, number (other, "gflops_f32"));
  peak->gflops_bf16 = MAX (peak->gflops_bf16, number (other, "gflops_bf16"));
  peak->gops_int8 = MAX (peak->gops_int8, number (other, "gops_int8"));
  peak->gops_int4 = MAX (peak->gops_int4, number (other, "gops_int4"));
  peak->gbps = MAX (peak->gbps, number (other, "gbps"));
}

/* Returns: (transfer full): an array of objects */
static json_t *
read_lines (const char *path, GError **error)
{
  GStatBuf about;
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  json_t *array;

  if (g_stat (path, &about) == 0 && (!S_ISREG (about.st_mode) || about.st_size > MAX_BYTES))
    {
      g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                   _ ("this is no list of what “bench --json” printed; name one with --with"));
      return NULL;
    }
  if (!g_file_get_contents (path, &text, NULL, error))
    {
      g_clear_error (error);
      g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT,
                   _ ("it cannot be read; check the name of --with"));
      return NULL;
    }
  lines = g_strsplit (text, "\n", -1);
  array = json_array ();
  for (int i = 0; lines[i] != NULL; i++)
    {
      json_t *line = lines[i][0] != '\0' ? json_loads (lines[i], JSON_REJECT_DUPLICATES, NULL) : NULL;

      if (line != NULL || lines[i][0] == '\0')
        {
          if (line != NULL)
            json_array_append_new (array, line);
          continue;
        }
      g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                   _ ("line %d is not what “bench --json” printed; name a list of such lines with --with"),
                   i + 1);
      json_decref (array);
      return NULL;
    }
  return array;
}

gboolean
ql_bench_check_with (const QlCliOptions *options, GError **error)
{
  json_t *lines = options->with != NULL ? read_lines (options->with, error) : NULL;

  if (options->with == NULL)
    return TRUE;
  if (lines == NULL)
    return FALSE;
  json_decref (lines);
  return TRUE;
}

/* ---- this one ---------------------------------------------------------------------------------- */

static void
add_bench (QlRoofline *roofline, const QlBench *bench)
{
  for (gsize i = 0; i < G_N_ELEMENTS (drawn); i++)
    {
      QlBenchPhase phase = drawn[i].phase;
      const QlBenchRow *row;

      if (bench->n_beams == 1 && phase == QL_BENCH_TOKEN)
        continue;
      if (bench->n_beams == 1 && phase == QL_BENCH_GREEDY_TOKEN)
        phase = QL_BENCH_TOKEN;
      row = &bench->rows[phase];
      if (row->gflops > 0 && row->weight_bytes > 0)
        ql_roofline_add_dot (roofline, _ (drawn[i].label), row->weight_type, row->flops / row->weight_bytes,
                             row->gflops);
    }
}

gboolean
ql_bench_roofline (QlCliRun *run, const QlBench *bench, GError **error)
{
  const QlCliOptions *options = run->options;
  B2Peak peak = bench->peak;
  json_t *lines = options->with != NULL ? read_lines (options->with, error) : json_array ();
  g_autoptr (QlRoofline) roofline = NULL;
  g_autoptr (GBytes) file = NULL;
  g_autofree char *caption = NULL;
  json_t *line;
  gsize i;

  if (lines == NULL)
    {
      g_prefix_error (error, "%s: ", options->with);
      return FALSE;
    }
  json_array_foreach (lines, i, line) raise_peak (&peak, line);
  roofline = ql_roofline_new (peak.gbps);
  ql_roofline_add_roof (roofline, "f32", "GFLOP/s", peak.gflops_f32);
  ql_roofline_add_roof (roofline, "bf16", "GFLOP/s", peak.gflops_bf16);
  ql_roofline_add_roof (roofline, "int8", "GOP/s", peak.gops_int8);
  ql_roofline_add_roof (roofline, "int4", "GOP/s", peak.gops_int4);
  json_array_foreach (lines, i, line) add_line (roofline, line);
  json_decref (lines);
  add_bench (roofline, bench);
  caption
      = g_strdup_printf (_ ("Qlens %s: %s kernels, %d threads; colour: type of the weights, shape: phase"),
                         QLENS_VERSION, peak.cpu_path, peak.n_threads);
  ql_roofline_set_caption (roofline, caption);
  file = ql_roofline_render (roofline, error);
  return file != NULL
         && ql_file_replace_contents (options->roofline, g_bytes_get_data (file, NULL),
                                      g_bytes_get_size (file), error);
}

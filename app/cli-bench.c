#include "app/cli-bench.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

#include "app/cli-bench-roofline.h"
#include "app/cli-bench-stop.h"
#include "app/cli-output.h"
#include "app/cli.h"
#include "app/paths.h"

/* What is asked about the picture after it was described: a question as people put them. */
#define QUESTION "what is in the picture?"

/* When each phase began, by the progress calls: what a matching model has instead of timings. */
typedef struct
{
  gint64 qformer_us;
} Clock;

/* Of a run, in milliseconds; and what the machine could do after it. */
typedef struct
{
  double ms[QL_BENCH_N_PHASES];
  B2Peak peak;
} Times;

static gboolean
check (QlCliOptions *options)
{
  g_autoptr (GError) error = NULL;

  if (options->words->len > 1)
    return ql_cli_usage_error (options->command, _ ("“%s”: one picture at a time"),
                               (const char *) options->words->pdata[1]);
  if (options->n_tokens > 0)
    options->decode.max_new_tokens = options->n_tokens;
  /* neither a short caption nor a long one: every run decodes the same number, whatever a model thinks of it */
  options->decode.min_new_tokens = options->decode.max_new_tokens;
  if (options->with != NULL && options->roofline == NULL)
    return ql_cli_usage_error (options->command, _ ("--with is of use with --roofline only"));
  if (!b2_decode_options_check (&options->decode, &error))
    return ql_cli_usage_error (options->command, "%s", error->message);
  return TRUE;
}

static int
compare_doubles (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return x < y ? -1 : x > y;
}

/* @offset: of a double in Times */
static double
median (const Times *times, int n, gsize offset)
{
  g_autofree double *values = g_new (double, n);

  for (int i = 0; i < n; i++)
    values[i] = G_STRUCT_MEMBER (double, &times[i], offset);
  qsort (values, (gsize) n, sizeof *values, compare_doubles);
  return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

static double
ms_since (gint64 start)
{
  return (double) (g_get_monotonic_time () - start) / 1e3;
}

/* ---- one run ------------------------------------------------------------------------ */

static void
clock_cb (B2Phase phase, int done, int total, gpointer data)
{
  Clock *clock = data;

  if (phase == B2_PHASE_VISION && done == total)
    clock->qformer_us = g_get_monotonic_time ();
}

static B2Answer *
generate (QlCliRun *run, const char *prompt, const B2DecodeOptions *decode, GError **error)
{
  B2GenerateHooks hooks = { .watch.cancel = run->watch.cancel };
  B2Answer *answer = b2_session_generate (run->session, prompt, decode, &hooks, error);

  if (answer == NULL || answer->n_tokens == decode->max_new_tokens)
    return answer;
  g_set_error (error, B2_ERROR, B2_ERROR_UNSUPPORTED,
               _ ("%d tokens in place of %d: the times would say nothing"), answer->n_tokens,
               decode->max_new_tokens);
  b2_answer_free (answer);
  return NULL;
}

static gboolean
run_generate (QlCliRun *run, double *ms, GError **error)
{
  const B2DecodeOptions *decode = &run->options->decode;
  g_autoptr (B2Answer) answer = generate (run, NULL, decode, error);
  g_autoptr (B2Answer) greedy = NULL;
  B2DecodeOptions alone = *decode;

  if (answer == NULL)
    return FALSE;
  ms[QL_BENCH_PREPROCESS] = answer->timings.preprocess;
  ms[QL_BENCH_VISION] = answer->timings.vision;
  ms[QL_BENCH_QFORMER] = answer->timings.qformer;
  ms[QL_BENCH_PREFILL] = answer->timings.prefill;
  ms[QL_BENCH_DECODE] = answer->timings.decode;
  ms[QL_BENCH_TOTAL] = answer->timings.total;
  if (decode->n_beams == 1)
    return TRUE;
  /* the same session: all but the search is there */
  alone.n_beams = 1;
  greedy = generate (run, NULL, &alone, error);
  if (greedy == NULL)
    return FALSE;
  ms[QL_BENCH_GREEDY_DECODE] = greedy->timings.decode;
  return TRUE;
}

static gboolean
run_question (QlCliRun *run, double *ms, int *n_prompt_tokens, GError **error)
{
  g_autofree char *prompt = b2_model_question_prompt (run->model, QUESTION);
  g_autoptr (B2Answer) answer = NULL;
  B2DecodeOptions decode = run->options->decode;
  gint64 start = g_get_monotonic_time ();

  decode.min_new_tokens = decode.max_new_tokens = 1;
  answer = generate (run, prompt, &decode, error);
  if (answer == NULL)
    return FALSE;
  ms[QL_BENCH_FOLLOW_UP] = ms_since (start);
  *n_prompt_tokens = answer->n_prompt_tokens;
  return TRUE;
}

static gboolean
run_match (QlCliRun *run, double *ms, GError **error)
{
  gboolean looked = ms[QL_BENCH_VISION] > 0; /* a model that also writes did so for its text */
  Clock clock = { 0 };
  B2Watch watch = { .cancel = run->watch.cancel, .progress = clock_cb, .progress_data = &clock };
  gint64 start = g_get_monotonic_time (), encoded, end;
  B2Match match;

  if (!b2_session_encode (run->session, &watch, error))
    return FALSE;
  encoded = g_get_monotonic_time ();
  if (!b2_session_match (run->session, "a picture", &match, &watch, error))
    return FALSE;
  end = g_get_monotonic_time ();
  ms[QL_BENCH_MATCH] = (double) (end - encoded) / 1e3;
  ms[QL_BENCH_TOTAL] += (double) (end - start) / 1e3;
  if (looked)
    return TRUE;
  ms[QL_BENCH_VISION] = (double) (clock.qformer_us - start) / 1e3;
  ms[QL_BENCH_QFORMER] = (double) (encoded - clock.qformer_us) / 1e3;
  return TRUE;
}

/* Opens the model again: the first time read what the page cache did not have. */
static gboolean
run_open (QlCliRun *run, double *ms, GError **error)
{
  gint64 start;

  g_clear_pointer (&run->session, b2_session_free);
  g_clear_pointer (&run->model, b2_model_unref);
  start = g_get_monotonic_time ();
  run->model = b2_model_open (run->dir, &run->watch, error);
  ms[QL_BENCH_OPEN] = ms_since (start);
  return run->model != NULL;
}

/* Every run has a session of its own, so that no cache makes a phase needless. */
static gboolean
run_once (QlCliRun *run, QlBench *bench, double *ms, GError **error)
{
  B2SessionOptions session_options = ql_cli_session_options (run->options);
  guint tasks;

  if (!run_open (run, ms, error))
    return FALSE;
  tasks = b2_model_info (run->model)->tasks;
  run->session = b2_session_new (run->model, &session_options, error);
  return run->session != NULL && ql_cli_run_picture (run, bench->path, error)
         && (!(tasks & B2_TASK_GENERATE)
             || (run_generate (run, ms, error) && run_question (run, ms, &bench->n_prompt_tokens, error)))
         && (!(tasks & B2_TASK_MATCH) || run_match (run, ms, error));
}

/* ---- all of them ---------------------------------------------------------------------- */

/* "VmHWM:     1234 kB" of the kernel's. */
static guint64
resident_bytes (void)
{
  g_autofree char *status = NULL;
  const char *line;

  if (!g_file_get_contents ("/proc/self/status", &status, NULL, NULL))
    return 0;
  line = strstr (status, "\nVmHWM:");
  return line != NULL ? g_ascii_strtoull (line + strlen ("\nVmHWM:"), NULL, 10) * 1024 : 0;
}

/*
 * Arithmetic is a core's own: what it reached once it can do. Memory is shared with whatever else the machine has to
 * do, and runs have as much of that as the measurements between them: the median, as of the times.
 */
static void
merge_peaks (const Times *times, int n, B2Peak *out)
{
  *out = times[0].peak;
  for (int i = 1; i < n; i++)
    {
      out->gflops_f32 = MAX (out->gflops_f32, times[i].peak.gflops_f32);
      out->gflops_bf16 = MAX (out->gflops_bf16, times[i].peak.gflops_bf16);
      out->gops_int8 = MAX (out->gops_int8, times[i].peak.gops_int8);
      out->gops_int4 = MAX (out->gops_int4, times[i].peak.gops_int4);
    }
  out->gbps = median (times, n, G_STRUCT_OFFSET (Times, peak.gbps));
}

static gboolean
measure (QlCliRun *run, QlBench *bench, GError **error)
{
  int n_runs = run->options->n_runs, n_steps = bench->n_tokens - 1; /* the first token is the prefill's */
  g_autofree Times *times = g_new0 (Times, n_runs + 1); /* the first one warms up: pages, threads */
  QlBenchRow *rows = bench->rows;

  for (int i = 0; i <= n_runs; i++)
    {
      if (!run_once (run, bench, times[i].ms, error))
        return FALSE;
      if (i == 0) /* before the peaks, which take memory of their own */
        bench->resident_bytes = resident_bytes ();
      else
        b2_measure_peak (run->options->n_threads, &times[i].peak);
    }
  for (gsize i = 0; i < QL_BENCH_N_PHASES; i++)
    rows[i].ms = median (times + 1, n_runs, G_STRUCT_OFFSET (Times, ms) + i * sizeof (double));
  merge_peaks (times + 1, n_runs, &bench->peak);
  if (n_steps > 0)
    {
      rows[QL_BENCH_TOKEN].ms = rows[QL_BENCH_DECODE].ms / n_steps;
      rows[QL_BENCH_GREEDY_TOKEN].ms = rows[QL_BENCH_GREEDY_DECODE].ms / n_steps;
    }
  if (rows[QL_BENCH_TOKEN].ms > 0)
    bench->tokens_per_s = 1e3 / rows[QL_BENCH_TOKEN].ms;
  if (rows[QL_BENCH_GREEDY_TOKEN].ms > 0)
    bench->greedy_tokens_per_s = 1e3 / rows[QL_BENCH_GREEDY_TOKEN].ms;
  return run->options->no_stop || !(b2_model_info (run->model)->tasks & B2_TASK_GENERATE)
         || ql_cli_bench_stop (run, bench->path, rows[QL_BENCH_TOTAL].ms, &rows[QL_BENCH_STOP].ms, error);
}

/* The phase's cost, @n times over. */
static void
rate (QlCliRun *run, QlBench *bench, QlBenchPhase row_phase, B2Phase phase, int n_rows, int n)
{
  QlBenchRow *row = &bench->rows[row_phase];
  B2PhaseCost cost;

  if (row->ms <= 0)
    return;
  b2_model_phase_cost (run->model, phase, n_rows, &cost);
  row->flops = cost.flops * n;
  row->weight_bytes = cost.weight_bytes * n;
  row->weight_type = cost.weight_type;
  row->gflops = row->flops / row->ms / 1e6;
  row->gbps = row->weight_bytes / row->ms / 1e6;
  row->gflops_share
      = row->gflops
        / b2_peak_gflops (&bench->peak, run->options->exact ? "F32" : cost.weight_type, &row->roof);
  row->gbps_share = bench->peak.gbps > 0 ? row->gbps / bench->peak.gbps : 0;
}

static void
add_rates (QlCliRun *run, QlBench *bench)
{
  int n_steps = bench->n_tokens - 1;

  rate (run, bench, QL_BENCH_VISION, B2_PHASE_VISION, 0, 1);
  rate (run, bench, QL_BENCH_QFORMER, B2_PHASE_QFORMER, 0, 1);
  if (!(b2_model_info (run->model)->tasks & B2_TASK_GENERATE))
    return;
  rate (run, bench, QL_BENCH_PREFILL, B2_PHASE_PREFILL, 1, 1);
  if (n_steps < 1)
    return;
  /* the beams of a step share one reading of the weights */
  rate (run, bench, QL_BENCH_DECODE, B2_PHASE_DECODE, bench->n_beams, n_steps);
  rate (run, bench, QL_BENCH_TOKEN, B2_PHASE_DECODE, bench->n_beams, 1);
  rate (run, bench, QL_BENCH_GREEDY_DECODE, B2_PHASE_DECODE, 1, n_steps);
  rate (run, bench, QL_BENCH_GREEDY_TOKEN, B2_PHASE_DECODE, 1, 1);
}

static gboolean
bench_picture (QlCliRun *run, const char *path)
{
  const QlCliOptions *options = run->options;
  QlBench bench
      = { .path = path, .n_beams = options->decode.n_beams, .n_tokens = options->decode.max_new_tokens };
  g_autoptr (GError) error = NULL;

  if (!measure (run, &bench, &error))
    {
      ql_cli_run_failed (run, path, NULL, error);
      return FALSE;
    }
  add_rates (run, &bench);
  if (!ql_bench_emit (run, &bench))
    return FALSE;
  if (options->roofline == NULL || ql_bench_roofline (run, &bench, &error))
    return TRUE;
  ql_cli_error (options->roofline, error);
  return FALSE;
}

static int
bench (const QlCliOptions *options)
{
  g_autofree char *sample = ql_paths_data ("samples/01-donut.png");
  const char *path = options->words->len > 0 ? options->words->pdata[0] : sample;
  g_autoptr (GError) error = NULL;
  QlCliRun run;
  gboolean ok;

  if (path == NULL)
    {
      fputs (_ ("qlens-cli: samples: the sample pictures are not installed; name a picture\n"), stderr);
      return QL_CLI_FAILED;
    }
  /* before minutes of work */
  if (options->roofline != NULL && !ql_cli_check_output (path, options->roofline, &error))
    {
      ql_cli_error (options->roofline, error);
      return QL_CLI_FAILED;
    }
  if (!ql_bench_check_with (options, &error))
    {
      ql_cli_error (options->with, error);
      return QL_CLI_FAILED;
    }
  ok = ql_cli_run_begin (&run, options, "qlens-demo-opt", 0) && bench_picture (&run, path);
  ql_cli_run_clear (&run);
  return ok ? QL_CLI_OK : QL_CLI_FAILED;
}

const QlCliCommand ql_cli_bench = {
  .name = "bench",
  .usage = "[IMAGE]",
  .summary = N_ ("measure the speed of a model on this machine"),
  .groups = QL_CLI_GROUP_MODEL | QL_CLI_GROUP_DECODE | QL_CLI_GROUP_THREADS | QL_CLI_GROUP_RUNS
            | QL_CLI_GROUP_IMAGE | QL_CLI_GROUP_JSON,
  .preset = B2_PRESET_CAPTION,
  .check = check,
  .run = bench,
};

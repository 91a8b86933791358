#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

#include "app/cli-bench-stop.h"
#include "app/cli-output.h"
#include "app/cli-run.h"
#include "app/cli.h"
#include "app/paths.h"

enum
{
  ROW_PREPROCESS,
  ROW_VISION,
  ROW_QFORMER,
  ROW_PREFILL,
  ROW_DECODE,
  ROW_MATCH,
  ROW_TOTAL,
  ROW_STOP, /* the longest, not the median */
  N_ROWS,
};

static const char *const row_names[N_ROWS]
    = { "preprocess", "vision", "qformer", "prefill", "decode", "match", "total", "stop" };

typedef struct
{
  double ms; /* median */
  double gflops; /* 0: not known */
  double gbps;
} Row;

/* When each phase began, by the progress calls: what a matching model has instead of timings. */
typedef struct
{
  gint64 qformer_us;
} Clock;

static gboolean
check (QlCliOptions *options)
{
  if (options->words->len > 1)
    return ql_cli_usage_error (options->command, _ ("“%s”: one picture at a time"),
                               (const char *) options->words->pdata[1]);
  return TRUE;
}

static int
compare_doubles (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return x < y ? -1 : x > y;
}

static double
median (double *values, int n)
{
  qsort (values, (size_t) n, sizeof *values, compare_doubles);
  return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

static void
clock_cb (B2Phase phase, int done, int total, gpointer data)
{
  Clock *clock = data;

  if (phase == B2_PHASE_VISION && done == total)
    clock->qformer_us = g_get_monotonic_time ();
}

static gboolean
run_generate (QlCliRun *run, double *ms, GError **error)
{
  B2GenerateHooks hooks = { .watch.cancel = run->watch.cancel };
  g_autoptr (B2Answer) answer
      = b2_session_generate (run->session, NULL, &run->options->decode, &hooks, error);

  if (answer == NULL)
    return FALSE;
  ms[ROW_PREPROCESS] = answer->timings.preprocess;
  ms[ROW_VISION] = answer->timings.vision;
  ms[ROW_QFORMER] = answer->timings.qformer;
  ms[ROW_PREFILL] = answer->timings.prefill;
  ms[ROW_DECODE] = answer->timings.decode;
  ms[ROW_TOTAL] = answer->timings.total;
  return TRUE;
}

static gboolean
run_match (QlCliRun *run, double *ms, GError **error)
{
  gboolean looked = ms[ROW_VISION] > 0; /* a model that also writes did so for its text */
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
  ms[ROW_MATCH] = (double) (end - encoded) / 1e3;
  ms[ROW_TOTAL] += (double) (end - start) / 1e3;
  if (looked)
    return TRUE;
  ms[ROW_VISION] = (double) (clock.qformer_us - start) / 1e3;
  ms[ROW_QFORMER] = (double) (encoded - clock.qformer_us) / 1e3;
  return TRUE;
}

/* Every run has a session of its own, so that no cache makes a phase needless. */
static gboolean
measure (QlCliRun *run, const char *path, Row *rows)
{
  guint tasks = b2_model_info (run->model)->tasks;
  B2SessionOptions session_options = { .n_threads = run->options->n_threads };
  int n_runs = run->options->n_runs;
  g_autofree double *all = g_new0 (double, (gsize) N_ROWS *(gsize) n_runs);
  g_autoptr (GError) error = NULL;
  double ms[N_ROWS];

  for (int i = -1; i < n_runs && error == NULL; i++) /* -1 warms up: pages, threads */
    {
      g_clear_pointer (&run->session, b2_session_free);
      run->session = b2_session_new (run->model, &session_options, &error);
      memset (ms, 0, sizeof ms);
      if (run->session == NULL || !ql_cli_run_picture (run, path, &error))
        break;
      if ((tasks & B2_TASK_GENERATE) && !run_generate (run, ms, &error))
        break;
      if ((tasks & B2_TASK_MATCH) && !run_match (run, ms, &error))
        break;
      for (int row = 0; i >= 0 && row < N_ROWS; row++)
        all[row * n_runs + i] = ms[row];
    }
  if (error != NULL)
    {
      ql_cli_run_failed (run, path, NULL, error);
      return FALSE;
    }
  for (int row = 0; row < N_ROWS; row++)
    rows[row] = (Row){ .ms = median (&all[row * n_runs], n_runs) };
  if ((tasks & B2_TASK_GENERATE)
      && !ql_cli_bench_stop (run, path, rows[ROW_TOTAL].ms, &rows[ROW_STOP].ms, &error))
    {
      ql_cli_run_failed (run, path, NULL, error);
      return FALSE;
    }
  return TRUE;
}

static void
rate (Row *row, const B2PhaseCost *cost, double n_flops, double n_weights)
{
  if (row->ms <= 0)
    return;
  row->gflops = cost->flops * n_flops / row->ms / 1e6;
  row->gbps = cost->weight_bytes * n_weights / row->ms / 1e6;
}

static void
add_rates (QlCliRun *run, Row *rows)
{
  const B2ModelInfo *info = b2_model_info (run->model);
  int n_steps = run->options->decode.max_new_tokens - 1; /* the first token is the prefill's */
  B2PhaseCost cost;

  b2_model_phase_cost (run->model, B2_PHASE_VISION, 0, &cost);
  rate (&rows[ROW_VISION], &cost, 1, 1);
  b2_model_phase_cost (run->model, B2_PHASE_QFORMER, 0, &cost);
  rate (&rows[ROW_QFORMER], &cost, 1, 1);
  if (!(info->tasks & B2_TASK_GENERATE))
    return;
  b2_model_phase_cost (run->model, B2_PHASE_PREFILL, 1, &cost);
  rate (&rows[ROW_PREFILL], &cost, 1, 1);
  b2_model_phase_cost (run->model, B2_PHASE_DECODE, 0, &cost);
  /* the beams of a step share one reading of the weights */
  rate (&rows[ROW_DECODE], &cost, (double) n_steps * run->options->decode.n_beams, n_steps);
}

static gboolean
emit_json (QlCliRun *run, const char *path, const Row *rows, const B2Peak *peak, double tokens_per_s)
{
  json_t *object = json_object ();
  json_t *phases = json_object ();
  json_t *machine = json_object ();

  for (int i = 0; i < N_ROWS; i++)
    {
      json_t *phase = json_object ();

      if (rows[i].ms <= 0)
        {
          json_decref (phase);
          continue;
        }
      json_object_set_new (phase, "ms", ql_cli_json_ms (rows[i].ms));
      if (rows[i].gflops > 0)
        {
          json_object_set_new (phase, "gflops", ql_cli_json_ms (rows[i].gflops));
          json_object_set_new (phase, "gflops_share", ql_cli_json_ms (rows[i].gflops / peak->gflops_f32));
          json_object_set_new (phase, "gbps", ql_cli_json_ms (rows[i].gbps));
          json_object_set_new (phase, "gbps_share", ql_cli_json_ms (rows[i].gbps / peak->gbps));
        }
      json_object_set_new (phases, row_names[i], phase);
    }
  json_object_set_new (machine, "gflops", ql_cli_json_ms (peak->gflops_f32));
  json_object_set_new (machine, "gbps", ql_cli_json_ms (peak->gbps));
  json_object_set_new (machine, "kernels", ql_cli_json_string (peak->cpu_path));
  json_object_set_new (machine, "threads", json_integer (peak->n_threads));
  json_object_set_new (object, "model", ql_cli_json_string (run->dir));
  json_object_set_new (object, "image", ql_cli_json_string (path));
  json_object_set_new (object, "runs", json_integer (run->options->n_runs));
  json_object_set_new (object, "beams", json_integer (run->options->decode.n_beams));
  json_object_set_new (object, "new_tokens", json_integer (run->options->decode.max_new_tokens));
  json_object_set_new (object, "open_ms", ql_cli_json_ms (run->open_ms));
  json_object_set_new (object, "phases", phases);
  json_object_set_new (object, "tokens_per_s",
                       tokens_per_s > 0 ? ql_cli_json_ms (tokens_per_s) : json_null ());
  json_object_set_new (object, "peak", machine);
  return ql_cli_emit_json (object);
}

static gboolean
emit_text (QlCliRun *run, const Row *rows, const B2Peak *peak, double tokens_per_s)
{
  printf (_ ("peak        %10.1f GFLOP/s  %8.1f GB/s   (%s, %d threads)\n"), peak->gflops_f32, peak->gbps,
          peak->cpu_path, peak->n_threads);
  printf ("open        %10.2f ms\n", run->open_ms);
  for (int i = 0; i < N_ROWS; i++)
    {
      if (rows[i].ms <= 0)
        continue;
      printf ("%-11s %10.2f ms", row_names[i], rows[i].ms);
      if (rows[i].gflops > 0)
        printf ("  %8.1f GFLOP/s %3.0f %%  %8.2f GB/s %3.0f %%", rows[i].gflops,
                100 * rows[i].gflops / peak->gflops_f32, rows[i].gbps, 100 * rows[i].gbps / peak->gbps);
      printf ("\n");
    }
  if (tokens_per_s > 0)
    printf (_ ("%.1f tokens/s (%d beams); medians of %d runs\n"), tokens_per_s, run->options->decode.n_beams,
            run->options->n_runs);
  return ql_cli_flush ();
}

static gboolean
bench_picture (QlCliRun *run, const char *path)
{
  Row rows[N_ROWS];
  double tokens_per_s = 0;
  B2Peak peak;

  if (!measure (run, path, rows))
    return FALSE;
  add_rates (run, rows);
  if (rows[ROW_DECODE].ms > 0)
    tokens_per_s = (run->options->decode.max_new_tokens - 1) / rows[ROW_DECODE].ms * 1e3;
  b2_measure_peak (run->options->n_threads, &peak);
  return run->options->json ? emit_json (run, path, rows, &peak, tokens_per_s)
                            : emit_text (run, rows, &peak, tokens_per_s);
}

static int
bench (const QlCliOptions *options)
{
  QlCliOptions fixed = *options;
  g_autofree char *sample = ql_paths_data ("samples/01-donut.png");
  const char *path = options->words->len > 0 ? options->words->pdata[0] : sample;
  QlCliRun run;
  gboolean ok;

  /* neither a short caption nor a long one: every run decodes the same number */
  fixed.decode.min_new_tokens = fixed.decode.max_new_tokens;
  if (path == NULL)
    {
      fputs (_ ("qlens-cli: samples: the sample pictures are not installed; name a picture\n"), stderr);
      return QL_CLI_FAILED;
    }
  ok = ql_cli_run_begin (&run, &fixed, "qlens-demo-opt", 0) && bench_picture (&run, path);
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

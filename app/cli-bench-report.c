/* What a benchmark found, for people and for programs. */
#include <glib/gi18n.h>
#include <stdio.h>

#include "app/cli-bench.h"
#include "app/cli-output.h"

static const char *const names[QL_BENCH_N_PHASES] = {
  [QL_BENCH_OPEN] = "open",
  [QL_BENCH_PREPROCESS] = "preprocess",
  [QL_BENCH_VISION] = "vision",
  [QL_BENCH_QFORMER] = "qformer",
  [QL_BENCH_PREFILL] = "prefill",
  [QL_BENCH_DECODE] = "decode",
  [QL_BENCH_TOKEN] = "token",
  [QL_BENCH_GREEDY_DECODE] = "greedy_decode",
  [QL_BENCH_GREEDY_TOKEN] = "greedy_token",
  [QL_BENCH_FOLLOW_UP] = "follow_up",
  [QL_BENCH_MATCH] = "match",
  [QL_BENCH_TOTAL] = "total",
  [QL_BENCH_STOP] = "stop",
};

const char *
ql_bench_phase_name (QlBenchPhase phase)
{
  return names[phase];
}

static json_t *
phase_json (const QlBenchRow *row)
{
  json_t *phase = json_object ();

  json_object_set_new (phase, "ms", ql_cli_json_ms (row->ms));
  if (row->gflops <= 0)
    return phase;
  json_object_set_new (phase, "gflops", ql_cli_json_ms (row->gflops));
  json_object_set_new (phase, "gflops_share", ql_cli_json_ms (row->gflops_share));
  json_object_set_new (phase, "gbps", ql_cli_json_ms (row->gbps));
  json_object_set_new (phase, "gbps_share", ql_cli_json_ms (row->gbps_share));
  json_object_set_new (phase, "roof", ql_cli_json_string (row->roof));
  json_object_set_new (phase, "flops", ql_cli_json_real (row->flops));
  json_object_set_new (phase, "weight_bytes", ql_cli_json_real (row->weight_bytes));
  json_object_set_new (phase, "weight_type", ql_cli_json_string (row->weight_type));
  return phase;
}

static json_t *
peak_json (const B2Peak *peak)
{
  json_t *object = json_object ();

  json_object_set_new (object, "gflops_f32", ql_cli_json_ms (peak->gflops_f32));
  json_object_set_new (object, "gflops_bf16", ql_cli_json_ms (peak->gflops_bf16));
  json_object_set_new (object, "gops_int8", ql_cli_json_ms (peak->gops_int8));
  json_object_set_new (object, "gops_int4", ql_cli_json_ms (peak->gops_int4));
  json_object_set_new (object, "gbps", ql_cli_json_ms (peak->gbps));
  json_object_set_new (object, "kernels", ql_cli_json_string (peak->cpu_path));
  json_object_set_new (object, "threads", json_integer (peak->n_threads));
  return object;
}

static json_t *
rate_or_null (double tokens_per_s)
{
  return tokens_per_s > 0 ? ql_cli_json_ms (tokens_per_s) : json_null ();
}

static gboolean
emit_json (QlCliRun *run, const QlBench *bench)
{
  const B2ModelInfo *info = b2_model_info (run->model);
  json_t *object = json_object (), *phases = json_object (), *memory = json_object ();

  for (int i = 0; i < QL_BENCH_N_PHASES; i++)
    if (bench->rows[i].ms > 0)
      json_object_set_new (phases, names[i], phase_json (&bench->rows[i]));
  json_object_set_new (memory, "resident_bytes",
                       bench->resident_bytes > 0 ? json_integer ((json_int_t) bench->resident_bytes)
                                                 : json_null ());
  json_object_set_new (memory, "estimate_bytes", json_integer ((json_int_t) info->peak_bytes));
  json_object_set_new (object, "model", ql_cli_json_string (run->dir));
  json_object_set_new (object, "image", ql_cli_json_string (bench->path));
  json_object_set_new (object, "runs", json_integer (run->options->n_runs));
  json_object_set_new (object, "beams", json_integer (bench->n_beams));
  json_object_set_new (object, "new_tokens", json_integer (bench->n_tokens));
  json_object_set_new (object, "question_tokens", json_integer (bench->n_prompt_tokens));
  json_object_set_new (object, "open_ms", ql_cli_json_ms (bench->rows[QL_BENCH_OPEN].ms));
  json_object_set_new (object, "phases", phases);
  json_object_set_new (object, "tokens_per_s", rate_or_null (bench->tokens_per_s));
  json_object_set_new (object, "greedy_tokens_per_s", rate_or_null (bench->greedy_tokens_per_s));
  json_object_set_new (object, "memory", memory);
  json_object_set_new (object, "peak", peak_json (&bench->peak));
  return ql_cli_emit_json (object);
}

static void
print_peak (const B2Peak *peak)
{
  const char *name = _ ("peak");
  int pad = 13 - (int) g_utf8_strlen (name, -1); /* printf() counts bytes */

  printf ("%s%*s f32 %.1f GFLOP/s", name, MAX (pad, 0), "", peak->gflops_f32);
  if (peak->gflops_bf16 > 0)
    printf (", bf16 %.1f GFLOP/s", peak->gflops_bf16);
  if (peak->gops_int8 > 0)
    printf (", int8 %.1f GOP/s", peak->gops_int8);
  if (peak->gops_int4 > 0)
    printf (", int4 %.1f GOP/s", peak->gops_int4);
  printf (_ (", memory %.1f GB/s (%s, %d threads)\n"), peak->gbps, peak->cpu_path, peak->n_threads);
}

static void
print_row (const char *name, const QlBenchRow *row)
{
  printf ("%-13s %10.2f ms", name, row->ms);
  if (row->gflops > 0)
    printf ("  %8.1f %s %3.0f %% (%s)  %8.2f GB/s %3.0f %%", row->gflops,
            g_str_equal (row->roof, "int8") ? "GOP/s  " : "GFLOP/s", 100 * row->gflops_share, row->roof,
            row->gbps, 100 * row->gbps_share);
  printf ("\n");
}

static gboolean
emit_text (QlCliRun *run, const QlBench *bench)
{
  g_autofree char *resident = g_format_size (bench->resident_bytes);
  g_autofree char *estimate = g_format_size (b2_model_info (run->model)->peak_bytes);

  print_peak (&bench->peak);
  for (int i = 0; i < QL_BENCH_N_PHASES; i++)
    if (bench->rows[i].ms > 0)
      print_row (names[i], &bench->rows[i]);
  if (bench->tokens_per_s > 0)
    printf (_ ("%.1f tokens/s (%d beams)\n"), bench->tokens_per_s, bench->n_beams);
  if (bench->greedy_tokens_per_s > 0)
    printf (_ ("%.1f tokens/s (greedy)\n"), bench->greedy_tokens_per_s);
  if (bench->resident_bytes > 0)
    printf (_ ("%s of memory at most; estimated before: %s\n"), resident, estimate);
  printf (_ ("medians of %d runs of %d tokens\n"), run->options->n_runs, bench->n_tokens);
  return ql_cli_flush ();
}

gboolean
ql_bench_emit (QlCliRun *run, const QlBench *bench)
{
  return run->options->json ? emit_json (run, bench) : emit_text (run, bench);
}

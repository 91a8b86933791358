#pragma once

#include "app/cli-run.h"

/** QlBenchPhase: the rows of a benchmark. Times of a whole run are %QL_BENCH_TOTAL with the beams asked for. */
typedef enum
{
  QL_BENCH_OPEN,
  QL_BENCH_PREPROCESS,
  QL_BENCH_VISION,
  QL_BENCH_QFORMER,
  QL_BENCH_PREFILL, /* the picture's rows and one token; ends with the first new token's scores */
  QL_BENCH_DECODE, /* the tokens after the first */
  QL_BENCH_TOKEN, /* one of them */
  QL_BENCH_GREEDY_DECODE, /* the same without beams, where there were any */
  QL_BENCH_GREEDY_TOKEN,
  QL_BENCH_FOLLOW_UP, /* a question on the same picture: to its first token */
  QL_BENCH_MATCH,
  QL_BENCH_TOTAL,
  QL_BENCH_STOP, /* the longest, not the median */
  QL_BENCH_N_PHASES,
} QlBenchPhase;

/** QlBenchRow: all 0 where a model has no such phase; the rates 0 where the work is not known. */
typedef struct
{
  double ms; /* median */
  double flops, weight_bytes; /* the work */
  double gflops, gbps; /* rates */
  double gflops_share, gbps_share; /* of the peak */
  const char *weight_type; /* of most of the weights: "BF16" */
  const char *roof; /* whose share @gflops_share is: "f32", "bf16", "int8" */
} QlBenchRow;

/** QlBench: what was measured. */
typedef struct
{
  const char *path; /* the picture */
  QlBenchRow rows[QL_BENCH_N_PHASES];
  B2Peak peak;
  int n_beams, n_tokens; /* of the runs */
  int n_prompt_tokens; /* of the question */
  double tokens_per_s, greedy_tokens_per_s; /* 0: one token or none */
  guint64
      resident_bytes; /* the most that the process had of the machine's memory; 0: the system does not tell */
} QlBench;

/** ql_bench_phase_name: as JSON has it. Returns: (transfer none) */
const char *ql_bench_phase_name (QlBenchPhase phase);

/** ql_bench_emit: Returns: %FALSE, having told, where stdout takes no more */
gboolean ql_bench_emit (QlCliRun *run, const QlBench *bench);

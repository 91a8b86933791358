/*
 * scaling MODEL: how a caption's phases would scale to 64 cores, by a model that is checked at two.
 *
 * At one thread every parallel loop is timed. A loop of n items that takes w then takes w ceil (n / p) / n at p threads,
 * and an entry; what lies between loops stays; no phase reads its weights faster than the memory gives them, as measured. "2
 * here" was measured; "foretold" is the model's answer to it, with threads that are as quick as this machine's peak at two says: two
 * hardware threads of one core do little more than one. The columns after it are of cores of their own, with this memory.
 * Each measured figure is the smallest of several runs, for others may use the machine.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/run/session.h"

#define N_PHASES 4 /* from B2_PHASE_VISION on */
#define N_SIZES 64 /* different numbers of items */
#define N_RUNS 5

typedef struct
{
  gsize n_items;
  int n_loops;
  double us;
} Loops;

typedef struct
{
  Loops loops[N_SIZES];
  int n_sizes;
  double start_us, us;
} Phase;

typedef struct
{
  Phase phases[N_PHASES];
  int now; /* -1: none */
} Meter;

static double
now_us (void)
{
  return (double) g_get_monotonic_time ();
}

static void
loop_cb (gpointer data, gsize n_items, double us)
{
  Meter *meter = data;
  Phase *phase = &meter->phases[MAX (meter->now, 0)];
  int i = 0;

  if (meter->now < 0)
    return;
  while (i < phase->n_sizes && phase->loops[i].n_items != n_items)
    i++;
  g_assert_cmpint (i, <, N_SIZES);
  phase->n_sizes = MAX (phase->n_sizes, i + 1);
  phase->loops[i].n_items = n_items;
  phase->loops[i].n_loops++;
  phase->loops[i].us += us;
}

static void
switch_phase (Meter *meter, int phase)
{
  double now = now_us ();

  if (meter->now == phase)
    return;
  if (meter->now >= 0)
    meter->phases[meter->now].us += now - meter->phases[meter->now].start_us;
  meter->now = phase;
  if (phase >= 0)
    meter->phases[phase].start_us = now;
}

static void
progress_cb (B2Phase phase, int done, int total, gpointer data)
{
  static const B2Phase order[N_PHASES]
      = { B2_PHASE_VISION, B2_PHASE_QFORMER, B2_PHASE_PREFILL, B2_PHASE_DECODE };

  for (int i = 0; i < N_PHASES; i++)
    if (order[i] == phase)
      switch_phase (data, i);
}

static Meter
run_once (B2Model *model, int n_threads)
{
  g_autoptr (GError) error = NULL;
  B2SessionOptions options = { .n_threads = n_threads, .weights = B2_WEIGHTS_STAY };
  g_autoptr (B2Session) session = b2_session_new (model, &options, &error);
  g_autofree guint8 *rgb = g_malloc (64 * 64 * 3);
  Meter meter = { .now = -1 };
  B2GenerateHooks hooks = { .watch = { .progress = progress_cb, .progress_data = &meter } };
  g_autoptr (B2Answer) answer = NULL;
  B2DecodeOptions decode;

  if (session == NULL)
    g_error ("%s", error->message);
  for (int i = 0; i < 64 * 64 * 3; i++)
    rgb[i] = (guint8) (i * 7);
  b2_decode_options_init (&decode, B2_PRESET_CAPTION);
  decode.max_new_tokens = decode.min_new_tokens = 10;
  b2_session_set_image (session, rgb, 64, 64, 64 * 3, NULL);
  b2_pool_set_meter (session->compute->pool, loop_cb, &meter);
  answer = b2_session_generate (session, NULL, &decode, &hooks, &error);
  if (answer == NULL)
    g_error ("%s", error->message);
  switch_phase (&meter, -1);
  return meter;
}

static double
loops_us (const Phase *phase)
{
  double us = 0;

  for (int i = 0; i < phase->n_sizes; i++)
    us += phase->loops[i].us;
  return us;
}

/* The quickest run of each phase. */
static Meter
run_best (B2Model *model, int n_threads)
{
  Meter best = run_once (model, n_threads);

  for (int r = 1; r < N_RUNS; r++)
    {
      Meter next = run_once (model, n_threads);

      for (int i = 0; i < N_PHASES; i++)
        if (next.phases[i].us < best.phases[i].us)
          best.phases[i] = next.phases[i];
    }
  return best;
}

static void
nothing_cb (gpointer data, gsize item, int worker)
{
}

/* What a loop costs that does nothing. */
static double
entry_us (int n_threads)
{
  g_autoptr (B2Pool) pool = b2_pool_new (n_threads, NULL);
  double best = INFINITY;

  for (int r = 0; r < 20; r++)
    {
      double start = now_us ();

      for (int i = 0; i < 1000; i++)
        b2_pool_run (pool, 64, nothing_cb, NULL);
      best = MIN (best, (now_us () - start) / 1000);
    }
  return best;
}

/* @speed: of each of the threads, of one thread alone: less than 1 where two share a core */
static double
predict_us (const Phase *phase, int n_threads, double speed, double entry, double weight_bytes, double gbps)
{
  double us = phase->us - loops_us (phase);

  for (int i = 0; i < phase->n_sizes; i++)
    {
      const Loops *l = &phase->loops[i];
      double n = (double) l->n_items;

      us += l->us * ceil (n / n_threads) / n / speed + l->n_loops * entry;
    }
  return MAX (us, weight_bytes / gbps / 1e3);
}

static void
print_loops (const Phase *phase)
{
  for (int i = 0; i < phase->n_sizes; i++)
    if (phase->loops[i].us > 0.01 * phase->us)
      printf ("    %5d loops of %5zu items: %5.1f %% of the phase, full at %.0f %% with 64 threads\n",
              phase->loops[i].n_loops, phase->loops[i].n_items, 100 * phase->loops[i].us / phase->us,
              100 * (double) phase->loops[i].n_items / 64 / ceil ((double) phase->loops[i].n_items / 64));
}

int
main (int argc, char **argv)
{
  static const char *const names[N_PHASES] = { "vision", "qformer", "prefill", "decode" };
  static const B2Phase phases[N_PHASES]
      = { B2_PHASE_VISION, B2_PHASE_QFORMER, B2_PHASE_PREFILL, B2_PHASE_DECODE };
  static const int n_threads[] = { 2, 4, 8, 16, 32, 64 };
  g_autoptr (GError) error = NULL;
  g_autoptr (B2Model) model = argc == 2 ? b2_model_open (argv[1], NULL, &error) : NULL;
  Meter one, two;
  double entry, speed;
  B2Peak peak, peak_one;

  if (model == NULL)
    {
      fprintf (stderr, "usage: scaling MODEL\n%s\n", error != NULL ? error->message : "");
      return 2;
    }
  b2_measure_peak (1, &peak_one);
  b2_measure_peak (2, &peak);
  speed = MIN (peak.gflops_f32 / peak_one.gflops_f32 / 2, 1);
  entry = entry_us (2);
  one = run_best (model, 1);
  two = run_best (model, 2);
  printf ("memory %.1f GB/s, an empty loop %.2f us, each of two threads %.0f %% as quick as one alone; "
          "milliseconds\n",
          peak.gbps, entry, 100 * speed);
  printf ("%-8s %9s %7s %9s %9s", "", "1", "serial", "2 here", "foretold");
  for (gsize t = 0; t < G_N_ELEMENTS (n_threads); t++)
    printf (" %8d", n_threads[t]);
  printf ("\n");
  for (int i = 0; i < N_PHASES; i++)
    {
      const Phase *p = &one.phases[i];
      B2PhaseCost cost;

      b2_model_phase_cost (model, phases[i], phases[i] == B2_PHASE_DECODE ? 5 : 1, &cost);
      if (phases[i] == B2_PHASE_DECODE)
        cost.weight_bytes *= 10;
      printf ("%-8s %9.1f %7.1f %9.1f %9.1f", names[i], p->us / 1e3, (p->us - loops_us (p)) / 1e3,
              two.phases[i].us / 1e3, predict_us (p, 2, speed, entry, cost.weight_bytes, peak.gbps) / 1e3);
      for (gsize t = 0; t < G_N_ELEMENTS (n_threads); t++)
        printf (" %8.1f", predict_us (p, n_threads[t], 1, entry, cost.weight_bytes, peak.gbps) / 1e3);
      printf ("\n");
      print_loops (p);
    }
  return 0;
}

/* How much work a phase is: against sums written out by hand; and the roofs that it is compared with. */
#include <math.h>
#include <string.h>

#include "engine/b2.h"
#include "tests/engine/demo.h"
#include "tests/engine/model-folder.h"

/* A model folder of a full-size shape whose weights take no room on the disk: all are zeros. */
static char *
sparse_folder (const char *shape)
{
  char *dir = folder_new ();
  g_autofree char *tool = g_build_filename (g_getenv ("QLENS_BUILD"), "tests", "tools", "synth-model", NULL);
  char *argv[] = { tool, (char *) "--sparse", (char *) shape, dir, NULL };
  g_autoptr (GError) error = NULL;
  int status;

  g_spawn_sync (NULL, argv, NULL, G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL, NULL, &status, &error);
  g_assert_no_error (error);
  g_assert_cmpint (status, ==, 0);
  return dir;
}

static void
assert_cost (B2Model *model, B2Phase phase, int n_rows, double flops, double n_weights, const char *type)
{
  B2PhaseCost cost;

  b2_model_phase_cost (model, phase, n_rows, &cost);
  g_test_message ("%s, %d rows: %.0f, %.0f bytes", b2_phase_name (phase), n_rows, cost.flops,
                  cost.weight_bytes);
  /* whole numbers below 2^53 */
  g_assert_cmpfloat (cost.flops, ==, flops);
  g_assert_cmpfloat (cost.weight_bytes, ==, 2 * n_weights);
  g_assert_cmpstr (cost.weight_type, ==, type);
}

/* 39 blocks over 257 rows, 1408 wide: 521 GFLOP. 12 layers of 32 queries, 768 wide; every second one looks at the 257. */
static void
assert_full_encoder (B2Model *model)
{
  double d = 1408, n = 257, q = 768;
  double block = 4 * d * d + 2 * d * 6144, layer = 4 * q * q + 2 * q * 3072, keys = 2 * q * d;
  double patch = 3 * 14 * 14 * d;
  B2PhaseCost cost;

  assert_cost (model, B2_PHASE_VISION, 0, 39 * (2 * n * block + 4 * n * n * d) + 2 * 256 * patch,
               39 * block + patch, "BF16");
  b2_model_phase_cost (model, B2_PHASE_VISION, 0, &cost);
  g_assert_cmpfloat (fabs (cost.flops / 1e9 - 521), <, 0.5);
  b2_model_phase_cost (model, B2_PHASE_QFORMER, 0, &cost);
  {
    double width = strcmp (b2_model_info (model)->family, "opt") == 0 ? 2560 : 2048;

    assert_cost (model, B2_PHASE_QFORMER, 0,
                 12 * (2 * 32 * layer + 4 * 32 * 32 * q)
                     + 6 * (2 * 32 * 2 * q * q + 2 * n * keys + 4 * 32 * n * q) + 2 * 32 * width * q,
                 12 * layer + 6 * (2 * q * q + keys) + width * q, "BF16");
  }
}

static void
test_opt (void)
{
  char *dir = sparse_folder ("opt-2.7b");
  g_autoptr (GError) error = NULL;
  B2Model *model = b2_model_open (dir, NULL, &error);
  double d = 2560, layers = 32 * (4 * d * d + 2 * d * 10240), head = 50304 * d;

  g_assert_no_error (error);
  assert_full_encoder (model);
  /* the picture's 32 rows and one; each sees 17 on average, and only the last is asked for a token */
  assert_cost (model, B2_PHASE_PREFILL, 1, 2 * 33 * layers + 32 * 4 * 33 * 17 * d + 2 * head, layers + head,
               "BF16");
  assert_cost (model, B2_PHASE_DECODE, 1, 2 * (layers + head), layers + head, "BF16");
  assert_cost (model, B2_PHASE_DECODE, 5, 5 * 2 * (layers + head), layers + head, "BF16");
  b2_model_unref (model);
  folder_remove (dir);
}

static void
test_t5 (void)
{
  char *dir = sparse_folder ("flan-t5-xl");
  g_autoptr (GError) error = NULL;
  B2Model *model = b2_model_open (dir, NULL, &error);
  double d = 2048, ffn = 3 * d * 5120, head = 32128 * d;
  double encoder = 24 * (4 * d * d + ffn), keys = 24 * 2 * d * d, decoder = 24 * (6 * d * d + ffn);

  g_assert_no_error (error);
  assert_full_encoder (model);
  /* 33 rows in the encoder, their keys and values for the decoder, and its first step */
  assert_cost (model, B2_PHASE_PREFILL, 1,
               2 * 33 * (encoder + keys) + 24 * 4 * 33 * 33 * d + 2 * (decoder + head) + 24 * 4 * 33 * d,
               encoder + keys + decoder + head, "BF16");
  assert_cost (model, B2_PHASE_DECODE, 5, 5 * 2 * (decoder + head), decoder + head, "BF16");
  b2_model_unref (model);
  folder_remove (dir);
}

static void
test_demo (void)
{
  g_autoptr (B2Model) model = demo_model ("qlens-demo-opt");
  double d = 192, n = 145;
  double block = 4 * d * d + 2 * d * 768, patch = 3 * 8 * 8 * d, layer = 4 * d * d + 2 * d * 512;
  double layers = 4 * block, head = 1600 * d;

  assert_cost (model, B2_PHASE_VISION, 0, 6 * (2 * n * block + 4 * n * n * d) + 2 * 144 * patch,
               6 * block + patch, "F16");
  assert_cost (model, B2_PHASE_QFORMER, 0,
               6 * (2 * 32 * layer + 4 * 32 * 32 * d)
                   + 3 * (2 * 32 * 2 * d * d + 2 * n * 2 * d * d + 4 * 32 * n * d) + 2 * 32 * d * d,
               6 * layer + 3 * 4 * d * d + d * d, "F16");
  /* ten more rows of a question */
  assert_cost (model, B2_PHASE_PREFILL, 11, 2 * 43 * layers + 4 * 4 * 43 * 22 * d + 2 * head, layers + head,
               "F16");
  assert_cost (model, B2_PHASE_DECODE, 3, 3 * 2 * (layers + head), layers + head, "F16");
}

/* Its head for text runs in the Q-Former's own layers, whose keys of the picture are there. */
static void
test_itg (void)
{
  g_autoptr (B2Model) model = demo_model ("qlens-demo-itm");
  B2PhaseCost one, ten;

  b2_model_phase_cost (model, B2_PHASE_PREFILL, 1, &one);
  b2_model_phase_cost (model, B2_PHASE_PREFILL, 10, &ten);
  g_assert_cmpfloat (one.flops, >, 0);
  g_assert_cmpfloat (ten.flops, >, 5 * one.flops);
  g_assert_cmpfloat (ten.weight_bytes, ==, one.weight_bytes);
}

static void
test_roofs (void)
{
  const B2Peak all = { .gflops_f32 = 100, .gflops_bf16 = 200, .gops_int8 = 400 };
  const B2Peak plain = { .gflops_f32 = 100 };
  const struct
  {
    const char *type, *roof;
    double peak;
  } cases[] = { { "F32", "f32", 100 },
                { "F16", "f32", 100 },
                { "BF16", "bf16", 200 },
                { "Q8_0", "int8", 400 },
                { "Q4_0", "int8", 400 } };
  const B2Peak nibbles = { .gflops_f32 = 100, .gops_int8 = 150, .gops_int4 = 300 };
  const char *roof;

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_assert_cmpfloat (b2_peak_gflops (&all, cases[i].type, &roof), ==, cases[i].peak);
      g_assert_cmpstr (roof, ==, cases[i].roof);
      g_assert_cmpfloat (b2_peak_gflops (&plain, cases[i].type, &roof), ==, 100);
      g_assert_cmpstr (roof, ==, "f32");
    }
  g_assert_cmpfloat (b2_peak_gflops (&nibbles, "Q8_0", &roof), ==, 150);
  g_assert_cmpfloat (b2_peak_gflops (&nibbles, "Q4_0", &roof), ==, 300);
  g_assert_cmpstr (roof, ==, "int4");
}

static void
test_peak (void)
{
  B2Peak peak;

  b2_measure_peak (2, &peak);
  g_test_message ("%s: f32 %.1f, bf16 %.1f, int8 %.1f, %.1f GB/s", peak.cpu_path, peak.gflops_f32,
                  peak.gflops_bf16, peak.gops_int8, peak.gbps);
  g_assert_cmpint (peak.n_threads, ==, 2);
  g_assert_true (isfinite (peak.gflops_f32) && peak.gflops_f32 > 0);
  g_assert_true (isfinite (peak.gbps) && peak.gbps > 0);
  g_assert_true (isfinite (peak.gflops_bf16) && peak.gflops_bf16 >= 0);
  g_assert_true (isfinite (peak.gops_int8) && peak.gops_int8 >= 0);
  /* what B2_CPU forbids is not used for the roof either */
  g_assert_true ((peak.gflops_bf16 > 0) == (strcmp (peak.cpu_path, "avx512bf16") == 0));
  g_assert_true ((peak.gops_int8 > 0) == (strcmp (peak.cpu_path, "ref") != 0));
  g_assert_true ((peak.gops_int4 > 0)
                 == (strcmp (peak.cpu_path, "avx2") == 0 || strcmp (peak.cpu_path, "avx512") == 0));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cost/opt-2.7b", test_opt);
  g_test_add_func ("/cost/flan-t5-xl", test_t5);
  g_test_add_func ("/cost/demo", test_demo);
  g_test_add_func ("/cost/itg", test_itg);
  g_test_add_func ("/cost/roofs", test_roofs);
  g_test_add_func ("/cost/peak", test_peak);
  return g_test_run ();
}

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "engine/io/gguf-header.h"
#include "engine/io/safetensors-writer.h"
#include "engine/quant/weight-types.h"
#include "engine/run/convert-pass.h"
#include "engine/run/convert-rules.h"
#include "engine/run/model.h"
#include "tests/engine/demo.h"
#include "tests/engine/golden-files.h"

static const char *const goldens[] = { "opt-basic", "opt-bf16", "opt-f16",   "opt-sharded",
                                       "t5-basic",  "t5-tied",  "itm-basic", "instructblip-t5" };

static B2ConvertReport *
try_convert (const char *model, const char *path, const char *type, GError **error)
{
  B2ConvertOptions options = { .type = type, .n_threads = 2 };

  return b2_convert (model, path, &options, NULL, error);
}

static void
convert (const char *model, const char *path, const char *type)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (B2ConvertReport) report = try_convert (model, path, type, &error);

  g_assert_no_error (error);
  g_assert_nonnull (report);
}

static B2Model *
open_model (const char *path)
{
  g_autoptr (GError) error = NULL;
  B2Model *model = b2_model_open (path, NULL, &error);

  g_assert_no_error (error);
  return model;
}

static B2WeightType
weight_type (B2Dtype dtype)
{
  for (int t = 0; t < B2_N_WEIGHT_TYPES; t++)
    if (strcmp (b2_weight_type_info ((B2WeightType) t)->name, b2_dtype_name (dtype)) == 0)
      return (B2WeightType) t;
  g_assert_not_reached ();
}

static float *
values_of (const B2TensorInfo *info)
{
  float *values = g_new (float, info->n_elements);

  b2_weight_type_info (weight_type (info->dtype))->decode (info->data, values, info->n_elements);
  return values;
}

/* ---- the round trip ---------------------------------------------------------------- */

/* @stored is what the codec makes of @from's values, and of the type that the rules say. */
static void
check_tensor (B2Model *model, const B2TensorInfo *from, const B2TensorInfo *stored, B2WeightType target)
{
  gboolean is_matrix = b2_binder_use (model->binder, from) == B2_BINDER_USE_MATRIX;
  const char *group;
  B2WeightType type
      = b2_convert_rule (from->name, is_matrix, (gsize) from->shape[from->n_dims - 1], target, &group);
  g_autofree float *values = values_of (from);
  g_autofree guint8 *expected = g_malloc (b2_weight_row_bytes (type, from->n_elements));

  g_assert_nonnull (stored);
  g_assert_cmpint (weight_type (stored->dtype), ==, type);
  g_assert_cmpint (stored->n_dims, ==, from->n_dims);
  g_assert_cmpmem (stored->shape, sizeof (gint64) * (gsize) stored->n_dims, from->shape,
                   sizeof (gint64) * (gsize) from->n_dims);
  b2_weight_type_info (type)->encode (values, expected, from->n_elements);
  g_assert_cmpmem (stored->data, stored->n_bytes, expected, b2_weight_row_bytes (type, from->n_elements));
  if (!is_matrix)
    g_assert_cmpint (type, ==, B2_WEIGHT_F32);
}

static void
check_info (const B2ModelInfo *a, const B2ModelInfo *b)
{
  g_assert_cmpstr (a->architecture, ==, b->architecture);
  g_assert_cmpstr (a->family, ==, b->family);
  g_assert_cmpuint (a->tasks, ==, b->tasks);
  g_assert_cmpuint (a->n_parameters, ==, b->n_parameters);
  g_assert_cmpint (a->n_tensors_used, ==, b->n_tensors_used);
  g_assert_cmpint (a->lm_vocab, ==, b->lm_vocab);
  g_assert_cmpint (b->n_tensors_ignored, ==, 0);
  g_assert_cmpstr (a->fingerprint, !=, b->fingerprint);
}

static void
check_round_trip (const char *source, const char *type)
{
  char *folder = folder_new ();
  g_autofree char *path = g_build_filename (folder, "a.gguf", NULL);
  g_autoptr (B2Model) model = open_model (source);
  g_autoptr (B2Model) made = NULL;
  int n = b2_binder_n_used (model->binder);
  B2WeightType target = B2_WEIGHT_F32;

  while (g_ascii_strcasecmp (b2_weight_type_info (target)->name, type) != 0)
    target++;
  convert (source, path, type);
  made = open_model (path);
  check_info (b2_model_info (model), b2_model_info (made));
  for (int i = 0; i < n; i++)
    {
      const B2TensorInfo *from = b2_binder_used (model->binder, i);

      check_tensor (model, from, b2_weights_lookup (made->weights, from->name), target);
    }
  g_assert_cmpuint (b2_weights_n_tensors (made->weights), ==, (guint) n);
  g_assert_cmpuint (folder_count (folder), ==, 1);
  g_clear_pointer (&made, b2_model_unref);
  folder_remove (folder);
}

static void
test_round_trip (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (goldens); i++)
    for (const char *const *type = b2_convert_types (); *type != NULL; type++)
      {
        g_autofree char *source = golden_path (goldens[i]);

        g_test_message ("%s as %s", goldens[i], *type);
        check_round_trip (source, *type);
      }
}

static void
test_round_trip_demo (void)
{
  static const char *const names[] = { "qlens-demo-opt", "qlens-demo-itm" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    for (const char *const *type = b2_convert_types (); *type != NULL; type++)
      {
        g_autofree char *source = demo_dir (names[i]);

        check_round_trip (source, *type);
      }
}

/* What the files of a folder are for comes out of the one file just so. */
static void
check_same_texts (const char *a, const char *b)
{
  static const char *const texts[] = { "a photo of", " two  cats\nand <image> a Ünïcode 🦊 dog", "" };
  g_autoptr (GError) error = NULL;
  B2TextTokens *of_a = b2_tokenize (a, texts, 3, &error), *of_b;

  g_assert_no_error (error);
  of_b = b2_tokenize (b, texts, 3, &error);
  g_assert_no_error (error);
  for (int i = 0; i < 3; i++)
    {
      g_assert_cmpmem (of_a[i].ids, sizeof (gint32) * (gsize) of_a[i].n, of_b[i].ids,
                       sizeof (gint32) * (gsize) of_b[i].n);
      b2_text_tokens_clear (&of_a[i]);
      b2_text_tokens_clear (&of_b[i]);
    }
  g_free (of_a);
  g_free (of_b);
}

static void
test_tokenizers (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (goldens); i++)
    {
      char *folder = folder_new ();
      g_autofree char *source = golden_path (goldens[i]);
      g_autofree char *path = g_build_filename (folder, "a.gguf", NULL);

      convert (source, path, "q8_0");
      check_same_texts (source, path);
      check_same_texts (source, folder); /* one GGUF file in it stands for the folder */
      folder_remove (folder);
    }
}

static B2Answer *
caption (const char *path, const char *sample)
{
  g_autoptr (B2Model) model = open_model (path);
  g_autoptr (B2Session) session = demo_session (model, 1);
  g_autoptr (GError) error = NULL;
  B2DecodeOptions options;
  B2Answer *answer;

  b2_decode_options_init (&options, B2_PRESET_CAPTION);
  demo_use_sample (session, sample);
  answer = b2_session_generate (session, NULL, &options, NULL, &error);
  g_assert_no_error (error);
  return answer;
}

/* The same weights, wherever they lie, give the same answer to the last bit; so does the
 * head of the retrieval model, which lies beside it in the folder and inside the file. */
static void
test_answers (void)
{
  static const char *const names[] = { "qlens-demo-opt", "qlens-demo-itm" };
  static const char *const same[] = { "f32", "f16" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    for (gsize t = 0; t < G_N_ELEMENTS (same); t++)
      {
        char *folder = folder_new ();
        g_autofree char *source = demo_dir (names[i]);
        g_autofree char *path = g_build_filename (folder, "a.gguf", NULL);
        g_autoptr (B2Answer) expected = caption (source, "03-tree.jpg"), found = NULL;

        convert (source, path, same[t]);
        found = caption (path, "03-tree.jpg");
        g_assert_cmpstr (found->text, ==, expected->text);
        g_assert_cmpfloat (found->score, ==, expected->score);
        folder_remove (folder);
      }
}

/* A file made of a file: nothing is rounded twice. */
static void
test_again (void)
{
  char *folder = folder_new ();
  g_autofree char *source = demo_dir ("qlens-demo-opt");
  g_autofree char *once = g_build_filename (folder, "once.gguf", NULL);
  g_autofree char *twice = g_build_filename (folder, "twice.gguf", NULL);
  g_autofree char *a = NULL, *b = NULL;
  B2ConvertOptions options = { .type = "q4_0", .overwrite = TRUE };
  g_autoptr (B2ConvertReport) report = NULL;
  g_autoptr (GError) error = NULL;
  gsize n_a, n_b;

  convert (source, once, "q4_0");
  convert (once, twice, "q4_0");
  g_assert_true (g_file_get_contents (once, &a, &n_a, NULL));
  g_assert_true (g_file_get_contents (twice, &b, &n_b, NULL));
  g_assert_cmpmem (a, n_a, b, n_b);
  /* onto itself */
  report = b2_convert (once, once, &options, NULL, &error);
  g_assert_no_error (error);
  for (int i = 0; i < report->n_rows; i++)
    g_assert_cmpfloat (report->rows[i].rms_error, ==, 0.0);
  g_clear_pointer (&b, g_free);
  g_assert_true (g_file_get_contents (once, &b, &n_b, NULL));
  g_assert_cmpmem (a, n_a, b, n_b);
  folder_remove (folder);
}

/* ---- the table ------------------------------------------------------------------------ */

/* The report's errors against a plain second computation. */
static void
test_report (void)
{
  char *folder = folder_new ();
  g_autofree char *source = demo_dir ("qlens-demo-opt");
  g_autofree char *path = g_build_filename (folder, "a.gguf", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (B2ConvertReport) report = try_convert (source, path, "q4_0", &error);
  g_autoptr (B2Model) model = open_model (source);
  g_autoptr (B2Model) made = open_model (path);
  gsize n_params = 0;
  int n_tensors = 0;

  g_assert_no_error (error);
  for (int r = 0; r < report->n_rows; r++)
    {
      double off = 0, square = 0;

      for (int i = 0; i < b2_binder_n_used (model->binder); i++)
        {
          const B2TensorInfo *from = b2_binder_used (model->binder, i);
          const B2TensorInfo *to = b2_weights_lookup (made->weights, from->name);
          gboolean is_matrix = b2_binder_use (model->binder, from) == B2_BINDER_USE_MATRIX;
          g_autofree float *a = values_of (from), *b = values_of (to);
          const char *group;

          b2_convert_rule (from->name, is_matrix, (gsize) from->shape[from->n_dims - 1], B2_WEIGHT_Q4_0,
                           &group);
          if (strcmp (group, report->rows[r].group) != 0
              || strcmp (b2_dtype_name (to->dtype), report->rows[r].type) != 0)
            continue;
          for (gsize j = 0; j < from->n_elements; j++)
            {
              off += ((double) b[j] - (double) a[j]) * ((double) b[j] - (double) a[j]);
              square += (double) a[j] * (double) a[j];
            }
        }
      g_assert_cmpfloat (fabs (report->rows[r].rms_error - sqrt (off / square)), <, 1e-9);
      n_params += report->rows[r].n_parameters;
      n_tensors += report->rows[r].n_tensors;
    }
  g_assert_cmpuint (n_params, ==, b2_model_info (model)->n_parameters);
  g_assert_cmpint (n_tensors, ==, report->n_tensors);
  g_assert_cmpuint (report->n_bytes, ==, b2_convert_size (model, "q4_0", NULL));
  g_clear_pointer (&made, b2_model_unref);
  folder_remove (folder);
}

static void
test_rules (void)
{
  static const struct
  {
    const char *name;
    B2WeightType q4;
  } cases[] = {
    { "vision_model.embeddings.patch_embedding.weight", B2_WEIGHT_F32 },
    { "vision_model.encoder.layers.3.mlp.fc1.weight", B2_WEIGHT_Q8_0 },
    { "qformer.encoder.layer.0.attention.attention.query.weight", B2_WEIGHT_Q8_0 },
    { "embeddings.word_embeddings.weight", B2_WEIGHT_Q8_0 },
    { "qformer.embeddings.position_embeddings.weight", B2_WEIGHT_F32 },
    { "language_projection.weight", B2_WEIGHT_Q8_0 },
    { "itm_head.weight", B2_WEIGHT_Q8_0 },
    { "language_model.model.decoder.embed_tokens.weight", B2_WEIGHT_Q8_0 },
    { "language_model.model.decoder.embed_positions.weight", B2_WEIGHT_F32 },
    { "language_model.model.decoder.layers.1.fc1.weight", B2_WEIGHT_Q4_0 },
    { "language_model.shared.weight", B2_WEIGHT_Q8_0 },
    { "language_model.lm_head.weight", B2_WEIGHT_Q8_0 },
    { "language_model.decoder.block.0.layer.1.EncDecAttention.q.weight", B2_WEIGHT_Q4_0 },
    { "cls.predictions.decoder.weight", B2_WEIGHT_Q8_0 },
  };
  const char *group;

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_assert_cmpint (b2_convert_rule (cases[i].name, TRUE, 64, B2_WEIGHT_Q4_0, &group), ==, cases[i].q4);
      g_assert_cmpint (b2_convert_rule (cases[i].name, FALSE, 64, B2_WEIGHT_Q4_0, &group), ==, B2_WEIGHT_F32);
      if (cases[i].q4 != B2_WEIGHT_F32)
        g_assert_cmpint (b2_convert_rule (cases[i].name, TRUE, 33, B2_WEIGHT_Q4_0, &group), ==,
                         B2_WEIGHT_F16);
    }
}

/* ---- what goes wrong ------------------------------------------------------------------- */

static void
expect_failure (const char *source, const char *path, const char *type, B2Error code, const char *words)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (B2ConvertReport) report = try_convert (source, path, type, &error);

  g_assert_null (report);
  g_assert_error (error, B2_ERROR, (int) code);
  if (strstr (error->message, words) == NULL)
    g_error ("\"%s\" lacks \"%s\"", error->message, words);
}

static void
test_refusals (void)
{
  char *folder = folder_new ();
  g_autofree char *source = golden_path ("opt-basic");
  g_autofree char *path = g_build_filename (folder, "a.gguf", NULL);
  g_autofree char *part = g_strconcat (path, ".part", NULL);
  g_autofree char *nowhere = g_build_filename (folder, "none", "a.gguf", NULL);
  g_autofree char *text = NULL;
  int fd;

  expect_failure (source, path, "q3_k", B2_ERROR_ARGUMENT, "\"q3_k\"");
  expect_failure (folder, path, "q8_0", B2_ERROR_IO, "config.json");
  expect_failure (source, nowhere, "q8_0", B2_ERROR_IO, "none");
  expect_failure (source, folder, "q8_0", B2_ERROR_ARGUMENT, "no file");
  g_assert_cmpuint (folder_count (folder), ==, 0);

  folder_add (folder, "a.gguf", "mine", -1);
  expect_failure (source, path, "q8_0", B2_ERROR_ARGUMENT, "there already");
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "mine");
  folder_delete (folder, "a.gguf");

  /* Another run at it keeps its .part; one that was killed leaves it to the next. */
  folder_add (folder, "a.gguf.part", "half a file", -1);
  fd = open (part, O_RDWR | O_CLOEXEC);
  g_assert_cmpint (flock (fd, LOCK_EX | LOCK_NB), ==, 0);
  expect_failure (source, path, "q8_0", B2_ERROR_IO, "another conversion");
  close (fd);
  convert (source, path, "q8_0");
  g_assert_cmpuint (folder_count (folder), ==, 1);
  folder_delete (folder, "a.gguf");

  /* A link or a pipe in the place of the .part is not followed and not waited for. */
  g_assert_cmpint (symlink ("/dev/null", part), ==, 0);
  expect_failure (source, path, "q8_0", B2_ERROR_IO, ".part");
  folder_remove (folder);
}

/* A golden model with one matrix's first value replaced. */
static char *
spoilt_model (float value)
{
  char *folder = folder_copy ("opt-basic");
  g_autofree char *path = g_build_filename (folder, "model.safetensors", NULL);
  g_autofree char *other = g_build_filename (folder, "other", NULL);
  g_autoptr (B2SafetensorsWriter) writer = b2_safetensors_writer_new ();
  g_autoptr (B2Safetensors) file = b2_safetensors_open (path, NULL);
  g_autoptr (GPtrArray) kept = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;

  for (gsize i = 0; i < b2_safetensors_n_tensors (file); i++)
    {
      const B2TensorInfo *info = b2_safetensors_nth (file, i);
      float *values = values_of (info);

      if (g_str_has_suffix (info->name, "layers.0.mlp.fc1.weight"))
        values[0] = value;
      g_ptr_array_add (kept, values);
      b2_safetensors_writer_add (writer, info->name, values, info->n_dims, info->shape);
    }
  b2_safetensors_writer_write (writer, other, &error);
  g_assert_no_error (error);
  g_assert_cmpint (g_rename (other, path), ==, 0);
  return folder;
}

static void
test_values (void)
{
  static const struct
  {
    float value;
    const char *type;
    B2Error code;
    const char *words; /* NULL: it goes */
  } cases[] = {
    { NAN, "f32", B2_ERROR_FORMAT, "not finite" },
    { INFINITY, "q8_0", B2_ERROR_FORMAT, "not finite" },
    { 65519.0f, "f16", B2_ERROR_ARGUMENT, NULL },
    { 65520.0f, "f16", B2_ERROR_ARGUMENT, "too large for F16" },
    { 65520.0f, "bf16", B2_ERROR_ARGUMENT, NULL },
    { 3.4e38f, "bf16", B2_ERROR_ARGUMENT, "too large for BF16" },
    { -3.4e38f, "f32", B2_ERROR_ARGUMENT, NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      char *source = spoilt_model (cases[i].value), *folder = folder_new ();
      g_autofree char *path = g_build_filename (folder, "a.gguf", NULL);

      if (cases[i].words == NULL)
        convert (source, path, cases[i].type);
      else
        {
          expect_failure (source, path, cases[i].type, cases[i].code, cases[i].words);
          expect_failure (source, path, cases[i].type, cases[i].code, "fc1.weight");
          g_assert_cmpuint (folder_count (folder), ==, 0);
        }
      folder_remove (folder);
      folder_remove (source);
    }
}

static gboolean
verify (B2ConvertPlan *plan, const char *path, GError **error)
{
  g_autoptr (B2Gguf) gguf = b2_gguf_open (path, error);
  g_autoptr (B2Pool) pool = b2_pool_new (2, NULL);
  B2ConvertPass pass = { .plan = plan, .pool = pool, .path = path };

  return gguf != NULL && b2_convert_pass_verify (&pass, gguf, error);
}

/* One bit of any tensor that is not as it was written is found, and the tensor named. */
static void
test_verification (void)
{
  char *folder = folder_new ();
  g_autofree char *source = golden_path ("opt-basic");
  g_autofree char *path = g_build_filename (folder, "a.gguf", NULL);
  g_autofree char *bytes = NULL;
  g_autoptr (B2Model) model = open_model (source);
  g_autoptr (GError) error = NULL;
  g_autoptr (B2ConvertPlan) plan = b2_convert_plan_new (model, B2_WEIGHT_Q4_0, &error);
  gsize n_bytes;

  g_assert_no_error (error);
  convert (source, path, "q4_0");
  g_assert_true (verify (plan, path, &error));
  g_assert_true (g_file_get_contents (path, &bytes, &n_bytes, NULL));
  for (guint i = 0; i < plan->tensors->len; i++)
    {
      const B2ConvertTensor *tensor = &g_array_index (plan->tensors, B2ConvertTensor, i);
      gsize at = tensor->offset + (i * 131) % tensor->n_bytes;

      bytes[at] ^= (char) (1 << i % 8);
      folder_add (folder, "b.gguf", bytes, (gssize) n_bytes);
      bytes[at] ^= (char) (1 << i % 8);
      {
        g_autofree char *other = g_build_filename (folder, "b.gguf", NULL);

        g_assert_false (verify (plan, other, &error));
      }
      g_assert_error (error, B2_ERROR, B2_ERROR_IO);
      g_assert_nonnull (strstr (error->message, tensor->from->name));
      g_assert_nonnull (strstr (error->message, "read back"));
      g_clear_error (&error);
    }
  folder_remove (folder);
}

typedef struct
{
  B2Cancel *cancel;
  int stop_at, n_calls;
} Stopper;

static void
stop_cb (B2Phase phase, int done, int total, gpointer data)
{
  Stopper *self = data;

  g_assert_cmpint (done, <=, total);
  if (phase == B2_PHASE_CONVERT && self->n_calls++ == self->stop_at)
    b2_cancel_trigger (self->cancel);
}

/* Stopped at any moment, it leaves nothing. */
static void
test_cancel (void)
{
  char *folder = folder_new ();
  g_autofree char *source = golden_path ("opt-basic");
  g_autofree char *path = g_build_filename (folder, "a.gguf", NULL);
  B2ConvertOptions options = { .type = "q8_0", .n_threads = 2 };
  gboolean finished = FALSE;

  for (int at = 0; !finished; at += 7)
    {
      g_autoptr (B2Cancel) cancel = b2_cancel_new ();
      Stopper stopper = { cancel, at, 0 };
      B2Watch watch = { .cancel = cancel, .progress = stop_cb, .progress_data = &stopper };
      g_autoptr (GError) error = NULL;
      g_autoptr (B2ConvertReport) report = b2_convert (source, path, &options, &watch, &error);

      finished = report != NULL;
      if (!finished)
        g_assert_error (error, B2_ERROR, B2_ERROR_CANCELLED);
      g_assert_cmpuint (folder_count (folder), ==, finished ? 1 : 0);
      g_assert_cmpint (at, <, 10000);
    }
  folder_remove (folder);
}

/* A vector of a hand-made file may not be quantised, however well it would fit. */
static void
test_quantised_vector (void)
{
  char *folder = folder_new ();
  g_autofree char *path = g_build_filename (folder, "a.gguf", NULL);
  g_autoptr (B2GgufHeader) header = b2_gguf_header_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (B2Weights) weights = NULL;
  g_autoptr (GByteArray) file = NULL;
  static const gint64 shape[] = { 32 };
  const float *values;
  B2Binder *binder;
  guint64 n_bytes;
  guint n;

  g_assert_true (b2_gguf_header_add_tensor (header, "bias", B2_DTYPE_Q8_0, 1, shape, &error));
  file = b2_gguf_header_finish (header, &n_bytes);
  n = file->len;
  g_byte_array_set_size (file, (guint) n_bytes);
  memset (file->data + n, 0, n_bytes - n);
  folder_add (folder, "a.gguf", (const char *) file->data, (gssize) n_bytes);
  weights = b2_weights_open (path, NULL, &error);
  g_assert_no_error (error);
  binder = b2_binder_new (weights, NULL);
  b2_binder_begin_part (binder, "test");
  g_assert_false (b2_bind_vector (binder, &values, 1, shape, &error, "bias"));
  g_assert_error (error, B2_ERROR, B2_ERROR_UNSUPPORTED);
  g_assert_nonnull (strstr (error->message, "no matrix"));
  b2_binder_free (binder);
  folder_remove (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/convert/round-trip", test_round_trip);
  g_test_add_func ("/convert/round-trip-demo", test_round_trip_demo);
  g_test_add_func ("/convert/tokenizers", test_tokenizers);
  g_test_add_func ("/convert/answers", test_answers);
  g_test_add_func ("/convert/again", test_again);
  g_test_add_func ("/convert/report", test_report);
  g_test_add_func ("/convert/rules", test_rules);
  g_test_add_func ("/convert/refusals", test_refusals);
  g_test_add_func ("/convert/values", test_values);
  g_test_add_func ("/convert/verification", test_verification);
  g_test_add_func ("/convert/cancel", test_cancel);
  g_test_add_func ("/convert/quantised-vector", test_quantised_vector);
  return g_test_run ();
}

#include "tests/app/lab-maker.h"

#include <math.h>
#include <string.h>

#include "app/image-loader.h"

const LabSizes lab_small = { .layers = 2,
                             .all_layers = 4,
                             .heads = 3,
                             .queries = 5,
                             .rows = 4,
                             .columns = 6,
                             .extra_rows = 2,
                             .tokens = 4,
                             .lm_layers = 2,
                             .lm_heads = 2,
                             .vision_width = 8,
                             .lm_width = 7,
                             .qformer_width = 6,
                             .vocabulary = 100,
                             .pixels_a_patch = 4 };
const LabSizes lab_full = { .layers = 6,
                            .all_layers = 12,
                            .heads = 12,
                            .queries = 32,
                            .rows = 16,
                            .columns = 16,
                            .tokens = 30,
                            .lm_layers = 32,
                            .lm_heads = 32,
                            .vision_width = 1408,
                            .lm_width = 2560,
                            .qformer_width = 768,
                            .vocabulary = 50304,
                            .pixels_a_patch = 14 };

static void
add_random (B2Trace *trace, GRand *random, const char *name, int n_dims, const gint64 *shape)
{
  g_autofree float *values = NULL;
  gsize n = 1;

  for (int i = 0; i < n_dims; i++)
    n *= (gsize) shape[i];
  values = g_new (float, n);
  for (gsize i = 0; i < n; i++)
    values[i] = (float) g_rand_double_range (random, -2, 2);
  b2_trace_add (trace, name, values, n_dims, shape);
}

/* Rows of @share in all. */
static void
add_attention (B2Trace *trace, GRand *random, const char *name, const gint64 *shape, double share)
{
  gsize n = (gsize) (shape[0] * shape[1] * shape[2]), width = (gsize) shape[3];
  g_autofree float *values = g_new (float, n *width);

  for (gsize r = 0; r < n; r++)
    {
      double sum = 0;

      for (gsize i = 0; i < width; i++)
        {
          double value = random != NULL ? pow (g_rand_double_range (random, 0.01, 1), 6) : 1;

          values[r * width + i] = (float) value;
          sum += value;
        }
      for (gsize i = 0; i < width; i++)
        values[r * width + i] = (float) (values[r * width + i] * share / sum);
    }
  b2_trace_add (trace, name, values, 4, shape);
}

static void
add_pixels (B2Trace *trace, const LabSizes *s)
{
  gint64 shape[] = { 3, s->rows * s->pixels_a_patch, s->columns * s->pixels_a_patch };
  gsize n = (gsize) (shape[1] * shape[2]);
  g_autofree float *values = g_new (float, 3 * n);

  /* as a preprocessor makes them of 8-bit pixels */
  for (gsize i = 0; i < 3 * n; i++)
    values[i] = ((float) (i * 2654435761u >> 13 & 255) / 255.0f - 0.48f) / 0.27f;
  b2_trace_add (trace, "pixel_values", values, 3, shape);
}

static char *
tokens_json (const LabSizes *s)
{
  static const char *const pieces[] = { "a", " cat", "fish", " sleeps" };
  GString *json = g_string_new ("[");

  for (int i = 0; i < s->tokens; i++)
    g_string_append_printf (json, "%s{\"id\":%d,\"text\":\"%s\",\"probability\":0.5}", i > 0 ? "," : "", i,
                            i < (int) G_N_ELEMENTS (pieces) ? pieces[i] : "");
  g_string_append_c (json, ']');
  return g_string_free (json, FALSE);
}

static B2Trace *
make (const LabSizes *s, gboolean uniform)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (7);
  B2Trace *trace = b2_trace_new ();
  gint64 patches = (gint64) s->rows * s->columns, rows = s->queries + s->extra_rows;
  g_autofree char *tokens = tokens_json (s);
  g_autofree float *probabilities = g_new0 (float, s->tokens);

  add_pixels (trace, s);
  add_random (trace, random, "vision.last_hidden_state", 2, (gint64[]){ patches + 1, s->vision_width });
  add_random (trace, random, "qformer.last_hidden_state", 2, (gint64[]){ rows, s->qformer_width });
  add_attention (trace, uniform ? NULL : random, "qformer.cross_attentions",
                 (gint64[]){ s->layers, s->heads, s->queries, patches + 1 }, 1);
  add_attention (trace, uniform ? NULL : random, "qformer.self_attentions",
                 (gint64[]){ s->all_layers, s->heads, rows, rows }, 1);
  add_random (trace, random, "language_projection", 2, (gint64[]){ s->queries, s->lm_width });
  add_random (trace, random, "lm.first_logits", 1, (gint64[]){ s->vocabulary });
  add_attention (trace, uniform ? NULL : random, "lm.attention",
                 (gint64[]){ s->tokens, s->lm_layers, s->lm_heads, s->queries }, 0.7);
  for (int i = 0; i < s->tokens; i++)
    probabilities[i] = 1 / (float) (i + 3);
  b2_trace_add (trace, "lm.token_probabilities", probabilities, 1, (gint64[]){ s->tokens });
  b2_trace_set_metadata (trace, "model.fingerprint",
                         "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
  b2_trace_set_metadata (trace, "model.name", "made-up");
  b2_trace_set_metadata (trace, "image.size", "300×200");
  b2_trace_set_metadata (trace, "prompt", "");
  b2_trace_set_metadata (trace, "settings", "{\"beams\":5}");
  b2_trace_set_metadata (trace, "tokens", tokens);
  b2_trace_set_metadata (trace, "text", "a catfish sleeps");
  return trace;
}

B2Trace *
lab_make (const LabSizes *sizes)
{
  return make (sizes, FALSE);
}

B2Trace *
lab_make_uniform (const LabSizes *sizes)
{
  return make (sizes, TRUE);
}

float *
lab_values (B2Trace *trace, const char *name)
{
  B2TraceTensor *tensor = b2_trace_find (trace, name);

  g_assert_nonnull (tensor);
  return tensor->values;
}

QlTrace *
lab_trace (B2Trace *trace)
{
  g_autoptr (GError) error = NULL;
  QlTrace *self = ql_trace_new (trace, NULL, "made up", &error);

  g_assert_no_error (error);
  return self;
}

QlTrace *
lab_demo (const char *sample, const char *question)
{
  const char *root = g_getenv ("QLENS_SRC");
  g_autofree char *dir = g_build_filename (root, "data", "models", "qlens-demo-opt", NULL);
  g_autofree char *path = g_build_filename (root, "data", "samples", sample, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (B2Model) model = b2_model_open (dir, NULL, &error);
  g_autoptr (B2Session) session = NULL;
  g_autoptr (QlImage) image = ql_image_load_file (path, NULL, NULL, &error);
  g_autoptr (QlPicture) picture = NULL;
  g_autoptr (B2Answer) answer = NULL;
  B2GenerateHooks hooks = { .keep_trace = TRUE };
  B2DecodeOptions options;
  QlTrace *trace;

  g_assert_no_error (error);
  session = b2_session_new (model, NULL, &error);
  g_assert_no_error (error);
  b2_decode_options_init (&options, B2_PRESET_CAPTION);
  g_assert_true (
      b2_session_set_image (session, image->rgb, image->width, image->height, image->stride, &error));
  answer = b2_session_generate (session, question, &options, &hooks, &error);
  g_assert_no_error (error);
  picture = ql_picture_new (sample, NULL, image->bytes, image->width, image->height, image->stride);
  trace = ql_trace_new_for_answer (model, answer, picture, &error);
  g_assert_no_error (error);
  return trace;
}

QlPicture *
lab_picture (int width, int height)
{
  guint8 *rgb = g_malloc ((gsize) width * (gsize) height * 3);
  g_autoptr (GBytes) bytes = g_bytes_new_take (rgb, (gsize) width * (gsize) height * 3);

  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      {
        guint8 *p = rgb + ((gsize) y * (gsize) width + (gsize) x) * 3;

        p[0] = (guint8) (x * 255 / width);
        p[1] = (guint8) (y * 255 / height);
        p[2] = (guint8) ((x + y) * 128 / (width + height) + 60);
      }
  return ql_picture_new ("made up", NULL, bytes, width, height, (gsize) width * 3);
}

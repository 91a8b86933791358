/* Pictures that are encoded together give what they give alone, in every bit. */
#include <string.h>

#include <glib/gstdio.h>

#include "tests/engine/demo.h"
#include "tests/engine/golden-files.h"

#define N_PICTURES 3

static const char *const samples[N_PICTURES] = { "01-donut.png", "07-tiger.png", "03-tree.jpg" };
static GdkPixbuf *pictures[N_PICTURES];
static B2Pixels pixels[N_PICTURES];

static void
load_pictures (void)
{
  for (int i = 0; i < N_PICTURES; i++)
    {
      g_autofree char *path = g_build_filename (g_getenv ("QLENS_SRC"), "data", "samples", samples[i], NULL);

      pictures[i] = golden_picture (path);
      pixels[i]
          = (B2Pixels){ gdk_pixbuf_read_pixels (pictures[i]), gdk_pixbuf_get_width (pictures[i]),
                        gdk_pixbuf_get_height (pictures[i]), (gsize) gdk_pixbuf_get_rowstride (pictures[i]) };
      g_assert_cmpint (gdk_pixbuf_get_n_channels (pictures[i]), ==, 3);
    }
}

static B2Session *
new_session (B2Model *model, gboolean exact)
{
  B2SessionOptions options = { .n_threads = 2, .measure = TRUE, .exact = exact };
  g_autoptr (GError) error = NULL;
  B2Session *session = b2_session_new (model, &options, &error);

  g_assert_no_error (error);
  return session;
}

static void
count_vision (B2Phase phase, int done, int total, gpointer data)
{
  *(int *) data += phase == B2_PHASE_VISION;
}

/* @n_blocks: (out): of the image encoder, that ran now */
static B2Answer *
caption (B2Session *session, int *n_blocks)
{
  B2GenerateHooks hooks
      = { .watch = { .progress = count_vision, .progress_data = n_blocks }, .keep_trace = TRUE };
  g_autoptr (GError) error = NULL;
  B2DecodeOptions options;
  B2Answer *answer;

  *n_blocks = 0;
  b2_decode_options_init (&options, B2_PRESET_CAPTION);
  answer = b2_session_generate (session, NULL, &options, &hooks, &error);
  g_assert_no_error (error);
  return answer;
}

static void
encode_ahead (B2Session *session, int n)
{
  GError *errors[N_PICTURES] = { NULL };
  g_autoptr (GError) error = NULL;

  g_assert_true (b2_session_encode_ahead (session, pixels, n, NULL, errors, &error));
  g_assert_no_error (error);
  for (int i = 0; i < n; i++)
    g_assert_no_error (errors[i]);
}

static void
test_same (gconstpointer data)
{
  B2Model *model = (B2Model *) data;
  g_autoptr (B2Session) together = new_session (model, FALSE);

  g_assert_cmpint (b2_session_max_ahead (together), >=, N_PICTURES);
  encode_ahead (together, N_PICTURES);
  /* In another order than they were given in. */
  for (int i = N_PICTURES - 1; i >= 0; i--)
    {
      g_autoptr (B2Session) alone = new_session (model, FALSE);
      g_autoptr (B2Answer) one = NULL, other = NULL, again = NULL;
      int n_blocks, n_again;

      demo_use_sample (alone, samples[i]);
      one = caption (alone, &n_blocks);
      g_assert_cmpint (n_blocks, >, 0);
      b2_session_set_image_ahead (together, i);
      other = caption (together, &n_again);
      g_assert_cmpint (n_again, ==, 0);
      g_assert_cmpfloat (other->timings.vision, >, 0); /* its share of the time is told, once */
      g_assert_cmpfloat (other->timings.preprocess, >, 0);
      g_assert_cmpstr (one->text, ==, other->text);
      g_assert_cmpfloat (one->score, ==, other->score);
      demo_assert_same_trace (one->trace, other->trace, "_ms");
      again = caption (together, &n_again);
      g_assert_cmpint (n_again, ==, 0);
      g_assert_cmpfloat (again->timings.vision, ==, 0);
    }
}

/* What waits is forgotten by the next call, and does not touch the session's picture. */
static void
test_forgotten (gconstpointer data)
{
  B2Model *model = (B2Model *) data;
  g_autoptr (B2Session) session = new_session (model, FALSE);
  g_autoptr (B2Answer) before = NULL, after = NULL;
  int n_blocks;

  demo_use_sample (session, samples[0]);
  before = caption (session, &n_blocks);
  encode_ahead (session, N_PICTURES);
  encode_ahead (session, 2);
  after = caption (session, &n_blocks);
  g_assert_cmpint (n_blocks, ==, 0);
  g_assert_cmpstr (before->text, ==, after->text);
  /* The picture that it has already: what was computed of it stays. */
  b2_session_set_image_ahead (session, 0);
  g_clear_pointer (&after, b2_answer_free);
  after = caption (session, &n_blocks);
  g_assert_cmpint (n_blocks, ==, 0);
  g_assert_cmpfloat (before->score, ==, after->score);
}

/* One that cannot be used spoils no other. */
static void
test_bad_picture (gconstpointer data)
{
  B2Model *model = (B2Model *) data;
  g_autoptr (B2Session) session = new_session (model, FALSE);
  B2Pixels three[] = { pixels[0], pixels[1], pixels[2] };
  GError *errors[N_PICTURES] = { NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (B2Answer) answer = NULL;
  int n_blocks;

  three[1].width = 0;
  g_assert_true (b2_session_encode_ahead (session, three, N_PICTURES, NULL, errors, &error));
  g_assert_no_error (errors[0]);
  g_assert_no_error (errors[2]);
  g_assert_error (errors[1], B2_ERROR, B2_ERROR_ARGUMENT);
  g_clear_error (&errors[1]);
  b2_session_set_image_ahead (session, 2);
  answer = caption (session, &n_blocks);
  g_assert_cmpint (n_blocks, ==, 0);
}

static void
test_stopped (gconstpointer data)
{
  B2Model *model = (B2Model *) data;
  g_autoptr (B2Session) session = new_session (model, FALSE);
  B2Cancel *cancel = b2_cancel_new ();
  B2Watch watch = { .cancel = cancel };
  GError *errors[N_PICTURES] = { NULL };
  g_autoptr (GError) error = NULL;

  b2_cancel_trigger (cancel);
  g_assert_false (b2_session_encode_ahead (session, pixels, N_PICTURES, &watch, errors, &error));
  g_assert_error (error, B2_ERROR, B2_ERROR_CANCELLED);
  for (int i = 0; i < N_PICTURES; i++)
    g_assert_no_error (errors[i]);
  b2_cancel_unref (cancel);
}

/* Sums of OpenBLAS may depend on how many rows there are: then each picture is alone. */
static void
test_exact (gconstpointer data)
{
  B2Model *model = (B2Model *) data;
  g_autoptr (B2Session) session = new_session (model, TRUE);

  g_assert_cmpint (b2_session_max_ahead (session), ==, 1);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *dir = NULL, *file = NULL, *demo = NULL;
  B2ConvertOptions options = { .type = "q8_0", .n_threads = 2 };
  g_autoptr (B2ConvertReport) report = NULL;
  g_autoptr (B2Model) model = NULL;
  int status;

  g_test_init (&argc, &argv, NULL);
  dir = g_dir_make_tmp ("qlens-XXXXXX", &error);
  g_assert_no_error (error);
  file = g_build_filename (dir, "q8_0.gguf", NULL);
  demo = demo_dir ("qlens-demo-opt");
  report = b2_convert (demo, file, &options, NULL, &error);
  g_assert_no_error (error);
  model = b2_model_open (file, NULL, &error);
  g_assert_no_error (error);
  load_pictures ();

  g_test_add_data_func ("/ahead/same", model, test_same);
  g_test_add_data_func ("/ahead/forgotten", model, test_forgotten);
  g_test_add_data_func ("/ahead/bad-picture", model, test_bad_picture);
  g_test_add_data_func ("/ahead/stopped", model, test_stopped);
  g_test_add_data_func ("/ahead/exact", model, test_exact);
  status = g_test_run ();

  for (int i = 0; i < N_PICTURES; i++)
    g_object_unref (pictures[i]);
  g_unlink (file);
  g_rmdir (dir);
  return status;
}

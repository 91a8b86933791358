/* The retrieval cases of tests/golden: ITM and ITC against transformers. */
#include "engine/run/session.h"
#include "tests/engine/golden-files.h"

static void
compare_scores (GoldenErrors *errors, B2Safetensors *tensors, gsize at, const B2Match *match)
{
  const float *logits = (const float *) (gconstpointer) b2_safetensors_lookup (tensors, "itm_logits")->data;
  const float *probabilities
      = (const float *) (gconstpointer) b2_safetensors_lookup (tensors, "itm_probs")->data;
  const float *itc = (const float *) (gconstpointer) b2_safetensors_lookup (tensors, "itc")->data;

  golden_compare_values (errors, "itm_logits", "itm_logits", logits + 2 * at, match->itm_logits, 2, 1e-3);
  golden_compare_values (errors, "itm probability", "itm_probs", probabilities + 2 * at + 1, &match->itm, 1,
                         1e-3);
  golden_compare_values (errors, "itc", "itc", itc + at, &match->itc, 1, 1e-3);
}

static void
check_image (B2Session *session, json_t *expected, B2Safetensors *tensors, gsize image, const char *case_name,
             GoldenErrors *errors)
{
  json_t *texts = json_object_get (expected, "texts"), *text;
  const json_t *entry = json_array_get (json_object_get (expected, "images"), image);
  g_autofree char *rel
      = g_build_filename (case_name, json_string_value (json_object_get (entry, "file")), NULL);
  g_autofree char *path = golden_path (rel);
  g_autofree char *vision = g_strdup_printf ("img%" G_GSIZE_FORMAT ".vision.last_hidden_state", image);
  g_autofree char *qformer = g_strdup_printf ("img%" G_GSIZE_FORMAT ".qformer.last_hidden_state", image);
  g_autofree char *pixels = g_strdup_printf ("img%" G_GSIZE_FORMAT ".pixel_values", image);
  g_autoptr (GdkPixbuf) picture = golden_picture (path);
  gsize i;

  golden_set_image (session, picture);
  json_array_foreach (texts, i, text)
  {
    g_autoptr (GError) error = NULL;
    B2Match match;

    b2_session_match (session, json_string_value (json_object_get (text, "text")), &match, NULL, &error);
    g_assert_no_error (error);
    compare_scores (errors, tensors, image * json_array_size (texts) + i, &match);
  }
  golden_compare (errors, "pixel_values", tensors, pixels, session->pixels,
                  3 * (gsize) session->width_px * (gsize) session->height_px, 0);
  golden_compare (errors, "vision.last_hidden_state", tensors, vision, session->plain_image.features,
                  session->n_image * (gsize) session->model->config->vision.width, 1e-3);
  golden_compare (errors, "qformer.last_hidden_state", tensors, qformer, session->plain.out,
                  (gsize) session->plain.n_rows * (gsize) session->model->config->qformer.width, 1e-3);
}

static void
check_case (gconstpointer data)
{
  const char *name = data;
  g_autofree char *dir = golden_path (name), *json_path = g_strconcat (name, "/expected.json", NULL);
  g_autofree char *tensor_path = g_strconcat (dir, "/expected.safetensors", NULL);
  g_autoptr (GError) error = NULL;
  json_t *expected = golden_json (json_path);
  g_autoptr (B2Safetensors) tensors = b2_safetensors_open (tensor_path, &error);
  g_autoptr (B2Model) model = b2_model_open (dir, NULL, &error);
  g_autoptr (B2Session) session = NULL;
  GoldenErrors *errors = golden_errors_new ();

  g_assert_no_error (error);
  session = b2_session_new (model, NULL, &error);
  g_assert_no_error (error);
  for (gsize i = 0; i < json_array_size (json_object_get (expected, "images")); i++)
    check_image (session, expected, tensors, i, name, errors);
  golden_errors_tell (errors, name);
  json_decref (expected);
}

int
main (int argc, char **argv)
{
  json_t *manifest, *name;
  gsize i;
  int status;

  g_test_init (&argc, &argv, NULL);
  manifest = golden_json ("manifest.json");
  json_array_foreach (json_object_get (json_object_get (manifest, "cases"), "match"), i, name)
  {
    g_autofree char *path = g_strconcat ("/golden/match/", json_string_value (name), NULL);

    g_test_add_data_func (path, json_string_value (name), check_case);
  }
  g_assert_cmpuint (i, >, 0);
  status = g_test_run ();
  json_decref (manifest);
  return status;
}

/* Opening model folders: what is told of them, memory, and broken ones. */
#include <string.h>
#include <unistd.h>

#include "tests/engine/demo.h"
#include "tests/engine/golden-files.h"
#include "tests/engine/model-folder.h"

/* Not broken at all: several end tokens are as good as one. */
#define SOUND "eos-list"

static void
test_malformed (void)
{
  json_t *root = golden_json ("malformed/folders.json"), *entry;
  gsize i;

  json_array_foreach (json_object_get (root, "folders"), i, entry)
  {
    const char *name = json_string_value (json_object_get (entry, "name"));
    char *dir = folder_copy_malformed (entry);
    g_autoptr (GError) error = NULL;
    Guard guard = guard_begin ();
    B2Model *model = b2_model_open (dir, NULL, &error);

    guard_end (&guard, name);
    if (model != NULL)
      {
        if (strcmp (name, SOUND) != 0)
          {
            g_test_message ("%s was opened", name);
            g_test_fail ();
          }
        b2_model_unref (model);
      }
    else
      {
        g_test_message ("%s: %s", name, error->message);
        g_assert_cmpstr (name, !=, SOUND);
        g_assert_true (error->domain == B2_ERROR);
        /* It says which file or folder. */
        g_assert_nonnull (strstr (error->message, dir));
      }
    folder_remove (dir);
  }
  g_assert_cmpuint (i, >, 50);
  json_decref (root);
}

static void
test_info (void)
{
  g_autoptr (B2Model) model = demo_model ("qlens-demo-opt");
  const B2ModelInfo *info = b2_model_info (model);
  guint64 n_parameters = 0;

  g_assert_cmpstr (info->family, ==, "opt");
  g_assert_cmpuint (info->tasks, ==, B2_TASK_GENERATE);
  g_assert_cmpuint (info->n_parameters, ==, 7438464); /* as the model's card says */
  g_assert_cmpint (info->n_patches, ==, 144);
  g_assert_cmpint (info->n_query, ==, 32);
  g_assert_cmpint (info->qformer_cross_layers, ==, 3);
  g_assert_cmpint (info->n_tensors_ignored, ==, 0);
  g_assert_cmpuint (strlen (info->fingerprint), ==, 64);
  for (int i = 0; i < info->n_parts; i++)
    n_parameters += info->parts[i].n_parameters;
  g_assert_cmpuint (n_parameters, ==, info->n_parameters);
  g_assert_cmpuint (info->peak_bytes, >, info->n_bytes);
}

static void
test_retrieval_info (void)
{
  g_autoptr (B2Model) model = demo_model ("qlens-demo-itm");
  const B2ModelInfo *info = b2_model_info (model);

  g_assert_cmpstr (info->family, ==, "itg");
  g_assert_cmpuint (info->tasks, ==, B2_TASK_GENERATE | B2_TASK_MATCH);
}

static void
test_question_prompts (void)
{
  static const struct
  {
    const char *folder, *prompt;
  } prompts[] = {
    { "opt-basic", "Question: why %s? Answer:" },
    { "t5-basic", "Question: why %s? Short answer:" },
    { "instructblip-t5", "why %s?" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (prompts); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *dir = golden_path (prompts[i].folder);
      g_autoptr (B2Model) model = b2_model_open (dir, NULL, &error);
      g_autofree char *prompt = NULL;

      g_assert_no_error (error);
      prompt = b2_model_question_prompt (model, "why %s?");
      g_assert_cmpstr (prompt, ==, prompts[i].prompt);
    }
}

static void
test_missing (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (b2_model_open ("/nonexistent/folder", NULL, &error));
  g_assert_error (error, B2_ERROR, B2_ERROR_IO);
  g_assert_nonnull (strstr (error->message, "/nonexistent/folder"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/model/info", test_info);
  g_test_add_func ("/model/retrieval-info", test_retrieval_info);
  g_test_add_func ("/model/question-prompts", test_question_prompts);
  g_test_add_func ("/model/missing", test_missing);
  g_test_add_func ("/model/malformed", test_malformed);
  return g_test_run ();
}

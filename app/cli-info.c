#include <glib/gi18n.h>
#include <stdio.h>

#include "app/cli-output.h"
#include "app/cli-run.h"
#include "app/cli.h"
#include "app/free-memory.h"

static gboolean
check (QlCliOptions *options)
{
  if (options->words->len > 0)
    return ql_cli_usage_error (options->command, _ ("“%s”: a model is named with --model"),
                               (const char *) options->words->pdata[0]);
  return TRUE;
}

static json_t *
tasks_json (guint tasks)
{
  json_t *array = json_array ();

  if (tasks & B2_TASK_GENERATE)
    json_array_append_new (array, json_string ("generate"));
  if (tasks & B2_TASK_MATCH)
    json_array_append_new (array, json_string ("match"));
  return array;
}

static json_t *
shapes_json (const B2ModelInfo *info)
{
  json_t *language_model = json_null ();

  if (info->lm_layers > 0)
    language_model = json_pack ("{s:i, s:i, s:i, s:i, s:i}", "layers", info->lm_layers, "width",
                                info->lm_width, "heads", info->lm_heads, "vocabulary", info->lm_vocab,
                                "max_prompt_tokens", info->max_prompt_tokens);
  return json_pack ("{s:{s:i, s:i, s:i}, s:{s:i, s:i, s:i, s:i}, s:{s:i, s:i, s:i, s:i, s:i}, s:o}", "image",
                    "width", info->image_width_px, "height", info->image_height_px, "patch", info->patch_px,
                    "vision", "layers", info->vision_layers, "width", info->vision_width, "heads",
                    info->vision_heads, "patches", info->n_patches, "qformer", "layers", info->qformer_layers,
                    "width", info->qformer_width, "heads", info->qformer_heads, "queries", info->n_query,
                    "cross_layers", info->qformer_cross_layers, "language_model", language_model);
}

static json_t *
parts_json (const B2ModelInfo *info)
{
  json_t *array = json_array ();

  for (int i = 0; i < info->n_parts; i++)
    {
      const B2ModelPart *part = &info->parts[i];

      json_array_append_new (array, json_pack ("{s:s, s:I, s:I, s:s}", "name", part->name, "parameters",
                                               (json_int_t) part->n_parameters, "bytes",
                                               (json_int_t) part->n_bytes, "types", part->types));
    }
  return array;
}

static json_t *
memory_json (const B2MemoryUse *use)
{
  return json_pack ("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "vision_bytes", (json_int_t) use->vision,
                    "qformer_bytes", (json_int_t) use->qformer, "language_model_bytes",
                    (json_int_t) use->language_model, "activation_bytes", (json_int_t) use->activations,
                    "cache_bytes", (json_int_t) use->cache, "program_bytes", (json_int_t) use->program,
                    "peak_bytes", (json_int_t) use->peak, "free_bytes", (json_int_t) ql_free_memory ());
}

static gboolean
emit_json (const B2ModelInfo *info, const B2MemoryUse *use)
{
  json_t *object = json_object ();

  json_object_set_new (object, "model", ql_cli_json_string (info->dir));
  json_object_set_new (object, "architecture", ql_cli_json_string (info->architecture));
  json_object_set_new (object, "family", ql_cli_json_string (info->family));
  json_object_set_new (object, "tasks", tasks_json (info->tasks));
  json_object_set_new (object, "shapes", shapes_json (info));
  json_object_set_new (object, "parts", parts_json (info));
  json_object_set_new (object, "parameters", json_integer ((json_int_t) info->n_parameters));
  json_object_set_new (object, "weight_bytes", json_integer ((json_int_t) info->n_bytes));
  json_object_set_new (object, "memory_bytes", json_integer ((json_int_t) use->peak));
  json_object_set_new (object, "memory", memory_json (use));
  json_object_set_new (object, "fingerprint", ql_cli_json_string (info->fingerprint));
  /* a folder with a missing or misshapen tensor does not open: what is shown here was all there */
  json_object_set_new (object, "verification",
                       json_pack ("{s:b, s:i, s:i}", "complete", TRUE, "tensors_used", info->n_tensors_used,
                                  "tensors_ignored", info->n_tensors_ignored));
  return ql_cli_emit_json (object);
}

static void
print_memory (const B2MemoryUse *use)
{
  const struct
  {
    const char *name;
    guint64 bytes;
  } parts[] = { { _ ("vision"), use->vision },
                { _ ("Q-Former"), use->qformer },
                { _ ("language model"), use->language_model },
                { _ ("activations"), use->activations },
                { _ ("keys and values"), use->cache },
                { _ ("program"), use->program } };
  guint64 free_bytes = ql_free_memory ();
  g_autofree char *peak = g_format_size (use->peak), *there = g_format_size (free_bytes);

  if (free_bytes > 0)
    /* Translators: two amounts of memory. The rows below say what it is for. */
    printf (_ ("Memory needed   about %s at most; %s free\n"), peak, there);
  else
    printf (_ ("Memory needed   about %s at most\n"), peak);
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      g_autofree char *size = g_format_size (parts[i].bytes);
      int width = 42 - (int) g_utf8_strlen (parts[i].name, -1); /* printf() counts bytes */

      printf ("  %s%*s\n", parts[i].name, MAX (width, 1), size);
    }
  printf (_ ("  Vision leaves memory before the language model comes in\n"));
}

static gboolean
emit_text (const B2ModelInfo *info, const B2MemoryUse *use)
{
  g_autofree char *dir = ql_cli_printable (info->dir);
  g_autofree char *size = g_format_size (info->n_bytes);
  g_autofree char *number = g_strdup_printf ("%" G_GUINT64_FORMAT, info->n_parameters);
  const char *can = info->tasks & B2_TASK_GENERATE
                        ? (info->tasks & B2_TASK_MATCH ? _ ("captions, answers and matching")
                                                       : _ ("captions and answers"))
                        : _ ("matching");

  printf (_ ("Model           %s\n"), dir);
  printf (_ ("Architecture    %s%s%s\n"), info->architecture, info->family[0] != '\0' ? ", " : "",
          info->family);
  printf (_ ("Good for        %s\n"), can);
  printf (_ ("Picture         %d × %d pixels, patches of %d\n"), info->image_width_px, info->image_height_px,
          info->patch_px);
  printf (_ ("Vision          %d layers, width %d, %d heads, %d patches\n"), info->vision_layers,
          info->vision_width, info->vision_heads, info->n_patches);
  printf (_ ("Q-Former        %d layers, width %d, %d heads, %d queries, cross-attention in %d layers\n"),
          info->qformer_layers, info->qformer_width, info->qformer_heads, info->n_query,
          info->qformer_cross_layers);
  if (info->lm_layers > 0)
    printf (_ ("Language model  %d layers, width %d, %d heads, %d tokens\n"), info->lm_layers, info->lm_width,
            info->lm_heads, info->lm_vocab);
  if (info->max_prompt_tokens > 0)
    printf (_ ("Longest prompt  %d tokens\n"), info->max_prompt_tokens);
  printf (_ ("Parameters      %s, %s of weights\n"), number, size);
  for (int i = 0; i < info->n_parts; i++)
    {
      g_autofree char *part_size = g_format_size (info->parts[i].n_bytes);

      printf ("  %-16s %14" G_GUINT64_FORMAT "  %10s  %s\n", info->parts[i].name, info->parts[i].n_parameters,
              part_size, info->parts[i].types);
    }
  print_memory (use);
  printf (_ ("Fingerprint     %s\n"), info->fingerprint);
  printf (_ ("Verified        all %d tensors there, of the right type and shape; %d more in the files are "
             "not used\n"),
          info->n_tensors_used, info->n_tensors_ignored);
  return ql_cli_flush ();
}

static int
info (const QlCliOptions *options)
{
  g_autofree char *dir = ql_cli_model_dir (options, "qlens-demo-opt");
  B2Watch watch = { .cancel = ql_cli_cancel () };
  g_autoptr (GError) error = NULL;
  g_autoptr (B2Model) model = NULL;
  B2MemoryRun run = ql_cli_memory_run (options);
  B2MemoryUse use;
  gboolean ok;

  if (dir == NULL)
    return QL_CLI_FAILED;
  model = b2_model_open (dir, &watch, &error);
  if (model == NULL)
    {
      ql_cli_error (dir, error);
      return QL_CLI_FAILED;
    }
  b2_model_estimate_memory (model, &run, &use);
  ok = options->json ? emit_json (b2_model_info (model), &use) : emit_text (b2_model_info (model), &use);
  return ok ? QL_CLI_OK : QL_CLI_FAILED;
}

const QlCliCommand ql_cli_info = {
  .name = "info",
  .usage = "",
  .summary = N_ ("show what a model holds"),
  .groups = QL_CLI_GROUP_MODEL | QL_CLI_GROUP_MEMORY | QL_CLI_GROUP_JSON,
  .preset = B2_PRESET_CAPTION,
  .check = check,
  .run = info,
};

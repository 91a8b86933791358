/*
 * config.json, preprocessor_config.json and processor_config.json, with a zero byte
 * between them (an empty one is missing). Whatever the bytes: no crash, and every number
 * that is accepted keeps the promises of config.h.
 */

#include <math.h>
#include <string.h>

#include "engine/core/error.h"
#include "engine/io/config-parse.h"
#include "engine/io/json-file.h"
#include "tests/fuzz/fuzz.h"

static void
check_lm (const B2Config *config)
{
  const B2LmConfig *lm = &config->lm;

  check (lm->width > 0 && lm->mlp_width > 0 && lm->n_layers > 0 && lm->n_decoder_layers > 0);
  check (lm->n_heads > 0 && lm->head_width > 0 && lm->head_width <= B2_MAX_MLP_WIDTH / lm->n_heads);
  check (lm->vocab_size > 0 && lm->eps > 0 && lm->n_eos >= 0 && lm->n_eos <= B2_MAX_EOS);
  for (int i = 0; i < lm->n_eos; i++)
    check (lm->eos_ids[i] >= 0 && lm->eos_ids[i] < lm->vocab_size);
  check (lm->bos_id >= -1 && lm->bos_id < lm->vocab_size);
  check (lm->pad_id >= -1 && lm->pad_id < lm->vocab_size);
  check (config->image_token_id >= -1 && config->image_token_id < lm->vocab_size);
  if (strcmp (lm->model_type, "opt") == 0)
    check (lm->head_width * lm->n_heads == lm->width && lm->max_positions > config->n_query);
  else
    check (lm->decoder_start_id >= 0 && lm->decoder_start_id < lm->vocab_size && lm->n_buckets >= 4
           && lm->max_distance > lm->n_buckets / 2);
}

static void
check_config (const B2Config *config)
{
  const B2VisionConfig *vision = &config->vision;
  const B2QformerConfig *qformer = &config->qformer;
  const B2PreprocessConfig *pre = &config->preprocess;

  check (vision->width > 0 && vision->mlp_width > 0 && vision->n_layers > 0);
  check (vision->n_heads > 0 && vision->width % vision->n_heads == 0);
  check (vision->patch_px > 0 && vision->image_px % vision->patch_px == 0);
  check (vision->eps > 0 && qformer->eps > 0);
  check (qformer->width > 0 && qformer->n_heads > 0 && qformer->width % qformer->n_heads == 0);
  check (qformer->cross_frequency > 0 && qformer->encoder_width == vision->width);
  check (pre->width_px == vision->image_px && pre->height_px == vision->image_px);
  check (pre->rescale_factor > 0 && isfinite (pre->rescale_factor));
  for (int c = 0; c < 3; c++)
    check (isfinite (pre->mean[c]) && isfinite (1 / pre->std[c]) && pre->std[c] > 0);
  check (config->n_query > 0);
  if (config->architecture == B2_ARCHITECTURE_RETRIEVAL)
    check (config->itc_width > 0);
  else
    check_lm (config);
}

int
LLVMFuzzerTestOneInput (const guint8 *bytes, gsize n_bytes)
{
  B2ConfigReader readers[3]
      = { { NULL, "config.json", "" }, { NULL, "preprocessor.json", "" }, { NULL, "processor.json", "" } };
  json_t *roots[3] = { NULL };
  const char *text = (const char *) bytes, *end = text + n_bytes;
  g_autoptr (GError) error = NULL;
  g_autoptr (B2Config) config = NULL;
  gboolean ok = TRUE;

  for (int i = 0; i < 3 && ok && text < end; i++)
    {
      const char *stop = memchr (text, 0, (gsize) (end - text));
      gsize n = (gsize) ((stop != NULL ? stop : end) - text);

      if (n > 0)
        {
          readers[i].object = roots[i] = b2_json_parse (text, n, readers[i].path, &error);
          ok = roots[i] != NULL;
        }
      text += n + (stop != NULL ? 1 : 0);
    }
  if (ok)
    config = b2_config_parse (&readers[0], &readers[1], &readers[2], &error);
  check ((config == NULL) == (error != NULL));
  if (config != NULL)
    check_config (config);
  else
    check (error->domain == B2_ERROR && g_utf8_validate (error->message, -1, NULL));
  for (int i = 0; i < 3; i++)
    json_decref (roots[i]);
  return 0;
}

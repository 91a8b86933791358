#include "engine/run/model.h"

#include <string.h>

#include "engine/models/lm-itg.h"

/* ---- opening ------------------------------------------------------------------ */

static gboolean
bind_heads (B2Model *self, GError **error)
{
  int d = self->config->qformer.width, width = self->config->itc_width;

  return b2_bind_linear (self->binder, &self->heads.vision_projection, width, d, TRUE, error,
                         "vision_projection")
         && b2_bind_linear (self->binder, &self->heads.text_projection, width, d, TRUE, error,
                            "text_projection")
         && b2_bind_linear (self->binder, &self->heads.itm, 2, d, TRUE, error, "itm_head");
}

/* The head that lies beside a retrieval model or, in a GGUF file, in it; where there is one. */
static gboolean
bind_itg (B2Model *self, const B2Watch *watch, GError **error)
{
  gboolean inside = self->source->gguf != NULL;
  g_autofree char *path = inside ? g_strdup (self->source->path)
                                 : g_build_filename (self->source->path, B2_ITG_HEAD_NAME, NULL);
  gint32 dec = b2_tokenizer_lookup (self->tokenizer, "[DEC]"),
         sep = b2_tokenizer_lookup (self->tokenizer, "[SEP]");

  if (inside ? !b2_binder_has (self->binder, "cls.predictions.bias")
             : !g_file_test (path, G_FILE_TEST_EXISTS))
    return TRUE;
  if (dec < 0 || sep < 0)
    {
      g_set_error (error, B2_ERROR, B2_ERROR_FORMAT,
                   "%s: the tokenizer beside it has no [DEC] or no [SEP] token", path);
      return FALSE;
    }
  if (dec >= self->config->qformer.vocab_size || sep >= self->config->qformer.vocab_size)
    {
      g_set_error (
          error, B2_ERROR, B2_ERROR_SHAPE,
          "%s: the tokenizer beside it gives [DEC] %d and [SEP] %d, the Q-Former's vocabulary has %d", path,
          dec, sep, self->config->qformer.vocab_size);
      return FALSE;
    }
  if (!inside)
    {
      self->itg_weights = b2_weights_open_file (path, watch != NULL ? watch->cancel : NULL, error);
      if (self->itg_weights == NULL)
        return FALSE;
      b2_binder_add_weights (self->binder, self->itg_weights);
    }
  b2_binder_begin_part (self->binder, "text generation head");
  self->eos_ids[0] = sep;
  self->n_eos = 1;
  self->lm = b2_lm_itg_new (self->binder, self->qformer, dec, error);
  return self->lm != NULL;
}

static gboolean
bind_language_model (B2Model *self, GError **error)
{
  const B2LmConfig *c = &self->config->lm;
  const B2LmFamily *family = b2_lm_family_find (c->model_type);

  if (family == NULL)
    {
      g_set_error (error, B2_ERROR, B2_ERROR_UNSUPPORTED,
                   "%s: the language model is of type \"%s\"; Qlens reads OPT and T5", self->dir,
                   c->model_type);
      return FALSE;
    }
  b2_binder_begin_part (self->binder, "projection");
  if (!b2_bind_linear (self->binder, &self->projection, c->width, self->config->qformer.width, TRUE, error,
                       "language_projection"))
    return FALSE;
  b2_binder_begin_part (self->binder, "language model");
  self->lm = family->bind (self->binder, c, error);
  memcpy (self->eos_ids, c->eos_ids, sizeof self->eos_ids);
  self->n_eos = c->n_eos;
  return self->lm != NULL;
}

static gboolean
bind_network (B2Model *self, const B2Watch *watch, GError **error)
{
  B2Architecture architecture = self->config->architecture;

  b2_binder_begin_part (self->binder, "vision");
  self->vit = b2_vit_bind (self->binder, &self->config->vision, error);
  if (self->vit == NULL)
    return FALSE;
  b2_binder_begin_part (self->binder, "qformer");
  self->qformer = b2_qformer_bind (self->binder, &self->config->qformer, self->config->n_query,
                                   architecture != B2_ARCHITECTURE_GENERATION, error);
  if (self->qformer == NULL)
    return FALSE;
  if (architecture != B2_ARCHITECTURE_RETRIEVAL)
    return bind_language_model (self, error);
  b2_binder_begin_part (self->binder, "heads");
  return bind_heads (self, error) && bind_itg (self, watch, error);
}

static gboolean
check_no_layers_left (B2Model *self, GError **error)
{
  /* A config with fewer layers than the file runs without complaint and answers nonsense. */
  const struct
  {
    const char *format;
    int next;
  } next[] = {
    { "vision_model.encoder.layers.%d.layer_norm1.weight", self->config->vision.n_layers },
    { "qformer.encoder.layer.%d.attention.output.dense.weight", self->config->qformer.n_layers },
    { "language_model.model.decoder.layers.%d.fc1.weight", self->config->lm.n_layers },
    { "language_model.encoder.block.%d.layer.0.layer_norm.weight", self->config->lm.n_layers },
    { "language_model.decoder.block.%d.layer.0.layer_norm.weight", self->config->lm.n_decoder_layers },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (next); i++)
    {
      g_auto (GStrv) parts = g_strsplit (next[i].format, "%d", 2);
      g_autofree char *name = g_strdup_printf ("%s%d%s", parts[0], next[i].next, parts[1]);

      if (self->config->architecture == B2_ARCHITECTURE_RETRIEVAL && i >= 2)
        break;
      if (b2_weights_lookup (self->weights, name) != NULL)
        {
          g_set_error (error, B2_ERROR, B2_ERROR_SHAPE,
                       "%s: config.json asks for %d layers, but the weights hold more (tensor \"%s\")",
                       self->dir, next[i].next, name);
          return FALSE;
        }
    }
  return TRUE;
}

static gboolean
open_tokenizers (B2Model *self, GError **error)
{
  g_autoptr (B2ModelFiles) qformer_files = b2_model_files_sub (self->source->files, B2_QFORMER_TOKENIZER_DIR);

  self->tokenizer = b2_tokenizer_open_files (self->source->files, error);
  if (self->tokenizer == NULL)
    return FALSE;
  if (self->config->architecture != B2_ARCHITECTURE_INSTRUCT)
    return TRUE;
  self->qformer_tokenizer = b2_tokenizer_open_files (qformer_files, error);
  return self->qformer_tokenizer != NULL;
}

static gboolean
open_all (B2Model *self, const B2Watch *watch, GError **error)
{
  B2Cancel *cancel = watch != NULL ? watch->cancel : NULL;

  if (!b2_cancel_check (cancel, error))
    return FALSE;
  self->source = b2_model_source_open (self->dir, error);
  if (self->source == NULL || !b2_cancel_check (cancel, error))
    return FALSE;
  self->config = b2_config_load_files (self->source->files, error);
  if (self->config == NULL || !b2_cancel_check (cancel, error))
    return FALSE;
  self->weights = b2_weights_open_source (self->source, cancel, error);
  if (self->weights == NULL || !b2_cancel_check (cancel, error) || !open_tokenizers (self, error))
    return FALSE;
  self->binder = b2_binder_new (self->weights, watch);
  if (!bind_network (self, watch, error) || !check_no_layers_left (self, error))
    return FALSE;
  b2_binder_done (self->binder);
  return b2_cancel_check (cancel, error);
}

/* ---- what it is ---------------------------------------------------------------- */

static const char *
architecture_name (B2Architecture architecture)
{
  switch (architecture)
    {
    case B2_ARCHITECTURE_GENERATION:
      return "Blip2ForConditionalGeneration";
    case B2_ARCHITECTURE_RETRIEVAL:
      return "Blip2ForImageTextRetrieval";
    case B2_ARCHITECTURE_INSTRUCT:
      return "InstructBlipForConditionalGeneration";
    }
  g_return_val_if_reached ("");
}

static char *
type_names (guint types)
{
  static const struct
  {
    B2WeightType type;
    const char *name;
  } names[] = {
    { B2_WEIGHT_F32, "F32" },   { B2_WEIGHT_F16, "F16" },   { B2_WEIGHT_BF16, "BF16" },
    { B2_WEIGHT_Q8_0, "Q8_0" }, { B2_WEIGHT_Q4_0, "Q4_0" },
  };
  GString *text = g_string_new (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (types & (1u << names[i].type))
      g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "", names[i].name);
  return g_string_free (text, FALSE);
}

static void
fill_parts (B2Model *self)
{
  B2ModelInfo *info = &self->info;
  int n = b2_binder_n_parts (self->binder);
  B2ModelPart *parts = g_new0 (B2ModelPart, n);

  for (int i = 0; i < n; i++)
    {
      const B2BinderPart *part = b2_binder_part (self->binder, i);

      parts[i] = (B2ModelPart){ g_strdup (part->name), part->n_parameters, part->n_bytes,
                                type_names (part->types) };
      info->n_parameters += part->n_parameters;
      info->n_bytes += part->n_bytes;
    }
  info->parts = parts;
  info->n_parts = n;
  info->n_tensors_used = b2_binder_n_used (self->binder);
  info->n_tensors_ignored = (int) b2_weights_n_tensors (self->weights) - info->n_tensors_used;
  if (self->itg_weights != NULL)
    info->n_tensors_ignored += (int) b2_weights_n_tensors (self->itg_weights);
}

static guint64
peak_bytes (B2Model *self)
{
  B2MemoryRun run;
  B2MemoryUse use;

  b2_memory_run_init (&run);
  b2_model_estimate_memory (self, &run, &use);
  return use.peak;
}

static void
fill_info (B2Model *self)
{
  B2ModelInfo *info = &self->info;
  const B2Config *c = self->config;

  fill_parts (self);
  info->dir = self->dir;
  info->architecture = architecture_name (c->architecture);
  info->family = self->lm != NULL ? self->lm->family->model_type : "";
  info->tasks = (self->lm != NULL ? B2_TASK_GENERATE : 0)
                | (c->architecture == B2_ARCHITECTURE_RETRIEVAL ? B2_TASK_MATCH : 0);
  info->image_width_px = c->preprocess.width_px;
  info->image_height_px = c->preprocess.height_px;
  info->patch_px = c->vision.patch_px;
  info->vision_layers = c->vision.n_layers;
  info->vision_width = c->vision.width;
  info->vision_heads = c->vision.n_heads;
  info->n_patches = b2_vit_n_rows (self->vit, c->preprocess.width_px, c->preprocess.height_px) - 1;
  info->n_query = c->n_query;
  info->qformer_layers = c->qformer.n_layers;
  info->qformer_width = c->qformer.width;
  info->qformer_heads = c->qformer.n_heads;
  info->qformer_cross_layers = self->qformer->n_cross;
  if (self->lm != NULL)
    {
      info->lm_layers = self->lm->n_layers;
      info->lm_width = self->lm->width;
      info->lm_heads = self->lm->n_heads;
      info->lm_vocab = self->lm->vocab_size;
      info->max_prompt_tokens = self->lm->max_positions - c->n_query;
    }
  info->peak_bytes = peak_bytes (self);
  self->fingerprint = b2_weights_fingerprint (self->weights);
  info->fingerprint = self->fingerprint;
}

static void
model_free (B2Model *self)
{
  if (self->lm != NULL)
    self->lm->family->free (self->lm);
  b2_qformer_free (self->qformer);
  b2_vit_free (self->vit);
  b2_binder_free (self->binder);
  g_clear_pointer (&self->weights, b2_weights_close);
  g_clear_pointer (&self->itg_weights, b2_weights_close);
  g_clear_pointer (&self->tokenizer, b2_tokenizer_free);
  g_clear_pointer (&self->qformer_tokenizer, b2_tokenizer_free);
  g_clear_pointer (&self->config, b2_config_free);
  g_clear_pointer (&self->source, b2_model_source_close);
  for (int i = 0; i < self->info.n_parts; i++)
    {
      g_free (self->info.parts[i].name);
      g_free (self->info.parts[i].types);
    }
  g_free ((gpointer) self->info.parts);
  g_free (self->fingerprint);
  g_free (self->dir);
  g_free (self);
}

B2Model *
b2_model_open (const char *dir, const B2Watch *watch, GError **error)
{
  gint64 start = g_get_monotonic_time ();
  B2Model *self = g_new0 (B2Model, 1);

  self->n_refs = 1;
  self->dir = g_strdup (dir);
  if (!open_all (self, watch, error))
    {
      model_free (self);
      return NULL;
    }
  fill_info (self);
  self->open_ms = (double) (g_get_monotonic_time () - start) / 1000.0;
  return self;
}

B2Model *
b2_model_ref (B2Model *self)
{
  g_atomic_int_inc (&self->n_refs);
  return self;
}

void
b2_model_unref (B2Model *self)
{
  if (g_atomic_int_dec_and_test (&self->n_refs))
    model_free (self);
}

const B2ModelInfo *
b2_model_info (B2Model *self)
{
  return &self->info;
}

/* ---- text ------------------------------------------------------------------------ */

char *
b2_model_question_prompt (B2Model *self, const char *question)
{
  if (self->lm == NULL || self->config->architecture == B2_ARCHITECTURE_INSTRUCT)
    return g_strdup (question);
  {
    /* The format is a family's constant with one %s; the question goes in unread. */
    g_auto (GStrv) parts = g_strsplit (self->lm->family->question_format, "%s", 2);

    return g_strconcat (parts[0], question, parts[1], NULL);
  }
}

char *
b2_model_token_text (B2Model *self, gint32 id)
{
  GString *text = g_string_new (NULL);

  b2_tokenizer_decode (self->tokenizer, &id, 1, B2_DECODE_KEEP_SPECIAL, text);
  return g_string_free (text, FALSE);
}

static gboolean
check_ids (B2Model *self, const GArray *ids, GError **error)
{
  for (guint i = 0; i < ids->len; i++)
    {
      gint32 id = g_array_index (ids, gint32, i);

      if (id < 0 || id >= self->lm->vocab_size)
        {
          g_set_error (
              error, B2_ERROR, B2_ERROR_SHAPE,
              "%s: the tokenizer gives token %d, the language model's vocabulary has %d; the folder's files "
              "do not belong together",
              self->dir, id, self->lm->vocab_size);
          return FALSE;
        }
      if (id == self->config->image_token_id)
        {
          g_set_error (error, B2_ERROR, B2_ERROR_ARGUMENT,
                       "The prompt contains the model's own placeholder for pictures (\"%s\"); take it out",
                       b2_tokenizer_piece (self->tokenizer, id));
          return FALSE;
        }
    }
  return TRUE;
}

static gboolean
check_room (B2Model *self, int n_ids, int max_new, GError **error)
{
  int room = self->lm->max_positions - self->config->n_query;
  int n_new = self->lm->new_tokens_take_positions ? max_new : 0;

  if (!self->lm->new_tokens_take_positions && max_new > self->lm->max_positions)
    {
      g_set_error (error, B2_ERROR, B2_ERROR_LIMIT,
                   "At most %d new tokens can be generated, %d were asked for", self->lm->max_positions,
                   max_new);
      return FALSE;
    }
  if (n_ids > room - n_new)
    {
      g_set_error (
          error, B2_ERROR, B2_ERROR_LIMIT,
          "The prompt has %d tokens; this model has room for %d beside the picture%s. Shorten the prompt%s",
          n_ids, MAX (0, room - n_new), n_new > 0 ? " and the new tokens" : "",
          n_new > 0 ? " or ask for fewer new tokens" : "");
      return FALSE;
    }
  return TRUE;
}

GArray *
b2_model_encode_prompt (B2Model *self, const char *prompt, int max_new, GError **error)
{
  g_autoptr (GArray) ids = NULL;

  if (self->config->architecture == B2_ARCHITECTURE_RETRIEVAL)
    {
      /* [DEC] in the place of [CLS], and no [SEP]: the text goes on. */
      ids = b2_tokenizer_encode (self->tokenizer, prompt != NULL ? prompt : "", FALSE, error);
      if (ids != NULL)
        g_array_prepend_val (ids, self->lm->bos_id);
    }
  else if (prompt != NULL)
    ids = b2_tokenizer_encode (self->tokenizer, prompt, TRUE, error);
  else
    {
      gint32 bos = self->lm->bos_id;

      ids = g_array_new (FALSE, FALSE, sizeof (gint32));
      g_array_append_val (ids, bos);
    }
  if (ids == NULL || !check_ids (self, ids, error) || !check_room (self, (int) ids->len, max_new, error))
    return NULL;
  if (ids->len == 0)
    {
      gint32 bos = self->lm->bos_id;

      g_array_append_val (ids, bos);
    }
  return g_steal_pointer (&ids);
}

#include "engine/run/convert-plan.h"

#include <math.h>
#include <string.h>

#include "engine/io/gguf.h"
#include "engine/io/json-file.h"
#include "engine/run/convert-rules.h"

#define MAX_FILE_BYTES ((gsize) 64 << 20) /* the tokenizers' own limit */

/* By B2WeightType. */
static const struct
{
  const char *name;
  B2Dtype dtype;
  guint32 file_type; /* general.file_type: GGML's number for "mostly so" */
} targets[B2_N_WEIGHT_TYPES] = {
  [B2_WEIGHT_F32] = { "f32", B2_DTYPE_F32, 0 },     [B2_WEIGHT_F16] = { "f16", B2_DTYPE_F16, 1 },
  [B2_WEIGHT_BF16] = { "bf16", B2_DTYPE_BF16, 32 }, [B2_WEIGHT_Q8_0] = { "q8_0", B2_DTYPE_Q8_0, 7 },
  [B2_WEIGHT_Q4_0] = { "q4_0", B2_DTYPE_Q4_0, 2 },
};

/* What the readers of a model folder may look at. */
static const char *const model_files[] = {
  "config.json",
  "preprocessor_config.json",
  "processor_config.json",
  "generation_config.json",
};
static const char *const tokenizer_files[] = {
  "tokenizer.json",
  "tokenizer_config.json",
  "special_tokens_map.json",
  "added_tokens.json",
  "vocab.json",
  "merges.txt",
  "spiece.model",
  "vocab.txt",
};

const char *const *
b2_convert_types (void)
{
  static const char *const names[] = { "f32", "bf16", "f16", "q8_0", "q4_0", NULL };

  return names;
}

gboolean
b2_convert_type (const char *name, B2WeightType *out, GError **error)
{
  g_autofree char *printable = NULL;

  for (int t = 0; t < B2_N_WEIGHT_TYPES; t++)
    if (strcmp (targets[t].name, name) == 0)
      {
        *out = (B2WeightType) t;
        return TRUE;
      }
  printable = b2_printable (name);
  g_set_error (error, B2_ERROR, B2_ERROR_ARGUMENT,
               "The type of weights: expected f32, f16, bf16, q8_0 or q4_0, found \"%s\"", printable);
  return FALSE;
}

/* ---- metadata ---------------------------------------------------------------- */

static gboolean
embed (B2GgufHeader *header, const B2ModelFiles *files, const char *prefix, const char *name, GError **error)
{
  g_autofree char *key = g_strconcat (B2_GGUF_FILE_PREFIX, prefix, name, NULL);
  g_autofree char *bytes = NULL;
  gsize n_bytes;

  if (!b2_model_files_has (files, name))
    return TRUE;
  bytes = b2_model_file_read (files, name, MAX_FILE_BYTES, &n_bytes, error);
  if (bytes == NULL)
    return FALSE;
  if (g_utf8_validate_len (bytes, n_bytes, NULL))
    b2_gguf_header_add_string (header, key, bytes, (gssize) n_bytes);
  else
    b2_gguf_header_add_bytes (header, key, (const guint8 *) bytes, n_bytes);
  return TRUE;
}

static gboolean
embed_files (B2GgufHeader *header, B2Model *model, GError **error)
{
  const B2ModelFiles *files = model->source->files;
  g_autoptr (B2ModelFiles) qformer = b2_model_files_sub (files, B2_QFORMER_TOKENIZER_DIR);

  for (gsize i = 0; i < G_N_ELEMENTS (model_files); i++)
    if (!embed (header, files, "", model_files[i], error))
      return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (tokenizer_files); i++)
    if (!embed (header, files, "", tokenizer_files[i], error)
        || (model->qformer_tokenizer != NULL
            && !embed (header, qformer, B2_QFORMER_TOKENIZER_DIR "/", tokenizer_files[i], error)))
      return FALSE;
  return TRUE;
}

/* A file keeps the name of the folder that it was made of. */
static void
add_name (B2GgufHeader *header, B2Model *model)
{
  gsize n_bytes = 0;
  const char *text
      = model->source->gguf != NULL ? b2_gguf_string (model->source->gguf, "general.name", &n_bytes) : NULL;
  g_autofree char *full = g_canonicalize_filename (model->source->path, NULL);
  g_autofree char *base = g_path_get_basename (full);
  g_autofree char *name
      = text != NULL ? g_utf8_make_valid (text, (gssize) n_bytes) : g_utf8_make_valid (base, -1);

  b2_gguf_header_add_string (header, "general.name", name, -1);
}

/* For people and other programs; Qlens reads config.json. */
static void
add_sizes (B2GgufHeader *header, B2Model *model)
{
  const B2Config *c = model->config;
  const struct
  {
    const char *key;
    int value;
  } sizes[] = {
    { "blip2.vision.block_count", c->vision.n_layers },
    { "blip2.vision.embedding_length", c->vision.width },
    { "blip2.vision.feed_forward_length", c->vision.mlp_width },
    { "blip2.vision.attention.head_count", c->vision.n_heads },
    { "blip2.vision.image_size", c->vision.image_px },
    { "blip2.vision.patch_size", c->vision.patch_px },
    { "blip2.qformer.block_count", c->qformer.n_layers },
    { "blip2.qformer.embedding_length", c->qformer.width },
    { "blip2.qformer.feed_forward_length", c->qformer.mlp_width },
    { "blip2.qformer.attention.head_count", c->qformer.n_heads },
    { "blip2.qformer.query_count", c->n_query },
    { "blip2.text.block_count", model->lm != NULL ? model->lm->n_layers : 0 },
    { "blip2.text.embedding_length", model->lm != NULL ? model->lm->width : 0 },
    { "blip2.text.attention.head_count", model->lm != NULL ? model->lm->n_heads : 0 },
    { "blip2.text.vocab_size", model->lm != NULL ? model->lm->vocab_size : 0 },
  };

  b2_gguf_header_add_string (header, "blip2.class", model->info.architecture, -1);
  if (model->lm != NULL)
    b2_gguf_header_add_string (header, "blip2.text.architecture", model->info.family, -1);
  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    if (sizes[i].value > 0)
      b2_gguf_header_add_u32 (header, sizes[i].key, (guint32) sizes[i].value);
}

/* ---- tensors ------------------------------------------------------------------ */

static B2WeightType
type_of (B2Dtype dtype)
{
  for (int t = 0; t < B2_N_WEIGHT_TYPES; t++)
    if (targets[t].dtype == dtype)
      return (B2WeightType) t;
  g_return_val_if_reached (B2_WEIGHT_F32); /* the binder has refused all others */
}

static gboolean
add_tensors (B2ConvertPlan *self, B2GgufHeader *header, B2Model *model, B2WeightType target, GError **error)
{
  int n = b2_binder_n_used (model->binder);

  for (int i = 0; i < n; i++)
    {
      const B2TensorInfo *info = b2_binder_used (model->binder, i);
      gboolean is_matrix = b2_binder_use (model->binder, info) == B2_BINDER_USE_MATRIX;
      gsize row = (gsize) info->shape[MAX (info->n_dims, 1) - 1];
      B2ConvertTensor tensor = { .from = info, .from_type = type_of (info->dtype) };

      tensor.type = b2_convert_rule (info->name, is_matrix, row, target, &tensor.group);
      if (!b2_gguf_header_add_tensor (header, info->name, targets[tensor.type].dtype, info->n_dims,
                                      info->shape, error))
        return FALSE;
      tensor.offset = b2_gguf_header_offset (header, (guint) i);
      tensor.n_bytes = b2_weight_row_bytes (tensor.type, info->n_elements);
      g_array_append_val (self->tensors, tensor);
    }
  return TRUE;
}

B2ConvertPlan *
b2_convert_plan_new (B2Model *model, B2WeightType target, GError **error)
{
  g_autoptr (B2ConvertPlan) self = g_new0 (B2ConvertPlan, 1);
  g_autoptr (B2GgufHeader) header = b2_gguf_header_new ();

  self->tensors = g_array_new (FALSE, FALSE, sizeof (B2ConvertTensor));
  b2_gguf_header_add_string (header, "general.architecture", "blip2", -1);
  add_name (header, model);
  b2_gguf_header_add_u32 (header, "general.file_type", targets[target].file_type);
  b2_gguf_header_add_u32 (header, "general.quantization_version", 2);
  add_sizes (header, model);
  if (!embed_files (header, model, error) || !add_tensors (self, header, model, target, error))
    return NULL;
  self->header = b2_gguf_header_finish (header, &self->n_bytes);
  for (guint i = 0; i < self->tensors->len; i++)
    g_array_index (self->tensors, B2ConvertTensor, i).offset += self->header->len;
  return g_steal_pointer (&self);
}

void
b2_convert_plan_free (B2ConvertPlan *self)
{
  g_clear_pointer (&self->tensors, g_array_unref);
  g_clear_pointer (&self->header, g_byte_array_unref);
  g_free (self);
}

guint64
b2_convert_size (B2Model *model, const char *type, GError **error)
{
  g_autoptr (B2ConvertPlan) plan = NULL;
  B2WeightType target;

  if (!b2_convert_type (type, &target, error))
    return 0;
  plan = b2_convert_plan_new (model, target, error);
  return plan != NULL ? plan->n_bytes : 0;
}

/* ---- what came of it ------------------------------------------------------------ */

B2ConvertReport *
b2_convert_report (const B2ConvertPlan *plan)
{
  B2ConvertReport *self = g_new0 (B2ConvertReport, 1);
  g_autofree double *squares = g_new0 (double, plan->tensors->len + 1);

  self->rows = g_new0 (B2ConvertRow, plan->tensors->len + 1);
  self->n_bytes = plan->n_bytes;
  self->n_tensors = (int) plan->tensors->len;
  for (guint i = 0; i < plan->tensors->len; i++)
    {
      const B2ConvertTensor *tensor = &g_array_index (plan->tensors, B2ConvertTensor, i);
      const char *type = b2_weight_type_info (tensor->type)->name;
      int r = 0;

      while (r < self->n_rows
             && (strcmp (self->rows[r].group, tensor->group) != 0 || strcmp (self->rows[r].type, type) != 0))
        r++;
      self->n_rows = MAX (self->n_rows, r + 1);
      self->rows[r].group = tensor->group;
      self->rows[r].type = type;
      self->rows[r].n_tensors++;
      self->rows[r].n_parameters += tensor->from->n_elements;
      self->rows[r].n_bytes += tensor->n_bytes;
      self->rows[r].rms_error += tensor->error;
      squares[r] += tensor->square;
    }
  for (int r = 0; r < self->n_rows; r++)
    self->rows[r].rms_error = squares[r] > 0 ? sqrt (self->rows[r].rms_error / squares[r]) : 0;
  return self;
}

void
b2_convert_report_free (B2ConvertReport *self)
{
  if (self == NULL)
    return;
  g_free (self->rows);
  g_free (self);
}

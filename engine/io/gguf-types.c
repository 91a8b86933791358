#include "engine/io/gguf-types.h"

#include <string.h>

#include "engine/io/gguf.h"

static const guint8 value_sizes[B2_GGUF_N_VALUES] = {
  [B2_GGUF_UINT8] = 1,  [B2_GGUF_INT8] = 1,  [B2_GGUF_UINT16] = 2,  [B2_GGUF_INT16] = 2,
  [B2_GGUF_UINT32] = 4, [B2_GGUF_INT32] = 4, [B2_GGUF_FLOAT32] = 4, [B2_GGUF_BOOL] = 1,
  [B2_GGUF_UINT64] = 8, [B2_GGUF_INT64] = 8, [B2_GGUF_FLOAT64] = 8,
};

static const B2GgufType types[] = {
  { "F32", 0, B2_DTYPE_F32, 1, 4 },
  { "F16", 1, B2_DTYPE_F16, 1, 2 },
  { "Q4_0", 2, B2_DTYPE_Q4_0, 32, 18 },
  { "Q8_0", 8, B2_DTYPE_Q8_0, 32, 34 },
  { "I8", 24, B2_DTYPE_I8, 1, 1 },
  { "I16", 25, B2_DTYPE_I16, 1, 2 },
  { "I32", 26, B2_DTYPE_I32, 1, 4 },
  { "I64", 27, B2_DTYPE_I64, 1, 8 },
  { "F64", 28, B2_DTYPE_F64, 1, 8 },
  { "BF16", 30, B2_DTYPE_BF16, 1, 2 },
  /* for messages alone */
  { "Q4_1", 3, B2_DTYPE_OTHER, 0, 0 },
  { "Q5_0", 6, B2_DTYPE_OTHER, 0, 0 },
  { "Q5_1", 7, B2_DTYPE_OTHER, 0, 0 },
  { "Q8_1", 9, B2_DTYPE_OTHER, 0, 0 },
  { "Q2_K", 10, B2_DTYPE_OTHER, 0, 0 },
  { "Q3_K", 11, B2_DTYPE_OTHER, 0, 0 },
  { "Q4_K", 12, B2_DTYPE_OTHER, 0, 0 },
  { "Q5_K", 13, B2_DTYPE_OTHER, 0, 0 },
  { "Q6_K", 14, B2_DTYPE_OTHER, 0, 0 },
  { "Q8_K", 15, B2_DTYPE_OTHER, 0, 0 },
  { "IQ4_NL", 20, B2_DTYPE_OTHER, 0, 0 },
  { "IQ4_XS", 23, B2_DTYPE_OTHER, 0, 0 },
};

/* The longest one that fits counts, both ways. A name that would not come back is refused by
 * b2_gguf_name_shorten(); of a BLIP-2 model's none is. */
static const struct
{
  const char *longer, *shorter;
} prefixes[] = {
  { "vision_model.encoder.layers.", "v.blk." },
  { "vision_model.", "v." },
  { "qformer.encoder.layer.", "qf.blk." },
  { "qformer.", "qf." },
  { "language_model.model.decoder.layers.", "lm.blk." },
  { "language_model.model.decoder.", "lm.dec." },
  { "language_model.encoder.block.", "enc.blk." },
  { "language_model.encoder.", "enc." },
  { "language_model.decoder.block.", "dec.blk." },
  { "language_model.decoder.", "dec." },
  { "language_model.", "lm." },
};

gsize
b2_gguf_value_size (guint32 type)
{
  return type < B2_GGUF_N_VALUES ? value_sizes[type] : 0;
}

const B2GgufType *
b2_gguf_type_find (guint32 id)
{
  for (gsize i = 0; i < G_N_ELEMENTS (types); i++)
    if (types[i].id == id)
      return &types[i];
  return NULL;
}

const B2GgufType *
b2_gguf_type_of (B2Dtype dtype)
{
  for (gsize i = 0; i < G_N_ELEMENTS (types) && dtype != B2_DTYPE_OTHER; i++)
    if (types[i].dtype == dtype)
      return &types[i];
  return NULL;
}

char *
b2_gguf_name_expand (const char *name)
{
  gsize best = G_N_ELEMENTS (prefixes), n_best = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (prefixes); i++)
    {
      gsize n = strlen (prefixes[i].shorter);

      if (n > n_best && strncmp (name, prefixes[i].shorter, n) == 0)
        {
          best = i;
          n_best = n;
        }
    }
  return n_best > 0 ? g_strconcat (prefixes[best].longer, name + n_best, NULL) : g_strdup (name);
}

char *
b2_gguf_name_shorten (const char *name)
{
  g_autofree char *shorter = NULL, *back = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (prefixes) && shorter == NULL; i++)
    if (g_str_has_prefix (name, prefixes[i].longer))
      shorter = g_strconcat (prefixes[i].shorter, name + strlen (prefixes[i].longer), NULL);
  if (shorter == NULL)
    shorter = g_strdup (name);
  back = b2_gguf_name_expand (shorter);
  if (strlen (shorter) >= B2_GGUF_MAX_NAME_BYTES || strcmp (back, name) != 0)
    return NULL;
  return g_steal_pointer (&shorter);
}

#include "engine/run/convert-rules.h"

#define F32 B2_WEIGHT_F32
#define F16 B2_WEIGHT_F16
#define BF16 B2_WEIGHT_BF16
#define Q8_0 B2_WEIGHT_Q8_0
#define Q4_0 B2_WEIGHT_Q4_0

/* Matrices by name ("*" stands for anything), the first that fits: their type in a file
 * of each type. The only place to change. */
static const struct
{
  const char *pattern;
  const char *group;
  B2WeightType types[B2_N_WEIGHT_TYPES]; /* by target: F32, F16, BF16, Q8_0, Q4_0 */
} rules[] = {
  { "vision_model.embeddings.*", "patch embedding", { F32, F32, F32, F32, F32 } },
  /* Never read together with the language model, which is larger: 8 bits cost no memory at the peak. */
  { "vision_model.*", "image encoder", { F32, F16, BF16, Q8_0, Q8_0 } },
  { "*embed_positions.weight", "positions", { F32, F32, F32, F32, F32 } },
  { "*position_embeddings.weight", "positions", { F32, F32, F32, F32, F32 } },
  { "qformer.*", "Q-Former", { F32, F16, BF16, Q8_0, Q8_0 } },
  { "embeddings.*", "Q-Former", { F32, F16, BF16, Q8_0, Q8_0 } },
  { "language_model.*embed_tokens.weight", "words", { F32, F16, BF16, Q8_0, Q8_0 } },
  { "language_model.shared.weight", "words", { F32, F16, BF16, Q8_0, Q8_0 } },
  { "language_model.lm_head.weight", "words", { F32, F16, BF16, Q8_0, Q8_0 } },
  { "language_model.*", "language model", { F32, F16, BF16, Q8_0, Q4_0 } },
  { "cls.*", "text generation head", { F32, F16, BF16, Q8_0, Q8_0 } },
  { "*", "projections", { F32, F16, BF16, Q8_0, Q8_0 } },
};

B2WeightType
b2_convert_rule (const char *name, gboolean is_matrix, gsize row, B2WeightType target, const char **group)
{
  *group = "norms and biases";
  if (!is_matrix)
    return F32;
  for (gsize i = 0; i < G_N_ELEMENTS (rules); i++)
    if (g_pattern_match_simple (rules[i].pattern, name))
      {
        B2WeightType type = rules[i].types[target];

        *group = rules[i].group;
        return row % (gsize) b2_weight_type_info (type)->block_elements == 0 ? type : F16;
      }
  g_return_val_if_reached (F32);
}

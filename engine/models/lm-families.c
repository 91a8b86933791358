#include <string.h>

#include "engine/models/lm.h"

/* The one list of families. b2_lm_itg is not in it: it is the Q-Former itself, with a head of its own. */
static const B2LmFamily *const families[] = { &b2_lm_opt, &b2_lm_t5 };

const B2LmFamily *
b2_lm_family_find (const char *model_type)
{
  for (gsize i = 0; i < G_N_ELEMENTS (families); i++)
    if (strcmp (families[i]->model_type, model_type) == 0)
      return families[i];
  return NULL;
}

void
b2_lm_keep_image_columns (const B2LmState *state, const float *map, int n_rows, gsize n_keys, int layer,
                          float *out)
{
  gsize n_heads = (gsize) state->lm->n_heads, n_query = (gsize) state->n_query;

  for (gsize r = 0; r < (gsize) n_rows; r++)
    for (gsize h = 0; h < n_heads; h++)
      memcpy (out + ((r * (gsize) state->lm->n_layers + (gsize) layer) * n_heads + h) * n_query,
              map + (h * (gsize) n_rows + r) * n_keys, n_query * sizeof *out);
}

void
b2_lm_add_linear_cost (const B2Linear *linear, int n_rows, B2LmCost *cost)
{
  double weights = (double) linear->n_out * linear->n_in;

  cost->flops += 2 * weights * n_rows;
  cost->weight_bytes += (double) b2_weight_row_bytes (linear->type, (size_t) linear->n_in) * linear->n_out;
}

#include "engine/nn/cost.h"

void
b2_cost_add_linear (B2Cost *self, const B2Linear *linear, double n_rows)
{
  double n_weights = (double) linear->n_out * linear->n_in;

  self->flops += 2 * n_weights * n_rows;
  self->weight_bytes += (double) b2_weight_row_bytes (linear->type, (size_t) linear->n_in) * linear->n_out;
  self->n_weights[linear->type] += n_weights;
}

void
b2_cost_add_attention (B2Cost *self, double n_queries, double n_keys, double width)
{
  self->flops += 2 * 2 * n_queries * n_keys * width;
}

B2WeightType
b2_cost_type (const B2Cost *self)
{
  int most = 0;

  for (int i = 1; i < B2_N_WEIGHT_TYPES; i++)
    if (self->n_weights[i] > self->n_weights[most])
      most = i;
  return (B2WeightType) most;
}

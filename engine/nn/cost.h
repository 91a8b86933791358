#pragma once

#include "engine/nn/linear.h"

/** B2Cost: the work of some layers: their linear parts, and the attention where a model adds it. */
typedef struct
{
  double flops; /* a multiplication and an addition count as two */
  double weight_bytes; /* as stored, each matrix read once */
  double n_weights[B2_N_WEIGHT_TYPES];
} B2Cost;

/** b2_cost_add_linear: one pass of @n_rows rows through @linear. */
void b2_cost_add_linear (B2Cost *self, const B2Linear *linear, double n_rows);

/** b2_cost_add_attention: scores and sums of all heads together, @width floats wide. */
void b2_cost_add_attention (B2Cost *self, double n_queries, double n_keys, double width);

/** b2_cost_type: the type that most of the weights are of. */
B2WeightType b2_cost_type (const B2Cost *self);

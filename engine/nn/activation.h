#pragma once

#include "engine/nn/compute.h"

/** B2ActivationFunc: in place over @n values. */
typedef void (*B2ActivationFunc) (float *x, gsize n);

void b2_relu (float *x, gsize n);
/** b2_gelu: x/2 (1 + erf (x/√2)), the exact form that every BLIP-2 part uses. */
void b2_gelu (float *x, gsize n);
/** b2_gelu_tanh: the approximation of gelu_new. */
void b2_gelu_tanh (float *x, gsize n);
/** b2_quick_gelu: x σ(1.702 x) */
void b2_quick_gelu (float *x, gsize n);
void b2_silu (float *x, gsize n);

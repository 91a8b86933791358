#include "engine/models/activations.h"

B2ActivationFunc
b2_activation_func (B2Activation activation)
{
  switch (activation)
    {
    case B2_ACTIVATION_RELU:
      return b2_relu;
    case B2_ACTIVATION_GELU:
      return b2_gelu;
    case B2_ACTIVATION_GELU_TANH:
      return b2_gelu_tanh;
    case B2_ACTIVATION_QUICK_GELU:
      return b2_quick_gelu;
    case B2_ACTIVATION_SILU:
      return b2_silu;
    }
  g_return_val_if_reached (b2_gelu);
}

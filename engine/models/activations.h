#pragma once

#include "engine/io/config.h"
#include "engine/nn/activation.h"

/** b2_activation_func: the function that a config names. */
B2ActivationFunc b2_activation_func (B2Activation activation);

#pragma once

#include <glib.h>

#include "engine/quant/weight-types.h"

/**
 * b2_convert_rule:
 * @name: a tensor's, as Hugging Face has it
 * @is_matrix: %FALSE for norms, biases and whatever else is read as a vector
 * @row: its fastest dimension
 * @target: the type asked for
 * @group: (out): what tables call the tensors of its kind
 *
 * Which type a tensor gets in a file of type @target. Decided by measured error, see "What stays
 * 16 bit" in SPEED.md; the table is in convert-rules.c.
 */
B2WeightType b2_convert_rule (const char *name, gboolean is_matrix, gsize row, B2WeightType target,
                              const char **group);

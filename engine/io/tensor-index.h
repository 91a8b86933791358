#pragma once

#include "engine/io/safetensors.h"

/** b2_tensors_sort: @tensors: [@n], into the order of their names */
void b2_tensors_sort (const B2TensorInfo **tensors, gsize n);

/**
 * b2_tensors_find:
 * @tensors: [@n], sorted
 *
 * A sorted list, not a hash table: names out of a file can be chosen to collide.
 *
 * Returns: (nullable)
 */
const B2TensorInfo *b2_tensors_find (const B2TensorInfo *const *tensors, gsize n, const char *name);

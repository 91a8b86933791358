#include "engine/io/tensor-index.h"

#include <stdlib.h>
#include <string.h>

static int
compare_name (const void *a, const void *b)
{
  return strcmp ((*(const B2TensorInfo *const *) a)->name, (*(const B2TensorInfo *const *) b)->name);
}

void
b2_tensors_sort (const B2TensorInfo **tensors, gsize n)
{
  if (n > 0)
    qsort (tensors, n, sizeof *tensors, compare_name);
}

const B2TensorInfo *
b2_tensors_find (const B2TensorInfo *const *tensors, gsize n, const char *name)
{
  B2TensorInfo key = { .name = name };
  const B2TensorInfo *key_pointer = &key;
  const B2TensorInfo *const *found = NULL;

  if (n > 0)
    found = bsearch (&key_pointer, tensors, n, sizeof *tensors, compare_name);
  return found != NULL ? *found : NULL;
}

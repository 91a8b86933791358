#pragma once

#include <glib.h>
#include <jansson.h>

/*
 * A second, independent reader of safetensors files, so that what the engine writes is
 * not judged by the engine. Trusts its input; aborts on anything odd.
 */
typedef struct
{
  char *bytes;
  gsize n_bytes;
  json_t *header;
  const char *data;
} Tensors;

Tensors *tensors_open (const char *path);
void tensors_free (Tensors *self);

/** tensors_get: f32 of @name; @shape of 8, ends with 0. Asserts that it is there. */
const float *tensors_get (Tensors *self, const char *name, gint64 *shape);

/** tensors_n: Returns: product of @shape */
gsize tensors_n (const gint64 *shape);

/** tensors_assert_near: same shape, largest absolute difference at most @tolerance; tells it */
void tensors_assert_near (Tensors *a, const char *a_name, Tensors *b, const char *b_name, double tolerance);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Tensors, tensors_free)

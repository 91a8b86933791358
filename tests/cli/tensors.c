#include "tests/cli/tensors.h"

#include <math.h>
#include <string.h>

Tensors *
tensors_open (const char *path)
{
  Tensors *self = g_new0 (Tensors, 1);
  g_autoptr (GError) error = NULL;
  json_error_t json_error;
  guint64 length;

  g_file_get_contents (path, &self->bytes, &self->n_bytes, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (self->n_bytes, >=, 8);
  memcpy (&length, self->bytes, 8);
  length = GUINT64_FROM_LE (length);
  g_assert_cmpuint (length, <=, self->n_bytes - 8);
  self->header = json_loadb (self->bytes + 8, length, JSON_REJECT_DUPLICATES, &json_error);
  g_assert_nonnull (self->header);
  self->data = self->bytes + 8 + length;
  return self;
}

void
tensors_free (Tensors *self)
{
  json_decref (self->header);
  g_free (self->bytes);
  g_free (self);
}

gsize
tensors_n (const gint64 *shape)
{
  gsize n = 1;

  for (int i = 0; shape[i] != 0; i++)
    n *= (gsize) shape[i];
  return n;
}

const float *
tensors_get (Tensors *self, const char *name, gint64 *shape)
{
  json_t *entry = json_object_get (self->header, name);
  json_t *dims = json_object_get (entry, "shape");
  json_t *offsets = json_object_get (entry, "data_offsets");
  gint64 begin = json_integer_value (json_array_get (offsets, 0));
  gint64 end = json_integer_value (json_array_get (offsets, 1));
  gsize i;

  if (entry == NULL)
    g_error ("there is no tensor %s", name);
  g_assert_cmpstr (json_string_value (json_object_get (entry, "dtype")), ==, "F32");
  for (i = 0; i < json_array_size (dims); i++)
    shape[i] = json_integer_value (json_array_get (dims, i));
  shape[i] = 0;
  g_assert_cmpint (end - begin, ==, (gint64) (tensors_n (shape) * 4));
  g_assert_cmpint (self->data - self->bytes + end, <=, (gint64) self->n_bytes);
  g_assert_cmpint ((self->data - self->bytes + begin) % 4, ==, 0);
  return (const float *) (gconstpointer) (self->data + begin);
}

void
tensors_assert_near (Tensors *a, const char *a_name, Tensors *b, const char *b_name, double tolerance)
{
  gint64 a_shape[9], b_shape[9];
  const float *x = tensors_get (a, a_name, a_shape);
  const float *y = tensors_get (b, b_name, b_shape);
  double worst = 0;

  for (int i = 0; i < 9 && (i == 0 || a_shape[i - 1] != 0); i++)
    g_assert_cmpint (a_shape[i], ==, b_shape[i]);
  for (gsize i = 0; i < tensors_n (a_shape); i++)
    {
      double difference = fabs ((double) x[i] - (double) y[i]);

      if (!(difference <= tolerance))
        g_error ("%s[%zu] is %g, expected %g", a_name, i, (double) x[i], (double) y[i]);
      worst = MAX (worst, difference);
    }
  g_test_message ("%s: max abs difference %.2g (allowed %.2g)", a_name, worst, tolerance);
}

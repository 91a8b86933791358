#include "tests/engine/golden-files.h"

#include <math.h>
#include <string.h>

typedef struct
{
  double largest, asked;
} Extreme;

struct GoldenErrors
{
  GHashTable *by_kind;
};

GdkPixbuf *
golden_picture (const char *path)
{
  g_autoptr (GError) error = NULL;
  GdkPixbuf *picture = gdk_pixbuf_new_from_file (path, &error);

  g_assert_no_error (error);
  g_assert_cmpint (gdk_pixbuf_get_n_channels (picture), ==, 3);
  return picture;
}

void
golden_set_image (B2Session *session, GdkPixbuf *picture)
{
  g_autoptr (GError) error = NULL;

  b2_session_set_image (session, gdk_pixbuf_read_pixels (picture), gdk_pixbuf_get_width (picture),
                        gdk_pixbuf_get_height (picture), (gsize) gdk_pixbuf_get_rowstride (picture), &error);
  g_assert_no_error (error);
}

GoldenErrors *
golden_errors_new (void)
{
  GoldenErrors *self = g_new0 (GoldenErrors, 1);

  self->by_kind = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return self;
}

void
golden_errors_tell (GoldenErrors *self, const char *title)
{
  GHashTableIter iter;
  gpointer kind, value;

  g_hash_table_iter_init (&iter, self->by_kind);
  while (g_hash_table_iter_next (&iter, &kind, &value))
    {
      const Extreme *e = value;

      g_test_message ("%s %s: max abs error %.2g (asked %.2g)", title, (const char *) kind, e->largest,
                      e->asked);
    }
  g_hash_table_unref (self->by_kind);
  g_free (self);
}

void
golden_compare_values (GoldenErrors *errors, const char *kind, const char *name, const float *expected,
                       const float *values, gsize n, double tolerance)
{
  Extreme *e = g_hash_table_lookup (errors->by_kind, kind);

  if (e == NULL)
    {
      e = g_new0 (Extreme, 1);
      g_hash_table_insert (errors->by_kind, g_strdup (kind), e);
    }
  e->asked = tolerance;
  for (gsize i = 0; i < n; i++)
    {
      double error = fabs ((double) expected[i] - (double) values[i]);

      e->largest = MAX (e->largest, error);
      if (!(error <= tolerance))
        {
          g_test_message ("%s[%" G_GSIZE_FORMAT "]: expected %.9g, found %.9g", name, i, (double) expected[i],
                          (double) values[i]);
          g_test_fail ();
          return;
        }
    }
}

void
golden_compare (GoldenErrors *errors, const char *kind, B2Safetensors *file, const char *name,
                const float *values, gsize n, double tolerance)
{
  const B2TensorInfo *info = b2_safetensors_lookup (file, name);
  g_autofree float *expected = NULL;

  if (info == NULL)
    g_error ("no tensor %s among the expected", name);
  g_assert_cmpint (info->dtype, ==, B2_DTYPE_F32);
  g_assert_cmpuint (info->n_elements, ==, n);
  expected = g_memdup2 (info->data, info->n_bytes);
  golden_compare_values (errors, kind, name, expected, values, n, tolerance);
}

void
golden_compare_trace (GoldenErrors *errors, const char *kind, B2Safetensors *file, const char *name,
                      B2Trace *trace, const char *trace_name, double tolerance)
{
  const gint64 *shape;
  int n_dims;
  gsize n = 1;
  const float *values = b2_trace_tensor (trace, trace_name, &n_dims, &shape);

  g_assert_nonnull (values);
  for (int i = 0; i < n_dims; i++)
    n *= (gsize) shape[i];
  golden_compare (errors, kind, file, name, values, n, tolerance);
}

void
golden_assert_ids (const char *what, const B2Answer *answer, const json_t *ids)
{
  gboolean same = (gsize) answer->n_tokens == json_array_size (ids);

  for (int i = 0; same && i < answer->n_tokens; i++)
    same = answer->tokens[i].id == json_integer_value (json_array_get (ids, (gsize) i));
  if (!same)
    {
      g_autofree char *expected = json_dumps (ids, JSON_COMPACT);
      GString *found = g_string_new (NULL);

      for (int i = 0; i < answer->n_tokens; i++)
        g_string_append_printf (found, "%d,", answer->tokens[i].id);
      g_test_message ("%s: expected %s, found %s", what, expected, found->str);
      g_string_free (found, TRUE);
      g_test_fail ();
    }
}

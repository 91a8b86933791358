/*
 * What a trace tells of a changed run. Whatever the bytes: no crash, and what is read lies within the sizes, changes something, and
 * can be told, given back and drawn.
 */

#include "app/intervention.h"
#include "tests/fuzz/fuzz.h"

static int
count_patches (const QlIntervention *self, const QlInterventionSizes *sizes)
{
  int n = 0;

  for (int row = 0; row < sizes->rows; row++)
    for (int column = 0; column < sizes->columns; column++)
      n += ql_intervention_has_patch (self, column, row);
  return n;
}

int
LLVMFuzzerTestOneInput (const guint8 *given, gsize n_bytes)
{
  static const QlInterventionSizes sizes = { 3, 6, 32, 16, 16 };
  g_autofree char *text = n_bytes > 0 ? g_strndup ((const char *) given, n_bytes) : g_strdup ("");
  QlIntervention *self = ql_intervention_from_json (text, &sizes), *without;
  cairo_surface_t *surface;
  cairo_t *cr;

  if (self == NULL)
    return 0;
  check (!ql_intervention_is_empty (self));
  check (g_utf8_validate (ql_intervention_get_key (self), -1, NULL));
  check (ql_intervention_get_n_patches (self) == count_patches (self, &sizes));
  without = ql_intervention_with_patches (self, NULL, 0);
  check (ql_intervention_get_n_patches (without) == 0);
  surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, 64, 64);
  cr = cairo_create (surface);
  ql_intervention_draw (self, cr, 0, 0, 64, 64);
  check (cairo_status (cr) == CAIRO_STATUS_SUCCESS);
  cairo_destroy (cr);
  cairo_surface_destroy (surface);
  ql_intervention_unref (without);
  ql_intervention_unref (self);
  return 0;
}

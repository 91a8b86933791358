#include "app/curve.h"

#include <glib/gi18n.h>
#include <math.h>

/* With a minus sign: a hyphen is too short beside numbers. What is rounded to nothing has no sign. */
static char *
signed_text (double value, const char *plus)
{
  const char *sign = fabs (value) < 0.005 ? "" : value < 0 ? "−" : plus;

  return g_strdup_printf ("%s%.2f", sign, fabs (value));
}

char *
ql_log_p_text (double value)
{
  return signed_text (value, "");
}

char *
ql_delta_text (double value)
{
  return signed_text (value, "+");
}

const char *
ql_curve_kind_title (QlCurveKind kind)
{
  return kind == QL_CURVE_DELETION ? _ ("Deletion: brightest patches taken away first")
                                   : _ ("Insertion: brightest patches given first");
}

char *
ql_curve_describe_areas (QlCurve *self, QlCurveKind kind)
{
  QlCurveSpread random;
  g_autofree char *area = ql_log_p_text (ql_curve_get_area (self, kind));
  g_autofree char *mean = NULL, *least = NULL, *most = NULL;

  ql_curve_get_random_area (self, kind, &random);
  mean = ql_log_p_text (random.mean);
  least = ql_log_p_text (random.least);
  most = ql_log_p_text (random.most);
  /* Translators: numbers: "area under the curve −4.12; in random orders −1.90 (−2.30 to −1.55)". */
  return g_strdup_printf (_ ("area under the curve %s; in random orders %s (%s to %s)"), area, mean, least,
                          most);
}

char *
ql_curve_describe (QlCurve *self)
{
  QlCurveVerdict deletion = ql_curve_judge (self, QL_CURVE_DELETION);
  QlCurveVerdict insertion = ql_curve_judge (self, QL_CURVE_INSERTION);

  if (deletion == QL_CURVE_BETTER && insertion == QL_CURVE_BETTER)
    return g_strdup (
        _ ("The patches that this map shows bright matter more than random ones: without them the "
           "answer loses its ground sooner, and from them alone it comes back sooner."));
  if (deletion == QL_CURVE_BETTER && insertion == QL_CURVE_AS_RANDOM)
    return g_strdup (
        _ ("Taking away the patches that this map shows bright hurts the answer more than taking "
           "random ones; but they alone bring it back no sooner than random ones do."));
  if (deletion == QL_CURVE_AS_RANDOM && insertion == QL_CURVE_BETTER)
    return g_strdup (
        _ ("The patches that this map shows bright bring the answer back sooner than random ones; "
           "but without them it falls no sooner than without random ones."));
  if (deletion == QL_CURVE_AS_RANDOM && insertion == QL_CURVE_AS_RANDOM)
    return g_strdup (
        _ ("The order of this map is no better than a random one: where it is bright says little "
           "about what this answer needs."));
  if (deletion == QL_CURVE_WORSE && insertion == QL_CURVE_WORSE)
    return g_strdup (
        _ ("The patches that this map shows bright matter less than random ones: this answer needs "
           "others."));
  return g_strdup (
      _ ("Deletion and insertion do not agree, or one of them is worse than random orders: this map "
         "alone does not tell what the answer needs."));
}

char *
ql_curve_describe_how (QlCurve *self)
{
  QlCurveOptions options;
  GString *text = g_string_new (NULL);

  ql_curve_get_options (self, &options);
  g_string_append (text, options.grey
                             ? _ ("Patches were greyed in the picture, and the image encoder ran again.")
                             : _ ("Patches were dropped from what the Q-Former reads; the image encoder had "
                                  "seen them, and the others’ features may tell of them."));
  g_string_append_c (text, ' ');
  g_string_append (text, options.keep_cls
                             ? _ ("CLS, which has seen the whole picture, was kept.")
                             : _ ("CLS, which has seen the whole picture, was dropped throughout."));
  if (!ql_intervention_is_empty (ql_curve_get_base (self)))
    {
      g_autofree char *what = ql_intervention_describe (ql_curve_get_base (self));

      g_string_append_c (text, ' ');
      /* Translators: what was changed in the model: "2 heads muted". */
      g_string_append_printf (text, _ ("Besides: %s."), what);
    }
  return g_string_free (text, FALSE);
}

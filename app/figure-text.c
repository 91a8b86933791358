#include <glib/gi18n.h>

#include "app/figure-private.h"

/* Of a text that comes out of a file. */
#define MAX_TEXT_CHARS 300
#define MAX_SETTINGS_CHARS 600

char *
ql_figure_clean (const char *text, int max_chars)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  GString *clean = g_string_new (NULL);
  int n = 0;

  for (const char *p = valid; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (n++ == max_chars)
        {
          g_string_append (clean, "…");
          break;
        }
      /* U+FFFE and U+FFFF may not stand in XML. */
      g_string_append_unichar (clean, g_unichar_iscntrl (c) || (c & 0xfffe) == 0xfffe ? ' ' : c);
    }
  return g_string_free (clean, FALSE);
}

double
ql_figure_max (const QlFigure *self)
{
  if (self->curve != NULL)
    return 0;
  if (self->map != NULL)
    return ql_map_look_get_max (&self->look, self->map);
  if (self->beams != NULL)
    return 0;
  if (self->look.scale_max > 0)
    return self->look.scale_max;
  if (self->look.scale == QL_MAP_SCALE_OWN || ql_atlas_get_n_maps (self->atlas) == 0)
    return 0;
  return ql_map_look_get_max (&self->look, ql_atlas_get_map (self->atlas, 0));
}

/* What the colours' end stands for. */
static const char *
describe_scale (const QlFigure *self)
{
  if (self->look.scale_max > 0)
    return _ ("scale: as given");
  if (self->look.scale == QL_MAP_SCALE_SHARED)
    return _ ("scale: the largest patch of all such maps");
  return self->map != NULL ? _ ("scale: this map's largest patch")
                           : _ ("scale: each map's own largest patch");
}

static void
add_intervention (GString *caption, QlTrace *trace)
{
  g_autofree char *what = ql_trace_describe_intervention (trace);

  if (what != NULL)
    /* Translators: what was changed in the run that a figure shows: "2 heads muted". */
    g_string_append_printf (caption, _ ("\nNot the plain run: %s"), what);
}

static char *
curve_title (QlCurve *curve)
{
  g_autofree char *key = ql_map_describe_key (ql_curve_get_map (curve));

  /* Translators: which map is tested: "Query 5, layer 8, head 3". */
  return g_strdup_printf (_ ("Faithfulness of the map: %s"), key);
}

static void
add_curve (GString *caption, QlCurve *curve)
{
  g_autofree char *sentence = ql_curve_describe (curve), *how = ql_curve_describe_how (curve);

  for (int kind = 0; kind < 2; kind++)
    {
      g_autofree char *areas = ql_curve_describe_areas (curve, (QlCurveKind) kind);

      g_string_append_printf (caption, "%s: %s\n", ql_curve_kind_title ((QlCurveKind) kind), areas);
    }
  g_string_append_printf (caption, "%s\n%s", sentence, how);
}

static char *
caption_of_maps (const QlFigure *self)
{
  g_autofree char *what = self->curve != NULL ? curve_title (self->curve)
                          : self->map != NULL ? ql_map_describe (self->map)
                                              : g_strdup (ql_atlas_get_title (self->atlas));
  g_autofree char *clean = ql_figure_clean (what, MAX_TEXT_CHARS * 2);
  g_autofree char *text = ql_figure_clean (ql_trace_get_text (self->trace), MAX_TEXT_CHARS);
  GString *caption = g_string_new (clean);

  if (*text != '\0')
    /* Translators: what the model wrote. */
    g_string_append_printf (caption, _ ("\nAnswer: “%s”"), text);
  add_intervention (caption, self->trace);
  g_string_append (caption, "\n");
  if (self->curve != NULL)
    {
      add_curve (caption, self->curve);
      return g_string_free (caption, FALSE);
    }
  if (self->map != NULL)
    {
      g_autofree char *numbers = ql_map_describe_numbers (self->map);

      g_string_append_printf (caption, "%s\n%s; ", numbers, ql_map_style_title (self->look.style));
    }
  g_string_append (caption, describe_scale (self));
  if (self->look.hide_outliers && ql_trace_get_n_outliers (self->trace) > 0)
    g_string_append (caption, _ ("; outliers left out"));
  return g_string_free (caption, FALSE);
}

char *
ql_figure_make_caption (const QlFigure *self)
{
  return self->beams != NULL ? ql_figure_beams_caption (self) : caption_of_maps (self);
}

char *
ql_figure_make_small_print (const QlFigure *self)
{
  g_autofree char *prompt = ql_figure_clean (ql_trace_get_prompt (self->trace), MAX_TEXT_CHARS);
  g_autofree char *model = ql_figure_clean (ql_trace_get_model_name (self->trace), MAX_TEXT_CHARS);
  g_autofree char *fingerprint = ql_figure_clean (ql_trace_get_fingerprint (self->trace), 64);
  g_autofree char *settings = ql_figure_clean (ql_trace_get_settings (self->trace), MAX_SETTINGS_CHARS);
  g_autofree char *intervention
      = ql_figure_clean (ql_trace_get_intervention_json (self->trace), MAX_SETTINGS_CHARS);
  GString *print = g_string_new (NULL);

  if (*prompt != '\0')
    g_string_append_printf (print, _ ("Prompt: “%s”\n"), prompt);
  /* Translators: a model's name and the fingerprint of its files; the program's version. */
  g_string_append_printf (print, _ ("Model %s, fingerprint %s; Qlens %s"), model, fingerprint, QLENS_VERSION);
  if (*settings != '\0')
    g_string_append_printf (print, "\n%s", settings);
  if (*intervention != '\0')
    /* Translators: parts of the model that were switched off, as a JSON object. */
    g_string_append_printf (print, _ ("\nIntervention: %s"), intervention);
  return g_string_free (print, FALSE);
}

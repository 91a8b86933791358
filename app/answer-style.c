#include "app/answer-style.h"

#include <math.h>

#include "engine/b2.h"

static const QlKnobInfo infos[QL_N_KNOBS] = {
  [QL_KNOB_BEAMS] = { "beams", 1, 16, 1, 0 },
  [QL_KNOB_LENGTH_PENALTY] = { "length-penalty", -5, 5, 0.1, 1 },
  [QL_KNOB_MOST_TOKENS] = { "most-tokens", 1, 200, 1, 0 },
  [QL_KNOB_LEAST_TOKENS] = { "least-tokens", 0, 200, 1, 0 },
  [QL_KNOB_REPETITION_PENALTY] = { "repetition-penalty", 0.5, 5, 0.1, 1 },
  [QL_KNOB_NO_REPEAT] = { "no-repeat-ngram", 0, 10, 1, 0 },
  [QL_KNOB_TEMPERATURE] = { "temperature", 0.1, 3, 0.1, 1 },
  [QL_KNOB_TOP_K] = { "top-k", 0, 1000, 10, 0 },
  [QL_KNOB_TOP_P] = { "top-p", 0.05, 1, 0.05, 2 },
  [QL_KNOB_SEED] = { "seed", 0, 999999999, 1, 0 },
};

static const struct
{
  const char *key, *setting;
} presets[QL_N_PRESETS] = {
  [QL_PRESET_AUTO] = { "auto", NULL },
  [QL_PRESET_DESCRIBE] = { "describe", "style-describe" },
  [QL_PRESET_SHORT] = { "short", "style-short" },
  [QL_PRESET_CREATIVE] = { "creative", "style-creative" },
};

const QlKnobInfo *
ql_knob_info (QlKnob knob)
{
  g_return_val_if_fail (knob < QL_N_KNOBS, NULL);
  return &infos[knob];
}

gboolean
ql_knob_applies (QlKnob knob, QlPreset preset)
{
  gboolean draws = preset == QL_PRESET_CREATIVE;

  if (preset == QL_PRESET_AUTO)
    return FALSE;
  switch (knob)
    {
    case QL_KNOB_BEAMS:
    case QL_KNOB_LENGTH_PENALTY:
      return !draws;
    case QL_KNOB_TEMPERATURE:
    case QL_KNOB_TOP_K:
    case QL_KNOB_TOP_P:
    case QL_KNOB_SEED:
      return draws;
    case QL_KNOB_MOST_TOKENS:
    case QL_KNOB_LEAST_TOKENS:
    case QL_KNOB_REPETITION_PENALTY:
    case QL_KNOB_NO_REPEAT:
      return TRUE;
    case QL_N_KNOBS:
    default:
      return FALSE;
    }
}

QlPreset
ql_preset_resolve (QlPreset preset, gboolean question)
{
  if (preset > QL_PRESET_AUTO && preset < QL_N_PRESETS)
    return preset;
  return question ? QL_PRESET_SHORT : QL_PRESET_DESCRIBE;
}

const char *
ql_preset_key (QlPreset preset)
{
  g_return_val_if_fail (preset < QL_N_PRESETS, NULL);
  return presets[preset].key;
}

/* Also what keeps a float of the engine, 0.9f, from becoming 0.899999976. */
static double
fit (QlKnob knob, double value)
{
  const QlKnobInfo *info = &infos[knob];
  double grid = pow (10, info->digits);

  return round (CLAMP (value, info->least, info->most) * grid) / grid;
}

void
ql_answer_style_init (QlAnswerStyle *self, QlPreset preset)
{
  B2DecodeOptions o;

  g_return_if_fail (preset > QL_PRESET_AUTO && preset < QL_N_PRESETS);
  b2_decode_options_init (&o, preset == QL_PRESET_DESCRIBE ? B2_PRESET_CAPTION
                              : preset == QL_PRESET_SHORT  ? B2_PRESET_QUESTION
                                                           : B2_PRESET_CREATIVE);
  *self = (QlAnswerStyle){ .preset = preset,
                           .knobs = {
                               [QL_KNOB_BEAMS] = o.n_beams,
                               [QL_KNOB_LENGTH_PENALTY] = (double) o.length_penalty,
                               [QL_KNOB_MOST_TOKENS] = o.max_new_tokens,
                               [QL_KNOB_LEAST_TOKENS] = o.min_new_tokens,
                               [QL_KNOB_REPETITION_PENALTY] = (double) o.repetition_penalty,
                               [QL_KNOB_NO_REPEAT] = o.no_repeat_ngram,
                               [QL_KNOB_TEMPERATURE] = (double) o.temperature,
                               [QL_KNOB_TOP_K] = o.top_k,
                               [QL_KNOB_TOP_P] = (double) o.top_p,
                               [QL_KNOB_SEED] = (double) o.seed,
                           } };
  for (int i = 0; i < QL_N_KNOBS; i++)
    self->knobs[i] = fit ((QlKnob) i, self->knobs[i]);
}

void
ql_answer_style_load (QlAnswerStyle *self, GSettings *settings, QlPreset preset)
{
  g_autoptr (GVariant) stored = NULL;
  double *knobs = self->knobs;

  ql_answer_style_init (self, preset);
  if (settings == NULL)
    return;
  stored = g_settings_get_value (settings, presets[preset].setting);
  for (int i = 0; i < QL_N_KNOBS; i++)
    {
      double value;

      if (g_variant_lookup (stored, infos[i].key, "d", &value) && isfinite (value))
        knobs[i] = fit ((QlKnob) i, value);
    }
  knobs[QL_KNOB_LEAST_TOKENS] = MIN (knobs[QL_KNOB_LEAST_TOKENS], knobs[QL_KNOB_MOST_TOKENS]);
}

void
ql_answer_style_store (GSettings *settings, QlPreset preset, QlKnob knob, double value)
{
  g_autoptr (GVariant) stored = g_settings_get_value (settings, presets[preset].setting);
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (stored);
  QlAnswerStyle plain;

  ql_answer_style_init (&plain, preset);
  value = fit (knob, value);
  if (fabs (plain.knobs[knob] - value) < 1e-9)
    g_variant_dict_remove (&dict, infos[knob].key);
  else
    g_variant_dict_insert (&dict, infos[knob].key, "d", value);
  /* A dictionary of variants, read back by type: the schema's a{sv}. */
  g_settings_set_value (settings, presets[preset].setting, g_variant_dict_end (&dict));
}

void
ql_answer_style_reset (GSettings *settings, QlPreset preset)
{
  g_return_if_fail (preset > QL_PRESET_AUTO && preset < QL_N_PRESETS);
  g_settings_reset (settings, presets[preset].setting);
}

#pragma once

#include <gio/gio.h>

/** QlPreset: how an answer is to be written. The values are those of the setting "preset". */
typedef enum
{
  QL_PRESET_AUTO, /* Describe for descriptions, Short answer for questions */
  QL_PRESET_DESCRIBE,
  QL_PRESET_SHORT,
  QL_PRESET_CREATIVE,
  QL_N_PRESETS,
} QlPreset;

/** QlKnob: what can be set about writing. */
typedef enum
{
  QL_KNOB_BEAMS,
  QL_KNOB_LENGTH_PENALTY,
  QL_KNOB_MOST_TOKENS,
  QL_KNOB_LEAST_TOKENS,
  QL_KNOB_REPETITION_PENALTY,
  QL_KNOB_NO_REPEAT,
  QL_KNOB_TEMPERATURE,
  QL_KNOB_TOP_K,
  QL_KNOB_TOP_P,
  QL_KNOB_SEED, /* 0: a new one for each answer */
  QL_N_KNOBS,
} QlKnob;

/** QlKnobInfo: the range that makes sense to people, within the engine's. */
typedef struct
{
  const char *key; /* in settings and exported files */
  double least, most, step;
  int digits; /* after the point */
} QlKnobInfo;

const QlKnobInfo *ql_knob_info (QlKnob knob);

/** ql_knob_applies: beams are of presets that search, temperature and the like of those that draw lots */
gboolean ql_knob_applies (QlKnob knob, QlPreset preset);

/** QlAnswerStyle: a preset (never QL_PRESET_AUTO) with all its values. */
typedef struct
{
  QlPreset preset;
  double knobs[QL_N_KNOBS];
} QlAnswerStyle;

/** ql_preset_resolve: what QL_PRESET_AUTO means here. @question: not a description */
QlPreset ql_preset_resolve (QlPreset preset, gboolean question);

/** ql_preset_key: "describe"…, as in settings and exported files. Returns: (transfer none) */
const char *ql_preset_key (QlPreset preset);

/** ql_answer_style_init: the engine's values for @preset */
void ql_answer_style_init (QlAnswerStyle *self, QlPreset preset);

/**
 * ql_answer_style_load:
 * @settings: (nullable): %NULL is as ql_answer_style_init()
 *
 * What the person changed about @preset, brought into range: a settings file may hold anything.
 */
void ql_answer_style_load (QlAnswerStyle *self, GSettings *settings, QlPreset preset);

/** ql_answer_style_store: remembers one value of @preset; that of the engine is forgotten instead */
void ql_answer_style_store (GSettings *settings, QlPreset preset, QlKnob knob, double value);

/** ql_answer_style_reset: forgets all changes to @preset */
void ql_answer_style_reset (GSettings *settings, QlPreset preset);

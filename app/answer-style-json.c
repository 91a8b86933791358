#include "app/answer-style-json.h"

json_t *
ql_answer_style_to_json (const QlAnswerStyle *self)
{
  json_t *object = json_pack ("{s:s}", "preset", ql_preset_key (self->preset));

  for (int i = 0; i < QL_N_KNOBS; i++)
    if (ql_knob_applies ((QlKnob) i, self->preset))
      json_object_set_new (object, ql_knob_info ((QlKnob) i)->key, json_real (self->knobs[i]));
  return object;
}

void
ql_answer_style_from_json (QlAnswerStyle *self, const json_t *json, gboolean question)
{
  const char *key = json_string_value (json_object_get (json, "preset"));
  QlPreset preset = ql_preset_resolve (QL_PRESET_AUTO, question);

  for (int i = QL_PRESET_AUTO + 1; i < QL_N_PRESETS; i++)
    if (g_strcmp0 (ql_preset_key ((QlPreset) i), key) == 0)
      preset = (QlPreset) i;
  ql_answer_style_init (self, preset);
  for (int i = 0; i < QL_N_KNOBS; i++)
    {
      const QlKnobInfo *info = ql_knob_info ((QlKnob) i);
      const json_t *value = json_object_get (json, info->key);

      if (json_is_number (value) && ql_knob_applies ((QlKnob) i, preset))
        self->knobs[i] = CLAMP (json_number_value (value), info->least, info->most);
    }
}

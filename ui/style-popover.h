#pragma once

#include <gtk/gtk.h>

#include "app/answer-style.h"

#define QL_TYPE_STYLE_POPOVER (ql_style_popover_get_type ())
G_DECLARE_FINAL_TYPE (QlStylePopover, ql_style_popover, QL, STYLE_POPOVER, GtkPopover)

/**
 * QlStylePopover:
 *
 * How answers are written: a preset, and its values, each with a line that says what it
 * does. Changes are remembered at once, per preset.
 */
/** ql_style_popover_set_settings: @settings: (nullable). Once. */
void ql_style_popover_set_settings (QlStylePopover *self, GSettings *settings);
/** ql_style_popover_get_knob: Returns: (transfer none): the GtkSpinButton */
GtkWidget *ql_style_popover_get_knob (QlStylePopover *self, QlKnob knob);

/** ql_preset_name: Returns: (transfer none): translated */
const char *ql_preset_name (QlPreset preset);

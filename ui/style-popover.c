#include "ui/style-popover.h"

#include <glib/gi18n.h>

#include "ui/accessible.h"

struct _QlStylePopover
{
  GtkPopover parent_instance;

  GSettings *settings; /* nullable */
  GtkLabel *hint;
  GtkSpinButton *spins[QL_N_KNOBS];
  gboolean loading; /* values come from the settings: not to be written back */
};

G_DEFINE_FINAL_TYPE (QlStylePopover, ql_style_popover, GTK_TYPE_POPOVER)

static const struct
{
  const char *name, *hint;
} presets[QL_N_PRESETS] = {
  [QL_PRESET_AUTO]
  = { N_ ("Automatic"), N_ ("Pictures are described with “Describe”, questions answered with "
                            "“Short answer”. Choose a preset to change its values.") },
  [QL_PRESET_DESCRIBE] = { N_ ("Describe"), N_ ("Searches for the likeliest sentence.") },
  [QL_PRESET_SHORT] = { N_ ("Short answer"), N_ ("Searches for the likeliest few words.") },
  [QL_PRESET_CREATIVE] = { N_ ("Creative"), N_ ("Draws lots among likely words: another text each time.") },
};

static const struct
{
  const char *name, *explanation;
} knobs[QL_N_KNOBS] = {
  [QL_KNOB_BEAMS] = { N_ ("Beams"), N_ ("Texts tried side by side. More is more careful and slower.") },
  [QL_KNOB_LENGTH_PENALTY]
  = { N_ ("Length penalty"), N_ ("Below 0 prefers short texts, above 0 long ones.") },
  [QL_KNOB_MOST_TOKENS]
  = { N_ ("Most words"), N_ ("Where the text ends at the latest. Long words count as several.") },
  [QL_KNOB_LEAST_TOKENS] = { N_ ("Least words"), N_ ("The text does not end before.") },
  [QL_KNOB_REPETITION_PENALTY]
  = { N_ ("Repetition penalty"), N_ ("Above 1 avoids words that were used already.") },
  [QL_KNOB_NO_REPEAT]
  = { N_ ("No repeated phrases"), N_ ("So many words in a row never come twice. 0 allows it.") },
  [QL_KNOB_TEMPERATURE] = { N_ ("Temperature"), N_ ("Higher is more surprising, lower more predictable.") },
  [QL_KNOB_TOP_K] = { N_ ("Top-k"), N_ ("Draws only among so many of the likeliest words. 0: all.") },
  [QL_KNOB_TOP_P] = { N_ ("Top-p"), N_ ("Draws only among the likeliest words that share this much.") },
  [QL_KNOB_SEED] = { N_ ("Seed"), N_ ("The same number draws the same text. 0: another each time.") },
};

const char *
ql_preset_name (QlPreset preset)
{
  return _ (presets[preset < QL_N_PRESETS ? preset : QL_PRESET_AUTO].name);
}

static QlPreset
current_preset (QlStylePopover *self)
{
  return (QlPreset) g_settings_get_enum (self->settings, "preset");
}

static void
load (QlStylePopover *self)
{
  QlPreset preset = current_preset (self);
  QlAnswerStyle style;

  /* Of “Automatic” those for questions are shown, but cannot be changed. */
  ql_answer_style_load (&style, self->settings, ql_preset_resolve (preset, TRUE));
  self->loading = TRUE;
  for (int i = 0; i < QL_N_KNOBS; i++)
    {
      gtk_spin_button_set_value (self->spins[i], style.knobs[i]);
      gtk_widget_set_sensitive (GTK_WIDGET (self->spins[i]), ql_knob_applies ((QlKnob) i, preset));
    }
  self->loading = FALSE;
  gtk_label_set_text (self->hint, _ (presets[preset].hint));
}

static void
value_changed_cb (GtkSpinButton *spin, QlStylePopover *self)
{
  if (self->loading)
    return;
  for (int i = 0; i < QL_N_KNOBS; i++)
    if (spin == self->spins[i])
      ql_answer_style_store (self->settings, current_preset (self), (QlKnob) i,
                             gtk_spin_button_get_value (spin));
}

static void
add_knob (QlStylePopover *self, GtkGrid *grid, int i)
{
  const QlKnobInfo *info = ql_knob_info ((QlKnob) i);
  GtkWidget *name = gtk_label_new (_ (knobs[i].name));
  GtkWidget *explanation = gtk_label_new (_ (knobs[i].explanation));
  GtkWidget *spin = gtk_spin_button_new_with_range (info->least, info->most, info->step);

  gtk_label_set_xalign (GTK_LABEL (name), 0);
  gtk_widget_set_hexpand (name, TRUE);
  gtk_label_set_wrap (GTK_LABEL (name), TRUE);
  gtk_label_set_xalign (GTK_LABEL (explanation), 0);
  gtk_label_set_wrap (GTK_LABEL (explanation), TRUE);
  gtk_label_set_max_width_chars (GTK_LABEL (explanation), 34);
  gtk_widget_add_css_class (explanation, "dim-label");
  gtk_widget_add_css_class (explanation, "ql-explanation");
  gtk_spin_button_set_digits (GTK_SPIN_BUTTON (spin), (guint) info->digits);
  gtk_spin_button_set_numeric (GTK_SPIN_BUTTON (spin), TRUE);
  gtk_editable_set_width_chars (GTK_EDITABLE (spin), 4);
  gtk_widget_set_valign (spin, GTK_ALIGN_CENTER);
  gtk_accessible_update_property (GTK_ACCESSIBLE (spin), GTK_ACCESSIBLE_PROPERTY_LABEL, _ (knobs[i].name),
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, _ (knobs[i].explanation), -1);
  g_signal_connect_object (spin, "value-changed", G_CALLBACK (value_changed_cb), self, 0);
  gtk_grid_attach (grid, name, 0, 2 * i, 1, 1);
  gtk_grid_attach (grid, spin, 1, 2 * i, 1, 1);
  gtk_grid_attach (grid, explanation, 0, 2 * i + 1, 2, 1);
  self->spins[i] = GTK_SPIN_BUTTON (spin);
}

static GtkWidget *
preset_buttons (void)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *first = NULL;

  gtk_accessible_update_property (GTK_ACCESSIBLE (box), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("How answers are written"), -1);
  for (int i = 0; i < QL_N_PRESETS; i++)
    {
      GtkWidget *check = gtk_check_button_new_with_label (_ (presets[i].name));

      gtk_check_button_set_group (GTK_CHECK_BUTTON (check), first != NULL ? GTK_CHECK_BUTTON (first) : NULL);
      gtk_actionable_set_detailed_action_name (GTK_ACTIONABLE (check), "win.preset");
      gtk_actionable_set_action_target (GTK_ACTIONABLE (check), "s", ql_preset_key ((QlPreset) i));
      gtk_box_append (GTK_BOX (box), check);
      if (first == NULL)
        first = check;
    }
  return box;
}

static void
ql_style_popover_dispose (GObject *object)
{
  g_clear_object (&QL_STYLE_POPOVER (object)->settings);
  G_OBJECT_CLASS (ql_style_popover_parent_class)->dispose (object);
}

static void
ql_style_popover_class_init (QlStylePopoverClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = ql_style_popover_dispose;
}

static void
ql_style_popover_init (QlStylePopover *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 8);
  GtkWidget *scroller = gtk_scrolled_window_new ();
  GtkWidget *grid = gtk_grid_new ();
  GtkWidget *reset = gtk_button_new_with_mnemonic (_ ("_Reset This Preset"));

  gtk_widget_add_css_class (box, "ql-card");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("How answers are written"), -1);
  self->hint = GTK_LABEL (gtk_label_new (_ (presets[QL_PRESET_AUTO].hint)));
  gtk_label_set_xalign (self->hint, 0);
  gtk_label_set_wrap (self->hint, TRUE);
  gtk_label_set_max_width_chars (self->hint, 34);
  gtk_grid_set_column_spacing (GTK_GRID (grid), 12);
  gtk_grid_set_row_spacing (GTK_GRID (grid), 4);
  for (int i = 0; i < QL_N_KNOBS; i++)
    add_knob (self, GTK_GRID (grid), i);
  gtk_box_append (GTK_BOX (box), preset_buttons ());
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->hint));
  gtk_box_append (GTK_BOX (box), gtk_separator_new (GTK_ORIENTATION_HORIZONTAL));
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_propagate_natural_height (GTK_SCROLLED_WINDOW (scroller), TRUE);
  gtk_scrolled_window_set_min_content_height (GTK_SCROLLED_WINDOW (scroller), 120);
  gtk_scrolled_window_set_max_content_height (GTK_SCROLLED_WINDOW (scroller), 340);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), grid);
  gtk_box_append (GTK_BOX (box), scroller);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (reset), "win.reset-style");
  gtk_box_append (GTK_BOX (box), reset);
  gtk_popover_set_child (GTK_POPOVER (self), box);
  ql_accessible_name_internals (box);
}

void
ql_style_popover_set_settings (QlStylePopover *self, GSettings *settings)
{
  g_return_if_fail (self->settings == NULL);
  if (settings == NULL)
    return;
  self->settings = g_object_ref (settings);
  g_signal_connect_object (settings, "changed", G_CALLBACK (load), self, G_CONNECT_SWAPPED);
  load (self);
}

GtkWidget *
ql_style_popover_get_knob (QlStylePopover *self, QlKnob knob)
{
  return GTK_WIDGET (self->spins[knob]);
}

#include "app/lab-private.h"

/* How maps look is a setting: it is kept, and the same in every window. */

static const char *const keys[]
    = { "lab-overlay", "lab-style", "lab-opacity", "lab-scale", "lab-hide-outliers" };

void
ql_lab_init_look (QlLab *self)
{
  self->overlay = TRUE;
  self->opacity = 0.85;
  self->scale = QL_MAP_SCALE_SHARED;
}

static void
read_settings (QlLab *self)
{
  self->overlay = g_settings_get_boolean (self->settings, "lab-overlay");
  self->style = (QlMapStyle) g_settings_get_enum (self->settings, "lab-style");
  self->opacity = g_settings_get_double (self->settings, "lab-opacity");
  self->scale = (QlMapScale) g_settings_get_enum (self->settings, "lab-scale");
  self->hides_outliers = g_settings_get_boolean (self->settings, "lab-hide-outliers");
}

static void
settings_cb (QlLab *self, const char *key)
{
  if (!g_str_has_prefix (key, "lab-"))
    return;
  read_settings (self);
  ql_lab_emit_changed (self, QL_LAB_CHANGED_LOOK);
}

void
ql_lab_set_settings (QlLab *self, GSettings *settings)
{
  if (self->settings != NULL)
    g_signal_handlers_disconnect_by_data (self->settings, self);
  g_set_object (&self->settings, settings);
  if (settings == NULL)
    return;
  /* GSettings tells of changes only to who has read. */
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    g_variant_unref (g_settings_get_value (settings, keys[i]));
  g_signal_connect_object (settings, "changed", G_CALLBACK (settings_cb), self, G_CONNECT_SWAPPED);
  read_settings (self);
}

gboolean
ql_lab_get_overlay (QlLab *self)
{
  return self->overlay;
}

void
ql_lab_set_overlay (QlLab *self, gboolean overlay)
{
  if (self->overlay == overlay)
    return;
  self->overlay = overlay;
  if (self->settings != NULL)
    g_settings_set_boolean (self->settings, "lab-overlay", overlay);
  else
    ql_lab_emit_changed (self, QL_LAB_CHANGED_LOOK);
}

QlMapStyle
ql_lab_get_style (QlLab *self)
{
  return self->style;
}

void
ql_lab_set_style (QlLab *self, QlMapStyle style)
{
  if (self->style == style)
    return;
  self->style = style;
  if (self->settings != NULL)
    g_settings_set_enum (self->settings, "lab-style", style);
  else
    ql_lab_emit_changed (self, QL_LAB_CHANGED_LOOK);
}

double
ql_lab_get_opacity (QlLab *self)
{
  return self->opacity;
}

void
ql_lab_set_opacity (QlLab *self, double opacity)
{
  opacity = CLAMP (opacity, 0, 1);
  if (self->opacity == opacity)
    return;
  self->opacity = opacity;
  if (self->settings != NULL)
    g_settings_set_double (self->settings, "lab-opacity", opacity);
  else
    ql_lab_emit_changed (self, QL_LAB_CHANGED_LOOK);
}

QlMapScale
ql_lab_get_scale (QlLab *self)
{
  return self->scale;
}

void
ql_lab_set_scale (QlLab *self, QlMapScale scale)
{
  if (self->scale == scale)
    return;
  self->scale = scale;
  if (self->settings != NULL)
    g_settings_set_enum (self->settings, "lab-scale", (int) scale);
  else
    ql_lab_emit_changed (self, QL_LAB_CHANGED_LOOK);
}

gboolean
ql_lab_get_hides_outliers (QlLab *self)
{
  return self->hides_outliers;
}

void
ql_lab_set_hides_outliers (QlLab *self, gboolean hides)
{
  if (self->hides_outliers == hides)
    return;
  self->hides_outliers = hides;
  if (self->settings != NULL)
    g_settings_set_boolean (self->settings, "lab-hide-outliers", hides);
  else
    ql_lab_emit_changed (self, QL_LAB_CHANGED_LOOK);
}

void
ql_lab_get_look (QlLab *self, QlMapLook *look)
{
  ql_map_look_init (look);
  look->style = self->style;
  look->opacity = self->opacity;
  look->alpha_by_value = TRUE;
  look->scale = self->scale;
  look->hide_outliers = self->hides_outliers;
}

double
ql_lab_get_scale_max (QlLab *self)
{
  QlMap *map = ql_lab_get_map (self);

  return map != NULL ? ql_map_get_scale_max (map, self->scale, self->hides_outliers) : 0;
}

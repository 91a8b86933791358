#include "app/color-map.h"

#include <glib/gi18n.h>
#include <math.h>

/*
 * Viridis is Smith and van der Walt's (matplotlib, 2015, CC0). These are not its table but polynomials of
 * our own: least squares of degree 6 through ten of its colours at even distances (#440154, #482878,
 * #3e4989, #31688e, #26828e, #1f9e89, #35b779, #6ece58, #b5de2b, #fde725), off by 3/255 at most; lightness
 * rises everywhere.
 *
 * The others are made in CIELAB (CIE 15:2004, D65), in which lightness is a coordinate, and so is even by
 * construction. A colour that a screen does not have is made paler, not lighter.
 */
static const double viridis[7][3] = {
  { 0.2676, 0.0041, 0.3296 },     { 0.2444, 1.4285, 1.5189 }, { -1.1533, -0.2707, -1.2613 },
  { -2.3569, -3.4654, -13.9434 }, { 3.2767, 9.518, 47.1225 }, { 6.5016, -9.4927, -57.6463 },
  { -5.7891, 3.184, 24.0248 },
};

/* ---- CIELAB and sRGB ------------------------------------------------------------------- */

static double
to_linear (double v)
{
  return v <= 0.04045 ? v / 12.92 : pow ((v + 0.055) / 1.055, 2.4);
}

static double
from_linear (double v)
{
  return v <= 0.0031308 ? 12.92 * v : 1.055 * pow (v, 1 / 2.4) - 0.055;
}

double
ql_color_lightness (const QlColor *color)
{
  double y = 0.2126 * to_linear (color->red) + 0.7152 * to_linear (color->green)
             + 0.0722 * to_linear (color->blue);

  return y > 216.0 / 24389 ? 116 * cbrt (y) - 16 : 24389.0 / 27 * y;
}

static double
lab_inverse (double f)
{
  return f > 6.0 / 29 ? f * f * f : 3 * 36.0 / 841 * (f - 4.0 / 29);
}

/* Returns: FALSE where the screen has no such colour; @out is then the nearest per channel */
static gboolean
from_lch (double lightness, double chroma, double hue_degrees, QlColor *out)
{
  double hue = hue_degrees * G_PI / 180;
  double fy = (lightness + 16) / 116;
  double x = 0.95047 * lab_inverse (fy + chroma * cos (hue) / 500);
  double y = lab_inverse (fy);
  double z = 1.08883 * lab_inverse (fy - chroma * sin (hue) / 200);
  double linear[]
      = { 3.2404542 * x - 1.5371385 * y - 0.4985314 * z, -0.9692660 * x + 1.8760108 * y + 0.0415560 * z,
          0.0556434 * x - 0.2040259 * y + 1.0572252 * z };
  double *channels[] = { &out->red, &out->green, &out->blue };
  gboolean inside = TRUE;

  for (int i = 0; i < 3; i++)
    {
      inside = inside && linear[i] >= -1e-6 && linear[i] <= 1 + 1e-6;
      *channels[i] = from_linear (CLAMP (linear[i], 0, 1));
    }
  return inside;
}

static void
from_lch_paler (double lightness, double chroma, double hue_degrees, QlColor *out)
{
  double low = 0, high = chroma;

  if (from_lch (lightness, chroma, hue_degrees, out))
    return;
  for (int i = 0; i < 24; i++)
    {
      double middle = (low + high) / 2;

      if (from_lch (lightness, middle, hue_degrees, out))
        low = middle;
      else
        high = middle;
    }
  from_lch (lightness, low, hue_degrees, out);
}

/* ---- the maps ----------------------------------------------------------------------------- */

static void
make_viridis (gboolean high_contrast, double t, QlColor *out)
{
  double channels[3] = { 0 };

  if (high_contrast)
    {
      /* the same hues, from black to white */
      from_lch_paler (100 * t, 55 * sin (G_PI * t), 300 - 195 * t, out);
      return;
    }
  for (int k = 6; k >= 0; k--)
    for (int i = 0; i < 3; i++)
      channels[i] = channels[i] * t + viridis[k][i];
  *out = (QlColor){ CLAMP (channels[0], 0, 1), CLAMP (channels[1], 0, 1), CLAMP (channels[2], 0, 1) };
}

static void
make_diverging (gboolean high_contrast, double t, QlColor *out)
{
  double u = fabs (2 * t - 1);
  double hue = t < 0.5 ? 286 : 38; /* blue and orange-red differ for every kind of colour blindness */
  double white = high_contrast ? 100 : 97, dark = high_contrast ? 25 : 40, chroma = high_contrast ? 44 : 56;

  from_lch_paler (white - (white - dark) * u, chroma * pow (u, 0.9), hue, out);
}

void
ql_color_map_get (QlColorMap self, gboolean high_contrast, double t, QlColor *color)
{
  t = t > 0 ? MIN (t, 1) : 0; /* NaN too */
  switch (self)
    {
    case QL_COLOR_MAP_VIRIDIS:
      make_viridis (high_contrast, t, color);
      break;
    case QL_COLOR_MAP_GREY:
      from_lch (high_contrast ? 100 * t : 6 + 91 * t, 0, 0, color);
      break;
    case QL_COLOR_MAP_DIVERGING:
      make_diverging (high_contrast, t, color);
      break;
    }
}

const guint32 *
ql_color_map_table (QlColorMap self, gboolean high_contrast)
{
  static guint32 tables[QL_COLOR_MAP_N][2][QL_COLOR_MAP_ENTRIES];
  static gsize made;

  g_return_val_if_fail ((guint) self < QL_COLOR_MAP_N, tables[0][0]);
  if (g_once_init_enter (&made))
    {
      for (int map = 0; map < QL_COLOR_MAP_N; map++)
        for (int high = 0; high < 2; high++)
          for (int i = 0; i < QL_COLOR_MAP_ENTRIES; i++)
            {
              QlColor c;

              ql_color_map_get ((QlColorMap) map, high != 0, (double) i / (QL_COLOR_MAP_ENTRIES - 1), &c);
              tables[map][high][i] = 0xff000000u | (guint32) lround (c.red * 255) << 16
                                     | (guint32) lround (c.green * 255) << 8
                                     | (guint32) lround (c.blue * 255);
            }
      g_once_init_leave (&made, 1);
    }
  return tables[self][high_contrast ? 1 : 0];
}

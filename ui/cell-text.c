#include "ui/cell-text.h"

#include <pango/pangocairo.h>

#define SMALL 0.85
#define DIM 0.7f

void
ql_cell_text_clear (QlCellText *self)
{
  g_clear_pointer (&self->text, g_free);
  g_clear_object (&self->layout);
}

gboolean
ql_cell_text_set (QlCellText *self, const char *text)
{
  if (g_strcmp0 (self->text, text) == 0)
    return FALSE;
  g_free (self->text);
  self->text = g_strdup (text);
  g_clear_object (&self->layout);
  return TRUE;
}

void
ql_cell_text_invalidate (QlCellText *self)
{
  g_clear_object (&self->layout);
}

static void
lay_out (QlCellText *self, GtkWidget *widget, const QlCellStyle *style, int width)
{
  if (self->layout != NULL && self->width == width)
    return;
  g_clear_object (&self->layout);
  self->layout = gtk_widget_create_pango_layout (widget, self->text);
  self->width = width;
  pango_layout_set_width (self->layout, width * PANGO_SCALE);
  pango_layout_set_height (self->layout, -style->n_lines);
  pango_layout_set_ellipsize (self->layout, style->ellipsize);
  pango_layout_set_wrap (self->layout, PANGO_WRAP_WORD_CHAR);
  pango_layout_set_single_paragraph_mode (self->layout, TRUE);
  if (style->small || style->at_end)
    {
      PangoAttrList *attributes = pango_attr_list_new ();

      if (style->small)
        pango_attr_list_insert (attributes, pango_attr_scale_new (SMALL));
      if (style->at_end)
        pango_attr_list_insert (attributes, pango_attr_font_features_new ("tnum"));
      pango_layout_set_attributes (self->layout, attributes);
      pango_attr_list_unref (attributes);
    }
}

void
ql_cell_text_snapshot (QlCellText *self, GtkWidget *widget, GtkSnapshot *snapshot, const QlCellStyle *style,
                       const GdkRectangle *area)
{
  gboolean rtl = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  PangoRectangle extents;
  GdkRGBA color;
  int x, y;

  if (self->text == NULL || area->width <= 0)
    return;
  lay_out (self, widget, style, area->width);
  pango_layout_get_pixel_extents (self->layout, NULL, &extents);
  /* Where the program's language begins, whichever way the text itself is read. */
  x = rtl != style->at_end ? area->width - extents.width : 0;
  y = MAX ((area->height - extents.height) / 2, 0);
  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &color);
  if (style->small)
    color.alpha *= DIM;
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (
      snapshot, &GRAPHENE_POINT_INIT ((float) (area->x + x - extents.x), (float) (area->y + y - extents.y)));
  gtk_snapshot_append_layout (snapshot, self->layout, &color);
  gtk_snapshot_restore (snapshot);
}

int
ql_cell_line_height (GtkWidget *widget)
{
  /* All cells have the same font: asked for once, not for every cell. */
  static PangoFontDescription *known;
  static double known_dpi;
  static int height;
  PangoContext *context = gtk_widget_get_pango_context (widget);
  const PangoFontDescription *font = pango_context_get_font_description (context);
  double dpi = pango_cairo_context_get_resolution (context);
  PangoFontMetrics *metrics;

  if (known != NULL && pango_font_description_equal (known, font) && dpi >= known_dpi && dpi <= known_dpi)
    return height;
  metrics = pango_context_get_metrics (context, font, NULL);
  height = PANGO_PIXELS_CEIL (pango_font_metrics_get_height (metrics));
  pango_font_metrics_unref (metrics);
  g_clear_pointer (&known, pango_font_description_free);
  known = pango_font_description_copy (font);
  known_dpi = dpi;
  return height;
}

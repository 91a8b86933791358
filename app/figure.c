#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <gdk-pixbuf/gdk-pixbuf.h>
#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "app/figure-private.h"
#include "app/file-replace.h"
#include "app/map-draw-private.h"

#define WIDTH 480.0
#define MARGIN 12.0
#define GAP 8.0
#define BAR_WIDTH 200.0
#define BAR_HEIGHT 24.0
#define CAPTION_PX 10.0
#define SMALL_PX 6.5
#define MIN_SIDE 16.0
#define CURVE_HEIGHT 230.0
/* More of a picture's pixels would be lost in print and only make files large. */
#define MAX_VECTOR_PX 1200
/* A tree of beams is as wide and high as a file has it. */
#define MAX_PNG_PX 64e6

/* ---- making ------------------------------------------------------------------------------ */

static double
text_height (const char *text, double size_px, double width)
{
  cairo_surface_t *surface = cairo_recording_surface_create (CAIRO_CONTENT_COLOR, NULL);
  cairo_t *cr = cairo_create (surface);
  g_autoptr (PangoLayout) layout = ql_text_layout (cr, text, size_px, width - 2 * MARGIN);
  PangoRectangle extents;

  pango_layout_get_extents (layout, NULL, &extents);
  g_clear_object (&layout);
  cairo_destroy (cr);
  cairo_surface_destroy (surface);
  return (double) extents.height / PANGO_SCALE;
}

/* The picture's own shape: the grid is stretched over all of it. */
static void
find_aspect (const QlFigure *self, double *width, double *height)
{
  QlPicture *picture = ql_trace_get_picture (self->trace);
  int w, h;

  ql_trace_get_picture_size (self->trace, &w, &h);
  if (picture != NULL)
    {
      w = ql_picture_get_width (picture);
      h = ql_picture_get_height (picture);
    }
  if (w <= 0 || h <= 0)
    {
      w = ql_trace_get_columns (self->trace);
      h = ql_trace_get_rows (self->trace);
    }
  *width = w;
  *height = h;
}

static QlFigure *
figure_new (QlTrace *trace, const QlMapLook *look)
{
  QlFigure *self = g_new0 (QlFigure, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->trace = g_object_ref (trace);
  self->look = *look;
  self->look.ink = (QlColor){ 0, 0, 0 }; /* on white */
  return self;
}

static QlFigure *
lay_out (QlFigure *self)
{
  double room = WIDTH - 2 * MARGIN, width, height, factor;

  self->caption = ql_figure_make_caption (self);
  self->small_print = ql_figure_make_small_print (self);
  self->width = WIDTH;
  find_aspect (self, &width, &height);
  if (self->curve != NULL)
    {
      self->picture_width = room;
      self->picture_height = CURVE_HEIGHT;
    }
  else if (self->beams != NULL)
    {
      ql_beam_layout_get_size (self->beams, &self->picture_width, &self->picture_height);
      self->width = MAX (WIDTH, ceil (self->picture_width) + 2 * MARGIN);
    }
  else if (self->atlas != NULL)
    {
      /* its maps have the picture's shape */
      double cell = room / ql_atlas_get_columns (self->atlas);
      double shape = CLAMP (height / width, 0.25, 4);

      self->picture_width = room;
      self->picture_height = (cell * shape + 8) * ql_atlas_get_rows (self->atlas) + 12;
    }
  else
    {
      factor = MIN (room / width, room / height);
      self->picture_width = MAX (width * factor, MIN_SIDE);
      self->picture_height = MAX (height * factor, MIN_SIDE);
    }
  self->height = ceil (MARGIN + self->picture_height + GAP + (ql_figure_max (self) > 0 ? BAR_HEIGHT + GAP : 0)
                       + text_height (self->caption, CAPTION_PX, self->width) + GAP / 2
                       + text_height (self->small_print, SMALL_PX, self->width) + MARGIN);
  return self;
}

QlFigure *
ql_figure_make (QlTrace *trace, const QlMapLook *look, QlMap *map, QlAtlas *atlas, QlBeamLayout *beams)
{
  QlFigure *self = figure_new (trace, look);

  self->map = map != NULL ? ql_map_ref (map) : NULL;
  self->atlas = atlas != NULL ? ql_atlas_ref (atlas) : NULL;
  self->beams = beams != NULL ? ql_beam_layout_ref (beams) : NULL;
  return lay_out (self);
}

QlFigure *
ql_figure_new (QlMap *map, const QlMapLook *look)
{
  return ql_figure_make (ql_map_get_trace (map), look, map, NULL, NULL);
}

QlFigure *
ql_figure_new_atlas (QlAtlas *atlas, const QlMapLook *look)
{
  return ql_figure_make (ql_atlas_get_trace (atlas), look, NULL, atlas, NULL);
}

QlFigure *
ql_figure_new_curve (QlCurve *curve)
{
  QlMapLook look;
  QlFigure *self;

  ql_map_look_init (&look);
  self = figure_new (ql_map_get_trace (ql_curve_get_map (curve)), &look);
  self->curve = ql_curve_ref (curve);
  return lay_out (self);
}

QlFigure *
ql_figure_ref (QlFigure *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
ql_figure_unref (QlFigure *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  g_clear_pointer (&self->map, ql_map_unref);
  g_clear_pointer (&self->atlas, ql_atlas_unref);
  g_clear_pointer (&self->curve, ql_curve_unref);
  g_clear_pointer (&self->beams, ql_beam_layout_unref);
  g_object_unref (self->trace);
  g_free (self->caption);
  g_free (self->small_print);
  g_free (self);
}

const char *
ql_figure_get_caption (QlFigure *self)
{
  return self->caption;
}

void
ql_figure_get_size (QlFigure *self, double *width, double *height)
{
  *width = self->width;
  *height = self->height;
}

/* ---- drawing -------------------------------------------------------------------------------- */

static cairo_surface_t *
surface_of_pixbuf (GdkPixbuf *pixbuf)
{
  int width = gdk_pixbuf_get_width (pixbuf), height = gdk_pixbuf_get_height (pixbuf);
  int from_stride = gdk_pixbuf_get_rowstride (pixbuf);
  const guint8 *from = gdk_pixbuf_read_pixels (pixbuf);
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, width, height);
  guint8 *to = cairo_image_surface_get_data (surface);

  if (to == NULL)
    return surface;
  cairo_surface_flush (surface);
  for (int y = 0; y < height; y++)
    {
      const guint8 *p = from + (gsize) y * (gsize) from_stride;
      guint32 *line
          = (guint32 *) (gpointer) (to + (gsize) y * (gsize) cairo_image_surface_get_stride (surface));

      for (int x = 0; x < width; x++, p += 3)
        line[x] = (guint32) p[0] << 16 | (guint32) p[1] << 8 | p[2];
    }
  cairo_surface_mark_dirty (surface);
  return surface;
}

static void
draw_picture (const QlFigure *self, cairo_t *cr, double x, double y)
{
  QlPicture *picture = ql_trace_get_picture (self->trace);
  int width, height;
  gsize stride;
  GBytes *rgb;
  g_autoptr (GdkPixbuf) pixbuf = NULL;
  cairo_surface_t *surface;

  if (picture == NULL)
    return;
  rgb = ql_picture_get_preview (picture, &width, &height, &stride);
  pixbuf = gdk_pixbuf_new_from_bytes (rgb, GDK_COLORSPACE_RGB, FALSE, 8, width, height, (int) stride);
  if (MAX (width, height) > MAX_VECTOR_PX)
    {
      double factor = (double) MAX_VECTOR_PX / MAX (width, height);
      GdkPixbuf *scaled = gdk_pixbuf_scale_simple (pixbuf, MAX (1, (int) (width * factor)),
                                                   MAX (1, (int) (height * factor)), GDK_INTERP_BILINEAR);

      if (scaled != NULL)
        {
          g_object_unref (pixbuf);
          pixbuf = scaled;
        }
    }
  surface = surface_of_pixbuf (pixbuf);
  cairo_save (cr);
  cairo_rectangle (cr, x, y, self->picture_width, self->picture_height);
  cairo_clip (cr);
  cairo_translate (cr, x, y);
  cairo_scale (cr, self->picture_width / gdk_pixbuf_get_width (pixbuf),
               self->picture_height / gdk_pixbuf_get_height (pixbuf));
  cairo_set_source_surface (cr, surface, 0, 0);
  cairo_pattern_set_extend (cairo_get_source (cr), CAIRO_EXTEND_PAD);
  cairo_paint (cr);
  cairo_restore (cr);
  cairo_surface_destroy (surface);
}

/* Returns: the height taken */
static double
draw_text (const QlFigure *self, cairo_t *cr, const char *text, double size_px, double y)
{
  g_autoptr (PangoLayout) layout = ql_text_layout (cr, text, size_px, self->width - 2 * MARGIN);
  PangoRectangle extents;

  cairo_move_to (cr, MARGIN, y);
  cairo_set_source_rgb (cr, 0, 0, 0);
  pango_cairo_show_layout (cr, layout);
  pango_layout_get_extents (layout, NULL, &extents);
  return (double) extents.height / PANGO_SCALE;
}

void
ql_figure_draw (QlFigure *self, cairo_t *cr)
{
  double x = (self->width - self->picture_width) / 2, y = MARGIN;
  double max = ql_figure_max (self);
  QlIntervention *intervention = ql_trace_get_intervention (self->trace);
  gboolean is_signed = self->map != NULL && ql_map_get_kind (self->map) == QL_MAP_DIFFERENCE;

  cairo_save (cr);
  cairo_rectangle (cr, 0, 0, self->width, self->height);
  cairo_set_source_rgb (cr, 1, 1, 1);
  cairo_fill (cr);
  if (self->map != NULL)
    {
      draw_picture (self, cr, x, y);
      ql_map_draw (self->map, &self->look, cr, x, y, self->picture_width, self->picture_height);
      if (intervention != NULL && ql_map_get_kind (self->map) != QL_MAP_DIFFERENCE)
        ql_intervention_draw (intervention, cr, x, y, self->picture_width, self->picture_height);
    }
  else if (self->curve != NULL)
    {
      QlCurveLook look;

      ql_curve_look_init (&look);
      ql_curve_draw (self->curve, &look, cr, x, y, self->picture_width, self->picture_height);
    }
  else if (self->beams != NULL)
    ql_figure_draw_beams (self, cr, x, y);
  else
    ql_atlas_draw (self->atlas, &self->look, cr, x, y, self->picture_width, self->picture_height);
  y += self->picture_height + GAP;
  if (max > 0)
    {
      ql_color_bar_draw (&self->look, max, is_signed, cr, MARGIN, y, BAR_WIDTH, BAR_HEIGHT);
      y += BAR_HEIGHT + GAP;
    }
  y += draw_text (self, cr, self->caption, CAPTION_PX, y) + GAP / 2;
  draw_text (self, cr, self->small_print, SMALL_PX, y);
  cairo_restore (cr);
}

/* ---- files -------------------------------------------------------------------------------------- */

static cairo_status_t
write_cb (void *data, const unsigned char *bytes, unsigned int n_bytes)
{
  g_byte_array_append (data, bytes, n_bytes);
  return CAIRO_STATUS_SUCCESS;
}

/* Cells end where they end; letters, which are definitions, stay smooth. */
#define SVG_STYLE "path{shape-rendering:crispEdges} defs path{shape-rendering:geometricPrecision}"

/* cairo writes letters as outlines, which nobody can search or have read aloud. */
static void
insert_title (GByteArray *file, const QlFigure *self)
{
  g_autofree char *copy = g_strndup ((const char *) file->data, file->len);
  const char *tag = strstr (copy, "<svg");
  const char *end = tag != NULL ? strchr (tag, '>') : NULL;
  g_auto (GStrv) lines = g_strsplit (self->caption, "\n", 2);
  g_autofree char *inserted
      = g_markup_printf_escaped ("\n<title>%s</title>\n<desc>%s\n%s</desc>\n<style>" SVG_STYLE "</style>",
                                 lines[0], self->caption, self->small_print);
  gsize head;

  if (end == NULL)
    return;
  head = (gsize) (end - copy) + 1;
  g_byte_array_set_size (file, 0);
  g_byte_array_append (file, (const guint8 *) copy, (guint) head);
  g_byte_array_append (file, (const guint8 *) inserted, (guint) strlen (inserted));
  g_byte_array_append (file, (const guint8 *) end + 1, (guint) strlen (end + 1));
}

static cairo_surface_t *
make_surface (const QlFigure *self, QlFigureFormat format, int scale, GByteArray *file)
{
  cairo_surface_t *surface;
  g_auto (GStrv) lines = NULL;

  switch (format)
    {
    case QL_FIGURE_SVG:
      surface = cairo_svg_surface_create_for_stream (write_cb, file, self->width, self->height);
      cairo_svg_surface_set_document_unit (surface, CAIRO_SVG_UNIT_PX);
      return surface;
    case QL_FIGURE_PDF:
      surface = cairo_pdf_surface_create_for_stream (write_cb, file, self->width, self->height);
      lines = g_strsplit (self->caption, "\n", 2);
      cairo_pdf_surface_set_metadata (surface, CAIRO_PDF_METADATA_TITLE, lines[0]);
      cairo_pdf_surface_set_metadata (surface, CAIRO_PDF_METADATA_SUBJECT, self->caption);
      cairo_pdf_surface_set_metadata (surface, CAIRO_PDF_METADATA_KEYWORDS, self->small_print);
      cairo_pdf_surface_set_metadata (surface, CAIRO_PDF_METADATA_CREATOR, "Qlens " QLENS_VERSION);
      return surface;
    default:
      return cairo_image_surface_create (CAIRO_FORMAT_RGB24, (int) ceil (self->width) * scale,
                                         (int) ceil (self->height) * scale);
    }
}

GBytes *
ql_figure_render (QlFigure *self, QlFigureFormat format, int scale, GError **error)
{
  g_autoptr (GByteArray) file = g_byte_array_new ();
  cairo_surface_t *surface;
  cairo_status_t status;
  cairo_t *cr;

  if (format == QL_FIGURE_CSV)
    return g_string_free_to_bytes (ql_figure_csv (self));
  if (format == QL_FIGURE_PNG && ceil (self->width) * scale * ceil (self->height) * scale > MAX_PNG_PX)
    {
      g_set_error_literal (error, G_FILE_ERROR, G_FILE_ERROR_FAILED,
                           _ ("the figure is too large for PNG; save it as SVG or PDF"));
      return NULL;
    }
  surface = make_surface (self, format, scale, file);
  cr = cairo_create (surface);
  if (format == QL_FIGURE_PNG)
    cairo_scale (cr, scale, scale);
  ql_figure_draw (self, cr);
  status = cairo_status (cr);
  cairo_destroy (cr);
  if (format == QL_FIGURE_PNG && status == CAIRO_STATUS_SUCCESS)
    status = cairo_surface_write_to_png_stream (surface, write_cb, file);
  cairo_surface_finish (surface);
  if (status == CAIRO_STATUS_SUCCESS)
    status = cairo_surface_status (surface);
  cairo_surface_destroy (surface);
  if (status != CAIRO_STATUS_SUCCESS)
    {
      g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED,
                   _ ("the figure cannot be drawn (%s); please report this"),
                   cairo_status_to_string (status));
      return NULL;
    }
  if (format == QL_FIGURE_SVG)
    insert_title (file, self);
  return g_byte_array_free_to_bytes (g_steal_pointer (&file));
}

gboolean
ql_figure_save (QlFigure *self, const char *path, QlFigureFormat format, int scale, GError **error)
{
  g_autoptr (GBytes) bytes = ql_figure_render (self, format, scale, error);

  return bytes != NULL
         && ql_file_replace_contents (path, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), error);
}

gboolean
ql_figure_format_of (const char *path, QlFigureFormat *format)
{
  static const struct
  {
    const char *ending;
    QlFigureFormat format;
  } endings[] = {
    { ".svg", QL_FIGURE_SVG }, { ".pdf", QL_FIGURE_PDF }, { ".png", QL_FIGURE_PNG }, { ".csv", QL_FIGURE_CSV }
  };
  gsize length = strlen (path);

  for (gsize i = 0; i < G_N_ELEMENTS (endings); i++)
    if (length > strlen (endings[i].ending)
        && g_ascii_strcasecmp (path + length - strlen (endings[i].ending), endings[i].ending) == 0)
      {
        *format = endings[i].format;
        return TRUE;
      }
  return FALSE;
}

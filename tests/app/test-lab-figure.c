/* Colours, drawing and figures, without a display. */

#include <math.h>
#include <string.h>

#include <gdk-pixbuf/gdk-pixbuf.h>
#include <glib/gstdio.h>

#include "app/figure.h"
#include "tests/app/lab-maker.h"
#include "tests/app/scratch.h"

/* ---- colour maps -------------------------------------------------------------------------- */

static void
test_lightness (void)
{
  for (int map = 0; map < QL_COLOR_MAP_N; map++)
    for (int high = 0; high < 2; high++)
      {
        double before = -1, first = 0, last = 0;

        for (int i = 0; i < QL_COLOR_MAP_ENTRIES; i++)
          {
            QlColor c;
            double lightness;

            ql_color_map_get ((QlColorMap) map, high != 0, i / 255.0, &c);
            g_assert_true (c.red >= 0 && c.red <= 1 && c.green >= 0 && c.green <= 1 && c.blue >= 0
                           && c.blue <= 1);
            lightness = ql_color_lightness (&c);
            if (map != QL_COLOR_MAP_DIVERGING)
              g_assert_cmpfloat (lightness, >, before);
            else if (i > 0) /* up to the middle, then down again */
              g_assert_true (i < 128 ? lightness > before : i > 128 ? lightness < before : TRUE);
            first = i == 0 ? lightness : first;
            last = before = lightness;
          }
        if (map == QL_COLOR_MAP_DIVERGING)
          g_assert_cmpfloat_with_epsilon (first, last, 0.1);
        else
          g_assert_cmpfloat (last - first, >, high ? 99 : 70);
      }
}

static void
test_colors (void)
{
  /* what everybody knows viridis by */
  static const guint8 known[][4] = {
    { 0, 0x44, 0x01, 0x54 }, { 85, 0x31, 0x68, 0x8e }, { 170, 0x35, 0xb7, 0x79 }, { 255, 0xfd, 0xe7, 0x25 }
  };
  const guint32 *viridis = ql_color_map_table (QL_COLOR_MAP_VIRIDIS, FALSE);
  QlColor none, low, high;

  for (gsize i = 0; i < G_N_ELEMENTS (known); i++)
    for (int c = 0; c < 3; c++)
      g_assert_cmpint (abs ((int) (viridis[known[i][0]] >> (16 - 8 * c) & 255) - known[i][1 + c]), <=, 4);
  ql_color_map_get (QL_COLOR_MAP_DIVERGING, FALSE, 0.5, &none);
  ql_color_map_get (QL_COLOR_MAP_DIVERGING, FALSE, 0, &low);
  ql_color_map_get (QL_COLOR_MAP_DIVERGING, FALSE, 1, &high);
  g_assert_cmpfloat_with_epsilon (none.red, none.blue, 0.005);
  g_assert_cmpfloat (low.blue, >, low.red + 0.3);
  g_assert_cmpfloat (high.red, >, high.blue + 0.3);
  ql_color_map_get (QL_COLOR_MAP_VIRIDIS, FALSE, NAN, &low);
  g_assert_cmpfloat_with_epsilon (low.red, 0x44 / 255.0, 0.02);
}

/* ---- drawing --------------------------------------------------------------------------------- */

static const LabSizes *sizes = &lab_small; /* 6×4 patches */

static cairo_surface_t *
draw (QlMap *map, const QlMapLook *look, int width, int height, guint32 background)
{
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, width, height);
  cairo_t *cr = cairo_create (surface);

  cairo_set_source_rgb (cr, (background >> 16 & 255) / 255.0, (background >> 8 & 255) / 255.0,
                        (background & 255) / 255.0);
  cairo_paint (cr);
  ql_map_draw (map, look, cr, 0, 0, width, height);
  cairo_destroy (cr);
  cairo_surface_flush (surface);
  return surface;
}

static guint32
pixel (cairo_surface_t *surface, int x, int y)
{
  const guint8 *data = cairo_image_surface_get_data (surface);

  return *(const guint32 *) (gconstpointer) (data + y * cairo_image_surface_get_stride (surface) + 4 * x)
         & 0xffffff;
}

static int
distance (guint32 a, guint32 b)
{
  int largest = 0;

  for (int shift = 0; shift < 24; shift += 8)
    largest = MAX (largest, abs ((int) (a >> shift & 255) - (int) (b >> shift & 255)));
  return largest;
}

static guint32
mix (guint32 below, guint32 above, double alpha)
{
  guint32 mixed = 0;

  for (int shift = 0; shift < 24; shift += 8)
    mixed |= (guint32) lround ((below >> shift & 255) * (1 - alpha) + (above >> shift & 255) * alpha)
             << shift;
  return mixed;
}

/* Every pixel of every cell has its value's colour: crisp to the edges. */
static void
test_cells (void)
{
  g_autoptr (QlTrace) trace = lab_trace (lab_make (sizes));
  QlMapKey key = { .query = 2, .layer = 1, .head = 1 };
  g_autoptr (QlMap) map = ql_map_new (trace, &key);
  const guint32 *colors = ql_color_map_table (QL_COLOR_MAP_VIRIDIS, FALSE);
  QlMapLook look;
  double max;

  ql_map_look_init (&look);
  look.mark_outliers = FALSE;
  max = ql_map_look_get_max (&look, map);
  for (int part = 0; part < 2; part++)
    {
      cairo_surface_t *surface;

      look.opacity = part == 0 ? 1 : 0.5;
      surface = draw (map, &look, 60, 40, 0x404080);
      for (int y = 0; y < 40; y++)
        for (int x = 0; x < 60; x++)
          {
            double t = ql_map_get_value (map, x / 10, y / 10) / max;
            guint32 expected = mix (0x404080, colors[(int) (t * 255 + 0.5)] & 0xffffff, look.opacity);

            g_assert_cmpint (distance (pixel (surface, x, y), expected), <=, part == 0 ? 0 : 2);
          }
      cairo_surface_destroy (surface);
    }
}

static void
test_styles (void)
{
  g_autoptr (QlTrace) trace = lab_trace (lab_make (sizes));
  QlMapKey key = { .query = 0, .layer = 0, .method = QL_MAP_HEAD_MEAN };
  g_autoptr (QlMap) map = ql_map_new (trace, &key);
  const guint32 *grey = ql_color_map_table (QL_COLOR_MAP_GREY, FALSE);
  cairo_surface_t *surface;
  QlMapLook look;
  double max;
  int column, row;

  ql_map_look_init (&look);
  look.mark_outliers = FALSE;
  look.color_map = QL_COLOR_MAP_GREY;
  look.opacity = 1;
  max = ql_map_look_get_max (&look, map);

  /* at the patches' centres the interpolated value is the patch's own */
  look.style = QL_MAP_STYLE_SMOOTH;
  surface = draw (map, &look, 600, 400, 0);
  for (int i = 0; i < 24; i++)
    {
      double t = ql_map_get_value (map, i % 6, i / 6) / max;

      g_assert_cmpint (distance (pixel (surface, i % 6 * 100 + 50, i / 6 * 100 + 50),
                                 grey[(int) (t * 255 + 0.5)] & 0xffffff),
                       <=, 16);
    }
  cairo_surface_destroy (surface);

  look.style = QL_MAP_STYLE_SPOTLIGHT;
  surface = draw (map, &look, 60, 40, 0xffffff);
  for (int i = 0; i < 24; i++)
    {
      guint32 light = (guint32) lround (ql_map_get_value (map, i % 6, i / 6) / max * 255);

      g_assert_cmpint (distance (pixel (surface, i % 6 * 10 + 5, i / 6 * 10 + 5), light * 0x010101u), <=, 1);
    }
  cairo_surface_destroy (surface);

  look.style = QL_MAP_STYLE_CELLS;
  look.alpha_by_value = TRUE;
  surface = draw (map, &look, 60, 40, 0x0000ff);
  for (int i = 0; i < 24; i++)
    {
      double t = ql_map_get_value (map, i % 6, i / 6) / max;
      guint32 expected = mix (0x0000ff, grey[(int) (t * 255 + 0.5)] & 0xffffff, t);

      g_assert_cmpint (distance (pixel (surface, i % 6 * 10 + 5, i / 6 * 10 + 5), expected), <=, 2);
    }
  cairo_surface_destroy (surface);

  g_assert_true (ql_map_locate (map, 10, 10, 60, 40, 69.9, 10, &column, &row));
  g_assert_cmpint (column, ==, 5);
  g_assert_cmpint (row, ==, 0);
  g_assert_false (ql_map_locate (map, 10, 10, 60, 40, 70, 10, &column, &row));
  g_assert_false (ql_map_locate (map, 10, 10, 60, 40, NAN, 10, &column, &row));
}

/* A hidden outlier shows the picture, hatched, and the rest has a scale without it. */
static void
test_hidden (void)
{
  B2Trace *raw = lab_make_uniform (sizes);
  float *rows = lab_values (raw, "vision.last_hidden_state");
  float *cross = lab_values (raw, "qformer.cross_attentions");
  QlMapKey key = { 0 };
  g_autoptr (QlTrace) trace = NULL;
  g_autoptr (QlMap) map = NULL;
  cairo_surface_t *surface;
  QlMapLook look;

  for (int i = 0; i < 25 * 8; i++)
    rows[i] = i / 8 == 1 + 7 ? 9 : 1;
  cross[1 + 7] = 0.9f;
  trace = lab_trace (raw);
  map = ql_map_new (trace, &key);
  ql_map_look_init (&look);
  look.opacity = 1;
  look.hide_outliers = TRUE;
  surface = draw (map, &look, 240, 160, 0xff0000);
  g_assert_cmpint (distance (pixel (surface, 20, 20), 0xfde725), <=, 4); /* the largest but one */
  /* patch 7: column 1, row 1; between two lines grey lies on red */
  g_assert_cmpint (distance (pixel (surface, 40 + 10, 40 + 10), mix (0xff0000, 0xbfbfbf, 0.5)), <=, 4);
  g_assert_cmpint (distance (pixel (surface, 40 + 5, 40 + 0), 0xff0000), >, 40);
  cairo_surface_destroy (surface);
}

static void
test_difference_colors (void)
{
  g_autoptr (QlTrace) trace = lab_trace (lab_make (sizes));
  QlMapKey a_key = { .query = 0 }, b_key = { .query = 1 };
  g_autoptr (QlMap) a = ql_map_new (trace, &a_key);
  g_autoptr (QlMap) b = ql_map_new (trace, &b_key);
  g_autoptr (QlMap) difference = ql_map_new_difference (a, b);
  const guint32 *colors = ql_color_map_table (QL_COLOR_MAP_DIVERGING, FALSE);
  cairo_surface_t *surface;
  QlMapLook look;
  double max;

  ql_map_look_init (&look);
  look.opacity = 1;
  look.mark_outliers = FALSE;
  max = ql_map_look_get_max (&look, difference);
  surface = draw (difference, &look, 60, 40, 0);
  for (int i = 0; i < 24; i++)
    {
      double t = (ql_map_get_value (difference, i % 6, i / 6) / max + 1) / 2;

      g_assert_cmpint (distance (pixel (surface, i % 6 * 10 + 5, i / 6 * 10 + 5),
                                 colors[(int) (t * 255 + 0.5)] & 0xffffff),
                       ==, 0);
    }
  cairo_surface_destroy (surface);
}

/* ---- atlas -------------------------------------------------------------------------------------- */

static void
test_atlas (void)
{
  g_autoptr (QlTrace) trace = lab_trace (lab_make (sizes));
  g_autoptr (QlAtlas) atlas = ql_atlas_new_for_query (trace, 3);
  QlMapKey key = { .layer = 1, .head = 2 };
  g_autoptr (QlAtlas) queries = ql_atlas_new_for_head (trace, &key);
  g_autofree char *label = ql_atlas_get_label (queries, 4);
  QlAtlasRect all = { 10, 20, 300, 200 }, r;
  double before = -1;

  g_assert_cmpint (ql_atlas_get_n_maps (atlas), ==, 6);
  g_assert_cmpint (ql_atlas_get_rows (atlas), ==, 2);
  g_assert_cmpint (ql_atlas_get_columns (atlas), ==, 3);
  g_assert_cmpint (ql_atlas_get_n_maps (queries), ==, 5);
  g_assert_cmpstr (label, ==, "query 4");
  g_assert_true (ql_atlas_is_ordered (atlas));
  for (int i = 0; i < 6; i++)
    {
      g_assert_cmpint (ql_map_get_key (ql_atlas_get_map (atlas, i))->layer, ==, i / 3);
      g_assert_cmpint (ql_map_get_key (ql_atlas_get_map (atlas, i))->head, ==, i % 3);
      ql_atlas_get_rect (atlas, &all, i, &r);
      g_assert_cmpint (ql_atlas_locate (atlas, &all, r.x + 1, r.y + 1), ==, i);
      g_assert_cmpfloat (r.x + r.width, <=, all.x + all.width);
      g_assert_cmpfloat (r.y + r.height, <=, all.y + all.height);
    }
  g_assert_cmpint (ql_atlas_locate (atlas, &all, 0, 0), ==, -1);
  ql_atlas_sort (atlas, QL_MAP_SORT_ENTROPY, NULL);
  g_assert_false (ql_atlas_is_ordered (atlas));
  for (int i = 0; i < 6; i++)
    {
      double entropy = ql_map_get_entropy (ql_atlas_get_map (atlas, i));

      g_assert_cmpfloat (entropy, >=, before);
      before = entropy;
    }
  ql_atlas_sort (atlas, QL_MAP_SORT_NONE, NULL);
  g_assert_cmpint (ql_map_get_key (ql_atlas_get_map (atlas, 5))->head, ==, 2);
}

/* Told, not judged. */
static void
test_speed (void)
{
  g_autoptr (QlTrace) trace = lab_trace (lab_make (&lab_full));
  g_autoptr (QlAtlas) atlas = ql_atlas_new_for_query (trace, 5);
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, 760, 420);
  double best = G_MAXDOUBLE;
  QlMapLook look;

  ql_map_look_init (&look);
  for (int round = 0; round < 10; round++)
    {
      double start = (double) g_get_monotonic_time ();
      cairo_t *cr = cairo_create (surface);

      ql_atlas_draw (atlas, &look, cr, 0, 0, 760, 420);
      cairo_destroy (cr);
      cairo_surface_flush (surface);
      best = MIN (best, ((double) g_get_monotonic_time () - start) / 1e3);
    }
  g_test_message ("an atlas of 72 maps of 16×16 patches in 760×420 px: %.2f ms", best);
  g_assert_cmpint (cairo_surface_status (surface), ==, CAIRO_STATUS_SUCCESS);
  g_assert_cmpuint (pixel (surface, 400, 200), !=, 0);
  cairo_surface_destroy (surface);
}

/* ---- figures --------------------------------------------------------------------------------------- */

typedef struct
{
  Scratch scratch;
  QlTrace *trace;
  QlMap *map;
  QlFigure *figure;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (QlPicture) picture = lab_picture (300, 200);
  g_autoptr (GError) error = NULL;
  B2Trace *raw = lab_make (sizes);
  QlMapKey key = { .query = 1, .layer = 1, .head = 2 };
  QlMapLook look;

  scratch_set_up (&f->scratch, NULL);
  b2_trace_set_metadata (raw, "text", "a <cat> & a \x01 dog");
  b2_trace_set_metadata (raw, "intervention", "{\"queries\":[3]}");
  f->trace = ql_trace_new (raw, picture, "made up", &error);
  g_assert_no_error (error);
  f->map = ql_map_new (f->trace, &key);
  ql_map_look_init (&look);
  look.style = (QlMapStyle) GPOINTER_TO_INT (data);
  f->figure = ql_figure_new (f->map, &look);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  ql_figure_unref (f->figure);
  ql_map_unref (f->map);
  g_object_unref (f->trace);
  scratch_tear_down (&f->scratch, NULL);
}

static GBytes *
render (QlFigure *figure, QlFigureFormat format, int scale)
{
  g_autoptr (GError) error = NULL;
  GBytes *bytes = ql_figure_render (figure, format, scale, &error);

  g_assert_no_error (error);
  return bytes;
}

static void
count_text (GMarkupParseContext *context, const char *text, gsize n, gpointer data, GError **error)
{
  const char *const *parents = g_markup_parse_context_get_element_stack (context)->data;

  if (g_str_equal ((const char *) parents, "desc"))
    *(char **) data = g_strndup (text, n);
}

static void
test_svg (Fixture *f, gconstpointer data)
{
  g_autoptr (GBytes) svg = render (f->figure, QL_FIGURE_SVG, 1);
  GMarkupParser parser = { .text = count_text };
  g_autofree char *description = NULL;
  g_autoptr (GMarkupParseContext) context = g_markup_parse_context_new (&parser, 0, &description, NULL);
  g_autoptr (GError) error = NULL;
  gsize n;
  const char *text = g_bytes_get_data (svg, &n);

  g_assert_true (g_markup_parse_context_parse (context, text, (gssize) n, &error));
  g_assert_true (g_markup_parse_context_end_parse (context, &error));
  g_assert_nonnull (description);
  g_assert_nonnull (strstr (description, "Query 1, layer 2, head 2"));
  g_assert_nonnull (strstr (description, "<cat>"));
  g_assert_nonnull (strstr (description, "0123456789abcdef"));
  g_assert_nonnull (strstr (description, "Intervention: {\"queries\":[3]}"));
  g_assert_null (strchr (description, '\x01'));
}

static GdkPixbuf *
decode (GBytes *bytes)
{
  g_autoptr (GInputStream) stream = g_memory_input_stream_new_from_bytes (bytes);
  g_autoptr (GError) error = NULL;

  return gdk_pixbuf_new_from_stream (stream, NULL, &error);
}

static const guint8 *
at (GdkPixbuf *p, int x, int y)
{
  return gdk_pixbuf_read_pixels (p) + y * gdk_pixbuf_get_rowstride (p) + x * gdk_pixbuf_get_n_channels (p);
}

/* What another program makes of the vectors is what we draw, but for the edges of letters. */
static void
test_svg_is_png (Fixture *f, gconstpointer data)
{
  g_autoptr (GBytes) svg_bytes = render (f->figure, QL_FIGURE_SVG, 1);
  g_autoptr (GBytes) png_bytes = render (f->figure, QL_FIGURE_PNG, 1);
  g_autoptr (GdkPixbuf) svg = decode (svg_bytes);
  g_autoptr (GdkPixbuf) png = decode (png_bytes);
  const int above_text = 12 + 304 + 8; /* margin, picture, gap */
  int width, height, n_far = 0;
  double sum = 0;

  g_assert_nonnull (png);
  if (svg == NULL)
    {
      g_test_skip ("no loader of SVG is installed");
      return;
    }
  width = gdk_pixbuf_get_width (png);
  height = gdk_pixbuf_get_height (png);
  g_assert_cmpint (gdk_pixbuf_get_width (svg), ==, width);
  g_assert_cmpint (gdk_pixbuf_get_height (svg), ==, height);
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      {
        int largest = 0;

        for (int c = 0; c < 3; c++)
          largest = MAX (largest, abs ((int) at (svg, x, y)[c] - (int) at (png, x, y)[c]));
        sum += largest;
        n_far += largest > 24 && y < above_text;
      }
  g_test_message ("SVG and PNG: mean difference %.2f of 255, of the map %d of %d pixels far off",
                  sum / (width * height), n_far, width * above_text);
  g_assert_cmpfloat (sum / (width * height), <, 6);
  g_assert_cmpint (n_far, <, width * above_text / 100);
  /* the middle of each patch */
  for (int i = 0; i < 24; i++)
    {
      int x = 12 + (int) ((i % 6 + 0.5) * 456 / 6), y = 12 + (int) ((i / 6 + 0.5) * 304 / 4);

      for (int c = 0; c < 3; c++)
        g_assert_cmpint (abs ((int) at (svg, x, y)[c] - (int) at (png, x, y)[c]), <=, 6);
    }
}

static void
test_png_scale (Fixture *f, gconstpointer data)
{
  g_autoptr (GBytes) one_bytes = render (f->figure, QL_FIGURE_PNG, 1);
  g_autoptr (GBytes) two_bytes = render (f->figure, QL_FIGURE_PNG, 2);
  g_autoptr (GdkPixbuf) one = decode (one_bytes);
  g_autoptr (GdkPixbuf) two = decode (two_bytes);

  g_assert_cmpint (gdk_pixbuf_get_width (two), ==, 2 * gdk_pixbuf_get_width (one));
  g_assert_cmpint (gdk_pixbuf_get_height (two), ==, 2 * gdk_pixbuf_get_height (one));
  for (int c = 0; c < 3; c++)
    g_assert_cmpint (abs ((int) at (one, 100, 100)[c] - (int) at (two, 200, 200)[c]), <=, 8);
}

static void
test_pdf (Fixture *f, gconstpointer data)
{
  g_autoptr (GBytes) pdf = render (f->figure, QL_FIGURE_PDF, 1);
  gsize n;
  const char *bytes = g_bytes_get_data (pdf, &n);

  g_assert_cmpuint (n, >, 1000);
  g_assert_cmpmem (bytes, 5, "%PDF-", 5);
  g_assert_nonnull (g_strstr_len (bytes + n - 16, 16, "%%EOF"));
  /* letters, not outlines */
  g_assert_nonnull (memmem (bytes, n, "/Font", 5));
}

/* What comes back is the map. */
static void
test_csv (Fixture *f, gconstpointer data)
{
  g_autoptr (GBytes) csv = render (f->figure, QL_FIGURE_CSV, 1);
  gsize n;
  const char *text = g_bytes_get_data (csv, &n);
  g_autofree char *copy = g_strndup (text, n);
  g_auto (GStrv) lines = g_strsplit (copy, "\n", -1);
  int i = 0, n_found = 0;

  for (; lines[i][0] == '#'; i++)
    n_found += g_str_has_prefix (lines[i], "# fingerprint: 0123456789abcdef")
               || g_str_equal (lines[i], "# settings: {\"beams\":5}")
               || g_str_has_prefix (lines[i], "# cls: 0.");
  g_assert_cmpint (n_found, ==, 3);
  g_assert_cmpstr (lines[i], ==, "row,column,value,x_uniform,outlier");
  for (int k = 0; k < 24; k++)
    {
      g_auto (GStrv) cells = g_strsplit (lines[i + 1 + k], ",", -1);

      g_assert_cmpuint (g_strv_length (cells), ==, 5);
      g_assert_cmpint (atoi (cells[0]), ==, k / 6);
      g_assert_cmpint (atoi (cells[1]), ==, k % 6);
      g_assert_cmpfloat ((float) g_ascii_strtod (cells[2], NULL), ==,
                         (float) ql_map_get_value (f->map, k % 6, k / 6));
      g_assert_cmpfloat_with_epsilon (g_ascii_strtod (cells[3], NULL),
                                      ql_map_get_ratio (f->map, k % 6, k / 6), 1e-6);
      g_assert_cmpint (atoi (cells[4]), ==, ql_map_is_outlier (f->map, k % 6, k / 6));
    }
  g_assert_cmpstr (lines[i + 25], ==, "");
  g_assert_null (lines[i + 26]);
}

static void
test_atlas_csv (Fixture *f, gconstpointer data)
{
  g_autoptr (QlAtlas) atlas = ql_atlas_new_for_query (f->trace, 4);
  QlMapLook look;
  g_autoptr (QlFigure) figure = NULL;
  g_autoptr (GBytes) csv = NULL;
  g_autofree char *copy = NULL;
  g_auto (GStrv) lines = NULL;
  int i = 0;

  ql_map_look_init (&look);
  figure = ql_figure_new_atlas (atlas, &look);
  csv = render (figure, QL_FIGURE_CSV, 1);
  copy = g_strndup (g_bytes_get_data (csv, NULL), g_bytes_get_size (csv));
  lines = g_strsplit (copy, "\n", -1);
  while (lines[i][0] == '#')
    i++;
  g_assert_cmpstr (lines[i], ==, "query,layer,head,row,column,value,x_uniform,outlier");
  g_assert_cmpuint (g_strv_length (lines + i), ==, 1 + 6 * 24 + 1);
  g_assert_true (g_str_has_prefix (lines[i + 1 + 5 * 24], "4,2,2,0,0,"));
  for (int format = QL_FIGURE_SVG; format <= QL_FIGURE_PNG; format++)
    {
      g_autoptr (GBytes) bytes = render (figure, (QlFigureFormat) format, 1);

      g_assert_cmpuint (g_bytes_get_size (bytes), >, 1000);
    }
}

/* All or nothing. */
static void
test_save (Fixture *f, gconstpointer data)
{
  g_autofree char *path = g_build_filename (f->scratch.root, "a.svg", NULL);
  g_autofree char *nowhere = g_build_filename (f->scratch.root, "no", "a.svg", NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  QlFigureFormat format;

  g_assert_true (ql_figure_format_of (path, &format));
  g_assert_cmpint (format, ==, QL_FIGURE_SVG);
  g_assert_true (ql_figure_format_of ("A.PDF", &format));
  g_assert_cmpint (format, ==, QL_FIGURE_PDF);
  g_assert_false (ql_figure_format_of (".svg", &format));
  g_assert_false (ql_figure_format_of ("svg", &format));
  g_assert_true (ql_figure_save (f->figure, path, QL_FIGURE_SVG, 1, &error));
  g_assert_no_error (error);
  text = scratch_read (path, NULL);
  g_assert_true (g_str_has_suffix (text, "</svg>\n"));
  g_assert_false (ql_figure_save (f->figure, nowhere, QL_FIGURE_SVG, 1, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/lab-figure/lightness", test_lightness);
  g_test_add_func ("/lab-figure/colors", test_colors);
  g_test_add_func ("/lab-figure/cells", test_cells);
  g_test_add_func ("/lab-figure/styles", test_styles);
  g_test_add_func ("/lab-figure/hidden", test_hidden);
  g_test_add_func ("/lab-figure/difference", test_difference_colors);
  g_test_add_func ("/lab-figure/atlas", test_atlas);
  g_test_add_func ("/lab-figure/speed", test_speed);
  g_test_add ("/lab-figure/svg", Fixture, NULL, set_up, test_svg, tear_down);
  for (int style = 0; style < QL_MAP_N_STYLES; style++)
    {
      g_autofree char *name
          = g_strconcat ("/lab-figure/svg-is-png/", ql_map_style_to_string ((QlMapStyle) style), NULL);

      g_test_add (name, Fixture, GINT_TO_POINTER (style), set_up, test_svg_is_png, tear_down);
    }
  g_test_add ("/lab-figure/png-scale", Fixture, NULL, set_up, test_png_scale, tear_down);
  g_test_add ("/lab-figure/pdf", Fixture, NULL, set_up, test_pdf, tear_down);
  g_test_add ("/lab-figure/csv", Fixture, NULL, set_up, test_csv, tear_down);
  g_test_add ("/lab-figure/atlas-files", Fixture, NULL, set_up, test_atlas_csv, tear_down);
  g_test_add ("/lab-figure/save", Fixture, NULL, set_up, test_save, tear_down);
  return g_test_run ();
}

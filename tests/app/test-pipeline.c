/* The stages of a trace, their pictures, and the tree of beams. */
#include <cairo-svg.h>
#include <math.h>
#include <string.h>

#include "app/beam-layout.h"
#include "app/figure.h"
#include "app/lab-trace-measures.h"
#include "app/pipeline.h"
#include "tests/app/lab-maker.h"
#include "tests/app/scratch.h"

/* ---- stages --------------------------------------------------------------------------------- */

/* The tensor that a stage's shape is of. */
static const struct
{
  QlStageKind kind;
  const char *tensor;
} tensors[] = {
  { QL_STAGE_PIXELS, "pixel_values" },
  { QL_STAGE_VISION, "vision.last_hidden_state" },
  { QL_STAGE_QFORMER, "qformer.last_hidden_state" },
  { QL_STAGE_PROJECTION, "language_projection" },
  { QL_STAGE_PROMPT, "lm.first_logits" },
};

static void
check_shapes (QlPipeline *pipeline)
{
  B2Trace *trace = ql_trace_get_tensors (ql_pipeline_get_trace (pipeline));

  for (gsize i = 0; i < G_N_ELEMENTS (tensors); i++)
    {
      const QlStage *stage = ql_pipeline_find (pipeline, tensors[i].kind);
      const gint64 *shape;
      int n_dims;
      gint64 n = 1;

      g_assert_nonnull (stage);
      g_assert_nonnull (b2_trace_tensor (trace, tensors[i].tensor, &n_dims, &shape));
      g_assert_cmpint (stage->n_dims, ==, n_dims);
      for (int d = 0; d < n_dims; d++)
        {
          g_assert_cmpint (stage->dims[d], ==, shape[d]);
          n *= shape[d];
        }
      g_assert_cmpint (stage->tensor_bytes, ==, n * 4);
    }
}

/* Each picture of each part of each stage can be drawn and read. */
static int
draw_all (QlPipeline *pipeline)
{
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, 200, 150);
  cairo_t *cr = cairo_create (surface);
  QlMapLook look;
  int n_drawn = 0;

  ql_map_look_init (&look);
  for (int s = 0; s < ql_pipeline_get_n_stages (pipeline); s++)
    {
      const QlStage *stage = ql_pipeline_get_stage (pipeline, s);

      for (int part = 0; part < stage->n_parts; part++)
        {
          g_autofree char *name = ql_pipeline_get_part_name (pipeline, stage, part);

          g_assert_cmpstr (name, !=, "");
          for (int v = 0; v < ql_pipeline_get_n_views (pipeline, stage, part); v++)
            {
              g_autoptr (QlTensorPicture) view = ql_pipeline_make_view (pipeline, stage, part, v);
              g_autofree char *first = ql_tensor_picture_describe (view, 0, 0);
              g_autofree char *outside = ql_tensor_picture_describe (view, -1, 0);

              g_assert_cmpstr (ql_tensor_picture_get_title (view), !=, "");
              g_assert_cmpstr (first, !=, "");
              g_assert_cmpstr (outside, ==, "");
              g_assert_cmpfloat (ql_tensor_picture_get_height (view, 300), >, 0);
              ql_tensor_picture_draw (view, &look, cr, 0, 0, 200, 130);
              ql_tensor_picture_draw_scale (view, &look, cr, 0, 130, 100, 20);
              g_assert_cmpint (cairo_status (cr), ==, CAIRO_STATUS_SUCCESS);
              n_drawn++;
            }
        }
    }
  cairo_destroy (cr);
  cairo_surface_destroy (surface);
  return n_drawn;
}

static void
test_demo (void)
{
  g_autoptr (QlTrace) trace = lab_demo ("01-donut.png", NULL);
  g_autoptr (QlPipeline) pipeline = ql_pipeline_new (trace);
  double sum = 0;

  g_assert_cmpint (ql_pipeline_get_n_stages (pipeline), ==, QL_N_STAGE_KINDS);
  check_shapes (pipeline);
  for (int i = 0; i < ql_pipeline_get_n_stages (pipeline); i++)
    {
      const QlStage *stage = ql_pipeline_get_stage (pipeline, i);
      g_autofree char *time = ql_pipeline_describe_time (pipeline, stage);
      QlStageKind kind;

      g_assert_cmpint (stage->kind, ==, i);
      g_assert_true (ql_stage_kind_from_string (ql_stage_kind_to_string (stage->kind), &kind));
      g_assert_cmpint (kind, ==, stage->kind);
      g_assert_cmpstr (time, !=, "Not measured");
      sum += isnan (stage->ms) ? 0 : stage->ms;
    }
  g_assert_cmpfloat (sum, >, 0);
  g_assert_cmpfloat (ql_pipeline_get_total_ms (pipeline), ==, sum);
  /* All blocks and layers: embedding, six blocks and the output; the query tokens and six layers; their times are known. */
  for (int k = 0; k < 2; k++)
    {
      const QlStage *stage = ql_pipeline_find (pipeline, k == 0 ? QL_STAGE_VISION : QL_STAGE_QFORMER);

      g_assert_cmpint (stage->n_parts, >, 4);
      g_assert_cmpint (stage->weight_bytes, >, 0);
      g_assert_cmpint (stage->scratch_bytes, >, 0);
      for (int part = 1; part < stage->n_parts - 1; part++)
        g_assert_false (isnan (ql_pipeline_get_part_ms (pipeline, stage, part)));
    }
  g_assert_cmpint (draw_all (pipeline), >, 25);
}

static double
value_of (QlPipeline *pipeline, QlStageKind kind, int view, int column, int row)
{
  const QlStage *stage = ql_pipeline_find (pipeline, kind);
  g_autoptr (QlTensorPicture) picture
      = ql_pipeline_make_view (pipeline, stage, ql_pipeline_get_first_part (pipeline, stage), view);

  return ql_tensor_picture_get_value (picture, column, row);
}

/* What is shown is what the tensor has. */
static void
test_values (void)
{
  B2Trace *made = lab_make (&lab_small);
  const float *projection = lab_values (made, "language_projection");
  const float *features = lab_values (made, "vision.last_hidden_state");
  const float *cross = lab_values (made, "qformer.cross_attentions");
  g_autoptr (QlTrace) trace = lab_trace (made);
  g_autoptr (QlPipeline) pipeline = ql_pipeline_new (trace);
  const QlStage *qformer = ql_pipeline_find (pipeline, QL_STAGE_QFORMER);
  g_autoptr (QlTensorPicture) view = NULL;
  double length = 0, mean = 0, value;
  int n_keys = lab_small.rows * lab_small.columns + 1;

  check_shapes (pipeline);
  g_assert_cmpfloat (value_of (pipeline, QL_STAGE_PROJECTION, 0, 3, 2), ==,
                     (double) projection[2 * lab_small.lm_width + 3]);
  g_assert_cmpfloat (value_of (pipeline, QL_STAGE_VISION, 1, 5, 4), ==,
                     (double) features[4 * lab_small.vision_width + 5]);
  /* Row 1, column 2 of the grid: its patch, after CLS. */
  for (int i = 0; i < lab_small.vision_width; i++)
    {
      value = (double) features[(1 + lab_small.columns + 2) * lab_small.vision_width + i];
      length += value * value;
    }
  g_assert_cmpfloat (fabs (value_of (pipeline, QL_STAGE_VISION, 0, 2, 1) - sqrt (length)), <, 1e-5);

  /* Layer 2 is the second with cross-attention; the mean of its heads. */
  for (int h = 0; h < lab_small.heads; h++)
    mean += (double) cross[((lab_small.heads + h) * lab_small.queries + 4) * n_keys + 7] / lab_small.heads;
  view = ql_pipeline_make_view (pipeline, qformer, 3, 0);
  g_assert_cmpint (ql_tensor_picture_get_columns (view), ==, n_keys);
  g_assert_cmpint (ql_tensor_picture_get_rows (view), ==, lab_small.queries);
  g_assert_cmpfloat (fabs (ql_tensor_picture_get_value (view, 7, 4) - mean), <, 1e-6);
  /* Layer 1 has none: the first view is another. */
  g_clear_pointer (&view, ql_tensor_picture_unref);
  view = ql_pipeline_make_view (pipeline, qformer, 2, 0);
  g_assert_cmpint (ql_tensor_picture_get_rows (view), ==, lab_small.queries + lab_small.extra_rows);
}

/* Nothing is claimed that was not measured, and nothing shown that is not there. */
static void
test_little (void)
{
  g_autoptr (QlTrace) trace = lab_trace (lab_make (&lab_small));
  g_autoptr (QlPipeline) pipeline = ql_pipeline_new (trace);
  const QlStage *vision = ql_pipeline_find (pipeline, QL_STAGE_VISION);
  const QlStage *beams = ql_pipeline_find (pipeline, QL_STAGE_BEAMS);
  const QlStage *picture = ql_pipeline_find (pipeline, QL_STAGE_PICTURE);
  g_autofree char *time = ql_pipeline_describe_time (pipeline, vision);

  g_assert_cmpstr (time, ==, "Not measured");
  g_assert_cmpfloat (ql_pipeline_get_total_ms (pipeline), ==, 0);
  g_assert_cmpint (vision->n_parts, ==, 1);
  g_assert_null (ql_pipeline_get_beams (pipeline));
  g_assert_nonnull (beams->missing);
  g_assert_nonnull (picture->missing);
  g_assert_cmpint (ql_pipeline_get_n_views (pipeline, picture, 0), ==, 0);
  g_assert_cmpint (draw_all (pipeline), >, 10);
}

/* A file that was condensed lacks the features; it says so, and shows the lengths. */
static void
test_condensed (Scratch *scratch, gconstpointer data)
{
  g_autofree char *path = g_build_filename (scratch->root, "full.safetensors", NULL);
  g_autoptr (QlTrace) made = lab_trace (lab_make (&lab_full)), trace = NULL;
  g_autoptr (QlPipeline) pipeline = NULL;
  g_autoptr (GError) error = NULL;
  const QlStage *vision, *prompt;
  gint64 start;

  g_assert_true (ql_trace_save (made, path, &error));
  g_assert_no_error (error);
  trace = ql_trace_open (path, NULL, &error);
  g_assert_no_error (error);
  start = g_get_monotonic_time ();
  pipeline = ql_pipeline_new (trace);
  vision = ql_pipeline_find (pipeline, QL_STAGE_VISION);
  g_assert_nonnull (vision->missing);
  g_assert_cmpint (ql_pipeline_get_n_views (pipeline, vision, 0), ==, 1);
  prompt = ql_pipeline_find (pipeline, QL_STAGE_PROMPT);
  g_assert_nonnull (prompt->missing);
  g_assert_cmpint (ql_pipeline_get_n_views (pipeline, prompt, 0), ==, 1);
  draw_all (pipeline);
  g_test_message ("all pictures of a full-size trace: %.0f ms",
                  (double) (g_get_monotonic_time () - start) / 1000);
}

/* A white picture: its numbers are all the same, and larger than a tiny step would change. */
static void
test_all_the_same (void)
{
  static const char *const names[] = { "pixel_values", "vision.last_hidden_state", "lm.first_logits" };
  B2Trace *made = lab_make (&lab_small);
  g_autoptr (QlTrace) trace = NULL;
  g_autoptr (QlPipeline) pipeline = NULL;

  b2_trace_set_metadata (made, "image.size", "2147483647×2147483647"); /* no picture: left out */
  for (guint k = 0; k < G_N_ELEMENTS (names); k++)
    {
      float *values = lab_values (made, names[k]);
      const gint64 *shape;
      gsize n = 1;
      int n_dims;

      b2_trace_tensor (made, names[k], &n_dims, &shape);
      for (int d = 0; d < n_dims; d++)
        n *= (gsize) shape[d];
      for (gsize i = 0; i < n; i++)
        values[i] = k == 2 ? -1e6f : 1.93f;
    }
  trace = lab_trace (made);
  pipeline = ql_pipeline_new (trace);
  for (int s = 0; s < ql_pipeline_get_n_stages (pipeline); s++)
    g_assert_cmpint (ql_pipeline_get_stage (pipeline, s)->tensor_bytes, >=, 0);
  draw_all (pipeline);
}

/* A hostile file's tensors of other sizes are left out, and its numbers do not break anything. */
static void
test_hostile (void)
{
  static const char *const timings[]
      = { "", "[]", "{\"vision\":3}",
          "{\"vision\":{\"ms\":-1,\"blocks_ms\":[\"x\",-3,1e300],\"weight_bytes\":-7}}",
          "{\"qformer\":{\"layers_ms\":[1,2]},\"language_model\":7}" };

  for (gsize i = 0; i < G_N_ELEMENTS (timings); i++)
    {
      B2Trace *made = lab_make (&lab_small);
      g_autoptr (QlTrace) trace = NULL;
      g_autoptr (QlPipeline) pipeline = NULL;
      const float few[] = { NAN, 1, INFINITY };

      b2_trace_set_metadata (made, "timings", timings[i]);
      b2_trace_set_metadata (made, "preprocess", i % 2 == 0 ? "{\"rescale\":0}" : "{\"mean\":[1,2]}");
      b2_trace_add (made, "vision.block_norms", few, 2, (gint64[]){ 1, 3 });
      b2_trace_add (made, "qformer.layer_norms", few, 2, (gint64[]){ 3, 1 });
      lab_values (made, "qformer.last_hidden_state")[3] = NAN;
      lab_values (made, "language_projection")[0] = INFINITY;
      lab_values (made, "lm.first_logits")[5] = NAN;
      lab_values (made, "pixel_values")[5] = NAN;
      trace = lab_trace (made);
      pipeline = ql_pipeline_new (trace);
      for (int s = 0; s < ql_pipeline_get_n_stages (pipeline); s++)
        g_assert_true (!(ql_pipeline_get_stage (pipeline, s)->ms < 0));
      g_assert_cmpint (ql_pipeline_find (pipeline, QL_STAGE_VISION)->n_parts, ==, 1);
      draw_all (pipeline);
    }
}

/* A replay's trace is given the time of the answer itself. */
static void
test_answer_time (void)
{
  B2Trace *trace = lab_make (&lab_small);
  QlSavedTimings timings = { .prefill = 12, .decode = 34 };
  g_auto (QlTraceMeasures) none = { 0 }, measures = { 0 };

  ql_trace_measures_add (trace, &timings); /* it has none to add to */
  ql_trace_measures_read (trace, &none);
  g_assert_true (isnan (none.decode_ms));
  b2_trace_set_metadata (trace, "timings", "{\"vision\":{\"ms\":5},\"language_model\":{\"weight_bytes\":9}}");
  ql_trace_measures_add (trace, &timings);
  ql_trace_measures_read (trace, &measures);
  g_assert_cmpfloat (measures.prefill_ms, ==, 12);
  g_assert_cmpfloat (measures.decode_ms, ==, 34);
  g_assert_cmpfloat (measures.vision_ms, ==, 5);
  g_assert_cmpint (measures.lm_weights, ==, 9);
  b2_trace_unref (trace);
}

/* ---- beams ---------------------------------------------------------------------------------- */

/* Two steps: "a" and "an"; "a" went on with "cat", which is the answer, and with " dog", which ended worse; "an" was dropped. */
static const char small_tree[] = "{\"beams\":2,\"length_penalty\":1,\"answer\":4,\"omitted\":0,\"nodes\":["
                                 "[-1,0,\"an\",-2.0,-2.0,0,0],[-1,1,\"a\",-0.5,-0.5,0,0],"
                                 "[1,2,\" dog\",-3.0,-3.5,0,0],[1,3,\" cat\",-0.1,-0.6,0,0],"
                                 "[3,9,\"\",-0.3,-0.9,1,-0.3],[2,9,\"\",-0.4,-3.9,1,-1.3]]}";

static QlBeamTree *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  QlBeamTree *tree = ql_beam_tree_parse (text, &error);

  g_assert_no_error (error);
  return tree;
}

static void
test_beams (void)
{
  g_autoptr (QlBeamTree) tree = parse (small_tree);
  g_autoptr (GArray) endings = ql_beam_tree_get_endings (tree);
  g_autofree char *text = ql_beam_tree_get_text (tree, 4), *other = ql_beam_tree_get_text (tree, 5);
  g_autofree char *answer = ql_beam_tree_describe (tree, 4), *dropped = ql_beam_tree_describe (tree, 0);

  g_assert_cmpint (ql_beam_tree_get_n_steps (tree), ==, 3);
  g_assert_cmpint (ql_beam_tree_get_first (tree), ==,
                   1); /* the answer's beginning, before what has more or less */
  g_assert_cmpint (ql_beam_tree_get_node (tree, 0)->fate, ==, QL_BEAM_DROPPED);
  g_assert_cmpint (ql_beam_tree_get_node (tree, 1)->fate, ==, QL_BEAM_WENT_ON);
  g_assert_cmpint (ql_beam_tree_get_node (tree, 1)->first_child, ==, 3);
  g_assert_cmpint (endings->len, ==, 2);
  g_assert_cmpint (g_array_index (endings, int, 0), ==, 4);
  g_assert_cmpstr (text, ==, "a cat");
  g_assert_cmpstr (other, ==, "a dog");
  g_assert_cmpstr (
      answer, ==,
      "Step 2: end of the text, 74 % after “a cat”; sum of log-probabilities -0.90. Ended, score "
      "-0.90 / 3 = -0.30. This is the answer.");
  g_assert_nonnull (strstr (dropped, "Dropped"));
}

static void
test_beam_layout (void)
{
  g_autoptr (QlBeamTree) tree = parse (small_tree);
  g_autoptr (QlBeamLayout) all = ql_beam_layout_new (tree, TRUE), few = ql_beam_layout_new (tree, FALSE);
  double width, height, fewer;
  QlBeamRect rect[6];

  ql_beam_layout_get_size (all, &width, &height);
  for (int i = 0; i < 6; i++)
    {
      g_assert_true (ql_beam_layout_get_rect (all, i, &rect[i]));
      g_assert_cmpfloat (rect[i].x + rect[i].width, <=, width);
      g_assert_cmpfloat (rect[i].y + rect[i].height, <=, height);
      g_assert_cmpint (ql_beam_layout_locate (all, rect[i].x + 2, rect[i].y + 2), ==, i);
      for (int k = 0; k < i; k++) /* nothing on something else */
        g_assert_true (rect[k].x + rect[k].width <= rect[i].x || rect[i].x + rect[i].width <= rect[k].x
                       || rect[k].y + rect[k].height <= rect[i].y || rect[i].y + rect[i].height <= rect[k].y);
    }
  /* The answer is the first line. */
  g_assert_cmpfloat (rect[1].y, ==, rect[3].y);
  g_assert_cmpfloat (rect[3].y, ==, rect[4].y);
  g_assert_cmpfloat (rect[0].y, >, rect[1].y);
  g_assert_false (ql_beam_layout_get_rect (few, 0, &rect[0]));
  ql_beam_layout_get_size (few, &width, &fewer);
  g_assert_cmpfloat (fewer, <=, height);

  g_assert_cmpint (ql_beam_layout_move (all, 4, -1, 0), ==, 3);
  g_assert_cmpint (ql_beam_layout_move (all, 1, 1, 0), ==, 3);
  g_assert_cmpint (ql_beam_layout_move (all, 3, 0, 1), ==, 2);
  g_assert_cmpint (ql_beam_layout_move (all, 2, 0, -1), ==, 3);
  g_assert_cmpint (ql_beam_layout_move (all, 3, 0, -1), ==, 3);
  g_assert_cmpint (ql_beam_layout_move (few, 1, 0, 1), ==, 1); /* the dropped one is not there */
}

/* The same tree as files. */
static void
check_beam_figure (QlTrace *trace, QlBeamLayout *layout)
{
  g_autoptr (QlFigure) figure = ql_figure_new_beams (trace, layout);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) svg = ql_figure_render (figure, QL_FIGURE_SVG, 1, &error);
  g_autoptr (GBytes) png = ql_figure_render (figure, QL_FIGURE_PNG, 1, &error);
  g_autoptr (GBytes) pdf = ql_figure_render (figure, QL_FIGURE_PDF, 1, &error);
  g_autoptr (GBytes) csv = ql_figure_render (figure, QL_FIGURE_CSV, 1, &error);
  g_autofree char *lines = NULL;
  double width, height, tree_width, tree_height;
  int n_lines = 0;

  g_assert_no_error (error);
  g_assert_nonnull (strstr (ql_figure_get_caption (figure), ql_trace_get_text (trace)));
  ql_figure_get_size (figure, &width, &height);
  ql_beam_layout_get_size (layout, &tree_width, &tree_height);
  g_assert_true (width > tree_width && height > tree_height);
  g_assert_cmpuint (g_bytes_get_size (svg), >, 1000);
  g_assert_cmpuint (g_bytes_get_size (png), >, 1000);
  g_assert_cmpmem (g_bytes_get_data (pdf, NULL), 5, "%PDF-", 5);
  /* A line for each node, after comments and the head. */
  lines = g_strndup (g_bytes_get_data (csv, NULL), g_bytes_get_size (csv));
  for (char *line = lines; line != NULL && *line != '\0'; line = strchr (line, '\n') + 1)
    n_lines += *line != '#';
  g_assert_cmpint (n_lines, ==, 1 + ql_beam_tree_get_n_nodes (ql_beam_layout_get_tree (layout)));
}

/* A real search's: all lines lead to a parent, on whatever surface. */
static void
test_beam_demo (void)
{
  g_autoptr (QlTrace) trace = lab_demo ("12-carrot-watermelon.png", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (QlBeamTree) tree = ql_beam_tree_new_for_trace (trace, &error);
  g_autoptr (QlBeamLayout) layout = NULL;
  g_autofree char *text = NULL;
  cairo_surface_t *surface;
  double width, height;
  QlBeamLook look;
  cairo_t *cr;

  g_assert_no_error (error);
  g_assert_nonnull (tree);
  text = ql_beam_tree_get_text (tree, ql_beam_tree_get_answer (tree));
  g_assert_cmpstr (text, ==, ql_trace_get_text (trace));
  layout = ql_beam_layout_new (tree, TRUE);
  ql_beam_layout_get_size (layout, &width, &height);
  g_test_message ("%d nodes: %.0f × %.0f points", ql_beam_tree_get_n_nodes (tree), width, height);
  for (int i = 0; i < ql_beam_tree_get_n_nodes (tree); i++)
    {
      g_autofree char *words = ql_beam_tree_describe (tree, i);
      QlBeamRect rect, before;
      int parent = ql_beam_tree_get_node (tree, i)->parent;

      g_assert_true (g_utf8_validate (words, -1, NULL));
      g_assert_true (ql_beam_layout_get_rect (layout, i, &rect));
      g_assert_cmpint (ql_beam_layout_locate (layout, rect.x + rect.width / 2, rect.y + rect.height / 2), ==,
                       i);
      if (parent < 0)
        continue;
      g_assert_true (ql_beam_layout_get_rect (layout, parent, &before));
      g_assert_cmpfloat (before.x + before.width, <, rect.x);
      g_assert_cmpfloat (before.y, <=, rect.y);
    }
  check_beam_figure (trace, layout);
  ql_beam_look_init (&look);
  look.selected = ql_beam_tree_get_answer (tree);
  surface = cairo_svg_surface_create (NULL, width, height);
  cr = cairo_create (surface);
  ql_beam_layout_draw (layout, &look, cr, 0, 0);
  g_assert_cmpint (cairo_status (cr), ==, CAIRO_STATUS_SUCCESS);
  cairo_destroy (cr);
  cairo_surface_destroy (surface);
}

static void
test_beam_hostile (void)
{
  static const char *const texts[] = {
    "",
    "[]",
    "{\"beams\":2}",
    "{\"beams\":2,\"length_penalty\":1,\"answer\":0,\"nodes\":[]}",
    "{\"beams\":0,\"length_penalty\":1,\"answer\":0,\"nodes\":[[-1,0,\"a\",-1.0,-1.0,1,-1.0]]}",
    "{\"beams\":2,\"length_penalty\":1,\"answer\":1,\"nodes\":[[-1,0,\"a\",-1.0,-1.0,1,-1.0]]}",
    "{\"beams\":2,\"length_penalty\":1,\"answer\":0,\"nodes\":[[-1,0,\"a\",-1.0,-1.0,0,0]]}",
    "{\"beams\":2,\"length_penalty\":1,\"answer\":0,\"nodes\":[[0,0,\"a\",-1.0,-1.0,1,-1.0]]}",
    "{\"beams\":2,\"length_penalty\":1,\"answer\":0,\"nodes\":[[-2,0,\"a\",-1.0,-1.0,1,-1.0]]}",
    "{\"beams\":2,\"length_penalty\":1,\"answer\":0,\"nodes\":[[-1,-4,\"a\",-1.0,-1.0,1,-1.0]]}",
    "{\"beams\":2,\"length_penalty\":1,\"answer\":0,\"nodes\":[[-1,0,\"a\",1.0,-1.0,1,-1.0]]}",
    "{\"beams\":2,\"length_penalty\":1,\"answer\":0,\"nodes\":[[-1,0,\"a\",-1.0,-1.0,7,-1.0]]}",
    "{\"beams\":2,\"length_penalty\":1,\"answer\":0,\"nodes\":[[-1,0,\"a\",-1.0]]}",
    "{\"beams\":2,\"length_penalty\":1,\"answer\":0,\"nodes\":[[-1,0,\"a\",-1.0,-1.0,1,-1.0],[0,0,\"b\",-1.0,"
    "-2.0,1,-1.0]]}",
  };
  B2Trace *made = lab_make (&lab_small);
  g_autoptr (QlTrace) trace = NULL;
  g_autoptr (QlPipeline) pipeline = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", texts[i]);
      g_assert_null (ql_beam_tree_parse (texts[i], &error));
      g_assert_error (error, B2_ERROR, B2_ERROR_FORMAT);
    }
  /* Sound, but of another answer: the page says so. */
  b2_trace_set_metadata (made, "beams", small_tree);
  trace = lab_trace (made);
  pipeline = ql_pipeline_new (trace);
  g_assert_null (ql_pipeline_get_beams (pipeline));
  g_assert_nonnull (
      strstr (ql_pipeline_find (pipeline, QL_STAGE_BEAMS)->missing, "did not write this answer"));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pipeline/demo", test_demo);
  g_test_add_func ("/pipeline/values", test_values);
  g_test_add_func ("/pipeline/little", test_little);
  g_test_add ("/pipeline/condensed", Scratch, NULL, scratch_set_up, test_condensed, scratch_tear_down);
  g_test_add_func ("/pipeline/all-the-same", test_all_the_same);
  g_test_add_func ("/pipeline/hostile", test_hostile);
  g_test_add_func ("/pipeline/answer-time", test_answer_time);
  g_test_add_func ("/beams/tree", test_beams);
  g_test_add_func ("/beams/layout", test_beam_layout);
  g_test_add_func ("/beams/demo", test_beam_demo);
  g_test_add_func ("/beams/hostile", test_beam_hostile);
  return g_test_run ();
}

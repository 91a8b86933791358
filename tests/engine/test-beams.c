/* The beams of a search, and what a run is measured by: kept where asked for, and changing nothing. */
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "engine/run/beam-tree.h"
#include "engine/run/session.h"
#include "tests/engine/lab.h"

static const char *const writers[]
    = { "qlens-demo-opt", "opt-basic", "opt-f16", "t5-basic", "qlens-demo-itm" };

typedef enum
{
  KEEP_NOTHING,
  KEEP_BEAMS,
  KEEP_TRACE,
} Keep;

static B2Answer *
ask (Lab *lab, const B2DecodeOptions *options, Keep keep)
{
  g_autoptr (GError) error = NULL;
  B2GenerateHooks hooks = { .keep_beams = keep == KEEP_BEAMS, .keep_trace = keep == KEEP_TRACE };
  B2Answer *answer = b2_session_generate (lab->session, "what is this", options, &hooks, &error);

  g_assert_no_error (error);
  return answer;
}

/* Every way of searching that changes what becomes of beams. */
static void
nth_options (int i, B2DecodeOptions *options)
{
  b2_decode_options_init (options, B2_PRESET_CAPTION);
  options->max_new_tokens = i == 0 ? 1 : 12;
  options->n_beams = i == 3 ? 32 : i == 2 ? 2 : 5;
  options->length_penalty = i == 1 ? -1.0f : 1.0f;
  if (i == 4)
    {
      options->repetition_penalty = 1.5f;
      options->no_repeat_ngram = 2;
      options->min_new_tokens = 4;
    }
}

#define N_OPTIONS 5

/* ---- the tree ----------------------------------------------------------------------------- */

static int
length_of (const B2BeamTree *tree, int node)
{
  int n = 0;

  for (int i = node; i >= 0; i = tree->nodes[i].parent)
    n++;
  return n;
}

static void
check_nodes (const B2BeamTree *tree, const B2DecodeOptions *options, int vocab)
{
  g_autofree int *n_going = g_new0 (int, options->max_new_tokens + 1);
  g_autofree int *n_ended = g_new0 (int, options->max_new_tokens + 1);

  for (int i = 0; i < tree->n_nodes; i++)
    {
      const B2BeamNode *n = &tree->nodes[i];
      int length = length_of (tree, i);
      float before = n->parent >= 0 ? tree->nodes[n->parent].score : 0;

      g_assert_cmpint (n->parent, >=, -1);
      g_assert_cmpint (n->parent, <, i);
      g_assert_cmpint (n->id, >=, 0);
      g_assert_cmpint (n->id, <, vocab);
      g_assert_cmpint (length, <=, options->max_new_tokens);
      g_assert_true (n->log_prob <= 0 && isfinite (n->log_prob));
      g_assert_cmpfloat (n->score, <=, before);
      if (options->repetition_penalty == 1.0f)
        g_assert_true (n->score == n->log_prob + before);
      if (n->parent >= 0)
        g_assert_cmpint (tree->nodes[n->parent].end, ==, B2_BEAM_GOES_ON);
      if (n->end == B2_BEAM_GOES_ON)
        n_going[length]++;
      else
        {
          n_ended[length]++;
          g_assert_true (n->final_score == n->score / (float) pow (length, (double) options->length_penalty));
        }
    }
  for (int length = 1; length <= options->max_new_tokens; length++)
    {
      g_assert_cmpint (n_going[length], <=, options->n_beams);
      g_assert_cmpint (n_ended[length], <=, options->n_beams);
    }
}

static void
check_answer (const B2BeamTree *tree, const B2Answer *answer)
{
  int n = length_of (tree, tree->answer);

  g_assert_cmpint (n, ==, answer->n_tokens);
  g_assert_true ((double) tree->nodes[tree->answer].final_score == answer->score);
  g_assert_cmpint (tree->nodes[tree->answer].end, ==, answer->ended ? B2_BEAM_ENDED : B2_BEAM_LIMIT);
  for (int i = tree->answer; i >= 0; i = tree->nodes[i].parent)
    {
      n--;
      g_assert_cmpint (tree->nodes[i].id, ==, answer->tokens[n].id);
      g_assert_cmpfloat (
          fabs (exp ((double) tree->nodes[i].log_prob) - (double) answer->tokens[n].probability), <, 1e-6);
    }
  for (int i = 0; i < tree->n_nodes; i++)
    if (tree->nodes[i].end != B2_BEAM_GOES_ON)
      g_assert_cmpfloat (tree->nodes[i].final_score, <=, tree->nodes[tree->answer].final_score);
}

/* What is read back from the text is what there is. */
static void
check_json (const B2BeamTree *tree, B2Model *model)
{
  g_autofree char *text = b2_beam_tree_json (tree, model);
  json_t *object = json_loads (text, JSON_REJECT_DUPLICATES, NULL), *nodes;

  g_assert_nonnull (object);
  nodes = json_object_get (object, "nodes");
  g_assert_cmpint (json_integer_value (json_object_get (object, "answer")), ==, tree->answer);
  g_assert_cmpint (json_integer_value (json_object_get (object, "beams")), ==, tree->n_beams);
  g_assert_cmpuint (json_array_size (nodes), ==, (gsize) tree->n_nodes);
  for (int i = 0; i < tree->n_nodes; i++)
    {
      int parent, id, end;
      double log_prob, score, final_score;
      const char *piece;

      g_assert_cmpint (json_unpack (json_array_get (nodes, (gsize) i), "[i, i, s, F, F, i, F]", &parent, &id,
                                    &piece, &log_prob, &score, &end, &final_score),
                       ==, 0);
      g_assert_cmpint (parent, ==, tree->nodes[i].parent);
      g_assert_cmpint (id, ==, tree->nodes[i].id);
      g_assert_cmpint (end, ==, tree->nodes[i].end);
      g_assert_true ((float) score == tree->nodes[i].score && (float) log_prob == tree->nodes[i].log_prob
                     && (float) final_score == tree->nodes[i].final_score);
      g_assert_true ((end == B2_BEAM_ENDED) == (*piece == '\0') || end != B2_BEAM_ENDED);
    }
  json_decref (object);
}

static void
test_tree (gconstpointer data)
{
  Lab lab = lab_open (data);
  int vocab = b2_model_info (lab.model)->lm_vocab;

  for (int i = 0; i < N_OPTIONS; i++)
    {
      g_autoptr (B2Answer) plain = NULL, kept = NULL, traced = NULL;
      B2DecodeOptions options;

      nth_options (i, &options);
      plain = ask (&lab, &options, KEEP_NOTHING);
      kept = ask (&lab, &options, KEEP_BEAMS);
      traced = ask (&lab, &options, KEEP_TRACE);
      g_assert_null (plain->beams);
      g_assert_null (kept->trace);
      /* Looking changes nothing. */
      g_assert_cmpmem (plain->tokens, (gsize) plain->n_tokens * sizeof *plain->tokens, kept->tokens,
                       (gsize) kept->n_tokens * sizeof *kept->tokens);
      g_assert_true (plain->score == kept->score && plain->score == traced->score);
      check_nodes (kept->beams, &options, vocab);
      check_answer (kept->beams, kept);
      check_json (kept->beams, lab.model);
      check_answer (traced->beams, traced);
      {
        g_autofree char *json = b2_beam_tree_json (kept->beams, lab.model);

        g_assert_cmpstr (b2_trace_metadata (traced->trace, "beams"), ==, json);
      }
      g_test_message ("%s: %d beams, %d tokens: %d nodes", lab.name, options.n_beams, kept->n_tokens,
                      kept->beams->n_nodes);
    }
  lab_close (&lab);
}

static void
test_no_beams (void)
{
  Lab lab = lab_open ("qlens-demo-opt");
  B2DecodeOptions options;
  g_autoptr (B2Answer) greedy = NULL, creative = NULL;

  nth_options (2, &options);
  options.n_beams = 1;
  greedy = ask (&lab, &options, KEEP_TRACE);
  g_assert_null (greedy->beams);
  g_assert_null (b2_trace_metadata (greedy->trace, "beams"));
  b2_decode_options_init (&options, B2_PRESET_CREATIVE);
  creative = ask (&lab, &options, KEEP_BEAMS);
  g_assert_null (creative->beams);
  lab_close (&lab);
}

/* A tree of many steps, of which the answer is the longest and the others are short. */
static void
test_prune (void)
{
  const int n_steps = 4000;
  B2BeamTree *tree = b2_beam_tree_new (4, n_steps, 1);
  int last = B2_BEAM_ROOT;

  for (int step = 0; step < n_steps; step++)
    {
      int parent = last;

      last = b2_beam_tree_add (tree, parent, &(B2BeamNode){ .id = step });
      for (int i = 0; i < 3; i++)
        b2_beam_tree_add (tree, parent, &(B2BeamNode){ .id = 10000 + i, .log_prob = -INFINITY });
      g_assert_cmpint (b2_beam_tree_add (tree, B2_BEAM_NOWHERE, &(B2BeamNode){ .id = 1 }), ==,
                       B2_BEAM_NOWHERE);
    }
  g_assert_cmpint (tree->n_nodes, ==, 4 * n_steps);
  b2_beam_tree_finish (tree, last);
  g_assert_cmpint (tree->n_nodes, ==, B2_BEAM_TREE_MAX);
  g_assert_cmpint (tree->n_omitted, ==, 4 * n_steps - B2_BEAM_TREE_MAX);
  g_assert_cmpint (length_of (tree, tree->answer), ==, n_steps);
  for (int i = tree->answer, step = n_steps - 1; i >= 0; i = tree->nodes[i].parent, step--)
    g_assert_cmpint (tree->nodes[i].id, ==, step);
  for (int i = 0; i < tree->n_nodes; i++)
    {
      g_assert_cmpint (tree->nodes[i].parent, <, i);
      g_assert_true (isfinite (tree->nodes[i].log_prob));
    }
  b2_beam_tree_free (tree);
}

/* ---- measuring ---------------------------------------------------------------------------- */

/* In the text numbers are rounded. */
static double
sum_of (json_t *list, gsize n)
{
  double sum = 0;

  g_assert_cmpuint (json_array_size (list), ==, n);
  for (gsize i = 0; i < n; i++)
    sum += json_number_value (json_array_get (list, i));
  return sum;
}

static void
check_norms (B2Trace *trace, const char *name, int n_blocks, gsize n_rows, const char *output)
{
  const gint64 *shape;
  int n_dims;
  const float *norms = b2_trace_tensor (trace, name, &n_dims, &shape), *rows;
  gsize width;

  g_assert_nonnull (norms);
  g_assert_cmpint (n_dims, ==, 2);
  g_assert_cmpint (shape[0], ==, n_blocks + 1);
  g_assert_cmpint (shape[1], ==, (gint64) n_rows);
  for (gsize i = 0; i < ((gsize) n_blocks + 1) * n_rows; i++)
    g_assert_true (norms[i] > 0 && isfinite (norms[i]));
  if (output == NULL)
    return;
  /* After the last layer there is nothing but the output. */
  rows = b2_trace_tensor (trace, output, NULL, &shape);
  width = (gsize) shape[1];
  for (gsize r = 0; r < n_rows; r++)
    {
      double sum = 0;

      for (gsize i = 0; i < width; i++)
        sum += (double) rows[r * width + i] * (double) rows[r * width + i];
      g_assert_true (norms[(gsize) n_blocks * n_rows + r] == (float) sqrt (sum));
    }
}

static json_t *
timings_of (B2Trace *trace)
{
  json_t *timings = json_loads (b2_trace_metadata (trace, "timings"), 0, NULL);

  g_assert_nonnull (timings);
  return timings;
}

static void
test_measures (gconstpointer data)
{
  Lab lab = lab_open (data);
  const B2ModelInfo *info = b2_model_info (lab.model);
  B2DecodeOptions options;
  g_autoptr (B2Answer) answer = NULL;
  json_t *timings, *vision, *qformer;

  nth_options (2, &options);
  answer = ask (&lab, &options, KEEP_TRACE);
  check_norms (answer->trace, "vision.block_norms", info->vision_layers, lab.session->n_image, NULL);
  check_norms (answer->trace, "qformer.layer_norms", info->qformer_layers, (gsize) lab.session->plain.n_rows,
               "qformer.last_hidden_state");
  timings = timings_of (answer->trace);
  vision = json_object_get (timings, "vision");
  qformer = json_object_get (timings, "qformer");
  g_assert_cmpfloat (sum_of (json_object_get (vision, "blocks_ms"), (gsize) info->vision_layers), <=,
                     json_number_value (json_object_get (vision, "ms")) * 1.001);
  g_assert_cmpfloat (sum_of (json_object_get (qformer, "layers_ms"), (gsize) info->qformer_layers), <=,
                     json_number_value (json_object_get (qformer, "ms")) * 1.001);
  g_assert_cmpint (json_integer_value (json_object_get (vision, "weight_bytes")), >, 0);
  g_assert_nonnull (json_object_get (json_object_get (timings, "language_model"), "decode_ms"));
  g_assert_nonnull (b2_trace_metadata (answer->trace, "preprocess"));
  json_decref (timings);
  lab_close (&lab);
}

/* Nothing is recorded where nobody asked; then a trace says nothing of it, rather than something else. */
static void
test_not_measured (void)
{
  Lab lab = lab_open ("qlens-demo-opt");
  B2DecodeOptions options;
  g_autoptr (B2Answer) first = NULL, second = NULL;
  json_t *timings;

  nth_options (2, &options);
  first = ask (&lab, &options, KEEP_NOTHING);
  g_assert_null (lab.session->plain_image.laps.ms);
  g_assert_null (lab.session->plain.laps.ms);
  g_assert_null (first->trace);
  second = ask (&lab, &options, KEEP_TRACE);
  g_assert_null (b2_trace_tensor (second->trace, "vision.block_norms", NULL, NULL));
  timings = timings_of (second->trace);
  g_assert_null (json_object_get (json_object_get (timings, "vision"), "ms"));
  g_assert_nonnull (json_object_get (json_object_get (timings, "language_model"), "decode_ms"));
  json_decref (timings);
  lab_close (&lab);
}

/* What a session measures by itself is there for a replay that comes later. */
static void
test_measured_before (void)
{
  Lab lab = lab_open ("qlens-demo-opt");
  B2SessionOptions session_options = { .measure = TRUE };
  g_autoptr (GError) error = NULL;
  B2GenerateHooks hooks = { .keep_trace = TRUE };
  B2DecodeOptions options;
  g_autoptr (B2Answer) answer = NULL;
  g_autoptr (B2Replay) replay = NULL;
  json_t *timings;

  b2_session_free (lab.session);
  lab.session = b2_session_new (lab.model, &session_options, &error);
  g_assert_no_error (error);
  lab_use_image (lab.session, 0);
  nth_options (2, &options);
  answer = ask (&lab, &options, KEEP_NOTHING);
  replay = b2_session_replay (lab.session, "what is this", (gint32[]){ 5, 6 }, 2, &hooks, &error);
  g_assert_no_error (error);
  timings = timings_of (replay->trace);
  g_assert_cmpfloat (json_number_value (json_object_get (json_object_get (timings, "vision"), "ms")), >, 0);
  /* The replay's own time is not the answer's. */
  g_assert_null (json_object_get (json_object_get (timings, "language_model"), "decode_ms"));
  g_assert_nonnull (b2_trace_tensor (replay->trace, "vision.block_norms", NULL, NULL));
  g_assert_null (b2_trace_metadata (replay->trace, "beams"));
  json_decref (timings);
  lab_close (&lab);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (writers); i++)
    {
      g_autofree char *tree = g_strconcat ("/beams/tree/", writers[i], NULL);
      g_autofree char *measures = g_strconcat ("/beams/measures/", writers[i], NULL);

      g_test_add_data_func (tree, writers[i], test_tree);
      g_test_add_data_func (measures, writers[i], test_measures);
    }
  g_test_add_func ("/beams/none", test_no_beams);
  g_test_add_func ("/beams/prune", test_prune);
  g_test_add_func ("/beams/not-measured", test_not_measured);
  g_test_add_func ("/beams/measured-before", test_measured_before);
  return g_test_run ();
}

#include "app/beam-tree.h"

#include <glib/gi18n.h>
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "app/attention-map.h"
#include "app/lab-trace-private.h"

/* A parsed value takes up to a hundred times the room of its text. */
#define MAX_TEXT_BYTES (1 << 20)
#define MAX_PIECE_BYTES 1024
#define MAX_BEAMS 1024

struct QlBeamTree
{
  gatomicrefcount ref_count;
  QlBeamNode *nodes; /* [n] */
  int n, n_steps, n_beams, n_omitted, answer, first;
  double length_penalty;
};

G_DEFINE_BOXED_TYPE (QlBeamTree, ql_beam_tree, ql_beam_tree_ref, ql_beam_tree_unref)

QlBeamTree *
ql_beam_tree_ref (QlBeamTree *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
ql_beam_tree_unref (QlBeamTree *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  for (int i = 0; i < self->n; i++)
    g_free (self->nodes[i].text);
  g_free (self->nodes);
  g_free (self);
}

/* ---- reading ------------------------------------------------------------------------------ */

static gboolean
damaged (GError **error, const char *what)
{
  g_set_error (error, B2_ERROR, B2_ERROR_FORMAT, "\"beams\": %s", what);
  return FALSE;
}

static gboolean
is_log (double value)
{
  return isfinite (value) && value <= 1e-3;
}

static gboolean
read_node (QlBeamTree *self, int i, json_t *array, GError **error)
{
  QlBeamNode *node = &self->nodes[i];
  const char *text;
  int id, end;

  if (json_unpack (array, "[i, i, s, F, F, i, F]", &node->parent, &id, &text, &node->log_prob, &node->score,
                   &end, &node->final_score)
      != 0)
    return damaged (error, "a node is not [parent, id, text, log_prob, score, end, final_score]");
  if (node->parent < -1 || node->parent >= i)
    return damaged (error, "a node's parent does not come before it");
  if (node->parent >= 0 && self->nodes[node->parent].fate > QL_BEAM_DROPPED)
    return damaged (error, "something follows where a beam has ended");
  if (!is_log (node->log_prob) || !is_log (node->score) || !isfinite (node->final_score) || end < 0 || end > 2
      || id < 0 || strlen (text) > MAX_PIECE_BYTES)
    return damaged (error, "a node has values that no search has");
  node->id = id;
  node->text = g_strdup (text);
  node->first_child = node->next = -1;
  node->fate = end == 0 ? QL_BEAM_DROPPED : end == 1 ? QL_BEAM_ENDED : QL_BEAM_LIMIT;
  node->step = 0;
  if (node->parent >= 0)
    {
      QlBeamNode *parent = &self->nodes[node->parent];

      node->step = parent->step + 1;
      parent->fate = QL_BEAM_WENT_ON;
    }
  self->n_steps = MAX (self->n_steps, node->step + 1);
  return TRUE;
}

static gboolean
comes_before (const QlBeamNode *a, const QlBeamNode *b)
{
  if (a->of_answer != b->of_answer)
    return a->of_answer;
  return a->score > b->score;
}

/* Insertion: a node has few children. */
static void
link_node (QlBeamTree *self, int i)
{
  const QlBeamNode *node = &self->nodes[i];
  int *at = node->parent >= 0 ? &self->nodes[node->parent].first_child : &self->first;

  while (*at >= 0 && !comes_before (node, &self->nodes[*at]))
    at = &self->nodes[*at].next;
  self->nodes[i].next = *at;
  *at = i;
}

static gboolean
read_tree (QlBeamTree *self, json_t *root, GError **error)
{
  json_t *nodes = json_object_get (root, "nodes");
  gsize n = json_array_size (nodes);

  if (json_unpack (root, "{s:i, s:F, s:i, s?i}", "beams", &self->n_beams, "length_penalty",
                   &self->length_penalty, "answer", &self->answer, "omitted", &self->n_omitted)
          != 0
      || n == 0)
    return damaged (error, "expected beams, length_penalty, answer and nodes");
  if (n > B2_BEAM_TREE_MAX)
    {
      g_set_error (error, B2_ERROR, B2_ERROR_LIMIT,
                   "\"beams\": %" G_GSIZE_FORMAT " nodes; at most %d are shown", n, B2_BEAM_TREE_MAX);
      return FALSE;
    }
  if (self->n_beams < 1 || self->n_beams > MAX_BEAMS || !(fabs (self->length_penalty) < 1e3)
      || self->n_omitted < 0 || self->answer < 0 || (gsize) self->answer >= n)
    return damaged (error, "values that no search has");
  self->nodes = g_new0 (QlBeamNode, n);
  for (gsize i = 0; i < n; i++)
    {
      self->n = (int) i + 1;
      if (!read_node (self, (int) i, json_array_get (nodes, i), error))
        return FALSE;
    }
  if (self->nodes[self->answer].fate < QL_BEAM_ENDED)
    return damaged (error, "the answer's beam has not ended");
  for (int i = self->answer; i >= 0; i = self->nodes[i].parent)
    self->nodes[i].of_answer = TRUE;
  for (int i = 0; i < self->n; i++)
    link_node (self, i);
  return TRUE;
}

QlBeamTree *
ql_beam_tree_parse (const char *text, GError **error)
{
  g_autoptr (QlBeamTree) self = g_new0 (QlBeamTree, 1);
  json_t *root;
  gboolean ok;

  g_atomic_ref_count_init (&self->ref_count);
  self->first = -1;
  if (strlen (text) > MAX_TEXT_BYTES)
    {
      g_set_error_literal (error, B2_ERROR, B2_ERROR_LIMIT, "\"beams\": longer than any search's");
      return NULL;
    }
  root = json_loads (text, JSON_REJECT_DUPLICATES, NULL);
  ok = root != NULL ? read_tree (self, root, error) : damaged (error, "no JSON");
  json_decref (root);
  return ok ? g_steal_pointer (&self) : NULL;
}

QlBeamTree *
ql_beam_tree_new_for_trace (QlTrace *trace, GError **error)
{
  const char *text = b2_trace_metadata (ql_trace_get_tensors (trace), "beams");
  g_autoptr (QlBeamTree) self = text != NULL ? ql_beam_tree_parse (text, error) : NULL;
  int at = ql_trace_get_n_tokens (trace) - 1;

  if (self == NULL)
    return NULL;
  for (int i = self->answer; i >= 0; i = self->nodes[i].parent, at--)
    if (at < 0 || ql_trace_get_token (trace, at)->id != self->nodes[i].id)
      break;
  if (at >= 0 || self->nodes[self->answer].step + 1 != ql_trace_get_n_tokens (trace))
    {
      damaged (error, "the search did not write this answer");
      return NULL;
    }
  return g_steal_pointer (&self);
}

/* ---- getters ------------------------------------------------------------------------------ */

int
ql_beam_tree_get_n_nodes (QlBeamTree *self)
{
  return self->n;
}

const QlBeamNode *
ql_beam_tree_get_node (QlBeamTree *self, int node)
{
  g_return_val_if_fail (node >= 0 && node < self->n, NULL);
  return &self->nodes[node];
}

int
ql_beam_tree_get_first (QlBeamTree *self)
{
  return self->first;
}

int
ql_beam_tree_get_n_steps (QlBeamTree *self)
{
  return self->n_steps;
}

int
ql_beam_tree_get_answer (QlBeamTree *self)
{
  return self->answer;
}

static int
compare_endings (gconstpointer a, gconstpointer b, gpointer data)
{
  const QlBeamTree *self = data;
  const QlBeamNode *x = &self->nodes[*(const int *) a], *y = &self->nodes[*(const int *) b];

  if (x->of_answer != y->of_answer)
    return x->of_answer ? -1 : 1;
  return (x->final_score < y->final_score) - (x->final_score > y->final_score);
}

GArray *
ql_beam_tree_get_endings (QlBeamTree *self)
{
  GArray *endings = g_array_new (FALSE, FALSE, sizeof (int));

  for (int i = 0; i < self->n; i++)
    if (self->nodes[i].fate >= QL_BEAM_ENDED)
      g_array_append_val (endings, i);
  g_array_sort_with_data (endings, compare_endings, self);
  return endings;
}

/* ---- in words ----------------------------------------------------------------------------- */

char *
ql_beam_tree_get_text (QlBeamTree *self, int node)
{
  GString *text = g_string_new (NULL);

  for (int i = node; i >= 0; i = self->nodes[i].parent)
    g_string_prepend (text, self->nodes[i].text);
  g_strstrip (text->str);
  return g_string_free (text, FALSE);
}

static char *
token_text (const QlBeamNode *node)
{
  g_autofree char *text = g_strstrip (g_strdup (node->text));

  if (node->fate == QL_BEAM_ENDED)
    return g_strdup (_ ("end of the text"));
  return g_strdup_printf (_ ("“%s”"), text);
}

static char *
fate_text (QlBeamTree *self, const QlBeamNode *node)
{
  int n_children = 0;

  for (int i = node->first_child; i >= 0; i = self->nodes[i].next)
    n_children++;
  switch (node->fate)
    {
    case QL_BEAM_WENT_ON:
      return g_strdup_printf (
          ngettext ("Went on with %d token.", "Went on with %d tokens.", (gulong) n_children), n_children);
    case QL_BEAM_DROPPED:
      return g_strdup (self->n_omitted > 0
                           ? _ ("Dropped: other beams had a higher sum; or what followed was not kept.")
                           : _ ("Dropped: other beams had a higher sum."));
    case QL_BEAM_ENDED:
    case QL_BEAM_LIMIT:
      {
        g_autofree char *score = ql_beam_tree_describe_ending (self, (int) (node - self->nodes));
        g_autofree char *answer = NULL;

        if (node->fate == QL_BEAM_LIMIT)
          answer = g_strdup_printf (_ ("Stopped at the largest number of tokens, score %s."), score);
        else
          answer = g_strdup_printf (_ ("Ended, score %s."), score);
        return node - self->nodes == self->answer ? g_strdup_printf (_ ("%s This is the answer."), answer)
                                                  : g_steal_pointer (&answer);
      }
    }
  return g_strdup ("");
}

char *
ql_beam_tree_describe (QlBeamTree *self, int node)
{
  const QlBeamNode *n = &self->nodes[node];
  g_autofree char *token = token_text (n), *fate = fate_text (self, n);
  g_autofree char *share = ql_percent_text (exp (n->log_prob));
  g_autofree char *before = n->parent >= 0 ? ql_beam_tree_get_text (self, n->parent) : NULL;

  if (before == NULL)
    /* Translators: a token's place, the token, its probability, a sum of logarithms, a sentence */
    return g_strdup_printf (_ ("Step %d: %s, %s at the beginning; sum of log-probabilities %.2f. %s"),
                            n->step, token, share, n->score, fate);
  /* Translators: a token's place, the token, its probability, the words before it, a sum of logarithms, a sentence */
  return g_strdup_printf (_ ("Step %d: %s, %s after “%s”; sum of log-probabilities %.2f. %s"), n->step, token,
                          share, before, n->score, fate);
}

char *
ql_beam_tree_describe_ending (QlBeamTree *self, int node)
{
  const QlBeamNode *n = &self->nodes[node];
  int n_tokens = n->step + 1;

  if (self->length_penalty == 0)
    return g_strdup_printf ("%.2f", n->final_score);
  if (self->length_penalty == 1)
    /* Translators: a score: the sum of log-probabilities, divided by the number of tokens */
    return g_strdup_printf (_ ("%.2f / %d = %.2f"), n->score, n_tokens, n->final_score);
  /* Translators: a score: the sum of log-probabilities, divided by the number of tokens to the power of the length penalty */
  return g_strdup_printf (_ ("%.2f / %d^%.3g = %.2f"), n->score, n_tokens, self->length_penalty,
                          n->final_score);
}

char *
ql_beam_tree_describe_search (QlBeamTree *self)
{
  g_autofree char *beams
      = g_strdup_printf (ngettext ("%d beam", "%d beams", (gulong) self->n_beams), self->n_beams);
  g_autofree char *steps
      = g_strdup_printf (ngettext ("%d step", "%d steps", (gulong) self->n_steps), self->n_steps);

  /* Translators: "5 beams", "8 steps", and a number */
  return g_strdup_printf (_ ("%s, %s, length penalty %.3g"), beams, steps, self->length_penalty);
}

#include "engine/run/beam-tree.h"

#include <jansson.h>
#include <math.h>

/* JSON has no infinity, and no log-probability that a search keeps is near this. */
#define LEAST_LOG_PROB -1.0e9f

B2BeamTree *
b2_beam_tree_new (int n_beams, int max_new, double length_penalty)
{
  B2BeamTree *self = g_new0 (B2BeamTree, 1);

  self->n_beams = n_beams;
  self->length_penalty = length_penalty;
  self->answer = B2_BEAM_ROOT;
  self->nodes = g_new (B2BeamNode, 2 * (gsize) n_beams * (gsize) max_new);
  return self;
}

void
b2_beam_tree_free (B2BeamTree *self)
{
  if (self == NULL)
    return;
  g_free (self->nodes);
  g_free (self);
}

int
b2_beam_tree_add (B2BeamTree *self, int parent, const B2BeamNode *node)
{
  B2BeamNode *to = &self->nodes[self->n_nodes];

  if (parent == B2_BEAM_NOWHERE)
    return B2_BEAM_NOWHERE;
  *to = *node;
  to->parent = parent;
  to->log_prob = MAX (to->log_prob, LEAST_LOG_PROB);
  return self->n_nodes++;
}

/* Parents stay: what is left of the others is their beginning, and a parent comes before its child. */
static void
prune (B2BeamTree *self)
{
  g_autofree guint8 *of_answer = g_malloc0 ((gsize) self->n_nodes);
  g_autofree int *moved = g_new (int, self->n_nodes);
  int n_others = B2_BEAM_TREE_MAX, n = 0;

  for (int i = self->answer; i >= 0; i = self->nodes[i].parent)
    {
      of_answer[i] = 1;
      n_others--;
    }
  for (int i = 0; i < self->n_nodes; i++)
    {
      B2BeamNode node = self->nodes[i];

      if (!of_answer[i] && n_others-- <= 0)
        {
          self->n_omitted++;
          continue;
        }
      if (node.parent >= 0)
        node.parent = moved[node.parent];
      moved[i] = n;
      self->nodes[n++] = node;
    }
  self->answer = self->answer >= 0 ? moved[self->answer] : self->answer;
  self->n_nodes = n;
}

void
b2_beam_tree_finish (B2BeamTree *self, int answer)
{
  self->answer = answer;
  if (self->n_nodes > B2_BEAM_TREE_MAX)
    prune (self);
  self->nodes = g_renew (B2BeamNode, self->nodes, MAX (self->n_nodes, 1));
}

char *
b2_beam_tree_json (const B2BeamTree *self, B2Model *model)
{
  json_t *nodes = json_array (), *object;
  char *dump, *text;

  for (int i = 0; i < self->n_nodes; i++)
    {
      const B2BeamNode *n = &self->nodes[i];
      g_autofree char *piece = n->end == B2_BEAM_ENDED ? g_strdup ("") : b2_model_token_text (model, n->id);
      g_autofree char *valid = g_utf8_make_valid (piece, -1);

      json_array_append_new (nodes, json_pack ("[i, i, s, f, f, i, f]", n->parent, n->id, valid,
                                               (double) n->log_prob, (double) n->score, (int) n->end,
                                               (double) n->final_score));
    }
  object
      = json_pack ("{s:i, s:f, s:i, s:i, s:o}", "beams", self->n_beams, "length_penalty",
                   self->length_penalty, "answer", self->answer, "omitted", self->n_omitted, "nodes", nodes);
  dump = json_dumps (object, JSON_COMPACT | JSON_REAL_PRECISION (9));
  text = g_strdup (dump);
  json_decref (object);
  free (dump);
  return text;
}

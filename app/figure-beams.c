/* A figure's parts where it shows a tree of beams. */
#include <glib/gi18n.h>

#include "app/figure-private.h"

#define MAX_CHARS 600

QlFigure *
ql_figure_new_beams (QlTrace *trace, QlBeamLayout *beams)
{
  QlMapLook look;

  ql_map_look_init (&look);
  return ql_figure_make (trace, &look, NULL, NULL, beams);
}

void
ql_figure_draw_beams (const QlFigure *self, cairo_t *cr, double x, double y)
{
  QlBeamLook look;

  ql_beam_look_init (&look); /* black on white, nothing selected */
  ql_beam_layout_draw (self->beams, &look, cr, x, y);
}

char *
ql_figure_beams_caption (const QlFigure *self)
{
  QlBeamTree *tree = ql_beam_layout_get_tree (self->beams);
  g_autofree char *search = ql_beam_tree_describe_search (tree);
  g_autofree char *score = ql_beam_tree_describe_ending (tree, ql_beam_tree_get_answer (tree));
  g_autofree char *text = ql_figure_clean (ql_trace_get_text (self->trace), MAX_CHARS);

  /* Translators: how many beams and so on; what the model wrote; its score. */
  return g_strdup_printf (
      _ ("Beam search: %s\nAnswer: “%s”, score %s\nUnder each token its probability; dashed: dropped"),
      search, text, score);
}

void
ql_figure_beams_csv (const QlFigure *self, GString *csv)
{
  static const char *const fates[] = { "went_on", "dropped", "ended", "limit" };
  QlBeamTree *tree = ql_beam_layout_get_tree (self->beams);

  g_string_append (csv, "node,parent,step,token,text,log_prob,score,fate,final_score,answer\n");
  for (int i = 0; i < ql_beam_tree_get_n_nodes (tree); i++)
    {
      const QlBeamNode *node = ql_beam_tree_get_node (tree, i);
      g_autofree char *clean = ql_figure_clean (node->text, MAX_CHARS);
      g_auto (GStrv) parts = g_strsplit (clean, "\"", -1);
      g_autofree char *quoted = g_strjoinv ("\"\"", parts);
      char log_prob[G_ASCII_DTOSTR_BUF_SIZE], score[G_ASCII_DTOSTR_BUF_SIZE], last[G_ASCII_DTOSTR_BUF_SIZE];

      g_ascii_formatd (log_prob, sizeof log_prob, "%.9g", node->log_prob);
      g_ascii_formatd (score, sizeof score, "%.9g", node->score);
      g_ascii_formatd (last, sizeof last, "%.9g", node->final_score);
      g_string_append_printf (csv, "%d,%d,%d,%d,\"%s\",%s,%s,%s,%s,%d\n", i, node->parent, node->step,
                              node->id, quoted, log_prob, score, fates[node->fate],
                              node->fate >= QL_BEAM_ENDED ? last : "", node->of_answer ? 1 : 0);
    }
}

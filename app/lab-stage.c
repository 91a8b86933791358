#include "app/lab-private.h"

/* Which stage of the way from the picture to the answer is looked into. */

QlPipeline *
ql_lab_get_pipeline (QlLab *self)
{
  if (self->pipeline == NULL && self->trace != NULL)
    self->pipeline = ql_pipeline_new (self->trace);
  return self->pipeline;
}

const QlStage *
ql_lab_get_stage (QlLab *self)
{
  QlPipeline *pipeline = self->has_stage ? ql_lab_get_pipeline (self) : NULL;

  return pipeline != NULL ? ql_pipeline_find (pipeline, self->stage) : NULL;
}

const QlStage *
ql_lab_get_last_stage (QlLab *self)
{
  QlPipeline *pipeline = ql_lab_get_pipeline (self);

  return pipeline != NULL ? ql_pipeline_find (pipeline, self->stage) : NULL;
}

int
ql_lab_get_stage_part (QlLab *self)
{
  const QlStage *stage = ql_lab_get_stage (self);

  if (stage == NULL)
    return 0;
  return self->stage_part < 0 ? ql_pipeline_get_first_part (self->pipeline, stage)
                              : MIN (self->stage_part, stage->n_parts - 1);
}

int
ql_lab_get_stage_view (QlLab *self)
{
  const QlStage *stage = ql_lab_get_stage (self);
  int n = stage != NULL ? ql_pipeline_get_n_views (self->pipeline, stage, ql_lab_get_stage_part (self)) : 0;

  return CLAMP (self->stage_view, 0, MAX (n - 1, 0));
}

void
ql_lab_set_stage (QlLab *self, const char *name)
{
  QlStageKind kind = self->stage;
  gboolean any = ql_stage_kind_from_string (name, &kind);

  if (any == self->has_stage && kind == self->stage)
    return;
  self->has_stage = any;
  if (kind != self->stage)
    {
      self->stage_part = -1;
      self->stage_view = 0;
    }
  self->stage = kind;
  ql_lab_emit_changed (self, QL_LAB_CHANGED_STAGE);
}

void
ql_lab_set_stage_part (QlLab *self, int part)
{
  const QlStage *stage = ql_lab_get_stage (self);

  if (stage == NULL || part == ql_lab_get_stage_part (self))
    return;
  self->stage_part = CLAMP (part, 0, stage->n_parts - 1);
  ql_lab_emit_changed (self, QL_LAB_CHANGED_STAGE);
}

void
ql_lab_set_stage_view (QlLab *self, int view)
{
  if (ql_lab_get_stage (self) == NULL || view == ql_lab_get_stage_view (self))
    return;
  self->stage_view = MAX (view, 0);
  ql_lab_emit_changed (self, QL_LAB_CHANGED_STAGE);
}

int
ql_lab_get_beam (QlLab *self)
{
  QlPipeline *pipeline = ql_lab_get_pipeline (self);
  QlBeamTree *tree = pipeline != NULL ? ql_pipeline_get_beams (pipeline) : NULL;

  if (tree == NULL)
    return -1;
  return self->beam >= 0 && self->beam < ql_beam_tree_get_n_nodes (tree) ? self->beam
                                                                         : ql_beam_tree_get_answer (tree);
}

void
ql_lab_set_beam (QlLab *self, int node)
{
  if (node == self->beam)
    return;
  self->beam = node;
  ql_lab_emit_changed (self, QL_LAB_CHANGED_STAGE);
}

gboolean
ql_lab_get_shows_dropped (QlLab *self)
{
  return !self->hides_dropped;
}

void
ql_lab_set_shows_dropped (QlLab *self, gboolean shows)
{
  if (shows == !self->hides_dropped)
    return;
  self->hides_dropped = !shows;
  ql_lab_emit_changed (self, QL_LAB_CHANGED_STAGE);
}

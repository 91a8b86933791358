#pragma once

#include "app/lab-mask.h"
#include "app/lab-queries.h"
#include "app/lab-request.h"
#include "app/lab-test-private.h"
#include "app/lab.h"

/** QlLab, cut by aspect: lab.c (what is selected), lab-stage.c (which stage of the pipeline), lab-atlas.c (many maps at once), lab-look.c (how it looks), lab-traces.c (where traces come from). */
struct _QlLab
{
  GObject parent_instance;

  QlEngineService *engine;
  QlConversation *conversation; /* nullable */
  QlLabTest *test;
  GSettings *settings; /* nullable */

  /* lab-traces.c */
  gboolean looking;
  QlTurn *turn; /* nullable: whose attention is looked at */
  QlTurn *chosen; /* nullable: the same, where a person chose it; else it is the last one */
  QlTrace *opened; /* nullable: from a file, and shown in place of the turn's */
  QlTrace *trace; /* nullable: what is shown */
  QlLabState state;
  GError *error; /* while the state is FAILED */
  QlTurn *working; /* nullable: whose trace is on its way */
  QlLabRequest tracing; /* of it */
  GQueue kept; /* of Kept, the newest first */

  /* lab.c */
  QlMapKey key;
  int word; /* -1: none */
  int column, row; /* the patch; column -1: none */
  QlMap *map; /* of the selection, once asked for */
  QlMap *pinned; /* nullable: A */
  gboolean difference;

  /* lab-stage.c */
  QlPipeline *pipeline; /* of the trace, once asked for */
  gboolean has_stage;
  QlStageKind stage; /* the last one, where none is looked into */
  int stage_part; /* -1: the one to begin with */
  int stage_view;
  int beam; /* a node; -1: the answer's */
  gboolean hides_dropped;

  /* lab-atlas.c */
  QlLabAtlas atlas;
  QlMapSort sort;
  QlMapBox box;
  gboolean has_box;

  QlLabQueries *queries; /* nullable: once asked for */
  QlLabMask *mask; /* the same */

  /* lab-look.c */
  gboolean overlay;
  QlMapStyle style;
  double opacity;
  QlMapScale scale;
  gboolean hides_outliers;
};

/* Puts what is selected into the range of a trace that is new. */
void ql_lab_take_trace (QlLab *self, QlTrace *trace);
void ql_lab_emit_changed (QlLab *self, QlLabChange change);
/* Returns: (nullable) (transfer none): what the conversation is about */
QlPicture *ql_lab_get_picture (QlLab *self);

void ql_lab_init_look (QlLab *self);

void ql_lab_init_traces (QlLab *self);
/* Shows what is to be shown now; for the test, whose runs come and go. */
void ql_lab_look_again (QlLab *self);
void ql_lab_dispose_traces (QlLab *self);

/* The lab ends; who still holds them is told nothing more. */
void ql_lab_queries_leave (QlLabQueries *self);
void ql_lab_mask_leave (QlLabMask *self);

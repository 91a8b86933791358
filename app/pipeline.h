#pragma once

#include "app/beam-tree.h"
#include "app/tensor-picture.h"

/** QlStageKind: the stages from a picture to an answer, in order. */
typedef enum
{
  QL_STAGE_PICTURE,
  QL_STAGE_PIXELS, /* resized and normalised */
  QL_STAGE_PATCHES, /* cut out and embedded */
  QL_STAGE_VISION, /* ViT: its parts are the blocks */
  QL_STAGE_QFORMER, /* its parts are the layers */
  QL_STAGE_PROJECTION,
  QL_STAGE_PROMPT, /* the language model reads soft prompt and prompt */
  QL_STAGE_TOKENS,
  QL_STAGE_BEAMS,
} QlStageKind;

#define QL_N_STAGE_KINDS 9

/** ql_stage_kind_to_string: "picture", "pixels", "patches", "vision", "qformer", "projection", "prompt", "tokens", "beams" */
const char *ql_stage_kind_to_string (QlStageKind kind);
/** ql_stage_kind_from_string: Returns: %FALSE for another word */
gboolean ql_stage_kind_from_string (const char *name, QlStageKind *kind);

/** QlStage: one stage. Owned by its pipeline. Texts are translated. */
typedef struct
{
  QlStageKind kind;
  char *name;
  char *explanation; /* a sentence or two */
  int n_dims; /* 0: no tensor, or its size is not known */
  int dims[3]; /* of what comes out of it */
  char *shape; /* the same as text: "257 × 1408"; "" */
  double ms; /* NAN: not measured */
  gint64 tensor_bytes; /* of what comes out, in f32; 0: not known */
  gint64 scratch_bytes; /* working memory at its peak; 0: not known */
  gint64 weight_bytes; /* 0: none, or not known */
  int n_parts; /* 1, blocks, layers */
  char *missing; /* (nullable): why nothing, or less, of it can be seen */
} QlStage;

/**
 * QlPipeline:
 *
 * The stages of one answer, as its trace tells of them; no model is needed. Reference counted, immutable, one thread.
 */
typedef struct QlPipeline QlPipeline;

#define QL_TYPE_PIPELINE (ql_pipeline_get_type ())
GType ql_pipeline_get_type (void);

/** ql_pipeline_new: tensors that are not of the sizes the trace tells are left out. Returns: (transfer full) */
QlPipeline *ql_pipeline_new (QlTrace *trace);
QlPipeline *ql_pipeline_ref (QlPipeline *self);
void ql_pipeline_unref (QlPipeline *self);

/** ql_pipeline_get_trace: Returns: (transfer none) */
QlTrace *ql_pipeline_get_trace (QlPipeline *self);
int ql_pipeline_get_n_stages (QlPipeline *self);
/** ql_pipeline_get_stage: Returns: (transfer none) */
const QlStage *ql_pipeline_get_stage (QlPipeline *self, int stage);
/** ql_pipeline_find: Returns: (nullable) (transfer none): the answer has no such stage */
const QlStage *ql_pipeline_find (QlPipeline *self, QlStageKind kind);
/** ql_pipeline_get_total_ms: of what was measured */
double ql_pipeline_get_total_ms (QlPipeline *self);
/** ql_pipeline_get_share: of the total; NAN: not measured */
double ql_pipeline_get_share (QlPipeline *self, const QlStage *stage);
/** ql_pipeline_describe_time: Returns: (transfer full): "12.3 ms, 41 % of the time", "Not measured" */
char *ql_pipeline_describe_time (QlPipeline *self, const QlStage *stage);
/** ql_pipeline_describe_memory: Returns: (transfer full): "1.4 MB out, 8.1 MB at work, 20 MB of weights"; "" */
char *ql_pipeline_describe_memory (QlPipeline *self, const QlStage *stage);

/* ---- parts: blocks and layers ------------------------------------------------------------- */

/** ql_pipeline_get_part_name: Returns: (transfer full): "Block 3", "Layer 2", "Output" */
char *ql_pipeline_get_part_name (QlPipeline *self, const QlStage *stage, int part);
/** ql_pipeline_get_part_ms: NAN: not measured, or a part that takes no time of its own */
double ql_pipeline_get_part_ms (QlPipeline *self, const QlStage *stage, int part);
/** ql_pipeline_get_first_part: the one to begin with: the last */
int ql_pipeline_get_first_part (QlPipeline *self, const QlStage *stage);

/* ---- pictures of tensors -------------------------------------------------------------------- */

/** ql_pipeline_get_n_views: how a part can be looked at; 0: it cannot be: the stage's "missing" says why */
int ql_pipeline_get_n_views (QlPipeline *self, const QlStage *stage, int part);
/** ql_pipeline_make_view: Returns: (transfer full) */
QlTensorPicture *ql_pipeline_make_view (QlPipeline *self, const QlStage *stage, int part, int view);

/** ql_pipeline_get_beams: Returns: (nullable) (transfer none): none were kept, or there were none */
QlBeamTree *ql_pipeline_get_beams (QlPipeline *self);

/** ql_ms_text: Returns: (transfer full): "0.12 ms", "41 ms", "2.3 s", translated */
char *ql_ms_text (double ms);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QlPipeline, ql_pipeline_unref)

#pragma once

#include "engine/io/gguf-header.h"
#include "engine/quant/weight-types.h"
#include "engine/run/model.h"

/** B2ConvertTensor: one tensor of the model and what it becomes. */
typedef struct
{
  const B2TensorInfo *from;
  B2WeightType from_type, type;
  const char *group;
  guint64 offset; /* in the file to be */
  guint64 n_bytes; /* there */
  double error, square; /* sums of (stored - value)² and value², filled by the verification */
} B2ConvertTensor;

/** B2ConvertPlan: a whole file, but for the values of its tensors. */
typedef struct
{
  GArray *tensors; /* of B2ConvertTensor, in the order of the file */
  GByteArray *header;
  guint64 n_bytes; /* of the file */
} B2ConvertPlan;

/**
 * b2_convert_plan_new:
 * @model: opened; only the tensors that it uses go into the file
 *
 * Returns: (transfer full): %NULL with B2_ERROR_UNSUPPORTED or an error of reading the folder's small files
 */
B2ConvertPlan *b2_convert_plan_new (B2Model *model, B2WeightType target, GError **error);
void b2_convert_plan_free (B2ConvertPlan *self);

/** b2_convert_type: "q8_0"… Returns: %FALSE with B2_ERROR_ARGUMENT */
gboolean b2_convert_type (const char *name, B2WeightType *out, GError **error);
/** b2_convert_report: what @plan came to, by group and type. Returns: (transfer full) */
B2ConvertReport *b2_convert_report (const B2ConvertPlan *plan);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (B2ConvertPlan, b2_convert_plan_free)

#pragma once

#include "engine/core/watch.h"
#include "engine/io/weights.h"
#include "engine/nn/linear.h"
#include "engine/nn/norm.h"

/**
 * B2Binder:
 *
 * Connects a network's fields to the tensors of a folder: looks each one up by name,
 * checks type and shape, and counts what it finds. Matrices stay in the mapping;
 * vectors become f32 copies that the binder owns. It lives as long as the network.
 *
 * Tensor names are printf formats. Every b2_bind_* returns %FALSE with B2_ERROR_FORMAT
 * (missing), B2_ERROR_SHAPE, B2_ERROR_UNSUPPORTED (type) or B2_ERROR_CANCELLED.
 */
typedef struct B2Binder B2Binder;

/** B2BinderPart: what one part of the model takes. */
typedef struct
{
  const char *name;
  guint64 n_parameters, n_bytes;
  guint types; /* bit per B2WeightType */
} B2BinderPart;

/** B2BinderUse: what a tensor of the files is to the network; a vector is never quantised. */
typedef enum
{
  B2_BINDER_USE_NONE,
  B2_BINDER_USE_MATRIX,
  B2_BINDER_USE_VECTOR,
} B2BinderUse;

B2Binder *b2_binder_new (B2Weights *weights, const B2Watch *watch);
void b2_binder_free (B2Binder *self);
/** b2_binder_add_weights: a second place to look tensors up in; must outlive the binder. */
void b2_binder_add_weights (B2Binder *self, B2Weights *extra);
/** b2_binder_done: opening has ended: drops the watch. */
void b2_binder_done (B2Binder *self);

/** b2_binder_begin_part: what is bound from here on belongs to @name (static string). */
void b2_binder_begin_part (B2Binder *self, const char *name);
int b2_binder_n_parts (B2Binder *self);
const B2BinderPart *b2_binder_part (B2Binder *self, int i);
int b2_binder_n_used (B2Binder *self);
/** b2_binder_used: the @i-th that was bound. */
const B2TensorInfo *b2_binder_used (B2Binder *self, int i);
B2BinderUse b2_binder_use (B2Binder *self, const B2TensorInfo *info);
/** b2_binder_max_row: the longest row of any matrix, for scratch memory. */
int b2_binder_max_row (B2Binder *self);

gboolean b2_binder_has (B2Binder *self, const char *format, ...) G_GNUC_PRINTF (2, 3);

/** b2_bind_matrix: @n_dims sizes of @shape; rows are its first dimension, the rest are flattened. */
gboolean b2_bind_matrix (B2Binder *self, B2Linear *out, int n_dims, const gint64 *shape, GError **error,
                         const char *format, ...) G_GNUC_PRINTF (6, 7);
/** b2_bind_linear: NAME.weight [@n_out, @n_in] and, with @bias, NAME.bias [@n_out]. */
gboolean b2_bind_linear (B2Binder *self, B2Linear *out, int n_out, int n_in, gboolean bias, GError **error,
                         const char *format, ...) G_GNUC_PRINTF (7, 8);
/** b2_bind_vector: @out: (transfer none): all values, f32. */
gboolean b2_bind_vector (B2Binder *self, const float **out, int n_dims, const gint64 *shape, GError **error,
                         const char *format, ...) G_GNUC_PRINTF (6, 7);
/** b2_bind_norm: NAME.weight, and NAME.bias unless @rms. */
gboolean b2_bind_norm (B2Binder *self, B2Norm *out, int width, float eps, gboolean rms, GError **error,
                       const char *format, ...) G_GNUC_PRINTF (7, 8);

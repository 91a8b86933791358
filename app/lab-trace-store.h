#pragma once

#include "app/lab-trace-private.h"

/** QlTrace: its fields, for the files lab-trace*.c only. */
struct _QlTrace
{
  GObject parent_instance;

  B2Trace *trace;
  QlPicture *picture; /* nullable */
  int picture_width, picture_height; /* of the original; 0: not known */
  QlTraceData data;
  int *layer_numbers; /* [n_layers] */
  gboolean has_norms;
  int n_outliers;
  guint8 *outliers; /* [n_patches], 1 where one is; NULL without norms */
  GArray *tokens; /* of QlSavedToken */
  GArray *words; /* of QlWord */
  GPtrArray *word_texts;
  QlIntervention *intervention; /* nullable */

  GMutex save_lock; /* of adding the picture's file to the trace; held while it is written */
  GMutex lock; /* of what follows */
  QlTraceMaps made[QL_TRACE_N_MADE]; /* values NULL: not yet */
  double *
      word_weights; /* [n_words, n_queries + 1], by the mean of the language model; its share; NULL: not yet */
  double peaks[QL_TRACE_N_MADE + 1][2]; /* < 0: not yet */
};

/**
 * ql_trace_check:
 *
 * Checks the tensors against each other and fills data, layer numbers and outliers.
 *
 * Returns: %FALSE with B2_ERROR_SHAPE, _FORMAT or _LIMIT
 */
gboolean ql_trace_check (QlTrace *self, const char *name, GError **error);

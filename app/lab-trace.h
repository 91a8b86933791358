#pragma once

#include "app/answer-words.h"
#include "app/picture.h"

#define QL_TYPE_TRACE (ql_trace_get_type ())
G_DECLARE_FINAL_TYPE (QlTrace, ql_trace, QL, TRACE, GObject)

/**
 * QlTrace:
 *
 * What happened inside the model for one answer: the attention of its Q-Former and of its language
 * model, the words, the picture. Made from an answer or read from a file; then no model is needed.
 *
 * Everything is checked when it is made: sizes against each other, values against NaN and infinity.
 * Queries, heads, tokens, words, columns and rows count from 0. "nth" layers count the Q-Former's layers
 * with cross-attention.
 *
 * Immutable; any thread. What is computed from it on demand (means, rollout, scales) is kept.
 */

/**
 * ql_trace_open:
 *
 * Blocks: reads the file and decodes its picture (in a process of its own, as every picture).
 *
 * Returns: (transfer full): %NULL with B2_ERROR (in English, naming file and tensor) or
 *   %G_IO_ERROR_CANCELLED. A picture that cannot be read is no error: there is none then.
 */
QlTrace *ql_trace_open (const char *path, GCancellable *cancellable, GError **error);
void ql_trace_open_async (GFile *file, GCancellable *cancellable, GAsyncReadyCallback callback,
                          gpointer data);
/** ql_trace_open_finish: Returns: (transfer full) */
QlTrace *ql_trace_open_finish (GAsyncResult *result, GError **error);

/** ql_trace_save: the picture goes along, at most 768 px wide. Blocks. Returns: %FALSE with B2_ERROR */
gboolean ql_trace_save (QlTrace *self, const char *path, GError **error);

/** ql_trace_is_file: whether the file at @path begins as a safetensors file does (and not as a picture) */
gboolean ql_trace_is_file (const char *path);

/* ---- what was asked, of what ------------------------------------------------------- */

/** ql_trace_get_text, _prompt, _model_name, _fingerprint, _settings: "" where not known */
const char *ql_trace_get_text (QlTrace *self);
const char *ql_trace_get_prompt (QlTrace *self);
const char *ql_trace_get_model_name (QlTrace *self);
/** ql_trace_get_fingerprint: of the model: 64 hexadecimal digits */
const char *ql_trace_get_fingerprint (QlTrace *self);
/** ql_trace_get_settings: how it was decoded: a JSON object */
const char *ql_trace_get_settings (QlTrace *self);
/** ql_trace_get_intervention_json: what was muted or left out: a JSON object; "": nothing */
const char *ql_trace_get_intervention_json (QlTrace *self);
/** ql_trace_get_picture: Returns: (nullable) (transfer none): a file's may be smaller than the original */
QlPicture *ql_trace_get_picture (QlTrace *self);
/** ql_trace_get_picture_size: of the original; 0 where not known */
void ql_trace_get_picture_size (QlTrace *self, int *width, int *height);

typedef struct QlIntervention QlIntervention; /* app/intervention.h */

/** ql_trace_get_intervention: Returns: (nullable) (transfer none): what was changed in the run; %NULL: nothing known */
QlIntervention *ql_trace_get_intervention (QlTrace *self);
/**
 * ql_trace_describe_intervention:
 *
 * Returns: (transfer full) (nullable): "2 heads muted", translated; %NULL: the run is the plain one. To be said wherever
 *   something of the trace is shown, so that nobody takes it for the plain run.
 */
char *ql_trace_describe_intervention (QlTrace *self);

/* ---- sizes ---------------------------------------------------------------------------- */

int ql_trace_get_n_queries (QlTrace *self);
/** ql_trace_get_n_layers: those with cross-attention */
int ql_trace_get_n_layers (QlTrace *self);
int ql_trace_get_n_heads (QlTrace *self);
/** ql_trace_get_layer_number: the Q-Former's number of its @nth layer with cross-attention: 0, 2, 4… */
int ql_trace_get_layer_number (QlTrace *self, int nth);
/** ql_trace_find_layer: Returns: the nth of the layer with @number; -1: it has no cross-attention */
int ql_trace_find_layer (QlTrace *self, int number);
/** ql_trace_get_columns, _rows: of the patches, which the preprocessor stretches over the whole picture */
int ql_trace_get_columns (QlTrace *self);
int ql_trace_get_rows (QlTrace *self);
/** ql_trace_get_n_lm_layers: of the language model; 0 where the trace has no attention of it */
int ql_trace_get_n_lm_layers (QlTrace *self);

/* ---- outliers --------------------------------------------------------------------------- */

/**
 * QL_OUTLIER_MADS:
 *
 * A patch is an outlier where the length of its ViT output is above the median of all patches by more than
 * so many median absolute deviations: some four standard deviations of a normal distribution, so that one
 * grid of 256 in a hundred has one by chance. The deviation counts as a tenth of the median at least (an
 * outlier is 1.6 times as long as the median): where most of a picture is even, all that is not would be
 * one. Large ViTs keep notes of their own in such patches, whatever the picture shows there (Darcet et al.
 * 2023, arXiv:2309.16588). The output is that after the last layer norm, which evens lengths out: what is
 * marked is no more than a hint.
 */
#define QL_OUTLIER_MADS 6
/** QL_OUTLIER_MOST_SHARE: where more patches than this are so long, none is an outlier (the paper finds 2 to 3 %) */
#define QL_OUTLIER_MOST_SHARE 0.05

/** ql_trace_has_norms: whether the trace tells the lengths; without, there are no outliers */
gboolean ql_trace_has_norms (QlTrace *self);
int ql_trace_get_n_outliers (QlTrace *self);
gboolean ql_trace_is_outlier (QlTrace *self, int column, int row);

/* ---- tokens and words --------------------------------------------------------------------- */

int ql_trace_get_n_tokens (QlTrace *self);
/** ql_trace_get_token: Returns: (transfer none): its choices are there where the trace has them */
const QlSavedToken *ql_trace_get_token (QlTrace *self, int token);
int ql_trace_get_n_words (QlTrace *self);
/**
 * ql_trace_get_word:
 *
 * Returns: (transfer none): its place in ql_trace_get_text(), probability, alternatives, tokens
 */
const QlWord *ql_trace_get_word (QlTrace *self, int word);
/** ql_trace_get_word_text: Returns: (transfer none) */
const char *ql_trace_get_word_text (QlTrace *self, int word);

/** QlLmHead: which of the language model's attention is meant; -1: the mean over all layers, or heads. */
typedef struct
{
  int layer, head;
} QlLmHead;

#define QL_LM_MEAN ((QlLmHead){ -1, -1 })

/**
 * ql_trace_get_word_weights:
 * @weights: (out) (array): one for each query; they sum to 1 (0 where there is no attention)
 *
 * How much the language model looked at each query's position when it chose @word: its attention, averaged
 * over the word's tokens. T5's decoder looks at its encoder's output there, which has mixed the positions.
 *
 * Returns: the sum before it was made 1: the share of its attention that went to the queries at all
 */
double ql_trace_get_word_weights (QlTrace *self, int word, QlLmHead lm, double *weights);

/** QlQueryWeight: a query and its part in a word. */
typedef struct
{
  int query;
  double weight;
} QlQueryWeight;

/**
 * ql_trace_top_queries:
 *
 * Returns: (transfer full) (element-type QlQueryWeight): the @n largest, largest first
 */
GArray *ql_trace_top_queries (QlTrace *self, int word, QlLmHead lm, int n);
/** ql_trace_describe_word: Returns: (transfer full): a sentence: which queries a word came from */
char *ql_trace_describe_word (QlTrace *self, int word, QlLmHead lm);

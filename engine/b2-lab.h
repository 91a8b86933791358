#pragma once

/*
 * The attention lab's part of the engine: change a run and see what comes of it.
 *
 *   b2_session_set_intervention (run, &(B2Intervention){ .queries = (int[]){ 5 }, .n_queries = 1 }, &error);
 *   replay = b2_session_replay (run, prompt, ids, n_ids, NULL, &error);      the stored answer's log-probability now
 *   b2_session_set_intervention (run, NULL, NULL);                           bit for bit as before
 *
 * Everything here runs on the session's thread. Math: engine/MODEL.md, "Interventions" and "Masks".
 */

#include "engine/b2.h"

/* ---- interventions ------------------------------------------------------------- */

/** B2Head: an attention head, both from 0. */
typedef struct
{
  int layer, head;
} B2Head;

/**
 * B2Intervention:
 *
 * What to change in a run; zero-filled changes nothing. Lists may name a thing twice.
 *
 * - A muted head's part of the context is zero before the output projection; its map stays what the softmax gave.
 * - A muted cross-attention layer is one whose heads are all muted: bias, residual and norm stay.
 * - A muted query's row of the soft prompt (ITG: its keys and values too) is zero for the language model; the
 *   scores of b2_session_match() leave it out. The Q-Former itself runs on as it was.
 * - A dropped patch's key gets no weight in any cross-attention; the softmax is over the others, and where none is
 *   left the context is zero. The image encoder has seen the patch, and the others' features may tell of it.
 * - A greyed patch is mid-grey (half of the pixel range, normalised) before the image encoder, which runs again:
 *   nothing of it is left, but the encoder sees a picture with grey squares.
 */
typedef struct
{
  const B2Head *cross_heads; /* layer: 0 … qformer_cross_layers - 1, as in qformer.cross_attentions */
  int n_cross_heads;
  const int *cross_layers; /* the same numbering */
  int n_cross_layers;
  const B2Head *self_heads; /* of the Q-Former; layer: 0 … qformer_layers - 1 */
  int n_self_heads;
  const int *queries;
  int n_queries;
  const guint8 *dropped_patches; /* (nullable): [n_patches], row-major, non-zero: dropped */
  const guint8 *greyed_patches; /* (nullable): [n_patches], non-zero: greyed */
  int n_patches; /* of the masks: that of b2_session_grid() */
  gboolean drop_cls; /* the class token's key as well */
} B2Intervention;

/** b2_session_grid: the patches of the session's picture size; columns · rows is n_patches. */
void b2_session_grid (B2Session *self, int *n_columns, int *n_rows);

/**
 * b2_session_set_intervention:
 * @intervention: (nullable): copied; %NULL or an empty one: none
 *
 * From now on encode, generate, match and everything below run under it; it stays when the picture changes.
 * What it does not touch is not computed again: only greyed patches run the image encoder, muted queries
 * do not even run the Q-Former; the plain run's results are kept beside.
 *
 * Returns: %FALSE with B2_ERROR_ARGUMENT (something out of range, a mask of another size), and nothing changed
 */
gboolean b2_session_set_intervention (B2Session *self, const B2Intervention *intervention, GError **error);

/**
 * b2_session_describe_intervention:
 *
 * As in a trace's metadata "intervention": {"cross_heads":[[layer,head],…],"self_heads":[…],"queries":[…],
 * "dropped_patches":[…],"dropped_cls":true,"greyed_patches":[…]}, each only where there is something.
 *
 * A trace's pixel_values are grey where patches are, its language_projection is zero where queries are muted;
 * image.sha256 stays that of the picture's own pixel_values.
 *
 * Returns: (transfer full) (nullable): JSON, %NULL where there is none
 */
char *b2_session_describe_intervention (B2Session *self);

/* ---- replay ---------------------------------------------------------------------- */

/** B2Replay: what a model thinks of a given answer. */
typedef struct
{
  int n_tokens;
  double *log_probs; /* [n_tokens]: of each token after the ones before it, under the raw softmax */
  double sum; /* of @log_probs */
  int n_prompt_tokens;
  B2Timings timings; /* decode: the replay itself */
  B2Trace *trace; /* (nullable): where asked for; its "settings" are {"replay":true} */
} B2Replay;

/**
 * b2_session_replay:
 * @prompt: (nullable): as for b2_session_generate()
 * @ids: [n_ids ≥ 1]: the answer's tokens, the end token included where it had one
 * @hooks: (nullable): the watch, and whether to keep a trace; no token is told
 *
 * The answer is given, not chosen (teacher forcing). Golden: equal to the probabilities that generation told,
 * max abs error 1e-5 (and 1e-5 of a log-probability,
 * relative where it is below -1).
 *
 * Returns: (transfer full): %NULL with B2_ERROR_ARGUMENT for ids outside the vocabulary, B2_ERROR_LIMIT,
 *   B2_ERROR_CANCELLED…
 */
B2Replay *b2_session_replay (B2Session *self, const char *prompt, const gint32 *ids, int n_ids,
                             const B2GenerateHooks *hooks, GError **error);
void b2_replay_free (B2Replay *self);

typedef enum
{
  B2_CURVE_DELETION, /* all but the first k of the order */
  B2_CURVE_INSERTION, /* only the first k of the order */
} B2CurveKind;

/** B2Curve: what a faithfulness curve is made of. */
typedef struct
{
  B2CurveKind kind;
  const int *order; /* [n_order]: patches, each at most once; the claim's most important one first */
  int n_order;
  const int *counts; /* [n_counts]: k, 0 … n_order */
  int n_counts;
  gboolean
      grey; /* grey the pixels and run the image encoder for each k, instead of dropping keys: slow, exact */
  gboolean drop_cls; /* drop the class token's key throughout: it is no patch, and sees the whole picture */
} B2Curve;

/**
 * b2_session_faithfulness:
 * @sums: (out caller-allocates): [n_counts]: the answer's sum of log-probabilities at each k
 * @watch: (nullable): progress comes as B2_PHASE_DECODE, in points
 *
 * The curve's removals come on top of the session's intervention, which is as before afterwards, also
 * after an error.
 *
 * Returns: %FALSE with B2_ERROR_ARGUMENT or what b2_session_replay() says
 */
gboolean b2_session_faithfulness (B2Session *self, const char *prompt, const gint32 *ids, int n_ids,
                                  const B2Curve *curve, double *sums, const B2Watch *watch, GError **error);

/* ---- what a query says -------------------------------------------------------------- */

/** B2NearToken: @id -1 where there are not so many. */
typedef struct
{
  gint32 id;
  float cosine;
} B2NearToken;

/** B2QueryReport: the queries' outputs, compared. Cosines with a row of zeros are 0. */
typedef struct
{
  int n_query, n_near;
  B2NearToken *near; /* (nullable): [n_query, n_near], best first; %NULL for models without a projection */
  float *similarity; /* [n_query, n_query]: cosine of the Q-Former's outputs */
  float *projected_similarity; /* (nullable): the same of the projected rows */
  float *kept; /* [n_query]: cosine of each output under the intervention with that of the plain run */
} B2QueryReport;

/**
 * b2_session_report_queries:
 * @prompt: (nullable): read by InstructBLIP's Q-Former alone
 * @n_near: tokens for each query, 0 … 100
 *
 * Nearest by cosine of a projected row with the rows of the language model's input embeddings, of the tokens that the
 * tokenizer knows. A query that is muted is reported as it would be, unmuted.
 *
 * Returns: (transfer full): %NULL with B2_ERROR_ARGUMENT, B2_ERROR_CANCELLED, …
 */
B2QueryReport *b2_session_report_queries (B2Session *self, const char *prompt, int n_near,
                                          const B2Watch *watch, GError **error);
void b2_query_report_free (B2QueryReport *self);

/* ---- matching, looked into ------------------------------------------------------------ */

/** B2MatchDetail: a match and what it is made of. */
typedef struct
{
  B2Match match;
  int n_query;
  float *itc; /* [n_query]: cosine of each query with the text; of the muted ones too */
  float *itm_logits; /* [n_query, 2]: of each query before the mean; of the muted ones too */
  B2TextTokens tokens; /* of the text, [CLS] and [SEP] included: rows n_query… of the joint pass */
  B2Trace *trace; /* (nullable): where asked for */
} B2MatchDetail;

/**
 * b2_session_match_detail:
 * @keep_trace: with qformer.* of the queries alone (ITC) as in every trace, and of the joint pass (ITM)
 *   itm.last_hidden_state [rows, width], itm.cross_attentions [cross layers, heads, queries, patches+1],
 *   itm.self_attentions [layers, heads, rows, rows]; itc.similarities [queries]; itm.logits [queries, 2]
 *
 * As b2_session_match(), which says the same in its few numbers.
 *
 * Returns: (transfer full): %NULL with an error
 */
B2MatchDetail *b2_session_match_detail (B2Session *self, const char *text, gboolean keep_trace,
                                        const B2Watch *watch, GError **error);
void b2_match_detail_free (B2MatchDetail *self);

/* ---- masks ---------------------------------------------------------------------------- */

/** B2MaskPreset: the three masks of the paper's Figure 2. */
typedef enum
{
  B2_MASK_ITC, /* uni-modal: queries see queries, text sees text */
  B2_MASK_ITM, /* bidirectional: all see all */
  B2_MASK_ITG, /* multi-modal causal: queries see queries; text sees queries and the text up to itself */
} B2MaskPreset;

/** b2_mask_fill: @cells: (out caller-allocates): [n_query + n_text, n_query + n_text], 1 where a row sees a column */
void b2_mask_fill (B2MaskPreset preset, int n_query, int n_text, guint8 *cells);

/**
 * b2_model_text_rows:
 * @written: the text begins with [DEC], as where it is written (ITG); else with [CLS]
 * @out: (out caller-allocates): for b2_text_tokens_clear(); [SEP] is the last
 *
 * The text's rows in a masked run; needs a model with B2_TASK_MATCH.
 *
 * Returns: %FALSE with B2_ERROR_UNSUPPORTED, B2_ERROR_LIMIT, B2_ERROR_ARGUMENT
 */
gboolean b2_model_text_rows (B2Model *self, const char *text, gboolean written, B2TextTokens *out,
                             GError **error);

/** B2MaskRun: one pass over [queries; text] under a mask. */
typedef struct
{
  int n_query, n_text;
  float itm_logits[2], itm; /* as in B2Match */
  float *itc; /* [n_query]: cosine of each query with the text's first row */
  float itc_best; /* the largest; 0 where all queries are muted */
  int itc_query; /* whose it is; -1 */
  double *log_probs; /* (nullable): [n_text - 1]: of text token i + 1 at row i; with an ITG head only */
  double sum; /* of @log_probs */
  B2Trace
      *trace; /* (nullable): where asked for: qformer.* of this pass, itc.similarities, mask [rows, rows] */
} B2MaskRun;

/**
 * b2_session_run_masked:
 * @written: as for b2_model_text_rows()
 * @cells: [n_rows, n_rows], non-zero where a row sees a column
 * @n_rows: queries and the text's rows
 *
 * A row that sees nothing keeps its context at zero. The session's intervention holds; a muted query
 * counts in neither mean nor maximum, but who sees it is the mask's to say.
 *
 * Golden: b2_session_match()'s ITM under B2_MASK_ITM, equal; its ITC under B2_MASK_ITC and the replay of an ITG
 * model under B2_MASK_ITG, which come from passes of their own, max abs error 1e-4.
 *
 * Returns: (transfer full): %NULL with B2_ERROR_ARGUMENT for a mask of another size, …
 */
B2MaskRun *b2_session_run_masked (B2Session *self, const char *text, gboolean written, const guint8 *cells,
                                  int n_rows, gboolean keep_trace, const B2Watch *watch, GError **error);
void b2_mask_run_free (B2MaskRun *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (B2Replay, b2_replay_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (B2QueryReport, b2_query_report_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (B2MatchDetail, b2_match_detail_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (B2MaskRun, b2_mask_run_free)

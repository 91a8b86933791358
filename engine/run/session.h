#pragma once

#include "engine/io/read-ahead.h"
#include "engine/run/intervention.h"
#include "engine/run/laps.h"
#include "engine/run/model.h"

/** B2SessionImage: what the image encoder made of one set of pixels. */
typedef struct
{
  gboolean encoded; /* @features are there */
  gboolean done; /* and @kv */
  float *features; /* [n_image, vision width] */
  float *kv; /* [n_cross, 2, n_image, d]: the cross-attentions' keys and values */
  B2Laps laps; /* of the image encoder's blocks, where measured */
  double vision_ms, kv_ms; /* how long it took when it ran */
  double spent_ms; /* of @vision_ms, what this session spent and has not told yet */
} B2SessionImage;

/** B2Prepared: a picture as the model sees it. */
typedef struct
{
  float *pixels; /* [3, H, W]; NULL: none */
  char *sha256; /* of @pixels */
  int source_width_px, source_height_px;
  double ms; /* how long it took */
} B2Prepared;

/** B2SessionAhead: a picture that is encoded and waits to be the session's. */
typedef struct
{
  B2Prepared prepared;
  B2SessionImage image; /* without kv */
} B2SessionAhead;

/** B2SessionQueries: what the Q-Former made of an image. */
typedef struct
{
  gboolean done;
  char *instruction; /* InstructBLIP: the text that the Q-Former read; else NULL */
  int n_rows; /* queries, and the instruction's tokens */
  float *out; /* [n_rows, d] */
  float *cross_maps; /* [n_cross, heads, n_query, n_image] */
  float *self_maps; /* [layers, heads, n_rows, n_rows] */
  float *self_kv; /* [layers, 2, n_rows, d]; where the ITG head reads it */
  float *soft_prompt; /* [n_query, lm width] */
  B2Laps laps; /* of the layers, where measured */
  double layers_ms, projection_ms;
} B2SessionQueries;

/**
 * B2Session: see engine/b2.h. What has been computed of the picture so far, and where it lies.
 *
 * The plain run and the one under the intervention lie side by side. The edited ones count only where the
 * intervention changes them: b2_session_image() and b2_session_queries() say which.
 */
struct B2Session
{
  B2Model *model;
  B2Compute *compute;
  B2Arena *arena; /* scratch of the image encoder and the Q-Former */
  int width_px, height_px; /* of the pixels the model sees */
  B2WeightsPolicy weights;
  B2ReadAhead *read_ahead; /* (nullable) */
  gsize n_image; /* rows of the image features, CLS first */
  B2Edits *edits; /* the intervention; never NULL */

  gboolean has_image;
  char *image_sha256; /* of @pixels */
  int source_width_px, source_height_px;
  float *pixels; /* [3, H, W] */
  float *edited_pixels; /* [3, H, W]; NULL until patches are greyed */
  double preprocess_ms;
  double prepared_ms; /* the same, of the pixels that are there; not forgotten once told */
  gboolean measure_always; /* as the options say */
  gboolean measure; /* what runs now */

  B2SessionImage plain_image, edited_image;
  double vision_ms;
  B2EncodingStore store; /* zero-filled: none */
  GArray *ahead; /* of B2SessionAhead: what the last b2_session_encode_ahead() left; NULL before the first */

  B2SessionQueries plain, edited;
  double qformer_ms;

  B2LmState *lm_state;
  gboolean lm_image_done; /* it has read the queries' rows as they are now */
  GPtrArray *spare_states; /* of B2LmState: of drafts that are gone; NULL until there was one */
  float *lm_soft_prompt, *lm_kv; /* what it reads where queries are muted; else NULL */
  float *token_norms; /* [vocab]: of the input embeddings' rows; NULL until asked for */
};

/** b2_session_begin_image, b2_session_end_image: around the image encoder: advice on the weights' pages */
void b2_session_begin_image (B2Session *self);
void b2_session_end_image (B2Session *self);

/** b2_session_begin: every call that computes begins with it: @watch can stop it in the midst of a layer */
void b2_session_begin (B2Session *self, const B2Watch *watch);

/** b2_session_max_text: longest text that the scratch is laid out for; the position table sets the limit. */
int b2_session_max_text (B2Session *self);
B2EditSizes b2_session_edit_sizes (B2Session *self);
gboolean b2_session_make_room_for_image (B2Session *self, B2SessionImage *image, GError **error);

/** b2_session_image, b2_session_queries: the run that counts now; whether it is done is another matter. */
B2SessionImage *b2_session_image (B2Session *self);
B2SessionQueries *b2_session_queries (B2Session *self);
/** b2_session_pixels: [3, H, W], as the model sees them now */
const float *b2_session_pixels (B2Session *self);

/** b2_session_forget_queries: a run of the Q-Former, and what the language model has read. */
void b2_session_forget_queries (B2Session *self, B2SessionQueries *queries);

/** b2_session_encode_for: the image encoder and the Q-Former, for @instruction where the model reads one. */
gboolean b2_session_encode_for (B2Session *self, const char *instruction, const B2Watch *watch,
                                GError **error);
/** b2_session_encode_plain: the same without the intervention; its timings are not told. */
gboolean b2_session_encode_plain (B2Session *self, const char *instruction, const B2Watch *watch,
                                  GError **error);
/** b2_session_encode_image: without the Q-Former */
gboolean b2_session_encode_image (B2Session *self, const B2Watch *watch, GError **error);

/**
 * b2_session_run_vit: the image encoder, for @n pictures at once
 * @images: [n], with room for features
 * @pixels: [n] of [3, H, W]
 */
gboolean b2_session_run_vit (B2Session *self, B2SessionImage *const *images, const float *const *pixels,
                             int n, const B2Watch *watch, GError **error);

/** b2_session_load_encoding: @image's features, from the store; @sha256: of its pixels. Returns: whether they are there now */
gboolean b2_session_load_encoding (B2Session *self, B2SessionImage *image, const char *sha256);
/** b2_session_save_encoding: those of @image, which is encoded */
void b2_session_save_encoding (B2Session *self, const B2SessionImage *image, const char *sha256);

/** b2_session_prepare: @out: (out caller-allocates): to be adopted or cleared */
gboolean b2_session_prepare (B2Session *self, const guint8 *rgb, int width, int height, gsize stride,
                             B2Prepared *out, GError **error);
void b2_prepared_clear (B2Prepared *self);
/** b2_session_adopt: makes @prepared the session's picture and clears it. Returns: whether it is another than before */
gboolean b2_session_adopt (B2Session *self, B2Prepared *prepared);

/** b2_session_forget_ahead: pictures that were encoded ahead */
void b2_session_forget_ahead (B2Session *self);

/** b2_session_qformer_edit: the intervention, for a pass of the Q-Former */
B2QformerEdit b2_session_qformer_edit (B2Session *self);

/** b2_session_swap_edits: @edits: (transfer full). Returns: (transfer full): those before; forgets what they change */
B2Edits *b2_session_swap_edits (B2Session *self, B2Edits *edits);

/** b2_session_has_lm: Returns: %FALSE with B2_ERROR_UNSUPPORTED for a model that writes no texts */
gboolean b2_session_has_lm (B2Session *self, GError **error);

/** b2_session_seen_prefix: what penalties count as said before the first new token. Returns: (transfer full): of gint32 */
GArray *b2_session_seen_prefix (B2Session *self, const GArray *prompt_ids);

/** b2_session_free_spare_states: what drafts left behind */
void b2_session_free_spare_states (B2Session *self);

/**
 * b2_session_prefill_state:
 * @image_done: (inout): whether @state has read the picture
 *
 * As b2_session_prefill(), into a state of the caller's.
 */
gboolean b2_session_prefill_state (B2Session *self, B2LmState *state, gboolean *image_done, const GArray *ids,
                                   int n_beams, int max_new, float *logits, const B2Watch *watch,
                                   GError **error);

/**
 * b2_session_prefill: after b2_session_encode_for(): the picture's rows where they have changed, then the prompt's.
 * @logits: (out caller-allocates): [vocab], for the first new token
 */
gboolean b2_session_prefill (B2Session *self, const GArray *ids, int n_beams, int max_new, float *logits,
                             const B2Watch *watch, GError **error);

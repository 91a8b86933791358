#pragma once

#include "engine/core/cancel.h"

/** B2Phase: what a long call is doing, and in what it counts. */
typedef enum
{
  B2_PHASE_OPEN, /* tensors checked, of all */
  B2_PHASE_VISION, /* ViT blocks */
  B2_PHASE_QFORMER, /* Q-Former layers */
  B2_PHASE_PREFILL, /* language model layers over image rows and prompt */
  B2_PHASE_DECODE, /* new tokens, of at most max_new_tokens; points of a faithfulness curve */
  B2_PHASE_CONVERT, /* MiB written and read back by b2_convert() */
} B2Phase;

/** b2_phase_name: "open", "vision", "qformer", "prefill", "decode", "convert" */
const char *b2_phase_name (B2Phase phase);

/** B2ProgressFunc: called on the thread that runs the engine, @done ≤ @total. */
typedef void (*B2ProgressFunc) (B2Phase phase, int done, int total, gpointer data);

/**
 * B2Watch:
 *
 * What a caller hands to a long call: how to stop it and where to tell. Any field
 * may be %NULL; so may a pointer to it.
 */
typedef struct
{
  B2Cancel *cancel; /* read before each layer, and in it before each item of a loop */
  B2ProgressFunc progress;
  gpointer progress_data;
} B2Watch;

/** b2_watch_check: whether to go on; to be asked before a result counts. Returns: %FALSE with B2_ERROR_CANCELLED */
gboolean b2_watch_check (const B2Watch *watch, GError **error);

/**
 * b2_watch_step:
 *
 * Tells @done of @total and asks whether to go on; to be called before each layer.
 *
 * Returns: %FALSE with B2_ERROR_CANCELLED
 */
gboolean b2_watch_step (const B2Watch *watch, B2Phase phase, int done, int total, GError **error);

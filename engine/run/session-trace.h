#pragma once

#include "engine/run/session.h"

/**
 * b2_session_begin_trace:
 *
 * With what the session has of the picture and the queries, under its intervention, and what model, picture and
 * intervention they are.
 *
 * Returns: (transfer full)
 */
B2Trace *b2_session_begin_trace (B2Session *self);

/** b2_session_begin_trace_of_image: without the queries' run. Returns: (transfer full) */
B2Trace *b2_session_begin_trace_of_image (B2Session *self);

/** B2TraceText: a text that a language model wrote, for a trace. */
typedef struct
{
  const char *prompt; /* (nullable) */
  const char *settings; /* JSON */
  const B2Token *tokens; /* [n]: ids and probabilities */
  char **pieces; /* [n] */
  int n;
  const char *text;
  const float *first_logits; /* [vocab] */
  const float *attention; /* [n, layers, heads, n_query] */
  double prefill_ms, decode_ms; /* of the answer itself; 0: not known */
} B2TraceText;

/** b2_session_trace_text: Returns: (transfer full) */
B2Trace *b2_session_trace_text (B2Session *self, const B2TraceText *text);

/** b2_session_trace_measures: metadata "timings" and "preprocess", and the rows' lengths where they were measured */
void b2_session_trace_measures (B2Session *self, const B2TraceText *text, B2Trace *trace);

/** b2_tokens_json: [{"id":…,"text":…,"probability":…}…]; @probabilities may be %NULL. Returns: (transfer full) */
char *b2_tokens_json (const gint32 *ids, char **pieces, const float *probabilities, int n);

/** b2_session_attention_floats: of B2TraceText's attention */
gsize b2_session_attention_floats (B2Session *self, int n_tokens);

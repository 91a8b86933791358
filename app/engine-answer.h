#pragma once

#include "app/engine-worker.h"

/** ql_engine_style_options: @style as the engine has it; a seed that is left open is drawn, and kept in @style */
void ql_engine_style_options (QlAnswerStyle *style, B2DecodeOptions *options);

/**
 * ql_engine_trace:
 * @session: its picture is set
 * @job: which answer
 * @hooks: must ask for a trace
 *
 * Has the engine read the answer. On the engine's thread.
 *
 * Returns: (transfer full): %NULL with the engine's error
 */
QlTrace *ql_engine_trace (B2Model *model, B2Session *session, const QlEngineJob *job,
                          const B2GenerateHooks *hooks, GError **error);

/**
 * ql_engine_answer:
 * @session: its picture is set
 * @job: what is asked and how
 *
 * Puts the prompt together, lets the engine write, and makes words of its tokens. On the
 * engine's thread.
 *
 * Returns: (transfer full): "seconds" is not filled; %NULL with the engine's error
 */
QlAnswer *ql_engine_answer (B2Model *model, B2Session *session, const QlEngineJob *job,
                            const B2GenerateHooks *hooks, GError **error);

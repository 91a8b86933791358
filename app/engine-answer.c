#include "app/engine-answer.h"

#include "app/chat-prompt.h"
#include "app/lab-trace-measures.h"
#include "app/lab-trace-private.h"
#include "app/intervention-private.h"

/* With more, even a model without a limit of its own would be slow and confused. */
#define MAX_EARLIER 16

void
ql_engine_style_options (QlAnswerStyle *style, B2DecodeOptions *o)
{
  const double *knobs = style->knobs;

  b2_decode_options_init (o, style->preset == QL_PRESET_CREATIVE ? B2_PRESET_CREATIVE : B2_PRESET_CAPTION);
  o->max_new_tokens = (int) knobs[QL_KNOB_MOST_TOKENS];
  o->min_new_tokens = (int) MIN (knobs[QL_KNOB_LEAST_TOKENS], knobs[QL_KNOB_MOST_TOKENS]);
  o->repetition_penalty = (float) knobs[QL_KNOB_REPETITION_PENALTY];
  o->no_repeat_ngram = (int) knobs[QL_KNOB_NO_REPEAT];
  if (o->sample)
    {
      /* Kept in the style, so that the answer tells how to get it again. */
      if (knobs[QL_KNOB_SEED] < 1)
        style->knobs[QL_KNOB_SEED] = g_random_int_range (1, 1000000000);
      o->temperature = (float) knobs[QL_KNOB_TEMPERATURE];
      o->top_k = (int) knobs[QL_KNOB_TOP_K];
      o->top_p = (float) knobs[QL_KNOB_TOP_P];
      o->seed = (guint64) knobs[QL_KNOB_SEED];
    }
  else
    {
      o->n_beams = (int) knobs[QL_KNOB_BEAMS];
      o->length_penalty = (float) knobs[QL_KNOB_LENGTH_PENALTY];
    }
}

static GArray *
make_tokens (B2Model *model, const B2Answer *answer)
{
  gint32 end_id = answer->ended && answer->n_tokens > 0 ? answer->tokens[answer->n_tokens - 1].id : -1;
  GArray *tokens = ql_saved_tokens_new ();

  for (int i = 0; i < answer->n_tokens; i++)
    {
      const B2Token *from = &answer->tokens[i];
      /* The mark of the end may read as anything. */
      QlSavedToken token = { .id = from->id,
                             .text = g_strdup (from->id == end_id ? "" : answer->pieces[i]),
                             .probability = (double) from->probability,
                             .choices = ql_saved_choices_new () };

      for (int k = 0; k < B2_N_ALTERNATIVES && from->alternative_ids[k] >= 0; k++)
        {
          gint32 id = from->alternative_ids[k];
          /* The engine tells of alternatives by number. */
          QlSavedChoice choice = { id, id == end_id ? g_strdup ("") : b2_model_token_text (model, id),
                                   (double) from->alternative_probabilities[k] };

          g_array_append_val (token.choices, choice);
        }
      g_array_append_val (tokens, token);
    }
  return tokens;
}

QlAnswer *
ql_engine_answer (B2Model *model, B2Session *session, const QlEngineJob *job, const B2GenerateHooks *hooks,
                  GError **error)
{
  g_autofree char *question = NULL, *used = NULL;
  g_autoptr (B2Answer) answer = NULL;
  guint n_earlier = job->earlier != NULL ? g_strv_length (job->earlier) / 2 : 0;
  guint from = n_earlier > MAX_EARLIER ? n_earlier - MAX_EARLIER : 0;
  QlAnswerStyle style = job->style;
  B2DecodeOptions options;
  QlAnswer *result;

  ql_engine_style_options (&style, &options);
  if (job->prompt != NULL)
    question = g_strdup (job->prompt);
  else if (job->question != NULL)
    question = b2_model_question_prompt (model, job->question);
  /* Whether a prompt has room, only its tokens tell; the engine counts them before anything else. */
  for (;;)
    {
      g_autoptr (GError) local_error = NULL;
      g_autofree char *prompt = NULL;

      if (question != NULL)
        prompt = from < n_earlier ? ql_chat_prompt ((const char *const *) job->earlier, from, question)
                                  : g_strdup (question);
      answer = b2_session_generate (session, prompt, &options, hooks, &local_error);
      if (answer != NULL)
        {
          used = g_steal_pointer (&prompt);
          break;
        }
      if (!g_error_matches (local_error, B2_ERROR, B2_ERROR_LIMIT) || from >= n_earlier)
        {
          g_propagate_error (error, g_steal_pointer (&local_error));
          return NULL;
        }
      from++;
    }
  result = g_new0 (QlAnswer, 1);
  result->text = g_strdup (answer->text);
  result->n_tokens = answer->n_tokens;
  result->picture_reused = answer->timings.vision <= 0;
  result->tokens = make_tokens (model, answer);
  result->score = answer->score;
  result->complete = answer->ended;
  result->timings
      = (QlSavedTimings){ answer->timings.open,    answer->timings.preprocess, answer->timings.vision,
                          answer->timings.qformer, answer->timings.prefill,    answer->timings.decode,
                          answer->timings.total };
  result->prompt = g_steal_pointer (&used);
  result->n_earlier = (int) (n_earlier - from);
  result->style = style;
  result->fingerprint = g_strdup (b2_model_info (model)->fingerprint);
  if (answer->beams != NULL)
    result->beams = b2_beam_tree_json (answer->beams, model);
  return result;
}

/* What the replay cannot know, of the run that wrote the answer; a run under an intervention is another one. */
static void
add_record (B2Model *model, const QlEngineJob *job, B2Trace *trace)
{
  if (g_strcmp0 (job->fingerprint, b2_model_info (model)->fingerprint) != 0
      || b2_trace_metadata (trace, "intervention") != NULL)
    return;
  if (job->beams != NULL)
    b2_trace_set_metadata (trace, "beams", job->beams);
  ql_trace_measures_add (trace, &job->timings);
}

QlTrace *
ql_engine_trace (B2Model *model, B2Session *session, const QlEngineJob *job, const B2GenerateHooks *hooks,
                 GError **error)
{
  g_autofree char *prompt = job->prompt != NULL     ? g_strdup (job->prompt)
                            : job->question != NULL ? b2_model_question_prompt (model, job->question)
                                                    : NULL;
  g_autofree gint32 *ids = g_new (gint32, job->tokens->len);
  g_autoptr (B2Replay) replay = NULL;

  for (guint i = 0; i < job->tokens->len; i++)
    ids[i] = g_array_index (job->tokens, QlSavedToken, i).id;
  if (ql_intervention_apply (job->intervention, session, error))
    replay = b2_session_replay (session, prompt, ids, (int) job->tokens->len, hooks, error);
  ql_intervention_apply (NULL, session, NULL);
  if (replay == NULL)
    return NULL;
  add_record (model, job, replay->trace);
  return ql_trace_new_for_tokens (b2_trace_ref (replay->trace), job->tokens, job->picture, error);
}

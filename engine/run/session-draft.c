/* Answers that are begun one after the other and written together. */
#include "engine/run/generation.h"
#include "engine/run/session.h"

struct B2Draft
{
  B2Session *session;
  B2LmState *state; /* of its own */
  GArray *seen; /* of gint32 */
  B2Generation *generation;
  int n_prompt;
  gboolean written;
  B2Timings timings;
  double begun_ms; /* how long it took to begin */
};

/* ---- states: address space that the next draft uses again ------------------------------------ */

static B2LmState *
take_state (B2Session *self, GError **error)
{
  const B2Model *model = self->model;

  if (self->spare_states != NULL && self->spare_states->len > 0)
    return g_ptr_array_steal_index_fast (self->spare_states, self->spare_states->len - 1);
  return model->lm->family->state_new (model->lm, self->compute, model->config->n_query, error);
}

static void
give_state_back (B2Session *self, B2LmState *state)
{
  if (self->spare_states == NULL)
    self->spare_states = g_ptr_array_new ();
  g_ptr_array_add (self->spare_states, state);
}

void
b2_session_free_spare_states (B2Session *self)
{
  if (self->spare_states == NULL)
    return;
  for (guint i = 0; i < self->spare_states->len; i++)
    self->model->lm->family->state_free (self->spare_states->pdata[i]);
  g_clear_pointer (&self->spare_states, g_ptr_array_unref);
}

/* ---- beginning --------------------------------------------------------------------------------- */

void
b2_draft_free (B2Draft *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->generation, b2_generation_free);
  g_clear_pointer (&self->seen, g_array_unref);
  if (self->state != NULL)
    give_state_back (self->session, self->state);
  g_free (self);
}

/* Reads picture and prompt into the draft's own state. */
static gboolean
read_prompt (B2Draft *self, const GArray *ids, const B2DecodeOptions *options, const B2Watch *watch,
             GError **error)
{
  B2Model *model = self->session->model;
  g_autofree float *logits = g_new (float, model->lm->vocab_size);
  gint64 start = g_get_monotonic_time ();
  gboolean image_done = FALSE;

  self->state = take_state (self->session, error);
  if (self->state == NULL
      || !b2_session_prefill_state (self->session, self->state, &image_done, ids, options->n_beams,
                                    options->max_new_tokens, logits, watch, error))
    return FALSE;
  self->timings.prefill = b2_ms_since (start);
  self->n_prompt = (int) ids->len;
  self->seen = b2_session_seen_prefix (self->session, ids);
  self->generation = b2_generation_new (self->state, model->tokenizer, options, NULL, model->eos_ids,
                                        model->n_eos, (const gint32 *) (gpointer) self->seen->data,
                                        (int) self->seen->len, logits, error);
  return self->generation != NULL;
}

B2Draft *
b2_session_draft (B2Session *self, const char *prompt, const B2DecodeOptions *options, const B2Watch *watch,
                  GError **error)
{
  g_autoptr (B2Draft) draft = NULL;
  g_autoptr (GArray) ids = NULL;
  gint64 start = g_get_monotonic_time ();

  if (!b2_session_has_lm (self, error) || !b2_decode_options_check (options, error))
    return NULL;
  if (b2_edits_any (self->edits))
    {
      g_set_error_literal (error, B2_ERROR, B2_ERROR_ARGUMENT, "No drafts are made under an intervention");
      return NULL;
    }
  b2_session_begin (self, watch);
  draft = g_new0 (B2Draft, 1);
  draft->session = self;
  draft->timings = (B2Timings){ .open = self->model->open_ms, .preprocess = self->preprocess_ms };
  self->preprocess_ms = 0;
  ids = b2_model_encode_prompt (self->model, prompt, options->max_new_tokens, error);
  if (ids == NULL || !b2_session_encode_for (self, prompt, watch, error))
    return NULL;
  draft->timings.vision = self->vision_ms;
  draft->timings.qformer = self->qformer_ms;
  if (!read_prompt (draft, ids, options, watch, error))
    return NULL;
  draft->begun_ms = b2_ms_since (start);
  return g_steal_pointer (&draft);
}

/* ---- writing ----------------------------------------------------------------------------------- */

int
b2_session_max_drafts (B2Session *self, int n_beams)
{
  if (self->model->lm == NULL || self->model->lm->family->step_many == NULL)
    return 1;
  return MAX (B2_LM_MANY_ROWS / MAX (n_beams, 1), 1);
}

static B2Answer *
make_answer (B2Draft *self, double decode_ms)
{
  B2Answer *answer = b2_answer_new_generated (self->session->model, self->generation);

  answer->n_prompt_tokens = self->n_prompt;
  answer->timings = self->timings;
  answer->timings.decode = decode_ms;
  answer->timings.total = self->begun_ms + decode_ms;
  return answer;
}

/* Where the watch is not the generation's own: one whose hooks are not there. */
static gboolean
write_one (B2Draft *self, const B2Watch *watch, GError **error)
{
  B2GenerateHooks hooks = { 0 };
  gboolean ok;

  if (watch != NULL)
    hooks.watch = *watch;
  self->generation->hooks = &hooks;
  ok = b2_generation_run (self->generation, error);
  self->generation->hooks = NULL;
  return ok;
}

void
b2_session_write_drafts (B2Session *self, B2Draft *const *drafts, int n, const B2Watch *watch,
                         B2Answer **answers, GError **errors)
{
  g_autofree B2Generation **generations = g_new (B2Generation *, n);
  gint64 start = g_get_monotonic_time ();
  gsize n_rows = 0;
  double share;

  g_return_if_fail (n > 0);
  for (int i = 0; i < n; i++)
    {
      g_return_if_fail (drafts[i]->session == self && !drafts[i]->written);
      drafts[i]->written = TRUE;
      generations[i] = drafts[i]->generation;
      n_rows += (gsize) generations[i]->options.n_beams;
    }
  g_return_if_fail (n == 1 || (n_rows <= B2_LM_MANY_ROWS && self->model->lm->family->step_many != NULL));
  b2_session_begin (self, watch);
  if (n == 1)
    write_one (drafts[0], watch, &errors[0]);
  else
    b2_generation_run_many (generations, n, watch, errors);
  share = b2_ms_since (start) / n;
  for (int i = 0; i < n; i++)
    if (errors[i] == NULL)
      answers[i] = make_answer (drafts[i], share);
}

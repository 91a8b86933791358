#include "app/lab-private.h"

#include "app/turn-private.h"

/* Where the trace of an answer comes from: the last ones are kept, others are computed when somebody looks. */

/* A trace of the full-size model takes some 10 MB. */
#define MAX_KEPT 8

typedef struct
{
  QlTurn *turn;
  QlTrace *trace;
} Kept;

static void
kept_free (Kept *self)
{
  g_object_unref (self->turn);
  g_object_unref (self->trace);
  g_free (self);
}

static QlTrace *
find_kept (QlLab *self, QlTurn *turn)
{
  for (GList *l = self->kept.head; l != NULL; l = l->next)
    {
      Kept *kept = l->data;

      if (kept->turn == turn)
        return kept->trace;
    }
  return NULL;
}

static void
keep (QlLab *self, QlTurn *turn, QlTrace *trace)
{
  Kept *kept = g_new (Kept, 1);

  *kept = (Kept){ g_object_ref (turn), g_object_ref (trace) };
  g_queue_push_head (&self->kept, kept);
  if (self->kept.length > MAX_KEPT)
    kept_free (g_queue_pop_tail (&self->kept));
}

/* An answer that was finished, of which the tokens are known. */
static gboolean
has_tokens (QlTurn *turn)
{
  const GArray *tokens = ql_turn_get_tokens (turn);

  return ql_turn_get_state (turn) == QL_TURN_DONE && tokens != NULL && tokens->len > 0;
}

static QlTurn *
last_finished (QlConversation *conversation)
{
  GListModel *turns = ql_conversation_get_turns (conversation);

  for (guint i = g_list_model_get_n_items (turns); i > 0; i--)
    {
      g_autoptr (QlTurn) turn = g_list_model_get_item (turns, i - 1);

      if (has_tokens (turn))
        return turn; /* the conversation holds it */
    }
  return NULL;
}

static void look (QlLab *self);

static void
set_state (QlLab *self, QlLabState state, QlTrace *trace)
{
  if (state == self->state && trace == self->trace)
    return;
  self->state = state;
  if (state != QL_LAB_FAILED)
    g_clear_error (&self->error);
  if (trace != self->trace)
    ql_lab_take_trace (self, trace);
  ql_lab_emit_changed (self, QL_LAB_CHANGED_TRACE | QL_LAB_CHANGED_MAP | QL_LAB_CHANGED_PATCH);
}

static void
stop_working (QlLab *self)
{
  ql_lab_request_stop (&self->tracing);
  g_clear_object (&self->working);
}

static void
traced_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (QlLab) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (QlTrace) trace = ql_engine_service_trace_finish (QL_ENGINE_SERVICE (source), result, &error);
  g_autoptr (QlTurn) turn = NULL;

  if (!ql_lab_request_end (&self->tracing, result))
    return; /* another one is looked at by now */
  turn = g_steal_pointer (&self->working);
  if (trace != NULL)
    keep (self, turn, trace);
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) && turn == self->turn)
    {
      g_clear_error (&self->error);
      self->error = g_steal_pointer (&error);
      set_state (self, QL_LAB_FAILED, NULL);
      return;
    }
  look (self);
}

static void
start_working (QlLab *self)
{
  QlTraceRequest request = { .question = ql_turn_get_question (self->turn),
                             .prompt = ql_turn_get_prompt (self->turn),
                             .tokens = ql_turn_get_tokens (self->turn),
                             .fingerprint = ql_turn_get_fingerprint (self->turn),
                             .beams = ql_turn_get_beams (self->turn),
                             .timings = *ql_turn_get_timings (self->turn) };

  if (self->working == self->turn)
    return;
  stop_working (self);
  self->working = g_object_ref (self->turn);
  ql_engine_service_trace_async (self->engine, ql_conversation_get_picture (self->conversation), &request,
                                 ql_lab_request_begin (&self->tracing), traced_cb, g_object_ref (self));
}

static gboolean
can_work (QlLab *self)
{
  QlEngineState state = ql_engine_service_get_state (self->engine);

  return ql_conversation_get_picture (self->conversation) != NULL && state != QL_ENGINE_NO_MODEL
         && state != QL_ENGINE_ERROR;
}

/* Without its picture an answer can be looked at, and not be tested. */
static void
test (QlLab *self, QlTrace *kept)
{
  QlPicture *picture = ql_lab_get_picture (self);

  if (kept != NULL && picture != NULL)
    ql_lab_test_set_subject (self->test, self->turn, picture, kept);
  else
    ql_lab_test_set_subject (self->test, NULL, NULL, NULL);
}

/* Finds out what there is to be seen, and begins what is missing. */
static void
look (QlLab *self)
{
  QlTurn *turn;
  QlTrace *kept;

  if (self->opened != NULL)
    {
      ql_lab_test_set_subject (self->test, NULL, NULL, NULL);
      set_state (self, QL_LAB_READY, self->opened);
      return;
    }
  turn = self->chosen;
  if (turn == NULL && self->conversation != NULL)
    turn = last_finished (self->conversation);
  g_set_object (&self->turn, turn);
  if (self->turn == NULL)
    {
      stop_working (self);
      ql_lab_test_set_subject (self->test, NULL, NULL, NULL);
      set_state (self, QL_LAB_NO_ANSWER, NULL);
      return;
    }
  kept = find_kept (self, self->turn);
  test (self, kept);
  if (kept != NULL)
    set_state (self, QL_LAB_READY, ql_lab_test_get_trace (self->test, kept));
  else if (!can_work (self))
    set_state (self, QL_LAB_NOT_KEPT, NULL);
  else if (!self->looking)
    set_state (self, QL_LAB_WAITING, NULL);
  /* What failed is tried again when something else is looked at, or the model changes. */
  else if (self->state != QL_LAB_FAILED)
    {
      start_working (self);
      set_state (self, QL_LAB_WORKING, NULL);
    }
}

void
ql_lab_look_again (QlLab *self)
{
  if (self->state == QL_LAB_READY)
    look (self);
}

QlTrace *
ql_lab_get_plain_trace (QlLab *self)
{
  QlTrace *kept = self->opened == NULL && self->turn != NULL ? find_kept (self, self->turn) : NULL;

  return kept != NULL ? kept : self->trace;
}

QlMap *
ql_lab_make_plain_map (QlLab *self)
{
  QlTrace *trace = ql_lab_get_plain_trace (self);

  return trace != NULL && ql_map_is_possible (trace, &self->key) ? ql_map_new (trace, &self->key) : NULL;
}

static void
look_anew (QlLab *self)
{
  if (self->state == QL_LAB_FAILED)
    self->state = QL_LAB_WAITING;
  look (self);
}

/* Another model: what is kept of the earlier one stays true, what is to be computed would be another's. */
static void
engine_cb (QlLab *self)
{
  if (self->conversation != NULL
      && (self->state == QL_LAB_NOT_KEPT || self->state == QL_LAB_WAITING || self->state == QL_LAB_FAILED))
    look_anew (self);
}

static void
busy_cb (QlLab *self)
{
  if (!ql_conversation_get_busy (self->conversation))
    {
      g_clear_object (&self->chosen); /* there is a newer answer */
      look_anew (self);
    }
}

static void
turns_cb (QlLab *self)
{
  if (self->chosen != NULL
      && ql_conversation_get_turn (self->conversation, ql_turn_get_number (self->chosen)) == NULL)
    g_clear_object (&self->chosen);
  look_anew (self);
}

void
ql_lab_set_conversation (QlLab *self, QlConversation *conversation)
{
  if (conversation == self->conversation)
    return;
  if (self->conversation != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->conversation, self);
      g_signal_handlers_disconnect_by_data (ql_conversation_get_turns (self->conversation), self);
    }
  stop_working (self);
  g_clear_object (&self->chosen);
  g_clear_object (&self->opened);
  g_set_object (&self->conversation, conversation);
  ql_lab_test_forget (self->test);
  if (conversation != NULL)
    {
      g_signal_connect_object (conversation, "notify::busy", G_CALLBACK (busy_cb), self, G_CONNECT_SWAPPED);
      g_signal_connect_object (ql_conversation_get_turns (conversation), "items-changed",
                               G_CALLBACK (turns_cb), self, G_CONNECT_SWAPPED);
    }
  self->column = self->row = -1;
  self->has_box = FALSE; /* it was around something in the picture before */
  look_anew (self);
}

void
ql_lab_set_looking (QlLab *self, gboolean looking)
{
  if (looking == self->looking)
    return;
  if (looking && self->engine != NULL)
    g_signal_connect_object (self->engine, "notify::state", G_CALLBACK (engine_cb), self, G_CONNECT_SWAPPED);
  else
    g_signal_handlers_disconnect_by_data (self->engine, self);
  self->looking = looking;
  look_anew (self);
}

void
ql_lab_set_turn (QlLab *self, QlTurn *turn)
{
  if (!has_tokens (turn))
    return;
  g_clear_object (&self->opened);
  g_set_object (&self->chosen, turn);
  look_anew (self);
}

QlTurn *
ql_lab_get_turn (QlLab *self)
{
  return self->opened == NULL ? self->turn : NULL;
}

void
ql_lab_set_trace (QlLab *self, QlTrace *trace)
{
  g_set_object (&self->opened, trace);
  look_anew (self);
}

QlTrace *
ql_lab_get_trace (QlLab *self)
{
  return self->trace;
}

QlLabState
ql_lab_get_state (QlLab *self)
{
  return self->state;
}

const GError *
ql_lab_get_error (QlLab *self)
{
  return self->error;
}

void
ql_lab_try_again (QlLab *self)
{
  look_anew (self);
}

void
ql_lab_init_traces (QlLab *self)
{
  g_queue_init (&self->kept);
}

void
ql_lab_dispose_traces (QlLab *self)
{
  stop_working (self);
  g_queue_clear_full (&self->kept, (GDestroyNotify) kept_free);
  g_clear_object (&self->opened);
  g_clear_object (&self->chosen);
  g_clear_object (&self->turn);
  g_clear_object (&self->trace);
  g_clear_object (&self->conversation);
  g_clear_error (&self->error);
}

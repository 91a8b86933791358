#include "app/turn-private.h"

#include "app/answer-style-json.h"

struct _QlTurn
{
  GObject parent_instance;

  guint number;
  char *question;
  char *text;
  QlTurnState state;
  double seconds;
  gboolean picture_reused;
  GArray *tokens; /* nullable: until the answer is finished */
  GArray *words; /* the same */
  char *prompt; /* nullable: as the model read it */
  double score;
  gboolean complete;
  QlSavedTimings timings;
  int n_earlier;
  QlAnswerStyle style;
  char *fingerprint, *beams; /* nullable */
};

enum
{
  CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (QlTurn, ql_turn, G_TYPE_OBJECT)

static void
ql_turn_finalize (GObject *object)
{
  QlTurn *self = QL_TURN (object);

  g_free (self->question);
  g_free (self->text);
  g_free (self->prompt);
  g_free (self->fingerprint);
  g_free (self->beams);
  g_clear_pointer (&self->tokens, g_array_unref);
  g_clear_pointer (&self->words, g_array_unref);
  G_OBJECT_CLASS (ql_turn_parent_class)->finalize (object);
}

static void
ql_turn_class_init (QlTurnClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ql_turn_finalize;
  signals[CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 0);
}

static void
ql_turn_init (QlTurn *self)
{
  self->text = g_strdup ("");
}

QlTurn *
ql_turn_new (guint number, const char *question, const QlAnswerStyle *style)
{
  QlTurn *self = g_object_new (QL_TYPE_TURN, NULL);

  self->number = number;
  self->question = g_strdup (question);
  self->style = *style;
  return self;
}

void
ql_turn_set (QlTurn *self, QlTurnState state, const char *text)
{
  if (text != NULL)
    {
      g_free (self->text);
      self->text = g_strdup (text);
    }
  self->state = state;
  g_signal_emit (self, signals[CHANGED], 0);
}

/* @tokens: (transfer full) */
static void
take_tokens (QlTurn *self, GArray *tokens, const char *text)
{
  g_clear_pointer (&self->tokens, g_array_unref);
  g_clear_pointer (&self->words, g_array_unref);
  self->tokens = tokens;
  self->words = ql_answer_words_of_saved (text, tokens);
}

void
ql_turn_take_answer (QlTurn *self, QlAnswer *answer)
{
  self->seconds = answer->seconds;
  self->picture_reused = answer->picture_reused;
  self->n_earlier = answer->n_earlier;
  self->style = answer->style;
  self->score = answer->score;
  self->complete = answer->complete;
  self->timings = answer->timings;
  g_free (self->prompt);
  self->prompt = g_steal_pointer (&answer->prompt);
  g_free (self->fingerprint);
  self->fingerprint = g_steal_pointer (&answer->fingerprint);
  g_free (self->beams);
  self->beams = g_steal_pointer (&answer->beams);
  take_tokens (self, g_steal_pointer (&answer->tokens), answer->text);
  ql_turn_set (self, QL_TURN_DONE, answer->text);
}

QlTurn *
ql_turn_new_saved (const QlSavedTurn *saved)
{
  g_autoptr (QlTurn) self = g_object_new (QL_TYPE_TURN, NULL);
  json_t *settings = saved->settings != NULL ? json_loads (saved->settings, 0, NULL) : NULL;

  self->number = saved->id;
  self->question = g_strdup (saved->question);
  self->seconds = saved->seconds;
  self->picture_reused = saved->picture_reused;
  self->score = saved->score;
  self->complete = saved->complete;
  self->timings = saved->timings;
  self->prompt = g_strdup (saved->prompt);
  self->fingerprint = g_strdup (saved->model_fingerprint);
  ql_answer_style_from_json (&self->style, settings, saved->question != NULL);
  json_decref (settings);
  g_free (self->text);
  self->text = g_strdup (saved->text);
  if (saved->status == QL_SAVED_ENDED)
    self->state = QL_TURN_DONE;
  else
    self->state = saved->status == QL_SAVED_FAILED ? QL_TURN_FAILED : QL_TURN_STOPPED;
  if (saved->tokens != NULL && self->state == QL_TURN_DONE)
    take_tokens (self, g_array_ref (saved->tokens), self->text);
  return g_steal_pointer (&self);
}

void
ql_turn_save (QlTurn *self, QlSavedTurn *saved)
{
  saved->seconds = self->seconds;
  saved->picture_reused = self->picture_reused;
  g_free (saved->text);
  saved->text = g_strdup (self->text);
  if (self->tokens == NULL)
    return;
  saved->score = self->score;
  saved->complete = self->complete;
  saved->timings = self->timings;
  g_free (saved->prompt);
  saved->prompt = g_strdup (self->prompt);
  g_clear_pointer (&saved->tokens, g_array_unref);
  saved->tokens = g_array_ref (self->tokens);
}

guint
ql_turn_get_number (QlTurn *self)
{
  return self->number;
}

const char *
ql_turn_get_question (QlTurn *self)
{
  return self->question;
}

const char *
ql_turn_get_text (QlTurn *self)
{
  return self->text;
}

QlTurnState
ql_turn_get_state (QlTurn *self)
{
  return self->state;
}

gboolean
ql_turn_is_over (QlTurn *self)
{
  return self->state != QL_TURN_WAITING && self->state != QL_TURN_STREAMING;
}

double
ql_turn_get_seconds (QlTurn *self)
{
  return self->seconds;
}

gboolean
ql_turn_get_picture_reused (QlTurn *self)
{
  return self->picture_reused;
}

const QlWord *
ql_turn_get_words (QlTurn *self, guint *n_words)
{
  *n_words = self->words != NULL ? self->words->len : 0;
  return self->words != NULL ? (const QlWord *) (gpointer) self->words->data : NULL;
}

const GArray *
ql_turn_get_tokens (QlTurn *self)
{
  return self->tokens;
}

const char *
ql_turn_get_prompt (QlTurn *self)
{
  return self->prompt;
}

const char *
ql_turn_get_fingerprint (QlTurn *self)
{
  return self->fingerprint;
}

const char *
ql_turn_get_beams (QlTurn *self)
{
  return self->beams;
}

const QlSavedTimings *
ql_turn_get_timings (QlTurn *self)
{
  return &self->timings;
}

int
ql_turn_get_n_earlier (QlTurn *self)
{
  return self->n_earlier;
}

const QlAnswerStyle *
ql_turn_get_style (QlTurn *self)
{
  return &self->style;
}

#include "app/conversation.h"

struct _QlTurn
{
  GObject parent_instance;

  char *question;
  char *text;
  QlTurnState state;
  double seconds;
  gboolean picture_reused;
};

enum
{
  TURN_CHANGED,
  N_TURN_SIGNALS,
};

static guint turn_signals[N_TURN_SIGNALS];

G_DEFINE_FINAL_TYPE (QlTurn, ql_turn, G_TYPE_OBJECT)

static void
ql_turn_finalize (GObject *object)
{
  QlTurn *self = QL_TURN (object);

  g_free (self->question);
  g_free (self->text);
  G_OBJECT_CLASS (ql_turn_parent_class)->finalize (object);
}

static void
ql_turn_class_init (QlTurnClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ql_turn_finalize;
  turn_signals[TURN_CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                             NULL, NULL, G_TYPE_NONE, 0);
}

static void
ql_turn_init (QlTurn *self)
{
  self->text = g_strdup ("");
}

static void
turn_set (QlTurn *self, QlTurnState state, const char *text)
{
  if (text != NULL)
    {
      g_free (self->text);
      self->text = g_strdup (text);
    }
  self->state = state;
  g_signal_emit (self, turn_signals[TURN_CHANGED], 0);
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

struct _QlConversation
{
  GObject parent_instance;

  QlEngineService *engine;
  QlPicture *picture;
  GListStore *turns;
  QlTurn *current;
  GCancellable *cancellable; /* of the current turn */
};

enum
{
  PROP_BUSY = 1,
  N_PROPS,
};

enum
{
  FAILED,
  N_SIGNALS,
};

static GParamSpec *props[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (QlConversation, ql_conversation, G_TYPE_OBJECT)

static void
ql_conversation_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  if (id == PROP_BUSY)
    g_value_set_boolean (value, QL_CONVERSATION (object)->current != NULL);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
ql_conversation_finalize (GObject *object)
{
  QlConversation *self = QL_CONVERSATION (object);

  g_clear_object (&self->engine);
  g_clear_object (&self->picture);
  g_clear_object (&self->turns);
  g_clear_object (&self->current);
  g_clear_object (&self->cancellable);
  G_OBJECT_CLASS (ql_conversation_parent_class)->finalize (object);
}

static void
ql_conversation_class_init (QlConversationClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = ql_conversation_get_property;
  object_class->finalize = ql_conversation_finalize;
  props[PROP_BUSY] = g_param_spec_boolean (
      "busy", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPS, props);
  signals[FAILED] = g_signal_new ("failed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 2, QL_TYPE_TURN, G_TYPE_ERROR | G_SIGNAL_TYPE_STATIC_SCOPE);
}

static void
ql_conversation_init (QlConversation *self)
{
  self->turns = g_list_store_new (QL_TYPE_TURN);
}

QlConversation *
ql_conversation_new (QlEngineService *engine, QlPicture *picture)
{
  QlConversation *self = g_object_new (QL_TYPE_CONVERSATION, NULL);

  self->engine = g_object_ref (engine);
  self->picture = g_object_ref (picture);
  return self;
}

QlPicture *
ql_conversation_get_picture (QlConversation *self)
{
  return self->picture;
}

GListModel *
ql_conversation_get_turns (QlConversation *self)
{
  return G_LIST_MODEL (self->turns);
}

gboolean
ql_conversation_get_busy (QlConversation *self)
{
  return self->current != NULL;
}

QlTurn *
ql_conversation_get_current (QlConversation *self)
{
  return self->current;
}

QlTurn *
ql_conversation_get_last (QlConversation *self)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->turns));
  g_autoptr (QlTurn) last = NULL;

  if (n == 0)
    return NULL;
  last = g_list_model_get_item (G_LIST_MODEL (self->turns), n - 1);
  return last; /* the list keeps it */
}

static void
text_cb (const char *text, gpointer data)
{
  QlConversation *self = data;

  if (self->current != NULL)
    turn_set (self->current, QL_TURN_STREAMING, text);
}

static void
asked_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (QlConversation) self = data;
  g_autoptr (QlTurn) turn = g_steal_pointer (&self->current);
  g_autoptr (GError) error = NULL;
  g_autoptr (QlAnswer) answer = ql_engine_service_ask_finish (QL_ENGINE_SERVICE (source), result, &error);

  g_clear_object (&self->cancellable);
  if (answer != NULL)
    {
      turn->seconds = answer->seconds;
      turn->picture_reused = answer->picture_reused;
      turn_set (turn, QL_TURN_DONE, answer->text);
    }
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    turn_set (turn, QL_TURN_STOPPED, NULL);
  else
    turn_set (turn, QL_TURN_FAILED, NULL);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_BUSY]);
  if (turn->state == QL_TURN_FAILED)
    g_signal_emit (self, signals[FAILED], 0, turn, error);
}

gboolean
ql_conversation_ask (QlConversation *self, const char *question)
{
  if (self->current != NULL)
    return FALSE;
  self->current = g_object_new (QL_TYPE_TURN, NULL);
  self->current->question = g_strdup (question);
  self->cancellable = g_cancellable_new ();
  g_list_store_append (self->turns, self->current);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_BUSY]);
  /* The reference keeps the conversation until the engine is done with it, even if the
   * window has moved on to another picture. */
  ql_engine_service_ask_async (self->engine, self->picture, question, self->cancellable, text_cb, self,
                               asked_cb, g_object_ref (self));
  return TRUE;
}

void
ql_conversation_stop (QlConversation *self)
{
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
}

#include "app/conversation.h"

#include "app/turn-private.h"

struct _QlConversation
{
  GObject parent_instance;

  QlEngineService *engine;
  char *name;
  QlPicture *picture; /* nullable: the file is gone */
  gboolean recorded;
  GSettings *settings; /* nullable */
  GListStore *turns;
  guint n_asked;
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
  g_free (self->name);
  g_clear_object (&self->picture);
  g_clear_object (&self->settings);
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
ql_conversation_new (QlEngineService *engine, const char *name, QlPicture *picture)
{
  QlConversation *self = g_object_new (QL_TYPE_CONVERSATION, NULL);

  self->engine = g_object_ref (engine);
  self->name = g_strdup (name);
  if (picture != NULL)
    self->picture = g_object_ref (picture);
  return self;
}

void
ql_conversation_set_settings (QlConversation *self, GSettings *settings)
{
  g_set_object (&self->settings, settings);
}

void
ql_conversation_set_recorded (QlConversation *self, gboolean recorded)
{
  self->recorded = recorded;
}

gboolean
ql_conversation_get_recorded (QlConversation *self)
{
  return self->recorded;
}

const char *
ql_conversation_get_name (QlConversation *self)
{
  return self->name;
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

QlTurn *
ql_conversation_get_turn (QlConversation *self, guint number)
{
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->turns)); i++)
    {
      g_autoptr (QlTurn) turn = g_list_model_get_item (G_LIST_MODEL (self->turns), i);

      if (ql_turn_get_number (turn) == number)
        return turn; /* the list keeps it */
    }
  return NULL;
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

QlTurn *
ql_conversation_get_description (QlConversation *self)
{
  for (guint i = g_list_model_get_n_items (G_LIST_MODEL (self->turns)); i > 0; i--)
    {
      g_autoptr (QlTurn) turn = g_list_model_get_item (G_LIST_MODEL (self->turns), i - 1);

      if (ql_turn_get_question (turn) == NULL && ql_turn_get_state (turn) == QL_TURN_DONE)
        return turn; /* the list keeps it */
    }
  return NULL;
}

static void
text_cb (const char *text, gpointer data)
{
  QlConversation *self = data;

  if (self->current != NULL)
    ql_turn_set (self->current, QL_TURN_STREAMING, text);
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
    ql_turn_take_answer (turn, answer);
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    ql_turn_set (turn, QL_TURN_STOPPED, NULL);
  else
    ql_turn_set (turn, QL_TURN_FAILED, NULL);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_BUSY]);
  if (ql_turn_get_state (turn) == QL_TURN_FAILED)
    g_signal_emit (self, signals[FAILED], 0, turn, error);
}

/* Questions and answers in turn. A description answers no question, and what was stopped or
 * went wrong would mislead. */
static GStrv
earlier_turns (QlConversation *self)
{
  GListModel *turns = G_LIST_MODEL (self->turns);
  GStrvBuilder *builder = g_strv_builder_new ();
  GStrv earlier;

  for (guint i = 0; i < g_list_model_get_n_items (turns); i++)
    {
      g_autoptr (QlTurn) turn = g_list_model_get_item (turns, i);

      if (ql_turn_get_question (turn) == NULL || ql_turn_get_state (turn) != QL_TURN_DONE)
        continue;
      g_strv_builder_add (builder, ql_turn_get_question (turn));
      g_strv_builder_add (builder, ql_turn_get_text (turn));
    }
  earlier = g_strv_builder_end (builder);
  g_strv_builder_unref (builder);
  return earlier;
}

gboolean
ql_conversation_ask (QlConversation *self, const char *question)
{
  gboolean use_context
      = question != NULL && self->settings != NULL && g_settings_get_boolean (self->settings, "use-context");
  QlPreset preset
      = self->settings != NULL ? (QlPreset) g_settings_get_enum (self->settings, "preset") : QL_PRESET_AUTO;
  g_auto (GStrv) earlier = use_context ? earlier_turns (self) : NULL;
  QlAnswerStyle style;
  QlAskOptions options = { question, &style, (const char *const *) earlier };

  if (self->current != NULL || self->picture == NULL)
    return FALSE;
  ql_answer_style_load (&style, self->settings, ql_preset_resolve (preset, question != NULL));
  /* Now, not when it is answered: so that a journal tells even of an answer that breaks off how
   * it was being made. */
  if (style.preset == QL_PRESET_CREATIVE && style.knobs[QL_KNOB_SEED] < 1)
    style.knobs[QL_KNOB_SEED] = g_random_int_range (1, 1000000000);
  self->current = ql_turn_new (++self->n_asked, question, &style);
  self->cancellable = g_cancellable_new ();
  g_list_store_append (self->turns, self->current);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_BUSY]);
  /* The reference keeps the conversation until the engine is done with it, even if the
   * window has moved on to another picture. */
  ql_engine_service_ask_with_async (self->engine, self->picture, &options, self->cancellable, text_cb, self,
                                    asked_cb, g_object_ref (self));
  return TRUE;
}

void
ql_conversation_add_saved (QlConversation *self, const QlSavedTurn *saved)
{
  g_autoptr (QlTurn) turn = ql_turn_new_saved (saved);

  self->n_asked = MAX (self->n_asked, saved->id);
  g_list_store_append (self->turns, turn);
}

void
ql_conversation_stop (QlConversation *self)
{
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
}

int
ql_conversation_remove (QlConversation *self, QlTurn *turn)
{
  guint position;

  if (turn == self->current || !g_list_store_find (self->turns, turn, &position))
    return -1;
  g_list_store_remove (self->turns, position);
  return (int) position;
}

void
ql_conversation_insert (QlConversation *self, QlTurn *turn, int position)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->turns));

  g_list_store_insert (self->turns, MIN ((guint) MAX (position, 0), n), turn);
}

#include "app/conversation-recorder.h"

#include "app/answer-style-json.h"
#include "app/turn-private.h"

struct QlConversationRecorder
{
  QlConversation *conversation;
  QlRecorder *recorder;
  char *model_name, *model_fingerprint;
  GPtrArray *present; /* of QlTurn, as the conversation's list was when last heard of */
  GHashTable *saved; /* QlTurn, a reference, to QlSavedTurn: every turn that ever was present */
};

/* Everything that is known of the answer at its end. */
static void
record_end (QlConversationRecorder *self, QlTurn *turn, QlSavedStatus status, const GError *error)
{
  QlSavedTurn *saved = g_hash_table_lookup (self->saved, turn);

  if (saved == NULL || saved->status != QL_SAVED_OPEN)
    return;
  saved->status = status;
  ql_turn_save (turn, saved);
  saved->error = g_strdup (error != NULL ? error->message : NULL);
  ql_recorder_end (self->recorder, saved);
}

static void
changed_cb (QlTurn *turn, QlConversationRecorder *self)
{
  const QlSavedTurn *saved = g_hash_table_lookup (self->saved, turn);

  if (saved == NULL || saved->status != QL_SAVED_OPEN)
    return;
  switch (ql_turn_get_state (turn))
    {
    case QL_TURN_STREAMING:
      ql_recorder_words (self->recorder, saved->id, ql_turn_get_text (turn));
      break;
    case QL_TURN_DONE:
      record_end (self, turn, QL_SAVED_ENDED, NULL);
      break;
    case QL_TURN_STOPPED:
      record_end (self, turn, QL_SAVED_STOPPED, NULL);
      break;
    case QL_TURN_WAITING:
    case QL_TURN_FAILED: /* the conversation's own signal knows why */
    default:
      break;
    }
}

static void
failed_cb (QlConversation *conversation, QlTurn *turn, const GError *error, QlConversationRecorder *self)
{
  record_end (self, turn, QL_SAVED_FAILED, error);
}

static char *
settings_of (QlTurn *turn)
{
  json_t *json = ql_answer_style_to_json (ql_turn_get_style (turn));
  char *dumped = json_dumps (json, JSON_COMPACT | JSON_REAL_PRECISION (9));
  char *settings = g_strdup (dumped);

  free (dumped);
  json_decref (json);
  return settings;
}

static QlSavedTurn *
know (QlConversationRecorder *self, QlTurn *turn)
{
  QlSavedTurn *saved = ql_saved_turn_new ();

  g_hash_table_insert (self->saved, g_object_ref (turn), saved);
  g_signal_connect (turn, "changed", G_CALLBACK (changed_cb), self);
  return saved;
}

static void
added (QlConversationRecorder *self, QlTurn *turn)
{
  QlSavedTurn *saved = g_hash_table_lookup (self->saved, turn);
  const char *question = ql_turn_get_question (turn);

  if (saved != NULL)
    {
      ql_recorder_restore_turn (self->recorder, saved->id);
      return;
    }
  saved = know (self, turn);
  saved->kind = question != NULL ? QL_SAVED_QUESTION : QL_SAVED_DESCRIBE;
  saved->question = g_strdup (question);
  saved->model_name = g_strdup (self->model_name);
  saved->model_fingerprint = g_strdup (self->model_fingerprint);
  saved->settings = settings_of (turn);
  ql_recorder_begin (self->recorder, saved);
}

static void
items_changed_cb (GListModel *turns, guint position, guint n_removed, guint n_added,
                  QlConversationRecorder *self)
{
  g_autoptr (GPtrArray) gone = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < n_removed; i++)
    g_ptr_array_add (gone, g_ptr_array_steal_index (self->present, position));
  for (guint i = 0; i < n_added; i++)
    g_ptr_array_insert (self->present, (int) (position + i), g_list_model_get_item (turns, position + i));
  /* A list may say that something changed by taking it out and putting it back at once. */
  for (guint i = 0; i < gone->len; i++)
    if (!g_ptr_array_find (self->present, g_ptr_array_index (gone, i), NULL))
      {
        const QlSavedTurn *saved = g_hash_table_lookup (self->saved, g_ptr_array_index (gone, i));
        ql_recorder_delete_turn (self->recorder, saved->id);
      }
  for (guint i = 0; i < n_added; i++)
    {
      QlTurn *turn = g_ptr_array_index (self->present, position + i);

      if (!g_ptr_array_find (gone, turn, NULL))
        added (self, turn);
    }
}

static void
adopt (QlConversationRecorder *self, QlTurn *turn, guint id)
{
  QlSavedTurn *saved = know (self, turn);

  saved->id = id;
  if (ql_turn_is_over (turn))
    saved->status = QL_SAVED_ENDED; /* nothing more to be written about it */
}

QlConversationRecorder *
ql_conversation_recorder_new (QlConversation *conversation, QlRecorder *recorder, const guint *ids)
{
  QlConversationRecorder *self = g_new0 (QlConversationRecorder, 1);
  GListModel *turns = ql_conversation_get_turns (conversation);
  guint n = g_list_model_get_n_items (turns);

  g_return_val_if_fail (n == 0 || ids != NULL, NULL);
  self->conversation = g_object_ref (conversation);
  self->recorder = g_object_ref (recorder);
  self->present = g_ptr_array_new_with_free_func (g_object_unref);
  self->saved = g_hash_table_new_full (NULL, NULL, g_object_unref, (GDestroyNotify) ql_saved_turn_free);
  for (guint i = 0; i < n; i++)
    {
      g_ptr_array_add (self->present, g_list_model_get_item (turns, i));
      adopt (self, g_ptr_array_index (self->present, i), ids[i]);
    }
  g_signal_connect (turns, "items-changed", G_CALLBACK (items_changed_cb), self);
  g_signal_connect (conversation, "failed", G_CALLBACK (failed_cb), self);
  return self;
}

void
ql_conversation_recorder_set_model (QlConversationRecorder *self, const char *name, const char *fingerprint)
{
  g_free (self->model_name);
  g_free (self->model_fingerprint);
  self->model_name = g_strdup (name);
  self->model_fingerprint = g_strdup (fingerprint);
}

void
ql_conversation_recorder_free (QlConversationRecorder *self)
{
  GHashTableIter iter;
  gpointer turn;

  if (self == NULL)
    return;
  g_signal_handlers_disconnect_by_data (ql_conversation_get_turns (self->conversation), self);
  g_signal_handlers_disconnect_by_data (self->conversation, self);
  g_hash_table_iter_init (&iter, self->saved);
  while (g_hash_table_iter_next (&iter, &turn, NULL))
    g_signal_handlers_disconnect_by_data (turn, self);
  g_hash_table_unref (self->saved);
  g_ptr_array_unref (self->present);
  g_object_unref (self->conversation);
  g_object_unref (self->recorder);
  g_free (self->model_name);
  g_free (self->model_fingerprint);
  g_free (self);
}

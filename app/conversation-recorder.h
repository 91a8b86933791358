#pragma once

#include "app/conversation.h"
#include "app/recorder.h"

/**
 * QlConversationRecorder:
 *
 * Tells a recorder of everything that happens in a conversation: each turn when it is asked,
 * its words as they come, how it ends, and whether it is removed or put back.
 *
 * Threads: that of the conversation.
 */
typedef struct QlConversationRecorder QlConversationRecorder;

/**
 * ql_conversation_recorder_new:
 *
 * The turns that are in @conversation already are taken for those of the journal, which
 * are not written again; their ids are @ids, in order (nullable where there are none).
 *
 * Returns: (transfer full)
 */
QlConversationRecorder *ql_conversation_recorder_new (QlConversation *conversation, QlRecorder *recorder,
                                                      const guint *ids);

/** ql_conversation_recorder_set_model: what the next turns are answered by; both may be %NULL */
void ql_conversation_recorder_set_model (QlConversationRecorder *self, const char *name,
                                         const char *fingerprint);

/**
 * ql_conversation_recorder_free:
 *
 * Stops listening. A turn that is being answered stays open in the journal: stop it and
 * wait for its end first.
 */
void ql_conversation_recorder_free (QlConversationRecorder *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QlConversationRecorder, ql_conversation_recorder_free)

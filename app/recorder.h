#pragma once

#include <gio/gio.h>

#include "app/journal.h"

#define QL_TYPE_RECORDER (ql_recorder_get_type ())
G_DECLARE_FINAL_TYPE (QlRecorder, ql_recorder, QL, RECORDER, GObject)

/**
 * QlRecorder:
 *
 * Writes a session's journal on a thread of its own, in the order in which it is told.
 * Each event is on the disk as soon as the disk can do it; the words of an answer that grows at
 * least every two seconds, the newest text only.
 *
 * What cannot be written (the disk is full, say) is kept and tried again, every few
 * seconds and at every new event.
 *
 * Signals: "failed" (const GError *error) when writing begins to fail; "recovered" when
 * everything has been written after all; "written" after events, other than words, have been.
 *
 * Threads: to be used from the thread of the main context it was created in.
 */

/**
 * QlRecorderProbe:
 * @synced: %FALSE: handed to the kernel; %TRUE: on the disk
 * @line: (nullable): the newest line
 *
 * Called on the recorder's thread after each step: made for tests and measurements.
 */
typedef void (*QlRecorderProbe) (gboolean synced, const char *line, gpointer data);

/**
 * ql_recorder_new:
 * @journal: (transfer full)
 * @next_turn: the id of the first new turn
 *
 * Returns: (transfer full)
 */
QlRecorder *ql_recorder_new (QlJournal *journal, guint next_turn);

const char *ql_recorder_get_id (QlRecorder *self);
/** ql_recorder_get_error: Returns: (nullable) (transfer none): why writing fails at present */
const GError *ql_recorder_get_error (QlRecorder *self);
void ql_recorder_set_probe (QlRecorder *self, QlRecorderProbe probe, gpointer data);

void ql_recorder_picture (QlRecorder *self, const QlSavedPicture *picture);
/**
 * ql_recorder_begin:
 * @turn: gets its id, and the time
 *
 * Waits a few milliseconds for the question to have been handed to the kernel, so that it is
 * safe before the first word of an answer.
 */
void ql_recorder_begin (QlRecorder *self, QlSavedTurn *turn);
/** ql_recorder_words: @text is the whole answer so far */
void ql_recorder_words (QlRecorder *self, guint turn, const char *text);
void ql_recorder_end (QlRecorder *self, QlSavedTurn *turn);
void ql_recorder_delete_turn (QlRecorder *self, guint turn);
void ql_recorder_restore_turn (QlRecorder *self, guint turn);
/** ql_recorder_title: @title may be %NULL */
void ql_recorder_title (QlRecorder *self, const char *title);

/**
 * ql_recorder_close:
 *
 * Waits until all is on the disk, and unlocks the journal. To be called by its owner;
 * the last unref does so too, but cannot tell of an error.
 *
 * Returns: %FALSE with the error for which something could not be written
 */
gboolean ql_recorder_close (QlRecorder *self, GError **error);

#pragma once

#include "app/session-state.h"

/**
 * QlJournal:
 *
 * A session's file, open for writing: lines are only ever added to its end. While it is
 * open no other window can open it.
 *
 * Threads: one at a time; everything may block on the disk.
 */
typedef struct QlJournal QlJournal;

/**
 * ql_journal_new:
 * @dir: the folder of sessions, made when needed
 *
 * A new session. There is no file before the first line is added.
 *
 * Returns: (transfer full)
 */
QlJournal *ql_journal_new (const char *dir);

/**
 * ql_journal_open:
 * @state: (out) (transfer full): what it says so far
 *
 * Opens a journal, shortens it where most of it is needless, and marks the answers that
 * a crash broke off as such (@state's n_recovered). Part of a line at its end is cut off when
 * the next line is added.
 *
 * Returns: (transfer full): %NULL with %QL_SESSION_ERROR or %G_IO_ERROR; the file is as it was then
 */
QlJournal *ql_journal_open (const char *path, QlSessionState **state, GError **error);

/**
 * ql_journal_append:
 * @line: without its end
 *
 * Hands the line to the kernel: from then on the program may be killed. Either all of it
 * is in the file or nothing.
 *
 * Returns: %FALSE with %QL_SESSION_ERROR or %G_IO_ERROR: it may be tried again
 */
gboolean ql_journal_append (QlJournal *self, const char *line, GError **error);

/** ql_journal_sync: waits for the disk: from then on the power may fail */
gboolean ql_journal_sync (QlJournal *self, GError **error);

const char *ql_journal_get_id (QlJournal *self);
const char *ql_journal_get_path (QlJournal *self);

/** ql_journal_free: closes and unlocks it. Nothing is waiting to be written at any time. */
void ql_journal_free (QlJournal *self);

/**
 * ql_journal_read:
 * @busy: (out) (optional): whether it is open for writing somewhere
 *
 * Reads without locking or changing anything.
 *
 * Returns: (transfer full): %NULL with %QL_SESSION_ERROR or %G_IO_ERROR
 */
QlSessionState *ql_journal_read (const char *path, gboolean *busy, GError **error);

/**
 * ql_journal_note:
 *
 * Adds one line to a journal that nobody has open, and changes nothing else about it.
 *
 * Returns: %FALSE with %QL_SESSION_ERROR or %G_IO_ERROR
 */
gboolean ql_journal_note (const char *path, const char *line, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QlJournal, ql_journal_free)

#pragma once

#include "app/session-dirs.h"
#include "app/session-state.h"

/**
 * QlSessionHead:
 * @file_size, @file_mtime_ns: of the journal it was read from: while they are the same, so is the rest
 * @title: one line, perhaps empty
 * @picture: (nullable)
 * @text: questions and answers, ql_text_fold()ed, to search in
 * @problem: (nullable): why the journal cannot be read; translated
 * @empty: nothing has been asked or shown; or there is no file any more
 * @damaged: some of its lines cannot be read; the others can
 * @unfinished: an answer broke off, and nobody is writing it
 * @is_read: %FALSE: only the id and the file's time are known yet
 *
 * What a row of the list of sessions needs.
 */
typedef struct
{
  char *id;
  gboolean deleted;
  gint64 file_size, file_mtime_ns;
  char *title;
  QlSavedPicture *picture;
  char *text;
  char *problem;
  guint n_turns;
  guint n_open; /* turns whose answer has not ended */
  gint64 changed_ms;
  gint64 deleted_ms;
  gboolean empty;
  gboolean unfinished;
  gboolean damaged;
  gboolean is_read;
} QlSessionHead;

QlSessionHead *ql_session_head_copy (const QlSessionHead *self);
void ql_session_head_free (QlSessionHead *self);

/** ql_session_head_path: Returns: (transfer full): the journal's path */
char *ql_session_head_path (const QlSessionHead *self, const QlSessionDirs *dirs);

/** ql_session_head_read: reads the journal. Blocks. What is wrong with it goes into @problem. */
void ql_session_head_read (QlSessionHead *self, const QlSessionDirs *dirs);

/*
 * The index is what was known of each journal when it was last read, in a file that may be
 * deleted at any time. What it says of a journal counts only while that has the same size and time.
 */

/**
 * ql_session_heads_list:
 *
 * What is in the folder of sessions, with what the index knows of it. Blocks, but reads no journal.
 *
 * Returns: (transfer full): of QlSessionHead
 */
GPtrArray *ql_session_heads_list (const QlSessionDirs *dirs);

/** ql_session_heads_save: writes the index; that this fails is no harm. Blocks. */
void ql_session_heads_save (const QlSessionDirs *dirs, const GPtrArray *heads);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QlSessionHead, ql_session_head_free)

#pragma once

#include "app/session-store.h"

/** _QlSessionStore: shared by session-store.c (the list) and session-store-jobs.c (what is done to them). */
struct _QlSessionStore
{
  GObject parent_instance;

  QlSessionDirs *dirs;
  GPtrArray *sessions; /* of QlSession, in order */
  GHashTable *by_id; /* the same */
  GHashTable *deleted; /* ids */
  gboolean loading;
  gboolean index_is_old;
  gboolean reading; /* a worker is */
  GPtrArray *to_read; /* of QlSessionHead; the next one last */
  GQueue thumbnails; /* of QlSession, a reference each: wanted, the first one being made */
};

/** ql_session_store_remove_row: Returns: whether there was one */
gboolean ql_session_store_remove_row (QlSessionStore *self, const char *id);
/** ql_session_store_set_deleted: notes that a session is in the bin, or is not */
void ql_session_store_set_deleted (QlSessionStore *self, const char *id, gboolean deleted);

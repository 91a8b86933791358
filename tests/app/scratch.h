#pragma once

#include "app/session-dirs.h"

/** Scratch: folders of a test's own, removed with all that is in them. */
typedef struct
{
  char *root;
  QlSessionDirs *dirs;
} Scratch;

/** scratch_set_up, scratch_tear_down: for g_test_add() */
void scratch_set_up (Scratch *self, gconstpointer data);
void scratch_tear_down (Scratch *self, gconstpointer data);
/** scratch_session: Returns: (transfer full): the path of a session's file, written with @text if given */
char *scratch_session (Scratch *self, const char *base, const char *text);
/** scratch_read: Returns: (transfer full): what a file holds; fails the test if there is none */
char *scratch_read (const char *path, gsize *n_bytes);
/** scratch_source: Returns: (transfer full): a path in the source tree */
char *scratch_source (const char *relative);

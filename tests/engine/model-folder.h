#pragma once

#include <glib.h>
#include <jansson.h>

/* What the tests of the file readers share. */

/** golden_path: @rel under tests/golden. Returns: (transfer full) */
char *golden_path (const char *rel);

/** golden_json: Returns: (transfer full) */
json_t *golden_json (const char *rel);

/** folder_new: an empty temporary folder. Returns: (transfer full): for folder_remove() */
char *folder_new (void);

/** folder_copy: a copy of the files of golden model @rel, without the expected values */
char *folder_copy (const char *rel);

/** folder_copy_malformed: entry of malformed/folders.json: its base, less and plus what it says */
char *folder_copy_malformed (json_t *entry);

void folder_add (const char *folder, const char *name, const char *contents, gssize n_bytes);
void folder_delete (const char *folder, const char *name);
gsize folder_count (const char *folder);
void folder_remove (char *folder);

/**
 * Guard:
 *
 * What one refused file may cost. The limits are far above what the readers need (less
 * than 100 ms) so that a busy machine does not fail the test.
 */
typedef struct
{
  gint64 begin_us;
  long begin_kb;
} Guard;

Guard guard_begin (void);
/** guard_end: asserts less than 5 s and, without sanitizers, less than 24 MB more memory */
void guard_end (const Guard *self, const char *what);

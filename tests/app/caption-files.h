#pragma once

#include <glib.h>

/** folder_new: Returns: (transfer full): a new folder; remove with folder_free() */
char *folder_new (void);
void folder_free (char *dir);

/** folder_put: writes a file. Returns: (transfer full): its path */
char *folder_put (const char *dir, const char *name, gconstpointer data, gssize n_bytes);

/** file_read: asserts that the file is there. Returns: (transfer full): NUL-terminated */
char *file_read (const char *path, gsize *n_bytes);

/** folder_copy: a file below the project's root, into @dir. Returns: (transfer full): the copy's path */
char *folder_copy (const char *dir, const char *name, const char *source);

/** folder_n_hidden: files in @dir that begin with a dot: leftovers */
int folder_n_hidden (const char *dir);

/** nasty_texts: what captions may hold; ends with NULL */
extern const char *const nasty_texts[];

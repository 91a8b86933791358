#pragma once

#include <glib.h>

/**
 * QlNamesakes:
 *
 * Pictures of a folder that differ only in their ending, as "a.png" and "a.jpg": those cannot
 * share "a.txt". Asking the file system for every possible namesake takes 40 calls a picture;
 * so the folder that was asked about last is listed, and the list believed as long as the
 * folder says that it has not changed.
 *
 * Threads: any; one at a time each.
 */
typedef struct QlNamesakes QlNamesakes;

QlNamesakes *ql_namesakes_new (void);
void ql_namesakes_free (QlNamesakes *self);

/**
 * ql_namesakes_has:
 * @self: (nullable): %NULL remembers nothing
 * @picture: in the file system's encoding
 * @stem: @picture without its ending
 *
 * Returns: whether there is another picture of that stem now
 */
gboolean ql_namesakes_has (QlNamesakes *self, const char *picture, const char *stem);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QlNamesakes, ql_namesakes_free)

#pragma once

#include <gio/gio.h>

/**
 * QlModelCheck:
 *
 * What hashing a model folder told. The arrays hold file names, sorted, as far as they
 * differ from what was expected; all empty where nothing does.
 */
typedef struct
{
  GHashTable *sums; /* of the files as they are now: ql_model_sums_new() */
  GPtrArray *changed; /* of utf8: other contents than expected */
  GPtrArray *missing; /* expected, not there */
  GPtrArray *added; /* there, and read by the engine, but not expected */
  gboolean first_seen; /* nothing was expected of any file */
} QlModelCheck;

void ql_model_check_free (QlModelCheck *self);

/** ql_model_check_is_sound: nothing changed or went missing, and nothing was added */
gboolean ql_model_check_is_sound (const QlModelCheck *self);

/** ql_model_check_describe: Returns: (transfer full): the outcome for people, naming the files */
char *ql_model_check_describe (const QlModelCheck *self);

/** QlCheckProgressFunc: @done of @total bytes; called on the thread that hashes */
typedef void (*QlCheckProgressFunc) (guint64 done, guint64 total, gpointer data);

/**
 * ql_model_check_run:
 * @path: a model folder or a GGUF file
 * @recorded: (nullable): sums known from earlier. If there are any, the folder's own SHA256SUMS
 *   is not asked: whoever changes a file can change that list too
 *
 * Hashes every file of @path that the engine reads or a list names. Takes as long as reading them.
 *
 * Threads: any. Returns: (transfer full): %NULL with an error, or G_IO_ERROR_CANCELLED
 */
QlModelCheck *ql_model_check_run (const char *path, GHashTable *recorded, QlCheckProgressFunc progress,
                                  gpointer data, GCancellable *cancellable, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QlModelCheck, ql_model_check_free)

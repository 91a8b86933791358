#pragma once

#include <gio/gio.h>
#include <sys/types.h>

/**
 * QlDecoderProcess: a qlens-decode that runs, and the socket to it. Whatever it was given, it is killed in
 * the end: ql_decoder_process_free().
 */
typedef struct
{
  pid_t pid;
  int socket;
} QlDecoderProcess;

/** QlDecoderNews: what came of waiting for a decoder */
typedef enum
{
  QL_DECODER_MESSAGE,
  QL_DECODER_GONE, /* or it has closed the socket, or said something of another size */
  QL_DECODER_LATE,
  QL_DECODER_CANCELLED,
} QlDecoderNews;

/** QlDecoderEnd: how a process has ended by itself */
typedef enum
{
  QL_DECODER_END_CRASH, /* or silently */
  QL_DECODER_END_TIME, /* out of processor time */
  QL_DECODER_END_KILLED, /* by the system, as it does when memory runs out */
} QlDecoderEnd;

/** ql_decoder_process_new: starts @program. Returns: (transfer full) (nullable): with @error set */
QlDecoderProcess *ql_decoder_process_new (const char *program, GError **error);

/** ql_decoder_process_is_running: Returns: %FALSE if it has ended meanwhile */
gboolean ql_decoder_process_is_running (QlDecoderProcess *self);

/**
 * ql_decoder_process_limit:
 * @memory_bytes: of address space; 0: no limit
 * @cpu_s: of processor time
 *
 * Sets, from outside, limits that it cannot raise, also on files, of which it may write none.
 */
void ql_decoder_process_limit (QlDecoderProcess *self, guint64 memory_bytes, guint cpu_s);

/**
 * ql_decoder_process_receive:
 * @n_bytes: the one size that the message may have
 * @deadline_us: by g_get_monotonic_time()
 */
QlDecoderNews ql_decoder_process_receive (QlDecoderProcess *self, void *message, gsize n_bytes,
                                          gint64 deadline_us, GCancellable *cancellable);

/** ql_decoder_process_end: of one that is gone: why. It is dead afterwards; it is still to be freed. */
QlDecoderEnd ql_decoder_process_end (QlDecoderProcess *self);

/** ql_decoder_process_kill: at once; when this returns, nothing of it is left. */
void ql_decoder_process_kill (QlDecoderProcess *self);

void ql_decoder_process_free (QlDecoderProcess *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (QlDecoderProcess, ql_decoder_process_free)

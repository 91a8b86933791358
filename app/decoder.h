#pragma once

#include "app/image-private.h"

/**
 * The program's side of qlens-decode, in which pictures are decoded: a mistake in a decoder, of which there
 * are many and more to come, then costs one picture and one message. ARCHITECTURE.md tells what is
 * defended against what.
 *
 * QLENS_DECODE=helper makes an error of a decoder that cannot be started, which otherwise is replaced by
 * decoding in this process; QLENS_DECODE=inprocess asks for that. Both are for tests.
 */

/** QlDecoderLimits: zero-filled is the default. */
typedef struct
{
  guint time_ms; /* by the clock */
  guint cpu_s; /* of the processor */
  guint64 memory_bytes; /* of address space */
} QlDecoderLimits;

/** ql_decoder_is_wanted, ql_decoder_is_required: what QLENS_DECODE says */
gboolean ql_decoder_is_wanted (void);
gboolean ql_decoder_is_required (void);

/**
 * ql_decoder_prepare:
 *
 * Starts a decoder for the next picture ahead of time, unless one waits already. It costs this thread less
 * than a millisecond; what the process needs to be ready it does by itself meanwhile. Threads: any.
 */
void ql_decoder_prepare (void);

/** ql_decoder_release: ends the decoder that waits, if one does. When a program ends it does so by itself. */
void ql_decoder_release (void);

/**
 * ql_decoder_decode:
 * @fd: a regular file or a memfd; stays the caller's
 * @format: what its first bytes say
 * @limits: (nullable)
 *
 * Decodes in a process of its own. Blocks; cancelling kills the process at once. Threads: any, any number.
 *
 * Returns: (transfer full): without a path; %NULL with %QL_IMAGE_ERROR, %G_IO_ERROR_CANCELLED, or
 *   %G_IO_ERROR_NOT_SUPPORTED where no decoder could be started, and so none has seen the picture
 */
QlImage *ql_decoder_decode (int fd, gsize n_bytes, const QlImageFormat *format, const QlImageOptions *options,
                            const QlDecoderLimits *limits, GCancellable *cancellable, GError **error);

/**
 * ql_decoder_decode_bytes:
 *
 * The same for a picture in memory, which is copied to where the process can read it.
 */
QlImage *ql_decoder_decode_bytes (GBytes *encoded, const QlImageFormat *format, const QlImageOptions *options,
                                  const QlDecoderLimits *limits, GCancellable *cancellable, GError **error);

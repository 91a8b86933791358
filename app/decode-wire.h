#pragma once

#include <sys/types.h>

#include "app/image-private.h"

/**
 * What passes between a program that wants a picture and its decoder process: over a socket (sequenced
 * packets), a hello, a request with two file descriptors, a reply. The pixels are not in the reply but in
 * shared memory, the request's second descriptor, which the program has given its size for good.
 *
 * The decoder trusts the request. The program does not trust the reply: see app/decoder.c.
 */

#define QL_DECODE_MAGIC 0x31446c51u /* "QlD1" */
#define QL_DECODE_PROGRAM "qlens-decode"
/* Where the decoder finds the socket. */
#define QL_DECODE_FD 3

/** QlDecodeHello: before anything of a picture is known; no hello, no decoder. */
typedef struct
{
  guint32 magic;
  guint32 request_bytes, reply_bytes; /* the two are of one build */
} QlDecodeHello;

typedef struct
{
  guint32 magic;
  gint32 ignore_orientation;
  gint32 alpha;
  gint32 max_side_px;
  gint64 max_pixels;
  guint64 n_bytes; /* of the encoded file */
  guint64 n_pixel_bytes; /* of the shared memory */
} QlDecodeRequest;

/* Which walls stand around the decoder. */
enum
{
  QL_DECODE_WALL_LANDLOCK = 1 << 0,
  QL_DECODE_WALL_SECCOMP = 1 << 1,
};

typedef struct
{
  guint32 magic;
  guint32 walls;
  guint32 oriented;
  gint32 width, height; /* of what is in the shared memory: rows of 3 * width bytes, without gaps */
  gint32 file_width, file_height;
  QlImageFault fault;
} QlDecodeReply;

/** ql_decode_send_hello, ql_decode_send_reply: of the decoder. Returns: %FALSE if nobody listens */
gboolean ql_decode_send_hello (int socket);
gboolean ql_decode_send_reply (int socket, const QlDecodeReply *reply);

/**
 * ql_decode_send_request:
 * @fds: the file, to be read, and the shared memory, to be written; they stay the caller's
 *
 * Returns: %FALSE if nobody listens
 */
gboolean ql_decode_send_request (int socket, const QlDecodeRequest *request, const int fds[2]);

/**
 * ql_decode_receive_request:
 *
 * Waits for it.
 *
 * Returns: %FALSE if none is coming, or something else
 */
gboolean ql_decode_receive_request (int socket, QlDecodeRequest *request, int fds[2]);

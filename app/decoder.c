#include "app/decoder.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <string.h>
#include <unistd.h>

#include "app/decode-wire.h"
#include "app/decoder-memory.h"
#include "app/decoder-process.h"
#include "app/paths.h"

/* The largest picture that is read takes a few seconds on an old machine. */
#define TIME_MS (60 * 1000)
#define CPU_S 40
#define START_MS (30 * 1000)
/* Libraries, and what decoders hold beside the pixels; then copies of the file, and of the pixels: as
   decoded, turned, without transparency, progressive, shared. */
#define MEMORY_BYTES ((guint64) 512 * 1024 * 1024)
#define N_FILE_COPIES 3
#define N_BYTES_PER_PIXEL 24
/* As far as the sums above can not overflow; nobody has such pictures. */
#define MAX_PIXELS ((gint64) 1 << 36)

/* A process that waits for its picture. */
static GMutex spare_lock;
static QlDecoderProcess *spare;

gboolean
ql_decoder_is_wanted (void)
{
  return g_strcmp0 (g_getenv ("QLENS_DECODE"), "inprocess") != 0;
}

gboolean
ql_decoder_is_required (void)
{
  return g_strcmp0 (g_getenv ("QLENS_DECODE"), "helper") == 0;
}

static QlDecoderProcess *
start (GError **error)
{
  g_autofree char *program = ql_paths_libexec (QL_DECODE_PROGRAM);

  if (program == NULL)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, QL_DECODE_PROGRAM " is not installed");
      return NULL;
    }
  return ql_decoder_process_new (program, error);
}

void
ql_decoder_prepare (void)
{
  g_autoptr (GError) error = NULL;

  if (!ql_decoder_is_wanted ())
    return;
  g_mutex_lock (&spare_lock);
  if (spare == NULL)
    spare = start (&error);
  g_mutex_unlock (&spare_lock);
  if (error != NULL)
    g_debug ("no decoder ahead of time: %s", error->message);
}

static QlDecoderProcess *
take_spare (void)
{
  g_autoptr (QlDecoderProcess) taken = NULL;

  g_mutex_lock (&spare_lock);
  taken = g_steal_pointer (&spare);
  g_mutex_unlock (&spare_lock);
  if (taken != NULL && ql_decoder_process_is_running (taken))
    return g_steal_pointer (&taken);
  return NULL;
}

void
ql_decoder_release (void)
{
  g_autoptr (QlDecoderProcess) process = take_spare ();
}

static void
set_not_started (const char *why, GError **error)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
               _ ("the decoder of pictures could not be started (%s); install Qlens again"), why);
}

/* Takes @process; (nullable). Returns: (transfer full) (nullable): it, having heard its hello */
static QlDecoderProcess *
greet (QlDecoderProcess *process, GCancellable *cancellable)
{
  g_autoptr (QlDecoderProcess) self = process;
  gint64 deadline = g_get_monotonic_time () + START_MS * (gint64) 1000;
  QlDecodeHello hello = { 0 };

  if (self != NULL
      && ql_decoder_process_receive (self, &hello, sizeof hello, deadline, cancellable) == QL_DECODER_MESSAGE
      && hello.magic == QL_DECODE_MAGIC && hello.request_bytes == sizeof (QlDecodeRequest)
      && hello.reply_bytes == sizeof (QlDecodeReply) && ql_decoder_process_is_running (self))
    return g_steal_pointer (&self);
  return NULL;
}

/* Ready to be given a picture. Until then it has seen none, so that a failure says nothing about one, and
   nobody can bring one about by a picture. */
static QlDecoderProcess *
ready_process (GCancellable *cancellable, GError **error)
{
  g_autoptr (GError) cause = NULL;
  QlDecoderProcess *process = greet (take_spare (), cancellable);

  if (process == NULL)
    process = greet (start (&cause), cancellable);
  if (process == NULL && !g_cancellable_set_error_if_cancelled (cancellable, error))
    set_not_started (cause != NULL ? cause->message : QL_DECODE_PROGRAM, error);
  return process;
}

static void
set_crashed (GError **error)
{
  g_set_error_literal (
      error, QL_IMAGE_ERROR, QL_IMAGE_ERROR_CRASHED,
      _ ("the decoder crashed on this file; it is damaged or made to do harm, choose another"));
}

static void
set_timeout (GError **error)
{
  g_set_error_literal (
      error, QL_IMAGE_ERROR, QL_IMAGE_ERROR_TIMEOUT,
      _ ("decoding this file took too long and was stopped; choose a smaller or simpler picture"));
}

static void
set_end_error (QlDecoderEnd end, GError **error)
{
  if (end == QL_DECODER_END_TIME)
    set_timeout (error);
  else if (end == QL_DECODER_END_KILLED)
    ql_image_set_no_memory (error);
  else
    set_crashed (error);
}

/* What a decoder that is in an enemy's hands may say without harm. */
static gboolean
is_sound (const QlDecodeReply *reply, const QlImageOptions *options, gsize n_pixel_bytes)
{
  const QlImageFault *fault = &reply->fault;
  gint64 n_pixels = (gint64) reply->width * reply->height;

  if (reply->magic != QL_DECODE_MAGIC || (guint) fault->kind >= QL_IMAGE_N_FAULTS
      || fault->kind == QL_IMAGE_FAULT_CANCELLED)
    return FALSE;
  if (fault->kind != QL_IMAGE_FAULT_NONE)
    return fault->number >= 0 && memchr (fault->detail, '\0', sizeof fault->detail) != NULL
           && g_utf8_validate (fault->detail, -1, NULL);
  if (reply->width < 1 || reply->height < 1 || reply->file_width < 1 || reply->file_height < 1
      || reply->oriented > 1)
    return FALSE;
  if (options->max_side_px > 0 && MAX (reply->width, reply->height) > options->max_side_px)
    return FALSE;
  return n_pixels <= ql_image_max_pixels (options) && (guint64) n_pixels <= n_pixel_bytes / 3;
}

static QlImage *
image_of (const QlDecodeReply *reply, const QlImageFormat *format, int memory, GError **error)
{
  gsize stride = 3 * (gsize) reply->width;
  g_autoptr (GBytes) pixels = ql_decoder_memory_freeze (memory, stride * (gsize) reply->height);
  QlImage *image;

  if (pixels == NULL)
    {
      set_crashed (error);
      return NULL;
    }
  image = ql_image_new (reply->width, reply->height, stride, pixels);
  image->format = format->name;
  image->file_width = reply->file_width;
  image->file_height = reply->file_height;
  image->oriented = (gboolean) reply->oriented;
  return image;
}

static QlImage *
converse (QlDecoderProcess *process, const QlDecodeRequest *request, const int fds[2],
          const QlImageFormat *format, const QlImageOptions *options, const QlDecoderLimits *limits,
          GCancellable *cancellable, GError **error)
{
  gint64 deadline
      = g_get_monotonic_time () + (limits->time_ms > 0 ? limits->time_ms : TIME_MS) * (gint64) 1000;
  QlDecodeReply reply;

  if (!ql_decode_send_request (process->socket, request, fds))
    {
      set_end_error (ql_decoder_process_end (process), error);
      return NULL;
    }
  switch (ql_decoder_process_receive (process, &reply, sizeof reply, deadline, cancellable))
    {
    case QL_DECODER_MESSAGE:
      break;
    case QL_DECODER_CANCELLED:
      g_cancellable_set_error_if_cancelled (cancellable, error);
      return NULL;
    case QL_DECODER_LATE:
      set_timeout (error);
      return NULL;
    case QL_DECODER_GONE:
    default:
      set_end_error (ql_decoder_process_end (process), error);
      return NULL;
    }
  /* From here on nobody but us has the pixels. */
  ql_decoder_process_kill (process);
  if (!is_sound (&reply, options, request->n_pixel_bytes))
    {
      set_crashed (error);
      return NULL;
    }
  g_debug ("decoded behind walls %#x", reply.walls);
  if (reply.fault.kind == QL_IMAGE_FAULT_NONE)
    return image_of (&reply, format, fds[1], error);
  ql_image_fault_set_error (&reply.fault, format, options, error);
  return NULL;
}

static guint64
most_pixel_bytes (const QlImageOptions *options)
{
  gint64 n = MIN (ql_image_max_pixels (options), MAX_PIXELS);

  if (options->max_side_px > 0)
    n = MIN (n, (gint64) options->max_side_px * options->max_side_px);
  return 3 * (guint64) n;
}

static guint64
most_memory (gsize n_bytes, const QlImageOptions *options, const QlDecoderLimits *limits)
{
  if (limits->memory_bytes > 0)
    return limits->memory_bytes;
  return MEMORY_BYTES + N_FILE_COPIES * (guint64) n_bytes
         + N_BYTES_PER_PIXEL * (guint64) MIN (ql_image_max_pixels (options), MAX_PIXELS);
}

QlImage *
ql_decoder_decode (int fd, gsize n_bytes, const QlImageFormat *format, const QlImageOptions *options,
                   const QlDecoderLimits *limits, GCancellable *cancellable, GError **error)
{
  static const QlDecoderLimits usual;
  g_autoptr (QlDecoderProcess) process = ready_process (cancellable, error);
  QlDecodeRequest request = {
    .magic = QL_DECODE_MAGIC,
    .ignore_orientation = options->ignore_orientation,
    .alpha = (gint32) options->alpha,
    .max_side_px = options->max_side_px,
    .max_pixels = ql_image_max_pixels (options),
    .n_bytes = n_bytes,
    .n_pixel_bytes = most_pixel_bytes (options),
  };
  QlImage *image;
  int memory;

  if (process == NULL)
    return NULL;
  if (limits == NULL)
    limits = &usual;
  memory = ql_decoder_memory_new (request.n_pixel_bytes);
  if (memory < 0)
    {
      set_not_started (g_strerror (errno), error);
      return NULL;
    }
  ql_decoder_process_limit (process, most_memory (n_bytes, options, limits),
                            limits->cpu_s > 0 ? limits->cpu_s : CPU_S);
  image = converse (process, &request, (int[2]){ fd, memory }, format, options, limits, cancellable, error);
  close (memory);
  return image;
}

QlImage *
ql_decoder_decode_bytes (GBytes *encoded, const QlImageFormat *format, const QlImageOptions *options,
                         const QlDecoderLimits *limits, GCancellable *cancellable, GError **error)
{
  int fd = ql_decoder_memory_new_with (encoded);
  QlImage *image;

  if (fd < 0)
    {
      set_not_started (g_strerror (errno), error);
      return NULL;
    }
  image = ql_decoder_decode (fd, g_bytes_get_size (encoded), format, options, limits, cancellable, error);
  close (fd);
  return image;
}

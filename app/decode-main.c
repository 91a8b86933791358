/* qlens-decode: turns one picture file into pixels, behind walls, and ends. Started by app/decoder.c. */
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/decode-preload.h"
#include "app/decode-sandbox.h"
#include "app/decode-self-test.h"
#include "app/decode-wire.h"

/* About what a drawing of the largest size asks for at once. */
#define SPARE_BYTES ((gsize) 128 * 1024 * 1024)

/* What GLib says of memory goes into it. */
static QlDecodeReply reply = { .magic = QL_DECODE_MAGIC };

static void answer (void) G_GNUC_NORETURN;

/* At once, without exit handlers: a leak checker's would need what the walls keep from it. */
static void
answer (void)
{
  _exit (ql_decode_send_reply (QL_DECODE_FD, &reply) ? 0 : 1);
}

/* Decoders complain; nobody is there to read it. But GLib ends the program when memory runs out, which it
   says nowhere else. */
static GLogWriterOutput
log_cb (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer data)
{
  for (gsize i = 0; i < n_fields && (level & G_LOG_LEVEL_ERROR) != 0; i++)
    if (g_str_equal (fields[i].key, "MESSAGE") && strstr (fields[i].value, "failed to allocate") != NULL)
      {
        reply.fault.kind = QL_IMAGE_FAULT_NO_MEMORY;
        answer ();
      }
  return G_LOG_WRITER_HANDLED;
}

/* Libraries that get no memory call abort(), as for any trouble. Where a little more is not to be had, that was
   it. Only system calls in here. */
static void
abort_cb (int number)
{
  if (mmap (NULL, SPARE_BYTES, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED)
    {
      signal (number, SIG_DFL);
      raise (number);
      return;
    }
  reply.fault.kind = QL_IMAGE_FAULT_NO_MEMORY;
  answer ();
}

/* Not for what arrives: the kernel tells of the request after it can be read already, which may be after
   signals have been asked for. */
static void
other_end_cb (int number, siginfo_t *info, void *context)
{
  if (info->si_code != POLL_IN && info->si_code != POLL_OUT && info->si_code != POLL_MSG)
    _exit (1);
}

/* A signal as soon as the other end of the socket is closed: no decoder outlives who asked for the picture. A
   real-time one tells why it comes, and each comes. Where there are too many of them SIGIO comes instead, which
   is deadly by default. */
static void
end_with_the_other (int socket)
{
  struct sigaction action = { .sa_sigaction = other_end_cb, .sa_flags = SA_SIGINFO | SA_RESTART };

  signal (SIGIO, SIG_DFL);
  sigaction (SIGRTMIN, &action, NULL);
  fcntl (socket, F_SETSIG, SIGRTMIN);
  fcntl (socket, F_SETOWN, getpid ());
  fcntl (socket, F_SETFL, O_ASYNC);
}

static void
copy_pixels (const QlImage *image, guint8 *out, guint64 n_out)
{
  gsize row_bytes = 3 * (gsize) image->width;

  if (row_bytes * (guint64) image->height > n_out)
    {
      reply.fault.kind = QL_IMAGE_FAULT_NO_MEMORY;
      return;
    }
  for (int y = 0; y < image->height; y++)
    memcpy (out + (gsize) y * row_bytes, image->rgb + (gsize) y * image->stride, row_bytes);
  reply.width = image->width;
  reply.height = image->height;
  reply.file_width = image->file_width;
  reply.file_height = image->file_height;
  reply.oriented = image->oriented;
}

static gboolean
is_regular (int fd)
{
  struct stat info;

  return fstat (fd, &info) == 0 && S_ISREG (info.st_mode);
}

/* All that needs files, then the walls, then all that looks into the picture. */
static void
serve (const QlDecodeRequest *request, const int fds[2])
{
  QlImageOptions options = {
    .ignore_orientation = request->ignore_orientation,
    .alpha = (QlAlpha) request->alpha,
    .max_pixels = request->max_pixels,
    .max_side_px = request->max_side_px,
  };
  guint8 *out = mmap (NULL, request->n_pixel_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fds[1], 0);
  const QlImageFormat *format = NULL;
  GdkPixbufLoader *loader = NULL;
  GBytes *encoded = NULL;
  QlImage *image = NULL;
  const guint8 *data;
  gsize n_bytes;

  if (out == MAP_FAILED)
    reply.fault.kind = QL_IMAGE_FAULT_NO_MEMORY;
  else if (!is_regular (fds[0]))
    reply.fault.kind = QL_IMAGE_FAULT_DAMAGED;
  else
    encoded = ql_image_read_fd (fds[0], request->n_bytes, NULL, &reply.fault);
  if (encoded == NULL)
    return;
  close (fds[0]);
  close (fds[1]);
  data = g_bytes_get_data (encoded, &n_bytes);
  format = ql_image_format_of (data, n_bytes);
  if (format != NULL && format->readable)
    loader = ql_decode_preload (format, encoded);
  reply.walls = ql_decode_sandbox_enter (QL_DECODE_FD, format != NULL && format->threads, G_MAXUINT);
  if (format == NULL)
    reply.fault.kind = QL_IMAGE_FAULT_DAMAGED;
  else if (loader == NULL)
    reply.fault.kind = QL_IMAGE_FAULT_UNSUPPORTED;
  else
    image = ql_image_decode (loader, encoded, format, &options, NULL, &reply.fault);
  if (image != NULL)
    copy_pixels (image, out, request->n_pixel_bytes);
}

static gboolean
is_socket (int fd)
{
  struct stat info;

  return fstat (fd, &info) == 0 && S_ISSOCK (info.st_mode);
}

int
main (int argc, char **argv)
{
  QlDecodeRequest request;
  int fds[2];

  if (argc >= 2 && g_str_has_prefix (argv[1], "--self-test"))
    _exit (ql_decode_self_test (argv[1])); /* as answer() */
  if (argc > 1 || !is_socket (QL_DECODE_FD))
    {
      fputs ("qlens-decode: a part of Qlens, which starts it to read pictures; it is of no use by itself\n",
             stderr);
      return 2;
    }
  close_range (QL_DECODE_FD + 1, ~0u, 0);
  /* the limit on files is 0: a cache that is not written is no reason to end */
  signal (SIGXFSZ, SIG_IGN);
  signal (SIGPIPE, SIG_IGN);
  signal (SIGABRT, abort_cb);
  signal (SIGTRAP, abort_cb);
  g_log_set_writer_func (log_cb, NULL, NULL);
  if (!ql_decode_send_hello (QL_DECODE_FD))
    return 1;
  /* what every picture needs, while the other may be busy elsewhere */
  setlocale (LC_ALL, "");
  g_slist_free (gdk_pixbuf_get_formats ());
  g_type_ensure (GDK_TYPE_PIXBUF_LOADER);
  if (!ql_decode_receive_request (QL_DECODE_FD, &request, fds))
    return 1;
  end_with_the_other (QL_DECODE_FD);
  serve (&request, fds);
  answer ();
}

/* The decoder process: the real one gives what decoding here gives; one in an enemy's hands does no harm. */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "app/decode-wire.h"
#include "app/decoder-memory.h"
#include "app/decoder-process.h"
#include "app/decoder.h"

/* So that it is the other limit that holds. */
#define NEVER_MS (24 * 3600 * 1000)

static void
use_real (void)
{
  g_setenv ("QLENS_LIBEXEC", g_getenv ("QLENS_BUILD"), TRUE);
}

static void
use_fake (void)
{
  g_autofree char *dir = g_build_filename (g_getenv ("QLENS_BUILD"), "tests", "app", "fake", NULL);

  g_setenv ("QLENS_LIBEXEC", dir, TRUE);
}

static void
assert_no_children (void)
{
  g_assert_cmpint (waitpid (-1, NULL, WNOHANG), ==, -1);
  g_assert_cmpint (errno, ==, ECHILD);
}

static int
n_open_files (void)
{
  DIR *dir = opendir ("/proc/self/fd");
  int n = 0;

  g_assert_nonnull (dir);
  while (readdir (dir) != NULL)
    n++;
  closedir (dir);
  return n;
}

/* ---- the real one ---- */

static QlImage *
load (const char *how, const char *path, const QlImageOptions *options, GError **error)
{
  g_setenv ("QLENS_DECODE", how, TRUE);
  return ql_image_load_file (path, options, NULL, error);
}

static void
assert_same (const QlImage *a, const QlImage *b)
{
  g_assert_cmpint (a->width, ==, b->width);
  g_assert_cmpint (a->height, ==, b->height);
  g_assert_cmpint (a->file_width, ==, b->file_width);
  g_assert_cmpint (a->file_height, ==, b->file_height);
  g_assert_cmpint (a->oriented, ==, b->oriented);
  g_assert_cmpstr (a->format, ==, b->format);
  g_assert_cmpstr (a->path, ==, b->path);
  g_assert_cmpuint (g_bytes_get_size (a->bytes), >=,
                    a->stride * (gsize) (a->height - 1) + 3 * (gsize) a->width);
  for (int y = 0; y < a->height; y++)
    g_assert_cmpmem (a->rgb + (gsize) y * a->stride, 3 * (gsize) a->width, b->rgb + (gsize) y * b->stride,
                     3 * (gsize) b->width);
}

/* Every golden picture, each way of looking at it: the same pixels, or the same words. */
static void
test_golden (void)
{
  const QlImageOptions ways[] = { { 0 },
                                  { .ignore_orientation = TRUE, .alpha = QL_ALPHA_DROP },
                                  { .max_side_px = 40 },
                                  { .max_pixels = 5000 },
                                  { .max_file_bytes = 1000 } };
  g_autofree char *dir = g_build_filename (g_getenv ("QLENS_SRC"), "tests/golden/preprocess/images", NULL);
  GDir *list = g_dir_open (dir, 0, NULL);
  int n_pictures = 0, n_errors = 0;

  g_assert_nonnull (list);
  use_real ();
  for (const char *name; (name = g_dir_read_name (list)) != NULL;)
    for (gsize i = 0; i < G_N_ELEMENTS (ways); i++)
      {
        g_autofree char *path = g_build_filename (dir, name, NULL);
        g_autoptr (GError) here_error = NULL, there_error = NULL;
        g_autoptr (QlImage) here = load ("inprocess", path, &ways[i], &here_error);
        g_autoptr (QlImage) there = load ("helper", path, &ways[i], &there_error);

        g_test_message ("%s %" G_GSIZE_FORMAT ": %s", name, i, here ? "read" : here_error->message);
        g_assert_cmpint (here != NULL, ==, there != NULL);
        if (here != NULL)
          assert_same (there, here);
        else
          {
            g_assert_error (there_error, here_error->domain, here_error->code);
            g_assert_cmpstr (there_error->message, ==, here_error->message);
          }
        *(here != NULL ? &n_pictures : &n_errors) += 1;
      }
  g_dir_close (list);
  g_assert_cmpint (n_pictures, >, 100);
  g_assert_cmpint (n_errors, >, 20);
  assert_no_children ();
}

static gboolean
reads_svg (void)
{
  GSList *formats = gdk_pixbuf_get_formats ();
  gboolean found = FALSE;

  for (GSList *l = formats; l != NULL; l = l->next)
    {
      g_autofree char *name = gdk_pixbuf_format_get_name (l->data);

      found |= g_str_equal (name, "svg");
    }
  g_slist_free (formats);
  if (!found)
    g_test_skip ("no loader for SVG");
  return found;
}

/* Text needs fonts, filters threads: the walls leave both. */
static void
test_drawing (void)
{
  const char svg[]
      = "<svg xmlns='http://www.w3.org/2000/svg' width='200' height='60'>"
        "<filter id='f'><feGaussianBlur stdDeviation='3'/></filter>"
        "<rect width='50' height='50' filter='url(#f)' fill='#07a'/>"
        "<text x='20' y='40' font-family='serif' font-size='30'>Donut</text>"
        "<text x='20' y='55' style='font-family: \"DejaVu Sans Mono\", monospace'>sky</text></svg>";
  g_autoptr (GBytes) bytes = g_bytes_new_static (svg, sizeof svg - 1);
  g_autoptr (GError) error = NULL;
  g_autoptr (QlImage) here = NULL;
  g_autoptr (QlImage) there = NULL;

  if (!reads_svg ())
    return;
  use_real ();
  g_setenv ("QLENS_DECODE", "inprocess", TRUE);
  here = ql_image_load_bytes (bytes, NULL, NULL, &error);
  g_assert_no_error (error);
  g_setenv ("QLENS_DECODE", "helper", TRUE);
  there = ql_image_load_bytes (bytes, NULL, NULL, &error);
  g_assert_no_error (error);
  assert_same (there, here);
}

static void
test_nothing_left (void)
{
  g_autofree char *path
      = g_build_filename (g_getenv ("QLENS_SRC"), "tests/golden/preprocess/images/size-3x90.png", NULL);
  int before = 0;

  use_real ();
  for (int i = 0; i <= 200; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (QlImage) image = load ("helper", path, NULL, &error);

      g_assert_no_error (error);
      if (i == 0)
        before = n_open_files ();
    }
  g_assert_cmpint (n_open_files (), ==, before);
  assert_no_children ();
}

static pid_t
first_child (pid_t pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/task/%d/children", pid, pid);
  g_autofree char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) ? (pid_t) g_ascii_strtoll (text, NULL, 10) : -1;
}

/* Without burying it, which is for others to do. */
static void
kill_and_wait (pid_t pid)
{
  siginfo_t info;

  kill (pid, SIGKILL);
  g_assert_cmpint (waitid (P_PID, (id_t) pid, &info, WEXITED | WNOWAIT), ==, 0);
}

static void
test_ahead (void)
{
  g_autofree char *path
      = g_build_filename (g_getenv ("QLENS_SRC"), "tests/golden/preprocess/images/size-3x90.png", NULL);
  int before = n_open_files ();

  use_real ();
  g_setenv ("QLENS_DECODE", "helper", TRUE);
  for (int i = 0; i < 4; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (QlImage) image = NULL;

      ql_decoder_prepare ();
      ql_decoder_prepare ();
      /* one that died while it waited is replaced */
      if (i % 2 == 1 && first_child (getpid ()) > 0)
        kill_and_wait (first_child (getpid ()));
      image = load ("helper", path, NULL, &error);
      g_assert_no_error (error);
      assert_no_children ();
    }
  ql_decoder_prepare ();
  ql_decoder_release ();
  ql_decoder_release ();
  assert_no_children ();
  g_assert_cmpint (n_open_files (), ==, before);
}

/* ---- limits of the real one ---- */

/* Small, and hours of work: no decoder's mistake is needed to keep one busy. */
static GBytes *
endless_drawing (void)
{
  static const char svg[] = "<svg xmlns='http://www.w3.org/2000/svg' width='4096' height='4096'><filter "
                            "id='f' x='0' y='0' width='1' "
                            "height='1'><feTurbulence baseFrequency='0.01' numOctaves='2000000000'/></filter>"
                            "<rect width='4096' height='4096' filter='url(#f)'/></svg>";

  return g_bytes_new_static (svg, sizeof svg - 1);
}

static QlImage *
decode (GBytes *bytes, const QlDecoderLimits *limits, GCancellable *cancellable, GError **error)
{
  static const QlImageOptions options;
  gsize n_bytes;
  const guint8 *data = g_bytes_get_data (bytes, &n_bytes);
  const QlImageFormat *format = ql_image_format_of (data, n_bytes);

  g_assert_nonnull (format);
  return ql_decoder_decode_bytes (bytes, format, &options, limits, cancellable, error);
}

static void
test_time (void)
{
  const QlDecoderLimits limits[] = { { .time_ms = 300 }, { .time_ms = NEVER_MS, .cpu_s = 1 } };
  g_autoptr (GBytes) bytes = endless_drawing ();

  if (!reads_svg ())
    return;
  use_real ();
  for (gsize i = 0; i < G_N_ELEMENTS (limits); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (decode (bytes, &limits[i], NULL, &error));
      g_assert_error (error, QL_IMAGE_ERROR, QL_IMAGE_ERROR_TIMEOUT);
      g_assert_nonnull (strstr (error->message, "; "));
      assert_no_children ();
    }
}

static gpointer
cancel_later (gpointer data)
{
  g_usleep (200 * 1000);
  g_cancellable_cancel (data);
  return NULL;
}

static void
test_cancel (void)
{
  g_autoptr (GBytes) bytes = endless_drawing ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  QlDecoderLimits never = { .time_ms = NEVER_MS, .cpu_s = 24 * 3600 };
  g_autoptr (GError) error = NULL;
  int before = n_open_files ();
  GThread *thread;

  if (!reads_svg ())
    return;
  use_real ();
  thread = g_thread_new ("cancel", cancel_later, cancellable);
  g_assert_null (decode (bytes, &never, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_thread_join (thread);
  assert_no_children ();
  g_assert_cmpint (n_open_files (), ==, before);
}

static void
put (GByteArray *out, guint32 value, int n)
{
  for (int i = 0; i < n; i++)
    {
      guint8 byte = (guint8) (value >> 8 * i);

      g_byte_array_append (out, &byte, 1);
    }
}

/* A run-length coded bitmap: as many pixels as its head says, and no data. */
static GBytes *
empty_bitmap (guint32 side)
{
  GByteArray *out = g_byte_array_new ();

  g_byte_array_append (out, (const guint8 *) "BM", 2);
  put (out, 1100, 4);
  put (out, 0, 4);
  put (out, 1078, 4);
  put (out, 40, 4);
  put (out, side, 4);
  put (out, side, 4);
  put (out, 1, 2);
  put (out, 8, 2);
  put (out, 1, 4);
  for (int i = 0; i < 5 + 256; i++)
    put (out, 0, 4);
  put (out, 0x0100, 4);
  return g_byte_array_free_to_bytes (out);
}

#if defined(__SANITIZE_ADDRESS__)
#define HAS_MEMORY_LIMIT FALSE
#else
#define HAS_MEMORY_LIMIT TRUE
#endif

/* From nothing to enough: an error in words each time, at last the picture. */
static void
test_memory (void)
{
  g_autoptr (GBytes) bytes = empty_bitmap (4000);
  int n_no_memory = 0;

  if (!HAS_MEMORY_LIMIT)
    {
      g_test_skip ("no limit under AddressSanitizer");
      return;
    }
  use_real ();
  for (guint64 mb = 8; mb <= 1024; mb += mb / 2)
    {
      QlDecoderLimits limits = { .memory_bytes = mb << 20 };
      g_autoptr (GError) error = NULL;
      g_autoptr (QlImage) image = decode (bytes, &limits, NULL, &error);

      g_test_message ("%d MB: %s", (int) mb, image ? "read" : error->message);
      if (image == NULL)
        g_assert_true (g_error_matches (error, QL_IMAGE_ERROR, QL_IMAGE_ERROR_NO_MEMORY)
                       || g_error_matches (error, QL_IMAGE_ERROR, QL_IMAGE_ERROR_DAMAGED));
      n_no_memory += g_error_matches (error, QL_IMAGE_ERROR, QL_IMAGE_ERROR_NO_MEMORY);
    }
  g_assert_cmpint (n_no_memory, >, 1);
  assert_no_children ();
}

/* The kernel may tell the decoder of its request after it has read it; that is no reason to end. Here it is told of
 * more, while it works. */
static void
test_told_late (void)
{
  g_autofree char *path
      = g_build_filename (g_getenv ("QLENS_SRC"), "data", "samples", "16-fails-photo.jpg", NULL);
  g_autofree char *program = g_build_filename (g_getenv ("QLENS_BUILD"), QL_DECODE_PROGRAM, NULL);
  g_autofree char *content = NULL;
  gsize n_bytes;

  g_assert_true (g_file_get_contents (path, &content, &n_bytes, NULL));
  for (int round = 0; round < 10; round++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (QlDecoderProcess) process = ql_decoder_process_new (program, &error);
      g_autoptr (GBytes) encoded = g_bytes_new (content, n_bytes);
      gint64 deadline = g_get_monotonic_time () + 60 * G_USEC_PER_SEC;
      QlDecodeRequest request = { .magic = QL_DECODE_MAGIC,
                                  .max_pixels = 1000 * 1000,
                                  .n_bytes = n_bytes,
                                  .n_pixel_bytes = 3 * 1000 * 1000 };
      int file = ql_decoder_memory_new_with (encoded), pixels = ql_decoder_memory_new (request.n_pixel_bytes);
      QlDecodeHello hello;
      QlDecodeReply reply;

      g_assert_no_error (error);
      g_assert_cmpint (ql_decoder_process_receive (process, &hello, sizeof hello, deadline, NULL), ==,
                       QL_DECODER_MESSAGE);
      g_assert_true (ql_decode_send_request (process->socket, &request, (int[2]){ file, pixels }));
      for (int i = 0; i < 10; i++)
        {
          g_usleep (100);
          (void) !send (process->socket, "x", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
        }
      g_assert_cmpint (ql_decoder_process_receive (process, &reply, sizeof reply, deadline, NULL), ==,
                       QL_DECODER_MESSAGE);
      g_assert_cmpint (reply.fault.kind, ==, QL_IMAGE_FAULT_NONE);
      close (file);
      close (pixels);
    }
}

/* Who waits for the picture is killed: its decoder does not go on for nobody. */
static void
test_dies_with_client (void)
{
  g_autoptr (GBytes) bytes = endless_drawing ();
  g_autofree char *status_path = NULL;
  gint64 start = g_get_monotonic_time ();
  pid_t client, decoder = 0;
  gboolean behind_walls = FALSE, alive = TRUE;

  if (!reads_svg ())
    return;
  use_real ();
  client = fork ();
  if (client == 0)
    {
      decode (bytes, NULL, NULL, NULL);
      _exit (0);
    }
  while (!behind_walls && g_get_monotonic_time () - start < 20 * G_USEC_PER_SEC)
    {
      g_autofree char *status = NULL;

      g_usleep (10000);
      decoder = first_child (client);
      g_free (status_path);
      status_path = g_strdup_printf ("/proc/%d/status", decoder);
      behind_walls = decoder > 0 && g_file_get_contents (status_path, &status, NULL, NULL)
                     && strstr (status, "Seccomp:\t2") != NULL;
    }
  kill (client, SIGKILL);
  waitpid (client, NULL, 0);
  if (!behind_walls)
    {
      g_test_skip ("this kernel does not show when a decoder decodes");
      return;
    }
  start = g_get_monotonic_time ();
  while (alive && g_get_monotonic_time () - start < 25 * G_USEC_PER_SEC)
    {
      g_autofree char *status = NULL;

      g_usleep (10000);
      alive = g_file_get_contents (status_path, &status, NULL, NULL) && strstr (status, "State:\tZ") == NULL;
    }
  g_assert_false (alive);
}

static void
test_self_test (gconstpointer data)
{
  g_autofree char *program = g_build_filename (g_getenv ("QLENS_BUILD"), "qlens-decode", NULL);
  const char *argv[] = { program, data, NULL };
  g_autofree char *out = NULL;
  g_autoptr (GError) error = NULL;
  int status;

  g_assert_true (
      g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &out, NULL, &status, &error));
  g_test_message ("%s", out);
  g_assert_true (WIFEXITED (status));
  if (WEXITSTATUS (status) == 77)
    {
      g_test_skip ("this kernel has neither landlock nor seccomp");
      return;
    }
  g_assert_cmpint (WEXITSTATUS (status), ==, 0);
  g_assert_null (strstr (out, "not ok"));
  g_assert_nonnull (strstr (out, "\nok reading a file\n"));
  if (strstr (out, "walls landlock\n") == NULL)
    {
      g_assert_nonnull (strstr (out, "\nok opening a socket\n"));
      g_assert_nonnull (strstr (out, "\nok forking\n"));
      g_assert_nonnull (strstr (out, "\nok running another program\n"));
    }
}

/* ---- in an enemy's hands ---- */

static GBytes *
order (const char *how)
{
  g_autofree char *text = g_strconcat ("\x89PNG\r\n\x1a\n", how, NULL);

  return g_bytes_new (text, strlen (text) + 1);
}

static QlImage *
obey (const char *how, const QlDecoderLimits *limits, GError **error)
{
  g_autoptr (GBytes) bytes = order (how);

  use_fake ();
  return decode (bytes, limits, NULL, error);
}

typedef struct
{
  const char *how;
  int code;
  QlDecoderLimits limits;
} Crime;

static const Crime crimes[] = {
  { "abort", QL_IMAGE_ERROR_CRASHED },
  { "segv", QL_IMAGE_ERROR_CRASHED },
  { "killed", QL_IMAGE_ERROR_NO_MEMORY },
  { "loop", QL_IMAGE_ERROR_TIMEOUT, { .time_ms = 300 } },
  { "loop", QL_IMAGE_ERROR_TIMEOUT, { .time_ms = NEVER_MS, .cpu_s = 1 } },
  { "sleep", QL_IMAGE_ERROR_TIMEOUT, { .time_ms = 300 } },
  { "deaf", QL_IMAGE_ERROR_CRASHED },
  { "silent", QL_IMAGE_ERROR_CRASHED },
  { "status", QL_IMAGE_ERROR_CRASHED },
  { "magic", QL_IMAGE_ERROR_CRASHED },
  { "short", QL_IMAGE_ERROR_CRASHED },
  { "long", QL_IMAGE_ERROR_CRASHED },
  { "garbage", QL_IMAGE_ERROR_CRASHED },
  { "flood", QL_IMAGE_ERROR_CRASHED },
  { "keep", QL_IMAGE_ERROR_CRASHED },
  { "lie-wide", QL_IMAGE_ERROR_CRASHED },
  { "lie-product", QL_IMAGE_ERROR_CRASHED },
  { "lie-zero", QL_IMAGE_ERROR_CRASHED },
  { "lie-negative", QL_IMAGE_ERROR_CRASHED },
  { "lie-file", QL_IMAGE_ERROR_CRASHED },
  { "lie-more", QL_IMAGE_ERROR_CRASHED },
  { "lie-kind", QL_IMAGE_ERROR_CRASHED },
  { "lie-cancelled", QL_IMAGE_ERROR_CRASHED },
  { "lie-oriented", QL_IMAGE_ERROR_CRASHED },
  { "text-latin1", QL_IMAGE_ERROR_CRASHED },
  { "text-endless", QL_IMAGE_ERROR_CRASHED },
};

static void
test_crime (gconstpointer data)
{
  const Crime *crime = data;
  g_autoptr (GError) error = NULL;
  int before = n_open_files ();

  g_assert_null (obey (crime->how, &crime->limits, &error));
  g_assert_error (error, QL_IMAGE_ERROR, crime->code);
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
  g_assert_nonnull (strstr (error->message, "; "));
  assert_no_children ();
  g_assert_cmpint (n_open_files (), ==, before);
}

/* Without a crime, so that the others show something. */
static void
test_innocent (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QlImage) image = obey ("nothing", NULL, &error);
  g_autoptr (QlImage) no_file = obey ("file", NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpint (image->width, ==, 4);
  g_assert_cmpstr (image->format, ==, "PNG");
  g_assert_cmpint (image->rgb[47], ==, 0);
  g_assert_nonnull (no_file);
}

static void
test_hog (void)
{
  QlDecoderLimits limits = { .memory_bytes = 512 << 20 };
  g_autoptr (GError) error = NULL;

  if (!HAS_MEMORY_LIMIT)
    {
      g_test_skip ("no limit under AddressSanitizer");
      return;
    }
  g_assert_null (obey ("hog", &limits, &error));
  g_assert_error (error, QL_IMAGE_ERROR, QL_IMAGE_ERROR_NO_MEMORY);
}

/* The size was settled before it had the memory. */
static void
test_shrink (void)
{
  for (int i = 0; i < 20; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (QlImage) image = obey ("shrink", NULL, &error);
      int sum = 0;

      g_assert_no_error (error);
      for (int k = 0; k < 48; k++)
        sum += image->rgb[k];
      g_assert_true (sum == 0 || sum == 'o' + 'k');
    }
}

static void
test_words (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (obey ("text-control", NULL, &error));
  g_assert_error (error, QL_IMAGE_ERROR, QL_IMAGE_ERROR_DAMAGED);
  g_assert_nonnull (strstr (error->message, "(a [31mb c d)"));
}

/* The limit on a side holds for what comes back, too: nine pixels are not too many, but in a row. */
static void
test_side (void)
{
  const QlImageOptions options = { .max_side_px = 3 };
  g_autoptr (GBytes) bytes = order ("lie-row");
  g_autoptr (GError) error = NULL;

  use_fake ();
  g_setenv ("QLENS_DECODE", "helper", TRUE);
  g_assert_null (ql_image_load_bytes (bytes, &options, NULL, &error));
  g_assert_error (error, QL_IMAGE_ERROR, QL_IMAGE_ERROR_CRASHED);
}

static void
test_cancel_fake (void)
{
  for (int i = 0; i < 10; i++)
    {
      g_autoptr (GBytes) bytes = order (i % 2 == 0 ? "sleep" : "loop");
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      QlDecoderLimits never = { .time_ms = NEVER_MS, .cpu_s = 24 * 3600 };
      GThread *thread = g_thread_new ("cancel", cancel_later, cancellable);
      g_autoptr (GError) error = NULL;

      use_fake ();
      g_assert_null (decode (bytes, &never, cancellable, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      g_thread_join (thread);
      assert_no_children ();
    }
}

/* ---- none to be had ---- */

static void
assert_falls_back (const char *dir)
{
  g_autofree char *path
      = g_build_filename (g_getenv ("QLENS_SRC"), "tests/golden/preprocess/images/size-3x90.png", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (QlImage) image = NULL;

  g_setenv ("QLENS_LIBEXEC", dir, TRUE);
  image = load ("", path, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (image->width, ==, 90);
  g_assert_null (load ("helper", path, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  assert_no_children ();
}

static void
test_fallback (void)
{
  g_autofree char *dir = g_dir_make_tmp ("qlens-decoder-XXXXXX", NULL);
  g_autofree char *program = g_build_filename (dir, "qlens-decode", NULL);
  g_autofree char *fake = g_build_filename (g_getenv ("QLENS_BUILD"), "tests", "app", "fake", NULL);
  int before = n_open_files ();

  assert_falls_back (dir);
  /* not a program; one that says nothing; one that says something else */
  g_assert_true (g_file_set_contents (program, "x", 1, NULL));
  assert_falls_back (dir);
  g_unlink (program);
  g_assert_cmpint (symlink ("/bin/true", program), ==, 0);
  assert_falls_back (dir);
  g_unlink (program);
  g_rmdir (dir);
  g_setenv ("XDG_QLENS_FAKE", "hello", TRUE);
  assert_falls_back (fake);
  g_unsetenv ("XDG_QLENS_FAKE");
  g_assert_cmpint (n_open_files (), ==, before);
}

/* A picture that brings its decoder down is not then decoded here. */
static void
test_no_fallback (void)
{
  g_autoptr (GBytes) bytes = order ("status");
  g_autoptr (GError) error = NULL;

  use_fake ();
  g_unsetenv ("QLENS_DECODE");
  g_assert_null (ql_image_load_bytes (bytes, NULL, NULL, &error));
  g_assert_error (error, QL_IMAGE_ERROR, QL_IMAGE_ERROR_CRASHED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/decoder/golden", test_golden);
  g_test_add_func ("/decoder/drawing", test_drawing);
  g_test_add_func ("/decoder/nothing-left", test_nothing_left);
  g_test_add_func ("/decoder/ahead", test_ahead);
  g_test_add_func ("/decoder/time", test_time);
  g_test_add_func ("/decoder/cancel", test_cancel);
  g_test_add_func ("/decoder/memory", test_memory);
  g_test_add_func ("/decoder/told-late", test_told_late);
  g_test_add_func ("/decoder/dies-with-client", test_dies_with_client);
  g_test_add_data_func ("/decoder/walls/both", "--self-test", test_self_test);
  g_test_add_data_func ("/decoder/walls/landlock", "--self-test=landlock", test_self_test);
  g_test_add_data_func ("/decoder/walls/seccomp", "--self-test=seccomp", test_self_test);
  g_test_add_func ("/decoder/fake/innocent", test_innocent);
  for (gsize i = 0; i < G_N_ELEMENTS (crimes); i++)
    {
      g_autofree char *name = g_strdup_printf ("/decoder/fake/%s-%d", crimes[i].how, (int) i);

      g_test_add_data_func (name, &crimes[i], test_crime);
    }
  g_test_add_func ("/decoder/fake/hog", test_hog);
  g_test_add_func ("/decoder/fake/shrink", test_shrink);
  g_test_add_func ("/decoder/fake/words", test_words);
  g_test_add_func ("/decoder/fake/side", test_side);
  g_test_add_func ("/decoder/fake/cancel", test_cancel_fake);
  g_test_add_func ("/decoder/fallback", test_fallback);
  g_test_add_func ("/decoder/no-fallback", test_no_fallback);
  return g_test_run ();
}

/* A decoder in an enemy's hands: what it does to its client stands in the picture, after PNG's signature. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/decode-wire.h"

static QlDecodeReply reply = {
  .magic = QL_DECODE_MAGIC,
  .width = 4,
  .height = 4,
  .file_width = 4,
  .file_height = 4,
};

static void say_and_end (void) G_GNUC_NORETURN;

static void
say_and_end (void)
{
  ql_decode_send_reply (QL_DECODE_FD, &reply);
  _exit (0);
}

static void
say_bytes (gsize n)
{
  g_autofree guint8 *bytes = g_malloc (n);

  memset (bytes, 0xa5, n);
  if (write (QL_DECODE_FD, bytes, n) < 0)
    _exit (1);
}

static void
loop (void)
{
  for (volatile guint i = 0;; i++)
    ;
}

/* All that it gets; then it says how the limit looks from inside. */
static void
hog (void)
{
  const gsize step = 16 * 1024 * 1024;

  for (guint n = 0; n < 64 * 1024; n++)
    {
      guint8 *more = mmap (NULL, step, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

      if (more == MAP_FAILED)
        {
          reply.fault.kind = QL_IMAGE_FAULT_NO_MEMORY;
          say_and_end ();
        }
    }
}

static void
write_a_file (void)
{
  char name[] = "/tmp/qlens-fake-XXXXXX";
  int fd = mkstemp (name);

  unlink (name);
  signal (SIGXFSZ, SIG_IGN);
  if (fd >= 0 && write (fd, "x", 1) == 1)
    reply.magic = 0;
}

/* Shrinks the shared memory, before and after it has told its size. */
static void
shrink (int memory)
{
  gboolean done = ftruncate (memory, 0) == 0;

  ql_decode_send_reply (QL_DECODE_FD, &reply);
  done |= ftruncate (memory, 1) == 0;
  /* would show in the pixels */
  if (!done && pwrite (memory, "ok", 2, 0) < 0)
    _exit (1);
  _exit (0);
}

/* Another process keeps the pixels, to change them while they are looked at. */
static void
keep (int memory)
{
  pid_t pid;

  if (mmap (NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0) == MAP_FAILED)
    _exit (1);
  pid = fork ();
  if (pid == 0)
    {
      close (QL_DECODE_FD);
      alarm (20);
      pause ();
    }
}

static void
lie (const char *how)
{
  if (g_str_equal (how, "lie-wide"))
    reply.width = 1 << 30;
  else if (g_str_equal (how, "lie-product"))
    reply.width = reply.height = 0x7fffffff;
  else if (g_str_equal (how, "lie-row"))
    reply.width = 9, reply.height = 1;
  else if (g_str_equal (how, "lie-zero"))
    reply.height = 0;
  else if (g_str_equal (how, "lie-negative"))
    reply.width = reply.height = -4;
  else if (g_str_equal (how, "lie-file"))
    reply.file_width = -1;
  else if (g_str_equal (how, "lie-more"))
    reply.height = 8001, reply.width = 8001;
  else if (g_str_equal (how, "lie-kind"))
    reply.fault.kind = (QlImageFaultKind) 77;
  else if (g_str_equal (how, "lie-cancelled"))
    reply.fault.kind = QL_IMAGE_FAULT_CANCELLED;
  else if (g_str_equal (how, "lie-oriented"))
    reply.oriented = 7;
}

static void
speak (const char *how)
{
  reply.fault.kind = QL_IMAGE_FAULT_DAMAGED;
  if (g_str_equal (how, "text-latin1"))
    memcpy (reply.fault.detail, "caf\xe9", 5);
  else if (g_str_equal (how, "text-endless"))
    memset (reply.fault.detail, 'a', sizeof reply.fault.detail);
  else if (g_str_equal (how, "text-control"))
    strcpy (reply.fault.detail, "a\033[31mb\nc\xe2\x80\xae"
                                "d");
}

static void
act (const char *how, int memory)
{
  if (g_str_equal (how, "abort"))
    abort ();
  else if (g_str_equal (how, "segv"))
    raise (SIGSEGV);
  else if (g_str_equal (how, "killed"))
    raise (SIGKILL);
  else if (g_str_equal (how, "loop"))
    loop ();
  else if (g_str_equal (how, "sleep"))
    pause ();
  else if (g_str_equal (how, "deaf"))
    {
      close (QL_DECODE_FD);
      pause ();
    }
  else if (g_str_equal (how, "hog"))
    hog ();
  else if (g_str_equal (how, "silent"))
    _exit (0);
  else if (g_str_equal (how, "status"))
    _exit (127);
  else if (g_str_equal (how, "magic"))
    reply.magic ^= 1;
  else if (g_str_equal (how, "short"))
    say_bytes (sizeof reply - 1);
  else if (g_str_equal (how, "long"))
    say_bytes (sizeof reply + 1);
  else if (g_str_equal (how, "garbage"))
    say_bytes (sizeof reply);
  else if (g_str_equal (how, "flood"))
    for (int i = 0; i < 100000; i++)
      say_bytes (4000);
  else if (g_str_equal (how, "shrink"))
    shrink (memory);
  else if (g_str_equal (how, "keep"))
    keep (memory);
  else if (g_str_equal (how, "file"))
    write_a_file ();
  lie (how);
  if (g_str_has_prefix (how, "text-"))
    speak (how);
}

int
main (void)
{
  QlDecodeHello nonsense = { 0 };
  QlDecodeRequest request;
  char how[32] = "";
  int fds[2];

  if (g_getenv ("XDG_QLENS_FAKE") != NULL)
    return write (QL_DECODE_FD, &nonsense, sizeof nonsense) < 0;
  if (!ql_decode_send_hello (QL_DECODE_FD) || !ql_decode_receive_request (QL_DECODE_FD, &request, fds)
      || pread (fds[0], how, sizeof how - 1, 8) < 0)
    return 1;
  act (how, fds[1]);
  say_and_end ();
}

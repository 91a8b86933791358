#include "app/decoder-process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/decode-wire.h"

/* Libraries and fonts are opened one after the other. */
#define MAX_OPEN_FILES 64
/* One that has closed its socket is about to be gone; this long is waited for its own end. */
#define END_MS 2000

extern char **environ;

/* What libraries need to find their files, and messages their language; not what else people keep there. */
static gboolean
is_for_decoder (const char *variable)
{
  static const char *const kept[] = { "LANG",         "LC_",   "LD_",        "GDK_PIXBUF_", "FONTCONFIG_",
                                      "HOME=",        "XDG_",  "GCONV_PATH", "LOCPATH",     "GLIBC_",
                                      "MALLOC_",      "PATH=", "ASAN_",      "LSAN_",       "UBSAN_OPTIO",
                                      "TSAN_OPTIONS", "SNAP",  "GIO_" };

  for (gsize i = 0; i < G_N_ELEMENTS (kept); i++)
    if (g_str_has_prefix (variable, kept[i]))
      return TRUE;
  return FALSE;
}

/* Returns: (transfer container): into environ */
static GPtrArray *
decoder_environment (void)
{
  GPtrArray *kept = g_ptr_array_new ();

  for (char **at = environ; at != NULL && *at != NULL; at++)
    if (is_for_decoder (*at))
      g_ptr_array_add (kept, *at);
  g_ptr_array_add (kept, NULL);
  return kept;
}

/* Nothing of this process but the socket; the terminal's signals are not for it either. Returns: an errno */
static int
spawn (const char *program, int null, int socket, pid_t *pid)
{
  g_autoptr (GPtrArray) environment = decoder_environment ();
  char *const argv[] = { (char *) QL_DECODE_PROGRAM, NULL };
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  sigset_t none, all;
  int result;

  sigemptyset (&none);
  sigfillset (&all);
  posix_spawn_file_actions_init (&actions);
  posix_spawnattr_init (&attributes);
  for (int fd = 0; fd < QL_DECODE_FD; fd++)
    posix_spawn_file_actions_adddup2 (&actions, null, fd);
  posix_spawn_file_actions_adddup2 (&actions, socket, QL_DECODE_FD);
  posix_spawnattr_setsigmask (&attributes, &none);
  posix_spawnattr_setsigdefault (&attributes, &all);
  posix_spawnattr_setpgroup (&attributes, 0);
  posix_spawnattr_setflags (&attributes,
                            POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  result = posix_spawn (pid, program, &actions, &attributes, argv, (char **) environment->pdata);
  posix_spawnattr_destroy (&attributes);
  posix_spawn_file_actions_destroy (&actions);
  return result;
}

/* Out of the way of the numbers that the new process uses. */
static int
move_up (int fd)
{
  int moved = fd >= 0 ? fcntl (fd, F_DUPFD_CLOEXEC, QL_DECODE_FD + 1) : -1;

  if (fd >= 0)
    close (fd);
  return moved;
}

QlDecoderProcess *
ql_decoder_process_new (const char *program, GError **error)
{
  QlDecoderProcess *self = NULL;
  int pair[2], null, theirs, result;
  pid_t pid;

  if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
    {
      g_set_error_literal (error, G_IO_ERROR, g_io_error_from_errno (errno), g_strerror (errno));
      return NULL;
    }
  theirs = move_up (pair[1]);
  null = move_up (open ("/dev/null", O_RDWR | O_CLOEXEC));
  result = theirs >= 0 && null >= 0 ? spawn (program, null, theirs, &pid) : EMFILE;
  if (theirs >= 0)
    close (theirs);
  if (null >= 0)
    close (null);
  if (result != 0)
    {
      close (pair[0]);
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (result), "%s: %s", program, g_strerror (result));
      return NULL;
    }
  self = g_new (QlDecoderProcess, 1);
  self->pid = pid;
  self->socket = pair[0];
  return self;
}

gboolean
ql_decoder_process_is_running (QlDecoderProcess *self)
{
  if (self->pid > 0 && waitpid (self->pid, NULL, WNOHANG) != 0)
    self->pid = 0;
  return self->pid > 0;
}

static void
limit (QlDecoderProcess *self, int resource, guint64 soft, guint64 hard)
{
  struct rlimit limits, wanted;

  if (prlimit (self->pid, resource, NULL, &limits) != 0)
    return;
  /* never more than what this process was left with */
  wanted.rlim_max = MIN (limits.rlim_max, (rlim_t) hard);
  wanted.rlim_cur = MIN (wanted.rlim_max, (rlim_t) soft);
  prlimit (self->pid, resource, &wanted, NULL);
}

void
ql_decoder_process_limit (QlDecoderProcess *self, guint64 memory_bytes, guint cpu_s)
{
/* AddressSanitizer lays out terabytes that it never uses. */
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  if (memory_bytes > 0)
    limit (self, RLIMIT_AS, memory_bytes, memory_bytes);
#endif
  limit (self, RLIMIT_CPU, cpu_s, (guint64) cpu_s + 1);
  limit (self, RLIMIT_FSIZE, 0, 0);
  limit (self, RLIMIT_CORE, 0, 0);
  limit (self, RLIMIT_NOFILE, MAX_OPEN_FILES, MAX_OPEN_FILES);
}

/* Returns: what recv() says, or -1 for one of the wrong size */
static gssize
take_message (QlDecoderProcess *self, void *message, gsize n_bytes)
{
  gssize got;

  do
    got = recv (self->socket, message, n_bytes, MSG_DONTWAIT | MSG_TRUNC);
  while (got < 0 && errno == EINTR);
  return got;
}

QlDecoderNews
ql_decoder_process_receive (QlDecoderProcess *self, void *message, gsize n_bytes, gint64 deadline_us,
                            GCancellable *cancellable)
{
  GPollFD polls[2] = { { .fd = self->socket, .events = G_IO_IN | G_IO_HUP } };
  guint n_polls = g_cancellable_make_pollfd (cancellable, &polls[1]) ? 2 : 1;
  QlDecoderNews news = QL_DECODER_LATE;
  gint64 left_us;

  while ((left_us = deadline_us - g_get_monotonic_time ()) > 0)
    {
      gint64 left_ms = MIN (left_us / 1000 + 1, G_MAXINT);

      if (g_cancellable_is_cancelled (cancellable))
        {
          news = QL_DECODER_CANCELLED;
          break;
        }
      polls[0].revents = 0;
      g_poll (polls, n_polls, (int) left_ms);
      if (polls[0].revents != 0)
        {
          news = take_message (self, message, n_bytes) == (gssize) n_bytes ? QL_DECODER_MESSAGE
                                                                           : QL_DECODER_GONE;
          break;
        }
    }
  if (n_polls == 2)
    g_cancellable_release_fd (cancellable);
  return news;
}

QlDecoderEnd
ql_decoder_process_end (QlDecoderProcess *self)
{
  int status = 0;
  pid_t ended = 0;

  for (int ms = 0; ms < END_MS && ended == 0 && self->pid > 0; ms++)
    {
      ended = waitpid (self->pid, &status, WNOHANG);
      if (ended == 0)
        g_usleep (1000);
    }
  if (ended == 0)
    {
      ql_decoder_process_kill (self);
      return QL_DECODER_END_CRASH;
    }
  self->pid = 0;
  if (ended < 0 || !WIFSIGNALED (status))
    return QL_DECODER_END_CRASH;
  g_debug ("the decoder ended by signal %d", WTERMSIG (status));
  if (WTERMSIG (status) == SIGXCPU)
    return QL_DECODER_END_TIME;
  return WTERMSIG (status) == SIGKILL ? QL_DECODER_END_KILLED : QL_DECODER_END_CRASH;
}

void
ql_decoder_process_kill (QlDecoderProcess *self)
{
  pid_t ended;

  if (self->pid <= 0)
    return;
  kill (self->pid, SIGKILL);
  do
    ended = waitpid (self->pid, NULL, 0);
  while (ended < 0 && errno == EINTR);
  self->pid = 0;
}

void
ql_decoder_process_free (QlDecoderProcess *self)
{
  ql_decoder_process_kill (self);
  close (self->socket);
  g_free (self);
}

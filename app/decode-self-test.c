#include "app/decode-self-test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib.h>

#include "app/decode-sandbox.h"
#include "app/decode-wire.h"

/* Each tries to get out. Returns: whether it did */

static gboolean
reads_a_file (void)
{
  return open ("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0;
}

static gboolean
lists_a_folder (void)
{
  return open ("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC) >= 0;
}

static gboolean
creates_a_file (void)
{
  return open ("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600) >= 0;
}

static gboolean
looks_at_a_file (void)
{
  struct stat info;

  return stat ("/etc/passwd", &info) == 0;
}

static gboolean
connects (void)
{
  /* Nobody listens there; to learn as much is to have been out. */
  struct sockaddr_in address
      = { .sin_family = AF_INET, .sin_port = htons (9), .sin_addr = { htonl (INADDR_LOOPBACK) } };
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  return fd >= 0
         && (connect (fd, (struct sockaddr *) &address, sizeof address) == 0
             || (errno != EACCES && errno != EPERM));
}

static gboolean
opens_a_socket (void)
{
  int pair[2];

  return socket (AF_INET, SOCK_DGRAM, 0) >= 0 || socket (AF_UNIX, SOCK_STREAM, 0) >= 0
         || socketpair (AF_UNIX, SOCK_STREAM, 0, pair) == 0;
}

static gboolean
forks (void)
{
  pid_t pid = fork ();

  if (pid == 0)
    _exit (0);
  if (pid > 0)
    waitpid (pid, NULL, 0);
  return pid >= 0;
}

/* It cannot tell of success: what it becomes says something else. */
static gboolean
becomes_another (void)
{
  execl ("/bin/echo", "echo", "not ok another program", NULL);
  return errno != EPERM && errno != EACCES;
}

static gboolean
signals_others (void)
{
  return kill (getppid (), 0) == 0;
}

static gboolean
traces_others (void)
{
  return ptrace (PTRACE_ATTACH, getppid (), NULL, NULL) == 0;
}

static gboolean
writes_elsewhere (void)
{
  /* its own input, wherever that comes from */
  return write (STDIN_FILENO, "", 0) == 0;
}

static gboolean
makes_code (void)
{
  return mmap (NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
}

static gboolean
raises_a_limit (void)
{
  struct rlimit limit = { 1, 1 };

  return setrlimit (RLIMIT_CORE, &limit) == 0;
}

/* @abi: of landlock, from which on it holds this by itself; 0: never */
static const struct
{
  const char *name;
  gboolean (*gets_out) (void);
  int abi;
} attempts[] = {
  { "reading a file", reads_a_file, 1 },
  { "listing a folder", lists_a_folder, 1 },
  { "creating a file", creates_a_file, 1 },
  { "running another program", becomes_another, 1 },
  { "connecting", connects, 4 },
  { "signalling another process", signals_others, 6 },
  { "looking at a file", looks_at_a_file, 0 },
  { "opening a socket", opens_a_socket, 0 },
  { "forking", forks, 0 },
  { "tracing another process", traces_others, 0 },
  { "writing elsewhere", writes_elsewhere, 0 },
  { "making code", makes_code, 0 },
  { "setting a limit", raises_a_limit, 0 },
};

/* Lines are written whole and at once: a way out may end the program. */
static void
tell (const char *verdict, const char *what)
{
  g_autofree char *line = g_strconcat (verdict, " ", what, "\n", NULL);

  if (write (STDOUT_FILENO, line, strlen (line)) < 0)
    _exit (1);
}

int
ql_decode_self_test (const char *option)
{
  guint wanted = QL_DECODE_WALL_LANDLOCK | QL_DECODE_WALL_SECCOMP, walls;
  int abi = ql_decode_landlock_abi ();
  int status = 0;

  if (g_str_has_suffix (option, "=landlock"))
    wanted = QL_DECODE_WALL_LANDLOCK;
  else if (g_str_has_suffix (option, "=seccomp"))
    wanted = QL_DECODE_WALL_SECCOMP;
  walls = ql_decode_sandbox_enter (STDOUT_FILENO, TRUE, wanted);
  if (walls == 0)
    {
      tell ("skip", "this kernel has none of these walls");
      return 77;
    }
  tell ("walls", walls == QL_DECODE_WALL_LANDLOCK  ? "landlock"
                 : walls == QL_DECODE_WALL_SECCOMP ? "seccomp"
                                                   : "landlock and seccomp");
  for (gsize i = 0; i < G_N_ELEMENTS (attempts); i++)
    {
      gboolean held
          = (walls & QL_DECODE_WALL_SECCOMP) != 0 || (attempts[i].abi > 0 && attempts[i].abi <= abi);

      if (!held)
        tell ("skip", attempts[i].name);
      else if (attempts[i].gets_out ())
        {
          tell ("not ok", attempts[i].name);
          status = 1;
        }
      else
        tell ("ok", attempts[i].name);
    }
  return status;
}

#include "app/decode-sandbox.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "app/decode-wire.h"

/* Of <linux/landlock.h>, which the C library's headers may be too old for; the numbers are the same on every
   machine. */
#define LANDLOCK_CREATE_RULESET 444
#define LANDLOCK_RESTRICT_SELF 446
#define LANDLOCK_CREATE_RULESET_VERSION 1u

struct landlock_rules
{
  guint64 handled_access_fs;
  guint64 handled_access_net; /* from ABI 4 on */
  guint64 scoped; /* from ABI 6 on */
};

int
ql_decode_landlock_abi (void)
{
  long abi = syscall (LANDLOCK_CREATE_RULESET, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

  return abi > 0 ? (int) abi : 0;
}

/* All that this kernel can forbid, and no exception. */
static gboolean
enter_landlock (void)
{
  int abi = ql_decode_landlock_abi ();
  /* 13 at first; then moving between folders, truncating, and ioctl() of devices */
  int n_fs = abi >= 5 ? 16 : abi >= 3 ? 15 : abi >= 2 ? 14 : 13;
  struct landlock_rules rules = { .handled_access_fs = (1u << n_fs) - 1 };
  gsize n_bytes = sizeof rules.handled_access_fs;
  gboolean done;
  int fd;

  if (abi == 0)
    return FALSE;
  if (abi >= 4)
    {
      rules.handled_access_net = 3; /* bind, connect */
      n_bytes = G_STRUCT_OFFSET (struct landlock_rules, scoped);
    }
  if (abi >= 6)
    {
      rules.scoped = 3; /* abstract sockets, signals */
      n_bytes = sizeof rules;
    }
  fd = (int) syscall (LANDLOCK_CREATE_RULESET, &rules, n_bytes, 0);
  if (fd < 0)
    return FALSE;
  done = syscall (LANDLOCK_RESTRICT_SELF, fd, 0) == 0;
  close (fd);
  return done;
}

guint
ql_decode_sandbox_enter (int socket, gboolean threads, guint wanted)
{
  const struct rlimit none = { 0, 0 };
  guint walls = 0;

  /* Threads count as processes here. */
  if (!threads)
    setrlimit (RLIMIT_NPROC, &none);
  if (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return 0;
  if ((wanted & QL_DECODE_WALL_LANDLOCK) != 0 && enter_landlock ())
    walls |= QL_DECODE_WALL_LANDLOCK;
  if ((wanted & QL_DECODE_WALL_SECCOMP) != 0 && ql_decode_seccomp_enter (socket, threads))
    walls |= QL_DECODE_WALL_SECCOMP;
  return walls;
}

#include <errno.h>
#include <sched.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include "app/decode-sandbox.h"

/* The filter reads the lower half of an argument where it lies on these; elsewhere there is none. */
#if defined(__x86_64__) && defined(__LP64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__) && defined(__LP64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define ARCH AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define ARCH AUDIT_ARCH_RISCV64
#endif

#ifndef ARCH

gboolean
ql_decode_seccomp_enter (int socket, gboolean threads)
{
  return FALSE;
}

#else

#define MAX_LENGTH 200

typedef struct
{
  struct sock_filter code[MAX_LENGTH];
  unsigned short length;
} Filter;

static void
add (Filter *self, guint16 code, guint8 if_true, guint8 if_false, guint32 k)
{
  g_assert (self->length < MAX_LENGTH);
  self->code[self->length++] = (struct sock_filter){ code, if_true, if_false, k };
}

static void
load (Filter *self, gsize offset)
{
  add (self, BPF_LD | BPF_W | BPF_ABS, 0, 0, (guint32) offset);
}

static gsize
argument (int i)
{
  return offsetof (struct seccomp_data, args) + 8 * (gsize) i;
}

static void
answer (Filter *self, guint32 what)
{
  add (self, BPF_RET | BPF_K, 0, 0, what);
}

static void
allow (Filter *self, int number)
{
  add (self, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, (guint32) number);
  answer (self, SECCOMP_RET_ALLOW);
}

/* Not done; @error 0 says that it was. */
static void
refuse (Filter *self, int number, int error)
{
  add (self, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, (guint32) number);
  answer (self, SECCOMP_RET_ERRNO | (guint32) error);
}

/* Allowed if argument @i, a number of 32 bits, is @value or @other. */
static void
allow_either (Filter *self, int number, int i, guint32 value, guint32 other)
{
  add (self, BPF_JMP | BPF_JEQ | BPF_K, 0, 5, (guint32) number);
  load (self, argument (i));
  add (self, BPF_JMP | BPF_JEQ | BPF_K, 1, 0, value);
  add (self, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, other);
  answer (self, SECCOMP_RET_ALLOW);
  answer (self, SECCOMP_RET_ERRNO | EPERM);
}

/* Allowed if argument @i has none of @bits; and of those of argument @j, where @needed is not 0, all. */
static void
allow_bits (Filter *self, int number, int i, guint32 bits, int j, guint32 needed)
{
  add (self, BPF_JMP | BPF_JEQ | BPF_K, 0, 7, (guint32) number);
  load (self, argument (i));
  add (self, BPF_JMP | BPF_JSET | BPF_K, 4, 0, bits);
  load (self, argument (j));
  add (self, BPF_ALU | BPF_AND | BPF_K, 0, 0, needed);
  add (self, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, needed);
  answer (self, SECCOMP_RET_ALLOW);
  answer (self, SECCOMP_RET_ERRNO | EPERM);
}

/* Reading a limit, not setting one: the pointer to the new one is NULL. */
static void
allow_reading_limits (Filter *self)
{
  add (self, BPF_JMP | BPF_JEQ | BPF_K, 0, 6, __NR_prlimit64);
  load (self, argument (2));
  add (self, BPF_JMP | BPF_JEQ | BPF_K, 0, 3, 0);
  load (self, argument (2) + 4);
  add (self, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0);
  answer (self, SECCOMP_RET_ALLOW);
  answer (self, SECCOMP_RET_ERRNO | EPERM);
}

/* Computing: memory, locks, clocks, signals to oneself, an end. */
static const int harmless[] = {
  __NR_brk,          __NR_munmap,         __NR_mremap,       __NR_madvise,           __NR_futex,
  __NR_rt_sigaction, __NR_rt_sigprocmask, __NR_rt_sigreturn, __NR_sigaltstack,       __NR_restart_syscall,
  __NR_getpid,       __NR_gettid,         __NR_getrandom,    __NR_sched_getaffinity, __NR_sched_yield,
  __NR_nanosleep,    __NR_clock_gettime,  __NR_gettimeofday, __NR_clock_nanosleep,   __NR_clock_getres,
  __NR_getcpu,       __NR_close,          __NR_exit,         __NR_exit_group,        __NR_membarrier,
};

static const int of_threads[] = {
  __NR_set_robust_list,
#ifdef __NR_rseq
  __NR_rseq,
#endif
};

/* "It is there", said without looking: cairo asks so of a font's file at each new size, of one that it has
   open too. */
static void
claim_access (Filter *self)
{
#ifdef __NR_access
  refuse (self, __NR_access, 0);
#endif
  refuse (self, __NR_faccessat, 0);
#ifdef __NR_faccessat2
  refuse (self, __NR_faccessat2, 0);
#endif
}

static void
allow_threads (Filter *self)
{
  for (gsize i = 0; i < G_N_ELEMENTS (of_threads); i++)
    allow (self, of_threads[i]);
  /* A thread of this process, not a process, nor a container. */
  allow_bits (self, __NR_clone, 0,
              CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID
                  | CLONE_NEWNET | CLONE_PTRACE | CLONE_VFORK,
              0, CLONE_THREAD | CLONE_VM | CLONE_SIGHAND);
  allow_either (self, __NR_prctl, 0, PR_SET_NAME, PR_SET_NAME);
}

static void
build (Filter *self, int socket, gboolean threads)
{
  load (self, offsetof (struct seccomp_data, arch));
  add (self, BPF_JMP | BPF_JEQ | BPF_K, 1, 0, ARCH);
  answer (self, SECCOMP_RET_KILL_PROCESS);
  load (self, offsetof (struct seccomp_data, nr));
#ifdef __x86_64__
  /* the same calls by other numbers, x32's */
  add (self, BPF_JMP | BPF_JGE | BPF_K, 0, 1, 0x40000000);
  answer (self, SECCOMP_RET_KILL_PROCESS);
#endif
  /* The order is that of use: the kernel goes through it at every call. */
  for (gsize i = 0; i < G_N_ELEMENTS (harmless); i++)
    allow (self, harmless[i]);
  /* Memory, not files, and nothing to be run as code. */
  allow_bits (self, __NR_mmap, 2, PROT_EXEC, 3, MAP_ANONYMOUS);
  allow_bits (self, __NR_mprotect, 2, PROT_EXEC, 2, 0);
  allow_either (self, __NR_write, 0, (guint32) socket, STDERR_FILENO);
  allow_either (self, __NR_tgkill, 0, (guint32) getpid (), (guint32) getpid ());
  allow_reading_limits (self);
  if (threads)
    allow_threads (self);
  claim_access (self);
  /* Its arguments lie out of the filter's sight. The C library then takes clone(). */
  refuse (self, __NR_clone3, ENOSYS);
  answer (self, SECCOMP_RET_ERRNO | EPERM);
}

gboolean
ql_decode_seccomp_enter (int socket, gboolean threads)
{
  Filter filter = { .length = 0 };
  struct sock_fprog program;

  build (&filter, socket, threads);
  program = (struct sock_fprog){ filter.length, filter.code };
  return syscall (__NR_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) == 0;
}

#endif

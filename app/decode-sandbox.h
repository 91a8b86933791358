#pragma once

#include <glib.h>

/**
 * The walls around the decoder: after them, a process computes, and answers on one socket. For the process
 * itself; there is no way back.
 */

/**
 * ql_decode_sandbox_enter:
 * @socket: what may still be written to, beside stderr
 * @threads: may start threads (never processes)
 * @wanted: which of QL_DECODE_WALL_…; all but for tests
 *
 * Gives up new privileges, files, sockets and other processes. What is open or mapped stays. Threads that
 * run already keep access to files as far as landlock goes; there should be none.
 *
 * Returns: the walls that stand: those that the kernel and the machine know
 */
guint ql_decode_sandbox_enter (int socket, gboolean threads, guint wanted);

/** ql_decode_landlock_abi: Returns: 0 for none */
int ql_decode_landlock_abi (void);

/**
 * ql_decode_seccomp_enter:
 *
 * The part of ql_decode_sandbox_enter() that filters system calls, for all threads.
 *
 * Returns: %FALSE if the kernel or the machine does not know how
 */
gboolean ql_decode_seccomp_enter (int socket, gboolean threads);

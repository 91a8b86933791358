#pragma once

#include <glib.h>

/**
 * ql_cgroup_memory_room:
 * @root: where control groups are mounted: "/sys/fs/cgroup"
 * @groups: what /proc/self/cgroup says
 *
 * A container, a systemd slice or a login session may have less memory than the computer. Looks at the limits of the
 * group that @groups names and of all groups around it, of version 2 and of version 1. Pages of files that
 * a group holds count as free: they go when something else needs them.
 *
 * Returns: bytes that may still be taken; %G_MAXUINT64 where nothing limits them
 */
guint64 ql_cgroup_memory_room (const char *root, const char *groups);

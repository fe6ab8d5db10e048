/* The memory available to this process under its control groups: containers, batch systems and
 * systemd limit a process by them, and MemAvailable does not include these limits. Versions 1 and 2,
 * also nested: every group above counts. Page cache counts as free, because the kernel drops it
 * first. Source: Linux, Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/memory.rst.
 * Threads: safe. */
#ifndef FT_UTIL_CGROUP_H
#define FT_UTIL_CGROUP_H

#include <stdint.h>

/* Bytes that may still be used; -1: no limit, or none that is known. `root` is put before /proc and
 * /sys: "" for this machine, a folder for tests. */
int64_t ft_cgroup_free(const char *root);

#endif

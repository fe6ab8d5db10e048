/* See cgroup.h. /proc/self/cgroup says in which group the process is; its folder and those above it
 * hold limit and use. Inside a container the path may be that of the host: then only what is
 * mounted, the container's own group, is there to be read. */
#include "util/cgroup.h"
#include "util/mem.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NO_LIMIT ((int64_t)1 << 60) /* version 1 writes a number near 2^63 */

/* The number in a file, or behind `key` in one of its lines; -1: there is none ("max", too). */
static int64_t number(const char *dir, const char *file, const char *key)
{
    char *path = ft_xprintf("%s/%s", dir, file), line[256], *end;
    FILE *f = fopen(path, "re");
    int64_t value = -1;
    size_t n = strlen(key);
    free(path);
    while (f && fgets(line, sizeof line, f)) {
        if (strncmp(line, key, n) || (n && line[n] != ' ')) continue;
        long long x = strtoll(line + n, &end, 10);
        if (end != line + n && x >= 0) value = x;
        break;
    }
    if (f) fclose(f);
    return value;
}

struct version {
    const char *limits[2]; /* files; NULL: no second one */
    const char *used;
    const char *above; /* line of memory.stat: the lowest limit of all groups above; NULL: none */
    const char *cache[3];
};

static const struct version versions[] = {
    {{"memory.limit_in_bytes", NULL},
     "memory.usage_in_bytes",
     "hierarchical_memory_limit",
     {"total_inactive_file", "total_active_file", NULL}},
    {{"memory.max", "memory.high"},
     "memory.current",
     NULL,
     {"inactive_file", "active_file", "slab_reclaimable"}},
};

static int64_t lower(int64_t a, int64_t b)
{
    if (a < 0 || a >= NO_LIMIT) return b;
    return b < 0 || b >= NO_LIMIT || a < b ? a : b;
}

/* Of one group. */
static int64_t group_free(const struct version *v, const char *dir)
{
    int64_t limit = -1, used = number(dir, v->used, "");
    for (size_t i = 0; i < 2; i++)
        if (v->limits[i]) limit = lower(limit, number(dir, v->limits[i], ""));
    if (v->above) limit = lower(limit, number(dir, "memory.stat", v->above));
    if (limit < 0 || limit >= NO_LIMIT || used < 0) return -1;
    for (size_t i = 0; i < 3 && v->cache[i]; i++) {
        int64_t cache = number(dir, "memory.stat", v->cache[i]);
        if (cache > 0) used -= cache < used ? cache : used;
    }
    return used < limit ? limit - used : 0;
}

/* The lowest of the group at `path` below `mount` and of those above it. */
static int64_t groups_free(const struct version *v, const char *mount, const char *path)
{
    char *dir = ft_xprintf("%s%s", mount, path);
    size_t least = strlen(mount);
    int64_t best = -1;
    for (;;) {
        best = lower(group_free(v, dir), best);
        char *slash = strrchr(dir, '/');
        if (!slash || (size_t)(slash - dir) < least) break;
        *slash = 0;
    }
    free(dir);
    return best;
}

static bool has_word(const char *list, const char *word)
{
    size_t n = strlen(word);
    for (const char *p = list; (p = strstr(p, word)); p += n)
        if ((p == list || p[-1] == ',') && (!p[n] || p[n] == ',')) return true;
    return false;
}

int64_t ft_cgroup_free(const char *root)
{
    char *name = ft_xprintf("%s/proc/self/cgroup", root), line[4096];
    FILE *f = fopen(name, "re");
    int64_t best = -1;
    free(name);
    while (f && fgets(line, sizeof line, f)) { /* 5:cpu,memory:/a/b, 0::/a/b */
        line[strcspn(line, "\n")] = 0;
        char *kinds = strchr(line, ':'), *path = kinds ? strchr(kinds + 1, ':') : NULL;
        if (!path) continue;
        *path++ = 0;
        kinds++;
        bool second = !*kinds && !strncmp(line, "0", 1);
        if ((!second && !has_word(kinds, "memory")) || *path != '/' || strstr(path, "..")) continue;
        static const char *const mounts[][2] = {{"memory", "cpu,memory"}, {"", "unified"}};
        for (size_t i = 0; i < 2; i++) {
            const char *under = mounts[second][i];
            char *mount = ft_xprintf("%s/sys/fs/cgroup%s%s", root, *under ? "/" : "", under);
            best = lower(groups_free(&versions[second], mount, path), best);
            free(mount);
        }
    }
    if (f) fclose(f);
    return best;
}

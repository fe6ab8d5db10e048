/* Paths, XDG folders, and the system's facts of files, disk and memory: the second half of fs.h.
 */
#include "util/cgroup.h"
#include "util/fs.h"
#include "util/mem.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

bool ft_path_exists(const char *path)
{
    struct stat sb;
    return !stat(path, &sb);
}

bool ft_path_is_dir(const char *path)
{
    struct stat sb;
    return !stat(path, &sb) && S_ISDIR(sb.st_mode);
}

bool ft_path_is_file(const char *path)
{
    struct stat sb;
    return !stat(path, &sb) && S_ISREG(sb.st_mode);
}

int64_t ft_file_size(const char *path)
{
    struct stat sb;
    return stat(path, &sb) ? -1 : (int64_t)sb.st_size;
}

int64_t ft_disk_free(const char *path)
{
    /* a folder that is still to be made: ask for the nearest one that is there */
    char *p = ft_xstrdup(path);
    struct statvfs sv;
    int bad;
    while ((bad = statvfs(p, &sv)) && strcmp(p, ".") && strcmp(p, "/")) {
        char *up = ft_path_dir(p);
        free(p);
        p = up;
    }
    free(p);
    return bad ? -1 : (int64_t)sv.f_bavail * (int64_t)sv.f_frsize;
}

static int64_t read_number(const char *path, const char *key)
{
    FILE *f = fopen(path, "re");
    if (!f) return -1;
    char line[256];
    int64_t value = -1;
    while (fgets(line, sizeof line, f)) {
        size_t n = strlen(key);
        if (strncmp(line, key, n)) continue;
        char *end;
        long long x = strtoll(line + n, &end, 10);
        if (end != line + n) value = x;
        break;
    }
    fclose(f);
    return value;
}

int64_t ft_mem_available(void)
{
    int64_t kb = read_number("/proc/meminfo", "MemAvailable:");
    int64_t all = kb < 0 ? -1 : kb * 1024, group = ft_cgroup_free("");
    return group >= 0 && (all < 0 || group < all) ? group : all;
}

int64_t ft_mem_rss(void)
{
    FILE *f = fopen("/proc/self/statm", "re");
    char line[128] = "", *rest = line;
    if (!f) return -1;
    bool read = fgets(line, sizeof line, f);
    fclose(f);
    strtoll(line, &rest, 10); /* the first number is the size, the second what is resident */
    char *end = rest;
    long long resident = strtoll(rest, &end, 10);
    return !read || end == rest || resident < 0 ? -1 : resident * sysconf(_SC_PAGESIZE);
}

char *ft_path_join(const char *a, const char *b)
{
    if (b[0] == '/' || !a[0]) return ft_xstrdup(b);
    size_t n = strlen(a);
    return ft_xprintf("%s%s%s", a, a[n - 1] == '/' ? "" : "/", b);
}

const char *ft_path_base(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

char *ft_path_dir(const char *path)
{
    size_t n = strlen(path);
    while (n > 1 && path[n - 1] == '/')
        n--; /* "a/b/" lies in "a" */
    while (n > 0 && path[n - 1] != '/')
        n--;
    while (n > 1 && path[n - 1] == '/')
        n--;
    return n ? ft_xstrndup(path, n) : ft_xstrdup(".");
}

char *ft_path_home(const char *path)
{
    const char *home = getenv("HOME");
    return home && !strncmp(path, "~/", 2) ? ft_path_join(home, path + 2) : ft_xstrdup(path);
}

char *ft_path_real(const char *path)
{
    return realpath(path, NULL);
}

bool ft_path_same(const char *a, const char *b)
{
    char *p = ft_path_real(a), *q = ft_path_real(b);
    bool same = p && q ? !strcmp(p, q) : !strcmp(a, b);
    free(p);
    free(q);
    return same;
}

char *ft_xdg_path(enum ft_xdg kind, const char *file)
{
    static const struct {
        const char *variable, *fallback;
    } rows[] = {
        [FT_XDG_CONFIG] = {"XDG_CONFIG_HOME", ".config"},
        [FT_XDG_DATA] = {"XDG_DATA_HOME", ".local/share"},
        [FT_XDG_STATE] = {"XDG_STATE_HOME", ".local/state"},
        [FT_XDG_CACHE] = {"XDG_CACHE_HOME", ".cache"},
    };
    const char *base = getenv(rows[kind].variable), *home = getenv("HOME");
    if (base && base[0] == '/') return ft_xprintf("%s/fettle/%s", base, file);
    return ft_xprintf("%s/%s/fettle/%s", home && *home ? home : "/tmp", rows[kind].fallback, file);
}

char *ft_assets_path(const char *file)
{
    const char *places[] = {getenv("FETTLE_ASSETS"), FETTLE_SOURCE_DIR "/assets",
                            FETTLE_ASSETS_INSTALLED};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (!places[i] || !*places[i]) continue;
        char *path = ft_path_join(places[i], file);
        if (ft_path_exists(path)) return path;
        free(path);
    }
    return NULL;
}

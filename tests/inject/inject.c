/* A library to preload (LD_PRELOAD) into fettle: it makes the n-th call of a kind fail, ends the
 * process there, or records what is written. For tests/inject/sweep.sh and
 * tests/cli/test_inject.sh; see docs/RELIABILITY.md.
 *
 *     INJECT=KIND:N[:ERRNO]   call N (from 1) of the kind fails with ERRNO (a number, else EIO)
 *     INJECT_ALL=1            ..and every call after it
 *     INJECT_KILL=KIND:N      the process ends there, as with kill -9
 *     INJECT_COUNT=FILE       writes "KIND N" lines when the process ends
 *     INJECT_TRACE=FILE       records writes, syncs and changes of names below the working folder,
 *                             for power_cut.c (the format is there)
 *
 * Kinds: write sync rename readdir malloc open read unlink mkdir truncate. Streams that are opened
 * for writing become streams with functions of our own, because the C library's do not call write()
 * in a way that can be replaced. */
#include "trace.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum kind { WRITE, SYNC, RENAME, READDIR, MALLOC, OPEN, READ, UNLINK, MKDIR, TRUNCATE, KINDS };
static const char *const kind_names[KINDS] = {"write", "sync", "rename", "readdir", "malloc",
                                              "open",  "read", "unlink", "mkdir",   "truncate"};

static atomic_long counts[KINDS];
static int fail_kind = -1, kill_kind = -1, fail_errno = EIO, trace_fd = -1;
static long fail_at, kill_at;
static bool fail_all, ready;
static char root[4096];
static pthread_mutex_t mu = PTHREAD_MUTEX_INITIALIZER;

/* The next function of that name. */
#define NEXT(type, name) ((type)(uintptr_t)dlsym(RTLD_NEXT, name))

static int parse(const char *text, long *at, int *number)
{
    for (int k = 0; text && k < KINDS; k++) {
        size_t n = strlen(kind_names[k]);
        if (strncmp(text, kind_names[k], n) || text[n] != ':') continue;
        char *end;
        *at = strtol(text + n + 1, &end, 10);
        if (*end == ':' && number) *number = (int)strtol(end + 1, NULL, 10);
        return k;
    }
    return -1;
}

static void put_counts(void)
{
    const char *path = getenv("INJECT_COUNT");
    char text[1024];
    int n = 0;
    if (!path) return;
    for (int k = 0; k < KINDS; k++)
        n += snprintf(text + n, sizeof text - (size_t)n, "%s %ld\n", kind_names[k],
                      atomic_load(&counts[k]));
    int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (fd < 0) return;
    if (syscall(SYS_write, fd, text, (size_t)n) != n) _exit(99);
    syscall(SYS_close, fd);
}

__attribute__((constructor)) static void begin(void)
{
    const char *trace = getenv("INJECT_TRACE");
    fail_kind = parse(getenv("INJECT"), &fail_at, &fail_errno);
    kill_kind = parse(getenv("INJECT_KILL"), &kill_at, NULL);
    fail_all = getenv("INJECT_ALL") != NULL;
    if (trace && getcwd(root, sizeof root - 1)) {
        trace_fd = (int)syscall(SYS_openat, AT_FDCWD, trace,
                                O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666);
    }
    ready = true;
}

__attribute__((destructor)) static void finish(void)
{
    put_counts();
}

/* Counts a call; true: it is to fail, errno is set. */
static bool hit(enum kind kind)
{
    if (!ready) return false;
    long n = atomic_fetch_add(&counts[kind], 1) + 1;
    if ((int)kind == kill_kind && n == kill_at) raise(SIGKILL);
    bool fails = (int)kind == fail_kind && (fail_all ? n >= fail_at : n == fail_at);
    if (fails) errno = fail_errno;
    return fails;
}

/* --- the record --- */

static void record(char type, uint64_t ino, uint64_t offset, const char *a, const char *b,
                   const void *data, size_t n)
{
    struct trace_head h = {.type = type,
                           .a_n = (uint16_t)(a ? strlen(a) : 0),
                           .b_n = (uint16_t)(b ? strlen(b) : 0),
                           .ino = ino,
                           .offset = offset,
                           .n = n};
    pthread_mutex_lock(&mu);
    bool bad = syscall(SYS_write, trace_fd, &h, sizeof h) != (long)sizeof h ||
               (h.a_n && syscall(SYS_write, trace_fd, a, (size_t)h.a_n) != h.a_n) ||
               (h.b_n && syscall(SYS_write, trace_fd, b, (size_t)h.b_n) != h.b_n) ||
               (n && data && syscall(SYS_write, trace_fd, data, n) != (long)n);
    pthread_mutex_unlock(&mu);
    if (bad) _exit(99);
}

/* `path` relative to the working folder, into out; false: it lies elsewhere. */
static bool below_root(int at, const char *path, char out[8192])
{
    char dir[4096] = "", full[8192];
    if (trace_fd < 0) return false;
    if (*path == '/') {
        snprintf(full, sizeof full, "%s", path);
    } else if (at != AT_FDCWD) {
        char link[64];
        snprintf(link, sizeof link, "/proc/self/fd/%d", at);
        ssize_t n = readlink(link, dir, sizeof dir - 1);
        if (n <= 0) return false;
        snprintf(full, sizeof full, "%.4000s/%.4000s", dir, path);
    } else {
        snprintf(full, sizeof full, "%.4000s/%.4000s", root, path);
    }
    size_t n = strlen(root);
    if (strncmp(full, root, n) || full[n] != '/') return false;
    snprintf(out, 8192, "%s", full + n + 1);
    return true;
}

static void record_path(char type, int at, const char *path)
{
    char name[8192];
    int saved = errno;
    if (below_root(at, path, name)) record(type, 0, 0, name, NULL, NULL, 0);
    errno = saved;
}

static uint64_t inode(int fd)
{
    struct stat sb;
    return fstat(fd, &sb) ? 0 : (uint64_t)sb.st_ino;
}

/* A file that was opened for writing. */
static void record_open(int fd, const char *path, int flags)
{
    char name[8192];
    int saved = errno;
    struct stat sb;
    if (fd >= 0 && (flags & O_ACCMODE) != O_RDONLY && !fstat(fd, &sb) && S_ISREG(sb.st_mode) &&
        below_root(AT_FDCWD, path, name))
        record(flags & O_TRUNC ? TRACE_OPEN_EMPTY : TRACE_OPEN, inode(fd), 0, name, NULL, NULL, 0);
    errno = saved;
}

static ssize_t put(int fd, const void *data, size_t n, off_t at, bool append)
{
    if (hit(WRITE)) return -1;
    struct stat sb;
    off_t from = at;
    if (trace_fd >= 0) from = append && !fstat(fd, &sb) ? sb.st_size : at;
    ssize_t done = append ? (ssize_t)syscall(SYS_write, fd, data, n)
                          : (ssize_t)syscall(SYS_pwrite64, fd, data, n, at);
    if (done > 0 && trace_fd >= 0)
        record(TRACE_WRITE, inode(fd), (uint64_t)from, NULL, NULL, data, (size_t)done);
    return done;
}

/* --- streams --- */

enum { STREAMS = 256 };
static struct stream {
    FILE *f;
    int fd;
    off_t at;
    bool append;
} streams[STREAMS];

static ssize_t stream_read(void *arg, char *buf, size_t n)
{
    struct stream *s = arg;
    ssize_t got = (ssize_t)syscall(SYS_pread64, s->fd, buf, n, s->at);
    if (got > 0) s->at += got;
    return got;
}

static ssize_t stream_write(void *arg, const char *buf, size_t n)
{
    struct stream *s = arg;
    ssize_t done = put(s->fd, buf, n, s->at, s->append);
    if (done < 0) return 0; /* what a stream's function gives for an error */
    s->at += done;
    return done;
}

static int stream_seek(void *arg, off64_t *at, int whence)
{
    struct stream *s = arg;
    struct stat sb;
    off_t base = whence == SEEK_SET ? 0 : s->at;
    if (whence == SEEK_END) {
        if (fstat(s->fd, &sb)) return -1;
        base = sb.st_size;
    }
    s->at = base + *at;
    *at = s->at;
    return 0;
}

static int stream_close(void *arg)
{
    struct stream *s = arg;
    int bad = (int)syscall(SYS_close, s->fd);
    s->f = NULL;
    return bad;
}

static int open_flags(const char *mode)
{
    bool plus = strchr(mode, '+');
    int flags = strchr(mode, 'e') ? O_CLOEXEC : 0;
    if (*mode == 'r') return flags | (plus ? O_RDWR : O_RDONLY);
    flags |= O_CREAT | (plus ? O_RDWR : O_WRONLY);
    return flags | (*mode == 'a' ? O_APPEND : O_TRUNC);
}

FILE *fopen(const char *path, const char *mode)
{
    int flags = open_flags(mode);
    if ((flags & O_ACCMODE) == O_RDONLY || !ready) {
        if (hit(OPEN)) return NULL;
        return NEXT(FILE * (*)(const char *, const char *), "fopen")(path, mode);
    }
    int fd = open(path, flags, 0666);
    if (fd < 0) return NULL;
    pthread_mutex_lock(&mu);
    struct stream *s = streams;
    while (s < streams + STREAMS && s->f)
        s++;
    if (s == streams + STREAMS) abort();
    *s = (struct stream){.fd = fd, .append = *mode == 'a'};
    cookie_io_functions_t io = {stream_read, stream_write, stream_seek, stream_close};
    s->f = fopencookie(s, *mode == 'w' ? "w" : *mode == 'a' ? "a" : "r+", io);
    FILE *f = s->f;
    pthread_mutex_unlock(&mu);
    if (!f) syscall(SYS_close, fd);
    return f;
}
FILE *fopen64(const char *path, const char *mode) __attribute__((alias("fopen")));

int fileno(FILE *f)
{
    for (size_t i = 0; i < STREAMS; i++)
        if (streams[i].f == f) return streams[i].fd;
    return NEXT(int (*)(FILE *), "fileno")(f);
}

/* --- calls --- */

int open(const char *path, int flags, ...)
{
    __builtin_va_list ap;
    __builtin_va_start(ap, flags);
    int mode = flags & O_CREAT ? __builtin_va_arg(ap, int) : 0;
    __builtin_va_end(ap);
    if (hit(OPEN)) return -1;
    int fd = (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
    record_open(fd, path, flags);
    return fd;
}
int open64(const char *path, int flags, ...) __attribute__((alias("open")));

ssize_t read(int fd, void *buf, size_t n)
{
    return hit(READ) ? -1 : (ssize_t)syscall(SYS_read, fd, buf, n);
}

ssize_t pread(int fd, void *buf, size_t n, off_t at)
{
    return hit(READ) ? -1 : (ssize_t)syscall(SYS_pread64, fd, buf, n, at);
}
ssize_t pread64(int fd, void *buf, size_t n, off_t at) __attribute__((alias("pread")));

ssize_t pwrite(int fd, const void *buf, size_t n, off_t at)
{
    return put(fd, buf, n, at, false);
}
ssize_t pwrite64(int fd, const void *buf, size_t n, off_t at) __attribute__((alias("pwrite")));

int fsync(int fd)
{
    if (hit(SYNC)) return -1;
    int bad = (int)syscall(SYS_fsync, fd);
    struct stat sb;
    char link[64], path[4096];
    if (bad || trace_fd < 0 || fstat(fd, &sb)) return bad;
    if (S_ISREG(sb.st_mode)) {
        record(TRACE_SYNC, (uint64_t)sb.st_ino, 0, NULL, NULL, NULL, 0);
        return bad;
    }
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    if (n <= 0) return bad;
    path[n] = 0;
    if (!strcmp(path, root))
        record(TRACE_SYNC_DIR, 0, 0, ".", NULL, NULL, 0);
    else
        record_path(TRACE_SYNC_DIR, AT_FDCWD, path);
    return bad;
}

int ftruncate(int fd, off_t n)
{
    if (hit(TRUNCATE)) return -1;
    int bad = (int)syscall(SYS_ftruncate, fd, n);
    if (!bad && trace_fd >= 0) record(TRACE_TRUNCATE, inode(fd), (uint64_t)n, NULL, NULL, NULL, 0);
    return bad;
}
int ftruncate64(int fd, off_t n) __attribute__((alias("ftruncate")));

int renameat2(int from_at, const char *from, int to_at, const char *to, unsigned flags)
{
    char a[8192], b[8192];
    if (hit(RENAME)) return -1;
    bool inside = below_root(from_at, from, a) && below_root(to_at, to, b);
    int bad = (int)syscall(SYS_renameat2, from_at, from, to_at, to, flags);
    if (!bad && inside)
        record(flags & RENAME_EXCHANGE ? TRACE_EXCHANGE : TRACE_RENAME, 0, 0, a, b, NULL, 0);
    return bad;
}

int rename(const char *from, const char *to)
{
    return renameat2(AT_FDCWD, from, AT_FDCWD, to, 0);
}

int unlinkat(int at, const char *path, int flags)
{
    if (hit(UNLINK)) return -1;
    int bad = (int)syscall(SYS_unlinkat, at, path, flags);
    if (!bad) record_path(TRACE_UNLINK, at, path);
    return bad;
}

int unlink(const char *path)
{
    return unlinkat(AT_FDCWD, path, 0);
}

int rmdir(const char *path)
{
    return unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
}

int mkdir(const char *path, mode_t mode)
{
    if (hit(MKDIR)) return -1;
    int bad = (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
    if (!bad) record_path(TRACE_MKDIR, AT_FDCWD, path);
    return bad;
}

struct dirent *readdir(DIR *d)
{
    if (hit(READDIR)) return NULL;
    return NEXT(struct dirent * (*)(DIR *), "readdir")(d);
}

struct dirent64 *readdir64(DIR *d)
{
    if (hit(READDIR)) return NULL;
    return NEXT(struct dirent64 * (*)(DIR *), "readdir64")(d);
}

/* --- memory --- */

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);

static bool no_memory(void)
{
    bool fails = hit(MALLOC);
    if (fails) errno = ENOMEM;
    return fails;
}

void *malloc(size_t n)
{
    return no_memory() ? NULL : __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
    return no_memory() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
    return no_memory() ? NULL : __libc_realloc(p, n);
}

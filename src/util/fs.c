/* Reading and replacing files, folders and trees: see fs.h. Paths and system facts are in
 * paths.c. */
#include "util/fs.h"
#include "util/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static enum ft_status fail_open(const char *path, struct ft_err *err)
{
    if (errno == ENOENT) return ft_fail(err, FT_NOTFOUND, "%s: no such file; check the path", path);
    return ft_fail(err, FT_IO, "%s: cannot be opened: %s", path, strerror(errno));
}

/* What git leaves in place of a large file where git-lfs is not installed: a short text. */
static enum ft_status check_pointer(const char *path, int fd, off_t size, struct ft_err *err)
{
    static const char begins[] = "version https://git-lfs.github.com/spec/";
    enum { POINTER_BYTES_MAX = 1024 };
    char text[sizeof begins - 1];
    if (size > POINTER_BYTES_MAX || pread(fd, text, sizeof text, 0) != (ssize_t)sizeof text ||
        memcmp(text, begins, sizeof text))
        return FT_OK;
    return ft_fail(
        err, FT_FORMAT,
        "%s: is a Git LFS pointer, not the file itself; run `git lfs pull` in the clone, "
        "or download the file",
        path);
}

enum ft_status ft_file_open(const char *path, int *fd, size_t *size, struct ft_err *err)
{
    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (*fd < 0) return fail_open(path, err);
    struct stat sb;
    enum ft_status st = FT_OK;
    if (fstat(*fd, &sb))
        st = fail_open(path, err);
    else if (S_ISDIR(sb.st_mode))
        st = ft_fail(err, FT_IO, "%s: is a folder, expected a file", path);
    else if (!S_ISREG(sb.st_mode))
        st = ft_fail(err, FT_IO, "%s: is not a regular file", path);
    else if (sb.st_size < 0)
        st = ft_fail(err, FT_IO, "%s: has no size", path);
    else
        st = check_pointer(path, *fd, sb.st_size, err);
    if (st) {
        close(*fd);
        *fd = -1;
        return st;
    }
    *size = (size_t)sb.st_size;
    return FT_OK;
}

enum ft_status ft_file_read(const char *path, size_t max_bytes, char **data, size_t *n,
                            struct ft_err *err)
{
    int fd;
    size_t size = 0, got = 0;
    enum ft_status st = ft_file_open(path, &fd, &size, err);
    if (st) return st;
    char *buf = NULL;
    if (size > max_bytes) {
        char have[32], most[32];
        st = ft_fail(err, FT_FORMAT, "%s: is %s long, expected at most %s", path,
                     ft_format_bytes(have, sizeof have, (double)size),
                     ft_format_bytes(most, sizeof most, (double)max_bytes));
        goto out;
    }
    if (!(buf = malloc(size + 1))) {
        st = ft_fail(err, FT_NOMEM, "%s: no memory for its %zu bytes", path, size);
        goto out;
    }
    while (got < size) {
        ssize_t r = read(fd, buf + got, size - got);
        if (r < 0 && errno == EINTR) continue;
        if (r < 0) {
            st = ft_fail(err, FT_IO, "%s: reading failed at byte %zu: %s", path, got,
                         strerror(errno));
            goto out;
        }
        if (!r) break; /* grew shorter while we read: what is there counts */
        got += (size_t)r;
    }
    buf[got] = 0;
    *data = buf;
    *n = got;
    buf = NULL;
out:
    free(buf);
    close(fd);
    return st;
}

enum ft_status ft_out_open(struct ft_out *out, const char *path, struct ft_err *err)
{
    memset(out, 0, sizeof *out);
    out->path = ft_xstrdup(path);
    out->tmp = ft_xprintf("%s.tmp.%ld", path, (long)getpid());
    out->f = fopen(out->tmp, "wbe");
    if (out->f) return FT_OK;
    enum ft_status st = ft_fail(err, FT_IO, "%s: cannot be written: %s", path, strerror(errno));
    ft_out_abort(out);
    return st;
}

enum ft_status ft_out_commit(struct ft_out *out, struct ft_err *err)
{
    const char *what = NULL;
    int why = 0;
    if (ferror(out->f)) what = "write", why = errno ? errno : EIO;
    if (fflush(out->f) && !what) what = "write", why = errno;
    if (!what && fsync(fileno(out->f)) && errno != EINVAL && errno != EROFS)
        what = "sync", why = errno;
    if (fclose(out->f) && !what) what = "close", why = errno;
    out->f = NULL;
    if (!what && rename(out->tmp, out->path)) what = "rename", why = errno;
    enum ft_status st = FT_OK;
    if (what) {
        st = ft_fail(err, FT_IO, "%s: %s failed: %s; %s", out->path, what, strerror(why),
                     why == ENOSPC || why == EDQUOT ? "free some disk space and try again"
                                                    : "the old file, if any, is unchanged");
    } else {
        char *dir = ft_path_dir(out->path);
        ft_dir_sync(dir);
        free(dir);
    }
    ft_out_abort(out);
    return st;
}

void ft_out_abort(struct ft_out *out)
{
    if (out->f) fclose(out->f);
    if (out->tmp) unlink(out->tmp); /* after a rename there is nothing left to remove */
    free(out->tmp);
    free(out->path);
    memset(out, 0, sizeof *out);
}

enum ft_status ft_file_write(const char *path, const void *data, size_t n, struct ft_err *err)
{
    struct ft_out out;
    enum ft_status st = ft_out_open(&out, path, err);
    if (st) return st;
    if (n) fwrite(data, 1, n, out.f);
    return ft_out_commit(&out, err);
}

enum ft_status ft_file_copy(const char *from, const char *to, struct ft_err *err)
{
    char buf[1 << 16];
    struct ft_out out = {0};
    size_t size, done = 0;
    int fd;
    enum ft_status st = ft_file_open(from, &fd, &size, err);
    if (st) return st;
    st = ft_out_open(&out, to, err);
    while (!st) {
        ssize_t n = read(fd, buf, sizeof buf);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0)
            st = ft_fail(err, FT_IO, "%s: reading failed at byte %zu: %s", from, done,
                         strerror(errno));
        if (n <= 0) break;
        fwrite(buf, 1, (size_t)n, out.f);
        done += (size_t)n;
    }
    if (!st && done < size)
        st = ft_fail(err, FT_IO, "%s: was truncated while it was copied; try again", from);
    if (!st)
        st = ft_out_commit(&out, err);
    else
        ft_out_abort(&out);
    close(fd);
    return st;
}

static enum ft_status make_folder(const char *p, const char *path, struct ft_err *err)
{
    if (mkdir(p, 0777)) {
        if (errno == EEXIST) return FT_OK;
        return ft_fail(err, FT_IO, "%s: the folder cannot be created: %s", path, strerror(errno));
    }
    char *parent = ft_path_dir(p);
    ft_dir_sync(parent); /* or the folder is lost in a power cut, with what is in it */
    free(parent);
    return FT_OK;
}

static enum ft_status check_folder(const char *path, struct ft_err *err)
{
    if (ft_path_is_dir(path)) return FT_OK;
    return ft_fail(err, FT_IO, "%s: is a file, expected a folder", path);
}

enum ft_status ft_mkdir(const char *path, struct ft_err *err)
{
    enum ft_status st = make_folder(path, path, err);
    return st ? st : check_folder(path, err);
}

enum ft_status ft_mkdirs(const char *path, struct ft_err *err)
{
    char *p = ft_xstrndup(path, strlen(path));
    enum ft_status st = FT_OK;
    for (char *s = *p ? p + 1 : p; !st; s++) {
        if (*s && *s != '/') continue;
        char end = *s;
        *s = 0;
        st = make_folder(p, path, err);
        *s = end;
        if (!end) break;
    }
    if (!st) st = check_folder(path, err);
    free(p);
    return st;
}

/* Removes what `name` under the folder `at` is; links are removed, never followed. */
static int remove_at(int at, const char *name)
{
    if (!unlinkat(at, name, 0)) return 0;
    if (errno != EISDIR && errno != EPERM) return -1;
    int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) return -1;
    DIR *d = fdopendir(fd);
    if (!d) {
        close(fd);
        return -1;
    }
    int bad = 0;
    for (struct dirent *e; !bad;) {
        errno = 0;
        if (!(e = readdir(d))) {
            bad = errno ? -1 : 0;
            break;
        }
        if (strcmp(e->d_name, ".") && strcmp(e->d_name, "..")) bad = remove_at(fd, e->d_name);
    }
    int why = errno;
    closedir(d);
    if (bad) errno = why;
    return bad ? bad : unlinkat(at, name, AT_REMOVEDIR);
}

enum ft_status ft_remove_tree(const char *path, struct ft_err *err)
{
    if (!remove_at(AT_FDCWD, path) || errno == ENOENT) return FT_OK;
    return ft_fail(err, FT_IO, "%s: cannot be removed: %s", path, strerror(errno));
}

enum ft_status ft_rename(const char *from, const char *to, struct ft_err *err)
{
    if (rename(from, to))
        return ft_fail(err, FT_IO, "%s: cannot be renamed to %s: %s", from, to, strerror(errno));
    char *dir = ft_path_dir(to);
    ft_dir_sync(dir);
    free(dir);
    return FT_OK;
}

void ft_dir_sync(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return;
    fsync(fd); /* some file systems refuse it on a folder; the rename stands all the same */
    close(fd);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

enum ft_status ft_dir_list(const char *path, char ***names, size_t *n, struct ft_err *err)
{
    DIR *d = opendir(path);
    if (!d) return fail_open(path, err);
    char **list = NULL;
    size_t count = 0, cap = 0;
    int why;
    for (struct dirent *e;;) {
        errno = 0; /* NULL is the end as well as an error */
        e = readdir(d);
        why = errno;
        if (!e) break;
        if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, "..")) continue;
        ft_grow(&list, &cap, count + 1, sizeof *list);
        list[count++] = ft_xstrdup(e->d_name);
    }
    closedir(d);
    if (why) {
        ft_names_free(list, count);
        return ft_fail(err, FT_IO, "%s: the folder cannot be listed: %s", path, strerror(why));
    }
    if (count) qsort(list, count, sizeof *list, compare_names);
    *names = list;
    *n = count;
    return FT_OK;
}

void ft_names_free(char **names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(names[i]);
    free(names);
}

/* Whether `path` is still the file that is open as fd: a holder may have removed it meanwhile. */
static bool is_same_file(int fd, const char *path)
{
    struct stat a, b;
    return !fstat(fd, &a) && !stat(path, &b) && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

enum ft_status ft_lock_take(int *fd, const char *path, struct ft_err *err)
{
    for (*fd = -1; *fd < 0;) {
        *fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        if (*fd < 0) return ft_fail(err, FT_IO, "%s: cannot be written: %s", path, strerror(errno));
        bool held = flock(*fd, LOCK_EX | LOCK_NB) != 0;
        int why = errno;
        if (!held && is_same_file(*fd, path)) break;
        ft_lock_release(fd);
        if (!held) continue;
        if (why != EWOULDBLOCK)
            return ft_fail(err, FT_IO, "%s: cannot be locked: %s", path, strerror(why));
        int64_t pid = ft_lock_holder(path);
        if (pid > 0)
            return ft_fail(err, FT_BUSY, "%s: another process (pid %lld) is using this folder",
                           path, (long long)pid);
        if (pid < 0) return ft_fail(err, FT_BUSY, "%s: another process is using this folder", path);
    }
    char text[32];
    int len = snprintf(text, sizeof text, "%ld\n", (long)getpid());
    if (ftruncate(*fd, 0) || pwrite(*fd, text, (size_t)len, 0) != len) {
        enum ft_status st = ft_fail(err, FT_IO, "%s: cannot be written: %s", path, strerror(errno));
        ft_lock_release(fd);
        return st;
    }
    return FT_OK;
}

bool ft_lock_stands(int fd, const char *path)
{
    return is_same_file(fd, path);
}

void ft_lock_release(int *fd)
{
    if (*fd >= 0) close(*fd);
    *fd = -1;
}

int64_t ft_lock_holder(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return errno == ENOENT || errno == ENOTDIR ? 0 : -1;
    int64_t pid = 0;
    if (flock(fd, LOCK_SH | LOCK_NB) && errno == EWOULDBLOCK) {
        char text[32] = {0};
        ssize_t n = pread(fd, text, sizeof text - 1, 0);
        pid = n > 0 ? strtoll(text, NULL, 10) : -1;
        if (pid <= 0) pid = -1;
    }
    close(fd);
    return pid;
}

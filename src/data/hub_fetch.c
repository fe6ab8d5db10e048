/* See hub_fetch.h. The snapshot's links are in hub_snapshot.c. */
#include "data/hub_fetch.h"

#include "util/fs.h"
#include "util/hash.h"
#include "util/mem.h"
#include "util/str.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PROGRESS_BYTES ((int64_t)64 << 10) /* so much is progress: the tries begin anew */
enum { LOCK_POLL_MS = 100, HASH_CHUNK = 1 << 18 };

/* One file on its way. */
struct fetch {
    struct ft_hub_repo *r;
    const char *file;
    const struct ft_hub_head *head;
    char *path, *blob; /* partial file, blob */
    int fd;
    int64_t at;    /* bytes in the partial file */
    int64_t asked; /* where the present transfer was asked to begin */
    bool begun;    /* the headers of the present transfer were looked at */
    bool partial;  /* what an earlier program wrote is in it */
    bool wrong;    /* what is in it is not the file */
    bool unranged; /* the server cannot resume this file */
};

static char *blob_path(const struct ft_hub_repo *r, const struct ft_hub_head *head,
                       const char *ending)
{
    return ft_xprintf("%s/blobs/%s%s", r->folder, head->etag, ending);
}

static bool has_size(const char *path, int64_t bytes)
{
    return ft_path_is_file(path) && ft_file_size(path) == bytes;
}

char *ft_hub_cached(const struct ft_hub_repo *r, const char *commit, const char *file,
                    const struct ft_hub_head *head)
{
    char *path = ft_xprintf("%s/snapshots/%s/%s", r->folder, commit, file);
    if (has_size(path, head->bytes)) return path;
    free(path);
    path = blob_path(r, head, "");
    if (has_size(path, head->bytes)) return path;
    free(path);
    return NULL;
}

int64_t ft_hub_partial_bytes(const struct ft_hub_repo *r, const struct ft_hub_head *head)
{
    char *path = blob_path(r, head, ".incomplete");
    int64_t bytes = ft_path_is_file(path) ? ft_file_size(path) : 0;
    free(path);
    return bytes > 0 && bytes <= head->bytes ? bytes : 0;
}

/* ---- the lock ---- */

static enum ft_status take_lock(struct fetch *f, int *fd, struct ft_err *err)
{
    char *path = ft_xprintf("%s/%s.lock", f->r->locks, f->head->etag);
    enum ft_status st = ft_mkdirs(f->r->locks, err);
    while (!st && (st = ft_lock_take(fd, path, err)) == FT_BUSY) {
        struct timespec nap = {.tv_nsec = LOCK_POLL_MS * 1000000L};
        ft_hub_watch_doing(&f->r->watch, "waiting: another process is downloading %s", f->file);
        nanosleep(&nap, NULL);
        st = ft_hub_watch_cancelled(&f->r->watch) ? ft_fail(err, FT_CANCELLED, "cancelled") : FT_OK;
    }
    free(path);
    return st;
}

/* ---- the partial file ---- */

static enum ft_status fail_write(const struct fetch *f, struct ft_err *err)
{
    int why = errno;
    return ft_fail(err, FT_IO, "%s: cannot be written: %s; %s", f->path, strerror(why),
                   why == ENOSPC || why == EDQUOT || why == EFBIG
                       ? "free some disk space and pull again, it resumes here"
                       : "what was downloaded so far is kept");
}

static enum ft_status open_partial(struct fetch *f, struct ft_err *err)
{
    struct stat sb;
    f->fd = open(f->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (f->fd < 0 || fstat(f->fd, &sb)) return fail_write(f, err);
    if (!S_ISREG(sb.st_mode))
        return ft_fail(err, FT_IO, "%s: is not a regular file; remove it", f->path);
    f->at = (int64_t)sb.st_size;
    if (f->at > f->head->bytes) {
        if (ftruncate(f->fd, 0)) return fail_write(f, err);
        f->at = 0;
    }
    f->partial = f->at > 0;
    return FT_OK;
}

static enum ft_status restart(struct fetch *f, struct ft_err *err)
{
    f->at = 0;
    f->partial = f->wrong = false;
    return ftruncate(f->fd, 0) ? fail_write(f, err) : FT_OK;
}

static enum ft_status fail_size(const struct fetch *f, int64_t got, bool more, struct ft_err *err)
{
    return ft_fail(err, FT_FORMAT,
                   "%s: wrong size: %s sends %s%lld bytes, expected %lld; try again", f->file,
                   f->r->host, more ? "more than " : "", (long long)got, (long long)f->head->bytes);
}

/* The headers of a 200 or 206: from where on, and how much. */
static enum ft_status begin_body(struct fetch *f, const struct ft_http_reply *reply,
                                 struct ft_err *err)
{
    enum ft_status st = FT_OK;
    f->begun = true;
    if (reply->status == 206 &&
        (reply->range_from != f->at || f->asked != f->at || reply->encoded)) {
        f->unranged = true;
        return ft_fail(err, FT_BUSY, "a different range than requested");
    }
    if (reply->status == 200 && f->at > 0) st = restart(f, err);
    if (!st && reply->range_total >= 0 && reply->status == 206 &&
        reply->range_total != f->head->bytes)
        st = fail_size(f, reply->range_total, false, err);
    if (!st && reply->length >= 0 && reply->length != f->head->bytes - f->at)
        st = fail_size(f, f->at + reply->length, false, err);
    return st;
}

/* A ft_http_body_fn. */
static enum ft_status take_body(void *arg, const struct ft_http_reply *reply, const void *data,
                                size_t n, struct ft_err *err)
{
    struct fetch *f = arg;
    enum ft_status st = f->begun ? FT_OK : begin_body(f, reply, err);
    if (st) return st;
    f->wrong = (int64_t)n > f->head->bytes - f->at;
    if (f->wrong) return fail_size(f, f->head->bytes, true, err);
    for (size_t done = 0; done < n;) {
        ssize_t k = pwrite(f->fd, (const char *)data + done, n - done, (off_t)f->at);
        if (k < 0 && errno == EINTR) continue;
        if (k < 0) return fail_write(f, err);
        done += (size_t)k;
        f->at += k;
    }
    if (f->r->watch.progress) f->r->watch.progress(f->r->watch.arg, f->at);
    return FT_OK;
}

/* ---- the transfer ---- */

/* One request. FT_OK with f->at == bytes: complete. *again: the connection may be tried again. */
static enum ft_status request(struct fetch *f, const char *url, int *tries, bool *again,
                              struct ft_err *err)
{
    struct ft_http_reply reply;
    struct ft_http_request q = {.url = url,
                                .from = f->at,
                                .stall_s = f->r->settings->download_timeout_s,
                                .body = take_body,
                                .arg = f};
    int64_t before = f->at;
    f->asked = f->at;
    f->begun = false;
    enum ft_status st = ft_hub_http_run(f->r->http, &q, &reply, err);
    bool body = !st && (reply.status == 200 || reply.status == 206);
    *again = false;
    if (f->at - before >= PROGRESS_BYTES) *tries = 0;
    if (f->unranged || (!st && reply.status == 416)) {
        *again = ++*tries < FT_HUB_TRIES;
        f->unranged = false;
        st = restart(f, err);
        if (!st && !*again)
            st = ft_fail(err, FT_FORMAT,
                         "%s: %s returns a different range than requested; try again", f->file,
                         f->r->host);
    } else if (body && !f->begun && (st = begin_body(f, &reply, err))) {
        /* an empty body of the wrong length */
    } else if (body && f->at < f->head->bytes) {
        st = fail_size(f, f->at, false, err);
        reply.retry = true; /* ended early without a word */
        *again = ft_hub_repo_again(f->r, tries, st, &reply, err);
    } else if (!body) {
        *again = ft_hub_repo_again(f->r, tries, st, &reply, err);
        if (!*again && !st) st = ft_hub_repo_refused(f->r, &reply, f->file, err);
    }
    ft_http_reply_release(&reply);
    return st;
}

static enum ft_status transfer(struct fetch *f, const char *commit, struct ft_err *err)
{
    char *url = ft_hub_repo_file_url(f->r, commit, f->file);
    enum ft_status st = FT_OK;
    bool again = true;
    for (int tries = 0; again && f->at < f->head->bytes;) {
        ft_hub_watch_doing(&f->r->watch, "%s", f->file);
        st = request(f, url, &tries, &again, err);
        if (ft_hub_watch_cancelled(&f->r->watch)) {
            st = ft_fail(err, FT_CANCELLED, "cancelled");
            break;
        }
    }
    free(url);
    return f->at == f->head->bytes && st != FT_CANCELLED ? FT_OK : st;
}

/* FT_FORMAT: it is another one. */
static enum ft_status verify(struct fetch *f, struct ft_err *err)
{
    char hex[65], *buf;
    int64_t at = 0;
    struct stat sb;
    enum ft_status st = FT_OK;
    if (fstat(f->fd, &sb)) return fail_write(f, err);
    if ((int64_t)sb.st_size != f->head->bytes) return fail_size(f, (int64_t)sb.st_size, false, err);
    if (!ft_hub_etag_is_sha256(f->head->etag)) return FT_OK;
    ft_hub_watch_doing(&f->r->watch, "verifying %s", f->file);
    struct ft_sha256 *sum = ft_sha256_new();
    buf = ft_xmalloc(HASH_CHUNK);
    while (!st && at < f->head->bytes) {
        ssize_t k = pread(f->fd, buf, HASH_CHUNK, (off_t)at);
        if (k < 0 && errno == EINTR) continue;
        if (k <= 0)
            st = ft_fail(err, FT_IO, "%s: reading failed at byte %lld: %s", f->path, (long long)at,
                         k ? strerror(errno) : "it is shorter now");
        else
            ft_sha256_add(sum, buf, (size_t)k), at += k;
        if (!st && ft_hub_watch_cancelled(&f->r->watch))
            st = ft_fail(err, FT_CANCELLED, "cancelled");
    }
    ft_sha256_end(sum, hex);
    free(buf);
    if (!st && strcasecmp(hex, f->head->etag))
        st = ft_fail(err, FT_FORMAT,
                     "%s: wrong hash: what %s sent has SHA-256 %.12s.., expected %.12s..; nothing "
                     "of it is kept; try again",
                     f->file, f->r->host, hex, f->head->etag);
    return st;
}

/* Downloads and verifies. What an earlier program left is not trusted further than its hash. */
static enum ft_status fill(struct fetch *f, const char *commit, struct ft_err *err)
{
    enum ft_status st;
    for (bool again = true; again;) {
        bool had = f->partial;
        again = false;
        if ((st = transfer(f, commit, err))) break;
        st = verify(f, err);
        f->wrong = st == FT_FORMAT;
        if (f->wrong && had && !(st = restart(f, err))) again = true;
    }
    return st;
}

static enum ft_status put_in_place(struct fetch *f, struct ft_err *err)
{
    if (fsync(f->fd) && errno != EINVAL && errno != EROFS) return fail_write(f, err);
    if (close(f->fd)) {
        f->fd = -1;
        return fail_write(f, err);
    }
    f->fd = -1;
    return ft_rename(f->path, f->blob, err);
}

enum ft_status ft_hub_fetch(struct ft_hub_repo *r, const char *commit, const char *file,
                            const struct ft_hub_head *head, bool *fetched, struct ft_err *err)
{
    struct fetch f = {.r = r, .file = file, .head = head, .fd = -1};
    int lock = -1;
    *fetched = false;
    char *there = ft_hub_cached(r, commit, file, head), *dir = ft_path_join(r->folder, "blobs");
    enum ft_status st = there ? FT_OK : ft_mkdirs(dir, err);
    if (there || st) goto out;
    f.path = blob_path(r, head, ".incomplete");
    f.blob = blob_path(r, head, "");
    if ((st = take_lock(&f, &lock, err))) goto out;
    if ((there = ft_hub_cached(r, commit, file, head))) goto out; /* by the other process */
    *fetched = true;
    st = open_partial(&f, err);
    if (!st) st = fill(&f, commit, err);
    if (st && (f.wrong || !f.at) && f.fd >= 0) unlink(f.path);
    if (!st) st = put_in_place(&f, err);
out:
    if (f.fd >= 0) close(f.fd);
    ft_lock_release(&lock);
    free(f.path);
    free(f.blob);
    free(there);
    free(dir);
    return st;
}

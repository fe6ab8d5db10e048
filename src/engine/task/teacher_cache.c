/* A file of the teacher's outputs: see teacher_cache.h. It is read and written by offset, never
 * mapped. */
#include "engine/task/teacher_cache.h"

#include "util/checksum.h"
#include "util/fs.h"
#include "util/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char magic[8] = "fettlet1";

struct header {
    char magic[8];
    uint64_t key, bytes;
};

struct ft_teacher_cache {
    char *path;
    int fd;
    size_t n, batch, batches;
    uint64_t data;    /* where the outputs begin */
    uint64_t *start;  /* (n+1) floats before each text's */
    size_t *order;    /* (n) */
    size_t *batch_of; /* (n) */
    bool *whole;      /* (batches) compared or written by this process */
    bool *damaged;    /* (batches) compared, and not as it should be */
    float *buf;       /* of the largest text */
};

static uint64_t data_offset(size_t batches)
{
    return sizeof(struct header) + batches * sizeof(uint64_t);
}

uint64_t ft_teacher_cache_bytes(const size_t *floats, size_t n, size_t batch)
{
    uint64_t sum = data_offset((n + batch - 1) / batch);
    for (size_t i = 0; i < n; i++)
        sum += floats[i] * sizeof(float);
    return sum;
}

static bool read_all(int fd, void *to, size_t n, uint64_t at)
{
    for (char *p = to; n;) {
        ssize_t got = pread(fd, p, n, (off_t)at);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        p += got;
        at += (uint64_t)got;
        n -= (size_t)got;
    }
    return true;
}

static enum ft_status write_all(const struct ft_teacher_cache *c, const void *from, size_t n,
                                uint64_t at, struct ft_err *err)
{
    for (const char *p = from; n;) {
        ssize_t done = pwrite(c->fd, p, n, (off_t)at);
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0)
            return ft_fail(err, FT_IO, "%s: %s", c->path, strerror(done < 0 ? errno : ENOSPC));
        p += done;
        at += (uint64_t)done;
        n -= (size_t)done;
    }
    return FT_OK;
}

/* Only a regular file is opened; anything else of that name goes. */
static enum ft_status open_file(struct ft_teacher_cache *c, struct ft_err *err)
{
    struct stat sb;
    if (!lstat(c->path, &sb) && !S_ISREG(sb.st_mode)) {
        enum ft_status st = ft_remove_tree(c->path, err);
        if (st) return st;
    }
    c->fd = open(c->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (c->fd < 0) return ft_fail(err, FT_IO, "%s: %s", c->path, strerror(errno));
    return FT_OK;
}

/* A file of another run, teacher or size is begun anew. */
static enum ft_status begin(struct ft_teacher_cache *c, uint64_t key, struct ft_err *err)
{
    struct header is, want = {.key = key, .bytes = c->data + c->start[c->n] * sizeof(float)};
    struct stat sb;
    memcpy(want.magic, magic, sizeof magic);
    if (!fstat(c->fd, &sb) && (uint64_t)sb.st_size == want.bytes &&
        read_all(c->fd, &is, sizeof is, 0) && !memcmp(&is, &want, sizeof is))
        return FT_OK;
    if (ftruncate(c->fd, 0) || ftruncate(c->fd, (off_t)want.bytes))
        return ft_fail(err, FT_IO, "%s: %s", c->path, strerror(errno));
    return write_all(c, &want, sizeof want, 0, err);
}

enum ft_status ft_teacher_cache_open(struct ft_teacher_cache **out, const char *path, uint64_t key,
                                     const size_t *floats, size_t n, const size_t *order,
                                     size_t batch, struct ft_err *err)
{
    struct ft_teacher_cache *c = ft_xcalloc(1, sizeof *c);
    size_t most = 0;
    *c = (struct ft_teacher_cache){.path = ft_xstrdup(path),
                                   .fd = -1,
                                   .n = n,
                                   .batch = batch,
                                   .batches = (n + batch - 1) / batch};
    c->data = data_offset(c->batches);
    c->start = ft_xcalloc(n + 1, sizeof *c->start);
    c->order = ft_xcalloc(n + 1, sizeof *c->order);
    c->batch_of = ft_xcalloc(n + 1, sizeof *c->batch_of);
    c->whole = ft_xcalloc(c->batches + 1, sizeof *c->whole);
    c->damaged = ft_xcalloc(c->batches + 1, sizeof *c->damaged);
    for (size_t i = 0; i < n; i++) {
        c->start[i + 1] = c->start[i] + floats[i];
        c->order[i] = order[i];
        c->batch_of[order[i]] = i / batch;
        if (floats[i] > most) most = floats[i];
    }
    c->buf = ft_xcalloc(most + 1, sizeof *c->buf);
    enum ft_status st = open_file(c, err);
    if (!st) st = begin(c, key, err);
    if (st) {
        ft_teacher_cache_close(c);
        return st;
    }
    *out = c;
    return FT_OK;
}

void ft_teacher_cache_close(struct ft_teacher_cache *c)
{
    if (!c) return;
    if (c->fd >= 0) close(c->fd);
    free(c->path);
    free(c->start);
    free(c->order);
    free(c->batch_of);
    free(c->whole);
    free(c->damaged);
    free(c->buf);
    free(c);
}

size_t ft_teacher_cache_batch_of(const struct ft_teacher_cache *c, size_t text)
{
    return c->batch_of[text];
}

const size_t *ft_teacher_cache_texts(const struct ft_teacher_cache *c, size_t batch, size_t *n)
{
    size_t from = batch * c->batch;
    *n = c->n - from < c->batch ? c->n - from : c->batch;
    return c->order + from;
}

static size_t floats_of(const struct ft_teacher_cache *c, size_t text)
{
    return (size_t)(c->start[text + 1] - c->start[text]);
}

static uint64_t offset_of(const struct ft_teacher_cache *c, size_t text)
{
    return c->data + c->start[text] * sizeof(float);
}

/* Never 0, which means that nothing is there. */
static uint64_t sum_end(const struct ft_checksum *sum)
{
    uint64_t x = ft_checksum_end(sum);
    return x ? x : 1;
}

bool ft_teacher_cache_has(struct ft_teacher_cache *c, size_t batch)
{
    uint64_t want = 0;
    size_t n;
    if (c->whole[batch] || c->damaged[batch]) return c->whole[batch];
    const size_t *texts = ft_teacher_cache_texts(c, batch, &n);
    struct ft_checksum sum;
    ft_checksum_init(&sum);
    bool good = read_all(c->fd, &want, sizeof want, sizeof(struct header) + batch * sizeof want);
    for (size_t i = 0; i < n && good && want; i++) {
        size_t bytes = floats_of(c, texts[i]) * sizeof(float);
        good = read_all(c->fd, c->buf, bytes, offset_of(c, texts[i]));
        ft_checksum_add(&sum, c->buf, bytes);
    }
    c->whole[batch] = good && want && sum_end(&sum) == want;
    c->damaged[batch] = !c->whole[batch];
    return c->whole[batch];
}

enum ft_status ft_teacher_cache_put(struct ft_teacher_cache *c, size_t batch,
                                    const float *const *outputs, struct ft_err *err)
{
    size_t n;
    const size_t *texts = ft_teacher_cache_texts(c, batch, &n);
    struct ft_checksum sum;
    enum ft_status st = FT_OK;
    ft_checksum_init(&sum);
    for (size_t i = 0; i < n && !st; i++) {
        size_t bytes = floats_of(c, texts[i]) * sizeof(float);
        ft_checksum_add(&sum, outputs[i], bytes);
        st = write_all(c, outputs[i], bytes, offset_of(c, texts[i]), err);
    }
    uint64_t value = sum_end(&sum);
    if (!st)
        st = write_all(c, &value, sizeof value, sizeof(struct header) + batch * sizeof value, err);
    c->whole[batch] = !st;
    return st;
}

enum ft_status ft_teacher_cache_get(const struct ft_teacher_cache *c, size_t text, float *out,
                                    struct ft_err *err)
{
    if (read_all(c->fd, out, floats_of(c, text) * sizeof(float), offset_of(c, text))) return FT_OK;
    return ft_fail(err, FT_IO, "%s: cannot be read: another program changed it; resume the run",
                   c->path);
}

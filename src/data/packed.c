/* Reading and unpacking: see packed.h. A packed file is read in pieces into a small buffer, from
 * which zlib or liblzma take what they want. */
#include "data/packed.h"

#include "util/fs.h"
#include "util/mem.h"

#include <errno.h>
#include <lzma.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { PIECE_BYTES = 256 * 1024 };
#define XZ_MEMORY_BYTES ((uint64_t)1 << 30) /* for the decoder's own dictionary */

struct ft_packed_decoder {
    bool is_xz;
    z_stream gz;
    lzma_stream xz;
    bool gz_open, xz_open;
    uint8_t *piece;  /* of the file */
    size_t at, have; /* in it */
};

static enum ft_status fail_changed(const struct ft_packed *p, struct ft_err *err)
{
    return ft_fail(err, FT_IO,
                   "%s: was changed by another program while it was read; open it again", p->path);
}

/* Is the file as long and as old as it was? */
static bool is_changed(const struct ft_packed *p)
{
    struct stat sb;
    return p->fd >= 0 && (fstat(p->fd, &sb) || (uint64_t)sb.st_size != p->size_bytes ||
                          sb.st_mtim.tv_sec != p->changed_s || sb.st_mtim.tv_nsec != p->changed_ns);
}

/* Bytes of the file as it lies on the disk; fewer than n only at its end. */
static enum ft_status read_raw(struct ft_packed *p, void *buf, size_t n, size_t *got,
                               struct ft_err *err)
{
    *got = 0;
    if (n > p->size_bytes - p->done_bytes) n = (size_t)(p->size_bytes - p->done_bytes);
    if (p->fd < 0 && n) memcpy(buf, p->mem + p->done_bytes, n);
    while (p->fd >= 0 && *got < n) {
        ssize_t r =
            pread(p->fd, (char *)buf + *got, n - *got, (off_t)(p->done_bytes + (uint64_t)*got));
        if (r < 0 && errno == EINTR) continue;
        if (r < 0)
            return ft_fail(err, FT_IO, "%s: reading failed at byte %llu: %s", p->path,
                           (unsigned long long)p->done_bytes + *got, strerror(errno));
        if (!r) return fail_changed(p, err);
        *got += (size_t)r;
    }
    *got = n;
    p->done_bytes += n;
    return FT_OK;
}

static bool at_end_of_file(const struct ft_packed *p)
{
    return p->done_bytes == p->size_bytes && p->decoder->at == p->decoder->have;
}

/* More of the file for the decoder, where it has used up what it had. */
static enum ft_status refill(struct ft_packed *p, struct ft_err *err)
{
    struct ft_packed_decoder *d = p->decoder;
    if (d->at < d->have) return FT_OK;
    d->at = 0;
    return read_raw(p, d->piece, PIECE_BYTES, &d->have, err);
}

/* Broken data in a file that was written meanwhile is no fault of the data. */
static enum ft_status fail_broken(const struct ft_packed *p, struct ft_err *err, const char *what,
                                  const char *why)
{
    if (is_changed(p)) return fail_changed(p, err);
    return ft_fail(err, FT_FORMAT, "%s: invalid %s data near byte %llu%s%s%s", p->path, what,
                   (unsigned long long)(p->done_bytes - (p->decoder->have - p->decoder->at)),
                   why ? " (" : "", why ? why : "", why ? ")" : "");
}

static enum ft_status fail_cut_off(const struct ft_packed *p, struct ft_err *err, const char *what)
{
    if (is_changed(p)) return fail_changed(p, err);
    return ft_fail(err, FT_FORMAT,
                   "%s: the %s data is truncated after %llu bytes; download or copy it again",
                   p->path, what, (unsigned long long)p->size_bytes);
}

/* Members may follow each other; zeros may pad the end. */
static enum ft_status next_member(struct ft_packed *p, struct ft_err *err)
{
    struct ft_packed_decoder *d = p->decoder;
    for (;;) {
        enum ft_status st = refill(p, err);
        if (st) return st;
        while (d->at < d->have && !d->piece[d->at])
            d->at++;
        if (d->at < d->have) break;
        if (at_end_of_file(p)) {
            p->end = true;
            return FT_OK;
        }
    }
    return inflateReset(&d->gz) == Z_OK ? FT_OK : fail_broken(p, err, "gzip", NULL);
}

static enum ft_status read_gz(struct ft_packed *p, uint8_t *buf, size_t n, size_t *got,
                              struct ft_err *err)
{
    struct ft_packed_decoder *d = p->decoder;
    z_stream *z = &d->gz;
    z->next_out = buf;
    z->avail_out = (uInt)n;
    while (z->avail_out && !p->end) {
        enum ft_status st = refill(p, err);
        if (st) return st;
        z->next_in = d->piece + d->at;
        z->avail_in = (uInt)(d->have - d->at);
        int rc = inflate(z, Z_NO_FLUSH);
        d->at = d->have - z->avail_in;
        if (rc == Z_STREAM_END) {
            if ((st = next_member(p, err))) return st;
            continue;
        }
        if (rc == Z_MEM_ERROR) return ft_fail(err, FT_NOMEM, "%s: no memory to unpack", p->path);
        if (rc == Z_BUF_ERROR || (rc == Z_OK && at_end_of_file(p) && z->avail_out))
            return fail_cut_off(p, err, "gzip");
        if (rc != Z_OK) return fail_broken(p, err, "gzip", z->msg ? z->msg : "no reason given");
    }
    *got = n - z->avail_out;
    return FT_OK;
}

static enum ft_status read_xz(struct ft_packed *p, uint8_t *buf, size_t n, size_t *got,
                              struct ft_err *err)
{
    struct ft_packed_decoder *d = p->decoder;
    lzma_stream *x = &d->xz;
    x->next_out = buf;
    x->avail_out = n;
    while (x->avail_out && !p->end) {
        enum ft_status st = refill(p, err);
        if (st) return st;
        x->next_in = d->piece + d->at;
        x->avail_in = d->have - d->at;
        lzma_ret rc = lzma_code(x, p->done_bytes == p->size_bytes ? LZMA_FINISH : LZMA_RUN);
        d->at = d->have - x->avail_in;
        if (rc == LZMA_STREAM_END)
            p->end = true;
        else if (rc == LZMA_BUF_ERROR)
            return fail_cut_off(p, err, "xz");
        else if (rc == LZMA_MEM_ERROR || rc == LZMA_MEMLIMIT_ERROR)
            return ft_fail(err, FT_NOMEM, "%s: unpacking needs more than 1 GB for its dictionary",
                           p->path);
        else if (rc != LZMA_OK)
            return fail_broken(p, err, "xz", NULL);
    }
    *got = n - x->avail_out;
    return FT_OK;
}

enum ft_status ft_packed_read(struct ft_packed *p, void *buf, size_t n, size_t *got,
                              struct ft_err *err)
{
    *got = 0;
    if (n > (size_t)1 << 30) n = (size_t)1 << 30;
    enum ft_status st = !p->decoder         ? read_raw(p, buf, n, got, err)
                        : p->decoder->is_xz ? read_xz(p, buf, n, got, err)
                                            : read_gz(p, buf, n, got, err);
    if (st) return st;
    if (!p->decoder) p->end = p->done_bytes == p->size_bytes;
    return p->end && is_changed(p) ? fail_changed(p, err) : FT_OK;
}

static enum ft_status start_decoder(struct ft_packed *p, struct ft_err *err)
{
    uint8_t first[6] = {0};
    size_t n = 0;
    enum ft_status st = read_raw(p, first, sizeof first, &n, err);
    p->done_bytes = 0;
    if (st) return st;
    bool gz = n >= 2 && first[0] == 0x1F && first[1] == 0x8B;
    bool xz = n == 6 && !memcmp(first,
                                "\xFD"
                                "7zXZ\0",
                                6);
    if (!gz && !xz) return FT_OK;
    struct ft_packed_decoder *d = p->decoder = ft_xcalloc(1, sizeof *d);
    d->is_xz = xz;
    d->piece = ft_xmalloc(PIECE_BYTES);
    p->compression = xz ? "xz" : "gz";
    d->gz_open = gz && inflateInit2(&d->gz, 15 + 16) == Z_OK;
    d->xz_open = xz && lzma_stream_decoder(&d->xz, XZ_MEMORY_BYTES, LZMA_CONCATENATED) == LZMA_OK;
    if (d->gz_open || d->xz_open) return FT_OK;
    return ft_fail(err, FT_NOMEM, "%s: no memory to unpack", p->path);
}

enum ft_status ft_packed_open(struct ft_packed *p, const char *path, struct ft_err *err)
{
    struct stat sb;
    size_t size;
    *p = (struct ft_packed){.path = path, .fd = -1};
    enum ft_status st = ft_file_open(path, &p->fd, &size, err);
    if (st) return st;
    if (fstat(p->fd, &sb))
        st = ft_fail(err, FT_IO, "%s: cannot be read: %s", path, strerror(errno));
    if (!st) {
        p->size_bytes = size;
        p->changed_s = sb.st_mtim.tv_sec;
        p->changed_ns = sb.st_mtim.tv_nsec;
        st = start_decoder(p, err);
    }
    if (st) ft_packed_close(p);
    return st;
}

void ft_packed_open_mem(struct ft_packed *p, const char *name, const void *data, size_t n)
{
    *p = (struct ft_packed){.path = name, .fd = -1, .mem = data, .size_bytes = n};
}

enum ft_status ft_packed_again(struct ft_packed *again, const struct ft_packed *p,
                               struct ft_err *err)
{
    *again = *p;
    again->borrowed = true;
    again->done_bytes = 0;
    again->end = false;
    again->decoder = NULL;
    enum ft_status st = p->fd < 0 ? FT_OK : start_decoder(again, err);
    if (st) ft_packed_close(again);
    return st;
}

void ft_packed_close(struct ft_packed *p)
{
    struct ft_packed_decoder *d = p->decoder;
    if (d) {
        if (d->gz_open) inflateEnd(&d->gz);
        if (d->xz_open) lzma_end(&d->xz);
        free(d->piece);
        free(d);
    }
    if (p->fd >= 0 && !p->borrowed) close(p->fd);
    *p = (struct ft_packed){.fd = -1};
}

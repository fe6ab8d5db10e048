/* Zip archives from their end: see pt_zip.h. */
#include "data/pt_zip.h"
#include "util/mem.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum {
    END_BYTES = 22,
    END64_BYTES = 56,
    LOCATOR_BYTES = 20,
    ENTRY_BYTES = 46,
    LOCAL_BYTES = 30,
    COMMENT_MAX = 65535,
    DIRECTORY_BYTES_MAX = 256 << 20
};
#define ADVICE "the file is damaged or is truncated: download or copy it again"

static uint64_t number(const uint8_t *p, size_t bytes)
{
    uint64_t x = 0;
    for (size_t i = bytes; i-- > 0;)
        x = x << 8 | p[i];
    return x;
}

static bool is_sign(const uint8_t *p, char a, char b)
{
    return p[0] == 'P' && p[1] == 'K' && p[2] == (uint8_t)a && p[3] == (uint8_t)b;
}

bool ft_pt_is_zip(const uint8_t *data, size_t n)
{
    return n >= 4 && is_sign(data, 3, 4);
}

static enum ft_status fail(const struct ft_pt_zip *z, const char *what, struct ft_err *err)
{
    return ft_fail(err, FT_FORMAT, "%s: zip archive: %s; " ADVICE, z->source->name, what);
}

struct directory {
    uint64_t count, bytes, offset;
};

static enum ft_status read_bytes(const struct ft_pt_zip *z, uint64_t at, void *dst, size_t n,
                                 struct ft_err *err)
{
    return z->source->read(z->source->arg, at, dst, n, err);
}

/* The Zip64 record, which a locator before the end points to. */
static enum ft_status read_end64(const struct ft_pt_zip *z, uint64_t far, struct directory *d,
                                 struct ft_err *err)
{
    uint8_t p[END64_BYTES];
    bool inside = far <= z->source->size && z->source->size - far >= END64_BYTES;
    enum ft_status st = inside ? read_bytes(z, far, p, sizeof p, err) : FT_OK;
    if (st) return st;
    if (!inside || !is_sign(p, 6, 6)) return fail(z, "its Zip64 record is missing", err);
    *d = (struct directory){number(p + 32, 8), number(p + 40, 8), number(p + 48, 8)};
    return FT_OK;
}

/* The record at the end, before a comment of any length. */
static enum ft_status read_end(const struct ft_pt_zip *z, struct directory *d, struct ft_err *err)
{
    enum { TAIL = COMMENT_MAX + END_BYTES + LOCATOR_BYTES };
    uint64_t size = z->source->size, n = size < TAIL ? size : TAIL;
    uint8_t *tail = ft_xmalloc((size_t)n), *end = NULL;
    enum ft_status st = read_bytes(z, size - n, tail, (size_t)n, err);
    for (size_t i = n < END_BYTES ? 0 : (size_t)n - END_BYTES + 1; !st && !end && i-- > 0;)
        if (is_sign(tail + i, 5, 6)) end = tail + i;
    if (!st && !end) st = fail(z, "its end record is missing", err);
    if (!st) {
        uint64_t at = size - n + (uint64_t)(end - tail);
        *d = (struct directory){number(end + 10, 2), number(end + 12, 4), number(end + 16, 4)};
        if (end - tail >= LOCATOR_BYTES && is_sign(end - LOCATOR_BYTES, 6, 7))
            st = read_end64(z, number(end - LOCATOR_BYTES + 8, 8), d, err);
        if (!st && (d->offset > at || d->bytes > at - d->offset || d->bytes > DIRECTORY_BYTES_MAX))
            st = fail(z, "its directory lies outside the file", err);
    }
    free(tail);
    return st;
}

/* Sizes and offset that do not fit 32 bits are in the extra field, in this order. */
static bool read_wide(struct ft_pt_member *m, const uint8_t *extra, size_t n)
{
    uint64_t *values[] = {&m->size, &m->packed, &m->header};
    while (n >= 4) {
        size_t id = (size_t)number(extra, 2), len = (size_t)number(extra + 2, 2), at = 4;
        if (len > n - 4) return false;
        for (size_t i = 0; id == 1 && i < 3; i++) {
            if (*values[i] != UINT32_MAX) continue;
            if (at + 8 > len + 4) return false;
            *values[i] = number(extra + at, 8);
            at += 8;
        }
        extra += len + 4;
        n -= len + 4;
    }
    return true;
}

static enum ft_status read_entry(struct ft_pt_zip *z, size_t *at, size_t end, struct ft_err *err)
{
    if (end - *at < ENTRY_BYTES || !is_sign(z->directory + *at, 1, 2))
        return fail(z, "its directory is invalid", err);
    const uint8_t *p = z->directory + *at;
    size_t name = (size_t)number(p + 28, 2), extra = (size_t)number(p + 30, 2),
           comment = (size_t)number(p + 32, 2);
    if (end - *at - ENTRY_BYTES < name + extra + comment)
        return fail(z, "its directory is invalid", err);
    struct ft_pt_member m = {.name = (const char *)p + ENTRY_BYTES,
                             .name_len = name,
                             .header = number(p + 42, 4),
                             .packed = number(p + 20, 4),
                             .size = number(p + 24, 4),
                             .crc = (uint32_t)number(p + 16, 4),
                             .plain = !number(p + 10, 2) && !(p[8] & 1)};
    if (!read_wide(&m, p + ENTRY_BYTES + name, extra))
        return fail(z, "a Zip64 field is invalid", err);
    if (ft_strmap_get(&z->by_name, m.name, m.name_len)) return fail(z, "duplicate name", err);
    ft_grow(&z->members, &z->cap, z->count + 1, sizeof *z->members);
    ft_strmap_put(&z->by_name, m.name, m.name_len, z->count);
    z->members[z->count++] = m;
    *at += ENTRY_BYTES + name + extra + comment;
    return FT_OK;
}

enum ft_status ft_pt_zip_open(struct ft_pt_zip *z, const struct ft_pt_source *source,
                              struct ft_err *err)
{
    struct directory d = {0};
    *z = (struct ft_pt_zip){.source = source};
    enum ft_status st = read_end(z, &d, err);
    if (!st && !(z->directory = malloc((size_t)d.bytes + 1)))
        st = ft_fail(err, FT_NOMEM, "%s: no memory for its directory", source->name);
    if (!st) st = read_bytes(z, d.offset, z->directory, (size_t)d.bytes, err);
    size_t at = 0;
    for (uint64_t i = 0; !st && i < d.count; i++)
        st = read_entry(z, &at, (size_t)d.bytes, err);
    if (st) ft_pt_zip_release(z);
    return st;
}

void ft_pt_zip_release(struct ft_pt_zip *z)
{
    free(z->members);
    free(z->directory);
    ft_strmap_release(&z->by_name);
    memset(z, 0, sizeof *z);
}

const struct ft_pt_member *ft_pt_zip_find(const struct ft_pt_zip *z, const char *name, size_t len)
{
    const size_t *i = ft_strmap_get(&z->by_name, name, len);
    return i ? &z->members[*i] : NULL;
}

enum ft_status ft_pt_zip_place(const struct ft_pt_zip *z, const struct ft_pt_member *m,
                               uint64_t *at, struct ft_err *err)
{
    uint8_t p[LOCAL_BYTES] = {0};
    uint64_t size = z->source->size;
    if (!m->plain || m->packed != m->size)
        return ft_fail(err, FT_UNSUPPORTED,
                       "%s: %.*s is compressed or encrypted; torch.save stores it uncompressed: "
                       "save the weights again",
                       z->source->name, (int)(m->name_len < 200 ? m->name_len : 200), m->name);
    bool inside = m->header <= size && size - m->header >= LOCAL_BYTES;
    enum ft_status st = inside ? read_bytes(z, m->header, p, sizeof p, err) : FT_OK;
    if (st) return st;
    if (!inside || !is_sign(p, 3, 4))
        return fail(z, "a member is not where the directory says", err);
    uint64_t skip = LOCAL_BYTES + number(p + 26, 2) + number(p + 28, 2);
    if (skip > size - m->header || m->size > size - m->header - skip)
        return fail(z, "a member ends after the end of the file", err);
    *at = m->header + skip;
    return FT_OK;
}

enum ft_status ft_pt_zip_verify(const struct ft_pt_zip *z, uint8_t *piece, size_t n,
                                struct ft_err *err)
{
    for (size_t i = 0; i < z->count; i++) {
        const struct ft_pt_member *m = &z->members[i];
        uint64_t at;
        if (!m->plain || !m->crc) continue;
        enum ft_status st = ft_pt_zip_place(z, m, &at, err);
        uLong crc = crc32(0, NULL, 0);
        for (uint64_t done = 0; !st && done < m->size;) {
            uint64_t left = m->size - done;
            size_t take = left < n ? (size_t)left : n;
            if (!(st = read_bytes(z, at + done, piece, take, err)))
                crc = crc32(crc, piece, (uInt)take);
            done += take;
        }
        if (st) return st;
        if (crc != m->crc)
            return ft_fail(err, FT_FORMAT, "%s: the checksum of its %.*s is wrong; " ADVICE,
                           z->source->name, (int)(m->name_len < 200 ? m->name_len : 200), m->name);
    }
    return FT_OK;
}

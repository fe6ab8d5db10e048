/* Bytes of data files: see input.h. The memory for converted text is a large reservation of
 * addresses, of which pages are opened as the text grows; nothing is ever copied to a bigger place.
 */
#include "data/input.h"

#include <lzma.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <zlib.h>

enum { PIECE_BYTES = 256 * 1024, COMMIT_BYTES = 8 << 20 };
#define XZ_MEMORY_BYTES ((uint64_t)1 << 30) /* for the decoder's own dictionary */

enum packing { PLAIN, GZ, XZ };

struct ft_input_coder {
    enum packing packing;
    z_stream gz;
    lzma_stream xz;
    bool gz_open, xz_open, packed_end; /* packed_end: nothing more comes out of the file */
    size_t packed_pos;                 /* bytes of the map given to the decoder */
    uint8_t *piece;                    /* unpacked, not yet converted */
    char *region;
    size_t reserved, committed, used, limit;
    bool begun;    /* the byte order mark was looked for */
    int half;      /* UTF-16: first byte of a unit, -1 none */
    uint32_t high; /* UTF-16: waiting high surrogate, 0 none */
};

/* windows-1252 0x80..0x9F, as the web's Encoding standard has it. */
static const uint16_t cp1252_high[32] = {
    0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x008D, 0x017D, 0x008F, 0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x009D, 0x017E, 0x0178};

static const struct {
    const char *magic;
    size_t n;
    const char *what;
} binaries[] = {
    {"PK\003\004", 4, "a zip archive; unpack it first"},
    {"\x28\xb5\x2f\xfd", 4, "zstd data; unpack it first (zstd -d)"},
    {"BZh", 3, "bzip2 data; unpack it first (bunzip2)"},
    {"PAR1", 4, "a Parquet file; save it as CSV or JSONL first"},
    {"ARROW1", 6, "an Arrow file; save it as CSV or JSONL first"},
    {"%PDF-", 5, "a PDF document; save its text first"},
    {"\x89PNG", 4, "an image"},
    {"\x7f"
     "ELF",
     4, "a program"},
    {"\xd0\xcf\x11\xe0", 4, "an old Office document; save it as CSV first"},
};

static enum ft_status refuse_binary(const struct ft_input *in, const uint8_t *p, size_t n,
                                    struct ft_err *err)
{
    for (size_t i = 0; i < sizeof binaries / sizeof *binaries; i++) {
        if (n < binaries[i].n || memcmp(p, binaries[i].magic, binaries[i].n) != 0) continue;
        if (binaries[i].n == 3 && (n < 4 || p[3] < '1' || p[3] > '9')) continue;
        return ft_fail(err, FT_FORMAT, "%s: this is %s", in->path, binaries[i].what);
    }
    return FT_OK;
}

static enum ft_status reserve(struct ft_input *in, struct ft_err *err)
{
    struct ft_input_coder *c = in->coder;
    size_t size = (size_t)1 << 40;
    for (; size >= (size_t)64 << 20; size /= 2) {
        void *p = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (p == MAP_FAILED) continue;
        c->region = p;
        c->reserved = size;
        int64_t free_bytes = ft_mem_available();
        c->limit = size;
        if (free_bytes > 0 && (uint64_t)free_bytes / 20 * 17 < c->limit)
            c->limit = (size_t)free_bytes / 20 * 17;
        return FT_OK;
    }
    return ft_fail(err, FT_NOMEM, "%s: no room for the unpacked text", in->path);
}

static enum ft_status make_room(struct ft_input *in, size_t extra, struct ft_err *err)
{
    struct ft_input_coder *c = in->coder;
    size_t need = c->used + extra;
    if (need <= c->committed) return FT_OK;
    size_t want = (need + COMMIT_BYTES - 1) / COMMIT_BYTES * COMMIT_BYTES;
    if (want > c->reserved) want = c->reserved;
    if (need > want || need > c->limit || mprotect(c->region, want, PROT_READ | PROT_WRITE) != 0) {
        char done[32], limit[32];
        return ft_fail(
            err, FT_NOMEM,
            "%s: its text is larger than %s, and %s of memory may be used; take a part of "
            "the file",
            in->path, ft_format_bytes(done, sizeof done, (double)c->used),
            ft_format_bytes(limit, sizeof limit, (double)c->limit));
    }
    c->committed = want;
    return FT_OK;
}

static void put_cp(struct ft_input_coder *c, uint32_t cp)
{
    char *o = c->region + c->used;
    if (cp < 0x80) {
        o[0] = (char)cp;
        c->used += 1;
    } else if (cp < 0x800) {
        o[0] = (char)(0xC0 | cp >> 6);
        o[1] = (char)(0x80 | (cp & 63));
        c->used += 2;
    } else if (cp < 0x10000) {
        o[0] = (char)(0xE0 | cp >> 12);
        o[1] = (char)(0x80 | (cp >> 6 & 63));
        o[2] = (char)(0x80 | (cp & 63));
        c->used += 3;
    } else {
        o[0] = (char)(0xF0 | cp >> 18);
        o[1] = (char)(0x80 | (cp >> 12 & 63));
        o[2] = (char)(0x80 | (cp >> 6 & 63));
        o[3] = (char)(0x80 | (cp & 63));
        c->used += 4;
    }
}

static void put_bad(struct ft_input_coder *c)
{
    c->region[c->used++] = (char)0xFF;
}

static void put_unit(struct ft_input_coder *c, uint32_t u)
{
    if (c->high) {
        if (u >= 0xDC00 && u < 0xE000) {
            put_cp(c, 0x10000 + ((c->high - 0xD800) << 10) + (u - 0xDC00));
            c->high = 0;
            return;
        }
        put_bad(c);
        c->high = 0;
    }
    if (u >= 0xD800 && u < 0xDC00)
        c->high = u;
    else if (u >= 0xDC00 && u < 0xE000)
        put_bad(c);
    else
        put_cp(c, u);
}

static enum ft_status convert(struct ft_input *in, const uint8_t *p, size_t n, bool last,
                              struct ft_err *err)
{
    struct ft_input_coder *c = in->coder;
    bool wide = in->encoding == FT_ENCODING_UTF16LE || in->encoding == FT_ENCODING_UTF16BE;
    size_t room;
    if (ft_size_mul(n, 3, &room) || ft_size_add(room, 16, &room)) room = SIZE_MAX / 2;
    if (!wide && in->encoding != FT_ENCODING_CP1252) room = n;
    enum ft_status st = make_room(in, room, err);
    if (st) return st;
    if (wide) {
        bool big = in->encoding == FT_ENCODING_UTF16BE;
        for (size_t i = 0; i < n; i++) {
            if (c->half < 0) {
                c->half = p[i];
                continue;
            }
            uint32_t a = (uint32_t)c->half, b = p[i];
            c->half = -1;
            put_unit(c, big ? a << 8 | b : b << 8 | a);
        }
        if (last && (c->high || c->half >= 0)) {
            put_bad(c);
            c->high = 0;
            c->half = -1;
        }
    } else if (in->encoding == FT_ENCODING_CP1252) {
        for (size_t i = 0; i < n; i++)
            put_cp(c, p[i] >= 0x80 && p[i] < 0xA0 ? cp1252_high[p[i] - 0x80] : p[i]);
    } else if (n) {
        memcpy(c->region + c->used, p, n);
        c->used += n;
    }
    return FT_OK;
}

/* Finds the encoding from the first bytes; returns how many belong to the byte order mark. */
static size_t begin_text(struct ft_input *in, const uint8_t *p, size_t n, enum ft_encoding asked)
{
    static const struct {
        const char *mark;
        size_t n;
        enum ft_encoding enc;
    } marks[] = {{"\xEF\xBB\xBF", 3, FT_ENCODING_UTF8_BOM},
                 {"\xFF\xFE", 2, FT_ENCODING_UTF16LE},
                 {"\xFE\xFF", 2, FT_ENCODING_UTF16BE}};
    in->encoding = asked == FT_ENCODING_AUTO ? FT_ENCODING_UTF8 : asked;
    for (size_t i = 0; i < 3; i++) {
        if (n < marks[i].n || memcmp(p, marks[i].mark, marks[i].n) != 0) continue;
        bool same = asked == marks[i].enc ||
                    (asked == FT_ENCODING_UTF8 && marks[i].enc == FT_ENCODING_UTF8_BOM);
        if (asked != FT_ENCODING_AUTO && !same) return 0;
        in->encoding = marks[i].enc;
        return marks[i].n;
    }
    return 0;
}

static enum ft_status pull_gz(struct ft_input *in, size_t *got, struct ft_err *err)
{
    struct ft_input_coder *c = in->coder;
    z_stream *z = &c->gz;
    z->next_out = c->piece;
    z->avail_out = PIECE_BYTES;
    while (z->avail_out && !c->packed_end) {
        size_t left = in->map.size - c->packed_pos;
        uInt give = left > 1u << 30 ? 1u << 30 : (uInt)left;
        z->next_in = (Bytef *)(uintptr_t)(in->map.data + c->packed_pos);
        z->avail_in = give;
        int rc = inflate(z, Z_NO_FLUSH);
        c->packed_pos += give - z->avail_in;
        if (rc == Z_STREAM_END) {
            /* Members may follow each other; zeros may pad the end. */
            while (c->packed_pos < in->map.size && !in->map.data[c->packed_pos])
                c->packed_pos++;
            if (c->packed_pos == in->map.size)
                c->packed_end = true;
            else if (inflateReset(z) != Z_OK)
                return ft_fail(err, FT_FORMAT, "%s: broken gzip data", in->path);
            continue;
        }
        if (rc == Z_MEM_ERROR) return ft_fail(err, FT_NOMEM, "%s: no memory to unpack", in->path);
        if (rc == Z_BUF_ERROR || (rc == Z_OK && c->packed_pos == in->map.size && z->avail_out))
            return ft_fail(err, FT_FORMAT,
                           "%s: the gzip data is cut off after %zu bytes; get the file again",
                           in->path, in->map.size);
        if (rc != Z_OK)
            return ft_fail(err, FT_FORMAT, "%s: broken gzip data near byte %zu (%s)", in->path,
                           c->packed_pos, z->msg ? z->msg : "no reason given");
    }
    *got = PIECE_BYTES - z->avail_out;
    return FT_OK;
}

static enum ft_status pull_xz(struct ft_input *in, size_t *got, struct ft_err *err)
{
    struct ft_input_coder *c = in->coder;
    lzma_stream *x = &c->xz;
    x->next_out = c->piece;
    x->avail_out = PIECE_BYTES;
    while (x->avail_out && !c->packed_end) {
        size_t left = in->map.size - c->packed_pos;
        x->next_in = in->map.data + c->packed_pos;
        x->avail_in = left;
        lzma_ret rc = lzma_code(x, LZMA_FINISH);
        c->packed_pos += left - x->avail_in;
        if (rc == LZMA_STREAM_END)
            c->packed_end = true;
        else if (rc == LZMA_BUF_ERROR)
            return ft_fail(err, FT_FORMAT,
                           "%s: the xz data is cut off after %zu bytes; get the file again",
                           in->path, in->map.size);
        else if (rc == LZMA_MEM_ERROR || rc == LZMA_MEMLIMIT_ERROR)
            return ft_fail(err, FT_NOMEM, "%s: unpacking wants more than 1 GB for its dictionary",
                           in->path);
        else if (rc != LZMA_OK)
            return ft_fail(err, FT_FORMAT, "%s: broken xz data near byte %zu", in->path,
                           c->packed_pos);
    }
    *got = PIECE_BYTES - x->avail_out;
    return FT_OK;
}

static enum ft_status pull_plain(struct ft_input *in, const uint8_t **p, size_t *got)
{
    struct ft_input_coder *c = in->coder;
    size_t left = in->map.size - c->packed_pos;
    *got = left < PIECE_BYTES ? left : PIECE_BYTES;
    *p = in->map.data + c->packed_pos;
    c->packed_pos += *got;
    c->packed_end = c->packed_pos == in->map.size;
    return FT_OK;
}

static enum ft_status one_piece(struct ft_input *in, enum ft_encoding asked, struct ft_err *err)
{
    struct ft_input_coder *c = in->coder;
    const uint8_t *p = c->piece;
    size_t got = 0;
    enum ft_status st = c->packing == GZ   ? pull_gz(in, &got, err)
                        : c->packing == XZ ? pull_xz(in, &got, err)
                                           : pull_plain(in, &p, &got);
    if (st) return st;
    if (!c->begun) {
        c->begun = true;
        if (asked == FT_ENCODING_AUTO && (st = refuse_binary(in, p, got, err))) return st;
        size_t skip = begin_text(in, p, got, asked);
        p += skip;
        got -= skip;
    }
    if ((st = convert(in, p, got, c->packed_end, err))) return st;
    in->text = c->region;
    in->n = c->used;
    in->file_done = c->packed_pos;
    in->eof = c->packed_end;
    return FT_OK;
}

static enum ft_status start_coder(struct ft_input *in, enum packing packing, struct ft_err *err)
{
    struct ft_input_coder *c = in->coder = ft_xcalloc(1, sizeof *c);
    c->packing = packing;
    c->half = -1;
    enum ft_status st = reserve(in, err);
    if (st) return st;
    if (packing != PLAIN) c->piece = ft_xmalloc(PIECE_BYTES);
    if (packing == GZ) {
        if (inflateInit2(&c->gz, 15 + 16) != Z_OK)
            return ft_fail(err, FT_NOMEM, "%s: no memory to unpack", in->path);
        c->gz_open = true;
        in->compression = "gz";
    } else if (packing == XZ) {
        if (lzma_stream_decoder(&c->xz, XZ_MEMORY_BYTES, LZMA_CONCATENATED) != LZMA_OK)
            return ft_fail(err, FT_NOMEM, "%s: no memory to unpack", in->path);
        c->xz_open = true;
        in->compression = "xz";
    }
    return FT_OK;
}

static enum ft_status open_bytes(struct ft_input *in, enum ft_encoding enc, bool unpack,
                                 struct ft_err *err)
{
    const uint8_t *p = in->map.data;
    size_t n = in->map.size;
    enum packing packing = PLAIN;
    if (unpack && n >= 2 && p[0] == 0x1F && p[1] == 0x8B) packing = GZ;
    if (unpack && n >= 6 &&
        !memcmp(p,
                "\xFD"
                "7zXZ\0",
                6))
        packing = XZ;
    in->file_bytes = n;
    enum ft_status st = FT_OK;
    if (packing == PLAIN && enc == FT_ENCODING_AUTO && (st = refuse_binary(in, p, n, err)))
        return st;
    size_t skip = begin_text(in, p, packing == PLAIN ? n : 0, enc);
    if (packing == PLAIN &&
        (in->encoding == FT_ENCODING_UTF8 || in->encoding == FT_ENCODING_UTF8_BOM)) {
        in->text = n ? (const char *)p + skip : "";
        in->n = n - skip;
        in->eof = true;
        in->file_done = n;
        return FT_OK;
    }
    if ((st = start_coder(in, packing, err))) return st;
    return one_piece(in, enc, err);
}

enum ft_status ft_input_open(struct ft_input *in, const char *path, enum ft_encoding enc,
                             struct ft_err *err)
{
    memset(in, 0, sizeof *in);
    in->path = ft_xstrdup(path);
    in->text = "";
    enum ft_status st = ft_map_open(&in->map, path, err);
    in->mapped = !st;
    if (!st) st = open_bytes(in, enc, true, err);
    if (st) ft_input_close(in);
    return st;
}

enum ft_status ft_input_open_mem(struct ft_input *in, const char *name, const void *data, size_t n,
                                 enum ft_encoding enc, struct ft_err *err)
{
    memset(in, 0, sizeof *in);
    in->path = ft_xstrdup(name);
    in->text = "";
    in->map = (struct ft_map){data, n};
    enum ft_status st = open_bytes(in, enc, false, err);
    if (st) ft_input_close(in);
    return st;
}

enum ft_status ft_input_more(struct ft_input *in, size_t want, struct ft_err *err)
{
    size_t before = in->n;
    while (!in->eof && in->n - before < want) {
        enum ft_status st = one_piece(in, in->encoding, err);
        if (st) return st;
    }
    return FT_OK;
}

enum ft_status ft_input_all(struct ft_input *in, struct ft_err *err)
{
    return ft_input_more(in, SIZE_MAX, err);
}

void ft_input_close(struct ft_input *in)
{
    struct ft_input_coder *c = in->coder;
    if (c) {
        if (c->gz_open) inflateEnd(&c->gz);
        if (c->xz_open) lzma_end(&c->xz);
        if (c->region) munmap(c->region, c->reserved);
        free(c->piece);
        free(c);
    }
    if (in->mapped) ft_map_close(&in->map);
    free(in->path);
    memset(in, 0, sizeof *in);
}

uint64_t ft_input_done(const struct ft_input *in, size_t pos)
{
    if (in->coder) return in->file_done;
    return in->file_bytes - (in->n - (pos < in->n ? pos : in->n));
}

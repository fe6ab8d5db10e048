/* Bytes of data files: see input.h. The memory for the text is a large reservation of addresses, of
 * which pages are opened as the text grows; nothing is ever copied to a bigger place.
 *
 * Which encoding it is shows at the first bytes above 127: up to there, UTF-8 and windows-1252 are
 * the same, and the rows before can be used. When they are not UTF-8, the whole file is looked
 * through once before anything is decided. */
#include "data/input.h"

#include "data/encoding.h"
#include "util/fs.h"
#include "util/mem.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>

enum { PIECE_BYTES = 256 * 1024, COMMIT_BYTES = 8 << 20 };

struct ft_input_memory {
    char *region;
    size_t reserved, committed, used, limit;
    uint8_t *piece; /* not yet converted */
    uint8_t held[4];
    size_t held_n; /* bytes of a UTF-8 sequence that may go on, while nothing is decided */
    bool begun;    /* the byte order mark was looked for */
    bool open;     /* the encoding is not decided: plain ASCII so far */
    struct ft_encoding_coder *coder; /* NULL: nothing to convert */
};

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
    {"\xd0\xcf\x11\xe0", 4, "an old Office document (.xls, .doc); save it as CSV or .xlsx first"},
    {"\x80\x02", 2, "a Python pickle; save the data as CSV or JSONL first"},
    {"\x80\x04\x95", 3, "a Python pickle; save the data as CSV or JSONL first"},
    {"\x80\x05\x95", 3, "a Python pickle; save the data as CSV or JSONL first"},
    {"\x93NUMPY", 6, "a NumPy array; save the data as CSV or JSONL first"},
    {"SQLite format 3", 15, "a SQLite database; export the table as CSV first"},
    {"{\\rtf", 5, "an RTF document; save its text first"},
    {"\xff\xff\xff\xff\x18", 5, "an Arrow file; save it as CSV or JSONL first"},
};

static bool has_ending(const char *path, const char *end)
{
    size_t n = strlen(path), k = strlen(end);
    return n > k && !strcasecmp(path + n - k, end);
}

/* What a zip archive holds, by the names of its first files. */
static const char *zip_kind(const char *path, const uint8_t *p, size_t n)
{
    if (has_ending(path, ".xlsx") || has_ending(path, ".xlsm"))
        return "a damaged or truncated workbook, or none of Excel; copy it again, or save it as "
               "CSV";
    static const struct {
        const char *piece, *what;
    } kinds[] = {
        {"opendocument.spreadsheet",
         "an OpenDocument spreadsheet; save it as CSV or .xlsx first (LibreOffice: Save As)"},
        {"opendocument.text", "an OpenDocument text document; save its text first"},
        {"opendocument.presentation", "an OpenDocument presentation; save its text first"},
        {"xl/workbook.bin", "a binary Excel workbook; save it as CSV or .xlsx first"},
        {"xl/", "an Excel workbook; name it .xlsx, or save it as CSV first"},
        {"word/", "a Word document; save its text first"},
        {"ppt/", "a PowerPoint presentation; save its text first"},
        {"application/epub", "an e-book (EPUB); save its text first"},
        {"Index/Document.iwa", "a document of Pages, Numbers or Keynote; save it as CSV or text"},
        {"data.pkl", "a model of PyTorch, not data"},
        {".npy", "NumPy arrays (.npz); save them as CSV or JSONL first"},
    };
    if (n > 1 << 16) n = 1 << 16;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (memmem(p, n, kinds[i].piece, strlen(kinds[i].piece))) return kinds[i].what;
    return "a zip archive; unpack it first";
}

/* An Office document that is encrypted is a compound file with a stream of this name, in UTF-16. */
static bool is_encrypted_office(const uint8_t *p, size_t n)
{
    static const char name[] = "E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e";
    return memmem(p, n, name, sizeof name) != NULL;
}

static enum ft_status refuse_binary(const struct ft_input *in, const uint8_t *p, size_t n,
                                    struct ft_err *err)
{
    for (size_t i = 0; i < sizeof binaries / sizeof *binaries; i++) {
        if (n < binaries[i].n || memcmp(p, binaries[i].magic, binaries[i].n) != 0) continue;
        if (*binaries[i].magic == 'B' && (n < 4 || p[3] < '1' || p[3] > '9')) continue;
        const char *what = i ? binaries[i].what : zip_kind(in->path, p, n);
        if (*binaries[i].magic == '\xd0' && is_encrypted_office(p, n))
            what = "a workbook or document with a password; open it in its program and save it "
                   "without the password";
        return ft_fail(err, FT_FORMAT, "%s: this is %s", in->path, what);
    }
    return FT_OK;
}

/* The most that the text can take: what is free of this machine, and of a file that is not packed
 * what its conversion to UTF-8 can need. */
static size_t text_bytes_max(const struct ft_input *in)
{
    size_t most = (size_t)1 << 40;
    int64_t free_bytes = ft_mem_available();
    if (free_bytes > 0 && (uint64_t)free_bytes / 20 * 17 < most)
        most = (size_t)free_bytes / 20 * 17;
    if (!in->compression && in->file_bytes < most / 4)
        most = ft_encoding_room((size_t)in->file_bytes) + 2 * (size_t)COMMIT_BYTES;
    return most;
}

/* Addresses only; make_room asks for the memory behind them. */
static enum ft_status reserve(struct ft_input *in, struct ft_err *err)
{
    struct ft_input_memory *m = in->memory;
    size_t most = text_bytes_max(in), least = most < (size_t)64 << 20 ? most : (size_t)64 << 20;
    m->limit = most;
    for (size_t size = most; size >= least; size /= 2) {
        void *p = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (p == MAP_FAILED) continue;
        m->region = p;
        m->reserved = size;
        if (m->limit > size) m->limit = size;
        return FT_OK;
    }
    return ft_fail(err, FT_NOMEM, "%s: not enough memory for its text", in->path);
}

static enum ft_status make_room(struct ft_input *in, size_t extra, struct ft_err *err)
{
    struct ft_input_memory *m = in->memory;
    size_t need = m->used + extra;
    if (need <= m->committed) return FT_OK;
    size_t want = (need + COMMIT_BYTES - 1) / COMMIT_BYTES * COMMIT_BYTES;
    if (want > m->reserved) want = m->reserved;
    if (need > want || need > m->limit || mprotect(m->region, want, PROT_READ | PROT_WRITE) != 0) {
        char done[32], limit[32];
        return ft_fail(err, FT_NOMEM,
                       "%s: its text is larger than %s, but only %s of memory can be used; use a "
                       "part of the file",
                       in->path, ft_format_bytes(done, sizeof done, (double)m->used),
                       ft_format_bytes(limit, sizeof limit, (double)m->limit));
    }
    if (m->committed) /* not worth it for a small file */
        madvise(m->region + m->committed, want - m->committed, MADV_HUGEPAGE);
    m->committed = want;
    return FT_OK;
}

/* A table that is stored as UTF-16 without a byte order mark: every other byte is 0. */
static const char *utf16_looking(const uint8_t *p, size_t n)
{
    size_t zeros[2] = {0}, m = (n < 4096 ? n : 4096) / 2 * 2;
    for (size_t i = 0; i < m; i++)
        zeros[i % 2] += !p[i];
    if (m < 4) return NULL;
    if (zeros[1] * 10 > m * 4 && !zeros[0]) return "utf-16le";
    return zeros[0] * 10 > m * 4 && !zeros[1] ? "utf-16be" : NULL;
}

/* The first bytes: a mark is skipped, a known binary file refused. */
static enum ft_status begin_text(struct ft_input *in, const uint8_t *p, size_t n,
                                 enum ft_encoding asked, size_t *skip, struct ft_err *err)
{
    enum ft_status st = refuse_binary(in, p, n, err);
    *skip = ft_encoding_mark(p, n, asked, &in->encoding);
    if (st || asked != FT_ENCODING_AUTO || *skip) return st;
    const char *wide = utf16_looking(p, n);
    if (wide)
        st = ft_fail(err, FT_FORMAT,
                     "%s: looks like UTF-16 without a byte order mark; read it with --encoding %s",
                     in->path, wide);
    return st;
}

/* The file has bytes that are not UTF-8: reads all of it to guess its encoding. */
static enum ft_status decide(struct ft_input *in, struct ft_err *err)
{
    struct ft_encoding_survey survey = {0};
    struct ft_packed again;
    enum ft_status st = ft_packed_again(&again, &in->file, err);
    if (st) return st;
    uint8_t *piece = ft_xmalloc(PIECE_BYTES);
    for (bool end = false; !st && !end; end = again.end) {
        size_t n = 0;
        st = ft_packed_read(&again, piece, PIECE_BYTES, &n, err);
        if (!st) ft_encoding_survey_add(&survey, piece, n, again.end);
    }
    free(piece);
    ft_packed_close(&again);
    if (st) return st;
    enum ft_encoding found = ft_encoding_survey_end(&survey);
    if (found == FT_ENCODING_UTF8) return FT_OK;
    in->encoding = found;
    return ft_encoding_coder_new(&in->memory->coder, found, err);
}

static enum ft_status convert(struct ft_input *in, const uint8_t *p, size_t n, bool last,
                              struct ft_err *err)
{
    struct ft_input_memory *m = in->memory;
    enum ft_status st = make_room(in, ft_encoding_room(n), err);
    if (!st) m->used += ft_encoding_convert(m->coder, p, n, last, m->region + m->used);
    return st;
}

/* Puts the n bytes behind the text to it. While nothing is decided, a sequence that is cut off is
 * held back. */
static enum ft_status take_plain(struct ft_input *in, size_t n, bool last, struct ft_err *err)
{
    struct ft_input_memory *m = in->memory;
    const uint8_t *p = (const uint8_t *)m->region + m->used;
    size_t whole, sequences;
    m->held_n = 0;
    if (!m->open) {
        m->used += n;
        return FT_OK;
    }
    if (ft_encoding_utf8_prefix(p, n, &whole, &sequences) == n && (!last || whole == n)) {
        m->open = !sequences;
        m->held_n = n - whole;
        memcpy(m->held, p + whole, m->held_n);
        m->used += whole;
        return FT_OK;
    }
    m->open = false;
    enum ft_status st = decide(in, err);
    if (st) return st;
    if (!m->coder) {
        m->used += n;
        return FT_OK;
    }
    uint8_t *raw = ft_xmalloc(n + 1);
    memcpy(raw, p, n);
    st = convert(in, raw, n, last, err);
    free(raw);
    return st;
}

/* The first piece: which encoding, and the bytes that belong to the mark. */
static enum ft_status begin_piece(struct ft_input *in, size_t got, enum ft_encoding asked,
                                  size_t *skip, struct ft_err *err)
{
    struct ft_input_memory *m = in->memory;
    enum ft_status st = begin_text(in, m->piece, got, asked, skip, err);
    m->begun = true;
    m->open = asked == FT_ENCODING_AUTO && in->encoding == FT_ENCODING_UTF8;
    if (!st && !ft_encoding_is_utf8(in->encoding))
        st = ft_encoding_coder_new(&m->coder, in->encoding, err);
    if (st || m->coder || (st = make_room(in, got, err))) return st;
    memcpy(m->region + m->used, m->piece + *skip, got - *skip);
    return FT_OK;
}

static enum ft_status one_piece(struct ft_input *in, enum ft_encoding asked, struct ft_err *err)
{
    struct ft_input_memory *m = in->memory;
    uint8_t *to = m->piece;
    size_t got = 0, skip = 0, held = m->held_n;
    enum ft_status st = FT_OK;
    if (m->begun && !m->coder) { /* to where it stays */
        if ((st = make_room(in, PIECE_BYTES + held, err))) return st;
        memcpy(m->region + m->used, m->held, held);
        to = (uint8_t *)m->region + m->used + held;
    }
    if ((st = ft_packed_read(&in->file, to, PIECE_BYTES, &got, err))) return st;
    if (!m->begun && (st = begin_piece(in, got, asked, &skip, err))) return st;
    st = m->coder ? convert(in, m->piece + skip, got - skip, in->file.end, err)
                  : take_plain(in, held + got - skip, in->file.end, err);
    in->text = m->region;
    in->n = m->used;
    in->file_done = in->file.done_bytes;
    in->eof = in->file.end;
    return st;
}

static enum ft_status open_text(struct ft_input *in, enum ft_encoding asked, struct ft_err *err)
{
    in->compression = in->file.compression;
    in->file_bytes = in->file.size_bytes;
    in->memory = ft_xcalloc(1, sizeof *in->memory);
    in->memory->piece = ft_xmalloc(PIECE_BYTES);
    enum ft_status st = reserve(in, err);
    return st ? st : one_piece(in, asked, err);
}

enum ft_status ft_input_open(struct ft_input *in, const char *path, enum ft_encoding enc,
                             struct ft_err *err)
{
    memset(in, 0, sizeof *in);
    in->path = ft_xstrdup(path);
    in->text = "";
    enum ft_status st = ft_packed_open(&in->file, in->path, err);
    if (!st) st = open_text(in, enc, err);
    if (st) ft_input_close(in);
    return st;
}

/* Can the caller's bytes be used without a copy? */
static bool is_ready(const uint8_t *data, size_t n, enum ft_encoding asked, enum ft_encoding found)
{
    size_t whole, sequences;
    if (!ft_encoding_is_utf8(found)) return false;
    if (asked != FT_ENCODING_AUTO || found != FT_ENCODING_UTF8) return true;
    return ft_encoding_utf8_prefix(data, n, &whole, &sequences) == n && whole == n;
}

enum ft_status ft_input_open_mem(struct ft_input *in, const char *name, const void *data, size_t n,
                                 enum ft_encoding enc, struct ft_err *err)
{
    memset(in, 0, sizeof *in);
    in->path = ft_xstrdup(name);
    in->text = "";
    ft_packed_open_mem(&in->file, in->path, data, n);
    size_t skip;
    enum ft_status st = begin_text(in, data, n, enc, &skip, err);
    if (!st && is_ready(data, n, enc, in->encoding)) {
        in->text = n ? (const char *)data + skip : "";
        in->n = n - skip;
        in->eof = true;
        in->file_bytes = in->file_done = n;
        return FT_OK;
    }
    if (!st) st = open_text(in, enc, err);
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
    struct ft_input_memory *m = in->memory;
    if (m) {
        if (m->region) munmap(m->region, m->reserved);
        ft_encoding_coder_free(m->coder);
        free(m->piece);
        free(m);
    }
    if (in->path) ft_packed_close(&in->file);
    free(in->path);
    memset(in, 0, sizeof *in);
}

uint64_t ft_input_done(const struct ft_input *in, size_t pos)
{
    if (in->memory) return in->file_done;
    return in->file_bytes - (in->n - (pos < in->n ? pos : in->n));
}

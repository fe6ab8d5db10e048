/* Tables: storage, sniffing which reader a file wants, and reading it. See table.h.
 * A column is a list of chunks, chunk k with 64 << k cells: a row is found by one count of leading
 * zeros, and nothing moves when rows are added, so that other threads may look at finished rows
 * meanwhile. */
#include "data/jscan.h"
#include "data/read.h"
#include "data/read_tagged.h"
#include "data/split.h"
#include "data/squad.h"
#include "data/unicode.h"
#include "data/xlsx.h"
#include "util/fs.h"
#include "util/hash.h"
#include "util/json.h"

#include <assert.h>
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *const format_names[] = {
#define X(id, name) [FT_FORMAT_##id] = name,
    FT_FORMAT_LIST(X)
#undef X
};
static const char *const note_texts[] = {
#define X(id, text) [FT_NOTE_##id] = text,
    FT_NOTE_LIST(X)
#undef X
};

static const struct ft_reader readers[] = {
    {FT_FORMAT_CSV, ".csv", ft_read_csv},
    {FT_FORMAT_TSV, ".tsv .tab", ft_read_csv},
    {FT_FORMAT_JSONL, ".jsonl .ndjson .jsonlines", ft_read_jsonl},
    {FT_FORMAT_JSON, ".json", ft_read_json},
    {FT_FORMAT_TEXT, ".txt .text .raw .tokens .md", ft_read_text},
    {FT_FORMAT_FASTTEXT, ".ft", ft_read_fasttext},
    {FT_FORMAT_CONLL, ".conll .conllu .iob .iob2 .bio", ft_read_conll},
    {FT_FORMAT_FOLDER, "", ft_read_folder},
};

const char *ft_format_name(enum ft_format f)
{
    return format_names[f];
}

const char *ft_note_text(enum ft_note_kind k)
{
    return note_texts[k];
}

/* ---- cells ---- */

static unsigned chunk_of(size_t row, size_t *at)
{
    size_t r = row + 64;
    unsigned top = 63u - (unsigned)__builtin_clzll(r);
    *at = r - ((size_t)1 << top);
    return top - 6;
}

size_t ft_table_rows(const struct ft_table *t)
{
    return atomic_load_explicit(&t->rows_ready, memory_order_acquire);
}

size_t ft_table_columns(const struct ft_table *t)
{
    return atomic_load_explicit(&t->columns_ready, memory_order_acquire);
}

const char *ft_table_name(const struct ft_table *t, size_t col)
{
    return col < ft_table_columns(t) ? t->columns[col]->name : "";
}

bool ft_table_has(const struct ft_table *t, const char *name)
{
    size_t n = ft_table_columns(t);
    for (size_t i = 0; i < n; i++)
        if (!strcmp(t->columns[i]->name, name)) return true;
    return false;
}

int ft_table_find(const struct ft_table *t, const char *name)
{
    size_t n = ft_table_columns(t);
    for (size_t i = 0; i < n; i++)
        if (!strcmp(t->columns[i]->name, name)) return (int)i;
    for (size_t i = 0; i < n; i++)
        if (!strcasecmp(t->columns[i]->name, name)) return (int)i;
    return -1;
}

struct ft_text ft_table_cell(const struct ft_table *t, size_t row, size_t col)
{
    if (row >= ft_table_rows(t) || col >= ft_table_columns(t)) return (struct ft_text){NULL, 0};
    size_t at;
    unsigned k = chunk_of(row, &at);
    const struct ft_text *chunk = t->columns[col]->chunks[k];
    return chunk ? chunk[at] : (struct ft_text){NULL, 0};
}

void ft_table_row_json(const struct ft_table *t, size_t row, struct ft_str *out)
{
    ft_str_addc(out, '{');
    for (size_t c = 0; c < ft_table_columns(t); c++) {
        struct ft_text s = ft_table_cell(t, row, c);
        ft_json_add_key(out, t->columns[c]->name);
        if (s.data)
            ft_json_add_str(out, s.data, s.n);
        else
            ft_str_addz(out, "null");
    }
    ft_str_addc(out, '}');
}

/* ---- filling ---- */

struct ft_text ft_text_trim(struct ft_text s)
{
    while (s.n && strchr(" \t\r\n\v\f", s.data[0]) && s.data[0])
        s.data++, s.n--;
    while (s.n && strchr(" \t\r\n\v\f", s.data[s.n - 1]) && s.data[s.n - 1])
        s.n--;
    return s;
}

struct ft_text ft_text_repair(struct ft_arena *arena, struct ft_text s, size_t *bad)
{
    *bad = 0;
    if (!s.n || ft_uni_valid(s.data, s.n)) return s;
    char *out = ft_arena_alloc(arena, s.n * 3);
    size_t n = 0;
    for (size_t i = 0; i < s.n;) {
        size_t from = i;
        uint32_t cp = ft_uni_next(s.data, s.n, &i);
        /* U+FFFD that was there as its own three bytes is not an error. */
        if (cp == FT_UNI_REPLACEMENT &&
            !(i - from == 3 && !memcmp(s.data + from, "\xEF\xBF\xBD", 3)))
            ++*bad;
        n += ft_uni_put(cp, out + n);
    }
    return (struct ft_text){out, n};
}

enum ft_status ft_load_column(struct ft_load *l, const char *name, size_t n, struct ft_err *err)
{
    struct ft_table *t = l->t;
    size_t cols = ft_table_columns(t);
    if (cols >= FT_TABLE_COLUMNS_MAX)
        return ft_fail(err, FT_FORMAT, "%s: row %zu: more than %d columns; is the delimiter right?",
                       l->path, l->rows + 1, FT_TABLE_COLUMNS_MAX);
    if (!t->columns) t->columns = ft_xcalloc(FT_TABLE_COLUMNS_MAX, sizeof *t->columns);
    struct ft_table_column *c = ft_xcalloc(1, sizeof *c);
    size_t bad;
    struct ft_text s = ft_text_trim(ft_text_repair(&t->arena, (struct ft_text){name, n}, &bad));
    c->name = s.n ? ft_xstrndup(s.data, s.n) : ft_xprintf("column%zu", cols + 1);
    size_t at;
    unsigned k = chunk_of(l->rows, &at);
    c->chunks[k] = calloc((size_t)64 << k, sizeof(struct ft_text));
    t->columns[cols] = c;
    atomic_store_explicit(&t->columns_ready, cols + 1, memory_order_release);
    if (!c->chunks[k])
        return ft_fail(err, FT_NOMEM, "%s: no memory for another column after %zu rows", l->path,
                       l->rows);
    return FT_OK;
}

void ft_load_cell(struct ft_load *l, size_t col, struct ft_text s)
{
    struct ft_table *t = l->t;
    size_t at, bad;
    unsigned k = chunk_of(l->rows, &at);
    assert(col < atomic_load_explicit(&t->columns_ready, memory_order_relaxed));
    if (s.n && !ft_uni_valid(s.data, s.n)) {
        s = ft_text_repair(&t->arena, s, &bad);
        ft_load_note(l, FT_NOTE_UTF8, bad);
    }
    t->columns[col]->chunks[k][at] = s;
    t->text_bytes += s.n;
}

void ft_load_note(struct ft_load *l, enum ft_note_kind kind, size_t amount)
{
    struct ft_notes *n = &l->t->notes[kind];
    size_t row = l->rows + 1;
    uint32_t a = amount > UINT32_MAX ? UINT32_MAX : (uint32_t)amount;
    if (n->n && n->items[n->n - 1].row == row) {
        if (n->items[n->n - 1].amount <= UINT32_MAX - a) n->items[n->n - 1].amount += a;
        return;
    }
    if (n->last_row != row) n->rows++;
    n->last_row = row;
    if (n->n == FT_TABLE_NOTES_MAX) return;
    ft_grow(&n->items, &n->cap, n->n + 1, sizeof *n->items);
    n->items[n->n++] = (struct ft_note){row, a};
}

void ft_load_say(struct ft_load *l, const char *fmt, ...)
{
    char what[256];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    what[ft_utf8_prefix(what, strlen(what))] = 0;
    char *before = l->t->said;
    l->t->said = before ? ft_xprintf("%s; %s", before, what) : ft_xstrdup(what);
    free(before);
}

static enum ft_status say(struct ft_load *l, size_t pos, struct ft_err *err)
{
    l->said_rows = l->rows;
    l->said_bytes = pos;
    if (!l->opt->progress) return FT_OK;
    uint64_t done = l->in ? ft_input_done(l->in, pos) : l->bytes_done;
    uint64_t total = l->in ? l->in->file_bytes : l->bytes_total;
    if (l->opt->progress(l->opt->progress_arg, l->t, l->rows, done, total)) return FT_OK;
    return ft_fail(err, FT_CANCELLED, "%s: reading was cancelled after %zu rows", l->path, l->rows);
}

enum ft_status ft_load_row(struct ft_load *l, size_t pos, struct ft_err *err)
{
    struct ft_table *t = l->t;
    size_t at;
    l->rows++;
    unsigned k = chunk_of(l->rows, &at);
    if (!at) {
        size_t cols = ft_table_columns(t);
        for (size_t c = 0; c < cols; c++) {
            t->columns[c]->chunks[k] = calloc((size_t)64 << k, sizeof(struct ft_text));
            if (t->columns[c]->chunks[k]) continue;
            char need[32];
            return ft_fail(
                err, FT_NOMEM, "%s: no memory for more than %zu rows (%s wanted)", l->path, l->rows,
                ft_format_bytes(need, sizeof need,
                                (double)(sizeof(struct ft_text) << 6) * (double)((size_t)1 << k)));
        }
    }
    atomic_store_explicit(&t->rows_ready, l->rows, memory_order_release);
    if (l->opt->rows_max && l->rows >= l->opt->rows_max) l->done = true;
    if (l->rows - l->said_rows >= 4096 || pos - l->said_bytes >= (4u << 20) || l->rows == 64)
        return say(l, pos, err);
    return FT_OK;
}

/* ---- which reader ---- */

/* The ending of a name without .gz or .xz, in small letters, into buf. */
static void ending_of(const char *path, char *buf, size_t size)
{
    const char *base = ft_path_base(path);
    size_t n = strlen(base);
    if (n > 3 && (!strcasecmp(base + n - 3, ".gz") || !strcasecmp(base + n - 3, ".xz"))) n -= 3;
    size_t dot = n;
    while (dot && base[dot - 1] != '.')
        dot--;
    buf[0] = 0;
    if (!dot || n - dot + 2 > size) return;
    snprintf(buf, size, ".%.*s", (int)(n - dot), base + dot);
    for (char *p = buf; *p; p++)
        *p = (char)tolower((unsigned char)*p);
}

static enum ft_format format_by_ending(const char *path)
{
    char e[16];
    ending_of(path, e, sizeof e);
    for (size_t i = 0; *e && i < sizeof readers / sizeof *readers; i++) {
        const char *hit = strstr(readers[i].endings, e);
        size_t n = strlen(e);
        if (hit && (hit[n] == ' ' || !hit[n])) return readers[i].format;
    }
    return FT_FORMAT_AUTO;
}

bool ft_format_is_data(const char *name)
{
    char e[16];
    ending_of(name, e, sizeof e);
    return (format_by_ending(name) != FT_FORMAT_AUTO && strcmp(e, ".md")) || !strcmp(e, ".xlsx");
}

static bool binary_looking(const char *p, size_t n)
{
    size_t nuls = 0, controls = 0;
    for (size_t i = 0; i < n; i++) {
        nuls += !p[i];
        controls += (unsigned char)p[i] < 32 && !strchr("\t\n\r\f\v\033", p[i]);
    }
    return nuls * 50 > n || controls * 20 > n;
}

/* JSON text that is question answering: nested ("paragraphs") or flat ("context" and "question";
 * without answers it can still be asked). */
static bool squad_looking(const char *p, size_t n)
{
    if (memmem(p, n, "\"paragraphs\"", 12)) return true;
    return memmem(p, n, "\"context\"", 9) && memmem(p, n, "\"question\"", 10) &&
           (memmem(p, n, "\"answers\"", 9) || !memmem(p, n, "\"label", 7));
}

/* Is the first line one whole object, and does another one follow? */
static bool object_a_line(const char *p, size_t n)
{
    const char *line = memchr(p, '\n', n);
    struct ft_arena arena = {0};
    struct ft_jscan s = {.p = p, .end = line ? line : p + n, .arena = &arena};
    if (!line || !ft_jscan_skip(&s, NULL) || !ft_jscan_at_end(&s)) return false;
    s.end = p + n;
    return ft_jscan_peek(&s) == '{';
}

static enum ft_status sniff(struct ft_input *in, const struct ft_read_opt *opt, enum ft_format *out,
                            struct ft_err *err)
{
    enum ft_status st = ft_input_more(in, in->n < 65536 ? 65536 - in->n : 0, err);
    if (st) return st;
    const char *p = in->text;
    size_t n = in->n < 65536 ? in->n : 65536, i = 0;
    bool bytes = in->encoding == FT_ENCODING_UTF8 || in->encoding == FT_ENCODING_CP1252;
    if (opt->encoding == FT_ENCODING_AUTO && bytes && binary_looking(p, n))
        return ft_fail(err, FT_FORMAT,
                       "%s: this is not text (control characters); expected csv, "
                       "tsv, jsonl, json or txt, plain or .gz or .xz",
                       in->path);
    enum ft_format f = format_by_ending(in->path);
    while (i < n && strchr(" \t\r\n", p[i]) && p[i])
        i++;
    char first = i < n ? p[i] : 0;
    if (f == FT_FORMAT_AUTO) {
        const char *line = memchr(p + i, '\n', n - i);
        size_t first_n = line ? (size_t)(line - p) - i : n - i;
        char delimiter = 0;
        if (first == '[' || first == '{')
            f = FT_FORMAT_JSON;
        else if (ft_csv_sep_line(p, n, &delimiter))
            f = delimiter == '\t' ? FT_FORMAT_TSV : FT_FORMAT_CSV;
        else if (memchr(p + i, '\t', first_n))
            f = FT_FORMAT_TSV;
        else
            f = memchr(p + i, ',', first_n) ? FT_FORMAT_CSV : FT_FORMAT_TEXT;
    }
    if (f == FT_FORMAT_TEXT || f == FT_FORMAT_TSV || f == FT_FORMAT_CSV || f == FT_FORMAT_CONLL) {
        enum ft_format tagged = ft_tagged_sniff(p, n);
        if (tagged != FT_FORMAT_AUTO) f = tagged;
    }
    if (f == FT_FORMAT_JSON && first == '{' && object_a_line(p + i, n - i)) f = FT_FORMAT_JSONL;
    if ((f == FT_FORMAT_JSON || f == FT_FORMAT_JSONL) && squad_looking(p, n)) f = FT_FORMAT_SQUAD;
    *out = f;
    return FT_OK;
}

enum ft_status ft_format_sniff(const char *path, const struct ft_read_opt *opt, enum ft_format *out,
                               struct ft_err *err)
{
    static const struct ft_read_opt none;
    if (!opt) opt = &none;
    if (opt->format != FT_FORMAT_AUTO || ft_path_is_dir(path)) {
        *out = opt->format != FT_FORMAT_AUTO ? opt->format : FT_FORMAT_FOLDER;
        return FT_OK;
    }
    if (ft_xlsx_is(path)) {
        *out = FT_FORMAT_XLSX;
        return FT_OK;
    }
    struct ft_input in;
    enum ft_status st = ft_input_open(&in, path, opt->encoding, err);
    if (st) return st;
    st = sniff(&in, opt, out, err);
    ft_input_close(&in);
    return st;
}

static enum ft_status read_input(struct ft_table *t, const struct ft_read_opt *opt,
                                 struct ft_err *err)
{
    struct ft_load l = {.t = t, .opt = opt, .in = t->input, .path = t->path};
    t->format = opt->format;
    enum ft_status st = FT_OK;
    if (t->input) {
        t->compression = t->input->compression;
        t->encoding = t->input->encoding;
        if (t->format == FT_FORMAT_AUTO) st = sniff(t->input, opt, &t->format, err);
    }
    if (!st && t->format == FT_FORMAT_SQUAD)
        st = ft_fail(err, FT_USAGE, "%s: this is question answering data, not rows of text",
                     t->path);
    size_t i = 0;
    while (i + 1 < sizeof readers / sizeof *readers && readers[i].format != t->format)
        i++;
    if (!st) st = readers[i].read(&l, err);
    if (st) return st;
    t->complete = !l.done;
    if (t->input) t->encoding = t->input->encoding; /* may show late */
    return say(&l, t->input ? t->input->n : 0, err);
}

static void begin(struct ft_table *t, const char *path)
{
    memset(t, 0, sizeof *t);
    t->path = ft_xstrdup(path);
    t->part_column = t->turns_column = -1;
}

/* A sheet as CSV text, which the table keeps. */
static enum ft_status read_workbook(struct ft_table *t, const struct ft_read_opt *opt,
                                    struct ft_err *err)
{
    struct ft_read_opt o = *opt;
    struct ft_str csv = {0};
    enum ft_status st = ft_xlsx_csv(t->path, &csv, err);
    if (!st) {
        const char *text = ft_arena_strndup(&t->arena, ft_str_text(&csv), csv.len);
        t->input = ft_xcalloc(1, sizeof *t->input);
        st = ft_input_open_mem(t->input, t->path, text, csv.len, FT_ENCODING_UTF8, err);
    }
    ft_str_release(&csv);
    o.format = FT_FORMAT_CSV;
    o.delimiter = ',';
    o.quote = '"';
    if (!st) st = read_input(t, &o, err);
    t->format = FT_FORMAT_XLSX;
    return st;
}

enum ft_status ft_table_read(struct ft_table *t, const char *path, const struct ft_read_opt *opt,
                             struct ft_err *err)
{
    static const struct ft_read_opt none;
    struct ft_read_opt o = opt ? *opt : none;
    begin(t, path);
    if (ft_path_is_dir(path)) {
        if (o.format == FT_FORMAT_AUTO) o.format = FT_FORMAT_FOLDER;
        if (o.format != FT_FORMAT_FOLDER)
            return ft_fail(err, FT_USAGE, "%s is a folder, not a %s file", path,
                           ft_format_name(o.format));
        return read_input(t, &o, err);
    }
    if (o.format == FT_FORMAT_FOLDER) return ft_fail(err, FT_USAGE, "%s is not a folder", path);
    if (o.format == FT_FORMAT_XLSX || (o.format == FT_FORMAT_AUTO && ft_xlsx_is(path)))
        return read_workbook(t, &o, err);
    t->input = ft_xcalloc(1, sizeof *t->input);
    enum ft_status st = ft_input_open(t->input, path, o.encoding, err);
    return st ? st : read_input(t, &o, err);
}

enum ft_status ft_table_sha256(const char *path, char hex[65], struct ft_err *err)
{
    char *file;
    ft_xlsx_path(path, &file);
    enum ft_status st = ft_sha256_file(file, hex, err);
    free(file);
    return st;
}

enum ft_status ft_table_read_mem(struct ft_table *t, const char *name, const void *data, size_t n,
                                 const struct ft_read_opt *opt, struct ft_err *err)
{
    static const struct ft_read_opt none;
    begin(t, name);
    t->input = ft_xcalloc(1, sizeof *t->input);
    enum ft_status st =
        ft_input_open_mem(t->input, name, data, n, opt ? opt->encoding : FT_ENCODING_AUTO, err);
    return st ? st : read_input(t, opt ? opt : &none, err);
}

void ft_table_release(struct ft_table *t)
{
    size_t cols = ft_table_columns(t);
    for (size_t c = 0; c < cols; c++) {
        for (size_t k = 0; k < FT_TABLE_CHUNKS; k++)
            free(t->columns[c]->chunks[k]);
        free(t->columns[c]->name);
        free(t->columns[c]);
    }
    free(t->columns);
    for (size_t i = 0; i < FT_NOTE_COUNT; i++)
        free(t->notes[i].items);
    ft_arena_release(&t->arena);
    if (t->input) ft_input_close(t->input);
    free(t->input);
    for (size_t i = 0; t->parts && i < FT_PART_COUNT; i++)
        if (t->parts[i].path) ft_table_release(&t->parts[i]);
    free(t->parts);
    free(t->said);
    free(t->path);
    memset(t, 0, sizeof *t);
}

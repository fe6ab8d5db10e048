/* Workbooks: see xlsx.h. A small scanner walks over the tags of the XML parts; nothing is built but
 * the list of shared strings. */
#include "data/xlsx.h"

#include "data/pt_zip.h"
#include "data/table.h"
#include "data/unicode.h"
#include "util/fs.h"
#include "util/mem.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>

enum { FILE_BYTES_MAX = 1 << 30, PART_BYTES_MAX = 1 << 30, DEFLATE_MOST = 1100 };

/* ---- the archive ---- */

struct book {
    const char *name;
    const uint8_t *data;
    size_t n;
    struct ft_pt_source source;
    struct ft_pt_zip zip;
};

static enum ft_status read_mem(void *arg, uint64_t at, void *dst, size_t n, struct ft_err *err)
{
    const struct book *b = arg;
    if (at > b->n || b->n - at < n)
        return ft_fail(err, FT_FORMAT, "%s: the workbook is truncated", b->name);
    memcpy(dst, b->data + at, n);
    return FT_OK;
}

static enum ft_status book_open(struct book *b, const char *name, const void *data, size_t n,
                                struct ft_err *err)
{
    *b = (struct book){.name = name, .data = data, .n = n};
    b->source = (struct ft_pt_source){.read = read_mem, .arg = b, .size = n, .name = name};
    return ft_pt_zip_open(&b->zip, &b->source, err);
}

static enum ft_status damaged(const struct book *b, const char *what, struct ft_err *err)
{
    return ft_fail(err, FT_FORMAT, "%s: damaged workbook: %s; save it again, or as CSV", b->name,
                   what);
}

static bool inflate_all(const uint8_t *p, size_t n, char *out, size_t out_n)
{
    z_stream z = {0};
    if (inflateInit2(&z, -15) != Z_OK) return false;
    z.next_in = (Bytef *)(uintptr_t)p;
    z.avail_in = (uInt)n;
    z.next_out = (Bytef *)out;
    z.avail_out = (uInt)out_n;
    bool good = inflate(&z, Z_FINISH) == Z_STREAM_END && !z.avail_out;
    inflateEnd(&z);
    return good;
}

/* A part of the workbook; the caller frees *out. FT_NOTFOUND without a message: it has none. */
static enum ft_status part(const struct book *b, const char *name, char **out, size_t *n,
                           struct ft_err *err)
{
    const struct ft_pt_member *m = ft_pt_zip_find(&b->zip, name, strlen(name));
    if (!m) return FT_NOTFOUND;
    if (m->header > b->n || b->n - m->header < 30) return damaged(b, name, err);
    const uint8_t *p = b->data + m->header;
    size_t at = (size_t)m->header + 30 + p[26] + p[27] * 256u + p[28] + p[29] * 256u;
    if (at > b->n || m->packed > b->n - at || m->packed > UINT32_MAX) return damaged(b, name, err);
    if (m->size > PART_BYTES_MAX || (!m->plain && m->size / DEFLATE_MOST > m->packed + 1) ||
        (m->plain && m->size != m->packed))
        return ft_fail(err, FT_FORMAT, "%s: %s would unpack to %llu bytes; save the sheet as CSV",
                       b->name, name, (unsigned long long)m->size);
    int64_t room = ft_mem_available();
    *n = (size_t)m->size;
    *out = room > 0 && *n > (size_t)room / 2 ? NULL : malloc(*n + 1);
    if (!*out) return ft_fail(err, FT_NOMEM, "%s: no memory to unpack %s", b->name, name);
    (*out)[*n] = 0;
    if (m->plain)
        memcpy(*out, b->data + at, *n);
    else if (!inflate_all(b->data + at, (size_t)m->packed, *out, *n)) {
        free(*out);
        *out = NULL;
        return damaged(b, name, err);
    }
    return FT_OK;
}

/* ---- XML ---- */

struct xml {
    const char *p, *end;
    struct ft_text name, attributes; /* of the tag that was read last, without its prefix */
    bool closing, empty;             /* </x>; <x/> */
    struct ft_text text;             /* before that tag */
};

static bool next_tag(struct xml *x)
{
    const char *lt = x->p < x->end ? memchr(x->p, '<', (size_t)(x->end - x->p)) : NULL;
    const char *gt = lt ? memchr(lt, '>', (size_t)(x->end - lt)) : NULL;
    if (!gt) return false;
    x->text = (struct ft_text){x->p, (size_t)(lt - x->p)};
    x->p = gt + 1;
    const char *from = lt + 1;
    x->closing = from < gt && *from == '/';
    from += x->closing;
    x->empty = gt > from && gt[-1] == '/';
    const char *to = from;
    while (to < gt && !strchr(" \t\r\n/", *to))
        to++;
    const char *colon = memchr(from, ':', (size_t)(to - from));
    if (colon) from = colon + 1;
    x->name = (struct ft_text){from, (size_t)(to - from)};
    x->attributes = (struct ft_text){to, (size_t)(gt - to)};
    return true;
}

static bool is(struct ft_text s, const char *word)
{
    return s.n == strlen(word) && !memcmp(s.data, word, s.n);
}

/* The value of an attribute, with or without a prefix; {NULL, 0}: not there. */
static struct ft_text attribute(const struct xml *x, const char *name)
{
    const char *p = x->attributes.data, *end = p + x->attributes.n;
    size_t n = strlen(name);
    while (p < end) {
        const char *eq = memchr(p, '=', (size_t)(end - p));
        if (!eq || eq + 1 >= end || (eq[1] != '"' && eq[1] != '\'')) break;
        const char *close = memchr(eq + 2, eq[1], (size_t)(end - eq - 2));
        if (!close) break;
        size_t before = (size_t)(eq - p);
        bool same = before >= n && !memcmp(eq - n, name, n) &&
                    (before == n || strchr(" \t\r\n:", eq[-1 - (ptrdiff_t)n]));
        if (same) return (struct ft_text){eq + 2, (size_t)(close - eq - 2)};
        p = close + 1;
    }
    return (struct ft_text){NULL, 0};
}

static size_t put_reference(struct ft_text s, struct ft_str *out)
{
    static const struct {
        const char *name;
        char c;
    } known[] = {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        size_t n = strlen(known[i].name);
        if (s.n < n || memcmp(s.data, known[i].name, n)) continue;
        ft_str_addc(out, known[i].c);
        return n;
    }
    const char *semicolon = memchr(s.data, ';', s.n < 12 ? s.n : 12);
    if (semicolon && s.n > 3 && s.data[1] == '#') {
        bool hex = s.data[2] == 'x';
        char *stop;
        unsigned long cp = strtoul(s.data + (hex ? 3 : 2), &stop, hex ? 16 : 10);
        if (stop == semicolon && cp && cp < 0x110000 && (cp < 0xD800 || cp > 0xDFFF)) {
            char bytes[4];
            ft_str_add(out, bytes, ft_uni_put((uint32_t)cp, bytes));
            return (size_t)(semicolon - s.data) + 1;
        }
    }
    ft_str_addc(out, '&');
    return 1;
}

/* _x000D_, as the format writes characters that XML cannot hold. */
static size_t put_escape(struct ft_text s, struct ft_str *out)
{
    char hex[5] = "";
    if (s.n >= 7 && s.data[1] == 'x' && s.data[6] == '_') {
        memcpy(hex, s.data + 2, 4);
        char *stop;
        unsigned long cp = strtoul(hex, &stop, 16);
        if (!*stop && strspn(hex, "0123456789abcdefABCDEF") == 4 && cp &&
            (cp < 0xD800 || cp > 0xDFFF)) {
            char bytes[4];
            ft_str_add(out, bytes, ft_uni_put((uint32_t)cp, bytes));
            return 7;
        }
    }
    ft_str_addc(out, '_');
    return 1;
}

static void add_text(struct ft_text s, struct ft_str *out)
{
    for (size_t i = 0; i < s.n;) {
        struct ft_text rest = {s.data + i, s.n - i};
        if (s.data[i] == '&')
            i += put_reference(rest, out);
        else if (s.data[i] == '_')
            i += put_escape(rest, out);
        else
            ft_str_addc(out, s.data[i++]);
    }
}

/* The texts <t> up to the end of `element`, which was just opened; phonetic guides are left out. */
static void add_runs(struct xml *x, const char *element, struct ft_str *out)
{
    bool guide = false, text = false;
    if (x->empty) return;
    while (next_tag(x)) {
        if (is(x->name, "rPh")) guide = !x->closing && !x->empty;
        if (is(x->name, "t")) {
            if (x->closing && text && !guide) add_text(x->text, out);
            text = !x->closing && !x->empty;
        }
        if (x->closing && is(x->name, element)) return;
    }
}

/* ---- shared strings ---- */

struct strings {
    struct ft_str text;
    size_t *ends, n, cap;
};

static enum ft_status read_strings(const struct book *b, struct strings *s, struct ft_err *err)
{
    char *data = NULL;
    size_t n = 0;
    enum ft_status st = part(b, "xl/sharedStrings.xml", &data, &n, err);
    if (st == FT_NOTFOUND) return FT_OK;
    struct xml x = {.p = data, .end = data + n};
    while (!st && next_tag(&x)) {
        if (x.closing || !is(x.name, "si")) continue;
        add_runs(&x, "si", &s->text);
        ft_grow(&s->ends, &s->cap, s->n + 1, sizeof *s->ends);
        s->ends[s->n++] = s->text.len;
    }
    free(data);
    return st;
}

static void add_shared(const struct strings *s, const char *index, struct ft_str *out)
{
    long long i;
    if (!ft_parse_i64(index, &i) || i < 0 || (unsigned long long)i >= s->n) return;
    size_t from = i ? s->ends[i - 1] : 0;
    ft_str_add(out, s->text.data ? s->text.data + from : "", s->ends[i] - from);
}

/* ---- which sheet ---- */

/* The part of a sheet: by its relation's id in workbook.xml.rels. */
static enum ft_status sheet_part(const struct book *b, struct ft_text id, struct ft_str *out,
                                 struct ft_err *err)
{
    char *data = NULL;
    size_t n = 0;
    enum ft_status st = part(b, "xl/_rels/workbook.xml.rels", &data, &n, err);
    struct xml x = {.p = data, .end = data + n};
    while (!st && !out->len && next_tag(&x)) {
        struct ft_text own = attribute(&x, "Id"), target = attribute(&x, "Target");
        if (!is(x.name, "Relationship") || own.n != id.n || !own.data || !target.data ||
            memcmp(own.data, id.data, id.n))
            continue;
        bool root = target.n && target.data[0] == '/';
        if (!root) ft_str_addz(out, "xl/");
        ft_str_add(out, target.data + root, target.n - root);
    }
    free(data);
    if (st == FT_NOTFOUND || (!st && !out->len)) return damaged(b, "no list of its sheets", err);
    return st;
}

static enum ft_status find_sheet(const struct book *b, const char *wanted, struct ft_str *path,
                                 struct ft_err *err)
{
    char *data = NULL;
    size_t n = 0, sheets = 0;
    struct ft_str names = {0}, name = {0};
    enum ft_status st = part(b, "xl/workbook.xml", &data, &n, err);
    if (st == FT_NOTFOUND) return damaged(b, "xl/workbook.xml is missing", err);
    struct xml x = {.p = data, .end = data + n};
    while (!st && !path->len && next_tag(&x)) {
        struct ft_text id = attribute(&x, "id"), title = attribute(&x, "name");
        if (x.closing || !is(x.name, "sheet") || !id.data) continue;
        ft_str_clear(&name);
        add_text(title, &name);
        if (++sheets <= 12) ft_str_addf(&names, "%s%s", sheets > 1 ? ", " : "", ft_str_text(&name));
        if (!wanted || !strcasecmp(wanted, ft_str_text(&name))) st = sheet_part(b, id, path, err);
    }
    if (!st && !path->len)
        st = wanted && sheets ? ft_fail(err, FT_FORMAT, "%s: no sheet \"%s\"; the sheets are: %s",
                                        b->name, wanted, ft_str_text(&names))
                              : damaged(b, "it has no sheet", err);
    free(data);
    ft_str_release(&names);
    ft_str_release(&name);
    return st;
}

/* ---- cells ---- */

/* "AB12" is column 27; SIZE_MAX: no place, or one too far. */
static size_t column_of(struct ft_text place)
{
    size_t col = 0, i = 0;
    for (; i < place.n && place.data[i] >= 'A' && place.data[i] <= 'Z' && i < 4; i++)
        col = col * 26 + (size_t)(place.data[i] - 'A' + 1);
    return i ? col - 1 : SIZE_MAX;
}

/* The value of the cell whose tag was just read, into `out`. */
static void read_cell(struct xml *x, const struct strings *strings, struct ft_str *out)
{
    struct ft_text type = attribute(x, "t");
    struct ft_str raw = {0};
    bool value = false;
    if (type.data && is(type, "inlineStr"))
        add_runs(x, "c", out);
    else if (!x->empty)
        while (next_tag(x) && !(x->closing && is(x->name, "c"))) {
            if (!is(x->name, "v")) continue;
            if (x->closing && value) add_text(x->text, &raw);
            value = !x->closing && !x->empty;
        }
    if (type.data && is(type, "s"))
        add_shared(strings, ft_str_text(&raw), out);
    else if (type.data && is(type, "b"))
        ft_str_addz(out, raw.len && raw.data[0] == '1' ? "TRUE" : raw.len ? "FALSE" : "");
    else
        ft_str_add(out, ft_str_text(&raw), raw.len);
    ft_str_release(&raw);
}

/* One pass over the rows: `out` NULL finds the width only. Rows without a value are left out. */
static enum ft_status read_rows(const struct book *b, const char *data, size_t n,
                                const struct strings *strings, size_t *width, struct ft_str *out,
                                struct ft_err *err)
{
    struct xml x = {.p = data, .end = data + n};
    struct ft_str cell = {0}, row = {0};
    size_t next = 0;
    bool filled = false;
    enum ft_status st = FT_OK;
    while (!st && next_tag(&x)) {
        bool end = is(x.name, "row") && (x.closing || x.empty);
        if (end && filled && out) {
            for (; next < *width; next++)
                if (next) ft_str_addc(&row, ',');
            ft_str_addc(&row, '\n');
            ft_str_add(out, row.data, row.len);
        }
        if (is(x.name, "row")) {
            next = 0;
            filled = false;
            ft_str_clear(&row);
        }
        if (x.closing || !is(x.name, "c")) continue;
        struct ft_text place = attribute(&x, "r");
        size_t col = place.data ? column_of(place) : next;
        if (col < next || col >= FT_TABLE_COLUMNS_MAX) {
            st = damaged(b, "a cell with an invalid column", err);
            break;
        }
        ft_str_clear(&cell);
        read_cell(&x, strings, &cell);
        if (!cell.len) continue;
        filled = true;
        for (; out && next < col; next++)
            if (next) ft_str_addc(&row, ',');
        if (out && col) ft_str_addc(&row, ',');
        if (out) ft_str_add_cell(&row, cell.data, cell.len, ',');
        next = col + 1;
        if (next > *width) *width = next;
    }
    ft_str_release(&cell);
    ft_str_release(&row);
    return st;
}

enum ft_status ft_xlsx_csv_mem(const char *name, const void *data, size_t n, const char *sheet,
                               struct ft_str *out, struct ft_err *err)
{
    struct book b;
    struct strings strings = {0};
    struct ft_str path = {0};
    char *rows = NULL;
    size_t rows_n = 0, width = 0;
    enum ft_status st = book_open(&b, name, data, n, err);
    if (st) return st;
    st = find_sheet(&b, sheet, &path, err);
    if (!st) st = read_strings(&b, &strings, err);
    if (!st) {
        st = part(&b, ft_str_text(&path), &rows, &rows_n, err);
        if (st == FT_NOTFOUND) st = damaged(&b, "its sheet is missing", err);
    }
    if (!st) st = read_rows(&b, rows, rows_n, &strings, &width, NULL, err);
    if (!st) st = read_rows(&b, rows, rows_n, &strings, &width, out, err);
    if (!st && !out->len) st = ft_fail(err, FT_FORMAT, "%s: the sheet is empty", name);
    free(rows);
    free(strings.ends);
    ft_str_release(&strings.text);
    ft_str_release(&path);
    ft_pt_zip_release(&b.zip);
    return st;
}

/* ---- files ---- */

const char *ft_xlsx_path(const char *path, char **file)
{
    const char *hash = strrchr(path, '#');
    bool sheet =
        hash && hash - path > 5 && !strncasecmp(hash - 5, ".xlsx", 5) && !ft_path_exists(path);
    *file = sheet ? ft_xstrndup(path, (size_t)(hash - path)) : ft_xstrdup(path);
    return sheet && hash[1] ? hash + 1 : NULL;
}

bool ft_xlsx_is(const char *path)
{
    char *file, *data = NULL;
    size_t n = 0;
    struct book b;
    ft_xlsx_path(path, &file);
    size_t len = strlen(file);
    bool named =
        len > 5 && (!strcasecmp(file + len - 5, ".xlsx") || !strcasecmp(file + len - 5, ".xlsm"));
    bool found = named && ft_path_is_file(file) &&
                 !ft_file_read(file, FILE_BYTES_MAX, &data, &n, NULL) &&
                 ft_pt_is_zip((const uint8_t *)data, n) && !book_open(&b, file, data, n, NULL);
    if (found) {
        bool workbook = ft_pt_zip_find(&b.zip, "xl/workbook.xml", 15) != NULL;
        ft_pt_zip_release(&b.zip);
        found = workbook;
    }
    free(data);
    free(file);
    return found;
}

enum ft_status ft_xlsx_csv(const char *path, struct ft_str *out, struct ft_err *err)
{
    char *file, *data = NULL;
    size_t n = 0;
    const char *sheet = ft_xlsx_path(path, &file);
    enum ft_status st = ft_file_read(file, FILE_BYTES_MAX, &data, &n, err);
    if (!st) st = ft_xlsx_csv_mem(file, data, n, sheet, out, err);
    free(data);
    free(file);
    return st;
}

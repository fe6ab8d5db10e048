/* Workbooks: see xlsx.h. A small scanner walks over the tags of the XML parts; nothing is built but
 * the list of shared strings and the formats of numbers. */
#include "data/xlsx.h"

#include "data/pt_zip.h"
#include "data/table.h"
#include "data/xlsx_format.h"
#include "data/xml_scan.h"
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
    struct ft_str strings; /* the shared texts, one after another */
    size_t *ends, ends_n, ends_cap;
    struct ft_xlsx_styles styles;
    struct ft_str *out;
    size_t out_max;
    struct ft_xlsx_facts *facts;
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
    memset(b, 0, sizeof *b);
    b->name = name;
    b->data = data;
    b->n = n;
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

/* ---- texts ---- */

/* The texts <t> up to the end of `element`, which was just opened; phonetic guides are left out. */
static void add_runs(struct ft_xml *x, const char *element, struct ft_str *out)
{
    bool guide = false, text = false;
    if (x->empty) return;
    while (ft_xml_next(x)) {
        if (ft_xml_is(x->name, "rPh")) guide = !x->closing && !x->empty;
        if (ft_xml_is(x->name, "t")) {
            if (x->closing && text && !guide) ft_xml_add_text(x->text, out);
            text = !x->closing && !x->empty;
        }
        if (x->closing && ft_xml_is(x->name, element)) return;
    }
}

/* ---- parts that sheets refer to ---- */

static enum ft_status read_strings(struct book *b, struct ft_err *err)
{
    char *data = NULL;
    size_t n = 0;
    enum ft_status st = part(b, "xl/sharedStrings.xml", &data, &n, err);
    if (st == FT_NOTFOUND) return FT_OK;
    struct ft_xml x = {.p = data, .end = data + n};
    while (!st && ft_xml_next(&x)) {
        if (x.closing || !ft_xml_is(x.name, "si")) continue;
        add_runs(&x, "si", &b->strings);
        ft_grow(&b->ends, &b->ends_cap, b->ends_n + 1, sizeof *b->ends);
        b->ends[b->ends_n++] = b->strings.len;
    }
    free(data);
    return st;
}

static void add_shared(const struct book *b, const char *index, struct ft_str *out)
{
    long long i;
    if (!ft_parse_i64(index, &i) || i < 0 || (unsigned long long)i >= b->ends_n) return;
    size_t from = i ? b->ends[i - 1] : 0;
    ft_str_add(out, ft_str_text(&b->strings) + from, b->ends[i] - from);
}

static enum ft_status read_styles(struct book *b, struct ft_err *err)
{
    char *data = NULL;
    size_t n = 0;
    enum ft_status st = part(b, "xl/styles.xml", &data, &n, err);
    if (!st) ft_xlsx_styles_read(&b->styles, data, n);
    free(data);
    return st == FT_NOTFOUND ? FT_OK : st;
}

/* ---- which sheet ---- */

/* The part of a sheet: by its relation's id in workbook.xml.rels. */
static enum ft_status sheet_part(const struct book *b, struct ft_text id, struct ft_str *out,
                                 struct ft_err *err)
{
    char *data = NULL;
    size_t n = 0;
    enum ft_status st = part(b, "xl/_rels/workbook.xml.rels", &data, &n, err);
    struct ft_xml x = {.p = data, .end = data + n};
    while (!st && !out->len && ft_xml_next(&x)) {
        struct ft_text own = ft_xml_attribute(&x, "Id"), target = ft_xml_attribute(&x, "Target");
        if (!ft_xml_is(x.name, "Relationship") || own.n != id.n || !own.data || !target.data ||
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

/* Is the attribute on: "1" or "true"? */
static bool is_on(struct ft_text s)
{
    return s.n && (ft_xml_is(s, "1") || ft_xml_is(s, "true"));
}

static enum ft_status find_sheet(struct book *b, const char *wanted, struct ft_str *path,
                                 struct ft_err *err)
{
    enum { LISTED = 12 };
    char *data = NULL;
    size_t n = 0;
    struct ft_str name = {0};
    struct ft_xlsx_facts *f = b->facts;
    enum ft_status st = part(b, "xl/workbook.xml", &data, &n, err);
    if (st == FT_NOTFOUND) return damaged(b, "xl/workbook.xml is missing", err);
    struct ft_xml x = {.p = data, .end = data + n};
    while (!st && ft_xml_next(&x)) {
        struct ft_text id = ft_xml_attribute(&x, "id"), title = ft_xml_attribute(&x, "name");
        if (ft_xml_is(x.name, "workbookPr"))
            b->styles.from_1904 |= is_on(ft_xml_attribute(&x, "date1904"));
        if (x.closing || !ft_xml_is(x.name, "sheet") || !id.data) continue;
        ft_str_clear(&name);
        ft_xml_add_text(title, &name);
        if (f->sheets++ < LISTED)
            ft_str_addf(&f->names, "%s%s", f->sheets > 1 ? ", " : "", ft_str_text(&name));
        if (path->len || (wanted && strcasecmp(wanted, ft_str_text(&name)) != 0)) continue;
        ft_str_add(&f->sheet, ft_str_text(&name), name.len);
        st = sheet_part(b, id, path, err);
    }
    if (f->sheets > LISTED) ft_str_addz(&f->names, ", ..");
    if (!st && !path->len)
        st = wanted && f->sheets
                 ? ft_fail(err, FT_FORMAT, "%s: no sheet \"%s\"; the sheets are: %s", b->name,
                           wanted, ft_str_text(&f->names))
                 : damaged(b, "it has no sheet", err);
    free(data);
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

static size_t style_of(const struct ft_xml *x)
{
    struct ft_text s = ft_xml_attribute(x, "s");
    size_t style = 0;
    for (size_t i = 0; i < s.n && i < 7 && s.data[i] >= '0' && s.data[i] <= '9'; i++)
        style = style * 10 + (size_t)(s.data[i] - '0');
    return style;
}

/* The value of the cell whose tag was just read, into `out`. */
static void read_cell(struct book *b, struct ft_xml *x, struct ft_str *out)
{
    struct ft_text type = ft_xml_attribute(x, "t");
    struct ft_str raw = {0};
    size_t style = style_of(x);
    bool value = false, formula = false;
    if (type.data && ft_xml_is(type, "inlineStr"))
        add_runs(x, "c", out);
    else if (!x->empty)
        while (ft_xml_next(x) && !(x->closing && ft_xml_is(x->name, "c"))) {
            formula |= ft_xml_is(x->name, "f");
            if (!ft_xml_is(x->name, "v")) continue;
            if (x->closing && value) ft_xml_add_text(x->text, &raw);
            value = !x->closing && !x->empty;
        }
    struct ft_text shown = {ft_str_text(&raw), raw.len};
    if (type.data && ft_xml_is(type, "s"))
        add_shared(b, ft_str_text(&raw), out);
    else if (type.data && ft_xml_is(type, "b"))
        ft_str_addz(out, raw.len && raw.data[0] == '1' ? "TRUE" : raw.len ? "FALSE" : "");
    else if (type.data && !ft_xml_is(type, "n"))
        ft_str_add(out, shown.data, shown.n);
    else
        ft_xlsx_styles_add(&b->styles, style, shown, out);
    b->facts->no_value += formula && !out->len;
    ft_str_release(&raw);
}

/* The most that a sheet can reasonably take: a shared text can come again in every cell, so that a
 * small file holds more than memory. */
static size_t out_max(const struct book *b, size_t rows_n)
{
    enum { REPEATS = 64, LEAST = 64 << 20 };
    int64_t room = ft_mem_available();
    size_t most = room > 0 && room / 4 < PART_BYTES_MAX ? (size_t)room / 4 : PART_BYTES_MAX;
    size_t usual = (rows_n + b->strings.len) * REPEATS;
    if (usual < LEAST) usual = LEAST;
    return usual < most ? usual : most;
}

/* One pass over the rows: `out` NULL finds the width only. Rows without a value are left out. */
static enum ft_status read_rows(struct book *b, const char *data, size_t n, size_t *width,
                                struct ft_str *out, struct ft_err *err)
{
    struct ft_xml x = {.p = data, .end = data + n};
    struct ft_str cell = {0}, row = {0};
    size_t next = 0, at = 0; /* the column that is written next; that of a cell without a place */
    bool filled = false;
    enum ft_status st = FT_OK;
    b->facts->no_value = 0;
    while (!st && ft_xml_next(&x)) {
        bool end = ft_xml_is(x.name, "row") && (x.closing || x.empty);
        if (end && filled && out) {
            for (; next < *width; next++)
                if (next) ft_str_addc(&row, ',');
            ft_str_addc(&row, '\n');
            ft_str_add(out, row.data, row.len);
        }
        if (ft_xml_is(x.name, "row")) {
            next = at = 0;
            filled = false;
            ft_str_clear(&row);
        }
        if (x.closing || !ft_xml_is(x.name, "c")) continue;
        struct ft_text place = ft_xml_attribute(&x, "r");
        size_t col = place.data ? column_of(place) : at;
        at = col + 1;
        if (col < next || col >= FT_TABLE_COLUMNS_MAX) {
            st = damaged(b, "a cell with an invalid column", err);
            break;
        }
        ft_str_clear(&cell);
        read_cell(b, &x, &cell);
        if (!cell.len) continue;
        filled = true;
        for (; out && next < col; next++)
            if (next) ft_str_addc(&row, ',');
        if (out && col) ft_str_addc(&row, ',');
        if (out) ft_str_add_cell(&row, cell.data, cell.len, ',');
        next = col + 1;
        if (next > *width) *width = next;
        if (out && (out->len + row.len > b->out_max || row.len > b->out_max))
            st = ft_fail(err, FT_FORMAT,
                         "%s: the texts of the sheet take more than %zu MB, since its cells repeat "
                         "long ones; save the sheet as CSV",
                         b->name, b->out_max >> 20);
    }
    ft_str_release(&cell);
    ft_str_release(&row);
    return st;
}

static void book_release(struct book *b)
{
    free(b->ends);
    ft_str_release(&b->strings);
    ft_xlsx_styles_release(&b->styles);
    ft_pt_zip_release(&b->zip);
}

void ft_xlsx_facts_release(struct ft_xlsx_facts *f)
{
    ft_str_release(&f->sheet);
    ft_str_release(&f->names);
    memset(f, 0, sizeof *f);
}

enum ft_status ft_xlsx_csv_mem(const char *name, const void *data, size_t n, const char *sheet,
                               struct ft_str *out, struct ft_xlsx_facts *facts, struct ft_err *err)
{
    struct book b;
    struct ft_str path = {0};
    char *rows = NULL;
    size_t rows_n = 0, width = 0;
    memset(facts, 0, sizeof *facts);
    enum ft_status st = book_open(&b, name, data, n, err);
    if (st) return st;
    b.facts = facts;
    st = find_sheet(&b, sheet, &path, err);
    if (!st) st = read_strings(&b, err);
    if (!st) st = read_styles(&b, err);
    if (!st) {
        st = part(&b, ft_str_text(&path), &rows, &rows_n, err);
        if (st == FT_NOTFOUND) st = damaged(&b, "its sheet is missing", err);
    }
    b.out_max = out_max(&b, rows_n);
    if (!st) st = read_rows(&b, rows, rows_n, &width, NULL, err);
    if (!st) st = read_rows(&b, rows, rows_n, &width, out, err);
    if (!st && !out->len)
        st = facts->sheets > 1
                 ? ft_fail(err, FT_FORMAT, "%s: sheet \"%s\" is empty; the sheets are: %s", name,
                           ft_str_text(&facts->sheet), ft_str_text(&facts->names))
                 : ft_fail(err, FT_FORMAT, "%s: the sheet is empty", name);
    free(rows);
    ft_str_release(&path);
    book_release(&b);
    return st;
}

/* ---- files ---- */

static bool is_name(const char *name, size_t n)
{
    return n > 5 &&
           (!strncasecmp(name + n - 5, ".xlsx", 5) || !strncasecmp(name + n - 5, ".xlsm", 5));
}

const char *ft_xlsx_path(const char *path, char **file)
{
    const char *hash = strrchr(path, '#');
    bool sheet = hash && is_name(path, (size_t)(hash - path)) && !ft_path_exists(path);
    *file = sheet ? ft_xstrndup(path, (size_t)(hash - path)) : ft_xstrdup(path);
    return sheet && hash[1] ? hash + 1 : NULL;
}

bool ft_xlsx_is(const char *path)
{
    char *file, *data = NULL;
    size_t n = 0;
    struct book b;
    ft_xlsx_path(path, &file);
    bool found = is_name(file, strlen(file)) && ft_path_is_file(file) &&
                 !ft_file_read(file, FILE_BYTES_MAX, &data, &n, NULL) &&
                 ft_pt_is_zip((const uint8_t *)data, n) && !book_open(&b, file, data, n, NULL);
    if (found) {
        bool workbook = ft_pt_zip_find(&b.zip, "xl/workbook.xml", 15) != NULL;
        book_release(&b);
        found = workbook;
    }
    free(data);
    free(file);
    return found;
}

enum ft_status ft_xlsx_csv(const char *path, struct ft_str *out, struct ft_xlsx_facts *facts,
                           struct ft_err *err)
{
    char *file, *data = NULL;
    size_t n = 0;
    const char *sheet = ft_xlsx_path(path, &file);
    memset(facts, 0, sizeof *facts);
    enum ft_status st = ft_file_read(file, FILE_BYTES_MAX, &data, &n, err);
    if (!st) st = ft_xlsx_csv_mem(file, data, n, sheet, out, facts, err);
    free(data);
    free(file);
    return st;
}

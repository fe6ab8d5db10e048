/* One row of CSV (RFC 4180). Lenient where files in the wild are: a quote inside an unquoted cell
 * is a character; text after a closing quote is appended. */
#include "data/read_in.h"
#include "data/scan.h"

#include <stdlib.h>
#include <string.h>

static bool push(struct ft_csv_row *row, const char *p, size_t n, bool quoted, bool raw)
{
    if (row->n == FT_TABLE_COLUMNS_MAX) return false;
    if (row->n == row->cap) ft_grow(&row->cells, &row->cap, row->n + 1, sizeof *row->cells);
    row->cells[row->n++] = (struct ft_csv_cell){p, n, quoted, raw};
    return true;
}

/* The end of a cell without quotes that begins at p. */
static const char *cell_end(const struct ft_csv_form *f, const char *p, const char *end)
{
    return f->cr ? ft_scan3(p, end, f->delimiter, '\n', '\r')
                 : ft_scan2(p, end, f->delimiter, '\n');
}

/* The same without the carriage return of a line end; `from` is the cell's begin. */
static const char *without_cr(const char *from, const char *r, const char *end)
{
    return r > from && r[-1] == '\r' && (r == end || *r == '\n') ? r - 1 : r;
}

/* Is an odd number of backslashes before q, back to `from`? */
static bool is_escaped(const char *from, const char *q)
{
    size_t n = 0;
    while (q - n > from && q[-1 - (ptrdiff_t)n] == '\\')
        n++;
    return n % 2;
}

static const char *skip_blanks(const char *p, const char *end)
{
    while (p < end && *p == ' ')
        p++;
    return p;
}

/* The closing quote of the cell whose opening one is at p; NULL: none up to end. *doubled: there
 * are doubled or escaped ones before. A quote at the very end closes, unless more may come (then
 * NULL). */
static const char *closing(const struct ft_csv_form *f, const char *p, const char *end, bool eof,
                           bool *doubled)
{
    *doubled = false;
    for (const char *q = p + 1;;) {
        q = memchr(q, f->quote, (size_t)(end - q));
        if (!q || (q + 1 == end && !eof)) return NULL;
        if (f->backslash && is_escaped(p + 1, q)) {
            *doubled = true;
            q++;
            continue;
        }
        if (q + 1 == end || q[1] != f->quote) return q;
        *doubled = true;
        q += 2;
    }
}

/* Where the cell and its line end: delimiter, line feed, carriage return with what belongs to it;
 * FT_CSV_MORE when that cannot be told yet. *next: behind it. */
static enum ft_csv_result step(const char *r, const char *end, bool eof, bool *row_ends,
                               const char **next)
{
    *row_ends = true;
    *next = r;
    if (r == end) return eof ? FT_CSV_ROW : FT_CSV_MORE;
    if (*r == '\r') {
        if (r + 1 == end && !eof) return FT_CSV_MORE;
        *next = r + 1 < end && r[1] == '\n' ? r + 2 : r + 1;
        return FT_CSV_ROW;
    }
    *row_ends = *r == '\n';
    *next = r + 1;
    return FT_CSV_ROW;
}

/* A cell with quotes at p; *r is where it ends. */
static enum ft_csv_result quoted_cell(const struct ft_csv_form *f, const char *p, const char *end,
                                      bool eof, struct ft_csv_row *row, const char **r)
{
    bool doubled;
    const char *q = closing(f, p, end, eof, &doubled);
    if (!q) return eof ? FT_CSV_UNCLOSED : FT_CSV_MORE;
    *r = f->blanks ? skip_blanks(q + 1, end) : q + 1;
    if (*r == end && !eof) return FT_CSV_MORE;
    if (!f->cr && *r < end && **r == '\r') {
        if (*r + 1 == end && !eof) return FT_CSV_MORE;
        if (*r + 1 == end || (*r)[1] == '\n') ++*r;
    }
    if (*r == end || **r == f->delimiter || **r == '\n' || (f->cr && **r == '\r')) {
        const char *from = doubled ? p : p + 1;
        size_t n = (size_t)((doubled ? q + 1 : q) - from);
        return push(row, from, n, true, doubled) ? FT_CSV_ROW : FT_CSV_WIDE;
    }
    *r = cell_end(f, *r, end);
    row->stray = true;
    return push(row, p, (size_t)(without_cr(p, *r, end) - p), true, true) ? FT_CSV_ROW
                                                                          : FT_CSV_WIDE;
}

enum ft_csv_result ft_csv_next(const struct ft_csv_form *f, const char *p, const char *end,
                               bool eof, struct ft_csv_row *row, const char **next)
{
    row->n = 0;
    row->stray = false;
    for (bool row_ends = false; !row_ends; p = *next) {
        const char *r;
        enum ft_csv_result result = FT_CSV_ROW;
        const char *q = f->blanks ? skip_blanks(p, end) : p;
        if (q < end && f->quote && *q == f->quote) {
            result = quoted_cell(f, q, end, eof, row, &r);
        } else {
            r = cell_end(f, p, end);
            if (!push(row, p, (size_t)(without_cr(p, r, end) - p), false, false))
                result = FT_CSV_WIDE;
        }
        if (result == FT_CSV_ROW) result = step(r, end, eof, &row_ends, next);
        if (result != FT_CSV_ROW) return result;
    }
    return FT_CSV_ROW;
}

size_t ft_csv_unquote(const struct ft_csv_cell *cell, const struct ft_csv_form *form, char *out)
{
    const char *p = cell->p + 1, *end = cell->p + cell->n;
    size_t n = 0;
    bool open = true;
    while (p < end) {
        const char *q = open ? memchr(p, form->quote, (size_t)(end - p)) : NULL;
        const char *stop = q ? q : end;
        bool escaped = q && form->backslash && is_escaped(p, q);
        memcpy(out + n, p, (size_t)(stop - p));
        n += (size_t)(stop - p);
        p = stop;
        if (!q) break;
        if (escaped) {
            out[n - 1] = form->quote;
            p++;
        } else if (q + 1 < end && q[1] == form->quote) {
            out[n++] = form->quote;
            p += 2;
        } else {
            open = false; /* what follows the closing quote is plain text */
            p++;
        }
    }
    return n;
}

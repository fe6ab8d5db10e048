/* One row of CSV (RFC 4180), and guessing the form of a file from its beginning. Lenient where
 * files in the wild are: a quote inside an unquoted cell is a character; text after a closing quote
 * is appended. */
#include "data/read.h"
#include "data/scan.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { SAMPLE_BYTES = 65536, SAMPLE_ROWS = 200 };

static bool push(struct ft_csv_row *row, const char *p, size_t n, bool raw)
{
    if (row->n == FT_TABLE_COLUMNS_MAX) return false;
    if (row->n == row->cap) ft_grow(&row->cells, &row->cap, row->n + 1, sizeof *row->cells);
    row->cells[row->n++] = (struct ft_csv_cell){p, n, raw};
    return true;
}

enum ft_csv_result ft_csv_next(const struct ft_csv_form *f, const char *p, const char *end,
                               bool eof, struct ft_csv_row *row, const char **next)
{
    row->n = 0;
    row->stray = false;
    for (;;) {
        const char *r;
        if (p < end && f->quote && *p == f->quote) {
            const char *q = p + 1;
            bool doubled = false;
            for (;;) {
                q = memchr(q, f->quote, (size_t)(end - q));
                if (!q) return eof ? FT_CSV_UNCLOSED : FT_CSV_MORE;
                if (q + 1 == end) {
                    if (!eof) return FT_CSV_MORE;
                    break;
                }
                if (q[1] != f->quote) break;
                doubled = true;
                q += 2;
            }
            r = q + 1;
            if (r < end && *r == '\r' && f->newline == '\n') {
                if (r + 1 == end && !eof) return FT_CSV_MORE;
                if (r + 1 == end || r[1] == '\n') r++;
            }
            if (r == end || *r == f->delimiter || *r == f->newline) {
                const char *from = doubled ? p : p + 1;
                if (!push(row, from, (size_t)((doubled ? q + 1 : q) - from), doubled))
                    return FT_CSV_WIDE;
            } else {
                r = ft_scan2(r, end, f->delimiter, f->newline);
                const char *stop = r;
                if (stop < end && *stop == '\n' && stop[-1] == '\r') stop--;
                row->stray = true;
                if (!push(row, p, (size_t)(stop - p), true)) return FT_CSV_WIDE;
            }
        } else {
            r = ft_scan2(p, end, f->delimiter, f->newline);
            const char *stop = r;
            if (stop > p && stop[-1] == '\r' && f->newline == '\n' &&
                (stop == end || *stop == '\n'))
                stop--;
            if (!push(row, p, (size_t)(stop - p), false)) return FT_CSV_WIDE;
        }
        if (r == end) {
            if (!eof) return FT_CSV_MORE;
            *next = end;
            return FT_CSV_ROW;
        }
        p = r + 1;
        if (*r == f->delimiter) continue;
        *next = p;
        return FT_CSV_ROW;
    }
}

size_t ft_csv_unquote(const struct ft_csv_cell *cell, char quote, char *out)
{
    const char *p = cell->p + 1, *end = cell->p + cell->n;
    size_t n = 0;
    bool open = true;
    while (p < end) {
        const char *q = open ? memchr(p, quote, (size_t)(end - p)) : NULL;
        const char *stop = q ? q : end;
        memcpy(out + n, p, (size_t)(stop - p));
        n += (size_t)(stop - p);
        p = stop;
        if (!q) break;
        if (q + 1 < end && q[1] == quote) {
            out[n++] = quote;
            p += 2;
        } else {
            open = false; /* what follows the closing quote is plain text */
            p++;
        }
    }
    return n;
}

/* How well a delimiter explains the sample: the share of rows with the most usual number of cells,
 * times more for more cells; 0 when that number is 1. */
static double score(const char *text, const char *end, const struct ft_csv_form *f)
{
    size_t count[65] = {0}, rows = 0;
    struct ft_csv_row row = {0};
    for (const char *p = text; p < end && rows < SAMPLE_ROWS;) {
        const char *next = NULL;
        if (ft_csv_next(f, p, end, false, &row, &next) != FT_CSV_ROW) break;
        if (row.n > 1 || row.cells[0].n) {
            count[row.n < 64 ? row.n : 64]++;
            rows++;
        }
        p = next;
    }
    free(row.cells);
    size_t best = 0;
    for (size_t i = 0; i <= 64; i++)
        if (count[i] && count[i] >= count[best]) best = i;
    if (!rows || best < 2) return 0;
    double share = (double)count[best] / (double)rows;
    return share * share * share + 0.001 * (double)(best < 20 ? best : 20);
}

/* Are quotes quotes in this tab-separated text? Only if every cell that begins with one also ends
 * with one and some cell needs them. */
static bool tsv_is_quoted(const char *p, const char *end)
{
    bool needed = false;
    while (p < end) {
        const char *stop = ft_scan2(p, end, '\t', '\n');
        const char *last = stop;
        if (last > p && last[-1] == '\r') last--;
        if (stop == end) break;
        if (*p == '"') {
            if (last - p < 2 || last[-1] != '"') return false;
            for (const char *q = p + 1; q < last - 1; q++) {
                if (*q != '"') continue;
                if (q + 1 >= last - 1 || q[1] != '"') return false;
                needed = true;
                q++;
            }
            if (last - p > 2 && p[1] != ' ') needed = true;
        }
        p = stop + 1;
    }
    return needed;
}

static bool numeric(struct ft_text s)
{
    char buf[64];
    double x;
    if (!s.n || s.n >= sizeof buf) return false;
    memcpy(buf, s.data, s.n);
    buf[s.n] = 0;
    return ft_parse_double(buf, &x);
}

/* A first row is a header unless something speaks against it: a number, an empty or long cell, a
 * sentence, a name twice, or a value that comes again below it. */
static bool guess_header(const char *text, const char *end, bool eof, const struct ft_csv_form *f)
{
    struct ft_csv_row first = {0}, row = {0};
    const char *p = text, *next = NULL;
    bool header = false;
    if (ft_csv_next(f, p, end, eof, &first, &next) != FT_CSV_ROW) goto out;
    for (size_t i = 0; i < first.n; i++) {
        struct ft_text s = ft_text_trim((struct ft_text){first.cells[i].p, first.cells[i].n});
        if ((!s.n && first.n > 1 && i) || s.n > 64 || numeric(s)) goto out;
        if (s.n && strchr(".!?;,", s.data[s.n - 1])) goto out;
        for (size_t j = 0; s.n && j < i; j++)
            if (first.cells[j].n == first.cells[i].n &&
                !memcmp(first.cells[j].p, first.cells[i].p, first.cells[i].n))
                goto out;
    }
    header = true;
    size_t rows = 0;
    for (p = next; p < end && rows < SAMPLE_ROWS; p = next, rows++) {
        if (ft_csv_next(f, p, end, eof, &row, &next) != FT_CSV_ROW) break;
        for (size_t i = 0; i < row.n && i < first.n; i++) {
            if (row.cells[i].n && row.cells[i].n == first.cells[i].n &&
                !memcmp(row.cells[i].p, first.cells[i].p, row.cells[i].n))
                header = false;
        }
    }
out:
    free(first.cells);
    free(row.cells);
    return header;
}

void ft_csv_sniff(const char *text, size_t n, bool tsv, const struct ft_read_opt *opt,
                  struct ft_csv_form *f)
{
    bool eof = n <= SAMPLE_BYTES;
    const char *end = text + (eof ? n : SAMPLE_BYTES);
    f->newline =
        memchr(text, '\n', (size_t)(end - text)) || !memchr(text, '\r', (size_t)(end - text))
            ? '\n'
            : '\r';
    f->quote = opt->quote == FT_QUOTE_NONE ? 0 : opt->quote ? opt->quote : '"';
    f->delimiter = opt->delimiter ? opt->delimiter : tsv ? '\t' : ',';
    if (!opt->delimiter) {
        static const char candidates[] = ",\t;|";
        double best = 0;
        for (size_t i = 0; candidates[i]; i++) {
            struct ft_csv_form g = *f;
            g.delimiter = candidates[i];
            if (!opt->quote && g.delimiter == '\t' && !tsv_is_quoted(text, end)) g.quote = 0;
            double s = score(text, end, &g) + (candidates[i] == (tsv ? '\t' : ',') ? 0.05 : 0);
            if (s <= best || s < 0.1) continue;
            best = s;
            f->delimiter = g.delimiter;
        }
    }
    if (!opt->quote && f->delimiter == '\t' && !tsv_is_quoted(text, end)) f->quote = 0;
    f->header = opt->header ? opt->header > 0 : guess_header(text, end, eof, f);
}

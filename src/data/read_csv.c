/* CSV and TSV to rows: see csv_row.c for the grammar. Cells are views into the text; only those
 * with doubled quotes are copied. It is no CSV library, because the libraries split a well-formed
 * file into cells and no more: here files of an unknown delimiter, quote, encoding and header are
 * told apart, damaged rows are reported by number, and cells are not copied. */
#include "data/json_studio.h"
#include "data/read_in.h"

#include <stdlib.h>
#include <string.h>

enum { CSV_SAMPLE_BYTES = 1 << 17, TAB_SAMPLE_BYTES = 64 << 20 };

struct csv {
    struct ft_load *l;
    struct ft_csv_form form;
    struct ft_csv_row row;
    size_t begin, pos; /* the row, and what is behind it */
    size_t studio_cells;
};

static size_t line_at(const struct ft_input *in, size_t pos)
{
    size_t line = 1;
    for (const char *p = in->text, *end = p + pos; (p = memchr(p, '\n', (size_t)(end - p))); p++)
        line++;
    return line;
}

static struct ft_text cell_text(struct csv *c, size_t i)
{
    const struct ft_csv_cell *cell = &c->row.cells[i];
    if (!cell->quoted_raw) return (struct ft_text){cell->p, cell->n};
    char *out = ft_arena_alloc(&c->l->t->arena, cell->n ? cell->n : 1);
    return (struct ft_text){out, ft_csv_unquote(cell, &c->form, out)};
}

/* The next row that is not a blank line; *got false at the end. */
static enum ft_status next_row(struct csv *c, bool *got, struct ft_err *err)
{
    struct ft_input *in = c->l->in;
    size_t want = (size_t)4 << 20;
    *got = false;
    for (;;) {
        const char *end = in->text + in->n, *next = NULL;
        enum ft_csv_result r = FT_CSV_MORE;
        if (c->pos < in->n)
            r = ft_csv_next(&c->form, in->text + c->pos, end, in->eof, &c->row, &next);
        else if (in->eof)
            return FT_OK;
        if (r == FT_CSV_MORE) {
            /* A row that goes on and on is begun again each time, so ask for more each time. */
            enum ft_status st = ft_input_more(in, want, err);
            if (st) return ft_fail_in(err, "after row %zu", c->l->rows);
            if (want < SIZE_MAX / 2) want *= 2;
            continue;
        }
        if (r == FT_CSV_UNCLOSED)
            return ft_fail(
                err, FT_FORMAT,
                "%s: row %zu (line %zu): quote never closed; add the closing quote, or, if "
                "quotes are plain characters in this file, use --quote none",
                in->path, c->l->rows + 1, line_at(in, c->pos));
        if (r == FT_CSV_WIDE)
            return ft_fail(err, FT_FORMAT,
                           "%s: row %zu (line %zu): more than %d columns; is the "
                           "delimiter right?",
                           in->path, c->l->rows + 1, line_at(in, c->pos), FT_TABLE_COLUMNS_MAX);
        const char *begin = in->text + c->pos;
        c->begin = c->pos;
        c->pos = (size_t)(next - in->text);
        /* A blank line: one empty cell that has no quotes (then it would begin one byte later). */
        if (c->row.n == 1 && !c->row.cells[0].n && c->row.cells[0].p == begin) continue;
        *got = true;
        return FT_OK;
    }
}

/* The name of the column that begins with cell i; a duplicate name gets a number. */
static enum ft_status add_column(struct csv *c, struct ft_text name, struct ft_err *err)
{
    const struct ft_table *t = c->l->t;
    char *copy = ft_xstrndup(name.n ? name.data : "", name.n);
    struct ft_str unique = {0};
    ft_str_addz(&unique, copy);
    for (int k = 2; *copy && ft_table_has(t, ft_str_text(&unique)); k++) {
        ft_str_clear(&unique);
        ft_str_addf(&unique, "%s_%d", copy, k);
    }
    enum ft_status st = ft_load_column(c->l, ft_str_text(&unique), unique.len, err);
    ft_str_release(&unique);
    free(copy);
    return st;
}

static enum ft_status add_columns(struct csv *c, struct ft_err *err)
{
    enum ft_status st = FT_OK;
    static const struct ft_text none = {"", 0};
    if (c->form.row_names) st = add_column(c, none, err);
    for (size_t i = 0; !st && i < c->row.n; i++) {
        size_t bad;
        struct ft_text s = c->form.header ? cell_text(c, i) : none;
        s = ft_text_trim(ft_text_repair(&c->l->t->arena, s, &bad));
        st = add_column(c, s, err);
    }
    return st;
}

/* --- a quote that swallows rows --- */

/* Delimiters of a line of prose are followed by a blank, those of a row are not. */
static size_t delimiters(const struct csv *c, const char *p, const char *end)
{
    size_t n = 0;
    for (; (p = memchr(p, c->form.delimiter, (size_t)(end - p))); p++)
        n += c->form.spaced || p + 1 == end || p[1] != ' ';
    return n;
}

/* Does the last cell of a row that was swallowed have a value that its column has elsewhere? */
static bool is_value(const struct csv *c, const char *line, const char *end)
{
    const struct ft_table *t = c->l->t;
    const char *last = memrchr(line, c->form.delimiter, (size_t)(end - line));
    if (!last++) return false;
    size_t n = (size_t)(end - last), col = ft_table_columns(t) - 1, rows = ft_table_rows(t);
    for (size_t i = 0; n && n <= 40 && i < rows && i < 200; i++) {
        struct ft_text s = ft_table_cell(t, i, col);
        if (s.n == n && !memcmp(s.data, last, n)) return true;
    }
    return false;
}

/* Lines of rows in the quoted cell k: every line but the last ends a row with all its cells. One
 * line may do so by chance, unless it ends in a value that other rows have. 0: none. */
static size_t swallowed(const struct csv *c, size_t k)
{
    const struct ft_csv_cell *cell = &c->row.cells[k];
    const char *p = cell->p, *end = p + cell->n, *nl;
    size_t lines = 0, before = k, cols = ft_table_columns(c->l->t);
    bool value = false;
    if (!cell->quoted || cols < 2 || !memchr(p, '\n', cell->n)) return 0;
    for (; (nl = memchr(p, '\n', (size_t)(end - p))); p = nl + 1, before = 0) {
        const char *stop = nl > p && nl[-1] == '\r' ? nl - 1 : nl;
        if (before + delimiters(c, p, stop) + 1 != cols) return 0;
        value = value || is_value(c, p, stop);
        lines++;
    }
    return lines > 1 || value ? lines + 1 : 0;
}

static enum ft_status take_row(struct csv *c, struct ft_err *err)
{
    struct ft_load *l = c->l;
    size_t cols = ft_table_columns(l->t);
    size_t n = c->row.n < cols ? c->row.n : cols;
    size_t filled = c->row.n; /* delimiters at the end of a row make no cells */
    while (filled > cols && !c->row.cells[filled - 1].n && !c->row.cells[filled - 1].quoted)
        filled--;
    for (size_t i = 0; i < n; i++) {
        struct ft_text cell = cell_text(c, i), simple;
        bool json = cell.n > 12 && (cell.data[0] == '{' || cell.data[0] == '[');
        if (json && ft_studio_cell(cell, &l->t->arena, &simple)) {
            l->t->studio_choices |= cell.data[0] == '{';
            cell = simple;
            c->studio_cells++;
        }
        ft_load_cell(l, i, cell);
        size_t lines = c->row.cells[i].quoted ? swallowed(c, i) : 0;
        if (lines) ft_load_note(l, FT_NOTE_LINES, lines);
    }
    if (c->row.n < cols) ft_load_note(l, FT_NOTE_SHORT, c->row.n);
    if (filled > cols) ft_load_note(l, FT_NOTE_LONG, c->row.n);
    if (c->row.stray) ft_load_note(l, FT_NOTE_QUOTE, 1);
    ft_load_place(l, &(struct ft_row_place){.from = l->in->text + c->begin,
                                            .to = l->in->text + c->pos,
                                            .col = -1,
                                            .csv = &c->row,
                                            .form = &c->form});
    return ft_load_row(l, c->pos, err);
}

enum ft_status ft_read_csv(struct ft_load *l, struct ft_err *err)
{
    struct csv c = {.l = l};
    struct ft_input *in = l->in;
    bool tsv = l->t->format == FT_FORMAT_TSV;
    /* whether a tab-separated file has quotes can show late */
    size_t sample = tsv && !l->opt->quote ? TAB_SAMPLE_BYTES : CSV_SAMPLE_BYTES;
    enum ft_status st = in->n < sample ? ft_input_more(in, sample - in->n, err) : FT_OK;
    if (st) return st;
    ft_csv_sniff(in->text, in->n, in->eof, tsv, l->opt, &c.form);
    c.pos = c.form.skip;
    l->t->delimiter = c.form.delimiter;
    l->t->quote = c.form.quote;
    l->t->has_header = c.form.header;
    if (c.form.unsure)
        ft_load_say(l,
                    "the first row may be a row of data, it is read as the header; --header false "
                    "reads it as a row");
    l->t->format = c.form.delimiter == '\t' ? FT_FORMAT_TSV : FT_FORMAT_CSV;
    bool got;
    st = next_row(&c, &got, err);
    if (!st && !got) st = ft_fail(err, FT_FORMAT, "%s: the file is empty", in->path);
    if (!st) st = add_columns(&c, err);
    if (!st && !c.form.header) st = take_row(&c, err);
    while (!st && !l->done) {
        st = next_row(&c, &got, err);
        if (st || !got) break;
        st = take_row(&c, err);
    }
    if (!st && c.studio_cells)
        ft_load_say(l, "Label Studio export: choices and ratings are read as labels");
    free(c.row.cells);
    return st;
}

/* CSV and TSV to rows: see csv_row.c for the grammar. Cells are views into the text; only those
 * with doubled quotes are copied. */
#include "data/read.h"

#include <stdlib.h>
#include <string.h>

struct csv {
    struct ft_load *l;
    struct ft_csv_form form;
    struct ft_csv_row row;
    size_t pos;
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
    return (struct ft_text){out, ft_csv_unquote(cell, c->form.quote, out)};
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
                "%s: row %zu (line %zu): quote never closed; add the closing quote, or "
                "open it with delimiter=tab or quote=none if quotes are plain characters",
                in->path, c->l->rows + 1, line_at(in, c->pos));
        if (r == FT_CSV_WIDE)
            return ft_fail(err, FT_FORMAT,
                           "%s: row %zu (line %zu): more than %d columns; is the "
                           "delimiter right?",
                           in->path, c->l->rows + 1, line_at(in, c->pos), FT_TABLE_COLUMNS_MAX);
        const char *begin = in->text + c->pos;
        c->pos = (size_t)(next - in->text);
        /* A blank line: one empty cell that has no quotes (then it would begin one byte later). */
        if (c->row.n == 1 && !c->row.cells[0].n && c->row.cells[0].p == begin) continue;
        *got = true;
        return FT_OK;
    }
}

static enum ft_status add_columns(struct csv *c, bool header, struct ft_err *err)
{
    enum ft_status st = FT_OK;
    for (size_t i = 0; !st && i < c->row.n; i++) {
        struct ft_text s = header ? cell_text(c, i) : (struct ft_text){"", 0};
        st = ft_load_column(c->l, s.data, s.n, err);
    }
    return st;
}

static enum ft_status take_row(struct csv *c, struct ft_err *err)
{
    struct ft_load *l = c->l;
    size_t cols = ft_table_columns(l->t);
    size_t n = c->row.n < cols ? c->row.n : cols;
    for (size_t i = 0; i < n; i++)
        ft_load_cell(l, i, cell_text(c, i));
    if (c->row.n < cols) ft_load_note(l, FT_NOTE_SHORT, c->row.n);
    if (c->row.n > cols) ft_load_note(l, FT_NOTE_LONG, c->row.n);
    if (c->row.stray) ft_load_note(l, FT_NOTE_QUOTE, 1);
    return ft_load_row(l, c->pos, err);
}

enum ft_status ft_read_csv(struct ft_load *l, struct ft_err *err)
{
    struct csv c = {.l = l};
    struct ft_input *in = l->in;
    enum ft_status st = ft_input_more(in, in->n < 131072 ? 131072 - in->n : 0, err);
    if (st) return st;
    ft_csv_sniff(in->text, in->n, l->t->format == FT_FORMAT_TSV, l->opt, &c.form);
    l->t->delimiter = c.form.delimiter;
    l->t->quote = c.form.quote;
    l->t->has_header = c.form.header;
    l->t->format = c.form.delimiter == '\t' ? FT_FORMAT_TSV : FT_FORMAT_CSV;
    bool got;
    st = next_row(&c, &got, err);
    if (!st && !got) st = ft_fail(err, FT_FORMAT, "%s: the file is empty", in->path);
    if (!st) st = add_columns(&c, c.form.header, err);
    if (!st && !c.form.header) st = take_row(&c, err);
    while (!st && !l->done) {
        st = next_row(&c, &got, err);
        if (st || !got) break;
        st = take_row(&c, err);
    }
    free(c.row.cells);
    return st;
}

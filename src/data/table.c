/* The storage of tables: see table.h, table_in.h.
 * A column is a list of chunks, chunk k with 64 << k cells: a row is found by one count of leading
 * zeros, and nothing moves when rows are added, so that other threads may look at finished rows
 * meanwhile. */
#include "data/split.h"
#include "data/table_in.h"
#include "data/unicode.h"
#include "util/json.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

const char *ft_format_name(enum ft_format f)
{
    return format_names[f];
}

const char *ft_note_text(enum ft_note_kind k)
{
    return note_texts[k];
}

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

void ft_load_place(struct ft_load *l, struct ft_row_place *p)
{
    p->row = l->rows + 1;
    if (l->opt->place) l->opt->place(l->opt->place_arg, p);
}

enum ft_status ft_load_progress(struct ft_load *l, size_t pos, struct ft_err *err)
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
        return ft_load_progress(l, pos, err);
    return FT_OK;
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

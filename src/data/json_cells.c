/* Columns and cells of JSON rows: see json_cells.h. */
#include "data/json_cells.h"

#include "util/mem.h"

#include <stdlib.h>
#include <string.h>

void ft_json_rows_release(struct ft_json_rows *r)
{
    ft_strmap_release(&r->index);
    free(r->set_in);
}

enum ft_status ft_json_column(struct ft_json_rows *r, struct ft_text key, size_t *col,
                              struct ft_err *err)
{
    struct ft_table *t = r->l->t;
    key = ft_text_trim(key);
    size_t cols = ft_table_columns(t);
    if (r->guess < cols && strlen(t->columns[r->guess]->name) == key.n &&
        !memcmp(t->columns[r->guess]->name, key.data, key.n)) {
        *col = r->guess++;
        return FT_OK;
    }
    const size_t *hit = ft_strmap_get(&r->index, key.data, key.n);
    if (hit) {
        *col = *hit;
    } else {
        enum ft_status st = ft_load_column(r->l, key.data, key.n, err);
        if (st) return st;
        const char *name = t->columns[cols]->name;
        ft_strmap_put(&r->index, name, strlen(name), cols);
        if (!key.n) ft_strmap_put(&r->index, "", 0, cols);
        *col = cols;
    }
    r->guess = *col + 1;
    return FT_OK;
}

enum ft_status ft_json_set(struct ft_json_rows *r, struct ft_text key, struct ft_text cell,
                           struct ft_err *err)
{
    size_t col, before = r->set_cap, row = r->l->rows + 1;
    enum ft_status st = ft_json_column(r, key, &col, err);
    if (st) return st;
    ft_grow(&r->set_in, &r->set_cap, col + 1, sizeof *r->set_in);
    if (r->set_cap > before)
        memset(r->set_in + before, 0, (r->set_cap - before) * sizeof *r->set_in);
    if (r->set_in[col] == row)
        return ft_fail(err, FT_FORMAT,
                       "%s: row %zu: the key \"%s\" comes twice; which value counts is not clear: "
                       "keep one",
                       r->l->path, row, ft_table_name(r->l->t, col));
    r->set_in[col] = row;
    ft_load_cell(r->l, col, cell);
    return FT_OK;
}

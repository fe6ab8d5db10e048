/* JSON rows: an array of objects, an object with the rows under "data" (or "rows"), or JSONL with
 * one object a line. A column is made the first time its key is seen; rows before it have that cell
 * missing. */
#include "data/jscan.h"
#include "data/read.h"
#include "util/hash.h"

#include <string.h>

struct rows {
    struct ft_load *l;
    struct ft_strmap index; /* key to column; keys are the columns' own names */
    size_t guess;           /* the column that the next key will most likely name */
};

static enum ft_status column_of(struct rows *r, struct ft_text key, size_t *col, struct ft_err *err)
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

/* One object becomes one row. */
static enum ft_status take_object(struct rows *r, struct ft_jscan *s, size_t pos_base,
                                  struct ft_err *err)
{
    struct ft_load *l = r->l;
    struct ft_text key, cell;
    size_t bad = s->bad_utf8;
    r->guess = 0;
    if (!ft_jscan_enter(s, '{')) return FT_OK;
    while (ft_jscan_key(s, &key)) {
        size_t col;
        enum ft_status st = column_of(r, key, &col, err);
        if (st) return st;
        if (!ft_jscan_cell(s, &cell)) break;
        ft_load_cell(l, col, cell);
    }
    if (s->why) return FT_OK;
    if (s->bad_utf8 > bad) ft_load_note(l, FT_NOTE_UTF8, s->bad_utf8 - bad);
    return ft_load_row(l, pos_base, err);
}

enum ft_status ft_read_jsonl(struct ft_load *l, struct ft_err *err)
{
    struct ft_input *in = l->in;
    struct rows r = {.l = l};
    enum ft_status st = FT_OK;
    size_t pos = 0, line = 0, scanned = 0;
    while (!st && !l->done) {
        const char *p = in->text + pos;
        const char *nl = in->n > scanned ? memchr(in->text + scanned, '\n', in->n - scanned) : NULL;
        if (!nl && !in->eof) {
            scanned = in->n;
            st = ft_input_more(in, (size_t)4 << 20, err);
            if (st) ft_fail_in(err, "after row %zu", l->rows);
            continue;
        }
        const char *end = nl ? nl : in->text + in->n;
        pos = (size_t)(end - in->text) + (nl ? 1 : 0);
        scanned = pos;
        line++;
        struct ft_jscan s = {.p = p, .end = end, .arena = &l->t->arena};
        if (!ft_jscan_at_end(&s)) {
            st = take_object(&r, &s, pos, err);
            if (!st && !s.why && !ft_jscan_at_end(&s)) s.why = "text after the object";
            if (!st && s.why)
                st = ft_fail(err, FT_FORMAT,
                             "%s: row %zu (line %zu, column %zu): %s; expected one JSON "
                             "object a line",
                             in->path, l->rows + 1, line, (size_t)(s.p - p) + 1, s.why);
        }
        if (!nl) break;
    }
    if (!st && !l->rows && !l->done)
        st = ft_fail(err, FT_FORMAT, "%s: the file is empty", in->path);
    ft_strmap_release(&r.index);
    return st;
}

static enum ft_status take_array(struct rows *r, struct ft_jscan *s, struct ft_err *err)
{
    enum ft_status st = FT_OK;
    if (!ft_jscan_enter(s, '[')) return FT_OK;
    while (!st && !r->l->done && ft_jscan_item(s)) {
        st = take_object(r, s, (size_t)(s->p - r->l->in->text), err);
        s->first = false;
        if (s->why) break;
    }
    return st;
}

enum ft_status ft_read_json(struct ft_load *l, struct ft_err *err)
{
    struct ft_input *in = l->in;
    enum ft_status st = ft_input_all(in, err);
    if (st) return st;
    struct rows r = {.l = l};
    struct ft_jscan s = {.p = in->text, .end = in->text + in->n, .arena = &l->t->arena};
    bool found = false;
    char c = ft_jscan_peek(&s);
    if (c == '[') {
        found = true;
        st = take_array(&r, &s, err);
    } else if (c == '{' && ft_jscan_enter(&s, '{')) {
        struct ft_text key;
        while (!st && !l->done && ft_jscan_key(&s, &key)) {
            if (!found && (ft_jscan_is(key, "data") || ft_jscan_is(key, "rows")) &&
                ft_jscan_peek(&s) == '[') {
                found = true;
                st = take_array(&r, &s, err);
                s.first = false;
            } else {
                ft_jscan_skip(&s, NULL);
            }
        }
        if (!st && !s.why && !found)
            s.why = "no rows: expected an array of objects, or one under \"data\"";
    } else {
        s.why = "expected an array of objects";
    }
    if (!st && !s.why && !l->done && !ft_jscan_at_end(&s)) s.why = "text after the end of the JSON";
    char place[64];
    if (!st && s.why)
        st = ft_fail(err, FT_FORMAT, "%s: row %zu (%s): %s", in->path, l->rows + 1,
                     ft_jscan_place(&s, in->text, place, sizeof place), s.why);
    ft_strmap_release(&r.index);
    return st;
}

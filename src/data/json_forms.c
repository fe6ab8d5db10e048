/* Forms of JSON files with rows: see json_forms.h. The object is looked at once to tell its form,
 * then read. */
#include "data/json_forms.h"

#include "data/json_label.h"
#include "data/split.h"
#include "util/mem.h"

#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 8 };

struct entry { /* a key of the object and what is under it */
    struct ft_text key;
    const char *from, *value; /* in the text: with its key, and without */
    char kind, inside;        /* '{' '[' or the first byte of another value; of its first item */
    bool digits;              /* the first key inside is a number */
};
struct entries {
    struct entry *items;
    size_t n, cap;
};

static bool is_number(struct ft_text s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!isdigit((unsigned char)s.data[i])) return false;
    return s.n > 0;
}

static struct entry entry_of(struct ft_text key, struct ft_jscan s)
{
    struct entry e = {.key = key, .kind = ft_jscan_peek(&s), .value = s.p};
    struct ft_text first;
    if (e.kind == '[' && ft_jscan_enter(&s, '[') && ft_jscan_item(&s)) e.inside = ft_jscan_peek(&s);
    if (e.kind == '{' && ft_jscan_enter(&s, '{') && ft_jscan_key(&s, &first)) {
        e.inside = ft_jscan_peek(&s);
        e.digits = is_number(first);
    }
    return e;
}

static void look(struct entries *all, struct ft_jscan *s)
{
    struct ft_text key;
    if (!ft_jscan_enter(s, '{')) return;
    while (ft_jscan_key(s, &key)) {
        ft_grow(&all->items, &all->cap, all->n + 1, sizeof *all->items);
        const char *from = s->start;
        all->items[all->n++] = entry_of(key, *s);
        all->items[all->n - 1].from = from;
        ft_jscan_skip(s, NULL);
    }
}

enum ft_status ft_json_array(struct ft_json_rows *r, struct ft_jscan *s, struct ft_err *err)
{
    enum ft_status st = FT_OK;
    if (!ft_jscan_enter(s, '[')) return FT_OK;
    r->group++;
    while (!st && !r->l->done && ft_jscan_item(s)) {
        st = ft_json_row(r, s, (size_t)(s->p - r->l->in->text), err);
        s->first = false;
        if (s->why) break;
    }
    return st;
}

/* The rows under one key. Broken JSON was found by the look at all keys, but for what rows want. */
static enum ft_status rows_at(struct ft_json_rows *r, const struct entry *e, struct ft_jscan *s,
                              struct ft_err *err)
{
    struct ft_jscan at = *s;
    at.p = e->value;
    at.why = NULL;
    enum ft_status st = ft_json_array(r, &at, err);
    if (at.why) *s = at;
    return st;
}

static bool is_list_of_rows(const struct entry *e)
{
    return e->kind == '[' && (e->inside == '{' || e->inside == '[');
}

static const struct entry *find(const struct entries *all, const char *name, char kind)
{
    for (size_t i = 0; i < all->n; i++)
        if (all->items[i].kind == kind && ft_jscan_is(all->items[i].key, name))
            return &all->items[i];
    return NULL;
}

/* Lists of a text and an object: [["text",{..}],..]. */
static bool is_list_of_pairs(const struct entry *e, const char *end)
{
    struct ft_jscan s = {.p = e->value, .end = end};
    return ft_jscan_enter(&s, '[') && ft_jscan_item(&s) && ft_json_is_pair(s);
}

/* ---- parts ---- */

static enum ft_status take_parts(struct ft_json_rows *r, const struct entries *all,
                                 struct ft_jscan *s, struct ft_err *err)
{
    struct ft_load *l = r->l;
    enum ft_status st = ft_load_column(l, "part", 4, err);
    size_t others = 0;
    l->t->part_column = 0;
    for (size_t i = 0; i < all->n && !st && !s->why; i++) {
        const struct entry *e = &all->items[i];
        enum ft_part part = ft_part_parse(e->key.data ? e->key.data : "", e->key.n);
        if (e->kind != '[') continue;
        others += part == FT_PART_COUNT && e->inside;
        if (part == FT_PART_COUNT || !is_list_of_rows(e)) continue;
        const char *name = ft_part_name(part);
        r->part = (struct ft_text){name, strlen(name)};
        st = rows_at(r, e, s, err);
    }
    ft_load_say(l, "the file contains splits, which are used%s",
                others ? "; lists under other names are ignored" : "");
    return st;
}

/* ---- column by column ---- */

struct cursor {
    struct ft_jscan s;
    size_t col;
};

/* One more cell of every column, or the end of all of them. */
static bool step(struct ft_json_rows *r, struct cursor *c, size_t n, bool lists, const char **why)
{
    size_t ended = 0;
    struct ft_text first = {NULL, 0}, key, cell;
    for (size_t i = 0; i < n; i++) {
        struct ft_jscan *s = &c[i].s;
        if (!(lists ? ft_jscan_item(s) : ft_jscan_key(s, &key))) {
            ended++;
            continue;
        }
        if (!lists && !i) first = key;
        struct ft_row_place place = {.from = lists ? s->p : s->start, .group = i, .json = r};
        bool same = lists || (key.n == first.n && (!key.n || !memcmp(key.data, first.data, key.n)));
        if (!same || ended) {
            *why = "the columns have different rows; save the data with orient=\"records\"";
            return false;
        }
        const char *name = ft_table_name(r->l->t, c[i].col);
        ft_jscan_peek(s);
        place.value = s->p;
        if (lists) place.from = s->p;
        if (!ft_json_label(r, s, (struct ft_text){name, strlen(name)}, &cell) &&
            !ft_jscan_cell(s, &cell)) {
            *why = s->why;
            return false;
        }
        s->first = false;
        place.to = s->p;
        place.col = (int)c[i].col;
        ft_load_place(r->l, &place);
        ft_load_cell(r->l, c[i].col, cell);
    }
    if (ended && ended < n)
        *why = "the columns have different lengths; save the data with orient=\"records\"";
    return !ended;
}

static enum ft_status take_columns(struct ft_json_rows *r, const struct entries *all, bool lists,
                                   struct ft_jscan *s, struct ft_err *err)
{
    struct cursor *c = ft_xcalloc(all->n, sizeof *c);
    enum ft_status st = FT_OK;
    for (size_t i = 0; i < all->n && !st; i++) {
        st = ft_json_column(r, all->items[i].key, &c[i].col, err);
        for (size_t k = 0; k < i && !st; k++)
            if (c[k].col == c[i].col)
                st = ft_fail(err, FT_FORMAT, "%s: the column \"%s\" comes twice; keep one",
                             r->l->path, ft_table_name(r->l->t, c[i].col));
        if (st) break;
        c[i].s = (struct ft_jscan){.p = all->items[i].value, .end = s->end, .arena = s->arena};
        ft_jscan_enter(&c[i].s, lists ? '[' : '{');
    }
    while (!st && !r->l->done && step(r, c, all->n, lists, &s->why)) {
        size_t bad = 0;
        for (size_t i = 0; i < all->n; i++) {
            bad += c[i].s.bad_utf8;
            c[i].s.bad_utf8 = 0;
        }
        if (bad) ft_load_note(r->l, FT_NOTE_UTF8, bad);
        st = ft_json_row_end(r, (size_t)(c[0].s.p - r->l->in->text), err);
    }
    if (!st) ft_load_say(r->l, "column-wise JSON (pandas to_json without orient)");
    free(c);
    return st;
}

static enum ft_status take_index(struct ft_json_rows *r, const struct entries *all,
                                 struct ft_jscan *s, struct ft_err *err)
{
    enum ft_status st = FT_OK;
    for (size_t i = 0; i < all->n && !st && !r->l->done; i++) {
        struct ft_jscan at = *s;
        at.p = all->items[i].value;
        at.why = NULL;
        r->entry = all->items[i].from;
        st = ft_json_row(r, &at, (size_t)(at.p - r->l->in->text), err);
        if (at.why) {
            *s = at;
            break;
        }
    }
    if (!st) ft_load_say(r->l, "JSON object with one row per key");
    return st;
}

/* ---- names and cells apart ---- */

static enum ft_status take_names(struct ft_json_rows *r, const struct entry *names,
                                 struct ft_jscan *s, struct ft_err *err)
{
    struct ft_jscan at = *s;
    enum ft_status st = FT_OK;
    struct ft_text name;
    at.p = names->value;
    ft_jscan_enter(&at, '[');
    while (!st && ft_jscan_item(&at) && ft_jscan_cell(&at, &name)) {
        size_t col;
        at.first = false;
        st = ft_json_column(r, name.data ? name : (struct ft_text){"", 0}, &col, err);
    }
    return st;
}

/* The names of rows, beside them: where each is, so that a row that is dropped takes its name along. */
static void place_names(struct ft_json_rows *r, const struct entry *index,
                        const struct ft_jscan *all)
{
    struct ft_jscan s = *all;
    struct ft_text raw;
    const struct ft_read_opt *opt = r->l->opt;
    s.p = index->value;
    s.why = NULL;
    if (!opt->place || !ft_jscan_enter(&s, '[')) return;
    for (size_t row = 1; ft_jscan_item(&s) && ft_jscan_skip(&s, &raw); row++)
        opt->place(opt->place_arg, &(struct ft_row_place){.row = row,
                                                          .group = SIZE_MAX,
                                                          .from = raw.data,
                                                          .value = raw.data,
                                                          .to = raw.data + raw.n,
                                                          .col = INT_MAX,
                                                          .json = r});
}

/* ---- which form ---- */

static bool all_are(const struct entries *all, char kind)
{
    for (size_t i = 0; i < all->n; i++)
        if (all->items[i].kind != kind) return false;
    return all->n > 0;
}

static bool lists_of_cells(const struct entries *all)
{
    for (size_t i = 0; i < all->n; i++)
        if (all->items[i].kind != '[' || all->items[i].inside == '{') return false;
    return all->n > 0;
}

static enum ft_status no_rows(const struct ft_json_rows *r, const struct entries *all, size_t lists,
                              struct ft_err *err)
{
    struct ft_str keys = {0};
    for (size_t i = 0; i < all->n && i < 6; i++) {
        struct ft_text k = all->items[i].key;
        if (lists && !is_list_of_rows(&all->items[i])) continue;
        ft_str_addf(&keys, "%s\"%.*s\"", keys.len ? ", " : "", k.n > 40 ? 40 : (int)k.n,
                    k.data ? k.data : "");
    }
    enum ft_status st =
        lists ? ft_fail(err, FT_FORMAT,
                        "%s: the object has several lists of rows (%s%s); expected one, or splits "
                        "named train, validation and test: save the one to use as a file",
                        r->l->path, ft_str_text(&keys), all->n > 6 ? ", .." : "")
              : ft_fail(err, FT_FORMAT,
                        "%s: no rows: one object%s%s%s; expected an array of objects, or one "
                        "under \"data\"",
                        r->l->path, keys.len ? " with the keys " : "", ft_str_text(&keys),
                        all->n > 6 ? ", .." : "");
    ft_str_release(&keys);
    return st;
}

static enum ft_status take(struct ft_json_rows *r, const struct entries *all, struct ft_jscan *s,
                           struct ft_err *err)
{
    const struct entry *data = find(all, "data", '['), *names = find(all, "columns", '[');
    if (!data) data = find(all, "rows", '[');
    size_t lists = 0, parts = 0;
    const struct entry *only = NULL;
    for (size_t i = 0; i < all->n; i++) {
        const struct entry *e = &all->items[i];
        if (!is_list_of_rows(e)) continue;
        lists++;
        only = e;
        parts += ft_part_parse(e->key.data ? e->key.data : "", e->key.n) != FT_PART_COUNT;
    }
    if (data && (is_list_of_rows(data) || all->n == 1 || (!lists && !lists_of_cells(all)))) {
        enum ft_status st = FT_OK;
        if (names && data->inside == '[') st = take_names(r, names, s, err);
        const struct entry *index = names ? find(all, "index", '[') : NULL;
        if (index) place_names(r, index, s);
        return st ? st : rows_at(r, data, s, err);
    }
    if (parts) return take_parts(r, all, s, err);
    if (lists == 1 && (only->inside == '{' || is_list_of_pairs(only, s->end))) {
        ft_load_say(r->l, "the rows are under \"%.*s\"", only->key.n > 60 ? 60 : (int)only->key.n,
                    only->key.data);
        return rows_at(r, only, s, err);
    }
    if (all->n > FT_TABLE_COLUMNS_MAX || !all_are(all, '{')) {
        if (all->n <= FT_TABLE_COLUMNS_MAX && lists_of_cells(all))
            return take_columns(r, all, true, s, err);
        if (!all_are(all, '{')) return no_rows(r, all, lists > 1 ? lists : 0, err);
    }
    bool by_column = all->n <= FT_TABLE_COLUMNS_MAX;
    for (size_t i = 0; i < all->n; i++)
        by_column = by_column && all->items[i].digits && !is_number(all->items[i].key);
    for (size_t i = 0; i < all->n && !by_column; i++) /* {"name":{"field":..}}: every one a row */
        if (!all->items[i].inside) return no_rows(r, all, 0, err);
    if (all->n == 1 && !by_column && r->depth++ < DEPTH_MAX) { /* rows further inside */
        struct ft_jscan at = *s;
        at.p = all->items[0].value;
        enum ft_status st = ft_json_object(r, &at, err);
        if (at.why) *s = at;
        return st;
    }
    if (all->n < 2 && !by_column) return no_rows(r, all, 0, err);
    return by_column ? take_columns(r, all, false, s, err) : take_index(r, all, s, err);
}

enum ft_status ft_json_object(struct ft_json_rows *r, struct ft_jscan *s, struct ft_err *err)
{
    struct entries all = {0};
    struct ft_jscan whole = *s;
    look(&all, s);
    enum ft_status st = FT_OK;
    if (!s->why) {
        struct ft_jscan at = whole;
        st = take(r, &all, &at, err);
        if (at.why) *s = at;
    }
    free(all.items);
    return st;
}

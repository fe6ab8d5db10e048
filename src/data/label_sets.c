/* Sets of labels: see label_sets.h. */
#include "data/label_sets.h"

#include "data/jscan.h"
#include "data/text.h"
#include "util/json.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

void ft_label_sets_release(struct ft_label_sets *s)
{
    free(s->start);
    free(s->items);
    ft_strmap_release(&s->index);
    ft_arena_release(&s->arena);
    memset(s, 0, sizeof *s);
}

static int ascending(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

int32_t ft_label_sets_add(struct ft_label_sets *s, int32_t *ids, size_t n)
{
    size_t k = 0;
    if (n) qsort(ids, n, sizeof *ids, ascending);
    for (size_t i = 0; i < n; i++)
        if (!i || ids[i] != ids[k - 1]) ids[k++] = ids[i];
    const char *key = k ? (const char *)ids : "";
    const size_t *hit = ft_strmap_get(&s->index, key, k * sizeof *ids);
    if (hit) return (int32_t)*hit;
    ft_grow(&s->start, &s->start_cap, s->n + 2, sizeof *s->start);
    if (!s->n) s->start[0] = 0;
    size_t from = s->start[s->n];
    ft_grow(&s->items, &s->items_cap, from + k + 1, sizeof *s->items);
    if (k) memcpy(s->items + from, ids, k * sizeof *ids);
    s->start[s->n + 1] = from + k;
    ft_strmap_put(&s->index, ft_arena_strndup(&s->arena, key, k * sizeof *ids), k * sizeof *ids,
                  s->n);
    return (int32_t)s->n++;
}

const int32_t *ft_label_sets_at(const struct ft_label_sets *s, int32_t set, size_t *n)
{
    *n = s->start[set + 1] - s->start[set];
    return s->items + s->start[set];
}

bool ft_label_sets_has(const struct ft_label_sets *s, int32_t set, int32_t label)
{
    size_t n;
    const int32_t *ids = ft_label_sets_at(s, set, &n);
    return n && bsearch(&label, ids, n, sizeof *ids, ascending);
}

void ft_label_sets_map(struct ft_label_sets *s, const int32_t *to, int32_t *set_to)
{
    struct ft_label_sets out = {0};
    int32_t *ids = NULL;
    size_t cap = 0, n;
    for (size_t i = 0; i < s->n; i++) {
        const int32_t *old = ft_label_sets_at(s, (int32_t)i, &n);
        size_t k = 0;
        ft_grow(&ids, &cap, n + 1, sizeof *ids);
        for (size_t j = 0; j < n; j++)
            if (to[old[j]] >= 0) ids[k++] = to[old[j]];
        set_to[i] = ft_label_sets_add(&out, ids, k);
    }
    free(ids);
    ft_label_sets_release(s);
    *s = out;
}

void ft_label_sets_json(const struct ft_label_sets *s, int32_t set, char *const *names,
                        struct ft_str *out)
{
    size_t n;
    const int32_t *ids = ft_label_sets_at(s, set, &n);
    ft_str_addc(out, '[');
    for (size_t i = 0; i < n; i++) {
        if (i) ft_str_addc(out, ',');
        ft_json_add_str(out, names[ids[i]], strlen(names[ids[i]]));
    }
    ft_str_addc(out, ']');
}

void ft_label_sets_text(const struct ft_label_sets *s, int32_t set, char *const *names,
                        struct ft_str *out)
{
    size_t n;
    const int32_t *ids = ft_label_sets_at(s, set, &n);
    for (size_t i = 0; i < n; i++)
        ft_str_addf(out, "%s%s", i ? ", " : "", names[ids[i]]);
    if (!n) ft_str_addz(out, "none");
}

/* ---- a cell ---- */

struct names {
    struct ft_text *items;
    size_t n, cap;
};

static void take(struct names *out, struct ft_text s)
{
    s = ft_text_trim(s);
    if (!s.n) return;
    ft_grow(&out->items, &out->cap, out->n + 1, sizeof *out->items);
    out->items[out->n++] = s;
}

static void split(struct names *out, struct ft_text s, const char *delimiter)
{
    size_t k = strlen(delimiter);
    while (s.n) {
        const char *hit = k ? memmem(s.data, s.n, delimiter, k) : NULL;
        size_t n = hit ? (size_t)(hit - s.data) : s.n;
        take(out, (struct ft_text){s.data, n});
        n += hit ? k : 0;
        s = (struct ft_text){s.data + n, s.n - n};
    }
}

static bool json_list(struct names *out, struct ft_text s, struct ft_arena *arena)
{
    struct ft_jscan j = {.p = s.data, .end = s.data + s.n, .arena = arena};
    struct ft_text item;
    if (!ft_jscan_enter(&j, '[')) return false;
    while (ft_jscan_item(&j)) {
        if (!ft_jscan_cell(&j, &item)) break;
        if (item.data) take(out, item);
        j.first = false;
    }
    return !j.why && ft_jscan_at_end(&j);
}

/* What is between the brackets of ['a', "b", c]. A backslash protects a quote. */
static void python_list(struct names *out, struct ft_text s, struct ft_arena *arena)
{
    for (size_t i = 0; i < s.n;) {
        char c = s.data[i];
        if (c == ',' || isspace((unsigned char)c)) {
            i++;
            continue;
        }
        bool quoted = c == '\'' || c == '"';
        struct ft_str text = {0};
        for (i += quoted; i < s.n && s.data[i] != (quoted ? c : ','); i++) {
            if (quoted && s.data[i] == '\\' && i + 1 < s.n) i++;
            ft_str_addc(&text, s.data[i]);
        }
        i += quoted;
        take(out,
             (struct ft_text){ft_arena_strndup(arena, ft_str_text(&text), text.len), text.len});
        ft_str_release(&text);
    }
}

bool ft_label_list_is(struct ft_text cell)
{
    struct ft_text s = ft_text_trim(cell);
    return s.n >= 2 && s.data[0] == '[' && s.data[s.n - 1] == ']';
}

size_t ft_label_list(struct ft_text cell, const char *delimiter, struct ft_arena *arena,
                     struct ft_text **names)
{
    struct ft_text s = ft_text_trim(cell);
    struct names found = {0};
    if (!ft_label_list_is(s)) {
        split(&found, s, delimiter ? delimiter : "");
    } else if (!json_list(&found, s, arena)) {
        found.n = 0;
        python_list(&found, (struct ft_text){s.data + 1, s.n - 2}, arena);
    }
    *names = ft_arena_alloc(arena, (found.n + 1) * sizeof **names);
    if (found.n) memcpy(*names, found.items, found.n * sizeof **names);
    free(found.items);
    return found.n;
}

void ft_label_list_json(const struct ft_text *names, size_t n, struct ft_str *out)
{
    ft_str_addc(out, '[');
    for (size_t i = 0; i < n; i++) {
        if (i) ft_str_addc(out, ',');
        ft_json_add_str(out, names[i].data, names[i].n);
    }
    ft_str_addc(out, ']');
}

/* ---- a column ---- */

enum { LOOK_ROWS = 1000, NAME_BYTES = 60 };

/* What a delimiter makes of a column's cells. */
struct splits {
    size_t joined, alone; /* cells with it and without */
    size_t pieces, three; /* pieces of the joined ones; cells of three or more */
    size_t known;         /* of these pieces: a cell of their own elsewhere */
    bool good, numbers;
    struct ft_strmap distinct, cells;
};

static bool whole_number(struct ft_text s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.data[i] < '0' || s.data[i] > '9') return false;
    return s.n > 0;
}

static void count_cell(struct splits *c, struct ft_text cell, const char *d, struct ft_arena *arena)
{
    struct ft_text *names;
    size_t n = ft_label_list(cell, d, arena, &names);
    if (n < 2) {
        c->alone += n;
    } else {
        c->joined++;
        c->pieces += n;
        c->three += n > 2;
    }
    for (size_t i = 0; i < n && n > 1; i++) {
        c->good = c->good && names[i].n <= NAME_BYTES;
        for (size_t k = 0; k < i; k++) /* the same twice: no set */
            c->good = c->good && (names[k].n != names[i].n ||
                                  memcmp(names[k].data, names[i].data, names[i].n));
        c->known += ft_strmap_get(&c->cells, names[i].data, names[i].n) != NULL;
    }
    for (size_t i = 0; i < n; i++) {
        c->numbers = c->numbers && whole_number(names[i]);
        if (!ft_strmap_get(&c->distinct, names[i].data, names[i].n))
            ft_strmap_put(&c->distinct, names[i].data, names[i].n, 1);
    }
}

/* Names come back, alone or in other combinations: fewer names than cells. */
static bool makes_sets(const struct splits *c, char d)
{
    if (!c->joined || !c->good) return false;
    if (c->numbers && d == ',') return c->three && c->distinct.count < c->cells.count;
    bool mostly_known = c->known * 10 >= c->pieces * 8;
    if (d == ',' || d == '#') return mostly_known && c->distinct.count < c->cells.count;
    return mostly_known || c->distinct.count < c->cells.count;
}

const char *ft_label_list_delimiter(const struct ft_table *t, size_t col)
{
    static const char *const delimiters[] = {"|", ";", ",", "#"};
    size_t rows = ft_table_rows(t);
    const char *found = NULL;
    if (rows > LOOK_ROWS) rows = LOOK_ROWS;
    for (size_t i = 0; i < sizeof delimiters / sizeof *delimiters && !found; i++) {
        struct splits c = {.good = true, .numbers = true};
        struct ft_arena arena = {0};
        for (size_t r = 0; r < rows; r++) {
            struct ft_text s = ft_text_trim(ft_table_cell(t, r, col));
            if (s.n && !ft_strmap_get(&c.cells, s.data, s.n))
                ft_strmap_put(&c.cells, s.data, s.n, 1);
        }
        for (size_t r = 0; r < rows; r++) {
            struct ft_text s = ft_table_cell(t, r, col);
            if (!ft_label_list_is(s)) count_cell(&c, s, delimiters[i], &arena);
        }
        if (makes_sets(&c, *delimiters[i])) found = delimiters[i];
        ft_strmap_release(&c.distinct);
        ft_strmap_release(&c.cells);
        ft_arena_release(&arena);
    }
    return found;
}

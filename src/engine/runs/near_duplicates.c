/* See near_duplicates.h. What is compared are items: different texts (or pairs of texts). A unit is
 * what an item is in one split under one label, and stands for the rows that have it; each unit
 * remembers the best other unit of each kind, so that memory grows with the rows, not with the pairs. */
#include "engine/runs/near_duplicates.h"

#include "data/clean.h"
#include "data/split.h"
#include "engine/predict/similar_pairs.h"
#include "util/hash.h"
#include "util/mem.h"
#include "util/str.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = {
#define X(id, name) [FT_NEAR_##id] = name,
    FT_NEAR_LIST(X)
#undef X
};
const char *ft_near_name(enum ft_near_kind k)
{
    return names[k];
}

enum ft_status ft_near_threshold_parse(const char *text, double *threshold, struct ft_err *err)
{
    *threshold = FT_NEAR_THRESHOLD;
    if (!*text) return FT_OK;
    if (ft_parse_double(text, threshold) && *threshold > 0 && *threshold <= 1) return FT_OK;
    return ft_fail(err, FT_USAGE,
                   "'%.40s': expected a similarity above 0 and at most 1, such as %.2f", text,
                   FT_NEAR_THRESHOLD);
}

/* ---- texts ---- */

struct texts {
    struct ft_near_texts *t;
    struct ft_strmap texts, items;
    struct ft_arena arena; /* keys */
    struct ft_str low;
    size_t texts_cap, first_cap, second_cap;
};

/* The number of a text; SIZE_MAX: there is nothing in it. */
static size_t text_of(struct texts *x, struct ft_text text)
{
    unsigned steps = FT_CLEAN_BIT(FT_CLEAN_WHITESPACE) | FT_CLEAN_BIT(FT_CLEAN_LOWERCASE);
    struct ft_text key = text;
    if (text.data && ft_clean_text(steps, text, &x->low))
        key = (struct ft_text){ft_str_text(&x->low), x->low.len};
    if (!key.n) return SIZE_MAX;
    const size_t *at = ft_strmap_get(&x->texts, key.data, key.n);
    if (at) return *at;
    const char *kept =
        key.data == text.data ? key.data : ft_arena_strndup(&x->arena, key.data, key.n);
    struct ft_near_texts *t = x->t;
    ft_strmap_put(&x->texts, kept, key.n, t->n);
    ft_grow(&t->texts, &x->texts_cap, t->n + 1, sizeof *t->texts);
    t->texts[t->n] = text;
    return t->n++;
}

static size_t item_of(struct texts *x, size_t first, size_t second)
{
    struct ft_near_texts *t = x->t;
    size_t both[2] = {first, second};
    if (first == SIZE_MAX && second == SIZE_MAX) return SIZE_MAX;
    const size_t *at = ft_strmap_get(&x->items, (const char *)both, sizeof both);
    if (at) return *at;
    const char *key = ft_arena_strndup(&x->arena, (const char *)both, sizeof both);
    ft_strmap_put(&x->items, key, sizeof both, t->items_n);
    ft_grow(&t->first, &x->first_cap, t->items_n + 1, sizeof *t->first);
    ft_grow(&t->second, &x->second_cap, t->items_n + 1, sizeof *t->second);
    t->first[t->items_n] = first;
    t->second[t->items_n] = second;
    return t->items_n++;
}

/* A row whose one text is empty, or that alone has no pair, is compared by the other text. */
static void fill_gaps(struct ft_near_texts *t)
{
    bool pairs = false;
    for (size_t i = 0; i < t->items_n; i++)
        pairs |= t->second[i] != SIZE_MAX;
    for (size_t i = 0; i < t->items_n; i++) {
        if (t->first[i] == SIZE_MAX) t->first[i] = t->second[i];
        if (t->second[i] == SIZE_MAX) t->second[i] = t->first[i];
    }
    if (pairs) return;
    free(t->second);
    t->second = NULL;
}

void ft_near_texts_make(struct ft_near_texts *t, const struct ft_near_row *rows, size_t n)
{
    struct texts x = {.t = t};
    *t = (struct ft_near_texts){.rows = rows, .rows_n = n};
    t->item = ft_xcalloc(n + 1, sizeof *t->item);
    for (size_t i = 0; i < n; i++) {
        const struct ft_near_row *r = &rows[i];
        size_t first = text_of(&x, (struct ft_text){r->text, r->n});
        size_t second = text_of(&x, (struct ft_text){r->pair, r->pair ? r->pair_n : 0});
        t->item[i] = item_of(&x, first, second);
        t->without += t->item[i] == SIZE_MAX;
    }
    fill_gaps(t);
    ft_strmap_release(&x.texts);
    ft_strmap_release(&x.items);
    ft_arena_release(&x.arena);
    ft_str_release(&x.low);
}

void ft_near_texts_release(struct ft_near_texts *t)
{
    free(t->texts);
    free(t->item);
    free(t->first);
    free(t->second);
    *t = (struct ft_near_texts){0};
}

/* ---- units ---- */

struct best {
    double similarity; /* 0: there is none */
    size_t unit;
};

struct unit {
    size_t item, row, n; /* row: the first of its n rows */
    size_t next;         /* unit of the same item; SIZE_MAX ends */
    int32_t label;
    uint8_t part;
    struct best best[FT_NEAR_COUNT];
};

struct search {
    const struct ft_near_texts *t;
    struct unit *units; /* in the order of their first rows */
    size_t units_n, units_cap;
    size_t *unit_of; /* (rows_n) */
    size_t *head, *rows,
        *parent; /* (items_n) first unit, rows, towards the group's representative */
    double pairs, text_pairs;
};

/* Units of one item are few, unless it has very many labels. */
static size_t unit_of_row(struct search *s, size_t i)
{
    const struct ft_near_row *r = &s->t->rows[i];
    size_t item = s->t->item[i], last = SIZE_MAX;
    if (item == SIZE_MAX) return SIZE_MAX;
    for (size_t u = s->head[item]; u != SIZE_MAX; last = u, u = s->units[u].next)
        if (s->units[u].part == r->part && s->units[u].label == r->label) return u;
    ft_grow(&s->units, &s->units_cap, s->units_n + 1, sizeof *s->units);
    s->units[s->units_n] =
        (struct unit){.item = item, .row = i, .next = SIZE_MAX, .label = r->label, .part = r->part};
    if (last == SIZE_MAX)
        s->head[item] = s->units_n;
    else
        s->units[last].next = s->units_n;
    return s->units_n++;
}

static void make_units(struct search *s)
{
    const struct ft_near_texts *t = s->t;
    s->unit_of = ft_xcalloc(t->rows_n + 1, sizeof *s->unit_of);
    s->head = ft_xcalloc(t->items_n + 1, sizeof *s->head);
    s->rows = ft_xcalloc(t->items_n + 1, sizeof *s->rows);
    s->parent = ft_xcalloc(t->items_n + 1, sizeof *s->parent);
    for (size_t i = 0; i < t->items_n; i++) {
        s->head[i] = SIZE_MAX;
        s->parent[i] = i;
    }
    for (size_t i = 0; i < t->rows_n; i++) {
        size_t u = s->unit_of[i] = unit_of_row(s, i);
        if (u == SIZE_MAX) continue;
        s->units[u].n++;
        s->rows[t->item[i]]++;
    }
}

static void search_release(struct search *s)
{
    free(s->units);
    free(s->unit_of);
    free(s->head);
    free(s->rows);
    free(s->parent);
}

/* ---- pairs ---- */

/* Which of two units would list the other as what; both do in a conflict. */
static enum ft_near_kind kind_of(const struct unit *a, const struct unit *b)
{
    if (a->part != b->part) return FT_NEAR_LEAK;
    return a->label != b->label && a->label >= 0 && b->label >= 0 ? FT_NEAR_CONFLICT
                                                                  : FT_NEAR_DUPLICATE;
}

static bool lists(enum ft_near_kind kind, const struct unit *a, const struct unit *b)
{
    return kind == FT_NEAR_LEAK        ? a->part < b->part
           : kind == FT_NEAR_DUPLICATE ? a->row > b->row
                                       : true;
}

static bool better(const struct best *now, double similarity, size_t unit)
{
    return similarity > now->similarity || (!(similarity < now->similarity) && unit < now->unit);
}

static void offer(struct search *s, size_t a, size_t b, double similarity)
{
    enum ft_near_kind kind = kind_of(&s->units[a], &s->units[b]);
    struct best *now = &s->units[a].best[kind];
    if (lists(kind, &s->units[a], &s->units[b]) && better(now, similarity, b))
        *now = (struct best){similarity, b};
}

static bool would_take(const struct search *s, size_t a, size_t b, double similarity)
{
    enum ft_near_kind kind = kind_of(&s->units[a], &s->units[b]);
    return lists(kind, &s->units[a], &s->units[b]) &&
           better(&s->units[a].best[kind], similarity, b);
}

static size_t root(struct search *s, size_t item)
{
    while (s->parent[item] != item)
        item = s->parent[item] = s->parent[s->parent[item]];
    return item;
}

static bool wants(void *arg, size_t i, size_t j, double most)
{
    const struct search *s = arg;
    for (size_t a = s->head[i]; a != SIZE_MAX; a = s->units[a].next)
        for (size_t b = s->head[j]; b != SIZE_MAX; b = s->units[b].next)
            if (would_take(s, a, b, most) || would_take(s, b, a, most)) return true;
    return false;
}

static void pair(void *arg, size_t i, size_t j, double similarity)
{
    struct search *s = arg;
    s->pairs += (double)s->rows[i] * (double)s->rows[j];
    s->text_pairs++;
    size_t a = root(s, i), b = root(s, j);
    if (a != b) s->parent[a > b ? a : b] = a < b ? a : b;
    if (isnan(similarity)) return;
    for (a = s->head[i]; a != SIZE_MAX; a = s->units[a].next)
        for (b = s->head[j]; b != SIZE_MAX; b = s->units[b].next) {
            offer(s, a, b, similarity);
            offer(s, b, a, similarity);
        }
}

/* The units of one item have the same text. */
static void pair_within(struct search *s)
{
    for (size_t i = 0; i < s->t->items_n; i++) {
        s->pairs += (double)s->rows[i] * ((double)s->rows[i] - 1) / 2;
        for (size_t a = s->head[i]; a != SIZE_MAX; a = s->units[a].next)
            for (size_t b = s->units[a].next; b != SIZE_MAX; b = s->units[b].next) {
                offer(s, a, b, 1);
                offer(s, b, a, 1);
            }
    }
}

/* ---- groups ---- */

struct label_count {
    size_t group;
    int32_t label;
    size_t n;
};

static int by_label(const void *pa, const void *pb)
{
    const struct label_count *a = pa, *b = pb;
    if (a->group != b->group) return a->group < b->group ? -1 : 1;
    return a->label < b->label ? -1 : a->label > b->label;
}

struct groups {
    size_t *number, *n; /* (items_n) of representatives: from 1; rows */
    struct label_count *labels;
    size_t labels_n;
};

static void count_groups(struct search *s, struct groups *g, struct ft_near_duplicates *found)
{
    size_t items = s->t->items_n;
    g->number = ft_xcalloc(items + 1, sizeof *g->number);
    g->n = ft_xcalloc(items + 1, sizeof *g->n);
    g->labels = ft_xcalloc(s->units_n + 1, sizeof *g->labels);
    for (size_t i = 0; i < items; i++)
        g->n[root(s, i)] += s->rows[i];
    for (size_t u = 0; u < s->units_n; u++) { /* in the order of the rows */
        size_t group = root(s, s->units[u].item);
        if (!g->number[group] && g->n[group] > 1) g->number[group] = ++found->groups;
        g->labels[u] = (struct label_count){group, s->units[u].label, s->units[u].n};
    }
    qsort(g->labels, s->units_n, sizeof *g->labels, by_label);
    for (size_t u = 0; u < s->units_n; u++) {
        struct label_count *last = g->labels_n ? &g->labels[g->labels_n - 1] : NULL;
        if (last && !by_label(last, &g->labels[u]))
            last->n += g->labels[u].n;
        else
            g->labels[g->labels_n++] = g->labels[u];
    }
}

static void groups_release(struct groups *g)
{
    free(g->number);
    free(g->n);
    free(g->labels);
}

/* Rows of the unit's group with its label. */
static size_t rows_like(struct search *s, const struct groups *g, size_t u)
{
    struct label_count key = {root(s, s->units[u].item), s->units[u].label, 0};
    const struct label_count *at =
        bsearch(&key, g->labels, g->labels_n, sizeof *g->labels, by_label);
    return at ? at->n : 0;
}

/* ---- items ---- */

static void add(struct search *s, const struct groups *g, struct ft_near_duplicates *found,
                enum ft_near_kind kind, size_t row, size_t other, double similarity)
{
    size_t item = s->t->item[row], group = root(s, item);
    found->items[found->n++] = (struct ft_near_item){.kind = kind,
                                                     .row = row,
                                                     .other = other,
                                                     .similarity = similarity,
                                                     .same_text = item == s->t->item[other],
                                                     .group = g->number[group],
                                                     .group_n = g->n[group]};
    found->by_kind[kind]++;
}

static void list_row(struct search *s, const struct groups *g, struct ft_near_duplicates *found,
                     size_t row)
{
    if (s->unit_of[row] == SIZE_MAX) return;
    const struct unit *u = &s->units[s->unit_of[row]];
    const struct best *leak = &u->best[FT_NEAR_LEAK], *same = &u->best[FT_NEAR_DUPLICATE];
    if (leak->similarity > 0)
        add(s, g, found, FT_NEAR_LEAK, row, s->units[leak->unit].row, leak->similarity);
    if (row != u->row && same->similarity < 1)
        add(s, g, found, FT_NEAR_DUPLICATE, row, u->row, 1);
    else if (same->similarity > 0) /* of a unit that begins before this one */
        add(s, g, found, FT_NEAR_DUPLICATE, row, s->units[same->unit].row, same->similarity);
}

static void list_conflict(struct search *s, const struct groups *g,
                          struct ft_near_duplicates *found, size_t u)
{
    const struct best *b = &s->units[u].best[FT_NEAR_CONFLICT];
    if (!(b->similarity > 0)) return;
    size_t o = b->unit;
    if (s->units[o].best[FT_NEAR_CONFLICT].unit == u && o < u) return; /* listed with that one */
    size_t like_u = rows_like(s, g, u), like_o = rows_like(s, g, o);
    bool u_is_row = like_u != like_o ? like_u < like_o : u > o;
    add(s, g, found, FT_NEAR_CONFLICT, s->units[u_is_row ? u : o].row,
        s->units[u_is_row ? o : u].row, b->similarity);
}

static int by_worst(const void *pa, const void *pb)
{
    const struct ft_near_item *a = pa, *b = pb;
    if (a->kind != b->kind) return a->kind < b->kind ? -1 : 1;
    if (a->similarity < b->similarity || a->similarity > b->similarity)
        return a->similarity > b->similarity ? -1 : 1;
    if (a->row != b->row) return a->row < b->row ? -1 : 1;
    return a->other < b->other ? -1 : a->other > b->other;
}

static void list(struct search *s, struct ft_near_duplicates *found)
{
    struct groups g = {0};
    count_groups(s, &g, found);
    found->items = ft_xcalloc(2 * s->t->rows_n + s->units_n + 1, sizeof *found->items);
    for (size_t row = 0; row < s->t->rows_n; row++)
        list_row(s, &g, found, row);
    for (size_t u = 0; u < s->units_n; u++)
        list_conflict(s, &g, found, u);
    qsort(found->items, found->n, sizeof *found->items, by_worst);
    found->items = ft_xrealloc(found->items, (found->n + 1) * sizeof *found->items);
    found->pairs = s->pairs;
    found->text_pairs = s->text_pairs;
    groups_release(&g);
}

enum ft_status ft_near_duplicates_find(struct ft_near_duplicates *found,
                                       const struct ft_near_texts *t,
                                       const struct ft_near_vectors *v, double threshold,
                                       struct ft_job *w, struct ft_err *err)
{
    struct search s = {.t = t};
    *found = (struct ft_near_duplicates){0};
    size_t *first = ft_xcalloc(t->items_n + 1, sizeof *first);
    size_t *second = t->second ? ft_xcalloc(t->items_n + 1, sizeof *second) : NULL;
    for (size_t i = 0; i < t->items_n; i++) {
        first[i] = v->at[t->first[i]];
        if (second) second[i] = v->at[t->second[i]];
    }
    make_units(&s);
    pair_within(&s);
    struct ft_similar_pairs in = {.v = v->v,
                                  .size = v->size,
                                  .first = first,
                                  .second = second,
                                  .n = t->items_n,
                                  .threshold = threshold};
    struct ft_similar_pairs_to to = {.pair = pair, .wants = wants, .arg = &s};
    ft_job_rename(w, "comparing rows");
    enum ft_status st = ft_similar_pairs_find(&in, &to, w, err);
    if (!st) list(&s, found);
    search_release(&s);
    free(first);
    free(second);
    return st;
}

void ft_near_duplicates_release(struct ft_near_duplicates *found)
{
    free(found->items);
    *found = (struct ft_near_duplicates){0};
}

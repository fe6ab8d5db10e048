/* The list of rows, filtered and sorted. Lists of more than a few ten thousand rows are made by a
 * worker; the previous one stays meanwhile. */
#include "engine/present/dataset_in.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { AT_ONCE = 20000, WORDS_MAX = 16 };

/* A filter, parsed. */
struct terms {
    char copy[512];
    const char *words[WORDS_MAX], *label, *part, *problem;
    size_t words_n, row;
    long longer, shorter; /* -1: not asked */
    bool edited, cut;
};

static const char *const sort_names[] = {"row", "part", "label", "tokens", "text"};
const char *ft_dataset_sort_name(enum ft_dataset_sort s)
{
    return sort_names[s];
}

static bool number(const char *text, long *out)
{
    long long v;
    if (!ft_parse_i64(text, &v) || v < 0 || v > 1000000000) return false;
    *out = (long)v;
    return true;
}

/* Cuts the next word off *rest; "two words" in quotes are one. */
static char *next_word(char **rest)
{
    char *s = *rest + strspn(*rest, " ");
    if (!*s) return NULL;
    char end = *s == '"' ? '"' : ' ';
    if (end == '"') s++;
    char *stop = strchr(s, end);
    *rest = stop ? stop + 1 : s + strlen(s);
    if (stop) *stop = 0;
    return s;
}

/* The part as rows have it ("trn"), also by its name ("train"); NULL: there is no such part. */
static const char *part_of(const char *word)
{
    enum ft_part part = ft_part_parse(word, strlen(word));
    for (int i = 0; part == FT_PART_COUNT && i < FT_PART_COUNT; i++)
        if (!strcasecmp(word, ft_part_abbrev((enum ft_part)i))) part = (enum ft_part)i;
    if (!strcmp(word, "-")) return "-";
    return part == FT_PART_COUNT ? NULL : ft_part_abbrev(part);
}

static enum ft_status parse(struct terms *t, const char *expression, struct ft_err *err)
{
    memset(t, 0, sizeof *t);
    t->longer = t->shorter = -1;
    if (strlen(expression) >= sizeof t->copy)
        return ft_fail(err, FT_USAGE, "the filter is too long");
    snprintf(t->copy, sizeof t->copy, "%s", expression);
    char *rest = t->copy, *word;
    while ((word = next_word(&rest))) {
        long v;
        if (!strncmp(word, "label:", 6)) {
            t->label = word + 6;
        } else if (!strncmp(word, "part:", 5)) {
            t->part = part_of(word + 5);
            if (!t->part)
                return ft_fail(err, FT_USAGE,
                               "part:%s: expected part:train, part:validation or part:test",
                               word + 5);
        } else if (!strncmp(word, "problem:", 8)) {
            t->problem = word + 8;
        } else if (!strncmp(word, "row:", 4)) {
            if (!number(word + 4, &v))
                return ft_fail(err, FT_USAGE, "row:%s is not a number", word + 4);
            t->row = (size_t)v;
        } else if (!strncmp(word, "len>", 4) || !strncmp(word, "len<", 4)) {
            if (!number(word + 4, &v)) return ft_fail(err, FT_USAGE, "%s: expected a number", word);
            *(word[3] == '>' ? &t->longer : &t->shorter) = v;
        } else if (!strcmp(word, "edited")) {
            t->edited = true;
        } else if (!strcmp(word, "cut")) {
            t->cut = true;
        } else if (t->words_n < WORDS_MAX) {
            t->words[t->words_n++] = word;
        }
    }
    return FT_OK;
}

struct place { /* of a row in one of the files */
    uint8_t file;
    size_t row;
};

struct dataset_sorter {
    struct terms terms;
    struct dataset_build *build;
    struct dataset_tokens *tokens;
    enum ft_dataset_sort by;
    bool descending;
    long cut;
    size_t *edited, edited_n; /* rows of --data, ascending */
    struct place *places;     /* of the problem asked for */
    size_t places_n;
    bool left_too; /* the problem is about rows that are left out */
    size_t *order, order_n;
    size_t *picked; /* (order_n) of a picked list: which pick each is; else NULL */
    struct ft_job *work;
};

static void sorter_free(struct dataset_sorter *s)
{
    if (!s) return;
    dataset_build_unref(s->build);
    dataset_tokens_unref(s->tokens);
    free(s->edited);
    free(s->places);
    free(s->order);
    free(s->picked);
    free(s);
}

static int by_place(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    if (x->file != y->file) return x->file < y->file ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

static int by_size(const void *a, const void *b)
{
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    return x < y ? -1 : x > y;
}

static bool match(const struct dataset_sorter *s, size_t i)
{
    const struct terms *t = &s->terms;
    struct ft_dataset_row r;
    dataset_item(s->build, i, &r);
    long len = i < dataset_examples(s->build) ? dataset_item_tokens(s->tokens, i) : -1;
    if (t->label && strcasecmp(t->label, r.label) &&
        !dataset_text_holds(r.label, strlen(r.label), t->label))
        return false;
    if (t->part && strcmp(t->part, r.part) != 0) return false;
    if (t->row && t->row != r.row) return false;
    if (t->longer >= 0 && len <= t->longer) return false;
    if (t->shorter >= 0 && (len < 0 || len >= t->shorter)) return false;
    if (t->cut && len <= s->cut) return false;
    if (t->edited &&
        (!r.editable || !bsearch(&r.row, s->edited, s->edited_n, sizeof r.row, by_size)))
        return false;
    if (t->problem) {
        const struct ft_examples *x = &s->build->x;
        struct place p = {0, r.row};
        if (!dataset_is_squad(s->build))
            p.file = i < x->n ? x->items[i].file : x->left[i - x->n].file;
        if (!s->places_n || !bsearch(&p, s->places, s->places_n, sizeof p, by_place)) return false;
    }
    for (size_t k = 0; k < t->words_n; k++)
        if (!dataset_text_holds(r.text, r.n, t->words[k]) &&
            !(r.pair && dataset_text_holds(r.pair, r.pair_n, t->words[k])))
            return false;
    return true;
}

static int compare(const void *a, const void *b, void *arg)
{
    const struct dataset_sorter *s = arg;
    size_t i = *(const size_t *)a, j = *(const size_t *)b;
    struct ft_dataset_row x, y;
    int c = 0;
    if (s->by == FT_DATASET_BY_TOKENS) {
        long p = i < dataset_examples(s->build) ? dataset_item_tokens(s->tokens, i) : -1;
        long q = j < dataset_examples(s->build) ? dataset_item_tokens(s->tokens, j) : -1;
        c = p < q ? -1 : p > q;
    } else if (s->by != FT_DATASET_BY_ROW) {
        char label[128];
        dataset_item(s->build, i, &x);
        snprintf(label, sizeof label, "%s", x.label); /* SQuAD's share one buffer */
        dataset_item(s->build, j, &y);
        if (s->by == FT_DATASET_BY_PART) c = strcmp(x.part, y.part);
        bool numbers = s->build->x.numbers && *label && *y.label;
        if (s->by == FT_DATASET_BY_LABEL && numbers) {
            double p = strtod(label, NULL), q = strtod(y.label, NULL);
            c = p < q ? -1 : p > q;
        } else if (s->by == FT_DATASET_BY_LABEL) {
            c = strcmp(label, y.label);
        }
        if (s->by == FT_DATASET_BY_TEXT) {
            size_t n = x.n < y.n ? x.n : y.n;
            c = memcmp(x.text, y.text, n);
            if (!c) c = x.n < y.n ? -1 : x.n > y.n;
        }
    }
    if (!c) c = i < j ? -1 : i > j;
    return s->descending ? -c : c;
}

static enum ft_status sort_rows(struct ft_job *w, void *arg, struct ft_err *err)
{
    struct dataset_sorter *s = arg;
    const struct terms *t = &s->terms;
    bool all = t->problem || t->row || t->edited; /* rows that are left out too */
    size_t n = all ? dataset_items(s->build) : dataset_examples(s->build), kept = 0;
    s->order = ft_xmalloc((n ? n : 1) * sizeof *s->order);
    for (size_t i = 0; i < n; i++) {
        if (i % 4096 == 0) {
            ft_job_report(w, (double)i, (double)n, "rows");
            if (ft_job_cancelled(w)) return ft_fail(err, FT_CANCELLED, "cancelled");
        }
        if (match(s, i)) s->order[kept++] = i;
    }
    s->order_n = kept;
    if (s->by != FT_DATASET_BY_ROW || s->descending)
        qsort_r(s->order, kept, sizeof *s->order, compare, s);
    return FT_OK;
}

static void take_places(struct dataset_sorter *s, const struct ft_dataset *d)
{
    const struct ft_problems *p = d->checks ? &d->checks->problems : NULL;
    for (int k = 0; p && k < FT_PROBLEM_COUNT; k++) {
        if (strcmp(ft_problem_name((enum ft_problem_kind)k), s->terms.problem)) continue;
        s->places = ft_xcalloc(2 * p->kept[k] + 1, sizeof *s->places);
        for (size_t i = 0; i < p->kept[k]; i++) {
            const struct ft_problem *x = &p->items[p->first[k] + i];
            if (x->row) s->places[s->places_n++] = (struct place){x->file, x->row};
            if (x->other_row)
                s->places[s->places_n++] = (struct place){x->other_file, x->other_row};
        }
        qsort(s->places, s->places_n, sizeof *s->places, by_place);
    }
}

static void take_order(struct ft_dataset *d, struct dataset_sorter *s)
{
    free(d->order);
    free(d->order_pick);
    d->order = s->order;
    d->order_n = s->order_n;
    d->order_pick = s->picked;
    s->order = s->picked = NULL;
    d->facts.version++;
}

/* A picked list is short: it is made at once. */
struct picked_item {
    size_t item; /* first: see compare */
    size_t pick;
};

static void order_picks(const struct ft_dataset *d, struct dataset_sorter *s)
{
    struct picked_item *found = ft_xcalloc(d->picks_n + 1, sizeof *found);
    size_t n = 0;
    for (size_t i = 0; i < d->picks_n; i++) {
        size_t item = dataset_item_of(s->build, &d->picks[i]);
        if (item != SIZE_MAX && match(s, item)) found[n++] = (struct picked_item){item, i};
    }
    if (s->by != FT_DATASET_BY_ROW) qsort_r(found, n, sizeof *found, compare, s);
    s->order = ft_xcalloc(n + 1, sizeof *s->order);
    s->picked = ft_xcalloc(n + 1, sizeof *s->picked);
    s->order_n = n;
    for (size_t i = 0; i < n; i++) {
        size_t from = s->by == FT_DATASET_BY_ROW && s->descending ? n - 1 - i : i;
        s->order[i] = found[from].item;
        s->picked[i] = found[from].pick;
    }
    free(found);
}

static void sorter_end(struct ft_dataset *d, bool use)
{
    struct dataset_sorter *s = d->sorter;
    if (!s) return;
    if (!use) ft_job_cancel(s->work);
    enum ft_status st = ft_job_join(s->work, NULL);
    if (use && !st && s->build == d->build) take_order(d, s);
    d->sorter = NULL;
    sorter_free(s);
}

void dataset_order_refresh(struct ft_dataset *d)
{
    sorter_end(d, false);
    if (!d->build) return;
    bool plain = !*d->filter && d->sort == FT_DATASET_BY_ROW && !d->descending && !d->picks;
    if (plain || (d->order && d->order_n > dataset_items(d->build))) {
        free(d->order);
        free(d->order_pick);
        d->order = d->order_pick = NULL;
    }
    if (plain) {
        d->facts.version++; /* as take_order */
        return;
    }
    struct dataset_sorter *s = ft_xcalloc(1, sizeof *s);
    if (parse(&s->terms, d->filter, NULL)) *d->filter = 0;
    s->by = d->sort;
    s->descending = d->descending;
    s->cut = (long)ft_options_int(&d->wanted, FT_OPT_max_seq_length);
    if (s->terms.problem && !strcmp(s->terms.problem, "cut"))
        s->terms.problem = NULL, s->terms.cut = true;
    s->build = d->build;
    atomic_fetch_add(&s->build->refs, 1);
    if ((s->tokens = d->tokens)) atomic_fetch_add(&s->tokens->refs, 1);
    s->edited = ft_xcalloc(d->edits.n + 1, sizeof *s->edited);
    for (size_t i = 0; i < d->edits.n; i++)
        if (dataset_edit_of(d, d->edits.items[i].row))
            s->edited[s->edited_n++] = d->edits.items[i].row;
    if (s->terms.problem) take_places(s, d);
    if (d->picks) {
        order_picks(d, s);
        take_order(d, s);
        sorter_free(s);
        return;
    }
    if (dataset_items(s->build) <= AT_ONCE) {
        if (!sort_rows(NULL, s, NULL)) take_order(d, s);
        sorter_free(s);
        return;
    }
    /* old places mean other items when the content is new */
    if (d->order) {
        for (size_t i = 0; i < d->order_n; i++)
            if (d->order[i] >= dataset_items(d->build)) d->order[i] = 0;
    }
    d->sorter = s;
    s->work = ft_job_start("sorting", sort_rows, s, d->wake);
}

bool dataset_order_follow(struct ft_dataset *d)
{
    struct ft_job_view view;
    if (!d->sorter) return false;
    ft_job_look(d->sorter->work, &view);
    if (!view.finished) return false;
    sorter_end(d, true);
    return true;
}

void dataset_order_release(struct ft_dataset *d)
{
    sorter_end(d, false);
    free(d->order);
    free(d->order_pick);
    free(d->picks);
    d->order = d->order_pick = NULL;
    d->picks = NULL;
}

void ft_dataset_pick(struct ft_dataset *d, const struct ft_dataset_pick *picks, size_t n)
{
    free(d->picks);
    d->picks = n ? ft_xcalloc(n, sizeof *d->picks) : NULL;
    if (n) memcpy(d->picks, picks, n * sizeof *picks);
    d->picks_n = n;
    dataset_order_refresh(d);
}

size_t ft_dataset_picked(const struct ft_dataset *d, size_t i)
{
    return d->order_pick && i < d->order_n ? d->order_pick[i] : SIZE_MAX;
}

enum ft_status ft_dataset_filter(struct ft_dataset *d, const char *expression, struct ft_err *err)
{
    struct terms t;
    enum ft_status st = parse(&t, expression, err);
    if (st) return st;
    snprintf(d->filter, sizeof d->filter, "%s", expression);
    dataset_order_refresh(d);
    return FT_OK;
}

const char *ft_dataset_filter_now(const struct ft_dataset *d)
{
    return d->filter;
}

void ft_dataset_sort(struct ft_dataset *d, enum ft_dataset_sort by, bool descending)
{
    d->sort = by;
    d->descending = descending;
    dataset_order_refresh(d);
}

enum ft_dataset_sort ft_dataset_sort_now(const struct ft_dataset *d, bool *descending)
{
    *descending = d->descending;
    return d->sort;
}

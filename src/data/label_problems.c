/* Labels that are probably mistakes: missing values written as words, two spellings of
 * one label, spaces, whole numbers as floats, several labels in a cell. See problems.h. */
#include "data/label_form.h"
#include "data/problems.h"
#include "data/text.h"
#include "data/unicode.h"
#include "util/hash.h"
#include "util/mem.h"
#include "util/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Lower case, runs of spaces as one, none at the ends, without soft hyphens and the like. */
static void fold(const char *name, struct ft_str *out)
{
    size_t n = strlen(name);
    bool gap = false;
    ft_str_clear(out);
    for (size_t i = 0; i < n;) {
        uint32_t cp = ft_uni_next(name, n, &i), low[2];
        if (cp == 0xAD || cp == 0x200B || cp == 0xFEFF) continue;
        if (ft_uni_class(cp) & FT_UNI_SPACE) {
            gap = out->len > 0;
            continue;
        }
        if (gap) ft_str_addc(out, ' ');
        gap = false;
        size_t k = ft_uni_lower(cp, low);
        for (size_t j = 0; j < k; j++) {
            char bytes[4];
            ft_str_add(out, bytes, ft_uni_put(low[j], bytes));
        }
    }
}

/* What is looked at: the labels of texts, or the types of entities. */
static const struct ft_labels *names_of(const struct ft_examples *x)
{
    return x->tagged[FT_PART_TRAIN] ? &x->types : &x->labels;
}

static size_t rows_of(const struct ft_examples *x, size_t label)
{
    size_t(*n)[FT_PART_COUNT] = x->tagged[FT_PART_TRAIN] ? x->type_counts : x->counts;
    return n[label][0] + n[label][1] + n[label][2];
}

/* The first example of a label: *file and the row. */
static size_t first_row(const struct ft_examples *x, size_t label, uint8_t *file)
{
    *file = 0;
    for (size_t i = 0; i < x->n; i++) {
        const struct ft_example *e = &x->items[i];
        const struct ft_tagged *g = x->tagged[e->file];
        if (g ? !ft_examples_has_type(x, i, label) : !ft_examples_has(x, e, label)) continue;
        *file = e->file;
        return e->row;
    }
    return 0;
}

static void add(struct ft_problems *p, enum ft_problem_kind kind, uint8_t file, size_t row,
                struct ft_str *what)
{
    ft_problems_add(p, kind, file, row, ft_str_text(what));
    ft_str_clear(what);
}

static void missing_values(struct ft_problems *p, const struct ft_examples *x)
{
    struct ft_str folded = {0}, what = {0};
    for (size_t l = 0; l < x->labels.n; l++) {
        fold(x->labels.names[l], &folded);
        if (!rows_of(x, l) ||
            !ft_label_form_is_missing((struct ft_text){ft_str_text(&folded), folded.len}))
            continue;
        for (size_t i = 0; i < x->n; i++) {
            if (!ft_examples_has(x, &x->items[i], l)) continue;
            ft_str_addf(&what,
                        "the label \"%s\" looks like a missing value; leave it empty to skip "
                        "the row",
                        x->labels.names[l]);
            add(p, FT_PROBLEM_LABEL_VALUE, x->items[i].file, x->items[i].row, &what);
        }
    }
    ft_str_release(&folded);
    ft_str_release(&what);
}

static void spellings(struct ft_problems *p, const struct ft_examples *x)
{
    const struct ft_labels *labels = names_of(x);
    bool tagged = x->tagged[FT_PART_TRAIN] != NULL;
    const char *what_s = tagged ? "types" : "labels";
    struct ft_strmap seen = {0}; /* folded name to label */
    struct ft_arena arena = {0};
    struct ft_str folded = {0}, what = {0};
    for (size_t l = 0; l < labels->n; l++) {
        if (!rows_of(x, l)) continue;
        fold(labels->names[l], &folded);
        if (!folded.len) continue;
        const size_t *other = ft_strmap_get(&seen, folded.data, folded.len);
        if (!other) {
            ft_strmap_put(&seen, ft_arena_strndup(&arena, folded.data, folded.len), folded.len, l);
            continue;
        }
        uint8_t file;
        size_t row = first_row(x, l, &file), n = rows_of(x, l), m = rows_of(x, *other);
        const char *one = tagged ? "entity" : "row", *more = tagged ? "entities" : "rows";
        ft_str_addf(&what,
                    "the %s \"%s\" (%zu %s) and \"%s\" (%zu %s) differ only in capital letters or "
                    "spaces",
                    what_s, labels->names[*other], m, ft_by_count(m, one, more), labels->names[l],
                    n, ft_by_count(n, one, more));
        add(p, FT_PROBLEM_LABEL_SPELLING, file, row, &what);
    }
    ft_strmap_release(&seen);
    ft_arena_release(&arena);
    ft_str_release(&folded);
    ft_str_release(&what);
}

/* Labels put together from others: "a|b" where "a" and "b" come elsewhere too, or where most rows
 * have such a label. */
static void lists(struct ft_problems *p, const struct ft_examples *x)
{
    static const char delimiters[] = "|;,";
    for (const char *d = delimiters; *d; d++) {
        struct ft_strmap pieces = {0};
        size_t joined = 0, rows = 0, all = 0, names = 0, count = 0, at = 0;
        for (size_t l = 0; l < x->labels.n; l++) {
            const char *name = x->labels.names[l];
            if (!rows_of(x, l)) continue;
            names++;
            all += rows_of(x, l);
            if (strchr(name, *d)) {
                if (!joined++) at = l;
                rows += rows_of(x, l);
            }
            for (const char *from = name, *to; from; from = to ? to + 1 : NULL) {
                to = strchr(from, *d);
                size_t n = to ? (size_t)(to - from) : strlen(from);
                struct ft_text s = ft_text_trim((struct ft_text){from, n});
                ft_strmap_put(&pieces, s.data ? s.data : "", s.n, 1);
                count++;
            }
        }
        size_t distinct = pieces.count;
        ft_strmap_release(&pieces);
        bool most = joined > 1 && rows * 2 > all && (*d != ',' || distinct < count);
        if (!joined || (distinct + (joined == 1) > names && !most)) continue;
        struct ft_str what = {0};
        uint8_t file;
        size_t row = first_row(x, at, &file);
        ft_str_addf(
            &what,
            "%zu row%s with labels such as \"%s\": several labels in a cell, each "
            "combination counts as a separate label (--label_delimiter \"%c\" separates them)",
            rows, ft_plural(rows), x->labels.names[at], *d);
        add(p, FT_PROBLEM_LABEL_LIST, file, row, &what);
        ft_str_release(&what);
        return;
    }
}

static int by_value(const void *a, const void *b)
{
    long long x = *(const long long *)a, y = *(const long long *)b;
    return (x > y) - (x < y);
}

/* Many whole numbers with gaps, or up to 100: more likely amounts or scores than numbered classes.
 */
static void amounts(struct ft_problems *p, const struct ft_examples *x)
{
    enum { FEW = 12 };
    long long *values = ft_xcalloc(x->labels.n + 1, sizeof *values);
    size_t n = 0;
    bool whole = x->labels.n >= FEW;
    for (size_t l = 0; l < x->labels.n && whole; l++) {
        if (!rows_of(x, l)) continue;
        whole = ft_parse_i64(x->labels.names[l], &values[n]);
        n++;
    }
    if (whole && n >= FEW) {
        qsort(values, n, sizeof *values, by_value);
        bool ids =
            (values[0] == 0 || values[0] == 1) && values[n - 1] - values[0] + 1 == (long long)n;
        struct ft_str what = {0};
        ft_str_addf(
            &what,
            "%zu whole numbers from %lld to %lld as labels: amounts or scores would be "
            "regression (--problem_type regression); here each number is a class of its own",
            n, values[0], values[n - 1]);
        if (!ids || values[n - 1] == 100) add(p, FT_PROBLEM_LABEL_AMOUNT, 0, 0, &what);
        ft_str_release(&what);
    }
    free(values);
}

/* What reading tagged words found, less those of rows that are no examples. */
static void issues(struct ft_problems *p, const struct ft_examples *x)
{
    static const enum ft_problem_kind kinds[FT_TAGGED_ISSUES] = {
        [FT_TAGGED_OUTSIDE_ISSUE] = FT_PROBLEM_SPAN_OUTSIDE,
        [FT_TAGGED_OVERLAP_ISSUE] = FT_PROBLEM_SPAN_OVERLAP,
        [FT_TAGGED_SPLIT_ISSUE] = FT_PROBLEM_SPAN_SPLIT,
        [FT_TAGGED_NO_B_ISSUE] = FT_PROBLEM_TAG_NO_B,
        [FT_TAGGED_FORM_ISSUE] = FT_PROBLEM_TAG_FORM};
    for (uint8_t f = 0; f < FT_PART_COUNT; f++) {
        const struct ft_tagged *g = x->tagged[f];
        size_t kept[FT_TAGGED_ISSUES] = {0};
        for (size_t i = 0; g && i < g->issues_n; i++) {
            const struct ft_tagged_issue *s = &g->issues[i];
            ft_problems_add(p, kinds[s->kind], f, s->row, s->what);
            kept[s->kind]++;
        }
        for (size_t k = 0; g && k < FT_TAGGED_ISSUES; k++)
            p->count[kinds[k]] += g->count[k] - kept[k];
    }
}

/* Rows without any of the labels, and labels twice in a row. */
static void sets(struct ft_problems *p, const struct ft_examples *x)
{
    struct ft_str what = {0};
    for (size_t i = 0; i < x->n; i++) {
        const struct ft_example *e = &x->items[i];
        size_t n = 1;
        if (e->label >= 0) ft_label_sets_at(&x->sets, e->label, &n);
        if (n) continue;
        ft_str_addz(&what, "has none of the labels: learned as a text without labels");
        add(p, FT_PROBLEM_LABEL_NONE, e->file, e->row, &what);
    }
    if (x->label_repeats.rows) {
        size_t n = x->label_repeats.rows;
        ft_str_addf(&what, "%zu row%s with a label twice, counted once", n, ft_plural(n));
        add(p, FT_PROBLEM_LABEL_REPEAT, 0, x->label_repeats.first, &what);
    }
    ft_str_release(&what);
}

void ft_problems_labels(struct ft_problems *p, const struct ft_examples *x)
{
    struct ft_str what = {0};
    ft_uni_init();
    if (x->tagged[FT_PART_TRAIN]) {
        spellings(p, x);
        issues(p, x);
        ft_str_release(&what);
        return;
    }
    if (!x->numbers) {
        missing_values(p, x);
        spellings(p, x);
    }
    if (!x->numbers && !x->several) {
        lists(p, x);
        amounts(p, x);
    }
    if (x->several) sets(p, x);
    if (x->label_floats.rows) {
        size_t n = x->label_floats.rows;
        ft_str_addf(&what, "%zu row%s with a label such as 1.0 where 1 is a label too: read as 1",
                    n, ft_plural(n));
        add(p, FT_PROBLEM_LABEL_SPELLING, 0, x->label_floats.first, &what);
    }
    if (x->label_spaces.rows) {
        size_t n = x->label_spaces.rows;
        ft_str_addf(&what, "%zu row%s with spaces around the label, which are removed", n,
                    ft_plural(n));
        add(p, FT_PROBLEM_LABEL_SPELLING, 0, x->label_spaces.first, &what);
    }
    ft_str_release(&what);
}

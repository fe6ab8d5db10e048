/* The labels of examples: see examples_in.h. */
#include "data/examples_in.h"

#include "data/label_form.h"
#include "util/hash.h"
#include "util/str.h"

#include <stdlib.h>
#include <string.h>

enum { LABELS_SANE = 1000 }; /* more than these, and most of them once: a wrong column */

/* "1.0" or "-2.000": the length of the whole number before the point; else 0. */
static size_t float_of_whole(const char *s)
{
    size_t n = *s == '-', from = n;
    while (s[n] >= '0' && s[n] <= '9')
        n++;
    if (n == from || s[n] != '.' || !s[n + 1]) return 0;
    return strspn(s + n + 1, "0") == strlen(s + n + 1) ? n : 0;
}

/* Where "1" is a label too, "1.0" is the same. to[old] is the new index; false: nothing to do. */
static bool merged(struct ft_labels *l, int32_t *to)
{
    struct ft_labels out;
    bool any = false;
    for (size_t i = 0; i < l->n && !any; i++) {
        size_t n = float_of_whole(l->names[i]);
        any = n && ft_labels_find(l, l->names[i], n) >= 0;
    }
    if (!any) return false;
    ft_labels_init(&out);
    for (size_t i = 0; i < l->n; i++) {
        size_t n = float_of_whole(l->names[i]);
        if (!n || ft_labels_find(l, l->names[i], n) < 0) n = strlen(l->names[i]);
        to[i] = ft_labels_add(&out, l->names[i], n);
    }
    ft_labels_release(l);
    *l = out;
    return true;
}

/* Labels get new numbers, -1: none. */
static void relabel(struct ft_examples_build *b, const int32_t *to)
{
    struct ft_examples *x = b->x;
    if (x->several) {
        ft_examples_map_sets(b, to);
        return;
    }
    for (size_t i = 0; i < x->n; i++)
        if (x->items[i].label >= 0) x->items[i].label = to[x->items[i].label];
}

/* Rows that have one of these labels. */
static void note_floats(struct ft_examples *x, const bool *is_float, size_t labels)
{
    for (size_t i = 0; i < x->n; i++) {
        bool has = false;
        for (size_t k = 0; k < labels && !has; k++)
            has = is_float[k] && ft_examples_has(x, &x->items[i], k);
        if (has && !x->label_floats.rows++) x->label_floats.first = x->items[i].row;
    }
}

/* Numbers that a data frame turned into floats are the labels that they were. */
void ft_examples_merge_floats(struct ft_examples_build *b)
{
    struct ft_examples *x = b->x;
    size_t n = x->labels.n;
    int32_t *to = ft_xcalloc(n + b->strata.n + 1, sizeof *to), *strata = to + n;
    bool *is_float = ft_xcalloc(n + 1, sizeof *is_float);
    for (size_t i = 0; i < n; i++)
        is_float[i] = float_of_whole(x->labels.names[i]) > 0;
    if (merged(&x->labels, to)) {
        bool *trained = ft_xcalloc(n, sizeof *trained);
        for (size_t i = 0; i < n; i++) {
            trained[to[i]] |= b->trained[i];
            if ((size_t)to[i] < i) b->first_row[to[i]] = b->first_row[i];
        }
        free(b->trained);
        b->trained = trained;
        b->trained_cap = n;
        note_floats(x, is_float, n);
        relabel(b, to);
    }
    if (merged(&b->strata, strata))
        for (size_t i = 0; i < x->n; i++)
            if (x->items[i].stratum >= 0) x->items[i].stratum = strata[x->items[i].stratum];
    free(is_float);
    free(to);
}

/* The model's label for a label of the file: the same, 1 for 1.0 and the other way round, or, where
 * the file has numbers and the model names, the one with that id. */
static int32_t find_given(const struct ft_examples_build *b, const char *name)
{
    const struct ft_labels *given = b->opt->labels;
    size_t n = strlen(name), whole = float_of_whole(name);
    if (b->x->by_id) {
        char *end, *id = ft_xstrndup(name, whole ? whole : n);
        long long i = strtoll(id, &end, 10);
        bool good = *id && !*end && *id != '-' && *id != '+' && *id != ' ';
        free(id);
        return good && i >= 0 && (unsigned long long)i < given->n ? (int32_t)i : -1;
    }
    int32_t at = ft_labels_find(given, name, n);
    if (at < 0 && whole) at = ft_labels_find(given, name, whole);
    for (size_t i = 0; i < given->n && at < 0; i++) {
        size_t k = float_of_whole(given->names[i]);
        if (k && k == n && !memcmp(given->names[i], name, n)) at = (int32_t)i;
    }
    return at;
}

void ft_examples_settle_ids(struct ft_examples_build *b)
{
    struct ft_examples *x = b->x;
    if (!b->opt->labels || b->opt->unlabelled || !x->labels.n) return;
    for (size_t i = 0; i < x->labels.n; i++)
        if (find_given(b, x->labels.names[i]) >= 0) return;
    x->by_id = true;
    for (size_t i = 0; i < x->labels.n && x->by_id; i++)
        if (find_given(b, x->labels.names[i]) < 0) x->by_id = false;
}

/* A label that cannot be learned or scored, and those that can. */
static enum ft_status fail_unknown(struct ft_examples_build *b, size_t label)
{
    enum { SHOWN = 5 };
    const struct ft_examples *x = b->x;
    const struct ft_labels *given = b->opt->labels, *known = given ? given : &x->labels;
    struct ft_str list = {0};
    size_t rows = 0, n = 0;
    for (size_t k = 0; k < x->n; k++)
        rows += ft_examples_has(x, &x->items[k], label);
    for (size_t i = 0; i < known->n; i++) {
        if (!given && !b->trained[i]) continue;
        if (n++ < SHOWN) ft_str_addf(&list, "%s%s", n > 1 ? ", " : "", known->names[i]);
    }
    enum ft_status st =
        ft_fail(b->err, FT_FORMAT,
                "%s: row %zu: label \"%s\" (%zu row%s) is not %s; expected %s%s: correct it or "
                "remove the row%s",
                b->opt->tables[b->first_row[label].file]->path, b->first_row[label].row,
                x->labels.names[label], rows, ft_plural(rows),
                given ? "one of the model's labels" : "in the training split", ft_str_text(&list),
                n > SHOWN ? ", .." : "", ft_plural(rows));
    ft_str_release(&list);
    return st;
}

enum ft_status ft_examples_check_labels(struct ft_examples_build *b)
{
    struct ft_examples *x = b->x;
    const struct ft_labels *given = b->opt->labels;
    if (b->opt->unlabelled) return FT_OK;
    if (x->labels.n > LABELS_SANE && x->labels.n * 2 > x->n)
        return ft_fail(b->err, FT_FORMAT,
                       "%s: column \"%s\" has %zu different labels in %zu rows; choose another "
                       "column with --label_column",
                       b->opt->tables[0]->path,
                       ft_table_name(b->opt->tables[0], (size_t)b->opt->columns.label), x->labels.n,
                       x->n);
    for (size_t i = 0; i < x->labels.n; i++) {
        const char *name = x->labels.names[i];
        bool known = given ? find_given(b, name) >= 0 : b->trained[i];
        if (!known) return fail_unknown(b, i);
    }
    return FT_OK;
}

void ft_examples_order_labels(struct ft_examples_build *b)
{
    struct ft_examples *x = b->x;
    int32_t *to = ft_xcalloc(x->labels.n, sizeof *to);
    if (b->opt->labels) {
        struct ft_labels own;
        ft_labels_copy(&own, b->opt->labels);
        for (size_t i = 0; i < x->labels.n; i++) /* unlabelled: one that is unknown is none */
            to[i] = find_given(b, x->labels.names[i]);
        ft_labels_release(&x->labels);
        x->labels = own;
    } else {
        ft_labels_sort(&x->labels, to);
    }
    relabel(b, to);
    free(to);
}

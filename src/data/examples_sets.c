/* Examples with any number of labels: see examples_in.h and label_sets.h. The label of a row, in edits
 * too, is its set as a JSON list, sorted and without repeats, whatever form the file has. */
#include "data/examples_in.h"

#include "data/label_form.h"
#include "util/hash.h"

#include <stdlib.h>
#include <string.h>

/* A stratum of fewer rows cannot be split by the default shares: its rows join others. */
enum { STRATUM_ROWS = 10 };

struct ft_text ft_examples_set_text(struct ft_examples_build *b, uint8_t file, size_t row)
{
    struct ft_str json = {0};
    struct ft_text text = {NULL, 0};
    bool repeats = false;
    bool there = ft_label_form_set(b->opt->tables[file], &b->columns[file], row,
                                   b->opt->tables[FT_PART_TRAIN], &b->columns[FT_PART_TRAIN], &json,
                                   &repeats);
    if (repeats && !b->x->label_repeats.rows++) b->x->label_repeats.first = row;
    if (there)
        text = (struct ft_text){ft_arena_strndup(&b->x->arena, json.data, json.len), json.len};
    ft_str_release(&json);
    return text;
}

int32_t ft_examples_set(struct ft_examples_build *b, struct ft_text label, uint8_t file, size_t row,
                        enum ft_part part)
{
    struct ft_arena arena = {0};
    struct ft_text *names;
    size_t n = ft_label_list(label, "", &arena, &names);
    int32_t *ids = ft_arena_alloc(&arena, (n + 1) * sizeof *ids);
    for (size_t i = 0; i < n; i++)
        ids[i] = ft_examples_label(b, names[i], file, row, part);
    int32_t set = ft_label_sets_add(&b->x->sets, ids, n);
    ft_arena_release(&arena);
    return set;
}

void ft_examples_map_sets(struct ft_examples_build *b, const int32_t *to)
{
    struct ft_examples *x = b->x;
    int32_t *set_to = ft_xcalloc(x->sets.n + 1, sizeof *set_to);
    ft_label_sets_map(&x->sets, to, set_to);
    for (size_t i = 0; i < x->n; i++)
        if (x->items[i].label >= 0) x->items[i].label = set_to[x->items[i].label];
    free(set_to);
}

/* ---- strata ---- */

static size_t *count_strata(const struct ft_examples *x, const struct ft_labels *strata)
{
    size_t *rows = ft_xcalloc(strata->n + 1, sizeof *rows);
    for (size_t i = 0; i < x->n; i++)
        if (x->items[i].stratum >= 0) rows[x->items[i].stratum]++;
    return rows;
}

/* The rarest label of a set's text, by how many rows have it; "" for the empty set. */
static struct ft_text rarest(const char *set, const struct ft_strmap *label_rows,
                             struct ft_arena *arena)
{
    struct ft_text *names, found = {"", 0};
    size_t n = ft_label_list((struct ft_text){set, strlen(set)}, "", arena, &names), least = 0;
    for (size_t i = 0; i < n; i++) {
        const size_t *rows = ft_strmap_get(label_rows, names[i].data, names[i].n);
        if (found.n && *rows >= least) continue;
        least = *rows;
        found = names[i];
    }
    return found;
}

/* Replaces the strata of too few rows by strata of their rarest labels, or, all_in_one, by one. */
static void join_rare(struct ft_examples_build *b, bool all_in_one)
{
    struct ft_examples *x = b->x;
    struct ft_labels *old = &b->strata, next;
    struct ft_arena arena = {0};
    struct ft_strmap label_rows = {0};
    size_t *rows = count_strata(x, old);
    int32_t *to = ft_xcalloc(old->n + 1, sizeof *to);
    for (size_t s = 0; s < old->n; s++) {
        struct ft_text *names;
        size_t n = ft_label_list((struct ft_text){old->names[s], strlen(old->names[s])}, "", &arena,
                                 &names);
        for (size_t i = 0; i < n; i++) {
            size_t *sum = ft_strmap_get(&label_rows, names[i].data, names[i].n);
            if (sum)
                *sum += rows[s];
            else
                ft_strmap_put(&label_rows, names[i].data, names[i].n, rows[s]);
        }
    }
    ft_labels_init(&next);
    for (size_t s = 0; s < old->n; s++) {
        const char *name = old->names[s];
        if (rows[s] >= STRATUM_ROWS) {
            to[s] = ft_labels_add(&next, name, strlen(name));
        } else if (all_in_one) {
            to[s] = ft_labels_add(&next, "others", 6);
        } else {
            struct ft_str key = {0};
            struct ft_text label = rarest(name, &label_rows, &arena);
            ft_str_addz(&key, "with ");
            ft_str_add(&key, label.data, label.n);
            to[s] = ft_labels_add(&next, key.data, key.len);
            ft_str_release(&key);
        }
    }
    for (size_t i = 0; i < x->n; i++)
        if (x->items[i].stratum >= 0) x->items[i].stratum = to[x->items[i].stratum];
    ft_labels_release(old);
    *old = next;
    ft_strmap_release(&label_rows);
    ft_arena_release(&arena);
    free(rows);
    free(to);
}

void ft_examples_set_strata(struct ft_examples_build *b)
{
    join_rare(b, false);
    join_rare(b, true);
}

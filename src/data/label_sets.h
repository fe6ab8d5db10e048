/* Rows with any number of labels: the labels of a cell, and the different sets of labels that a table
 * has. A cell is a JSON list ["a","b"] (also Python's ['a', 'b'], and numbers), the canonical form, or
 * names with a delimiter between them; an empty list is a row with none of the labels, an empty cell one
 * that nobody has labelled. Examples refer to a set by its number, so that equal sets are equal numbers.
 *
 *     n = ft_label_list(cell, "|", &arena, &names);        names[0..n)
 *     set = ft_label_sets_add(&sets, ids, n);               ids are sorted, repeats removed
 *     ids = ft_label_sets_at(&sets, set, &n);
 *     ft_label_sets_json(&sets, set, labels.names, &out);   ["a","b"]
 *
 * Threads: building is one thread's; afterwards it is read-only. */
#ifndef FT_DATA_LABEL_SETS_H
#define FT_DATA_LABEL_SETS_H

#include "data/table.h"
#include "util/hash.h"
#include "util/str.h"

struct ft_label_sets {
    size_t n;
    /* private */
    size_t *start, start_cap; /* (n + 1) into items */
    int32_t *items;           /* labels of each set, ascending */
    size_t items_cap;
    struct ft_strmap index; /* the bytes of a set's labels to its number */
    struct ft_arena arena;
};
void ft_label_sets_release(struct ft_label_sets *s);
/* The number of the set of ids[0..n), which are sorted here, repeats removed; new sets get the next
 * number. */
int32_t ft_label_sets_add(struct ft_label_sets *s, int32_t *ids, size_t n);
/* The labels of a set, ascending; *n may be 0. */
const int32_t *ft_label_sets_at(const struct ft_label_sets *s, int32_t set, size_t *n);
bool ft_label_sets_has(const struct ft_label_sets *s, int32_t set, int32_t label);
/* Labels get new numbers: to[old], -1 removes it from its sets. set_to (s->n entries) gets the new
 * number of each old set; sets that became equal are one. */
void ft_label_sets_map(struct ft_label_sets *s, const int32_t *to, int32_t *set_to);
/* Appends a set as a JSON list, or as "a, b" ("none" if it is empty). */
void ft_label_sets_json(const struct ft_label_sets *s, int32_t set, char *const *names,
                        struct ft_str *out);
void ft_label_sets_text(const struct ft_label_sets *s, int32_t set, char *const *names,
                        struct ft_str *out);

/* The labels of one cell, trimmed, in the order of the cell, repeats included; an empty one between two
 * delimiters and null in a list are left out. delimiter NULL or "": a cell that is no list is one label.
 * *names lies in the arena, its texts there or in the cell. */
size_t ft_label_list(struct ft_text cell, const char *delimiter, struct ft_arena *arena,
                     struct ft_text **names);
/* Does the cell begin and end like a list? */
bool ft_label_list_is(struct ft_text cell);
/* Appends texts as the JSON list that ft_label_list reads. */
void ft_label_list_json(const struct ft_text *names, size_t n, struct ft_str *out);
/* The delimiter with which most of a column's first rows look like several labels in a cell: "|", ";", "#" or
 * ","; NULL: they do not. Labels come back in other combinations; numbers need a cell with three, since
 * 3,5 may be a fraction. */
const char *ft_label_list_delimiter(const struct ft_table *t, size_t col);

#endif

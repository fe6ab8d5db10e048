/* The set of labels and their order: a model's id2label if it has one, otherwise sorted as text
 * (numbers as numbers). */
#ifndef FT_DATA_LABELS_H
#define FT_DATA_LABELS_H

#include "util/hash.h"
#include "util/mem.h"

#include <stdbool.h>
#include <stdint.h>

struct ft_labels {
    char **names; /* ended by 0; owned here */
    size_t n;
    /* private */
    size_t cap;
    struct ft_arena arena;
    struct ft_strmap index;
};
void ft_labels_init(struct ft_labels *l);
void ft_labels_release(struct ft_labels *l);
/* The index of a label, -1 when it is not there. Blanks around it do not count. */
int32_t ft_labels_find(const struct ft_labels *l, const char *name, size_t n);
/* The same, added at the end when missing. */
int32_t ft_labels_add(struct ft_labels *l, const char *name, size_t n);
/* Sorts; new_of_old (may be NULL) has l->n entries and gets each old index's new place. */
void ft_labels_sort(struct ft_labels *l, int32_t *new_of_old);
/* Copies: *to is initialised here. */
void ft_labels_copy(struct ft_labels *to, const struct ft_labels *from);

#endif

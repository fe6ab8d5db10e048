/* The set of labels: see labels.h. */
#include "data/labels.h"

#include "data/text.h"
#include "util/str.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void ft_labels_init(struct ft_labels *l)
{
    memset(l, 0, sizeof *l);
}

void ft_labels_release(struct ft_labels *l)
{
    ft_strmap_release(&l->index);
    ft_arena_release(&l->arena);
    free(l->names);
    memset(l, 0, sizeof *l);
}

int32_t ft_labels_find(const struct ft_labels *l, const char *name, size_t n)
{
    struct ft_text s = ft_text_trim((struct ft_text){name, n});
    const size_t *hit = ft_strmap_get(&l->index, s.data, s.n);
    return hit ? (int32_t)*hit : -1;
}

int32_t ft_labels_add(struct ft_labels *l, const char *name, size_t n)
{
    int32_t at = ft_labels_find(l, name, n);
    if (at >= 0 || l->n >= INT32_MAX) return at;
    struct ft_text s = ft_text_trim((struct ft_text){name, n});
    char *own = ft_arena_alloc(&l->arena, s.n + 1);
    if (s.n) memcpy(own, s.data, s.n);
    own[s.n] = 0;
    ft_grow(&l->names, &l->cap, l->n + 1, sizeof *l->names);
    l->names[l->n] = own;
    ft_strmap_put(&l->index, own, s.n, l->n);
    return (int32_t)l->n++;
}

struct named {
    char *name;
    size_t old;
    double number; /* NaN: is none */
};

static int compare(const void *a, const void *b)
{
    const struct named *x = a, *y = b;
    bool nx = !isnan(x->number), ny = !isnan(y->number);
    if (nx != ny) return nx ? -1 : 1; /* numbers before words */
    if (nx && x->number != y->number) return x->number < y->number ? -1 : 1;
    return strcmp(x->name, y->name);
}

void ft_labels_sort(struct ft_labels *l, int32_t *new_of_old)
{
    struct named *all = ft_xcalloc(l->n, sizeof *all);
    for (size_t i = 0; i < l->n; i++) {
        all[i] = (struct named){l->names[i], i, NAN};
        if (!ft_parse_double(l->names[i], &all[i].number)) all[i].number = NAN;
    }
    if (l->n) qsort(all, l->n, sizeof *all, compare);
    for (size_t i = 0; i < l->n; i++) {
        l->names[i] = all[i].name;
        if (new_of_old) new_of_old[all[i].old] = (int32_t)i;
        /* Names with a NUL inside keep their whole key. */
        ft_strmap_put(&l->index, all[i].name, strlen(all[i].name), i);
    }
    free(all);
}

void ft_labels_copy(struct ft_labels *to, const struct ft_labels *from)
{
    ft_labels_init(to);
    for (size_t i = 0; i < from->n; i++)
        ft_labels_add(to, from->names[i], strlen(from->names[i]));
}

/* Entity scores: see entity_scores.h. Definitions: seqeval 1.2.2, precision_recall_fscore_support
 * with zero_division 0. */
#include "engine/task/entity_scores.h"

#include "util/mem.h"
#include "util/str.h"

#include <stdlib.h>
#include <string.h>

void ft_entity_scores_init(struct ft_entity_scores *e, const char *const *labels, size_t n)
{
    *e = (struct ft_entity_scores){0};
    ft_tag_set_init(&e->tags, labels, n);
    e->types = e->tags.types.n;
    e->matrix = ft_xcalloc((e->types + 1) * (e->types + 1), sizeof *e->matrix);
    e->right = ft_xcalloc(e->types + 1, sizeof *e->right);
}

static bool overlap(const struct ft_entity *a, const struct ft_entity *b)
{
    return a->first < b->end && b->first < a->end;
}

static bool same_words(const struct ft_entity *a, const struct ft_entity *b)
{
    return a->first == b->first && a->end == b->end;
}

enum ft_entity_error ft_entity_error_of(const struct ft_entity *x, const struct ft_entity *others,
                                        size_t n, bool predicted, size_t *partner)
{
    size_t type = SIZE_MAX, other = SIZE_MAX, lo = 0, hi = n;
    *partner = SIZE_MAX;
    while (lo < hi) { /* ends ascend: the first that ends behind x's beginning */
        size_t mid = lo + (hi - lo) / 2;
        if (others[mid].end > x->first)
            hi = mid;
        else
            lo = mid + 1;
    }
    for (size_t i = lo; i < n && (others[i].first < x->end || others[i].end <= x->end); i++) {
        if (!overlap(x, &others[i])) continue;
        bool same = x->type == others[i].type;
        if (same_words(x, &others[i])) {
            *partner = i;
            return same ? FT_ENTITY_RIGHT : FT_ENTITY_WRONG_TYPE;
        }
        if (same && type == SIZE_MAX) type = i;
        if (other == SIZE_MAX) other = i;
    }
    *partner = type != SIZE_MAX ? type : other;
    if (*partner != SIZE_MAX) return FT_ENTITY_WRONG_BOUNDARY;
    return predicted ? FT_ENTITY_SPURIOUS : FT_ENTITY_MISSED;
}

/* Of both lists as a whole. */
static void count_entities(struct ft_entity_scores *e)
{
    struct ft_entity *truth = ft_xcalloc(e->n + 1, sizeof *truth),
                     *said = ft_xcalloc(e->n + 1, sizeof *said);
    size_t true_n = ft_entities(&e->tags, e->list[0], e->n, truth);
    size_t said_n = ft_entities(&e->tags, e->list[1], e->n, said);
    size_t T = e->types, row = T + 1, partner;
    for (size_t i = 0; i < true_n; i++) {
        enum ft_entity_error how = ft_entity_error_of(&truth[i], said, said_n, false, &partner);
        size_t type = (size_t)truth[i].type;
        e->errors[how]++;
        e->right[type] += how == FT_ENTITY_RIGHT;
        bool same = how == FT_ENTITY_RIGHT || how == FT_ENTITY_WRONG_TYPE;
        e->matrix[type * row + (same ? (size_t)said[partner].type : T)]++;
    }
    for (size_t i = 0; i < said_n; i++) {
        enum ft_entity_error how = ft_entity_error_of(&said[i], truth, true_n, true, &partner);
        bool same = how == FT_ENTITY_RIGHT || how == FT_ENTITY_WRONG_TYPE;
        if (!same) e->matrix[T * row + (size_t)said[i].type]++;
        if (how == FT_ENTITY_SPURIOUS) e->errors[how]++;
    }
    free(truth);
    free(said);
}

void ft_entity_scores_add(struct ft_entity_scores *e, const int32_t *truth,
                          const int32_t *predicted, size_t words)
{
    for (int k = 0; k < 2; k++)
        ft_grow(&e->list[k], &e->cap[k], e->n + words + 1, sizeof *e->list[k]);
    for (size_t i = 0; i < words; i++) {
        if (truth[i] < 0) continue;
        e->list[0][e->n] = truth[i];
        e->list[1][e->n++] = predicted[i];
        int32_t was = predicted[i] < 0 ? e->tags.outside : predicted[i];
        e->words_right += was == truth[i];
        e->words++;
    }
    e->list[0][e->n] = e->list[1][e->n] = -1;
    e->n++;
}

static double share(uint64_t a, uint64_t b)
{
    return b ? (double)a / (double)b : 0;
}

static struct ft_score score_of(uint64_t right, uint64_t said, uint64_t is)
{
    struct ft_score s = {
        .precision = share(right, said), .recall = share(right, is), .support = is};
    double sum = s.precision + s.recall;
    s.f1 = sum > 0 ? 2 * s.precision * s.recall / sum : 0;
    return s;
}

static uint64_t row_sum(const struct ft_entity_scores *e, size_t type)
{
    uint64_t sum = 0;
    for (size_t k = 0; k <= e->types; k++)
        sum += e->matrix[type * (e->types + 1) + k];
    return sum;
}

static uint64_t column_sum(const struct ft_entity_scores *e, size_t type)
{
    uint64_t sum = 0;
    for (size_t k = 0; k <= e->types; k++)
        sum += e->matrix[k * (e->types + 1) + type];
    return sum;
}

/* Types that occur, by name: order[0 .. returned). */
static size_t types_that_occur(const struct ft_entity_scores *e, size_t *order)
{
    struct ft_labels sorted;
    size_t n = 0;
    ft_labels_init(&sorted);
    for (size_t t = 0; t < e->types; t++)
        if (row_sum(e, t) || column_sum(e, t))
            ft_labels_add(&sorted, e->tags.types.names[t], strlen(e->tags.types.names[t]));
    ft_labels_sort(&sorted, NULL);
    for (size_t i = 0; i < sorted.n; i++) {
        const char *name = sorted.names[i];
        order[n++] = (size_t)ft_labels_find(&e->tags.types, name, strlen(name));
    }
    ft_labels_release(&sorted);
    return n;
}

void ft_entity_scores_end(struct ft_entity_scores *e, struct ft_scores *s)
{
    size_t *order = ft_xcalloc(e->types + 1, sizeof *order), T = e->types + 1;
    count_entities(e);
    size_t n = types_that_occur(e, order), L = n + 1;
    uint64_t right = 0, is = 0, said = 0;
    order[n] = e->types;
    s->labels = L;
    s->names = ft_xcalloc(L, sizeof *s->names);
    s->classes = ft_xcalloc(L, sizeof *s->classes);
    s->confusion = ft_xcalloc(L * L, sizeof *s->confusion);
    for (size_t i = 0; i < n; i++) {
        size_t t = order[i];
        s->names[i] = ft_xstrdup(e->tags.types.names[t]);
        s->classes[i] = score_of(e->right[t], column_sum(e, t), row_sum(e, t));
        right += e->right[t];
        is += row_sum(e, t);
        said += column_sum(e, t);
    }
    s->names[n] = ft_xstrdup(FT_ENTITY_NONE);
    for (size_t i = 0; i < L; i++)
        for (size_t k = 0; k < L; k++)
            s->confusion[i * L + k] = e->matrix[order[i] * T + order[k]];
    struct ft_score all = score_of(right, said, is);
    s->precision = all.precision;
    s->recall = all.recall;
    s->f1 = all.f1;
    s->accuracy = share(e->words_right, e->words);
    s->tokens = e->words;
    memcpy(s->entity_errors, e->errors, sizeof s->entity_errors);
    free(order);
    free(e->matrix);
    free(e->right);
    free(e->list[0]);
    free(e->list[1]);
    ft_tag_set_release(&e->tags);
    *e = (struct ft_entity_scores){0};
}

/* The tensors of a file against the parameters of a net; see model_facts_in.h. */
#include "engine/model_facts_in.h"

#include "data/hf_head.h"
#include "util/kinds.h"
#include "util/mem.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

int ft_model_head_task(const struct ft_hf_config *c)
{
    switch (c->head) {
    case FT_HF_HEAD_CLASSIFY:
        return ft_hf_head_classifies(c) ? FT_TASK_CLASSIFY : -1;
    case FT_HF_HEAD_QA:
        return FT_TASK_QA;
    case FT_HF_HEAD_MLM:
        return FT_TASK_MLM;
    case FT_HF_HEAD_CLM:
        return FT_TASK_CLM;
    default:
        return -1;
    }
}

enum ft_head_use ft_model_head_use(const struct ft_hf_config *c, enum ft_task task, size_t labels)
{
    if (task != FT_TASK_CLASSIFY) return FT_HEAD_AS_IT_IS;
    if (c->head != FT_HF_HEAD_NONE && !ft_hf_head_classifies(c)) return FT_HEAD_NEW;
    /* the names that the folder gives are no names of this head's outputs */
    bool other = labels && c->labels_given && c->label_count != labels;
    return other ? FT_HEAD_NEW : FT_HEAD_IF_FITS;
}

void ft_model_head_why(const struct ft_hf_config *c, const struct ft_model_match *m, size_t labels,
                       struct ft_str *out)
{
    if (!m->head_rows) return;
    if (c->head != FT_HF_HEAD_NONE && !ft_hf_head_classifies(c))
        ft_str_addf(out, "the folder's is for %s", ft_hf_head_purpose(c));
    else if (m->head_rows != labels)
        ft_str_addf(out, "the folder's is for %zu labels, not %zu", m->head_rows, labels);
    else
        ft_str_addf(out, "the folder's has %zu outputs, but config.json names %zu labels",
                    m->head_rows, c->label_count);
}

void ft_model_label_order(const struct ft_hf_config *c, const char *const *labels, size_t *order)
{
    static int (*const same[])(const char *, const char *) = {strcmp, strcasecmp};
    size_t n = c->label_count, next = 0;
    bool *taken = ft_xcalloc(n + 1, sizeof *taken);
    for (size_t i = 0; i < n; i++)
        order[i] = n;
    for (size_t pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < n; i++)
            for (size_t k = 0; k < n && order[i] == n; k++)
                if (!taken[k] && !same[pass](labels[k], c->labels[i])) {
                    order[i] = k;
                    taken[k] = true;
                }
    for (size_t i = 0; i < n; i++) {
        while (order[i] == n && taken[next])
            next++;
        if (order[i] == n) order[i] = next++;
    }
    free(taken);
}

void ft_model_head_renamed(const struct ft_hf_config *c, const char *const *labels, size_t label_n,
                           struct ft_str *out)
{
    enum { SHOWN = 6 };
    struct ft_str now = {0};
    size_t n = 0;
    if (!labels || !c->labels_given || c->label_count != label_n) return;
    size_t *order = ft_xcalloc(label_n + 1, sizeof *order);
    ft_model_label_order(c, labels, order);
    for (size_t i = 0; i < label_n; i++) {
        const char *name = labels[order[i]];
        if (!strcmp(c->labels[i], name)) continue;
        const char *between = n ? ", " : "";
        if (n < SHOWN) {
            ft_str_addf(out, "%s%s", between, c->labels[i]);
            ft_str_addf(&now, "%s%s", between, name);
        } else if (n == SHOWN) {
            ft_str_addz(out, ", ..");
            ft_str_addz(&now, ", ..");
        }
        n++;
    }
    if (n) ft_str_addf(out, " %s now called %s", n == 1 ? "is" : "are", ft_str_text(&now));
    ft_str_release(&now);
    free(order);
}

bool ft_model_spare(const struct ft_param *p)
{
    return p->flags & FT_PARAM_HEAD || p->role == FT_ROLE_POOL_W || p->role == FT_ROLE_POOL_B;
}

static bool same_shape(const struct ft_st_tensor *t, const struct ft_param *p)
{
    bool fits = t->rank == p->ndim;
    for (size_t d = 0; fits && d < p->ndim; d++)
        fits = t->shape[d] == p->shape[d];
    return fits;
}

static enum ft_status fail_shape(const struct ft_st *file, const struct ft_st_tensor *t,
                                 const struct ft_param *p, struct ft_err *err)
{
    char found[192], want[64];
    bool rows = t->rank == p->ndim && t->shape[0] != p->shape[0] &&
                (p->ndim == 1 || t->shape[1] == p->shape[1]);
    if (p->flags & FT_PARAM_HEAD && (p->role == FT_ROLE_OUT_W || p->role == FT_ROLE_OUT_B) && rows)
        return ft_fail(err, FT_FORMAT,
                       "%s: tensor %s is for %zu labels, but config.json has %zu (id2label, "
                       "num_labels); correct config.json: it needs %zu labels",
                       ft_st_file(file, t->shard), t->name, t->shape[0], p->shape[0], t->shape[0]);
    if (p->ndim == 1)
        snprintf(want, sizeof want, "(%zu)", p->shape[0]);
    else
        snprintf(want, sizeof want, "(%zu, %zu)", p->shape[0], p->shape[1]);
    return ft_fail(err, FT_FORMAT,
                   "%s: tensor %s has shape %s, expected %s from config.json; weights and "
                   "configuration are not of the same model",
                   ft_st_file(file, t->shard), t->name, ft_st_shape_text(t, found, sizeof found),
                   want);
}

enum ft_status ft_model_match(struct ft_model_match *m, const struct ft_st *file,
                              const struct ft_params *ps, enum ft_head_use use, struct ft_err *err)
{
    size_t n = ft_st_count(file);
    *m = (struct ft_model_match){.file_of = ft_xcalloc(ps->n + 1, sizeof *m->file_of),
                                 .unexpected = ft_xcalloc(n + 1, sizeof *m->unexpected),
                                 .other_head = ft_xcalloc(ps->n + 1, sizeof *m->other_head)};
    for (size_t k = 0; k < ps->n; k++)
        m->file_of[k] = SIZE_MAX;
    for (size_t i = 0; i < n; i++) {
        const struct ft_st_tensor *t = ft_st_at(file, i);
        size_t k;
        enum ft_param_match what = ft_params_match(ps, t->name, &k);
        if (what == FT_PARAM_IGNORE) continue;
        m->parameters += t->count;
        if (what != FT_PARAM_UNEXPECTED && m->file_of[k] != SIZE_MAX)
            return ft_fail(err, FT_FORMAT, "%s: tensor %s is there twice under two names",
                           ft_st_file(file, t->shard), ps->items[k].name);
        bool head = what != FT_PARAM_UNEXPECTED && ps->items[k].flags & FT_PARAM_HEAD;
        if (head && ps->items[k].role == FT_ROLE_OUT_W && t->rank) m->head_rows = t->shape[0];
        if (what == FT_PARAM_UNEXPECTED) {
            m->unexpected[m->unexpected_n++] = i;
        } else if (!(head && use == FT_HEAD_NEW) && same_shape(t, &ps->items[k])) {
            m->file_of[k] = i;
        } else if (head && use != FT_HEAD_AS_IT_IS) {
            m->other_head[k] = true;
            m->unexpected[m->unexpected_n++] = i;
        } else {
            return fail_shape(file, t, &ps->items[k], err);
        }
    }
    return FT_OK;
}

void ft_model_match_release(struct ft_model_match *m)
{
    free(m->file_of);
    free(m->unexpected);
    free(m->other_head);
    *m = (struct ft_model_match){0};
}

enum ft_status ft_model_match_whole(const struct ft_model_match *m, const struct ft_params *ps,
                                    const char *path, struct ft_err *err)
{
    for (size_t k = 0; k < ps->n; k++)
        if (m->file_of[k] == SIZE_MAX && !ft_model_spare(&ps->items[k]))
            return ft_fail(err, FT_FORMAT, "%s: tensor %s is missing; the model is not whole", path,
                           ps->items[k].name);
    return FT_OK;
}

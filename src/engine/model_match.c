/* The tensors of a file against the parameters of a net; see model_facts_in.h. */
#include "engine/model_facts_in.h"

#include "util/kinds.h"
#include "util/mem.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int ft_model_head_task(enum ft_hf_head head)
{
    static const int tasks[FT_HF_HEAD_COUNT] = {
        [FT_HF_HEAD_NONE] = -1,         [FT_HF_HEAD_CLASSIFY] = FT_TASK_CLASSIFY,
        [FT_HF_HEAD_QA] = FT_TASK_QA,   [FT_HF_HEAD_MLM] = FT_TASK_MLM,
        [FT_HF_HEAD_CLM] = FT_TASK_CLM, [FT_HF_HEAD_TOKENS] = -1,
    };
    return tasks[head];
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
                              const struct ft_params *ps, bool new_head, struct ft_err *err)
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
        if (what == FT_PARAM_UNEXPECTED) {
            m->unexpected[m->unexpected_n++] = i;
        } else if (same_shape(t, &ps->items[k])) {
            m->file_of[k] = i;
        } else if (new_head && ps->items[k].flags & FT_PARAM_HEAD) {
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

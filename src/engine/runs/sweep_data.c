/* Data and models of a sweep: see sweep_data.h. */
#include "engine/runs/sweep_data.h"

#include "engine/model/models.h"
#include "engine/task/task.h"
#include "engine/train/session.h"
#include "util/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const struct ft_sweep_param *swept(const struct ft_sweep_spec *spec, enum ft_opt option)
{
    for (size_t i = 0; i < spec->space.n; i++)
        if (spec->space.params[i].option == option) return &spec->space.params[i];
    return NULL;
}

/* Configuration i of the space, for trying: of ranges their beginnings. */
static enum ft_status set_values(const struct ft_sweep_space *space, size_t i, struct ft_options *o,
                                 struct ft_err *err)
{
    enum ft_status st = FT_OK;
    for (size_t k = 0; k < space->n && !st; k++) {
        const struct ft_sweep_param *p = &space->params[k];
        size_t n = p->scale == FT_SWEEP_LIST ? p->n : 1;
        char *value =
            p->scale == FT_SWEEP_LIST ? ft_xstrdup(p->values[i % n]) : ft_sweep_param_text(p, 0);
        st = ft_options_set_id(o, p->option, value, true, err);
        i /= n;
        free(value);
    }
    return st;
}

static enum ft_status try_first(const struct ft_sweep_spec *spec, const struct ft_options *o,
                                size_t i, struct ft_options *first, struct ft_err *err)
{
    static const enum ft_opt needed[] = {FT_OPT_model, FT_OPT_data};
    char fold[32];
    ft_options_copy(first, o);
    enum ft_status st = set_values(&spec->space, i, first, err);
    snprintf(fold, sizeof fold, "1/%zu", spec->folds);
    if (!st && spec->folds) st = ft_options_set_id(first, FT_OPT_fold, fold, true, err);
    for (size_t k = 0; k < sizeof needed / sizeof *needed && !st; k++)
        if (!*ft_options_text(first, needed[k]))
            st = ft_fail(err, FT_USAGE, "--%s is required", ft_option_at(needed[k])->name);
    if (!st) {
        enum ft_task task = ft_session_task(first);
        ft_task_settle(first, task);
        st = ft_task_check(first, task, err);
    }
    if (st) ft_options_release(first);
    return st;
}

enum ft_status ft_sweep_data_first(const struct ft_sweep_spec *spec, const struct ft_options *o,
                                   struct ft_options *first, struct ft_err *err)
{
    enum { TRIED_MAX = 64 };
    double all = 1;
    for (size_t k = 0; k < spec->space.n; k++)
        if (spec->space.params[k].scale == FT_SWEEP_LIST) all *= (double)spec->space.params[k].n;
    struct ft_err why = {0};
    enum ft_status st = try_first(spec, o, 0, first, &why);
    for (size_t i = 1; st == FT_USAGE && i < TRIED_MAX && (double)i < all; i++)
        if (!try_first(spec, o, i, first, NULL)) return FT_OK;
    return st ? ft_fail(err, st, "%s", why.msg) : FT_OK;
}

static enum ft_status check_models(const struct ft_sweep_spec *spec, const struct ft_options *first,
                                   enum ft_opt option, struct ft_err *err)
{
    const struct ft_sweep_param *p = swept(spec, option);
    const char *one = ft_options_text(first, option);
    enum ft_status st = !p && *one ? ft_models_find(one, err) : FT_OK;
    for (size_t i = 0; p && i < p->n && !st; i++)
        st = ft_models_find(p->values[i], err);
    return st;
}

static enum ft_status check_folds(const struct ft_run_data *d, size_t folds, struct ft_err *err)
{
    const struct ft_labels *labels = &d->x.labels;
    if (!folds || !ft_task_has(d->task, FT_TRAIT_CLASSES) || d->x.tagged[FT_PART_TRAIN])
        return FT_OK;
    for (size_t k = 0; k < labels->n; k++) {
        size_t n = 0;
        for (int part = 0; part < FT_PART_COUNT; part++)
            n += d->x.counts[k][part];
        if (n < folds)
            return ft_fail(
                err, FT_USAGE,
                "folds: label %.80s has %zu row%s, fewer than %zu folds: use at most %zu "
                "folds, or more rows of it",
                labels->names[k], n, ft_plural(n), folds, n > 1 ? n : 2);
    }
    return FT_OK;
}

enum ft_status ft_sweep_data_look(struct ft_sweep_data *d, const struct ft_sweep_spec *spec,
                                  const struct ft_options *o, struct ft_err *err)
{
    struct ft_options first;
    struct ft_run_data data = {0};
    *d = (struct ft_sweep_data){0};
    enum ft_status st = ft_sweep_data_first(spec, o, &first, err);
    if (st) return st;
    d->task = ft_session_task(&first);
    bool taught = *ft_options_text(&first, FT_OPT_teacher) || swept(spec, FT_OPT_teacher);
    st = check_models(spec, &first, FT_OPT_model, err);
    if (!st) st = check_models(spec, &first, FT_OPT_teacher, err);
    if (!st) st = ft_task_open(&data, d->task, &first, NULL, taught, err);
    if (!st) {
        st = check_folds(&data, spec->folds, err);
        d->train = ft_task_ops(d->task)->count(&data, FT_PART_TRAIN);
        d->validation = ft_task_ops(d->task)->count(&data, FT_PART_VALIDATION);
        d->labels = data.x.labels.n;
        for (size_t i = 0; i < data.x.n; i++)
            d->bytes +=
                (double)(data.x.items[i].text.n + data.x.items[i].pair.n) / (double)data.x.n;
    }
    ft_run_data_release(&data);
    ft_options_release(&first);
    return st;
}

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

enum ft_status ft_sweep_data_first(const struct ft_sweep_spec *spec, const struct ft_options *o,
                                   struct ft_options *first, struct ft_err *err)
{
    enum ft_status st = FT_OK;
    ft_options_copy(first, o);
    for (size_t i = 0; i < spec->space.n && !st; i++) {
        const struct ft_sweep_param *p = &spec->space.params[i];
        char *value =
            p->scale == FT_SWEEP_LIST ? ft_xstrdup(p->values[0]) : ft_sweep_param_text(p, 0);
        st = ft_options_set_id(first, p->option, value, true, err);
        free(value);
    }
    char fold[32];
    snprintf(fold, sizeof fold, "1/%zu", spec->folds);
    if (!st && spec->folds) st = ft_options_set_id(first, FT_OPT_fold, fold, true, err);
    static const enum ft_opt needed[] = {FT_OPT_model, FT_OPT_data};
    for (size_t i = 0; i < sizeof needed / sizeof *needed && !st; i++)
        if (!*ft_options_text(first, needed[i]))
            st = ft_fail(err, FT_USAGE, "--%s is required", ft_option_at(needed[i])->name);
    if (!st) {
        enum ft_task task = ft_session_task(first);
        ft_task_settle(first, task);
        st = ft_task_check(first, task, err);
    }
    if (st) ft_options_release(first);
    return st;
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
    }
    ft_run_data_release(&data);
    ft_options_release(&first);
    return st;
}

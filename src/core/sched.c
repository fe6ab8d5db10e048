/* Learning-rate schedules: see sched.h. */
#include "core/sched.h"

#include <math.h>
#include <string.h>

static const struct {
    const char *name, *help;
} rows[FT_SCHED_COUNT] = {
#define X(id, name, help) [FT_SCHED_##id] = {name, help},
    FT_SCHED_LIST(X)
#undef X
};

bool ft_sched_parse(const char *name, enum ft_sched_kind *kind)
{
    for (int i = 0; i < FT_SCHED_COUNT; i++) {
        if (strcmp(name, rows[i].name) == 0) {
            *kind = (enum ft_sched_kind)i;
            return true;
        }
    }
    return false;
}

const char *ft_sched_name(enum ft_sched_kind kind)
{
    return rows[kind].name;
}

const char *ft_sched_help(enum ft_sched_kind kind)
{
    return rows[kind].help;
}

uint64_t ft_sched_warmup(double warmup_steps, double warmup_ratio, uint64_t total)
{
    if (warmup_steps >= 1.0) return (uint64_t)warmup_steps;
    double share = warmup_steps > 0.0 ? warmup_steps : warmup_ratio;
    return share > 0.0 ? (uint64_t)ceil((double)total * share) : 0;
}

/* transformers' default of get_polynomial_decay_schedule_with_warmup; power 1. */
static const double polynomial_end = 1e-7;
static const double pi = 3.14159265358979323846;

double ft_sched_lr(enum ft_sched_kind kind, double base_lr, uint64_t step, uint64_t warmup,
                   uint64_t total)
{
    if (kind == FT_SCHED_CONSTANT) return base_lr;
    if (step < warmup) return base_lr * ((double)step / (double)warmup);
    if (kind == FT_SCHED_CONSTANT_WITH_WARMUP) return base_lr;
    double span = total > warmup ? (double)(total - warmup) : 1.0;
    double done = (double)(step - warmup) / span;
    double left = step < total ? (double)(total - step) / span : 0.0;
    switch (kind) {
    case FT_SCHED_COSINE: {
        double factor = 0.5 * (1.0 + cos(pi * done));
        return base_lr * (factor > 0.0 ? factor : 0.0);
    }
    case FT_SCHED_POLYNOMIAL:
        if (step > total) return polynomial_end;
        return (base_lr - polynomial_end) * left + polynomial_end;
    default:
        return base_lr * left;
    }
}

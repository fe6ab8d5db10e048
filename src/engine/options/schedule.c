/* A run's updates and rates from its options: see schedule.h. core/sched.h has the curves. */
#include "engine/options/schedule.h"

#include "core/sched.h"

#include <math.h>

uint64_t ft_schedule_batches(const struct ft_options *o)
{
    uint64_t shards = (uint64_t)ft_options_int(o, FT_OPT_shards);
    return (uint64_t)ft_options_int(o, FT_OPT_gradient_accumulation_steps) * (shards ? shards : 1);
}

void ft_schedule_make(struct ft_schedule *s, const struct ft_options *o, uint64_t examples)
{
    uint64_t batch = (uint64_t)ft_options_int(o, FT_OPT_per_device_train_batch_size);
    uint64_t accumulate = ft_schedule_batches(o);
    long long max_steps = ft_options_int(o, FT_OPT_max_steps);
    uint64_t batches = (examples + batch - 1) / batch;
    *s = (struct ft_schedule){.peak = ft_options_num(o, FT_OPT_learning_rate)};
    s->epoch_updates = (batches + accumulate - 1) / accumulate;
    s->total =
        max_steps > 0
            ? (uint64_t)max_steps
            : (uint64_t)ceil(ft_options_num(o, FT_OPT_num_train_epochs) * (double)s->epoch_updates);
    s->warmup = ft_sched_warmup(ft_options_num(o, FT_OPT_warmup_steps),
                                ft_options_num(o, FT_OPT_warmup_ratio), s->total);
}

double ft_schedule_lr(const struct ft_schedule *s, const struct ft_options *o, uint64_t step)
{
    enum ft_sched_kind kind = (enum ft_sched_kind)ft_options_choice(o, FT_OPT_lr_scheduler_type);
    if (!s->total) return 0;
    return ft_sched_lr(kind, s->peak, step, s->warmup, s->total);
}

double ft_schedule_evaluations(const struct ft_schedule *s, const struct ft_options *o)
{
    long long every = ft_options_int(o, FT_OPT_eval_steps);
    if (!every) every = ft_options_int(o, FT_OPT_logging_steps);
    int when = ft_options_choice(o, FT_OPT_eval_strategy);
    if (when == FT_STRATEGY_STEPS && every > 0) return floor((double)s->total / (double)every);
    if (when != FT_STRATEGY_EPOCH || !s->epoch_updates) return 0;
    return ceil((double)s->total / (double)s->epoch_updates);
}

double ft_schedule_checkpoints(const struct ft_schedule *s, const struct ft_options *o)
{
    double n = 0, limit = ft_options_num(o, FT_OPT_save_total_limit);
    double every = ft_options_num(o, FT_OPT_save_steps);
    int when = ft_options_choice(o, FT_OPT_save_strategy);
    if (when == FT_STRATEGY_STEPS && every > 0) n = floor((double)s->total / every);
    if (when == FT_STRATEGY_EPOCH && s->epoch_updates)
        n = ceil((double)s->total / (double)s->epoch_updates);
    if (when == FT_STRATEGY_BEST) n = ft_schedule_evaluations(s, o);
    return limit > 0 && n > limit ? limit : n;
}

uint64_t ft_schedule_until(uint64_t step, double share, uint64_t total)
{
    uint64_t at = step ? step : share > 0 ? (uint64_t)(share * (double)total) : total;
    if (!at) at = 1;
    return at < total ? at : total;
}

/* The length of a run: see train_steps.h. */
#include "engine/train/train_steps.h"

#include "core/pool.h"
#include "engine/options/schedule.h"
#include "engine/task/token_balance.h"
#include "engine/train/train_state.h"

size_t ft_train_shards(const struct ft_train *t)
{
    size_t n = (size_t)ft_options_int(&t->o, FT_OPT_shards);
    return n ? n : 1;
}

const struct ft_param *ft_train_by_token(const struct ft_train *t)
{
    const struct ft_net *net = t->model.net;
    return ft_train_shards(t) == 1 ? ft_params_by_token(&net->params, &net->cfg) : NULL;
}

void ft_train_sync(struct ft_train *t)
{
    ft_pool_take();
    ft_optim_rows_sync(&t->rows);
    ft_pool_give();
}

void ft_train_count_steps(struct ft_train *t)
{
    struct ft_schedule s;
    uint64_t batch = (uint64_t)ft_options_int(&t->o, FT_OPT_per_device_train_batch_size);
    ft_schedule_make(&s, &t->o, t->seq[FT_PART_TRAIN].n);
    t->batches = (t->seq[FT_PART_TRAIN].n + batch - 1) / batch;
    t->updates = s.epoch_updates;
    t->total = s.total;
    t->warmup = s.warmup;
    bool by_steps = ft_options_int(&t->o, FT_OPT_max_steps) > 0;
    t->epochs = by_steps ? (double)s.total / (double)s.epoch_updates
                         : ft_options_num(&t->o, FT_OPT_num_train_epochs);
}

struct ft_ws_opt ft_train_room(const struct ft_train *t)
{
    const struct ft_sequences *s = &t->seq[FT_PART_TRAIN];
    size_t batch = (size_t)ft_options_int(&t->o, FT_OPT_per_device_train_batch_size);
    struct ft_ws_opt opt = ft_options_bool(&t->o, FT_OPT_balance_tokens)
                               ? ft_token_balance_ws(s, (size_t)t->batches)
                               : ft_sequences_ws(s, batch, true);
    opt.keep_hidden = t->teacher.hidden;
    opt.checkpoint = ft_options_bool(&t->o, FT_OPT_gradient_checkpointing);
    opt.precision = t->model.net->precision;
    return opt;
}

void ft_update_place(const struct ft_train *t, uint64_t step, uint64_t *epoch, uint64_t *first,
                     uint64_t *n)
{
    uint64_t accumulate = ft_schedule_batches(&t->o);
    *epoch = step / t->updates;
    *first = step % t->updates * accumulate;
    *n = t->batches - *first < accumulate ? t->batches - *first : accumulate;
}

double ft_train_epoch(const struct ft_train *t, uint64_t step)
{
    uint64_t epoch, first, n;
    if (step % t->updates == 0) return (double)(step / t->updates);
    ft_update_place(t, step, &epoch, &first, &n);
    return (double)epoch + (double)first / (double)t->batches;
}

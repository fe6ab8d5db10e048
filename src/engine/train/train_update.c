/* One update of a run, from its batches to the new weights. See train_update.h. Nothing is
 * allocated here once it has begun. Losses that are logged, the norm and the schedule follow
 * transformers' Trainer: an update's loss is the mean over all examples of its batches. */
#include "engine/train/train_update.h"

#include "core/comm.h"
#include "engine/task/task.h"
#include "engine/task/token_balance.h"
#include "engine/train/train_ranks.h"
#include "engine/train/train_state.h"
#include "engine/train/train_steps.h"
#include "util/clock.h"
#include "util/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The word embeddings are updated by rows, from the moments as they are now. */
static void begin_rows(struct ft_train *t)
{
    const struct ft_param *p = ft_train_by_token(t);
    struct ft_net *net = t->model.net;
    if (!p) return;
    struct ft_optim_part part = {.begin = p->offset,
                                 .rows = p->shape[0],
                                 .width = p->shape[1],
                                 .decay = p->decay,
                                 .lr_scale = 1};
    ft_optim_rows_release(&t->rows);
    ft_optim_rows_init(&t->rows, &t->optim, net->w, t->moments[0], t->moments[1], &part);
}

enum ft_status ft_update_begin(struct ft_update *u, struct ft_train *t, struct ft_err *err)
{
    const struct ft_sequences *s = &t->seq[FT_PART_TRAIN];
    struct ft_ws_opt opt = ft_train_room(t);
    *u = (struct ft_update){.order_epoch = UINT64_MAX};
    enum ft_status st = ft_ws_new(&u->ws, t->model.net, &opt, err);
    if (st) return st;
    ft_batch_init(&u->batch, opt.N, opt.B);
    u->order = ft_xcalloc(s->n, sizeof *u->order);
    if (ft_options_bool(&t->o, FT_OPT_balance_tokens))
        u->ends = ft_xcalloc((size_t)t->batches, sizeof *u->ends);
    u->sums = ft_xcalloc(t->shards.n, sizeof *u->sums);
    begin_rows(t);
    return FT_OK;
}

void ft_update_end(struct ft_update *u)
{
    ft_ws_free(u->ws);
    ft_batch_release(&u->batch);
    free(u->order);
    free(u->ends);
    free(u->sums);
}

static double lap(double *from)
{
    double now = ft_now_s(), ms = (now - *from) * 1e3;
    *from = now;
    return ms;
}

/* The sequences of batch b in the epoch's order: *n of them from the returned place on. */
static size_t range_of(const struct ft_train *t, const struct ft_update *u, uint64_t b, size_t *n)
{
    size_t batch = (size_t)ft_options_int(&t->o, FT_OPT_per_device_train_batch_size);
    size_t all = t->seq[FT_PART_TRAIN].n;
    size_t begin = !u->ends ? (size_t)b * batch : b ? u->ends[b - 1] : 0;
    size_t end = u->ends ? u->ends[b] : all - begin < batch ? all : begin + batch;
    *n = end - begin;
    return begin;
}

/* Lays one batch of the epoch and its targets. */
static void fill(const struct ft_train *t, struct ft_update *u, uint64_t epoch, uint64_t b)
{
    size_t n, begin = range_of(t, u, b, &n);
    ft_batch_fill(&u->batch, &t->seq[FT_PART_TRAIN], u->order + begin, n);
    if (!ft_task_has(t->task, FT_TRAIT_MASKS)) return;
    struct ft_masking masking;
    ft_masking_of(&masking, &t->o, &t->model, epoch);
    ft_batch_mask(&u->batch, u->order + begin, &masking);
}

/* The sequences of batch b, within the epoch's order. */
static const size_t *pick_of(const struct ft_train *t, const struct ft_update *u, uint64_t b)
{
    size_t n;
    return u->order + range_of(t, u, b, &n);
}

/* What the teacher's losses of an update are divided by. */
struct teaching {
    double texts, groups; /* of tokens */
};
/* Where an update is, and what its losses are divided by. */
struct place {
    uint64_t epoch, first, batches;
    double weight;
    struct teaching its;
};

/* What the losses of an update's batches are divided by: their examples, tokens or weights; of the
 * teacher's in at->its. */
static double weight_of(const struct ft_train *t, struct ft_update *u, struct place *at)
{
    double weight = 0;
    struct teaching *its = &at->its;
    *its = (struct teaching){0};
    for (uint64_t b = at->first; b < at->first + at->batches; b++) {
        fill(t, u, at->epoch, b);
        u->tokens += u->batch.net.N;
        weight += ft_net_loss_weight(&t->model.net->cfg, &u->batch.net, &u->batch.targets,
                                     t->class_weights);
        its->texts += (double)u->batch.net.B;
        if (t->teacher.hidden)
            its->groups += (double)ft_teacher_groups(&t->teacher, FT_PART_TRAIN, pick_of(t, u, b),
                                                     u->batch.net.B);
    }
    if (its->groups <= 0) its->groups = 1;
    return weight > 0 ? weight : 1; /* nothing weighs anything: the gradient is 0 */
}

/* The teacher's losses of the batch that was just computed. */
static enum ft_status teach(struct ft_train *t, struct ft_update *u, uint64_t b,
                            const struct teaching *its, struct ft_update_sums *sums,
                            struct ft_err *err)
{
    const struct ft_teacher *teacher = &t->teacher;
    if (!teacher->m.net) return FT_OK;
    struct ft_teacher_out out;
    struct ft_net_loss part = {0};
    double from = ft_now_s();
    enum ft_status st = ft_teacher_batch(&t->teacher, FT_PART_TRAIN, pick_of(t, u, b),
                                         u->batch.net.B, u->batch.offsets, &out, err);
    if (st) return st;
    u->teacher_ms += lap(&from);
    if (out.logits) {
        ft_net_distill_loss(t->model.net, u->ws, out.logits, teacher->temperature,
                            (float)(teacher->alpha / its->texts), &part);
        sums->teacher += part.sum;
    }
    if (teacher->hidden) {
        ft_net_hidden_loss(t->model.net, u->ws, &out.groups, out.hidden,
                           (float)(teacher->hidden_weight / its->groups), &part);
        sums->hidden += part.sum;
    }
    return FT_OK;
}

/* Forward and backward of the k-th batch of an update, which is filled in if `fills`. */
static enum ft_status one_batch(struct ft_update *u, struct ft_train *t, const struct place *at,
                                uint64_t k, bool fills, struct ft_update_sums *sums, double *from,
                                struct ft_err *err)
{
    struct ft_net *net = t->model.net;
    if (fills) fill(t, u, at->epoch, at->first + k);
    u->ms[0] += lap(from);
    ft_optim_rows_use(&t->rows, u->batch.net.ids, u->batch.net.N);
    u->ms[3] += lap(from);
    struct ft_drop_key key = {(uint64_t)ft_options_int(&t->o, FT_OPT_seed),
                              (uint32_t)(t->s.micro + k)};
    enum ft_status st = ft_net_forward(net, u->ws, &u->batch.net, &key, err);
    if (st) return st;
    double share = 1 - t->teacher.alpha;
    struct ft_loss_opt opt = {.smoothing =
                                  (float)ft_options_num(&t->o, FT_OPT_label_smoothing_factor),
                              .class_weights = t->class_weights,
                              .grad_scale = (float)(share / at->weight)};
    struct ft_net_loss part = {0};
    ft_net_loss(net, u->ws, &u->batch.targets, &opt, &part);
    sums->label += part.sum;
    if ((st = teach(t, u, at->first + k, &at->its, sums, err))) return st;
    u->ms[1] += lap(from);
    ft_net_backward(net, u->ws);
    u->ms[2] += lap(from);
    return FT_OK;
}

/* The gradients of all batches: batch k belongs to shard k % n. */
static enum ft_status gradients(struct ft_update *u, struct ft_train *t, const struct place *at,
                                double *from, struct ft_err *err)
{
    struct ft_shards *shards = &t->shards;
    memset(u->sums, 0, shards->n * sizeof *u->sums);
    /* The gradient is zero: from the start, and the optimiser leaves it so. */
    for (size_t i = 0; i < shards->own; i++) {
        size_t shard = shards->first + i;
        for (uint64_t k = shard; k < at->batches; k += shards->n) {
            bool fills = at->batches > 1; /* a single one lies there already */
            enum ft_status st = one_batch(u, t, at, k, fills, &u->sums[shard], from, err);
            if (st) return st;
        }
        ft_shards_add(shards, i, &t->model.net->g);
    }
    return FT_OK;
}

/* The losses of the update from those of the shards. */
static void add_losses(struct ft_update *u, const struct ft_train *t, const struct place *at)
{
    struct ft_update_sums sum = {0};
    double alpha = t->teacher.alpha;
    for (size_t i = 0; i < t->shards.n; i++) {
        sum.label += u->sums[i].label;
        sum.teacher += u->sums[i].teacher;
        sum.hidden += u->sums[i].hidden;
    }
    u->label_loss = sum.label / at->weight;
    u->teacher_loss = sum.teacher / at->its.texts;
    u->hidden_loss = sum.hidden / at->its.groups;
    u->loss = (1 - alpha) * u->label_loss + alpha * u->teacher_loss +
              t->teacher.hidden_weight * u->hidden_loss;
}

static void set_rate(struct ft_train *t)
{
    t->optim.lr =
        t->s.lr_factor * ft_sched_lr(t->sched, ft_options_num(&t->o, FT_OPT_learning_rate),
                                     t->s.step, t->warmup, t->total);
}

enum ft_status ft_update_once(struct ft_update *u, struct ft_train *t, struct ft_err *err)
{
    struct ft_net *net = t->model.net;
    const struct ft_sequences *s = &t->seq[FT_PART_TRAIN];
    size_t batch = (size_t)ft_options_int(&t->o, FT_OPT_per_device_train_batch_size);
    struct place at;
    ft_update_place(t, t->s.step, &at.epoch, &at.first, &at.batches);
    double from = ft_now_s(), carried = ft_comm_seconds();
    if (!t->follows) set_rate(t);
    enum ft_status st = t->follows ? FT_OK : ft_train_ranks_update(t, err);
    if (st) return st;
    memset(u->ms, 0, sizeof u->ms);
    u->teacher_ms = 0;
    u->tokens = 0;
    if (u->order_epoch != at.epoch) {
        int how = ft_options_choice(&t->o, FT_OPT_train_sampling_strategy);
        ft_order_epoch(s, (enum ft_order)how, (uint64_t)ft_options_int(&t->o, FT_OPT_seed),
                       at.epoch, batch, u->order);
        if (u->ends) ft_token_balance(s, u->order, (size_t)t->batches, u->ends);
        u->order_epoch = at.epoch;
    }
    at.weight = weight_of(t, u, &at);
    st = gradients(u, t, &at, &from, err);
    if (!st) st = ft_comm_gather(u->sums, t->shards.own * sizeof *u->sums, err);
    if (st) return st;
    t->s.micro += at.batches;
    add_losses(u, t, &at);
    double norm;
    if ((st = ft_shards_reduce(&t->shards, net->g, err))) return st;
    if ((st = ft_shards_norm(&t->shards, net->g, &norm, err))) return st;
    u->norm = sqrt(norm * norm + ft_optim_rows_squares(&t->rows, net->g));
    if (!isfinite(u->loss) || !isfinite(u->norm))
        return ft_fail(
            err, FT_NUMERIC,
            "loss is %g and gradient norm %g at step %llu: lower learning_rate; the last "
            "good checkpoint is kept",
            u->loss, u->norm, (unsigned long long)t->s.step + 1);
    t->optim.step = t->s.step + 1;
    t->optim.grad_scale = ft_optim_clip(u->norm, ft_options_num(&t->o, FT_OPT_max_grad_norm));
    t->optim.zero_grad = true;
    ft_shards_step(&t->shards, &t->optim, net->w, net->g, t->moments[0], t->moments[1]);
    if ((st = ft_shards_share(&t->shards, net->w, err))) return st;
    ft_optim_rows_step(&t->rows, &t->optim, net->g);
    ft_net_weights_changed(net);
    u->ms[3] += lap(&from);
    u->carry_ms = (ft_comm_seconds() - carried) * 1e3;
    t->s.step++;
    t->s.log_loss += u->loss;
    t->s.log_label += u->label_loss;
    t->s.log_teacher += u->teacher_loss;
    t->s.log_hidden += u->hidden_loss;
    t->s.log_steps++;
    t->s.loss_total += u->loss;
    t->s.tokens += u->tokens;
    return FT_OK;
}

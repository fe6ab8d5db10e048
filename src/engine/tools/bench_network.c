/* What a training step of several processes would take over a network: the step of one process and
 * the addition of gradients are measured, the bytes are those that a process sends (core/shards.h),
 * the rest is the formula below. Each process has its own batches, so that a step of P processes
 * takes P times the texts: if it takes no longer than one of one process, speed is linear. */
#include "engine/tools/bench_in.h"

#include "core/op_dropout.h"
#include "core/pool.h"
#include "core/shards.h"
#include "util/clock.h"
#include "util/mem.h"

#include <math.h>

#define FORMULA                                                                                    \
    "step - optimizer + optimizer / P + (P - 1) / P x adding + sent bytes x 8 / bandwidth"

enum { ADDITIONS = 5, NETWORKS = 3 };

/* Processes, and the rates of networks in Gbit/s. */
#define OVER(p, g)                                                                                 \
    {                                                                                              \
        g, "p" #p "_" #g "g_ms", "- over " #g " Gbit/s", "p" #p "_" #g "g_share"                   \
    }
#define ROW(p)                                                                                     \
    {                                                                                              \
        p, "p" #p "_sent_bytes", #p " processes send",                                             \
        {                                                                                          \
            OVER(p, 1), OVER(p, 10), OVER(p, 25)                                                   \
        }                                                                                          \
    }
static const struct row {
    size_t processes;
    const char *sent_key, *sent_label;
    struct {
        double gigabits;
        const char *ms_key, *ms_label, *share_key;
    } over[NETWORKS];
} rows[] = {ROW(2), ROW(4), ROW(8), ROW(16)};

/* Milliseconds to add two gradients. */
static enum ft_status time_adding(size_t floats, double *ms, struct ft_err *err)
{
    struct ft_bench_rounds rounds = {.n = 0};
    size_t bytes = floats * sizeof(float);
    float *a = ft_try_big(bytes), *b = ft_try_big(bytes);
    enum ft_status st =
        a && b ? FT_OK : ft_fail(err, FT_NOMEM, "no memory for two gradients (%zu bytes)", bytes);
    for (int i = 0; i < FT_BENCH_WARM + ADDITIONS && !st; i++) {
        ft_pool_take();
        double from = ft_now_s();
        op_accumulate(a, b, floats);
        if (i >= FT_BENCH_WARM) ft_bench_add(&rounds, (ft_now_s() - from) * 1e3);
        ft_pool_give();
    }
    if (!st) *ms = ft_bench_median(&rounds);
    if (a) ft_big_free(a, bytes);
    if (b) ft_big_free(b, bytes);
    return st;
}

static void say_processes(struct ft_bench_job *j, const struct row *row, size_t floats, double step,
                          double optimizer, double adding)
{
    double p = (double)row->processes;
    double sent = (double)ft_shards_sent_bytes(row->processes, row->processes, floats);
    ft_bench_say(j, row->sent_key, row->sent_label, sent, "B");
    for (size_t i = 0; i < NETWORKS; i++) {
        double carried = sent * 8 / (row->over[i].gigabits * 1e6);
        double ms = step - optimizer + optimizer / p + (p - 1) / p * adding + carried;
        ft_bench_say(j, row->over[i].ms_key, row->over[i].ms_label, ms, "ms");
        ft_bench_say(j, row->over[i].share_key, "  of linear", step / ms, "%");
    }
}

enum ft_status ft_bench_network(struct ft_bench_job *j, struct ft_err *err)
{
    struct ft_bench own = {0};
    struct ft_bench_opt opt = *j->opt;
    struct ft_bench_job step_job;
    double step = 0, low = 0, high = 0, optimizer = 0, weights = 0, tokens = 0, texts = 0,
           adding = 0;
    enum ft_status st = ft_options_set_id(&j->o, FT_OPT_shards, "1", false, err);
    opt.brief = true;
    step_job = *j; /* with the options of one process */
    step_job.b = &own;
    step_job.opt = &opt;
    if (!st) st = ft_bench_step(&step_job, err);
    if (!st) {
        ft_bench_fact(&own, j->group, "ms", &step, &low, &high);
        ft_bench_fact(&own, j->group, "optimizer_ms", &optimizer, NULL, NULL);
        ft_bench_fact(&own, j->group, "weights_bytes", &weights, NULL, NULL);
        ft_bench_fact(&own, j->group, "length", &tokens, NULL, NULL);
        ft_bench_fact(&own, j->group, "sequences", &texts, NULL, NULL);
    }
    ft_bench_release(&own);
    size_t floats = (size_t)(weights / sizeof(float));
    if (!st) st = time_adding(floats, &adding, err);
    if (st) return st;
    ft_bench_say(j, "sequences", "sequences", texts, "");
    ft_bench_say(j, "length", "tokens per sequence", tokens, "");
    ft_bench_say(j, "ms", "step, measured", step, "ms");
    ft_bench_say(j, "optimizer_ms", "- optimizer", optimizer, "ms");
    ft_bench_say(j, "adding_ms", "adding, measured", adding, "ms");
    ft_bench_say(j, "weights_bytes", "weights", weights, "B");
    ft_bench_say_text(j, "formula", "P processes", ft_xstrdup(FORMULA));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        say_processes(j, &rows[i], floats, step, optimizer, adding);
    return FT_OK;
}

/* A training step, measured: the very update of a run on random tokens; how its time is spent, by
 * phase and by kind of work; and its matrix products alone, in turn with it, each by the backend that
 * is fastest for it (bench_products.c). */
#include "engine/tools/bench_in.h"

#include "engine/options/schedule.h"
#include "engine/task/task_facts.h"
#include "core/pool.h"
#include "core/op_timer.h"
#include "engine/train/train_prepare.h"
#include "engine/train/train_state.h"
#include "engine/train/train_update.h"
#include "util/clock.h"
#include "util/fs.h"
#include "util/mem.h"
#include "util/rng.h"

#include <stdlib.h>

enum part { DATA, FORWARD, BACKWARD, OPTIMIZER, PRODUCTS, ATTENTION, ROWS, OTHER, PARTS };

struct step {
    struct ft_train t;
    struct ft_update u;
    struct ft_op_timer spent;
    struct ft_bench_products products;
    struct ft_bench_rounds whole, cpu, alone, share, part[PARTS]; /* cpu: time of the processor */
    int64_t rss;                                                  /* after the first update */
    struct ft_label_sets sets;                                    /* targets of several labels */
    struct ft_example *values;                                    /* and of a regression */
};

/* Sequences of one update: random tokens, all of the same length. */
/* Each token is a word with a label. */
static void add_tagged(struct ft_sequences *s, const struct ft_enc *enc, size_t labels, size_t i)
{
    int32_t *targets = ft_xcalloc(enc->n, sizeof *targets),
            *words = ft_xcalloc(enc->n, sizeof *words);
    for (size_t k = 0; k < enc->n; k++) {
        targets[k] = (int32_t)((i + k) % labels);
        words[k] = (int32_t)k;
    }
    ft_sequences_add_tagged(s, enc, targets, words, i);
    free(targets);
    free(words);
}

/* Two labels, or one: as many as texts have in practice. */
static int32_t add_set(struct step *x, size_t labels, size_t i)
{
    int32_t ids[2] = {(int32_t)(i % labels), (int32_t)((i * 7 + 3) % labels)};
    return ft_label_sets_add(&x->sets, ids, 1 + i % 2);
}

static void make_sequences(struct step *x, size_t length)
{
    struct ft_train *t = &x->t;
    const struct ft_net_config *cfg = &t->model.net->cfg;
    struct ft_sequences *s = &t->seq[FT_PART_TRAIN];
    size_t n = (size_t)ft_options_int(&t->o, FT_OPT_per_device_train_batch_size) *
               (size_t)ft_schedule_batches(&t->o);
    struct ft_enc enc = {.n = length,
                         .ids = ft_xcalloc(length, sizeof *enc.ids),
                         .type_ids = ft_xcalloc(length, sizeof *enc.type_ids)};
    struct ft_rng rng;
    ft_rng_init(&rng, (uint64_t)ft_options_int(&t->o, FT_OPT_seed), FT_RNG_SAMPLE);
    if (ft_task_has(t->task, FT_TRAIT_LABEL_SETS)) {
        s->sets = &x->sets;
        s->set_labels = cfg->labels;
    }
    if (ft_task_has(t->task, FT_TRAIT_NUMBERS)) {
        s->numbers = x->values = ft_xcalloc(n, sizeof *x->values);
        for (size_t i = 0; i < n; i++)
            x->values[i].value = (double)(i % 5);
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < length; k++)
            enc.ids[k] = (int32_t)ft_rng_below(&rng, cfg->vocab);
        if (ft_task_has(t->task, FT_TRAIT_TAGS))
            add_tagged(s, &enc, cfg->labels, i);
        else if (ft_task_has(t->task, FT_TRAIT_ANSWERS))
            ft_sequences_add_window(s, &enc, (int32_t)(i % length), (int32_t)(i % length), i,
                                    false);
        else
            ft_sequences_add(s, &enc,
                             ft_task_has(t->task, FT_TRAIT_LABELS) ? (int32_t)(i % cfg->labels)
                             : ft_task_has(t->task, FT_TRAIT_LABEL_SETS)
                                 ? add_set(x, cfg->labels, i)
                             : ft_task_has(t->task, FT_TRAIT_NUMBERS) ? 0
                                                                      : -1,
                             i);
    }
    free(enc.ids);
    free(enc.type_ids);
}

static size_t length_of(const struct ft_train *t)
{
    long long block = ft_options_int(&t->o, FT_OPT_block_size);
    bool blocks = ft_task_has(t->task, FT_TRAIT_TEXT);
    size_t n = (size_t)(blocks && block > 0 ? block : ft_options_int(&t->o, FT_OPT_max_seq_length));
    return n < t->model.max_tokens ? n : t->model.max_tokens;
}

static enum ft_status prepare(struct step *x, const struct ft_bench_job *j, struct ft_err *err)
{
    struct ft_train *t = &x->t;
    t->lock = -1;
    t->task = j->task;
    t->s.lr_factor = 1;
    ft_options_copy(&t->o, &j->o);
    ft_options_init(&t->base);
    ft_task_settle(&t->o, t->task);
    enum ft_status st = ft_task_check(&t->o, t->task, err);
    if (!st) st = ft_bench_model(j, &t->model, err);
    if (!st) st = ft_train_freeze(t, err);
    if (st) return st;
    ft_model_file_precision(&t->model, &t->o);
    size_t most = length_of(t), length = j->opt->length;
    make_sequences(x, length && length < most ? length : most);
    st = ft_train_arm(t, err);
    return st ? st : ft_update_begin(&x->u, t, err);
}

static enum ft_status one_round(struct step *x, bool counts, bool brief, struct ft_err *err)
{
    ft_op_timer_clear(&x->spent);
    ft_op_timer_watch(&x->spent);
    double from = ft_now_s(), cpu = ft_cpu_s();
    enum ft_status st = ft_update_once(&x->u, &x->t, err);
    cpu = (ft_cpu_s() - cpu) * 1e3;
    double whole = (ft_now_s() - from) * 1e3, known = x->u.ms[OPTIMIZER];
    ft_op_timer_watch(NULL);
    if (!x->rss) x->rss = ft_mem_rss(); /* before the products alone have operands of their own */
    double alone = 0;
    if (!st && !brief) st = ft_bench_products_alone(&x->products, &x->spent, &alone, err);
    if (st || !counts) return st;
    alone *= 1e3;
    ft_bench_add(&x->whole, whole);
    ft_bench_add(&x->cpu, cpu);
    if (!brief) {
        ft_bench_add(&x->alone, alone);
        ft_bench_add(&x->share, alone / whole);
    }
    for (int i = DATA; i <= OPTIMIZER; i++)
        ft_bench_add(&x->part[i], x->u.ms[i]);
    for (int k = 0; k < FT_OP_TIMER_COUNT; k++) {
        known += x->spent.s[k] * 1e3;
        ft_bench_add(&x->part[PRODUCTS + k], x->spent.s[k] * 1e3);
    }
    ft_bench_add(&x->part[OTHER], whole > known ? whole - known : 0);
    return FT_OK;
}

static void say(struct ft_bench_job *j, const struct step *x)
{
    static const struct {
        const char *key, *label;
    } rows[PARTS] = {
        [DATA] = {"data_ms", "- data"},
        [FORWARD] = {"forward_ms", "- forward"},
        [BACKWARD] = {"backward_ms", "- backward"},
        [OPTIMIZER] = {"optimizer_ms", "- optimizer"},
        [PRODUCTS] = {"products_ms", "= matrix products"},
        [ATTENTION] = {"attention_ms", "= attention"},
        [ROWS] = {"rows_ms", "= norm, activation"},
        [OTHER] = {"other_ms", "= other"},
    };
    const struct ft_train *t = &x->t;
    const struct ft_sequences *s = &t->seq[FT_PART_TRAIN];
    double ms = ft_bench_median(&x->whole);
    ft_bench_say_text(j, "precision", "precision",
                      ft_xstrdup(ft_net_precision_name(t->model.net->precision)));
    ft_bench_say(j, "parameters", "parameters", (double)t->model.net->params.count, "");
    ft_bench_say(j, "sequences", "sequences", (double)s->n, "");
    ft_bench_say(j, "length", "tokens per sequence", (double)s->longest, "");
    ft_bench_say_rounds(j, "ms", "step", &x->whole, "ms");
    ft_bench_say_rounds(j, "cpu_ms", "processor time", &x->cpu, "ms");
    ft_bench_say(j, "tokens_per_second", "speed", (double)x->u.tokens / ms * 1e3, "tokens/s");
    for (int i = 0; i < PARTS; i++) {
        /* the optimizer is a part of both ways to cut the step */
        ft_bench_say_rounds(j, rows[i].key, rows[i].label, &x->part[i], "ms");
    }
    if (!j->opt->brief) {
        ft_bench_say_rounds(j, "products_alone_ms", "products alone", &x->alone, "ms");
        ft_bench_say(j, "products_alone_gflops", "products alone",
                     ft_bench_products_flops(&x->spent) / ft_bench_median(&x->alone) * 1e-6,
                     "GFLOP/s");
        ft_bench_say_text(j, "products_fastest", "- fastest backend",
                          ft_bench_products_text(&x->products));
        ft_bench_say_rounds(j, "products_share", "share of the step", &x->share, "%");
    }
    ft_bench_say(j, "weights_bytes", "weights",
                 (double)(t->model.net->params.floats * sizeof(float)), "B");
    ft_bench_say(j, "plan_bytes", "memory planned", (double)t->plan.total_bytes, "B");
    ft_bench_say(j, "rss_bytes", "memory used", (double)x->rss, "B");
}

static void release(struct step *x)
{
    ft_bench_products_release(&x->products);
    ft_op_timer_release(&x->spent);
    ft_update_end(&x->u);
    ft_train_release(&x->t);
    ft_label_sets_release(&x->sets);
    free(x->values);
    free(x);
}

enum ft_status ft_bench_step(struct ft_bench_job *j, struct ft_err *err)
{
    struct step *x = ft_xcalloc(1, sizeof *x);
    const struct ft_bench_opt *opt = j->opt;
    double from = ft_now_s();
    enum ft_status st = prepare(x, j, err);
    for (size_t i = 0; i < FT_BENCH_WARM + j->rounds && !st; i++) {
        bool late = opt->seconds > 0 && ft_now_s() - from > opt->seconds;
        if (late && x->whole.n) break;
        ft_pool_take();
        st = one_round(x, i >= FT_BENCH_WARM || late, opt->brief, err);
        ft_pool_give();
        ft_job_report(opt->work, (double)i + 1, (double)(FT_BENCH_WARM + j->rounds), "steps");
        if (!st && ft_job_cancelled(opt->work)) st = ft_fail(err, FT_CANCELLED, "cancelled");
    }
    if (!st) say(j, x);
    release(x);
    return st;
}

/* Time and disk of a sweep: see sweep_cost.h. */
#include "engine/runs/sweep_cost.h"

#include "core/gemm.h"
#include "core/pool.h"
#include "engine/options/schedule.h"
#include "engine/task/model_flops.h"
#include "engine/task/model_memory.h"
#include "engine/task/task_facts.h"
#include "util/clock.h"
#include "util/fs.h"
#include "util/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOOKED_AT = 32, MODELS_MAX = 8 };
/* Bytes of text a token, and special tokens. */
#define BYTES_OF_TOKEN 4.5
#define SPECIAL_TOKENS 2.0
/* A step reaches this share of a large product's speed; measured on BERT and its relatives: 0.4 to 0.9. */
#define STEP_LOW  0.4
#define STEP_HIGH 0.9

/* ---- models, read once ---- */

struct models {
    struct {
        char *name;
        bool known;
        struct ft_model_facts facts;
    } items[MODELS_MAX];
    size_t n;
};

static const struct ft_model_facts *model_of(struct models *m, const struct ft_options *o,
                                             const struct ft_sweep_data *data)
{
    const char *name = ft_options_text(o, FT_OPT_model);
    size_t i = 0;
    while (i < m->n && strcmp(m->items[i].name, name) != 0)
        i++;
    if (i == MODELS_MAX) return NULL;
    if (i == m->n) {
        struct ft_model_ask ask = {.task = (int)data->task,
                                   .label_n = data->labels,
                                   .freeze = ft_options_text(o, FT_OPT_freeze)};
        m->items[i].name = ft_xstrdup(name);
        m->items[i].known = !ft_model_facts_read(&m->items[i].facts, name, &ask, NULL, NULL);
        m->n++;
    }
    return m->items[i].known ? &m->items[i].facts : NULL;
}

static void models_release(struct models *m)
{
    for (size_t i = 0; i < m->n; i++) {
        if (m->items[i].known) ft_model_facts_release(&m->items[i].facts);
        free(m->items[i].name);
    }
}

/* ---- one run ---- */

struct run_cost {
    double steps, flops, bytes;
};

static size_t examples_of(const struct ft_sweep_spec *spec, size_t size,
                          const struct ft_sweep_data *data)
{
    size_t n = data->train;
    double share = 1, rows = 0;
    if (!spec->sizes_n) return n;
    const char *text = spec->sizes[size];
    char *number = ft_xstrndup(text, strcspn(text, "%"));
    bool known = ft_parse_double(number, &rows);
    free(number);
    if (!known) return n;
    if (strchr(text, '%')) share = rows / 100;
    return strchr(text, '%')  ? (size_t)(share * (double)n + 0.5)
           : rows < (double)n ? (size_t)rows
                              : n;
}

static void cost_of_run(struct run_cost *r, const struct ft_options *o, size_t examples,
                        const struct ft_sweep_data *data, const struct ft_model_facts *model)
{
    struct ft_schedule s;
    struct ft_model_memory memory;
    *r = (struct run_cost){0};
    ft_schedule_make(&s, o, examples);
    r->steps = (double)s.total;
    if (!model) return;
    ft_model_memory(model, o, &memory);
    double most = (double)memory.length;
    double length =
        data->bytes > 0 ? fmin(data->bytes / BYTES_OF_TOKEN + SPECIAL_TOKENS, most) : most;
    double texts = s.epoch_updates ? (double)examples * r->steps / (double)s.epoch_updates : 0;
    double of_token = ft_model_flops_of_token(
        model, data->task, ft_options_num(o, FT_OPT_mlm_probability), (size_t)length);
    double evaluations = ft_schedule_evaluations(&s, o) + 1;
    r->flops = of_token * length *
               (texts * ft_model_flops_recompute(o) + evaluations * (double)data->validation / 3);
    double weights = (double)memory.weights, checkpoint = weights + (double)memory.optimiser;
    double kept = ft_schedule_checkpoints(&s, o);
    if (ft_options_bool(o, FT_OPT_load_best_model_at_end)) kept += 1; /* the best one */
    r->bytes = weights + fmin(kept, r->steps) * checkpoint;
}

/* ---- all ---- */

/* Operations in a second of a product as large as those of a step, the best of several. */
static double product_speed(const struct ft_options *o)
{
    enum { SIZE = 512, TIMES = 5 };
    double best = 0;
    float *x = ft_xcalloc((size_t)3 * SIZE * SIZE, sizeof *x);
    float *y = x + SIZE * SIZE, *z = y + SIZE * SIZE;
    for (size_t i = 0; i < (size_t)2 * SIZE * SIZE; i++)
        x[i] = (float)(i % 7) - 3;
    if (!ft_pool_init((int)ft_options_int(o, FT_OPT_threads), NULL)) {
        ft_pool_take();
        for (size_t i = 0; i < TIMES; i++) {
            double from = ft_now_s();
            ft_gemm(false, false, SIZE, SIZE, SIZE, x, SIZE, y, SIZE, 0, z, SIZE);
            double took = ft_now_s() - from;
            best = fmax(best, 2.0 * SIZE * SIZE * SIZE / fmax(took, 1e-9));
        }
        ft_pool_give();
    }
    free(x);
    return best;
}

/* Configuration i of a sample of the space. */
static void set_values(const struct ft_sweep_spec *spec, size_t i, double all, struct ft_options *o)
{
    char *values[FT_SWEEP_PARAMS_MAX];
    struct ft_rng rng;
    ft_rng_init(&rng, i, FT_RNG_SWEEP);
    if (all <= LOOKED_AT)
        ft_sweep_space_at(&spec->space, i, values);
    else
        ft_sweep_space_draw(&spec->space, &rng, values);
    for (size_t k = 0; k < spec->space.n; k++) {
        ft_options_set_id(o, spec->space.params[k].option, values[k], true, NULL);
        free(values[k]);
    }
}

void ft_sweep_cost_make(struct ft_sweep_cost *c, const struct ft_sweep_spec *spec,
                        const struct ft_options *o, const struct ft_sweep_data *data,
                        double flops_per_s)
{
    struct models models = {0};
    double all = ft_sweep_space_size(&spec->space), n = 0, share;
    size_t sizes = spec->sizes_n ? spec->sizes_n : 1;
    struct run_cost sum = {0}, one;
    *c = (struct ft_sweep_cost){.members = ft_sweep_spec_members(spec),
                                .runs = ft_sweep_spec_runs(spec),
                                .free_bytes = ft_disk_free(".")};
    bool bytes_known = true, flops_known = true;
    for (size_t i = 0; i < LOOKED_AT && (double)i < all; i++) {
        struct ft_options of;
        ft_options_copy(&of, o);
        ft_task_settle(&of, data->task);
        set_values(spec, i, all, &of);
        for (size_t k = 0; k < sizes; k++) {
            cost_of_run(&one, &of, examples_of(spec, k, data), data, model_of(&models, &of, data));
            sum.steps += one.steps;
            sum.flops += one.flops;
            sum.bytes += one.bytes;
            bytes_known = bytes_known && one.bytes > 0;
            flops_known = flops_known && one.flops > 0;
            n++;
        }
        ft_options_release(&of);
    }
    models_release(&models);
    share = ft_sweep_spec_share(spec);
    c->steps = sum.steps / n * share;
    if (bytes_known) c->bytes = sum.bytes / n * c->runs;
    if (!flops_known) return;
    c->flops = sum.flops / n * share;
    double speed = flops_per_s > 0 ? flops_per_s : product_speed(o);
    if (!(speed > 0)) return;
    c->seconds_low = c->flops / speed / (flops_per_s > 0 ? 1.15 : STEP_HIGH);
    c->seconds_high = c->flops / speed / (flops_per_s > 0 ? 0.75 : STEP_LOW);
}

static void add_time(double low, double high, struct ft_str *out)
{
    static const struct {
        double seconds;
        const char *unit;
    } units[] = {{86400 * 365.25, "years"}, {86400, "days"}, {3600, "h"}, {60, "min"}, {1, "s"}};
    enum { N = sizeof units / sizeof *units };
    size_t i = 0;
    while (i + 1 < N && high < 2 * units[i].seconds)
        i++;
    low /= units[i].seconds;
    high /= units[i].seconds;
    if (high < 1)
        ft_str_addf(out, "less than a second");
    else if (low < 10)
        ft_str_addf(out, "about %.1f to %.1f %s", low, high, units[i].unit);
    else
        ft_str_addf(out, "about %.0f to %.0f %s", low, high, units[i].unit);
}

void ft_sweep_cost_work(const struct ft_sweep_cost *c, struct ft_str *out)
{
    char text[32];
    ft_format_count(text, sizeof text, (long long)fmin(c->steps, 9e15));
    if (c->steps > 0) ft_str_addf(out, "%s step%s", text, c->steps > 1 ? "s" : "");
    if (c->seconds_high > 0) {
        ft_str_addz(out, "; ");
        add_time(c->seconds_low, c->seconds_high, out);
    }
    if (c->bytes > 0)
        ft_str_addf(out, "%s%s of disk", c->seconds_high > 0 ? " and " : "; about ",
                    ft_format_bytes(text, sizeof text, c->bytes));
}

void ft_sweep_cost_text(const struct ft_sweep_cost *c, struct ft_str *out)
{
    char text[32];
    ft_format_count(text, sizeof text, (long long)fmin(c->members, 9e15));
    ft_str_addf(out, "%s member%s", text, c->members > 1 ? "s" : "");
    ft_format_count(text, sizeof text, (long long)fmin(c->runs, 9e15));
    if (c->runs > c->members) ft_str_addf(out, ", %s runs", text);
    if (c->steps > 0) ft_str_addz(out, ", ");
    ft_sweep_cost_work(c, out);
    if (c->bytes > 0 && c->free_bytes >= 0)
        ft_str_addf(out, " (%s free)", ft_format_bytes(text, sizeof text, (double)c->free_bytes));
}

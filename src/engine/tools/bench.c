/* The frame of `fettle bench`: which things are measured, the facts, and how they are said. What is
 * measured lies in bench_step.c, bench_model.c and bench_data.c. */
#include "engine/tools/bench_in.h"

#include "core/family.h"
#include "core/gemm.h"
#include "core/pool.h"
#include "engine/model/model_match.h"
#include "engine/model/models.h"
#include "engine/task/task_facts.h"
#include "util/json.h"
#include "util/log.h"
#include "util/mem.h"
#include "util/processor.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef enum ft_status measure_fn(struct ft_bench_job *j, struct ft_err *err);

static const struct {
    const char *name, *help;
    measure_fn *measure;
} table[FT_BENCH_COUNT] = {
#define X(id, name, help) [FT_BENCH_##id] = {#name, help, ft_bench_##name},
    FT_BENCH_LIST(X)
#undef X
};

const char *ft_bench_name(enum ft_bench_what what)
{
    return table[what].name;
}

const char *ft_bench_help(enum ft_bench_what what)
{
    return table[what].help;
}

int ft_bench_parse(const char *name)
{
    for (int i = 0; i < FT_BENCH_COUNT; i++)
        if (!strcmp(table[i].name, name)) return i;
    return -1;
}

/* --- rounds and facts --- */

void ft_bench_add(struct ft_bench_rounds *r, double x)
{
    if (r->n < FT_BENCH_ROUNDS_MAX) r->x[r->n++] = x;
}

static int by_size(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* The rounds in order of size. */
static struct ft_bench_rounds sorted(const struct ft_bench_rounds *r)
{
    struct ft_bench_rounds s = *r;
    qsort(s.x, s.n, sizeof *s.x, by_size);
    return s;
}

double ft_bench_median(const struct ft_bench_rounds *r)
{
    struct ft_bench_rounds s = sorted(r);
    return s.n % 2 ? s.x[s.n / 2] : (s.x[s.n / 2 - 1] + s.x[s.n / 2]) / 2;
}

static struct ft_bench_fact *add(struct ft_bench_job *j, const char *key, const char *label,
                                 const char *unit)
{
    struct ft_bench *b = j->b;
    ft_grow(&b->facts, &b->cap, b->n + 1, sizeof *b->facts);
    b->facts[b->n] = (struct ft_bench_fact){
        .group = j->group, .key = key, .label = label, .unit = unit, .low = NAN, .high = NAN};
    return &b->facts[b->n++];
}

void ft_bench_say_text(struct ft_bench_job *j, const char *key, const char *label, char *take)
{
    add(j, key, label, "")->text = take;
}

void ft_bench_say(struct ft_bench_job *j, const char *key, const char *label, double value,
                  const char *unit)
{
    add(j, key, label, unit)->value = value;
}

void ft_bench_say_rounds(struct ft_bench_job *j, const char *key, const char *label,
                         const struct ft_bench_rounds *r, const char *unit)
{
    struct ft_bench_fact *f = add(j, key, label, unit);
    struct ft_bench_rounds s = sorted(r);
    f->value = ft_bench_median(r);
    f->low = s.x[0];
    f->high = s.x[s.n - 1];
}

void ft_bench_say_speed(struct ft_bench_job *j, const char *key, const char *label, double amount,
                        const struct ft_bench_rounds *seconds, const char *unit)
{
    struct ft_bench_rounds speed = {.n = 0};
    for (size_t i = 0; i < seconds->n; i++)
        ft_bench_add(&speed, amount / (seconds->x[i] > 1e-9 ? seconds->x[i] : 1e-9));
    ft_bench_say_rounds(j, key, label, &speed, unit);
}

bool ft_bench_fact(const struct ft_bench *b, const char *group, const char *key, double *value,
                   double *low, double *high)
{
    for (size_t i = 0; i < b->n; i++) {
        const struct ft_bench_fact *f = &b->facts[i];
        if (strcmp(f->group, group) != 0 || strcmp(f->key, key) != 0 || f->text) continue;
        *value = f->value;
        if (low) *low = f->low;
        if (high) *high = f->high;
        return true;
    }
    return false;
}

void ft_bench_release(struct ft_bench *b)
{
    for (size_t i = 0; i < b->n; i++)
        free(b->facts[i].text);
    free(b->facts);
    memset(b, 0, sizeof *b);
}

/* --- measuring --- */

/* Labels of a new head: how many a regression has, and enough for several of a text. A head that is for the
 * task, and that of other tasks, is as the model has it. */
static void labels_for(const struct ft_bench_job *j, struct ft_model_opt *opt)
{
    static const char *const names[] = {"0", "1", "2", "3", "4", "5", "6", "7"};
    struct ft_hf_config c = {0};
    bool sets = ft_task_has(j->task, FT_TRAIT_LABEL_SETS);
    if (!sets && !ft_task_has(j->task, FT_TRAIT_NUMBERS)) return;
    bool known = !ft_model_file_config(&c, NULL, ft_options_text(&j->o, FT_OPT_model), NULL);
    if (!known || ft_model_head_task(&c) != (int)j->task) {
        opt->labels = names;
        opt->label_n = sets ? sizeof names / sizeof *names : 1;
    }
    if (known) ft_hf_config_release(&c);
}

enum ft_status ft_bench_model(const struct ft_bench_job *j, struct ft_model_file *m,
                              struct ft_err *err)
{
    double dropout = -1;
    ft_parse_double(ft_options_text(&j->o, FT_OPT_dropout), &dropout);
    struct ft_model_opt opt = {
        .task = j->task, .seed = (uint64_t)ft_options_int(&j->o, FT_OPT_seed), .dropout = dropout};
    labels_for(j, &opt);
    memset(m, 0, sizeof *m);
    return ft_model_file_load(m, ft_options_text(&j->o, FT_OPT_model), &opt, err);
}

/* What numbers depend on: without it they mean nothing. */
static void say_machine(struct ft_bench_job *j, bool task)
{
    double load[1] = {0};
    j->group = "machine";
    ft_bench_say_text(j, "fettle", "fettle",
                      ft_xstrdup(FETTLE_VERSION " " FETTLE_BUILD ", for " FETTLE_MARCH));
    ft_bench_say_text(j, "processor", "processor", ft_processor_name());
    ft_bench_say(j, "threads", "threads", ft_pool_threads(), "");
    ft_bench_say_text(j, "products", "matrix products", ft_gemm_text());
    ft_bench_say_text(j, "bf16_products", "bf16 products", ft_gemm_bf16_text());
    ft_bench_say_text(j, "int8_products", "int8 products", ft_gemm_int8_text());
    if (getloadavg(load, 1) == 1)
        ft_bench_say(j, "load_average", "load average", load[0], "running");
    ft_bench_say_text(j, "model", "model", ft_xstrdup(ft_options_text(&j->o, FT_OPT_model)));
    if (task) ft_bench_say_text(j, "task", "task", ft_xstrdup(ft_task_name(j->task)));
    ft_bench_say(j, "rounds", "rounds", (double)j->rounds, "");
}

/* The model's task, and whether it is a causal one. */
static enum ft_status look_at_model(struct ft_bench_job *j, bool *causal, struct ft_err *err)
{
    struct ft_hf_config config = {0};
    enum ft_status st =
        ft_model_file_config(&config, NULL, ft_options_text(&j->o, FT_OPT_model), err);
    if (st) return st;
    j->task = ft_task_or_first(ft_task_asked(&j->o, ft_model_head_task(&config)));
    *causal = ft_family_is_causal(config.family);
    ft_hf_config_release(&config);
    return FT_OK;
}

static enum ft_status measure(struct ft_bench_job *j, const struct ft_bench_opt *opt,
                              struct ft_err *err)
{
    bool all = true, causal = false;
    enum ft_status st = FT_OK;
    for (int i = 0; i < FT_BENCH_COUNT; i++)
        all = all && !opt->what[i];
    bool whole = all || opt->what[FT_BENCH_STEP] || opt->what[FT_BENCH_LOAD] ||
                 opt->what[FT_BENCH_PREDICT] || opt->what[FT_BENCH_THROUGHPUT] ||
                 opt->what[FT_BENCH_GENERATE] || opt->what[FT_BENCH_SCALE] ||
                 opt->what[FT_BENCH_NETWORK];
    if (whole) st = look_at_model(j, &causal, err); /* else its tokenizer is enough */
    if (!st) st = ft_pool_init((int)ft_options_int(&j->o, FT_OPT_threads), err);
    if (st) return st;
    say_machine(j, whole);
    for (int i = 0; i < FT_BENCH_COUNT && !st; i++) {
        bool suits = i == FT_BENCH_SCALE || i == FT_BENCH_NETWORK ? false
                     : i == FT_BENCH_GENERATE                     ? causal
                     : i == FT_BENCH_PREDICT ? !ft_task_has(j->task, FT_TRAIT_GENERATES)
                                             : true;
        if (!opt->what[i] && !(all && suits)) continue;
        ft_log(FT_LOG_NOTE, "measuring %s: %s", table[i].name, table[i].help);
        j->group = table[i].name;
        st = table[i].measure(j, err);
    }
    return st;
}

enum ft_status ft_bench_run(struct ft_bench *b, const struct ft_options *o,
                            const struct ft_bench_opt *opt, struct ft_err *err)
{
    struct ft_bench_job j = {
        .b = b, .opt = opt, .rounds = opt->rounds, .bytes = opt->megabytes << 20};
    enum ft_status st = FT_OK;
    ft_options_copy(&j.o, o);
    if (!*ft_options_text(&j.o, FT_OPT_model))
        st = ft_options_set_id(&j.o, FT_OPT_model, FT_MODELS_BUNDLED, false, err);
    if (!st) st = measure(&j, opt, err);
    ft_options_release(&j.o);
    return st;
}

/* --- saying it --- */

/* A number with its unit; `bare`: without, where the unit follows anyhow. */
static void add_value(struct ft_str *s, double x, const char *unit, bool bare)
{
    char text[64];
    bool share = !strcmp(unit, "%");
    if (!strcmp(unit, "B")) {
        ft_str_addz(s, ft_format_bytes(text, sizeof text, x));
        return;
    }
    if (share) x *= 100;
    if (!*unit || x >= 10000)
        ft_str_addz(s, ft_format_count(text, sizeof text, (long long)llround(x)));
    else
        ft_str_addf(s, "%.*f", x < 10 ? 2 : x < 1000 ? 1 : 0, x);
    if (*unit && !bare) ft_str_addf(s, " %s", unit);
}

void ft_bench_text(const struct ft_bench *b, struct ft_str *out)
{
    const char *group = "";
    for (size_t i = 0; i < b->n; i++) {
        const struct ft_bench_fact *f = &b->facts[i];
        if (strcmp(group, f->group)) ft_str_addf(out, "%s\n", f->group);
        group = f->group;
        struct ft_str value = {0};
        if (f->text)
            ft_str_addz(&value, f->text);
        else
            add_value(&value, f->value, f->unit, false);
        bool range = !f->text && !isnan(f->low);
        ft_str_addf(out, range ? "    %-20s %-18s" : "    %-20s %s", f->label, ft_str_text(&value));
        if (range) {
            add_value(out, f->low, f->unit, true);
            ft_str_addz(out, " to ");
            add_value(out, f->high, f->unit, true);
        }
        ft_str_addc(out, '\n');
        ft_str_release(&value);
    }
}

void ft_bench_json(const struct ft_bench *b, struct ft_str *out)
{
    const char *group = "";
    ft_str_addc(out, '{');
    for (size_t i = 0; i < b->n; i++) {
        const struct ft_bench_fact *f = &b->facts[i];
        if (strcmp(group, f->group)) {
            if (*group) ft_str_addc(out, '}');
            ft_json_add_key(out, f->group);
            ft_str_addc(out, '{');
        }
        group = f->group;
        if (f->text) {
            ft_json_put_text(out, f->key, f->text);
            continue;
        }
        ft_json_put_num(out, f->key, f->value);
        if (isnan(f->low)) continue;
        ft_str_addf(out, ",\"%s_range\":[", f->key);
        ft_json_add_num(out, f->low);
        ft_str_addc(out, ',');
        ft_json_add_num(out, f->high);
        ft_str_addc(out, ']');
    }
    ft_str_addz(out, *group ? "}}\n" : "}\n");
}

/* A run's plan: see plan.h. Times are estimates: the operations of the matrix products, at the
 * speed that was measured with them. */
#include "engine/present/plan.h"

#include "core/optim.h"
#include "engine/model/precision.h"
#include "engine/task/model_flops.h"
#include "engine/task/model_memory.h"
#include "util/fs.h"
#include "util/str.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { SMALL_DATA = 5000, FEW_STEPS = 50, RARE = 10, SMALL_NET = 5000000 };

static double mlm_share(const struct ft_options *o)
{
    return ft_options_num(o, FT_OPT_mlm_probability);
}

static void plan_time(struct ft_plan *p, const struct ft_plan_in *in, double of_token,
                      const struct ft_dataset_sequences *validation)
{
    const struct ft_speed_fact *f = in->speed;
    double train = p->tokens * of_token * ft_model_flops_recompute(in->o),
           once = (double)validation->tokens * of_token / 3;
    p->flops = train + once * (ft_schedule_evaluations(&p->schedule, in->o) + 1);
    if (!f || p->tokens == 0) return;
    double ratio = f->length ? (double)p->mean_length / (double)f->length : 1;
    bool same =
        !strcmp(ft_options_text(in->o, FT_OPT_model), f->model) && ratio > 0.66 && ratio < 1.5;
    p->seconds_low = p->flops / f->flops_high * (same ? 0.9 : 0.75);
    p->seconds_high = p->flops / f->flops_low * (same ? 1.15 : 1.4);
}

static void set_count(struct ft_options *o, enum ft_opt id, uint64_t n)
{
    char text[24];
    snprintf(text, sizeof text, "%llu", (unsigned long long)n);
    ft_options_set_id(o, id, text, true, NULL); /* an illegal one leaves what is there */
}

/* The memory of the longest text and of as many as there are, not of what may be. */
static void plan_memory(struct ft_model_memory *m, const struct ft_plan_in *in,
                        const struct ft_dataset_sequences *train)
{
    struct ft_options o;
    ft_options_copy(&o, in->o);
    bool cut = ft_task_has(in->task, FT_TRAIT_ROWS | FT_TRAIT_ANSWERS);
    if (train->n && train->n < (uint64_t)ft_options_int(&o, FT_OPT_per_device_train_batch_size))
        set_count(&o, FT_OPT_per_device_train_batch_size, train->n);
    if (cut && train->n && train->longest < (uint64_t)ft_options_int(&o, FT_OPT_max_seq_length))
        set_count(&o, FT_OPT_max_seq_length, train->longest);
    ft_model_memory(in->model, &o, m);
    ft_options_release(&o);
}

void ft_plan_memory(struct ft_model_memory *m, const struct ft_plan_in *in)
{
    struct ft_dataset_sequences parts[3] = {{0}};
    if (in->data) ft_dataset_sequences(in->data, in->o, in->model->max_tokens, parts);
    plan_memory(m, in, &parts[0]);
}

void ft_plan_make(struct ft_plan *p, const struct ft_plan_in *in)
{
    struct ft_dataset_sequences parts[3] = {{0}};
    const struct ft_options *o = in->o;
    size_t most = in->model ? in->model->max_tokens : 0;
    *p = (struct ft_plan){.disk_free = ft_disk_free(".")};
    bool counted = in->data && ft_dataset_sequences(in->data, o, most, parts);
    struct ft_dataset_sequences train = parts[0];
    bool one_each = ft_task_has(in->task, FT_TRAIT_ROWS);
    p->counting = !counted && !one_each && in->examples;
    uint64_t n = counted ? train.n : one_each ? in->examples : 0;
    ft_schedule_make(&p->schedule, o, n);
    if (counted && p->schedule.epoch_updates) {
        p->mean_length = (train.tokens + train.n / 2) / train.n;
        p->tokens =
            (double)train.tokens * (double)p->schedule.total / (double)p->schedule.epoch_updates;
    }
    if (!in->model) return;
    plan_memory(&p->memory, in, &parts[0]);
    p->has_memory = true;
    double weights = (double)p->memory.weights;
    double checkpoint = weights + (double)p->memory.optimiser;
    if (p->schedule.total)
        p->disk = (int64_t)(weights + ft_schedule_checkpoints(&p->schedule, o) * checkpoint);
    size_t length = p->mean_length ? p->mean_length : p->memory.length;
    plan_time(p, in, ft_model_flops_of_token(in->model, in->task, mlm_share(o), length), &parts[1]);
}

/* --- notes --- */

struct notes {
    struct ft_plan_note *items;
    size_t n;
};

static void note(struct notes *notes, enum ft_opt option, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
static void note(struct notes *notes, enum ft_opt option, const char *fmt, ...)
{
    va_list args;
    if (notes->n == FT_PLAN_NOTES) return;
    struct ft_plan_note *x = &notes->items[notes->n++];
    x->option = option;
    va_start(args, fmt);
    vsnprintf(x->text, sizeof x->text, fmt, args);
    va_end(args);
}

/* Values four times beyond the usual "A..B" of the option table. */
static void note_values(struct notes *notes, const struct ft_plan_in *in)
{
    for (int i = 0; i < FT_OPT_COUNT; i++) {
        enum ft_opt id = (enum ft_opt)i;
        const struct ft_option *row = ft_option_at(id);
        const char *dots = row->usual ? strstr(row->usual, "..") : NULL;
        char first[32];
        double lo, hi, x = ft_options_num(in->o, id);
        if (!dots || !(row->traits & ft_task_traits(in->task)) || !ft_options_given(in->o, id))
            continue;
        bool small = in->model && in->model->net_parameters < SMALL_NET; /* learns with more */
        bool sgd = ft_options_choice(in->o, FT_OPT_optim) == FT_OPTIM_SGD;
        if (id == FT_OPT_learning_rate && (small || sgd)) continue;
        snprintf(first, sizeof first, "%.*s", (int)(dots - row->usual), row->usual);
        if (!ft_parse_double(first, &lo) || !ft_parse_double(dots + 2, &hi)) continue;
        if (x > 4 * hi)
            note(notes, id, "%s %s is high (usual: %s)", row->name, ft_options_text(in->o, id),
                 row->usual);
        else if (x > 0 && x < lo / 4)
            note(notes, id, "%s %s is low (usual: %s)", row->name, ft_options_text(in->o, id),
                 row->usual);
    }
}

static void note_cut(struct notes *notes, const struct ft_plan_in *in)
{
    struct ft_dataset_tokens t;
    long long cut = ft_options_int(in->o, FT_OPT_max_seq_length);
    double rows;
    bool cuts = ft_task_has(in->task, FT_TRAIT_ROWS | FT_TRAIT_ANSWERS);
    if (in->model && cuts && (size_t)cut > in->model->max_tokens) {
        cut = (long long)in->model->max_tokens;
        note(notes, FT_OPT_max_seq_length, "the model has %lld positions, not %s", cut,
             ft_options_text(in->o, FT_OPT_max_seq_length));
    }
    if (!ft_task_has(in->task, FT_TRAIT_ROWS) || !ft_dataset_tokens(in->data, &t)) return;
    ft_dataset_cut(in->data, (size_t)cut, &rows, NULL, NULL);
    if (rows < 0.1) return;
    if (ft_options_choice(in->o, FT_OPT_truncation) == FT_TRUNCATION_HEAD)
        note(notes, FT_OPT_truncation,
             "%.1f%% of rows are truncated at %lld: head_tail keeps their ends", 100 * rows, cut);
    else
        note(notes, FT_OPT_max_seq_length,
             "%.1f%% of rows are truncated at %lld; %zu would keep 95%%", 100 * rows, cut, t.p95);
}

static void note_unknown(struct notes *notes, const struct ft_plan_in *in)
{
    char text[160];
    if (ft_dataset_unknown(in->data, text, sizeof text)) note(notes, FT_OPT_model, "%s", text);
}

static void note_labels(struct notes *notes, const struct ft_plan_in *in)
{
    size_t n = ft_dataset_labels(in->data), least = SIZE_MAX, most = 0, part[3];
    const char *rare = "";
    if (!ft_task_has(in->task, FT_TRAIT_CLASSES) || n < 2 ||
        strcmp(ft_options_text(in->o, FT_OPT_class_weights), "none") != 0)
        return;
    for (size_t i = 0; i < n; i++) {
        const char *name = ft_dataset_label(in->data, i, part);
        if (part[0] > most) most = part[0];
        if (part[0] < least) {
            least = part[0];
            rare = name;
        }
    }
    if (least * RARE < most)
        note(notes, FT_OPT_class_weights,
             "%.40s has %zu row%s, the largest label %zu: set class_weights balanced", rare, least,
             ft_plural(least), most);
}

static void note_size(struct notes *notes, const struct ft_plan_in *in, const struct ft_plan *p)
{
    const struct ft_dataset_facts *f = ft_dataset_facts(in->data);
    bool whole = f->whole && f->part_n[0];
    if (whole && !f->part_n[1] &&
        ft_options_choice(in->o, FT_OPT_eval_strategy) != FT_STRATEGY_NEVER)
        note(notes, FT_OPT_split, "no validation split: no best checkpoint can be selected");
    if (p->schedule.total && p->schedule.total < FEW_STEPS)
        note(notes, FT_OPT_num_train_epochs, "only %llu step%s: use more epochs or a smaller batch",
             (unsigned long long)p->schedule.total, ft_plural(p->schedule.total));
    if (whole && ft_task_has(in->task, FT_TRAIT_ROWS) && f->part_n[0] < SMALL_DATA &&
        ft_options_num(in->o, FT_OPT_num_train_epochs) < 5 &&
        ft_options_int(in->o, FT_OPT_max_steps) <= 0)
        note(notes, FT_OPT_num_train_epochs,
             "only %zu %s: train 10 to 20 epochs (preset small_data)", f->part_n[0],
             ft_by_count(f->part_n[0], "text", "texts"));
}

static void note_precision(struct notes *notes, const struct ft_plan_in *in)
{
    struct ft_str why = {0};
    ft_precision_used(in->o, &why);
    if (ft_options_choice(in->o, FT_OPT_precision) == FT_PRECISION_INT8)
        note(notes, FT_OPT_precision, "precision int8 is for eval and predict only");
    else if (why.len)
        note(notes, FT_OPT_precision, "%s", ft_str_text(&why));
    ft_str_release(&why);
}

size_t ft_plan_notes(const struct ft_plan_in *in, const struct ft_plan *p,
                     struct ft_plan_note out[FT_PLAN_NOTES])
{
    struct notes notes = {.items = out};
    if (p->has_memory && !p->memory.fits)
        note(&notes, FT_OPT_per_device_train_batch_size, "not enough memory: %s", p->memory.advice);
    note_precision(&notes, in);
    note_values(&notes, in);
    if (in->data) {
        note_unknown(&notes, in);
        note_cut(&notes, in);
        note_labels(&notes, in);
        note_size(&notes, in, p);
    }
    if (in->model && in->model->head_new && ft_options_num(in->o, FT_OPT_warmup_ratio) <= 0 &&
        ft_options_num(in->o, FT_OPT_warmup_steps) <= 0)
        note(&notes, FT_OPT_warmup_ratio, "new head: warmup_ratio 0.1 makes training stable");
    return notes.n;
}

/* Preparing a run: see train_prepare.h. */
#include "engine/train/train_prepare.h"

#include "core/comm.h"
#include "core/pool.h"
#include "data/hub.h"
#include "data/problems.h"
#include "engine/model/model_match.h"
#include "engine/options/ranks.h"
#include "engine/task/task.h"
#include "engine/task/unknown.h"
#include "engine/train/checkpoint.h"
#include "engine/train/checkpoint_list.h"
#include "engine/train/checkpoint_verify.h"
#include "engine/train/events.h"
#include "engine/train/metrics_file.h"
#include "engine/train/record.h"
#include "engine/train/session_link.h"
#include "engine/train/target_scale.h"
#include "engine/train/train_ranks.h"
#include "engine/train/train_state.h"
#include "engine/train/train_steps.h"
#include "util/fs.h"
#include "util/json.h"
#include "util/log.h"
#include "util/mem.h"
#include "util/str.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void say_phase(struct ft_train *t, const char *phase)
{
    struct ft_snapshot *snap = ft_session_link_edit(t->link);
    snprintf(snap->phase, sizeof snap->phase, "%s", phase);
    ft_session_link_publish(t->link);
}

/* The data's labels in the order of the model's id2label. */
static enum ft_status order_labels(struct ft_train *t, const struct ft_hf_config *config,
                                   struct ft_err *err)
{
    const struct ft_labels *have = &t->data.x.labels;
    bool same_order = true;
    if (!config->labels_given || config->label_count != have->n) return FT_OK;
    size_t *order = ft_xcalloc(have->n + 1, sizeof *order);
    struct ft_labels wanted;
    ft_labels_init(&wanted);
    ft_model_label_order(config, (const char *const *)have->names, order);
    for (size_t i = 0; i < have->n; i++) {
        same_order = same_order && order[i] == i;
        ft_labels_add(&wanted, have->names[order[i]], strlen(have->names[order[i]]));
    }
    enum ft_status st = FT_OK;
    if (!same_order && wanted.n == have->n)
        st = ft_run_data_rebuild(&t->data, &t->o, &wanted, false, err);
    ft_labels_release(&wanted);
    free(order);
    return st;
}

/* What has a weight: labels; of tagged words O and the types. */
struct weighed {
    struct ft_labels names;
    size_t *of_label; /* the class of each label */
    size_t *counts;   /* in training: examples, or words */
    size_t all;
};

static void weighed_init(struct weighed *w, const struct ft_examples *x)
{
    bool tags = x->tagged[FT_PART_TRAIN] != NULL;
    struct ft_tag_set set;
    ft_labels_init(&w->names);
    ft_tag_set_init(&set, (const char *const *)x->labels.names, x->labels.n);
    w->of_label = ft_xcalloc(x->labels.n + 1, sizeof *w->of_label);
    w->counts = ft_xcalloc(x->labels.n + 1, sizeof *w->counts);
    w->all = 0;
    for (size_t k = 0; k < x->labels.n; k++) {
        int32_t type = set.tags[k].type;
        const char *name = !tags ? x->labels.names[k] : type < 0 ? "O" : set.types.names[type];
        size_t n = x->counts[k][FT_PART_TRAIN];
        w->of_label[k] = (size_t)ft_labels_add(&w->names, name, strlen(name));
        w->counts[w->of_label[k]] += n;
        w->all += n;
    }
    ft_tag_set_release(&set);
}

/* The weights of a JSON file. */
static enum ft_status read_weights(struct weighed *w, const char *how, float *weights,
                                   struct ft_err *err)
{
    cJSON *tree = NULL;
    double sum = 0;
    size_t K = w->names.n;
    enum ft_status st = ft_json_read(how, 16 << 20, &tree, err);
    for (size_t k = 0; k < K && !st; k++) {
        double x = NAN;
        st = ft_json_f64(tree, w->names.names[k], 0, 1e6, &x, how, err);
        if (!st && isnan(x))
            st = ft_fail(err, FT_FORMAT, "%s: has no weight for label %s", how, w->names.names[k]);
        weights[k] = (float)x;
        sum += x;
    }
    if (!st && sum <= 0)
        st = ft_fail(err, FT_FORMAT, "%s: all weights are 0, expected at least one above 0", how);
    for (const cJSON *entry = st ? NULL : tree->child; entry && !st; entry = entry->next) {
        const char *name = entry->string ? entry->string : "";
        if (ft_labels_find(&w->names, name, strlen(name)) >= 0) continue;
        const char *near = ft_nearest(name, (const char *const *)w->names.names, K);
        st = ft_fail(err, FT_FORMAT, "%s: \"%s\" is not a label of the data%s%s%s", how, name,
                     near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
    }
    cJSON_Delete(tree);
    return st;
}

static enum ft_status weigh_classes(struct ft_train *t, struct ft_err *err)
{
    const char *how = ft_options_text(&t->o, FT_OPT_class_weights);
    const struct ft_examples *x = &t->data.x;
    struct weighed w;
    enum ft_status st = FT_OK;
    if (!strcmp(how, "none") || !*how) return FT_OK;
    weighed_init(&w, x);
    float *weights = ft_xcalloc(w.names.n + 1, sizeof *weights);
    bool balanced = !strcmp(how, "balanced");
    for (size_t k = 0; k < w.names.n && balanced; k++) {
        double n = (double)w.counts[k], texts = (double)x->part_n[FT_PART_TRAIN];
        double even = x->several ? (texts - n) / n : (double)w.all / ((double)w.names.n * n);
        weights[k] = w.counts[k] ? (float)even : 0;
    }
    if (!balanced) st = read_weights(&w, how, weights, err);
    t->class_weights = ft_xcalloc(x->labels.n, sizeof *t->class_weights);
    for (size_t k = 0; k < x->labels.n; k++)
        t->class_weights[k] = weights[w.of_label[k]];
    free(weights);
    free(w.of_label);
    free(w.counts);
    ft_labels_release(&w.names);
    return st;
}

enum ft_status ft_train_freeze(struct ft_train *t, struct ft_err *err)
{
    const char *what = ft_options_text(&t->o, FT_OPT_freeze);
    struct ft_params *ps = &t->model.net->params;
    long long layers = 0;
    if (!strcmp(what, "none") || !*what) return FT_OK;
    if (!strcmp(what, "embeddings")) {
        ft_params_freeze(ps, FT_FREEZE_EMBEDDINGS, 0);
        return FT_OK;
    }
    if (!ft_parse_i64(what, &layers) || layers < 0 || (size_t)layers > ps->layers)
        return ft_fail(err, FT_USAGE, "freeze is %s, expected none, embeddings or 0 to %zu layer%s",
                       what, ps->layers, ft_plural(ps->layers));
    ft_params_freeze(ps, FT_FREEZE_LAYERS, (size_t)layers);
    return FT_OK;
}

/* Labels in the order in which the model will have them. */
static enum ft_status settle_labels(struct ft_train *t, const char *model, struct ft_err *err)
{
    struct ft_hf_config config = {0};
    enum ft_status st = ft_model_file_config(&config, NULL, model, err);
    if (st) return st;
    st = order_labels(t, &config, err);
    ft_hf_config_release(&config);
    return st ? st : ft_run_data_teaches(&t->data, err);
}

/* The model, from the folder `path`: the base model, or a checkpoint, which has all that a run
 * needs of it. */
static enum ft_status load_model_from(struct ft_train *t, const char *path, struct ft_err *err)
{
    enum ft_status st = ft_task_has(t->task, FT_TRAIT_CLASSES) ? settle_labels(t, path, err)
                        : ft_task_has(t->task, FT_TRAIT_NUMBERS)
                            ? ft_run_data_teaches(&t->data, err)
                            : FT_OK;
    if (st) return st;
    const struct ft_labels *labels = &t->data.x.labels;
    double dropout = -1;
    ft_parse_double(ft_options_text(&t->o, FT_OPT_dropout), &dropout);
    struct ft_model_opt opt = {.task = t->task,
                               .labels = (const char *const *)labels->names,
                               .label_n = labels->n,
                               .seed = (uint64_t)ft_options_int(&t->o, FT_OPT_seed),
                               .dropout = dropout};
    return ft_model_file_load(&t->model, path, &opt, err);
}

/* A resumed run is loaded from its checkpoint: the base model may be gone or changed by now. */
static enum ft_status load_model(struct ft_train *t, struct ft_err *err)
{
    const char *name = ft_options_text(&t->o, FT_OPT_model);
    struct ft_hub_model base = {0};
    bool there = t->from && (!t->follows || ft_path_is_dir(t->from));
    enum ft_status st = load_model_from(t, there ? t->from : name, err);
    if (st == FT_NOTFOUND && t->fork_from && !t->from) {
        st = load_model_from(t, t->fork_from, err);
        if (!st) ft_log(FT_LOG_NOTE, "%s: not found; loaded from %s instead", name, t->fork_from);
    }
    if (st) return st;
    bool own = t->from || t->fork_from; /* the weights are a checkpoint's */
    if (t->model.said.len && !own) ft_log(FT_LOG_NOTE, "%s: %s", name, ft_str_text(&t->model.said));
    if (own && !ft_hub_resolve(&base, name, NULL)) {
        free(t->model.path);
        t->model.path = ft_xstrdup(base.path);
    }
    ft_hub_model_release(&base);
    free(t->model.name);
    t->model.name = ft_xstrdup(name);
    return ft_train_freeze(t, err);
}

/* What needs evaluations needs a part to evaluate. */
static enum ft_status check_validation(const struct ft_train *t, size_t examples,
                                       struct ft_err *err)
{
    bool never = ft_options_choice(&t->o, FT_OPT_eval_strategy) == FT_STRATEGY_NEVER;
    bool best = ft_options_choice(&t->o, FT_OPT_save_strategy) == FT_STRATEGY_BEST;
    bool patience = ft_options_int(&t->o, FT_OPT_early_stopping_patience) > 0;
    bool tune =
        ft_task_has(t->task, FT_TRAIT_LABEL_SETS) && ft_options_bool(&t->o, FT_OPT_tune_thresholds);
    if (never || examples) return FT_OK;
    if (best || patience || tune)
        return ft_fail(err, FT_USAGE,
                       "no validation split, which %s needs: use --validation FILE, or a --split "
                       "with a second share",
                       best       ? "save_strategy best"
                       : patience ? "early_stopping_patience"
                                  : "tune_thresholds");
    ft_log(FT_LOG_NOTE, "no validation split: no evaluation during training (--validation FILE or "
                        "--split provides one)");
    return FT_OK;
}

/* Rows without a label cannot be scored. */
static enum ft_status drop_unlabelled(struct ft_train *t, struct ft_err *err)
{
    const struct ft_sequences *train = &t->seq[FT_PART_TRAIN];
    size_t without = 0;
    for (size_t i = 0; i < train->n; i++)
        without += train->labels[i] < 0;
    if (without)
        ft_log(FT_LOG_NOTE, "%zu of %zu training text%s without a label: learned from the teacher",
               without, train->n, ft_plural(train->n));
    bool could = t->seq[FT_PART_VALIDATION].n > 0;
    for (int part = FT_PART_VALIDATION; part < FT_PART_COUNT; part++) {
        size_t before = t->seq[part].n;
        ft_sequences_keep_labelled(&t->seq[part]);
        if (before == t->seq[part].n) continue;
        ft_log(FT_LOG_NOTE, "%zu of %zu %s text%s without a label: not scored",
               before - t->seq[part].n, before, ft_part_name((enum ft_part)part),
               ft_plural(before));
    }
    bool can = t->seq[FT_PART_VALIDATION].n > 0;
    return could && !can ? check_validation(t, 0, err) : FT_OK;
}

static enum ft_status tokenize(struct ft_train *t, struct ft_err *err)
{
    size_t length = (size_t)ft_options_int(&t->o, FT_OPT_max_seq_length);
    bool cuts = !ft_task_has(t->task, FT_TRAIT_TEXT);
    if (cuts && length > t->model.max_tokens) {
        ft_log(FT_LOG_WARN,
               "max_seq_length %zu is more than the model's %zu positions: %zu is used", length,
               t->model.max_tokens, t->model.max_tokens);
        length = t->model.max_tokens;
    }
    enum ft_status st = FT_OK;
    for (int part = 0; part < FT_PART_COUNT; part++) {
        st = ft_task_ops(t->task)->sequences(&t->seq[part], &t->data, (enum ft_part)part, &t->model,
                                             &t->o, part != FT_PART_TRAIN, NULL, err);
        if (st) return st;
    }
    if (t->data.some_unlabelled && (st = drop_unlabelled(t, err))) return st;
    const struct ft_sequences *train = &t->seq[FT_PART_TRAIN];
    if (!train->n) return ft_run_data_empty(&t->data, err);
    ft_unknown_warn_of(ft_options_text(&t->o, FT_OPT_data), t->model.tok, train);
    bool texts = ft_task_has(t->task, FT_TRAIT_ROWS | FT_TRAIT_HIDDEN);
    if (train->cut && texts)
        ft_log(FT_LOG_NOTE, "%zu of %zu training text%s truncated at %zu token%s (%.1f%%)",
               train->cut, train->n, ft_plural(train->n), length, ft_plural(length),
               100.0 * (double)train->cut / (double)train->n);
    return FT_OK;
}

/* The teacher, and the texts as it reads them. */
static enum ft_status prepare_teacher(struct ft_train *t, struct ft_err *err)
{
    if (!t->teacher.m.net) return FT_OK;
    enum ft_status st = FT_OK;
    bool scores = ft_task_has(t->task, FT_TRAIT_HIDDEN); /* an evaluation needs it */
    say_phase(t, "tokenizing for the teacher");
    for (int part = 0; part < FT_PART_COUNT && !st; part++)
        if (part == FT_PART_TRAIN || scores)
            st = ft_teacher_encode(&t->teacher, (enum ft_part)part, &t->seq[part], &t->data,
                                   &t->model, &t->o, NULL, err);
    return st;
}

static enum ft_status load_teacher(struct ft_train *t, struct ft_err *err)
{
    if (!*ft_options_text(&t->o, FT_OPT_teacher)) return FT_OK;
    say_phase(t, "loading the teacher");
    enum ft_status st = ft_teacher_load(&t->teacher, &t->o, t->task, err);
    t->data.some_unlabelled = t->teacher.logits;
    return !st && t->resumed && !t->follows ? ft_record_same_teacher(t, err) : st;
}

static enum ft_status plan_memory(struct ft_train *t, struct ft_err *err)
{
    size_t batch = (size_t)ft_options_int(&t->o, FT_OPT_per_device_train_batch_size);
    struct ft_ws_opt opt = ft_train_room(t);
    enum ft_optim_kind optim = (enum ft_optim_kind)ft_options_choice(&t->o, FT_OPT_optim);
    ft_net_plan(&t->model.net->cfg, &opt, &t->plan);
    size_t moments =
        (size_t)ft_optim_states(optim) * t->plan.weights_bytes / (size_t)ft_comm_size();
    t->plan.total_bytes += moments - t->plan.optim_bytes;
    t->plan.optim_bytes = moments;
    size_t ranks = (size_t)ft_comm_size();
    size_t sums = ft_shards_bytes(ft_train_shards(t), ranks, t->plan.weights_bytes / sizeof(float));
    t->plan.total_bytes += sums;
    t->plan.grads_bytes += sums;
    size_t there = t->plan.weights_bytes; /* the weights are there already */
    if (t->teacher.m.net) {
        ft_teacher_plan(&t->teacher, batch,
                        (size_t)ft_options_int(&t->o, FT_OPT_per_device_eval_batch_size));
        t->plan.total_bytes += t->teacher.plan.total_bytes;
        there += t->teacher.plan.weights_bytes;
    }
    int64_t free_bytes = ft_mem_available();
    size_t still = t->plan.total_bytes - there;
    if (free_bytes < 0 || still <= (size_t)free_bytes) return FT_OK;
    char need[32], have[32], work[32];
    return ft_fail(err, FT_NOMEM,
                   "training needs %s (%s of it for batches of %zu text%s, up to %zu tokens), but "
                   "only %s are free: %shalve per_device_train_batch_size or max_seq_length",
                   ft_format_bytes(need, sizeof need, (double)still),
                   ft_format_bytes(work, sizeof work,
                                   (double)(t->plan.activations_bytes + t->plan.work_bytes)),
                   opt.B, ft_plural(opt.B), opt.N,
                   ft_format_bytes(have, sizeof have, (double)free_bytes),
                   opt.checkpoint ? "" : "use --gradient_checkpointing true, or ");
}

static enum ft_status prepare_optimiser(struct ft_train *t, struct ft_err *err)
{
    const struct ft_params *ps = &t->model.net->params;
    t->optim.kind = (enum ft_optim_kind)ft_options_choice(&t->o, FT_OPT_optim);
    t->sched = (enum ft_sched_kind)ft_options_choice(&t->o, FT_OPT_lr_scheduler_type);
    t->optim.beta1 = ft_options_num(&t->o, FT_OPT_adam_beta1);
    t->optim.beta2 = ft_options_num(&t->o, FT_OPT_adam_beta2);
    t->optim.eps = ft_options_num(&t->o, FT_OPT_adam_epsilon);
    t->optim.weight_decay = ft_options_num(&t->o, FT_OPT_weight_decay);
    struct ft_optim_range *ranges = ft_xcalloc(ps->n, sizeof *ranges);
    size_t n = ft_params_ranges(ps, ft_train_by_token(t), ranges);
    enum ft_status st = ft_shards_init(&t->shards, ft_train_shards(t), ps->floats, ranges, n, err);
    free(ranges);
    if (st) return st;
    for (int k = 0; k < ft_optim_states(t->optim.kind); k++) {
        size_t own = t->shards.end - t->shards.begin;
        if (!(t->moments[k] = ft_try_big((own + 1) * sizeof(float))))
            return ft_fail(err, FT_NOMEM, "no memory for the optimiser's %zu values", own);
    }
    return ft_net_train_begin(t->model.net, err);
}

/* A shard that never has a batch is a mistake. */
static enum ft_status check_shards(const struct ft_train *t, struct ft_err *err)
{
    size_t shards = ft_train_shards(t), texts = t->seq[FT_PART_TRAIN].n;
    if (t->batches >= shards) return FT_OK;
    return ft_fail(err, FT_USAGE,
                   "%zu training sequence%s in batches of %s: %llu batch%s, fewer than the %zu "
                   "shards: lower per_device_train_batch_size or shards",
                   texts, ft_plural(texts),
                   ft_options_text(&t->o, FT_OPT_per_device_train_batch_size),
                   (unsigned long long)t->batches, t->batches == 1 ? "" : "es", shards);
}

enum ft_status ft_train_arm(struct ft_train *t, struct ft_err *err)
{
    ft_train_count_steps(t);
    enum ft_status bad = check_shards(t, err);
    if (bad) return bad;
    enum ft_status st = plan_memory(t, err);
    if (!st && t->teacher.m.net) st = ft_teacher_begin(&t->teacher, err);
    return st ? st : prepare_optimiser(t, err);
}

/* Whether the teacher's outputs are kept in a file of the folder. A resumed run goes on as it began,
 * since the outputs may differ in their last bits. */
static enum ft_status prepare_cache(struct ft_train *t, struct ft_err *err)
{
    size_t batch = (size_t)ft_options_int(&t->o, FT_OPT_per_device_train_batch_size);
    char size[32], most[32];
    if (!t->teacher.m.net || (t->resumed && t->teacher_cached == 0)) return FT_OK;
    uint64_t bytes = ft_teacher_cache_plan(&t->teacher, batch);
    if (!t->resumed || t->teacher_cached < 0) {
        if (t->epochs <= 1) return FT_OK; /* each text passes through it once anyway */
        int64_t room = ft_disk_free(t->dir);
        bool large = bytes > FT_TEACHER_CACHE_BYTES_MAX;
        bool full = room >= 0 && bytes > (uint64_t)room / 2;
        ft_format_bytes(size, sizeof size, (double)bytes);
        ft_format_bytes(most, sizeof most,
                        large ? (double)FT_TEACHER_CACHE_BYTES_MAX : (double)room / 2);
        if (large || full) {
            ft_log(FT_LOG_NOTE,
                   "the teacher's outputs would take %s, more than %s%s: it runs in every "
                   "epoch",
                   size, most, large ? "" : " (half of the free disk space)");
            return FT_OK;
        }
        ft_log(FT_LOG_INFO, "the teacher's outputs are kept in %s/" FT_TEACHER_CACHE_FILE ", %s",
               t->dir, size);
    }
    char *path = ft_path_join(t->dir, FT_TEACHER_CACHE_FILE);
    enum ft_status st = ft_train_cache_begin(t, path, err);
    t->teacher.cache_bytes = bytes;
    free(path);
    return st;
}

enum ft_status ft_train_cache_begin(struct ft_train *t, const char *path, struct ft_err *err)
{
    const struct ft_sequences *s = &t->seq[FT_PART_TRAIN];
    size_t batch = (size_t)ft_options_int(&t->o, FT_OPT_per_device_train_batch_size);
    size_t *order = ft_xcalloc(s->n + 1, sizeof *order);
    int how = ft_options_choice(&t->o, FT_OPT_train_sampling_strategy);
    ft_order_epoch(s, (enum ft_order)how, (uint64_t)ft_options_int(&t->o, FT_OPT_seed), 0, batch,
                   order);
    enum ft_status st = ft_teacher_cache_begin(&t->teacher, path, order, batch, err);
    free(order);
    return st;
}

/* A checkpoint to start from: the last of a resumed run, the one that is forked, or none. */
static enum ft_status restore(struct ft_train *t, struct ft_err *err)
{
    enum ft_status st = FT_OK;
    t->s = (struct ft_train_state){.lr_factor = 1};
    if (t->from) {
        st = ft_checkpoint_load(t, t->from, err);
        if (!st) ft_log(FT_LOG_INFO, "resuming after step %llu", (unsigned long long)t->s.step);
        if (!st) st = ft_metrics_repair(t, err);
        if (!st && !t->follows) ft_checkpoint_rotate(t);
    } else if (t->fork_from) {
        st = ft_checkpoint_load(t, t->fork_from, err);
        t->s.metrics_bytes = 0;
        t->s.has_best = false;
        t->s.worse = 0;
        if (t->fork_rate) t->s.lr_factor = 1;
    } else if (t->resumed) {
        ft_log(FT_LOG_NOTE, "%s: no checkpoint yet, starting from the model", t->dir);
    }
    ft_run_segments_cut(&t->breaks, t->s.step);
    if (t->resumed || t->fork_from)
        ft_run_segments_add(&t->breaks, t->resumed ? FT_RUN_SEGMENT_RESUMED : FT_RUN_SEGMENT_FORKED,
                            t->s.step);
    t->saved_bytes = t->s.metrics_bytes;
    if (!st) st = ft_record_replace(t, err);
    if (!st) st = ft_events_restore(t, err);
    ft_train_count_steps(t);
    if (!st) st = ft_events_fit(t, err);
    if (!st && t->resumed) st = ft_record_write(t, "running", err); /* it has the events */
    return st ? st : ft_metrics_open(t, err);
}

static void say_sizes(const struct ft_train *t)
{
    const struct ft_task_facts *f = ft_task_facts(t->task);
    size_t n[FT_PART_COUNT];
    char made[64] = "";
    for (int part = 0; part < FT_PART_COUNT; part++)
        n[part] = ft_task_ops(t->task)->count(&t->data, (enum ft_part)part);
    if (ft_task_has(t->task, FT_TRAIT_CLASSES))
        snprintf(made, sizeof made, "%zu label%s", t->data.x.labels.n,
                 ft_plural(t->data.x.labels.n));
    else
        snprintf(made, sizeof made, "%zu training %s", t->seq[FT_PART_TRAIN].n, f->sequences);
    ft_log(FT_LOG_INFO,
           "%zu training, %zu validation, %zu test %s, %s; %llu update%s, %llu per epoch",
           n[FT_PART_TRAIN], n[FT_PART_VALIDATION], n[FT_PART_TEST], f->examples, made,
           (unsigned long long)t->total, ft_plural(t->total), (unsigned long long)t->updates);
}

/* Texts that are learned and scored make the scores too good. */
static enum ft_status warn_of_overlap(const struct ft_train *t, struct ft_err *err)
{
    static const enum ft_problem_kind kinds[] = {FT_PROBLEM_OVERLAP_LABEL, FT_PROBLEM_OVERLAP};
    const struct ft_examples *x = &t->data.x;
    if (x->part_n[FT_PART_TRAIN] == x->n) return FT_OK; /* there is one part */
    struct ft_problems p;
    enum ft_status st = ft_problems_find(&p, x, 1, NULL, err);
    if (st) return st;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (p.count[kinds[i]])
            ft_log(FT_LOG_WARN, "%zu %s (fettle inspect lists the rows)", p.count[kinds[i]],
                   ft_problem_bad(kinds[i], p.count[kinds[i]]));
    ft_problems_release(&p);
    return FT_OK;
}

/* A resumed run has its tokenizer in its newest checkpoint: the base model may be gone by now. NULL:
 * that of --model. free() it. */
static char *own_tokenizer(const struct ft_train *t)
{
    uint64_t *steps = NULL;
    size_t n = 0;
    char *path = NULL;
    if (t->resumed && !ft_checkpoint_list(t->dir, &steps, &n, NULL) && n)
        path = ft_checkpoint_path(t->dir, steps[n - 1]);
    free(steps);
    return path;
}

enum ft_status ft_train_prepare(struct ft_train *t, struct ft_err *err)
{
    enum ft_status st = ft_train_ranks_prepare(t, err);
    if (!st) st = ft_pool_init(ft_ranks_threads(&t->o), err);
    if (st) return st;
    if ((st = load_teacher(t, err))) return st;
    say_phase(t, "reading the data");
    const struct ft_labels *labels = t->teacher.logits ? &t->teacher.labels : NULL;
    char *own = own_tokenizer(t);
    t->data.tok_dir = own;
    st = ft_task_open(&t->data, t->task, &t->o, labels, false, err);
    t->data.tok_dir = NULL;
    free(own);
    if (st) return st;
    size_t examples = ft_task_ops(t->task)->count(&t->data, FT_PART_VALIDATION);
    if ((st = check_validation(t, examples, err))) return st;
    if (ft_task_has(t->task, FT_TRAIT_ROWS | FT_TRAIT_TAGS) && (st = warn_of_overlap(t, err)))
        return st;
    if (t->resumed && !t->follows && (st = ft_record_same_data(t, err))) return st;
    if (t->resumed && !t->follows && (st = ft_record_compare_machine(t, err))) return st;
    say_phase(t, "loading the model");
    if (t->resumed && !t->follows && (st = ft_checkpoint_choose(t, err))) return st;
    if (t->resumed && (st = ft_train_ranks_from(t, err))) return st;
    if ((st = load_model(t, err))) return st;
    ft_model_file_precision(&t->model, &t->o);
    if (ft_task_has(t->task, FT_TRAIT_NUMBERS)) ft_target_scale_set(t);
    if (t->teacher.m.net && (st = ft_teacher_fit(&t->teacher, &t->model, &t->data.x.labels, err)))
        return st;
    if (ft_task_has(t->task, FT_TRAIT_CLASSES) && (st = weigh_classes(t, err))) return st;
    say_phase(t, "tokenizing");
    if ((st = tokenize(t, err))) return st;
    if ((st = prepare_teacher(t, err))) return st;
    if ((st = ft_train_arm(t, err)) || t->follows) return st;
    if ((st = ft_train_ranks_ready(t, err))) return st;
    if ((st = restore(t, err))) return st;
    if ((st = prepare_cache(t, err))) return st;
    say_sizes(t);
    st = ft_record_write(t, "running", err);
    t->started = !st;
    return st;
}

void ft_train_release(struct ft_train *t)
{
    size_t bytes = (t->shards.end - t->shards.begin + 1) * sizeof(float);
    ft_train_ranks_drop(t);
    for (int k = 0; k < 2; k++)
        if (t->moments[k]) ft_big_free(t->moments[k], bytes);
    for (int part = 0; part < FT_PART_COUNT; part++)
        ft_sequences_release(&t->seq[part]);
    ft_record_close(t);
    ft_optim_rows_release(&t->rows);
    ft_shards_release(&t->shards);
    free(t->class_weights);
    ft_teacher_release(&t->teacher);
    ft_model_file_release(&t->model);
    ft_run_data_release(&t->data);
    ft_options_release(&t->o);
    ft_options_release(&t->base);
    ft_events_release(&t->replay);
    ft_events_release(&t->given);
    ft_events_release(&t->asked);
    ft_run_segments_release(&t->breaks);
    free(t->fork_from);
    free(t->from);
    free(t->tail);
    free(t->dir);
}

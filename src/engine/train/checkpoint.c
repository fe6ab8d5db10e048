/* Checkpoints: checkpoint-STEP/ holds the model in Hugging Face layout, trainer_state.json and
 * optimizer.safetensors: the moments under the parameters' names, and in its metadata the exact
 * state of the run, the end of metrics.jsonl and a list of the folder's files. A folder appears
 * whole and goes whole, by renames: everything in it, and everything that it refers to, is on disk
 * before. checkpoint_verify.c says which one can be used. */
#include "engine/train/checkpoint.h"

#include "data/hf_dir.h"
#include "data/safetensors.h"
#include "data/trainer_state.h"
#include "engine/train/checkpoint_list.h"
#include "engine/train/checkpoint_verify.h"
#include "engine/train/metrics_file.h"
#include "engine/train/run_folder.h"
#include "engine/train/train_ranks.h"
#include "engine/train/train_state.h"
#include "engine/train/train_steps.h"
#include "util/fs.h"
#include "util/json.h"
#include "util/log.h"
#include "util/mem.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Keys of the metadata of optimizer.safetensors: texts. */
#define FT_CHECKPOINT_STATE  "fettle"         /* ft_train_state */
#define FT_CHECKPOINT_TAIL   "fettle_metrics" /* the last lines of metrics.jsonl */
#define FT_CHECKPOINT_EVENTS "fettle_events"  /* all lines of events */

/* The rows of ft_train_state, for writing and reading alike, with the numbers that they may be. */
#define COUNT_MAX 9007199254740992.0 /* a double has all whole numbers up to here */
#define STATE_LIST(X)                                                                              \
    X(step, uint64_t, 0, COUNT_MAX)                                                                \
    X(micro, uint64_t, 0, COUNT_MAX)                                                               \
    X(lr_factor, double, 0, 1e9)                                                                   \
    X(log_loss, double, -DBL_MAX, DBL_MAX)                                                         \
    X(log_steps, uint64_t, 0, COUNT_MAX)                                                           \
    X(loss_total, double, -DBL_MAX, DBL_MAX)                                                       \
    X(tokens, uint64_t, 0, COUNT_MAX)                                                              \
    X(has_best, bool, 0, 1)                                                                        \
    X(best, double, -DBL_MAX, DBL_MAX)                                                             \
    X(best_step, uint64_t, 0, COUNT_MAX)                                                           \
    X(worse, uint64_t, 0, COUNT_MAX)                                                               \
    X(kept_best, uint64_t, 0, COUNT_MAX)                                                           \
    X(metrics_bytes, uint64_t, 0, COUNT_MAX)
/* Rows that older checkpoints do not have: 0 then. */
#define STATE_MORE_LIST(X)                                                                         \
    X(log_label, double, -DBL_MAX, DBL_MAX)                                                        \
    X(log_teacher, double, -DBL_MAX, DBL_MAX)                                                      \
    X(log_hidden, double, -DBL_MAX, DBL_MAX)

static void state_text(const struct ft_train *t, struct ft_str *out)
{
    ft_str_addc(out, '{');
#define X(field, type, lowest, highest)                                                            \
    ft_json_add_key(out, #field);                                                                  \
    ft_json_add_num(out, (double)t->s.field);
    STATE_LIST(X)
    STATE_MORE_LIST(X)
#undef X
    ft_json_put_num(out, "seconds", t->seconds_before);
    ft_str_addc(out, '}');
}

static enum ft_status state_parse(struct ft_train_state *s, const char *text, const char *path,
                                  struct ft_err *err)
{
    cJSON *tree = NULL;
    double x;
    enum ft_status st = ft_json_parse(text, strlen(text), path, &tree, err);
#define X(field, type, lowest, highest)                                                            \
    if (!st && !ft_json_get(tree, #field))                                                         \
        st = ft_fail(err, FT_FORMAT, "%s: its state has no %s", path, #field);                     \
    x = 0;                                                                                         \
    if (!st && !(st = ft_json_f64(tree, #field, lowest, highest, &x, path, err)))                  \
        s->field = (type)x;
    STATE_LIST(X)
#undef X
#define X(field, type, lowest, highest)                                                            \
    x = 0;                                                                                         \
    if (!st && !(st = ft_json_f64(tree, #field, lowest, highest, &x, path, err)))                  \
        s->field = (type)x;
    STATE_MORE_LIST(X)
#undef X
    cJSON_Delete(tree);
    return st;
}

/* The moments of one parameter each, "exp_avg.NAME" and "exp_avg_sq.NAME" as torch calls them. */
static const char *const moment_names[2] = {"exp_avg.", "exp_avg_sq."};

static enum ft_status save_moments(struct ft_train *t, const char *dir, struct ft_err *err)
{
    const struct ft_params *ps = &t->model.net->params;
    struct ft_st_item *items = ft_xcalloc(2 * ps->n, sizeof *items);
    struct ft_arena names = {0};
    size_t n = 0;
    for (int k = 0; k < ft_optim_states(t->optim.kind); k++) {
        const float *moments = t->whole[k] ? t->whole[k] : t->moments[k];
        for (size_t i = 0; i < ps->n; i++) {
            const struct ft_param *p = &ps->items[i];
            if (p->frozen) continue;
            char *name = ft_xprintf("%s%s", moment_names[k], p->name);
            items[n++] = (struct ft_st_item){.name = ft_arena_strndup(&names, name, strlen(name)),
                                             .dtype = FT_DTYPE_F32,
                                             .rank = 1,
                                             .shape = {p->count},
                                             .data = moments + p->offset};
            free(name);
        }
    }
    struct ft_str state = {0}, tail = {0}, files = {0};
    state_text(t, &state);
    ft_metrics_tail(t, &tail);
    enum ft_status st = ft_checkpoint_manifest(dir, &files, err);
    const char *meta[] = {FT_CHECKPOINT_STATE, ft_str_text(&state),  FT_CHECKPOINT_TAIL,
                          ft_str_text(&tail),  FT_CHECKPOINT_EVENTS, ft_str_text(&t->event_lines),
                          FT_CHECKPOINT_FILES, ft_str_text(&files),  NULL};
    char *path = ft_path_join(dir, "optimizer.safetensors");
    if (!st) st = ft_st_save(path, items, n, meta, NULL, err);
    free(path);
    ft_str_release(&files);
    ft_str_release(&tail);
    ft_str_release(&state);
    ft_arena_release(&names);
    free(items);
    return st;
}

static enum ft_status save_trainer_state(struct ft_train *t, const char *dir, struct ft_err *err)
{
    char *best = ft_checkpoint_path(t->dir, t->s.best_step);
    char *path = ft_path_join(dir, "trainer_state.json");
    struct ft_trainer_state s = {
        .epoch = (double)t->s.step / (double)t->updates,
        .global_step = (int64_t)t->s.step,
        .max_steps = (int64_t)t->total,
        .logging_steps = ft_options_int(&t->o, FT_OPT_logging_steps),
        .eval_steps = ft_options_int(&t->o, FT_OPT_eval_steps),
        .save_steps = ft_options_int(&t->o, FT_OPT_save_steps),
        .train_batch_size = ft_options_int(&t->o, FT_OPT_per_device_train_batch_size),
        .num_train_epochs = (int64_t)(t->epochs + 0.999999),
        .num_input_tokens_seen = (int64_t)t->s.tokens,
        .has_best = t->s.has_best,
        .best_metric = t->s.best,
        .best_global_step = (int64_t)t->s.best_step,
        .best_model_checkpoint = t->s.has_best ? best : NULL,
        .log_history = (const char *const *)t->history,
        .log_count = t->history_n,
    };
    enum ft_status st = ft_trainer_state_save(&s, path, err);
    free(path);
    free(best);
    return st;
}

void ft_checkpoint_drop(struct ft_train *t, uint64_t step)
{
    struct ft_err err = {0};
    if (!ft_checkpoint_remove(t->dir, step, &err)) return;
    if (step >= t->undropped) ft_log(FT_LOG_WARN, "%s", err.msg); /* once for each */
    if (step >= t->undropped) t->undropped = step + 1;
}

void ft_checkpoint_rotate(struct ft_train *t)
{
    long long limit = ft_options_int(&t->o, FT_OPT_save_total_limit);
    uint64_t *steps;
    size_t n;
    struct ft_err err = {0};
    if (t->undropped) ft_run_folder_clear(t->dir); /* what could not be removed before */
    if (limit <= 0) return;
    if (ft_checkpoint_list(t->dir, &steps, &n, &err))
        ft_log(FT_LOG_WARN, "%s: old checkpoints are kept", err.msg);
    size_t left = n;
    for (size_t i = 0; i + 1 < n && left > (size_t)limit; i++) {
        if (t->s.has_best && steps[i] == t->s.best_step) continue;
        ft_checkpoint_drop(t, steps[i]);
        left--;
    }
    free(steps);
}

enum ft_status ft_checkpoint_check(const struct ft_train *t, struct ft_err *err)
{
    const struct ft_params *ps = &t->model.net->params;
    for (size_t i = 0; i < ps->n; i++) {
        const struct ft_param *p = &ps->items[i];
        const float *w = t->model.net->w + p->offset;
        float sum = 0; /* of zeros, unless one is infinite or NaN */
        for (size_t k = 0; k < p->count; k++)
            sum += w[k] * 0.0f;
        if (!isfinite(sum))
            return ft_fail(err, FT_NUMERIC,
                           "weights of %s are not finite numbers after step %" PRIu64
                           ": lower learning_rate; the last good checkpoint is kept",
                           p->name, t->s.step);
    }
    return FT_OK;
}

enum ft_status ft_checkpoint_save(struct ft_train *t, struct ft_err *err)
{
    char *path = ft_checkpoint_path(t->dir, t->s.step);
    const struct ft_params *ps = &t->model.net->params;
    struct ft_hf_dir d;
    uint64_t bytes = (uint64_t)ps->floats * sizeof(float) * 3 + (1 << 20);
    ft_train_sync(t);
    enum ft_status st = ft_checkpoint_check(t, err);
    if (!st) st = ft_metrics_sync(t, err); /* the checkpoint refers to it */
    if (!st) st = ft_run_folder_here(t, err);
    if (!st) st = ft_hf_dir_begin_in(&d, path, bytes, err);
    if (!st) {
        st = ft_train_ranks_moments(t, err);
        if (!st) st = ft_model_file_put(&t->model, &d, err);
        if (!st) st = save_trainer_state(t, d.tmp, err);
        if (!st) st = save_moments(t, d.tmp, err); /* lists the other files */
        ft_train_ranks_drop(t);
        st = ft_hf_dir_end(&d, st, err);
    }
    if (!st) {
        t->saved_bytes = t->s.metrics_bytes;
        ft_log(FT_LOG_INFO, "saved %s", path);
        ft_checkpoint_rotate(t);
    }
    free(path);
    return st;
}

static enum ft_status read_floats(const struct ft_st *file, const char *name, float *dst,
                                  size_t count, const char *path, struct ft_err *err)
{
    const struct ft_st_tensor *x = ft_st_find(file, name);
    if (!x || x->count != count)
        return ft_fail(err, FT_FORMAT, "%s: tensor %s is missing or has another size", path, name);
    return ft_st_read_f32(file, x, dst, err);
}

enum ft_status ft_checkpoint_weights(struct ft_train *t, const char *path, struct ft_err *err)
{
    const struct ft_params *ps = &t->model.net->params;
    struct ft_st *file = NULL;
    enum ft_status st = ft_st_open_dir(&file, path, err);
    if (!st) st = ft_st_verify(file, err);
    for (size_t i = 0; i < ps->n && !st; i++)
        st = read_floats(file, ps->items[i].name, t->model.net->w + ps->items[i].offset,
                         ps->items[i].count, path, err);
    ft_net_values_unfold(t->model.net);
    ft_net_weights_changed(t->model.net);
    ft_st_close(file);
    return st;
}

enum ft_status ft_checkpoint_load(struct ft_train *t, const char *path, struct ft_err *err)
{
    const struct ft_params *ps = &t->model.net->params;
    char *name = ft_path_join(path, "optimizer.safetensors");
    struct ft_st *file = NULL;
    enum ft_status st = ft_checkpoint_weights(t, path, err);
    if (!st) st = ft_st_open(&file, name, err);
    if (!st) st = ft_st_verify(file, err);
    if (!st) st = ft_train_ranks_room(t, err);
    if (!st) {
        const char *state = ft_st_meta(file, FT_CHECKPOINT_STATE);
        const char *tail = ft_st_meta(file, FT_CHECKPOINT_TAIL);
        const char *events = ft_st_meta(file, FT_CHECKPOINT_EVENTS);
        t->tail = ft_xstrdup(tail);
        ft_str_clear(&t->event_lines);
        ft_str_addz(&t->event_lines, events ? events : "");
        st = state ? state_parse(&t->s, state, name, err)
                   : ft_fail(err, FT_FORMAT, "%s: was not written by fettle", name);
    }
    for (int k = 0; k < ft_optim_states(t->optim.kind) && !st; k++) {
        for (size_t i = 0; i < ps->n && !st; i++) {
            const struct ft_param *p = &ps->items[i];
            if (p->frozen) continue;
            char *tensor = ft_xprintf("%s%s", moment_names[k], p->name);
            float *moments = t->whole[k] ? t->whole[k] : t->moments[k];
            st = read_floats(file, tensor, moments + p->offset, p->count, name, err);
            free(tensor);
        }
    }
    ft_st_close(file);
    free(name);
    return st;
}

/* The options of a run: see train_options.h. */
#include "engine/train/train_options.h"

#include "engine/model/models.h"
#include "engine/task/task.h"
#include "engine/train/checkpoint_list.h"
#include "engine/train/events.h"
#include "engine/train/record.h"
#include "engine/train/train_ranks.h"
#include "engine/train/train_state.h"
#include "util/fs.h"
#include "util/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static enum ft_status fail_no_checkpoint(const char *dir, const char *path, struct ft_err *err)
{
    enum { SHOWN = 8 };
    uint64_t *steps;
    size_t n;
    enum ft_status st = ft_checkpoint_list(dir, &steps, &n, err);
    struct ft_str list = {0};
    for (size_t i = n > SHOWN ? n - SHOWN : 0; i < n; i++)
        ft_str_addf(&list, "%s%llu", list.len ? ", " : "", (unsigned long long)steps[i]);
    free(steps);
    if (!st || st == FT_NOTFOUND)
        st = ft_fail(err, FT_NOTFOUND, "%s: no such checkpoint; %s has %s%s", path, dir,
                     n ? "those of step " : "none", ft_str_text(&list));
    ft_str_release(&list);
    return st;
}

/* "FOLDER@STEP": the checkpoint's folder and the run's options beneath those that were given. */
static enum ft_status take_fork(struct ft_train *t, const char *fork, struct ft_err *err)
{
    const char *at = strrchr(fork, '@');
    long long step;
    if (!at || at == fork || !ft_parse_i64(at + 1, &step) || step < 0)
        return ft_fail(err, FT_USAGE, "fork is %s, expected FOLDER@STEP", fork);
    char *dir = ft_xstrndup(fork, (size_t)(at - fork));
    t->fork_from = ft_checkpoint_path(dir, (uint64_t)step);
    t->fork_rate = ft_options_given(&t->o, FT_OPT_learning_rate);
    enum ft_status st = FT_OK;
    if (!ft_path_is_dir(t->fork_from)) st = fail_no_checkpoint(dir, t->fork_from, err);
    struct ft_options base;
    ft_options_init(&base);
    if (!st) st = ft_options_of_run(dir, &base, err);
    struct ft_events events = {0};
    char *metrics = ft_path_join(dir, "metrics.jsonl");
    if (!st && ft_path_exists(metrics)) st = ft_events_read(&events, metrics, false, err);
    if (!st) ft_events_apply_until(&events, (uint64_t)step, &base);
    ft_events_release(&events);
    free(metrics);
    for (int i = 0; i < FT_OPT_COUNT && !st; i++) {
        if (i == FT_OPT_output_dir || ft_options_given(&t->o, (enum ft_opt)i)) continue;
        if (!ft_options_given(&base, (enum ft_opt)i)) continue;
        st = ft_options_set_id(&t->o, (enum ft_opt)i, ft_options_text(&base, (enum ft_opt)i), true,
                               err);
    }
    ft_options_release(&base);
    free(dir);
    return st;
}

/* Options that a run which goes on may be given though they are not live: where its files lie now
 * (they are compared with those it had), and what changes nothing that was done. */
static bool may_differ(enum ft_opt id)
{
    static const enum ft_opt ids[] = {FT_OPT_overwrite_output_dir,
                                      FT_OPT_per_device_eval_batch_size,
                                      FT_OPT_load_best_model_at_end,
                                      FT_OPT_notify,
                                      FT_OPT_threads,
                                      FT_OPT_precision};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        if (ids[i] == id) return true;
    return ft_option_at(id)->type == FT_OPT_TYPE_PATH && id != FT_OPT_output_dir;
}

static bool same_value(enum ft_opt id, const char *a, const char *b)
{
    double x, y;
    if (!strcmp(a, b)) return true;
    if (ft_parse_double(a, &x) && ft_parse_double(b, &y)) return fabs(x - y) <= 0;
    if (id != FT_OPT_output_dir) return false;
    return ft_path_same(a, b);
}

/* "DIR/checkpoint-20" of a run in DIR: what resumes it. false: it is none. */
static bool is_checkpoint(const char *dir, struct ft_err *err)
{
    static const char begin[] = "checkpoint-";
    char *real = ft_path_real(dir), *run = real ? ft_path_dir(real) : NULL;
    char *json = run ? ft_path_join(run, "run.json") : NULL;
    const char *base = real ? ft_path_base(real) : "";
    bool is = !strncmp(base, begin, sizeof begin - 1) && ft_path_is_file(json);
    if (is)
        ft_fail(err, FT_USAGE,
                "%s: is a checkpoint; --resume %s continues the run from its newest one, --fork "
                "%s@%s starts a new run from this one",
                dir, run, run, base + sizeof begin - 1);
    free(json);
    free(run);
    free(real);
    return is;
}

/* The options are in run.json alone: without it the run can't go on, but its weights are not lost. */
static void say_what_is_left(const char *dir, struct ft_err *err)
{
    uint64_t *steps;
    size_t n;
    if (ft_checkpoint_list(dir, &steps, &n, NULL)) return;
    if (n) {
        struct ft_err why = *err;
        char *path = ft_checkpoint_path(dir, steps[n - 1]);
        ft_fail(err, why.code,
                "%s; the run's options are lost with it: --model %s starts a new run "
                "from its weights",
                why.msg, path);
        free(path);
    }
    free(steps);
}

static enum ft_status read_run(struct ft_train *t, const char *dir, struct ft_options *kept,
                               struct ft_err *err)
{
    struct ft_err why = {0};
    enum ft_status st = ft_options_of_run(dir, kept, &why);
    if (!st) st = ft_record_resume(t, dir, &why);
    if (!st) return FT_OK;
    if (st == FT_NOTFOUND && is_checkpoint(dir, &why))
        st = FT_USAGE;
    else if (st == FT_NOTFOUND || st == FT_FORMAT)
        say_what_is_left(dir, &why);
    return ft_fail(err, st, "%s", why.msg);
}

/* A resumed run keeps its options; those that are given now are laid over them: live ones as
 * changes from here on, so that what was done before stays what it was. */
static enum ft_status take_resume(struct ft_train *t, const char *dir, struct ft_err *err)
{
    struct ft_options kept;
    ft_options_init(&kept);
    enum ft_status st = read_run(t, dir, &kept, err);
    if (!st) st = ft_options_set(&kept, "output_dir", dir, true, err);
    for (int i = 0; i < FT_OPT_COUNT && !st; i++) {
        enum ft_opt id = (enum ft_opt)i;
        const char *was = ft_options_text(&kept, id), *now = ft_options_text(&t->o, id);
        if (!ft_options_given(&t->o, id)) continue;
        if (ft_option_at(id)->live)
            ft_events_ask(t, id, now);
        else if (may_differ(id))
            st = ft_options_set_id(&kept, id, now, true, err);
        else if (!same_value(id, was, now))
            st = ft_fail(err, FT_USAGE,
                         "%s: %s cannot be changed on resume (this run has %s, not %s); --fork "
                         "%s@STEP starts a new run from a checkpoint",
                         dir, ft_option_at(id)->name, *was ? was : "not set", now, dir);
    }
    if (!st && ft_options_given(&t->o, FT_OPT_events))
        st = ft_events_read(&t->given, ft_options_text(&t->o, FT_OPT_events), true, err);
    if (st) {
        ft_options_release(&kept);
        return st;
    }
    ft_options_release(&t->o);
    t->o = kept;
    t->resumed = true;
    return FT_OK;
}

enum ft_status ft_train_settle(struct ft_train *t, const char *resume, const char *fork,
                               struct ft_err *err)
{
    enum ft_status st = FT_OK;
    if (resume)
        st = take_resume(t, resume, err);
    else if (fork)
        st = take_fork(t, fork, err);
    const char *teacher = ft_options_text(&t->o, FT_OPT_teacher);
    if (!st && *teacher && (st = ft_models_find(teacher, err))) ft_fail_in(err, "teacher");
    if (!st) st = ft_train_ranks_settle(t, err);
    if (st) return st;
    t->task = ft_task_find(&t->o);
    ft_task_settle(&t->o, t->task);
    if ((st = ft_task_check(&t->o, t->task, err))) return st;
    if (*teacher && ft_options_bool(&t->o, FT_OPT_balance_tokens))
        return ft_fail(err, FT_UNSUPPORTED, "balance_tokens with a teacher is not supported");
    if (ft_options_choice(&t->o, FT_OPT_precision) == FT_PRECISION_INT8)
        return ft_fail(
            err, FT_USAGE,
            "precision int8 is for eval and predict; training expects auto, fp32 or bf16");
    if (!t->resumed && *ft_options_text(&t->o, FT_OPT_events) &&
        (st = ft_events_read(&t->given, ft_options_text(&t->o, FT_OPT_events), true, err)))
        return st;
    ft_options_copy(&t->base, &t->o);
    static const enum ft_opt needed[] = {FT_OPT_model, FT_OPT_data, FT_OPT_output_dir};
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
        if (!*ft_options_text(&t->o, needed[i]))
            return ft_fail(err, FT_USAGE, "--%s is missing", ft_option_at(needed[i])->name);
    }
    return FT_OK;
}

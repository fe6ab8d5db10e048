/* The runs of an audit: see audit.h. What has been done is read from the folder alone: a fold with
 * eval.json and predictions.jsonl is scored, one with run.json was begun. */
#include "engine/runs/audit.h"

#include "engine/task/task_facts.h"
#include "util/fs.h"
#include "util/json.h"
#include "util/mem.h"

#include <stdlib.h>
#include <string.h>

/* What the runs have where the options do not say: the last model, scored once. */
static const struct {
    enum ft_opt id;
    const char *text;
} usual[] = {{FT_OPT_load_best_model_at_end, "false"},
             {FT_OPT_eval_strategy, "no"},
             {FT_OPT_save_total_limit, "1"}};

enum ft_status ft_audit_options(struct ft_options *io, size_t folds, struct ft_err *err)
{
    enum ft_status st = FT_OK;
    if (folds < 2 || folds > FT_AUDIT_FOLDS_MAX)
        return ft_fail(err, FT_USAGE, "folds: expected 2 to %d, such as 5", FT_AUDIT_FOLDS_MAX);
    if (ft_options_given(io, FT_OPT_fold))
        return ft_fail(err, FT_USAGE, "fold: an audit trains all folds; use --folds K");
    for (size_t i = 0; i < sizeof usual / sizeof *usual && !st; i++)
        if (!ft_options_given(io, usual[i].id))
            st = ft_options_set_id(io, usual[i].id, usual[i].text, true, err);
    enum ft_task task = st ? (enum ft_task)0 : ft_session_task(io);
    if (!st && ft_task_predicts(task) != FT_PREDICTS_LABEL)
        st = ft_fail(err, FT_UNSUPPORTED,
                     "task %s: expected rows with one label each, which is what an audit compares",
                     ft_task_name(task));
    if (!st) { /* also that the options go together with a fold */
        st = ft_options_set_id(io, FT_OPT_fold, "1/2", true, err);
        if (!st) st = ft_options_check_all(io, err);
        ft_options_reset(io, FT_OPT_fold);
    }
    return st;
}

/* Writes audit.json, or compares the one that is there. */
static enum ft_status take_folder(struct ft_audit_plan *p, struct ft_err *err)
{
    char *path = ft_path_join(p->dir, "audit.json"), *old = NULL;
    struct ft_str now = {0};
    size_t n = 0;
    ft_str_addf(&now, "{\"folds\":%zu,\"options\":", p->folds);
    ft_options_to_json(&p->o, &now);
    ft_str_addz(&now, "}\n");
    enum ft_status st = ft_mkdirs(p->dir, err);
    if (!st && ft_path_exists(path)) {
        st = ft_file_read(path, (size_t)1 << 24, &old, &n, err);
        if (!st && (n != now.len || memcmp(old, now.data, n)))
            st = ft_fail(err, FT_EXISTS,
                         "%s: has an audit with other options; choose another output_dir", p->dir);
    } else if (!st) {
        st = ft_file_write(path, now.data, now.len, err);
    }
    ft_str_release(&now);
    free(old);
    free(path);
    return st;
}

enum ft_status ft_audit_plan(struct ft_audit_plan *p, const struct ft_options *o, const char *dir,
                             size_t folds, struct ft_err *err)
{
    *p = (struct ft_audit_plan){.dir = ft_xstrdup(dir), .folds = folds};
    ft_options_copy(&p->o, o);
    ft_options_reset(&p->o, FT_OPT_notify); /* it is for the audit, not for each fold */
    enum ft_status st = ft_options_set_id(&p->o, FT_OPT_output_dir, dir, true, err);
    if (!st) st = ft_audit_options(&p->o, folds, err);
    if (!st) st = take_folder(p, err);
    if (st) ft_audit_plan_release(p);
    return st;
}

static bool is_scored(const char *run)
{
    char *scored = ft_path_join(run, "eval.json"), *lines = ft_path_join(run, "predictions.jsonl");
    bool done = ft_path_is_file(scored) && ft_path_is_file(lines);
    free(scored);
    free(lines);
    return done;
}

size_t ft_audit_scored(const char *dir, size_t folds)
{
    size_t n = 0;
    for (size_t k = 1; k <= folds; k++) {
        char *run = ft_xprintf("%s/fold-%zu", dir, k);
        n += is_scored(run);
        free(run);
    }
    return n;
}

bool ft_audit_next(struct ft_audit_plan *p, struct ft_session_how *how)
{
    *how = (struct ft_session_how){0};
    for (p->fold = 1; p->fold <= p->folds; p->fold++) {
        free(p->run);
        p->run = ft_xprintf("%s/fold-%zu", p->dir, p->fold);
        if (is_scored(p->run)) continue;
        char *begun = ft_path_join(p->run, "run.json");
        char *fold = ft_xprintf("%zu/%zu", p->fold, p->folds);
        if (ft_path_is_file(begun)) how->resume = p->run;
        ft_options_set_id(&p->o, FT_OPT_output_dir, p->run, true, NULL);
        ft_options_set_id(&p->o, FT_OPT_fold, fold, true, NULL);
        free(begun);
        free(fold);
        return true;
    }
    return false;
}

void ft_audit_plan_release(struct ft_audit_plan *p)
{
    ft_options_release(&p->o);
    free(p->dir);
    free(p->run);
    *p = (struct ft_audit_plan){0};
}

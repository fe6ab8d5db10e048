/* The folder of a run: its lock and run.json. See record.h and the files of a run in the manual.
 * run.json is written whole each time the state changes. */
#include "engine/train/record.h"

#include "core/pool.h"
#include "engine/model/output_dir.h"
#include "engine/model/precision.h"
#include "engine/task/task.h"
#include "engine/train/checkpoint_list.h"
#include "engine/train/checkpoint_verify.h"
#include "engine/train/metrics_file.h"
#include "engine/train/run_folder.h"
#include "engine/train/train_state.h"
#include "util/checksum.h"
#include "util/clock.h"
#include "util/fs.h"
#include "util/json.h"
#include "util/log.h"
#include "util/mem.h"
#include "util/processor.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What a new run may find in its folder and replace. run.json goes last: as long as it is there,
 * the rest is known to be a run's. */
static const char *const run_files[] = {
    "metrics.jsonl",     "model",         "evals",          "eval.json",
    "predictions.jsonl", "baseline.json", "note.txt",       ".control",
    "teacher.cache",     ".status.json",  "background.log", "run.json"};

enum ft_status ft_record_remove(const char *dir, struct ft_err *err)
{
    uint64_t *steps;
    size_t n;
    enum ft_status st = ft_checkpoint_list(dir, &steps, &n, err);
    for (size_t i = 0; i < n && !st; i++)
        st = ft_checkpoint_remove(dir, steps[i], err);
    free(steps);
    if (!st) st = ft_checkpoint_remove_aside(dir, err);
    for (size_t i = 0; i < sizeof run_files / sizeof *run_files && !st; i++) {
        char *path = ft_path_join(dir, run_files[i]);
        st = ft_remove_tree(path, err);
        free(path);
    }
    return st;
}

/* Whether the folder suits: a run to go on with, or none that would be lost. A new run that began
 * among checkpoints of another program would rotate them away, or be resumed from one of them. */
static enum ft_status look_for_run(const struct ft_train *t, bool *there, struct ft_err *err)
{
    char *run = ft_path_join(t->dir, "run.json");
    uint64_t *steps = NULL;
    size_t n = 0;
    *there = ft_path_exists(run);
    free(run);
    enum ft_status st = FT_OK;
    if (!t->resumed && !*there && ft_path_is_dir(t->dir))
        st = ft_checkpoint_list(t->dir, &steps, &n, err);
    free(steps);
    if (st) return st;
    if (n)
        return ft_fail(
            err, FT_EXISTS,
            "%s: has checkpoints, but no run.json: they may be another program's; remove "
            "them or choose another folder",
            t->dir);
    if (t->resumed && !*there)
        return ft_fail(err, FT_NOTFOUND, "%s: no run to resume here (no run.json)", t->dir);
    if (!t->resumed && *there && !ft_options_bool(&t->o, FT_OPT_overwrite_output_dir))
        return ft_fail(err, FT_EXISTS,
                       "%s: already contains a run; --resume %s resumes it, --overwrite_output_dir "
                       "replaces it",
                       t->dir, t->dir);
    if (t->resumed) return FT_OK;
    st = ft_output_dir_check(t->dir, ft_options_text(&t->o, FT_OPT_model), err);
    if (!st) st = ft_output_dir_check(t->dir, ft_options_text(&t->o, FT_OPT_teacher), err);
    return st ? st : ft_output_dir_check(t->dir, t->fork_from, err);
}

enum ft_status ft_record_open(struct ft_train *t, struct ft_err *err)
{
    char *lock = ft_path_join(t->dir, ".lock"), *log = ft_path_join(t->dir, "log.txt");
    bool there;
    t->lock = -1;
    t->made_dir = !ft_path_exists(t->dir);
    enum ft_status st = look_for_run(t, &there, err);
    if (!st) st = ft_mkdirs(t->dir, err);
    if (!st) st = ft_lock_take(&t->lock, lock, err);
    if (!st)
        st = look_for_run(t, &there, err); /* another may have ended before the lock was free */
    t->replaces = there && !t->resumed;
    if (!st) {
        char *evals = ft_path_join(t->dir, "evals");
        ft_run_folder_clear(t->dir);
        ft_run_folder_clear(evals);
        free(evals);
    }
    if (!st) st = ft_log_open(log, err);
    free(lock);
    free(log);
    return st;
}

enum ft_status ft_record_replace(struct ft_train *t, struct ft_err *err)
{
    return t->replaces ? ft_record_remove(t->dir, err) : FT_OK;
}

void ft_record_undo(struct ft_train *t)
{
    if (t->resumed || t->replaces) return;
    char *log = ft_path_join(t->dir, "log.txt"), *lock = ft_path_join(t->dir, ".lock");
    char *metrics = ft_path_join(t->dir, "metrics.jsonl");
    ft_log_open(NULL, NULL);
    unlink(log);
    unlink(metrics);
    free(metrics);
    if (t->made_dir && !unlink(lock)) rmdir(t->dir);
    free(log);
    free(lock);
}

static void add_processor(struct ft_str *s)
{
    char *name = ft_processor_name();
    ft_json_put_text(s, "processor", name);
    free(name);
}

static const char *data_option(enum ft_part part)
{
    return ft_option_at(ft_run_data_option(part))->name;
}

static void add_data(struct ft_str *s, const struct ft_run_data *d)
{
    const struct ft_task_ops *task = ft_task_ops(d->task);
    ft_json_add_key(s, "data");
    ft_str_addc(s, '[');
    for (int part = 0, n = 0; part < FT_PART_COUNT; part++) {
        const char *path = ft_run_data_path(d, (enum ft_part)part);
        if (!path) continue;
        ft_str_addz(s, n++ ? ",{" : "{");
        ft_json_put_text(s, "option", data_option((enum ft_part)part));
        ft_json_put_bytes(s, "path", path);
        ft_json_put_text(s, "sha256", d->sha256[part]);
        ft_json_put_num(s, "rows", (double)ft_run_data_rows(d, (enum ft_part)part));
        ft_str_addc(s, '}');
    }
    ft_str_addc(s, ']');
    ft_json_add_key(s, "examples");
    ft_str_addc(s, '{');
    for (int part = 0; part < FT_PART_COUNT; part++)
        ft_json_put_num(s, ft_part_name((enum ft_part)part),
                        (double)task->count(d, (enum ft_part)part));
    ft_str_addc(s, '}');
    ft_json_add_key(s, "split");
    task->split_json(d, s);
}

/* The changed options as they were at the start, the events to come, the breaks, the fork's
 * checkpoint. */
static void add_events(const struct ft_train *t, struct ft_str *s)
{
    ft_json_add_key(s, "changed_from");
    ft_str_addc(s, '{');
    for (int i = 0; i < FT_OPT_COUNT; i++) {
        enum ft_opt id = (enum ft_opt)i;
        const char *was = ft_options_text(&t->base, id);
        if (!strcmp(was, ft_options_text(&t->o, id))) continue;
        ft_json_add_key(s, ft_option_at(id)->name);
        ft_str_addc(s, '{');
        ft_json_put_text(s, "value", was);
        ft_json_add_key(s, "given");
        ft_str_addz(s, ft_options_given(&t->base, id) ? "true}" : "false}");
    }
    ft_str_addc(s, '}');
    ft_json_put_num(s, "changes", (double)t->changes);
    ft_json_add_key(s, "replay");
    ft_events_to_json(&t->replay, s);
    ft_json_add_key(s, "breaks");
    ft_run_segments_to_json(&t->breaks, s);
    if (!t->fork_from) return;
    ft_json_put_bytes(s, "forked_from", t->fork_from);
    ft_json_add_key(s, "fork_rate");
    ft_str_addz(s, t->fork_rate ? "true" : "false");
}

enum ft_status ft_record_write(struct ft_train *t, const char *state, struct ft_err *err)
{
    struct ft_str s = {0};
    char when[32];
    enum ft_status here = ft_run_folder_here(t, err);
    if (here) return here;
    ft_str_addc(&s, '{');
    ft_json_put_text(&s, "state", state);
    ft_json_put_text(&s, "task", ft_task_name(t->task));
    const char *problem = ft_problem_type_name(ft_task_problem(t->task));
    if (problem) ft_json_put_text(&s, "problem_type", problem);
    ft_json_put_num(&s, "pid", (double)getpid());
    ft_json_put_num(&s, "step", (double)t->s.step);
    ft_json_put_num(&s, "steps", (double)t->total);
    ft_json_put_text(&s, "metric_for_best_model",
                     ft_options_text(&t->o, FT_OPT_metric_for_best_model));
    if (t->s.has_best) {
        ft_json_put_num(&s, "best_metric", t->s.best);
        ft_json_put_num(&s, "best_step", (double)t->s.best_step);
    }
    ft_json_put_text(&s, "started", t->began);
    ft_json_put_text(&s, "updated", ft_wall_iso(when, sizeof when, ft_wall_s()));
    ft_json_put_num(&s, "seconds", t->seconds_before + ft_now_s() - t->started_s);
    ft_json_add_key(&s, "options");
    ft_options_to_json(&t->o, &s);
    add_events(t, &s);
    if (t->data.built) add_data(&s, &t->data);
    if (t->model.net) {
        ft_json_add_key(&s, "model");
        ft_str_addc(&s, '{');
        ft_json_put_bytes(&s, "name", t->model.name);
        ft_json_put_bytes(&s, "path", t->model.path);
        ft_json_put_text(&s, "family", ft_family_name(t->model.config.family));
        ft_json_put_num(&s, "parameters", (double)t->model.net->params.count);
        ft_json_put_num(&s, "trained", (double)ft_params_trainable(&t->model.net->params));
        ft_str_addc(&s, '}');
    }
    if (t->teacher.m.net) {
        char sum[FT_CHECKSUM_DIGITS + 1];
        ft_checksum_text(t->teacher.checksum, sum);
        ft_json_add_key(&s, "teacher");
        ft_str_addc(&s, '{');
        ft_json_put_bytes(&s, "name", t->teacher.m.name);
        ft_json_put_bytes(&s, "path", t->teacher.m.path);
        ft_json_put_text(&s, "family", ft_family_name(t->teacher.m.config.family));
        ft_json_put_num(&s, "parameters", (double)t->teacher.m.net->params.count);
        ft_json_put_text(&s, "checksum", sum);
        ft_json_put_num(&s, "cache_bytes", (double)t->teacher.cache_bytes);
        ft_str_addc(&s, '}');
    }
    ft_json_put_text(&s, "fettle", FETTLE_VERSION);
    ft_json_put_text(&s, "build", FETTLE_BUILD " " FETTLE_MARCH " " __VERSION__);
    add_processor(&s);
    ft_json_put_num(&s, "threads", ft_pool_threads());
    ft_json_put_text(&s, "precision", ft_precision_name(ft_precision_used(&t->o, NULL)));
    ft_str_addc(&s, '}');

    cJSON *tree = NULL;
    char *path = ft_path_join(t->dir, "run.json");
    enum ft_status st = ft_json_parse(ft_str_text(&s), s.len, path, &tree, err);
    if (!st) {
        ft_str_clear(&s);
        ft_json_pretty(&s, tree);
        st = ft_file_write(path, s.data, s.len, err);
    }
    cJSON_Delete(tree);
    free(path);
    ft_str_release(&s);
    return st;
}

enum ft_status ft_record_resume(struct ft_train *t, const char *dir, struct ft_err *err)
{
    char *path = ft_path_join(dir, "run.json");
    cJSON *tree = NULL;
    const char *started = NULL;
    char *fork = NULL;
    enum ft_status st = ft_json_read(path, (size_t)256 << 20, &tree, err);
    if (!st) st = ft_json_str(tree, "started", &started, path, err);
    if (!st) st = ft_json_f64(tree, "seconds", 0, 1e15, &t->seconds_before, path, err);
    if (!st) st = ft_json_bytes(tree, "forked_from", &fork, path, err);
    if (!st) st = ft_events_from_json(&t->replay, ft_json_get(tree, "replay"), path, err);
    if (!st) st = ft_json_bool(tree, "fork_rate", &t->fork_rate, path, err);
    if (!st) ft_run_segments_from_json(&t->breaks, ft_json_get(tree, "breaks"));
    t->fork_from = fork;
    if (!st && started) snprintf(t->began, sizeof t->began, "%s", started);
    cJSON_Delete(tree);
    free(path);
    return st;
}

enum ft_status ft_record_same_data(const struct ft_train *t, struct ft_err *err)
{
    char *path = ft_path_join(t->dir, "run.json");
    cJSON *tree = NULL;
    enum ft_status st = ft_json_read(path, (size_t)256 << 20, &tree, err);
    const cJSON *list = st ? NULL : ft_json_get(tree, "data"), *entry;
    cJSON_ArrayForEach(entry, list)
    {
        const cJSON *option = ft_json_get(entry, "option"), *sum = ft_json_get(entry, "sha256");
        if (!cJSON_IsString(option) || !cJSON_IsString(sum) || !*sum->valuestring) continue;
        for (int part = 0; part < FT_PART_COUNT && !st; part++) {
            const char *now = t->data.sha256[part];
            if (strcmp(option->valuestring, data_option((enum ft_part)part)) || !*now) continue;
            if (strcmp(sum->valuestring, now))
                st = ft_fail(err, FT_FORMAT,
                             "%s: has changed since %s was started (sha256 %.12s.., now "
                             "%.12s..); restore the old file, or start a new run",
                             ft_run_data_path(&t->data, (enum ft_part)part), t->dir,
                             sum->valuestring, now);
        }
    }
    cJSON_Delete(tree);
    free(path);
    return st;
}

enum ft_status ft_record_compare_machine(const struct ft_train *t, struct ft_err *err)
{
    char *path = ft_path_join(t->dir, "run.json");
    cJSON *tree = NULL;
    enum ft_status st = ft_json_read(path, (size_t)256 << 20, &tree, err);
    const cJSON *threads = st ? NULL : ft_json_get(tree, "threads");
    const cJSON *precision = st ? NULL : ft_json_get(tree, "precision");
    const char *now = ft_precision_name(ft_precision_used(&t->o, NULL));
    static const char so[] = "results are no longer bit-identical to those of a run without a stop";
    if (cJSON_IsNumber(threads) && threads->valueint != ft_pool_threads())
        ft_log(FT_LOG_NOTE, "threads: %d until now, %d from here on; %s", threads->valueint,
               ft_pool_threads(), so);
    if (cJSON_IsString(precision) && strcmp(precision->valuestring, now))
        ft_log(FT_LOG_NOTE, "precision: %.8s until now, %s from here on; %s",
               precision->valuestring, now, so);
    cJSON_Delete(tree);
    free(path);
    return st;
}

enum ft_status ft_record_same_teacher(struct ft_train *t, struct ft_err *err)
{
    char *path = ft_path_join(t->dir, "run.json"), now[FT_CHECKSUM_DIGITS + 1];
    cJSON *tree = NULL;
    enum ft_status st = ft_json_read(path, (size_t)256 << 20, &tree, err);
    const cJSON *was = st ? NULL : ft_json_get(ft_json_get(tree, "teacher"), "checksum");
    const cJSON *cache = st ? NULL : ft_json_get(ft_json_get(tree, "teacher"), "cache_bytes");
    ft_checksum_text(t->teacher.checksum, now);
    t->teacher_cached = cJSON_IsNumber(cache) ? cache->valuedouble > 0 : -1;
    if (cJSON_IsString(was) && strcmp(was->valuestring, now))
        st = ft_fail(err, FT_FORMAT,
                     "%s: the teacher has other weights than when %s was started (checksum %.16s, "
                     "now %s); restore the old ones, or start a new run",
                     t->teacher.m.path, t->dir, was->valuestring, now);
    cJSON_Delete(tree);
    free(path);
    return st;
}

void ft_record_close(struct ft_train *t)
{
    ft_metrics_close(t);
    ft_log_open(NULL, NULL);
    ft_lock_release(&t->lock);
}

/* The registry of runs: finding folders, reading run.json and eval.json. See runs.h; what changes a
 * folder is in runs_change.c. What is read is checked as any file from outside: a broken run is
 * kept with the reason, so that the list never fails because of one of them. */
#include "engine/runs/runs.h"

#include "engine/train/run_status.h"
#include "util/fs.h"
#include "util/hash.h"
#include "util/json.h"
#include "util/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEPTH_MAX = 6, FOLDERS_MAX = 20000 };
#define JSON_BYTES_MAX ((size_t)256 << 20)

static const char *const state_names[] = {"running", "stopped", "done", "failed", "unreadable"};

const char *ft_run_state_name(enum ft_run_state state)
{
    return state_names[state];
}

/* The text of a key, "" without it. */
static char *take_text(const cJSON *tree, const char *key)
{
    const cJSON *v = ft_json_get(tree, key);
    return ft_xstrdup(cJSON_IsString(v) ? v->valuestring : "");
}

static double take_num(const cJSON *tree, const char *key)
{
    const cJSON *v = ft_json_get(tree, key);
    return cJSON_IsNumber(v) ? v->valuedouble : NAN;
}

static uint64_t take_count(const cJSON *tree, const char *key)
{
    double x = take_num(tree, key);
    return x >= 0 && x <= 9007199254740992.0 ? (uint64_t)x : 0;
}

static char *data_key(const cJSON *tree)
{
    struct ft_str s = {0};
    const cJSON *file;
    cJSON_ArrayForEach(file, ft_json_get(tree, "data"))
    {
        char *option = take_text(file, "option"), *sha256 = take_text(file, "sha256"),
             *path = take_text(file, "path");
        ft_str_addf(&s, "%s%s %s", s.len ? " " : "", option, *sha256 ? sha256 : path);
        free(option);
        free(sha256);
        free(path);
    }
    char *key = ft_xstrdup(ft_str_text(&s));
    ft_str_release(&s);
    return key;
}

static char *split_key(const cJSON *tree)
{
    const cJSON *split = ft_json_get(tree, "split");
    char hex[65] = "", *text = split ? cJSON_PrintUnformatted(split) : NULL;
    if (text) ft_sha256_hex(text, strlen(text), hex);
    free(text);
    return ft_xstrdup(hex);
}

static bool regular(const char *path)
{
    struct stat sb;
    return !lstat(path, &sb) && S_ISREG(sb.st_mode);
}

static void read_note(struct ft_run *r)
{
    char *path = ft_path_join(r->path, "note.txt"), *text = NULL;
    size_t n = 0;
    if (regular(path) && !ft_file_read(path, FT_RUN_NOTE_MAX, &text, &n, NULL)) {
        free(r->note);
        n = ft_utf8_prefix(text, strnlen(text, n));
        while (n && text[n - 1] == '\n')
            n--;
        r->note = ft_xstrndup(text, n);
        free(text);
    }
    free(path);
}

static void read_scores(struct ft_run *r)
{
    char *path = ft_path_join(r->path, "eval.json");
    cJSON *tree = NULL;
    if (regular(path) && !ft_json_read(path, JSON_BYTES_MAX, &tree, NULL)) {
        struct ft_run_scores *s = &r->scores;
        char *part = take_text(tree, "part");
        const cJSON *classes = ft_json_get(tree, "classes");
        const cJSON *f1 = cJSON_GetArraySize(classes) == 2 ? cJSON_GetArrayItem(classes, 1)
                                                           : ft_json_get(tree, "macro avg");
        snprintf(s->part, sizeof s->part, "%s", part);
        s->step = take_count(tree, "step");
        s->examples = take_count(tree, "examples");
        s->loss = take_num(tree, "loss");
        s->accuracy = take_num(tree, "accuracy");
        s->f1 = take_num(f1, "f1");
        s->pearson = ft_json_number(tree, "pearson");
        s->mae = ft_json_number(tree, "mae");
        free(part);
    }
    cJSON_Delete(tree);
    free(path);
}

static void read_state(struct ft_run *r, const cJSON *tree)
{
    char *stored = take_text(tree, "state");
    r->stored = FT_RUN_STOPPED;
    for (int i = FT_RUN_RUNNING; i <= FT_RUN_FAILED; i++)
        if (!strcmp(stored, state_names[i])) r->stored = (enum ft_run_state)i;
    r->is_live = ft_run_status_live(r->path, &r->live, &r->pid);
    r->state = r->pid ? FT_RUN_RUNNING : r->stored == FT_RUN_RUNNING ? FT_RUN_STOPPED : r->stored;
    free(stored);
}

/* All texts empty, all numbers 0. */
static void clear(struct ft_run *r, const char *path)
{
    memset(r, 0, sizeof *r);
    char **const texts[] = {&r->note,   &r->task,    &r->model,    &r->family,
                            &r->data,   &r->started, &r->data_key, &r->split_key,
                            &r->metric, &r->updated, &r->processor};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        *texts[i] = ft_xstrdup("");
    r->path = ft_xstrdup(path);
    r->name = ft_xstrdup(ft_path_base(path));
    ft_options_init(&r->options);
    r->kind = FT_TASK_NONE;
}

static void take(char **to, char *text)
{
    free(*to);
    *to = text;
}

static enum ft_status read_tree(struct ft_run *r, const char *path, struct ft_err *err)
{
    cJSON *tree = NULL;
    enum ft_status st = ft_json_read(path, JSON_BYTES_MAX, &tree, err);
    const cJSON *options = ft_json_get(tree, "options"), *model = ft_json_get(tree, "model");
    if (!st && !options)
        st = ft_fail(err, FT_FORMAT, "%s: has no options; it is not a run of fettle", path);
    if (!st) st = ft_options_from_json(&r->options, options, path, err);
    if (!st) {
        read_state(r, tree);
        take(&r->task, take_text(tree, "task"));
        char *problem = take_text(tree, "problem_type");
        r->kind = (enum ft_task)ft_task_parse(r->task,
                                              (enum ft_problem_type)ft_problem_type_parse(problem));
        free(problem);
        take(&r->model, take_text(model, "name"));
        if (!*r->model) take(&r->model, ft_xstrdup(ft_options_text(&r->options, FT_OPT_model)));
        take(&r->family, take_text(model, "family"));
        take(&r->data, ft_xstrdup(ft_options_text(&r->options, FT_OPT_data)));
        take(&r->started, take_text(tree, "started"));
        take(&r->updated, take_text(tree, "updated"));
        take(&r->data_key, data_key(tree));
        take(&r->split_key, split_key(tree));
        take(&r->metric, take_text(tree, "metric_for_best_model"));
        take(&r->processor, take_text(tree, "processor"));
        r->changes = take_count(tree, "changes");
        ft_run_segments_from_json(&r->breaks, ft_json_get(tree, "breaks"));
        r->step = take_count(tree, "step");
        r->steps = take_count(tree, "steps");
        if (r->is_live && r->live.steps_total) {
            r->step = r->live.step;
            r->steps = r->live.steps_total;
        }
        r->parameters = take_count(model, "parameters");
        double seconds = take_num(tree, "seconds");
        r->seconds = seconds >= 0 ? seconds : 0;
        if (r->is_live && r->live.elapsed_s > r->seconds) r->seconds = r->live.elapsed_s;
        r->best = take_num(tree, "best_metric");
        r->has_best = isfinite(r->best);
        r->best_step = take_count(tree, "best_step");
        read_scores(r);
    }
    cJSON_Delete(tree);
    return st;
}

enum ft_status ft_run_read(struct ft_run *r, const char *path, struct ft_err *err)
{
    struct ft_err why = {0};
    char *json = ft_path_join(path, "run.json");
    enum ft_status st = FT_OK;
    if (!ft_path_exists(json)) {
        st = ft_fail(err, FT_NOTFOUND, "%s: no run here (no run.json)", path);
        free(json);
        return st;
    }
    clear(r, path);
    if (!regular(json))
        st = ft_fail(&why, FT_FORMAT, "%s: is not a regular file", json);
    else
        st = read_tree(r, json, &why);
    if (st) {
        r->state = FT_RUN_UNREADABLE;
        r->why = ft_xstrdup(why.msg);
    }
    read_note(r);
    free(json);
    return FT_OK;
}

void ft_run_release(struct ft_run *r)
{
    char *const texts[] = {r->name,     r->path,   r->why,       r->note,     r->task,
                           r->model,    r->family, r->data,      r->started,  r->updated,
                           r->data_key, r->metric, r->split_key, r->processor};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        free(texts[i]);
    ft_options_release(&r->options);
    ft_run_segments_release(&r->breaks);
    memset(r, 0, sizeof *r);
}

char *ft_run_process(const struct ft_run *r, char *buf, size_t size)
{
    if (r->pid > 0)
        snprintf(buf, size, "process %lld", (long long)r->pid);
    else
        snprintf(buf, size, "another process");
    return buf;
}

char *ft_run_progress(const struct ft_run *r, char *buf, size_t size)
{
    const struct ft_snapshot *s = &r->live;
    char process[64], left[32], how[64] = "";
    buf[0] = 0;
    if (r->state != FT_RUN_RUNNING) return buf;
    ft_run_process(r, process, sizeof process);
    if (!r->is_live || !s->steps_total) {
        snprintf(buf, size, "%s%s", process, r->is_live ? ", starting" : "");
        return buf;
    }
    if (s->state == FT_SESSION_RUNNING && s->eta_s >= 0)
        snprintf(how, sizeof how, ", %s left", ft_format_time(left, sizeof left, s->eta_s));
    else if (s->state != FT_SESSION_RUNNING)
        snprintf(how, sizeof how, ", %s", ft_session_state_name(s->state));
    snprintf(buf, size, "%s, step %llu of %llu%s", process, (unsigned long long)s->step,
             (unsigned long long)s->steps_total, how);
    return buf;
}

struct walk {
    struct ft_runs *runs;
    struct ft_job *work;
    size_t cap, folders;
};

static bool own_folder(const char *name)
{
    return !strncmp(name, "checkpoint-", 11) || !strcmp(name, "model") || !strcmp(name, "evals");
}

static void visit(struct walk *w, const char *path, const char *name, int depth)
{
    struct ft_run run;
    bool is_run = !ft_run_read(&run, path, NULL);
    if (is_run) {
        if (*name) take(&run.name, ft_xstrdup(name));
        ft_grow(&w->runs->items, &w->cap, w->runs->n + 1, sizeof *w->runs->items);
        w->runs->items[w->runs->n++] = run;
    }
    char **names;
    size_t n;
    ft_job_report(w->work, (double)w->runs->n, 0, "runs");
    if (ft_job_cancelled(w->work)) return;
    if (ft_dir_list(path, &names, &n, NULL)) return; /* not ours to read */
    for (size_t i = 0; i < n; i++) {
        struct stat sb;
        char *inner = ft_path_join(strcmp(path, ".") ? path : "", names[i]);
        if (names[i][0] != '.' && !(is_run && own_folder(names[i])) && !lstat(inner, &sb) &&
            S_ISDIR(sb.st_mode)) {
            if (depth == DEPTH_MAX || w->folders == FOLDERS_MAX) {
                w->runs->cut = true;
            } else {
                char *below = *name ? ft_path_join(name, names[i]) : ft_xstrdup(names[i]);
                w->folders++;
                visit(w, inner, below, depth + 1);
                free(below);
            }
        }
        free(inner);
    }
    ft_names_free(names, n);
}

static int by_name(const void *a, const void *b)
{
    const struct ft_run *x = a, *y = b;
    return strcmp(x->name, y->name);
}

enum ft_status ft_runs_list(struct ft_runs *r, const char *dir, struct ft_job *work,
                            struct ft_err *err)
{
    struct walk w = {.runs = r, .work = work};
    memset(r, 0, sizeof *r);
    if (!ft_path_is_dir(dir))
        return ft_fail(err, FT_NOTFOUND, "%s: no such folder; give the folder of your runs", dir);
    visit(&w, dir, "", 0);
    if (ft_job_cancelled(work)) {
        ft_runs_release(r);
        return ft_fail(err, FT_CANCELLED, "cancelled");
    }
    if (r->n) qsort(r->items, r->n, sizeof *r->items, by_name);
    return FT_OK;
}

void ft_runs_release(struct ft_runs *r)
{
    for (size_t i = 0; i < r->n; i++)
        ft_run_release(&r->items[i]);
    free(r->items);
    memset(r, 0, sizeof *r);
}

void ft_runs_each(const char *dir, void (*found)(void *arg, const char *name, const char *path),
                  void *arg)
{
    struct ft_runs runs;
    if (ft_runs_list(&runs, dir, NULL, NULL)) return;
    for (size_t i = 0; i < runs.n; i++)
        found(arg, runs.items[i].name, runs.items[i].path);
    ft_runs_release(&runs);
}

/* See score_report.h. The file is hostile: every size and count is checked. */
#include "engine/task/score_report.h"

#include "engine/task/task.h"
#include "util/json.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

void ft_scores_json(const struct ft_scores *s, struct ft_str *out)
{
    ft_json_put_text(out, "task", ft_task_name(s->task));
    if (ft_task_problem(s->task) > FT_PROBLEM_TYPE_SINGLE_LABEL)
        ft_json_put_text(out, "problem_type", ft_problem_type_name(ft_task_problem(s->task)));
    ft_json_put_num(out, "examples", (double)s->examples);
    ft_json_put_num(out, "loss", s->loss);
    ft_task_ops(s->task)->scores_json(s, out);
}

void ft_scores_text(const struct ft_scores *s, struct ft_str *out)
{
    ft_task_ops(s->task)->scores_text(s, out);
}

static double value_of(const struct ft_scores *s, const struct ft_metric *m)
{
    double x;
    memcpy(&x, (const char *)s + m->at, sizeof x);
    return x;
}

double ft_scores_metric(const struct ft_scores *s, const char *name)
{
    if (!strcmp(name, "loss")) return s->loss;
    for (const struct ft_metric *m = ft_task_facts(s->task)->metrics; m->name; m++)
        if (!strcmp(name, m->name)) return value_of(s, m);
    return NAN;
}

void ft_scores_first_name(enum ft_task task, char name[FT_METRIC_NAME])
{
    const char *best = ft_task_facts(task)->best_metrics;
    if (ft_task_has(task, FT_TRAIT_NUMBERS)) best = "mse";
    snprintf(name, FT_METRIC_NAME, "%.*s", (int)strcspn(best, "|"), best);
}

double ft_scores_first(const struct ft_scores *s)
{
    char name[FT_METRIC_NAME];
    ft_scores_first_name(s->task, name);
    return ft_scores_metric(s, name);
}

static const char *without_eval(const char *name)
{
    return strncmp(name, "eval_", 5) ? name : name + 5;
}

bool ft_metric_is_percent(enum ft_task task, const char *name)
{
    name = without_eval(name);
    if (task == FT_TASK_NONE) return false;
    for (const struct ft_metric *m = ft_task_facts(task)->metrics; m->name; m++)
        if (!strcmp(name, m->name)) return m->percent;
    return false;
}

bool ft_metric_is_lower(const char *name)
{
    name = without_eval(name);
    for (int t = 0; t < FT_TASK_COUNT; t++)
        for (const struct ft_metric *m = ft_task_facts((enum ft_task)t)->metrics; m->name; m++)
            if (m->lower && !strcmp(name, m->name)) return true;
    return strstr(name, "loss");
}

void ft_scores_metrics_json(const struct ft_scores *s, struct ft_str *out)
{
    char key[32];
    ft_json_put_num(out, "eval_loss", s->loss);
    for (const struct ft_metric *m = ft_task_facts(s->task)->metrics; m->name; m++) {
        snprintf(key, sizeof key, "eval_%s", m->name);
        ft_json_put_num(out, key, value_of(s, m));
    }
}

void ft_scores_line(const struct ft_scores *s, struct ft_str *out)
{
    ft_str_addf(out, "loss %.4f", s->loss);
    for (const struct ft_metric *m = ft_task_facts(s->task)->metrics; m->name; m++)
        ft_str_addf(out, " %s %.4f", m->name, value_of(s, m));
}

void ft_scores_file_release(struct ft_scores_file *f)
{
    ft_scores_release(&f->scores);
    *f = (struct ft_scores_file){0};
}

static const struct {
    const char *key;
    size_t at;
} side_numbers[] = {{"loss", offsetof(struct ft_scores_side, loss)},
                    {"accuracy", offsetof(struct ft_scores_side, accuracy)},
                    {"ms_per_text", offsetof(struct ft_scores_side, ms_per_text)},
                    {"bytes", offsetof(struct ft_scores_side, bytes)}};
enum { SIDE_NUMBERS = sizeof side_numbers / sizeof *side_numbers };

void ft_scores_side_json(const struct ft_scores_side *s, const char *key, struct ft_str *out)
{
    ft_json_add_key(out, key);
    ft_str_addc(out, '{');
    ft_json_put_text(out, "name", s->name);
    for (size_t i = 0; i < SIDE_NUMBERS; i++) {
        double x;
        memcpy(&x, (const char *)s + side_numbers[i].at, sizeof x);
        ft_json_put_num(out, side_numbers[i].key, x);
    }
    ft_str_addc(out, '}');
}

static bool read_side(struct ft_scores_side *s, const cJSON *tree)
{
    const cJSON *name = ft_json_get(tree, "name");
    if (!cJSON_IsObject(tree)) return false;
    snprintf(s->name, sizeof s->name, "%s", cJSON_IsString(name) ? name->valuestring : "");
    for (size_t i = 0; i < SIDE_NUMBERS; i++) {
        double x = ft_json_number(tree, side_numbers[i].key);
        memcpy((char *)s + side_numbers[i].at, &x, sizeof x);
    }
    return true;
}

enum ft_status ft_scores_read(struct ft_scores_file *f, const char *path, struct ft_err *err)
{
    cJSON *tree = NULL;
    const char *part = "", *task = "", *problem = "";
    int64_t step = 0;
    *f = (struct ft_scores_file){0};
    enum ft_status st = ft_json_read(path, (size_t)256 << 20, &tree, err);
    if (!st) st = ft_json_str(tree, "part", &part, path, err);
    if (!st) st = ft_json_str(tree, "task", &task, path, err);
    if (!st) st = ft_json_i64(tree, "step", 0, INT64_MAX, &step, path, err);
    if (!st) st = ft_json_str(tree, "problem_type", &problem, path, err);
    int which = ft_task_parse(task, (enum ft_problem_type)ft_problem_type_parse(problem));
    if (!st && which < 0)
        st = ft_fail(err, FT_FORMAT, "%s: task is '%s'%s%s", path, task,
                     *problem ? ", problem_type " : "", problem);
    if (!st) {
        struct ft_scores *s = &f->scores;
        s->task = (enum ft_task)which;
        s->loss = ft_json_number(tree, "loss");
        st = ft_task_ops(s->task)->scores_read(s, tree, path, err);
    }
    if (!st) {
        f->has_teacher = read_side(&f->teacher, ft_json_get(tree, "teacher"));
        read_side(&f->student, ft_json_get(tree, "student"));
        f->step = (uint64_t)step;
        snprintf(f->part, sizeof f->part, "%s", part);
    } else {
        ft_scores_file_release(f);
    }
    cJSON_Delete(tree);
    return st;
}

/* Runs set side by side, and a run as JSON: see runs.h. */
#include "engine/runs/runs.h"

#include "engine/runs/paired_test.h"
#include "engine/task/score_report.h"

#include <math.h>
#include <string.h>

static bool readable(const struct ft_run *r)
{
    return r->state != FT_RUN_UNREADABLE;
}

/* The first readable run, NULL when there is none. */
static const struct ft_run *first_of(const struct ft_run *const *runs, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (readable(runs[i])) return runs[i];
    return NULL;
}

size_t ft_runs_differ(const struct ft_run *const *runs, size_t n, enum ft_opt *which)
{
    const struct ft_run *first = first_of(runs, n);
    size_t count = 0;
    for (int id = 0; id < FT_OPT_COUNT && first; id++) {
        bool same = true;
        for (size_t i = 0; i < n; i++)
            same = same && (!readable(runs[i]) ||
                            ft_options_same(&first->options, &runs[i]->options, (enum ft_opt)id));
        if (!same && id != FT_OPT_output_dir) which[count++] = (enum ft_opt)id;
    }
    return count;
}

bool ft_runs_comparable(const struct ft_run *const *runs, size_t n, struct ft_str *why)
{
    const struct ft_run *first = first_of(runs, n);
    bool comparable = true;
    for (size_t i = 0; i < n; i++) {
        const struct ft_run *r = runs[i];
        if (!readable(r)) {
            comparable = false;
            if (why) ft_str_addf(why, "%s%s cannot be read", why->len ? "; " : "", r->name);
            continue;
        }
        const struct {
            const char *what;
            bool same;
        } rows[] = {{"task", !strcmp(first->task, r->task) && first->kind == r->kind},
                    {"data", *first->data_key && !strcmp(first->data_key, r->data_key)},
                    {"split", *first->split_key && !strcmp(first->split_key, r->split_key)},
                    {"seed", ft_options_same(&first->options, &r->options, FT_OPT_seed)}};
        for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
            if (rows[k].same) continue;
            comparable = false;
            if (why)
                ft_str_addf(why, "%s%s differs in %s from %s", why->len ? "; " : "", r->name,
                            rows[k].what, first->name);
        }
    }
    return comparable && first;
}

enum ft_status ft_runs_paired(const struct ft_run *const runs[2], struct ft_paired_test *t,
                              struct ft_err *err)
{
    const struct ft_paired_run two[2] = {{runs[0]->path, runs[0]->started},
                                         {runs[1]->path, runs[1]->started}};
    return ft_paired_test_make(t, two, (uint64_t)ft_options_int(&runs[0]->options, FT_OPT_seed),
                               err);
}

bool ft_run_better(const struct ft_run *a, const struct ft_run *b)
{
    if (!a->has_best || !b->has_best) return a->has_best;
    return ft_metric_is_lower(a->metric) ? a->best < b->best : a->best > b->best;
}

void ft_run_json(const struct ft_run *r, struct ft_str *out)
{
    ft_str_addc(out, '{');
    ft_json_put_text(out, "name", r->name);
    ft_json_put_text(out, "path", r->path);
    ft_json_put_text(out, "state", ft_run_state_name(r->state));
    if (r->why) ft_json_put_text(out, "why", r->why);
    ft_json_put_text(out, "note", r->note);
    if (!readable(r)) {
        ft_str_addc(out, '}');
        return;
    }
    ft_json_put_text(out, "task", r->task);
    ft_json_put_text(out, "model", r->model);
    ft_json_put_text(out, "family", r->family);
    ft_json_put_text(out, "data", r->data);
    ft_json_put_num(out, "step", (double)r->step);
    ft_json_put_num(out, "steps", (double)r->steps);
    if (r->pid > 0) ft_json_put_num(out, "pid", (double)r->pid);
    if (r->is_live) {
        ft_json_put_text(out, "activity", ft_session_state_name(r->live.state));
        ft_json_put_num(out, "eta_seconds", r->live.eta_s >= 0 ? r->live.eta_s : NAN);
    }
    ft_json_put_num(out, "seconds", r->seconds);
    ft_json_put_text(out, "started", r->started);
    ft_json_put_text(out, "updated", r->updated);
    ft_json_put_num(out, "changes", (double)r->changes);
    ft_json_put_text(out, "metric_for_best_model", r->metric);
    ft_json_put_num(out, "best_metric", r->has_best ? r->best : NAN);
    if (r->has_best) ft_json_put_num(out, "best_step", (double)r->best_step);
    if (r->scores.examples) {
        ft_json_add_key(out, "eval");
        ft_str_addc(out, '{');
        ft_json_put_text(out, "part", r->scores.part);
        ft_json_put_num(out, "step", (double)r->scores.step);
        ft_json_put_num(out, "examples", (double)r->scores.examples);
        ft_json_put_num(out, "loss", r->scores.loss);
        ft_json_put_num(out, "accuracy", r->scores.accuracy);
        ft_json_put_num(out, "f1", r->scores.f1);
        if (isfinite(r->scores.mae)) {
            ft_json_put_num(out, "pearson", r->scores.pearson);
            ft_json_put_num(out, "mae", r->scores.mae);
        }
        ft_str_addc(out, '}');
    }
    ft_json_add_key(out, "options");
    ft_options_to_json(&r->options, out);
    ft_str_addc(out, '}');
}

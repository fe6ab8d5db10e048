/* The run that screens 4 to 6 show, and what its files hold: see workbench.h. */
#include "ui/screens/workbench_in.h"

#include "util/fs.h"
#include "util/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool read_eval(struct ft_workbench *w)
{
    if (!w->series.evals_n) return false;
    uint64_t step = w->series.evals[w->series.evals_n - 1].step;
    if (w->eval_tried == step) return false;
    char *path = ft_xprintf("%s/evals/%llu.json", w->run, (unsigned long long)step);
    bool there = ft_path_is_file(path); /* the line comes before the file */
    if (there) {
        w->eval_tried = step;
        struct ft_err err = {0};
        ft_scores_file_release(&w->eval);
        if (ft_scores_read(&w->eval, path, &err)) ft_app_say_err(w->app, &err);
    }
    free(path);
    return there;
}

static void forget_run(struct ft_workbench *w)
{
    ft_run_series_release(&w->series);
    ft_scores_file_release(&w->eval);
    w->eval_tried = UINT64_MAX;
}

void ft_workbench_run_name(char *buf, size_t size, const char *dir)
{
    int n = (int)strlen(dir);
    while (n > 1 && dir[n - 1] == '/')
        n--;
    snprintf(buf, size, "%.*s", n, dir);
}

void ft_workbench_show_own(struct ft_workbench *w, const char *dir, bool own)
{
    forget_run(w);
    ft_workbench_run_name(w->run, sizeof w->run, dir ? dir : "");
    w->run_is_own = own;
    w->remote.on = false;
    ft_workbench_follow_remote(w);
    if (*w->run) {
        ft_run_series_follow(&w->series, w->run);
        read_eval(w);
    }
    ft_evaluation_load(w->evaluation, w->run);
    ft_workbench_edits_base(w);
    ft_workbench_changed(w);
}

void ft_workbench_show(struct ft_workbench *w, const char *dir)
{
    ft_workbench_show_own(w, dir,
                          dir && *dir && w->has_snap && ft_path_same(dir, w->snap.output_dir));
}

static bool has_run(const char *dir)
{
    char *json = ft_path_join(dir, "run.json");
    bool there = ft_path_exists(json);
    free(json);
    return there;
}

bool ft_workbench_show_found(struct ft_workbench *w, const char *dir)
{
    bool there = has_run(dir);
    if (there)
        ft_workbench_show(w, dir);
    else
        ft_app_say(w->app, FT_SAY_ERROR, "%s: not a run (no run.json); 7 lists the runs", dir);
    return there;
}

/* The run shown is not one that is gone. */
void ft_workbench_forget_deleted(struct ft_workbench *w)
{
    if (*w->run && !has_run(w->run)) ft_workbench_show(w, NULL);
}

bool ft_workbench_follow_run(struct ft_workbench *w)
{
    if (!*w->run) return false;
    bool remote = ft_workbench_follow_remote(w);
    bool series = ft_run_series_follow(&w->series, w->run);
    bool eval = read_eval(w);
    return remote || series || eval;
}

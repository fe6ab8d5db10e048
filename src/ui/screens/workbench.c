/* The state that the screens share: see workbench.h; workbench_in.h says what is in which file. Here
 * is its life, and what comes from the background. */
#include "ui/screens/workbench_in.h"

#include "util/fs.h"
#include "util/mem.h"
#include "util/str.h"

#include <stdlib.h>

void ft_workbench_changed(struct ft_workbench *w)
{
    w->version++;
    ft_app_redraw(w->app);
}

/* --- changes of runs --- */

bool ft_workbench_export(struct ft_workbench *w, const char *model, const char *to)
{
    if (ft_path_exists(to)) { /* reported while the name can still be changed */
        ft_app_say(w->app, FT_SAY_ERROR, "%s: already exists; choose another name", to);
        return false;
    }
    bool begun = ft_run_list_change(w->runs, FT_RUN_CHANGE_EXPORT, model, to);
    if (!begun)
        ft_app_say(w->app, FT_SAY_WARN, "another run is being changed; wait until it is done");
    return begun;
}

/* --- what comes from the background --- */

/* What came of a change of a run, whoever asked for it. */
static bool take_change(struct ft_workbench *w)
{
    struct ft_run_changed c;
    char size[32];
    if (!ft_run_list_changed(w->runs, &c)) return false;
    const char *name = ft_path_base(c.path);
    if (c.status == FT_CANCELLED) {
        ft_app_say(w->app, FT_SAY_NOTE, "cancelled; nothing was left behind");
    } else if (c.status) {
        ft_app_say_err(w->app, &c.err);
    } else if (c.what == FT_RUN_CHANGE_DELETE) {
        ft_workbench_forget_deleted(w);
        ft_app_say(w->app, FT_SAY_OK, "%s deleted%s", name,
                   c.left ? "; other files in the folder are kept" : "");
    } else if (c.what == FT_RUN_CHANGE_MEMBER || c.what == FT_RUN_CHANGE_REST ||
               c.what == FT_RUN_CHANGE_SWEEP) {
        ft_workbench_forget_deleted(w);
        ft_app_say(w->app, FT_SAY_OK, "%zu member%s of %s deleted, %s free", c.members.members,
                   ft_plural(c.members.members), name,
                   ft_format_bytes(size, sizeof size, (double)c.members.bytes));
    } else if (c.what == FT_RUN_CHANGE_TRIM) {
        ft_app_say(w->app, FT_SAY_OK, "%zu checkpoint%s of %s deleted, %s free", c.trim.n,
                   ft_plural(c.trim.n), name,
                   ft_format_bytes(size, sizeof size, (double)c.trim.bytes));
    } else {
        ft_app_say(w->app, FT_SAY_OK, "%s written: %zu file%s, %s", c.to, c.done.files,
                   ft_plural(c.done.files),
                   ft_format_bytes(size, sizeof size, (double)c.done.bytes));
    }
    ft_run_changed_release(&c);
    return true;
}

bool ft_workbench_follow(struct ft_workbench *w)
{
    bool any = ft_dataset_follow(w->data);
    struct ft_answer answer;
    w->train_examples = ft_dataset_facts(w->data)->part_n[0];
    if (ft_prediction_queue_take(w->asker, &answer)) {
        ft_answer_release(&w->answer);
        w->answer = answer;
        w->answered = answer.id;
        any = true;
    }
    if (w->session) any = ft_workbench_follow_session(w) || any;
    any = ft_evaluation_follow(w->evaluation) || any;
    any = ft_model_list_follow(w->models) || any;
    any = ft_model_list_follow(w->chosen) || any;
    any = ft_workbench_follow_speed(w) || any;
    any = ft_workbench_follow_create(w) || any;
    any = ft_workbench_follow_pull(w) || any;
    any = ft_workbench_follow_sweep(w) || any;
    any = ft_workbench_follow_audit(w) || any;
    any = ft_run_list_follow(w->runs) || any;
    any = ft_run_pair_follow(w->pair) || any;
    any = ft_workbench_follow_stopped(w) || any;
    any = take_change(w) || any;
    any = ft_workbench_follow_run(w) || any;
    any = ft_workbench_follow_leave(w) || any;
    if (any) ft_workbench_changed(w);
    return any;
}

/* --- life --- */

struct ft_workbench *ft_workbench_new(struct ft_app *app)
{
    struct ft_workbench *w = ft_xcalloc(1, sizeof *w);
    w->app = app;
    w->eval_tried = UINT64_MAX;
    w->series.train_runtime_s = -1;
    ft_options_init(&w->o);
    ft_workbench_sweep_init(w);
    ft_wake_open(&w->wake);
    w->data = ft_dataset_new(&w->wake);
    w->asker = ft_prediction_queue_new(&w->wake);
    w->models = ft_model_list_new(&w->wake);
    w->chosen = ft_model_list_new(&w->wake);
    w->speed = ft_speed_new(&w->wake);
    w->runs = ft_run_list_new(&w->wake);
    w->pair = ft_run_pair_new(&w->wake);
    w->evaluation = ft_evaluation_new(&w->wake);
    w->similar_rows = ft_similarity_new(&w->wake);
    w->similar_examples = ft_similarity_new(&w->wake);
    w->doubts = ft_doubts_new(&w->wake);
    w->near = ft_doubts_new(&w->wake);
    ft_app_watch(app, &w->wake);
    ft_workbench_hook(w);
    return w;
}

void ft_workbench_free(struct ft_workbench *w)
{
    if (!w) return;
    ft_workbench_end_session(w);
    ft_workbench_sweep_release(w);
    ft_workbench_audit_release(w);
    ft_workbench_end_create(w);
    ft_pull_free(w->pull.job);
    free(w->pull.name);
    ft_dataset_free(w->data);
    ft_task_cache_release(&w->task_cache);
    ft_prediction_queue_free(w->asker);
    ft_prediction_queue_free(w->beside);
    ft_model_list_free(w->models);
    ft_model_list_free(w->chosen);
    ft_speed_free(w->speed);
    ft_run_list_free(w->runs);
    ft_run_pair_free(w->pair);
    if (w->stopped) ft_run_list_free(w->stopped);
    ft_evaluation_free(w->evaluation);
    ft_similarity_free(w->similar_rows);
    ft_similarity_free(w->similar_examples);
    ft_doubts_free(w->doubts);
    ft_doubts_free(w->near);
    ft_answer_release(&w->answer);
    ft_run_series_release(&w->series);
    ft_scores_file_release(&w->eval);
    ft_workbench_settings_release(w);
    ft_wake_close(&w->wake);
    free(w->replacing.path);
    free(w->notify);
    free(w->farewell);
    ft_workbench_queue_release(w);
    free(w);
}

/* Audits of the workbench: what one would take is found out in the background, then it is asked for and goes
 * to the queue, whose process trains its folds (`fettle queue run`); this program may end meanwhile. The
 * queue's file says when it is done, whoever asked for it. See workbench.h. */
#include "ui/screens/workbench_in.h"

#include "engine/runs/audit.h"
#include "engine/runs/sweep_cost.h"
#include "util/fs.h"
#include "util/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ft_workbench_audit { /* one that is asked about */
    struct ft_options o;    /* as queued */
    size_t folds;
    double flops_per_s; /* of a training step; 0: not measured */
    struct ft_sweep_cost cost;
};

static void made_release(struct ft_workbench *w)
{
    if (!w->audit.made) return;
    ft_options_release(&w->audit.made->o);
    free(w->audit.made);
    w->audit.made = NULL;
}

/* --- what it takes --- */

/* Its folds are those of a sweep over nothing. */
static enum ft_status look(struct ft_job *job, void *arg, struct ft_err *err)
{
    struct ft_workbench_audit *m = arg;
    struct ft_sweep_spec spec;
    struct ft_sweep_data data;
    struct ft_options o;
    (void)job;
    ft_options_copy(&o, &m->o);
    ft_sweep_spec_init(&spec);
    spec.folds = m->folds;
    enum ft_status st = ft_audit_options(&o, m->folds, err);
    if (!st) st = ft_sweep_data_look(&data, &spec, &o, err);
    if (!st) ft_sweep_cost_make(&m->cost, &spec, &o, &data, m->flops_per_s);
    ft_sweep_spec_release(&spec);
    ft_options_release(&o);
    return st;
}

void ft_workbench_audit(struct ft_workbench *w, size_t folds)
{
    struct ft_options o;
    char why[200];
    if (w->audit.job) {
        ft_app_say(w->app, FT_SAY_WARN, "an audit is being prepared");
    } else if (ft_workbench_missing(w, why, sizeof why)) {
        ft_app_say(w->app, FT_SAY_ERROR, "%s", why);
    } else if (ft_workbench_audit_options(w, &o)) {
        const struct ft_speed_fact *speed = ft_speed_last(w->speed);
        made_release(w);
        w->audit.made = ft_xcalloc(1, sizeof *w->audit.made);
        *w->audit.made = (struct ft_workbench_audit){
            .o = o, .folds = folds, .flops_per_s = speed ? speed->flops_per_s : 0};
        w->audit.job = ft_job_start("preparing the audit", look, w->audit.made, &w->wake);
        ft_app_busy(w->app, "preparing the audit", "", 0, 0, NULL, NULL);
    }
}

static bool answer(void *arg, const struct ft_key *k)
{
    struct ft_workbench *w = arg;
    if (!ft_key_is(k, 'y')) return false;
    struct ft_workbench_audit *m = w->audit.made;
    struct ft_queue_entry e = {.kind = FT_QUEUE_AUDIT,
                               .dir = ft_options_text(&m->o, FT_OPT_output_dir),
                               .folds = m->folds,
                               .o = &m->o};
    if (ft_workbench_queue_entry(w, &e))
        ft_app_say(w->app, FT_SAY_OK, "%.40s is queued: 7 shows its progress", ft_path_base(e.dir));
    made_release(w);
    ft_workbench_watch_audits(w);
    return true;
}

bool ft_workbench_follow_audit(struct ft_workbench *w)
{
    struct ft_job_view view;
    struct ft_err err = {0};
    if (!w->audit.job) return false;
    ft_job_look(w->audit.job, &view);
    if (!view.finished) return false;
    ft_app_busy_end(w->app);
    enum ft_status st = ft_job_join(w->audit.job, &err);
    w->audit.job = NULL;
    if (st) {
        ft_app_say_err(w->app, &err);
        made_release(w);
        return true;
    }
    const struct ft_sweep_cost *c = &w->audit.made->cost;
    char room[32];
    struct ft_str text = {0};
    ft_str_addf(&text, "audit: %zu models, ", w->audit.made->folds);
    ft_sweep_cost_work(c, &text);
    if (c->free_bytes >= 0 && (double)c->free_bytes < c->bytes)
        ft_str_addf(&text, ", %s are free",
                    ft_format_bytes(room, sizeof room, (double)c->free_bytes));
    ft_app_ask(w->app, ft_str_text(&text), "y train in the background  Esc cancel", answer, w);
    ft_str_release(&text);
    return true;
}

/* --- the queue --- */

static void say_ended(struct ft_workbench *w, const char *dir)
{
    char *list = ft_path_join(dir, "labels.jsonl");
    bool done = ft_path_is_file(list); /* else somebody removed it from the queue */
    free(list);
    if (!done) return;
    ft_app_say(w->app, FT_SAY_OK, "%.40s is done: a on screen Data lists the doubtful labels",
               ft_path_base(dir));
    ft_workbench_tell(w, ft_path_base(dir), "is done");
}

static const struct ft_queue_item *entry_of(const struct ft_queue *q, const char *dir)
{
    for (size_t i = 0; i < q->n; i++)
        if (q->items[i].kind == FT_QUEUE_AUDIT && !strcmp(q->items[i].dir, dir))
            return &q->items[i];
    return NULL;
}

/* Those that are gone have ended; one that failed is said once. */
static void compare(struct ft_workbench *w, const struct ft_queue *q)
{
    size_t kept = 0;
    for (size_t i = 0; i < w->audit.n; i++) {
        const struct ft_queue_item *x = entry_of(q, w->audit.dirs[i]);
        if (!x) {
            say_ended(w, w->audit.dirs[i]);
            free(w->audit.dirs[i]);
            continue;
        }
        bool failed = x->state == FT_QUEUE_FAILED;
        if (failed && !w->audit.failed[i])
            ft_app_say(w->app, FT_SAY_ERROR, "%.40s failed: %.300s", ft_path_base(x->dir),
                       x->why ? x->why : "its log says why");
        w->audit.dirs[kept] = w->audit.dirs[i];
        w->audit.failed[kept++] = failed;
    }
    w->audit.n = kept;
}

static void add_new(struct ft_workbench *w, const struct ft_queue *q)
{
    for (size_t i = 0; i < q->n; i++) {
        bool known = q->items[i].kind != FT_QUEUE_AUDIT;
        for (size_t k = 0; k < w->audit.n && !known; k++)
            known = !strcmp(w->audit.dirs[k], q->items[i].dir);
        if (known) continue;
        size_t n = w->audit.n++;
        w->audit.dirs = ft_xrealloc(w->audit.dirs, (n + 1) * sizeof *w->audit.dirs);
        w->audit.failed = ft_xrealloc(w->audit.failed, (n + 1) * sizeof *w->audit.failed);
        w->audit.dirs[n] = ft_xstrdup(q->items[i].dir);
        w->audit.failed[n] = q->items[i].state == FT_QUEUE_FAILED;
    }
}

void ft_workbench_watch_audits(struct ft_workbench *w)
{
    struct ft_queue q;
    uint64_t stamp = ft_queue_stamp(FT_QUEUE_ROOT);
    if (stamp == w->audit.stamp) return;
    w->audit.stamp = stamp;
    if (ft_queue_read(&q, FT_QUEUE_ROOT, NULL)) return; /* screen 7 says what is wrong */
    compare(w, &q);
    add_new(w, &q);
    ft_queue_release(&q);
    ft_app_redraw(w->app);
}

void ft_workbench_audit_release(struct ft_workbench *w)
{
    if (w->audit.job) ft_job_join(w->audit.job, NULL);
    made_release(w);
    for (size_t i = 0; i < w->audit.n; i++)
        free(w->audit.dirs[i]);
    free(w->audit.dirs);
    free(w->audit.failed);
}

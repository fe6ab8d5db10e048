/* States that a script may wait for (`:wait STATE`): 1 reached, 0 not yet, -1 it can't come. */
#include "ui/screens/workbench_in.h"

#include "util/fs.h"

#include <string.h>

/* --- what is loaded --- */

/* Read, checked and counted. */
static int data(const struct ft_workbench *w)
{
    struct ft_job_view view;
    if (ft_dataset_busy(w->data, &view)) return 0;
    return ft_dataset_facts(w->data)->open || ft_dataset_failed(w->data)->code ? 1 : -1;
}

/* Listed, and the one looked at read. */
static int models(const struct ft_workbench *w)
{
    struct ft_job_view view;
    return ft_model_list_whole(w->models) && !ft_model_list_busy(w->models, &view);
}

/* Listed, those looked at read, what was begun with one done. */
static int runs(const struct ft_workbench *w)
{
    return ft_run_list_whole(w->runs) && ft_run_list_idle(w->runs);
}

static int exported(const struct ft_workbench *w)
{
    return ft_run_list_idle(w->runs);
}

static int created(const struct ft_workbench *w)
{
    return !w->create;
}

/* A stopped run, if there is one. */
static int offered(const struct ft_workbench *w)
{
    return !w->stopped;
}

/* --- what is computed --- */

/* Its examples are there, or why they are not. */
static int evaluated(const struct ft_workbench *w)
{
    struct ft_job_view view;
    if (w->session || ft_evaluation_busy(w->evaluation, &view)) return 0;
    bool there = ft_evaluation_facts(w->evaluation)->there;
    return there || ft_evaluation_failed(w->evaluation)->code ? 1 : -1;
}

/* Measured, or why not. */
static int speed(const struct ft_workbench *w)
{
    if (ft_speed_busy(w->speed, NULL)) return 0;
    return ft_speed_last(w->speed) || ft_speed_failed(w->speed)->code ? 1 : -1;
}

/* All rows compared, or why not; nothing was asked for: at once. */
static int similar(const struct ft_workbench *w)
{
    return !ft_similarity_busy(w->similar_rows, NULL) &&
           !ft_similarity_busy(w->similar_examples, NULL);
}

/* The hub has answered, or the download has ended; or why not. */
static int pull(const struct ft_workbench *w)
{
    return ft_workbench_pulling(w) ? 0 : w->pull.began ? 1 : -1;
}

/* Files come. */
static int pulling(const struct ft_workbench *w)
{
    bool on = w->pull.job && w->pull.view.phase == FT_PULL_DOWNLOADING;
    return on ? 1 : ft_workbench_pulling(w) ? 0 : -1;
}

/* All that the plan comes from is read. */
static int plan(const struct ft_workbench *w)
{
    struct ft_job_view view;
    return !ft_dataset_busy(w->data, &view) && !ft_model_list_busy(w->chosen, &view);
}

/* The last question was answered. */
static int answer(const struct ft_workbench *w)
{
    if (ft_prediction_queue_busy(w->asker, NULL)) return 0;
    return w->answered ? 1 : -1;
}

static int beside(const struct ft_workbench *w)
{
    return w->beside ? !ft_prediction_queue_busy(w->beside, NULL) : -1;
}

/* The file is written, or why not. */
static int predicted(const struct ft_workbench *w)
{
    return !w->predicting;
}

/* The run shown is trained by another process that says how far it is. */
static int followed(const struct ft_workbench *w)
{
    return *w->run ? w->remote.on : -1;
}

static int unfollowed(const struct ft_workbench *w)
{
    return !w->remote.on;
}

/* The run is left to another process, or cannot be. */
static int left(const struct ft_workbench *w)
{
    return !w->leave.on;
}

/* The paired test of the runs that are shown beside each other. */
static int paired(const struct ft_workbench *w)
{
    return !ft_run_pair_busy(w->pair);
}

/* What an audit would take is known: it is asked about. */
static int audit(const struct ft_workbench *w)
{
    return !w->audit.job;
}

/* No audit of the queue is to be made. */
static int audited(const struct ft_workbench *w)
{
    size_t going = 0;
    for (size_t i = 0; i < w->audit.n; i++)
        going += !w->audit.failed[i];
    return !w->audit.job && !going;
}

/* The list of doubts is read. */
static int doubts(const struct ft_workbench *w)
{
    struct ft_job_view view;
    return !(w->near_wanted > 0) && !ft_doubts_busy(w->doubts, NULL) &&
           !ft_doubts_busy(w->near, NULL) && !ft_dataset_busy(w->data, &view);
}

/* --- the session --- */

static int ended(const struct ft_workbench *w)
{
    return w->has_snap ? !w->session : -1;
}

/* One was made. */
static int evaluation(const struct ft_workbench *w)
{
    return w->eval.scores.examples ? 1 : w->session || w->remote.on ? 0 : -1;
}

/* None is made or driven. */
static int sweep(const struct ft_workbench *w)
{
    return !w->sweep.job && !w->sweep.now;
}

static int at_step(const struct ft_workbench *w, uint64_t step)
{
    if (w->remote.on && !w->session) return w->remote.snap.step >= step;
    return w->snap.step >= step ? 1 : w->session || w->sweep.job ? 0 : -1;
}

static int in_state(const struct ft_workbench *w, enum ft_session_state state)
{
    bool over = state >= FT_SESSION_STOPPED && state != FT_SESSION_PAUSED;
    if (w->remote.on && !w->session) return w->remote.snap.state == state;
    if (w->has_snap && w->snap.state == state && over == !w->session) return 1;
    return w->session || w->sweep.job ? 0 : -1;
}

static const struct {
    const char *name;
    int (*reached)(const struct ft_workbench *w);
} states[] = {
    {"created", created},   {"data", data},
    {"models", models},     {"runs", runs},
    {"exported", exported}, {"evaluated", evaluated},
    {"followed", followed}, {"unfollowed", unfollowed},
    {"left", left},         {"speed", speed},
    {"plan", plan},         {"pull", pull},
    {"pulling", pulling},   {"answer", answer},
    {"beside", beside},     {"predicted", predicted},
    {"offered", offered},   {"similar", similar},
    {"ended", ended},       {"evaluation", evaluation},
    {"sweep", sweep},       {"doubts", doubts},
    {"audit", audit},       {"audited", audited},
    {"paired", paired},
};

int ft_workbench_reached(struct ft_workbench *w, const char *state)
{
    long long step;
    ft_workbench_follow(w);
    if (!strcmp(state, "plan")) ft_workbench_look(w); /* asks for what is missing */
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        if (!strcmp(state, states[i].name)) return states[i].reached(w);
    if (!strncmp(state, "step ", 5) && ft_parse_i64(state + 5, &step) && step >= 0)
        return at_step(w, (uint64_t)step);
    for (int i = 0; i <= FT_SESSION_FAILED; i++)
        if (!strcmp(state, ft_session_state_name((enum ft_session_state)i)))
            return in_state(w, (enum ft_session_state)i);
    return -1;
}

/* Screen 4: what the app sees of it. */
#include "ui/screens/view_train_in.h"

#include "util/fs.h"
#include "util/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct ft_panel panels[TRAIN_PANELS] = {
    [TRAIN_HEAD] = {"run", FT_SCOPE_TRAIN, true},
    [TRAIN_LOSS] = {"Loss", FT_SCOPE_TRAIN, false},
    [TRAIN_SCORE] = {"Accuracy", FT_SCOPE_TRAIN, false},
    [TRAIN_MATRIX] = {"Confusion", FT_SCOPE_TRAIN, false},
    [TRAIN_STEP] = {"Step", FT_SCOPE_TRAIN, false},
    [TRAIN_RATE] = {"Learning rate", FT_SCOPE_TRAIN, false},
    [TRAIN_NORM] = {"Gradient norm", FT_SCOPE_TRAIN, false},
    [TRAIN_SPEED] = {"Tokens per second", FT_SCOPE_TRAIN, false},
    [TRAIN_EVALS] = {"Evaluations", FT_SCOPE_TRAIN, false},
    [TRAIN_SAVED] = {"Checkpoints", FT_SCOPE_TRAIN, false},
    [TRAIN_MACHINE] = {"Machine", FT_SCOPE_TRAIN, false},
    [TRAIN_RUN] = {"Run", FT_SCOPE_TRAIN, false},
    [TRAIN_SAID] = {"Log", FT_SCOPE_TRAIN, false},
};

static const struct ft_node narrow = FT_ROWS(
    1, FT_PANEL(TRAIN_HEAD, .h = 2, .h_max = 2, .bare = true),
    FT_COLS(1,
            FT_ROWS(1, FT_PANEL(TRAIN_LOSS, .h = 6, .w = 30),
                    FT_PANEL(TRAIN_RATE, .h = 2, .h_max = 2, .drop = 2),
                    FT_PANEL(TRAIN_NORM, .h = 2, .h_max = 2, .drop = 2)),
            FT_ROWS(1, FT_PANEL(TRAIN_SCORE, .h = 4, .w = 33, .w_max = 33),
                    FT_PANEL(TRAIN_MATRIX, .h = 6, .w = 33, .w_max = 33),
                    FT_PANEL(TRAIN_STEP, .h = 5, .h_max = 5, .w = 33, .w_max = 33, .drop = 1))),
    FT_PANEL(TRAIN_SAID, .h = 4, .h_max = 4, .drop = 3));

/* While a checkpoint is chosen: their list in place of the panels next to the plots. */
static const struct ft_node choosing =
    FT_ROWS(1, FT_PANEL(TRAIN_HEAD, .h = 2, .h_max = 2, .bare = true),
            FT_COLS(1,
                    FT_ROWS(1, FT_PANEL(TRAIN_LOSS, .h = 6, .w = 30),
                            FT_PANEL(TRAIN_RATE, .h = 2, .h_max = 2, .drop = 2),
                            FT_PANEL(TRAIN_NORM, .h = 2, .h_max = 2, .drop = 2)),
                    FT_PANEL(TRAIN_SAVED, .h = 4, .w = 42, .w_max = 42)),
            FT_PANEL(TRAIN_SAID, .h = 4, .h_max = 4, .drop = 3));

static const struct ft_node wide =
    FT_ROWS(1, FT_PANEL(TRAIN_HEAD, .h = 2, .h_max = 2, .bare = true),
            FT_COLS(1,
                    FT_ROWS(1, FT_PANEL(TRAIN_LOSS, .h = 12, .w = 60),
                            FT_PANEL(TRAIN_RATE, .h = 4, .h_max = 4),
                            FT_PANEL(TRAIN_NORM, .h = 4, .h_max = 4),
                            FT_PANEL(TRAIN_SPEED, .h = 3, .h_max = 3)),
                    FT_ROWS(1, FT_PANEL(TRAIN_SCORE, .h = 8, .w = 56, .w_max = 56),
                            FT_PANEL(TRAIN_MATRIX, .h = 7, .w = 56, .w_max = 56, .weight = 3),
                            FT_PANEL(TRAIN_STEP, .h = 5, .h_max = 5, .w = 56, .w_max = 56),
                            FT_PANEL(TRAIN_MACHINE, .h = 4, .h_max = 5, .w = 56, .w_max = 56),
                            FT_PANEL(TRAIN_SAVED, .h = 5, .h_max = 7, .w = 56, .w_max = 56),
                            FT_PANEL(TRAIN_RUN, .h = 6, .h_max = 8, .w = 56, .w_max = 56))),
            FT_PANEL(TRAIN_EVALS, .h = 5, .h_max = 8), FT_PANEL(TRAIN_SAID, .h = 5, .h_max = 8));

static const struct ft_node *layout(struct ft_view *v, int h, int w)
{
    bool is_wide = h >= 44 && w >= 120;
    return is_wide ? &wide : train_of(v)->forking ? &choosing : &narrow;
}

/* A note is shown once per run, when it first applies during the run. */
static void tell(struct train_view *t, int kind, bool now, enum ft_say how, const char *text)
{
    unsigned bit = 1u << kind;
    if (!now || t->told & bit) return;
    t->told |= bit;
    ft_app_say(t->w->app, how, "%s", text);
}

static void tell_notes(struct train_view *t)
{
    enum { OVERFIT, PLATEAU, JUMP };
    const struct ft_run_warnings *n = &t->notes;
    char text[200], loss[32], step[32];
    if (!train_on(t)) return;
    if (strcmp(t->told_run, train_snap(t)->output_dir)) t->told = 0;
    snprintf(t->told_run, sizeof t->told_run, "%s", train_snap(t)->output_dir);
    if (!n->overfit) t->told &= ~(1u << OVERFIT); /* it went away, and may come again */
    snprintf(text, sizeof text,
             "the validation loss rose twice while that of training fell (step %s): overfitting; "
             "s stops, the best is kept",
             ft_format_count(step, sizeof step, (long long)n->overfit));
    tell(t, OVERFIT, n->overfit > 0, FT_SAY_NOTE, text);
    snprintf(text, sizeof text,
             "the loss has not improved for a third of the run (step %s): s stops",
             ft_format_count(step, sizeof step, (long long)n->plateau));
    tell(t, PLATEAU, n->plateau > 0, FT_SAY_NOTE, text);
    uint64_t last = n->jumps_n ? n->jumps[n->jumps_n - 1] : 0;
    snprintf(text, sizeof text, "! the loss jumped to %s at step %s; - lowers the learning rate",
             ft_format_score(loss, sizeof loss, n->jump_loss),
             ft_format_count(step, sizeof step, (long long)last));
    tell(t, JUMP, n->jumps_n > 0, FT_SAY_WARN, text);
}

static void refresh(struct ft_view *v)
{
    train_refresh(train_of(v));
}

bool train_paused(const struct train_view *t)
{
    return train_on(t) && train_snap(t)->state == FT_SESSION_PAUSED;
}

static void tick(struct ft_view *v)
{
    struct train_view *t = train_of(v);
    char step[32];
    if (!*t->w->run) return;
    ft_workbench_follow(t->w);
    for (size_t i = 0; i < t->others_n; i++)
        if (ft_run_series_follow(&t->others[i].series, t->others[i].run)) {
            t->made_run[0] = 0; /* made anew */
            ft_app_redraw(t->w->app);
        }
    train_refresh(t);
    tell_notes(t);
    if (train_paused(t) && !t->was_paused)
        ft_app_say(t->w->app, FT_SAY_OK, "paused at step %s; %sSpace continues",
                   ft_format_count(step, sizeof step, (long long)train_snap(t)->step),
                   train_mine(t) ? "6 predicts with the current weights, " : "");
    t->was_paused = train_paused(t);
}

static void draw(struct ft_view *v, int p, struct ft_canvas *c, struct ft_rect r, bool focused)
{
    struct train_view *t = train_of(v);
    if (strcmp(t->made_run, t->w->run))
        train_refresh(t);
    else
        train_make(t);
    train_draw(v, p, c, r, focused);
}

/* --- keys --- */

static void mark(struct ft_view *v, char *buf, size_t size)
{
    struct train_view *t = train_of(v);
    const struct ft_snapshot *s = t->w->session ? &t->w->snap : train_snap(t);
    if (t->w->session || t->w->remote.on) {
        double share = s->steps_total ? (double)s->step / (double)s->steps_total : 0;
        snprintf(buf, size, "%.0f%%", 100 * share);
    } else if (t->w->failed.code) {
        snprintf(buf, size, "!");
    } else if (*t->w->run && t->w->series.train_runtime_s >= 0) {
        snprintf(buf, size, "\u2713");
    }
}

/* A run that is only looked at while another one trains. */
static void shown_beside(const struct train_view *t, char *buf, size_t size)
{
    char trains[120];
    train_elsewhere_text(t, trains, sizeof trains);
    snprintf(buf, size, "note: %.20s is %s; %s", ft_path_base(t->w->run), train_state(t), trains);
}

static void next(struct ft_view *v, char *buf, size_t size)
{
    struct train_view *t = train_of(v);
    char why[160], best[32], at[32], process[32], tail[96] = "", from[48] = "";
    char text[sizeof t->w->failed.msg];
    const struct ft_snapshot *s = train_snap(t);
    double metric;
    if (train_best(t, &metric))
        snprintf(tail, sizeof tail, "  Best: %s at step %s",
                 train_metric(t, train_option(t, FT_OPT_metric_for_best_model), metric, best,
                              sizeof best),
                 ft_format_count(at, sizeof at, (long long)train_best_step(t)));
    if (t->saved_n)
        snprintf(from, sizeof from, "; f from %s",
                 ft_format_count(at, sizeof at, (long long)t->saved[t->saved_n - 1].step));
    if (t->forking)
        snprintf(buf, size, "ok: Up and Down choose, Enter copies its settings to Tune");
    else if (t->w->session && !train_on(t))
        shown_beside(t, buf, size);
    else if (train_on(t) && s->stopping)
        snprintf(buf, size, "busy: stopping after this step");
    else if (train_on(t) && s->state == FT_SESSION_PAUSED)
        snprintf(buf, size, "ok: paused at step %s.  Space continues%s",
                 ft_format_count(why, sizeof why, (long long)s->step), tail);
    else if (train_on(t) && s->pausing)
        snprintf(buf, size, "busy: pausing after this step; Space continues");
    else if (train_on(t) && !train_mine(t))
        snprintf(buf, size, "ok: trained in process %lld; keys here control it.%s",
                 (long long)t->w->remote.pid, tail);
    else if (train_on(t))
        snprintf(buf, size, "ok: training; every other screen stays usable.%s", tail);
    else if (t->w->failed.code && t->w->run_is_own)
        snprintf(buf, size, "error: %s%s", ft_error_text(&t->w->failed, text, sizeof text),
                 t->w->failed.code == FT_NUMERIC ? from : "");
    else if (*t->w->run && t->has_record && t->record.state == FT_RUN_UNREADABLE)
        snprintf(buf, size, "error: %s", t->record.why);
    else if (train_elsewhere(t))
        snprintf(buf, size, "ok: running in %s, read-only here.%s",
                 ft_run_process(&t->record, process, sizeof process), tail);
    else if (train_may_continue(t))
        snprintf(buf, size, "ok: %s.  C continues%s", train_state(t), tail);
    else if (*t->w->run)
        snprintf(buf, size, "ok: done.%s.  Next: evaluate (5)", tail);
    else if (ft_workbench_missing(t->w, why, sizeof why))
        snprintf(buf, size, "note: %s", why);
    else
        snprintf(buf, size, "ok: ready.  T starts training");
}

static void close_view(struct ft_view *v)
{
    struct train_view *t = train_of(v);
    train_data_release(t);
    free(t);
}

struct ft_view *ft_view_train_new(struct ft_workbench *w)
{
    struct train_view *t = ft_xcalloc(1, sizeof *t);
    t->w = w;
    t->smooth = 0.9;
    t->log_bytes = -1;
    t->busy = -1;
    t->view = (struct ft_view){.name = "Train",
                               .scope = FT_SCOPE_TRAIN,
                               .panels = panels,
                               .panels_n = TRAIN_PANELS,
                               .focus = TRAIN_LOSS,
                               .open = refresh,
                               .layout = layout,
                               .draw = draw,
                               .title = train_title,
                               .act = train_act,
                               .copy = train_copy,
                               .can = train_can,
                               .why_not = train_why_not,
                               .label = train_label,
                               .tick = tick,
                               .mark = mark,
                               .next = next,
                               .close = close_view};
    return &t->view;
}

/* What the runs of a sweep have reached, and the order of its members. See sweep.h. */
#include "engine/runs/sweep_in.h"

#include "engine/options/schedule.h"
#include "engine/runs/runs.h"
#include "engine/task/score_report.h"
#include "engine/train/run_series.h"
#include "util/fs.h"
#include "util/json.h"
#include "util/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const states[FT_SWEEP_STATE_COUNT] = {
#define X(id, word) [FT_SWEEP_##id] = word,
    FT_SWEEP_STATE_LIST(X)
#undef X
};

const char *ft_sweep_state_name(enum ft_sweep_state s)
{
    return states[s];
}

/* ---- a run ---- */

static double last_evaluation(const struct ft_sweep *s, const char *path)
{
    struct ft_run_series series = {0};
    ft_run_series_follow(&series, path);
    double x = series.evals_n ? ft_run_eval_score(&series.evals[series.evals_n - 1], s->metric)
                              : (double)NAN;
    ft_run_series_release(&series);
    return x;
}

/* Of a run without evaluations, the one at its end. */
static double end_scores(const struct ft_sweep *s, const char *run)
{
    struct ft_scores_file f = {0};
    char *path = ft_path_join(run, "eval.json");
    double x = (double)NAN;
    if (ft_path_is_file(path) && !ft_scores_read(&f, path, NULL))
        x = ft_scores_metric(&f.scores, s->metric);
    ft_scores_file_release(&f);
    free(path);
    return x;
}

bool sweep_run_look(const struct ft_sweep *s, struct ft_sweep_run *r,
                    const struct ft_session_how *how)
{
    struct ft_run run;
    if (ft_run_read(&run, r->path, NULL)) return false;
    bool reached = false;
    if (run.state != FT_RUN_UNREADABLE) {
        uint64_t until = ft_schedule_until(how->until_step, how->until_share, run.steps);
        reached = run.stored == FT_RUN_DONE ||
                  (run.stored == FT_RUN_STOPPED && run.step >= until && until < run.steps);
        bool best = ft_options_bool(&run.options, FT_OPT_load_best_model_at_end) && run.has_best;
        r->steps = run.step;
        r->total = run.steps;
        r->value = best ? run.best : last_evaluation(s, r->path);
        if (!isfinite(r->value)) r->value = end_scores(s, r->path);
        if (reached) r->state = run.stored == FT_RUN_DONE ? FT_SWEEP_DONE : FT_SWEEP_PAUSED;
    }
    ft_run_release(&run);
    return reached;
}

double sweep_member_seconds(const struct ft_sweep *s, const struct ft_sweep_member *m)
{
    double sum = 0;
    for (size_t k = 0; k < s->repeats; k++) {
        struct ft_run run;
        if (m->runs[k].state == FT_SWEEP_WAITING && !m->runs[k].steps) continue;
        if (ft_run_read(&run, m->runs[k].path, NULL)) continue;
        sum += run.seconds;
        ft_run_release(&run);
    }
    return sum;
}

double ft_sweep_used_s(const struct ft_sweep *s)
{
    double sum = s->deleted_s;
    for (size_t i = 0; i < s->n; i++)
        if (!s->members[i].deleted) sum += sweep_member_seconds(s, &s->members[i]);
    return sum;
}

/* ---- a member ---- */

/* Of a member whose runs are all at rest. */
static enum ft_sweep_state rest_state(const size_t *count, size_t repeats)
{
    if (count[FT_SWEEP_FAILED]) return FT_SWEEP_FAILED;
    return count[FT_SWEEP_DONE] == repeats ? FT_SWEEP_DONE : FT_SWEEP_PAUSED;
}

void sweep_member_sum(struct ft_sweep *s, struct ft_sweep_member *m)
{
    size_t count[FT_SWEEP_STATE_COUNT] = {0};
    double sum = 0, squares = 0;
    m->steps = 0;
    m->n = 0;
    for (size_t i = 0; i < s->repeats; i++) {
        const struct ft_sweep_run *r = &m->runs[i];
        count[r->state]++;
        m->steps += r->steps;
        if (!isfinite(r->value) || r->state == FT_SWEEP_RUNNING) continue;
        sum += r->value;
        m->n++;
    }
    m->mean = m->n ? sum / (double)m->n : (double)NAN;
    for (size_t i = 0; i < s->repeats; i++) {
        const struct ft_sweep_run *r = &m->runs[i];
        if (isfinite(r->value) && r->state != FT_SWEEP_RUNNING)
            squares += (r->value - m->mean) * (r->value - m->mean);
    }
    m->sd = m->n > 1 ? sqrt(squares / (double)(m->n - 1)) : (double)NAN;
    if (count[FT_SWEEP_RUNNING])
        m->state = FT_SWEEP_RUNNING;
    else if (count[FT_SWEEP_WAITING])
        m->state = count[FT_SWEEP_WAITING] == s->repeats && !m->steps ? FT_SWEEP_WAITING
                                                                      : FT_SWEEP_RUNNING;
    else if (m->state != FT_SWEEP_STOPPED)
        m->state = rest_state(count, s->repeats);
}

bool sweep_better(const struct ft_sweep *s, const struct ft_sweep_member *a,
                  const struct ft_sweep_member *b)
{
    if (!isfinite(a->mean)) return false;
    if (!isfinite(b->mean)) return true;
    return s->lower ? a->mean < b->mean : a->mean > b->mean;
}

/* ---- the order ---- */

static int rank_of(const struct ft_sweep_member *m)
{
    if (m->deleted) return isfinite(m->mean) ? 2 : 4;
    switch (m->state) {
    case FT_SWEEP_DONE:
        return 0;
    case FT_SWEEP_FAILED:
        return 3;
    default:
        return isfinite(m->mean) ? 1 : 4;
    }
}

/* Whether a comes before b. */
static bool before(const struct ft_sweep *s, const struct ft_sweep_member *a,
                   const struct ft_sweep_member *b)
{
    int x = rank_of(a), y = rank_of(b);
    if (x != y) return x < y;
    if (x == 1 && a->rung != b->rung) return a->rung > b->rung;
    return sweep_better(s, a, b);
}

void ft_sweep_order(const struct ft_sweep *s, size_t *order)
{
    for (size_t i = 0; i < s->n; i++) { /* equal ones stay in the order of their creation */
        size_t at = i;
        for (; at && before(s, &s->members[i], &s->members[order[at - 1]]); at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
}

size_t ft_sweep_best(const struct ft_sweep *s)
{
    size_t best = s->n;
    for (size_t i = 0; i < s->n; i++)
        if (rank_of(&s->members[i]) < 2 &&
            (best == s->n || before(s, &s->members[i], &s->members[best])))
            best = i;
    return best;
}

const char *ft_sweep_member_state(const struct ft_sweep_member *m, char *buf, size_t size)
{
    snprintf(buf, size, "%s%s", m->deleted ? "deleted" : ft_sweep_state_name(m->state),
             m->promoted ? ", promoted" : "");
    return buf;
}

/* ---- JSON ---- */

void sweep_values_json(const struct ft_sweep *s, const struct ft_sweep_member *m,
                       struct ft_str *out)
{
    ft_str_addc(out, '{');
    for (size_t i = 0; i < ft_sweep_values_n(s); i++) {
        const struct ft_option *o = ft_option_at(ft_sweep_value_option(s, i));
        double x;
        bool number = o->type == FT_OPT_TYPE_INT || o->type == FT_OPT_TYPE_FLOAT;
        if (number && ft_parse_double(m->values[i], &x)) {
            ft_json_put_num(out, o->name, x);
        } else if (o->type == FT_OPT_TYPE_BOOL) {
            struct ft_options b;
            ft_options_init(&b);
            ft_options_set_id(&b, ft_sweep_value_option(s, i), m->values[i], true, NULL);
            ft_json_add_key(out, o->name);
            ft_str_addz(out, ft_options_bool(&b, ft_sweep_value_option(s, i)) ? "true" : "false");
            ft_options_release(&b);
        } else {
            ft_json_put_text(out, o->name, m->values[i]);
        }
    }
    ft_str_addc(out, '}');
}

static void member_json(const struct ft_sweep *s, const struct ft_sweep_member *m,
                        struct ft_str *out)
{
    ft_str_addc(out, '{');
    ft_json_put_text(out, "name", m->name);
    ft_json_add_key(out, "options");
    sweep_values_json(s, m, out);
    ft_json_put_text(out, "metric", s->metric);
    ft_json_put_num(out, "mean", m->mean);
    ft_json_put_num(out, "sd", m->sd);
    ft_json_put_num(out, "n", (double)m->n);
    ft_json_put_num(out, "steps", (double)m->steps);
    ft_json_put_text(out, "state", ft_sweep_state_name(m->state));
    if (m->promoted) ft_str_addz(out, ",\"promoted\":true");
    if (m->deleted) ft_str_addz(out, ",\"deleted\":true");
    ft_str_addc(out, '}');
}

void ft_sweep_json(const struct ft_sweep *s, struct ft_str *out)
{
    size_t best = ft_sweep_best(s), *order = ft_xcalloc(s->n + 1, sizeof *order);
    ft_sweep_order(s, order);
    ft_str_addc(out, '{');
    ft_json_add_key(out, "best");
    if (best < s->n)
        ft_json_add_str(out, s->members[best].name, strlen(s->members[best].name));
    else
        ft_str_addz(out, "null");
    ft_json_add_key(out, "members");
    ft_str_addc(out, '[');
    for (size_t i = 0; i < s->n; i++) {
        if (i) ft_str_addc(out, ',');
        member_json(s, &s->members[order[i]], out);
    }
    ft_str_addz(out, "]}");
    free(order);
}

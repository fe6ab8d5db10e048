/* A session from the command line: see training.h. */
#include "cli/training.h"

#include "cli/mpirun.h"
#include "cli/report.h"
#include "cli/stop.h"
#include "engine/runs/sweep.h"
#include "util/clock.h"
#include "util/str.h"

#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PLAIN_EVERY_MS = 10000, DRAW_EVERY_MS = 100 };

struct progress {
    bool terminal;      /* redraws its line; else a plain line now and then */
    bool drawn;         /* a line is there to be cleared */
    double said_s;      /* when it was last shown */
    uint64_t eval_step; /* the last evaluation that was said */
};

static void clear_line(struct progress *p)
{
    if (p->drawn) fputs("\r\033[K", stderr);
    p->drawn = false;
}

static void say_evaluation(struct progress *p, const struct ft_snapshot *s)
{
    if (!s->eval_step || s->eval_step == p->eval_step) return;
    p->eval_step = s->eval_step;
    clear_line(p);
    ft_command_say("step %llu: eval %s%s", (unsigned long long)s->eval_step, s->eval_line,
                   s->best_step == s->eval_step ? " (best)" : "");
}

/* " (label 0.3479, teacher 0.0738, hidden 0.1126)" of a run with a teacher; "" else. */
static void parts_text(const struct ft_snapshot *s, char *buf, size_t size)
{
    const struct {
        const char *name;
        double value;
    } parts[] = {
        {"label", s->loss_label}, {"teacher", s->loss_teacher}, {"hidden", s->loss_hidden}};
    size_t n = 0;
    *buf = 0;
    for (size_t i = 0; s->taught && i < sizeof parts / sizeof *parts && n < size; i++)
        if (isfinite(parts[i].value))
            n += (size_t)snprintf(buf + n, size - n, "%s%s %.4f", n ? ", " : " (", parts[i].name,
                                  parts[i].value);
    if (n && n < size) snprintf(buf + n, size - n, ")");
}

static void show(struct progress *p, const struct ft_snapshot *s)
{
    double now_s = ft_now_s(), since_ms = (now_s - p->said_s) * 1000;
    say_evaluation(p, s);
    if (since_ms < (p->terminal ? DRAW_EVERY_MS : PLAIN_EVERY_MS)) return;
    p->said_s = now_s;
    char line[256], left[32] = "?", parts[96] = "";
    parts_text(s, parts, sizeof parts);
    if (s->eta_s >= 0) ft_format_time(left, sizeof left, s->eta_s);
    if (s->state == FT_SESSION_STARTING || s->state == FT_SESSION_EVALUATING)
        snprintf(line, sizeof line, "%s: %s", ft_session_state_name(s->state), s->phase);
    else if (p->terminal && *parts) /* 78 columns */
        snprintf(line, sizeof line, "step %llu of %llu, loss %.4f%s, %.0f tokens/s, %s left",
                 (unsigned long long)s->step, (unsigned long long)s->steps_total, s->loss, parts,
                 s->tokens_per_s, left);
    else
        snprintf(line, sizeof line,
                 "step %llu of %llu, epoch %.2f of %g, loss %.4f%s, learning rate %.3g, %.0f "
                 "tokens/s, %s left",
                 (unsigned long long)s->step, (unsigned long long)s->steps_total, s->epoch,
                 s->epochs_total, s->loss, parts, s->learning_rate, s->tokens_per_s, left);
    ft_text_tame(line, strlen(line));
    if (p->terminal)
        fprintf(stderr, "\r\033[K%.78s", line), fflush(stderr);
    else
        fprintf(stderr, "%s\n", line);
    p->drawn = p->terminal;
}

static void watch(struct ft_session *session, struct ft_wake *wake, struct ft_sweep *sweep,
                  struct progress *p)
{
    bool told = false;
    double until_s = ft_now_s() + (sweep ? ft_sweep_left_s(sweep) : (double)INFINITY);
    while (!ft_session_finished(session)) {
        struct pollfd fd = {.fd = wake->fd, .events = POLLIN};
        poll(&fd, 1, 500);
        ft_wake_drain(wake);
        if (!told && (ft_now_s() >= until_s || (sweep && ft_sweep_stops(sweep)))) {
            told = true;
            ft_session_stop(session, false);
        }
        ft_mpirun_watch(ft_stop_signal() != 0);
        if (ft_stop_signal() && !told) {
            told = true;
            ft_session_stop(session, false);
            clear_line(p);
            fputs("stopping after this step and saving; press Ctrl-C again to abort\n", stderr);
        }
        struct ft_snapshot snap;
        ft_session_look(session, &snap);
        show(p, &snap);
    }
    struct ft_snapshot snap;
    ft_session_look(session, &snap);
    say_evaluation(p, &snap);
    clear_line(p);
}

enum ft_status ft_training(const struct ft_options *o, const struct ft_session_how *how,
                           struct ft_sweep *sweep, struct ft_snapshot *snap,
                           struct ft_scores *scores, struct ft_err *err)
{
    struct ft_wake wake;
    struct progress p = {.terminal = isatty(STDERR_FILENO), .said_s = ft_now_s()};
    ft_wake_open(&wake);
    ft_stop_watch(&wake);
    struct ft_session *session = ft_session_start(o, how, &wake, err);
    enum ft_status st = err->code;
    if (session) {
        watch(session, &wake, sweep, &p);
        ft_session_look(session, snap);
        st = ft_session_join(session, scores, err);
    }
    ft_stop_unwatch();
    ft_wake_close(&wake);
    return st;
}

/* A measured training step in the background: see speed.h. It is `fettle bench` that measures. */
#include "engine/present/speed.h"

#include "engine/tools/bench.h"
#include "util/mem.h"

#include <stdio.h>
#include <stdlib.h>

enum { ROUNDS = 20 }; /* at most; FT_SPEED_SECONDS ends them */

struct ft_speed {
    struct ft_wake *wake;
    struct ft_job *work; /* NULL: idle; the next four belong to it while it works */
    struct ft_options o;
    size_t length;
    double flops;
    struct ft_speed_fact made;
    struct ft_speed_fact last;
    bool there;
    struct ft_err failed;
};

static enum ft_status measure(struct ft_job *w, void *arg, struct ft_err *err)
{
    struct ft_speed *s = arg;
    struct ft_bench b = {0};
    struct ft_bench_opt opt = {.rounds = ROUNDS,
                               .brief = true,
                               .length = s->length,
                               .seconds = FT_SPEED_SECONDS,
                               .work = w};
    struct ft_speed_fact *f = &s->made;
    opt.what[FT_BENCH_STEP] = true;
    enum ft_status st = ft_bench_run(&b, &s->o, &opt, err);
    *f = (struct ft_speed_fact){0};
    double n = 0, length = 0;
    if (!st && ft_bench_fact(&b, "step", "ms", &f->ms, &f->ms_low, &f->ms_high) &&
        ft_bench_fact(&b, "step", "sequences", &n, NULL, NULL) &&
        ft_bench_fact(&b, "step", "length", &length, NULL, NULL)) {
        double tokens = n * length, flops = tokens * s->flops;
        f->sequences = (size_t)n;
        f->length = (size_t)length;
        f->tokens_per_s = tokens / f->ms * 1e3;
        f->flops_per_s = flops / f->ms * 1e3;
        f->flops_low = flops / f->ms_high * 1e3;
        f->flops_high = flops / f->ms_low * 1e3;
        snprintf(f->model, sizeof f->model, "%s", ft_options_text(&s->o, FT_OPT_model));
    }
    ft_bench_release(&b);
    return st;
}

struct ft_speed *ft_speed_new(struct ft_wake *wake)
{
    struct ft_speed *s = ft_xcalloc(1, sizeof *s);
    s->wake = wake;
    return s;
}

/* Takes what came of it. */
static void end(struct ft_speed *s)
{
    struct ft_err err = {0};
    enum ft_status st = ft_job_join(s->work, &err);
    s->work = NULL;
    ft_options_release(&s->o);
    s->failed = (struct ft_err){0};
    if (!st && s->made.ms > 0) {
        s->last = s->made;
        s->there = true;
    } else if (st != FT_CANCELLED) {
        s->failed = err;
    }
}

void ft_speed_free(struct ft_speed *s)
{
    if (!s) return;
    ft_speed_cancel(s);
    if (s->work) end(s);
    free(s);
}

void ft_speed_start(struct ft_speed *s, const struct ft_options *o, size_t length,
                    double flops_of_a_token)
{
    if (s->work) return;
    ft_options_copy(&s->o, o);
    s->length = length;
    s->flops = flops_of_a_token;
    s->work = ft_job_start("measuring a training step", measure, s, s->wake);
}

void ft_speed_cancel(struct ft_speed *s)
{
    if (s->work) ft_job_cancel(s->work);
}

bool ft_speed_follow(struct ft_speed *s)
{
    struct ft_job_view view;
    if (!ft_speed_busy(s, &view) || !view.finished) return false;
    end(s);
    return true;
}

bool ft_speed_busy(struct ft_speed *s, struct ft_job_view *view)
{
    if (s->work && view) ft_job_look(s->work, view);
    return s->work != NULL;
}

const struct ft_err *ft_speed_failed(const struct ft_speed *s)
{
    return &s->failed;
}

const struct ft_speed_fact *ft_speed_last(const struct ft_speed *s)
{
    return s->there ? &s->last : NULL;
}

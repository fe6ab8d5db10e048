/* Notes on a run's numbers: see run_warnings.h. */
#include "engine/train/run_warnings.h"

#include <math.h>
#include <string.h>

static const double factor = 0.9;
enum { PLATEAU_LINES = 60 };

bool ft_jump_see(struct ft_jump *j, double loss)
{
    if (!isfinite(loss)) return false;
    bool jump = j->n >= FT_JUMP_AFTER && loss > FT_JUMP_TIMES * j->mean;
    j->n++;
    j->jumps += jump;
    if (jump) return true;
    j->weight = factor * j->weight + (1 - factor);
    j->mean += (loss - j->mean) * ((1 - factor) / j->weight);
    return false;
}

bool ft_jump_said(uint64_t n)
{
    enum { FIRST_FEW = 4 };
    return n <= FIRST_FEW || (n & (n - 1)) == 0;
}

/* The first line after step `step`. */
static size_t line_after(const struct ft_run_series *s, uint64_t step)
{
    size_t lo = 0, hi = s->points_n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (s->points[mid].step <= step)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* Mean loss of the lines from step `from` (not included) to `to`; NaN: there are none. */
static double mean_loss(const struct ft_run_series *s, uint64_t from, uint64_t to)
{
    double sum = 0;
    size_t n = 0;
    for (size_t i = line_after(s, from); i < s->points_n && s->points[i].step <= to; i++) {
        if (!isfinite(s->points[i].loss)) continue;
        sum += s->points[i].loss;
        n++;
    }
    return n ? sum / (double)n : (double)NAN;
}

/* Did the validation loss rise twice up to e[2], and the loss of training fall meanwhile? */
static bool parts_company(const struct ft_run_series *s, const struct ft_run_eval *e)
{
    if (!(e[1].loss > e[0].loss && e[2].loss > e[1].loss)) return false;
    return mean_loss(s, e[1].step, e[2].step) < mean_loss(s, e[0].step, e[1].step);
}

/* It lasts until the validation loss is the lowest so far: ups and downs above that do not end it,
 * or one would hear of it again and again. */
static uint64_t find_overfit(const struct ft_run_series *s)
{
    uint64_t since = 0;
    double lowest = INFINITY;
    for (size_t i = 0; i < s->evals_n; i++) {
        const struct ft_run_eval *e = &s->evals[i];
        if (e->loss < lowest) {
            lowest = e->loss;
            since = 0;
        } else if (!since && i >= 2 && parts_company(s, e - 2)) {
            since = e->step;
        }
    }
    return since;
}

static double mean_between(const struct ft_run_series *s, size_t from, size_t to)
{
    return from < to ? mean_loss(s, from ? s->points[from - 1].step : 0, s->points[to - 1].step)
                     : (double)NAN;
}

static uint64_t find_plateau(const struct ft_run_series *s)
{
    size_t n = s->points_n, tenth = n / 10;
    if (n < PLATEAU_LINES) return 0;
    double first = mean_between(s, 0, tenth), then = mean_between(s, n - n / 3, n - n / 3 + tenth);
    double now = mean_between(s, n - tenth, n), fell = first - now;
    /* it has learned something, and moves neither way now */
    return fell > 0 && fabs(then - now) < 0.01 * fell ? s->points[n - 1].step : 0;
}

void ft_run_warnings_make(struct ft_run_warnings *out, const struct ft_run_series *s)
{
    struct ft_jump jump = {0};
    *out = (struct ft_run_warnings){0};
    for (size_t i = 0; i < s->points_n; i++) {
        if (!ft_jump_see(&jump, s->points[i].loss)) continue;
        if (out->jumps_n == FT_RUN_WARNINGS_JUMPS)
            memmove(out->jumps, out->jumps + 1, --out->jumps_n * sizeof *out->jumps);
        out->jumps[out->jumps_n++] = s->points[i].step;
        out->jump_loss = s->points[i].loss;
    }
    out->overfit = find_overfit(s);
    out->plateau = find_plateau(s);
}

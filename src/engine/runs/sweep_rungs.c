/* Successive halving: where runs pause, and which of them go on. See sweep_in.h and sweep.h. */
#include "engine/runs/sweep_in.h"

#include "util/mem.h"

#include <math.h>
#include <stdlib.h>

/* A member that is still compared: at the rung of now, not failed, and not decided by somebody. */
static bool races(const struct ft_sweep *s, const struct ft_sweep_member *m)
{
    return m->rung == s->rung && m->state != FT_SWEEP_FAILED && !m->promoted && !m->deleted;
}

static size_t in_race(const struct ft_sweep *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++)
        n += races(s, &s->members[i]);
    return n;
}

void sweep_rung_until(const struct ft_sweep *s, const struct ft_sweep_member *m,
                      struct ft_session_how *how)
{
    if (s->spec.strategy != FT_SWEEP_HALVING || m->promoted || in_race(s) < 2) return;
    if (s->spec.min_steps) {
        double step = (double)s->spec.min_steps * pow(s->spec.eta, (double)m->rung);
        how->until_step = step < 1e15 ? (uint64_t)llround(step) : 0;
        return;
    }
    double share = ft_sweep_spec_rung_share(&s->spec, s->n, m->rung);
    how->until_share = share < 1 ? share : 0;
}

static void promote(struct ft_sweep *s, struct ft_sweep_member *m)
{
    m->rung = s->rung + 1;
    for (size_t r = 0; r < s->repeats; r++)
        if (m->runs[r].state == FT_SWEEP_PAUSED) m->runs[r].state = FT_SWEEP_WAITING;
    sweep_member_sum(s, m);
}

bool sweep_rung_cut(struct ft_sweep *s)
{
    size_t n = 0, paused = 0;
    struct ft_sweep_member **list = ft_xcalloc(s->n + 1, sizeof *list);
    for (size_t i = 0; i < s->n; i++) {
        struct ft_sweep_member *m = &s->members[i];
        if (!races(s, m)) continue;
        paused += m->state == FT_SWEEP_PAUSED;
        size_t at = n++; /* sorted from the best, equal ones in their order */
        for (; at && sweep_better(s, m, list[at - 1]); at--)
            list[at] = list[at - 1];
        list[at] = m;
    }
    size_t keep = ft_sweep_spec_keep(&s->spec, n);
    for (size_t i = 0; i < n && paused; i++) {
        if (i < keep)
            promote(s, list[i]);
        else if (list[i]->state == FT_SWEEP_PAUSED)
            list[i]->state = FT_SWEEP_STOPPED;
    }
    if (paused) s->rung++;
    free(list);
    return paused > 0;
}

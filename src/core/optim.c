/* Optimisers: elementwise, so every thread takes its piece of each range and the result does not
 * depend on the number of threads. */
#include "core/optim_in.h"

#include <assert.h>
#include <math.h>
#include <string.h>
#include "core/pool.h"

enum { GRAIN = 1024 };

static const struct {
    const char *name, *title;
} rows[FT_OPTIM_COUNT] = {
#define X(id, word, title) [FT_OPTIM_##id] = {word, title},
    FT_OPTIM_LIST(X)
#undef X
};

bool ft_optim_parse(const char *name, enum ft_optim_kind *kind)
{
    for (int i = 0; i < FT_OPTIM_COUNT; i++) {
        if (strcmp(name, rows[i].name) == 0) {
            *kind = (enum ft_optim_kind)i;
            return true;
        }
    }
    return false;
}

const char *ft_optim_name(enum ft_optim_kind kind)
{
    return rows[kind].name;
}

const char *ft_optim_title(enum ft_optim_kind kind)
{
    return rows[kind].title;
}

int ft_optim_states(enum ft_optim_kind kind)
{
    return kind == FT_OPTIM_SGD ? 0 : 2;
}

struct norm_job {
    const float *g;
};

static void square_sums(void *ctx, size_t begin, size_t end, int worker)
{
    const struct norm_job *j = ctx;
    double sum = 0.0;
    size_t i = begin;
    while (i + VW <= end) {
        size_t stop = end - i > 64 * VW ? i + 64 * VW : end;
        vf s = vf_set(0.0f);
        for (; i + VW <= stop; i += VW) {
            vf x = vf_load(j->g + i);
            s = vf_fma(x, x, s);
        }
        sum += vf_sum(s);
    }
    for (; i < end; i++)
        sum += (double)j->g[i] * (double)j->g[i];
    *(double *)ft_pool_scratch(worker) = sum;
}

double ft_optim_norm(const float *g, const struct ft_optim_range *ranges, size_t n)
{
    double total = 0.0;
    for (size_t r = 0; r < n; r++) {
        size_t count = ranges[r].end - ranges[r].begin;
        struct norm_job j = {.g = g + ranges[r].begin};
        ft_pool_run(count, GRAIN, square_sums, &j);
        for (int w = 0; w < ft_pool_threads(); w++) {
            size_t begin, end;
            ft_pool_piece(count, GRAIN, w, &begin, &end);
            if (begin < end) total += *(const double *)ft_pool_scratch(w);
        }
    }
    return sqrt(total);
}

float ft_optim_clip(double norm, double max_norm)
{
    if (max_norm <= 0.0) return 1.0f;
    double factor = max_norm / (norm + 1e-6);
    return factor < 1.0 ? (float)factor : 1.0f;
}

struct step_job {
    struct optim_update u;
    float *p, *g, *m, *v;
    bool zero;
};

static void adam_part(void *ctx, size_t begin, size_t end, int worker)
{
    const struct step_job *j = ctx;
    (void)worker;
    struct optim_update u = j->u;
    size_t i = begin;
    for (; i + VW <= end; i += VW) {
        vf m = vf_load(j->m + i), v = vf_load(j->v + i);
        vf_store(j->p + i, optim_adam(&u, vf_load(j->p + i), vf_load(j->g + i), &m, &v));
        vf_store(j->m + i, m);
        vf_store(j->v + i, v);
        if (j->zero) vf_store(j->g + i, vf_set(0.0f));
    }
    if (i < end) {
        size_t n = end - i;
        vf m = vf_load_n(j->m + i, n), v = vf_load_n(j->v + i, n);
        vf p = optim_adam(&u, vf_load_n(j->p + i, n), vf_load_n(j->g + i, n), &m, &v);
        vf_store_n(j->p + i, p, n);
        vf_store_n(j->m + i, m, n);
        vf_store_n(j->v + i, v, n);
        if (j->zero) vf_store_n(j->g + i, vf_set(0.0f), n);
    }
}

static void sgd_part(void *ctx, size_t begin, size_t end, int worker)
{
    const struct step_job *j = ctx;
    (void)worker;
    for (size_t i = begin; i < end; i++) {
        j->p[i] = optim_sgd(&j->u, j->p[i], j->g[i]);
        if (j->zero) j->g[i] = 0.0f;
    }
}

void ft_optim_step(const struct ft_optim *o, float *p, float *g, float *m, float *v,
                   const struct ft_optim_range *ranges, size_t n)
{
    bool is_adam = ft_optim_states(o->kind) == 2;
    assert(o->step >= 1 && (!is_adam || (m && v)));
    for (size_t r = 0; r < n; r++) {
        size_t at = ranges[r].begin;
        struct step_job j = {.u = optim_update_of(o, ranges[r].decay, ranges[r].lr_scale),
                             .p = p + at,
                             .g = g + at,
                             .m = is_adam ? m + at : NULL,
                             .v = is_adam ? v + at : NULL,
                             .zero = o->zero_grad};
        ft_pool_run(ranges[r].end - at, GRAIN, is_adam ? adam_part : sgd_part, &j);
    }
}

/* Group means and their squared error: see op_hidden.h. */
#include "core/op_hidden.h"

#include "core/pool.h"

#include <string.h>

enum { GRAIN = 8 };

struct group_job {
    const struct ft_groups *g;
    const float *y, *target;
    float *out; /* means, or dy */
    size_t C;
    float scale;
};

static void mean_of(float *restrict out, const float *restrict y, const struct ft_groups *g,
                    size_t i, size_t C)
{
    size_t from = (size_t)g->from[i], to = (size_t)g->to[i];
    memcpy(out, y + from * C, C * sizeof *out);
    if (to - from == 1) return;
    for (size_t r = from + 1; r < to; r++)
        for (size_t c = 0; c < C; c++)
            out[c] += y[r * C + c];
    float share = 1.0f / (float)(to - from);
    for (size_t c = 0; c < C; c++)
        out[c] *= share;
}

static void mean_groups(void *ctx, size_t begin, size_t end, int worker)
{
    const struct group_job *j = ctx;
    (void)worker;
    for (size_t i = begin; i < end; i++)
        mean_of(j->out + i * j->C, j->y, j->g, i, j->C);
}

void op_group_mean(float *out, const float *y, const struct ft_groups *g, size_t C)
{
    struct group_job j = {.g = g, .y = y, .out = out, .C = C};
    ft_pool_run(g->G, GRAIN, mean_groups, &j);
}

static void spread_groups(void *ctx, size_t begin, size_t end, int worker)
{
    const struct group_job *j = ctx;
    (void)worker;
    for (size_t i = begin; i < end; i++) {
        size_t from = (size_t)j->g->from[i], to = (size_t)j->g->to[i];
        float share = 1.0f / (float)(to - from);
        for (size_t r = from; r < to; r++)
            for (size_t c = 0; c < j->C; c++)
                j->out[r * j->C + c] = share * j->y[i * j->C + c];
    }
}

void op_group_mean_bwd(float *dy, const float *dout, const struct ft_groups *g, size_t C)
{
    struct group_job j = {.g = g, .y = dout, .out = dy, .C = C};
    ft_pool_run(g->G, 1, spread_groups, &j);
}

/* Serial, so that the sum does not depend on the number of threads. */
void op_group_mse_fwd(struct ft_loss_sum *sum, const float *y, const float *target,
                      const struct ft_groups *g, size_t C)
{
    float *mean = ft_pool_scratch(0);
    for (size_t i = 0; i < g->G; i++) {
        const float *t = target + i * C;
        double square = 0;
        mean_of(mean, y, g, i, C);
        for (size_t c = 0; c < C; c++) {
            double d = (double)mean[c] - (double)t[c];
            square += d * d;
        }
        sum->loss += square / (double)C;
    }
    sum->weight += (double)g->G;
    sum->count += g->G;
}

static void mse_bwd_groups(void *ctx, size_t begin, size_t end, int worker)
{
    const struct group_job *j = ctx;
    float *mean = ft_pool_scratch(worker);
    for (size_t i = begin; i < end; i++) {
        size_t from = (size_t)j->g->from[i], to = (size_t)j->g->to[i];
        const float *t = j->target + i * j->C;
        float k = j->scale / (float)(to - from);
        mean_of(mean, j->y, j->g, i, j->C);
        for (size_t c = 0; c < j->C; c++)
            mean[c] = k * (mean[c] - t[c]);
        for (size_t r = from; r < to; r++)
            for (size_t c = 0; c < j->C; c++)
                j->out[r * j->C + c] += mean[c];
    }
}

void op_group_mse_bwd(float *dy, const float *y, const float *target, const struct ft_groups *g,
                      size_t C, double scale)
{
    struct group_job j = {.g = g,
                          .y = y,
                          .target = target,
                          .out = dy,
                          .C = C,
                          .scale = (float)(2.0 * scale / (double)C)};
    ft_pool_run(g->G, GRAIN, mse_bwd_groups, &j);
}

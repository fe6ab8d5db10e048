/* Sums wait on one level for each power of two, as the digits of a binary counter: a gradient goes
 * up, adding what waits, to the first level that is free. See shards.h. */
#include "core/shards.h"

#include "core/pool.h"
#include "util/mem.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 16 }; /* floats of a cache line */

size_t ft_shards_bytes(size_t own, size_t floats)
{
    size_t levels = 0;
    while ((size_t)1 << levels < own)
        levels++;
    return levels * floats * sizeof(float);
}

/* The parts of the ranges that lie in each segment. */
static void cut_ranges(struct ft_shards *s, const struct ft_optim_range *ranges, size_t range_n)
{
    size_t count = 0;
    s->ranges = ft_xcalloc(range_n + s->n + 1, sizeof *s->ranges);
    s->of = ft_xcalloc(s->n + 1, sizeof *s->of);
    for (size_t i = 0; i < s->n; i++) {
        size_t begin = i * s->segment, end = begin + s->segment;
        s->of[i] = count;
        for (size_t r = 0; r < range_n; r++) {
            struct ft_optim_range x = ranges[r];
            if (x.begin < begin) x.begin = begin;
            if (x.end > end) x.end = end;
            if (x.begin < x.end) s->ranges[count++] = x;
        }
    }
    s->of[s->n] = count;
}

enum ft_status ft_shards_init(struct ft_shards *s, size_t n, size_t floats,
                              const struct ft_optim_range *ranges, size_t range_n,
                              struct ft_err *err)
{
    assert(n >= 1 && n <= FT_SHARDS_MAX && !(n & (n - 1)));
    size_t each = (floats + n - 1) / n;
    *s = (struct ft_shards){
        .n = n, .own = n, .floats = floats, .segment = (each + LINE - 1) / LINE * LINE};
    cut_ranges(s, ranges, range_n);
    for (size_t k = 0; (size_t)1 << k < s->own; k++)
        if (!(s->sums[k] = ft_try_big(floats * sizeof(float))))
            return ft_fail(err, FT_NOMEM, "no memory for the gradients of %zu shards", s->own);
    return FT_OK;
}

void ft_shards_release(struct ft_shards *s)
{
    for (size_t k = 0; k < FT_SHARDS_LEVELS; k++)
        ft_big_free(s->sums[k], s->floats * sizeof(float));
    free(s->ranges);
    free(s->of);
    memset(s, 0, sizeof *s);
}

struct move_job {
    float *to, *from;
};

/* to += from, and from is zero. */
static void move_part(void *ctx, size_t begin, size_t end, int worker)
{
    const struct move_job *j = ctx;
    (void)worker;
    float *restrict to = j->to, *restrict from = j->from;
    for (size_t i = begin; i < end; i++) {
        to[i] += from[i];
        from[i] = 0;
    }
}

void ft_shards_add(struct ft_shards *s, size_t i, float **g)
{
    size_t level = 0;
    for (; i >> level & 1; level++) {
        struct move_job j = {*g, s->sums[level]};
        ft_pool_run(s->floats, LINE, move_part, &j);
    }
    if (i + 1 == s->own) return;
    float *zero = s->sums[level];
    s->sums[level] = *g;
    *g = zero;
}

double ft_shards_norm(const struct ft_shards *s, const float *g)
{
    double sum = 0;
    if (s->n == 1) return ft_optim_norm(g, s->ranges, s->of[1]);
    for (size_t i = 0; i < s->n; i++) {
        double norm = ft_optim_norm(g, s->ranges + s->of[i], s->of[i + 1] - s->of[i]);
        sum += norm * norm;
    }
    return sqrt(sum);
}

void ft_shards_step(const struct ft_shards *s, const struct ft_optim *o, float *p, float *g,
                    float *m, float *v)
{
    ft_optim_step(o, p, g, m, v, s->ranges, s->of[s->n]);
}

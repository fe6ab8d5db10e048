/* Sums wait on one level for each power of two, as the digits of a binary counter: a gradient goes
 * up, adding what waits, to the first level that is free. See shards.h. */
#include "core/shards.h"

#include "core/comm.h"
#include "core/op_dropout.h"
#include "core/pool.h"
#include "util/mem.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 16 }; /* floats of a cache line */

enum { PIECE = 1 << 20 }; /* floats that are sent, and added, at a time */

size_t ft_shards_bytes(size_t n, size_t ranks, size_t floats)
{
    size_t levels = 0, room = ranks > 1 ? PIECE * sizeof(float) : 0;
    while (ranks << levels < n)
        levels++;
    return levels * floats * sizeof(float) + room;
}

/* Where segment i begins. */
static size_t place(const struct ft_shards *s, size_t i)
{
    return i * s->segment < s->floats ? i * s->segment : s->floats;
}

/* The segments [*lo, *hi) that a rank has left after exchanges over all distances below d. */
static void left_of(const struct ft_shards *s, size_t rank, size_t d, size_t *lo, size_t *hi)
{
    *lo = 0;
    *hi = s->n;
    for (size_t k = 1; k < d; k *= 2)
        *(rank & k ? lo : hi) = (*lo + *hi) / 2;
}

/* The parts of the ranges that lie in each segment. */
static void cut_ranges(struct ft_shards *s, const struct ft_optim_range *ranges, size_t range_n)
{
    size_t count = 0;
    s->own_ranges = ft_xcalloc(range_n + s->n + 1, sizeof *s->own_ranges);
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
    for (size_t i = 0; i < count; i++) {
        struct ft_optim_range x = s->ranges[i];
        if (x.begin < s->begin || x.begin >= s->end) continue;
        x.begin -= s->begin;
        x.end -= s->begin;
        s->own_ranges[s->own_range_n++] = x;
    }
}

enum ft_status ft_shards_init(struct ft_shards *s, size_t n, size_t floats,
                              const struct ft_optim_range *ranges, size_t range_n,
                              struct ft_err *err)
{
    size_t each = (floats + n - 1) / n, lo, hi;
    size_t rank = (size_t)ft_comm_rank(), size = (size_t)ft_comm_size();
    assert(n >= 1 && n <= FT_SHARDS_MAX && !(n & (n - 1)) && size <= n);
    *s = (struct ft_shards){.n = n,
                            .own = n / size,
                            .first = rank * (n / size),
                            .floats = floats,
                            .segment = (each + LINE - 1) / LINE * LINE};
    left_of(s, rank, size, &lo, &hi);
    s->begin = place(s, lo);
    s->end = place(s, hi);
    cut_ranges(s, ranges, range_n);
    bool ok = size == 1 || (s->room = ft_try_big(PIECE * sizeof(float)));
    for (size_t k = 0; (size_t)1 << k < s->own; k++)
        ok = (s->sums[k] = ft_try_big(floats * sizeof(float))) && ok;
    return ok ? FT_OK : ft_fail(err, FT_NOMEM, "no memory for the gradients of %zu shards", s->own);
}

void ft_shards_release(struct ft_shards *s)
{
    for (size_t k = 0; k < FT_SHARDS_LEVELS; k++)
        ft_big_free(s->sums[k], s->floats * sizeof(float));
    ft_big_free(s->room, PIECE * sizeof(float));
    free(s->own_ranges);
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

/* Sends segments [give_lo, give_hi) of x; what comes is added to segments [lo, hi), or (add false)
 * written there. */
static enum ft_status swap(const struct ft_shards *s, int peer, float *x, size_t give_lo,
                           size_t give_hi, size_t lo, size_t hi, bool add, struct ft_err *err)
{
    size_t out = place(s, give_lo), out_end = place(s, give_hi);
    size_t in = place(s, lo), in_end = place(s, hi);
    enum ft_status st = FT_OK;
    while (!st && (out < out_end || in < in_end)) {
        size_t n = out_end - out < PIECE ? out_end - out : PIECE;
        size_t m = in_end - in < PIECE ? in_end - in : PIECE;
        float *to = add ? s->room : x + in;
        st = ft_comm_exchange(peer, x + out, n * sizeof *x, to, m * sizeof *x, err);
        if (!st && add) op_accumulate(x + in, to, m);
        out += n;
        in += m;
    }
    return st;
}

enum ft_status ft_shards_reduce(struct ft_shards *s, float *g, struct ft_err *err)
{
    size_t rank = (size_t)ft_comm_rank(), size = (size_t)ft_comm_size(), lo, hi;
    enum ft_status st = FT_OK;
    for (size_t d = 1; d < size && !st; d *= 2) {
        left_of(s, rank, d, &lo, &hi);
        size_t mid = (lo + hi) / 2;
        bool upper = rank & d;
        st = swap(s, (int)(rank ^ d), g, upper ? lo : mid, upper ? mid : hi, upper ? mid : lo,
                  upper ? hi : mid, true, err);
    }
    return st;
}

enum ft_status ft_shards_share(const struct ft_shards *s, float *p, struct ft_err *err)
{
    size_t rank = (size_t)ft_comm_rank(), size = (size_t)ft_comm_size(), lo, hi;
    enum ft_status st = FT_OK;
    for (size_t d = size / 2; d >= 1 && !st; d /= 2) {
        left_of(s, rank, d, &lo, &hi);
        size_t mid = (lo + hi) / 2;
        bool upper = rank & d;
        st = swap(s, (int)(rank ^ d), p, upper ? mid : lo, upper ? hi : mid, upper ? lo : mid,
                  upper ? mid : hi, false, err);
    }
    return st;
}

enum ft_status ft_shards_norm(const struct ft_shards *s, const float *g, double *norm,
                              struct ft_err *err)
{
    size_t size = (size_t)ft_comm_size(), lo, hi;
    double squares[FT_SHARDS_MAX], sum = 0;
    if (s->n == 1) {
        *norm = ft_optim_norm(g, s->ranges, s->of[1]);
        return FT_OK;
    }
    left_of(s, (size_t)ft_comm_rank(), size, &lo, &hi);
    for (size_t i = lo; i < hi; i++) {
        double x = ft_optim_norm(g, s->ranges + s->of[i], s->of[i + 1] - s->of[i]);
        squares[s->first + (i - lo)] = x * x;
    }
    enum ft_status st = ft_comm_gather(squares, s->own * sizeof *squares, err);
    for (size_t i = 0; i < s->n; i++) { /* in the order of the segments */
        for (size_t rank = 0; rank < size; rank++) {
            left_of(s, rank, size, &lo, &hi);
            if (i >= lo && i < hi) sum += squares[rank * s->own + (i - lo)];
        }
    }
    *norm = sqrt(sum);
    return st;
}

uint64_t ft_shards_sent_bytes(size_t n, size_t ranks, size_t floats)
{
    size_t each = (floats + n - 1) / n, lo, hi, sent = 0;
    struct ft_shards s = {.n = n, .floats = floats, .segment = (each + LINE - 1) / LINE * LINE};
    for (size_t d = 1; d < ranks; d *= 2) {
        left_of(&s, 0, d, &lo, &hi);
        sent += place(&s, hi) - place(&s, lo); /* one half in reduce, the other in share */
    }
    return sent * sizeof(float);
}

static void zero_part(void *ctx, size_t begin, size_t end, int worker)
{
    (void)worker;
    memset((float *)ctx + begin, 0, (end - begin) * sizeof(float));
}

void ft_shards_step(const struct ft_shards *s, const struct ft_optim *o, float *p, float *g,
                    float *m, float *v)
{
    ft_optim_step(o, p + s->begin, g + s->begin, m, v, s->own_ranges, s->own_range_n);
    ft_pool_run(s->begin, LINE, zero_part, g); /* of other ranks */
    ft_pool_run(s->floats - s->end, LINE, zero_part, g + s->end);
}

enum ft_status ft_shards_moments(const struct ft_shards *s, float *own, float *all, bool apart,
                                 struct ft_err *err)
{
    size_t size = (size_t)ft_comm_size(), lo, hi;
    int rank = ft_comm_rank();
    enum ft_status st = FT_OK;
    for (size_t r = 0; r < size && !st; r++) {
        left_of(s, r, size, &lo, &hi);
        size_t begin = place(s, lo), bytes = (place(s, hi) - begin) * sizeof *own;
        if (r == 0 && rank == 0)
            memcpy(apart ? own : all + begin, apart ? all + begin : own, bytes);
        else if (rank == 0 && apart)
            st = ft_comm_exchange((int)r, all + begin, bytes, NULL, 0, err);
        else if (rank == 0)
            st = ft_comm_exchange((int)r, NULL, 0, all + begin, bytes, err);
        else if (rank == (int)r && apart)
            st = ft_comm_exchange(0, NULL, 0, own, bytes, err);
        else if (rank == (int)r)
            st = ft_comm_exchange(0, own, bytes, NULL, 0, err);
    }
    return st;
}

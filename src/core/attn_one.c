/* One item of work is one head of one sequence; it writes columns that are its own. */
#include "core/attn_one.h"

#include "core/attn_tile.h"
#include "core/op_dropout_in.h"
#include "core/pool.h"
#include "core/op_timer.h"
#include "core/vec.h"

#include <assert.h>
#include <math.h>
#include <string.h>

_Static_assert(2 * FT_ATTN_ONE_TOKENS_MAX * sizeof(float) <= FT_POOL_SCRATCH_BYTES,
               "probabilities and mask of a row fit a worker's scratch");

struct one_job {
    const struct ft_attn *a;
    const int32_t *rows;
    float *o, *lse, *dq, *dk, *dv;
    const float *q, *k, *v, *d_o, *kept_lse;
};

/* The tokens [*from, *to) of sequence b that its query sees. */
static void seen(const struct one_job *j, size_t b, size_t *from, size_t *to)
{
    size_t first = (size_t)j->a->starts[b], row = (size_t)j->rows[b] - first;
    size_t reach = j->a->reach, T = (size_t)j->a->starts[b + 1] - first;
    *from = reach && row >= reach ? row + 1 - reach : 0;
    *to = j->a->causal ? row + 1 : reach && reach < T - row ? row + reach : T;
}

/* p[t] = scale * q k_t, and the bias of head h and the query at `row` of its sequence */
static void scores(float *p, const struct ft_attn *a, const float *q, const float *k, size_t from,
                   size_t T, size_t h, size_t row)
{
    for (size_t t = from; t < T; t++)
        p[t] = a->scale * dot(q, k + t * a->ld_qkv, a->D);
    for (size_t t = from; a->dis && t < T; t++)
        p[t] += a->scale * dis_score(a->dis, h, row, t, q, k + t * a->ld_qkv);
    if (!a->rel) return;
    const float *rel = a->rel + h * (2 * a->rel_max - 1) + a->rel_max - 1 - row;
    for (size_t t = from; t < T; t++)
        p[t] += rel[t];
}

/* f[t] = what dropout multiplies probability t with */
static void factors(float *f, const struct ft_attn *a, size_t b, size_t h, size_t from, size_t T)
{
    struct dropmask m = dropmask_of(a->drop, h);
    float group[DROP_GROUP];
    for (size_t t = from; t < T; t++) {
        if (m.on && (t == from || t % DROP_GROUP == 0))
            dropmask_group(&m, b, t / DROP_GROUP, group);
        f[t] = m.on ? group[t % DROP_GROUP] : 1.0f;
    }
}

static void one_fwd(void *ctx, size_t begin, size_t end, int worker)
{
    const struct one_job *j = ctx;
    const struct ft_attn *a = j->a;
    float *p = ft_pool_scratch(worker), *f = p + FT_ATTN_ONE_TOKENS_MAX;
    for (size_t i = begin; i < end; i++) {
        size_t b = i / a->H, h = i % a->H, C = a->H * a->D;
        size_t first = (size_t)a->starts[b], from, T;
        seen(j, b, &from, &T);
        assert(T <= FT_ATTN_ONE_TOKENS_MAX);
        const float *k = j->k + first * a->ld_qkv + h * a->D;
        const float *v = j->v + first * a->ld_qkv + h * a->D;
        float *o = j->o + b * C + h * a->D;
        scores(p, a, j->q + b * C + h * a->D, k, from, T, h, (size_t)j->rows[b] - first);
        factors(f, a, b, h, from, T);
        float max = p[from];
        for (size_t t = from + 1; t < T; t++)
            max = p[t] > max ? p[t] : max;
        double sum = 0;
        for (size_t t = from; t < T; t++) {
            p[t] = expf(p[t] - max);
            sum += (double)p[t];
        }
        float share = (float)(1.0 / sum);
        for (size_t d = 0; d < a->D; d++)
            o[d] = 0;
        for (size_t t = from; t < T; t++)
            add_scaled(o, p[t] * share * f[t], v + t * a->ld_qkv, a->D);
        if (j->lse) j->lse[h * a->B + b] = max + (float)log(sum);
    }
}

/* Head h of sequence b, which is in this piece of op_disentangled.h's sums. */
static void bwd_sequence(const struct one_job *j, size_t b, size_t h, size_t piece, int worker)
{
    const struct ft_attn *a = j->a;
    float *p = ft_pool_scratch(worker), *f = p + FT_ATTN_ONE_TOKENS_MAX;
    size_t C = a->H * a->D;
    size_t first = (size_t)a->starts[b], from, T;
    seen(j, b, &from, &T);
    size_t whole = (size_t)a->starts[b + 1] - first;
    size_t at = first * a->ld_qkv + h * a->D;
    const float *q = j->q + b * C + h * a->D, *d_o = j->d_o + b * C + h * a->D;
    const float *k = j->k + at, *v = j->v + at;
    float *dq = j->dq + b * C + h * a->D, *dk = j->dk + at, *dv = j->dv + at;
    size_t row = (size_t)j->rows[b] - first;
    float *drel = a->drel ? a->drel + 2 * (first * a->H + h * whole) : NULL;
    if (drel) memset(drel, 0, 2 * whole * sizeof(*drel));
    scores(p, a, q, k, from, T, h, row);
    factors(f, a, b, h, from, T);
    float lse = j->kept_lse[h * a->B + b];
    double delta = 0; /* sum of p dp */
    for (size_t t = from; t < T; t++) {
        p[t] = expf(p[t] - lse);
        float *dv_t = dv + t * a->ld_qkv, kept = p[t] * f[t];
        for (size_t d = 0; d < a->D; d++)
            dv_t[d] = kept * d_o[d];
        f[t] *= dot(d_o, v + t * a->ld_qkv, a->D);
        delta += (double)p[t] * (double)f[t];
    }
    for (size_t d = 0; d < a->D; d++)
        dq[d] = 0;
    for (size_t t = from; t < T; t++) {
        float ds = p[t] * (f[t] - (float)delta);
        if (drel) drel[whole - 1 + t - row] = ds;
        const float *k_t = k + t * a->ld_qkv;
        float *dk_t = dk + t * a->ld_qkv, scaled = ds * a->scale;
        add_scaled(dq, scaled, k_t, a->D);
        for (size_t d = 0; d < a->D; d++)
            dk_t[d] = scaled * q[d];
        if (a->dis) dis_score_grad(a->dis, h, piece, row, t, q, k_t, ds, a->scale, dq, dk_t);
    }
    for (size_t t = 0; t < whole; t++) /* not seen: after the query, or out of its reach */
        for (size_t d = 0; (t < from || t >= T) && d < a->D; d++)
            dk[t * a->ld_qkv + d] = dv[t * a->ld_qkv + d] = 0;
}

static void one_bwd(void *ctx, size_t begin, size_t end, int worker)
{
    const struct one_job *j = ctx;
    for (size_t i = begin; i < end; i++) {
        size_t piece = i / j->a->H, h = i % j->a->H, b = piece, last = piece + 1;
        if (j->a->dis) dis_piece(j->a->dis, piece, h, &b, &last);
        for (; b < last; b++)
            bwd_sequence(j, b, h, piece, worker);
    }
}

void ft_attn_one_fwd(const struct ft_attn *a, const int32_t *rows, float *o, float *lse,
                     const float *q, const float *k, const float *v)
{
    double begun = ft_op_timer_begin();
    struct one_job j = {.a = a, .rows = rows, .o = o, .lse = lse, .q = q, .k = k, .v = v};
    ft_pool_run(a->B * a->H, 1, one_fwd, &j);
    ft_op_timer_end(FT_OP_TIMER_ATTENTION, begun);
}

void ft_attn_one_bwd(const struct ft_attn *a, const int32_t *rows, float *dq, float *dk, float *dv,
                     const float *d_o, const float *lse, const float *q, const float *k,
                     const float *v)
{
    double begun = ft_op_timer_begin();
    struct one_job j = {.a = a,
                        .rows = rows,
                        .dq = dq,
                        .dk = dk,
                        .dv = dv,
                        .d_o = d_o,
                        .kept_lse = lse,
                        .q = q,
                        .k = k,
                        .v = v};
    ft_pool_run((a->dis ? a->dis->pieces : a->B) * a->H, 1, one_bwd, &j);
    ft_op_timer_end(FT_OP_TIMER_ATTENTION, begun);
}

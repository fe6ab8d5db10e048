/* Attention in tiles: 64 queries against up to 512 keys at a time, so that a tile of scores lives
 * in the second-level cache and no T x T matrix exists. One (sequence, head) is one piece of work,
 * done by one thread, so the bits do not depend on the number of threads. All products run through
 * small kernels, see attn_tile.h. */
#include "core/op_attn.h"

#include <assert.h>
#include "core/attn_tile.h"
#include "core/op_dropout_in.h"
#include "core/pool.h"
#include "core/op_timer.h"

enum { Q_TILE = 64, KEYS_MAX = 512, PAD = ATTN_PAD };

/* Scores are in units of base 2: exp(x) = 2^(x LOG2_E). */
static const float LOG2_E = 1.44269504f;

struct attn_job {
    const struct ft_attn *a;
    float *o, *lse, *dq, *dk, *dv;
    const float *q, *k, *v, *d_o, *o_in, *lse_in;
    size_t Dp, keys_tile; /* D and the tile's keys, both multiples of PAD */
};

/* Keys [*from, *to) of the tile [k0, k0 + n) that queries i to last see between them. */
static void seen(const struct ft_attn *a, size_t i, size_t last, size_t k0, size_t n, size_t *from,
                 size_t *to)
{
    size_t low = a->reach && i >= a->reach ? i + 1 - a->reach : 0, high = k0 + n;
    if (a->causal)
        high = least(high, last + 1);
    else if (a->reach)
        high = least(high, last + a->reach);
    *to = high > k0 ? high - k0 : 0;
    *from = low > k0 ? least(low - k0, *to) : 0;
}

/* The first key that query i sees, so that tiles may begin there: with a mask at one of its groups. */
static size_t first_seen(const struct ft_attn *a, size_t i, bool masked)
{
    size_t step = masked ? DROP_GROUP : PAD;
    return a->reach && i >= a->reach ? (i + 1 - a->reach) / step * step : 0;
}

/* The first query of the first tile that sees a key from k0 on. */
static size_t first_query(const struct ft_attn *a, size_t k0)
{
    size_t i = a->causal ? k0 : a->reach && k0 >= a->reach ? k0 + 1 - a->reach : 0;
    return i / Q_TILE * Q_TILE;
}

/* The biases of query i from key k0 on; of T tokens. */
static const float *rel_row(const struct ft_attn *a, size_t h, size_t i, size_t k0)
{
    return a->rel + h * (2 * a->rel_max - 1) + a->rel_max - 1 + k0 - i;
}

VEC_INLINE vf keep(vf x, const float *bits)
{
    return bits ? (vf)((vi)x & (vi)vf_load(bits)) : x;
}

/* Row s[0..n) becomes 2^(s - top), 0 where keep's bits are (NULL: nowhere); zeros up to `width`; returns
 * the sum of all, dropped ones too. */
VEC_INLINE float exp_row(float *s, const float *bits, size_t n, size_t width, float top)
{
    vf t = vf_set(top), sum = vf_set(0.0f);
    size_t c = 0;
    for (; c + VW <= n; c += VW) {
        vf e = vf_exp2_low(vf_load(s + c) - t);
        sum += e;
        vf_store(s + c, keep(e, bits ? bits + c : NULL));
    }
    float tail = 0.0f;
    if (c < n) {
        float e[VW], kept[VW];
        vf x = vf_exp2_low(vf_load_n(s + c, n - c) - t);
        vf_store(e, x);
        vf_store(kept, keep(x, bits ? bits + c : NULL));
        for (size_t i = 0; c < n; i++, c++) {
            s[c] = kept[i];
            tail += e[i];
        }
    }
    for (; c < width; c++)
        s[c] = 0.0f;
    return vf_sum_f(sum) + tail;
}

static float row_top(const float *s, size_t n)
{
    vf top = vf_set(-INFINITY);
    size_t c = 0;
    for (; c + VW <= n; c += VW)
        top = vf_max(top, vf_load(s + c));
    float best = vf_max_of(top);
    for (; c < n; c++)
        best = s[c] > best ? s[c] : best;
    return best;
}

/* bits[0..n) of keys k0.. for one query, in whole groups: all ones where it is kept, else 0. */
static void mask_row(const struct dropmask *m, size_t row, size_t k0, size_t n, float *bits)
{
    for (size_t c = 0; c < n; c += DROP_GROUP)
        dropmask_bits(m, row, (k0 + c) / DROP_GROUP, bits + c, (vi){0} - 1);
}

static void scale_row(float *x, size_t n, float by)
{
    for (size_t i = 0; i < n; i++)
        x[i] *= by;
}

/* The (sequence, head) pieces in order of sequence; item = b * H + h. */
static void attn_fwd_item(void *ctx, size_t item, size_t end, int worker)
{
    (void)end;
    const struct attn_job *j = ctx;
    const struct ft_attn *a = j->a;
    size_t b = item / a->H, h = item % a->H, D = a->D, Dp = j->Dp;
    size_t first = (size_t)a->starts[b], T = (size_t)a->starts[b + 1] - first,
           N = (size_t)a->starts[a->B];
    const float *q = j->q + first * a->ld_qkv + h * D, *k = j->k + first * a->ld_qkv + h * D;
    const float *v = j->v + first * a->ld_qkv + h * D;
    struct dropmask mask = dropmask_of(a->drop, h);

    size_t tile = j->keys_tile;
    float *kt = ft_pool_scratch(worker), *vp = kt + Dp * tile, *s = vp + tile * Dp;
    float *qp = s + Q_TILE * tile, *op = qp + Q_TILE * Dp, *bits = op + Q_TILE * Dp;
    size_t packed = SIZE_MAX;
    for (size_t q0 = 0; q0 < T; q0 += Q_TILE) {
        size_t rows = least(Q_TILE, T - q0);
        float top[Q_TILE];
        float sum[Q_TILE];
        for (size_t i = 0; i < rows; i++) {
            top[i] = -INFINITY;
            sum[i] = 0.0f;
        }
        pack(qp, Dp, q + q0 * a->ld_qkv, a->ld_qkv, rows, D);
        memset(op, 0, rows * Dp * sizeof(*op));
        for (size_t k0 = first_seen(a, q0, mask.on); k0 < T; k0 += tile) {
            size_t keys = least(tile, T - k0), used, from;
            seen(a, q0, q0 + rows - 1, k0, keys, &from, &used);
            if (used == 0) break;
            if (packed != k0) {
                pack_transposed(kt, k + k0 * a->ld_qkv, a->ld_qkv, keys, D, a->scale * LOG2_E);
                pack_panels(vp, PAD * tile, v + k0 * a->ld_qkv, a->ld_qkv, keys, D);
                packed = k0;
            }
            size_t span = round_up(used);
            product(s, tile, qp, false, Dp, kt, PAD, PAD * D, rows, span, D, false);
            if (a->dis)
                dis_scores(a->dis,
                           &(struct dis_tile){.head = h,
                                              .q0 = q0,
                                              .rows = rows,
                                              .k0 = k0,
                                              .keys = used,
                                              .q = qp,
                                              .kt = kt,
                                              .ld = tile,
                                              .work = bits + tile + DROP_GROUP},
                           s);
            for (size_t i = 0; i < rows; i++) {
                float *row = s + i * tile;
                size_t n;
                seen(a, q0 + i, q0 + i, k0, keys, &from, &n);
                memset(row, 0, (from < n ? from : span) * sizeof(*row));
                if (from >= n) continue;
                if (a->rel)
                    add_scaled(row + from, LOG2_E, rel_row(a, h, q0 + i, k0 + from), n - from);
                float best = row_top(row + from, n - from);
                if (best > top[i]) {
                    if (sum[i] > 0.0f) {
                        float shrink = exp2f(top[i] - best);
                        sum[i] *= shrink;
                        scale_row(op + i * Dp, Dp, shrink);
                    }
                    top[i] = best;
                }
                if (mask.on) mask_row(&mask, first + q0 + i, k0, n, bits);
                sum[i] += exp_row(row + from, mask.on ? bits + from : NULL, n - from, span - from,
                                  top[i]);
            }
            product(op, Dp, s, false, tile, vp, PAD, PAD * tile, rows, Dp, used, true);
        }
        for (size_t i = 0; i < rows; i++) {
            size_t t = first + q0 + i;
            float *o = j->o + t * a->ld_o + h * D, by = mask.scale / sum[i];
            for (size_t d = 0; d < D; d++)
                o[d] = op[i * Dp + d] * by;
            if (j->lse) j->lse[h * N + t] = top[i] + log2f(sum[i]);
        }
    }
}

/* One row of the tile: s holds scores, dp the gradient of the dropped probabilities, times the mask's
 * scale. s becomes the dropped probabilities without the scale, dp the gradient of the scores, both 0 up
 * to `from` and from n to width. */
VEC_INLINE void back_row(float *s, float *dp, const float *bits, size_t from, size_t n,
                         size_t width, float lse, float delta)
{
    size_t c = from / VW * VW;
    for (; c < n; c += VW) {
        const float *kept = bits ? bits + c : NULL;
        vf p = vf_exp2_low(vf_load(s + c) - lse), g = keep(vf_load(dp + c), kept);
        vf_store(s + c, keep(p, kept));
        vf_store(dp + c, p * (g - delta));
    }
    for (c = 0; c < from; c++)
        s[c] = dp[c] = 0.0f;
    for (c = n; c < width; c++)
        s[c] = dp[c] = 0.0f;
}

static void unpack(float *to, size_t ld, const float *from, size_t Dp, size_t rows, size_t D,
                   float scale, bool add)
{
    for (size_t r = 0; r < rows; r++)
        for (size_t d = 0; d < D; d++)
            to[r * ld + d] = (add ? to[r * ld + d] : 0.0f) + from[r * Dp + d] * scale;
}

/* Head h of sequence b, which is in this piece of the gradients' sums. */
static void bwd_sequence(const struct attn_job *j, size_t b, size_t h, size_t piece, int worker)
{
    const struct ft_attn *a = j->a;
    size_t D = a->D, Dp = j->Dp, ld = a->ld_qkv;
    size_t first = (size_t)a->starts[b], T = (size_t)a->starts[b + 1] - first,
           N = (size_t)a->starts[a->B];
    size_t at = first * ld + h * D, at_o = first * a->ld_o + h * D;
    struct dropmask mask = dropmask_of(a->drop, h);

    size_t tile = j->keys_tile;
    float *kt = ft_pool_scratch(worker), *vt = kt + Dp * tile, *kp = vt + Dp * tile;
    float *dk = kp + tile * Dp, *dv = dk + tile * Dp, *s = dv + tile * Dp, *dp = s + Q_TILE * tile;
    float *qp = dp + Q_TILE * tile, *op = qp + Q_TILE * Dp, *dqp = op + Q_TILE * Dp;
    float *bits = dqp + Q_TILE * Dp;
    float *drel = a->drel ? a->drel + 2 * (first * a->H + h * T) : NULL;
    if (drel) memset(drel, 0, 2 * T * sizeof(*drel));
    for (size_t k0 = 0; k0 < T; k0 += tile) {
        size_t keys = least(tile, T - k0);
        pack_transposed(kt, j->k + at + k0 * ld, ld, keys, D, a->scale * LOG2_E);
        pack_transposed(vt, j->v + at + k0 * ld, ld, keys, D, 1.0f);
        pack_panels(kp, PAD * tile, j->k + at + k0 * ld, ld, keys, D);
        memset(dk, 0, keys * Dp * sizeof(*dk));
        memset(dv, 0, keys * Dp * sizeof(*dv));
        for (size_t q0 = first_query(a, k0); q0 < T; q0 += Q_TILE) {
            size_t rows = least(Q_TILE, T - q0), from, to;
            seen(a, q0, q0 + rows - 1, k0, keys, &from, &to);
            if (from >= to) break;
            /* the keys that this tile of queries sees, from whole groups on */
            size_t c0 = from / (mask.on ? DROP_GROUP : PAD) * (mask.on ? DROP_GROUP : PAD);
            size_t kb = k0 + c0, used = to - c0, span = round_up(used);
            const float *d_o = j->d_o + at_o + q0 * a->ld_o, *o = j->o_in + at_o + q0 * a->ld_o;
            pack(qp, Dp, j->q + at + q0 * ld, ld, rows, D);
            pack_scaled(op, Dp, d_o, a->ld_o, rows, D, mask.scale);
            struct dis_tile dt = {.head = h,
                                  .piece = piece,
                                  .q0 = q0,
                                  .rows = rows,
                                  .k0 = kb,
                                  .keys = used,
                                  .q = qp,
                                  .kt = kt + c0 * D,
                                  .k = kp + c0 * PAD,
                                  .k_panel = PAD * tile,
                                  .ld = tile,
                                  .work = bits + tile + DROP_GROUP};
            product(s, tile, qp, false, Dp, kt + c0 * D, PAD, PAD * D, rows, span, D, false);
            if (a->dis) dis_scores(a->dis, &dt, s);
            product(dp, tile, op, false, Dp, vt + c0 * D, PAD, PAD * D, rows, span, D, false);
            for (size_t i = 0; i < rows; i++) {
                float delta = dot(o + i * a->ld_o, d_o + i * a->ld_o, D);
                size_t n, t = first + q0 + i;
                seen(a, q0 + i, q0 + i, kb, used, &from, &n);
                if (mask.on) mask_row(&mask, t, kb, n, bits);
                if (a->rel) add_scaled(s + i * tile, LOG2_E, rel_row(a, h, q0 + i, kb), n);
                back_row(s + i * tile, dp + i * tile, mask.on ? bits : NULL, from, n, span,
                         j->lse_in[h * N + t], delta);
                if (a->drel) add_row(drel + T - 1 + kb - (q0 + i), dp + i * tile, n);
            }
            product(dv + c0 * Dp, Dp, s, true, tile, op, Dp, PAD, used, Dp, rows, true);
            product(dk + c0 * Dp, Dp, dp, true, tile, qp, Dp, PAD, used, Dp, rows, true);
            product(dqp, Dp, dp, false, tile, kp + c0 * PAD, PAD, PAD * tile, rows, Dp, used,
                    false);
            if (a->dis) dis_grads(a->dis, &dt, dp, dqp, dk + c0 * Dp);
            unpack(j->dq + at + q0 * ld, ld, dqp, Dp, rows, D, a->scale,
                   k0 > first_seen(a, q0, false) / tile * tile);
        }
        unpack(j->dk + at + k0 * ld, ld, dk, Dp, keys, D, a->scale, false);
        unpack(j->dv + at + k0 * ld, ld, dv, Dp, keys, D, 1.0f, false);
    }
}

static void attn_bwd_item(void *ctx, size_t item, size_t end, int worker)
{
    (void)end;
    const struct attn_job *j = ctx;
    const struct ft_attn *a = j->a;
    size_t piece = item / a->H, h = item % a->H, b = piece, last = piece + 1;
    if (a->dis) dis_piece(a->dis, piece, h, &b, &last);
    for (; b < last; b++)
        bwd_sequence(j, b, h, piece, worker);
}

/* Keys a tile holds so that `arrays` (2 or 5) of it and as many tiles of scores as are used fit the
 * scratch. */
static void plan(struct attn_job *j, size_t arrays)
{
    const struct ft_attn *a = j->a;
    assert(a->D >= 1 && a->D <= FT_ATTN_HEAD_SIZE_MAX && a->H <= FT_ATTN_HEADS_MAX);
    j->Dp = round_up(a->D);
    size_t room = arrays == 2 ? 49152 : 24576;
    j->keys_tile = least(KEYS_MAX, room / j->Dp / DROP_GROUP * DROP_GROUP);
    if (j->keys_tile < DROP_GROUP) j->keys_tile = DROP_GROUP;
    assert((arrays * j->keys_tile * j->Dp + 2 * Q_TILE * j->keys_tile + 3 * Q_TILE * j->Dp +
            j->keys_tile + DROP_GROUP + (a->dis ? DIS_WORK : 0)) *
               sizeof(float) <=
           FT_POOL_SCRATCH_BYTES);
}

void op_attn_fwd(const struct ft_attn *a, float *o, float *lse, const float *q, const float *k,
                 const float *v)
{
    double begun = ft_op_timer_begin();
    struct attn_job j = {.a = a, .o = o, .lse = lse, .q = q, .k = k, .v = v};
    plan(&j, 2);
    ft_pool_each(a->B * a->H, attn_fwd_item, &j);
    ft_op_timer_end(FT_OP_TIMER_ATTENTION, begun);
}

void op_attn_bwd(const struct ft_attn *a, float *dq, float *dk, float *dv, const float *d_o,
                 const float *o, const float *lse, const float *q, const float *k, const float *v)
{
    double begun = ft_op_timer_begin();
    struct attn_job j = {.a = a,
                         .dq = dq,
                         .dk = dk,
                         .dv = dv,
                         .q = q,
                         .k = k,
                         .v = v,
                         .d_o = d_o,
                         .o_in = o,
                         .lse_in = lse};
    plan(&j, 5);
    ft_pool_each((a->dis ? a->dis->pieces : a->B) * a->H, attn_bwd_item, &j);
    ft_op_timer_end(FT_OP_TIMER_ATTENTION, begun);
}

struct decode_job {
    float *o;
    const float *q, *k, *v;
    size_t T, D, ld;
    float scale;
};

static void decode_heads(void *ctx, size_t begin, size_t end, int worker)
{
    const struct decode_job *j = ctx;
    (void)worker;
    size_t D = j->D;
    for (size_t h = begin; h < end; h++) {
        const float *q = j->q + h * D;
        float top = -INFINITY, sum[FT_ATTN_HEAD_SIZE_MAX] = {0};
        double total = 0.0;
        for (size_t t = 0; t < j->T; t++) {
            const float *k = j->k + t * j->ld + h * D, *v = j->v + t * j->ld + h * D;
            vf dots = vf_set(0.0f);
            float dot = 0.0f;
            size_t d = 0;
            for (; d + VW <= D; d += VW)
                dots = vf_fma(vf_load(q + d), vf_load(k + d), dots);
            for (; d < D; d++)
                dot += q[d] * k[d];
            dot = (dot + vf_sum_f(dots)) * j->scale;
            if (dot > top) {
                float shrink = expf(top - dot);
                total *= (double)shrink;
                scale_row(sum, D, shrink);
                top = dot;
            }
            float p = expf(dot - top);
            total += (double)p;
            for (d = 0; d < D; d++)
                sum[d] += p * v[d];
        }
        for (size_t d = 0; d < D; d++)
            j->o[h * D + d] = (float)((double)sum[d] / total);
    }
}

void op_attn_decode(float *o, const float *q, const float *k, const float *v, size_t T, size_t H,
                    size_t D, size_t ld, float scale)
{
    assert(D <= FT_ATTN_HEAD_SIZE_MAX && T > 0);
    struct decode_job j = {
        .o = o, .q = q, .k = k, .v = v, .T = T, .D = D, .ld = ld, .scale = scale};
    ft_pool_run(H, 1, decode_heads, &j);
}

void op_attn_probs(const struct ft_attn *a, float *p, size_t b, size_t h, const float *q,
                   const float *k)
{
    size_t first = (size_t)a->starts[b], T = (size_t)a->starts[b + 1] - first, D = a->D;
    for (size_t i = 0; i < T; i++) {
        size_t from, n;
        seen(a, i, i, 0, T, &from, &n);
        double top = -INFINITY, sum = 0.0;
        for (size_t t = 0; t < T; t++) {
            double dot = 0.0;
            for (size_t d = 0; d < D; d++)
                dot += (double)q[(first + i) * a->ld_qkv + h * D + d] *
                       (double)k[(first + t) * a->ld_qkv + h * D + d];
            p[i * T + t] = (float)(dot * (double)a->scale);
            if (a->rel) p[i * T + t] += *rel_row(a, h, i, t);
            if (a->dis)
                p[i * T + t] +=
                    a->scale * dis_score(a->dis, h, i, t, q + (first + i) * a->ld_qkv + h * D,
                                         k + (first + t) * a->ld_qkv + h * D);
            if (t >= from && t < n && (double)p[i * T + t] > top) top = (double)p[i * T + t];
        }
        for (size_t t = from; t < n; t++)
            sum += exp((double)p[i * T + t] - top);
        for (size_t t = 0; t < T; t++)
            p[i * T + t] =
                t >= from && t < n ? (float)(exp((double)p[i * T + t] - top) / sum) : 0.0f;
    }
}

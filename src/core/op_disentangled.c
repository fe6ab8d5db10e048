/* See op_disentangled.h. Position keys are kept in the order of columns, rows backwards, so that the keys
 * of a row of scores meet ascending columns, and a row of products is added as it lies where distances
 * are near; far ones are looked up. */
#include "core/op_disentangled.h"

#include "core/attn_tile.h"
#include "core/op_timer.h"
#include "core/pool.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum { ITEMS = 64, QUERY_LD = DIS_QUERIES_MAX };

size_t op_disentangled_head(size_t D)
{
    return round_up(D);
}

size_t op_disentangled_width(size_t rows)
{
    return round_up(rows) + ATTN_PAD; /* the last product may read a block beyond its columns */
}

size_t op_disentangled_pieces(size_t B, size_t H)
{
    return least(B, (ITEMS + H - 1) / H);
}

size_t op_disentangled_most(size_t span, size_t max)
{
    return least(2 * span, 2 * max - 1);
}

/* --- which distance has which row --- */

/* In float, as PyTorch computes it: the bounds between shared rows depend on it. */
static int64_t row_of(int64_t d, size_t span, size_t far)
{
    int64_t low = 0, high = (int64_t)(2 * span - 1), middle = (int64_t)span;
    int64_t mid = (int64_t)span / 2, n = d < 0 ? -d : d;
    if (far && n > mid) {
        float whole = logf((float)((double)(far - 1) / (double)mid));
        float part = ceilf(logf((float)n / (float)mid) / whole * (float)(mid - 1));
        n = part < (float)middle ? (int64_t)part + mid : 2 * middle;
    }
    int64_t row = middle + (d < 0 ? -n : n);
    return row < low ? low : row > high ? high : row;
}

void op_disentangled_rows(struct ft_disentangled *d, size_t span, size_t far)
{
    int64_t last = (int64_t)d->max - 1, first = row_of(-last, span, far);
    d->first = (size_t)first;
    d->rows = (size_t)(row_of(last, span, far) - first) + 1;
    for (int64_t i = -last; i <= last; i++) {
        int32_t row = (int32_t)(row_of(i, span, far) - first);
        d->row[last + i] = row;
        d->column[last - i] = (int32_t)d->rows - 1 - row;
    }
    size_t s = 0, zero = d->max - 1;
    while (s < zero && d->row[zero + s + 1] == d->row[zero + s] + 1 &&
           d->row[zero - s - 1] == d->row[zero - s] - 1)
        s++;
    d->straight = s;
}

/* --- a layer's keys and queries by head --- */

struct pack_job {
    const struct ft_disentangled *d;
    float scale;
    bool backward;
};

/* Rows by head; `backwards`: the last one first. The transpose, times `scale`; in rows. */
static void pack_one(const struct pack_job *j, const float *from, float *wide, float *rows,
                     size_t h, bool backwards, float scale)
{
    const struct ft_disentangled *d = j->d;
    size_t Dp = round_up(d->D), width = op_disentangled_width(d->rows), C = d->H * d->D;
    wide += h * Dp * width;
    for (size_t c0 = 0; c0 < width; c0 += ATTN_PAD) {
        size_t n = c0 >= d->rows ? 0 : least(d->rows - c0, ATTN_PAD);
        const float *x[ATTN_PAD];
        for (size_t i = 0; i < n; i++)
            x[i] = from + (backwards ? d->rows - 1 - c0 - i : c0 + i) * C + h * d->D;
        for (size_t e = 0; e < d->D; e++) {
            float *to = wide + e * width + c0;
            for (size_t i = 0; i < n; i++)
                to[i] = x[i][e] * scale;
            for (size_t i = n; i < ATTN_PAD; i++)
                to[i] = 0.0f;
        }
    }
    if (!j->backward) return;
    rows += h * d->rows * Dp;
    for (size_t r = 0; r < d->rows; r++)
        pack(rows + r * Dp, Dp, from + (backwards ? d->rows - 1 - r : r) * C + h * d->D, C, 1,
             d->D);
}

static void pack_head(void *ctx, size_t item, size_t end, int worker)
{
    const struct pack_job *j = ctx;
    const struct ft_disentangled *d = j->d;
    (void)end, (void)worker;
    size_t h = item / 2;
    if (item % 2 == 0 && d->pos_keys)
        pack_one(j, d->pos_keys, d->keys_t, d->keys, h, true, j->scale * 1.44269504f);
    if (item % 2 == 1 && d->pos_queries)
        pack_one(j, d->pos_queries, d->queries_t, d->queries, h, false, 1.0f);
}

void op_disentangled_pack(const struct ft_disentangled *d, float scale, bool backward)
{
    double begun = ft_op_timer_begin();
    struct pack_job j = {d, scale, backward};
    ft_pool_each(2 * d->H, pack_head, &j);
    ft_op_timer_end(FT_OP_TIMER_ATTENTION, begun);
}

/* --- the gradients' sums --- */

static float *sums_of(const struct ft_disentangled *d, float *all, size_t piece, size_t h)
{
    return all ? all + (piece * d->H + h) * d->rows * round_up(d->D) : NULL;
}

void dis_piece(const struct ft_disentangled *d, size_t piece, size_t h, size_t *begin, size_t *end)
{
    size_t bytes = d->rows * round_up(d->D) * sizeof(float);
    float *keys = sums_of(d, d->dkeys, piece, h), *queries = sums_of(d, d->dqueries, piece, h);
    if (keys) memset(keys, 0, bytes);
    if (queries) memset(queries, 0, bytes);
    *begin = piece * d->B / d->pieces;
    *end = (piece + 1) * d->B / d->pieces;
}

struct collect_job {
    const struct ft_disentangled *d;
    float *keys, *queries, scale;
};

/* to(D) = the pieces' sums, in their order. */
static void collect_head(const struct collect_job *j, float *to, const float *all, size_t h,
                         size_t at)
{
    const struct ft_disentangled *d = j->d;
    size_t Dp = round_up(d->D);
    for (size_t e = 0; e < d->D; e++)
        to[e] = 0.0f;
    for (size_t p = 0; p < d->pieces; p++)
        add_row(to, all + ((p * d->H + h) * d->rows + at) * Dp, d->D);
    for (size_t e = 0; e < d->D; e++)
        to[e] *= j->scale;
}

static void collect_rows(void *ctx, size_t begin, size_t end, int worker)
{
    const struct collect_job *j = ctx;
    const struct ft_disentangled *d = j->d;
    (void)worker;
    for (size_t r = begin; r < end; r++) {
        for (size_t h = 0; h < d->H; h++) {
            size_t to = (r * d->H + h) * d->D;
            if (j->keys) collect_head(j, j->keys + to, d->dkeys, h, d->rows - 1 - r);
            if (j->queries) collect_head(j, j->queries + to, d->dqueries, h, r);
        }
    }
}

void op_disentangled_collect(float *dpos_keys, float *dpos_queries, const struct ft_disentangled *d,
                             float scale)
{
    double begun = ft_op_timer_begin();
    struct collect_job j = {d, d->dkeys ? dpos_keys : NULL, d->dqueries ? dpos_queries : NULL,
                            scale};
    ft_pool_run(d->rows, 1, collect_rows, &j);
    ft_op_timer_end(FT_OP_TIMER_ATTENTION, begun);
}

/* --- tiles --- */

/* Of n numbers whose distances from `from` on ascend, those [*a, *b) that are near. */
static void near(const struct ft_disentangled *d, ptrdiff_t from, size_t n, size_t *a, size_t *b)
{
    ptrdiff_t s = (ptrdiff_t)d->straight, low = -s - from, high = s - from + 1;
    *a = low < 0 ? 0 : least((size_t)low, n);
    *b = high < 0 ? 0 : least((size_t)high, n);
    if (*b < *a) *b = *a;
}

static void add_found(float *restrict to, const float *restrict from, size_t first,
                      const int32_t *at, size_t a, size_t b)
{
    for (size_t i = a; i < b; i++)
        to[i] += from[(size_t)at[i] - first];
}

/* to[i] += from[at[i] - first]; the distances of at[0..n) ascend from `distance` on. */
static void gather_row(const struct ft_disentangled *d, float *to, const float *from, size_t first,
                       const int32_t *at, ptrdiff_t distance, size_t n)
{
    size_t a, b;
    near(d, distance, n, &a, &b);
    add_found(to, from, first, at, 0, a);
    if (b > a) add_row(to + a, from + (size_t)at[a] - first, b - a);
    add_found(to, from, first, at, b, n);
}

static void add_runs(float *restrict to, size_t first, const float *restrict from,
                     const int32_t *at, size_t a, size_t b)
{
    while (a < b) {
        int32_t here = at[a];
        float sum = from[a++];
        while (a < b && at[a] == here)
            sum += from[a++];
        to[(size_t)here - first] += sum;
    }
}

/* The reverse: to[at[i] - first] += from[i]. */
static void scatter_row(const struct ft_disentangled *d, float *to, size_t first, const float *from,
                        const int32_t *at, ptrdiff_t distance, size_t n)
{
    size_t a, b;
    near(d, distance, n, &a, &b);
    add_runs(to, first, from, at, 0, a);
    if (b > a) add_row(to + (size_t)at[a] - first, from + a, b - a);
    add_runs(to, first, from, at, b, n);
}

/* A block of 16 queries, or keys, of a tile and the columns, or rows, that its distances have. */
struct block {
    size_t at, n;         /* which of the tile */
    size_t first, count;  /* columns or rows */
    const int32_t *place; /* of the block's first query and the tile's first key, or the reverse */
    ptrdiff_t distance;   /* of these */
    size_t ld;
};

/* Of the queries from `at` on: key j of the tile and query i have column place[j - i]. */
static struct block query_block(const struct ft_disentangled *d, const struct dis_tile *t,
                                size_t at)
{
    struct block b = {.at = at, .n = least(DIS_BLOCK, t->rows - at)};
    b.distance = (ptrdiff_t)t->k0 - (ptrdiff_t)(t->q0 + at);
    b.place = d->column + (ptrdiff_t)(d->max - 1) + b.distance;
    b.first = (size_t)b.place[-(ptrdiff_t)(b.n - 1)];
    b.count = (size_t)b.place[t->keys - 1] - b.first + 1;
    b.ld = round_up(b.count);
    return b;
}

/* Of the keys from `at` on: query i of the tile and key j have row place[i - j]. */
static struct block key_block(const struct ft_disentangled *d, const struct dis_tile *t, size_t at)
{
    struct block b = {.at = at, .n = least(DIS_BLOCK, t->keys - at)};
    b.distance = (ptrdiff_t)t->q0 - (ptrdiff_t)(t->k0 + at);
    b.place = d->row + (ptrdiff_t)(d->max - 1) + b.distance;
    b.first = (size_t)b.place[-(ptrdiff_t)(b.n - 1)];
    b.count = (size_t)b.place[t->rows - 1] - b.first + 1;
    b.ld = round_up(b.count);
    return b;
}

/* The three parts of t->work: products of queries, of keys, and a block of scores transposed. */
static float *work_queries(const struct dis_tile *t)
{
    return t->work;
}
static float *work_keys(const struct dis_tile *t)
{
    return t->work + DIS_BLOCK * (DIS_KEYS_MAX + 2 * DIS_BLOCK);
}
static float *work_turned(const struct dis_tile *t)
{
    return work_keys(t) + DIS_BLOCK * (DIS_QUERIES_MAX + 2 * DIS_BLOCK);
}

void dis_scores(const struct ft_disentangled *d, const struct dis_tile *t, float *s)
{
    size_t D = d->D, Dp = round_up(D), width = op_disentangled_width(d->rows);
    assert(t->rows <= DIS_QUERIES_MAX && t->keys <= DIS_KEYS_MAX);
    float *c = work_queries(t), *p = work_keys(t), *turned = work_turned(t);
    for (size_t at = 0; d->pos_keys && at < t->rows; at += DIS_BLOCK) {
        struct block b = query_block(d, t, at);
        product(c, b.ld, t->q + at * Dp, false, Dp, d->keys_t + t->head * Dp * width + b.first,
                width, ATTN_PAD, b.n, b.ld, D, false);
        for (size_t i = 0; i < b.n; i++)
            gather_row(d, s + (at + i) * t->ld, c + i * b.ld, b.first, b.place - i,
                       b.distance - (ptrdiff_t)i, t->keys);
    }
    for (size_t at = 0; d->pos_queries && at < t->keys; at += DIS_BLOCK) {
        struct block b = key_block(d, t, at);
        product(p, b.ld, t->kt + at * D, true, ATTN_PAD,
                d->queries_t + t->head * Dp * width + b.first, width, ATTN_PAD, b.n, b.ld, D,
                false);
        memset(turned, 0, DIS_BLOCK * QUERY_LD * sizeof *turned);
        for (size_t j = 0; j < b.n; j++)
            gather_row(d, turned + j * QUERY_LD, p + j * b.ld, b.first, b.place - j,
                       b.distance - (ptrdiff_t)j, t->rows);
        for (size_t i = 0; i < t->rows; i++)
            for (size_t j = 0; j < b.n; j++)
                s[i * t->ld + at + j] += turned[j * QUERY_LD + i];
    }
}

void dis_grads(const struct ft_disentangled *d, const struct dis_tile *t, const float *ds,
               float *dq, float *dk)
{
    size_t Dp = round_up(d->D);
    float *c = work_queries(t), *p = work_keys(t), *turned = work_turned(t);
    float *dkeys = sums_of(d, d->dkeys, t->piece, t->head);
    float *dqueries = sums_of(d, d->dqueries, t->piece, t->head);
    for (size_t at = 0; d->pos_keys && at < t->rows; at += DIS_BLOCK) {
        struct block b = query_block(d, t, at);
        memset(c, 0, b.n * b.ld * sizeof *c);
        for (size_t i = 0; i < b.n; i++)
            scatter_row(d, c + i * b.ld, b.first, ds + (at + i) * t->ld, b.place - i,
                        b.distance - (ptrdiff_t)i, t->keys);
        product(dq + at * Dp, Dp, c, false, b.ld, d->keys + (t->head * d->rows + b.first) * Dp, Dp,
                ATTN_PAD, b.n, Dp, b.count, true);
        if (dkeys)
            product(dkeys + b.first * Dp, Dp, c, true, b.ld, t->q + at * Dp, Dp, ATTN_PAD, b.count,
                    Dp, b.n, true);
    }
    for (size_t at = 0; d->pos_queries && at < t->keys; at += DIS_BLOCK) {
        struct block b = key_block(d, t, at);
        for (size_t i = 0; i < t->rows; i++)
            for (size_t j = 0; j < b.n; j++)
                turned[j * QUERY_LD + i] = ds[i * t->ld + at + j];
        memset(p, 0, b.n * b.ld * sizeof *p);
        for (size_t j = 0; j < b.n; j++)
            scatter_row(d, p + j * b.ld, b.first, turned + j * QUERY_LD, b.place - j,
                        b.distance - (ptrdiff_t)j, t->rows);
        product(dk + at * Dp, Dp, p, false, b.ld, d->queries + (t->head * d->rows + b.first) * Dp,
                Dp, ATTN_PAD, b.n, Dp, b.count, true);
        if (dqueries)
            product(dqueries + b.first * Dp, Dp, p, true, b.ld, t->k + at * ATTN_PAD, ATTN_PAD,
                    t->k_panel, b.count, Dp, b.n, true);
    }
}

/* --- one score --- */

static size_t row_at(const struct ft_disentangled *d, size_t i, size_t j)
{
    return (size_t)d->row[d->max - 1 + i - j];
}

float dis_score(const struct ft_disentangled *d, size_t h, size_t i, size_t j, const float *q,
                const float *k)
{
    size_t at = row_at(d, i, j) * d->H * d->D + h * d->D;
    float sum = d->pos_keys ? dot(q, d->pos_keys + at, d->D) : 0.0f;
    return d->pos_queries ? sum + dot(k, d->pos_queries + at, d->D) : sum;
}

void dis_score_grad(const struct ft_disentangled *d, size_t h, size_t piece, size_t i, size_t j,
                    const float *q, const float *k, float ds, float scale, float *dq, float *dk)
{
    size_t r = row_at(d, i, j), at = r * d->H * d->D + h * d->D, Dp = round_up(d->D);
    float *dkeys = sums_of(d, d->dkeys, piece, h), *dqueries = sums_of(d, d->dqueries, piece, h);
    if (d->pos_keys) add_scaled(dq, ds * scale, d->pos_keys + at, d->D);
    if (dkeys) add_scaled(dkeys + (d->rows - 1 - r) * Dp, ds, q, d->D);
    if (d->pos_queries) add_scaled(dk, ds * scale, d->pos_queries + at, d->D);
    if (dqueries) add_scaled(dqueries + r * Dp, ds, k, d->D);
}

/* See optim_rows.h. The last updates' numbers are kept; a row has had done[row] of them. When there is
 * no room for another, all rows are brought up to date. A row whose moments are zero has never had a
 * gradient: nothing but AdamW's decay happens to it. */
#include "core/optim_rows.h"

#include "core/optim_in.h"
#include "core/pool.h"
#include "util/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    KEPT = 256,      /* updates */
    MOVED = 1,       /* of `state`: the row has moments that are not zero */
    USED = 2,        /* it is one of `used` */
    SIDE_BY_SIDE = 8 /* vectors that decay together, as each waits for its own product */
};

static bool is_zero(const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (x[i] != 0.0f) return false;
    return true;
}

static void find_moved(void *ctx, size_t begin, size_t end, int worker)
{
    const struct ft_optim_rows *x = ctx;
    (void)worker;
    size_t w = x->part.width;
    for (size_t r = begin; r < end; r++)
        if (!is_zero(x->m + r * w, w) || !is_zero(x->v + r * w, w)) x->state[r] |= MOVED;
}

void ft_optim_rows_init(struct ft_optim_rows *x, const struct ft_optim *o, float *p, float *m,
                        float *v, const struct ft_optim_part *part)
{
    size_t rows = part->rows;
    *x = (struct ft_optim_rows){.part = *part, .kind = o->kind, .p = p + part->begin};
    bool moments = ft_optim_states(o->kind) == 2;
    assert(!moments || (m && v));
    x->m = moments ? m + part->begin : NULL;
    x->v = moments ? v + part->begin : NULL;
    x->done = ft_xcalloc(rows, sizeof *x->done);
    x->state = ft_xcalloc(rows, sizeof *x->state);
    x->used = ft_xcalloc(rows, sizeof *x->used);
    x->squares = ft_xcalloc(rows, sizeof *x->squares);
    x->kept = ft_xcalloc(KEPT, sizeof *x->kept);
    if (moments && o->eps > 0) {
        ft_pool_run(rows, 64, find_moved, x);
    } else {
        memset(x->state, MOVED, rows); /* 0 / 0 is for optim_adam to make */
    }
}

void ft_optim_rows_release(struct ft_optim_rows *x)
{
    free(x->done);
    free(x->state);
    free(x->used);
    free(x->squares);
    free(x->kept);
    memset(x, 0, sizeof *x);
}

/* --- updates without a gradient --- */

static void row_decays(float *p, size_t n, const struct optim_update *u, size_t updates)
{
    size_t i = 0;
    for (; i + SIDE_BY_SIDE * VW <= n; i += SIDE_BY_SIDE * VW) {
        vf x[SIDE_BY_SIDE];
        for (int k = 0; k < SIDE_BY_SIDE; k++)
            x[k] = vf_load(p + i + (size_t)(k * VW));
        for (size_t s = 0; s < updates; s++)
            for (int k = 0; k < SIDE_BY_SIDE; k++)
                x[k] *= u[s].shrink;
        for (int k = 0; k < SIDE_BY_SIDE; k++)
            vf_store(p + i + (size_t)(k * VW), x[k]);
    }
    for (; i < n; i++)
        for (size_t s = 0; s < updates; s++)
            p[i] *= u[s].shrink;
}

static void row_adam(float *p, float *m, float *v, size_t n, const struct optim_update *u,
                     size_t updates)
{
    const vf none = vf_set(0.0f);
    for (size_t i = 0; i < n; i += VW) {
        size_t k = n - i < VW ? n - i : VW;
        vf px = k == VW ? vf_load(p + i) : vf_load_n(p + i, k);
        vf mx = k == VW ? vf_load(m + i) : vf_load_n(m + i, k);
        vf vx = k == VW ? vf_load(v + i) : vf_load_n(v + i, k);
        for (size_t s = 0; s < updates; s++)
            px = optim_adam(&u[s], px, none, &mx, &vx);
        if (k == VW) {
            vf_store(p + i, px);
            vf_store(m + i, mx);
            vf_store(v + i, vx);
        } else {
            vf_store_n(p + i, px, k);
            vf_store_n(m + i, mx, k);
            vf_store_n(v + i, vx, k);
        }
    }
}

static void row_sgd(float *p, size_t n, const struct optim_update *u, size_t updates)
{
    for (size_t i = 0; i < n; i++)
        for (size_t s = 0; s < updates; s++)
            p[i] = optim_sgd(&u[s], p[i], 0.0f);
}

/* Whether an update does something to a row without a gradient and without moments. */
static bool decays(const struct optim_update *u, size_t updates)
{
    for (size_t s = 0; s < updates; s++)
        if (u[s].shrink != 1.0f || u[s].l2 != 0.0f) return true;
    return false;
}

static void catch_up(const struct ft_optim_rows *x, size_t row)
{
    const struct optim_update *u = x->kept + x->done[row];
    size_t updates = x->kept_n - x->done[row], w = x->part.width, at = row * w;
    if (!updates) return;
    x->done[row] = (uint32_t)x->kept_n;
    bool moved = x->m && x->state[row] & MOVED;
    if (!moved && !decays(u, updates)) return;
    if (!x->m)
        row_sgd(x->p + at, w, u, updates);
    else if (moved || x->kind != FT_OPTIM_ADAMW)
        row_adam(x->p + at, x->m + at, x->v + at, w, u, updates);
    else
        row_decays(x->p + at, w, u, updates);
    if (x->m && x->kind != FT_OPTIM_ADAMW) x->state[row] |= MOVED; /* its decay is a gradient */
}

static void catch_up_all(void *ctx, size_t begin, size_t end, int worker)
{
    (void)worker;
    for (size_t r = begin; r < end; r++)
        catch_up(ctx, r);
}

void ft_optim_rows_sync(struct ft_optim_rows *x)
{
    if (!x->part.rows || !x->kept_n) return;
    ft_pool_run(x->part.rows, 16, catch_up_all, x);
    memset(x->done, 0, x->part.rows * sizeof *x->done);
    x->kept_n = 0;
}

/* --- rows with one --- */

struct use_job {
    struct ft_optim_rows *x;
    size_t from;
};

static void catch_up_used(void *ctx, size_t begin, size_t end, int worker)
{
    const struct use_job *j = ctx;
    (void)worker;
    for (size_t i = begin; i < end; i++)
        catch_up(j->x, (size_t)j->x->used[j->from + i]);
}

void ft_optim_rows_use(struct ft_optim_rows *x, const int32_t *ids, size_t n)
{
    struct use_job j = {x, x->used_n};
    if (!x->part.rows) return;
    for (size_t i = 0; i < n; i++) {
        if (ids[i] < 0 || (size_t)ids[i] >= x->part.rows) continue; /* forward refuses them */
        uint8_t *state = &x->state[ids[i]];
        if (*state & USED) continue;
        *state |= USED;
        x->used[x->used_n++] = ids[i];
    }
    ft_pool_run(x->used_n - j.from, 4, catch_up_used, &j);
}

struct step_job {
    struct ft_optim_rows *x;
    const struct optim_update *u;
    float *g;
};

static void square_rows(void *ctx, size_t begin, size_t end, int worker)
{
    const struct step_job *j = ctx;
    (void)worker;
    size_t w = j->x->part.width;
    for (size_t i = begin; i < end; i++) {
        const float *g = j->g + (size_t)j->x->used[i] * w;
        vf s = vf_set(0.0f);
        size_t c = 0;
        for (; c + VW <= w; c += VW)
            s = vf_fma(vf_load(g + c), vf_load(g + c), s);
        double sum = vf_sum(s);
        for (; c < w; c++)
            sum += (double)g[c] * (double)g[c];
        j->x->squares[i] = sum;
    }
}

double ft_optim_rows_squares(struct ft_optim_rows *x, const float *g)
{
    double sum = 0;
    if (!x->part.rows) return 0;
    struct step_job j = {.x = x, .g = (float *)g + x->part.begin};
    ft_pool_run(x->used_n, 8, square_rows, &j);
    for (size_t i = 0; i < x->used_n; i++)
        sum += x->squares[i];
    return sum;
}

static void step_row(const struct step_job *j, size_t row)
{
    const struct ft_optim_rows *x = j->x;
    size_t w = x->part.width, at = row * w;
    float *p = x->p + at, *g = j->g + at;
    if (!x->m) {
        for (size_t i = 0; i < w; i++)
            p[i] = optim_sgd(j->u, p[i], g[i]);
    }
    for (size_t i = 0; x->m && i < w; i += VW) {
        size_t k = w - i < VW ? w - i : VW;
        bool whole = k == VW;
        vf m = whole ? vf_load(x->m + at + i) : vf_load_n(x->m + at + i, k);
        vf v = whole ? vf_load(x->v + at + i) : vf_load_n(x->v + at + i, k);
        vf q = whole ? vf_load(p + i) : vf_load_n(p + i, k);
        q = optim_adam(j->u, q, whole ? vf_load(g + i) : vf_load_n(g + i, k), &m, &v);
        if (whole) {
            vf_store(p + i, q);
            vf_store(x->m + at + i, m);
            vf_store(x->v + at + i, v);
        } else {
            vf_store_n(p + i, q, k);
            vf_store_n(x->m + at + i, m, k);
            vf_store_n(x->v + at + i, v, k);
        }
    }
    memset(g, 0, w * sizeof *g);
}

static void step_rows(void *ctx, size_t begin, size_t end, int worker)
{
    const struct step_job *j = ctx;
    struct ft_optim_rows *x = j->x;
    (void)worker;
    for (size_t i = begin; i < end; i++) {
        size_t row = (size_t)x->used[i];
        step_row(j, row);
        x->done[row] = (uint32_t)x->kept_n;
        x->state[row] = MOVED;
    }
}

void ft_optim_rows_step(struct ft_optim_rows *x, const struct ft_optim *o, float *g)
{
    if (!x->part.rows) return;
    assert(o->kind == x->kind && o->zero_grad);
    struct optim_update *u = &x->kept[x->kept_n++];
    *u = optim_update_of(o, x->part.decay, x->part.lr_scale);
    struct step_job j = {.x = x, .u = u, .g = g + x->part.begin};
    ft_pool_run(x->used_n, 4, step_rows, &j);
    x->used_n = 0;
    if (x->kept_n == KEPT) ft_optim_rows_sync(x);
}

/* Dropout and the residual sum: see op_dropout.h; the mask itself is made in op_dropout_in.h. */
#include "core/op_dropout.h"

#include "core/op_dropout_in.h"
#include "core/pool.h"
#include "core/rowsum.h"
#include "core/op_timer.h"

bool ft_dropout_on(const struct ft_dropout *d)
{
    return d && d->p > 0.0f;
}

struct drop_job {
    float *y, *db;
    const float *x, *b, *res;
    struct dropmask mask;
    size_t C;
    bool add;
};

static void drop_rows(void *ctx, size_t begin, size_t end, int worker)
{
    const struct drop_job *j = ctx;
    (void)worker;
    float factor[DROP_GROUP];
    for (size_t r = begin; r < end; r++) {
        for (size_t c = 0; c < j->C; c += DROP_GROUP) {
            size_t n = j->C - c < DROP_GROUP ? j->C - c : DROP_GROUP;
            const float *x = j->x + r * j->C + c;
            float *y = j->y + r * j->C + c;
            if (j->mask.on) dropmask_group(&j->mask, r, c / DROP_GROUP, factor);
            const float *f = j->mask.on ? factor : NULL;
            if (j->add)
                factors_add(y, y, x, NULL, f, n);
            else
                factors_multiply(y, x, f, NULL, n);
        }
    }
}

void op_dropout_fwd(float *y, const float *x, const struct ft_dropout *d, size_t N, size_t C)
{
    if (!ft_dropout_on(d)) {
        if (y != x) memcpy(y, x, N * C * sizeof(*y));
        return;
    }
    double begun = ft_op_timer_begin();
    struct drop_job j = {.y = y, .x = x, .mask = dropmask_of(d, 0), .C = C};
    ft_pool_run(N, 8, drop_rows, &j);
    ft_op_timer_end(FT_OP_TIMER_ROWS, begun);
}

void op_dropout_bwd(float *dx, const float *dy, const struct ft_dropout *d, size_t N, size_t C,
                    bool add)
{
    if (!ft_dropout_on(d) && !add) {
        if (dx != dy) memcpy(dx, dy, N * C * sizeof(*dx));
        return;
    }
    double begun = ft_op_timer_begin();
    struct drop_job j = {.y = dx, .x = dy, .mask = dropmask_of(d, 0), .C = C, .add = add};
    ft_pool_run(N, 8, drop_rows, &j);
    ft_op_timer_end(FT_OP_TIMER_ROWS, begun);
}

static void add_rows(void *ctx, size_t begin, size_t end, int worker)
{
    const struct drop_job *j = ctx;
    (void)worker;
    float factor[DROP_GROUP];
    for (size_t r = begin; r < end; r++) {
        for (size_t c = 0; c < j->C; c += DROP_GROUP) {
            size_t n = j->C - c < DROP_GROUP ? j->C - c : DROP_GROUP, at = r * j->C + c;
            const float *x = j->x + at, *res = j->res + at, *b = j->b ? j->b + c : NULL;
            float *y = j->y + at;
            if (j->mask.on) dropmask_group(&j->mask, r, c / DROP_GROUP, factor);
            factors_add(y, res, x, b, j->mask.on ? factor : NULL, n);
        }
    }
}

void op_add_fwd(float *y, const float *x, const float *b, const float *res,
                const struct ft_dropout *d, size_t N, size_t C)
{
    double begun = ft_op_timer_begin();
    struct drop_job j = {.y = y, .x = x, .b = b, .res = res, .mask = dropmask_of(d, 0), .C = C};
    ft_pool_run(N, 8, add_rows, &j);
    ft_op_timer_end(FT_OP_TIMER_ROWS, begun);
}

static void add_back_rows(void *ctx, size_t begin, size_t end, int worker)
{
    const struct drop_job *j = ctx;
    float *sum = j->db ? rowsum_start(worker, j->C) : NULL;
    float factor[DROP_GROUP];
    for (size_t r = begin; r < end; r++) {
        for (size_t c = 0; c < j->C; c += DROP_GROUP) {
            size_t n = j->C - c < DROP_GROUP ? j->C - c : DROP_GROUP, at = r * j->C + c;
            const float *dy = j->x + at;
            float *dx = j->y + at;
            if (j->mask.on) dropmask_group(&j->mask, r, c / DROP_GROUP, factor);
            factors_multiply(dx, dy, j->mask.on ? factor : NULL, sum ? sum + c : NULL, n);
        }
    }
}

void op_add_bwd(float *dx, float *db, const float *dy, const struct ft_dropout *d, size_t N,
                size_t C)
{
    double begun = ft_op_timer_begin();
    struct drop_job j = {.y = dx, .db = db, .x = dy, .mask = dropmask_of(d, 0), .C = C};
    ft_pool_run(N, 8, add_back_rows, &j);
    if (db) rowsum_add(db, 0, C, N, 8);
    ft_op_timer_end(FT_OP_TIMER_ROWS, begun);
}

struct sum_job {
    float *y;
    const float *x;
};

static void sum_part(void *ctx, size_t begin, size_t end, int worker)
{
    const struct sum_job *j = ctx;
    (void)worker;
    float *restrict y = j->y;
    const float *restrict x = j->x;
    for (size_t i = begin; i < end; i++)
        y[i] += x[i];
}

void op_accumulate(float *y, const float *x, size_t n)
{
    struct sum_job j = {y, x};
    ft_pool_run(n, 4096, sum_part, &j);
}

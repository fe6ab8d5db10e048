/* Layer norm. One row at a time stays in the first-level cache, so the two passes for mean and
 * variance and the third for the result read memory once. Row sums: a vector of partial sums in
 * float, added up in double. */
#include "core/op_norm.h"

#include "core/op_dropout_in.h"
#include "core/pool.h"
#include "core/rowsum.h"
#include "core/op_timer.h"

enum { GRAIN = 8 };

struct norm_job {
    float *y, *sum, *mean, *rstd;               /* forward */
    float *dh, *dx, *dg, *db, *dhb;             /* backward */
    const float *x, *h, *hb, *res, *g, *b, *dy; /* x: the norm's input */
    const float *kept_mean, *kept_rstd;
    struct dropmask mask;
    size_t C;
    double eps;
    bool add_dx;
};

static void row_moments(const float *x, size_t C, double eps, float *mean, float *rstd)
{
    size_t whole = C - C % VW;
    vf s = vf_set(0.0f);
    for (size_t c = 0; c < whole; c += VW)
        s += vf_load(x + c);
    double sum = vf_sum(s);
    for (size_t c = whole; c < C; c++)
        sum += (double)x[c];
    double m = sum / (double)C;
    vf mv = vf_set((float)m);
    s = vf_set(0.0f);
    for (size_t c = 0; c < whole; c += VW) {
        vf d = vf_load(x + c) - mv;
        s = vf_fma(d, d, s);
    }
    sum = vf_sum(s);
    for (size_t c = whole; c < C; c++)
        sum += ((double)x[c] - m) * ((double)x[c] - m);
    *mean = (float)m;
    *rstd = (float)(1.0 / sqrt(sum / (double)C + eps));
}

static void row_scale(float *y, const float *x, const float *g, const float *b, size_t C,
                      float mean, float rstd)
{
    size_t c = 0;
    for (; c + VW <= C; c += VW)
        vf_store(y + c, vf_fma((vf_load(x + c) - mean) * rstd, vf_load(g + c),
                               b ? vf_load(b + c) : vf_set(0.0f)));
    for (; c < C; c++)
        y[c] = (x[c] - mean) * rstd * g[c] + (b ? b[c] : 0.0f);
}

static void norm_rows(void *ctx, size_t begin, size_t end, int worker)
{
    const struct norm_job *j = ctx;
    (void)worker;
    for (size_t r = begin; r < end; r++) {
        const float *x = j->x + r * j->C;
        float mean, rstd;
        row_moments(x, j->C, j->eps, &mean, &rstd);
        if (j->mean) j->mean[r] = mean;
        if (j->rstd) j->rstd[r] = rstd;
        row_scale(j->y + r * j->C, x, j->g, j->b, j->C, mean, rstd);
    }
}

void op_norm_fwd(float *y, float *mean, float *rstd, const float *x, const float *g, const float *b,
                 size_t N, size_t C, float eps)
{
    double begun = ft_op_timer_begin();
    struct norm_job j = {
        .y = y, .mean = mean, .rstd = rstd, .x = x, .g = g, .b = b, .C = C, .eps = (double)eps};
    ft_pool_run(N, GRAIN, norm_rows, &j);
    ft_op_timer_end(FT_OP_TIMER_ROWS, begun);
}

static void norm_rows_again(void *ctx, size_t begin, size_t end, int worker)
{
    const struct norm_job *j = ctx;
    (void)worker;
    for (size_t r = begin; r < end; r++)
        row_scale(j->y + r * j->C, j->x + r * j->C, j->g, j->b, j->C, j->kept_mean[r],
                  j->kept_rstd[r]);
}

void op_norm_again(float *y, const float *x, const float *mean, const float *rstd, const float *g,
                   const float *b, size_t N, size_t C)
{
    double begun = ft_op_timer_begin();
    struct norm_job j = {
        .y = y, .x = x, .g = g, .b = b, .kept_mean = mean, .kept_rstd = rstd, .C = C};
    ft_pool_run(N, GRAIN, norm_rows_again, &j);
    ft_op_timer_end(FT_OP_TIMER_ROWS, begun);
}

static void sum_row(const struct norm_job *j, size_t r, float *sum)
{
    float factor[DROP_GROUP];
    for (size_t c = 0; c < j->C; c += DROP_GROUP) {
        size_t n = j->C - c < DROP_GROUP ? j->C - c : DROP_GROUP;
        const float *h = j->h + r * j->C + c, *res = j->res + r * j->C + c;
        const float *hb = j->hb ? j->hb + c : NULL;
        if (j->mask.on) dropmask_group(&j->mask, r, c / DROP_GROUP, factor);
        factors_add(sum + c, res, h, hb, j->mask.on ? factor : NULL, n);
    }
}

static void add_norm_rows(void *ctx, size_t begin, size_t end, int worker)
{
    const struct norm_job *j = ctx;
    (void)worker;
    for (size_t r = begin; r < end; r++) {
        float *sum = j->sum + r * j->C;
        float mean, rstd;
        sum_row(j, r, sum);
        row_moments(sum, j->C, j->eps, &mean, &rstd);
        if (j->mean) j->mean[r] = mean;
        if (j->rstd) j->rstd[r] = rstd;
        row_scale(j->y + r * j->C, sum, j->g, j->b, j->C, mean, rstd);
    }
}

void op_add_norm_fwd(float *y, float *sum, float *mean, float *rstd, const float *h,
                     const float *hb, const float *res, const struct ft_dropout *d, const float *g,
                     const float *b, size_t N, size_t C, float eps)
{
    double begun = ft_op_timer_begin();
    struct norm_job j = {.y = y,
                         .sum = sum,
                         .mean = mean,
                         .rstd = rstd,
                         .h = h,
                         .hb = hb,
                         .res = res,
                         .g = g,
                         .b = b,
                         .mask = dropmask_of(d, 0),
                         .C = C,
                         .eps = (double)eps};
    ft_pool_run(N, GRAIN, add_norm_rows, &j);
    ft_op_timer_end(FT_OP_TIMER_ROWS, begun);
}

/* The two sums of a row and, when dg is given, the row's part of dg and db. */
static void row_sums(const struct norm_job *j, const float *dy, const float *x, float mean,
                     float rstd, float *dg, float *db, double *s1, double *s2)
{
    vf a = vf_set(0.0f), b = a;
    size_t c = 0;
    for (; c + VW <= j->C; c += VW) {
        vf d = vf_load(dy + c), hat = (vf_load(x + c) - mean) * rstd;
        if (dg) {
            vf_store(dg + c, vf_fma(d, hat, vf_load(dg + c)));
            if (db) vf_store(db + c, vf_load(db + c) + d);
        }
        d *= vf_load(j->g + c);
        a += d;
        b = vf_fma(d, hat, b);
    }
    *s1 = vf_sum(a);
    *s2 = vf_sum(b);
    for (; c < j->C; c++) {
        float hat = (x[c] - mean) * rstd;
        if (dg) {
            dg[c] += dy[c] * hat;
            if (db) db[c] += dy[c];
        }
        *s1 += (double)(dy[c] * j->g[c]);
        *s2 += (double)(dy[c] * j->g[c]) * (double)hat;
    }
}

static void row_back(const struct norm_job *j, float *dx, const float *dy, const float *x,
                     float mean, float rstd, double s1, double s2)
{
    vf m1 = vf_set((float)(s1 / (double)j->C)), m2 = vf_set((float)(s2 / (double)j->C));
    size_t c = 0;
    for (; c + VW <= j->C; c += VW) {
        vf hat = (vf_load(x + c) - mean) * rstd;
        vf d = (vf_load(dy + c) * vf_load(j->g + c) - m1 - hat * m2) * rstd;
        if (j->add_dx) d += vf_load(dx + c);
        vf_store(dx + c, d);
    }
    for (; c < j->C; c++) {
        float hat = (x[c] - mean) * rstd;
        float d = (dy[c] * j->g[c] - m1[0] - hat * m2[0]) * rstd;
        dx[c] = j->add_dx ? dx[c] + d : d;
    }
}

/* dh = dropout of dx, and its column sums. */
static void row_drop(const struct norm_job *j, size_t r, const float *dx, float *dhb)
{
    float factor[DROP_GROUP];
    for (size_t c = 0; c < j->C; c += DROP_GROUP) {
        size_t n = j->C - c < DROP_GROUP ? j->C - c : DROP_GROUP;
        if (j->mask.on) dropmask_group(&j->mask, r, c / DROP_GROUP, factor);
        factors_multiply(j->dh ? j->dh + r * j->C + c : NULL, dx + c, j->mask.on ? factor : NULL,
                         dhb ? dhb + c : NULL, n);
    }
}

static void norm_back_rows(void *ctx, size_t begin, size_t end, int worker)
{
    const struct norm_job *j = ctx;
    float *sums = rowsum_start(worker, 3 * j->C);
    float *dg = j->dg ? sums : NULL, *db = j->db ? sums + j->C : NULL;
    float *dhb = j->dhb ? sums + 2 * j->C : NULL;
    for (size_t r = begin; r < end; r++) {
        const float *dy = j->dy + r * j->C, *x = j->x + r * j->C;
        float mean = j->kept_mean[r], rstd = j->kept_rstd[r];
        double s1, s2;
        row_sums(j, dy, x, mean, rstd, dg, db, &s1, &s2);
        if (!j->dx) continue;
        row_back(j, j->dx + r * j->C, dy, x, mean, rstd, s1, s2);
        if (j->dh || dhb) row_drop(j, r, j->dx + r * j->C, dhb);
    }
}

static void norm_back(struct norm_job *j, size_t N)
{
    ft_pool_run(N, GRAIN, norm_back_rows, j);
    if (j->dg) rowsum_add(j->dg, 0, j->C, N, GRAIN);
    if (j->db) rowsum_add(j->db, j->C, j->C, N, GRAIN);
    if (j->dhb) rowsum_add(j->dhb, 2 * j->C, j->C, N, GRAIN);
}

void op_norm_bwd(float *dx, float *dg, float *db, const float *dy, const float *x,
                 const float *mean, const float *rstd, const float *g, size_t N, size_t C,
                 bool add_dx)
{
    double begun = ft_op_timer_begin();
    struct norm_job j = {.dx = dx,
                         .dg = dg,
                         .db = db,
                         .x = x,
                         .g = g,
                         .dy = dy,
                         .kept_mean = mean,
                         .kept_rstd = rstd,
                         .C = C,
                         .add_dx = add_dx};
    norm_back(&j, N);
    ft_op_timer_end(FT_OP_TIMER_ROWS, begun);
}

void op_add_norm_bwd(float *dh, float *dres, float *dg, float *db, float *dhb, const float *dy,
                     const float *sum, const float *mean, const float *rstd,
                     const struct ft_dropout *d, const float *g, size_t N, size_t C)
{
    double begun = ft_op_timer_begin();
    assert(dh || !ft_dropout_on(d));
    struct norm_job j = {.dh = dh,
                         .dx = dres,
                         .dg = dg,
                         .db = db,
                         .dhb = dhb,
                         .x = sum,
                         .g = g,
                         .dy = dy,
                         .kept_mean = mean,
                         .kept_rstd = rstd,
                         .mask = dropmask_of(d, 0),
                         .C = C};
    norm_back(&j, N);
    ft_op_timer_end(FT_OP_TIMER_ROWS, begun);
}

void op_norm_dots(float *dots, const float *dy, const float *x, const float *mean,
                  const float *rstd, const float *g, size_t N, size_t C, float eps)
{
    for (size_t n = 0; n < N; n++) {
        double sum = 0;
        for (size_t c = 0; c < C; c++)
            sum += (double)dy[n * C + c] * (double)g[c] * ((double)x[n * C + c] - (double)mean[n]);
        double r = (double)rstd[n];
        dots[n] = (float)((double)eps * r * r * r * sum);
    }
}

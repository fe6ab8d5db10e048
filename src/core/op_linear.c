/* Linear layers: one matrix product each for y, dx and dw, and passes for the bias. */
#include "core/op_linear.h"

#include "core/bf16.h"
#include "core/gemm.h"
#include "core/pool.h"
#include "core/op_timer.h"

void op_product(bool trans_a, bool trans_b, size_t M, size_t N, size_t K, const float *a,
                size_t lda, const float *b, size_t ldb, float beta, float *c, size_t ldc)
{
    double begun = ft_op_timer_begin();
    ft_gemm(trans_a, trans_b, M, N, K, a, lda, b, ldb, beta, c, ldc);
    ft_op_timer_product(begun, &(struct ft_product){trans_a, trans_b, M, N, K, beta, 0, false});
}

static void product_bf16(bool trans_a, bool trans_b, size_t M, size_t N, size_t K,
                         const uint16_t *a, size_t lda, const uint16_t *b, size_t ldb, float beta,
                         float *c, size_t ldc)
{
    double begun = ft_op_timer_begin();
    ft_gemm_bf16(trans_a, trans_b, M, N, K, a, lda, b, ldb, beta, c, ldc);
    ft_op_timer_product(begun, &(struct ft_product){trans_a, trans_b, M, N, K, beta, 0, true});
}

struct bias_job {
    float *y;
    const float *b;
    size_t N, O;
};

static void bias_rows(void *ctx, size_t begin, size_t end, int worker)
{
    const struct bias_job *j = ctx;
    (void)worker;
    const float *restrict b = j->b;
    for (size_t r = begin; r < end; r++) {
        float *restrict y = j->y + r * j->O;
        for (size_t c = 0; c < j->O; c++)
            y[c] = b[c];
    }
}

static void product_bias(bool trans_b, size_t M, size_t N, size_t K, const float *a, const float *b,
                         size_t ldb, const float *bias, float *c)
{
    double begun = ft_op_timer_begin();
    ft_gemm_bias(trans_b, M, N, K, a, K, b, ldb, bias, c, N);
    ft_op_timer_product(begun, &(struct ft_product){false, trans_b, M, N, K, 0, 0, false});
}

/* Of bf16: rows are set to the bias and the product is added, which costs one pass less than adding
 * after. */
static float prepare(float *y, const float *b, size_t N, size_t O)
{
    if (!b) return 0.0f;
    double begun = ft_op_timer_begin();
    struct bias_job j = {.y = y, .b = b, .O = O};
    ft_pool_run(N, 8, bias_rows, &j);
    ft_op_timer_end(FT_OP_TIMER_ROWS, begun);
    return 1.0f;
}

static void column_sums(void *ctx, size_t begin, size_t end, int worker)
{
    const struct bias_job *j = ctx;
    (void)worker;
    enum { WIDE = 64 };
    for (size_t c = begin; c < end; c += WIDE) {
        size_t n = end - c < WIDE ? end - c : WIDE;
        float sum[WIDE] = {0};
        if (n == WIDE) {
            for (size_t r = 0; r < j->N; r++)
                for (size_t i = 0; i < WIDE; i++)
                    sum[i] += j->b[r * j->O + c + i];
        } else {
            for (size_t r = 0; r < j->N; r++)
                for (size_t i = 0; i < n; i++)
                    sum[i] += j->b[r * j->O + c + i];
        }
        for (size_t i = 0; i < n; i++)
            j->y[c + i] += sum[i];
    }
}

void op_bias_bwd(float *db, const float *dy, size_t N, size_t O)
{
    double begun = ft_op_timer_begin();
    struct bias_job j = {.y = db, .b = dy, .N = N, .O = O};
    ft_pool_run(O, 64, column_sums, &j);
    ft_op_timer_end(FT_OP_TIMER_ROWS, begun);
}

void op_linear_fwd(float *y, const float *x, const float *w, const float *b, size_t N, size_t I,
                   size_t O)
{
    product_bias(true, N, O, I, x, w, I, b, y);
}

void op_linear_bwd(float *dx, float *dw, float *db, const float *dy, const float *x, const float *w,
                   size_t N, size_t I, size_t O, bool add_dx)
{
    if (dx) op_product(false, false, N, I, O, dy, O, w, I, add_dx ? 1.0f : 0.0f, dx, I);
    if (dw) op_product(true, false, O, I, N, dy, O, x, I, 1.0f, dw, I);
    if (db) op_bias_bwd(db, dy, N, O);
}

void op_conv1d_fwd(float *y, const float *x, const float *w, const float *b, size_t N, size_t I,
                   size_t O)
{
    product_bias(false, N, O, I, x, w, O, b, y);
}

void op_conv1d_bwd(float *dx, float *dw, float *db, const float *dy, const float *x, const float *w,
                   size_t N, size_t I, size_t O, bool add_dx)
{
    if (dx) op_product(false, true, N, I, O, dy, O, w, O, add_dx ? 1.0f : 0.0f, dx, I);
    if (dw) op_product(true, false, I, O, N, x, I, dy, O, 1.0f, dw, O);
    if (db) op_bias_bwd(db, dy, N, O);
}

static void to_bf16(uint16_t *to, const float *from, size_t n)
{
    double begun = ft_op_timer_begin();
    ft_bf16_convert(to, from, n);
    ft_op_timer_end(FT_OP_TIMER_ROWS, begun);
}

void op_linear_bf16_fwd(float *y, const float *x, const struct op_weights_bf16 *w, const float *b,
                        size_t N, uint16_t *x16)
{
    float beta = prepare(y, b, N, w->O);
    to_bf16(x16, x, N * w->I);
    product_bf16(false, !w->in_out, N, w->O, w->I, x16, w->I, w->w, w->ld, beta, y, w->O);
}

void op_linear_bf16_bwd(float *dx, float *dw, float *db, const float *dy, const float *x,
                        const struct op_weights_bf16 *w, size_t N, bool add_dx, uint16_t *x16,
                        uint16_t *dy16)
{
    size_t I = w->I, O = w->O;
    if (dx || dw) to_bf16(dy16, dy, N * O);
    if (dx)
        product_bf16(false, w->in_out, N, I, O, dy16, O, w->w, w->ld, add_dx ? 1.0f : 0.0f, dx, I);
    if (dw) to_bf16(x16, x, N * I);
    if (dw && w->in_out) product_bf16(true, false, I, O, N, x16, I, dy16, O, 1.0f, dw, w->ld);
    if (dw && !w->in_out) product_bf16(true, false, O, I, N, dy16, O, x16, I, 1.0f, dw, w->ld);
    if (db) op_bias_bwd(db, dy, N, O);
}

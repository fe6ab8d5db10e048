/* Dot products of up to ROWS rows of a with COLUMNS rows of b at a time, sums in registers. The few
 * rows of b stay in the first-level cache while all rows of a go by. */
#include "core/gemm_skinny.h"

#include "core/pool.h"
#include "core/vec.h"

#include <assert.h>

/* As many sums as there are vector registers for: 32 with AVX-512, else 16. */
enum { ROWS = 6, COLUMNS = VW == 16 ? 4 : 2 };

struct few_rows_job {
    float *c;
    const float *a, *b;
    size_t lda, ldb, ldc, M, N, K;
    float beta;
};

/* Rows [row, row + rows) of a, and b's rows [column, column + columns <= COLUMNS). */
#define FEW_ROWS_TILE(rows)                                                                        \
    VEC_INLINE void tile_##rows(const struct few_rows_job *j, size_t row, size_t column,           \
                                size_t columns)                                                    \
    {                                                                                              \
        const float *a = j->a + row * j->lda, *b[COLUMNS];                                         \
        size_t K = j->K, whole = K - K % VW;                                                       \
        vf sum[rows][COLUMNS];                                                                     \
        for (size_t n = 0; n < COLUMNS; n++) {                                                     \
            b[n] = j->b + (column + (n < columns ? n : 0)) * j->ldb;                               \
            for (size_t m = 0; m < rows; m++)                                                      \
                sum[m][n] = vf_set(0.0f);                                                          \
        }                                                                                          \
        for (size_t k = 0; k < whole; k += VW) {                                                   \
            vf bk[COLUMNS];                                                                        \
            for (size_t n = 0; n < COLUMNS; n++)                                                   \
                bk[n] = vf_load(b[n] + k);                                                         \
            for (size_t m = 0; m < rows; m++) {                                                    \
                vf ak = vf_load(a + m * j->lda + k);                                               \
                for (size_t n = 0; n < COLUMNS; n++)                                               \
                    sum[m][n] = vf_fma(ak, bk[n], sum[m][n]);                                      \
            }                                                                                      \
        }                                                                                          \
        for (size_t m = 0; m < rows; m++) {                                                        \
            float *c = j->c + (row + m) * j->ldc + column;                                         \
            for (size_t n = 0; n < columns; n++) {                                                 \
                float dot = vf_sum_f(sum[m][n]);                                                   \
                for (size_t k = whole; k < K; k++)                                                 \
                    dot += a[m * j->lda + k] * b[n][k];                                            \
                c[n] = j->beta == 0.0f ? dot : dot + j->beta * c[n];                               \
            }                                                                                      \
        }                                                                                          \
    }
FEW_ROWS_TILE(1)
FEW_ROWS_TILE(2)
FEW_ROWS_TILE(3)
FEW_ROWS_TILE(4)
FEW_ROWS_TILE(5)
FEW_ROWS_TILE(6)

static void columns_of(void *ctx, size_t begin, size_t end, int worker)
{
    const struct few_rows_job *j = ctx;
    (void)worker;
    for (size_t column = begin; column < end; column += COLUMNS) {
        size_t columns = end - column < COLUMNS ? end - column : COLUMNS, row = 0;
        for (; row + ROWS <= j->M; row += ROWS)
            tile_6(j, row, column, columns);
        switch (j->M - row) {
        case 5:
            tile_5(j, row, column, columns);
            break;
        case 4:
            tile_4(j, row, column, columns);
            break;
        case 3:
            tile_3(j, row, column, columns);
            break;
        case 2:
            tile_2(j, row, column, columns);
            break;
        case 1:
            tile_1(j, row, column, columns);
            break;
        default:
            break;
        }
    }
}

void ft_gemm_skinny(float *c, size_t ldc, const float *a, size_t lda, const float *b, size_t ldb,
                    size_t M, size_t N, size_t K, float beta)
{
    assert(M <= FT_GEMM_SKINNY_ROWS_MAX);
    struct few_rows_job j = {.c = c,
                             .a = a,
                             .b = b,
                             .lda = lda,
                             .ldb = ldb,
                             .ldc = ldc,
                             .M = M,
                             .N = N,
                             .K = K,
                             .beta = beta};
    ft_pool_run(N, 16, columns_of, &j);
}

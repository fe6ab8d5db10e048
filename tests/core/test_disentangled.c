/* Disentangled attention against a plain one with a T x T matrix in double, forward and backward, and
 * the rows of distances against those that transformers computes. */
#include "kernel_check.h"
#include "core/attn_one.h"
#include "core/op_attn.h"

#include <stdio.h>

enum { SPAN = 40, FAR_TOKENS = 300 };

struct nets {
    struct ft_attn a;
    struct ft_disentangled d;
    size_t N, C;
    float *qkv, *d_o, *o, *lse, *dqkv, *pos, *dpos; /* pos, dpos: keys, then queries */
};

static const float *row_of(const struct nets *n, bool query, size_t i, size_t j, size_t h)
{
    size_t row = (size_t)n->d.row[n->d.max - 1 + i - j];
    return n->pos + ((query ? n->d.rows : 0) + row) * n->C + h * n->a.D;
}

static double score(const struct nets *n, size_t first, size_t h, size_t i, size_t j)
{
    size_t ld = n->a.ld_qkv, D = n->a.D;
    const float *q = n->qkv + (first + i) * ld + h * D,
                *k = n->qkv + (first + j) * ld + n->C + h * D;
    double sum = check_dot(q, k, D);
    if (n->d.pos_keys) sum += check_dot(q, row_of(n, false, i, j, h), D);
    if (n->d.pos_queries) sum += check_dot(k, row_of(n, true, i, j, h), D);
    return sum * (double)n->a.scale;
}

/* grad[at + d] += by * x[d] */
static void add(double *grad, size_t at, double by, const float *x, size_t D)
{
    for (size_t d = 0; d < D; d++)
        grad[at + d] += by * (double)x[d];
}

static void naive_head(const struct nets *n, size_t first, size_t T, size_t h, float *o,
                       double *grad, double *dpos)
{
    size_t ld = n->a.ld_qkv, D = n->a.D, C = n->C;
    double *p = ft_xcalloc(T, sizeof(*p)), *dp = ft_xcalloc(T, sizeof(*dp));
    for (size_t i = 0; i < T; i++) {
        double top = -1e300, sum = 0, delta = 0;
        const float *go = n->d_o + (first + i) * C + h * D;
        for (size_t j = 0; j < T; j++)
            top = fmax(top, p[j] = score(n, first, h, i, j));
        for (size_t j = 0; j < T; j++)
            sum += p[j] = exp(p[j] - top);
        for (size_t j = 0; j < T; j++) {
            const float *v = n->qkv + (first + j) * ld + 2 * C + h * D;
            p[j] /= sum;
            dp[j] = check_dot(go, v, D);
            delta += p[j] * dp[j];
            for (size_t d = 0; d < D; d++)
                o[(first + i) * C + h * D + d] += (float)(p[j] * (double)v[d]);
            add(grad, (first + j) * ld + 2 * C + h * D, p[j], go, D);
        }
        for (size_t j = 0; j < T; j++) {
            double ds = p[j] * (dp[j] - delta) * (double)n->a.scale;
            size_t q = (first + i) * ld + h * D, k = (first + j) * ld + C + h * D;
            size_t row = (size_t)n->d.row[n->d.max - 1 + i - j] * C + h * D;
            add(grad, q, ds, n->qkv + k, D);
            add(grad, k, ds, n->qkv + q, D);
            if (n->d.pos_keys) {
                add(grad, q, ds, row_of(n, false, i, j, h), D);
                add(dpos, row, ds, n->qkv + q, D);
            }
            if (n->d.pos_queries) {
                add(grad, k, ds, row_of(n, true, i, j, h), D);
                add(dpos, n->d.rows * C + row, ds, n->qkv + k, D);
            }
        }
    }
    free(p), free(dp);
}

static float *of_doubles(double *x, size_t n)
{
    float *y = check_zeros(n);
    for (size_t i = 0; i < n; i++)
        y[i] = (float)x[i];
    free(x);
    return y;
}

static void nets_open(struct nets *n, const int32_t *starts, size_t B, size_t H, size_t D,
                      bool keys, bool queries)
{
    size_t C = H * D, N = (size_t)starts[B], max = 1;
    for (size_t b = 0; b < B; b++)
        max = (size_t)(starts[b + 1] - starts[b]) > max ? (size_t)(starts[b + 1] - starts[b]) : max;
    *n = (struct nets){.N = N, .C = C};
    n->d = (struct ft_disentangled){.B = B, .H = H, .D = D, .max = max};
    n->d.row = ft_xcalloc(2 * max, sizeof(int32_t));
    n->d.column = ft_xcalloc(2 * max, sizeof(int32_t));
    op_disentangled_rows(&n->d, SPAN, FAR_TOKENS);
    n->d.pieces = op_disentangled_pieces(B, H);
    size_t rows = n->d.rows, wide = H * op_disentangled_head(D);
    assert_true(rows <= op_disentangled_most(SPAN, max));
    n->pos = check_normal(2 * rows * C);
    n->dpos = check_zeros(2 * rows * C);
    n->d.pos_keys = keys ? n->pos : NULL;
    n->d.pos_queries = queries ? n->pos + rows * C : NULL;
    n->d.keys_t = check_normal(wide * op_disentangled_width(rows));
    n->d.queries_t = check_normal(wide * op_disentangled_width(rows));
    n->d.keys = check_normal(wide * rows);
    n->d.queries = check_normal(wide * rows);
    n->d.dkeys = keys ? check_normal(n->d.pieces * wide * rows) : NULL;
    n->d.dqueries = queries ? check_normal(n->d.pieces * wide * rows) : NULL;
    n->qkv = check_normal(N * 3 * C);
    n->d_o = check_normal(N * C);
    n->o = check_normal(N * C);
    n->lse = check_zeros(H * N);
    n->dqkv = check_normal(N * 3 * C);
    n->a = (struct ft_attn){.B = B,
                            .H = H,
                            .D = D,
                            .starts = starts,
                            .scale = 0.5f / sqrtf((float)D),
                            .ld_qkv = 3 * C,
                            .ld_o = C,
                            .dis = &n->d};
}

static void nets_close(struct nets *n)
{
    free(n->d.row), free(n->d.column), free(n->d.keys_t), free(n->d.queries_t);
    free(n->d.keys), free(n->d.queries), free(n->d.dkeys), free(n->d.dqueries);
    free(n->pos), free(n->dpos), free(n->qkv), free(n->d_o), free(n->o), free(n->lse);
    free(n->dqkv);
}

static void run(struct nets *n)
{
    size_t C = n->C;
    op_disentangled_pack(&n->d, n->a.scale, false);
    op_attn_fwd(&n->a, n->o, n->lse, n->qkv, n->qkv + C, n->qkv + 2 * C);
    op_disentangled_pack(&n->d, n->a.scale, true);
    op_attn_bwd(&n->a, n->dqkv, n->dqkv + C, n->dqkv + 2 * C, n->d_o, n->o, n->lse, n->qkv,
                n->qkv + C, n->qkv + 2 * C);
    op_disentangled_collect(n->dpos, n->dpos + n->d.rows * C, &n->d, n->a.scale);
}

static void check(const int32_t *starts, size_t B, size_t H, size_t D, bool keys, bool queries)
{
    struct nets n;
    nets_open(&n, starts, B, H, D, keys, queries);
    size_t C = n.C, rows = n.d.rows;
    double *grad = ft_xcalloc(n.N * 3 * C, sizeof(*grad));
    double *sums = ft_xcalloc(2 * rows * C, sizeof(*sums));
    float *o = check_zeros(n.N * C);
    for (size_t b = 0; b < B; b++)
        for (size_t h = 0; h < H; h++)
            naive_head(&n, (size_t)starts[b], (size_t)(starts[b + 1] - starts[b]), h, o, grad,
                       sums);
    float *dqkv = of_doubles(grad, n.N * 3 * C), *dpos = of_doubles(sums, 2 * rows * C);
    float *before = check_zeros(n.N * 3 * C), *before_pos = check_zeros(2 * rows * C);
    for (int threads = 1; threads <= 3; threads++) {
        assert_int_equal(ft_pool_init(threads, NULL), FT_OK);
        run(&n);
        assert_small(check_gap(n.o, o, n.N * C), 2e-5);
        assert_small(check_gap(n.dqkv, dqkv, n.N * 3 * C), 1e-4);
        assert_small(check_gap(n.dpos, dpos, 2 * rows * C), 1e-4);
        /* The sums over the sequences have one order, however many threads there are. */
        if (threads > 1) {
            assert_memory_equal(n.dqkv, before, n.N * 3 * C * sizeof(*before));
            assert_memory_equal(n.dpos, before_pos, 2 * rows * C * sizeof(*before));
        }
        memcpy(before, n.dqkv, n.N * 3 * C * sizeof(*before));
        memcpy(before_pos, n.dpos, 2 * rows * C * sizeof(*before));
    }
    size_t T = (size_t)starts[1];
    float *probs = check_zeros(T * T);
    op_attn_probs(&n.a, probs, 0, H - 1, n.qkv, n.qkv + C);
    double want =
        exp(score(&n, 0, H - 1, T - 1, 0) - log(2.0) * (double)n.lse[(H - 1) * n.N + T - 1]);
    assert_small(fabs((double)probs[(T - 1) * T] - want), 1e-5);
    free(probs), free(o), free(dqkv), free(dpos), free(before), free(before_pos);
    nets_close(&n);
}

static void tiles(void **state)
{
    (void)state;
    static const int32_t small[] = {0, 1, 8, 41}, mid[] = {0, 65, 66, 195}, large[] = {0, 700, 705};
    static const int32_t many[] = {0, 3, 20, 37, 38, 70, 71, 90};
    for (int terms = 1; terms <= 3; terms++) {
        bool keys = terms & 1, queries = terms & 2;
        check(small, 3, 3, 5, keys, queries);
        check(small, 3, 2, 16, keys, queries);
        check(mid, 3, 2, 32, keys, queries);
        check(mid, 3, 1, 256, keys, queries);
        check(many, 7, 30, 4, keys, queries); /* several sequences in a piece */
    }
    check(large, 2, 1, 32, true, true);
    check(large, 2, 1, 64, true, true);
}

/* One query a sequence: the same as its row of the whole. */
static void one_query(void **state)
{
    (void)state;
    static const int32_t starts[] = {0, 65, 66, 195}, rows[] = {0, 65, 66};
    enum { B = 3, H = 2, D = 12, C = H * D };
    struct nets n;
    nets_open(&n, starts, B, H, D, true, true);
    memset(n.d_o, 0, n.N * C * sizeof(float));
    float *q = check_zeros(B * C), *d_o = check_normal(B * C), *o = check_zeros(B * C);
    float *dq = check_normal(B * C), *lse = check_zeros(H * B), *dkv = check_normal(n.N * 3 * C);
    for (size_t b = 0; b < B; b++) {
        memcpy(n.d_o + (size_t)rows[b] * C, d_o + b * C, C * sizeof(float));
        memcpy(q + b * C, n.qkv + (size_t)rows[b] * 3 * C, C * sizeof(float));
    }
    run(&n);
    float *dpos = check_zeros(2 * n.d.rows * C);
    ft_attn_one_fwd(&n.a, rows, o, lse, q, n.qkv + C, n.qkv + 2 * C);
    ft_attn_one_bwd(&n.a, rows, dq, dkv + C, dkv + 2 * C, d_o, lse, q, n.qkv + C, n.qkv + 2 * C);
    op_disentangled_collect(dpos, dpos + n.d.rows * C, &n.d, n.a.scale);
    for (size_t b = 0; b < B; b++) {
        assert_small(check_gap(o + b * C, n.o + (size_t)rows[b] * C, C), 1e-5);
        assert_small(check_gap(dq + b * C, n.dqkv + (size_t)rows[b] * 3 * C, C), 1e-5);
    }
    for (size_t i = 0; i < n.N; i++)
        assert_small(check_gap(dkv + i * 3 * C + C, n.dqkv + i * 3 * C + C, 2 * C), 1e-5);
    assert_small(check_gap(dpos, n.dpos, 2 * n.d.rows * C), 1e-5);
    free(q), free(d_o), free(o), free(dq), free(lse), free(dkv), free(dpos);
    nets_close(&n);
}

/* Rows of distances 0, 1, 7, .. and their negatives, as build_relative_position of transformers 5.23 gives them,
 * clamped to the embedding. */
static void rows(void **state)
{
    (void)state;
    static const struct {
        size_t span, far, max;
        int32_t distance, row, negative; /* rows of distance and -distance */
    } cases[] = {
        {256, 512, 512, 0, 256, 256},   {256, 512, 512, 1, 257, 255},
        {256, 512, 512, 127, 383, 129}, {256, 512, 512, 128, 384, 128},
        {256, 512, 512, 129, 385, 127}, {256, 512, 512, 130, 386, 126},
        {256, 512, 512, 200, 425, 87},  {256, 512, 512, 255, 448, 64},
        {256, 512, 512, 300, 463, 49},  {256, 512, 512, 400, 489, 23},
        {256, 512, 512, 511, 511, 1},   {16, 128, 128, 7, 23, 9},
        {16, 128, 128, 8, 24, 8},       {16, 128, 128, 9, 25, 7},
        {16, 128, 128, 10, 25, 7},      {16, 128, 128, 20, 27, 5},
        {16, 128, 128, 64, 30, 2},      {16, 128, 128, 127, 31, 1},
        {3, 40, 100, 1, 4, 2},          {3, 40, 100, 2, 4, 2},
        {3, 40, 100, 5, 4, 2},          {3, 40, 100, 39, 4, 2},
        {3, 40, 100, 99, 4, 2},         {8, 0, 40, 7, 15, 1},
        {8, 0, 40, 8, 15, 0},           {8, 0, 40, 9, 15, 0},
        {8, 0, 40, 39, 15, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t max = cases[i].max;
        struct ft_disentangled d = {.max = max};
        d.row = ft_xcalloc(2 * max, sizeof(int32_t));
        d.column = ft_xcalloc(2 * max, sizeof(int32_t));
        op_disentangled_rows(&d, cases[i].span, cases[i].far);
        int32_t at = (int32_t)max - 1, first = (int32_t)d.first;
        int32_t row = d.row[at + cases[i].distance], negative = d.row[at - cases[i].distance];
        if (row + first != cases[i].row || negative + first != cases[i].negative)
            fail_msg("span %zu, far %zu, distance %d: rows %d and %d", cases[i].span, cases[i].far,
                     cases[i].distance, row + first, negative + first);
        assert_int_equal(d.row[0], 0);
        assert_int_equal(d.row[2 * max - 2], d.rows - 1);
        for (size_t k = 0; k < 2 * max - 1; k++)
            assert_int_equal(d.column[k], (int32_t)d.rows - 1 - d.row[2 * max - 2 - k]);
        for (int32_t k = 0; k < (int32_t)d.straight; k++)
            assert_true(d.row[at + k + 1] == d.row[at + k] + 1 &&
                        d.row[at - k - 1] == d.row[at - k] - 1);
        free(d.row), free(d.column);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(rows), cmocka_unit_test(tiles),
                                       cmocka_unit_test(one_query)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

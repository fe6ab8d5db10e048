/* The sums of shards' gradients: their order, and norm and update in segments. */
#include "core/shards.h"

#include "core/pool.h"
#include "util/mem.h"
#include "util/rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { FLOATS = 1003 };

static void fill(float *x, uint64_t stream)
{
    struct ft_rng rng;
    ft_rng_init(&rng, 7, stream);
    for (size_t i = 0; i < FLOATS; i++)
        x[i] = (float)ft_rng_normal(&rng) * (i % 3 ? 1.0f : 1e4f);
}

/* Element i of the sum of shards [first, first + n), as the header has it. */
static float tree(float (*g)[FLOATS], size_t first, size_t n, size_t i)
{
    if (n == 1) return g[first][i];
    return tree(g, first, n / 2, i) + tree(g, first + n / 2, n / 2, i);
}

static void test_sum(void **state)
{
    static float g[16][FLOATS];
    struct ft_optim_range all = {.end = FLOATS, .lr_scale = 1};
    (void)state;
    for (size_t k = 0; k < 16; k++)
        fill(g[k], k);
    for (size_t n = 1; n <= 16; n *= 2) {
        struct ft_shards s;
        float *sum = ft_try_big(FLOATS * sizeof *sum);
        assert_int_equal(ft_shards_init(&s, n, FLOATS, &all, 1, NULL), FT_OK);
        assert_int_equal(s.own, n);
        for (int round = 0; round < 2; round++) { /* the second begins with what the first left */
            for (size_t k = 0; k < n; k++) {
                for (size_t i = 0; i < FLOATS; i++) {
                    assert_true(sum[i] <= 0 && sum[i] >= 0);
                    sum[i] += g[k][i];
                }
                ft_shards_add(&s, k, &sum);
            }
            bool same_as_row = true;
            for (size_t i = 0; i < FLOATS; i++) {
                float want = tree(g, 0, n, i), row = 0;
                for (size_t k = 0; k < n; k++)
                    row += g[k][i];
                assert_memory_equal(&sum[i], &want, sizeof want);
                same_as_row = same_as_row && !memcmp(&row, &want, sizeof row);
            }
            assert_true(n <= 2 ? same_as_row : !same_as_row); /* the order can be told */
            memset(sum, 0, FLOATS * sizeof *sum);
        }
        ft_big_free(sum, FLOATS * sizeof *sum);
        ft_shards_release(&s);
    }
}

static void test_norm_and_step(void **state)
{
    /* one range in the first segments, one over a border of four, one at the end */
    static const struct ft_optim_range ranges[] = {
        {3, 20, true, 1}, {200, 700, false, 1}, {701, 1001, true, 0.5f}};
    static const enum ft_optim_kind kinds[] = {FT_OPTIM_ADAMW, FT_OPTIM_ADAM, FT_OPTIM_SGD};
    (void)state;
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        float a[4][FLOATS], b[4][FLOATS];
        for (size_t i = 0; i < 4; i++)
            fill(a[i], 30 + i);
        for (size_t i = 0; i < FLOATS; i++)
            a[3][i] = fabsf(a[3][i]);
        memcpy(b, a, sizeof a);
        struct ft_optim o = {.kind = kinds[k],
                             .lr = 0.01,
                             .beta1 = 0.9,
                             .beta2 = 0.99,
                             .eps = 1e-8,
                             .weight_decay = 0.1,
                             .step = 3,
                             .grad_scale = 0.5f,
                             .zero_grad = true};
        struct ft_shards s;
        assert_int_equal(ft_shards_init(&s, 8, FLOATS, ranges, 3, NULL), FT_OK);
        double want = ft_optim_norm(a[1], ranges, 3), norm = 0;
        assert_int_equal(ft_shards_norm(&s, b[1], &norm, NULL), FT_OK);
        assert_true(fabs(norm - want) < 1e-6 * want);
        ft_optim_step(&o, a[0], a[1], a[2], a[3], ranges, 3);
        ft_shards_step(&s, &o, b[0], b[1], b[2], b[3]);
        assert_memory_equal(a, b, sizeof a);
        ft_shards_release(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_sum),
                                       cmocka_unit_test(test_norm_and_step)};
    ft_pool_init(2, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

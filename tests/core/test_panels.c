/* The own kernels for weights that stay, every set that this processor can run: whole numbers
 * against the naive product, exactly, and the same bits alone and among others. */
#include "kernel_check.h"
#include "core/gemm.h"
#include "core/panel_kernels.h"
#include "core/panels.h"
#include "core/panels_int8.h"

static const char *const sets[] = {"avx512", "avx2", "portable", "portable-wide"};
enum { SETS = sizeof sets / sizeof *sets };

/* One product in panels, or arranged meanwhile. */
struct layer {
    size_t M, I, O, from, n;
    bool in_out, bias, whole; /* whole: exact in float */
    float *x, *w, *b;
    struct ft_weights weights;
};

static struct layer layer_new(size_t M, size_t I, size_t O, size_t seed, bool whole)
{
    struct layer l = {.M = M, .I = I, .O = O, .in_out = seed & 1, .bias = seed & 2};
    l.from = seed & 4 ? O / 3 : 0;
    l.n = seed & 8 ? (O - l.from + 1) / 2 : O - l.from;
    l.x = whole ? check_integers(M * I) : check_normal(M * I);
    l.w = whole ? check_integers(O * I) : check_normal(O * I);
    l.b = check_integers(O);
    l.weights = (struct ft_weights){l.w, l.in_out ? O : I, l.in_out, I, O};
    return l;
}

static void layer_free(struct layer *l)
{
    free(l->x), free(l->w), free(l->b);
}

static float *layer_naive(const struct layer *l)
{
    float *y = check_zeros(l->M * l->n);
    for (size_t r = 0; l->bias && r < l->M; r++)
        memcpy(y + r * l->n, l->b, l->n * sizeof *y);
    const float *w = l->w + (l->in_out ? l->from : l->from * l->I);
    ft_gemm_naive(false, !l->in_out, l->M, l->n, l->I, l->x, l->I, w, l->weights.ld,
                  l->bias ? 1.0f : 0.0f, y, l->n);
    return y;
}

static void every_set(void (*check)(void))
{
    for (size_t i = 0; i < SETS; i++) {
        if (!ft_panel_kernels_force(sets[i])) {
            print_message("skipped: this processor has no %s\n", sets[i]);
            continue;
        }
        check();
    }
    assert_true(ft_panel_kernels_force(NULL));
    assert_false(ft_panel_kernels_force("none of them"));
}

static void shapes(void)
{
    static const size_t sizes[] = {1, 2, 7, 16, 33, 50, 97, 400};
    enum { SIZES = sizeof sizes / sizeof *sizes };
    for (size_t s = 0; s < (size_t)SIZES * SIZES * 16; s++) {
        size_t I = sizes[s / 16 % SIZES], O = sizes[s / 16 / SIZES], M = s * 7 % 29;
        struct layer l = layer_new(M, I, O, s % 16, true);
        float *want = layer_naive(&l), *panels = ft_try_big(ft_panels_bytes(I, O));
        float *y = check_normal(M * l.n), *z = check_normal(M * l.n);
        ft_panels_arrange(panels, &l.weights);
        ft_panels_product(y, l.n, l.x, I, M, &l.weights, panels, l.from, l.n, l.bias ? l.b : NULL);
        assert_memory_equal(y, want, M * l.n * sizeof *y);
        ft_panels_product(z, l.n, l.x, I, M, &l.weights, NULL, l.from, l.n, l.bias ? l.b : NULL);
        assert_memory_equal(z, want, M * l.n * sizeof *y);
        ft_panels_product_add(z, l.n, l.x, I, M, &l.weights, NULL, l.from, l.n);
        for (size_t i = 0; !l.bias && i < M * l.n; i++)
            assert_true(z[i] == 2 * want[i]);
        free(want), free(y), free(z), ft_big_free(panels, ft_panels_bytes(I, O));
        layer_free(&l);
    }
}

/* More rows than a block has, more panels and a longer K than are arranged at a time. */
static void many_rows(void)
{
    for (size_t seed = 0; seed < 16; seed += 3) {
        struct layer l = layer_new(203, 1601, seed == 3 ? 340 : 50, seed, true);
        float *want = layer_naive(&l), *y = check_normal(l.M * l.n);
        for (int threads = 1; threads <= 3; threads++) {
            assert_int_equal(ft_pool_init(threads, NULL), FT_OK);
            memset(y, 0xff, l.M * l.n * sizeof *y);
            ft_panels_product(y, l.n, l.x, l.I, l.M, &l.weights, NULL, l.from, l.n,
                              l.bias ? l.b : NULL);
            assert_memory_equal(y, want, l.M * l.n * sizeof *y);
        }
        assert_int_equal(ft_pool_init(2, NULL), FT_OK);
        free(want), free(y);
        layer_free(&l);
    }
}

static void test_shapes(void **state)
{
    (void)state;
    every_set(shapes);
    every_set(many_rows);
}

/* Rows [row, row + rows) of a layer, fp32 or int8, with so many threads. */
static float *some_rows(const struct layer *l, const void *panels, bool int8, size_t row,
                        size_t rows, int threads)
{
    struct ft_err err;
    float *y = check_zeros(rows * l->n);
    assert_int_equal(ft_pool_init(threads, &err), FT_OK);
    const float *x = l->x + row * l->I, *b = l->bias ? l->b : NULL;
    if (int8)
        ft_panels_int8_product(y, l->n, x, l->I, rows, l->I, l->O, panels, l->from, l->n, b);
    else
        ft_panels_product(y, l->n, x, l->I, rows, &l->weights, panels, l->from, l->n, b);
    assert_int_equal(ft_pool_init(2, &err), FT_OK);
    return y;
}

static void rows_alone(void)
{
    for (size_t seed = 0; seed < 16; seed++) {
        struct layer l = layer_new(300, 500, 100, seed, false);
        size_t bytes = ft_panels_bytes(l.I, l.O), bytes8 = ft_panels_int8_bytes(l.I, l.O);
        float *panels = ft_try_big(bytes);
        void *panels8 = ft_try_big(bytes8);
        ft_panels_arrange(panels, &l.weights);
        ft_panels_int8_arrange(panels8, &l.weights);
        for (int how = 0; how < 3; how++) {
            const void *p = how == 0 ? panels : how == 1 ? NULL : panels8;
            float *all = some_rows(&l, how == 1 ? panels : p, how == 2, 0, l.M, 1);
            for (size_t row = 0; row < l.M; row += 37) {
                for (size_t rows = 1; rows < 20 && row + rows <= l.M; rows += 3) {
                    float *y = some_rows(&l, p, how == 2, row, rows, (int)(1 + rows % 4));
                    assert_memory_equal(y, all + row * l.n, rows * l.n * sizeof *y);
                    free(y);
                }
            }
            free(all);
        }
        ft_big_free(panels, bytes), ft_big_free(panels8, bytes8);
        layer_free(&l);
    }
}

static void test_rows_alone(void **state)
{
    (void)state;
    every_set(rows_alone);
}

/* All sets that multiply and add with one rounding give the same bits; those of int8 do in any
 * case. */
static void test_sets_agree(void **state)
{
    (void)state;
    float *first = NULL, *first8 = NULL;
    struct layer l = layer_new(21, 500, 100, 2, false);
    for (size_t i = 0; i < SETS; i++) {
        if (!ft_panel_kernels_force(sets[i])) continue;
        size_t bytes8 = ft_panels_int8_bytes(l.I, l.O);
        void *panels8 = ft_try_big(bytes8);
        ft_panels_int8_arrange(panels8, &l.weights);
        float *y = some_rows(&l, NULL, false, 0, l.M, 2);
        float *y8 = some_rows(&l, panels8, true, 0, l.M, 2);
        ft_big_free(panels8, bytes8);
        if (first8) assert_memory_equal(y8, first8, l.M * l.n * sizeof *y);
        if (!first8) first8 = y8, y8 = NULL;
        if (first && ft_panel_kernels()->fused)
            assert_memory_equal(y, first, l.M * l.n * sizeof *y);
        if (!first && ft_panel_kernels()->fused) first = y, y = NULL;
        free(y), free(y8);
    }
    free(first), free(first8);
    layer_free(&l);
    assert_true(ft_panel_kernels_force(NULL));
}

/* Weight i of column o. */
static float weight_of(const struct layer *l, size_t o, size_t i)
{
    return l->in_out ? l->w[i * l->O + o] : l->w[o * l->I + i];
}

/* The scale of a column by the definition in panels_int8.h. */
static float column_scale(const struct layer *l, size_t o)
{
    float most = 0, lanes = 0;
    for (size_t i = 0; i < l->I; i++)
        most = fmaxf(most, fabsf(weight_of(l, o, i)));
    for (size_t first = 0; first < l->I; first += 8)
        for (size_t lane = 0; lane < 4; lane++) { /* of one sign each */
            float x[2][2] = {0}, sign = lane & 1 ? -1 : 1;
            for (size_t i = first; i < l->I && i < first + 8; i++)
                if (i % 4 / 2 == lane / 2)
                    x[i % 2][i % 8 / 4] = fmaxf(0, sign * weight_of(l, o, i));
            lanes = fmaxf(lanes, (x[0][0] + x[0][1]) + (x[1][0] + x[1][1]));
        }
    return fmaxf(most / 127, lanes / 126);
}

/* The result by that definition, in double but for the roundings it names. */
static double quantized_dot(const struct layer *l, size_t r, size_t o)
{
    float low = 0, high = 0, column = column_scale(l, o);
    for (size_t i = 0; i < l->I; i++) {
        low = fminf(low, l->x[r * l->I + i]);
        high = fmaxf(high, l->x[r * l->I + i]);
    }
    float scale = (high - low) / 255.0f, inverse = 1.0f / scale;
    float zero = rintf(-low / scale);
    double sum = 0;
    for (size_t i = 0; i < l->I; i++) {
        float q = rintf(l->x[r * l->I + i] * inverse) + zero;
        q = fminf(255, fmaxf(0, q));
        sum += ((double)q - (double)zero) * (double)rintf(weight_of(l, o, i) * (1.0f / column));
    }
    return sum * (double)scale * (double)column + (l->bias ? (double)l->b[o - l->from] : 0);
}

static void check_definition(const struct layer *l, double most_off)
{
    size_t bytes = ft_panels_int8_bytes(l->I, l->O);
    void *panels = ft_try_big(bytes);
    ft_panels_int8_arrange(panels, &l->weights);
    float *y = some_rows(l, panels, true, 0, l->M, 2), *exact = layer_naive(l);
    for (size_t r = 0; r < l->M; r++)
        for (size_t i = 0; i < l->n; i++) {
            double want = quantized_dot(l, r, l->from + i);
            assert_small(fabs((double)y[r * l->n + i] - want), 1e-5 * (1 + fabs(want)));
            assert_small(fabs((double)(y[r * l->n + i] - exact[r * l->n + i])), most_off);
        }
    free(y), free(exact), ft_big_free(panels, bytes);
}

static void int8_definition(void)
{
    for (size_t seed = 0; seed < 16; seed++) {
        struct layer l = layer_new(5, 67 + seed, 50, seed, false);
        check_definition(&l, 1.2); /* what rounding operands of this size leaves */
        layer_free(&l);
    }
    struct layer l = layer_new(3, 3000, 20, 1, false); /* in several parts */
    check_definition(&l, 6);
    layer_free(&l);
}

/* Weights whose sums in 16 bits are as large as they get, also with the most that rounding adds, and
 * rows of the largest number. */
static void int8_largest_sums(void)
{
    enum { I = 97, O = 60, ROWS = 5 };
    struct layer l = layer_new(ROWS, I, O, 0, false);
    for (size_t r = 0; r < ROWS; r++)
        for (size_t i = 0; i < I; i++)
            l.x[r * I + i] = r == 0 || (i + r) % (r + 1) ? 1 : 0;
    for (size_t o = 0; o < O; o++)
        for (size_t i = 0; i < I; i++) {
            size_t every = 1 + o / 20, at = i % every;
            float half = (float)(o % 20) + 0.5f; /* rounds up where the scale becomes 1 */
            float size = at ? -half : o % 2 && i % 8 == 0 ? 126 - 3 * half : half;
            l.w[o * I + i] = o % 4 < 2 ? size : -size;
        }
    check_definition(&l, 6e3);
    layer_free(&l);
}

static void test_int8_definition(void **state)
{
    (void)state;
    every_set(int8_definition);
}

static void test_int8_largest_sums(void **state)
{
    (void)state;
    every_set(int8_largest_sums);
}

/* Rows and columns of zeros, one value for all, the largest numbers, what is not finite. */
static void int8_edges(void)
{
    enum { I = 70, O = 20, ROWS = 7 };
    struct layer l = layer_new(ROWS, I, O, 2, false);
    for (size_t i = 0; i < I; i++) {
        l.w[3 * I + i] = 0;
        l.x[0 * I + i] = 0;
        l.x[1 * I + i] = -2.5f;
        l.x[2 * I + i] *= 1e30f;
    }
    l.in_out = false, l.weights.in_out = false, l.weights.ld = I;
    l.x[3 * I + I - 1] = NAN;
    l.x[4 * I] = -INFINITY;
    l.x[6 * I] = 3e38f, l.x[6 * I + 1] = -3e38f; /* their range is no float */
    size_t bytes = ft_panels_int8_bytes(I, O);
    void *panels = ft_try_big(bytes);
    ft_panels_int8_arrange(panels, &l.weights);
    float *y = some_rows(&l, panels, true, 0, ROWS, 2), *exact = layer_naive(&l);
    for (size_t o = 0; o < O; o++) {
        assert_true(y[0 * O + o] == l.b[o]);
        assert_small(fabs((double)(y[1 * O + o] - exact[1 * O + o])), 1.2);
        assert_true(isfinite(y[2 * O + o]));
        assert_true(isnan(y[3 * O + o]) && isnan(y[4 * O + o]) && isnan(y[6 * O + o]));
    }
    assert_true(y[5 * O + 3] == l.b[3]);
    free(y), free(exact), ft_big_free(panels, bytes);
    layer_free(&l);
}

static void test_int8_edges(void **state)
{
    (void)state;
    every_set(int8_edges);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_rows_alone),
        cmocka_unit_test(test_sets_agree),
        cmocka_unit_test(test_int8_definition),
        cmocka_unit_test(test_int8_largest_sums),
        cmocka_unit_test(test_int8_edges),
    };
    struct ft_err err;
    if (ft_pool_init(2, &err)) return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}

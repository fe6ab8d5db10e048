/* The losses of distillation and their gradients against torch's (tests/reference/distill). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/op_hidden.h"
#include "core/op_loss.h"
#include "core/pool.h"
#include "reference_lines.h"

static float *floats(const cJSON *row, const char *key, size_t want)
{
    size_t n;
    double *x = reference_array(row, key, &n);
    float *out = calloc(n, sizeof *out);
    assert_non_null(out);
    assert_int_equal(n, want);
    for (size_t i = 0; i < n; i++)
        out[i] = (float)x[i];
    free(x);
    return out;
}

static int32_t *rows_of(const cJSON *row, const char *key, size_t *n)
{
    double *x = reference_array(row, key, n);
    int32_t *out = calloc(*n, sizeof *out);
    assert_non_null(out);
    for (size_t i = 0; i < *n; i++)
        out[i] = (int32_t)x[i];
    free(x);
    return out;
}

/* The gradient is added to what is there: 0.5 everywhere; scaled by 3. */
static void check_gradient(const cJSON *row, const float *got, size_t n)
{
    size_t m;
    double *want = reference_array(row, "gradient", &m);
    assert_int_equal(n, m);
    for (size_t i = 0; i < n; i++)
        reference_near((double)got[i], 0.5 + 3 * want[i], 2e-6, "gradient");
    free(want);
}

static float *half(size_t n)
{
    float *x = calloc(n, sizeof *x);
    assert_non_null(x);
    for (size_t i = 0; i < n; i++)
        x[i] = 0.5f;
    return x;
}

static void check_logits(const cJSON *row)
{
    size_t N = (size_t)reference_num(row, "rows"), V = (size_t)reference_num(row, "columns");
    double T = reference_num(row, "temperature");
    float *s = floats(row, "s", N * V), *t = floats(row, "t", N * V), *d = half(N * V);
    struct ft_loss_sum sum = {0};
    op_distill_fwd(&sum, s, t, N, V, T);
    reference_near(sum.loss, reference_num(row, "loss"), 1e-9, "loss");
    assert_true(sum.weight == (double)N);
    op_distill_bwd(d, s, t, N, V, T, 3);
    check_gradient(row, d, N * V);
    sum = (struct ft_loss_sum){0};
    op_distill_fwd(&sum, t, t, N, V, T);
    assert_true(sum.loss >= -1e-12 && sum.loss < 1e-12); /* its own best student */
    free(s);
    free(t);
    free(d);
}

static void check_hidden(const cJSON *row)
{
    size_t N = (size_t)reference_num(row, "rows"), C = (size_t)reference_num(row, "columns"), G, n;
    int32_t *from = rows_of(row, "from", &G), *to = rows_of(row, "to", &n);
    assert_int_equal(G, n);
    float *y = floats(row, "y", N * C), *target = floats(row, "target", G * C), *d = half(N * C);
    struct ft_groups g = {.G = G, .from = from, .to = to};
    struct ft_loss_sum sum = {0};
    op_group_mse_fwd(&sum, y, target, &g, C);
    reference_near(sum.loss, reference_num(row, "loss"), 1e-6, "loss");
    assert_true(sum.weight == (double)G);
    op_group_mse_bwd(d, y, target, &g, C, 3);
    check_gradient(row, d, N * C);
    free(from);
    free(to);
    free(y);
    free(target);
    free(d);
}

static void check_labels(const cJSON *row)
{
    size_t n = (size_t)reference_num(row, "columns");
    double T = reference_num(row, "temperature");
    float *s = floats(row, "s", n), *t = floats(row, "t", n), *d = half(n);
    struct ft_loss_sum sum = {0};
    op_distill_bce_fwd(&sum, s, t, n, T);
    reference_near(sum.loss, reference_num(row, "loss"), 1e-9, "loss");
    assert_true(sum.weight == (double)n);
    op_distill_bce_bwd(d, s, t, n, T, 3);
    check_gradient(row, d, n);
    sum = (struct ft_loss_sum){0};
    op_distill_bce_fwd(&sum, t, t, n, T);
    assert_true(fabs(sum.loss) < 1e-12);
    free(s);
    free(t);
    free(d);
}

static void losses(void **state)
{
    (void)state;
    struct reference_lines r = reference_read(REFERENCE "distill/losses.jsonl");
    static const struct {
        const char *kind;
        void (*check)(const cJSON *row);
    } kinds[] = {{"logits", check_logits}, {"hidden", check_hidden}, {"labels", check_labels}};
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        size_t n = 0;
        for (size_t i = 0; i < r.n; i++) {
            if (strcmp(reference_str(r.rows[i], "kind"), kinds[k].kind)) continue;
            kinds[k].check(r.rows[i]);
            n++;
        }
        assert_true(n > 1);
    }
    reference_release(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(losses)};
    struct ft_err err = {0};
    if (ft_pool_init(2, &err)) return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}

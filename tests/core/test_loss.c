/* Losses against plain double arithmetic and finite differences. */
#include "kernel_check.h"
#include "core/op_loss.h"

struct xent {
    struct ft_xent x;
    float *logits;
    int32_t *targets;
    size_t N;
};

static double xent_loss(void *ctx)
{
    const struct xent *k = ctx;
    struct ft_loss_sum sum = {0};
    op_xent_fwd(&k->x, &sum, NULL, k->logits, k->targets, k->N);
    return sum.loss;
}

/* torch.nn.functional.cross_entropy's definition, reduction "sum". */
static double xent_naive(const struct xent *k, double *weight)
{
    double loss = 0.0;
    size_t V = k->x.V;
    *weight = 0.0;
    for (size_t r = 0; r < k->N; r++) {
        if (k->targets[r] == FT_TARGET_IGNORE) continue;
        double sum = 0.0, eps = (double)k->x.smoothing;
        for (size_t c = 0; c < V; c++)
            sum += exp((double)k->logits[r * V + c]);
        for (size_t c = 0; c < V; c++) {
            double w = k->x.class_weight ? (double)k->x.class_weight[c] : 1.0;
            double nll = log(sum) - (double)k->logits[r * V + c];
            if ((size_t)k->targets[r] == c) {
                loss += (1.0 - eps) * w * nll;
                *weight += w;
            }
            loss += eps / (double)V * w * nll;
        }
    }
    return loss;
}

static void test_xent(void **state)
{
    (void)state;
    static const size_t classes[] = {2, 7, 33, 300};
    for (size_t s = 0; s < 4 * 4 * 2; s++) {
        assert_int_equal(ft_pool_init(1 + (int)(s & 1), NULL), FT_OK);
        size_t V = classes[s / 2 % 4], N = 19;
        float *w = check_zeros(V);
        for (size_t c = 0; c < V; c++)
            w[c] = 0.5f + 0.25f * (float)(c % 5);
        struct xent k = {
            .x = {.V = V, .smoothing = s & 8 ? 0.1f : 0.0f, .class_weight = s & 16 ? w : NULL},
            .logits = check_normal(N * V),
            .targets = ft_xcalloc(N, sizeof(int32_t)),
            .N = N};
        for (size_t r = 0; r < N; r++)
            k.targets[r] = r % 6 == 5 ? FT_TARGET_IGNORE : (int32_t)(r * 7 % V);
        float *losses = check_zeros(N), *grad = check_zeros(N * V);
        struct ft_loss_sum sum = {0};
        double weight, want = xent_naive(&k, &weight), total = 0.0;
        op_xent_fwd(&k.x, &sum, losses, k.logits, k.targets, N);
        assert_small(fabs(sum.loss - want), 1e-5 * want);
        assert_small(fabs(sum.weight - weight), 1e-9);
        assert_small(fabs(op_xent_weight(&k.x, k.targets, N) - weight), 1e-9);
        assert_int_equal(sum.count, N - 3);
        for (size_t r = 0; r < N; r++)
            total += (double)losses[r];
        assert_small(fabs(total - want), 1e-5 * want);
        op_xent_bwd(&k.x, grad, k.logits, k.targets, N, 1.0);
        if (V < 100) assert_small(check_slope(xent_loss, &k, k.logits, grad, N * V, 1e-2f), 1e-4);
        op_xent_bwd(&k.x, k.logits, k.logits, k.targets, N, 1.0);
        assert_memory_equal(k.logits, grad, N * V * sizeof(*grad));
        free(k.logits), free(k.targets), free(losses), free(grad), free(w);
    }
}

struct span {
    float *logits;
    int32_t offsets[4], start[3], end[3];
};

static double span_loss(void *ctx)
{
    const struct span *k = ctx;
    struct ft_loss_sum sum[2];
    memset(sum, 0, sizeof(sum));
    op_span_fwd(sum, k->logits, k->offsets, k->start, k->end, 3);
    return 0.5 * sum[0].loss / sum[0].weight + 0.5 * sum[1].loss / sum[1].weight;
}

static void test_span(void **state)
{
    (void)state;
    struct span k = {check_normal(40), {0, 1, 8, 20}, {0, 3, 12}, {0, 6, 11}};
    float grad[40];
    op_span_bwd(grad, k.logits, k.offsets, k.start, k.end, 3, (double[]){0.5 / 2, 0.5 / 3});
    assert_small(check_slope(span_loss, &k, k.logits, grad, 40, 1e-2f), 1e-4);
    struct ft_loss_sum sum[2];
    memset(sum, 0, sizeof(sum));
    op_span_fwd(sum, k.logits, k.offsets, k.start, k.end, 3);
    assert_int_equal(sum[0].count, 2);
    assert_int_equal(sum[1].count, 3);
    assert_true(grad[2 * 9] == 0.0f && grad[2 * 9 + 1] != 0.0f);
    free(k.logits);
}

struct plain {
    float *y, *t;
    bool bce;
    const float *pos_weight;
};

static double plain_loss(void *ctx)
{
    const struct plain *k = ctx;
    struct ft_loss_sum sum = {0};
    if (k->bce)
        op_bce_fwd(&sum, k->y, k->t, k->pos_weight, 33);
    else
        op_mse_fwd(&sum, k->y, k->t, 33);
    assert_int_equal(sum.count, 33);
    return sum.loss;
}

static void test_plain(void **state)
{
    (void)state;
    struct plain k = {check_normal(33), check_normal(33), false, NULL};
    float grad[33], p[33], one[3] = {1000.0f, 0.0f, -1000.0f};
    op_mse_bwd(grad, k.y, k.t, 33, 1.0, false);
    assert_small(check_slope(plain_loss, &k, k.y, grad, 33, 1e-2f), 1e-4);
    k.bce = true;
    for (size_t i = 0; i < 33; i++)
        k.t[i] = (float)(i % 2);
    op_bce_bwd(grad, k.y, k.t, NULL, 33, 1.0);
    assert_small(check_slope(plain_loss, &k, k.y, grad, 33, 1e-2f), 1e-4);
    float weight[33];
    for (size_t i = 0; i < 33; i++)
        weight[i] = 0.5f + (float)(i % 5);
    k.pos_weight = weight;
    op_bce_bwd(grad, k.y, k.t, weight, 33, 1.0);
    assert_small(check_slope(plain_loss, &k, k.y, grad, 33, 1e-2f), 1e-4);
    op_softmax(p, k.y, 3, 11);
    double sum = 0.0;
    for (size_t i = 0; i < 33; i++)
        sum += (double)p[i];
    assert_small(fabs(sum - 3.0), 1e-5);
    op_softmax(one, one, 1, 3);
    assert_true(one[0] == 1.0f && one[1] == 0.0f && one[2] == 0.0f);
    free(k.y), free(k.t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_xent),
        cmocka_unit_test(test_span),
        cmocka_unit_test(test_plain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

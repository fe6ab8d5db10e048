/* Training in bf16, for every family and task: losses and gradients near those of fp32, the same
 * bits each time and with checkpoints; copies of the weights follow them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/bf16.h"
#include "core/pool.h"
#include "net_case.h"

#include <math.h>

static struct ft_ws *workspace(const struct net_case *c, enum ft_net_precision precision,
                               bool checkpoint)
{
    struct ft_err err = {0};
    struct ft_ws *ws = NULL;
    struct ft_ws_opt opt = {.N = c->batch.N,
                            .B = c->batch.B,
                            .T = c->batch.N,
                            .train = true,
                            .checkpoint = checkpoint,
                            .precision = precision};
    if (ft_ws_new(&ws, c->net, &opt, &err)) fail_msg("%s", err.msg);
    return ws;
}

/* One pass; the gradients, free() them. */
static float *gradients(const struct net_case *c, enum ft_net_precision precision, bool checkpoint,
                        double *loss)
{
    struct ft_err err = {0};
    struct ft_ws *ws = workspace(c, precision, checkpoint);
    struct ft_net_loss sum;
    assert_int_equal(ft_net_train_begin(c->net, &err), FT_OK);
    if (ft_net_forward(c->net, ws, &c->batch, &(struct ft_drop_key){1, 1}, &err))
        fail_msg("%s", err.msg);
    struct ft_loss_opt opt = {
        .grad_scale = 1, .smoothing = c->smoothing, .class_weights = c->class_weights};
    ft_net_loss(c->net, ws, &c->targets, &opt, &sum);
    ft_net_backward(c->net, ws);
    ft_ws_free(ws);
    *loss = sum.sum / sum.weight;
    float *g = ft_xmalloc(c->net->params.floats * sizeof *g);
    memcpy(g, c->net->g, c->net->params.floats * sizeof *g);
    return g;
}

static double length(const float *a, const float *b, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        double d = (double)a[i] - (b ? (double)b[i] : 0);
        sum += d * d;
    }
    return sqrt(sum);
}

static void check_case(const char *dir)
{
    struct net_case c;
    struct ft_err err;
    net_case_open(&c, dir);
    double want_loss, loss, again_loss;
    size_t n = c.net->params.floats, bytes = n * sizeof(float);
    float *before = ft_xmalloc(bytes);
    memcpy(before, c.net->w, bytes);
    float *want = gradients(&c, FT_NET_FP32, false, &want_loss);
    float *got = gradients(&c, FT_NET_BF16, false, &loss);
    double off = fabs(loss - want_loss) / want_loss, gap = length(got, want, n);
    if (!(off < 0.02)) fail_msg("%s: the loss is %g, in fp32 %g", dir, loss, want_loss);
    gap /= length(want, NULL, n);
    /* a ReLU turns a rounded sum's change of sign into another gradient; DistilBERT's head has one */
    bool kinks = c.net->cfg.act == FT_ACT_RELU || c.net->cfg.family == FT_FAMILY_DISTILBERT;
    if (!(gap > 1e-6 && gap < (kinks ? 0.2 : 0.02)))
        fail_msg("%s: the gradients are off by %g", dir, gap);
    for (int threads = 1; threads <= 3; threads++) {
        assert_int_equal(ft_pool_init(threads, &err), FT_OK);
        float *again = gradients(&c, FT_NET_BF16, threads == 2, &again_loss);
        /* sums over rows, of norms for example, are cut by threads; what is rounded to bf16 may
         * then fall on the other side */
        assert_true(fabs(again_loss - loss) < 1e-3 * loss);
        assert_true(length(again, got, n) < 0.02 * length(got, NULL, n));
        if (threads == 2) {
            assert_true(again_loss == loss);
            assert_memory_equal(again, got, bytes);
        }
        free(again);
    }
    assert_int_equal(ft_pool_init(2, &err), FT_OK);
    assert_memory_equal(c.net->w, before, bytes); /* the weights stay fp32 */
    free(want), free(got), free(before);
    net_case_close(&c);
}

static void test_cases(void **state)
{
    (void)state;
    for_each_case(check_case);
}

/* Weights that differ by less than bf16 can tell give the same logits; others do not, once the net
 * knows that they changed. */
static void test_follow(void **state)
{
    (void)state;
    struct net_case c;
    net_case_open(&c, FETTLE_SOURCE_DIR "/tests/reference/nets/bert-classify");
    size_t n = c.net->params.floats;
    double first, same, other;
    for (size_t i = 0; i < n; i++)
        c.net->w[i] = ft_bf16_float(ft_bf16_of(c.net->w[i]));
    const struct ft_param *p = ft_params_role(&c.net->params, FT_ROLE_FF1_W, 0);
    ft_net_weights_changed(c.net);
    free(gradients(&c, FT_NET_BF16, false, &first));
    for (size_t i = 0; i < p->count; i++)
        c.net->w[p->offset + i] *= 1.0001f;
    ft_net_weights_changed(c.net);
    free(gradients(&c, FT_NET_BF16, false, &same));
    assert_true(first == same);
    for (size_t i = 0; i < p->count; i++)
        c.net->w[p->offset + i] *= 1.5f;
    ft_net_weights_changed(c.net);
    free(gradients(&c, FT_NET_BF16, false, &other));
    assert_true(first != other);
    net_case_close(&c);
}

static void test_plan(void **state)
{
    (void)state;
    struct ft_net_config cfg;
    family_config(&cfg, FT_FAMILY_BERT, FT_HEAD_CLASSIFY);
    struct ft_ws_opt opt = {.N = 4096, .B = 16, .T = 256, .train = true};
    struct ft_mem_plan fp32, bf16;
    ft_net_plan(&cfg, &opt, &fp32);
    opt.precision = FT_NET_BF16;
    ft_net_plan(&cfg, &opt, &bf16);
    assert_int_equal(fp32.copies_bytes, 0);
    assert_int_equal(bf16.total_bytes - fp32.total_bytes, bf16.copies_bytes);
    /* the blocks' 85 million weights, and rows of 3072 columns in and out */
    size_t rows = 2 * 2 * 4096 * 3072;
    assert_true(bf16.copies_bytes > 2 * 85000000u + rows);
    assert_true(bf16.copies_bytes < 2 * 88000000u + rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_follow),
        cmocka_unit_test(test_plan),
    };
    struct ft_err err;
    if (ft_pool_init(2, &err)) return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}

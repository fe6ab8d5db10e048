/* Forwards of an evaluation, for every family and task: the numbers of a training forward, the same
 * bits for a text alone and among others, with copies of the weights and without, with any number
 * of threads; copies that follow the weights; weights of 8 bits, and of bf16. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/panels.h"
#include "core/pool.h"
#include "net_case.h"

#include <math.h>

/* What the net says to `batch`: the logits, in a language model those of every row. */
static float *answer(const struct net_case *c, struct ft_ws *ws, const struct ft_net_batch *batch,
                     size_t *n)
{
    struct ft_err err = {0};
    const struct ft_net_config *cfg = &c->net->cfg;
    if (ft_net_forward(c->net, ws, batch, NULL, &err)) fail_msg("%s", err.msg);
    if (ft_ws_logits(ws)) {
        *n = cfg->head == FT_HEAD_QA       ? batch->N * 2
             : cfg->head == FT_HEAD_TOKENS ? batch->N * cfg->labels
                                           : batch->B * cfg->labels;
        float *out = ft_xmalloc(*n * sizeof *out);
        memcpy(out, ft_ws_logits(ws), *n * sizeof *out);
        return out;
    }
    *n = batch->N * cfg->vocab;
    float *out = ft_xmalloc(*n * sizeof *out);
    int32_t *rows = ft_xmalloc(batch->N * sizeof *rows);
    for (size_t i = 0; i < batch->N; i++)
        rows[i] = (int32_t)i;
    ft_net_lm_logits(c->net, ws, rows, batch->N, out);
    free(rows);
    return out;
}

static struct ft_ws *workspace(const struct net_case *c, struct ft_ws_opt opt)
{
    struct ft_err err = {0};
    struct ft_ws *ws = NULL;
    opt.N = c->batch.N;
    opt.B = c->batch.B;
    opt.T = c->batch.N;
    if (ft_ws_new(&ws, c->net, &opt, &err)) fail_msg("%s", err.msg);
    return ws;
}

static double distance(const float *a, const float *b, size_t n)
{
    double diff = 0, scale = 1e-30;
    for (size_t i = 0; i < n; i++) {
        diff = fmax(diff, fabs((double)a[i] - (double)b[i]));
        scale = fmax(scale, fabs((double)b[i]));
        assert_true(isfinite(a[i]));
    }
    return diff / scale;
}

/* Each text of the batch by itself, twice and thrice, against its part of `all`. */
static void texts_alone(const struct net_case *c, struct ft_ws_opt opt, const float *all)
{
    struct ft_err err = {0};
    struct ft_ws *ws = workspace(c, opt);
    size_t per_text = c->net->cfg.labels, n;
    size_t per_row = c->net->cfg.head == FT_HEAD_QA       ? 2
                     : c->net->cfg.head == FT_HEAD_TOKENS ? per_text
                                                          : c->net->cfg.vocab;
    for (size_t b = 0; b < c->batch.B; b++) {
        size_t from = (size_t)c->batch.offsets[b];
        int32_t offsets[2] = {0, c->batch.offsets[b + 1] - (int32_t)from};
        struct ft_net_batch one = {.N = (size_t)offsets[1],
                                   .B = 1,
                                   .ids = c->batch.ids + from,
                                   .types = c->batch.types ? c->batch.types + from : NULL,
                                   .offsets = offsets};
        for (int threads = 1; threads <= 3; threads++) {
            assert_int_equal(ft_pool_init(threads, &err), FT_OK);
            float *got = answer(c, ws, &one, &n);
            bool rows = c->net->cfg.head != FT_HEAD_CLASSIFY;
            const float *want = all + (rows ? from * per_row : b * per_text);
            if (memcmp(got, want, n * sizeof *got))
                fail_msg("%s: text %zu alone differs from itself in the batch by %g", c->dir, b,
                         distance(got, want, n));
            free(got);
        }
    }
    assert_int_equal(ft_pool_init(2, &err), FT_OK);
    ft_ws_free(ws);
}

static void check_case(const char *dir)
{
    struct net_case c;
    net_case_open(&c, dir);
    struct ft_ws *train = workspace(&c, (struct ft_ws_opt){.train = true}),
                 *plain = workspace(&c, (struct ft_ws_opt){0}),
                 *int8 = workspace(&c, (struct ft_ws_opt){.precision = FT_NET_INT8}),
                 *bf16 = workspace(&c, (struct ft_ws_opt){.precision = FT_NET_BF16});
    size_t n;
    float *want = answer(&c, train, &c.batch, &n), *all = answer(&c, plain, &c.batch, &n);
    float *rough = answer(&c, int8, &c.batch, &n), *half = answer(&c, bf16, &c.batch, &n);
    if (distance(all, want, n) > 1e-5)
        fail_msg("%s: an evaluation is off by %g", dir, distance(all, want, n));
    double off = distance(rough, all, n);
    if (!(off > 1e-7 && off < 0.12)) fail_msg("%s: int8 is off by %g", dir, off);
    off = distance(half, all, n);
    if (!(off > 1e-7 && off < 0.04)) fail_msg("%s: bf16 is off by %g", dir, off);
    texts_alone(&c, (struct ft_ws_opt){0}, all);
    texts_alone(&c, (struct ft_ws_opt){.panels = true}, all);
    texts_alone(&c, (struct ft_ws_opt){.precision = FT_NET_INT8}, rough);
    texts_alone(&c, (struct ft_ws_opt){.precision = FT_NET_BF16}, half);
    free(want), free(all), free(rough), free(half);
    ft_ws_free(train), ft_ws_free(plain), ft_ws_free(int8), ft_ws_free(bf16);
    net_case_close(&c);
}

static void test_cases(void **state)
{
    (void)state;
    for_each_case(check_case);
}

/* New weights are seen, by a workspace with copies as by one without. A backward pass changes
 * none. */
static void follow(const char *dir)
{
    struct net_case c;
    struct ft_err err = {0};
    net_case_open(&c, dir);
    struct ft_ws *plain = workspace(&c, (struct ft_ws_opt){0}),
                 *panels = workspace(&c, (struct ft_ws_opt){.panels = true}),
                 *int8 = workspace(&c, (struct ft_ws_opt){.precision = FT_NET_INT8});
    float *before8 = NULL;
    for (int round = 0; round < 3; round++) {
        size_t n;
        float *want = answer(&c, plain, &c.batch, &n);
        for (int k = 0; k < 3; k++) {
            float *got = answer(&c, panels, &c.batch, &n);
            assert_memory_equal(got, want, n * sizeof *got);
            free(got);
        }
        float *got8 = answer(&c, int8, &c.batch, &n);
        assert_true(distance(got8, want, n) < 0.12);
        if (before8) assert_memory_not_equal(got8, before8, n * sizeof *got8);
        free(before8), free(want);
        before8 = got8;
        for (size_t i = 0; i < c.net->params.floats; i++)
            c.net->w[i] *= 0.9f;
        ft_net_weights_changed(c.net);
        if (round) continue;
        struct ft_ws *train = workspace(&c, (struct ft_ws_opt){.train = true});
        struct ft_net_loss loss;
        assert_int_equal(ft_net_train_begin(c.net, &err), FT_OK);
        assert_int_equal(ft_net_forward(c.net, train, &c.batch, NULL, &err), FT_OK);
        ft_net_loss(c.net, train, &c.targets, &(struct ft_loss_opt){.grad_scale = 1}, &loss);
        ft_net_backward(c.net, train);
        ft_ws_free(train);
    }
    free(before8);
    ft_ws_free(plain), ft_ws_free(panels), ft_ws_free(int8);
    net_case_close(&c);
}

static void test_follow(void **state)
{
    (void)state;
    follow(FETTLE_SOURCE_DIR "/tests/reference/nets/bert-classify");
    follow(FETTLE_SOURCE_DIR "/tests/reference/nets/gpt2-clm");
}

static void test_plan(void **state)
{
    (void)state;
    struct ft_net_config cfg;
    family_config(&cfg, FT_FAMILY_BERT, FT_HEAD_CLASSIFY);
    struct ft_ws_opt opt = {.N = 64, .B = 1, .T = 64};
    struct ft_mem_plan plain, panels, int8;
    ft_net_plan(&cfg, &opt, &plain);
    opt.panels = true;
    ft_net_plan(&cfg, &opt, &panels);
    opt.precision = FT_NET_INT8;
    ft_net_plan(&cfg, &opt, &int8);
    assert_int_equal(plain.copies_bytes, 0);
    assert_int_equal(panels.total_bytes - plain.total_bytes, panels.copies_bytes);
    assert_int_equal(int8.total_bytes - plain.total_bytes, int8.copies_bytes);
    /* the blocks of BERT-base have 85 million weights */
    assert_true(panels.copies_bytes > 4 * 85000000u && panels.copies_bytes < 4 * 88000000u);
    assert_true(int8.copies_bytes > 85000000u && int8.copies_bytes < 88000000u);
    assert_true(ft_panels_bytes(SIZE_MAX / 16, 2) == SIZE_MAX);
    assert_true(ft_panels_bytes(2, SIZE_MAX) == SIZE_MAX);
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

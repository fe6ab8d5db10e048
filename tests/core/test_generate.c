/* Generation against transformers' greedy continuations and against a whole forward pass; the
 * sampler against its definitions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/generate.h"
#include "core/matvec.h"
#include "core/pool.h"
#include "core/sampler.h"
#include "net_case.h"

#include <math.h>

enum { NEW_TOKENS = 24 };

static void greedy_case(const char *dir)
{
    struct net_case c;
    struct ft_err err = {0};
    char *path = ft_path_join(dir, "generate.jsonl");
    if (!ft_path_is_file(path)) {
        free(path);
        return;
    }
    net_case_open(&c, dir);
    size_t vocab = c.net->cfg.vocab;
    struct reference_lines lines = reference_read(path);
    free(path);
    for (size_t i = 0; i < lines.n; i++) {
        const cJSON *ids = cJSON_GetObjectItem(lines.rows[i], "greedy_ids"), *id;
        int32_t want[256];
        size_t n = 0;
        cJSON_ArrayForEach(id, ids) want[n++] = (int32_t)id->valuedouble;
        assert_true(n > NEW_TOKENS);
        struct ft_kv *kv = NULL;
        if (ft_kv_new(&kv, c.net, n, &err)) fail_msg("%s", err.msg);
        struct ft_sampler s;
        ft_sampler_init(&s, &(struct ft_sampler_opt){.greedy = true, .repetition_penalty = 1}, 1);
        assert_int_equal(ft_kv_feed(kv, want, n - NEW_TOKENS, &err), FT_OK);
        for (size_t k = n - NEW_TOKENS; k < n; k++) {
            int32_t next = ft_sampler_pick(&s, ft_kv_logits(kv), vocab, want, k);
            assert_int_equal(next, want[k]);
            assert_int_equal(ft_kv_feed(kv, &next, 1, &err), FT_OK);
        }
        assert_int_equal(ft_kv_feed(kv, want, 1, &err), FT_USAGE); /* full */
        ft_sampler_release(&s);
        ft_kv_free(kv);
        cJSON_Delete(lines.rows[i]);
    }
    free(lines.rows);
    net_case_close(&c);
}

static void greedy(void **state)
{
    (void)state;
    for_each_case(greedy_case);
}

/* The same logits token by token, in blocks, and from a whole forward pass. */
static void cache_equals_forward(void **state)
{
    (void)state;
    struct ft_err err = {0};
    struct ft_net_config cfg;
    family_config(&cfg, FT_FAMILY_GPT2, FT_HEAD_CLM);
    cfg.vocab = 97;
    cfg.positions = 160;
    cfg.hidden = 24;
    cfg.heads = 3;
    cfg.layers = 3;
    cfg.ff = 50;
    cfg.init_range = 0.3;
    struct ft_net *net = NULL;
    assert_int_equal(ft_net_new(&net, &cfg, &err), FT_OK);
    ft_net_init_weights(net, 5, false);
    enum { N = 150 };
    int32_t ids[N], offsets[2] = {0, N};
    for (int32_t i = 0; i < N; i++)
        ids[i] = (i * 31 + i * i * 7) % 97;
    struct ft_ws *ws = NULL;
    struct ft_ws_opt opt = {.N = N, .B = 1, .T = N};
    assert_int_equal(ft_ws_new(&ws, net, &opt, &err), FT_OK);
    struct ft_net_batch batch = {.N = N, .B = 1, .ids = ids, .offsets = offsets};
    assert_int_equal(ft_net_forward(net, ws, &batch, NULL, &err), FT_OK);
    float want[97];
    struct ft_kv *kv = NULL;
    assert_int_equal(ft_kv_new(&kv, net, N, &err), FT_OK);
    const size_t cuts[] = {1, 2, 70, 71, 149, 150};
    size_t at = 0;
    for (size_t c = 0; c < 6; c++) {
        assert_int_equal(ft_kv_feed(kv, ids + at, cuts[c] - at, &err), FT_OK);
        at = cuts[c];
        int32_t row = (int32_t)at - 1;
        ft_net_lm_logits(net, ws, &row, 1, want);
        for (size_t v = 0; v < 97; v++)
            assert_true(fabsf(want[v] - ft_kv_logits(kv)[v]) < 2e-5f * (1 + fabsf(want[v])));
    }
    int32_t bad = 97;
    ft_kv_clear(kv);
    assert_int_equal(ft_kv_feed(kv, &bad, 1, &err), FT_FORMAT);
    ft_kv_free(kv);
    assert_int_equal(ft_kv_new(&kv, net, 161, &err), FT_USAGE);
    ft_ws_free(ws);
    ft_net_free(net);
}

static void matvec(void **state)
{
    (void)state;
    enum { I = 45, O = 77 };
    float w[I * O], t[I * O], x[I], b[O], y[O], z[O];
    struct ft_rng r;
    ft_rng_init(&r, 1, 1);
    for (size_t i = 0; i < I; i++)
        x[i] = (float)ft_rng_normal(&r);
    for (size_t o = 0; o < O; o++)
        b[o] = (float)ft_rng_normal(&r);
    for (size_t o = 0; o < O; o++) {
        for (size_t i = 0; i < I; i++)
            w[o * I + i] = t[i * O + o] = (float)ft_rng_normal(&r);
    }
    ft_matvec(y, x, w, b, I, O, false);
    ft_matvec(z, x, t, b, I, O, true);
    for (size_t o = 0; o < O; o++) {
        double sum = (double)b[o];
        for (size_t i = 0; i < I; i++)
            sum += (double)w[o * I + i] * (double)x[i];
        assert_true(fabs(sum - (double)y[o]) < 1e-5 && fabs(sum - (double)z[o]) < 1e-5);
    }
}

static void count_draws(const struct ft_sampler_opt *opt, const float *logits, size_t n,
                        double *share, size_t draws)
{
    struct ft_sampler s;
    float copy[16];
    ft_sampler_init(&s, opt, 7);
    for (size_t i = 0; i < n; i++)
        share[i] = 0;
    for (size_t d = 0; d < draws; d++) {
        memcpy(copy, logits, n * sizeof(*copy));
        share[ft_sampler_pick(&s, copy, n, NULL, 0)] += 1.0 / (double)draws;
    }
    ft_sampler_release(&s);
}

static void sampling(void **state)
{
    (void)state;
    /* probabilities .4 .3 .2 .1 at temperature 1 */
    const float logits[] = {logf(0.2f), logf(0.4f), logf(0.1f), logf(0.3f)};
    double share[4];
    struct ft_sampler_opt opt = {.temperature = 1, .top_p = 1, .repetition_penalty = 1};
    count_draws(&opt, logits, 4, share, 20000);
    const double all[] = {0.2, 0.4, 0.1, 0.3};
    for (size_t i = 0; i < 4; i++)
        assert_true(fabs(share[i] - all[i]) < 0.015);
    opt.temperature = 0.5; /* squares: .04 .16 .01 .09 of .3 */
    count_draws(&opt, logits, 4, share, 20000);
    for (size_t i = 0; i < 4; i++)
        assert_true(fabs(share[i] - all[i] * all[i] / 0.3) < 0.015);
    opt.temperature = 1;
    opt.top_k = 2;
    count_draws(&opt, logits, 4, share, 20000);
    assert_true(fabs(share[1] - 4.0 / 7) < 0.015 && fabs(share[3] - 3.0 / 7) < 0.015);
    assert_true(share[0] == 0 && share[2] == 0);
    opt.top_k = 0;
    opt.top_p = 0.65; /* .4 holds less, .4 + .3 is enough */
    count_draws(&opt, logits, 4, share, 20000);
    assert_true(share[0] == 0 && share[2] == 0 && fabs(share[1] - 4.0 / 7) < 0.015);
    opt.top_k = 3; /* of .4 .3 .2: .44 .33 .22; top_p .8 keeps all three, .7 two */
    opt.top_p = 0.8;
    count_draws(&opt, logits, 4, share, 20000);
    assert_true(share[2] == 0 && fabs(share[0] - 2.0 / 9) < 0.015);
    opt.top_p = 0.7;
    count_draws(&opt, logits, 4, share, 20000);
    assert_true(share[0] == 0);
    opt.top_p = 1e-9; /* one always stays */
    count_draws(&opt, logits, 4, share, 100);
    assert_true(share[1] > 0.999);
    const float ties[] = {1, 2, 2, 2, 0}; /* top-k keeps who ties with the last */
    double five[5];
    opt =
        (struct ft_sampler_opt){.temperature = 1, .top_k = 1, .top_p = 1, .repetition_penalty = 1};
    count_draws(&opt, ties, 5, five, 3000);
    assert_true(five[0] == 0 && five[4] == 0 && five[1] > 0.2 && five[2] > 0.2 && five[3] > 0.2);
}

static void repetition(void **state)
{
    (void)state;
    struct ft_sampler s;
    ft_sampler_init(&s, &(struct ft_sampler_opt){.greedy = true, .repetition_penalty = 2}, 1);
    float logits[] = {1.0f, 3.0f, -1.0f, 2.9f};
    const int32_t seen[] = {1, 1, 2, -5, 99};
    assert_int_equal(ft_sampler_pick(&s, logits, 4, seen, 5), 3);
    assert_true(logits[1] == 1.5f && logits[2] == -2.0f && logits[0] == 1.0f);
    ft_sampler_release(&s);
}

int main(void)
{
    struct ft_err err = {0};
    if (ft_pool_init(2, &err)) return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(greedy),     cmocka_unit_test(cache_equals_forward),
        cmocka_unit_test(matvec),     cmocka_unit_test(sampling),
        cmocka_unit_test(repetition),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The parameter tables: names as files have them, layout, decay, freezing, new values, memory plan.
 * That names and shapes are those of transformers is checked on whole files in
 * test_net_reference.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/family.h"
#include "core/net.h"
#include "core/params.h"
#include "family_config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct ft_net_config config(enum ft_family family, enum ft_head head)
{
    struct ft_net_config cfg;
    family_config(&cfg, family, head);
    cfg.vocab = 50;
    cfg.positions = 20;
    cfg.hidden = 10;
    cfg.heads = 2;
    cfg.layers = 3;
    cfg.ff = 14;
    return cfg;
}

static size_t index_of(const struct ft_params *ps, const char *name)
{
    for (size_t i = 0; i < ps->n; i++)
        if (!strcmp(ps->items[i].name, name)) return i;
    fail_msg("no parameter %s", name);
    return 0;
}

static void names_of_files(void **state)
{
    (void)state;
    static const struct {
        enum ft_family family;
        enum ft_head head;
        const char *file, *name; /* NULL: ignored; "": unexpected */
    } rows[] = {
        {FT_FAMILY_BERT, FT_HEAD_CLASSIFY, "bert.pooler.dense.bias", "bert.pooler.dense.bias"},
        {FT_FAMILY_BERT, FT_HEAD_CLASSIFY, "pooler.dense.bias", "bert.pooler.dense.bias"},
        {FT_FAMILY_BERT, FT_HEAD_CLASSIFY, "encoder.layer.2.output.LayerNorm.gamma",
         "bert.encoder.layer.2.output.LayerNorm.weight"},
        {FT_FAMILY_BERT, FT_HEAD_CLASSIFY, "bert.embeddings.LayerNorm.beta",
         "bert.embeddings.LayerNorm.bias"},
        {FT_FAMILY_BERT, FT_HEAD_CLASSIFY, "bert.embeddings.position_ids", NULL},
        {FT_FAMILY_BERT, FT_HEAD_CLASSIFY, "embeddings.position_ids", NULL},
        {FT_FAMILY_BERT, FT_HEAD_CLASSIFY, "cls.predictions.bias", ""},
        {FT_FAMILY_BERT, FT_HEAD_CLASSIFY, "cls.predictions.decoder.weight", ""},
        {FT_FAMILY_BERT, FT_HEAD_CLASSIFY, "bert.encoder.layer.3.output.dense.bias", ""},
        {FT_FAMILY_BERT, FT_HEAD_CLASSIFY, "bert.bert.pooler.dense.bias", ""},
        {FT_FAMILY_BERT, FT_HEAD_CLASSIFY, "bert.classifier.bias", ""},
        {FT_FAMILY_BERT, FT_HEAD_CLASSIFY, "", ""},
        {FT_FAMILY_BERT, FT_HEAD_QA, "bert.pooler.dense.bias", ""},
        {FT_FAMILY_BERT, FT_HEAD_MLM, "cls.predictions.bias", "cls.predictions.bias"},
        {FT_FAMILY_BERT, FT_HEAD_MLM, "cls.predictions.decoder.weight", NULL},
        {FT_FAMILY_BERT, FT_HEAD_MLM, "cls.predictions.transform.LayerNorm.gamma",
         "cls.predictions.transform.LayerNorm.weight"},
        {FT_FAMILY_ROBERTA, FT_HEAD_CLASSIFY, "classifier.out_proj.weight",
         "classifier.out_proj.weight"},
        {FT_FAMILY_ROBERTA, FT_HEAD_CLASSIFY, "lm_head.bias", ""},
        {FT_FAMILY_ROBERTA, FT_HEAD_MLM, "lm_head.decoder.bias", NULL},
        {FT_FAMILY_DISTILBERT, FT_HEAD_CLASSIFY, "transformer.layer.1.attention.q_lin.weight",
         "distilbert.transformer.layer.1.attention.q_lin.weight"},
        {FT_FAMILY_DISTILBERT, FT_HEAD_MLM, "vocab_projector.weight", NULL},
        {FT_FAMILY_GPT2, FT_HEAD_CLM, "h.1.attn.c_attn.weight",
         "transformer.h.1.attn.c_attn.weight"},
        {FT_FAMILY_GPT2, FT_HEAD_CLM, "h.1.attn.bias", NULL},
        {FT_FAMILY_GPT2, FT_HEAD_CLM, "transformer.h.1.attn.masked_bias", NULL},
        {FT_FAMILY_GPT2, FT_HEAD_CLM, "lm_head.weight", NULL},
        {FT_FAMILY_GPT2, FT_HEAD_CLASSIFY, "score.weight", "score.weight"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct ft_net_config cfg = config(rows[i].family, rows[i].head);
        struct ft_params ps;
        size_t k = SIZE_MAX;
        assert_int_equal(ft_params_init(&ps, &cfg, NULL), FT_OK);
        enum ft_param_match m = ft_params_match(&ps, rows[i].file, &k);
        if (!rows[i].name) {
            assert_int_equal(m, FT_PARAM_IGNORE);
        } else if (!*rows[i].name) {
            assert_int_equal(m, FT_PARAM_UNEXPECTED);
        } else {
            assert_int_equal(m, FT_PARAM_MATCH);
            assert_string_equal(ps.items[k].name, rows[i].name);
        }
        ft_params_release(&ps);
    }
    /* a name longer than any is no reason to write past an end */
    struct ft_net_config cfg = config(FT_FAMILY_BERT, FT_HEAD_MLM);
    struct ft_params ps;
    char longest[4000];
    size_t k;
    memset(longest, 'x', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = 0;
    assert_int_equal(ft_params_init(&ps, &cfg, NULL), FT_OK);
    assert_int_equal(ft_params_match(&ps, longest, &k), FT_PARAM_UNEXPECTED);
    ft_params_release(&ps);
}

/* Tensors do not overlap; queries, keys and values lie end to end. */
static void layout(void **state)
{
    (void)state;
    for (int f = 0; f < FT_FAMILY_COUNT; f++) {
        for (int h = 0; h < FT_HEAD_COUNT; h++) {
            struct ft_net_config cfg = config((enum ft_family)f, (enum ft_head)h);
            struct ft_params ps;
            if (h != FT_HEAD_NONE && !ft_family_has_head(cfg.family, cfg.head)) {
                assert_int_equal(ft_params_init(&ps, &cfg, NULL), FT_UNSUPPORTED);
                continue;
            }
            assert_int_equal(ft_params_init(&ps, &cfg, NULL), FT_OK);
            size_t end = 0, count = 0;
            for (size_t i = 0; i < ps.n; i++) {
                const struct ft_param *p = &ps.items[i];
                assert_true(p->offset >= end && p->count == p->shape[0] * p->shape[1]);
                assert_true(p->role == FT_ROLE_JOINED ? p->offset == end : p->offset % 16 == 0);
                assert_int_equal(p->decay, p->ndim == 2 && !(p->flags & FT_PARAM_NO_DECAY));
                if (h == FT_HEAD_NONE) /* the body alone: no head, no pooler */
                    assert_true(!(p->flags & FT_PARAM_HEAD) && p->role != FT_ROLE_POOL_W);
                end = p->offset + p->count;
                count += p->count;
            }
            assert_true(end <= ps.floats && count == ps.count);
            for (size_t l = 0; l < cfg.layers; l++) {
                const struct ft_param *w = ft_params_role(&ps, FT_ROLE_QKV_W, l);
                const struct ft_param *b = ft_params_role(&ps, FT_ROLE_QKV_B, l);
                bool none = cfg.no_bias & FT_NET_NO_BIAS_ATTENTION;
                assert_true(none ? !b : b->offset >= w->offset + 3 * cfg.hidden * cfg.hidden);
                /* one set of weights for all layers: it belongs to the last */
                bool shared = w == ft_params_role(&ps, FT_ROLE_QKV_W, cfg.layers - 1);
                assert_int_equal(w->layer, shared ? cfg.layers - 1 : l);
            }
            ft_params_release(&ps);
        }
    }
}

static void tied_and_own_output(void **state)
{
    (void)state;
    struct ft_net_config cfg = config(FT_FAMILY_GPT2, FT_HEAD_CLM);
    struct ft_params tied, own;
    assert_int_equal(ft_params_init(&tied, &cfg, NULL), FT_OK);
    cfg.tied = false;
    assert_int_equal(ft_params_init(&own, &cfg, NULL), FT_OK);
    assert_int_equal(own.n, tied.n + 1);
    assert_null(ft_params_role(&tied, FT_ROLE_LM_OUT_W, 0));
    size_t k = 0;
    assert_int_equal(ft_params_match(&own, "lm_head.weight", &k), FT_PARAM_MATCH);
    ft_params_release(&tied);
    ft_params_release(&own);
}

/* The ranges for the optimiser hold every trained number once, with its decay, and no frozen one.
 */
static void ranges(void **state)
{
    (void)state;
    struct ft_net_config cfg = config(FT_FAMILY_DISTILBERT, FT_HEAD_CLASSIFY);
    struct ft_params ps;
    assert_int_equal(ft_params_init(&ps, &cfg, NULL), FT_OK);
    struct ft_optim_range *r = calloc(ps.n, sizeof(*r));
    for (size_t layers = 0; layers <= cfg.layers; layers++) {
        ft_params_freeze(&ps, layers ? FT_FREEZE_LAYERS : FT_FREEZE_NONE, layers);
        size_t n = ft_params_ranges(&ps, NULL, r), trained = 0;
        assert_true(n < ps.n);
        for (size_t i = 0; i < ps.n; i++) {
            const struct ft_param *p = &ps.items[i];
            size_t in = 0;
            for (size_t k = 0; k < n; k++) {
                bool all = p->offset >= r[k].begin && p->offset + p->count <= r[k].end;
                bool none = p->offset + p->count <= r[k].begin || p->offset >= r[k].end;
                assert_true(all || none);
                if (all) assert_true(r[k].decay == p->decay);
                in += all;
            }
            assert_int_equal(in, p->frozen ? 0 : 1);
            trained += in * p->count;
        }
        assert_int_equal(trained, ft_params_trainable(&ps));
    }
    ft_params_freeze(&ps, FT_FREEZE_EMBEDDINGS, 0);
    assert_true(ps.items[index_of(&ps, "distilbert.embeddings.LayerNorm.bias")].frozen);
    assert_false(ps.items[index_of(&ps, "distilbert.transformer.layer.0.ffn.lin1.bias")].frozen);
    free(r);
    ft_params_release(&ps);
}

static void new_values(void **state)
{
    (void)state;
    struct ft_err err = {0};
    struct ft_net_config cfg = config(FT_FAMILY_GPT2, FT_HEAD_CLM);
    cfg.hidden = 64;
    cfg.ff = 200;
    cfg.pad_id = -1;
    struct ft_net *a, *b;
    assert_int_equal(ft_net_new(&a, &cfg, &err), FT_OK);
    assert_int_equal(ft_net_new(&b, &cfg, &err), FT_OK);
    ft_net_init_weights(a, 4, false);
    ft_net_init_weights(b, 4, false);
    assert_memory_equal(a->w, b->w, a->params.floats * sizeof(float));
    ft_net_init_weights(b, 5, false);
    assert_memory_not_equal(a->w, b->w, a->params.floats * sizeof(float));
    for (size_t i = 0; i < a->params.n; i++) {
        const struct ft_param *p = &a->params.items[i];
        double sum = 0, square = 0, want = 0.02;
        for (size_t k = 0; k < p->count; k++) {
            sum += (double)a->w[p->offset + k];
            square += (double)a->w[p->offset + k] * (double)a->w[p->offset + k];
        }
        double n = (double)p->count;
        if (p->ndim == 1) {
            bool ones = (p->flags & FT_PARAM_NORM) && strstr(p->name, ".weight");
            assert_true(sum == (ones ? n : 0));
            continue;
        }
        if (strstr(p->name, "c_proj")) want /= sqrt(6);
        assert_true(fabs(sqrt(square / n) - want) < 4 * want / sqrt(n));
        assert_true(fabs(sum / n) < 5 * want / sqrt(n));
    }
    ft_net_free(a);
    ft_net_free(b);

    cfg = config(FT_FAMILY_ROBERTA, FT_HEAD_CLASSIFY);
    assert_int_equal(ft_net_new(&a, &cfg, &err), FT_OK);
    ft_net_init_weights(a, 4, true);
    for (size_t i = 0; i < a->params.n; i++) {
        const struct ft_param *p = &a->params.items[i];
        double square = 0;
        for (size_t k = 0; k < p->count; k++)
            square += (double)a->w[p->offset + k] * (double)a->w[p->offset + k];
        assert_int_equal(square > 0, (p->flags & FT_PARAM_HEAD) && p->ndim == 2);
    }
    ft_net_init_weights(a, 4, false);
    const float *word = a->w + ft_params_role(&a->params, FT_ROLE_WORD, 0)->offset;
    for (size_t c = 0; c < cfg.hidden; c++) {
        assert_true(word[(size_t)cfg.pad_id * cfg.hidden + c] == 0);
        assert_true(word[c] != 0);
    }
    ft_net_free(a);
}

static void configs(void **state)
{
    (void)state;
    struct ft_err err = {0};
    struct ft_net_config cfg = config(FT_FAMILY_ROBERTA, FT_HEAD_CLASSIFY);
    assert_int_equal(ft_net_config_check(&cfg, &err), FT_OK);
    assert_int_equal(ft_net_config_tokens_max(&cfg), 18);
    cfg.heads = 3;
    assert_int_equal(ft_net_config_check(&cfg, &err), FT_FORMAT);
    cfg.heads = 2;
    cfg.vocab = SIZE_MAX / 2;
    assert_int_equal(ft_net_config_check(&cfg, &err), FT_FORMAT);
    cfg.vocab = 50;
    cfg.norm_eps = (double)NAN;
    assert_int_equal(ft_net_config_check(&cfg, &err), FT_FORMAT);
    cfg.norm_eps = 1e-5;
    cfg.pad_id = 19;
    assert_int_equal(ft_net_config_check(&cfg, &err), FT_FORMAT);
    cfg = config(FT_FAMILY_GPT2, FT_HEAD_MLM);
    assert_int_equal(ft_net_config_check(&cfg, &err), FT_UNSUPPORTED);
}

/* MiniLM at 16 x 256 tokens trains in less than 1.5 GB; an evaluation needs a fraction of that. */
static void memory_plan(void **state)
{
    (void)state;
    struct ft_net_config cfg;
    struct ft_mem_plan train, eval;
    family_config(&cfg, FT_FAMILY_BERT, FT_HEAD_CLASSIFY);
    cfg.hidden = 384;
    cfg.layers = 6;
    cfg.ff = 1536;
    struct ft_ws_opt opt = {.N = 4096, .B = 16, .T = 256, .train = true};
    ft_net_plan(&cfg, &opt, &train);
    assert_true(train.total_bytes < (size_t)1500 << 20);
    assert_int_equal(train.total_bytes, train.weights_bytes + train.grads_bytes +
                                            train.optim_bytes + train.activations_bytes +
                                            train.work_bytes);
    assert_true(train.weights_bytes > (size_t)22 * 4 * 1000 * 1000);
    opt.train = false;
    ft_net_plan(&cfg, &opt, &eval);
    assert_true(eval.total_bytes < train.total_bytes / 4);
    /* BERT-base at 16 x 512 in a third of the 17 GB that PyTorch takes; checkpoints halve that. */
    struct ft_ws_opt base = {.N = 8192, .B = 16, .T = 512, .train = true};
    family_config(&cfg, FT_FAMILY_BERT, FT_HEAD_CLASSIFY);
    ft_net_plan(&cfg, &base, &train);
    assert_true(train.total_bytes < (size_t)17 * 1000 * 1000 * 1000 / 3);
    base.checkpoint = true;
    ft_net_plan(&cfg, &base, &eval);
    assert_true(eval.total_bytes < train.total_bytes / 2 + train.weights_bytes / 2);
    opt.N = SIZE_MAX / 8;
    ft_net_plan(&cfg, &opt, &eval);
    assert_true(eval.total_bytes == SIZE_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_files),      cmocka_unit_test(layout),
        cmocka_unit_test(tied_and_own_output), cmocka_unit_test(ranges),
        cmocka_unit_test(new_values),          cmocka_unit_test(configs),
        cmocka_unit_test(memory_plan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Every place that drops has a mask of its own. A net whose weights are all zero, but for biases
 * that tell the places apart, shows each mask in its hidden states: two places that share one (the
 * same layer and site given twice) drop the same elements. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/net.h"
#include "core/pool.h"
#include "family_config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N = 64, C = 32, H = 4, LAYERS = 2, MASKS_MAX = 8, BITS = N * C };

/* What was kept where; `n` bits of BITS are known. */
struct mask {
    const char *name;
    size_t n;
    bool kept[BITS];
};

struct masks {
    struct mask m[MASKS_MAX];
    size_t n;
};

static struct mask *add(struct masks *all, const char *name, size_t n)
{
    assert_true(all->n < MASKS_MAX);
    struct mask *m = &all->m[all->n++];
    m->name = name;
    m->n = n;
    return m;
}

/* Half is kept, and two masks agree in half of their elements: 5 standard deviations. */
static void check(const struct masks *all)
{
    for (size_t i = 0; i < all->n; i++)
        for (size_t j = 0; j <= i; j++) {
            const struct mask *a = &all->m[i], *b = &all->m[j];
            size_t n = a->n < b->n ? a->n : b->n, same = 0;
            for (size_t k = 0; k < n; k++)
                same += i == j ? a->kept[k] : a->kept[k] == b->kept[k];
            double off = fabs((double)same - (double)n / 2);
            if (!(off <= 2.5 * sqrt((double)n)))
                fail_msg("%s and %s: %zu of %zu the same", a->name, b->name, same, n);
        }
}

struct small {
    struct ft_net *net;
    struct ft_ws *ws;
    int32_t ids[N], types[N], offsets[N + 1];
};

/* All weights 0; N sequences of one token each, so that attention gives its value alone. */
static void small_open(struct small *s, enum ft_family family)
{
    struct ft_err err = {0};
    struct ft_net_config cfg;
    family_config(&cfg, family, FT_HEAD_CLASSIFY);
    cfg.vocab = 5;
    cfg.positions = 8;
    cfg.hidden = C;
    cfg.heads = H;
    cfg.layers = LAYERS;
    cfg.ff = 8;
    cfg.labels = C;
    cfg.embed_dropout = cfg.hidden_dropout = cfg.attn_dropout = cfg.head_dropout = 0.5;
    if (ft_net_new(&s->net, &cfg, &err)) fail_msg("%s", err.msg);
    memset(s->net->w, 0, s->net->params.floats * sizeof(float));
    if (ft_net_train_begin(s->net, &err)) fail_msg("%s", err.msg);
    struct ft_ws_opt opt = {.N = N, .B = N, .T = 1, .train = true, .keep_hidden = true};
    if (ft_ws_new(&s->ws, s->net, &opt, &err)) fail_msg("%s", err.msg);
}

static void small_close(struct small *s)
{
    ft_ws_free(s->ws);
    ft_net_free(s->net);
}

/* Every element of a tensor, in each layer that has it. */
static void fill(struct small *s, enum ft_role role, float value)
{
    for (size_t l = 0; l < LAYERS; l++) {
        const struct ft_param *p = ft_params_role(&s->net->params, role, l);
        if (!p && l) return;
        assert_non_null(p);
        for (size_t k = 0; k < p->count; k++)
            s->net->w[p->offset + k] = value;
    }
}

static void identity(struct small *s, enum ft_role role, size_t layer)
{
    const struct ft_param *p = ft_params_role(&s->net->params, role, layer);
    assert_non_null(p);
    assert_int_equal(p->count, C * C);
    for (size_t k = 0; k < C; k++)
        s->net->w[p->offset + k * C + k] = 1;
}

static void forward(struct small *s)
{
    struct ft_err err = {0};
    struct ft_drop_key key = {.seed = 5, .step = 17};
    for (int i = 0; i < N; i++) {
        s->ids[i] = 3;
        s->offsets[i] = i;
    }
    s->offsets[N] = N;
    struct ft_net_batch batch = {
        .N = N, .B = N, .ids = s->ids, .types = s->types, .offsets = s->offsets};
    if (ft_net_forward(s->net, s->ws, &batch, &key, &err)) fail_msg("%s", err.msg);
}

/* A digit of `x` in steps: 1 when that place kept its 2 * step. Takes it off. */
static bool digit(double *x, double step)
{
    bool kept = *x > step;
    if (kept) *x -= 2 * step;
    return kept;
}

/* GPT-2: the residual adds up what the places of layer 0 let through: the projection's bias 10,
 * with the attention's value of 500 (its bias through an identity), and the feed-forward's 10000.
 */
static void test_residual(void **state)
{
    (void)state;
    struct small s = {0};
    struct masks *all = calloc(1, sizeof *all);
    small_open(&s, FT_FAMILY_GPT2);
    fill(&s, FT_ROLE_WORD, 1);
    fill(&s, FT_ROLE_PROJ_B, 10);
    fill(&s, FT_ROLE_FF2_B, 10000);
    for (size_t l = 0; l < LAYERS; l++) {
        const struct ft_param *p = ft_params_role(&s.net->params, FT_ROLE_QKV_B, l);
        for (size_t k = 0; k < C; k++) /* doubled by both masks it passes */
            s.net->w[p->offset + 2 * C + k] = 500;
        identity(&s, FT_ROLE_PROJ_W, l);
    }
    forward(&s);
    const float *h0 = ft_ws_hidden(s.ws, 0), *h1 = ft_ws_hidden(s.ws, 1);
    struct mask *e = add(all, "embeddings", BITS);
    for (size_t k = 0; k < BITS; k++)
        e->kept[k] = h0[k] > 0.5f;
    struct mask *attn = add(all, "attention", (size_t)N * H), *proj = add(all, "projection", BITS),
                *ff = add(all, "feed-forward", BITS);
    for (size_t n = 0; n < N; n++)
        for (size_t h = 0; h < H; h++) {
            for (size_t c = 0; c < C / H; c++) {
                size_t k = n * C + h * (C / H) + c;
                double x = (double)h1[k] - (double)h0[k];
                ff->kept[k] = digit(&x, 10000);
                proj->kept[k] = x > 5; /* 20, and 2000 where the attention kept its value */
                if (proj->kept[k]) attn->kept[n * H + h] = x > 1000;
            }
        }
    check(all);

    /* A head's mask runs over queries and keys: that of the first key is a column of N. */
    struct masks *columns = calloc(1, sizeof *columns);
    struct mask *head[H];
    for (size_t h = 0; h < H; h++)
        head[h] = add(columns, "a head", N);
    struct mask *first[] = {add(columns, "embeddings' first column", N),
                            add(columns, "projection's first column", N),
                            add(columns, "feed-forward's first column", N)};
    for (size_t n = 0; n < N; n++) {
        for (size_t h = 0; h < H; h++)
            head[h]->kept[n] = attn->kept[n * H + h];
        first[0]->kept[n] = e->kept[n * C];
        first[1]->kept[n] = proj->kept[n * C];
        first[2]->kept[n] = ff->kept[n * C];
    }
    check(columns);
    free(columns);
    small_close(&s);
    free(all);
}

/* BERT and its kin: a norm follows each sum. A row's values are told apart by their order: the
 * feed-forward's bias is large against what the norm before it lets through. */
static void post_norm(enum ft_family family, bool has_proj)
{
    struct small s = {0};
    struct masks *all = calloc(1, sizeof *all);
    small_open(&s, family);
    fill(&s, FT_ROLE_PROJ_B, 1);
    fill(&s, FT_ROLE_NORM1_W, 0.01f);
    fill(&s, FT_ROLE_FF2_B, 1);
    fill(&s, FT_ROLE_NORM2_W, 0.01f);
    forward(&s);
    static const char *const names[LAYERS][2] = {{"projection 0", "feed-forward 0"},
                                                 {"projection 1", "feed-forward 1"}};
    for (size_t l = 0; l < LAYERS; l++) {
        const float *y = ft_ws_hidden(s.ws, l + 1);
        struct mask *proj = has_proj ? add(all, names[l][0], BITS) : NULL;
        struct mask *ff = add(all, names[l][1], BITS);
        for (size_t n = 0; n < N; n++) {
            const float *row = y + n * C;
            float low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY}, all_low,
                  all_high;
            all_low = all_high = row[0];
            for (size_t c = 0; c < C; c++) {
                all_low = fminf(all_low, row[c]);
                all_high = fmaxf(all_high, row[c]);
            }
            for (size_t c = 0; c < C; c++) {
                bool kept = ff->kept[n * C + c] = row[c] > (all_low + all_high) / 2;
                low[kept] = fminf(low[kept], row[c]);
                high[kept] = fmaxf(high[kept], row[c]);
            }
            for (size_t c = 0; c < C && proj; c++) {
                bool side = ff->kept[n * C + c];
                proj->kept[n * C + c] = row[c] > (low[side] + high[side]) / 2;
            }
        }
    }
    check(all);
    small_close(&s);
    free(all);
}

static void test_norms(void **state)
{
    (void)state;
    post_norm(FT_FAMILY_BERT, true);
    post_norm(FT_FAMILY_ROBERTA, true);
    post_norm(FT_FAMILY_DISTILBERT, false); /* drops nothing behind its attention */
}

/* RoBERTa's head drops before its dense layer and behind it: a logit is there when both kept it. */
static void test_head(void **state)
{
    (void)state;
    struct small s = {0};
    small_open(&s, FT_FAMILY_ROBERTA);
    fill(&s, FT_ROLE_NORM2_B, 1); /* what the head gets */
    identity(&s, FT_ROLE_POOL_W, 0);
    identity(&s, FT_ROLE_OUT_W, 0);
    forward(&s);
    const float *logits = ft_ws_logits(s.ws);
    double there = 0;
    for (size_t k = 0; k < BITS; k++)
        there += logits[k] > 0.1f;
    /* a quarter when the masks differ, a half when they are one */
    if (fabs(there / BITS - 0.25) > 0.05) fail_msg("%g of the logits are there", there / BITS);
    small_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_residual),
        cmocka_unit_test(test_norms),
        cmocka_unit_test(test_head),
    };
    struct ft_err err = {0};
    if (ft_pool_init(2, &err)) return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Whole tiny nets of every family and task: gradients against differences of the loss with dropout
 * on, freezing, threads, pieces of rows, accumulation, and attributions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/attribution.h"
#include "core/family.h"
#include "core/net.h"
#include "core/pool.h"
#include "util/rng.h"
#include "family_config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N_MAX = 400, B = 3 };

struct small {
    struct ft_net *net;
    struct ft_ws *ws;
    struct ft_net_batch batch;
    struct ft_net_targets targets;
    struct ft_drop_key key;
    int32_t ids[N_MAX], types[N_MAX], labels[N_MAX], offsets[B + 1], start[B], end[B];
    float values[B * 4];
    /* the hidden-state loss with this weight; 0: none */
    double hidden;
    struct ft_groups groups;
    int32_t from[N_MAX], to[N_MAX];
    float *states;
    double alpha; /* of a teacher's logits; 0: none */
    float teacher[B * 4];
};

/* Disentangled attention: kind 0 as in the published models, else a mixture of the settings. */
static void small_relative(struct ft_net_config *cfg, unsigned kind)
{
    cfg->rel_span = 5;
    cfg->rel_far = kind % 5 == 2 ? 0 : 8;
    cfg->rel_keys = kind % 3 != 1;
    cfg->rel_queries = kind % 3 != 2;
    cfg->rel_shared = kind % 4 < 2;
    cfg->rel_norm = kind % 7 < 5;
    cfg->attn_terms = 1 + (size_t)cfg->rel_keys + (size_t)cfg->rel_queries;
    cfg->no_positions = kind % 2 == 0;
    cfg->new_lm_head = kind % 2;
    cfg->embed = kind % 4 == 2 ? 12 : 0;
    cfg->head_act = kind % 2 ? FT_ACT_TANH : FT_ACT_GELU;
    cfg->pool_dropout = kind % 3 ? 0.1 : 0;
    cfg->types = kind % 3;
}

static struct ft_net_config small_config(enum ft_family family, enum ft_head head)
{
    struct ft_net_config cfg;
    family_config(&cfg, family, head);
    cfg.vocab = 61;
    if (cfg.pad_id >= 61) cfg.pad_id = -1;
    cfg.positions = 140;
    cfg.hidden = 20;
    cfg.heads = cfg.rope_theta > 0 ? 2 : 4; /* of an even size */
    cfg.embed = cfg.embed ? 12 : 0;         /* where the family has a size of its own */
    cfg.layers = 3;
    if (cfg.reach) cfg.reach = 3; /* where the family has local layers */
    cfg.ff = 36;
    cfg.labels = 4;
    cfg.init_range = 0.25;
    cfg.embed_dropout = 0.1;
    cfg.hidden_dropout = 0.2;
    cfg.attn_dropout = 0.15;
    if (ft_hf_family(family)->disentangled) small_relative(&cfg, 0);
    return cfg;
}

static void small_open(struct small *s, const struct ft_net_config *cfg, size_t T)
{
    struct ft_err err = {0};
    struct ft_rng r;
    memset(s, 0, sizeof(*s));
    ft_rng_init(&r, 3, 9);
    if (ft_net_new(&s->net, cfg, &err)) fail_msg("%s", err.msg);
    ft_net_init_weights(s->net, 11, false);
    /* Norms and biases away from 1 and 0, so that their place in the chain shows. */
    for (size_t i = 0; i < s->net->params.n; i++) {
        const struct ft_param *p = &s->net->params.items[i];
        for (size_t k = 0; p->ndim == 1 && k < p->count; k++)
            s->net->w[p->offset + k] += 0.2f * (float)ft_rng_normal(&r);
    }
    if (ft_net_train_begin(s->net, &err)) fail_msg("%s", err.msg);
    size_t n = 0;
    for (size_t b = 0; b < B; b++) {
        s->offsets[b] = (int32_t)n;
        n += b == 1 && T < 100 ? T / 2 : T;
        s->start[b] = (int32_t)b;
        s->end[b] = b == 2 ? 9999 : (int32_t)b + 1; /* outside: ignored */
    }
    s->offsets[B] = (int32_t)n;
    for (size_t i = 0; i < n; i++) {
        s->ids[i] = (int32_t)ft_rng_below(&r, cfg->vocab);
        s->types[i] = (int32_t)(i & 1);
        s->labels[i] = cfg->head == FT_HEAD_CLASSIFY ? (int32_t)(i % 4)
                       : i % 3 != 1                  ? -100
                       : cfg->head == FT_HEAD_TOKENS ? (int32_t)(i % 4)
                                                     : (int32_t)(i * 7 % cfg->vocab);
    }
    for (size_t i = 0; i < B * 4; i++)
        s->values[i] =
            cfg->problem == FT_PROBLEM_TYPE_MULTI_LABEL ? (float)(i & 1) : (float)i * 0.3f - 1;
    s->batch = (struct ft_net_batch){.N = n,
                                     .B = B,
                                     .ids = s->ids,
                                     .types = cfg->types > 1 ? s->types : NULL,
                                     .offsets = s->offsets};
    s->targets = (struct ft_net_targets){.labels = cfg->head == FT_HEAD_CLM ? NULL : s->labels,
                                         .values = s->values,
                                         .start = s->start,
                                         .end = s->end};
    s->key = (struct ft_drop_key){.seed = 5, .step = 17};
    struct ft_ws_opt opt = {.N = n, .B = B, .T = T, .train = true};
    if (ft_ws_new(&s->ws, s->net, &opt, &err)) fail_msg("%s", err.msg);
}

/* Adds the hidden-state loss: groups of one to three rows, some rows in none. */
static void small_hidden(struct small *s, double weight)
{
    struct ft_err err = {0};
    struct ft_rng r;
    size_t C = s->net->cfg.hidden, n = s->batch.N, G = 0, at = 1;
    for (; at + 1 + G % 3 <= n; G++) {
        s->from[G] = (int32_t)at;
        at += 1 + G % 3;
        s->to[G] = (int32_t)at;
        at += G % 4 == 3;
    }
    s->groups = (struct ft_groups){.G = G, .from = s->from, .to = s->to};
    s->hidden = weight;
    s->states = malloc(G * C * sizeof *s->states);
    assert_non_null(s->states);
    ft_rng_init(&r, 4, 9);
    for (size_t i = 0; i < G * C; i++)
        s->states[i] = (float)ft_rng_normal(&r);
    struct ft_ws_opt opt = {.N = n, .B = B, .T = n, .train = true, .keep_hidden = true};
    ft_ws_free(s->ws);
    s->ws = NULL;
    if (ft_ws_new(&s->ws, s->net, &opt, &err)) fail_msg("%s", err.msg);
}

static void small_close(struct small *s)
{
    ft_ws_free(s->ws);
    ft_net_free(s->net);
    free(s->states);
}

static double loss_of(struct small *s, bool backward)
{
    struct ft_err err = {0};
    struct ft_net_loss loss;
    double weight = ft_net_loss_weight(&s->net->cfg, &s->batch, &s->targets, NULL);
    struct ft_loss_opt opt = {.smoothing = 0.1f,
                              .grad_scale = backward ? (float)((1 - s->alpha) / weight) : 0};
    if (ft_net_forward(s->net, s->ws, &s->batch, &s->key, &err)) fail_msg("%s", err.msg);
    ft_net_loss(s->net, s->ws, &s->targets, &opt, &loss);
    assert_true(fabs(loss.weight - weight) < 1e-9);
    double sum = weight > 0 ? (1 - s->alpha) * loss.sum / weight : 0;
    if (s->alpha > 0) {
        ft_net_distill_loss(s->net, s->ws, s->teacher, 2, backward ? (float)(s->alpha / B) : 0,
                            &loss);
        sum += s->alpha * loss.sum / B;
    }
    if (s->hidden > 0) {
        double scale = s->hidden / (double)s->groups.G;
        ft_net_hidden_loss(s->net, s->ws, &s->groups, s->states, backward ? (float)scale : 0,
                           &loss);
        sum += s->hidden * loss.sum / loss.weight;
    }
    if (backward) ft_net_backward(s->net, s->ws);
    return sum;
}

/* Along its gradient, each tensor must change the loss by the gradient's length. */
static void check_differences(struct small *s, const char *what)
{
    loss_of(s, true);
    for (size_t i = 0; i < s->net->params.n; i++) {
        const struct ft_param *p = &s->net->params.items[i];
        float *w = s->net->w + p->offset, *g = s->net->g + p->offset;
        double length = 0;
        for (size_t k = 0; k < p->count; k++)
            length += (double)g[k] * (double)g[k];
        length = sqrt(length);
        if (length < 1e-3) continue; /* zero in exact arithmetic, or too small to see in float */
        float *was = malloc(p->count * sizeof(*was));
        assert_non_null(was);
        memcpy(was, w, p->count * sizeof(*was));
        double side[2], eps = 4e-3;
        for (int d = 0; d < 2; d++) {
            for (size_t k = 0; k < p->count; k++)
                w[k] = was[k] + (float)((d ? -eps : eps) * (double)g[k] / length);
            side[d] = loss_of(s, false);
        }
        memcpy(w, was, p->count * sizeof(*was));
        free(was);
        double slope = (side[0] - side[1]) / (2 * eps);
        if (!(fabs(slope - length) <= 0.02 * length + 2e-4))
            fail_msg("%s: %s has slope %g, gradient %g", what, p->name, slope, length);
    }
}

static void differences(void **state)
{
    (void)state;
    static const enum ft_head heads[] = {FT_HEAD_CLASSIFY, FT_HEAD_QA, FT_HEAD_MLM, FT_HEAD_CLM,
                                         FT_HEAD_TOKENS};
    for (int f = 0; f < FT_FAMILY_COUNT; f++) {
        for (size_t t = 0; t < sizeof heads / sizeof *heads; t++) {
            if (!ft_family_has_head((enum ft_family)f, heads[t])) continue;
            struct ft_net_config cfg = small_config((enum ft_family)f, heads[t]);
            struct small *s = malloc(sizeof(*s));
            small_open(s, &cfg, 9);
            char *name = ft_hf_class_name(cfg.family, cfg.head);
            check_differences(s, name);
            free(name);
            small_close(s);
            free(s);
        }
    }
}

/* The settings of disentangled attention, in each head. */
static void relative(void **state)
{
    (void)state;
    size_t seen = 0;
    for (int f = 0; f < FT_FAMILY_COUNT; f++) {
        for (unsigned kind = 1; ft_hf_family((enum ft_family)f)->disentangled && kind < 14;
             kind++) {
            static const enum ft_head heads[] = {FT_HEAD_CLASSIFY, FT_HEAD_MLM, FT_HEAD_QA};
            struct ft_net_config cfg = small_config((enum ft_family)f, heads[kind % 3]);
            small_relative(&cfg, kind);
            struct small *s = malloc(sizeof(*s));
            assert_non_null(s);
            small_open(s, &cfg, 9);
            char what[32];
            snprintf(what, sizeof what, "kind %u", kind);
            check_differences(s, what);
            small_close(s);
            free(s);
            seen++;
        }
    }
    assert_true(seen > 0);
}

/* The hidden-state loss of a body alone, and beside a head's own loss. */
static void hidden_states(void **state)
{
    (void)state;
    for (int f = 0; f < FT_FAMILY_COUNT; f++) {
        for (int h = FT_HEAD_NONE; h <= FT_HEAD_TOKENS; h++) {
            if (!ft_family_has_head((enum ft_family)f, (enum ft_head)h)) continue;
            struct ft_net_config cfg = small_config((enum ft_family)f, (enum ft_head)h);
            struct small *s = malloc(sizeof(*s));
            assert_non_null(s);
            small_open(s, &cfg, 9);
            small_hidden(s, 0.7);
            char *name = ft_hf_class_name(cfg.family, cfg.head);
            check_differences(s, name);
            free(name);
            small_close(s);
            free(s);
        }
    }
}

/* A teacher's logits: beside labels, alone, and with hidden states. */
static void teacher_logits(void **state)
{
    (void)state;
    static const double alphas[] = {0.4, 1, 0.7};
    for (int f = 0; f < FT_FAMILY_COUNT; f++) {
        for (size_t k = 0; k < 3; k++) {
            struct ft_net_config cfg = small_config((enum ft_family)f, FT_HEAD_CLASSIFY);
            struct small *s = malloc(sizeof(*s));
            assert_non_null(s);
            small_open(s, &cfg, 9);
            if (k == 2) small_hidden(s, 0.5);
            s->alpha = alphas[k];
            for (size_t i = 0; i < B * 4; i++)
                s->teacher[i] = (float)(i * 7 % 5) - 2;
            check_differences(s, "a teacher's logits");
            small_close(s);
            free(s);
        }
    }
}

/* Gradients of two batches with dropout, added up, in a workspace with or without checkpoints. */
static double gradients_of(struct small *s, bool checkpoint)
{
    struct ft_err err = {0};
    struct ft_ws_opt opt = {.N = s->batch.N,
                            .B = B,
                            .T = s->batch.N,
                            .train = true,
                            .checkpoint = checkpoint,
                            .keep_hidden = s->hidden > 0};
    ft_ws_free(s->ws);
    s->ws = NULL;
    if (ft_ws_new(&s->ws, s->net, &opt, &err)) fail_msg("%s", err.msg);
    ft_net_grads_zero(s->net);
    double sum = 0;
    for (uint32_t i = 0; i < 2; i++) {
        s->key.step = 17 + i;
        sum += loss_of(s, true);
    }
    return sum;
}

/* Recomputing a layer gives the bits of keeping it: every family and head, all of it trained or only
 * the upper half, with and without the hidden-state loss. */
static void checkpoints(void **state)
{
    (void)state;
    for (int f = 0; f < FT_FAMILY_COUNT; f++) {
        for (int h = FT_HEAD_NONE; h <= FT_HEAD_TOKENS; h++) {
            if (!ft_family_has_head((enum ft_family)f, (enum ft_head)h)) continue;
            for (int how = 0; how < 3; how++) {
                if (h == FT_HEAD_NONE && how != 2) continue;
                struct ft_net_config cfg = small_config((enum ft_family)f, (enum ft_head)h);
                cfg.layers = 4;
                cfg.embed_dropout = cfg.hidden_dropout = cfg.attn_dropout = 0.1;
                struct small *s = malloc(sizeof(*s));
                assert_non_null(s);
                small_open(s, &cfg, 9);
                if (how == 1) ft_params_freeze(&s->net->params, FT_FREEZE_LAYERS, 2);
                if (how == 2) small_hidden(s, 0.7);
                size_t bytes = s->net->params.floats * sizeof(float);
                float *kept = malloc(bytes);
                assert_non_null(kept);
                double loss = gradients_of(s, false);
                memcpy(kept, s->net->g, bytes);
                assert_true(gradients_of(s, true) == loss);
                assert_memory_equal(kept, s->net->g, bytes);
                free(kept);
                small_close(s);
                free(s);
            }
        }
    }
}

static void other_losses(void **state)
{
    (void)state;
    struct small *s = malloc(sizeof(*s));
    for (int p = FT_PROBLEM_TYPE_MULTI_LABEL; p <= FT_PROBLEM_TYPE_REGRESSION; p++) {
        struct ft_net_config cfg = small_config(FT_FAMILY_ROBERTA, FT_HEAD_CLASSIFY);
        cfg.problem = (enum ft_problem_type)p;
        small_open(s, &cfg, 9);
        check_differences(s, p == FT_PROBLEM_TYPE_MULTI_LABEL ? "several labels" : "regression");
        small_close(s);
    }
    struct ft_net_config cfg = small_config(FT_FAMILY_BERT, FT_HEAD_MLM);
    cfg.tied = false;
    small_open(s, &cfg, 9);
    check_differences(s, "an output matrix of its own");
    small_close(s);
    /* padding that stands in a text: behind the row that is read, and without a position */
    cfg = small_config(FT_FAMILY_GPT2, FT_HEAD_CLASSIFY);
    cfg.pad_id = 7;
    small_open(s, &cfg, 9);
    for (size_t i = 0; i < s->batch.B; i++)
        s->ids[s->offsets[i + 1] - 1] = s->ids[s->offsets[i + 1] - 2] = 7;
    check_differences(s, "padding at the end");
    small_close(s);
    cfg = small_config(FT_FAMILY_ROBERTA, FT_HEAD_CLASSIFY);
    small_open(s, &cfg, 9);
    s->ids[2] = s->ids[3] = cfg.pad_id;
    check_differences(s, "padding within");
    small_close(s);
    cfg = small_config(FT_FAMILY_GPT2, FT_HEAD_CLM);
    cfg.attn_layer_scaled = true;
    cfg.attn_scaled = false;
    small_open(s, &cfg, 9);
    check_differences(s, "other scales of attention");
    small_close(s);
    free(s);
}

/* ModernBERT's settings: all biases, a text's mean, layers of one kind, other activations. */
static void layer_settings(void **state)
{
    (void)state;
    struct small *s = malloc(sizeof(*s));
    assert_non_null(s);
    for (int h = FT_HEAD_CLASSIFY; h <= FT_HEAD_TOKENS; h++) {
        if (h == FT_HEAD_CLM) continue;
        for (int how = 0; how < 4; how++) {
            struct ft_net_config cfg = small_config(FT_FAMILY_MODERNBERT, (enum ft_head)h);
            if (how < 2) cfg.no_bias = 0;
            cfg.pool_mean = how % 2 == 0;
            cfg.local_layers[0] = how == 2 ? 0 : how == 3 ? 7 : cfg.local_layers[0];
            cfg.act = how == 1 ? FT_ACT_SILU : how == 2 ? FT_ACT_RELU : FT_ACT_GELU;
            cfg.head_act = how == 1 ? FT_ACT_TANH : FT_ACT_SILU;
            cfg.head_dropout = 0.2;
            small_open(s, &cfg, 9);
            assert_int_equal(ft_params_role(&s->net->params, FT_ROLE_FF1_B, 1) != NULL, how < 2);
            check_differences(s, "settings of ModernBERT");
            small_close(s);
        }
    }
    free(s);
}

/* What is frozen gets nothing; the rest gets what it got before. */
static void freezing(void **state)
{
    (void)state;
    struct small *s = malloc(sizeof(*s));
    static const enum ft_family families[] = {FT_FAMILY_BERT, FT_FAMILY_GPT2};
    for (size_t f = 0; f < 2; f++) {
        struct ft_net_config cfg = small_config(families[f], FT_HEAD_CLASSIFY);
        small_open(s, &cfg, 9);
        struct ft_params *ps = &s->net->params;
        loss_of(s, true);
        float *full = malloc(ps->floats * sizeof(*full));
        memcpy(full, s->net->g, ps->floats * sizeof(*full));
        size_t before = ft_params_trainable(ps);
        for (size_t layers = 0; layers <= 3; layers++) {
            ft_params_freeze(ps, layers ? FT_FREEZE_LAYERS : FT_FREEZE_EMBEDDINGS, layers);
            assert_true(ft_params_trainable(ps) < before);
            before = ft_params_trainable(ps);
            ft_net_grads_zero(s->net);
            loss_of(s, true);
            for (size_t i = 0; i < ps->n; i++) {
                const struct ft_param *p = &ps->items[i];
                bool low =
                    (p->flags & FT_PARAM_EMBED) || (p->layer >= 0 && (size_t)p->layer < layers);
                assert_int_equal(p->frozen, low);
                for (size_t k = p->offset; k < p->offset + p->count; k++)
                    assert_true(s->net->g[k] == (low ? 0.0f : full[k]));
            }
        }
        free(full);
        small_close(s);
    }
    free(s);
}

static float *gradients(struct small *s)
{
    size_t n = s->net->params.floats;
    float *g = malloc(n * sizeof(*g));
    ft_net_grads_zero(s->net);
    loss_of(s, true);
    memcpy(g, s->net->g, n * sizeof(*g));
    return g;
}

static void near(const float *a, const float *b, size_t n, float tolerance)
{
    float scale = 0;
    for (size_t i = 0; i < n; i++)
        scale = fabsf(b[i]) > scale ? fabsf(b[i]) : scale;
    for (size_t i = 0; i < n; i++) {
        if (!(fabsf(a[i] - b[i]) <= tolerance * scale))
            fail_msg("element %zu is %g, should be %g", i, (double)a[i], (double)b[i]);
    }
}

static void threads(void **state)
{
    (void)state;
    struct ft_err err = {0};
    struct small *s = malloc(sizeof(*s));
    struct ft_net_config cfg = small_config(FT_FAMILY_BERT, FT_HEAD_CLASSIFY);
    small_open(s, &cfg, 30);
    size_t n = s->net->params.floats;
    float *two = gradients(s), *again = gradients(s);
    assert_memory_equal(two, again, n * sizeof(*two)); /* the same bytes */
    assert_int_equal(ft_pool_init(1, &err), FT_OK);
    float *one = gradients(s);
    assert_int_equal(ft_pool_init(3, &err), FT_OK);
    float *three = gradients(s);
    assert_int_equal(ft_pool_init(2, &err), FT_OK);
    near(one, two, n, 1e-5f);
    near(three, two, n, 1e-5f);
    free(one);
    free(two);
    free(three);
    free(again);
    small_close(s);
    free(s);
}

/* A vocabulary so large that the logits are made in pieces: the same as each sequence by itself. */
static void pieces(void **state)
{
    (void)state;
    struct ft_err err = {0};
    struct small *s = malloc(sizeof(*s));
    for (int f = 0; f < 2; f++) {
        struct ft_net_config cfg =
            small_config(f ? FT_FAMILY_BERT : FT_FAMILY_GPT2, f ? FT_HEAD_MLM : FT_HEAD_CLM);
        cfg.vocab = 200000; /* 40 rows a piece */
        cfg.hidden = 8;
        cfg.layers = 1;
        small_open(s, &cfg, 120);
        size_t n = s->net->params.floats;
        struct ft_net_loss whole, part;
        float losses[N_MAX], lone[N_MAX];
        int32_t best[N_MAX];
        struct ft_loss_opt opt = {.grad_scale = 0.01f, .losses = losses, .argmax = best};
        assert_int_equal(ft_net_forward(s->net, s->ws, &s->batch, NULL, &err), FT_OK);
        ft_net_loss(s->net, s->ws, &s->targets, &opt, &whole);
        ft_net_backward(s->net, s->ws);
        float *g = malloc(n * sizeof(*g));
        memcpy(g, s->net->g, n * sizeof(*g));
        ft_net_grads_zero(s->net);
        double sum = 0, weight = 0;
        size_t hits = 0, right = 0;
        for (size_t b = 0; b < B; b++) {
            int32_t offsets[] = {0, s->offsets[b + 1] - s->offsets[b]};
            size_t from = (size_t)s->offsets[b], T = (size_t)offsets[1];
            struct ft_net_batch batch = {.N = T, .B = 1, .ids = s->ids + from, .offsets = offsets};
            batch.types = s->batch.types ? s->types + from : NULL;
            struct ft_net_targets t = {.labels = s->targets.labels ? s->labels + from : NULL};
            opt.losses = lone + from;
            assert_int_equal(ft_net_forward(s->net, s->ws, &batch, NULL, &err), FT_OK);
            ft_net_loss(s->net, s->ws, &t, &opt, &part);
            ft_net_backward(s->net, s->ws);
            sum += part.sum;
            weight += part.weight;
            hits += part.hits;
        }
        assert_true(fabs(sum - whole.sum) < 1e-6 * sum && weight == whole.weight);
        near(losses, lone, s->batch.N, 1e-5f);
        near(s->net->g, g, n, 1e-5f);
        for (size_t i = 0; i < s->batch.N; i++) {
            assert_int_equal(best[i] >= 0, losses[i] > 0);
            right += best[i] >= 0 && best[i] == (f ? s->labels[i] : s->ids[i + 1]);
        }
        assert_true(right == hits && whole.hits == hits);
        free(g);
        small_close(s);
    }
    free(s);
}

/* A word's row scaled by 1 + e changes the logit by e times the attribution of its token, also
 * where position and type are added and a norm follows. */
static void attribution(void **state)
{
    (void)state;
    struct ft_err err = {0};
    struct small *s = malloc(sizeof(*s));
    for (int f = 0; f < FT_FAMILY_COUNT; f++) {
        struct ft_net_config cfg = small_config((enum ft_family)f, FT_HEAD_CLASSIFY);
        small_open(s, &cfg, 9);
        struct ft_params *ps = &s->net->params;
        for (int32_t i = 0; i < 9; i++)
            s->ids[i] = 10 + i; /* each word once */
        int32_t offsets[] = {0, 9};
        struct ft_net_batch batch = {.N = 9, .B = 1, .ids = s->ids, .offsets = offsets};
        float out[9];
        ft_net_grads_zero(s->net);
        assert_int_equal(ft_attribution(s->net, s->ws, &batch, 0, 2, out, &err), FT_OK);
        for (size_t i = 0; i < ps->floats; i++)
            assert_true(s->net->g[i] == 0);
        float *word = s->net->w + ft_params_role(ps, FT_ROLE_WORD, 0)->offset;
        for (size_t n = 0; n < 9; n++) {
            size_t E = ft_net_config_embed(&cfg);
            float *row = word + (size_t)s->ids[n] * E, was[20];
            double side[2], e = 1e-2;
            memcpy(was, row, E * sizeof(*was));
            for (int d = 0; d < 2; d++) {
                for (size_t c = 0; c < E; c++)
                    row[c] = was[c] * (float)(1 + (d ? -e : e));
                assert_int_equal(ft_net_forward(s->net, s->ws, &batch, NULL, &err), FT_OK);
                side[d] = (double)ft_ws_logits(s->ws)[2];
            }
            memcpy(row, was, E * sizeof(*was));
            double slope = (side[0] - side[1]) / (2 * e);
            assert_true(fabs(slope - (double)out[n]) < 2e-3 * (1 + fabs(slope)));
        }
        small_close(s);
    }
    free(s);
}

static void refuses_broken_batches(void **state)
{
    (void)state;
    struct ft_err err = {0};
    struct small *s = malloc(sizeof(*s));
    struct ft_net_config cfg = small_config(FT_FAMILY_BERT, FT_HEAD_CLASSIFY);
    small_open(s, &cfg, 9);
    s->ids[3] = 61;
    assert_int_equal(ft_net_forward(s->net, s->ws, &s->batch, NULL, &err), FT_FORMAT);
    s->ids[3] = -1;
    assert_int_equal(ft_net_forward(s->net, s->ws, &s->batch, NULL, &err), FT_FORMAT);
    s->ids[3] = 1;
    s->types[0] = 2;
    assert_int_equal(ft_net_forward(s->net, s->ws, &s->batch, NULL, &err), FT_FORMAT);
    s->types[0] = 0;
    s->offsets[1] = 0;
    assert_int_equal(ft_net_forward(s->net, s->ws, &s->batch, NULL, &err), FT_FORMAT);
    s->offsets[1] = 9;
    s->batch.N++;
    assert_int_equal(ft_net_forward(s->net, s->ws, &s->batch, NULL, &err), FT_USAGE);
    small_close(s);
    free(s);
}

int main(void)
{
    struct ft_err err = {0};
    if (ft_pool_init(2, &err)) return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(differences),
        cmocka_unit_test(relative),
        cmocka_unit_test(hidden_states),
        cmocka_unit_test(teacher_logits),
        cmocka_unit_test(checkpoints),
        cmocka_unit_test(other_losses),
        cmocka_unit_test(freezing),
        cmocka_unit_test(threads),
        cmocka_unit_test(pieces),
        cmocka_unit_test(attribution),
        cmocka_unit_test(refuses_broken_batches),
        cmocka_unit_test(layer_settings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Times of the kernels: matrix products of MiniLM and BERT-base at 2048 tokens in GFLOP/s, then
 * every other op of a training step, in milliseconds and as a share of the step's products. Each
 * number is the best of several runs. bench_ops [threads] */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "core/gemm.h"
#include "core/op_act.h"
#include "core/op_attn.h"
#include "core/op_linear.h"
#include "core/op_loss.h"
#include "core/op_norm.h"
#include "core/optim.h"
#include "core/pool.h"
#include "util/str.h"
#include "util/clock.h"
#include "util/mem.h"
#include "util/rng.h"

enum { REPEATS = 7 };

struct shape {
    const char *name;
    size_t C, F, H, D, L, T, params;
};

/* Buffers of one block; the ops' arguments. */
struct bench {
    struct shape s;
    size_t N;
    float *x, *y, *f, *f2, *f3, *qkv, *dqkv, *w, *dw, *vec, *mean, *rstd, *lse;
    float *p, *g, *m, *v;
    int32_t *starts;
    struct ft_dropout drop;
    struct ft_attn attn;
};

static float *normal(struct ft_rng *r, size_t n, double deviation)
{
    float *x = ft_try_big(n * sizeof(*x));
    if (!x) {
        fprintf(stderr, "no memory\n");
        exit(1);
    }
    for (size_t i = 0; i < n; i++)
        x[i] = (float)(deviation * ft_rng_normal(r));
    return x;
}

typedef void (*op_fn)(struct bench *b);

static double best_s(op_fn fn, struct bench *b)
{
    double best = INFINITY;
    for (int i = 0; i < REPEATS; i++) {
        double start = ft_now_s();
        fn(b);
        double took = ft_now_s() - start;
        if (took < best) best = took;
    }
    return best;
}

/* The products of one block, forward, dx and dw: qkv, output, up, down. */
static void products(struct bench *b)
{
    const size_t in[4] = {b->s.C, b->s.C, b->s.C, b->s.F};
    const size_t out[4] = {3 * b->s.C, b->s.C, b->s.F, b->s.C};
    for (int i = 0; i < 4; i++) {
        op_linear_fwd(b->f, b->f2, b->w, NULL, b->N, in[i], out[i]);
        op_linear_bwd(b->f3, b->dw, NULL, b->f, b->f2, b->w, b->N, in[i], out[i], false);
    }
}
static void attn_fwd(struct bench *b)
{
    size_t C = b->s.C;
    op_attn_fwd(&b->attn, b->y, b->lse, b->qkv, b->qkv + C, b->qkv + 2 * C);
}
static void attn_bwd(struct bench *b)
{
    size_t C = b->s.C;
    op_attn_bwd(&b->attn, b->dqkv, b->dqkv + C, b->dqkv + 2 * C, b->x, b->y, b->lse, b->qkv,
                b->qkv + C, b->qkv + 2 * C);
}
static void norm_fwd(struct bench *b)
{
    op_add_norm_fwd(b->y, b->f, b->mean, b->rstd, b->x, b->vec, b->f2, &b->drop, b->vec, b->vec,
                    b->N, b->s.C, 1e-12f);
}
static void norm_bwd(struct bench *b)
{
    op_add_norm_bwd(b->f, b->f2, b->dw, b->dw + b->s.C, b->dw + 2 * b->s.C, b->y, b->x, b->mean,
                    b->rstd, &b->drop, b->vec, b->N, b->s.C);
}
static void act_fwd(struct bench *b)
{
    op_act_fwd(b->f2, b->f, b->f, b->vec, FT_ACT_GELU, b->N, b->s.F);
}
static void act_bwd(struct bench *b)
{
    op_act_bwd(b->f2, b->dw, NULL, b->f2, b->f, FT_ACT_GELU, b->N, b->s.F);
}
static void bias_bwd(struct bench *b)
{
    op_bias_bwd(b->dw, b->dqkv, b->N, 3 * b->s.C);
}
static void adamw(struct bench *b)
{
    struct ft_optim_range r = {0, b->s.params, true, 1.0f};
    struct ft_optim o = {.lr = 1e-5,
                         .beta1 = 0.9,
                         .beta2 = 0.999,
                         .eps = 1e-8,
                         .weight_decay = 0.01,
                         .step = 5,
                         .zero_grad = true};
    o.grad_scale = ft_optim_clip(ft_optim_norm(b->g, &r, 1), 1.0);
    ft_optim_step(&o, b->p, b->g, b->m, b->v, &r, 1);
}

static const struct {
    const char *name;
    op_fn fn;
    int per_layer; /* 0: once a step */
} ops[] = {
    {"attention forward", attn_fwd, 1},
    {"attention backward", attn_bwd, 1},
    {"bias+dropout+add+norm", norm_fwd, 2},
    {"its backward", norm_bwd, 2},
    {"bias+gelu", act_fwd, 1},
    {"its backward", act_bwd, 1},
    {"bias gradient of qkv", bias_bwd, 1},
    {"norm, clip, AdamW, zero", adamw, 0},
};

static void run(const struct shape *s, float p)
{
    struct ft_rng r;
    ft_rng_init(&r, 1, FT_RNG_INIT);
    struct bench b = {.s = *s, .N = 2048};
    size_t N = b.N, B = N / s->T, wide = s->F > 3 * s->C ? s->F : 3 * s->C;
    b.x = normal(&r, N * s->C, 1);
    b.y = normal(&r, N * s->C, 1);
    b.f = normal(&r, N * wide, 1);
    b.f2 = normal(&r, N * wide, 1);
    b.f3 = normal(&r, N * wide, 1);
    b.qkv = normal(&r, N * 3 * s->C, 1);
    b.dqkv = normal(&r, N * 3 * s->C, 1);
    b.w = normal(&r, s->C * wide, 0.02);
    b.dw = normal(&r, s->C * wide, 0.02);
    b.vec = normal(&r, wide, 1);
    b.mean = normal(&r, N, 1);
    b.rstd = normal(&r, N, 1);
    b.lse = normal(&r, N * s->H, 1);
    b.p = normal(&r, s->params, 0.02);
    b.g = normal(&r, s->params, 0.02);
    b.m = ft_try_big(s->params * sizeof(float));
    b.v = ft_try_big(s->params * sizeof(float));
    b.starts = ft_xcalloc(B + 1, sizeof(*b.starts));
    for (size_t i = 0; i <= B; i++)
        b.starts[i] = (int32_t)(i * s->T);
    b.drop = (struct ft_dropout){.p = p, .seed = 42, .step = 1};
    b.attn = (struct ft_attn){.B = B,
                              .H = s->H,
                              .D = s->D,
                              .starts = b.starts,
                              .scale = 1.0f / sqrtf((float)s->D),
                              .ld_qkv = 3 * s->C,
                              .ld_o = s->C,
                              .drop = &b.drop};
    double layers = (double)s->L, all = best_s(products, &b) * layers, others = 0.0;
    double flops = 6.0 * (double)N * (double)(4 * s->C * s->C + 2 * s->C * s->F) * layers;
    printf("%s, %zu tokens in sequences of %zu, dropout %g, %d threads\n", s->name, N, s->T,
           (double)p, ft_pool_threads());
    printf("  %-26s %8.2f ms  %5.0f GFLOP/s\n", "products of a step", all * 1e3,
           flops / all * 1e-9);
    for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
        double times = ops[i].per_layer ? ops[i].per_layer * layers : 1.0;
        double took = best_s(ops[i].fn, &b) * times;
        others += took;
        printf("  %-26s %8.2f ms  %5.1f %% of the products\n", ops[i].name, took * 1e3,
               100.0 * took / all);
    }
    printf("  %-26s %8.1f %%\n", "products' share of all", 100.0 * all / (all + others));
}

int main(int argc, char **argv)
{
    static const struct shape shapes[] = {
        {"MiniLM-L6", 384, 1536, 12, 32, 6, 64, 22700000},
        {"MiniLM-L6", 384, 1536, 12, 32, 6, 256, 22700000},
        {"BERT-base", 768, 3072, 12, 64, 12, 128, 110000000},
    };
    struct ft_err err = {0};
    long long threads = 0;
    if (argc > 1 && (!ft_parse_i64(argv[1], &threads) || threads < 0 || threads > 4096)) {
        fprintf(stderr, "error: %s: expected a number of threads\n", argv[1]);
        return 2;
    }
    if (ft_pool_init((int)threads, &err)) {
        fprintf(stderr, "error: %s\n", err.msg);
        return 1;
    }
    char *text = ft_gemm_text();
    printf("matrix products: %s\n", text);
    free(text);
    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
        run(&shapes[i], 0.1f);
        if (i == 1) run(&shapes[i], 0.0f);
    }
    return 0;
}

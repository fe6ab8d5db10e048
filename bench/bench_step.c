/* One training step of a MiniLM-shaped BERT classifier (6 layers of 384) on random tokens: time of
 * its phases, and of the matrix products of the same shapes alone, in the same run. The share of
 * the second in the first is what docs and RESULTS.md report.
 *
 *     bench_step [tokens a batch: 832] [sequences: 32] [threads: all] [rounds: 5]
 *     bench_step gpt2 [threads: all]       tokens a second of a GPT-2-sized net (12 layers of 768)
 */
#include "core/blas.h"
#include "core/generate.h"
#include "core/net.h"
#include "core/optim.h"
#include "core/pool.h"
#include "util/str.h"
#include "util/clock.h"
#include "util/mem.h"
#include "util/rng.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct product {
    bool ta, tb;
    size_t M, N, K;
};

/* The products of one step, as the net does them: y, dx and dw of each linear layer. */
static size_t list_products(struct product *out, const struct ft_net_config *c, size_t N, size_t B)
{
    size_t n = 0, C = c->hidden, F = c->ff;
    const size_t parts[][3] = {{N, C, 3 * C}, {N, C, C}, {N, C, F}, {N, F, C}};
    const size_t last[][3] = {{N, C, 2 * C}, {B, C, C}, {B, C, C}, {B, C, F}, {B, F, C}, {B, C, C}};
    for (size_t l = 0; l < c->layers; l++) {
        bool end = l + 1 == c->layers;
        for (size_t i = 0; i < (end ? 6 : 4); i++) {
            const size_t *s = end ? last[i] : parts[i];
            out[n++] = (struct product){false, true, s[0], s[2], s[1]};  /* y = x w^T */
            out[n++] = (struct product){false, false, s[0], s[1], s[2]}; /* dx = dy w */
            out[n++] = (struct product){true, false, s[2], s[1], s[0]};  /* dw = dy^T x */
        }
    }
    return n;
}

static double products_alone(const struct product *p, size_t n, float *const buf[3], double *flops)
{
    double t = ft_now_s();
    *flops = 0;
    for (size_t i = 0; i < n; i++) {
        const struct product *q = &p[i];
        ft_blas_gemm(q->ta, q->tb, q->M, q->N, q->K, 1, buf[0], q->ta ? q->M : q->K, buf[1],
                     q->tb ? q->K : q->N, 0, buf[2], q->N);
        *flops += 2.0 * (double)q->M * (double)q->N * (double)q->K;
    }
    return ft_now_s() - t;
}

/* The best round: other programs on the machine only ever add time. */
static double best(const double *x, size_t n)
{
    double least = x[0];
    for (size_t i = 1; i < n; i++)
        least = x[i] < least ? x[i] : least;
    return least;
}

static int generation(struct ft_err *err)
{
    struct ft_net_config cfg;
    struct ft_net *net;
    struct ft_kv *kv;
    ft_net_config_defaults(&cfg, FT_FAMILY_GPT2, FT_TASK_CLM);
    if (ft_net_new(&net, &cfg, err) || ft_kv_new(&kv, net, 1024, err)) return 1;
    for (size_t i = 0; i < net->params.floats; i++)
        net->w[i] = (float)(i % 17) * 0.002f - 0.016f;
    int32_t prompt[256];
    for (int32_t i = 0; i < 256; i++)
        prompt[i] = i * 97;
    double t = ft_now_s();
    if (ft_kv_feed(kv, prompt, 256, err)) return 1;
    printf("prompt   256 tokens in %.0f ms\n", 1e3 * (ft_now_s() - t));
    enum { NEW = 60 };
    t = ft_now_s();
    for (int i = 0; i < NEW; i++) {
        if (ft_kv_feed(kv, &prompt[i], 1, err)) return 1;
    }
    t = ft_now_s() - t;
    printf("generate %.1f tokens/s, %.1f GB/s of weights\n", NEW / t,
           NEW / t * (double)net->params.count * 4e-9);
    ft_kv_free(kv);
    ft_net_free(net);
    return 0;
}

static int training(size_t N, size_t B, int rounds, struct ft_err *err)
{
    struct ft_net_config cfg;
    struct ft_net *net;
    struct ft_ws *ws;
    ft_net_config_defaults(&cfg, FT_FAMILY_BERT, FT_TASK_CLASSIFY);
    cfg.hidden = 384;
    cfg.layers = 6;
    cfg.ff = 1536;
    size_t T = (N + B - 1) / B;
    N = T * B;
    struct ft_ws_opt opt = {.N = N, .B = B, .T = T, .train = true};
    struct ft_mem_plan plan;
    ft_net_plan(&cfg, &opt, &plan);
    if (ft_net_new(&net, &cfg, err) || ft_net_train_begin(net, err) ||
        ft_ws_new(&ws, net, &opt, err))
        return 1;
    ft_net_init_weights(net, 1, false);
    size_t bytes = net->params.floats * sizeof(float);
    float *m = ft_try_big(bytes), *v = ft_try_big(bytes), *buf[3];
    for (size_t i = 0; i < 3; i++) {
        buf[i] = ft_try_big((N > cfg.ff ? N : cfg.ff) * cfg.ff * sizeof(float));
        if (!buf[i] || !m || !v) return 1;
        for (size_t k = 0; k < N * cfg.ff; k++)
            buf[i][k] = (float)(k % 13) * 0.01f;
    }
    struct ft_optim_range *ranges = ft_xcalloc(net->params.n, sizeof(*ranges));
    size_t ranges_n = ft_params_ranges(&net->params, ranges);
    int32_t *ids = ft_xcalloc(N, sizeof(*ids)), *starts = ft_xcalloc(B + 1, sizeof(*starts));
    int32_t *labels = ft_xcalloc(B, sizeof(*labels));
    struct ft_rng rng;
    ft_rng_init(&rng, 1, 1);
    for (size_t n = 0; n < N; n++)
        ids[n] = (int32_t)ft_rng_below(&rng, cfg.vocab);
    for (size_t b = 0; b <= B; b++)
        starts[b] = (int32_t)(b * T);
    for (size_t b = 0; b < B; b++)
        labels[b] = (int32_t)(b & 1);
    struct ft_net_batch batch = {.N = N, .B = B, .ids = ids, .offsets = starts};
    struct ft_net_targets targets = {.labels = labels};
    struct product *products = ft_xcalloc(18 * cfg.layers, sizeof(*products));
    size_t products_n = list_products(products, &cfg, N, B);

    enum { ROUNDS_MAX = 100 };
    double fwd[ROUNDS_MAX], bwd[ROUNDS_MAX], upd[ROUNDS_MAX], all[ROUNDS_MAX], gemm[ROUNDS_MAX];
    double flops = 0;
    if (rounds > ROUNDS_MAX) rounds = ROUNDS_MAX;
    for (int r = -2; r < rounds; r++) { /* two to warm up */
        int k = r < 0 ? 0 : r;
        struct ft_drop_key key = {.seed = 1, .step = (uint32_t)(r + 2)};
        struct ft_net_loss loss;
        struct ft_loss_opt lo = {.grad_scale = 1.0f / (float)B};
        double t0 = ft_now_s();
        if (ft_net_forward(net, ws, &batch, &key, err)) return 1;
        double t1 = ft_now_s();
        ft_net_loss(net, ws, &targets, &lo, &loss);
        ft_net_backward(net, ws);
        double t2 = ft_now_s();
        struct ft_optim o = {.kind = FT_OPTIM_ADAMW,
                             .lr = 1e-5,
                             .beta1 = 0.9,
                             .beta2 = 0.999,
                             .eps = 1e-8,
                             .weight_decay = 0.01,
                             .step = (uint64_t)(r + 3),
                             .zero_grad = true};
        o.grad_scale = ft_optim_clip(ft_optim_norm(net->g, ranges, ranges_n), 1);
        ft_optim_step(&o, net->w, net->g, m, v, ranges, ranges_n);
        double t3 = ft_now_s();
        fwd[k] = t1 - t0;
        bwd[k] = t2 - t1;
        upd[k] = t3 - t2;
        all[k] = t3 - t0;
        gemm[k] = products_alone(products, products_n, buf, &flops);
    }
    size_t n = (size_t)rounds;
    double step = best(all, n), alone = best(gemm, n);
    printf("MiniLM, %zu tokens in %zu sequences of %zu, %d threads, OpenBLAS for %s\n", N, B, T,
           ft_pool_threads(), ft_blas_core_name());
    printf("memory   %.0f MB (weights, gradients, moments %.0f, activations %.0f, work %.0f)\n",
           (double)plan.total_bytes / 1e6,
           (double)(plan.weights_bytes + plan.grads_bytes + plan.optim_bytes) / 1e6,
           (double)plan.activations_bytes / 1e6, (double)plan.work_bytes / 1e6);
    printf("forward  %7.1f ms\nbackward %7.1f ms\nupdate   %7.1f ms\nstep     %7.1f ms, %.0f "
           "tokens/s\n",
           1e3 * best(fwd, n), 1e3 * best(bwd, n), 1e3 * best(upd, n), 1e3 * step,
           (double)N / step);
    printf("products %7.1f ms alone, %.0f GFLOP/s: %.0f %% of the step\n", 1e3 * alone,
           flops / alone / 1e9, 100 * alone / step);
    ft_ws_free(ws);
    ft_net_free(net);
    for (size_t i = 0; i < 3; i++)
        ft_big_free(buf[i], (N > cfg.ff ? N : cfg.ff) * cfg.ff * sizeof(float));
    ft_big_free(m, bytes);
    ft_big_free(v, bytes);
    free(ranges);
    free(ids);
    free(starts);
    free(labels);
    free(products);
    return 0;
}

static size_t count_of(const char *text)
{
    long long n;
    return ft_parse_i64(text, &n) && n > 0 ? (size_t)n : 0;
}

int main(int argc, char **argv)
{
    struct ft_err err = {0};
    bool gpt2 = argc > 1 && !strcmp(argv[1], "gpt2");
    size_t N = argc > 1 && !gpt2 ? count_of(argv[1]) : 832;
    size_t B = argc > 2 ? count_of(argv[2]) : 32;
    int rounds = argc > 4 ? (int)count_of(argv[4]) : 5;
    int at = gpt2 ? 2 : 3, threads = argc > at ? (int)count_of(argv[at]) : 0;
    if (!gpt2 && (!N || !B || B > N || rounds < 1)) {
        fprintf(stderr,
                "usage: bench_step [tokens [sequences [threads [rounds]]]] | gpt2 [threads]\n");
        return 2;
    }
    if (ft_pool_init(threads, &err) || (gpt2 ? generation(&err) : training(N, B, rounds, &err))) {
        fprintf(stderr, "error: %s\n", err.msg[0] ? err.msg : "out of memory");
        return 1;
    }
    return 0;
}

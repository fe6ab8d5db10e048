/* Speed of the backends of core/gemm.h and of the own kernels for weights that stay, by the number of
 * rows, in GFLOP/s: rows(M,K) times weights(N,K) transposed, for layers of MiniLM and BERT-base. The
 * backends take turns; each number is the best of several runs. bench_rows [threads] */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "core/gemm.h"
#include "core/panels.h"
#include "core/panels_int8.h"
#include "core/pool.h"
#include "util/clock.h"
#include "util/mem.h"
#include "util/str.h"

enum { REPEATS = 25, ROWS_MAX = 2048, COLUMNS = FT_GEMM_BACKEND_COUNT + 2 };

static float *filled(size_t n, size_t period)
{
    float *x = ft_try_big(n * sizeof(*x));
    if (!x) {
        fprintf(stderr, "no memory\n");
        exit(1);
    }
    for (size_t i = 0; i < n; i++)
        x[i] = (float)(i % period) * 0.01f - 0.03f;
    return x;
}

struct bench {
    float *a, *b, *c;
    void *panels, *int8;
    struct ft_weights w;
};

static void multiply(const struct bench *x, int how, size_t M)
{
    size_t I = x->w.I, O = x->w.O;
    if (how < FT_GEMM_BACKEND_COUNT)
        ft_gemm_by((enum ft_gemm_backend)how, false, true, M, O, I, x->a, I, x->b, I, 0, x->c, O);
    else if (how == FT_GEMM_BACKEND_COUNT)
        ft_panels_product(x->c, O, x->a, I, M, &x->w, x->panels, 0, O, NULL);
    else
        ft_panels_int8_product(x->c, O, x->a, I, M, I, O, x->int8, 0, O, NULL);
}

static void rows(const struct bench *x, size_t M)
{
    double best[COLUMNS], flops = 2.0 * (double)M * (double)x->w.I * (double)x->w.O;
    int repeats = flops > 1e9 ? 5 : REPEATS;
    for (int i = 0; i < COLUMNS; i++)
        best[i] = INFINITY;
    for (int r = 0; r < repeats; r++) {
        for (int i = 0; i < COLUMNS; i++) {
            if (i < FT_GEMM_BACKEND_COUNT && !ft_gemm_can((enum ft_gemm_backend)i, false, 0))
                continue;
            double start = ft_now_s();
            multiply(x, i, M);
            double took = ft_now_s() - start;
            if (took < best[i]) best[i] = took;
        }
    }
    printf("%5zu %5zu %5zu", x->w.O, x->w.I, M);
    for (int i = 0; i < COLUMNS; i++)
        printf(" %9.1f", flops / best[i] * 1e-9);
    printf("\n");
}

int main(int argc, char **argv)
{
    static const size_t shapes[][2] = {{1536, 384}, {384, 1536}, {3072, 768}, {768, 3072}};
    static const size_t counts[] = {1, 4, 12, 32, 64, 128, 512, ROWS_MAX};
    struct ft_err err = {0};
    long long threads = 1;
    setvbuf(stdout, NULL, _IOLBF, 0); /* it takes a while */
    if (argc > 1 && (!ft_parse_i64(argv[1], &threads) || threads < 0 || threads > 4096)) {
        fprintf(stderr, "error: %s: expected a number of threads\n", argv[1]);
        return 2;
    }
    if (ft_pool_init((int)threads, &err)) {
        fprintf(stderr, "error: %s\n", err.msg);
        return 1;
    }
    char *text = ft_gemm_text();
    printf("%s\n    N     K  rows", text);
    for (int i = 0; i < FT_GEMM_BACKEND_COUNT; i++)
        printf(" %9s", ft_gemm_backend_name((enum ft_gemm_backend)i));
    printf(" %9s %9s\n", "panels", "int8");
    free(text);
    for (size_t s = 0; s < sizeof(shapes) / sizeof(*shapes); s++) {
        size_t O = shapes[s][0], I = shapes[s][1];
        struct bench x = {.a = filled((size_t)ROWS_MAX * I, 7),
                          .b = filled(O * I, 5),
                          .c = filled((size_t)ROWS_MAX * O, 3),
                          .panels = ft_try_big(ft_panels_bytes(I, O)),
                          .int8 = ft_try_big(ft_panels_int8_bytes(I, O))};
        if (!x.panels || !x.int8) return 1;
        x.w = (struct ft_weights){.w = x.b, .ld = I, .I = I, .O = O};
        ft_panels_arrange(x.panels, &x.w);
        ft_panels_int8_arrange(x.int8, &x.w);
        for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++)
            rows(&x, counts[i]);
        ft_big_free(x.a, (size_t)ROWS_MAX * I * sizeof(float));
        ft_big_free(x.b, O * I * sizeof(float));
        ft_big_free(x.c, (size_t)ROWS_MAX * O * sizeof(float));
        ft_big_free(x.panels, ft_panels_bytes(I, O));
        ft_big_free(x.int8, ft_panels_int8_bytes(I, O));
    }
    return 0;
}

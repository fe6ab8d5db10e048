/* Matrix products alone: the lower limit of what a step or a forward can take. */
#include "core/bf16.h"
#include "core/gemm.h"
#include "core/op_timer.h"
#include "engine/tools/bench_in.h"
#include "util/clock.h"
#include "util/mem.h"

#include <math.h>
#include <stdlib.h>

enum { TRIES = 3 };

struct ft_bench_fastest {
    struct ft_product shape;
    enum ft_gemm_backend by;
};

static bool some_bf16(const struct ft_op_timer *s)
{
    for (size_t i = 0; i < s->products_n; i++)
        if (s->products[i].bf16) return true;
    return false;
}

/* Room for the largest operands so far: the rows of a language model's head differ from round to
 * round. */
static enum ft_status take_operands(struct ft_bench_products *b, const struct ft_op_timer *s,
                                    struct ft_err *err)
{
    size_t floats[3] = {0};
    for (size_t i = 0; i < s->products_n; i++) {
        const struct ft_product *p = &s->products[i];
        const size_t need[3] = {p->M * p->K, p->K * p->N, p->M * p->N};
        for (int k = 0; k < 3; k++)
            if (need[k] > floats[k]) floats[k] = need[k];
    }
    for (int k = 0; k < 3; k++) {
        if (floats[k] * sizeof(float) <= b->bytes[k]) continue;
        ft_big_free(b->buf[k], b->bytes[k]);
        b->bytes[k] = floats[k] * sizeof(float);
        if (!(b->buf[k] = ft_try_big(b->bytes[k])))
            return ft_fail(err, FT_NOMEM, "no memory for the matrix products alone (%zu MB)",
                           b->bytes[k] >> 20);
        for (size_t i = 0; i < floats[k]; i++)
            b->buf[k][i] = (float)(i % 13) * 0.01f;
    }
    for (int k = 0; k < 2; k++) {
        size_t bytes = floats[k] * sizeof *b->half[k];
        if (!some_bf16(s) || bytes <= b->half_bytes[k]) continue;
        ft_big_free(b->half[k], b->half_bytes[k]);
        b->half_bytes[k] = bytes;
        if (!(b->half[k] = ft_try_big(bytes)))
            return ft_fail(err, FT_NOMEM, "no memory for the matrix products alone (%zu MB)",
                           bytes >> 20);
        ft_bf16_convert(b->half[k], b->buf[k], floats[k]);
    }
    return FT_OK;
}

static double product_s(const struct ft_bench_products *b, const struct ft_product *p,
                        enum ft_gemm_backend by)
{
    /* beta 1 would add up to infinity over the rounds; what is read is the same, but the own kernels
     * have no other */
    float beta = p->beta > 0 && by != FT_GEMM_OWN ? 0.5f : 0;
    double from = ft_now_s();
    if (p->bf16) {
        ft_gemm_bf16(p->trans_a, p->trans_b, p->M, p->N, p->K, b->half[0], p->trans_a ? p->M : p->K,
                     b->half[1], p->trans_b ? p->K : p->N, beta, b->buf[2], p->N);
        return ft_now_s() - from;
    }
    ft_gemm_by(by, p->trans_a, p->trans_b, p->M, p->N, p->K, b->buf[0], p->trans_a ? p->M : p->K,
               b->buf[1], p->trans_b ? p->K : p->N, beta, b->buf[2], p->N);
    return ft_now_s() - from;
}

static enum ft_gemm_backend fastest_of(const struct ft_bench_products *b,
                                       const struct ft_product *p)
{
    if (p->bf16) return FT_GEMM_ONEDNN; /* there is no other */
    enum ft_gemm_backend best = FT_GEMM_OPENBLAS;
    double least[FT_GEMM_BACKEND_COUNT];
    for (int i = 0; i < FT_GEMM_BACKEND_COUNT; i++)
        least[i] = HUGE_VAL;
    for (int t = 0; t < TRIES; t++) {
        for (int i = 0; i < FT_GEMM_BACKEND_COUNT; i++) {
            enum ft_gemm_backend by = (enum ft_gemm_backend)i;
            if (!ft_gemm_can(by, p->trans_a, 0)) continue;
            double s = product_s(b, p, by);
            if (s < least[i]) least[i] = s;
        }
    }
    for (int i = 0; i < FT_GEMM_BACKEND_COUNT; i++)
        if (least[i] < least[best]) best = (enum ft_gemm_backend)i;
    return best;
}

static enum ft_gemm_backend backend_of(struct ft_bench_products *b, const struct ft_product *p)
{
    for (size_t i = 0; i < b->n; i++) {
        const struct ft_product *q = &b->fastest[i].shape;
        if (p->trans_a == q->trans_a && p->trans_b == q->trans_b && p->M == q->M && p->N == q->N &&
            p->K == q->K && p->bf16 == q->bf16)
            return b->fastest[i].by;
    }
    ft_grow(&b->fastest, &b->cap, b->n + 1, sizeof *b->fastest);
    b->fastest[b->n] = (struct ft_bench_fastest){*p, fastest_of(b, p)};
    return b->fastest[b->n++].by;
}

enum ft_status ft_bench_products_alone(struct ft_bench_products *b, const struct ft_op_timer *s,
                                       double *seconds, struct ft_err *err)
{
    *seconds = 0;
    enum ft_status st = take_operands(b, s, err);
    for (size_t i = 0; i < s->products_n && !st; i++) {
        const struct ft_product *p = &s->products[i];
        double alone = product_s(b, p, backend_of(b, p));
        *seconds += alone < p->s ? alone : p->s;
    }
    return st;
}

char *ft_bench_products_text(const struct ft_bench_products *b)
{
    struct ft_str s = {0};
    for (int i = 0; i < FT_GEMM_BACKEND_COUNT; i++) {
        size_t n = 0;
        for (size_t k = 0; k < b->n; k++)
            n += b->fastest[k].by == (enum ft_gemm_backend)i;
        if (n)
            ft_str_addf(&s, "%s%s for %zu", s.len ? ", " : "",
                        ft_gemm_backend_name((enum ft_gemm_backend)i), n);
    }
    ft_str_addf(&s, " of %zu shapes", b->n);
    return ft_str_take(&s);
}

double ft_bench_products_flops(const struct ft_op_timer *s)
{
    double sum = 0;
    for (size_t i = 0; i < s->products_n; i++)
        sum += 2.0 * (double)s->products[i].M * (double)s->products[i].N * (double)s->products[i].K;
    return sum;
}

void ft_bench_products_release(struct ft_bench_products *b)
{
    for (int k = 0; k < 3; k++)
        ft_big_free(b->buf[k], b->bytes[k]);
    for (int k = 0; k < 2; k++)
        ft_big_free(b->half[k], b->half_bytes[k]);
    free(b->fastest);
}

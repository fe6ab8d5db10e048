/* Attention against a plain one with a T x T matrix in double, forward and backward. */
#include "kernel_check.h"
#include "core/op_attn.h"

struct nets {
    struct ft_attn a;
    float *qkv, *o, *lse, *dqkv, *d_o;
    size_t N, C;
};

/* A factor of the mask by its definition in core/op_dropout_in.h. */
static double factor(const struct ft_dropout *d, size_t h, size_t row, size_t key)
{
    if (!ft_dropout_on(d)) return 1.0;
    uint32_t group = (uint32_t)(key / 128), c = (uint32_t)(key % 128), out[4];
    uint32_t counter[4] = {(uint32_t)h << 20 | (group * 16 + c % 16), (uint32_t)row, d->step,
                           (uint32_t)d->layer << 16 | d->site};
    ft_philox(d->seed ^ (0x9E3779B97F4A7C15u * (uint64_t)FT_RNG_DROPOUT), counter, out);
    uint32_t word = out[c / 16 % 4], bits = c < 64 ? word & 0xffff : word >> 16;
    uint32_t threshold = (uint32_t)lrintf(d->p * 65536.0f);
    return bits < threshold ? 0.0 : 65536.0 / (double)(65536 - threshold);
}

static void naive(const struct nets *n, float *o, float *lse, float *dqkv)
{
    const struct ft_attn *a = &n->a;
    size_t ld = a->ld_qkv, D = a->D, C = n->C;
    double *grad = ft_xcalloc(n->N * ld, sizeof(*grad));
    for (size_t b = 0; b < a->B; b++) {
        size_t first = (size_t)a->starts[b], last = (size_t)a->starts[b + 1];
        for (size_t h = 0; h < a->H; h++) {
            for (size_t i = first; i < last; i++) {
                const float *q = n->qkv + i * ld + h * D;
                size_t stop = a->causal ? i + 1 : last, begin = first;
                if (a->reach && i + a->reach < stop) stop = i + a->reach;
                if (a->reach && i - first >= a->reach) begin = i + 1 - a->reach;
                double *p = ft_xcalloc(last - first, sizeof(*p)), top = -1e300, sum = 0.0;
                double *dp = ft_xcalloc(last - first, sizeof(*p)), delta = 0.0;
                for (size_t j = begin; j < stop; j++) {
                    p[j - first] = (double)a->scale * check_dot(q, n->qkv + j * ld + C + h * D, D);
                    top = fmax(top, p[j - first]);
                }
                for (size_t j = begin; j < stop; j++)
                    sum += p[j - first] = exp(p[j - first] - top);
                lse[h * n->N + i] = (float)((top + log(sum)) / log(2.0));
                for (size_t d = 0; d < D; d++) {
                    double x = 0.0;
                    for (size_t j = begin; j < stop; j++)
                        x += p[j - first] / sum * factor(a->drop, h, i, j - first) *
                             (double)n->qkv[j * ld + 2 * C + h * D + d];
                    o[i * C + h * D + d] = (float)x;
                }
                const float *go = n->d_o + i * C + h * D;
                for (size_t j = begin; j < stop; j++) {
                    double f = factor(a->drop, h, i, j - first);
                    p[j - first] /= sum;
                    dp[j - first] = f * check_dot(go, n->qkv + j * ld + 2 * C + h * D, D);
                    delta += p[j - first] * dp[j - first];
                    for (size_t d = 0; d < D; d++)
                        grad[j * ld + 2 * C + h * D + d] += p[j - first] * f * (double)go[d];
                }
                for (size_t j = begin; j < stop; j++) {
                    double ds = p[j - first] * (dp[j - first] - delta) * (double)a->scale;
                    for (size_t d = 0; d < D; d++) {
                        grad[i * ld + h * D + d] += ds * (double)n->qkv[j * ld + C + h * D + d];
                        grad[j * ld + C + h * D + d] += ds * (double)q[d];
                    }
                }
                free(p), free(dp);
            }
        }
    }
    for (size_t i = 0; i < n->N * ld; i++)
        dqkv[i] = (float)grad[i];
    free(grad);
}

static void run(struct nets *n)
{
    size_t C = n->C;
    op_attn_fwd(&n->a, n->o, n->lse, n->qkv, n->qkv + C, n->qkv + 2 * C);
    op_attn_bwd(&n->a, n->dqkv, n->dqkv + C, n->dqkv + 2 * C, n->d_o, n->o, n->lse, n->qkv,
                n->qkv + C, n->qkv + 2 * C);
}

static void check_attn(const int32_t *starts, size_t B, size_t H, size_t D, bool causal,
                       size_t reach, float p)
{
    struct ft_dropout drop = {.p = p, .seed = 3, .step = 4, .layer = 1, .site = 2};
    size_t C = H * D, N = (size_t)starts[B], all = N * 3 * C;
    struct nets n = {.a = {.B = B,
                           .H = H,
                           .D = D,
                           .starts = starts,
                           .causal = causal,
                           .reach = reach,
                           .scale = 1.0f / sqrtf((float)D),
                           .ld_qkv = 3 * C,
                           .ld_o = C,
                           .drop = &drop},
                     .qkv = check_normal(all),
                     .o = check_normal(N * C),
                     .lse = check_zeros(H * N),
                     .dqkv = check_normal(all),
                     .d_o = check_normal(N * C),
                     .N = N,
                     .C = C};
    float *o = check_zeros(N * C), *lse = check_zeros(H * N), *dqkv = check_zeros(all);
    float *before = check_zeros(all);
    naive(&n, o, lse, dqkv);
    for (int threads = 1; threads <= 2; threads++) {
        assert_int_equal(ft_pool_init(threads, NULL), FT_OK);
        run(&n);
        assert_small(check_gap(n.o, o, N * C), 1e-5);
        assert_small(check_gap(n.lse, lse, H * N), 1e-5);
        assert_small(check_gap(n.dqkv, dqkv, all), 2e-5);
        /* Two threads give one thread's bits: every head is one piece of work. */
        if (threads == 2) assert_memory_equal(n.dqkv, before, all * sizeof(*before));
        memcpy(before, n.dqkv, all * sizeof(*before));
    }
    if (causal && !reach && p <= 0.0f) {
        size_t last = (size_t)starts[B] - 1, first = (size_t)starts[B - 1];
        const float *k = n.qkv + first * 3 * C + C;
        op_attn_decode(o, n.qkv + last * 3 * C, k, k + C, last - first + 1, H, D, 3 * C, n.a.scale);
        assert_small(check_gap(o, n.o + last * C, C), 1e-5);
    }
    size_t T = (size_t)starts[1];
    float *probs = check_zeros(T * T);
    op_attn_probs(&n.a, probs, 0, H - 1, n.qkv, n.qkv + C);
    for (size_t i = 0; i < T; i++) {
        double sum = 0.0;
        for (size_t t = 0; t < T; t++) {
            bool near = !reach || (t < i ? i - t : t - i) < reach;
            assert_true(near || probs[i * T + t] <= 0.0f);
            sum += (double)probs[i * T + t];
        }
        assert_small(fabs(sum - 1.0), 1e-5);
        assert_true(!causal || i + 1 >= T || (probs[i * T + i + 1] <= 0.0f));
    }
    free(probs), free(n.qkv), free(n.o), free(n.lse), free(n.dqkv), free(n.d_o), free(o);
    free(lse), free(dqkv), free(before);
}

static void test_attention(void **state)
{
    (void)state;
    static const int32_t small[] = {0, 1, 8, 41}, mid[] = {0, 65, 66, 195}, large[] = {0, 700, 705};
    for (int causal = 0; causal <= 1; causal++) {
        for (int p = 0; p <= 1; p++) {
            float share = 0.2f * (float)p;
            check_attn(small, 3, 3, 5, causal, 0, share);
            check_attn(small, 3, 2, 16, causal, 0, share);
            check_attn(mid, 3, 2, 32, causal, 0, share);
            check_attn(mid, 3, 1, 64, causal, 0, share);
            check_attn(large, 2, 1, 32, causal, 0, share);
            check_attn(mid, 3, 1, 256, causal, 0, share);
            check_attn(small, 3, 2, 16, causal, 1, share);
            check_attn(small, 3, 2, 16, causal, 5, share);
            check_attn(mid, 3, 2, 32, causal, 33, share);
            check_attn(mid, 3, 1, 256, causal, 40, share); /* tiles of 128 keys */
            check_attn(large, 2, 1, 64, causal, 65, share);
            check_attn(large, 2, 1, 64, causal, 130, share);
            check_attn(large, 2, 1, 32, causal, 699, share);
            check_attn(large, 2, 1, 32, causal, 5000, share);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_attention)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

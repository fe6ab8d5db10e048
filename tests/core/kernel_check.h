/* What the tests of kernels share: numbers to feed them, comparison that NaN fails, and derivatives
 * by finite differences of any loss. */
#ifndef FT_TESTS_KERNEL_CHECK_H
#define FT_TESTS_KERNEL_CHECK_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/pool.h"
#include "util/mem.h"
#include "util/rng.h"

static struct ft_rng check_rng = {.key = 7, .stream = 1};

/* n floats from a normal distribution; free() them. */
static inline float *check_normal(size_t n)
{
    float *x = ft_xmalloc((n + 1) * sizeof(*x));
    for (size_t i = 0; i < n; i++)
        x[i] = (float)ft_rng_normal(&check_rng);
    return x;
}

/* n whole numbers in -4..4, whose sums are exact in float. */
static inline float *check_integers(size_t n)
{
    float *x = ft_xmalloc((n + 1) * sizeof(*x));
    for (size_t i = 0; i < n; i++)
        x[i] = (float)((int)ft_rng_below(&check_rng, 9) - 4);
    return x;
}

static inline float *check_zeros(size_t n)
{
    return ft_xcalloc(n + 1, sizeof(float));
}

/* Largest |a - b| / max(1, |b|); infinite when one is not finite. */
static inline double check_gap(const float *a, const float *b, size_t n)
{
    double worst = 0.0;
    for (size_t i = 0; i < n; i++) {
        double e = fabs((double)a[i] - (double)b[i]) / fmax(1.0, fabs((double)b[i]));
        if (!isfinite(e)) return INFINITY;
        if (e > worst) worst = e;
    }
    return worst;
}

/* Largest relative gap between grad and the derivative of loss(ctx) by each of x[0..n). */
static inline double check_slope(double (*loss)(void *ctx), void *ctx, float *x, const float *grad,
                                 size_t n, float h)
{
    double worst = 0.0;
    for (size_t i = 0; i < n; i++) {
        float old = x[i];
        x[i] = old + h;
        double up = loss(ctx), width = (double)x[i];
        x[i] = old - h;
        double down = loss(ctx);
        width -= (double)x[i];
        x[i] = old;
        double num = (up - down) / width, ana = (double)grad[i];
        double e = fabs(num - ana) / fmax(1.0, fabs(num) + fabs(ana));
        if (!isfinite(e)) return INFINITY;
        if (e > worst) worst = e;
    }
    return worst;
}

/* The scalar that gradients are checked on: sum of w * y in double. */
static inline double check_dot(const float *w, const float *y, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += (double)w[i] * (double)y[i];
    return sum;
}

#define assert_small(x, limit)                                                                     \
    do {                                                                                           \
        double small_x = (x);                                                                      \
        if (!(small_x <= (limit))) fail_msg("%s = %g, above %g", #x, small_x, (double)(limit));    \
    } while (0)

#endif

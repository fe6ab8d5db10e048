/* Bootstrap, permutation test, McNemar's test, Holm's correction: see sample_stats.h. */
#include "engine/runs/sample_stats.h"

#include "util/mem.h"
#include "util/rng.h"

#include <math.h>
#include <stdlib.h>

enum { BOOTSTRAPS = 1000 };

double ft_sample_mean(const double *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    return n ? sum / (double)n : (double)NAN;
}

double ft_sample_sd(const double *x, size_t n)
{
    double mean = ft_sample_mean(x, n), sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (x[i] - mean) * (x[i] - mean);
    return n > 1 ? sqrt(sum / (double)(n - 1)) : (double)NAN;
}

static int ascending(const void *pa, const void *pb)
{
    const double *a = pa, *b = pb;
    return *a < *b ? -1 : *a > *b;
}

void ft_sample_bootstrap(const double *x, size_t n, uint64_t seed, double *low, double *high)
{
    double means[BOOTSTRAPS];
    struct ft_rng rng;
    ft_rng_init(&rng, seed, FT_RNG_BOOTSTRAP);
    for (size_t s = 0; s < BOOTSTRAPS; s++) {
        double sum = 0;
        for (size_t i = 0; i < n; i++)
            sum += x[ft_rng_below(&rng, n)];
        means[s] = sum / (double)n;
    }
    qsort(means, BOOTSTRAPS, sizeof *means, ascending);
    *low = means[BOOTSTRAPS / 40];
    *high = means[BOOTSTRAPS - 1 - BOOTSTRAPS / 40];
}

/* Whether a sum of signed differences is as far from 0 as the observed one; sums of the same numbers in
 * another order differ in their last bits. */
static int as_far(double sum, double observed)
{
    return fabs(sum) >= observed * (1 - 1e-12);
}

static double all_signs(const double *d, size_t n, double observed)
{
    uint64_t count = 0, all = (uint64_t)1 << n;
    for (uint64_t signs = 0; signs < all; signs++) {
        double sum = 0;
        for (size_t i = 0; i < n; i++)
            sum += signs >> i & 1 ? -d[i] : d[i];
        count += (uint64_t)as_far(sum, observed);
    }
    return (double)count / (double)all;
}

static double random_signs(const double *d, size_t n, double observed, uint64_t seed)
{
    uint64_t count = 0;
    struct ft_rng rng;
    ft_rng_init(&rng, seed, FT_RNG_PERMUTE);
    for (size_t s = 0; s < FT_SAMPLE_SIGNS; s++) {
        double sum = 0;
        uint32_t bits = 0;
        for (size_t i = 0; i < n; i++) {
            if (i % 32 == 0) bits = ft_rng_u32(&rng);
            sum += bits & 1 ? -d[i] : d[i];
            bits >>= 1;
        }
        count += (uint64_t)as_far(sum, observed);
    }
    return (double)(count + 1) / (double)(FT_SAMPLE_SIGNS + 1);
}

double ft_sample_permutation(const double *differences, size_t n, uint64_t seed)
{
    double *d = ft_xcalloc(n + 1, sizeof *d), sum = 0;
    size_t k = 0;
    for (size_t i = 0; i < n; i++) {
        sum += differences[i];
        if (fabs(differences[i]) > 0) d[k++] = differences[i]; /* the others change nothing */
    }
    double observed = fabs(sum), p = 1;
    if (k && k <= FT_SAMPLE_EXACT)
        p = all_signs(d, k, observed);
    else if (k)
        p = random_signs(d, k, observed, seed);
    free(d);
    return p;
}

double ft_sample_mcnemar(uint64_t b, uint64_t c)
{
    uint64_t n = b + c, least = b < c ? b : c;
    double p = 0;
    for (uint64_t i = 0; i <= least; i++) /* binomial with one half */
        p += exp(lgamma((double)n + 1) - lgamma((double)i + 1) - lgamma((double)(n - i) + 1) -
                 (double)n * log(2));
    p *= 2;
    return n && b != c && p < 1 ? p : 1;
}

struct place {
    double p;
    size_t i;
};

static int by_p(const void *pa, const void *pb)
{
    const struct place *a = pa, *b = pb;
    if (a->p < b->p || a->p > b->p) return a->p < b->p ? -1 : 1;
    return a->i < b->i ? -1 : 1;
}

void ft_sample_holm(double *p, size_t n)
{
    struct place *order = ft_xcalloc(n + 1, sizeof *order);
    size_t m = 0;
    double most = 0;
    for (size_t i = 0; i < n; i++)
        if (!isnan(p[i])) order[m++] = (struct place){p[i], i};
    qsort(order, m, sizeof *order, by_p);
    for (size_t i = 0; i < m; i++) {
        most = fmax(most, order[i].p * (double)(m - i));
        p[order[i].i] = fmin(most, 1);
    }
    free(order);
}

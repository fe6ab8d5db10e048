/* The tree-structured Parzen estimator: see sweep_tpe.h. Everything of a range happens between 0 and 1, on
 * its scale. */
#include "engine/runs/sweep_tpe.h"

#include "util/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CANDIDATES = 24, FIRST_MAX = 10, FIRST_LEAST = 3, GOOD_MAX = 25, DRAWS_MAX = 100 };

size_t ft_sweep_tpe_first(size_t planned)
{
    size_t n = planned / 4 < FIRST_MAX ? planned / 4 : FIRST_MAX;
    return n > FIRST_LEAST ? n : FIRST_LEAST;
}

/* ---- a density of numbers ---- */

struct kernel {
    double at, width;
};
/* Equally weighted kernels; the first is the prior. */
struct density {
    struct kernel *kernels;
    size_t n;
};

static int ascending(const void *pa, const void *pb)
{
    const struct kernel *a = pa, *b = pb;
    return a->at < b->at ? -1 : a->at > b->at;
}

/* The width of a kernel is the larger distance to its neighbours, or to the end of the range. */
static void density_init(struct density *d, const double *x, size_t n)
{
    d->n = n + 1;
    d->kernels = ft_xcalloc(d->n, sizeof *d->kernels);
    struct kernel *k = d->kernels + 1;
    for (size_t i = 0; i < n; i++)
        k[i].at = x[i];
    qsort(k, n, sizeof *k, ascending);
    double least = 1 / fmin(100, (double)n + 2);
    for (size_t i = 0; i < n; i++) {
        double left = k[i].at - (i ? k[i - 1].at : 0),
               right = (i + 1 < n ? k[i + 1].at : 1) - k[i].at;
        k[i].width = fmin(fmax(fmax(left, right), least), 1);
    }
    d->kernels[0] = (struct kernel){0.5, 1};
}

static double below(double x)
{
    return 0.5 * erfc(-x / sqrt(2));
}

static double density_at(const struct density *d, double x)
{
    static const double root_of_tau = 2.5066282746310002;
    double sum = 0;
    for (size_t i = 0; i < d->n; i++) {
        const struct kernel *k = &d->kernels[i];
        double z = (x - k->at) / k->width;
        double inside = below((1 - k->at) / k->width) - below(-k->at / k->width);
        sum += exp(-0.5 * z * z) / (root_of_tau * k->width * inside);
    }
    return sum / (double)d->n;
}

static double density_draw(const struct density *d, struct ft_rng *rng)
{
    const struct kernel *k = &d->kernels[ft_rng_below(rng, d->n)];
    for (size_t i = 0; i < DRAWS_MAX; i++) {
        double x = k->at + k->width * ft_rng_normal(rng);
        if (x >= 0 && x <= 1) return x;
    }
    return k->at;
}

/* ---- an option ---- */

static char *choose_number(const struct ft_sweep_param *p, const double *good, size_t good_n,
                           const double *bad, size_t bad_n, struct ft_rng *rng)
{
    struct density l, g;
    density_init(&l, good, good_n);
    density_init(&g, bad, bad_n);
    double best = 0, best_ratio = -1;
    for (size_t i = 0; i < CANDIDATES; i++) {
        double x = density_draw(&l, rng), ratio = density_at(&l, x) / density_at(&g, x);
        if (ratio > best_ratio) {
            best_ratio = ratio;
            best = x;
        }
    }
    free(l.kernels);
    free(g.kernels);
    return ft_sweep_param_text(p, best);
}

/* Weights (p->n) of the values that the trials have. */
static void count_values(const struct ft_sweep_param *p, const double *places, size_t n,
                         double *weights)
{
    for (size_t k = 0; k < p->n; k++)
        weights[k] = 1;
    for (size_t i = 0; i < n; i++)
        weights[(size_t)places[i]] += 1;
    for (size_t k = 0; k < p->n; k++)
        weights[k] /= (double)(n + p->n);
}

static size_t draw_value(const double *weights, size_t n, struct ft_rng *rng)
{
    double x = ft_rng_f64(rng);
    for (size_t k = 0; k + 1 < n; k++)
        if ((x -= weights[k]) < 0) return k;
    return n - 1;
}

static char *choose_value(const struct ft_sweep_param *p, const double *good, size_t good_n,
                          const double *bad, size_t bad_n, struct ft_rng *rng)
{
    double *l = ft_xcalloc(p->n, sizeof *l), *g = ft_xcalloc(p->n, sizeof *g), best_ratio = -1;
    size_t best = 0;
    count_values(p, good, good_n, l);
    count_values(p, bad, bad_n, g);
    for (size_t i = 0; i < CANDIDATES; i++) {
        size_t k = draw_value(l, p->n, rng);
        if (l[k] / g[k] > best_ratio) {
            best_ratio = l[k] / g[k];
            best = k;
        }
    }
    free(l);
    free(g);
    return ft_xstrdup(p->values[best]);
}

/* ---- the whole ---- */

struct place {
    double loss;
    size_t i;
};

static int by_loss(const void *pa, const void *pb)
{
    const struct place *a = pa, *b = pb;
    if (a->loss < b->loss || a->loss > b->loss) return a->loss < b->loss ? -1 : 1;
    return a->i < b->i ? -1 : 1;
}

void ft_sweep_tpe(const struct ft_sweep_space *space, const struct ft_sweep_trial *trials, size_t n,
                  size_t planned, struct ft_rng *rng, char **values)
{
    if (n < ft_sweep_tpe_first(planned)) {
        ft_sweep_space_draw(space, rng, values);
        return;
    }
    struct place *order = ft_xcalloc(n, sizeof *order);
    double *x = ft_xcalloc(n, sizeof *x);
    for (size_t i = 0; i < n; i++)
        order[i] = (struct place){trials[i].loss, i};
    qsort(order, n, sizeof *order, by_loss);
    size_t good = (n + 3) / 4 < GOOD_MAX ? (n + 3) / 4 : GOOD_MAX;
    while (good && isinf(order[good - 1].loss))
        good--; /* failed ones are never good */
    for (size_t k = 0; k < space->n; k++) {
        const struct ft_sweep_param *p = &space->params[k];
        bool list = p->scale == FT_SWEEP_LIST;
        for (size_t i = 0; i < n; i++) {
            const char *value = trials[order[i].i].values[k];
            x[i] = list ? (double)ft_sweep_param_index(p, value) : ft_sweep_param_unit(p, value);
        }
        values[k] = list ? choose_value(p, x, good, x + good, n - good, rng)
                         : choose_number(p, x, good, x + good, n - good, rng);
    }
    free(x);
    free(order);
}

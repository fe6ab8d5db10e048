/* Regression scores: see regression.h. */
#include "core/regression.h"

#include "util/mem.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

static double mean_of(const double *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    return sum / (double)n;
}

/* The length of x - mean; scaled by the largest, so that squares neither overflow nor vanish. */
static double length_around(const double *x, size_t n, double mean)
{
    double most = 0, sum = 0;
    for (size_t i = 0; i < n; i++)
        most = fmax(most, fabs(x[i] - mean));
    for (size_t i = 0; i < n && most > 0; i++) {
        double d = (x[i] - mean) / most;
        sum += d * d;
    }
    return most * sqrt(sum);
}

void ft_mean_sd(const double *values, size_t n, double *mean, double *sd)
{
    *mean = mean_of(values, n);
    *sd = length_around(values, n, *mean) / sqrt((double)n);
}

static bool is_constant(const double *x, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (x[i] != x[0]) return false;
    return true;
}

static double pearson(const double *x, const double *y, size_t n)
{
    if (n < 2 || is_constant(x, n) || is_constant(y, n)) return NAN;
    double x_mean = mean_of(x, n), y_mean = mean_of(y, n), sum = 0;
    double x_length = length_around(x, n, x_mean), y_length = length_around(y, n, y_mean);
    for (size_t i = 0; i < n; i++)
        sum += (x[i] - x_mean) / x_length * ((y[i] - y_mean) / y_length);
    return sum > 1 ? 1 : sum < -1 ? -1 : sum;
}

struct ranked {
    double value;
    size_t index;
};

static int by_value(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    if (x->value != y->value) return x->value < y->value ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

void ft_ranks(const double *values, size_t n, double *ranks)
{
    struct ranked *items = ft_xcalloc(n + 1, sizeof *items);
    for (size_t i = 0; i < n; i++)
        items[i] = (struct ranked){values[i], i};
    qsort(items, n, sizeof *items, by_value);
    for (size_t from = 0, to; from < n; from = to) {
        for (to = from + 1; to < n && items[to].value == items[from].value;)
            to++;
        for (size_t i = from; i < to; i++)
            ranks[items[i].index] = 0.5 * (double)(from + 1 + to);
    }
    free(items);
}

void ft_regression_make(struct ft_regression *r, const double *truth, const double *predicted,
                        size_t n)
{
    *r = (struct ft_regression){NAN, NAN, NAN, NAN, NAN, NAN};
    if (!n) return;
    double squares = 0, errors = 0, spread = 0, mean = mean_of(truth, n);
    for (size_t i = 0; i < n; i++) {
        double d = predicted[i] - truth[i], e = truth[i] - mean;
        squares += d * d;
        errors += fabs(d);
        spread += e * e;
    }
    r->mse = squares / (double)n;
    r->rmse = sqrt(r->mse);
    r->mae = errors / (double)n;
    if (n < 2) return;
    bool flat = is_constant(truth, n);
    r->r2 = !flat ? 1 - squares / spread : squares > 0 ? 0 : 1;
    r->pearson = pearson(truth, predicted, n);
    double *ranks = ft_xcalloc(2 * n, sizeof *ranks);
    ft_ranks(truth, n, ranks);
    ft_ranks(predicted, n, ranks + n);
    r->spearman = pearson(ranks, ranks + n, n);
    free(ranks);
}

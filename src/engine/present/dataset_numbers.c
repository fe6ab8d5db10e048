/* What is said of a data set whose labels are numbers: see dataset.h. The values are sorted once, by
 * the worker. */
#include "engine/present/dataset_in.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void dataset_numbers_make(struct dataset_build *b)
{
    const struct ft_examples *x = &b->x;
    if (!x->numbers) return;
    for (int k = 0; k < 2; k++) {
        double *v = b->values[k] = ft_xcalloc(x->n + 1, sizeof *v);
        size_t n = 0;
        for (size_t i = 0; i < x->n; i++)
            if (x->items[i].label >= 0 && (!k || x->items[i].part == FT_PART_TRAIN))
                v[n++] = x->items[i].value;
        if (n) qsort(v, n, sizeof *v, by_value);
        b->values_n[k] = n;
    }
}

bool ft_dataset_numbers(const struct ft_dataset *d, struct ft_dataset_numbers *out)
{
    const struct dataset_build *b = dataset_shown(d);
    memset(out, 0, sizeof *out);
    if (!b || !b->values[0] || !b->values_n[0]) return false;
    const double *v = b->values[0];
    size_t n = b->values_n[0];
    double sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++) {
        sum += v[i];
        out->distinct += !i || v[i] != v[i - 1];
    }
    out->n = n;
    out->train_n = b->values_n[1];
    out->least = v[0];
    out->most = v[n - 1];
    out->median = 0.5 * (v[(n - 1) / 2] + v[n / 2]);
    out->mean = sum / (double)n;
    for (size_t i = 0; i < n; i++)
        squares += (v[i] - out->mean) * (v[i] - out->mean);
    out->sd = sqrt(squares / (double)n);
    return true;
}

void ft_dataset_number_bins(const struct ft_dataset *d, double from, double to, uint64_t *bins,
                            size_t n)
{
    const struct dataset_build *b = dataset_shown(d);
    memset(bins, 0, n * sizeof *bins);
    if (!b || !b->values[0] || !n) return;
    for (size_t i = 0; i < b->values_n[0]; i++) {
        double at = to > from ? (b->values[0][i] - from) / (to - from) * (double)n : 0;
        if (!(at >= 0) || at > (double)n) continue;
        size_t bin = (size_t)at;
        bins[bin < n ? bin : n - 1]++;
    }
}

/* How many of the n sorted values are below x; or_equal: or x itself. */
static size_t below(const double *v, size_t n, double x, bool or_equal)
{
    size_t lo = 0, hi = n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (v[mid] < x || (or_equal && v[mid] == x))
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

double ft_dataset_percentile(const struct ft_dataset *d, double x)
{
    const struct dataset_build *b = dataset_shown(d);
    if (!b || !b->values[1] || !b->values_n[1] || !isfinite(x)) return (double)NAN;
    const double *v = b->values[1];
    size_t n = b->values_n[1];
    return 0.5 * (double)(below(v, n, x, false) + below(v, n, x, true)) / (double)n;
}

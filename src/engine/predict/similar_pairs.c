/* See similar_pairs.h. A block is ROWS items by COLUMNS items; its vectors are taken in place where they
 * lie one after another, else copied. */
#include "engine/predict/similar_pairs.h"

#include "core/gemm.h"
#include "core/pool.h"
#include "util/clock.h"
#include "util/mem.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 512, COLUMNS = 2048, STRIP = 64, LANES = 8 };
#define DECIMALS 1e6

struct blocks {
    const struct ft_similar_pairs *in;
    const struct ft_similar_pairs_to *to;
    double slack;          /* that a product may differ from the rounded similarity */
    float *a, *b;          /* (ROWS, size), (COLUMNS, size): copies */
    float *c;              /* (ROWS, COLUMNS) */
    const size_t *leading; /* the vectors of the products, `other` the rest; NULL: none */
    const size_t *other;
};

static double product(const float *a, const float *b, size_t n)
{
    double part[LANES] = {0};
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (size_t k = 0; k < LANES; k++)
            part[k] += (double)a[i + k] * (double)b[i + k];
    for (size_t k = 0; i < n; i++, k++)
        part[k] += (double)a[i] * (double)b[i];
    return ((part[0] + part[1]) + (part[2] + part[3])) +
           ((part[4] + part[5]) + (part[6] + part[7]));
}

double ft_similar_pairs_value(const float *a, const float *b, size_t size)
{
    double x = rint(product(a, b, size) * DECIMALS) / DECIMALS;
    return fmin(fmax(x, -1), 1);
}

static double exact(const struct blocks *s, size_t i, size_t j)
{
    const struct ft_similar_pairs *in = s->in;
    double x = ft_similar_pairs_value(in->v + s->leading[i] * in->size,
                                      in->v + s->leading[j] * in->size, in->size);
    if (!s->other || x < in->threshold) return x;
    double y = ft_similar_pairs_value(in->v + s->other[i] * in->size,
                                      in->v + s->other[j] * in->size, in->size);
    return fmin(x, y);
}

/* One product that may reach the threshold. */
static void take(const struct blocks *s, size_t i, size_t j, float product)
{
    double most = fmin((double)product + s->slack, 1);
    bool reaches = !s->other && (double)product - s->slack >= s->in->threshold;
    if (reaches && s->to->wants && !s->to->wants(s->to->arg, i, j, most)) {
        s->to->pair(s->to->arg, i, j, (double)NAN);
        return;
    }
    double x = exact(s, i, j);
    if (x >= s->in->threshold) s->to->pair(s->to->arg, i, j, x);
}

static bool any_reaches(const float *c, float least)
{
    int any = 0;
    for (size_t k = 0; k < STRIP; k++)
        any |= c[k] >= least;
    return any;
}

/* The products of item i with items [from, to). */
static void scan_row(const struct blocks *s, size_t i, const float *c, size_t from, size_t to)
{
    float least = (float)(s->in->threshold - s->slack);
    for (size_t j = from; j < to;) {
        size_t end = to - j < STRIP ? to : j + STRIP;
        if (end - j == STRIP && !any_reaches(c + (j - from), least)) {
            j = end;
            continue;
        }
        for (; j < end; j++)
            if (c[j - from] >= least) take(s, i, j, c[j - from]);
    }
}

/* Vectors of items [from, from + n), one after another. */
static const float *panel(const struct blocks *s, size_t from, size_t n, float *copy)
{
    size_t size = s->in->size, k = 1;
    const size_t *at = s->leading + from;
    while (k < n && at[k] == at[0] + k)
        k++;
    if (k == n) return s->in->v + at[0] * size;
    for (k = 0; k < n; k++)
        memcpy(copy + k * size, s->in->v + at[k] * size, size * sizeof *copy);
    return copy;
}

static void block(const struct blocks *s, size_t i, size_t rows, size_t j, size_t columns)
{
    size_t size = s->in->size;
    const float *a = panel(s, i, rows, s->a), *b = panel(s, j, columns, s->b);
    ft_pool_take();
    ft_gemm(false, true, rows, columns, size, a, size, b, size, 0, s->c, columns);
    ft_pool_give();
    for (size_t r = 0; r < rows; r++) {
        size_t skipped = i + r + 1 > j ? i + r + 1 - j : 0; /* the lower triangle */
        if (skipped < columns)
            scan_row(s, i + r, s->c + r * columns + skipped, j + skipped, j + columns);
    }
}

static int by_place(const void *pa, const void *pb)
{
    size_t a = *(const size_t *)pa, b = *(const size_t *)pb;
    return a < b ? -1 : a > b;
}

static size_t distinct(const size_t *at, size_t n)
{
    size_t *sorted = ft_xcalloc(n + 1, sizeof *sorted), k = 0;
    memcpy(sorted, at, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, by_place);
    for (size_t i = 0; i < n; i++)
        k += !i || sorted[i] != sorted[i - 1];
    free(sorted);
    return k;
}

/* Products of the vectors that differ more often leave fewer pairs to look at. */
static void choose_leading(struct blocks *s)
{
    const struct ft_similar_pairs *in = s->in;
    bool swap = in->second && distinct(in->second, in->n) > distinct(in->first, in->n);
    s->leading = swap ? in->second : in->first;
    s->other = swap ? in->first : in->second;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static enum ft_status all_blocks(const struct blocks *s, struct ft_job *w, struct ft_err *err)
{
    size_t n = s->in->n;
    double all = (double)n * ((double)n - 1) / 2, done = 0;
    for (size_t i = 0; i < n; i += ROWS) {
        size_t rows = smaller(ROWS, n - i);
        for (size_t j = i; j < n; j += COLUMNS) {
            if (ft_job_cancelled(w)) return ft_fail(err, FT_CANCELLED, "cancelled");
            block(s, i, rows, j, smaller(COLUMNS, n - j));
            double left = (double)(n - i), reached = (double)(smaller(n, j + COLUMNS) - i);
            done = all - left * (left - 1) / 2 + (double)rows * reached;
            ft_job_report(w, done < all ? done : all, all, "pairs");
        }
    }
    return FT_OK;
}

enum ft_status ft_similar_pairs_find(const struct ft_similar_pairs *in,
                                     const struct ft_similar_pairs_to *to, struct ft_job *w,
                                     struct ft_err *err)
{
    struct blocks s = {.in = in, .to = to};
    if (in->n < 2) return FT_OK;
    choose_leading(&s);
    /* a sum of `size` products in fp32, of vectors of length 1, and the rounding of its decimals */
    s.slack = 1.01 * ((double)in->size + 8) * (double)FLT_EPSILON / 2 + 1 / DECIMALS;
    size_t rows = smaller(ROWS, in->n), columns = smaller(COLUMNS, in->n);
    s.a = malloc(rows * in->size * sizeof *s.a);
    s.b = malloc(columns * in->size * sizeof *s.b);
    s.c = malloc(rows * columns * sizeof *s.c);
    enum ft_status st =
        s.a && s.b && s.c
            ? all_blocks(&s, w, err)
            : ft_fail(err, FT_NOMEM, "not enough memory to compare %zu vectors", in->n);
    free(s.a);
    free(s.b);
    free(s.c);
    return st;
}

double ft_similar_pairs_cost(size_t n, size_t size)
{
    float *a = calloc((ROWS + COLUMNS) * size, sizeof *a), *c = malloc(ROWS * COLUMNS * sizeof *c);
    double fastest = INFINITY;
    for (int i = 0; i < 2 && a && c; i++) {
        double start = ft_now_s();
        ft_pool_take();
        ft_gemm(false, true, ROWS, COLUMNS, size, a, size, a + ROWS * size, size, 0, c, COLUMNS);
        ft_pool_give();
        fastest = fmin(fastest, ft_now_s() - start);
    }
    free(a);
    free(c);
    double blocks = (double)n * (double)n / 2 / (ROWS * (double)COLUMNS);
    return isfinite(fastest) ? fastest * blocks : 0;
}

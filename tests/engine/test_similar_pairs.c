/* Pairs of similar vectors against a plain loop over all of them: values, the threshold, two vectors per
 * item, any number of threads, pairs whose value nobody wants, cancelling. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/pool.h"
#include "engine/predict/similar_pairs.h"
#include "util/mem.h"
#include "util/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE = 20, MANY = 2600 }; /* more than one block in both directions */

/* Vectors of length 1 in clusters: half of them lie close to an earlier one. */
static float *vectors(size_t n, uint64_t seed)
{
    float *v = ft_xcalloc(n * SIZE, sizeof *v);
    struct ft_rng r;
    ft_rng_init(&r, seed, 0);
    for (size_t i = 0; i < n; i++) {
        float *x = v + i * SIZE;
        double sum = 0;
        bool near = i && ft_rng_f64(&r) < 0.5;
        if (near) memcpy(x, v + (size_t)(ft_rng_f64(&r) * (double)i) * SIZE, SIZE * sizeof *x);
        float far = near ? 0.15f * (float)ft_rng_f64(&r) : 1;
        for (size_t c = 0; c < SIZE; c++)
            x[c] += far * (float)(ft_rng_f64(&r) - 0.5);
        for (size_t c = 0; c < SIZE; c++)
            sum += (double)x[c] * (double)x[c];
        for (size_t c = 0; c < SIZE; c++)
            x[c] = (float)((double)x[c] / sqrt(sum));
    }
    return v;
}

struct pair {
    size_t i, j;
    double value;
};
struct pairs {
    struct pair *items;
    size_t n, cap;
    struct ft_job *cancel_at_first;
    size_t asked;
};

static void take(void *arg, size_t i, size_t j, double value)
{
    struct pairs *p = arg;
    ft_grow(&p->items, &p->cap, p->n + 1, sizeof *p->items);
    p->items[p->n++] = (struct pair){i, j, value};
    if (p->cancel_at_first) ft_job_cancel(p->cancel_at_first);
}

static int by_place(const void *pa, const void *pb)
{
    const struct pair *a = pa, *b = pb;
    if (a->i != b->i) return a->i < b->i ? -1 : 1;
    return a->j < b->j ? -1 : a->j > b->j;
}

static struct pairs find(const struct ft_similar_pairs *in)
{
    struct pairs p = {0};
    struct ft_similar_pairs_to to = {.pair = take, .arg = &p};
    struct ft_err err = {0};
    assert_int_equal(ft_similar_pairs_find(in, &to, NULL, &err), FT_OK);
    return p;
}

static double cosine(const struct ft_similar_pairs *in, const size_t *at, size_t i, size_t j)
{
    double sum = 0;
    for (size_t c = 0; c < in->size; c++)
        sum += (double)in->v[at[i] * in->size + c] * (double)in->v[at[j] * in->size + c];
    return rint(sum * 1e6) / 1e6;
}

/* All of them by a loop. */
static struct pairs plain(const struct ft_similar_pairs *in)
{
    struct pairs p = {0};
    for (size_t i = 0; i < in->n; i++)
        for (size_t j = i + 1; j < in->n; j++) {
            double x = cosine(in, in->first, i, j);
            if (in->second) x = fmin(x, cosine(in, in->second, i, j));
            if (x >= in->threshold) take(&p, i, j, fmin(x, 1));
        }
    return p;
}

static void same(struct pairs *a, struct pairs *b)
{
    assert_int_equal(a->n, b->n);
    if (a->n) qsort(a->items, a->n, sizeof *a->items, by_place);
    if (b->n) qsort(b->items, b->n, sizeof *b->items, by_place);
    for (size_t k = 0; k < a->n; k++) {
        assert_int_equal(by_place(&a->items[k], &b->items[k]), 0);
        if (fabs(a->items[k].value - b->items[k].value) > 1.5e-6) /* a sum in another order */
            fail_msg("%zu, %zu: %.7f, expected %.7f", a->items[k].i, a->items[k].j,
                     a->items[k].value, b->items[k].value);
    }
}

static size_t *places(size_t n, size_t step, size_t of)
{
    size_t *at = ft_xcalloc(n + 1, sizeof *at);
    for (size_t i = 0; i < n; i++)
        at[i] = i * step % of;
    return at;
}

static void test_against_a_loop(void **state)
{
    (void)state;
    float *v = vectors(MANY, 1);
    size_t *plainly = places(MANY, 1, MANY), *mixed = places(MANY, 7, MANY),
           *repeated = places(MANY, 3, MANY / 4);
    const struct {
        size_t *first, *second;
        size_t n;
        double threshold;
    } cases[] = {{plainly, NULL, MANY, 0.95},  {mixed, NULL, MANY, 0.99},
                 {plainly, mixed, MANY, 0.9},  {repeated, plainly, MANY, 0.9},
                 {repeated, NULL, 600, 1},     {plainly, NULL, 513, 0.7},
                 {plainly, NULL, 2, 0.000001}, {plainly, NULL, 1, 0.5},
                 {plainly, NULL, 0, 0.5},      {mixed, NULL, 2049, 0.97}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        struct ft_similar_pairs in = {.v = v,
                                      .size = SIZE,
                                      .first = cases[k].first,
                                      .second = cases[k].second,
                                      .n = cases[k].n,
                                      .threshold = cases[k].threshold};
        struct pairs got = find(&in), want = plain(&in);
        if (k < 6) assert_true(want.n > 0);
        same(&got, &want);
        free(got.items);
        free(want.items);
    }
    free(v);
    free(plainly);
    free(mixed);
    free(repeated);
}

/* Ascending for a fixed i, and for a fixed j. */
static void check_order(const struct pairs *p, size_t n)
{
    size_t *last_j = ft_xcalloc(n, sizeof *last_j), *last_i = ft_xcalloc(n, sizeof *last_i);
    for (size_t k = 0; k < p->n; k++) {
        size_t i = p->items[k].i, j = p->items[k].j;
        assert_true(i < j && j > last_j[i] && i + 1 > last_i[j]);
        last_j[i] = j;
        last_i[j] = i + 1;
    }
    free(last_j);
    free(last_i);
}

/* The same pairs, in the same order, with the same bits. */
static void test_threads(void **state)
{
    (void)state;
    float *v = vectors(MANY, 2);
    size_t *at = places(MANY, 1, MANY);
    struct ft_similar_pairs in = {.v = v, .size = SIZE, .first = at, .n = MANY, .threshold = 0.96};
    struct pairs first = {0};
    for (int threads = 1; threads <= 3; threads++) {
        assert_int_equal(ft_pool_init(threads, NULL), FT_OK);
        struct pairs p = find(&in);
        check_order(&p, MANY);
        assert_true(p.n > 100);
        if (threads > 1) {
            assert_int_equal(p.n, first.n);
            assert_memory_equal(p.items, first.items, p.n * sizeof *p.items);
            free(p.items);
        } else {
            first = p;
        }
    }
    free(first.items);
    free(v);
    free(at);
}

static bool never(void *arg, size_t i, size_t j, double most)
{
    struct pairs *p = arg;
    (void)i, (void)j;
    assert_true(most >= 0.96 && most <= 1);
    p->asked++;
    return false;
}

/* Pairs without a value are the same pairs; those at the threshold are decided all the same. */
static void test_unwanted(void **state)
{
    (void)state;
    float *v = vectors(MANY, 3);
    size_t *at = places(MANY, 1, MANY);
    struct ft_similar_pairs in = {.v = v, .size = SIZE, .first = at, .n = MANY, .threshold = 0.96};
    struct pairs all = find(&in), some = {0};
    struct ft_similar_pairs_to to = {.pair = take, .wants = never, .arg = &some};
    assert_int_equal(ft_similar_pairs_find(&in, &to, NULL, NULL), FT_OK);
    assert_int_equal(all.n, some.n);
    assert_true(some.asked > 0 && some.asked <= some.n);
    for (size_t k = 0; k < all.n; k++)
        assert_true(all.items[k].i == some.items[k].i && all.items[k].j == some.items[k].j);
    free(all.items);
    free(some.items);
    free(v);
    free(at);
}

static enum ft_status cancelled_work(struct ft_job *w, void *arg, struct ft_err *err)
{
    struct pairs *p = arg;
    float *v = vectors(MANY, 4);
    size_t *at = places(MANY, 1, MANY);
    struct ft_similar_pairs in = {.v = v, .size = SIZE, .first = at, .n = MANY, .threshold = 0.9};
    struct ft_similar_pairs_to to = {.pair = take, .arg = p};
    p->cancel_at_first = w;
    enum ft_status st = ft_pool_init(2, err);
    if (!st) st = ft_similar_pairs_find(&in, &to, w, err);
    free(v);
    free(at);
    return st;
}

static void test_cancel(void **state)
{
    struct pairs p = {0};
    struct ft_err err = {0};
    (void)state;
    struct ft_job *w = ft_job_start("comparing", cancelled_work, &p, NULL);
    assert_int_equal(ft_job_join(w, &err), FT_CANCELLED);
    for (size_t k = 0; k < p.n; k++) /* the first block was finished, the next not begun */
        assert_true(p.items[k].i < 512 && p.items[k].j < 2048);
    assert_true(p.n > 0);
    free(p.items);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_a_loop), cmocka_unit_test(test_threads),
        cmocka_unit_test(test_unwanted), cmocka_unit_test(test_cancel)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

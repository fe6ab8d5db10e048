/* Near duplicates against a plain search over all pairs of rows; texts that differ in case and blanks,
 * rows without text, pairs of texts, files where all rows are alike. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/pool.h"
#include "data/text.h"
#include "engine/predict/similar_pairs.h"
#include "engine/runs/near_duplicates.h"
#include "util/clock.h"
#include "util/hash.h"
#include "util/mem.h"
#include "util/rng.h"
#include "util/str.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE = 12 };

/* ---- rows and vectors ---- */

/* The vector of a text "CLUSTER WORDS": near that of other texts of the cluster. */
static void vector_of(const char *text, size_t n, float *v)
{
    struct ft_rng cluster, own;
    double sum = 0;
    char *lower = ft_xstrndup(text, n);
    for (char *p = lower; *p; p++)
        *p = (char)tolower((unsigned char)*p);
    ft_rng_init(&cluster, strtoull(lower, NULL, 10), 1);
    ft_rng_init(&own, ft_hash64(lower, strlen(lower)), 2);
    free(lower);
    for (size_t c = 0; c < SIZE; c++)
        v[c] = (float)(ft_rng_normal(&cluster) + 0.25 * ft_rng_normal(&own));
    for (size_t c = 0; c < SIZE; c++)
        sum += (double)v[c] * (double)v[c];
    for (size_t c = 0; c < SIZE; c++)
        v[c] = (float)((double)v[c] / sqrt(sum));
}

static struct ft_near_duplicates find(const struct ft_near_row *rows, size_t n, double threshold,
                                      size_t *texts, size_t *without)
{
    struct ft_near_texts t = {0};
    struct ft_near_duplicates found = {0};
    struct ft_err err = {0};
    ft_near_texts_make(&t, rows, n);
    float *v = ft_xcalloc(t.n * SIZE + 1, sizeof *v);
    size_t *at = ft_xcalloc(t.n + 1, sizeof *at);
    for (size_t i = 0; i < t.n; i++) {
        at[i] = t.n - 1 - i; /* anywhere */
        vector_of(t.texts[i].data, t.texts[i].n, v + at[i] * SIZE);
    }
    struct ft_near_vectors vectors = {v, SIZE, at};
    assert_int_equal(ft_near_duplicates_find(&found, &t, &vectors, threshold, NULL, &err), FT_OK);
    if (texts) *texts = t.n;
    if (without) *without = t.without;
    ft_near_texts_release(&t);
    free(v);
    free(at);
    return found;
}

static struct ft_near_row row_of(const char *text, int32_t label, uint8_t part)
{
    return (struct ft_near_row){.text = text, .n = strlen(text), .label = label, .part = part};
}

/* ---- a plain search ---- */

struct plain {
    const struct ft_near_row *rows;
    size_t n;
    double *similar; /* (n, n); 0: below the threshold */
    size_t *group;   /* (n) its first row */
    size_t items[3];
    double pairs;
};

static bool same_text(const struct ft_near_row *a, const struct ft_near_row *b)
{
    return a->n == b->n && !strncasecmp(a->text, b->text, a->n);
}

static void plain_make(struct plain *p, const struct ft_near_row *rows, size_t n, double threshold)
{
    *p = (struct plain){.rows = rows, .n = n};
    p->similar = ft_xcalloc(n * n, sizeof *p->similar);
    p->group = ft_xcalloc(n, sizeof *p->group);
    float *v = ft_xcalloc(n * SIZE, sizeof *v);
    for (size_t i = 0; i < n; i++) {
        p->group[i] = i;
        vector_of(rows[i].text, rows[i].n, v + i * SIZE);
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            double x = same_text(&rows[i], &rows[j])
                           ? 1
                           : ft_similar_pairs_value(v + i * SIZE, v + j * SIZE, SIZE);
            if (i == j || x < threshold) continue;
            p->similar[i * n + j] = x;
            p->pairs += 0.5;
        }
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < n; j++)
                if (p->similar[i * n + j] > 0 && p->group[j] > p->group[i]) {
                    p->group[j] = p->group[i];
                    changed = true;
                }
    }
    free(v);
}

static bool conflict(const struct ft_near_row *a, const struct ft_near_row *b)
{
    return a->part == b->part && a->label >= 0 && b->label >= 0 && a->label != b->label;
}

/* Of the rows that `ok` allows, the most similar to row i, the first of equals; SIZE_MAX: none. */
static size_t most_similar(const struct plain *p, size_t i,
                           bool (*ok)(const struct plain *p, size_t i, size_t j))
{
    size_t best = SIZE_MAX;
    for (size_t j = 0; j < p->n; j++)
        if (p->similar[i * p->n + j] > 0 && ok(p, i, j) &&
            (best == SIZE_MAX || p->similar[i * p->n + j] > p->similar[i * p->n + best]))
            best = j;
    return best;
}

static bool leaks(const struct plain *p, size_t i, size_t j)
{
    return p->rows[i].part < p->rows[j].part;
}

static bool repeats(const struct plain *p, size_t i, size_t j)
{
    return j < i && p->rows[i].part == p->rows[j].part && !conflict(&p->rows[i], &p->rows[j]);
}

/* The first row of a split with this text and label. */
static bool is_first(const struct plain *p, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (p->rows[j].part == p->rows[i].part && p->rows[j].label == p->rows[i].label &&
            same_text(&p->rows[i], &p->rows[j]))
            return false;
    return true;
}

static bool conflicts(const struct plain *p, size_t i, size_t j)
{
    return conflict(&p->rows[i], &p->rows[j]) && is_first(p, j);
}

static size_t alike(const struct plain *p, size_t i)
{
    size_t n = 0;
    for (size_t j = 0; j < p->n; j++)
        n += p->group[j] == p->group[i] && p->rows[j].label == p->rows[i].label;
    return n;
}

static const struct ft_near_item *listed(const struct ft_near_duplicates *f, enum ft_near_kind kind,
                                         size_t row, size_t other)
{
    for (size_t k = 0; k < f->n; k++)
        if (f->items[k].kind == kind && f->items[k].row == row && f->items[k].other == other)
            return &f->items[k];
    return NULL;
}

static void expect(struct plain *p, const struct ft_near_duplicates *f, enum ft_near_kind kind,
                   size_t row, size_t other)
{
    const struct ft_near_item *x = listed(f, kind, row, other);
    size_t in_group = 0;
    if (!x) fail_msg("%s of %zu and %zu is missing", ft_near_name(kind), row, other);
    assert_true(fabs(x->similarity - p->similar[row * p->n + other]) < 1e-9);
    assert_int_equal(x->same_text, same_text(&p->rows[row], &p->rows[other]));
    for (size_t j = 0; j < p->n; j++)
        in_group += p->group[j] == p->group[row];
    assert_int_equal(x->group_n, in_group);
    p->items[kind]++;
}

static void check(const struct ft_near_row *rows, size_t n, double threshold)
{
    struct plain p;
    size_t groups = 0, last = 0;
    struct ft_near_duplicates f = find(rows, n, threshold, NULL, NULL);
    plain_make(&p, rows, n, threshold);
    for (size_t i = 0; i < n; i++) {
        size_t leak = most_similar(&p, i, leaks), repeat = most_similar(&p, i, repeats);
        if (leak != SIZE_MAX) expect(&p, &f, FT_NEAR_LEAK, i, leak);
        if (repeat != SIZE_MAX) expect(&p, &f, FT_NEAR_DUPLICATE, i, repeat);
        size_t o = is_first(&p, i) ? most_similar(&p, i, conflicts) : SIZE_MAX;
        if (o == SIZE_MAX || (most_similar(&p, o, conflicts) == i && o < i)) continue;
        size_t a = alike(&p, i), b = alike(&p, o);
        bool i_is_row = a != b ? a < b : i > o;
        expect(&p, &f, FT_NEAR_CONFLICT, i_is_row ? i : o, i_is_row ? o : i);
    }
    for (int k = 0; k < FT_NEAR_COUNT; k++)
        assert_int_equal(p.items[k], f.by_kind[k]);
    assert_int_equal(f.n, p.items[0] + p.items[1] + p.items[2]);
    assert_true(fabs(f.pairs - p.pairs) < 0.1);
    for (size_t k = 1; k < f.n; k++) /* the order */
        assert_true(f.items[k - 1].kind < f.items[k].kind ||
                    (f.items[k - 1].kind == f.items[k].kind &&
                     f.items[k - 1].similarity >= f.items[k].similarity));
    for (size_t i = 0; i < n; i++) { /* groups are numbered by their first rows */
        bool more = false;
        for (size_t j = 0; j < n; j++)
            more |= j != i && p.group[j] == p.group[i];
        if (p.group[i] != i || !more) continue;
        groups++;
        for (size_t k = 0; k < f.n; k++)
            if (p.group[f.items[k].row] == i) assert_int_equal(f.items[k].group, groups);
        last = groups;
    }
    assert_int_equal(f.groups, last);
    ft_near_duplicates_release(&f);
    free(p.similar);
    free(p.group);
}

static void test_against_a_search(void **state)
{
    enum { N = 400 };
    char texts[N][32];
    struct ft_near_row rows[N];
    struct ft_rng r;
    (void)state;
    for (uint64_t seed = 0; seed < 12; seed++) {
        ft_rng_init(&r, seed, 0);
        size_t n = seed ? N - 30 * seed : 3;
        for (size_t i = 0; i < n; i++) {
            bool upper = ft_rng_below(&r, 3) == 0;
            snprintf(texts[i], sizeof texts[i], upper ? "%u WORD %u" : "%u word %u",
                     (unsigned)ft_rng_below(&r, 90), (unsigned)ft_rng_below(&r, 4));
            rows[i] = row_of(texts[i], (int32_t)ft_rng_below(&r, 4) - 1,
                             (uint8_t)(ft_rng_below(&r, 3) ? 0 : ft_rng_below(&r, 3)));
        }
        check(rows, n, seed % 2 ? 0.9 : 0.97);
    }
}

/* ---- cases by hand ---- */

static void test_kinds(void **state)
{
    const struct ft_near_row rows[] = {
        row_of("1 the room is cold", 0, 0),
        row_of("2 my card is lost", 1, 0),
        row_of("1  The room is\tCOLD", 0, 0), /* repeats row 0 */
        row_of("2 My card is lost", 0, 0),    /* another label than row 1 */
        row_of("2 my card is lost ", 1, 2),   /* test: rows 1 and 3 leak */
        row_of("2 MY card is lost", 1, 0),    /* the label of row 1: that of row 3 is rarer */
        row_of("", 0, 0),
        row_of(" \n", 1, 2), /* not compared, and not alike */
        row_of("3 something else", 0, 1)};
    size_t texts, without;
    (void)state;
    struct ft_near_duplicates f = find(rows, sizeof rows / sizeof *rows, 1, &texts, &without);
    assert_int_equal(texts, 3);
    assert_int_equal(without, 2);
    assert_int_equal(f.n, 6);
    static const struct {
        enum ft_near_kind kind;
        size_t row, other;
    } want[] = {{FT_NEAR_LEAK, 1, 4},     {FT_NEAR_LEAK, 3, 4},      {FT_NEAR_LEAK, 5, 4},
                {FT_NEAR_CONFLICT, 3, 1}, {FT_NEAR_DUPLICATE, 2, 0}, {FT_NEAR_DUPLICATE, 5, 1}};
    for (size_t k = 0; k < f.n; k++) {
        assert_int_equal(f.items[k].kind, want[k].kind);
        assert_int_equal(f.items[k].row, want[k].row);
        assert_int_equal(f.items[k].other, want[k].other);
        assert_true(f.items[k].similarity >= 1 && f.items[k].same_text);
    }
    assert_int_equal(f.groups, 2);
    assert_true(f.pairs > 6.9 && f.pairs < 7.1); /* 1 + 4 * 3 / 2 */
    ft_near_duplicates_release(&f);
}

static struct ft_near_row pair_of(const char *text, const char *pair, int32_t label)
{
    struct ft_near_row r = row_of(text, label, 0);
    r.pair = pair;
    r.pair_n = strlen(pair);
    return r;
}

/* Both texts have to be similar. */
static void test_pairs_of_texts(void **state)
{
    const struct ft_near_row rows[] = {
        pair_of("1 a", "2 x", 0), pair_of("1 a", "3 y", 0),  /* the first text alone */
        pair_of("4 a", "2 x", 0), pair_of("1 A", "2  X", 1), /* the second; both */
        pair_of("2 x", "1 a", 0), pair_of("1 b", "2 z", 0),  /* turned round; both are similar */
        pair_of("", "1 a", 0),    row_of("1 a", 0, 0),       /* one text each */
        pair_of("1 a", "", 0)};
    (void)state;
    struct ft_near_duplicates f = find(rows, sizeof rows / sizeof *rows, 0.6, NULL, NULL);
    for (size_t k = 0; k < f.n; k++)
        assert_false(f.items[k].row == 1 || f.items[k].row == 2 || f.items[k].row == 4);
    assert_non_null(listed(&f, FT_NEAR_CONFLICT, 3, 0));
    const struct ft_near_item *x = listed(&f, FT_NEAR_DUPLICATE, 5, 0);
    assert_true(x && x->similarity < 1 && !x->same_text);
    assert_non_null(listed(&f, FT_NEAR_DUPLICATE, 7, 6));
    assert_non_null(listed(&f, FT_NEAR_DUPLICATE, 8, 6));
    ft_near_duplicates_release(&f);
}

/* All rows alike: the list grows with the rows, the time does not explode. */
static void test_all_alike(void **state)
{
    enum { N = 20000 };
    struct ft_near_row *rows = ft_xcalloc(N, sizeof *rows);
    char(*texts)[40] = ft_xcalloc(N, sizeof *texts);
    (void)state;
    for (size_t i = 0; i < N; i++)
        rows[i] = row_of("5 the same", 0, 0);
    struct ft_near_duplicates f = find(rows, N, 0.9, NULL, NULL);
    assert_int_equal(f.n, N - 1);
    assert_true(fabs(f.pairs - N * (N - 1.0) / 2) < 1);
    assert_int_equal(f.items[0].group_n, N);
    ft_near_duplicates_release(&f);
    /* different texts, one vector: those of long texts with a common beginning */
    double start = ft_now_s();
    enum { M = 4000 };
    struct ft_near_texts t = {0};
    for (size_t i = 0; i < M; i++) {
        snprintf(texts[i], sizeof texts[i], "a common beginning, end %zu", i);
        rows[i] = row_of(texts[i], (int32_t)(i % 2), (uint8_t)(i % 10 == 9 ? 2 : 0));
    }
    ft_near_texts_make(&t, rows, M);
    assert_int_equal(t.n, M);
    float v[SIZE];
    size_t *at = ft_xcalloc(M, sizeof *at);
    vector_of("7", 1, v);
    struct ft_near_vectors vectors = {v, SIZE, at};
    assert_int_equal(ft_near_duplicates_find(&f, &t, &vectors, 0.95, NULL, NULL), FT_OK);
    assert_int_equal(f.groups, 1);
    assert_int_equal(f.by_kind[FT_NEAR_LEAK], M - M / 10);
    assert_int_equal(f.by_kind[FT_NEAR_DUPLICATE],
                     M - 3); /* all but the first of split and label */
    assert_true(f.by_kind[FT_NEAR_CONFLICT] < M);
    assert_true(fabs(f.pairs - M * (M - 1.0) / 2) < 1);
    for (size_t k = 0; k < f.by_kind[FT_NEAR_LEAK]; k++)
        assert_int_equal(f.items[k].other, 9);
    assert_true(ft_now_s() - start < 60);
    ft_near_duplicates_release(&f);
    ft_near_texts_release(&t);
    free(at);
    free(texts);
    free(rows);
}

static void test_few_rows(void **state)
{
    const struct ft_near_row one = row_of("1 a", 0, 0), none = row_of("", 0, 0);
    (void)state;
    for (size_t n = 0; n < 2; n++) {
        struct ft_near_duplicates f = find(&one, n, 0.5, NULL, NULL);
        assert_true(!f.n && !f.groups && f.pairs < 0.5);
        ft_near_duplicates_release(&f);
    }
    struct ft_near_duplicates f = find(&none, 1, 0.5, NULL, NULL);
    assert_int_equal(f.n, 0);
    ft_near_duplicates_release(&f);
}

static void test_threshold(void **state)
{
    static const char *const bad[] = {"0", "-0.5", "1.01", "nan", "inf", "much", "0.9x", "95%"};
    struct ft_err err = {0};
    double x = 0;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(ft_near_threshold_parse(bad[i], &x, &err), FT_USAGE);
        assert_non_null(strstr(err.msg, bad[i]));
    }
    assert_int_equal(ft_near_threshold_parse("0.875", &x, &err), FT_OK);
    assert_true(x > 0.8749 && x < 0.8751);
    assert_int_equal(ft_near_threshold_parse("1", &x, &err), FT_OK);
    assert_int_equal(ft_near_threshold_parse("", &x, &err), FT_OK);
    assert_true(fabs(x - FT_NEAR_THRESHOLD) < 1e-9);
}

static int begin(void **state)
{
    (void)state;
    return ft_pool_init(2, NULL) ? -1 : 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_a_search), cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_pairs_of_texts),   cmocka_unit_test(test_all_alike),
        cmocka_unit_test(test_few_rows),         cmocka_unit_test(test_threshold)};
    return cmocka_run_group_tests(tests, begin, NULL);
}

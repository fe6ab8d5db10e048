/* The order of an epoch, and packing of an evaluation. */
#include "engine/task/sequences.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MOST = 2000 };

/* Sequences of 4 to 100 tokens, no two neighbours alike. */
static void fill(struct ft_sequences *s, size_t n)
{
    static int32_t ids[100];
    static uint8_t types[100];
    for (size_t i = 0; i < n; i++) {
        struct ft_enc enc = {.n = 4 + i * 61 % 97, .ids = ids, .type_ids = types};
        ft_sequences_add(s, &enc, -1, i);
    }
}

static void check_permutation(const size_t *order, size_t n)
{
    bool seen[MOST] = {false};
    for (size_t i = 0; i < n; i++) {
        assert_true(order[i] < n && !seen[order[i]]);
        seen[order[i]] = true;
    }
}

/* Sorted longest first within runs of `run`, and no run begins where the one before ends. */
static void check_runs(const struct ft_sequences *s, const size_t *order, size_t run)
{
    for (size_t i = 1; i < s->n; i++) {
        size_t before = ft_sequences_len(s, order[i - 1]), here = ft_sequences_len(s, order[i]);
        if (i % run)
            assert_true(here <= before);
        else
            assert_true(here > before);
    }
}

static void by_length(void **state)
{
    (void)state;
    /* Runs of 50 batches; of fewer where the epoch has not four times as many; of one at least. */
    static const struct {
        size_t n, batch, run;
    } cases[] = {{2000, 2, 100}, {2000, 16, 31 * 16}, {640, 16, 10 * 16}, {60, 16, 16}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ft_sequences s = {0};
        size_t a[MOST], b[MOST], n = cases[i].n;
        fill(&s, n);
        ft_order_epoch(&s, FT_ORDER_LENGTH, 7, 0, cases[i].batch, a);
        check_permutation(a, n);
        check_runs(&s, a, cases[i].run);
        ft_order_epoch(&s, FT_ORDER_LENGTH, 7, 0, cases[i].batch, b);
        assert_memory_equal(a, b, n * sizeof *a);
        ft_order_epoch(&s, FT_ORDER_LENGTH, 7, 1, cases[i].batch, b);
        check_runs(&s, b, cases[i].run);
        assert_memory_not_equal(a, b, cases[i].batch * sizeof *a);
        ft_sequences_release(&s);
    }
}

static void other_orders(void **state)
{
    (void)state;
    struct ft_sequences s = {0};
    size_t a[MOST], b[MOST];
    fill(&s, 300);
    ft_order_epoch(&s, FT_ORDER_SEQUENTIAL, 7, 3, 16, a);
    for (size_t i = 0; i < s.n; i++)
        assert_int_equal(a[i], i);
    ft_order_epoch(&s, FT_ORDER_RANDOM, 7, 0, 16, b);
    check_permutation(b, s.n);
    assert_memory_not_equal(a, b, s.n * sizeof *a);
    ft_order_epoch(&s, FT_ORDER_RANDOM, 8, 0, 16, a);
    assert_memory_not_equal(a, b, s.n * sizeof *a);
    ft_sequences_release(&s);
}

/* Batches of an evaluation: whole in order, within the workspace, short sequences many at a time. */
static void packing(void **state)
{
    (void)state;
    static const size_t batches[] = {1, 3, 32, 5000};
    static size_t order[MOST];
    struct ft_sequences s = {0};
    fill(&s, MOST);
    ft_order_longest(&s, order);
    for (size_t b = 0; b < sizeof batches / sizeof *batches; b++) {
        struct ft_ws_opt plain = ft_sequences_ws(&s, batches[b], false),
                         opt = ft_sequences_packed_ws(&s, batches[b]);
        size_t passes = 0, plain_passes = (s.n + plain.B - 1) / plain.B;
        assert_int_equal(opt.N, plain.N);
        assert_true(opt.B >= plain.B && opt.B <= s.n && opt.T == s.longest);
        for (size_t done = 0, n = 0; done < s.n; done += n, passes++) {
            size_t tokens = 0;
            n = ft_sequences_fit(&s, order + done, s.n - done, &opt);
            assert_true(n >= 1 && n <= opt.B && n <= s.n - done);
            for (size_t i = 0; i < n; i++)
                tokens += ft_sequences_len(&s, order[done + i]);
            assert_true(tokens <= opt.N);
            bool more = done + n < s.n && n < opt.B; /* and the next one did not fit */
            assert_true(!more || tokens + ft_sequences_len(&s, order[done + n]) > opt.N);
        }
        assert_true(batches[b] >= s.n ? passes == 1 : passes < plain_passes * 3 / 4);
    }
    ft_sequences_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_length),
        cmocka_unit_test(other_orders),
        cmocka_unit_test(packing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

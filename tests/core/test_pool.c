/* The pool hands out every item once, in pieces that depend on the number of threads alone. */
#include "kernel_check.h"

struct tally {
    unsigned char seen[1000];
    int inner;
};

static void inner_mark(void *ctx, size_t begin, size_t end, int worker)
{
    (void)worker;
    int *n = ctx;
    *n += (int)(end - begin);
}

static void mark(void *ctx, size_t begin, size_t end, int worker)
{
    struct tally *t = ctx;
    assert_true(worker >= 0 && worker < ft_pool_threads());
    for (size_t i = begin; i < end; i++)
        t->seen[i]++;
    int inner = 0;
    ft_pool_run(10, 1, inner_mark, &inner);
    if (begin == 0) t->inner = inner;
}

static void test_every_item_once(void **state)
{
    (void)state;
    for (int threads = 1; threads <= 3; threads++) {
        assert_int_equal(ft_pool_init(threads, NULL), FT_OK);
        assert_int_equal(ft_pool_threads(), threads);
        for (size_t n = 0; n <= 1000; n += n < 20 ? 1 : 197) {
            for (size_t grain = 1; grain <= 64; grain *= 4) {
                struct tally t = {{0}, 10};
                ft_pool_run(n, grain, mark, &t);
                ft_pool_each(n, mark, &t);
                for (size_t i = 0; i < 1000; i++)
                    assert_int_equal(t.seen[i], i < n ? 2 : 0);
                assert_int_equal(t.inner, 10);
                size_t at = 0, begin, end;
                for (int w = 0; w < threads; w++) {
                    ft_pool_piece(n, grain, w, &begin, &end);
                    assert_int_equal(begin, at);
                    at = end;
                }
                assert_int_equal(at, n);
            }
        }
    }
    assert_true(ft_pool_bytes() >= 3 * FT_POOL_SCRATCH_BYTES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_item_once)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

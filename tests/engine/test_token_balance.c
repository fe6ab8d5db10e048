/* Batches of about the same number of tokens: every sequence once, no empty batch, within a share and
 * the longest sequence, whatever the lengths and the order; and they fit their workspace. */
#include "engine/task/token_balance.h"

#include "util/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MOST = 400, LONGEST = 512 };

enum lengths { EQUAL, MIXED, ONE_LONG, ALL_ONE, LENGTHS };

static size_t length_of(enum lengths kind, size_t i, struct ft_rng *rng)
{
    switch (kind) {
    case EQUAL:
        return 17;
    case MIXED:
        return 1 + ft_rng_below(rng, LONGEST);
    case ONE_LONG:
        return i == 3 ? LONGEST : 2;
    default:
        return 1;
    }
}

static void fill(struct ft_sequences *s, size_t n, enum lengths kind, struct ft_rng *rng)
{
    static int32_t ids[LONGEST];
    static uint8_t types[LONGEST];
    for (size_t i = 0; i < n; i++) {
        struct ft_enc enc = {.n = length_of(kind, i, rng), .ids = ids, .type_ids = types};
        ft_sequences_add(s, &enc, -1, i);
    }
}

static void check(const struct ft_sequences *s, const size_t *order, size_t batches)
{
    size_t ends[MOST], begin = 0;
    struct ft_ws_opt room = ft_token_balance_ws(s, batches);
    uint64_t all = s->start[s->n];
    ft_token_balance(s, order, batches, ends);
    assert_int_equal(ends[batches - 1], s->n);
    for (size_t b = 0; b < batches; b++) {
        uint64_t tokens = 0;
        assert_true(ends[b] > begin);
        for (size_t i = begin; i < ends[b]; i++)
            tokens += ft_sequences_len(s, order[i]);
        assert_true(tokens <= room.N && ends[b] - begin <= room.B);
        assert_true(tokens < all / batches + 1 + s->longest);
        begin = ends[b];
    }
    assert_true(room.N <= all && room.B <= s->n && room.T == s->longest && room.train);
}

static void test_all(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 2, 7, 100, MOST};
    struct ft_rng rng;
    ft_rng_init(&rng, 5, 1);
    for (size_t c = 0; c < LENGTHS * (sizeof sizes / sizeof *sizes); c++) {
        struct ft_sequences s = {0};
        size_t order[MOST], n = sizes[c / LENGTHS];
        fill(&s, n, (enum lengths)(c % LENGTHS), &rng);
        for (int kind = FT_ORDER_RANDOM; kind <= FT_ORDER_LENGTH; kind++)
            for (size_t batch = 1; batch <= 33; batch = batch * 2 + 1) {
                size_t batches = (n + batch - 1) / batch;
                ft_order_epoch(&s, (enum ft_order)kind, 7, c, batch, order);
                check(&s, order, batches);
            }
        ft_sequences_release(&s);
    }
}

/* Two long texts weigh as much as twenty short ones. */
static void test_shares(void **state)
{
    (void)state;
    struct ft_sequences s = {0};
    static int32_t ids[LONGEST];
    static uint8_t types[LONGEST];
    size_t order[22], ends[2];
    for (size_t i = 0; i < 22; i++) {
        struct ft_enc enc = {.n = i < 2 ? 100 : 10, .ids = ids, .type_ids = types};
        ft_sequences_add(&s, &enc, -1, i);
        order[i] = i;
    }
    ft_token_balance(&s, order, 2, ends);
    assert_int_equal(ends[0], 2);
    assert_int_equal(ends[1], 22);
    ft_sequences_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all),
        cmocka_unit_test(test_shares),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

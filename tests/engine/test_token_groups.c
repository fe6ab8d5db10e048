/* Groups of tokens of two encodings of one text. */
#include "engine/task/token_groups.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* An encoding from words: "S" a special token, "2" what follows is the second text, else "A-B". */
static void make(struct ft_enc *e, const char *text)
{
    static const size_t cap = 64;
    e->ids = calloc(cap, sizeof *e->ids);
    e->parts = calloc(cap, sizeof *e->parts);
    e->bytes = calloc(cap, sizeof *e->bytes);
    e->n = 0;
    uint8_t part = FT_TOK_FIRST;
    char *copy = strdup(text), *rest = copy;
    for (char *word; (word = strsep(&rest, " "));) {
        if (!*word) continue;
        assert_true(e->n < cap);
        if (!strcmp(word, "2")) {
            part = FT_TOK_SECOND;
        } else if (!strcmp(word, "S")) {
            e->parts[e->n++] = FT_TOK_ADDED;
        } else {
            char *end;
            unsigned long from = strtoul(word, &end, 10), to = strtoul(end + 1, NULL, 10);
            assert_int_equal(*end, '-');
            e->parts[e->n] = part;
            e->bytes[e->n++] = (struct ft_span){(uint32_t)from, (uint32_t)to};
        }
    }
    free(copy);
}

static void drop(struct ft_enc *e)
{
    free(e->ids);
    free(e->parts);
    free(e->bytes);
}

/* The groups as "a..a_end=b..b_end " each. */
static void check(const char *left, const char *right, const char *want)
{
    struct ft_token_groups g = {0};
    struct ft_enc a, b;
    struct ft_err err = {0};
    char text[1024] = "";
    make(&a, left);
    make(&b, right);
    for (int twice = 0; twice < 2; twice++) /* the second text's are the same */
        assert_int_equal(ft_token_groups_add(&g, &a, &b, &err), FT_OK);
    assert_int_equal(g.n, 2);
    assert_int_equal(g.start[0], 0);
    assert_int_equal(g.start[2], 2 * g.start[1]);
    for (uint64_t i = g.start[1]; i < g.start[2]; i++) {
        size_t n = strlen(text);
        const struct ft_token_group *x = &g.items[i];
        snprintf(text + n, sizeof text - n, "%d..%d=%d..%d ", x->a, x->a_end, x->b, x->b_end);
        assert_memory_equal(x, &g.items[i - g.start[1]], sizeof *x);
    }
    assert_string_equal(text, want);
    ft_token_groups_release(&g);
    drop(&a);
    drop(&b);
}

static void same_tokens(void **state)
{
    (void)state;
    check("S 0-3 4-9 S", "S 0-3 4-9 S", "0..1=0..1 3..4=3..4 1..2=1..2 2..3=2..3 ");
    check("0-3", "0-3", "0..1=0..1 ");
    check("", "", "");
}

static void other_tokens(void **state)
{
    (void)state;
    /* un ##break ##able, two | unbreak ##able, two */
    check("S 0-2 2-7 7-11 12-15 S", "S 0-7 7-11 12-15 S",
          "0..1=0..1 5..6=4..5 1..3=1..2 3..4=2..3 4..5=3..4 ");
    /* borders that cross, up to a common end */
    check("0-2 2-5 5-9", "0-3 3-9", "0..3=0..2 ");
    /* a leading blank that belongs to a token in one of them */
    check("0-3 3-7", "0-3 4-7", "0..1=0..1 1..2=1..2 ");
}

static void truncated(void **state)
{
    (void)state;
    /* the rest of the longer one is in no group, nor is a token without its end */
    check("0-3 4-6 6-9", "0-3", "0..1=0..1 ");
    check("0-3 4-6", "0-3 4-9", "0..1=0..1 ");
    /* head and tail of a long text, cut in other places */
    check("0-3 4-6 90-93 94-99", "0-3 4-6 7-9 80-89 90-93 94-99",
          "0..1=0..1 1..2=1..2 2..3=4..5 3..4=5..6 ");
    check("0-3 90-99", "0-3 4-8 90-99", "0..1=0..1 1..2=2..3 ");
}

static void pairs(void **state)
{
    (void)state;
    check("S 0-3 S 2 0-2 2-4 S", "S 0-3 S 2 0-4 S",
          "0..1=0..1 2..3=2..3 5..6=4..5 1..2=1..2 3..5=3..4 ");
    /* RoBERTa has two separators between the texts: the first and the last special tokens go
     * together */
    check("S 0-3 S 2 0-4 S", "S 0-3 S S 2 0-4 S", "0..1=0..1 4..5=5..6 1..2=1..2 3..4=4..5 ");
    /* GPT-2 has no special tokens */
    check("S 0-3 S", "0-3", "1..2=0..1 ");
}

static void too_long(void **state)
{
    (void)state;
    struct ft_token_groups g = {0};
    struct ft_enc a = {.n = FT_TOKEN_GROUPS_TOKENS_MAX + 1}, b = {0};
    struct ft_err err = {0};
    assert_int_equal(ft_token_groups_add(&g, &a, &b, &err), FT_UNSUPPORTED);
    assert_non_null(strstr(err.msg, "max_seq_length"));
    ft_token_groups_release(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(same_tokens),
                                       cmocka_unit_test(other_tokens), cmocka_unit_test(truncated),
                                       cmocka_unit_test(pairs), cmocka_unit_test(too_long)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

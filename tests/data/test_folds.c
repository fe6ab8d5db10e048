/* Folds: each item validates once, labels are spread evenly, groups stay whole. */
#include "data/data_test.h"

#include "data/split.h"

enum { ITEMS = 203, LABELS = 5, FOLDS = 7 };

static void parsing(void **state)
{
    (void)state;
    static const char *const bad[] = {"1",   "0/5",  "6/5",   "1/1",    "/5",   "2/",
                                      "a/b", "-1/5", "1/5/5", "1/1001", "1.5/5"};
    struct ft_fold fold;
    struct ft_err err = {0};
    assert_int_equal(ft_fold_parse("", &fold, &err), FT_OK);
    assert_int_equal(fold.of, 0);
    assert_int_equal(ft_fold_parse("2/5", &fold, &err), FT_OK);
    assert_int_equal(fold.at, 2);
    assert_int_equal(fold.of, 5);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(ft_fold_parse(bad[i], &fold, &err), FT_USAGE);
        assert_int_equal(fold.of, 0);
    }
}

/* Label k has about twice the items of label k + 1; every tenth item has none. */
static void stratified(void **state)
{
    (void)state;
    int32_t labels[ITEMS];
    uint8_t parts[ITEMS], again[ITEMS];
    size_t validated[ITEMS] = {0}, of_label[LABELS + 1] = {0};
    for (size_t i = 0; i < ITEMS; i++) {
        labels[i] = i % 10 == 9 ? -1 : i % 2 ? 0 : i % 4 ? 1 : i % 8 ? 2 : i % 16 ? 3 : 4;
        of_label[labels[i] + 1]++;
    }
    for (size_t k = 1; k <= FOLDS; k++) {
        size_t n = 0, by_label[LABELS + 1] = {0};
        ft_fold_stratified(labels, ITEMS, LABELS, (struct ft_fold){k, FOLDS}, 42, parts);
        ft_fold_stratified(labels, ITEMS, LABELS, (struct ft_fold){k, FOLDS}, 42, again);
        assert_memory_equal(parts, again, sizeof parts);
        for (size_t i = 0; i < ITEMS; i++) {
            if (parts[i] != FT_PART_VALIDATION) {
                assert_int_equal(parts[i], FT_PART_TRAIN);
                continue;
            }
            n++;
            by_label[labels[i] + 1]++;
            validated[i]++;
        }
        assert_true(n == ITEMS / FOLDS || n == ITEMS / FOLDS + 1);
        for (size_t c = 0; c <= LABELS; c++)
            assert_true(by_label[c] == of_label[c] / FOLDS ||
                        by_label[c] == (of_label[c] + FOLDS - 1) / FOLDS);
    }
    for (size_t i = 0; i < ITEMS; i++)
        assert_int_equal(validated[i], 1);
    ft_fold_stratified(labels, ITEMS, LABELS, (struct ft_fold){1, FOLDS}, 42, parts);
    ft_fold_stratified(labels, ITEMS, LABELS, (struct ft_fold){1, FOLDS}, 43, again);
    assert_memory_not_equal(parts, again, sizeof parts);
}

/* An item whose label has no other stays in training: no model could know its label. */
static void single(void **state)
{
    (void)state;
    static const int32_t labels[] = {0, 0, 0, 0, 1, 2, 2, 2};
    uint8_t parts[8];
    for (size_t k = 1; k <= 4; k++) {
        ft_fold_stratified(labels, 8, 3, (struct ft_fold){k, 4}, 7, parts);
        assert_int_equal(parts[4], FT_PART_TRAIN);
    }
}

static void in_order(void **state)
{
    (void)state;
    uint8_t parts[10];
    size_t from = 0;
    for (size_t k = 1; k <= 3; k++) {
        ft_fold_in_order(10, (struct ft_fold){k, 3}, parts);
        size_t first = 0, n = 0;
        while (parts[first] != FT_PART_VALIDATION)
            first++;
        while (first + n < 10 && parts[first + n] == FT_PART_VALIDATION)
            n++;
        assert_int_equal(first, from);
        assert_true(n == 3 || n == 4);
        from += n;
    }
    assert_int_equal(from, 10);
}

static void groups(void **state)
{
    (void)state;
    static const size_t sizes[] = {40, 3, 3, 2, 20, 20, 1, 9, 0};
    size_t validated[9] = {0};
    uint8_t parts[9];
    for (size_t k = 1; k <= 3; k++) {
        size_t n = 0;
        ft_fold_groups(sizes, 9, (struct ft_fold){k, 3}, 5, parts);
        for (size_t g = 0; g < 9; g++) {
            if (parts[g] != FT_PART_VALIDATION) continue;
            validated[g]++;
            n += sizes[g];
        }
        assert_true(n >= 28 && n <= 40);
    }
    for (size_t g = 0; g < 9; g++)
        assert_int_equal(validated[g], 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parsing),  cmocka_unit_test(stratified), cmocka_unit_test(single),
        cmocka_unit_test(in_order), cmocka_unit_test(groups),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

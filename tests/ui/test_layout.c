/* Panels at every size from 1x1 to 300x120: inside the body, never over each other or a separator.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "ui/layout_check.h"

static const struct ft_node data = FT_ROWS(
    1, FT_PANEL(0, .h = 1, .h_max = 1, .bare = true),
    FT_COLS(1,
            FT_ROWS(2, FT_PANEL(1, .h = 4, .w = 40, .weight = 2),
                    FT_PANEL(2, .h = 3, .w = 40, .drop = 1)),
            FT_ROWS(1, FT_PANEL(3, .h = 3, .h_max = 5, .w = 25, .w_max = 62),
                    FT_PANEL(4, .h = 4, .w = 25, .w_max = 62, .drop = 3),
                    FT_PANEL(5, .h = 4, .w = 25, .w_max = 62, .drop = 2),
                    FT_PANEL(6, .h = 6, .w = 25, .w_max = 62, .from_w = 120, .from_h = 40))));

static const struct ft_node train =
    FT_ROWS(1, FT_PANEL(0, .h = 2, .h_max = 2, .bare = true),
            FT_COLS(3,
                    FT_ROWS(3, FT_PANEL(1, .h = 6, .weight = 3), FT_PANEL(2, .h = 2, .drop = 2),
                            FT_PANEL(3, .h = 2, .drop = 3)),
                    FT_ROWS(2, FT_PANEL(4, .h = 4), FT_PANEL(5, .h = 4, .drop = 4),
                            FT_PANEL(6, .h = 5, .drop = 5)),
                    FT_PANEL(8, .w = 30, .from_w = 160)),
            FT_PANEL(7, .h = 3, .h_max = 8, .drop = 6));

static void check(const struct ft_node *root, int h, int w)
{
    struct ft_rect body = {1, 0, h - 3, w};
    struct ft_layout l;
    ft_layout_solve(&l, root, body);
    layout_check(&l, body, h, w, "tree");
}

static void test_every_size(void **state)
{
    (void)state;
    for (int h = 1; h <= 120; h++)
        for (int w = 1; w <= 300; w += h % 7 ? 3 : 1) {
            check(&data, h, w);
            check(&train, h, w);
        }
}

static void test_drops(void **state)
{
    (void)state;
    struct ft_layout l;
    ft_layout_solve(&l, &train, (struct ft_rect){1, 0, 21, 80});
    for (int p = 0; p <= 7; p++)
        assert_true(l.panel[p].h > 0); /* all show at 80x24 */
    assert_int_equal(l.panel[8].h, 0);
    ft_layout_solve(&l, &train, (struct ft_rect){1, 0, 12, 80});
    assert_int_equal(l.panel[7].h, 0); /* the last goes first */
    assert_true(l.panel[1].h >= 6);
    ft_layout_solve(&l, &train, (struct ft_rect){1, 0, 57, 200});
    assert_true(l.panel[8].h > 0);
    ft_layout_solve(&l, &data, (struct ft_rect){1, 0, 57, 200});
    assert_true(l.panel[3].w <= 62);
    assert_true(l.panel[3].h <= 5);
}

static void test_forms(void **state)
{
    (void)state;
    assert_int_equal(ft_layout_form(24, 80), FT_FORM_FULL);
    assert_int_equal(ft_layout_form(23, 80), FT_FORM_SINGLE);
    assert_int_equal(ft_layout_form(24, 79), FT_FORM_SINGLE);
    assert_int_equal(ft_layout_form(10, 40), FT_FORM_SINGLE);
    assert_int_equal(ft_layout_form(9, 200), FT_FORM_LINE);
    assert_int_equal(ft_layout_form(60, 39), FT_FORM_LINE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_size),
        cmocka_unit_test(test_drops),
        cmocka_unit_test(test_forms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

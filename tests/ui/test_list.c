/* Lists: clicks and movement as arithmetic; the header of a table. */
#include "ui/widgets/list.h"
#include "ui/picture.h"

static void row(void *arg, size_t i, struct ft_canvas *c, int y, int x, int w)
{
    (void)arg;
    ft_canvas_printf(c, y, x, w, FT_ROLE_NORMAL, "row %zu", i);
}

static void draw(struct ft_canvas *c, struct ft_list *l, struct ft_rect r)
{
    ft_canvas_resize(c, 12, 40);
    ft_canvas_clear(c);
    ft_list_draw(c, r, l, true, row, NULL);
}

/* A click selects the row it is on; above the list, below its last row and below the panel it does
 * nothing. */
static void test_click(void **state)
{
    (void)state;
    struct ft_canvas c = {0};
    struct ft_list l = {.n = 3, .selected = 1};
    draw(&c, &l, (struct ft_rect){2, 0, 8, 40});
    assert_false(ft_list_click(&l, 1));
    assert_int_equal(l.selected, 1);
    assert_true(ft_list_click(&l, 4));
    assert_int_equal(l.selected, 2);
    for (int y = 5; y < 14; y++) {
        assert_false(ft_list_click(&l, y));
        assert_int_equal(l.selected, 2);
    }
    assert_true(ft_list_click(&l, 2));
    assert_int_equal(l.selected, 0);
    /* scrolled: the row on the screen counts, and the last one of the panel is there */
    struct ft_list many = {.n = 100, .selected = 50};
    draw(&c, &many, (struct ft_rect){2, 0, 8, 40});
    size_t top = many.top;
    assert_true(ft_list_click(&many, 9));
    assert_int_equal(many.selected, top + 7);
    assert_false(ft_list_click(&many, 10));
    assert_int_equal(many.selected, top + 7);
    struct ft_list none = {0};
    draw(&c, &none, (struct ft_rect){2, 0, 8, 40});
    assert_false(ft_list_click(&none, 2));
    ft_canvas_release(&c);
}

static void test_move(void **state)
{
    (void)state;
    struct ft_canvas c = {0};
    struct ft_list l = {.n = 20};
    draw(&c, &l, (struct ft_rect){0, 0, 5, 40});
    assert_true(ft_list_move(&l, FT_MOVE_UP) && l.selected == 0);
    assert_true(ft_list_move(&l, FT_MOVE_PAGE_DOWN) && l.selected == 4);
    assert_true(ft_list_move(&l, FT_MOVE_BOTTOM) && l.selected == 19);
    assert_true(ft_list_move(&l, FT_MOVE_DOWN) && l.selected == 19);
    assert_true(ft_list_move(&l, FT_MOVE_TOP) && l.selected == 0);
    ft_list_select(&l, 19);
    ft_list_resize(&l, 4); /* rows that went took the selection with them */
    assert_int_equal(l.selected, 3);
    ft_canvas_release(&c);
}

/* The mark of sorting stands apart from the name, whatever the width, and the name stays readable.
 */
static void test_sort_mark(void **state)
{
    (void)state;
    static const struct ft_column cols[] = {{"label", 0, false, 0},
                                            {"recall", 8, true, 0},
                                            {"part", 4, false, 0},
                                            {"rows", 6, true, 0}};
    static const char *const want[] = {"label ^", "recall ^", "pa ^", "rows ^"};
    struct ft_canvas c = {0};
    for (int i = 0; i < 4; i++) {
        struct ft_str text = {0};
        ft_canvas_resize(&c, 1, 40);
        ft_canvas_clear(&c);
        ft_columns_header(&c, 0, 0, cols, 4, 40, i, false);
        ft_canvas_dump(&c, &text);
        if (!strstr(ft_str_text(&text), want[i]))
            fail_msg("'%s' lacks '%s'", ft_str_text(&text), want[i]);
        ft_canvas_clear(&c);
        ft_str_clear(&text);
        ft_columns_header(&c, 0, 0, cols, 4, 40, i, true);
        ft_canvas_dump(&c, &text);
        assert_non_null(strstr(ft_str_text(&text), " v"));
        assert_null(strstr(ft_str_text(&text), "^"));
        ft_str_release(&text);
    }
    ft_canvas_release(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_click), cmocka_unit_test(test_move),
                                       cmocka_unit_test(test_sort_mark)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

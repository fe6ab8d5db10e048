/* Scatter plots: pictures, the cursor's way from pair to pair, and values that cannot be drawn. */
#include "ui/picture.h"

#include "ui/widgets/scatter.h"
#include "util/rng.h"

#include <math.h>

enum { N = 240, H = 14, W = 44 };
static const struct ft_rect whole = {0, 0, H, W};
static double x[N], y[N];

/* Scores from 0 to 5 in quarters; predictions around them, flatter, as a model's are. */
static void make_pairs(void)
{
    struct ft_rng r;
    ft_rng_init(&r, 42, 1);
    for (int i = 0; i < N; i++) {
        x[i] = i % 21 / 4.0;
        y[i] = 0.6 + 0.75 * x[i] + 0.35 * ft_rng_normal(&r);
    }
}

static void draw(struct ft_canvas *c, const struct ft_scatter *s, int h, int w)
{
    ft_canvas_resize(c, h, w);
    ft_scatter_draw(c, (struct ft_rect){0, 0, h, w}, s, false);
}

static void pictures(void **state)
{
    (void)state;
    make_pairs();
    struct ft_canvas c = {0};
    struct ft_scatter s = {.x = x, .y = y, .n = N, .cursor = FT_SCATTER_NONE};
    draw(&c, &s, H, W);
    expect_picture("scatter", &c);
    s.cursor = ft_scatter_worst(&s);
    c.ascii = true;
    draw(&c, &s, H, W);
    expect_picture("scatter_ascii", &c);
    c.ascii = false;
    draw(&c, &s, 40, 130);
    expect_picture("scatter_large", &c);
    double one[] = {250000}, near[] = {251000};
    s = (struct ft_scatter){.x = one, .y = near, .n = 1, .cursor = 0};
    draw(&c, &s, H, W);
    expect_picture("scatter_one", &c);
    ft_canvas_release(&c);
}

static void empty(const struct ft_scatter *s, int h, int w)
{
    struct ft_canvas c = {0};
    struct ft_str text = {0};
    draw(&c, s, h, w);
    ft_canvas_dump(&c, &text);
    for (size_t i = 0; i < text.len; i++)
        assert_true(text.data[i] == '\n');
    ft_str_release(&text);
    ft_canvas_release(&c);
}

static void what_cannot_be_drawn(void **state)
{
    (void)state;
    double bad[] = {NAN, INFINITY, 2}, good[] = {1, 2, -INFINITY};
    struct ft_scatter s = {.x = bad, .y = good, .n = 3, .cursor = 0};
    empty(&s, H, W);
    assert_int_equal(ft_scatter_worst(&s), FT_SCATTER_NONE);
    assert_int_equal(ft_scatter_move(&s, whole, 1, 0), FT_SCATTER_NONE);
    s.n = 0;
    empty(&s, H, W);
    make_pairs();
    s = (struct ft_scatter){.x = x, .y = y, .n = N, .cursor = 3};
    for (int h = 1; h < 5; h++)
        empty(&s, h, W);
    for (int w = 1; w < 16; w++)
        empty(&s, H, w);
    assert_int_equal(ft_scatter_move(&s, (struct ft_rect){0, 0, 2, 2}, 1, 0), 3);
    struct ft_canvas c = {0}; /* every size, with huge and tiny ranges: nothing outside */
    double wide[] = {-1e300, 1e300, 0, 1e-300}, small[] = {1e-9, 2e-9, 1.5e-9, 1e-9};
    for (int h = 1; h < 30; h++)
        for (int w = 1; w < 90; w += 7) {
            s = (struct ft_scatter){.x = wide, .y = wide, .n = 4, .cursor = 1};
            draw(&c, &s, h, w);
            s = (struct ft_scatter){.x = small, .y = small, .n = 4, .cursor = 1};
            draw(&c, &s, h, w);
        }
    ft_canvas_release(&c);
}

static void the_cursor_moves(void **state)
{
    (void)state;
    double px[] = {0, 5, 5, 10, 5}, py[] = {5, 0, 5, 5, 10};
    struct ft_scatter s = {.x = px, .y = py, .n = 5, .cursor = 2};
    assert_int_equal(ft_scatter_move(&s, whole, 0, -1), 0);
    assert_int_equal(ft_scatter_move(&s, whole, -1, 0), 1);
    assert_int_equal(ft_scatter_move(&s, whole, 0, 1), 3);
    assert_int_equal(ft_scatter_move(&s, whole, 1, 0), 4);
    s.cursor = 4;
    assert_int_equal(ft_scatter_move(&s, whole, 1, 0), 4); /* nothing above */
    make_pairs();
    s = (struct ft_scatter){.x = x, .y = y, .n = N, .cursor = FT_SCATTER_NONE};
    s.cursor = ft_scatter_move(&s, whole, 0, 1);
    for (size_t i = 0; i < N; i++)
        assert_true(fabs(x[i] - y[i]) <= fabs(x[s.cursor] - y[s.cursor]));
    for (int step = 0; step < 200; step++) { /* each key moves its way, and the ends hold */
        int dx = step % 4 == 0 ? 1 : step % 4 == 1 ? -1 : 0;
        int dy = dx ? 0 : step % 4 == 2 ? 1 : -1;
        long long at = ft_scatter_move(&s, whole, dy, dx);
        assert_true(at >= 0 && at < N);
        if (at != s.cursor && dx) assert_true((x[at] - x[s.cursor]) * dx > 0);
        if (at != s.cursor && dy) assert_true((y[at] - y[s.cursor]) * dy > 0);
        s.cursor = at;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pictures),
        cmocka_unit_test(what_cannot_be_drawn),
        cmocka_unit_test(the_cursor_moves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

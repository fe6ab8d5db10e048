/* Plots against stored pictures, and the arithmetic behind them against what it must give. */
#include "ui/picture.h"

#include "ui/widgets/matrix.h"
#include "ui/widgets/plot.h"
#include "util/rng.h"

#include <math.h>

enum { N = 374 };
static struct ft_point raw[N], val[3];

/* A loss that falls with noise around it, and three evaluations. */
static void make_series(void)
{
    struct ft_rng r;
    ft_rng_init(&r, 42, 1);
    for (int i = 0; i < N; i++) {
        double x = 10.0 * (i + 1);
        raw[i] = (struct ft_point){x, 0.1 + 0.6 * exp(-x / 600) + 0.05 * ft_rng_normal(&r)};
    }
    val[0] = (struct ft_point){1246, 0.2781};
    val[1] = (struct ft_point){2492, 0.2604};
    val[2] = (struct ft_point){3738, 0.2893};
}

static void draw(struct ft_canvas *c, const struct ft_plot *p, struct ft_plot_report *rep, int h,
                 int w)
{
    ft_canvas_resize(c, h, w);
    ft_plot_draw(c, (struct ft_rect){0, 0, h, w}, p, rep);
}

static void test_loss(void **state)
{
    (void)state;
    make_series();
    struct ft_series s[] = {
        {.kind = FT_SERIES_RAW, .points = raw, .n = 260, .style = FT_ROLE_ACCENT},
        {.kind = FT_SERIES_MARKED, .points = val, .n = 2, .style = FT_ROLE_SERIES2, .marker = 'o'}};
    struct ft_plot_range range = {0};
    struct ft_plot p = {.series = s,
                        .series_n = 2,
                        .x_max = 3738,
                        .smooth = 0.9,
                        .from_zero = true,
                        .range = &range};
    struct ft_plot_report rep;
    struct ft_canvas c = {0};
    draw(&c, &p, &rep, 10, 46);
    expect_picture("plot_loss", &c);
    assert_true(rep.beyond <= 6);
    assert_int_equal(rep.bad, 0);
    c.ascii = true;
    draw(&c, &p, &rep, 10, 46);
    expect_picture("plot_loss_ascii", &c);
    c.ascii = false;
    p.log_y = true;
    p.from_zero = false;
    p.range = NULL;
    draw(&c, &p, &rep, 12, 60);
    expect_picture("plot_loss_log", &c);
    struct ft_plot_event ev[] = {{600, 'r'}, {2492, 'b'}};
    p.log_y = false;
    p.events = ev;
    p.events_n = 2;
    p.has_cursor = true;
    p.cursor = 1870;
    draw(&c, &p, &rep, 12, 60);
    expect_picture("plot_loss_events", &c);
    ft_canvas_release(&c);
}

static void test_range_only_grows(void **state)
{
    (void)state;
    struct ft_point a[] = {{0, 0.2}, {1, 0.4}}, b[] = {{0, 0.2}, {1, 3.9}};
    struct ft_series s = {.kind = FT_SERIES_LINE, .points = b, .n = 2};
    struct ft_plot_range range = {0};
    struct ft_plot p = {.series = &s, .series_n = 1, .range = &range, .from_zero = true};
    struct ft_canvas c = {0};
    draw(&c, &p, NULL, 8, 30);
    assert_true(range.set && range.lo == 0 && range.hi >= 3.9);
    double hi = range.hi;
    s.points = a;
    draw(&c, &p, NULL, 8, 30);
    assert_true(range.hi == hi);
    p.fit_all = true;
    draw(&c, &p, NULL, 8, 30);
    assert_true(range.hi < 1);
    ft_canvas_release(&c);
}

static void test_scores_go_no_higher_than_they_can(void **state)
{
    (void)state;
    struct ft_point one[] = {{0, 1}, {1, 1}};
    struct ft_series s = {.kind = FT_SERIES_MARKED, .points = one, .n = 2};
    struct ft_plot_range range = {0}, free_range = {0};
    struct ft_plot p = {.series = &s, .series_n = 1, .range = &range, .y_limit = 1};
    struct ft_canvas c = {0};
    draw(&c, &p, NULL, 8, 30);
    assert_true(range.hi == 1 && range.lo < 1);
    p.range = &free_range;
    p.y_limit = 0;
    draw(&c, &p, NULL, 8, 30);
    assert_true(free_range.hi > 1);
    ft_canvas_release(&c);
}

/* The ticks of an axis are written in one way, also where the smallest alone would be in another.
 */
static void test_one_form(void **state)
{
    (void)state;
    struct ft_point pts[] = {{0, 0}, {1, 1e-3}};
    struct ft_series s = {.kind = FT_SERIES_LINE, .points = pts, .n = 2, .style = FT_ROLE_ACCENT};
    struct ft_plot p = {.series = &s, .series_n = 1, .from_zero = true};
    struct ft_canvas c = {0};
    struct ft_str text = {0};
    draw(&c, &p, NULL, 6, 30);
    ft_canvas_dump(&c, &text);
    assert_non_null(strstr(ft_str_text(&text), ".0010"));
    assert_non_null(strstr(ft_str_text(&text), ".0005"));
    assert_null(strstr(ft_str_text(&text), "0.0005"));
    ft_str_release(&text);
    ft_canvas_release(&c);
}

static void test_bad_values(void **state)
{
    (void)state;
    struct ft_point pts[] = {{0, 1}, {1, 2}, {2, NAN}, {3, INFINITY}, {4, 2}, {5, 3}};
    struct ft_series s = {.kind = FT_SERIES_LINE, .points = pts, .n = 6, .style = FT_ROLE_ACCENT};
    struct ft_plot p = {.series = &s, .series_n = 1};
    struct ft_plot_report rep;
    struct ft_canvas c = {0};
    draw(&c, &p, &rep, 6, 30);
    assert_int_equal(rep.bad, 2);
    expect_picture("plot_bad", &c);
    ft_canvas_release(&c);
}

static void test_overlay(void **state)
{
    (void)state;
    struct ft_point a[60], b[60];
    for (int i = 0; i < 60; i++) {
        a[i] = (struct ft_point){i / 20.0, 0.91 - 0.06 * exp(-i / 15.0)};
        b[i] = (struct ft_point){i / 20.0, 0.875 - 0.03 * exp(-i / 10.0)};
    }
    struct ft_series s[] = {{.kind = FT_SERIES_LINE,
                             .points = a,
                             .n = 60,
                             .style = FT_ROLE_SERIES1,
                             .marker = 'o',
                             .overlay = true},
                            {.kind = FT_SERIES_LINE,
                             .points = b,
                             .n = 60,
                             .style = FT_ROLE_SERIES2,
                             .marker = 'x',
                             .overlay = true,
                             .pattern = 1}};
    struct ft_plot p = {.series = s, .series_n = 2};
    struct ft_canvas c = {0};
    draw(&c, &p, NULL, 9, 45);
    expect_picture("plot_overlay", &c);
    ft_canvas_release(&c);
}

/* One million points cost one pass, and no peak is lost: the envelope shows the single spike. */
static void test_envelope(void **state)
{
    (void)state;
    enum { MANY = 200000 };
    struct ft_point *pts = malloc(MANY * sizeof *pts);
    for (int i = 0; i < MANY; i++)
        pts[i] = (struct ft_point){i, 1};
    pts[77777].y = 2;
    struct ft_series s = {.kind = FT_SERIES_RAW, .points = pts, .n = MANY, .style = FT_ROLE_ACCENT};
    struct ft_plot p = {.series = &s,
                        .series_n = 1,
                        .smooth = 0.9,
                        .fixed = true,
                        .y_min = 0,
                        .y_max = 2,
                        .no_labels = true};
    struct ft_canvas c = {0};
    draw(&c, &p, NULL, 2, 41);
    int column = (int)lround(77777.0 / (MANY - 1) * 79) / 2 + 1;
    uint32_t cp = ft_canvas_at(&c, 0, column)->cp;
    assert_true(cp > 0x2800 && cp < 0x2900);
    assert_true((cp - 0x2800) & 0x09); /* the top row of dots */
    free(pts);
    ft_canvas_release(&c);
}

static void test_smoothing(void **state)
{
    (void)state;
    struct ft_point pts[100];
    double out[100];
    for (int i = 0; i < 100; i++)
        pts[i] = (struct ft_point){i, 0.1};
    pts[50].y = NAN;
    ft_plot_smooth(pts, 100, 0.99, out);
    for (int i = 0; i < 100; i++)
        if (i == 50)
            assert_true(isnan(out[i]));
        else
            assert_true(out[i] == 0.1); /* exact on a constant series, from the first point on */
    pts[0].y = 1;
    pts[1].y = 3;
    ft_plot_smooth(pts, 2, 0.5, out);
    /* debiased: (0.5 * 0.5 * 1 + 0.5 * 3) / (1 - 0.25) */
    assert_true(fabs(out[1] - (0.25 + 1.5) / 0.75) < 1e-12);
    assert_true(ft_smooth_next(0.9, 1) == 0.95 && ft_smooth_next(0.9, -1) == 0.8);
    assert_true(ft_smooth_next(0, -1) == 0 && ft_smooth_next(0.99, 1) == 0.99);
}

static void test_ticks(void **state)
{
    (void)state;
    double first, step;
    assert_int_equal(ft_plot_ticks(0, 0.8, 5, &first, &step), 5);
    assert_true(first == 0 && fabs(step - 0.2) < 1e-12);
    for (double span = 1e-8; span < 1e8; span *= 3.7)
        for (int max = 3; max < 20; max++) {
            int n = ft_plot_ticks(1, 1 + span, max, &first, &step);
            assert_true(n >= 2 && n <= max);
            assert_true(first <= 1 + span * 1e-6 &&
                        first + step * (n - 1) >= (1 + span) * (1 - 1e-9));
        }
}

/* Labels of the y axis, top down, as numbers; returns how many. */
static int axis_labels(const struct ft_canvas *c, double *out, int max)
{
    struct ft_str text = {0};
    int n = 0;
    ft_canvas_dump(c, &text);
    for (const char *line = ft_str_text(&text), *end; *line; line = end + (*end == '\n')) {
        end = line + strcspn(line, "\n");
        const char *tick = strstr(line, "\u2524");
        char number[32];
        size_t k = 0;
        if (!tick || tick >= end || tick == line || n == max) continue;
        for (const char *p = line; p < tick && k + 1 < sizeof number; p++)
            if (*p != ',') number[k++] = *p;
        number[k] = 0;
        out[n++] = strtod(number, NULL);
    }
    ft_str_release(&text);
    return n;
}

/* Whatever the range, a logarithmic axis says two values at least; they are in order, and spaced as
 * their logarithms. */
static void test_log_labels(void **state)
{
    (void)state;
    static const double ratios[] = {1, 1.0001, 1.02, 1.13, 1.5, 2.2, 4.9,
                                    9, 12,     80,   3e3,  1e6, 1e12};
    struct ft_canvas c = {0};
    for (double lo = 1.7e-6; lo < 1e4; lo *= 2.9)
        for (size_t k = 0; k < sizeof ratios / sizeof *ratios; k++)
            for (int h = 6; h <= 40; h += 3) {
                struct ft_point pts[] = {{0, lo * ratios[k]}, {1, lo}};
                struct ft_series s = {
                    .kind = FT_SERIES_LINE, .points = pts, .n = 2, .style = FT_ROLE_ACCENT};
                struct ft_plot p = {.series = &s, .series_n = 1, .log_y = true};
                double label[64];
                draw(&c, &p, NULL, h, 40);
                int n = axis_labels(&c, label, 64);
                if (n < 2) fail_msg("%d labels from %g to %g in %d rows", n, lo, pts[0].y, h);
                for (int i = 1; i < n; i++)
                    if (!(label[i] < label[i - 1]))
                        fail_msg("%g above %g, from %g to %g", label[i - 1], label[i], lo,
                                 pts[0].y);
            }
    struct ft_point pts[] = {{0, 4.4}, {1, 3.9}};
    struct ft_series s = {.kind = FT_SERIES_LINE, .points = pts, .n = 2};
    struct ft_plot_range range = {0};
    struct ft_plot p = {.series = &s, .series_n = 1, .log_y = true, .range = &range};
    double label[8];
    draw(&c, &p, NULL, 10, 46);
    assert_true(axis_labels(&c, label, 8) >= 2 && label[0] >= 4.4);
    assert_true(range.lo > log10(3.4) && range.hi < log10(5.1)); /* fitted to the data */
    ft_canvas_release(&c);
}

/* A linear axis is fitted to the data: a loss from 2.9 to 3.1 fills the plot. */
static void test_fitted(void **state)
{
    (void)state;
    struct ft_point pts[] = {{0, 3.1}, {1, 2.9}};
    struct ft_series s = {.kind = FT_SERIES_LINE, .points = pts, .n = 2};
    struct ft_plot_range range = {0};
    struct ft_plot p = {.series = &s, .series_n = 1, .range = &range};
    struct ft_canvas c = {0};
    draw(&c, &p, NULL, 10, 46);
    assert_true(range.lo > 2.69 && range.lo < 2.91 && range.hi > 3.09 && range.hi < 3.31);
    ft_canvas_release(&c);
}

static void test_histogram(void **state)
{
    (void)state;
    uint64_t bins[48];
    for (int i = 0; i < 48; i++) {
        double z = (i - 10) / 6.0;
        bins[i] = i < 2 ? 0 : (uint64_t)(1336 * exp(-z * z / 2)) + (i < 46 ? 20 : 0);
    }
    struct ft_histogram h = {.bins = bins, .bins_n = 48, .cut = 12, .bin_w = 1024.0 / 48};
    struct ft_canvas c = {0};
    ft_canvas_resize(&c, 6, 26);
    ft_histogram_draw(&c, (struct ft_rect){0, 0, 6, 26}, &h);
    expect_picture("histogram", &c);
    c.ascii = true;
    ft_canvas_resize(&c, 6, 40);
    h.y_labels = true;
    ft_histogram_draw(&c, (struct ft_rect){0, 0, 6, 40}, &h);
    expect_picture("histogram_ascii", &c);
    ft_canvas_release(&c);
}

static void test_sizes(void **state)
{
    (void)state;
    make_series();
    struct ft_series s[] = {{.kind = FT_SERIES_RAW, .points = raw, .n = N},
                            {.kind = FT_SERIES_MARKED, .points = val, .n = 3}};
    struct ft_plot p = {.series = s, .series_n = 2, .smooth = 0.8};
    uint64_t counts[9] = {5, 1, 0, 2, 7, 1, 0, 0, 0};
    const char *labels[3] = {"one", "two", "three"};
    struct ft_matrix m = {.counts = counts, .labels = labels, .n = 3, .row = 1, .col = 0};
    struct ft_canvas c = {0};
    for (int h = 0; h < 14; h++)
        for (int w = 0; w < 70; w++) {
            struct ft_rect r = {1, 1, h, w};
            ft_canvas_resize(&c, h + 2, w + 2);
            ft_plot_draw(&c, r, &p, NULL);
            ft_matrix_draw(&c, r, &m, true);
            ft_error_map_draw(&c, r, &m);
            for (int y = 0; y < h + 2; y++)
                for (int x = 0; x < w + 2; x++)
                    if (y < 1 || y > h || x < 1 || x > w)
                        assert_int_equal(ft_canvas_at(&c, y, x)->cp, ' ');
        }
    ft_canvas_release(&c);
}

static void test_matrix(void **state)
{
    (void)state;
    uint64_t counts[4] = {1122, 121, 114, 1133};
    const char *labels[2] = {"negative", "positive"};
    struct ft_matrix m = {.counts = counts, .labels = labels, .n = 2, .row = -1, .col = -1};
    struct ft_canvas c = {0};
    assert_true(ft_matrix_worst(&m));
    assert_int_equal(m.row, 0);
    assert_int_equal(m.col, 1);
    ft_canvas_resize(&c, 5, 42);
    assert_int_equal(ft_matrix_draw(&c, (struct ft_rect){0, 1, 5, 40}, &m, true), 4);
    expect_picture("matrix_two", &c);
    m.mode = FT_MATRIX_TRUE;
    ft_canvas_resize(&c, 5, 42);
    ft_matrix_draw(&c, (struct ft_rect){0, 1, 5, 40}, &m, true);
    expect_picture("matrix_two_true", &c);
    ft_canvas_release(&c);
}

static void test_matrix_many(void **state)
{
    (void)state;
    enum { L = 77 };
    static uint64_t counts[L * L];
    static char names[L][24];
    const char *labels[L];
    struct ft_rng r;
    ft_rng_init(&r, 7, 2);
    for (int i = 0; i < L; i++) {
        snprintf(names[i], sizeof names[i], "label_number_%d", i);
        labels[i] = names[i];
        counts[i * L + i] = 30 + ft_rng_below(&r, 11);
    }
    for (int i = 0; i < 120; i++)
        counts[ft_rng_below(&r, L * L)] += 1;
    counts[25 * L + 27] = 7;
    struct ft_matrix m = {.counts = counts, .labels = labels, .n = L, .window = 12};
    struct ft_canvas c = {0};
    assert_true(ft_matrix_worst(&m));
    assert_int_equal(m.row, 25);
    assert_int_equal(m.col, 27);
    ft_canvas_resize(&c, 20, 57);
    ft_matrix_draw(&c, (struct ft_rect){0, 1, 20, 56}, &m, true);
    expect_picture("matrix_window", &c);
    ft_canvas_resize(&c, 20, 40);
    assert_int_equal(ft_error_map_draw(&c, (struct ft_rect){0, 0, 20, 39}, &m), 1);
    expect_picture("error_map", &c);
    assert_int_equal(ft_error_map_draw(&c, (struct ft_rect){0, 0, 10, 20}, &m), 2);
    ft_canvas_release(&c);
}

static void test_numbers(void **state)
{
    (void)state;
    char b[32];
    assert_string_equal(ft_format_short(b, sizeof b, 0.1178, 3), ".118");
    assert_string_equal(ft_format_short(b, sizeof b, -0.5, 2), "-.50");
    assert_string_equal(ft_format_short(b, sizeof b, 1.5, 3), "1.500");
    assert_string_equal(ft_format_short(b, sizeof b, NAN, 3), "nan");
    assert_string_equal(ft_format_metric(b, sizeof b, 0.9096, false), ".9096");
    assert_string_equal(ft_format_metric(b, sizeof b, 0.4237, true), "0.42");
    assert_string_equal(ft_format_metric(b, sizeof b, 59.654, true), "59.65");
    assert_string_equal(ft_format_g(b, sizeof b, 1.678e-5, 3), "1.68e-05");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_loss),
        cmocka_unit_test(test_range_only_grows),
        cmocka_unit_test(test_scores_go_no_higher_than_they_can),
        cmocka_unit_test(test_bad_values),
        cmocka_unit_test(test_one_form),
        cmocka_unit_test(test_overlay),
        cmocka_unit_test(test_envelope),
        cmocka_unit_test(test_smoothing),
        cmocka_unit_test(test_log_labels),
        cmocka_unit_test(test_fitted),
        cmocka_unit_test(test_ticks),
        cmocka_unit_test(test_histogram),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_matrix),
        cmocka_unit_test(test_matrix_many),
        cmocka_unit_test(test_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

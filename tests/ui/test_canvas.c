/* Cells: widths, cutting, what is made visible, joints, bars, wrapping, colours. */
#include "ui/picture.h"

#include "ui/widgets/rich.h"
#include "ui/widgets/svg.h"

#include <math.h>

static struct ft_canvas c;

static void fresh(int h, int w)
{
    ft_canvas_resize(&c, h, w);
}

static void test_widths(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int w;
    } rows[] = {{"abc", 3},      {"日本", 4},   {"e\u0301x", 2},     {"\u2500\u2502", 2},
                {"✓✗›▸▪", 5},    {"\u28ff", 1}, {"a\tb", 3},         {"\033[2J", 5},
                {"\x80", 1},     {"\u202e", 6}, {"\u2066", 6},       {"\x7f", 2},
                {"\xff\xfe", 2}, {"", 0},       {"\u200b", 0},       {"\u00ad", 1},
                {"\xc2\x85", 6}, {"😀", 2},      {"\xed\xa0\x80", 3}, {"\xf4\x90\x80\x80", 4}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (ft_text_width(rows[i].text, strlen(rows[i].text)) != rows[i].w)
            fail_msg("'%s' has width %d, expected %d", rows[i].text,
                     ft_text_width(rows[i].text, strlen(rows[i].text)), rows[i].w);
}

static void test_visible(void **state)
{
    (void)state;
    fresh(1, 60);
    ft_canvas_text(&c, 0, 0, 60, 0, "a\033[2Jb\tc\u202ed\xff\x01 日本 e\u0301.");
    expect_row(&c, 0, "a^[[2Jb c<202E>d\ufffd^A 日本 e\u0301.");
    assert_int_equal(ft_canvas_at(&c, 0, 20)->width, 2);
    assert_int_equal(ft_canvas_at(&c, 0, 21)->width, 0);
}

static void test_cut(void **state)
{
    (void)state;
    fresh(3, 12);
    assert_int_equal(ft_canvas_text(&c, 0, 0, 8, 0, "a longer text"), 8);
    expect_row(&c, 0, "a longe~");
    assert_int_equal(ft_canvas_at(&c, 0, 7)->style, FT_ROLE_MUTED);
    assert_int_equal(ft_canvas_text(&c, 1, 0, 4, 0, "日本語"), 4); /* half of 本 is not drawn */
    expect_row(&c, 1, "日 ~");
    ft_canvas_text(&c, 2, 8, 40, 0, "past the edge");
    expect_row(&c, 2, "        pas~");
    /* nothing of this lies inside */
    ft_canvas_text(&c, -1, 0, 10, 0, "x");
    ft_canvas_text(&c, 9, 0, 10, 0, "x");
    ft_canvas_text(&c, 0, -20, 10, 0, "x");
    ft_canvas_put(&c, 5, 5, 'x', 0);
    ft_canvas_fill(&c, (struct ft_rect){-5, -5, 3, 3}, 'x', 0);
    expect_row(&c, 0, "a longe~");
}

static void test_wide_overwritten(void **state)
{
    (void)state;
    fresh(1, 6);
    ft_canvas_text(&c, 0, 0, 6, 0, "日本");
    ft_canvas_put(&c, 0, 1, 'x', 0); /* the right half: the left one goes too */
    expect_row(&c, 0, " x本");
    ft_canvas_put(&c, 0, 2, 'y', 0);
    expect_row(&c, 0, " xy");
}

/* On a console the program's own signs are ASCII, and what a file holds stays as it is. */
static void test_ascii_signs(void **state)
{
    (void)state;
    struct ft_str s = {0};
    c.ascii_signs = true;
    fresh(2, 30);
    ft_canvas_text(&c, 0, 0, 30, FT_ROLE_NORMAL, "caf\u00e9 \u65e5 \u2713 \u25b8");
    for (int i = 0; i < 256; i++) {
        ft_canvas_put(&c, 1, 0, (uint32_t)(0x2800 + i), FT_ROLE_NORMAL);
        assert_true(ft_canvas_at(&c, 1, 0)->cp < 0x80);
    }
    ft_canvas_hline(&c, 1, 0, 3, FT_ROLE_MUTED);
    ft_canvas_dump(&c, &s);
    assert_string_equal(ft_str_text(&s), "caf\u00e9 \u65e5 + >\n---\n");
    ft_str_release(&s);
    c.ascii_signs = false;
}

static void test_ascii(void **state)
{
    (void)state;
    c.ascii = true;
    fresh(1, 40);
    ft_canvas_text(&c, 0, 0, 40, 0, "─│┬┴├┤┼━╸┊✓✗›▸▪ \u2801\u2840\u2841 日é");
    expect_row(&c, 0, "-|+++++=-:+x>>* '.: ???");
    c.ascii = false;
}

static void test_joints(void **state)
{
    (void)state;
    fresh(7, 30);
    ft_canvas_vline(&c, 14, 0, 4, 0);
    ft_canvas_title(&c, 0, 0, 14, true, "Rows 24,904", NULL);
    ft_canvas_title(&c, 0, 15, 15, false, "Labels 2", NULL);
    ft_canvas_title(&c, 2, 15, 15, false, "Tokens", NULL);
    ft_canvas_vline(&c, 14, 3, 5, 0);
    ft_canvas_vline(&c, 12, 4, 7, 0);
    ft_canvas_title(&c, 4, 0, 30, false, "Text", "13 tokens");
    expect_picture("joints", &c);
}

static void test_bars(void **state)
{
    (void)state;
    fresh(6, 12);
    ft_canvas_bar(&c, 0, 0, 10, 1, 0);
    ft_canvas_bar(&c, 1, 0, 10, 0.25, 0);
    ft_canvas_bar(&c, 2, 0, 10, 1e-9, 0);
    ft_canvas_bar(&c, 3, 0, 10, 0, 0);
    ft_canvas_bar(&c, 3, 0, 10, NAN, 0);
    ft_canvas_progress(&c, 4, 0, 10, 0.5);
    ft_canvas_bar(&c, 5, 0, 10, 99, 0);
    expect_row(&c, 0, "━━━━━━━━━━");
    expect_row(&c, 1, "━━╸");
    expect_row(&c, 2, "╸");
    expect_row(&c, 3, "");
    expect_row(&c, 4, "━━━━━─────");
    expect_row(&c, 5, "━━━━━━━━━━");
}

static void expect_wrap(const char *text, int w, const char *joined)
{
    struct ft_line lines[20];
    struct ft_str s = {0};
    size_t n = ft_wrap(text, strlen(text), w, lines, 20);
    assert_true(n <= 20);
    for (size_t i = 0; i < n; i++) {
        ft_str_add(&s, text + lines[i].start, lines[i].end - lines[i].start);
        ft_str_addc(&s, '|');
    }
    assert_string_equal(ft_str_text(&s), joined);
    ft_str_release(&s);
}

static void test_wrap(void **state)
{
    (void)state;
    expect_wrap("", 10, "|");
    expect_wrap("one two three", 7, "one two|three|");
    expect_wrap("one two three", 8, "one two|three|");
    expect_wrap("unbreakableword x", 6, "unbrea|kablew|ord x|");
    expect_wrap("a\n\nb\n", 6, "a||b|");
    expect_wrap("a\r\nb", 6, "a|b|");
    expect_wrap("日本語です", 4, "日本|語で|す|");
    expect_wrap("日", 1, "日|");
    expect_wrap("      x", 3, "   |   |x|");
}

static void test_rich(void **state)
{
    (void)state;
    struct ft_rich t = {0};
    struct ft_scroll s = {.top = 99};
    fresh(3, 20);
    ft_rich_addz(&t, FT_ROLE_NORMAL, "issued because ");
    ft_rich_addz(&t, FT_ROLE_GOLD, "{requested by governments}");
    ft_rich_addz(&t, FT_ROLE_NORMAL, ". The rest is here.");
    ft_rich_draw(&c, (struct ft_rect){0, 1, 2, 18}, &t, &s);
    assert_int_equal(s.lines, 4);
    assert_int_equal(s.top, 2); /* corrected */
    s.top = 0;
    fresh(3, 20);
    ft_rich_draw(&c, (struct ft_rect){0, 1, 3, 18}, &t, &s);
    expect_row(&c, 0, " issued because");
    expect_row(&c, 1, " {requested by");
    assert_int_equal(ft_canvas_at(&c, 1, 1)->style, FT_ROLE_GOLD);
    assert_int_equal(ft_canvas_at(&c, 0, 1)->style, FT_ROLE_NORMAL);
    ft_rich_release(&t);
}

static void test_colours(void **state)
{
    (void)state;
    struct ft_theme t = {.palette = FT_PALETTE_DARK, .depth = FT_DEPTH_256};
    assert_int_equal(ft_theme_look(&t, FT_ROLE_ACCENT).fg, 75);
    ft_theme_set(&t, FT_PALETTE_LIGHT);
    assert_int_equal(ft_theme_look(&t, FT_ROLE_ACCENT).fg, 25);
    t.depth = FT_DEPTH_TRUE;
    assert_int_equal(ft_theme_look(&t, FT_ROLE_BAD).fg, FT_RGB | 0xc81e1e);
    t.depth = FT_DEPTH_16;
    assert_int_equal(ft_theme_look(&t, FT_ROLE_MUTED).fg, 8);
    t.depth = FT_DEPTH_8;
    assert_int_equal(ft_theme_look(&t, FT_ROLE_MUTED).fg, -1);
    /* in every theme and depth the background is the terminal's own but for heat */
    for (int p = 0; p < 4; p++)
        for (int d = 0; d <= FT_DEPTH_TRUE; d++)
            for (unsigned r = 0; r < FT_ROLE_COUNT; r++) {
                t = (struct ft_theme){.depth = (enum ft_depth)d};
                ft_theme_set(&t, (enum ft_palette)p);
                struct ft_look look = ft_theme_look(&t, r);
                bool heat = r >= FT_ROLE_HEAT0 && r <= FT_ROLE_HEAT5;
                if (!heat) assert_int_equal(look.bg, -1);
                if (d == FT_DEPTH_NONE || p == FT_PALETTE_PLAIN) assert_int_equal(look.fg, -1);
                if (look.bg >= 0) assert_true(look.fg >= 0);
                if (r == FT_ROLE_SELECT) assert_true(look.attrs & FT_REVERSE);
                if (r == FT_ROLE_GOLD && d <= FT_DEPTH_16) assert_true(look.attrs & FT_UNDERLINE);
            }
    t = (struct ft_theme){.depth = FT_DEPTH_256};
    assert_int_equal(ft_theme_look(&t, FT_ROLE_HEAT0).fg, 231); /* white on the darkest */
    assert_int_equal(ft_theme_look(&t, FT_ROLE_HEAT5).fg, 16);
    assert_int_equal(ft_role_heat(0), FT_ROLE_HEAT0);
    assert_int_equal(ft_role_heat(0.25), FT_ROLE_HEAT3);
    assert_int_equal(ft_role_heat(1), FT_ROLE_HEAT5);
}

static void test_depth(void **state)
{
    (void)state;
    unsetenv("NO_COLOR");
    unsetenv("COLORTERM");
    unsetenv("CLICOLOR_FORCE");
    setenv("TERM", "xterm-256color", 1);
    assert_int_equal(ft_theme_depth(256, false, false), FT_DEPTH_256);
    assert_int_equal(ft_theme_depth(256, false, true), FT_DEPTH_NONE);
    assert_int_equal(ft_theme_depth(16, false, false), FT_DEPTH_16);
    assert_int_equal(ft_theme_depth(8, false, false), FT_DEPTH_8);
    assert_int_equal(ft_theme_depth(-1, false, false), FT_DEPTH_NONE);
    setenv("COLORTERM", "truecolor", 1);
    assert_int_equal(ft_theme_depth(256, true, false), FT_DEPTH_TRUE);
    assert_int_equal(ft_theme_depth(256, false, false), FT_DEPTH_256);
    setenv("NO_COLOR", "1", 1);
    assert_int_equal(ft_theme_depth(256, true, false), FT_DEPTH_NONE);
    setenv("CLICOLOR_FORCE", "1", 1);
    assert_int_equal(ft_theme_depth(256, true, false), FT_DEPTH_TRUE);
    setenv("NO_COLOR", "", 1); /* empty says nothing */
    unsetenv("CLICOLOR_FORCE");
    assert_int_equal(ft_theme_depth(256, true, false), FT_DEPTH_TRUE);
    assert_int_equal(ft_theme_colorfgbg("15;0"), 0);
    assert_int_equal(ft_theme_colorfgbg("0;default;15"), 1);
    assert_int_equal(ft_theme_colorfgbg("0;x"), -1);
    assert_int_equal(ft_theme_colorfgbg(NULL), -1);
    static const char white[] = "\033]11;rgb:ffff/ffff/ffff\033\\",
                      dark[] = "xx\033]11;rgb:1e/1e/2e\007";
    assert_int_equal(ft_theme_osc11(white, sizeof white - 1), 1);
    assert_int_equal(ft_theme_osc11(dark, sizeof dark - 1), 0);
    assert_int_equal(ft_theme_osc11(white, 12), -1);
    assert_int_equal(ft_theme_osc11("", 0), -1);
}

static int finish(void **state)
{
    (void)state;
    ft_canvas_release(&c);
    return 0;
}

/* Shapes for lines and braille, text escaped and at its columns, colours of the theme. */
static void test_svg(void **state)
{
    (void)state;
    struct ft_theme theme = {.palette = FT_PALETTE_DARK, .depth = FT_DEPTH_TRUE};
    struct ft_str out = {0};
    fresh(3, 12);
    ft_canvas_hline(&c, 0, 0, 2, FT_ROLE_MUTED);
    ft_canvas_put(&c, 0, 3, 0x2801, FT_ROLE_SERIES1);
    ft_canvas_text(&c, 1, 0, 12, FT_ROLE_BAD | FT_BOLD, "a<b& \033 \xe6\x97\xa5z");
    ft_canvas_text(&c, 2, 1, 4, FT_ROLE_HEAT5, " 17 ");
    ft_canvas_svg(&c, &theme, &out);
    const char *text = ft_str_text(&out);
    static const char *const has[] = {
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"128\" height=\"74\"",
        "stroke=\"#8a8f98\"",
        "M29.25 2.25h0\" stroke=\"#5fb4ff\"",
        "<text x=\"0\" y=\"31\" textLength=\"63\" font-weight=\"bold\" "
        "fill=\"#ff6b60\">a&lt;b&amp; ^[</text>",
        "<text x=\"72\" y=\"31\" textLength=\"18\" font-weight=\"bold\" "
        "fill=\"#ff6b60\">\xe6\x97\xa5</text>",
        "<rect x=\"9\" y=\"36\" width=\"36\" height=\"18\" fill=\"#9be7ff\"/>",
        ">17</text>",
        "</svg>\n"};
    for (size_t i = 0; i < sizeof has / sizeof *has; i++)
        if (!strstr(text, has[i])) fail_msg("lacks %s in\n%s", has[i], text);
    assert_null(strchr(text, '\033'));
    out.len = 0;
    theme.palette = FT_PALETTE_PLAIN;
    ft_canvas_svg(&c, &theme, &out);
    assert_null(strstr(ft_str_text(&out), "#ff6b60"));
    ft_str_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_svg),
        cmocka_unit_test(test_widths),
        cmocka_unit_test(test_visible),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_wide_overwritten),
        cmocka_unit_test(test_ascii),
        cmocka_unit_test(test_ascii_signs),
        cmocka_unit_test(test_joints),
        cmocka_unit_test(test_bars),
        cmocka_unit_test(test_wrap),
        cmocka_unit_test(test_rich),
        cmocka_unit_test(test_colours),
        cmocka_unit_test(test_depth),
    };
    return cmocka_run_group_tests(tests, NULL, finish);
}

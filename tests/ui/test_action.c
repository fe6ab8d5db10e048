/* The table of actions: nothing bound twice, nothing of the screens' description missing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "ui/app/action.h"
#include "ui/widgets/list.h"

#include <stdio.h>
#include <string.h>

static void test_no_key_twice(void **state)
{
    (void)state;
    for (int a = 1; a < FT_ACT_COUNT; a++)
        for (int b = a + 1; b < FT_ACT_COUNT; b++) {
            const struct ft_action_row *x = ft_action_row((enum ft_action)a),
                                       *y = ft_action_row((enum ft_action)b);
            if (x->scope != y->scope) continue;
            if (*x->word && !strcmp(x->word, y->word)) fail_msg("%s is a word twice", x->word);
            char keys[512], *save = NULL;
            snprintf(keys, sizeof keys, "%s", x->keys);
            for (char *k = strtok_r(keys, " ", &save); k; k = strtok_r(NULL, " ", &save)) {
                char other[512], *save2 = NULL;
                snprintf(other, sizeof other, "%s", y->keys);
                for (char *o = strtok_r(other, " ", &save2); o; o = strtok_r(NULL, " ", &save2))
                    if (!strcmp(k, o)) fail_msg("%s: %s and %s", k, x->word, y->word);
            }
        }
}

/* What the description of the screens lists, "scope key word". */
static void test_all_keys_there(void **state)
{
    (void)state;
    static const struct {
        enum ft_scope scope;
        const char *key, *word;
    } want[] = {
        {FT_SCOPE_ALL, "1", "screen"},
        {FT_SCOPE_ALL, "Alt-7", "screen"},
        {FT_SCOPE_FIELD, "Alt-3", "screen"},
        {FT_SCOPE_ALL, "Tab", "next-panel"},
        {FT_SCOPE_ALL, "Shift-Tab", "previous-panel"},
        {FT_SCOPE_ALL, "k", "up"},
        {FT_SCOPE_ALL, "Down", "down"},
        {FT_SCOPE_ALL, "h", "left"},
        {FT_SCOPE_ALL, "Right", "right"},
        {FT_SCOPE_ALL, "Enter", "enter"},
        {FT_SCOPE_ALL, "Esc", "back"},
        {FT_SCOPE_ALL, "g", "top"},
        {FT_SCOPE_ALL, "End", "bottom"},
        {FT_SCOPE_ALL, "PgUp", "page-up"},
        {FT_SCOPE_ALL, "PgDn", "page-down"},
        {FT_SCOPE_ALL, "/", "find"},
        {FT_SCOPE_ALL, "n", "find-next"},
        {FT_SCOPE_ALL, "N", "find-previous"},
        {FT_SCOPE_ALL, "f", "filter"},
        {FT_SCOPE_ALL, "[", "sort-up"},
        {FT_SCOPE_ALL, "]", "sort-down"},
        {FT_SCOPE_ALL, "u", "undo"},
        {FT_SCOPE_ALL, "Ctrl-R", "redo"},
        {FT_SCOPE_ALL, "w", "write"},
        {FT_SCOPE_ALL, "o", "open"},
        {FT_SCOPE_ALL, "T", "train"},
        {FT_SCOPE_ALL, ":", ""},
        {FT_SCOPE_ALL, "?", "help"},
        {FT_SCOPE_ALL, "z", "zoom"},
        {FT_SCOPE_ALL, "y", "copy"},
        {FT_SCOPE_ALL, "Ctrl-L", "redraw"},
        {FT_SCOPE_ALL, "q", "quit"},
        {FT_SCOPE_ALL, "Ctrl-C", "quit"},
        {FT_SCOPE_DATA, "c", "clean"},
        {FT_SCOPE_DATA, "m", "columns"},
        {FT_SCOPE_DATA, "s", "split"},
        {FT_SCOPE_DATA, "r", "relabel"},
        {FT_SCOPE_DATA, "d", "drop"},
        {FT_SCOPE_DATA, "!", "problem"},
        {FT_SCOPE_DATA, "t", "lengths"},
        {FT_SCOPE_DATA, "v", "row-tokens"},
        {FT_SCOPE_DATA, "w", "edits"},
        {FT_SCOPE_DATA, ".", "relabel-again"},
        {FT_SCOPE_DATA_CLEAN, "Space", "toggle"},
        {FT_SCOPE_MODEL, "o", "open"},
        {FT_SCOPE_MODEL, "p", "pull"},
        {FT_SCOPE_MODEL, "t", "tokens"},
        {FT_SCOPE_MODEL, "i", "tensors"},
        {FT_SCOPE_MODEL, "v", "config"},
        {FT_SCOPE_MODEL, "w", "export"},
        {FT_SCOPE_TUNE, "+", "more"},
        {FT_SCOPE_TUNE, "-", "less"},
        {FT_SCOPE_TUNE, "x", "default"},
        {FT_SCOPE_TUNE, "p", "preset"},
        {FT_SCOPE_TUNE, "d", "changed"},
        {FT_SCOPE_TUNE, "c", "command"},
        {FT_SCOPE_TUNE, "C", "command-all"},
        {FT_SCOPE_TUNE, "b", "speed"},
        {FT_SCOPE_TUNE, "w", "write-config"},
        {FT_SCOPE_TUNE, "T", "train"},
        {FT_SCOPE_TUNE, "Space", "toggle"},
        {FT_SCOPE_TRAIN, "Space", "pause"},
        {FT_SCOPE_TRAIN, "s", "stop"},
        {FT_SCOPE_TRAIN, "w", "save"},
        {FT_SCOPE_TRAIN, "e", "eval"},
        {FT_SCOPE_TRAIN, "+", "rate-up"},
        {FT_SCOPE_TRAIN, "-", "rate-down"},
        {FT_SCOPE_TRAIN, "=", "rate"},
        {FT_SCOPE_TRAIN, "f", "fork"},
        {FT_SCOPE_TRAIN, "r", "readout"},
        {FT_SCOPE_TRAIN, ",", "smooth-less"},
        {FT_SCOPE_TRAIN, ".", "smooth-more"},
        {FT_SCOPE_TRAIN, "L", "log"},
        {FT_SCOPE_TRAIN, "Z", "fit"},
        {FT_SCOPE_TRAIN, "b", "overlay"},
        {FT_SCOPE_TRAIN, "C", "continue"},
        {FT_SCOPE_TRAIN, "x", "axis"},
        {FT_SCOPE_TRAIN, "Shift-Left", "read-left"},
        {FT_SCOPE_EVALUATE, "m", "mode"},
        {FT_SCOPE_EVALUATE, "s", "order"},
        {FT_SCOPE_EVALUATE, "+", "fewer"},
        {FT_SCOPE_EVALUATE, "-", "more"},
        {FT_SCOPE_EVALUATE, "p", "report"},
        {FT_SCOPE_EVALUATE, "x", "accept"},
        {FT_SCOPE_EVALUATE, "r", "relabel"},
        {FT_SCOPE_EVALUATE, "i", "why"},
        {FT_SCOPE_EVALUATE, "b", "baseline"},
        {FT_SCOPE_EVALUATE, "t", "threshold"},
        {FT_SCOPE_EVALUATE, "e", "eval"},
        {FT_SCOPE_EVALUATE, "o", "open"},
        {FT_SCOPE_EVALUATE, "w", "predictions"},
        {FT_SCOPE_EVALUATE, "a", "correct"},
        {FT_SCOPE_EVALUATE, "Space", "keep"},
        {FT_SCOPE_PREDICT, "i", "why"},
        {FT_SCOPE_PREDICT, "b", "file"},
        {FT_SCOPE_PREDICT, "v", "compare"},
        {FT_SCOPE_PREDICT, "t", "threshold"},
        {FT_SCOPE_PREDICT, "a", "again"},
        {FT_SCOPE_PREDICT, "s", "one-token"},
        {FT_SCOPE_PREDICT, "G", "greedy"},
        {FT_SCOPE_PREDICT, "o", "context"},
        {FT_SCOPE_PREDICT, "w", "history"},
        {FT_SCOPE_RUNS, "Space", "mark"},
        {FT_SCOPE_RUNS, "c", "compare"},
        {FT_SCOPE_RUNS, "R", "resume"},
        {FT_SCOPE_RUNS, "d", "delete"},
        {FT_SCOPE_RUNS, "D", "trim"},
        {FT_SCOPE_RUNS, "w", "export"},
        {FT_SCOPE_RUNS, "e", "note"},
        {FT_SCOPE_RUNS, "=", "load"},
    };
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        struct ft_key k;
        assert_true(ft_key_parse(want[i].key, &k));
        enum ft_action a = ft_action_of_key(want[i].scope, &k);
        if (!a || strcmp(ft_action_row(a)->word, want[i].word))
            fail_msg("%s in %s is '%s', expected '%s'", want[i].key, ft_scope_name(want[i].scope),
                     ft_action_row(a)->word, want[i].word);
    }
}

static void test_words(void **state)
{
    (void)state;
    static const char *const words[] = {
        "open",     "clean",  "split",    "model",     "set",     "preset",  "train",  "pause",
        "continue", "stop",   "save",     "fork",      "eval",    "predict", "export", "run",
        "compare",  "theme",  "dump",     "quit",      "columns", "filter",  "find",   "sort",
        "relabel",  "drop",   "undo",     "redo",      "edits",   "tokens",  "pull",   "mode",
        "cell",     "why",    "baseline", "threshold", "readout", "smooth",  "log",    "mark",
        "note",     "delete", "screen",   "zoom",      "mouse",   "command", "write",  "wait"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (!ft_action_of_word(FT_SCOPE_ALL, words[i])) fail_msg("no word '%s'", words[i]);
    assert_int_equal(ft_action_of_word(FT_SCOPE_EVALUATE, "relabel"), FT_ACT_EVAL_RELABEL);
    assert_int_equal(ft_action_of_word(FT_SCOPE_DATA_CLEAN, "relabel"), FT_ACT_DATA_RELABEL);
    assert_int_equal(ft_action_of_word(FT_SCOPE_RUNS, "export"), FT_ACT_RUNS_EXPORT);
    assert_string_equal(ft_action_nearest("trian"), "train");
    assert_null(ft_action_nearest("xyzzyqwerty"));
}

static void test_typing(void **state)
{
    (void)state;
    struct ft_key k;
    ft_key_parse("q", &k);
    assert_int_equal(ft_action_of_key(FT_SCOPE_FIELD, &k), FT_ACT_NONE);
    ft_key_parse("Ctrl-C", &k);
    assert_int_equal(ft_action_of_key(FT_SCOPE_FIELD, &k), FT_ACT_QUIT);
    for (int a = 1; a < FT_ACT_COUNT; a++) { /* every key has a name that reads back */
        char name[32], again[32];
        ft_action_key_name((enum ft_action)a, name, sizeof name);
        if (!*name) continue;
        assert_true(ft_key_parse(name, &k));
        assert_string_equal(ft_key_name(&k, again, sizeof again), name);
    }
}

static bool works(void *arg, enum ft_action a, char *why, size_t size)
{
    snprintf(why, size, "%s", (const char *)arg);
    return a != FT_ACT_DATA_DROP;
}

static void test_footer_and_help(void **state)
{
    (void)state;
    const struct ft_footer_item *items;
    char text[80];
    size_t n = ft_footer_items(FT_SCOPE_DATA, &items);
    assert_true(n > 8);
    assert_string_equal(ft_footer_text(&items[0], FT_SCOPE_DATA, text, sizeof text), "Enter read");
    for (int s = 0; s < FT_SCOPE_COUNT; s++) { /* every item's key works where it stands */
        n = ft_footer_items((enum ft_scope)s, &items);
        for (size_t i = 0; i < n; i++) {
            if (s == FT_SCOPE_FIELD) continue;
            if (!ft_action_reached((enum ft_scope)s, items[i].a))
                fail_msg("%s: %s", ft_scope_name((enum ft_scope)s), items[i].label);
            if (items[i].b) assert_true(ft_action_reached((enum ft_scope)s, items[i].b));
        }
    }
    struct ft_str help = {0};
    ft_action_help(FT_SCOPE_DATA_CLEAN, NULL, NULL, &help);
    assert_non_null(strstr(ft_str_text(&help), "Space\tturn the cleaning step"));
    assert_non_null(strstr(ft_str_text(&help), "everywhere\n"));
    assert_null(strstr(ft_str_text(&help), ":edits F\nw\t")); /* the common w is hidden here */
    assert_non_null(strstr(ft_str_text(&help), ":drop ROW\n"));
    ft_str_clear(&help);
    ft_action_help(FT_SCOPE_DATA, works, "no row", &help);
    assert_non_null(strstr(ft_str_text(&help), ":drop ROW\tno row\n"));
    assert_null(strstr(ft_str_text(&help), ":columns text=C label=C\tno row"));
    ft_str_clear(&help);
    ft_action_manual(&help);
    assert_non_null(strstr(ft_str_text(&help), "## Train"));
    ft_str_release(&help);
}

static void row(void *arg, size_t i, struct ft_canvas *c, int y, int x, int w)
{
    size_t *asked = arg;
    ++*asked;
    ft_canvas_printf(c, y, x, w, FT_ROLE_NORMAL, "row %zu", i);
}

static void test_million_rows(void **state)
{
    (void)state;
    struct ft_list l = {.n = 1000000};
    struct ft_canvas c = {0};
    size_t asked = 0;
    ft_canvas_resize(&c, 10, 20);
    struct ft_rect r = {0, 0, 10, 20};
    ft_list_draw(&c, r, &l, true, row, &asked);
    assert_int_equal(asked, 10);
    assert_true(ft_list_move(&l, FT_MOVE_BOTTOM));
    ft_list_draw(&c, r, &l, true, row, &asked);
    assert_int_equal(asked, 20);
    assert_int_equal(l.selected, 999999);
    assert_int_equal(l.top, 999990);
    ft_list_move(&l, FT_MOVE_DOWN);
    assert_int_equal(l.selected, 999999);
    ft_list_move(&l, FT_MOVE_PAGE_UP);
    assert_int_equal(l.selected, 999990);
    ft_list_resize(&l, 3);
    ft_list_draw(&c, r, &l, true, row, &asked);
    assert_int_equal(asked, 23);
    assert_true(l.selected == 2 && l.top == 0);
    assert_true(ft_list_click(&l, 1) && l.selected == 1);
    assert_false(ft_list_click(&l, 5));
    ft_list_resize(&l, 0);
    assert_false(ft_list_move(&l, FT_MOVE_DOWN));
    ft_canvas_release(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_key_twice),    cmocka_unit_test(test_all_keys_there),
        cmocka_unit_test(test_words),           cmocka_unit_test(test_typing),
        cmocka_unit_test(test_footer_and_help), cmocka_unit_test(test_million_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

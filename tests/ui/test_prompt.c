/* The prompt on its own: what it offers, what it takes, what it says at once, at any size. */
#include "ui/app/prompt.h"

#include "ui/picture.h"
#include "util/mem.h"

#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/fettle-prompt-XXXXXX", here[4096];

static void put(const char *name, const char *text)
{
    struct ft_err err = {0};
    char *path = ft_path_join(folder, name), *dir = ft_path_dir(path);
    assert_int_equal(ft_mkdirs(dir, &err), FT_OK);
    assert_int_equal(ft_file_write(path, text, strlen(text), &err), FT_OK);
    free(dir);
    free(path);
}

static int start(void **state)
{
    (void)state;
    if (!getcwd(here, sizeof here) || !mkdtemp(folder)) return 1;
    put("alder-north.csv", "text,label\n");
    put("alder-south.csv", "text,label\n");
    put("a b/inside.jsonl.xz", "x");
    put("a run/run.json", "{}");
    put("b.model/config.json", "{}");
    put(".hidden", "");
    put("new\nline.tsv", "");
    put("latin\xff.csv", "");
    put("ärger.csv", "");
    return chdir(folder);
}

static int finish(void **state)
{
    (void)state;
    struct ft_err err = {0};
    return chdir(here) || ft_remove_tree(folder, &err);
}

static void values(void *arg, const char *kind, const char *before, const char *prefix,
                   struct ft_matches *out)
{
    (void)arg, (void)prefix;
    if (!strcmp(kind, "OPTION")) ft_matches_add(out, "learning_rate");
    if (!strcmp(kind, "OPTION")) ft_matches_add(out, "seed");
    if (!strcmp(kind, "VALUE") && !strcmp(before, "seed")) ft_matches_add(out, "42");
    if (!strcmp(kind, "LABEL")) ft_matches_add(out, "late payment");
    if (!strcmp(kind, "LABEL")) ft_matches_add(out, "lost card");
}

static void refuse(void *arg, enum ft_action a, const char *text, char *why, size_t size)
{
    (void)arg;
    if (a == FT_ACT_SET && strstr(text, "wrong")) snprintf(why, size, "refused");
}

static struct ft_prompt prompt;
static struct ft_canvas canvas;

static void begin(const char *kind, const char *of, const char *initial, struct ft_history *h)
{
    ft_prompt_release(&prompt);
    prompt = (struct ft_prompt){.kind = kind, .complete = values, .check = refuse, .history = h};
    snprintf(prompt.of, sizeof prompt.of, "%s", of);
    ft_prompt_begin(&prompt, initial);
}

/* Keys by name, or 'text' to type; true: the last was used. */
static bool keys(const char *names)
{
    bool used = true, enter;
    while (*names) {
        struct ft_key k = {0};
        size_t n = *names == '\'' ? strcspn(names + 1, "'") : strcspn(names, " ");
        if (*names == '\'') {
            for (size_t i = 0; i < n;) {
                k.code = FT_KEY_CHAR;
                i += ft_text_next(names + 1 + i, n - i, &k.cp);
                used = ft_prompt_key(&prompt, &k, 80, &enter);
            }
            n += 2;
        } else {
            char name[24];
            snprintf(name, sizeof name, "%.*s", (int)n, names);
            assert_true(ft_key_parse(name, &k));
            used = ft_prompt_key(&prompt, &k, 80, &enter);
        }
        names += n;
        names += strspn(names, " ");
    }
    return used;
}

static void expect_field(const char *want)
{
    assert_string_equal(ft_field_text(&prompt.field), want);
}

static void expect_given(const char *want)
{
    char *text = ft_prompt_text(&prompt);
    assert_string_equal(text, want);
    free(text);
}

static const char *drawn(int h, int w, const char *label, const char *error)
{
    static struct ft_str s;
    ft_canvas_resize(&canvas, h, w);
    ft_canvas_clear(&canvas);
    ft_prompt_draw(&prompt, &canvas, (struct ft_rect){0, 0, h, w}, label, error);
    ft_str_clear(&s);
    ft_canvas_dump(&canvas, &s);
    return ft_str_text(&s);
}

static void shows(const char *screen, const char *text)
{
    if (!screen || !text || !strstr(screen, text))
        fail_msg("'%s' is not in\n%s", text ? text : "", screen ? screen : "");
}

static void test_empty(void **state)
{
    (void)state;
    static const char *const kinds[] = {NULL,  "",      "F", "D",   "W",
                                        "RUN", "LABEL", "X", "1-7", "on|off"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        begin(kinds[i], "", "", NULL);
        keys("Tab Shift-Tab Tab Up Down PgUp PgDn Ctrl-U Tab Tab");
        keys("Ctrl-U Ctrl-K Ctrl-W Delete Left Right Home End Shift-Tab");
        begin(kinds[i], "", NULL, NULL);
        assert_false(keys("Backspace"));
        assert_false(keys("Esc"));
    }
    begin(NULL, "", "", NULL);
    const char *screen = drawn(24, 80, ":", NULL);
    shows(screen, "train");
    shows(screen, "open a file or folder");
}

static void test_replaces(void **state)
{
    (void)state;
    begin("", "find", "soup", NULL);
    keys("'bread'");
    expect_field("bread");
    begin("", "find", "soup", NULL);
    keys("End 's'");
    expect_field("soups");
    begin("", "find", "soup", NULL);
    keys("Backspace");
    expect_field("");
    begin("W", "write", "fettle.json", NULL);
    keys("'other'");
    expect_field("other");
}

static void test_files(void **state)
{
    (void)state;
    begin("F", "open", "", NULL);
    keys("'ald' Tab");
    expect_field("alder-");
    const char *screen = drawn(24, 80, "open:", NULL);
    shows(screen, "alder-north.csv");
    shows(screen, "alder-south.csv");
    shows(screen, "11 B  csv");
    keys("Tab");
    expect_field("alder-north.csv");
    keys("Down");
    expect_field("alder-south.csv");
    keys("Shift-Tab");
    expect_field("alder-north.csv");
    /* a folder with a blank; Enter goes in, then takes it */
    keys("Ctrl-U 'a' Tab");
    expect_field("a b/");
    assert_true(keys("Enter"));
    shows(drawn(24, 80, "open:", NULL), "a b/inside.jsonl.xz");
    assert_false(keys("Enter"));
    keys("Down");
    expect_given("a b/inside.jsonl.xz");
    shows(drawn(24, 80, "open:", NULL), "jsonl.xz");
    keys("Ctrl-W");
    expect_field("a b/");
    keys("Ctrl-U");
    screen = drawn(24, 80, "open:", NULL);
    shows(screen, "run\n");
    shows(screen, "model\n");
    assert_null(strstr(screen, ".hidden"));
    keys("'.h' Tab");
    expect_field(".hidden");
    /* what is not typed: bytes that are no UTF-8, a newline */
    keys("Ctrl-U 'lat' Tab");
    expect_given("latin\xff.csv");
    keys("Ctrl-U 'new' Tab");
    expect_given("new\nline.tsv");
    keys("'x'");
    expect_given("new line.tsvx");
    keys("Ctrl-U 'NORTH' Tab"); /* nothing begins so */
    expect_field("alder-north.csv");
    begin("D", "folder", "", NULL);
    shows(drawn(24, 80, "folder:", NULL), "a run/");
    assert_null(strstr(drawn(24, 80, "folder:", NULL), "alder"));
}

static void test_recent(void **state)
{
    (void)state;
    char *recent[] = {(char *)"/data/latest.csv", (char *)"/data/before.csv"};
    ft_prompt_release(&prompt);
    prompt = (struct ft_prompt){.kind = "F", .recent = recent, .recent_n = 2};
    ft_prompt_begin(&prompt, "");
    const char *screen = drawn(24, 80, "open:", NULL), *first = strstr(screen, "latest.csv");
    assert_non_null(first);
    assert_true(strstr(screen, "before.csv") > first && strstr(screen, "alder") > first);
    keys("Down Down");
    expect_field("/data/before.csv");
    keys("Ctrl-U 'x'");
    assert_null(strstr(drawn(24, 80, "open:", NULL), "latest.csv"));
}

static void test_pasted_paths(void **state)
{
    (void)state;
    static const char *const pasted[] = {"'a b/inside.jsonl.xz'", "a\\ b/inside.jsonl.xz\n",
                                         "\"a b/inside.jsonl.xz\"", "a b/inside.jsonl.xz\r\n"};
    bool enter;
    for (size_t i = 0; i < sizeof pasted / sizeof *pasted; i++) {
        begin("F", "open", "before", NULL);
        struct ft_key k = {.code = FT_KEY_PASTE, .text = pasted[i], .n = strlen(pasted[i])};
        ft_prompt_key(&prompt, &k, 80, &enter);
        expect_given("a b/inside.jsonl.xz");
        char *path = ft_command_path(i % 2 ? "a b/inside.jsonl.xz" : pasted[i]);
        assert_string_equal(path, "a b/inside.jsonl.xz");
        free(path);
    }
}

static void test_command_places(void **state)
{
    (void)state;
    struct ft_command_place at;
    static const struct {
        const char *line, *kind, *before;
        size_t from;
    } cases[] = {{"open my fi", "F", "", 5},
                 {"set seed 4", "VALUE", "seed", 9},
                 {":set  learn", "OPTION", "", 6},
                 {"relabel 12 lost c", "LABEL", "12", 11},
                 {"clean html,ded", "CLEAN", "", 11},
                 {"columns text=rev", "C", "", 13},
                 {"columns text=a label=b", "C", "text=a", 21},
                 {"train x", "", "", 6}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ft_command_place(FT_SCOPE_DATA, cases[i].line, &at);
        assert_false(at.word);
        assert_string_equal(at.kind, cases[i].kind);
        assert_string_equal(at.before, cases[i].before);
        assert_int_equal(at.from, cases[i].from);
    }
    ft_command_place(FT_SCOPE_MODEL, "create new keep_tokens_of=da", &at);
    assert_string_equal(at.kind, "F");
    assert_int_equal(at.from, 26);
    ft_command_place(FT_SCOPE_MODEL, "create new dtype", &at);
    assert_string_equal(at.kind, "");
    ft_command_place(FT_SCOPE_DATA, ":op", &at);
    assert_true(at.word);
    assert_int_equal(at.from, 1);
}

static void test_hints(void **state)
{
    (void)state;
    begin(NULL, "", "", NULL);
    keys("'trian'");
    shows(drawn(24, 80, ":", NULL), "did you mean :train?");
    keys("Ctrl-U 'set seed wrong'");
    shows(drawn(24, 80, ":", NULL), "refused");
    keys("Ctrl-U 'set '");
    shows(drawn(24, 80, ":", NULL), "OPTION VALUE  set an option");
    begin("F", "open", "", NULL);
    keys("'nowhere.csv'");
    shows(drawn(24, 80, "open:", NULL), "no such file");
    keys("Ctrl-U 'no/where'");
    shows(drawn(24, 80, "open:", NULL), "no such folder");
    keys("'x'");
    shows(drawn(24, 80, "open:", NULL), "no such folder");
    begin("W", "write", "alder-north.csv", NULL);
    keys("Left");
    keys("End");
    shows(drawn(24, 80, "write to:", NULL), "already exists");
    if (getuid() == 0) return; /* may read anything */
    put("secret/x", "");
    char *path = ft_path_join(folder, "secret");
    chmod(path, 0);
    keys("Ctrl-U 'secret/'");
    shows(drawn(24, 80, "write to:", NULL), "Permission denied");
    chmod(path, 0700);
    free(path);
}

static void test_history(void **state)
{
    (void)state;
    char *old = ft_xstrdup(getenv("XDG_STATE_HOME"));
    setenv("XDG_STATE_HOME", folder, 1);
    struct ft_history h = {0}, again = {0};
    ft_history_add(&h, "", "set seed 1");
    ft_history_add(&h, "find", "soup");
    ft_history_add(&h, "", "set seed 2");
    ft_history_add(&h, "find", "bread");
    ft_history_add(&h, "find", "bread");
    ft_history_add(&h, "find", "a\nline");
    begin("", "find", "now", &h);
    keys("Up");
    expect_field("bread");
    keys("Up Up");
    expect_field("soup");
    keys("Down Down");
    expect_field("");
    begin(NULL, "", "", &h);
    keys("'set' Up Up");
    expect_field("set seed 1");
    keys("Down Down");
    expect_field("set");
    ft_history_load(&again);
    assert_int_equal(again.n, 4);
    assert_string_equal(ft_history_text(&again, 3, "find"), "bread");
    assert_null(ft_history_text(&again, 3, ""));
    ft_history_release(&h);
    ft_history_release(&again);
    if (old) setenv("XDG_STATE_HOME", old, 1);
    free(old);
}

static void test_mouse(void **state)
{
    (void)state;
    bool enter;
    begin("F", "open", "", NULL);
    keys("'alder'");
    drawn(24, 80, "open:", NULL);
    struct ft_key k = {.code = FT_KEY_MOUSE, .button = FT_BUTTON_LEFT, .y = 22, .x = 5};
    assert_true(ft_prompt_key(&prompt, &k, 80, &enter));
    expect_field("alder-south.csv");
    assert_false(enter);
    assert_true(ft_prompt_key(&prompt, &k, 80, &enter));
    assert_true(enter);
    k.y = 5; /* outside */
    assert_true(ft_prompt_key(&prompt, &k, 80, &enter));
    assert_false(enter);
    k.y = 23; /* into the text */
    k.x = 8;
    ft_prompt_key(&prompt, &k, 80, &enter);
    assert_int_equal(prompt.field.cursor, 1);
    k.button = FT_BUTTON_DOWN;
    begin("F", "open", "", NULL);
    keys("'alder'");
    ft_prompt_key(&prompt, &k, 80, &enter);
    expect_field("alder-north.csv");
}

/* The field and the error are seen at any size; nothing is drawn outside. */
static void test_sizes(void **state)
{
    (void)state;
    for (int h = 1; h < 40; h += h < 12 ? 1 : 7)
        for (int w = 1; w < 130; w += w < 42 ? 1 : 11) {
            begin("F", "open", "", NULL);
            keys("'a'");
            drawn(h, w, "open the file (csv, tsv, json):", NULL);
            keys("Tab Down");
            const char *screen = drawn(h, w, "open:", "error: refused");
            if (w >= 18) shows(screen, "refused");
            if (w >= 18 && h > 1) shows(screen, "open:");
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty),        cmocka_unit_test(test_replaces),
        cmocka_unit_test(test_files),        cmocka_unit_test(test_recent),
        cmocka_unit_test(test_pasted_paths), cmocka_unit_test(test_command_places),
        cmocka_unit_test(test_hints),        cmocka_unit_test(test_history),
        cmocka_unit_test(test_mouse),        cmocka_unit_test(test_sizes),
    };
    int status = cmocka_run_group_tests(tests, start, finish);
    ft_prompt_release(&prompt);
    ft_canvas_release(&canvas);
    return status;
}

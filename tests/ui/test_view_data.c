/* Screen 1 on the sample that ships: pictures, keys and words, and text that would like to reach
 * the terminal. */
#include "ui/screen_bench.h"

#include "util/clock.h"

static void drive(const char *data, const char *model, const char *script, int h, int w,
                  const char *picture)
{
    struct screen_bench b = bench_new(script, h, w);
    ft_app_add(b.app, ft_view_data_new(b.w));
    if (data) bench_set(&b, "data", data);
    if (model) bench_set(&b, "model", model);
    bench_run(&b, picture);
}

#define SAMPLE  "assets/data/library-mail.csv"
#define STARTER "tests/assets/models/starter"

static void test_pictures(void **state)
{
    (void)state;
    drive(SAMPLE, STARTER, ":wait data\n", 24, 80, "data-80x24");
    drive(SAMPLE, STARTER, ":wait data\nkey c\nkey Space\n:wait data\n", 24, 80,
          "data-clean-80x24");
    drive(SAMPLE, STARTER, ":wait data\n", 60, 200, "data-200x60");
    drive("assets/data/harbour-qa.json", STARTER, ":wait data\nkey Down\n", 24, 80,
          "data-qa-80x24");
    drive(NULL, NULL, "expect no data: o opens a file\n", 24, 80, NULL);
}

static void test_words(void **state)
{
    (void)state;
    drive(
        SAMPLE, STARTER,
        ":wait data\n"
        ":filter label:account card\n"
        "expect filter: label:account card\n"
        "reject Rows 770\n"
        "key Esc\nexpect Rows 770 of 770\n"
        ":relabel 1 event\n:wait data\nexpect row 1 event\n"
        ":filter edited\nexpect Rows 1 of 770\n"
        "key u\n:wait data\nkey Esc\n"
        ":filter edited\nexpect Rows 0 of 770\n:filter\n"
        ":drop 2\n:wait data\nexpect Rows 769 of 770\nkey u\n:wait data\nexpect Rows 770 of 770\n"
        ":sort tokens down\nexpect by tokens, down\n:sort row\n"
        ":split 0.5,0.25,0.25\n:wait data\n"
        ":set max_seq_length=100\nexpect ok: max_seq_length is 100\nkey u\n"
        ":set --max_seq_length 101\nexpect ok: max_seq_length is 101\nkey u\n"
        ":set max_seq_length = x\nexpect error:\nkey Esc\n:set nothing=1\n"
        "expect no option 'nothing'\nkey Esc\n"
        "key u\n:wait data\n"
        "key t\nkey Left\nexpect truncated at 126\nkey Enter\nexpect max_seq_length is 126\nkey u\n"
        ":clean html,dedup\n:wait data\nkey c\nexpect Clean 2 of 6 on\nkey Esc\n"
        ":clean nonsense\nexpect error:\nkey Esc\n"
        "key m\nkey Down\nkey Enter\n:wait data\nexpect !\nkey u\n:wait data\nkey Esc\n"
        ":find zzzz\nexpect not found in the rows\n",
        24, 80, NULL);
}

/* A wrong path leaves what is open alone and stays to be corrected; completion's blank behind a
 * name is not part of it; ~/ is the home folder. */
static void test_open_path(void **state)
{
    (void)state;
    setenv("HOME", "assets", 1);
    drive(SAMPLE, STARTER,
          ":wait data\nkey o\nkeys assets/data/none.csv\nkey Enter\nexpect no such file\n"
          "expect open: assets/data/none.csv\nkey Esc\nexpect [1 Data✓]\nreject not loaded\n"
          ":open none.csv\nexpect error: none.csv\nkey Esc\nexpect [1 Data✓]\n"
          "key :\nkeys open assets/data/harb\nkey Tab\nkey Enter\n:wait data\n"
          "expect harbour-qa.json\n"
          "key o\nkeys ~/data/library-mail.csv\nkey Enter\n:wait data\nexpect library-mail.csv\n"
          ":open ~/data/harbour-qa.json\n:wait data\nexpect harbour-qa.json\n"
          ":run assets\nexpect assets: not a run\nkey Esc\n"
          ":open assets/data/library-mail.csv\n:wait data\nkey m\nkey Down\nkey Enter\n"
          ":wait data\nkey T\nexpect error: data (1): \n",
          24, 80, NULL);
}

static char *csv(const char *name, const char *text)
{
    char *path = ft_path_join(bench_folder, name);
    struct ft_err err = {0};
    assert_int_equal(ft_file_write(path, text, strlen(text), &err), FT_OK);
    return path;
}

#define MESSY                                                                                      \
    "id,kommentar,klasse,kanal\n1,das Brot war gut,lob,web\n2,der Tee war kalt,klage,mail\n"       \
    "3,wann ist offen,frage,web\n4,alles sehr fein,lob,mail\n5,viel zu teuer,klage,web\n"          \
    "6,wo ist das WC,frage,mail\n"

/* Enter gives a column one use after the other, whatever the others have; one that lost its use to
 * it gets it back. */
/* Columns keeps its place while a file with fewer columns is opened, and is used before it was drawn
 * again: words do not draw, keys do. */
static void test_fewer_columns(void **state)
{
    (void)state;
    char *wide = csv("wide.csv", "text,label,a,b,c,d,e,f\none,x,1,2,3,4,5,6\ntwo,y,1,2,3,4,5,6\n"
                                 "three,x,1,2,3,4,5,6\nfour,y,1,2,3,4,5,6\n"),
         *lines = csv("few.jsonl", "{\"text\":\"one\",\"label\":\"x\"}\n"
                                   "{\"text\":\"two\",\"label\":\"y\"}\n");
    for (int last = 0; last < 2; last++) { /* on a column, and on how the file is read */
        char *script = ft_xprintf(":wait data\nkey m g Down Down Down Down Down %s\n:open %s\n"
                                  ":wait data\n:enter\n:toggle\n:wait data\n:enter\n:wait data\n"
                                  "expect few.jsonl\nexpect 2 rows\n",
                                  last ? "G" : "Down", lines);
        drive(wide, NULL, script, 60, 200, NULL);
        free(script);
    }
    free(wide);
    free(lines);
}

static void test_columns(void **state)
{
    (void)state;
    char *path = csv("messy.csv", MESSY), *other = csv("other.csv", "text,label\na,x\nb,y\nc,x\n");
    char *script = ft_xprintf(
        ":wait data\nexpect text kommentar  label kanal\nkey m\nkey Down\nkey Down\n"
        "key Enter\n:wait data\nexpect text klasse  label kanal\n"
        "key Enter\n:wait data\nexpect text kommentar  pair klasse  label kanal\n"
        "key Enter\n:wait data\nexpect text kommentar  label klasse\n"
        "key Enter\n:wait data\nexpect text kommentar  label kanal\n"
        "key Enter\nkey Enter\nkey Enter\n:wait data\nexpect text kommentar  label klasse\n"
        "reject pair\n"
        /* no column is the text: reported */
        "key Up\nkey Enter\n:wait data\nexpect pair kommentar  label klasse\n"
        "expect warn: \nexpect no text column found\n"
        "key Enter\n:wait data\nexpect label kommentar\nkey Enter\n:wait data\n"
        "key Enter\n:wait data\nexpect text kommentar  label klasse\n"
        ":columns text=kommentar pair=klasse label=kanal\n:wait data\nexpect pair klasse\n"
        ":columns text=kommentar label=klasse\n:wait data\nreject pair\n"
        "expect text kommentar  label klasse\n"
        ":columns text=klasse label=klasse\n:wait data\nexpect given twice\n"
        ":columns text=nosuch\nexpect error: \nexpect no column \"nosuch\"\nkey Ctrl-L\n"
        "expect text kommentar  label klasse\nexpect [1 Data\u2713]\n"
        ":columns header=false\n:wait data\nexpect 7 rows\nexpect no header row\n"
        ":columns header=true text=kommentar label=klasse\n:wait data\nexpect 6 rows\n"
        "expect text kommentar  label klasse\n:columns head=true\nexpect header=, encoding=\n"
        "key Esc\nkey u\nkey u\n:wait data\n"
        ":open %s\nexpect note: other.csv has other columns\n:wait data\n"
        "expect text text  label label\nkey u\n:wait data\n"
        "expect text kommentar  label klasse\n",
        other);
    drive(path, NULL, script, 24, 80, NULL);
    free(script);
    free(other);
    free(path);
}

/* A file that breaks is shown up to there; what was loaded before is one key away, edits with it.
 * A model that is nowhere changes nothing. */
static void test_broken(void **state)
{
    (void)state;
    char *path = csv("fine.csv", "text,label\none,a\ntwo,b\nthree,a\nfour,b\n");
    char *broken = csv("broken.csv", "text,label\nfive,c\nsix,d\n\"seven,c\n");
    char *script = ft_xprintf(
        ":wait data\n:relabel 1 b\n:wait data\n:open %s\n:wait data\nexpect quote\n"
        "expect broken.csv  2 rows  not loaded\nexpect Rows 2 of 2\nexpect Labels 0\n"
        "reject checking ..\n"
        "key Down\nexpect error: data (1): broken.csv is not loaded; u returns to fine.csv\n"
        "key T\nexpect error: data (1): broken.csv is not loaded; u returns to fine.csv\n"
        "key u\n:wait data\nexpect [1 Data\u2713]\nexpect Rows 4 of 4\nexpect Labels 2\n"
        ":filter edited\nexpect Rows 1 of 4\n:filter\n"
        ":model nomodel\nexpect ask: nomodel is not on this machine\nkey Esc\nexpect [1 "
        "Data\u2713]\n"
        "expect Tokens starter\nreject nomodel\n"
        /* a file that was not loaded is not what undo goes back to */
        ":open %s\n:wait data\n:open /dev/null\n:wait data\n:open %s\n:wait data\nkey Down\n"
        "expect error: data (1): broken.csv is not loaded; u returns to fine.csv\n"
        "key u\n:wait data\nexpect Rows 4 of 4\n",
        broken, broken, broken);
    drive(path, STARTER, script, 24, 80, NULL);
    drive("none/gone.csv", NULL,
          ":wait data\nexpect gone.csv  not loaded\nexpect error: none/gone.csv\n"
          "key Down\nexpect error: data (1): none/gone.csv\n",
          24, 80, NULL);
    free(script);
    free(broken);
    free(path);
}

/* A hint that is an option on the command line is a command here. */
static void test_hint(void **state)
{
    (void)state;
    char *broken = csv("inches.csv", "text,label\n\"a 5 inch screen,bad\nfine,good\n");
    char *script = ft_xprintf(":open %s\n:wait data\nexpect :set quote none\nreject --quote\n"
                              ":set quote none\n:wait data\nexpect Rows 2 of 2\n"
                              "reject not loaded\n",
                              broken);
    drive(NULL, NULL, script, 24, 200, NULL);
    free(script);
    free(broken);
}

/* Reported: rows without a label, edits of another label column, what u undid. */
static void test_said(void **state)
{
    (void)state;
    char *path = csv("some.csv", "text,label,kind\none,a,x\ntwo,b,y\nthree,,x\nfour,b,y\n");
    drive(path, NULL,
          ":wait data\nexpect warn: split\nexpect 1 row without a label excluded\n"
          ":relabel 1 b\n:wait data\n:columns label=kind\n:wait data\n"
          "expect warn: 1 of 1 label edits not applied\nexpect Labels 2\n"
          "key u\n:wait data\nexpect ok: undone: label_column is not set\n"
          "key u\n:wait data\nexpect ok: undone: label of row 1; 0 labels changed\n",
          24, 80, NULL);
    free(path);
}

/* The key line is that of a question while one is asked; why a field was not taken is read whole.
 */
static void test_asked(void **state)
{
    (void)state;
    char *path = csv("asked.csv", "text,label\none,a\ntwo,b\nthree,a\nfour,b\n");
    drive(path, NULL,
          ":wait data\nexpect Enter read\nkey r\nexpect a-b label the row  / another  Esc end\n"
          "reject Enter read\nkey b\nkey Esc\nexpect Enter read\n"
          "key o\nexpect Enter accept  Tab complete  Up Down choose  Esc close\nkeys "
          "/nowhere/a/long/way/off/a.csv\n"
          "key Enter\n"
          "expect error: /nowhere/a/long/way/off/a.csv: no such file; check the path\n"
          "expect open: /nowhere/a/long/way/off/a.csv_\n",
          24, 80, NULL);
    free(path);
    path = csv("latin.csv", "text,label\ncaf\xe9,a\ntwo,b\nna\xefve,a\nfour,b\n");
    drive(path, NULL, ":wait data\nexpect windows-1252\nexpect caf\u00E9\n", 24, 80, NULL);
    drive(path, NULL,
          ":wait data\n\nkey m\nexpect encoding       auto: windows-1252\n"
          "expect header         auto: true\nexpect delimiter      auto: comma\n"
          ":set header false\n:wait data\nexpect no header row\nexpect 5 rows\n",
          24, 80, NULL);
    free(path);
    path = csv("mixed.csv", "text,label\ncaf\u00E9 \xff,a\ntwo,b\nna\u00EFve \xff,a\nfour,b\n");
    drive(path, NULL, ":wait data\nexpect utf-8 except 2 rows\n", 24, 80, NULL);
    free(path);
}

/* Running text lies in blocks, as it is learned from; `t` sets their size. */
static void test_blocks(void **state)
{
    (void)state;
    static const char text[] = "tests/reference/nets/gpt2-clm/train.txt";
    drive(text, "tests/reference/nets/gpt2-clm/model",
          ":split 1,0,0\n:set block_size 24\n:wait data\nexpect Blocks of 24\nexpect 40\n"
          "reject rows are truncated\nkey t\nkey Right\nexpect in blocks of\nkey Enter\n"
          "expect block_size is\nkey u\n:wait data\nexpect Blocks of 24\n",
          24, 80, "data-blocks-80x24");
    drive(text, "tests/reference/nets/bert-mlm/model",
          ":set line_by_line true\n:wait data\nreject Blocks of\n", 24, 80, NULL);
}

/* `w` and `:write` write the rows as they are listed; a file that is there is replaced only when
 * somebody agrees. */
static void test_write_rows(void **state)
{
    (void)state;
    char *csv = ft_path_join(bench_folder, "seen.csv"),
         *json = ft_path_join(bench_folder, "a.json"),
         *rows = ft_path_join(bench_folder, "seen.jsonl");
    char *script = ft_xprintf(":wait data\n:filter label:account part:tst\nexpect filter: label\n"
                              "key w\nexpect write rows to\nkey Ctrl-U\nkeys %s\nkey Enter\n"
                              "expect rows written to\n:write %s\n:filter\n"
                              ":write %s\nexpect already exists: y replaces it\nkey x Esc\n"
                              ":write %s\nexpect 770 rows written\n"
                              ":write %s\nexpect already exists\nkey y\nexpect 770 rows written\n"
                              ":write %s.pdf\nexpect expected a name ending in\n",
                              csv, rows, csv, json, json, csv);
    drive(SAMPLE, NULL, script, 24, 120, NULL);
    char *text;
    struct ft_err err = {0};
    size_t n, lines = 0, fit = 0;
    assert_int_equal(ft_file_read(csv, 1 << 20, &text, &n, &err), FT_OK);
    assert_int_equal(strncmp(text, "text,label,part\n", 16), 0);
    free(text);
    assert_int_equal(ft_file_read(rows, 1 << 20, &text, &n, &err), FT_OK);
    for (char *line = text; (line = strchr(line, '\n')); line++, lines++)
        fit += !strncmp(line - 33, ",\"label\":\"account\",\"part\":\"test\"}", 33);
    assert_true(lines > 1);
    assert_int_equal(fit, lines); /* the filter's rows, and no other */
    free(text);
    assert_int_equal(ft_file_read(json, 1 << 20, &text, &n, &err), FT_OK);
    assert_int_equal(strncmp(text, "[\n{\"text\":", 10), 0);
    assert_string_equal(text + n - 4, "}\n]\n");
    free(text);
    free(script);
    free(csv);
    free(json);
    free(rows);
}

/* A question with a long context is read in windows: nothing of it is cut. */
static void test_windows(void **state)
{
    (void)state;
    drive("assets/data/harbour-qa.json", STARTER,
          ":set max_seq_length 64\n:wait data\nreject cut\n"
          "expect 53 questions take several windows of 64 tokens (100.0%)\n"
          "expect rows in windows\nreject tokens kept\nkey t\nkey Left\nexpect in windows of\n",
          60, 200, NULL);
}

/* `r` labels row after row with one key each, `.` repeats, `d` drops; `w` writes what --edits
 * reads. */
static void test_labelling(void **state)
{
    (void)state;
    char *script = ft_xprintf(":wait data\nkey r\nexpect a account\nkey b\nkey c\nkey Esc\nkey .\n"
                              ":wait data\n:filter edited\nexpect Rows 2 of 770\n"
                              ":edits %s/edits.jsonl\nexpect 2 edits written\n",
                              bench_folder);
    drive(SAMPLE, NULL, script, 24, 80, NULL);
    char *path = ft_path_join(bench_folder, "edits.jsonl"), *text;
    struct ft_err err = {0};
    size_t n;
    assert_int_equal(ft_file_read(path, 1 << 16, &text, &n, &err), FT_OK);
    assert_non_null(strstr(text, "\"row\":1,"));
    assert_non_null(strstr(text, "\"new\":\"building\""));
    free(text);
    free(path);
    free(script);
}

/* Several labels per row: the panel of labels counts them and, with the focus, the rows that also have
 * the selected one; `r` adds and removes a label per key, Enter goes on, `u` undoes one change. */
static void test_label_sets(void **state)
{
    (void)state;
    char *path = csv("sets.csv", "text,label\none,a|b\ntwo,b\nthree,a|b\nfour,c\nfive,a|c\n"
                                 "six,b|c\nseven,c\neight,a\n");
    char *edits = ft_path_join(bench_folder, "sets.jsonl"), *text;
    struct ft_err err = {0};
    size_t n;
    char *script = ft_xprintf(
        ":set problem_type multi_label_classification\n:wait data\nexpect Labels 3\n"
        "expect a, b\nkey Tab\nkey Tab\nexpect Together with a\nkey Down\nexpect Together with b\n"
        "key z\nexpect Rows with both labels, 3 labels\nreject true\nkey z\n"
        "key Shift-Tab\nkey Shift-Tab\nkey r\nkey c\n:wait data\nkey a\n:wait data\nexpect b, c\n"
        "key Enter\nkey a\nkey Esc\n:wait data\nkey u\n:wait data\n:edits %s\n"
        "expect 1 edit written\n",
        edits);
    drive(path, NULL, script, 24, 80, NULL);
    assert_int_equal(ft_file_read(edits, 1 << 16, &text, &n, &err), FT_OK);
    assert_non_null(strstr(text, "\"row\":1,"));
    assert_non_null(strstr(text, "\"new\":[\"b\",\"c\"]"));
    free(text);
    free(script);
    free(edits);
    free(path);
}

/* A long label is cut on the strip, between two characters, and not in what it does. */
static void test_long_label(void **state)
{
    (void)state;
    struct ft_err err = {0};
    struct ft_str s = {0}, name = {0};
    char *path = ft_path_join(bench_folder, "long.csv");
    char *edits = ft_path_join(bench_folder, "long.jsonl"), *text;
    size_t n;
    ft_str_addc(&name, 'x');
    for (int i = 0; i < 100; i++)
        ft_str_addz(&name, "\u00e4");
    ft_str_addf(&s, "text,label\none,zz\ntwo,%s\nthree,zz\nfour,%s\n", name.data, name.data);
    assert_int_equal(ft_file_write(path, s.data, s.len, &err), FT_OK);
    char *script = ft_xprintf(":wait data\nkey r\nexpect a x\u00e4\nreject \ufffd\nkey a\nkey Esc\n"
                              ":wait data\n:edits %s\nexpect 1 edit written\n",
                              edits);
    drive(path, NULL, script, 24, 80, NULL);
    assert_int_equal(ft_file_read(edits, 1 << 16, &text, &n, &err), FT_OK);
    ft_str_clear(&s);
    ft_str_addf(&s, "\"new\":\"%s\"", name.data);
    assert_non_null(strstr(text, s.data));
    ft_str_release(&name);
    ft_str_release(&s);
    free(script);
    free(text);
    free(edits);
    free(path);
}

/* A screen that is a row too low for all panels still has the way and the name of the file; a
 * narrow one has the head too. */
static void test_low(void **state)
{
    (void)state;
    static const struct {
        int h, w;
        bool way, head;
    } sizes[] = {{24, 80, true, true},  {23, 80, true, true},  {20, 120, true, true},
                 {17, 80, true, true},  {12, 80, true, false}, {24, 79, false, true},
                 {60, 60, false, true}, {20, 60, false, true}, {10, 40, false, false}};
    char *path = csv("low.csv", "text,label\none,a\ntwo,b\nthree,a\nfour,b\n");
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct screen_bench b = bench_new(":wait data\n", sizes[i].h, sizes[i].w);
        struct ft_str s = {0};
        ft_app_add(b.app, ft_view_data_new(b.w));
        ft_app_add(b.app, ft_view_data_new(b.w)); /* a second item of the way */
        bench_set(&b, "data", path);
        ft_dataset_set(b.w->data, &b.w->o);
        assert_int_equal(ft_app_run(b.app), 0);
        ft_app_dump(b.app, &s);
        char *second = strchr(ft_str_text(&s), '\n');
        bool way = strstr(ft_str_text(&s), " 2 Data"), head = second && strstr(second, "low.csv  ");
        if (way != sizes[i].way || head != sizes[i].head)
            fail_msg("%dx%d:\n%s", sizes[i].w, sizes[i].h, ft_str_text(&s));
        ft_str_release(&s);
        ft_app_free(b.app);
        ft_workbench_free(b.w);
    }
    free(path);
}

static char *read_text(const char *path)
{
    struct ft_err err = {0};
    char *text;
    size_t n;
    if (ft_file_read(path, 1 << 16, &text, &n, &err)) fail_msg("%s", err.msg);
    return text;
}

/* Whether the file of label edits gives `row` the label; NULL: it has no edit of it. */
static void expect_edit(const char *path, int row, const char *label)
{
    char *text = read_text(path), *want = ft_xprintf("\"row\":%d,", row);
    char *at = strstr(text, want), *end = at ? strchr(at, '\n') : NULL;
    if (end) *end = 0;
    if (!label && at) fail_msg("%s has an edit of row %d", path, row);
    if (label && (!at || !strstr(at, label))) fail_msg("%s: row %d isn't %s", path, row, label);
    free(want);
    free(text);
}

/* As at the program's start on that file: the files next to it are read. */
static void start(const char *data, const char *script)
{
    struct screen_bench b = bench_new(script, 24, 80);
    ft_app_add(b.app, ft_view_data_new(b.w));
    bench_set(&b, "data", data);
    ft_workbench_edits_beside(b.w);
    bench_run(&b, NULL);
}

/* Each change of a label is on disk at once: the strip, the words, undo and redo; the next start
 * has it, and nothing is asked at the end. */
static void test_saved_at_once(void **state)
{
    (void)state;
    char *path = csv("saved.csv", "text,label\none,a\ntwo,b\nthree,a\nfour,b\nfive,a\n");
    char *edits = ft_xprintf("%s.edits.jsonl", path), *old = ft_xprintf("%s~", edits);
    start(path, ":wait data\n:relabel 1 b\n"); /* ends without q, as a crash does */
    expect_edit(edits, 1, "\"b\"");
    start(path, ":wait data\n:filter edited\nexpect Rows 1 of 5\n:filter\n:relabel 3 b\nkey u\n");
    expect_edit(edits, 3, NULL);
    start(path, ":wait data\n:relabel 3 b\nkey u\nkey Ctrl-R\nkey q\n");
    expect_edit(edits, 3, "\"b\"");
    start(path, ":wait data\nkey Down\nkey r\nkey a\nkey Esc\nkey q\n");
    expect_edit(edits, 2, "\"a\"");
    start(path, ":wait data\n:drop 4\nkey q\n");
    expect_edit(edits, 4, "null");
    expect_edit(edits, 1, "\"b\"");
    /* edits that nobody read are not written over */
    drive(path, NULL, ":wait data\n:relabel 2 a\nkey q\n", 24, 80, NULL);
    expect_edit(edits, 1, NULL);
    expect_edit(old, 1, "\"b\"");
    free(old);
    free(edits);
    free(path);
}

/* Where the folder of the data can't be written to, edits are kept in the state folder and found
 * there again; where nothing can be written, that is said and asked about at the end. */
static void test_saved_elsewhere(void **state)
{
    (void)state;
    struct ft_err err = {0};
    char *path = csv("elsewhere.csv", "text,label\none,a\ntwo,b\nthree,a\nfour,b\n");
    char *edits = ft_xprintf("%s.edits.jsonl/x", path); /* a folder is in the way */
    char *kept = ft_path_join(bench_folder, "fettle/edits");
    assert_int_equal(ft_mkdirs(edits, &err), FT_OK);
    start(path, ":wait data\n:relabel 1 b\nkey q\n");
    start(path, ":wait data\n:filter edited\nexpect Rows 1 of 4\nkey q\n");
    assert_int_equal(ft_remove_tree(kept, &err), FT_OK);
    assert_int_equal(ft_file_write(kept, "", 0, &err), FT_OK);
    start(path, ":wait data\n:relabel 1 b\n:wait data\nkey q\n"
                "expect 1 label edit could not be saved: w try again   d discard\n"
                "reject Enter read\nkey w\nexpect error: \nkey q\nkey d\n");
    assert_int_equal(ft_remove_tree(kept, &err), FT_OK);
    free(kept);
    free(edits);
    free(path);
}

/* A label that the data does not have is taken only when it is confirmed; redo ends with a new
 * change. */
static void test_new_label(void **state)
{
    (void)state;
    char *path = csv("new.csv", "text,label\none,good\ntwo,bad\nthree,good\nfour,bad\n");
    drive(path, NULL,
          ":wait data\n:relabel 1 goood\n"
          "expect ask: 'goood' is a new label (did you mean good?): y add it   Esc cancel\n"
          "expect y add the new label\nkey Enter\nexpect is a new label\nkey Esc\n"
          ":filter edited\nexpect Rows 0 of 4\n:filter\n"
          "key r\nkey /\nkeys mixed\nkey Enter\nexpect 'mixed' is a new label: y\nkey y\n"
          "expect a bad  b good\nkey Esc\n:wait data\nexpect Labels 3\n" /* the strip went on */
          "key r\nkey /\nkeys mixed\nkey Enter\nreject is a new label\nkey Esc\n:wait data\n"
          ":filter edited\nexpect Rows 2 of 4\n:filter\n"
          "key u\nkey u\n:wait data\nexpect Labels 2\n"
          ":relabel 4 good\n:wait data\nkey Ctrl-R\nexpect nothing to redo\n"
          ":filter edited\nexpect Rows 1 of 4\n",
          24, 80, NULL);
    free(path);
}

/* Nothing from a file reaches the terminal as a control. */
static void test_hostile(void **state)
{
    (void)state;
    const char *text = "text,label\n\"\033[31mred\033]0;title\a \xe2\x80\xae gone\",a\nplain,b\n"
                       "\"two\nlines\",a\n";
    char *path = ft_path_join(bench_folder, "hostile.csv");
    struct ft_err err = {0};
    assert_int_equal(ft_file_write(path, text, strlen(text), &err), FT_OK);
    struct screen_bench b = bench_new(":wait data\nexpect ^[[31mred\nexpect <202E>\n", 24, 80);
    ft_app_add(b.app, ft_view_data_new(b.w));
    bench_set(&b, "data", path);
    bench_run(&b, NULL);
    free(path);
}

/* A million rows: keys respond at once. Times are printed, not checked. */
static void test_million(void **state)
{
    (void)state;
    enum { ROWS = 1000000 };
    struct ft_str s = {0};
    char *path = ft_path_join(bench_folder, "million.csv");
    struct ft_err err = {0};
    ft_str_addz(&s, "text,label\n");
    for (int i = 0; i < ROWS; i++)
        ft_str_addf(&s, "row number %d of many,%s\n", i, i % 2 ? "odd" : "even");
    assert_int_equal(ft_file_write(path, s.data, s.len, &err), FT_OK);
    ft_str_release(&s);
    double start = ft_now_s();
    drive(path, NULL,
          ":wait data\nexpect 1,000,000 rows\nkey G\nexpect number 999999\nkey g\nkey PgDn\n"
          "key Down\nkey Up\nexpect Row 10 full text\n",
          24, 80, NULL);
    print_message("a million rows opened, checked and walked through in %.1f s\n",
                  ft_now_s() - start);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pictures),      cmocka_unit_test(test_words),
        cmocka_unit_test(test_blocks),        cmocka_unit_test(test_labelling),
        cmocka_unit_test(test_label_sets),    cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_million),       cmocka_unit_test(test_long_label),
        cmocka_unit_test(test_saved_at_once), cmocka_unit_test(test_saved_elsewhere),
        cmocka_unit_test(test_new_label),     cmocka_unit_test(test_low),
        cmocka_unit_test(test_open_path),     cmocka_unit_test(test_fewer_columns),
        cmocka_unit_test(test_columns),       cmocka_unit_test(test_broken),
        cmocka_unit_test(test_hint),          cmocka_unit_test(test_said),
        cmocka_unit_test(test_asked),         cmocka_unit_test(test_write_rows),
        cmocka_unit_test(test_windows),
    };
    return cmocka_run_group_tests(tests, bench_setup, bench_teardown);
}

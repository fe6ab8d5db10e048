/* The list of rows that an audit doubts, on screen 1: what it lists, what is decided by key and by word, undo,
 * what survives, back to where it was opened, and files that are damaged or of other data. */
#include "ui/screen_bench.h"

#include "util/hash.h"

#define ROWS                                                                                       \
    "text,label\n"                                                                                 \
    "When does the library open on Monday?,event\n"                                                \
    "My card was lost last week.,account\n"                                                        \
    "The book about the harbour is still on loan.,loan\n"                                          \
    "When does the library open on Tuesday?,event\n"                                               \
    "My card was lost last month.,loan\n"                                                          \
    "The <b>reading room</b> is cold.,building\n"                                                  \
    "When does the library open on Sunday?,account\n"                                              \
    "I lost my card.,event\n"

#define LINE(row, text, given, suggested, margin)                                                  \
    "{\"row\":" #row ",\"text\":\"" text "\",\"given\":\"" given "\",\"suggested\":\"" suggested   \
    "\",\"margin\":" #margin ",\"probabilities\":{\"" given "\":0.1,\"" suggested "\":0.9}}\n"
#define DOUBTS                                                                                     \
    LINE(5, "My card was lost last month.", "loan", "account", 0.02)                               \
    LINE(8, "I lost my card.", "event", "account", 0.051)                                          \
    LINE(7, "When does the library open on Sunday?", "account", "event", 0.2)                      \
    LINE(6, "The reading room is cold.", "building", "loan", 0.31)                                 \
    LINE(3, "The book about the harbour is still on loan.", "loan", "building", 0.4)
#define STALE                                                                                      \
    LINE(2, "Another text.", "account", "loan", 0.41)                                              \
    LINE(1, "When does the library open on Monday?", "loan", "account", 0.42)                      \
    LINE(900, "No such row.", "account", "loan", 0.43)

static void drive_of(const char *data, const char *script, int h, int w, const char *picture)
{
    struct screen_bench b = bench_new(script, h, w);
    ft_app_add(b.app, ft_view_data_new(b.w));
    bench_set(&b, "data", data);
    bench_set(&b, "clean", "html");
    ft_workbench_edits_beside(b.w);
    bench_run(&b, picture);
}

/* The script names the audit's folder as AUDIT. */
static void drive(const char *data, const char *audit, const char *script, const char *picture)
{
    struct ft_str s = {0};
    for (const char *at; (at = strstr(script, "AUDIT")); script = at + 5) {
        ft_str_add(&s, script, (size_t)(at - script));
        ft_str_addz(&s, audit);
    }
    ft_str_addz(&s, script);
    bool wide = picture && strstr(picture, "200x60");
    drive_of(data, ft_str_text(&s), wide ? 60 : 24, wide ? 200 : 80, picture);
    ft_str_release(&s);
}

static void forget_edits(const char *data)
{
    char *edits = ft_xprintf("%s.edits.jsonl", data);
    remove(edits);
    free(edits);
}

static void test_list(void **state)
{
    (void)state;
    char *data = bench_put("mail.csv", ROWS), *list = bench_put("audit/labels.jsonl", DOUBTS STALE);
    char *audit = ft_path_dir(list);
    static const char decided[] =
        ":wait data\n:audit AUDIT\n:wait doubts\nkey Esc\nkey a\n"
        ":audit AUDIT\n:wait doubts\nkeys x\nkey Space\nkey Down\nkey d\n:wait data\n";
    drive(data, audit, decided, "doubts-80x24");
    forget_edits(data);
    drive(data, audit, decided, "doubts-200x60");
    forget_edits(data);
    drive(
        data, audit,
        ":wait data\nkey G\n:audit AUDIT\n:wait doubts\nexpect 3 of 8 rows not listed\nkey Esc\n"
        "expect Rows 8 of 8\nexpect Row 8 full text\n"
        ":audit AUDIT\n:wait doubts\nexpect 0 decided of 5\nexpect Row 5 full text\nkey Down\n"
        /* the text, in its own panel, with the same keys */
        "key Enter\nexpect I lost my card\nkey x\nkey Esc\nkey Esc\nexpect 1 decided of 5\n"
        "expect Row 7 full text\nexpect x8\n"
        /* kept, taken back, kept again */
        "key Space\nexpect 2 decided of 5\nexpect \xe2\x9c\x93"
        "7\nkey Up\nkey Space\nexpect 1 decided of 5\nkey Up\n"
        "key Space\nexpect 2 decided of 5\n"
        /* a third label, with the strip; then the same again */
        "expect Row 6 full text\nkey r\nkey c\nkey Esc\n:wait data\nexpect 3 decided of 5\n"
        "expect r6\nexpect Row 3 full text\nkey .\n:wait data\nexpect 4 decided of 5\nkey k\n"
        /* left out, and everything undone, marks too */
        "key g\nkey d\n:wait data\nexpect 5 decided of 5\nexpect d5\nexpect Row 8 full text\n"
        "expect row 5 excluded\nkey u\n:wait data\nexpect 4 decided of 5\nexpect Row 5 full text\n"
        "keys uu\n:wait data\nexpect 2 decided of 5\nkey u\nexpect 1 decided of 5\n"
        "key Ctrl-R\nexpect 2 decided of 5\nkey Ctrl-R\nkey Ctrl-R\n:wait data\n"
        "expect 4 decided of 5\n",
        NULL);
    /* the next start: edits and marks are those that were there; what is decided is not selected first */
    drive(data, audit,
          ":wait data\n:audit AUDIT\n:wait doubts\nexpect 4 decided of 5\nexpect Row 5 full text\n"
          "expect \xe2\x9c\x93"
          "7\nexpect x8\n",
          NULL);
    forget_edits(data);
    free(audit);
    free(list);
    free(data);
}

/* Space on a row that was changed gives it back its label and marks it, in one step; words do what keys
 * do. */
static void test_keep_and_words(void **state)
{
    (void)state;
    char *data = bench_put("mail2.csv", ROWS), *list = bench_put("audit2/labels.jsonl", DOUBTS);
    char *audit = ft_path_dir(list);
    drive(data, audit,
          ":wait data\n:audit AUDIT\n:wait doubts\n"
          "expect given loan, suggested account: x accepts, Space keeps\n:accept\n:wait "
          "data\nexpect x5\nkey Up\n"
          "expect the suggestion was accepted\n:keep\n:wait data\nreject x5\nexpect \xe2\x9c\x93"
          "5\nkey u\n:wait data\nexpect x5\nkey u\n:wait data\nreject x5\nexpect 0 decided\n"
          /* an excluded row comes back as it was given, or with the suggested label */
          "key g\n:drop 5\n:wait data\nexpect d5\nkey Space\n:wait data\nreject d5\nexpect 1 "
          "decided\n"
          "key g\nkey d\n:wait data\nkey g\nkey x\n:wait data\nexpect x5\nkey g\n:relabel 5 event\n"
          ":wait data\nexpect r5\n"
          /* sorting turns the order round, the filter leaves some, finding goes through them */
          "key ]\nkey g\nexpect Row 3 full text\nkey [\nkey g\nexpect Row 5 full text\n"
          ":filter label:building\nexpect 1 shown\nexpect Row 6 full text\nkey Esc\n"
          "expect 1 decided of 5\nexpect Row 6 full text\nkey g\n:find sunday\n"
          "expect Row 7 full text\n"
          /* what does not go away: another order and filter are those of before */
          "key Esc\nexpect Rows 8 of 8\n",
          NULL);
    drive(data, audit,
          ":wait data\n:filter label:event\n:sort tokens down\n:audit AUDIT\n:wait doubts\n"
          "expect of 5\nreject filter:\nkey Esc\nexpect filter: label:event\nexpect tok v\n",
          NULL);
    forget_edits(data);
    free(audit);
    free(list);
    free(data);
}

static void test_cannot(void **state)
{
    (void)state;
    static const struct {
        const char *lines, *said;
    } bad[] = {
        {"not json\n", "labels.jsonl"},
        {"{\"row\":0,\"given\":\"a\",\"suggested\":\"b\",\"margin\":0.1}\n",
         "line 1: expected row"},
        {LINE(5, "x", "loan", "loan", 0.1), "line 1: expected row"},
        {LINE(5, "My card was lost last month.", "loan", "account", 0.02) LINE(8, "x", "a", "b", 7),
         "line 2: expected row"},
        {"{\"row\":1e300,\"given\":\"a\",\"suggested\":\"b\",\"margin\":0.1}\n", "line 1:"},
        {"{\"row\":3,\"given\":[],\"suggested\":{},\"margin\":\"x\"}\n", "line 1:"},
        {STALE, "none of its 3 rows"},
        {"", "no label is doubtful"},
    };
    char *data = bench_put("mail3.csv", ROWS);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char *list = bench_put("bad/labels.jsonl", bad[i].lines), *audit = ft_path_dir(list);
        char *script = ft_xprintf(":wait data\nkey G\n:audit %s\n:wait doubts\nexpect %s\nkey Esc\n"
                                  "expect Rows 8 of 8\nexpect Row 8 full text\n",
                                  audit, bad[i].said);
        drive_of(data, script, 24, 200, NULL);
        free(script);
        free(audit);
        free(list);
    }
    char *empty = ft_path_join(bench_folder, "empty");
    assert_int_equal(ft_mkdirs(empty, NULL), FT_OK);
    drive(data, empty, ":wait data\n:audit AUDIT\n:wait doubts\nexpect has no labels.jsonl\n",
          NULL);
    drive(data, "/nowhere", ":wait data\n:audit AUDIT\nexpect /nowhere: no such folder\n", NULL);
    drive_of("assets/data/harbour-qa.json", ":wait data\nkey a\nexpect one label per row\n", 24, 80,
             NULL);
    free(empty);
    free(data);
}

/* Without a name: the newest audit of the data, by its path or its bytes, of those below the folder. */
static void test_newest(void **state)
{
    (void)state;
    char *data = bench_put("work/mail.csv", ROWS), *dir = ft_path_dir(data), here[4096];
    char *other = bench_put("work/runs/z-other/labels.jsonl", STALE);
    free(
        bench_put("work/runs/z-other/audit.json",
                  "{\"folds\":2,\"options\":{\"data\":{\"value\":\"other.csv\",\"given\":true}}}"));
    assert_non_null(getcwd(here, sizeof here));
    drive_of(data, ":wait data\nkey a\n:wait doubts\nexpect no audit of mail.csv\n", 24, 80, NULL);
    setenv("FETTLE_ASSETS", FETTLE_SOURCE_DIR "/tests/assets", 1);
    assert_int_equal(chdir(dir), 0);
    drive_of("mail.csv", ":wait data\nkey a\n:wait doubts\nexpect no audit of mail.csv\n", 24, 80,
             NULL);
    char *list = bench_put("work/runs/mail-audit/labels.jsonl", DOUBTS);
    free(bench_put("work/runs/mail-audit/audit.json",
                   "{\"folds\":2,\"options\":{\"data\":{\"value\":\"mail.csv\",\"given\":true}}}"));
    drive_of("mail.csv",
             ":wait data\nkey a\n:wait doubts\nexpect 0 decided of 5\nexpect mail-audit\n", 24, 80,
             NULL);
    /* written later, of a copy of the file: the same bytes */
    char hex[65];
    assert_int_equal(ft_sha256_file("mail.csv", hex, NULL), FT_OK);
    char *run = ft_xprintf("{\"data\":[{\"path\":\"copy.csv\",\"sha256\":\"%s\"}]}", hex);
    free(bench_put("work/runs/a-copy/fold-1/run.json", run));
    free(bench_put("work/runs/a-copy/audit.json",
                   "{\"folds\":2,\"options\":{\"data\":{\"value\":\"copy.csv\",\"given\":true}}}"));
    free(bench_put("work/runs/a-copy/labels.jsonl", DOUBTS));
    drive_of("mail.csv", ":wait data\nkey a\n:wait doubts\nexpect 0 decided of 5\nexpect a-copy\n",
             24, 80, NULL);
    assert_int_equal(chdir(here), 0);
    free(run);
    free(list);
    free(other);
    free(dir);
    free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_list), cmocka_unit_test(test_keep_and_words),
        cmocka_unit_test(test_cannot), cmocka_unit_test(test_newest)};
    return cmocka_run_group_tests(tests, bench_setup, bench_teardown);
}

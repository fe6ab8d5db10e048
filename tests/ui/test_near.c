/* Near duplicates on screen 1: searched by key and by word, listed with both texts, decided by key, undone, the
 * panel of problems, what survives, what cannot be searched, and the file that `fettle audit` writes. */
#include "ui/screen_bench.h"

#define NET   FETTLE_SOURCE_DIR "/tests/reference/nets/bert-classify/model"
#define CHECK "\xe2\x9c\x93"

/* Row 5 leaks to the test file, 3 has another label than 1, 4 repeats 2. */
#define ROWS                                                                                       \
    "text,label\n"                                                                                 \
    "When does the library open on Monday?,event\n"                                                \
    "My card was lost last week.,account\n"                                                        \
    "when does the library OPEN on monday?,loan\n"                                                 \
    "My card was  LOST last week.,account\n"                                                       \
    "The reading room is cold.,building\n"                                                         \
    "Is the atlas of the moon on the shelf?,loan\n"                                                \
    "The lift is out of order.,building\n"                                                         \
    "The concert was lovely.,event\n"
#define TEST_ROWS "text,label\nThe READING room is cold.,building\nA wallet was found.,account\n"
#define VAL_ROWS  "text,label\nMay I bring my dog?,event\n"

struct files {
    char *data, *test, *val, *edits;
};

static struct files files_put(void)
{
    struct files f = {bench_put("near/mail.csv", ROWS), bench_put("near/test.csv", TEST_ROWS),
                      bench_put("near/val.csv", VAL_ROWS), NULL};
    f.edits = ft_xprintf("%s.edits.jsonl", f.data);
    remove(f.edits);
    return f;
}

static void files_free(struct files *f)
{
    remove(f->edits);
    free(f->data);
    free(f->test);
    free(f->val);
    free(f->edits);
}

static void drive(const struct files *f, const char *model, const char *script, const char *picture)
{
    bool wide = picture && strstr(picture, "200x60");
    struct screen_bench b = bench_new(script, wide ? 60 : 24, wide ? 200 : 80);
    ft_app_add(b.app, ft_view_data_new(b.w));
    bench_set(&b, "data", f->data);
    bench_set(&b, "test", f->test);
    bench_set(&b, "validation", f->val);
    bench_set(&b, "model", model);
    bench_set(&b, "threads", "2");
    ft_workbench_edits_beside(b.w);
    bench_run(&b, picture);
}

#define SEARCH ":wait data\n:duplicates 1\n:wait doubts\nexpect Similar rows 0 decided of 3\n"

static void test_list(void **state)
{
    (void)state;
    struct files f = files_put();
    drive(&f, NET, SEARCH, "near-80x24");
    drive(&f, NET, SEARCH, "near-200x60");
    /* accepted: a leak is excluded, another label is taken; undone */
    drive(&f, NET,
          SEARCH "expect leak\nexpect Row 5 trn, building\nexpect Like row 1 tst, building\n"
                 "expect 1 leak between splits\nexpect x excludes this one\n"
                 "key x\n:wait data\nexpect x5\nexpect 1 decided of 3\nreject leak between\n"
                 "expect Row 3 trn, loan\nexpect like row 1, event there: x relabels\n"
                 "key x\n:wait data\nexpect x3\nexpect 2 decided of 3\nexpect Row 4 trn, account\n"
                 "expect Like row 2 trn, account\nexpect 1 near duplicate\n"
                 "key x\n:wait data\nexpect 3 decided of 3\nexpect all 3 decided\n"
                 "keys uu\n:wait data\nexpect 1 decided of 3\nkey u\n:wait data\n"
                 "expect 0 decided of 3\nexpect 1 leak between splits\n",
          NULL);
    files_free(&f);
    f = files_put();
    /* kept, by key and word; settled by what is done with the other row; relabelled as ever */
    drive(&f, NET,
          SEARCH "key Space\nexpect " CHECK "5\nexpect 1 decided of 3\nkey Up\nkey Space\n"
                 "expect 0 decided of 3\n:drop 1\n:wait data\nexpect -3\n"
                 "expect 1 decided of 3\nkey u\n:wait data\nexpect 0 decided of 3\n"
                 ":relabel 1 loan\n:wait data\nexpect -3\nkey u\n:wait data\n"
                 "key G\n:keep\n:wait data\nexpect " CHECK "4\nkey d\n:wait data\nexpect x4\n"
                 "key r\nkey a\nkey Esc\n:wait data\nreject x4\n",
          NULL);
    files_free(&f);
}

/* Esc goes back; the list is there again by key, by the problem and by !, without another search; another
 * threshold searches again, with the vectors that there are. */
static void test_again(void **state)
{
    (void)state;
    struct files f = files_put();
    drive(&f, NET,
          ":wait data\n:wait data\nkeys jjjjj\nexpect Row 6 full text\n:duplicates 1\n:wait "
          "doubts\nkey "
          "Esc\nexpect Rows 11 of 11\n"
          "expect Row 6 full text\nexpect 1 leak between splits\nkey D\n"
          "expect Similar rows 0 decided of 3\nkey Esc\nkey !\nexpect Row 5 trn\n"
          "key !\nexpect Row 3 trn\nkey !\nexpect Row 4 trn\nkey Esc\n"
          ":duplicates 0.99999\n:wait doubts\nexpect Similar rows\nexpect 0.99999, model\n",
          NULL);
    /* keys that are pressed meanwhile: the list does not take the screen */
    drive(&f, NET,
          ":wait data\n:duplicates 1\nkeys jj\n:wait doubts\nexpect 3 similar rows found: D lists\n"
          "expect Row 3 full text\nexpect 1 leak between splits\nkey D\nexpect Similar rows 0\n",
          NULL);
    /* a decision stays with its row when the program starts again */
    drive(&f, NET, SEARCH "key x\n:wait data\nkey w\n", NULL);
    drive(&f, NET,
          ":wait data\n:duplicates 1\n:wait doubts\nexpect Similar rows 0 decided of 2\n"
          "reject leak between\nexpect conflict\n",
          NULL);
    files_free(&f);
    /* another split: the list is of other rows and goes */
    f = files_put();
    struct screen_bench b =
        bench_new(":wait data\n:duplicates 1\n:wait doubts\nexpect Similar rows\n:clean lowercase\n"
                  ":wait data\n:wait doubts\nreject Similar rows\nexpect D compares the rows\n"
                  "reject near duplicate\n",
                  24, 80);
    ft_app_add(b.app, ft_view_data_new(b.w));
    bench_set(&b, "data", f.data);
    bench_set(&b, "split", "1,0,0");
    bench_set(&b, "model", NET);
    bench_run(&b, NULL);
    files_free(&f);
}

/* Several labels for each row: a suggestion that was accepted is the same set, whatever its form. */
static void test_several(void **state)
{
    (void)state;
    char *rows =
        bench_put("near/sets.jsonl",
                  "{\"text\":\"When does the library open?\",\"label\":[\"loan\",\"event\"]}\n"
                  "{\"text\":\"when does the LIBRARY open?\",\"label\":[\"fine\"]}\n"
                  "{\"text\":\"The lift is out of order.\",\"label\":[]}\n");
    struct screen_bench b =
        bench_new(":wait data\n:duplicates 1\n:wait doubts\nexpect Similar rows 0 decided of 1\n"
                  "expect conflict\nkey x\n:wait data\nexpect Similar rows 1 decided of 1\n"
                  "expect accepted\n",
                  24, 200);
    ft_app_add(b.app, ft_view_data_new(b.w));
    bench_set(&b, "data", rows);
    bench_set(&b, "split", "1,0,0");
    bench_set(&b, "model", NET);
    bench_run(&b, NULL);
    free(rows);
}

static void test_cannot(void **state)
{
    (void)state;
    struct files f = files_put();
    drive(&f, NET,
          ":wait data\n:duplicates 2\nexpect expected a similarity above 0 and at most 1\n"
          ":duplicates x\nexpect expected a similarity\nexpect Rows 11 of 11\n",
          NULL);
    drive(&f, "", ":wait data\nkey D\nexpect with a model: choose one\n", NULL);
    char *none = ft_path_join(bench_folder, "near/nothing");
    drive(&f, none, ":wait data\n:duplicates\n:wait doubts\nexpect nothing\nexpect Rows 11 of 11\n",
          NULL);
    free(none);
    files_free(&f);
    /* rows that are all different */
    f = files_put();
    free(f.data);
    f.data = bench_put("near/other.csv", "text,label\nOne row.,a\nAnother altogether!,b\n");
    drive(&f, NET,
          ":wait data\n:duplicates 1\n:wait doubts\nexpect 5 rows compared: no two\n"
          "expect Rows 5 of 5\nreject leak\n",
          NULL);
    files_free(&f);
    /* a test row is not excluded by accepting */
    f = files_put();
    free(bench_put("near/test.csv", TEST_ROWS));
    struct screen_bench b = bench_new(
        ":wait data\n:duplicates 1\n:wait doubts\nexpect d excludes this test row\nkey x\n"
        "expect is in the test split: d excludes it\nexpect 0 decided\nkey d\n"
        ":wait data\nexpect 1 decided\n",
        24, 80);
    ft_app_add(b.app, ft_view_data_new(b.w));
    char *rows = bench_put("near/split.csv",
                           "text,label,split\nA dog.,a,train\nA bird.,b,train\nA cat.,b,dev\n"
                           "The room is cold.,a,test\nthe room is cold.,a,test\n");
    bench_set(&b, "data", rows);
    bench_set(&b, "model", NET);
    bench_run(&b, NULL);
    char *edits = ft_xprintf("%s.edits.jsonl", rows);
    remove(edits);
    free(edits);
    free(rows);
    files_free(&f);
}

#define LINE(kind, row, label, source, other, other_label, similarity)                             \
    "{\"kind\":\"" kind "\",\"similarity\":" similarity ",\"source\":\"data\",\"row\":" row        \
    ",\"label\":\"" label "\",\"other_source\":\"" source "\",\"other_row\":" other                \
    ",\"other_label\":\"" other_label "\"}\n"

/* duplicates.jsonl of a folder, also beside labels.jsonl; files that are damaged. */
static void test_file(void **state)
{
    (void)state;
    static const struct {
        const char *lines, *said;
    } cases[] = {
        {LINE("leak", "5", "building", "test", "1", "building", "0.97")
             LINE("conflict", "3", "loan", "data", "1", "event", "0.96"),
         "Similar rows 0 decided of 2"},
        {LINE("leak", "5", "building", "test", "99", "building", "0.97")
             LINE("duplicate", "4", "account", "data", "2", "account", "1"),
         "Similar rows 0 decided of 1"},
        {LINE("leek", "5", "building", "test", "1", "building", "0.97"), "line 1: expected kind"},
        {LINE("leak", "0", "building", "test", "1", "building", "0.97"), "line 1: expected kind"},
        {LINE("leak", "5", "building", "train", "1", "building", "0.97"), "line 1: expected kind"},
        {LINE("leak", "5", "building", "test", "1", "building", "1.5"), "line 1: expected kind"},
        {LINE("conflict", "3", "loan", "data", "1", "loan", "0.96"), "line 1: expected kind"},
        {"[]\n", "line 1"},
        {"{", "line 1"},
    };
    struct files f = files_put();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *list = bench_put("near/audit/duplicates.jsonl", cases[i].lines),
             *dir = ft_path_dir(list);
        char *script =
            ft_xprintf(":wait data\n:audit %s\n:wait doubts\nexpect %s\n", dir, cases[i].said);
        struct screen_bench b = bench_new(script, 24, 200);
        ft_app_add(b.app, ft_view_data_new(b.w));
        bench_set(&b, "data", f.data);
        bench_set(&b, "test", f.test);
        bench_set(&b, "validation", f.val);
        bench_run(&b, NULL);
        free(script);
        free(dir);
        free(list);
    }
    free(bench_put("near/audit/duplicates.jsonl",
                   LINE("duplicate", "4", "account", "data", "2", "account", "1")));
    char *labels =
        bench_put("near/audit/labels.jsonl",
                  "{\"row\":6,\"text\":\"Is the atlas of the moon on the shelf?\",\"given\":"
                  "\"loan\",\"suggested\":\"event\",\"margin\":0.1}\n");
    char *dir = ft_path_dir(labels);
    char *script = ft_xprintf(":wait data\n:audit %s\n:wait doubts\nexpect 0 decided of 2\n"
                              "expect suggested event: x accepts\nkey x\n:wait data\nexpect x6\n"
                              "expect Like row 2 trn\nkey x\n:wait data\nexpect all 2 decided\n",
                              dir);
    drive(&f, "", script, NULL);
    free(script);
    free(dir);
    free(labels);
    files_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_list), cmocka_unit_test(test_again),
                                       cmocka_unit_test(test_several),
                                       cmocka_unit_test(test_cannot), cmocka_unit_test(test_file)};
    return cmocka_run_group_tests(tests, bench_setup, bench_teardown);
}

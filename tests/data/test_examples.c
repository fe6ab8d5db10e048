/* From rows to examples: labels, edits, dedup, limits, splits, problems; the same with real data.
 */
#include "util/fs.h"
#include "data_test.h"

#include "data/problems.h"

#include <unistd.h>

static void read_csv(struct ft_table *t, const char *text)
{
    struct ft_err err = {0};
    assert_ok(ft_table_read_mem(t, "a.csv", text, strlen(text), NULL, &err), err);
}

static void build(struct ft_examples *x, struct ft_examples_opt *opt)
{
    struct ft_err err = {0};
    if (opt->columns.text == opt->columns.label) ft_columns_guess(opt->tables[0], &opt->columns);
    assert_ok(ft_examples_build(x, opt, &err), err);
}

static void test_labels(void **state)
{
    (void)state;
    struct ft_labels l;
    ft_labels_init(&l);
    const char *const in[] = {"10", " b ", "9", "a", "b", "-1", "9"};
    for (size_t i = 0; i < 7; i++)
        ft_labels_add(&l, in[i], strlen(in[i]));
    assert_int_equal(l.n, 5);
    int32_t to[5];
    ft_labels_sort(&l, to);
    const char *const want[] = {"-1", "9", "10", "a", "b"};
    for (size_t i = 0; i < 5; i++)
        assert_string_equal(l.names[i], want[i]);
    assert_int_equal(to[0], 2);
    assert_int_equal(ft_labels_find(&l, "b\n", 2), 4);
    assert_int_equal(ft_labels_find(&l, "c", 1), -1);
    ft_labels_release(&l);
}

static void test_rows(void **state)
{
    (void)state;
    struct ft_table t;
    read_csv(&t,
             "text,label\ngood,pos\n  ,pos\nbad,neg\nwhat,\ngood,pos\n<b>good</b>,pos\ngood,neg\n");
    struct ft_examples x;
    struct ft_examples_opt opt = {.tables = {&t}, .share = {1, 0, 0}, .seed = 1};
    build(&x, &opt);
    assert_int_equal(x.n, 5);
    assert_int_equal(x.left_n, 2);
    assert_int_equal(x.left[0].row, 2);
    assert_int_equal(x.left[0].why, FT_LEFT_EMPTY);
    assert_int_equal(x.left[1].why, FT_LEFT_NO_LABEL);
    assert_string_equal(x.labels.names[0], "neg");
    assert_int_equal(x.counts[1][FT_PART_TRAIN], 3);
    for (size_t i = 1; i < x.n; i++)
        assert_true(x.items[i].row > x.items[i - 1].row);
    ft_examples_release(&x);
    opt.clean = FT_CLEAN_BIT(FT_CLEAN_HTML) | FT_CLEAN_BIT(FT_CLEAN_DEDUP);
    build(&x, &opt);
    assert_int_equal(x.n, 3);
    assert_int_equal(x.left_by[FT_LEFT_DUPLICATE], 2);
    assert_int_equal(x.changed[FT_CLEAN_HTML], 1);
    assert_int_equal(x.changed[FT_CLEAN_DEDUP], 2);
    assert_int_equal(x.items[2].row, 7);
    struct ft_str s = {0};
    ft_examples_split_json(&x, &s);
    assert_string_equal(s.data, "{\"train\":[1,3,7],\"validation\":[],\"test\":[]}");
    ft_str_release(&s);
    ft_examples_release(&x);
    /* The model's order of labels, and a label that it does not have. */
    struct ft_labels given;
    ft_labels_init(&given);
    ft_labels_add(&given, "pos", 3);
    opt.labels = &given;
    struct ft_err err = {0};
    assert_int_equal(ft_examples_build(&x, &opt, &err), FT_FORMAT);
    assert_non_null(strstr(err.msg, "row 3: label \"neg\" (2 rows)"));
    ft_labels_add(&given, "neg", 3);
    build(&x, &opt);
    assert_string_equal(x.labels.names[0], "pos");
    assert_int_equal(x.items[0].label, 0);
    ft_examples_release(&x);
    ft_labels_release(&given);
    ft_table_release(&t);
}

static void test_edits(void **state)
{
    (void)state;
    struct ft_table t;
    read_csv(&t, "text,label\ngood,neg\nbad,neg\nugly,pos\nfine,pos\n");
    struct ft_edits e = {0}, back = {0};
    struct ft_err err = {0};
    ft_edits_set(&e, 3, ft_table_cell(&t, 2, 0), "pos", NULL);
    ft_edits_set(&e, 1, ft_table_cell(&t, 0, 0), "neg", "pos");
    ft_edits_set(&e, 4, (struct ft_text){"another text", 12}, "pos", "neg");
    ft_edits_set(&e, 2, ft_table_cell(&t, 1, 0), "neg", "pos");
    ft_edits_set(&e, 2, ft_table_cell(&t, 1, 0), "pos", "neg"); /* back again: no edit */
    assert_int_equal(e.n, 3);
    char path[] = "/tmp/fettle_editsXXXXXX";
    close(mkstemp(path));
    assert_ok(ft_edits_write(&e, path, &err), err);
    assert_ok(ft_edits_read(&back, path, &err), err);
    assert_int_equal(back.n, 3);
    assert_string_equal(ft_edits_find(&back, 1)->new_label, "pos");
    assert_null(ft_edits_find(&back, 3)->new_label);
    assert_null(ft_edits_find(&back, 2));
    struct ft_examples x;
    struct ft_examples_opt opt = {.tables = {&t}, .share = {1, 0, 0}, .edits = &back};
    build(&x, &opt);
    assert_int_equal(x.n, 3);
    assert_int_equal(x.edits_applied, 2);
    assert_int_equal(x.edits_stale, 1);
    assert_true(x.items[0].edited);
    assert_string_equal(x.labels.names[x.items[0].label], "pos");
    assert_int_equal(x.left_by[FT_LEFT_DROPPED], 1);
    ft_examples_release(&x);
    assert_true(ft_edits_unset(&back, 1));
    assert_false(ft_edits_unset(&back, 1));
#define SHA "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a0"
    static const char *const bad[][2] = {
        {"{\"row\":0,\"sha256\":\"x\"}\n", "line 1: "},
        {"{\"row\":1,\"sha256\":\"" SHA "8\",\"old\":\"a\",\"new\":\"\xff\"}", "is not UTF-8"},
        {"{\"row\":1,\"sha256\":\"" SHA "z\",\"old\":\"a\",\"new\":\"b\"}", "64 hex digits"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const char *line = bad[i][0];
        assert_int_equal(ft_edits_parse(&back, line, strlen(line), "e.jsonl", &err), FT_FORMAT);
        if (!strstr(err.msg, bad[i][1])) fail_msg("%s lacks %s", err.msg, bad[i][1]);
    }
    ft_edits_release(&e);
    ft_edits_release(&back);
    ft_table_release(&t);
    remove(path);
}

/* Marks of labels that somebody found correct: lines of the same file, and no edits. */
static void test_kept(void **state)
{
    (void)state;
    struct ft_edits e = {0}, kept = {0}, back = {0}, marks = {0};
    struct ft_text text = {"a text", 6};
    struct ft_err err = {0};
    char path[] = "/tmp/fettle_keptXXXXXX", *data;
    size_t n;
    close(mkstemp(path));
    ft_edits_set(&e, 2, text, "neg", "pos");
    ft_edits_set(&e, 4, text, "neg", "pos");
    ft_edits_set(&e, 9, text, "neg", NULL);
    ft_edits_keep(&kept, 1, text, "pos", "pos", false);
    ft_edits_keep(&kept, 4, text, "neg", "pos", false); /* what it was changed to is correct */
    ft_edits_keep(&kept, 5, text, "neg", "pos", false); /* its edit is gone: no mark */
    ft_edits_keep(&kept, 9, text, "neg", "neg", false); /* left out since: no mark */
    ft_edits_keep(&kept, 12, text, "[\"a\"]", "[\"a\"]", true);
    assert_ok(ft_edits_write_kept(&e, &kept, path, &err), err);
    assert_ok(ft_edits_read(&back, path, &err), err);
    assert_ok(ft_edits_read_kept(&marks, path, &err), err);
    assert_int_equal(back.n, 3);
    assert_null(ft_edits_find(&back, 9)->new_label);
    assert_int_equal(marks.n, 3);
    assert_string_equal(ft_edits_find(&marks, 1)->new_label, "pos");
    assert_string_equal(ft_edits_find(&marks, 4)->new_label, "pos");
    assert_true(ft_edits_find(&marks, 12)->list);
    assert_ok(ft_file_read(path, 10000, &data, &n, &err), err);
    assert_null(strstr(data, "\"row\":5,"));
    free(data);
    assert_ok(ft_edits_write(&e, path, &err), err); /* alone */
    ft_edits_release(&marks);
    assert_ok(ft_edits_read_kept(&marks, path, &err), err);
    assert_int_equal(marks.n, 0);
    static const char bad[] =
        "{\"row\":1,\"sha256\":\"" SHA "8\",\"old\":\"a\",\"new\":\"a\",\"kept\":7}";
    assert_int_equal(ft_edits_parse(&back, bad, strlen(bad), "e", &err), FT_FORMAT);
    ft_edits_release(&e);
    ft_edits_release(&kept);
    ft_edits_release(&back);
    ft_edits_release(&marks);
    remove(path);
}

/* An edit moves no row but its own, which stays where it was: a run with edits can be compared with
 * the one before. */
static void test_edits_keep_the_split(void **state)
{
    (void)state;
    enum { ROWS = 60 };
    struct ft_table t;
    struct ft_err err = {0};
    struct ft_str s = {0};
    struct ft_edits e = {0};
    ft_str_addz(&s, "text,label\n");
    for (int i = 1; i <= ROWS; i++)
        ft_str_addf(&s, "text number %d,%s\n", i, i % 3 ? "pos" : "neg");
    assert_ok(ft_table_read_mem(&t, "t.csv", s.data, s.len, &(struct ft_read_opt){0}, &err), err);
    struct ft_examples_opt opt = {.tables = {&t}, .share = {0.6, 0.2, 0.2}, .seed = 3};
    ft_columns_guess(&t, &opt.columns);
    struct ft_examples before, after;
    build(&before, &opt);
    ft_edits_set(&e, 4, ft_table_cell(&t, 3, 0), "pos", "neg");
    ft_edits_set(&e, 9, ft_table_cell(&t, 8, 0), "neg", "new");
    ft_edits_set(&e, 20, ft_table_cell(&t, 19, 0), "pos", NULL); /* left out */
    opt.edits = &e;
    build(&after, &opt);
    assert_int_equal(before.n, ROWS);
    assert_int_equal(after.n, ROWS - 1);
    assert_int_equal(after.edits_applied, 3);
    assert_int_equal(after.left_n, 1);
    assert_int_equal(after.left[0].row, 20);
    for (size_t i = 0; i < after.n; i++) {
        size_t row = after.items[i].row;
        assert_int_equal(after.items[i].part, before.items[row - 1].part);
    }
    /* nor does the order of a model's labels */
    struct ft_labels given;
    ft_labels_init(&given);
    ft_labels_add(&given, "pos", 3);
    ft_labels_add(&given, "neg", 3);
    ft_examples_release(&after);
    opt.edits = NULL;
    opt.labels = &given;
    build(&after, &opt);
    for (size_t i = 0; i < ROWS; i++)
        assert_int_equal(after.items[i].part, before.items[i].part);
    ft_labels_release(&given);
    ft_examples_release(&before);
    ft_examples_release(&after);
    ft_edits_release(&e);
    ft_table_release(&t);
    ft_str_release(&s);
}

/* What needs no labels takes rows of labels that the model does not have as unlabelled ones. */
static void test_unknown_labels_are_none(void **state)
{
    (void)state;
    struct ft_table t;
    struct ft_err err = {0};
    const char *text = "text,label\na,yy\nb,pos\nc,zz\n";
    assert_ok(ft_table_read_mem(&t, "t.csv", text, strlen(text), &(struct ft_read_opt){0}, &err),
              err);
    struct ft_labels given;
    ft_labels_init(&given);
    ft_labels_add(&given, "neg", 3);
    ft_labels_add(&given, "pos", 3);
    struct ft_examples_opt opt = {
        .tables = {&t}, .share = {1, 0, 0}, .labels = &given, .unlabelled = true};
    ft_columns_guess(&t, &opt.columns);
    struct ft_examples x;
    build(&x, &opt);
    assert_int_equal(x.n, 3);
    assert_int_equal(x.labels.n, 2);
    assert_int_equal(x.items[0].label, -1);
    assert_int_equal(x.items[1].label, 1);
    assert_int_equal(x.items[2].label, -1);
    ft_examples_release(&x);
    ft_labels_release(&given);
    ft_table_release(&t);
}

/* The splits of a column, unless shares are given. */
static void test_split_column(void **state)
{
    (void)state;
    struct ft_table t;
    struct ft_examples x;
    read_csv(&t, "text,split,label\na,train,x\nb,train,y\nc,dev,x\nd,test,y\ne,test,x\n");
    struct ft_examples_opt opt = {.tables = {&t}};
    build(&x, &opt);
    assert_int_equal(x.part_n[FT_PART_TRAIN], 2);
    assert_int_equal(x.part_n[FT_PART_VALIDATION], 1);
    assert_int_equal(x.part_n[FT_PART_TEST], 2);
    ft_examples_release(&x);
    opt.share[FT_PART_TRAIN] = 1;
    build(&x, &opt);
    assert_int_equal(x.part_n[FT_PART_TRAIN], 5);
    ft_examples_release(&x);
    ft_table_release(&t);
}

static void test_split(void **state)
{
    (void)state;
    double share[FT_PART_COUNT];
    struct ft_err err = {0};
    assert_ok(ft_split_parse("0.8,0.1,0.1", share, &err), err);
    assert_int_equal(ft_split_parse("0.8,0.1", share, &err), FT_USAGE);
    assert_int_equal(ft_split_parse("0.8,0.1,0.2", share, &err), FT_USAGE);
    assert_int_equal(ft_split_parse("1.5,-0.5,0", share, &err), FT_USAGE);
    assert_ok(ft_split_parse("0.8,0.1,0.1", share, &err), err);
    enum { N = 1000 };
    int32_t labels[N];
    uint8_t a[N], b[N], c[N];
    for (int i = 0; i < N; i++)
        labels[i] = i < 5 ? 2 : i % 10 == 0 ? 1 : 0;
    ft_split_stratified(labels, N, 3, share, 42, a);
    ft_split_stratified(labels, N, 3, share, 42, b);
    ft_split_stratified(labels, N, 3, share, 43, c);
    assert_memory_equal(a, b, N);
    assert_memory_not_equal(a, c, N);
    size_t n[3][FT_PART_COUNT] = {{0}};
    for (int i = 0; i < N; i++)
        n[labels[i]][a[i]]++;
    assert_int_equal(n[0][FT_PART_VALIDATION], 90); /* 896 x 0.1 */
    assert_int_equal(n[1][FT_PART_TEST], 10);       /* 99 x 0.1 */
    assert_int_equal(n[2][FT_PART_VALIDATION], 1);  /* 0.5: up */
    assert_int_equal(n[2][FT_PART_TRAIN], 3);
    ft_split_in_order(10, share, a);
    assert_int_equal(a[7], FT_PART_TRAIN);
    assert_int_equal(a[8], FT_PART_VALIDATION);
    assert_int_equal(a[9], FT_PART_TEST);
    bool keep[N];
    ft_sample_stratified(labels, N, 3, 101, 7, keep);
    size_t kept[3] = {0};
    for (int i = 0; i < N; i++)
        kept[labels[i]] += keep[i];
    assert_int_equal(kept[0] + kept[1] + kept[2], 101);
    assert_int_equal(kept[1], 10);
    size_t sizes[] = {5, 5, 5, 5, 5, 5, 5, 5, 5, 5};
    ft_split_groups(sizes, 10, share, 1, a);
    size_t parts[FT_PART_COUNT] = {0};
    for (int i = 0; i < 10; i++)
        parts[a[i]]++;
    assert_int_equal(parts[FT_PART_TRAIN], 8);
    assert_int_equal(parts[FT_PART_TEST], 1);
    ft_split_groups(sizes, 1, share, 1, a);
    assert_int_equal(a[0], FT_PART_TRAIN);
    size_t rows[] = {1, 2, 3, 7, 9, 10}, *back, back_n;
    struct ft_str s = {0};
    ft_rows_json_add(&s, rows, 6);
    assert_string_equal(s.data, "[[1,3],7,[9,10]]");
    cJSON *j = cJSON_Parse(s.data);
    assert_ok(ft_rows_json_parse(j, "split", 100, &back, &back_n, &err), err);
    assert_int_equal(back_n, 6);
    assert_memory_equal(back, rows, sizeof rows);
    free(back);
    assert_int_equal(ft_rows_json_parse(j, "split", 5, &back, &back_n, &err), FT_FORMAT);
    cJSON_Delete(j);
    j = cJSON_Parse("[[1,1e15]]");
    assert_int_equal(ft_rows_json_parse(j, "split", 100, &back, &back_n, &err), FT_FORMAT);
    cJSON_Delete(j);
    ft_str_release(&s);
}

static void test_files(void **state)
{
    (void)state;
    struct ft_table t, v;
    read_csv(&t, "text,label\na,1\nb,0\nc,1\nd,0\n");
    read_csv(&v, "label,text\n0,a\n1,c\n1,e\n");
    struct ft_examples x;
    struct ft_examples_opt opt = {.tables = {&t, &v}};
    build(&x, &opt);
    assert_int_equal(x.part_n[FT_PART_TRAIN], 4);
    assert_int_equal(x.part_n[FT_PART_VALIDATION], 3);
    assert_int_equal(x.part_n[FT_PART_TEST], 0);
    struct ft_problems p;
    struct ft_err err = {0};
    assert_ok(ft_problems_find(&p, &x, 0, NULL, &err), err);
    assert_int_equal(p.count[FT_PROBLEM_OVERLAP_LABEL], 1);
    assert_int_equal(p.count[FT_PROBLEM_OVERLAP], 1);
    assert_int_equal(p.count[FT_PROBLEM_RARE], 2);
    assert_int_equal(p.items[0].kind, FT_PROBLEM_OVERLAP_LABEL);
    assert_int_equal(p.items[0].file, FT_PART_VALIDATION);
    assert_int_equal(p.items[0].row, 1);
    assert_int_equal(p.items[0].other_row, 1);
    ft_problems_release(&p);
    ft_examples_release(&x);
    ft_table_release(&v);
    read_csv(&v, "text,label\nx,2\ny,2\n");
    assert_int_equal(ft_examples_build(&x, &opt, &err), FT_FORMAT);
    assert_non_null(strstr(err.msg, "label \"2\" (2 rows)"));
    ft_table_release(&v);
    read_csv(&v, "words,label\nx,1\ny,1\n");
    assert_int_equal(ft_examples_build(&x, &opt, &err), FT_FORMAT);
    ft_table_release(&v);
    ft_table_release(&t);
}

static void test_problems(void **state)
{
    (void)state;
    struct ft_table t;
    read_csv(&t, "text,label\nsame,a\nsame,b\nsame,a\n,a\nx\xFF,a\nonly\n1,2,3\n");
    struct ft_examples x;
    struct ft_examples_opt opt = {.tables = {&t}, .share = {1, 0, 0}};
    build(&x, &opt);
    struct ft_problems p;
    struct ft_err err = {0};
    assert_ok(ft_problems_find(&p, &x, 1, NULL, &err), err);
    assert_int_equal(p.count[FT_PROBLEM_CONFLICT], 1);
    assert_int_equal(p.count[FT_PROBLEM_DUPLICATE], 1);
    assert_int_equal(p.count[FT_PROBLEM_EMPTY], 1);
    assert_int_equal(p.count[FT_PROBLEM_NO_LABEL], 1);
    assert_int_equal(p.count[FT_PROBLEM_UTF8], 1);
    assert_int_equal(p.count[FT_PROBLEM_RAGGED], 2);
    assert_int_equal(p.kept[FT_PROBLEM_RAGGED], 1);
    assert_int_equal(p.count[FT_PROBLEM_RARE], 3);
    assert_int_equal(p.items[p.first[FT_PROBLEM_CONFLICT]].row, 2);
    for (size_t i = 1; i < p.n; i++)
        assert_true(p.items[i].kind >= p.items[i - 1].kind);
    ft_problems_add(&p, FT_PROBLEM_CUT, 0, 5, "300 tokens, cut at 256");
    ft_problems_sort(&p);
    assert_int_equal(p.count[FT_PROBLEM_CUT], 1);
    for (int k = 0; k < FT_PROBLEM_COUNT; k++)
        assert_non_null(ft_problem_name((enum ft_problem_kind)k));
    ft_problems_release(&p);
    ft_examples_release(&x);
    ft_table_release(&t);
}

/* With a limit, repeats are counted as dedup would drop them: in the file, not in the sample. */
static void test_repeats_of_a_sample(void **state)
{
    (void)state;
    struct ft_err err = {0};
    struct ft_str text = {0};
    struct ft_table t;
    ft_str_addz(&text, "text,label\n");
    for (int i = 0; i < 120; i++)
        ft_str_addf(&text, "text %d,%c\n", i % 40, i % 2 ? 'a' : 'b');
    read_csv(&t, ft_str_text(&text));
    const size_t limits[] = {0, 10, 50, 500};
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        struct ft_examples_opt opt = {.tables = {&t},
                                      .columns = {.text = 0, .pair = -1, .label = 1, .sure = true}};
        struct ft_examples x;
        struct ft_problems p;
        opt.limit[FT_PART_TRAIN] = limits[i];
        build(&x, &opt);
        assert_ok(ft_problems_find(&p, &x, 0, NULL, &err), err);
        assert_int_equal(p.count[FT_PROBLEM_DUPLICATE], 80);
        assert_int_equal(p.items[p.first[FT_PROBLEM_DUPLICATE]].row, 41);
        ft_problems_release(&p);
        ft_examples_release(&x);
        opt.clean = FT_CLEAN_BIT(FT_CLEAN_DEDUP);
        build(&x, &opt);
        assert_ok(ft_problems_find(&p, &x, 0, NULL, &err), err);
        assert_int_equal(x.changed[FT_CLEAN_DEDUP], 80);
        assert_int_equal(p.count[FT_PROBLEM_DROPPED], 80);
        assert_int_equal(p.count[FT_PROBLEM_DUPLICATE], 0);
        ft_problems_release(&p);
        ft_examples_release(&x);
    }
    ft_table_release(&t);
    ft_str_release(&text);
}

static void test_real(void **state)
{
    (void)state;
    SHARED_OR_SKIP(path, "data/imdb/imdb_train.csv.xz");
    struct ft_err err = {0};
    struct ft_table t;
    assert_ok(ft_table_read(&t, path, NULL, &err), err);
    struct ft_examples x, y;
    struct ft_examples_opt opt = {.tables = {&t},
                                  .seed = 42,
                                  .clean =
                                      FT_CLEAN_BIT(FT_CLEAN_HTML) | FT_CLEAN_BIT(FT_CLEAN_DEDUP)};
    build(&x, &opt);
    assert_int_equal(x.n, 24902);
    assert_int_equal(x.part_n[FT_PART_VALIDATION], 2490);
    assert_int_equal(x.part_n[FT_PART_TEST], 2490);
    assert_string_equal(x.labels.names[0], "negative");
    struct ft_problems p;
    assert_ok(ft_problems_find(&p, &x, 0, NULL, &err), err);
    assert_int_equal(p.count[FT_PROBLEM_DROPPED], 98);
    assert_int_equal(p.count[FT_PROBLEM_OVERLAP] + p.count[FT_PROBLEM_OVERLAP_LABEL], 0);
    ft_problems_release(&p);
    opt.limit[FT_PART_TRAIN] = 2000;
    build(&y, &opt);
    assert_int_equal(y.n, 2000);
    assert_int_equal(y.counts[0][0] + y.counts[0][1] + y.counts[0][2], 998);
    ft_examples_release(&x);
    ft_examples_release(&y);
    ft_table_release(&t);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_labels),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_edits),
        cmocka_unit_test(test_kept),
        cmocka_unit_test(test_edits_keep_the_split),
        cmocka_unit_test(test_unknown_labels_are_none),
        cmocka_unit_test(test_split_column),
        cmocka_unit_test(test_split),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_problems),
        cmocka_unit_test(test_repeats_of_a_sample),
        cmocka_unit_test(test_real),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

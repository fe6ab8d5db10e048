/* A data set as the Data screen sees it: opened in the background, facts, rows, filter and sort,
 * edits with undo that the command line reads, and the same parts as a run makes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "data/edits.h"
#include "engine/present/dataset.h"
#include "util/fs.h"
#include "util/mem.h"
#include "scratch.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct bench {
    struct ft_wake *wake; /* stays where it is while the bench is handed on */
    struct ft_options o;
    struct ft_dataset *d;
};

static void set(struct bench *b, const char *name, const char *value)
{
    struct ft_err err = {0};
    if (ft_options_set(&b->o, name, value, true, &err)) fail_msg("%s", err.msg);
}

/* Follows until no work is in progress. */
static void settle(struct bench *b)
{
    struct ft_job_view view;
    ft_dataset_set(b->d, &b->o);
    do {
        struct pollfd p = {.fd = b->wake->fd, .events = POLLIN};
        poll(&p, 1, 50);
        ft_wake_drain(b->wake);
        ft_dataset_follow(b->d);
    } while (ft_dataset_busy(b->d, &view));
    ft_dataset_follow(b->d);
}

static struct bench bench_new(const char *data)
{
    struct bench b = {0};
    b.wake = ft_xcalloc(1, sizeof *b.wake);
    ft_wake_open(b.wake);
    ft_options_init(&b.o);
    b.d = ft_dataset_new(b.wake);
    if (data) set(&b, "data", data);
    settle(&b);
    return b;
}

static void bench_free(struct bench *b)
{
    ft_dataset_free(b->d);
    ft_options_release(&b->o);
    ft_wake_close(b->wake);
    free(b->wake);
}

static char *put(const char *name, const char *text)
{
    char *path = in_scratch(name);
    struct ft_err err = {0};
    assert_int_equal(ft_file_write(path, text, strlen(text), &err), FT_OK);
    return path;
}

static struct ft_dataset_row row_at(struct bench *b, size_t i)
{
    struct ft_dataset_row r;
    assert_true(ft_dataset_row(b->d, i, &r));
    return r;
}

static void test_sample(void **state)
{
    (void)state;
    struct bench b = bench_new("assets/data/library-mail.csv");
    const struct ft_dataset_facts *f = ft_dataset_facts(b.d);
    assert_int_equal(ft_dataset_failed(b.d)->code, FT_OK);
    assert_true(f->open && f->whole);
    assert_string_equal(f->format, "csv");
    assert_int_equal(f->rows, 770);
    assert_int_equal(f->part_n[0], 616);
    assert_int_equal(f->part_n[1], 77);
    assert_int_equal(f->part_n[2], 77);
    assert_int_equal(ft_dataset_labels(b.d), 4);
    size_t part_n[3], all = 0;
    for (size_t i = 0; i < 4; i++) {
        ft_dataset_label(b.d, i, part_n);
        all += part_n[0] + part_n[1] + part_n[2];
    }
    assert_int_equal(all, 770);
    assert_int_equal(ft_dataset_count(b.d), 770);
    struct ft_dataset_tokens t;
    assert_false(ft_dataset_tokens(b.d, &t)); /* no model yet */
    set(&b, "model", "tests/assets/models/starter");
    settle(&b);
    assert_true(ft_dataset_tokens(b.d, &t));
    assert_int_equal(t.counted, 770);
    double rows, kept;
    size_t n;
    ft_dataset_cut(b.d, t.longest, &rows, &kept, &n);
    assert_int_equal(n, 0);
    assert_true(kept == 1);
    ft_dataset_cut(b.d, t.median, &rows, &kept, &n);
    assert_true(rows > 0.2 && rows <= 0.5);
    uint64_t bins[8], sum = 0;
    ft_dataset_bins(b.d, 32, bins, 8);
    for (int i = 0; i < 8; i++)
        sum += bins[i];
    assert_int_equal(sum, 770);
    bench_free(&b);
}

static void test_lists(void **state)
{
    (void)state;
    char *path = put("four.csv", "text,label\n"
                                 "a fine day,pos\n"
                                 "<b>a bad</b> day,neg\n"
                                 ",pos\n"
                                 "a fine day,pos\n"
                                 "\"Fine, fine weather today in the town\",pos\n");
    struct bench b = bench_new(path);
    struct ft_err err = {0};
    assert_int_equal(ft_dataset_count(b.d), 4); /* one is empty */
    assert_int_equal(ft_dataset_facts(b.d)->changed[0], 1);
    assert_int_equal(ft_dataset_filter(b.d, "fine", &err), FT_OK);
    assert_int_equal(ft_dataset_count(b.d), 3);
    assert_int_equal(ft_dataset_filter(b.d, "label:neg", &err), FT_OK);
    assert_int_equal(ft_dataset_count(b.d), 1);
    assert_int_equal(row_at(&b, 0).row, 2);
    assert_int_equal(ft_dataset_filter(b.d, "problem:empty", &err), FT_OK);
    assert_int_equal(ft_dataset_count(b.d), 1);
    assert_string_equal(row_at(&b, 0).left, "empty text");
    assert_int_equal(ft_dataset_filter(b.d, "len>x", &err), FT_USAGE);
    assert_int_equal(ft_dataset_filter(b.d, "", &err), FT_OK);
    ft_dataset_sort(b.d, FT_DATASET_BY_TEXT, false);
    assert_int_equal(row_at(&b, 0).row, 2);
    ft_dataset_sort(b.d, FT_DATASET_BY_ROW, true);
    assert_int_equal(row_at(&b, 0).row, 5);
    ft_dataset_sort(b.d, FT_DATASET_BY_ROW, false);
    assert_int_equal(ft_dataset_find(b.d, "WEATHER", 0, false), 3);
    assert_int_equal(ft_dataset_find(b.d, "snow", 0, false), SIZE_MAX);

    set(&b, "clean", "html,dedup");
    settle(&b);
    assert_int_equal(ft_dataset_count(b.d), 3);
    struct ft_dataset_row r = row_at(&b, 1);
    assert_int_equal(r.n, strlen("a bad day"));
    assert_memory_equal(r.text, "a bad day", r.n);
    const char *text;
    size_t n, spans_n;
    struct ft_dataset_span spans[8];
    assert_true(ft_dataset_before(b.d, 1, &text, &n, spans, 8, &spans_n));
    assert_int_equal(n, strlen("<b>a bad</b> day"));
    assert_int_equal(spans_n, 2);
    assert_int_equal(spans[0].end, 3);
    bench_free(&b);
    free(path);
}

static void test_edits(void **state)
{
    (void)state;
    char *path = put("edit.csv", "text,label\none,a\ntwo,b\nthree,a\nfour,b\n");
    char *out = in_scratch("edits.jsonl");
    struct bench b = bench_new(path);
    struct ft_err err = {0};
    size_t row = 0;
    assert_int_equal(ft_dataset_relabel(b.d, 2, "a", &err), FT_OK);
    assert_string_equal(row_at(&b, 1).label, "a"); /* at once */
    settle(&b);
    assert_string_equal(row_at(&b, 1).label, "a"); /* and built */
    assert_int_equal(ft_dataset_relabel(b.d, 3, NULL, &err), FT_OK);
    settle(&b);
    assert_int_equal(ft_dataset_count(b.d), 3);
    assert_int_equal(ft_dataset_edits(b.d), 2);
    assert_false(ft_dataset_edits_saved(b.d));
    assert_int_equal(ft_dataset_relabel(b.d, 9, "a", &err), FT_USAGE);

    assert_int_equal(ft_dataset_write_edits(b.d, out, &err), FT_OK);
    assert_true(ft_dataset_edits_saved(b.d));
    struct ft_edits read = {0};
    assert_int_equal(ft_edits_read(&read, out, &err), FT_OK);
    assert_int_equal(read.n, 2);
    assert_string_equal(ft_edits_find(&read, 2)->new_label, "a");
    assert_null(ft_edits_find(&read, 3)->new_label);
    ft_edits_release(&read);

    assert_true(ft_dataset_undo(b.d, &row));
    assert_int_equal(row, 3);
    assert_true(ft_dataset_undo(b.d, &row));
    assert_false(ft_dataset_undo(b.d, &row));
    settle(&b);
    assert_int_equal(ft_dataset_edits(b.d), 0);
    assert_int_equal(ft_dataset_count(b.d), 4);
    assert_string_equal(row_at(&b, 1).label, "b");
    assert_true(ft_dataset_redo(b.d, &row));
    assert_int_equal(row, 2);
    settle(&b);
    assert_string_equal(row_at(&b, 1).label, "a");

    struct bench other = bench_new(NULL); /* edits given as an option */
    set(&other, "data", path);
    set(&other, "edits", out);
    settle(&other);
    assert_int_equal(ft_dataset_count(other.d), 3);
    bench_free(&other);

    char *csv = in_scratch("out.csv"), *data;
    assert_int_equal(ft_dataset_export(b.d, csv, &err), FT_OK);
    size_t data_n;
    assert_int_equal(ft_file_read(csv, 1000, &data, &data_n, &err), FT_OK);
    assert_non_null(strstr(data, "two,a,"));
    free(data);
    assert_int_equal(ft_dataset_export(b.d, "x.pdf", &err), FT_USAGE);
    bench_free(&b);
    free(csv);
    free(path);
    free(out);
}

/* Labels that are marked as correct: with undo, written with the edits, gone with another label. */
static void test_marks(void **state)
{
    (void)state;
    char *path = put("marks.csv", "text,label\none,a\ntwo,b\n<b>three</b>,a\nfour,b\n");
    char *out = in_scratch("marks.jsonl");
    struct bench b = bench_new(path);
    struct ft_dataset_known k;
    struct ft_err err = {0};
    size_t row;
    set(&b, "clean", "html");
    settle(&b);
    uint64_t built = ft_dataset_facts(b.d)->version;
    assert_int_equal(ft_dataset_keep(b.d, 2, NULL, true, &err), FT_OK);
    assert_true(ft_dataset_facts(b.d)->version > built);
    struct ft_job_view view;
    assert_false(ft_dataset_busy(b.d, &view)); /* nothing is built again */
    assert_true(ft_dataset_kept(b.d, 2));
    assert_false(ft_dataset_kept(b.d, 1));
    assert_int_equal(ft_dataset_edits(b.d), 0);
    assert_false(ft_dataset_edits_saved(b.d));
    assert_int_equal(ft_dataset_write_edits(b.d, out, &err), FT_OK);
    assert_true(ft_dataset_edits_saved(b.d));
    struct bench other = bench_new(NULL);
    set(&other, "data", path);
    set(&other, "edits", out);
    settle(&other);
    assert_true(ft_dataset_kept(other.d, 2));
    assert_int_equal(ft_dataset_facts(other.d)->edits_given, 0);
    set(&other, "label_column", "text"); /* was found correct for another column */
    set(&other, "text_column", "label");
    settle(&other);
    assert_false(ft_dataset_kept(other.d, 2));
    bench_free(&other);

    assert_int_equal(ft_dataset_relabel(b.d, 2, "a", &err), FT_OK);
    assert_false(ft_dataset_kept(b.d, 2));
    assert_true(ft_dataset_known(b.d, 2, "two", 3, &k));
    assert_true(k.edited && !k.kept);
    assert_string_equal(k.file, "b");
    assert_string_equal(k.now, "a");
    assert_true(ft_dataset_undo(b.d, &row));
    assert_true(ft_dataset_kept(b.d, 2));
    assert_true(ft_dataset_undo(b.d, &row));
    assert_false(ft_dataset_kept(b.d, 2));
    assert_int_equal(row, 2);
    assert_false(ft_dataset_undo(b.d, &row));
    assert_true(ft_dataset_redo(b.d, &row));
    assert_true(ft_dataset_kept(b.d, 2));
    /* another label, kept, in one step; a row that is left out has no mark */
    assert_int_equal(ft_dataset_keep(b.d, 2, "a", true, &err), FT_OK);
    assert_true(ft_dataset_kept(b.d, 2));
    assert_int_equal(ft_dataset_edits(b.d), 1);
    assert_true(ft_dataset_undo(b.d, &row));
    assert_int_equal(ft_dataset_edits(b.d), 0);
    assert_true(ft_dataset_kept(b.d, 2));
    assert_int_equal(ft_dataset_relabel(b.d, 3, NULL, &err), FT_OK);
    assert_int_equal(ft_dataset_keep(b.d, 3, NULL, true, &err), FT_USAGE);
    assert_int_equal(ft_dataset_keep(b.d, 9, NULL, true, &err), FT_USAGE);
    settle(&b);
    assert_true(ft_dataset_known(b.d, 3, "three", 5, &k)); /* cleaned, although it is left out */
    assert_null(k.now);
    assert_false(ft_dataset_known(b.d, 3, "thre", 4, &k));
    assert_false(ft_dataset_known(b.d, 9, NULL, 0, &k));
    bench_free(&b);
    free(path);
    free(out);
}

/* A list of some rows, in its own order. */
static void test_picked(void **state)
{
    (void)state;
    char *path = put("picked.csv", "text,label\none,a\ntwo,b\nthree,a\nfour,b\n");
    char *more = put("picked-test.csv", "text,label\nfive,a\n");
    struct bench b = bench_new(path);
    struct ft_err err = {0};
    const struct ft_dataset_pick picks[] = {{0, 4}, {0, 1}, {0, 99}, {2, 1}, {0, 4}, {0, 3}};
    set(&b, "test", more);
    settle(&b);
    assert_int_equal(ft_dataset_facts(b.d)->rows, 4);
    assert_int_equal(ft_dataset_facts(b.d)->all_rows, 5);
    ft_dataset_pick(b.d, picks, 6);
    assert_int_equal(ft_dataset_count(b.d), 5);
    static const size_t rows[] = {4, 1, 1, 4, 3}, which[] = {0, 1, 3, 4, 5};
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(row_at(&b, i).row, rows[i]);
        assert_int_equal(ft_dataset_picked(b.d, i), which[i]);
    }
    assert_int_equal(ft_dataset_picked(b.d, 5), SIZE_MAX);
    assert_int_equal(ft_dataset_relabel(b.d, 1, NULL, &err), FT_OK); /* stays in the list */
    settle(&b);
    assert_int_equal(ft_dataset_count(b.d), 5);
    assert_string_equal(row_at(&b, 1).part, "-");
    ft_dataset_sort(b.d, FT_DATASET_BY_ROW, true);
    assert_int_equal(ft_dataset_picked(b.d, 0), 5);
    ft_dataset_sort(b.d, FT_DATASET_BY_LABEL, false);
    assert_int_equal(ft_dataset_count(b.d), 5);
    assert_int_equal(ft_dataset_filter(b.d, "label:b", &err), FT_OK);
    assert_int_equal(ft_dataset_count(b.d), 2);
    assert_int_equal(ft_dataset_picked(b.d, 1), 4);
    ft_dataset_filter(b.d, "", &err);
    ft_dataset_sort(b.d, FT_DATASET_BY_ROW, false);
    ft_dataset_pick(b.d, NULL, 0);
    assert_int_equal(ft_dataset_count(b.d), 4);
    assert_int_equal(ft_dataset_picked(b.d, 0), SIZE_MAX);
    bench_free(&b);
    free(more);
    free(path);
}

/* Edits are made for the labels of one column. */
/* Words with tags: types in place of labels; entities given by their words or the words' numbers. */
static void test_tagged(void **state)
{
    (void)state;
    char *path =
        put("tagged.jsonl", "{\"tokens\":[\"Ada\",\"King\",\"saw\",\"Paris\"],"
                            "\"ner_tags\":[\"B-PER\",\"O\",\"O\",\"B-LOC\"]}\n"
                            "{\"tokens\":[\"It\",\"rains\"],\"ner_tags\":[\"O\",\"O\"]}\n"
                            "{\"tokens\":[\"Bob\",\"left\"],\"ner_tags\":[\"B-PER\",\"O\"]}\n");
    char *out = in_scratch("tags.jsonl");
    struct bench b = bench_new(path);
    struct ft_dataset_entity e[4];
    struct ft_edits read = {0};
    struct ft_err err = {0};
    size_t row = 0;
    assert_true(ft_dataset_tagged(b.d));
    assert_int_equal(ft_dataset_labels(b.d), 2);
    assert_int_equal(ft_dataset_relabel(b.d, 1, "Ada King PER", &err), FT_OK); /* extended */
    settle(&b);
    size_t at = ft_dataset_find_row(b.d, 1);
    assert_string_equal(row_at(&b, at).label, "1 PER, 1 LOC");
    assert_int_equal(ft_dataset_entities(b.d, at, e, 4), 2);
    assert_int_equal(e[0].end, 8);
    assert_int_equal(ft_dataset_relabel(b.d, 1, "4 ORG", &err), FT_OK);   /* another type */
    assert_int_equal(ft_dataset_relabel(b.d, 1, "2-2 PER", &err), FT_OK); /* shorter */
    assert_int_equal(ft_dataset_entities(b.d, at, e, 4), 2);
    assert_int_equal(e[0].start, 4);
    assert_string_equal(e[1].type, "ORG");
    assert_int_equal(ft_dataset_relabel(b.d, 3, "Bob O", &err), FT_OK); /* removed */
    assert_string_equal(row_at(&b, ft_dataset_find_row(b.d, 3)).label, "none");
    assert_int_equal(ft_dataset_relabel(b.d, 1, "Berlin LOC", &err), FT_USAGE);
    assert_int_equal(ft_dataset_relabel(b.d, 1, "3-9 LOC", &err), FT_USAGE);
    assert_int_equal(ft_dataset_relabel(b.d, 1, "LOC", &err), FT_USAGE);

    assert_int_equal(ft_dataset_write_edits(b.d, out, &err), FT_OK);
    assert_int_equal(ft_edits_read(&read, out, &err), FT_OK);
    assert_int_equal(read.n, 2);
    assert_true(ft_edits_find(&read, 1)->list);
    assert_string_equal(ft_edits_find(&read, 1)->old_label, "[\"B-PER\",\"O\",\"O\",\"B-LOC\"]");
    assert_string_equal(ft_edits_find(&read, 1)->new_label, "[\"O\",\"B-PER\",\"O\",\"B-ORG\"]");
    ft_edits_release(&read);

    while (ft_dataset_undo(b.d, &row))
        continue;
    settle(&b);
    assert_int_equal(ft_dataset_edits(b.d), 0);
    assert_string_equal(row_at(&b, ft_dataset_find_row(b.d, 1)).label, "1 PER, 1 LOC");
    assert_int_equal(ft_dataset_entities(b.d, ft_dataset_find_row(b.d, 1), e, 4), 2);
    assert_int_equal(e[0].end, 3);
    bench_free(&b);
    free(path);
    free(out);
}

static void test_edits_other_column(void **state)
{
    (void)state;
    char *path = put("two.csv", "text,label,kind\none,a,x\ntwo,b,y\nthree,a,x\nfour,b,y\n");
    char *out = in_scratch("two.jsonl");
    struct ft_err err = {0};
    struct bench b = bench_new(path);
    assert_int_equal(ft_dataset_relabel(b.d, 1, "b", &err), FT_OK);
    assert_int_equal(ft_dataset_write_edits(b.d, out, &err), FT_OK);
    settle(&b);
    set(&b, "label_column", "kind");
    settle(&b);
    assert_int_equal(ft_dataset_facts(b.d)->edits_stale, 1);
    assert_int_equal(ft_dataset_labels(b.d), 2);
    assert_string_equal(row_at(&b, 0).label, "x");
    assert_false(row_at(&b, 0).edited);
    assert_int_equal(ft_dataset_filter(b.d, "edited", &err), FT_OK);
    assert_int_equal(ft_dataset_count(b.d), 0);
    assert_int_equal(ft_dataset_filter(b.d, "", &err), FT_OK);
    assert_int_equal(ft_dataset_relabel(b.d, 1, "y", &err), FT_OK); /* takes its place */
    settle(&b);
    assert_int_equal(ft_dataset_facts(b.d)->edits_stale, 0);
    assert_string_equal(row_at(&b, 0).label, "y");
    assert_true(ft_dataset_undo(b.d, NULL));
    settle(&b);
    assert_string_equal(row_at(&b, 0).label, "x");
    bench_free(&b);
    struct bench other = bench_new(NULL);
    set(&other, "data", path);
    set(&other, "edits", out);
    set(&other, "label_column", "kind");
    settle(&other);
    assert_int_equal(ft_dataset_facts(other.d)->edits_stale, 1);
    assert_int_equal(ft_dataset_facts(other.d)->edits_given, 1);
    assert_int_equal(ft_dataset_labels(other.d), 2);
    bench_free(&other);
    free(path);
    free(out);
}

/* The rows before what is wrong are a preview, and nothing of the file before stands beside them;
 * a model that is not there is not the data's fault. */
static void test_broken(void **state)
{
    (void)state;
    struct ft_dataset_tokens tokens;
    char *path = put("good2.csv", "text,label\none,a\ntwo,b\nthree,a\nfour,b\n");
    char *broken = put("broken.csv", "text,label\nfive,c\nsix,d\n\"seven,c\n");
    struct bench b = bench_new(path);
    set(&b, "model", "tests/assets/models/starter");
    settle(&b);
    assert_true(ft_dataset_tokens(b.d, &tokens));
    set(&b, "model", "/nowhere/at/all");
    settle(&b);
    assert_int_equal(ft_dataset_failed(b.d)->code, FT_OK);
    assert_true(ft_dataset_facts(b.d)->whole);
    assert_false(ft_dataset_tokens(b.d, &tokens));
    set(&b, "data", broken);
    settle(&b);
    assert_int_not_equal(ft_dataset_failed(b.d)->code, FT_OK);
    assert_string_equal(ft_dataset_facts(b.d)->path, broken);
    assert_false(ft_dataset_facts(b.d)->whole);
    assert_int_equal(ft_dataset_count(b.d), 2);
    assert_memory_equal(row_at(&b, 0).text, "five", 4);
    assert_int_equal(ft_dataset_labels(b.d), 0);
    assert_int_equal(ft_dataset_problems(b.d), 0);
    set(&b, "data", path);
    settle(&b);
    assert_int_equal(ft_dataset_failed(b.d)->code, FT_OK);
    assert_true(ft_dataset_facts(b.d)->whole);
    assert_int_equal(ft_dataset_count(b.d), 4);
    assert_int_equal(ft_dataset_labels(b.d), 2);
    bench_free(&b);
    free(path);
    free(broken);
}

static void test_failures(void **state)
{
    (void)state;
    char *path = put("good.csv", "text,label\none,a\ntwo,b\n");
    struct bench b = bench_new(path);
    set(&b, "data", "/nowhere/at/all.csv");
    settle(&b);
    assert_int_equal(ft_dataset_failed(b.d)->code, FT_NOTFOUND);
    assert_int_equal(ft_dataset_count(b.d), 2); /* what was there before stays */
    char *plain = put("words.csv", "a,b\n1,2\n3,4\n");
    set(&b, "data", plain);
    set(&b, "text_column", "missing");
    assert_int_equal(ft_dataset_check_columns(&b.o, NULL), FT_USAGE);
    settle(&b);
    assert_int_not_equal(ft_dataset_failed(b.d)->code, FT_OK);
    bench_free(&b);
    free(path);
    free(plain);
}

static void test_squad(void **state)
{
    (void)state;
    struct bench b = bench_new("assets/data/harbour-qa.json");
    const struct ft_dataset_facts *f = ft_dataset_facts(b.d);
    assert_true(f->squad && f->whole);
    assert_true(f->articles > 0 && f->rows > 0);
    struct ft_dataset_span spans[8];
    size_t marked = 0;
    for (size_t i = 0; i < ft_dataset_count(b.d); i++) {
        struct ft_dataset_row r = row_at(&b, i);
        size_t n = ft_dataset_answers(b.d, i, spans, 8);
        for (size_t k = 0; k < n; k++)
            assert_true(spans[k].start < spans[k].end && spans[k].end <= r.pair_n);
        if (n) {
            marked++;
            assert_memory_equal(r.pair + spans[0].start, r.label, strlen(r.label));
        }
    }
    assert_true(marked > 0);
    bench_free(&b);
}

/* The rows of a file whose reading failed stay on the screen: no answers of the questions that were
 * open before belong to them. */
static void test_squad_before(void **state)
{
    (void)state;
    struct ft_str s = {0};
    struct ft_dataset_span spans[8];
    for (int i = 0; i < 5000; i++)
        ft_str_addf(&s, "{\"text\":\"row %d\",\"label\":\"a\"}\n", i);
    ft_str_addz(&s, "{\"text\":\n");
    struct bench b = bench_new("assets/data/harbour-qa.json");
    size_t questions = ft_dataset_count(b.d);
    char *path = put("broken.jsonl", ft_str_text(&s));
    set(&b, "data", path);
    settle(&b);
    assert_int_equal(ft_dataset_failed(b.d)->code, FT_FORMAT);
    size_t n = ft_dataset_count(b.d);
    assert_true(n > questions);
    assert_int_equal(ft_dataset_answers(b.d, n - 1, spans, 8), 0);
    assert_int_equal(ft_dataset_answers(b.d, 0, spans, 8), 0);
    assert_string_equal(ft_dataset_title(b.d, n - 1), "");
    bench_free(&b);
    ft_str_release(&s);
    free(path);
}

/* A cell that is missing stays an empty one: every row has the columns of the first line. */
static void test_export_missing(void **state)
{
    (void)state;
    struct ft_err err = {0};
    char *in = put("pairs.jsonl", "{\"text\":\"one\",\"text_pair\":\"two\",\"label\":\"a\"}\n"
                                  "{\"text\":\"three\",\"text_pair\":null,\"label\":\"b\"}\n");
    char *out = in_scratch("pairs.csv"), *text;
    struct bench b = bench_new(NULL);
    set(&b, "data", in);
    set(&b, "split", "1,0,0");
    set(&b, "text_pair_column", "text_pair");
    settle(&b);
    size_t n;
    assert_int_equal(ft_dataset_export(b.d, out, &err), FT_OK);
    assert_int_equal(ft_file_read(out, 1000, &text, &n, &err), FT_OK);
    assert_string_equal(text, "text,text_pair,label,part\none,two,a,train\nthree,,b,train\n");
    free(text);
    bench_free(&b);
    free(out);
    free(in);
}

/* Problems are found after the rows are there: a filter by one waits for them. */
static void test_problem_filter(void **state)
{
    (void)state;
    struct ft_str s = {0};
    struct ft_err err = {0};
    ft_str_addz(&s, "text,label\n");
    for (int i = 0; i < 19000; i++)
        ft_str_addf(&s, "row %d of many,a\n", i);
    for (int i = 0; i < 40; i++)
        ft_str_addf(&s, "twice %d,%c\n", i / 2, i % 2 ? 'a' : 'b');
    char *path = put("twice.csv", ft_str_text(&s));
    struct bench b = bench_new(path);
    set(&b, "split", "1,0,0");
    assert_int_equal(ft_dataset_filter(b.d, "problem:conflict", &err), FT_OK);
    settle(&b);
    assert_int_equal(ft_dataset_count(b.d), 40);
    struct ft_dataset_row row = row_at(&b, 0);
    assert_int_equal(ft_dataset_relabel(b.d, row.row, *row.label == 'a' ? "b" : "a", &err), FT_OK);
    settle(&b);
    assert_int_equal(ft_dataset_count(b.d), 38);
    bench_free(&b);
    ft_str_release(&s);
    free(path);
}

/* Blocks of running text are those of training: their number is the reference's. */
static void test_blocks(void **state)
{
    (void)state;
    struct bench b = bench_new(NULL);
    struct ft_dataset_blocks blocks;
    struct ft_dataset_row row;
    set(&b, "data", "tests/reference/nets/gpt2-clm/train.txt");
    set(&b, "model", "tests/reference/nets/gpt2-clm/model");
    set(&b, "split", "1,0,0");
    set(&b, "block_size", "24");
    settle(&b);
    assert_true(ft_dataset_blocks(b.d, &blocks));
    assert_int_equal(blocks.length, 24);
    assert_int_equal(blocks.blocks[0], 40); /* run.json of the reference */
    assert_int_equal(blocks.tokens[1] + blocks.tokens[2], 0);
    uint64_t last = 1;
    for (size_t i = 0; ft_dataset_row(b.d, i, &row); i++) {
        assert_true(row.block == last || row.block == last + 1);
        assert_false(row.cut);
        last = row.block_end;
    }
    assert_true(last == blocks.blocks[0] || last == blocks.blocks[0] + 1); /* a rest */
    set(&b, "task", "mlm");
    set(&b, "model", "tests/reference/nets/bert-mlm/model");
    set(&b, "line_by_line", "true");
    settle(&b);
    assert_false(ft_dataset_blocks(b.d, &blocks));
    assert_true(ft_dataset_row(b.d, 0, &row));
    assert_int_equal(row.block, 0);
    bench_free(&b);
}

/* Running text is split on the screen as a run will split it: in order, blank lines counted. */
static void test_running_text(void **state)
{
    (void)state;
    enum { LINES = 40 };
    struct bench b = bench_new(NULL);
    struct ft_str s = {0};
    for (int i = 1; i <= LINES; i++)
        ft_str_addf(&s, i % 4 ? "line number %d of it\n" : "\n", i);
    char *path = in_scratch("running.txt");
    struct ft_err err = {0};
    assert_int_equal(ft_file_write(path, s.data, s.len, &err), FT_OK);
    set(&b, "data", path);
    set(&b, "model", "tests/reference/nets/gpt2-clm/model");
    settle(&b);
    struct ft_dataset_row row;
    for (size_t i = 0; i < LINES; i++) {
        assert_true(ft_dataset_row(b.d, i, &row));
        assert_int_equal(row.row, i + 1);
        const char *part = i < 32 ? "trn" : i < 36 ? "val" : "tst";
        assert_string_equal(row.part, part);
    }
    free(path);
    ft_str_release(&s);
    bench_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocks),         cmocka_unit_test(test_sample),
        cmocka_unit_test(test_lists),          cmocka_unit_test(test_edits),
        cmocka_unit_test(test_marks),          cmocka_unit_test(test_picked),
        cmocka_unit_test(test_tagged),         cmocka_unit_test(test_failures),
        cmocka_unit_test(test_broken),         cmocka_unit_test(test_edits_other_column),
        cmocka_unit_test(test_squad),          cmocka_unit_test(test_squad_before),
        cmocka_unit_test(test_problem_filter), cmocka_unit_test(test_export_missing),
        cmocka_unit_test(test_running_text),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}

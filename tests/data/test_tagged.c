/* Sentences of words with tags: forms of files, spans to words, schemes, mistakes, edits. */
#include "data_test.h"

#include "data/tagged.h"
#include "util/hash.h"
#include "util/str.h"

#include <unistd.h>

static void read_text(struct ft_table *t, const char *name, const char *text)
{
    struct ft_err err = {0};
    assert_ok(ft_table_read_mem(t, name, text, strlen(text), NULL, &err), err);
}

static void find(const struct ft_table *t, struct ft_tagged_opt *opt)
{
    ft_tagged_find(t, NULL, NULL, false, &opt->columns);
}

static void build(struct ft_tagged *g, const struct ft_table *t, struct ft_tagged_opt *opt)
{
    struct ft_err err = {0};
    if (!opt->columns.form) find(t, opt);
    assert_ok(ft_tagged_build(g, t, opt, &err), err);
}

/* "EU/B-ORG rejects/O": the sentence of a row. */
static void expect(const struct ft_tagged *g, size_t row, const char *want)
{
    struct ft_str s = {0};
    const struct ft_sentence *x = &g->sentences[row - 1];
    for (size_t i = x->first; i < x->first + x->n; i++) {
        const struct ft_word *w = &g->words[i];
        ft_str_addf(&s, "%s%.*s/%s", i > x->first ? " " : "", (int)(w->end - w->start),
                    x->text.data + w->start, w->tag < 0 ? "-" : g->tags.names[w->tag]);
        assert_int_equal(ft_utf8_chars(x->text.data, w->start), w->first);
        assert_int_equal(ft_utf8_chars(x->text.data, w->end), w->last);
    }
    assert_string_equal(ft_str_text(&s), want);
    ft_str_release(&s);
}

static void test_conll(void **state)
{
    (void)state;
    struct ft_table t;
    struct ft_tagged g;
    struct ft_tagged_opt opt = {0};
    read_text(
        &t, "a.conll",
        "-DOCSTART- -X- -X- O\n\nEU NNP B-NP B-ORG\nrejects VBZ B-VP O\nÆrø NNP B-NP B-LOC\n\t\n"
        "Peter NNP B-NP B-PER\nBlackburn NNP I-NP I-PER\n");
    build(&g, &t, &opt);
    assert_int_equal(opt.columns.form, FT_TAGGED_WORDS);
    assert_int_equal(g.n, 2);
    expect(&g, 1, "EU/B-ORG rejects/O Ærø/B-LOC");
    expect(&g, 2, "Peter/B-PER Blackburn/I-PER");
    assert_text(g.sentences[0].text, "EU rejects Ærø");
    assert_int_equal(g.scheme, FT_TAGS_IOB2);
    struct ft_str s = {0};
    ft_tagged_json(&g, &g.sentences[1], &s);
    assert_string_equal(s.data, "[\"B-PER\",\"I-PER\"]");
    ft_str_release(&s);
    ft_tagged_release(&g);
    ft_table_release(&t);
}

static void test_lists(void **state)
{
    (void)state;
    struct ft_table t;
    struct ft_tagged g;
    struct ft_labels names;
    struct ft_err err = {0};
    struct ft_tagged_opt opt = {0};
    read_text(&t, "a.jsonl",
              "{\"id\":1,\"tokens\":[\"a \\\"b\\\"\",\"\",\"😀\"],\"ner_tags\":[0,1,2]}\n"
              "{\"id\":2,\"tokens\":[\"x\"],\"ner_tags\":[-100]}\n"
              "{\"id\":3,\"tokens\":[],\"ner_tags\":[]}\n");
    find(&t, &opt);
    assert_int_equal(ft_tagged_build(&g, &t, &opt, &err), FT_USAGE);
    assert_non_null(strstr(err.msg, "row 1: the tags are integers (0)"));
    assert_non_null(strstr(err.msg, "--label_names"));
    ft_labels_init(&names);
    ft_labels_add(&names, "O", 1);
    ft_labels_add(&names, "B-X", 3);
    opt.names = &names;
    assert_int_equal(ft_tagged_build(&g, &t, &opt, &err), FT_FORMAT);
    assert_non_null(strstr(err.msg, "row 1: tag 2, expected 0 to 1"));
    ft_labels_add(&names, "I-X", 3);
    build(&g, &t, &opt);
    expect(&g, 1, "a \"b\"/O /B-X 😀/I-X");
    expect(&g, 2, "x/-");
    expect(&g, 3, "");
    assert_true(g.named);
    ft_tagged_release(&g);
    ft_labels_release(&names);
    ft_table_release(&t);

    opt = (struct ft_tagged_opt){0};
    read_text(&t, "a.csv",
              "words,tags\n\"['It\\'s', \"\"O'Neil\"\"]\",\"['O', 'B-PER']\"\n\"['x']\",['O']\n");
    build(&g, &t, &opt);
    expect(&g, 1, "It's/O O'Neil/B-PER");
    ft_tagged_release(&g);
    ft_table_release(&t);
}

static void test_unequal(void **state)
{
    (void)state;
    struct ft_table t;
    struct ft_tagged g;
    struct ft_err err = {0};
    struct ft_tagged_opt opt = {0};
    read_text(&t, "a.jsonl",
              "{\"tokens\":[\"a\",\"b\"],\"ner_tags\":[\"O\",\"O\"]}\n"
              "{\"tokens\":[\"a\",\"b\"],\"ner_tags\":[\"O\"]}\n"
              "{\"tokens\":[\"a\",\"b\"],\"ner_tags\":[\"O\",\"B-X\"]}\n");
    find(&t, &opt);
    assert_int_equal(ft_tagged_build(&g, &t, &opt, &err), FT_FORMAT);
    assert_non_null(strstr(err.msg, "row 2: 2 words but 1 tag"));
    opt.unlabelled = true;
    build(&g, &t, &opt);
    assert_false(g.sentences[1].tagged);
    expect(&g, 2, "a/- b/-");
    ft_tagged_release(&g);
    ft_table_release(&t);
}

static void test_spans(void **state)
{
    (void)state;
    struct ft_table t;
    struct ft_tagged g;
    struct ft_tagged_opt opt = {0};
    read_text(
        &t, "a.jsonl",
        "{\"text\":\"Ærø, 東京 and "
        "U.S.\",\"label\":[[0,3,\"LOC\"],[5,7,\"LOC\"],[12,16,\"ORG\"]]}\n"
        "{\"text\":\"John "
        "Smith\",\"label\":[[0,10,\"PER\"],[5,10,\"PER\"],[0,99,\"X\"],[-1,3,\"X\"],"
        "[3,3,\"X\"]]}\n"
        "{\"text\":\"Helsinki\",\"label\":[[2,5,\"LOC\"]]}\n{\"text\":\"none\",\"label\":[]}\n"
        "{\"text\":\"one two\",\"label\":[[0,5,\"T\"]]}\n");
    build(&g, &t, &opt);
    assert_int_equal(opt.columns.form, FT_TAGGED_SPANS);
    expect(&g, 1, "Ærø/B-LOC ,/O 東/B-LOC 京/I-LOC and/O U/B-ORG ./I-ORG S/I-ORG ./I-ORG");
    expect(&g, 2, "John/B-PER Smith/I-PER");
    expect(&g, 3, "Helsinki/O");
    expect(&g, 4, "none/O");
    expect(&g, 5, "one/B-T two/I-T");
    assert_int_equal(g.count[FT_TAGGED_OUTSIDE_ISSUE], 3);
    assert_int_equal(g.count[FT_TAGGED_OVERLAP_ISSUE], 1);
    assert_int_equal(g.count[FT_TAGGED_SPLIT_ISSUE], 2);
    assert_int_equal(g.spans, 5);
    assert_int_equal(g.issues[0].row, 2);
    ft_tagged_release(&g);
    ft_table_release(&t);

    opt = (struct ft_tagged_opt){0};
    read_text(
        &t, "a.jsonl",
        "{\"text\":\"a bc\",\"spans\":[{\"start\":2,\"end\":4,\"label\":\"T\",\"more\":[1]}]}\n"
        "{\"text\":\"a "
        "bc\",\"spans\":[{\"start_offset\":0,\"end_offset\":1,\"labels\":[\"U\"]}]}\n");
    build(&g, &t, &opt);
    expect(&g, 1, "a/O bc/B-T");
    expect(&g, 2, "a/B-U bc/O");
    assert_int_equal(g.recounted, 0);
    ft_tagged_release(&g);
    ft_table_release(&t);

    /* places in UTF-16 units, as the text of the span shows; one that fits neither stays */
    opt = (struct ft_tagged_opt){0};
    read_text(&t, "a.jsonl",
              "{\"text\":\"\xF0\x9F\x98\x80 Ann is\",\"spans\":[{\"start\":3,\"end\":6,\"label\":"
              "\"P\",\"text\":\"Ann\"},{\"start\":6,\"end\":8,\"label\":\"V\",\"text\":\"is\"}]}\n"
              "{\"text\":\"Ann is\",\"spans\":[{\"start\":0,\"end\":3,\"label\":\"P\",\"text\":"
              "\"other\"}]}\n");
    build(&g, &t, &opt);
    expect(&g, 1, "\xF0\x9F\x98\x80/O Ann/B-P is/B-V");
    expect(&g, 2, "Ann/B-P is/O");
    assert_int_equal(g.recounted, 1);
    ft_tagged_release(&g);
    ft_table_release(&t);
}

static void conll_becomes(const char *tags, enum ft_tag_scheme scheme, const char *want)
{
    struct ft_table t;
    struct ft_tagged g;
    struct ft_tagged_opt opt = {0};
    struct ft_str s = {0};
    for (const char *p = tags; *p; p += strcspn(p, " ") + (p[strcspn(p, " ")] == ' ')) {
        size_t n = strcspn(p, " ");
        if (*p == '|')
            ft_str_addc(&s, '\n');
        else
            ft_str_addf(&s, "w\t%.*s\n", (int)n, p);
    }
    read_text(&t, "a.conll", s.data);
    build(&g, &t, &opt);
    ft_str_clear(&s);
    for (size_t r = 0; r < g.n; r++)
        for (size_t i = 0; i < g.sentences[r].n; i++)
            ft_str_addf(&s, "%s%s", s.len ? i ? " " : " | " : "",
                        g.tags.names[g.words[g.sentences[r].first + i].tag]);
    assert_string_equal(ft_str_text(&s), want);
    assert_int_equal(g.scheme, scheme);
    ft_str_release(&s);
    ft_tagged_release(&g);
    ft_table_release(&t);
}

static void test_schemes(void **state)
{
    (void)state;
    conll_becomes("B-A I-A O B-B B-B | O B-A", FT_TAGS_IOB2, "B-A I-A O B-B B-B | O B-A");
    /* one slip does not make IOB1 of it */
    conll_becomes("B-A I-A O I-B | O B-A", FT_TAGS_IOB2, "B-A I-A O I-B | O B-A");
    conll_becomes("I-A I-A O I-B B-B I-A | I-A", FT_TAGS_IOB1, "B-A I-A O B-B B-B B-A | B-A");
    conll_becomes("B-A I-A E-A O S-B S-B | B-A E-A", FT_TAGS_IOBES,
                  "B-A I-A I-A O B-B B-B | B-A I-A");
    conll_becomes("B-A I-A L-A O U-B U-B | O O", FT_TAGS_IOBES, "B-A I-A I-A O B-B B-B | O O");
    conll_becomes("B_A I_A O B_B", FT_TAGS_IOB2, "B-A I-A O B-B");
}

static void test_mistakes(void **state)
{
    (void)state;
    struct ft_table t;
    struct ft_tagged g;
    struct ft_tagged_opt opt = {0};
    read_text(&t, "a.conll",
              "w\tB-A\nw\tI-A\nw\tI-B\n\nw\tO\nw\tI-A\n\nw\tO\nw\tPER\nw\tB-A\nw\tI-A\n");
    opt.columns.form = FT_TAGGED_NONE;
    build(&g, &t, &opt);
    assert_int_equal(g.count[FT_TAGGED_NO_B_ISSUE], 2);
    assert_int_equal(g.count[FT_TAGGED_FORM_ISSUE], 1);
    assert_int_equal(g.issues_n, 3);
    assert_int_equal(g.issues[1].row, 2);
    assert_non_null(strstr(g.issues[1].what, "I-A begins an entity without B-"));
    ft_tagged_release(&g);
    ft_table_release(&t);
}

static void test_edits(void **state)
{
    (void)state;
    struct ft_table t;
    struct ft_tagged g;
    struct ft_edits edits = {0};
    struct ft_err err = {0};
    struct ft_str s = {0};
    char hex[65];
    read_text(&t, "a.conll", "EU\tB-ORG\nis\tO\n\nEU\tB-ORG\nis\tO\n\nEU\tO\nis\tO\n");
    ft_sha256_hex("EU is", 5, hex);
    ft_str_addf(
        &s,
        "{\"row\":1,\"sha256\":\"%s\",\"old\":[\"B-ORG\",\"O\"],\"new\":[\"B-LOC\",\"I-LOC\"]}\n"
        "{\"row\":2,\"sha256\":\"%s\",\"old\":[\"B-ORG\", \"O\"],\"new\":null}\n"
        "{\"row\":3,\"sha256\":\"%s\",\"old\":[\"B-ORG\",\"O\"],\"new\":[\"O\",\"O\"]}\n",
        hex, hex, hex);
    assert_ok(ft_edits_parse(&edits, s.data, s.len, "edits", &err), err);
    struct ft_tagged_opt opt = {.edits = &edits};
    build(&g, &t, &opt);
    expect(&g, 1, "EU/B-LOC is/I-LOC");
    assert_true(g.sentences[0].edited && g.sentences[1].dropped);
    assert_int_equal(g.edits_applied, 2);
    assert_int_equal(g.edits_stale, 1);
    ft_tagged_release(&g);
    ft_str_clear(&s);
    /* writes lists as lists */
    char *path = ft_xprintf("/tmp/fettle-tagged-%d.jsonl", (int)getpid());
    assert_ok(ft_edits_write(&edits, path, &err), err);
    char *text = NULL;
    size_t n = 0;
    assert_ok(ft_file_read(path, 1 << 20, &text, &n, &err), err);
    assert_non_null(strstr(text, "\"old\":[\"B-ORG\",\"O\"],\"new\":[\"B-LOC\",\"I-LOC\"]"));
    remove(path);
    free(text);
    free(path);
    ft_str_release(&s);
    ft_edits_release(&edits);
    ft_table_release(&t);
}

/* The words of plain text are those of the tokenizer. */
static void test_words_of_tokenizers(void **state)
{
    (void)state;
    static const struct {
        const char *model, *text, *words;
    } cases[] = {
        {"wordpiece-cased", "Don't  go to 東京, OK?", "Don|'|t|go|to|東|京|,|OK|?"},
        {"bytes-gpt2", "Don't  go, OK?", "Don|'t|go|,|OK|?"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ft_tok *tok = NULL;
        struct ft_err err = {0};
        char *dir = ft_xprintf("%s/tests/reference/tokens/%s", FETTLE_SOURCE_DIR, cases[i].model);
        if (!ft_path_exists(dir)) fail_msg("%s is missing", dir);
        assert_ok(ft_tok_load(&tok, dir, &err), err);
        struct ft_word *words = NULL;
        size_t n = 0, cap = 0;
        struct ft_text text = {cases[i].text, strlen(cases[i].text)};
        ft_text_words(tok, NULL, text, &words, &n, &cap);
        struct ft_str s = {0};
        for (size_t k = 0; k < n; k++)
            ft_str_addf(&s, "%s%.*s", k ? "|" : "", (int)(words[k].end - words[k].start),
                        text.data + words[k].start);
        assert_string_equal(ft_str_text(&s), cases[i].words);
        ft_str_release(&s);
        free(words);
        ft_tok_free(tok);
        free(dir);
    }
}

static void test_shared(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        size_t sentences, words, entities;
    } files[] = {
        {"data/wnut17/train.conll", 3394, 62730, 1975},
        {"data/wnut17/dev.conll", 1009, 15733, 836},
        {"data/wnut17/test.conll", 1287, 23394, 1079},
        {"data/turku-ner-fi/dev.tsv", 1364, 18308, 1063},
        {"data/turku-ner-fi/train.tsv", 12217, 162742, 9380},
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        SHARED_OR_SKIP(path, files[i].path);
        struct ft_table t;
        struct ft_tagged g;
        struct ft_tag_set set;
        struct ft_err err = {0};
        struct ft_tagged_opt opt = {0};
        assert_ok(ft_table_read(&t, path, NULL, &err), err);
        build(&g, &t, &opt);
        assert_int_equal(g.n, files[i].sentences);
        assert_int_equal(g.words_n, files[i].words);
        ft_tag_set_init(&set, (const char *const *)g.tags.names, g.tags.n);
        size_t n = 0;
        for (size_t r = 0; r < g.n; r++) {
            const struct ft_sentence *s = &g.sentences[r];
            int32_t *tags = ft_xcalloc(s->n + 1, sizeof *tags);
            struct ft_entity *found = ft_xcalloc(s->n + 1, sizeof *found);
            for (size_t k = 0; k < s->n; k++)
                tags[k] = g.words[s->first + k].tag;
            n += ft_entities(&set, tags, s->n, found);
            free(found);
            free(tags);
        }
        assert_int_equal(n, files[i].entities);
        ft_tag_set_release(&set);
        ft_tagged_release(&g);
        ft_table_release(&t);
        free(path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conll),   cmocka_unit_test(test_lists),
        cmocka_unit_test(test_unequal), cmocka_unit_test(test_spans),
        cmocka_unit_test(test_schemes), cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_edits),   cmocka_unit_test(test_words_of_tokenizers),
        cmocka_unit_test(test_shared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

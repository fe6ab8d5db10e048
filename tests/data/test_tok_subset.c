/* Smaller vocabularies: what is always kept, the same tokens for texts whose tokens are kept, some
 * tokens for every other text, and the files that are written. */
#include "data/tok_help.h"

#include "data/tok_subset.h"
#include "data/vocab_train.h"

static const char *const texts[] = {
    "The reading lamp on the second floor has been broken for weeks.",
    "We're playing caf\xc3\xa9 music at 17:30 -- isn't it great?",
    "reading readings readers, played plays playing",
    "\xe7\x94\x9f\xe6\xb4\xbb  and  blanks\tor\nlines",
};
enum { TEXTS = sizeof texts / sizeof *texts };

/* A vocabulary learned from the texts, often enough that whole words are in it. */
static struct ft_tok *learn(const char *class_name, size_t size)
{
    struct ft_vocab_train_opt opt = {.class_name = class_name, .vocab_size = size};
    struct ft_vocab_train *l = ft_vocab_train_new(&opt);
    struct ft_tok *tok = NULL;
    struct ft_err err = {0};
    for (size_t i = 0; i < 3 * TEXTS; i++)
        ft_vocab_train_add(l, texts[i % TEXTS], strlen(texts[i % TEXTS]));
    assert_ok(ft_vocab_train_finish(l, &tok, &err), err);
    return tok;
}

static void keep_text(struct ft_tok_subset *s, const struct ft_tok *tok, const char *text)
{
    struct ft_enc e = {0};
    ft_tok_encode(tok, NULL, text, strlen(text), &e);
    for (size_t i = 0; i < e.n; i++)
        ft_tok_subset_add(s, e.ids[i], SIZE_MAX);
    ft_enc_release(&e);
}

/* The same tokens, special ones around them included, by their texts and by the subset's ids. */
static void same_tokens(const struct ft_tok_subset *s, const struct ft_tok *tok,
                        const struct ft_tok *small, const char *text)
{
    struct ft_enc a = {0}, b = {0};
    struct ft_err err = {0};
    size_t n = strlen(text);
    assert_ok(ft_tok_build(tok, NULL, text, n, text, n, NULL, &a, &err), err);
    assert_ok(ft_tok_build(small, NULL, text, n, text, n, NULL, &b, &err), err);
    assert_int_equal(a.n, b.n);
    for (size_t i = 0; i < a.n; i++) {
        assert_string_equal(ft_tok_text(tok, a.ids[i], NULL), ft_tok_text(small, b.ids[i], NULL));
        assert_int_equal(ft_tok_subset_new_id(s, a.ids[i]), b.ids[i]);
        assert_int_equal(ft_tok_subset_old_id(s, b.ids[i]), a.ids[i]);
        assert_int_equal(a.type_ids[i], b.type_ids[i]);
        assert_int_equal(a.chars[i].start, b.chars[i].start);
        assert_int_equal(a.chars[i].end, b.chars[i].end);
    }
    ft_enc_release(&a);
    ft_enc_release(&b);
}

static size_t unknown(const struct ft_tok *tok, const char *text)
{
    struct ft_enc e = {0};
    size_t n = 0;
    ft_tok_encode(tok, NULL, text, strlen(text), &e);
    for (size_t i = 0; i < e.n; i++)
        n += e.ids[i] == ft_tok_unknown_id(tok);
    ft_enc_release(&e);
    return n;
}

/* Texts are spelled with what is always kept, except for WordPiece's words with characters beyond
 * ASCII, whose tokens must have been kept. */
static void check_unknown(const struct ft_tok *tok, const struct ft_tok *small, const char *text,
                          bool is_kept)
{
    bool ascii = true;
    for (const char *c = text; *c; c++)
        ascii = ascii && (unsigned char)*c < 0x80;
    if (is_kept || ascii || !strstr(ft_tok_class(tok), "BertTokenizer"))
        assert_int_equal(unknown(small, text), unknown(tok, text));
    else
        assert_true(unknown(small, text) >= unknown(tok, text));
}

static void check_class(const char *class_name, size_t size)
{
    struct ft_tok *tok = learn(class_name, size), *small = NULL, *again = NULL;
    struct ft_err err = {0};
    char *dir = tmp_folder();
    for (size_t kept = 0; kept <= TEXTS; kept++) {
        struct ft_tok_subset *s = ft_tok_subset_new(tok);
        for (size_t i = 0; i < kept; i++)
            keep_text(s, tok, texts[i]);
        assert_ok(ft_tok_subset_make(s, &small, &err), err);
        assert_int_equal(ft_tok_vocab_size(small), ft_tok_subset_size(s));
        if (kept < TEXTS) assert_true(ft_tok_vocab_size(small) < ft_tok_vocab_size(tok));
        for (int k = 0; k < FT_TOK_SPECIALS; k++)
            assert_int_equal(
                ft_tok_special_id(small, (enum ft_tok_special)k),
                ft_tok_subset_new_id(s, ft_tok_special_id(tok, (enum ft_tok_special)k)));
        for (size_t i = 0; i < TEXTS; i++) {
            if (i < kept) same_tokens(s, tok, small, texts[i]);
            check_unknown(tok, small, texts[i], i < kept);
        }
        if (!kept && !strcmp(class_name, "BertTokenizer")) /* every word of Chinese */
            assert_true(unknown(small, texts[3]) > unknown(tok, texts[3]));
        assert_ok(ft_tok_save(small, dir, &err), err);
        assert_ok(ft_tok_load(&again, dir, &err), err);
        assert_string_equal(ft_tok_class(again), ft_tok_class(tok));
        for (size_t i = 0; i < kept; i++)
            same_tokens(s, tok, again, texts[i]);
        ft_tok_free(again);
        ft_tok_free(small);
        ft_tok_subset_free(s);
    }
    ft_tok_free(tok);
    tmp_remove(dir);
}

static void same_texts_have_the_same_tokens(void **state)
{
    (void)state;
    check_class("BertTokenizer", 220);
    check_class("GPT2Tokenizer", 420);
    check_class("RobertaTokenizer", 420);
}

/* The files without tokenizer.json say the same. */
static void vocabulary_files_agree(void **state)
{
    (void)state;
    static const char *const classes[] = {"BertTokenizer", "RobertaTokenizer", "GPT2Tokenizer"};
    for (size_t c = 0; c < 3; c++) {
        struct ft_tok *tok = learn(classes[c], c ? 420 : 220), *small = NULL, *again = NULL;
        struct ft_err err = {0};
        char *dir = tmp_folder(), *json = ft_path_join(dir, "tokenizer.json");
        struct ft_tok_subset *s = ft_tok_subset_new(tok);
        keep_text(s, tok, texts[2]);
        assert_ok(ft_tok_subset_make(s, &small, &err), err);
        assert_ok(ft_tok_save(small, dir, &err), err);
        assert_int_equal(remove(json), 0);
        assert_ok(ft_tok_load(&again, dir, &err), err);
        same_tokens(s, tok, again, texts[2]);
        ft_tok_free(again);
        ft_tok_free(small);
        ft_tok_subset_free(s);
        ft_tok_free(tok);
        tmp_remove(dir);
        free(json);
    }
}

/* A token that its merges lead to needs them and the tokens in between, or does not fit. */
static void merges_come_along(void **state)
{
    (void)state;
    struct ft_tok *tok = learn("GPT2Tokenizer", 420);
    struct ft_tok_subset *s = ft_tok_subset_new(tok);
    int32_t id = ft_tok_id(tok, "reading", 7);
    id = id >= 0 ? id : ft_tok_id(tok, "\xc4\xa0reading", 9);
    assert_true(id >= 0);
    size_t base = ft_tok_subset_size(s);
    assert_int_equal(base, 257); /* the bytes and <|endoftext|> */
    assert_int_equal(ft_tok_subset_add(s, id, 1), 0);
    assert_false(ft_tok_subset_has(s, id));
    assert_int_equal(ft_tok_subset_size(s), base);
    size_t n = ft_tok_subset_add(s, id, SIZE_MAX);
    assert_true(n > 2);
    assert_int_equal(ft_tok_subset_size(s), base + n);
    assert_int_equal(ft_tok_subset_add(s, id, SIZE_MAX), 0);
    ft_tok_subset_free(s);
    s = ft_tok_subset_new(tok);
    assert_int_equal(ft_tok_subset_add(s, id, n), n);
    assert_int_equal(ft_tok_subset_add(s, -1, 9), 0);
    assert_int_equal(ft_tok_subset_add(s, 100000, 9), 0);
    ft_tok_subset_free(s);
    ft_tok_free(tok);
}

/* Added tokens, the ids of post-processor and tokenizer_config.json, and pieces that no single
 * characters can spell. */
static void ids_in_all_files(void **state)
{
    (void)state;
    static const char config[] =
        "{\"tokenizer_class\":\"BertTokenizer\",\"do_lower_case\":true,\"cls_token\":\"[CLS]\","
        "\"added_tokens_decoder\":{\"2\":{\"content\":\"[CLS]\",\"special\":true},"
        "\"18\":{\"content\":\"<new>\",\"special\":false}}}";
    struct ft_tok *tok = NULL, *small = NULL;
    struct ft_err err = {0};
    struct ft_str text = {0};
    char *dir = tmp_folder();
    put_file(dir, "tokenizer.json",
             TINY_BERT(BERT_NORMALIZER, ",{\"id\":18,\"content\":\"<new>\",\"special\":false}"));
    put_file(dir, "tokenizer_config.json", config);
    assert_ok(ft_tok_load(&tok, dir, &err), err);
    struct ft_tok_subset *s = ft_tok_subset_new(tok);
    /* ##ing, ##ed, play, the, cafe and sep have letters that are no tokens */
    assert_true(ft_tok_subset_has(s, ft_tok_id(tok, "##ing", 5)));
    assert_true(ft_tok_subset_has(s, ft_tok_id(tok, "<new>", 5)));
    assert_false(ft_tok_subset_has(s, 4) != (ft_tok_special_id(tok, FT_TOK_MASK) == 4));
    ft_tok_subset_free(s);
    ft_tok_free(tok);

    /* with all letters of "the" and "cafe" there, those two can go */
    struct ft_str json = {0};
    ft_str_addz(&json, TINY_BERT(BERT_NORMALIZER, ",{\"id\":30,\"content\":\"<new>\"}"));
    json.len -= 3;
    static const char *const more[] = {"t", "##h", "##e", "c", "##a", "##f"};
    for (size_t i = 0; i < 6; i++)
        ft_str_addf(&json, ",\"%s\":%zu", more[i], 18 + i);
    ft_str_addz(&json, "}}}");
    put_file(dir, "tokenizer.json", ft_str_text(&json));
    static const char decoder[] = "{\"added_tokens_decoder\":{\"30\":{\"content\":\"<new>\"}}}";
    put_file(dir, "tokenizer_config.json", decoder);
    assert_ok(ft_tok_load(&tok, dir, &err), err);
    s = ft_tok_subset_new(tok);
    assert_false(ft_tok_subset_has(s, ft_tok_id(tok, "the", 3)));
    assert_false(ft_tok_subset_has(s, ft_tok_id(tok, "cafe", 4)));
    assert_ok(ft_tok_subset_make(s, &small, &err), err);
    assert_ok(ft_tok_save(small, dir, &err), err);
    int32_t now = ft_tok_id(small, "<new>", 5);
    assert_int_equal(now, ft_tok_vocab_size(small) - 1);
    char *path = ft_path_join(dir, "tokenizer_config.json"), *file = NULL;
    size_t n;
    assert_ok(ft_file_read(path, 1 << 20, &file, &n, &err), err);
    ft_str_addf(&text, "\"%d\": {", (int)now);
    assert_non_null(strstr(file, ft_str_text(&text)));
    struct ft_enc e = {0};
    ft_tok_encode(small, NULL, "the <new> cafe", 14, &e);
    assert_int_equal(e.n, 3 + 1 + 4);
    assert_int_equal(e.ids[3], now);
    ft_enc_release(&e);
    ft_str_release(&text);
    ft_str_release(&json);
    free(file);
    free(path);
    ft_tok_free(small);
    ft_tok_subset_free(s);
    ft_tok_free(tok);
    tmp_remove(dir);
}

/* Real vocabularies: every tenth token and the base, texts in many scripts. */
static void shared_vocabularies(void **state)
{
    (void)state;
    static const char *const names[] = {"bert-base-uncased", "roberta-base", "gpt2"};
    for (size_t i = 0; i < 3; i++) {
        char rel[64];
        snprintf(rel, sizeof rel, "tokenizers/%s", names[i]);
        SHARED_OR_SKIP(dir, rel);
        snprintf(rel, sizeof rel, "ref/tokens/%s.jsonl", names[i]);
        SHARED_OR_SKIP(file, rel);
        struct ft_tok *tok = NULL, *small = NULL;
        struct ft_err err = {0};
        assert_ok(ft_tok_load(&tok, dir, &err), err);
        struct reference_lines r = reference_read(file);
        struct ft_tok_subset *s = ft_tok_subset_new(tok);
        for (size_t k = 0; k < r.n; k += 2)
            keep_text(s, tok, reference_str(r.rows[k], "text"));
        assert_ok(ft_tok_subset_make(s, &small, &err), err);
        for (size_t k = 0; k < r.n; k++) {
            const char *text = reference_str(r.rows[k], "text");
            if (k % 2 == 0) same_tokens(s, tok, small, text);
            check_unknown(tok, small, text, k % 2 == 0);
        }
        reference_release(&r);
        ft_tok_free(small);
        ft_tok_subset_free(s);
        ft_tok_free(tok);
        free(dir);
        free(file);
    }
}

/* Unigram: pieces are a list, ids follow from it; scores, and that of unknown ones, stay. */
static void unigram(void **state)
{
#define MARK "\xe2\x96\x81"
    static const char json[] =
        "{\"added_tokens\":[{\"id\":2,\"content\":\"</s>\",\"normalized\":false,\"special\":true},"
        "{\"id\":14,\"content\":\"<mask>\",\"normalized\":false,\"special\":true}],"
        "\"normalizer\":null,\"pre_tokenizer\":{\"type\":\"Metaspace\",\"replacement\":\"" MARK
        "\",\"prepend_scheme\":\"always\",\"split\":true},\"post_processor\":{\"type\":"
        "\"TemplateProcessing\",\"single\":[{\"Sequence\":{\"id\":\"A\",\"type_id\":0}},"
        "{\"SpecialToken\":{\"id\":\"</s>\",\"type_id\":0}}],\"pair\":[{\"Sequence\":{\"id\":\"A\","
        "\"type_id\":0}},{\"Sequence\":{\"id\":\"B\",\"type_id\":0}},{\"SpecialToken\":{\"id\":"
        "\"</s>\",\"type_id\":0}}],\"special_tokens\":{\"</s>\":{\"id\":\"</s>\",\"ids\":[2],"
        "\"tokens\":[\"</s>\"]}}},\"decoder\":null,\"model\":{\"type\":\"Unigram\",\"unk_id\":4,"
        "\"vocab\":[[\"unused\",-9],[\"lowest\",-30],[\"</s>\",0],[\"" MARK
        "the\",-3],[\"<unk>\",0],"
        "[\"" MARK "\",-2],[\"t\",-5],[\"h\",-5],[\"e\",-5],[\"th\",-6],[\"he\",-6],"
        "[\"" MARK "he\",-4],[\"zt\",-7],[\"\xc3\xa9\",-8]]}}";
    struct ft_tok *tok = load_text(json), *small = NULL, *back = NULL;
    struct ft_tok_subset *s = ft_tok_subset_new(tok);
    struct ft_err err = {0};
    struct ft_enc e = {0};
    char *dir = tmp_folder();
    (void)state;
    keep_text(s, tok, "the zt");
    assert_int_equal(ft_tok_subset_size(s), 10); /* of 15 */
    assert_ok(ft_tok_subset_make(s, &small, &err), err);
    assert_int_equal(ft_tok_vocab_size(small), 10);
    same_tokens(s, tok, small, "the zt");
    same_tokens(s, tok, small, "qt the zt qq</s>"); /* unknown ones cost the same */
    ft_tok_encode(small, NULL, "he\xc3\xa9", 4, &e);
    assert_int_equal(e.n, 4); /* in pieces that are always kept; the last one is unknown now */
    assert_int_equal(e.ids[3], ft_tok_subset_new_id(s, 4));
    assert_ok(ft_tok_save(small, dir, &err), err);
    assert_ok(ft_tok_load(&back, dir, &err), err);
    same_tokens(s, tok, back, "the zt");
    tmp_remove(dir);
    ft_enc_release(&e);
    ft_tok_free(back);
    ft_tok_free(small);
    ft_tok_subset_free(s);
    ft_tok_free(tok);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_texts_have_the_same_tokens),
        cmocka_unit_test(vocabulary_files_agree),
        cmocka_unit_test(merges_come_along),
        cmocka_unit_test(ids_in_all_files),
        cmocka_unit_test(shared_vocabularies),
        cmocka_unit_test(unigram),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* WordPiece on a vocabulary of eighteen tokens; what is expected was worked out by hand. */
#include "data/tok_help.h"

static void words_and_offsets(void **state)
{
    struct ft_tok *tok = load_text(TINY_BERT(BERT_NORMALIZER, ""));
    struct ft_enc e = {0};
    const char *text = "Caf\xc3\xa9 PLAYing\xe7\x94\x9fthe!";

    (void)state;
    ft_tok_encode(tok, NULL, text, strlen(text), &e);
    SAME_IDS(&e, 10, 5, 6, 12, 8, 9);
    span_is(e.chars[0], 0, 4);
    span_is(e.bytes[0], 0, 5);
    span_is(e.chars[2], 9, 12);
    span_is(e.chars[3], 12, 13);
    span_is(e.bytes[3], 13, 16);
    span_is(e.bytes[5], 19, 20);
    assert_int_equal(ft_tok_count(tok, NULL, text, strlen(text)), 6);

    ft_tok_encode(tok, NULL, "played plays play7", 18, &e);
    SAME_IDS(&e, 5, 7, 5, 13, 1); /* what cannot be split whole is unknown whole */
    span_is(e.chars[4], 13, 18);
    ft_tok_encode(tok, NULL, "iiiiiiiii", 9, &e); /* more than eight characters */
    SAME_IDS(&e, 1);
    ft_tok_encode(tok, NULL, "", 0, &e);
    assert_int_equal(e.n, 0);
    ft_enc_release(&e);
    ft_tok_free(tok);
}

static void odd_characters(void **state)
{
    struct ft_tok *tok = load_text(TINY_BERT(BERT_NORMALIZER, ""));
    struct ft_enc e = {0};

    (void)state;
    /* a control, an invalid byte and a NUL vanish inside a word; combining acute too */
    ft_tok_encode(tok, NULL, "t\x01h\xff\0e\xcc\x81 the", 12, &e);
    SAME_IDS(&e, 8, 8);
    span_is(e.chars[0], 0, 6);
    span_is(e.chars[1], 8, 11);
    span_is(e.bytes[1], 9, 12);
    /* a capital I with a dot: lower case is two code points, the second is a mark that goes first
     */
    ft_tok_encode(tok, NULL, "\xc4\xb0", 2, &e);
    SAME_IDS(&e, 11);
    span_is(e.chars[0], 0, 1);
    /* no-break space parts words, a soft hyphen does not */
    ft_tok_encode(tok, NULL,
                  "the\xc2\xa0th\xc2\xad"
                  "e",
                  10, &e);
    SAME_IDS(&e, 8, 8);
    span_is(e.bytes[1], 5, 10);
    ft_enc_release(&e);
    ft_tok_free(tok);
}

static void added_tokens(void **state)
{
    struct ft_tok *tok = load_text(TINY_BERT(
        BERT_NORMALIZER,
        ",{\"id\":4,\"content\":\"[MASK]\",\"lstrip\":true,\"rstrip\":true,\"normalized\":false,"
        "\"special\":true},{\"id\":18,\"content\":\"sing\",\"single_word\":true,\"normalized\":"
        "false},"
        "{\"id\":19,\"content\":\"Th\xc3\x89\",\"normalized\":true}"));
    struct ft_enc e = {0};
    const char *text = "play [SEP][sep] [MASK]  i";

    (void)state;
    ft_tok_encode(tok, NULL, text, strlen(text), &e);
    SAME_IDS(&e, 5, 3, 14, 16, 15, 4, 11);
    span_is(e.chars[1], 5, 10);
    span_is(e.chars[5], 15, 24);
    /* single_word: inside a word it is no token; a normalized one is found in any case */
    ft_tok_encode(tok, NULL, "sing singing playTHE", 20, &e);
    SAME_IDS(&e, 18, 1, 5, 19);
    span_is(e.chars[3], 17, 20);
    assert_int_equal(ft_tok_vocab_size(tok), 20);
    assert_true(ft_tok_is_special(tok, 3));
    assert_false(ft_tok_is_special(tok, 18));
    ft_enc_release(&e);
    ft_tok_free(tok);
}

static void pairs_and_cuts(void **state)
{
    struct ft_tok *tok = load_text(TINY_BERT(BERT_NORMALIZER, ""));
    struct ft_tok_ctx *ctx = ft_tok_ctx_new(tok);
    struct ft_enc e = {0};
    struct ft_err err = {0};
    struct ft_tok_opt opt = {.cut = FT_TOK_CUT_LONGEST_FIRST, .max_length = 8};

    (void)state;
    assert_int_equal(ft_tok_build(tok, ctx, "the play", 8, "i!", 2, NULL, &e, &err), FT_OK);
    SAME_IDS(&e, 2, 8, 5, 3, 11, 9, 3);
    const uint8_t types[] = {0, 0, 0, 0, 1, 1, 1}, parts[] = {2, 0, 0, 2, 1, 1, 2};
    assert_memory_equal(e.type_ids, types, 7);
    assert_memory_equal(e.parts, parts, 7);
    span_is(e.chars[0], 0, 0);
    span_is(e.chars[4], 0, 1);

    /* five places: 1 + 4, 2 + 3, and halves with the odd one for the longer */
    ft_tok_build(tok, ctx, "i", 1, "the the the the the", 19, &opt, &e, &err);
    SAME_IDS(&e, 2, 11, 3, 8, 8, 8, 8, 3);
    assert_int_equal(e.cut, 1);
    ft_tok_build(tok, ctx, "i i i i i i", 11, "! ! !", 5, &opt, &e, &err);
    SAME_IDS(&e, 2, 11, 11, 11, 3, 9, 9, 3);
    opt.cut = FT_TOK_CUT_ONLY_FIRST;
    assert_int_equal(ft_tok_build(tok, ctx, "i", 1, "! ! ! ! ! ! !", 13, &opt, &e, &err), FT_USAGE);
    opt.max_length = 1;
    assert_int_equal(ft_tok_build(tok, ctx, "i", 1, NULL, 0, &opt, &e, &err), FT_USAGE);

    opt = (struct ft_tok_opt){.cut = FT_TOK_CUT_HEAD_TAIL, .max_length = 6};
    ft_tok_build(tok, ctx, "the play i i i ! ! cafe", 23, NULL, 0, &opt, &e, &err);
    SAME_IDS(&e, 2, 8, 9, 9, 10, 3);
    assert_int_equal(e.cut, 4);
    span_is(e.chars[4], 19, 23);
    assert_int_equal(ft_tok_added_count(tok, false), 2);
    assert_int_equal(ft_tok_added_count(tok, true), 3);
    ft_enc_release(&e);
    ft_tok_ctx_free(ctx);
    ft_tok_free(tok);
}

static void windows(void **state)
{
    struct ft_tok *tok = load_text(TINY_BERT(BERT_NORMALIZER, ""));
    struct ft_windows w = {0};
    struct ft_err err = {0};
    const char *context = "the i ! play cafe the i";

    (void)state;
    assert_int_equal(
        ft_tok_windows(tok, NULL, "play", 4, context, strlen(context), 8, 1, 0, &w, &err), FT_OK);
    assert_int_equal(w.n, 2);
    SAME_IDS(&w.items[0], 2, 5, 3, 8, 11, 9, 5, 3);
    SAME_IDS(&w.items[1], 2, 5, 3, 5, 10, 8, 11, 3);
    span_is(w.items[1].chars[4], 13, 17);
    assert_int_equal(ft_tok_windows(tok, NULL, "play", 4, "", 0, 8, 1, 0, &w, &err), FT_OK);
    assert_int_equal(w.n, 1);
    SAME_IDS(&w.items[0], 2, 5, 3, 3);
    /* a stride as wide as the room never moves on; a question that fills the window leaves none */
    assert_int_equal(
        ft_tok_windows(tok, NULL, "play", 4, context, strlen(context), 8, 4, 0, &w, &err),
        FT_USAGE);
    assert_int_equal(
        ft_tok_windows(tok, NULL, "i i i i i", 9, context, strlen(context), 8, 1, 0, &w, &err),
        FT_USAGE);
    assert_int_equal(
        ft_tok_windows(tok, NULL, "i i i i i", 9, context, strlen(context), 8, 1, 2, &w, &err),
        FT_OK);
    assert_int_equal(w.items[0].cut, 3);
    ft_windows_release(&w);
    ft_tok_free(tok);
}

static void decoding(void **state)
{
    struct ft_tok *tok = load_text(TINY_BERT(BERT_NORMALIZER, ""));
    struct ft_str s = {0};

    (void)state;
    ft_tok_decode(tok, (const int32_t[]){2, 8, 5, 6, 9, 17, 13, 3, 999, -1}, 10,
                  FT_TOK_SKIP_SPECIAL, &s);
    assert_string_equal(s.data, "[CLS] the playing! 's"); /* [CLS] is no added token here */
    assert_int_equal(ft_tok_id(tok, "##ing", 5), 6);
    assert_string_equal(ft_tok_text(tok, 6, NULL), "##ing");
    assert_null(ft_tok_text(tok, 18, NULL));
    ft_str_release(&s);
    ft_tok_free(tok);
}

static void other_normalizers(void **state)
{
    struct ft_tok *tok = load_text(TINY_BERT(
        "{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"NFKD\"},{\"type\":\"StripAccents\"},"
        "{\"type\":\"Lowercase\"}]}",
        ""));
    struct ft_enc e = {0};

    (void)state;
    ft_tok_encode(tok, NULL,
                  "\xef\xbc\xb4he C\xc3\xa1"
                  "fe",
                  11, &e); /* a full-width T */
    SAME_IDS(&e, 8, 10);
    ft_tok_free(tok);
    tok = load_text(TINY_BERT("null", ""));
    ft_tok_encode(tok, NULL, "the The", 7, &e);
    SAME_IDS(&e, 8, 1);
    ft_tok_free(tok);
    tok = load_text(TINY_BERT("{\"type\":\"NFC\"}", ""));
    ft_tok_encode(tok, NULL, "the e\xcc\x81", 7, &e);
    SAME_IDS(&e, 8, 1);
    ft_enc_release(&e);
    ft_tok_free(tok);
}

static void refusals(void **state)
{
    (void)state;
    load_fails("", FT_FORMAT, "JSON");
    load_fails("[]", FT_FORMAT, "model");
    load_fails("{\"model\":{\"type\":\"WordLevel\"}}", FT_UNSUPPORTED, "model \"WordLevel\"");
    load_fails("{\"model\":{\"type\":\"WordPiece\",\"vocab\":[1]}}", FT_FORMAT, "vocab");
    load_fails("{\"model\":{\"type\":\"WordPiece\",\"vocab\":{\"a\":1e300}}}", FT_FORMAT, "\"a\"");
    load_fails("{\"model\":{\"type\":\"WordPiece\",\"vocab\":{\"a\":-1}}}", FT_FORMAT, "\"a\"");
    load_fails(
        "{\"model\":{\"type\":\"WordPiece\",\"vocab\":{\"a\":0}},\"pre_tokenizer\":{\"type\":"
        "\"BertPreTokenizer\"}}",
        FT_FORMAT, "unknown token");
    load_fails(TINY_BERT("{\"type\":\"Nmt\"}", ""), FT_UNSUPPORTED, "normalizer \"Nmt\"");
    load_fails(TINY_BERT("null", ",{\"id\":1e9,\"content\":\"x\"}"), FT_FORMAT, "added token 2");
    load_fails(
        "{\"model\":{\"type\":\"WordPiece\",\"vocab\":{\"[UNK]\":0}},\"pre_tokenizer\":{\"type\":"
        "\"BertPreTokenizer\"},\"post_processor\":{\"type\":\"BertProcessing\",\"sep\":[\"s\",7],"
        "\"cls\":[\"c\",0]}}",
        FT_FORMAT, "id 7");
    load_fails(
        "{\"model\":{\"type\":\"WordPiece\",\"vocab\":{\"[UNK]\":0}},\"pre_tokenizer\":{\"type\":"
        "\"Metaspace\"}}",
        FT_UNSUPPORTED, "pre_tokenizer \"Metaspace\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_and_offsets), cmocka_unit_test(odd_characters),
        cmocka_unit_test(added_tokens),      cmocka_unit_test(pairs_and_cuts),
        cmocka_unit_test(windows),           cmocka_unit_test(decoding),
        cmocka_unit_test(other_normalizers), cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Byte-level BPE on vocabularies that are learned here from a few words, so that all 256 bytes are
 * there; the pre-tokenizer's rules, offsets, decoding, and what is wrong with merges. */
#include "data/tok_help.h"

#include "data/vocab_train.h"

static struct ft_tok *learn(const char *class_name)
{
    static const char text[] =
        "the cat's hat, the cat sat at the mat; they'll see 1234 1234 the the";
    struct ft_vocab_train_opt opt = {.class_name = class_name, .vocab_size = 290};
    struct ft_vocab_train *l = ft_vocab_train_new(&opt);
    struct ft_tok *tok = NULL;
    struct ft_err err = {0};

    ft_vocab_train_add(l, text, sizeof text - 1);
    if (ft_vocab_train_finish(l, &tok, &err)) {
        fail_msg("%s", err.msg);
    }
    return tok;
}

/* The tokens joined with |. */
static void pieces_are(const struct ft_tok *tok, const char *text, const char *want)
{
    struct ft_enc e = {0};
    struct ft_str s = {0};

    ft_tok_encode(tok, NULL, text, strlen(text), &e);
    for (size_t i = 0; i < e.n; i++) {
        ft_str_addz(&s, i ? "|" : "");
        ft_str_addz(&s, ft_tok_text(tok, e.ids[i], NULL));
    }
    assert_string_equal(ft_str_text(&s), want);
    ft_str_release(&s);
    ft_enc_release(&e);
}

static void words(void **state)
{
    struct ft_tok *tok = learn("GPT2Tokenizer");

    (void)state;
    pieces_are(tok, " the the", "\xc4\xa0the|\xc4\xa0the");
    pieces_are(tok, "'s'S", "'|s|'|S");
    pieces_are(tok, "a  the \n",
               "a|\xc4\xa0|\xc4\xa0the|\xc4\xa0|\xc4\x8a"); /* the last blank goes along */
    pieces_are(tok, "<|endoftext|>the", "<|endoftext|>|the");
    assert_int_equal(ft_tok_special_id(tok, FT_TOK_EOS), 0);
    assert_int_equal(ft_tok_special_id(tok, FT_TOK_PAD), -1);
    assert_int_equal(ft_tok_added_count(tok, true), 0);
    ft_tok_set_pad(tok, 0);
    assert_int_equal(ft_tok_special_id(tok, FT_TOK_PAD), 0);
    ft_tok_free(tok);
}

static void offsets(void **state)
{
    struct ft_tok *gpt2 = learn("GPT2Tokenizer"), *roberta = learn("RobertaTokenizer");
    struct ft_enc e = {0};
    struct ft_err err = {0};
    const char *text = "\xe2\x82\xac the"; /* the euro sign is three tokens on one character */

    (void)state;
    ft_tok_encode(gpt2, NULL, text, strlen(text), &e);
    assert_int_equal(e.n, 4);
    for (size_t i = 0; i < 3; i++) {
        span_is(e.chars[i], 0, 1);
        span_is(e.bytes[i], 0, 3);
    }
    span_is(e.chars[3], 1, 5);
    span_is(e.bytes[3], 3, 7);
    ft_tok_encode(roberta, NULL, text, strlen(text), &e); /* RoBERTa trims the blank */
    span_is(e.chars[3], 2, 5);
    assert_int_equal(ft_tok_build(roberta, NULL, "the", 3, " the", 4, NULL, &e, &err), FT_OK);
    SAME_IDS(&e, 0, e.ids[1], 2, 2, e.ids[4], 2);
    span_is(e.chars[4], 1, 4);
    for (size_t i = 0; i < e.n; i++) {
        assert_int_equal(e.type_ids[i], 0);
    }
    ft_tok_encode(roberta, NULL, "the <mask>.", 11, &e); /* the mask takes the blank before it */
    assert_int_equal(e.n, 3);
    assert_int_equal(e.ids[1], ft_tok_special_id(roberta, FT_TOK_MASK));
    ft_tok_free(gpt2);
    ft_tok_free(roberta);
    ft_enc_release(&e);
}

static void round_trip(void **state)
{
    struct ft_tok *tok = learn("GPT2Tokenizer");
    struct ft_enc e = {0};
    struct ft_str s = {0};
    const char *text = "the c\xc3\xa2t\t\xf0\x9f\x90\x88 sat\r\n \x01 'll 12 \xe7\x94\x9f";

    (void)state;
    ft_tok_encode(tok, NULL, text, strlen(text), &e);
    ft_tok_decode(tok, e.ids, e.n, 0, &s);
    assert_string_equal(s.data, text);
    ft_str_clear(&s);
    ft_tok_encode(tok, NULL,
                  "a\xff"
                  "b",
                  3, &e); /* an invalid byte becomes U+FFFD */
    ft_tok_decode(tok, e.ids, e.n, 0, &s);
    assert_string_equal(s.data, "a\xef\xbf\xbd"
                                "b");
    span_is(e.bytes[1], 1, 2);
    ft_str_clear(&s);
    ft_tok_decode(tok, e.ids + 1, 1, FT_TOK_RAW_BYTES, &s);
    assert_string_equal(s.data, "\xef");
    ft_str_clear(&s);
    ft_tok_decode(tok, e.ids + 1, 1, 0, &s);
    assert_string_equal(s.data, "\xef\xbf\xbd");
    ft_str_release(&s);
    ft_enc_release(&e);
    ft_tok_free(tok);
}

/* A word too long for the scan goes through the heap: "the" a thousand times over is a thousand
 * times the tokens of the short word. */
static void long_words(void **state)
{
    struct ft_tok *tok = learn("GPT2Tokenizer");
    struct ft_str s = {0};
    struct ft_enc e = {0};
    int32_t the = ft_tok_id(tok, "the", 3);

    (void)state;
    for (int i = 0; i < 1000; i++) {
        ft_str_addz(&s, "the");
    }
    ft_tok_encode(tok, NULL, s.data, s.len, &e);
    assert_true(the >= 0);
    assert_int_equal(e.n, 1000);
    for (uint32_t i = 0; i < 1000; i++) {
        assert_int_equal(e.ids[i], the);
        span_is(e.chars[i], 3 * i, 3 * i + 3);
    }
    ft_str_release(&s);
    ft_enc_release(&e);
    ft_tok_free(tok);
}

#define BPE(vocab, merges)                                                                         \
    "{\"pre_tokenizer\":{\"type\":\"ByteLevel\",\"add_prefix_space\":false},\"model\":{\"type\":"  \
    "\"BPE\",\"vocab\":" vocab ",\"merges\":" merges "}}"

static void merges(void **state)
{
    struct ft_tok *tok =
        load_text(BPE("{\"a\":0,\"b\":1,\"ab\":2,\"abab\":3}", "[[\"a\",\"b\"],\"ab ab\"]"));
    struct ft_enc e = {0};

    (void)state;
    ft_tok_encode(tok, NULL, "ababab", 6, &e);
    SAME_IDS(&e, 3, 2);
    ft_tok_encode(tok, NULL, "axb", 3, &e); /* a byte without a token is dropped */
    SAME_IDS(&e, 2);
    ft_enc_release(&e);
    ft_tok_free(tok);
    load_fails(BPE("{\"a\":0,\"b\":1}", "[\"a b\"]"), FT_FORMAT, "merge 1");
    load_fails(BPE("{\"a\":0,\"b\":1}", "[\"a\"]"), FT_FORMAT, "merge 1");
    load_fails(BPE("{\"a\":0}", "[[\"a\",3]]"), FT_FORMAT, "merge 1");
    load_fails(
        "{\"pre_tokenizer\":{\"type\":\"ByteLevel\"},\"model\":{\"type\":\"BPE\",\"byte_fallback\":"
        "true,\"vocab\":{},\"merges\":[]}}",
        FT_UNSUPPORTED, "byte_fallback");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words),      cmocka_unit_test(offsets), cmocka_unit_test(round_trip),
        cmocka_unit_test(long_words), cmocka_unit_test(merges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

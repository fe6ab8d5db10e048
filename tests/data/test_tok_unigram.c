/* Unigram models and the components of tokenizer.json that come with them, on small vocabularies
 * whose answers can be worked out by hand. */
#include "data/spm_model.h"
#include "data/tok_help.h"
#include "util/base64.h"

#include <math.h>
#include <unistd.h>

/* 0 <pad> 1 <unk> 2 </s> 3 _ 4 _a 5 a 6 b 7 ab 8 abc 9 c 10 <0x64> 11 d is no piece */
#define MARK "\xe2\x96\x81"
#define METASPACE                                                                                  \
    "{\"type\":\"Metaspace\",\"replacement\":\"" MARK "\",\"prepend_scheme\":\"always\","          \
    "\"split\":true}"
#define VOCAB                                                                                      \
    "[[\"<pad>\",0],[\"<unk>\",0],[\"</s>\",0],[\"" MARK "\",-2],[\"" MARK "a\",-1.5],"            \
    "[\"a\",-3],[\"b\",-3],[\"ab\",-5],[\"abc\",-6],[\"c\",-1],[\"<0x64>\",-20],[\"<0x65>\",-20]]"
#define TINY(normalizer, pre, decoder, model_more)                                                 \
    "{\"version\":\"1.0\",\"truncation\":null,\"padding\":null,\"added_tokens\":["                 \
    "{\"id\":2,\"content\":\"</s>\",\"normalized\":false,\"special\":true}],"                      \
    "\"normalizer\":" normalizer ",\"pre_tokenizer\":" pre                                         \
    ",\"post_processor\":null,\"decoder\":" decoder                                                \
    ",\"model\":{\"type\":\"Unigram\",\"unk_id\":1,\"vocab\":" VOCAB model_more "}}"

static void encode(const struct ft_tok *tok, const char *text, struct ft_enc *e)
{
    ft_tok_encode(tok, NULL, text, strlen(text), e);
    assert_int_equal(ft_tok_count(tok, NULL, text, strlen(text)), e->n);
}

static void best_way(void **state)
{
    struct ft_tok *tok = load_text(TINY("null", METASPACE, METASPACE, ""));
    struct ft_enc e = {0};

    (void)state;
    assert_int_equal(ft_tok_model(tok), FT_TOK_UNIGRAM);
    encode(tok, "ab", &e); /* _a b -4.5; _ ab -7; _ a b -8 */
    SAME_IDS(&e, 4, 6);
    span_is(e.chars[0], 0, 1);
    span_is(e.chars[1], 1, 2);
    encode(tok, "babc ab", &e); /* _ b abc -11; _ b ab c -11: the first found stays */
    SAME_IDS(&e, 3, 6, 8, 4, 6);
    span_is(e.chars[0], 0, 1); /* the mark stands for the first letter.. */
    span_is(e.chars[1], 0, 1);
    span_is(e.chars[3], 4, 6); /* ..or for the blank */
    ft_enc_release(&e);
    ft_tok_free(tok);
}

static void unknown(void **state)
{
    struct ft_tok *tok = load_text(TINY("null", METASPACE, METASPACE, ""));
    struct ft_enc e = {0};
    uint64_t seen, missing;
    struct ft_tok_ctx *ctx = ft_tok_ctx_new(tok);

    (void)state;
    encode(tok, "adxb", &e); /* two unknown ones are one token */
    SAME_IDS(&e, 4, 1, 6);
    span_is(e.chars[1], 1, 3);
    ft_tok_encode(tok, ctx, "x\xf0\x9f\x98\x80 a", 7, &e);
    SAME_IDS(&e, 3, 1, 4);
    span_is(e.chars[1], 0, 2);
    span_is(e.bytes[1], 0, 5);
    ft_tok_ctx_seen(ctx, &seen, &missing);
    assert_int_equal(seen, 3);
    assert_int_equal(missing, 1);
    assert_int_equal(ft_tok_unknown_id(tok), 1);
    ft_tok_ctx_free(ctx);
    ft_enc_release(&e);
    ft_tok_free(tok);
}

static void byte_fallback(void **state)
{
    struct ft_tok *tok = load_text(TINY("null", METASPACE,
                                        "{\"type\":\"Sequence\",\"decoders\":[{\"type\":"
                                        "\"Replace\",\"pattern\":{\"String\":\"" MARK
                                        "\"},\"content\":\" \"},{\"type\":\"ByteFallback\"},"
                                        "{\"type\":\"Fuse\"},{\"type\":\"Strip\",\"content\":\" \","
                                        "\"start\":1,\"stop\":0}]}",
                                        ",\"byte_fallback\":true"));
    struct ft_enc e = {0};
    struct ft_str s = {0};

    (void)state;
    encode(tok, "aded", &e); /* the bytes of a run share its place */
    SAME_IDS(&e, 4, 10, 11, 10);
    for (size_t i = 1; i < 4; i++) {
        span_is(e.chars[i], 1, 4);
    }
    ft_tok_decode(tok, e.ids, e.n, 0, &s);
    assert_string_equal(ft_str_text(&s), "aded");
    encode(tok, "adxa", &e); /* x has no byte piece */
    SAME_IDS(&e, 4, 1, 5);
    ft_str_release(&s);
    ft_enc_release(&e);
    ft_tok_free(tok);
}

static void decoding(void **state)
{
    struct ft_tok *tok = load_text(TINY("null", METASPACE, METASPACE, ""));
    struct ft_str s = {0};

    (void)state;
    ft_tok_decode(tok, (const int32_t[]){4, 6, 4, 9, 2}, 5, FT_TOK_SKIP_SPECIAL, &s);
    assert_string_equal(ft_str_text(&s), "ab ac");
    ft_str_release(&s);
    ft_tok_free(tok);
}

static void same_as(const struct ft_tok *a, const struct ft_tok *b, const char *text, size_t n)
{
    struct ft_enc x = {0}, y = {0};
    ft_tok_encode(a, NULL, text, n, &x);
    ft_tok_encode(b, NULL, text, n, &y);
    if (x.n != y.n || (x.n && (memcmp(x.ids, y.ids, x.n * sizeof *x.ids) != 0 ||
                               memcmp(x.chars, y.chars, x.n * sizeof *x.chars) != 0))) {
        fail_msg("two ways differ for \"%.*s\"", (int)n, text);
    }
    ft_enc_release(&x);
    ft_enc_release(&y);
}

#define RULES                                                                                      \
    "{\"type\":\"Sequence\",\"normalizers\":["                                                     \
    "{\"type\":\"Replace\",\"pattern\":{\"Regex\":\"\\\\s{2,}|[\\\\n\\\\r\\\\t]\"},\"content\":"   \
    "\" \"},{\"type\":\"Strip\",\"strip_left\":true,\"strip_right\":true},"                        \
    "{\"type\":\"Lowercase\"}]}"
#define WORDS "{\"type\":\"WhitespaceSplit\"}"
/* A split at a character that no text has keeps words from the short cut. */
#define NO_SHORT_CUT                                                                               \
    "{\"type\":\"Split\",\"pattern\":{\"String\":\"\\u0001\"},\"behavior\":\"Isolated\","          \
    "\"invert\":false}"
#define STEPS(list) "{\"type\":\"Sequence\",\"pretokenizers\":[" list "]}"

/* The short cut for plain words against the same tokenizers without it. */
static void plain_words(void **state)
{
    static const char *const parts[] = {
        " ",        " ",         "  ",           "\t",       "\n",   "ab", "ABc", "b",   "c",
        "\xc3\xa9", "e\xcc\x81", "\xe2\x80\x8b", "\xc2\xa0", "</s>", MARK, "a",   "cab", "x-1"};
    struct ft_tok *fast = load_text(TINY(RULES, METASPACE, "null", ""));
    struct ft_tok *words = load_text(TINY(RULES, STEPS(WORDS "," METASPACE), "null", ""));
    struct ft_tok *slow = load_text(TINY(RULES, STEPS(NO_SHORT_CUT "," METASPACE), "null", ""));
    struct ft_tok *slow_words =
        load_text(TINY(RULES, STEPS(NO_SHORT_CUT "," WORDS "," METASPACE), "null", ""));
    struct ft_str s = {0};
    uint32_t random = 7;

    (void)state;
    for (uint32_t round = 0; round < 20000; round++) {
        ft_str_clear(&s);
        for (uint32_t i = 0; i < round % 14; i++) {
            random = random * 1664525u + 1013904223u;
            ft_str_addz(&s, parts[(random >> 16) % (sizeof parts / sizeof *parts)]);
        }
        same_as(fast, slow, ft_str_text(&s), s.len);
        same_as(words, slow_words, ft_str_text(&s), s.len);
    }
    ft_str_release(&s);
    ft_tok_free(fast);
    ft_tok_free(slow);
    ft_tok_free(words);
    ft_tok_free(slow_words);
}

/* A map with one rule, "b" -> "ac": units for the root, the byte and its value. */
static void charsmap(void **state)
{
    uint8_t map[4 + 4 * 256 + 6] = {0}, *unit = map + 4;
    struct ft_str json = {0}, text64 = {0};
    struct ft_enc e = {0};
    struct ft_tok *tok;

    (void)state;
    map[1] = 4; /* 256 units = 1024 bytes */
    /* root: offset 1 << 10; child at 1 ^ 'b': label, has a value, offset 2; value at that ^ 2 */
    unit[1] = 1 << 2;
    size_t at = 1 ^ 'b';
    unit[4 * at] = 'b';
    unit[4 * at + 1] = 1 | 2 << 2;
    unit[4 * (at ^ 2) + 3] = 0x80; /* value 0 */
    memcpy(map + 4 + 1024, "ac", 3);
    ft_base64_add(&text64, map, sizeof map);
    ft_str_addf(
        &json,
        TINY("{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"%s\"}", METASPACE, "null", ""),
        ft_str_text(&text64));
    tok = load_text(ft_str_text(&json));
    encode(tok, "bb", &e); /* acac */
    SAME_IDS(&e, 4, 9, 5, 9);
    span_is(e.chars[0], 0, 1);
    span_is(e.chars[1], 0, 1); /* both letters stand for the first b */
    span_is(e.chars[2], 1, 2);
    ft_tok_free(tok);
    map[1] = 9; /* an array longer than the file */
    ft_str_clear(&text64);
    ft_str_clear(&json);
    ft_base64_add(&text64, map, sizeof map);
    ft_str_addf(
        &json,
        TINY("{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"%s\"}", METASPACE, "null", ""),
        ft_str_text(&text64));
    load_fails(ft_str_text(&json), FT_FORMAT, "Precompiled");
    ft_str_release(&json);
    ft_str_release(&text64);
    ft_enc_release(&e);
}

static void splits(void **state)
{
    struct ft_tok *tok = load_text(TINY("{\"type\":\"Prepend\",\"prepend\":\"c\"}",
                                        "{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":"
                                        "\"Digits\",\"individual_digits\":true},{\"type\":"
                                        "\"Punctuation\"}]}",
                                        "null", ""));
    struct ft_enc e = {0};

    (void)state;
    encode(tok, "12,", &e); /* c | 1 | 2 | , */
    SAME_IDS(&e, 9, 1, 1, 1);
    span_is(e.chars[0], 0, 1);
    span_is(e.chars[3], 2, 3);
    ft_tok_free(tok);
    tok = load_text(TINY("null",
                         "{\"type\":\"Split\",\"pattern\":{\"String\":\"b\"},\"behavior\":"
                         "\"MergedWithPrevious\",\"invert\":false}",
                         "null", ""));
    encode(tok, "abbc", &e); /* ab | b | c */
    SAME_IDS(&e, 7, 6, 9);
    ft_tok_free(tok);
    tok = load_text(TINY("null",
                         "{\"type\":\"Split\",\"pattern\":{\"Regex\":\"b+\"},\"behavior\":"
                         "\"Removed\",\"invert\":false}",
                         "null", ""));
    encode(tok, "abbc", &e);
    SAME_IDS(&e, 5, 9);
    span_is(e.chars[1], 3, 4);
    ft_enc_release(&e);
    ft_tok_free(tok);
}

static void refused(void **state)
{
    (void)state;
    load_fails(TINY("{\"type\":\"Nmt\"}", METASPACE, "null", ""), FT_UNSUPPORTED, "Nmt");
    load_fails(TINY("{\"type\":\"Replace\",\"pattern\":{\"Regex\":\"(a|b)\"},\"content\":\"\"}",
                    METASPACE, "null", ""),
               FT_UNSUPPORTED, "(a|b)");
    load_fails(TINY("null", "{\"type\":\"UnicodeScripts\"}", "null", ""), FT_UNSUPPORTED,
               "UnicodeScripts");
    load_fails(TINY("null", METASPACE, "{\"type\":\"CTC\"}", ""), FT_UNSUPPORTED, "CTC");
    load_fails("{\"model\":{\"type\":\"Unigram\",\"unk_id\":7,\"vocab\":[[\"a\",0]]},"
               "\"pre_tokenizer\":null}",
               FT_FORMAT, "unk_id");
    load_fails("{\"model\":{\"type\":\"Unigram\",\"unk_id\":0,\"vocab\":[[\"a\",1e999]]}}",
               FT_FORMAT, "piece 0");
    load_fails("{\"model\":{\"type\":\"Unigram\",\"unk_id\":0,\"vocab\":[[\"a\"]]}}", FT_FORMAT,
               "entry 0");
}

/* BPE over characters: unknown ones in a row are one token with fuse_unk. */
static void character_bpe(void **state)
{
    static const char json[] =
        "{\"added_tokens\":[],\"normalizer\":null,\"pre_tokenizer\":{\"type\":\"Sequence\","
        "\"pretokenizers\":[{\"type\":\"WhitespaceSplit\"},{\"type\":\"Metaspace\",\"replacement\":"
        "\"" MARK "\",\"str_rep\":\"" MARK
        "\",\"add_prefix_space\":true}]},\"post_processor\":null,"
        "\"decoder\":{\"type\":\"Metaspace\",\"replacement\":\"" MARK
        "\",\"add_prefix_space\":true},\"model\":{\"dropout\":null,\"unk_token\":\"<unk>\","
        "\"continuing_subword_prefix\":null,\"end_of_word_suffix\":null,\"fuse_unk\":true,"
        "\"vocab\":{\"<unk>\":0,\"" MARK "\":1,\"a\":2,\"b\":3,\"ab\":4,\"" MARK "ab\":5},"
        "\"merges\":[\"a b\",\"" MARK " ab\"]}}";
    struct ft_tok *tok = load_text(json);
    struct ft_enc e = {0};
    struct ft_str s = {0};

    (void)state;
    encode(tok, "ab  xyab", &e);
    SAME_IDS(&e, 5, 1, 0, 4);
    span_is(e.chars[0], 0, 2);
    span_is(e.chars[2], 4, 6);
    ft_tok_decode(tok, (const int32_t[]){5, 5, 4}, 3, 0, &s);
    assert_string_equal(ft_str_text(&s), "ab abab");
    ft_str_release(&s);
    ft_enc_release(&e);
    ft_tok_free(tok);
}

static void base64(void **state)
{
    static const char *const pairs[][2] = {
        {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}};
    uint8_t *bytes;
    size_t n;

    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        struct ft_str s = {0};
        ft_base64_add(&s, (const uint8_t *)pairs[i][0], strlen(pairs[i][0]));
        assert_string_equal(ft_str_text(&s), pairs[i][1]);
        assert_true(ft_base64_decode(pairs[i][1], strlen(pairs[i][1]), &bytes, &n));
        assert_int_equal(n, strlen(pairs[i][0]));
        assert_memory_equal(bytes, pairs[i][0], n);
        free(bytes);
        ft_str_release(&s);
    }
    assert_false(ft_base64_decode("Zm9v!A==", 8, &bytes, &n));
    assert_false(ft_base64_decode("Z", 1, &bytes, &n));
    assert_null(bytes);
}

/* --- SentencePiece files --- */

static char *folder; /* of the test that runs */

static void remove_file(const char *name)
{
    char *path = ft_path_join(folder, name);
    unlink(path);
    free(path);
}

static void put_model(const char *name, const struct ft_spm *m)
{
    struct ft_str s = {0};
    char *path = ft_path_join(folder, name);
    ft_spm_write(m, &s);
    assert_int_equal(ft_file_write(path, s.data, s.len, NULL), FT_OK);
    ft_str_release(&s);
    free(path);
}

#define PIECE(text, score, kind)                                                                   \
    {                                                                                              \
        text, sizeof text - 1, score, kind                                                         \
    }

static struct ft_tok *load_folder(void)
{
    struct ft_tok *tok = NULL;
    struct ft_err err = {0};
    if (ft_tok_load(&tok, folder, &err)) fail_msg("%s", err.msg);
    return tok;
}

/* ALBERT: ids as in the file, quotes, case, a digit and a comma apart, user-defined pieces. */
static void albert_file(void **state)
{
    struct ft_spm_piece pieces[] = {
        PIECE("<pad>", 0, FT_SPM_CONTROL), PIECE("<unk>", 0, FT_SPM_UNKNOWN),
        PIECE("[CLS]", 0, FT_SPM_CONTROL), PIECE("[SEP]", 0, FT_SPM_CONTROL),
        PIECE("(", 0, FT_SPM_USER),        PIECE(MARK, -2, FT_SPM_NORMAL),
        PIECE("a", -3, FT_SPM_NORMAL),     PIECE(MARK "1,", -1, FT_SPM_NORMAL),
        PIECE("1", -4, FT_SPM_NORMAL),     PIECE(",", -4, FT_SPM_NORMAL),
        PIECE("\"", -4, FT_SPM_NORMAL),
    };
    struct ft_spm m = {
        .pieces = pieces, .n = sizeof pieces / sizeof *pieces, .kind = FT_SPM_UNIGRAM, .unk_id = 1};
    struct ft_enc e = {0};

    (void)state;
    folder = tmp_folder();
    put_model("spiece.model", &m);
    for (int saved = 0; saved < 2; saved++) {
        struct ft_tok *tok = load_folder();
        assert_string_equal(ft_tok_class(tok), "AlbertTokenizer");
        encode(tok, "\xc3\x81 1,(``", &e);
        SAME_IDS(&e, 5, 6, 5, 8, 9, 4, 5, 10);
        assert_int_equal(ft_tok_build(tok, NULL, "a", 1, "a", 1, NULL, &e, NULL), FT_OK);
        SAME_IDS(&e, 2, 5, 6, 3, 5, 6, 3);
        assert_int_equal(e.type_ids[3], 0);
        assert_int_equal(e.type_ids[6], 1);
        assert_int_equal(ft_tok_special_id(tok, FT_TOK_MASK), 11); /* not in the file */
        assert_int_equal(ft_tok_save(tok, folder, NULL), FT_OK);
        ft_tok_free(tok);
    }
    ft_enc_release(&e);
    tmp_remove(folder);
}

/* XLM-RoBERTa: shifted ids; then the file made anew out of tokenizer.json. */
static void shifted_file(void **state)
{
    struct ft_spm_piece pieces[] = {
        PIECE("<unk>", 0, FT_SPM_UNKNOWN), PIECE("<s>", 0, FT_SPM_CONTROL),
        PIECE("</s>", 0, FT_SPM_CONTROL),  PIECE(MARK, -2, FT_SPM_NORMAL),
        PIECE("a", -3, FT_SPM_NORMAL),     PIECE(MARK "a", -2.5f, FT_SPM_NORMAL),
    };
    struct ft_spm m = {
        .pieces = pieces, .n = sizeof pieces / sizeof *pieces, .kind = FT_SPM_UNIGRAM};
    struct ft_enc e = {0};

    (void)state;
    folder = tmp_folder();
    put_model("sentencepiece.bpe.model", &m);
    for (int saved = 0; saved < 3; saved++) {
        struct ft_tok *tok = load_folder();
        assert_string_equal(ft_tok_class(tok), "XLMRobertaTokenizer");
        assert_int_equal(ft_tok_build(tok, NULL, "aa", 2, "b\n<mask>", 8, NULL, &e, NULL), FT_OK);
        SAME_IDS(&e, 0, 6, 5, 2, 2, 4, 3, 7, 2);
        assert_int_equal(ft_tok_vocab_size(tok), 8);
        assert_int_equal(ft_tok_save(tok, folder, NULL), FT_OK);
        ft_tok_free(tok);
        if (saved == 0) {
            remove_file("sentencepiece.bpe.model"); /* now from tokenizer.json.. */
        } else {
            remove_file("tokenizer.json"); /* ..and then from the file that was made of it */
        }
    }
    ft_enc_release(&e);
    tmp_remove(folder);
}

/* A BPE file: merges follow from the pieces. */
static void bpe_file(void **state)
{
    struct ft_spm_piece pieces[] = {
        PIECE("<s>", 0, FT_SPM_CONTROL),  PIECE("<pad>", 0, FT_SPM_CONTROL),
        PIECE("</s>", 0, FT_SPM_CONTROL), PIECE("<unk>", 0, FT_SPM_UNKNOWN),
        PIECE("ab", 0, FT_SPM_NORMAL),    PIECE(MARK "ab", -1, FT_SPM_NORMAL),
        PIECE(MARK, -2, FT_SPM_NORMAL),   PIECE("a", -3, FT_SPM_NORMAL),
        PIECE("b", -4, FT_SPM_NORMAL),
    };
    struct ft_spm m = {
        .pieces = pieces, .n = sizeof pieces / sizeof *pieces, .kind = FT_SPM_BPE, .unk_id = 3};
    struct ft_enc e = {0};

    (void)state;
    folder = tmp_folder();
    put_model("sentencepiece.bpe.model", &m);
    put_file(folder, "tokenizer_config.json", "{\"tokenizer_class\":\"BarthezTokenizer\"}");
    struct ft_tok *tok = load_folder();
    assert_int_equal(ft_tok_model(tok), FT_TOK_BPE);
    encode(tok, "ab bab", &e);
    SAME_IDS(&e, 5, 6, 8, 4);
    ft_tok_free(tok);
    ft_enc_release(&e);
    tmp_remove(folder);
}

static void bad_files(void **state)
{
    struct ft_spm_piece pieces[] = {PIECE("<unk>", 0, FT_SPM_UNKNOWN),
                                    PIECE("a", -1, FT_SPM_NORMAL)};
    struct ft_spm m = {.pieces = pieces, .n = 2, .kind = FT_SPM_UNIGRAM}, back;
    struct ft_str s = {0};
    struct ft_err err = {0};

    (void)state;
    ft_spm_write(&m, &s);
    assert_int_equal(ft_spm_parse(&back, (uint8_t *)s.data, s.len, "x.model", &err), FT_OK);
    assert_int_equal(back.n, 2);
    ft_spm_release(&back);
    for (size_t n = 0; n < s.len; n++) { /* a part is a smaller model, or refused */
        if (ft_spm_parse(&back, (uint8_t *)s.data, n, "x.model", &err))
            assert_non_null(strstr(err.msg, "x.model"));
        else
            ft_spm_release(&back);
    }
    pieces[1].score = NAN;
    ft_str_clear(&s);
    ft_spm_write(&m, &s);
    assert_int_equal(ft_spm_parse(&back, (uint8_t *)s.data, s.len, "x.model", &err), FT_FORMAT);
    assert_non_null(strstr(err.msg, "piece 1"));
    pieces[1].score = 0;
    m.n = 1;
    ft_str_clear(&s);
    ft_spm_write(&m, &s);
    s.data[s.len - 1] = 127; /* a length beyond the end */
    ft_str_addc(&s, 0x1A);
    assert_int_equal(ft_spm_parse(&back, (uint8_t *)s.data, s.len, "x.model", &err), FT_FORMAT);
    ft_str_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(best_way), cmocka_unit_test(unknown),     cmocka_unit_test(byte_fallback),
        cmocka_unit_test(decoding), cmocka_unit_test(plain_words), cmocka_unit_test(charsmap),
        cmocka_unit_test(splits),   cmocka_unit_test(refused),     cmocka_unit_test(character_bpe),
        cmocka_unit_test(base64),   cmocka_unit_test(albert_file), cmocka_unit_test(shifted_file),
        cmocka_unit_test(bpe_file), cmocka_unit_test(bad_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* For the tests of tokenizers: small tokenizer.json texts and comparing encodings. */
#ifndef FT_TESTS_TOK_HELP_H
#define FT_TESTS_TOK_HELP_H

#include "data/files_help.h"
#include "data/tok.h"

/* Ids in order of the list: 0 [PAD] 1 [UNK] 2 [CLS] 3 [SEP] 4 [MASK] 5.. */
#define TINY_BERT(normalizer, added)                                                               \
    "{\"version\":\"1.0\",\"truncation\":{\"max_length\":2},\"padding\":null,\"added_tokens\":["   \
    "{\"id\":3,\"content\":\"[SEP]\",\"normalized\":false,\"special\":true}" added                 \
    "],\"normalizer\":" normalizer                                                                 \
    ",\"pre_tokenizer\":{\"type\":\"BertPreTokenizer\"},\"post_processor\":{\"type\":"             \
    "\"BertProcessing\",\"sep\":[\"[SEP]\",3],\"cls\":[\"[CLS]\",2]},\"decoder\":{\"type\":"       \
    "\"WordPiece\",\"prefix\":\"##\",\"cleanup\":true},\"model\":{\"type\":\"WordPiece\","         \
    "\"unk_token\":\"[UNK]\",\"continuing_subword_prefix\":\"##\",\"max_input_chars_per_word\":8," \
    "\"vocab\":{\"[PAD]\":0,\"[UNK]\":1,\"[CLS]\":2,\"[SEP]\":3,\"[MASK]\":4,\"play\":5,"          \
    "\"##ing\":6,\"##ed\":7,\"the\":8,\"!\":9,\"cafe\":10,\"i\":11,\"\xe7\x94\x9f\":12,"           \
    "\"##s\":13,\"[\":14,\"]\":15,\"sep\":16,\"'\":17}}}"
#define BERT_NORMALIZER                                                                            \
    "{\"type\":\"BertNormalizer\",\"clean_text\":true,\"handle_chinese_chars\":true,"              \
    "\"strip_accents\":null,\"lowercase\":true}"

static inline struct ft_tok *load_text(const char *json)
{
    struct ft_tok *tok = NULL;
    struct ft_err err = {0};

    if (ft_tok_load_json(&tok, json, strlen(json), "test", &err)) {
        fail_msg("%s", err.msg);
    }
    return tok;
}

/* Loading must fail with this status and a text that holds `what`. */
static inline void load_fails(const char *json, enum ft_status status, const char *what)
{
    struct ft_tok *tok = NULL;
    struct ft_err err = {0};

    assert_int_equal(ft_tok_load_json(&tok, json, strlen(json), "test.json", &err), status);
    assert_null(tok);
    if (!strstr(err.msg, what) || !strstr(err.msg, "test.json")) {
        fail_msg("the error says: %s", err.msg);
    }
}

static inline void same_ids(const struct ft_enc *e, const int32_t *ids, size_t n)
{
    assert_int_equal(e->n, n);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(e->ids[i], ids[i]);
    }
}
#define SAME_IDS(e, ...)                                                                           \
    same_ids(e, (const int32_t[]){__VA_ARGS__}, sizeof((int32_t[]){__VA_ARGS__}) / sizeof(int32_t))

static inline void span_is(struct ft_span s, uint32_t start, uint32_t end)
{
    assert_int_equal(s.start, start);
    assert_int_equal(s.end, end);
}

static inline void put_file(const char *dir, const char *name, const char *text)
{
    char *path = ft_path_join(dir, name);

    assert_int_equal(ft_file_write(path, text, strlen(text), NULL), FT_OK);
    free(path);
}

#endif

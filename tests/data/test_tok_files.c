/* Tokenizers from folders of older files, saved and loaded again, learned; and broken folders. */
#include "data/tok_help.h"

#include "data/vocab_train.h"

#include <unistd.h>

static void same_tokenizer(const struct ft_tok *a, const struct ft_tok *b, const char *text)
{
    struct ft_enc x = {0}, y = {0};
    struct ft_err err = {0};

    assert_int_equal(ft_tok_build(a, NULL, text, strlen(text), "the", 3, NULL, &x, &err), FT_OK);
    assert_int_equal(ft_tok_build(b, NULL, text, strlen(text), "the", 3, NULL, &y, &err), FT_OK);
    same_ids(&y, x.ids, x.n);
    assert_memory_equal(x.type_ids, y.type_ids, x.n);
    assert_memory_equal(x.chars, y.chars, x.n * sizeof *x.chars);
    for (int i = 0; i < FT_TOK_SPECIALS; i++) {
        assert_int_equal(ft_tok_special_id(a, (enum ft_tok_special)i),
                         ft_tok_special_id(b, (enum ft_tok_special)i));
    }
    assert_string_equal(ft_tok_class(a), ft_tok_class(b));
    assert_int_equal(ft_tok_max_length(a), ft_tok_max_length(b));
    ft_enc_release(&x);
    ft_enc_release(&y);
}

/* Saves, loads from all files and from the older ones alone. */
static void comes_back(const struct ft_tok *tok, const char *text)
{
    char *dir = tmp_folder();
    struct ft_tok *back = NULL;
    struct ft_err err = {0};

    if (ft_tok_save(tok, dir, &err) || ft_tok_load(&back, dir, &err)) {
        fail_msg("%s", err.msg);
    }
    same_tokenizer(tok, back, text);
    ft_tok_free(back);
    char *json = ft_path_join(dir, "tokenizer.json");
    assert_int_equal(unlink(json), 0);
    free(json);
    if (ft_tok_load(&back, dir, &err)) {
        fail_msg("%s", err.msg);
    }
    same_tokenizer(tok, back, text);
    ft_tok_free(back);
    tmp_remove(dir);
}

static void vocab_txt(void **state)
{
    char *dir = tmp_folder();
    struct ft_tok *tok = NULL;
    struct ft_err err = {0};

    (void)state;
    put_file(dir, "vocab.txt", "[PAD]\r\n[UNK]\r\n[CLS]\n[SEP]\n[MASK]\nthe\n##s\nThe");
    put_file(dir, "tokenizer_config.json",
             "{\"tokenizer_class\":\"DistilBertTokenizerFast\",\"model_max_length\":64,"
             "\"do_lower_case\":false}");
    assert_int_equal(ft_tok_load(&tok, dir, &err), FT_OK);
    assert_string_equal(ft_tok_class(tok), "DistilBertTokenizer");
    assert_int_equal(ft_tok_max_length(tok), 64);
    assert_false(ft_tok_lowercases(tok));
    assert_int_equal(ft_tok_id(tok, "The", 3), 7);
    assert_int_equal(ft_tok_special_id(tok, FT_TOK_MASK), 4);
    comes_back(tok, "The the thes [SEP] THE");
    ft_tok_free(tok);
    tmp_remove(dir);
}

static void learned(void **state)
{
    static const char *const classes[] = {"BertTokenizer", "RobertaTokenizer", "GPT2Tokenizer"};
    const char *text = "the theme of the theatre: the thesis, there! caf\xc3\xa9s and caf\xc3\xa9";

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct ft_vocab_train_opt opt = {.class_name = classes[i],
                                         .vocab_size = i ? 280 : 45,
                                         .min_frequency = 1,
                                         .max_length = 32};
        struct ft_tok *tok = NULL;
        struct ft_err err = {0};
        int32_t the;
        for (int twice = 0; twice < 2; twice++) {
            struct ft_vocab_train *l = ft_vocab_train_new(&opt);
            ft_tok_free(tok);
            ft_vocab_train_add(l, text, strlen(text));
            assert_int_equal(ft_vocab_train_finish(l, &tok, &err), FT_OK);
        }
        assert_int_equal(ft_tok_vocab_size(tok), opt.vocab_size);
        the = ft_tok_id(tok, i ? "\xc4\xa0the" : "the", i ? 5 : 3);
        assert_true(the >= 0);
        comes_back(tok, "the others' caf\xc3\xa9s <mask> [MASK]</s>");
        ft_tok_free(tok);
    }
    struct ft_vocab_train_opt opt = {.class_name = "BertTokenizer", .vocab_size = 10};
    struct ft_vocab_train *l = ft_vocab_train_new(&opt);
    struct ft_tok *tok = NULL;
    struct ft_err err = {0};
    ft_vocab_train_add(l, text, strlen(text));
    assert_int_equal(ft_vocab_train_finish(l, &tok, &err), FT_USAGE);
    assert_non_null(strstr(err.msg, "vocab_size"));
    assert_null(tok);
    assert_int_equal(ft_vocab_train_finish(ft_vocab_train_new(&opt), &tok, &err), FT_USAGE);
}

static void dir_fails(const char *dir, enum ft_status status, const char *what)
{
    struct ft_tok *tok = NULL;
    struct ft_err err = {0};

    assert_int_equal(ft_tok_load(&tok, dir, &err), status);
    assert_null(tok);
    if (!strstr(err.msg, what)) {
        fail_msg("the error says: %s", err.msg);
    }
}

static void broken(void **state)
{
    char *dir = tmp_folder();

    (void)state;
    dir_fails(dir, FT_NOTFOUND, "tokenizer.json");
    put_file(dir, "vocab.json", "{\"a\":0,\"b\":1,\"ab\":2}");
    dir_fails(dir, FT_NOTFOUND, "merges.txt");
    put_file(dir, "merges.txt", "#version: 0.2\na b\na c\n");
    dir_fails(dir, FT_FORMAT, "merges.txt: line 3");
    put_file(dir, "merges.txt", "#version: 0.2\nab\n");
    dir_fails(dir, FT_FORMAT, "line 2");
    put_file(dir, "vocab.json", "{\"a\":\"0\"}");
    dir_fails(dir, FT_FORMAT, "vocab.json");
    put_file(dir, "vocab.txt", "a\nb\n");
    dir_fails(dir, FT_FORMAT, "unknown token");
    put_file(dir, "tokenizer_config.json", "[1]");
    dir_fails(dir, FT_FORMAT, "tokenizer_config.json");
    put_file(dir, "tokenizer.json", "{");
    dir_fails(dir, FT_FORMAT, "tokenizer.json");
    tmp_remove(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vocab_txt),
        cmocka_unit_test(learned),
        cmocka_unit_test(broken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

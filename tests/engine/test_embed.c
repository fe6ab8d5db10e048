/* Vectors of texts against sentence-transformers (tests/reference/embed): pooling modes, dense
 * layers, length, lower case, prompts, the old layout, models without any of it; files as JSONL and
 * as numpy arrays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "data/read.h"
#include "engine/model/pooling.h"
#include "engine/predict/embed.h"
#include "engine/predict/embed_file.h"
#include "engine_test.h"
#include "reference_case.h"
#include "shared.h"
#include "util/mem.h"

#include <unistd.h>

#define CASES REFERENCE "embed"

/* Links the files of `from` and of its folders into the folder `to`. */
static void link_tree(const char *from, const char *to)
{
    char **names;
    size_t n;
    struct ft_err err = {0};
    assert_int_equal(ft_mkdirs(to, &err), FT_OK);
    assert_int_equal(ft_dir_list(from, &names, &n, &err), FT_OK);
    for (size_t i = 0; i < n; i++) {
        char *a = ft_path_join(from, names[i]), *b = ft_path_join(to, names[i]);
        if (ft_path_is_dir(a))
            link_tree(a, b);
        else
            assert_int_equal(symlink(a, b), 0);
        free(a);
        free(b);
    }
    ft_names_free(names, n);
}

/* The case's files around its model, in the scratch folder. free() the path. */
static char *build(const char *dir)
{
    char *model = reference_field(dir, "case.json", "model"),
         *below = reference_field(dir, "case.json", "below"),
         *whole = in_scratch(ft_path_base(dir)),
         *from = ft_xprintf(REFERENCE "nets/%s/model", model), *to = ft_path_join(whole, below);
    link_tree(dir, whole);
    link_tree(from, to);
    free(model);
    free(below);
    free(from);
    free(to);
    return whole;
}

static struct ft_embedder *open_model(const char *path)
{
    struct ft_options o;
    struct ft_err err = {0};
    struct ft_embedder *e = NULL;
    ft_options_init(&o);
    if (ft_embedder_open(&e, path, &o, &err)) fail_msg("%s", err.msg);
    ft_options_release(&o);
    return e;
}

/* All texts of `lines` together, and the first one by itself. */
static void check_vectors(struct ft_embedder *e, const char *path, double bar)
{
    struct reference_lines lines = reference_read(path);
    size_t size = ft_embedder_size(e), n;
    struct ft_err err = {0};
    struct ft_text *texts = ft_xcalloc(lines.n, sizeof *texts);
    float *got = ft_xcalloc((lines.n + 1) * size, sizeof *got);
    for (size_t i = 0; i < lines.n; i++) {
        texts[i].data = reference_str(lines.rows[i], "text");
        texts[i].n = strlen(texts[i].data);
    }
    if (ft_embed(e, texts, lines.n, got, NULL, &err) ||
        ft_embed(e, texts, 1, got + lines.n * size, NULL, &err))
        fail_msg("%s", err.msg);
    for (size_t i = 0; i <= lines.n; i++) {
        double *want = reference_array(lines.rows[i % lines.n], "embedding", &n);
        assert_int_equal(n, size);
        for (size_t c = 0; c < size; c++) {
            double x = (double)got[i * size + c];
            if (!(fabs(x - want[c]) <= bar * fmax(1, fabs(want[c]))))
                fail_msg("%s: text %zu, number %zu: %.9g, expected %.9g", path, i, c, x, want[c]);
        }
        free(want);
    }
    free(got);
    free(texts);
    reference_release(&lines);
}

static void test_cases(void **state)
{
    char **names;
    size_t n, cases = 0;
    struct ft_err err = {0};
    (void)state;
    assert_int_equal(ft_dir_list(CASES, &names, &n, &err), FT_OK);
    for (size_t i = 0; i < n; i++) {
        char *dir = ft_path_join(CASES, names[i]), *path = ft_path_join(dir, "vectors.jsonl");
        if (ft_path_is_dir(dir)) {
            char *whole = build(dir);
            struct ft_embedder *e = open_model(whole);
            check_vectors(e, path, 1e-6);
            ft_embedder_free(e);
            free(whole);
            cases++;
        }
        free(path);
        free(dir);
    }
    ft_names_free(names, n);
    assert_int_equal(cases, 12);
}

static void test_minilm(void **state)
{
    (void)state;
    SHARED_OR_SKIP(model, "models/minilm-l6");
    struct ft_embedder *e = open_model(model);
    assert_int_equal(ft_embedder_size(e), 384);
    check_vectors(e, CASES "/minilm-l6.jsonl", 1e-6);
    ft_embedder_free(e);
    free(model);
}

/* More texts than one batch takes: each vector is the one that the text has alone. */
static void test_batches(void **state)
{
    enum { TEXTS = 1500 };
    struct ft_embedder *e = open_model(REFERENCE "nets/bert-mlm/model");
    size_t size = ft_embedder_size(e);
    static struct ft_text texts[TEXTS];
    static char words[TEXTS][64];
    struct ft_err err = {0};
    (void)state;
    float *got = ft_xcalloc(TEXTS * size, sizeof *got), *one = ft_xcalloc(size, sizeof *one);
    for (size_t i = 0; i < TEXTS; i++) {
        int len = snprintf(words[i], sizeof words[i], "%.*s%zu", (int)(i % 40),
                           "the library is open on monday and tuesday.. ", i);
        texts[i] = (struct ft_text){words[i], (size_t)len};
    }
    assert_int_equal(ft_embed(e, texts, TEXTS, got, NULL, &err), FT_OK);
    assert_int_equal(ft_embedder_seen(e).texts, TEXTS);
    for (size_t i = 0; i < TEXTS; i += 97) {
        assert_int_equal(ft_embed(e, texts + i, 1, one, NULL, &err), FT_OK);
        double length = 0;
        for (size_t c = 0; c < size; c++) {
            length += (double)one[c] * (double)one[c];
            assert_true(fabs((double)(one[c] - got[i * size + c])) < 1e-6);
        }
        assert_true(fabs(length - 1) < 1e-6);
    }
    ft_embedder_free(e);
    free(got);
    free(one);
}

/* An empty text of a model that puts nothing around it; a length that is asked for. */
static void test_empty_and_short(void **state)
{
    struct ft_options o;
    struct ft_err err = {0};
    struct ft_embedder *e = NULL;
    (void)state;
    ft_options_init(&o);
    set(&o, "max_seq_length", "5");
    assert_int_equal(ft_embedder_open(&e, REFERENCE "nets/gpt2-clm/model", &o, &err), FT_OK);
    assert_int_equal(ft_embedder_max_tokens(e), 5);
    struct ft_text texts[] = {{NULL, 0}, {"a book about the harbour", 24}};
    size_t size = ft_embedder_size(e);
    float *v = ft_xcalloc(2 * size, sizeof *v);
    v[0] = 1;
    assert_int_equal(ft_embed(e, texts, 2, v, NULL, &err), FT_OK);
    double sum = 0;
    for (size_t c = 0; c < size; c++) {
        assert_true(v[c] == 0);
        sum += fabs((double)v[size + c]);
    }
    assert_true(sum > 0);
    assert_int_equal(ft_embedder_seen(e).empty, 1);
    assert_int_equal(ft_embedder_seen(e).truncated, 1);
    assert_int_equal(ft_embedder_seen(e).tokens, 5);
    free(v);
    ft_embedder_free(e);
    ft_options_release(&o);
}

static void write_text(const char *dir, const char *name, const char *text)
{
    struct ft_err err = {0};
    char *path = ft_path_join(dir, name), *up = ft_path_dir(path);
    assert_int_equal(ft_mkdirs(up, &err), FT_OK);
    assert_int_equal(ft_file_write(path, text, strlen(text), &err), FT_OK);
    free(up);
    free(path);
}

#define MODULES(pooling) "[{\"path\":\"\",\"type\":\"x.Transformer\"}," pooling "]"
#define POOLING          MODULES("{\"path\":\"1_Pooling\",\"type\":\"x.Pooling\"}")
#define THEN(m)                                                                                    \
    MODULES("{\"path\":\"1_Pooling\",\"type\":\"x.Pooling\"},{\"path\":\"2_D\",\"type\":\"x." m    \
            "\"}")

/* Files that are broken, or ask for what fettle has not: one line that names the file. */
static void test_bad_modules(void **state)
{
    static const struct {
        const char *modules, *pooling, *dense, *said;
        enum ft_status code;
    } cases[] = {
        {"{}", "{}", "{}", "expected a list of modules", FT_FORMAT},
        {"[", "{}", "{}", "modules.json", FT_FORMAT},
        {"[]", "{}", "{}", "Transformer and Pooling", FT_UNSUPPORTED},
        {"[{\"path\":\"\",\"type\":\"x.Transformer\"}]", "{}", "{}", "Transformer and Pooling",
         FT_UNSUPPORTED},
        {MODULES("{\"path\":\"1\",\"type\":\"x.LSTM\"}"), "{}", "{}", "module 2 is LSTM",
         FT_UNSUPPORTED},
        {MODULES("{\"path\":\"../up\",\"type\":\"x.Pooling\"}"), "{}", "{}", "leaves the folder",
         FT_FORMAT},
        {MODULES("{\"path\":\"none\",\"type\":\"x.Pooling\"}"), "{}", "{}", "none/config.json",
         FT_NOTFOUND},
        {POOLING, "{\"pooling_mode\":\"best\"}", "{}", "pooling_mode best", FT_UNSUPPORTED},
        {POOLING, "{\"pooling_mode\":7}", "{}", "pooling_mode", FT_UNSUPPORTED},
        {POOLING, "{\"pooling_mode_cls_token\":3}", "{}", "pooling_mode_cls_token", FT_FORMAT},
        {THEN("Dense"), "{}", "{}", "in_features", FT_FORMAT},
        {THEN("Dense"), "{}", "{\"in_features\":20,\"out_features\":1e9}", "out_features",
         FT_FORMAT},
        {THEN("Dense"), "{}",
         "{\"in_features\":20,\"out_features\":3,\"activation_function\":\"x.GELU\"}",
         "activation_function", FT_UNSUPPORTED},
        {THEN("Dense"), "{}", "{\"in_features\":19,\"out_features\":3}", "in_features is 19",
         FT_FORMAT},
        {THEN("Dense"), "{}", "{\"in_features\":20,\"out_features\":3}", "2_D", FT_NOTFOUND},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ft_options o;
        struct ft_err err = {0};
        struct ft_embedder *e = NULL;
        char *name = ft_xprintf("bad-%zu", i), *dir = in_scratch(name);
        link_tree(REFERENCE "nets/bert-mlm/model", dir);
        write_text(dir, "modules.json", cases[i].modules);
        write_text(dir, "1_Pooling/config.json", cases[i].pooling);
        write_text(dir, "2_D/config.json", cases[i].dense);
        ft_options_init(&o);
        enum ft_status st = ft_embedder_open(&e, dir, &o, &err);
        if (st != cases[i].code || !strstr(err.msg, cases[i].said))
            fail_msg("case %zu: %d %s", i, (int)st, err.msg);
        ft_options_release(&o);
        free(name);
        free(dir);
    }
}

/* --- files --- */

static struct ft_embed_done embed_file(const char *input, const char *output)
{
    struct ft_options o;
    struct ft_err err = {0};
    struct ft_embed_done done;
    ft_options_init(&o);
    struct ft_embed_file f = {
        .model = REFERENCE "nets/bert-mlm/model", .o = &o, .input = input, .output = output};
    if (ft_embed_file(&f, &done, NULL, &err)) fail_msg("%s", err.msg);
    ft_options_release(&o);
    return done;
}

/* The same numbers in both forms; an array's header says what is in it. */
static void test_forms(void **state)
{
    enum { ROWS = 600, SIZE = 20, HEADER = 128 };
    struct ft_str s = {0};
    struct ft_err err = {0};
    (void)state;
    ft_str_addz(&s, "label,text\n");
    for (int i = 0; i < ROWS; i++)
        ft_str_addf(&s, "%c,%s number %d about the library\n", 'a' + i % 2,
                    i == 3 ? "\"a, \"\"b\"\"\"" : "a text", i);
    char *input = in_scratch("rows.csv"), *jsonl = in_scratch("v.jsonl"),
         *npy = in_scratch("v.npy");
    assert_int_equal(ft_file_write(input, s.data, s.len, &err), FT_OK);
    struct ft_embed_done done = embed_file(input, npy);
    assert_int_equal(done.rows, ROWS);
    assert_int_equal(done.size, SIZE);
    embed_file(input, jsonl);
    struct reference_lines lines = reference_read(jsonl);
    assert_int_equal(lines.n, ROWS);
    assert_string_equal(reference_str(lines.rows[4], "text"), "a text number 4 about the library");
    char *bytes;
    size_t n, size;
    assert_int_equal(ft_file_read(npy, 1 << 20, &bytes, &n, &err), FT_OK);
    assert_int_equal(n, HEADER + ROWS * SIZE * 4);
    assert_memory_equal(bytes, "\x93NUMPY\x01\x00\x76\x00", 10);
    assert_memory_equal(bytes + 10,
                        "{'descr': '<f4', 'fortran_order': False, 'shape': (600, 20), } ", 63);
    assert_int_equal(bytes[HEADER - 1], '\n');
    for (size_t i = 0; i < ROWS; i++) {
        double *v = reference_array(lines.rows[i], "embedding", &size);
        assert_int_equal(size, SIZE);
        for (size_t c = 0; c < SIZE; c++) {
            float x;
            memcpy(&x, bytes + HEADER + (i * SIZE + c) * 4, sizeof x);
            assert_true((float)v[c] == x);
        }
        free(v);
    }
    free(bytes);
    reference_release(&lines);
    ft_str_release(&s);
    free(input);
    free(jsonl);
    free(npy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),       cmocka_unit_test(test_minilm),
        cmocka_unit_test(test_batches),     cmocka_unit_test(test_empty_and_short),
        cmocka_unit_test(test_bad_modules), cmocka_unit_test(test_forms),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}

/* Files of torch.save: values against formulas, every cut and flipped byte, pickles that name what
 * they may not. The files in tests/reference/pytorch are made by tools/make_pytorch_files.py. */
#include "data/foreign.h"
#include "data/pt_pickle.h"
#include "data/safetensors.h"
#include "data/files_help.h"

#include <math.h>

#define FOLDER "tests/reference/pytorch/"

static void check_values(const struct ft_st *st, const char *name, size_t rank, size_t count,
                         enum ft_dtype dtype, bool strided, bool ones)
{
    struct ft_err err = {0};
    float got[64];
    const struct ft_st_tensor *t = ft_st_find(st, name);
    if (!t) fail_msg("no tensor %s", name);
    assert_int_equal(t->rank, rank);
    assert_int_equal(t->count, count);
    assert_int_equal(t->dtype, dtype);
    assert_int_equal(t->strided, strided);
    assert_true(count <= 64);
    assert_ok(ft_st_read_f32(st, t, got, &err), err);
    for (size_t i = 0; i < count; i++) {
        float want = ones ? 1.0f : (float)i / 4 + 1;
        if (got[i] != want) fail_msg("%s[%zu] is %g, expected %g", name, i, got[i], want);
    }
}

static void check_whole(const struct ft_st *st)
{
    struct ft_err err = {0};
    assert_int_equal(ft_st_count(st), 16);
    assert_true(ft_st_is_pytorch(st));
    check_values(st, "f32", 2, 12, FT_DTYPE_F32, false, false);
    check_values(st, "f16", 2, 10, FT_DTYPE_F16, false, false);
    check_values(st, "bf16", 2, 10, FT_DTYPE_BF16, false, false);
    check_values(st, "f64", 1, 7, FT_DTYPE_F64, false, false);
    check_values(st, "number", 0, 1, FT_DTYPE_F32, false, false);
    check_values(st, "empty", 2, 0, FT_DTYPE_F32, false, false);
    check_values(st, "transposed", 2, 12, FT_DTYPE_F32, true, false);
    check_values(st, "permuted", 3, 24, FT_DTYPE_F32, true, false);
    check_values(st, "view", 2, 12, FT_DTYPE_F32, false, false);
    check_values(st, "columns", 2, 12, FT_DTYPE_F32, true, false);
    check_values(st, "expanded", 2, 12, FT_DTYPE_F32, true, true);
    check_values(st, "tied", 2, 12, FT_DTYPE_F32, false, false);
    check_values(st, "parameter", 2, 4, FT_DTYPE_F32, false, false);
    assert_int_equal(ft_st_find(st, "tied")->offset, ft_st_find(st, "f32")->offset);
    int64_t whole[5];
    assert_ok(ft_st_read_i64(st, ft_st_find(st, "i64"), whole, &err), err);
    for (int i = 0; i < 5; i++)
        assert_int_equal(whole[i], i);
    assert_int_equal(ft_st_read_f32(st, ft_st_find(st, "u8"), (float[5]){0}, &err), FT_UNSUPPORTED);
    assert_non_null(strstr(err.msg, "quantised"));
    err = (struct ft_err){0};
    assert_ok(ft_st_verify(st, &err), err);
}

static void test_forms(void **state)
{
    (void)state;
    static const char *const files[] = {"zip.bin", "legacy.bin", "plain-dict.bin", "checkpoint.bin",
                                        "checkpoint-legacy.bin"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct ft_err err = {0};
        struct ft_st *st = NULL;
        char *path = ft_path_join(FOLDER, files[i]);
        assert_ok(ft_st_open(&st, path, &err), err);
        check_whole(st);
        ft_st_close(st);
        free(path);
    }
}

static void test_refused_files(void **state)
{
    (void)state;
    static const struct {
        const char *file, *part;
    } rows[] = {
        {"quantised.bin", "torch._utils._rebuild_qtensor (a quantised tensor)"},
        {"module.bin", "torch.nn.modules.linear.Linear"},
        {"list.bin", "no state dict"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ft_err err = {0};
        struct ft_st *st = NULL;
        char *path = ft_path_join(FOLDER, rows[i].file);
        assert_fails(ft_st_open(&st, path, &err), FT_UNSUPPORTED, err, rows[i].part);
        free(path);
    }
}

/* Bytes in exactly-sized memory, so that the sanitizer sees a read beyond their end. */
static enum ft_status open_copy(const char *data, size_t n, struct ft_err *err)
{
    struct ft_st *st = NULL;
    char *copy = malloc(n ? n : 1);
    assert_non_null(copy);
    memcpy(copy, data, n);
    enum ft_status code = ft_st_open_mem(&st, copy, n, "x.bin", err);
    for (size_t i = 0; !code && i < ft_st_count(st); i++) {
        const struct ft_st_tensor *t = ft_st_at(st, i);
        float values[256];
        if (t->count <= 256 && ft_dtype_is_float(t->dtype)) ft_st_read_f32(st, t, values, err);
    }
    ft_st_close(st);
    free(copy);
    return code;
}

/* A flipped bit in a storage is noticed by its CRC-32; a member without one is not compared. */
static void test_checksums(void **state)
{
    (void)state;
    static const char first[] = "\x00\x00\x80\x3f\x00\x00\xa0\x3f"; /* 1, 1.25 */
    static const uint8_t sum[] = {0xee, 0xdf, 0xdd, 0x28};          /* of data/0 */
    struct ft_err err = {0};
    struct ft_st *st = NULL;
    char *data, *dir = tmp_folder(), *path = ft_path_join(dir, "flipped.bin");
    size_t n;
    assert_ok(ft_file_read(FOLDER "zip.bin", 1 << 20, &data, &n, &err), err);
    char *values = memmem(data, n, first, sizeof first - 1);
    assert_non_null(values);
    for (int with_sums = 1; with_sums >= 0; with_sums--) {
        values[2] ^= 1;
        assert_ok(ft_file_write(path, data, n, &err), err);
        assert_ok(ft_st_open(&st, path, &err), err);
        assert_int_equal(ft_st_verify(st, &err), with_sums ? FT_FORMAT : FT_OK);
        if (with_sums) assert_non_null(strstr(err.msg, "checksum of its zip/data/0 is wrong"));
        ft_st_close(st);
        err = (struct ft_err){0};
        values[2] ^= 1;
        size_t at = 0;
        for (char *p; (p = memmem(data + at, n - at, sum, sizeof sum)); at = (size_t)(p - data) + 4)
            memset(p, 0, sizeof sum);
    }
    free(path);
    free(data);
    tmp_remove(dir);
}

static void test_cuts_and_flips(void **state)
{
    (void)state;
    static const char *const files[] = {FOLDER "zip.bin", FOLDER "legacy.bin"};
    for (size_t f = 0; f < 2; f++) {
        struct ft_err err = {0};
        char *data;
        size_t n;
        assert_ok(ft_file_read(files[f], 1 << 20, &data, &n, &err), err);
        for (size_t cut = 0; cut < n; cut++) {
            err = (struct ft_err){0};
            if (!open_copy(data, cut, &err)) fail_msg("%s: cut at %zu is read", files[f], cut);
            assert_true(err.msg[0] && !strchr(err.msg, '\n'));
        }
        for (size_t i = 0; i < n; i++) {
            static const uint8_t masks[] = {0x01, 0x80, 0xff, 0x10};
            for (size_t k = 0; k < sizeof masks; k++) {
                data[i] = (char)((uint8_t)data[i] ^ masks[k]);
                open_copy(data, n, &err); /* either way, without a crash */
                data[i] = (char)((uint8_t)data[i] ^ masks[k]);
            }
        }
        assert_ok(open_copy(data, n, &err), err);
        free(data);
    }
}

/* clang-format off */
static const struct {
    const char *text;
    size_t n;
    enum ft_status code;
    const char *part;
} pickles[] = {
#define P(text, code, part) {text, sizeof text - 1, FT_##code, part}
    P("cposix\nsystem\n(S'touch x'\ntR.", UNSUPPORTED, "posix.system"),
    P("\x80\x02" "cos\nsystem\n.", UNSUPPORTED, "os.system"),
    P("\x80\x04\x8c\x08" "builtins\x8c\x04" "eval\x93.", UNSUPPORTED, "builtins.eval"),
    P("(S'x'\niposix\nsystem\n.", UNSUPPORTED, "posix.system"),
    P("ctorch\nload\n.", UNSUPPORTED, "torch.load"),
    P("ctorch._utils\n_rebuild_tensor\n.", UNSUPPORTED, "torch._utils._rebuild_tensor"),
    P("ctorch.evil.x\nFloatStorage\n.", UNSUPPORTED, "torch.evil.x.FloatStorage"),
    P("ctorch\nStorage\n.", UNSUPPORTED, "torch.Storage"),
    P("ctorchx\nFloatStorage\n.", UNSUPPORTED, "torchx.FloatStorage"),
    P("ccollections\nOrderedDict.__init__\n.", UNSUPPORTED, "OrderedDict.__init__"),
    P("ctorch\nFloatStorage\n)R.", UNSUPPORTED, "torch.FloatStorage"),
    P("ccollections\nOrderedDict\n)\x81.", FORMAT, "instruction 0x81"),
    P("\x80\x02\x82\x01.", FORMAT, "instruction 0x82"),
    P("ccollections\nOrderedDict\n(K\x01tR.", FORMAT, "not a list of pairs"),
    P("N", FORMAT, "ends before its STOP"),
    P(".", FORMAT, "the stack is empty"),
    P("(.", FORMAT, "the stack is empty"),
    P("t.", FORMAT, "a mark is missing"),
    P("}K\x01s.", FORMAT, "not a dict"),
    P("}s.", FORMAT, "the stack is empty"),
    P("}(K\x01u.", FORMAT, "not a dict"),
    P("K\x01(K\x02" "e.", FORMAT, "not a list"),
    P("NN\x85" "b.", FORMAT, "attributes"),
    P("K\x01Q.", FORMAT, "does not describe a storage"),
    P("X\xff\xff\xff\x7f" "a.", FORMAT, "ends inside an instruction"),
    P("\x8d\xff\xff\xff\xff\xff\xff\xff\xff" "a.", FORMAT, "ends inside an instruction"),
    P("\x8b\xff\xff\xff\xff.", FORMAT, "ends inside an instruction"),
    P("h\x07.", FORMAT, "no such memo entry"),
    P("Nr\xff\xff\xff\xff.", FORMAT, "the memo is too large"),
    P("I12x\n.", FORMAT, "not a whole number"),
    P("I99999999999999999999\n.", FORMAT, "not a whole number"),
    P("S'x\n.", FORMAT, "a string without quotes"),
    P("cposix", FORMAT, "an unterminated line"),
#undef P
};
/* clang-format on */

static void test_pickles(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof pickles / sizeof *pickles; i++) {
        struct ft_arena arena = {0};
        struct ft_err err = {0};
        struct ft_pt_value *v;
        enum ft_status code = ft_pt_pickle((const uint8_t *)pickles[i].text, pickles[i].n, "x.bin",
                                           &arena, &v, NULL, NULL, &err);
        if (code != pickles[i].code || !strstr(err.msg, pickles[i].part))
            fail_msg("row %zu: status %d \"%s\", expected \"%s\"", i, code, err.msg,
                     pickles[i].part);
        ft_arena_release(&arena);
    }
}

static void test_values(void **state)
{
    (void)state;
    static const char text[] = "\x80\x02}q\x00(X\x01\x00\x00\x00"
                               "aJ\xff\xff\xff\xffX\x01\x00\x00\x00"
                               "b\x8a\x02\x00\x80X\x01\x00\x00\x00"
                               "c]q\x01(K\x01\x88NeX\x01\x00\x00\x00"
                               "dI01\nX\x01\x00\x00\x00"
                               "eL7L\nh\x00"
                               "h\x01u.";
    struct ft_arena arena = {0};
    struct ft_err err = {0};
    struct ft_pt_value *v;
    size_t used;
    assert_ok(
        ft_pt_pickle((const uint8_t *)text, sizeof text - 1, "x", &arena, &v, NULL, &used, &err),
        err);
    assert_int_equal(used, sizeof text - 1);
    assert_int_equal(ft_pt_get(v, "a")->number, -1);
    assert_int_equal(ft_pt_get(v, "b")->number, -32768);
    assert_int_equal(ft_pt_get(v, "c")->n, 3);
    assert_int_equal(ft_pt_get(v, "d")->kind, FT_PT_BOOL);
    assert_int_equal(ft_pt_get(v, "e")->number, 7);
    assert_null(ft_pt_get(v, "f"));
    ft_arena_release(&arena);
}

/* A pickle of one byte an instruction cannot take memory without end. */
static void test_many_values(void **state)
{
    (void)state;
    size_t n = 5 << 20;
    char *data = malloc(n);
    assert_non_null(data);
    static const char ops[] = {'N', '(', ')', ']'};
    for (size_t i = 0; i < sizeof ops; i++) {
        struct ft_arena arena = {0};
        struct ft_err err = {0};
        struct ft_pt_value *v;
        memset(data, ops[i], n);
        assert_fails(ft_pt_pickle((const uint8_t *)data, n, "x", &arena, &v, NULL, NULL, &err),
                     FT_FORMAT, err, "too many values");
        ft_arena_release(&arena);
    }
    free(data);
}

static void put_file(const char *dir, const char *name, const char *text)
{
    char *path = ft_path_join(dir, name), *folder = ft_path_dir(path);
    assert_int_equal(ft_mkdirs(folder, NULL), FT_OK);
    assert_int_equal(ft_file_write(path, text, strlen(text), NULL), FT_OK);
    free(folder);
    free(path);
}

static void test_foreign_folders(void **state)
{
    (void)state;
    static const struct {
        const char *file, *text, *part;
    } rows[] = {
        {"onnx/model.onnx", "x", "ONNX weights (onnx/model.onnx)"},
        {"model.onnx", "x", "ONNX weights (model.onnx)"},
        {"model.Q4_K_M.gguf", "GGUF", "GGUF"},
        {"tf_model.h5", "x", "BertForThings as M; M.from_pretrained('DIR', from_tf=True)"},
        {"flax_model.msgpack", "x", "from_flax=True"},
        {"bert_model.ckpt.index", "x", "TensorFlow checkpoint"},
        {"openvino/openvino_model.xml", "x", "OpenVINO"},
        {"model.pth", "x", "rename it to pytorch_model.bin"},
        {"weights.safetensors", "x", "another name"},
        {"model-00001-of-00003.safetensors", "x", "not the index"},
        {"pytorch_model-00001-of-00003.bin", "x", "not the index"},
        {"adapter_config.json", "{\"base_model_name_or_path\":\"a/b\"}", "for the model a/b"},
        {"optimizer.pt", "x", NULL},
        {"README.md", "x", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *dir = tmp_folder();
        struct ft_err err = {0};
        struct ft_st *st = NULL;
        put_file(dir, "config.json", "{\"architectures\":[\"BertForThings\"]}");
        put_file(dir, rows[i].file, rows[i].text);
        assert_fails(ft_st_open_dir(&st, dir, &err), rows[i].part ? FT_UNSUPPORTED : FT_NOTFOUND,
                     err, rows[i].part ? rows[i].part : "contains no model.safetensors");
        tmp_remove(dir);
    }
}

static void test_foreign_files(void **state)
{
    (void)state;
    static const struct {
        const char *text, *part;
    } rows[] = {
        {"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 17\n", "Git LFS pointer"},
        {"GGUF\3xxxxxxxx", "GGUF"},
        {"\x89HDF\r\n\x1a\n123", "HDF5"},
        {"<!DOCTYPE html><html>", "a web page"},
        {"\x08\x07\x12\x07pytorch", "ONNX"},
        {"\x1f\x8b\x08\x08gzip and more", "gzip"},
        {"PK\3\4 and no end", "its end record is missing"},
    };
    char *dir = tmp_folder(), *path = ft_path_join(dir, "model.safetensors");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ft_err err = {0};
        struct ft_st *st = NULL;
        put_file(dir, "model.safetensors", rows[i].text);
        assert_true(ft_st_open_dir(&st, dir, &err) != FT_OK);
        if (!strstr(err.msg, rows[i].part)) fail_msg("\"%s\" lacks \"%s\"", err.msg, rows[i].part);
    }
    free(path);
    tmp_remove(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),          cmocka_unit_test(test_refused_files),
        cmocka_unit_test(test_cuts_and_flips), cmocka_unit_test(test_checksums),
        cmocka_unit_test(test_pickles),        cmocka_unit_test(test_values),
        cmocka_unit_test(test_many_values),    cmocka_unit_test(test_foreign_folders),
        cmocka_unit_test(test_foreign_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

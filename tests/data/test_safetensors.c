/* The safetensors reader: broken headers each with its message, conversions, shards, real files. */
#include "data/safetensors.h"
#include "data/st_sum.h"
#include "data/st_write.h"
#include "data/files_help.h"

#include <math.h>
#include <unistd.h>

/* A file in exactly-sized memory, so that the sanitizer sees a read beyond its end. */
static uint8_t *make_file(const char *json, size_t json_len, uint64_t claimed, size_t data,
                          size_t *n)
{
    *n = 8 + json_len + data;
    uint8_t *file = malloc(*n);
    assert_non_null(file);
    for (size_t i = 0; i < 8; i++)
        file[i] = (uint8_t)(claimed >> (8 * i));
    memcpy(file + 8, json, json_len);
    memset(file + 8 + json_len, 0, data);
    return file;
}

#define T(name, rest) "\"" name "\":{" rest "}"
#define F32X2         "\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]"

/* data: bytes after the header; part: what the message must hold. */
/* clang-format off */
static const struct broken {
    const char *json;
    size_t data;
    const char *part;
} broken[] = {
    {"", 0, "the JSON ends where '{' was expected"},
    {"[]", 0, "found '[', expected '{'"},
    {"{", 0, "the JSON ends where '\"' was expected"},
    {"{}x", 0, "text after the JSON object"},
    {"{} {}", 0, "text after the JSON object"},
    {"{" T("a", F32X2) ",}", 8, "found '}', expected '\"'"},
    {"{\"a\":" F32X2 "}", 8, "expected '{'"},
    {"{\"a\" {}}", 0, "found '{', expected ':'"},
    {"{" T("a", F32X2) " " T("b", F32X2) "}", 16, "found '\"', expected '}'"},
    {"{" T("a", F32X2) "," T("a", F32X2) "}", 8, "tensor a, byte"},
    {"{" T("a", F32X2) "," T("\\u0061", F32X2) "}", 8, "duplicate name"},
    {"{" T("", F32X2) "}", 8, "a tensor without a name"},
    {"{" T("a\\u0000b", F32X2) "}", 8, "NUL character"},
    {"{" T("a\\ud800", F32X2) "}", 8, "half of a surrogate pair"},
    {"{" T("a\\udc00", F32X2) "}", 8, "half of a surrogate pair"},
    {"{" T("a\\ud800\\u0041", F32X2) "}", 8, "half of a surrogate pair"},
    {"{" T("a\\u00g0", F32X2) "}", 8, "invalid \\u escape"},
    {"{" T("a\\x", F32X2) "}", 8, "unknown escape"},
    {"{" T("a\n", F32X2) "}", 8, "control character in a string"},
    {"{\"a", 0, "an unterminated string"},
    {"{\"a\\", 0, "the JSON ends inside a string"},
    {"{" T("a\xff", F32X2) "}", 8, "is not UTF-8"},
    {"{" T("a\xed\xa0\x80", F32X2) "}", 8, "is not UTF-8"},
    {"{" T("a\xc0\xaf", F32X2) "}", 8, "is not UTF-8"},
    {"{" T("a", "\"dtype\":\"F33\",\"shape\":[2],\"data_offsets\":[0,8]") "}", 8, "unknown dtype \"F33\""},
    {"{" T("a", "\"dtype\":7,\"shape\":[2],\"data_offsets\":[0,8]") "}", 8, "found '7', expected '\"'"},
    {"{" T("a", "\"shape\":[2],\"data_offsets\":[0,8]") "}", 8, "tensor a, byte 13: has no dtype"},
    {"{" T("a", "\"dtype\":\"F32\",\"data_offsets\":[0,8]") "}", 8, "has no shape"},
    {"{" T("a", "\"dtype\":\"F32\",\"shape\":[2]") "}", 8, "has no data_offsets"},
    {"{" T("a", F32X2 ",\"dtype\":\"F32\"") "}", 8, "a duplicate key"},
    {"{" T("a", "\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]") "}", 8, "expected a whole number of 0 or more"},
    {"{" T("a", "\"dtype\":\"F32\",\"shape\":[2.0],\"data_offsets\":[0,8]") "}", 8, "found a fraction or exponent"},
    {"{" T("a", "\"dtype\":\"F32\",\"shape\":[2e0],\"data_offsets\":[0,8]") "}", 8, "found a fraction or exponent"},
    {"{" T("a", "\"dtype\":\"F32\",\"shape\":[02],\"data_offsets\":[0,8]") "}", 8, "leading zeros"},
    {"{" T("a", "\"dtype\":\"F32\",\"shape\":[99999999999999999999],\"data_offsets\":[0,8]") "}", 8, "a number above"},
    {"{" T("a", "\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,1,1,1,2],\"data_offsets\":[0,8]") "}", 8, "more than 8 dimensions"},
    {"{" T("a", "\"dtype\":\"F32\",\"shape\":[9223372036854775807,3],\"data_offsets\":[0,8]") "}", 8, "too many elements"},
    {"{" T("a", "\"dtype\":\"F32\",\"shape\":[9223372036854775807],\"data_offsets\":[0,8]") "}", 8, "too large to count"},
    {"{" T("a", "\"dtype\":\"F4\",\"shape\":[3],\"data_offsets\":[0,1]") "}", 1, "do not fill whole bytes"},
    {"{" T("a", "\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]") "}", 8, "shape (3) of F32 takes 12 bytes, but data_offsets give 8"},
    {"{" T("a", "\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]") "}", 8, "end (0) before they begin (8)"},
    {"{" T("a", "\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0]") "}", 8, "found ']', expected ','"},
    {"{" T("a", "\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8,9]") "}", 8, "found ',', expected ']'"},
    {"{" T("a", "\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]") "}", 12, "there is a gap before it"},
    {"{" T("a", F32X2) "," T("b", "\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]") "}", 12, "tensor b: begins at byte 4 of the data, expected 8 (it overlaps"},
    {"{" T("a", F32X2) "," T("b", "\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[12,16]") "}", 16, "there is a gap before it"},
    {"{" T("a", F32X2) "}", 7, "the file holds only 7 bytes of data"},
    {"{" T("a", F32X2) "}", 9, "1 extra bytes after"},
    {"{" T("a", "\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[18446744073709551608,18446744073709551615]") "}", 8, "takes 8 bytes, but data_offsets give 7"},
    {"{}", 4, "4 extra bytes after"},
    {"{\"__metadata__\":{\"a\":1}}", 0, "not a string"},
    {"{\"__metadata__\":[]}", 0, "expected '{'"},
    {"{\"__metadata__\":{},\"__metadata__\":{}}", 0, "duplicate __metadata__"},
    {"{" T("a", F32X2 ",\"x\":nul") "}", 8, "no JSON value"},
    {"{" T("a", F32X2 ",\"x\":1.") "}", 8, "an invalid number"},
    {"{" T("a", F32X2 ",\"x\":-01") "}", 8, "an invalid number"},
    {"{" T("a", F32X2 ",\"x\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[") "}", 8, "nested too deeply"},
};

/* clang-format on */
static void test_broken_headers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        size_t n, len = strlen(broken[i].json);
        uint8_t *file = make_file(broken[i].json, len, len, broken[i].data, &n);
        struct ft_err err = {0};
        struct ft_st *st = NULL;
        enum ft_status code = ft_st_open_mem(&st, file, n, "x.safetensors", &err);
        if (code != FT_FORMAT || !strstr(err.msg, broken[i].part) ||
            strncmp(err.msg, "x.safetensors: ", 15) || strchr(err.msg, '\n'))
            fail_msg("row %zu %s: status %d \"%s\", expected \"%s\"", i, broken[i].json, code,
                     err.msg, broken[i].part);
        assert_null(st);
        free(file);
    }
}

static void test_broken_lengths(void **state)
{
    (void)state;
    struct ft_err err = {0};
    struct ft_st *st = NULL;
    size_t n;
    assert_fails(ft_st_open_mem(&st, "1234567", 7, "x", &err), FT_FORMAT, err, "7 bytes long");
    assert_fails(ft_st_open_mem(&st, NULL, 0, "x", &err), FT_FORMAT, err, "0 bytes long");
    uint8_t *file = make_file("{}", 2, 3, 0, &n);
    assert_fails(ft_st_open_mem(&st, file, n, "x", &err), FT_FORMAT, err,
                 "header length 3, but only 2");
    free(file);
    file = make_file("{}", 2, UINT64_MAX, 0, &n);
    assert_fails(ft_st_open_mem(&st, file, n, "x", &err), FT_FORMAT, err, "above the limit");
    free(file);
    file = make_file("{}", 2, 100000001, 0, &n);
    assert_fails(ft_st_open_mem(&st, file, n, "x", &err), FT_FORMAT, err, "above the limit");
    free(file);
    assert_fails(ft_st_open(&st, "/nonexistent/x.safetensors", &err), FT_NOTFOUND, err,
                 "/nonexistent");
    /* every cut of a good file is refused and nothing is read beyond it */
    const char *json =
        "{" T("a", F32X2) "," T("b", "\"dtype\":\"I8\",\"shape\":[3],\"data_offsets\":[8,11]") "}";
    file = make_file(json, strlen(json), strlen(json), 11, &n);
    for (size_t cut = 0; cut < n; cut++) {
        uint8_t *part = malloc(cut ? cut : 1);
        memcpy(part, file, cut);
        assert_int_equal(ft_st_open_mem(&st, part, cut, "x", &err), FT_FORMAT);
        free(part);
    }
    assert_ok(ft_st_open_mem(&st, file, n, "x", &err), err);
    ft_st_close(st);
    free(file);
}

static void test_good_headers(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        size_t data, count;
    } good[] = {
        {"{}", 0, 0},
        {" { } \n", 0, 0},
        {"{\"__metadata__\":null}", 0, 0},
        {"{" T("a", F32X2) "}        ", 8, 1},
        {"{" T("a", "\"dtype\":\"F64\",\"shape\":[],\"data_offsets\":[0,8]") "}", 8, 1},
        {"{" T("z", "\"dtype\":\"F32\",\"shape\":[0,5],\"data_offsets\":[0,0]") "," T("a",
                                                                                      F32X2) "}",
         8, 2},
        {"{" T("b", "\"data_offsets\":[8,9],\"shape\":[1],\"dtype\":\"BOOL\"") "," T("a",
                                                                                     F32X2) "}",
         9, 2},
        {"{" T("a", F32X2 ",\"new\":{\"k\":[1,-2.5e+3,true,null,\"s\",{}]}") "}", 8, 1},
        {"{" T("q", "\"dtype\":\"F4\",\"shape\":[4],\"data_offsets\":[0,2]") "}", 2, 1},
        {"{" T("\\ud83d\\ude00 \xc3\xa9\\n", F32X2) "}", 8, 1},
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        size_t n, len = strlen(good[i].json);
        uint8_t *file = make_file(good[i].json, len, len, good[i].data, &n);
        struct ft_err err = {0};
        struct ft_st *st = NULL;
        assert_ok(ft_st_open_mem(&st, file, n, "x", &err), err);
        assert_int_equal(ft_st_count(st), good[i].count);
        assert_int_equal(ft_st_data_bytes(st), good[i].data);
        for (size_t k = 0; k < good[i].count; k++)
            assert_ptr_equal(ft_st_find(st, ft_st_at(st, k)->name), ft_st_at(st, k));
        assert_null(ft_st_find(st, "nothing"));
        if (i == 9) assert_string_equal(ft_st_at(st, 0)->name, "\xf0\x9f\x98\x80 \xc3\xa9\n");
        ft_st_close(st);
        free(file);
    }
}

static void test_conversion(void **state)
{
    (void)state;
    /* half floats: every value against its definition */
    for (unsigned h = 0; h < 65536; h++) {
        float f = ft_f16_to_f32((uint16_t)h);
        int exponent = (int)(h >> 10 & 31u);
        double part = h & 1023u, want;
        if (exponent == 31) {
            assert_int_equal(isnan(f) != 0, part > 0);
            assert_int_equal(isinf(f) != 0, !(part > 0));
            continue;
        }
        want = exponent ? ldexp(1024 + part, exponent - 25) : ldexp(part, -24);
        if (h >> 15) want = -want;
        assert_true((double)f == want && !signbit(f) == !signbit(want));
    }
    assert_true(ft_bf16_to_f32(0x3fc0) == 1.5f);
    uint8_t raw[1 + 4 * 8];
    const double wide[4] = {1.25, -1e-300, 1e300, (double)NAN};
    float out[4];
    memcpy(raw + 1, wide, sizeof wide); /* not aligned */
    assert_int_equal(ft_dtype_to_f32(FT_DTYPE_F64, raw + 1, out, 4), 2);
    assert_true(out[0] == 1.25f && out[1] == 0.0f && isinf(out[2]) && isnan(out[3]));
    int64_t ids[4];
    assert_true(ft_dtype_to_i64(FT_DTYPE_I8, "\xff\x7f\x00\x80", ids, 4));
    assert_true(ids[0] == -1 && ids[1] == 127 && ids[2] == 0 && ids[3] == -128);
    assert_true(ft_dtype_to_i64(FT_DTYPE_U16, "\xff\xff\x01\x00", ids, 2));
    assert_true(ids[0] == 65535 && ids[1] == 1);
    assert_false(ft_dtype_to_i64(FT_DTYPE_U64, "\0\0\0\0\0\0\0\x80", ids, 1));
    assert_false(ft_dtype_to_i64(FT_DTYPE_F32, "\0\0\0\0", ids, 1));
}

/* The nearest of the values that the type has, by trying its neighbours. */
static void nearest_half(float f, enum ft_dtype t, float (*back)(uint16_t))
{
    uint16_t h, up, down;
    ft_dtype_from_f32(t, &f, &h, 1);
    up = (uint16_t)(h + 1);
    down = (uint16_t)(h - 1);
    if (isinf(back(h))) return; /* beyond the range: see below */
    double miss = fabs((double)back(h) - (double)f);
    if (isfinite(back(up))) assert_true(miss <= fabs((double)back(up) - (double)f));
    if (h & 0x7fffu) assert_true(miss <= fabs((double)back(down) - (double)f));
}

static void test_to_half(void **state)
{
    (void)state;
    static const enum ft_dtype types[] = {FT_DTYPE_F16, FT_DTYPE_BF16};
    static float (*const back[])(uint16_t) = {ft_f16_to_f32, ft_bf16_to_f32};
    for (size_t k = 0; k < 2; k++) {
        for (unsigned h = 0; h < 65536; h++) { /* every value comes back as it was */
            float f = back[k]((uint16_t)h);
            uint16_t again;
            assert_int_equal(ft_dtype_from_f32(types[k], &f, &again, 1), 0);
            if (isnan(f))
                assert_true(isnan(back[k](again)));
            else
                assert_int_equal(again, h);
        }
        for (unsigned i = 1; i < 200000; i++)
            nearest_half((float)ldexp(i * 0.7310585786, (int)(i % 45) - 40) * (i % 2 ? 1 : -1),
                         types[k], back[k]);
    }
    /* half way: to the even one; too large: counted */
    static const float f[] = {1.0f + 0x1p-11f, 1.0f + 0x3p-11f, 65519.0f, 65520.0f,
                              -1e30f,          INFINITY,        0x1p-25f, 0x1.8p-24f};
    static const uint16_t want[] = {0x3c00, 0x3c02, 0x7bff, 0x7c00, 0xfc00, 0x7c00, 0, 2};
    uint16_t got[8];
    assert_int_equal(ft_dtype_from_f32(FT_DTYPE_F16, f, got, 8), 2);
    for (size_t i = 0; i < 8; i++)
        assert_int_equal(got[i], want[i]);
    static const float b[] = {1.0f + 0x1p-8f, 1.0f + 0x3p-8f, 3.4e38f, 0x1.fffffep127f};
    static const uint16_t want_b[] = {0x3f80, 0x3f82, 0x7f80, 0x7f80};
    assert_int_equal(ft_dtype_from_f32(FT_DTYPE_BF16, b, got, 4), 2);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(got[i], want_b[i]);
    double wide;
    assert_int_equal(ft_dtype_from_f32(FT_DTYPE_F64, f, &wide, 1), 0);
    assert_true(wide == (double)f[0]);
    assert_string_equal(ft_dtype_torch_name(FT_DTYPE_BF16), "bfloat16");
    assert_null(ft_dtype_torch_name(FT_DTYPE_I8));
}

static void test_read_values(void **state)
{
    (void)state;
    char *dir = tmp_folder(), *path = ft_path_join(dir, "x.safetensors");
    const float w[6] = {1, 2, 3, NAN, 5, INFINITY};
    const uint16_t half[2] = {0x3c00, 0xc000};
    const int64_t ids[3] = {7, -8, 9};
    struct ft_st_item items[] = {
        {.name = "w", .dtype = FT_DTYPE_F32, .rank = 2, .shape = {2, 3}, .data = w},
        {.name = "half", .dtype = FT_DTYPE_F16, .rank = 1, .shape = {2}, .data = half},
        {.name = "ids", .dtype = FT_DTYPE_I64, .rank = 1, .shape = {3}, .data = ids},
    };
    const char *meta[] = {"step", "12", "note", "a \"b\"\n", NULL};
    struct ft_err err = {0};
    struct ft_st *st;
    float f[6];
    int64_t got[3];
    assert_ok(ft_st_save(path, items, 3, meta, NULL, &err), err);
    assert_ok(ft_st_open(&st, path, &err), err);
    assert_string_equal(ft_st_meta(st, "format"), "pt");
    assert_string_equal(ft_st_meta(st, "note"), "a \"b\"\n");
    assert_null(ft_st_meta(st, "other"));
    const struct ft_st_tensor *t = ft_st_find(st, "w");
    assert_int_equal(t->rank, 2);
    assert_int_equal(t->shape[1], 3);
    assert_fails(ft_st_read_f32(st, t, f, &err), FT_NUMERIC, err,
                 "2 of 6 values are NaN or infinite, the first at index 3");
    assert_memory_equal(f, w, sizeof w);
    assert_ok(ft_st_read_raw(st, t, f, &err), err);
    assert_memory_equal(f, w, sizeof w);
    assert_ok(ft_st_read_f32(st, ft_st_find(st, "half"), f, &err), err);
    assert_true(f[0] == 1.0f && f[1] == -2.0f);
    assert_ok(ft_st_read_i64(st, ft_st_find(st, "ids"), got, &err), err);
    assert_memory_equal(got, ids, sizeof ids);
    assert_fails(ft_st_read_f32(st, ft_st_find(st, "ids"), f, &err), FT_UNSUPPORTED, err, "is I64");
    assert_fails(ft_st_read_i64(st, t, got, &err), FT_UNSUPPORTED, err, "is F32");
    char shape[192];
    assert_string_equal(ft_st_shape_text(t, shape, sizeof shape), "(2, 3)");
    ft_st_close(st);
    free(path);
    tmp_remove(dir);
}

/* Another program that cuts a file short meanwhile: an error, no signal. */
static void test_cut_while_open(void **state)
{
    (void)state;
    char *dir = tmp_folder(), *path = ft_path_join(dir, "a.safetensors");
    enum { N = 100000 };
    float *w = ft_xcalloc(N, sizeof *w);
    struct ft_st_item item = {
        .name = "w", .dtype = FT_DTYPE_F32, .rank = 1, .shape = {N}, .data = w};
    struct ft_err err = {0};
    struct ft_st *st;
    assert_ok(ft_st_save(path, &item, 1, NULL, NULL, &err), err);
    assert_ok(ft_st_open(&st, path, &err), err);
    assert_int_equal(truncate(path, 5000), 0);
    assert_fails(ft_st_read_f32(st, ft_st_find(st, "w"), w, &err), FT_IO, err,
                 "another program changed it");
    assert_int_equal(truncate(path, 0), 0);
    assert_fails(ft_st_read_raw(st, ft_st_find(st, "w"), w, &err), FT_IO, err, "ends at byte 0,");
    ft_st_close(st);
    free(w);
    free(path);
    tmp_remove(dir);
}

static void write_text(const char *dir, const char *name, const char *text)
{
    char *path = ft_path_join(dir, name);
    assert_int_equal(ft_file_write(path, text, strlen(text), NULL), FT_OK);
    free(path);
}

static void test_shards(void **state)
{
    (void)state;
    char *dir = tmp_folder();
    float data[40];
    struct ft_st_item items[4];
    const char *names[] = {"d", "c", "b", "a"};
    for (size_t i = 0; i < 40; i++)
        data[i] = (float)i;
    for (size_t i = 0; i < 4; i++)
        items[i] = (struct ft_st_item){.name = names[i],
                                       .dtype = FT_DTYPE_F32,
                                       .rank = 1,
                                       .shape = {10},
                                       .data = data + 10 * i};
    struct ft_err err = {0};
    struct ft_st *st;
    assert_ok(ft_st_save_dir(dir, items, 4, 80, NULL, NULL, &err), err);
    assert_ok(ft_st_open_dir(&st, dir, &err), err);
    assert_int_equal(ft_st_files(st), 2);
    assert_int_equal(ft_st_count(st), 4);
    assert_int_equal(ft_st_data_bytes(st), 160);
    for (size_t i = 0; i < 4; i++) {
        const struct ft_st_tensor *t = ft_st_find(st, names[i]);
        float got[10];
        assert_ok(ft_st_read_f32(st, t, got, &err), err);
        assert_memory_equal(got, data + 10 * i, 40);
        assert_non_null(strstr(ft_st_file(st, t->shard),
                               i < 2 ? "model-00001-of-00002." : "model-00002-of-00002."));
    }
    ft_st_close(st);

    static const struct {
        const char *index, *part;
        enum ft_status status;
    } bad[] = {
        {"{\"weight_map\":{\"a\":\"../model-00001-of-00002.safetensors\"}}",
         "not a plain file name", FT_FORMAT},
        {"{\"weight_map\":{\"a\":\"/etc/passwd\"}}", "not a plain file name", FT_FORMAT},
        {"{\"weight_map\":{\"a\":\".safetensors\"}}", "not a plain file name", FT_FORMAT},
        {"{\"weight_map\":{\"a\":1}}", "expected the name of a file", FT_FORMAT},
        {"{\"weight_map\":{}}", "expected {tensor: file", FT_FORMAT},
        {"{\"weight_map\":[]}", "expected {tensor: file", FT_FORMAT},
        {"{", "not valid JSON", FT_FORMAT},
        {"{\"weight_map\":{\"a\":\"model-00009-of-00009.safetensors\"}}",
         "model-00009-of-00009.safetensors: is missing", FT_NOTFOUND},
        {"{\"weight_map\":{\"d\":\"model-00001-of-00002.safetensors\"}}", "tensor c of", FT_FORMAT},
        {"{\"weight_map\":{\"d\":\"model-00001-of-00002.safetensors\",\"c\":\"model-00001-of-00002."
         "safetensors\",\"x\":\"model-00001-of-00002.safetensors\"}}",
         "tensor x is not in", FT_FORMAT},
        {"{\"weight_map\":{\"d\":\"model-00001-of-00002.safetensors\",\"c\":\"model-00001-of-00002."
         "safetensors\",\"b\":\"model-00001-of-00002.safetensors\",\"a\":\"model-00002-of-00002."
         "safetensors\"}}",
         "tensor b is not in", FT_FORMAT},
        {"{\"weight_map\":{\"d\":\"model-00001-of-00002.safetensors\",\"d\":\"model-00001-of-00002."
         "safetensors\"}}",
         "duplicate entry d", FT_FORMAT},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        write_text(dir, FT_ST_INDEX, bad[i].index);
        assert_fails(ft_st_open_dir(&st, dir, &err), bad[i].status, err, bad[i].part);
    }
    tmp_remove(dir);
}

static void test_no_weights(void **state)
{
    (void)state;
    char *dir = tmp_folder();
    struct ft_err err = {0};
    struct ft_st *st;
    assert_fails(ft_st_open_dir(&st, dir, &err), FT_NOTFOUND, err, "contains no model.safetensors");
    write_text(dir, "tf_model.h5", "x");
    assert_fails(ft_st_open_dir(&st, dir, &err), FT_UNSUPPORTED, err, "save_pretrained");
    tmp_remove(dir);
    assert_fails(ft_st_open_dir(&st, "/nonexistent", &err), FT_NOTFOUND, err, "no such folder");
}

/* The JSON of a file without its padding and without the checksum; *data is what follows it. */
static char *plain_header(const char *file, size_t *n_file, const char **data)
{
    size_t len = 0;
    for (size_t i = 8; i-- > 0;)
        len = len << 8 | (uint8_t)file[i];
    char *text = ft_xstrndup(file + 8, len);
    *data = file + 8 + len;
    *n_file -= 8 + len;
    for (size_t n = strlen(text); n && text[n - 1] == ' ';)
        text[--n] = 0;
    char *sum = strstr(text, ",\"" FT_ST_SUM_KEY "\":\"");
    size_t skip = strlen(",\"" FT_ST_SUM_KEY "\":\"\"") + FT_CHECKSUM_DIGITS;
    if (sum) memmove(sum, sum + skip, strlen(sum + skip) + 1);
    return text;
}

/* Opens a folder's weights, writes them again, and compares them with the original file: all bytes
 * but for the checksum. */
static void check_folder(const char *folder)
{
    char *out = tmp_folder(), *from = ft_path_join(folder, FT_ST_FILE),
         *to = ft_path_join(out, FT_ST_FILE);
    struct ft_err err = {0};
    struct ft_st *st;
    assert_ok(ft_st_open_dir(&st, folder, &err), err);
    size_t n = ft_st_count(st);
    assert_true(n > 10);
    struct ft_st_item *items = ft_xcalloc(n, sizeof *items);
    for (size_t i = 0; i < n; i++) {
        const struct ft_st_tensor *t =
            ft_st_at(st, n - 1 - i); /* the writer brings them in order */
        items[i] = (struct ft_st_item){
            .name = t->name, .dtype = t->dtype, .rank = t->rank, .data = ft_xmalloc(t->size_bytes)};
        memcpy(items[i].shape, t->shape, sizeof t->shape);
        assert_ok(ft_st_read_raw(st, t, (void *)(uintptr_t)items[i].data, &err), err);
        if (!ft_dtype_is_float(t->dtype)) continue;
        float *f = ft_xmalloc(t->count * sizeof *f);
        assert_ok(ft_st_read_f32(st, t, f, &err), err);
        free(f);
    }
    assert_ok(ft_st_save_dir(out, items, n, 0, NULL, NULL, &err), err);
    char *a, *b;
    const char *a_data, *b_data;
    size_t a_n, b_n;
    assert_ok(ft_file_read(from, SIZE_MAX, &a, &a_n, &err), err);
    assert_ok(ft_file_read(to, SIZE_MAX, &b, &b_n, &err), err);
    char *a_text = plain_header(a, &a_n, &a_data), *b_text = plain_header(b, &b_n, &b_data);
    assert_string_equal(a_text, b_text);
    assert_int_equal(a_n, b_n);
    assert_memory_equal(a_data, b_data, a_n);
    free(a_text);
    free(b_text);
    free(a);
    free(b);
    ft_st_close(st);
    for (size_t i = 0; i < n; i++)
        free((void *)(uintptr_t)items[i].data);
    free(items);
    free(from);
    free(to);
    tmp_remove(out);
}

/* Every bit of a file is covered: whatever changes, opening or verifying it fails. */
static void test_checksum(void **state)
{
    (void)state;
    char *dir = tmp_folder(), *path = ft_path_join(dir, "x.safetensors"), *file = NULL;
    const float w[5] = {1, 2, 3, 4, 5};
    struct ft_st_item item = {
        .name = "w", .dtype = FT_DTYPE_F32, .rank = 1, .shape = {5}, .data = w};
    struct ft_err err = {0};
    struct ft_st *st = NULL;
    size_t n = 0, changed = 0;
    assert_ok(ft_st_save(path, &item, 1, NULL, NULL, &err), err);
    assert_ok(ft_file_read(path, 4096, &file, &n, &err), err);
    assert_ok(ft_st_open_mem(&st, file, n, "x", &err), err);
    assert_ok(ft_st_verify(st, &err), err);
    ft_st_close(st);
    for (size_t bit = 0; bit < 8 * n; bit++) {
        file[bit / 8] ^= (char)(1 << bit % 8);
        bool in_key = bit / 8 >= 8 && bit / 8 < FT_ST_SUM_AT; /* then it is another program's */
        if (!ft_st_open_mem(&st, file, n, "x", NULL)) {
            enum ft_status code = ft_st_verify(st, &err);
            if (!in_key) assert_fails(code, FT_FORMAT, err, "x: is damaged");
            changed += code != FT_OK;
            ft_st_close(st);
        }
        file[bit / 8] ^= (char)(1 << bit % 8);
    }
    assert_true(changed > 8 * sizeof w);
    free(file);
    free(path);
    tmp_remove(dir);
}

static void test_own_nets(void **state)
{
    (void)state;
    each_net("tests/reference/nets", 18, check_folder);
}

static void test_shared_nets(void **state)
{
    (void)state;
    SHARED_OR_SKIP(nets, "ref/nets");
    each_net(nets, 11, check_folder);
    free(nets);
}

static void test_shared_minilm(void **state)
{
    (void)state;
    SHARED_OR_SKIP(path, "models/minilm-l6");
    check_folder(path);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_broken_headers), cmocka_unit_test(test_broken_lengths),
        cmocka_unit_test(test_good_headers),   cmocka_unit_test(test_conversion),
        cmocka_unit_test(test_read_values),    cmocka_unit_test(test_to_half),
        cmocka_unit_test(test_shards),         cmocka_unit_test(test_cut_while_open),
        cmocka_unit_test(test_no_weights),     cmocka_unit_test(test_checksum),
        cmocka_unit_test(test_own_nets),       cmocka_unit_test(test_shared_nets),
        cmocka_unit_test(test_shared_minilm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Reading and verifying a model's files in one pass: every value, whatever its type, in one file or
 * several, with a checksum or without; damage before anything else; then the first that was wanted. */
#include "data/files_help.h"
#include "data/safetensors.h"
#include "data/st_sum.h"
#include "data/st_write.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>

enum { ROUNDS = 20, MOST = 150000 };

/* Some larger than what is read at a time; `whole` ones are not read. */
static const struct made {
    const char *name;
    enum ft_dtype dtype;
    size_t n;
    bool whole;
} made[] = {{"a.half", FT_DTYPE_F16, 140001, false},  {"b.empty", FT_DTYPE_F32, 0, false},
            {"c.float", FT_DTYPE_F32, MOST, false},   {"d.ids", FT_DTYPE_I64, 70001, true},
            {"e.double", FT_DTYPE_F64, 40003, false}, {"f.small", FT_DTYPE_F32, 3, false},
            {"g.left", FT_DTYPE_F32, 100000, true},   {"h.brain", FT_DTYPE_BF16, MOST, false},
            {"i.float", FT_DTYPE_F32, 131072, false}, {"j.byte", FT_DTYPE_U8, 5, true},
            {"k.float", FT_DTYPE_F32, 65537, false}};
enum { TENSORS = sizeof made / sizeof *made, WANTED = 9 };

static float values[TENSORS][MOST], got[WANTED][MOST];
static uint8_t stored[TENSORS][8 * MOST];
static struct ft_st_wanted wanted[WANTED];
static size_t wanted_n;

/* Values that every type has. */
static void fill(void)
{
    for (size_t k = 0; k < TENSORS; k++) {
        for (size_t i = 0; i < made[k].n; i++)
            values[k][i] = (float)((i * 7 + k) % 251) - 125;
        if (ft_dtype_is_float(made[k].dtype))
            ft_dtype_from_f32(made[k].dtype, values[k], stored[k], made[k].n);
        else
            memset(stored[k], (int)k, sizeof stored[k]);
    }
}

static void save(const char *dir, uint64_t shard_bytes)
{
    struct ft_st_item items[TENSORS];
    struct ft_err err = {0};
    for (size_t k = 0; k < TENSORS; k++)
        items[k] = (struct ft_st_item){.name = made[k].name,
                                       .dtype = made[k].dtype,
                                       .rank = 1,
                                       .shape = {made[k].n},
                                       .data = stored[k]};
    assert_ok(ft_st_save_dir(dir, items, TENSORS, shard_bytes, NULL, NULL, &err), err);
}

/* All floats, in another order than the file's, one of them twice. */
static void want(const struct ft_st *st)
{
    wanted_n = 0;
    for (size_t k = TENSORS; k-- > 0;) {
        if (made[k].whole) continue;
        wanted[wanted_n] =
            (struct ft_st_wanted){.tensor = ft_st_find(st, made[k].name), .dst = got[wanted_n]};
        assert_non_null(wanted[wanted_n++].tensor);
    }
    wanted[wanted_n] = (struct ft_st_wanted){.tensor = wanted[2].tensor, .dst = got[wanted_n]};
    wanted_n++;
    assert_true(wanted_n == WANTED);
}

static enum ft_status load_dir(const char *dir, struct ft_err *err)
{
    struct ft_st *st;
    assert_ok(ft_st_open_dir(&st, dir, err), *err);
    memset(got, 0xee, sizeof got);
    want(st);
    enum ft_status code = ft_st_load(st, wanted, wanted_n, err);
    for (size_t i = 0; !code && i < wanted_n; i++) {
        size_t k = 0;
        while (strcmp(made[k].name, wanted[i].tensor->name))
            k++;
        assert_memory_equal(got[i], values[k], made[k].n * sizeof **got);
    }
    ft_st_close(st);
    return code;
}

/* Overwrites one byte of a file, or restores it. */
static int poke(const char *path, long at, int to)
{
    FILE *f = fopen(path, "r+b");
    assert_non_null(f);
    assert_int_equal(fseek(f, at, at < 0 ? SEEK_END : SEEK_SET), 0);
    int was = fgetc(f);
    assert_int_equal(fseek(f, at, at < 0 ? SEEK_END : SEEK_SET), 0);
    fputc(to < 0 ? was ^ 1 : to, f);
    fclose(f);
    return was;
}

static void test_values(void **state)
{
    (void)state;
    struct ft_err err = {0};
    for (uint64_t shard = 0; shard <= 700000; shard += 350000) {
        char *dir = tmp_folder();
        save(dir, shard);
        for (int i = 0; i < ROUNDS; i++)
            assert_ok(load_dir(dir, &err), err);
        tmp_remove(dir);
    }
}

/* Another program's file: without a checksum. */
static void test_no_checksum(void **state)
{
    (void)state;
    struct ft_err err = {0};
    char *dir = tmp_folder(), *path = ft_path_join(dir, FT_ST_FILE);
    save(dir, 0);
    poke(path, (long)FT_ST_SUM_AT - 5, -1); /* in its key */
    for (int i = 0; i < ROUNDS; i++)
        assert_ok(load_dir(dir, &err), err);
    free(path);
    tmp_remove(dir);
}

/* In a tensor that is wanted, one that is not, and the last byte of all; in one of two files. */
static void test_damage(void **state)
{
    (void)state;
    struct ft_err err = {0};
    static const long places[] = {900001, 1800001, -1};
    char *dir = tmp_folder(), *path = ft_path_join(dir, FT_ST_FILE);
    save(dir, 0);
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        int was = poke(path, places[i], -1);
        for (int k = 0; k < ROUNDS; k++)
            assert_fails(load_dir(dir, &err), FT_FORMAT, err, "model.safetensors: is damaged");
        poke(path, places[i], was);
        assert_ok(load_dir(dir, &err), err);
    }
    free(path);
    tmp_remove(dir);
    dir = tmp_folder();
    save(dir, 1500000);
    path = ft_path_join(dir, "model-00002-of-00003.safetensors");
    poke(path, -3, -1);
    assert_fails(load_dir(dir, &err), FT_FORMAT, err, "model-00002-of-00003.safetensors: is dam");
    free(path);
    tmp_remove(dir);
}

/* A file that another program shortens. */
static void test_shortened(void **state)
{
    (void)state;
    struct ft_err err = {0};
    struct ft_st *st;
    char *dir = tmp_folder(), *path = ft_path_join(dir, FT_ST_FILE);
    save(dir, 0);
    assert_ok(ft_st_open_dir(&st, dir, &err), err);
    want(st);
    assert_int_equal(truncate(path, 1000000), 0);
    for (int i = 0; i < ROUNDS; i++)
        assert_fails(ft_st_load(st, wanted, wanted_n, &err), FT_IO, err, "ends at byte 1000000");
    ft_st_close(st);
    free(path);
    tmp_remove(dir);
}

/* Several tensors that cannot be read: the first that was wanted, which is not the file's first. */
static void test_first_error(void **state)
{
    (void)state;
    struct ft_err err = {0};
    struct ft_st *st;
    char *dir = tmp_folder(), *path = ft_path_join(dir, FT_ST_FILE);
    const float nan = NAN;
    memcpy(stored[2] + 4 * 7, &nan, sizeof nan);
    memcpy(stored[8] + 4 * 70000, &nan, sizeof nan);
    memcpy(stored[8] + 4 * 131071, &nan, sizeof nan);
    save(dir, 0);
    for (int i = 0; i < ROUNDS; i++)
        assert_fails(load_dir(dir, &err), FT_NUMERIC, err,
                     "i.float: 2 of 131072 values are NaN or infinite, the first at index 70000");
    assert_ok(ft_st_open_dir(&st, dir, &err), err);
    want(st);
    wanted[0].tensor = ft_st_find(st, "j.byte");
    for (int i = 0; i < ROUNDS; i++)
        assert_fails(ft_st_load(st, wanted, wanted_n, &err), FT_UNSUPPORTED, err, "j.byte: is U8");
    poke(path, -1, -1);
    assert_fails(ft_st_load(st, wanted, wanted_n, &err), FT_FORMAT, err, "is damaged");
    ft_st_close(st);
    free(path);
    tmp_remove(dir);
}

static int fill_values(void **state)
{
    (void)state;
    fill();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),      cmocka_unit_test(test_no_checksum),
        cmocka_unit_test(test_damage),      cmocka_unit_test(test_shortened),
        cmocka_unit_test(test_first_error),
    };
    return cmocka_run_group_tests(tests, fill_values, NULL);
}

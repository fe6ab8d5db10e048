/* The file of a teacher's outputs: kept, read again, and begun anew where it cannot be trusted. */
#include "engine/task/teacher_cache.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { N = 7, BATCH = 3, BATCHES = 3, MOST = 5 };
static const size_t floats[N] = {1, 2, 0, 3, 4, 5, 2}, order[N] = {6, 0, 4, 2, 5, 1, 3};
static char path[] = "/tmp/fettle-cache-XXXXXX";

static struct ft_teacher_cache *open_it(uint64_t key)
{
    struct ft_teacher_cache *c = NULL;
    struct ft_err err = {0};
    if (ft_teacher_cache_open(&c, path, key, floats, N, order, BATCH, &err))
        fail_msg("%s", err.msg);
    return c;
}

/* Text i has the numbers 10 i, 10 i + 1, .. */
static void put(struct ft_teacher_cache *c, size_t batch)
{
    float values[BATCH][MOST];
    const float *outputs[BATCH];
    size_t n;
    const size_t *texts = ft_teacher_cache_texts(c, batch, &n);
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < MOST; k++)
            values[i][k] = (float)(10 * texts[i] + k);
        outputs[i] = values[i];
    }
    assert_int_equal(ft_teacher_cache_put(c, batch, outputs, NULL), FT_OK);
}

static void check(struct ft_teacher_cache *c, size_t text)
{
    float out[MOST + 1] = {-1, -1, -1, -1, -1, -1};
    assert_int_equal(ft_teacher_cache_get(c, text, out, NULL), FT_OK);
    for (size_t k = 0; k < MOST; k++)
        assert_true(out[k] == (k < floats[text] ? (float)(10 * text + k) : -1.0f));
}

static void fresh(void **state)
{
    (void)state;
    unlink(path);
    struct ft_teacher_cache *c = open_it(1);
    size_t n;
    assert_int_equal(ft_teacher_cache_batch_of(c, 6), 0);
    assert_int_equal(ft_teacher_cache_batch_of(c, 3), 2);
    ft_teacher_cache_texts(c, 2, &n);
    assert_int_equal(n, 1);
    for (size_t b = 0; b < BATCHES; b++)
        assert_false(ft_teacher_cache_has(c, b));
    put(c, 1);
    assert_true(ft_teacher_cache_has(c, 1));
    assert_false(ft_teacher_cache_has(c, 0));
    ft_teacher_cache_close(c);

    struct stat sb;
    assert_int_equal(stat(path, &sb), 0);
    assert_int_equal(sb.st_size, ft_teacher_cache_bytes(floats, N, BATCH));
    c = open_it(1);
    assert_true(ft_teacher_cache_has(c, 1));
    assert_false(ft_teacher_cache_has(c, 2));
    check(c, 2);
    check(c, 5);
    put(c, 0);
    put(c, 2);
    for (size_t i = 0; i < N; i++)
        check(c, i);
    ft_teacher_cache_close(c);
}

static void change(long at, int value)
{
    FILE *f = fopen(path, "r+");
    assert_non_null(f);
    fseek(f, at, SEEK_SET);
    fputc(value, f);
    fclose(f);
}

static void not_trusted(void **state)
{
    fresh(state);
    struct ft_teacher_cache *c = open_it(2); /* another teacher, or other texts */
    for (size_t b = 0; b < BATCHES; b++)
        assert_false(ft_teacher_cache_has(c, b));
    ft_teacher_cache_close(c);

    fresh(state); /* one damaged number: text 5's last; another batch is as it was */
    change((long)ft_teacher_cache_bytes(floats, N, BATCH) - (2 * 4) - 1, 0x7f);
    c = open_it(1);
    assert_false(ft_teacher_cache_has(c, 1));
    assert_true(ft_teacher_cache_has(c, 0));
    put(c, 1);
    assert_true(ft_teacher_cache_has(c, 1));
    check(c, 5);
    ft_teacher_cache_close(c);

    fresh(state);
    assert_int_equal(truncate(path, 100), 0);
    c = open_it(1);
    assert_false(ft_teacher_cache_has(c, 0));
    ft_teacher_cache_close(c);

    unlink(path); /* no file at all: a folder, and a link to another file */
    assert_int_equal(mkdir(path, 0700), 0);
    c = open_it(1);
    put(c, 0);
    check(c, 6);
    ft_teacher_cache_close(c);
    unlink(path);
    char other[] = "/tmp/fettle-other-XXXXXX";
    int fd = mkstemp(other);
    assert_true(fd >= 0 && write(fd, "mine", 4) == 4);
    close(fd);
    assert_int_equal(symlink(other, path), 0);
    c = open_it(1);
    put(c, 0);
    ft_teacher_cache_close(c);
    struct stat sb;
    assert_true(!stat(other, &sb) && sb.st_size == 4);
    unlink(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(fresh), cmocka_unit_test(not_trusted)};
    int fd = mkstemp(path);
    if (fd < 0) return 1;
    close(fd);
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(path);
    return rc;
}

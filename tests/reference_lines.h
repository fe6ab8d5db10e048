/* Reads tests/reference for the tests: JSON and JSONL files as cJSON trees, numbers compared. Test
 * code only: a file that is missing or broken fails the test at once. Include it after cmocka.h. */
#ifndef FT_TESTS_REFERENCE_LINES_H
#define FT_TESTS_REFERENCE_LINES_H

#include "util/fs.h"
#include "util/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REFERENCE FETTLE_SOURCE_DIR "/tests/reference/"

struct reference_lines {
    cJSON **rows; /* one a line */
    size_t n;
};

static inline struct reference_lines reference_read(const char *path)
{
    struct reference_lines r = {0};
    struct ft_err err = {0};
    char *text = NULL;
    size_t n = 0;
    if (ft_file_read(path, 1u << 26, &text, &n, &err)) fail_msg("%s", err.msg);
    for (size_t at = 0; at < n;) {
        const char *end = memchr(text + at, '\n', n - at);
        size_t len = end ? (size_t)(end - text) - at : n - at;
        r.rows = realloc(r.rows, (r.n + 1) * sizeof *r.rows);
        assert_non_null(r.rows);
        if (ft_json_parse(text + at, len, path, &r.rows[r.n], &err)) fail_msg("%s", err.msg);
        r.n++;
        at += len + 1;
    }
    free(text);
    assert_true(r.n > 0);
    return r;
}

static inline void reference_release(struct reference_lines *r)
{
    for (size_t i = 0; i < r->n; i++)
        cJSON_Delete(r->rows[i]);
    free(r->rows);
    *r = (struct reference_lines){0};
}

static inline double reference_num(const cJSON *obj, const char *key)
{
    const cJSON *v = cJSON_GetObjectItemCaseSensitive(obj, key);
    if (!cJSON_IsNumber(v)) fail_msg("no number %s", key);
    return v->valuedouble;
}

static inline const char *reference_str(const cJSON *obj, const char *key)
{
    const cJSON *v = cJSON_GetObjectItemCaseSensitive(obj, key);
    if (!cJSON_IsString(v)) fail_msg("no text %s", key);
    return v->valuestring;
}

/* The numbers of an array; the caller frees them. */
static inline double *reference_array(const cJSON *obj, const char *key, size_t *n)
{
    const cJSON *v = cJSON_GetObjectItemCaseSensitive(obj, key), *item;
    if (!cJSON_IsArray(v)) fail_msg("no array %s", key);
    double *out = malloc(((size_t)cJSON_GetArraySize(v) + 1) * sizeof *out);
    assert_non_null(out);
    *n = 0;
    cJSON_ArrayForEach(item, v)
    {
        assert_true(cJSON_IsNumber(item));
        out[(*n)++] = item->valuedouble;
    }
    return out;
}

/* Fails unless |a - b| <= tolerance * max(1, |b|); NaN fails. */
static inline void reference_near(double a, double b, double tolerance, const char *what)
{
    if (!(fabs(a - b) <= tolerance * fmax(1.0, fabs(b))))
        fail_msg("%s: %.17g, the reference says %.17g", what, a, b);
}

#endif

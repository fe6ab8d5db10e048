/* Reading the weights with two threads: every value, the same error every time for a file with several
 * faults, and damage before anything else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "data/st_write.h"
#include "engine/model/model_file.h"
#include "engine/model/model_weights.h"
#include "engine_test.h"
#include "util/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 100 };

static struct ft_model_file model;

static int open_model(void **state)
{
    struct ft_err err = {0};
    struct ft_model_opt opt = {.task = FT_TASK_CLASSIFY, .dropout = -1, .as_it_is = true};
    if (scratch_make(state)) return -1;
    return ft_model_file_load(&model, REFERENCE "nets/bert-classify/model", &opt, &err) ? -1 : 0;
}

static int close_model(void **state)
{
    ft_model_file_release(&model);
    return scratch_remove(state);
}

/* The net's weights as fettle writes them, with a checksum. */
static void save(const char *path)
{
    struct ft_err err = {0};
    const struct ft_params *ps = &model.net->params;
    struct ft_st_item *items = ft_xcalloc(ps->n, sizeof *items);
    for (size_t k = 0; k < ps->n; k++) {
        const struct ft_param *p = &ps->items[k];
        items[k] = (struct ft_st_item){.name = p->name,
                                       .dtype = FT_DTYPE_F32,
                                       .rank = p->ndim,
                                       .shape = {p->shape[0], p->shape[1]},
                                       .data = model.net->w + p->offset};
    }
    if (ft_st_save(path, items, ps->n, NULL, NULL, &err)) fail_msg("%s", err.msg);
    free(items);
}

static enum ft_status read_from(const char *path, struct ft_err *err)
{
    struct ft_st *file = NULL;
    struct ft_model_match match = {0};
    memset(model.net->w, 0, model.net->params.floats * sizeof(float));
    if (ft_st_open(&file, path, err)) fail_msg("%s", err->msg);
    if (ft_model_match(&match, file, &model.net->params, FT_HEAD_USE_AS_IT_IS, err))
        fail_msg("%s", err->msg);
    enum ft_status st = ft_model_weights_read(model.net, file, &match, err);
    ft_model_match_release(&match);
    ft_st_close(file);
    return st;
}

static void values_and_faults(void **state)
{
    (void)state;
    struct ft_err err = {0};
    const struct ft_params *ps = &model.net->params;
    char *path = in_scratch("model.safetensors");
    size_t bytes = ps->floats * sizeof(float);
    float *whole = ft_xmalloc(bytes), *faulty = ft_xmalloc(bytes);
    for (size_t i = 0; i < ps->floats; i++)
        model.net->w[i] = 0.0f;
    for (size_t k = 0; k < ps->n; k++)
        for (size_t i = 0; i < ps->items[k].count; i++)
            model.net->w[ps->items[k].offset + i] = (float)(k * 1000 + i % 977) * 0.25f;
    memcpy(whole, model.net->w, bytes);
    memcpy(faulty, whole, bytes);
    save(path);
    for (int i = 0; i < ROUNDS; i++) {
        if (read_from(path, &err)) fail_msg("%s", err.msg);
        assert_memory_equal(model.net->w, whole, bytes);
    }

    size_t first = ps->n / 3;
    for (size_t k = first; k < ps->n; k++)
        faulty[ps->items[k].offset + ps->items[k].count / 2] = NAN;
    memcpy(model.net->w, faulty, bytes);
    save(path);
    for (int i = 0; i < ROUNDS; i++) {
        assert_int_equal(read_from(path, &err), FT_NUMERIC);
        if (!strstr(err.msg, ps->items[first].name))
            fail_msg("round %d: %s, expected %s", i, err.msg, ps->items[first].name);
    }

    FILE *f = fopen(path, "r+b");
    assert_non_null(f);
    assert_int_equal(fseek(f, -5, SEEK_END), 0);
    int was = fgetc(f);
    assert_int_equal(fseek(f, -5, SEEK_END), 0);
    fputc(was ^ 1, f);
    fclose(f);
    for (int i = 0; i < ROUNDS; i++) {
        assert_int_equal(read_from(path, &err), FT_FORMAT);
        assert_non_null(strstr(err.msg, "is damaged"));
    }
    free(whole);
    free(faulty);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(values_and_faults)};
    return cmocka_run_group_tests(tests, open_model, close_model);
}

/* A reference case (tests/reference/nets, ../shared/ref/nets) as a net, a batch and what should
 * come out. Test code only: whatever is missing fails the test at once. Include it after cmocka.h.
 */
#ifndef FT_TESTS_NET_CASE_H
#define FT_TESTS_NET_CASE_H

#include "core/net.h"
#include "data/safetensors.h"
#include "family_config.h"
#include "reference_case.h"
#include "shared.h"
#include "util/fs.h"
#include "util/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct net_case {
    char dir[512];
    cJSON *run; /* run.json */
    struct ft_net *net;
    struct ft_st *step;
    struct ft_net_batch batch;
    struct ft_net_targets targets;
    int32_t *ids, *types, *offsets, *labels, *start, *end;
    float *values;        /* of several labels, (B, labels), in place of labels */
    float *class_weights; /* NULL: none */
    float smoothing;
};

static inline int32_t *case_ints(const struct net_case *c, const char *name, size_t *n)
{
    const struct ft_st_tensor *t = ft_st_find(c->step, name);
    if (!t) return NULL;
    struct ft_err err = {0};
    int64_t *wide = malloc(t->count * sizeof(*wide));
    int32_t *out = malloc(t->count * sizeof(*out));
    assert_true(wide && out);
    if (ft_st_read_i64(c->step, t, wide, &err)) fail_msg("%s", err.msg);
    for (size_t i = 0; i < t->count; i++)
        out[i] = (int32_t)wide[i];
    free(wide);
    if (n) *n = t->count;
    return out;
}

/* The tensor's floats; *n their number. Fails when it is not there. */
static inline float *case_floats(const struct ft_st *st, const char *name, size_t *n)
{
    const struct ft_st_tensor *t = ft_st_find(st, name);
    if (!t) fail_msg("no tensor %s", name);
    struct ft_err err = {0};
    float *out = malloc(t->count * sizeof(*out));
    assert_non_null(out);
    if (ft_st_read_f32(st, t, out, &err)) fail_msg("%s", err.msg);
    if (n) *n = t->count;
    return out;
}

/* Every tensor of the file has its place, and every parameter its tensor. */
static inline void load_weights(struct ft_net *net, const char *path)
{
    struct ft_err err = {0};
    struct ft_st *st = NULL;
    if (ft_st_open(&st, path, &err)) fail_msg("%s", err.msg);
    assert_int_equal(ft_st_count(st), net->params.n);
    for (size_t i = 0; i < ft_st_count(st); i++) {
        const struct ft_st_tensor *t = ft_st_at(st, i);
        size_t k = 0;
        if (ft_params_match(&net->params, t->name, &k) != FT_PARAM_MATCH)
            fail_msg("%s has no place", t->name);
        const struct ft_param *p = &net->params.items[k];
        assert_string_equal(p->name, t->name);
        assert_int_equal(p->ndim, t->rank);
        for (size_t d = 0; d < t->rank; d++)
            assert_int_equal(p->shape[d], t->shape[d]);
        if (ft_st_read_f32(st, t, net->w + p->offset, &err)) fail_msg("%s", err.msg);
    }
    ft_st_close(st);
}

static inline double case_hyper(const struct net_case *c, const char *name, double otherwise)
{
    const cJSON *h = cJSON_GetObjectItemCaseSensitive(c->run, "hyperparameters");
    const cJSON *v = cJSON_GetObjectItemCaseSensitive(h, name);
    return cJSON_IsNumber(v) ? v->valuedouble : otherwise;
}

static inline const char *case_hyper_text(const struct net_case *c, const char *name,
                                          const char *otherwise)
{
    const cJSON *h = cJSON_GetObjectItemCaseSensitive(c->run, "hyperparameters");
    const cJSON *v = cJSON_GetObjectItemCaseSensitive(h, name);
    return cJSON_IsString(v) ? v->valuestring : otherwise;
}

static inline void net_case_open(struct net_case *c, const char *dir)
{
    struct ft_err err = {0};
    *c = (struct net_case){0};
    snprintf(c->dir, sizeof(c->dir), "%s", dir);
    char *path = ft_path_join(dir, "run.json");
    if (ft_json_read(path, 1u << 24, &c->run, &err)) fail_msg("%s", err.msg);
    free(path);
    struct ft_hf_config hf = {0};
    path = ft_path_join(dir, "model/config.json");
    if (ft_hf_config_load(&hf, path, &err)) fail_msg("%s", err.msg);
    free(path);
    const char *problem = cJSON_GetStringValue(cJSON_GetObjectItem(c->run, "problem_type"));
    int task = ft_task_parse(cJSON_GetStringValue(cJSON_GetObjectItem(c->run, "task")),
                             (enum ft_problem_type)ft_problem_type_parse(problem));
    assert_true(task >= 0);
    struct ft_net_config cfg;
    net_config_of(&cfg, &hf, ft_task_head((enum ft_task)task));
    cfg.problem = ft_task_problem((enum ft_task)task);
    bool floats = !ft_net_config_softmax(&cfg);
    char *class_name = ft_hf_class_name(cfg.family, cfg.head);
    assert_string_equal(class_name, ft_hf_config_architecture(&hf));
    free(class_name);
    ft_hf_config_release(&hf);
    if (ft_net_new(&c->net, &cfg, &err)) fail_msg("%s", err.msg);
    path = ft_path_join(dir, "model/model.safetensors");
    load_weights(c->net, path);
    free(path);
    path = ft_path_join(dir, "step.safetensors");
    if (ft_st_open(&c->step, path, &err)) fail_msg("%s", err.msg);
    free(path);

    size_t n = 0;
    c->ids = case_ints(c, "input_ids", &c->batch.N);
    c->types = case_ints(c, "token_type_ids", NULL);
    c->offsets = case_ints(c, "offsets", &n);
    if (floats)
        c->values = case_floats(c->step, "labels", NULL);
    else
        c->labels = case_ints(c, "labels", NULL);
    c->start = case_ints(c, "start_positions", NULL);
    c->end = case_ints(c, "end_positions", NULL);
    c->batch.B = n - 1;
    c->batch.ids = c->ids;
    c->batch.types = c->types;
    c->batch.offsets = c->offsets;
    c->targets = (struct ft_net_targets){.labels = cfg.head == FT_HEAD_CLM ? NULL : c->labels,
                                         .values = c->values,
                                         .start = c->start,
                                         .end = c->end};
    c->smoothing = (float)case_hyper(c, "label_smoothing_factor", 0);
    const cJSON *weights =
        cJSON_GetObjectItem(cJSON_GetObjectItem(c->run, "hyperparameters"), "class_weights");
    if (cJSON_IsArray(weights)) {
        c->class_weights = ft_xcalloc(cfg.labels, sizeof(float));
        for (size_t k = 0; k < cfg.labels; k++)
            c->class_weights[k] = (float)cJSON_GetArrayItem(weights, (int)k)->valuedouble;
    }
}

static inline void net_case_close(struct net_case *c)
{
    cJSON_Delete(c->run);
    ft_net_free(c->net);
    ft_st_close(c->step);
    free(c->ids);
    free(c->types);
    free(c->offsets);
    free(c->labels);
    free(c->values);
    free(c->start);
    free(c->end);
    free(c->class_weights);
}

/* Is the parameter's gradient zero in exact arithmetic, from element *from to *to? */
static inline bool case_skips(const struct net_case *c, const char *name, size_t *from, size_t *to)
{
    const cJSON *item;
    *from = 0;
    *to = SIZE_MAX;
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(c->run, "not_compared"))
    {
        if (!strcmp(item->valuestring, name)) return true;
    }
    item = cJSON_GetObjectItemCaseSensitive(
        cJSON_GetObjectItemCaseSensitive(c->run, "not_compared_range"), name);
    if (!item) return false;
    *from = (size_t)cJSON_GetArrayItem(item, 0)->valuedouble;
    *to = (size_t)cJSON_GetArrayItem(item, 1)->valuedouble;
    return true;
}

/* Runs `test` for every case folder of the project, and of the shared ones where they are: those of
 * a family and task that the program has. */
static inline void for_each_case(void (*test)(const char *dir))
{
    char *shared = shared_path("ref/nets");
    const char *roots[] = {FETTLE_SOURCE_DIR "/tests/reference/nets", shared};
    for (size_t r = 0; r < 2; r++) {
        struct ft_err err = {0};
        char **names = NULL;
        size_t n = 0, seen = 0;
        if (!roots[r]) continue;
        if (ft_dir_list(roots[r], &names, &n, &err)) fail_msg("%s", err.msg);
        for (size_t i = 0; i < n; i++) {
            char *dir = ft_path_join(roots[r], names[i]);
            if (reference_case_known(dir)) {
                test(dir);
                seen++;
            }
            free(dir);
        }
        assert_true(seen >= (r ? 11 : 18));
        ft_names_free(names, n);
    }
    free(shared);
}

#endif

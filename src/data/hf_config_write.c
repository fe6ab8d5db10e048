/* Writing config.json: the tree that was read, with the fields that fettle knows brought up to
 * date. See hf_config.h. */
#include "data/hf_config.h"
#include "data/hf_config_in.h"
#include "util/fs.h"
#include "util/json.h"
#include "util/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Written when the file does not say which version it was made by. */
#define TRANSFORMERS_VERSION "4.57.3"

/* Adds or replaces; takes `item`. */
static void set_item(cJSON *tree, const char *key, cJSON *item)
{
    cJSON_DeleteItemFromObjectCaseSensitive(tree, key);
    cJSON_AddItemToObject(tree, key, item);
}

void ft_hf_config_set_thresholds(struct ft_hf_config *c, const double *thresholds)
{
    free(c->thresholds);
    c->thresholds = NULL;
    if (!thresholds) return;
    c->thresholds = ft_xcalloc(c->label_count + 1, sizeof *c->thresholds);
    memcpy(c->thresholds, thresholds, c->label_count * sizeof *c->thresholds);
}

void ft_hf_config_set_labels(struct ft_hf_config *c, const char *const *names, size_t n)
{
    static const char *const keys[] = {"id2label", "label2id", "num_labels", "_num_labels"};
    char **copy = n ? ft_xcalloc(n, sizeof *copy) : NULL;
    for (size_t i = 0; i < n; i++)
        copy[i] = ft_xstrdup(names[i]);
    ft_hf_config_set_thresholds(c, NULL);
    ft_names_free(c->labels, c->label_count);
    c->labels = copy;
    c->label_count = n;
    c->labels_given = n > 0;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        cJSON_DeleteItemFromObjectCaseSensitive(c->tree, keys[i]);
}

void ft_hf_config_set_task(struct ft_hf_config *c, enum ft_task task)
{
    char *class_name = ft_hf_class_name(c->family, ft_task_head(task));
    assert(class_name);
    set_item(c->tree, "architectures",
             cJSON_CreateStringArray((const char *const[]){class_name}, 1));
    c->head = ft_hf_class_head(class_name);
    free(class_name);
    c->problem = ft_task_problem(task);
}

static cJSON *make_value(const struct ft_hf_config *c, const struct ft_hf_field *f)
{
    double x = ft_hf_field_value(c, f);
    if (f->kind == FT_HF_KIND_BOOL) return cJSON_CreateBool(x != 0);
    if ((f->kind == FT_HF_KIND_ID && x < 0) || ft_hf_field_is_derived(c, f))
        return cJSON_CreateNull();
    return cJSON_CreateNumber(x);
}

/* A value of the file is kept if it means the same (a list of end tokens, a derived size
 * that is written out). */
static void sync_field(struct ft_hf_config *c, const struct ft_hf_field *f)
{
    const cJSON *old = ft_json_get(c->tree, f->key);
    if (!old && f->alt) old = ft_json_get(c->tree, f->alt);
    double x = ft_hf_field_value(c, f);
    bool none = f->kind == FT_HF_KIND_INT && x <= 0 && f->fallback >= 0 && f->fallback <= 0;
    bool same = !old && (none || ft_hf_layers_has(c, f));
    if (cJSON_IsArray(old)) old = old->child;
    if (cJSON_IsNumber(old)) same = !(old->valuedouble < x || old->valuedouble > x);
    if (cJSON_IsBool(old)) same = cJSON_IsTrue(old) == (x != 0);
    if (same) return;
    if (f->alt) cJSON_DeleteItemFromObjectCaseSensitive(c->tree, f->alt);
    set_item(c->tree, f->key, make_value(c, f));
}

static void sync_words(struct ft_hf_config *c)
{
    const struct ft_hf_family *f = ft_hf_family(c->family);
    if (!ft_json_get(c->tree, f->act_key))
        set_item(c->tree, f->act_key, cJSON_CreateString(ft_hf_act_name(c->act)));
    if (f->head_act_key && !ft_json_get(c->tree, f->head_act_key))
        set_item(c->tree, f->head_act_key, cJSON_CreateString(ft_hf_act_name(c->head_act)));
    if (f->pooling_key && !ft_json_get(c->tree, f->pooling_key))
        set_item(c->tree, f->pooling_key, cJSON_CreateString(c->pool_mean ? "mean" : "cls"));
}

static void sync_labels(struct ft_hf_config *c)
{
    if (!c->labels_given) return;
    cJSON *names = cJSON_CreateObject(), *ids = cJSON_CreateObject();
    for (size_t i = 0; i < c->label_count; i++) {
        char *key = ft_xprintf("%zu", i);
        cJSON_AddStringToObject(names, key, c->labels[i]);
        cJSON_AddNumberToObject(ids, c->labels[i], (double)i);
        free(key);
    }
    set_item(c->tree, "id2label", names);
    set_item(c->tree, "label2id", ids);
}

static void sync_thresholds(struct ft_hf_config *c)
{
    cJSON_DeleteItemFromObjectCaseSensitive(c->tree, "label_thresholds");
    if (!c->thresholds || c->problem != FT_PROBLEM_TYPE_MULTI_LABEL) return;
    cJSON *map = cJSON_AddObjectToObject(c->tree, "label_thresholds");
    for (size_t i = 0; i < c->label_count; i++)
        cJSON_AddNumberToObject(map, c->labels[i], c->thresholds[i]);
}

void ft_hf_config_text(struct ft_hf_config *c, struct ft_str *out)
{
    struct ft_hf_field f;
    ft_hf_layers_sync(c);
    for (int i = 0; i < FT_HF_FIELD_COUNT; i++)
        if (ft_hf_field_get(c->family, (enum ft_hf_field_id)i, &f)) sync_field(c, &f);
    sync_words(c);
    ft_hf_disentangled_write(c);
    sync_labels(c);
    sync_thresholds(c);
    const char *problem = ft_problem_type_name(c->problem);
    if (problem)
        set_item(c->tree, "problem_type", cJSON_CreateString(problem));
    else
        cJSON_DeleteItemFromObjectCaseSensitive(c->tree, "problem_type");
    set_item(c->tree, "model_type", cJSON_CreateString(ft_family_name(c->family)));
    const char *dtype = c->dtype ? c->dtype : "float32";
    set_item(c->tree, "torch_dtype", cJSON_CreateString(dtype));
    if (ft_json_get(c->tree, "dtype")) set_item(c->tree, "dtype", cJSON_CreateString(dtype));
    if (!ft_json_get(c->tree, "transformers_version"))
        set_item(c->tree, "transformers_version", cJSON_CreateString(TRANSFORMERS_VERSION));
    ft_json_pretty(out, c->tree);
}

enum ft_status ft_hf_config_save(struct ft_hf_config *c, const char *path, struct ft_err *err)
{
    struct ft_str text = {0};
    ft_hf_config_text(c, &text);
    enum ft_status st = ft_file_write(path, text.data, text.len, err);
    ft_str_release(&text);
    return st;
}

enum ft_status ft_hf_config_save_generation(const struct ft_hf_config *c, const char *path,
                                            struct ft_err *err)
{
    static const char *const keys[] = {"bos_token_id", "pad_token_id"};
    int64_t ids[] = {c->bos_token_id, c->pad_token_id};
    const cJSON *version = ft_json_get(c->tree, "transformers_version");
    cJSON *tree = cJSON_CreateObject();
    cJSON_AddBoolToObject(tree, "_from_model_config", 1);
    for (size_t i = 0; i < 2; i++) {
        if (ids[i] >= 0) cJSON_AddNumberToObject(tree, keys[i], (double)ids[i]);
    }
    if (c->end_n > 1) {
        cJSON *ends = cJSON_AddArrayToObject(tree, "eos_token_id");
        for (size_t i = 0; i < c->end_n; i++)
            cJSON_AddItemToArray(ends, cJSON_CreateNumber((double)c->end_ids[i]));
    } else if (c->end_n || c->eos_token_id >= 0) {
        cJSON_AddNumberToObject(tree, "eos_token_id",
                                (double)(c->end_n ? c->end_ids[0] : c->eos_token_id));
    }
    cJSON_AddStringToObject(tree, "transformers_version",
                            cJSON_IsString(version) ? version->valuestring : TRANSFORMERS_VERSION);
    struct ft_str text = {0};
    ft_json_pretty(&text, tree);
    enum ft_status st = ft_file_write(path, text.data, text.len, err);
    ft_str_release(&text);
    cJSON_Delete(tree);
    return st;
}

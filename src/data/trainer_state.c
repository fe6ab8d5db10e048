/* trainer_state.json: see trainer_state.h. Keys and defaults are those of transformers'
 * TrainerState. */
#include "data/trainer_state.h"
#include "util/fs.h"
#include "util/json.h"
#include "util/mem.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define STATE_BYTES_MAX ((size_t)1 << 30)
#define EXACT_MAX       9007199254740992LL /* whole numbers that a double holds */

static const struct {
    const char *key;
    size_t at;
    bool real;
} fields[] = {
#define INT(name)                                                                                  \
    {                                                                                              \
#name, offsetof(struct ft_trainer_state, name), false                                      \
    }
#define REAL(name)                                                                                 \
    {                                                                                              \
#name, offsetof(struct ft_trainer_state, name), true                                       \
    }
    REAL(epoch),           INT(global_step),      INT(max_steps),
    INT(logging_steps),    INT(eval_steps),       INT(save_steps),
    INT(train_batch_size), INT(num_train_epochs), INT(num_input_tokens_seen),
    REAL(total_flos),
};
enum { FIELDS = sizeof fields / sizeof *fields };

static double value_of(const struct ft_trainer_state *s, size_t i)
{
    const char *at = (const char *)s + fields[i].at;
    if (fields[i].real) return *(const double *)(const void *)at;
    return (double)*(const int64_t *)(const void *)at;
}

static void add_best(cJSON *tree, const struct ft_trainer_state *s)
{
    bool best = s->has_best && isfinite(s->best_metric);
    cJSON_AddItemToObject(tree, "best_metric",
                          best ? cJSON_CreateNumber(s->best_metric) : cJSON_CreateNull());
    cJSON_AddItemToObject(tree, "best_global_step",
                          best ? cJSON_CreateNumber((double)s->best_global_step)
                               : cJSON_CreateNull());
    cJSON_AddItemToObject(tree, "best_model_checkpoint",
                          best && s->best_model_checkpoint
                              ? cJSON_CreateString(s->best_model_checkpoint)
                              : cJSON_CreateNull());
}

static enum ft_status add_log(cJSON *tree, const struct ft_trainer_state *s, const char *path,
                              struct ft_err *err)
{
    cJSON *log = cJSON_AddArrayToObject(tree, "log_history");
    for (size_t i = 0; i < s->log_count; i++) {
        cJSON *entry = NULL;
        enum ft_status st =
            ft_json_parse(s->log_history[i], strlen(s->log_history[i]), path, &entry, err);
        if (st) return ft_fail_in(err, "log entry %zu", i + 1);
        cJSON_AddItemToArray(log, entry);
        if (!cJSON_IsObject(entry))
            return ft_fail(err, FT_FORMAT, "%s: log entry %zu is not a JSON object", path, i + 1);
    }
    return FT_OK;
}

enum ft_status ft_trainer_state_save(const struct ft_trainer_state *s, const char *path,
                                     struct ft_err *err)
{
    cJSON *tree = cJSON_CreateObject();
    struct ft_str text = {0};
    for (size_t i = 0; i < FIELDS; i++)
        cJSON_AddNumberToObject(tree, fields[i].key, value_of(s, i));
    add_best(tree, s);
    cJSON_AddFalseToObject(tree, "is_hyper_param_search");
    cJSON_AddTrueToObject(tree, "is_local_process_zero");
    cJSON_AddTrueToObject(tree, "is_world_process_zero");
    cJSON_AddNullToObject(tree, "trial_name");
    cJSON_AddNullToObject(tree, "trial_params");
    cJSON_AddObjectToObject(tree, "stateful_callbacks");
    enum ft_status st = add_log(tree, s, path, err);
    if (!st) {
        ft_json_pretty(&text, tree);
        st = ft_file_write(path, text.data, text.len, err);
    }
    ft_str_release(&text);
    cJSON_Delete(tree);
    return st;
}

/* What a loaded state owns. */
struct owned {
    char *checkpoint;
    char **log;
    size_t count;
};

/* One line: raw newlines stand only between the parts of pretty JSON, never inside a string. */
static char *line_of(const cJSON *entry)
{
    struct ft_str text = {0};
    ft_json_pretty(&text, entry);
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] != '\n') {
            text.data[n++] = text.data[i];
            continue;
        }
        while (i + 1 < text.len && text.data[i + 1] == ' ')
            i++;
    }
    text.data[n] = 0;
    return ft_str_take(&text);
}

static enum ft_status load_log(struct owned *o, const cJSON *tree, const char *path,
                               struct ft_err *err)
{
    const cJSON *log = ft_json_get(tree, "log_history"), *entry;
    if (!log || cJSON_IsNull(log)) return FT_OK;
    if (!cJSON_IsArray(log)) return ft_fail(err, FT_FORMAT, "%s: log_history is not a list", path);
    o->log = ft_xcalloc((size_t)cJSON_GetArraySize(log) + 1, sizeof *o->log);
    cJSON_ArrayForEach(entry, log)
    {
        if (!cJSON_IsObject(entry))
            return ft_fail(err, FT_FORMAT, "%s: log_history: entry %zu is not an object", path,
                           o->count + 1);
        o->log[o->count++] = line_of(entry);
    }
    return FT_OK;
}

static enum ft_status load_tree(struct ft_trainer_state *s, const cJSON *tree, const char *path,
                                struct ft_err *err)
{
    struct owned *o = s->owned;
    enum ft_status st;
    if (!cJSON_IsObject(tree)) return ft_fail(err, FT_FORMAT, "%s: is not a JSON object", path);
    for (size_t i = 0; i < FIELDS; i++) {
        void *at = (char *)s + fields[i].at;
        st = fields[i].real ? ft_json_f64(tree, fields[i].key, 0, DBL_MAX, at, path, err)
                            : ft_json_i64(tree, fields[i].key, -1, EXACT_MAX, at, path, err);
        if (st) return st;
    }
    const cJSON *best = ft_json_get(tree, "best_metric");
    const char *checkpoint = NULL;
    s->has_best = cJSON_IsNumber(best);
    if ((st = ft_json_f64(tree, "best_metric", -DBL_MAX, DBL_MAX, &s->best_metric, path, err)) ||
        (st = ft_json_i64(tree, "best_global_step", 0, EXACT_MAX, &s->best_global_step, path,
                          err)) ||
        (st = ft_json_str(tree, "best_model_checkpoint", &checkpoint, path, err)) ||
        (st = load_log(o, tree, path, err)))
        return st;
    o->checkpoint = ft_xstrdup(checkpoint);
    s->best_model_checkpoint = o->checkpoint;
    s->log_history = (const char *const *)o->log;
    s->log_count = o->count;
    return FT_OK;
}

enum ft_status ft_trainer_state_load(struct ft_trainer_state *s, const char *path,
                                     struct ft_err *err)
{
    cJSON *tree;
    memset(s, 0, sizeof *s);
    enum ft_status st = ft_json_read(path, STATE_BYTES_MAX, &tree, err);
    if (st) return st;
    s->owned = ft_xcalloc(1, sizeof(struct owned));
    st = load_tree(s, tree, path, err);
    cJSON_Delete(tree);
    return st;
}

void ft_trainer_state_release(struct ft_trainer_state *s)
{
    struct owned *o = s->owned;
    if (o) {
        ft_names_free(o->log, o->count);
        free(o->checkpoint);
        free(o);
    }
    memset(s, 0, sizeof *s);
}

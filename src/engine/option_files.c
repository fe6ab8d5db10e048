/* Options as files and as text: --config files, run.json's object, a command to copy, presets. See
 * options.h. */
#include "engine/options.h"

#include "util/fs.h"
#include "util/mem.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* A JSON value as the text of an option; NULL when it is a list or an object. free() it. */
static char *text_of(const cJSON *v)
{
    if (cJSON_IsString(v)) return ft_xstrdup(v->valuestring);
    if (cJSON_IsBool(v)) return ft_xstrdup(cJSON_IsTrue(v) ? "true" : "false");
    if (cJSON_IsNull(v)) return ft_xstrdup("");
    if (!cJSON_IsNumber(v)) return NULL;
    struct ft_str s = {0};
    ft_json_add_num(&s, v->valuedouble);
    return ft_str_take(&s);
}

static enum ft_status set_unless_given(struct ft_options *o, const char *name, const char *text,
                                       struct ft_err *err)
{
    int id = ft_option_find(name);
    if (id >= 0 && ft_options_given(o, (enum ft_opt)id)) return FT_OK;
    return ft_options_set(o, name, text, true, err);
}

static enum ft_status load_json(struct ft_options *o, const cJSON *tree, const char *path,
                                struct ft_err *err)
{
    if (!cJSON_IsObject(tree))
        return ft_fail(err, FT_FORMAT, "%s: expected a JSON object of options", path);
    enum ft_status st = FT_OK;
    const cJSON *v;
    cJSON_ArrayForEach(v, tree)
    {
        char *text = text_of(v);
        st = text ? set_unless_given(o, v->string, text, err)
                  : ft_fail(err, FT_FORMAT, "%s is a list or an object, expected one value",
                            v->string);
        free(text);
        if (!st) continue;
        ft_fail_in(err, "%s", path);
        break;
    }
    return st;
}

static char *trimmed(const char *from, const char *to)
{
    while (from < to && isspace((unsigned char)*from))
        from++;
    while (to > from && isspace((unsigned char)to[-1]))
        to--;
    if (to - from >= 2 && (*from == '"' || *from == '\'') && to[-1] == *from) from++, to--;
    return ft_xstrndup(from, (size_t)(to - from));
}

static enum ft_status load_lines(struct ft_options *o, const char *text, const char *path,
                                 struct ft_err *err)
{
    enum ft_status st = FT_OK;
    size_t line = 1;
    for (const char *p = text; *p && !st; line++) {
        const char *end = p + strcspn(p, "\n"), *next = *end ? end + 1 : end;
        const char *sign = p + strcspn(p, "=:\n");
        char *name = trimmed(p, sign < end ? sign : end);
        if (*name && *name != '#') {
            if (sign >= end) {
                st = ft_fail(err, FT_FORMAT, "%s: line %zu: expected option = value", path, line);
            } else {
                char *value = trimmed(sign + 1, end);
                if ((st = set_unless_given(o, name, value, err)))
                    ft_fail_in(err, "%s: line %zu", path, line);
                free(value);
            }
        }
        free(name);
        p = next;
    }
    return st;
}

enum ft_status ft_options_load(struct ft_options *o, const char *path, struct ft_err *err)
{
    char *text;
    size_t n;
    enum ft_status st = ft_file_read(path, 1 << 20, &text, &n, err);
    if (st) return st;
    if (text[strspn(text, " \t\r\n")] == '{') {
        cJSON *tree = NULL;
        st = ft_json_parse(text, n, path, &tree, err);
        if (!st) st = load_json(o, tree, path, err);
        cJSON_Delete(tree);
    } else {
        st = load_lines(o, text, path, err);
    }
    free(text);
    return st;
}

static void add_value(const struct ft_options *o, int id, struct ft_str *out)
{
    enum ft_opt_type type = ft_option_at((enum ft_opt)id)->type;
    const char *text = o->v[id].text;
    if (type == FT_OPT_TYPE_INT || type == FT_OPT_TYPE_FLOAT)
        ft_json_add_num(out, o->v[id].num);
    else if (type == FT_OPT_TYPE_BOOL)
        ft_str_addz(out, o->v[id].num != 0 ? "true" : "false");
    else
        ft_json_add_str(out, text, strlen(text));
}

enum ft_status ft_options_save(const struct ft_options *o, const char *path, struct ft_err *err)
{
    struct ft_str s = {0};
    ft_str_addz(&s, "{");
    for (int i = 0, n = 0; i < FT_OPT_COUNT; i++) {
        if (!o->v[i].given) continue;
        ft_str_addf(&s, "%s\n  \"%s\": ", n++ ? "," : "", ft_option_at((enum ft_opt)i)->name);
        add_value(o, i, &s);
    }
    ft_str_addz(&s, "\n}\n");
    enum ft_status st = ft_file_write(path, s.data, s.len, err);
    ft_str_release(&s);
    return st;
}

void ft_options_to_json(const struct ft_options *o, struct ft_str *out)
{
    ft_str_addc(out, '{');
    for (int i = 0; i < FT_OPT_COUNT; i++) {
        ft_json_add_key(out, ft_option_at((enum ft_opt)i)->name);
        ft_str_addz(out, "{\"value\":");
        add_value(o, i, out);
        ft_str_addf(out, ",\"given\":%s}", o->v[i].given ? "true" : "false");
    }
    ft_str_addc(out, '}');
}

enum ft_status ft_options_from_json(struct ft_options *o, const cJSON *tree, const char *name,
                                    struct ft_err *err)
{
    const cJSON *row;
    cJSON_ArrayForEach(row, tree)
    {
        int id = row->string ? ft_option_find(row->string) : -1;
        if (id < 0) continue;
        char *text = text_of(ft_json_get(row, "value"));
        enum ft_status st = ft_options_set_id(o, (enum ft_opt)id, text ? text : "",
                                              cJSON_IsTrue(ft_json_get(row, "given")), err);
        free(text);
        if (st) {
            ft_fail_in(err, "%s", name);
            return st;
        }
    }
    return FT_OK;
}

static void add_quoted(struct ft_str *out, const char *text)
{
    bool plain = *text != 0;
    for (const char *p = text; *p; p++)
        plain = plain && (isalnum((unsigned char)*p) || strchr("_-./,=:+@%", *p));
    if (plain) {
        ft_str_addz(out, text);
        return;
    }
    ft_str_addc(out, '\'');
    for (const char *p = text; *p; p++) {
        if (*p == '\'')
            ft_str_addz(out, "'\\''");
        else
            ft_str_addc(out, *p);
    }
    ft_str_addc(out, '\'');
}

void ft_options_command(const struct ft_options *o, bool all, struct ft_str *out)
{
    static const enum ft_opt first[] = {FT_OPT_model, FT_OPT_data, FT_OPT_output_dir};
    ft_str_addz(out, "fettle train");
    for (int pass = 0; pass < 2; pass++) {
        for (int i = 0; i < FT_OPT_COUNT; i++) {
            bool early = false;
            for (size_t k = 0; k < 3; k++)
                early = early || i == (int)first[k];
            if (early != !pass || (!all && !o->v[i].given) || !*o->v[i].text) continue;
            ft_str_addf(out, " --%s ", ft_option_at((enum ft_opt)i)->name);
            add_quoted(out, o->v[i].text);
        }
    }
}

static const struct ft_preset built_in[] = {
    {"quick-try", "a first look in minutes",
     "num_train_epochs=1 max_seq_length=64 limit=2000 learning_rate=5e-5"},
    {"bert-paper", "the recipe of the BERT paper for classification",
     "learning_rate=2e-5 num_train_epochs=3 per_device_train_batch_size=32 max_seq_length=128 "
     "warmup_ratio=0.1 weight_decay=0.01"},
    {"small-data", "below 5,000 rows: more epochs, warm-up, best one kept",
     "learning_rate=2e-5 num_train_epochs=15 per_device_train_batch_size=16 warmup_ratio=0.1"},
    {"long-texts", "512 tokens, start and end of each text",
     "max_seq_length=512 truncation=head_tail per_device_train_batch_size=8 "
     "gradient_accumulation_steps=2 learning_rate=2e-5 warmup_ratio=0.1"},
};

const struct ft_preset *ft_presets_built_in(size_t *n)
{
    *n = sizeof built_in / sizeof *built_in;
    return built_in;
}

static char *preset_path(const char *name)
{
    char *file = ft_xprintf("presets/%s", name), *path = ft_xdg_path(FT_XDG_CONFIG, file);
    free(file);
    return path;
}

enum ft_status ft_preset_apply(struct ft_options *o, const char *name, struct ft_err *err)
{
    for (size_t i = 0; i < sizeof built_in / sizeof *built_in; i++) {
        if (strcmp(built_in[i].name, name)) continue;
        char *copy = ft_xstrdup(built_in[i].values), *rest = copy;
        enum ft_status st = FT_OK;
        for (char *word; !st && (word = strsep(&rest, " "));) {
            char *sign = strchr(word, '=');
            if (!sign) continue;
            *sign = 0;
            st = set_unless_given(o, word, sign + 1, err);
        }
        free(copy);
        return st;
    }
    char *path = preset_path(name);
    enum ft_status st = strchr(name, '/') || !ft_path_is_file(path)
                            ? ft_fail(err, FT_USAGE,
                                      "there is no preset %s, expected quick-try, bert-paper, "
                                      "small-data, long-texts or one of your own (%s)",
                                      name, path)
                            : ft_options_load(o, path, err);
    free(path);
    return st;
}

enum ft_status ft_preset_save(const struct ft_options *o, const char *name, struct ft_err *err)
{
    if (!*name || *name == '.' || strchr(name, '/'))
        return ft_fail(err, FT_USAGE, "a preset cannot be called %s: use letters and digits", name);
    char *path = preset_path(name), *dir = ft_path_dir(path);
    enum ft_status st = ft_mkdirs(dir, err);
    if (!st) st = ft_options_save(o, path, err);
    free(dir);
    free(path);
    return st;
}

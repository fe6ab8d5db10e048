/* What a pickle of weights may name and build: tensors, parameters, storages and dicts. Any other
 * name is refused, and nothing is ever looked up or called: see pt_pickle.h. */
#include "data/pt_pickle_in.h"
#include "util/str.h"

#include <stdio.h>
#include <string.h>

enum { NAME_MAX_BYTES = 200 };

bool ft_pt_is_text(const struct ft_pt_value *v, const char *text)
{
    return v->kind == FT_PT_TEXT && v->text_len == strlen(text) &&
           (!v->text_len || !memcmp(v->text, text, v->text_len));
}

struct ft_pt_value *ft_pt_get(const struct ft_pt_value *dict, const char *key)
{
    if (dict->kind != FT_PT_DICT) return NULL;
    for (size_t i = dict->n / 2; i-- > 0;)
        if (ft_pt_is_text(dict->items[2 * i], key)) return dict->items[2 * i + 1];
    return NULL;
}

static bool is_storage(const char *name)
{
    static const char *const before[] = {"torch.storage.", "torch.cuda.", "torch."};
    static const char end[] = "Storage";
    size_t n = strlen(name), e = sizeof end - 1;
    for (size_t i = 0; i < sizeof before / sizeof *before; i++) {
        size_t b = strlen(before[i]);
        if (strncmp(name, before[i], b)) continue;
        return n > b + e && ft_ends_with(name, n, end) && !strchr(name + b, '.');
    }
    return false;
}

#define REBUILD_TENSOR    "torch._utils._rebuild_tensor_v2"
#define REBUILD_PARAMETER "torch._utils._rebuild_parameter"
#define ORDERED_DICT      "collections.OrderedDict"

static bool is_allowed(const char *name)
{
    return !strcmp(name, REBUILD_TENSOR) || !strcmp(name, REBUILD_PARAMETER) ||
           !strcmp(name, ORDERED_DICT) || is_storage(name);
}

static enum ft_status fail_name(struct ft_pt_machine *m, const char *name)
{
    bool quantised = strstr(name, "qtensor") || strstr(name, "quantized");
    return ft_fail(m->err, FT_UNSUPPORTED,
                   "%s: names %s%s, which is not allowed in weights: only tensors, numbers, "
                   "strings, lists and dicts are read, and nothing in the file is run. %s",
                   m->name, name, quantised ? " (a quantised tensor)" : "",
                   quantised ? "Use the model before it was quantised"
                             : "If you trust the file, save its state dict again as safetensors");
}

/* module and name, which may come from anywhere in the file. */
static enum ft_status push_global(struct ft_pt_machine *m, const char *module, size_t module_len,
                                  const char *what, size_t what_len)
{
    char name[2 * NAME_MAX_BYTES + 2];
    if (module_len > NAME_MAX_BYTES || what_len > NAME_MAX_BYTES)
        return ft_pt_fail(m, "the name of a function is too long");
    int len =
        snprintf(name, sizeof name, "%.*s.%.*s", (int)module_len, module, (int)what_len, what);
    if (len < 0 || !is_allowed(name)) return fail_name(m, name);
    struct ft_pt_value *v = ft_pt_new_value(m, FT_PT_GLOBAL);
    v->text_len = strlen(name);
    v->text = ft_arena_strndup(m->arena, name, v->text_len);
    ft_pt_push(m, v);
    return FT_OK;
}

enum ft_status ft_pt_global_line(struct ft_pt_machine *m, size_t unused)
{
    (void)unused;
    const char *module, *what = "";
    size_t module_len, what_len = 0;
    enum ft_status st = ft_pt_take_line(m, &module, &module_len);
    if (!st) st = ft_pt_take_line(m, &what, &what_len);
    return st ? st : push_global(m, module, module_len, what, what_len);
}

enum ft_status ft_pt_global_of_stack(struct ft_pt_machine *m, size_t unused)
{
    (void)unused;
    struct ft_pt_value *what = ft_pt_pop(m), *module = ft_pt_pop(m);
    if (!what || !module || what->kind != FT_PT_TEXT || module->kind != FT_PT_TEXT)
        return ft_pt_fail(m, "a name that is not two strings");
    return push_global(m, module->text, module->text_len, what->text, what->text_len);
}

/* ---- what may be built ---- */

/* OrderedDict(), or OrderedDict([[key, value], ..]) as Python 2 wrote it. */
static enum ft_status make_dict(struct ft_pt_machine *m, const struct ft_pt_value *args)
{
    struct ft_pt_value *dict = ft_pt_new_value(m, FT_PT_DICT);
    const struct ft_pt_value *pairs = args->n ? args->items[0] : NULL;
    if (args->n > 1 || (pairs && pairs->kind != FT_PT_LIST && pairs->kind != FT_PT_TUPLE))
        return ft_pt_fail(m, "an OrderedDict of something that is not a list of pairs");
    for (size_t i = 0; pairs && i < pairs->n; i++) {
        const struct ft_pt_value *pair = pairs->items[i];
        if ((pair->kind != FT_PT_LIST && pair->kind != FT_PT_TUPLE) || pair->n != 2)
            return ft_pt_fail(m, "an OrderedDict of something that is not a list of pairs");
        ft_pt_add_item(m, dict, pair->items[0]);
        ft_pt_add_item(m, dict, pair->items[1]);
        if (++m->values > FT_PT_VALUES_MAX) return ft_pt_fail(m, "too many values for weights");
    }
    ft_pt_push(m, dict);
    return FT_OK;
}

enum ft_status ft_pt_reduce(struct ft_pt_machine *m, size_t unused)
{
    (void)unused;
    struct ft_pt_value *args = ft_pt_pop(m), *call = ft_pt_pop(m);
    if (!args || !call || args->kind != FT_PT_TUPLE || call->kind != FT_PT_GLOBAL)
        return ft_pt_fail(m, "a call of something that is not a function");
    if (!strcmp(call->text, ORDERED_DICT)) return make_dict(m, args);
    if (!strcmp(call->text, REBUILD_TENSOR)) {
        if (args->n < 4 || args->items[0]->kind != FT_PT_STORAGE)
            return ft_pt_fail(m, "a tensor without a storage, an offset, a size and strides");
        struct ft_pt_value *v = ft_pt_new_value(m, FT_PT_TENSOR);
        v->items = args->items;
        v->n = 4;
        ft_pt_push(m, v);
        return FT_OK;
    }
    if (!strcmp(call->text, REBUILD_PARAMETER)) {
        if (!args->n || args->items[0]->kind != FT_PT_TENSOR)
            return ft_pt_fail(m, "a parameter without a tensor");
        ft_pt_push(m, args->items[0]);
        return FT_OK;
    }
    return fail_name(m, call->text); /* a storage that is called */
}

/* The attributes of a state dict (_metadata) or a parameter say nothing about the weights. */
enum ft_status ft_pt_set_state(struct ft_pt_machine *m, size_t unused)
{
    (void)unused;
    struct ft_pt_value *state = ft_pt_pop(m), *v = ft_pt_peek(m);
    if (!state || !v || (v->kind != FT_PT_DICT && v->kind != FT_PT_TENSOR))
        return ft_pt_fail(m, "attributes of something that has none");
    return FT_OK;
}

/* ("storage", torch.FloatStorage, key, location, elements [, view]): view is None or (key, first
 * element, elements), in legacy files only. */
enum ft_status ft_pt_storage(struct ft_pt_machine *m, size_t unused)
{
    (void)unused;
    const struct ft_pt_value *id = ft_pt_pop(m);
    if (!id || id->kind != FT_PT_TUPLE || id->n < 5 || !ft_pt_is_text(id->items[0], "storage") ||
        id->items[1]->kind != FT_PT_GLOBAL || id->items[2]->kind != FT_PT_TEXT ||
        id->items[4]->kind != FT_PT_INT || id->items[4]->number < 0 ||
        !is_storage(id->items[1]->text))
        return ft_pt_fail(m, "a reference that does not describe a storage");
    struct ft_pt_value *v = ft_pt_new_value(m, FT_PT_STORAGE);
    v->type = strrchr(id->items[1]->text, '.') + 1;
    v->text = id->items[2]->text;
    v->text_len = id->items[2]->text_len;
    v->number = id->items[4]->number;
    v->next = m->storages;
    m->storages = v;
    const struct ft_pt_value *view = id->n > 5 ? id->items[5] : NULL;
    if (view && view->kind != FT_PT_NONE) {
        if (view->kind != FT_PT_TUPLE || view->n != 3 || view->items[1]->kind != FT_PT_INT ||
            view->items[2]->kind != FT_PT_INT || view->items[1]->number < 0 ||
            view->items[2]->number < 0 || view->items[1]->number > v->number ||
            view->items[2]->number > v->number - view->items[1]->number)
            return ft_pt_fail(m, "a view that lies outside its storage");
        v->first = view->items[1]->number;
        v->number = view->items[2]->number;
    }
    ft_pt_push(m, v);
    return FT_OK;
}

/* The list of a run's events: see event_list.h. */
#include "engine/train/event_list.h"

#include "util/fs.h"
#include "util/mem.h"

#include <stdlib.h>
#include <string.h>

static const char *const kind_names[] = {"set", "save", "evaluate"};
enum { KINDS = sizeof kind_names / sizeof *kind_names };
#define METRICS_BYTES_MAX ((size_t)4 << 30)

void ft_events_release(struct ft_events *e)
{
    free(e->items);
    memset(e, 0, sizeof *e);
}

void ft_events_add(struct ft_events *e, const struct ft_event *event)
{
    ft_grow(&e->items, &e->cap, e->n + 1, sizeof *e->items);
    e->items[e->n++] = *event;
}

static enum ft_status read_set(const cJSON *tree, struct ft_event *event, const char *name,
                               struct ft_err *err)
{
    const cJSON *option = ft_json_get(tree, "option"), *value = ft_json_get(tree, "value");
    int id = cJSON_IsString(option) ? ft_option_find(option->valuestring) : -1;
    if (id < 0 || !ft_option_at((enum ft_opt)id)->live)
        return ft_fail(err, FT_FORMAT, "%s: sets an option that cannot be changed during a run",
                       name);
    struct ft_str text = {0};
    if (cJSON_IsString(value))
        ft_str_addz(&text, value->valuestring);
    else if (cJSON_IsNumber(value))
        ft_json_add_num(&text, value->valuedouble);
    event->option = (enum ft_opt)id;
    snprintf(event->value, sizeof event->value, "%s", ft_str_text(&text));
    enum ft_status st = text.len < sizeof event->value
                            ? ft_option_check(event->option, event->value, err)
                            : ft_fail(err, FT_FORMAT, "the value is too long");
    if (st) ft_fail_in(err, "%s", name);
    ft_str_release(&text);
    return st;
}

/* An event from its object; *is false: the object is something else. */
static enum ft_status read_event(const cJSON *tree, struct ft_event *event, bool *is,
                                 const char *name, struct ft_err *err)
{
    const char *kind = NULL;
    int64_t step = -1;
    enum ft_status st = ft_json_str(tree, "event", &kind, name, err);
    *is = !st && kind;
    if (!*is) return st;
    if ((st = ft_json_i64(tree, "step", 0, (int64_t)1 << 53, &step, name, err))) return st;
    if (step < 0) return ft_fail(err, FT_FORMAT, "%s: an event without a step", name);
    memset(event, 0, sizeof *event);
    event->step = (uint64_t)step;
    for (int k = 0; k < KINDS; k++) {
        if (strcmp(kind, kind_names[k])) continue;
        event->kind = (enum ft_event_kind)k;
        return k == FT_EVENT_SET ? read_set(tree, event, name, err) : FT_OK;
    }
    return ft_fail(err, FT_FORMAT, "%s: event %s, expected set, save or evaluate", name, kind);
}

static enum ft_status in_order(const struct ft_events *e, const struct ft_event *event,
                               const char *name, struct ft_err *err)
{
    if (!e->n || e->items[e->n - 1].step <= event->step) return FT_OK;
    return ft_fail(err, FT_FORMAT, "%s: events out of order: step %llu after step %llu", name,
                   (unsigned long long)event->step, (unsigned long long)e->items[e->n - 1].step);
}

enum ft_status ft_events_read(struct ft_events *e, const char *path, bool strict,
                              struct ft_err *err)
{
    char *text = NULL;
    size_t n = 0, number = 1;
    enum ft_status st = ft_file_read(path, METRICS_BYTES_MAX, &text, &n, err);
    for (size_t from = 0; !st && from < n; number++) {
        const char *end = memchr(text + from, '\n', n - from);
        if (!end) break; /* a line that was being written when the run was killed */
        size_t len = (size_t)(end - text) - from;
        char name[1024];
        snprintf(name, sizeof name, "%s:%zu", path, number);
        cJSON *tree = NULL;
        struct ft_event event;
        bool is = false;
        if (len && ft_json_parse(text + from, len, name, &tree, strict ? err : NULL) && strict)
            st = FT_FORMAT;
        if (!st && tree) st = read_event(tree, &event, &is, name, err);
        if (!st && is) st = in_order(e, &event, name, err);
        event.at = from;
        if (!st && is) ft_events_add(e, &event);
        cJSON_Delete(tree);
        from += len + 1;
    }
    free(text);
    return st;
}

enum ft_status ft_events_from_json(struct ft_events *e, const cJSON *list, const char *name,
                                   struct ft_err *err)
{
    const cJSON *item;
    enum ft_status st = FT_OK;
    cJSON_ArrayForEach(item, list)
    {
        struct ft_event event;
        bool is = false;
        st = read_event(item, &event, &is, name, err);
        if (!st && is) st = in_order(e, &event, name, err);
        if (st) break;
        if (is) ft_events_add(e, &event);
    }
    return st;
}

void ft_event_to_json(const struct ft_event *event, struct ft_str *out)
{
    ft_str_addf(out, "{\"step\":%llu,\"event\":\"%s\"", (unsigned long long)event->step,
                kind_names[event->kind]);
    if (event->kind == FT_EVENT_SET) {
        const char *name = ft_option_at(event->option)->name;
        double x;
        ft_json_put_text(out, "option", name);
        ft_json_add_key(out, "value");
        enum ft_opt_type type = ft_option_at(event->option)->type;
        if ((type == FT_OPT_TYPE_FLOAT || type == FT_OPT_TYPE_INT) &&
            ft_parse_double(event->value, &x))
            ft_json_add_num(out, x);
        else
            ft_json_add_str(out, event->value, strlen(event->value));
    }
    ft_str_addc(out, '}');
}

void ft_events_to_json(const struct ft_events *e, struct ft_str *out)
{
    ft_str_addc(out, '[');
    for (size_t i = 0; i < e->n; i++) {
        if (i) ft_str_addc(out, ',');
        ft_event_to_json(&e->items[i], out);
    }
    ft_str_addc(out, ']');
}

void ft_events_apply_until(const struct ft_events *e, uint64_t step, struct ft_options *o)
{
    for (size_t i = 0; i < e->n && e->items[i].step <= step; i++) {
        const struct ft_event *x = &e->items[i];
        if (x->kind == FT_EVENT_SET && x->option != FT_OPT_learning_rate)
            ft_options_set_id(o, x->option, x->value, true, NULL); /* was checked when read */
    }
}

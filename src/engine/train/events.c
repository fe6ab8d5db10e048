/* Events of a run: options changed while it went on, evaluations and checkpoints on request. They
 * are lines {"step":n,"event":..} of metrics.jsonl, written after update n and before what they
 * cause. See train.h.
 *
 * Exactness. A run that goes on from a checkpoint loses the lines after it, so the events among
 * them are made again at their steps. They are in run.json ("replay") before metrics.jsonl is cut,
 * so that a second kill loses none. All lists of a run's events say the same as far as they go:
 * where one has more events of a step than another, the shorter is a beginning of the longer. So
 * the longest is taken, step by step. */
#include "engine/train/train.h"

#include "util/fs.h"
#include "util/json.h"
#include "util/log.h"
#include "util/mem.h"

#include <math.h>
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

static void add(struct ft_events *e, const struct ft_event *event)
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
        return ft_fail(err, FT_FORMAT, "%s: sets no option that may change while a run goes on",
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
    return ft_fail(err, FT_FORMAT, "%s: an event of step %llu after one of step %llu", name,
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
        if (!st && is) add(e, &event);
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
        if (is) add(e, &event);
    }
    return st;
}

static void add_event(const struct ft_event *event, struct ft_str *out)
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
        add_event(&e->items[i], out);
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

/* The events of step n: their first one's place, and how many. */
static size_t of_step(const struct ft_events *e, uint64_t n, size_t *count)
{
    size_t i = 0;
    while (i < e->n && e->items[i].step < n)
        i++;
    *count = 0;
    while (i + *count < e->n && e->items[i + *count].step == n)
        ++*count;
    return i;
}

static bool asked_for(const struct ft_train *t, enum ft_opt id)
{
    for (size_t i = 0; i < t->asked.n; i++)
        if (t->asked.items[i].option == id) return true;
    return false;
}

enum ft_status ft_events_restore(struct ft_train *t, struct ft_err *err)
{
    struct ft_events own = {0}, merged = {0};
    char *path = ft_path_join(t->dir, "metrics.jsonl");
    enum ft_status st = FT_OK;
    if (t->resumed && ft_path_exists(path)) st = ft_events_read(&own, path, false, err);
    free(path);
    if (st) {
        ft_events_release(&own);
        return st;
    }
    size_t kept_now = 0; /* events of the checkpoint's step that metrics.jsonl keeps */
    for (size_t i = 0; i < own.n && own.items[i].at < t->s.metrics_bytes; i++) {
        const struct ft_event *x = &own.items[i];
        t->changes += x->kind == FT_EVENT_SET;
        kept_now += x->step == t->s.step;
        if (x->kind == FT_EVENT_SET && x->option != FT_OPT_learning_rate)
            ft_options_set_id(&t->o, x->option, x->value, true, NULL);
    }
    /* The newly given file counts for the steps to come only. */
    const struct ft_events *lists[] = {&own, &t->replay, &t->given};
    enum { LISTS = sizeof lists / sizeof *lists };
    for (uint64_t n = t->s.step;;) {
        size_t best = 0, best_count = 0, best_at = 0;
        uint64_t next = UINT64_MAX;
        for (size_t k = 0; k < LISTS; k++) {
            size_t count, at = of_step(lists[k], n, &count);
            if (at + count < lists[k]->n && lists[k]->items[at + count].step < next)
                next = lists[k]->items[at + count].step;
            if (lists[k] == &t->given && n == t->s.step && n) count = 0;
            if (count > best_count) best = k, best_count = count, best_at = at;
        }
        for (size_t i = 0; i < best_count; i++) {
            const struct ft_event *x = &lists[best]->items[best_at + i];
            bool kept = n == t->s.step && i < kept_now;
            if (kept || x->kind != FT_EVENT_SET || !asked_for(t, x->option)) add(&merged, x);
        }
        if (next == UINT64_MAX) break;
        n = next;
    }
    ft_events_release(&t->replay);
    ft_events_release(&own);
    t->replay = merged;
    t->replay_next = kept_now;
    return FT_OK;
}

static enum ft_status record(struct ft_train *t, const struct ft_event *event, struct ft_err *err)
{
    struct ft_str s = {0};
    add_event(event, &s);
    enum ft_status st = ft_metrics_line(t, ft_str_text(&s), err);
    ft_str_release(&s);
    return st;
}

enum ft_status ft_events_note(struct ft_train *t, enum ft_event_kind kind, struct ft_err *err)
{
    return record(t, &(struct ft_event){.step = t->s.step, .kind = kind}, err);
}

/* The peak of the schedule is kept as a factor on what the run was started with. It is worked out
 * from the value that is written, so that reading the line gives the same factor again. */
static bool set_rate(struct ft_train *t, struct ft_event *event, const char *text)
{
    double base = ft_options_num(&t->o, FT_OPT_learning_rate), x = NAN;
    bool factor = text[0] == 'x';
    struct ft_str s = {0};
    if (!ft_parse_double(text + factor, &x)) return false;
    double value = factor ? base * t->s.lr_factor * x : x;
    if (!(base > 0 && value > 0 && value <= 1)) {
        ft_log(FT_LOG_WARN, "learning_rate cannot become %g: it stays", value);
        return false;
    }
    ft_json_add_num(&s, value);
    snprintf(event->value, sizeof event->value, "%s", ft_str_text(&s));
    ft_str_release(&s);
    t->s.lr_factor = value / base;
    return true;
}

enum ft_status ft_events_set(struct ft_train *t, enum ft_opt id, const char *value,
                             struct ft_err *err)
{
    struct ft_event event = {.step = t->s.step, .kind = FT_EVENT_SET, .option = id};
    enum ft_status st = FT_OK;
    if (id == FT_OPT_learning_rate) {
        if (!set_rate(t, &event, value)) return FT_OK;
    } else {
        if ((st = ft_options_set_id(&t->o, id, value, true, err))) return st;
        snprintf(event.value, sizeof event.value, "%s", value);
        ft_train_count_steps(t);
    }
    t->changes++;
    st = record(t, &event, err);
    return st ? st : ft_record_write(t, "running", err);
}

enum ft_status ft_events_due(struct ft_train *t, bool *save, bool *evaluate, struct ft_err *err)
{
    enum ft_status st = FT_OK;
    for (; !st && t->replay_next < t->replay.n; t->replay_next++) {
        struct ft_event x = t->replay.items[t->replay_next];
        if (x.step > t->s.step) break;
        if (x.kind == FT_EVENT_SET) {
            st = ft_events_set(t, x.option, x.value, err);
            continue;
        }
        st = record(t, &x, err);
        *(x.kind == FT_EVENT_SAVE ? save : evaluate) = true;
    }
    return st;
}

enum ft_status ft_events_asked(struct ft_train *t, struct ft_err *err)
{
    enum ft_status st = FT_OK;
    for (size_t i = 0; !st && i < t->asked.n; i++) {
        const struct ft_event *x = &t->asked.items[i];
        double value, base = ft_options_num(&t->o, FT_OPT_learning_rate);
        bool same = !strcmp(ft_options_text(&t->o, x->option), x->value);
        if (x->option == FT_OPT_learning_rate && ft_parse_double(x->value, &value))
            same = fabs(value / base - t->s.lr_factor) < 1e-12;
        else if (ft_parse_double(x->value, &value))
            same = same || fabs(value - ft_options_num(&t->o, x->option)) <= 0;
        if (!same) st = ft_events_set(t, x->option, x->value, err);
    }
    return st;
}

enum ft_status ft_events_fit(struct ft_train *t, struct ft_err *err)
{
    struct ft_options now;
    ft_options_copy(&now, &t->o);
    enum ft_status st = FT_OK;
    for (size_t i = 0; !st && i < t->asked.n; i++) {
        const struct ft_event *x = &t->asked.items[i];
        if (x->option == FT_OPT_learning_rate) continue;
        st = ft_options_set_id(&t->o, x->option, x->value, true, err);
        if (!st) ft_train_count_steps(t);
        if (!st && t->total < t->s.step)
            st = ft_fail(err, FT_USAGE,
                         "%s %s ends at step %llu, but %s is at step %llu already: give more",
                         ft_option_at(x->option)->name, x->value, (unsigned long long)t->total,
                         t->dir, (unsigned long long)t->s.step);
    }
    ft_options_release(&t->o);
    t->o = now;
    ft_train_count_steps(t);
    return st;
}

void ft_events_ask(struct ft_train *t, enum ft_opt id, const char *value)
{
    struct ft_event event = {.kind = FT_EVENT_SET, .option = id};
    snprintf(event.value, sizeof event.value, "%s", value);
    add(&t->asked, &event);
}

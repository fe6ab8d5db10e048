/* Events of a run: options changed while it went on, evaluations and checkpoints on request. They
 * are lines {"step":n,"event":..} of metrics.jsonl, written after update n and before what they
 * cause. See events.h.
 *
 * Exactness. A run that goes on from a checkpoint loses the lines after it, so the events among
 * them are made again at their steps. They are in run.json ("replay") before metrics.jsonl is cut,
 * so that a second kill loses none. All lists of a run's events say the same as far as they go:
 * where one has more events of a step than another, the shorter is a beginning of the longer. So
 * the longest is taken, step by step. */
#include "engine/train/events.h"

#include "engine/train/metrics_file.h"
#include "engine/train/record.h"
#include "engine/train/train_state.h"
#include "engine/train/train_steps.h"
#include "util/fs.h"
#include "util/json.h"
#include "util/log.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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
            if (kept || x->kind != FT_EVENT_SET || !asked_for(t, x->option))
                ft_events_add(&merged, x);
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
    ft_event_to_json(event, &s);
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
        ft_log(FT_LOG_WARN, "learning_rate cannot be set to %g: unchanged", value);
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
            st = ft_fail(
                err, FT_USAGE,
                "%s %s ends at step %llu, but %s is already at step %llu: use a larger value",
                ft_option_at(x->option)->name, x->value, (unsigned long long)t->total, t->dir,
                (unsigned long long)t->s.step);
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
    ft_events_add(&t->asked, &event);
}

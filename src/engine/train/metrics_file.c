/* metrics.jsonl of a run: see metrics_file.h. It is appended, one write a line, synced before a
 * checkpoint that records its length, and cut back to that length when the run is resumed.
 *
 * Repair. A checkpoint has the last lines of the file and all of its events. Where the file is not
 * what the checkpoint knows (a power cut, a damaged disk), it is put together again: lines of the
 * file up to the first of those, those, and what the file has after the last of those. Lines are
 * found by their text, not by their offset, so that what was lost does not shift what was not. */
#include "engine/train/metrics_file.h"

#include "engine/train/train_state.h"
#include "util/fs.h"
#include "util/json.h"
#include "util/log.h"
#include "util/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_BYTES_MAX ((size_t)4 << 30)

/* --- the log history --- */

static bool is_event(const char *line)
{
    return strstr(line, "\"event\":") != NULL;
}

static bool is_loss(const char *line)
{
    return strstr(line, "\"loss\":") != NULL;
}

/* Drops every second of the first n lines; only_losses: of those that log a loss. */
static void thin(struct ft_train *t, size_t n, bool only_losses)
{
    size_t to = 0, seen = 0;
    for (size_t i = 0; i < t->history_n; i++) {
        bool may = i < n && (!only_losses || is_loss(t->history[i]));
        if (may && seen++ % 2) {
            free(t->history[i]);
            continue;
        }
        t->history[to++] = t->history[i];
    }
    t->history_whole = n - (t->history_n - to);
    t->history_n = to;
}

/* A run of any length keeps a bounded history: when it is full, its older half is thinned. */
static void remember(struct ft_train *t, const char *line, size_t n)
{
    enum { MOST = FT_METRICS_HISTORY_MAX, HALF = MOST / 2 };
    if (t->history_n == MOST) {
        thin(t, HALF, true);
        if (t->history_n > MOST - HALF / 4) thin(t, t->history_whole, false);
    }
    ft_grow(&t->history, &t->history_cap, t->history_n + 1, sizeof *t->history);
    char *text = ft_xstrndup(line, n);
    t->history[t->history_n++] = text;
    if (!is_event(text)) return;
    ft_str_add(&t->event_lines, line, n);
    ft_str_addc(&t->event_lines, '\n');
}

void ft_metrics_tail(const struct ft_train *t, struct ft_str *out)
{
    size_t from = t->history_n, bytes = 0;
    while (from > t->history_whole) {
        bytes += strlen(t->history[from - 1]) + 1;
        if (bytes > FT_METRICS_TAIL_MAX) break;
        from--;
    }
    for (size_t i = from; i < t->history_n; i++) {
        ft_str_addz(out, t->history[i]);
        ft_str_addc(out, '\n');
    }
}

/* --- repair --- */

struct line {
    const char *text; /* n bytes, without the newline */
    size_t n;
    uint64_t step;
    bool is_event, is_eval;
};
struct lines {
    struct line *items;
    size_t n, cap;
};

static bool read_line(struct line *x)
{
    cJSON *tree = NULL;
    if (!x->n || ft_json_parse(x->text, x->n, "metrics.jsonl", &tree, NULL)) return false;
    double step = ft_json_number(tree, "step");
    bool ok = step >= 0 && step <= 9e15;
    x->step = ok ? (uint64_t)step : 0;
    x->is_event = ft_json_get(tree, "event");
    x->is_eval = ft_json_get(tree, "eval_loss");
    cJSON_Delete(tree);
    return ok;
}

/* The whole lines of a text that can be read; returns whether that is all of it. */
static bool split(struct lines *l, const char *text, size_t n)
{
    bool all = true;
    for (size_t from = 0; from < n;) {
        const char *end = memchr(text + from, '\n', n - from);
        if (!end) return false;
        struct line x = {.text = text + from, .n = (size_t)(end - text) - from};
        from += x.n + 1;
        if (!read_line(&x)) {
            all = false;
            continue;
        }
        ft_grow(&l->items, &l->cap, l->n + 1, sizeof *l->items);
        l->items[l->n++] = x;
    }
    return all;
}

static bool same(const struct line *a, const struct line *b)
{
    return a->n == b->n && !memcmp(a->text, b->text, a->n);
}

/* Whether the file begins with what the checkpoint knows. */
static bool is_whole(const struct ft_train *t, const char *text, size_t n)
{
    size_t keep = (size_t)t->s.metrics_bytes, tail = t->tail ? strlen(t->tail) : 0;
    if (keep > n || tail > keep || text[keep - 1] != '\n') return false;
    if (tail && memcmp(text + keep - tail, t->tail, tail)) return false;
    struct lines l = {0};
    bool whole = split(&l, text, keep);
    free(l.items);
    return whole;
}

/* The lines of the file before the first of the tail, and after its last. */
static void find_place(const struct lines *file, const struct lines *tail, uint64_t step,
                       size_t *before, size_t *after)
{
    size_t a = 0, b = file->n;
    if (tail->n) {
        const struct line *first = &tail->items[0], *last = &tail->items[tail->n - 1];
        while (a < file->n && !same(&file->items[a], first) && file->items[a].step < first->step)
            a++;
        while (b > a && !same(&file->items[b - 1], last))
            b--;
        if (b > a) {
            *before = a;
            *after = b;
            return;
        }
    } else {
        while (a < file->n && file->items[a].step <= step)
            a++;
    }
    for (b = a; b < file->n && file->items[b].step <= step;)
        b++;
    *before = a;
    *after = b;
}

static void add_line(struct ft_str *out, const struct line *x)
{
    ft_str_add(out, x->text, x->n);
    ft_str_addc(out, '\n');
}

static bool has_line(const struct lines *l, const struct line *x)
{
    for (size_t i = 0; i < l->n; i++)
        if (same(&l->items[i], x)) return true;
    return false;
}

/* The first n lines of the file, with the events in the places where they were written: after the
 * loss of their step, before its evaluation. */
static void add_beginning(struct ft_str *out, const struct lines *file, size_t n,
                          const struct lines *events, const struct lines *tail)
{
    size_t next = 0;
    for (size_t i = 0; i <= n; i++) {
        const struct line *x = i < n ? &file->items[i] : NULL;
        for (; next < events->n; next++) {
            const struct line *e = &events->items[next];
            if (x && x->step <= e->step && !(x->step == e->step && x->is_eval)) break;
            if (!has_line(tail, e)) add_line(out, e);
        }
        if (x && !(x->is_event && events->n)) add_line(out, x);
    }
}

static enum ft_status put_together(struct ft_train *t, const char *path, const char *text, size_t n,
                                   struct ft_err *err)
{
    struct lines file = {0}, tail = {0}, events = {0};
    struct ft_str out = {0};
    size_t before, after, known = (size_t)t->s.metrics_bytes;
    split(&file, text, n);
    if (t->tail) split(&tail, t->tail, strlen(t->tail));
    split(&events, ft_str_text(&t->event_lines), t->event_lines.len);
    find_place(&file, &tail, t->s.step, &before, &after);
    if (!t->tail || strlen(t->tail) < known) /* else the tail is all of it */
        add_beginning(&out, &file, before, &events, &tail);
    for (size_t i = 0; i < tail.n; i++)
        add_line(&out, &tail.items[i]);
    t->s.metrics_bytes = out.len;
    for (size_t i = after; i < file.n; i++)
        add_line(&out, &file.items[i]);
    enum ft_status st = ft_file_write(path, out.data, out.len, err);
    if (!st && t->s.metrics_bytes >= known)
        ft_log(FT_LOG_WARN, "%s was damaged: restored from %s", path, t->from);
    else if (!st)
        ft_log(FT_LOG_WARN, "%s was damaged: %zu of %zu bytes before step %llu are lost", path,
               known - (size_t)t->s.metrics_bytes, known, (unsigned long long)t->s.step);
    ft_str_release(&out);
    free(file.items);
    free(tail.items);
    free(events.items);
    return st;
}

enum ft_status ft_metrics_repair(struct ft_train *t, struct ft_err *err)
{
    char *path = ft_path_join(t->dir, "metrics.jsonl"), *text = NULL;
    size_t n = 0;
    enum ft_status st = FT_OK;
    if (t->from && t->s.metrics_bytes) {
        if (ft_path_exists(path)) st = ft_file_read(path, FILE_BYTES_MAX, &text, &n, err);
        if (!st && !is_whole(t, text, n)) st = put_together(t, path, text ? text : "", n, err);
    }
    free(text);
    free(path);
    return st;
}

/* --- the file --- */

enum ft_status ft_metrics_open(struct ft_train *t, struct ft_err *err)
{
    char *path = ft_path_join(t->dir, "metrics.jsonl"), *text = NULL;
    size_t n = 0, keep = (size_t)t->s.metrics_bytes;
    enum ft_status st = FT_OK;
    if (keep) st = ft_file_read(path, FILE_BYTES_MAX, &text, &n, err);
    if (!st && keep > n)
        st = ft_fail(err, FT_FORMAT,
                     "%s: has %zu bytes, expected at least the %zu recorded in the checkpoint",
                     path, n, keep);
    ft_str_clear(&t->event_lines);
    for (size_t from = 0; !st && from < keep;) {
        const char *end = memchr(text + from, '\n', keep - from);
        size_t to = end ? (size_t)(end - text) : keep;
        remember(t, text + from, to - from);
        from = to + 1;
    }
    if (!st && !(t->metrics = fopen(path, keep ? "r+be" : "wbe")))
        st = ft_fail(err, FT_IO, "%s: cannot be written: %s", path, strerror(errno));
    if (!st && (ftruncate(fileno(t->metrics), (off_t)keep) || fseek(t->metrics, 0, SEEK_END)))
        st = ft_fail(err, FT_IO, "%s: cannot be truncated to %zu bytes: %s", path, keep,
                     strerror(errno));
    if (!st) ft_dir_sync(t->dir); /* its name, if it is new */
    free(text);
    free(path);
    return st;
}

enum ft_status ft_metrics_discard(struct ft_train *t, struct ft_err *err)
{
    if (!ftruncate(fileno(t->metrics), (off_t)t->saved_bytes)) return FT_OK;
    return ft_fail(err, FT_IO, "%s/metrics.jsonl: cannot be truncated: %s", t->dir,
                   strerror(errno));
}

static enum ft_status fail_write(const struct ft_train *t, struct ft_err *err)
{
    int why = errno;
    return ft_fail(err, FT_IO, "%s/metrics.jsonl: writing failed: %s%s", t->dir, strerror(why),
                   why == ENOSPC || why == EDQUOT ? "; free some disk space, then --resume" : "");
}

enum ft_status ft_metrics_line(struct ft_train *t, const char *line, struct ft_err *err)
{
    if (fprintf(t->metrics, "%s\n", line) < 0 || fflush(t->metrics)) return fail_write(t, err);
    remember(t, line, strlen(line));
    t->s.metrics_bytes += strlen(line) + 1;
    return FT_OK;
}

enum ft_status ft_metrics_sync(struct ft_train *t, struct ft_err *err)
{
    if (!t->metrics) return FT_OK;
    bool bad =
        fflush(t->metrics) || (fsync(fileno(t->metrics)) && errno != EINVAL && errno != EROFS);
    return bad ? fail_write(t, err) : FT_OK;
}

void ft_metrics_close(struct ft_train *t)
{
    if (t->metrics) fclose(t->metrics);
    t->metrics = NULL;
    for (size_t i = 0; i < t->history_n; i++)
        free(t->history[i]);
    free(t->history);
    t->history = NULL;
    t->history_n = t->history_cap = t->history_whole = 0;
    ft_str_release(&t->event_lines);
}

/* metrics.jsonl as numbers: see run_series.h. Files are hostile: sizes are
 * bounded, every number is checked, a line that is not an object is passed over. */
#include "engine/train/run_series.h"

#include "util/fs.h"
#include "util/json.h"
#include "util/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { CHUNK = 1 << 16, LINE_MOST = 1 << 20 };

void ft_run_series_release(struct ft_run_series *s)
{
    free(s->points);
    free(s->evals);
    free(s->events);
    *s = (struct ft_run_series){.train_runtime_s = -1};
}

static void add_point(struct ft_run_series *s, const cJSON *tree, uint64_t step)
{
    static const char *const parts[4] = {"data", "forward", "backward", "optimizer"};
    struct ft_run_point p = {.step = step,
                             .epoch = ft_json_number(tree, "epoch"),
                             .loss = ft_json_number(tree, "loss"),
                             .loss_label = ft_json_number(tree, "loss_label"),
                             .loss_teacher = ft_json_number(tree, "loss_teacher"),
                             .loss_hidden = ft_json_number(tree, "loss_hidden"),
                             .grad_norm = ft_json_number(tree, "grad_norm"),
                             .learning_rate = ft_json_number(tree, "learning_rate"),
                             .tokens_per_s = ft_json_number(tree, "tokens_per_second")};
    double tokens = ft_json_number(tree, "tokens"), before = s->tokens;
    p.rss_bytes = ft_json_number(tree, "rss_bytes");
    if (isfinite(tokens)) s->tokens = tokens;
    if (tokens > before && p.tokens_per_s > 0) s->seconds += (tokens - before) / p.tokens_per_s;
    p.seconds = s->seconds;
    const cJSON *ms = ft_json_get(tree, "ms");
    for (int i = 0; i < 4; i++)
        p.ms[i] = ft_json_number(ms, parts[i]);
    ft_grow(&s->points, &s->points_cap, s->points_n + 1, sizeof *s->points);
    s->points[s->points_n++] = p;
}

static void add_eval(struct ft_run_series *s, const cJSON *tree, uint64_t step)
{
    struct ft_run_eval e = {.step = step,
                            .epoch = ft_json_number(tree, "epoch"),
                            .loss = ft_json_number(tree, "eval_loss"),
                            .accuracy = ft_json_number(tree, "eval_accuracy"),
                            .f1 = ft_json_number(tree, "eval_f1"),
                            .seconds = ft_json_number(tree, "eval_runtime"),
                            .exact = ft_json_number(tree, "eval_exact"),
                            .perplexity = ft_json_number(tree, "eval_perplexity"),
                            .cosine = ft_json_number(tree, "eval_cosine"),
                            .f1_macro = ft_json_number(tree, "eval_f1_macro"),
                            .subset_accuracy = ft_json_number(tree, "eval_subset_accuracy"),
                            .precision = ft_json_number(tree, "eval_precision"),
                            .recall = ft_json_number(tree, "eval_recall"),
                            .pearson = ft_json_number(tree, "eval_pearson"),
                            .spearman = ft_json_number(tree, "eval_spearman"),
                            .mse = ft_json_number(tree, "eval_mse"),
                            .mae = ft_json_number(tree, "eval_mae")};
    ft_grow(&s->evals, &s->evals_cap, s->evals_n + 1, sizeof *s->evals);
    s->evals[s->evals_n++] = e;
}

double ft_run_eval_score(const struct ft_run_eval *e, const char *metric)
{
    const struct {
        const char *name;
        double value;
    } scores[] = {{"accuracy", e->accuracy},
                  {"f1", e->f1},
                  {"loss", e->loss},
                  {"exact", e->exact},
                  {"perplexity", e->perplexity},
                  {"cosine", e->cosine},
                  {"f1_macro", e->f1_macro},
                  {"subset_accuracy", e->subset_accuracy},
                  {"precision", e->precision},
                  {"recall", e->recall},
                  {"pearson", e->pearson},
                  {"spearman", e->spearman},
                  {"mse", e->mse},
                  {"mae", e->mae}};
    if (!strncmp(metric, "eval_", 5)) metric += 5;
    for (size_t i = 0; i < sizeof scores / sizeof *scores; i++)
        if (!strcmp(metric, scores[i].name)) return scores[i].value;
    return (double)NAN;
}

static void add_event(struct ft_run_series *s, const cJSON *tree, uint64_t step)
{
    struct ft_run_event e = {.step = step};
    const cJSON *option = ft_json_get(tree, "option"), *value = ft_json_get(tree, "value");
    snprintf(e.option, sizeof e.option, "%s", cJSON_IsString(option) ? option->valuestring : "");
    if (cJSON_IsString(value)) snprintf(e.value, sizeof e.value, "%s", value->valuestring);
    if (cJSON_IsNumber(value)) snprintf(e.value, sizeof e.value, "%.4g", value->valuedouble);
    ft_grow(&s->events, &s->events_cap, s->events_n + 1, sizeof *s->events);
    s->events[s->events_n++] = e;
}

/* One line; x of a series never falls, so a step that goes back is not understood. */
static bool take_line(struct ft_run_series *s, const char *line, size_t n)
{
    cJSON *tree = NULL;
    if (ft_json_parse(line, n, "metrics.jsonl", &tree, NULL)) return false;
    double at = ft_json_number(tree, "step");
    bool ok = at >= 0 && at <= 9e15;
    uint64_t step = ok ? (uint64_t)at : 0;
    if (ok && ft_json_get(tree, "event")) {
        add_event(s, tree, step);
    } else if (ok && ft_json_get(tree, "eval_loss")) {
        ok = !s->evals_n || s->evals[s->evals_n - 1].step <= step;
        if (ok) add_eval(s, tree, step);
    } else if (ok && ft_json_get(tree, "train_runtime")) {
        s->train_runtime_s = ft_json_number(tree, "train_runtime");
        if (!(s->train_runtime_s >= 0)) s->train_runtime_s = -1;
    } else if (ok) {
        ok = !s->points_n || s->points[s->points_n - 1].step <= step;
        if (ok) add_point(s, tree, step);
    }
    cJSON_Delete(tree);
    return ok;
}

/* Whole lines of `text`; returns the bytes they take. */
static size_t take_lines(struct ft_run_series *s, const char *text, size_t n)
{
    size_t from = 0;
    const char *end;
    while ((end = memchr(text + from, '\n', n - from))) {
        size_t to = (size_t)(end - text);
        if (to > from && !take_line(s, text + from, to - from)) s->passed_over++;
        from = to + 1;
    }
    return from;
}

/* Whether the bytes before read_bytes are those that were read last time. */
static bool same_beginning(const struct ft_run_series *s, FILE *f)
{
    char now[sizeof s->last];
    return !fseeko(f, (off_t)(s->read_bytes - s->last_n), SEEK_SET) &&
           fread(now, 1, s->last_n, f) == s->last_n && !memcmp(now, s->last, s->last_n);
}

static void keep_last(struct ft_run_series *s, const char *text, size_t used)
{
    if (!used) return;
    s->last_n = used < sizeof s->last ? used : sizeof s->last;
    memcpy(s->last, text + used - s->last_n, s->last_n);
}

bool ft_run_series_follow(struct ft_run_series *s, const char *dir)
{
    char *path = ft_path_join(dir, "metrics.jsonl");
    FILE *f = ft_path_is_file(path) ? fopen(path, "rbe") : NULL; /* a pipe would keep us waiting */
    free(path);
    struct stat st;
    bool changed = false;
    if (!f || fstat(fileno(f), &st) || !S_ISREG(st.st_mode)) {
        changed = s->read_bytes > 0;
        if (changed) ft_run_series_release(s);
        if (f) fclose(f);
        return changed;
    }
    if (!s->read_bytes && !s->points_n) s->train_runtime_s = -1;
    if (s->inode != st.st_ino || (uint64_t)st.st_size < s->read_bytes || !same_beginning(s, f)) {
        changed = s->read_bytes > 0;
        ft_run_series_release(s);
        s->inode = st.st_ino;
    }
    char *text = ft_xmalloc(CHUNK);
    size_t cap = CHUNK, have = 0, got;
    if ((uint64_t)st.st_size > s->read_bytes && !fseeko(f, (off_t)s->read_bytes, SEEK_SET)) {
        while ((got = fread(text + have, 1, cap - have, f)) > 0) {
            have += got;
            size_t used = take_lines(s, text, have);
            keep_last(s, text, used);
            memmove(text, text + used, have - used);
            have -= used;
            s->read_bytes += used;
            changed = changed || used;
            if (have == cap) {
                if (cap >= LINE_MOST) break; /* no line of ours is that long: wait no more */
                cap *= 2;
                text = ft_xrealloc(text, cap);
            }
        }
    }
    free(text);
    fclose(f);
    return changed;
}

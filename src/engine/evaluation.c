/* See evaluation.h. A worker makes a whole new content; the main thread swaps it in when it is
 * whole. */
#include "engine/evaluation.h"

#include "engine/baseline.h"
#include "engine/predict.h"
#include "engine/train.h"
#include "util/fs.h"
#include "util/json.h"
#include "util/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LABELS_MOST = 4096, LINE_MOST = 64 << 20 };

struct content {
    struct ft_evaluation_facts f;
    char *run, *data;
    char part[16];
    struct ft_evaluation_row *rows;
    size_t n, cap;
    struct ft_arena arena; /* texts and probabilities */
};

enum job_kind { LOAD, MAKE, BASELINE };

struct job {
    enum job_kind kind;
    char *run, *part, *data;
    struct content *made;
    double majority, linear;
};

struct ft_evaluation {
    struct ft_wake *wake;
    struct content *now, empty;
    struct job *job;
    struct ft_work *work;
    struct ft_err failed;
    uint64_t version;
};

static void content_free(struct content *c)
{
    if (!c) return;
    ft_scores_release(&c->f.scores);
    ft_arena_release(&c->arena);
    free(c->rows);
    free(c->run);
    free(c->data);
    free(c);
}

static void job_free(struct job *j)
{
    if (!j) return;
    content_free(j->made);
    free(j->run);
    free(j->part);
    free(j->data);
    free(j);
}

static struct content *content_new(const char *run)
{
    struct content *c = ft_xcalloc(1, sizeof *c);
    c->run = ft_xstrdup(run);
    c->data = ft_xstrdup("");
    c->f.linear = c->f.majority = (double)NAN;
    return c;
}

static void finish(struct content *c)
{
    c->f.there = true;
    c->f.run = c->run;
    c->f.part = c->part;
    c->f.data = c->data;
    c->f.examples = c->n;
    for (size_t i = 0; i < c->n; i++) {
        const struct ft_evaluation_row *r = &c->rows[i];
        bool wrong = r->label >= 0 && r->label != r->predicted;
        c->f.wrong += wrong;
        c->f.sure_wrong += wrong && (double)r->probabilities[r->predicted] > 0.95;
    }
}

static void add_row(struct content *c, const struct ft_evaluation_row *row, size_t labels)
{
    ft_grow(&c->rows, &c->cap, c->n + 1, sizeof *c->rows);
    struct ft_evaluation_row *r = &c->rows[c->n++];
    float *p = ft_arena_alloc(&c->arena, labels * sizeof *p);
    *r = *row;
    r->text = ft_arena_strndup(&c->arena, row->text ? row->text : "", row->n);
    if (row->pair) r->pair = ft_arena_strndup(&c->arena, row->pair, row->pair_n);
    memcpy(p, row->probabilities, labels * sizeof *p);
    r->probabilities = p;
}

static const char *part_named(const char *name)
{
    for (int i = 0; i < FT_PART_COUNT; i++)
        if (!strcmp(name, ft_part_name((enum ft_part)i))) return ft_part_name((enum ft_part)i);
    return "";
}

/* --- what a run's folder has --- */

static enum ft_status read_scores(struct content *c, const char *path, struct ft_err *err)
{
    cJSON *tree = NULL;
    const char *part = "", *task = "";
    int64_t step = 0;
    double loss = NAN;
    enum ft_status st = ft_json_read(path, (size_t)256 << 20, &tree, err);
    if (!st) st = ft_json_str(tree, "part", &part, path, err);
    if (!st) st = ft_json_str(tree, "task", &task, path, err);
    if (!st) st = ft_json_i64(tree, "step", 0, INT64_MAX, &step, path, err);
    if (!st) st = ft_json_f64(tree, "loss", -1e300, 1e300, &loss, path, err);
    const cJSON *labels = ft_json_get(tree, "labels"), *cell;
    const cJSON *rows = ft_json_get(tree, "confusion_matrix"), *row;
    int n = cJSON_IsArray(labels) ? cJSON_GetArraySize(labels) : 0;
    if (!st && strcmp(task, "classify"))
        st = ft_fail(err, FT_UNSUPPORTED, "%s: task %s is not shown here yet", path, task);
    if (!st && (n < 1 || n > LABELS_MOST || cJSON_GetArraySize(rows) != n))
        st = ft_fail(err, FT_FORMAT,
                     "%s: expected labels and a confusion_matrix with a row for each", path);
    const char **names = ft_xcalloc((size_t)(n > 0 ? n : 1), sizeof *names);
    uint64_t *counts = ft_xcalloc((size_t)n * (size_t)n + 1, sizeof *counts);
    size_t i = 0, k = 0;
    if (!st) {
        cJSON_ArrayForEach(cell, labels) names[i++] = cJSON_IsString(cell) ? cell->valuestring : "";
        cJSON_ArrayForEach(row, rows)
        {
            if (!st && cJSON_GetArraySize(row) != n)
                st = ft_fail(err, FT_FORMAT, "%s: confusion_matrix is not square", path);
            if (st) break;
            cJSON_ArrayForEach(cell, row)
            {
                double x = cJSON_IsNumber(cell) ? cell->valuedouble : -1;
                if (!(x >= 0 && x <= 9e15))
                    st = ft_fail(err, FT_FORMAT, "%s: confusion_matrix holds no count", path);
                else
                    counts[k++] = (uint64_t)x;
            }
        }
    }
    if (!st) {
        ft_scores_make(&c->f.scores, names, (size_t)n, counts, loss);
        c->f.step = (uint64_t)step;
        snprintf(c->part, sizeof c->part, "%s", part);
    }
    free(names);
    free(counts);
    cJSON_Delete(tree);
    return st;
}

static int label_of(const struct ft_scores *s, const cJSON *name)
{
    for (size_t i = 0; cJSON_IsString(name) && i < s->labels; i++)
        if (!strcmp(s->names[i], name->valuestring)) return (int)i;
    return -1;
}

/* One line of predictions.jsonl; one that is not understood is passed over. */
static void take_line(struct content *c, const char *line, size_t n, float *p)
{
    const struct ft_scores *s = &c->f.scores;
    cJSON *tree = NULL;
    if (ft_json_parse(line, n, "predictions.jsonl", &tree, NULL)) return;
    const cJSON *text = ft_json_get(tree, "text"), *pair = ft_json_get(tree, "text_pair");
    const cJSON *row = ft_json_get(tree, "row"), *shares = ft_json_get(tree, "probabilities");
    const cJSON *loss = ft_json_get(tree, "loss"), *part = ft_json_get(tree, "part");
    struct ft_evaluation_row r = {.label = label_of(s, ft_json_get(tree, "label")),
                                  .predicted = label_of(s, ft_json_get(tree, "predicted")),
                                  .part = part_named(cJSON_IsString(part) ? part->valuestring : ""),
                                  .loss = cJSON_IsNumber(loss) ? loss->valuedouble : (double)NAN,
                                  .probabilities = p};
    bool ok = cJSON_IsString(text) && cJSON_IsNumber(row) && row->valuedouble >= 0 &&
              row->valuedouble < 9e15 && r.predicted >= 0;
    for (size_t i = 0; ok && i < s->labels; i++) {
        const cJSON *x = ft_json_get(shares, s->names[i]);
        p[i] = cJSON_IsNumber(x) ? (float)x->valuedouble : 0;
    }
    if (ok) {
        r.row = (size_t)row->valuedouble;
        r.text = text->valuestring;
        r.n = strlen(r.text);
        if (cJSON_IsString(pair)) {
            r.pair = pair->valuestring;
            r.pair_n = strlen(r.pair);
        }
        add_row(c, &r, s->labels);
    }
    cJSON_Delete(tree);
}

static enum ft_status read_lines(struct content *c, FILE *f, int64_t size, struct ft_work *w,
                                 struct ft_err *err)
{
    int64_t done = 0;
    float *p = ft_xcalloc(c->f.scores.labels, sizeof *p);
    char *line = NULL;
    size_t cap = 0, lines = 0;
    enum ft_status st = FT_OK;
    for (ssize_t n; !st && (n = getline(&line, &cap, f)) > 0;) {
        done += n;
        if (n < LINE_MOST) take_line(c, line, (size_t)n, p);
        if (++lines % 256) continue;
        ft_work_report(w, (double)done, (double)size, "bytes");
        if (ft_work_cancelled(w)) st = ft_fail(err, FT_CANCELLED, "cancelled");
    }
    free(line);
    free(p);
    return st;
}

static enum ft_status read_predictions(struct content *c, const char *path, struct ft_work *w,
                                       struct ft_err *err)
{
    if (!ft_path_is_file(path)) return FT_OK; /* a matrix without examples */
    FILE *f = fopen(path, "rbe");
    if (!f) return ft_fail(err, FT_IO, "%s: cannot be read", path);
    enum ft_status st = read_lines(c, f, ft_file_size(path), w, err);
    fclose(f);
    return st;
}

static double member(const cJSON *tree, const char *a, const char *b)
{
    const cJSON *x = ft_json_get(ft_json_get(tree, a), b);
    return cJSON_IsNumber(x) ? x->valuedouble : (double)NAN;
}

static void read_baseline(struct content *c, const char *path)
{
    cJSON *tree = NULL;
    if (!ft_path_is_file(path) || ft_json_read(path, 1 << 26, &tree, NULL)) return;
    c->f.majority = member(tree, "majority", "accuracy");
    c->f.linear = member(tree, "linear", "accuracy");
    c->f.has_baseline = isfinite(c->f.linear);
    cJSON_Delete(tree);
}

static enum ft_status load(struct job *j, struct ft_work *w, struct ft_err *err)
{
    char *eval = ft_path_join(j->run, "eval.json");
    char *predictions = ft_path_join(j->run, "predictions.jsonl");
    char *baseline = ft_path_join(j->run, "baseline.json");
    struct content *c = content_new(j->run);
    enum ft_status st = ft_path_is_file(eval) ? read_scores(c, eval, err)
                                              : ft_fail(err, FT_NOTFOUND, "not evaluated yet");
    if (!st) st = read_predictions(c, predictions, w, err);
    if (!st) {
        read_baseline(c, baseline);
        finish(c);
        j->made = c;
    } else {
        content_free(c);
    }
    free(eval);
    free(predictions);
    free(baseline);
    return st;
}

/* --- a new one --- */

/* Evaluates, and reads back what would be written. */
static enum ft_status evaluate(struct content *c, struct ft_predictor *p,
                               const struct ft_options *o, const char *part, struct ft_work *w,
                               struct ft_err *err)
{
    char *text = NULL;
    size_t n = 0;
    FILE *lines = open_memstream(&text, &n);
    if (!lines) return ft_fail(err, FT_NOMEM, "no memory for the evaluation");
    enum ft_status st = ft_evaluate(p, o, part, lines, &c->f.scores, w, err);
    fclose(lines);
    FILE *again = st || !n ? NULL : fmemopen(text, n, "rb");
    if (again) {
        st = read_lines(c, again, (int64_t)n, w, err);
        fclose(again);
    }
    free(text);
    return st;
}

static enum ft_status make(struct job *j, struct ft_work *w, struct ft_err *err)
{
    struct ft_options o;
    struct ft_predictor *p = NULL;
    struct content *c = content_new(j->run);
    ft_options_init(&o);
    enum ft_status st = ft_record_options(j->run, &o, err);
    if (!st && *j->data) {
        st = ft_options_set(&o, "data", j->data, true, err);
        ft_options_reset(&o, FT_OPT_edits);
        ft_options_reset(&o, FT_OPT_validation);
        ft_options_reset(&o, FT_OPT_test);
        ft_options_reset(&o, FT_OPT_limit);
    }
    ft_work_rename(w, "loading the model");
    if (!st) st = ft_predictor_open(&p, j->run, &o, err);
    if (!st) {
        ft_work_rename(w, "evaluating");
        st = evaluate(c, p, &o, *j->data ? NULL : j->part, w, err);
    }
    if (!st) {
        free(c->data);
        c->data = ft_xstrdup(j->data);
        snprintf(c->part, sizeof c->part, "%s", *j->data ? "" : j->part);
        char *baseline = ft_path_join(j->run, "baseline.json");
        char *eval = ft_path_join(j->run, "eval.json");
        struct content said = {
            0}; /* the step of the model, and whether the baseline is of this part */
        if (ft_path_is_file(eval) && !read_scores(&said, eval, NULL)) {
            c->f.step = said.f.step;
            if (!*j->data && !strcmp(said.part, c->part)) read_baseline(c, baseline);
        }
        ft_scores_release(&said.f.scores);
        free(eval);
        free(baseline);
        finish(c);
        j->made = c;
    } else {
        content_free(c);
    }
    ft_predictor_free(p);
    ft_options_release(&o);
    return st;
}

static enum ft_status baseline(struct job *j, struct ft_work *w, struct ft_err *err)
{
    struct ft_options o;
    struct ft_baseline b = {0};
    ft_options_init(&o);
    enum ft_status st = ft_record_options(j->run, &o, err);
    if (!st) st = ft_baseline_file(&b, &o, w, err);
    if (!st) {
        j->majority = b.majority.accuracy;
        j->linear = b.linear.accuracy;
        ft_baseline_release(&b);
    }
    ft_options_release(&o);
    return st;
}

static enum ft_status run(struct ft_work *w, void *arg, struct ft_err *err)
{
    struct job *j = arg;
    return j->kind == LOAD   ? load(j, w, err)
           : j->kind == MAKE ? make(j, w, err)
                             : baseline(j, w, err);
}

/* --- the main thread's side --- */

struct ft_evaluation *ft_evaluation_new(struct ft_wake *wake)
{
    struct ft_evaluation *e = ft_xcalloc(1, sizeof *e);
    e->wake = wake;
    e->empty.f.run = e->empty.f.part = e->empty.f.data = "";
    e->now = &e->empty;
    return e;
}

static void drop(struct ft_evaluation *e)
{
    if (e->work) {
        ft_work_cancel(e->work);
        ft_work_join(e->work, NULL);
    }
    e->work = NULL;
    job_free(e->job);
    e->job = NULL;
}

static void forget(struct ft_evaluation *e)
{
    if (e->now != &e->empty) content_free(e->now);
    e->now = &e->empty;
    e->empty.f.version = ++e->version;
}

void ft_evaluation_free(struct ft_evaluation *e)
{
    if (!e) return;
    drop(e);
    forget(e);
    free(e);
}

static void start(struct ft_evaluation *e, enum job_kind kind, const char *what,
                  const char *run_dir, const char *part, const char *data)
{
    drop(e);
    e->failed = (struct ft_err){0};
    e->job = ft_xcalloc(1, sizeof *e->job);
    e->job->kind = kind;
    e->job->run = ft_xstrdup(run_dir);
    e->job->part = ft_xstrdup(part ? part : "");
    e->job->data = ft_xstrdup(data ? data : "");
    e->work = ft_work_start(what, run, e->job, e->wake);
}

void ft_evaluation_load(struct ft_evaluation *e, const char *run_dir)
{
    drop(e);
    if (!run_dir || strcmp(e->now->f.run, run_dir)) forget(e); /* never another run's numbers */
    if (run_dir && *run_dir) start(e, LOAD, "reading the evaluation", run_dir, NULL, NULL);
}

void ft_evaluation_make(struct ft_evaluation *e, const char *run_dir, const char *part,
                        const char *data)
{
    start(e, MAKE, "evaluating", run_dir, part, data);
}

void ft_evaluation_baseline(struct ft_evaluation *e, const char *run_dir)
{
    start(e, BASELINE, "training the baseline", run_dir, NULL, NULL);
}

void ft_evaluation_cancel(struct ft_evaluation *e)
{
    if (e->work) ft_work_cancel(e->work);
}

bool ft_evaluation_busy(struct ft_evaluation *e, struct ft_work_view *view)
{
    if (!e->work) return false;
    ft_work_look(e->work, view);
    return !view->finished;
}

const struct ft_err *ft_evaluation_failed(const struct ft_evaluation *e)
{
    return &e->failed;
}

bool ft_evaluation_follow(struct ft_evaluation *e)
{
    struct ft_work_view view;
    if (!e->work) return false;
    ft_work_look(e->work, &view);
    if (!view.finished) return true; /* its progress */
    struct ft_err err = {0};
    enum ft_status st = ft_work_join(e->work, &err);
    e->work = NULL;
    if (st && st != FT_CANCELLED && st != FT_NOTFOUND) e->failed = err;
    if (!st && e->job->made) {
        forget(e);
        e->now = e->job->made;
        e->job->made = NULL;
    } else if (!st && e->now != &e->empty) {
        e->now->f.majority = e->job->majority;
        e->now->f.linear = e->job->linear;
        e->now->f.has_baseline = true;
    }
    e->now->f.version = ++e->version;
    job_free(e->job);
    e->job = NULL;
    return true;
}

const struct ft_evaluation_facts *ft_evaluation_facts(const struct ft_evaluation *e)
{
    return &e->now->f;
}

/* --- examples --- */

const struct ft_evaluation_row *ft_evaluation_row(const struct ft_evaluation *e, size_t i)
{
    return i < e->now->n ? &e->now->rows[i] : NULL;
}

static int by_loss(const void *a, const void *b, void *arg)
{
    const struct content *c = arg;
    size_t i = *(const size_t *)a, j = *(const size_t *)b;
    double x = c->rows[i].loss, y = c->rows[j].loss;
    if (isnan(x)) x = -1;
    if (isnan(y)) y = -1;
    return x > y ? -1 : x < y ? 1 : i < j ? -1 : 1;
}

size_t ft_evaluation_select(const struct ft_evaluation *e, int label, int predicted, bool right_too,
                            size_t **index)
{
    const struct content *c = e->now;
    size_t n = 0;
    *index = ft_xmalloc((c->n + 1) * sizeof **index);
    for (size_t i = 0; i < c->n; i++) {
        const struct ft_evaluation_row *r = &c->rows[i];
        if (label >= 0 && r->label != label) continue;
        if (predicted >= 0 && r->predicted != predicted) continue;
        bool cell = label >= 0 && label == predicted; /* a cell of the diagonal was asked for */
        if (!right_too && !cell && r->label == r->predicted) continue;
        (*index)[n++] = i;
    }
    qsort_r(*index, n, sizeof **index, by_loss, e->now);
    return n;
}

static int by_count(const void *a, const void *b)
{
    const struct ft_evaluation_pair *x = a, *y = b;
    if (x->n != y->n) return x->n > y->n ? -1 : 1;
    return x->label != y->label ? x->label - y->label : x->predicted - y->predicted;
}

struct ft_evaluation_pair *ft_evaluation_pairs(const struct ft_evaluation *e, size_t *n)
{
    const struct ft_scores *s = &e->now->f.scores;
    struct ft_evaluation_pair *p = NULL;
    size_t cap = 0;
    *n = 0;
    for (size_t i = 0; i < s->labels; i++) {
        for (size_t k = 0; k < s->labels; k++) {
            uint64_t count = s->confusion[i * s->labels + k];
            if (i == k || !count) continue;
            ft_grow(&p, &cap, *n + 1, sizeof *p);
            p[(*n)++] = (struct ft_evaluation_pair){(int)i, (int)k, count};
        }
    }
    if (*n) qsort(p, *n, sizeof *p, by_count);
    return p;
}

enum ft_status ft_evaluation_write(const struct ft_evaluation *e, const char *path,
                                   struct ft_err *err)
{
    const struct content *c = e->now;
    const struct ft_scores *s = &c->f.scores;
    struct ft_out out;
    struct ft_str line = {0};
    enum ft_status st = ft_out_open(&out, path, err);
    for (size_t i = 0; !st && i < c->n; i++) {
        const struct ft_evaluation_row *r = &c->rows[i];
        struct ft_prediction_line x = {.row = r->row,
                                       .part = r->part,
                                       .text = r->text,
                                       .n = r->n,
                                       .pair = r->pair,
                                       .pair_n = r->pair_n,
                                       .names = (const char *const *)s->names,
                                       .labels = s->labels,
                                       .label = r->label,
                                       .predicted = r->predicted,
                                       .probabilities = r->probabilities,
                                       .loss = (float)r->loss};
        ft_str_clear(&line);
        ft_prediction_line(&line, &x);
        fwrite(line.data, 1, line.len, out.f);
    }
    ft_str_release(&line);
    return st ? st : ft_out_commit(&out, err);
}

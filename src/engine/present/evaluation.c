/* See evaluation.h. A worker makes a whole new content; the main thread swaps it in when it is
 * whole. */
#include "engine/present/evaluation_in.h"

#include "engine/model/precision.h"
#include "engine/task/baseline.h"
#include "engine/task/task.h"
#include "engine/predict/predict.h"
#include "util/fs.h"
#include "util/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum job_kind { LOAD, MAKE, BASELINE };

struct job {
    enum job_kind kind;
    char *run, *part, *data, *precision;
    struct evaluation_content *made;
    double constant, trained;
};

struct ft_evaluation {
    struct ft_wake *wake;
    struct evaluation_content *now, empty;
    struct job *job;
    struct ft_job *work;
    struct ft_err failed;
    uint64_t version;
};

static void job_free(struct job *j)
{
    if (!j) return;
    evaluation_content_free(j->made);
    free(j->run);
    free(j->part);
    free(j->data);
    free(j->precision);
    free(j);
}

static enum ft_status read_predictions(struct evaluation_content *c, const char *path,
                                       struct ft_job *w, struct ft_err *err)
{
    if (!ft_path_is_file(path)) return FT_OK; /* a matrix without examples */
    FILE *f = fopen(path, "rbe");
    if (!f) return ft_fail(err, FT_IO, "%s: cannot be read", path);
    enum ft_status st = evaluation_read_lines(c, f, ft_file_size(path), w, err);
    fclose(f);
    return st;
}

/* Of the scores of a baseline; NaN: they are not there. */
static double first_metric(enum ft_task task, const cJSON *tree, const char *path)
{
    struct ft_scores s = {.task = task};
    char name[FT_METRIC_NAME];
    ft_scores_first_name(task, name);
    double x = ft_json_number(tree, name);
    if (tree && !isfinite(x) && !ft_task_ops(task)->scores_read(&s, tree, path, NULL))
        x = ft_scores_first(&s);
    ft_scores_release(&s);
    return x;
}

static void read_baseline(struct evaluation_content *c, const char *path)
{
    cJSON *tree = NULL;
    enum ft_task task = c->f.scores.task;
    if (!ft_path_is_file(path) || ft_json_read(path, 1 << 26, &tree, NULL)) return;
    c->f.constant = first_metric(task, ft_json_get(tree, ft_baseline_constant(task)), path);
    c->f.trained = first_metric(task, ft_json_get(tree, ft_baseline_trained(task)), path);
    c->f.has_baseline = isfinite(c->f.trained);
    cJSON_Delete(tree);
}

/* What the run's options say of questions without an answer. */
static double threshold_of(const char *run)
{
    struct ft_options o;
    double x = 0;
    ft_options_init(&o);
    if (!ft_options_of_run(run, &o, NULL)) x = ft_options_num(&o, FT_OPT_null_score_diff_threshold);
    ft_options_release(&o);
    return x;
}

static enum ft_status load(struct job *j, struct ft_job *w, struct ft_err *err)
{
    char *eval = ft_path_join(j->run, "eval.json");
    char *predictions = ft_path_join(j->run, "predictions.jsonl");
    char *baseline = ft_path_join(j->run, "baseline.json");
    struct evaluation_content *c = evaluation_content_new(j->run);
    enum ft_status st = ft_path_is_file(eval) ? evaluation_read_scores(c, eval, err)
                                              : ft_fail(err, FT_NOTFOUND, "not evaluated yet");
    if (!st) st = read_predictions(c, predictions, w, err);
    if (!st) {
        c->f.threshold = threshold_of(j->run);
        read_baseline(c, baseline);
        evaluation_count(c);
        j->made = c;
    } else {
        evaluation_content_free(c);
    }
    free(eval);
    free(predictions);
    free(baseline);
    return st;
}

/* --- a new one --- */

/* Evaluates, and reads back what would be written. */
static enum ft_status evaluate(struct evaluation_content *c, struct ft_predictor *p,
                               const struct ft_options *o, const char *part, struct ft_job *w,
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
        st = evaluation_read_lines(c, again, (int64_t)n, w, err);
        fclose(again);
    }
    free(text);
    return st;
}

static enum ft_status make(struct job *j, struct ft_job *w, struct ft_err *err)
{
    struct ft_options o;
    struct ft_predictor *p = NULL;
    struct evaluation_content *c = evaluation_content_new(j->run);
    ft_options_init(&o);
    enum ft_status st = ft_options_of_run(j->run, &o, err);
    if (!st && *j->data) {
        st = ft_options_set(&o, "data", j->data, true, err);
        ft_options_reset(&o, FT_OPT_edits);
        ft_options_reset(&o, FT_OPT_validation);
        ft_options_reset(&o, FT_OPT_test);
        ft_options_reset(&o, FT_OPT_limit);
        ft_options_reset(&o, FT_OPT_max_train_samples);
    }
    if (!st && *j->precision) st = ft_options_set_id(&o, FT_OPT_precision, j->precision, true, err);
    ft_job_rename(w, "loading the model");
    if (!st) st = ft_predictor_open(&p, j->run, &o, err);
    if (!st) {
        ft_job_rename(w, "evaluating");
        st = evaluate(c, p, &o, *j->data ? NULL : j->part, w, err);
    }
    if (!st) {
        free(c->data);
        c->data = ft_xstrdup(j->data);
        enum ft_precision used = ft_predictor_precision(p);
        if (used != FT_PRECISION_FP32)
            snprintf(c->precision, sizeof c->precision, "%s", ft_precision_name(used));
        snprintf(c->part, sizeof c->part, "%s", *j->data ? "" : j->part);
        c->f.threshold = threshold_of(j->run);
        char *baseline = ft_path_join(j->run, "baseline.json");
        char *eval = ft_path_join(j->run, "eval.json");
        struct evaluation_content said = {
            0}; /* the step of the model, and whether the baseline is of this part */
        if (ft_path_is_file(eval) && !evaluation_read_scores(&said, eval, NULL)) {
            c->f.step = said.f.step;
            if (!*j->data && !strcmp(said.part, c->part)) read_baseline(c, baseline);
        }
        ft_scores_release(&said.f.scores);
        free(eval);
        free(baseline);
        evaluation_count(c);
        j->made = c;
    } else {
        evaluation_content_free(c);
    }
    ft_predictor_free(p);
    ft_options_release(&o);
    return st;
}

static enum ft_status baseline(struct job *j, struct ft_job *w, struct ft_err *err)
{
    struct ft_options o;
    struct ft_baseline b = {0};
    ft_options_init(&o);
    enum ft_status st = ft_options_of_run(j->run, &o, err);
    if (!st) st = ft_baseline_file(&b, &o, w, err);
    if (!st) {
        j->constant = ft_scores_first(&b.constant);
        j->trained = ft_scores_first(&b.trained);
        ft_baseline_release(&b);
    }
    ft_options_release(&o);
    return st;
}

static enum ft_status run(struct ft_job *w, void *arg, struct ft_err *err)
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
    e->empty.f.run = e->empty.f.part = e->empty.f.data = e->empty.f.rows = "";
    e->now = &e->empty;
    return e;
}

static void drop(struct ft_evaluation *e)
{
    if (e->work) {
        ft_job_cancel(e->work);
        ft_job_join(e->work, NULL);
    }
    e->work = NULL;
    job_free(e->job);
    e->job = NULL;
}

static void forget(struct ft_evaluation *e)
{
    if (e->now != &e->empty) evaluation_content_free(e->now);
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
                  const char *run_dir, const char *part, const char *data, const char *precision)
{
    drop(e);
    e->failed = (struct ft_err){0};
    e->job = ft_xcalloc(1, sizeof *e->job);
    e->job->kind = kind;
    e->job->run = ft_xstrdup(run_dir);
    e->job->part = ft_xstrdup(part ? part : "");
    e->job->data = ft_xstrdup(data ? data : "");
    e->job->precision = ft_xstrdup(precision ? precision : "");
    e->work = ft_job_start(what, run, e->job, e->wake);
}

void ft_evaluation_load(struct ft_evaluation *e, const char *run_dir)
{
    drop(e);
    if (!run_dir || strcmp(e->now->f.run, run_dir)) forget(e); /* never another run's numbers */
    if (run_dir && *run_dir) start(e, LOAD, "reading the evaluation", run_dir, NULL, NULL, NULL);
}

void ft_evaluation_make(struct ft_evaluation *e, const char *run_dir, const char *part,
                        const char *data, const char *precision)
{
    start(e, MAKE, "evaluating", run_dir, part, data, precision);
}

void ft_evaluation_baseline(struct ft_evaluation *e, const char *run_dir)
{
    start(e, BASELINE, "training the baseline", run_dir, NULL, NULL, NULL);
}

void ft_evaluation_cancel(struct ft_evaluation *e)
{
    if (e->work) ft_job_cancel(e->work);
}

bool ft_evaluation_busy(struct ft_evaluation *e, struct ft_job_view *view)
{
    if (e->work) ft_job_look(e->work, view);
    return e->work != NULL;
}

const struct ft_err *ft_evaluation_failed(const struct ft_evaluation *e)
{
    return &e->failed;
}

bool ft_evaluation_follow(struct ft_evaluation *e)
{
    struct ft_job_view view;
    if (!e->work) return false;
    ft_job_look(e->work, &view);
    if (!view.finished) return true; /* its progress */
    struct ft_err err = {0};
    enum ft_status st = ft_job_join(e->work, &err);
    e->work = NULL;
    if (st && st != FT_CANCELLED && st != FT_NOTFOUND) e->failed = err;
    if (!st && e->job->made) {
        forget(e);
        e->now = e->job->made;
        e->job->made = NULL;
    } else if (!st && e->now != &e->empty) {
        e->now->f.constant = e->job->constant;
        e->now->f.trained = e->job->trained;
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
    const struct evaluation_content *c = arg;
    size_t i = *(const size_t *)a, j = *(const size_t *)b;
    double x = c->rows[i].loss, y = c->rows[j].loss;
    if (isnan(x)) x = -1;
    if (isnan(y)) y = -1;
    return x > y ? -1 : x < y ? 1 : i < j ? -1 : 1;
}

size_t ft_evaluation_select(const struct ft_evaluation *e, int label, int predicted, bool right_too,
                            size_t **index)
{
    const struct evaluation_content *c = e->now;
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

size_t ft_evaluation_cell(const struct ft_evaluation *e, int label, int cell, bool wrong,
                          size_t **index)
{
    const struct evaluation_content *c = e->now;
    size_t n = 0, labels = c->f.scores.labels;
    *index = ft_xmalloc((c->n + 1) * sizeof **index);
    for (size_t i = 0; i < c->n; i++) {
        const struct ft_evaluation_row *r = &c->rows[i];
        bool in = cell < 0;
        for (size_t k = 0; k < labels && r->cells && cell >= 0 && !in; k++)
            in = (label < 0 || (size_t)label == k) && r->cells[k] == cell;
        if (r->label < 0 || !in || (wrong && !r->wrong_n)) continue;
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
    for (size_t i = 0; i < s->labels && s->confusion; i++) {
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

const struct evaluation_content *evaluation_content_of(const struct ft_evaluation *e)
{
    return e->now;
}

/* --- questions --- */

bool ft_evaluation_none(const struct ft_evaluation *e, const struct ft_evaluation_row *r)
{
    return evaluation_none(e->now, r);
}

double ft_evaluation_exact(const struct ft_evaluation *e, const struct ft_evaluation_row *r)
{
    return evaluation_none(e->now, r) ? !r->has_answer : r->has_answer ? r->exact : 0;
}

double ft_evaluation_f1(const struct ft_evaluation *e, const struct ft_evaluation_row *r)
{
    return evaluation_none(e->now, r) ? !r->has_answer : r->has_answer ? r->f1 : 0;
}

void ft_evaluation_threshold(struct ft_evaluation *e, double threshold)
{
    if (!ft_task_has(e->now->f.scores.task, FT_TRAIT_ANSWERS) || !e->now->f.there) return;
    e->now->f.threshold = threshold;
    evaluation_count(e->now);
    e->now->f.version = ++e->version;
}

static int by_f1(const void *a, const void *b, void *arg)
{
    const struct ft_evaluation *e = arg;
    size_t i = *(const size_t *)a, k = *(const size_t *)b;
    const struct ft_evaluation_row *r = &e->now->rows[i], *s = &e->now->rows[k];
    double x = ft_evaluation_f1(e, r), y = ft_evaluation_f1(e, s);
    if (x != y) return x < y ? -1 : 1;
    if (r->score != s->score) return r->score > s->score ? -1 : 1;
    return i < k ? -1 : 1;
}

size_t ft_evaluation_questions(const struct ft_evaluation *e, enum ft_evaluation_kind kind,
                               size_t **index)
{
    const struct evaluation_content *c = e->now;
    size_t n = 0;
    *index = ft_xmalloc((c->n + 1) * sizeof **index);
    for (size_t i = 0; i < c->n; i++) {
        const struct ft_evaluation_row *r = &c->rows[i];
        bool fits = kind == FT_QUESTIONS_ALL    ? true
                    : kind == FT_QUESTIONS_HAS  ? r->has_answer
                    : kind == FT_QUESTIONS_NONE ? !r->has_answer
                                                : ft_evaluation_exact(e, r) < 1;
        if (fits) (*index)[n++] = i;
    }
    qsort_r(*index, n, sizeof **index, by_f1, (void *)(uintptr_t)e);
    return n;
}

size_t ft_evaluation_blocks(const struct ft_evaluation *e, size_t **index)
{
    size_t n = e->now->n;
    *index = ft_xmalloc((n + 1) * sizeof **index);
    for (size_t i = 0; i < n; i++)
        (*index)[i] = i;
    qsort_r(*index, n, sizeof **index, by_loss, e->now);
    return n;
}

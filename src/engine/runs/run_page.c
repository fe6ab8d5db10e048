/* A run as a page: see run_page.h. The page is a list of sections, each written for HTML or Markdown
 * by the few functions at the start. */
#include "engine/runs/run_page.h"

#include "engine/runs/page_curves.h"
#include "engine/runs/page_examples.h"
#include "engine/runs/page_form.h"
#include "engine/runs/runs.h"
#include "engine/task/baseline.h"
#include "engine/task/report_table.h"
#include "engine/task/score_report.h"
#include "engine/task/task.h"
#include "engine/train/run_series.h"
#include "util/fs.h"
#include "util/json.h"
#include "util/mem.h"
#include "util/text_table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A larger matrix is left out; so many lines of the loss are in Markdown. */
enum { LABELS_SHOWN = 60, POINTS_SHOWN = 12 };

struct page {
    struct ft_page f;
    const struct ft_run *run;
    struct ft_scores_file eval; /* no examples: none */
    struct ft_run_series series;
    struct ft_page_examples examples;
};

static void row_count(struct ft_text_table *t, const char *name, uint64_t n)
{
    char text[32];
    ft_page_row(t, name, ft_format_count(text, sizeof text, (long long)n));
}

/* ---- sections ---- */

static void add_facts(struct page *p)
{
    const struct ft_run *r = p->run;
    char text[64];
    struct ft_text_table t = ft_page_table(&p->f);
    ft_page_row(&t, "run", r->name);
    ft_page_row(&t, "state", ft_run_state_name(r->state));
    ft_page_row(&t, "task", ft_task_facts(r->kind)->does);
    ft_page_row(&t, "model", r->model);
    row_count(&t, "parameters", r->parameters);
    ft_page_row(&t, "data", r->data);
    if (strlen(r->data_key) == 64) ft_page_row(&t, "SHA-256 of the data", r->data_key);
    snprintf(text, sizeof text, "%llu of %llu", (unsigned long long)r->step,
             (unsigned long long)r->steps);
    ft_page_row(&t, "updates", text);
    ft_page_row(&t, "started", r->started);
    ft_format_time(text, sizeof text, r->seconds);
    ft_page_row(&t, "duration", text);
    if (*r->processor) ft_page_row(&t, "processor", r->processor);
    if (*r->note) ft_page_row(&t, "note", r->note);
    ft_page_table_end(&p->f);
}

/* The scores of the simple baselines on the same part, by the metric that models are chosen by; NaN where
 * the run has none. */
static double baseline_score(enum ft_task task, const cJSON *tree, const char *path)
{
    struct ft_scores s = {.task = task};
    double x = (double)NAN;
    if (tree && !ft_task_ops(task)->scores_read(&s, tree, path, NULL)) x = ft_scores_first(&s);
    ft_scores_release(&s);
    return x;
}

static void add_baselines(struct page *p, struct ft_text_table *t)
{
    enum ft_task task = p->eval.scores.task;
    const char *keys[] = {ft_baseline_constant(task), ft_baseline_trained(task)};
    const char *texts[] = {ft_baseline_constant_text(task), ft_baseline_trained_text(task)};
    char *path = ft_path_join(p->run->path, "baseline.json"), metric[FT_METRIC_NAME];
    cJSON *tree = NULL;
    ft_scores_first_name(task, metric);
    if (!ft_path_is_file(path) || ft_json_read(path, (size_t)64 << 20, &tree, NULL)) tree = NULL;
    for (size_t i = 0; i < 2 && tree; i++) {
        double value = baseline_score(task, ft_json_get(tree, keys[i]), path);
        char *name = ft_xprintf("%s of %s", metric, texts[i]);
        if (isfinite(value)) {
            ft_text_table_word(t, name);
            ft_text_table_number(t, value);
            ft_text_table_word(t, "");
            ft_text_table_end(t);
        }
        free(name);
    }
    cJSON_Delete(tree);
    free(path);
}

static void add_metric(struct page *p, struct ft_text_table *t, const char *name, bool percent)
{
    struct ft_page_interval i;
    double value = ft_scores_metric(&p->eval.scores, name);
    char text[64] = "";
    if (!isfinite(value)) return;
    if (ft_page_interval(&p->examples, name, value, percent ? 100 : 1, &i))
        snprintf(text, sizeof text, "%.4g to %.4g", i.low, i.high);
    ft_text_table_word(t, name);
    ft_text_table_number(t, value);
    ft_text_table_word(t, text);
    ft_text_table_end(t);
}

static void add_scores(struct page *p)
{
    const struct ft_scores *s = &p->eval.scores;
    ft_page_heading(&p->f, 2, "Scores");
    if (!s->examples) {
        ft_page_paragraph(&p->f, "The run has not been evaluated.");
        return;
    }
    const struct ft_task_facts *f = ft_task_facts(s->task);
    char count[32], *text = ft_xprintf("%s %s of the %s split, with the model after update %llu.",
                                       ft_format_count(count, sizeof count, (long long)s->examples),
                                       f->examples, p->eval.part, (unsigned long long)p->eval.step);
    ft_page_paragraph(&p->f, text);
    free(text);
    struct ft_text_table t = ft_page_table(&p->f);
    ft_text_table_word(&t, "metric");
    ft_text_table_word(&t, "value");
    ft_text_table_word(&t, "95 % interval");
    ft_text_table_end(&t);
    add_metric(p, &t, "loss", false);
    for (const struct ft_metric *m = f->metrics; m->name; m++)
        add_metric(p, &t, m->name, m->percent);
    add_baselines(p, &t);
    ft_page_table_end(&p->f);
    ft_page_paragraph(&p->f, "Intervals: percentiles of 1,000 bootstrap samples of the examples.");
}

/* What became of the entities. */
static void add_entity_errors(struct page *p)
{
    const uint64_t *n = p->eval.scores.entity_errors;
    struct ft_text_table t = ft_page_table(&p->f);
    ft_page_row(&t, "entities", "number");
    row_count(&t, "found", n[FT_ENTITY_RIGHT]);
    row_count(&t, "missed", n[FT_ENTITY_MISSED]);
    row_count(&t, "found with a wrong type", n[FT_ENTITY_WRONG_TYPE]);
    row_count(&t, "found with a wrong boundary", n[FT_ENTITY_WRONG_BOUNDARY]);
    row_count(&t, "spurious", n[FT_ENTITY_SPURIOUS]);
    ft_page_table_end(&p->f);
}

static void add_classes(struct page *p)
{
    const struct ft_scores *s = &p->eval.scores;
    bool tags = ft_task_has(s->task, FT_TRAIT_TAGS);
    if (!s->labels) return;
    ft_page_heading(&p->f, 2, tags ? "Entity types" : "Labels");
    ft_page_table(&p->f);
    ft_report_table(s, p->f.delimiter, &p->f.out);
    ft_page_table_end(&p->f);
    if (tags) add_entity_errors(p);
    ft_page_heading(&p->f, 2, "Confusion matrix");
    if (tags)
        ft_page_paragraph(&p->f, "Entities with the same words in both. " FT_ENTITY_NONE
                                 ": missed in the last column, spurious in the last row.");
    if (s->labels > LABELS_SHOWN) {
        ft_page_paragraph(&p->f, "Left out: too many labels.");
        return;
    }
    ft_page_table(&p->f);
    ft_confusion_table(s, p->f.delimiter, &p->f.out);
    ft_page_table_end(&p->f);
}

/* Columns of the series as arrays. */
struct columns {
    double *step, *loss, *eval_step, *eval_loss, *metric;
};

static void add_plots(struct page *p, const struct columns *c)
{
    const struct ft_run_series *s = &p->series;
    struct ft_page_curve losses[] = {
        {"training", "#2a6fbb", c->step, c->loss, s->points_n},
        {"evaluation", "#c0582a", c->eval_step, c->eval_loss, s->evals_n}};
    struct ft_page_curve metric = {p->run->metric, "#3d7a3d", c->eval_step, c->metric, s->evals_n};
    ft_page_curves("Loss by update", losses, s->evals_n ? 2 : 1, &p->f.out);
    if (strcmp(p->run->metric, "loss") && strcmp(p->run->metric, "eval_loss"))
        ft_page_curves("Metric by update", &metric, 1, &p->f.out);
}

static void add_evaluations(struct page *p)
{
    const struct ft_run_series *s = &p->series;
    struct ft_text_table t = ft_page_table(&p->f);
    static const char *const head[] = {"update", "epoch", "loss"};
    for (size_t i = 0; i < 3; i++)
        ft_text_table_word(&t, head[i]);
    ft_text_table_word(&t, p->run->metric);
    ft_text_table_end(&t);
    for (size_t i = 0; i < s->evals_n; i++) {
        ft_text_table_count(&t, s->evals[i].step);
        ft_text_table_number(&t, s->evals[i].epoch);
        ft_text_table_number(&t, s->evals[i].loss);
        ft_text_table_number(&t, ft_run_eval_score(&s->evals[i], p->run->metric));
        ft_text_table_end(&t);
    }
    ft_page_table_end(&p->f);
}

/* Of the training loop's lines, spread evenly. */
static void add_points(struct page *p)
{
    const struct ft_run_series *s = &p->series;
    size_t n = s->points_n < POINTS_SHOWN ? s->points_n : POINTS_SHOWN;
    struct ft_text_table t = ft_page_table(&p->f);
    ft_page_row(&t, "update", "training loss");
    for (size_t i = 0; i < n; i++) {
        const struct ft_run_point *x = &s->points[(i + 1) * s->points_n / n - 1];
        ft_text_table_count(&t, x->step);
        ft_text_table_number(&t, x->loss);
        ft_text_table_end(&t);
    }
    ft_page_table_end(&p->f);
}

static void add_curves(struct page *p)
{
    const struct ft_run_series *s = &p->series;
    if (!s->points_n && !s->evals_n) return;
    ft_page_heading(&p->f, 2, "Training");
    if (p->f.html) {
        size_t n = s->points_n + s->evals_n + 1;
        struct columns c;
        double **all[] = {&c.step, &c.loss, &c.eval_step, &c.eval_loss, &c.metric};
        for (size_t i = 0; i < sizeof all / sizeof *all; i++)
            *all[i] = ft_xcalloc(n, sizeof **all[i]);
        for (size_t i = 0; i < s->points_n; i++) {
            c.step[i] = (double)s->points[i].step;
            c.loss[i] = s->points[i].loss;
        }
        for (size_t i = 0; i < s->evals_n; i++) {
            c.eval_step[i] = (double)s->evals[i].step;
            c.eval_loss[i] = s->evals[i].loss;
            c.metric[i] = ft_run_eval_score(&s->evals[i], p->run->metric);
        }
        add_plots(p, &c);
        for (size_t i = 0; i < sizeof all / sizeof *all; i++)
            free(*all[i]);
    } else {
        add_points(p);
    }
    if (s->evals_n) add_evaluations(p);
}

static void add_examples(struct page *p)
{
    const struct ft_page_examples *x = &p->examples;
    if (!x->n) return;
    ft_page_heading(&p->f, 2, "Worst examples");
    struct ft_text_table t = ft_page_table(&p->f);
    static const char *const head[] = {"row", "text", "true", "predicted", "loss"};
    for (size_t i = 0; i < 5; i++)
        ft_text_table_word(&t, head[i]);
    ft_text_table_end(&t);
    for (size_t i = 0; i < x->n; i++) {
        ft_text_table_count(&t, x->items[i].row);
        ft_text_table_word(&t, x->items[i].text);
        ft_text_table_word(&t, x->items[i].gold);
        ft_text_table_word(&t, x->items[i].predicted);
        ft_text_table_number(&t, x->items[i].loss);
        ft_text_table_end(&t);
    }
    ft_page_table_end(&p->f);
}

static void add_options(struct page *p)
{
    const struct ft_options *o = &p->run->options;
    struct ft_str command = {0};
    ft_page_heading(&p->f, 2, "Commands");
    ft_page_paragraph(&p->f, "The same run, with all options that were given:");
    ft_options_command(o, NULL, false, &command);
    ft_page_code(&p->f, ft_str_text(&command));
    ft_page_paragraph(&p->f,
                      "With every option, for another version of fettle with other defaults:");
    ft_str_clear(&command);
    ft_options_command(o, NULL, true, &command);
    ft_page_code(&p->f, ft_str_text(&command));
    if (p->run->changes)
        ft_page_paragraph(
            &p->f, "Options were changed while it ran; the commands have the values at its end.");
    ft_str_release(&command);
    ft_page_heading(&p->f, 2, "Options");
    struct ft_text_table t = ft_page_table(&p->f);
    ft_page_row(&t, "option", "value");
    for (int i = 0; i < FT_OPT_COUNT; i++)
        if (*ft_options_text(o, (enum ft_opt)i))
            ft_page_row(&t, ft_option_at((enum ft_opt)i)->name, ft_options_text(o, (enum ft_opt)i));
    ft_page_table_end(&p->f);
}

static void write_page(struct page *p)
{
    char *title = ft_xprintf("%s: report", ft_path_base(p->run->path));
    ft_page_title(&p->f, title);
    free(title);
    add_facts(p);
    add_scores(p);
    add_curves(p);
    add_classes(p);
    add_examples(p);
    add_options(p);
}

enum ft_status ft_run_page_write(const char *run, const char *path, struct ft_err *err)
{
    struct ft_run r;
    struct page p = {.run = &r};
    enum ft_status st = ft_page_begin(&p.f, path, err);
    if (!st) st = ft_run_read(&r, run, err);
    if (st) return st;
    if (r.state == FT_RUN_UNREADABLE) st = ft_fail(err, FT_FORMAT, "%s", r.why);
    char *eval = ft_path_join(r.path, "eval.json");
    char *lines = ft_path_join(r.path, "predictions.jsonl");
    if (!st && ft_path_is_file(eval)) st = ft_scores_read(&p.eval, eval, err);
    if (!st && ft_path_is_file(lines)) st = ft_page_examples_read(&p.examples, lines, err);
    if (!st) {
        ft_run_series_follow(&p.series, r.path);
        write_page(&p);
    }
    st = ft_page_end(&p.f, st, path, err);
    free(eval);
    free(lines);
    ft_scores_file_release(&p.eval);
    ft_run_series_release(&p.series);
    ft_page_examples_release(&p.examples);
    ft_run_release(&r);
    return st;
}

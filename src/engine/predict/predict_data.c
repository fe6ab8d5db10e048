/* A model over the rows of a file: predictions, and the scores of an evaluation. See predict.h. */
#include "engine/predict/predict_in.h"

#include "engine/task/classify.h"
#include "engine/options/data_options.h"
#include "engine/task/qa.h"
#include "engine/task/task.h"
#include "engine/task/unknown.h"
#include "util/fs.h"
#include "util/log.h"
#include "util/mem.h"
#include "util/str.h"

#include <stdlib.h>
#include <string.h>

void ft_predict_data_release(struct ft_predict_data *r)
{
    ft_sequences_release(&r->s);
    ft_run_data_release(&r->d);
    ft_options_release(&r->o);
}

/* What is scored where nobody named a part: the test part of a folder that has one, else its
 * validation part, else all. */
static enum ft_part part_to_score(const struct ft_run_data *d)
{
    const struct ft_table *t = &d->tables[FT_PART_TRAIN];
    enum ft_part part = d->x.part_n[FT_PART_TEST]         ? FT_PART_TEST
                        : d->x.part_n[FT_PART_VALIDATION] ? FT_PART_VALIDATION
                                                          : FT_PART_TRAIN;
    if (t->part_column < 0 || part == FT_PART_TRAIN) return FT_PART_TRAIN;
    ft_log(FT_LOG_NOTE, "%s: has splits; the %s split is scored, %zu of %zu text%s", t->path,
           ft_part_name(part), d->x.part_n[part], d->x.n, ft_plural(d->x.n));
    return part;
}

/* Is --data a file that the model's run has read? */
static bool is_of_run(const struct ft_predictor *p, const struct ft_options *o)
{
    static const enum ft_opt files[] = {FT_OPT_data, FT_OPT_validation, FT_OPT_test};
    const char *data = ft_options_text(o, FT_OPT_data);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        const char *file = ft_options_text(&p->o, files[i]);
        if (*file && ft_path_same(file, data)) return true;
    }
    return false;
}

enum ft_status ft_predict_data_open(struct ft_predictor *p, const struct ft_options *o,
                                    bool unlabelled, const char *part, struct ft_predict_data *r,
                                    struct ft_job *w, struct ft_err *err)
{
    enum ft_task task = ft_predictor_task(p);
    struct ft_labels labels;
    ft_labels_init(&labels);
    for (size_t i = 0;
         ft_task_has(task, FT_TRAIT_CLASSES | FT_TRAIT_NUMBERS) && i < ft_predictor_labels(p); i++)
        ft_labels_add(&labels, ft_predictor_label(p, i), strlen(ft_predictor_label(p, i)));
    ft_options_copy(&r->o, o);
    enum ft_status st = FT_OK;
    for (int i = 0; i < FT_OPT_COUNT && !st; i++) {
        enum ft_opt id = (enum ft_opt)i;
        if (ft_data_is_form(id) && !is_of_run(p, o)) continue; /* what the run's files look like */
        if (!ft_options_given(o, id) && ft_options_given(&p->o, id))
            st = ft_options_set_id(&r->o, id, ft_options_text(&p->o, id), true, err);
    }
    char length[32]; /* what is only predicted is read as far as a single text would be */
    snprintf(length, sizeof length, "%zu", p->max_length);
    if (!st && unlabelled && ft_task_has(task, FT_TRAIT_ROWS | FT_TRAIT_TAGS))
        st = ft_options_set_id(&r->o, FT_OPT_max_seq_length, length, true, err);
    if (!st && !part) st = ft_options_set(&r->o, "split", "1,0,0", true, err);
    ft_task_settle(&r->o, task);
    r->d.tok = p->m->tok;
    if (!st)
        st = ft_task_open(&r->d, task, &r->o,
                          ft_task_has(task, FT_TRAIT_CLASSES | FT_TRAIT_NUMBERS) ? &labels : NULL,
                          unlabelled, err);
    if (!st && !part) part = ft_part_name(part_to_score(&r->d));
    for (int k = 0; k < FT_PART_COUNT && !st; k++) {
        if (strcmp(part, ft_part_name((enum ft_part)k))) continue;
        r->part = (enum ft_part)k;
        st = ft_task_ops(task)->sequences(&r->s, &r->d, r->part, p->m, &r->o, true, w, err);
        if (!st) ft_unknown_warn_of(ft_options_text(&r->o, FT_OPT_data), p->m->tok, &r->s);
    }
    ft_labels_release(&labels);
    return st;
}

/* One row's answer; `logits` are its own. */
static enum ft_status predict_row(struct ft_predictor *p, const struct ft_predict_data *r,
                                  const struct ft_example *e, const float *logits, bool explain,
                                  struct ft_prediction *x, struct ft_err *err)
{
    bool head_tail = ft_options_choice(&r->o, FT_OPT_truncation) == FT_TRUNCATION_HEAD_TAIL;
    ft_prediction_settle(p, x, logits);
    if (!explain) return FT_OK;
    enum ft_status st = ft_sequences_encode(p->m->tok, p->ctx, e->text, e->pair, p->max_length,
                                            head_tail, &p->enc, err);
    return st ? st : ft_predictor_explain(p, x, err);
}

/* The columns that are neither the text nor its pair. `columns` holds their numbers. */
struct others {
    struct ft_predict_cells cells;
    char **names;
    size_t *columns;
};

static void others_find(struct others *x, const struct ft_run_data *d)
{
    static const char *const taken[] = {"row",   "text",  "text_pair",     "label",  "labels",
                                        "value", "score", "probabilities", "logits", "tokens"};
    const struct ft_table *t = &d->tables[FT_PART_TRAIN];
    size_t cols = ft_table_columns(t), n = 0;
    x->names = ft_xcalloc(cols, sizeof *x->names);
    x->columns = ft_xcalloc(cols, sizeof *x->columns);
    x->cells.cells = ft_xcalloc(cols, sizeof *x->cells.cells);
    x->cells.cells_n = ft_xcalloc(cols, sizeof *x->cells.cells_n);
    for (size_t c = 0; c < cols; c++) {
        if ((int)c == d->columns.text || (int)c == d->columns.pair) continue;
        const char *name = ft_table_name(t, c);
        bool used = false;
        for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
            used |= !strcmp(name, taken[i]);
        x->columns[n] = c;
        char *free_name = ft_xprintf("%s%s", used ? "data_" : "", name);
        for (int k = 2; used && ft_table_has(t, free_name); k++) {
            free(free_name);
            free_name = ft_xprintf("data_%s_%d", name, k);
        }
        x->names[n++] = free_name;
    }
    x->cells.n = n;
    x->cells.names = (const char *const *)x->names;
}

static void others_take(struct others *x, const struct ft_table *t, size_t row)
{
    for (size_t i = 0; i < x->cells.n; i++) {
        struct ft_text s = ft_table_cell(t, row - 1, x->columns[i]);
        x->cells.cells[i] = s.data;
        x->cells.cells_n[i] = s.n;
    }
}

static void others_release(struct others *x)
{
    for (size_t i = 0; i < x->cells.n; i++)
        free(x->names[i]);
    free(x->names);
    free(x->columns);
    free(x->cells.cells);
    free(x->cells.cells_n);
}

enum ft_status ft_predict_file(struct ft_predictor *p, const struct ft_options *o, bool explain,
                               ft_predict_row_fn *row, void *arg, struct ft_job *w,
                               struct ft_err *err)
{
    struct ft_predict_data r = {0};
    float *logits = NULL;
    enum ft_status st = ft_predict_data_open(p, o, true, NULL, &r, w, err);
    size_t batch = (size_t)ft_options_int(&p->o, FT_OPT_per_device_eval_batch_size);
    if (!st && r.s.n < r.d.x.n)
        ft_log(FT_LOG_WARN, "rows without tokens, not predicted: %zu", r.d.x.n - r.s.n);
    if (!st) st = ft_classify_logits(&logits, p->m->net, &r.s, batch, w, err);
    struct others more = {0};
    if (!st) others_find(&more, &r.d);
    for (size_t i = 0; i < r.s.n && !st; i++) {
        const struct ft_example *e = &r.d.x.items[r.s.example[i]];
        struct ft_prediction x;
        others_take(&more, &r.d.tables[FT_PART_TRAIN], e->row);
        st = predict_row(p, &r, e, logits + i * ft_predictor_labels(p), explain, &x, err);
        if (!st)
            st = row(arg, e->row, e->text.data ? e->text.data : "", e->text.n, e->pair.data,
                     e->pair.n, &x, &more.cells, err);
        ft_prediction_release(&x);
    }
    others_release(&more);
    free(logits);
    ft_predict_data_release(&r);
    return st;
}

enum ft_status ft_evaluate(struct ft_predictor *p, const struct ft_options *o, const char *part,
                           FILE *lines, struct ft_scores *scores, struct ft_job *w,
                           struct ft_err *err)
{
    struct ft_predict_data r = {0};
    enum ft_task task = ft_predictor_task(p);
    enum ft_status st = ft_predict_data_open(p, o, false, part, &r, w, err);
    if (!st && !r.s.n)
        st = ft_fail(err, FT_FORMAT, "%s: has no %s%s%s", ft_options_text(o, FT_OPT_data),
                     ft_task_facts(task)->needed, part ? " in split " : "", part ? part : "");
    struct ft_scoring in = {.o = &r.o, .d = &r.d, .m = p->m, .s = &r.s, .part = r.part};
    if (!st) st = ft_task_ops(task)->score(&in, scores, lines, w, err);
    ft_predict_data_release(&r);
    return st;
}

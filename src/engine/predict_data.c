/* A model over the rows of a file: predictions, and the scores of an evaluation. See predict.h. */
#include "engine/predict_in.h"

#include "engine/classify.h"
#include "engine/qa.h"
#include "engine/task.h"

#include <stdlib.h>
#include <string.h>

struct rows {
    struct ft_options o;
    struct ft_run_data d;
    struct ft_sequences s;
    enum ft_part part;
};

static void rows_release(struct rows *r)
{
    ft_sequences_release(&r->s);
    ft_run_data_release(&r->d);
    ft_options_release(&r->o);
}

/* The rows of --data as sequences, in file order: all of them, or those of one part as the options
 * split them. r is zeroed; it is to be released also after an error. */
static enum ft_status open_rows(struct ft_predictor *p, const struct ft_options *o, bool unlabelled,
                                const char *part, struct rows *r, struct ft_work *w,
                                struct ft_err *err)
{
    enum ft_task task = ft_predictor_task(p);
    struct ft_labels labels;
    ft_labels_init(&labels);
    for (size_t i = 0; task == FT_TASK_CLASSIFY && i < ft_predictor_labels(p); i++)
        ft_labels_add(&labels, ft_predictor_label(p, i), strlen(ft_predictor_label(p, i)));
    ft_options_copy(&r->o, o);
    enum ft_status st = FT_OK;
    for (int i = 0; i < FT_OPT_COUNT && !st; i++) {
        enum ft_opt id = (enum ft_opt)i;
        if (!ft_options_given(o, id) && ft_options_given(&p->o, id))
            st = ft_options_set_id(&r->o, id, ft_options_text(&p->o, id), true, err);
    }
    if (!st && !part) st = ft_options_set(&r->o, "split", "1,0,0", true, err);
    ft_options_settle(&r->o, task);
    if (!st)
        st = ft_run_data_open(&r->d, task, &r->o, task == FT_TASK_CLASSIFY ? &labels : NULL,
                              unlabelled, err);
    for (int k = 0; k < FT_PART_COUNT && !st; k++) {
        if (strcmp(part ? part : ft_part_name(FT_PART_TRAIN), ft_part_name((enum ft_part)k)))
            continue;
        r->part = (enum ft_part)k;
        st = ft_task_ops(task)->sequences(&r->s, &r->d, r->part, p->m, &r->o, true, w, err);
    }
    ft_labels_release(&labels);
    return st;
}

enum ft_status ft_predict_file(struct ft_predictor *p, const struct ft_options *o,
                               ft_predict_row_fn *row, void *arg, struct ft_work *w,
                               struct ft_err *err)
{
    struct rows r = {0};
    struct ft_classified c = {0};
    enum ft_status st = open_rows(p, o, true, NULL, &r, w, err);
    size_t batch = (size_t)ft_options_int(&p->o, FT_OPT_per_device_eval_batch_size);
    if (!st) st = ft_classify(&c, p->m->net, &r.s, batch, w, err);
    for (size_t i = 0; i < r.s.n && !st; i++) {
        const struct ft_example *e = &r.d.x.items[r.s.example[i]];
        struct ft_prediction x;
        ft_prediction_settle(&x, c.logits + i * c.labels, c.labels);
        st = row(arg, e->row, e->text.data, e->text.n, e->pair.data, e->pair.n, &x, err);
        ft_prediction_release(&x);
    }
    ft_classified_release(&c);
    rows_release(&r);
    return st;
}

enum ft_status ft_evaluate(struct ft_predictor *p, const struct ft_options *o, const char *part,
                           FILE *lines, struct ft_scores *scores, struct ft_work *w,
                           struct ft_err *err)
{
    struct rows r = {0};
    enum ft_task task = ft_predictor_task(p);
    enum ft_status st = open_rows(p, o, false, part, &r, w, err);
    if (!st && !r.s.n)
        st = ft_fail(err, FT_FORMAT, "%s: has no %s%s%s", ft_options_text(o, FT_OPT_data),
                     task == FT_TASK_QA         ? "question"
                     : task == FT_TASK_CLASSIFY ? "labelled row"
                                                : "text",
                     part ? " in part " : "", part ? part : "");
    struct ft_scoring in = {.o = &r.o, .d = &r.d, .m = p->m, .s = &r.s, .part = r.part};
    if (!st) st = ft_task_ops(task)->score(&in, scores, lines, w, err);
    rows_release(&r);
    return st;
}

/* Model and teacher side by side: see train_compare.h. */
#include "engine/train/train_compare.h"

#include "core/pool.h"
#include "engine/task/task.h"
#include "engine/train/train_state.h"
#include "util/clock.h"
#include "util/fs.h"
#include "util/log.h"
#include "util/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXTS_TIMED = 50 };

static int smaller_first(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Median time of one text by itself. */
static enum ft_status time_texts(const struct ft_net *net, const struct ft_sequences *s, double *ms,
                                 struct ft_err *err)
{
    struct ft_ws_opt opt = ft_sequences_ws(s, 1, false);
    size_t n = s->n < TEXTS_TIMED ? s->n : TEXTS_TIMED, done = 0;
    double times[TEXTS_TIMED];
    struct ft_ws *ws = NULL;
    struct ft_batch b;
    enum ft_status st = ft_ws_new(&ws, net, &opt, err);
    ft_batch_init(&b, opt.N, 1);
    for (size_t i = 0; i < n && !st; i++) {
        if (!ft_sequences_len(s, i)) continue;
        ft_batch_fill(&b, s, &i, 1);
        ft_pool_take();
        double from = ft_now_s();
        st = ft_net_forward(net, ws, &b.net, NULL, err);
        times[done++] = (ft_now_s() - from) * 1e3;
        ft_pool_give();
    }
    qsort(times, done, sizeof *times, smaller_first);
    *ms = done ? round(times[done / 2] * 1e3) / 1e3 : (double)NAN;
    ft_ws_free(ws);
    ft_batch_release(&b);
    return st;
}

static void take(struct ft_scores_side *side, const struct ft_model_file *m,
                 const struct ft_scores *scores)
{
    *side = (struct ft_scores_side){.loss = scores ? scores->loss : (double)NAN,
                                    .accuracy = (double)NAN,
                                    .ms_per_text = (double)NAN,
                                    .bytes = (double)m->net->params.count * sizeof(float)};
    if (scores) side->accuracy = ft_scores_metric(scores, "accuracy");
    snprintf(side->name, sizeof side->name, "%s", m->name);
}

/* The teacher on the same split, as an evaluation of its own would score it. */
static enum ft_status score_teacher(struct ft_train *t, enum ft_part part,
                                    const struct ft_sequences *s, struct ft_scores_side *side,
                                    struct ft_err *err)
{
    struct ft_scoring in = {.o = &t->o, .d = &t->data, .m = &t->teacher.m, .s = s, .part = part};
    struct ft_scores scores = {0};
    if (!t->teacher.logits) return FT_OK;
    enum ft_status st = ft_task_ops(t->task)->score(&in, &scores, NULL, NULL, err);
    if (!st) take(side, &t->teacher.m, &scores);
    ft_scores_release(&scores);
    return st;
}

static void report(const struct ft_scores_side sides[2])
{
    static const char *const who[2] = {"model", "teacher"};
    for (size_t i = 0; i < 2; i++) {
        char accuracy[32] = "", size[32];
        if (isfinite(sides[i].accuracy))
            snprintf(accuracy, sizeof accuracy, "accuracy %.4f, ", sides[i].accuracy);
        else if (isfinite(sides[i].loss))
            snprintf(accuracy, sizeof accuracy, "loss %.4f, ", sides[i].loss);
        ft_log(FT_LOG_INFO, "%s: %s%.2f ms per text, %s", who[i], accuracy, sides[i].ms_per_text,
               ft_format_bytes(size, sizeof size, sides[i].bytes));
    }
}

enum ft_status ft_train_compare(struct ft_train *t, enum ft_part part,
                                const struct ft_scores *scores, struct ft_scores_side sides[2],
                                struct ft_err *err)
{
    struct ft_sequences its = {0};
    if (!t->teacher.m.net) return FT_OK;
    take(&sides[0], &t->model, scores);
    take(&sides[1], &t->teacher.m, NULL);
    enum ft_status st = ft_task_ops(t->task)->sequences(&its, &t->data, part, &t->teacher.m, &t->o,
                                                        true, NULL, err);
    if (!st && t->data.some_unlabelled) ft_sequences_keep_labelled(&its);
    if (!st && its.n) st = score_teacher(t, part, &its, &sides[1], err);
    if (!st) st = time_texts(t->model.net, &t->seq[part], &sides[0].ms_per_text, err);
    if (!st && its.n) st = time_texts(t->teacher.m.net, &its, &sides[1].ms_per_text, err);
    if (!st) report(sides);
    ft_sequences_release(&its);
    return st;
}

/* Where the panels of screen 6 lie, their titles, and what its message line says when nothing
 * happened. */
#include "ui/screens/view_predict_in.h"

#include "engine/task/task_facts.h"
#include "util/fs.h"
#include "util/kinds.h"
#include "util/str.h"

#include <stdio.h>

/* a | b, of height h. */
static struct ft_node beside(struct ft_node *kids, struct ft_node a, struct ft_node b, int h_max)
{
    kids[0] = a;
    kids[1] = b;
    return (struct ft_node){
        .kind = FT_NODE_COLS, .weight = 1, .h_max = h_max, .kids = kids, .kids_n = 2};
}

const struct ft_node *predict_layout(struct ft_view *v, int h, int w)
{
    struct predict_view *t = (struct predict_view *)v;
    struct ft_node *n = t->nodes, *rows = &n[1], *kids = &n[10];
    enum ft_task task = predict_task(t);
    bool tall = h >= 30, wide = w >= 120;
    int k = 0;
    rows[k++] = (struct ft_node){
        .kind = FT_NODE_PANEL, .panel = PREDICT_HEAD, .bare = true, .h = 1, .h_max = 1};
    int text = ft_task_has(task, FT_TRAIT_ANSWERS) ? 2 : tall ? 6 : 4;
    rows[k++] = ft_node_panel(PREDICT_TEXT, text, text + (tall ? 2 : 0), 0, 0, 1);
    if (predict_has_pair(t))
        rows[k++] = ft_task_has(task, FT_TRAIT_ANSWERS)
                        ? ft_node_panel(PREDICT_PAIR, 4, 0, 0, 0, 1)
                        : ft_node_panel(PREDICT_PAIR, 3, tall ? 6 : 3, 0, 0, 1);
    if (ft_task_has(task, FT_TRAIT_GENERATES)) {
        rows[k++] = beside(kids, ft_node_panel(PREDICT_GROWN, 5, 0, 30, 0, 1),
                           ft_node_panel(PREDICT_SAMPLING, 5, 0, 25, 25, 1), 0);
        rows[k++] = ft_node_panel(PREDICT_NEXT, 4, PREDICT_CHOICES + 1, 0, 0, 1);
        if (tall) rows[k++] = ft_node_panel(PREDICT_HISTORY, 4, 0, 0, 0, 1);
    } else {
        int most = ft_task_has(task, FT_TRAIT_NUMBERS)        ? 4
                   : ft_task_has(task, FT_TRAIT_TEXT_CLASSES) ? (int)t->answer.labels_n + 1
                                                              : PREDICT_CHOICES + 2;
        if (ft_task_has(task, FT_TRAIT_TEXT_CLASSES) && most > PREDICT_BARS + 2)
            most = PREDICT_BARS + 2;
        if (most < 3) most = 3;
        int least = most < (tall ? 12 : 5) ? most : tall ? 12 : 5;
        struct ft_node answers = ft_node_panel(PREDICT_ANSWERS, least, most, 30, 0, 1);
        rows[k++] = t->beside ? beside(kids, answers,
                                       ft_node_panel(PREDICT_BESIDE, least, most, 30, 0, 1), most)
                              : answers;
        if (ft_task_has(task, FT_TRAIT_MASKS))
            rows[k++] = ft_node_panel(PREDICT_GROWN, 3, tall ? 8 : 4, 0, 0, 1);
        struct ft_node past = ft_node_panel(PREDICT_HISTORY, 3, 0, 40, 0, 1);
        bool why = ft_task_has(task, FT_TRAIT_ROWS | FT_TRAIT_TAGS);
        if (why && wide)
            rows[k++] = beside(&n[14], ft_node_panel(PREDICT_WHY, 4, 0, 40, 0, 1), past, 0);
        else if (why)
            rows[k++] = ft_node_panel(PREDICT_WHY, 3, tall ? 10 : 6, 0, 0, 1);
        if (!why || !wide) rows[k++] = past;
    }
    n[0] = (struct ft_node){.kind = FT_NODE_ROWS, .weight = 1, .kids = rows, .kids_n = k};
    return &n[0];
}

static void text_title(const struct predict_view *t, struct ft_title *title)
{
    const struct ft_answer *a = &t->answer;
    size_t tokens = 0, cut = 0;
    snprintf(title->left, sizeof title->left, "%s", ft_task_facts(predict_task(t))->input_title);
    if (!predict_answered(t)) return;
    switch (ft_task_predicts(a->task)) {
    case FT_PREDICTS_LABEL:
    case FT_PREDICTS_LABELS:
    case FT_PREDICTS_NUMBER:
        tokens = a->prediction.tokens_n;
        cut = a->prediction.cut;
        break;
    case FT_PREDICTS_TEXT:
        if (t->goes_on) return;
        tokens = a->generated.prompt_n;
        break;
    case FT_PREDICTS_ENTITIES:
        snprintf(title->right, sizeof title->right, "%zu word%s, %zu window%s", a->tagging.words_n,
                 ft_plural(a->tagging.words_n), a->tagging.windows, ft_plural(a->tagging.windows));
        return;
    case FT_PREDICTS_SPAN: /* the context's title has its windows */
    case FT_PREDICTS_TOKENS:
    case FT_PREDICTS_NOTHING:
        return;
    }
    int n = snprintf(title->right, sizeof title->right, "%zu token%s", tokens, ft_plural(tokens));
    if (cut)
        snprintf(title->right + n, sizeof title->right - (size_t)n, ", %zu more did not fit", cut);
}

static void answers_title(const struct predict_view *t, const struct ft_answer *a,
                          struct ft_title *title)
{
    size_t size = sizeof title->right;
    switch (ft_task_predicts(a->task)) {
    case FT_PREDICTS_LABEL:
    case FT_PREDICTS_LABELS:
        snprintf(title->right, size, "logit");
        break;
    case FT_PREDICTS_ENTITIES:
        if (a->text) snprintf(title->right, size, "%zu", a->tagging.entities_n);
        break;
    case FT_PREDICTS_SPAN:
        if (a->text)
            snprintf(title->right, size, "null - best %.2f, threshold %g: %s",
                     a->reply.null_score_diff, t->threshold,
                     predict_none(t, &a->reply) ? "no answer" : "answered");
        break;
    case FT_PREDICTS_TOKENS:
        if (a->text && a->fill.masks > 1)
            snprintf(title->right, size, "mask %zu of %zu", t->mask + 1, a->fill.masks);
        break;
    case FT_PREDICTS_NUMBER:
    case FT_PREDICTS_TEXT:
    case FT_PREDICTS_NOTHING:
        break;
    }
}

static const char *answers_name(enum ft_task task)
{
    switch (ft_task_predicts(task)) {
    case FT_PREDICTS_SPAN:
        return "Answers";
    case FT_PREDICTS_TOKENS:
        return "Candidates";
    case FT_PREDICTS_ENTITIES:
        return "Entities";
    case FT_PREDICTS_NUMBER:
        return "Value";
    case FT_PREDICTS_LABEL:
    case FT_PREDICTS_LABELS:
    case FT_PREDICTS_TEXT: /* has other panels, see predict_layout */
    case FT_PREDICTS_NOTHING:
        break;
    }
    return "Labels";
}

void predict_title(struct ft_view *v, int p, struct ft_title *title)
{
    const struct predict_view *t = (const struct predict_view *)v;
    const struct ft_answer *a = &t->answer;
    enum ft_task task = predict_task(t);
    size_t size = sizeof title->left;
    switch ((enum predict_panel)p) {
    case PREDICT_TEXT:
        text_title(t, title);
        break;
    case PREDICT_PAIR:
        snprintf(title->left, size,
                 ft_task_has(task, FT_TRAIT_ANSWERS) ? "Context" : "Second text");
        if (ft_task_has(a->task, FT_TRAIT_ANSWERS) && a->text && a->reply.windows)
            snprintf(title->right, sizeof title->right, "%zu window%s", a->reply.windows,
                     ft_plural(a->reply.windows));
        break;
    case PREDICT_ANSWERS:
        snprintf(title->left, size, "%s", answers_name(task));
        answers_title(t, a, title);
        break;
    case PREDICT_BESIDE:
        snprintf(title->left, size, "%.100s", ft_path_base(t->beside));
        answers_title(t, &t->beside_answer, title);
        break;
    case PREDICT_WHY:
        if (ft_task_has(task, FT_TRAIT_TAGS))
            snprintf(title->left, size, "Entities in the text");
        else if (predict_answered(t) && a->prediction.token_n)
            snprintf(title->left, size, "Attribution to %.60s, -9 .. +9 (gradient x input)",
                     a->labels_n ? a->labels[a->prediction.label] : "the value");
        break;
    case PREDICT_GROWN:
        if (ft_task_has(task, FT_TRAIT_MASKS))
            snprintf(title->left, size, "Filled in");
        else if (predict_answered(t) && !t->goes_on)
            snprintf(title->left, size, "Continuation %zu of %zu token%s",
                     a->generated.ids_n - a->generated.prompt_n, t->tokens_asked,
                     ft_plural(t->tokens_asked));
        break;
    case PREDICT_NEXT:
        snprintf(title->left, size,
                 t->greedy ? "Next token"
                           : "Next token after temperature, "
                             "top_k, top_p");
        break;
    case PREDICT_HISTORY:
        if (t->past_n) snprintf(title->left, size, "History %zu", t->past_n);
        break;
    default:
        break;
    }
}

static void answered_text(const struct predict_view *t, const struct ft_answer *a, char *buf,
                          size_t size)
{
    int digits = a->ms < 10 ? 1 : 0;
    switch (ft_task_predicts(a->task)) {
    case FT_PREDICTS_SPAN:
        snprintf(buf, size, "ok: %.*f ms.  %s", digits, a->ms,
                 predict_none(t, &a->reply) ? "The context has no answer; Tab to the best spans"
                                            : "The answer is highlighted; Tab to the answers");
        break;
    case FT_PREDICTS_TEXT:
        snprintf(buf, size, "ok: ended: %s.  s generates one token, Enter accepts a candidate",
                 ft_generated_end_text(a->generated.end));
        break;
    case FT_PREDICTS_LABEL:
    case FT_PREDICTS_ENTITIES:
    case FT_PREDICTS_LABELS:
    case FT_PREDICTS_NUMBER:
    case FT_PREDICTS_TOKENS:
        snprintf(buf, size, "ok: %.*f ms.  Live: the prediction updates as you type", digits,
                 a->ms);
        break;
    case FT_PREDICTS_NOTHING:
        break;
    }
}

void predict_next(struct ft_view *v, char *buf, size_t size)
{
    const struct predict_view *t = (const struct predict_view *)v;
    const struct ft_answer *a = &t->answer;
    char why[sizeof t->failed.msg];
    bool current, loading = false, busy = ft_prediction_queue_busy(t->w->asker, &loading);
    if (!*predict_model(t, &current))
        snprintf(buf, size, "Next: choose a model (2) or open a run (7)");
    else if (t->failed.code)
        snprintf(buf, size, "error: %s", ft_error_text(&t->failed, why, sizeof why));
    else if (loading && busy)
        snprintf(buf, size, "busy: loading %s", ft_path_base(t->model));
    else if (predict_growing(t))
        snprintf(buf, size, "busy: generating; Esc stops and keeps the text so far");
    else if (!predict_answered(t) && a->id && !*t->w->run && ft_dataset_facts(t->w->data)->open &&
             a->task != ft_workbench_task(t->w))
        snprintf(buf, size, "note: the model's task is %s; T trains it on your data",
                 ft_task_name(a->task));
    else if (!predict_answered(t))
        snprintf(buf, size, "Next: type a text%s",
                 ft_task_has(predict_task(t), FT_TRAIT_ANSWERS) ? " and a context, then press Enter"
                                                                : "");
    else if (*a->unknown)
        snprintf(buf, size, "warn: %s", a->unknown);
    else
        answered_text(t, a, buf, size);
}

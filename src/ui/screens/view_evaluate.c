/* Screen 5: what the app sees of it. The way down is a cell or pair, its examples, one whole text;
 * the way up is Esc; the level above stays visible. */
#include "ui/screens/view_evaluate_in.h"

#include "util/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct ft_panel panels[EVAL_PANELS] = {
    [EVAL_HEAD] = {"Evaluation", FT_SCOPE_EVALUATE, true},
    [EVAL_MATRIX] = {"Confusion", FT_SCOPE_EVALUATE, false},
    [EVAL_REPORT] = {"Report", FT_SCOPE_EVALUATE, false},
    [EVAL_PAIRS] = {"Confused pairs", FT_SCOPE_EVALUATE, false},
    [EVAL_MAP] = {"Error map", FT_SCOPE_EVALUATE, false},
    [EVAL_EXAMPLES] = {"Examples", FT_SCOPE_EVALUATE, false},
    [EVAL_TEXT] = {"Full text", FT_SCOPE_EVALUATE, false},
    [EVAL_LABELS] = {"Prediction", FT_SCOPE_EVALUATE, false},
    [EVAL_SCORES] = {"Scores", FT_SCOPE_EVALUATE, true},
    [EVAL_ANSWERED] = {"Answered?", FT_SCOPE_EVALUATE, true},
};

bool evaluate_more(const struct evaluate_view *t)
{
    return ft_evaluation_facts(t->e)->there &&
           !ft_task_has(evaluate_scores(t)->task, FT_TRAIT_TEXT_CLASSES | FT_TRAIT_NUMBERS) &&
           !evaluate_entities(t);
}

bool evaluate_sets(const struct evaluate_view *t)
{
    return ft_evaluation_facts(t->e)->there &&
           ft_task_has(evaluate_scores(t)->task, FT_TRAIT_LABEL_SETS);
}

bool evaluate_many(const struct evaluate_view *t)
{
    return evaluate_scores(t)->labels > EVAL_MATRIX_LABELS || evaluate_sets(t);
}

int evaluate_label(const struct evaluate_view *t, int place)
{
    return place < 0 || place >= t->matrix.n ? -1 : t->order[place];
}

const char *evaluate_name(const struct evaluate_view *t, int label)
{
    return label >= 0 && (size_t)label < evaluate_scores(t)->labels
               ? evaluate_scores(t)->names[label]
               : "-";
}

const struct ft_evaluation_row *evaluate_row(const struct evaluate_view *t)
{
    return t->examples.n ? ft_evaluation_row(t->e, t->index[t->examples.selected]) : NULL;
}

/* --- questions --- */

void evaluate_ask_why(struct evaluate_view *t)
{
    const struct ft_evaluation_row *r = evaluate_row(t);
    if (!r) return;
    t->why = true;
    struct ft_question q = {.model = t->w->run,
                            .current = t->w->session && t->w->run_is_own,
                            .text = r->text,
                            .pair = r->pair,
                            .explain = true};
    t->asked = ft_prediction_queue_ask(t->w->asker, &q);
}

void evaluate_moved(struct evaluate_view *t)
{
    t->text.top = 0;
    if (evaluate_numbers(t)) evaluate_numbers_follow(t);
    if (t->why) evaluate_ask_why(t);
}

/* --- changes since the last frame --- */

static void cancel(void *arg)
{
    struct evaluate_view *t = arg;
    ft_evaluation_cancel(t->e);
    ft_app_say(t->w->app, FT_SAY_NOTE, "cancelled; the previous evaluation is kept");
}

static void tick(struct ft_view *v)
{
    struct evaluate_view *t = evaluate_of(v);
    struct ft_job_view work;
    bool busy = ft_evaluation_busy(t->e, &work);
    evaluate_remake(t);
    evaluate_similar_follow(t);
    if (busy)
        ft_app_busy(t->w->app, work.what, work.unit, (uint64_t)work.done, (uint64_t)work.total,
                    cancel, t);
    else if (t->busy)
        ft_app_busy_end(t->w->app);
    /* work that was short was never seen busy */
    const struct ft_err *failed = ft_evaluation_failed(t->e);
    if (!busy && failed->code && (t->busy || !t->failed)) ft_app_say_err(t->w->app, failed);
    t->failed = failed->code != 0;
    t->busy = busy;
}

static void draw(struct ft_view *v, int p, struct ft_canvas *c, struct ft_rect r, bool focused)
{
    evaluate_remake(evaluate_of(v));
    evaluate_draw(v, p, c, r, focused);
}

static void open_view(struct ft_view *v)
{
    evaluate_remake(evaluate_of(v));
    evaluate_first_panel(evaluate_of(v));
}

static void mark(struct ft_view *v, char *buf, size_t size)
{
    struct ft_job_view work;
    struct evaluate_view *t = evaluate_of(v);
    if (ft_evaluation_busy(t->e, &work) && work.total > 0)
        snprintf(buf, size, "%.0f%%", 100 * work.done / work.total);
    else if (ft_evaluation_facts(t->e)->there)
        snprintf(buf, size, "\u2713");
}

static bool click(struct ft_view *v, int p, int y, int x, bool again)
{
    struct evaluate_view *t = evaluate_of(v);
    (void)x, (void)again;
    if (p == EVAL_EXAMPLES && ft_list_click(&t->examples, y)) {
        t->similar.moved = true;
        evaluate_moved(t);
        return true;
    }
    if (p == EVAL_PAIRS && ft_list_click(&t->pairs, y)) return evaluate_to_pair(t);
    return p == EVAL_REPORT && ft_list_click(&t->report, y);
}

static void complete(struct ft_view *v, const char *kind, const char *before, const char *prefix,
                     struct ft_matches *out)
{
    struct evaluate_view *t = evaluate_of(v);
    (void)before, (void)prefix;
    if (!strcmp(kind, "TRUE") || !strcmp(kind, "PREDICTED"))
        for (size_t i = 0; i < evaluate_scores(t)->labels; i++)
            ft_matches_add(out, evaluate_scores(t)->names[i]);
    if (!strcmp(kind, "SPLIT")) {
        ft_matches_add(out, "validation");
        ft_matches_add(out, "test");
    }
}

static void close_view(struct ft_view *v)
{
    struct evaluate_view *t = evaluate_of(v);
    free(t->order);
    free(t->report_items);
    free(t->pair_items);
    free(t->index);
    free(t->listed);
    free(t->kept);
    free(t->values);
    ft_similar_release(&t->similar);
    ft_relabel_release(&t->relabel);
    free(t);
}

struct ft_view *ft_view_evaluate_new(struct ft_workbench *w)
{
    struct evaluate_view *t = ft_xcalloc(1, sizeof *t);
    const char *mode = ft_state_get(ft_app_state(w->app), "evaluate.mode");
    t->w = w;
    t->e = w->evaluation;
    t->made = UINT64_MAX;
    t->entities = FT_ENTITY_ERRORS;
    t->relabel = (struct ft_relabel){.w = w,
                                     .arg = t,
                                     .take = evaluate_take_label,
                                     .best = evaluate_best_labels,
                                     .sets = evaluate_has_sets,
                                     .has = evaluate_row_has,
                                     .next = evaluate_next_row,
                                     .entity = evaluate_entity};
    t->similar = (struct ft_similar){.w = w, .s = w->similar_examples, .list = &t->examples};
    for (int i = 0; mode && i < 4; i++)
        if (!strcmp(mode, ft_matrix_mode_name((enum ft_matrix_mode)i)))
            t->matrix.mode = (enum ft_matrix_mode)i;
    evaluate_remake(t);
    t->view = (struct ft_view){.name = "Evaluate",
                               .scope = FT_SCOPE_EVALUATE,
                               .panels = panels,
                               .panels_n = EVAL_PANELS,
                               .open = open_view,
                               .layout = evaluate_layout,
                               .draw = draw,
                               .title = evaluate_title,
                               .act = evaluate_act,
                               .can = evaluate_can,
                               .why_not = evaluate_why_not,
                               .label = evaluate_key_label,
                               .tick = tick,
                               .mark = mark,
                               .next = evaluate_next,
                               .click = click,
                               .complete = complete,
                               .copy = evaluate_copy,
                               .close = close_view};
    return &t->view;
}

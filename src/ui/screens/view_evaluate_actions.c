/* The actions of screen 5: what each does (a table), which of them would do something now, and why
 * another one would not. */
#include "ui/screens/view_evaluate_in.h"

#include "ui/app/view_action.h"

#include <stdio.h>
#include <string.h>

/* --- evaluating --- */

static void evaluate(struct evaluate_view *t, const char *part, const char *data,
                     const char *precision)
{
    if (!*t->w->run) {
        ft_app_say(t->w->app, FT_SAY_NOTE, "no run: T trains, 7 opens one");
    } else if (t->w->session && t->w->run_is_own) {
        ft_session_evaluate(t->w->session);
        ft_app_say(t->w->app, FT_SAY_NOTE, "evaluating on the validation split (4)");
    } else {
        ft_evaluation_make(t->e, t->w->run, part, data, precision);
    }
}

static bool take_file(void *arg, const char *text)
{
    if (!*text) return false;
    evaluate(arg, NULL, text, NULL);
    return true;
}

/* "test", "test int8" or "int8": what is not said stays as it is. */
static bool act_part(const struct ft_view_call *call)
{
    struct evaluate_view *t = evaluate_of(call->view);
    const char *now = ft_evaluation_facts(t->e)->part, *precision = "";
    char words[64];
    snprintf(words, sizeof words, "%s", call->given ? call->arg : "");
    char *last = strrchr(words, ' ');
    last = last ? last + 1 : words;
    if (*last && !ft_option_check(FT_OPT_precision, last, NULL)) {
        precision = last;
        if (last > words) last[-1] = 0;
    }
    const char *part = precision == words ? "" : words;
    evaluate(t, *part ? part : *now ? now : "test", NULL, precision);
    return true;
}

static bool act_open(const struct ft_view_call *call)
{
    struct evaluate_view *t = evaluate_of(call->view);
    if (call->given) return false; /* the word opens data */
    ft_app_prompt(t->w->app, "evaluate on file", "", "F", take_file, t);
    return true;
}

static bool act_baseline(const struct ft_view_call *call)
{
    struct evaluate_view *t = evaluate_of(call->view);
    if (*t->w->run) ft_evaluation_baseline(t->e, t->w->run);
    return true;
}

/* --- the matrix and the report --- */

static bool act_mode(const struct ft_view_call *call)
{
    struct evaluate_view *t = evaluate_of(call->view);
    int next = ((int)t->matrix.mode + 1) % 4;
    if (call->given) {
        next = -1;
        for (int i = 0; i < 4; i++)
            if (!strcmp(call->arg, ft_matrix_mode_name((enum ft_matrix_mode)i))) next = i;
    }
    if (next < 0) {
        ft_app_say(t->w->app, FT_SAY_ERROR, "counts, true, predicted or all, not '%s'", call->arg);
        return true;
    }
    t->matrix.mode = (enum ft_matrix_mode)next;
    ft_state_set(ft_app_state(t->w->app), "evaluate.mode", ft_matrix_mode_name(t->matrix.mode));
    return true;
}

static bool act_order(const struct ft_view_call *call)
{
    static const char *const names[EVAL_ORDERS] = {"name", "similarity", "recall"};
    struct evaluate_view *t = evaluate_of(call->view);
    t->order_by = (enum evaluate_order)((t->order_by + 1) % EVAL_ORDERS);
    if (call->given) {
        t->order_by = EVAL_BY_RECALL;
        for (int i = 0; i < EVAL_ORDERS; i++)
            if (!strcmp(call->arg, names[i])) t->order_by = (enum evaluate_order)i;
    }
    evaluate_make_order(t);
    ft_app_say(t->w->app, FT_SAY_OK, "labels by %s", names[t->order_by]);
    return true;
}

static bool act_zoom(const struct ft_view_call *call)
{
    struct evaluate_view *t = evaluate_of(call->view);
    int window = evaluate_zoom(t, call->action);
    if (window) t->matrix.window = window;
    return true;
}

static bool act_cell(const struct ft_view_call *call)
{
    return call->given && evaluate_to_cell(evaluate_of(call->view), call->arg);
}

static bool act_report(const struct ft_view_call *call)
{
    struct ft_view *v = call->view;
    if (call->given) {
        evaluate_report_to(evaluate_of(v), call->arg);
        return true;
    }
    ft_app_focus(v, v->focus == EVAL_REPORT ? EVAL_EXAMPLES : EVAL_REPORT);
    return true;
}

static bool act_sort(const struct ft_view_call *call)
{
    return evaluate_sort(evaluate_of(call->view), call->action == FT_ACT_SORT_DOWN);
}

/* --- labels --- */

static bool act_take(const struct ft_view_call *call)
{
    struct evaluate_view *t = evaluate_of(call->view);
    const struct ft_evaluation_row *r = evaluate_editable(t);
    if (r && evaluate_sets(t)) {
        struct ft_str list = {0};
        ft_evaluation_labels(evaluate_scores(t), r, true, true, &list);
        evaluate_relabel(t, ft_str_text(&list));
        ft_str_release(&list);
    } else if (r && evaluate_numbers(t)) {
        char value[32];
        snprintf(value, sizeof value, "%.5g", r->value);
        evaluate_relabel(t, value);
    } else if (r) {
        evaluate_relabel(t, evaluate_name(t, r->predicted));
    }
    return true;
}

static bool act_relabel(const struct ft_view_call *call)
{
    struct evaluate_view *t = evaluate_of(call->view);
    if (call->given) return evaluate_edit_word(t, call->arg, false);
    if (evaluate_editable(t)) ft_relabel_ask(&t->relabel);
    return true;
}

static bool act_again(const struct ft_view_call *call)
{
    struct evaluate_view *t = evaluate_of(call->view);
    if (t->relabel.last) evaluate_take_label(t, t->relabel.last);
    return true;
}

static bool act_keep(const struct ft_view_call *call)
{
    struct evaluate_view *t = evaluate_of(call->view);
    if (t->examples.n && evaluate_keep(t)) evaluate_step_down(t);
    return true;
}

static bool act_drop(const struct ft_view_call *call)
{
    struct evaluate_view *t = evaluate_of(call->view);
    if (call->given) return evaluate_edit_word(t, call->arg, true);
    evaluate_drop(t);
    return true;
}

/* --- which examples --- */

static bool act_right_too(const struct ft_view_call *call)
{
    struct evaluate_view *t = evaluate_of(call->view);
    t->right_too = !t->right_too;
    t->all = true;
    evaluate_select(t);
    return true;
}

static bool act_filter(const struct ft_view_call *call)
{
    struct evaluate_view *t = evaluate_of(call->view);
    if (evaluate_entities(t)) return evaluate_entities_filter(t, call->given ? call->arg : NULL);
    t->all = !t->all;
    evaluate_select(t);
    return true;
}

static bool act_why(const struct ft_view_call *call)
{
    struct evaluate_view *t = evaluate_of(call->view);
    if (t->why)
        t->why = false;
    else
        evaluate_ask_why(t);
    return true;
}

static bool act_similar(const struct ft_view_call *call)
{
    evaluate_similar_open(evaluate_of(call->view), call->given ? call->arg : NULL);
    return true;
}

static bool act_enter(const struct ft_view_call *call)
{
    return evaluate_enter(evaluate_of(call->view));
}

static bool act_back(const struct ft_view_call *call)
{
    return evaluate_back(evaluate_of(call->view));
}

/* --- the table --- */

static const struct ft_view_action actions[] = {
    {FT_ACT_EVAL_PART, act_part},
    {FT_ACT_OPEN, act_open},
    {FT_ACT_WRITE, evaluate_act_write},
    {FT_ACT_EVAL_WRITE, evaluate_act_predictions},
    {FT_ACT_EVAL_BASELINE, act_baseline},
    {FT_ACT_EVAL_MODE, act_mode},
    {FT_ACT_EVAL_ORDER, act_order},
    {FT_ACT_EVAL_ZOOM_IN, act_zoom},
    {FT_ACT_EVAL_ZOOM_OUT, act_zoom},
    {FT_ACT_EVAL_CELL, act_cell},
    {FT_ACT_EVAL_REPORT, act_report},
    {FT_ACT_SORT_UP, act_sort},
    {FT_ACT_SORT_DOWN, act_sort},
    {FT_ACT_EVAL_TAKE, act_take},
    {FT_ACT_EVAL_RELABEL, act_relabel},
    {FT_ACT_EVAL_AGAIN, act_again},
    {FT_ACT_EVAL_KEEP, act_keep},
    {FT_ACT_EVAL_DROP, act_drop},
    {FT_ACT_EVAL_RIGHT_TOO, act_right_too},
    {FT_ACT_FILTER, act_filter},
    {FT_ACT_EVAL_WHY, act_why},
    {FT_ACT_EVAL_SIMILAR, act_similar},
    {FT_ACT_ENTER, act_enter},
    {FT_ACT_BACK, act_back},
};
enum { ACTIONS = sizeof actions / sizeof *actions };

static bool act_panel(struct evaluate_view *t, enum ft_action a)
{
    switch ((enum evaluate_panel)t->view.focus) {
    case EVAL_MATRIX:
    case EVAL_MAP:
        return evaluate_numbers(t) ? evaluate_numbers_move(t, a) : evaluate_move_cell(t, a);
    case EVAL_PAIRS:
        return ft_list_move(&t->pairs, ft_action_move(a)) && evaluate_to_pair(t);
    case EVAL_REPORT:
        return ft_list_move(&t->report, ft_action_move(a));
    case EVAL_EXAMPLES:
        if (!ft_list_move(&t->examples, ft_action_move(a))) return false;
        t->similar.moved = true;
        evaluate_moved(t);
        return true;
    case EVAL_TEXT:
        return ft_scroll_move(&t->text, ft_action_move(a));
    default:
        return false;
    }
}

bool evaluate_act(struct ft_view *v, enum ft_action a, const char *arg)
{
    struct evaluate_view *t = evaluate_of(v);
    evaluate_remake(t);
    evaluate_similar_follow(t);
    if (evaluate_more(t) && evaluate_more_act(t, a, arg)) return true;
    ft_view_action_fn *fn = ft_view_action_find(actions, ACTIONS, a);
    return fn ? fn(&(struct ft_view_call){v, a, arg, arg && *arg}) : act_panel(t, a);
}

bool evaluate_can(struct ft_view *v, enum ft_action a)
{
    struct evaluate_view *t = evaluate_of(v);
    const struct ft_evaluation_facts *f = ft_evaluation_facts(t->e);
    char why[200];
    bool known;
    if (evaluate_more(t) && evaluate_more_can(t, a, &known)) return known;
    if (evaluate_entities(t) && evaluate_entities_can(t, a, &known)) return known;
    if (evaluate_numbers(t) && evaluate_numbers_can(t, a, &known)) return known;
    switch (a) {
    case FT_ACT_EVAL_PART:
    case FT_ACT_OPEN:
    case FT_ACT_EVAL_BASELINE:
        return *t->w->run;
    case FT_ACT_TRAIN:
        return !ft_workbench_missing(t->w, why, sizeof why);
    case FT_ACT_UNDO:
        return ft_workbench_can_undo(t->w);
    case FT_ACT_EVAL_ZOOM_IN:
    case FT_ACT_EVAL_ZOOM_OUT:
        return evaluate_many(t) && evaluate_zoom(t, a);
    case FT_ACT_EVAL_MODE:
        return f->there && v->shown.panel[EVAL_MATRIX].h > 0;
    case FT_ACT_EVAL_ORDER:
        return evaluate_many(t) && !evaluate_sets(t);
    case FT_ACT_EVAL_TAKE:
    case FT_ACT_EVAL_RELABEL:
    case FT_ACT_EVAL_DROP:
        return evaluate_is_open_row(t, evaluate_row(t));
    case FT_ACT_EVAL_KEEP:
    case FT_ACT_EVAL_WHY:
    case FT_ACT_EVAL_SIMILAR:
        return t->examples.n > 0;
    case FT_ACT_ENTER:
        return f->there && v->focus != EVAL_TEXT && v->focus != EVAL_LABELS &&
               (v->focus != EVAL_EXAMPLES || t->examples.n);
    case FT_ACT_EVAL_AGAIN:
        return evaluate_is_open_row(t, evaluate_row(t)) && t->relabel.last;
    case FT_ACT_SORT_UP:
    case FT_ACT_SORT_DOWN:
        return f->there && v->focus == EVAL_REPORT;
    case FT_ACT_EVAL_THRESHOLD:
    case FT_ACT_FIND:
    case FT_ACT_FIND_NEXT:
    case FT_ACT_FIND_PREV:
        return false;
    case FT_ACT_HELP:
        return true;
    default:
        return f->there;
    }
}

void evaluate_why_not(struct ft_view *v, enum ft_action a, char *buf, size_t size)
{
    struct evaluate_view *t = evaluate_of(v);
    bool sorting = a == FT_ACT_SORT_UP || a == FT_ACT_SORT_DOWN;
    bool own = ft_action_row(a)->scope == FT_SCOPE_EVALUATE, known;
    if (a == FT_ACT_FIND || (!own && !ft_action_by_screen(a))) return;
    const char *why =
        !ft_evaluation_facts(t->e)->there                             ? evaluate_empty(t)
        : evaluate_more(t)                                            ? evaluate_more_why_not(t, a)
        : evaluate_entities(t) && evaluate_entities_can(t, a, &known) ? "not for entities"
        : evaluate_numbers(t) && evaluate_numbers_can(t, a, &known) && !known
            ? "for classification runs only"
        : sorting                            ? "p opens the report, whose columns it sorts"
        : !own || a == FT_ACT_EVAL_THRESHOLD ? "for question answering runs only"
        : a == FT_ACT_EVAL_ORDER || a == FT_ACT_EVAL_ZOOM_IN || a == FT_ACT_EVAL_ZOOM_OUT
            ? "only with more labels than the matrix can show"
        : !t->examples.n ? "no example is selected"
        : !evaluate_is_open_row(t, evaluate_row(t))
            ? "only rows of the open data (1) can be relabelled"
            : "no label assigned yet";
    snprintf(buf, size, "%s", why);
}

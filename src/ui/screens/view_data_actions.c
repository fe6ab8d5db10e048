/* The actions of screen 1: what each does (a table), which of them would do something now, and what
 * the key line calls them. */
#include "ui/screens/view_data_in.h"

#include "ui/app/view_action.h"
#include "util/mem.h"

#include <stdlib.h>
#include <string.h>

/* --- files --- */

static bool take_open(void *arg, const char *text)
{
    struct data_view *t = arg;
    if (!*text || !ft_workbench_open(t->w, text)) return false;
    ft_dataset_filter(t->d, "", NULL);
    return true;
}

static bool act_open(const struct ft_view_call *call)
{
    struct data_view *t = data_of(call->view);
    if (call->given) return take_open(t, call->arg) || true;
    ft_app_prompt(t->w->app, "open", "", "F", take_open, t);
    return true;
}

/* --- settings --- */

static bool act_columns(const struct ft_view_call *call)
{
    struct ft_view *v = call->view;
    if (call->given) return data_columns_word(data_of(v), call->arg);
    ft_app_focus(v, v->focus == DATA_COLUMNS ? DATA_ROWS : DATA_COLUMNS);
    return true;
}

static bool act_clean(const struct ft_view_call *call)
{
    struct ft_view *v = call->view;
    if (call->given) return data_set(data_of(v), FT_OPT_clean, call->arg) || true;
    ft_app_focus(v, v->focus == DATA_CLEAN ? DATA_ROWS : DATA_CLEAN);
    return true;
}

static bool act_tokens(const struct ft_view_call *call)
{
    ft_app_focus(call->view, DATA_TOKENS);
    return true;
}

static bool act_split(const struct ft_view_call *call)
{
    struct data_view *t = data_of(call->view);
    if (ft_dataset_facts(t->d)->own_parts && !call->given) {
        ft_app_say(t->w->app, FT_SAY_NOTE, "validation or test has its own file: no split is made");
        return true;
    }
    if (call->given) return data_take_split(t, call->arg) || true;
    ft_app_prompt(t->w->app, "split train,validation,test", ft_options_text(&t->w->o, FT_OPT_split),
                  "", data_take_split, t);
    return true;
}

/* --- rows --- */

static bool act_filter(const struct ft_view_call *call)
{
    struct data_view *t = data_of(call->view);
    if (call->arg) return data_take_filter(t, call->arg) || true;
    ft_app_prompt(t->w->app, "filter (label:X part:val len>256 word)", ft_dataset_filter_now(t->d),
                  "", data_take_filter, t);
    return true;
}

static bool act_find(const struct ft_view_call *call)
{
    struct data_view *t = data_of(call->view);
    if (call->given) return data_take_find(t, call->arg);
    ft_app_prompt(t->w->app, "find", t->find, "", data_take_find, t);
    return true;
}

static bool act_find_next(const struct ft_view_call *call)
{
    return data_find(data_of(call->view), call->action == FT_ACT_FIND_PREV);
}

static bool act_sort(const struct ft_view_call *call)
{
    return call->given && data_sort_word(data_of(call->view), call->arg);
}

static bool act_sort_column(const struct ft_view_call *call)
{
    struct data_view *t = data_of(call->view);
    ft_dataset_sort(t->d, t->doubts.on ? FT_DATASET_BY_ROW : t->column,
                    call->action == FT_ACT_SORT_DOWN);
    return true;
}

static bool act_problem(const struct ft_view_call *call)
{
    data_next_problem(data_of(call->view));
    return true;
}

/* The text in tokens, on screen 2. */
static bool act_view(const struct ft_view_call *call)
{
    struct data_view *t = data_of(call->view);
    bool there;
    struct ft_dataset_row r = data_row(t, &there);
    if (!there) return true;
    char *text = ft_xstrndup(r.text, r.n < 4096 ? r.n : 4096);
    ft_app_screen_of(t->w->app, FT_SCOPE_MODEL);
    ft_app_act(t->w->app, FT_ACT_MODEL_TOKENS, text);
    free(text);
    return true;
}

static bool act_similar(const struct ft_view_call *call)
{
    data_similar_open(data_of(call->view), call->given ? call->arg : NULL);
    return true;
}

static bool act_audit(const struct ft_view_call *call)
{
    data_doubts_open(data_of(call->view), call->given ? call->arg : NULL);
    return true;
}

static bool act_duplicates(const struct ft_view_call *call)
{
    data_near_open(data_of(call->view), call->given ? call->arg : NULL);
    return true;
}

/* --- labels --- */

static bool act_take(const struct ft_view_call *call)
{
    if (!data_of(call->view)->doubts.on) return false;
    data_doubts_take(data_of(call->view));
    return true;
}

static bool act_keep(const struct ft_view_call *call)
{
    if (!data_of(call->view)->doubts.on) return false;
    data_doubts_keep(data_of(call->view));
    return true;
}

/* In the list of doubts the cursor goes to the row. */
static bool act_undo(const struct ft_view_call *call)
{
    struct data_view *t = data_of(call->view);
    bool back = call->action == FT_ACT_UNDO;
    if (!t->doubts.on || !(back ? ft_workbench_undo(t->w) : ft_workbench_redo(t->w))) return false;
    data_doubts_to(t, t->w->undone);
    return true;
}

static bool act_relabel(const struct ft_view_call *call)
{
    struct data_view *t = data_of(call->view);
    if (call->given) return data_edit_word(t, call->arg, false);
    data_best_release(t); /* the model may have learned since */
    if (data_editable(t)) ft_relabel_ask(&t->relabel);
    return true;
}

static bool act_again(const struct ft_view_call *call)
{
    struct data_view *t = data_of(call->view);
    if (t->relabel.last && data_editable(t)) data_relabel_row(t, t->relabel.last);
    return true;
}

static bool act_drop(const struct ft_view_call *call)
{
    struct data_view *t = data_of(call->view);
    if (call->given) return data_edit_word(t, call->arg, true);
    data_drop(t);
    return true;
}

/* --- panels --- */

static bool act_enter(const struct ft_view_call *call)
{
    struct data_view *t = data_of(call->view);
    char paths[FT_RECENT_MAX + 1][512];
    switch ((enum data_panel)t->view.focus) {
    case DATA_ROWS:
        if (!ft_dataset_facts(t->d)->open) {
            size_t n = data_recent(t, paths, FT_RECENT_MAX + 1);
            if (t->recent.selected < n) take_open(t, paths[t->recent.selected]);
            return true;
        }
        if (t->similar.on) { /* to the row, in the list of all */
            data_similar_close(t, false);
            return true;
        }
        ft_app_focus(&t->view, DATA_TEXT);
        t->view.zoom = true;
        return true;
    case DATA_PROBLEMS:
        data_show_problem(t, t->problems.selected);
        return true;
    case DATA_CLEAN:
        if (t->clean.n) data_toggle_clean(t, t->clean.selected);
        return true;
    case DATA_COLUMNS:
        if (t->columns.selected >= ft_dataset_facts(t->d)->columns_n)
            data_cycle_form(t, t->columns.selected - ft_dataset_facts(t->d)->columns_n);
        else if (t->columns.n)
            data_cycle_use(t, t->columns.selected);
        return true;
    case DATA_TOKENS:
        data_take_cut(t);
        return true;
    default:
        return false;
    }
}

static bool act_back(const struct ft_view_call *call)
{
    struct data_view *t = data_of(call->view);
    t->cutting = false;
    if (t->view.focus != DATA_ROWS) {
        ft_app_focus(&t->view, DATA_ROWS);
        return true;
    }
    if (t->similar.on) {
        data_similar_close(t, true);
        return true;
    }
    if (t->doubts.on && !*ft_dataset_filter_now(t->d)) {
        data_doubts_close(t, true);
        data_doubts_follow(t);
        return true;
    }
    if (*ft_dataset_filter_now(t->d)) {
        bool there;
        size_t row = data_row(t, &there).row;
        data_take_filter(t, "");
        size_t at = there ? ft_dataset_find_row(t->d, row) : SIZE_MAX;
        t->rows.n = ft_dataset_count(t->d);
        if (at != SIZE_MAX) ft_list_select(&t->rows, at);
        return true;
    }
    return false;
}

static bool act_panel(struct data_view *t, enum ft_action a)
{
    int focus = t->view.focus;
    if (focus == DATA_ROWS && (a == FT_ACT_LEFT || a == FT_ACT_RIGHT)) {
        int n = (int)t->column + (a == FT_ACT_LEFT ? -1 : 1);
        if (n >= 0 && n < FT_DATASET_SORTS) t->column = (enum ft_dataset_sort)n;
        return true;
    }
    if (focus == DATA_ROWS && !ft_dataset_facts(t->d)->open)
        return ft_list_move(&t->recent, ft_action_move(a));
    if (focus == DATA_ROWS && t->similar.on) return data_similar_move(t, ft_action_move(a));
    if (focus == DATA_ROWS && ft_list_move(&t->rows, ft_action_move(a))) {
        t->text.top = t->before.top = 0;
        return true;
    }
    if (focus == DATA_TOKENS && (a == FT_ACT_LEFT || a == FT_ACT_RIGHT))
        return data_move_cut(t, a == FT_ACT_LEFT ? -1 : 1);
    if (focus == DATA_LABELS && data_together_on(t))
        return ft_list_move(&t->together.list, ft_action_move(a));
    if (focus == DATA_PROBLEMS) return ft_list_move(&t->problems, ft_action_move(a));
    if (focus == DATA_CLEAN) return ft_list_move(&t->clean, ft_action_move(a));
    if (focus == DATA_COLUMNS) return ft_list_move(&t->columns, ft_action_move(a));
    if (focus == DATA_TEXT) return ft_scroll_move(&t->text, ft_action_move(a));
    if (focus == DATA_BEFORE) return ft_scroll_move(&t->before, ft_action_move(a));
    return false;
}

static const struct ft_view_action actions[] = {
    {FT_ACT_OPEN, act_open},
    {FT_ACT_EXPORT, data_act_export},
    {FT_ACT_WRITE, data_act_write},
    {FT_ACT_DATA_EDITS, data_act_edits},
    {FT_ACT_DATA_CORRECTED, data_act_corrected},
    {FT_ACT_DATA_COLUMNS, act_columns},
    {FT_ACT_DATA_CLEAN, act_clean},
    {FT_ACT_DATA_TOGGLE, act_enter},
    {FT_ACT_DATA_TOKENS, act_tokens},
    {FT_ACT_DATA_SPLIT, act_split},
    {FT_ACT_FILTER, act_filter},
    {FT_ACT_FIND, act_find},
    {FT_ACT_FIND_NEXT, act_find_next},
    {FT_ACT_FIND_PREV, act_find_next},
    {FT_ACT_SORT, act_sort},
    {FT_ACT_SORT_UP, act_sort_column},
    {FT_ACT_SORT_DOWN, act_sort_column},
    {FT_ACT_DATA_PROBLEM, act_problem},
    {FT_ACT_DATA_VIEW, act_view},
    {FT_ACT_DATA_SIMILAR, act_similar},
    {FT_ACT_DATA_AUDIT, act_audit},
    {FT_ACT_DATA_DUPLICATES, act_duplicates},
    {FT_ACT_UNDO, act_undo},
    {FT_ACT_REDO, act_undo},
    {FT_ACT_DOUBT_TAKE, act_take},
    {FT_ACT_DOUBT_KEEP, act_keep},
    {FT_ACT_DATA_RELABEL, act_relabel},
    {FT_ACT_DATA_AGAIN, act_again},
    {FT_ACT_DATA_DROP, act_drop},
    {FT_ACT_ENTER, act_enter},
    {FT_ACT_BACK, act_back},
};
enum { ACTIONS = sizeof actions / sizeof *actions };

bool data_act(struct ft_view *v, enum ft_action a, const char *arg)
{
    struct data_view *t = data_of(v);
    ft_view_action_fn *fn = ft_view_action_find(actions, ACTIONS, a);
    data_similar_follow(t); /* the selected row is one that is there */
    t->near.touched = true;
    bool handled = fn ? fn(&(struct ft_view_call){v, a, arg, arg && *arg}) : act_panel(t, a);
    data_similar_follow(t);
    return handled;
}

bool data_can(struct ft_view *v, enum ft_action a)
{
    struct data_view *t = data_of(v);
    bool there, open = ft_dataset_facts(t->d)->open;
    struct ft_dataset_row r = data_row(t, &there);
    switch (a) {
    case FT_ACT_OPEN:
    case FT_ACT_HELP:
        return true;
    case FT_ACT_ENTER:
        return v->focus != DATA_TEXT && v->focus != DATA_BEFORE && v->focus != DATA_LABELS;
    case FT_ACT_DATA_SIMILAR:
        return there;
    case FT_ACT_DATA_RELABEL:
    case FT_ACT_DATA_DROP:
        return there && r.editable;
    case FT_ACT_DOUBT_TAKE:
    case FT_ACT_DOUBT_KEEP:
        return t->doubts.on && there && r.editable;
    case FT_ACT_DATA_AGAIN:
        return there && r.editable && t->relabel.last;
    case FT_ACT_DATA_EDITS:
        return ft_dataset_edits(t->d) > 0 || ft_dataset_facts(t->d)->whole;
    case FT_ACT_UNDO:
        return ft_workbench_can_undo(t->w);
    case FT_ACT_TRAIN: {
        char why[200];
        return !ft_workbench_missing(t->w, why, sizeof why);
    }
    default:
        return open;
    }
}

const char *data_label(struct ft_view *v, enum ft_action a)
{
    if (a == FT_ACT_ENTER && v->focus == DATA_ROWS && !ft_dataset_facts(data_of(v)->d)->open)
        return "open";
    if (a == FT_ACT_ENTER && v->focus == DATA_ROWS && data_of(v)->similar.on) return "go to row";
    if (a == FT_ACT_ENTER && v->focus == DATA_PROBLEMS) return "show its rows";
    return NULL;
}

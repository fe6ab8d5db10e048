/* The actions of screen 3: what they do, and which of them would do something now. */
#include "ui/screens/view_tune_in.h"

#include "ui/widgets/rich.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* --- finding --- */

static bool matches(const struct tune_view *t, enum ft_opt id)
{
    const struct ft_option *row = ft_option_at(id);
    return tune_used(t, id) && (strcasestr(row->name, t->find) || strcasestr(row->help, t->find));
}

static bool find(struct tune_view *t, int by)
{
    const struct tune_row *now = tune_selected(t);
    int at = now && !now->head ? (int)now->id : -1;
    for (int i = 1; *t->find && i <= FT_OPT_COUNT; i++) {
        int id = (at + by * i + 2 * FT_OPT_COUNT) % FT_OPT_COUNT;
        if (!matches(t, (enum ft_opt)id)) continue;
        tune_select_option(t, (enum ft_opt)id);
        return true;
    }
    ft_app_say(t->w->app, FT_SAY_NOTE, "'%s' not found in names and help texts", t->find);
    return true;
}

static bool take_find(void *arg, const char *text)
{
    struct tune_view *t = arg;
    snprintf(t->find, sizeof t->find, "%s", text);
    return find(t, 1);
}

/* --- keys --- */

static void show_command(struct tune_view *t, bool all)
{
    struct ft_str s = {0};
    struct ft_rich rich = {0};
    if (!ft_workbench_command(t->w, all, &s)) return;
    ft_rich_addz(&rich, FT_ROLE_NORMAL, ft_str_text(&s));
    rich.quoted = true;
    ft_app_page(t->w->app, "This run as a command", &rich);
    ft_rich_release(&rich);
    ft_str_release(&s);
}

bool tune_key(struct ft_view *v, const struct ft_key *k)
{
    struct tune_view *t = tune_of(v);
    const struct tune_row *row = tune_selected(t);
    if (!t->editing || !row || row->head) return false;
    if (k->code == FT_KEY_ENTER) {
        t->editing = false;
        tune_set(t, row->id, ft_field_text(&t->field));
        return true;
    }
    if (k->code == FT_KEY_ESC || k->code == FT_KEY_TAB) {
        t->editing = false;
        return k->code == FT_KEY_ESC;
    }
    return ft_field_key(&t->field, k, 40);
}

bool tune_typing(struct ft_view *v)
{
    return tune_of(v)->editing;
}

static bool take_sweep(void *arg, const char *text)
{
    struct tune_view *t = arg;
    struct ft_err err = {0};
    if (ft_workbench_sweep_over(t->w, t->asked, text, &err)) {
        ft_app_say_err(t->w->app, &err);
        return false;
    }
    tune_make_rows(t);
    return true;
}

/* Values to begin with: those that are swept, the choices, or the value itself. */
static void ask_sweep(struct tune_view *t, enum ft_opt id)
{
    const struct ft_option *o = ft_option_at(id);
    struct ft_str now = {0};
    struct ft_err err = {0};
    char label[80];
    if (ft_sweep_space_allows(id, &err)) {
        ft_app_say_err(t->w->app, &err);
        return;
    }
    t->asked = id;
    if (!ft_workbench_swept(t->w, id, &now)) {
        const char *from = o->type == FT_OPT_TYPE_BOOL     ? "true,false"
                           : o->type == FT_OPT_TYPE_CHOICE ? o->choices
                                                           : tune_value(t, id);
        for (const char *c = from; *c; c++)
            ft_str_addc(&now, *c == '|' ? ',' : *c);
    }
    snprintf(label, sizeof label, "sweep %.40s over", o->name);
    ft_app_prompt(t->w->app, label, ft_str_text(&now), "", take_sweep, t);
    ft_str_release(&now);
}

static bool act_row(struct tune_view *t, enum ft_action a, const struct tune_row *row)
{
    const struct ft_option *o = ft_option_at(row->id);
    bool choice = o->type == FT_OPT_TYPE_CHOICE || o->type == FT_OPT_TYPE_BOOL;
    switch (a) {
    case FT_ACT_ENTER:
        tune_begin_edit(t, row->id);
        return true;
    case FT_ACT_TUNE_MORE:
        tune_step(t, row->id, 1);
        return true;
    case FT_ACT_TUNE_LESS:
        tune_step(t, row->id, -1);
        return true;
    case FT_ACT_TUNE_TOGGLE:
        if (choice)
            tune_cycle(t, row->id, 1);
        else
            ft_app_say(t->w->app, FT_SAY_NOTE, "%s has no fixed choices; Enter to type a value",
                       o->name);
        return true;
    case FT_ACT_TUNE_SWEEP:
        ask_sweep(t, row->id);
        return true;
    case FT_ACT_TUNE_DEFAULT:
        if (ft_workbench_swept(t->w, row->id, NULL))
            ft_workbench_sweep_over(t->w, row->id, "", NULL);
        else
            ft_workbench_reset(t->w, row->id);
        tune_make_rows(t);
        return true;
    default:
        return false;
    }
}

static bool fold(struct tune_view *t, enum ft_action a, const struct tune_row *row)
{
    bool enter = row->head && a == FT_ACT_ENTER;
    if (!enter && a != FT_ACT_LEFT && a != FT_ACT_RIGHT) return false;
    enum ft_opt_group g = row->group;
    t->folded[g] = enter ? !t->folded[g] : a == FT_ACT_LEFT;
    tune_make_rows(t);
    for (size_t i = 0; i < t->list.n; i++)
        if (t->rows[i].head && t->rows[i].group == g && (enter || a == FT_ACT_LEFT))
            ft_list_select(&t->list, i);
    return true;
}

static bool act_screen(struct tune_view *t, enum ft_action a, const char *arg)
{
    bool given = arg && *arg;
    switch (a) {
    case FT_ACT_TUNE_DEFAULT: {
        int id = given ? ft_option_find(arg) : -1;
        if (id < 0) return false;
        ft_workbench_reset(t->w, (enum ft_opt)id);
        tune_make_rows(t);
        return true;
    }
    case FT_ACT_TUNE_PRESET:
        if (given) {
            tune_preset_word(t, arg);
            tune_make_rows(t);
        } else {
            tune_presets_open(t);
            ft_app_focus(&t->view, TUNE_FORM);
        }
        return true;
    case FT_ACT_TUNE_SWEEP:
        if (given) ft_workbench_sweep_word(t->w, arg);
        return given;
    case FT_ACT_TUNE_SPEED:
        ft_workbench_measure(t->w);
        return true;
    case FT_ACT_TUNE_CHANGED:
        t->changed_only = !t->changed_only;
        tune_make_rows(t);
        return true;
    case FT_ACT_TUNE_COMMAND:
    case FT_ACT_TUNE_COMMAND_ALL:
        show_command(t, a == FT_ACT_TUNE_COMMAND_ALL);
        return true;
    case FT_ACT_TUNE_WRITE:
        if (given) return tune_take_file(t, arg) || true;
        ft_app_prompt(t->w->app, "write settings to", "fettle.json", "W", tune_take_file, t);
        return true;
    case FT_ACT_FIND:
        if (given) return take_find(t, arg);
        ft_app_prompt(t->w->app, "find", t->find, "", take_find, t);
        return true;
    case FT_ACT_FIND_NEXT:
        return find(t, 1);
    case FT_ACT_FIND_PREV:
        return find(t, -1);
    default:
        return false;
    }
}

bool tune_act(struct ft_view *v, enum ft_action a, const char *arg)
{
    struct tune_view *t = tune_of(v);
    tune_make_rows(t);
    if (v->focus == TUNE_FORM && tune_presets_act(t, a)) {
        tune_make_rows(t);
        return true;
    }
    if (act_screen(t, a, arg)) return true;
    if (v->focus != TUNE_FORM || t->listing) return false;
    if (ft_list_move(&t->list, ft_action_move(a))) return true;
    const struct tune_row *row = tune_selected(t);
    return row && (fold(t, a, row) || (!row->head && act_row(t, a, row)));
}

bool tune_can(struct ft_view *v, enum ft_action a)
{
    struct tune_view *t = tune_of(v);
    const struct tune_row *row = tune_selected(t);
    char why[200];
    switch (a) {
    case FT_ACT_TUNE_SPEED:
        return !t->w->session && *ft_options_text(&t->w->o, FT_OPT_model) &&
               !ft_speed_busy(t->w->speed, NULL);
    case FT_ACT_TUNE_MORE:
    case FT_ACT_TUNE_LESS:
    case FT_ACT_TUNE_TOGGLE:
    case FT_ACT_TUNE_SWEEP:
        return row && !row->head && v->focus == TUNE_FORM && !t->listing;
    case FT_ACT_TUNE_DEFAULT:
        return row && !row->head && !t->listing &&
               (tune_changed(t, row->id) || ft_workbench_swept(t->w, row->id, NULL));
    case FT_ACT_UNDO:
        return ft_workbench_can_undo(t->w);
    case FT_ACT_TRAIN:
        return !ft_workbench_missing(t->w, why, sizeof why);
    case FT_ACT_FIND:
    case FT_ACT_FIND_NEXT:
    case FT_ACT_FIND_PREV:
        return true;
    default:
        return !ft_action_by_screen(a);
    }
}

const char *tune_label(struct ft_view *v, enum ft_action a)
{
    return a == FT_ACT_ENTER && tune_of(v)->listing ? "apply" : NULL;
}

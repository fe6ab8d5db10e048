/* Screen 3: rows of the form, keys and words. Every change goes through the workbench, which keeps
 * the undo; drawing is in view_tune_draw.c. */
#include "ui/screens/view_tune_in.h"

#include "ui/widgets/rich.h"
#include "util/fs.h"
#include "util/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct ft_panel panels[TUNE_PANELS] = {
    [TUNE_FORM] = {"Settings", FT_SCOPE_TUNE, false},
    [TUNE_HELP] = {"Help", FT_SCOPE_TUNE, false},
    [TUNE_SCHEDULE] = {"Schedule", FT_SCOPE_TUNE, false},
    [TUNE_PLAN] = {"Plan", FT_SCOPE_TUNE, false},
    [TUNE_NOTE] = {"Note", FT_SCOPE_TUNE, false},
};

static const struct ft_node tree =
    FT_COLS(1, FT_PANEL(TUNE_FORM, .h = 5, .w = 46),
            FT_ROWS(1, FT_PANEL(TUNE_HELP, .h = 7, .w = 32),
                    FT_PANEL(TUNE_SCHEDULE, .h = 5, .h_max = 16, .w = 32),
                    FT_PANEL(TUNE_PLAN, .h = 6, .h_max = 7, .w = 32),
                    FT_PANEL(TUNE_NOTE, .h = 3, .h_max = 7, .w = 32)));

static struct tune_view *of(struct ft_view *v)
{
    return (struct tune_view *)v;
}

static const struct ft_node *layout(struct ft_view *v, int h, int w)
{
    (void)v, (void)h, (void)w;
    return &tree;
}

/* --- rows --- */

bool tune_changed(const struct tune_view *t, enum ft_opt id)
{
    return t->w->wrong[id] || !ft_options_same(&t->settled, &t->defaults, id);
}

bool tune_used(const struct tune_view *t, enum ft_opt id)
{
    return ft_option_at(id)->tasks & 1u << ft_workbench_task(t->w);
}

const char *tune_value(const struct tune_view *t, enum ft_opt id)
{
    return t->w->wrong[id] ? t->w->wrong[id] : ft_options_text(&t->settled, id);
}

const struct tune_row *tune_selected(const struct tune_view *t)
{
    return t->list.n ? &t->rows[t->list.selected] : NULL;
}

static void make_rows(struct tune_view *t)
{
    size_t n = 0;
    enum ft_task task = ft_workbench_task(t->w);
    if (t->has_settled) ft_options_release(&t->settled);
    if (t->has_settled) ft_options_release(&t->defaults);
    ft_options_copy(&t->settled, &t->w->o);
    ft_options_settle(&t->settled, task);
    ft_options_init(&t->defaults);
    ft_options_settle(&t->defaults, task);
    t->has_settled = true;
    for (int g = 0; g < FT_OPT_GROUP_COUNT; g++) {
        t->rows[n++] = (struct tune_row){.head = true, .group = (enum ft_opt_group)g};
        size_t first = n;
        for (int i = 0; i < FT_OPT_COUNT; i++) {
            enum ft_opt id = (enum ft_opt)i;
            if ((int)ft_option_at(id)->group != g || !tune_used(t, id)) continue;
            if (t->changed_only ? !tune_changed(t, id) : t->folded[g]) continue;
            t->rows[n++] = (struct tune_row){.group = (enum ft_opt_group)g, .id = id};
        }
        if (t->changed_only && n == first) n--;
    }
    ft_list_resize(&t->list, n);
}

static void select_option(struct tune_view *t, enum ft_opt id)
{
    if (t->changed_only && !tune_changed(t, id)) t->changed_only = false;
    t->folded[ft_option_at(id)->group] = false;
    make_rows(t);
    for (size_t i = 0; i < t->list.n; i++)
        if (!t->rows[i].head && t->rows[i].id == id) ft_list_select(&t->list, i);
}

/* --- changes --- */

static bool answer_live(void *arg, const struct ft_key *k)
{
    struct tune_view *t = arg;
    struct ft_err err = {0};
    if (ft_key_is(k, 'n')) return true;
    if (!ft_key_is(k, 'a')) return false;
    const char *name = ft_option_at(t->asked)->name, *text = ft_options_text(&t->w->o, t->asked);
    if (t->w->session && ft_session_set(t->w->session, name, text, &err))
        ft_app_say_err(t->w->app, &err);
    else
        ft_app_say(t->w->app, FT_SAY_OK, "%s is %s from the next step on", name, text);
    return true;
}

static void set(struct tune_view *t, enum ft_opt id, const char *text)
{
    struct ft_err err = {0};
    if (ft_workbench_set(t->w, id, text, &err)) {
        ft_app_say_err(t->w->app, &err);
    } else if (t->w->session && ft_option_at(id)->live) {
        t->asked = id;
        ft_app_ask(t->w->app, "change the run that is on: a now   n next run only",
                   "a now  n or Esc next run only", answer_live, t);
    }
    make_rows(t);
}

/* The next of the choices after (by 1) or before (by -1) the value, around the end. */
static void cycle(struct tune_view *t, enum ft_opt id, int by)
{
    const struct ft_option *row = ft_option_at(id);
    const char *choices = row->type == FT_OPT_TYPE_BOOL ? "true|false" : row->choices;
    char *copy = ft_xstrdup(choices), *rest = copy, *word, *words[32];
    int n = 0, at = (int)ft_options_int(&t->settled, id);
    if (row->type == FT_OPT_TYPE_BOOL) at = !at; /* true stands first */
    while (n < 32 && (word = strsep(&rest, "|")))
        words[n++] = word;
    int next = at < 0 ? 0 : (at + by + n) % n;
    set(t, id, words[next]);
    free(copy);
}

/* The nearest of `steps` beyond the value; an INT without steps goes by one. */
static void step(struct tune_view *t, enum ft_opt id, int by)
{
    const struct ft_option *row = ft_option_at(id);
    char found[48] = "";
    double now = 0, x, best = 0;
    bool has = ft_parse_double(ft_options_text(&t->settled, id), &now);
    if (row->type == FT_OPT_TYPE_CHOICE || row->type == FT_OPT_TYPE_BOOL) {
        cycle(t, id, by);
        return;
    }
    if (row->steps) {
        char *copy = ft_xstrdup(row->steps), *rest = copy;
        for (char *word; (word = strsep(&rest, " "));) {
            if (!ft_parse_double(word, &x)) continue;
            bool beyond = !has || (by > 0 ? x > now * (1 + 1e-9) : x < now * (1 - 1e-9));
            if (!beyond || (*found && (by > 0 ? x >= best : x <= best))) continue;
            best = x;
            snprintf(found, sizeof found, "%s", word);
        }
        free(copy);
    } else if (row->type == FT_OPT_TYPE_INT && has && now + by >= row->min &&
               now + by <= row->max) {
        snprintf(found, sizeof found, "%.0f", now + by);
    }
    if (*found)
        set(t, id, found);
    else
        ft_app_say(t->w->app, FT_SAY_NOTE, "no further value; Enter types one");
}

static void begin_edit(struct tune_view *t, enum ft_opt id)
{
    t->editing = true;
    t->field.max_bytes = 4096;
    ft_field_set(&t->field, tune_value(t, id));
    t->field.selected = true;
}

/* --- files, finding --- */

static bool take_file(void *arg, const char *text)
{
    struct tune_view *t = arg;
    struct ft_err err = {0};
    if (ft_options_save(&t->w->o, text, &err)) {
        ft_app_say_err(t->w->app, &err);
        return false;
    }
    ft_app_say(t->w->app, FT_SAY_OK, "%s written; fettle train --config %s reads it", text, text);
    return true;
}

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
        select_option(t, (enum ft_opt)id);
        return true;
    }
    ft_app_say(t->w->app, FT_SAY_NOTE, "'%s' is in no name and no help text", t->find);
    return true;
}

static bool take_find(void *arg, const char *text)
{
    struct tune_view *t = arg;
    snprintf(t->find, sizeof t->find, "%s", text);
    return find(t, 1);
}

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

/* --- keys --- */

static bool key(struct ft_view *v, const struct ft_key *k)
{
    struct tune_view *t = of(v);
    const struct tune_row *row = tune_selected(t);
    if (!t->editing || !row || row->head) return false;
    if (k->code == FT_KEY_ENTER) {
        t->editing = false;
        set(t, row->id, ft_field_text(&t->field));
        return true;
    }
    if (k->code == FT_KEY_ESC || k->code == FT_KEY_TAB) {
        t->editing = false;
        return k->code == FT_KEY_ESC;
    }
    return ft_field_key(&t->field, k, 40);
}

static bool typing(struct ft_view *v)
{
    return of(v)->editing;
}

static bool act_row(struct tune_view *t, enum ft_action a, const struct tune_row *row)
{
    const struct ft_option *o = ft_option_at(row->id);
    bool choice = o->type == FT_OPT_TYPE_CHOICE || o->type == FT_OPT_TYPE_BOOL;
    switch (a) {
    case FT_ACT_ENTER:
        begin_edit(t, row->id);
        return true;
    case FT_ACT_TUNE_MORE:
        step(t, row->id, 1);
        return true;
    case FT_ACT_TUNE_LESS:
        step(t, row->id, -1);
        return true;
    case FT_ACT_TUNE_TOGGLE:
        if (choice)
            cycle(t, row->id, 1);
        else
            ft_app_say(t->w->app, FT_SAY_NOTE, "%s has no choices; Enter types a value", o->name);
        return true;
    case FT_ACT_TUNE_DEFAULT:
        ft_workbench_reset(t->w, row->id);
        make_rows(t);
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
    make_rows(t);
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
        make_rows(t);
        return true;
    }
    case FT_ACT_TUNE_PRESET:
        if (given) {
            tune_preset_word(t, arg);
            make_rows(t);
        } else {
            tune_presets_open(t);
            ft_app_focus(&t->view, TUNE_FORM);
        }
        return true;
    case FT_ACT_TUNE_SPEED:
        ft_workbench_measure(t->w);
        return true;
    case FT_ACT_TUNE_CHANGED:
        t->changed_only = !t->changed_only;
        make_rows(t);
        return true;
    case FT_ACT_TUNE_COMMAND:
    case FT_ACT_TUNE_COMMAND_ALL:
        show_command(t, a == FT_ACT_TUNE_COMMAND_ALL);
        return true;
    case FT_ACT_TUNE_WRITE:
        if (given) return take_file(t, arg) || true;
        ft_app_prompt(t->w->app, "write settings to", "fettle.json", "W", take_file, t);
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

static bool act(struct ft_view *v, enum ft_action a, const char *arg)
{
    struct tune_view *t = of(v);
    make_rows(t);
    if (v->focus == TUNE_FORM && tune_presets_act(t, a)) {
        make_rows(t);
        return true;
    }
    if (act_screen(t, a, arg)) return true;
    if (v->focus != TUNE_FORM || t->listing) return false;
    if (ft_list_move(&t->list, ft_action_move(a))) return true;
    const struct tune_row *row = tune_selected(t);
    return row && (fold(t, a, row) || (!row->head && act_row(t, a, row)));
}

static bool can(struct ft_view *v, enum ft_action a)
{
    struct tune_view *t = of(v);
    const struct tune_row *row = tune_selected(t);
    switch (a) {
    case FT_ACT_TUNE_SPEED:
        return !t->w->session && !ft_speed_busy(t->w->speed, NULL);
    case FT_ACT_TUNE_MORE:
    case FT_ACT_TUNE_LESS:
    case FT_ACT_TUNE_TOGGLE:
        return row && !row->head && v->focus == TUNE_FORM && !t->listing;
    case FT_ACT_TUNE_DEFAULT:
        return row && !row->head && tune_changed(t, row->id) && !t->listing;
    case FT_ACT_UNDO:
        return ft_workbench_can_undo(t->w);
    case FT_ACT_TRAIN:
        return !t->w->session;
    case FT_ACT_FIND:
    case FT_ACT_FIND_NEXT:
    case FT_ACT_FIND_PREV:
        return true;
    default:
        return !ft_action_by_screen(a);
    }
}

static const char *label(struct ft_view *v, enum ft_action a)
{
    return a == FT_ACT_ENTER && of(v)->listing ? "apply" : NULL;
}

static void open_view(struct ft_view *v)
{
    make_rows(of(v));
}

static void draw(struct ft_view *v, int p, struct ft_canvas *c, struct ft_rect r, bool focused)
{
    make_rows(of(v));
    tune_draw(v, p, c, r, focused);
}

static void mark(struct ft_view *v, char *buf, size_t size)
{
    struct tune_view *t = of(v);
    char why[160];
    bool wrong = false;
    for (int i = 0; i < FT_OPT_COUNT; i++)
        wrong = wrong || t->w->wrong[i];
    if (wrong)
        snprintf(buf, size, "!");
    else if (!ft_workbench_missing(t->w, why, sizeof why))
        snprintf(buf, size, "\u2713");
}

static void next(struct ft_view *v, char *buf, size_t size)
{
    struct tune_view *t = of(v);
    char why[400];
    char step[32];
    if (t->listing)
        snprintf(buf, size, "ok: Enter applies the preset, Esc leaves all as it is");
    else if (ft_workbench_missing(t->w, why, sizeof why))
        snprintf(buf, size, "note: %s", why);
    else if (tune_over_memory(t, why, sizeof why))
        snprintf(buf, size, "warn: %s", why);
    else if (*t->w->fork_run)
        snprintf(buf, size, "ok: T starts from step %s of %.100s; u takes it back",
                 ft_format_count(step, sizeof step, (long long)t->w->fork_step),
                 ft_path_base(t->w->fork_run));
    else
        snprintf(buf, size, "ok: everything needed is here.  T starts training");
}

static void complete(struct ft_view *v, const char *kind, const char *before, const char *prefix,
                     struct ft_matches *out)
{
    size_t n;
    (void)v, (void)before, (void)prefix;
    if (strcmp(kind, "NAME")) return;
    const struct ft_preset *p = ft_presets_built_in(&n);
    for (size_t i = 0; i < n; i++)
        ft_matches_add(out, p[i].name);
    char **own;
    n = ft_presets_own(&own);
    for (size_t i = 0; i < n; i++)
        ft_matches_add(out, own[i]);
    ft_names_free(own, n);
}

static bool copy(struct ft_view *v, struct ft_str *out)
{
    const struct tune_row *row = tune_selected(of(v));
    if (!row || row->head) return false;
    ft_str_addz(out, tune_value(of(v), row->id));
    return true;
}

static bool click(struct ft_view *v, int p, int y, int x, bool again)
{
    (void)x, (void)again;
    struct tune_view *t = of(v);
    return p == TUNE_FORM && ft_list_click(t->listing ? &t->presets : &t->list, y);
}

static void close_view(struct ft_view *v)
{
    ft_field_release(&of(v)->field);
    tune_presets_release(of(v));
    ft_options_release(&of(v)->settled);
    ft_options_release(&of(v)->defaults);
    free(v);
}

struct ft_view *ft_view_tune_new(struct ft_workbench *w)
{
    struct tune_view *t = ft_xcalloc(1, sizeof *t);
    t->w = w;
    for (int g = FT_OPT_GROUP_ESSENTIALS + 1; g < FT_OPT_GROUP_COUNT; g++)
        t->folded[g] = true;
    make_rows(t);
    ft_list_select(&t->list, 1); /* learning_rate */
    t->view = (struct ft_view){.name = "Tune",
                               .scope = FT_SCOPE_TUNE,
                               .panels = panels,
                               .panels_n = TUNE_PANELS,
                               .open = open_view,
                               .layout = layout,
                               .draw = draw,
                               .title = tune_title,
                               .act = act,
                               .key = key,
                               .typing = typing,
                               .can = can,
                               .label = label,
                               .mark = mark,
                               .next = next,
                               .click = click,
                               .complete = complete,
                               .copy = copy,
                               .close = close_view};
    return &t->view;
}

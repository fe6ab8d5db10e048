/* Undo of settings and label edits: see workbench.h. A step is the list of options that changed, with
 * the values before and after; what is typed and not legal belongs to it too, so that undo brings
 * the form back exactly as it was. */
#include "ui/screens/workbench_in.h"

#include "util/fs.h"
#include "util/mem.h"
#include "util/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { UNDO_MOST = 1000 };

struct ft_undo_value {
    char *text, *wrong; /* wrong NULL: legal */
    bool given;
};
struct change {
    enum ft_opt id;
    struct ft_undo_value before, after;
};
struct step {
    struct change *items;
    size_t n, cap;
    bool edit;      /* of a label: the data set keeps what it was */
    char *fork_run; /* chose a checkpoint of this run; NULL: did not */
    uint64_t fork_step;
    struct ft_sweep_spec *sweep[2]; /* what is swept before and after; NULL: not of it */
};
struct ft_undo {
    struct step *steps;
    size_t n, cap, at; /* steps before `at` are done, the others undone */
};

static struct ft_undo_value value_of(const struct ft_workbench *w, enum ft_opt id)
{
    return (struct ft_undo_value){ft_xstrdup(ft_options_text(&w->o, id)), ft_xstrdup(w->wrong[id]),
                                  ft_options_given(&w->o, id)};
}

static void value_release(struct ft_undo_value *v)
{
    free(v->text);
    free(v->wrong);
}

static bool value_same(const struct ft_undo_value *a, const struct ft_undo_value *b)
{
    bool wrong = a->wrong && b->wrong ? !strcmp(a->wrong, b->wrong) : a->wrong == b->wrong;
    return wrong && a->given == b->given && !strcmp(a->text, b->text);
}

static void step_release(struct step *s)
{
    for (size_t i = 0; i < s->n; i++) {
        value_release(&s->items[i].before);
        value_release(&s->items[i].after);
    }
    free(s->items);
    free(s->fork_run);
    for (int i = 0; i < 2; i++) {
        if (s->sweep[i]) ft_sweep_spec_release(s->sweep[i]);
        free(s->sweep[i]);
    }
}

static void put(struct ft_workbench *w, enum ft_opt id, const struct ft_undo_value *v)
{
    if (v->given)
        ft_options_set_id(&w->o, id, v->text, true, NULL); /* was legal before */
    else
        ft_options_reset(&w->o, id);
    free(w->wrong[id]);
    w->wrong[id] = ft_xstrdup(v->wrong);
}

static struct ft_undo *undo_of(struct ft_workbench *w)
{
    if (!w->undo) w->undo = ft_xcalloc(1, sizeof *w->undo);
    return w->undo;
}

/* Everything as it is now; compared with later by `end_step`. */
struct ft_undo_value *ft_workbench_begin_step(const struct ft_workbench *w)
{
    struct ft_undo_value *all = ft_xcalloc(FT_OPT_COUNT, sizeof *all);
    for (int i = 0; i < FT_OPT_COUNT; i++)
        all[i] = value_of(w, (enum ft_opt)i);
    return all;
}

static void push(struct ft_undo *u, struct step s)
{
    while (u->n > u->at)
        step_release(&u->steps[--u->n]);
    if (u->n == UNDO_MOST) {
        step_release(&u->steps[0]);
        memmove(u->steps, u->steps + 1, --u->n * sizeof *u->steps);
    }
    ft_grow(&u->steps, &u->cap, u->n + 1, sizeof *u->steps);
    u->steps[u->n++] = s;
    u->at = u->n;
}

/* false: nothing had changed. */
bool ft_workbench_end_step(struct ft_workbench *w, struct ft_undo_value *before)
{
    struct ft_undo *u = undo_of(w);
    struct step s = {0};
    for (int i = 0; i < FT_OPT_COUNT; i++) {
        struct ft_undo_value after = value_of(w, (enum ft_opt)i);
        if (value_same(&before[i], &after)) {
            value_release(&before[i]);
            value_release(&after);
            continue;
        }
        ft_grow(&s.items, &s.cap, s.n + 1, sizeof *s.items);
        s.items[s.n++] = (struct change){(enum ft_opt)i, before[i], after};
    }
    free(before);
    ft_app_redraw(w->app);
    if (!s.n) return false;
    push(u, s);
    ft_workbench_settled(w);
    return true;
}

/* --- steps --- */

static bool replace(struct ft_workbench *w, const struct ft_options *o)
{
    struct ft_undo_value *before = ft_workbench_begin_step(w);
    struct ft_options copy;
    ft_options_copy(&copy, o);
    ft_options_release(&w->o);
    w->o = copy;
    for (int i = 0; i < FT_OPT_COUNT; i++) {
        free(w->wrong[i]);
        w->wrong[i] = NULL;
    }
    return ft_workbench_end_step(w, before);
}

void ft_workbench_replace(struct ft_workbench *w, const struct ft_options *o)
{
    replace(w, o);
}

static void set_fork(struct ft_workbench *w, const char *run, uint64_t step)
{
    snprintf(w->fork_run, sizeof w->fork_run, "%s", run);
    w->fork_step = step;
}

void ft_workbench_replace_forking(struct ft_workbench *w, const struct ft_options *o,
                                  const char *run, uint64_t step)
{
    if (!replace(w, o)) push(undo_of(w), (struct step){0});
    struct step *s = &w->undo->steps[w->undo->at - 1];
    s->fork_run = ft_xstrdup(run);
    s->fork_step = step;
    set_fork(w, run, step);
}

static bool after_edit(struct ft_workbench *w, enum ft_status st, const struct ft_err *err)
{
    if (st) {
        ft_app_say_err(w->app, err);
        return false;
    }
    push(undo_of(w), (struct step){.edit = true});
    ft_workbench_keep_edits(w);
    ft_app_redraw(w->app);
    return true;
}

bool ft_workbench_relabel(struct ft_workbench *w, size_t row, const char *label)
{
    struct ft_err err = {0};
    return after_edit(w, ft_dataset_relabel(w->data, row, label, &err), &err);
}

bool ft_workbench_keep(struct ft_workbench *w, size_t row, const char *label, bool on)
{
    struct ft_err err = {0};
    return after_edit(w, ft_dataset_keep(w->data, row, label, on, &err), &err);
}

bool ft_workbench_toggle(struct ft_workbench *w, size_t row, const char *label)
{
    struct ft_err err = {0};
    return after_edit(w, ft_dataset_toggle(w->data, row, label, &err), &err);
}

/* --- what is swept --- */

static struct ft_sweep_spec *copy_of(const struct ft_sweep_spec *spec)
{
    struct ft_sweep_spec *copy = ft_xcalloc(1, sizeof *copy);
    ft_sweep_spec_copy(copy, spec);
    return copy;
}

void ft_workbench_replace_sweep(struct ft_workbench *w, const struct ft_sweep_spec *spec)
{
    struct step s = {.sweep = {copy_of(&w->sweep.spec), copy_of(spec)}};
    ft_sweep_spec_release(&w->sweep.spec);
    ft_sweep_spec_copy(&w->sweep.spec, spec);
    push(undo_of(w), s);
    ft_app_redraw(w->app);
}

static void put_sweep(struct ft_workbench *w, const struct ft_sweep_spec *spec)
{
    ft_sweep_spec_release(&w->sweep.spec);
    ft_sweep_spec_copy(&w->sweep.spec, spec);
}

static void say_sweep(struct ft_workbench *w, const char *how)
{
    struct ft_str text = {0};
    ft_workbench_sweep_text(w, &text);
    ft_app_say(w->app, FT_SAY_OK, "%s: %s", how, text.len ? ft_str_text(&text) : "no sweep");
    ft_str_release(&text);
}

/* --- back and forth --- */

bool ft_workbench_can_undo(const struct ft_workbench *w)
{
    return w->undo && w->undo->at > 0;
}

/* The change of `id` in the step, NULL: there is none. */
static const struct change *change_of(const struct step *s, enum ft_opt id)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->items[i].id == id) return &s->items[i];
    return NULL;
}

static void say_value(struct ft_workbench *w, const char *how, enum ft_opt id)
{
    const char *text = w->wrong[id] ? w->wrong[id] : ft_options_text(&w->o, id);
    bool path = ft_option_at(id)->type == FT_OPT_TYPE_PATH;
    ft_app_say(w->app, FT_SAY_OK, "%s: %s is %s", how, ft_option_at(id)->name,
               !*text ? "not set"
               : path ? ft_path_base(text)
                      : text);
}

/* false: a preset named the value that was there by default. */
static bool seen(const struct change *c)
{
    return c->before.wrong || c->after.wrong || strcmp(c->before.text, c->after.text) != 0;
}

/* After a step was undone or redone: what follows from it, and what it was. */
static void end_again(struct ft_workbench *w, const char *how, const struct step *s, size_t row)
{
    const struct change *data = change_of(s, FT_OPT_data), *model = change_of(s, FT_OPT_model);
    w->undone = row;
    if (s->sweep[0]) {
        ft_app_redraw(w->app);
        say_sweep(w, how);
        return;
    }
    if (data)
        ft_workbench_edits_beside(w); /* that were written when the file was left */
    else
        ft_workbench_settled(w);
    size_t n = ft_dataset_edits(w->data), values = 0;
    enum ft_opt first = s->n ? s->items[0].id : FT_OPT_COUNT;
    for (size_t i = s->n; i-- > 0;) {
        if (!seen(&s->items[i])) continue;
        first = s->items[i].id;
        values++;
    }
    if (s->edit && !row)
        ft_app_say(w->app, FT_SAY_NOTE,
                   "not undone: the label was changed before the file was reopened; r changes it");
    else if (s->edit)
        ft_app_say(w->app, FT_SAY_OK, "%s: label of row %zu; %zu label%s changed", how, row, n,
                   ft_plural(n));
    else if (s->fork_run)
        ft_app_say(w->app, FT_SAY_OK, "%s: T starts %s %s", how,
                   *w->fork_run ? "a fork of" : "a new run instead of a fork of",
                   ft_path_base(s->fork_run));
    else if (data || model || values < 2)
        say_value(w, how, data ? FT_OPT_data : model ? FT_OPT_model : first);
    else
        ft_app_say(w->app, FT_SAY_OK, "%s: %s and %zu more setting%s", how,
                   ft_option_at(first)->name, values - 1, values == 2 ? "" : "s");
}

bool ft_workbench_undo(struct ft_workbench *w)
{
    if (!ft_workbench_can_undo(w)) return false;
    const struct step *s = &w->undo->steps[--w->undo->at];
    size_t row = 0;
    for (size_t i = s->n; i-- > 0;)
        put(w, s->items[i].id, &s->items[i].before);
    if (s->edit && ft_dataset_undo(w->data, &row)) ft_workbench_keep_edits(w);
    if (s->n) w->preset[0] = 0;
    if (s->fork_run) set_fork(w, "", 0);
    if (s->sweep[0]) put_sweep(w, s->sweep[0]);
    end_again(w, "undone", s, row);
    return true;
}

void ft_workbench_forget_failed(struct ft_workbench *w)
{
    char before[8];
    if (!ft_dataset_failed(w->data)->code || !ft_workbench_file_before(w, before, sizeof before))
        return;
    const struct step *s = &w->undo->steps[--w->undo->at];
    for (size_t i = s->n; i-- > 0;)
        put(w, s->items[i].id, &s->items[i].before);
}

bool ft_workbench_redo(struct ft_workbench *w)
{
    if (!w->undo || w->undo->at == w->undo->n) return false;
    const struct step *s = &w->undo->steps[w->undo->at++];
    size_t row = 0;
    for (size_t i = 0; i < s->n; i++)
        put(w, s->items[i].id, &s->items[i].after);
    if (s->edit && ft_dataset_redo(w->data, &row)) ft_workbench_keep_edits(w);
    if (s->fork_run) set_fork(w, s->fork_run, s->fork_step);
    if (s->sweep[1]) put_sweep(w, s->sweep[1]);
    end_again(w, "redone", s, row);
    return true;
}

bool ft_workbench_file_before(const struct ft_workbench *w, char *buf, size_t size)
{
    const struct change *c =
        ft_workbench_can_undo(w) ? change_of(&w->undo->steps[w->undo->at - 1], FT_OPT_data) : NULL;
    if (!c || !*c->before.text) return false;
    snprintf(buf, size, "%s", ft_path_base(c->before.text));
    return true;
}

void ft_workbench_undo_release(struct ft_workbench *w)
{
    for (size_t i = 0; w->undo && i < w->undo->n; i++)
        step_release(&w->undo->steps[i]);
    if (w->undo) free(w->undo->steps);
    free(w->undo);
}

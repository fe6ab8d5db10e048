/* Changing a setting on screen 3. Every change goes through the workbench, which keeps the undo. */
#include "ui/screens/view_tune_in.h"

#include "util/fs.h"
#include "util/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

void tune_set(struct tune_view *t, enum ft_opt id, const char *text)
{
    struct ft_err err = {0};
    if (ft_workbench_set(t->w, id, text, &err)) {
        ft_app_say_err(t->w->app, &err);
    } else if (t->w->session && ft_option_at(id)->live) {
        t->asked = id;
        ft_app_ask(t->w->app, "change the active run: a now   n next run only",
                   "a now  n or Esc next run only", answer_live, t);
    }
    tune_make_rows(t);
}

/* The next of the choices after (by 1) or before (by -1) the value, around the end. */
void tune_cycle(struct tune_view *t, enum ft_opt id, int by)
{
    const struct ft_option *row = ft_option_at(id);
    const char *choices = row->type == FT_OPT_TYPE_BOOL ? "true|false" : row->choices;
    char *copy = ft_xstrdup(choices), *rest = copy, *word, *words[32];
    int n = 0, at = (int)ft_options_int(&t->settled, id);
    if (row->type == FT_OPT_TYPE_BOOL) at = !at; /* true stands first */
    while (n < 32 && (word = strsep(&rest, "|")))
        words[n++] = word;
    int next = at < 0 ? 0 : (at + by + n) % n;
    tune_set(t, id, words[next]);
    free(copy);
}

/* The nearest of `steps` beyond the value; an INT without steps goes by one. */
void tune_step(struct tune_view *t, enum ft_opt id, int by)
{
    const struct ft_option *row = ft_option_at(id);
    char found[48] = "";
    double now = 0, x, best = 0;
    bool has = ft_parse_double(ft_options_text(&t->settled, id), &now);
    if (row->type == FT_OPT_TYPE_CHOICE || row->type == FT_OPT_TYPE_BOOL) {
        tune_cycle(t, id, by);
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
        tune_set(t, id, found);
    else
        ft_app_say(t->w->app, FT_SAY_NOTE, "no more suggested values; Enter to type one");
}

void tune_begin_edit(struct tune_view *t, enum ft_opt id)
{
    t->editing = true;
    t->field.max_bytes = 4096;
    ft_field_set(&t->field, tune_value(t, id));
    t->field.selected = true;
}

bool tune_take_file(void *arg, const char *text)
{
    struct tune_view *t = arg;
    struct ft_err err = {0};
    if (ft_options_save(&t->w->o, text, &err)) {
        ft_app_say_err(t->w->app, &err);
        return false;
    }
    ft_app_say(t->w->app, FT_SAY_OK, "%s written; `fettle train --config %s` uses it", text, text);
    return true;
}

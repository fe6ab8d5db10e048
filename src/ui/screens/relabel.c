/* See relabel.h. */
#include "ui/screens/relabel.h"

#include "util/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Columns of a name on the strip, and of what stands behind the names. */
enum { NAME_MIN = 8, NAME_MAX = 24, REST_W = 30, SET_W = 18 };

static void forget_offers(struct ft_relabel *r)
{
    for (int i = 0; i < r->offers_n; i++)
        free(r->offers[i]);
    r->offers_n = 0;
}

void ft_relabel_release(struct ft_relabel *r)
{
    forget_offers(r);
    free(r->last);
    free(r->asked);
    r->last = r->asked = NULL;
}

static bool is_set(const struct ft_relabel *r)
{
    return r->sets && r->sets(r->arg);
}

static bool is_label(const struct ft_workbench *w, const char *name);

/* Of several: every name of "a, b" or a JSON list is a label. */
static bool all_labels(const struct ft_workbench *w, const char *text)
{
    char *copy = ft_xstrdup(text), *rest = copy;
    bool all = true;
    for (char *name; all && (name = strsep(&rest, ",[]\""));) {
        name += strspn(name, " ");
        size_t n = strlen(name);
        while (n && name[n - 1] == ' ')
            name[--n] = 0;
        all = !*name || !strcmp(name, "none") || is_label(w, name);
    }
    free(copy);
    return all;
}

/* Rows have numbers in place of labels (regression). */
static bool has_numbers(const struct ft_workbench *w)
{
    struct ft_dataset_numbers k;
    return ft_dataset_numbers(w->data, &k);
}

static bool is_label(const struct ft_workbench *w, const char *name)
{
    if (ft_dataset_tagged(w->data)) return true; /* "WORDS TYPE" */
    if (has_numbers(w)) return true;             /* what is none is refused when it is set */
    for (size_t i = 0; i < ft_dataset_labels(w->data); i++)
        if (!strcmp(ft_dataset_label(w->data, i, NULL), name)) return true;
    return false;
}

static const char *nearest(const struct ft_workbench *w, const char *name)
{
    size_t n = ft_dataset_labels(w->data);
    const char **names = ft_xcalloc(n + 1, sizeof *names);
    for (size_t i = 0; i < n; i++)
        names[i] = ft_dataset_label(w->data, i, NULL);
    const char *near = ft_nearest(name, names, n);
    free(names);
    return near;
}

static void offer(struct ft_relabel *r, const char *name)
{
    for (int i = 0; i < r->offers_n; i++)
        if (!strcmp(r->offers[i], name)) return;
    r->offers[r->offers_n++] = ft_xstrdup(name);
}

static void chosen(struct ft_relabel *r, const char *label)
{
    char *copy = ft_xstrdup(label); /* of an offer, which the next row replaces */
    free(r->last);
    r->last = copy;
    if (r->take(r->arg, r->last)) ft_relabel_ask(r);
}

/* --- new labels --- */

static bool answer_new(void *arg, const struct ft_key *k)
{
    struct ft_relabel *r = arg;
    if (!ft_key_is(k, 'y')) return false;
    char *label = r->asked;
    r->asked = NULL;
    if (r->strip)
        chosen(r, label);
    else
        r->named(r->arg, r->row, label);
    free(label);
    return true;
}

static void ask_new(struct ft_relabel *r, const char *label)
{
    const char *near = nearest(r->w, label);
    char *text = near ? ft_xprintf("'%s' is a new label (did you mean %s?): y add it   Esc cancel",
                                   label, near)
                      : ft_xprintf("'%s' is a new label: y add it   Esc cancel", label);
    free(r->asked);
    r->asked = ft_xstrdup(label);
    ft_app_ask(r->w->app, text, "y add the new label  Esc cancel", answer_new, r);
    free(text);
}

bool ft_relabel_word(struct ft_relabel *r, const char *arg, bool drop,
                     bool (*named)(void *arg, size_t row, const char *label))
{
    char word[32];
    long long row;
    if (!ft_command_arg(&arg, word, sizeof word) || !ft_parse_i64(word, &row) || row < 1)
        return false;
    const char *label = arg + strspn(arg, " ");
    if (!drop && !*label) return false;
    if (drop || is_label(r->w, label) || (is_set(r) && all_labels(r->w, label))) {
        named(r->arg, (size_t)row, drop ? NULL : label);
        return true;
    }
    r->strip = false;
    r->row = (size_t)row;
    r->named = named;
    ask_new(r, label);
    return true;
}

/* --- the strip --- */

static bool take_name(void *arg, const char *text)
{
    struct ft_relabel *r = arg;
    if (!*text) return false;
    r->strip = true;
    if (is_label(r->w, text))
        chosen(r, text);
    else
        ask_new(r, text);
    return true;
}

static bool answer(void *arg, const struct ft_key *k)
{
    struct ft_relabel *r = arg;
    if (ft_key_is(k, '/')) {
        ft_app_prompt(r->w->app, "label", "", "LABEL", take_name, r);
        return true;
    }
    for (int i = 0; i < r->offers_n; i++)
        if (ft_key_is(k, (char)('a' + i))) {
            chosen(r, r->offers[i]);
            return true;
        }
    if (is_set(r) && k->code == FT_KEY_ENTER) {
        if (r->next(r->arg)) ft_relabel_ask(r);
        return true;
    }
    return false;
}

/* All labels when they fit, else the model's for this row, else the most frequent ones. false: the
 * model is being asked. */
static bool make_offers(struct ft_relabel *r, int room)
{
    const char *best[FT_RELABEL_BEST];
    size_t n = ft_dataset_labels(r->w->data);
    int fit = room / (NAME_MIN + 4), known = 0;
    bool all = n <= FT_RELABEL_OFFERS && (int)n <= fit;
    forget_offers(r);
    if (!all && r->best) known = r->best(r->arg, best);
    for (int i = 0; i < known; i++)
        if (is_label(r->w, best[i])) offer(r, best[i]);
    if (known < 0) return false;
    for (size_t i = 0; i < n && (all || r->offers_n < FT_RELABEL_BEST); i++)
        offer(r, ft_dataset_label(r->w->data, i, NULL));
    return true;
}

static bool take_entity(void *arg, const char *text)
{
    struct ft_relabel *r = arg;
    if (!*text) return false;
    return r->take(r->arg, text);
}

void ft_relabel_ask(struct ft_relabel *r)
{
    if (ft_dataset_tagged(r->w->data)) {
        char now[256] = "";
        if (r->entity) r->entity(r->arg, now, sizeof now);
        ft_app_prompt(r->w->app, "entity [(words and type, O: none)]", now, "", take_entity, r);
        return;
    }
    struct ft_str text = {0};
    r->strip = true;
    if (has_numbers(r->w)) {
        ft_app_prompt(r->w->app, "value", "", "NUMBER", take_name, r);
        return;
    }
    int room = ft_app_width(r->w->app) - REST_W - (is_set(r) ? SET_W : 0);
    bool set = is_set(r), known = make_offers(r, room);
    int name_w = r->offers_n ? room / r->offers_n - 4 : NAME_MAX;
    name_w = name_w < NAME_MIN ? NAME_MIN : name_w > NAME_MAX ? NAME_MAX : name_w;
    for (int i = 0; i < r->offers_n; i++) {
        const char *name = r->offers[i];
        size_t n = ft_text_fit(name, strlen(name), name_w);
        ft_str_addf(&text, "%c %s", 'a' + i, set && r->has(r->arg, name) ? "\u2713" : "");
        ft_str_add(&text, name, n);
        ft_str_addz(&text, name[n] ? "~ " : "  ");
    }
    if (!known) ft_str_addz(&text, "predicting the row's label ..  ");
    ft_str_addz(&text, set ? "/ another  Enter next row  Esc end" : "/ another  Esc end");
    char keys[96];
    snprintf(keys, sizeof keys,
             set && r->offers_n > 1 ? "a-%c add or remove  / another  Enter next row  Esc end"
             : r->offers_n > 1      ? "a-%c label the row  / another  Esc end"
             : r->offers_n == 1     ? "%c label the row  / another  Esc end"
                                    : "/ type a label  Esc end",
             'a' + (r->offers_n ? r->offers_n - 1 : 0));
    ft_app_ask(r->w->app, ft_str_text(&text), keys, answer, r);
    ft_str_release(&text);
}

void ft_relabel_refresh(struct ft_relabel *r)
{
    if (ft_app_asking(r->w->app, answer, r)) ft_relabel_ask(r);
}

int ft_relabel_best(const double *probabilities, char *const *names, size_t n, const char **best)
{
    size_t at[FT_RELABEL_BEST];
    int most = n < FT_RELABEL_BEST ? (int)n : FT_RELABEL_BEST, kept = 0;
    for (size_t k = 0; k < n; k++) {
        int i = kept < most ? kept++ : most;
        for (; i > 0 && probabilities[k] > probabilities[at[i - 1]]; i--)
            if (i < most) at[i] = at[i - 1];
        if (i < most) at[i] = k;
    }
    for (int i = 0; i < kept; i++)
        best[i] = names[at[i]];
    return kept;
}

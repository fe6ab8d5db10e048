/* See relabel.h. */
#include "ui/relabel.h"

#include <stdio.h>
#include <string.h>

enum { ALL_MOST = 20, BEST_MOST = 5 };

static void offer(struct ft_relabel *r, const char *name)
{
    for (int i = 0; i < r->offers_n; i++)
        if (!strcmp(r->offers[i], name)) return;
    snprintf(r->offers[r->offers_n++], sizeof r->offers[0], "%s", name);
}

static bool chosen(struct ft_relabel *r, const char *label)
{
    snprintf(r->last, sizeof r->last, "%s", label);
    return !r->take(r->arg, r->last);
}

static bool take_name(void *arg, const char *text)
{
    struct ft_relabel *r = arg;
    if (!*text) return false;
    chosen(r, text);
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
        if (ft_key_is(k, (char)('a' + i))) return chosen(r, r->offers[i]);
    return false;
}

void ft_relabel_ask(struct ft_relabel *r, const char *const *best, size_t best_n)
{
    char text[700] = "";
    size_t n = ft_dataset_labels(r->w->data), at = 0;
    r->offers_n = 0;
    for (size_t i = 0; i < best_n && i < BEST_MOST && n > ALL_MOST; i++)
        offer(r, best[i]);
    for (size_t i = 0; i < n && (n <= ALL_MOST || r->offers_n < BEST_MOST); i++)
        offer(r, ft_dataset_label(r->w->data, i, NULL));
    for (int i = 0; i < r->offers_n && at < sizeof text; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, "%c %.24s  ", 'a' + i, r->offers[i]);
    if (at < sizeof text) snprintf(text + at, sizeof text - at, "/ another  Esc ends");
    ft_app_ask(r->w->app, text, answer, r);
}

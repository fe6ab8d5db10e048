/* See relabel.h. */
#include "ui/relabel.h"

#include "util/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BEST_MOST = 5, NAME_W = 24 };

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
    r->last = NULL;
}

static void offer(struct ft_relabel *r, const char *name)
{
    for (int i = 0; i < r->offers_n; i++)
        if (!strcmp(r->offers[i], name)) return;
    r->offers[r->offers_n++] = ft_xstrdup(name);
}

static bool chosen(struct ft_relabel *r, const char *label)
{
    char *copy = ft_xstrdup(label); /* of an offer, which the next row may replace */
    free(r->last);
    r->last = copy;
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
    struct ft_str text = {0};
    size_t n = ft_dataset_labels(r->w->data);
    forget_offers(r);
    for (size_t i = 0; i < best_n && i < BEST_MOST && n > FT_RELABEL_OFFERS; i++)
        offer(r, best[i]);
    for (size_t i = 0; i < n && (n <= FT_RELABEL_OFFERS || r->offers_n < BEST_MOST); i++)
        offer(r, ft_dataset_label(r->w->data, i, NULL));
    for (int i = 0; i < r->offers_n; i++) {
        const char *name = r->offers[i];
        ft_str_addf(&text, "%c ", 'a' + i);
        ft_str_add(&text, name, ft_text_fit(name, strlen(name), NAME_W));
        ft_str_addz(&text, "  ");
    }
    ft_str_addz(&text, "/ another  Esc ends");
    char keys[64];
    snprintf(keys, sizeof keys,
             r->offers_n > 1 ? "a-%c label the row  / another  Esc end"
                             : "%c label the row  / another  Esc end",
             'a' + (r->offers_n ? r->offers_n - 1 : 0));
    ft_app_ask(r->w->app, ft_str_text(&text), keys, answer, r);
    ft_str_release(&text);
}

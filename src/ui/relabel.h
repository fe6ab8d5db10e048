/* The strip that gives a row another label by one key: "a negative  b positive  / another  Esc".
 * With more than 20 labels it offers the best ones, and `/` types a name. It stays until Esc, so
 * that row after row is labelled with one key each. */
#ifndef FT_UI_RELABEL_H
#define FT_UI_RELABEL_H

#include "ui/workbench.h"

enum { FT_RELABEL_OFFERS = 20 };

struct ft_relabel {
    struct ft_workbench *w;
    void *arg;
    /* The label that was chosen; moves on to the next row. false: there is none, the strip ends. */
    bool (*take)(void *arg, const char *label);
    char *last; /* chosen last; NULL: none */
    /* private */
    char *offers[FT_RELABEL_OFFERS];
    int offers_n;
};
void ft_relabel_release(struct ft_relabel *r);
/* `best`: names to offer first when there are many labels; best_n 0: the commonest ones. */
void ft_relabel_ask(struct ft_relabel *r, const char *const *best, size_t best_n);

#endif

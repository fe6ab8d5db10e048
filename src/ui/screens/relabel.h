/* The strip that gives a row another label by one key: "a negative  b positive  / another  Esc". It
 * stays until Esc, so that row after row is labelled with one key each.
 *
 * With more labels than fit it offers the model's five best for the selected row, or, where no
 * model knows, the most frequent ones; `/` types a name. A label that the data does not have yet is
 * taken only when that is confirmed. */
#ifndef FT_UI_SCREENS_RELABEL_H
#define FT_UI_SCREENS_RELABEL_H

#include "ui/screens/workbench.h"

enum { FT_RELABEL_OFFERS = 20, FT_RELABEL_BEST = 5 };

struct ft_relabel {
    struct ft_workbench *w;
    void *arg;
    /* Gives the selected row this label and moves on to the next. false: there is none, the strip
     * ends. */
    bool (*take)(void *arg, const char *label);
    /* The model's labels for the selected row, best first, at most FT_RELABEL_BEST: how many; 0:
     * not known; below 0: being predicted, ft_relabel_refresh follows. Called for each row. */
    int (*best)(void *arg, const char **best);
    /* Where rows have any number of labels (NULL, or `sets` says they have not): whether the selected row
     * has the label; `take` then gives it the label or takes it away, and the row stays selected until `next`
     * (Enter on the strip) moves on. */
    bool (*sets)(void *arg);
    bool (*has)(void *arg, const char *label);
    bool (*next)(void *arg);
    /* Tagged words, which are labelled in a prompt "WORDS TYPE": what it begins with. */
    void (*entity)(void *arg, char *buf, size_t size);
    char *last; /* chosen last; NULL: none */
    /* private */
    char *offers[FT_RELABEL_OFFERS], *asked; /* `asked`: a new label, to be confirmed */
    int offers_n;
    bool strip; /* the question belongs to the strip, which continues after it */
    size_t row; /* of the label to be confirmed, when it came by a command */
    bool (*named)(void *arg, size_t row, const char *label);
};
void ft_relabel_release(struct ft_relabel *r);
/* Opens the strip. */
void ft_relabel_ask(struct ft_relabel *r);
/* What `best` gives has changed: an open strip shows it. */
void ft_relabel_refresh(struct ft_relabel *r);
/* The argument of ":relabel ROW LABEL", or with `drop` of ":drop ROW": calls `named` at once (label
 * NULL: excluded), or after a new label was confirmed. false: the argument is not of that form. */
bool ft_relabel_word(struct ft_relabel *r, const char *arg, bool drop,
                     bool (*named)(void *arg, size_t row, const char *label));
/* The FT_RELABEL_BEST largest of n probabilities, as their names. */
int ft_relabel_best(const double *probabilities, char *const *names, size_t n, const char **best);

#endif

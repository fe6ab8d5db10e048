/* A list of the rows whose texts are most similar to the selected one, for screens 1 and 5: what `~`
 * opens. The screen shows it in place of its rows and gives it the rows' texts; the model works in the
 * background and the list grows as rows are compared.
 *
 *     ft_similar_begin(&x, model, number, &text);          remembers the text
 *     ft_similar_ask(&x, rows, row_text, view);            whenever the rows are others
 *     if (ft_similar_follow(&x)) ..                        each tick; x.rows, x.values, x.n are new
 *     ft_similar_end(&x);                                  the list is left */
#ifndef FT_UI_SCREENS_SIMILAR_H
#define FT_UI_SCREENS_SIMILAR_H

#include "ui/screens/workbench.h"

struct ft_similar {
    struct ft_workbench *w;
    struct ft_similarity *s;
    struct ft_list *list; /* whose cursor moves over it */
    bool on;
    size_t number;                  /* of the row that the others are compared with */
    size_t rows[FT_SIMILARITY_TOP]; /* (n) as they were given to ft_similar_ask, best first */
    double values[FT_SIMILARITY_TOP];
    size_t n;
    bool waiting; /* the rows have to be given again: ft_similar_ask could not take them */
    bool moved;   /* somebody moved the cursor: it stays with its row */
    /* private */
    char *model, *text, *pair;
    size_t text_n, pair_n;
    bool busy, failed, same_rows;
};
void ft_similar_release(struct ft_similar *x);

/* `number`: for the title. Copies the text. */
void ft_similar_begin(struct ft_similar *x, const char *model, size_t number,
                      const struct ft_similarity_text *text);
/* Whether a text is the one that the others are compared with. */
bool ft_similar_is_self(const struct ft_similar *x, size_t number, const char *text, size_t n);
/* The rows there are now; of old rows, what was known is kept. */
void ft_similar_ask(struct ft_similar *x, size_t n,
                    void (*row)(void *arg, size_t i, struct ft_similarity_text *t), void *arg);
/* true: the list is another. Shows progress and errors in the message line. */
bool ft_similar_follow(struct ft_similar *x);
void ft_similar_end(struct ft_similar *x);

/* "Similar to row 12: 200 of 5,000", and how many were compared. */
void ft_similar_title(const struct ft_similar *x, struct ft_title *title);
/* Why the list is empty. */
const char *ft_similar_empty(const struct ft_similar *x);

#endif

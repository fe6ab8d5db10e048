/* What kind of labels a table has: one label per row, or the targets of another task, which must
 * not be trained on as classes: several labels, fractions, spans, tags of words.
 *
 *     if ((st = ft_label_form_check(t, &columns, err))) return st;
 *                                               err: one sentence, what was found and what to do */
#ifndef FT_DATA_LABEL_FORM_H
#define FT_DATA_LABEL_FORM_H

#include "data/columns.h"

/* What one label cell is. */
enum ft_label_form {
    FT_LABEL_FORM_ONE,
    FT_LABEL_FORM_NONE,    /* an empty list */
    FT_LABEL_FORM_SEVERAL, /* a list of labels, or categories of which several hold */
    FT_LABEL_FORM_SHARES,  /* categories with values between 0 and 1 */
    FT_LABEL_FORM_SPANS,   /* places in the text with a label */
    FT_LABEL_FORM_FRACTION /* a number that is not whole */
};
enum ft_label_form ft_label_form_of(struct ft_text cell);
/* Is it a word for a missing value: NaN, null, None, n/a, ..? */
bool ft_label_form_is_missing(struct ft_text cell);

/* FT_OK where column columns->label (-1: there is none) can be the label of a classifier. Else
 * FT_FORMAT or FT_USAGE with what the data looks like. One pass over the column. */
enum ft_status ft_label_form_check(const struct ft_table *t, const struct ft_columns *columns,
                                   struct ft_err *err);
/* The column "answer" with Prodigy's decisions (accept, reject, ignore); -1: there is none. */
int ft_label_form_answers(const struct ft_table *t);

#endif

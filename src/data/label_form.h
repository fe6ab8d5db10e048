/* What kind of labels a table has: one label per row, or the targets of another task, which must
 * not be trained on as classes: several labels, fractions, spans, tags of words.
 *
 *     if ((st = ft_label_form_check(t, &columns, err))) return st;
 *                                               err: one sentence, what was found and what to do */
#ifndef FT_DATA_LABEL_FORM_H
#define FT_DATA_LABEL_FORM_H

#include "data/columns.h"
#include "util/kinds.h"
#include "util/str.h"

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
/* Whether a cell of a 0/1 column says yes: 0 or 1 (also false, true, 0.0, 1.0); -1: neither. */
int ft_label_form_flag(struct ft_text cell);
/* Is it a word for a missing value: NaN, null, None, n/a, ..? */
bool ft_label_form_is_missing(struct ft_text cell);

/* FT_OK where column columns->label (-1: there is none) can be the label of a classifier; `several`: of
 * one with any number of labels per row. Else FT_FORMAT or FT_USAGE with what the data looks like. One
 * pass over the column. */
enum ft_status ft_label_form_check(const struct ft_table *t, const struct ft_columns *columns,
                                   bool several, struct ft_err *err);
/* What a classifier can learn from the label column of a table, by its first rows: one label per row, or
 * several where cells are lists or look like some, where there are several columns of 0 and 1 or a
 * delimiter. SINGLE_LABEL also where there is no label column. */
enum ft_problem_type ft_label_form_problem(const struct ft_table *t,
                                           const struct ft_columns *columns);
/* For several labels: where the label was not named and several columns hold 0 and 1, those are the
 * labels; in one column, the delimiter where its cells show one. */
void ft_label_form_settle(const struct ft_table *t, struct ft_columns *columns);
/* The labels of row `row` (from 1) of `t` as a sorted JSON list without repeats, appended to *json; names of
 * 0/1 columns are those of `named` and its columns (of the training table). false: nobody has labelled the
 * row. *repeats (may be NULL): a label came twice. */
bool ft_label_form_set(const struct ft_table *t, const struct ft_columns *columns, size_t row,
                       const struct ft_table *named, const struct ft_columns *named_columns,
                       struct ft_str *json, bool *repeats);
/* The column "answer" with Prodigy's decisions (accept, reject, ignore); -1: there is none. */
int ft_label_form_answers(const struct ft_table *t);

#endif

/* Which column is the text, the second text and the label: inferred from names and contents,
 * reported by the caller, overridden by --text_column and similar options or on the Data
 * screen. */
#ifndef FT_DATA_COLUMNS_H
#define FT_DATA_COLUMNS_H

#include "data/table.h"

enum { FT_COLUMNS_LABELS = 256, FT_COLUMNS_DELIMITER = 16 };
struct ft_columns {
    int text, pair, label; /* column numbers, -1: none */
    bool sure;             /* every guess was by name */
    bool text_named;       /* the user named the text */
    bool label_by_content; /* the label was neither named nor found by its name */
    /* Several labels per row: */
    int labels[FT_COLUMNS_LABELS]; /* a column of 0 and 1 for each label; label is the first */
    size_t labels_n;               /* 0: they are in one column */
    char delimiter[FT_COLUMNS_DELIMITER]; /* between the labels of a cell; "": none, or lists */
};

/* Guesses from names and the first 1,000 rows. text is -1 only when there is no column with text.
 */
void ft_columns_guess(const struct ft_table *t, struct ft_columns *out);

/* Columns that make one text for a language model: instruction, input and output, or prompt and
 * completion. Fills join with their numbers in that order; returns how many, 0: none. */
enum { FT_COLUMNS_JOIN = 3 };
size_t ft_columns_joined(const struct ft_table *t, int join[FT_COLUMNS_JOIN]);

/* Where the label is a column of fractions that was chosen by its content: appends the names of the other
 * columns of that kind, which could be meant; returns how many. */
struct ft_str;
size_t ft_columns_other_numbers(const struct ft_table *t, const struct ft_columns *c,
                                struct ft_str *names);

/* Is this what people call a column? Letter case does not count. */
bool ft_columns_known(const char *name);

/* Names override the guess; NULL keeps it, "" means none. The label may be several columns, "a,b,c".
 * Errors: FT_USAGE, naming the nearest column and those that there are. */
enum ft_status ft_columns_set(const struct ft_table *t, const char *text, const char *pair,
                              const char *label, struct ft_columns *io, struct ft_err *err);

/* What a column holds, for the Columns panel; counts over the first rows_max rows (0: all). */
struct ft_column_facts {
    size_t filled;   /* cells that are not missing and not empty */
    size_t distinct; /* different texts among them, counted up to 100,000 */
    double mean_bytes;
    struct ft_text example; /* the first filled cell */
};
void ft_column_facts(const struct ft_table *t, size_t col, size_t rows_max,
                     struct ft_column_facts *out);

#endif

/* Numbers in cells: what people and programs write for a number, and what a column of them is.
 *
 * Read are 3, -0.25, 1e-3, +2., .5; a decimal comma (0,25); digits in groups of three (1,000 and
 * 12.000,5); a currency sign before or behind, a percent sign behind, which do not change the
 * number ("7.5%" is 7.5). A comma before three digits is ambiguous: the column decides.
 * Threads: any. */
#ifndef FT_DATA_NUMBER_H
#define FT_DATA_NUMBER_H

#include "data/table.h"

enum ft_number_form {
    FT_NUMBER,
    FT_NUMBER_MISSING,  /* nothing, or a word for it: NaN, null, n/a, - */
    FT_NUMBER_INFINITE, /* inf, or more than a float32 holds */
    FT_NUMBER_NOT,
};
/* `comma`: 1,250 is 1.25, else 1250. *x is set for FT_NUMBER only, and a finite float32. */
enum ft_number_form ft_number_parse(struct ft_text cell, bool comma, double *x);

/* What a column holds; n cells that are there. */
struct ft_number_facts {
    size_t n, numbers, missing, infinite, others;
    size_t fractions; /* numbers that are not whole */
    size_t distinct;  /* different numbers */
    double least, most, mean, sd;
    bool comma; /* its decimal mark is a comma */
};
/* Over the first rows_max rows (0: all). */
void ft_number_facts(const struct ft_table *t, size_t col, size_t rows_max,
                     struct ft_number_facts *f);
/* Whether a label column of these is to be learned as numbers and not as classes: nine of ten cells
 * are numbers, and some are fractions; or all are whole, 50 different ones or more, and the column has
 * the name of an amount: score, price, .. */
bool ft_number_is_target(const struct ft_number_facts *f, const char *name);

#endif

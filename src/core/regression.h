/* Arithmetic of regression scores: errors and correlations of n predictions with their true values,
 * the numbers of scikit-learn's metrics and of scipy.stats. Sums are in double.
 *
 * Where a number is not defined it is what those libraries give: r2 of constant true values is 1
 * for predictions without an error, else 0; a correlation with a constant is NaN, as is each
 * score of fewer than two values except the errors. n 0: all are NaN.
 * Threads: any. */
#ifndef FT_CORE_REGRESSION_H
#define FT_CORE_REGRESSION_H

#include <stddef.h>

struct ft_regression {
    double mse, rmse, mae; /* mean squared error, its root, mean absolute error */
    double r2;             /* coefficient of determination */
    double pearson;
    double spearman; /* Pearson's of the ranks; ties have the mean of their ranks */
};
/* Takes n doubles three times for the ranks. All values must be finite. */
void ft_regression_make(struct ft_regression *r, const double *truth, const double *predicted,
                        size_t n);
/* The mean and the standard deviation (of the n values, not of a sample) of n > 0 values. */
void ft_mean_sd(const double *values, size_t n, double *mean, double *sd);
/* ranks[i]: of values[i], from 1; equal values have the mean of their ranks. */
void ft_ranks(const double *values, size_t n, double *ranks);

#endif

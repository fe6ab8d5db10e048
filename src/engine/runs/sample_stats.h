/* Statistics of samples of examples: what an interval and a paired test of two models say. A sample has a
 * number for each example, such as 1 for a right prediction and 0 for a wrong one.
 *
 * Sources: percentile bootstrap (Efron and Tibshirani 1993, chapter 13); paired permutation test by
 * random signs (Good 2005; the p-value counts the observed sample, as Phipson and Smyth 2010 say);
 * McNemar's exact test (1947): the binomial test of the discordant pairs; Holm's correction (1979). The
 * numbers agree with scipy.stats and statsmodels (tests/reference/sweep).
 *
 * Everything is seeded: the same samples give the same numbers. Threads: any. */
#ifndef FT_ENGINE_RUNS_SAMPLE_STATS_H
#define FT_ENGINE_RUNS_SAMPLE_STATS_H

#include <stddef.h>
#include <stdint.h>

/* Mean and standard deviation (n - 1; NaN: of one) of n numbers; NaN: of none. */
double ft_sample_mean(const double *x, size_t n);
double ft_sample_sd(const double *x, size_t n);

/* The 2.5th and 97.5th percentile of the mean over 1,000 bootstrap samples of n numbers, n > 0. */
void ft_sample_bootstrap(const double *x, size_t n, uint64_t seed, double *low, double *high);

/* The two-sided p-value of the mean of n differences, if each were as likely to have the other sign:
 * exact for up to FT_SAMPLE_EXACT differences that are not 0, else from FT_SAMPLE_SIGNS random ones. 1: there
 * is no difference. */
enum { FT_SAMPLE_EXACT = 16, FT_SAMPLE_SIGNS = 10000 };
double ft_sample_permutation(const double *differences, size_t n, uint64_t seed);

/* The two-sided exact p-value of b and c discordant pairs. */
double ft_sample_mcnemar(uint64_t b, uint64_t c);

/* Replaces n p-values by those adjusted for n comparisons (Holm). NaN stays and is not counted. */
void ft_sample_holm(double *p, size_t n);

#endif

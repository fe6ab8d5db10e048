/* Scores of answers to questions, the numbers of SQuAD's official evaluation script (v2.0; on a
 * v1.1 file the same numbers as v1.1's): exact match and F1 of words after small letters, without
 * punctuation, articles and surplus blanks, in percent.
 *
 * Where most right answers have Chinese, Japanese or other letters that are written without spaces,
 * the F1 of words is nearly the exact match; then f1_char, the F1 of characters of the same
 * normalised texts, is told too.
 *
 * Differs in one point: a question without a prediction counts as 0 instead of ending the script,
 * as the v1.1 script does. Threads: nothing is kept between calls. */
#ifndef FT_ENGINE_TASK_SQUAD_SCORES_H
#define FT_ENGINE_TASK_SQUAD_SCORES_H

#include "util/err.h"
#include "util/str.h"

#include <stdbool.h>
#include <stddef.h>

struct ft_squad;
struct ft_squad_scores {
    bool v2, has_best; /* NoAns and HasAns are told; the best thresholds are */
    size_t total, has_n, no_n, missing;
    bool has_char;  /* most answers are in a script without spaces: f1_char is told */
    double f1_char; /* F1 of characters instead of words, percent */
    double exact, f1, has_exact, has_f1, no_exact, no_f1; /* percent */
    double best_exact, best_exact_thresh, best_f1, best_f1_thresh;
};

/* `predictions`: {question id: answer}; `na_probs`: {question id: probability of no answer} or
 * NULL. An answer whose probability of none is above `threshold` counts as none (1: never). */
enum ft_status ft_squad_scores_files(struct ft_squad_scores *s, const char *data,
                                     const char *predictions, const char *na_probs,
                                     double threshold, struct ft_err *err);
/* The same from memory, one entry a question of `q`. */
struct ft_squad_said {
    bool asked;       /* false: not counted at all */
    const char *text; /* the best answer that is not empty; NULL: there is no prediction */
    size_t n;
    double na;        /* how much rather there is none: read with `has_na`, as na_probs above */
    double exact, f1; /* filled in: 0 to 1, with the threshold in force */
    double best_exact, best_f1; /* of `text`, as if there were no threshold */
};
void ft_squad_scores_said(struct ft_squad_scores *s, const struct ft_squad *q,
                          struct ft_squad_said *said, bool has_na, double threshold);
/* {"exact":..,"f1":..,"total":..,..} without a newline. */
void ft_squad_scores_json(const struct ft_squad_scores *s, struct ft_str *out);
void ft_squad_scores_text(const struct ft_squad_scores *s, struct ft_str *out);

/* One answer against one right answer: 0 or 1, and 0 to 1. */
double ft_squad_exact(const char *gold, size_t gold_n, const char *said, size_t said_n);
double ft_squad_f1(const char *gold, size_t gold_n, const char *said, size_t said_n);

#endif

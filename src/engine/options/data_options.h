/* The options about data in the form that module data takes: shared by runs and the Data screen,
 * so that both understand a file the same way. */
#ifndef FT_ENGINE_OPTIONS_DATA_OPTIONS_H
#define FT_ENGINE_OPTIONS_DATA_OPTIONS_H

#include "data/columns.h"
#include "data/examples.h"
#include "engine/options/options.h"

/* Delimiter, quotes, header row and encoding, as far as the options say. */
struct ft_read_opt ft_data_read_opt(const struct ft_options *o);
/* Those four, for files that are others than --data. */
bool ft_data_is_form(enum ft_opt id);
/* Puts those four back to auto. */
void ft_data_reset_form(struct ft_options *o);
/* "csv, utf-8, delimiter comma, header row": what was told from the file. */
void ft_data_form_text(const struct ft_table *t, struct ft_str *out);
/* Is there something in it that somebody has to know who did not say it: no header row, another
 * encoding than UTF-8, ..? */
bool ft_data_form_guessed(const struct ft_table *t, const struct ft_options *o);

/* Guessed, then what the options name. */
enum ft_status ft_data_columns(const struct ft_table *t, const struct ft_options *o,
                               struct ft_columns *columns, struct ft_err *err);
/* What a classifier can learn from the table: what problem_type says, else inferred. */
enum ft_problem_type ft_data_problem(const struct ft_table *t, const struct ft_options *o,
                                     const struct ft_columns *columns);
/* Sets how the label column of opt->columns is read for a problem type (NONE: one label per row). */
void ft_data_targets(struct ft_examples_opt *opt, const struct ft_table *t,
                     enum ft_problem_type type);
/* Appends "a" or "a, b, c": the label columns. */
void ft_data_label_columns(const struct ft_table *t, const struct ft_columns *columns,
                           const char *between, struct ft_str *out);
/* Cleaning, split, limit and seed. */
enum ft_status ft_data_examples_opt(struct ft_examples_opt *opt, const struct ft_options *o,
                                    struct ft_err *err);
/* What a language model learns from instead: no labels, no pairs, parts in order; the blank lines
 * of a text file are text. */
void ft_data_running_text(struct ft_examples_opt *opt, const struct ft_table *t,
                          const struct ft_options *o);
/* The split's shares, given or by which files there are, and the fold (questions). */
enum ft_status ft_data_shares(const struct ft_options *o, double share[FT_PART_COUNT],
                              struct ft_fold *fold, struct ft_err *err);
/* Says in the log what reading found odd in the rows of `t`. */
void ft_data_say_notes(const struct ft_table *t);

#endif

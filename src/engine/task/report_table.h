/* The report of an evaluation as a table, to be copied or written to a file. */
#ifndef FT_ENGINE_TASK_REPORT_TABLE_H
#define FT_ENGINE_TASK_REPORT_TABLE_H

#include "engine/task/scores.h"

/* Of a classifier label, precision, recall, f1, support, with accuracy and both averages; of other
 * tasks name and value. `delimiter` as in util/text_table.h. */
void ft_report_table(const struct ft_scores *s, char delimiter, struct ft_str *out);
/* Counts, a row for each true label and a column for each predicted one; nothing of other tasks. */
void ft_confusion_table(const struct ft_scores *s, char delimiter, struct ft_str *out);
/* By the end of the name: .csv and .tsv the table, .md both tables, .json all numbers as eval.json
 * has them. FT_USAGE for another name, and when nothing was evaluated. */
enum ft_status ft_report_write(const struct ft_scores *s, const char *path, struct ft_err *err);

#endif

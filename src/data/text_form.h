/* Checks whether a text column contains JSON (or Python lists and dicts) instead of text: such
 * columns are usually chosen by mistake.
 *
 *     if ((st = ft_text_form_check(t, col, named, err))) return st;    one sentence, what to do */
#ifndef FT_DATA_TEXT_FORM_H
#define FT_DATA_TEXT_FORM_H

#include "data/table.h"

/* Is the cell an object or a list, as JSON or as Python writes them? A list of numbers alone,
 * "[1]", is none. */
bool ft_text_form_is_json(struct ft_text cell);
/* How many cells of the column are; *first is the first one's row, from 1. */
size_t ft_text_form_count(const struct ft_table *t, size_t col, size_t *first);
/* FT_FORMAT where half of the filled cells or more are. Where the user named the column, only lists
 * of objects are refused: logs in JSON may be meant. */
enum ft_status ft_text_form_check(const struct ft_table *t, size_t col, bool named,
                                  struct ft_err *err);

#endif

/* Label edits: a list stored next to the data file, which itself is never written. JSONL, one edit
 * a line, `old` and `new` being labels, new null when the row is dropped; of tagged words, they are
 * lists of tags:
 *     {"row":12,"sha256":"9f86d0..","old":"neg","new":"pos"}
 *     {"row":12,"sha256":"9f86d0..","old":["O","O"],"new":["B-PER","O"]}
 * `row` counts data rows from 1; sha256 is that of the row's text as read, before cleaning. An edit
 * whose text or old label is not the row's (any more, or in this label column) is not applied, and
 * is counted.
 *
 * "kept":true says that somebody looked at the row and found the label `new` correct; where it is also `old`,
 * the line is no edit. Such marks are a list of their own, whose new_label is the confirmed label. */
#ifndef FT_DATA_EDITS_H
#define FT_DATA_EDITS_H

#include "data/table.h"

struct ft_edit {
    size_t row;      /* from 1 */
    char sha256[65]; /* lower case hex */
    char *old_label; /* NULL: had none */
    char *new_label; /* NULL: the row is dropped */
    bool
        list; /* the labels are lists, of tags or of a row's labels: their JSON text, in one line */
};
struct ft_edits {
    struct ft_edit *items; /* by row, ascending, one for each row */
    size_t n, cap;
};
void ft_edits_release(struct ft_edits *e);
/* A later line for the same row replaces the earlier one. Errors: FT_IO, FT_FORMAT with the line.
 */
enum ft_status ft_edits_read(struct ft_edits *e, const char *path, struct ft_err *err);
enum ft_status ft_edits_parse(struct ft_edits *e, const char *text, size_t n, const char *name,
                              struct ft_err *err);
enum ft_status ft_edits_write(const struct ft_edits *e, const char *path, struct ft_err *err);
/* The marks of such a file, and a file with both. */
enum ft_status ft_edits_read_kept(struct ft_edits *kept, const char *path, struct ft_err *err);
enum ft_status ft_edits_write_kept(const struct ft_edits *e, const struct ft_edits *kept,
                                   const char *path, struct ft_err *err);
/* Sets the row's mark: `label` is correct. */
void ft_edits_keep(struct ft_edits *kept, size_t row, struct ft_text text, const char *old_label,
                   const char *label, bool list);
/* The edit of a row, NULL when there is none. */
const struct ft_edit *ft_edits_find(const struct ft_edits *e, size_t row);
/* Was the edit made for this row: its text and its label before are those of the file? sets: labels are lists
 * without an order, as a row's labels are; tags have one. */
bool ft_edit_fits(const struct ft_edit *e, struct ft_text text, struct ft_text label, bool sets);
/* Sets the row's edit; old_label stays that of an edit already there. An edit whose new label is
 * its old one is removed. new_label NULL drops the row. */
/* With `list` set in the struct it has: the labels are JSON lists. */
void ft_edits_set_list(struct ft_edits *e, size_t row, struct ft_text text, const char *old_label,
                       const char *new_label);
void ft_edits_set(struct ft_edits *e, size_t row, struct ft_text text, const char *old_label,
                  const char *new_label);
/* Removes the row's edit; false when there was none. */
bool ft_edits_unset(struct ft_edits *e, size_t row);

#endif

/* A data file with label edits applied, in the format that the file has. What no edit touches is
 * copied byte for byte: other fields, quoting, blanks, the order of keys; the new label is written as
 * the old one was: quoted or not, a text, a number or a list, categories, fastText's __label__, the
 * tags of words, spans.
 *
 *     struct ft_rewritten done;
 *     st = ft_rewrite(&table, &(struct ft_rewrite_opt){.columns = &c, .edits = &e}, &out, &done, &err);
 *
 * CSV, TSV, JSON in all forms that are read, JSONL, fastText, CoNLL. Not here: workbooks, folders and
 * plain text, which are FT_UNSUPPORTED. The text is UTF-8 without a byte order mark, whatever the
 * file has. Threads: the table is only read. */
#ifndef FT_DATA_REWRITE_H
#define FT_DATA_REWRITE_H

#include "data/columns.h"
#include "data/edits.h"
#include "data/tagged.h"
#include "util/str.h"

struct ft_rewrite_opt {
    const struct ft_columns *columns;
    const struct ft_edits *edits;
    const struct ft_tagged *tagged; /* of token classification: built with the edits; else NULL */
    const char *label_delimiter;    /* between the labels of one cell; NULL or "": none */
};
struct ft_rewritten {
    size_t changed, dropped; /* rows */
    size_t stale;            /* edits whose row has another text or label, or that fit no row */
};
/* Appends the file. The table must have been read whole, from one file. Errors: FT_UNSUPPORTED (the
 * format, with what to do), FT_USAGE (a label that the format cannot hold, no label column), FT_NOMEM. */
enum ft_status ft_rewrite(const struct ft_table *t, const struct ft_rewrite_opt *opt,
                          struct ft_str *out, struct ft_rewritten *done, struct ft_err *err);

#endif

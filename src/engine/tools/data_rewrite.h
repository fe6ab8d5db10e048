/* A data file with label edits applied, written in its own format: for `fettle export --data` and
 * screen Data. See data/rewrite.h.
 *
 *     st = ft_data_rewrite(&options, "corrected.jsonl", &done, &err);
 *
 * The data file itself is never written. Threads: nothing is kept between calls. */
#ifndef FT_ENGINE_TOOLS_DATA_REWRITE_H
#define FT_ENGINE_TOOLS_DATA_REWRITE_H

#include "engine/options/options.h"
#include "util/err.h"

struct ft_data_rewritten {
    size_t rows;             /* in the file */
    size_t changed, dropped; /* by edits */
    size_t stale;            /* edits that fit no row */
    const char *encoding;    /* of the data, where the new file has another one: UTF-8; else NULL */
};
/* Reads data, its form, columns and edits as the options say; edits "" copies the file, as UTF-8. Tags of
 * words in texts need the model whose tokenizer found the words.
 * `output` appears whole or not at all; what is there is replaced. Errors: FT_USAGE (output is the
 * data, or ends in .gz or .xz; a label that the format cannot hold), FT_UNSUPPORTED (workbooks, folders,
 * questions, plain text), and those of reading and writing. */
enum ft_status ft_data_rewrite(const struct ft_options *o, const char *output,
                               struct ft_data_rewritten *done, struct ft_err *err);

struct ft_table;
struct ft_rewrite_opt;
/* The same of a table that was read. */
enum ft_status ft_data_rewrite_table(const struct ft_table *t, const struct ft_rewrite_opt *opt,
                                     const char *output, struct ft_data_rewritten *done,
                                     struct ft_err *err);

#endif

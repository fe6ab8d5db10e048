/* The tagged words of a run's data (run_data.h keeps them). Which columns they are in, the names of integer
 * tags, the tokenizer whose words a text has. Threads: one at a time. */
#ifndef FT_ENGINE_TASK_RUN_TAGS_H
#define FT_ENGINE_TASK_RUN_TAGS_H

#include "data/columns.h"
#include "data/edits.h"
#include "data/table.h"
#include "data/tagged.h"
#include "engine/options/options.h"

/* Has the file at `path` words with tags, or texts with spans? Reads its first rows. */
bool ft_run_tags_there(const char *path, const struct ft_options *o);

/* The tables of a run, by part, and where their sentences go. */
struct ft_run_tags {
    const struct ft_table *tables; /* path NULL: not given */
    const struct ft_edits *edits;  /* of the training part */
    struct ft_tagged *tagged;
    struct ft_columns *columns; /* of the training part */
    /* The tokenizer for the words of texts; NULL: one is loaded, of tok_dir or --model. */
    const struct ft_tok **tok;
    struct ft_tok **own_tok;
    const char *tok_dir;
};
/* Reads the sentences. labels: the model's, NULL: those of the data. Errors: FT_FORMAT for data
 * without such columns; those of tagged.h and of a tokenizer. */
enum ft_status ft_run_tags_build(const struct ft_run_tags *r, const struct ft_options *o,
                                 const struct ft_labels *labels, bool unlabelled,
                                 struct ft_err *err);
/* Reports columns, scheme and what is odd. */
void ft_run_tags_say(const struct ft_run_tags *r);

/* One table. names: of integer tags, and the model's labels (NULL or empty: none); tok NULL: words end
 * at blanks and punctuation. *columns gets what is the text and the label. FT_FORMAT where it has no
 * such columns. */
struct ft_run_tags_opt {
    const struct ft_options *o;
    const struct ft_labels *names;
    const struct ft_tok *tok;
    const struct ft_edits *edits;
    bool unlabelled;
};
enum ft_status ft_run_tags_read(struct ft_tagged *g, const struct ft_table *t,
                                const struct ft_run_tags_opt *opt, struct ft_columns *columns,
                                struct ft_err *err);
/* Names of tags: --label_names, else the labels of --model where its head is for tokens; else empty.
 * The caller releases them. */
void ft_run_tags_names(const struct ft_options *o, struct ft_labels *names);
/* Are these data for ner: the options say so, or say nothing and the table has words with tags, or
 * spans? */
bool ft_run_tags_wanted(const struct ft_table *t, const struct ft_options *o);

#endif

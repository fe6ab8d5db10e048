/* What the parts of rewrite.h share: the changes of a file, as patches of its text. Private to
 * rewrite*.c. */
#ifndef FT_DATA_REWRITE_IN_H
#define FT_DATA_REWRITE_IN_H

#include "data/json_row.h"
#include "data/read_in.h"
#include "data/rewrite.h"

/* The labels that a row gets: one or several texts; or tags of its words. */
struct ft_new_labels {
    struct ft_text *items;
    size_t n;
    bool several; /* a list, also of one or none */
};
struct ft_rewriter {
    const struct ft_table *t;
    const struct ft_rewrite_opt *opt;
    int label;          /* the column that gets a value */
    const char *column; /* its name */
    size_t row;         /* that is looked at, from 1 */
    struct ft_str text; /* of all patches */
    struct ft_rewrite_patch {
        const char *from, *to; /* of the file's text, replaced */
        size_t at, n;          /* by these bytes of `text` */
    } * patches;
    size_t patches_n, patches_cap;
    struct ft_rewrite_item { /* an entry of a list of rows, or of the cells of a column */
        const char *from, *to;
        size_t row, group;
    } * items; /* kept where rows are dropped */
    size_t items_n, items_cap;
    bool drops;
    struct ft_arena arena;
    struct ft_rewritten *done;
    enum ft_status st;
    struct ft_err *err;
};
/* Replaces [from, to) by what was appended to r->text since its length was `at`. */
void ft_rewrite_put(struct ft_rewriter *r, const char *from, const char *to, size_t at);
/* A failure that ends the rewriting: the row and why. */
void ft_rewrite_fail(struct ft_rewriter *r, const char *why);

/* One row each: appends patches for the new labels. */
void ft_rewrite_csv(struct ft_rewriter *r, const struct ft_row_place *p,
                    const struct ft_new_labels *labels);
void ft_rewrite_fasttext(struct ft_rewriter *r, const struct ft_row_place *p,
                         const struct ft_new_labels *labels);
void ft_rewrite_conll(struct ft_rewriter *r, const struct ft_row_place *p,
                      const struct ft_new_labels *tags);
void ft_rewrite_json(struct ft_rewriter *r, const struct ft_row_place *p,
                     const struct ft_new_labels *labels);
/* Appends the JSON value for labels in the form of the old one; old.data NULL: there is none. */
void ft_rewrite_value(struct ft_rewriter *r, struct ft_text old,
                      const struct ft_new_labels *labels);
/* A task of Label Studio. */
void ft_rewrite_studio(struct ft_rewriter *r, struct ft_text task, const struct ft_json_rows *j,
                       const struct ft_new_labels *labels);

/* Entities of an edited sentence as spans: rewrite_spans.c. */

/* An entity, in code points and bytes of its text. */
struct ft_new_span {
    size_t start, end, from, to;
    size_t word, words; /* the first one and how many, in the sentence */
    struct ft_text type;
};
/* Those of row r->row, by place, in r's arena; returns how many. */
size_t ft_new_spans(struct ft_rewriter *r, struct ft_new_span **out);
/* Does the old span stand for this entity: the same type and the same words? */
bool ft_new_span_is(const struct ft_rewriter *r, const struct ft_new_span *x, size_t start,
                    size_t end, struct ft_text type);
/* Appends the list of spans in the form of the old one; a span that is as before keeps its bytes. */
void ft_rewrite_spans(struct ft_rewriter *r, struct ft_text old);
/* "annotations" of doccano before 1.3. */
void ft_rewrite_marks(struct ft_rewriter *r, struct ft_text marks, const struct ft_new_labels *l);

#endif

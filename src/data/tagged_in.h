/* Private to tagged*.c: sentences being built. */
#ifndef FT_DATA_TAGGED_IN_H
#define FT_DATA_TAGGED_IN_H

#include "data/tagged.h"

struct ft_tagged_build {
    struct ft_tagged *g;
    const struct ft_table *t;
    const struct ft_tagged_opt *opt;
    struct ft_tok_ctx *ctx;
    struct ft_text *items, *tag_items; /* of the row at hand */
    size_t items_cap, tag_items_cap;
    bool integers, texts; /* tags of either kind were seen */
    size_t first_integer; /* row of one */
    struct ft_err *err;
};

/* The items of a JSON list (or Python's, with single quotes) of texts and numbers. False: it is
 * none. *numbers: all items are whole numbers that are not texts. */
bool ft_tagged_list(struct ft_text cell, struct ft_arena *arena, struct ft_text **items,
                    size_t *cap, size_t *n, bool *numbers);
/* What ft_tagged_issues counts. */
void ft_tagged_issue(struct ft_tagged *g, enum ft_tagged_issue_kind kind, size_t row,
                     const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* A row in form SPANS or TEXT. */
enum ft_status ft_tagged_text_row(struct ft_tagged_build *b, size_t row);
/* After all rows: the file's scheme, tags to IOB2, what is odd about them. */
void ft_tagged_settle(struct ft_tagged *g, const struct ft_tagged_opt *opt);

#endif

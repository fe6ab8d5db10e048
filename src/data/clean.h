/* Cleaning: each step a pure function from text to text, in one fixed order, so that the same steps
 * always give the same text and before/after can be shown for any row. Nothing here changes the
 * table. */
#ifndef FT_DATA_CLEAN_H
#define FT_DATA_CLEAN_H

#include "data/table.h"
#include "util/str.h"

/* The order of the rows is the order in which steps are applied. */
#define FT_CLEAN_LIST(X)                                                                           \
    X(HTML, "html", "strip HTML, decode entities")                                                 \
    X(WHITESPACE, "whitespace", "collapse white space")                                            \
    X(URLS, "urls", "replace links with [url]")                                                    \
    X(LOWERCASE, "lowercase", "convert to lower case")                                             \
    X(STOPWORDS, "stopwords", "remove common words: the, of, and..")                               \
    X(DEDUP, "dedup", "remove exact duplicates")
enum ft_clean {
#define X(id, name, help) FT_CLEAN_##id,
    FT_CLEAN_LIST(X)
#undef X
        FT_CLEAN_COUNT
};
/* Sets of steps are bits: 1u << FT_CLEAN_HTML. */
#define FT_CLEAN_BIT(step) (1u << (step))

const char *ft_clean_name(enum ft_clean step);
const char *ft_clean_help(enum ft_clean step);

/* "html,dedup" to bits; "" and "none" are 0. Errors: FT_USAGE naming the nearest step. */
enum ft_status ft_clean_parse(const char *list, unsigned *steps, struct ft_err *err);

/* Applies the steps (all but dedup, which is about rows: data/examples.h) and puts the result in
 * *out, replacing what was there. Returns false, with *out untouched, when the text does not
 * change. UTF-8 in, UTF-8 out. Never longer than 3 times the input. */
bool ft_clean_text(unsigned steps, struct ft_text in, struct ft_str *out);

/* What goes: ranges of bytes of `in` that are not kept as they are, in order, apart from each
 * other. Returns how many; fills at most `max`. For showing one row, not for all. */
struct ft_clean_span {
    size_t start, end;
};
size_t ft_clean_spans(unsigned steps, struct ft_text in, struct ft_clean_span *out, size_t max);

/* How many rows of a column step `step` changes when `before` (the steps that are on) are applied
 * first in their order; for dedup: rows that would be dropped is told by ft_examples instead (0
 * here). `cancel` may be NULL; when it becomes true the count so far is returned. */
size_t ft_clean_count(const struct ft_table *t, size_t col, unsigned before, enum ft_clean step,
                      const atomic_bool *cancel);

#endif

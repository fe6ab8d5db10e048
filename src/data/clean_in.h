/* The steps of cleaning, one function each: private to clean.c and clean_*.c. A step writes its
 * text to a sink that can remember where each byte came from, which is how before/after is shown.
 */
#ifndef FT_DATA_CLEAN_IN_H
#define FT_DATA_CLEAN_IN_H

#include "data/clean.h"

struct ft_clean_sink {
    struct ft_str *out;
    size_t *origin; /* of each byte of out: byte of the input, SIZE_MAX: new; NULL unless wanted */
    size_t cap;
    bool track;
};
/* n bytes of the input that are kept, the first being byte `at`. */
void ft_clean_keep(struct ft_clean_sink *s, const char *text, size_t n, size_t at);
void ft_clean_new(struct ft_clean_sink *s, const char *text, size_t n);

/* Each returns false, having written nothing that counts, when the text has nothing for the step.
 */
typedef bool ft_clean_fn(struct ft_text in, struct ft_clean_sink *s);
ft_clean_fn ft_clean_step_html, ft_clean_step_whitespace, ft_clean_step_urls,
    ft_clean_step_lowercase, ft_clean_step_stopwords;

#endif

/* The generated tables behind unicode.c; nothing else includes this. They are not utf8proc's,
 * because a tokenizer must class and lower-case every character as the Rust library `tokenizers`
 * does, whose Unicode version and rules differ from those of a distribution's utf8proc. */
#ifndef FT_DATA_UNICODE_IN_H
#define FT_DATA_UNICODE_IN_H

#include "data/unicode.h"

struct ft_uni_range {
    uint32_t first, last;
    enum ft_uni_class bit;
};
struct ft_uni_pair {
    uint32_t from, to;
};
extern const struct ft_uni_range *const ft_uni_ranges;
extern const size_t ft_uni_ranges_n;
extern const struct ft_uni_pair *const ft_uni_lowers; /* one to one, sorted by `from` */
extern const size_t ft_uni_lowers_n;

#endif

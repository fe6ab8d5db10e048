/* A view of text stored elsewhere; never owned. */
#ifndef FT_DATA_TEXT_H
#define FT_DATA_TEXT_H

#include "util/mem.h"

#include <stdbool.h>
#include <stddef.h>

/* n bytes somewhere else, not ended by a 0. data == NULL: there is nothing (a missing cell, JSON
 * null), which is not the same as an empty text. */
struct ft_text {
    const char *data;
    size_t n;
};

/* Valid UTF-8 for `text`, in the arena when bytes became U+FFFD; *bad counts those. */
struct ft_text ft_text_repair(struct ft_arena *arena, struct ft_text text, size_t *bad);
struct ft_text ft_text_trim(struct ft_text text); /* ASCII blanks at both ends */
/* Is it nothing, or a word for a missing value: NaN, null, None, n/a, ..? */
bool ft_text_is_missing(struct ft_text cell);

#endif

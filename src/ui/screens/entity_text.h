/* A text with entities in it: "[John Smith PER] lives in [Paris LOC]". Each is in brackets with its
 * type behind it, in the colour of its type, so that nothing is lost without colour.
 *
 * Threads: main thread only. */
#ifndef FT_UI_SCREENS_ENTITY_TEXT_H
#define FT_UI_SCREENS_ENTITY_TEXT_H

#include "ui/widgets/rich.h"

#include <stddef.h>

struct ft_entity_mark {
    size_t start, end; /* bytes of the text; by place, without overlaps */
    const char *type;
    unsigned style; /* ft_entity_style, or another */
    bool lit;       /* the one that is looked at: reversed */
};
/* Appends n bytes of text with the marks in them. *at (may be NULL): where the lit one begins in
 * out's text. */
void ft_entity_text(struct ft_rich *out, const char *text, size_t n,
                    const struct ft_entity_mark *marks, size_t marks_n, size_t *at);

/* The style of a type among the names of labels (with or without B- and I-): types take the colours
 * of series in their order. */
unsigned ft_entity_style(const char *const *labels, size_t n, const char *type);

#endif

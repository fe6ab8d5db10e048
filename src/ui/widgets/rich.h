/* Styled text of several lines: what a panel shows of a row, a log, a help page. Pieces are
 * appended with their style; the text is wrapped at words (or inside words that are longer than a
 * line) into any width.
 *
 *     struct ft_rich t = {0};
 *     ft_rich_addz(&t, FT_ROLE_NORMAL, "issued because ");
 *     ft_rich_addz(&t, FT_ROLE_GOLD, "{requested by governments}");
 *     ft_rich_draw(c, rect, &t, &view);       view keeps the scroll position
 *     ft_rich_release(&t);
 */
#ifndef FT_UI_WIDGETS_RICH_H
#define FT_UI_WIDGETS_RICH_H

#include "ui/widgets/move.h"
#include "ui/term/canvas.h"

#include <stdbool.h>
#include <stdint.h>

struct ft_span {
    size_t start, end; /* bytes of the text */
    unsigned style;
};

struct ft_rich {
    struct ft_str text;
    struct ft_span *spans; /* in order, without holes */
    size_t spans_n, spans_cap;
    int hang;    /* indent of continuation lines, in columns */
    bool quoted; /* a command: lines are broken between words, not within a shell's quotes */
};
void ft_rich_release(struct ft_rich *t);
void ft_rich_add(struct ft_rich *t, unsigned style, const char *text, size_t n);
void ft_rich_addz(struct ft_rich *t, unsigned style, const char *text);
void ft_rich_addf(struct ft_rich *t, unsigned style, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* A line of wrapped text: bytes start..end, without the blank or newline it was broken at. */
struct ft_line {
    size_t start, end;
};
/* Breaks n bytes into lines of at most w columns (w >= 1); returns how many there are and stores
 * the first `max` in lines (NULL with 0 only counts). A text that is empty has one line. */
size_t ft_wrap(const char *text, size_t n, int w, struct ft_line *lines, size_t max);

/* Bytes of the text where the n-th place (from 0) of `needle` starts, capitals and small letters of
 * ASCII alike; places do not overlap. SIZE_MAX: there are fewer. */
size_t ft_rich_find(const struct ft_rich *t, const char *needle, size_t n);
size_t ft_rich_found(const struct ft_rich *t, const char *needle); /* how many places there are */
/* A copy in which all places of `needle` are shown, and the n-th as the one that is looked at. */
void ft_rich_mark(struct ft_rich *out, const struct ft_rich *t, const char *needle, size_t n);
/* The line, as wrapped into w columns, that byte `at` stands in. */
size_t ft_rich_line(const struct ft_rich *t, int w, size_t at);

/* Where a text view stands. Zero-initialise. */
struct ft_scroll {
    size_t top;   /* first line shown */
    size_t lines; /* all lines, known after drawing */
    int h;        /* lines shown, known after drawing */
};
/* Draws from s->top on (s may be NULL: from the start); corrects s->top when it is too far. */
void ft_rich_draw(struct ft_canvas *c, struct ft_rect r, const struct ft_rich *t,
                  struct ft_scroll *s);

/* Moves by the movement actions (up, down, pages, ends). true when it was one of them. */
bool ft_scroll_move(struct ft_scroll *s, enum ft_move move);

/* A plain text in the panel r, muted, as an empty panel says why it is empty. */
void ft_rich_muted(struct ft_canvas *c, struct ft_rect r, const char *text);

#endif

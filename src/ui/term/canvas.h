/* The screen as cells. Everything is drawn into a canvas; term.h sends the difference to the
 * terminal, tests and `:dump` write it as text. This unit does not use curses.
 *
 * Every function clips: any coordinate is allowed, nothing is drawn outside. Text is untrusted
 * UTF-8: invalid bytes become U+FFFD, controls ^X, bidirectional controls <202E>, a tab is one
 * blank, and each character takes its own width (East Asian wide ones two columns). In an `ascii`
 * canvas the signs and lines become + - | > and so on, and other characters "?"; with `ascii_signs`
 * the other characters stay.
 *
 *     ft_canvas_text(c, y, x, 20, FT_ROLE_ACCENT | FT_BOLD,
 *                    "a title that is truncated with ~ at 20 columns");
 *
 * Threads: a canvas belongs to one thread. */
#ifndef FT_UI_TERM_CANVAS_H
#define FT_UI_TERM_CANVAS_H

#include "ui/term/theme.h"
#include "util/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ft_rect {
    int y, x, h, w; /* rows and columns; h or w of 0 or less: nothing */
};

struct ft_cell {
    uint32_t cp;      /* code point; blank is ' ' */
    uint32_t mark[2]; /* combining marks, 0 when there is none */
    uint16_t style;   /* role and attributes */
    uint8_t width;    /* 1 or 2; 0: right half of the wide character before it */
    uint8_t line;     /* directions of box lines: up 1, down 2, left 4, right 8; 0 none */
};

struct ft_canvas {
    int h, w;
    struct ft_cell *cells; /* h * w, row after row */
    bool ascii;            /* no character outside ASCII */
    bool ascii_signs;      /* lines, braille and signs in ASCII, texts as they are */
};

/* Sets the size and blanks everything. Sizes below 1 become 1. Zero-initialise before the first
 * use. */
void ft_canvas_resize(struct ft_canvas *c, int h, int w);
void ft_canvas_release(struct ft_canvas *c);
void ft_canvas_clear(struct ft_canvas *c);
/* The cell, or NULL outside. */
struct ft_cell *ft_canvas_at(const struct ft_canvas *c, int y, int x);

/* One character of width 1 that the program itself chose (a sign, a box line, braille). */
void ft_canvas_put(struct ft_canvas *c, int y, int x, uint32_t cp, unsigned style);
/* Draws text in at most w columns and returns the columns it took. Text that does not fit is truncated,
 * and the last column is then a muted "~". Nothing after the text is blanked. */
int ft_canvas_textn(struct ft_canvas *c, int y, int x, int w, unsigned style, const char *text,
                    size_t n);
int ft_canvas_text(struct ft_canvas *c, int y, int x, int w, unsigned style, const char *text);
int ft_canvas_printf(struct ft_canvas *c, int y, int x, int w, unsigned style, const char *fmt, ...)
    __attribute__((format(printf, 6, 7)));
/* The same, ending at column x + w - 1. */
int ft_canvas_right(struct ft_canvas *c, int y, int x, int w, unsigned style, const char *text);
/* Text that is truncated without a mark (the message line, key line and row 1 show whole items). */
int ft_canvas_text_plain(struct ft_canvas *c, int y, int x, int w, unsigned style,
                         const char *text);

void ft_canvas_fill(struct ft_canvas *c, struct ft_rect r, uint32_t cp, unsigned style);
/* Gives the cells a new style; characters stay. */
void ft_canvas_restyle(struct ft_canvas *c, struct ft_rect r, unsigned style);
/* Copies what is below r of `from` into the same place of c. */
void ft_canvas_copy(struct ft_canvas *c, const struct ft_canvas *from, struct ft_rect r);

/* Lines that meet or cross are joined with the right box character. */
void ft_canvas_hline(struct ft_canvas *c, int y, int x0, int x1,
                     unsigned style); /* x1 not included */
void ft_canvas_vline(struct ft_canvas *c, int x, int y0, int y1, unsigned style);
/* A panel's title in the rule at row y, columns x..x+w-1: "─▸Rows 24,904 ───── right ─". The rule
 * joins the separators next to it, if any. `right` may be NULL. */
void ft_canvas_title(struct ft_canvas *c, int y, int x, int w, bool focused, const char *left,
                     const char *right);

/* "━━━╸" of `share` (0..1) of w columns from x, nothing after it; a share above 0 shows at least
 * "╸". Returns the columns drawn. */
int ft_canvas_bar(struct ft_canvas *c, int y, int x, int w, double share, unsigned style);
/* The same with the rest as "───": progress. */
void ft_canvas_progress(struct ft_canvas *c, int y, int x, int w, double share);

/* Columns that the text takes when drawn whole. */
int ft_text_width(const char *text, size_t n);
/* Bytes of the first characters that fit into w columns. */
size_t ft_text_fit(const char *text, size_t n, int w);
/* The first character of text (n > 0): its bytes; *cp gets the code point, U+FFFD for an invalid
 * byte. */
size_t ft_text_next(const char *text, size_t n, uint32_t *cp);
/* Appends a code point as UTF-8. */
void ft_text_add(struct ft_str *s, uint32_t cp);

/* Appends the canvas, or a part of it, as lines of text, without blanks at their ends. */
void ft_canvas_dump(const struct ft_canvas *c, struct ft_str *out);
void ft_canvas_dump_part(const struct ft_canvas *c, struct ft_rect r, struct ft_str *out);

#endif

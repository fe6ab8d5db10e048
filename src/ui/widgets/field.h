/* A text field: typing goes in, Ctrl-A E W U K B F D and the arrows edit as in a shell, a paste is
 * one event. The text is valid UTF-8 at any time. */
#ifndef FT_UI_WIDGETS_FIELD_H
#define FT_UI_WIDGETS_FIELD_H

#include "ui/term/canvas.h"
#include "ui/term/key.h"
#include "util/str.h"

#include <stdbool.h>
#include <stddef.h>

struct ft_field {
    struct ft_str text;
    size_t cursor;    /* byte offset, at a character's start */
    size_t max_bytes; /* 0: 64 KiB */
    bool multiline;   /* keeps newlines of a paste; Enter is still the caller's */
    bool secret;      /* shown as "*" */
    bool selected;    /* the whole text is chosen: the next character replaces it */
    /* A filter for what may be typed, or NULL (numbers only, for example). */
    bool (*accepts)(uint32_t cp);
    int top; /* first line or column shown */
};
void ft_field_release(struct ft_field *f);
void ft_field_set(struct ft_field *f, const char *text); /* cursor at the end */
void ft_field_insert(struct ft_field *f, const char *text, size_t n);
/* Takes out bytes from..to-1 (the start of characters, at most the text's length); the cursor
 * stands there then. */
void ft_field_erase(struct ft_field *f, size_t from, size_t to);
const char *ft_field_text(const struct ft_field *f);
/* true when the key was for the field. Enter, Esc, Tab, Up, Down and Alt keys are never eaten (Up
 * and Down are, inside a text of several lines). */
bool ft_field_key(struct ft_field *f, const struct ft_key *k, int w);
/* One line: draws the text scrolled so that the cursor is seen; the cursor is "_" after the text,
 * or the reversed character it stands on, when `focused`. */
void ft_field_draw(struct ft_canvas *c, int y, int x, int w, struct ft_field *f, bool focused);
/* Several lines, wrapped. */
void ft_field_draw_area(struct ft_canvas *c, struct ft_rect r, struct ft_field *f, bool focused);

/* One row of a form: "  * max_seq_length     256". `mark` is '*', '!' or ' '; value_style colours
 * the value. */
void ft_form_row(struct ft_canvas *c, int y, int x, int w, int name_w, char mark, const char *name,
                 unsigned value_style, const char *value);

#endif

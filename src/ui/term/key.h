/* Keys, as the terminal sends them and as people name them: "a", "Ctrl-R", "Alt-1", "Shift-Tab",
 * "Down", "PgUp", "F1", "Space". */
#ifndef FT_UI_TERM_KEY_H
#define FT_UI_TERM_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FT_KEY_LIST(X)                                                                             \
    X(UP, "Up")                                                                                    \
    X(DOWN, "Down")                                                                                \
    X(LEFT, "Left")                                                                                \
    X(RIGHT, "Right")                                                                              \
    X(HOME, "Home")                                                                                \
    X(END, "End")                                                                                  \
    X(PGUP, "PgUp")                                                                                \
    X(PGDN, "PgDn")                                                                                \
    X(INSERT, "Insert")                                                                            \
    X(DELETE, "Delete")                                                                            \
    X(BACKSPACE, "Backspace")                                                                      \
    X(TAB, "Tab")                                                                                  \
    X(ENTER, "Enter")                                                                              \
    X(ESC, "Esc")                                                                                  \
    X(F1, "F1")                                                                                    \
    X(F2, "F2")                                                                                    \
    X(F3, "F3")                                                                                    \
    X(F4, "F4")                                                                                    \
    X(F5, "F5")                                                                                    \
    X(F6, "F6")                                                                                    \
    X(F7, "F7")                                                                                    \
    X(F8, "F8")                                                                                    \
    X(F9, "F9")                                                                                    \
    X(F10, "F10")                                                                                  \
    X(F11, "F11")                                                                                  \
    X(F12, "F12")

enum ft_key_code {
    FT_KEY_NONE,
    FT_KEY_CHAR,  /* cp; Ctrl-A is 'a' with FT_MOD_CTRL */
    FT_KEY_PASTE, /* text, n */
    FT_KEY_MOUSE, /* y, x, button */
#define X(id, name) FT_KEY_##id,
    FT_KEY_LIST(X)
#undef X
        FT_KEY_COUNT
};

enum ft_key_mods { FT_MOD_SHIFT = 1, FT_MOD_CTRL = 2, FT_MOD_ALT = 4 };
enum ft_button { FT_BUTTON_NONE, FT_BUTTON_LEFT, FT_BUTTON_DOUBLE, FT_BUTTON_UP, FT_BUTTON_DOWN };

struct ft_key {
    enum ft_key_code code;
    unsigned mods;
    uint32_t cp;
    const char *text; /* FT_KEY_PASTE: belongs to who gives the key, until the next key */
    size_t n;
    int y, x;
    enum ft_button button;
};

/* false when `name` is not a key's name. A single character is that character. */
bool ft_key_parse(const char *name, struct ft_key *out);
/* The name into buf; returns buf. 24 bytes are always enough. */
char *ft_key_name(const struct ft_key *k, char *buf, size_t size);
bool ft_key_same(const struct ft_key *a, const struct ft_key *b);
/* Is it the plain character ch (no Ctrl, no Alt)? */
bool ft_key_is(const struct ft_key *k, char ch);
/* A character that a text field takes as it is. */
bool ft_key_is_text(const struct ft_key *k);

#endif

/* Colours by role. Code that draws names a role, never a number; this module turns a role into what
 * the terminal can show: true colour, 256, 16, 8 colours or none. Foreground and background stay
 * the terminal's own (-1). A sign or an attribute always goes with a colour, so nothing is lost
 * without.
 *
 * A "style" is a role with attributes or-ed to it: FT_ROLE_ACCENT | FT_BOLD.
 * Threads: main thread only. */
#ifndef FT_UI_TERM_THEME_H
#define FT_UI_TERM_THEME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ft_role {
    FT_ROLE_NORMAL,
    FT_ROLE_MUTED,  /* may be skipped */
    FT_ROLE_ACCENT, /* with "▸" or bold */
    FT_ROLE_GOOD,   /* with "✓" or "ok:" */
    FT_ROLE_WARN,   /* with "!" or "warn:" */
    FT_ROLE_BAD,    /* with "✗" or "error:" */
    FT_ROLE_SELECT, /* with "▸"; shown reversed */
    FT_ROLE_HEAT0,  /* six steps, with the number in the cell */
    FT_ROLE_HEAT1,
    FT_ROLE_HEAT2,
    FT_ROLE_HEAT3,
    FT_ROLE_HEAT4,
    FT_ROLE_HEAT5,
    FT_ROLE_GOLD,    /* with "{ }" */
    FT_ROLE_GUESS,   /* with "[ ]" */
    FT_ROLE_SERIES1, /* with "o x + * # @" */
    FT_ROLE_SERIES2,
    FT_ROLE_SERIES3,
    FT_ROLE_SERIES4,
    FT_ROLE_SERIES5,
    FT_ROLE_SERIES6,
    FT_ROLE_COUNT
};

enum ft_style_bits {
    FT_STYLE_ROLE = 0xff,
    FT_BOLD = 0x100,
    FT_UNDERLINE = 0x200,
    FT_REVERSE = 0x400,
};

enum ft_depth { FT_DEPTH_NONE, FT_DEPTH_8, FT_DEPTH_16, FT_DEPTH_256, FT_DEPTH_TRUE };

enum ft_palette { FT_PALETTE_DARK, FT_PALETTE_LIGHT, FT_PALETTE_PLAIN, FT_PALETTE_CONTRAST };

struct ft_theme {
    enum ft_palette palette;
    enum ft_depth depth;
    bool light; /* the terminal's background is light; contrast needs to know */
};

/* What a style looks like: colours are -1 (the terminal's own), an index below 256, or FT_RGB |
 * 0xrrggbb at FT_DEPTH_TRUE; `attrs` are FT_BOLD, FT_UNDERLINE, FT_REVERSE. */
#define FT_RGB 0x1000000
struct ft_look {
    int32_t fg, bg;
    unsigned attrs;
};
struct ft_look ft_theme_look(const struct ft_theme *t, unsigned style);

/* "dark", "light", "plain", "contrast"; false when it is none of them. */
bool ft_palette_parse(const char *name, enum ft_palette *out);
/* Switches; dark and light also set `light`. */
void ft_theme_set(struct ft_theme *t, enum ft_palette p);

/* How many colours to use. `colors` is what terminfo says (0 and below: none), `direct` whether a
 * terminfo entry with direct colour is at hand, `no_color` the --no-color option.
 * NO_COLOR (not empty) switches off unless CLICOLOR_FORCE is set; COLORTERM=truecolor|24bit says
 * true colour; TERM=dumb has none. */
enum ft_depth ft_theme_depth(int colors, bool direct, bool no_color);

/* From COLORFGBG ("15;0": the last number is the background). Returns 1 light, 0 dark, -1 unknown.
 */
int ft_theme_colorfgbg(const char *value);
/* From an answer to OSC 11 anywhere in `text` ("\033]11;rgb:ffff/ffff/ffff\033\\"); as above. */
int ft_theme_osc11(const char *text, size_t n);

/* The role of heat step 0..5 for a share 0..1 on a square-root scale; series i counts from 0. */
enum ft_role ft_role_heat(double share);
enum ft_role ft_role_series(int i);
/* The sign of series i: o x + * # @ */
char ft_series_sign(int i);

#endif

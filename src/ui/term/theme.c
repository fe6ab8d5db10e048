/* Colour roles to colours. One table of rows, a role each, for the terminal's five depths on dark
 * and light backgrounds, and a second, shorter one for the theme that is safe for the colour-blind.
 * Nothing here asks the terminal: term.c does, and hands what it learned to the pure functions
 * below. */
#include "ui/term/theme.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLACK, RED, GREEN, YELLOW, BLUE, MAGENTA, CYAN, GREY = 8, NO = -1 };

struct row {
    int16_t c16[2], c256[2]; /* dark, light */
    int32_t rgb[2];
    unsigned attrs;      /* at any depth */
    unsigned attrs_low;  /* below 256 colours */
    unsigned attrs_none; /* without colour */
    bool fill;           /* the colour is the background */
};

/* clang-format off */
static const struct row rows[FT_ROLE_COUNT] = {
    [FT_ROLE_NORMAL]  = {{NO, NO}, {NO, NO}, {NO, NO}, 0, 0, 0, false},
    [FT_ROLE_MUTED]   = {{GREY, GREY}, {245, 243}, {0x8a8f98, 0x6b7078}, 0, 0, 0, false},
    [FT_ROLE_ACCENT]  = {{CYAN, BLUE}, {75, 25}, {0x5fb4ff, 0x005fb0}, 0, 0, FT_BOLD, false},
    [FT_ROLE_GOOD]    = {{GREEN, GREEN}, {114, 28}, {0x7fd08a, 0x1d7a34}, 0, 0, 0, false},
    [FT_ROLE_WARN]    = {{YELLOW, MAGENTA}, {221, 130}, {0xf0c75e, 0xa85a00}, 0, 0, FT_BOLD, false},
    [FT_ROLE_BAD]     = {{RED, RED}, {203, 160}, {0xff6b60, 0xc81e1e}, 0, 0, FT_BOLD, false},
    [FT_ROLE_SELECT]  = {{NO, NO}, {NO, NO}, {NO, NO}, FT_REVERSE, 0, 0, false},
    [FT_ROLE_HEAT0]   = {{NO, NO}, {236, 254}, {0x1d2733, 0xf2f6fa}, 0, 0, 0, true},
    [FT_ROLE_HEAT1]   = {{NO, NO}, {24, 195}, {0x364d5c, 0xc4d5e0}, 0, 0, 0, true},
    [FT_ROLE_HEAT2]   = {{NO, NO}, {31, 152}, {0x4f7485, 0x96b3c6}, 0, 0, 0, true},
    [FT_ROLE_HEAT3]   = {{NO, NO}, {38, 110}, {0x699aad, 0x6792ad}, 0, 0, 0, true},
    [FT_ROLE_HEAT4]   = {{NO, NO}, {80, 67}, {0x82c1d6, 0x397093}, 0, 0, 0, true},
    [FT_ROLE_HEAT5]   = {{NO, NO}, {159, 24}, {0x9be7ff, 0x0b4f79}, 0, FT_BOLD, FT_BOLD, true},
    [FT_ROLE_GOLD]    = {{NO, NO}, {114, 28}, {0x7fd08a, 0x1d7a34}, 0, FT_UNDERLINE, FT_UNDERLINE, false},
    [FT_ROLE_GUESS]   = {{NO, NO}, {75, 25}, {0x5fb4ff, 0x005fb0}, 0, FT_REVERSE, FT_REVERSE, false},
    [FT_ROLE_SERIES1] = {{CYAN, CYAN}, {75, 25}, {0x5fb4ff, 0x005fb0}, 0, 0, 0, false},
    [FT_ROLE_SERIES2] = {{YELLOW, YELLOW}, {214, 130}, {0xe69f00, 0xa85a00}, 0, 0, 0, false},
    [FT_ROLE_SERIES3] = {{GREEN, GREEN}, {36, 29}, {0x2fbf9b, 0x00795c}, 0, 0, 0, false},
    [FT_ROLE_SERIES4] = {{RED, RED}, {203, 160}, {0xff6b60, 0xc81e1e}, 0, 0, 0, false},
    [FT_ROLE_SERIES5] = {{BLUE, BLUE}, {183, 97}, {0xc79be8, 0x7a4fa3}, 0, 0, 0, false},
    [FT_ROLE_SERIES6] = {{MAGENTA, MAGENTA}, {250, 240}, {0xbcbcbc, 0x585858}, 0, 0, 0, false},
};

/* Blue for good, orange for bad, purple for the accent: apart for the three common kinds of colour
 * blindness (after the palette of Okabe and Ito). Roles that are not here are as above. */
static const struct { enum ft_role role; struct row row; } safe_rows[] = {
    {FT_ROLE_ACCENT, {{MAGENTA, MAGENTA}, {182, 96}, {0xe6a3cf, 0x8a3d6b}, FT_BOLD, 0, 0, false}},
    {FT_ROLE_GOOD,   {{CYAN, BLUE}, {75, 25}, {0x56b4e9, 0x00558a}, 0, 0, 0, false}},
    {FT_ROLE_WARN,   {{YELLOW, MAGENTA}, {227, 94}, {0xf0e442, 0x7a5c00}, 0, 0, FT_BOLD, false}},
    {FT_ROLE_BAD,    {{RED, RED}, {208, 130}, {0xff8c3a, 0xb34700}, FT_BOLD, 0, 0, false}},
    {FT_ROLE_GOLD,   {{CYAN, BLUE}, {75, 25}, {0x56b4e9, 0x00558a}, FT_UNDERLINE, 0, 0, false}},
    {FT_ROLE_GUESS,  {{MAGENTA, MAGENTA}, {182, 96}, {0xe6a3cf, 0x8a3d6b}, 0, FT_REVERSE, FT_REVERSE, false}},
};
/* clang-format on */

static const struct row *find_row(const struct ft_theme *t, enum ft_role role)
{
    if (t->palette == FT_PALETTE_CONTRAST) {
        for (size_t i = 0; i < sizeof safe_rows / sizeof *safe_rows; i++)
            if (safe_rows[i].role == role) return &safe_rows[i].row;
    }
    return &rows[role];
}

/* The red, green and blue of one of the 256 colours (the 6 x 6 x 6 cube and the greys). */
static int32_t rgb_of_256(int i)
{
    static const int level[6] = {0, 95, 135, 175, 215, 255};
    if (i >= 232) {
        int32_t g = 8 + (i - 232) * 10;
        return g << 16 | g << 8 | g;
    }
    if (i < 16) return i < 8 ? 0x000000 : 0x808080;
    i -= 16;
    return level[i / 36] << 16 | level[i / 6 % 6] << 8 | level[i % 6];
}

/* Relative luminance by the weights of sRGB's primaries, on linear light. */
static double luminance(int32_t rgb)
{
    double sum = 0;
    static const double weight[3] = {0.2126, 0.7152, 0.0722};
    for (int k = 0; k < 3; k++) {
        double v = ((rgb >> (16 - 8 * k)) & 0xff) / 255.0;
        sum += weight[k] * (v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4));
    }
    return sum;
}

struct ft_look ft_theme_look(const struct ft_theme *t, unsigned style)
{
    unsigned role = style & FT_STYLE_ROLE;
    if (role >= FT_ROLE_COUNT) role = FT_ROLE_NORMAL;
    enum ft_depth depth = t->palette == FT_PALETTE_PLAIN ? FT_DEPTH_NONE : t->depth;
    const struct row *row = find_row(t, (enum ft_role)role);
    bool light = t->light;
    struct ft_look look = {-1, -1, row->attrs | (style & ~(unsigned)FT_STYLE_ROLE)};
    if (depth < FT_DEPTH_256) look.attrs |= row->attrs_low;
    int32_t colour = -1;
    switch (depth) {
    case FT_DEPTH_NONE:
        look.attrs |= row->attrs_none;
        return look;
    case FT_DEPTH_8:
        colour = row->c16[light] < 8 ? row->c16[light] : -1;
        break;
    case FT_DEPTH_16:
        colour = row->c16[light];
        break;
    case FT_DEPTH_256:
        colour = row->c256[light];
        break;
    case FT_DEPTH_TRUE:
        colour = row->rgb[light] < 0 ? -1 : FT_RGB | row->rgb[light];
        break;
    }
    if (!row->fill || colour < 0) {
        look.fg = colour;
        return look;
    }
    look.bg = colour;
    look.attrs &= ~(unsigned)FT_REVERSE; /* the fill shows it already */
    bool black = luminance(colour & FT_RGB ? colour & 0xffffff : rgb_of_256(colour)) > 0.179;
    if (depth == FT_DEPTH_TRUE)
        look.fg = FT_RGB | (black ? 0x000000 : 0xffffff);
    else
        look.fg = black ? 16 : 231;
    return look;
}

static const char *const palette_names[] = {"dark", "light", "plain", "contrast"};

bool ft_palette_parse(const char *name, enum ft_palette *out)
{
    for (size_t i = 0; i < sizeof palette_names / sizeof *palette_names; i++) {
        if (strcmp(name, palette_names[i])) continue;
        *out = (enum ft_palette)i;
        return true;
    }
    return false;
}

void ft_theme_set(struct ft_theme *t, enum ft_palette p)
{
    t->palette = p;
    if (p == FT_PALETTE_DARK || p == FT_PALETTE_LIGHT) t->light = p == FT_PALETTE_LIGHT;
}

static bool env_set(const char *name)
{
    const char *v = getenv(name);
    return v && *v;
}

enum ft_depth ft_theme_depth(int colors, bool direct, bool no_color)
{
    const char *term = getenv("TERM"), *force = getenv("CLICOLOR_FORCE");
    if (no_color) return FT_DEPTH_NONE;
    bool forced = force && *force && strcmp(force, "0");
    if (env_set("NO_COLOR") && !forced) return FT_DEPTH_NONE;
    if (!term || !strcmp(term, "dumb")) return FT_DEPTH_NONE;
    const char *ct = getenv("COLORTERM");
    bool truecolor = ct && (!strcmp(ct, "truecolor") || !strcmp(ct, "24bit"));
    if (direct && (truecolor || strstr(term, "-direct"))) return FT_DEPTH_TRUE;
    if (colors >= 256) return FT_DEPTH_256;
    if (colors >= 16) return FT_DEPTH_16;
    if (colors >= 8) return FT_DEPTH_8;
    return FT_DEPTH_NONE;
}

int ft_theme_colorfgbg(const char *value)
{
    const char *last = value ? strrchr(value, ';') : NULL;
    if (!last || !last[1]) return -1;
    char *end;
    long bg = strtol(last + 1, &end, 10);
    if (*end || bg < 0 || bg > 15) return -1;
    return bg == 7 || bg > 8;
}

int ft_theme_osc11(const char *text, size_t n)
{
    static const char head[] = "]11;rgb:";
    const char *at = memmem(text, n, head, sizeof head - 1);
    if (!at) return -1;
    const char *p = at + sizeof head - 1, *end = text + n;
    int32_t rgb = 0;
    for (int k = 0; k < 3; k++) {
        unsigned value = 0;
        int digits = 0;
        for (; p < end && digits < 4; p++, digits++) {
            const char *hex = "0123456789abcdef", *d;
            char ch = (char)(*p >= 'A' && *p <= 'F' ? *p + 32 : *p);
            if (!ch || !(d = strchr(hex, ch))) break;
            value = value * 16 + (unsigned)(d - hex);
        }
        if (!digits || (k < 2 && (p >= end || *p++ != '/'))) return -1;
        unsigned most = (1u << (4 * digits)) - 1;
        rgb = rgb << 8 | (int32_t)(value * 255 / most);
    }
    return luminance(rgb) > 0.179;
}

enum ft_role ft_role_heat(double share)
{
    if (!(share > 0)) return FT_ROLE_HEAT0;
    int step = (int)(sqrt(share < 1 ? share : 1) * 6);
    return (enum ft_role)(FT_ROLE_HEAT0 + (step > 5 ? 5 : step));
}

enum ft_role ft_role_series(int i)
{
    return (enum ft_role)(FT_ROLE_SERIES1 + (i % 6 + 6) % 6);
}

char ft_series_sign(int i)
{
    return "ox+*#@"[(i % 6 + 6) % 6];
}

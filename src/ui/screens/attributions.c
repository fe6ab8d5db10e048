/* See attributions.h. */
#include "ui/screens/attributions.h"

#include "ui/term/canvas.h"
#include "util/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LEVELS = 9, SHOWN = 2 }; /* levels below SHOWN have no number */

struct piece {
    size_t start, end; /* bytes of the text */
    int level;         /* -9 .. +9 */
};

/* Bytes of the first `chars` code points. */
static size_t bytes_of(const char *text, size_t n, size_t chars)
{
    size_t at = 0;
    uint32_t cp;
    for (; chars && at < n; chars--)
        at += ft_text_next(text + at, n - at, &cp);
    return at;
}

/* The tokens of the text in its order, none inside another. */
static size_t find_pieces(const char *text, size_t n, const struct ft_prediction *p,
                          struct piece *out)
{
    double most = 0;
    size_t at = 0, chars = 0, count = 0;
    for (size_t i = 0; i < p->token_n; i++)
        if (!p->tokens[i].special) most = fmax(most, fabs(p->tokens[i].attribution));
    for (size_t i = 0; i < p->token_n; i++) {
        const struct ft_predicted_token *t = &p->tokens[i];
        if (t->special || t->second || t->end <= t->start || t->start < chars) continue;
        struct piece *x = &out[count++];
        x->start = at + bytes_of(text + at, n - at, t->start - chars);
        x->end = x->start + bytes_of(text + x->start, n - x->start, t->end - t->start);
        x->level = most > 0 ? (int)lround(LEVELS * t->attribution / most) : 0;
        at = x->end;
        chars = t->end;
    }
    return count;
}

static unsigned style_of(int level)
{
    return level >= 5    ? FT_ROLE_GOOD | FT_BOLD
           : level >= 2  ? FT_ROLE_GOOD
           : level <= -5 ? FT_ROLE_BAD | FT_BOLD | FT_UNDERLINE
           : level <= -2 ? FT_ROLE_BAD | FT_UNDERLINE
                         : FT_ROLE_NORMAL;
}

/* Text from `from` to `to`, muted where it was not read. */
static void add(struct ft_rich *out, unsigned style, const char *text, size_t from, size_t to,
                size_t read)
{
    size_t mid = read < from ? from : read < to ? read : to;
    ft_rich_add(out, style, text + from, mid - from);
    ft_rich_add(out, FT_ROLE_MUTED, text + mid, to - mid);
}

/* The numbers of the pieces that begin in the line, each under its first character; one that has no
 * room beside the one before it is left out. */
static void add_numbers(struct ft_rich *out, const char *text, const struct ft_line *line, int w,
                        const struct piece *pieces, size_t n)
{
    enum { WIDTH = 2 };
    int end = 0; /* of the number before, and a blank */
    for (size_t i = 0; i < n; i++) {
        const struct piece *x = &pieces[i];
        if (x->start < line->start || x->start >= line->end || abs(x->level) < SHOWN) continue;
        int column = ft_text_width(text + line->start, x->start - line->start);
        if (column < end || column + WIDTH > w) continue;
        int gap = column - (end ? end - 1 : 0);
        ft_rich_addf(out, FT_ROLE_MUTED, "%*s%+d", gap, "", x->level);
        end = column + WIDTH + 1;
    }
    ft_rich_addz(out, FT_ROLE_NORMAL, "\n");
}

void ft_attributions(struct ft_rich *out, const char *text, const struct ft_prediction *p, int w)
{
    size_t n = strlen(text), read = p->read_bytes < n ? p->read_bytes : n;
    struct piece *pieces = ft_xcalloc(p->token_n + 1, sizeof *pieces);
    size_t pieces_n = find_pieces(text, n, p, pieces);
    if (w < 1) w = 1;
    size_t lines_n = ft_wrap(text, n, w, NULL, 0);
    struct ft_line *lines = ft_xcalloc(lines_n, sizeof *lines);
    ft_wrap(text, n, w, lines, lines_n);
    for (size_t l = 0, i = 0; l < lines_n; l++) {
        size_t at = lines[l].start;
        while (i < pieces_n && pieces[i].end <= at)
            i++;
        for (size_t k = i; k < pieces_n && pieces[k].start < lines[l].end; k++) {
            size_t from = pieces[k].start > at ? pieces[k].start : at;
            size_t to = pieces[k].end < lines[l].end ? pieces[k].end : lines[l].end;
            add(out, FT_ROLE_NORMAL, text, at, from, read);
            add(out, style_of(pieces[k].level), text, from, to, read);
            at = to;
        }
        add(out, FT_ROLE_NORMAL, text, at, lines[l].end, read);
        ft_rich_addz(out, FT_ROLE_NORMAL, "\n");
        add_numbers(out, text, &lines[l], w, pieces, pieces_n);
    }
    free(lines);
    free(pieces);
}

/* See attributions.h. */
#include "ui/attributions.h"

#include "ui/canvas.h"

#include <math.h>
#include <string.h>

/* Bytes of the first `chars` code points. */
static size_t bytes_of(const char *text, size_t n, size_t chars)
{
    size_t at = 0;
    uint32_t cp;
    for (; chars && at < n; chars--)
        at += ft_text_next(text + at, n - at, &cp);
    return at;
}

void ft_attributions(struct ft_rich *out, const char *text, const struct ft_prediction *p)
{
    size_t n = strlen(text), at = 0, chars = 0;
    size_t read = p->read_bytes < n ? p->read_bytes : n;
    double most = 0;
    for (size_t i = 0; i < p->token_n; i++)
        if (!p->tokens[i].special) most = fmax(most, fabs(p->tokens[i].attribution));
    for (size_t i = 0; i < p->token_n; i++) {
        const struct ft_predicted_token *t = &p->tokens[i];
        if (t->special || t->second || t->end <= t->start || t->start < chars) continue;
        size_t from = at + bytes_of(text + at, n - at, t->start - chars);
        size_t to = from + bytes_of(text + from, n - from, t->end - t->start);
        int level = most > 0 ? (int)lround(9 * t->attribution / most) : 0;
        unsigned style = level >= 5    ? FT_ROLE_GOOD | FT_BOLD
                         : level >= 2  ? FT_ROLE_GOOD
                         : level <= -5 ? FT_ROLE_BAD | FT_BOLD | FT_UNDERLINE
                         : level <= -2 ? FT_ROLE_BAD | FT_UNDERLINE
                                       : FT_ROLE_NORMAL;
        ft_rich_add(out, FT_ROLE_NORMAL, text + at, from - at);
        ft_rich_add(out, style, text + from, to - from);
        if (level >= 2 || level <= -2) ft_rich_addf(out, FT_ROLE_MUTED, "%+d", level);
        at = to;
        chars = t->end;
    }
    if (read > at) {
        ft_rich_add(out, FT_ROLE_NORMAL, text + at, read - at);
        at = read;
    }
    ft_rich_add(out, FT_ROLE_MUTED, text + at, n - at);
}

/* See entity_text.h. */
#include "ui/screens/entity_text.h"

#include "ui/term/theme.h"

#include <string.h>

enum { COLOURS = 6 };

static const char *type_of(const char *label)
{
    return *label && label[1] == '-' && strchr("BIES", *label) ? label + 2 : label;
}

unsigned ft_entity_style(const char *const *labels, size_t n, const char *type)
{
    int place = 0;
    for (size_t i = 0; i < n; i++) {
        const char *now = type_of(labels[i]);
        bool seen = !strcmp(now, "O");
        if (!strcmp(now, type)) break;
        for (size_t k = 0; k < i && !seen; k++)
            seen = !strcmp(type_of(labels[k]), now);
        place += !seen;
    }
    return (unsigned)ft_role_series(place % COLOURS) | FT_BOLD;
}

void ft_entity_text(struct ft_rich *out, const char *text, size_t n,
                    const struct ft_entity_mark *marks, size_t marks_n, size_t *at)
{
    size_t done = 0;
    for (size_t i = 0; i < marks_n; i++) {
        const struct ft_entity_mark *m = &marks[i];
        if (m->start < done || m->end > n || m->end <= m->start) continue;
        unsigned style = m->style | (m->lit ? (unsigned)FT_REVERSE : 0);
        ft_rich_add(out, FT_ROLE_NORMAL, text + done, m->start - done);
        if (m->lit && at) *at = out->text.len;
        ft_rich_addz(out, style, "[");
        ft_rich_add(out, style, text + m->start, m->end - m->start);
        ft_rich_addf(out, style & ~(unsigned)FT_BOLD, " %s]", m->type);
        done = m->end;
    }
    ft_rich_add(out, FT_ROLE_NORMAL, text + done, n - done);
}

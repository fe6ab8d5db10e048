/* Pages over the body. The help page is made from the action table, so it can't be out of date. */
#include "ui/overlay.h"

#include <stdio.h>
#include <string.h>

void ft_overlay_release(struct ft_overlay *o)
{
    ft_rich_release(&o->text);
    *o = (struct ft_overlay){0};
}

void ft_overlay_help(struct ft_overlay *o, enum ft_scope s)
{
    struct ft_str rows = {0};
    ft_overlay_release(o);
    ft_action_help(s, &rows);
    o->text.hang = 17; /* below the help of a key */
    bool first = true;
    for (const char *p = ft_str_text(&rows); *p;) {
        size_t n = strcspn(p, "\n"), keys = strcspn(p, "\t\n");
        if (keys == n) { /* a scope's head */
            if (!first) ft_rich_addz(&o->text, FT_ROLE_NORMAL, "\n");
            ft_rich_add(&o->text, FT_ROLE_ACCENT | FT_BOLD, p, n);
        } else {
            const char *help = p + keys + 1, *word = memchr(help, '\t', n - keys - 1);
            size_t help_n = word ? (size_t)(word - help) : n - keys - 1;
            int pad = 14 - ft_text_width(p, keys);
            ft_rich_addz(&o->text, FT_ROLE_NORMAL, "  ");
            ft_rich_add(&o->text, FT_BOLD, p, keys);
            ft_rich_addf(&o->text, FT_ROLE_NORMAL, "%*s ", pad > 0 ? pad : 0, "");
            ft_rich_add(&o->text, FT_ROLE_NORMAL, help, help_n);
            if (word && n - keys - 2 > help_n) {
                ft_rich_addz(&o->text, FT_ROLE_NORMAL, "  ");
                ft_rich_add(&o->text, FT_ROLE_MUTED, word + 1, strcspn(word + 1, " \n"));
            }
        }
        ft_rich_addz(&o->text, FT_ROLE_NORMAL, "\n");
        first = false;
        p += n + (p[n] == '\n');
    }
    ft_str_release(&rows);
    snprintf(o->title, sizeof o->title, "Keys");
    o->open = true;
}

void ft_overlay_draw(struct ft_canvas *c, struct ft_rect body, struct ft_overlay *o)
{
    ft_canvas_fill(c, body, ' ', FT_ROLE_NORMAL);
    if (body.h < 2) return;
    struct ft_rect inside = {body.y + 1, body.x + 1, body.h - 1, body.w - 2};
    ft_rich_draw(c, inside, &o->text, &o->scroll);
    char where[64] = "Esc closes";
    if (o->scroll.lines > (size_t)o->scroll.h)
        snprintf(where, sizeof where, "%zu of %zu lines, Esc closes",
                 o->scroll.top + (size_t)o->scroll.h, o->scroll.lines);
    ft_canvas_title(c, body.y, body.x, body.w, true, o->title, where);
}

bool ft_overlay_act(struct ft_overlay *o, enum ft_action a)
{
    return ft_scroll_act(&o->scroll, a);
}

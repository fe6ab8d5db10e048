/* Pages over the body. The help page is made from the action table, so it can't be out of date. */
#include "ui/app/overlay.h"

#include <stdio.h>
#include <string.h>

void ft_overlay_release(struct ft_overlay *o)
{
    ft_rich_release(&o->text);
    *o = (struct ft_overlay){0};
}

/* A line of ft_action_help: keys, help, word and, when it does not work now, why. */
static void add_key(struct ft_rich *out, const char *line)
{
    const char *field[4] = {"", "", "", NULL};
    size_t len[4] = {0};
    for (int i = 0; i < 4; i++) {
        field[i] = line;
        len[i] = strcspn(line, "\t\n");
        if (i == 3 || line[len[i]] != '\t') break;
        line += len[i] + 1;
    }
    bool now = !field[3];
    unsigned style = now ? FT_ROLE_NORMAL : FT_ROLE_MUTED;
    int pad = 14 - ft_text_width(field[0], len[0]);
    ft_rich_addz(out, FT_ROLE_NORMAL, "  ");
    ft_rich_add(out, now ? FT_BOLD : FT_ROLE_MUTED, field[0], len[0]);
    ft_rich_addf(out, FT_ROLE_NORMAL, "%*s ", pad > 0 ? pad : 0, "");
    ft_rich_add(out, style, field[1], len[1]);
    if (len[2]) {
        ft_rich_addz(out, FT_ROLE_NORMAL, "  ");
        ft_rich_add(out, FT_ROLE_MUTED, field[2], strcspn(field[2], " \t\n"));
    }
    if (!now)
        ft_rich_addf(out, FT_ROLE_WARN, "  not now%s%.*s", len[3] ? ": " : "", (int)len[3],
                     field[3]);
}

void ft_overlay_help(struct ft_overlay *o, enum ft_scope s, ft_action_works_fn *works, void *arg)
{
    struct ft_str rows = {0};
    ft_overlay_release(o);
    ft_action_help(s, works, arg, &rows);
    o->text.hang = 17; /* below the help of a key */
    bool first = true;
    for (const char *p = ft_str_text(&rows); *p;) {
        size_t n = strcspn(p, "\n");
        if (strcspn(p, "\t\n") < n) {
            add_key(&o->text, p);
        } else { /* a scope's head */
            if (!first) ft_rich_addz(&o->text, FT_ROLE_NORMAL, "\n");
            ft_rich_add(&o->text, FT_ROLE_ACCENT | FT_BOLD, p, n);
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
    return ft_scroll_move(&o->scroll, ft_action_move(a));
}

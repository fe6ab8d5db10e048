/* Pages over the body, which can be searched. The help page is made from the action table, so it
 * can't be out of date. */
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

static void where_text(const struct ft_overlay *o, char *buf, size_t size)
{
    size_t n = strlen(buf);
    if (*o->find)
        snprintf(buf, size, "%zu of %zu found: %s, Esc ends", o->place + 1,
                 ft_rich_found(&o->text, o->find), o->find);
    else if (o->scroll.lines > (size_t)o->scroll.h)
        snprintf(buf + n, size - n, "%zu of %zu lines, Esc closes",
                 o->scroll.top + (size_t)o->scroll.h, o->scroll.lines);
    else
        snprintf(buf + n, size - n, "Esc closes");
}

void ft_overlay_draw(struct ft_canvas *c, struct ft_rect body, struct ft_overlay *o)
{
    ft_canvas_fill(c, body, ' ', FT_ROLE_NORMAL);
    if (body.h < 2) return;
    struct ft_rect inside = {body.y + 1, body.x + 1, body.h - 1, body.w - 2};
    char where[200] = "";
    o->w = inside.w;
    if (*o->find) {
        struct ft_rich marked;
        ft_rich_mark(&marked, &o->text, o->find, o->place);
        ft_rich_draw(c, inside, &marked, &o->scroll);
        ft_rich_release(&marked);
    } else {
        ft_rich_draw(c, inside, &o->text, &o->scroll);
    }
    where_text(o, where, sizeof where);
    ft_canvas_title(c, body.y, body.x, body.w, true, o->title, where);
}

/* --- finding --- */

static size_t line_of(const struct ft_overlay *o, size_t place)
{
    return ft_rich_line(&o->text, o->w, ft_rich_find(&o->text, o->find, place));
}

/* Shows the place looked at, with a line above it where it was not on the page. */
static void show_place(struct ft_overlay *o)
{
    size_t line = line_of(o, o->place);
    bool shown = line >= o->scroll.top && line < o->scroll.top + (size_t)o->scroll.h;
    if (!shown) o->scroll.top = line ? line - 1 : 0;
}

bool ft_overlay_find(struct ft_overlay *o, const char *text)
{
    if (!*text) {
        o->find[0] = 0;
        return true;
    }
    char want[sizeof o->find];
    snprintf(want, sizeof want, "%s", text);
    size_t n = ft_rich_found(&o->text, want), first = 0;
    if (!n) return false;
    memcpy(o->find, want, sizeof want);
    while (first < n && line_of(o, first) < o->scroll.top)
        first++;
    o->place = first < n ? first : 0;
    show_place(o);
    return true;
}

bool ft_overlay_find_next(struct ft_overlay *o, bool before)
{
    if (!*o->find) return false;
    size_t n = ft_rich_found(&o->text, o->find);
    o->place = (o->place + (before ? n - 1 : 1)) % n;
    show_place(o);
    return true;
}

bool ft_overlay_act(struct ft_overlay *o, enum ft_action a)
{
    return ft_scroll_move(&o->scroll, ft_action_move(a));
}

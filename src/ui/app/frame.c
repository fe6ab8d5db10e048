/* Drawing of the whole screen: the way, the panels of the current view, the message, the keys. Each
 * panel is drawn into a canvas of its own and copied, so that no view can draw outside its
 * rectangle. */
#include "ui/app/app_in.h"

#include "util/clock.h"

#include <stdio.h>
#include <string.h>

enum { WIDE = 120, FULL_W = 80, FULL_H = 24 };

bool app_typing(struct ft_app *app)
{
    struct ft_view *v = app_now(app);
    return v && v->typing && v->typing(v);
}

enum ft_scope app_scope(struct ft_app *app)
{
    struct ft_view *v = app_now(app);
    if (!v) return FT_SCOPE_ALL;
    if (app_typing(app)) return FT_SCOPE_FIELD;
    return v->panels[v->focus].scope;
}

bool app_can(struct ft_app *app, enum ft_action a)
{
    struct ft_view *v = app_now(app);
    return !v || !v->can || v->can(v, a);
}

bool app_works(void *arg, enum ft_action a, char *why, size_t size)
{
    struct ft_app *app = arg;
    struct ft_view *v = app_now(app);
    bool own = ft_action_row(a)->scope == FT_SCOPE_ALL && !ft_action_by_screen(a) &&
               a != FT_ACT_UNDO && a != FT_ACT_TRAIN;
    why[0] = 0;
    if (own || app_can(app, a)) return true;
    if (v->why_not) v->why_not(v, a, why, size);
    if (!*why && ft_action_by_screen(a)) snprintf(why, size, "not available on this screen");
    return false;
}

static void mark_of(struct ft_view *v, char *buf, size_t size)
{
    buf[0] = 0;
    if (v->mark) v->mark(v, buf, size);
}

static unsigned mark_style(const char *mark)
{
    if (!strcmp(mark, "\u2713")) return FT_ROLE_GOOD;
    if (*mark == '!') return FT_ROLE_WARN | FT_BOLD;
    return FT_ROLE_ACCENT;
}

/* " 1 Data✓ " or "[1 Data✓]"; returns the columns. A mark that is a word ("70%") has a blank before
 * it. */
static int way_item(struct ft_app *app, int i, int x)
{
    struct ft_canvas *c = &app->canvas;
    struct ft_view *v = app->views[i];
    char mark[24], name[64];
    bool now = i == app->now, word;
    unsigned style = now ? FT_ROLE_ACCENT | FT_BOLD : FT_ROLE_NORMAL;
    mark_of(v, mark, sizeof mark);
    word = *mark >= '0' && *mark <= '9';
    snprintf(name, sizeof name, "%c%d %s%s", now ? '[' : ' ', i + 1, v->name, word ? " " : "");
    int at = x;
    at += ft_canvas_text_plain(c, 0, at, c->w - at, style, name);
    at += ft_canvas_text_plain(c, 0, at, c->w - at, mark_style(mark), mark);
    at += ft_canvas_text_plain(c, 0, at, c->w - at, style, now ? "]" : " ");
    return at - x;
}

static void draw_way(struct ft_app *app, enum ft_form form)
{
    struct ft_canvas *c = &app->canvas;
    int x = 0;
    if (form == FT_FORM_SINGLE && c->w < FULL_W) {
        if (!app->views_n) return;
        x = way_item(app, app->now, 0);
        ft_canvas_printf(c, 0, x + 1, c->w - x - 1, FT_ROLE_MUTED, "%d/%d", app->now + 1,
                         app->views_n);
        return;
    }
    for (int i = 0; i < app->views_n; i++) {
        if (i) {
            bool last = i == app->views_n - 1;
            ft_canvas_put(c, 0, x++, last ? 0x2502 : 0x203a, FT_ROLE_MUTED);
        }
        x += way_item(app, i, x);
    }
    char status[160] = "";
    if (c->w < WIDE || !app->hooks.status) return;
    app->hooks.status(app->hooks.arg, status, sizeof status);
    if (c->w - x > 4) ft_canvas_right(c, 0, x + 2, c->w - x - 3, FT_ROLE_MUTED, status);
}

/* --- panels --- */

/* As it would be on a screen of 80x24 or more. */
static void solve_with_room(struct ft_view *v, int h, int w, struct ft_layout *l)
{
    int all_h = h > FULL_H ? h : FULL_H, all_w = w > FULL_W ? w : FULL_W;
    ft_layout_solve(l, v->layout(v, all_h - 3, all_w), (struct ft_rect){1, 0, all_h - 3, all_w});
}

/* One panel alone: below the head of the screen where that leaves it room enough. */
static void single_form(struct ft_view *v, struct ft_rect body, struct ft_layout *l)
{
    enum { HEAD_MOST = 2, LEAST = 12 };
    struct ft_layout all = {0};
    struct ft_rect head = {0};
    int at = -1;
    solve_with_room(v, body.h + 3, body.w, &all);
    for (int p = 0; p < v->panels_n && p < FT_PANELS_MAX && at < 0; p++)
        if (v->panels[p].bare && all.panel[p].h > 0 && all.panel[p].y == 1) at = p;
    if (at >= 0) head = all.panel[at];
    bool shown = at >= 0 && head.h <= HEAD_MOST && body.h - head.h >= LEAST;
    struct ft_rect rest = body;
    if (shown) rest.y += head.h, rest.h -= head.h;
    ft_layout_single(l, v->focus, v->panels[v->focus].bare, rest);
    if (!shown) return;
    l->panel[at] = (struct ft_rect){body.y, body.x, head.h, body.w};
    l->bare[at] = true;
}

int app_panels(struct ft_view *v, int h, int w, int *out)
{
    int n = 0;
    struct ft_layout l = {0};
    if (ft_layout_form(h, w) != FT_FORM_FULL || v->zoom)
        solve_with_room(v, h, w, &l);
    else
        ft_layout_solve(&l, v->layout(v, h - 3, w), (struct ft_rect){1, 0, h - 3, w});
    for (int p = 0; p < v->panels_n && p < FT_PANELS_MAX; p++)
        if (l.panel[p].h > 0 && !v->panels[p].bare) out[n++] = p;
    return n;
}

static void draw_panel(struct ft_app *app, struct ft_view *v, int p)
{
    struct ft_canvas *c = &app->canvas, *s = &app->scratch;
    struct ft_rect inside = ft_layout_inside(&v->shown, p);
    bool focused = p == v->focus && !v->panels[p].bare;
    if (inside.h > 0) {
        ft_canvas_fill(s, inside, ' ', FT_ROLE_NORMAL);
        v->draw(v, p, s, inside, focused);
        ft_canvas_copy(c, s, inside);
    }
}

static void draw_title(struct ft_app *app, struct ft_view *v, int p)
{
    struct ft_rect r = v->shown.panel[p];
    struct ft_title t = {0};
    if (r.h <= 0 || v->shown.bare[p]) return;
    if (v->title) v->title(v, p, &t);
    if (!*t.left) snprintf(t.left, sizeof t.left, "%s", v->panels[p].name);
    ft_canvas_title(&app->canvas, r.y, r.x, r.w, p == v->focus, t.left, t.right);
}

/* Is there a vertical rule next to row y at column x? */
static bool rule_beside(const struct ft_layout *l, int y, int x)
{
    for (int p = 0; p < FT_PANELS_MAX; p++) {
        struct ft_rect r = l->panel[p];
        if (r.h > 0 && !l->bare[p] && r.y == y && x >= r.x - 1 && x <= r.x + r.w) return true;
    }
    return false;
}

static void draw_body(struct ft_app *app, struct ft_view *v, enum ft_form form)
{
    struct ft_rect body = {1, 0, app->h - 3, app->w};
    int panels[FT_PANELS_MAX], n = app_panels(v, app->h, app->w, panels);
    bool there = false;
    for (int i = 0; i < n; i++)
        there |= panels[i] == v->focus;
    if (!there && n) v->focus = panels[0];
    if (form == FT_FORM_SINGLE)
        single_form(v, body, &v->shown);
    else if (v->zoom)
        ft_layout_single(&v->shown, v->focus, v->panels[v->focus].bare, body);
    else
        ft_layout_solve(&v->shown, v->layout(v, body.h, body.w), body);
    for (int p = 0; p < v->panels_n && p < FT_PANELS_MAX; p++)
        draw_panel(app, v, p);
    for (int i = 0; i < v->shown.separators_n; i++) {
        struct ft_separator s = v->shown.separators[i];
        bool joins = s.y1 < body.y + body.h && rule_beside(&v->shown, s.y1, s.x);
        ft_canvas_vline(&app->canvas, s.x, s.y0, s.y1 + joins, FT_ROLE_MUTED);
    }
    for (int p = 0; p < v->panels_n && p < FT_PANELS_MAX; p++)
        draw_title(app, v, p);
}

/* --- the key line --- */

static int footer_add(struct ft_app *app, const char *text, int x, int limit, enum ft_action a)
{
    struct ft_canvas *c = &app->canvas;
    int w = ft_text_width(text, strlen(text));
    if (x + w > limit) return -1;
    const char *label = strchr(text, ' ');
    int keys = label ? (int)(label - text) : w;
    ft_canvas_text_plain(c, c->h - 1, x, w, FT_ROLE_MUTED, text);
    ft_canvas_restyle(c, (struct ft_rect){c->h - 1, x, 1, keys}, FT_BOLD);
    if (app->spots_n < APP_FOOTER_MAX) app->spots[app->spots_n++] = (struct footer_spot){x, w, a};
    return x + w + (c->w >= WIDE ? 3 : 2);
}

static void draw_keys(struct ft_app *app)
{
    struct ft_canvas *c = &app->canvas;
    int y = c->h - 1;
    app->spots_n = 0;
    if (app->line == LINE_COMMAND || app->line == LINE_PROMPT) {
        const struct ft_prompt *p = &app->prompt;
        bool names = p->kind && *p->kind, any = p->matches.n > 0;
        names = names || p->choosing; /* arrows are the list's */
        ft_canvas_printf(c, y, 1, c->w - 1, FT_ROLE_MUTED, "Enter accept  %s%sEsc close",
                         any || names || !p->kind ? "Tab complete  " : "",
                         !names && p->history ? "Up history  "
                         : any                ? "Up Down choose  "
                                              : "");
        return;
    }
    if (app->line == LINE_ASK) {
        ft_canvas_text_plain(c, y, 1, c->w - 1, FT_ROLE_MUTED, app->ask_keys);
        return;
    }
    if (app->overlay.open) {
        ft_canvas_text_plain(c, y, 1, c->w - 1, FT_ROLE_MUTED,
                             "Up Down PgUp PgDn scroll  / find  n N next  y copy  Esc back");
        return;
    }
    enum ft_scope scope = app_scope(app);
    bool typing = scope == FT_SCOPE_FIELD;
    const struct ft_footer_item *items;
    size_t n = ft_footer_items(scope, &items);
    const char *help = "? help";
    int x = 1, limit = c->w - (typing ? 0 : (int)strlen(help) + (c->w >= WIDE ? 3 : 2));
    struct ft_view *v = app_now(app);
    for (size_t i = 0; i < n; i++) {
        struct ft_footer_item item = items[i];
        char text[80];
        if (!typing && !ft_action_reached(scope, item.a)) continue;
        if (!app_can(app, item.a)) continue;
        const char *label = v && v->label ? v->label(v, item.a) : NULL;
        if (label) item.label = label;
        int next =
            footer_add(app, ft_footer_text(&item, scope, text, sizeof text), x, limit, item.a);
        if (next < 0) break;
        x = next;
    }
    if (!typing) footer_add(app, help, x, c->w, FT_ACT_HELP);
}

/* --- all of it --- */

/* Below 40x10: "fettle 4 Train 70% loss .118, needs 40x10"; the program's name goes first. */
static void draw_line_form(struct ft_app *app)
{
    struct ft_canvas *c = &app->canvas;
    struct ft_view *v = app_now(app);
    char mark[24] = "", brief[80] = "", line[200];
    if (v) mark_of(v, mark, sizeof mark);
    if (app->hooks.brief) app->hooks.brief(app->hooks.arg, brief, sizeof brief);
    int n = snprintf(line, sizeof line, "fettle %d %s%s%s%s%s, needs 40x10", app->now + 1,
                     v ? v->name : "", *mark >= '0' && *mark <= '9' ? " " : "", mark,
                     *brief ? " " : "", brief);
    bool fits = ft_text_width(line, (size_t)n) <= c->w;
    ft_canvas_text(c, 0, 0, c->w, FT_ROLE_NORMAL, fits ? line : line + strlen("fettle "));
}

void app_draw(struct ft_app *app)
{
    struct ft_canvas *c = &app->canvas;
    if (app->h != c->h || app->w != c->w) {
        ft_canvas_resize(c, app->h, app->w);
        ft_canvas_resize(&app->scratch, app->h, app->w);
    }
    ft_canvas_clear(c);
    enum ft_form form = ft_layout_form(app->h, app->w);
    struct ft_view *v = app_now(app);
    if (form == FT_FORM_LINE && (app->line || ft_message_line_said(&app->message, FT_SAY_OK))) {
        if (app->h > 1) draw_line_form(app);
        app_line_draw(app, (struct ft_rect){app->h > 1, 0, app->h - (app->h > 1), app->w});
    } else if (form == FT_FORM_LINE) {
        draw_line_form(app);
    } else {
        draw_way(app, form);
        struct ft_rect body = {1, 0, app->h - 3, app->w};
        if (app->overlay.open)
            ft_overlay_draw(c, body, &app->overlay);
        else if (v)
            draw_body(app, v, form);
        app_line_draw(app, (struct ft_rect){1, 0, app->h - 2, app->w});
        draw_keys(app);
    }
    app->dirty = app->urgent = false;
    app->drawn_s = ft_now_s();
    if (app->term) ft_term_blit(app->term, c, &app->theme);
}

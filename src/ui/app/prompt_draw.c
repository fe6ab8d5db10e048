/* Drawing of the prompt, from the bottom up: the field, the error, the list. Whatever the size, the
 * field and the error come first. */
#include "ui/app/prompt.h"

#include "ui/widgets/rich.h"
#include "util/str.h"

#include <stdio.h>
#include <string.h>

enum { ERROR_ROWS = 4, LIST_LEAST = 3, FIELD_LEAST = 12 };

/* The words in brackets of a label explain it: they go first where there is no room. */
static int draw_label(struct ft_canvas *c, int y, int w, const char *label)
{
    const char *extra = strstr(label, " (");
    size_t n = strlen(label);
    int most = w > 2 * FIELD_LEAST ? w - FIELD_LEAST : w / 2;
    unsigned style = FT_ROLE_ACCENT | FT_BOLD;
    bool cut = ft_text_width(label, n) + 1 > (extra ? w / 2 : most);
    if (!cut || !extra) return 1 + ft_canvas_textn(c, y, 1, most, style, label, n);
    int x = 1 + ft_canvas_textn(c, y, 1, most - 1, style, label, (size_t)(extra - label));
    ft_canvas_put(c, y, x, ':', style);
    return x + 1;
}

static void draw_line(struct ft_prompt *p, struct ft_canvas *c, int y, const char *label,
                      bool error)
{
    int x = draw_label(c, y, c->w, label), room = c->w - x - 1;
    if (p->kind) {
        x++;
        room--;
    }
    int text = ft_text_width(ft_field_text(&p->field), p->field.text.len) + 2;
    int hint = ft_text_width(p->hint, strlen(p->hint)), left = room - text - 1;
    if (hint > left && p->hint_bad && !error) { /* the text moves to make room */
        int half = room / 2;
        left = left > half ? left : half;
    }
    p->field_x = x;
    p->field_y = y;
    if (hint && left >= FIELD_LEAST && !(error && p->hint_bad)) {
        if (hint > left) hint = left;
        ft_canvas_text(c, y, c->w - 1 - hint, hint, p->hint_bad ? FT_ROLE_BAD : FT_ROLE_MUTED,
                       p->hint);
        room -= hint + 2;
    }
    ft_field_draw(c, y, x, room, &p->field, true);
}

static int draw_error(struct ft_canvas *c, struct ft_rect area, const char *error)
{
    struct ft_line lines[ERROR_ROWS];
    const char *word = "error:";
    int most = area.h - 1 < ERROR_ROWS ? area.h - 1 : ERROR_ROWS, w = c->w - 2;
    if (most < 1 || w < 1) return 0;
    size_t n = ft_wrap(error, strlen(error), w, lines, (size_t)most), shown = n;
    if (shown > (size_t)most) shown = (size_t)most;
    struct ft_rect r = {area.y + area.h - 1 - (int)shown, 0, (int)shown, c->w};
    ft_canvas_fill(c, r, ' ', FT_ROLE_NORMAL);
    for (size_t i = 0; i < shown; i++) {
        size_t end =
            i + 1 == shown ? strlen(error) : lines[i].end; /* the rest is cut with a mark */
        ft_canvas_textn(c, r.y + (int)i, 1, w, FT_ROLE_NORMAL, error + lines[i].start,
                        end - lines[i].start);
    }
    if (!strncmp(error, word, strlen(word)))
        ft_canvas_text(c, r.y, 1, w, FT_ROLE_BAD | FT_BOLD, word);
    return (int)shown;
}

static void draw_match(void *arg, size_t i, struct ft_canvas *c, int y, int x, int w)
{
    struct ft_prompt *p = arg;
    struct ft_match *one = &p->matches.items[i];
    const char *note = ft_match_note(one);
    int name = ft_text_width(one->text, strlen(one->text)),
        tail = ft_text_width(note, strlen(note));
    unsigned style = ft_match_is_folder(one) ? FT_ROLE_ACCENT : FT_ROLE_NORMAL;
    if (p->choosing && i == p->list.selected)
        ft_canvas_put(c, y, x, 0x25b8, FT_ROLE_ACCENT | FT_BOLD);
    x++;
    w--;
    int at = one->path ? w - tail - 1 : 22; /* sizes stand right, help texts in a column */
    if (!one->path && at < name + 2) at = name + 2;
    if (one->path && name > w - 20 && w > 40) { /* a long path shows its end */
        int room = at > 4 ? at - 2 : w;
        size_t skip = ft_text_fit(one->text, strlen(one->text), name - room + 1);
        if (name > room) {
            ft_canvas_text(c, y, x, 1, FT_ROLE_MUTED, "~");
            ft_canvas_text(c, y, x + 1, room - 1, style, one->text + skip);
        } else {
            ft_canvas_text(c, y, x, room, style, one->text);
        }
    } else {
        ft_canvas_text(c, y, x, w, style, one->text);
    }
    bool room = one->path ? at > name + 1 || w > 40 : at < w - 8;
    if (*note && room && at > 0) ft_canvas_text(c, y, x + at, w - at, FT_ROLE_MUTED, note);
}

/* The list over the lowest rows of what is left. */
static void draw_list(struct ft_prompt *p, struct ft_canvas *c, struct ft_rect left)
{
    char title[80], n[32];
    int most = left.h / 2 > LIST_LEAST ? left.h / 2 : LIST_LEAST;
    if (most > 20) most = 20;
    if (left.h < 2 || !p->matches.n) return;
    int rows = p->matches.n < (size_t)most ? (int)p->matches.n : most;
    if (rows > left.h - 1) rows = left.h - 1;
    struct ft_rect r = {left.y + left.h - rows, 0, rows, c->w};
    ft_canvas_fill(c, (struct ft_rect){r.y - 1, 0, rows + 1, c->w}, ' ', FT_ROLE_NORMAL);
    ft_format_count(n, sizeof n, (long long)p->matches.n);
    if (p->matches.n > (size_t)rows)
        snprintf(title, sizeof title, "%zu of %s",
                 p->choosing ? p->list.selected + 1 : (size_t)rows, n);
    else
        snprintf(title, sizeof title, "%s", n);
    ft_canvas_title(c, r.y - 1, 0, c->w, false, p->kind ? "Candidates" : "Commands", title);
    r.w = c->w - 1;
    ft_list_draw(c, r, &p->list, p->choosing, draw_match, p);
    p->list_at = r;
}

void ft_prompt_draw(struct ft_prompt *p, struct ft_canvas *c, struct ft_rect area,
                    const char *label, const char *error)
{
    int y = area.y + area.h - 1;
    p->list_at = (struct ft_rect){0};
    if (area.h < 1) return;
    ft_canvas_fill(c, (struct ft_rect){y, 0, 1, c->w}, ' ', FT_ROLE_NORMAL);
    if (error && area.h == 1) {
        ft_canvas_text(c, y, 0, c->w, FT_ROLE_BAD, error);
        return;
    }
    draw_line(p, c, y, label, error != NULL);
    area.h -= 1;
    if (error) area.h -= draw_error(c, (struct ft_rect){area.y, 0, area.h + 1, c->w}, error);
    draw_list(p, c, area);
}

/* The token panel of screen 2: a text and its pieces with id and place, in blocks as wide as the
 * panel. */
#include "ui/screens/view_model_in.h"

#include <stdio.h>
#include <string.h>

enum { NAME_W = 7, PIECE_MOST = 24, BLOCK_ROWS = 3 };

static int piece_width(const struct ft_piece *p)
{
    char id[32];
    int w = ft_text_width(p->text, strlen(p->text)), n;
    if (w > PIECE_MOST) w = PIECE_MOST;
    n = snprintf(id, sizeof id, "%d", (int)p->id);
    if (n > w) w = n;
    n = snprintf(id, sizeof id, "%u", p->start);
    return n > w ? n : w;
}

/* How many pieces from `from` on fit into one block. */
static size_t block(const struct ft_text_tokens *p, size_t from, int w)
{
    int used = NAME_W;
    size_t i = from;
    while (i < p->n) {
        used += piece_width(&p->items[i]) + 1;
        if (used > w && i > from) break;
        i++;
    }
    return i - from;
}

static void draw_block(const struct ft_text_tokens *p, size_t from, size_t n, struct ft_canvas *c,
                       struct ft_rect r)
{
    static const char *const names[BLOCK_ROWS] = {"token", "id", "start"};
    int x = r.x + 1 + NAME_W, end = r.x + r.w;
    for (int k = 0; k < BLOCK_ROWS && k < r.h; k++)
        ft_canvas_text(c, r.y + k, r.x + 1, NAME_W, FT_ROLE_MUTED, names[k]);
    for (size_t i = from; i < from + n; i++) {
        const struct ft_piece *piece = &p->items[i];
        unsigned style = piece->unknown ? FT_ROLE_WARN | FT_BOLD
                         : piece->added ? FT_ROLE_MUTED
                                        : FT_ROLE_NORMAL;
        char id[32], start[32] = "-";
        int w = piece_width(piece);
        if (x + w > end) w = end - x;
        snprintf(id, sizeof id, "%d", (int)piece->id);
        if (!piece->added) snprintf(start, sizeof start, "%u", piece->start);
        const char *const rows[BLOCK_ROWS] = {piece->text, id, start};
        for (int k = 0; k < BLOCK_ROWS && k < r.h; k++)
            ft_canvas_text(c, r.y + k, x, w, k ? FT_ROLE_MUTED : style, rows[k]);
        x += w + 1;
    }
}

static void draw_pieces(struct model_view *t, struct ft_canvas *c, struct ft_rect r)
{
    const struct ft_text_tokens *p = ft_model_list_text_tokens(t->b);
    size_t blocks = 0, from = 0;
    int y = r.y;
    t->tokens.h = r.h / BLOCK_ROWS;
    for (size_t i = 0; i < p->n; i += block(p, i, r.w - 1))
        blocks++;
    t->tokens.lines = blocks;
    if (t->tokens.top >= blocks) t->tokens.top = blocks ? blocks - 1 : 0;
    for (size_t k = 0; k < t->tokens.top; k++)
        from += block(p, from, r.w - 1);
    while (from < p->n && y + 1 < r.y + r.h) { /* the start may fall off, the id not */
        size_t n = block(p, from, r.w - 1);
        draw_block(p, from, n, c, (struct ft_rect){y, r.x, r.y + r.h - y, r.w});
        from += n;
        y += BLOCK_ROWS;
    }
    if (from < p->n && r.h > 0) {
        char more[48];
        snprintf(more, sizeof more, " %zu more", p->n - from);
        ft_canvas_right(c, r.y + r.h - 1, r.x, r.w, FT_ROLE_MUTED, more);
    }
}

static void draw_text(struct model_view *t, struct ft_canvas *c, struct ft_rect r, int w)
{
    const char *text = ft_str_text(&t->text);
    char shown[1024];
    size_t n = t->text.len;
    if (t->typing) {
        ft_field_draw(c, r.y, r.x + 1, w, &t->field, true);
        return;
    }
    if (!n) {
        ft_canvas_text(c, r.y, r.x + 1, w, FT_ROLE_MUTED,
                       model_facts(t) ? "t: enter a text to see its tokens"
                                      : "no model: select one to see a text's tokens");
        return;
    }
    if (n > sizeof shown) n = sizeof shown;
    for (size_t i = 0; i < n; i++)
        shown[i] = text[i] == '\n' || text[i] == '\r' ? ' ' : text[i];
    ft_canvas_textn(c, r.y, r.x + 1, w, FT_ROLE_NORMAL, shown, n);
}

void model_tokens_draw(struct model_view *t, struct ft_canvas *c, struct ft_rect r, bool focused)
{
    const struct ft_text_tokens *p = ft_model_list_text_tokens(t->b);
    const struct ft_err *failed = ft_model_list_tokens_failed(t->b);
    (void)focused;
    if (r.h < 1) return;
    char counts[120] = "";
    if (p && *ft_model_list_unknown(t->b))
        snprintf(counts, sizeof counts, "%zu token%s, %zu word%s, %zu %.20s", p->n, ft_plural(p->n),
                 p->words, ft_plural(p->words), p->unknown, ft_model_list_unknown(t->b));
    else if (p)
        snprintf(counts, sizeof counts, "%zu token%s, %zu word%s", p->n, ft_plural(p->n), p->words,
                 ft_plural(p->words));
    int w = (int)strlen(counts);
    if (w > r.w / 2) w = 0; /* a narrow panel shows the text */
    if (w)
        ft_canvas_right(c, r.y, r.x + r.w - w - 1, w, p->unknown ? FT_ROLE_WARN : FT_ROLE_MUTED,
                        counts);
    draw_text(t, c, r, r.w - 2 - (w ? w + 2 : 0));
    struct ft_rect below = {r.y + 1, r.x, r.h - 1, r.w};
    if (failed->code) {
        struct ft_rich text = {0};
        char why[sizeof failed->msg];
        ft_rich_addf(&text, FT_ROLE_BAD, "\u2717 %s", ft_error_text(failed, why, sizeof why));
        ft_rich_draw(c, (struct ft_rect){below.y, r.x + 1, below.h, r.w - 2}, &text, NULL);
        ft_rich_release(&text);
    } else if (p) {
        draw_pieces(t, c, below);
    }
}

void model_tokens_title(const struct model_view *t, struct ft_title *title)
{
    if (t->typing)
        snprintf(title->left, sizeof title->left, "Tokens: type a text, Enter or Esc ends");
    else if (t->own_text)
        snprintf(title->left, sizeof title->left, "Tokens: t to enter another text");
    else if (t->text.len)
        snprintf(title->left, sizeof title->left, "Tokens of row %zu%s: t to type a text",
                 t->row_number, t->text_cut ? ", its first 64 kB" : "");
    if (strstr(ft_model_list_tokenizer(t->b), "BPE"))
        snprintf(title->right, sizeof title->right, "_ is a blank, <0A> a byte");
}

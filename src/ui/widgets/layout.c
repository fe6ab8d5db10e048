/* The tree of splits, solved top down. Least sizes are summed bottom up with the dropped panels
 * left out; a node whose least size does not fit drops the panel with the highest `drop` below it
 * and tries again. */
#include "ui/widgets/layout.h"

#include <assert.h>
#include <limits.h>

struct solve {
    struct ft_layout *out;
    struct ft_rect body;
    unsigned gone; /* panels dropped, a bit each */
};

static bool exists(const struct solve *s, const struct ft_node *n)
{
    if (s->body.h < n->from_h || s->body.w < n->from_w) return false;
    if (n->kind == FT_NODE_PANEL) return !(s->gone >> n->panel & 1);
    for (int i = 0; i < n->kids_n; i++)
        if (exists(s, &n->kids[i])) return true;
    return false;
}

static int min_of(int a, int b)
{
    return a < b ? a : b;
}

static int max_of(int a, int b)
{
    return a > b ? a : b;
}

/* Least rows (down) or columns of a node that exists. */
static int least(const struct solve *s, const struct ft_node *n, bool down)
{
    int own = down ? n->h : n->w, sum = 0, most = 0, count = 0;
    if (n->kind == FT_NODE_PANEL) return max_of(own, down && !n->bare ? 2 : 1);
    for (int i = 0; i < n->kids_n; i++) {
        if (!exists(s, &n->kids[i])) continue;
        int need = least(s, &n->kids[i], down);
        sum += need;
        most = max_of(most, need);
        count++;
    }
    bool along = (n->kind == FT_NODE_ROWS) == down;
    if (along && !down && count > 1) sum += count - 1; /* separators */
    return max_of(own, along ? sum : most);
}

/* Most rows or columns: a split's kids bound it, along it together, across it by the largest. */
static int most(const struct solve *s, const struct ft_node *n, bool down)
{
    int own = down ? n->h_max : n->w_max;
    if (own > 0) return own;
    if (n->kind == FT_NODE_PANEL) return INT_MAX;
    bool along = (n->kind == FT_NODE_ROWS) == down;
    int sum = 0, top = 0;
    for (int i = 0; i < n->kids_n; i++) {
        if (!exists(s, &n->kids[i])) continue;
        int kid = most(s, &n->kids[i], down);
        if (kid == INT_MAX) return INT_MAX;
        sum += kid + (along && !down && sum ? 1 : 0);
        top = max_of(top, kid);
    }
    return along ? sum : top;
}

/* The panel to go first below n; -1: none may go. */
static int to_drop(const struct solve *s, const struct ft_node *n, int *rank)
{
    int best = -1;
    if (!exists(s, n)) return -1;
    if (n->kind == FT_NODE_PANEL) {
        if (n->drop <= *rank) return -1;
        *rank = n->drop;
        return n->panel;
    }
    for (int i = 0; i < n->kids_n; i++) {
        int found = to_drop(s, &n->kids[i], rank);
        if (found >= 0) best = found;
    }
    return best;
}

static void place(struct solve *s, const struct ft_node *n, struct ft_rect r);

/* Places the kids of a split along its direction. */
static void split(struct solve *s, const struct ft_node *n, struct ft_rect r, bool down)
{
    int size[FT_PANELS_MAX] = {0}, kid[FT_PANELS_MAX], count = 0, used = 0;
    for (int i = 0; i < n->kids_n && count < FT_PANELS_MAX; i++)
        if (exists(s, &n->kids[i])) kid[count++] = i;
    int gap = down ? 0 : 1;
    int room = (down ? r.h : r.w) - gap * (count - 1);
    for (int k = 0; k < count; k++) {
        size[k] = min_of(least(s, &n->kids[kid[k]], down), max_of(room - used, 0));
        used += size[k];
    }
    /* What is left goes by weight to those below their most; whole shares first, then one by one.
     */
    for (int left = room - used; left > 0;) {
        int weights = 0, given = 0;
        for (int k = 0; k < count; k++)
            if (size[k] < most(s, &n->kids[kid[k]], down))
                weights += max_of(n->kids[kid[k]].weight, 1);
        if (!weights) break;
        for (int k = 0; k < count; k++) {
            const struct ft_node *node = &n->kids[kid[k]];
            if (size[k] >= most(s, node, down)) continue;
            int share = left * max_of(node->weight, 1) / weights;
            share = min_of(share, most(s, node, down) - size[k]);
            size[k] += share;
            given += share;
        }
        for (int k = 0; k < count && !given;
             k++) { /* less than a share each: the first takes one */
            if (size[k] >= most(s, &n->kids[kid[k]], down)) continue;
            size[k]++;
            given = 1;
        }
        left -= given;
        used += given;
    }
    if (count && used < room) size[count - 1] += room - used; /* no holes */
    int at = down ? r.y : r.x;
    for (int k = 0; k < count; k++) {
        struct ft_rect part = down ? (struct ft_rect){at, r.x, size[k], r.w}
                                   : (struct ft_rect){r.y, at, r.h, size[k]};
        place(s, &n->kids[kid[k]], part);
        at += size[k];
        if (gap && k + 1 < count && at < r.x + r.w && r.h > 0) {
            if (s->out->separators_n < FT_SEPARATORS_MAX)
                s->out->separators[s->out->separators_n++] =
                    (struct ft_separator){at, r.y, r.y + r.h};
            at += gap;
        }
    }
}

static void place(struct solve *s, const struct ft_node *n, struct ft_rect r)
{
    if (r.h <= 0 || r.w <= 0) return;
    if (n->kind != FT_NODE_PANEL) {
        split(s, n, r, n->kind == FT_NODE_ROWS);
        return;
    }
    assert(n->panel >= 0 && n->panel < FT_PANELS_MAX);
    s->out->panel[n->panel] = r;
    s->out->bare[n->panel] = n->bare;
}

void ft_layout_solve(struct ft_layout *l, const struct ft_node *root, struct ft_rect body)
{
    *l = (struct ft_layout){0};
    if (body.h <= 0 || body.w <= 0) return;
    struct solve s = {.out = l, .body = body};
    while (exists(&s, root) &&
           (least(&s, root, true) > body.h || least(&s, root, false) > body.w)) {
        int rank = 0, panel = to_drop(&s, root, &rank);
        if (panel < 0) break;
        s.gone |= 1u << panel;
    }
    if (exists(&s, root)) place(&s, root, body);
}

void ft_layout_single(struct ft_layout *l, int panel, bool bare, struct ft_rect body)
{
    *l = (struct ft_layout){0};
    if (body.h <= 0 || body.w <= 0) return;
    l->panel[panel] = body;
    l->bare[panel] = bare;
}

struct ft_rect ft_layout_inside(const struct ft_layout *l, int panel)
{
    struct ft_rect r = l->panel[panel];
    if (l->bare[panel] || r.h <= 0) return r;
    r.y++;
    r.h--;
    return r;
}

enum ft_form ft_layout_form(int h, int w)
{
    if (h < 10 || w < 40) return FT_FORM_LINE;
    return h < 24 || w < 80 ? FT_FORM_SINGLE : FT_FORM_FULL;
}

struct ft_node ft_node_panel(int panel, int h, int h_max, int w, int w_max, int weight)
{
    return (struct ft_node){.kind = FT_NODE_PANEL,
                            .panel = panel,
                            .h = h,
                            .h_max = h_max,
                            .w = w,
                            .w_max = w_max,
                            .weight = weight};
}

/* Histograms: columns of dots from the bottom up. */
#include "ui/widgets/plot.h"

#include "util/str.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Dots of the left or right column of a cell that are filled up to `level` (0..4). */
static uint32_t filled(int level, bool right)
{
    static const uint8_t left_dots[5] = {0, 0x40, 0x44, 0x46, 0x47};
    static const uint8_t right_dots[5] = {0, 0x80, 0xa0, 0xb0, 0xb8};
    level = level < 0 ? 0 : level > 4 ? 4 : level;
    return right ? right_dots[level] : left_dots[level];
}

/* Dot rows of a count: any that is not 0 shows at least one. */
static int height(uint64_t count, uint64_t most, int rows)
{
    if (!count || !most) return 0;
    int n = (int)((double)count / (double)most * rows * 4 + 0.5);
    return n < 1 ? 1 : n;
}

static void labels(struct ft_canvas *c, struct ft_rect r, int x0, const struct ft_histogram *h,
                   int cut_x)
{
    double span = h->bin_w * h->bins_n;
    int last = h->bins_n / 2, parts = last >= 40 ? 4 : 2, busy = x0;
    (void)cut_x;
    for (int i = 0; i <= parts; i++) {
        if (i == 3 && last < 48) continue;
        char text[32];
        double at = h->from + span * i / parts;
        if (h->numbers)
            ft_format_g(text, sizeof text, fabs(at) < span * 1e-9 ? 0 : at, 4);
        else
            ft_format_count(text, sizeof text, (long long)llround(at));
        int w = (int)strlen(text), x = x0 + last * i / parts - (i ? w / 2 : 0);
        if (x + w > r.x + r.w) x = r.x + r.w - w;
        if (x < busy) continue;
        ft_canvas_text(c, r.y + r.h - 1, x, w, FT_ROLE_MUTED, text);
        busy = x + w + 1;
    }
}

void ft_histogram_draw(struct ft_canvas *c, struct ft_rect r, const struct ft_histogram *h)
{
    int rows = r.h - 1, x0 = r.x;
    uint64_t most = 0;
    if (rows < 1 || r.w < 2 || h->bins_n < 1) return;
    for (int i = 0; i < h->bins_n; i++)
        if (h->bins[i] > most) most = h->bins[i];
    if (h->y_labels) {
        char text[32];
        ft_format_count(text, sizeof text, (long long)most);
        int w = (int)strlen(text);
        if (w + 3 < r.w) {
            x0 += w + 1;
            for (int y = 0; y < rows; y++)
                ft_canvas_put(c, r.y + y, x0 - 1, y == 0 || y == rows - 1 ? 0x2524 : 0x2502,
                              FT_ROLE_MUTED);
            ft_canvas_text(c, r.y, r.x, w, FT_ROLE_MUTED, text);
            ft_canvas_right(c, r.y + rows - 1, r.x, w, FT_ROLE_MUTED, "0");
        }
    }
    bool cut = h->cut >= 0 && h->cut < h->bins_n;
    int cut_cell = cut ? h->cut / 2 : -1;
    for (int i = 0; i < h->bins_n; i++) {
        int n = height(h->bins[i], most, rows), cell = i / 2;
        int x = x0 + cell + (cut && i >= h->cut ? 1 : 0); /* the cut takes a column */
        if (x >= r.x + r.w) break;
        unsigned style = cut && i >= h->cut ? FT_ROLE_MUTED : FT_ROLE_ACCENT;
        for (int y = 0; y < rows; y++) {
            uint32_t dots = filled(n - (rows - 1 - y) * 4, i % 2);
            struct ft_cell *old = ft_canvas_at(c, r.y + y, x);
            if (!dots || !old) continue;
            if (c->ascii || c->ascii_signs) {
                ft_canvas_put(c, r.y + y, x, '#', style);
                continue;
            }
            uint32_t had = old->cp >= 0x2800 && old->cp < 0x2900 ? old->cp - 0x2800 : 0;
            ft_canvas_put(c, r.y + y, x, 0x2800 + (had | dots), style);
        }
    }
    for (int y = 0; cut && y < rows; y++) /* an odd cut stands left of its pair's second bin */
        ft_canvas_put(c, r.y + y, x0 + cut_cell + h->cut % 2, 0x2502, FT_ROLE_WARN);
    labels(c, r, x0, h, cut_cell);
}

/* Screen 6, the answer of a regression: the value, and where it lies among the values of the open
 * data's training part. */
#include "ui/screens/view_predict_in.h"

#include "ui/widgets/plot.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { BAR_MAX = 72, BAR_MIN = 12 };

/* A bar from the least to the most value, with a mark where `share` of the values are below. */
static void draw_place(struct ft_canvas *c, int y, int x, int w, double share)
{
    int at = (int)lround(share * (w - 1));
    for (int i = 0; i < w; i++)
        ft_canvas_put(c, y, x + i, i <= at ? 0x2501 : 0x2500,
                      i <= at ? FT_ROLE_ACCENT : FT_ROLE_MUTED);
    ft_canvas_put(c, y, x + at, 0x25c6, FT_ROLE_ACCENT | FT_BOLD);
}

void predict_draw_number(const struct predict_view *t, struct ft_canvas *c, struct ft_rect r,
                         const struct ft_answer *a)
{
    struct ft_dataset_numbers k;
    char value[32], least[32], most[32];
    if (!a->prediction.labels || r.h < 1) return;
    double x = (double)a->prediction.logits[0];
    snprintf(value, sizeof value, "%.6g", x);
    int n = ft_canvas_text(c, r.y, r.x + 1, r.w - 2, FT_ROLE_ACCENT | FT_BOLD, value);
    if (!ft_dataset_numbers(t->w->data, &k)) {
        ft_canvas_text(c, r.y, r.x + n + 3, r.w - n - 4, FT_ROLE_MUTED,
                       "open the training data (1) to see its place among the values");
        return;
    }
    double share = ft_dataset_percentile(t->w->data, x);
    int w = r.w - 2 < BAR_MAX ? r.w - 2 : BAR_MAX;
    if (isfinite(share))
        ft_canvas_printf(c, r.y, r.x + n + 3, r.w - n - 4, FT_ROLE_NORMAL,
                         "above %.0f%% of the %zu training values", 100 * share, k.train_n);
    if (isfinite(share) && w >= BAR_MIN && r.h > 1) draw_place(c, r.y + 1, r.x + 1, w, share);
    if (r.h < 3) return;
    ft_format_g(least, sizeof least, k.least, 5);
    ft_format_g(most, sizeof most, k.most, 5);
    ft_canvas_text(c, r.y + 2, r.x + 1, w, FT_ROLE_MUTED, least);
    ft_canvas_right(c, r.y + 2, r.x + 1, w, FT_ROLE_MUTED, most);
    ft_canvas_printf(c, r.y + 2, r.x + 1 + w / 2 - 9, 19, FT_ROLE_MUTED, "median %.5g", k.median);
}

/* Is a solved layout a partition: panels inside the body, never over each other or a separator? */
#ifndef FT_TESTS_UI_LAYOUT_CHECK_H
#define FT_TESTS_UI_LAYOUT_CHECK_H

#include "ui/widgets/layout.h"
#include "util/mem.h"

#include <stdlib.h>

static inline void layout_claim(uint8_t *taken, int w, struct ft_rect body, struct ft_rect r,
                                uint8_t mark)
{
    if (r.h <= 0) return;
    assert_true(r.w > 0);
    assert_true(r.y >= body.y && r.x >= body.x);
    assert_true(r.y + r.h <= body.y + body.h && r.x + r.w <= body.x + body.w);
    for (int y = r.y; y < r.y + r.h; y++)
        for (int x = r.x; x < r.x + r.w; x++) {
            assert_int_equal(taken[y * w + x], 0);
            taken[y * w + x] = mark;
        }
}

/* Fails with `what` at the first place that nothing covers. The screen is h x w. */
static inline void layout_check(const struct ft_layout *l, struct ft_rect body, int h, int w,
                                const char *what)
{
    uint8_t *taken = ft_xcalloc((size_t)h * (size_t)w, 1);
    for (int p = 0; p < FT_PANELS_MAX; p++) {
        layout_claim(taken, w, body, l->panel[p], (uint8_t)(p + 1));
        struct ft_rect in = ft_layout_inside(l, p);
        assert_true(in.h <= l->panel[p].h && in.h >= 0);
    }
    for (int i = 0; i < l->separators_n; i++)
        layout_claim(taken, w, body,
                     (struct ft_rect){l->separators[i].y0, l->separators[i].x,
                                      l->separators[i].y1 - l->separators[i].y0, 1},
                     99);
    for (int y = body.y; y < body.y + body.h; y++)
        for (int x = 0; x < w; x++)
            if (!taken[y * w + x])
                fail_msg("%s: hole at row %d column %d of %dx%d", what, y, x, w, h);
    free(taken);
}

#endif

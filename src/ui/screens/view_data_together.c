/* Screen 1, several labels per row: which labels occur together. While the panel of labels has the focus,
 * the list has a cursor and counts the rows that also have the selected label; enlarged, it is the matrix
 * of all labels by all labels around the cursor. */
#include "ui/screens/view_data_in.h"

#include "ui/widgets/matrix.h"
#include "util/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBER_W = 8, BAR_MIN = 6 };

bool data_together_on(const struct data_view *t)
{
    return t->view.focus == DATA_LABELS && ft_dataset_facts(t->d)->several &&
           ft_dataset_labels(t->d) > 0;
}

/* The counts of the data that is shown. */
static bool follow(struct data_view *t)
{
    struct data_together *x = &t->together;
    uint64_t version = ft_dataset_facts(t->d)->version;
    size_t n = ft_dataset_labels(t->d);
    if (!x->counts || x->version != version || x->n != n) {
        free(x->counts);
        x->counts = ft_dataset_together(t->d);
        x->version = version;
        x->n = n;
    }
    ft_list_resize(&x->list, x->n);
    return x->counts != NULL;
}

static void row_draw(void *arg, size_t i, struct ft_canvas *c, int y, int x, int w)
{
    const struct data_view *t = arg;
    const struct data_together *m = &t->together;
    uint64_t all = m->counts[m->list.selected * m->n + m->list.selected];
    uint64_t both = m->counts[m->list.selected * m->n + i];
    unsigned style = i == m->list.selected ? FT_ROLE_ACCENT | FT_BOLD : FT_ROLE_NORMAL;
    int name_w = w / 2 > 26 ? 26 : w / 2, bar = w - name_w - NUMBER_W - 2;
    char text[32];
    ft_canvas_text(c, y, x, name_w, style, ft_dataset_label(t->d, i, (size_t[3]){0}));
    if (bar >= BAR_MIN && all)
        ft_canvas_bar(c, y, x + name_w + 1, bar, (double)both / (double)all, style);
    ft_canvas_right(c, y, x, w - 1, both ? style : FT_ROLE_MUTED, data_count(text, (size_t)both));
}

static void draw_matrix(const struct data_view *t, struct ft_canvas *c, struct ft_rect r)
{
    const struct data_together *x = &t->together;
    const char **names = ft_xcalloc(x->n + 1, sizeof *names);
    for (size_t i = 0; i < x->n; i++)
        names[i] = ft_dataset_label(t->d, i, (size_t[3]){0});
    struct ft_matrix m = {.counts = x->counts,
                          .labels = names,
                          .n = (int)x->n,
                          .row = (int)x->list.selected,
                          .col = (int)x->list.selected,
                          .no_recall = true,
                          .pairs = true};
    for (int fits = (int)x->n; fits > 2; fits--) { /* the largest window that has room */
        m.window = fits < (int)x->n ? fits : 0;
        if (ft_matrix_shown(&m, r) >= fits) break;
    }
    ft_matrix_draw(c, r, &m, true);
    free(names);
}

void data_together_draw(struct data_view *t, struct ft_canvas *c, struct ft_rect r)
{
    if (!follow(t)) return;
    if (t->view.zoom && t->together.n > 1)
        draw_matrix(t, c, r);
    else
        ft_list_draw(c, r, &t->together.list, true, row_draw, t);
}

void data_together_title(const struct data_view *t, struct ft_title *title)
{
    const struct data_together *x = &t->together;
    size_t at = x->list.selected, part_n[3];
    const char *name = at < ft_dataset_labels(t->d) ? ft_dataset_label(t->d, at, part_n) : "";
    if (t->view.zoom)
        snprintf(title->left, sizeof title->left, "Rows with both labels, %zu labels", x->n);
    else
        snprintf(title->left, sizeof title->left, "Together with %.60s", name);
}

void data_together_copy(const struct data_view *t, struct ft_text_table *out)
{
    size_t n = ft_dataset_labels(t->d);
    uint64_t *counts = ft_dataset_together(t->d);
    if (!counts) return;
    for (size_t i = 0; i < n; i++) {
        ft_text_table_word(out, ft_dataset_label(t->d, i, (size_t[3]){0}));
        for (size_t k = 0; k < n; k++)
            ft_text_table_count(out, counts[i * n + k]);
        ft_text_table_end(out);
    }
    free(counts);
}

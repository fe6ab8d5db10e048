/* The panels of screen 1 that count: labels or blocks, and the lengths of the texts in tokens. */
#include "ui/screens/view_data_in.h"

#include "ui/widgets/plot.h"

#include <stdio.h>
#include <string.h>

static void draw_blocks(const struct ft_dataset_blocks *b, struct ft_canvas *c, struct ft_rect r)
{
    static const char *const parts[] = {"trn", "val", "tst"};
    char a[2][32];
    if (r.h > 3)
        ft_canvas_printf(c, r.y++, r.x + 1, r.w - 1, FT_ROLE_MUTED, "%-4s%10s %8s", "", "tokens",
                         "blocks");
    for (int k = 0; k < 3 && k < r.h; k++)
        ft_canvas_printf(c, r.y + k, r.x + 1, r.w - 1, FT_ROLE_NORMAL, "%-4s%10s %8s", parts[k],
                         data_count(a[0], b->tokens[k]), data_count(a[1], b->blocks[k]));
}

/* The numbers of a regression: how they are spread. */
static void draw_numbers(const struct data_view *t, struct ft_canvas *c, struct ft_rect r,
                         const struct ft_dataset_numbers *k)
{
    uint64_t bins[DATA_BINS];
    char a[5][32];
    bool wide = r.w >= 56;
    int n = 2 * (r.w - (wide ? 12 : 3));
    if (n > DATA_BINS) n = DATA_BINS;
    if ((size_t)n > k->distinct * 2)
        n = (int)k->distinct * 2; /* few values: no gaps between them */
    if (n < 2) n = 2;
    int foot = r.h > 3 ? 1 : 0;
    if (r.h >= 2 + foot) {
        double to = k->most > k->least ? k->most : k->least + 1;
        ft_dataset_number_bins(t->d, k->least, to, bins, (size_t)n);
        struct ft_histogram h = {.bins = bins,
                                 .bins_n = n,
                                 .cut = n,
                                 .bin_w = (to - k->least) / n,
                                 .from = k->least,
                                 .numbers = true,
                                 .y_labels = wide};
        ft_histogram_draw(c, (struct ft_rect){r.y, r.x + 1, r.h - foot, r.w - 2}, &h);
    }
    if (!foot && r.h >= 2) return;
    ft_canvas_printf(c, r.y + r.h - 1, r.x + 1, r.w - 2, FT_ROLE_NORMAL,
                     wide ? "%s .. %s  mean %s  sd %s  %s different" : "%s..%s mean %s",
                     ft_format_g(a[0], 32, k->least, 5), ft_format_g(a[1], 32, k->most, 5),
                     ft_format_g(a[2], 32, k->mean, 4), ft_format_g(a[3], 32, k->sd, 4),
                     data_count(a[4], k->distinct));
}

void data_draw_labels(const struct data_view *t, struct ft_canvas *c, struct ft_rect r)
{
    size_t n = ft_dataset_labels(t->d), most = 1, part_n[3];
    const struct ft_dataset_facts *f = ft_dataset_facts(t->d);
    struct ft_dataset_blocks blocks;
    char a[4][32];
    if (f->running && ft_dataset_blocks(t->d, &blocks)) {
        draw_blocks(&blocks, c, r);
        return;
    }
    struct ft_dataset_numbers numbers;
    if (ft_dataset_numbers(t->d, &numbers)) {
        draw_numbers(t, c, r, &numbers);
        return;
    }
    if (!n) {
        data_muted(c, r, 0,
                   !f->open        ? "no data: o opens a file"
                   : f->running    ? *ft_options_text(&t->w->o, FT_OPT_model)
                                         ? "counting blocks"
                                         : "no model: 2 chooses one"
                   : *f->note      ? f->note
                   : data_broke(t) ? "not loaded"
                                   : "none yet");
        return;
    }
    int widest = 8;
    for (size_t i = 0; i < n; i++) {
        const char *name = ft_dataset_label(t->d, i, part_n);
        size_t all = part_n[0] + part_n[1] + part_n[2];
        int w = ft_text_width(name, strlen(name));
        if (all > most) most = all;
        if (w > widest) widest = w;
    }
    bool wide = r.w >= 56;
    int limit = wide ? 26 : r.w / 2 - 2, line = 0;
    if (widest > limit) widest = limit;
    if (wide && r.h > 1)
        ft_canvas_printf(c, r.y + line++, r.x + 1 + widest, r.w - widest - 1, FT_ROLE_MUTED,
                         "%8s %7s %7s %8s", "trn", "val", "tst", "all");
    for (size_t i = 0; i < n && line < r.h; i++, line++) {
        const char *name = ft_dataset_label(t->d, i, part_n);
        size_t all = part_n[0] + part_n[1] + part_n[2];
        if (line == r.h - 1 && i + 1 < n) {
            ft_canvas_printf(c, r.y + line, r.x + 1, r.w - 1, FT_ROLE_MUTED, "and %zu more", n - i);
            break;
        }
        int y = r.y + line, x = r.x + 1 + widest;
        ft_canvas_text(c, y, r.x + 1, widest, FT_ROLE_NORMAL, name);
        if (wide) {
            x += ft_canvas_printf(c, y, x, r.w - 1, FT_ROLE_NORMAL, "%8s %7s %7s %8s ",
                                  data_count(a[0], part_n[0]), data_count(a[1], part_n[1]),
                                  data_count(a[2], part_n[2]), data_count(a[3], all));
            ft_canvas_bar(c, y, x + 1, r.x + r.w - x - 2, (double)all / (double)most,
                          FT_ROLE_ACCENT);
        } else {
            char text[32];
            int number = (int)strlen(data_count(text, all));
            ft_canvas_right(c, y, r.x + 1, r.w - 2, FT_ROLE_NORMAL, text);
            ft_canvas_bar(c, y, x + 1, r.w - widest - number - 5, (double)all / (double)most,
                          FT_ROLE_ACCENT);
        }
    }
}

static void draw_cut_table(const struct data_view *t, struct ft_canvas *c, struct ft_rect r, int y)
{
    static const size_t cuts[] = {128, 256, 384, 512};
    bool windows = ft_dataset_facts(t->d)->squad; /* a long context is not cut */
    if (y + 3 > r.y + r.h || r.w < 56) return;
    ft_canvas_text(c, y, r.x + 1, r.w - 1, FT_ROLE_MUTED, "max_seq_length");
    ft_canvas_text(c, y + 1, r.x + 1, r.w - 1, FT_ROLE_MUTED,
                   windows ? "rows in windows" : "rows truncated");
    if (!windows) ft_canvas_text(c, y + 2, r.x + 1, r.w - 1, FT_ROLE_MUTED, "tokens kept");
    for (int i = 0; i < 4; i++) {
        double rows, kept;
        int x = r.x + 18 + i * 9;
        ft_dataset_cut(t->d, cuts[i], &rows, &kept, NULL);
        ft_canvas_printf(c, y, x, 8, FT_ROLE_NORMAL, "%7zu", cuts[i]);
        ft_canvas_printf(c, y + 1, x, 8, FT_ROLE_NORMAL, "%6.1f%%", 100 * rows);
        if (!windows) ft_canvas_printf(c, y + 2, x, 8, FT_ROLE_NORMAL, "%6.1f%%", 100 * kept);
    }
}

void data_draw_tokens(const struct data_view *t, struct ft_canvas *c, struct ft_rect r)
{
    struct ft_dataset_tokens k;
    uint64_t bins[DATA_BINS];
    char a[32], b[32], line[160];
    struct ft_job_view work;
    if (!ft_dataset_tokens(t->d, &k)) {
        bool model = *ft_options_text(&t->w->o, FT_OPT_model);
        data_muted(c, r, 0,
                   !ft_dataset_facts(t->d)->open           ? "no data: o opens a file"
                   : data_broke(t)                         ? "not loaded"
                   : model && ft_dataset_busy(t->d, &work) ? "counting .."
                   : model                                 ? "the model has no tokenizer (2)"
                                                           : "no model: 2 chooses one");
        return;
    }
    struct ft_dataset_blocks blocks;
    bool joined = ft_dataset_blocks(t->d, &blocks); /* nothing is cut off then */
    bool table = r.w >= 56 && r.h >= 12 && !joined, wide = r.w >= 56;
    int foot = 1 + (table ? 4 : 0), n = 2 * (r.w - (wide ? 12 : 3));
    size_t span = data_span(t), cut = joined && !t->cutting ? span : data_cut(t);
    if (n > DATA_BINS) n = DATA_BINS;
    while (n > 1 && span % (size_t)n) /* every bin spans the same lengths */
        n--;
    if (n < 8 || r.h < foot + 2) return;
    ft_dataset_bins(t->d, span, bins, (size_t)n);
    struct ft_histogram h = {.bins = bins,
                             .bins_n = n,
                             .cut = cut < span ? (int)(cut * (size_t)n / span) : n,
                             .bin_w = (double)span / n,
                             .y_labels = wide};
    ft_histogram_draw(c, (struct ft_rect){r.y, r.x + 1, r.h - foot, r.w - 2}, &h);
    int y = r.y + r.h - foot;
    if (wide)
        snprintf(line, sizeof line, "median %zu  mean %.0f  95%% < %zu  longest %s", k.median,
                 k.mean, k.p95 + 1, data_count(a, k.longest));
    else
        snprintf(line, sizeof line, "median %s longest %s", data_count(a, k.median),
                 data_count(b, k.longest));
    ft_canvas_text(c, y, r.x + 1, r.w - 1, FT_ROLE_NORMAL, line);
    if (table) draw_cut_table(t, c, r, y + 1);
}

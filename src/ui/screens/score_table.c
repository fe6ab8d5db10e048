/* Scores of questions: see score_table.h. A narrow panel leaves the best thresholds out. */
#include "ui/screens/score_table.h"

static void row(struct ft_canvas *c, int y, struct ft_rect r, const char *name, double exact,
                double f1, size_t n)
{
    char count[32];
    if (y >= r.y + r.h) return;
    ft_canvas_printf(c, y, r.x + 1, r.w - 1, n ? FT_ROLE_NORMAL : FT_ROLE_MUTED,
                     r.w < 42 ? "%-12s %6.2f %6.2f %s" : "%-14s %6.2f  %6.2f %9s", name, exact, f1,
                     ft_format_count(count, sizeof count, (long long)n));
}

void ft_squad_table_draw(const struct ft_squad_scores *s, struct ft_canvas *c, struct ft_rect r)
{
    int y = r.y;
    if (r.h < 1) return;
    ft_canvas_printf(c, y++, r.x + 1, r.w - 1, FT_ROLE_MUTED,
                     r.w < 42 ? "%-12s %6s %6s %s" : "%-14s %6s  %6s %9s", "", "exact", "F1",
                     r.w < 42 ? "n" : "questions");
    row(c, y++, r, "all", s->exact, s->f1, s->total);
    if (!s->v2) return;
    row(c, y++, r, "answerable", s->has_exact, s->has_f1, s->has_n);
    row(c, y++, r, "unanswerable", s->no_exact, s->no_f1, s->no_n);
    if (!s->has_best) return;
    if (y < r.y + r.h)
        ft_canvas_printf(c, y++, r.x + 1, r.w - 1, FT_ROLE_MUTED, "best threshold %.2f: exact %.2f",
                         s->best_exact_thresh, s->best_exact);
    if (y < r.y + r.h)
        ft_canvas_printf(c, y, r.x + 1, r.w - 1, FT_ROLE_MUTED, "best threshold %.2f: F1    %.2f",
                         s->best_f1_thresh, s->best_f1);
}

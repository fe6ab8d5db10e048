/* One example of screen 5 that is not a row with a label: the context of a question with both
 * answers, a block of text with the tokens that cost most. */
#include "ui/screens/view_evaluate_in.h"

#include "util/mem.h"

#include <stdlib.h>

struct edge { /* a bracket that goes before byte `at` */
    size_t at;
    const char *text;
    unsigned style;
};

/* Keeps the order of those at one place. */
static void by_place(struct edge *e, int n)
{
    for (int i = 1; i < n; i++)
        for (int k = i; k > 0 && e[k - 1].at > e[k].at; k--) {
            struct edge one = e[k];
            e[k] = e[k - 1];
            e[k - 1] = one;
        }
}

/* The context with {gold} and [guess], nested where one holds the other. */
static void context_text(const struct evaluate_view *t, const struct ft_evaluation_row *r,
                         struct ft_rich *out)
{
    bool none = ft_evaluation_none(t->e, r);
    ft_rich_addf(out, FT_ROLE_NORMAL, "{ } gold       %s\n", *r->gold ? r->gold : "(no answer)");
    ft_rich_addf(out, FT_ROLE_NORMAL, "[ ] predicted  %s  ", none ? "(no answer)" : r->answer);
    ft_rich_addf(out, FT_ROLE_MUTED, "%.2f", none ? 1 - r->score : r->score);
    if (none && *r->answer) ft_rich_addf(out, FT_ROLE_MUTED, ", else: %s", r->answer);
    ft_rich_addz(out, FT_ROLE_NORMAL, "\n");
    bool gold = r->gold_end > r->gold_start, guess = !none && r->end > r->start;
    bool outer =
        guess && (r->start < r->gold_start || (r->start == r->gold_start && r->end >= r->gold_end));
    struct edge edges[4];
    int n = 0;
    for (int k = 0; k < 2; k++) { /* the outer pair's opening first, its closing last */
        bool is_guess = outer ? k == 0 : k == 1;
        if (is_guess ? guess : gold)
            edges[n++] = (struct edge){is_guess ? r->start : r->gold_start, is_guess ? "[" : "{",
                                       is_guess ? FT_ROLE_GUESS : FT_ROLE_GOLD};
    }
    for (int k = 0; k < 2; k++) {
        bool is_guess = outer ? k == 1 : k == 0;
        if (is_guess ? guess : gold)
            edges[n++] = (struct edge){is_guess ? r->end : r->gold_end, is_guess ? "]" : "}",
                                       is_guess ? FT_ROLE_GUESS : FT_ROLE_GOLD};
    }
    by_place(edges, n);
    size_t at = 0;
    for (int i = 0; i <= n; i++) {
        size_t to = i < n ? edges[i].at : r->n;
        bool in_guess = guess && at >= r->start && at < r->end;
        bool in_gold = gold && at >= r->gold_start && at < r->gold_end;
        unsigned style = in_guess ? FT_ROLE_GUESS : in_gold ? FT_ROLE_GOLD : FT_ROLE_NORMAL;
        if (to > at) ft_rich_add(out, style, r->text + at, to - at);
        if (i < n) ft_rich_addz(out, edges[i].style, edges[i].text);
        at = to > at ? to : at;
    }
}

/* The block with its costliest tokens lit: the costlier, the brighter; the loss follows as a
 * digit where there is no colour. */
static void block_text(const struct ft_evaluation_row *r, struct ft_rich *out)
{
    enum { LEVELS = 6 };
    size_t n = r->hard_n, at = 0;
    const struct ft_evaluation_hard **order = ft_xcalloc(n + 1, sizeof *order);
    for (size_t i = 0; i < n; i++) { /* by place */
        size_t k = i;
        for (; k > 0 && order[k - 1]->start > r->hard[i].start; k--)
            order[k] = order[k - 1];
        order[k] = &r->hard[i];
    }
    double top = n ? r->hard[0].loss : 1;
    for (size_t i = 0; i < n; i++) {
        const struct ft_evaluation_hard *h = order[i];
        if (h->start < at || h->end <= h->start || h->end > r->n) continue;
        int level = (int)(h->loss / (top > 0 ? top : 1) * (LEVELS - 1) + 0.5);
        level = level < 0 ? 0 : level >= LEVELS ? LEVELS - 1 : level;
        ft_rich_add(out, FT_ROLE_NORMAL, r->text + at, h->start - at);
        ft_rich_add(out, FT_ROLE_HEAT0 + (unsigned)level, r->text + h->start, h->end - h->start);
        at = h->end;
    }
    ft_rich_add(out, FT_ROLE_NORMAL, r->text + at, r->n - at);
    ft_rich_addz(out, FT_ROLE_MUTED, "\n\nhighest loss:");
    for (size_t i = 0; i < n && i < 8; i++) {
        const struct ft_evaluation_hard *h = &r->hard[i];
        ft_rich_addf(out, FT_ROLE_NORMAL, " %.*s", (int)(h->end - h->start), r->text + h->start);
        ft_rich_addf(out, FT_ROLE_MUTED, " %.2f (%s)", h->loss, h->guess);
    }
    free(order);
}

void evaluate_more_text(struct evaluate_view *t, struct ft_rich *out)
{
    const struct ft_evaluation_row *r = evaluate_row(t);
    if (ft_task_has(ft_evaluation_facts(t->e)->scores.task, FT_TRAIT_ANSWERS))
        context_text(t, r, out);
    else
        block_text(r, out);
}

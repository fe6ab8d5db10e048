/* The table of a sweep: see sweep_table.h. */
#include "engine/runs/sweep_table.h"

#include "engine/runs/example_score.h"
#include "util/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CELL = 48, COLUMNS_MAX = FT_SWEEP_PARAMS_MAX + 9, NAMES_SHOWN = 8 };

/* Cells as texts, so that each column is as wide as it has to be. */
struct table {
    struct {
        char text[CELL];
    } * cells;
    size_t columns, rows;
};

static char *cell(struct table *t, size_t row, size_t column)
{
    return t->cells[row * t->columns + column].text;
}

static void put(struct table *t, size_t row, size_t column, const char *text)
{
    size_t n = strlen(text);
    char *to = cell(t, row, column);
    if (n >= CELL) n = ft_utf8_byte(text, n, CELL / 4 - 3); /* four bytes a character at most */
    snprintf(to, CELL, "%.*s%s", (int)n, text, text[n] ? ".." : "");
    ft_text_tame(to, strlen(to));
}

static void print(const struct table *t, struct ft_str *out)
{
    for (size_t r = 0; r < t->rows; r++) {
        for (size_t c = 0; c < t->columns; c++) {
            size_t width = 0;
            for (size_t k = 0; k < t->rows; k++) {
                const char *text = t->cells[k * t->columns + c].text;
                size_t n = ft_utf8_chars(text, strlen(text));
                width = n > width ? n : width;
            }
            const char *text = t->cells[r * t->columns + c].text;
            size_t n = ft_utf8_chars(text, strlen(text));
            if (!width) continue;
            ft_str_addz(out, text);
            for (; c + 1 < t->columns && n < width + 2; n++)
                ft_str_addc(out, ' ');
        }
        while (out->len && out->data[out->len - 1] == ' ')
            out->data[--out->len] = 0;
        ft_str_addc(out, '\n');
    }
}

static void fill_head(struct table *t, const struct ft_sweep *s, const struct ft_sweep_verdicts *v)
{
    size_t c = 0;
    char text[64];
    put(t, 0, c++, "member");
    for (size_t i = 0; i < ft_sweep_values_n(s); i++)
        put(t, 0, c++, ft_option_at(ft_sweep_value_option(s, i))->name);
    put(t, 0, c++, s->metric);
    put(t, 0, c++, "sd");
    put(t, 0, c++, "n");
    snprintf(text, sizeof text, "%s %s", v->part, v->what ? v->what : "");
    put(t, 0, c++, v->what ? text : "");
    put(t, 0, c++, v->what ? "95 % interval" : "");
    put(t, 0, c++, v->what ? "p" : "");
    put(t, 0, c++, "steps");
    put(t, 0, c, "state");
}

static void put_number(struct table *t, size_t row, size_t column, int digits, double x)
{
    char text[64] = "-";
    if (isfinite(x)) snprintf(text, sizeof text, "%.*f", digits, x);
    put(t, row, column, text);
}

static void fill_row(struct table *t, size_t row, const struct ft_sweep *s,
                     const struct ft_sweep_verdicts *v, size_t member)
{
    const struct ft_sweep_member *m = &s->members[member];
    const struct ft_sweep_verdict *x = &v->items[member];
    size_t c = 0;
    char text[64] = "";
    put(t, row, c++, m->name);
    for (size_t i = 0; i < ft_sweep_values_n(s); i++)
        put(t, row, c++, m->values[i]);
    put_number(t, row, c++, 4, m->mean);
    put_number(t, row, c++, 4, m->sd);
    put_number(t, row, c++, 0, (double)m->n);
    if (v->what) {
        put_number(t, row, c++, 4, x->scored ? x->mean : (double)NAN);
        if (x->scored) snprintf(text, sizeof text, "%.4f to %.4f", x->low, x->high);
        put(t, row, c++, x->scored ? text : "-");
        if (member == v->best)
            put(t, row, c++, "best");
        else
            put_number(t, row, c++, 4, x->tested ? x->p : (double)NAN);
    } else {
        c += 3;
    }
    put_number(t, row, c++, 0, (double)m->steps);
    put(t, row, c, ft_sweep_member_state(m, text, sizeof text));
}

/* "A, B and 3 more" of the members that were found worse, or that were not. */
static size_t add_names(const struct ft_sweep *s, const struct ft_sweep_verdicts *v, bool worse,
                        struct ft_str *out)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++) {
        if (!v->items[i].tested || v->items[i].worse != worse) continue;
        if (n < NAMES_SHOWN) ft_str_addf(out, "%s%s", n ? ", " : "", s->members[i].name);
        n++;
    }
    if (n > NAMES_SHOWN) ft_str_addf(out, " and %zu more", n - NAMES_SHOWN);
    return n;
}

static void add_deleted(const struct ft_sweep *s, struct ft_str *out)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++) {
        if (!s->members[i].deleted) continue;
        if (!n) ft_str_addz(out, "Deleted, with their models and predictions: ");
        if (n < NAMES_SHOWN) ft_str_addf(out, "%s%s", n ? ", " : "", s->members[i].name);
        n++;
    }
    if (n > NAMES_SHOWN) ft_str_addf(out, " and %zu more", n - NAMES_SHOWN);
    if (n) ft_str_addz(out, ". Their scores are kept; they are not part of the test.\n");
}

void ft_sweep_conclusion(const struct ft_sweep *s, const struct ft_sweep_verdicts *v,
                         struct ft_str *out)
{
    if (v->best == s->n) {
        ft_str_addz(out, "No member has a result.\n");
        add_deleted(s, out);
        return;
    }
    const char *best = s->members[v->best].name;
    struct ft_str worse = {0}, equal = {0};
    size_t worse_n = add_names(s, v, true, &worse), equal_n = add_names(s, v, false, &equal);
    ft_str_addf(out, "Best by %s on the validation split: %s.\n", s->metric, best);
    if (worse_n) ft_str_addf(out, "%s is better than %s.\n", best, ft_str_text(&worse));
    if (equal_n) ft_str_addf(out, "Not shown to differ from %s: %s.\n", best, ft_str_text(&equal));
    if (v->comparisons)
        ft_str_addf(
            out,
            "Test: paired permutation test on the %s of %zu examples (%s split%s); p adjusted "
            "for %zu comparison%s (Holm), better means p < 0.05.\n",
            ft_example_score_text(v->what), v->rows, v->part, s->spec.folds ? ", all folds" : "",
            v->comparisons, ft_plural(v->comparisons));
    ft_str_release(&worse);
    ft_str_release(&equal);
    add_deleted(s, out);
}

void ft_sweep_table(const struct ft_sweep *s, struct ft_str *out)
{
    struct ft_sweep_verdicts v;
    size_t *order = ft_xcalloc(s->n + 1, sizeof *order);
    ft_sweep_verdicts_make(&v, s);
    ft_sweep_order(s, order);
    struct table t = {.columns = ft_sweep_values_n(s) + 9, .rows = s->n + 1};
    t.cells = ft_xcalloc(t.columns * t.rows, sizeof *t.cells);
    fill_head(&t, s, &v);
    for (size_t i = 0; i < s->n; i++)
        fill_row(&t, i + 1, s, &v, order[i]);
    print(&t, out);
    ft_str_addc(out, '\n');
    ft_sweep_conclusion(s, &v, out);
    ft_sweep_verdicts_release(&v);
    free(t.cells);
    free(order);
}

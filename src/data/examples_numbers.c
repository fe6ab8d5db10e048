/* Examples whose labels are numbers: see examples_in.h. They have one label, the name of the column,
 * and each a value; strata are ranges of values with about as many rows each. */
#include "data/examples_in.h"

#include "data/number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A range has 50 rows or more, so that a tenth of it, rounded, is still about a tenth. */
enum { RANGES_MAX = 10, RANGE_ROWS = 50 };

/* The first cell of the column that is there and is no number; 0: there is none. */
static size_t first_other(const struct ft_table *t, size_t col, bool comma)
{
    double x;
    for (size_t r = 0; r < ft_table_rows(t); r++)
        if (ft_number_parse(ft_table_cell(t, r, col), comma, &x) == FT_NUMBER_NOT) return r + 1;
    return 0;
}

enum ft_status ft_examples_numbers_begin(struct ft_examples_build *b)
{
    const struct ft_table *t = b->opt->tables[FT_PART_TRAIN];
    int col = b->columns[FT_PART_TRAIN].label;
    for (size_t f = 0; f < FT_PART_COUNT; f++) {
        const struct ft_table *o = b->opt->tables[f];
        struct ft_number_facts facts;
        b->x->label_columns[f] = b->columns[f].label;
        if (!o || b->columns[f].label < 0) continue;
        size_t at = (size_t)b->columns[f].label;
        ft_number_facts(o, at, 0, &facts);
        b->comma[f] = facts.comma;
        if (b->opt->unlabelled || facts.numbers * 2 >= facts.n - facts.missing) continue;
        size_t row = first_other(o, at, facts.comma);
        struct ft_text s = row ? ft_table_cell(o, row - 1, at) : (struct ft_text){"", 0};
        return ft_fail(b->err, FT_FORMAT,
                       "%s: column \"%s\" is not a column of numbers, which regression needs (row "
                       "%zu: %.*s; %zu of %zu cells are numbers): name another one with "
                       "--label_column",
                       o->path, ft_table_name(o, at), row, s.n > 40 ? 40 : (int)s.n, s.data,
                       facts.numbers, facts.n);
    }
    const char *name = col < 0 ? "" : ft_table_name(t, (size_t)col);
    if (b->opt->labels && b->opt->labels->n) name = b->opt->labels->names[0];
    if (!*name) name = "value";
    ft_labels_add(&b->x->labels, name, strlen(name));
    b->x->numbers = true;
    return FT_OK;
}

enum ft_number_form ft_examples_number(const struct ft_examples_build *b, uint8_t file,
                                       struct ft_text label, bool edited, double *value)
{
    *value = NAN;
    return ft_number_parse(label, b->comma[file] && !edited, value);
}

int32_t ft_examples_number_stratum(struct ft_examples_build *b, uint8_t file, struct ft_text before)
{
    char text[32];
    double x;
    if (ft_number_parse(before, b->comma[file], &x) != FT_NUMBER) return -1;
    int n = snprintf(text, sizeof text, "%.17g", x);
    return ft_labels_add(&b->strata, text, (size_t)n);
}

struct stratum {
    double value;
    size_t index, rows;
};

static int by_value(const void *a, const void *b)
{
    const struct stratum *x = a, *y = b;
    if (x->value != y->value) return x->value < y->value ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

void ft_examples_number_ranges(struct ft_examples_build *b)
{
    struct ft_examples *x = b->x;
    size_t n = b->strata.n, rows = 0, below = 0;
    struct stratum *all = ft_xcalloc(n + 1, sizeof *all);
    int32_t *to = ft_xcalloc(n + 1, sizeof *to);
    for (size_t i = 0; i < n; i++)
        all[i] = (struct stratum){strtod(b->strata.names[i], NULL), i, 0};
    for (size_t i = 0; i < x->n; i++) {
        if (x->items[i].stratum < 0) continue;
        all[x->items[i].stratum].rows++;
        rows++;
    }
    size_t ranges = rows / RANGE_ROWS;
    ranges = ranges < 1 ? 1 : ranges > RANGES_MAX ? RANGES_MAX : ranges;
    qsort(all, n, sizeof *all, by_value);
    for (size_t i = 0; i < n; i++) { /* by the middle of the rows with this value */
        size_t range = rows ? (2 * below + all[i].rows) * ranges / (2 * rows) : 0;
        to[all[i].index] = (int32_t)(range < ranges ? range : ranges - 1);
        below += all[i].rows;
    }
    for (size_t i = 0; i < x->n; i++)
        if (x->items[i].stratum >= 0) x->items[i].stratum = to[x->items[i].stratum];
    b->strata_n = ranges;
    free(all);
    free(to);
}

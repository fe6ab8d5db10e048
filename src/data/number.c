/* Numbers in cells: see number.h. */
#include "data/number.h"

#include "data/text.h"
#include "util/mem.h"
#include "util/str.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { DIGITS_MAX = 60, AMOUNTS = 50 };

/* "$10.50", "10,50 €", "7.5%": without the sign. */
static struct ft_text without_unit(struct ft_text s)
{
    static const char *const signs[] = {"%", "$", "\xE2\x82\xAC", "\xC2\xA3", "\xC2\xA5"};
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        size_t n = strlen(signs[i]);
        if (i && s.n > n && !memcmp(s.data, signs[i], n)) {
            s.data += n;
            s.n -= n;
        }
        if (s.n > n && !memcmp(s.data + s.n - n, signs[i], n)) s.n -= n;
    }
    return ft_text_trim(s);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Whether the digits up to `end` are groups of three after `mark`, the first one of one to three
 * digits and not 0: 12,345,678. */
static bool grouped(struct ft_text s, size_t end, char mark)
{
    size_t i = s.n && strchr("+-", s.data[0]) ? 1 : 0, first = i, groups = 0;
    while (i < end && is_digit(s.data[i]))
        i++;
    if (i == first || i - first > 3 || s.data[first] == '0') return false;
    for (; i < end; i += 4, groups++) {
        if (s.data[i] != mark || i + 4 > end) return false;
        for (size_t k = 1; k < 4; k++)
            if (!is_digit(s.data[i + k])) return false;
    }
    return groups > 0;
}

/* The decimal mark and the mark of groups; 0: there is none. */
struct marks {
    char point, group;
    size_t at;      /* of the last point; the length where there is none */
    bool ambiguous; /* the column decides */
};

static struct marks find_marks(struct ft_text s, bool comma)
{
    size_t n[2] = {0, 0}, last[2] = {0, 0};
    struct marks m = {.at = s.n};
    for (size_t i = 0; i < s.n; i++) {
        if (s.data[i] != ',' && s.data[i] != '.') continue;
        int k = s.data[i] == ',';
        n[k]++;
        last[k] = i;
    }
    int k = n[1] > 0; /* 1: a comma, perhaps with points */
    char mark = k ? ',' : '.';
    if (n[0] && n[1]) {
        k = last[1] > last[0];
        m.point = k ? ',' : '.';
        m.group = k ? '.' : ',';
    } else if (n[k] > 1) {
        m.group = mark;
    } else if (n[k]) {
        m.ambiguous = grouped(s, s.n, mark);
        if (m.ambiguous && comma != (k == 1))
            m.group = mark;
        else
            m.point = mark;
    }
    if (m.point) m.at = last[k];
    return m;
}

/* Writes the number as C reads it; false: it is none. */
static bool plain(struct ft_text s, bool comma, char out[DIGITS_MAX + 1])
{
    size_t n = 0;
    if (!s.n || s.n > DIGITS_MAX) return false;
    struct marks m = find_marks(s, comma);
    if (m.group && !grouped(s, m.at, m.group)) return false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.data[i];
        if (m.group && c == m.group && i < m.at) continue;
        if (i == m.at) c = '.';
        if (!c || (!is_digit(c) && !strchr(i == m.at ? "." : "+-eE", c))) return false;
        out[n++] = c;
    }
    out[n] = 0;
    return true;
}

/* inf, -Infinity */
static bool is_infinite(struct ft_text s)
{
    static const char *const words[] = {"inf", "infinity"};
    if (s.n && strchr("+-", s.data[0])) s = (struct ft_text){s.data + 1, s.n - 1};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (s.n == strlen(words[i]) && !strncasecmp(s.data, words[i], s.n)) return true;
    return false;
}

enum ft_number_form ft_number_parse(struct ft_text cell, bool comma, double *x)
{
    struct ft_text s = ft_text_trim(cell);
    char text[DIGITS_MAX + 1], *end;
    if (!s.n || ft_text_is_missing(s)) return FT_NUMBER_MISSING;
    if (is_infinite(s)) return FT_NUMBER_INFINITE;
    if (!plain(without_unit(s), comma, text)) return FT_NUMBER_NOT;
    double value = strtod(text, &end);
    if (end == text || *end) return FT_NUMBER_NOT;
    if (!(fabs(value) <= (double)FLT_MAX)) return FT_NUMBER_INFINITE;
    *x = value;
    return FT_NUMBER;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Decimal commas that cannot be anything else, less such decimal points. */
static bool comma_wins(const struct ft_table *t, size_t col, size_t rows)
{
    size_t commas = 0, points = 0;
    for (size_t r = 0; r < rows; r++) {
        struct marks m = find_marks(without_unit(ft_text_trim(ft_table_cell(t, r, col))), false);
        commas += m.point == ',' && !m.ambiguous;
        points += m.point == '.' && !m.ambiguous;
    }
    return commas > points;
}

void ft_number_facts(const struct ft_table *t, size_t col, size_t rows_max,
                     struct ft_number_facts *f)
{
    size_t rows = ft_table_rows(t);
    if (rows_max && rows > rows_max) rows = rows_max;
    *f = (struct ft_number_facts){.comma = comma_wins(t, col, rows)};
    double *values = ft_xcalloc(rows + 1, sizeof *values), sum = 0, x;
    for (size_t r = 0; r < rows; r++) {
        struct ft_text s = ft_table_cell(t, r, col);
        if (!ft_text_trim(s).n) continue;
        enum ft_number_form form = ft_number_parse(s, f->comma, &x);
        f->n++;
        f->missing += form == FT_NUMBER_MISSING;
        f->infinite += form == FT_NUMBER_INFINITE;
        f->others += form == FT_NUMBER_NOT;
        if (form != FT_NUMBER) continue;
        f->fractions += x != floor(x);
        sum += x;
        values[f->numbers++] = x;
    }
    size_t n = f->numbers;
    if (n) {
        double squares = 0;
        qsort(values, n, sizeof *values, by_value);
        f->least = values[0];
        f->most = values[n - 1];
        f->mean = sum / (double)n;
        for (size_t i = 0; i < n; i++) {
            f->distinct += !i || values[i] != values[i - 1];
            squares += (values[i] - f->mean) * (values[i] - f->mean);
        }
        f->sd = sqrt(squares / (double)n);
    }
    free(values);
}

/* Is it what people call a column of amounts? */
static bool is_amount(const char *name)
{
    static const char *const words[] = {
        "score",    "scores",    "rating",     "ratings", "value",    "price",  "points",
        "grade",    "age",       "year",       "cost",    "salary",   "amount", "count",
        "likes",    "votes",     "similarity", "percent", "duration", "length", "views",
        "valence",  "arousal",   "dominance",  "upvotes", "revenue",  "weight", "distance",
        "quantity", "intensity", "strength"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (!strcasecmp(name, words[i])) return true;
    return false;
}

bool ft_number_is_target(const struct ft_number_facts *f, const char *name)
{
    if (!f->numbers || (f->numbers + f->infinite) * 10 < (f->n - f->missing) * 9) return false;
    return f->fractions || (f->distinct >= AMOUNTS && is_amount(name));
}

/* Labels of other tasks: see label_form.h. Lists are JSON or, in CSV that Python wrote, Python's
 * own notation ['a', 'b']. */
#include "data/label_form.h"

#include "data/jscan.h"
#include "data/number.h"
#include "data/label_sets.h"
#include "data/text.h"
#include "util/str.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { LOOK_ROWS = 1000 };

static bool parse_number(struct ft_text s, double *x)
{
    char buf[40];
    s = ft_text_trim(s);
    if (!s.n || s.n >= sizeof buf) return false;
    memcpy(buf, s.data, s.n);
    buf[s.n] = 0;
    return ft_parse_double(buf, x) && isfinite(*x);
}

/* What a program writes for a number that has no value: inf, -Infinity, or beyond a double. */
static bool is_endless(struct ft_text s)
{
    static const char *const words[] = {"inf", "infinity"};
    if (s.n && strchr("+-", s.data[0])) s = (struct ft_text){s.data + 1, s.n - 1};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (s.n == strlen(words[i]) && !strncasecmp(s.data, words[i], s.n)) return true;
    for (size_t i = 0; i < s.n; i++)
        if (!strchr("0123456789.eE+-", s.data[i])) return false;
    return s.n && s.data[0] >= '0' && s.data[0] <= '9' && memchr(s.data, 'e', s.n);
}

/* 0,25: a comma with digits around it, but not three behind it as in 1,000. */
static bool decimal_comma(struct ft_text s)
{
    const char *comma = s.n ? memchr(s.data, ',', s.n) : NULL;
    size_t before = comma ? (size_t)(comma - s.data) : 0, after = comma ? s.n - before - 1 : 0;
    if (!before || !after || after == 3 || before > 15 || after > 15) return false;
    for (size_t i = 0; i < s.n; i++)
        if (i != before && (s.data[i] < '0' || s.data[i] > '9') && !(!i && s.data[0] == '-'))
            return false;
    return true;
}

bool ft_label_form_is_missing(struct ft_text cell)
{
    return ft_text_is_missing(cell);
}

/* "$10.50", "7.5%": without the sign, which shows that it is no class name. */
static struct ft_text without_unit(struct ft_text s)
{
    static const char *const signs[] = {"$", "\xE2\x82\xAC", "\xC2\xA3", "\xC2\xA5"};
    if (s.n && s.data[s.n - 1] == '%') s.n--;
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        size_t n = strlen(signs[i]);
        if (s.n > n && !memcmp(s.data, signs[i], n)) {
            s.data += n;
            s.n -= n;
        }
    }
    return ft_text_trim(s);
}

/* [..] that is no JSON: empty, one or several items, by the commas outside quotes. */
static enum ft_label_form python_list(struct ft_text s)
{
    size_t commas = 0;
    char quote = 0;
    struct ft_text inner = ft_text_trim((struct ft_text){s.data + 1, s.n - 2});
    if (!inner.n) return FT_LABEL_FORM_NONE;
    for (size_t i = 0; i < inner.n; i++) {
        char c = inner.data[i];
        if (quote)
            quote = c == quote ? 0 : quote;
        else if (c == '\'' || c == '"')
            quote = c;
        else
            commas += c == ',';
    }
    bool quoted = inner.data[0] == '\'' || inner.data[0] == '"';
    return quoted && commas ? FT_LABEL_FORM_SEVERAL : FT_LABEL_FORM_ONE;
}

static bool span_keys(struct ft_jscan *s)
{
    struct ft_text key;
    bool start = false, end = false;
    if (!ft_jscan_enter(s, '{')) return false;
    while (ft_jscan_key(s, &key)) {
        start |= ft_jscan_is(key, "start") || ft_jscan_is(key, "start_offset");
        end |= ft_jscan_is(key, "end") || ft_jscan_is(key, "end_offset");
        ft_jscan_skip(s, NULL);
    }
    s->first = false;
    return start && end;
}

static enum ft_label_form list_form(struct ft_text cell, struct ft_arena *arena)
{
    struct ft_jscan s = {.p = cell.data, .end = cell.data + cell.n, .arena = arena};
    size_t n = 0, spans = 0;
    ft_jscan_enter(&s, '[');
    while (ft_jscan_item(&s)) {
        char c = ft_jscan_peek(&s);
        n++;
        if (c == '{') {
            spans += span_keys(&s);
        } else {
            spans += c == '[';
            ft_jscan_skip(&s, NULL);
        }
        s.first = false;
    }
    if (s.why) return python_list(cell);
    return !n           ? FT_LABEL_FORM_NONE
           : spans == n ? FT_LABEL_FORM_SPANS
           : n > 1      ? FT_LABEL_FORM_SEVERAL
                        : FT_LABEL_FORM_ONE;
}

/* {"good":1.0,"bad":0.4}, {"choices":["a","b"]}, {"entities":[..]} */
static enum ft_label_form object_form(struct ft_text cell, struct ft_arena *arena)
{
    struct ft_jscan s = {.p = cell.data, .end = cell.data + cell.n, .arena = arena};
    struct ft_text key, value;
    size_t ones = 0, shares = 0, n = 0, numbers = 0;
    enum ft_label_form inner = FT_LABEL_FORM_ONE;
    ft_jscan_enter(&s, '{');
    while (ft_jscan_key(&s, &key)) {
        char c = ft_jscan_peek(&s);
        double x = c == 't';
        if (!ft_jscan_cell(&s, &value)) break;
        n++;
        if (c == '[') inner = list_form(value, arena);
        if (c != 't' && c != 'f' && (c == '"' || !parse_number(value, &x))) continue;
        numbers++;
        ones += x == 1;
        shares += x > 0 && x < 1;
    }
    if (s.why || !n) return FT_LABEL_FORM_ONE;
    if (n == 1 && inner != FT_LABEL_FORM_ONE) return inner;
    if (numbers < n) return FT_LABEL_FORM_ONE;
    return shares ? FT_LABEL_FORM_SHARES : ones > 1 ? FT_LABEL_FORM_SEVERAL : FT_LABEL_FORM_ONE;
}

enum ft_label_form ft_label_form_of(struct ft_text cell)
{
    struct ft_text s = ft_text_trim(cell), bare = without_unit(s);
    struct ft_arena arena = {0};
    enum ft_label_form form = FT_LABEL_FORM_ONE;
    double x;
    if (!s.n) return form;
    char last = s.data[s.n - 1];
    if (s.n >= 2 && s.data[0] == '[' && last == ']')
        form = list_form(s, &arena);
    else if (s.n >= 2 && s.data[0] == '{' && last == '}')
        form = object_form(s, &arena);
    else if (decimal_comma(bare) || (parse_number(bare, &x) && x != floor(x)))
        form = FT_LABEL_FORM_FRACTION;
    ft_arena_release(&arena);
    return form;
}

/* ---- a column ---- */

static bool is_iob(struct ft_text s)
{
    return (s.n == 1 && s.data[0] == 'O') ||
           (s.n > 2 && s.data[1] == '-' && strchr("BI", s.data[0]));
}

struct counts {
    size_t filled, form[FT_LABEL_FORM_FRACTION + 1], numbers, missing, iob, outside;
    size_t first[FT_LABEL_FORM_FRACTION + 1]; /* row from 1 */
};

static void count_column(const struct ft_table *t, size_t col, struct counts *n)
{
    memset(n, 0, sizeof *n);
    for (size_t r = 0; r < ft_table_rows(t); r++) {
        struct ft_text s = ft_text_trim(ft_table_cell(t, r, col));
        double x;
        if (!s.n) continue;
        enum ft_label_form form = ft_label_form_of(s);
        n->filled++;
        if (!n->form[form]++) n->first[form] = r + 1;
        struct ft_text bare = without_unit(s);
        n->numbers += decimal_comma(bare) || parse_number(bare, &x) || is_endless(bare);
        n->missing += ft_label_form_is_missing(s);
        n->iob += is_iob(s);
        n->outside += s.n == 1 && s.data[0] == 'O';
    }
}

int ft_label_form_flag(struct ft_text cell)
{
    static const char *const words[] = {"0", "1", "0.0", "1.0", "false", "true"};
    struct ft_text s = ft_text_trim(cell);
    for (int w = 0; w < 6; w++)
        if (s.n == strlen(words[w]) && !strncasecmp(s.n ? s.data : "", words[w], s.n)) return w % 2;
    return -1;
}

/* Every filled cell of the first rows is 0 or 1 (or true and false), and both occur. */
static bool is_flags(const struct ft_table *t, size_t col)
{
    size_t rows = ft_table_rows(t), n[2] = {0, 0};
    if (rows > LOOK_ROWS) rows = LOOK_ROWS;
    for (size_t r = 0; r < rows; r++) {
        struct ft_text s = ft_text_trim(ft_table_cell(t, r, col));
        if (!s.n) continue;
        int flag = ft_label_form_flag(s);
        if (flag < 0) return false;
        n[flag]++;
    }
    return n[0] && n[1];
}

/* Lists of words and of as many tags, or spans in a column of their own. */
static const char *tagged_words(const struct ft_table *t)
{
    static const char *const words[] = {"tokens", "words"}, *const tags[] = {"ner_tags",
                                                                             "tags",
                                                                             "labels",
                                                                             "pos_tags",
                                                                             "ner",
                                                                             "chunk_tags"},
                             *const spans[] = {"spans", "entities", "label", "labels"};
    size_t rows = ft_table_rows(t);
    if (rows > LOOK_ROWS) rows = LOOK_ROWS;
    bool has_words = false, has_tags = false;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        int c = ft_table_find(t, words[i]);
        has_words |=
            c >= 0 && ft_label_form_of(ft_table_cell(t, 0, (size_t)c)) == FT_LABEL_FORM_SEVERAL;
    }
    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++)
        has_tags |= ft_table_find(t, tags[i]) >= 0;
    if (has_words && has_tags) return "tagged words";
    for (size_t i = 0; i < sizeof spans / sizeof *spans; i++) {
        int c = ft_table_find(t, spans[i]);
        for (size_t r = 0; c >= 0 && r < rows; r++)
            if (ft_label_form_of(ft_table_cell(t, r, (size_t)c)) == FT_LABEL_FORM_SPANS)
                return "labelled spans of text";
    }
    return NULL;
}

static enum ft_status fail_tags(const struct ft_table *t, const char *what, struct ft_err *err)
{
    return ft_fail(
        err, FT_FORMAT,
        "%s: this is data for token classification: %s: train on it with --task ner, or name a "
        "column with one label per text with --label_column",
        t->path, what);
}

static enum ft_status fail_several(const struct ft_table *t, const char *name,
                                   const struct counts *n, struct ft_err *err)
{
    size_t many = n->form[FT_LABEL_FORM_SEVERAL];
    return ft_fail(
        err, FT_FORMAT,
        "%s: column \"%s\" has several labels in %zu row%s (first: row %zu): use --problem_type "
        "multi_label_classification, keep one label in each row, or name another column with "
        "--label_column",
        t->path, name, many, ft_plural(many), n->first[FT_LABEL_FORM_SEVERAL]);
}

static enum ft_status fail_fractions(const struct ft_table *t, const char *name,
                                     const struct counts *n, struct ft_err *err)
{
    enum ft_label_form form = FT_LABEL_FORM_FRACTION;
    int col = ft_table_find(t, name);
    struct ft_text s = ft_table_cell(t, n->first[form] - 1, col < 0 ? 0 : (size_t)col);
    return ft_fail(err, FT_FORMAT,
                   "%s: column \"%s\" contains fractions (row %zu: %.*s), which are not classes: "
                   "name a column of classes with --label_column, or learn numbers with "
                   "--problem_type regression",
                   t->path, name, n->first[form], s.n > 40 ? 40 : (int)s.n, s.data);
}

/* Columns of 0 and 1 that are neither text nor pair; their number. At most FT_COLUMNS_LABELS are
 * stored. */
static size_t flag_columns(const struct ft_table *t, const struct ft_columns *c, int *columns)
{
    size_t n = 0;
    for (size_t i = 0; i < ft_table_columns(t); i++) {
        if ((int)i == c->text || (int)i == c->pair || !is_flags(t, i)) continue;
        if (n < FT_COLUMNS_LABELS) columns[n] = (int)i;
        n++;
    }
    return n;
}

static bool has_flags(const struct ft_table *t, const struct ft_columns *c)
{
    int columns[FT_COLUMNS_LABELS];
    return c->label >= 0 && c->label_by_content && is_flags(t, (size_t)c->label) &&
           flag_columns(t, c, columns) > 1;
}

/* The label was chosen among several columns of 0 and 1: the others would be lost in silence. */
static enum ft_status check_flags(const struct ft_table *t, const struct ft_columns *c,
                                  struct ft_err *err)
{
    struct ft_str others = {0};
    int columns[FT_COLUMNS_LABELS];
    enum ft_status st = FT_OK;
    if (!has_flags(t, c)) return st;
    size_t n = flag_columns(t, c, columns);
    for (size_t i = 0; i < n && i < 12; i++)
        ft_str_addf(&others, "%s%s", i ? ", " : "", ft_table_name(t, (size_t)columns[i]));
    if (n > 1)
        st = ft_fail(err, FT_USAGE,
                     "%s: %zu columns hold 0 and 1 (%s%s): name the one to train with "
                     "--label_column, or use "
                     "--problem_type multi_label_classification to train all of them",
                     t->path, n, ft_str_text(&others), n > 12 ? ", .." : "");
    ft_str_release(&others);
    return st;
}

/* Is the label column the answer to an instruction, another one in most rows? */
static bool is_instructions(const struct ft_table *t, int label)
{
    int join[FT_COLUMNS_JOIN];
    size_t n = ft_columns_joined(t, join);
    struct ft_column_facts f;
    if (!n || join[n - 1] != label) return false;
    ft_column_facts(t, (size_t)label, LOOK_ROWS, &f);
    return f.distinct * 2 > f.filled;
}

enum ft_problem_type ft_label_form_problem(const struct ft_table *t,
                                           const struct ft_columns *columns)
{
    enum ft_problem_type several = FT_PROBLEM_TYPE_MULTI_LABEL, one = FT_PROBLEM_TYPE_SINGLE_LABEL;
    size_t rows = ft_table_rows(t);
    if (columns->labels_n || *columns->delimiter || has_flags(t, columns)) return several;
    if (columns->label < 0 || tagged_words(t)) return one;
    if (rows > LOOK_ROWS) rows = LOOK_ROWS;
    for (size_t r = 0; r < rows; r++)
        if (ft_label_form_of(ft_table_cell(t, r, (size_t)columns->label)) == FT_LABEL_FORM_SEVERAL)
            return several;
    if (ft_label_list_delimiter(t, (size_t)columns->label)) return several;
    struct ft_number_facts numbers;
    ft_number_facts(t, (size_t)columns->label, LOOK_ROWS, &numbers);
    return ft_number_is_target(&numbers, ft_table_name(t, (size_t)columns->label))
               ? FT_PROBLEM_TYPE_REGRESSION
               : one;
}

void ft_label_form_settle(const struct ft_table *t, struct ft_columns *columns)
{
    if (has_flags(t, columns)) {
        columns->labels_n = flag_columns(t, columns, columns->labels);
        if (columns->labels_n > FT_COLUMNS_LABELS) columns->labels_n = FT_COLUMNS_LABELS;
        columns->label = columns->labels[0];
    }
    if (columns->label < 0 || columns->labels_n || *columns->delimiter) return;
    const char *found = ft_label_list_delimiter(t, (size_t)columns->label);
    snprintf(columns->delimiter, sizeof columns->delimiter, "%s", found ? found : "");
}

/* A column of 0 and 1 has nothing else. */
static enum ft_status check_flag_column(const struct ft_table *t, size_t col, struct ft_err *err)
{
    for (size_t r = 0; r < ft_table_rows(t); r++) {
        struct ft_text s = ft_table_cell(t, r, col);
        if (ft_label_form_flag(s) >= 0 || !ft_text_trim(s).n) continue;
        return ft_fail(
            err, FT_FORMAT,
            "%s: row %zu: column \"%s\" has \"%.*s\", expected 0 or 1: the label columns "
            "say of each label whether the row has it",
            t->path, r + 1, ft_table_name(t, col), s.n > 40 ? 40 : (int)s.n, s.data);
    }
    return FT_OK;
}

enum ft_status ft_label_form_check(const struct ft_table *t, const struct ft_columns *columns,
                                   bool several, struct ft_err *err)
{
    enum ft_status st = FT_OK;
    for (size_t i = 0; i < columns->labels_n && !st; i++)
        st = check_flag_column(t, (size_t)columns->labels[i], err);
    if (st || columns->labels_n) return st;

    struct counts n;
    if (t->format == FT_FORMAT_CONLL) return fail_tags(t, "columns of words and tags (CoNLL)", err);
    if (columns->label < 0) {
        const char *what = tagged_words(t);
        return what ? fail_tags(t, what, err) : FT_OK;
    }
    const char *name = ft_table_name(t, (size_t)columns->label);
    count_column(t, (size_t)columns->label, &n);
    if (is_instructions(t, columns->label))
        return ft_fail(err, FT_USAGE,
                       "%s: instructions with answers, which are not classes: train a language "
                       "model with --task clm, or name the label with --label_column",
                       t->path);
    if (n.form[FT_LABEL_FORM_SPANS]) return fail_tags(t, "labelled spans of text", err);
    if (n.iob == n.filled && n.outside && n.iob > n.outside)
        return fail_tags(t, "a word and its tag in each row", err);
    if (n.form[FT_LABEL_FORM_SEVERAL] && several && !tagged_words(t)) return FT_OK;
    if (n.form[FT_LABEL_FORM_SEVERAL]) {
        const char *what = tagged_words(t);
        return what ? fail_tags(t, what, err) : fail_several(t, name, &n, err);
    }
    if (n.form[FT_LABEL_FORM_SHARES])
        return ft_fail(
            err, FT_FORMAT,
            "%s: column \"%s\" has a score per label (first: row %zu), which is multi-label "
            "classification or regression and not supported yet: keep one label in each row",
            t->path, name, n.first[FT_LABEL_FORM_SHARES]);
    if (several) return FT_OK;
    /* a slip of the pen among them makes classes of no fractions */
    if (n.form[FT_LABEL_FORM_FRACTION] && n.numbers * 10 >= (n.filled - n.missing) * 9)
        return fail_fractions(t, name, &n, err);
    return check_flags(t, columns, err);
}

/* ---- the labels of a row ---- */

static int by_text(const void *a, const void *b)
{
    const struct ft_text *x = a, *y = b;
    size_t n = x->n < y->n ? x->n : y->n;
    int c = n ? memcmp(x->data, y->data, n) : 0;
    return c ? c : (x->n > y->n) - (x->n < y->n);
}

/* Sorts; returns how many are left without repeats. */
static size_t sort_names(struct ft_text *names, size_t n)
{
    size_t k = 0;
    if (n) qsort(names, n, sizeof *names, by_text);
    for (size_t i = 0; i < n; i++)
        if (!i || by_text(&names[i], &names[k - 1])) names[k++] = names[i];
    return k;
}

/* The names of the 0/1 columns that say yes; false: all of their cells are empty. */
static bool of_columns(const struct ft_table *t, const struct ft_columns *c, size_t row,
                       const struct ft_table *named, const struct ft_columns *named_columns,
                       struct ft_text *names, size_t *n)
{
    bool any = false;
    *n = 0;
    for (size_t i = 0; i < c->labels_n; i++) {
        if (c->labels[i] < 0) continue;
        struct ft_text cell = ft_table_cell(t, row - 1, (size_t)c->labels[i]);
        any |= ft_text_trim(cell).n > 0;
        if (ft_label_form_flag(cell) != 1) continue;
        const char *name = ft_table_name(named, (size_t)named_columns->labels[i]);
        names[(*n)++] = (struct ft_text){name, strlen(name)};
    }
    return any;
}

bool ft_label_form_set(const struct ft_table *t, const struct ft_columns *columns, size_t row,
                       const struct ft_table *named, const struct ft_columns *named_columns,
                       struct ft_str *json, bool *repeats)
{
    struct ft_text room[FT_COLUMNS_LABELS], *names = room;
    struct ft_arena arena = {0};
    size_t n = 0;
    bool there = false;
    if (columns->labels_n) {
        there = of_columns(t, columns, row, named, named_columns, names, &n);
    } else if (columns->label >= 0) {
        struct ft_text cell = ft_table_cell(t, row - 1, (size_t)columns->label);
        n = ft_label_list(cell, columns->delimiter, &arena, &names);
        there = n || ft_label_list_is(cell);
    }
    size_t kept = sort_names(names, n);
    if (repeats) *repeats = kept < n;
    if (there) ft_label_list_json(names, kept, json);
    ft_arena_release(&arena);
    return there;
}

int ft_label_form_answers(const struct ft_table *t)
{
    static const char *const words[] = {"accept", "reject", "ignore"};
    int col = ft_table_find(t, "answer");
    size_t filled = 0;
    for (size_t r = 0; col >= 0 && r < ft_table_rows(t); r++) {
        struct ft_text s = ft_text_trim(ft_table_cell(t, r, (size_t)col));
        size_t w = 0;
        if (!s.n) continue;
        while (w < 3 && (s.n != strlen(words[w]) || memcmp(s.data, words[w], s.n)))
            w++;
        if (w == 3) return -1;
        filled++;
    }
    return filled ? col : -1;
}

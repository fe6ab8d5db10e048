/* Labels of other tasks: see label_form.h. Lists are JSON or, in CSV that Python wrote, Python's
 * own notation ['a', 'b']. */
#include "data/label_form.h"

#include "data/jscan.h"
#include "data/text.h"
#include "util/str.h"

#include <math.h>
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
    static const char *const words[] = {"",       "nan",       "null", "none",    "n/a",    "na",
                                        "#n/a",   "<na>",      "nil",  "-",       "--",     "?",
                                        "#null!", "undefined", "nat",  "missing", "(none)", "\\n"};
    struct ft_text s = ft_text_trim(cell);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (s.n == strlen(words[i]) && !strncasecmp(s.n ? s.data : "", words[i], s.n)) return true;
    return false;
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

/* Every filled cell of the first rows is 0 or 1 (or true and false), and both occur. */
static bool is_flags(const struct ft_table *t, size_t col)
{
    static const char *const words[] = {"0", "1", "0.0", "1.0", "false", "true"};
    size_t rows = ft_table_rows(t), n[2] = {0, 0};
    if (rows > LOOK_ROWS) rows = LOOK_ROWS;
    for (size_t r = 0; r < rows; r++) {
        struct ft_text s = ft_text_trim(ft_table_cell(t, r, col));
        size_t w = 0;
        if (!s.n) continue;
        while (w < 6 && (s.n != strlen(words[w]) || strncasecmp(s.data, words[w], s.n)))
            w++;
        if (w == 6) return false;
        n[w % 2]++;
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
        "%s: column \"%s\" has several labels in %zu row%s (first: row %zu); multi-label "
        "classification is not supported yet: keep one label in each row, or name another "
        "column with --label_column",
        t->path, name, many, ft_plural(many), n->first[FT_LABEL_FORM_SEVERAL]);
}

static enum ft_status fail_fractions(const struct ft_table *t, const char *name,
                                     const struct counts *n, struct ft_err *err)
{
    enum ft_label_form form = FT_LABEL_FORM_FRACTION;
    int col = ft_table_find(t, name);
    struct ft_text s = ft_table_cell(t, n->first[form] - 1, col < 0 ? 0 : (size_t)col);
    return ft_fail(err, FT_FORMAT,
                   "%s: column \"%s\" contains fractions (row %zu: %.*s), which are not classes; "
                   "regression is not supported yet: name a column of classes with --label_column",
                   t->path, name, n->first[form], s.n > 40 ? 40 : (int)s.n, s.data);
}

/* The label was chosen among several columns of 0 and 1: the others would be lost in silence. */
static enum ft_status check_flags(const struct ft_table *t, const struct ft_columns *c,
                                  struct ft_err *err)
{
    struct ft_str others = {0};
    size_t n = 0;
    if (!c->label_by_content || !is_flags(t, (size_t)c->label)) return FT_OK;
    for (size_t i = 0; i < ft_table_columns(t); i++) {
        if ((int)i == c->text || (int)i == c->pair || !is_flags(t, i)) continue;
        if (++n <= 12) ft_str_addf(&others, "%s%s", n > 1 ? ", " : "", ft_table_name(t, i));
    }
    enum ft_status st = FT_OK;
    if (n > 1)
        st = ft_fail(
            err, FT_USAGE,
            "%s: %zu columns hold 0 and 1 (%s%s): several labels per text (multi-label "
            "classification) are not supported yet; name the one to train with --label_column",
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

enum ft_status ft_label_form_check(const struct ft_table *t, const struct ft_columns *columns,
                                   struct ft_err *err)
{
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
    /* a slip of the pen among them makes classes of no fractions */
    if (n.form[FT_LABEL_FORM_FRACTION] && n.numbers * 10 >= (n.filled - n.missing) * 9)
        return fail_fractions(t, name, &n, err);
    return check_flags(t, columns, err);
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

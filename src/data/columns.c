/* Guessing what columns are for: by name first, by content where names say nothing. */
#include "data/columns.h"

#include "data/number.h"
#include "data/text.h"
#include "util/hash.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { GUESS_ROWS = 1000, DISTINCT_MAX = 100000 };

/* Most telling first. */
static const char *const text_names[] = {
    "text",  "sentence", "review",  "content", "comment",     "question", "utterance", "message",
    "tweet", "document", "body",    "post",    "query",       "texts",    "sentences", "reviews",
    "input", "abstract", "article", "passage", "description", "headline", "title",     "phrase",
    "sms",   "email",    "news",    "prompt",  "review_body", "context"};
static const char *const label_names[] = {
    "label",      "labels",       "sentiment",  "category", "class",  "target",   "intent", "topic",
    "emotion",    "polarity",     "gold_label", "tag",      "stars",  "rating",   "y",      "spam",
    "is_spam",    "is_duplicate", "score",      "output",   "genre",  "language", "lang",   "cats",
    "categories", "classes",      "tags",       "accept",   "choice", "topics",   "genres"};
static const char *const pair_names[][2] = {
    {"sentence1", "sentence2"}, {"premise", "hypothesis"}, {"question1", "question2"},
    {"text1", "text2"},         {"text_a", "text_b"},      {"sentence_a", "sentence_b"},
    {"question", "sentence"},   {"text", "text_pair"},     {"query", "passage"},
    {"question", "passage"}};
static const char *const other_names[] = {
    "id",     "idx",       "index",         "guid",       "uid",        "qid",      "qid1",
    "qid2",   "file",      "path",          "url",        "part",       "split",    "date",
    "answer", "annotator", "annotation_id", "created_at", "updated_at", "lead_time"};

static bool among(const char *name, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!strcasecmp(name, list[i])) return true;
    return false;
}

#define AMONG(name, list) among(name, list, sizeof(list) / sizeof *(list))

/* Is there anything in the first rows of a column? In a table without rows, everything may be. */
static bool any_filled(const struct ft_table *t, int col)
{
    size_t rows = ft_table_rows(t);
    for (size_t r = 0; r < rows && r < GUESS_ROWS; r++)
        if (ft_text_trim(ft_table_cell(t, r, (size_t)col)).n) return true;
    return !rows;
}

/* Names of columns that say nothing of their use here, and names in other languages. */
static const char more_names[] =
    " name value type time timestamp datetime user username user_id author country"
    " city gender age price source subject word token tokens words length count"
    " version answer answers response comments summary number no nr row key code"
    " rating_id label_id doc_id text_id item product status annotator annotation"
    " feedback texto texte testo tekst kommentar commentaire comentario commento"
    " etiqueta etiquette \u00E9tiquette etikett kategorie categorie cat\u00E9gorie"
    " categoria categor\u00EDa klasse classe clase titre titel titolo titulo"
    " t\u00EDtulo frage antwort pregunta respuesta bewertung datum nombre \u6587\u672C"
    " \u6807\u7B7E \u5185\u5BB9 \u8BC4\u8BBA \u7C7B\u522B \u30C6\u30AD\u30B9\u30C8"
    " \u30E9\u30D9\u30EB \uD14D\uC2A4\uD2B8 \uB77C\uBCA8"
    " \u0442\u0435\u043A\u0441\u0442 \u043C\u0435\u0442\u043A\u0430"
    " \u043A\u043B\u0430\u0441\u0441"
    " ";

/* The first name of the list that is a column with something in it, other than not1 and not2; else
 * a nested column whose last name is in the list ("review.body"). */
static int by_name(const struct ft_table *t, const char *const *list, size_t n, int not1, int not2)
{
    for (size_t i = 0; i < n; i++) {
        int c = ft_table_find(t, list[i]);
        if (c >= 0 && c != not1 && c != not2 && any_filled(t, c)) return c;
    }
    for (size_t i = 0; i < n; i++) {
        for (int c = 0; (size_t)c < ft_table_columns(t); c++) {
            const char *dot = strrchr(ft_table_name(t, (size_t)c), '.');
            if (dot && !strcasecmp(dot + 1, list[i]) && c != not1 && c != not2 && any_filled(t, c))
                return c;
        }
    }
    return -1;
}

void ft_column_facts(const struct ft_table *t, size_t col, size_t rows_max,
                     struct ft_column_facts *out)
{
    memset(out, 0, sizeof *out);
    struct ft_strmap seen = {0};
    size_t rows = ft_table_rows(t);
    double bytes = 0;
    if (rows_max && rows > rows_max) rows = rows_max;
    for (size_t r = 0; r < rows; r++) {
        struct ft_text s = ft_table_cell(t, r, col);
        if (!s.n) continue;
        if (!out->filled++) out->example = s;
        bytes += (double)s.n;
        if (seen.count < DISTINCT_MAX && !ft_strmap_get(&seen, s.data, s.n))
            ft_strmap_put(&seen, s.data, s.n, 1);
    }
    out->distinct = seen.count;
    out->mean_bytes = out->filled ? bytes / (double)out->filled : 0;
    ft_strmap_release(&seen);
}

static bool all_numbers(const struct ft_table *t, size_t col, size_t rows)
{
    for (size_t r = 0; r < rows; r++) {
        struct ft_text s = ft_text_trim(ft_table_cell(t, r, col));
        char buf[40];
        double x;
        if (!s.n) continue;
        if (s.n >= sizeof buf) return false;
        memcpy(buf, s.data, s.n);
        buf[s.n] = 0;
        if (!ft_parse_double(buf, &x)) return false;
    }
    return true;
}

/* Numbers of which some are not whole. */
static bool fractions(const struct ft_table *t, size_t col, size_t rows)
{
    struct ft_number_facts f;
    ft_number_facts(t, col, rows, &f);
    return f.fractions && ft_number_is_target(&f, "");
}

/* Texts of several words. */
static bool is_prose(const struct ft_table *t, size_t col, size_t rows,
                     const struct ft_column_facts *f)
{
    size_t spaced = 0;
    for (size_t r = 0; r < rows; r++) {
        struct ft_text s = ft_text_trim(ft_table_cell(t, r, col));
        spaced += s.n && memchr(s.data, ' ', s.n);
    }
    return f->filled && spaced * 10 > f->filled * 8 && f->distinct * 4 > f->filled;
}

/* In a table without names: exactly two columns of texts, of similar lengths, are a pair. */
static bool pair_by_content(const struct ft_table *t, const struct ft_column_facts *f, size_t cols,
                            size_t rows, struct ft_columns *out)
{
    int found[2] = {-1, -1};
    size_t n = 0;
    if (t->has_header || cols < 3) return false;
    for (size_t c = 0; c < cols; c++) {
        if ((int)c == out->label || !is_prose(t, c, rows, &f[c])) continue;
        if (n < 2) found[n] = (int)c;
        n++;
    }
    if (n != 2) return false;
    double a = f[found[0]].mean_bytes, b = f[found[1]].mean_bytes;
    if (a > 4 * b || b > 4 * a) return false;
    out->text = found[0];
    out->pair = found[1];
    return true;
}

/* Longest mean text, numbers never. */
static int text_by_content(const struct ft_table *t, const struct ft_column_facts *f, size_t cols,
                           size_t rows, int label)
{
    int best = -1;
    for (size_t c = 0; c < cols; c++) {
        const char *name = ft_table_name(t, c);
        if ((int)c == label || !f[c].filled || AMONG(name, other_names)) continue;
        if (cols > 1 && all_numbers(t, c, rows)) continue;
        if (best < 0 || f[c].mean_bytes > f[best].mean_bytes) best = (int)c;
    }
    return best;
}

/* Short values, at least two, that come again: in the most rows, then fewest distinct ones. */
static int label_by_content(const struct ft_table *t, const struct ft_column_facts *f, size_t cols,
                            size_t rows, int text, int pair)
{
    int best = -1;
    for (size_t c = 0; c < cols; c++) {
        if ((int)c == text || (int)c == pair || AMONG(ft_table_name(t, c), other_names)) continue;
        if (f[c].distinct < 2 || f[c].distinct * 2 > f[c].filled + 2 || f[c].mean_bytes > 40)
            continue;
        if (best < 0 || f[c].filled > f[best].filled ||
            (f[c].filled == f[best].filled && f[c].distinct < f[best].distinct))
            best = (int)c;
    }
    /* of several columns of numbers with fractions, the first; also where none comes again */
    if (best >= 0 && !fractions(t, (size_t)best, rows)) return best;
    for (size_t c = 0; c < cols; c++) {
        if ((int)c == text || (int)c == pair || AMONG(ft_table_name(t, c), other_names)) continue;
        if (f[c].distinct > 1 && fractions(t, c, rows)) return (int)c;
    }
    return best;
}

void ft_columns_guess(const struct ft_table *t, struct ft_columns *out)
{
    *out = (struct ft_columns){.text = -1, .pair = -1, .label = -1, .sure = true};
    size_t cols = ft_table_columns(t), rows = ft_table_rows(t);
    if (rows > GUESS_ROWS) rows = GUESS_ROWS;
    if (!cols) return;
    for (size_t i = 0; i < sizeof pair_names / sizeof *pair_names && out->text < 0; i++) {
        int a = ft_table_find(t, pair_names[i][0]), b = ft_table_find(t, pair_names[i][1]);
        if (a < 0 || b < 0) continue;
        out->text = a;
        out->pair = b;
    }
    if (out->text < 0 && t->turns_column >= 0 && ft_table_find(t, "text") < 0)
        out->text = t->turns_column;
    if (cols > 1)
        out->label =
            by_name(t, label_names, sizeof label_names / sizeof *label_names, out->text, out->pair);
    if (out->text < 0)
        out->text = by_name(t, text_names, sizeof text_names / sizeof *text_names, out->label, -1);
    if (out->text >= 0 && (out->label >= 0 || cols == 1)) return;
    struct ft_column_facts *facts = ft_xcalloc(cols, sizeof *facts);
    for (size_t c = 0; c < cols; c++)
        ft_column_facts(t, c, rows, &facts[c]);
    out->sure = false;
    bool pair = out->text < 0 && out->pair < 0 && pair_by_content(t, facts, cols, rows, out);
    if (out->text < 0 && !pair) out->text = text_by_content(t, facts, cols, rows, out->label);
    for (size_t i = 0; i < sizeof text_names / sizeof *text_names && out->text < 0; i++)
        out->text = ft_table_find(t, text_names[i]);
    /* A named column without a label is still the label column. */
    for (size_t i = 0; i < sizeof label_names / sizeof *label_names && out->label < 0; i++) {
        int c = cols > 1 ? ft_table_find(t, label_names[i]) : -1;
        if (c >= 0 && c != out->text && c != out->pair) out->label = c;
    }
    if (out->label < 0 && cols > 1) {
        out->label = label_by_content(t, facts, cols, rows, out->text, out->pair);
        out->label_by_content = out->label >= 0;
    }
    free(facts);
}

size_t ft_columns_other_numbers(const struct ft_table *t, const struct ft_columns *c,
                                struct ft_str *names)
{
    size_t rows = ft_table_rows(t), n = 0;
    if (rows > GUESS_ROWS) rows = GUESS_ROWS;
    if (c->label < 0 || !c->label_by_content || !fractions(t, (size_t)c->label, rows)) return 0;
    for (size_t i = 0; i < ft_table_columns(t); i++) {
        const char *name = ft_table_name(t, i);
        if ((int)i == c->label || AMONG(name, other_names) || !fractions(t, i, rows)) continue;
        ft_str_addf(names, "%s%s", n++ ? ", " : "", name);
    }
    return n;
}

size_t ft_columns_joined(const struct ft_table *t, int join[FT_COLUMNS_JOIN])
{
    static const char *const sets[][FT_COLUMNS_JOIN] = {
        {"instruction", "input", "output"},   {"instruction", "context", "response"},
        {"instruction", "input", "response"}, {"instruction", "output", NULL},
        {"instruction", "response", NULL},    {"prompt", "completion", NULL},
        {"prompt", "response", NULL}};
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        size_t n = 0;
        while (n < FT_COLUMNS_JOIN && sets[i][n] && (join[n] = ft_table_find(t, sets[i][n])) >= 0)
            n++;
        if (n == FT_COLUMNS_JOIN || !sets[i][n]) return n;
    }
    return 0;
}

/* The columns that "a,b,c" names, if all exist; their number, else 0. At most FT_COLUMNS_LABELS are
 * stored. */
static size_t columns_named(const struct ft_table *t, const char *list, int *columns)
{
    size_t n = 0;
    for (const char *p = list, *comma; p; p = comma ? comma + 1 : NULL) {
        comma = strchr(p, ',');
        struct ft_text s =
            ft_text_trim((struct ft_text){p, comma ? (size_t)(comma - p) : strlen(p)});
        char *one = ft_xstrndup(s.data, s.n);
        int c = ft_table_find(t, one);
        free(one);
        if (c < 0) return 0;
        if (n < FT_COLUMNS_LABELS) columns[n] = c;
        n++;
    }
    return n > 1 ? n : 0;
}

bool ft_columns_known(const char *name)
{
    char word[64];
    if (!*name || strlen(name) + 3 > sizeof word) return false;
    snprintf(word, sizeof word, " %s ", name);
    for (char *p = word; *p; p++)
        *p = (char)tolower((unsigned char)*p);
    if (!strchr(name, ' ') && strstr(more_names, word)) return true;
    for (size_t i = 0; i < sizeof pair_names / sizeof *pair_names; i++)
        if (AMONG(name, pair_names[i])) return true;
    return AMONG(name, text_names) || AMONG(name, label_names) || AMONG(name, other_names);
}

static enum ft_status set_one(const struct ft_table *t, const char *what, const char *name, int *io,
                              struct ft_err *err)
{
    if (!name) return FT_OK;
    if (!*name) {
        *io = -1;
        return FT_OK;
    }
    int c = ft_table_find(t, name);
    if (c >= 0) {
        *io = c;
        return FT_OK;
    }
    size_t cols = ft_table_columns(t);
    const char **names = ft_xcalloc(cols, sizeof *names);
    struct ft_str list = {0};
    for (size_t i = 0; i < cols; i++) {
        names[i] = ft_table_name(t, i);
        if (i < 12) ft_str_addf(&list, "%s%s", i ? ", " : "", names[i]);
    }
    const char *near = ft_nearest(name, names, cols);
    enum ft_status st =
        near ? ft_fail(err, FT_USAGE, "%s: no column \"%s\" for the %s; did you mean \"%s\"?",
                       t->path, name, what, near)
             : ft_fail(err, FT_USAGE, "%s: no column \"%s\" for the %s; the columns are: %s%s",
                       t->path, name, what, ft_str_text(&list), cols > 12 ? ", .." : "");
    ft_str_release(&list);
    free(names);
    return st;
}

/* "a,b,c" for the label, unless that is the name of one column. */
static enum ft_status set_labels(const struct ft_table *t, const char *name, struct ft_columns *c,
                                 struct ft_err *err)
{
    c->labels_n = 0;
    if (!name || ft_table_find(t, name) >= 0) return set_one(t, "label", name, &c->label, err);
    size_t n = columns_named(t, name, c->labels);
    if (!n) return set_one(t, "label", name, &c->label, err);
    if (n > FT_COLUMNS_LABELS)
        return ft_fail(err, FT_USAGE, "%s: %zu columns of labels, expected at most %d", t->path, n,
                       FT_COLUMNS_LABELS);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < i; k++)
            if (c->labels[i] == c->labels[k])
                return ft_fail(err, FT_USAGE, "%s: label_column names column \"%s\" twice", t->path,
                               ft_table_name(t, (size_t)c->labels[i]));
    c->labels_n = n;
    c->label = c->labels[0];
    return FT_OK;
}

/* A column of labels is no text, unless the user says so. */
static bool is_label(const struct ft_columns *c, int column)
{
    bool is = column >= 0 && column == c->label;
    for (size_t i = 0; i < c->labels_n; i++)
        is |= column == c->labels[i];
    return is;
}

enum ft_status ft_columns_set(const struct ft_table *t, const char *text, const char *pair,
                              const char *label, struct ft_columns *io, struct ft_err *err)
{
    struct ft_columns c = *io;
    if (label) c.label_by_content = false;
    if (text) c.text_named = *text;
    enum ft_status st = set_one(t, "text", text, &c.text, err);
    if (!st) st = set_one(t, "second text", pair, &c.pair, err);
    if (!st && label) st = set_labels(t, label, &c, err);
    if (st) return st;
    /* An explicit choice overrides a guess. */
    if (text && *text && !label && c.label == c.text) c.label = -1;
    if (text && *text && !pair && c.pair == c.text) c.pair = -1;
    if (label && *label && !text && is_label(&c, c.text)) c.text = -1;
    if (label && *label && !pair && is_label(&c, c.pair)) c.pair = -1;
    if (pair && *pair && !text && c.text == c.pair) c.text = -1;
    if (pair && *pair && !label && c.label == c.pair) c.label = -1;
    int twice = is_label(&c, c.text) || c.text == c.pair ? c.text
                : is_label(&c, c.pair)                   ? c.pair
                                                         : -1;
    if (twice >= 0)
        return ft_fail(err, FT_USAGE,
                       "%s: column \"%s\" is given twice; a column can have only one use", t->path,
                       ft_table_name(t, (size_t)twice));
    *io = c;
    return FT_OK;
}

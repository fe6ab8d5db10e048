/* Telling the form of a CSV file from its beginning: line ends, delimiter, quotes. Each candidate
 * is tried on the first rows; the one that explains them best, with the same number of cells in
 * each, wins. The header is csv_header.c's. */
#include "data/read.h"
#include "data/read_in.h"
#include "data/scan.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { SAMPLE_BYTES = 131072, SAMPLE_ROWS = 200, COUNTS = 65 };

/* What a form makes of the text. */
struct shape {
    size_t rows;
    size_t usual;  /* the most usual number of cells; of two equally usual ones the larger */
    double share;  /* of the rows that have it */
    double spaced; /* share of the delimiters that a blank follows */
    size_t quoted; /* cells with quotes */
    bool broken;   /* text after a closing quote, or none that closes */
};

static struct shape measure(const char *p, const char *end, bool eof, size_t rows_max,
                            const struct ft_csv_form *f)
{
    size_t count[COUNTS] = {0}, delimiters = 0, blanks = 0;
    struct ft_csv_row row = {0};
    struct shape s = {0};
    enum ft_csv_result r = FT_CSV_ROW;
    while (p < end && s.rows < rows_max) {
        const char *next = NULL;
        r = ft_csv_next(f, p, end, eof, &row, &next);
        if (r != FT_CSV_ROW) break;
        p = next;
        if (row.n == 1 && !row.cells[0].n) continue;
        s.rows++;
        s.broken |= row.stray;
        count[row.n < COUNTS ? row.n : COUNTS - 1]++;
        for (size_t i = 0; i < row.n; i++) {
            s.quoted += row.cells[i].quoted;
            if (!i) continue;
            delimiters++;
            blanks += row.cells[i].n && row.cells[i].p[0] == ' ' && !row.cells[i].quoted;
        }
    }
    free(row.cells);
    s.broken |= r == FT_CSV_UNCLOSED;
    for (size_t i = 0; i < COUNTS; i++)
        if (count[i] && count[i] >= count[s.usual]) s.usual = i;
    s.share = s.rows ? (double)count[s.usual] / (double)s.rows : 0;
    s.spaced = delimiters ? (double)blanks / (double)delimiters : 0;
    return s;
}

static bool is_even(const struct shape *s)
{
    return s->rows && s->share >= 1 && !s->broken;
}

/* --- words --- */

struct word {
    const char *name;
    char c;
};
static const struct word delimiter_words[] = {
    {"auto", 0},        {"comma", ','}, {"tab", '\t'},  {"\\t", '\t'},
    {"semicolon", ';'}, {"pipe", '|'},  {"space", ' '}, {"none", FT_DELIMITER_NONE}};
static const struct word quote_words[] = {
    {"auto", 0}, {"double", '"'}, {"single", '\''}, {"none", FT_QUOTE_NONE}};

static const struct word *word_of(const struct word *words, size_t n, const char *text)
{
    for (size_t i = 0; i < n; i++)
        if (!strcasecmp(words[i].name, text)) return &words[i];
    return NULL;
}

static bool is_sign(const char *text)
{
    unsigned char c = (unsigned char)text[0];
    return c && !text[1] && c < 0x80 && (c == '\t' || c >= ' ') && !isalnum(c);
}

enum ft_status ft_delimiter_parse(const char *text, char *out, struct ft_err *err)
{
    const struct word *w =
        word_of(delimiter_words, sizeof delimiter_words / sizeof *delimiter_words, text);
    if (!w && (!is_sign(text) || *text == '"'))
        return ft_fail(err, FT_USAGE,
                       "delimiter: `%s`: expected auto, comma, tab, semicolon, pipe, space, none "
                       "or one character",
                       text);
    *out = w ? w->c : *text;
    return FT_OK;
}

enum ft_status ft_quote_parse(const char *text, char *out, struct ft_err *err)
{
    const struct word *w = word_of(quote_words, sizeof quote_words / sizeof *quote_words, text);
    if (!w && (!is_sign(text) || *text == ',' || *text == '\t' || *text == ' '))
        return ft_fail(err, FT_USAGE,
                       "quote: `%s`: expected auto, double, single, none or one character", text);
    *out = w ? w->c : *text;
    return FT_OK;
}

const char *ft_delimiter_name(char delimiter)
{
    for (size_t i = 0; i < sizeof delimiter_words / sizeof *delimiter_words; i++)
        if (delimiter && delimiter_words[i].c == delimiter) return delimiter_words[i].name;
    return "custom";
}

const char *ft_quote_name(char quote)
{
    return !quote ? "none" : quote == '"' ? "double" : quote == '\'' ? "single" : "custom";
}

/* --- line ends --- */

/* A carriage return by itself ends a row where no line feed does, where most lines end in both, and
 * where only so all rows have the same number of cells. */
static bool cr_ends_rows(const char *text, const char *end, bool eof, const struct ft_csv_form *f)
{
    size_t both = 0, alone = 0, feeds = 0;
    for (const char *p = text; p < end; p++) {
        if (*p == '\n') feeds++;
        if (*p != '\r') continue;
        if (p + 1 < end && p[1] == '\n')
            both++;
        else
            alone++;
    }
    if (!feeds) return alone > 0;
    if (both * 2 > feeds) return true;
    if (!alone) return false;
    struct ft_csv_form with = *f, without = *f;
    with.cr = true;
    without.cr = false;
    struct shape a = measure(text, end, eof, SAMPLE_ROWS, &with);
    struct shape b = measure(text, end, eof, SAMPLE_ROWS, &without);
    return is_even(&a) && a.usual > 1 && !is_even(&b);
}

/* --- quotes --- */

/* Does each cell that begins with a quote end with one in the same line, and does some cell need
 * them? */
static bool quotes_close(const char *p, const char *end)
{
    bool needed = false;
    while (p < end) {
        const char *stop = ft_scan2(p, end, '\t', '\n');
        const char *last = stop;
        if (last > p && last[-1] == '\r') last--;
        if (stop == end) break;
        if (*p == '"') {
            if (last - p < 2 || last[-1] != '"') return false;
            for (const char *q = p + 1; q < last - 1; q++) {
                if (*q != '"') continue;
                if (q + 1 >= last - 1 || q[1] != '"') return false;
                needed = true;
                q++;
            }
            if (last - p > 2 && p[1] != ' ') needed = true;
        }
        p = stop + 1;
    }
    return needed;
}

/* Tab-separated text mostly has no quotes. It has them when all rows have the same number of cells
 * with them, and not without them; or when they are in pairs throughout. */
static bool tab_has_quotes(const char *text, const char *end, bool eof,
                           const struct ft_csv_form *form)
{
    struct ft_csv_form with = *form, without = *form;
    if (text == end || !memchr(text, '"', (size_t)(end - text))) return false;
    with.quote = '"';
    without.quote = 0;
    struct shape b = measure(text, end, eof, SIZE_MAX, &without);
    if (!is_even(&b)) {
        struct shape a = measure(text, end, eof, SIZE_MAX, &with);
        if (is_even(&a)) return true;
    }
    return quotes_close(text, end);
}

/* Single quotes around cells, as some databases write them: only where no cell has double ones, and
 * most rows have them. */
static bool has_single_quotes(const char *text, const char *end, bool eof,
                              const struct ft_csv_form *form)
{
    struct ft_csv_form f = *form;
    f.quote = '"';
    struct shape plain = measure(text, end, eof, SAMPLE_ROWS, &f);
    if (plain.quoted) return false;
    f.quote = '\'';
    struct shape s = measure(text, end, eof, SAMPLE_ROWS, &f);
    return is_even(&s) && s.quoted * 2 > s.rows && s.usual > 1 &&
           (s.quoted >= s.rows || !is_even(&plain));
}

static char quote_for(const char *text, const char *end, bool eof, const struct ft_read_opt *opt,
                      const struct ft_csv_form *form)
{
    if (opt->quote) return opt->quote == FT_QUOTE_NONE ? 0 : opt->quote;
    if (form->delimiter == '\t') return tab_has_quotes(text, end, eof, form) ? '"' : 0;
    return has_single_quotes(text, end, eof, form) ? '\'' : '"';
}

/* Where only so all rows have the same number of cells: blanks around cells with quotes, and
 * backslashes before quotes, as some databases write them. */
static void add_habits(const char *text, const char *end, bool eof, struct ft_csv_form *f)
{
    struct shape s = measure(text, end, eof, SAMPLE_ROWS, f), t;
    struct ft_csv_form g = *f;
    if (!f->quote || f->delimiter == f->quote) return;
    g.blanks = f->delimiter != ' ';
    t = measure(text, end, eof, SAMPLE_ROWS, &g);
    if (t.usual > 1 && is_even(&t) && t.quoted * 2 >= t.rows &&
        (!is_even(&s) || t.quoted > s.quoted))
        f->blanks = g.blanks;
    g = *f;
    g.backslash = true;
    if (is_even(&s) || f->blanks || !memchr(text, '\\', (size_t)(end - text))) return;
    t = measure(text, end, eof, SAMPLE_ROWS, &g);
    f->backslash = t.usual > 1 && is_even(&t);
}

/* --- delimiter --- */

/* A row of names: short words without blanks. */
static bool is_names(const char *text, const char *end, bool eof, const struct ft_csv_form *f)
{
    struct ft_csv_row row = {0};
    const char *next;
    bool names = ft_csv_next(f, text, end, eof, &row, &next) == FT_CSV_ROW && row.n > 1;
    for (size_t i = 0; i < row.n && names; i++)
        names =
            row.cells[i].n && row.cells[i].n < 32 && !memchr(row.cells[i].p, ' ', row.cells[i].n);
    free(row.cells);
    return names;
}

/* How well a delimiter explains the sample; 0: it does not. Commas of prose are no delimiters. */
static double score(const struct shape *s)
{
    if (s->usual < 2) return 0;
    if (s->spaced > 0.9 && s->share < 0.8) return 0;
    return s->share * s->share * s->share + 0.001 * (double)(s->usual < 20 ? s->usual : 20);
}

static char delimiter_for(const char *text, const char *end, bool eof, bool tsv,
                          const struct ft_read_opt *opt, const struct ft_csv_form *form)
{
    static const char candidates[] = ",\t;|";
    char usual = tsv ? '\t' : ',', found = 0;
    double best = 0;
    for (size_t i = 0; candidates[i]; i++) {
        struct ft_csv_form g = *form;
        g.delimiter = candidates[i];
        g.quote = quote_for(text, end, eof, opt, &g);
        struct shape shape = measure(text, end, eof, SAMPLE_ROWS, &g);
        double s = score(&shape);
        if (s > 0 && g.delimiter == usual) s += 0.05;
        if (s <= best || s < 0.1) continue;
        best = s;
        found = g.delimiter;
    }
    if (found) return found;
    struct ft_csv_form g = *form;
    g.delimiter = usual;
    g.quote = quote_for(text, end, eof, opt, &g);
    return is_names(text, end, eof, &g) ? usual : FT_DELIMITER_NONE;
}

/* --- all of it --- */

size_t ft_csv_sep_line(const char *text, size_t n, char *delimiter)
{
    size_t quote = n && text[0] == '"', i = quote;
    if (n < i + 5 || strncasecmp(text + i, "sep=", 4)) return 0;
    char c = text[i + 4];
    if ((unsigned char)c < ' ' && c != '\t') return 0;
    i += 5;
    if (quote) {
        if (i == n || text[i] != '"') return 0;
        i++;
    }
    while (i < n && (text[i] == c || text[i] == ' '))
        i++;
    if (i < n && text[i] == '\r') i++;
    if (i < n && text[i] == '\n')
        i++;
    else if (i < n && text[i - 1] != '\r')
        return 0;
    *delimiter = c;
    return i;
}

/* Rows before the first that has something in a cell: blank lines, ",,,". */
static size_t empty_rows(const char *text, const char *end, bool eof, const struct ft_csv_form *f)
{
    struct ft_csv_row row = {0};
    const char *p = text, *next;
    while (p < end && ft_csv_next(f, p, end, eof, &row, &next) == FT_CSV_ROW) {
        size_t filled = 0;
        for (size_t i = 0; i < row.n; i++)
            filled += ft_text_trim((struct ft_text){row.cells[i].p, row.cells[i].n}).n > 0 ||
                      row.cells[i].quoted;
        if (filled) break;
        p = next;
    }
    free(row.cells);
    return (size_t)(p - text);
}

void ft_csv_sniff(const char *text, size_t n, bool eof, bool tsv, const struct ft_read_opt *opt,
                  struct ft_csv_form *f)
{
    char said = 0;
    *f = (struct ft_csv_form){.delimiter = tsv ? '\t' : ',', .quote = '"'};
    f->skip = ft_csv_sep_line(text, n, &said);
    const char *all = text + n, *end;
    text += f->skip;
    n -= f->skip;
    if (opt->quote) f->quote = opt->quote == FT_QUOTE_NONE ? 0 : opt->quote;
    bool all_there = eof;
    if (n > SAMPLE_BYTES) eof = false;
    end = text + (n < SAMPLE_BYTES ? n : SAMPLE_BYTES);
    if (opt->delimiter || said) f->delimiter = opt->delimiter ? opt->delimiter : said;
    f->cr = cr_ends_rows(text, end, eof, f);
    if (!opt->delimiter && !said) f->delimiter = delimiter_for(text, end, eof, tsv, opt, f);
    /* a cell that needs quotes may come late */
    const char *most = f->delimiter == '\t' ? all : end;
    f->quote = quote_for(text, most, most == end ? eof : all_there, opt, f);
    f->cr = cr_ends_rows(text, end, eof, f);
    add_habits(text, end, eof, f);
    struct shape shape = measure(text, end, eof, SAMPLE_ROWS, f);
    f->spaced = shape.spaced > 0.5;
    size_t empty = empty_rows(text, end, eof, f);
    f->skip += empty;
    ft_csv_guess_header(text + empty, end, eof, f);
    f->unsure = f->unsure && !opt->header;
    if (opt->header) f->header = opt->header > 0;
    if (!f->header) f->row_names = false;
}

/* Two cells or more of the first row are filled. */
static bool has_cells(const char *text, const char *end, const struct ft_csv_form *f)
{
    struct ft_csv_row row = {0};
    const char *next;
    size_t filled = 0;
    if (ft_csv_next(f, text, end, true, &row, &next) == FT_CSV_ROW)
        for (size_t i = 0; i < row.n; i++)
            filled += ft_text_trim((struct ft_text){row.cells[i].p, row.cells[i].n}).n > 0;
    free(row.cells);
    return filled > 1;
}

enum ft_format ft_csv_in_text(const char *text, size_t n, bool all, const struct ft_read_opt *opt)
{
    static const char candidates[] = "\t,;|";
    char said = 0;
    if (opt->delimiter == FT_DELIMITER_NONE) return FT_FORMAT_TEXT;
    if (opt->delimiter || ft_csv_sep_line(text, n, &said))
        return (opt->delimiter ? opt->delimiter : said) == '\t' ? FT_FORMAT_TSV : FT_FORMAT_CSV;
    const char *end = text + n;
    if (!all) /* whole lines only */
        while (end > text && end[-1] != '\n')
            end--;
    for (const char *c = candidates; *c; c++) {
        struct ft_csv_form f = {.delimiter = *c, .quote = 0};
        f.quote = quote_for(text, end, true, opt, &f);
        struct shape s = measure(text, end, true, SAMPLE_ROWS, &f);
        bool tab = *c == '\t';
        if (!is_even(&s) || s.usual < 2 || s.rows < (tab ? 2 : 3) || s.spaced > 0.5) continue;
        if (tab) return has_cells(text, end, &f) ? FT_FORMAT_TSV : FT_FORMAT_TEXT;
        if (!is_names(text, end, true, &f)) continue;
        ft_csv_guess_header(text, end, true, &f);
        if (f.header) return FT_FORMAT_CSV;
    }
    return FT_FORMAT_TEXT;
}

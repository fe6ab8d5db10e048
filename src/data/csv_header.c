/* Is the first row of a CSV file a header? Decided as a person would: each cell of the first row is
 * compared with those below it. A word above numbers, a short name above long texts, a value that
 * comes nowhere else above a few labels speak for a header; a number above numbers, a sentence
 * above sentences, a label that comes again speak against it. The votes of all columns are added.
 */
#include "data/columns.h"
#include "data/read_in.h"
#include "util/hash.h"
#include "util/str.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { ROWS = 200, COLUMNS = 64, SIGNATURE = 48, NAME_CHARS = 30, SHORT_CHARS = 40, VOTES_MAX = 5 };

/* What a cell looks like. */
struct look {
    size_t chars, words;
    bool number; /* digits, and signs as in numbers, dates and times */
    bool lower;  /* begins with a small letter */
    bool upper;  /* begins with a capital */
    bool under;  /* an underscore, or a capital behind a small letter: a name of a program */
    char ends;   /* its last character where that is a sign, else 0 */
    char signature[SIGNATURE]; /* letters as a, digits as 9, each run once; "" too long */
};

/* One column below the first row. */
struct column {
    struct ft_text top;
    bool top_quoted;
    struct look head;
    size_t n, numbers, quoted;              /* cells that are not empty; of them */
    size_t same;                            /* cells equal to the top */
    size_t once, distinct;                  /* values that come once, all values */
    size_t chars, chars_min, chars_max;     /* sum, least, most */
    size_t words, words_min;                /* sum, least */
    size_t lower, upper, under, ends_alike; /* cells that begin so; that end as the top does */
    bool alike;                             /* all have one signature with a digit or sign in it */
    char signature[SIGNATURE];
    struct ft_strmap values; /* of this column, to how often */
};

static bool is_number_sign(unsigned char c)
{
    return strchr(".,:+-/%'$ ", c) != NULL;
}

static void take_signature(struct look *l, struct ft_text s)
{
    size_t k = 0;
    char last = 0;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.data[i];
        char kind = isdigit(c) ? '9' : c >= 0x80 || isalpha(c) ? 'a' : c == ' ' ? ' ' : (char)c;
        if (kind == last && (kind == '9' || kind == 'a')) continue;
        if (k + 1 == SIGNATURE) {
            l->signature[0] = 0;
            return;
        }
        l->signature[k++] = last = kind;
    }
    l->signature[k] = 0;
}

static struct look look_at(struct ft_text s)
{
    struct look l = {0};
    size_t digits = 0, others = 0, wide = 0;
    bool in_word = false;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.data[i];
        bool blank = isspace(c);
        l.words += !blank && !in_word;
        in_word = !blank;
        wide += c >= 0xE3 && c <= 0xED; /* scripts without blanks between words */
        digits += isdigit(c) != 0;
        others += !isdigit(c) && !is_number_sign(c);
        l.under |= c == '_' || (i && isupper(c) && islower((unsigned char)s.data[i - 1]));
    }
    /* 1e-5, 12 %, and signs of money above 127 */
    bool exponent = others == 1 && digits > 1 && s.n > 2 && memchr(s.data, 'e', s.n) &&
                    isdigit((unsigned char)s.data[0]);
    bool money = digits && others && others <= 3 &&
                 ((unsigned char)s.data[0] >= 0x80 || (unsigned char)s.data[s.n - 1] >= 0x80) &&
                 !wide;
    l.number = digits && (!others || exponent || money);
    l.chars = ft_utf8_chars(s.data, s.n);
    if (wide > 1 && wide / 2 > l.words) l.words = wide / 2;
    if (s.n) {
        unsigned char first = (unsigned char)s.data[0], last = (unsigned char)s.data[s.n - 1];
        l.lower = islower(first);
        l.upper = isupper(first);
        l.ends = ispunct(last) && !strchr("_)]", last) ? (char)last : 0;
    }
    take_signature(&l, s);
    return l;
}

/* "NA" and the like say nothing of what a column holds. */
static bool is_nothing(struct ft_text s)
{
    static const char *const words[] = {"na", "n/a", "nan", "null", "none", "nil", "-", "?"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (s.n == strlen(words[i]) && !strncasecmp(s.data, words[i], s.n)) return true;
    return !s.n;
}

static void add_cell(struct column *c, struct ft_text s, bool quoted)
{
    if (is_nothing(s)) return;
    struct look l = look_at(s);
    bool first = !c->n++;
    c->numbers += l.number;
    c->quoted += quoted;
    c->same += s.n == c->top.n && !memcmp(s.data, c->top.data, s.n);
    c->chars += l.chars;
    c->words += l.words;
    if (first || l.chars < c->chars_min) c->chars_min = l.chars;
    if (l.chars > c->chars_max) c->chars_max = l.chars;
    if (first || l.words < c->words_min) c->words_min = l.words;
    c->lower += l.lower;
    c->upper += l.upper;
    c->under += l.under;
    c->ends_alike += l.ends == c->head.ends;
    if (first) {
        memcpy(c->signature, l.signature, sizeof c->signature);
        c->alike = strpbrk(l.signature, "9_-/.:@#") != NULL;
    }
    c->alike = c->alike && !strcmp(c->signature, l.signature);
    size_t *times = ft_strmap_get(&c->values, s.data, s.n);
    if (times) {
        c->once -= ++*times == 2;
    } else {
        ft_strmap_put(&c->values, s.data, s.n, 1);
        c->once++;
        c->distinct++;
    }
}

static bool is_known(struct ft_text s)
{
    char name[64];
    if (!s.n || s.n >= sizeof name) return false;
    memcpy(name, s.data, s.n);
    name[s.n] = 0;
    return ft_columns_known(name);
}

/* Number above numbers and the like. */
static double vote_numbers(const struct column *c, bool sequence)
{
    if (!c->head.number) return 3;
    return sequence ? 0 : -4;
}

/* Another letter case than all below, or the underscore of a program's name. */
static bool is_other_style(const struct column *c)
{
    const struct look *h = &c->head;
    return c->n > 2 && ((h->lower && c->upper == c->n) || (h->upper && c->lower == c->n) ||
                        (h->under && !c->under));
}

/* Short values: the chance that a row of the data begins with a value that comes nowhere else is
 * about the share of values that come once. */
static double vote_short(const struct column *c, bool known)
{
    double n = (double)c->n, p = ((double)c->once + 0.5) / (n + 1), votes = -log2(p < 1 ? p : 1);
    if (votes > 4) votes = 4;
    if (votes < 1) votes = 0;
    bool longer = c->head.chars > 2 * c->chars_max && c->n > 1;
    if (longer) votes += 1; /* a question above yes and no */
    votes += is_other_style(c);
    /* words of a sentence, and no more of them than below */
    if (c->head.words > 2 && !longer && !known && c->head.ends != '?' && c->head.ends != ':')
        votes -= 1;
    return votes;
}

/* Texts: a name is shorter than they are, and no sentence. */
static double vote_texts(const struct column *c, bool alone)
{
    double mean = (double)c->chars / (double)c->n, words = (double)c->words / (double)c->n;
    const struct look *h = &c->head;
    bool sentence_end = h->ends && strchr(".!;,\"", h->ends);
    bool asks = h->ends == '?' || h->ends == ':';
    bool others_differ = c->n > 2 && h->ends && !c->ends_alike;
    double votes = 0;
    if (h->words == 1 && words >= 3 && h->chars <= NAME_CHARS)
        votes = c->words_min > 1 && !h->ends ? 3 : 1;
    else if (h->words <= 3 && h->chars <= NAME_CHARS && c->words_min > h->words && !sentence_end)
        votes = c->words_min > 2 * h->words ? 2 : 1;
    else if (h->words >= 4 && h->chars >= c->chars_min && h->chars <= c->chars_max && !asks)
        votes = -3;
    else if (h->words >= 4 && (double)h->chars > mean / 2 && !asks)
        votes = -2;
    else if (h->words >= 3 && !asks)
        votes = -1;
    if (votes > 0) votes += is_other_style(c);
    if (asks && others_differ) votes += 1;
    if (h->number && words >= 3) votes += 1;
    if (sentence_end && !others_differ) votes -= 1;
    /* one text a line: what stands above may as well be a short text */
    if (alone && (c->n < 3 || c->words_min < 3) && votes > 0) votes -= 2;
    return votes;
}

static double vote(const struct column *c, size_t rows, bool sequence, bool alone)
{
    bool known = is_known(c->top);
    if (!c->top.n) return c->n && c->n == rows && rows > 2 ? (c->numbers == c->n ? 2 : 1) : 0;
    if (!c->n) return known ? 3 : rows > 1;
    bool numbers = c->numbers * 10 >= c->n * 9 && c->numbers;
    double mean = (double)c->chars / (double)c->n, votes;
    if (c->same) return known ? -1 : -4;
    if (numbers)
        votes = vote_numbers(c, sequence);
    else if (c->alike && c->n > 1)
        votes = strcmp(c->signature, c->head.signature) ? (c->head.number ? 0 : 2) : -3;
    else if (mean <= SHORT_CHARS && (double)c->words / (double)c->n < 3 && c->chars_max < 100)
        votes = vote_short(c, known);
    else
        votes = vote_texts(c, alone);
    if (!numbers && c->head.number && !sequence && votes >= 0 && c->n > 2) votes += 1;
    if (sequence) votes += 2;
    if (!c->top_quoted && c->quoted == c->n && c->n > 1 && !numbers) votes += 2;
    if (known) votes = (votes < 0 ? 0 : votes) + 3;
    return votes > VOTES_MAX ? VOTES_MAX : votes;
}

/* 0,1,2 as pandas writes where columns have no names; 2019,2020,2021; 1., 2. in front of questions,
 * Q1, Q2: numbers that count up along the row, which the rows below do not. */
static bool counts_up(const struct column *cols, size_t n)
{
    long before = -2;
    size_t numbers = 0, steps = 0, named = 0;
    bool texts = false, years = true;
    for (size_t i = 0; i < n; i++) {
        struct ft_text s = cols[i].top;
        size_t at = 0;
        if (!s.n) continue;
        named++;
        texts |= cols[i].n && cols[i].numbers * 10 < cols[i].n * 9;
        if (at < s.n && isalpha((unsigned char)s.data[0])) at++;
        long value = 0;
        size_t from = at;
        for (; at < s.n && at < from + 6 && isdigit((unsigned char)s.data[at]); at++)
            value = value * 10 + (s.data[at] - '0');
        if (at == from || (at < s.n && isdigit((unsigned char)s.data[at]))) continue;
        numbers++;
        steps += value == before + 1;
        years = years && value >= 1900 && value < 2100;
        before = value;
    }
    if (numbers < 2 || steps + 1 != numbers) return false;
    return (numbers == named && texts) || (years && named > numbers);
}

/* A file of one row; or the row below is longer than what was read of the file (`more`). */
static bool is_header_alone(const struct column *cols, size_t n, bool more)
{
    size_t known = more;
    for (size_t i = 0; i < n; i++) {
        if (!cols[i].top.n) continue;
        if (cols[i].head.number || cols[i].head.chars > NAME_CHARS || cols[i].head.words > 3)
            return false;
        known += is_known(cols[i].top);
    }
    return known > 0;
}

static struct ft_text cell_of(const struct ft_csv_row *row, size_t i, const struct ft_csv_form *f,
                              struct ft_arena *arena)
{
    const struct ft_csv_cell *c = &row->cells[i];
    struct ft_text s = {c->p, c->n};
    if (c->quoted_raw) {
        char *out = ft_arena_alloc(arena, c->n ? c->n : 1);
        s = (struct ft_text){out, ft_csv_unquote(c, f, out)};
    }
    return ft_text_trim(s);
}

static bool decide(struct column *cols, size_t n, size_t rows, bool more, bool *unsure)
{
    *unsure = false;
    if (!rows) return is_header_alone(cols, n, more);
    bool sequence = counts_up(cols, n), alone = n == 1;
    double votes = alone ? -1 : 1; /* tables have a header more often than not */
    for (size_t i = 0; i < n; i++)
        votes += vote(&cols[i], rows, sequence, alone);
    *unsure = votes > 0 && votes <= 1;
    return votes > 0;
}

void ft_csv_guess_header(const char *text, const char *end, bool eof, struct ft_csv_form *f)
{
    struct ft_csv_row row = {0};
    struct ft_arena arena = {0};
    struct column *cols = ft_xcalloc(COLUMNS, sizeof *cols);
    const char *p = text, *next = NULL;
    size_t n = 0, rows = 0, longer = 0, ascending = 0;
    f->header = f->unsure = f->row_names = false;
    if (ft_csv_next(f, p, end, eof, &row, &next) == FT_CSV_ROW) {
        size_t cells = row.n;
        n = cells < COLUMNS ? cells : COLUMNS;
        for (size_t i = 0; i < n; i++) {
            cols[i].top = cell_of(&row, i, f, &arena);
            cols[i].top_quoted = row.cells[i].quoted;
            cols[i].head = look_at(cols[i].top);
        }
        for (p = next; p < end && rows < ROWS; p = next) {
            if (ft_csv_next(f, p, end, eof, &row, &next) != FT_CSV_ROW) break;
            if (row.n == 1 && !row.cells[0].n) continue;
            rows++;
            longer += row.n == cells + 1;
            struct ft_text first = cell_of(&row, 0, f, &arena);
            ascending += look_at(first).number;
            /* names of rows that have no name themselves: the others stand one to the right */
            size_t shift = row.n == cells + 1 && longer == rows && cells > 1 &&
                           row.cells[row.n - 1].n && ascending == rows;
            for (size_t i = 0; i < n && i + shift < row.n; i++)
                add_cell(&cols[i], cell_of(&row, i + shift, f, &arena),
                         row.cells[i + shift].quoted);
            f->row_names = shift;
        }
        f->header = decide(cols, n, rows, p < end, &f->unsure);
    }
    f->row_names = f->row_names && f->header && longer == rows && ascending == rows;
    for (size_t i = 0; i < n; i++)
        ft_strmap_release(&cols[i].values);
    ft_arena_release(&arena);
    free(cols);
    free(row.cells);
}

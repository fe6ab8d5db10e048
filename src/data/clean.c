/* Cleaning: the table of steps, and the steps on words and blanks; HTML is in clean_html.c. */
#include "data/clean.h"

#include "data/clean_in.h"
#include "data/unicode.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* NULL: dedup is about rows. */
static ft_clean_fn *const fns[FT_CLEAN_COUNT] = {
    [FT_CLEAN_HTML] = ft_clean_step_html,
    [FT_CLEAN_WHITESPACE] = ft_clean_step_whitespace,
    [FT_CLEAN_URLS] = ft_clean_step_urls,
    [FT_CLEAN_LOWERCASE] = ft_clean_step_lowercase,
    [FT_CLEAN_STOPWORDS] = ft_clean_step_stopwords,
};
static const char *const names[FT_CLEAN_COUNT] = {
#define X(id, name, help) [FT_CLEAN_##id] = name,
    FT_CLEAN_LIST(X)
#undef X
};
static const char *const helps[FT_CLEAN_COUNT] = {
#define X(id, name, help) [FT_CLEAN_##id] = help,
    FT_CLEAN_LIST(X)
#undef X
};

/* Words that carry little meaning. Negations (not, no, never..) are kept: they turn a text round.
 * Sorted. */
static const char *const stopwords[] = {
    "a",       "about",   "above",  "after",    "again",      "all",     "also",   "am",
    "an",      "and",     "any",    "are",      "as",         "at",      "be",     "because",
    "been",    "before",  "being",  "below",    "between",    "both",    "but",    "by",
    "can",     "could",   "did",    "do",       "does",       "doing",   "down",   "during",
    "each",    "few",     "for",    "from",     "further",    "had",     "has",    "have",
    "having",  "he",      "he'd",   "he'll",    "he's",       "her",     "here",   "here's",
    "hers",    "herself", "him",    "himself",  "his",        "how",     "i",      "i'd",
    "i'll",    "i'm",     "i've",   "if",       "in",         "into",    "is",     "it",
    "it'd",    "it'll",   "it's",   "its",      "itself",     "let's",   "may",    "me",
    "might",   "more",    "most",   "must",     "my",         "myself",  "of",     "off",
    "on",      "once",    "only",   "or",       "other",      "our",     "ours",   "ourselves",
    "out",     "over",    "own",    "same",     "shall",      "she",     "she'd",  "she'll",
    "she's",   "should",  "so",     "some",     "such",       "than",    "that",   "that's",
    "the",     "their",   "theirs", "them",     "themselves", "then",    "there",  "there's",
    "these",   "they",    "they'd", "they'll",  "they're",    "they've", "this",   "those",
    "through", "to",      "under",  "until",    "up",         "upon",    "us",     "was",
    "we",      "we'd",    "we'll",  "we're",    "we've",      "were",    "what",   "what's",
    "when",    "where",   "which",  "while",    "who",        "who's",   "whom",   "whose",
    "why",     "will",    "with",   "would",    "you",        "you'd",   "you'll", "you're",
    "you've",  "your",    "yours",  "yourself", "yourselves"};

const char *ft_clean_name(enum ft_clean step)
{
    return names[step];
}

const char *ft_clean_help(enum ft_clean step)
{
    return helps[step];
}

enum ft_status ft_clean_parse(const char *list, unsigned *out, struct ft_err *err)
{
    unsigned bits = 0;
    for (const char *p = list; *p;) {
        size_t n = strcspn(p, ",");
        size_t from = 0, to = n;
        while (from < to && p[from] == ' ')
            from++;
        while (to > from && p[to - 1] == ' ')
            to--;
        char *word = ft_xstrndup(p + from, to - from);
        int step = 0;
        while (step < FT_CLEAN_COUNT && strcmp(names[step], word) != 0)
            step++;
        if (step < FT_CLEAN_COUNT) {
            bits |= FT_CLEAN_BIT(step);
        } else if (*word && strcmp(word, "none") != 0) {
            const char *near = ft_nearest(word, names, FT_CLEAN_COUNT);
            enum ft_status st =
                ft_fail(err, FT_USAGE, "clean: unknown step \"%s\"; %s%s", word,
                        near ? "did you mean "
                             : "expected html, whitespace, urls, lowercase, stopwords, dedup",
                        near ? near : "");
            free(word);
            return st;
        }
        free(word);
        p += n + (p[n] == ',');
    }
    *out = bits;
    return FT_OK;
}

/* ---- sink ---- */

static void remember(struct ft_clean_sink *s, size_t n, size_t at, bool fresh)
{
    if (!s->track) return;
    ft_grow(&s->origin, &s->cap, s->out->len + n, sizeof *s->origin);
    for (size_t i = 0; i < n; i++)
        s->origin[s->out->len + i] = fresh ? SIZE_MAX : at + i;
}

void ft_clean_keep(struct ft_clean_sink *s, const char *text, size_t n, size_t at)
{
    remember(s, n, at, false);
    ft_str_add(s->out, text, n);
}

void ft_clean_new(struct ft_clean_sink *s, const char *text, size_t n)
{
    remember(s, n, 0, true);
    ft_str_add(s->out, text, n);
}

/* ---- steps ---- */

bool ft_clean_step_whitespace(struct ft_text in, struct ft_clean_sink *s)
{
    bool changed = false, blank = false;
    size_t blank_at = 0;
    for (size_t i = 0; i < in.n;) {
        size_t from = i;
        uint32_t cp = (unsigned char)in.data[i] < 0x80 ? (unsigned char)in.data[i++]
                                                       : ft_uni_next(in.data, in.n, &i);
        bool space =
            cp < 0x80 ? (cp == ' ' || (cp >= 9 && cp <= 13)) : ft_uni_class(cp) & FT_UNI_SPACE;
        if (space) {
            if (blank || cp != ' ' || !s->out->len) changed = true;
            if (!blank) blank_at = from;
            blank = true;
            continue;
        }
        if (blank && s->out->len) {
            if (in.data[blank_at] == ' ')
                ft_clean_keep(s, " ", 1, blank_at);
            else
                ft_clean_new(s, " ", 1);
        }
        blank = false;
        ft_clean_keep(s, in.data + from, i - from, from);
    }
    return changed || blank;
}

static size_t url_start(const char *p, size_t n)
{
    static const char *const heads[] = {"http://", "https://", "ftp://", "www."};
    for (size_t i = 0; i < 4; i++) {
        size_t len = strlen(heads[i]);
        if (n > len && !strncasecmp(p, heads[i], len) && isalnum((unsigned char)p[len])) return len;
    }
    return 0;
}

bool ft_clean_step_urls(struct ft_text in, struct ft_clean_sink *s)
{
    bool changed = false;
    size_t kept = 0;
    for (size_t i = 0; i < in.n; i++) {
        char c = in.data[i];
        if (!strchr("hHfFwW", c) || !c) continue;
        if (i && isalnum((unsigned char)in.data[i - 1])) continue;
        size_t n = url_start(in.data + i, in.n - i);
        if (!n) continue;
        while (i + n < in.n && (unsigned char)in.data[i + n] > ' ' &&
               !strchr("<>\"`|{}", in.data[i + n]))
            n++;
        while (n && strchr(".,;:!?)]'", in.data[i + n - 1]))
            n--;
        ft_clean_keep(s, in.data + kept, i - kept, kept);
        ft_clean_new(s, "[url]", 5);
        kept = i + n;
        i = kept - 1;
        changed = true;
    }
    if (changed) ft_clean_keep(s, in.data + kept, in.n - kept, kept);
    return changed;
}

bool ft_clean_step_lowercase(struct ft_text in, struct ft_clean_sink *s)
{
    bool changed = false;
    for (size_t i = 0; i < in.n;) {
        size_t from = i;
        unsigned char c = (unsigned char)in.data[i];
        if (c < 0x80) {
            while (i < in.n && (unsigned char)in.data[i] < 0x80 &&
                   !isupper((unsigned char)in.data[i]))
                i++;
            if (i > from) {
                ft_clean_keep(s, in.data + from, i - from, from);
                continue;
            }
            char low = (char)tolower(c);
            ft_clean_keep(s, &low, 1, i++);
            changed = true;
            continue;
        }
        uint32_t low[2], cp = ft_uni_next(in.data, in.n, &i);
        size_t n = ft_uni_lower(cp, low);
        if (n == 1 && low[0] == cp) {
            ft_clean_keep(s, in.data + from, i - from, from);
            continue;
        }
        changed = true;
        for (size_t k = 0; k < n; k++) {
            char utf8[4];
            ft_clean_new(s, utf8, ft_uni_put(low[k], utf8));
        }
    }
    return changed;
}

static int compare_word(const void *key, const void *row)
{
    const char *const *word = row;
    return strcmp(key, *word);
}

static bool word_byte(unsigned char c)
{
    return isalnum(c) || c >= 0x80 || c == '_';
}

static bool is_stopword(const char *p, size_t n)
{
    char buf[16];
    if (n >= sizeof buf) return false;
    for (size_t i = 0; i < n; i++)
        buf[i] = (char)tolower((unsigned char)p[i]);
    buf[n] = 0;
    return bsearch(buf, stopwords, sizeof stopwords / sizeof *stopwords, sizeof *stopwords,
                   compare_word);
}

bool ft_clean_step_stopwords(struct ft_text in, struct ft_clean_sink *s)
{
    bool changed = false;
    size_t kept = 0;
    for (size_t i = 0; i < in.n;) {
        if (!word_byte((unsigned char)in.data[i])) {
            i++;
            continue;
        }
        size_t to = i;
        while (to < in.n &&
               (word_byte((unsigned char)in.data[to]) ||
                (in.data[to] == '\'' && to + 1 < in.n && isalpha((unsigned char)in.data[to + 1]))))
            to++;
        if (is_stopword(in.data + i, to - i)) {
            ft_clean_keep(s, in.data + kept, i - kept, kept);
            kept = to;
            /* The blank after it goes with it when a blank or nothing is before it. */
            if (kept < in.n && in.data[kept] == ' ' &&
                (!s->out->len || s->out->data[s->out->len - 1] == ' '))
                kept++;
            changed = true;
            to = kept > to ? kept : to;
        }
        i = to;
    }
    if (changed) ft_clean_keep(s, in.data + kept, in.n - kept, kept);
    return changed;
}

/* ---- all of them ---- */

/* Applies the steps to and fro between two strings. *origins (may be NULL) gets the origin in `in`
 * of each byte of the result. Returns where the result is, NULL when nothing changed. */
static struct ft_str *apply(unsigned bits, struct ft_text in, struct ft_str buf[2],
                            size_t **origins)
{
    struct ft_text now = in;
    struct ft_str *result = NULL;
    size_t *from = NULL;
    int which = 0;
    ft_uni_init();
    for (int i = 0; i < FT_CLEAN_COUNT; i++) {
        if (!(bits & FT_CLEAN_BIT(i)) || !fns[i] || !now.n) continue;
        struct ft_clean_sink s = {.out = &buf[which], .track = origins != NULL};
        ft_str_clear(s.out);
        if (!fns[i](now, &s)) {
            free(s.origin);
            continue;
        }
        for (size_t k = 0; origins && from && k < s.out->len; k++)
            if (s.origin[k] != SIZE_MAX) s.origin[k] = from[s.origin[k]];
        if (origins) {
            free(from);
            from = s.origin;
        }
        result = s.out;
        now = (struct ft_text){ft_str_text(s.out), s.out->len};
        which = !which;
    }
    if (origins) *origins = from;
    return result;
}

bool ft_clean_text(unsigned bits, struct ft_text in, struct ft_str *out)
{
    struct ft_str buf[2] = {{0}, {0}};
    struct ft_str *result = in.n ? apply(bits, in, buf, NULL) : NULL;
    if (result) {
        struct ft_str old = *out;
        *out = *result;
        *result = old;
    }
    ft_str_release(&buf[0]);
    ft_str_release(&buf[1]);
    return result != NULL;
}

size_t ft_clean_spans(unsigned bits, struct ft_text in, struct ft_clean_span *out, size_t max)
{
    struct ft_str buf[2] = {{0}, {0}};
    size_t *origins = NULL, n = 0;
    struct ft_str *result = in.n ? apply(bits, in, buf, &origins) : NULL;
    if (result) {
        bool *kept = ft_xcalloc(in.n, sizeof *kept);
        for (size_t i = 0; i < result->len; i++) {
            size_t at = origins[i];
            if (at != SIZE_MAX && result->data[i] == in.data[at]) kept[at] = true;
        }
        for (size_t i = 0; i < in.n;) {
            size_t from = i;
            while (i < in.n && !kept[i])
                i++;
            if (i > from) {
                if (n < max) out[n] = (struct ft_clean_span){from, i};
                n++;
            } else {
                i++;
            }
        }
        free(kept);
    }
    free(origins);
    ft_str_release(&buf[0]);
    ft_str_release(&buf[1]);
    return n;
}

size_t ft_clean_count(const struct ft_table *t, size_t col, unsigned before, enum ft_clean step,
                      const atomic_bool *cancel)
{
    struct ft_str first = {0}, second = {0};
    size_t rows = ft_table_rows(t), n = 0;
    if (step == FT_CLEAN_DEDUP) return 0;
    before &= FT_CLEAN_BIT(step) - 1;
    for (size_t r = 0; r < rows; r++) {
        if (r % 1024 == 0 && cancel && atomic_load_explicit(cancel, memory_order_relaxed)) break;
        struct ft_text s = ft_table_cell(t, r, col);
        if (before && ft_clean_text(before, s, &first))
            s = (struct ft_text){ft_str_text(&first), first.len};
        n += ft_clean_text(FT_CLEAN_BIT(step), s, &second);
    }
    ft_str_release(&first);
    ft_str_release(&second);
    return n;
}

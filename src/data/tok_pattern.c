/* Patterns of tokenizer.json: see tok_pattern.h. */
#include "data/tok_pattern.h"

#include <stdlib.h>
#include <string.h>

/* The pre-tokenizer of GPT-2 as it is written in files. */
static const char gpt2[] =
    "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

struct source {
    const char *s;
    size_t n, at;
};

static bool more(const struct source *src)
{
    return src->at < src->n;
}

/* The next character; an ASCII one with a meaning of its own must be escaped. */
static uint32_t next(struct source *src)
{
    return ft_uni_next(src->s, src->n, &src->at);
}

static bool add_literal(struct tok_atom *a, uint32_t cp)
{
    if (a->literals_n == sizeof a->literals / sizeof *a->literals) return false;
    a->literals[a->literals_n++] = cp;
    return true;
}

/* What follows a backslash. */
static bool escaped(struct source *src, struct tok_atom *a)
{
    uint32_t cp = more(src) ? next(src) : 0;
    switch (cp) {
    case 's':
        a->classes |= FT_UNI_SPACE;
        return true;
    case 'n':
        return add_literal(a, '\n');
    case 'r':
        return add_literal(a, '\r');
    case 't':
        return add_literal(a, '\t');
    case 'p':
        if (src->n - src->at < 3 || src->s[src->at] != '{' || src->s[src->at + 2] != '}')
            return false;
        cp = (uint8_t)src->s[src->at + 1];
        src->at += 3;
        a->classes |= cp == 'L'   ? FT_UNI_LETTER
                      : cp == 'N' ? FT_UNI_NUMBER
                      : cp == 'M' ? FT_UNI_MARK
                                  : 0u;
        return cp == 'L' || cp == 'N' || cp == 'M';
    default:
        return cp && strchr("\\.|()[]{}*+?^$/-", (int)(cp < 128 ? cp : 1)) && add_literal(a, cp);
    }
}

static bool set_of(struct source *src, struct tok_atom *a)
{
    if (more(src) && src->s[src->at] == '^') {
        a->negated = true;
        src->at++;
    }
    for (bool any = false;; any = true) {
        uint32_t cp;
        if (!more(src)) return false;
        cp = next(src);
        if (cp == ']') return any;
        if (cp == '[' || cp == '-' || cp == '&') return false; /* ranges and sets of sets */
        if (cp == '\\' ? !escaped(src, a) : !add_literal(a, cp)) return false;
    }
}

static bool number(struct source *src, uint32_t *value)
{
    size_t from = src->at;
    for (*value = 0; more(src) && src->s[src->at] >= '0' && src->s[src->at] <= '9'; src->at++) {
        if (*value > 100000) return false;
        *value = *value * 10 + (uint32_t)(src->s[src->at] - '0');
    }
    return src->at > from;
}

/* "+", "{2}", "{2,}", "{2,5}" or nothing. */
static bool times(struct source *src, struct tok_atom *a)
{
    a->min = a->max = 1;
    if (!more(src)) return true;
    if (src->s[src->at] == '+') {
        a->max = UINT32_MAX;
        src->at++;
    } else if (src->s[src->at] == '{') {
        src->at++;
        if (!number(src, &a->min) || !more(src) || a->min == 0) return false;
        a->max = a->min;
        if (src->s[src->at] == ',') {
            src->at++;
            a->max = UINT32_MAX;
            if (more(src) && src->s[src->at] != '}' && !number(src, &a->max)) return false;
        }
        if (!more(src) || src->s[src->at++] != '}' || a->max < a->min) return false;
    }
    return !more(src) || !strchr("+*?{", src->s[src->at]); /* lazy, possessive, twice */
}

static bool atom(struct source *src, struct tok_atom *a)
{
    uint32_t cp = next(src);
    *a = (struct tok_atom){0};
    if (cp == '['    ? !set_of(src, a)
        : cp == '\\' ? !escaped(src, a)
                     : (cp < 128 && strchr("()]{}*+?.^$|", (int)cp)) || !add_literal(a, cp))
        return false;
    return times(src, a);
}

bool tok_pattern_regex(struct tok_pattern *p, const char *regex, size_t n)
{
    struct source src = {regex, n, 0};
    *p = (struct tok_pattern){0};
    if (n == sizeof gpt2 - 1 && !memcmp(regex, gpt2, n)) {
        p->gpt2 = true;
        return true;
    }
    for (size_t alt = 0; more(&src); alt++) {
        bool repeats = false;
        size_t from = p->atoms_n;
        do {
            if (p->atoms_n == TOK_ATOMS_MAX || !atom(&src, &p->atoms[p->atoms_n])) return false;
            p->atoms[p->atoms_n].alternative = (uint8_t)alt;
            repeats |= p->atoms[p->atoms_n].max != p->atoms[p->atoms_n].min;
            p->atoms_n++;
        } while (more(&src) && src.s[src.at] != '|');
        /* atoms in a row are matched without going back: they must have a fixed length */
        if (repeats && p->atoms_n - from > 1) return false;
        if (more(&src) && (src.at++, !more(&src))) return false;
    }
    return p->atoms_n > 0;
}

bool tok_pattern_text(struct tok_pattern *p, const char *text, size_t n)
{
    *p = (struct tok_pattern){0};
    for (size_t i = 0; i < n;) {
        if (p->atoms_n == TOK_ATOMS_MAX) return false;
        struct tok_atom *a = &p->atoms[p->atoms_n++];
        *a = (struct tok_atom){.min = 1, .max = 1};
        add_literal(a, ft_uni_next(text, n, &i));
    }
    return true;
}

static bool is_one(const struct tok_atom *a, uint32_t cp)
{
    bool in = a->classes && (ft_uni_class(cp) & a->classes);
    for (size_t i = 0; !in && i < a->literals_n; i++)
        in = a->literals[i] == cp;
    return in != a->negated;
}

static size_t match_alternative(const struct tok_atom *a, size_t atoms, const struct tok_char *c,
                                size_t n)
{
    size_t at = 0;
    for (size_t i = 0; i < atoms; i++) {
        uint32_t count = 0;
        while (at < n && count < a[i].max && is_one(&a[i], c[at].cp)) {
            at++;
            count++;
        }
        if (count < a[i].min) return 0;
    }
    return at;
}

size_t tok_pattern_match(const struct tok_pattern *p, const struct tok_char *c, size_t n)
{
    for (size_t i = 0, end; i < p->atoms_n; i = end) {
        end = i + 1;
        while (end < p->atoms_n && p->atoms[end].alternative == p->atoms[i].alternative)
            end++;
        size_t len = match_alternative(p->atoms + i, end - i, c, n);
        if (len) return len;
    }
    return 0;
}

bool tok_pattern_has(const struct tok_pattern *p, uint32_t cp)
{
    for (size_t i = 0; i < p->atoms_n; i++)
        if (is_one(&p->atoms[i], cp)) return true;
    return p->gpt2;
}

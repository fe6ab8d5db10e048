/* Where the answers of question answering data are: from code points to bytes, and putting right
 * those that are not at their offset. See squad_in.h. */
#include "data/squad_in.h"

#include "data/input.h"
#include "data/unicode.h"

#include <stdlib.h>
#include <string.h>

/* Byte offsets of every 256th code point of a context. */
struct ruler {
    struct ft_text text;
    size_t *marks, n, cap, chars;
    bool ascii;
};

static void ruler_build(struct ruler *u, struct ft_text text)
{
    u->text = text;
    u->n = u->chars = 0;
    u->ascii = ft_uni_ascii_run(text.data ? text.data : "", text.n) == text.n;
    if (u->ascii) {
        u->chars = text.n;
        return;
    }
    for (size_t i = 0; i < text.n; i++) {
        if (((unsigned char)text.data[i] & 0xC0) == 0x80) continue;
        if (u->chars % 256 == 0) {
            ft_grow(&u->marks, &u->cap, u->n + 1, sizeof *u->marks);
            u->marks[u->n++] = i;
        }
        u->chars++;
    }
}

/* Byte of a code point, cp <= chars. */
static size_t ruler_byte(const struct ruler *u, size_t cp)
{
    if (u->ascii) return cp;
    if (cp >= u->chars) return u->text.n;
    size_t i = u->marks[cp / 256];
    for (size_t left = cp % 256; left;) {
        i++;
        left -= ((unsigned char)u->text.data[i] & 0xC0) != 0x80;
    }
    return i;
}

static size_t ruler_cp(const struct ruler *u, size_t byte)
{
    if (u->ascii) return byte;
    size_t lo = 0, hi = u->n; /* the last mark at or before byte */
    while (hi - lo > 1) {
        size_t mid = lo + (hi - lo) / 2;
        if (u->marks[mid] <= byte)
            lo = mid;
        else
            hi = mid;
    }
    return u->n ? lo * 256 + ft_uni_count(u->text.data + u->marks[lo], byte - u->marks[lo]) : 0;
}

/* The occurrence nearest to byte `near`; false when there is none or two are as near. */
static bool nearest(const struct ruler *u, struct ft_text a, size_t near, uint64_t *budget,
                    size_t *at)
{
    const char *p = u->text.data, *end = p + u->text.n;
    size_t best = SIZE_MAX;
    bool tie = false;
    if (!p || !a.data || !a.n || a.n > u->text.n || *budget < u->text.n) return false;
    *budget -= u->text.n;
    for (; (p = memmem(p, (size_t)(end - p), a.data, a.n)); p++) {
        size_t i = (size_t)(p - u->text.data), d = i > near ? i - near : near - i;
        if (d > best) break; /* they only get farther from here on */
        /* Each search begins with a study of the needle that costs much more a byte. */
        if (*budget / 16 < a.n) return false;
        *budget -= 16 * (uint64_t)a.n;
        tie = d == best;
        best = d;
        if (!tie) *at = i;
    }
    return best != SIZE_MAX && !tie;
}

/* The only occurrence. */
static bool only(const struct ruler *u, struct ft_text a, uint64_t *budget, size_t *at)
{
    if (!u->text.data || !a.n || a.n > u->text.n || *budget < 2 * (uint64_t)u->text.n) return false;
    *budget -= 2 * (uint64_t)u->text.n;
    const char *end = u->text.data + u->text.n;
    const char *p = memmem(u->text.data, u->text.n, a.data, a.n);
    if (!p || memmem(p + 1, (size_t)(end - p) - 1, a.data, a.n)) return false;
    *at = (size_t)(p - u->text.data);
    return true;
}

static void place_answer(struct ft_squad *q, const struct ruler *u, struct ft_squad_answer *a,
                         uint64_t *budget)
{
    size_t near = ruler_byte(u, a->start_cp < u->chars ? a->start_cp : u->chars);
    size_t at = near;
    bool there = a->text.n && a->start_cp < u->chars && a->text.n <= u->text.n - near &&
                 !memcmp(u->text.data + near, a->text.data, a->text.n);
    if (a->no_start) there = false;
    bool found = there || (a->no_start ? only(u, a->text, budget, &at)
                                       : nearest(u, a->text, near, budget, &at));
    if (!found) {
        a->start = a->end = a->start_cp = a->end_cp = 0;
        q->lost++;
        return;
    }
    if (!there) {
        a->moved = true;
        q->moved++;
        a->start_cp = ruler_cp(u, at);
    }
    a->placed = true;
    a->start = at;
    a->end = at + a->text.n;
    a->end_cp = a->start_cp + ft_uni_count(a->text.data, a->text.n);
}

void ft_squad_place(struct ft_squad *q)
{
    struct ruler u = {0};
    uint64_t budget =
        (uint64_t)4 << 30; /* bytes searched in all: a hostile file cannot hold us up */
    for (size_t i = 0; i < q->paragraphs_n; i++) {
        struct ft_squad_paragraph *p = &q->paragraphs[i];
        ruler_build(&u, p->context);
        p->chars = u.chars;
        for (uint32_t k = 0; k < p->questions_n; k++) {
            const struct ft_squad_question *s = &q->questions[p->questions_first + k];
            for (uint32_t j = 0; j < s->answers_n; j++)
                place_answer(q, &u, &q->answers[s->answers_first + j], &budget);
        }
    }
    free(u.marks);
}

/* Spans of texts to tags of words: see tagged.h. */
#include "data/tagged_in.h"

#include "data/jscan.h"
#include "data/text.h"
#include "data/unicode.h"
#include "util/str.h"

#include <stdlib.h>
#include <string.h>

/* ---- cells ---- */

/* A place; SIZE_MAX for one that is in no text (negative, a fraction, huge). */
static bool take_place(struct ft_jscan *s, size_t *out)
{
    struct ft_text raw;
    char buf[40];
    double x;
    char c = ft_jscan_peek(s);
    *out = SIZE_MAX;
    if (c == '[' || c == '{' || !ft_jscan_cell(s, &raw)) return false;
    if (!raw.data || raw.n >= sizeof buf) return raw.data != NULL;
    memcpy(buf, raw.data, raw.n);
    buf[raw.n] = 0;
    if (!ft_parse_double(buf, &x)) return false;
    if (x >= 0 && x < 4e9 && x == (double)(size_t)x) *out = (size_t)x;
    return true;
}

/* A type: a text, or a list with one. */
static bool take_type(struct ft_jscan *s, struct ft_text *out)
{
    bool list = ft_jscan_peek(s) == '[';
    if (list && (!ft_jscan_enter(s, '[') || !ft_jscan_item(s))) return false;
    char c = ft_jscan_peek(s);
    if (c == '[' || c == '{' || !ft_jscan_cell(s, out)) return false;
    s->first = false;
    while (list && ft_jscan_item(s)) {
        ft_jscan_skip(s, NULL);
        s->first = false;
    }
    s->first = false;
    return true;
}

static const char *take_object(struct ft_jscan *s, struct ft_text_span *span)
{
    struct ft_text key;
    bool start = false, end = false;
    ft_jscan_enter(s, '{');
    while (ft_jscan_key(s, &key)) {
        char c = ft_jscan_peek(s);
        if (ft_jscan_is(key, "text") && c == '"')
            ft_jscan_string(s, &span->text);
        else if (ft_jscan_is(key, "start") || ft_jscan_is(key, "start_offset"))
            start = take_place(s, &span->start);
        else if (ft_jscan_is(key, "end") || ft_jscan_is(key, "end_offset"))
            end = take_place(s, &span->end);
        else if ((ft_jscan_is(key, "label") || ft_jscan_is(key, "labels") ||
                  ft_jscan_is(key, "entity") || ft_jscan_is(key, "type") ||
                  ft_jscan_is(key, "tag")) &&
                 !span->type.n && ft_jscan_peek(s) != '{')
            take_type(s, &span->type);
        else
            ft_jscan_skip(s, NULL);
        s->first = false;
    }
    return !start || !end ? "a span without start or end" : NULL;
}

static const char *take_array(struct ft_jscan *s, struct ft_text_span *span)
{
    ft_jscan_enter(s, '[');
    bool good = ft_jscan_item(s) && take_place(s, &span->start);
    s->first = false;
    good = good && ft_jscan_item(s) && take_place(s, &span->end);
    s->first = false;
    good = good && ft_jscan_item(s) && take_type(s, &span->type);
    s->first = false;
    while (good && ft_jscan_item(s)) {
        ft_jscan_skip(s, NULL);
        s->first = false;
    }
    return good ? NULL : "a span that is not [start, end, type]";
}

bool ft_spans_parse(struct ft_text cell, struct ft_arena *arena, struct ft_text_span **spans,
                    size_t *n, const char **why)
{
    struct ft_text t = ft_text_trim(cell);
    struct ft_jscan s = {.p = t.data, .end = t.data + t.n, .arena = arena};
    size_t cap = 0;
    struct ft_text_span *found = NULL;
    *n = 0;
    *spans = NULL;
    *why = NULL;
    if (!t.n) return true;
    if (!ft_jscan_enter(&s, '[')) *why = "not a list of spans";
    while (!*why && ft_jscan_item(&s)) {
        struct ft_text_span span = {SIZE_MAX, SIZE_MAX, {NULL, 0}, {NULL, 0}};
        char c = ft_jscan_peek(&s);
        *why = c == '{'   ? take_object(&s, &span)
               : c == '[' ? take_array(&s, &span)
                          : "a span that is neither [start, end, type] nor an object";
        span.type = ft_text_trim(span.type);
        if (!*why && !span.type.n) *why = "a span without a label";
        s.first = false;
        ft_grow(&found, &cap, *n + 1, sizeof *found);
        found[(*n)++] = span;
    }
    if (!*why && s.why) *why = s.why;
    if (*n) {
        *spans = ft_arena_alloc(arena, *n * sizeof **spans);
        memcpy(*spans, found, *n * sizeof **spans);
    }
    free(found);
    if (*why) *n = 0;
    return !*why;
}

/* The byte and the code point where the unit `unit` of UTF-16 begins; false: there is none. */
static bool unit_at(struct ft_text text, size_t unit, size_t *byte, size_t *point)
{
    size_t units = 0, i = 0;
    *point = 0;
    while (i < text.n && units < unit) {
        units += ft_uni_next(text.data, text.n, &i) > 0xFFFF ? 2 : 1;
        ++*point;
    }
    *byte = i;
    return units == unit;
}

static bool has_at(struct ft_text text, size_t from, size_t to, struct ft_text part)
{
    return from <= to && to <= text.n && to - from == part.n &&
           (!part.n || !memcmp(text.data + from, part.data, part.n));
}

bool ft_span_recount(struct ft_text text, struct ft_text_span *span)
{
    size_t from, to, first, last;
    if (!span->text.n || span->start >= span->end) return false;
    from = ft_utf8_byte(text.data, text.n, span->start);
    to = ft_utf8_byte(text.data, text.n, span->end);
    if (has_at(text, from, to, span->text)) return false;
    if (!unit_at(text, span->start, &from, &first) || !unit_at(text, span->end, &to, &last) ||
        !has_at(text, from, to, span->text))
        return false;
    span->start = first;
    span->end = last;
    return true;
}

/* ---- words ---- */

struct words {
    struct ft_word **items;
    size_t *n, *cap;
};

static void add_word(struct words *w, size_t start, size_t end, size_t first, size_t last)
{
    ft_grow(w->items, w->cap, *w->n + 1, sizeof **w->items);
    (*w->items)[(*w->n)++] = (struct ft_word){.start = (uint32_t)start,
                                              .end = (uint32_t)end,
                                              .first = (uint32_t)first,
                                              .last = (uint32_t)last,
                                              .tag = -1};
}

/* As BERT's pre-tokenizer: words end at blanks, punctuation and Chinese characters stand alone. */
static void plain_words(struct ft_text text, struct words *w)
{
    size_t start = 0, first = 0, chars = 0;
    bool inside = false;
    ft_uni_init();
    for (size_t i = 0; i < text.n;) {
        size_t at = i;
        unsigned class = ft_uni_class(ft_uni_next(text.data, text.n, &i));
        bool alone = class & (FT_UNI_PUNCT | FT_UNI_CJK), blank = class & FT_UNI_SPACE;
        if (inside && (alone || blank)) add_word(w, start, at, first, chars);
        if (alone) add_word(w, at, i, chars, chars + 1);
        if (!alone && !blank && !inside) {
            start = at;
            first = chars;
        }
        inside = !alone && !blank;
        chars++;
    }
    if (inside) add_word(w, start, text.n, first, chars);
}

/* Blanks at the ends of what a token stands for are no part of the word. */
static void trim(struct ft_text text, struct ft_word *w)
{
    while (w->start < w->end) {
        size_t i = w->start;
        if (!(ft_uni_class(ft_uni_next(text.data, w->end, &i)) & FT_UNI_SPACE)) break;
        w->start = (uint32_t)i;
        w->first++;
    }
    while (w->start < w->end) {
        size_t i = w->end;
        if (!(ft_uni_class(ft_uni_prev(text.data, &i)) & FT_UNI_SPACE)) break;
        w->end = (uint32_t)i;
        w->last--;
    }
}

void ft_enc_words(const struct ft_enc *enc, struct ft_text text, struct ft_word **words, size_t *n,
                  size_t *cap, int32_t *of)
{
    struct words w = {words, n, cap};
    int32_t number = 0;
    for (size_t i = 0, to; i < enc->n; i = to) {
        struct ft_word x = {enc->bytes[i].start, enc->bytes[i].end, enc->chars[i].start,
                            enc->chars[i].end, -1};
        for (to = i; to < enc->n && enc->words[to] == enc->words[i]; to++) {
            if (enc->chars[to].start < x.first) {
                x.first = enc->chars[to].start;
                x.start = enc->bytes[to].start;
            }
            if (enc->chars[to].end > x.last) {
                x.last = enc->chars[to].end;
                x.end = enc->bytes[to].end;
            }
        }
        trim(text, &x);
        bool is_word = x.start < x.end;
        if (is_word) add_word(&w, x.start, x.end, x.first, x.last);
        for (size_t k = i; of && k < to; k++)
            of[k] = is_word ? number : -1;
        number += is_word;
    }
}

static void tok_words(const struct ft_tok *tok, struct ft_tok_ctx *ctx, struct ft_text text,
                      struct words *w)
{
    struct ft_enc enc = {0};
    ft_tok_encode(tok, ctx, text.data, text.n, &enc);
    ft_enc_words(&enc, text, w->items, w->n, w->cap, NULL);
    ft_enc_release(&enc);
}

void ft_text_words(const struct ft_tok *tok, struct ft_tok_ctx *ctx, struct ft_text text,
                   struct ft_word **words, size_t *n, size_t *cap)
{
    struct words w = {words, n, cap};
    if (text.n > UINT32_MAX - 1) text.n = UINT32_MAX - 1;
    if (!text.n) return;
    if (tok)
        tok_words(tok, ctx, text, &w);
    else
        plain_words(text, &w);
}

/* ---- a row ---- */

static int by_start(const void *a, const void *b)
{
    const struct ft_text_span *x = a, *y = b;
    if (x->start != y->start) return x->start < y->start ? -1 : 1;
    return x->end < y->end ? 1 : x->end > y->end ? -1 : 0;
}

static int32_t tag_of(struct ft_tagged *g, char prefix, struct ft_text type)
{
    struct ft_str name = {0};
    ft_str_addc(&name, prefix);
    ft_str_addc(&name, '-');
    ft_str_add(&name, type.data, type.n);
    int32_t tag = ft_labels_add(&g->tags, name.data, name.len);
    ft_str_release(&name);
    return tag;
}

/* Tags the words whose first character is in the span. */
static void put_span(struct ft_tagged *g, struct ft_sentence *s, const struct ft_text_span *span,
                     size_t row)
{
    size_t covered = 0;
    bool split = false;
    for (size_t i = s->first; i < s->first + s->n; i++) {
        struct ft_word *w = &g->words[i];
        split |= (w->first < span->start && span->start < w->last) ||
                 (w->first < span->end && span->end < w->last);
        if (w->first < span->start || w->first >= span->end) continue;
        w->tag = tag_of(g, covered++ ? 'I' : 'B', span->type);
    }
    g->spans += covered > 0;
    if (split || !covered)
        ft_tagged_issue(g, FT_TAGGED_SPLIT_ISSUE, row, "span %zu to %zu (%.*s) %s", span->start,
                        span->end, (int)(span->type.n < 40 ? span->type.n : 40), span->type.data,
                        !covered ? "covers the beginning of no word" : "splits a word");
}

enum ft_status ft_tagged_text_row(struct ft_tagged_build *b, size_t row)
{
    struct ft_tagged *g = b->g;
    struct ft_sentence *s = &g->sentences[row - 1];
    const struct ft_tagged_columns *c = &b->opt->columns;
    struct ft_text cell = {NULL, 0};
    struct ft_text_span *spans = NULL;
    struct ft_arena arena = {0};
    const char *why = NULL;
    enum ft_status st = FT_OK;
    size_t n = 0;
    s->text = ft_table_cell(b->t, row - 1, (size_t)c->text);
    ft_text_words(b->opt->tok, b->ctx, s->text, &g->words, &g->words_n, &g->words_cap);
    s->n = g->words_n - s->first;
    if (c->tags >= 0) cell = ft_table_cell(b->t, row - 1, (size_t)c->tags);
    s->tagged = c->tags >= 0 && cell.data;
    if (s->tagged && !ft_spans_parse(cell, &arena, &spans, &n, &why)) {
        s->tagged = false;
        if (!b->opt->unlabelled)
            st = ft_fail(b->err, FT_FORMAT,
                         "%s: row %zu: column \"%s\": %s, expected "
                         "[[start, end, type], ..]",
                         b->t->path, row, ft_table_name(b->t, (size_t)c->tags), why);
    }
    size_t chars = s->text.n ? ft_utf8_chars(s->text.data, s->text.n) : 0, last = 0;
    if (s->tagged)
        for (size_t i = s->first; i < s->first + s->n; i++)
            g->words[i].tag = ft_labels_add(&g->tags, "O", 1);
    for (size_t i = 0; i < n; i++)
        g->recounted += ft_span_recount(s->text, &spans[i]);
    if (n > 1) qsort(spans, n, sizeof *spans, by_start);
    for (size_t i = 0; i < n; i++) {
        const struct ft_text_span *x = &spans[i];
        int type_n = (int)(x->type.n < 40 ? x->type.n : 40);
        if (x->start >= x->end || x->end > chars) {
            if (x->start == SIZE_MAX || x->end == SIZE_MAX)
                ft_tagged_issue(g, FT_TAGGED_OUTSIDE_ISSUE, row,
                                "span (%.*s) whose place is not a count of characters", type_n,
                                x->type.data);
            else
                ft_tagged_issue(g, FT_TAGGED_OUTSIDE_ISSUE, row,
                                "span %zu to %zu (%.*s) is not in the text of %zu characters",
                                x->start, x->end, type_n, x->type.data, chars);
            continue;
        }
        if (x->start < last) {
            ft_tagged_issue(g, FT_TAGGED_OVERLAP_ISSUE, row,
                            "span %zu to %zu (%.*s) overlaps another: not used", x->start, x->end,
                            type_n, x->type.data);
            continue;
        }
        last = x->end;
        put_span(g, s, x, row);
    }
    ft_arena_release(&arena);
    return st;
}

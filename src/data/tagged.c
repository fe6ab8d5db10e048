/* Rows to sentences of words with tags: see tagged.h. Spans are in tagged_spans.c, schemes in
 * tagged_scheme.c, columns in tagged_columns.c. */
#include "data/tagged_in.h"

#include "data/jscan.h"
#include "data/text.h"
#include "util/hash.h"
#include "util/json.h"
#include "util/str.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *ft_tagged_issue_name(enum ft_tagged_issue_kind k)
{
    static const char *const names[] = {
#define X(id, text) [FT_TAGGED_##id##_ISSUE] = text,
        FT_TAGGED_ISSUE_LIST(X)
#undef X
    };
    return names[k];
}

void ft_tagged_issue(struct ft_tagged *g, enum ft_tagged_issue_kind kind, size_t row,
                     const char *fmt, ...)
{
    char what[200];
    va_list ap;
    if (g->count[kind]++ >= FT_TAGGED_ISSUES_MAX) return;
    va_start(ap, fmt);
    int n = vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    size_t len = n < 0 ? 0 : (size_t)n < sizeof what ? (size_t)n : sizeof what - 1;
    len = ft_utf8_prefix(what, len);
    ft_grow(&g->issues, &g->issues_cap, g->issues_n + 1, sizeof *g->issues);
    g->issues[g->issues_n++] =
        (struct ft_tagged_issue){kind, row, ft_arena_strndup(&g->arena, what, len)};
}

void ft_tagged_release(struct ft_tagged *g)
{
    free(g->sentences);
    free(g->words);
    free(g->issues);
    ft_labels_release(&g->tags);
    ft_arena_release(&g->arena);
    memset(g, 0, sizeof *g);
}

/* ---- lists in cells ---- */

/* ['a', "b", 3] as Python writes it. */
static bool python_list(struct ft_text s, struct ft_arena *arena, struct ft_text **items,
                        size_t *cap, size_t *n)
{
    const char *p = s.data + 1, *end = s.data + s.n - 1;
    while (p < end) {
        while (p < end && (*p == ' ' || *p == ',' || *p == '\n'))
            p++;
        if (p == end) break;
        char quote = *p == '\'' || *p == '"' ? *p++ : 0;
        char *out = ft_arena_alloc(arena, (size_t)(end - p) + 1);
        size_t k = 0;
        while (p < end && (quote ? *p != quote : *p != ',' && *p != ' ' && *p != '\n')) {
            if (quote && *p == '\\' && p + 1 < end) p++;
            out[k++] = *p++;
        }
        if (quote && p == end) return false;
        p += quote != 0;
        ft_grow(items, cap, *n + 1, sizeof **items);
        (*items)[(*n)++] = (struct ft_text){out, k};
    }
    return true;
}

static bool whole_number(struct ft_text s)
{
    size_t i = s.n && s.data[0] == '-';
    if (s.n - i < 1 || s.n - i > 9) return false;
    for (; i < s.n; i++)
        if (s.data[i] < '0' || s.data[i] > '9') return false;
    return true;
}

bool ft_tagged_list(struct ft_text cell, struct ft_arena *arena, struct ft_text **items,
                    size_t *cap, size_t *n, bool *numbers)
{
    struct ft_text s = ft_text_trim(cell);
    *n = 0;
    *numbers = true;
    if (s.n < 2 || s.data[0] != '[' || s.data[s.n - 1] != ']') return false;
    struct ft_jscan scan = {.p = s.data, .end = s.data + s.n, .arena = arena};
    ft_jscan_enter(&scan, '[');
    while (ft_jscan_item(&scan)) {
        struct ft_text item = {NULL, 0};
        char c = ft_jscan_peek(&scan);
        if (c == '[' || c == '{' || !ft_jscan_cell(&scan, &item)) {
            if (!scan.why) scan.why = "a list or an object";
            break;
        }
        scan.first = false;
        *numbers &= c != '"' && whole_number(item);
        ft_grow(items, cap, *n + 1, sizeof **items);
        (*items)[(*n)++] = item;
    }
    if (!scan.why) return true;
    *n = 0;
    if (!memchr(s.data, '\'', s.n) || !python_list(s, arena, items, cap, n)) return false;
    for (size_t i = 0; i < *n; i++)
        *numbers &= whole_number((*items)[i]);
    return true;
}

/* ---- words and tags ---- */

static void add_word(struct ft_tagged *g, struct ft_str *text, size_t *chars, struct ft_text word,
                     bool first)
{
    if (!first) {
        ft_str_addc(text, ' ');
        ++*chars;
    }
    size_t from = text->len, begin = *chars;
    ft_str_add(text, word.data ? word.data : "", word.n);
    *chars += ft_utf8_chars(word.data ? word.data : "", word.n);
    ft_grow(&g->words, &g->words_cap, g->words_n + 1, sizeof *g->words);
    g->words[g->words_n++] = (struct ft_word){.start = (uint32_t)from,
                                              .end = (uint32_t)text->len,
                                              .first = (uint32_t)begin,
                                              .last = (uint32_t)*chars,
                                              .tag = -1};
}

/* The tag of an integer; -100 is none. */
static enum ft_status integer_tag(struct ft_tagged_build *b, struct ft_text s, size_t row,
                                  int32_t *out)
{
    const struct ft_labels *names = b->opt->names;
    char buf[16];
    long long x = 0;
    snprintf(buf, sizeof buf, "%.*s", (int)s.n, s.data);
    ft_parse_i64(buf, &x);
    *out = -1;
    if (x == -100) return FT_OK;
    if (!names)
        return b->opt->unlabelled
                   ? FT_OK
                   : ft_fail(b->err, FT_USAGE,
                             "%s: row %zu: the tags are integers (%lld) without names; name them "
                             "in their order: --label_names O,B-PER,I-PER,..",
                             b->t->path, row, x);
    if (x < 0 || (size_t)x >= names->n)
        return b->opt->unlabelled
                   ? FT_OK
                   : ft_fail(
                         b->err, FT_FORMAT,
                         "%s: row %zu: tag %lld, expected 0 to %zu: there are %zu names of tags",
                         b->t->path, row, x, names->n - 1, names->n);
    *out = (int32_t)x;
    return FT_OK;
}

static enum ft_status text_tag(struct ft_tagged_build *b, struct ft_text s, size_t row, size_t word,
                               int32_t *out)
{
    struct ft_text tag = ft_text_trim(s);
    *out = -1;
    if (!tag.n)
        return b->opt->unlabelled
                   ? FT_OK
                   : ft_fail(b->err, FT_FORMAT,
                             "%s: row %zu: word %zu has no tag; expected one such as O or B-PER",
                             b->t->path, row, word + 1);
    *out = ft_labels_add(&b->g->tags, tag.data, tag.n);
    return FT_OK;
}

/* Sets the tags of the sentence's words from b->tag_items. */
static enum ft_status set_tags(struct ft_tagged_build *b, struct ft_sentence *s, size_t n,
                               bool numbers, size_t row)
{
    enum ft_status st = FT_OK;
    for (size_t i = 0; i < n && !st; i++) {
        int32_t *tag = &b->g->words[s->first + i].tag;
        st = numbers ? integer_tag(b, b->tag_items[i], row, tag)
                     : text_tag(b, b->tag_items[i], row, i, tag);
    }
    if (numbers && n) b->g->named = b->integers = true;
    return st;
}

static enum ft_status words_row(struct ft_tagged_build *b, size_t row)
{
    struct ft_tagged *g = b->g;
    struct ft_sentence *s = &g->sentences[row - 1];
    const struct ft_tagged_columns *c = &b->opt->columns;
    struct ft_text cell = ft_table_cell(b->t, row - 1, (size_t)c->words), tags = {NULL, 0};
    struct ft_str text = {0};
    struct ft_arena arena = {0};
    size_t n = 0, tags_n = 0, chars = 0;
    bool numbers = false;
    enum ft_status st = FT_OK;
    if (c->tags >= 0) tags = ft_text_trim(ft_table_cell(b->t, row - 1, (size_t)c->tags));
    bool whole = !ft_text_trim(cell).n ||
                 ft_tagged_list(cell, &arena, &b->items, &b->items_cap, &n, &numbers);
    if (!whole)
        st = ft_fail(b->err, FT_FORMAT, "%s: row %zu: column \"%s\" is not a list of words",
                     b->t->path, row, ft_table_name(b->t, (size_t)c->words));
    for (size_t i = 0; i < n && !st; i++)
        add_word(g, &text, &chars, b->items[i], !i);
    s->text = (struct ft_text){ft_arena_strndup(&g->arena, ft_str_text(&text), text.len), text.len};
    s->n = n;
    s->tagged = tags.n > 0;
    if (text.len >= UINT32_MAX)
        st = ft_fail(b->err, FT_FORMAT, "%s: row %zu: the text is longer than 4 GB", b->t->path,
                     row);
    bool list =
        tags.n && ft_tagged_list(tags, &arena, &b->tag_items, &b->tag_items_cap, &tags_n, &numbers);
    if (!st && tags.n && (!list || tags_n != n)) {
        s->tagged = false;
        if (!b->opt->unlabelled && !list)
            st = ft_fail(b->err, FT_FORMAT, "%s: row %zu: column \"%s\" is not a list of tags",
                         b->t->path, row, ft_table_name(b->t, (size_t)c->tags));
        else if (!b->opt->unlabelled)
            st = ft_fail(b->err, FT_FORMAT,
                         "%s: row %zu: %zu word%s but %zu tag%s, expected one tag for each word: "
                         "correct or remove the row",
                         b->t->path, row, n, ft_plural(n), tags_n, ft_plural(tags_n));
    }
    if (!st && s->tagged) st = set_tags(b, s, n, numbers, row);
    ft_str_release(&text);
    ft_arena_release(&arena);
    return st;
}

void ft_tagged_renumber(struct ft_tagged *g, const struct ft_labels *labels, const int32_t *to)
{
    for (size_t i = 0; i < g->words_n; i++)
        if (g->words[i].tag >= 0) g->words[i].tag = to[g->words[i].tag];
    for (size_t i = 0; i < g->n; i++)
        if (g->sentences[i].entity >= 0) g->sentences[i].entity = to[g->sentences[i].entity];
    ft_labels_release(&g->tags);
    ft_labels_copy(&g->tags, labels);
}

bool ft_tagged_same(const struct ft_tagged *a, const struct ft_sentence *s,
                    const struct ft_tagged *b, const struct ft_sentence *t)
{
    bool same = s->n == t->n;
    for (size_t i = 0; i < s->n && same; i++) {
        int32_t x = a->words[s->first + i].tag, y = b->words[t->first + i].tag;
        same = (x < 0) == (y < 0) && (x < 0 || !strcmp(a->tags.names[x], b->tags.names[y]));
    }
    return same;
}

/* ---- edits ---- */

void ft_tagged_json(const struct ft_tagged *g, const struct ft_sentence *s, struct ft_str *out)
{
    ft_str_addc(out, '[');
    for (size_t i = s->first; i < s->first + s->n; i++) {
        const char *name = g->words[i].tag < 0 ? "" : g->tags.names[g->words[i].tag];
        if (i > s->first) ft_str_addc(out, ',');
        ft_json_add_str(out, name, strlen(name));
    }
    ft_str_addc(out, ']');
}

/* Are the edit's old tags those of the sentence? */
static bool edit_fits(struct ft_tagged_build *b, const struct ft_edit *e,
                      const struct ft_sentence *s, struct ft_arena *arena)
{
    char hex[65];
    size_t n = 0;
    bool numbers;
    const char *old = e->old_label;
    ft_sha256_hex(s->text.data ? s->text.data : "", s->text.n, hex);
    if (strcmp(hex, e->sha256)) return false;
    if (!old || !*old) return !s->tagged;
    if (!ft_tagged_list((struct ft_text){old, strlen(old)}, arena, &b->tag_items, &b->tag_items_cap,
                        &n, &numbers) ||
        n != s->n || !s->tagged)
        return false;
    for (size_t i = 0; i < n; i++) {
        int32_t tag = b->g->words[s->first + i].tag;
        const char *name = tag < 0 ? "" : b->g->tags.names[tag];
        struct ft_text was = b->tag_items[i];
        if (was.n != strlen(name) || (was.n && memcmp(was.data, name, was.n))) return false;
    }
    return true;
}

static bool apply_edit(struct ft_tagged_build *b, const struct ft_edit *e)
{
    struct ft_arena arena = {0};
    size_t n = 0;
    bool numbers, good = false;
    if (e->row && e->row <= b->g->n) {
        struct ft_sentence *s = &b->g->sentences[e->row - 1];
        const char *new = e->new_label;
        good = edit_fits(b, e, s, &arena);
        if (good && !new) {
            s->dropped = true;
        } else if (good) {
            good = ft_tagged_list((struct ft_text){new, strlen(new)}, &arena, &b->tag_items,
                                  &b->tag_items_cap, &n, &numbers) &&
                   n == s->n;
            for (size_t i = 0; good && i < n; i++) {
                struct ft_text tag = ft_text_trim(b->tag_items[i]);
                b->g->words[s->first + i].tag =
                    tag.n ? ft_labels_add(&b->g->tags, tag.data, tag.n) : -1;
            }
            if (good) s->edited = s->tagged = true;
        }
    }
    ft_arena_release(&arena);
    return good;
}

/* The first entity of each sentence. */
static void find_entities(struct ft_tagged *g)
{
    struct ft_tag_set set;
    ft_tag_set_init(&set, (const char *const *)g->tags.names, g->tags.n);
    for (size_t r = 0; r < g->n; r++) {
        struct ft_sentence *s = &g->sentences[r];
        s->entity = -1;
        for (size_t i = s->first; i < s->first + s->n && s->entity < 0; i++)
            if (g->words[i].tag >= 0 && set.tags[g->words[i].tag].type >= 0)
                s->entity = g->words[i].tag;
    }
    ft_tag_set_release(&set);
}

enum ft_status ft_tagged_build(struct ft_tagged *g, const struct ft_table *t,
                               const struct ft_tagged_opt *opt, struct ft_err *err)
{
    struct ft_tagged_build b = {.g = g, .t = t, .opt = opt, .err = err};
    enum ft_status st = FT_OK;
    memset(g, 0, sizeof *g);
    ft_labels_init(&g->tags);
    g->form = opt->columns.form;
    g->n = ft_table_rows(t);
    g->sentences = ft_xcalloc(g->n + 1, sizeof *g->sentences);
    for (size_t i = 0; opt->names && i < opt->names->n; i++)
        ft_labels_add(&g->tags, opt->names->names[i], strlen(opt->names->names[i]));
    if (opt->tok) b.ctx = ft_tok_ctx_new(opt->tok);
    for (size_t row = 1; row <= g->n && !st; row++) {
        g->sentences[row - 1].first = g->words_n;
        st = g->form == FT_TAGGED_WORDS ? words_row(&b, row) : ft_tagged_text_row(&b, row);
    }
    if (!st) ft_tagged_settle(g, opt);
    if (!st) find_entities(g);
    for (size_t i = 0; !st && opt->edits && i < opt->edits->n; i++) {
        bool done = apply_edit(&b, &opt->edits->items[i]);
        g->edits_applied += done;
        g->edits_stale += !done;
    }
    ft_tok_ctx_free(b.ctx);
    free(b.items);
    free(b.tag_items);
    if (st) ft_tagged_release(g);
    return st;
}

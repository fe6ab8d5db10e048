/* Spans: see rewrite_in.h. */
#include "data/rewrite_in.h"

#include "data/jscan.h"
#include "util/json.h"

#include <string.h>

static const struct ft_sentence *sentence(const struct ft_rewriter *r)
{
    return &r->opt->tagged->sentences[r->row - 1];
}

static struct ft_text tag_type(const struct ft_tagged *g, int32_t tag, char *prefix)
{
    const char *name = tag < 0 ? "O" : g->tags.names[tag];
    *prefix = name[0];
    if (!strcmp(name, "O") || !name[0] || name[1] != '-') return (struct ft_text){NULL, 0};
    return (struct ft_text){name + 2, strlen(name + 2)};
}

static bool same(struct ft_text a, struct ft_text b)
{
    return a.n == b.n && (!a.n || !memcmp(a.data, b.data, a.n));
}

/* Units of UTF-16 before a byte. */
static size_t units_before(struct ft_text text, size_t byte)
{
    size_t units = 0;
    for (size_t i = 0; i < byte; i++) /* one for each sequence, two for those of four bytes */
        units += ((unsigned char)text.data[i] & 0xC0) != 0x80
                     ? (unsigned char)text.data[i] >= 0xF0 ? 2 : 1
                     : 0;
    return units;
}

size_t ft_new_spans(struct ft_rewriter *r, struct ft_new_span **out)
{
    const struct ft_tagged *g = r->opt->tagged;
    const struct ft_sentence *s = sentence(r);
    struct ft_new_span *all = ft_arena_alloc(&r->arena, (s->n + 1) * sizeof *all);
    size_t n = 0;
    bool inside = false;
    for (size_t i = 0; i < s->n; i++) {
        const struct ft_word *w = &g->words[s->first + i];
        char prefix;
        struct ft_text type = tag_type(g, w->tag, &prefix);
        bool more =
            inside && type.data && prefix != 'B' && prefix != 'S' && same(all[n - 1].type, type);
        inside = type.data != NULL;
        if (!inside) continue;
        if (!more) all[n++] = (struct ft_new_span){w->first, w->last, w->start, w->end, i, 0, type};
        all[n - 1].end = w->last;
        all[n - 1].to = w->end;
        all[n - 1].words++;
    }
    for (size_t i = 0; g->recounted && i < n; i++) { /* as the file counts */
        all[i].start = units_before(s->text, all[i].from);
        all[i].end = units_before(s->text, all[i].to);
    }
    *out = all;
    return n;
}

bool ft_new_span_is(const struct ft_rewriter *r, const struct ft_new_span *x, size_t start,
                    size_t end, struct ft_text type)
{
    const struct ft_tagged *g = r->opt->tagged;
    const struct ft_sentence *s = sentence(r);
    size_t first = s->n, n = 0;
    if (!same(x->type, type)) return false;
    for (size_t i = 0; i < s->n; i++) {
        const struct ft_word *w = &g->words[s->first + i];
        if (w->first < start || w->first >= end) continue;
        if (!n++) first = i;
    }
    return first == x->word && n == x->words;
}

/* How the file writes a span. */
enum form { FORM_LIST, FORM_OBJECT, FORM_OFFSETS, FORM_STUDIO };

static enum form form_of(struct ft_text old)
{
    const char *at = old.data ? memchr(old.data, '{', old.n) : NULL;
    size_t n = at ? (size_t)(old.data + old.n - at) : 0;
    if (!at) return FORM_LIST;
    return memmem(at, n, "\"start_offset\"", 14) ? FORM_OFFSETS
           : memmem(at, n, "\"labels\"", 8)      ? FORM_STUDIO
                                                 : FORM_OBJECT;
}

static void put_span(struct ft_rewriter *r, const struct ft_new_span *x, enum form form)
{
    struct ft_text text = sentence(r)->text;
    struct ft_str *s = &r->text;
    switch (form) {
    case FORM_LIST:
        ft_str_addf(s, "[%zu, %zu, ", x->start, x->end);
        ft_json_add_str(s, x->type.data, x->type.n);
        ft_str_addc(s, ']');
        return;
    case FORM_OBJECT:
    case FORM_OFFSETS:
        ft_str_addf(s,
                    form == FORM_OBJECT ? "{\"start\":%zu,\"end\":%zu,\"label\":"
                                        : "{\"start_offset\":%zu,\"end_offset\":%zu,\"label\":",
                    x->start, x->end);
        ft_json_add_str(s, x->type.data, x->type.n);
        ft_str_addc(s, '}');
        return;
    case FORM_STUDIO:
        ft_str_addf(s, "{\"start\":%zu,\"end\":%zu,\"text\":", x->start, x->end);
        ft_json_add_str(s, text.data + x->from, x->to - x->from);
        ft_str_addz(s, ",\"labels\":[");
        ft_json_add_str(s, x->type.data, x->type.n);
        ft_str_addz(s, "]}");
        return;
    }
}

void ft_rewrite_spans(struct ft_rewriter *r, struct ft_text old)
{
    struct ft_new_span *all;
    struct ft_text_span *was = NULL;
    struct ft_text raw;
    size_t n = ft_new_spans(r, &all), was_n = 0;
    const char *why;
    enum form form = form_of(old);
    struct ft_text *raws = NULL;
    if (old.data && *old.data == '[' && ft_spans_parse(old, &r->arena, &was, &was_n, &why)) {
        struct ft_jscan s = {.p = old.data, .end = old.data + old.n, .arena = &r->arena};
        raws = ft_arena_alloc(&r->arena, (was_n + 1) * sizeof *raws);
        size_t k = 0;
        for (size_t i = 0; i < was_n; i++)
            ft_span_recount(sentence(r)->text, &was[i]);
        ft_jscan_enter(&s, '[');
        while (k < was_n && ft_jscan_item(&s) && ft_jscan_skip(&s, &raw))
            raws[k++] = raw;
        if (k < was_n) was_n = 0;
    } else {
        was_n = 0;
    }
    ft_str_addc(&r->text, '[');
    for (size_t i = 0; i < n; i++) {
        size_t k = 0;
        while (k < was_n && !ft_new_span_is(r, &all[i], was[k].start, was[k].end, was[k].type))
            k++;
        if (i) ft_str_addz(&r->text, ", ");
        if (k < was_n)
            ft_str_add(&r->text, raws[k].data, raws[k].n);
        else
            put_span(r, &all[i], form);
    }
    ft_str_addc(&r->text, ']');
}

void ft_rewrite_marks(struct ft_rewriter *r, struct ft_text marks, const struct ft_new_labels *l)
{
    size_t at = r->text.len;
    const struct ft_tagged *g = r->opt->tagged;
    if (g && g->form == FT_TAGGED_SPANS) {
        ft_rewrite_spans(r, marks);
    } else {
        ft_str_addc(&r->text, '[');
        for (size_t i = 0; i < l->n; i++) {
            ft_str_addz(&r->text, i ? ", {\"label\":" : "{\"label\":");
            ft_json_add_str(&r->text, l->items[i].data, l->items[i].n);
            ft_str_addc(&r->text, '}');
        }
        ft_str_addc(&r->text, ']');
    }
    ft_rewrite_put(r, marks.data, marks.data + marks.n, at);
}

/* New labels in rows of JSON: see rewrite_in.h. */
#include "data/rewrite_in.h"

#include "data/jscan.h"
#include "util/json.h"

#include <string.h>

static struct ft_jscan scan_of(struct ft_rewriter *r, struct ft_text raw)
{
    return (struct ft_jscan){.p = raw.data, .end = raw.data + raw.n, .arena = &r->arena};
}

/* ---- one value ---- */

static bool is_number(struct ft_rewriter *r, struct ft_text s)
{
    struct ft_jscan scan = scan_of(r, s);
    char c = s.n ? ft_jscan_peek(&scan) : 0;
    return c && strchr("-0123456789", c) && scan.p == s.data && ft_jscan_skip(&scan, NULL) &&
           scan.p == scan.end;
}

/* As a number or a truth value where the old one was, if it is one; else as a text. */
static void put_item(struct ft_rewriter *r, struct ft_text s, char old)
{
    bool number = old && strchr("-0123456789", old) && is_number(r, s);
    bool truth =
        old && strchr("tf", old) &&
        ((s.n == 4 && !memcmp(s.data, "true", 4)) || (s.n == 5 && !memcmp(s.data, "false", 5)));
    if (number || truth)
        ft_str_add(&r->text, s.data, s.n);
    else
        ft_json_add_str(&r->text, s.data, s.n);
}

static const char *separator(struct ft_text old)
{
    const char *comma = old.data ? memchr(old.data, ',', old.n) : NULL;
    return comma && comma + 1 < old.data + old.n && comma[1] != ' ' ? "," : ", ";
}

/* The number that a file has in place of a tag; the tag itself where it has none. */
static void put_tag(struct ft_rewriter *r, struct ft_text tag, char old)
{
    const struct ft_tagged *g = r->opt->tagged;
    int32_t at = g && g->named ? ft_labels_find(&g->tags, tag.data, tag.n) : -1;
    if (at >= 0)
        ft_str_addf(&r->text, "%d", (int)at);
    else
        put_item(r, tag, old);
}

static void put_list(struct ft_rewriter *r, struct ft_text old, char first,
                     const struct ft_new_labels *l)
{
    const char *between = separator(old);
    ft_str_addc(&r->text, '[');
    for (size_t i = 0; i < l->n; i++) {
        if (i) ft_str_addz(&r->text, between);
        put_tag(r, l->items[i], first);
    }
    ft_str_addc(&r->text, ']');
}

static bool among(const struct ft_new_labels *l, struct ft_text name)
{
    for (size_t i = 0; i < l->n; i++)
        if (l->items[i].n == name.n && (!name.n || !memcmp(l->items[i].data, name.data, name.n)))
            return true;
    return false;
}

/* 1.0, 1 or true, as the values of the categories were. */
static void put_share(struct ft_rewriter *r, struct ft_text old, bool on)
{
    bool truth = old.n && strchr("tf", old.data[0]), point = old.n && memchr(old.data, '.', old.n);
    ft_str_addz(&r->text, truth   ? (on ? "true" : "false")
                          : point ? (on ? "1.0" : "0.0")
                          : on    ? "1"
                                  : "0");
}

/* {"good":1.0,"bad":0.0} or {"choices":[..]}. */
static void put_object(struct ft_rewriter *r, struct ft_text old, const struct ft_new_labels *l)
{
    struct ft_jscan s = scan_of(r, old);
    struct ft_text key, value = {NULL, 0};
    const char *at = old.data;
    size_t members = 0;
    struct ft_new_labels found = *l;
    found.items = ft_arena_alloc(&r->arena, (l->n + 1) * sizeof *found.items);
    found.n = 0;
    ft_jscan_enter(&s, '{');
    while (ft_jscan_key(&s, &key)) {
        members++;
        if (!ft_jscan_skip(&s, &value)) return;
        if (ft_jscan_is(key, "choices") && *value.data == '[') {
            bool list = l->several && l->n != 1;
            ft_str_addz(&r->text, list ? "{\"choices\":" : "");
            if (list)
                put_list(r, value, '"', l);
            else
                ft_json_add_str(&r->text, l->items[0].data, l->items[0].n);
            ft_str_addz(&r->text, list ? "}" : "");
            return;
        }
        bool on = among(l, key);
        if (on && found.n < l->n) found.items[found.n++] = key;
        ft_str_add(&r->text, at, (size_t)(value.data - at));
        put_share(r, value, on);
        at = value.data + value.n;
    }
    for (size_t i = 0; i < l->n; i++) {
        if (among(&found, l->items[i])) continue;
        ft_str_addz(&r->text, members++ ? separator(old) : at == old.data ? "{" : "");
        if (at == old.data) at++;
        ft_json_add_str(&r->text, l->items[i].data, l->items[i].n);
        ft_str_addz(&r->text, value.data && value.data[-1] == ' ' ? ": " : ":");
        put_share(r, value, true);
    }
    ft_str_add(&r->text, at, (size_t)(old.data + old.n - at));
}

/* [{"rating":4}] */
static bool put_rating(struct ft_rewriter *r, struct ft_text old, const struct ft_new_labels *l)
{
    struct ft_jscan s = scan_of(r, old);
    struct ft_text key, value;
    ft_jscan_enter(&s, '[');
    if (!ft_jscan_item(&s) || ft_jscan_peek(&s) != '{' || !ft_jscan_enter(&s, '{') ||
        !ft_jscan_key(&s, &key) || !(ft_jscan_is(key, "rating") || ft_jscan_is(key, "number")))
        return false;
    char c = ft_jscan_peek(&s);
    if (!ft_jscan_skip(&s, &value) || l->n != 1) return false;
    ft_str_add(&r->text, old.data, (size_t)(value.data - old.data));
    put_item(r, l->items[0], c);
    const char *from = value.data + value.n;
    ft_str_add(&r->text, from, (size_t)(old.data + old.n - from));
    return true;
}

void ft_rewrite_value(struct ft_rewriter *r, struct ft_text old, const struct ft_new_labels *l)
{
    struct ft_jscan s = scan_of(r, old);
    char c = old.data ? ft_jscan_peek(&s) : 0, first = 0;
    const struct ft_tagged *g = r->opt->tagged;
    if (g && g->form == FT_TAGGED_SPANS) {
        ft_rewrite_spans(r, old);
        return;
    }
    if (c == '[') {
        if (put_rating(r, old, l)) return;
        ft_jscan_enter(&s, '[');
        if (ft_jscan_item(&s)) first = ft_jscan_peek(&s);
        put_list(r, old, first, l);
    } else if (c == '{' && (l->several || l->n)) {
        put_object(r, old, l);
    } else if (l->several && l->n != 1) {
        put_list(r, old, '"', l);
    } else {
        put_item(r, l->items[0], c);
    }
}

/* ---- where it is in a row ---- */

/* The value of a field by its dotted name, in the object at s. */
static bool find_field(struct ft_jscan s, struct ft_text name, struct ft_text *value)
{
    struct ft_text key;
    if (!ft_jscan_enter(&s, '{')) return false;
    while (ft_jscan_key(&s, &key)) {
        char c = ft_jscan_peek(&s);
        struct ft_jscan inside = s;
        if (!ft_jscan_skip(&s, value)) return false;
        key = ft_text_trim(key);
        if (key.n == name.n && (!key.n || !memcmp(key.data, name.data, key.n))) return true;
        bool around =
            key.n < name.n && name.data[key.n] == '.' && !memcmp(key.data, name.data, key.n);
        struct ft_text rest = {name.data + key.n + 1, around ? name.n - key.n - 1 : 0};
        if (c == '{' && around && find_field(inside, rest, value)) return true;
    }
    return false;
}

static void put_value(struct ft_rewriter *r, struct ft_text old, const struct ft_new_labels *l)
{
    size_t at = r->text.len;
    ft_rewrite_value(r, old, l);
    ft_rewrite_put(r, old.data, old.data + old.n, at);
}

/* A field that the row does not have yet, at the end of its object. */
static void insert(struct ft_rewriter *r, struct ft_text object, const char *name,
                   const struct ft_new_labels *l)
{
    struct ft_jscan s = scan_of(r, object);
    struct ft_text key;
    const char *end = object.data + object.n - 1;
    bool some = ft_jscan_enter(&s, '{') && ft_jscan_key(&s, &key);
    bool wide = some && s.p < end && *s.p == ' ';
    while (end > object.data + 1 && strchr(" \t\r\n", end[-1]))
        end--;
    size_t at = r->text.len;
    if (some) ft_str_addz(&r->text, wide ? ", " : ",");
    ft_json_add_str(&r->text, name, strlen(name));
    ft_str_addz(&r->text, wide ? ": " : ":");
    ft_rewrite_value(r, (struct ft_text){NULL, 0}, l);
    ft_rewrite_put(r, end, end, at);
}

static void rewrite_object(struct ft_rewriter *r, struct ft_text object,
                           const struct ft_new_labels *l)
{
    struct ft_text name = {r->column, strlen(r->column)}, value, marks;
    if (find_field(scan_of(r, object), name, &value)) {
        put_value(r, value, l);
        return;
    }
    /* doccano before 1.3: the column "label" comes from here */
    bool old = !strcmp(r->column, "label") &&
               find_field(scan_of(r, object), (struct ft_text){"annotations", 11}, &marks) &&
               *marks.data == '[';
    if (old)
        ft_rewrite_marks(r, marks, l);
    else if (strchr(r->column, '.'))
        ft_rewrite_fail(r, "the row does not have the field of the label; write the label edits");
    else
        insert(r, object, r->column, l);
}

/* A list of cells, or of a text and an object. */
static void rewrite_list(struct ft_rewriter *r, struct ft_text list, const struct ft_new_labels *l)
{
    struct ft_jscan s = scan_of(r, list);
    struct ft_text item;
    size_t col = r->t->part_column >= 0 && !r->t->part_by_name ? 1 : 0;
    int label = r->label;
    ft_jscan_enter(&s, '[');
    for (; ft_jscan_item(&s); col++) {
        char c = ft_jscan_peek(&s);
        if (!ft_jscan_skip(&s, &item)) return;
        if (c == '{' && col == 1 && ft_json_is_pair(scan_of(r, list))) {
            rewrite_object(r, item, l);
            return;
        }
        if (label >= 0 && col == (size_t)label) {
            put_value(r, item, l);
            return;
        }
    }
    ft_rewrite_fail(r, "the row has no cell for the label; write the label edits instead");
}

void ft_rewrite_json(struct ft_rewriter *r, const struct ft_row_place *p,
                     const struct ft_new_labels *l)
{
    struct ft_text raw = {p->value, (size_t)(p->to - p->value)};
    struct ft_jscan s = scan_of(r, raw);
    char c = ft_jscan_peek(&s);
    if (p->col >= 0)
        put_value(r, raw, l);
    else if (c == '{' && p->json->label_studio)
        ft_rewrite_studio(r, raw, p->json, l);
    else if (c == '{')
        rewrite_object(r, raw, l);
    else if (c == '[')
        rewrite_list(r, raw, l);
    else
        ft_rewrite_fail(r,
                        "the row is a text, which has no label; write the rows as .jsonl instead");
}

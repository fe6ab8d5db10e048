/* See json_label.h. The scanner is copied to look ahead; nothing is built. */
#include "data/json_label.h"

#include "data/json_studio.h"
#include "util/json.h"
#include "util/str.h"

#include <string.h>
#include <strings.h>

static bool among(struct ft_text key, const char *const *keys, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (key.n == strlen(keys[i]) && !strncasecmp(keys[i], key.data, key.n)) return true;
    return false;
}

#define AMONG(key, list) among(key, list, sizeof(list) / sizeof *(list))

static bool label_key(struct ft_text key)
{
    static const char *const keys[] = {
        "label",   "labels",  "cats",    "category", "categories", "tags",   "tag",
        "class",   "classes", "topic",   "topics",   "genre",      "genres", "intent",
        "intents", "choice",  "choices", "emotion",  "emotions",   "accept", "sentiment"};
    return AMONG(key, keys);
}

static bool text_key(struct ft_text key)
{
    static const char *const keys[] = {
        "text",     "sentence", "review",    "content",  "body",      "title",   "comment",
        "document", "message",  "sentence1", "question", "sentence2", "premise", "hypothesis"};
    return AMONG(key, keys);
}

/* Tags of words are a list even where there is one word. */
static bool word_tag(struct ft_text s)
{
    return (s.n == 1 && s.data[0] == 'O') ||
           (s.n > 2 && s.data[1] == '-' && strchr("BIESLU", s.data[0]));
}

/* A list with exactly one text, number or truth value: that one. */
static bool only_item(struct ft_jscan s, bool text, struct ft_text *out)
{
    if (!ft_jscan_enter(&s, '[') || !ft_jscan_item(&s)) return false;
    char c = ft_jscan_peek(&s);
    if (c == '[' || c == '{' || c == 'n' || (text && c != '"') || !ft_jscan_cell(&s, out))
        return false;
    s.first = false;
    return !ft_jscan_item(&s) && !s.why && (text || !word_tag(*out));
}

static struct ft_text kept(struct ft_json_rows *r, const struct ft_str *s)
{
    return (struct ft_text){ft_arena_strndup(&r->l->t->arena, ft_str_text(s), s->len), s->len};
}

/* ---- categories ---- */

/* The share of a category, -1: none. */
static double share_of(char c, struct ft_text value)
{
    char buf[40];
    double x;
    if (c == 't' || c == 'f') return c == 't';
    if (c == '"' || !value.data || value.n >= sizeof buf) return -1;
    memcpy(buf, value.data, value.n);
    buf[value.n] = 0;
    return ft_parse_double(buf, &x) && x >= 0 && x <= 1 ? x : -1;
}

/* {"good":1.0,"bad":0}: the names of those that are 1, as a label or a list. false: other values, or
 * shares, which are no labels. */
static bool take_cats(struct ft_json_rows *r, struct ft_jscan *s, struct ft_text *cell)
{
    struct ft_jscan at = *s;
    struct ft_text key, value, one = {NULL, 0};
    struct ft_str names = {0};
    size_t keys = 0, ones = 0, bad = 0, shares = 0;
    ft_jscan_enter(&at, '{');
    while (ft_jscan_key(&at, &key)) {
        char c = ft_jscan_peek(&at);
        keys++;
        if (!ft_jscan_cell(&at, &value)) break;
        double x = share_of(c, value);
        bad += x < 0;
        shares += x > 0 && x < 1;
        if (x != 1) continue;
        ft_str_addc(&names, ones++ ? ',' : '[');
        ft_json_add_str(&names, key.data ? key.data : "", key.n);
        one = key;
    }
    ft_str_addz(&names, ones ? "]" : "[]");
    bool good = keys && !bad && !at.why;
    if (good && !shares) {
        *cell = ones == 1 ? one : kept(r, &names);
        *s = at;
    } else if (good) {
        ft_jscan_skip(s, cell);
    }
    r->cats += good;
    ft_str_release(&names);
    return good;
}

static bool take_studio(struct ft_json_rows *r, struct ft_jscan *s, struct ft_text *cell)
{
    struct ft_jscan at = *s;
    struct ft_text raw;
    char c = ft_jscan_peek(s);
    struct ft_jscan inside = {.p = s->p + 1, .end = s->end};
    if (ft_jscan_peek(&inside) != (c == '[' ? '{' : '"')) return false;
    if (!ft_jscan_skip(&at, &raw) || !ft_studio_cell(raw, s->arena, cell)) return false;
    r->studio_cells++;
    *s = at;
    return true;
}

bool ft_json_label(struct ft_json_rows *r, struct ft_jscan *s, struct ft_text key,
                   struct ft_text *cell)
{
    char c = ft_jscan_peek(s);
    bool label = label_key(key);
    if (c == '[' && (label || text_key(key)) && only_item(*s, !label, cell)) {
        ft_jscan_skip(s, NULL);
        r->lists += label;
        return true;
    }
    if (c == '{' && label && take_cats(r, s, cell)) return true;
    return (c == '[' || c == '{') && take_studio(r, s, cell);
}

/* ---- doccano before 1.3 ---- */

struct mark {
    struct ft_text label, start, end; /* start, end: raw; data NULL: none */
};

static bool take_mark(struct ft_jscan *s, struct mark *m)
{
    struct ft_text key;
    *m = (struct mark){{NULL, 0}, {NULL, 0}, {NULL, 0}};
    if (ft_jscan_peek(s) != '{' || !ft_jscan_enter(s, '{')) return false;
    while (ft_jscan_key(s, &key)) {
        char c = ft_jscan_peek(s);
        bool place = c >= '0' && c <= '9';
        if (place && (ft_jscan_is(key, "start_offset") || ft_jscan_is(key, "start")))
            ft_jscan_skip(s, &m->start);
        else if (place && (ft_jscan_is(key, "end_offset") || ft_jscan_is(key, "end")))
            ft_jscan_skip(s, &m->end);
        else if (ft_jscan_is(key, "label") && c != '[' && c != '{' && c != 'n' && !m->label.data)
            ft_jscan_cell(s, &m->label);
        else
            ft_jscan_skip(s, NULL);
    }
    s->first = false;
    return m->label.data && !m->start.data == !m->end.data && !s->why;
}

bool ft_json_marks(struct ft_json_rows *r, struct ft_jscan *s, struct ft_text *cell)
{
    struct ft_jscan at = *s;
    struct ft_str all = {0};
    struct ft_text first = {NULL, 0};
    struct mark m;
    size_t n = 0, places = 0, marks = 0;
    bool good = ft_jscan_enter(&at, '[');
    while (good && ft_jscan_item(&at)) {
        good = take_mark(&at, &m);
        if (!good) break;
        marks++;
        places += m.start.data != NULL;
        bool same = n && !m.start.data && first.n == m.label.n &&
                    !memcmp(first.data, m.label.data, first.n);
        if (!n) first = m.label;
        if (same) continue;
        ft_str_addc(&all, n++ ? ',' : '[');
        if (m.start.data)
            ft_str_addf(&all, "[%.*s,%.*s,", (int)m.start.n, m.start.data, (int)m.end.n,
                        m.end.data);
        ft_json_add_str(&all, m.label.data, m.label.n);
        if (m.start.data) ft_str_addc(&all, ']');
    }
    ft_str_addc(&all, ']');
    good = good && n && !at.why && (!places || places == marks);
    if (good) {
        *cell = n > 1 || places ? kept(r, &all) : first;
        r->marked++;
        *s = at;
    }
    ft_str_release(&all);
    return good;
}

/* JSON values as rows: see json_row.h. The scanner is copied to look ahead; nothing is built. */
#include "data/json_row.h"

#include "data/json_chat.h"
#include "util/json.h"
#include "util/str.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { DEPTH_MAX = 4, NESTED_MAX = 256 };

void ft_json_rows_release(struct ft_json_rows *r)
{
    ft_strmap_release(&r->index);
}

enum ft_status ft_json_column(struct ft_json_rows *r, struct ft_text key, size_t *col,
                              struct ft_err *err)
{
    struct ft_table *t = r->l->t;
    key = ft_text_trim(key);
    size_t cols = ft_table_columns(t);
    if (r->guess < cols && strlen(t->columns[r->guess]->name) == key.n &&
        !memcmp(t->columns[r->guess]->name, key.data, key.n)) {
        *col = r->guess++;
        return FT_OK;
    }
    const size_t *hit = ft_strmap_get(&r->index, key.data, key.n);
    if (hit) {
        *col = *hit;
    } else {
        enum ft_status st = ft_load_column(r->l, key.data, key.n, err);
        if (st) return st;
        const char *name = t->columns[cols]->name;
        ft_strmap_put(&r->index, name, strlen(name), cols);
        if (!key.n) ft_strmap_put(&r->index, "", 0, cols);
        *col = cols;
    }
    r->guess = *col + 1;
    return FT_OK;
}

static enum ft_status set(struct ft_json_rows *r, struct ft_text key, struct ft_text cell,
                          struct ft_err *err)
{
    size_t col;
    enum ft_status st = ft_json_column(r, key, &col, err);
    if (!st) ft_load_cell(r->l, col, cell);
    return st;
}

static bool label_key(struct ft_text key)
{
    static const char *const keys[] = {
        "label",   "labels",  "cats",    "category", "categories", "tags",   "tag",
        "class",   "classes", "topic",   "topics",   "genre",      "genres", "intent",
        "intents", "choice",  "choices", "emotion",  "emotions",   "accept", "sentiment"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (key.n == strlen(keys[i]) && !strncasecmp(keys[i], key.data, key.n)) return true;
    return false;
}

/* Tags of words are a list even where there is one word. */
static bool word_tag(struct ft_text s)
{
    return (s.n == 1 && s.data[0] == 'O') ||
           (s.n > 2 && s.data[1] == '-' && strchr("BIESLU", s.data[0]));
}

/* A list with exactly one text, number or truth value: that one. */
static bool only_item(struct ft_jscan s, struct ft_text *out)
{
    char c;
    if (!ft_jscan_enter(&s, '[') || !ft_jscan_item(&s)) return false;
    c = ft_jscan_peek(&s);
    if (c == '[' || c == '{' || c == 'n' || !ft_jscan_cell(&s, out)) return false;
    s.first = false;
    return !ft_jscan_item(&s) && !s.why && !word_tag(*out);
}

/* {"good":1.0,"bad":0}: the key of the only 1. *ones counts those, *numbers is false when another
 * value is there. */
static void look_at_cats(struct ft_jscan s, struct ft_text *name, size_t *ones, bool *numbers)
{
    struct ft_text key, value;
    size_t keys = 0;
    *ones = 0;
    *numbers = false;
    if (!ft_jscan_enter(&s, '{')) return;
    bool good = true;
    while (ft_jscan_key(&s, &key)) {
        char c = ft_jscan_peek(&s), buf[40];
        double x = -1;
        keys++;
        if (!ft_jscan_cell(&s, &value)) return;
        if (c == 't' || c == 'f')
            x = c == 't';
        else if (c != '"' && value.data && value.n < sizeof buf) {
            memcpy(buf, value.data, value.n);
            buf[value.n] = 0;
            if (!ft_parse_double(buf, &x)) x = -1;
        }
        good = good && x >= 0 && x <= 1;
        if (x == 1 && !(*ones)++) *name = key;
        if (x > 0 && x < 1) *ones += 2; /* shares are no labels */
    }
    *numbers = good && keys && !s.why;
}

/* ---- Label Studio ---- */

/* The first value of "choices" in one annotation; `from` is the question's name. */
struct answer {
    struct ft_text choices, span, number;
};

static void look_at_result(struct ft_jscan *s, struct answer *a)
{
    struct ft_text key, inner;
    if (!ft_jscan_enter(s, '{')) return;
    while (ft_jscan_key(s, &key)) {
        if (!ft_jscan_is(key, "value") || ft_jscan_peek(s) != '{') {
            ft_jscan_skip(s, NULL);
            continue;
        }
        if (!ft_jscan_enter(s, '{')) return;
        while (ft_jscan_key(s, &inner)) {
            struct ft_text raw;
            if (!ft_jscan_skip(s, &raw)) return;
            if (ft_jscan_is(inner, "choices") && !a->choices.data) a->choices = raw;
            if (ft_jscan_is(inner, "labels") && !a->span.data) a->span = raw;
            if ((ft_jscan_is(inner, "rating") || ft_jscan_is(inner, "number")) && !a->number.data)
                a->number = raw;
        }
        s->first = false;
    }
    s->first = false;
}

static bool look_at_annotation(struct ft_jscan *s, struct answer *a)
{
    struct ft_text key;
    bool cancelled = false;
    if (!ft_jscan_enter(s, '{')) return false;
    while (ft_jscan_key(s, &key)) {
        if (ft_jscan_is(key, "was_cancelled")) {
            cancelled = ft_jscan_peek(s) == 't';
            ft_jscan_skip(s, NULL);
        } else if (ft_jscan_is(key, "result") && ft_jscan_peek(s) == '[') {
            ft_jscan_enter(s, '[');
            while (ft_jscan_item(s) && ft_jscan_peek(s) == '{') {
                look_at_result(s, a);
                s->first = false;
            }
            s->first = false;
        } else {
            ft_jscan_skip(s, NULL);
        }
    }
    return !cancelled && !s->why;
}

static struct ft_text decoded(struct ft_json_rows *r, struct ft_text raw)
{
    struct ft_jscan s = {.p = raw.data, .end = raw.data + raw.n, .arena = &r->l->t->arena};
    struct ft_text one;
    return only_item(s, &one) ? one : raw;
}

static enum ft_status take_annotations(struct ft_json_rows *r, struct ft_jscan *s,
                                       struct ft_err *err)
{
    struct ft_text label = {NULL, 0};
    bool differ = false;
    ft_jscan_enter(s, '[');
    while (ft_jscan_item(s)) {
        struct answer a = {0};
        if (ft_jscan_peek(s) != '{') {
            ft_jscan_skip(s, NULL);
            continue;
        }
        bool counts = look_at_annotation(s, &a);
        s->first = false;
        struct ft_text one = a.choices.data ? decoded(r, a.choices)
                             : a.span.data  ? (struct ft_text){"[[0,0,\"\"]]", 10}
                                            : a.number;
        if (!counts || !one.data) continue;
        if (!label.data)
            label = one;
        else
            differ |= label.n != one.n || memcmp(label.data, one.data, one.n) != 0;
    }
    if (s->why) return FT_OK;
    r->disagree += differ;
    return set(r, (struct ft_text){"label", 5}, label, err);
}

/* A task of Label Studio has its fields under "data" and a list of annotations. */
static bool is_label_studio(struct ft_jscan s)
{
    struct ft_text key;
    bool data = false, annotations = false;
    if (!ft_jscan_enter(&s, '{')) return false;
    while (ft_jscan_key(&s, &key)) {
        char c = ft_jscan_peek(&s);
        data |= c == '{' && ft_jscan_is(key, "data");
        annotations |=
            c == '[' && (ft_jscan_is(key, "annotations") || ft_jscan_is(key, "completions"));
        if (!ft_jscan_skip(&s, NULL)) return false;
    }
    return data && annotations;
}

/* ---- rows ---- */

static enum ft_status take_fields(struct ft_json_rows *r, struct ft_jscan *s, size_t prefix,
                                  int depth, struct ft_err *err);

/* The column's name: what is around it, a dot, the key. False: too long or too deep. */
static bool dotted(struct ft_json_rows *r, size_t prefix, struct ft_text key, size_t *n)
{
    if (prefix + key.n + 2 > sizeof r->name) return false;
    memcpy(r->name + prefix, key.data ? key.data : "", key.n);
    *n = prefix + key.n;
    return true;
}

/* {"choices":[..]}: how Label Studio's JSON-MIN writes several labels, in place of one. */
static bool has_choices(struct ft_jscan s)
{
    struct ft_text key;
    return ft_jscan_enter(&s, '{') && ft_jscan_key(&s, &key) && ft_jscan_is(key, "choices") &&
           ft_jscan_peek(&s) == '[';
}

static bool turns_name(const char *name)
{
    static const char *const names[] = {"messages", "conversations", "conversation",
                                        "dialog",   "dialogue",      "turns"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcasecmp(name, names[i])) return true;
    return false;
}

/* Of several columns of turns: by its name, else the first that holds no rejected answers. */
static enum ft_status set_turns(struct ft_json_rows *r, struct ft_text name, struct ft_text cell,
                                struct ft_err *err)
{
    struct ft_table *t = r->l->t;
    size_t col;
    enum ft_status st = ft_json_column(r, name, &col, err);
    if (st) return st;
    ft_load_cell(r->l, col, cell);
    r->chats++;
    int now = t->turns_column;
    const char *was = now < 0 ? "" : ft_table_name(t, (size_t)now);
    if (now < 0 || strstr(was, "reject") || (!turns_name(was) && turns_name(t->columns[col]->name)))
        t->turns_column = (int)col;
    return FT_OK;
}

/* One annotation of doccano; false: its label is not for all of the text. */
static bool take_mark(struct ft_jscan *s, struct ft_text *label)
{
    struct ft_text key;
    bool has = false;
    if (!ft_jscan_enter(s, '{')) return false;
    while (ft_jscan_key(s, &key)) {
        char c = ft_jscan_peek(s);
        if (ft_jscan_is(key, "start_offset") || ft_jscan_is(key, "start")) return false;
        if (ft_jscan_is(key, "label") && c != '[' && c != '{' && c != 'n' && !has)
            has = ft_jscan_cell(s, label);
        else
            ft_jscan_skip(s, NULL);
    }
    s->first = false;
    return has && !s->why;
}

/* "annotations":[{"label":5,..}]: the label, or a list of those that differ. */
static bool take_marks(struct ft_json_rows *r, struct ft_jscan *s, struct ft_text *out)
{
    struct ft_jscan at = *s;
    struct ft_str all = {0};
    struct ft_text first = {NULL, 0}, one;
    size_t n = 0;
    bool good = ft_jscan_enter(&at, '[');
    while (good && ft_jscan_item(&at)) {
        good = take_mark(&at, &one);
        if (!good) break;
        bool same = n && first.n == one.n && !memcmp(first.data, one.data, one.n);
        if (!n) first = one;
        if (same) continue;
        ft_str_addz(&all, n++ ? "," : "[");
        ft_json_add_str(&all, one.data, one.n);
    }
    ft_str_addc(&all, ']');
    good = good && n && !at.why;
    if (good) {
        *out = first;
        if (n > 1)
            *out = (struct ft_text){ft_arena_strndup(&r->l->t->arena, ft_str_text(&all), all.len),
                                    all.len};
        r->marked++;
        *s = at;
    }
    ft_str_release(&all);
    return good;
}

static enum ft_status take_field(struct ft_json_rows *r, struct ft_jscan *s, struct ft_text key,
                                 size_t prefix, int depth, struct ft_err *err)
{
    char c = ft_jscan_peek(s);
    struct ft_text cell, name = key;
    size_t n = 0;
    bool fits = dotted(r, prefix, key, &n);
    if (prefix && fits) name = (struct ft_text){r->name, n};
    if (c == '[' && ft_json_chat(s, &cell, &r->silent)) return set_turns(r, name, cell, err);
    if (c == '[' && !depth && ft_jscan_is(key, "annotations") &&
        (r->marked || ft_table_find(r->l->t, "label") < 0) && take_marks(r, s, &cell))
        return set(r, (struct ft_text){"label", 5}, cell, err);
    if (label_key(key) && c == '[' && only_item(*s, &cell)) {
        ft_jscan_skip(s, NULL);
        r->lists++;
        return set(r, name, cell, err);
    }
    if (c == '{' && label_key(key)) {
        size_t ones;
        bool numbers;
        struct ft_text one = {NULL, 0}, raw;
        look_at_cats(*s, &one, &ones, &numbers);
        if (numbers) {
            if (!ft_jscan_skip(s, &raw)) return FT_OK;
            r->cats++;
            if (!ones) one = (struct ft_text){NULL, 0};
            return set(r, name, ones > 1 ? raw : one, err);
        }
    }
    if (c == '{' && fits && !has_choices(*s) && depth < DEPTH_MAX && r->nested < NESTED_MAX) {
        r->name[n] = '.';
        return take_fields(r, s, n + 1, depth + 1, err);
    }
    if (!ft_jscan_cell(s, &cell)) return FT_OK;
    size_t before = ft_table_columns(r->l->t);
    enum ft_status st = set(r, name, cell, err);
    if (prefix) r->nested += ft_table_columns(r->l->t) - before;
    return st;
}

static enum ft_status take_fields(struct ft_json_rows *r, struct ft_jscan *s, size_t prefix,
                                  int depth, struct ft_err *err)
{
    struct ft_text key;
    enum ft_status st = FT_OK;
    if (!ft_jscan_enter(s, '{')) return FT_OK;
    while (!st && ft_jscan_key(s, &key)) {
        if (!depth && r->label_studio && ft_jscan_is(key, "data") && ft_jscan_peek(s) == '{')
            st = take_fields(r, s, 0, 1, err);
        else if (!depth && r->label_studio && ft_jscan_peek(s) == '[' &&
                 (ft_jscan_is(key, "annotations") || ft_jscan_is(key, "completions")))
            st = take_annotations(r, s, err);
        else if (!depth && r->label_studio && !ft_jscan_is(key, "id"))
            ft_jscan_skip(s, NULL);
        else if (depth == 1 && !prefix && r->label_studio && ft_jscan_is(key, "label"))
            st = take_field(r, s, (struct ft_text){"data.label", 10}, 0, depth, err);
        else
            st = take_field(r, s, key, prefix, depth, err);
        s->first = false;
    }
    return st;
}

static enum ft_status take_cells(struct ft_json_rows *r, struct ft_jscan *s, struct ft_err *err)
{
    struct ft_text cell;
    size_t skip = r->l->t->part_column >= 0 ? 1 : 0;
    if (!ft_jscan_enter(s, '[')) return FT_OK;
    for (size_t i = skip; ft_jscan_item(s); i++) {
        if (!ft_jscan_cell(s, &cell)) return FT_OK;
        s->first = false;
        while (i >= ft_table_columns(r->l->t)) {
            enum ft_status st = ft_load_column(r->l, "", 0, err);
            if (st) return st;
        }
        ft_load_cell(r->l, i, cell);
    }
    return FT_OK;
}

enum ft_status ft_json_row_end(struct ft_json_rows *r, size_t pos, struct ft_err *err)
{
    struct ft_load *l = r->l;
    if (r->part.data) ft_load_cell(l, (size_t)l->t->part_column, r->part);
    return ft_load_row(l, pos, err);
}

enum ft_status ft_json_row(struct ft_json_rows *r, struct ft_jscan *s, size_t pos,
                           struct ft_err *err)
{
    struct ft_text cell;
    size_t bad = s->bad_utf8;
    char c = ft_jscan_peek(s);
    enum ft_status st = FT_OK;
    if (!r->begun) r->label_studio = c == '{' && is_label_studio(*s);
    r->begun = true;
    r->guess = 0;
    if (c == '[' && ft_json_chat(s, &cell, &r->silent)) {
        st = set_turns(r, (struct ft_text){"text", 4}, cell, err);
    } else if (c == '[')
        st = take_cells(r, s, err);
    else if (c == '"') {
        if (ft_jscan_cell(s, &cell)) st = set(r, (struct ft_text){"text", 4}, cell, err);
    } else
        st = take_fields(r, s, 0, 0, err);
    s->first = false;
    if (st || s->why) return st;
    if (s->bad_utf8 > bad) ft_load_note(r->l, FT_NOTE_UTF8, s->bad_utf8 - bad);
    return ft_json_row_end(r, pos, err);
}

void ft_json_rows_say(const struct ft_json_rows *r)
{
    struct ft_load *l = r->l;
    if (r->label_studio)
        ft_load_say(l, "Label Studio export: the label is the annotated choice");
    else if (r->lists)
        ft_load_say(l, "a list with one label is read as that label");
    if (r->cats) ft_load_say(l, "categories (cats) are read as the label whose value is 1");
    if (r->marked) ft_load_say(l, "the label is taken from the row's annotations");
    if (r->chats)
        ft_load_say(l,
                    "conversations are converted to text: one line per turn of \"%s\", each "
                    "beginning with the speaker",
                    ft_table_name(l->t, (size_t)l->t->turns_column));
    if (r->silent)
        ft_load_say(l, "%zu turn%s without text %s skipped", r->silent, ft_plural(r->silent),
                    r->silent == 1 ? "is" : "are");
    if (r->disagree)
        ft_load_say(l, "annotators disagree in %zu row%s; the first annotation is used",
                    r->disagree, ft_plural(r->disagree));
}

/* Label Studio: see json_studio.h. */
#include "data/json_studio.h"

#include "util/json.h"
#include "util/mem.h"
#include "util/str.h"

#include <string.h>

bool ft_studio_is_task(struct ft_jscan s)
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

/* ---- one value ---- */

static struct ft_jscan scan_of(struct ft_text raw, struct ft_arena *arena)
{
    return (struct ft_jscan){.p = raw.data, .end = raw.data + raw.n, .arena = arena};
}

static bool ends_in(struct ft_text key, const char *end)
{
    size_t n = strlen(end);
    return key.n >= n && !memcmp(key.data + key.n - n, end, n);
}

/* A value of a result; raw texts. */
struct value {
    struct ft_text choices, number, labels, start, end, text;
};

static void look_at_value(struct ft_jscan s, struct value *v)
{
    struct ft_text key, raw;
    if (!ft_jscan_enter(&s, '{')) return;
    while (ft_jscan_key(&s, &key)) {
        char c = ft_jscan_peek(&s);
        if (!ft_jscan_skip(&s, &raw)) return;
        if (ft_jscan_is(key, "choices") && c == '[') v->choices = raw;
        if (ends_in(key, "labels") && c == '[') v->labels = raw;
        if (ft_jscan_is(key, "rating") || ft_jscan_is(key, "number")) v->number = raw;
        bool place = c == '-' || (c >= '0' && c <= '9');
        if (ft_jscan_is(key, "start") && place && !v->start.data) v->start = raw;
        if (ft_jscan_is(key, "end") && place && !v->end.data) v->end = raw;
        if (ft_jscan_is(key, "text") && c == '"') v->text = raw;
        if (ft_jscan_is(key, "globalOffsets") && c == '{') { /* of hypertext, in its text */
            struct value inner = {0};
            look_at_value(scan_of(raw, s.arena), &inner);
            v->start = inner.start;
            v->end = inner.end;
        }
    }
}

/* Appends the texts of a list, each as a JSON string behind a comma, to `out`; `single` is the last
 * one. Returns how many. */
static size_t add_items(struct ft_text list, struct ft_arena *arena, struct ft_str *out,
                        struct ft_text *single)
{
    struct ft_jscan s = scan_of(list, arena);
    size_t n = 0;
    if (!ft_jscan_enter(&s, '[')) return 0;
    while (ft_jscan_item(&s)) {
        struct ft_text item;
        char c = ft_jscan_peek(&s);
        if (c == '[' || c == '{' ? !ft_jscan_skip(&s, &item) : !ft_jscan_cell(&s, &item)) break;
        s.first = false;
        if (!item.data) continue;
        ft_str_addc(out, ',');
        ft_json_add_str(out, item.data, item.n);
        *single = item;
        n++;
    }
    return n;
}

static struct ft_text kept(struct ft_arena *arena, const struct ft_str *s)
{
    return (struct ft_text){ft_arena_strndup(arena, ft_str_text(s), s->len), s->len};
}

/* ",1,2" as the list [1,2]. */
static struct ft_text list_of(struct ft_arena *arena, const struct ft_str *items)
{
    struct ft_str list = {0};
    ft_str_addc(&list, '[');
    if (items->len) ft_str_add(&list, items->data + 1, items->len - 1);
    ft_str_addc(&list, ']');
    struct ft_text cell = kept(arena, &list);
    ft_str_release(&list);
    return cell;
}

/* ---- annotations ---- */

enum answer_kind { ANSWER_NONE, ANSWER_CHOICES, ANSWER_NUMBER, ANSWER_SPANS };

struct answer { /* to one question */
    struct ft_str items;
    struct ft_text single;
    size_t n;
};

/* The place of a question, which gets a column the first time; -1: too many. */
static int question_at(struct ft_json_rows *r, struct ft_text name, enum answer_kind kind)
{
    struct ft_arena *arena = &r->l->t->arena;
    for (size_t i = 0; i < r->questions_n; i++) {
        const struct ft_studio_question *q = &r->questions[i];
        bool same = q->name.n == name.n && (!name.n || !memcmp(q->name.data, name.data, name.n));
        if (q->kind == (int)kind && (same || kind == ANSWER_SPANS)) return (int)i;
    }
    if (r->questions_n == FT_STUDIO_QUESTIONS) return -1;
    struct ft_studio_question *q = &r->questions[r->questions_n];
    *q = (struct ft_studio_question){.name = name, .kind = (int)kind};
    struct ft_str column = {0};
    bool own = kind == ANSWER_SPANS || !r->studio_label; /* no field of "data" has these names */
    if (kind == ANSWER_SPANS)
        ft_str_addz(&column, "spans");
    else if (!r->studio_label)
        ft_str_addz(&column, "label");
    else if (name.n)
        ft_str_add(&column, name.data, name.n);
    else
        ft_str_addz(&column, "annotation");
    r->studio_label |= kind != ANSWER_SPANS;
    q->column = kept(arena, &column);
    if (!own && ft_table_has(r->l->t, q->column.data)) {
        ft_str_clear(&column);
        ft_str_addf(&column, "annotation.%s", q->column.data);
        q->column = kept(arena, &column);
    }
    ft_str_release(&column);
    return (int)r->questions_n++;
}

static void add_span(struct ft_json_rows *r, const struct value *v, struct answer *a)
{
    struct ft_str names = {0};
    struct ft_text label = {"", 0};
    if (!add_items(v->labels, &r->l->t->arena, &names, &label)) label = (struct ft_text){"", 0};
    ft_str_release(&names);
    if (!v->start.data || !v->end.data || !label.n) {
        r->unplaced++;
        return;
    }
    ft_str_addf(&a->items, ",{\"start\":%.*s,\"end\":%.*s,\"label\":", (int)v->start.n,
                v->start.data, (int)v->end.n, v->end.data);
    ft_json_add_str(&a->items, label.data, label.n);
    if (v->text.n) ft_str_addz(&a->items, ",\"text\":");
    if (v->text.n) ft_str_add(&a->items, v->text.data, v->text.n);
    ft_str_addc(&a->items, '}');
    a->n++;
}

static void take_result(struct ft_json_rows *r, struct ft_jscan *s, struct answer *answers)
{
    struct ft_text key, name = {"", 0}, raw = {NULL, 0};
    struct value v = {0};
    if (!ft_jscan_enter(s, '{')) return;
    while (ft_jscan_key(s, &key)) {
        char c = ft_jscan_peek(s);
        bool good = ft_jscan_is(key, "from_name") && c == '"' ? ft_jscan_string(s, &name)
                                                              : ft_jscan_skip(s, &raw);
        if (!good) return;
        if (ft_jscan_is(key, "value") && c == '{') look_at_value(scan_of(raw, s->arena), &v);
    }
    s->first = false;
    enum answer_kind kind = v.choices.data  ? ANSWER_CHOICES
                            : v.number.data ? ANSWER_NUMBER
                            : v.labels.data ? ANSWER_SPANS
                                            : ANSWER_NONE;
    int at = s->why || !kind ? -1 : question_at(r, name, kind);
    if (at < 0) return;
    struct answer *a = &answers[at];
    if (kind == ANSWER_CHOICES)
        a->n += add_items(v.choices, s->arena, &a->items, &a->single);
    else if (kind == ANSWER_SPANS)
        add_span(r, &v, a);
    else {
        a->n = 1;
        a->single = v.number;
        ft_str_clear(&a->items);
        ft_str_add(&a->items, v.number.data, v.number.n);
    }
}

/* One annotation; false: it does not count. */
static bool take_annotation(struct ft_json_rows *r, struct ft_jscan *s, struct answer *answers)
{
    struct ft_text key;
    bool cancelled = false, results = false;
    if (!ft_jscan_enter(s, '{')) return false;
    while (ft_jscan_key(s, &key)) {
        char c = ft_jscan_peek(s);
        if (ft_jscan_is(key, "was_cancelled") || ft_jscan_is(key, "skipped")) {
            cancelled |= c == 't';
            ft_jscan_skip(s, NULL);
        } else if (ft_jscan_is(key, "result") && c == '[') {
            results = true;
            ft_jscan_enter(s, '[');
            while (ft_jscan_item(s)) {
                if (ft_jscan_peek(s) == '{')
                    take_result(r, s, answers);
                else
                    ft_jscan_skip(s, NULL);
                s->first = false;
            }
            s->first = false;
        } else {
            ft_jscan_skip(s, NULL);
        }
    }
    s->first = false;
    return results && !cancelled && !s->why;
}

static bool same_answers(const struct answer *a, const struct answer *b)
{
    for (size_t i = 0; i < FT_STUDIO_QUESTIONS; i++)
        if (a[i].items.len != b[i].items.len ||
            (a[i].items.len && memcmp(a[i].items.data, b[i].items.data, a[i].items.len)))
            return false;
    return true;
}

static void answers_release(struct answer *a)
{
    for (size_t i = 0; i < FT_STUDIO_QUESTIONS; i++)
        ft_str_release(&a[i].items);
    memset(a, 0, FT_STUDIO_QUESTIONS * sizeof *a);
}

static enum ft_status set_answers(struct ft_json_rows *r, struct answer *a, struct ft_err *err)
{
    struct ft_arena *arena = &r->l->t->arena;
    enum ft_status st = FT_OK;
    bool spans = false;
    for (size_t i = 0; i < r->questions_n && !st; i++) {
        const struct ft_studio_question *q = &r->questions[i];
        bool regions = q->kind == ANSWER_SPANS; /* a text without any is annotated, too */
        spans |= regions;
        if (regions || a[i].n > 1)
            st = ft_json_set(r, q->column, list_of(arena, &a[i].items), err);
        else if (a[i].n)
            st = ft_json_set(r, q->column, a[i].single, err);
    }
    if (!st && !spans && r->studio_spans)
        st = ft_json_set(r, (struct ft_text){"spans", 5}, (struct ft_text){"[]", 2}, err);
    return st;
}

/* Are there regions with labels in the file, so that texts without one have none? */
static bool any_spans(const struct ft_input *in)
{
    static const char type[] = "labels\"";
    for (const char *p = in->text, *end = p + in->n; p; p++) {
        p = memmem(p, (size_t)(end - p), type, sizeof type - 1);
        if (!p) break;
        const char *q = p;
        while (q > in->text && q[-1] >= 'a' && q[-1] <= 'z')
            q--;
        if (q - in->text < 2 || *--q != '"') continue;
        while (q > in->text && (q[-1] == ' ' || q[-1] == ':'))
            q--;
        if (q - in->text > 6 && !memcmp(q - 6, "\"type\"", 6)) return true;
    }
    return false;
}

enum ft_status ft_studio_annotations(struct ft_json_rows *r, struct ft_jscan *s, struct ft_err *err)
{
    struct answer first[FT_STUDIO_QUESTIONS] = {0}, other[FT_STUDIO_QUESTIONS] = {0};
    bool taken = false, differ = false;
    if (!r->studio_seen) r->studio_spans = any_spans(r->l->in);
    r->studio_seen = true;
    ft_jscan_enter(s, '[');
    while (ft_jscan_item(s)) {
        if (ft_jscan_peek(s) != '{') {
            ft_jscan_skip(s, NULL);
            s->first = false;
            continue;
        }
        bool counts = take_annotation(r, s, taken ? other : first);
        if (taken && counts) differ |= !same_answers(first, other);
        if (taken || !counts) answers_release(taken ? other : first);
        taken |= counts;
        s->first = false;
    }
    r->disagree += differ;
    enum ft_status st = s->why || !taken ? FT_OK : set_answers(r, first, err);
    answers_release(first);
    answers_release(other);
    return st;
}

/* ---- cells of JSON-MIN and CSV ---- */

bool ft_studio_cell(struct ft_text cell, struct ft_arena *arena, struct ft_text *out)
{
    struct ft_jscan s = scan_of(cell, arena);
    struct ft_text key, raw;
    bool list = ft_jscan_peek(&s) == '[';
    if (list && (!ft_jscan_enter(&s, '[') || !ft_jscan_item(&s))) return false;
    if (ft_jscan_peek(&s) != '{') return false;
    ft_jscan_enter(&s, '{');
    if (!ft_jscan_key(&s, &key)) return false;
    char c = ft_jscan_peek(&s);
    bool number = list && (c == '-' || (c >= '0' && c <= '9')) &&
                  (ft_jscan_is(key, "rating") || ft_jscan_is(key, "number"));
    bool choices = c == '[' && ft_jscan_is(key, "choices");
    if ((!number && !choices) || !ft_jscan_skip(&s, &raw)) return false;
    while (ft_jscan_key(&s, &key))
        if (!ft_jscan_skip(&s, NULL)) return false;
    s.first = false;
    if (s.why || (list && ft_jscan_item(&s)) || s.why || !ft_jscan_at_end(&s)) return false;
    if (number) {
        *out = raw;
        return true;
    }
    struct ft_str items = {0};
    struct ft_text single = {NULL, 0};
    size_t n = add_items(raw, arena, &items, &single);
    *out = n == 1 ? single : list_of(arena, &items);
    ft_str_release(&items);
    return true;
}

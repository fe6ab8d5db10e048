/* New labels in tasks of Label Studio: see rewrite_in.h. The annotation that counted when the file was
 * read is changed, other annotations stay. */
#include "data/rewrite_in.h"

#include "data/jscan.h"
#include "util/json.h"

#include <string.h>

static struct ft_jscan scan_of(struct ft_rewriter *r, struct ft_text raw)
{
    return (struct ft_jscan){.p = raw.data, .end = raw.data + raw.n, .arena = &r->arena};
}

/* A member of the object `in`, raw; false: it has none. */
static bool member(struct ft_rewriter *r, struct ft_text in, const char *name, struct ft_text *out)
{
    struct ft_jscan s = scan_of(r, in);
    struct ft_text key;
    if (ft_jscan_peek(&s) != '{' || !ft_jscan_enter(&s, '{')) return false;
    while (ft_jscan_key(&s, &key)) {
        if (!ft_jscan_skip(&s, out)) return false;
        if (ft_jscan_is(key, name)) return true;
    }
    return false;
}

static bool is_text(struct ft_rewriter *r, struct ft_text in, const char *name,
                    struct ft_text wanted)
{
    struct ft_text raw, own;
    if (!member(r, in, name, &raw) || *raw.data != '"') return !wanted.n;
    struct ft_jscan s = scan_of(r, raw);
    return ft_jscan_string(&s, &own) && own.n == wanted.n &&
           (!own.n || !memcmp(own.data, wanted.data, own.n));
}

static bool is_true(struct ft_rewriter *r, struct ft_text in, const char *name)
{
    struct ft_text raw;
    return member(r, in, name, &raw) && *raw.data == 't';
}

/* The list of annotations, and the results of the one that counts (data NULL: there is none). */
static bool find_results(struct ft_rewriter *r, struct ft_text task, struct ft_text *annotations,
                         struct ft_text *results)
{
    struct ft_text one, list;
    *results = (struct ft_text){NULL, 0};
    if (!member(r, task, "annotations", annotations) &&
        !member(r, task, "completions", annotations))
        return false;
    struct ft_jscan s = scan_of(r, *annotations);
    if (ft_jscan_peek(&s) != '[') return false;
    ft_jscan_enter(&s, '[');
    while (ft_jscan_item(&s) && ft_jscan_skip(&s, &one)) {
        if (*one.data != '{' || is_true(r, one, "was_cancelled") || is_true(r, one, "skipped") ||
            !member(r, one, "result", &list) || *list.data != '[')
            continue;
        *results = list;
        break;
    }
    return true;
}

static bool has_labels(struct ft_rewriter *r, struct ft_text value)
{
    struct ft_jscan s = scan_of(r, value);
    struct ft_text key, raw;
    bool found = false;
    if (ft_jscan_peek(&s) != '{' || !ft_jscan_enter(&s, '{')) return false;
    while (ft_jscan_key(&s, &key)) {
        bool labels = key.n >= 6 && !memcmp(key.data + key.n - 6, "labels", 6);
        if (!ft_jscan_skip(&s, &raw)) return false;
        found |= labels && *raw.data == '[';
    }
    return found;
}

static void put_choices(struct ft_rewriter *r, const struct ft_new_labels *l)
{
    ft_str_addc(&r->text, '[');
    for (size_t i = 0; i < l->n; i++) {
        if (i) ft_str_addc(&r->text, ',');
        ft_json_add_str(&r->text, l->items[i].data, l->items[i].n);
    }
    ft_str_addc(&r->text, ']');
}

static void put_result(struct ft_rewriter *r, struct ft_text question,
                       const struct ft_new_labels *l)
{
    ft_str_addz(&r->text, "{\"from_name\":");
    ft_json_add_str(&r->text, question.data ? question.data : "", question.n);
    ft_str_addz(&r->text, ",\"to_name\":\"text\",\"type\":\"choices\",\"value\":{\"choices\":");
    put_choices(r, l);
    ft_str_addz(&r->text, "}}");
}

/* What was appended to r->text since `at` goes to the end of a list. */
static void append(struct ft_rewriter *r, struct ft_text list, size_t at)
{
    const char *last = list.data + list.n - 1;
    while (last > list.data + 1 && strchr(" \t\r\n", last[-1]))
        last--;
    ft_rewrite_put(r, last, last, at);
}

static bool is_empty(struct ft_rewriter *r, struct ft_text list)
{
    struct ft_jscan s = scan_of(r, list);
    return !ft_jscan_enter(&s, '[') || !ft_jscan_item(&s);
}

/* Choices, a rating or a number, as a text or a number in the results of the question. */
static bool replace_answer(struct ft_rewriter *r, struct ft_text results, struct ft_text question,
                           const struct ft_new_labels *l)
{
    static const char *const names[] = {"choices", "rating", "number"};
    struct ft_jscan s = scan_of(r, results);
    struct ft_text one, value, old;
    ft_jscan_enter(&s, '[');
    while (ft_jscan_item(&s) && ft_jscan_skip(&s, &one)) {
        if (!is_text(r, one, "from_name", question) || !member(r, one, "value", &value)) continue;
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
            if (!member(r, value, names[i], &old)) continue;
            size_t at = r->text.len;
            if (i)
                ft_rewrite_value(r, old, l);
            else
                put_choices(r, l);
            ft_rewrite_put(r, old.data, old.data + old.n, at);
            return true;
        }
    }
    return false;
}

/* ---- regions ---- */

static bool place_of(struct ft_rewriter *r, struct ft_text value, const char *name, size_t *out)
{
    struct ft_text raw, offsets;
    if (member(r, value, "globalOffsets", &offsets)) value = offsets;
    if (!member(r, value, name, &raw)) return false;
    struct ft_jscan s = scan_of(r, raw);
    return ft_jscan_count(&s, out);
}

static struct ft_text first_label(struct ft_rewriter *r, struct ft_text value)
{
    static const char *const names[] = {"labels", "hypertextlabels", "paragraphlabels"};
    struct ft_text list, label = {NULL, 0};
    for (size_t i = 0; i < sizeof names / sizeof *names && !label.data; i++) {
        if (!member(r, value, names[i], &list)) continue;
        struct ft_jscan s = scan_of(r, list);
        if (ft_jscan_enter(&s, '[') && ft_jscan_item(&s) && ft_jscan_peek(&s) == '"')
            ft_jscan_string(&s, &label);
    }
    return label;
}

static void put_region(struct ft_rewriter *r, const struct ft_new_span *x, struct ft_text question,
                       struct ft_text to_name)
{
    struct ft_text text = r->opt->tagged->sentences[r->row - 1].text;
    ft_str_addz(&r->text, "{\"from_name\":");
    ft_json_add_str(&r->text, question.n ? question.data : "label", question.n ? question.n : 5);
    ft_str_addz(&r->text, ",\"to_name\":");
    ft_str_add(&r->text, to_name.data, to_name.n);
    ft_str_addf(&r->text,
                ",\"type\":\"labels\",\"value\":{\"start\":%zu,\"end\":%zu,\"text\":", x->start,
                x->end);
    ft_json_add_str(&r->text, text.data + x->from, x->to - x->from);
    ft_str_addz(&r->text, ",\"labels\":[");
    ft_json_add_str(&r->text, x->type.data, x->type.n);
    ft_str_addz(&r->text, "]}}");
}

/* The list of results with the regions of the edited sentence; those that are as before keep their bytes
 * and their place. */
static void put_regions(struct ft_rewriter *r, struct ft_text results, struct ft_text question)
{
    struct ft_new_span *all;
    struct ft_text one, value, to_name = {"\"text\"", 6}, raw;
    size_t n = ft_new_spans(r, &all), put = 0;
    bool *done = ft_arena_alloc(&r->arena, n + 1);
    memset(done, 0, n + 1);
    ft_str_addc(&r->text, '[');
    struct ft_jscan s = scan_of(r, results);
    bool any = results.data && ft_jscan_enter(&s, '[');
    while (any && ft_jscan_item(&s) && ft_jscan_skip(&s, &one)) {
        bool region = member(r, one, "value", &value) && has_labels(r, value);
        size_t start, end, k = 0;
        if (region && member(r, one, "to_name", &raw)) to_name = raw;
        if (region && place_of(r, value, "start", &start) && place_of(r, value, "end", &end)) {
            while (k < n &&
                   (done[k] || !ft_new_span_is(r, &all[k], start, end, first_label(r, value))))
                k++;
            if (k == n) continue; /* it is no entity any more */
            done[k] = true;
        }
        if (put++) ft_str_addc(&r->text, ',');
        ft_str_add(&r->text, one.data, one.n);
    }
    for (size_t k = 0; k < n; k++) {
        if (done[k]) continue;
        if (put++) ft_str_addc(&r->text, ',');
        put_region(r, &all[k], question, to_name);
    }
    ft_str_addc(&r->text, ']');
}

/* ---- a task ---- */

static const struct ft_studio_question *question_of(const struct ft_rewriter *r,
                                                    const struct ft_json_rows *j)
{
    for (size_t i = 0; i < j->questions_n; i++) {
        struct ft_text c = j->questions[i].column;
        if (c.n == strlen(r->column) && !memcmp(c.data, r->column, c.n)) return &j->questions[i];
    }
    return NULL;
}

void ft_rewrite_studio(struct ft_rewriter *r, struct ft_text task, const struct ft_json_rows *j,
                       const struct ft_new_labels *l)
{
    const struct ft_studio_question *q = question_of(r, j);
    struct ft_text annotations, results, question = q ? q->name : (struct ft_text){"label", 5};
    bool regions = r->opt->tagged != NULL;
    if (!q && strcmp(r->column, "label") != 0 && !regions) {
        ft_rewrite_fail(r,
                        "the label is not an annotation of Label Studio; write the rows as .jsonl");
        return;
    }
    if (!find_results(r, task, &annotations, &results)) {
        ft_rewrite_fail(r, "the task has no list of annotations");
        return;
    }
    size_t at = r->text.len;
    if (!results.data) { /* nobody has annotated it */
        if (!is_empty(r, annotations)) ft_str_addc(&r->text, ',');
        ft_str_addz(&r->text, "{\"result\":");
        if (regions) {
            put_regions(r, results, question);
        } else {
            ft_str_addc(&r->text, '[');
            put_result(r, question, l);
            ft_str_addc(&r->text, ']');
        }
        ft_str_addc(&r->text, '}');
        append(r, annotations, at);
    } else if (regions) {
        put_regions(r, results, question);
        ft_rewrite_put(r, results.data, results.data + results.n, at);
    } else if (!replace_answer(r, results, question, l)) {
        at = r->text.len;
        if (!is_empty(r, results)) ft_str_addc(&r->text, ',');
        put_result(r, question, l);
        append(r, results, at);
    }
}
